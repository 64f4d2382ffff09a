//! Solving in two steps: the others among themselves, then each level on its own.

use super::effects::{Effects, Reduced};
use super::inverse::BlockInverse;
use super::Bordered;
use crate::linalg::factor::{back_solve, forward_solve, inverse_of_triangle, log_determinant_of};
use crate::linalg::{Cholesky, Factor, SparseColumns};
use faer::Mat;

#[derive(Debug, Clone)]
pub struct BorderedFactor {
    /// Means of the kept others alone.
    effects: Effects,
    /// The others that are kept: columns of the model matrix.
    others: Vec<usize>,
    /// RᵀR = the others with the levels swept out.
    r: Mat<f64>,
}

impl Bordered {
    /// The factor, leaving out `skip`, levels without weight, and others with a relative pivot below `tolerance`.
    pub fn factorise(&self, skip: &[usize], tolerance: f64) -> Cholesky {
        self.finish(self.reduce(skip, tolerance))
    }

    pub(super) fn finish(&self, reduced: Reduced) -> Cholesky {
        let Reduced { effects, cholesky, .. } = reduced;
        let Cholesky { factor, least_pivot } = cholesky;
        let column_of = |&i: &usize| self.border.others[i];
        let others: Vec<usize> = factor.kept.iter().map(column_of).collect();
        let mut aliased: Vec<usize> =
            factor.aliased.iter().map(column_of).chain(effects.aliased.iter().copied()).collect();
        let mut kept: Vec<usize> = others.iter().chain(&effects.columns).copied().collect();
        kept.sort_unstable();
        aliased.sort_unstable();
        let effects = if factor.aliased.is_empty() {
            effects
        } else {
            Effects { means: select(&effects.means, &factor.kept, self.border.others.len()), ..effects }
        };
        let r = factor.triangle().cloned().unwrap_or_else(|| Mat::zeros(0, 0));
        Cholesky { factor: Factor::bordered(kept, aliased, BorderedFactor { effects, others, r }), least_pivot }
    }
}

/// The entries of the rows `kept`, out of `rows`.
fn select(columns: &SparseColumns, kept: &[usize], rows: usize) -> SparseColumns {
    let mut place = vec![None; rows];
    kept.iter().enumerate().for_each(|(new, &old)| place[old] = Some(new));
    let mut out = SparseColumns::default();
    for k in 0..columns.len() {
        out.push(columns.column(k).filter_map(|(i, value)| Some((place[i]?, value))));
    }
    out
}

impl BorderedFactor {
    /// As [`Factor::solve`].
    pub(in crate::linalg) fn solve(&self, rhs: &[f64]) -> Vec<f64> {
        let Effects { columns, weights, means, with_base, .. } = &self.effects;
        let mut sums: Vec<f64> = columns.iter().map(|&column| rhs[column]).collect();
        if *with_base {
            // the intercept's is the sum over all levels
            let (base, levels) = sums.split_at_mut(1);
            base[0] -= levels.iter().sum::<f64>();
        }
        let mut left: Vec<f64> = self.others.iter().map(|&j| rhs[j]).collect();
        sums.iter().enumerate().for_each(|(k, &sum)| means.add_to(k, -sum, &mut left));
        let others = back_solve(&self.r, forward_solve(&self.r, left));
        let mut out = vec![0.0; rhs.len()];
        self.others.iter().zip(&others).for_each(|(&j, &x)| out[j] = x);
        for (k, &column) in columns.iter().enumerate() {
            out[column] = sums[k] / weights[k] - means.dot(k, &others);
        }
        if *with_base {
            let base = out[columns[0]];
            columns[1..].iter().for_each(|&column| out[column] -= base);
        }
        out
    }

    /// As [`Factor::log_determinant`]: coefficients and effects are the same but for a matrix of determinant 1.
    pub(in crate::linalg) fn log_determinant(&self) -> f64 {
        log_determinant_of(&self.r) + self.effects.weights.iter().map(|w| w.ln()).sum::<f64>()
    }

    pub(in crate::linalg) fn inverse(&self) -> BlockInverse {
        BlockInverse {
            others: self.others.clone(),
            columns: self.effects.columns.clone(),
            with_base: self.effects.with_base,
            inverse: inverse_of_triangle(&self.r),
            means: self.effects.means.clone(),
            weights: self.effects.weights.clone(),
        }
    }
}
