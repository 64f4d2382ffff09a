//! Columns as panels: eight of them at a time, written by rows, with AVX-512.

use super::{takes_eight, Columns, LINE};
use std::arch::x86_64::*;

/// Columns of a panel: a row of it is a vector.
pub const WIDTH: usize = 8;

/// Are all columns of the panel that begins with column `first` among `d`?
pub fn is_whole(first: usize, d: usize) -> bool {
    first + WIDTH <= d
}

/// Copies of columns, and of one more. The rows of a panel follow each other, and the panels do: whoever works on one reads
/// memory from one end to the other, where nothing competes for the same places of a cache, as columns that lie pages apart
/// do.
#[derive(Default)]
pub struct Panels {
    memory: Vec<f64>,
    /// Where a cache line begins.
    start: usize,
    /// The one more included.
    count: usize,
    rows: usize,
}

impl Panels {
    pub fn count(&self) -> usize {
        self.count
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Hold the columns, times `factors` where there are any, and after them `last`. `seen` is told the first of the columns of
    /// each panel, when they are in the nearest cache. Shapes: factors and last `[B]`.
    pub fn load_with(&mut self, columns: Columns, factors: Option<&[f64]>, last: &[f64], mut seen: impl FnMut(usize)) {
        assert!(takes_eight(), "there are no panels without AVX-512");
        let (d, rows) = (columns.count(), columns.rows());
        assert!(rows > 0 && last.len() == rows && factors.is_none_or(|factors| factors.len() == rows));
        (self.count, self.rows) = (d + 1, rows);
        let len = self.len() + LINE;
        if self.memory.len() < len {
            self.memory.resize(len, 0.0);
            self.start = self.memory.as_ptr().align_offset(8 * LINE).min(LINE);
        }
        let range = self.start..self.start + self.len();
        for (first, panel) in (0..=d).step_by(WIDTH).zip(self.memory[range].chunks_exact_mut(rows * WIDTH)) {
            // nobody looks at what fills the places after the last
            let some: [&[f64]; WIDTH] =
                std::array::from_fn(|k| if first + k < d { columns.get(first + k) } else { last });
            // SAFETY: the machine has the instructions.
            unsafe { write_rows(&some, factors, panel) };
            if factors.is_some() && d < first + WIDTH {
                panel[d - first..].iter_mut().step_by(WIDTH).zip(last).for_each(|(place, &last)| *place = last);
            }
            seen(first);
        }
    }

    /// The panels, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.from(0).chunks_exact(self.rows * WIDTH)
    }

    /// All panels from the `first` on.
    pub fn from(&self, first: usize) -> &[f64] {
        &self.memory[self.start + first * self.rows * WIDTH..self.start + self.len()]
    }

    fn len(&self) -> usize {
        self.count.div_ceil(WIDTH) * self.rows * WIDTH
    }
}

/// The columns, times `factors` where there are any, by rows. Shapes: columns and factors `[B]`, out `[B × WIDTH]`.
///
/// # Safety
/// The instruction set.
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn write_rows(columns: &[&[f64]; WIDTH], factors: Option<&[f64]>, out: &mut [f64]) {
    let rows = out.len() / WIDTH;
    assert!(columns.iter().all(|column| column.len() == rows) && factors.is_none_or(|factors| factors.len() == rows));
    let whole = rows - rows % 4;
    for row in (0..whole).step_by(4) {
        // SAFETY: row + 4 <= rows.
        let four = unsafe { four_rows(columns, row) };
        for k in 0..4 {
            let values = match factors {
                Some(factors) => _mm512_mul_pd(four[k], _mm512_set1_pd(factors[row + k])),
                None => four[k],
            };
            // SAFETY: there is room for `rows` vectors.
            unsafe { _mm512_storeu_pd(out.as_mut_ptr().add((row + k) * WIDTH), values) };
        }
    }
    for row in whole..rows {
        let factor = factors.map_or(1.0, |factors| factors[row]);
        (0..WIDTH).for_each(|k| out[row * WIDTH + k] = columns[k][row] * factor);
    }
}

/// Rows row .. row + 4.
///
/// # Safety
/// The instruction set; the columns have so many rows.
#[target_feature(enable = "avx512f,avx2,fma")]
#[inline]
unsafe fn four_rows(columns: &[&[f64]; WIDTH], row: usize) -> [__m512d; 4] {
    // four rows of columns k and k + 4
    let pair = |k: usize| {
        // SAFETY: the caller's.
        let [low, high] = [k, k + 4].map(|k| unsafe { _mm256_loadu_pd(columns[k].as_ptr().add(row)) });
        _mm512_insertf64x4::<1>(_mm512_castpd256_pd512(low), high)
    };
    let (a, b, c, d) = (pair(0), pair(1), pair(2), pair(3));
    // rows 0 and 2, 1 and 3 of columns 0, 1, 4 and 5, and of the others
    let (ab_even, ab_odd) = (_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
    let (cd_even, cd_odd) = (_mm512_unpacklo_pd(c, d), _mm512_unpackhi_pd(c, d));
    let first = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    let second = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    [
        _mm512_permutex2var_pd(ab_even, first, cd_even),
        _mm512_permutex2var_pd(ab_odd, first, cd_odd),
        _mm512_permutex2var_pd(ab_even, second, cd_even),
        _mm512_permutex2var_pd(ab_odd, second, cd_odd),
    ]
}
