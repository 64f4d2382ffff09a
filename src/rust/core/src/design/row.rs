//! Rows of the model matrix, by what is not zero in them.

use super::{BlockView, Design, Tile};
use crate::simd::{interleave, WIDTH};
use std::ops::Range;

impl Design<'_> {
    /// Visit the (column, value) of row `row` of the block; values may be zero.
    pub fn for_each_in_row(&self, view: &BlockView, row: usize, mut visit: impl FnMut(usize, f64)) {
        let mut dense = view.dense.iter();
        let mut coded = view.coded.iter();
        for term in &self.terms {
            if !term.is_coded() {
                let columns = dense.by_ref().take(term.numeric_cols()).enumerate();
                columns.for_each(|(j, column)| visit(term.place(j, 0), column[row]));
            } else if let Some(view) = coded.next() {
                for &(c, value) in term.contrast().row(view.codes[row] as usize) {
                    for j in 0..term.numeric_cols() {
                        let x = view.numeric.as_ref().map_or(1.0, |columns| columns[j][row]);
                        visit(term.place(j, c), value * x);
                    }
                }
            }
        }
    }

    /// Visit the (row of the tile, column, value) of a tile, column by column; values may be zero.
    pub fn for_each_in_tile(&self, tile: &Tile, mut visit: impl FnMut(usize, usize, f64)) {
        for (place, column) in self.dense_in_tile(tile) {
            column.iter().enumerate().for_each(|(row, &x)| visit(row, place, x));
        }
        self.for_each_coded_in_tile(tile, visit);
    }

    /// out = some columns of a tile's rows, each row times its factor. Shapes: factors `[B]`; out `[B × width]`, by rows, of
    /// which the columns come first and the rest is left as it is.
    pub fn fill_rows(&self, tile: &Tile, columns: Range<usize>, factors: &[f64], out: &mut [f64], width: usize) {
        let first = columns.start;
        if !tile.view.coded.is_empty() {
            out.fill(0.0);
        }
        let dense: Vec<_> = self.dense_in_tile(tile).filter(|(place, _)| columns.contains(place)).collect();
        for run in dense.chunk_by(|(a, _), (b, _)| a + 1 == *b) {
            let mut done = 0;
            while done < run.len() {
                // the last ones may have been written before
                match run[done.min(run.len().saturating_sub(WIDTH))..] {
                    [(place, a), (_, b), (_, c), (_, d), ..] => {
                        interleave([a, b, c, d], factors, out, width, place - first);
                        done += WIDTH;
                    }
                    _ => {
                        let (place, column) = run[done];
                        let places = out.iter_mut().skip(place - first).step_by(width);
                        places.zip(column).zip(factors).for_each(|((out, x), factor)| *out = factor * x);
                        done += 1;
                    }
                }
            }
        }
        self.for_each_coded_in_tile(tile, |row, column, x| {
            if columns.contains(&column) {
                out[row * width + column - first] = factors[row] * x;
            }
        });
    }

    /// The dense columns with their places.
    fn dense_in_tile<'t>(&'t self, tile: &'t Tile) -> impl Iterator<Item = (usize, &'t [f64])> + 't {
        let plain = self.terms.iter().filter(|term| !term.is_coded());
        let places = plain.flat_map(|term| (0..term.numeric_cols()).map(|j| term.place(j, 0)));
        places.zip(tile.dense.iter())
    }

    fn for_each_coded_in_tile(&self, tile: &Tile, mut visit: impl FnMut(usize, usize, f64)) {
        let coded = self.terms.iter().filter(|term| term.is_coded());
        for (term, view) in coded.zip(&tile.view.coded) {
            for j in 0..term.numeric_cols() {
                let numeric = tile.numeric(view, j);
                for (row, &code) in tile.codes(view).iter().enumerate() {
                    let x = numeric.map_or(1.0, |column| column[row]);
                    let entries = term.contrast().row(code as usize);
                    entries.iter().for_each(|&(c, value)| visit(row, term.place(j, c), value * x));
                }
            }
        }
    }
}
