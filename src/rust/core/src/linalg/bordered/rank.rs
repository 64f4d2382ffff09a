//! Which columns are aliased where the information matrix alone must decide.
//!
//! R looks at the columns from left to right and leaves out what those before explain. Sweeping the levels out first asks
//! another question of the others that stand before the factor: are they explained by the levels, too? If so, it is
//! not they that are aliased, but as many of the last levels that take part in the dependency.

use super::effects::{Effects, Reduced};
use super::Bordered;
use crate::linalg::factor::{back_solve, forward_solve};
use crate::linalg::Cholesky;

/// A level's part in a dependency below this, relative to the largest terms that it is the sum of, is rounding error.
const NO_PART: f64 = 1e-7;

impl Bordered {
    /// As [`Bordered::factorise`], but with the columns aliased that R's order says.
    pub fn factorise_in_order(&self, skip: &[usize], tolerance: f64) -> Cholesky {
        let reduced = self.reduce(skip, tolerance);
        let others = &self.border.others;
        let before = |i: &usize| others[*i] < self.border.first_level() && !skip.contains(&others[*i]);
        let explained: Vec<usize> = reduced.cholesky.factor.aliased.iter().copied().filter(before).collect();
        if explained.is_empty() {
            return self.finish(reduced);
        }
        let mut aliased = skip.to_vec();
        let (levels, gone) = last_of_dependencies(&reduced, &explained);
        aliased.extend(levels);
        aliased.extend(gone.iter().map(|&i| others[i]));
        let after = |i: &&usize| !explained.contains(i) && !skip.contains(&others[**i]);
        aliased.extend(reduced.cholesky.factor.aliased.iter().filter(after).map(|&i| others[i]));
        self.factorise(&aliased, tolerance)
    }
}

/// For others that levels and the others before them explain: the columns of the last levels of their dependencies, and
/// those others that need no level to explain them.
fn last_of_dependencies(reduced: &Reduced, explained: &[usize]) -> (Vec<usize>, Vec<usize>) {
    // dependencies of which each ends at a level of its own
    let mut echelon: Vec<(usize, Vec<f64>)> = vec![];
    let mut gone = vec![];
    for &j in explained {
        let (mut parts, size) = dependency(reduced, j);
        let last = loop {
            let last = parts.iter().rposition(|part| part.abs() > NO_PART * size);
            match last.and_then(|at| echelon.iter().find(|(end, _)| *end == at)) {
                Some((end, other)) => {
                    let factor = parts[*end] / other[*end];
                    parts.iter_mut().zip(other).for_each(|(part, x)| *part -= factor * x);
                    parts[*end] = 0.0;
                }
                None => break last,
            }
        };
        match last {
            Some(at) => echelon.push((at, parts)),
            None => gone.push(j),
        }
    }
    let columns = &reduced.effects.columns;
    (echelon.iter().map(|(at, _)| columns[*at]).collect(), gone)
}

/// The part of each effect in what explains column `j` of the others, less the base's, and the size of the terms that it
/// is made of.
fn dependency(reduced: &Reduced, j: usize) -> (Vec<f64>, f64) {
    let Reduced { effects, schur, cholesky } = reduced;
    let Effects { means, with_base, .. } = effects;
    let kept: Vec<usize> = cholesky.factor.kept.iter().copied().filter(|&i| i < j).collect();
    let mut weights = vec![0.0; schur.size()];
    weights[j] = 1.0;
    if let Some(r) = cholesky.factor.triangle() {
        let rhs = kept.iter().map(|&i| schur.at(i, j)).collect();
        let solution = back_solve(r, forward_solve(r, rhs));
        kept.iter().zip(solution).for_each(|(&i, x)| weights[i] = -x);
    }
    let mut size = 0.0f64;
    let mut parts: Vec<f64> = (0..means.len())
        .map(|k| {
            let terms = means.column(k).map(|(i, mean)| weights[i] * mean);
            let (sum, all) = terms.fold((0.0, 0.0), |(sum, all), term| (sum + term, all + term.abs()));
            size = size.max(all);
            sum
        })
        .collect();
    if *with_base {
        let base = parts[0];
        parts.iter_mut().for_each(|part| *part -= base);
    }
    (parts, size)
}
