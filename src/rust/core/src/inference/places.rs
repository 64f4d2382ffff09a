//! Rows by their cluster, or by their pair of clusters, before these are numbered.

use super::clusters::{Clustering, NONE};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Pairs of clusters have places in a table, if it has at most so many for each row.
const TABLE_PER_ROW: usize = 16;

/// A place for each cluster, not all of which need have rows.
pub(super) struct Places<'a> {
    /// Of each row. Shape: `[n]`.
    of_rows: Cow<'a, [u32]>,
    /// How many rows a place has, 2 standing for more.
    sizes: Vec<u8>,
}

impl<'a> Places<'a> {
    pub fn of(clusters: &'a Clustering) -> Self {
        Self::new(Cow::Borrowed(clusters.codes()), clusters.count() + 1)
    }

    /// Of the pairs of clusters.
    pub fn of_pairs(a: &Clustering, b: &Clustering) -> Places<'static> {
        let (rows, columns) = (a.count() + 1, b.count() + 1);
        let (of_rows, count) = match rows.checked_mul(columns) {
            Some(count) if count <= TABLE_PER_ROW * a.codes().len() && u32::try_from(count).is_ok() => {
                let pairs = a.codes().par_iter().zip(b.codes());
                (pairs.map(|(&a, &b)| a * columns as u32 + b).collect(), count)
            }
            _ if a.count() < b.count() => split(b, a),
            _ => split(a, b),
        };
        Places::new(Cow::Owned(of_rows), count)
    }

    fn new(of_rows: Cow<'a, [u32]>, count: usize) -> Self {
        let mut sizes = vec![0u8; count];
        of_rows.iter().for_each(|&place| sizes[place as usize] = (sizes[place as usize] + 1).min(2));
        Places { of_rows, sizes }
    }

    /// Clusters of so many rows or more, 1 or 2.
    pub fn count(&self, least: u8) -> usize {
        self.sizes.iter().filter(|&&size| size >= least).count()
    }

    /// These; the rows of the others are in none.
    pub fn clusters(&self, least: u8) -> Clustering {
        // bits and their number before each word: little memory, since each row looks up its own
        let words: Vec<u64> = self.sizes.chunks(64).map(|sizes| bits(sizes, least)).collect();
        let mut count = 0;
        let before: Vec<u32> = words
            .iter()
            .map(|word| {
                let before = count;
                count += word.count_ones();
                before
            })
            .collect();
        let number = |&place: &u32| {
            let (which, bit) = (place as usize / 64, 1 << (place % 64));
            let word = words[which];
            let number = before[which] + (word & (bit - 1)).count_ones() + 1;
            // without a branch: nobody can guess which rows are alone
            [NONE, number][usize::from(word & bit != 0)]
        };
        let numbers: Vec<u32> = self.of_rows.par_iter().map(number).collect();
        // in the order of the rows: so the sums of new ones follow those of the last new ones in memory
        Clustering::numbered(numbers.into_iter(), count as usize)
    }
}

/// A bit for each size that is at least `least`.
fn bits(sizes: &[u8], least: u8) -> u64 {
    sizes.iter().rev().fold(0, |word, &size| word << 1 | u64::from(size >= least))
}

/// Places of pairs that take no table: those with the first cluster of `a`, with the second, ..., in places of as many as it has
/// rows. And the number of places. Each thread finds the pairs of some clusters.
fn split(a: &Clustering, b: &Clustering) -> (Vec<u32>, usize) {
    let (n, starts) = (a.codes().len(), a.starts());
    let threads = rayon::current_num_threads();
    let bound = |part: usize| starts.partition_point(|&start| start < part * n / threads).min(a.count());
    let places: Vec<AtomicU32> = (0..n).map(|_| AtomicU32::new(0)).collect();
    (0..threads).into_par_iter().with_max_len(1).for_each(|part| {
        let end = if part + 1 == threads { a.count() } else { bound(part + 1) };
        split_some(a, b, bound(part)..end, &starts, &places);
    });
    (places.into_iter().map(AtomicU32::into_inner).collect(), n)
}

/// The pairs of some clusters of `a`, whose members begin at `starts`.
fn split_some(a: &Clustering, b: &Clustering, clusters: Range<usize>, starts: &[usize], places: &[AtomicU32]) {
    let (first, count) = (starts[clusters.start], starts[clusters.end] - starts[clusters.start]);
    // where the next member of each goes; one place more takes the rows of other clusters
    let mut next: Vec<usize> = starts[clusters.clone()].iter().map(|start| start - first).chain([count]).collect();
    let mut members = vec![0; count + 1];
    for (row, &code) in a.codes().iter().enumerate() {
        // without a branch: nobody can guess whose rows come
        let cluster = (code as usize - 1).wrapping_sub(clusters.start).min(clusters.len());
        members[next[cluster]] = row;
        next[cluster] += usize::from(cluster < clusters.len());
    }
    let mut place = first as u32;
    // the cluster of `a` in which each of `b` was last seen, and the place of the two
    let mut seen = vec![(u32::MAX, 0); b.count() + 1];
    for cluster in clusters {
        for &row in &members[starts[cluster] - first..starts[cluster + 1] - first] {
            let (last, of_pair) = &mut seen[b.codes()[row] as usize];
            // without a branch: nobody can guess which pairs are new
            let is_new = *last != cluster as u32;
            *of_pair = [*of_pair, place][usize::from(is_new)];
            *last = cluster as u32;
            place += u32::from(is_new);
            places[row].store(*of_pair, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Pool;
    use std::collections::HashMap;

    /// Few clusters have places in a table, many do not.
    #[test]
    fn pairs_are_the_rows_whose_clusters_are_the_same() {
        let n = 500usize;
        for (first, second) in [(3, 7), (40, 90), (90, 400), (400, 90), (n, 4), (4, n), (n, n)] {
            let codes = |by: usize, of: usize| (0..n).map(|i| 1 + (i * i * by % 1009 % of) as i32).collect::<Vec<_>>();
            let (a, b) = (codes(3, first), codes(7, second));
            let both = [&a, &b].map(|codes| Clustering::new(codes).unwrap());
            let places = Places::of_pairs(&both[0], &both[1]);
            // threads find some of them each, and number them as one would
            let with = |threads| Pool::new(threads).unwrap().install(|| Places::of_pairs(&both[0], &both[1]).of_rows);
            assert_eq!(with(1), with(3));
            let mut together: HashMap<_, Vec<usize>> = HashMap::new();
            (0..n).for_each(|i| together.entry((a[i], b[i])).or_default().push(i));
            for least in [1, 2] {
                let found = places.clusters(least);
                let of_size = together.values().filter(|rows| rows.len() >= least.into()).count();
                assert_eq!((found.count(), places.count(least)), (of_size, of_size), "{first} × {second}");
                let mut seen = vec![false; of_size + 1];
                for rows in together.values() {
                    let code = found.codes()[rows[0]];
                    assert!(rows.iter().all(|&row| found.codes()[row] == code));
                    assert_eq!(code == NONE, rows.len() < least.into());
                    assert!(code == NONE || !std::mem::replace(&mut seen[code as usize], true));
                }
            }
        }
    }
}
