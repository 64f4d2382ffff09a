//! Densities of many responses.

use crate::error::{Error, Result};
use crate::family::{tweedie_log_density, with_shape};
use crate::pass::{sweep, Plan};
use crate::watch::Watch;

/// Additions that an integral or a series is worth.
const WORK: usize = 10_000;

/// [`tweedie_log_density`] of y_i at mu_i and phi_i, for a power that has a family. Shapes: all the same.
pub fn tweedie_log_densities(
    y: &[f64],
    mu: &[f64],
    phi: &[f64],
    power: f64,
    out: &mut [f64],
    watch: &Watch,
) -> Result<()> {
    let no_family = || Error::Argument { arg: "p", message: "has no Tweedie family".into() };
    let family = with_shape("tweedie", power).ok_or_else(no_family)?;
    let plan = Plan::new(y.len(), 1, 1, WORK);
    let own = plan.split(out).into_iter().enumerate().map(|(lane, out)| (plan.lane_rows(lane).start, out)).collect();
    sweep(
        &plan,
        watch,
        own,
        || (),
        || (),
        |(), (first, out), (), block| {
            for i in block.start..block.start + block.len {
                let half_deviance =
                    if family.broken_rule(y[i]).is_some() { 0.0 } else { 0.5 * family.unit_deviance(y[i], mu[i]) };
                out[i - *first] = tweedie_log_density(y[i], half_deviance, phi[i], power);
            }
        },
        |(), ()| {},
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Pool;

    #[test]
    fn densities_are_those_of_the_rows_until_they_are_stopped() {
        let n = 3000;
        let y: Vec<f64> = (0..n).map(|i| [0.0, -1.0, f64::NAN, 0.3, 1.0, 20.0][i % 6]).collect();
        let mu: Vec<f64> = (0..n).map(|i| 0.5 + (i % 11) as f64).collect();
        let phi: Vec<f64> = (0..n).map(|i| 0.1 + (i % 7) as f64).collect();
        let mut out = vec![0.0; n];
        let watch = Watch::default();
        Pool::new(2).unwrap().install(|| tweedie_log_densities(&y, &mu, &phi, 1.6, &mut out, &watch)).unwrap();
        let family = with_shape("tweedie", 1.6).unwrap();
        for i in 0..n {
            let want = match y[i] {
                y if y < 0.0 => f64::NEG_INFINITY,
                y => tweedie_log_density(y, 0.5 * family.unit_deviance(y, mu[i]), phi[i], 1.6),
            };
            assert!(out[i] == want || out[i].is_nan() && want.is_nan(), "{i}: {} {want}", out[i]);
        }
        watch.stop();
        let stopped = tweedie_log_densities(&y, &mu, &phi, 1.6, &mut out, &watch);
        assert!(matches!(stopped, Err(Error::Interrupted)));
    }
}
