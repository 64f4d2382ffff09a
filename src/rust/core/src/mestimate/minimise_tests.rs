//! Searches for the least value: every one finds it, in any unit, and says so where there is none.

use super::minimise::*;
use super::{Lengths, Limits, Steps};
use crate::error::{Error, Result};
use crate::solver::Status;
use faer::Mat;
use std::cell::{Cell, RefCell};

struct Given<F: Fn(&[f64]) -> (f64, Vec<f64>)> {
    f: F,
    calls: Cell<usize>,
}

impl<F: Fn(&[f64]) -> (f64, Vec<f64>)> Criterion for Given<F> {
    fn dim(&self) -> usize {
        2
    }

    fn rows(&self) -> usize {
        1
    }

    fn value_and_gradient(&self, theta: &[f64]) -> Result<(f64, Vec<f64>)> {
        self.calls.set(self.calls.get() + 1);
        Ok((self.f)(theta))
    }

    fn products(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
        Ok(None)
    }

    fn hessian(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
        Ok(None)
    }
}

fn given<F: Fn(&[f64]) -> (f64, Vec<f64>)>(f: F) -> Given<F> {
    Given { f, calls: Cell::new(0) }
}

fn rosenbrock(t: &[f64]) -> (f64, Vec<f64>) {
    let (a, b) = (1.0 - t[0], t[1] - t[0] * t[0]);
    (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * t[0] * b, 200.0 * b])
}

const SEARCHES: [Search; 5] =
    [Search::Lbfgs, Search::Bfgs, Search::ConjugateGradients, Search::Newton, Search::TrustRegion];
const LIMITS: Limits = Limits { tolerance: 1e-6, max_iterations: 500 };

#[test]
fn every_search_finds_the_least_value_in_any_unit() {
    for search in SEARCHES {
        for unit in [1.0, 1e-12, 1e12] {
            let criterion = given(|t| {
                let (value, gradient) = rosenbrock(t);
                (unit * value, gradient.iter().map(|g| unit * g).collect())
            });
            let minimum = minimise(&criterion, &[-1.2, 1.0], search, &LIMITS).unwrap();
            assert_eq!(minimum.root.status, Status::Converged, "{search:?} {unit}");
            let off = minimum.root.theta.iter().map(|t| (t - 1.0).abs()).fold(0.0, f64::max);
            assert!(off < 1e-8, "{search:?} {unit}: off by {off}");
            assert!(criterion.calls.get() < 600, "{search:?}: {} calls", criterion.calls.get());
        }
    }
}

/// A logistic regression whose columns are nearly one: weights of cars, and 1.
#[test]
fn no_search_zigzags() {
    let x: Vec<f64> = (0..32).map(|i| 1.5 + f64::from(i * 11 % 32) / 8.0).collect();
    let y: Vec<f64> = (0..32).map(|i| f64::from(u8::from(x[i] + f64::from(i as i32 * 7 % 5) < 5.0))).collect();
    for search in SEARCHES {
        let criterion = given(|t| {
            let (mut value, mut gradient) = (0.0, vec![0.0; 2]);
            for (x, y) in x.iter().zip(&y) {
                let eta: f64 = t[0] + t[1] * x;
                value += eta.exp().ln_1p() - y * eta;
                let residual = 1.0 / (1.0 + (-eta).exp()) - y;
                gradient[0] += residual;
                gradient[1] += residual * x;
            }
            (value, gradient)
        });
        let limits = Limits { max_iterations: 40, ..LIMITS };
        let minimum = minimise(&criterion, &[0.0, 0.0], search, &limits).unwrap();
        assert_eq!(minimum.root.status, Status::Converged, "{search:?}: {} iterations", minimum.root.iterations);
    }
}

/// Least where values end: no search leaves them for no number, and none says that the minimum is found.
#[test]
fn the_edge_of_all_values() {
    for search in SEARCHES {
        let edge = given(|t| {
            assert!(t.iter().all(|t| t.is_finite()), "{search:?} asks for {t:?}");
            if t[0] < 1.0 {
                return (f64::INFINITY, vec![f64::NAN; 2]);
            }
            (t[0] * t[0] + t[1] * t[1], vec![2.0 * t[0], 2.0 * t[1]])
        });
        match minimise(&edge, &[5.0, 1.0], search, &LIMITS) {
            Ok(end) => {
                assert_ne!(end.root.status, Status::Converged, "{search:?}");
                assert!(end.value < 26.0 && end.root.theta[0] >= 1.0, "{search:?}: {:?}", end.root.theta);
            }
            Err(Error::NoDerivative { theta, .. }) => assert!(theta[0] >= 1.0, "{search:?}: {theta:?}"),
            Err(e) => panic!("{search:?}: {e:?}"),
        }
    }
}

/// Where there is no value the search steps back; a saddle is no minimum.
#[test]
fn voids_and_saddles() {
    for search in SEARCHES {
        let barrier = given(|t| {
            let (a, b) = (t[0] - 0.01, t[1]);
            if t[0] <= 0.0 {
                return (f64::NAN, vec![f64::NAN; 2]);
            }
            (a - 0.01 * t[0].ln() + b * b, vec![1.0 - 0.01 / t[0], 2.0 * b])
        });
        let minimum = minimise(&barrier, &[5.0, 3.0], search, &LIMITS).unwrap();
        assert_eq!(minimum.root.status, Status::Converged, "{search:?}");
        assert!((minimum.root.theta[0] - 0.01).abs() < 1e-9, "{search:?}: {:?}", minimum.root.theta);
        let saddle = given(|t| (t[0] * t[0] - t[1] * t[1], vec![2.0 * t[0], -2.0 * t[1]]));
        let end = minimise(&saddle, &[1.0, 0.0], search, &LIMITS).unwrap();
        assert_ne!(end.root.status, Status::Converged, "{search:?}");
    }
}

/// Of values alone, and how often they are asked for.
struct Values<F: Fn(&[f64]) -> f64> {
    f: F,
    steps: RefCell<Steps>,
    calls: Cell<usize>,
}

impl<F: Fn(&[f64]) -> f64> Values<F> {
    fn value(&self, theta: &[f64]) -> Result<f64> {
        self.calls.set(self.calls.get() + 1);
        Ok((self.f)(theta))
    }
}

impl<F: Fn(&[f64]) -> f64> Criterion for Values<F> {
    fn dim(&self) -> usize {
        2
    }

    fn rows(&self) -> usize {
        1
    }

    fn value_and_gradient(&self, theta: &[f64]) -> Result<(f64, Vec<f64>)> {
        let value = self.value(theta)?;
        Ok((value, self.steps.borrow_mut().gradient(|t| self.value(t), value, theta)?))
    }

    fn precise_gradient(&self, theta: &[f64]) -> Result<Vec<f64>> {
        let value = self.value(theta)?;
        self.steps.borrow_mut().precise_gradient(|t| self.value(t), value, theta)
    }

    fn lengths(&self) -> Option<Lengths> {
        self.steps.borrow().lengths()
    }

    fn relearn(&self, lengths: Lengths) {
        self.steps.borrow_mut().relearn(lengths);
    }

    fn products(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
        Ok(None)
    }

    fn hessian(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
        let value = self.value(theta)?;
        self.steps.borrow_mut().hessian(|t| self.value(t), value, theta)
    }
}

/// A normal likelihood, 300 standard deviations from its maximum and more: the value at the start is 1e5 times that at the end,
/// and where the spread is too large by half Newton's steps lead away to infinity.
#[test]
fn the_maximum_is_found_from_far_away_by_values_alone() {
    let x: Vec<f64> = (0..200).map(|i| 1000.0 + 5.0 * (f64::from(i * 37 % 200) / 100.0 - 1.0)).collect();
    let mean = x.iter().sum::<f64>() / 200.0;
    let spread = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 200.0).sqrt();
    for search in SEARCHES {
        for first in [0.3, 0.35, 0.4125894, 0.5, 0.7, 1.0, 1.4, 2.0] {
            let criterion = Values {
                f: |t: &[f64]| {
                    if t[1] <= 0.0 {
                        return f64::INFINITY;
                    }
                    x.iter().map(|x| t[1].ln() + ((x - t[0]) / t[1]).powi(2) / 2.0).sum()
                },
                steps: RefCell::default(),
                calls: Cell::new(0),
            };
            let minimum = minimise(&criterion, &[0.0, first], search, &LIMITS);
            let calls = criterion.calls.get();
            let minimum = minimum.unwrap_or_else(|e| panic!("{search:?} {first}: {e} after {calls} calls"));
            let theta = &minimum.root.theta;
            let case = format!("{search:?} {first}: {theta:?} after {calls} calls");
            assert_eq!(minimum.root.status, Status::Converged, "{case}");
            let off = (theta[0] - mean).abs().max((theta[1] - spread).abs());
            assert!(off < 1e-6 * spread, "{case}");
        }
    }
}
