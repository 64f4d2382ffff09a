//! One pass over both designs: log-likelihood, score and information of all parameters.

use super::counts::{Counts, Shape};
use super::hurdle::{ShareRows, TruncatedRows};
use super::row::{pair, Kind, RowModel, PAIRS, SLOTS};
use super::{ShareLink, ZeroModel};
use crate::design::{BlockScratch, Design, Tile};
use crate::error::Result;
use crate::linalg::{add, Symmetric};
use crate::pass::{sweep, Plan};
use crate::simd::{add_dots, multiply_into, sum, weighted_sum, Columns};
use crate::solver::{Curvature, Likelihood, Look};
use crate::watch::Watch;

/// Rows that are worked on at a time: their columns and derivatives stay in a first-level cache.
const TILE: usize = 128;
/// Steps that know nothing of a mixture's own curvature: far from a maximum it misleads.
const EM_STEPS: usize = 3;
/// Counts up to it are likely to occur more than once.
const COMMON: f64 = 1000.0;

pub(super) struct ZeroObjective<'a> {
    pub model: &'a ZeroModel<'a>,
    pub watch: &'a Watch,
    largest: f64,
    /// Σ weight·log(y!).
    constant: f64,
    /// Only every so many blocks of rows are visited: 1 for all.
    every: usize,
    is_near: bool,
}

/// The parameters, part by part.
pub(super) struct Split<'p> {
    /// Coefficients in level space.
    raw: [Vec<f64>; 2],
    pub row_model: RowModel,
    model: &'p ZeroModel<'p>,
}

impl<'a> ZeroObjective<'a> {
    pub fn new(model: &'a ZeroModel<'a>, watch: &'a Watch) -> Self {
        let largest = model.y.iter().fold(0.0f64, |a, &y| a.max(y));
        let known: Vec<f64> = (0..=largest.min(COMMON) as usize).map(|y| libm::lgamma(y as f64 + 1.0)).collect();
        let log_factorial = |y: f64| known.get(y as usize).copied().unwrap_or_else(|| libm::lgamma(y + 1.0));
        let counted = (0..model.rows()).filter(|&i| model.y[i] > 1.0 && model.weight(i) > 0.0);
        let constant = counted.map(|i| model.weight(i) * log_factorial(model.y[i])).sum();
        ZeroObjective { model, watch, largest, constant, every: 1, is_near: false }
    }

    /// The same model of every `every`-th block of rows; its log-likelihood lacks a constant.
    pub fn sample(&self, every: usize) -> Self {
        ZeroObjective { every, ..*self }
    }

    /// The same model, whose search begins near a maximum.
    pub fn near(&self) -> Self {
        ZeroObjective { is_near: true, ..*self }
    }

    pub fn split(&self, parameters: &[f64]) -> Split<'a> {
        let at = self.model.places();
        let theta = |shape: Shape, place: usize| match shape {
            Shape::Infinite => f64::INFINITY,
            Shape::Known(theta) => theta,
            Shape::Estimated => parameters[place].exp(),
        };
        let [count, zero] = self.model.shapes();
        let raw = std::array::from_fn(|s| self.model.designs[s].raw_coefficients(&parameters[at[s]..at[s + 1]]));
        let row_model = RowModel {
            counts: Counts::new(theta(count, at[2]), self.largest),
            kind: self.model.kind,
            zero_counts: Counts::new(theta(zero, at[3]), 0.0),
        };
        Split { raw, row_model, model: self.model }
    }

    /// Without `curvature` score and information stay empty.
    fn pass(&self, parameters: &[f64], curvature: Option<Curvature>) -> Result<Look> {
        let split = self.split(parameters);
        let p = if curvature.is_some() { self.model.dim() } else { 0 };
        let plan = Plan::new(self.model.rows(), self.block_cols(), 1 + p * (p + 1), self.block_cols() + p * p);
        let plan = plan.sample(self.every);
        let new = || Look { log_likelihood: 0.0, score: vec![0.0; p], information: Symmetric::zeros(p) };
        let mut look = sweep(
            &plan,
            self.watch,
            vec![(); plan.lanes()],
            new,
            Scratch::default,
            |look, (), scratch, block| {
                let Scratch { blocks: [a, b], tile } = scratch;
                let views = [self.model.designs[0].view(block, a), self.model.designs[1].view(block, b)];
                for (count, zero) in views[0].tiles(TILE).zip(views[1].tiles(TILE)) {
                    let start = block.start + count.start;
                    split.fill_eta([&count, &zero], start, tile);
                    if let Some(curvature) = curvature {
                        look.log_likelihood += split.fill_rows(start, curvature, tile);
                        tile.fill_columns([&count, &zero], self.model.designs);
                        self.add(tile, look);
                    } else {
                        look.log_likelihood += split.sum_rows(start, tile);
                    }
                }
            },
            |look, lane| {
                look.log_likelihood += lane.log_likelihood;
                add(&mut look.score, &lane.score);
                look.information.add_scaled(1.0, &lane.information);
            },
        )?;
        look.log_likelihood -= self.constant;
        Ok(look)
    }

    /// Values per row that a pass works on.
    pub fn block_cols(&self) -> usize {
        self.model.dim() + SLOTS + PAIRS.len()
    }

    /// Score and information of a tile.
    fn add(&self, tile: &mut TileScratch, look: &mut Look) {
        let at = self.model.places();
        let TileScratch { columns, slopes, curvatures, product, len, .. } = tile;
        let columns: Vec<Vec<&[f64]>> =
            (0..SLOTS).map(|s| columns[s].chunks_exact(*len).take(at[s + 1] - at[s]).collect()).collect();
        for s in 0..SLOTS {
            add_dots(Columns::new(&columns[s], 0, *len), &slopes[s], &mut look.score[at[s]..]);
        }
        for (pair, &(s, u)) in PAIRS.iter().enumerate() {
            if columns[u].is_empty() || s % 2 != u % 2 && !self.model.kind.is_mixed() {
                continue;
            }
            for (j, x) in columns[s].iter().enumerate() {
                product.clear();
                product.extend(x.iter().zip(&curvatures[pair]).map(|(x, c)| x * c));
                let (row, skip) = (at[s] + j, if s == u { j } else { 0 });
                let others = Columns::new(&columns[u][skip..], 0, *len);
                add_dots(others, product, &mut look.information.upper_row_mut(row)[at[u] + skip - row..]);
            }
        }
    }
}

impl Likelihood for ZeroObjective<'_> {
    fn log_likelihood(&self, parameters: &[f64]) -> Result<f64> {
        Ok(self.pass(parameters, None)?.log_likelihood)
    }

    /// The complete information is that of the EM algorithm.
    fn look(&self, parameters: &[f64], curvature: Curvature) -> Result<Look> {
        self.pass(parameters, Some(curvature))
    }

    /// The logarithms of large counts' factorials are taken away again.
    fn rounding(&self) -> f64 {
        f64::EPSILON * self.constant
    }

    fn logarithms(&self) -> usize {
        let at = self.model.places();
        at[4] - at[2]
    }

    fn complete_steps(&self) -> usize {
        if self.model.kind.is_mixed() && !self.is_near {
            EM_STEPS
        } else {
            0
        }
    }
}

impl Split<'_> {
    /// Linear predictors of a tile that begins with row `start`.
    pub fn fill_eta(&self, tiles: [&Tile; 2], start: usize, scratch: &mut TileScratch) {
        scratch.len = tiles[0].len;
        for (part, tile) in tiles.into_iter().enumerate() {
            let eta = &mut scratch.eta[part];
            eta.clear();
            match self.model.offsets[part] {
                Some(offset) => eta.extend_from_slice(&offset[start..start + tile.len]),
                None => eta.resize(tile.len, 0.0),
            }
            tile.add_xb(&self.raw[part], eta);
        }
    }

    /// The sum of the rows' log-likelihoods times their weights.
    fn sum_rows(&self, start: usize, scratch: &TileScratch) -> f64 {
        let value = |i: usize| {
            let weight = self.model.weight(start + i);
            let eta = [scratch.eta[0][i], scratch.eta[1][i]];
            if weight > 0.0 {
                weight * self.row_model.row(self.model.y[start + i], eta, Curvature::Observed).log_likelihood
            } else {
                0.0
            }
        };
        (0..scratch.len).map(value).sum()
    }

    /// Derivatives of the rows, times their weights; the sum of their log-likelihoods.
    pub fn fill_rows(&self, start: usize, curvature: Curvature, scratch: &mut TileScratch) -> f64 {
        let n = scratch.len;
        scratch.slopes.iter_mut().chain(&mut scratch.curvatures).for_each(|v| v.resize(n, 0.0));
        let logistic = self.row_model.kind == Kind::Hurdle(ShareLink::Logit);
        let total = if logistic { self.fill_hurdle(start, curvature, scratch) } else { None };
        total.unwrap_or_else(|| self.fill_each_row(start, curvature, scratch))
    }

    /// The same for a logistic hurdle, where no row is far out.
    fn fill_hurdle(&self, start: usize, curvature: Curvature, scratch: &mut TileScratch) -> Option<f64> {
        let TileScratch { len, eta, slopes, curvatures, counted, shares, .. } = scratch;
        let rows = start..start + *len;
        let y = &self.model.y[rows.clone()];
        if !counted.fill(&self.row_model.counts, y, &eta[0]) || !shares.fill(y, &eta[1]) {
            return None;
        }
        if curvature == Curvature::Complete {
            counted.complete();
        }
        let [by_eta, by_theta] = &counted.slope;
        let [bend, mixed, other] = &counted.curvature;
        let filled = [(pair(0, 0), bend), (pair(0, 2), mixed), (pair(2, 2), other), (pair(1, 1), &shares.curvature)];
        let into = [(0, by_eta), (2, by_theta), (1, &shares.slope)];
        let weights = self.model.weights.map(|w| &w[rows]);
        let weigh = |out: &mut Vec<f64>, values: &[f64]| match weights {
            Some(weights) => multiply_into(values, weights, out),
            None => out.copy_from_slice(values),
        };
        into.into_iter().for_each(|(slot, values)| weigh(&mut slopes[slot], values));
        filled.into_iter().for_each(|(at, values)| weigh(&mut curvatures[at], values));
        let total = |values: &[f64]| weights.map_or_else(|| sum(values), |weights| weighted_sum(values, weights));
        Some(total(&counted.log_likelihood) + total(&shares.log_likelihood))
    }

    fn fill_each_row(&self, start: usize, curvature: Curvature, scratch: &mut TileScratch) -> f64 {
        let n = scratch.len;
        let mut total = 0.0;
        for i in 0..n {
            let weight = self.model.weight(start + i);
            let mut row = Default::default();
            if weight > 0.0 {
                row = self.row_model.row(self.model.y[start + i], [scratch.eta[0][i], scratch.eta[1][i]], curvature);
            }
            total += weight * row.log_likelihood;
            scratch.slopes.iter_mut().zip(row.slope).for_each(|(v, slope)| v[i] = weight * slope);
            scratch.curvatures.iter_mut().zip(row.curvature).for_each(|(v, c)| v[i] = weight * c);
        }
        total
    }
}

/// One lane's scratch memory.
#[derive(Default)]
pub(super) struct Scratch {
    pub blocks: [BlockScratch; 2],
    pub tile: TileScratch,
}

/// What is made of the rows of a tile.
#[derive(Default)]
pub(super) struct TileScratch {
    len: usize,
    pub eta: [Vec<f64>; 2],
    pub slopes: [Vec<f64>; SLOTS],
    curvatures: [Vec<f64>; PAIRS.len()],
    /// By slots: the rows of the designs, by columns; ones for log(theta).
    pub columns: [Vec<f64>; SLOTS],
    product: Vec<f64>,
    counted: TruncatedRows,
    shares: ShareRows,
}

impl TileScratch {
    pub fn fill_columns(&mut self, tiles: [&Tile; 2], designs: [&Design; 2]) {
        for part in 0..2 {
            self.columns[part].resize(designs[part].cols() * self.len, 0.0);
            designs[part].expand(tiles[part], &mut self.columns[part]);
            self.columns[part + 2].clear();
            self.columns[part + 2].resize(self.len, 1.0);
        }
    }
}
