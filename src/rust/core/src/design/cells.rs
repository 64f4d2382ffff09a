//! Which levels of two factors meet, where a table of all their pairs would be larger than the data.

use super::term::Term;

/// The pairs of a large factor's levels and another term's that occur, by levels of the large factor.
#[derive(Clone)]
pub(super) struct Cells {
    /// The pair of each row. Shape: `[n]`.
    of_row: Vec<u32>,
    /// Where the pairs of each level start, and their number at the end.
    start: Vec<usize>,
    /// The other term's level of each pair.
    other: Vec<u32>,
}

impl Cells {
    /// `None` where a table of all pairs is no larger than the rows are many, or the other term is no plain factor.
    pub fn find(large: &Term, other: &Term, rows: usize) -> Option<Self> {
        let table = large.levels().saturating_mul(other.levels());
        if !other.is_plain_factor() || table <= rows || rows > u32::MAX as usize {
            return None;
        }
        let (mut codes, mut others) = (vec![0; rows], vec![0; rows]);
        large.combine_codes(0, &mut codes);
        other.combine_codes(0, &mut others);
        // by the other level within each level: sorting twice keeps the first order among equals
        let by_other = sorted((0..rows as u32).collect(), &others, other.levels());
        let order = sorted(by_other, &codes, large.levels());
        let mut cells = Cells { of_row: vec![0; rows], start: vec![0], other: vec![] };
        let mut last = None;
        for row in order {
            let (code, other) = (codes[row as usize], others[row as usize]);
            if last != Some((code, other)) {
                cells.start.resize(code as usize + 1, cells.other.len());
                cells.other.push(other);
                last = Some((code, other));
            }
            cells.of_row[row as usize] = cells.other.len() as u32 - 1;
        }
        cells.start.resize(large.levels() + 1, cells.other.len());
        Some(cells)
    }

    pub fn len(&self) -> usize {
        self.other.len()
    }

    pub fn of_rows(&self, rows: std::ops::Range<usize>) -> &[u32] {
        &self.of_row[rows]
    }

    /// (pair, the other term's level) for each pair of a level.
    pub fn of_level(&self, level: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        (self.start[level]..self.start[level + 1]).map(|cell| (cell, self.other[cell] as usize))
    }
}

/// The rows in the order of their codes, and of `rows` among equals.
fn sorted(rows: Vec<u32>, codes: &[u32], levels: usize) -> Vec<u32> {
    let mut next = vec![0usize; levels + 1];
    codes.iter().for_each(|&code| next[code as usize + 1] += 1);
    (0..levels).for_each(|k| next[k + 1] += next[k]);
    let mut out = vec![0; rows.len()];
    for row in rows {
        let place = &mut next[codes[row as usize] as usize];
        out[*place] = row;
        *place += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Codes, Contrast};

    #[test]
    fn every_pair_that_occurs_has_its_rows() {
        let f: Vec<i32> = (0..500).map(|i| 1 + (i * i) % 37).collect();
        let g: Vec<i32> = (0..500).map(|i| 1 + (i * 7 + i / 3) % 29).collect();
        let term = |codes, levels| Term::factor(Codes { name: "f", codes, levels }, Contrast::identity(levels));
        let (large, other) = (term(&f, 40), term(&g, 29));
        assert!(Cells::find(&large, &other, 40 * 29).is_none());
        let cells = Cells::find(&large, &other, 500).unwrap();
        let mut seen = vec![0; cells.len()];
        for row in 0..500 {
            let cell = cells.of_rows(row..row + 1)[0] as usize;
            let pair = cells.of_level(f[row] as usize - 1).find(|(c, _)| *c == cell);
            assert_eq!(pair, Some((cell, g[row] as usize - 1)));
            seen[cell] += 1;
        }
        assert!(seen.iter().all(|&rows| rows > 0));
        assert_eq!((0..40).map(|k| cells.of_level(k).count()).sum::<usize>(), cells.len());
        assert_eq!(cells.of_level(38).count(), 0);
    }
}
