//! Rows that go together in clusters.

use crate::error::{Error, Result};

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
        let mut table = vec![NEW; codes.iter().max().map_or(0, |&last| last as usize + 1)];
        Ok(numbered(codes.iter().map(|&code| code as usize), &mut table))
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
        let (rows, columns) = (self.count + 1, other.count + 1);
        if rows.saturating_mul(columns) <= TABLE_PER_ROW * self.codes.len() {
            let mut table = vec![NEW; rows * columns];
            let place = |a: u32, b: u32| a as usize * columns + b as usize;
            let pairs = self.codes.iter().zip(&other.codes);
            numbered(pairs.map(|(&a, &b)| place(a, b)), &mut table)
        } else if self.count < other.count {
            other.split_by(self)
        } else {
            self.split_by(other)
        }
    }

    /// The same, with memory for the other's clusters only.
    fn split_by(&self, other: &Clustering) -> Clustering {
        let (rows, starts) = self.members(|_| true);
        let mut pairs = vec![0u32; rows.len()];
        let mut number = Numbering { count: 0 };
        // the cluster in which each of the other's was last seen, and their pair
        let mut seen = vec![(usize::MAX, NEW); other.count + 1];
        for (cluster, bounds) in starts.windows(2).enumerate() {
            for &row in &rows[bounds[0]..bounds[1]] {
                let (last, pair) = &mut seen[other.codes[row as usize] as usize];
                *pair = if *last == cluster { *pair } else { NEW };
                *last = cluster;
                pairs[row as usize] = number.of(pair);
            }
        }
        numbered(pairs.iter().map(|&pair| pair as usize), &mut vec![NEW; number.count + 1])
    }

    /// The rows that are `counted`, those of the first cluster, of the second, ...; and where each begins, and the end.
    /// Shapes: at most `[n]`, `[G + 1]`.
    pub(super) fn members(&self, counted: impl Fn(usize) -> bool) -> (Vec<u32>, Vec<usize>) {
        let mut starts = vec![0; self.count + 1];
        let counted = || self.codes.iter().enumerate().filter(|&(row, _)| counted(row));
        counted().for_each(|(_, &code)| starts[code as usize] += 1);
        (0..self.count).for_each(|g| starts[g + 1] += starts[g]);
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

/// The clusters of rows by their places in a table of numbers, in which nobody has one so far.
fn numbered(places: impl Iterator<Item = usize>, table: &mut [u32]) -> Clustering {
    let mut number = Numbering { count: 0 };
    let codes = places.map(|place| number.of(&mut table[place])).collect();
    Clustering { codes, count: number.count }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Few clusters are looked up in a table, many are not: the pairs of both are numbered as they occur.
    #[test]
    fn pairs_are_numbered_as_they_occur() {
        let n = 500usize;
        for (first, second) in [(3, 7), (40, 90), (90, 40), (n, 4), (4, n), (n, n)] {
            let codes = |by: usize, of: usize| (0..n).map(|i| 1 + (i * i * by % 1009 % of) as i32).collect::<Vec<_>>();
            let (a, b) = (codes(3, first), codes(7, second));
            let found = Clustering::new(&a).unwrap().with(&Clustering::new(&b).unwrap());
            let mut distinct = HashMap::new();
            let want: Vec<u32> = a
                .iter()
                .zip(&b)
                .map(|pair| {
                    let next = distinct.len() as u32 + 1;
                    *distinct.entry(pair).or_insert(next)
                })
                .collect();
            assert_eq!(found.codes(), want, "{first} × {second}");
            assert_eq!(found.count(), distinct.len());
        }
    }
}
