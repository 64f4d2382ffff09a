//! The logarithm of a probability that one part of the model gives, with its derivatives.

/// Derivatives by the part's linear predictor and by log(theta).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Jet {
    pub value: f64,
    pub slope: [f64; 2],
    /// By eta twice, by both, by log(theta) twice.
    pub bend: [f64; 3],
}

impl Jet {
    /// Of a function of eta alone.
    pub fn of_eta(value: f64, slope: f64, bend: f64) -> Self {
        Jet { value, slope: [slope, 0.0], bend: [bend, 0.0, 0.0] }
    }

    /// Where -eta is in the place of eta.
    pub fn mirrored(self) -> Self {
        Jet { slope: [-self.slope[0], self.slope[1]], bend: [self.bend[0], -self.bend[1], self.bend[2]], ..self }
    }

    /// Of one minus the probability.
    pub fn complement(self) -> Self {
        let odds = 1.0 / (-self.value).exp_m1();
        let [a, b] = self.slope;
        let products = [a * a, a * b, b * b];
        let bend = |i: usize| -odds * (self.bend[i] + (1.0 + odds) * products[i]);
        Jet { value: -odds.ln_1p(), slope: [-odds * a, -odds * b], bend: [bend(0), bend(1), bend(2)] }
    }

    pub fn minus(self, other: Jet) -> Self {
        Jet {
            value: self.value - other.value,
            slope: std::array::from_fn(|i| self.slope[i] - other.slope[i]),
            bend: std::array::from_fn(|i| self.bend[i] - other.bend[i]),
        }
    }
}
