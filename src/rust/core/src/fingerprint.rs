//! A fingerprint of data: 64 bits that tell whether they are what they were.

/// 2^64 over the golden ratio, odd: its multiples are spread evenly.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Of the numbers that are added, of their order and of the lengths of their runs. Chance alone makes two equal once in
/// some 10^19 times; it guards against nobody who means harm.
#[derive(Debug, Clone, Copy)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        // not 0, which zeros would leave as it is
        Fingerprint(SPREAD)
    }
}

impl Fingerprint {
    /// Add a run of numbers, each by its bits.
    pub fn add(&mut self, run: impl ExactSizeIterator<Item = u64>) {
        let length = run.len() as u64;
        self.0 = mix(run.fold(self.0, mix), length);
    }

    pub fn value(self) -> u64 {
        // what the last numbers changed in the high bits alone
        let folded = (self.0 ^ (self.0 >> 32)).wrapping_mul(SPREAD);
        folded ^ (folded >> 29)
    }
}

fn mix(state: u64, bits: u64) -> u64 {
    (state.rotate_left(23) ^ bits).wrapping_mul(SPREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(runs: &[&[f64]]) -> u64 {
        let mut print = Fingerprint::default();
        runs.iter().for_each(|run| print.add(run.iter().map(|x| x.to_bits())));
        print.value()
    }

    #[test]
    fn every_change_shows() {
        let whole: Vec<f64> = (0..1000).map(f64::from).collect();
        let first = of(&[&whole]);
        assert_eq!(first, of(&[&whole]));
        let mut seen = std::collections::HashSet::from([first]);
        for i in 0..1000 {
            let mut changed = whole.clone();
            // the last bit of one number
            changed[i] = f64::from_bits(changed[i].to_bits() ^ 1);
            assert!(seen.insert(of(&[&changed])));
            let mut swapped = whole.clone();
            swapped.swap(i, (i + 7) % 1000);
            seen.insert(of(&[&swapped]));
            // the same numbers in other runs
            assert!(seen.insert(of(&[&whole[..i], &whole[i..]])));
        }
        assert!(seen.len() > 2990);
    }
}
