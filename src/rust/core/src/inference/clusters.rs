//! Rows that go together in clusters.

use crate::error::{Error, Result};
use crate::simd::integer_range;

/// The code of a row that is in no cluster.
pub(super) const NONE: u32 = 0;
/// Of a cluster that has not occurred so far.
const NEW: u32 = u32::MAX;

/// Which cluster each row is in.
#[derive(Clone)]
pub struct Clustering {
    /// Of 1 and more, as they occur; or [`NONE`]. Shape: `[n]`.
    codes: Vec<u32>,
    count: usize,
}

impl Clustering {
    /// From codes of 1 and more, not all of which need occur.
    /// Errors: a code below 1.
    pub fn new(codes: &[i32]) -> Result<Self> {
        let (least, last) = integer_range(codes);
        if least < 1 {
            let row = codes.iter().take_while(|&&code| code >= 1).count() + 1;
            return Err(Error::Argument { arg: "cluster", message: format!("has no code in row {row}") });
        }
        Ok(Self::numbered(codes.iter().map(|&code| code as u32), last.max(0) as usize))
    }

    /// From codes of 1 to `last`, or [`NONE`].
    pub(super) fn numbered(codes: impl Iterator<Item = u32>, last: usize) -> Self {
        let mut table = vec![NEW; last + 1];
        table[NONE as usize] = NONE;
        let mut count = 0;
        let number = |code: u32| {
            let entry = &mut table[code as usize];
            // without a branch: nobody can guess which rows are new
            let is_new = *entry == NEW;
            count += u32::from(is_new);
            *entry = if is_new { count } else { *entry };
            *entry
        };
        let codes = codes.map(number).collect();
        Clustering { codes, count: count as usize }
    }

    /// Shape: `[n]`.
    pub(super) fn codes(&self) -> &[u32] {
        &self.codes
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// For each what its rows have in common. Shape: `[n]`.
    pub(super) fn of_each<T: Copy + Default>(&self, of_rows: &[T]) -> Vec<T> {
        let mut of_each = vec![T::default(); self.count + 1];
        let mut seen = 0;
        for (&code, &value) in self.codes.iter().zip(of_rows) {
            // without a branch: nobody can guess which rows are new
            of_each[seen] = value;
            seen += usize::from(code as usize > seen);
        }
        of_each.truncate(seen);
        of_each
    }

    /// Where the rows of each cluster begin if they follow one another, and the end; no row is in none. Shape: `[G + 1]`.
    pub(super) fn starts(&self) -> Vec<usize> {
        self.starts_of(self.codes.iter().copied())
    }

    fn starts_of(&self, codes: impl Iterator<Item = u32>) -> Vec<usize> {
        let mut starts = vec![0; self.count + 1];
        codes.for_each(|code| starts[code as usize] += 1);
        (0..self.count).for_each(|g| starts[g + 1] += starts[g]);
        starts
    }

    /// The rows that are `counted`, those of the first cluster, of the second, ...; and where each begins, and the end.
    /// Shapes: at most `[n]`, `[G + 1]`.
    pub(super) fn members(&self, counted: impl Fn(usize) -> bool) -> (Vec<u32>, Vec<usize>) {
        let counted = || self.codes.iter().enumerate().filter(|&(row, _)| counted(row));
        let starts = self.starts_of(counted().map(|(_, &code)| code));
        let mut next = starts.clone();
        let mut rows = vec![0; starts[self.count]];
        for (row, &code) in counted() {
            let place = &mut next[code as usize - 1];
            rows[*place] = row as u32;
            *place += 1;
        }
        (rows, starts)
    }
}
