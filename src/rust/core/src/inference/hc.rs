//! Meats that are right whatever the variance of a row: Σ ω x xᵀ, where ω is the row's squared score, enlarged for its
//! leverage.
//!
//! HC0: White (1980), "A heteroskedasticity-consistent covariance matrix estimator and a direct test for
//! heteroskedasticity". HC2, HC3: MacKinnon and White (1985), "Some heteroskedasticity-consistent covariance matrix
//! estimators with improved finite sample properties". HC4: Cribari-Neto (2004), "Asymptotic inference under
//! heteroskedasticity of unknown form". HC5: Cribari-Neto, Souza and Vasconcellos (2007). HC4m: Cribari-Neto and da Silva
//! (2011).

use super::influence::{influence, Weighted};
use super::score::ScoreRows;
use crate::accumulate::Scratch;
use crate::error::{Error, Result};
use crate::linalg::{Factor, Symmetric};
use crate::pass::{sweep, Plan};
use crate::simd::gram_rows;
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

    /// (1 − leverage) to the power of minus delta, `ratio` being the leverage in units of the mean one and `largest` the
    /// largest ratio.
    fn enlargement(self, leverage: f64, ratio: f64, largest: f64) -> f64 {
        let rest = 1.0 - leverage;
        match self {
            Leveraged::Hc2 => 1.0 / rest,
            Leveraged::Hc3 => 1.0 / (rest * rest),
            Leveraged::Hc4 => rest.powf(-ratio.min(4.0)),
            Leveraged::Hc4m => rest.powf(-(ratio.min(1.0) + ratio.min(1.5))),
            // a root, which HC4 has not
            Leveraged::Hc5 => rest.powf(-0.5 * ratio.min((0.7 * largest).max(4.0))),
        }
    }
}

/// Σ s² x xᵀ, s·x the score rows: HC0. One pass. Shape: p × p.
pub fn squares_meat(scores: &ScoreRows, watch: &Watch) -> Result<Symmetric> {
    scores.check()?;
    weighted_products(scores, watch, |rows, squares| {
        squares.extend(rows.map(|row| scores.factor(row)).map(|s| s * s));
    })
}

/// Σ s² x xᵀ with each square enlarged for the row's leverage; `factor` is that of the information. Shape: p × p.
/// Errors: [`Error::Leverage`], and those of [`influence`].
pub fn leverage_meat(scores: &ScoreRows, factor: &Factor, kind: Leveraged, watch: &Watch) -> Result<Symmetric> {
    scores.check()?;
    let mut hat = vec![0.0; scores.design.rows()];
    influence(&Weighted { design: scores.design, weights: scores.weights, factor }, &mut hat, None, watch)?;
    let rows: Vec<usize> = (0..hat.len()).filter(|&row| hat[row] == 1.0).collect();
    if !rows.is_empty() {
        return Err(Error::Leverage { rows });
    }
    let counted = scores.weights.iter().filter(|&&w| w > 0.0).count();
    let mean = factor.rank() as f64 / counted as f64;
    let largest = hat.iter().fold(0.0f64, |largest, &h| largest.max(h)) / mean;
    weighted_products(scores, watch, |rows, squares| {
        squares.extend(rows.map(|row| {
            let s = scores.factor(row);
            s * s * kind.enlargement(hat[row], hat[row] / mean, largest)
        }));
    })
}

/// Σ ω x xᵀ; `fill` appends the ω of a range of rows.
fn weighted_products(
    scores: &ScoreRows,
    watch: &Watch,
    fill: impl Fn(Range<usize>, &mut Vec<f64>) + Sync,
) -> Result<Symmetric> {
    let design = scores.design;
    let plan = Plan::new(design.rows(), design.block_cols() + 2, design.gram_len(), design.gram_work());
    // the kernel adds products with a last column, too, which nobody reads
    let (gram, _) = sweep(
        &plan,
        watch,
        vec![(); plan.lanes()],
        || (design.empty_gram(), vec![0.0; design.raw_cols()]),
        || (Scratch::default(), vec![]),
        |(gram, unread), (), (scratch, omega), block| {
            let view = design.view(block, &mut scratch.block);
            for tile in view.tiles(gram_rows(view.dense.len())) {
                omega.clear();
                fill(block.start + tile.start..block.start + tile.start + tile.len, omega);
                tile.pack(&mut scratch.tile.dense).add_xtwx(
                    Some(omega),
                    omega,
                    gram,
                    unread,
                    &mut scratch.tile.products,
                );
            }
        },
        |(gram, _), (other, _)| gram.add(other),
    )?;
    Ok(design.contract_gram(&gram).into_dense())
}
