//! The inverses of links over a block, compiled for the best instruction set at hand; rows beyond a link's safe range
//! hold anything, `safe` says so, and the link works them out one by one.

use super::{at_least_eps, MeanBlock, EPS, LOGIT_LIMIT};
use crate::simd::{dispatch, exp_expm1_lane, exp_lane, normal_lane, SAFE_EXP, SAFE_NORMAL};

dispatch! {
    /// The inverse of the log link; `safe` is cleared where eta needs the plain function.
    log_means => log_means_generic(eta: &[f64], out: &mut MeanBlock, safe: &mut bool)
}

#[inline(always)]
fn log_means_generic<const FMA: bool>(eta: &[f64], out: &mut MeanBlock, safe: &mut bool) {
    let MeanBlock { mu, rest, dmu_deta } = out;
    for (((&e, m), r), d) in eta.iter().zip(&mut **mu).zip(&mut **rest).zip(&mut **dmu_deta) {
        *safe &= e.abs() <= SAFE_EXP;
        *m = at_least_eps(exp_lane::<FMA>(e));
        *r = 1.0 - *m;
        *d = *m;
    }
}

dispatch! {
    /// The inverse of the logit link; `safe` is cleared where eta is beyond its limit.
    logit_means => logit_means_generic(eta: &[f64], out: &mut MeanBlock, safe: &mut bool)
}

#[inline(always)]
fn logit_means_generic<const FMA: bool>(eta: &[f64], out: &mut MeanBlock, safe: &mut bool) {
    let MeanBlock { mu, rest, dmu_deta } = out;
    for (((&e, m), r), d) in eta.iter().zip(&mut **mu).zip(&mut **rest).zip(&mut **dmu_deta) {
        *safe &= e.abs() <= LOGIT_LIMIT;
        let odds = exp_lane::<FMA>(e);
        *r = 1.0 / (1.0 + odds);
        *m = odds * *r;
        *d = *m * *r;
    }
}

dispatch! {
    /// The inverse of the probit link; `safe` is cleared where eta is far in the tails.
    probit_means => probit_means_generic(eta: &[f64], out: &mut MeanBlock, safe: &mut bool)
}

#[inline(always)]
fn probit_means_generic<const FMA: bool>(eta: &[f64], out: &mut MeanBlock, safe: &mut bool) {
    let MeanBlock { mu, rest, dmu_deta } = out;
    for (((&e, m), r), d) in eta.iter().zip(&mut **mu).zip(&mut **rest).zip(&mut **dmu_deta) {
        *safe &= e.abs() <= SAFE_NORMAL;
        (*m, *r, *d) = normal_lane::<FMA>(e);
    }
}

dispatch! {
    /// The inverse of the complementary log-log link; `safe` is cleared where eta needs the plain function.
    cloglog_means => cloglog_means_generic(eta: &[f64], out: &mut MeanBlock, safe: &mut bool)
}

#[inline(always)]
fn cloglog_means_generic<const FMA: bool>(eta: &[f64], out: &mut MeanBlock, safe: &mut bool) {
    let MeanBlock { mu, rest, dmu_deta } = out;
    for (((&e, m), r), d) in eta.iter().zip(&mut **mu).zip(&mut **rest).zip(&mut **dmu_deta) {
        *safe &= e.abs() <= SAFE_EXP;
        // a rate above that has mean and slope at their limits already
        let rate = exp_lane::<FMA>(e).min(SAFE_EXP);
        let (none, less_one) = exp_expm1_lane::<FMA>(-rate);
        *m = at_least_eps((-less_one).min(1.0 - EPS));
        *r = at_least_eps(none.min(1.0 - EPS));
        *d = at_least_eps(rate * none);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{by_name, MeanBlock, EPS};

    #[test]
    fn far_rows_and_gaps_leave_their_neighbours_alone() {
        let far = [f64::NEG_INFINITY, f64::INFINITY, f64::NAN, -701.0, 701.0, -50.0, 50.0, -6.0, 6.0, -8.2, 8.2];
        let mut eta: Vec<f64> = (0..997).map(|i| (i as f64 - 700.0) * 0.0081).collect();
        for (i, &e) in far.iter().enumerate() {
            eta[7 + 89 * i] = e;
        }
        for name in ["log", "logit", "probit", "cloglog"] {
            let g = by_name(name, 0.4).unwrap();
            let [mut mu, mut rest, mut d] = [(); 3].map(|()| vec![0.0; eta.len()]);
            g.inverse_block(&eta, &mut MeanBlock { mu: &mut mu, rest: &mut rest, dmu_deta: &mut d });
            for (i, &e) in eta.iter().enumerate() {
                // the slope of cloglog is rate·exp(-rate): a last digit of the rate counts `rate` times
                let condition = if name == "cloglog" { 1.0 + e.exp().min(40.0) } else { 1.0 };
                let close = |a: f64, b: f64, t: f64| a == b || (a - b).abs() <= t * b || (a.is_nan() && b.is_nan());
                assert!(close(mu[i], g.inverse(e), 4.0 * EPS), "{name} at {e}: {} {}", mu[i], g.inverse(e));
                assert!(
                    close(rest[i], g.rest(e), 4.0 * EPS * condition) || !g.is_bounded(),
                    "{name} at {e}: {}",
                    rest[i]
                );
                assert!(close(d[i], g.dmu_deta(e), 4.0 * EPS * condition), "{name} at {e}: {} {}", d[i], g.dmu_deta(e));
            }
        }
    }
}
