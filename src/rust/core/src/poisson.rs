//! Poisson regression with an optional L2 penalty: the model of `poisson_fit()`, on L-BFGS.

use crate::control::{Control, Method};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{FamilySpec, Poisson};
use crate::glm::{GlmObjective, Problem, StartingMeans};
use crate::inference::{meat, sandwich};
use crate::linalg::Symmetric;
use crate::link::Log;
use crate::means::means_at;
use crate::objective::{Objective, Point};
use crate::penalty::Ridge;
use crate::predict::linear_predictor;
use crate::simd::divergence;
use crate::solver::{lbfgs, newton, Status};
use crate::special::poisson_log_probability;
use crate::watch::Watch;

/// The data, borrowed. Shapes of the vectors: `[n]`.
pub struct PoissonData<'a> {
    pub design: &'a Design<'a>,
    /// Is the first column of the design an intercept? It is not penalised.
    pub intercept: bool,
    pub y: &'a [f64],
    pub prior_weights: Option<&'a [f64]>,
    pub offset: Option<&'a [f64]>,
}

pub struct PoissonOptions {
    /// The objective is Σ weight·(mu − y·eta) + alpha/2·Σ beta². Not negative.
    pub alpha: f64,
    pub max_iterations: usize,
    /// As [`Control::epsilon`].
    pub tolerance: f64,
}

/// Where the rows' results go. Shapes: `[n]`.
pub struct PoissonRows<'o> {
    pub linear_predictors: &'o mut [f64],
    pub fitted_values: &'o mut [f64],
}

/// Plain numbers. p coefficients, rank r.
pub struct PoissonFit {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: Vec<f64>,
    /// Shape: `[p]`.
    pub aliased: Vec<bool>,
    /// Inverse information and sandwich of the kept columns, r × r: `None` with a penalty, which biases the
    /// coefficients, and for more columns than [`crate::solver::FACTOR_LIMIT`].
    pub covariances: Option<(Symmetric, Symmetric)>,
    /// Without the penalty.
    pub deviance: f64,
    pub null_deviance: f64,
    pub log_likelihood: f64,
    /// What is minimised.
    pub objective: f64,
    pub iterations: usize,
    pub status: Status,
}

/// A tolerance below this would decide the rank by rounding errors; the last step of Newton's method makes the
/// coefficients precise whatever the tolerance is.
const LEAST_TOLERANCE: f64 = 1e-10;

/// Fit by L-BFGS, from the model that knows nothing of the covariates.
/// Errors: lengths, numbers that are not finite, negative counts or weights, offsets that no mean can have; interruption.
pub fn fit_poisson(
    data: &PoissonData,
    options: &PoissonOptions,
    rows: PoissonRows,
    watch: &Watch,
) -> Result<PoissonFit> {
    let PoissonData { design, intercept, y, prior_weights, offset } = *data;
    let spec = FamilySpec::new(Box::new(Poisson));
    let start = StartingMeans::Family;
    let problem = Problem { design, y, prior_weights, offset, trials: None, family: &spec, link: &Log, start };
    problem.check()?;
    design.check_finite()?;

    let p = design.cols();
    let glm = GlmObjective::new(&problem, watch)?;
    let penalised: Vec<bool> = (0..p).map(|j| !(intercept && j == 0)).collect();
    let ridge = Ridge { objective: &glm, lambda: options.alpha, penalised: penalised.clone() };
    let rate = null_rate(data);
    let mut start = vec![0.0; p];
    if intercept {
        // a rate of 0 has no logarithm: the search then goes down from where glm.fit() would
        start[0] = if rate > 0.0 { rate.ln() } else { 0.1f64.ln() };
    }
    let epsilon = options.tolerance.max(LEAST_TOLERANCE);
    let control = Control { epsilon, max_iterations: options.max_iterations, method: Method::Lbfgs };
    let mut solution = lbfgs(&ridge, Some(&start), &control).map_err(|error| match error {
        // the start is not the caller's: beside it there is the offset alone
        Error::Start if offset.is_some() => {
            let message =
                "is so large or small that means overflow or vanish: is it the logarithm of an exposure?".into();
            Error::Argument { arg: "offset", message }
        }
        other => other,
    })?;
    if solution.converged() && solution.factor.is_some() {
        // one step more than the tolerance asks for: full precision, and a covariance that belongs to the solution
        let last = newton(&ridge, Some(&solution.coefficients), &Control { max_iterations: 1, ..control })?;
        if last.converged() {
            solution = crate::solver::Solution { iterations: solution.iterations, ..last };
        }
    }

    let theta = &solution.coefficients;
    let mut aliased = vec![true; p];
    solution.kept.iter().for_each(|&j| aliased[j] = false);
    let covariances = match &solution.factor {
        Some(factor) if options.alpha == 0.0 => {
            let inverse = factor.inverse();
            let meat = meat(&glm, Point::At(theta))?.select(&factor.kept);
            let sandwich = sandwich(&inverse, &meat);
            Some((inverse, sandwich))
        }
        _ => None,
    };
    let PoissonRows { linear_predictors, fitted_values } = rows;
    linear_predictor(design, theta, offset, linear_predictors, watch)?;
    means_at(&Log, linear_predictors, fitted_values);
    let deviance = glm.value(Point::At(theta))?.deviance;
    let base = if intercept { rate } else { 1.0 };
    let null_mean = |i: usize| base * offset.map_or(1.0, |o| o[i].exp());
    let size: f64 = theta.iter().zip(&penalised).filter(|(_, &p)| p).map(|(b, _)| b * b).sum();
    Ok(PoissonFit {
        aliased,
        covariances,
        deviance,
        null_deviance: sum_rows(data, |i| 2.0 * divergence(y[i], null_mean(i))),
        log_likelihood: sum_rows(data, |i| poisson_log_probability(y[i], divergence(y[i], fitted_values[i]))),
        objective: sum_rows(data, |i| fitted_values[i] - y[i] * linear_predictors[i]) + options.alpha / 2.0 * size,
        iterations: solution.iterations,
        status: solution.status,
        coefficients: solution.coefficients,
    })
}

/// The maximum-likelihood rate of the model mu = rate·exp(offset).
fn null_rate(data: &PoissonData) -> f64 {
    sum_rows(data, |i| data.y[i]) / sum_rows(data, |i| data.offset.map_or(1.0, |o| o[i].exp()))
}

/// Σ weight·term over the rows that have a weight.
fn sum_rows(data: &PoissonData, term: impl Fn(usize) -> f64) -> f64 {
    let weight = |i: usize| data.prior_weights.map_or(1.0, |w| w[i]);
    (0..data.y.len()).filter(|&i| weight(i) > 0.0).map(|i| weight(i) * term(i)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Column, Term};

    fn fit(x: &[Vec<f64>], y: &[f64], alpha: f64, intercept: bool, weights: Option<&[f64]>) -> PoissonFit {
        let n = y.len();
        let columns = x.iter().map(|x| Column::real("x", x)).collect();
        let mut terms = vec![Term::numeric(columns)];
        if intercept {
            terms.insert(0, Term::intercept());
        }
        let design = Design::new(n, terms).unwrap();
        let (mut eta, mut mu) = (vec![0.0; n], vec![0.0; n]);
        fit_poisson(
            &PoissonData { design: &design, intercept, y, prior_weights: weights, offset: None },
            &PoissonOptions { alpha, max_iterations: 100, tolerance: 1e-8 },
            PoissonRows { linear_predictors: &mut eta, fitted_values: &mut mu },
            &Watch::default(),
        )
        .unwrap()
    }

    fn data(n: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let x = vec![
            (0..n).map(|i| (i as f64 * 0.37).sin()).collect::<Vec<f64>>(),
            (0..n).map(|i| 1e6 * (i as f64 * 1.7).cos()).collect(),
        ];
        let y = (0..n).map(|i| ((0.5 + 0.6 * x[0][i]).exp() + (i % 3) as f64 - 1.0).round().max(0.0)).collect();
        (x, y)
    }

    /// Xᵀ(y − mu) = alpha·beta, and the intercept's score is zero.
    #[test]
    fn score_equations_hold() {
        let (x, y) = data(300);
        for (alpha, intercept) in [(0.0, true), (0.0, false), (2.5, true), (2.5, false)] {
            let fit = fit(&x, &y, alpha, intercept, None);
            assert_eq!(fit.status, Status::Converged);
            assert_eq!(fit.covariances.is_some(), alpha == 0.0);
            let (base, beta) = if intercept { fit.coefficients.split_at(1) } else { (&[][..], &fit.coefficients[..]) };
            let residual: Vec<f64> = (0..y.len())
                .map(|i| y[i] - (base.iter().sum::<f64>() + beta[0] * x[0][i] + beta[1] * x[1][i]).exp())
                .collect();
            for (x, b) in x.iter().zip(beta) {
                let largest = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let score: f64 = x.iter().zip(&residual).map(|(x, r)| x * r).sum();
                assert!((score - alpha * b).abs() < 1e-9 * largest, "alpha {alpha}: {score} {}", alpha * b);
            }
            if intercept {
                assert!(residual.iter().sum::<f64>().abs() < 1e-9);
            }
        }
    }

    #[test]
    fn weights_are_repeated_rows() {
        let (x, y) = data(90);
        let weights: Vec<f64> = (0..90).map(|i| (i % 3) as f64).collect();
        let again: Vec<usize> = (0..90).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
        let pick = |v: &[f64]| again.iter().map(|&i| v[i]).collect::<Vec<f64>>();
        let one = fit(&x, &y, 0.0, true, Some(&weights));
        let many = fit(&[pick(&x[0]), pick(&x[1])], &pick(&y), 0.0, true, None);
        for (a, b) in one.coefficients.iter().zip(&many.coefficients) {
            assert!((a - b).abs() < 1e-12 * b.abs().max(1.0));
        }
        assert!((one.deviance / many.deviance - 1.0).abs() < 1e-12);
        assert!((one.null_deviance / many.null_deviance - 1.0).abs() < 1e-12);
        assert!((one.log_likelihood / many.log_likelihood - 1.0).abs() < 1e-12);
    }

    #[test]
    fn no_counts_at_all() {
        let (x, _) = data(60);
        let fit = fit(&x[..1], &[0.0; 60], 0.0, true, None);
        assert!(fit.status == Status::Converged && fit.deviance < 1e-6, "{:?}, {}", fit.status, fit.deviance);
    }
}
