//! Leverages, and what a weighted least squares fit would be without one of its rows: of all rows in one sweep.
//!
//! Deletion formulas: Belsley, Kuh and Welsch (1980), *Regression Diagnostics*, ch. 2. A generalized linear model is
//! taken for the weighted least squares fit of its last step, its deviance residuals for the residuals.

use super::basis::Basis;
use super::inverse::{Inverse, InverseScratch, TILE_ROWS};
use crate::design::{BlockScratch, Design, Tile};
use crate::error::{Error, Result};
use crate::linalg::{add, Factor};
use crate::pass::{sweep, Plan};
use crate::simd::{range, sum};
use crate::watch::Watch;
use std::ops::Range;

/// A leverage above it is one: the tolerance of R's `lm.influence()`.
const ONE: f64 = 1.0 - 10.0 * f64::EPSILON;
/// Above it 1 − leverage has two digits less than the leverage: the basis is then corrected.
const HIGH: f64 = 0.99;

/// A fit.
pub struct Weighted<'a> {
    pub design: &'a Design<'a>,
    /// Rows of weight 0 take no part. Shape: `[n]`.
    pub weights: &'a [f64],
    /// The factor of XᵀWX.
    pub factor: &'a Factor,
}

/// Coefficients less those without the row; 0 where the leverage is one.
pub struct Changes<'a> {
    /// The columns of the model matrix that are asked for.
    pub columns: &'a [usize],
    /// √weight times what the fit left, or what stands for it. Shape: `[n]`.
    pub residuals: &'a [f64],
    /// Shape: `[n × columns]`, by columns.
    pub values: &'a mut [f64],
}

/// hat = w·xᵀ(XᵀWX)⁻¹x, the leverages, and `changes`, if asked for. Returns the sum of the leverages: the rank, if the
/// factor is that of these weights. Shape: hat `[n]`.
/// Errors: [`Error::Interrupted`], and lengths that do not fit.
pub fn influence(fit: &Weighted, hat: &mut [f64], mut changes: Option<Changes>, watch: &Watch) -> Result<f64> {
    let n = fit.design.rows();
    let mut lengths = [fit.weights.len(), hat.len()].into_iter().chain(changes.as_ref().map(|c| c.residuals.len()));
    if lengths.any(|len| len != n) {
        return Err(Error::Argument {
            arg: "residuals",
            message: format!("must have a value for each of the {n} rows"),
        });
    }
    let (cols, rank) = (fit.design.block_cols(), fit.factor.rank());
    let plan = Plan::new(n, cols + rank, 1, cols * rank);
    let (extent, ()) = Leverages::new(fit, watch)?
        .with_enough_digits(watch, |leverages| Ok((fill(leverages, &plan, hat, changes.as_mut(), watch)?, ())))?;
    Ok(extent.sum)
}

/// How large some leverages are.
#[derive(Clone, Copy, Default)]
pub(super) struct Extent {
    pub largest: f64,
    pub sum: f64,
}

impl Extent {
    pub fn add(&mut self, other: Extent) {
        self.largest = self.largest.max(other.largest);
        self.sum += other.sum;
    }
}

/// The leverages of a fit, tile by tile.
pub(super) struct Leverages<'a> {
    fit: &'a Weighted<'a>,
    inverse: Inverse<'a>,
    corrected: bool,
}

impl<'a> Leverages<'a> {
    /// One sweep, if the factor is a doubtful one.
    pub fn new(fit: &'a Weighted<'a>, watch: &Watch) -> Result<Self> {
        let mut leverages = Leverages { fit, inverse: Inverse::new(fit.design, fit.factor), corrected: false };
        if fit.factor.is_doubtful() {
            leverages.correct(watch)?;
        }
        Ok(leverages)
    }

    /// What `run` makes of the leverages, whose extent it gives as well: with some that are nearly one it runs again, with
    /// more digits.
    pub fn with_enough_digits<T>(
        mut self,
        watch: &Watch,
        mut run: impl FnMut(&Self) -> Result<(Extent, T)>,
    ) -> Result<(Extent, T)> {
        let (extent, made) = run(&self)?;
        if extent.largest <= HIGH || self.corrected {
            return Ok((extent, made));
        }
        self.correct(watch)?;
        run(&self)
    }

    fn correct(&mut self, watch: &Watch) -> Result<()> {
        self.corrected = true;
        match &mut self.inverse {
            Inverse::Basis(basis) => correct(self.fit, basis, watch),
            Inverse::Blocks { .. } => Ok(()),
        }
    }

    /// hat = those of a tile, which are the design's `rows`. `more`: see [`Inverse::quadratic_forms`].
    pub fn of_tile(
        &self,
        tile: &Tile,
        rows: Range<usize>,
        scratch: &mut InverseScratch,
        hat: &mut [f64],
        more: bool,
    ) -> Extent {
        self.inverse.quadratic_forms(self.fit.design, tile, scratch, hat, more);
        for (h, &w) in hat.iter_mut().zip(&self.fit.weights[rows]) {
            let leverage = if w > 0.0 { w * *h } else { 0.0 };
            *h = if leverage > ONE { 1.0 } else { leverage };
        }
        Extent { largest: range(hat).1, sum: sum(hat) }
    }
}

/// sigma = the residual standard deviation of the fit without the row. Shapes: all `[n]`.
pub fn leave_one_out_sigma(fit: &Weighted, residuals: &[f64], hat: &[f64], sigma: &mut [f64]) {
    let counted = || fit.weights.iter().zip(residuals).filter(|(&w, _)| w > 0.0);
    let squares: f64 = counted().map(|(_, e)| e * e).sum();
    let df = counted().count() as f64 - fit.factor.rank() as f64;
    for (((s, &h), e), &w) in sigma.iter_mut().zip(hat).zip(residuals).zip(fit.weights) {
        let own = if h < 1.0 { e * e / (1.0 - h) } else { 0.0 };
        *s = if w > 0.0 { (squares - own) / (df - 1.0) } else { squares / df }.sqrt();
    }
}

#[derive(Default)]
struct Scratch {
    block: BlockScratch,
    inverse: InverseScratch,
    scale: Vec<f64>,
}

/// A lane's part of the answers.
struct Part<'a> {
    start: usize,
    hat: &'a mut [f64],
    /// For each of the columns.
    changes: Vec<&'a mut [f64]>,
}

/// One sweep.
fn fill(
    leverages: &Leverages,
    plan: &Plan,
    hat: &mut [f64],
    changes: Option<&mut Changes>,
    watch: &Watch,
) -> Result<Extent> {
    let Leverages { fit, inverse, .. } = leverages;
    let part = |(lane, hat)| Part { start: plan.lane_rows(lane).start, hat, changes: vec![] };
    let mut parts: Vec<Part> = plan.split(hat).into_iter().enumerate().map(part).collect();
    let (mut columns, mut residuals) = (&[][..], None);
    if let Some(changes) = changes {
        (columns, residuals) = (changes.columns, Some(changes.residuals));
        for values in changes.values.chunks_mut(plan.rows().max(1)) {
            parts.iter_mut().zip(plan.split(values)).for_each(|(part, values)| part.changes.push(values));
        }
    }
    sweep(
        plan,
        watch,
        parts,
        Extent::default,
        Scratch::default,
        |extent, part, scratch, block| {
            let view = fit.design.view(block, &mut scratch.block);
            for tile in view.tiles(TILE_ROWS) {
                let rows = block.start + tile.start..block.start + tile.start + tile.len;
                let here = rows.start - part.start..rows.end - part.start;
                let hat = &mut part.hat[here.clone()];
                extent.add(leverages.of_tile(&tile, rows.clone(), &mut scratch.inverse, hat, residuals.is_some()));
                let Some(residuals) = residuals else { continue };
                let scale = hat.iter().zip(&fit.weights[rows.clone()]).zip(&residuals[rows]);
                scratch.scale.clear();
                scratch.scale.extend(scale.map(|((&h, w), e)| if h < 1.0 { w.sqrt() * e / (1.0 - h) } else { 0.0 }));
                let changes = part.changes.iter_mut().map(|values| &mut values[here.clone()]);
                inverse.products(fit.design, &tile, &scratch.inverse, columns.iter().copied().zip(changes));
                for values in &mut part.changes {
                    values[here.clone()].iter_mut().zip(&scratch.scale).for_each(|(v, s)| *v *= s);
                }
            }
        },
        |extent, other| extent.add(other),
    )
}

/// See [`Basis::correct`]. One sweep.
pub(super) fn correct(fit: &Weighted, basis: &mut Basis, watch: &Watch) -> Result<()> {
    let (cols, rank) = (fit.design.block_cols(), fit.factor.rank());
    let plan = Plan::new(fit.design.rows(), cols + rank, rank * rank, (cols + rank) * rank);
    basis.correct(&basis_gram(fit, basis, &plan, watch)?);
    Ok(())
}

/// The basis' products in the weights: the identity, but for rounding errors.
fn basis_gram(fit: &Weighted, basis: &Basis, plan: &Plan, watch: &Watch) -> Result<Vec<f64>> {
    sweep(
        plan,
        watch,
        vec![(); plan.lanes()],
        || vec![0.0; basis.rank() * basis.rank()],
        Scratch::default,
        |gram, (), scratch, block| {
            let view = fit.design.view(block, &mut scratch.block);
            for tile in view.tiles(TILE_ROWS) {
                let start = block.start + tile.start;
                basis.fill(&tile, &mut scratch.inverse.basis);
                basis.add_gram(&fit.weights[start..start + tile.len], &mut scratch.inverse.basis, gram);
            }
        },
        |gram, other| add(gram, &other),
    )
}
