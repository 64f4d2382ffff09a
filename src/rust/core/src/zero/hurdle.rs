//! What the rows of a hurdle model add, a tile at a time: the formulas of [`super::counts`], [`super::share`] and
//! [`super::row`] in loops that are compiled for the best instruction set at hand.

use super::counts::Counts;
use crate::simd::{dispatch, exp_expm1_lane, exp_lane, log1p_lane, log_lane, multiply_into, SAFE_EXP};

/// Linear predictors within these bounds leave all terms far from overflow and underflow.
const SAFE_ETA: f64 = 300.0;

/// The rows of a tile. Shapes: `[B]`.
#[derive(Default)]
pub(super) struct TruncatedRows {
    /// [`Counts::sums_below`] of each count.
    sums: [Vec<f64>; 3],
    /// Log-likelihoods of the count part; derivatives by eta and log(theta); minus the second ones, by eta twice, by both, by
    /// log(theta) twice. All 0 for a zero.
    pub log_likelihood: Vec<f64>,
    pub slope: [Vec<f64>; 2],
    pub curvature: [Vec<f64>; 3],
    /// Minus the second derivative by eta without the truncation.
    pub untruncated: Vec<f64>,
}

/// What [`logit_rows`] makes. Shapes: `[B]`.
#[derive(Default)]
pub(super) struct ShareRows {
    pub log_likelihood: Vec<f64>,
    pub slope: Vec<f64>,
    pub curvature: Vec<f64>,
}

impl TruncatedRows {
    /// False where a row is too far out: then what is there means nothing.
    pub fn fill(&mut self, counts: &Counts, y: &[f64], eta: &[f64]) -> bool {
        let n = y.len();
        let parts = self.sums.iter_mut().chain(&mut self.slope).chain(&mut self.curvature);
        parts.chain([&mut self.log_likelihood, &mut self.untruncated]).for_each(|v| v.resize(n, 0.0));
        let theta = counts.theta();
        if theta.is_finite() {
            for (i, &y) in y.iter().enumerate() {
                let sums = counts.sums_below(y);
                (0..3).for_each(|k| self.sums[k][i] = sums[k]);
            }
        } else {
            self.sums.iter_mut().for_each(|v| v.fill(0.0));
        }
        let mut safe = true;
        truncated_rows(y, eta, theta, self, &mut safe);
        safe
    }

    /// The curvature of [`crate::solver::Curvature::Complete`] in the place of the observed one.
    pub fn complete(&mut self) {
        let [bend, mixed, other] = &mut self.curvature;
        bend.copy_from_slice(&self.untruncated);
        mixed.fill(0.0);
        multiply_into(&self.slope[1], &self.slope[1], other);
    }
}

impl ShareRows {
    /// The same for the share of counts above zero, with the logit link.
    pub fn fill(&mut self, y: &[f64], eta: &[f64]) -> bool {
        [&mut self.log_likelihood, &mut self.slope, &mut self.curvature]
            .into_iter()
            .for_each(|v| v.resize(y.len(), 0.0));
        let mut safe = true;
        logit_rows(y, eta, self, &mut safe);
        safe
    }
}

dispatch! {
    /// log of P(y) / (1 − P(0)), without the log(y!), for counts above zero; theta is infinite for Poisson.
    truncated_rows => truncated_rows_generic(y: &[f64], eta: &[f64], theta: f64, out: &mut TruncatedRows, safe: &mut bool)
}

#[inline(always)]
fn truncated_rows_generic<const FMA: bool>(
    y: &[f64],
    eta: &[f64],
    theta: f64,
    out: &mut TruncatedRows,
    safe: &mut bool,
) {
    let n = y.len();
    let TruncatedRows { sums, log_likelihood, slope, curvature, untruncated } = out;
    let [logs, inverses, squares] = sums;
    let (logs, inverses, squares) = (&logs[..n], &inverses[..n], &squares[..n]);
    let ([by_eta, by_theta], [bend, mixed, other]) = (slope, curvature);
    let (by_eta, by_theta) = (&mut by_eta[..n], &mut by_theta[..n]);
    let (bend, mixed, other) = (&mut bend[..n], &mut mixed[..n], &mut other[..n]);
    let (eta, log_likelihood, untruncated) = (&eta[..n], &mut log_likelihood[..n], &mut untruncated[..n]);
    let is_poisson = theta.is_infinite();
    let mut all = true;
    for i in 0..n {
        let (y, eta) = (y[i], eta[i]);
        all &= eta.abs() <= SAFE_ETA;
        let mu = exp_lane::<FMA>(eta);
        // log(1 + mu/theta), theta/(theta + mu), the rest, theta times the first, theta times the rest
        let (log_ratio, p, q, none, mean) = if is_poisson {
            (0.0, 1.0, 0.0, mu, mu)
        } else {
            let ratio = mu / theta;
            let (log_ratio, p) = log1p_lane::<FMA>(ratio);
            (log_ratio, p, ratio * p, theta * log_ratio, mu * p)
        };
        let expected = y * q + mean;
        // P(0) = exp(−none)
        let (zero, less_one) = exp_expm1_lane::<FMA>(-none.min(SAFE_EXP));
        let odds = zero / -less_one;
        let counts = if y > 0.0 { 1.0 } else { 0.0 };
        let zero_slope = [-mean, mean - none];
        let twice = 1.0 + odds;
        log_likelihood[i] = counts * (logs[i] + y * (eta - log_ratio) - none - log_lane::<FMA>(-less_one));
        by_eta[i] = counts * (y - expected + odds * zero_slope[0]);
        by_theta[i] = counts * (expected - none - inverses[i] + odds * zero_slope[1]);
        let zero_bend = [-mean * p, -mean * q, 2.0 * mean - none - mean * p];
        let square = |k: usize| odds * (zero_bend[k] + twice * zero_slope[k / 2] * zero_slope[k.div_ceil(2)]);
        untruncated[i] = counts * expected * p;
        bend[i] = counts * (expected * p - square(0));
        mixed[i] = counts * ((expected - y) * q - square(1));
        other[i] = counts * (expected * p + none - 2.0 * mean - squares[i] - square(2));
    }
    *safe &= all;
}

dispatch! {
    /// log(pi) of a count above zero, log(1 − pi) of a zero.
    logit_rows => logit_rows_generic(y: &[f64], eta: &[f64], out: &mut ShareRows, safe: &mut bool)
}

#[inline(always)]
fn logit_rows_generic<const FMA: bool>(y: &[f64], eta: &[f64], out: &mut ShareRows, safe: &mut bool) {
    let n = y.len();
    let eta = &eta[..n];
    let (log_likelihood, slope) = (&mut out.log_likelihood[..n], &mut out.slope[..n]);
    let curvature = &mut out.curvature[..n];
    let mut all = true;
    for i in 0..n {
        // the linear predictor of what happened
        let toward = if y[i] > 0.0 { eta[i] } else { -eta[i] };
        all &= toward.abs() <= SAFE_ETA;
        let small = exp_lane::<FMA>(-toward.abs());
        let (log, often) = log1p_lane::<FMA>(small);
        let rare = small * often;
        let missed = if toward >= 0.0 { rare } else { often };
        log_likelihood[i] = toward.min(0.0) - log;
        slope[i] = if y[i] > 0.0 { missed } else { -missed };
        curvature[i] = often * rare;
    }
    *safe &= all;
}
