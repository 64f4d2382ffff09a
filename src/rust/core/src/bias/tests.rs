//! Relations: the adjusted score is the slope of the penalised likelihood, its root that of a closed form, and threads change
//! nothing.

use super::search::Place;
use super::*;
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::family::{by_name, with_shape, FamilySpec};
use crate::glm::{GlmObjective, Problem};
use crate::link;
use crate::pool::Pool;
use crate::solver::Status;
use crate::watch::Watch;

const PRECISE: Control = Control { epsilon: 1e-11, max_iterations: 200, method: Method::Auto };

struct Data {
    x: Vec<f64>,
    codes: Vec<i32>,
    y: Vec<f64>,
    weights: Vec<f64>,
}

impl Data {
    fn new(n: usize, share: bool) -> Self {
        let wave = |i: usize, speed: f64| (i as f64 * speed).sin();
        Data {
            x: (0..n).map(|i| wave(i, 0.7)).collect(),
            codes: (0..n).map(|i| 1 + (i / 2 % 3) as i32).collect(),
            y: (0..n).map(|i| if share { (i * 7 % 5) as f64 / 4.0 } else { (i * 7 % 5) as f64 }).collect(),
            weights: (0..n).map(|i| (1 + i % 4) as f64).collect(),
        }
    }

    fn design(&self) -> Design<'_> {
        let terms = vec![
            Term::intercept(),
            Term::numeric(vec![Column::real("x", &self.x)]),
            Term::factor(Codes { name: "f", codes: &self.codes, levels: 3 }, Contrast::treatment(3, 0)),
        ];
        Design::new(self.y.len(), terms).unwrap()
    }
}

/// What `body` makes of the model of `data`.
fn with_objective<T>(data: &Data, family: &str, link: &str, body: impl FnOnce(&GlmObjective) -> T) -> T {
    let design = data.design();
    let family = if family == "negative_binomial" { with_shape(family, 2.5) } else { by_name(family) }.unwrap();
    let spec = FamilySpec::new(family);
    let link = link::by_name(link, 0.4).unwrap();
    let problem =
        Problem { prior_weights: Some(&data.weights), ..Problem::new(&design, &data.y, &spec, link.as_ref()) };
    let watch = Watch::default();
    body(&GlmObjective::new(&problem, &watch).unwrap())
}

#[test]
fn the_adjusted_score_is_the_slope_of_the_penalised_likelihood() {
    let models = [
        ("binomial", "logit"),
        ("binomial", "probit"),
        ("binomial", "cauchit"),
        ("binomial", "cloglog"),
        ("poisson", "log"),
        ("poisson", "sqrt"),
        ("negative_binomial", "log"),
    ];
    for (family, link) in models {
        with_objective(&Data::new(400, family == "binomial"), family, link, |objective| {
            let adjusted = Adjusted::new(objective, Bias::Jeffreys { power: 0.7 }, &PRECISE, vec![]).unwrap();
            let theta = if link == "sqrt" { vec![1.5, 0.2, 0.1, -0.1] } else { vec![0.3, -0.4, 0.2, 0.1] };
            let at = |theta: &[f64]| -> Place { adjusted.look(theta.to_vec(), &[]).unwrap().unwrap() };
            let score = at(&theta).score;
            for j in 0..theta.len() {
                let h = 1e-5;
                let moved = |by: f64| {
                    at(&theta.iter().enumerate().map(|(i, t)| if i == j { t + by } else { *t }).collect::<Vec<_>>())
                };
                let slope = -(moved(h).penalised - moved(-h).penalised) / (4.0 * h);
                let size = score[j].abs().max(1.0);
                assert!((score[j] - slope).abs() < 1e-6 * size, "{family} {link} {j}: {} {slope}", score[j]);
            }
        });
    }
}

/// For a canonical link without a dispersion the adjustment of the mean is that of Jeffreys' prior.
#[test]
fn firth_is_jeffreys_where_the_link_is_canonical() {
    for (family, link) in [("binomial", "logit"), ("poisson", "log")] {
        with_objective(&Data::new(60, family == "binomial"), family, link, |objective| {
            let root = |bias| Adjusted::from_start(objective, bias, &PRECISE, None).unwrap().1;
            let (mean, jeffreys) = (root(Bias::Mean), root(Bias::Jeffreys { power: 0.5 }));
            assert_eq!((mean.status, jeffreys.status), (Status::Converged, Status::Converged));
            for (a, b) in mean.place.theta.iter().zip(&jeffreys.place.theta) {
                assert!((a - b).abs() < 1e-10, "{family}: {a} {b}");
            }
        });
    }
}

#[test]
fn limits_are_where_the_profile_has_fallen_so_far() {
    with_objective(&Data::new(60, true), "binomial", "logit", |objective| {
        let (adjusted, found) = Adjusted::from_start(objective, Bias::Jeffreys { power: 0.5 }, &PRECISE, None).unwrap();
        let top = found.place;
        for (column, ends) in
            penalised_limits(&adjusted, &top.theta, &[0, 1, 2, 3], 1.96).unwrap().into_iter().enumerate()
        {
            for end in [ends.lower, ends.upper] {
                let mut theta = top.theta.clone();
                theta[column] = end;
                let there = adjusted.search(theta, &[column]).unwrap().place.penalised;
                assert!(((there - top.penalised).sqrt() - 1.96).abs() < 1e-7, "{column} {end}");
            }
            assert!(ends.lower < top.theta[column] && top.theta[column] < ends.upper);
        }
    });
}

#[test]
fn threads_do_not_change_a_bit() {
    for bias in [Bias::Mean, Bias::Median, Bias::Jeffreys { power: 0.5 }] {
        with_objective(&Data::new(40_000, true), "binomial", "probit", |objective| {
            assert!(objective.plan.lanes() > 1);
            let theta = |threads| {
                let root = || Adjusted::from_start(objective, bias, &PRECISE, None).unwrap().1.place.theta;
                Pool::new(threads).unwrap().install(root)
            };
            assert_eq!(theta(1), theta(2));
        });
    }
}
