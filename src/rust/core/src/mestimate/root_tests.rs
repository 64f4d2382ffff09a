//! Roots in any units, damped, of more equations than parameters, and of none that determine them.

use super::root::root;
use super::{Equations, Limits};
use crate::error::{Error, Result};
use crate::solver::Status;
use faer::Mat;

/// A logistic regression with its rows in any units: columns 1 and x·scale, functions times `size`.
struct Logistic {
    x: Vec<f64>,
    y: Vec<f64>,
    size: f64,
}

impl Logistic {
    fn new(scale: f64, size: f64) -> Self {
        let x: Vec<f64> = (0..60).map(|i| scale * ((i * 7 % 13) as f64 - 5.0)).collect();
        let y = (0..60).map(|i| f64::from(u8::from((i * 5 % 11) as f64 + x[i] / scale > 4.0))).collect();
        Logistic { x, y, size }
    }

    fn psi(&self, theta: &[f64]) -> Mat<f64> {
        Mat::from_fn(self.x.len(), 2, |i, j| {
            let mu = 1.0 / (1.0 + (-theta[0] - theta[1] * self.x[i]).exp());
            self.size * (self.y[i] - mu) * if j == 0 { 1.0 } else { self.x[i] }
        })
    }
}

impl Equations for Logistic {
    fn dim(&self) -> usize {
        2
    }

    fn rows(&self) -> usize {
        self.x.len()
    }

    fn sums(&self, theta: &[f64]) -> Result<Vec<f64>> {
        let psi = self.psi(theta);
        Ok((0..2).map(|j| psi.col(j).iter().sum()).collect())
    }

    fn products(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
        let psi = self.psi(theta);
        Ok(Some(psi.transpose() * &psi))
    }

    fn jacobian(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
        Ok(None)
    }
}

const LIMITS: Limits = Limits { tolerance: 1e-6, max_iterations: 100 };

/// The units of data and functions change neither the way nor the end.
#[test]
fn units_do_not_matter() {
    let plain = root(&Logistic::new(1.0, 1.0), &[0.0, 0.0], None, &LIMITS).unwrap();
    assert_eq!(plain.status, Status::Converged);
    assert!(plain.sums.iter().all(|g| g.abs() < 1e-10), "{:?}", plain.sums);
    for (scale, size) in [(1e6, 1.0), (1e-6, 1e8), (1e3, 1e-9)] {
        let other = root(&Logistic::new(scale, size), &[0.0, 0.0], None, &LIMITS).unwrap();
        assert_eq!(other.status, Status::Converged, "{scale} {size}");
        assert!((other.theta[0] / plain.theta[0] - 1.0).abs() < 1e-9, "{scale} {size}");
        assert!((other.theta[1] * scale / plain.theta[1] - 1.0).abs() < 1e-9, "{scale} {size}");
        let slope = other.jacobian[(0, 1)] / (plain.jacobian[(0, 1)] * scale * size);
        assert!((slope - 1.0).abs() < 1e-6, "{scale} {size}: {slope}");
    }
}

struct Given<F: Fn(&[f64]) -> Vec<f64>>(usize, F);

impl<F: Fn(&[f64]) -> Vec<f64>> Equations for Given<F> {
    fn dim(&self) -> usize {
        self.0
    }

    fn rows(&self) -> usize {
        1
    }

    fn sums(&self, theta: &[f64]) -> Result<Vec<f64>> {
        Ok((self.1)(theta))
    }

    fn products(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
        let q = (self.1)(theta).len();
        Ok(Some(Mat::identity(q, q)))
    }

    fn jacobian(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
        Ok(None)
    }
}

/// Newton's plain step for atan from 2 leads away from the root.
#[test]
fn steps_are_damped() {
    let found = root(&Given(1, |t| vec![t[0].atan()]), &[2.0], None, &LIMITS).unwrap();
    assert!(found.status == Status::Converged && found.theta[0].abs() < 1e-9);
    let no_root = root(&Given(1, |t| vec![1.0 + t[0] * t[0]]), &[2.0], None, &LIMITS);
    assert!(no_root.is_err() || no_root.unwrap().status != Status::Converged);
}

/// A mean, and a function of it as a parameter of its own: an equation without spread.
#[test]
fn equations_may_be_the_same_in_every_row() {
    struct Delta;
    impl Delta {
        fn psi(theta: &[f64]) -> Mat<f64> {
            Mat::from_fn(40, 2, |i, j| if j == 0 { i as f64 - theta[0] } else { theta[1] - theta[0].sqrt() })
        }
    }
    impl Equations for Delta {
        fn dim(&self) -> usize {
            2
        }

        fn rows(&self) -> usize {
            40
        }

        fn sums(&self, theta: &[f64]) -> Result<Vec<f64>> {
            Ok((0..2).map(|j| Delta::psi(theta).col(j).iter().sum()).collect())
        }

        fn products(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
            let psi = Delta::psi(theta);
            Ok(Some(psi.transpose() * &psi))
        }

        fn jacobian(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
            Ok(None)
        }
    }
    let found = root(&Delta, &[3.0, 1.0], None, &LIMITS).unwrap();
    assert_eq!(found.status, Status::Converged);
    assert!((found.theta[0] - 19.5).abs() < 1e-10 && (found.theta[1] - 19.5f64.sqrt()).abs() < 1e-10);
}

/// More equations than parameters: weighted least squares.
#[test]
fn squares_are_least() {
    let equations = Given(1, |t| vec![t[0] - 1.0, 2.0 * (t[0] - 4.0)]);
    let weight = Mat::from_fn(2, 2, |i, j| if i == j { [1.0, 4.0][i] } else { 0.0 });
    let found = root(&equations, &[0.0], Some(&weight), &LIMITS).unwrap();
    assert!((found.theta[0] - 2.5).abs() < 1e-10, "{:?}", found.theta);
}

#[test]
fn what_is_not_determined_is_named() {
    let equations = Given(2, |t| vec![t[0] + t[1] - 1.0, 2.0 * (t[0] + t[1] - 1.0)]);
    match root(&equations, &[0.0, 0.0], None, &LIMITS) {
        Err(Error::Singular { columns }) => assert_eq!(columns, [1]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn derivatives_that_are_not_finite_are_named_with_their_place() {
    struct Broken;
    impl Equations for Broken {
        fn dim(&self) -> usize {
            2
        }

        fn rows(&self) -> usize {
            1
        }

        fn sums(&self, theta: &[f64]) -> Result<Vec<f64>> {
            Ok(theta.to_vec())
        }

        fn products(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
            Ok(None)
        }

        fn jacobian(&self, _: &[f64]) -> Result<Option<Mat<f64>>> {
            Ok(Some(Mat::from_fn(2, 2, |_, j| if j == 1 { f64::NAN } else { 1.0 })))
        }
    }
    let error = root(&Broken, &[3.0, 4.0], None, &LIMITS).unwrap_err();
    assert!(matches!(error, Error::NoDerivative { parameter: 1, theta } if theta == [3.0, 4.0]));
}
