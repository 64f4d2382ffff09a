//! One term of the formula.

use super::column::{Column, Values};
use super::contrast::Contrast;

/// A factor's codes as R keeps them: 1-based.
#[derive(Debug, Clone, Copy)]
pub struct Codes<'a> {
    /// The user's name for it, for messages.
    pub name: &'a str,
    pub codes: &'a [i32],
    pub levels: usize,
}

/// Numeric columns ⊙ one-hot(combined codes) · contrast.
#[derive(Clone)]
pub struct Term<'a> {
    /// For each numeric variable its columns; the term's numeric columns are their products, first variable fastest.
    numeric: Vec<Vec<Column<'a>>>,
    /// For each factor its codes; combined first factor fastest. Empty for a dense term.
    factors: Vec<Codes<'a>>,
    contrast: Contrast,
    /// Column of (numeric column j, contrast column c), at j + c·M: formulas may interleave the two kinds. Counted from
    /// the term's first column, and from the model matrix's once the term is part of a design.
    order: Vec<usize>,
    /// For each contrast column the columns of the model matrix whose sum it is without the numeric part, each times a factor;
    /// empty where there are none.
    bases: Vec<Vec<(usize, f64)>>,
    /// What is subtracted from each numeric column; empty where nothing is.
    shifts: Vec<f64>,
}

impl<'a> Term<'a> {
    /// `contrasts`: one for each factor. `order`: `None` where numeric columns run fastest.
    pub fn new(
        numeric: Vec<Vec<Column<'a>>>,
        factors: Vec<Codes<'a>>,
        contrasts: Vec<Contrast>,
        order: Option<Vec<usize>>,
    ) -> Self {
        let contrast = contrasts.into_iter().reduce(|fast, slow| fast.kronecker(&slow));
        let contrast = contrast.unwrap_or_else(|| Contrast::identity(1));
        let cols = numeric.iter().map(Vec::len).product::<usize>() * contrast.cols();
        let order = order.unwrap_or_else(|| (0..cols).collect());
        Term { numeric, factors, contrast, order, bases: vec![], shifts: vec![] }
    }

    pub fn intercept() -> Self {
        Self::new(vec![], vec![], vec![], None)
    }

    pub fn numeric(columns: Vec<Column<'a>>) -> Self {
        Self::new(vec![columns], vec![], vec![], None)
    }

    pub fn factor(codes: Codes<'a>, contrast: Contrast) -> Self {
        Self::new(vec![], vec![codes], vec![contrast], None)
    }

    pub fn is_coded(&self) -> bool {
        !self.factors.is_empty()
    }

    /// A column of ones and nothing else?
    pub(super) fn is_intercept(&self) -> bool {
        self.numeric.is_empty() && self.factors.is_empty()
    }

    /// The first column of the model matrix that is 1 in every row; a look at the values, and not at factors.
    pub(super) fn column_of_ones(&self) -> Option<usize> {
        match &self.numeric[..] {
            [] if self.is_intercept() => Some(self.place(0, 0)),
            [columns] if !self.is_coded() => Some(self.place(columns.iter().position(Column::is_one)?, 0)),
            _ => None,
        }
    }

    /// Columns of the model matrix.
    pub fn cols(&self) -> usize {
        self.order.len()
    }

    /// M, products of the numeric variables' columns; 1 where there are none.
    pub fn numeric_cols(&self) -> usize {
        self.numeric.iter().map(Vec::len).product()
    }

    /// K, levels of the combined codes; 1 for a dense term.
    pub fn levels(&self) -> usize {
        self.contrast.levels()
    }

    /// K·M.
    pub fn raw_cols(&self) -> usize {
        self.levels() * self.numeric_cols()
    }

    pub fn contrast(&self) -> &Contrast {
        &self.contrast
    }

    pub fn factors(&self) -> &[Codes<'a>] {
        &self.factors
    }

    /// The term's columns begin at column `first` of the model matrix.
    pub(super) fn place_from(&mut self, first: usize) {
        self.order.iter_mut().for_each(|column| *column += first);
    }

    /// Are the columns of the model matrix from `first` on its numeric columns, in their order?
    pub(super) fn is_plain_from(&self, first: usize) -> bool {
        !self.is_coded() && self.order.iter().enumerate().all(|(j, &column)| column == first + j)
    }

    pub(super) fn has_numeric_part(&self) -> bool {
        !self.numeric.is_empty()
    }

    pub(super) fn bases(&self) -> &[Vec<(usize, f64)>] {
        &self.bases
    }

    pub(super) fn set_bases(&mut self, bases: Vec<Vec<(usize, f64)>>) {
        self.bases = bases;
    }

    pub(super) fn set_shifts(&mut self, shifts: Vec<f64>) {
        self.shifts = shifts;
    }

    pub(super) fn has_codes_of(&self, other: &Term) -> bool {
        let same = |(a, b): (&Codes, &Codes)| std::ptr::eq(a.codes, b.codes);
        self.factors.len() == other.factors.len() && self.factors.iter().zip(&other.factors).all(same)
    }

    /// A factor and nothing else?
    pub(super) fn is_plain_factor(&self) -> bool {
        self.is_coded() && self.numeric.is_empty()
    }

    /// Two plain factors as one, with a level for each combination of theirs and the columns of both.
    pub(super) fn join(mut self, mut other: Term<'a>) -> Term<'a> {
        self.contrast = self.contrast.beside(&other.contrast);
        self.factors.append(&mut other.factors);
        self.order.append(&mut other.order);
        self
    }

    /// The column that (numeric column j, contrast column c) goes to.
    pub fn place(&self, j: usize, c: usize) -> usize {
        self.order[j + c * self.numeric_cols()]
    }

    pub fn columns(&self) -> impl Iterator<Item = &Column<'a>> {
        self.numeric.iter().flatten()
    }

    /// The columns whose product is numeric column `j`.
    pub(super) fn factors_of(&self, j: usize) -> impl Iterator<Item = &Column<'a>> {
        let mut rest = j;
        self.numeric.iter().map(move |variable| {
            let column = &variable[rest % variable.len()];
            rest /= variable.len();
            column
        })
    }

    /// out = numeric column `j` in the rows from `start`. Shape: `[B]`.
    pub(super) fn copy_numeric(&self, j: usize, start: usize, out: &mut [f64]) {
        let mut parts = self.factors_of(j);
        match parts.next() {
            Some(first) => first.copy_block(start, out),
            None => out.fill(1.0),
        }
        parts.for_each(|part| part.multiply_block(start, out));
        if let Some(&shift) = self.shifts.get(j).filter(|&&shift| shift != 0.0) {
            out.iter_mut().for_each(|x| *x -= shift);
        }
    }

    /// The values of numeric column `j` where it is one variable's column as it is.
    pub(super) fn single(&self, j: usize) -> Option<Values<'a>> {
        let is_shifted = self.shifts.get(j).is_some_and(|&shift| shift != 0.0);
        let mut parts = self.factors_of(j);
        match (parts.next(), parts.next()) {
            (Some(column), None) if !is_shifted => Some(column.values),
            _ => None,
        }
    }

    /// out = the combined codes of the rows from `start`, 0-based. Shape: `[B]`.
    pub(super) fn combine_codes(&self, start: usize, out: &mut [u32]) {
        let mut scale = 1;
        for (i, factor) in self.factors.iter().enumerate() {
            let codes = &factor.codes[start..start + out.len()];
            if i == 0 {
                out.iter_mut().zip(codes).for_each(|(o, &c)| *o = (c - 1) as u32);
            } else {
                out.iter_mut().zip(codes).for_each(|(o, &c)| *o += scale * (c - 1) as u32);
            }
            scale *= factor.levels as u32;
        }
    }

    /// Name and length of a part that has not `rows` rows.
    pub(super) fn wrong_length(&self, rows: usize) -> Option<(String, usize)> {
        let numeric = self.columns().filter_map(|c| Some((c.name.clone(), c.len()?)));
        let factors = self.factors.iter().map(|f| (f.name.to_string(), f.codes.len()));
        numeric.chain(factors).find(|(_, len)| *len != rows)
    }

    /// Name and row of a code that is missing or beyond the levels: the kernels use codes as positions.
    pub(super) fn wrong_code(&self) -> Option<(&'a str, usize)> {
        let wrong = |f: &Codes<'a>| {
            let levels = f.levels as u32;
            // 0 and the missing value wrap around to something large
            let position = f.codes.iter().position(|&c| (c as u32).wrapping_sub(1) >= levels);
            position.map(|row| (f.name, row))
        };
        self.factors.iter().find_map(wrong)
    }
}
