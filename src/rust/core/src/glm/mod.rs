//! A generalized linear model as an [`Objective`]: design, family, link and data joined over the pass.

mod null;
mod objective;
mod output;
mod products;
mod range;
mod sample;
mod saturated;
mod twofold;

pub use null::{
    deviance_at_intercept, intercept_alone, mean_and_weight, null_deviance, null_deviance_of_squares, NullModel,
};
pub use objective::GlmObjective;
pub use output::{RecordedRows, RowOutput, RowSums};
pub use sample::{from_sample, newton_from_sample};

use crate::design::{Design, Tile};
use crate::error::{Error, Result};
use crate::family::{FamilySpec, CHUNK};
use crate::lanes::in_lanes;
use crate::link::Link;
use crate::means::means_at;
use crate::simd::first_not_finite;
use std::ops::Range;

/// Where the means of the first step come from.
#[derive(Debug, Clone, Copy)]
pub enum StartingMeans<'a> {
    /// The family's own.
    Family,
    Means(&'a [f64]),
    LinearPredictors(&'a [f64]),
    /// Those of linear predictors, within the link's limits.
    MeansAt(&'a [f64]),
}

/// Rows that a thread looks at in one go.
const LOOKED_AT: usize = 1 << 16;

/// The first of the values, and where it is, of which `find` tells something.
fn first_in_chunks<T: Send>(values: &[f64], find: impl Fn(&[f64]) -> Option<(usize, T)> + Sync) -> Option<(usize, T)> {
    if values.len() <= LOOKED_AT || rayon::current_thread_index().is_none() {
        return find(values);
    }
    let chunks = values.chunks(LOOKED_AT).collect();
    let found = in_lanes(chunks, |i, chunk| find(chunk).map(|(row, found)| (i * LOOKED_AT + row, found)));
    found.into_iter().flatten().next()
}

/// The data of a fit, borrowed. Shapes of the vectors: `[n]`.
pub struct Problem<'a> {
    pub design: &'a Design<'a>,
    pub y: &'a [f64],
    /// `None`: all 1.
    pub prior_weights: Option<&'a [f64]>,
    /// `None`: all 0.
    pub offset: Option<&'a [f64]>,
    /// Sizes of binomial observations for the AIC, `None` where all are 1.
    pub trials: Option<&'a [f64]>,
    pub family: &'a FamilySpec,
    pub link: &'a dyn Link,
    pub start: StartingMeans<'a>,
}

impl<'a> Problem<'a> {
    /// Rows of weight 1 without offset, from the family's own start.
    pub fn new(design: &'a Design<'a>, y: &'a [f64], family: &'a FamilySpec, link: &'a dyn Link) -> Self {
        let start = StartingMeans::Family;
        Problem { design, y, prior_weights: None, offset: None, trials: None, family, link, start }
    }
}

impl Problem<'_> {
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// Lengths, finite numbers, and the family's rule for the response. One pass over y, weights and offset; the
    /// columns of the design are looked at only when a fit fails ([`Design::check_finite`]).
    pub fn check(&self) -> Result<()> {
        let n = self.rows();
        if self.design.rows() != n {
            let message = format!("has length {n}, but there are {} rows", self.design.rows());
            return Err(Error::Argument { arg: "y", message });
        }
        let (means, etas) = match self.start {
            StartingMeans::Family => (None, None),
            StartingMeans::Means(v) => (Some(v), None),
            StartingMeans::LinearPredictors(v) | StartingMeans::MeansAt(v) => (None, Some(v)),
        };
        let vectors = [
            ("y", Some(self.y)),
            ("weights", self.prior_weights),
            ("offset", self.offset),
            ("trials", self.trials),
            ("mustart", means),
            ("etastart", etas),
        ];
        for (what, v) in vectors.into_iter().filter_map(|(what, v)| Some((what, v?))) {
            if v.len() != n {
                return Err(Error::Argument {
                    arg: what,
                    message: format!("has length {}, but there are {n} rows", v.len()),
                });
            }
            if let Some((row, value)) = first_in_chunks(v, first_not_finite) {
                return Err(Error::NonFinite { what: what.into(), row, value });
            }
        }
        let negative = |w: &[f64]| w.iter().position(|&w| w < 0.0).map(|row| (row, w[row]));
        if let Some((row, value)) = self.prior_weights.and_then(|w| first_in_chunks(w, negative)) {
            return Err(Error::Response { rule: "negative weights not allowed", row, value });
        }
        match first_in_chunks(self.y, |y| self.family.first_broken_rule(y)) {
            Some((row, rule)) => Err(Error::Response { rule, row, value: self.y[row] }),
            None => Ok(()),
        }
    }

    /// eta of a tile. Shapes: coefficients those of the level-space columns, eta `[B]`.
    pub(crate) fn fill_eta(&self, tile: Tile, rows: Range<usize>, raw_coefficients: &[f64], eta: &mut [f64]) {
        match self.offset {
            Some(offset) => eta.copy_from_slice(&offset[rows]),
            None => eta.fill(0.0),
        }
        tile.add_xb(raw_coefficients, eta);
    }

    /// eta of a block at the start.
    fn starting_eta(&self, rows: Range<usize>, eta: &mut [f64]) {
        match self.start {
            StartingMeans::LinearPredictors(v) => eta.copy_from_slice(&v[rows]),
            StartingMeans::Means(v) => self.link.link_block(&v[rows], eta),
            StartingMeans::MeansAt(v) => {
                each_chunk(&rows, eta, |at, means, eta| {
                    means_at(self.link, &v[at], means);
                    self.link.link_block(means, eta);
                });
            }
            StartingMeans::Family => {
                each_chunk(&rows, eta, |at, means, eta| {
                    self.family.start_means(&self.y[at.clone()], self.prior_weights.map(|w| &w[at]), means);
                    self.link.link_block(means, eta);
                });
            }
        }
    }
}

/// `fill(rows, means, eta)` for [`CHUNK`] rows at a time, with scratch memory for their means.
fn each_chunk(rows: &Range<usize>, eta: &mut [f64], mut fill: impl FnMut(Range<usize>, &mut [f64], &mut [f64])) {
    let mut means = [0.0; CHUNK];
    for (i, eta) in eta.chunks_mut(CHUNK).enumerate() {
        let start = rows.start + i * CHUNK;
        fill(start..start + eta.len(), &mut means[..eta.len()], eta);
    }
}

#[cfg(test)]
mod rank_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod tests;
