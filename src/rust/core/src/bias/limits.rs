//! What a penalised likelihood says about coefficients: its profile, and its maximum with some of them held.

use super::search::{Adjusted, Found, Place};
use crate::error::{Error, Result};
use crate::linalg::{cholesky_in_order, Symmetric};
use crate::profile::{limits, Limits, Peak, ProfilePoint};
use crate::solver::Status;
use rayon::prelude::*;

/// For each of `columns` the two values at which twice the log of the profile of the penalised likelihood has fallen by
/// `root`².
pub fn penalised_limits(adjusted: &Adjusted, estimate: &[f64], columns: &[usize], root: f64) -> Result<Vec<Limits>> {
    let Found { place: top, .. } = adjusted.search(estimate.to_vec(), &[])?;
    let peak = Peak { theta: &top.theta, deviance: top.penalised };
    let covariances = |column| covariances_of(&top, column);
    limits(&peak, columns, root, covariances, |start, column| match adjusted.search(start, &[column]) {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Ok(Found { place, status: Status::Converged, .. }) => {
            Ok(Some(ProfilePoint { slope: place.score[column], deviance: place.penalised, theta: place.theta }))
        }
        _ => Ok(None),
    })
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
