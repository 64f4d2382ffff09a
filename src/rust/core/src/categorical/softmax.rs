//! Probabilities of the categories in a tile.

use crate::simd::{exp_block, log_block};

/// Memory of a lane. m = K − 1 categories beside the reference, by columns of B rows.
#[derive(Default)]
pub(super) struct Softmax {
    len: usize,
    /// Linear predictors; that of the reference is 0. Shape: m × B.
    pub eta: Vec<f64>,
    /// Shape: m × B.
    pub probabilities: Vec<f64>,
    /// log Σ exp(eta), the reference's among them. Shape: `[B]`.
    pub log_sums: Vec<f64>,
    /// The largest linear predictor, at least 0. Shape: `[B]`.
    largest: Vec<f64>,
    sums: Vec<f64>,
}

impl Softmax {
    pub fn resize(&mut self, categories: usize, len: usize) {
        self.len = len;
        [&mut self.eta, &mut self.probabilities].into_iter().for_each(|v| v.resize(categories * len, 0.0));
        [&mut self.log_sums, &mut self.largest, &mut self.sums].into_iter().for_each(|v| v.resize(len, 0.0));
    }

    /// The linear predictors of category k.
    pub fn eta_mut(&mut self, k: usize) -> &mut [f64] {
        &mut self.eta[k * self.len..(k + 1) * self.len]
    }

    /// The probabilities of category k.
    pub fn of(&self, k: usize) -> &[f64] {
        &self.probabilities[k * self.len..(k + 1) * self.len]
    }

    /// eta → everything else.
    pub fn fill(&mut self) {
        let Softmax { len, eta, probabilities, log_sums, largest, sums } = self;
        largest.fill(0.0);
        for eta in eta.chunks_exact(*len) {
            largest.iter_mut().zip(eta).for_each(|(a, &b)| *a = a.max(b));
        }
        // the reference
        log_sums.iter_mut().zip(&*largest).for_each(|(x, a)| *x = -a);
        exp_block(log_sums, sums);
        for (eta, exp) in eta.chunks_exact_mut(*len).zip(probabilities.chunks_exact_mut(*len)) {
            log_sums.iter_mut().zip(&*eta).zip(&*largest).for_each(|((x, eta), a)| *x = eta - a);
            exp_block(log_sums, exp);
            sums.iter_mut().zip(&*exp).for_each(|(sum, e)| *sum += e);
        }
        log_block(sums, log_sums);
        log_sums.iter_mut().zip(&*largest).for_each(|(x, a)| *x += a);
        for exp in probabilities.chunks_exact_mut(*len) {
            exp.iter_mut().zip(&*sums).for_each(|(e, sum)| *e /= sum);
        }
    }
}
