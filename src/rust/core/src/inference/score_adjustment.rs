//! What is added to the score to take the first-order bias out of its root: sums over rows of leverages, in one sweep.

use super::inverse::{Inverse, InverseScratch};
use crate::design::BlockScratch;
use crate::error::Result;
use crate::glm::GlmObjective;
use crate::linalg::{add, Factor};
use crate::pass::{sweep, Plan};
use crate::simd::{dispatch, TILE_ROWS};
use crate::working::Working;

/// How the estimates are to be better than those of maximum likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bias {
    /// Mean zero: Firth (1993); Kosmidis and Firth (2009), "Bias reduction in exponential family nonlinear models".
    Mean,
    /// As likely too large as too small: Kenne Pagui, Salvan and Sartori (2017), "Median bias reduction of maximum likelihood
    /// estimates".
    Median,
    /// The likelihood times that power of the determinant of the information: Kosmidis and Firth (2021), "Jeffreys-prior
    /// penalty, finiteness and shrinkage in binomial-response generalized linear models".
    Jeffreys { power: f64 },
}

/// In the scale of the information over the dispersion, as the leverages are.
pub struct ScoreAdjustment {
    /// Added to the score, which is divided by the dispersion. Shape: `[p]`.
    pub score: Vec<f64>,
    /// Added to the coefficients, times the dispersion: 0 but for medians. Shape: `[p]`.
    pub shift: Vec<f64>,
}

/// The adjustment at `theta`, where `factor` is that of the information.
pub fn score_adjustment(
    objective: &GlmObjective,
    theta: &[f64],
    factor: &Factor,
    bias: Bias,
) -> Result<ScoreAdjustment> {
    let problem = objective.problem;
    let (design, family, link) = (problem.design, problem.family.family.as_ref(), problem.link);
    let (raw, inverse) = (design.raw_coefficients(theta), Inverse::new(design, factor));
    let (cols, kept) = (design.block_cols() + 8, &factor.kept);
    let cubed = if bias == Bias::Median { kept.len() } else { 0 };
    let needs_spread = bias != Bias::Mean;
    let plan = Plan::new(problem.rows(), cols + factor.rank() + cubed, design.raw_cols(), cols * factor.rank());
    let sums = sweep(
        &plan,
        objective.watch,
        vec![(); plan.lanes()],
        || (vec![0.0; design.raw_cols()], vec![0.0; cubed]),
        Scratch::default,
        |(score, cubes), (), scratch, block| {
            let view = design.view(block, &mut scratch.block);
            for tile in view.tiles(TILE_ROWS) {
                let rows = block.start + tile.start..block.start + tile.start + tile.len;
                let working = &mut scratch.working;
                working.resize(tile.len);
                objective.fill_means(tile, rows.clone(), Some(&raw), working);
                working.weigh(problem.family, &problem.y[rows.clone()], problem.prior_weights.map(|w| &w[rows]));
                let Scratch { terms, bends, spreads, products, .. } = scratch;
                for v in [&mut *terms, bends, spreads] {
                    v.resize(tile.len, 0.0);
                }
                inverse.quadratic_forms(design, &tile, &mut scratch.inverse, terms, cubed > 0);
                link.dlog_slope_block(&working.eta, &working.mu, &working.rest, bends);
                if needs_spread {
                    family.dlog_variance_block(working.means(), spreads);
                    spreads.iter_mut().zip(&working.dmu_deta).for_each(|(s, d)| *s *= d);
                }
                let weights = &working.working_weights;
                let shares = match bias {
                    Bias::Jeffreys { power } => [2.0 * power, -power],
                    Bias::Mean | Bias::Median => [0.5, 0.0],
                };
                scale(terms, weights, bends, spreads, shares);
                tile.add_xtv(terms, score);
                if cubed == 0 {
                    continue;
                }
                terms.fill(1.0);
                scale(terms, weights, bends, spreads, [-0.5, 1.0 / 6.0]);
                products.resize(cubed * tile.len, 0.0);
                let columns = kept.iter().copied().zip(products.chunks_exact_mut(tile.len));
                inverse.products(design, &tile, &scratch.inverse, columns);
                for (cube, column) in cubes.iter_mut().zip(products.chunks_exact(tile.len)) {
                    *cube += terms.iter().zip(column).map(|(term, t)| term * t * t * t).sum::<f64>();
                }
            }
        },
        |(score, cubes), (other_score, other_cubes)| {
            add(score, &other_score);
            add(cubes, &other_cubes);
        },
    )?;
    let mut shift = vec![0.0; design.cols()];
    if cubed > 0 {
        let variances = factor.variances();
        kept.iter().zip(sums.1).zip(variances).for_each(|((&j, cube), variance)| shift[j] = cube / variance);
    }
    Ok(ScoreAdjustment { score: design.contract_vector(&sums.0), shift })
}

dispatch! {
    /// Rows · working weight · (bend and spread in these shares); 0 for a row without weight, which may hold anything.
    /// Shapes: `[B]`.
    scale => scale_generic(rows: &mut [f64], weights: &[f64], bends: &[f64], spreads: &[f64], shares: [f64; 2])
}

#[inline(always)]
fn scale_generic<const FMA: bool>(
    rows: &mut [f64],
    weights: &[f64],
    bends: &[f64],
    spreads: &[f64],
    [of_bend, of_spread]: [f64; 2],
) {
    for (((row, &weight), &bend), &spread) in rows.iter_mut().zip(weights).zip(bends).zip(spreads) {
        let scaled = *row * weight * (of_bend * bend + of_spread * spread);
        *row = if weight == 0.0 { 0.0 } else { scaled };
    }
}

/// Memory of one lane.
#[derive(Default)]
struct Scratch {
    block: BlockScratch,
    working: Working,
    inverse: InverseScratch,
    /// Parts of the rows in a sum. Shape: `[B]`.
    terms: Vec<f64>,
    /// d log(dmu/deta) / deta and d log(V) / deta of the rows. Shapes: `[B]`.
    bends: Vec<f64>,
    spreads: Vec<f64>,
    /// Inverse information times the rows. Shape: `[r × B]`, by columns.
    products: Vec<f64>,
}
