//! Rows added to sums.

use super::{dispatch, prefetch, LINE};

/// Rows and sums take a multiple of so many numbers each.
pub const QUAD: usize = 4;

/// Additions ahead, whose sums are asked for.
const AHEAD: usize = 16;

/// A row, and the sum that it is added to.
#[derive(Clone, Copy)]
pub struct Addition {
    pub row: u32,
    pub sum: u32,
}

dispatch! {
    /// The rows are added to their sums. New sums come after the others, as they occur, so that memory is written before it
    /// is read, which saves the system a second look at each page. Shapes: rows `[B × width]`, sums `[so far × width]`, both by
    /// rows, width a multiple of [`QUAD`].
    add_rows => add_rows_generic(additions: &[Addition], rows: &[f64], width: usize, sums: &mut Vec<f64>)
}

#[inline(always)]
fn add_rows_generic<const FMA: bool>(additions: &[Addition], rows: &[f64], width: usize, sums: &mut Vec<f64>) {
    let needed = additions.iter().fold(0, |needed, addition| needed.max(addition.sum as usize + 1)) * width;
    if needed > sums.len() {
        sums.resize(needed, 0.0);
    }
    // loops of a length that the compiler knows have no branches
    match width / QUAD {
        1 => add::<1>(additions, rows, width, sums),
        2 => add::<2>(additions, rows, width, sums),
        3 => add::<3>(additions, rows, width, sums),
        4 => add::<4>(additions, rows, width, sums),
        5 => add::<5>(additions, rows, width, sums),
        6 => add::<6>(additions, rows, width, sums),
        _ => add::<0>(additions, rows, width, sums),
    }
}

/// `QUADS` times four numbers in each row; 0 where only `width` says how many.
#[inline(always)]
fn add<const QUADS: usize>(additions: &[Addition], rows: &[f64], width: usize, sums: &mut [f64]) {
    let width = if QUADS > 0 { QUADS * QUAD } else { width };
    for (i, &Addition { row, sum }) in additions.iter().enumerate() {
        let soon = additions[(i + AHEAD).min(additions.len() - 1)].sum as usize;
        for ahead in (0..width).step_by(LINE) {
            prefetch(sums, soon * width + ahead);
        }
        let (row, sum) = (row as usize * width, sum as usize * width);
        let (row, sum) = (&rows[row..row + width], &mut sums[sum..sum + width]);
        for j in 0..width {
            sum[j] += row[j];
        }
    }
}
