//! What the caller decides about a fit.

/// How the coefficients are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Newton/IRLS on the Cholesky factor, handing over to QR before digits are lost.
    Auto,
    /// Newton/IRLS on the Cholesky factor alone.
    Cholesky,
    /// Newton/IRLS on the QR factor of the weighted rows.
    Qr,
    /// Limited-memory BFGS: gradients only.
    Lbfgs,
    /// Trust region with Steihaug's conjugate gradients: Hessian-vector products only.
    TrustRegion,
}

/// Least relative norm that can be told from rounding errors of the reflections.
const RANK_NOISE: f64 = 100.0 * f64::EPSILON;

#[derive(Debug, Clone)]
pub struct Control {
    /// Stop when |Δ deviance| / (|deviance| + 0.1) < epsilon.
    pub epsilon: f64,
    pub max_iterations: usize,
    pub method: Method,
}

impl Control {
    /// Columns whose relative norm, after the columns before them are swept out, is smaller are aliased: the rule of
    /// `stats::glm.fit()`, but never below rounding errors, where it would keep columns for their noise.
    pub fn rank_tolerance(&self) -> f64 {
        (self.epsilon / 1000.0).clamp(RANK_NOISE, 1e-7)
    }
}
