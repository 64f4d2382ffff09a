//! Input that has no answer: each error says what is wrong, and where.

use super::fits::{control, fit_by, fit_with};
use super::*;
use crate::control::Method;
use crate::design::{Column, Term};
use crate::fit::FitOptions;
use crate::solver::Status;

fn error_of(problem: &Problem) -> Error {
    match fit_by(problem, Method::Auto) {
        Err(e) => e,
        Ok((fit, _)) => panic!("no error: {fit:?}"),
    }
}

#[test]
fn values_that_are_not_finite() {
    for (family, link) in CANONICAL {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let model = Model::new(family, link, 60, 3, 31);
            let mut dose = model.x[1].clone();
            dose[41] = bad;
            let terms = vec![
                Term::intercept(),
                Term::numeric(vec![Column::real("z", &model.x[2])]),
                Term::numeric(vec![Column::real("dose", &dose)]),
            ];
            let design = Design::new(60, terms).unwrap();
            match error_of(&model.problem(&design)) {
                Error::NonFinite { what, row, .. } => assert_eq!((what.as_str(), row), ("dose", 41)),
                other => panic!("{}, {bad}: {other:?}", model.name),
            }
            for what in ["y", "weights", "offset", "mustart", "etastart"] {
                let mut model = Model::new(family, link, 60, 3, 31);
                let mut start = vec![0.5; 60];
                match what {
                    "y" => model.y[7] = bad,
                    "weights" => model.weights[7] = bad,
                    "offset" => model.offset[7] = bad,
                    _ => start[7] = bad,
                }
                let design = model.design();
                let start = match what {
                    "mustart" => StartingMeans::Means(&start),
                    "etastart" => StartingMeans::LinearPredictors(&start),
                    _ => StartingMeans::Family,
                };
                match error_of(&Problem { start, ..model.problem(&design) }) {
                    Error::NonFinite { what: named, row, .. } => assert_eq!((named.as_str(), row), (what, 7)),
                    other => panic!("{}, {what}, {bad}: {other:?}", model.name),
                }
            }
        }
    }
}

#[test]
fn responses_that_the_family_does_not_allow() {
    for (family, value) in [
        ("poisson", -1.0),
        ("binomial", 1.5),
        ("binomial", -0.1),
        ("Gamma", 0.0),
        ("Gamma", -2.0),
        ("inverse.gaussian", 0.0),
    ] {
        let mut model = Model::new(family, "log", 60, 3, 32);
        model.y[13] = value;
        let design = model.design();
        match error_of(&model.problem(&design)) {
            Error::Response { row, value: found, .. } => assert_eq!((row, found), (13, value)),
            other => panic!("{family}: {other:?}"),
        }
    }
    let mut model = Model::new("poisson", "log", 60, 3, 32);
    model.weights[5] = -1.0;
    let design = model.design();
    let e = error_of(&model.problem(&design));
    assert_eq!(e.row(), Some(5));
    assert!(e.to_string().contains("negative weights not allowed"), "{e}");
}

#[test]
fn wrong_lengths() {
    let model = Model::new("poisson", "log", 60, 3, 33);
    let design = model.design();
    let short = vec![1.0; 59];
    let argument = |e: Error| match e {
        Error::Argument { arg, message } => {
            assert!(message.contains("59"), "{message}");
            arg
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(argument(error_of(&Problem { prior_weights: Some(&short), ..model.problem(&design) })), "weights");
    assert_eq!(argument(error_of(&Problem { offset: Some(&short), ..model.problem(&design) })), "offset");
    assert_eq!(argument(error_of(&Problem { trials: Some(&short), ..model.problem(&design) })), "trials");
    assert_eq!(
        argument(error_of(&Problem { start: StartingMeans::Means(&short), ..model.problem(&design) })),
        "mustart"
    );
    assert_eq!(
        argument(error_of(&Problem { start: StartingMeans::LinearPredictors(&short), ..model.problem(&design) })),
        "etastart"
    );
    let plain = Problem { prior_weights: None, offset: None, ..model.problem(&design) };
    assert_eq!(argument(error_of(&Problem { y: &short, ..plain })), "y");
    let start = [0.1, 0.2];
    let options = FitOptions {
        control: &control(Method::Auto),
        start: Some(&start),
        singular_ok: true,
        null_model: NullModel::Mean,
    };
    assert!(matches!(fit_with(&model.problem(&design), &options), Err(Error::Argument { arg: "start", .. })));
    let start = [0.1, f64::NAN, 0.0];
    let options = FitOptions { start: Some(&start), ..options };
    assert!(matches!(fit_with(&model.problem(&design), &options), Err(Error::NonFinite { row: 1, .. })));
}

#[test]
fn starts_out_of_range() {
    let model = Model::new("poisson", "identity", 60, 3, 34);
    let design = model.design();
    let start = [-5.0, 0.0, 0.0];
    let options = FitOptions {
        control: &control(Method::Auto),
        start: Some(&start),
        singular_ok: true,
        null_model: NullModel::Mean,
    };
    assert!(matches!(fit_with(&model.problem(&design), &options), Err(Error::Start)));
}

/// Facts, not failures: the fit comes back and says what happened.
#[test]
fn no_convergence_is_a_status() {
    let model = Model::new("binomial", "logit", 60, 3, 35);
    let design = model.design();
    let short = crate::control::Control { max_iterations: 1, ..control(Method::Auto) };
    let options = FitOptions { control: &short, start: None, singular_ok: true, null_model: NullModel::Mean };
    let (fit, _) = fit_with(&model.problem(&design), &options).unwrap();
    assert_eq!((fit.status, fit.iterations), (Status::MaxIterations, 1));
    // separation: means at the edge, coefficients that go on growing
    let mut model = Model::new("binomial", "logit", 60, 2, 36);
    model.y = model.x[1].iter().map(|&x| f64::from(u8::from(x > 0.0))).collect();
    model.offset.fill(0.0);
    let design = model.design();
    let (fit, rows) = fit_by(&model.problem(&design), Method::Auto).unwrap();
    assert!(fit.least_mean < 1e-10 && fit.largest_mean > 1.0 - 1e-10);
    assert!(fit.coefficients.iter().chain(&rows.mu).all(|v| v.is_finite()));
    // no row counts
    let mut model = Model::new("poisson", "log", 60, 2, 37);
    model.weights.fill(0.0);
    let design = model.design();
    assert!(matches!(fit_by(&model.problem(&design), Method::Auto), Err(Error::NoValidCoefficients)));
}

#[test]
fn no_columns_and_no_rows() {
    let model = Model::new("poisson", "log", 60, 3, 38);
    let empty = Design::new(60, vec![]).unwrap();
    let (fit, rows) = fit_by(&model.problem(&empty), Method::Auto).unwrap();
    assert_eq!((fit.rank(), fit.iterations, fit.status), (0, 0, Status::Converged));
    assert_close(&rows.eta, &model.offset, 1e-15, "the offset is the linear predictor");
    let nothing = Model::new("poisson", "log", 0, 3, 38);
    let design = nothing.design();
    match fit_by(&nothing.problem(&design), Method::Auto) {
        Ok((fit, _)) => assert_ne!(fit.status, Status::Converged),
        Err(e) => assert_ne!(e.kind(), "interrupted"),
    }
}
