//! Rows added to sums.

use super::{dispatch, prefetch, LINE};

/// Rows and sums take a multiple of so many numbers each.
pub const QUAD: usize = 4;

/// Additions ahead, whose sums are asked for.
const AHEAD: usize = 16;

dispatch! {
    /// The chosen rows are added to the sums of their codes. New sums come after the others, as they occur, so that memory is
    /// written before it is read, which saves the system a second look at each page. Shapes: codes `[B]`, rows `[B × width]`,
    /// sums `[so far × width]`, the latter both by rows, width a multiple of [`QUAD`].
    add_rows => add_rows_generic(chosen: &[u32], codes: &[u32], rows: &[f64], width: usize, sums: &mut Vec<f64>)
}

#[inline(always)]
fn add_rows_generic<const FMA: bool>(chosen: &[u32], codes: &[u32], rows: &[f64], width: usize, sums: &mut Vec<f64>) {
    let needed = chosen.iter().fold(0, |needed, &row| needed.max(codes[row as usize] as usize + 1)) * width;
    if needed > sums.len() {
        sums.resize(needed, 0.0);
    }
    // loops of a length that the compiler knows have no branches
    match width / QUAD {
        1 => add::<1>(chosen, codes, rows, width, sums),
        2 => add::<2>(chosen, codes, rows, width, sums),
        3 => add::<3>(chosen, codes, rows, width, sums),
        4 => add::<4>(chosen, codes, rows, width, sums),
        5 => add::<5>(chosen, codes, rows, width, sums),
        6 => add::<6>(chosen, codes, rows, width, sums),
        _ => add::<0>(chosen, codes, rows, width, sums),
    }
}

/// `QUADS` times four numbers in each row; 0 where only `width` says how many.
#[inline(always)]
fn add<const QUADS: usize>(chosen: &[u32], codes: &[u32], rows: &[f64], width: usize, sums: &mut [f64]) {
    let width = if QUADS > 0 { QUADS * QUAD } else { width };
    for (i, &row) in chosen.iter().enumerate() {
        let soon = codes[chosen[(i + AHEAD).min(chosen.len() - 1)] as usize] as usize;
        for ahead in (0..width).step_by(LINE) {
            prefetch(sums, soon * width + ahead);
        }
        let (sum, row) = (codes[row as usize] as usize * width, row as usize * width);
        let (row, sum) = (&rows[row..row + width], &mut sums[sum..sum + width]);
        for j in 0..width {
            sum[j] += row[j];
        }
    }
}
