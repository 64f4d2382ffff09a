//! The inverse square root of a matrix as a sum of inverses: for matrices whose sums with a multiple of the identity are
//! easy to invert, and whose eigenvectors are not to be had.
//!
//! Hale, Higham and Trefethen (2008), "Computing A^α, log(A), and related matrix functions by contour integrals", method 3:
//! ∫ (A + s²)⁻¹ ds with s = √m·sc(u), which is smooth and periodic in u.

/// Relative error of the sum.
const ACCURACY: f64 = 1e-15;

/// weight · (A + shift)⁻¹
pub(super) struct Node {
    pub weight: f64,
    pub shift: f64,
}

/// Nodes whose sum is A⁻¹ᐟ², for the eigenvalues of A between `least` > 0 and `largest`.
pub(super) fn inverse_root(least: f64, largest: f64) -> Vec<Node> {
    let ratio = (least / largest).min(1.0);
    let elliptic = Elliptic::new(ratio.sqrt());
    let count = ((3.0 - ratio.ln()) * -ACCURACY.ln() / (2.0 * std::f64::consts::PI.powi(2))).ceil();
    let step = elliptic.quarter / count;
    let scale = 2.0 * step * least.sqrt() / std::f64::consts::PI;
    let node = |j: usize| {
        let (tangent, slope) = elliptic.tangent((j as f64 + 0.5) * step);
        Node { weight: scale * slope, shift: least * tangent * tangent }
    };
    (0..count as usize).map(node).collect()
}

/// Jacobi's functions of the complementary modulus `rest`, by arithmetic-geometric means (Abramowitz and Stegun, 16.4).
struct Elliptic {
    rest: f64,
    /// (a, c / a) of each mean, from the second on.
    means: Vec<(f64, f64)>,
    /// A quarter of the period.
    quarter: f64,
}

impl Elliptic {
    fn new(rest: f64) -> Self {
        let (mut a, mut b) = (1.0, rest);
        let mut means = vec![];
        while a - b > 2.0 * f64::EPSILON * a {
            means.push((0.5 * (a + b), (a - b) / (a + b)));
            (a, b) = (0.5 * (a + b), (a * b).sqrt());
        }
        Elliptic { rest, means, quarter: std::f64::consts::FRAC_PI_2 / a }
    }

    /// sc(u) and its derivative dn / cn², 0 < u < the quarter.
    fn tangent(&self, u: f64) -> (f64, f64) {
        let beyond = u > 0.5 * self.quarter;
        let u = if beyond { self.quarter - u } else { u };
        let last = self.means.last().map_or(1.0, |&(a, _)| a);
        let start = f64::powi(2.0, self.means.len() as i32) * last * u;
        let angle = self.means.iter().rev().fold(start, |angle, (_, c)| 0.5 * (angle + (c * angle.sin()).asin()));
        let (sn, cn) = angle.sin_cos();
        let dn = cn.hypot(self.rest * sn);
        if beyond {
            // cn of what is near the quarter has no digits left
            (cn / (self.rest * sn), dn / (self.rest * sn * sn))
        } else {
            (sn / cn, dn / (cn * cn))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_inverse_roots() {
        // a modulus near 1 costs digits
        for (ratio, tolerance) in [(1.0, 1e-13), (0.5, 1e-13), (1e-3, 1e-13), (1e-8, 1e-12), (1e-16, 1e-9)] {
            let nodes = inverse_root(3.0 * ratio, 3.0);
            assert!(nodes.len() < 90);
            for share in [0.0, 0.01, 0.3, 0.5, 0.9, 1.0] {
                let x = 3.0 * f64::powf(ratio, share);
                let sum: f64 = nodes.iter().map(|node| node.weight / (x + node.shift)).sum();
                assert!((sum * x.sqrt() - 1.0).abs() < tolerance, "{ratio} {share} {}", sum * x.sqrt() - 1.0);
            }
        }
    }
}
