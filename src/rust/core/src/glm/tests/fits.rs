//! Relations between fits.

use super::*;
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Term};
use crate::fit::{fit_glm, Fit, FitOptions};
use crate::means::{means_at, working_residuals_at};
use crate::pool::Pool;
use crate::solver::Status;

/// A converged step of Newton's method leaves an error of the order of the square of the last change.
const EXACT: f64 = 1e-9;

pub(super) fn control(method: Method) -> Control {
    Control { epsilon: 1e-12, max_iterations: 50, method }
}

pub(super) struct Rows {
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    pub residuals: Vec<f64>,
    pub weights: Vec<f64>,
}

pub(super) fn fit_with(problem: &Problem, options: &FitOptions) -> Result<(Fit, Rows)> {
    let nan = || vec![f64::NAN; problem.rows()];
    let mut rows = Rows { eta: nan(), mu: nan(), residuals: nan(), weights: nan() };
    let output = RowOutput { linear_predictors: &mut rows.eta, working_weights: &mut rows.weights };
    let fit = fit_glm(problem, options, Some(output), running())?;
    means_at(problem.link, &rows.eta, &mut rows.mu);
    working_residuals_at(problem.link, &rows.eta, problem.y, &mut rows.residuals);
    Ok((fit, rows))
}

pub(super) fn fit_by(problem: &Problem, method: Method) -> Result<(Fit, Rows)> {
    let options =
        FitOptions { control: &control(method), start: None, singular_ok: true, null_model: NullModel::Intercept };
    fit_with(problem, &options)
}

fn fit(problem: &Problem) -> Fit {
    fit_by(problem, Method::Auto).unwrap().0
}

/// With an intercept fitted beside the offset for the null deviance, whose steps are nobody's business.
#[test]
fn whoever_watches_sees_the_iterations_of_the_model() {
    for_each_model(500, 4, |model| {
        let design = model.design();
        let means = true_means(model);
        let problem = Problem { start: StartingMeans::Means(&means), ..model.problem(&design) };
        for method in [Method::Auto, Method::Qr, Method::Lbfgs, Method::TrustRegion] {
            let control = Control { max_iterations: 500, ..control(method) };
            let options =
                FitOptions { control: &control, start: None, singular_ok: true, null_model: NullModel::Intercept };
            let (mut eta, mut weights) = (vec![0.0; problem.rows()], vec![0.0; problem.rows()]);
            let output = RowOutput { linear_predictors: &mut eta, working_weights: &mut weights };
            let watch = Watch::default();
            let fit = fit_glm(&problem, &options, Some(output), &watch).unwrap();
            assert_eq!(watch.new_deviances(), fit.history, "{} {method:?}", model.name);
            assert!(watch.new_deviances().is_empty());
        }
    });
}

#[test]
fn every_family_and_link_converges_to_the_root_of_the_score() {
    for_each_model(2000, 4, |model| {
        let design = model.design();
        let means = true_means(model);
        let problem = Problem { start: StartingMeans::Means(&means), ..model.problem(&design) };
        let (fit, rows) = fit_by(&problem, Method::Auto).unwrap();
        assert_eq!(fit.status, Status::Converged, "{}", model.name);
        assert_eq!(fit.rank(), 4);
        assert!(fit.iterations < 15, "{}: {}", model.name, fit.iterations);
        let objective = GlmObjective::new(&problem, running()).unwrap();
        let at = quadratic(&objective, &fit.coefficients);
        let information = at.information.clone().into_dense();
        let (size, _) = at
            .score
            .iter()
            .enumerate()
            .fold((0.0f64, 0), |(m, _), (j, s)| (m.max(s.abs() / information.at(j, j).sqrt()), j));
        // in standard errors
        assert!(size < 1e-5, "{}: score {size}", model.name);
        assert_close(&[fit.deviance], &[at.value.deviance], 1e-12, &model.name);
        assert!(fit.deviance < fit.null_deviance && fit.null_converged, "{}", model.name);
        for (i, mean) in rows.mu.iter().enumerate() {
            let eta = model.offset[i] + model.x.iter().zip(&fit.coefficients).map(|(x, b)| x[i] * b).sum::<f64>();
            assert!((rows.eta[i] - eta).abs() <= 1e-13 * (1.0 + eta.abs()));
            assert!((mean - model.link.inverse(eta)).abs() <= 1e-12 * mean.abs());
            let residual = (model.y[i] - mean) / model.link.dmu_deta(eta);
            assert!((rows.residuals[i] - residual).abs() <= 1e-10 * (1.0 + residual.abs()));
            assert!(rows.weights[i] > 0.0);
        }
        let ends = rows.mu.iter().fold((f64::INFINITY, 0.0f64), |(l, h), m| (l.min(*m), h.max(*m)));
        assert_eq!(ends, (fit.least_mean, fit.largest_mean));
    });
}

#[test]
fn canonical_links_converge_from_the_family_start() {
    for (family, link) in CANONICAL {
        let model = Model::new(family, link, 1000, 5, 8);
        let design = model.design();
        let problem = model.problem(&design);
        let fit = fit(&problem);
        assert_eq!(fit.status, Status::Converged, "{}", model.name);
        let means = true_means(&model);
        let other = fit_by(&Problem { start: StartingMeans::Means(&means), ..problem }, Method::Auto).unwrap().0;
        assert_close(&fit.coefficients, &other.coefficients, EXACT, &model.name);
        let start = FitOptions {
            control: &control(Method::Auto),
            start: Some(&model.beta),
            singular_ok: true,
            null_model: NullModel::Intercept,
        };
        let other = fit_with(&model.problem(&design), &start).unwrap().0;
        assert_close(&fit.coefficients, &other.coefficients, EXACT, &model.name);
    }
}

#[test]
fn qr_cholesky_and_auto_agree() {
    for_each_model(2000, 4, |model| {
        let design = model.design();
        let means = true_means(model);
        let problem = Problem { start: StartingMeans::Means(&means), ..model.problem(&design) };
        let auto = fit(&problem);
        for method in [Method::Qr, Method::Cholesky] {
            let other = fit_by(&problem, method).unwrap().0;
            assert_close(&other.coefficients, &auto.coefficients, 1e-10, &model.name);
            assert_close(&other.cov_unscaled.to_full(), &auto.cov_unscaled.to_full(), 1e-10, &model.name);
            assert_eq!(other.iterations, auto.iterations, "{}", model.name);
        }
    });
}

#[test]
fn a_factor_is_its_dummy_columns() {
    let n = 400;
    let mut rng = StdRng::seed_from_u64(3);
    let codes: Vec<i32> = (0..n).map(|_| rng.random_range(1..=4)).collect();
    let z: Vec<f64> = (0..n).map(|_| rng.random_range(0.0..1.0)).collect();
    let dummies: Vec<Vec<f64>> =
        (2..=4).map(|k| codes.iter().map(|&c| f64::from(u8::from(c == k))).collect()).collect();
    let slopes: Vec<Vec<f64>> = dummies.iter().map(|d| d.iter().zip(&z).map(|(d, z)| d * z).collect()).collect();
    let f = || Codes { name: "f", codes: &codes, levels: 4 };
    let zcol = || vec![Column::real("z", &z)];
    let coded = vec![
        Term::intercept(),
        Term::factor(f(), Contrast::treatment(4, 0)),
        Term::numeric(zcol()),
        Term::new(vec![zcol()], vec![f()], vec![Contrast::treatment(4, 0)], None),
    ];
    let written = |columns: &'static str, values: &[Vec<f64>]| -> Vec<(String, Vec<f64>)> {
        values.iter().map(|v| (columns.to_string(), v.clone())).collect()
    };
    let (d, s) = (written("f", &dummies), written("f:z", &slopes));
    let plain = vec![
        Term::intercept(),
        Term::numeric(d.iter().map(|(n, v)| Column::real(n, v)).collect()),
        Term::numeric(zcol()),
        Term::numeric(s.iter().map(|(n, v)| Column::real(n, v)).collect()),
    ];
    let (coded, plain) = (Design::new(n, coded).unwrap(), Design::new(n, plain).unwrap());
    for (family, link) in CANONICAL {
        let model = Model::new(family, link, n, 2, 5);
        let (a, b) = (fit(&model.problem(&coded)), fit(&model.problem(&plain)));
        assert_close(&a.coefficients, &b.coefficients, EXACT, &model.name);
        assert_close(&a.cov_unscaled.to_full(), &b.cov_unscaled.to_full(), EXACT, &model.name);
        assert_close(&[a.deviance, a.null_deviance], &[b.deviance, b.null_deviance], 1e-12, &model.name);
    }
}

#[test]
fn threads_change_no_bit() {
    let n = 60_000;
    let mut rng = StdRng::seed_from_u64(12);
    let codes: Vec<i32> = (0..n).map(|_| rng.random_range(1..=7)).collect();
    for (family, link) in [("poisson", "log"), ("binomial", "logit"), ("gaussian", "identity"), ("Gamma", "log")] {
        let model = Model::new(family, link, n, 5, 6);
        let mut terms = vec![
            Term::intercept(),
            Term::factor(Codes { name: "f", codes: &codes, levels: 7 }, Contrast::treatment(7, 2)),
        ];
        terms.extend(model.x[1..].iter().map(|c| Term::numeric(vec![Column::real("x", c)])));
        let design = Design::new(n, terms).unwrap();
        let problem = model.problem(&design);
        assert!(GlmObjective::new(&problem, running()).unwrap().plan.lanes() > 3);
        for method in [Method::Auto, Method::Qr] {
            let bits = |threads: usize| -> Vec<u64> {
                let (fit, rows) = Pool::new(threads).unwrap().install(|| fit_by(&problem, method)).unwrap();
                let parts = [
                    &fit.coefficients,
                    &fit.cov_unscaled.to_full(),
                    &rows.eta,
                    &rows.mu,
                    &rows.residuals,
                    &rows.weights,
                ];
                let scalars = [fit.deviance, fit.null_deviance, fit.aic.unwrap()];
                parts.into_iter().flatten().chain(&scalars).map(|v| v.to_bits()).collect()
            };
            let one = bits(1);
            for threads in [2, 3] {
                assert!(one == bits(threads), "{}: {threads} threads, {method:?}", model.name);
            }
        }
    }
}

/// Keep the rows of a model, each as often as `times` says.
fn repeat(
    model: &Model,
    times: impl Fn(usize) -> usize,
    weights: impl Fn(usize) -> f64,
    family: &str,
    link: &str,
) -> Model {
    let index: Vec<usize> = (0..model.y.len()).flat_map(|i| std::iter::repeat_n(i, times(i))).collect();
    let take = |v: &[f64]| index.iter().map(|&i| v[i]).collect::<Vec<_>>();
    Model {
        x: model.x.iter().map(|c| take(c)).collect(),
        y: take(&model.y),
        offset: take(&model.offset),
        weights: index.iter().map(|&i| weights(i)).collect(),
        beta: model.beta.clone(),
        ..Model::new(family, link, 1, 2, 0)
    }
}

#[test]
fn weights_are_repeated_rows() {
    for (family, link) in CANONICAL {
        let model = Model::new(family, link, 300, 4, 14);
        let long = repeat(&model, |i| model.weights[i] as usize, |_| 1.0, family, link);
        let (design, long_design) = (model.design(), long.design());
        let (a, b) = (fit(&model.problem(&design)), fit(&long.problem(&long_design)));
        assert_close(&a.coefficients, &b.coefficients, EXACT, &model.name);
        assert_close(&a.cov_unscaled.to_full(), &b.cov_unscaled.to_full(), EXACT, &model.name);
        assert_close(&[a.deviance, a.null_deviance], &[b.deviance, b.null_deviance], 1e-11, &model.name);
    }
}

#[test]
fn rows_of_weight_zero_are_not_there() {
    for (family, link) in CANONICAL {
        let mut model = Model::new(family, link, 300, 4, 15);
        for i in (0..300).step_by(3) {
            model.weights[i] = 0.0;
            model.y[i] = if family == "binomial" { 1.0 } else { 1e6 };
            // the means of rows of weight zero must be valid too, as in R: no wild values with links that have bounds
            if !link.contains('/') && link != "inverse" {
                model.x[2][i] = 1e2;
            }
        }
        let short = repeat(&model, |i| usize::from(i % 3 != 0), |i| model.weights[i], family, link);
        let (design, short_design) = (model.design(), short.design());
        let (a, b) = (fit(&model.problem(&design)), fit(&short.problem(&short_design)));
        assert_close(&a.coefficients, &b.coefficients, EXACT, &model.name);
        assert_close(&a.cov_unscaled.to_full(), &b.cov_unscaled.to_full(), EXACT, &model.name);
        assert_close(&[a.deviance, a.null_deviance], &[b.deviance, b.null_deviance], 1e-11, &model.name);
    }
}

#[test]
fn an_offset_that_shifts_all_rows_moves_the_intercept() {
    for (family, link) in CANONICAL {
        let mut model = Model::new(family, link, 300, 4, 16);
        let base = {
            let design = model.design();
            fit(&model.problem(&design))
        };
        model.offset.iter_mut().for_each(|o| *o += 0.125);
        let design = model.design();
        let moved = fit(&model.problem(&design));
        let mut want = base.coefficients.clone();
        want[0] -= 0.125;
        assert_close(&moved.coefficients, &want, EXACT, &model.name);
        // and a multiple of a covariate moves its slope
        model.offset.iter_mut().zip(&model.x[1]).for_each(|(o, x)| *o += 0.0625 * x - 0.125);
        let design = model.design();
        want = base.coefficients.clone();
        want[1] -= 0.0625;
        assert_close(&fit(&model.problem(&design)).coefficients, &want, EXACT, &model.name);
    }
}

#[test]
fn aliased_columns_are_told_and_change_nothing() {
    for (family, link) in CANONICAL {
        let model = Model::new(family, link, 300, 4, 17);
        let design = model.design();
        let base = fit(&model.problem(&design));
        let copy = model.x[1].clone();
        let sum: Vec<f64> = model.x[1].iter().zip(&model.x[2]).map(|(a, b)| 3.0 * a - 2.0 * b + 1.0).collect();
        let zero = vec![0.0; 300];
        // (what is put in, before which column)
        for (name, extra, place) in [
            ("copy", &copy, 2),
            ("copy at the end", &copy, 4),
            ("combination", &sum, 3),
            ("zero", &zero, 1),
            ("zero at the end", &zero, 4),
        ] {
            let mut terms: Vec<Term> = model.x.iter().map(|c| Term::numeric(vec![Column::real("x", c)])).collect();
            terms.insert(place, Term::numeric(vec![Column::real("extra", extra)]));
            let wide = Design::new(300, terms).unwrap();
            for method in [Method::Auto, Method::Qr, Method::Cholesky] {
                let (got, _) = fit_by(&model.problem(&wide), method).unwrap();
                let what = format!("{}: {name}, {method:?}", model.name);
                let mut aliased = vec![false; 5];
                aliased[place] = true;
                assert_eq!(got.aliased, aliased, "{what}");
                let mut coefficients = got.coefficients.clone();
                assert_eq!(coefficients.remove(place), 0.0, "{what}");
                assert_close(&coefficients, &base.coefficients, EXACT, &what);
                assert_close(&got.cov_unscaled.to_full(), &base.cov_unscaled.to_full(), EXACT, &what);
                assert_eq!(got.iterations, base.iterations, "{what}");
            }
            let strict = FitOptions {
                control: &control(Method::Auto),
                start: None,
                singular_ok: false,
                null_model: NullModel::Mean,
            };
            match fit_with(&model.problem(&wide), &strict) {
                Err(Error::Singular { columns }) => assert_eq!(columns, vec![place]),
                other => panic!("{:?}", other.map(|(fit, _)| fit)),
            }
        }
    }
}

#[test]
fn more_columns_than_rows() {
    let mut model = Model::new("gaussian", "identity", 5, 8, 18);
    model.weights.fill(1.0);
    let design = model.design();
    for method in [Method::Auto, Method::Qr] {
        let (fit, rows) = fit_by(&model.problem(&design), method).unwrap();
        assert_eq!(fit.rank(), 5, "{method:?}");
        assert_eq!(fit.aliased, [false, false, false, false, false, true, true, true]);
        assert_close(&rows.mu, &model.y, 1e-10, "fitted values");
        assert!(fit.deviance < 1e-20);
    }
}

#[test]
fn shifted_and_scaled_covariates() {
    for (family, link) in CANONICAL {
        let model = Model::new(family, link, 500, 3, 19);
        // rounded first, so that the shift is exact and both designs say the same
        let x: Vec<f64> = model.x[1].iter().map(|v| (v * 1024.0).round() / 1024.0).collect();
        let shifted: Vec<f64> = x.iter().map(|v| v + 1e8).collect();
        let scaled: Vec<f64> = x.iter().map(|v| v * 1e-8).collect();
        let with = |column: &[f64]| {
            let terms = vec![
                Term::intercept(),
                Term::numeric(vec![Column::real("x", column)]),
                Term::numeric(vec![Column::real("z", &model.x[2])]),
            ];
            let design = Design::new(500, terms).unwrap();
            fit_by(&model.problem(&design), Method::Auto).unwrap()
        };
        let (base, base_rows) = with(&x);
        let (fit, rows) = with(&scaled);
        assert_close(
            &[fit.coefficients[0], fit.coefficients[1] * 1e-8, fit.coefficients[2]],
            &base.coefficients,
            EXACT,
            &model.name,
        );
        assert_close(&rows.mu, &base_rows.mu, EXACT, &model.name);
        let (fit, rows) = with(&shifted);
        assert_eq!(fit.rank(), 3, "{}", model.name);
        // eta is a difference of numbers near 1e8: its own rounding error is 1e-8
        assert_close(&fit.coefficients[1..], &base.coefficients[1..], 1e-7, &model.name);
        assert_close(&[fit.coefficients[0] + 1e8 * fit.coefficients[1]], &[base.coefficients[0]], 1e-6, &model.name);
        assert_close(&rows.mu, &base_rows.mu, 1e-6, &model.name);
        assert_close(&[fit.deviance], &[base.deviance], 1e-8, &model.name);
    }
}
