//! What a penalised likelihood says about coefficients: its profile, and its maximum with some of them held.

use super::search::{Adjusted, Found, Place};
use crate::error::{Error, Result};
use crate::linalg::{cholesky_in_order, Symmetric};
use crate::solver::Status;
use rayon::prelude::*;

/// The root of the statistic is found to so many units.
const CLOSE: f64 = 1e-9;
const MAX_STEPS: usize = 60;
/// A limit that is further than so many standard errors from the estimate is none.
const FAR: f64 = 1e4;

/// Limits of a coefficient; NaN where the profile does not reach the quantile, or no search got there.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub lower: f64,
    pub upper: f64,
}

/// For each of `columns` the two values at which twice the log of the profile of the penalised likelihood has fallen by
/// `root`². Searches for several columns run at the same time.
pub fn limits(adjusted: &Adjusted, estimate: &[f64], columns: &[usize], root: f64) -> Result<Vec<Limits>> {
    let Found { place, .. } = adjusted.search(estimate.to_vec(), &[])?;
    let ends: Vec<(usize, f64)> = columns.iter().flat_map(|&column| [(column, -1.0), (column, 1.0)]).collect();
    let search = |&(column, sign): &(usize, f64)| limit(adjusted, &place, column, sign, root);
    let found = ends.par_iter().with_max_len(1).map(search).collect::<Result<Vec<f64>>>()?;
    Ok(found.chunks_exact(2).map(|ends| Limits { lower: ends[0], upper: ends[1] }).collect())
}

/// The signed root of the statistic is nearly a straight line, whose slope the score of the held coefficient gives:
/// Newton's method on it, within a bracket.
fn limit(adjusted: &Adjusted, top: &Place, column: usize, sign: f64, root: f64) -> Result<f64> {
    let covariances = covariances_of(top, column);
    let error = covariances[column].sqrt();
    let estimate = top.theta[column];
    let (mut near, mut far) = (0.0, f64::INFINITY);
    let mut past: Option<(f64, Vec<f64>)> = None;
    // distances from the estimate, in standard errors
    let mut distance = root;
    for _ in 0..MAX_STEPS {
        // along the tangent from the nearest point that is known
        let (from, theta) = past.as_ref().map_or((0.0, &top.theta), |(from, theta)| (*from, theta));
        let along = sign * (distance - from) / error;
        let mut start: Vec<f64> = theta.iter().zip(&covariances).map(|(t, c)| t + along * c).collect();
        start[column] = estimate + sign * distance * error;
        let found = match adjusted.search(start, &[column]) {
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            found => found.ok().filter(|found| found.status == Status::Converged),
        };
        let Some(Found { place, .. }) = found else {
            // nearer places lead there
            distance = 0.5 * (near + distance);
            continue;
        };
        let reached = (place.penalised - top.penalised).max(0.0).sqrt();
        if reached < root {
            near = distance;
        } else {
            far = distance;
        }
        // the profile may jump, from one maximum of the others to another one
        if (reached - root).abs() <= CLOSE || far - near <= CLOSE * distance {
            return Ok(place.theta[column]);
        }
        let slope = -sign * place.score[column] * error / reached;
        let newton = distance + (root - reached) / slope;
        let inside = newton > near && newton < far && slope > 0.0;
        past = Some((distance, place.theta));
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

/// For each set of columns, held at 0: −2 log of the penalised likelihood, NaN where no search converged.
pub fn restricted(adjusted: &Adjusted, estimate: &[f64], sets: &[Vec<usize>]) -> Result<Vec<f64>> {
    let Some(top) = adjusted.look(estimate.to_vec(), &[])? else { return Err(Error::Start) };
    let search = |set: &Vec<usize>| match adjusted.search(nearest_without(&top, set), set) {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Ok(found) if found.status == Status::Converged => Ok(found.place.penalised),
        _ => Ok(f64::NAN),
    };
    sets.par_iter().with_max_len(1).map(search).collect()
}

/// Where the coefficients of `set` are 0, the nearest place to `top` in its information: the others give way.
fn nearest_without(top: &Place, set: &[usize]) -> Vec<f64> {
    let covariances: Vec<Vec<f64>> = set.iter().map(|&j| covariances_of(top, j)).collect();
    let mut among = Symmetric::zeros(set.len());
    for i in 0..set.len() {
        (i..set.len()).for_each(|j| *among.at_mut(i, j) = covariances[i][set[j]]);
    }
    let held: Vec<f64> = set.iter().map(|&j| top.theta[j]).collect();
    let shares = cholesky_in_order(&among, &[], 0.0).factor.solve(&held);
    let mut theta = top.theta.clone();
    for (share, covariance) in shares.iter().zip(&covariances) {
        theta.iter_mut().zip(covariance).for_each(|(t, c)| *t -= share * c);
    }
    set.iter().for_each(|&j| theta[j] = 0.0);
    theta
}

/// With all coefficients, but for the dispersion. Shape: `[p]`.
fn covariances_of(place: &Place, column: usize) -> Vec<f64> {
    let mut unit = vec![0.0; place.theta.len()];
    unit[column] = 1.0;
    place.factor.solve(&unit)
}
