//! R objects as the core wants them: borrowed, never copied.

use crate::guard::{Failure, Reply};
pub use crate::value::Value;
use extendr_api::prelude::*;
use extendr_ffi::REAL;
use glmrs_core::control::{Control, Method};
use glmrs_core::design::{Codes, Column, Contrast, Design, Term};
use glmrs_core::family::{by_name, with_shape, FamilySpec};
use glmrs_core::glm::Problem;
use glmrs_core::inference::ScoreRows;
use glmrs_core::linalg::bordered::BlockInverse;
use glmrs_core::linalg::{SparseColumns, Symmetric};
use glmrs_core::link::Link;
use glmrs_core::zero::Shape;
use glmrs_core::{link, Error};
use ndarray::{ArrayView2, ShapeBuilder};

/// The doubles of an R vector that was allocated by this call and is not yet known to R.
pub fn reals_mut(x: &mut Robj) -> &mut [f64] {
    let n = x.len();
    // SAFETY: a fresh double vector of length n, borrowed mutably through its only handle.
    unsafe {
        if n == 0 {
            &mut []
        } else {
            std::slice::from_raw_parts_mut(REAL(x.get()), n)
        }
    }
}

pub fn argument(arg: &'static str, message: &str) -> Error {
    Error::Argument { arg, message: message.into() }
}

/// What the word `spec` is among `known`. R has checked what users say, so another one is an error of the package's own.
pub fn one_of<T: Copy>(spec: Value, arg: &'static str, known: &[(&str, T)]) -> Reply<T> {
    let name = spec.text(0);
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| unknown(name, arg))
}

pub fn unknown(name: &str, arg: &'static str) -> Failure {
    argument(arg, &format!("is \"{name}\", which the core does not know")).into()
}

/// A double vector, or `None` for NULL.
pub fn optional_reals<'a>(x: Value<'a>, name: &'static str) -> Reply<Option<&'a [f64]>> {
    if x.is_null() {
        return Ok(None);
    }
    Ok(Some(x.reals().ok_or_else(|| argument(name, "must be a double vector"))?))
}

pub fn reals<'a>(x: Value<'a>, name: &'static str) -> Reply<&'a [f64]> {
    Ok(x.reals().ok_or_else(|| argument(name, "must be a double vector"))?)
}

/// `list(rows, terms)`, each term `list(numeric, names, codes, levels, contrasts, order)`, or a numeric variable under its
/// name: see `R/design.R`.
pub fn design<'a>(spec: Value<'a>) -> Reply<Design<'a>> {
    let rows = spec.element(0).number() as usize;
    let terms = spec.element(1);
    let terms = terms.elements().enumerate().map(|(i, spec)| match spec.is_list() {
        true => term(spec),
        false => Ok(Term::numeric(columns(spec, terms.name(i))?)),
    });
    Ok(Design::new(rows, terms.collect::<Reply<Vec<_>>>()?)?)
}

fn term<'a>(spec: Value<'a>) -> Reply<Term<'a>> {
    let names = spec.element(1);
    let numeric = spec.element(0).elements().enumerate().map(|(i, v)| columns(v, names.text(i)));
    let numeric = numeric.collect::<Reply<Vec<_>>>()?;
    let levels = spec.element(3).integers().unwrap_or_default();
    let mut codes = vec![];
    let mut contrasts = vec![];
    for (i, &levels) in levels.iter().enumerate() {
        let levels = levels as usize;
        let values = spec.element(2).element(i);
        codes.push(Codes {
            name: names.text(numeric.len() + i),
            codes: values.integers().ok_or_else(|| argument("data", "has a factor without integer codes"))?,
            levels,
        });
        contrasts.push(contrast(spec.element(4).element(i), levels));
    }
    let order = spec.element(5).integers().map(|o| o.iter().map(|&i| i as usize - 1).collect());
    Ok(Term::new(numeric, codes, contrasts, order))
}

/// The columns of a numeric vector or matrix.
fn columns<'a>(x: Value<'a>, name: &str) -> Reply<Vec<Column<'a>>> {
    let columns = match (x.reals(), x.integers()) {
        (Some(v), _) => view(v, x.cols()).and_then(|v| Column::of_matrix(name, v)),
        (_, Some(v)) => view(v, x.cols()).and_then(|v| Column::of_matrix(name, v)),
        _ => None,
    };
    Ok(columns.ok_or_else(|| argument("data", &format!("has a variable `{name}` that is not numeric")))?)
}

/// R's memory as a matrix of `cols` columns.
fn view<T>(values: &[T], cols: usize) -> Option<ArrayView2<'_, T>> {
    let rows = values.len().checked_div(cols).unwrap_or(0);
    ArrayView2::from_shape((rows, cols).f(), values).ok()
}

/// A double matrix.
pub fn real_matrix<'a>(x: Value<'a>, name: &'static str) -> Reply<ArrayView2<'a, f64>> {
    let matrix = x.reals().and_then(|v| view(v, x.cols()));
    Ok(matrix.ok_or_else(|| argument(name, "must be a double matrix"))?)
}

/// A double matrix, or `None` for NULL.
pub fn optional_matrix<'a>(x: Value<'a>, name: &'static str) -> Reply<Option<ArrayView2<'a, f64>>> {
    if x.is_null() {
        return Ok(None);
    }
    Ok(Some(real_matrix(x, name)?))
}

/// The upper triangle of a square matrix.
fn symmetric(matrix: ArrayView2<f64>) -> Symmetric {
    let mut out = Symmetric::zeros(matrix.nrows());
    for i in 0..matrix.nrows() {
        out.upper_row_mut(i).iter_mut().enumerate().for_each(|(j, x)| *x = matrix[(i, i + j)]);
    }
    out
}

/// The unscaled covariance of a fit, or `None` for NULL.
pub fn known_inverse(x: Value) -> Reply<Option<Symmetric>> {
    Ok(optional_matrix(x, "cov.unscaled")?.filter(ArrayView2::is_square).map(symmetric))
}

/// A covariance in blocks, from `blocks()` in reply.rs.
pub fn block_inverse(spec: Value) -> Reply<BlockInverse> {
    let wholes = |x: Value| x.reals().unwrap_or_default().iter().map(|&c| c as usize).collect::<Vec<_>>();
    let places = |x: Value| wholes(x).into_iter().map(|c| c - 1).collect::<Vec<_>>();
    let others = places(spec.element(0));
    let full = real_matrix(spec.element(3), "blocks")?;
    if full.dim() != (others.len(), others.len()) {
        return Err(argument("blocks", "must be those of a fit").into());
    }
    let means = spec.element(4);
    let means = SparseColumns {
        start: wholes(means.element(0)),
        index: wholes(means.element(1)).into_iter().map(|i| i as u32).collect(),
        value: reals(means.element(2), "blocks")?.to_vec(),
    };
    Ok(BlockInverse {
        others,
        columns: places(spec.element(1)),
        with_base: spec.element(2).flag(),
        inverse: symmetric(full),
        means,
        weights: reals(spec.element(5), "blocks")?.to_vec(),
    })
}

/// NULL: a column for each level; an integer: treatment contrasts with that base level; else the contrast matrix.
fn contrast(spec: Value, levels: usize) -> Contrast {
    match (spec.integers(), spec.reals()) {
        (Some(&[base]), _) => Contrast::treatment(levels, base as usize - 1),
        (_, Some(matrix)) => Contrast::matrix(levels, matrix),
        _ => Contrast::identity(levels),
    }
}

/// `list(weights, residuals)` beside a design, each one value a row.
pub fn score_rows<'a>(design: &'a Design<'a>, spec: Value<'a>) -> Reply<ScoreRows<'a>> {
    let (weights, residuals) = (reals(spec.element(0), "weights")?, reals(spec.element(1), "residuals")?);
    Ok(ScoreRows { design, weights, residuals })
}

/// The columns flagged in a logical vector.
pub fn flagged(flags: Value) -> Vec<usize> {
    let flags = flags.integers().unwrap_or_default();
    (0..flags.len()).filter(|&j| flags[j] == 1).collect()
}

/// 0-based places, from 1-based ones.
pub fn places(which: Value) -> Reply<Vec<usize>> {
    Ok(reals(which, "which")?.iter().map(|&j| j as usize - 1).collect())
}

/// `list(family, likelihood, quasi, link, lambda, shape)`: see `R/family.R`.
pub fn family(spec: Value) -> Reply<(FamilySpec, Box<dyn Link>)> {
    let (name, shape) = (spec.element(0).text(0), spec.element(5));
    let family = if shape.is_null() { by_name(name) } else { with_shape(name, shape.number()) };
    let family = family.ok_or_else(|| argument("family", "is not one of the core's"))?;
    let spec_of_family = FamilySpec { family, likelihood: spec.element(1).flag(), quasi: spec.element(2).flag() };
    let link = link::by_name(spec.element(3).text(0), spec.element(4).number());
    Ok((spec_of_family, link.ok_or_else(|| argument("family", "has a link that is not one of the core's"))?))
}

/// `list(y, weights, offset, ...)` of a model, from the family's own start.
pub fn problem<'a>(
    design: &'a Design<'a>,
    data: Value<'a>,
    family: &'a FamilySpec,
    link: &'a dyn Link,
) -> Reply<Problem<'a>> {
    Ok(Problem {
        prior_weights: optional_reals(data.element(1), "weights")?,
        offset: optional_reals(data.element(2), "offset")?,
        ..Problem::new(design, reals(data.element(0), "y")?, family, link)
    })
}

/// How many are asked for, 0 where nothing is said, within what the environment allows: see `thread_spec()` in `R/control.R`.
pub fn threads(spec: Value) -> usize {
    let asked = spec.number() as usize;
    let asked = if asked > 0 { asked } else { crate::interrupt::available_threads() };
    asked.min(crate::threads::thread_limit().unwrap_or(usize::MAX))
}

/// `list(epsilon, maxit, method, threads, progress)`: see `R/control.R`.
pub fn control(spec: Value) -> Reply<Control> {
    let methods = [
        ("auto", Method::Auto),
        ("cholesky", Method::Cholesky),
        ("qr", Method::Qr),
        ("lbfgs", Method::Lbfgs),
        ("trust-region", Method::TrustRegion),
    ];
    let method = one_of(spec.element(2), "method", &methods)?;
    Ok(Control { epsilon: spec.element(0).number(), max_iterations: spec.element(1).number() as usize, method })
}

/// The shape of a distribution of counts: Inf for Poisson, NA where it is estimated.
pub fn shape(spec: Value) -> Shape {
    match spec.number() {
        theta if theta.is_nan() => Shape::Estimated,
        theta if theta.is_infinite() => Shape::Infinite,
        theta => Shape::Known(theta),
    }
}
