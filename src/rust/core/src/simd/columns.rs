//! The same rows of several columns, their linear combinations, and their products with a vector.

use super::{dispatch, multiply_add, prefetch, SideBySide, LINE};

/// The same rows of some columns, wherever these are. Shape: `[D][B]`.
#[derive(Clone, Copy)]
pub struct Columns<'c> {
    place: Place<'c>,
    count: usize,
    start: usize,
    len: usize,
    /// Rows further on that a kernel asks for while it works on a row; 0 for none.
    ahead: usize,
}

#[derive(Clone, Copy)]
enum Place<'c> {
    /// Each on its own.
    Apart(&'c [&'c [f64]]),
    /// One after the other, `stride` from begin to begin.
    Packed { values: &'c [f64], stride: usize },
}

impl<'c> Columns<'c> {
    /// Rows `start .. start + len` of `columns`.
    pub fn new(columns: &'c [&'c [f64]], start: usize, len: usize) -> Self {
        assert!(columns.iter().all(|c| c.len() >= start + len));
        Columns { place: Place::Apart(columns), count: columns.len(), start, len, ahead: 0 }
    }

    pub(super) fn packed(values: &'c [f64], stride: usize, count: usize, len: usize) -> Self {
        Columns { place: Place::Packed { values, stride }, count, start: 0, len, ahead: 0 }
    }

    pub(super) fn side_by_side(&self) -> Option<SideBySide<'c>> {
        match self.place {
            Place::Packed { values, stride } => Some(SideBySide { values, stride, rows: self.len }),
            Place::Apart(_) => None,
        }
    }

    /// D.
    pub fn count(&self) -> usize {
        self.count
    }

    /// B.
    pub fn rows(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn get(&self, j: usize) -> &'c [f64] {
        let column = match self.place {
            Place::Apart(columns) => columns[j],
            Place::Packed { values, stride } => &values[j * stride..],
        };
        &column[self.start..self.start + self.len]
    }

    pub fn iter(self) -> impl Iterator<Item = &'c [f64]> {
        (0..self.count).map(move |j| self.get(j))
    }

    /// Columns of which the next rows are needed soon: the kernels ask for them while they work on these, so that memory
    /// is read all the time.
    pub fn with_next(self) -> Self {
        Columns { ahead: self.len, ..self }
    }

    pub(super) fn has_next(&self) -> bool {
        self.ahead > 0
    }
}

dispatch! {
    /// eta += Σ_j coefficients[j]·columns[j]. Shapes: columns `[D][B]`, coefficients at least `[D]`, eta `[B]`.
    add_columns => add_columns_generic(columns: Columns, coefficients: &[f64], eta: &mut [f64])
}

#[inline(always)]
fn add_columns_generic<const FMA: bool>(columns: Columns, coefficients: &[f64], eta: &mut [f64]) {
    let n = columns.rows();
    let eta = &mut eta[..n];
    // four columns at a time: eta is read and written a quarter as often
    let whole = columns.count() & !3;
    for j in (0..whole).step_by(4) {
        let (c0, c1, c2, c3) = (columns.get(j), columns.get(j + 1), columns.get(j + 2), columns.get(j + 3));
        if columns.ahead > 0 {
            for line in (0..n).step_by(LINE) {
                [c0, c1, c2, c3].iter().for_each(|column| prefetch(&column[line..], columns.ahead));
            }
        }
        let b = &coefficients[j..j + 4];
        let (b0, b1, b2, b3) = (b[0], b[1], b[2], b[3]);
        for i in 0..n {
            let low = multiply_add::<FMA>(b0, c0[i], b1 * c1[i]);
            let high = multiply_add::<FMA>(b2, c2[i], b3 * c3[i]);
            eta[i] += low + high;
        }
    }
    for j in whole..columns.count() {
        let b = coefficients[j];
        for (e, &x) in eta.iter_mut().zip(columns.get(j)) {
            *e = multiply_add::<FMA>(b, x, *e);
        }
    }
}

dispatch! {
    /// out[j·stride ..] = columns[j]·v for every column. Shapes: columns `[D][B]`, v `[B]`, out at least `[D·stride]`.
    multiply_columns => multiply_columns_generic(columns: Columns, v: &[f64], out: &mut [f64], stride: usize)
}

#[inline(always)]
fn multiply_columns_generic<const FMA: bool>(columns: Columns, v: &[f64], out: &mut [f64], stride: usize) {
    let n = columns.rows();
    let v = &v[..n];
    for (column, out) in columns.iter().zip(out.chunks_mut(stride.max(1))) {
        let (x, out) = (&column[..n], &mut out[..n]);
        for i in 0..n {
            out[i] = x[i] * v[i];
        }
    }
}

dispatch! {
    /// out[j] += columns[j]·v for every column. Shapes: columns `[D][B]`, v `[B]`, out at least `[D]`.
    add_dots => add_dots_generic(columns: Columns, v: &[f64], out: &mut [f64])
}

#[inline(always)]
fn add_dots_generic<const FMA: bool>(columns: Columns, v: &[f64], out: &mut [f64]) {
    let whole = columns.count() & !3;
    for j in (0..whole).step_by(4) {
        let four = [columns.get(j), columns.get(j + 1), columns.get(j + 2), columns.get(j + 3)];
        dots::<FMA, 4>(four, v).iter().zip(&mut out[j..]).for_each(|(dot, o)| *o += dot);
    }
    for j in whole..columns.count() {
        out[j] += dots::<FMA, 1>([columns.get(j)], v)[0];
    }
}

/// Partial sums: enough to keep the adders busy, and a shorter chain of rounding errors than one.
const LANES: usize = 8;

/// The products of some columns with v, which is loaded once for all.
#[inline(always)]
fn dots<const FMA: bool, const C: usize>(columns: [&[f64]; C], v: &[f64]) -> [f64; C] {
    let n = v.len();
    let columns = columns.map(|c| &c[..n]);
    let whole = n - n % LANES;
    let mut sums = [[0.0; LANES]; C];
    for i in (0..whole).step_by(LANES) {
        let v = &v[i..i + LANES];
        for c in 0..C {
            let x = &columns[c][i..i + LANES];
            for l in 0..LANES {
                sums[c][l] = multiply_add::<FMA>(x[l], v[l], sums[c][l]);
            }
        }
    }
    let mut out = [0.0; C];
    for c in 0..C {
        let tail: f64 = (whole..n).map(|i| columns[c][i] * v[i]).sum();
        out[c] = fold(&sums[c]) + tail;
    }
    out
}

/// The sum of partial sums. Not inlined: else the compiler makes vectors of the same partial sum of several columns, for which
/// it transposes what it reads.
#[inline(never)]
fn fold(s: &[f64; LANES]) -> f64 {
    ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_plain_loops() {
        for (start, n, d) in [(0, 1, 1), (2, 7, 3), (5, 33, 4), (1, 100, 9)] {
            let x: Vec<Vec<f64>> =
                (0..d).map(|j| (0..start + n + 3).map(|i| ((i * 7 + j * 3) % 11) as f64 - 4.5).collect()).collect();
            let all: Vec<&[f64]> = x.iter().map(|c| c.as_slice()).collect();
            let columns = Columns::new(&all, start, n);
            let b: Vec<f64> = (0..d).map(|j| 0.25 * j as f64 - 0.5).collect();
            let mut eta = vec![1.0; n];
            add_columns(columns, &b, &mut eta);
            for i in 0..n {
                let want = 1.0 + (0..d).map(|j| b[j] * x[j][start + i]).sum::<f64>();
                assert!((eta[i] - want).abs() < 1e-13);
            }
            let mut out = vec![2.0; d];
            add_dots(columns, &eta, &mut out);
            for j in 0..d {
                let want = 2.0 + (0..n).map(|i| eta[i] * x[j][start + i]).sum::<f64>();
                assert!((out[j] - want).abs() < 1e-11);
            }
        }
    }
}
