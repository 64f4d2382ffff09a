//! Relations between what a pass over a stack adds up, for every kind of block.

use super::*;
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::family::{by_name, FamilySpec};
use crate::inference::score_rows;
use crate::link;
use crate::mestimate::{central_differences, resampled_stack, root, Lengths, Limits, Loss};
use crate::pool::Pool;
use crate::resample::{Draws, Multiplier, Units};
use crate::solver::Status;

const LIMITS: Limits = Limits { tolerance: 1e-6, max_iterations: 100 };

struct Data {
    x: Vec<f64>,
    codes: Vec<i32>,
    /// Positive, of mean about exp(0.3 + x/2).
    y: Vec<f64>,
    share: Vec<f64>,
    weights: Vec<f64>,
}

fn data(n: usize) -> Data {
    let noise = |i: usize| ((i * i * 7 + i) % 31) as f64 / 31.0;
    let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
    Data {
        y: (0..n).map(|i| (0.3 + 0.5 * x[i]).exp() * (0.2 + 1.6 * noise(i))).collect(),
        share: (0..n).map(|i| (noise(3 * i + 1) + 0.2 * x[i]).clamp(0.0, 1.0)).collect(),
        codes: (0..n).map(|i| 1 + (i / 5 % 3) as i32).collect(),
        weights: (0..n).map(|i| (i % 4) as f64 / 2.0).collect(),
        x,
    }
}

impl Data {
    fn model(&self, family: &str, link: &str) -> Model<'_> {
        let is_share = family == "binomial";
        let codes = Codes { name: "f", codes: &self.codes, levels: 3 };
        let factor = Term::factor(codes, Contrast::treatment(3, 0));
        let terms = vec![Term::intercept(), Term::numeric(vec![Column::real("x", &self.x)]), factor];
        Model {
            design: Design::new(self.y.len(), terms).unwrap(),
            y: if is_share { &self.share } else { &self.y },
            weights: Some(&self.weights),
            offset: None,
            family: FamilySpec { family: by_name(family).unwrap(), likelihood: true, quasi: true },
            link: link::by_name(link, 0.4).unwrap(),
        }
    }

    fn variables(&self) -> Vec<Box<dyn Block + '_>> {
        let of = |parameter| -> Box<dyn Block + '_> { Box::new(Variable { values: &self.y, parameter }) };
        vec![
            of(Parameter::Mean { weights: &self.weights }),
            of(Parameter::MeanAndVariance),
            of(Parameter::Quantile { tau: 0.3, width: 0.2 }),
            of(Parameter::Location { loss: Loss::Huber { k: 1.5 }, scale: 0.7 }),
        ]
    }

    /// A model and every variable.
    fn all(&self) -> Vec<Box<dyn Block + '_>> {
        let mut blocks: Vec<Box<dyn Block + '_>> = vec![Box::new(self.model("Gamma", "log"))];
        blocks.extend(self.variables());
        blocks
    }
}

const START: [f64; 9] = [0.1, 0.2, 0.0, 0.0, 1.0, 1.2, 0.8, 1.0, 1.1];

fn assert_slopes(what: &str, blocks: &[Box<dyn Block + '_>], counts: Option<&[f64]>, theta: &[f64]) {
    let watch = Watch::default();
    let stack = Stack::new(blocks, counts, &watch);
    let got = stack.jacobian(theta).unwrap().unwrap();
    let lengths = Lengths(vec![1.0; theta.len()]);
    let want = central_differences(|t| stack.sums(t), theta, &lengths, theta.len()).unwrap();
    let size = (0..theta.len()).map(|j| want[(j, j)].abs()).fold(0.0, f64::max);
    for (i, j) in (0..theta.len()).flat_map(|i| (0..theta.len()).map(move |j| (i, j))) {
        let error = (got[(i, j)] - want[(i, j)]).abs();
        // what central differences leave
        assert!(error < 1e-7 * size, "{what} {i} {j}: {} {}", got[(i, j)], want[(i, j)]);
    }
}

#[test]
fn slopes_are_the_derivatives_of_the_sums() {
    let data = data(700);
    let counts: Vec<f64> = (0..700).map(|i| (i % 3) as f64).collect();
    for link in link::NAMES {
        for family in crate::family::NAMES {
            let bounded = link::by_name(link, 0.4).unwrap().is_bounded();
            if bounded != (family == "binomial") {
                continue;
            }
            // in the range of every link, with means in that of every family
            let model: Vec<Box<dyn Block + '_>> = vec![Box::new(data.model(family, link))];
            assert_slopes(&format!("{family} {link}"), &model, Some(&counts), &[0.9, 0.1, -0.2, 0.1]);
        }
    }
    // away from the corners of Huber's function, which no value is near
    assert_slopes("variables", &data.variables(), None, &START[4..]);
    assert_slopes("variables, counted", &data.variables(), Some(&counts), &START[4..]);
}

#[test]
fn a_model_has_its_score_rows() {
    let data = data(3000);
    let (model, watch) = (data.model("poisson", "sqrt"), Watch::default());
    let theta = [1.2, 0.1, -0.2, 0.3];
    let (mut rows, mut means) = (vec![0.0; 4 * 3000], vec![0.0; 3000]);
    score_rows(&model.problem(), &theta, &mut rows, &mut means, &watch).unwrap();
    let blocks: Vec<Box<dyn Block + '_>> = vec![Box::new(model)];
    let stack = Stack::new(&blocks, None, &watch);
    let (sums, products) = (stack.sums(&theta).unwrap(), stack.products(&theta).unwrap().unwrap());
    for (i, a) in rows.chunks_exact(3000).enumerate() {
        let size: f64 = a.iter().map(|a| a * a).sum();
        assert!((sums[i] - a.iter().sum::<f64>()).abs() < 1e-12 * (3000.0 * size).sqrt());
        for (j, b) in rows.chunks_exact(3000).enumerate() {
            let want: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            assert!((products[(i, j)] - want).abs() < 1e-12 * size.max(products[(j, j)]), "{i} {j}");
        }
    }
}

#[test]
fn counts_are_repeated_rows() {
    let (data, n) = (data(200), 200);
    let counts: Vec<f64> = (0..n).map(|i| (i * i % 4) as f64).collect();
    let places: Vec<usize> = (0..n).flat_map(|i| std::iter::repeat_n(i, counts[i] as usize)).collect();
    let take = |v: &[f64]| places.iter().map(|&i| v[i]).collect::<Vec<f64>>();
    let repeated = Data {
        x: take(&data.x),
        codes: places.iter().map(|&i| data.codes[i]).collect(),
        y: take(&data.y),
        share: take(&data.share),
        weights: take(&data.weights),
    };
    let watch = Watch::default();
    let solve =
        |blocks: &[Box<dyn Block + '_>], counts| root(&Stack::new(blocks, counts, &watch), &START, None, &LIMITS);
    let (a, b) = (solve(&data.all(), Some(&counts)).unwrap(), solve(&repeated.all(), None).unwrap());
    assert_eq!((a.status, b.status), (Status::Converged, Status::Converged));
    a.theta.iter().zip(&b.theta).for_each(|(a, b)| assert!((a - b).abs() < 1e-10, "{a} {b}"));
    // the second mean is one, the first is weighted
    let mean = repeated.y.iter().sum::<f64>() / places.len() as f64;
    assert!((a.theta[5] - mean).abs() < 1e-13 && (a.theta[4] - mean).abs() > 1e-3);
}

fn draws(rows: usize) -> Draws<'static> {
    Draws { multiplier: Multiplier::Exponential, units: Units::new(None, rows).unwrap(), times: 4, seed: 3 }
}

#[test]
fn threads_do_not_change_a_bit() {
    let data = data(40_000);
    let bits = |theta: &[f64]| theta.iter().map(|t| t.to_bits()).collect::<Vec<u64>>();
    let solve = |threads: usize| {
        Pool::new(threads).unwrap().install(|| {
            let (blocks, watch) = (data.all(), Watch::default());
            let estimate = root(&Stack::new(&blocks, None, &watch), &START, None, &LIMITS).unwrap().theta;
            let made = resampled_stack(&blocks, &estimate, &LIMITS, &draws(40_000), &watch).unwrap();
            (bits(&estimate), made.iter().map(|r| bits(r.as_ref().unwrap())).collect::<Vec<_>>())
        })
    };
    assert_eq!(solve(1), solve(2));
}

#[test]
fn stopping_is_an_error() {
    let (data, watch) = (data(50), Watch::default());
    watch.stop();
    let stopped = resampled_stack(&data.all(), &START, &LIMITS, &draws(50), &watch);
    assert!(matches!(stopped, Err(crate::Error::Interrupted)));
}
