//! Sums of estimating functions in units of their spread.

use faer::Mat;

/// What is added to the diagonal of a correlation matrix, so that functions that repeat one another do no harm.
const RIDGE: f64 = 1e-10;

/// The triangle by which sums are brought to spread 1 without correlation.
pub struct Whitening {
    /// L with L Lᵀ = the spread, about. Shape: q × q.
    lower: Mat<f64>,
}

impl Whitening {
    /// From the sum of products of the rows, or any positive definite matrix like it; functions that are zero in every row
    /// get spread 1. `None` where an entry is not finite.
    pub fn of(products: &Mat<f64>) -> Option<Self> {
        let q = products.nrows();
        let spread = |i: usize| if products[(i, i)] > 0.0 { products[(i, i)].sqrt() } else { 1.0 };
        let correlations = Mat::from_fn(q, q, |i, j| {
            let ridge = if i == j { RIDGE } else { 0.0 };
            let own = if i == j && products[(i, i)] <= 0.0 { 1.0 } else { 0.0 };
            products[(i, j)] / (spread(i) * spread(j)) + ridge + own
        });
        if (0..q).any(|j| (0..q).any(|i| !correlations[(i, j)].is_finite())) {
            return None;
        }
        let factor = correlations.llt(faer::Side::Lower).ok()?;
        let lower = factor.L();
        Some(Whitening { lower: Mat::from_fn(q, q, |i, j| if i >= j { spread(i) * lower[(i, j)] } else { 0.0 }) })
    }

    /// Units of 1.
    pub fn identity(q: usize) -> Self {
        Whitening { lower: Mat::identity(q, q) }
    }

    /// L⁻¹ v. Shape: `[q]`.
    pub fn apply(&self, v: &[f64]) -> Vec<f64> {
        let mut out = v.to_vec();
        for i in 0..out.len() {
            let known: f64 = (0..i).map(|k| self.lower[(i, k)] * out[k]).sum();
            out[i] = (out[i] - known) / self.lower[(i, i)];
        }
        out
    }
}
