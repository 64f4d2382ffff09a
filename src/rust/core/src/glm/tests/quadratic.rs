//! Least squares of many rows in one pass, about the solution of a few of them.

use super::fits::{control, fit_with};
use super::*;
use crate::control::Method;
use crate::design::{Codes, Column, Contrast, Term};
use crate::error::Error;
use crate::fit::{fit_glm, Fit, FitOptions};
use crate::pool::Pool;
use crate::solver::newton;

const ROWS: usize = 70_000;

struct Data {
    x: Vec<Vec<f64>>,
    /// Sorted: a sample of blocks sees few of the levels.
    codes: Vec<i32>,
    y: Vec<f64>,
    weights: Vec<f64>,
    offset: Vec<f64>,
}

/// `far`: by how much the first column lies beside its spread, the second beside the first; `noise`: of the response.
fn data(far: f64, noise: f64) -> Data {
    let mut rng = StdRng::seed_from_u64(7);
    let mut uniform = || rng.random_range(-1.0..1.0);
    let mut x: Vec<Vec<f64>> = (0..4).map(|_| (0..ROWS).map(|_| uniform()).collect()).collect();
    x[0].iter_mut().for_each(|x| *x += far);
    let codes: Vec<i32> = (0..ROWS).map(|i| 1 + (i * 40 / ROWS) as i32).collect();
    let offset: Vec<f64> = (0..ROWS).map(|_| uniform()).collect();
    let weights = (0..ROWS).map(|i| if i % 5 == 0 { 0.0 } else { 1.5 + uniform() }).collect();
    let y = (0..ROWS)
        .map(|i| 1e4 + x[0][i] - 2.0 * x[2][i] + f64::from(codes[i]) + offset[i] + noise * uniform())
        .collect();
    Data { x, codes, y, weights, offset }
}

impl Data {
    fn design(&self) -> Design<'_> {
        let mut terms = vec![Term::intercept()];
        terms.extend(self.x.iter().map(|c| Term::numeric(vec![Column::real("x", c)])));
        terms.push(Term::factor(Codes { name: "f", codes: &self.codes, levels: 40 }, Contrast::treatment(40, 0)));
        Design::new(ROWS, terms).unwrap()
    }
}

fn options(control: &crate::control::Control) -> FitOptions<'_> {
    FitOptions { control, start: None, singular_ok: true, null_model: NullModel::Intercept }
}

fn without_rows(problem: &Problem) -> Result<Fit> {
    fit_glm(problem, &options(&control(Method::Auto)), None, running())
}

fn with_problem(data: &Data, weighted: bool, check: impl Fn(&Problem)) {
    let (design, spec, link) = (data.design(), FamilySpec::new(family::by_name("gaussian").unwrap()), link::Identity);
    let problem = Problem { offset: Some(&data.offset), ..Problem::new(&design, &data.y, &spec, &link) };
    check(&Problem { prior_weights: weighted.then_some(&data.weights[..]), ..problem });
}

/// As QR of all rows has it, however far the columns are from 0, with and without rows.
#[test]
fn one_pass_finds_what_qr_finds() {
    for (far, weighted) in [(0.0, false), (0.0, true), (300.0, false)] {
        with_problem(&data(far, 1.0), weighted, |problem| {
            let control = control(Method::Auto);
            let (fit, rows) = fit_with(problem, &options(&control)).unwrap();
            let alone = without_rows(problem).unwrap();
            assert_eq!((&alone.coefficients, alone.iterations), (&fit.coefficients, fit.iterations));
            assert!(alone.iterations < 3, "{} steps", alone.iterations);
            let near = |a: f64, b: f64, bound: f64| assert!((a / b - 1.0).abs() < bound, "{a}, not {b}");
            near(alone.deviance, fit.deviance, 1e-12);
            let objective = GlmObjective::new(problem, running()).unwrap();
            let (null, _) = null_deviance(&objective, NullModel::Intercept, None, &control).unwrap();
            near(alone.null_deviance, null, 1e-12);
            near(fit.null_deviance, null, 1e-12);
            assert_eq!(alone.aic.unwrap().is_finite(), !weighted);
            let by_qr = crate::control::Control { method: Method::Qr, ..control.clone() };
            let (exact, exact_rows) = fit_with(problem, &options(&by_qr)).unwrap();
            near(fit.deviance, exact.deviance, 1e-12);
            let dispersion = exact.deviance / ROWS as f64;
            for j in 0..problem.design.cols() {
                let error = (dispersion * exact.cov_unscaled.at(j, j)).sqrt();
                let distance = (fit.coefficients[j] - exact.coefficients[j]).abs() / error;
                assert!(distance < 1e-8, "coefficient {j} is {distance} standard errors off");
                // the inverse has as many digits as the factor, ten where columns are as far from 0 as that
                near(fit.cov_unscaled.at(j, j), exact.cov_unscaled.at(j, j), 1e-9);
            }
            assert!(rows.weights == exact_rows.weights);
        });
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    with_problem(&data(1.0, 1.0), true, |problem| {
        let fit = |threads| Pool::new(threads).unwrap().install(|| without_rows(problem).unwrap());
        let (one, two) = (fit(1), fit(2));
        assert_eq!((one.coefficients, one.deviance, one.history), (two.coefficients, two.deviance, two.history));
        assert!(one.cov_unscaled.to_full() == two.cov_unscaled.to_full());
    });
}

/// Nothing is left of the deviance but rounding errors: the usual way says what they are.
#[test]
fn an_exact_fit_is_exact() {
    with_problem(&data(1.0, 0.0), false, |problem| {
        let fit = without_rows(problem).unwrap();
        let squares: f64 = problem.y.iter().map(|y| y * y).sum();
        assert!(fit.deviance >= 0.0 && fit.deviance < 1e-24 * squares, "{}", fit.deviance);
        assert!((fit.coefficients[1] - 1.0).abs() < 1e-10 && (fit.coefficients[3] + 2.0).abs() < 1e-10);
    });
}

/// A number that is none, in a row that the sample sees or in one that it does not, has its name; aliased columns are told.
#[test]
fn what_is_wrong_with_the_columns_shows() {
    for row in [3, ROWS / 3] {
        let mut data = data(1.0, 1.0);
        data.x[2][row] = f64::NAN;
        with_problem(&data, false, |problem| {
            assert!(matches!(without_rows(problem), Err(Error::NonFinite { row: found, .. }) if found == row));
        });
    }
    let mut data = data(1.0, 1.0);
    data.x[3] = data.x[0].iter().zip(&data.x[2]).map(|(a, b)| a - 3.0 * b).collect();
    with_problem(&data, false, |problem| {
        let fit = without_rows(problem).unwrap();
        let objective = GlmObjective::new(problem, running()).unwrap();
        let usual = newton(&objective, None, &control(Method::Auto)).unwrap();
        assert_eq!((0..44).filter(|&j| !fit.aliased[j]).collect::<Vec<_>>(), usual.kept);
        assert!(fit.aliased[4] && (fit.deviance / usual.deviance - 1.0).abs() < 1e-12);
    });
}
