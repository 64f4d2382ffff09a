use super::choice::ChoiceLikelihood;
use super::cumulative::CumulativeLikelihood;
use super::interval::interval;
use super::link::NAMES;
use super::multinomial::MultinomialLikelihood;
use super::*;
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Term};
use crate::pool::Pool;
use crate::solver::{Curvature, Likelihood, Look, Maximum, Status};
use rand::{Rng, SeedableRng};

fn links() -> [CumulativeLink; 5] {
    NAMES.map(|name| CumulativeLink::by_name(name).unwrap())
}

struct Data {
    x: Vec<f64>,
    z: Vec<f64>,
    levels: Vec<i32>,
    codes: Vec<i32>,
    counts: Vec<f64>,
    weights: Vec<f64>,
    offset: Vec<f64>,
}

const K: usize = 4;

fn data(n: usize) -> Data {
    let mut rng = rand::rngs::StdRng::seed_from_u64(11);
    let mut uniform = |n: usize| (0..n).map(|_| rng.random::<f64>()).collect::<Vec<f64>>();
    let (x, z, u, counts) = (uniform(n), uniform(n), uniform(n), uniform(n * K));
    let category = |i: usize| (3.9 * (0.3 * x[i] + 0.7 * u[i])) as i32 + 1;
    Data {
        codes: (0..n).map(category).collect(),
        counts: counts.iter().map(|c| (3.0 * c).floor()).collect(),
        levels: (0..n).map(|i| 1 + (i / 2 % 3) as i32).collect(),
        weights: (0..n).map(|i| [1.0, 0.5, 2.0, 0.0][i % 4]).collect(),
        offset: (0..n * (K - 1)).map(|i| 0.01 * (i % 9) as f64).collect(),
        x,
        z,
    }
}

impl Data {
    fn design(&self) -> Design<'_> {
        let f = Codes { name: "f", codes: &self.levels, levels: 3 };
        let f = Term::factor(f, Contrast::treatment(3, 0));
        let numeric = Term::numeric(vec![Column::real("x", &self.x), Column::real("z", &self.z)]);
        Design::new(self.x.len(), vec![Term::intercept(), f, numeric]).unwrap()
    }

    fn multinomial<'a>(&'a self, design: &'a Design<'a>, with_counts: bool) -> MultinomialModel<'a> {
        let outcome = if with_counts { Outcome::Counts(&self.counts) } else { Outcome::Codes(&self.codes) };
        let (weights, offset) = (Some(&self.weights[..]), Some(&self.offset[..]));
        MultinomialModel { design, outcome, categories: K, weights, offset }
    }

    fn cumulative<'a>(&'a self, design: &'a Design<'a>, link: CumulativeLink) -> CumulativeModel<'a> {
        let offset = Some(&self.offset[..self.x.len()]);
        CumulativeModel { design, codes: &self.codes, categories: K, weights: Some(&self.weights), offset, link }
    }
}

/// The score is the derivative of the log-likelihood, the observed information minus that of the score.
fn check_derivatives(likelihood: &impl Likelihood, at: &[f64], what: &str) {
    let look = |at: &[f64]| -> Look { likelihood.look(at, Curvature::Observed).unwrap() };
    let here = look(at);
    let value = likelihood.log_likelihood(at).unwrap();
    assert!((here.log_likelihood - value).abs() < 1e-11 * value.abs(), "{what}");
    for j in 0..at.len() {
        let h = 1e-5;
        let moved = |h: f64| {
            let mut moved = at.to_vec();
            moved[j] += h;
            look(&moved)
        };
        let (up, down) = (moved(h), moved(-h));
        let size = here.information.at(j, j).abs().max(1.0);
        let slope = (up.log_likelihood - down.log_likelihood) / (2.0 * h);
        assert!((slope - here.score[j]).abs() < 1e-6 * size, "{what} {j}: {slope}, not {}", here.score[j]);
        for k in 0..at.len() {
            let bend = -(up.score[k] - down.score[k]) / (2.0 * h);
            let got = here.information.at(j, k);
            assert!((bend - got).abs() < 1e-6 * size, "{what} {j} {k}: {bend}, not {got}");
        }
    }
}

#[test]
fn derivatives_belong_to_the_likelihood() {
    let data = data(700);
    let (design, watch) = (data.design(), Watch::default());
    for with_counts in [false, true] {
        let model = data.multinomial(&design, with_counts);
        let at: Vec<f64> = (0..model.dim()).map(|j| 0.3 * (j as f64).sin()).collect();
        check_derivatives(&MultinomialLikelihood::new(&model, &watch), &at, "multinomial");
    }
    for link in links() {
        let model = data.cumulative(&design, link);
        let at = [0.1, -0.2, 0.3, 0.4, -0.5, -1.2, 0.1, 0.9];
        check_derivatives(&CumulativeLikelihood::new(&model, &watch), &at, &format!("{link:?}"));
    }
}

/// The ends of a distribution add up to one, its density is its derivative, its quantile its inverse.
#[test]
fn distributions() {
    for link in links() {
        for x in [-3.0, -0.7, 0.2, 1.9] {
            let (cut, h) = (link.at(x), 1e-6);
            assert!((cut.below + cut.above - 1.0).abs() < 1e-15, "{link:?} {x}");
            let (up, down) = (link.at(x + h), link.at(x - h));
            assert!(((up.below - down.below) / (2.0 * h) - cut.density).abs() < 1e-9, "{link:?} {x}");
            assert!(((up.density - down.density) / (2.0 * h) - cut.slope).abs() < 1e-9, "{link:?} {x}");
            assert!((link.quantile(cut.below) - x).abs() < 1e-9, "{link:?} {x}");
        }
        let row = interval(link, f64::NEG_INFINITY, f64::INFINITY, Curvature::Observed);
        assert_eq!((row.value, row.slope_by_eta(), row.curvature_by_eta()), (0.0, 0.0, 0.0));
        assert!(!interval(link, 0.5, 0.4, Curvature::Observed).value.is_finite());
        // far out nothing is NaN that has a value
        let far = interval(link, 800.0, f64::INFINITY, Curvature::Observed);
        assert!(!far.value.is_nan() && link.at(-800.0).slope.is_finite() && link.at(800.0).slope.is_finite());
    }
}

/// Two categories are a logistic regression, whichever way they are looked at.
#[test]
fn two_categories() {
    let mut data = data(3000);
    data.codes.iter_mut().for_each(|code| *code = 1 + i32::from(*code > 2));
    let (design, watch) = (data.design(), Watch::default());
    let weights = Some(&data.weights[..]);
    let outcome = Outcome::Codes(&data.codes);
    let model = MultinomialModel { design: &design, outcome, categories: 2, weights, offset: None };
    let logits = fit_multinomial(&model, None, &control(), &watch).unwrap();
    let link = CumulativeLink::Logit;
    let model = CumulativeModel { design: &design, codes: &data.codes, categories: 2, weights, offset: None, link };
    let ordered = fit_cumulative(&model, None, &control(), &watch).unwrap();
    assert!((logits.log_likelihood - ordered.log_likelihood).abs() < 1e-10 * ordered.log_likelihood.abs());
    assert!((logits.parameters[0] + ordered.parameters[5]).abs() < 1e-8);
    (1..5).for_each(|j| assert!((logits.parameters[j] - ordered.parameters[j]).abs() < 1e-8));
}

/// Cases of two to four alternatives, the first of which is chosen more often than not.
fn choices(n: usize) -> (Vec<usize>, Vec<f64>) {
    let mut starts = vec![0];
    while n - starts[starts.len() - 1] > 4 {
        starts.push(starts[starts.len() - 1] + 2 + starts.len() % 3);
    }
    starts.push(n);
    let mut chosen = vec![0.0; n];
    for (case, pair) in starts.windows(2).enumerate() {
        chosen[pair[0] + case * 7 % 5 % (pair[1] - pair[0])] = 1.0 + (case % 3) as f64 / 2.0;
    }
    (starts, chosen)
}

/// What is the same for all alternatives of a case is aliased: here the intercept.
#[test]
fn choices_among_alternatives() {
    let data = data(40_000);
    let (design, watch) = (data.design(), Watch::default());
    let (starts, chosen) = choices(40_000);
    let offset = Some(&data.offset[..40_000]);
    let model = ChoiceModel { design: &design, starts: &starts, chosen: &chosen, offset };
    let likelihood = ChoiceLikelihood::new(&model, &watch);
    let fit = |start: Option<&[f64]>| fit_choice(&model, start, &control(), &watch).unwrap();
    assert_eq!(fit(None).aliased, [true, false, false, false, false]);
    check_solution(&likelihood, fit, "choice");
    check_derivatives(&likelihood, &[0.2, 0.1, -0.3, 0.4, -0.1], "choice");
}

fn control() -> Control {
    Control { epsilon: 1e-8, max_iterations: 50, method: Method::Auto }
}

/// The score is zero at the solution, which is the same whatever the start and the number of threads.
fn check_solution(likelihood: &impl Likelihood, fit: impl Fn(Option<&[f64]>) -> Maximum + Sync, what: &str) {
    let one = Pool::new(1).unwrap().install(|| fit(None));
    assert_eq!(one.status, Status::Converged, "{what}");
    assert!(one.observed, "{what}");
    let two = Pool::new(2).unwrap().install(|| fit(None));
    assert!(one.parameters.iter().zip(&two.parameters).all(|(a, b)| a.to_bits() == b.to_bits()), "{what}");
    assert_eq!(one.log_likelihood.to_bits(), two.log_likelihood.to_bits());
    let look = likelihood.look(&one.parameters, Curvature::Observed).unwrap();
    let far: Vec<f64> = one.parameters.iter().enumerate().map(|(j, b)| b + [0.2, -0.1][j % 2]).collect();
    let other = fit(Some(&far));
    let kept: Vec<usize> = (0..far.len()).filter(|&j| !one.aliased[j]).collect();
    for (place, &j) in kept.iter().enumerate() {
        let error = one.covariance.at(place, place).sqrt();
        assert!((look.score[j] * error).abs() < 1e-7, "{what} {j}: {}", look.score[j] * error);
        assert!((other.parameters[j] - one.parameters[j]).abs() < 1e-6 * error, "{what} {j}");
    }
}

#[test]
fn solutions() {
    let data = data(40_000);
    let (design, watch) = (data.design(), Watch::default());
    for with_counts in [false, true] {
        let model = data.multinomial(&design, with_counts);
        let fit = |start: Option<&[f64]>| fit_multinomial(&model, start, &control(), &watch).unwrap();
        check_solution(&MultinomialLikelihood::new(&model, &watch), fit, "multinomial");
    }
    for link in links() {
        let model = data.cumulative(&design, link);
        let fit = |start: Option<&[f64]>| fit_cumulative(&model, start, &control(), &watch).unwrap();
        check_solution(&CumulativeLikelihood::new(&model, &watch), fit, &format!("{link:?}"));
    }
}

/// A repeated column is aliased for every category, and changes nothing.
#[test]
fn aliased_columns_stay_zero() {
    let data = data(2000);
    let watch = Watch::default();
    let twice = Term::numeric(vec![Column::real("x", &data.x), Column::real("again", &data.x)]);
    let design = Design::new(2000, vec![Term::intercept(), twice]).unwrap();
    let fit = fit_multinomial(&data.multinomial(&design, false), None, &control(), &watch).unwrap();
    let flags: Vec<usize> = (0..9).filter(|&j| fit.aliased[j]).collect();
    assert_eq!(flags, [2, 5, 8]);
    let fit = fit_cumulative(&data.cumulative(&design, CumulativeLink::Probit), None, &control(), &watch).unwrap();
    assert_eq!(fit.aliased, [true, false, true, false, false, false]);
}
