//! Fits of resampled rows: each replicate is the same regression with other weights of its rows, or the same stack.

use super::quantile::quantile_coefficients;
use super::regression::Regression;
use super::robust::{robust_coefficients, RobustOptions};
use super::Limits;
use crate::error::{Error, Result};
use crate::resample::Stream;
use crate::solver::Status;
use crate::watch::Watch;
use crate::workers::in_turn;

/// What is drawn for each row, or for each group of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// How often it is drawn, with replacement.
    Times,
    /// An exponential number of mean 1.
    Exponential,
}

/// Replicate r draws from stream (seed, r), r = 1, 2, …
pub struct Resamples<'a> {
    pub draw: Draw,
    pub seed: u64,
    pub times: usize,
    /// The group of each row, from 1, or 0 for rows that are never drawn, and their number. `None`: each row by itself. Shape:
    /// `[n]`.
    pub groups: Option<(&'a [i32], usize)>,
}

impl Resamples<'_> {
    /// How much each row counts in replicate r. Shape: `[n]`.
    fn counts(&self, replicate: usize, n: usize) -> Vec<f64> {
        let mut stream = Stream::new(self.seed, replicate as u64);
        let units = self.groups.map_or(n, |(_, count)| count);
        let drawn = match self.draw {
            Draw::Exponential => stream.weights(units),
            Draw::Times => {
                let mut times = vec![0.0; units];
                stream.rows(units).into_iter().for_each(|unit| times[unit] += 1.0);
                times
            }
        };
        match self.groups {
            None => drawn,
            Some((group, _)) => group.iter().map(|&g| if g > 0 { drawn[g as usize - 1] } else { 0.0 }).collect(),
        }
    }
}

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
    resamples: &Resamples,
    n: usize,
    watch: &Watch,
    fit: impl Fn(&[f64]) -> Replicate + Sync,
) -> Result<Vec<Replicate>> {
    let make = |(): &mut (), i: usize| {
        if watch.is_stopped() {
            return Err(Error::Interrupted);
        }
        match fit(&resamples.counts(i + 1, n)) {
            Err(Failure::Error(Error::Interrupted)) => Err(Error::Interrupted),
            replicate => Ok(replicate),
        }
    };
    in_turn(resamples.times, || (), make)
}

/// The replicates of a regression. `needed`: the columns that each must tell.
/// Errors: [`Error::Interrupted`].
pub fn resampled(
    regression: &Regression,
    fitted: &Fitted,
    needed: &[usize],
    resamples: &Resamples,
) -> Result<Vec<Replicate>> {
    let fit = |counts: &[f64]| replicate(regression, fitted, needed, counts);
    replicates(resamples, regression.rows(), regression.watch, fit)
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
    use crate::pass::pool;

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

    /// A replicate is the regression with its draws as weights; groups are drawn whole; an aliased need is a failure.
    #[test]
    fn replicates_are_fits_with_weights() {
        with_regression(90, |regression| {
            let group: Vec<i32> = (0..90).map(|i| 1 + i % 9).collect();
            for groups in [None, Some((&group[..], 9))] {
                for draw in [Draw::Times, Draw::Exponential] {
                    let resamples = Resamples { draw, seed: 5, times: 3, groups };
                    let counts = resamples.counts(2, 90);
                    assert!(groups.is_none() || (0..90).all(|i| counts[i] == counts[i % 9]));
                    let weighted = Regression { weights: Some(&counts), ..*regression };
                    let case = RobustOptions { weighting: Weighting::Case, ..OPTIONS };
                    let robust = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 1], &resamples).unwrap();
                    let want = fit_robust(&weighted, &case).unwrap().coefficients;
                    assert_eq!(robust[1].as_ref().unwrap(), &want);
                    let quantile = resampled(regression, &Fitted::Quantile(0.3, &LIMITS), &[0, 1], &resamples).unwrap();
                    let want = fit_quantile(&weighted, 0.3, &LIMITS).unwrap().coefficients;
                    assert_eq!(quantile[1].as_ref().unwrap(), &want);
                }
            }
            let resamples = Resamples { draw: Draw::Times, seed: 5, times: 2, groups: None };
            let lost = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 2], &resamples).unwrap();
            assert!(lost.iter().all(|r| matches!(r, Err(Failure::Lost))));
            regression.watch.stop();
            let stopped = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 1], &resamples);
            assert!(matches!(stopped, Err(Error::Interrupted)));
        });
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let fit = |threads: usize| {
            pool(threads).unwrap().install(|| {
                with_regression(5000, |regression| {
                    let resamples = Resamples { draw: Draw::Times, seed: 1, times: 6, groups: None };
                    let found = resampled(regression, &Fitted::Robust(&OPTIONS), &[0, 1], &resamples).unwrap();
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
