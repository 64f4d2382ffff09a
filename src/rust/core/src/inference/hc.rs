//! Meats that are right whatever the variance of a row: Σ ω x xᵀ, where ω is the row's squared score, enlarged for its
//! leverage.
//!
//! HC0: White (1980), "A heteroskedasticity-consistent covariance matrix estimator and a direct test for
//! heteroskedasticity". HC2, HC3: MacKinnon and White (1985), "Some heteroskedasticity-consistent covariance matrix
//! estimators with improved finite sample properties". HC4: Cribari-Neto (2004), "Asymptotic inference under
//! heteroskedasticity of unknown form". HC5: Cribari-Neto, Souza and Vasconcellos (2007). HC4m: Cribari-Neto and da Silva
//! (2011).

use super::influence::{influence, Extent, Leverages, Weighted};
use super::inverse::{InverseScratch, TILE_ROWS};
use super::score::ScoreRows;
use crate::accumulate::Scratch;
use crate::design::{Design, Tile};
use crate::error::{Error, Result};
use crate::linalg::{Factor, Symmetric};
use crate::pass::{sweep, Plan};
use crate::watch::Watch;
use std::ops::Range;

/// How a squared score is enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leveraged {
    Hc2,
    Hc3,
    Hc4,
    Hc4m,
    Hc5,
}

impl Leveraged {
    pub const ALL: [(&'static str, Leveraged); 5] = [
        ("HC2", Leveraged::Hc2),
        ("HC3", Leveraged::Hc3),
        ("HC4", Leveraged::Hc4),
        ("HC4m", Leveraged::Hc4m),
        ("HC5", Leveraged::Hc5),
    ];

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|&(_, kind)| kind)
    }

    /// omega = factor² · (1 − leverage) to the power of minus delta; it comes with the leverages. `mean` is that of all, and
    /// `largest` the largest ratio of one to it. Shapes: all `[B]`.
    fn enlarge(self, factors: impl Iterator<Item = f64>, omega: &mut [f64], mean: f64, largest: f64) {
        let rows = factors.zip(omega);
        // a loop for each kind: no loop is made of vectors that has to ask for the kind
        match self {
            Leveraged::Hc2 => rows.for_each(|(s, h)| *h = s * s / (1.0 - *h)),
            Leveraged::Hc3 => rows.for_each(|(s, h)| *h = s * s / ((1.0 - *h) * (1.0 - *h))),
            Leveraged::Hc4 => rows.for_each(|(s, h)| *h = s * s * (1.0 - *h).powf(-(*h / mean).min(4.0))),
            Leveraged::Hc4m => rows.for_each(|(s, h)| {
                let ratio = *h / mean;
                *h = s * s * (1.0 - *h).powf(-(ratio.min(1.0) + ratio.min(1.5)));
            }),
            // a root, which HC4 has not
            Leveraged::Hc5 => rows.for_each(|(s, h)| {
                *h = s * s * (1.0 - *h).powf(-0.5 * (*h / mean).min((0.7 * largest).max(4.0)));
            }),
        }
    }
}

/// Σ s² x xᵀ, s·x the score rows: HC0. One pass. Shape: p × p.
pub fn squares_meat(scores: &ScoreRows, watch: &Watch) -> Result<Symmetric> {
    scores.check()?;
    weighted_squares(scores, |_, weights| weights.fill(1.0), watch)
}

/// The same with weights, which are not negative; `weigh` writes those of a range of rows.
pub(super) fn weighted_squares(
    scores: &ScoreRows,
    weigh: impl Fn(Range<usize>, &mut [f64]) + Sync,
    watch: &Watch,
) -> Result<Symmetric> {
    let (_, meat) = weighted_products(scores, watch, |_, rows, _, omega| {
        weigh(rows.clone(), omega);
        omega.iter_mut().zip(scores.factors(rows)).for_each(|(omega, s)| *omega *= s * s);
        Extent::default()
    })?;
    Ok(meat)
}

/// The sum of the leverages, and Σ s² x xᵀ with each square enlarged for the row's; `factor` is that of the information.
/// Shape: p × p. One pass; two for HC5. Errors: [`Error::Leverage`], and those of [`influence`].
pub fn leverage_meat(scores: &ScoreRows, factor: &Factor, kind: Leveraged, watch: &Watch) -> Result<(f64, Symmetric)> {
    scores.check()?;
    let fit = Weighted { design: scores.design, weights: scores.weights, factor };
    let all_leverages = || {
        let mut hat = vec![0.0; scores.design.rows()];
        influence(&fit, &mut hat, None, watch).map(|_| hat)
    };
    let counted = scores.weights.iter().filter(|&&w| w > 0.0).count();
    let mean = factor.rank() as f64 / counted as f64;
    let largest_ratio = match kind {
        Leveraged::Hc5 => all_leverages()?.iter().fold(0.0f64, |largest, &h| largest.max(h)) / mean,
        _ => f64::NAN, // the others do not ask for it
    };
    let (extent, meat) = Leverages::new(&fit, watch)?.with_enough_digits(watch, |leverages| {
        weighted_products(scores, watch, |tile, rows, scratch, omega| {
            let extent = leverages.of_tile(tile, rows.clone(), scratch, omega, false);
            kind.enlarge(scores.factors(rows), omega, mean, largest_ratio);
            extent
        })
    })?;
    if extent.largest < 1.0 {
        return Ok((extent.sum, meat));
    }
    let hat = all_leverages()?;
    Err(Error::Leverage { rows: (0..hat.len()).filter(|&row| hat[row] == 1.0).collect() })
}

#[derive(Default)]
struct Memory {
    pass: Scratch,
    inverse: InverseScratch,
    omega: Vec<f64>,
}

fn gram_plan(design: &Design) -> Plan {
    Plan::new(design.rows(), design.block_cols() + 2, design.gram_len(), design.gram_work())
}

/// Σ ω x xᵀ; `fill` writes the ω of a tile, the design's rows of that range. Returns the extent of all tiles, too.
fn weighted_products(
    scores: &ScoreRows,
    watch: &Watch,
    fill: impl Fn(&Tile, Range<usize>, &mut InverseScratch, &mut [f64]) -> Extent + Sync,
) -> Result<(Extent, Symmetric)> {
    let design = scores.design;
    let plan = gram_plan(design);
    // the kernel adds products with a last column, too, which nobody reads
    let (extent, gram, _) = sweep(
        &plan,
        watch,
        vec![(); plan.lanes()],
        || (Extent::default(), design.empty_gram(), vec![0.0; design.raw_cols()]),
        Memory::default,
        |(extent, gram, unread), (), Memory { pass, inverse, omega }, block| {
            let view = design.view(block, &mut pass.block);
            for tile in view.tiles(TILE_ROWS) {
                let start = block.start + tile.start;
                omega.resize(tile.len, 0.0);
                extent.add(fill(&tile, start..start + tile.len, inverse, omega));
                tile.with_next().add_xtwx(Some(omega), omega, gram, unread, &mut pass.tile.products);
            }
        },
        |(extent, gram, _), (of_other, other, _)| {
            extent.add(of_other);
            gram.add(other);
        },
    )?;
    Ok((extent, design.contract_gram(&gram).into_dense()))
}
