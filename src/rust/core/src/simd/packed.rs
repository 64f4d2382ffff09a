//! Columns side by side in memory of our own.

use super::{multiply_columns, Columns, LINE};

/// Rows that the kernels take at a time: columns are followed by zeros up to the next multiple.
pub const STEP: usize = 16;

/// Columns whose begins lie `stride` apart, of `rows` values each.
#[derive(Clone, Copy)]
pub struct SideBySide<'c> {
    pub values: &'c [f64],
    pub stride: usize,
    pub rows: usize,
}

impl<'c> SideBySide<'c> {
    /// The columns from the `first` on.
    #[inline(always)]
    pub(super) fn from(self, first: usize) -> impl Iterator<Item = &'c [f64]> {
        self.values[first * self.stride..].chunks(self.stride)
    }
}

/// Packed columns: columns that lie pages apart compete for the same places of a cache, these do not. They begin where a
/// cache line does, so that no vector lies across two.
#[derive(Default)]
pub struct Packed {
    memory: Vec<f64>,
    start: usize,
    count: usize,
    rows: usize,
}

impl Packed {
    pub fn count(&self) -> usize {
        self.count
    }

    /// From a column to the next.
    pub fn stride(&self) -> usize {
        self.rows.next_multiple_of(STEP)
    }

    /// All columns with the zeros that follow them.
    pub fn values(&self) -> &[f64] {
        &self.memory[self.start..self.start + self.count * self.stride()]
    }

    pub fn columns(&self) -> Columns<'_> {
        Columns::packed(self.values(), self.stride(), self.count, self.rows)
    }

    /// Hold a copy of `columns`.
    pub fn load(&mut self, columns: Columns) {
        self.load_times(columns, None);
    }

    /// `columns` side by side: as they are, or a copy.
    pub fn side_by_side<'c>(&'c mut self, columns: Columns<'c>) -> SideBySide<'c> {
        columns.side_by_side().unwrap_or_else(|| {
            self.load(columns);
            SideBySide { values: self.values(), stride: self.stride(), rows: self.rows }
        })
    }

    /// Hold a copy of `columns`, times `w` where there is one. Shape: w `[B]`.
    pub fn load_times(&mut self, columns: Columns, w: Option<&[f64]>) {
        self.resize(columns.count(), columns.rows());
        self.copy_times(columns, w);
    }

    /// The same, and after them `last`. Shape: last `[B]`.
    pub fn load_with(&mut self, columns: Columns, w: Option<&[f64]>, last: &[f64]) {
        self.resize(columns.count() + 1, columns.rows());
        self.copy_times(columns, w);
        self.column_mut(columns.count()).copy_from_slice(last);
    }

    fn copy_times(&mut self, columns: Columns, w: Option<&[f64]>) {
        let (count, stride, start) = (columns.count(), self.stride(), self.start);
        match w {
            Some(w) => multiply_columns(columns, w, &mut self.memory[start..start + count * stride], stride),
            None => columns.iter().enumerate().for_each(|(j, column)| self.column_mut(j).copy_from_slice(column)),
        }
    }

    fn column_mut(&mut self, j: usize) -> &mut [f64] {
        let place = self.start + j * self.stride();
        &mut self.memory[place..place + self.rows]
    }

    fn resize(&mut self, count: usize, rows: usize) {
        (self.count, self.rows) = (count, rows);
        let stride = self.stride();
        let len = count * stride + LINE;
        if self.memory.len() < len {
            self.memory.resize(len, 0.0);
        }
        self.start = self.memory.as_ptr().align_offset(8 * LINE).min(LINE);
        if stride > rows {
            (0..count).for_each(|j| {
                let end = self.start + (j + 1) * stride;
                self.memory[end - (stride - rows)..end].fill(0.0);
            });
        }
    }
}
