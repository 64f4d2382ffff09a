//! Searches that a first step takes beyond all data.

use super::fits::fit_with;
use super::*;
use crate::control::{Control, Method};
use crate::design::{Column, Term};
use crate::fit::FitOptions;
use crate::solver::Status;

/// Amounts whose first step leads to means that are larger by orders of magnitude, where the deviance hardly changes any more.
#[test]
fn no_fit_ends_above_the_intercept_alone() {
    let x = [
        -1.9, -0.06, -1.33, -1.82, 0.16, 0.53, 0.3, 0.02, -0.31, 1.84, -0.66, 1.52, 0.05, -0.76, -1.86, 1.08, 1.36,
        -0.44, 0.14, 0.38,
    ];
    let y = [
        0.817, 1.17, 0.679, 2.78, 0.391, 2.12, 7.08, 0.317, 1.61, 2.17, 0.56, 58.7, 4.47, 15.5, 0.96, 21.5, 2.01,
        0.752, 4.68, 1.48,
    ];
    let ones = [1.0; 20];
    let spec = FamilySpec::new(family::by_name("inverse.gaussian").unwrap());
    let link = link::by_name("log", 1.0).unwrap();
    for first in [Term::intercept(), Term::numeric(vec![Column::real("one", &ones)])] {
        let design = Design::new(20, vec![first, Term::numeric(vec![Column::real("x", &x)])]).unwrap();
        let problem = Problem::new(&design, &y, &spec, link.as_ref());
        let options = |start| FitOptions {
            control: &Control { epsilon: 1e-8, max_iterations: 25, method: Method::Auto },
            start,
            singular_ok: true,
            null_model: NullModel::Mean,
        };
        let (found, _) = fit_with(&problem, &options(None)).unwrap();
        assert_eq!(found.status, Status::Converged);
        assert!(found.deviance < found.null_deviance, "{} {}", found.deviance, found.null_deviance);
        let (near, _) = fit_with(&problem, &options(Some(&[1.0, 0.0]))).unwrap();
        assert!((found.deviance / near.deviance - 1.0).abs() < 1e-8);
    }
}
