//! Limits of the parameters of models that are no glm.

use super::limits::{limits, Limits, Peak, ProfilePoint};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::solver::{maximise, maximise_others, Curvature, Likelihood, Status};

/// Which limits are wanted, of which fit.
pub struct LikelihoodProfile<'a> {
    /// Shape: `[p]`.
    pub estimate: &'a [f64],
    pub aliased: &'a [usize],
    /// Of what the limits are, none of them aliased.
    pub columns: &'a [usize],
    /// Root of the quantile of the likelihood ratio.
    pub root: f64,
    pub control: &'a Control,
}

impl LikelihoodProfile<'_> {
    /// For each of the columns, in their order. Errors: those of [`maximise`] from the estimate.
    pub fn limits(&self, likelihood: &(impl Likelihood + Sync)) -> Result<Vec<Limits>> {
        let top = maximise(likelihood, self.estimate.to_vec(), self.aliased, self.control)?;
        let kept: Vec<usize> = (0..top.parameters.len()).filter(|&j| !top.aliased[j]).collect();
        let covariances = |column: usize| {
            let mut all = vec![0.0; top.parameters.len()];
            let place = kept.partition_point(|&j| j < column);
            kept.iter().enumerate().for_each(|(i, &j)| all[j] = top.covariance.at(i.min(place), i.max(place)));
            all
        };
        let peak = Peak { theta: &top.parameters, deviance: -2.0 * top.log_likelihood };
        limits(&peak, self.columns, self.root, covariances, |start, column| self.held(likelihood, start, column))
    }

    /// The maximum where the parameter `column` is what it is in `start`; `None` where no search gets there.
    fn held(&self, likelihood: &impl Likelihood, start: Vec<f64>, column: usize) -> Result<Option<ProfilePoint>> {
        let mut held = self.aliased.to_vec();
        held.insert(held.partition_point(|&j| j < column), column);
        match maximise_others(likelihood, start, &held, self.control) {
            Err(Error::Interrupted) => Err(Error::Interrupted),
            Ok(found) if found.status == Status::Converged => {
                let slope = likelihood.look(&found.parameters, Curvature::Observed)?.score[column];
                Ok(Some(ProfilePoint { theta: found.parameters, deviance: -2.0 * found.log_likelihood, slope }))
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Method;
    use crate::linalg::Symmetric;
    use crate::solver::Look;

    /// −½ (θ − 1)'A(θ − 1) with A = (2, 1; 1, 3), beside a parameter that is aliased and comes first.
    struct Quadratic;

    const A: [[f64; 2]; 2] = [[2.0, 1.0], [1.0, 3.0]];

    impl Likelihood for Quadratic {
        fn log_likelihood(&self, at: &[f64]) -> Result<f64> {
            let d = [at[1] - 1.0, at[2] - 1.0];
            Ok(-0.5 * (0..2).map(|i| (0..2).map(|j| d[i] * A[i][j] * d[j]).sum::<f64>()).sum::<f64>())
        }

        fn look(&self, at: &[f64], _: Curvature) -> Result<Look> {
            let mut score = vec![0.0; 3];
            let mut information = Symmetric::zeros(3);
            for i in 0..2 {
                score[i + 1] = -(0..2).map(|j| A[i][j] * (at[j + 1] - 1.0)).sum::<f64>();
                (i..2).for_each(|j| *information.at_mut(i + 1, j + 1) = A[i][j]);
            }
            Ok(Look { log_likelihood: self.log_likelihood(at)?, score, information })
        }
    }

    #[test]
    fn the_limits_of_a_quadratic_are_those_of_its_standard_errors() {
        let control = Control { epsilon: 1e-10, max_iterations: 25, method: Method::Auto };
        let profile = LikelihoodProfile {
            estimate: &[0.0, 1.0, 1.0],
            aliased: &[0],
            columns: &[2, 1],
            root: 1.5,
            control: &control,
        };
        let found = profile.limits(&Quadratic).unwrap();
        // the inverse of A is (3, −1; −1, 2) / 5
        for (limits, variance) in found.iter().zip([0.4, 0.6_f64]) {
            let error = variance.sqrt();
            assert!((limits.lower - (1.0 - 1.5 * error)).abs() < 1e-8, "{limits:?}");
            assert!((limits.upper - (1.0 + 1.5 * error)).abs() < 1e-8, "{limits:?}");
        }
    }
}
