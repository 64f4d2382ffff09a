//! The searches against Newton's method, and against what may go wrong in them.

use super::{GlmObjective, Problem};
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::error::{Error, Result};
use crate::family::{by_name, FamilySpec};
use crate::linalg::RowsQr;
use crate::link;
use crate::objective::{Objective, Point, Quadratic, Smooth, Value};
use crate::penalty::Ridge;
use crate::solver::{
    lbfgs, minimise_lbfgs, minimise_trust_region, newton, trust_region, Descent, Solution, Status, FACTOR_LIMIT,
};
use crate::watch::Watch;
use rand::{rngs::StdRng, Rng, SeedableRng};
use std::cell::Cell;

type Minimise = fn(&dyn Smooth, &[f64], &[f64], &Control) -> Result<Descent>;
type Search = fn(&dyn Objective, Option<&[f64]>, &Control) -> Result<Solution>;
const SEARCHES: [(&str, Search); 2] = [("lbfgs", lbfgs), ("trust-region", trust_region)];

fn control(method: Method) -> Control {
    Control { epsilon: 1e-8, max_iterations: 500, method }
}

/// Columns uniform on [-1, 1], each times its scale, and a response with mean g⁻¹(0.8 + Σ 0.2·x).
struct Data {
    columns: Vec<Vec<f64>>,
    codes: Vec<i32>,
    y: Vec<f64>,
}

fn data(family: &str, link: &str, n: usize, scales: &[f64]) -> Data {
    let mut rng = StdRng::seed_from_u64(7);
    let link = link::by_name(link, 0.5).unwrap();
    let columns: Vec<Vec<f64>> =
        scales.iter().map(|s| (0..n).map(|_| s * rng.random_range(-1.0..1.0)).collect()).collect();
    let codes: Vec<i32> = (0..n).map(|_| rng.random_range(1..=4)).collect();
    let mut y = vec![0.0; n];
    for i in 0..n {
        let eta = 0.8 + columns.iter().zip(scales).map(|(x, s)| 0.2 * x[i] / s).sum::<f64>();
        let (mu, u) = (link.inverse(eta), rng.random_range(0.01..1.0f64));
        y[i] = match family {
            "binomial" => f64::from(u8::from(u < mu)),
            "poisson" => (mu * 2.0 * u).round(),
            "gaussian" => mu + 0.5 * (u - 0.5),
            _ => -mu * u.ln(),
        };
    }
    Data { columns, codes, y }
}

/// Run `test` on the objective of the model with an intercept, the numeric columns and, if asked for, the factor.
fn with_objective<T>(
    data: &Data,
    family: &str,
    link: &str,
    factor: bool,
    watch: &Watch,
    test: impl FnOnce(&GlmObjective) -> T,
) -> T {
    let n = data.y.len();
    let columns = data.columns.iter().enumerate().map(|(j, x)| Column::real(&format!("x{j}"), x)).collect();
    let mut terms = vec![Term::intercept(), Term::numeric(columns)];
    if factor {
        let codes = || Codes { name: "f", codes: &data.codes, levels: 4 };
        let helmert = [-1.0, 1.0, 0.0, 0.0, -1.0, -1.0, 2.0, 0.0, -1.0, -1.0, -1.0, 3.0];
        terms.push(Term::factor(codes(), Contrast::matrix(4, &helmert)));
        let slope = vec![vec![Column::real("x0", &data.columns[0])]];
        terms.push(Term::new(slope, vec![codes()], vec![Contrast::matrix(4, &helmert)], None));
    }
    let link = link::by_name(link, 0.5).unwrap();
    let design = Design::new(n, terms).unwrap();
    let spec = FamilySpec::new(by_name(family).unwrap());
    let problem = Problem::new(&design, &data.y, &spec, link.as_ref());
    test(&GlmObjective::new(&problem, watch).unwrap())
}

/// Largest difference of the coefficients, in units of their standard errors (dispersion 1).
fn distance(a: &[f64], b: &[f64], diagonal: &[f64]) -> f64 {
    a.iter().zip(b).zip(diagonal).map(|((a, b), d)| (a - b).abs() * d.sqrt()).fold(0.0, f64::max)
}

const MODELS: [(&str, &str); 7] = [
    ("gaussian", "identity"),
    ("poisson", "log"),
    ("binomial", "logit"),
    ("Gamma", "log"),
    ("Gamma", "inverse"),
    ("gaussian", "log"),
    ("poisson", "sqrt"),
];

#[test]
fn searches_agree_with_newton() {
    for (family, link) in MODELS {
        for scales in [[1.0, 1.0, 1.0], [1e8, 1.0, 1e-8]] {
            let data = data(family, link, 600, &scales);
            with_objective(&data, family, link, true, &Watch::default(), |objective| {
                let newton = newton(objective, None, &Control { epsilon: 1e-14, ..control(Method::Auto) }).unwrap();
                let diagonal = objective.information_diagonal(Point::At(&newton.coefficients)).unwrap();
                for (name, search) in SEARCHES {
                    // with expected information Newton's method gains digits one by one under these links, too
                    let found = search(objective, None, &Control { epsilon: 1e-12, ..control(Method::Lbfgs) }).unwrap();
                    let off = distance(&found.coefficients, &newton.coefficients, &diagonal);
                    assert!(found.converged() && off < 1e-6, "{name} {family} {link} {scales:?}: off by {off}");
                    assert!(found.iterations < 60, "{name} {family} {link} {scales:?}: {} steps", found.iterations);
                    assert_eq!(found.history.len(), found.iterations);
                }
            });
        }
    }
}

#[test]
fn searches_need_no_newton() {
    let tight = Control { epsilon: 1e-14, ..control(Method::Lbfgs) };
    for (family, link) in MODELS {
        let data = data(family, link, 600, &[1e8, 1.0, 1e-8]);
        with_objective(&data, family, link, true, &Watch::default(), |objective| {
            let newton = newton(objective, None, &Control { method: Method::Auto, ..tight.clone() }).unwrap();
            let start = newton.before.borrow();
            let Point::At(start) = start else { panic!("one step was enough") };
            let far: Vec<f64> = start.iter().map(|b| b * 0.7).collect();
            let diagonal = objective.information_diagonal(Point::At(&far)).unwrap();
            for (name, minimise) in [("lbfgs", minimise_lbfgs as Minimise), ("trust-region", minimise_trust_region)] {
                let smooth: &dyn Objective = objective;
                let found = minimise(&smooth, &far, &diagonal, &tight).unwrap();
                let off = distance(&found.theta, &newton.coefficients, &diagonal);
                assert!(off < 1e-5, "{name} {family} {link}: off by {off}, {:?}", found.status);
                assert_eq!(found.status, Status::Converged, "{name} {family} {link}");
            }
        });
    }
}

#[test]
fn products_are_those_of_the_information() {
    let data = data("poisson", "log", 300, &[1.0, 2.0]);
    with_objective(&data, "poisson", "log", true, &Watch::default(), |glm| {
        let p = glm.dim();
        let ridge = Ridge { objective: glm, lambda: 3.0, penalised: (0..p).map(|j| j > 0).collect() };
        let theta: Vec<f64> = (0..p).map(|j| 0.1 * j as f64 - 0.3).collect();
        let v: Vec<f64> = (0..p).map(|j| (j as f64).cos()).collect();
        for objective in [glm as &dyn Objective, &ridge] {
            for at in [Point::Start, Point::At(&theta)] {
                let information = objective.quadratic(at).unwrap().information.into_dense();
                let diagonal = objective.information_diagonal(at).unwrap();
                let product = objective.information_times(at, &v).unwrap();
                let expected = information.times(&v);
                for j in 0..p {
                    assert!((diagonal[j] / information.at(j, j) - 1.0).abs() < 1e-13);
                    assert!((product[j] - expected[j]).abs() < 1e-11 * information.at(j, j));
                }
            }
        }
    });
}

#[test]
fn aliased_columns_are_newtons() {
    let mut data = data("poisson", "log", 300, &[1.0, 1.0, 1.0]);
    data.columns[1] = data.columns[0].iter().map(|x| 1.0 - 2.0 * x).collect();
    with_objective(&data, "poisson", "log", true, &Watch::default(), |objective| {
        let newton = newton(objective, None, &Control { epsilon: 1e-11, ..control(Method::Auto) }).unwrap();
        assert_eq!(newton.factor.as_ref().unwrap().aliased, [2]);
        for (name, search) in SEARCHES {
            let found = search(objective, None, &control(Method::Lbfgs)).unwrap();
            assert_eq!(found.kept, newton.kept, "{name}");
            assert!(found.converged() && found.coefficients[2] == 0.0, "{name}");
            assert!(distance(&found.coefficients, &newton.coefficients, &[300.0; 11]) < 1e-6, "{name}");
        }
    });
}

#[test]
fn wide_designs_have_no_factor() {
    let data = data("gaussian", "identity", FACTOR_LIMIT + 500, &vec![1.0; FACTOR_LIMIT]);
    with_objective(&data, "gaussian", "identity", false, &Watch::default(), |objective| {
        for (name, search) in SEARCHES {
            let found = search(objective, None, &control(Method::Lbfgs)).unwrap();
            assert!(found.converged() && found.factor.is_none() && found.kept.len() == FACTOR_LIMIT + 1, "{name}");
            let (_, score) = objective.value_and_score(Point::At(&found.coefficients)).unwrap();
            let worst = score.iter().fold(0.0f64, |m, s| m.max(s.abs()));
            assert!(worst < 0.05, "{name}: score {worst}, {} steps", found.iterations);
        }
    });
}

/// Passes calls on, and does something at the n-th look at a point.
struct Spy<'a> {
    inner: &'a dyn Objective,
    calls: Cell<usize>,
    at: usize,
    does: &'a dyn Fn() -> Result<()>,
}

impl Spy<'_> {
    fn count(&self) -> Result<()> {
        self.calls.set(self.calls.get() + 1);
        assert!(self.calls.get() <= self.at, "called after an error");
        if self.calls.get() == self.at {
            (self.does)()
        } else {
            Ok(())
        }
    }
}

impl Objective for Spy<'_> {
    fn dim(&self) -> usize {
        self.inner.dim()
    }
    fn value(&self, at: Point) -> Result<Value> {
        self.inner.value(at)
    }
    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        self.count()?;
        self.inner.value_and_score(at)
    }
    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        self.inner.quadratic(at)
    }
    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        self.inner.rows_qr(at)
    }
    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        self.inner.information_diagonal(at)
    }
    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        self.count()?;
        self.inner.information_times(at, v)
    }
}

#[test]
fn the_first_error_comes_back() {
    let data = data("poisson", "log", 200, &[1.0, 1.0]);
    with_objective(&data, "poisson", "log", false, &Watch::default(), |objective| {
        for (name, search) in SEARCHES {
            for at in 1..8 {
                let fail = || Err(Error::Variance { value: at as f64 });
                let spy = Spy { inner: objective, calls: Cell::new(0), at, does: &fail };
                let error = search(&spy, Some(&[3.0, -2.0, 2.0]), &control(Method::Lbfgs)).unwrap_err();
                assert!(matches!(error, Error::Variance { value } if value == at as f64), "{name} at {at}: {error:?}");
            }
        }
    });
}

#[test]
fn a_search_can_be_interrupted() {
    let data = data("poisson", "log", 200, &[1.0, 1.0]);
    for (name, search) in SEARCHES {
        for at in 1..8 {
            let watch = Watch::default();
            with_objective(&data, "poisson", "log", false, &watch, |objective| {
                let stop = || {
                    watch.stop();
                    Ok(())
                };
                let spy = Spy { inner: objective, calls: Cell::new(0), at, does: &stop };
                let error = search(&spy, Some(&[3.0, -2.0, 2.0]), &control(Method::Lbfgs)).unwrap_err();
                assert!(matches!(error, Error::Interrupted), "{name} at {at}: {error:?}");
            });
        }
    }
}

#[test]
fn steps_out_of_the_valid_range_are_taken_back() {
    // starts from which a plain step leaves the range: means below zero, or exp() of hundreds
    for (family, link, start) in [
        ("Gamma", "inverse", [0.05, 0.01, 0.0, 0.0]),
        ("poisson", "sqrt", [0.02, 0.0, 0.01, 0.0]),
        ("poisson", "identity", [0.05, 0.0, 0.0, 0.01]),
        ("gaussian", "log", [-6.0, 0.0, 0.0, 0.0]),
    ] {
        let data = data(family, link, 400, &[1.0, 1.0, 1.0]);
        with_objective(&data, family, link, false, &Watch::default(), |objective| {
            let newton = newton(objective, None, &control(Method::Auto)).unwrap();
            for (name, search) in SEARCHES {
                let found = search(objective, Some(&start), &control(Method::Lbfgs)).unwrap();
                let off = distance(&found.coefficients, &newton.coefficients, &[400.0; 4]);
                assert!(found.converged() && off < 1e-3, "{name} {family} {link}: off by {off}");
            }
        });
    }
}

#[test]
fn a_start_without_a_value_is_an_error() {
    let data = data("Gamma", "inverse", 50, &[1.0]);
    with_objective(&data, "Gamma", "inverse", false, &Watch::default(), |objective| {
        for (_, search) in SEARCHES {
            assert!(matches!(search(objective, Some(&[-1.0, 0.0]), &control(Method::Lbfgs)), Err(Error::Start)));
        }
    });
}

#[test]
fn the_budget_is_kept() {
    let data = data("binomial", "logit", 500, &[1.0, 1.0, 1.0]);
    with_objective(&data, "binomial", "logit", true, &Watch::default(), |objective| {
        for (name, search) in SEARCHES {
            for max_iterations in [1, 2, 3] {
                let short = Control { max_iterations, epsilon: 0.0, ..control(Method::Lbfgs) };
                let found = search(objective, None, &short).unwrap();
                assert_eq!((found.iterations, found.status), (max_iterations, Status::MaxIterations), "{name}");
                assert!(found.factor.is_some());
            }
        }
    });
}
