//! Contrasts: what a level of a factor means for the columns of the model matrix.

/// A K × C contrast matrix, kept by the non-zero entries of its rows: treatment contrasts have at most one.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrast {
    cols: usize,
    /// Where each row starts in `entries`, and their number at the end.
    start: Vec<usize>,
    /// (column, value)
    entries: Vec<(usize, f64)>,
}

impl Contrast {
    fn from_rows(cols: usize, rows: impl Iterator<Item = Vec<(usize, f64)>>) -> Self {
        let (mut start, mut entries) = (vec![0], vec![]);
        for row in rows {
            entries.extend(row);
            start.push(entries.len());
        }
        Contrast { cols, start, entries }
    }

    /// A column for every level.
    pub fn identity(levels: usize) -> Self {
        Self::from_rows(levels, (0..levels).map(|k| vec![(k, 1.0)]))
    }

    /// A column for every level but `base` (0-based).
    pub fn treatment(levels: usize, base: usize) -> Self {
        let row = |k: usize| match k.cmp(&base) {
            std::cmp::Ordering::Less => vec![(k, 1.0)],
            std::cmp::Ordering::Equal => vec![],
            std::cmp::Ordering::Greater => vec![(k - 1, 1.0)],
        };
        Self::from_rows(levels - 1, (0..levels).map(row))
    }

    /// From a full matrix, by columns. Shape: `levels × (values.len() / levels)`.
    pub fn matrix(levels: usize, values: &[f64]) -> Self {
        let cols = values.len() / levels;
        let row = |k: usize| (0..cols).map(|c| (c, values[k + c * levels])).filter(|e| e.1 != 0.0).collect();
        Self::from_rows(cols, (0..levels).map(row))
    }

    /// The contrast of combined codes a + K_a·b: the columns of `self` run fastest.
    pub fn kronecker(&self, slower: &Contrast) -> Self {
        let combine = |(b, a): (usize, usize)| {
            let pairs = slower
                .row(b)
                .iter()
                .flat_map(|&(cb, vb)| self.row(a).iter().map(move |&(ca, va)| (ca + self.cols * cb, va * vb)));
            pairs.collect()
        };
        let rows = (0..slower.levels()).flat_map(|b| (0..self.levels()).map(move |a| (b, a)));
        Self::from_rows(self.cols * slower.cols, rows.map(combine))
    }

    /// The contrast of combined codes a + K_a·b with the columns of `self` and then those of `other`.
    pub fn beside(&self, other: &Contrast) -> Self {
        let combine = |(b, a): (usize, usize)| {
            let moved = other.row(b).iter().map(|&(c, value)| (self.cols + c, value));
            self.row(a).iter().copied().chain(moved).collect()
        };
        let rows = (0..other.levels()).flat_map(|b| (0..self.levels()).map(move |a| (b, a)));
        Self::from_rows(self.cols + other.cols, rows.map(combine))
    }

    pub fn levels(&self) -> usize {
        self.start.len() - 1
    }

    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The non-zero (column, value) pairs of a level.
    pub fn row(&self, level: usize) -> &[(usize, f64)] {
        &self.entries[self.start[level]..self.start[level + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn treatment_is_its_matrix() {
        let m = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(Contrast::treatment(3, 0), Contrast::matrix(3, &m));
        let m = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(Contrast::treatment(3, 1), Contrast::matrix(3, &m));
    }

    #[test]
    fn beside_keeps_the_columns_of_both() {
        let both = Contrast::treatment(2, 0).beside(&Contrast::matrix(3, &[1.0, 0.0, -1.0]));
        assert_eq!((both.levels(), both.cols()), (6, 2));
        assert_eq!(both.row(0), &[(1, 1.0)]);
        assert_eq!(both.row(1), &[(0, 1.0), (1, 1.0)]);
        assert_eq!(both.row(5), &[(0, 1.0), (1, -1.0)]);
    }

    #[test]
    fn kronecker_runs_the_first_factor_fastest() {
        let sum = Contrast::matrix(2, &[1.0, -1.0]);
        let k = sum.kronecker(&Contrast::identity(3));
        assert_eq!((k.levels(), k.cols()), (6, 3));
        assert_eq!(k.row(1), &[(0, -1.0)]);
        assert_eq!(k.row(4), &[(2, 1.0)]);
        let k = Contrast::identity(3).kronecker(&sum);
        assert_eq!(k.row(4), &[(1, -1.0)]);
    }
}
