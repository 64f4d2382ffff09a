//! Sums of the score rows by clusters: the one thing about them whose memory grows with their number.

use super::clusters::{Clustering, NONE};
use super::score::ScoreRows;
use crate::accumulate::Scratch;
use crate::error::Result;
use crate::linalg::Symmetric;
use crate::pass::{sweep, Plan};
use crate::simd::{add_rows, QUAD};
use crate::watch::Watch;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;
use std::ops::Range;

/// So many columns are worth a thread of their own.
const PART_COLS: usize = 4;

/// Bytes of rows that are added together: a share of a first-level cache.
const TILE_BYTES: usize = 16 * 1024;

/// Of several clusterings. Each thread adds up some of the columns of all rows, so there is one table of each clustering
/// whatever the number of threads, and a sum's digits do not depend on it.
pub(super) struct ClusterSums {
    p: usize,
    counts: Vec<usize>,
    parts: Vec<Part>,
}

struct Part {
    columns: Range<usize>,
    /// Of a sum: its columns, and zeros.
    width: usize,
    /// For each clustering, by clusters after a place for rows that are in none, which nobody reads. Shapes: `[(1 + G) × width]`.
    tables: Vec<Vec<f64>>,
}

impl ClusterSums {
    /// One pass of each thread.
    pub fn new(scores: &ScoreRows, clusterings: &[&Clustering], watch: &Watch) -> Result<Self> {
        Self::with_coarser(scores, clusterings, &[], watch)
    }

    /// The same where the last clustering is the finest: rows are added to its sums, and these to those of the others. So are
    /// the rows that are in no cluster of the last.
    pub fn nested(scores: &ScoreRows, clusterings: &[&Clustering], watch: &Watch) -> Result<Self> {
        let coarser = match clusterings {
            [others @ .., finest] if !others.is_empty() => {
                let of_finest = |coarser: &&Clustering| finest.of_each(coarser.codes());
                others.par_iter().map(of_finest).collect()
            }
            _ => vec![],
        };
        Self::with_coarser(scores, clusterings, &coarser, watch)
    }

    /// `coarser`: for each clustering but the last, the codes of the last's clusters; empty where each adds up the rows.
    fn with_coarser(
        scores: &ScoreRows,
        clusterings: &[&Clustering],
        coarser: &[Vec<u32>],
        watch: &Watch,
    ) -> Result<Self> {
        let p = scores.design.cols();
        let is_nested = !coarser.is_empty();
        let parts = rayon::current_num_threads().clamp(1, p.div_ceil(PART_COLS).max(1));
        let columns = |part: usize| part * p / parts..(part + 1) * p / parts;
        let part = |part| {
            let mut part = Part::new(scores, columns(part), clusterings, is_nested, watch)?;
            part.add_to_coarser(coarser);
            Ok(part)
        };
        Ok(ClusterSums {
            p,
            counts: clusterings.iter().map(|clusters| clusters.count()).collect(),
            parts: (0..parts).into_par_iter().with_max_len(1).map(part).collect::<Result<_>>()?,
        })
    }

    /// out = the sum of a cluster of one of the clusterings, `cluster` being its number less 1. Shape: `[p]`.
    pub fn read(&self, clustering: usize, cluster: usize, out: &mut [f64]) {
        for Part { columns, width, tables } in &self.parts {
            let place = (cluster + 1) * width;
            out[columns.clone()].copy_from_slice(&tables[clustering][place..place + columns.len()]);
        }
    }

    /// Σ_g u_g u_gᵀ over the sums of one of the clusterings. Shape: p × p.
    pub fn products(&self, clustering: usize, watch: &Watch) -> Result<Symmetric> {
        let p = self.p;
        let plan = Plan::new(self.counts[clustering], 2 * p, p * p, p * p);
        let products = sweep(
            &plan,
            watch,
            vec![(); plan.lanes()],
            || Mat::<f64>::zeros(p, p),
            Vec::new,
            |products, (), rows, block| {
                rows.resize(block.len * p, 0.0);
                let clusters = block.range().zip(rows.chunks_exact_mut(p.max(1)));
                clusters.for_each(|(cluster, row)| self.read(clustering, cluster, row));
                let rows = MatRef::from_column_major_slice(rows, p, block.len);
                matmul(products.as_mut(), Accum::Add, rows, rows.transpose(), 1.0, Par::Seq);
            },
            |products, other| *products += other,
        )?;
        let mut sum = Symmetric::zeros(p);
        for i in 0..p {
            (i..p).for_each(|j| *sum.at_mut(i, j) = products[(i, j)]);
        }
        Ok(sum)
    }
}

impl Part {
    /// Rows that are in a cluster of the finest clustering, the last, are added to that alone.
    fn new(
        scores: &ScoreRows,
        columns: Range<usize>,
        clusterings: &[&Clustering],
        is_nested: bool,
        watch: &Watch,
    ) -> Result<Self> {
        let (design, width) = (scores.design, columns.len().next_multiple_of(QUAD));
        let plan = Plan::in_one_lane(design.rows(), design.block_cols() + width);
        let tile_rows = (TILE_BYTES / (8 * width.max(1))).clamp(64, 512) & !7;
        let tables = sweep(
            &plan,
            watch,
            vec![()],
            || {
                clusterings
                    .iter()
                    .map(|clusters| Vec::with_capacity((clusters.count() + 1) * width))
                    .collect::<Vec<_>>()
            },
            <(Scratch, Vec<u32>, Vec<u32>)>::default,
            |tables, (), (scratch, inside, outside), block| {
                let view = design.view(block, &mut scratch.block);
                let rows = &mut scratch.tile.rows;
                rows.resize(block.len * width, 0.0);
                for (tile, rows) in view.tiles(tile_rows).zip(rows.chunks_mut(tile_rows * width.max(1))) {
                    scores.fill(&tile, block.start + tile.start, columns.clone(), rows, width);
                }
                let codes = |which: usize| &clusterings[which].codes()[block.range()];
                let mut add =
                    |which: usize, chosen: &[u32]| add_rows(chosen, codes(which), rows, width, &mut tables[which]);
                let first = if is_nested { clusterings.len() - 1 } else { 0 };
                for which in first..clusterings.len() {
                    divide(codes(which), inside, outside);
                    add(which, inside);
                }
                (0..first).for_each(|which| add(which, outside));
            },
            |_, _| {},
        )?;
        Ok(Part { columns, width, tables })
    }

    /// The last clustering's sums are added to those of the others.
    fn add_to_coarser(&mut self, coarser: &[Vec<u32>]) {
        let width = self.width;
        let Some((finest, others)) = self.tables.split_last_mut() else { return };
        let all: Vec<u32> = (0..coarser.first().map_or(0, Vec::len) as u32).collect();
        for (table, codes) in others.iter_mut().zip(coarser) {
            add_rows(&all, codes, finest.get(width..).unwrap_or_default(), width, table);
        }
    }
}

/// The rows of some clusters, and those that are in none.
fn divide(codes: &[u32], inside: &mut Vec<u32>, outside: &mut Vec<u32>) {
    inside.resize(codes.len(), 0);
    outside.resize(codes.len(), 0);
    let mut count = 0;
    for (row, &code) in codes.iter().enumerate() {
        // without a branch: nobody can guess which rows are where
        (inside[count], outside[row - count]) = (row as u32, row as u32);
        count += usize::from(code != NONE);
    }
    inside.truncate(count);
    outside.truncate(codes.len() - count);
}
