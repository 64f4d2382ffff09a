//! Coordinates to which multiples of others are added.

use super::Symmetric;

/// x[onto] += by · x[from] for each of its entries. What is added to others gets nothing itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shear {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    onto: usize,
    from: usize,
    by: f64,
}

impl Shear {
    pub fn push(&mut self, onto: usize, from: usize, by: f64) {
        self.entries.push(Entry { onto, from, by });
    }

    pub fn inverse(&self) -> Shear {
        let entries = self.entries.iter().map(|entry| Entry { by: -entry.by, ..*entry });
        Shear { entries: entries.collect() }
    }

    /// The same of coordinates that come after `before` others.
    pub fn behind(&self, before: usize) -> Shear {
        let moved = |e: &Entry| Entry { onto: before + e.onto, from: before + e.from, by: e.by };
        Shear { entries: self.entries.iter().map(moved).collect() }
    }

    /// One after the other, of coordinates that have nothing to do with each other.
    pub fn join(shears: impl IntoIterator<Item = Shear>) -> Shear {
        Shear { entries: shears.into_iter().flat_map(|shear| shear.entries).collect() }
    }

    /// What is added to coordinate `lost` is taken from coordinates `gain`.
    pub fn turned(&self, lost: usize, gain: std::ops::Range<usize>) -> Shear {
        let turn = |e: &Entry| {
            let (onto, sign) = if e.onto == lost { (gain.clone(), -1.0) } else { (e.onto..e.onto + 1, 1.0) };
            let (from, by) = (e.from, sign * e.by);
            onto.map(move |onto| Entry { onto, from, by })
        };
        Shear { entries: self.entries.iter().flat_map(turn).collect() }
    }

    pub fn apply(&self, x: &mut [f64]) {
        self.entries.iter().for_each(|&Entry { onto, from, by }| x[onto] += by * x[from]);
    }

    /// The same of coordinates `kept`, which have places of their own; what is not among them is 0. Shape: kept ascending.
    pub fn among(&self, kept: &[usize]) -> Shear {
        let place = |column: usize| kept.binary_search(&column).ok();
        let entries =
            self.entries.iter().filter_map(|e| Some(Entry { onto: place(e.onto)?, from: place(e.from)?, by: e.by }));
        Shear { entries: entries.collect() }
    }

    /// The covariance of what [`Shear::apply`] makes of coordinates with this covariance.
    pub fn apply_to_covariance(&self, covariance: &mut Symmetric) {
        for &Entry { onto, from, by } in &self.entries {
            let own = 2.0 * by * covariance.at(onto, from) + by * by * covariance.at(from, from);
            for k in (0..covariance.size()).filter(|&k| k != onto) {
                let added = by * covariance.at(from, k);
                *covariance.at_mut(onto.min(k), onto.max(k)) += added;
            }
            *covariance.at_mut(onto, onto) += own;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shear() -> Shear {
        let mut shear = Shear::default();
        shear.push(0, 2, -3.0);
        shear.push(1, 4, 2.0);
        shear
    }

    #[test]
    fn the_inverse_leads_back() {
        let mut x = vec![1.0, 2.0, 3.0, 4.0, 5.0];
        shear().apply(&mut x);
        assert_eq!(x, [-8.0, 12.0, 3.0, 4.0, 5.0]);
        shear().inverse().apply(&mut x);
        assert_eq!(x, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn what_is_added_to_one_is_taken_from_others() {
        let mut x = vec![1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 0.0];
        shear().turned(0, 5..7).apply(&mut x);
        assert_eq!(x, [1.0, 12.0, 3.0, 4.0, 5.0, 9.0, 9.0]);
    }

    #[test]
    fn coordinates_that_are_kept_have_places_of_their_own() {
        let mut x = vec![2.0, 3.0, 5.0];
        shear().among(&[1, 2, 4]).apply(&mut x);
        assert_eq!(x, [12.0, 3.0, 5.0]);
    }

    #[test]
    fn a_covariance_is_that_of_the_sheared() {
        let mut covariance = Symmetric::zeros(5);
        (0..5).for_each(|i| (i..5).for_each(|j| *covariance.at_mut(i, j) = 1.0 / (1 + i + j) as f64));
        let before = covariance.clone();
        shear().apply_to_covariance(&mut covariance);
        // the rows of the shear's matrix
        let rows: Vec<Vec<f64>> = (0..5)
            .map(|i| {
                let mut row: Vec<f64> = (0..5).map(|j| f64::from(u8::from(i == j))).collect();
                shear().entries.iter().filter(|e| e.onto == i).for_each(|e| row[e.from] += e.by);
                row
            })
            .collect();
        for (i, j) in (0..5).flat_map(|i| (0..5).map(move |j| (i, j))) {
            let want: f64 = rows[i].iter().zip(before.times(&rows[j])).map(|(a, b)| a * b).sum();
            assert!((covariance.at(i, j) - want).abs() < 1e-14, "({i}, {j})");
        }
    }
}
