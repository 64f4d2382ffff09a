//! Fits of resampled rows: each replicate is the same regression with other weights of its rows, or the same stack.

use super::quantile::quantile_coefficients;
use super::regression::Regression;
use super::robust::{robust_coefficients, RobustOptions};
use super::Limits;
use crate::error::{Error, Result};
use crate::resample::Draws;
use crate::solver::Status;
use crate::watch::Watch;
use crate::workers::in_turn;

/// Which regression.
pub enum Fitted<'a> {
    Robust(&'a RobustOptions<'a>),
    Quantile(f64, &'a Limits),
}

/// A replicate: its coefficients, or why there are none.
pub type Replicate = std::result::Result<Vec<f64>, Failure>;

#[derive(Debug)]
pub enum Failure {
    Error(Error),
    /// A column that is needed is explained by others.
    Lost,
    Search(Status),
}

/// The replicates, in their order: what `fit` makes of how much each of n rows counts. They are made by several threads, each
/// by one of them.
/// Errors: [`Error::Interrupted`].
pub fn replicates(
    draws: &Draws,
    n: usize,
    watch: &Watch,
    fit: impl Fn(&[f64]) -> Replicate + Sync,
) -> Result<Vec<Replicate>> {
    let make = |counts: &mut Vec<f64>, i: usize| {
        if watch.is_stopped() {
            return Err(Error::Interrupted);
        }
        draws.multiply(i, None, counts);
        match fit(counts) {
            Err(Failure::Error(Error::Interrupted)) => Err(Error::Interrupted),
            replicate => Ok(replicate),
        }
    };
    in_turn(draws.times, || vec![0.0; n], make)
}

/// The replicates of a regression. `needed`: the columns that each must tell.
/// Errors: [`Error::Interrupted`].
pub fn resampled(regression: &Regression, fitted: &Fitted, needed: &[usize], draws: &Draws) -> Result<Vec<Replicate>> {
    let fit = |counts: &[f64]| replicate(regression, fitted, needed, counts);
    replicates(draws, regression.rows(), regression.watch, fit)
}

fn replicate(regression: &Regression, fitted: &Fitted, needed: &[usize], counts: &[f64]) -> Replicate {
    let regression = Regression { times: Some(counts), ..*regression };
    let found = match *fitted {
        Fitted::Robust(options) => robust_coefficients(&regression, options),
        Fitted::Quantile(tau, limits) => quantile_coefficients(&regression, tau, limits),
    };
    match found {
        Err(why) => Err(Failure::Error(why)),
        Ok((_, kept, _)) if needed.iter().any(|j| !kept.contains(j)) => Err(Failure::Lost),
        Ok((coefficients, _, Status::Converged)) => Ok(coefficients),
        Ok((_, _, status)) => Err(Failure::Search(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Column, Design, Term};
    use crate::mestimate::{fit_quantile, fit_robust, Loss, Scale, Weighting};
    use crate::pool::Pool;
    use crate::resample::{Multiplier, Units};

    const LIMITS: Limits = Limits { tolerance: 1e-8, max_iterations: 500 };
    const OPTIONS: RobustOptions = RobustOptions {
        loss: Loss::Huber { k: 1.345 },
        scale: Scale::Mad,
        weighting: Weighting::InverseVariance,
        start: None,
        limits: LIMITS,
    };

    fn data(n: usize) -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
        let y = (0..n).map(|i| 1.0 + x[i] + ((i * i * 7 % 31) as f64 - 15.0).powi(3) / 900.0).collect();
        (x, y)
    }

    fn with_regression<T>(n: usize, f: impl FnOnce(&Regression) -> T) -> T {
        let (x, y) = data(n);
        let design = Design::new(n, vec![Term::intercept(), Term::numeric(vec![Column::real("x", &x)])]).unwrap();
        let watch = Watch::default();
        f(&Regression { design: &design, y: &y, weights: None, times: None, offset: None, watch: &watch })
    }

    fn counted(rows: usize, times: usize) -> Draws<'static> {
        Draws { multiplier: Multiplier::Count, units: Units::new(None, rows).unwrap(), times, seed: 5 }
    }

    /// A replicate is the regression with its draws as weights; groups are drawn whole; an aliased need is a failure.
    #[test]
    fn replicates_are_fits_with_weights() {
        with_regression(90, |regression| {
            let group: Vec<i32> = (0..90).map(|i| 1 + i % 9).collect();
            for groups in [None, Some(&group[..])] {
                for multiplier in [Multiplier::Count, Multiplier::Exponential] {
                    let draws = Draws { multiplier, units: Units::new(groups, 90).unwrap(), times: 3, seed: 5 };
                    let mut counts = vec![0.0; 90];
                    draws.multiply(1, None, &mut counts);
                    assert!(groups.is_none() || (0..90).all(|i| counts[i] == counts[i % 9]));
                    let weighted = Regression { weights: Some(&counts), ..*regression };
                    let case = RobustOptions { weighting: Weighting::Case, ..OPTIONS };
                    let robust = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 1], &draws).unwrap();
                    let want = fit_robust(&weighted, &case).unwrap().coefficients;
                    assert_eq!(robust[1].as_ref().unwrap(), &want);
                    let quantile = resampled(regression, &Fitted::Quantile(0.3, &LIMITS), &[0, 1], &draws).unwrap();
                    let want = fit_quantile(&weighted, 0.3, &LIMITS).unwrap().coefficients;
                    assert_eq!(quantile[1].as_ref().unwrap(), &want);
                }
            }
            let draws = counted(90, 2);
            let lost = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 2], &draws).unwrap();
            assert!(lost.iter().all(|r| matches!(r, Err(Failure::Lost))));
            regression.watch.stop();
            let stopped = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 1], &draws);
            assert!(matches!(stopped, Err(Error::Interrupted)));
        });
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let fit = |threads: usize| {
            Pool::new(threads).unwrap().install(|| {
                with_regression(5000, |regression| {
                    let found = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 1], &counted(5000, 6)).unwrap();
                    found
                        .into_iter()
                        .map(|r| r.unwrap().iter().map(|b| b.to_bits()).collect())
                        .collect::<Vec<Vec<u64>>>()
                })
            })
        };
        assert_eq!(fit(1), fit(2));
    }
}
