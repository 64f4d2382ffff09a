//! One numeric variable, as it lies in the caller's memory.

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

impl<'a> Column<'a> {
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
