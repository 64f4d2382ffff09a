//! Linear combinations of columns, and columns against a vector.

use super::{dispatch, multiply_add};

dispatch! {
    /// eta += Σ_j coefficients[j]·columns[j]. Shapes: columns `[D][B]`, coefficients at least `[D]`, eta `[B]`.
    add_columns => add_columns_generic(columns: &[&[f64]], coefficients: &[f64], eta: &mut [f64])
}

#[inline(always)]
fn add_columns_generic<const FMA: bool>(columns: &[&[f64]], coefficients: &[f64], eta: &mut [f64]) {
    let n = eta.len();
    // four columns at a time: eta is read and written a quarter as often
    let mut quads = columns.chunks_exact(4);
    let mut j = 0;
    for quad in &mut quads {
        let (c0, c1, c2, c3) = (&quad[0][..n], &quad[1][..n], &quad[2][..n], &quad[3][..n]);
        let b = &coefficients[j..j + 4];
        let (b0, b1, b2, b3) = (b[0], b[1], b[2], b[3]);
        for i in 0..n {
            let low = multiply_add::<FMA>(b0, c0[i], b1 * c1[i]);
            let high = multiply_add::<FMA>(b2, c2[i], b3 * c3[i]);
            eta[i] += low + high;
        }
        j += 4;
    }
    for column in quads.remainder() {
        let b = coefficients[j];
        for (e, &x) in eta.iter_mut().zip(*column) {
            *e = multiply_add::<FMA>(b, x, *e);
        }
        j += 1;
    }
}

dispatch! {
    /// out[j] += columns[j]·v for every column. Shapes: columns `[D][B]`, v `[B]`, out at least `[D]`.
    add_dots => add_dots_generic(columns: &[&[f64]], v: &[f64], out: &mut [f64])
}

#[inline(always)]
fn add_dots_generic<const FMA: bool>(columns: &[&[f64]], v: &[f64], out: &mut [f64]) {
    for (column, o) in columns.iter().zip(out) {
        *o += dot::<FMA>(column, v);
    }
}

/// Sixteen partial sums: enough to keep the adders busy, and a shorter chain of rounding errors than one.
#[inline(always)]
fn dot<const FMA: bool>(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for l in 0..LANES {
            sums[l] = multiply_add::<FMA>(x[l], y[l], sums[l]);
        }
    }
    sums.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_plain_loops() {
        for (n, d) in [(1, 1), (7, 3), (33, 4), (100, 9)] {
            let x: Vec<Vec<f64>> =
                (0..d).map(|j| (0..n).map(|i| ((i * 7 + j * 3) % 11) as f64 - 4.5).collect()).collect();
            let columns: Vec<&[f64]> = x.iter().map(|c| c.as_slice()).collect();
            let b: Vec<f64> = (0..d).map(|j| 0.25 * j as f64 - 0.5).collect();
            let mut eta = vec![1.0; n];
            add_columns(&columns, &b, &mut eta);
            for i in 0..n {
                let want = 1.0 + (0..d).map(|j| b[j] * x[j][i]).sum::<f64>();
                assert!((eta[i] - want).abs() < 1e-13);
            }
            let mut out = vec![2.0; d];
            add_dots(&columns, &eta, &mut out);
            for j in 0..d {
                let want = 2.0 + (0..n).map(|i| eta[i] * x[j][i]).sum::<f64>();
                assert!((out[j] - want).abs() < 1e-11);
            }
        }
    }
}
