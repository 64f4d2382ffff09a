//! Meats for rows in an order, near ones of which may go together.
//!
//! Newey and West (1987), "A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance
//! matrix"; panels whose units move together: Driscoll and Kraay (1998), "Consistent covariance matrix estimation with
//! spatially dependent panel data".

use super::cluster_sums::ClusterSums;
use super::clusters::Clustering;
use super::score::ScoreRows;
use crate::design::{BlockScratch, RowBlock};
use crate::error::{Error, Result};
use crate::linalg::Symmetric;
use crate::pass::{sweep, Plan};
use crate::watch::Watch;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// k_0·Γ_0 + Σ_l k_l·(Γ_l + Γ_lᵀ), Γ_l = Σ_t ψ_t ψ_{t−l}ᵀ of the score rows ψ in their order: `order` has the places of
/// the rows, `kernel` the k. With a `clock`, l is what it has moved on from one row to the other, not the number of rows:
/// rows that it sets far apart do not meet. One pass. Shapes: order `[n]`, or none for the order they are in; clock `[n]`,
/// of the rows in their order, whole numbers that rise; kernel `[1 + lags]`.
/// Errors: an order or a clock that is none, or no kernel.
pub fn lagged_meat(
    scores: &ScoreRows,
    order: Option<&[usize]>,
    clock: Option<&[f64]>,
    kernel: &[f64],
    watch: &Watch,
) -> Result<Symmetric> {
    scores.check()?;
    let (n, p) = (scores.design.rows(), scores.design.cols());
    if order.is_some_and(|order| order.len() != n || order.iter().any(|&row| row >= n)) {
        return Err(Error::Argument { arg: "order_by", message: format!("must order the {n} rows") });
    }
    if clock.is_some_and(|clock| clock.len() != n || clock.windows(2).any(|pair| pair[1] < pair[0] + 1.0)) {
        return Err(Error::Argument { arg: "panel", message: "must have one row for each unit and time".into() });
    }
    let (&own, lags) = split(kernel)?;
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
            window.blend(block, p, 0.5 * own, lags, clock);
            window.add_products(block.len, p, sum);
        },
        |sum, other| *sum += other,
    )?;
    Ok(twice(&half))
}

/// The same of the sums of the score rows of each time, the times being numbers of 1 and more: what happens at a time may
/// be common to all rows. One pass. Shape: times `[n]`.
/// Errors: lengths that do not fit, a time below 1, or no kernel.
pub fn lagged_sums_meat(scores: &ScoreRows, times: &[i32], kernel: &[f64], watch: &Watch) -> Result<Symmetric> {
    scores.check()?;
    let (n, p) = (scores.design.rows(), scores.design.cols());
    if times.len() != n {
        return Err(Error::Argument { arg: "time", message: format!("must have a value for each of the {n} rows") });
    }
    let (&own, lags) = split(kernel)?;
    let clusters = Clustering::new(times)?;
    let sums = ClusterSums::new(scores, &[&clusters], watch)?;
    let time_of = clusters.of_each(times);
    let mut in_order: Vec<usize> = (0..clusters.count()).collect();
    in_order.sort_by_key(|&cluster| time_of[cluster]);
    let mut rows = vec![0.0; in_order.len() * p];
    in_order.iter().zip(rows.chunks_exact_mut(p.max(1))).for_each(|(&cluster, row)| sums.read(0, cluster, row));
    let all = RowBlock { start: 0, len: in_order.len() };
    let mut window = Window { rows, ..Window::default() };
    window.blend(all, p, 0.5 * own, lags, None);
    let mut half = Mat::zeros(p, p);
    window.add_products(all.len, p, &mut half);
    Ok(twice(&half))
}

/// The weight of lag 0, and those of the others.
fn split(kernel: &[f64]) -> Result<(&f64, &[f64])> {
    kernel
        .split_first()
        .ok_or_else(|| Error::Argument { arg: "kernel", message: "must have a weight for lag 0".into() })
}

/// half + halfᵀ
fn twice(half: &Mat<f64>) -> Symmetric {
    let p = half.nrows();
    let mut meat = Symmetric::zeros(p);
    for i in 0..p {
        (i..p).for_each(|j| *meat.at_mut(i, j) = half[(i, j)] + half[(j, i)]);
    }
    meat
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

    /// blend = own·ψ_t + Σ_l k_l·ψ_{t−l} for the rows t of the block.
    fn blend(&mut self, block: RowBlock, p: usize, own: f64, lags: &[f64], clock: Option<&[f64]>) {
        let first = self.rows.len() / p.max(1) - block.len;
        self.blend.clear();
        self.blend.resize(block.len * p, 0.0);
        for (i, out) in self.blend.chunks_exact_mut(p.max(1)).enumerate() {
            let (t, time) = (first + i, block.start + i);
            for back in 0..=t.min(lags.len()) {
                let lag = clock.map_or(back, |clock| (clock[time] - clock[time - back]) as usize);
                let k = match lag {
                    0 => own,
                    _ if lag > lags.len() => break,
                    _ => lags[lag - 1],
                };
                let row = &self.rows[(t - back) * p..(t - back + 1) * p];
                out.iter_mut().zip(row).for_each(|(out, x)| *out += k * x);
            }
        }
    }

    /// sum += Σ ψ·blendᵀ over the last `len` rows.
    fn add_products(&self, len: usize, p: usize, sum: &mut Mat<f64>) {
        let rows = &self.rows[self.rows.len() - len * p..];
        let rows = MatRef::from_column_major_slice(rows, p, len);
        let blend = MatRef::from_column_major_slice(&self.blend, p, len);
        matmul(sum.as_mut(), Accum::Add, rows, blend.transpose(), 1.0, Par::Seq);
    }
}
