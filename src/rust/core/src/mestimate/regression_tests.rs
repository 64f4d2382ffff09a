//! Robust and quantile regression: equations that hold at a solution, and what it must do when the data are moved.

use super::*;
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::error::Error;
use crate::pool::Pool;
use crate::solver::Status;
use crate::watch::Watch;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Two covariates and a factor of three levels; every ninth response is far off.
struct Data {
    x: Vec<f64>,
    z: Vec<f64>,
    codes: Vec<i32>,
    y: Vec<f64>,
    weights: Vec<f64>,
}

impl Data {
    fn new(n: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(7);
        let mut uniform = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random::<f64>() * 2.0 - 1.0).collect() };
        let (x, z, u, v) = (uniform(n), uniform(n), uniform(n), uniform(n));
        let codes: Vec<i32> = (0..n).map(|i| 1 + (i * 7 % 3) as i32).collect();
        let error = |i: usize| 0.5 * (u[i] + v[i]) + if i % 9 == 4 { 6.0 } else { 0.0 };
        let y = (0..n).map(|i| 1.0 + 2.0 * x[i] - z[i] + 0.3 * f64::from(codes[i]) + error(i)).collect();
        let weights = (0..n).map(|i| (i % 5) as f64 * 0.5).collect();
        Data { x, z, codes, y, weights }
    }

    fn design(&self) -> Design<'_> {
        let codes = Codes { name: "f", codes: &self.codes, levels: 3 };
        let terms = vec![
            Term::intercept(),
            Term::numeric(vec![Column::real("x", &self.x)]),
            Term::numeric(vec![Column::real("z", &self.z)]),
            Term::factor(codes, Contrast::treatment(3, 0)),
        ];
        Design::new(self.x.len(), terms).unwrap()
    }

    /// The row as it stands in the model matrix.
    fn row(&self, i: usize) -> [f64; 5] {
        let level = |l: i32| f64::from(u8::from(self.codes[i] == l));
        [1.0, self.x[i], self.z[i], level(2), level(3)]
    }
}

const OPTIONS: RobustOptions = RobustOptions {
    loss: Loss::Huber { k: 1.345 },
    scale: Scale::Mad,
    weighting: Weighting::InverseVariance,
    start: None,
    limits: Limits { tolerance: 1e-9, max_iterations: 500 },
};
const LIMITS: Limits = Limits { tolerance: 1e-6, max_iterations: 100 };

fn losses() -> [Loss; 3] {
    [Loss::Huber { k: 1.345 }, Loss::Bisquare { c: 4.685 }, Loss::Hampel { a: 2.0, b: 4.0, c: 8.0 }]
}

fn all_options() -> impl Iterator<Item = RobustOptions<'static>> {
    losses().into_iter().flat_map(|loss| {
        [Scale::Mad, Scale::Proposal2 { k: 1.345 }].into_iter().flat_map(move |scale| {
            [Weighting::InverseVariance, Weighting::Case].map(|weighting| RobustOptions {
                loss,
                scale,
                weighting,
                ..OPTIONS
            })
        })
    })
}

fn robust(data: &Data, y: &[f64], weights: Option<&[f64]>, options: &RobustOptions) -> RobustFit {
    let (design, watch) = (data.design(), Watch::default());
    let regression = Regression { design: &design, y, weights, times: None, offset: None, watch: &watch };
    fit_robust(&regression, options).unwrap()
}

fn quantile(data: &Data, y: &[f64], weights: Option<&[f64]>, tau: f64) -> QuantileFit {
    let (design, watch) = (data.design(), Watch::default());
    let regression = Regression { design: &design, y, weights, times: None, offset: None, watch: &watch };
    fit_quantile(&regression, tau, &LIMITS).unwrap()
}

fn close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= tolerance * (1.0 + w.abs()), "{what}: {got:?}, not {want:?}");
    }
}

/// Sums of the estimating functions are zero; the scale solves its own equation.
#[test]
fn scores_add_up_to_zero() {
    let data = Data::new(900);
    for options in all_options() {
        let fit = robust(&data, &data.y, Some(&data.weights), &options);
        assert_eq!(fit.status, Status::Converged, "{options:?}");
        for j in 0..5 {
            let sum: f64 = (0..900).map(|i| fit.scores[i] * data.row(i)[j]).sum();
            assert!(sum.abs() < 1e-6, "{options:?}: {sum}");
        }
        assert!(fit.scale_rows.iter().sum::<f64>().abs() < 1e-5, "{options:?}");
    }
}

/// No multiple of 10 rows in any level, or quantiles would not be unique.
/// y → a·y + X·b moves coefficients and scale alike.
#[test]
fn fits_move_with_the_data() {
    let data = Data::new(907);
    let (a, b) = (250.0, [3.0, -2.0, 5.0, 1.0, -7.0]);
    let y: Vec<f64> =
        (0..907).map(|i| a * data.y[i] + data.row(i).iter().zip(b).map(|(x, b)| x * b).sum::<f64>()).collect();
    let expected = |beta: &[f64]| -> Vec<f64> { beta.iter().zip(b).map(|(beta, b)| a * beta + b).collect() };
    for options in all_options() {
        let (plain, moved) = (robust(&data, &data.y, None, &options), robust(&data, &y, None, &options));
        close(&moved.coefficients, &expected(&plain.coefficients), 1e-8, &format!("{options:?}"));
        close(&[moved.scale], &[a * plain.scale], 1e-8, &format!("{options:?}"));
        close(&moved.robustness, &plain.robustness, 1e-6, &format!("{options:?}"));
        let ratio = moved.spread.model[(1, 1)] / plain.spread.model[(1, 1)] / (a * a);
        assert!((ratio - 1.0).abs() < 1e-7, "{options:?}: {ratio}");
    }
    for tau in [0.1, 0.5, 0.8] {
        let (plain, moved) = (quantile(&data, &data.y, None, tau), quantile(&data, &y, None, tau));
        close(&moved.coefficients, &expected(&plain.coefficients), 1e-10, &format!("tau = {tau}"));
    }
    // the quantiles of -y are those of y, turned round
    let turned: Vec<f64> = data.y.iter().map(|y| -y).collect();
    let (low, high) = (quantile(&data, &data.y, None, 0.2), quantile(&data, &turned, None, 0.8));
    let back: Vec<f64> = high.coefficients.iter().map(|b| -b).collect();
    close(&low.coefficients, &back, 1e-10, "-y");
}

/// A weight is a number of rows, and weight 0 is no row.
#[test]
fn case_weights_are_repeated_rows() {
    let data = Data::new(300);
    let counts: Vec<f64> = (0..300).map(|i| (i % 3) as f64).collect();
    let twice: Vec<usize> = (0..300).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
    let repeated = Data {
        x: twice.iter().map(|&i| data.x[i]).collect(),
        z: twice.iter().map(|&i| data.z[i]).collect(),
        codes: twice.iter().map(|&i| data.codes[i]).collect(),
        y: twice.iter().map(|&i| data.y[i]).collect(),
        weights: vec![],
    };
    for options in all_options().filter(|o| o.weighting == Weighting::Case) {
        let (a, b) = (robust(&data, &data.y, Some(&counts), &options), robust(&repeated, &repeated.y, None, &options));
        close(&a.coefficients, &b.coefficients, 1e-8, &format!("{options:?}"));
        close(&[a.scale], &[b.scale], 1e-8, &format!("{options:?}"));
        close(&[a.spread.model[(2, 1)]], &[b.spread.model[(2, 1)]], 1e-8, &format!("{options:?}"));
    }
    let (a, b) = (quantile(&data, &data.y, Some(&counts), 0.3), quantile(&repeated, &repeated.y, None, 0.3));
    assert!((a.value / b.value - 1.0).abs() < 1e-12, "{} {}", a.value, b.value);
}

/// At the solution no direction leads down: the scores of the rows beside it can be balanced by those that it goes
/// through, within their bounds.
#[test]
fn quantiles_are_optimal_corners() {
    let data = Data::new(907);
    for weights in [None, Some(&data.weights[..])] {
        for tau in [0.05, 0.25, 0.5, 0.9] {
            let fit = quantile(&data, &data.y, weights, tau);
            assert_eq!(fit.status, Status::Converged);
            let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
            let through: Vec<usize> = (0..907).filter(|&i| fit.residuals[i] == 0.0 && weight(i) > 0.0).collect();
            assert_eq!(through.len(), 5, "tau = {tau}");
            let x = faer::Mat::from_fn(5, 5, |j, i| data.row(through[i])[j]);
            let sum = |j: usize| (0..907).map(|i| fit.scores[i] * data.row(i)[j]).sum::<f64>();
            let open = faer::Mat::from_fn(5, 1, |j, _| -sum(j));
            let balance = faer::linalg::solvers::Solve::solve(&x.partial_piv_lu(), &open);
            for (k, &i) in through.iter().enumerate() {
                let b = balance[(k, 0)] / weight(i);
                assert!((tau - 1.0 - 1e-9..=tau + 1e-9).contains(&b), "tau = {tau}: {b}");
            }
        }
    }
}

/// Responses that are whole numbers, with as many rows on the plane as like: the value is that of the median of y where
/// the covariate says nothing.
#[test]
fn ties_do_no_harm() {
    let n = 600;
    let (x, y): (Vec<f64>, Vec<f64>) = (0..n).map(|i| (f64::from(u8::from(i % 2 == 0)), (i * 31 % 7) as f64)).unzip();
    let design = Design::new(n, vec![Term::intercept(), Term::numeric(vec![Column::real("x", &x)])]).unwrap();
    let watch = Watch::default();
    let regression = Regression { design: &design, y: &y, weights: None, times: None, offset: None, watch: &watch };
    let fit = fit_quantile(&regression, 0.5, &LIMITS).unwrap();
    assert_eq!(fit.status, Status::Converged);
    let best = (0..2)
        .map(|half| {
            let mut own: Vec<f64> = (0..n).filter(|i| i % 2 == half).map(|i| y[i]).collect();
            own.sort_by(f64::total_cmp);
            own.iter().map(|v| 0.5 * (v - own[own.len() / 2]).abs()).sum::<f64>()
        })
        .sum::<f64>();
    assert!((fit.value - best).abs() < 1e-9, "{} {best}", fit.value);
}

#[test]
fn threads_do_not_change_a_bit() {
    let data = Data::new(40_000);
    let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let fit = |threads: usize| {
        Pool::new(threads).unwrap().install(|| {
            let options = RobustOptions { scale: Scale::Proposal2 { k: 1.345 }, ..OPTIONS };
            let (r, q) = (robust(&data, &data.y, None, &options), quantile(&data, &data.y, None, 0.3));
            (bits(&r.coefficients), bits(&r.scores), bits(&q.coefficients), r.spread.meat[(1, 2)].to_bits())
        })
    };
    assert!(fit(1) == fit(2));
}

/// A quantile needs no scale: the solution goes through all rows, and nothing spreads it.
#[test]
fn a_quantile_that_fits_exactly() {
    let data = Data::new(60);
    let exact: Vec<f64> = data.x.iter().map(|x| 2.0 - x).collect();
    for tau in [0.1, 0.5] {
        let fit = quantile(&data, &exact, None, tau);
        assert_eq!((fit.status, fit.value), (Status::Converged, 0.0));
        let want = [2.0, -1.0, 0.0, 0.0, 0.0];
        assert!(fit.coefficients.iter().zip(want).all(|(b, w)| (b - w).abs() < 1e-12), "{:?}", fit.coefficients);
        assert!((0..5).all(|j| fit.spread.bread[(j, j)] == 0.0 && fit.spread.meat[(j, j)] > 0.0));
    }
}

/// One response of 1e4 draws the mean of its group so far that all rows of the group seem to be outliers: the search finds a
/// root of the equations all the same, whatever the coding of the groups.
#[test]
fn a_gross_outlier_takes_no_group_with_it() {
    let data = Data::new(60);
    let mut y = data.y.clone();
    y[data.codes.iter().position(|&code| code == 2).unwrap()] = 1e4;
    for loss in [Loss::Bisquare { c: 4.685 }, Loss::Hampel { a: 2.0, b: 4.0, c: 8.0 }] {
        let fit = robust(&data, &y, None, &RobustOptions { loss, ..OPTIONS });
        assert_eq!(fit.status, Status::Converged);
        for j in 0..5 {
            let sum: f64 = (0..60).map(|i| fit.scores[i] * data.row(i)[j]).sum();
            assert!(sum.abs() < 1e-6, "{loss:?} {j}: {sum}");
        }
        assert!((fit.coefficients[3] - 0.3).abs() < 0.5, "{:?}", fit.coefficients);
    }
}

#[test]
fn what_has_no_answer_is_an_error() {
    let data = Data::new(60);
    let (design, watch) = (data.design(), Watch::default());
    let fit = |y: &[f64], weights: Option<&[f64]>| {
        let regression = Regression { design: &design, y, weights, times: None, offset: None, watch: &watch };
        (fit_robust(&regression, &OPTIONS).map(|_| ()), fit_quantile(&regression, 0.5, &LIMITS).map(|_| ()))
    };
    let exact: Vec<f64> = data.x.iter().map(|x| 2.0 - x).collect();
    let (robust, quantile) = fit(&exact, None);
    assert!(matches!(robust, Err(Error::ZeroScale)) && quantile.is_ok());
    let few: Vec<f64> = (0..60).map(|i| f64::from(u8::from(i < 5))).collect();
    let (robust, quantile) = fit(&data.y, Some(&few));
    assert!(robust.is_err_and(|e| e.kind() == "argument") && quantile.is_err_and(|e| e.kind() == "argument"));
    let mut holes = data.y.clone();
    holes[7] = f64::NAN;
    let (robust, _) = fit(&holes, None);
    assert!(matches!(robust, Err(Error::NonFinite { row: 7, .. })));
}
