//! The sums of a large factor's levels.

use super::border::RawBorder;
use super::xtwx::{add_side_by_side, product, WIDTH};
use super::Tile;
use crate::simd::Columns;

impl Tile<'_> {
    /// sums += the products of coded term `large`, a plain factor, with itself and with the level-space columns before
    /// it. Shapes: w `[B]`, `None` where all are 1; weighted, the dense columns times w, at least `[D][B]`; column, which is
    /// scratch memory, `[B]`.
    pub(super) fn add_border(
        &self,
        large: usize,
        weighted: Columns,
        w: Option<&[f64]>,
        sums: &mut RawBorder,
        column: &mut [f64],
    ) {
        let q = sums.width;
        let codes = self.codes(&self.view.coded[large]);
        let d = self.dense.count();
        for (&code, &w) in codes.iter().zip(product(w, None, None, column)) {
            sums.diagonal[code as usize] += w;
        }
        let whole = d - d % WIDTH;
        for t in (0..whole).step_by(WIDTH) {
            add_side_by_side(codes, std::array::from_fn(|k| weighted.get(t + k)), &mut sums.cross[t..], q);
        }
        for j in whole..d {
            let table = &mut sums.cross[j..];
            codes.iter().zip(weighted.get(j)).for_each(|(&code, &value)| table[code as usize * q] += value);
        }
        for (i, term) in self.view.coded.iter().enumerate().filter(|(i, _)| *i != large) {
            if let Some(cells) = term.cells {
                let table = &mut sums.cells[i];
                let values = product(w, None, None, column);
                cells[self.range()].iter().zip(values).for_each(|(&cell, &w)| table[cell as usize] += w);
                continue;
            }
            let m = term.numeric_cols();
            for j in 0..m {
                let values = product(w, self.numeric(term, j), None, column);
                let table = &mut sums.cross[term.raw_start + j..];
                for ((&code, &other), &value) in codes.iter().zip(self.codes(term)).zip(values) {
                    table[code as usize * q + other as usize * m] += value;
                }
            }
        }
    }
}
