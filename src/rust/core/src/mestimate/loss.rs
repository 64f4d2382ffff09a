//! Losses of residuals in units of their scale: rho, its derivative psi, and what steps and covariances need of them.

/// A symmetric loss that grows less than the square of a residual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// The square within k, linear beyond. Source: Huber (1964), "Robust estimation of a location parameter".
    Huber { k: f64 },
    /// Constant beyond c. Source: Beaton and Tukey (1974), "The fitting of power series".
    Bisquare { c: f64 },
    /// The square within a, linear to b, bending back to a constant at c. Source: Hampel et al. (1986), Robust Statistics.
    Hampel { a: f64, b: f64, c: f64 },
}

impl Loss {
    /// rho(u), 0 at 0.
    pub fn value(self, u: f64) -> f64 {
        let u = u.abs();
        match self {
            Loss::Huber { k } if u > k => k * (u - 0.5 * k),
            Loss::Bisquare { c } => {
                let left = (1.0 - (u / c).powi(2)).max(0.0);
                c * c / 6.0 * (1.0 - left.powi(3))
            }
            Loss::Hampel { a, b, c } if u > a => {
                let linear = a * (u.min(b) - 0.5 * a);
                let left = ((c - u) / (c - b)).clamp(0.0, 1.0);
                linear + 0.5 * a * (c - b) * (1.0 - left * left)
            }
            _ => 0.5 * u * u,
        }
    }

    /// psi(u)/u, 1 at 0.
    pub fn weight(self, u: f64) -> f64 {
        let u = u.abs();
        match self {
            Loss::Huber { k } if u > k => k / u,
            Loss::Bisquare { c } => (1.0 - (u / c).powi(2)).max(0.0).powi(2),
            Loss::Hampel { a, b, c } if u > a => a / u * ((c - u) / (c - b)).clamp(0.0, 1.0),
            _ => 1.0,
        }
    }

    /// psi(u), the derivative of rho.
    pub fn psi(self, u: f64) -> f64 {
        u * self.weight(u)
    }

    /// The derivative of psi; at a corner that from the inside.
    pub fn slope(self, u: f64) -> f64 {
        let u = u.abs();
        match self {
            Loss::Huber { k } if u > k => 0.0,
            Loss::Bisquare { c } => {
                let t = (u / c).powi(2);
                if t < 1.0 {
                    (1.0 - t) * (1.0 - 5.0 * t)
                } else {
                    0.0
                }
            }
            Loss::Hampel { a, b, c } if u > b && u <= c => -a / (c - b),
            Loss::Hampel { a, .. } if u > a => 0.0,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOSSES: [Loss; 3] =
        [Loss::Huber { k: 1.345 }, Loss::Bisquare { c: 4.685 }, Loss::Hampel { a: 2.0, b: 4.0, c: 8.0 }];

    /// Central differences of rho are psi, those of psi its slope, but for the corners.
    #[test]
    fn each_is_the_derivative_of_the_one_before() {
        let h = 1e-5;
        for loss in LOSSES {
            for i in -1000..1000 {
                let u = f64::from(i) * 0.0101 + 0.001;
                let psi = (loss.value(u + h) - loss.value(u - h)) / (2.0 * h);
                assert!((psi - loss.psi(u)).abs() < 1e-5, "{loss:?} at {u}");
                let near_corner = [1.345, 2.0, 4.0, 8.0, 4.685].iter().any(|c| (u.abs() - c).abs() < 2.0 * h);
                let slope = (loss.psi(u + h) - loss.psi(u - h)) / (2.0 * h);
                assert!(near_corner || (slope - loss.slope(u)).abs() < 1e-8, "{loss:?} at {u}: {slope}");
            }
        }
    }

    #[test]
    fn near_zero_and_without_bounds_they_are_the_square() {
        for loss in LOSSES {
            assert_eq!((loss.value(0.0), loss.weight(0.0), loss.psi(0.0), loss.slope(0.0)), (0.0, 1.0, 0.0, 1.0));
        }
        let square = Loss::Huber { k: f64::INFINITY };
        assert_eq!((square.value(3.0), square.weight(1e9), square.slope(1e9)), (4.5, 1.0, 1.0));
    }
}
