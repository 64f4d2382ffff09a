//! The rows of a design by their clusters.

use super::clusters::Clustering;
use std::ops::Range;

/// Lanes even out what clusters of different sizes cost.
const MAX_LANES: usize = 32;

/// An index of rows: those of the first cluster, of the second, ... Rows without weight are in none.
pub(super) struct Members {
    rows: Vec<u32>,
    /// Where each cluster begins, and the end. Shape: `[G + 1]`.
    starts: Vec<usize>,
}

impl Members {
    pub fn new(clustering: &Clustering, weights: &[f64]) -> Self {
        let (rows, starts) = clustering.members(|row| weights[row] > 0.0);
        Members { rows, starts }
    }

    /// Clusters with rows.
    pub fn count(&self) -> usize {
        self.starts.windows(2).filter(|pair| pair[0] < pair[1]).count()
    }

    /// Of some clusters that follow one another.
    pub fn rows(&self, clusters: Range<usize>) -> &[u32] {
        &self.rows[self.starts[clusters.start]..self.starts[clusters.end]]
    }

    /// Runs of clusters with about as many rows each, of at least `least` rows: the data alone decide about them.
    pub fn lanes(&self, least: usize, most: usize) -> Vec<Range<usize>> {
        let lanes = (self.rows.len() / least.max(1)).clamp(1, MAX_LANES.min(most.max(1)));
        let share = self.rows.len().div_ceil(lanes).max(1);
        self.runs(0..self.starts.len() - 1, share)
    }

    /// Runs of clusters with at most so many rows, or with one cluster.
    pub fn runs(&self, clusters: Range<usize>, most: usize) -> Vec<Range<usize>> {
        let mut runs = vec![];
        let mut first = clusters.start;
        while first < clusters.end {
            let fits = |end: &usize| self.starts[*end] - self.starts[first] <= most;
            let end = (first + 1..=clusters.end).take_while(fits).last().unwrap_or(first + 1);
            runs.push(first..end);
            first = end;
        }
        runs
    }
}
