//! Fits with a factor of many levels.

use super::fits::{control, fit_by, fit_with};
use super::*;
use crate::control::Method;
use crate::design::{Codes, Column, Contrast, Term};
use crate::fit::{Fit, FitOptions};
use crate::linalg::Symmetric;
use crate::pool::Pool;

const LEVELS: usize = 260;

/// Codes of a factor in which every level occurs, and of the groups of its levels.
fn codes(n: usize) -> (Vec<i32>, Vec<i32>) {
    let codes: Vec<i32> = (0..n).map(|i| 1 + ((i * 7919 + i / LEVELS) % LEVELS) as i32).collect();
    let groups = codes.iter().map(|c| 1 + c % 4).collect();
    (codes, groups)
}

fn factor<'a>(name: &'a str, codes: &'a [i32], levels: usize) -> Term<'a> {
    Term::factor(Codes { name, codes, levels }, Contrast::treatment(levels, 0))
}

fn covariance(fit: &Fit) -> Symmetric {
    fit.cov_blocks.as_ref().map_or_else(|| fit.cov_unscaled.clone(), |blocks| blocks.full())
}

#[test]
fn auto_is_qr() {
    for (family, link) in [("gaussian", "identity"), ("poisson", "log"), ("binomial", "logit"), ("Gamma", "inverse")] {
        let n = 3000;
        let model = Model::new(family, link, n, 3, 5);
        let (codes, groups) = codes(n);
        let covariates = || model.x[1..].iter().map(|c| Term::numeric(vec![Column::real("x", c)]));
        let mut plain: Vec<Term> = vec![Term::intercept(), factor("f", &codes, LEVELS)];
        plain.extend(covariates());
        let mut nested: Vec<Term> = vec![Term::intercept(), factor("g", &groups, 4), factor("f", &codes, LEVELS)];
        nested.extend(covariates());
        let rank = LEVELS + 2;
        for (terms, in_blocks) in [(plain, true), (nested, true)] {
            let design = Design::new(n, terms).unwrap().indexed();
            // means to start from, which every family and link has
            let means = true_means(&model);
            let problem = Problem { start: StartingMeans::Means(&means), ..model.problem(&design) };
            let (qr, _) = fit_by(&problem, Method::Qr).unwrap();
            assert_eq!(qr.rank(), rank);
            for method in [Method::Auto, Method::Cholesky] {
                let (got, _) = fit_by(&problem, method).unwrap();
                let what = format!("{}, {method:?}", model.name);
                assert_eq!(got.aliased, qr.aliased, "{what}");
                assert_eq!(got.iterations, qr.iterations, "{what}");
                // a Gaussian fit takes one step, and QR decides the rank of the nested one
                assert!(got.cov_blocks.is_some() == in_blocks || method == Method::Auto, "{what}");
                assert_close(&got.coefficients, &qr.coefficients, 1e-9, &what);
                assert_close(&covariance(&got).to_full(), &covariance(&qr).to_full(), 1e-9, &what);
            }
        }
    }
}

/// What an aliased column of the start carried goes to the others: the first linear predictor is the start's.
#[test]
fn a_start_with_aliased_columns() {
    let n = 3000;
    let model = Model::new("gaussian", "identity", n, 2, 6);
    let (codes, groups) = codes(n);
    let terms = vec![Term::intercept(), factor("f", &codes, LEVELS), factor("g", &groups, 4)];
    let design = Design::new(n, terms).unwrap();
    let start: Vec<f64> = (0..design.cols()).map(|j| (j as f64).sin()).collect();
    let from = |start| {
        let control = control(Method::Cholesky);
        let options = FitOptions { control: &control, start, singular_ok: true, null_model: NullModel::Mean };
        fit_with(&model.problem(&design), &options).unwrap().0
    };
    let (a, b) = (from(None), from(Some(&start)));
    assert_eq!(a.aliased, b.aliased);
    assert_eq!(a.rank(), LEVELS);
    assert_close(&b.coefficients, &a.coefficients, 1e-11, "start");
}

#[test]
fn threads_change_no_bit_of_it() {
    let n = 40_000;
    let model = Model::new("poisson", "log", n, 3, 7);
    let (codes, _) = codes(n);
    let other: Vec<i32> = (0..n).map(|i| 1 + (i * i % 211) as i32).collect();
    let covariates = model.x[1..].iter().map(|c| Term::numeric(vec![Column::real("x", c)]));
    let mut terms = vec![Term::intercept(), factor("f", &codes, LEVELS), factor("g", &other, 211)];
    terms.extend(covariates);
    let design = Design::new(n, terms).unwrap().indexed();
    let fit = |threads: usize| {
        Pool::new(threads).unwrap().install(|| fit_by(&model.problem(&design), Method::Auto)).unwrap().0
    };
    let one = fit(1);
    assert!(one.cov_blocks.is_some());
    for threads in [2, 3] {
        let other = fit(threads);
        assert_eq!(one.coefficients, other.coefficients);
        assert_eq!(one.cov_blocks, other.cov_blocks);
        assert_eq!(one.deviance.to_bits(), other.deviance.to_bits());
    }
}
