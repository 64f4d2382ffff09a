//! Roots of estimating equations by damped Newton steps; with more equations than parameters, the parameters at which the
//! weighted sum of their squares is least (Gauss-Newton).
//!
//! Distances are measured in standard errors: g'M⁻¹g, with g the sums and M the sum of the rows' products, is the squared
//! distance from the root in the metric of the sandwich covariance. It does not depend on the units of parameters or
//! functions, so that is what is lowered, and what says when to stop.

use super::difference::{Lengths, OneSided, Size};
use super::whiten::Whitening;
use super::{Equations, Limits};
use crate::error::{Error, Result};
use crate::linalg::{least_squares_in_order, RowsQr};
use crate::solver::Status;
use faer::Mat;

/// A parameter that the equations determine this much less than each of them alone could is not determined.
const RANK_TOLERANCE: f64 = 1e-9;
/// Part of the expected decrease that a step must bring.
const SUFFICIENT: f64 = 1e-4;
/// The rest of a function's products, once its mean is taken out, that says that it is the same in every row.
const CONSTANT: f64 = 1e-10;
const MAX_HALVINGS: usize = 40;
/// So near, in standard errors of which √n make a row's spread, derivatives are those of the root but for this part.
const NEAR: f64 = 1e-7;
/// A distance, in standard errors, that is not worth another call.
const NEGLIGIBLE: f64 = 1e-10;
/// A step that is smaller than this part of the parameters moves nothing.
const NOTHING: f64 = 4.0 * f64::EPSILON;

/// Where the search ended.
#[derive(Debug, Clone)]
pub struct Root {
    /// Shape: `[p]`.
    pub theta: Vec<f64>,
    /// Shape: `[q]`.
    pub sums: Vec<f64>,
    /// The derivatives of the sums at theta. Shape: q × p.
    pub jacobian: Mat<f64>,
    pub iterations: usize,
    pub status: Status,
    /// How far the root is, in standard errors.
    pub distance: f64,
}

/// The equations at a point, in units of their spread.
struct Here {
    sums: Vec<f64>,
    white: Vec<f64>,
    jacobian: Mat<f64>,
    /// The step to the root, and its length in standard errors.
    step: Vec<f64>,
    length: f64,
    lengths: Lengths,
    /// Where the derivatives are differences to one side so far.
    rough: Option<OneSided>,
}

/// Solve the equations, from `start`. `weight`: what the sums' squares are weighted by where there are more of them than
/// parameters, as the inverse of this matrix; else their own spread.
///
/// Errors: those of the equations; [`Error::Start`] where they have no value at the start; [`Error::NoDerivative`];
/// [`Error::Singular`] with the parameters that they do not determine.
pub fn root(equations: &dyn Equations, start: &[f64], weight: Option<&Mat<f64>>, limits: &Limits) -> Result<Root> {
    let mut theta = start.to_vec();
    let mut lengths = Lengths::of(&theta);
    let mut status = Status::MaxIterations;
    let mut iterations = 0;
    let near = NEAR * (equations.rows() as f64).sqrt();
    let (mut here, mut whitening) = look(equations, &theta, weight, &lengths)?;
    loop {
        if here.length <= limits.tolerance || is_nothing(&here.step, &theta) {
            status = Status::Converged;
            break;
        }
        if iterations == limits.max_iterations {
            break;
        }
        iterations += 1;
        if here.length <= near {
            refine(equations, &theta, &mut here, whitening.as_ref())?;
            if let Some((next, there)) = step_with(equations, &theta, &here, whitening.as_ref())? {
                if there.length <= limits.tolerance {
                    (theta, here, status) = (next, there, Status::Converged);
                    break;
                }
            }
        }
        match advance(equations, &theta, &here, whitening.as_ref())? {
            Some(next) => theta = next,
            None => {
                status = Status::Stalled;
                break;
            }
        }
        lengths = here.lengths;
        (here, whitening) = look(equations, &theta, weight, &lengths)?;
    }
    refine(equations, &theta, &mut here, whitening.as_ref())?;
    // the step that is left costs little and is worth its digits
    if status == Status::Converged && here.length > NEGLIGIBLE && !is_nothing(&here.step, &theta) {
        if let Some((next, there)) = step_with(equations, &theta, &here, whitening.as_ref())? {
            let far = here.length > near;
            (theta, here) = (next, there);
            if far {
                (here, whitening) = look(equations, &theta, weight, &here.lengths)?;
                refine(equations, &theta, &mut here, whitening.as_ref())?;
            }
        }
    }
    Ok(Root { theta, sums: here.sums, jacobian: here.jacobian, iterations, status, distance: here.length })
}

/// The end of the whole step, with the derivatives of where it began; `None` where there is no value.
fn step_with(
    equations: &dyn Equations,
    theta: &[f64],
    here: &Here,
    whitening: Option<&Whitening>,
) -> Result<Option<(Vec<f64>, Here)>> {
    let next: Vec<f64> = theta.iter().zip(&here.step).map(|(t, s)| t + s).collect();
    let sums = equations.sums(&next)?;
    if sums.iter().any(|g| !g.is_finite()) {
        return Ok(None);
    }
    let there = measure(&sums, here.jacobian.clone(), whitening, equations.rows())?;
    Ok(Some((next, there)))
}

/// Central differences where there were some to one side.
fn refine(equations: &dyn Equations, theta: &[f64], here: &mut Here, whitening: Option<&Whitening>) -> Result<()> {
    if let Some(rough) = here.rough.take() {
        let jacobian = rough.completed(|t| equations.sums(t), theta)?;
        *here = measure(&here.sums, jacobian, whitening, equations.rows())?;
    }
    Ok(())
}

fn is_nothing(step: &[f64], theta: &[f64]) -> bool {
    step.iter().zip(theta).all(|(s, t)| s.abs() <= NOTHING * t.abs())
}

/// Sums, derivatives and step at theta, and the whitening by the weight, or the rows' spread there.
fn look(
    equations: &dyn Equations,
    theta: &[f64],
    weight: Option<&Mat<f64>>,
    lengths: &Lengths,
) -> Result<(Here, Option<Whitening>)> {
    let sums = equations.sums(theta)?;
    if sums.iter().any(|g| !g.is_finite()) {
        return Err(Error::Start);
    }
    let q = sums.len();
    // before the differences: what was called for at theta is still remembered
    let products = equations.products(theta)?;
    let n = equations.rows();
    let size = match &products {
        Some(products) => Size::Functions((0..q).map(|i| (products[(i, i)] * n as f64).sqrt()).collect()),
        None => Size::Value(equations.unit()),
    };
    let differences = |lengths: &Lengths| OneSided::new(|t| equations.sums(t), theta, &sums, lengths, &size);
    let (jacobian, mut rough) = match equations.jacobian(theta)? {
        Some(known) => {
            if let Some(parameter) = (0..theta.len()).find(|&j| (0..q).any(|i| !known[(i, j)].is_finite())) {
                return Err(Error::NoDerivative { parameter, theta: theta.to_vec() });
            }
            (known, None)
        }
        None => {
            let rough = differences(lengths)?;
            (rough.jacobian.clone(), Some(rough))
        }
    };
    let spread = match (weight, products) {
        (Some(weight), products) => Some(in_size_of(weight, products)),
        (None, Some(products)) => Some(with_constants(products, &sums, &jacobian, lengths, n)),
        // without rows the derivatives of a slope are what it spreads like
        (None, None) => (q == theta.len()).then(|| equations.unit() * &jacobian),
    };
    // where the derivatives are no spread, as at a saddle, they still have units
    let units = |spread: &Mat<f64>| Mat::from_fn(q, q, |i, j| if i == j { spread[(i, i)].abs() } else { 0.0 });
    let whitening_by = |spread: Mat<f64>| Whitening::of(&spread).or_else(|| Whitening::of(&units(&spread)));
    let whitening = spread.map(|spread| whitening_by(spread).unwrap_or_else(|| Whitening::identity(q)));
    let mut here = measure(&sums, jacobian, whitening.as_ref(), n)?;
    if rough.is_some() && here.lengths.differ_from(lengths) {
        let nearer = differences(&here.lengths)?;
        here = measure(&sums, nearer.jacobian.clone(), whitening.as_ref(), n)?;
        rough = Some(nearer);
    }
    here.rough = rough;
    Ok((here, whitening))
}

/// A weight in units of what the rows spread by, so that lengths are standard errors, or about that.
fn in_size_of(weight: &Mat<f64>, products: Option<Mat<f64>>) -> Mat<f64> {
    let q = weight.nrows();
    let sizes = products.map(|products| (0..q).map(|i| products[(i, i)] / weight[(i, i)]).sum::<f64>() / q as f64);
    match sizes {
        Some(size) if size.is_finite() && size > 0.0 => size * weight,
        _ => weight.clone(),
    }
}

/// The rows' products, but for functions that are the same in every row (a delta method: theta2 − f(theta1)): those have no
/// spread, and near the root no size. They count by what they change where the parameters move by standard errors.
fn with_constants(mut products: Mat<f64>, sums: &[f64], jacobian: &Mat<f64>, lengths: &Lengths, n: usize) -> Mat<f64> {
    let q = sums.len();
    for i in 0..q {
        let spread = products[(i, i)] - sums[i] * sums[i] / n as f64;
        if spread > CONSTANT * products[(i, i)] {
            continue;
        }
        for j in 0..q {
            (products[(i, j)], products[(j, i)]) = (0.0, 0.0);
        }
        let moved = (0..jacobian.ncols()).map(|j| (jacobian[(i, j)] * lengths.0[j]).powi(2)).sum::<f64>();
        products[(i, i)] = moved / n as f64;
    }
    products
}

fn measure(sums: &[f64], jacobian: Mat<f64>, whitening: Option<&Whitening>, n: usize) -> Result<Here> {
    let (q, p) = (jacobian.nrows(), jacobian.ncols());
    let whiten = |v: &[f64]| whitening.map_or_else(|| v.to_vec(), |w| w.apply(v));
    let white = whiten(sums);
    let mut rows = Vec::with_capacity((p + 1) * q);
    for j in 0..p {
        rows.extend(whiten(&(0..q).map(|i| jacobian[(i, j)]).collect::<Vec<f64>>()));
    }
    rows.extend(white.iter().map(|g| -g));
    let mut qr = RowsQr::new(p);
    qr.push(&rows, q);
    let (factor, step) = least_squares_in_order(&qr, RANK_TOLERANCE, &vec![0.0; p]);
    if !factor.aliased.is_empty() {
        return Err(Error::Singular { columns: factor.aliased });
    }
    let moved: f64 = (0..q).map(|i| (0..p).map(|j| rows[i + j * q] * step[j]).sum::<f64>().powi(2)).sum();
    let square = |j: usize| rows[j * q..(j + 1) * q].iter().map(|x| x * x).sum::<f64>();
    let lengths = Lengths((0..p).map(|j| (n as f64 / square(j)).sqrt()).collect());
    Ok(Here { sums: sums.to_vec(), white, jacobian, length: moved.sqrt(), step, lengths, rough: None })
}

/// The point that the step, or a part of it, leads to; `None` where no part lowers the equations' weighted squares.
fn advance(
    equations: &dyn Equations,
    theta: &[f64],
    here: &Here,
    whitening: Option<&Whitening>,
) -> Result<Option<Vec<f64>>> {
    let squares = |white: &[f64]| white.iter().map(|g| g * g).sum::<f64>();
    let now = squares(&here.white);
    let fall = here.length * here.length;
    let mut part = 1.0;
    for _ in 0..MAX_HALVINGS {
        let next: Vec<f64> = theta.iter().zip(&here.step).map(|(t, s)| t + part * s).collect();
        let sums = equations.sums(&next)?;
        if sums.iter().all(|g| g.is_finite()) {
            let white = whitening.map_or(sums.clone(), |w| w.apply(&sums));
            if squares(&white) <= now - 2.0 * SUFFICIENT * part * fall {
                return Ok(Some(next));
            }
        }
        part /= 2.0;
    }
    Ok(None)
}
