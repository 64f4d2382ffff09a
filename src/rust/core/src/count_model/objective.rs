//! One pass over the design: log-likelihood, score and information of all parameters.

use super::law::Law;
use super::CountModel;
use crate::design::{BlockScratch, Tile};
use crate::error::{Error, Result};
use crate::linalg::{add, Symmetric};
use crate::pass::{sweep, Plan};
use crate::simd::{add_dots, sum, Columns};
use crate::solver::{Curvature, Likelihood, Look};
use crate::watch::Watch;
use crate::zero::jet::Jet;
use crate::zero::Shape;

/// Rows that are worked on at a time: their columns and derivatives stay in a first-level cache.
const TILE: usize = 128;

pub(super) struct CountLikelihood<'a> {
    pub model: &'a CountModel<'a>,
    pub watch: &'a Watch,
    largest: f64,
}

/// One lane's scratch memory.
#[derive(Default)]
struct Scratch {
    block: BlockScratch,
    tile: TileScratch,
}

/// What is made of the rows of a tile. Derivatives are by eta and by log(theta).
#[derive(Default)]
struct TileScratch {
    eta: Vec<f64>,
    slopes: [Vec<f64>; 2],
    curvatures: [Vec<f64>; 3],
    /// The model matrix. Shape: p × B.
    columns: Vec<f64>,
    product: Vec<f64>,
}

impl<'a> CountLikelihood<'a> {
    pub fn new(model: &'a CountModel<'a>, watch: &'a Watch) -> Self {
        let counted = (0..model.rows()).filter(|&row| model.weight(row) > 0.0);
        let largest = counted.fold(0.0f64, |largest, row| largest.max(model.y[row]));
        CountLikelihood { model, watch, largest }
    }

    fn law(&self, parameters: &[f64]) -> Law {
        let theta = match self.model.shape {
            Shape::Infinite => f64::INFINITY,
            Shape::Known(theta) => theta,
            Shape::Estimated => parameters[self.model.design.cols()].exp(),
        };
        Law::new(self.model.variance, theta, self.model.truncated, self.largest)
    }

    /// Without `curvature` score and information stay empty.
    fn pass(&self, parameters: &[f64], curvature: Option<Curvature>) -> Result<Look> {
        let (model, design) = (self.model, self.model.design);
        let p = if curvature.is_some() { model.dim() } else { 0 };
        let (law, raw) = (self.law(parameters), design.raw_coefficients(&parameters[..design.cols()]));
        let cols = model.dim() + 6;
        let plan = Plan::new(model.rows(), cols, 1 + p * (p + 1), cols + p * p);
        let new = || Look { log_likelihood: 0.0, score: vec![0.0; p], information: Symmetric::zeros(p) };
        sweep(
            &plan,
            self.watch,
            vec![(); plan.lanes()],
            new,
            Scratch::default,
            |look, (), Scratch { block: memory, tile: scratch }, block| {
                let view = design.view(block, memory);
                for tile in view.tiles(TILE) {
                    let start = block.start + tile.start;
                    self.fill_eta(&tile, start, &raw, &mut scratch.eta);
                    if let Some(curvature) = curvature {
                        look.log_likelihood += self.fill_rows(&law, start, curvature, scratch);
                        scratch.columns.resize(design.cols() * tile.len, 0.0);
                        design.expand(&tile, &mut scratch.columns);
                        scratch.add(tile.len, look);
                    } else {
                        let rows = scratch.eta.iter().enumerate();
                        look.log_likelihood += rows.map(|(i, &eta)| self.row(&law, start + i, eta).value).sum::<f64>();
                    }
                }
            },
            |look, lane| {
                look.log_likelihood += lane.log_likelihood;
                add(&mut look.score, &lane.score);
                look.information.add_scaled(1.0, &lane.information);
            },
        )
    }

    fn fill_eta(&self, tile: &Tile, start: usize, raw: &[f64], eta: &mut Vec<f64>) {
        eta.clear();
        eta.extend((start..start + tile.len).map(|row| self.model.offset(row)));
        tile.add_xb(raw, eta);
    }

    /// What a row adds, times its weight.
    fn row(&self, law: &Law, row: usize, eta: f64) -> Jet {
        let weight = self.model.weight(row);
        if weight == 0.0 {
            return Jet::default();
        }
        let Jet { value, slope, bend } = law.log_probability(self.model.y[row], eta);
        Jet { value: weight * value, slope: slope.map(|s| weight * s), bend: bend.map(|b| weight * b) }
    }

    /// Derivatives of the rows; the sum of their log-likelihoods.
    fn fill_rows(&self, law: &Law, start: usize, curvature: Curvature, scratch: &mut TileScratch) -> f64 {
        let TileScratch { eta, slopes, curvatures, .. } = scratch;
        slopes.iter_mut().chain(&mut *curvatures).for_each(|v| v.resize(eta.len(), 0.0));
        let mut total = 0.0;
        for (i, &eta) in eta.iter().enumerate() {
            let row = self.row(law, start + i, eta);
            total += row.value;
            slopes.iter_mut().zip(row.slope).for_each(|(v, slope)| v[i] = slope);
            let bends = match curvature {
                Curvature::Observed => row.bend.map(|bend| -bend),
                // the products of the scores
                Curvature::Complete => {
                    let [a, b] = row.slope;
                    let weight = self.model.weight(start + i).max(f64::MIN_POSITIVE);
                    [a * a, a * b, b * b].map(|product| product / weight)
                }
            };
            curvatures.iter_mut().zip(bends).for_each(|(v, bend)| v[i] = bend);
        }
        total
    }
}

impl TileScratch {
    /// Score and information of a tile.
    fn add(&mut self, len: usize, look: &mut Look) {
        let columns: Vec<&[f64]> = self.columns.chunks_exact(len).collect();
        let p = columns.len();
        add_dots(Columns::new(&columns, 0, len), &self.slopes[0], &mut look.score);
        for (j, x) in columns.iter().enumerate() {
            self.product.clear();
            self.product.extend(x.iter().zip(&self.curvatures[0]).map(|(x, c)| x * c));
            add_dots(Columns::new(&columns[j..], 0, len), &self.product, look.information.upper_row_mut(j));
        }
        if look.score.len() > p {
            let mut with_shape = vec![0.0; p];
            add_dots(Columns::new(&columns, 0, len), &self.curvatures[1], &mut with_shape);
            with_shape.iter().enumerate().for_each(|(j, dot)| *look.information.at_mut(j, p) += dot);
            look.score[p] += sum(&self.slopes[1]);
            *look.information.at_mut(p, p) += sum(&self.curvatures[2]);
        }
    }
}

impl Likelihood for CountLikelihood<'_> {
    fn log_likelihood(&self, parameters: &[f64]) -> Result<f64> {
        Ok(self.pass(parameters, None)?.log_likelihood)
    }

    fn look(&self, parameters: &[f64], curvature: Curvature) -> Result<Look> {
        self.pass(parameters, Some(curvature))
    }

    fn logarithms(&self) -> usize {
        self.model.dim() - self.model.design.cols()
    }
}

/// Row i of `out` is the weight times the derivatives of row i's log-likelihood by the parameters. Shapes: parameters
/// `[dim]`, out n × dim by columns.
pub fn score_rows(model: &CountModel, parameters: &[f64], out: &mut [f64], watch: &Watch) -> Result<()> {
    model.check()?;
    let (n, p) = (model.rows(), model.design.cols());
    if parameters.len() != model.dim() {
        let message = format!("should have length {}, not {}", model.dim(), parameters.len());
        return Err(Error::Argument { arg: "coefficients", message });
    }
    let likelihood = CountLikelihood::new(model, watch);
    let (law, raw) = (likelihood.law(parameters), model.design.raw_coefficients(&parameters[..p]));
    let plan = Plan::new(n, model.dim() + 6, 1, model.dim() + 6);
    sweep(
        &plan,
        watch,
        plan.split_columns(out),
        || (),
        Scratch::default,
        |(), (first, out), Scratch { block: memory, tile: scratch }, block| {
            let view = model.design.view(block, memory);
            let whole = view.whole();
            likelihood.fill_eta(&whole, block.start, &raw, &mut scratch.eta);
            likelihood.fill_rows(&law, block.start, Curvature::Observed, scratch);
            scratch.columns.resize(p * block.len, 0.0);
            model.design.expand(&whole, &mut scratch.columns);
            let rows = block.start - *first..block.start - *first + block.len;
            for (j, out) in out.iter_mut().enumerate() {
                let out = &mut out[rows.clone()];
                match scratch.columns.chunks_exact(block.len).nth(j) {
                    Some(x) => out.iter_mut().zip(x).zip(&scratch.slopes[0]).for_each(|((out, x), s)| *out = x * s),
                    None => out.copy_from_slice(&scratch.slopes[1]),
                }
            }
        },
        |(), ()| {},
    )
}
