//! A smooth function summed over many rows, by Chebyshev's polynomials on short intervals: of the function, so that it is
//! evaluated a few thousand times, and of the rows, so that a few thousand places stand for them.

use crate::family::tweedie_correction as correction;
use std::f64::consts::PI;

/// Interpolation points of an interval.
const NODES: usize = 16;
/// Length of an interval of log xi.
const LENGTH: f64 = 0.5;

/// Near power 1 the density of y has a peak at each multiple of phi, and intervals are shorter.
fn length(power: f64) -> f64 {
    if power > 1.0 && power < 2.0 {
        LENGTH * (2.0 * (power - 1.0)).min(1.0)
    } else {
        LENGTH
    }
}

/// cos(j·angle of node k): the j-th polynomial there.
fn cosine(j: usize, k: usize) -> f64 {
    (j as f64 * PI * (k as f64 + 0.5) / NODES as f64).cos()
}

/// Node k of interval `place`.
fn node(length: f64, place: f64, k: usize) -> f64 {
    length * (place + 0.5 * (1.0 + cosine(1, k)))
}

/// Places and weights for which Σ weight·f(place + s) is Σ f(x + s), f the correction: the sum of an interpolant over the
/// x of an interval is a sum of its values at the nodes. Fewer than the places, or the places themselves.
pub(super) fn stand_ins(places: Vec<f64>, power: f64) -> (Vec<f64>, Vec<f64>) {
    let length = length(power);
    let (least, largest) = crate::simd::range(&places);
    let first = (least / length).floor();
    let intervals = (largest / length).floor() - first + 1.0;
    let saves = intervals * (NODES as f64) < places.len() as f64;
    if !saves {
        let ones = vec![1.0; places.len()];
        return (places, ones);
    }
    // Σ of each polynomial over the x of an interval
    let mut sums = vec![[0.0; NODES]; intervals as usize];
    for x in places {
        let x = x / length - first;
        let t = 2.0 * (x - x.floor()) - 1.0;
        let (mut before, mut now) = (t, 1.0);
        for sum in &mut sums[x as usize] {
            *sum += now;
            (before, now) = (now, 2.0 * t * now - before);
        }
    }
    let (mut nodes, mut weights) = (vec![], vec![]);
    for (i, sums) in sums.iter().enumerate().filter(|(_, sums)| sums[0] > 0.0) {
        for k in 0..NODES {
            let all: f64 = (1..NODES).map(|j| sums[j] * cosine(j, k)).sum();
            nodes.push(node(length, first + i as f64, k));
            weights.push((sums[0] + 2.0 * all) / NODES as f64);
        }
    }
    (nodes, weights)
}

/// Chebyshev coefficients of the correction on the intervals from `first`·`length` on.
pub(super) struct Table {
    power: f64,
    length: f64,
    first: i64,
    intervals: Vec<[f64; NODES]>,
}

impl Table {
    pub fn new(power: f64) -> Self {
        Table { power, length: length(power), first: 0, intervals: vec![] }
    }

    fn place(&self, x: f64) -> i64 {
        (x / self.length).floor() as i64
    }

    /// How many corrections a table from `least` to `largest` takes.
    pub fn cost(&self, least: f64, largest: f64) -> f64 {
        NODES as f64 * (2.0 + (largest - least) / self.length)
    }

    /// Make the intervals from `least` to `largest`, but for those that are there.
    pub fn cover(&mut self, least: f64, largest: f64) {
        let (low, high) = (self.place(least), self.place(largest));
        let (power, length) = (self.power, self.length);
        let make = |at: std::ops::Range<i64>| at.map(|i| interval(power, length, i)).collect::<Vec<_>>();
        if self.intervals.is_empty() {
            (self.first, self.intervals) = (low, make(low..high + 1));
            return;
        }
        if low < self.first {
            self.intervals.splice(0..0, make(low..self.first));
            self.first = low;
        }
        let end = self.first + self.intervals.len() as i64;
        if high >= end {
            self.intervals.extend(make(end..high + 1));
        }
    }

    /// The correction and its derivative, by Clenshaw's recurrences.
    pub fn at(&self, x: f64) -> (f64, f64) {
        let place = self.place(x);
        let c = &self.intervals[(place - self.first) as usize];
        let t = 2.0 * (x / self.length - place as f64) - 1.0;
        let (mut b1, mut b2, mut d1, mut d2) = (0.0, 0.0, 0.0, 0.0);
        for &c in c[1..].iter().rev() {
            (d1, d2) = (2.0 * (t * d1 + b1) - d2, d1);
            (b1, b2) = (2.0 * t * b1 - b2 + c, b1);
        }
        (t * b1 - b2 + c[0], (b1 + t * d1 - d2) * 2.0 / self.length)
    }
}

/// The coefficients on one interval, from the correction at its nodes.
fn interval(power: f64, length: f64, place: i64) -> [f64; NODES] {
    let values: [f64; NODES] = std::array::from_fn(|k| correction(node(length, place as f64, k), power).0);
    std::array::from_fn(|j| {
        let sum: f64 = (0..NODES).map(|k| values[k] * cosine(j, k)).sum();
        sum * if j == 0 { 1.0 } else { 2.0 } / NODES as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_the_correction() {
        for power in [1.01, 1.05, 1.2, 1.5, 1.8, 1.99, 2.02, 2.5, 4.0] {
            let mut table = Table::new(power);
            table.cover(-3.0, -1.0);
            table.cover(-9.0, 6.0);
            for i in 0..400 {
                let x = -8.9 + f64::from(i) * 0.037;
                let ((value, slope), (want, want_slope)) = (table.at(x), correction(x, power));
                assert!((value - want).abs() < 1e-11 * want.abs().max(1.0), "power {power}, {x}: {value}, not {want}");
                assert!((slope - want_slope).abs() < 1e-8 * want_slope.abs().max(1.0), "slope at {power}, {x}");
            }
        }
    }

    #[test]
    fn stand_ins_have_the_sums_of_the_rows() {
        let places: Vec<f64> = (0..60_000).map(|i| -6.0 + 9.0 * (f64::from(i) * 0.618).fract().powi(2)).collect();
        for power in [1.02, 1.3, 1.5, 1.9, 3.5] {
            let (nodes, weights) = stand_ins(places.clone(), power);
            assert!(nodes.len() < 20_000);
            for shift in [-2.0, 0.3] {
                let want: f64 = places.iter().map(|x| correction(x + shift, power).0).sum();
                let got: f64 = nodes.iter().zip(&weights).map(|(x, w)| w * correction(x + shift, power).0).sum();
                assert!((got - want).abs() < 1e-11 * want.abs().max(1e4), "power {power}: {got}, not {want}");
            }
        }
    }
}
