//! Numbers of about 32 digits, as sums of two doubles of which the second is below the last digit of the first.
//! Source: Dekker (1971), "A floating-point technique for extending the available precision", Numer. Math. 18; the
//! exact product is that of a fused multiply-add.

use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Twofold {
    pub high: f64,
    pub low: f64,
}

impl Twofold {
    /// a + b for any a and b.
    pub fn sum_of(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Twofold { high, low: (a - (high - part)) + (b - part) }
    }

    fn product_of(a: f64, b: f64) -> Self {
        let high = a * b;
        Twofold { high, low: a.mul_add(b, -high) }
    }

    /// a + b where |a| >= |b|.
    fn ordered(a: f64, b: f64) -> Self {
        let high = a + b;
        Twofold { high, low: b - (high - a) }
    }

    /// The sum of some numbers, and of others that are as small beside them as rounding errors.
    pub fn sum_of_parts(numbers: &[f64], errors: &[f64]) -> Self {
        let mut sum = Twofold::default();
        for &x in numbers {
            let next = Twofold::sum_of(sum.high, x);
            sum = Twofold { high: next.high, low: sum.low + next.low };
        }
        Twofold::sum_of(sum.high, sum.low + errors.iter().sum::<f64>())
    }

    pub fn to_double(self) -> f64 {
        self.high + self.low
    }
}

impl From<f64> for Twofold {
    fn from(high: f64) -> Self {
        Twofold { high, low: 0.0 }
    }
}

impl Add for Twofold {
    type Output = Twofold;
    fn add(self, other: Twofold) -> Twofold {
        let (high, low) = (Twofold::sum_of(self.high, other.high), Twofold::sum_of(self.low, other.low));
        let sum = Twofold::ordered(high.high, high.low + low.high);
        Twofold::ordered(sum.high, sum.low + low.low)
    }
}

impl Neg for Twofold {
    type Output = Twofold;
    fn neg(self) -> Twofold {
        Twofold { high: -self.high, low: -self.low }
    }
}

impl Sub for Twofold {
    type Output = Twofold;
    fn sub(self, other: Twofold) -> Twofold {
        self + -other
    }
}

impl Mul for Twofold {
    type Output = Twofold;
    fn mul(self, other: Twofold) -> Twofold {
        let product = Twofold::product_of(self.high, other.high);
        Twofold::ordered(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for Twofold {
    type Output = Twofold;
    fn div(self, other: Twofold) -> Twofold {
        let first = self.high / other.high;
        let left = self - other * Twofold::from(first);
        let second = left.high / other.high;
        let left = left - other * Twofold::from(second);
        Twofold::ordered(first, second) + Twofold::from(left.high / other.high)
    }
}

impl Sum for Twofold {
    fn sum<I: Iterator<Item = Twofold>>(values: I) -> Twofold {
        values.fold(Twofold::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_digits() {
        let third = Twofold::from(1.0) / Twofold::from(3.0);
        let one = third + third + third;
        assert!((one - Twofold::from(1.0)).to_double().abs() < 1e-31);
        let seventh = Twofold::from(1.0) / Twofold::from(7.0);
        let product = third * seventh * Twofold::from(21.0);
        assert!((product - Twofold::from(1.0)).to_double().abs() < 1e-31);
        // (1e16 + 1) − 1e16
        assert_eq!((Twofold::sum_of(1e16, 1.0) - Twofold::from(1e16)).to_double(), 1.0);
        let parts = [1e200, 1.0, 1e-15, -1e200].map(Twofold::from);
        assert_eq!(parts[..2].iter().copied().sum::<Twofold>().to_double(), 1e200);
        assert_eq!([parts[0], parts[3], parts[2]].into_iter().sum::<Twofold>().to_double(), 1e-15);
    }
}
