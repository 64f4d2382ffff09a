//! Levels swept out: what is left to factorise.

use super::Bordered;
use crate::linalg::cholesky_scaled;
use crate::linalg::{Cholesky, SparseColumns, Symmetric};
use faer::linalg::matmul::triangular::{matmul, BlockStructure};
use faer::{Accum, Mat, Par};

/// The effects of the levels that have a column of their own to tell, and the base's before them where it is absorbed.
#[derive(Debug, Clone)]
pub(super) struct Effects {
    /// The coefficient that an effect belongs to: the base's is the intercept.
    pub columns: Vec<usize>,
    /// Sums of weights. Shape: `[M]`.
    pub weights: Vec<f64>,
    /// Weighted means of the others. Shape: `[M][q]`.
    pub means: SparseColumns,
    /// Is the first effect the base's?
    pub with_base: bool,
    /// Columns of levels without weight, or left out.
    pub aliased: Vec<usize>,
}

/// The others with the levels swept out, and their factor, both by position among the others.
pub(super) struct Reduced {
    pub effects: Effects,
    pub schur: Symmetric,
    pub cholesky: Cholesky,
}

impl Bordered {
    /// Sweep the levels out and factorise what is left, leaving out the columns `skip` and those of the others with a
    /// pivot below `tolerance`, relative to the column as it was.
    pub(super) fn reduce(&self, skip: &[usize], tolerance: f64) -> Reduced {
        let mut left_out = vec![false; self.border.cols];
        skip.iter().for_each(|&j| left_out[j] = true);
        let effects = self.effects(&left_out);
        let schur = sweep_out(&self.others, &effects);
        let scale: Vec<f64> = (0..schur.size()).map(|i| self.others.at(i, i).sqrt()).collect();
        let others = self.border.others.iter().enumerate();
        let skip: Vec<usize> = others.filter(|(_, &j)| left_out[j]).map(|(i, _)| i).collect();
        let cholesky = cholesky_scaled(&schur, &scale, &skip, tolerance);
        Reduced { effects, schur, cholesky }
    }

    /// A level whose column is left out has the effect of the base, if that is an effect, and else none.
    fn effects(&self, left_out: &[bool]) -> Effects {
        let border = &*self.border;
        let with_base = border.absorbed.is_some();
        let mut effects =
            Effects { columns: vec![], weights: vec![], means: SparseColumns::default(), with_base, aliased: vec![] };
        let mut own: Vec<(usize, usize)> = vec![];
        let mut in_base: Vec<usize> = border.absorbed.iter().map(|a| a.base).collect();
        for (level, column) in border.levels.iter().enumerate() {
            match *column {
                Some(column) if left_out[column] || self.diagonal[level] == 0.0 => {
                    effects.aliased.push(column);
                    in_base.push(level);
                }
                Some(column) => own.push((column, level)),
                None => {}
            }
        }
        if let Some(absorbed) = border.absorbed {
            if in_base.iter().all(|&level| self.diagonal[level] == 0.0) {
                // without a base the intercept comes before the levels, and the last of them is the one too many
                if let Some((column, level)) = own.pop() {
                    effects.aliased.push(column);
                    in_base.push(level);
                }
            }
            let weight: f64 = in_base.iter().map(|&level| self.diagonal[level]).sum();
            let mut sums = vec![0.0; border.others.len()];
            in_base.iter().for_each(|&level| self.cross.add_to(level, 1.0, &mut sums));
            sums.iter_mut().for_each(|sum| *sum /= weight);
            effects.columns.push(absorbed.intercept);
            effects.weights.push(weight);
            effects.means.push_full(&sums);
        }
        for (column, level) in own {
            let weight = self.diagonal[level];
            effects.columns.push(column);
            effects.weights.push(weight);
            effects.means.push(self.cross.column(level).map(|(i, sum)| (i, sum / weight)));
        }
        effects
    }
}

/// Levels that are worth a matrix product, and from how many others on.
const CHUNK: usize = 256;
const WIDE: usize = 32;
/// How much faster a matrix product does a multiplication than a loop over entries.
const SPEED_UP: f64 = 8.0;

/// others − Σ weight · mean · meanᵀ
fn sweep_out(others: &Symmetric, effects: &Effects) -> Symmetric {
    let q = others.size();
    let mut out = others.clone();
    let Effects { weights, means, .. } = effects;
    if q < WIDE || means.pairs() * SPEED_UP < (q * q) as f64 * means.len() as f64 {
        for (k, &weight) in weights.iter().enumerate() {
            for (position, (i, mean)) in means.column(k).enumerate() {
                let row = out.upper_row_mut(i);
                let factor = weight * mean;
                means.column(k).skip(position).for_each(|(j, mean)| row[j - i] -= factor * mean);
            }
        }
        return out;
    }
    let mut product = Mat::<f64>::zeros(q, q);
    let mut chunk = Mat::<f64>::zeros(q, CHUNK);
    for first in (0..means.len()).step_by(CHUNK) {
        chunk.fill(0.0);
        for k in first..means.len().min(first + CHUNK) {
            let root = weights[k].sqrt();
            means.column(k).for_each(|(i, mean)| chunk[(i, k - first)] = root * mean);
        }
        let (lower, full) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
        matmul(product.as_mut(), lower, Accum::Add, chunk.as_ref(), full, chunk.transpose(), full, 1.0, Par::Seq);
    }
    for i in 0..q {
        out.upper_row_mut(i).iter_mut().enumerate().for_each(|(j, x)| *x -= product[(i + j, i)]);
    }
    out
}
