use super::counts::Counts;
use super::hurdle::{ShareRows, TruncatedRows};
use super::jet::Jet;
use super::objective::ZeroObjective;
use super::row::{RowModel, PAIRS};
use super::share::NAMES;
use super::*;
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Term};
use crate::pool::Pool;
use crate::solver::{Curvature, Likelihood, Status};
use crate::watch::Watch;
use rand::{Rng, SeedableRng};

fn kinds() -> Vec<Kind> {
    let links = NAMES.map(|name| ShareLink::by_name(name).unwrap());
    let shares = links.into_iter().flat_map(|link| [Kind::Inflated(link), Kind::Hurdle(link)]);
    let shapes = [Shape::Infinite, Shape::Known(1.7), Shape::Estimated];
    shares.chain(shapes.map(Kind::HurdleCounts)).collect()
}

/// log(1 − exp(l)) and both derivatives, by differences.
#[test]
fn complements() {
    for l in [-1e-9, -0.3, -2.0, -40.0] {
        let jet = Jet { value: l, slope: [0.7, -0.4], bend: [0.2, 0.1, -0.3] };
        let c = jet.complement();
        let exact = (-(l.exp_m1())).ln();
        assert!((c.value - exact).abs() <= 1e-15 * exact.abs() + 1e-300 || l < -30.0);
        let k = 1.0 / (-l).exp_m1();
        assert_eq!(c.slope, [-k * 0.7, -k * -0.4]);
        let twice = c.complement();
        if l > -30.0 && l < -1e-3 {
            assert!((twice.value - l).abs() < 1e-13);
            (0..2).for_each(|i| assert!((twice.slope[i] - jet.slope[i]).abs() < 1e-12));
            (0..3).for_each(|i| assert!((twice.bend[i] - jet.bend[i]).abs() < 1e-11));
        }
    }
}

/// Sums from the table and from the series; the series against sums that go on.
#[test]
fn large_counts() {
    for theta in [0.3, 5.0, 3e4] {
        let counts = Counts::new(theta, 1e6);
        for y in [1024.0, 1025.0, 1500.0, 40_000.0] {
            let jet = counts.log_probability(y, 7.0);
            let sums = (0..y as usize).fold([0.0; 3], |[a, b, c], k| {
                let k = k as f64;
                let part = k / (theta + k);
                [a + (k / theta).ln_1p(), b + part, c + part * theta / (theta + k)]
            });
            let mu = 7.0f64.exp();
            let (l, q) = ((mu / theta).ln_1p(), mu / (theta + mu));
            let value = sums[0] + 7.0 * y - (y + theta) * l;
            assert!((jet.value - value).abs() < 1e-10 * value.abs().max(y), "{theta} {y}: {} {value}", jet.value);
            let slope = (y + theta) * q - theta * l - sums[1];
            assert!((jet.slope[1] - slope).abs() < 1e-9 * y, "{theta} {y}: {} {slope}", jet.slope[1]);
        }
    }
}

/// Probabilities add up to one, whatever the parts.
#[test]
fn probabilities_add_up() {
    for kind in kinds() {
        for theta in [f64::INFINITY, 0.8, 6.0] {
            let model = RowModel { counts: Counts::new(theta, 1e4), kind, zero_counts: Counts::new(1.7, 0.0) };
            for eta in [[0.4, -0.7], [-2.0, -0.1], [1.5, -2.5]] {
                let mut log_factorial = 0.0;
                let mut total = 0.0;
                for y in 0..3000 {
                    log_factorial += f64::from(y.max(1)).ln();
                    total += (model.row(f64::from(y), eta, Curvature::Observed).log_likelihood - log_factorial).exp();
                }
                assert!((total - 1.0).abs() < 1e-12, "{kind:?} {theta} {eta:?}: {total}");
            }
        }
    }
}

struct Data {
    x: Vec<f64>,
    z: Vec<f64>,
    codes: Vec<i32>,
    y: Vec<f64>,
    weights: Vec<f64>,
    offset: Vec<f64>,
}

fn data(n: usize) -> Data {
    let mut rng = rand::rngs::StdRng::seed_from_u64(5);
    let mut uniform = |n: usize| (0..n).map(|_| rng.random::<f64>()).collect::<Vec<f64>>();
    let (x, z, u, v, w) = (uniform(n), uniform(n), uniform(n), uniform(n), uniform(n));
    // mixed Poisson by inversion: exponential rates, so that no shape is at its limit
    let y = (0..n).map(|i| {
        let zero = u[i] < 0.3 + 0.3 * z[i];
        let rate = (0.4 + x[i]).exp() * (0.3 - 0.7 * w[i].ln());
        let (mut k, mut p, mut sum) = (0.0, (-rate).exp(), (-rate).exp());
        while v[i] > sum && p > 0.0 {
            k += 1.0;
            p *= rate / k;
            sum += p;
        }
        if zero {
            0.0
        } else {
            k
        }
    });
    Data {
        codes: (0..n).map(|i| 1 + (i / 2 % 3) as i32).collect(),
        y: y.collect(),
        weights: (0..n).map(|i| [1.0, 0.5, 2.0, 0.0][i % 4]).collect(),
        offset: (0..n).map(|i| 0.01 * (i % 9) as f64).collect(),
        x,
        z,
    }
}

impl Data {
    fn designs(&self) -> [Design<'_>; 2] {
        let n = self.y.len();
        let f = Codes { name: "f", codes: &self.codes, levels: 3 };
        let f = Term::factor(f, Contrast::treatment(3, 0));
        let count = vec![Term::intercept(), f, Term::numeric(vec![Column::real("x", &self.x)])];
        let zero = vec![Term::intercept(), Term::numeric(vec![Column::real("z", &self.z)])];
        [Design::new(n, count).unwrap(), Design::new(n, zero).unwrap()]
    }

    fn model<'a>(&'a self, designs: &'a [Design<'a>; 2], shape: Shape, kind: Kind) -> ZeroModel<'a> {
        ZeroModel {
            designs: [&designs[0], &designs[1]],
            offsets: [Some(&self.offset), None],
            y: &self.y,
            weights: Some(&self.weights),
            shape,
            kind,
        }
    }
}

/// The score is the derivative of the log-likelihood, the observed information minus that of the score, and the rows'
/// scores add up to it.
#[test]
fn derivatives_belong_to_the_likelihood() {
    let data = data(700);
    let designs = data.designs();
    let watch = Watch::default();
    for kind in kinds() {
        for shape in [Shape::Infinite, Shape::Known(0.6), Shape::Estimated] {
            let model = data.model(&designs, shape, kind);
            let objective = ZeroObjective::new(&model, &watch);
            let p = model.dim();
            let at: Vec<f64> = [0.3, 0.1, -0.2, 0.4, -1.1, 0.3, 0.5, -0.2][..p].to_vec();
            let look = objective.look(&at, Curvature::Observed).unwrap();
            assert!((look.log_likelihood - objective.log_likelihood(&at).unwrap()).abs() < 1e-9);
            let mut rows = vec![0.0; 700 * p];
            score_rows(&model, &at, &mut rows, &watch).unwrap();
            for j in 0..p {
                let h = 1e-5;
                let moved = |h: f64| {
                    let mut moved = at.clone();
                    moved[j] += h;
                    objective.look(&moved, Curvature::Observed).unwrap()
                };
                let (up, down) = (moved(h), moved(-h));
                let size = look.information.at(j, j).abs().max(1.0);
                let slope = (up.log_likelihood - down.log_likelihood) / (2.0 * h);
                assert!((slope - look.score[j]).abs() < 1e-6 * size, "{kind:?} {shape:?} {j}: {slope}");
                let sum: f64 = rows[j * 700..(j + 1) * 700].iter().sum();
                assert!((sum - look.score[j]).abs() < 1e-9 * size);
                for k in 0..p {
                    let bend = -(up.score[k] - down.score[k]) / (2.0 * h);
                    let size = (size * look.information.at(k, k).abs().max(1.0)).sqrt();
                    let got = look.information.at(j, k);
                    assert!((bend - got).abs() < 1e-6 * size, "{kind:?} {shape:?} {j} {k}: {bend}, not {got}");
                }
            }
        }
    }
}

/// A step of the EM algorithm goes up, from anywhere.
#[test]
fn complete_information_is_positive() {
    let data = data(300);
    let designs = data.designs();
    let watch = Watch::default();
    for kind in kinds() {
        let model = data.model(&designs, Shape::Estimated, kind);
        let objective = ZeroObjective::new(&model, &watch);
        let at: Vec<f64> = [2.0, 0.5, -1.0, -1.5, -2.0, 0.5, 1.5, -1.0][..model.dim()].to_vec();
        let look = objective.look(&at, Curvature::Complete).unwrap();
        let cholesky = crate::linalg::cholesky_in_order(&look.information, &[], 1e-13);
        assert_eq!(cholesky.factor.rank(), model.dim(), "{kind:?}");
    }
}

fn control() -> Control {
    Control { epsilon: 1e-8, max_iterations: 50, method: Method::Auto }
}

/// The score is zero at the solution, the same whatever the start and the number of threads, with a sample's search before it
/// or not.
#[test]
fn solutions() {
    let kinds = [
        Kind::Inflated(ShareLink::Logit),
        Kind::Inflated(ShareLink::Cauchit),
        Kind::Hurdle(ShareLink::Probit),
        Kind::Hurdle(ShareLink::Logit),
    ];
    for n in [20_000, 60_000] {
        let data = data(n);
        let designs = data.designs();
        for kind in kinds {
            for shape in [Shape::Infinite, Shape::Estimated] {
                check_solution(&data.model(&designs, shape, kind));
            }
        }
    }
}

fn check_solution(model: &ZeroModel) {
    let (kind, watch) = (model.kind, Watch::default());
    let fit = |start: Option<&[f64]>| fit_zero(model, start, &control(), &watch).unwrap();
    let one = Pool::new(1).unwrap().install(|| fit(None));
    assert_eq!(one.status, Status::Converged, "{kind:?}");
    assert!(one.observed);
    let two = Pool::new(2).unwrap().install(|| fit(None));
    assert!(one.parameters.iter().zip(&two.parameters).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert_eq!(one.log_likelihood.to_bits(), two.log_likelihood.to_bits());
    let look = ZeroObjective::new(model, &watch).look(&one.parameters, Curvature::Observed).unwrap();
    let far: Vec<f64> = one.parameters.iter().enumerate().map(|(j, b)| b + [0.8, -0.9][j % 2]).collect();
    let other = fit(Some(&far));
    for j in 0..model.dim() {
        let error = one.covariance.at(j, j).sqrt();
        assert!((look.score[j] * error).abs() < 1e-7, "{kind:?} {j}: {}", look.score[j] * error);
        assert!((other.parameters[j] - one.parameters[j]).abs() < 1e-6 * error, "{kind:?} {:?} {j}", model.shape);
    }
}

/// What is there without weight has no part, whatever it is; with weight it is refused.
#[test]
fn responses_that_are_no_counts() {
    let (data, watch) = (data(400), Watch::default());
    let designs = data.designs();
    for kind in [Kind::Inflated(ShareLink::Logit), Kind::Hurdle(ShareLink::Logit), Kind::HurdleCounts(Shape::Infinite)]
    {
        let model = data.model(&designs, Shape::Estimated, kind);
        let fit = fit_zero(&model, None, &control(), &watch).unwrap();
        for bad in [-2.0, 1.5, 0.29 * 100.0, 1e9] {
            let mut y = data.y.clone();
            // rows 3, 7, ... have no weight
            (3..400).step_by(4).for_each(|i| y[i] = bad);
            let again = fit_zero(&ZeroModel { y: &y, ..model }, None, &control(), &watch).unwrap();
            assert_eq!(again.parameters, fit.parameters, "{kind:?} {bad}");
            y[5] = bad;
            let refused = ZeroModel { y: &y, ..model }.check();
            assert_eq!(matches!(refused, Err(Error::Response { row: 5, .. })), bad != 1e9, "{kind:?} {bad}");
        }
    }
}

/// A tile of hurdle rows is what its rows are.
#[test]
fn rows_of_a_tile() {
    let eta: Vec<f64> = (0..128).map(|i| [0.13 * (i as f64 - 64.0), -18.0, 25.0][i % 3]).collect();
    let other: Vec<f64> = eta.iter().rev().map(|e| 0.7 * e).collect();
    let y: Vec<f64> = (0..128).map(|i| [0.0, 1.0, 2.0, 7.0, 2000.0][i % 5]).collect();
    for theta in [f64::INFINITY, 0.3, 5.0, 3e4] {
        let counts = Counts::new(theta, 2000.0);
        let (mut counted, mut shares) = (TruncatedRows::default(), ShareRows::default());
        assert!(counted.fill(&counts, &y, &eta) && shares.fill(&y, &other));
        let kind = Kind::Hurdle(ShareLink::Logit);
        let model = RowModel { counts, kind, zero_counts: Counts::new(1.0, 0.0) };
        for i in 0..y.len() {
            let row = model.row(y[i], [eta[i], other[i]], Curvature::Observed);
            let value = counted.log_likelihood[i] + shares.log_likelihood[i];
            let [slope, by_theta] = [&counted.slope[0], &counted.slope[1]].map(|v| v[i]);
            let [bend, mixed, twice] =
                [&counted.curvature[0], &counted.curvature[1], &counted.curvature[2]].map(|v| v[i]);
            let (curvature, slopes) = (row.curvature, row.slope);
            let pairs = [
                (value, row.log_likelihood),
                (slope, slopes[0]),
                (shares.slope[i], slopes[1]),
                (by_theta, slopes[2]),
                (bend, curvature[0]),
                (mixed, curvature[2]),
                (shares.curvature[i], curvature[4]),
                (twice, curvature[7]),
            ];
            // terms of the size of count and mean cancel
            let size = 1.0 + y[i].max(eta[i].exp()) * (1.0 + eta[i].abs());
            for (k, (got, want)) in pairs.into_iter().enumerate() {
                assert!((got - want).abs() < 1e-13 * size, "{k} at {} {} {theta}: {got} {want}", y[i], eta[i]);
            }
        }
        counted.complete();
        for i in 0..y.len() {
            let row = model.row(y[i], [eta[i], other[i]], Curvature::Complete);
            let pairs = [0, 1, 2].map(|k| (counted.curvature[k][i], row.curvature[[0, 2, 7][k]]));
            for (got, want) in pairs.into_iter().chain([(shares.curvature[i], row.curvature[4])]) {
                let size = (1.0 + y[i].max(eta[i].exp())).powi(2) * (1.0 + eta[i].abs());
                assert!((got - want).abs() < 1e-12 * size, "at {} {} {theta}: {got} {want}", y[i], eta[i]);
            }
        }
    }
    let far = [f64::NAN, -301.0];
    assert!(far.iter().all(|&e| !ShareRows::default().fill(&[1.0], &[e])));
    assert!(far.iter().all(|&e| !TruncatedRows::default().fill(&Counts::new(2.0, 1.0), &[1.0], &[e])));
}

#[test]
fn pairs_are_in_order() {
    assert!(PAIRS.windows(2).all(|w| w[0] < w[1]) && PAIRS.iter().all(|(s, u)| s <= u));
}
