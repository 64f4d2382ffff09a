//! Columns written as rows.

use super::{dispatch, prefetch, LINE};

/// Columns that are written together.
pub const WIDTH: usize = 4;

dispatch! {
    /// out[i, place ..] = factors[i] · (the columns' row i). As many rows that follow these are asked for, line by line, so that
    /// memory is read all the time. Shapes: columns and factors `[B]`, out `[B × width]`, by rows.
    interleave => interleave_generic(columns: [&[f64]; WIDTH], factors: &[f64], out: &mut [f64], width: usize, place: usize)
}

#[inline(always)]
fn interleave_generic<const FMA: bool>(
    columns: [&[f64]; WIDTH],
    factors: &[f64],
    out: &mut [f64],
    width: usize,
    place: usize,
) {
    let [a, b, c, d] = columns;
    let whole = factors.len() / WIDTH * WIDTH;
    for start in (0..whole).step_by(WIDTH) {
        let end = start + WIDTH;
        if start.is_multiple_of(LINE) {
            columns.iter().for_each(|column| prefetch(&column[start..], factors.len()));
        }
        let f = &factors[start..end];
        let (a, b, c, d) = (&a[start..end], &b[start..end], &c[start..end], &d[start..end]);
        let mut products = [[0.0; WIDTH]; WIDTH];
        for i in 0..WIDTH {
            products[0][i] = f[i] * a[i];
            products[1][i] = f[i] * b[i];
            products[2][i] = f[i] * c[i];
            products[3][i] = f[i] * d[i];
        }
        let out = &mut out[start * width + place..(end - 1) * width + place + WIDTH];
        for i in 0..WIDTH {
            let row = &mut out[i * width..i * width + WIDTH];
            for j in 0..WIDTH {
                row[j] = products[j][i];
            }
        }
    }
    for i in whole..factors.len() {
        let row = &mut out[i * width + place..i * width + place + WIDTH];
        row.copy_from_slice(&[factors[i] * a[i], factors[i] * b[i], factors[i] * c[i], factors[i] * d[i]]);
    }
}
