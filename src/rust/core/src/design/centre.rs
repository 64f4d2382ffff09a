//! Columns about a number near their means.
//!
//! A column that hardly varies beside its size (a year, a date, a coordinate) is nearly an intercept: products of such columns
//! lose twice the digits that the column itself loses. Its distance from a number in its range is exact in doubles.

use super::border::own_columns;
use super::term::Term;
use super::Design;
use crate::error::Error;
use crate::linalg::Shear;
use std::borrow::Cow;

/// Farthest from the first value, as a part of it, for a column that is shifted.
const CLOSE: f64 = 1e-3;
/// Rows that are looked at at a time: most columns show in the first ones that they vary.
const CHUNK: usize = 256;

/// A design that spans what another one does.
pub struct Centred<'d, 'a> {
    pub design: Cow<'d, Design<'a>>,
    /// From coefficients of this design to those of the other one. Shape: `[p]`.
    pub shear: Shear,
}

impl<'a> Design<'a> {
    /// The design with a number near its mean subtracted from each numeric column that hardly varies beside its size, if there
    /// are columns to which that can be left, none of `aliased` among them. Itself where there is none.
    pub fn centred(&self, aliased: &[usize]) -> Centred<'_, 'a> {
        let mut shear = Shear::default();
        let mut design = Cow::Borrowed(self);
        for (t, term) in self.terms.iter().enumerate() {
            let shifts: Vec<f64> = (0..if term.bases().is_empty() { 0 } else { term.numeric_cols() })
                .map(|j| self.shift(term, j, aliased))
                .collect();
            if shifts.iter().all(|&shift| shift == 0.0) {
                continue;
            }
            for (j, &shift) in shifts.iter().enumerate().filter(|(_, &shift)| shift != 0.0) {
                for (c, bases) in term.bases().iter().enumerate() {
                    bases.iter().for_each(|&(base, by)| shear.push(base, term.place(j, c), -by * shift));
                }
            }
            design.to_mut().terms[t].set_shifts(shifts);
        }
        Centred { design, shear }
    }

    /// The same error; that of an information matrix blames a column that hardly varies beside its size.
    pub fn blamed(&self, error: Error) -> Error {
        error.blaming(|| self.close_column())
    }

    /// The name of a numeric column that hardly varies beside its size.
    fn close_column(&self) -> Option<String> {
        let name = |(term, j): (&Term, usize)| {
            mean_if_close(term, j, self.rows)?;
            let names: Vec<&str> = term.factors_of(j).map(|column| column.name.as_str()).collect();
            Some(names.join(":"))
        };
        let numeric = self.terms.iter().filter(|term| term.has_numeric_part());
        numeric.flat_map(|term| (0..term.numeric_cols()).map(move |j| (term, j))).find_map(name)
    }

    /// What is to be subtracted from numeric column `j` of a term with bases.
    fn shift(&self, term: &Term, j: usize, aliased: &[usize]) -> f64 {
        let counts = |&c: &usize| !aliased.contains(&term.place(j, c));
        let is_lost = |c: usize| term.bases()[c].iter().any(|(base, _)| aliased.contains(base));
        let mut counting = (0..term.bases().len()).filter(counts).peekable();
        if counting.peek().is_none() || counting.any(is_lost) {
            return 0.0;
        }
        mean_if_close(term, j, self.rows).unwrap_or(0.0)
    }
}

/// The mean of a column that is close to its first value everywhere, but not the same.
fn mean_if_close(term: &Term, j: usize, rows: usize) -> Option<f64> {
    let mut chunk = [0.0; CHUNK];
    let (mut first, mut sum, mut varies) = (f64::NAN, 0.0, false);
    for start in (0..rows).step_by(CHUNK) {
        let chunk = &mut chunk[..CHUNK.min(rows - start)];
        term.copy_numeric(j, start, chunk);
        if start == 0 {
            first = chunk[0];
        }
        let bound = CLOSE * first.abs();
        if !chunk.iter().all(|x| (x - first).abs() <= bound) {
            return None;
        }
        varies |= chunk.iter().any(|&x| x != first);
        sum += chunk.iter().map(|x| x - first).sum::<f64>();
    }
    varies.then(|| first + sum / rows as f64)
}

/// Tell each term with a numeric part which columns are the same without it. `terms` have their places in the model matrix.
pub(super) fn find_bases(terms: &mut [Term]) {
    for t in 0..terms.len() {
        if terms[t].has_numeric_part() {
            let bases = bases_among(terms, &terms[t]);
            terms[t].set_bases(bases.unwrap_or_default());
        }
    }
}

fn bases_among(terms: &[Term], term: &Term) -> Option<Vec<Vec<(usize, f64)>>> {
    let plain = || terms.iter().filter(|other| !other.has_numeric_part());
    let alike = || plain().filter(|other| term.has_codes_of(other));
    if let Some(other) = alike().find(|other| other.contrast() == term.contrast()) {
        return Some((0..other.cols()).map(|c| vec![(other.place(0, c), 1.0)]).collect());
    }
    if !term.is_coded() {
        let ones = plain().find(|other| selects_levels(other))?;
        return Some(vec![(0..ones.cols()).map(|c| (ones.place(0, c), 1.0)).collect()]);
    }
    // a slope for each level, where a factor leaves one level to the intercept
    let intercept = terms.iter().find(|other| other.is_intercept())?.place(0, 0);
    let levels = alike().find_map(own_columns)?;
    let others: Vec<(usize, f64)> = levels.iter().flatten().map(|&column| (column, -1.0)).collect();
    if !selects_levels(term) || others.len() + 1 != levels.len() {
        return None;
    }
    let rest = || [vec![(intercept, 1.0)], others.clone()].concat();
    Some(levels.iter().map(|column| column.map_or_else(rest, |column| vec![(column, 1.0)])).collect())
}

/// Does each level have a column of its own, in their order? They add up to 1 in every row.
fn selects_levels(term: &Term) -> bool {
    let is_own = |level: usize| term.contrast().row(level) == [(level, 1.0)];
    term.contrast().cols() == term.levels() && (0..term.levels()).all(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{BlockScratch, Codes, Column, Contrast, RowBlock};

    const ROWS: usize = 600;

    /// How many multiples of coordinates a shear of `p` of them adds to others.
    fn entries(shear: &Shear, p: usize) -> usize {
        let of_column = |j: usize| {
            let mut unit: Vec<f64> = (0..p).map(|k| f64::from(u8::from(j == k))).collect();
            shear.apply(&mut unit);
            unit.iter().filter(|&&x| x != 0.0).count() - 1
        };
        (0..p).map(of_column).sum()
    }

    /// X·beta.
    fn fitted(design: &Design, beta: &[f64]) -> Vec<f64> {
        let mut eta = vec![0.0; ROWS];
        let mut scratch = BlockScratch::default();
        let view = design.view(RowBlock { start: 0, len: ROWS }, &mut scratch);
        view.whole().add_xb(&design.raw_coefficients(beta), &mut eta);
        eta
    }

    #[test]
    fn a_centred_design_spans_what_the_other_does() {
        let small: Vec<f64> = (0..ROWS).map(|i| (i * 7 % 13) as f64).collect();
        let large: Vec<f64> = small.iter().map(|x| 1e6 + x * x).collect();
        let year: Vec<i32> = (0..ROWS).map(|i| 100_000 + (i % 11) as i32).collect();
        let codes: Vec<i32> = (0..ROWS).map(|i| 1 + (i % 3) as i32).collect();
        let factor = Codes { name: "f", codes: &codes, levels: 3 };
        let year = || Column { name: "year".into(), values: year[..].into() };
        let slopes = |contrast| Term::new(vec![vec![year()]], vec![factor], vec![contrast], None);
        let sum = || Contrast::matrix(3, &[1.0, 0.0, -1.0, 0.0, 1.0, -1.0]);
        let columns = || Term::numeric(vec![Column::real("small", &small), Column::real("large", &large)]);
        let both = || Term::new(vec![vec![Column::real("large", &large)], vec![year()]], vec![], vec![], None);
        let treatment = || Contrast::treatment(3, 0);
        let with_intercept =
            vec![Term::intercept(), columns(), Term::factor(factor, treatment()), both(), slopes(treatment())];
        let levels = vec![Term::factor(factor, Contrast::identity(3)), columns(), both(), slopes(treatment())];
        let nested = vec![Term::intercept(), Term::factor(factor, treatment()), slopes(Contrast::identity(3))];
        let summed = vec![Term::intercept(), Term::factor(factor, sum()), slopes(sum()), columns()];
        // shifted are large and large:year, and slopes of levels where a term has their contrast, or each has one
        let cases = [(with_intercept, 4, "large"), (levels, 6, "large"), (nested, 5, "year"), (summed, 3, "year")];
        for (terms, added, first) in cases {
            let design = Design::new(ROWS, terms).unwrap().indexed();
            let Centred { design: centred, shear } = design.centred(&[]);
            let beta: Vec<f64> = (0..design.cols()).map(|j| (1.0 + j as f64).sin()).collect();
            let mut raw = beta.clone();
            shear.apply(&mut raw);
            assert_eq!(entries(&shear, design.cols()), added);
            let (near, far) = (fitted(&centred, &beta), fitted(&design, &raw));
            // large:year is 1e11
            near.iter().zip(&far).for_each(|(near, far)| assert!((near - far).abs() < 1e-3 * near.abs().max(1.0)));
            assert!(near.iter().any(|near| near.abs() < 1e9));
            // slopes of levels that no other columns have stay
            assert_eq!(centred.close_column().is_some(), added == 6);
            assert_eq!(design.close_column().as_deref(), Some(first));
        }
    }

    #[test]
    fn columns_without_a_base_or_of_a_wide_range_stay() {
        let (wide, close): (Vec<f64>, Vec<f64>) = (0..ROWS).map(|i| ((i + 1) as f64, 1e7 + (i % 5) as f64)).unzip();
        let numeric = |name, x| Term::numeric(vec![Column::real(name, x)]);
        let constant = vec![5.0; ROWS];
        let stays = |terms, aliased: &[usize]| {
            let design = Design::new(ROWS, terms).unwrap();
            let centred = design.centred(aliased);
            matches!(centred.design, Cow::Borrowed(_)) && entries(&centred.shear, design.cols()) == 0
        };
        assert!(stays(vec![Term::intercept(), numeric("wide", &wide), numeric("constant", &constant)], &[]));
        assert!(stays(vec![numeric("close", &close)], &[]));
        assert!(stays(vec![Term::intercept(), numeric("close", &close)], &[0]));
        assert!(stays(vec![Term::intercept(), numeric("close", &close)], &[1]));
        assert!(!stays(vec![Term::intercept(), numeric("close", &close)], &[]));
    }
}
