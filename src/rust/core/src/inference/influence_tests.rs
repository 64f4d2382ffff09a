//! Relations that leverages and deletions must satisfy, whatever computes them.

use super::*;
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::pool::Pool;
use crate::predict::linear_predictor;
use crate::watch::Watch;
use crate::wls::{weighted_factor, weighted_least_squares};
use rand::{Rng, SeedableRng};

/// Covariates, the first of them twice, and a factor.
struct Data {
    x: [Vec<f64>; 3],
    codes: Vec<i32>,
    levels: usize,
    z: Vec<f64>,
    weights: Vec<f64>,
}

impl Data {
    fn new(n: usize, levels: usize) -> Self {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let mut numbers = |low: f64, high: f64| -> Vec<f64> { (0..n).map(|_| rng.random_range(low..high)).collect() };
        let (x, other, z, mut weights) = (numbers(-1.0, 2.0), numbers(5.0, 6.0), numbers(0.0, 3.0), numbers(0.2, 2.0));
        weights[5..8].fill(0.0);
        let twice = x.iter().map(|x| 2.0 * x).collect();
        let codes = (0..n).map(|i| 1 + (i * 31 % levels) as i32).collect();
        Data { x: [x, twice, other], codes, levels, z, weights }
    }

    fn design(&self) -> Design<'_> {
        let codes = Codes { name: "f", codes: &self.codes, levels: self.levels };
        let mut terms = vec![Term::intercept(), Term::factor(codes, Contrast::treatment(self.levels, 0))];
        terms.extend(self.x.iter().map(|x| Term::numeric(vec![Column::real("x", x)])));
        Design::new(self.z.len(), terms).unwrap().indexed()
    }
}

/// A least squares fit, its leverages and deletions.
struct Fitted {
    coefficients: Vec<f64>,
    kept: Vec<usize>,
    /// √(Σ weight·residual² / degrees of freedom)
    sigma: f64,
    hat: Vec<f64>,
    deleted_sigma: Vec<f64>,
    /// For each of the kept columns.
    changes: Vec<Vec<f64>>,
    in_blocks: bool,
}

fn fitted(design: &Design, z: &[f64], weights: &[f64], method: Method) -> Fitted {
    let (watch, n) = (Watch::default(), z.len());
    let control = Control { epsilon: 1e-8, max_iterations: 25, method };
    let fit = weighted_least_squares(design, z, weights, &control, &watch).unwrap();
    let mut eta = vec![0.0; n];
    linear_predictor(design, &fit.coefficients, None, &mut eta, &watch).unwrap();
    let residuals: Vec<f64> = z.iter().zip(&eta).zip(weights).map(|((z, eta), w)| w.sqrt() * (z - eta)).collect();
    let factor = weighted_factor(design, weights, &fit.factor.aliased, &control, &watch).unwrap();
    assert_eq!(factor.kept, fit.factor.kept);
    let (mut hat, mut deleted_sigma, mut values) = (vec![0.0; n], vec![0.0; n], vec![0.0; n * factor.rank()]);
    let fit = (fit.coefficients, Weighted { design, weights, factor: &factor });
    let changes = Changes { columns: &factor.kept, residuals: &residuals, values: &mut values };
    influence(&fit.1, &mut hat, Some(changes), &watch).unwrap();
    leave_one_out_sigma(&fit.1, &residuals, &hat, &mut deleted_sigma);
    let df = weights.iter().filter(|&&w| w > 0.0).count() - factor.rank();
    Fitted {
        coefficients: fit.0,
        sigma: (residuals.iter().map(|e| e * e).sum::<f64>() / df as f64).sqrt(),
        hat,
        deleted_sigma,
        changes: values.chunks(n).map(<[f64]>::to_vec).collect(),
        in_blocks: factor.block_inverse().is_some(),
        kept: factor.kept,
    }
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64) {
    let size = want.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= tolerance * size, "{i}: {got}, not {want}");
    }
}

/// A small factor, and one with a block of its own.
fn cases() -> [Data; 2] {
    [Data::new(90, 4), Data::new(1200, 300)]
}

#[test]
fn deleting_a_row_is_fitting_without_it() {
    for data in cases() {
        let design = data.design();
        let fit = fitted(&design, &data.z, &data.weights, Method::Auto);
        for row in [0, 3, 6, 17, 89] {
            let mut weights = data.weights.clone();
            weights[row] = 0.0;
            let without = fitted(&design, &data.z, &weights, Method::Auto);
            assert_eq!(without.kept, fit.kept);
            let changes: Vec<f64> = fit.changes.iter().map(|values| values[row]).collect();
            let want: Vec<f64> = fit.kept.iter().map(|&j| fit.coefficients[j] - without.coefficients[j]).collect();
            let size = fit.coefficients.iter().fold(0.0f64, |m, b| m.max(b.abs()));
            assert!(changes.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-12 * size), "{changes:?} {want:?}");
            assert_close(&[fit.deleted_sigma[row]], &[without.sigma], 1e-12);
        }
    }
}

#[test]
fn leverages_sum_to_the_rank_whatever_the_factor() {
    for (data, large) in cases().into_iter().zip([false, true]) {
        let design = data.design();
        let fit = fitted(&design, &data.z, &data.weights, Method::Auto);
        let qr = fitted(&design, &data.z, &data.weights, Method::Qr);
        assert_eq!((fit.in_blocks, qr.in_blocks, fit.kept.len()), (large, false, design.cols() - 1));
        assert!((fit.hat.iter().sum::<f64>() - fit.kept.len() as f64).abs() < 1e-10);
        assert!(fit.hat[5..8].iter().all(|&h| h == 0.0) && fit.hat.iter().all(|h| (0.0..=1.0).contains(h)));
        assert_close(&fit.hat, &qr.hat, 1e-12);
        assert_close(&fit.deleted_sigma, &qr.deleted_sigma, 1e-12);
        fit.changes.iter().zip(&qr.changes).for_each(|(a, b)| assert_close(a, b, 1e-10));
    }
}

/// The powers of a covariate and of what is left of it when it is centred span the same.
#[test]
fn leverages_belong_to_the_span() {
    let t: Vec<f64> = (0..40).map(|i| f64::from(i) + 100.0).collect();
    let powers = |shift: f64, unit: f64| -> Vec<Vec<f64>> {
        (0..5).map(|k| t.iter().map(|t| ((t - shift) / unit).powi(k)).collect()).collect()
    };
    let weights: Vec<f64> = (0..40).map(|i| 1.0 + f64::from(i % 3)).collect();
    let hat = |columns: &[Vec<f64>]| {
        let terms = columns.iter().map(|x| Term::numeric(vec![Column::real("x", x)])).collect();
        fitted(&Design::new(t.len(), terms).unwrap(), &t, &weights, Method::Auto).hat
    };
    // condition numbers of 3e5, which Cholesky would square, and of 5e3, which it does square
    assert_close(&hat(&powers(0.0, 1.0)), &hat(&powers(119.5, 20.0)), 1e-9);
    assert_close(&hat(&powers(80.0, 30.0)), &hat(&powers(119.5, 20.0)), 1e-12);
}

#[test]
fn a_row_that_decides_a_coefficient_has_leverage_one() {
    for mut data in cases() {
        // row 0 alone in its level, row 10 alone with a covariate
        data.codes.iter_mut().for_each(|code| *code = (*code).max(2));
        data.codes[0] = 1;
        data.x[1].fill(0.0);
        data.x[1][10] = 0.3;
        let design = data.design();
        let fit = fitted(&design, &data.z, &data.weights, Method::Auto);
        assert_eq!(fit.kept.len(), design.cols());
        for row in [0, 10] {
            assert_eq!(fit.hat[row], 1.0);
            assert!(fit.changes.iter().all(|values| values[row] == 0.0));
        }
        assert_eq!(fit.hat.iter().filter(|&&h| h == 1.0).count(), 2);
        assert!((fit.hat.iter().sum::<f64>() - design.cols() as f64).abs() < 1e-10);
        // the others are those of the fit without the two rows
        let mut weights = data.weights.clone();
        (weights[0], weights[10]) = (0.0, 0.0);
        let others = fitted(&design, &data.z, &weights, Method::Auto);
        assert_eq!(others.kept.len(), design.cols() - 2);
        let rest = |hat: &[f64]| [&hat[1..10], &hat[11..]].concat();
        assert_close(&rest(&fit.hat), &rest(&others.hat), 1e-11);
    }
}

/// As many columns as rows: rounding errors of the factor alone would leave a 1e-13 to 1e-15 here and there.
#[test]
fn a_saturated_fit_has_leverages_of_one() {
    let mut rng = rand::rngs::StdRng::seed_from_u64(11);
    for n in 2..25 {
        let columns: Vec<Vec<f64>> = (0..n).map(|_| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()).collect();
        let terms = columns.iter().map(|x| Term::numeric(vec![Column::real("x", x)])).collect();
        let fit = fitted(&Design::new(n, terms).unwrap(), &columns[0], &vec![1.0; n], Method::Auto);
        assert_eq!(fit.hat, vec![1.0; n]);
    }
}

#[test]
fn nearly_one_is_not_one() {
    for far in [1e2, 1e4] {
        let n = 50;
        let x: Vec<f64> = (0..n).map(|i| if i == 0 { far } else { (i as f64).sin() }).collect();
        let terms = vec![Term::intercept(), Term::numeric(vec![Column::real("x", &x)])];
        let fit = fitted(&Design::new(n, terms).unwrap(), &x, &vec![1.0; n], Method::Auto);
        // 1/(1 − h) is the variance of the row's prediction error without it
        let mean = x[1..].iter().sum::<f64>() / (n - 1) as f64;
        let squares: f64 = x[1..].iter().map(|x| (x - mean) * (x - mean)).sum();
        let left = 1.0 / (1.0 + 1.0 / (n - 1) as f64 + (far - mean) * (far - mean) / squares);
        // the digits that a number near one has for its distance from it
        assert!(((1.0 - fit.hat[0]) - left).abs() < 10.0 * f64::EPSILON, "{far}: {} {left}", 1.0 - fit.hat[0]);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let mut data = Data::new(60_000, 300);
    data.x[2][7_000] = 1e7; // a leverage of nearly one
    for levels in [1, 300] {
        data.codes.iter_mut().for_each(|code| *code = (*code).min(levels));
        data.levels = levels as usize;
        let design = data.design();
        let with =
            |threads| Pool::new(threads).unwrap().install(|| fitted(&design, &data.z, &data.weights, Method::Auto));
        let (one, two) = (with(1), with(2));
        let bits = |fit: &Fitted| -> Vec<u64> {
            let changes = fit.changes.iter().flatten();
            fit.hat.iter().chain(&fit.deleted_sigma).chain(changes).map(|x| x.to_bits()).collect()
        };
        assert!(bits(&one) == bits(&two));
    }
}
