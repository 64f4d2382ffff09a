//! What coefficients say about rows.

use crate::accumulate::Scratch;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::linalg::add;
use crate::linalg::bordered::{BlockInverse, RowScratch};
use crate::pass::{sweep, Plan};
use crate::watch::Watch;
use ndarray::ArrayView2;

/// out = offset + X·beta. Shapes: beta `[p]`, offset and out `[n]`.
pub fn linear_predictor(
    design: &Design,
    beta: &[f64],
    offset: Option<&[f64]>,
    out: &mut [f64],
    watch: &Watch,
) -> Result<()> {
    if beta.len() != design.cols() {
        let message = format!("should have length {}, not {}", design.cols(), beta.len());
        return Err(Error::Argument { arg: "coefficients", message });
    }
    let raw = design.raw_coefficients(beta);
    each_row_block(design, out, watch, |scratch, block, eta| {
        match offset {
            Some(offset) => eta.copy_from_slice(&offset[block.range()]),
            None => eta.fill(0.0),
        }
        design.view(block, &mut scratch.block).whole().add_xb(&raw, eta);
    })
}

/// The mean of every column over the rows. Shape: `[p]`.
pub fn column_means(design: &Design, watch: &Watch) -> Result<Vec<f64>> {
    let plan = Plan::new(design.rows(), design.cols(), design.cols(), design.cols());
    let mut sums = sweep(
        &plan,
        watch,
        vec![(); plan.lanes()],
        || vec![0.0; design.cols()],
        Scratch::default,
        |sums, (), scratch, block| {
            let view = design.view(block, &mut scratch.block);
            (0..block.len).for_each(|row| design.for_each_in_row(&view, row, |j, x| sums[j] += x));
        },
        |sums, lane| add(sums, &lane),
    )?;
    sums.iter_mut().for_each(|sum| *sum /= design.rows() as f64);
    Ok(sums)
}

/// out = (x − c)ᵀ·V·(x − c) for every row x of the design. Shapes: V p × p symmetric; c `[p]`, 0 where there is none;
/// out `[n]`.
pub fn quadratic_form(
    design: &Design,
    v: ArrayView2<f64>,
    center: Option<&[f64]>,
    out: &mut [f64],
    watch: &Watch,
) -> Result<()> {
    let p = design.cols();
    if let Some(center) = center.filter(|center| center.len() != p) {
        let message = format!("must have {p} values, not {}", center.len());
        return Err(Error::Argument { arg: "center", message });
    }
    if v.dim() != (p, p) {
        return Err(Error::Argument { arg: "matrix", message: format!("must be a {p} x {p} matrix") });
    }
    let v: Vec<Vec<f64>> = v.columns().into_iter().map(|column| column.to_vec()).collect();
    each_row_block(design, out, watch, |scratch, block, out| {
        let n = block.len;
        let view = design.view(block, &mut scratch.block);
        let rows = &mut scratch.tile.rows;
        rows.resize(p * n, 0.0);
        design.expand(&view.whole(), rows);
        for (column, c) in rows.chunks_exact_mut(n).zip(center.unwrap_or_default()) {
            column.iter_mut().for_each(|x| *x -= c);
        }
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

/// The same for V in blocks, without a center, and with 0 for what x has in other than `own` columns. Shape: `[p]`.
pub fn block_quadratic_form(
    design: &Design,
    v: &BlockInverse,
    own: Option<&[bool]>,
    out: &mut [f64],
    watch: &Watch,
) -> Result<()> {
    let columns = v.others.iter().chain(&v.columns);
    if let Some(&column) = columns.max().filter(|&&column| column >= design.cols()) {
        let message = format!("has column {} of a design of {}", column + 1, design.cols());
        return Err(Error::Argument { arg: "blocks", message });
    }
    if let Some(own) = own.filter(|own| own.len() != design.cols()) {
        let message = format!("must have {} values, not {}", design.cols(), own.len());
        return Err(Error::Argument { arg: "own", message });
    }
    let is_own = |column: usize| own.is_none_or(|own| own[column]);
    let places = v.places(design.cols());
    each_row_block(design, out, watch, |scratch, block, out| {
        let view = design.view(block, &mut scratch.block);
        let mut row_scratch = RowScratch::default();
        for (row, o) in out.iter_mut().enumerate() {
            let visit_own = |visit: &mut dyn FnMut(usize, f64)| {
                design.for_each_in_row(&view, row, |column, x| {
                    if is_own(column) {
                        visit(column, x);
                    }
                })
            };
            *o = v.quadratic_form(visit_own, &places, &mut row_scratch);
        }
    })
}

/// Fill `out` block by block.
fn each_row_block(
    design: &Design,
    out: &mut [f64],
    watch: &Watch,
    fill: impl Fn(&mut Scratch, crate::design::RowBlock, &mut [f64]) + Sync,
) -> Result<()> {
    let plan = Plan::new(design.rows(), design.cols(), 1, 1);
    let lanes: Vec<_> =
        plan.split(out).into_iter().enumerate().map(|(lane, part)| (plan.lane_rows(lane).start, part)).collect();
    sweep(
        &plan,
        watch,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Codes, Column, Contrast, Term};

    #[test]
    fn means_and_centred_forms_are_those_of_the_rows() {
        let n = 500;
        let x: Vec<f64> = (0..n).map(|i| 1e4 + (i as f64 * 0.37).sin()).collect();
        let codes: Vec<i32> = (0..n).map(|i| 1 + (i % 5 % 3) as i32).collect();
        let factor = Term::factor(Codes { name: "f", codes: &codes, levels: 3 }, Contrast::treatment(3, 0));
        let terms = vec![Term::intercept(), Term::numeric(vec![Column::real("x", &x)]), factor];
        let design = Design::new(n, terms).unwrap();
        let rows: Vec<[f64; 4]> = (0..n)
            .map(|i| [1.0, x[i], f64::from(u8::from(codes[i] == 2)), f64::from(u8::from(codes[i] == 3))])
            .collect();
        let watch = Watch::default();
        let means = column_means(&design, &watch).unwrap();
        for (j, mean) in means.iter().enumerate() {
            let expected = rows.iter().map(|row| row[j]).sum::<f64>() / n as f64;
            assert!((mean - expected).abs() < 1e-12 * expected.abs());
        }
        let v =
            ndarray::array![[2.0, 0.1, 0.0, 0.3], [0.1, 1.0, -0.2, 0.0], [0.0, -0.2, 1.5, 0.4], [0.3, 0.0, 0.4, 3.0]];
        let mut got = vec![0.0; n];
        quadratic_form(&design, v.view(), Some(&means), &mut got, &watch).unwrap();
        for (row, got) in rows.iter().zip(got) {
            let d: Vec<f64> = row.iter().zip(&means).map(|(x, m)| x - m).collect();
            let parts: Vec<f64> =
                (0..4).flat_map(|i| (0..4).map(move |j| (i, j))).map(|(i, j)| d[i] * v[[i, j]] * d[j]).collect();
            // parts of both signs
            let size: f64 = parts.iter().map(|part| part.abs()).sum();
            assert!((got - parts.iter().sum::<f64>()).abs() < 1e-13 * size);
        }
    }
}
