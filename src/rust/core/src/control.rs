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

#[derive(Debug, Clone)]
pub struct Control {
    /// Stop when |Δ deviance| / (|deviance| + 0.1) < epsilon.
    pub epsilon: f64,
    pub max_iterations: usize,
    pub method: Method,
}

impl Control {
    /// Columns whose relative norm, after the columns before them are swept out, is smaller are aliased:
    /// the rule of `stats::glm.fit()`.
    pub fn rank_tolerance(&self) -> f64 {
        (self.epsilon / 1000.0).min(1e-7)
    }
}
