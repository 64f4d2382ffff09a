use super::pair::{weigh_rows, Pair, PairOutput, PairRows};
use super::{AicRow, AicSums, Family, Gamma, Gaussian, InverseGaussian, Poisson};
use crate::link::{Link, LOG_EPS};
use crate::simd::{dispatch, exp_expm1_lane, exp_lane, is_safe_log, log_lane, multiply_add, SAFE_EXP};

/// |y/mu − 1| up to which the deviance is summed as a power series, and that times the power, for large powers.
const NEAR: f64 = 0.2;
const NEAR_BY_POWER: f64 = 1.4;
/// Of the power series: 0.2^28 is below a unit in the last place, with the coefficients of the power 7, too.
const TERMS: usize = 28;

/// V(mu) = mu^power for a power in (1, 2), whose responses are zero or positive, or > 2, whose are positive.
pub struct Tweedie {
    power: f64,
    /// |y/mu − 1| up to which the series is summed.
    limit: f64,
    /// Its coefficients, those of half the unit deviance of mean 1 in y − 1, from the square on, the last first.
    near: [f64; TERMS],
}

impl Tweedie {
    /// The family of a power; `None` where there is none, in (0, 1), or none with means of its own, below 0.
    pub fn of_power(power: f64) -> Option<Box<dyn Family>> {
        match power {
            0.0 => Some(Box::new(Gaussian)),
            1.0 => Some(Box::new(Poisson)),
            2.0 => Some(Box::new(Gamma)),
            3.0 => Some(Box::new(InverseGaussian { positive_mean: true })),
            _ if power > 1.0 && power.is_finite() => Some(Box::new(Self::new(power))),
            _ => None,
        }
    }

    fn new(power: f64) -> Self {
        // ∫ (x − s)(1 + s)^−power ds from 0 to x, term by term
        let mut near = [0.0; TERMS];
        let mut binomial = 1.0;
        for (k, c) in near.iter_mut().rev().enumerate() {
            let k = k as f64;
            *c = binomial / ((k + 1.0) * (k + 2.0));
            binomial *= (-power - k) / (k + 1.0);
        }
        Tweedie { power, limit: NEAR.min(NEAR_BY_POWER / power), near }
    }

    /// Half the unit deviance, mu^(2 − p)·f(y/mu) with f(r) = (r^(2−p) − r)/(1 − p) − (r^(2−p) − 1)/(2 − p), of one row;
    /// `safe` is cleared where the plain function must do it.
    #[inline(always)]
    fn half_deviance_lane<const FMA: bool>(&self, y: f64, mu: f64, safe: &mut bool) -> f64 {
        let (one, two) = (1.0 - self.power, 2.0 - self.power);
        let inverse = 1.0 / mu;
        let zero = y == 0.0;
        let ratio = if zero { 1.0 } else { y * inverse };
        let log_scale = two * log_lane::<FMA>(mu);
        let log_ratio = log_lane::<FMA>(ratio);
        let (a, b) = (one * log_ratio, two * log_ratio);
        *safe &= is_safe_log(mu) & is_safe_log(ratio) & inverse.is_finite();
        *safe &= (log_scale.abs() < SAFE_EXP) & (a.abs() < SAFE_EXP) & (b.abs() < SAFE_EXP);
        let difference = (y - mu) * inverse;
        let far = ratio * (exp_expm1_lane::<FMA>(a).1 / one) - exp_expm1_lane::<FMA>(b).1 / two;
        let near = difference * difference * self.near_sum::<FMA>(difference);
        let unit = if zero {
            1.0 / two
        } else if difference.abs() <= self.limit {
            near
        } else {
            far
        };
        exp_lane::<FMA>(log_scale) * unit
    }

    #[inline(always)]
    fn near_sum<const FMA: bool>(&self, x: f64) -> f64 {
        self.near[1..].iter().fold(self.near[0], |sum, &c| multiply_add::<FMA>(sum, x, c))
    }

    /// The same where numbers are at the ends of their range.
    fn half_deviance(&self, y: f64, mu: f64) -> f64 {
        let (one, two) = (1.0 - self.power, 2.0 - self.power);
        let mut safe = true;
        let value = self.half_deviance_lane::<false>(y, mu, &mut safe);
        if y == mu {
            0.0
        } else if safe {
            value
        } else if y == 0.0 {
            mu.powf(two) / two
        } else {
            y.powf(two) / (one * two) - y * mu.powf(one) / one + mu.powf(two) / two
        }
    }
}

impl Family for Tweedie {
    fn variance(&self, mu: f64) -> f64 {
        mu.powf(self.power)
    }
    fn dlog_variance(&self, mu: f64, _rest: f64) -> f64 {
        self.power / mu
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        2.0 * self.half_deviance(y, mu)
    }
    fn unit_deviance_lanes(&self, y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool) {
        deviance_terms(self, y, mu, out, safe);
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        if self.power > 2.0 {
            (y <= 0.0).then_some("only positive values are allowed for a Tweedie family with a power above 2")
        } else {
            (y < 0.0).then_some("negative values not allowed for the Tweedie family")
        }
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        self.quasi_start_mean(y)
    }
    /// The likelihood needs a dispersion, which sums over rows do not give: [`crate::tweedie`].
    fn aic_row(&self, _row: &AicRow) -> f64 {
        0.0
    }
    fn aic(&self, _sums: &AicSums) -> f64 {
        f64::NAN
    }
    /// Up to 2 the log-likelihood is concave in the logarithm of the mean.
    fn pair(&self, link: &dyn Link) -> Option<&dyn Pair> {
        (link.is_log() && self.power < 2.0).then_some(self)
    }
}

impl Pair for Tweedie {
    fn weigh(&self, rows: &PairRows, out: &mut PairOutput, safe: &mut bool) {
        let (one, two) = (1.0 - self.power, 2.0 - self.power);
        weigh_log(rows, out, safe, one, two, 1.0 / one, 1.0 / two);
    }
    /// y^(2 − p)/((1 − p)(2 − p))
    fn saturated(&self, y: &[f64], out: &mut [f64]) {
        let (one, two) = (1.0 - self.power, 2.0 - self.power);
        out.iter_mut().zip(y).for_each(|(o, &y)| *o = if y == 0.0 { 0.0 } else { y.powf(two) / (one * two) });
    }
}

weigh_rows! {
    /// mu = exp(eta): the weight is mu^(2 − p), the residual y·mu^(1 − p) − mu^(2 − p), the term
    /// mu^(2 − p)/(2 − p) − y·mu^(1 − p)/(1 − p).
    weigh_log => weigh_log_generic(one: f64, two: f64, by_one: f64, by_two: f64), FMA, |y, eta| {
        let (first, second) = (y * exp_lane::<FMA>(one * eta), exp_lane::<FMA>(two * eta));
        ((eta > LOG_EPS) & (eta < SAFE_EXP), second, first - second, second * by_two - first * by_one)
    }
}

dispatch! {
    /// out = unit deviances; `safe` is cleared where a row needs the plain function.
    deviance_terms => deviance_terms_generic(family: &Tweedie, y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool)
}

#[inline(always)]
fn deviance_terms_generic<const FMA: bool>(family: &Tweedie, y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool) {
    for ((&y, &mu), out) in y.iter().zip(mu).zip(out) {
        *out = 2.0 * family.half_deviance_lane::<FMA>(y, mu, safe);
    }
}
