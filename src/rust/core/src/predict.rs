//! What coefficients say about rows.

use crate::accumulate::Scratch;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::linalg::bordered::{BlockInverse, RowScratch};
use crate::pass::{sweep, Plan};
use ndarray::ArrayView2;
use std::sync::atomic::AtomicBool;

/// out = offset + X·beta. Shapes: beta `[p]`, offset and out `[n]`.
pub fn linear_predictor(
    design: &Design,
    beta: &[f64],
    offset: Option<&[f64]>,
    out: &mut [f64],
    cancel: &AtomicBool,
) -> Result<()> {
    if beta.len() != design.cols() {
        let message = format!("should have length {}, not {}", design.cols(), beta.len());
        return Err(Error::Argument { arg: "coefficients", message });
    }
    let raw = design.raw_coefficients(beta);
    each_row_block(design, out, cancel, |scratch, block, eta| {
        match offset {
            Some(offset) => eta.copy_from_slice(&offset[block.range()]),
            None => eta.fill(0.0),
        }
        design.view(block, &mut scratch.block).whole().add_xb(&raw, eta);
    })
}

/// out = xᵀ·V·x for every row x of the design. Shapes: V p × p symmetric; out `[n]`.
pub fn quadratic_form(design: &Design, v: ArrayView2<f64>, out: &mut [f64], cancel: &AtomicBool) -> Result<()> {
    let p = design.cols();
    if v.dim() != (p, p) {
        return Err(Error::Argument { arg: "matrix", message: format!("must be a {p} x {p} matrix") });
    }
    let v: Vec<Vec<f64>> = v.columns().into_iter().map(|column| column.to_vec()).collect();
    each_row_block(design, out, cancel, |scratch, block, out| {
        let n = block.len;
        let view = design.view(block, &mut scratch.block);
        let rows = &mut scratch.tile.rows;
        rows.resize(p * n, 0.0);
        design.expand(&view.whole(), rows);
        let columns: Vec<&[f64]> = rows.chunks_exact(n).collect();
        let all = crate::simd::Columns::new(&columns, 0, n);
        out.fill(0.0);
        let mut half = vec![0.0; n];
        for (j, column) in columns.iter().enumerate() {
            half.fill(0.0);
            crate::simd::add_columns(all, &v[j], &mut half);
            out.iter_mut().zip(*column).zip(&half).for_each(|((o, x), h)| *o += x * h);
        }
    })
}

/// The same for V in blocks.
pub fn block_quadratic_form(design: &Design, v: &BlockInverse, out: &mut [f64], cancel: &AtomicBool) -> Result<()> {
    let columns = v.others.iter().chain(&v.columns);
    if let Some(&column) = columns.max().filter(|&&column| column >= design.cols()) {
        let message = format!("has column {} of a design of {}", column + 1, design.cols());
        return Err(Error::Argument { arg: "blocks", message });
    }
    let places = v.places(design.cols());
    each_row_block(design, out, cancel, |scratch, block, out| {
        let view = design.view(block, &mut scratch.block);
        let mut row_scratch = RowScratch::default();
        for (row, o) in out.iter_mut().enumerate() {
            *o = v.quadratic_form(|visit| design.for_each_in_row(&view, row, visit), &places, &mut row_scratch);
        }
    })
}

/// Fill `out` block by block.
fn each_row_block(
    design: &Design,
    out: &mut [f64],
    cancel: &AtomicBool,
    fill: impl Fn(&mut Scratch, crate::design::RowBlock, &mut [f64]) + Sync,
) -> Result<()> {
    let plan = Plan::new(design.rows(), design.cols(), 1, 1);
    let lanes: Vec<_> =
        plan.split(out).into_iter().enumerate().map(|(lane, part)| (plan.lane_rows(lane).start, part)).collect();
    sweep(
        &plan,
        cancel,
        lanes,
        || (),
        Scratch::default,
        |(), (start, part), scratch, block| {
            let local = block.start - *start;
            fill(scratch, block, &mut part[local..local + block.len]);
        },
        |_, _| {},
    )
}
