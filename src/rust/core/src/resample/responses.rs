//! Responses of a model whose means are known: drawn from its distribution, or its means with residuals that are drawn.

use super::Stream;
use crate::error::{Error, Result};
use rand_distr::{Binomial, Distribution, Gamma, InverseGaussian, Poisson, StandardNormal};

/// The distribution of a response of mean mu, prior weight w and dispersion phi.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    /// Variance phi/w.
    Gaussian,
    Poisson,
    /// Variance mu + mu²/theta.
    NegativeBinomial {
        theta: f64,
    },
    /// Successes among w, as a share of them.
    Binomial,
    /// Shape w/phi.
    Gamma,
    /// Lambda = w/phi.
    InverseGaussian,
    /// Variance phi/w·mu^power, 1 <= power < 2: a Poisson number of gamma-distributed amounts, which for power 1 are all the
    /// same.
    CompoundPoisson {
        power: f64,
    },
}

impl Law {
    /// By the name of a family, and the parameter of its own: theta, or the power of its variance.
    pub fn by_name(name: &str, shape: f64) -> Option<Self> {
        Some(match name {
            "gaussian" => Law::Gaussian,
            "poisson" => Law::Poisson,
            "negative_binomial" => Law::NegativeBinomial { theta: shape },
            "tweedie" if shape == 0.0 => Law::Gaussian,
            "tweedie" if (1.0..2.0).contains(&shape) => Law::CompoundPoisson { power: shape },
            "tweedie" if shape == 2.0 => Law::Gamma,
            "tweedie" if shape == 3.0 => Law::InverseGaussian,
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
            Law::Poisson | Law::NegativeBinomial { .. } | Law::CompoundPoisson { .. } if mu == 0.0 => Some(0.0),
            Law::Poisson => poisson(stream, mu),
            Law::NegativeBinomial { theta } => {
                let rate = Gamma::new(theta, mu / theta).ok().map(|law| law.sample(stream));
                rate.and_then(|rate| if rate > 0.0 { poisson(stream, rate) } else { Some(0.0) })
            }
            Law::Binomial => {
                Binomial::new(weight.round() as u64, mu).ok().map(|law| law.sample(stream) as f64 / weight)
            }
            Law::Gamma => Gamma::new(weight / dispersion, mu * dispersion / weight).ok().map(|law| law.sample(stream)),
            Law::InverseGaussian => InverseGaussian::new(mu, weight / dispersion).ok().map(|law| law.sample(stream)),
            Law::CompoundPoisson { power } => compound_poisson(stream, mu, dispersion / weight, power),
        };
        drawn.ok_or(Error::Argument {
            arg: "fit",
            message: format!("has a mean of {mu}, for which nothing can be drawn"),
        })
    }
}

fn poisson(stream: &mut Stream, mu: f64) -> Option<f64> {
    Poisson::new(mu).ok().map(|law| law.sample(stream))
}

/// Of variance phi·mu^power: a sum of gamma-distributed amounts is one of as many times their shape.
fn compound_poisson(stream: &mut Stream, mu: f64, phi: f64, power: f64) -> Option<f64> {
    let number = poisson(stream, mu.powf(2.0 - power) / (phi * (2.0 - power)))?;
    if power == 1.0 || number == 0.0 {
        return Some(phi * number);
    }
    let (shape, scale) = ((2.0 - power) / (power - 1.0), phi * (power - 1.0) * mu.powf(power - 1.0));
    Gamma::new(number * shape, scale).ok().map(|law| law.sample(stream))
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
            (Law::NegativeBinomial { theta: 0.6 }, 2.3, 1.0, 2.3 + 2.3 * 2.3 / 0.6),
            (Law::CompoundPoisson { power: 1.0 }, 2.3, 2.0, 0.2 * 2.3),
            (Law::CompoundPoisson { power: 1.3 }, 2.3, 2.0, 0.2 * f64::powf(2.3, 1.3)),
            (Law::CompoundPoisson { power: 1.8 }, 0.4, 0.5, 0.8 * f64::powf(0.4, 1.8)),
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
