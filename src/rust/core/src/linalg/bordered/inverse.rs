//! The inverse in blocks: entries are made where they are asked for.

use crate::linalg::{SparseColumns, Symmetric};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

/// With V the others' block of the inverse, an effect k has the variance 1/weight_k + m_kᵀ·V·m_k, m_k being the means of
/// the others in its level: plain numbers that say all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockInverse {
    /// Columns of the model matrix that V is of.
    pub others: Vec<usize>,
    /// The column that each effect belongs to. Shape: `[M]`.
    pub columns: Vec<usize>,
    /// Is the first effect the intercept, that of the base, and are the others' coefficients differences from it?
    pub with_base: bool,
    /// V. Shape: q × q.
    pub inverse: Symmetric,
    /// Shape: `[M][q]`.
    pub means: SparseColumns,
    /// Shape: `[M]`.
    pub weights: Vec<f64>,
}

/// Effects whose means are laid out together.
const CHUNK: usize = 256;

impl BlockInverse {
    /// One step of the way from effects to coefficients.
    fn is_difference(&self, effect: usize) -> bool {
        self.with_base && effect > 0
    }

    /// What a coefficient's row of the inverse makes of the others: the effect's means, less those of the base in a
    /// difference. Shape: q × `effects`.
    fn contrasts(&self, effects: impl ExactSizeIterator<Item = usize>) -> Mat<f64> {
        let mut out = Mat::zeros(self.others.len(), effects.len());
        for (at, k) in effects.enumerate() {
            self.means.column(k).for_each(|(i, mean)| out[(i, at)] += mean);
            if self.is_difference(k) {
                self.means.column(0).for_each(|(i, mean)| out[(i, at)] -= mean);
            }
        }
        out
    }

    fn v(&self) -> Mat<f64> {
        let q = self.inverse.size();
        Mat::from_fn(q, q, |i, j| self.inverse.at(i, j))
    }

    /// The coefficients that it is of: columns of the model matrix, ascending.
    pub fn kept(&self) -> Vec<usize> {
        let mut kept: Vec<usize> = self.others.iter().chain(&self.columns).copied().collect();
        kept.sort_unstable();
        kept
    }

    /// The diagonal, in the order of [`Self::kept`].
    pub fn variances(&self) -> Vec<f64> {
        let kept = self.kept();
        let mut out = vec![0.0; kept.last().map_or(0, |last| last + 1)];
        self.others.iter().enumerate().for_each(|(i, &column)| out[column] = self.inverse.at(i, i));
        let v = self.v();
        for first in (0..self.columns.len()).step_by(CHUNK) {
            let effects = first..self.columns.len().min(first + CHUNK);
            let contrasts = self.contrasts(effects.clone());
            let mut product = Mat::zeros(v.nrows(), effects.len());
            matmul(product.as_mut(), Accum::Replace, v.as_ref(), contrasts.as_ref(), 1.0, Par::Seq);
            for (at, k) in effects.enumerate() {
                let spread: f64 = (0..v.nrows()).map(|i| contrasts[(i, at)] * product[(i, at)]).sum();
                let base = if self.is_difference(k) { 1.0 / self.weights[0] } else { 0.0 };
                out[self.columns[k]] = 1.0 / self.weights[k] + base + spread;
            }
        }
        kept.iter().map(|&column| out[column]).collect()
    }

    /// The inverse times v, 0 for the aliased columns. Shapes: `[p]`.
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        let mut sums: Vec<f64> = self.columns.iter().map(|&column| v[column]).collect();
        if let (true, Some((base, levels))) = (self.with_base, sums.split_first_mut()) {
            *base -= levels.iter().sum::<f64>();
        }
        let mut left: Vec<f64> = self.others.iter().map(|&j| v[j]).collect();
        sums.iter().enumerate().for_each(|(k, &sum)| self.means.add_to(k, -sum, &mut left));
        let others = self.inverse.times(&left);
        let mut out = vec![0.0; v.len()];
        self.others.iter().zip(&others).for_each(|(&j, &x)| out[j] = x);
        let effect = |k: usize| sums[k] / self.weights[k] - self.means.dot(k, &others);
        for (k, &column) in self.columns.iter().enumerate() {
            out[column] = effect(k) - if self.is_difference(k) { effect(0) } else { 0.0 };
        }
        out
    }

    /// The whole matrix, in the order of [`Self::kept`].
    pub fn full(&self) -> Symmetric {
        let kept = self.kept();
        let mut out = Symmetric::zeros(kept.len());
        self.visit_among(&kept, || true, |i, j, value| *out.at_mut(i, j) = value);
        out
    }

    /// Visit the entries (i, j, value), i <= j, of the chosen rows and columns, as long as `goes_on` says so; `chosen`: columns of
    /// the model matrix, ascending, all of them among [`Self::kept`].
    pub fn visit_among(&self, chosen: &[usize], goes_on: impl Fn() -> bool, mut visit: impl FnMut(usize, usize, f64)) {
        let place = |column: usize| chosen.binary_search(&column).ok();
        let with_places = |columns: &[usize]| -> Vec<(usize, usize)> {
            columns.iter().enumerate().filter_map(|(own, &column)| Some((own, place(column)?))).collect()
        };
        let (others, effects) = (with_places(&self.others), with_places(&self.columns));
        let mut set = |a: usize, b: usize, value: f64| visit(a.min(b), a.max(b), value);
        for (at, &(i, a)) in others.iter().enumerate() {
            others[at..].iter().for_each(|&(j, b)| set(a, b, self.inverse.at(i, j)));
        }
        let (q, m) = (self.others.len(), effects.len());
        let contrasts = self.contrasts(effects.iter().map(|&(k, _)| k));
        let mut product = Mat::zeros(q, m);
        matmul(product.as_mut(), Accum::Replace, self.v().as_ref(), contrasts.as_ref(), 1.0, Par::Seq);
        let base = if self.with_base { 1.0 / self.weights[0] } else { 0.0 };
        for first in (0..m).step_by(CHUNK).take_while(|_| goes_on()) {
            let chunk = first..m.min(first + CHUNK);
            let mut block = Mat::zeros(chunk.len(), m);
            let rows = contrasts.subcols(first, chunk.len());
            matmul(block.as_mut(), Accum::Replace, rows.transpose(), product.as_ref(), 1.0, Par::Seq);
            for (at, row) in chunk.enumerate() {
                let (k, a) = effects[row];
                others.iter().for_each(|&(i, b)| set(a, b, -product[(i, row)]));
                for (column, &(l, b)) in effects.iter().enumerate().skip(row) {
                    let shared = match (self.is_difference(k), self.is_difference(l)) {
                        (true, true) => base,
                        (false, true) => -base,
                        _ => 0.0,
                    };
                    let own = if k == l { 1.0 / self.weights[k] } else { 0.0 };
                    set(a, b, block[(at, column)] + own + shared);
                }
            }
        }
    }

    /// xᵀ · inverse · x for a row of the model matrix; aliased columns take no part. `each` visits the row's entries
    /// (column, value) other than 0, `scratch` is memory of its own.
    pub fn quadratic_form(
        &self,
        each: impl FnOnce(&mut dyn FnMut(usize, f64)),
        index: &Places,
        scratch: &mut RowScratch,
    ) -> f64 {
        let RowScratch { others, effects } = scratch;
        others.clear();
        others.resize(self.others.len(), 0.0);
        effects.clear();
        let mut base = 0.0;
        each(&mut |column, value| match index.places[column] {
            Place::Aliased => {}
            Place::Other(i) => others[i] += value,
            Place::Effect(0) if self.with_base => base += value,
            Place::Effect(k) => {
                effects.push((k, value));
                // the intercept's column counts every level: what is one level's own is not the base's
                base -= if self.with_base { value } else { 0.0 };
            }
        });
        if base != 0.0 {
            effects.push((0, base));
        }
        let mut own = 0.0;
        for &(k, value) in effects.iter() {
            own += value * value / self.weights[k];
            self.means.add_to(k, -value, others);
        }
        let mut spread = 0.0;
        for (i, &x) in others.iter().enumerate().filter(|(_, &x)| x != 0.0) {
            let rest = others[i + 1..].iter().zip(i + 1..);
            let products = rest.map(|(&z, j)| z * self.inverse.at(i, j)).sum::<f64>();
            spread += x * (x * self.inverse.at(i, i) + 2.0 * products);
        }
        own + spread
    }

    /// Where each of the p columns is found.
    pub fn places(&self, p: usize) -> Places {
        let mut places = vec![Place::Aliased; p];
        self.others.iter().enumerate().for_each(|(i, &column)| places[column] = Place::Other(i));
        self.columns.iter().enumerate().for_each(|(k, &column)| places[column] = Place::Effect(k));
        Places { places }
    }
}

/// Where the columns of the model matrix are found in a [`BlockInverse`].
pub struct Places {
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
enum Place {
    Aliased,
    Other(usize),
    Effect(usize),
}

/// Memory of one lane, used again for every row.
#[derive(Default)]
pub struct RowScratch {
    others: Vec<f64>,
    effects: Vec<(usize, f64)>,
}
