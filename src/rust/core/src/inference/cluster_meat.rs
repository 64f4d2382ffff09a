//! Meats for rows that go together in clusters, in one way or in several.
//!
//! Liang and Zeger (1986), "Longitudinal data analysis using generalized linear models"; several ways: Cameron, Gelbach
//! and Miller (2011), "Robust inference with multiway clustering".

use super::cluster_sums::ClusterSums;
use super::clusters::{Clustering, NONE};
use super::hc::weighted_squares;
use super::places::Places;
use super::score::ScoreRows;
use crate::error::{Error, Result};
use crate::linalg::Symmetric;
use crate::watch::Watch;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Sets of clusterings share a pass as long as one in so many rows could have a sum of its own: sums never take the memory of
/// the model matrix together.
const ROWS_PER_SUM: usize = 2;
/// One row in so many must be a cluster of its own for these to be kept apart, which takes a pass.
const ALONE: usize = 3;

pub struct ClusterMeat {
    /// Shape: p × p.
    pub meat: Symmetric,
    /// Clusters of each set of clusterings, the single ones first.
    pub counts: Vec<usize>,
}

/// The intersections of a set of clusterings.
pub(super) struct Joint<'a> {
    count: usize,
    /// Those of more rows than one, if the others are kept apart.
    clusters: Cow<'a, Clustering>,
    pub(super) has_single_rows: bool,
    /// Of their products in the meat.
    factor: f64,
}

/// Σ over the sets of clusterings, with a minus where a set has an even number, of Σ_g u_g u_gᵀ, u_g the sum of the score
/// rows of a cluster of the set's intersections. With `adjust` each sum is multiplied by G / (G − 1). One pass for the
/// sums (more, where there are many), each thread for some of the columns, and one for the rows that are alone.
/// Errors: no clustering, or lengths that do not fit.
pub fn cluster_meat(
    scores: &ScoreRows,
    clusterings: &[Clustering],
    adjust: bool,
    watch: &Watch,
) -> Result<ClusterMeat> {
    scores.check()?;
    let n = scores.design.rows();
    if clusterings.is_empty() || clusterings.iter().any(|c| c.codes().len() != n) {
        let message = format!("must have a value for each of the {n} rows");
        return Err(Error::Argument { arg: "cluster", message });
    }
    let sets = sets(clusterings.len());
    let joints: Vec<Joint> = sets.par_iter().with_max_len(1).map(|set| Joint::new(clusterings, set, adjust)).collect();
    let mut meat = Symmetric::zeros(scores.design.cols());
    let mut rest = &joints[..];
    while !rest.is_empty() {
        let mut count = 0;
        let is_within = |joint: &&Joint| {
            count += joint.clusters.count();
            count * ROWS_PER_SUM <= n
        };
        let (batch, later) = rest.split_at(rest.iter().take_while(is_within).count().max(1));
        rest = later;
        let clusters: Vec<&Clustering> = batch.iter().map(|joint| &*joint.clusters).collect();
        // all sets together: the last is that of the intersections of all
        let sums = if batch.len() == joints.len() {
            ClusterSums::nested(scores, &clusters, watch)?
        } else {
            ClusterSums::new(scores, &clusters, watch)?
        };
        for (which, joint) in batch.iter().enumerate() {
            meat.add_scaled(joint.factor, &sums.products(which, watch)?);
        }
    }
    for sign in [1.0, -1.0] {
        let apart: Vec<&Joint> = joints.iter().filter(|j| j.has_single_rows && j.factor.signum() == sign).collect();
        if apart.is_empty() {
            continue;
        }
        let weigh = |rows: Range<usize>, weights: &mut [f64]| {
            weights.fill(0.0);
            apart.iter().for_each(|joint| joint.add_alone(rows.clone(), weights));
        };
        meat.add_scaled(sign, &weighted_squares(scores, weigh, watch)?);
    }
    Ok(ClusterMeat { meat, counts: joints.iter().map(|joint| joint.count).collect() })
}

impl<'a> Joint<'a> {
    pub(super) fn new(clusterings: &'a [Clustering], set: &[usize], adjust: bool) -> Self {
        let first = &clusterings[set[0]];
        let n = first.codes().len();
        let places = match set[1..].split_last() {
            None if first.count() * ALONE < n => None,
            None => Some(Places::of(first)),
            Some((&last, between)) => {
                let joint = between.iter().fold(Cow::Borrowed(first), |joint, &other| {
                    Cow::Owned(Places::of_pairs(&joint, &clusterings[other]).clusters(1))
                });
                Some(Places::of_pairs(&joint, &clusterings[last]))
            }
        };
        let count = places.as_ref().map_or(first.count(), |places| places.count(1));
        let single = places.as_ref().map_or(0, |places| count - places.count(2));
        let has_single_rows = single * ALONE >= n;
        let least = if has_single_rows { 2 } else { 1 };
        let clusters = places.map_or(Cow::Borrowed(first), |places| Cow::Owned(places.clusters(least)));
        let sign = if set.len() % 2 == 1 { 1.0 } else { -1.0 };
        let factor = if adjust { sign * count as f64 / (count as f64 - 1.0) } else { sign };
        Joint { count, clusters, has_single_rows, factor }
    }

    /// The size of the factor is added to the weights of the rows that are kept apart.
    fn add_alone(&self, rows: Range<usize>, weights: &mut [f64]) {
        let factor = self.factor.abs();
        let rows = weights.iter_mut().zip(&self.clusters.codes()[rows]);
        rows.for_each(|(weight, &code)| *weight += if code == NONE { factor } else { 0.0 });
    }
}

/// The sets of some of `count` things: single ones first, then pairs, each in order.
fn sets(count: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> =
        (1..1usize << count).map(|bits| (0..count).filter(|i| bits >> i & 1 == 1).collect()).collect();
    sets.sort_by_key(|set| (set.len(), set.clone()));
    sets
}
