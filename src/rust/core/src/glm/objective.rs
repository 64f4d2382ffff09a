//! The passes of a generalized linear model.

use super::saturated::Saturated;
use super::Problem;
use crate::accumulate::{Depth, Scratch, ScratchPool, Sums, TileScratch};
use crate::design::Tile;
use crate::error::{Error, Result};
use crate::family::Pair;
use crate::linalg::{NormalEquations, RowsQr};
use crate::objective::{Objective, Point, Quadratic, Value};
use crate::pass::{sweep, Plan};
use crate::room::check_matrix;
use crate::simd::TILE_ROWS;
use crate::watch::Watch;
use crate::working::Working;
use std::sync::atomic::{AtomicBool, Ordering};

/// A [`Problem`] with the plan of its passes and the flag that stops them.
pub struct GlmObjective<'a> {
    pub problem: &'a Problem<'a>,
    pub plan: Plan,
    /// For passes that add up vectors alone: a wide design can afford more lanes for them than for its Gram matrix.
    pub vector_plan: Plan,
    pub watch: &'a Watch,
    /// The loop of family and link, and what its deviance lacks.
    pub(super) pair: Option<(&'a dyn Pair, Saturated)>,
    /// Set when the terms of the pair were found to cancel: deviances then come row by row.
    cancels: AtomicBool,
    pub(super) memory: ScratchPool,
}

impl<'a> GlmObjective<'a> {
    pub fn new(problem: &'a Problem<'a>, watch: &'a Watch) -> Result<Self> {
        let design = problem.design;
        let cols = design.block_cols() + 8;
        let plan = Plan::new(problem.rows(), cols, design.gram_len(), design.gram_work());
        let vector_plan = Plan::new(problem.rows(), cols, design.raw_cols(), 2 * design.block_cols());
        Self::with_plans(problem, plan, vector_plan, watch)
    }

    fn with_plans(problem: &'a Problem<'a>, plan: Plan, vector_plan: Plan, watch: &'a Watch) -> Result<Self> {
        let pair = match problem.family.family.pair(problem.link) {
            Some(pair) => Some((pair, Saturated::of(pair, problem, &vector_plan, watch)?)),
            None => None,
        };
        Ok(GlmObjective {
            problem,
            plan,
            vector_plan,
            watch,
            pair,
            cancels: AtomicBool::new(false),
            memory: ScratchPool::default(),
        })
    }

    /// The same model of every `every`-th block of rows.
    pub(super) fn sample(&self, every: usize) -> Result<Self> {
        Self::with_plans(self.problem, self.plan.sample(every), self.vector_plan.sample(every), self.watch)
    }

    /// The same model, as if no pass had been made: what one search finds out about its deviances does not reach another.
    pub(crate) fn renewed(&self) -> Self {
        GlmObjective {
            plan: self.plan.clone(),
            vector_plan: self.vector_plan.clone(),
            cancels: AtomicBool::new(false),
            memory: ScratchPool::default(),
            ..*self
        }
    }

    /// What a pass for score and information takes, in passes for the score alone: as bench/rust measures them, about.
    pub(super) fn quadratic_cost(&self) -> f64 {
        let columns = self.problem.design.block_cols() as f64;
        1.0 + 0.04 * columns * columns / (5.0 + 0.75 * columns)
    }

    /// Is the log-likelihood concave in eta, so that there is one solution from wherever it is sought?
    pub(super) fn is_concave(&self) -> bool {
        self.pair.is_some()
    }

    fn pass(&self, at: Point, depth: Depth) -> Result<Sums> {
        self.pass_with_weights(at, depth, None)
    }

    /// The working weights are written down, if there is a place for them. Shape: `[n]`.
    fn pass_with_weights(&self, at: Point, depth: Depth, mut weights: Option<&mut [f64]>) -> Result<Sums> {
        let pair = self.pair.as_ref().filter(|_| depth != Depth::Qr && !self.cancels.load(Ordering::Relaxed));
        let Some((pair, saturated)) = pair else { return self.sum_blocks(at, depth, None, weights) };
        let mut sums = self.sum_blocks(at, depth, Some(*pair), weights.as_deref_mut())?;
        match saturated.deviance(sums.deviance) {
            Some(deviance) => {
                sums.deviance = deviance;
                Ok(sums)
            }
            None => {
                self.cancels.store(true, Ordering::Relaxed);
                self.sum_blocks(at, depth, None, weights)
            }
        }
    }

    fn sum_blocks(
        &self,
        at: Point,
        depth: Depth,
        pair: Option<&dyn Pair>,
        weights: Option<&mut [f64]>,
    ) -> Result<Sums> {
        let design = self.problem.design;
        let raw_coefficients = self.raw_coefficients(at);
        let plan = if depth < Depth::Information { &self.vector_plan } else { &self.plan };
        let lanes = match weights {
            Some(weights) => plan.split(weights).into_iter().map(Some).collect(),
            None => (0..plan.lanes()).map(|_| None).collect(),
        };
        sweep(
            plan,
            self.watch,
            lanes,
            || Sums::new(depth, design),
            || self.memory.lend(),
            |sums, weights: &mut Option<&mut [f64]>, scratch, block| {
                let scratch: &mut Scratch = scratch;
                let view = design.view(block, &mut scratch.block);
                let tile_rows = if depth == Depth::Qr { block.len } else { TILE_ROWS };
                for tile in view.tiles(tile_rows) {
                    let start = block.start + tile.start;
                    let rows = start..start + tile.len;
                    self.add_tile(sums, tile, rows, raw_coefficients.as_deref(), depth, pair, &mut scratch.tile);
                    if let Some(rest) = weights.take() {
                        let (these, rest) = rest.split_at_mut(tile.len);
                        these.copy_from_slice(&scratch.tile.working.working_weights);
                        *weights = Some(rest);
                    }
                }
            },
            Sums::merge,
        )
    }

    /// The coefficients of the level-space columns; the start has none.
    pub(crate) fn raw_coefficients(&self, at: Point) -> Option<Vec<f64>> {
        match at {
            Point::Start => None,
            Point::At(theta) => Some(self.problem.design.raw_coefficients(theta)),
        }
    }

    /// eta of a tile; without coefficients that of the start.
    pub(crate) fn fill_eta(
        &self,
        tile: Tile,
        rows: std::ops::Range<usize>,
        raw_coefficients: Option<&[f64]>,
        eta: &mut [f64],
    ) {
        match raw_coefficients {
            Some(raw) => self.problem.fill_eta(tile, rows, raw, eta),
            None => self.problem.starting_eta(rows, eta),
        }
    }

    /// eta, mu and dmu/deta of a tile.
    pub(crate) fn fill_means(
        &self,
        tile: Tile,
        rows: std::ops::Range<usize>,
        raw_coefficients: Option<&[f64]>,
        working: &mut Working,
    ) {
        self.fill_eta(tile, rows, raw_coefficients, &mut working.eta);
        working.fill_means(self.problem.link);
    }

    /// One tile: eta → value, weights and residuals, and as much of score, information or QR factor as is asked for.
    fn add_tile(
        &self,
        sums: &mut Sums,
        tile: Tile,
        rows: std::ops::Range<usize>,
        raw_coefficients: Option<&[f64]>,
        depth: Depth,
        pair: Option<&dyn Pair>,
        scratch: &mut TileScratch,
    ) {
        let TileScratch { working, products, rows: matrix } = scratch;
        // the next tile is asked for while this one is worked on, so that memory is read all the time
        let (first, last) =
            if depth == Depth::Information { (tile, tile.with_next()) } else { (tile.with_next(), tile) };
        working.resize(tile.len);
        self.fill_eta(first, rows.clone(), raw_coefficients, &mut working.eta);
        self.weigh_rows(sums, rows.clone(), depth, pair, working);
        if depth > Depth::Value && raw_coefficients.is_none() {
            self.add_response(rows, working);
        }
        match (depth, &mut sums.gram) {
            (Depth::Value, _) => {}
            (Depth::Qr, _) => self.add_qr(sums, tile, working, matrix),
            (_, Some(gram)) => {
                let weights = (!self.has_unit_weights()).then_some(&working.working_weights[..]);
                last.add_xtwx(weights, &working.weighted_residuals, gram, &mut sums.score, products);
            }
            _ => tile.add_xtv(&working.weighted_residuals, &mut sums.score),
        }
    }

    /// eta → working weights, whatever becomes of the rest.
    pub(super) fn weigh(&self, working: &mut Working, y: &[f64], prior_weights: Option<&[f64]>) {
        let pair = self.pair.as_ref().map(|(pair, _)| *pair);
        if self.weigh_in_one_loop(pair, working, y, prior_weights).is_none() {
            working.fill_means(self.problem.link);
            working.weigh(self.problem.family, y, prior_weights);
        }
    }

    /// The deviance, but for what the terms of a pair lack; `None` where there is no such loop, or it does not hold.
    fn weigh_in_one_loop(
        &self,
        pair: Option<&dyn Pair>,
        working: &mut Working,
        y: &[f64],
        prior_weights: Option<&[f64]>,
    ) -> Option<f64> {
        match pair {
            Some(pair) => Some(2.0 * working.weigh_pair(pair, y, prior_weights)?),
            None => self.is_quadratic().then(|| working.weigh_squares(y, prior_weights)),
        }
    }

    /// eta → deviance, and with more depth than that the working weights and weighted residuals.
    fn weigh_rows(
        &self,
        sums: &mut Sums,
        rows: std::ops::Range<usize>,
        depth: Depth,
        pair: Option<&dyn Pair>,
        working: &mut Working,
    ) {
        let problem = self.problem;
        let y = &problem.y[rows.clone()];
        let prior_weights = problem.prior_weights.map(|w| &w[rows]);
        if let Some(deviance) = self.weigh_in_one_loop(pair, working, y, prior_weights) {
            sums.deviance += deviance;
            sums.informative |= prior_weights.is_none_or(|w| w.iter().any(|&w| w > 0.0));
            return;
        }
        working.fill_means(problem.link);
        let family = problem.family.family.as_ref();
        sums.deviance += family.deviance_block(y, working.means(), prior_weights);
        if let Some(pair) = pair {
            sums.deviance -= 2.0 * Saturated::of_rows(pair, y, prior_weights).sum;
        }
        sums.valid &= problem.link.valid_eta_block(&working.eta) && family.valid_mean_block(&working.mu);
        if depth > Depth::Value {
            sums.add_facts(working.weigh(problem.family, y, prior_weights));
        }
    }

    /// About theta = 0 the residual is the whole working response eta − offset + (y − mu)/dmu/deta.
    fn add_response(&self, rows: std::ops::Range<usize>, working: &mut Working) {
        if let Some(offset) = self.problem.offset {
            working.eta.iter_mut().zip(&offset[rows]).for_each(|(eta, offset)| *eta -= offset);
        }
        let Working { eta, working_weights, weighted_residuals, .. } = working;
        for ((residual, &weight), &eta) in weighted_residuals.iter_mut().zip(&*working_weights).zip(&*eta) {
            *residual += if weight > 0.0 { weight * eta } else { 0.0 };
        }
    }

    /// The rows [√w·x, √w·residual] of a block into the QR factor.
    fn add_qr(&self, sums: &mut Sums, tile: Tile, working: &mut Working, rows: &mut Vec<f64>) {
        let p = self.problem.design.cols();
        rows.resize((p + 1) * tile.len, 0.0);
        let (x, r) = rows.split_at_mut(p * tile.len);
        self.problem.design.expand(&tile, x);
        let roots = &mut working.working_weights;
        roots.iter_mut().for_each(|w| *w = w.sqrt());
        for column in x.chunks_exact_mut(tile.len) {
            column.iter_mut().zip(&*roots).for_each(|(x, root)| *x *= root);
        }
        for (i, r) in r.iter_mut().enumerate() {
            *r = if roots[i] > 0.0 { working.weighted_residuals[i] / roots[i] } else { 0.0 };
        }
        if let Some(qr) = &mut sums.qr {
            qr.push(rows, tile.len);
        }
    }

    /// [`Objective::quadratic`]; the working weights are written down, if there is a place for them. Shape: `[n]`.
    pub(super) fn quadratic_with_weights(&self, at: Point, weights: Option<&mut [f64]>) -> Result<Quadratic> {
        check_matrix(self.dim(), self.problem.design.information_len())?;
        let sums = self.checked(self.pass_with_weights(at, Depth::Information, weights)?)?;
        let gram = sums.gram.as_ref().ok_or(Error::Start)?;
        Ok(Quadratic {
            value: value_of(&sums),
            informative: sums.informative,
            score: self.problem.design.contract_vector(&sums.score),
            information: self.problem.design.contract_gram(gram),
        })
    }

    /// Are all working weights 1, whatever eta is?
    fn has_unit_weights(&self) -> bool {
        self.problem.prior_weights.is_none() && self.has_constant_information()
    }

    /// A variance of 0 or NaN is an error only where the means are valid: elsewhere the solver steps back.
    fn checked(&self, sums: Sums) -> Result<Sums> {
        match sums.bad_variance {
            Some(value) if sums.valid && sums.deviance.is_finite() => Err(Error::Variance { value }),
            _ => Ok(sums),
        }
    }
}

fn value_of(sums: &Sums) -> Value {
    Value { deviance: sums.deviance, valid: sums.valid }
}

impl Objective for GlmObjective<'_> {
    fn dim(&self) -> usize {
        self.problem.design.cols()
    }

    fn value(&self, at: Point) -> Result<Value> {
        Ok(value_of(&self.pass(at, Depth::Value)?))
    }

    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        let sums = self.checked(self.pass(at, Depth::Score)?)?;
        Ok((value_of(&sums), self.problem.design.contract_vector(&sums.score)))
    }

    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        self.quadratic_with_weights(at, None)
    }

    fn has_constant_information(&self) -> bool {
        let constant_pair = self.pair.as_ref().is_some_and(|(pair, _)| pair.has_constant_weights());
        constant_pair || self.is_quadratic()
    }

    fn is_quadratic(&self) -> bool {
        self.problem.family.family.has_constant_variance() && self.problem.link.is_identity()
    }

    fn is_wide(&self) -> bool {
        self.plan.rows() < self.dim()
    }

    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        let sums = self.checked(self.pass(at, Depth::Qr)?)?;
        sums.qr.ok_or(Error::Start)
    }

    fn equations(&self, at: Point) -> Result<Option<NormalEquations>> {
        self.twofold_equations(at)
    }

    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        self.diagonal(at)
    }

    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        self.product(at, v)
    }
}
