//! Meats for rows in an order, near ones of which may go together.
//!
//! Newey and West (1987), "A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance
//! matrix".

use super::score::ScoreRows;
use crate::design::{BlockScratch, RowBlock};
use crate::error::{Error, Result};
use crate::linalg::Symmetric;
use crate::pass::{sweep, Plan};
use crate::watch::Watch;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// k_0·Γ_0 + Σ_l k_l·(Γ_l + Γ_lᵀ), Γ_l = Σ_t ψ_t ψ_{t−l}ᵀ of the score rows ψ in their order: `order` has the places of
/// the rows, `kernel` the k. One pass. Shapes: order `[n]`, or none for the order they are in; kernel `[1 + lags]`.
/// Errors: an order that is not one, or no kernel.
pub fn lagged_meat(scores: &ScoreRows, order: Option<&[usize]>, kernel: &[f64], watch: &Watch) -> Result<Symmetric> {
    scores.check()?;
    let (n, p) = (scores.design.rows(), scores.design.cols());
    if order.is_some_and(|order| order.len() != n || order.iter().any(|&row| row >= n)) {
        return Err(Error::Argument { arg: "order_by", message: format!("must order the {n} rows") });
    }
    let Some((own, lags)) = kernel.split_first() else {
        return Err(Error::Argument { arg: "kernel", message: "must have a weight for lag 0".into() });
    };
    let memory = p * (p + lags.len());
    let plan = Plan::new(n, scores.design.block_cols() + 2 * p, memory, memory);
    let append = |block: RowBlock, scratch: &mut BlockScratch, out: &mut Vec<f64>| match order {
        None => scores.append(block, scratch, out),
        Some(order) => {
            order[block.range()].iter().for_each(|&row| scores.append(RowBlock { start: row, len: 1 }, scratch, out));
        }
    };
    let half = sweep(
        &plan,
        watch,
        vec![(); plan.lanes()],
        || Mat::<f64>::zeros(p, p),
        Window::default,
        |sum, (), window, block| {
            window.move_to(block, lags.len(), p, append);
            window.blend(block.len, p, 0.5 * own, lags);
            let blend = MatRef::from_column_major_slice(&window.blend, p, block.len);
            let rows = MatRef::from_column_major_slice(window.last(block.len * p), p, block.len);
            matmul(sum.as_mut(), Accum::Add, rows, blend.transpose(), 1.0, Par::Seq);
        },
        |sum, other| *sum += other,
    )?;
    let mut meat = Symmetric::zeros(p);
    for i in 0..p {
        (i..p).for_each(|j| *meat.at_mut(i, j) = half[(i, j)] + half[(j, i)]);
    }
    Ok(meat)
}

/// The score rows of a block, and before them as many of the earlier ones as there are lags.
#[derive(Default)]
struct Window {
    /// Shape: `[(lags + B) × p]`, by rows; fewer at the beginning.
    rows: Vec<f64>,
    /// The row after the last.
    end: usize,
    /// Shape: `[B × p]`, by rows.
    blend: Vec<f64>,
    scratch: BlockScratch,
}

impl Window {
    fn move_to(
        &mut self,
        block: RowBlock,
        lags: usize,
        p: usize,
        append: impl Fn(RowBlock, &mut BlockScratch, &mut Vec<f64>),
    ) {
        let before = lags.min(block.start);
        if self.end == block.start {
            self.rows.drain(..self.rows.len() - before * p);
        } else {
            // a lane begins
            self.rows.clear();
            append(RowBlock { start: block.start - before, len: before }, &mut self.scratch, &mut self.rows);
        }
        append(block, &mut self.scratch, &mut self.rows);
        self.end = block.start + block.len;
    }

    fn last(&self, values: usize) -> &[f64] {
        &self.rows[self.rows.len() - values..]
    }

    /// blend = own·ψ_t + Σ_l k_l·ψ_{t−l} for the rows t of the block.
    fn blend(&mut self, len: usize, p: usize, own: f64, lags: &[f64]) {
        let first = self.rows.len() / p.max(1) - len;
        self.blend.clear();
        self.blend.resize(len * p, 0.0);
        for (i, out) in self.blend.chunks_exact_mut(p.max(1)).enumerate() {
            let t = first + i;
            let weights = std::iter::once(&own).chain(lags).take(t + 1);
            for (lag, k) in weights.enumerate() {
                let row = &self.rows[(t - lag) * p..(t - lag + 1) * p];
                out.iter_mut().zip(row).for_each(|(out, x)| *out += k * x);
            }
        }
    }
}
