//! Columns of which few entries are not zero.

/// The non-zero entries of each column, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseColumns {
    /// Where each column starts, and the number of entries at the end.
    pub start: Vec<usize>,
    pub index: Vec<u32>,
    pub value: Vec<f64>,
}

impl Default for SparseColumns {
    fn default() -> Self {
        SparseColumns { start: vec![0], index: vec![], value: vec![] }
    }
}

impl SparseColumns {
    pub fn len(&self) -> usize {
        self.start.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Add a column with these entries.
    pub fn push(&mut self, entries: impl IntoIterator<Item = (usize, f64)>) {
        for (index, value) in entries {
            self.index.push(index as u32);
            self.value.push(value);
        }
        self.start.push(self.index.len());
    }

    /// Add a column that is given in full.
    pub fn push_full(&mut self, column: &[f64]) {
        self.push(column.iter().copied().enumerate().filter(|entry| entry.1 != 0.0));
    }

    /// (index, value) of the entries of column k.
    pub fn column(&self, k: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let entries = self.start[k]..self.start[k + 1];
        self.index[entries.clone()].iter().map(|&i| i as usize).zip(self.value[entries].iter().copied())
    }

    /// Column k · v.
    pub fn dot(&self, k: usize, v: &[f64]) -> f64 {
        self.column(k).map(|(i, x)| x * v[i]).sum()
    }

    /// out += factor · column k.
    pub fn add_to(&self, k: usize, factor: f64, out: &mut [f64]) {
        self.column(k).for_each(|(i, x)| out[i] += factor * x);
    }

    /// Σ entries² over the columns: what products of each column with itself cost.
    pub fn pairs(&self) -> f64 {
        self.start.windows(2).map(|pair| ((pair[1] - pair[0]) as f64).powi(2)).sum()
    }
}
