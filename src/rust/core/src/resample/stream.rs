//! Random draws for resampling. Replicate r draws from a stream of its own: what it draws depends on neither the other
//! replicates nor the order in which they are made.

use rand::RngCore;

/// 2⁻⁵³: doubles of that many bits lie evenly between 0 and 1.
const ULP: f64 = 1.0 / (1u64 << 53) as f64;
/// SplitMix64's step from one number to the next: 2⁶⁴ over the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The numbers of one replicate: xoshiro256++, seeded by SplitMix64.
///
/// Source: Blackman and Vigna (2021), "Scrambled linear pseudorandom number generators".
pub struct Stream {
    state: [u64; 4],
}

impl Stream {
    pub fn new(seed: u64, replicate: u64) -> Self {
        // streams of neighbouring replicates begin far from one another
        let mut at = mix(mix(seed) ^ replicate);
        let state = std::array::from_fn(|_| {
            at = at.wrapping_add(GOLDEN);
            mix(at)
        });
        Stream { state }
    }

    fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// A whole number from 0 to n − 1, each as likely: what would favour some is drawn again.
    pub fn below(&mut self, n: u64) -> u64 {
        let product = |bits: u64| u128::from(bits) * u128::from(n);
        let mut drawn = product(self.next());
        let unfair = n.wrapping_neg() % n;
        while (drawn as u64) < unfair {
            drawn = product(self.next());
        }
        (drawn >> 64) as u64
    }

    /// From 0 to 1, 1 excluded.
    pub fn uniform(&mut self) -> f64 {
        uniform_of(self.next())
    }

    /// Places of rows, from 0, drawn with replacement: `[n]`.
    pub fn rows(&mut self, n: usize) -> Vec<usize> {
        (0..n).map(|_| self.below(n as u64) as usize).collect()
    }

    /// Weights from the exponential distribution of mean 1: `[n]`.
    pub fn weights(&mut self, n: usize) -> Vec<f64> {
        // never the logarithm of 0
        (0..n).map(|_| -(((self.next() >> 11) + 1) as f64 * ULP).ln()).collect()
    }
}

/// So that distributions of crate rand_distr draw from it.
impl RngCore for Stream {
    fn next_u32(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.next()
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]));
    }
}

/// A number from 0 to 1, 1 excluded, that looks like chance and is the same for each row every time.
pub fn scattered(row: usize) -> f64 {
    uniform_of(mix((row as u64).wrapping_add(1).wrapping_mul(GOLDEN)))
}

fn uniform_of(bits: u64) -> f64 {
    (bits >> 11) as f64 * ULP
}

/// SplitMix64's scrambling: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_their_own() {
        let draw = |seed, replicate| Stream::new(seed, replicate).rows(50);
        assert_eq!(draw(1, 7), draw(1, 7));
        for other in [draw(1, 8), draw(2, 7), draw(7, 1)] {
            assert_ne!(draw(1, 7), other);
        }
    }

    /// Rows are equally likely, in streams that follow one another, and weights have mean and variance 1.
    #[test]
    fn draws_have_their_distribution() {
        let (n, times) = (7, 20_000);
        let mut counts = [0.0; 7];
        let (mut sum, mut squares) = (0.0, 0.0);
        for replicate in 0..times {
            Stream::new(3, replicate).rows(n).iter().for_each(|&i| counts[i] += 1.0);
            for w in Stream::new(4, replicate).weights(n) {
                assert!(w >= 0.0 && w.is_finite());
                sum += w;
                squares += (w - 1.0) * (w - 1.0);
            }
        }
        let all = times as f64 * n as f64;
        let expected = all / n as f64;
        let statistic: f64 = counts.iter().map(|c| (c - expected) * (c - expected) / expected).sum();
        // the point that one of 1e5 fair draws exceeds, six degrees of freedom
        assert!(statistic < 33.1, "{statistic}");
        // five standard errors: the variances of a weight and of its square about 1 are 1 and 8
        assert!((sum / all - 1.0).abs() < 5.0 / all.sqrt(), "{}", sum / all);
        assert!((squares / all - 1.0).abs() < 5.0 * (8.0 / all).sqrt(), "{}", squares / all);
    }
}
