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
        let codes = clustering.codes();
        let mut starts = vec![0; clustering.count() + 1];
        let counted = || codes.iter().zip(weights).enumerate().filter(|(_, (_, &w))| w > 0.0);
        counted().for_each(|(_, (&code, _))| starts[code as usize] += 1);
        (0..clustering.count()).for_each(|g| starts[g + 1] += starts[g]);
        let mut next = starts.clone();
        let mut rows = vec![0; starts.last().copied().unwrap_or(0)];
        for (row, (&code, _)) in counted() {
            let place = &mut next[code as usize - 1];
            rows[*place] = row as u32;
            *place += 1;
        }
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
