//! Negative binomial counts of variance mu + mu/theta (NB1): their size, theta·mu, is in proportion to the mean.

use crate::negative_binomial::excess::excess_lane;

/// Sums over the counts below y are taken term by term up to it, then by Euler's and Maclaurin's formula, whose first term
/// that is left out is less than 1e-13 there.
const TERMS: f64 = 128.0;

/// The derivatives of log P(y), Σ_{k < y} log(theta·mu + k) − y·log(1 + theta) − theta·mu·log(1 + 1/theta) − log(y!), by
/// eta = log(mu) and log(theta). `excess` is h(1/theta), h that of `excess.rs`: log(1 + x) = x − x²·h(x).
pub(super) fn linear_derivatives(y: f64, mu: f64, theta: f64, excess: f64) -> ([f64; 2], [f64; 3]) {
    let size = theta * mu;
    // 1/(1 + theta), and what it leaves of 1
    let q = 1.0 / (1.0 + theta);
    let p = theta * q;
    // size·log(1 + 1/theta), and size times what q is above that logarithm
    let all = mu * (1.0 - excess / theta);
    let apart = mu * (excess - p) / theta;
    let [shares, bends] = sums_below(y, size);
    let bend = bends - all;
    ([y - shares - all, y * q - shares + apart], [bend, bend + size * q, bends + apart + size * q - (y + size) * p * q])
}

/// Sums over k < y of k/(size + k), size·k/(size + k)².
fn sums_below(y: f64, size: f64) -> [f64; 2] {
    let first = y.min(TERMS);
    let (mut sums, mut k) = ([0.0; 2], 1.0);
    while k < first {
        let inverse = 1.0 / (size + k);
        sums[0] += k * inverse;
        sums[1] += size * k * inverse * inverse;
        k += 1.0;
    }
    if y > first {
        let (to, from) = (primitives(y, size), primitives(first, size));
        (0..2).for_each(|i| sums[i] += to[i] - from[i]);
    }
    sums
}

/// The same up to a constant: the integral, half of the last term, and derivatives of the terms.
fn primitives(y: f64, size: f64) -> [f64; 2] {
    let u = y / size;
    let excess = excess_lane::<false>(u).0;
    let (n, share) = (size + y, 1.0 / (1.0 + u));
    let (s, r) = (size / n, 1.0 / n);
    [
        y * u * excess - 0.5 * y * r + s * r / 12.0 - 6.0 * s * r.powi(3) / 720.0,
        y * u * (share - excess) - 0.5 * y * s * r + s * r * (2.0 * s - 1.0) / 12.0
            - 6.0 * s * r.powi(3) * (4.0 * s - 1.0) / 720.0,
    ]
}
