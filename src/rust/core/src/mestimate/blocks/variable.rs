//! Parameters of a variable's distribution.

use super::Block;
use crate::accumulate::Scratch;
use crate::design::RowBlock;
use crate::mestimate::Loss;
use crate::special::{normal_cdf, normal_density};

/// Which parameter, x a value of the variable.
pub enum Parameter<'a> {
    /// w·(x − mu). Shape: `[n]`.
    Mean { weights: &'a [f64] },
    /// x − mu and (x − mu)² − variance.
    MeanAndVariance,
    /// tau − Φ((theta − x)/width): the step at x, smoothed.
    Quantile { tau: f64, width: f64 },
    /// psi((x − mu)/scale), the scale as it is.
    Location { loss: Loss, scale: f64 },
}

pub struct Variable<'a> {
    /// Shape: `[n]`.
    pub values: &'a [f64],
    pub parameter: Parameter<'a>,
}

impl Block for Variable<'_> {
    fn rows(&self) -> usize {
        self.values.len()
    }

    fn dim(&self) -> usize {
        match self.parameter {
            Parameter::MeanAndVariance => 2,
            _ => 1,
        }
    }

    fn row_size(&self) -> usize {
        2
    }

    fn fill(
        &self,
        theta: &[f64],
        rows: RowBlock,
        counts: &[f64],
        _: &mut Scratch,
        psi: &mut [f64],
        slopes: &mut [f64],
    ) {
        let at = theta[0];
        let x = &self.values[rows.range()];
        let slope = match self.parameter {
            Parameter::Mean { weights } => {
                let weighted: Vec<f64> = weights[rows.range()].iter().zip(counts).map(|(w, count)| w * count).collect();
                each(x, &weighted, psi, |x| (x - at, -1.0))
            }
            Parameter::MeanAndVariance => {
                let (first, second) = psi.split_at_mut(x.len());
                slopes[1] += each(x, counts, second, |x| ((x - at) * (x - at) - theta[1], -2.0 * (x - at)));
                let slope = each(x, counts, first, |x| (x - at, -1.0));
                slopes[3] += slope;
                slope
            }
            Parameter::Quantile { tau, width } => each(x, counts, psi, |x| {
                let z = (at - x) / width;
                (tau - normal_cdf(z), -normal_density(z) / width)
            }),
            Parameter::Location { loss, scale } => each(x, counts, psi, |x| {
                let u = (x - at) / scale;
                (loss.psi(u), -loss.slope(u) / scale)
            }),
        };
        slopes[0] += slope;
    }
}

/// psi = counts·value, and the sum of counts·slope, both of `f(x)`.
fn each(x: &[f64], counts: &[f64], psi: &mut [f64], f: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut sum = 0.0;
    for ((psi, &x), count) in psi.iter_mut().zip(x).zip(counts) {
        let (value, slope) = f(x);
        *psi = count * value;
        sum += count * slope;
    }
    sum
}
