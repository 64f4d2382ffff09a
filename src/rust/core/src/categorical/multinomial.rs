//! Baseline-category logits: log(p_k / p_reference) = X·beta_k, for each category but the reference.

use super::softmax::Softmax;
use super::{aliased_columns, check_all_occur, check_codes, check_start, check_vectors};
use crate::control::Control;
use crate::design::{BlockScratch, Centred, Design, GramScratch, RawGram, Tile};
use crate::error::{Error, Result};
use crate::linalg::{add, Shear, Symmetric};
use crate::pass::{sweep, Plan};
use crate::profile::{LikelihoodProfile, Limits};
use crate::simd::{Packed, TILE_ROWS};
use crate::solver::{maximise, Curvature, Likelihood, Look, Maximum};
use crate::watch::Watch;

/// What is observed.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// The category of each row, from 1 on; 1 is the reference. Shape: `[n]`.
    Codes(&'a [i32]),
    /// How often each category occurs in each row, the reference first. Shape: n × K, by columns.
    Counts(&'a [f64]),
}

/// The data, borrowed. The parameters are the p coefficients of category 2, then those of 3, ...
pub struct MultinomialModel<'a> {
    pub design: &'a Design<'a>,
    pub outcome: Outcome<'a>,
    /// K.
    pub categories: usize,
    /// Not negative; `None`: all 1. Rows of weight 0 take no part. Shape: `[n]`.
    pub weights: Option<&'a [f64]>,
    /// Of each category but the reference. Shape: n × (K − 1), by columns.
    pub offset: Option<&'a [f64]>,
}

impl MultinomialModel<'_> {
    pub fn rows(&self) -> usize {
        self.design.rows()
    }

    /// Linear predictors of a row.
    fn predictors(&self) -> usize {
        self.categories - 1
    }

    /// The number of parameters.
    pub fn dim(&self) -> usize {
        self.predictors() * self.design.cols()
    }

    /// Errors: a category without weight.
    pub fn check_categories(&self) -> Result<()> {
        let n = self.rows();
        let occurs = |row: usize, k: usize| match self.outcome {
            Outcome::Codes(codes) => codes[row] as usize == k + 1,
            Outcome::Counts(counts) => counts[row + k * n] > 0.0,
        };
        check_all_occur(self.categories, |k| (0..n).any(|row| self.weight(row) > 0.0 && occurs(row, k)))
    }

    fn check(&self) -> Result<()> {
        let n = self.rows();
        let offset = ("offset", self.offset, n * self.predictors());
        check_vectors(self.design, &[("weights", self.weights, n), offset])?;
        match self.outcome {
            Outcome::Codes(codes) => check_codes(codes, n, self.categories),
            Outcome::Counts(counts) => {
                check_vectors(self.design, &[("y", Some(counts), n * self.categories)])?;
                let negative = counts.iter().position(|&y| y < 0.0);
                let rule = "the response must be counts: negative values are not allowed";
                negative.map_or(Ok(()), |at| Err(Error::Response { rule, row: at % n, value: counts[at] }))
            }
        }
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    /// The weight of a row times its counts.
    fn total(&self, row: usize) -> f64 {
        match self.outcome {
            Outcome::Codes(_) => self.weight(row),
            Outcome::Counts(counts) => {
                let n = self.rows();
                self.weight(row) * (0..self.categories).map(|k| counts[row + k * n]).sum::<f64>()
            }
        }
    }

    /// The weight of a row times how often it is in category k, of those beside the reference.
    fn observed(&self, row: usize, k: usize) -> f64 {
        match self.outcome {
            Outcome::Codes(codes) if codes[row] as usize == k + 2 => self.weight(row),
            Outcome::Codes(_) => 0.0,
            Outcome::Counts(counts) => self.weight(row) * counts[row + (k + 1) * self.rows()],
        }
    }
}

/// Maximise the likelihood, from `start` or from equal probabilities. Shape: start `[dim]`.
/// Errors: of the data, and those of [`maximise`].
pub fn fit_multinomial(
    model: &MultinomialModel,
    start: Option<&[f64]>,
    control: &Control,
    watch: &Watch,
) -> Result<Maximum> {
    model.check()?;
    let (m, p) = (model.predictors(), model.design.cols());
    let totals: Vec<f64> = (0..model.rows()).map(|row| model.total(row)).collect();
    let columns = aliased_columns(model.design, &totals, control, watch)?;
    let aliased: Vec<usize> = (0..m).flat_map(|k| columns.iter().map(move |j| k * p + j)).collect();
    let mut start = start.map_or_else(|| vec![0.0; model.dim()], <[f64]>::to_vec);
    check_start(&start, model.dim())?;
    let Centred { design, shear } = model.design.centred(&columns);
    let shear = Shear::join((0..m).map(|k| shear.behind(k * p)));
    shear.inverse().apply(&mut start);
    let centred = MultinomialModel { design: &design, ..*model };
    let found = maximise(&MultinomialLikelihood::new(&centred, watch), start, &aliased, control);
    Ok(found.map_err(|error| design.blamed(error))?.sheared(&shear))
}

/// Limits of parameters by the profile of the likelihood.
/// Errors: as [`fit_multinomial`].
pub fn profile_multinomial(
    model: &MultinomialModel,
    profile: &LikelihoodProfile,
    watch: &Watch,
) -> Result<Vec<Limits>> {
    model.check()?;
    profile.limits(&MultinomialLikelihood::new(model, watch))
}

pub(super) struct MultinomialLikelihood<'a> {
    model: &'a MultinomialModel<'a>,
    /// Shape: `[n]`.
    totals: Vec<f64>,
    plan: Plan,
    value_plan: Plan,
    watch: &'a Watch,
}

/// One lane's sums. The Gram matrices of pairs of categories (0,0), (0,1), ..., (1,1), ...; the scores by categories.
struct Sums {
    log_likelihood: f64,
    scores: Vec<Vec<f64>>,
    grams: Vec<RawGram>,
}

#[derive(Default)]
struct Scratch {
    block: BlockScratch,
    tile: TileScratch,
}

#[derive(Default)]
struct TileScratch {
    softmax: Softmax,
    packed: Packed,
    products: GramScratch,
    residuals: Vec<f64>,
    weights: Vec<f64>,
    /// What products with no residuals are given for them: zeros, and a place for their sums.
    none: Vec<f64>,
    nothing: Vec<f64>,
}

impl<'a> MultinomialLikelihood<'a> {
    pub fn new(model: &'a MultinomialModel<'a>, watch: &'a Watch) -> Self {
        let (design, m) = (model.design, model.predictors());
        let totals = (0..model.rows()).map(|row| model.total(row)).collect();
        let cols = design.block_cols() + 3 * m + 4;
        let sums = (m * (m + 1) / 2).saturating_mul(design.gram_len()).saturating_add(m * design.raw_cols());
        let plan = Plan::new(model.rows(), cols, sums, (m * (m + 1) / 2).saturating_mul(design.gram_work()));
        let value_plan = Plan::new(model.rows(), cols, 1, m * (design.block_cols() + 10));
        MultinomialLikelihood { model, totals, plan, value_plan, watch }
    }

    fn pass(&self, parameters: &[f64], with_information: bool) -> Result<Sums> {
        let (design, m) = (self.model.design, self.model.predictors());
        let p = design.cols();
        let raw: Vec<Vec<f64>> = (0..m).map(|k| design.raw_coefficients(&parameters[k * p..(k + 1) * p])).collect();
        let pairs = if with_information { m * (m + 1) / 2 } else { 0 };
        let plan = if with_information { &self.plan } else { &self.value_plan };
        let new = || Sums {
            log_likelihood: 0.0,
            scores: vec![vec![0.0; design.raw_cols()]; if with_information { m } else { 0 }],
            grams: (0..pairs).map(|_| design.empty_gram()).collect(),
        };
        sweep(
            plan,
            self.watch,
            vec![(); plan.lanes()],
            new,
            Scratch::default,
            |sums, (), scratch, block| {
                let Scratch { block: memory, tile: scratch } = scratch;
                let view = design.view(block, memory);
                for tile in view.tiles(TILE_ROWS) {
                    let start = block.start + tile.start;
                    self.fill_eta(tile.with_next(), start, &raw, &mut scratch.softmax);
                    scratch.softmax.fill();
                    sums.log_likelihood += self.value(start, tile.len, &scratch.softmax);
                    if with_information {
                        self.add_tile(tile, start, sums, scratch);
                    }
                }
            },
            |sums, lane| {
                sums.log_likelihood += lane.log_likelihood;
                sums.grams.iter_mut().zip(lane.grams).for_each(|(a, b)| a.add(b));
                sums.scores.iter_mut().zip(&lane.scores).for_each(|(a, b)| add(a, b));
            },
        )
    }

    /// The linear predictors of a tile. Shape: raw, the coefficients in level space of each category.
    fn fill_eta(&self, tile: Tile, start: usize, raw: &[Vec<f64>], softmax: &mut Softmax) {
        softmax.resize(raw.len(), tile.len);
        for (k, raw) in raw.iter().enumerate() {
            let eta = softmax.eta_mut(k);
            match self.model.offset {
                Some(offset) => eta.copy_from_slice(&offset[k * self.model.rows() + start..][..tile.len]),
                None => eta.fill(0.0),
            }
            tile.add_xb(raw, eta);
        }
    }

    /// The log-likelihood of rows from `start` on.
    fn value(&self, start: usize, len: usize, softmax: &Softmax) -> f64 {
        let mut value = 0.0;
        for i in 0..len {
            let row = start + i;
            if self.totals[row] > 0.0 {
                value -= self.totals[row] * softmax.log_sums[i];
            }
        }
        for (k, eta) in softmax.eta.chunks_exact(len).enumerate() {
            for (i, eta) in eta.iter().enumerate() {
                let observed = self.model.observed(start + i, k);
                if observed > 0.0 {
                    value += observed * eta;
                }
            }
        }
        value
    }

    /// Score and information of a tile.
    fn add_tile(&self, tile: Tile, start: usize, sums: &mut Sums, scratch: &mut TileScratch) {
        let TileScratch { softmax, packed, products, residuals, weights, none, nothing } = scratch;
        let len = tile.len;
        let totals = &self.totals[start..start + len];
        let tile = tile.pack(packed);
        [&mut *residuals, weights, none].into_iter().for_each(|v| v.resize(len, 0.0));
        nothing.resize(self.model.design.raw_cols(), 0.0);
        let mut grams = sums.grams.iter_mut();
        for (k, score) in sums.scores.iter_mut().enumerate() {
            let p = softmax.of(k);
            for i in 0..len {
                residuals[i] = self.model.observed(start + i, k) - totals[i] * p[i];
                weights[i] = totals[i] * p[i] * (1.0 - p[i]);
            }
            if let Some(gram) = grams.next() {
                tile.add_xtwx(Some(weights), residuals, gram, score, products);
            }
            for (l, gram) in (k + 1..self.model.predictors()).zip(grams.by_ref()) {
                let other = softmax.of(l);
                // weights are not negative: their sign is changed when the sums are joined
                (0..len).for_each(|i| weights[i] = totals[i] * p[i] * other[i]);
                tile.add_xtwx(Some(weights), none, gram, nothing, products);
            }
        }
    }
}

impl Likelihood for MultinomialLikelihood<'_> {
    fn log_likelihood(&self, parameters: &[f64]) -> Result<f64> {
        Ok(self.pass(parameters, false)?.log_likelihood)
    }

    /// The observed information, which is the expected one, too.
    fn look(&self, parameters: &[f64], _: Curvature) -> Result<Look> {
        let (design, m) = (self.model.design, self.model.predictors());
        let sums = self.pass(parameters, true)?;
        let p = design.cols();
        let mut information = Symmetric::zeros(m * p);
        let mut grams = sums.grams.iter();
        for k in 0..m {
            for (l, gram) in (k..m).zip(grams.by_ref()) {
                let block = design.contract_gram(gram).into_dense();
                let sign = if k == l { 1.0 } else { -1.0 };
                for i in 0..p {
                    let first = if k == l { i } else { 0 };
                    (first..p).for_each(|j| *information.at_mut(k * p + i, l * p + j) = sign * block.at(i, j));
                }
            }
        }
        let score = sums.scores.iter().flat_map(|score| design.contract_vector(score)).collect();
        Ok(Look { log_likelihood: sums.log_likelihood, score, information })
    }
}
