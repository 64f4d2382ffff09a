//! Families with a link for which one loop leads from linear predictors to all that a step needs.

use crate::simd::log_block;

/// A family with one of its links.
///
/// In place of the deviance a row has its *term*, the part of half the deviance that depends on eta: it needs no
/// logarithm of the mean, whose logarithm (or logit) eta is. What is left is [`Pair::saturated`].
pub trait Pair: Send + Sync {
    /// Weigh the rows of a block; `safe` is cleared where a row is at a limit of the link or not a number, and belongs to
    /// the functions of family and link.
    fn weigh(&self, rows: &PairRows, out: &mut PairOutput, safe: &mut bool);

    /// out = the part of half the unit deviance that depends on y alone. Shapes: `[B]`.
    fn saturated(&self, y: &[f64], out: &mut [f64]);

    /// Is the working weight the prior weight, whatever eta is? Then the information is the same everywhere.
    fn has_constant_weights(&self) -> bool {
        false
    }
}

/// The rows of a block. Shapes: `[B]`; `prior_weights` is empty where all are 1.
pub struct PairRows<'b> {
    pub y: &'b [f64],
    pub eta: &'b [f64],
    pub prior_weights: &'b [f64],
}

/// Where the results go. Shapes: `[B]`.
pub struct PairOutput<'b> {
    pub weights: &'b mut [f64],
    pub residuals: &'b mut [f64],
    /// Prior weight · term.
    pub terms: &'b mut [f64],
}

/// out = log(y), 0 where y is 0. Shapes: `[B]`.
pub(super) fn log_responses(y: &[f64], out: &mut [f64]) {
    let positive: Vec<f64> = y.iter().map(|&y| if y == 0.0 { 1.0 } else { y }).collect();
    log_block(&positive, out);
}

/// A kernel that makes (safe, working weight, residual, term) of each row's y and eta, and of constants of the family, if
/// it has some; `safe` is cleared unless all are.
/// The row's code is pasted into the loops, since a closure would not be compiled for the kernel's instruction set.
macro_rules! weigh_rows {
    (
        $(#[$doc:meta])* $name:ident => $generic:ident$(($($constant:ident: $type:ty),*))?, $fma:ident,
        |$y:ident, $eta:ident| $row:block
    ) => {
        crate::simd::dispatch! {
            $(#[$doc])*
            $name => $generic(rows: &PairRows, out: &mut PairOutput, safe: &mut bool $($(, $constant: $type)*)?)
        }

        #[inline(always)]
        fn $generic<const $fma: bool>(
            rows: &PairRows, out: &mut PairOutput, safe: &mut bool $($(, $constant: $type)*)?
        ) {
            let n = rows.eta.len();
            let (y, eta) = (&rows.y[..n], &rows.eta[..n]);
            let (weights, residuals, terms) = (&mut out.weights[..n], &mut out.residuals[..n], &mut out.terms[..n]);
            let mut all = true;
            if rows.prior_weights.is_empty() {
                for i in 0..n {
                    let ($y, $eta) = (y[i], eta[i]);
                    let (is_safe, weight, residual, term) = $row;
                    all &= is_safe;
                    weights[i] = weight;
                    residuals[i] = residual;
                    terms[i] = term;
                }
            } else {
                let prior = &rows.prior_weights[..n];
                for i in 0..n {
                    let ($y, $eta) = (y[i], eta[i]);
                    let (is_safe, weight, residual, term) = $row;
                    all &= is_safe;
                    // whatever a row without weight holds, it adds nothing
                    let counts = prior[i] > 0.0;
                    weights[i] = if counts { prior[i] * weight } else { 0.0 };
                    residuals[i] = if counts { prior[i] * residual } else { 0.0 };
                    terms[i] = if counts { prior[i] * term } else { 0.0 };
                }
            }
            *safe &= all;
        }
    };
}
pub(super) use weigh_rows;
