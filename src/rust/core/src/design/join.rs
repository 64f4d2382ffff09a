//! Factors that share a table.
//!
//! Kernels visit each row once for each pair of coded terms. Plain factors with few levels are joined into one term with
//! a level for each combination of theirs, whose contrast has the columns of all: one look-up, one sum and one table
//! where there were several. What is left to do with the larger table is done once, not for each row.

use super::border::LARGE;
use super::term::Term;

/// Most levels of joined factors: their table should stay in a first-level cache.
const MAX_LEVELS: usize = 512;

/// Join plain factors, first come first served, as long as a table of their combinations is small beside the rows.
pub(super) fn join_factors(terms: Vec<Term>, rows: usize) -> Vec<Term> {
    let limit = MAX_LEVELS.min((rows as f64).sqrt() as usize / 2);
    let mut joined: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        // a large factor is kept apart
        let joins = |t: &Term| t.is_plain_factor() && t.levels() < LARGE;
        let fits = |t: &Term| joins(t) && t.levels() * term.levels() <= limit;
        match joined.iter().position(fits).filter(|_| joins(&term)) {
            Some(at) => {
                let partner = joined.remove(at);
                joined.insert(at, partner.join(term));
            }
            None => joined.push(term),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Codes, Contrast, Design};

    #[test]
    fn small_factors_join_where_rows_are_many() {
        let codes: Vec<i32> = (0..10_000).map(|i| 1 + i % 6).collect();
        let factor = |levels: usize| {
            let codes = Codes { name: "f", codes: &codes, levels };
            Term::factor(codes, Contrast::treatment(levels, 0))
        };
        let raw = |rows: usize| {
            let codes = &codes[..rows];
            let factor = |levels| Term::factor(Codes { name: "f", codes, levels }, Contrast::treatment(levels, 0));
            Design::new(rows, vec![Term::intercept(), factor(6), factor(7), factor(40)])
                .map(|d| (d.cols(), d.raw_cols()))
        };
        // 42 combinations and 40 levels, or each on its own
        assert!(matches!(raw(10_000), Ok((51, 83))));
        assert!(matches!(raw(1_000), Ok((51, 54))));
        assert_eq!(join_factors(vec![factor(6), factor(6)], 10_000).len(), 1);
    }
}
