//! One numeric variable, as it lies in the caller's memory.

use crate::simd::any_nan;
use ndarray::{ArrayView2, Axis};

/// Where the values come from. Integers become doubles block by block, in cache.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    Real(&'a [f64]),
    Integer(&'a [i32]),
    /// The intercept.
    One,
}

#[derive(Debug, Clone)]
pub struct Column<'a> {
    /// The user's name for it, for messages.
    pub name: String,
    pub values: Values<'a>,
}

impl<'a> From<&'a [f64]> for Values<'a> {
    fn from(values: &'a [f64]) -> Self {
        Values::Real(values)
    }
}

impl<'a> From<&'a [i32]> for Values<'a> {
    fn from(values: &'a [i32]) -> Self {
        Values::Integer(values)
    }
}

impl Values<'_> {
    /// Is any value missing, as R marks it: a NaN, or the least integer?
    pub fn has_missing(&self) -> bool {
        // chunks without an early way out are looked at many values at a time
        const CHUNK: usize = 1024;
        match self {
            Values::Real(v) => v.chunks(CHUNK).any(any_nan),
            Values::Integer(v) => v.chunks(CHUNK).any(|c| c.iter().fold(false, |found, &x| found | (x == i32::MIN))),
            Values::One => false,
        }
    }
}

impl<'a> Column<'a> {
    /// The columns of a matrix, borrowed: of one that lies by columns, as R's do; `None` for any other.
    pub fn of_matrix<T>(name: &str, x: ArrayView2<'a, T>) -> Option<Vec<Self>>
    where
        Values<'a>: From<&'a [T]>,
    {
        let named = |j: usize| if x.ncols() == 1 { name.to_string() } else { format!("{name}[, {}]", j + 1) };
        let column = |j| Some(Column { name: named(j), values: x.index_axis_move(Axis(1), j).to_slice()?.into() });
        (0..x.ncols()).map(column).collect()
    }

    pub fn one() -> Self {
        Column { name: "(Intercept)".into(), values: Values::One }
    }

    pub fn real(name: &str, values: &'a [f64]) -> Self {
        Column { name: name.into(), values: Values::Real(values) }
    }

    /// The length, or `None` for the intercept, which fits any.
    pub fn len(&self) -> Option<usize> {
        match self.values {
            Values::Real(v) => Some(v.len()),
            Values::Integer(v) => Some(v.len()),
            Values::One => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Is every value 1?
    pub(super) fn is_one(&self) -> bool {
        match self.values {
            Values::Real(v) => v.iter().all(|&x| x == 1.0),
            Values::Integer(v) => v.iter().all(|&x| x == 1),
            Values::One => true,
        }
    }

    /// out = the rows from `start`. Shape: `[B]`.
    pub(super) fn copy_block(&self, start: usize, out: &mut [f64]) {
        match self.values {
            Values::Real(v) => out.copy_from_slice(&v[start..start + out.len()]),
            Values::Integer(v) => {
                for (o, &x) in out.iter_mut().zip(&v[start..]) {
                    *o = as_double(x);
                }
            }
            Values::One => out.fill(1.0),
        }
    }

    /// out *= the rows from `start`.
    pub(super) fn multiply_block(&self, start: usize, out: &mut [f64]) {
        match self.values {
            Values::Real(v) => out.iter_mut().zip(&v[start..]).for_each(|(o, &x)| *o *= x),
            Values::Integer(v) => out.iter_mut().zip(&v[start..]).for_each(|(o, &x)| *o *= as_double(x)),
            Values::One => {}
        }
    }

    /// R's missing integer is the least one.
    pub(super) fn first_not_finite(&self) -> Option<(usize, f64)> {
        match self.values {
            Values::Real(v) => v.iter().position(|x| !x.is_finite()).map(|i| (i, v[i])),
            Values::Integer(v) => v.iter().position(|&x| x == i32::MIN).map(|i| (i, f64::NAN)),
            Values::One => None,
        }
    }
}

/// R's missing integer is no number: it must not pass for one where nobody has looked for it.
fn as_double(x: i32) -> f64 {
    if x == i32::MIN {
        f64::NAN
    } else {
        f64::from(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_are_found() {
        let (mut x, mut codes) = (vec![f64::INFINITY; 3000], vec![-1; 3000]);
        assert!(!Values::Real(&x).has_missing() && !Values::Integer(&codes).has_missing());
        (x[2999], codes[1500]) = (f64::NAN, i32::MIN);
        assert!(Values::Real(&x).has_missing() && Values::Integer(&codes).has_missing());
    }
    use ndarray::ShapeBuilder;

    #[test]
    fn a_matrix_is_its_columns() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let by_columns = ArrayView2::from_shape((3, 2).f(), &values).unwrap();
        let columns = Column::of_matrix("x", by_columns).unwrap();
        assert_eq!((columns[1].name.as_str(), columns[1].len()), ("x[, 2]", Some(3)));
        assert!(matches!(columns[1].values, Values::Real(&[4.0, 5.0, 6.0])));
        let by_rows = ArrayView2::from_shape((3, 2), &values).unwrap();
        assert!(Column::of_matrix("x", by_rows).is_none());
    }
}
