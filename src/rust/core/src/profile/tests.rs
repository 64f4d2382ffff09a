//! Relations of profiles: to fits without the column, to quadratics, to the number of threads.

use super::*;
use crate::control::Method;
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::family::{self, FamilySpec};
use crate::glm::Problem;
use crate::linalg::Information;
use crate::link;
use crate::objective::Objective;
use crate::pool::Pool;
use crate::watch::Watch;

const PRECISE: Control = Control { epsilon: 1e-13, max_iterations: 100, method: Method::Auto };

/// Numbers in (-1, 1) that look like chance.
fn chance(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect()
}

struct Data {
    x: Vec<Vec<f64>>,
    codes: Vec<i32>,
    levels: usize,
    y: Vec<f64>,
    offset: Vec<f64>,
    family: FamilySpec,
    link: Box<dyn link::Link>,
}

impl Data {
    fn new(family: &str, link: &str, n: usize, levels: usize) -> Self {
        let x = vec![chance(n, 1), chance(n, 2)];
        let codes: Vec<i32> = (0..n).map(|i| 1 + ((i * 7919 + i / levels) % levels) as i32).collect();
        let noise = chance(n, 3);
        let y = (0..n)
            .map(|i| {
                let mu = (0.6 * x[0][i] - 0.3 * x[1][i] + 0.1 * f64::from(codes[i] % 3)).exp() * (1.2 + noise[i]);
                match family {
                    "binomial" => f64::from(mu > 1.2),
                    "poisson" => mu.round(),
                    _ => mu,
                }
            })
            .collect();
        let family = FamilySpec::new(family::by_name(family).unwrap());
        Data {
            offset: chance(n, 4).iter().map(|o| 0.2 * o).collect(),
            x,
            codes,
            levels,
            y,
            family,
            link: link::by_name(link, 1.0).unwrap(),
        }
    }

    /// Intercept, factor, covariates: without the covariate `dropped`.
    fn design(&self, dropped: Option<usize>) -> Design<'_> {
        let codes = Codes { name: "f", codes: &self.codes, levels: self.levels };
        let mut terms = vec![Term::intercept(), Term::factor(codes, Contrast::treatment(self.levels, 0))];
        let kept = self.x.iter().enumerate().filter(|(j, _)| Some(*j) != dropped);
        terms.extend(kept.map(|(_, c)| Term::numeric(vec![Column::real("x", c)])));
        Design::new(self.y.len(), terms).unwrap()
    }

    fn problem<'a>(&'a self, design: &'a Design<'a>, offset: &'a [f64]) -> Problem<'a> {
        Problem { offset: Some(offset), ..Problem::new(design, &self.y, &self.family, self.link.as_ref()) }
    }
}

fn running() -> &'static Watch {
    Box::leak(Box::new(Watch::default()))
}

fn profiled(
    data: &Data,
    columns: &[usize],
    steps: f64,
    statistic: Statistic,
    threads: usize,
) -> (Solution, Vec<Trace>) {
    let design = data.design(None);
    let problem = data.problem(&design, &data.offset);
    let objective = GlmObjective::new(&problem, running()).unwrap();
    let fit = newton(&objective, None, &PRECISE).unwrap();
    assert!(fit.converged());
    let dispersion = 1.0;
    let estimate = Estimate { coefficients: &fit.coefficients, aliased: &[], deviance: fit.deviance, dispersion };
    let errors = |j: usize| {
        let mut unit = vec![0.0; fit.coefficients.len()];
        unit[j] = 1.0;
        fit.factor.as_ref().unwrap().solve(&unit)[j].sqrt()
    };
    let paths: Vec<Path> = columns
        .iter()
        .flat_map(|&column| [-1.0, 1.0].map(|sign| Path { column, step: sign * steps * errors(column) }))
        .collect();
    let options = ProfileOptions { control: &PRECISE, statistic, limit: 2.6, max_steps: 9 };
    let traces = Pool::new(threads).unwrap().install(|| profile(&objective, &estimate, &paths, &options)).unwrap();
    (fit, traces)
}

const MODELS: [(&str, &str); 5] =
    [("gaussian", "identity"), ("poisson", "log"), ("binomial", "logit"), ("Gamma", "log"), ("poisson", "sqrt")];

#[test]
fn a_coefficient_that_is_held_is_an_offset() {
    for (family, link) in MODELS {
        // 260 levels are kept apart from the other columns
        for levels in [3, 260] {
            let data = Data::new(family, link, 4000, levels);
            let column = levels;
            let (_, traces) = profiled(&data, &[column], 0.5, Statistic::LikelihoodRatio, 1);
            for trace in &traces {
                assert!(trace.stopped.is_none() && trace.status == Status::Converged, "{family} {link}: {trace:?}");
                assert!(trace.roots.len() >= 4);
                let point = &trace.points[3];
                let offset: Vec<f64> = data.offset.iter().zip(&data.x[0]).map(|(o, x)| o + x * point[column]).collect();
                let design = data.design(Some(0));
                let problem = data.problem(&design, &offset);
                let objective = GlmObjective::new(&problem, running()).unwrap();
                let alone = newton(&objective, None, &PRECISE).unwrap();
                let others = point.iter().enumerate().filter(|(j, _)| *j != column).map(|(_, b)| b);
                for (held, alone) in others.zip(&alone.coefficients) {
                    assert!((held - alone).abs() < 1e-6 * (1.0 + alone.abs()), "{family} {link}: {held} {alone}");
                }
            }
        }
    }
}

#[test]
fn the_deviance_is_least_at_the_estimate_and_rises_along_a_path() {
    for (family, link) in MODELS {
        let data = Data::new(family, link, 500, 4);
        let columns: Vec<usize> = (0..6).collect();
        for trace in profiled(&data, &columns, 0.5, Statistic::LikelihoodRatio, 2).1 {
            let sizes: Vec<f64> = trace.roots.iter().map(|z| z.abs()).collect();
            assert!(sizes[0] > 0.0 && sizes.windows(2).all(|pair| pair[0] < pair[1]), "{family} {link}: {sizes:?}");
            assert!(sizes[..sizes.len() - 1].iter().all(|&z| z < 2.6));
        }
    }
}

#[test]
fn both_statistics_of_a_quadratic_are_steps_of_the_standard_error() {
    let data = Data::new("gaussian", "identity", 300, 4);
    for statistic in [Statistic::LikelihoodRatio, Statistic::Score] {
        for trace in profiled(&data, &[0, 2, 4], 0.5, statistic, 1).1 {
            for (i, z) in trace.roots.iter().enumerate() {
                let want = 0.5 * (i + 1) as f64;
                assert!((z.abs() - want).abs() < 1e-7, "{statistic:?}: {z}");
            }
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let data = Data::new("poisson", "log", 40_000, 5);
    let columns: Vec<usize> = (0..7).collect();
    let bits = |threads| -> Vec<u64> {
        let traces = profiled(&data, &columns, 0.5, Statistic::LikelihoodRatio, threads).1;
        traces.iter().flat_map(|t| t.points.iter().flatten().chain(&t.roots)).map(|x| x.to_bits()).collect()
    };
    let one = bits(1);
    assert_eq!(bits(2), one);
    assert_eq!(bits(3), one);
}

#[test]
fn the_intercept_beside_a_large_factor_may_be_held() {
    let data = Data::new("poisson", "log", 4000, 260);
    let design = data.design(None);
    let problem = data.problem(&design, &data.offset);
    let objective = GlmObjective::new(&problem, running()).unwrap();
    let fit = newton(&objective, None, &PRECISE).unwrap();
    let mut start = fit.coefficients.clone();
    start[0] += 0.1;
    // an intercept, a level, a covariate
    for column in [0, 17, 260] {
        let held = Held::new(&objective, vec![column]);
        let (quadratic, factor) = quadratic_and_factor(&held, &start, &PRECISE).unwrap();
        assert!(matches!(quadratic.information, Information::Bordered(_)));
        let whole = objective.quadratic(Point::At(&start)).unwrap().information.into_dense();
        let change = factor.solve(&quadratic.score);
        assert_eq!(change[column], 0.0);
        let product = whole.times(&change);
        for j in (0..start.len()).filter(|&j| j != column) {
            assert!((product[j] - quadratic.score[j]).abs() < 1e-8 * (1.0 + quadratic.score[j].abs()), "{column} {j}");
        }
    }
}

#[test]
fn qr_holds_what_cholesky_holds() {
    let data = Data::new("binomial", "logit", 500, 4);
    let design = data.design(None);
    let problem = data.problem(&design, &data.offset);
    let objective = GlmObjective::new(&problem, running()).unwrap();
    let start = [0.1, 0.0, 0.2, 0.0, 0.5, 0.0];
    // a covariate and a level
    let held = Held::new(&objective, vec![4, 2]);
    let by = |method| newton(&held, Some(&start), &Control { method, ..PRECISE }).unwrap();
    let (cholesky, qr) = (by(Method::Cholesky), by(Method::Qr));
    assert_eq!(qr.kept, vec![0, 1, 3, 5]);
    assert_eq!((qr.coefficients[2], qr.coefficients[4]), (0.2, 0.5));
    for (a, b) in qr.coefficients.iter().zip(&cholesky.coefficients) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
    let score = objective.value_and_score(Point::At(&qr.coefficients)).unwrap().1;
    assert!(qr.kept.iter().all(|&j| score[j].abs() < 1e-6) && score[2].abs() > 1e-3 && score[4].abs() > 1e-3);
}

#[test]
fn a_better_solution_is_an_error() {
    let data = Data::new("poisson", "log", 400, 3);
    let design = data.design(None);
    let problem = data.problem(&design, &data.offset);
    let objective = GlmObjective::new(&problem, running()).unwrap();
    let off = vec![0.3; 5];
    let deviance = objective.value(Point::At(&off)).unwrap().deviance;
    let estimate = Estimate { coefficients: &off, aliased: &[], deviance, dispersion: 1.0 };
    let options = ProfileOptions { control: &PRECISE, statistic: Statistic::LikelihoodRatio, limit: 2.0, max_steps: 9 };
    let path = Path { column: 1, step: 0.01 };
    assert!(matches!(profile(&objective, &estimate, &[path], &options), Err(Error::BetterSolution)));
}
