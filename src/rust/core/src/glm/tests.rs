//! Relations that hold for every family × link: the passes against differences and against rows written out.

mod fits;
mod input;
mod large_factor;
mod lost;
mod quadratic;

use super::*;
use crate::design::tests as designs;
use crate::family::{self, FamilySpec};
use crate::link;
use crate::objective::{Objective, Point, Quadratic};
use crate::penalty::Ridge;
use crate::watch::Watch;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A flag that nobody sets.
pub(super) fn running() -> &'static Watch {
    Box::leak(Box::new(Watch::default()))
}

pub(super) const CANONICAL: [(&str, &str); 5] = [
    ("gaussian", "identity"),
    ("binomial", "logit"),
    ("poisson", "log"),
    ("Gamma", "inverse"),
    ("inverse.gaussian", "1/mu^2"),
];

/// Data of a model whose means lie in (0.25, 0.75), where every family and every link is at home.
pub(super) struct Model {
    pub name: String,
    pub family: FamilySpec,
    pub link: Box<dyn link::Link>,
    /// Columns of X, the first is 1.
    pub x: Vec<Vec<f64>>,
    pub beta: Vec<f64>,
    pub y: Vec<f64>,
    pub weights: Vec<f64>,
    pub offset: Vec<f64>,
}

impl Model {
    /// `n` rows, an intercept and `p - 1` covariates.
    pub fn new(family: &str, link: &str, n: usize, p: usize, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let link_function = link::by_name(link, 0.4).unwrap();
        let (low, high) = (link_function.link(0.25), link_function.link(0.75));
        let half = (high - low).abs() / 2.0;
        let mut x = vec![vec![1.0; n]];
        x.extend((1..p).map(|_| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()));
        let mut beta = vec![(low + high) / 2.0];
        beta.extend((1..p).map(|j| half * 0.8 / (p - 1) as f64 * if j % 2 == 0 { -1.0 } else { 1.0 }));
        let offset: Vec<f64> = (0..n).map(|_| half * rng.random_range(-0.1..0.1)).collect();
        // whole numbers, for the binomial trials
        let weights: Vec<f64> = (0..n).map(|_| f64::from(rng.random_range(1..6))).collect();
        let y = (0..n)
            .map(|i| {
                let mu = link_function.inverse(offset[i] + x.iter().zip(&beta).map(|(x, b)| x[i] * b).sum::<f64>());
                let uniform = |rng: &mut StdRng| rng.random_range(0.0..1.0);
                match family {
                    "binomial" => {
                        (0..weights[i] as usize).filter(|_| uniform(&mut rng) < mu).count() as f64 / weights[i]
                    }
                    // binomial counts of a small probability
                    "poisson" => (0..20).filter(|_| uniform(&mut rng) < mu / 20.0).count() as f64,
                    _ => mu * (0.7 + 0.6 * uniform(&mut rng)),
                }
            })
            .collect();
        let spec = FamilySpec { family: family::by_name(family).unwrap(), likelihood: true, quasi: family == "mu^3" };
        Model { name: format!("{family}, {link}"), family: spec, link: link_function, x, beta, y, weights, offset }
    }

    pub fn design(&self) -> Design<'_> {
        let mut terms = vec![crate::design::Term::intercept()];
        terms.extend(
            self.x[1..].iter().map(|c| crate::design::Term::numeric(vec![crate::design::Column::real("x", c)])),
        );
        Design::new(self.y.len(), terms).unwrap()
    }

    pub fn problem<'a>(&'a self, design: &'a Design<'a>) -> Problem<'a> {
        Problem {
            prior_weights: Some(&self.weights),
            offset: Some(&self.offset),
            ..Problem::new(design, &self.y, &self.family, self.link.as_ref())
        }
    }
}

/// Every family with every link.
pub(super) fn for_each_model(n: usize, p: usize, check: impl Fn(&Model)) {
    for (i, family) in family::NAMES.into_iter().enumerate() {
        for (j, link) in link::NAMES.into_iter().enumerate() {
            check(&Model::new(family, link, n, p, (100 * i + j) as u64));
        }
    }
}

pub(super) fn assert_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let size = want.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= tolerance * size, "{what}, entry {i}: {g}, not {w}");
    }
}

/// Where fits may start: the true means lie in every range, unlike the family's start with some links.
pub(super) fn true_means(model: &Model) -> Vec<f64> {
    let eta = |i: usize| model.offset[i] + model.x.iter().zip(&model.beta).map(|(x, b)| x[i] * b).sum::<f64>();
    (0..model.y.len()).map(|i| model.link.inverse(eta(i))).collect()
}

/// A point near the truth, where nothing vanishes.
fn nearby(model: &Model) -> Vec<f64> {
    model.beta.iter().map(|b| b * 0.97).collect()
}

fn quadratic(objective: &dyn Objective, theta: &[f64]) -> Quadratic {
    objective.quadratic(Point::At(theta)).unwrap()
}

/// Central differences of `f` at theta, the j-th by a step that suits column j.
fn differences(theta: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Vec<f64>> {
    (0..theta.len())
        .map(|j| {
            let h = 1e-5 * theta[j].abs().max(1e-2);
            let at = |step: f64| {
                let mut moved = theta.to_vec();
                moved[j] += step;
                f(&moved)
            };
            at(h).iter().zip(at(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect()
        })
        .collect()
}

#[test]
fn score_is_minus_half_the_slope_of_the_deviance() {
    for_each_model(300, 4, |model| {
        let design = model.design();
        let problem = model.problem(&design);
        let objective = GlmObjective::new(&problem, running()).unwrap();
        let theta = nearby(model);
        let got = quadratic(&objective, &theta);
        assert!(got.value.usable() && got.informative, "{}", model.name);
        let slopes = differences(&theta, |t| vec![-0.5 * objective.value(Point::At(t)).unwrap().deviance]);
        assert_close(&got.score, &slopes.concat(), 1e-6, &model.name);
        let (value, score) = objective.value_and_score(Point::At(&theta)).unwrap();
        // the score of a quadratic is summed beside its products, in another order
        assert_eq!(value.deviance, got.value.deviance, "{}", model.name);
        assert_close(&score, &got.score, 1e-13, &model.name);
    });
}

/// (deviance, score, information), row by row from the definitions.
fn by_rows(model: &Model, x: &[Vec<f64>], theta: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let p = x.len();
    let (mut deviance, mut score, mut information) = (0.0, vec![0.0; p], vec![0.0; p * p]);
    for row in 0..model.y.len() {
        let eta = model.offset[row] + x.iter().zip(theta).map(|(x, b)| x[row] * b).sum::<f64>();
        let (mu, d) = (model.link.inverse(eta), model.link.dmu_deta(eta));
        let slope = model.weights[row] * d / model.family.family.variance(mu);
        deviance += model.weights[row] * model.family.family.unit_deviance(model.y[row], mu);
        for i in 0..p {
            score[i] += x[i][row] * slope * (model.y[row] - mu);
            for j in 0..p {
                information[i + j * p] += x[i][row] * x[j][row] * slope * d;
            }
        }
    }
    (deviance, score, information)
}

#[test]
fn quadratic_is_the_sum_over_rows() {
    for_each_model(777, 5, |model| {
        let design = model.design();
        let means = true_means(model);
        let problem = Problem { start: StartingMeans::Means(&means), ..model.problem(&design) };
        let objective = GlmObjective::new(&problem, running()).unwrap();
        let theta = nearby(model);
        let got = quadratic(&objective, &theta);
        let (deviance, score, information) = by_rows(model, &model.x, &theta);
        assert_close(&[got.value.deviance], &[deviance], 1e-12, &model.name);
        assert_close(&got.score, &score, 1e-11, &model.name);
        assert_close(&got.information.to_full(), &information, 1e-12, &model.name);
        let v = [0.3, -1.0, 2.0, 0.5, -0.1];
        let times = objective.information_times(Point::At(&theta), &v).unwrap();
        assert_close(&times, &got.information.times(&v), 1e-12, &model.name);
        qr_is_the_quadratic(&objective, Point::At(&theta), &got, &model.name);
        let start = objective.quadratic(Point::Start).unwrap();
        qr_is_the_quadratic(&objective, Point::Start, &start, &model.name);
    });
}

/// RᵀR of the rows [√w·x, √w·residual] holds the information and the score.
fn qr_is_the_quadratic(objective: &dyn Objective, at: Point, quadratic: &Quadratic, name: &str) {
    let r = objective.rows_qr(at).unwrap().r;
    let p = quadratic.score.len();
    let product = |i: usize, j: usize| (0..r.nrows()).map(|k| r[(k, i)] * r[(k, j)]).sum::<f64>();
    let information: Vec<f64> = (0..p * p).map(|k| product(k % p, k / p)).collect();
    assert_close(&information, &quadratic.information.to_full(), 1e-12, name);
    let score: Vec<f64> = (0..p).map(|i| product(i, p)).collect();
    // the score is a difference of large parts: measured by Cauchy-Schwarz
    let size = (product(p, p) * (0..p).map(|i| product(i, i)).fold(0.0, f64::max)).sqrt();
    for (got, want) in score.iter().zip(&quadratic.score) {
        assert!((got - want).abs() <= 1e-12 * size, "{name}: {got}, not {want}");
    }
}

#[test]
fn canonical_information_is_the_slope_of_the_score() {
    for (family, link) in CANONICAL {
        let model = Model::new(family, link, 400, 4, 9);
        let design = model.design();
        let problem = model.problem(&design);
        let objective = GlmObjective::new(&problem, running()).unwrap();
        let theta = nearby(&model);
        let minus_score = |t: &[f64]| quadratic(&objective, t).score.iter().map(|s| -s).collect();
        let slopes = differences(&theta, minus_score).concat();
        assert_close(&slopes, &quadratic(&objective, &theta).information.to_full(), 1e-7, &model.name);
    }
}

/// Every kind of term inside an objective: the chain design → pass → contraction.
#[test]
fn coded_terms_give_the_quadratic_of_their_columns() {
    let n = 203;
    let variables = designs::variables(&mut StdRng::seed_from_u64(77), n);
    for (family, link) in [("poisson", "log"), ("binomial", "probit"), ("Gamma", "log")] {
        let model = Model::new(family, link, n, 2, 4);
        for (name, formula) in designs::formulas() {
            let design = designs::design(&variables, &formula, n);
            let x = designs::by_hand(&variables, &formula, n);
            let theta: Vec<f64> = (0..x.len()).map(|j| 0.02 * ((j % 7) as f64 - 3.0)).collect();
            let problem = model.problem(&design);
            let objective = GlmObjective::new(&problem, running()).unwrap();
            let got = quadratic(&objective, &theta);
            let (deviance, score, information) = by_rows(&model, &x, &theta);
            let what = format!("{}: {name}", model.name);
            assert_close(&[got.value.deviance], &[deviance], 1e-11, &what);
            assert_close(&got.score, &score, 1e-11, &what);
            assert_close(&got.information.to_full(), &information, 1e-11, &what);
        }
    }
}

#[test]
fn ridge_has_the_same_relations() {
    for (family, link) in CANONICAL {
        let model = Model::new(family, link, 200, 4, 21);
        let design = model.design();
        let problem = model.problem(&design);
        let glm = GlmObjective::new(&problem, running()).unwrap();
        let ridge = Ridge { objective: &glm, lambda: 3.5, penalised: vec![false, true, true, false] };
        let theta = nearby(&model);
        let got = quadratic(&ridge, &theta);
        let slopes = differences(&theta, |t| vec![-0.5 * ridge.value(Point::At(t)).unwrap().deviance]);
        assert_close(&got.score, &slopes.concat(), 1e-6, &model.name);
        let minus_score = |t: &[f64]| quadratic(&ridge, t).score.iter().map(|s| -s).collect();
        assert_close(&differences(&theta, minus_score).concat(), &got.information.to_full(), 1e-7, &model.name);
        let v = [1.0, -2.0, 0.5, 3.0];
        let times = ridge.information_times(Point::At(&theta), &v).unwrap();
        assert_close(&times, &got.information.times(&v), 1e-12, &model.name);
        qr_is_the_quadratic(&ridge, Point::At(&theta), &got, &model.name);
    }
}

/// Rows that leave the range make a value invalid, and nothing panics.
#[test]
fn means_out_of_range_are_told() {
    for (family, link) in [
        ("poisson", "identity"),
        ("Gamma", "inverse"),
        ("binomial", "log"),
        ("poisson", "sqrt"),
        ("inverse.gaussian", "1/mu^2"),
    ] {
        let model = Model::new(family, link, 100, 3, 2);
        let design = model.design();
        let problem = model.problem(&design);
        let objective = GlmObjective::new(&problem, running()).unwrap();
        let far: Vec<f64> =
            model.beta.iter().map(|b| b * 1.0 + 50.0 * if family == "Gamma" { -1.0 } else { 1.0 }).collect();
        let far = if link == "log" { far } else { far.iter().map(|b| -b.abs()).collect() };
        let value = objective.value(Point::At(&far)).unwrap();
        assert!(!value.usable(), "{}: {value:?}", model.name);
        assert!(!objective.quadratic(Point::At(&far)).unwrap().value.usable(), "{}", model.name);
    }
}

#[test]
fn an_interrupt_is_an_error_from_every_pass() {
    let model = Model::new("poisson", "log", 100, 3, 2);
    let design = model.design();
    let problem = model.problem(&design);
    let stop = Watch::default();
    let objective = GlmObjective::new(&problem, &stop).unwrap();
    stop.stop();
    assert!(matches!(GlmObjective::new(&problem, &stop), Err(Error::Interrupted)));
    let at = Point::At(&model.beta);
    assert!(matches!(objective.value(at), Err(Error::Interrupted)));
    assert!(matches!(objective.quadratic(at), Err(Error::Interrupted)));
    assert!(matches!(objective.rows_qr(at), Err(Error::Interrupted)));
    assert!(matches!(objective.information_times(Point::At(&model.beta), &model.beta), Err(Error::Interrupted)));
}
