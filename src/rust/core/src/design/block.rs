//! A block of rows, laid out for the kernels.

use super::column::Values;
use super::Design;
use crate::simd::{Columns, Packed};

/// Rows `start .. start + len`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowBlock {
    pub start: usize,
    pub len: usize,
}

impl RowBlock {
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.len
    }
}

/// Memory of one lane, used again for every block of its run.
#[derive(Default)]
pub struct BlockScratch {
    values: Vec<f64>,
    codes: Vec<u32>,
}

/// One coded term in a block.
pub struct CodedView<'b> {
    /// Combined codes, 0-based. Shape: `[B]`.
    pub codes: &'b [u32],
    /// The M numeric columns, `None` where there is no numeric part. Shape: `[M][B]`.
    pub numeric: Option<Vec<&'b [f64]>>,
    /// For a term that meets the large factor in few of their pairs: which pair. Shape: `[B]`.
    pub cells: Option<&'b [u32]>,
    /// K.
    pub levels: usize,
    /// First level-space column of the term.
    pub raw_start: usize,
    /// Position of the term in the design.
    pub term: usize,
}

impl CodedView<'_> {
    pub fn numeric_cols(&self) -> usize {
        self.numeric.as_ref().map_or(1, Vec::len)
    }
}

/// The design's rows of one block: real columns borrowed from the caller, everything else in scratch memory.
pub struct BlockView<'b> {
    pub len: usize,
    /// The dense level-space columns, in their order. Shape: `[D][B]`.
    pub dense: Vec<&'b [f64]>,
    pub coded: Vec<CodedView<'b>>,
    /// Which of the coded terms is a large factor.
    pub border: Option<usize>,
}

impl BlockView<'_> {
    /// The block in tiles of at most `rows` rows: few enough for all that is done to them to stay in cache.
    pub fn tiles(&self, rows: usize) -> impl Iterator<Item = Tile<'_>> {
        (0..self.len).step_by(rows).map(move |start| self.tile(start, rows.min(self.len - start)))
    }

    pub fn whole(&self) -> Tile<'_> {
        self.tile(0, self.len)
    }

    fn tile(&self, start: usize, len: usize) -> Tile<'_> {
        Tile { view: self, start, len, dense: Columns::new(&self.dense, start, len) }
    }
}

/// Rows `start .. start + len` of a block.
#[derive(Clone, Copy)]
pub struct Tile<'v> {
    pub view: &'v BlockView<'v>,
    pub start: usize,
    pub len: usize,
    /// The dense level-space columns. Shape: `[D][B]`.
    pub dense: Columns<'v>,
}

impl<'v> Tile<'v> {
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.len
    }

    /// The same tile with its dense columns in `memory`: worth it where they are read several times.
    pub fn pack(self, memory: &'v mut Packed) -> Tile<'v> {
        memory.load(self.dense);
        Tile { dense: memory.columns(), ..self }
    }

    /// The same tile, of whose dense columns the next rows are needed soon.
    pub fn with_next(self) -> Tile<'v> {
        Tile { dense: self.dense.with_next(), ..self }
    }

    /// The codes of a coded term. Shape: `[B]`.
    pub fn codes(&self, term: &'v CodedView<'v>) -> &'v [u32] {
        &term.codes[self.range()]
    }

    /// The numeric column j of a coded term, `None` where it has no numeric part. Shape: `[B]`.
    pub fn numeric(&self, term: &'v CodedView<'v>, j: usize) -> Option<&'v [f64]> {
        term.numeric.as_ref().map(|columns| &columns[j][self.range()])
    }
}

impl Design<'_> {
    /// Lay out a block: for narrow designs a few microseconds whatever its length. The view lives as long as the scratch
    /// memory is not used again.
    pub fn view<'b>(&'b self, block: RowBlock, scratch: &'b mut BlockScratch) -> BlockView<'b> {
        let n = block.len;
        let is_borrowed = |term: &super::Term, j| matches!(term.single(j), Some(Values::Real(_)));
        let copied: usize =
            self.terms.iter().map(|t| (0..numeric_part(t)).filter(|&j| !is_borrowed(t, j)).count()).sum();
        let coded = self.terms.iter().filter(|t| t.is_coded()).count();
        let combined = self.combined.iter().flatten().count();
        scratch.values.resize(copied * n, 0.0);
        scratch.codes.resize((coded - combined) * n, 0);
        let mut values = scratch.values.as_mut_slice();
        let mut codes = scratch.codes.as_mut_slice();

        let large = self.border.as_ref().map(|border| border.term);
        let (dense, coded) = (Vec::with_capacity(self.dense_cols), Vec::with_capacity(coded));
        let mut view = BlockView { len: n, dense, coded, border: None };
        for (index, term) in self.terms.iter().enumerate() {
            let columns = (0..numeric_part(term)).map(|j| {
                if let Some(Values::Real(v)) = term.single(j) {
                    &v[block.range()]
                } else {
                    let (out, rest) = std::mem::take(&mut values).split_at_mut(n);
                    values = rest;
                    term.copy_numeric(j, block.start, out);
                    &*out
                }
            });
            if term.is_coded() {
                let codes = match &self.combined[index] {
                    Some(combined) => &combined[block.range()],
                    None => {
                        let (out, rest) = std::mem::take(&mut codes).split_at_mut(n);
                        codes = rest;
                        term.combine_codes(block.start, out);
                        &*out
                    }
                };
                if Some(index) == large {
                    view.border = Some(view.coded.len());
                }
                let columns: Vec<_> = columns.collect();
                let numeric = if columns.is_empty() { None } else { Some(columns) };
                let cells = self.cells[index].as_ref().map(|cells| cells.of_rows(block.range()));
                view.coded.push(CodedView {
                    codes,
                    numeric,
                    cells,
                    levels: term.levels(),
                    raw_start: self.raw_start[index],
                    term: index,
                });
            } else {
                view.dense.extend(columns);
            }
        }
        view
    }
}

/// Numeric columns to lay out: a factor without a numeric part has none, the intercept one.
fn numeric_part(term: &super::Term) -> usize {
    if term.is_coded() && term.columns().next().is_none() {
        0
    } else {
        term.numeric_cols()
    }
}
