//! The score of a generalized linear model.

use super::{add_product, Block};
use crate::accumulate::Scratch;
use crate::design::{Design, RowBlock};
use crate::family::FamilySpec;
use crate::glm::Problem;
use crate::inference::weigh_scores;
use crate::link::Link;
use crate::working::Working;
use faer::{MatMut, MatRef};

/// Row i of its functions is s_i·x_i, s = prior weight · dmu/deta / V(mu) · (y − mu). Shapes of the vectors: `[n]`.
pub struct Model<'a> {
    pub design: Design<'a>,
    pub y: &'a [f64],
    pub weights: Option<&'a [f64]>,
    pub offset: Option<&'a [f64]>,
    pub family: FamilySpec,
    pub link: Box<dyn Link>,
}

impl Model<'_> {
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            prior_weights: self.weights,
            offset: self.offset,
            ..Problem::new(&self.design, self.y, &self.family, self.link.as_ref())
        }
    }

    /// ds/deta of row i: the observed information of its eta, with the sign turned.
    fn slope(&self, working: &Working, i: usize) -> f64 {
        let residual = working.weighted_residuals[i];
        // a row without weight or slope may have no mean
        if residual == 0.0 {
            return -working.working_weights[i];
        }
        let (mu, rest) = (working.mu[i], working.rest[i]);
        let growth =
            self.link.dlog_slope(working.eta[i]) - working.dmu_deta[i] * self.family.family.dlog_variance(mu, rest);
        residual * growth - working.working_weights[i]
    }
}

impl Block for Model<'_> {
    fn rows(&self) -> usize {
        self.y.len()
    }

    fn dim(&self) -> usize {
        self.design.cols()
    }

    fn row_size(&self) -> usize {
        self.design.block_cols() + 2 * self.design.cols() + 8
    }

    /// The coefficients of the level-space columns.
    fn placed(&self, theta: &[f64]) -> Vec<f64> {
        self.design.raw_coefficients(theta)
    }

    fn fill(
        &self,
        raw: &[f64],
        rows: RowBlock,
        counts: &[f64],
        scratch: &mut Scratch,
        psi: &mut [f64],
        slopes: &mut [f64],
    ) {
        let (n, p) = (rows.len, self.design.cols());
        let view = self.design.view(rows, &mut scratch.block);
        let (working, expanded) = (&mut scratch.tile.working, &mut scratch.tile.rows);
        weigh_scores(&self.problem(), view.whole(), rows.range(), raw, working);
        for (i, count) in counts.iter().enumerate() {
            working.working_weights[i] = count * self.slope(working, i);
            working.weighted_residuals[i] *= count;
        }
        expanded.resize(2 * p * n, 0.0);
        let (x, weighted) = expanded.split_at_mut(p * n);
        self.design.expand(&view.whole(), x);
        for ((x, weighted), psi) in x.chunks_exact(n).zip(weighted.chunks_exact_mut(n)).zip(psi.chunks_exact_mut(n)) {
            for i in 0..n {
                weighted[i] = working.working_weights[i] * x[i];
                psi[i] = working.weighted_residuals[i] * x[i];
            }
        }
        let matrix = |x| MatRef::from_column_major_slice(x, n, p);
        add_product(MatMut::from_column_major_slice_mut(slopes, p, p), matrix(x), matrix(weighted));
    }
}
