//! Relations of bootstraps: to fits with the same weights, to one another, to the number of threads.

use super::*;
use crate::control::Method;
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::family::{by_name, FamilySpec};
use crate::inference::ScoreRows;
use crate::link;
use crate::pool::Pool;
use crate::wls::weighted_factor;

const PRECISE: Control = Control { epsilon: 1e-13, max_iterations: 50, method: Method::Auto };
const MODELS: [(&str, &str); 5] = [
    ("gaussian", "identity"),
    ("poisson", "log"),
    ("binomial", "logit"),
    ("Gamma", "log"),
    ("inverse.gaussian", "log"),
];

struct Data {
    x: Vec<f64>,
    codes: Vec<i32>,
    y: Vec<f64>,
    weights: Vec<f64>,
    family: FamilySpec,
    link: Box<dyn link::Link>,
}

impl Data {
    fn new(family: &str, link: &str, n: usize) -> Self {
        let mut stream = Stream::new(9, 0);
        let x: Vec<f64> = (0..n).map(|_| 2.0 * stream.uniform() - 1.0).collect();
        let codes: Vec<i32> = (0..n).map(|i| 1 + (i % 3) as i32).collect();
        let y = (0..n).map(|i| {
            let mu = (0.5 * x[i] + 0.2 * f64::from(codes[i])).exp();
            match family {
                "binomial" => (stream.uniform() * 4.0).round() / 4.0,
                "poisson" => Law::Poisson.draw(&mut stream, mu, 1.0, 1.0).unwrap(),
                _ => mu * (0.4 + stream.uniform()),
            }
        });
        let y = y.collect();
        Data {
            x,
            codes,
            y,
            weights: (0..n).map(|i| if i % 7 == 0 { 0.0 } else { 4.0 }).collect(),
            family: FamilySpec::new(by_name(family).unwrap()),
            link: link::by_name(link, 1.0).unwrap(),
        }
    }

    /// Intercept, a factor of three levels, a covariate.
    fn design(&self) -> Design<'_> {
        let codes = Codes { name: "f", codes: &self.codes, levels: 3 };
        let factor = Term::factor(codes, Contrast::treatment(3, 0));
        let terms = vec![Term::intercept(), factor, Term::numeric(vec![Column::real("x", &self.x)])];
        Design::new(self.y.len(), terms).unwrap()
    }

    fn problem<'a>(&'a self, design: &'a Design<'a>) -> Problem<'a> {
        Problem {
            prior_weights: Some(&self.weights),
            ..Problem::new(design, &self.y, &self.family, self.link.as_ref())
        }
    }

    /// 1, 2, ... for rows with weight.
    fn rows(&self) -> Vec<i32> {
        let mut last = 0;
        let mut next = |w: &f64| {
            last += i32::from(*w > 0.0);
            if *w > 0.0 {
                last
            } else {
                0
            }
        };
        self.weights.iter().map(&mut next).collect()
    }
}

fn estimate(problem: &Problem, watch: &Watch) -> Solution {
    newton(&GlmObjective::new(problem, watch).unwrap(), None, &PRECISE).unwrap()
}

fn options(estimate: &[f64], times: usize) -> BootstrapOptions<'_> {
    BootstrapOptions {
        control: &PRECISE,
        times,
        seed: 3,
        estimate,
        standard_errors: estimate,
        aliased: &[],
        dispersion: None,
        finds_theta: false,
        bounds: None,
    }
}

fn fitted(replicate: &Replicate) -> (&[f64], &[f64]) {
    match replicate {
        Replicate::Fit { coefficients, errors } => (coefficients, errors),
        other => panic!("{other:?}"),
    }
}

fn assert_near(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{what}: {a} {b}");
    }
}

/// A replicate is the fit from the family's own start, with weights of that replicate's stream.
#[test]
fn replicates_are_fits_with_drawn_weights() {
    let watch = Watch::default();
    for (family, link) in MODELS {
        let data = Data::new(family, link, 300);
        let design = data.design();
        let problem = data.problem(&design);
        let theta = estimate(&problem, &watch).coefficients;
        let codes = data.rows();
        for multiplier in [Multiplier::Count, Multiplier::Exponential] {
            let scheme = Scheme::Weights { multiplier, units: Units::new(Some(&codes), 300).unwrap() };
            let found = bootstrap(&problem, &scheme, &options(&theta, 3), &watch).unwrap();
            for (i, replicate) in found.iter().enumerate() {
                let units = Units::new(Some(&codes), 300).unwrap();
                let mut weights = vec![0.0; 300];
                let numbers = multiplier.draw(3, i, units.count());
                units.multiply(&numbers, Some(&data.weights), &mut weights);
                let again = Problem { prior_weights: Some(&weights), ..data.problem(&design) };
                // both within √epsilon of the solution: scoring is no Newton's method for Gamma with log
                assert_near(fitted(replicate).0, &estimate(&again, &watch).coefficients, 3e-7, family);
            }
        }
    }
}

/// What is left of a jackknife's replicate is the fit without the rows of a unit.
#[test]
fn units_are_left_out_in_turn() {
    let watch = Watch::default();
    let data = Data::new("poisson", "log", 60);
    let design = data.design();
    let problem = data.problem(&design);
    let theta = estimate(&problem, &watch).coefficients;
    let codes: Vec<i32> = (0..60).map(|i| 1 + i / 12).collect();
    let scheme = Scheme::Weights { multiplier: Multiplier::Without, units: Units::new(Some(&codes), 60).unwrap() };
    let found = bootstrap(&problem, &scheme, &options(&theta, 5), &watch).unwrap();
    for (unit, replicate) in found.iter().enumerate() {
        let left = |(i, &w): (usize, &f64)| if codes[i] as usize == unit + 1 { 0.0 } else { w };
        let weights: Vec<f64> = data.weights.iter().enumerate().map(left).collect();
        let rest = Problem { prior_weights: Some(&weights), ..data.problem(&design) };
        assert_near(fitted(replicate).0, &estimate(&rest, &watch).coefficients, 1e-9, "without a unit");
    }
}

/// Lanes, too: more rows than one of them has.
#[test]
fn threads_do_not_change_a_bit() {
    let watch = Watch::default();
    let data = Data::new("poisson", "log", 40_000);
    let design = data.design();
    let problem = Problem { prior_weights: None, ..data.problem(&design) };
    let solution = estimate(&problem, &watch);
    let theta = &solution.coefficients;
    let mut eta = vec![0.0; 40_000];
    crate::predict::linear_predictor(&design, theta, None, &mut eta, &watch).unwrap();
    let rows = || Units::new(None, 40_000).unwrap();
    let schemes = [
        Scheme::Weights { multiplier: Multiplier::Count, units: rows() },
        Scheme::Parametric { law: Law::Poisson, eta: &eta, dispersion: 1.0 },
        Scheme::Residual { support: Support::Count, eta: &eta, residuals: &[-1.0, 0.0, 1.0] },
    ];
    for scheme in &schemes {
        let run = |threads| {
            let found = Pool::new(threads).unwrap().install(|| bootstrap(&problem, scheme, &options(theta, 5), &watch));
            found
                .unwrap()
                .iter()
                .flat_map(|r| [fitted(r).0, fitted(r).1].concat())
                .map(f64::to_bits)
                .collect::<Vec<_>>()
        };
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one));
    }
    let factor = solution.factor.unwrap();
    let scores = ScoreRows { design: &design, weights: &vec![1.0; 40_000], residuals: &eta };
    let run = |threads| {
        let go =
            || steps(&scores, |score| factor.solve(score), theta, Multiplier::Mammen, &rows(), 5, 1, &watch).unwrap();
        let speed = || acceleration(&scores, &factor, &rows(), &watch).unwrap();
        Pool::new(threads).unwrap().install(|| (go(), speed()))
    };
    assert_eq!(run(1), run(2));
}

/// With responses at the means themselves every replicate of residuals that are zero is the estimate.
#[test]
fn no_residuals_no_spread() {
    let watch = Watch::default();
    for (family, link) in [("gaussian", "identity"), ("Gamma", "log")] {
        let data = Data::new(family, link, 200);
        let design = data.design();
        let problem = data.problem(&design);
        let theta = estimate(&problem, &watch).coefficients;
        let mut eta = vec![0.0; 200];
        crate::predict::linear_predictor(&design, &theta, None, &mut eta, &watch).unwrap();
        let scheme = Scheme::Residual { support: Support::Real, eta: &eta, residuals: &[0.0] };
        let found = bootstrap(&problem, &scheme, &options(&theta, 1), &watch).unwrap();
        assert_near(fitted(&found[0]).0, &theta, 1e-12, family);
        assert_near(fitted(&found[0]).1, &[0.0; 4], 1e-7, family);
    }
}

/// For least squares a step with residuals as scores is the fit to mean + number · residual.
#[test]
fn a_step_of_least_squares_is_a_fit() {
    let watch = Watch::default();
    let data = Data::new("gaussian", "identity", 150);
    let design = data.design();
    let problem = data.problem(&design);
    let solution = estimate(&problem, &watch);
    let mut eta = vec![0.0; 150];
    crate::predict::linear_predictor(&design, &solution.coefficients, None, &mut eta, &watch).unwrap();
    let residuals: Vec<f64> = data.y.iter().zip(&eta).map(|(y, mu)| y - mu).collect();
    let factor = weighted_factor(&design, &data.weights, &[], &PRECISE, &watch).unwrap();
    let scores = ScoreRows { design: &design, weights: &data.weights, residuals: &residuals };
    let units = || Units::new(None, 150).unwrap();
    let theta = &solution.coefficients;
    let found =
        steps(&scores, |score| factor.solve(score), theta, Multiplier::Rademacher, &units(), 2, 7, &watch).unwrap();
    for (i, got) in found.iter().enumerate() {
        let numbers = Multiplier::Rademacher.draw(7, i, 150);
        let y: Vec<f64> = (0..150).map(|i| eta[i] + numbers[i] * residuals[i]).collect();
        let again = estimate(&Problem { y: &y, ..data.problem(&design) }, &watch);
        assert_near(got, &again.coefficients, 1e-11, "step");
    }
}

/// Each row a unit, or a code of its own; and of the mean of numbers a known acceleration: skewness / (6 √n).
#[test]
fn acceleration_is_that_of_the_units() {
    let watch = Watch::default();
    let data = Data::new("Gamma", "log", 900);
    let n = data.y.len();
    let design = Design::new(n, vec![Term::intercept()]).unwrap();
    let weights = vec![1.0; n];
    let factor = weighted_factor(&design, &weights, &[], &PRECISE, &watch).unwrap();
    let mean = data.y.iter().sum::<f64>() / n as f64;
    let residuals: Vec<f64> = data.y.iter().map(|y| y - mean).collect();
    let scores = ScoreRows { design: &design, weights: &weights, residuals: &residuals };
    let power = |k| residuals.iter().map(|e| e.powi(k)).sum::<f64>();
    let expected = power(3) / (6.0 * power(2).powf(1.5));
    let codes: Vec<i32> = (1..=n as i32).rev().collect();
    for units in [Units::new(None, n).unwrap(), Units::new(Some(&codes), n).unwrap()] {
        assert_near(&acceleration(&scores, &factor, &units, &watch).unwrap(), &[expected], 1e-12, "acceleration");
    }
}

/// A level that a replicate lacks; a stop.
#[test]
fn failures_are_told() {
    let watch = Watch::default();
    let mut data = Data::new("poisson", "log", 60);
    data.codes.iter_mut().enumerate().for_each(|(i, code)| *code = if i == 1 { 2 } else { 1 + 2 * (i % 2) as i32 });
    let design = data.design();
    let problem = data.problem(&design);
    let theta = estimate(&problem, &watch).coefficients;
    let codes = data.rows();
    let units = || Units::new(Some(&codes), 60).unwrap();
    let scheme = Scheme::Weights { multiplier: Multiplier::Count, units: units() };
    let found = bootstrap(&problem, &scheme, &options(&theta, 40), &watch).unwrap();
    for (i, replicate) in found.iter().enumerate() {
        let counts = Multiplier::Count.draw(3, i, units().count());
        let lacks = counts[codes[1] as usize - 1] == 0.0;
        assert_eq!(matches!(replicate, Replicate::Aliased { column: 1 }), lacks, "{replicate:?}");
    }
    watch.stop();
    let stopped = bootstrap(&problem, &scheme, &options(&theta, 40), &watch);
    assert!(matches!(stopped, Err(Error::Interrupted)));
}

/// Wherever a search for them is stopped, and whatever their unit, coefficients without finite estimates are none.
#[test]
fn separated_replicates_are_told() {
    let watch = Watch::default();
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let (family, link) = (FamilySpec::new(by_name("binomial").unwrap()), link::by_name("logit", 1.0).unwrap());
    for unit in [1.0, 1e6] {
        let x: Vec<f64> = (1..=12).map(|i| f64::from(i) * unit).collect();
        let terms = vec![Term::intercept(), Term::numeric(vec![Column::real("x", &x)])];
        let design = Design::new(12, terms).unwrap();
        let problem = Problem::new(&design, &y, &family, link.as_ref());
        let fit = estimate(&problem, &watch);
        let errors: Vec<f64> = fit.factor.iter().flat_map(Factor::variances).map(f64::sqrt).collect();
        let scheme = Scheme::Weights { multiplier: Multiplier::Count, units: Units::new(None, 12).unwrap() };
        for epsilon in [1e-4, 1e-8, 1e-12] {
            let control = Control { epsilon, max_iterations: 25, method: Method::Auto };
            let options = BootstrapOptions {
                control: &control,
                standard_errors: &errors,
                dispersion: Some(1.0),
                bounds: Some(Bounds::Shares),
                ..options(&fit.coefficients, 200)
            };
            let found = bootstrap(&problem, &scheme, &options, &watch).unwrap();
            let mut count = 0;
            for (i, replicate) in found.iter().enumerate() {
                let weights = Multiplier::Count.draw(3, i, 12);
                let of_draw = separation(&design, &y, Some(&weights), Bounds::Shares, None, &watch).unwrap();
                count += usize::from(of_draw.rows > 0);
                assert_eq!(
                    matches!(replicate, Replicate::Separated),
                    of_draw.rows > 0,
                    "{unit} {epsilon} {replicate:?}"
                );
            }
            assert!((20..150).contains(&count));
        }
    }
}
