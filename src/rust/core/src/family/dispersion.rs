//! What the dispersion does in the likelihood of a row.

/// How a row's log-likelihood depends on the dispersion, beside −weight·(unit deviance)/(2·dispersion).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DispersionLaw {
    /// The dispersion is 1.
    Known,
    /// −log(dispersion)/2: the normal and the inverse Gaussian distribution.
    Normal,
    /// That of Gamma, whose shape is weight/dispersion.
    Gamma,
}

impl DispersionLaw {
    /// The first three derivatives of a(−m), m = weight/dispersion: −a/2 is the part of the log-likelihood that does not
    /// depend on the mean (Jørgensen, 1987, "Exponential dispersion models"; signs as Kosmidis, Kenne Pagui and Sartori,
    /// 2020, have them). The first is the expected unit deviance, the second half its variance, both in units of the weight.
    pub fn derivatives(self, m: f64) -> [f64; 3] {
        match self {
            DispersionLaw::Known => [0.0; 3],
            DispersionLaw::Normal => [1.0 / m, 1.0 / (m * m), 2.0 / (m * m * m)],
            DispersionLaw::Gamma => gamma_derivatives(m),
        }
    }
}

/// From here on the asymptotic series have all digits.
const SERIES: f64 = 12.0;

/// 2·(log m − ψ(m)), 2·(ψ'(m) − 1/m) and −2·(ψ''(m) + 1/m²), each without cancellation for large m: by their asymptotic
/// series, and below it by the recurrence of ψ (Abramowitz and Stegun, 1964, §6.3 and §6.4).
fn gamma_derivatives(m: f64) -> [f64; 3] {
    let mut sums = [0.0; 3];
    let mut z = m;
    while z < SERIES {
        let next = z + 1.0;
        sums[0] += 1.0 / z - (1.0 / z).ln_1p();
        sums[1] += 1.0 / (z * z * next);
        sums[2] -= (3.0 * z + 2.0) / (z * z * z * next * next);
        z = next;
    }
    let u = 1.0 / (z * z);
    // Bernoulli numbers B2, B4, ..., B14
    const B: [f64; 7] = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];
    let series = |weight: &dyn Fn(f64) -> f64| {
        B.iter().enumerate().rev().fold(0.0, |sum, (k, b)| (sum + b * weight(2.0 * (k + 1) as f64)) * u)
    };
    sums[0] += 0.5 / z + series(&|k| 1.0 / k);
    sums[1] += 0.5 * u + series(&|_| 1.0) / z;
    sums[2] -= u / z + series(&|k| k + 1.0) * u;
    [2.0 * sums[0], 2.0 * sums[1], -2.0 * sums[2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is minus the derivative of the one before it with respect to m, and the first is that of Gamma's likelihood.
    #[test]
    fn derivatives_are_derivatives() {
        for m in [0.02, 0.7, 3.0, 11.9, 12.1, 40.0, 1e4] {
            for law in [DispersionLaw::Normal, DispersionLaw::Gamma] {
                let h = 1e-5 * m;
                let at = |m| law.derivatives(m);
                for k in 0..2 {
                    let slope = -(at(m + h)[k] - at(m - h)[k]) / (2.0 * h);
                    let stated = at(m)[k + 1];
                    assert!((slope / stated - 1.0).abs() < 1e-7, "{law:?} at {m}: {slope} {stated}");
                }
            }
            let digamma = statrs::function::gamma::digamma(m);
            let first = 2.0 * (m.ln() - digamma);
            let error = (DispersionLaw::Gamma.derivatives(m)[0] - first).abs();
            assert!(error < 1e-13 * digamma.abs().max(1.0), "{m}: {error}");
        }
    }
}
