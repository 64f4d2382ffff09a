//! Rows added to the sums of their codes.

use super::{dispatch, prefetch, LINE};

/// Rows ahead, whose sums are asked for.
const AHEAD: usize = 16;

dispatch! {
    /// sums[code] += row. The codes are numbered as they occur, so the sums of new ones come after the others: memory is
    /// written before it is read, which saves the system a second look at each page. There may be more codes than rows.
    /// Shapes: rows `[B × width]`, sums `[(1 + the largest code so far) × width]`, both by rows.
    add_by_code => add_by_code_generic(codes: &[u32], rows: &[f64], width: usize, sums: &mut Vec<f64>)
}

#[inline(always)]
fn add_by_code_generic<const FMA: bool>(codes: &[u32], rows: &[f64], width: usize, sums: &mut Vec<f64>) {
    let count = rows.len().checked_div(width).unwrap_or(0);
    let largest = codes[..count].iter().fold(0, |largest, &code| largest.max(code));
    let needed = (largest as usize + 1) * width;
    if needed > sums.len() {
        sums.resize(needed, 0.0);
    }
    for i in 0..count {
        let soon = codes[(i + AHEAD).min(codes.len() - 1)] as usize;
        for ahead in (0..width).step_by(LINE) {
            prefetch(sums, soon * width + ahead);
        }
        let place = codes[i] as usize * width;
        let (sum, row) = (&mut sums[place..place + width], &rows[i * width..(i + 1) * width]);
        for j in 0..width {
            sum[j] += row[j];
        }
    }
}
