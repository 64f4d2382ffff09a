//! Limits of parameters by the profile of a likelihood, whatever it is: where it has fallen so far below its maximum.

use crate::error::Result;
use rayon::prelude::*;

/// The root of the statistic is found to so many units.
const CLOSE: f64 = 1e-9;
const MAX_STEPS: usize = 60;
/// A limit that is further than so many standard errors from the estimate is none.
const FAR: f64 = 1e4;

/// Limits of a parameter; NaN where the profile does not reach the quantile, or no search got there.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub lower: f64,
    pub upper: f64,
}

/// The maximum of the likelihood. Shape of theta: `[p]`.
pub struct Peak<'a> {
    pub theta: &'a [f64],
    /// −2 log of the likelihood, but for a constant.
    pub deviance: f64,
}

/// Its maximum where one parameter is held.
pub struct ProfilePoint {
    pub theta: Vec<f64>,
    pub deviance: f64,
    /// The derivative of the log-likelihood by the parameter that is held.
    pub slope: f64,
}

/// For each of `columns` the two values at which twice the log of the profile has fallen by `root`². `covariances` are those
/// of the estimate of a parameter with all others; `search` goes from a start to the maximum with one parameter held, `None`
/// where it does not get there. Searches for several columns run at the same time.
pub fn limits(
    peak: &Peak,
    columns: &[usize],
    root: f64,
    covariances: impl Fn(usize) -> Vec<f64> + Sync,
    search: impl Fn(Vec<f64>, usize) -> Result<Option<ProfilePoint>> + Sync,
) -> Result<Vec<Limits>> {
    let ends: Vec<(usize, f64)> = columns.iter().flat_map(|&column| [(column, -1.0), (column, 1.0)]).collect();
    let limit = |&(column, sign): &(usize, f64)| {
        limit(peak, column, sign, root, &covariances(column), &|start| search(start, column))
    };
    let found = ends.par_iter().with_max_len(1).map(limit).collect::<Result<Vec<f64>>>()?;
    Ok(found.chunks_exact(2).map(|ends| Limits { lower: ends[0], upper: ends[1] }).collect())
}

/// The signed root of the statistic is nearly a straight line, whose slope that of the likelihood gives: Newton's method on
/// it, within a bracket.
fn limit(
    peak: &Peak,
    column: usize,
    sign: f64,
    root: f64,
    covariances: &[f64],
    search: &dyn Fn(Vec<f64>) -> Result<Option<ProfilePoint>>,
) -> Result<f64> {
    let error = covariances[column].sqrt();
    let estimate = peak.theta[column];
    let (mut near, mut far) = (0.0, f64::INFINITY);
    let mut past: Option<(f64, Vec<f64>)> = None;
    // distances from the estimate, in standard errors
    let mut distance = root;
    for _ in 0..MAX_STEPS {
        // along the tangent from the nearest point that is known
        let (from, theta) = past.as_ref().map_or((0.0, peak.theta), |(from, theta)| (*from, theta));
        let along = sign * (distance - from) / error;
        let mut start: Vec<f64> = theta.iter().zip(covariances).map(|(t, c)| t + along * c).collect();
        start[column] = estimate + sign * distance * error;
        let Some(point) = search(start)? else {
            // nearer places lead there
            distance = 0.5 * (near + distance);
            continue;
        };
        let reached = (point.deviance - peak.deviance).max(0.0).sqrt();
        if reached < root {
            near = distance;
        } else {
            far = distance;
        }
        // the profile may jump, from one maximum of the others to another one
        if (reached - root).abs() <= CLOSE || far - near <= CLOSE * distance {
            return Ok(point.theta[column]);
        }
        let slope = -sign * point.slope * error / reached;
        let newton = distance + (root - reached) / slope;
        let inside = newton > near && newton < far && slope > 0.0;
        past = Some((distance, point.theta));
        distance = match (inside, far.is_finite()) {
            // not more than three times as far: a flat profile leads anywhere
            (true, false) => newton.min(3.0 * distance),
            (true, true) => newton,
            (false, true) => 0.5 * (near + far),
            (false, false) => 2.0 * distance,
        };
        if distance > FAR {
            break;
        }
    }
    Ok(f64::NAN)
}
