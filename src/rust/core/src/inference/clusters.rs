//! Meats for rows that go together in clusters, in one way or in several.
//!
//! Liang and Zeger (1986), "Longitudinal data analysis using generalized linear models"; several ways: Cameron, Gelbach
//! and Miller (2011), "Robust inference with multiway clustering".

use super::hc::squares_of;
use super::score::ScoreRows;
use crate::accumulate::Scratch;
use crate::error::{Error, Result};
use crate::linalg::Symmetric;
use crate::pass::{sweep, Plan};
use crate::simd::{gram_rows, prefetch_all};
use crate::watch::Watch;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;
use std::collections::HashMap;

/// Pairs of clusters are looked up in a table, if it has at most so many entries for each row.
const TABLE_PER_ROW: usize = 4;

/// A value that is added to a sum somewhere in memory takes as long as so many that are added to the last one.
const WORK_PER_VALUE: usize = 8;
/// Rows ahead, whose sums are asked for.
const AHEAD: usize = 8;
/// One row in so many must be a cluster of its own for these to be kept apart, which takes a pass.
const ALONE: usize = 3;
/// The code of a row that is in no cluster.
const NONE: u32 = u32::MAX;

/// Which cluster each row is in.
#[derive(Clone)]
pub struct Clustering {
    /// 0-based. Shape: `[n]`.
    codes: Vec<u32>,
    count: usize,
}

pub struct ClusterMeat {
    /// Shape: p × p.
    pub meat: Symmetric,
    /// Clusters of each set of clusterings, the single ones first.
    pub counts: Vec<usize>,
}

impl Clustering {
    /// From codes of 1 and more, not all of which need occur.
    /// Errors: a code below 1.
    pub fn new(codes: &[i32]) -> Result<Self> {
        if let Some(row) = codes.iter().position(|&code| code < 1) {
            return Err(Error::Argument { arg: "cluster", message: format!("has no code in row {}", row + 1) });
        }
        let mut number = Numbering { count: 0 };
        let mut table = vec![NONE; codes.iter().max().map_or(0, |&last| last as usize + 1)];
        let codes = codes.iter().map(|&code| number.of(&mut table[code as usize])).collect();
        Ok(Clustering { codes, count: number.count })
    }

    /// From codes of 1 and more, all of which occur, numbered as they are.
    /// Errors: a code below 1.
    pub fn in_order(codes: &[i32]) -> Result<Self> {
        let count = codes.iter().max().map_or(0, |&last| last as usize);
        let plain = |(row, &code): (usize, &i32)| {
            u32::try_from(code - 1)
                .map_err(|_| Error::Argument { arg: "time", message: format!("has no code in row {}", row + 1) })
        };
        Ok(Clustering { codes: codes.iter().enumerate().map(plain).collect::<Result<_>>()?, count })
    }

    /// Shape: `[n]`.
    pub(super) fn codes(&self) -> &[u32] {
        &self.codes
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Those of two rows and more, and the rows of the others in none; `None` if these are too few to be worth it.
    pub(super) fn without_single_rows(&self) -> Option<Clustering> {
        // 0, 1, or 2 and more
        let mut sizes = vec![0u8; self.count];
        self.codes.iter().for_each(|&code| sizes[code as usize] = (sizes[code as usize] + 1).min(2));
        if sizes.iter().filter(|&&size| size == 1).count() * ALONE < self.codes.len() {
            return None;
        }
        let mut number = Numbering { count: 0 };
        let mut table = vec![NONE; self.count];
        let code = |&code: &u32| match sizes[code as usize] {
            1 => NONE,
            _ => number.of(&mut table[code as usize]),
        };
        let codes = self.codes.iter().map(code).collect();
        Some(Clustering { codes, count: number.count })
    }

    /// The pairs of clusters that occur, numbered as they do.
    fn with(&self, other: &Clustering) -> Clustering {
        let mut number = Numbering { count: 0 };
        let pairs = self.codes.iter().zip(&other.codes);
        let codes = if self.count.saturating_mul(other.count) <= TABLE_PER_ROW * self.codes.len() {
            let mut table = vec![NONE; self.count * other.count];
            let place = |(&a, &b): (&u32, &u32)| a as usize * other.count + b as usize;
            pairs.map(|pair| number.of(&mut table[place(pair)])).collect()
        } else {
            let mut table = HashMap::with_capacity(self.count.max(other.count));
            pairs.map(|(&a, &b)| number.of(table.entry((a, b)).or_insert(NONE))).collect()
        };
        Clustering { codes, count: number.count }
    }
}

struct Numbering {
    count: usize,
}

impl Numbering {
    fn of(&mut self, entry: &mut u32) -> u32 {
        if *entry == NONE {
            *entry = self.count as u32;
            self.count += 1;
        }
        *entry
    }
}

/// Σ over the sets of clusterings, with a minus where a set has an even number, of Σ_g u_g u_gᵀ, u_g the sum of the score
/// rows of a cluster of the set's intersections. With `adjust` each sum is multiplied by G / (G − 1).
/// Errors: no clustering, or lengths that do not fit.
pub fn cluster_meat(
    scores: &ScoreRows,
    clusterings: &[Clustering],
    adjust: bool,
    watch: &Watch,
) -> Result<ClusterMeat> {
    scores.check()?;
    let n = scores.design.rows();
    if clusterings.is_empty() || clusterings.iter().any(|c| c.codes.len() != n) {
        let message = format!("must have a value for each of the {n} rows");
        return Err(Error::Argument { arg: "cluster", message });
    }
    let p = scores.design.cols();
    let joint: Vec<Clustering> = sets(clusterings.len()).par_iter().map(|set| joint(clusterings, set)).collect();
    // few intersections: the score rows are gone through once, for them
    let cells = match joint.split_last() {
        Some((finest, others)) if !others.is_empty() && 2 * finest.count <= n => {
            Some(Cells::new(scores, finest, watch)?)
        }
        _ => None,
    };
    let own = |clusters: &Clustering| match &cells {
        Some(cells) => Ok(products(&cells.sums_by(clusters, p), p)),
        None => one_way(scores, clusters, watch),
    };
    let meats: Vec<Result<Symmetric>> = joint.par_iter().with_max_len(1).map(own).collect();
    let mut meat = Symmetric::zeros(p);
    for ((set, clusters), own) in sets(clusterings.len()).iter().zip(&joint).zip(meats) {
        let (own, g) = (own?, clusters.count as f64);
        let sign = if set.len() % 2 == 1 { 1.0 } else { -1.0 };
        let factor = if adjust { sign * g / (g - 1.0) } else { sign };
        for i in 0..p {
            (i..p).for_each(|j| *meat.at_mut(i, j) += factor * own.at(i, j));
        }
    }
    Ok(ClusterMeat { meat, counts: joint.iter().map(|clusters| clusters.count).collect() })
}

/// The intersections of the clusterings of a set.
fn joint(clusterings: &[Clustering], set: &[usize]) -> Clustering {
    match *set {
        [] => Clustering { codes: vec![], count: 0 },
        [one] => clusterings[one].clone(),
        [first, second, ref others @ ..] => {
            let pair = clusterings[first].with(&clusterings[second]);
            others.iter().fold(pair, |joint, &other| joint.with(&clusterings[other]))
        }
    }
}

/// The intersections of all clusterings, in the place of rows.
struct Cells {
    /// Of the score rows. Shape: `[cells × p]`, by cells.
    sums: Vec<f64>,
    /// The first row of each.
    rows: Vec<usize>,
}

impl Cells {
    fn new(scores: &ScoreRows, finest: &Clustering, watch: &Watch) -> Result<Self> {
        // they are numbered as they occur
        let mut rows = Vec::with_capacity(finest.count);
        for (row, &cell) in finest.codes.iter().enumerate() {
            if cell as usize == rows.len() {
                rows.push(row);
            }
        }
        Ok(Cells { sums: sums_by(scores, finest, watch)?, rows })
    }

    fn sums_by(&self, clusters: &Clustering, p: usize) -> Vec<f64> {
        let mut sums = vec![0.0; clusters.count * p];
        for (&row, cell) in self.rows.iter().zip(self.sums.chunks_exact(p.max(1))) {
            let code = clusters.codes[row] as usize;
            add(&mut sums[code * p..(code + 1) * p], cell);
        }
        sums
    }
}

/// The sets of some of `count` things: single ones first, then pairs, each in order.
fn sets(count: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> =
        (1..1usize << count).map(|bits| (0..count).filter(|i| bits >> i & 1 == 1).collect()).collect();
    sets.sort_by_key(|set| (set.len(), set.clone()));
    sets
}

/// Σ_g u_g u_gᵀ. One pass, or two at the same time.
fn one_way(scores: &ScoreRows, clusters: &Clustering, watch: &Watch) -> Result<Symmetric> {
    let p = scores.design.cols();
    let of = |clusters| Ok(products(&sums_by(scores, clusters, watch)?, p));
    let Some(larger) = clusters.without_single_rows() else { return of(clusters) };
    let is_single = |row: usize| larger.codes[row] == NONE;
    let (sums, squares) = rayon::join(|| of(&larger), || squares_of(scores, is_single, watch));
    let (mut meat, squares) = (sums?, squares?);
    for i in 0..p {
        (i..p).for_each(|j| *meat.at_mut(i, j) += squares.at(i, j));
    }
    Ok(meat)
}

/// Sums of the score rows that are in a cluster. Shape: `[G × p]`, by clusters.
pub(super) fn sums_by(scores: &ScoreRows, clusters: &Clustering, watch: &Watch) -> Result<Vec<f64>> {
    let design = scores.design;
    let p = design.cols();
    let plan = Plan::new(design.rows(), design.block_cols() + 2, clusters.count * p, WORK_PER_VALUE * p);
    sweep(
        &plan,
        watch,
        vec![(); plan.lanes()],
        || vec![0.0; clusters.count * p],
        Scratch::default,
        |sums, (), scratch, block| {
            let view = design.view(block, &mut scratch.block);
            let rows = &mut scratch.tile.rows;
            for tile in view.tiles(gram_rows(view.dense.len())) {
                let start = block.start + tile.start;
                tile.dense.prefetch_next();
                scores.fill(&tile, start, rows);
                let codes = &clusters.codes[start..start + tile.len];
                let sum_of = |code: u32| (code != NONE).then(|| code as usize * p..(code as usize + 1) * p);
                for (i, (&code, row)) in codes.iter().zip(rows.chunks_exact(p.max(1))).enumerate() {
                    if let Some(soon) = codes.get(i + AHEAD).and_then(|&code| sum_of(code)) {
                        prefetch_all(&sums[soon]);
                    }
                    if let Some(sum) = sum_of(code) {
                        add(&mut sums[sum], row);
                    }
                }
            }
        },
        |sums, other| add(sums, &other),
    )
}

fn add(sums: &mut [f64], other: &[f64]) {
    sums.iter_mut().zip(other).for_each(|(a, b)| *a += b);
}

/// Σ u uᵀ over vectors of length p.
fn products(vectors: &[f64], p: usize) -> Symmetric {
    let vectors = MatRef::from_column_major_slice(vectors, p, vectors.len() / p.max(1));
    let mut products = Mat::zeros(p, p);
    matmul(products.as_mut(), Accum::Replace, vectors, vectors.transpose(), 1.0, Par::Seq);
    let mut meat = Symmetric::zeros(p);
    for i in 0..p {
        (i..p).for_each(|j| *meat.at_mut(i, j) = products[(i, j)]);
    }
    meat
}
