//! Vectors, as slices of the same length.

/// to += v
#[inline]
pub fn add(to: &mut [f64], v: &[f64]) {
    to.iter_mut().zip(v).for_each(|(t, v)| *t += v);
}

/// to += factor · v
#[inline]
pub fn add_scaled(to: &mut [f64], factor: f64, v: &[f64]) {
    to.iter_mut().zip(v).for_each(|(t, v)| *t += factor * v);
}

#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
