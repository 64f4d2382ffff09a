//! Responses of a model whose means are known: drawn from its distribution, or its means with residuals that are drawn.

use super::Stream;
use crate::error::{Error, Result};
use rand_distr::{Binomial, Distribution, Gamma, InverseGaussian, Poisson, StandardNormal};

/// The distribution of a response of mean mu, prior weight w and dispersion phi.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Variance phi/w.
    Gaussian,
    Poisson,
    /// Successes among w, as a share of them.
    Binomial,
    /// Shape w/phi.
    Gamma,
    /// Lambda = w/phi.
    InverseGaussian,
}

impl Law {
    /// By the name of a family.
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "gaussian" => Law::Gaussian,
            "poisson" => Law::Poisson,
            "binomial" => Law::Binomial,
            "Gamma" => Law::Gamma,
            "inverse.gaussian" => Law::InverseGaussian,
            _ => return None,
        })
    }

    /// One response.
    /// Errors: a mean of which there is no such distribution.
    pub fn draw(self, stream: &mut Stream, mu: f64, weight: f64, dispersion: f64) -> Result<f64> {
        let drawn = match self {
            Law::Gaussian => {
                let z: f64 = StandardNormal.sample(stream);
                Some(mu + (dispersion / weight).sqrt() * z)
            }
            // a mean of 0 has one response
            Law::Poisson if mu == 0.0 => Some(0.0),
            Law::Poisson => Poisson::new(mu).ok().map(|law| law.sample(stream)),
            Law::Binomial => Binomial::new(weight as u64, mu).ok().map(|law| law.sample(stream) as f64 / weight),
            Law::Gamma => Gamma::new(weight / dispersion, mu * dispersion / weight).ok().map(|law| law.sample(stream)),
            Law::InverseGaussian => InverseGaussian::new(mu, weight / dispersion).ok().map(|law| law.sample(stream)),
        };
        drawn.ok_or(Error::Argument {
            arg: "fit",
            message: format!("has a mean of {mu}, for which nothing can be drawn"),
        })
    }
}

/// The values that a response may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    Real,
    NotNegative,
    /// From 0 to 1.
    Share,
    Count,
    /// Successes among w, as a share of them.
    Successes,
}

impl Support {
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "real" => Support::Real,
            "not negative" => Support::NotNegative,
            "share" => Support::Share,
            "count" => Support::Count,
            "successes" => Support::Successes,
            _ => return None,
        })
    }

    /// The nearest value to y.
    pub fn nearest(self, y: f64, weight: f64) -> f64 {
        match self {
            Support::Real => y,
            Support::NotNegative => y.max(0.0),
            Support::Share => y.clamp(0.0, 1.0),
            Support::Count => y.round().max(0.0),
            Support::Successes => (weight * y).round().clamp(0.0, weight) / weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means and variances are those of the families: V(mu)·phi/w.
    #[test]
    fn moments_are_those_of_the_families() {
        let (n, dispersion) = (100_000, 0.4);
        for (law, mu, weight, variance) in [
            (Law::Gaussian, -1.5, 2.0, 0.2),
            (Law::Poisson, 2.3, 1.0, 2.3),
            (Law::Poisson, 90.0, 1.0, 90.0),
            (Law::Binomial, 0.3, 7.0, 0.03),
            (Law::Binomial, 0.9999, 7.0, 0.9999 * 0.0001 / 7.0),
            (Law::Gamma, 3.0, 2.0, 1.8),
            (Law::InverseGaussian, 1.5, 2.0, 0.675),
        ] {
            let mut stream = Stream::new(8, 1);
            let drawn: Vec<f64> = (0..n).map(|_| law.draw(&mut stream, mu, weight, dispersion).unwrap()).collect();
            let mean = drawn.iter().sum::<f64>() / n as f64;
            let spread: Vec<f64> = drawn.iter().map(|y| (y - mean) * (y - mean)).collect();
            let got = spread.iter().sum::<f64>() / n as f64;
            let error = (spread.iter().map(|s| (s - got) * (s - got)).sum::<f64>()).sqrt() / n as f64;
            assert!((mean - mu).abs() < 5.0 * (variance / n as f64).sqrt(), "{law:?}: {mean}");
            assert!((got - variance).abs() < 5.0 * error, "{law:?}: {got} for {variance}");
        }
        assert!(Law::Poisson.draw(&mut Stream::new(1, 1), -1.0, 1.0, 1.0).is_err());
        assert_eq!(Law::Poisson.draw(&mut Stream::new(1, 1), 0.0, 1.0, 1.0).unwrap(), 0.0);
    }

    #[test]
    fn supports_are_kept() {
        assert_eq!(Support::Count.nearest(-0.7, 1.0), 0.0);
        assert_eq!(Support::Count.nearest(2.6, 1.0), 3.0);
        assert_eq!(Support::Successes.nearest(0.55, 4.0), 0.5);
        assert_eq!(Support::Successes.nearest(1.3, 4.0), 1.0);
        assert_eq!([Support::Share.nearest(-0.2, 1.0), Support::NotNegative.nearest(0.4, 1.0)], [0.0, 0.4]);
        assert_eq!(Support::Real.nearest(-3.0, 1.0), -3.0);
    }
}
