use super::law::{slope_at_poisson, Law};
use super::objective::CountLikelihood;
use super::*;
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Term};
use crate::pool::Pool;
use crate::solver::{Curvature, Likelihood, Status};
use crate::watch::Watch;
use rand::{Rng, SeedableRng};

const VARIANCES: [Variance; 2] = [Variance::Linear, Variance::Quadratic];

/// Probabilities add up to one, with the mean and the variance that they should have.
#[test]
fn moments() {
    for variance in VARIANCES {
        for theta in [0.2, 1.0, 40.0, 1e9] {
            for mu in [0.05, 1.7, 30.0f64] {
                let sums = |truncated: bool| {
                    let law = Law::new(variance, theta, truncated, 1e5);
                    let mut sums = [0.0; 3];
                    for y in i32::from(truncated)..20_000 {
                        let y = f64::from(y);
                        let p = law.log_probability(y, mu.ln()).value.exp();
                        (0..3).for_each(|k| sums[k] += p * y.powi(k as i32));
                    }
                    sums
                };
                let [one, mean, square] = sums(false);
                let want = match variance {
                    Variance::Linear => mu + mu / theta,
                    Variance::Quadratic => mu + mu * mu / theta,
                };
                let what = format!("{variance:?} {theta} {mu}");
                assert!((one - 1.0).abs() < 1e-11 && (mean / mu - 1.0).abs() < 1e-11, "{what}: {one} {mean}");
                assert!(((square - mean * mean) / want - 1.0).abs() < 1e-9, "{what}");
                assert!((sums(true)[0] - 1.0).abs() < 1e-11, "{what}");
            }
        }
    }
}

/// Sums over large counts are those of their terms, beside where the table ends, and for all sizes.
#[test]
fn large_counts() {
    for theta in [1e-3, 0.7, 1e6] {
        for eta in [-4.0, 2.0, 9.0f64] {
            let size = theta * eta.exp();
            let law = Law::new(Variance::Linear, theta, false, 1e5);
            for y in [127.0, 128.0, 129.0, 500.0, 30_000.0] {
                let jet = law.log_probability(y, eta);
                let terms = (0..y as usize).fold([0.0; 2], |[a, b], k| {
                    let k = k as f64;
                    [a + size / (size + k), b + size * k / (size + k).powi(2)]
                });
                let all = size * theta.recip().ln_1p();
                assert!((jet.slope[0] - (terms[0] - all)).abs() < 1e-10 * y.max(all), "{theta} {eta} {y}");
                assert!((jet.bend[0] - (terms[1] - all)).abs() < 1e-10 * y.max(all), "{theta} {eta} {y}");
            }
        }
    }
}

/// Large theta: the Poisson distribution, and the slope by 1/theta there.
#[test]
fn the_poisson_limit() {
    for variance in VARIANCES {
        for truncated in [false, true] {
            for (y, eta) in [(1.0, -1.0), (3.0, 0.7), (40.0, 3.2)] {
                let at = |theta: f64| Law::new(variance, theta, truncated, 100.0).log_probability(y, eta);
                let poisson = at(f64::INFINITY);
                let near = at(1e9);
                assert!((near.slope[0] - poisson.slope[0]).abs() < 1e-6);
                let (slope, _) = slope_at_poisson(variance, truncated, y, eta);
                // d/d log(theta) = −alpha·d/d alpha
                let far = at(1e5);
                assert!((-1e5 * far.slope[1] / slope - 1.0).abs() < 1e-2, "{variance:?} {truncated} {y} {eta}");
                let difference = (far.value - poisson.value) * 1e5;
                assert!((difference / slope - 1.0).abs() < 1e-2, "{variance:?} {truncated} {y}: {difference} {slope}");
            }
        }
    }
}

struct Data {
    x: Vec<f64>,
    codes: Vec<i32>,
    y: Vec<f64>,
    weights: Vec<f64>,
    offset: Vec<f64>,
}

/// Mixed Poisson counts above zero, by inversion.
fn data(n: usize) -> Data {
    let mut rng = rand::rngs::StdRng::seed_from_u64(9);
    let mut uniform = |n: usize| (0..n).map(|_| rng.random::<f64>()).collect::<Vec<f64>>();
    let (x, v, w) = (uniform(n), uniform(n), uniform(n));
    let y = (0..n).map(|i| {
        let rate = (0.2 + x[i]).exp() * (0.3 - 0.7 * w[i].ln());
        let (mut k, mut p) = (1.0, rate / rate.exp_m1());
        let mut sum = p;
        while v[i] > sum && p > 0.0 {
            k += 1.0;
            p *= rate / k;
            sum += p;
        }
        k
    });
    Data {
        codes: (0..n).map(|i| 1 + (i / 2 % 3) as i32).collect(),
        y: y.collect(),
        weights: (0..n).map(|i| [1.0, 0.5, 2.0, 0.0][i % 4]).collect(),
        offset: (0..n).map(|i| 0.01 * (i % 9) as f64).collect(),
        x,
    }
}

impl Data {
    fn design(&self) -> Design<'_> {
        let f = Codes { name: "f", codes: &self.codes, levels: 3 };
        let f = Term::factor(f, Contrast::treatment(3, 0));
        let x = Term::numeric(vec![Column::real("x", &self.x)]);
        Design::new(self.y.len(), vec![Term::intercept(), f, x]).unwrap()
    }

    fn models<'a>(&'a self, design: &'a Design<'a>) -> Vec<CountModel<'a>> {
        let (weights, offset) = (Some(&self.weights[..]), Some(&self.offset[..]));
        let mut models = vec![];
        for variance in VARIANCES {
            for shape in [Shape::Infinite, Shape::Known(1.4), Shape::Estimated] {
                let model = |truncated| CountModel { design, offset, y: &self.y, weights, variance, shape, truncated };
                models.extend([model(false), model(true)]);
            }
        }
        models
    }
}

/// The score is the derivative of the log-likelihood, the observed information minus that of the score, and the rows'
/// scores add up to it.
#[test]
fn derivatives_belong_to_the_likelihood() {
    let data = data(700);
    let design = data.design();
    let watch = Watch::default();
    for model in data.models(&design) {
        let what = format!("{:?} {:?} {}", model.variance, model.shape, model.truncated);
        let likelihood = CountLikelihood::new(&model, &watch);
        let p = model.dim();
        let at = [0.3, 0.1, -0.2, 0.4, 0.6][..p].to_vec();
        let look = likelihood.look(&at, Curvature::Observed).unwrap();
        assert!((look.log_likelihood - likelihood.log_likelihood(&at).unwrap()).abs() < 1e-9);
        let mut rows = vec![0.0; 700 * p];
        score_rows(&model, &at, &mut rows, &watch).unwrap();
        let complete = likelihood.look(&at, Curvature::Complete).unwrap();
        let products = |j: usize, k: usize| {
            let row = |i: usize| rows[j * 700 + i] * rows[k * 700 + i] / data.weights[i];
            (0..700).filter(|i| i % 4 != 3).map(row).sum::<f64>()
        };
        for j in 0..p {
            let h = 1e-5;
            let moved = |h: f64| {
                let mut moved = at.clone();
                moved[j] += h;
                likelihood.look(&moved, Curvature::Observed).unwrap()
            };
            let (up, down) = (moved(h), moved(-h));
            let size = look.information.at(j, j).abs().max(1.0);
            let slope = (up.log_likelihood - down.log_likelihood) / (2.0 * h);
            assert!((slope - look.score[j]).abs() < 1e-6 * size, "{what} {j}: {slope}");
            let sum: f64 = rows[j * 700..(j + 1) * 700].iter().sum();
            assert!((sum - look.score[j]).abs() < 1e-9 * size, "{what}");
            for k in 0..p {
                let bend = -(up.score[k] - down.score[k]) / (2.0 * h);
                let got = look.information.at(j, k);
                assert!((bend - got).abs() < 1e-6 * size, "{what} {j} {k}: {bend}, not {got}");
                assert!((products(j, k) - complete.information.at(j, k)).abs() < 1e-9 * size, "{what} {j} {k}");
            }
        }
    }
}

fn control() -> Control {
    Control { epsilon: 1e-8, max_iterations: 50, method: Method::Auto }
}

/// The score is zero at the solution, the same whatever the start and the number of threads.
#[test]
fn solutions() {
    let data = data(40_000);
    let design = data.design();
    let watch = Watch::default();
    for model in data.models(&design) {
        let what = format!("{:?} {:?} {}", model.variance, model.shape, model.truncated);
        let fit = |start: Option<&[f64]>| fit_counts(&model, start, &control(), &watch).unwrap();
        let one = Pool::new(1).unwrap().install(|| fit(None));
        let two = Pool::new(2).unwrap().install(|| fit(None)).maximum;
        if one.poisson {
            // counts above zero vary less than Poisson counts of the same mean
            assert!(!model.truncated, "{what}");
            continue;
        }
        let one = one.maximum;
        assert_eq!(one.status, Status::Converged, "{what}");
        assert!(one.observed);
        assert!(one.parameters.iter().zip(&two.parameters).all(|(a, b)| a.to_bits() == b.to_bits()));
        let look = CountLikelihood::new(&model, &watch).look(&one.parameters, Curvature::Observed).unwrap();
        let far: Vec<f64> = one.parameters[..4].iter().enumerate().map(|(j, b)| b + [0.8, -0.9][j % 2]).collect();
        let other = fit(Some(&far)).maximum;
        for j in 0..model.dim() {
            let error = one.covariance.at(j, j).sqrt();
            assert!((look.score[j] * error).abs() < 1e-7, "{what} {j}: {}", look.score[j] * error);
            assert!((other.parameters[j] - one.parameters[j]).abs() < 1e-6 * error, "{what} {j}");
        }
    }
}

#[test]
fn responses_without_likelihood_are_refused() {
    let mut data = data(40);
    data.y[5] = 0.0;
    let design = data.design();
    let models = data.models(&design);
    let fit = |model: &CountModel| fit_counts(model, None, &control(), &Watch::default());
    assert!(matches!(fit(&models[1]), Err(Error::Response { row: 5, .. })));
    assert!(fit(&models[0]).is_ok());
    let y: Vec<f64> = data.y.iter().map(|y| y + 0.5).collect();
    assert!(matches!(fit(&CountModel { y: &y, ..models[0] }), Err(Error::Response { row: 0, .. })));
    assert!(fit_counts(&models[0], Some(&[1.0]), &control(), &Watch::default()).is_err());
}
