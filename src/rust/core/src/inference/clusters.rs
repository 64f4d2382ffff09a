//! Rows that go together in clusters.

use crate::error::{Error, Result};
use std::collections::HashMap;

/// Pairs of clusters are looked up in a table, if it has at most so many entries for each row.
const TABLE_PER_ROW: usize = 4;
/// One row in so many must be a cluster of its own for these to be kept apart, which takes a pass.
const ALONE: usize = 3;

/// The code of a row that is in no cluster.
pub(super) const NONE: u32 = 0;
/// Of a cluster that has not occurred so far.
const NEW: u32 = u32::MAX;

/// Which cluster each row is in.
#[derive(Clone)]
pub struct Clustering {
    /// Of 1 and more, numbered as they occur; or [`NONE`]. Shape: `[n]`.
    codes: Vec<u32>,
    count: usize,
}

impl Clustering {
    /// From codes of 1 and more, not all of which need occur.
    /// Errors: a code below 1.
    pub fn new(codes: &[i32]) -> Result<Self> {
        if let Some(row) = codes.iter().position(|&code| code < 1) {
            return Err(Error::Argument { arg: "cluster", message: format!("has no code in row {}", row + 1) });
        }
        let mut number = Numbering { count: 0 };
        let mut table = vec![NEW; codes.iter().max().map_or(0, |&last| last as usize + 1)];
        let codes = codes.iter().map(|&code| number.of(&mut table[code as usize])).collect();
        Ok(Clustering { codes, count: number.count })
    }

    /// Shape: `[n]`.
    pub(super) fn codes(&self) -> &[u32] {
        &self.codes
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The first row of each.
    pub(super) fn first_rows(&self) -> Vec<usize> {
        let mut rows = Vec::with_capacity(self.count);
        for (row, &code) in self.codes.iter().enumerate() {
            if code as usize > rows.len() {
                rows.push(row);
            }
        }
        rows
    }

    /// How many rows have each code, 2 standing for more, if so many have one only that it is worth to keep these apart.
    pub(super) fn sizes_if_many_single(&self) -> Option<Vec<u8>> {
        let mut sizes = vec![0u8; self.count + 1];
        self.codes.iter().for_each(|&code| sizes[code as usize] = (sizes[code as usize] + 1).min(2));
        sizes[NONE as usize] = 0;
        let single = sizes.iter().filter(|&&size| size == 1).count();
        (single * ALONE >= self.codes.len()).then_some(sizes)
    }

    /// Keep those of more rows than one; the rows of the others are in none. `sizes` as above.
    pub(super) fn drop_single_rows(&mut self, sizes: &[u8]) {
        self.count = 0;
        let number = |&size: &u8| {
            self.count += usize::from(size > 1);
            if size > 1 {
                self.count as u32
            } else {
                NONE
            }
        };
        let numbers: Vec<u32> = sizes.iter().map(number).collect();
        self.codes.iter_mut().for_each(|code| *code = numbers[*code as usize]);
    }

    /// The pairs of clusters that occur, numbered as they do.
    pub(super) fn with(&self, other: &Clustering) -> Clustering {
        let mut number = Numbering { count: 0 };
        let pairs = self.codes.iter().zip(&other.codes);
        let (rows, columns) = (self.count + 1, other.count + 1);
        let codes = if rows.saturating_mul(columns) <= TABLE_PER_ROW * self.codes.len() {
            let mut table = vec![NEW; rows * columns];
            let place = |(&a, &b): (&u32, &u32)| a as usize * columns + b as usize;
            pairs.map(|pair| number.of(&mut table[place(pair)])).collect()
        } else {
            let mut table = HashMap::with_capacity(self.count.max(other.count));
            pairs.map(|(&a, &b)| number.of(table.entry((a, b)).or_insert(NEW))).collect()
        };
        Clustering { codes, count: number.count }
    }
}

struct Numbering {
    count: usize,
}

impl Numbering {
    fn of(&mut self, entry: &mut u32) -> u32 {
        // without a branch: nobody can guess which rows are new
        let is_new = *entry == NEW;
        self.count += usize::from(is_new);
        *entry = if is_new { self.count as u32 } else { *entry };
        *entry
    }
}
