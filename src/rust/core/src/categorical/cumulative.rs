//! Ordered categories: P(Y <= k) = F(zeta_k − X·beta), with thresholds zeta that rise with k.

use super::interval::{interval, Interval};
use super::link::CumulativeLink;
use super::{aliased_columns, check_all_occur, check_codes, check_start, check_vectors};
use crate::control::Control;
use crate::design::{BlockScratch, Centred, Design, GramScratch, RawGram, Tile};
use crate::error::Result;
use crate::linalg::{add, Symmetric};
use crate::pass::{sweep, Plan};
use crate::profile::{LikelihoodProfile, Limits};
use crate::simd::{Packed, TILE_ROWS};
use crate::solver::{maximise, Curvature, Likelihood, Look, Maximum};
use crate::watch::Watch;

/// The data, borrowed. The parameters are the p coefficients and then the K − 1 thresholds.
pub struct CumulativeModel<'a> {
    /// Its first column is an intercept. The thresholds explain it: it is aliased.
    pub design: &'a Design<'a>,
    /// The category of each row, from 1 on; each of them occurs. Shape: `[n]`.
    pub codes: &'a [i32],
    /// K.
    pub categories: usize,
    /// Not negative; `None`: all 1. Rows of weight 0 take no part. Shape: `[n]`.
    pub weights: Option<&'a [f64]>,
    /// Shape: `[n]`.
    pub offset: Option<&'a [f64]>,
    pub link: CumulativeLink,
}

impl CumulativeModel<'_> {
    pub fn rows(&self) -> usize {
        self.codes.len()
    }

    fn thresholds(&self) -> usize {
        self.categories - 1
    }

    /// The number of parameters.
    pub fn dim(&self) -> usize {
        self.design.cols() + self.thresholds()
    }

    /// Errors: a category without weight.
    pub fn check_categories(&self) -> Result<()> {
        let counts = |k: usize, row: usize| self.category(row) == k && self.weight(row) > 0.0;
        check_all_occur(self.categories, |k| (0..self.rows()).any(|row| counts(k, row)))
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    /// The 0-based category of a row.
    fn category(&self, row: usize) -> usize {
        self.codes[row] as usize - 1
    }

    /// Thresholds of the shares of the categories, at the mean of the offset.
    fn check(&self) -> Result<()> {
        let n = self.rows();
        check_vectors(self.design, &[("weights", self.weights, n), ("offset", self.offset, n)])?;
        check_codes(self.codes, n, self.categories)
    }

    fn starting_thresholds(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.categories];
        let (mut total, mut shift) = (0.0, 0.0);
        for row in 0..self.rows() {
            shares[self.category(row)] += self.weight(row);
            total += self.weight(row);
            shift += self.weight(row) * self.offset.map_or(0.0, |o| o[row]);
        }
        let mut below = 0.0;
        let cut = |share: &f64| {
            below += share / total;
            self.link.quantile(below) + shift / total
        };
        shares[..self.thresholds()].iter().map(cut).collect()
    }
}

/// Maximise the likelihood, from `start` or from no effects. Shape: start `[dim]`.
/// Errors: of the data, and those of [`maximise`].
pub fn fit_cumulative(
    model: &CumulativeModel,
    start: Option<&[f64]>,
    control: &Control,
    watch: &Watch,
) -> Result<Maximum> {
    model.check()?;
    let weights: Vec<f64> = (0..model.rows()).map(|row| model.weight(row)).collect();
    let mut aliased = aliased_columns(model.design, &weights, control, watch)?;
    let Centred { design, shear } = model.design.centred(&aliased);
    // the thresholds stand for the intercept, with the other sign
    let shear = shear.turned(0, model.design.cols()..model.dim());
    aliased.insert(0, 0);
    let mut parameters = match start {
        Some(start) => start.to_vec(),
        None => [vec![0.0; model.design.cols()], model.starting_thresholds()].concat(),
    };
    check_start(&parameters, model.dim())?;
    shear.inverse().apply(&mut parameters);
    let centred = CumulativeModel { design: &design, ..*model };
    let found = maximise(&CumulativeLikelihood::new(&centred, watch), parameters, &aliased, control);
    Ok(found.map_err(|error| design.blamed(error))?.sheared(&shear))
}

/// Limits of parameters by the profile of the likelihood.
/// Errors: as [`fit_cumulative`].
pub fn profile_cumulative(model: &CumulativeModel, profile: &LikelihoodProfile, watch: &Watch) -> Result<Vec<Limits>> {
    model.check()?;
    profile.limits(&CumulativeLikelihood::new(model, watch))
}

pub(super) struct CumulativeLikelihood<'a> {
    model: &'a CumulativeModel<'a>,
    plan: Plan,
    value_plan: Plan,
    watch: &'a Watch,
}

/// One lane's sums, coefficients in level space. m thresholds.
struct Sums {
    log_likelihood: f64,
    score: Vec<f64>,
    /// Of positive weights and of negative ones, which only a likelihood that is not concave has.
    grams: Vec<RawGram>,
    /// Products of the coefficients with each threshold.
    with_thresholds: Vec<Vec<f64>>,
    /// Of a threshold itself: score and information; and information with the next one.
    threshold_scores: Vec<f64>,
    diagonal: Vec<f64>,
    beside: Vec<f64>,
}

#[derive(Default)]
struct Scratch {
    block: BlockScratch,
    tile: TileScratch,
}

#[derive(Default)]
struct TileScratch {
    packed: Packed,
    products: GramScratch,
    eta: Vec<f64>,
    residuals: Vec<f64>,
    /// Positive and negative parts.
    weights: [Vec<f64>; 2],
    /// For each threshold, what its products with the rows are summed by.
    links: Vec<Vec<f64>>,
    none: Vec<f64>,
    nothing: Vec<f64>,
}

impl<'a> CumulativeLikelihood<'a> {
    pub fn new(model: &'a CumulativeModel<'a>, watch: &'a Watch) -> Self {
        let (design, m) = (model.design, model.thresholds());
        let (cols, vectors) = (design.block_cols() + m + 6, (m + 1) * design.raw_cols());
        let work = design.gram_work().saturating_add(m * design.block_cols());
        let plan = Plan::new(model.rows(), cols, design.gram_len().saturating_add(vectors), work);
        CumulativeLikelihood {
            model,
            plan,
            value_plan: Plan::new(model.rows(), cols, 1, design.block_cols() + 30),
            watch,
        }
    }

    fn empty_sums(&self) -> Sums {
        let (design, m) = (self.model.design, self.model.thresholds());
        let grams = if self.model.link.is_concave() { 1 } else { 2 };
        Sums {
            log_likelihood: 0.0,
            score: vec![0.0; design.raw_cols()],
            grams: (0..grams).map(|_| design.empty_gram()).collect(),
            with_thresholds: vec![vec![0.0; design.raw_cols()]; m],
            threshold_scores: vec![0.0; m],
            diagonal: vec![0.0; m],
            beside: vec![0.0; m],
        }
    }

    /// The interval of a row with this linear predictor.
    fn row(&self, row: usize, eta: f64, thresholds: &[f64], curvature: Curvature) -> Interval {
        let category = self.model.category(row);
        let lower = if category > 0 { thresholds[category - 1] - eta } else { f64::NEG_INFINITY };
        let upper = thresholds.get(category).map_or(f64::INFINITY, |zeta| zeta - eta);
        interval(self.model.link, lower, upper, curvature)
    }

    fn fill_eta(&self, tile: Tile, start: usize, raw: &[f64], eta: &mut Vec<f64>) {
        eta.clear();
        match self.model.offset {
            Some(offset) => eta.extend_from_slice(&offset[start..start + tile.len]),
            None => eta.resize(tile.len, 0.0),
        }
        tile.add_xb(raw, eta);
    }

    /// Score and information of a tile.
    fn add_tile(
        &self,
        tile: Tile,
        start: usize,
        thresholds: &[f64],
        curvature: Curvature,
        sums: &mut Sums,
        scratch: &mut TileScratch,
    ) {
        let TileScratch { packed, products, eta, residuals, weights, links, none, nothing } = scratch;
        let [positive, negative] = weights;
        [&mut *residuals, positive, negative, none].into_iter().for_each(|v| v.resize(tile.len, 0.0));
        nothing.resize(self.model.design.raw_cols(), 0.0);
        links.resize(thresholds.len(), vec![]);
        for link in &mut *links {
            link.clear();
            link.resize(tile.len, 0.0);
        }
        for (i, &eta) in eta.iter().enumerate() {
            let weight = self.model.weight(start + i);
            if weight == 0.0 {
                [&mut *residuals, positive, negative].into_iter().for_each(|v| v[i] = 0.0);
                continue;
            }
            let row = self.row(start + i, eta, thresholds, curvature);
            sums.log_likelihood += weight * row.value;
            residuals[i] = weight * row.slope_by_eta();
            let w = weight * row.curvature_by_eta();
            (positive[i], negative[i]) = (w.max(0.0), (-w).max(0.0));
            let category = self.model.category(start + i);
            for (end, k) in [(0, category.wrapping_sub(1)), (1, category)] {
                if k < thresholds.len() {
                    sums.threshold_scores[k] += weight * row.slope[end];
                    sums.diagonal[k] += weight * row.curvature[2 * end];
                    links[k][i] = weight * row.curvature_with(end);
                }
            }
            if category > 0 && category < thresholds.len() {
                sums.beside[category - 1] += weight * row.curvature[1];
            }
        }
        let tile = tile.pack(packed);
        let mut grams = sums.grams.iter_mut();
        if let Some(gram) = grams.next() {
            tile.add_xtwx(Some(positive), residuals, gram, &mut sums.score, products);
        }
        if let Some(gram) = grams.next() {
            tile.add_xtwx(Some(negative), none, gram, nothing, products);
        }
        links.iter().zip(&mut sums.with_thresholds).for_each(|(link, out)| tile.add_xtv(link, out));
    }
}

impl Likelihood for CumulativeLikelihood<'_> {
    fn log_likelihood(&self, parameters: &[f64]) -> Result<f64> {
        let (beta, thresholds) = parameters.split_at(self.model.design.cols());
        let raw = self.model.design.raw_coefficients(beta);
        sweep(
            &self.value_plan,
            self.watch,
            vec![(); self.value_plan.lanes()],
            || 0.0,
            Scratch::default,
            |sum, (), Scratch { block: memory, tile: scratch }, block| {
                let view = self.model.design.view(block, memory);
                self.fill_eta(view.whole(), block.start, &raw, &mut scratch.eta);
                for (row, &eta) in block.range().zip(&scratch.eta) {
                    if self.model.weight(row) > 0.0 {
                        *sum += self.model.weight(row) * self.row(row, eta, thresholds, Curvature::Complete).value;
                    }
                }
            },
            |sum, lane| *sum += lane,
        )
    }

    fn look(&self, parameters: &[f64], curvature: Curvature) -> Result<Look> {
        let design = self.model.design;
        let p = design.cols();
        let (beta, thresholds) = parameters.split_at(p);
        let raw = design.raw_coefficients(beta);
        let sums = sweep(
            &self.plan,
            self.watch,
            vec![(); self.plan.lanes()],
            || self.empty_sums(),
            Scratch::default,
            |sums, (), Scratch { block: memory, tile: scratch }, block| {
                let view = design.view(block, memory);
                for tile in view.tiles(TILE_ROWS) {
                    let start = block.start + tile.start;
                    self.fill_eta(tile.with_next(), start, &raw, &mut scratch.eta);
                    self.add_tile(tile, start, thresholds, curvature, sums, scratch);
                }
            },
            Sums::merge,
        )?;
        let mut information = Symmetric::zeros(self.model.dim());
        for (gram, sign) in sums.grams.iter().zip([1.0, -1.0]) {
            information.add_scaled(sign, &design.contract_gram(gram).into_dense());
        }
        for (k, sum) in sums.with_thresholds.iter().enumerate() {
            let column = design.contract_vector(sum);
            (0..p).for_each(|j| *information.at_mut(j, p + k) = column[j]);
            *information.at_mut(p + k, p + k) = sums.diagonal[k];
            if k + 1 < thresholds.len() {
                *information.at_mut(p + k, p + k + 1) = sums.beside[k];
            }
        }
        let score = [design.contract_vector(&sums.score), sums.threshold_scores].concat();
        Ok(Look { log_likelihood: sums.log_likelihood, score, information })
    }
}

impl Sums {
    fn merge(&mut self, lane: Sums) {
        self.log_likelihood += lane.log_likelihood;
        self.grams.iter_mut().zip(lane.grams).for_each(|(a, b)| a.add(b));
        self.with_thresholds.iter_mut().zip(&lane.with_thresholds).for_each(|(a, b)| add(a, b));
        add(&mut self.score, &lane.score);
        add(&mut self.threshold_scores, &lane.threshold_scores);
        add(&mut self.diagonal, &lane.diagonal);
        add(&mut self.beside, &lane.beside);
    }
}
