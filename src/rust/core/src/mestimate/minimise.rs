//! The parameters at which a function is least: a search by argmin, and Newton's last steps, whose derivatives the
//! covariance needs anyhow.

use super::difference::{central_differences, Lengths, OneSided, Size};
use super::root::{root, Root};
use super::{Equations, Limits};
use crate::control::{Control, Method};
use crate::error::{Error, Result};
use crate::objective::{Smooth, Value};
use crate::solver::{minimise_bfgs, minimise_cg, minimise_lbfgs, minimise_trust_region, Descent, Status};
use faer::Mat;

/// A function of p parameters that adds up something over n rows, or its mean. Values that are not finite are none.
pub trait Criterion {
    /// p
    fn dim(&self) -> usize;
    /// n
    fn rows(&self) -> usize;
    /// Shape of the gradient: `[p]`.
    fn value_and_gradient(&self, theta: &[f64]) -> Result<(f64, Vec<f64>)>;
    /// The gradient alone, which may cost less.
    fn gradient(&self, theta: &[f64]) -> Result<Vec<f64>> {
        Ok(self.value_and_gradient(theta)?.1)
    }
    /// The gradient that the end of a search is judged by, where [`Criterion::gradient`] is good enough for the way there alone.
    fn precise_gradient(&self, theta: &[f64]) -> Result<Vec<f64>> {
        self.gradient(theta)
    }
    /// How far each parameter must move to change the value by its own size, where that has been learnt from values.
    fn lengths(&self) -> Option<Lengths> {
        None
    }
    /// Take these for learnt, in place of what has been learnt since.
    fn relearn(&self, _: Lengths) {}
    /// The sum of the products of the rows' gradients, where those are known. Shape: p × p.
    fn products(&self, theta: &[f64]) -> Result<Option<Mat<f64>>>;
    /// The second derivatives, where somebody knows them. Shape: p × p.
    fn hessian(&self, theta: &[f64]) -> Result<Option<Mat<f64>>>;
}

/// How to look for the least value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    Lbfgs,
    Bfgs,
    ConjugateGradients,
    Newton,
    TrustRegion,
}

/// Where the value is least.
#[derive(Debug, Clone)]
pub struct Minimum {
    pub value: f64,
    /// The root of the gradient: its sums are the gradient, its derivatives the second derivatives of the function.
    pub root: Root,
}

/// How far the search goes before Newton's steps take over, as a part of the value.
const SEARCH_EPSILON: f64 = 1e-9;
/// Differences of values below this part of them, and of second derivatives, are not held against a point.
const NOISE: f64 = 1e-8;
/// A part of the value at the start: less at the end says that the start was far away.
const FAR: f64 = 1e-4;
/// The least unit of a function that comes down to zero, as a part of the first.
const LEAST_UNIT: f64 = 1e-10;

/// Minimise `criterion` from `start`.
/// Errors: those of the criterion; [`Error::Start`] where it has no value at the start; [`Error::Singular`] with the
/// parameters that it does not depend on.
pub fn minimise(criterion: &dyn Criterion, start: &[f64], search: Search, limits: &Limits) -> Result<Minimum> {
    let (value, gradient) = criterion.value_and_gradient(start)?;
    if !value.is_finite() || gradient.iter().any(|g| !g.is_finite()) {
        return Err(Error::Start);
    }
    let unit = unit_of(value);
    let learnt = criterion.lengths();
    let from = |theta: &[f64], value, used| polish(criterion, theta, (value, unit), used, limits);
    let minimise: Minimise = match search {
        Search::Lbfgs => minimise_lbfgs,
        Search::Bfgs => minimise_bfgs,
        Search::ConjugateGradients => minimise_cg,
        Search::TrustRegion => minimise_trust_region,
        Search::Newton => match from(start, value, 0) {
            Ok(minimum) if minimum.root.status == Status::Converged => return Ok(minimum),
            Ok(_) | Err(Error::Start | Error::Singular { .. } | Error::NoDerivative { .. }) => minimise_trust_region,
            Err(e) => return Err(e),
        },
    };
    // those steps may have led far away
    learnt.into_iter().for_each(|lengths| criterion.relearn(lengths));
    let (theta, value, used) = descend(criterion, start, (value, gradient), minimise, limits)?;
    from(&theta, value, used)
}

fn unit_of(value: f64) -> f64 {
    if value == 0.0 {
        1.0
    } else {
        value.abs()
    }
}

type Minimise = fn(&dyn Smooth, &[f64], &[f64], &Control) -> Result<Descent>;

/// The end of a search from `start`, the value there, and the iterations that it took. One that began far away, where values are
/// large, ends where little of those is left to gain, which may not be near: it is followed by another in units of its end.
fn descend(
    criterion: &dyn Criterion,
    start: &[f64],
    (mut value, mut gradient): (f64, Vec<f64>),
    minimise: Minimise,
    limits: &Limits,
) -> Result<(Vec<f64>, f64, usize)> {
    let (mut theta, mut used) = (start.to_vec(), 0);
    let mut unit = unit_of(value);
    let least_unit = LEAST_UNIT * unit;
    loop {
        let lengths = lengths_at(criterion, &theta, &gradient, unit)?;
        let diagonal: Vec<f64> = lengths.0.iter().map(|length| 1.0 / (length * length)).collect();
        let max_iterations = limits.max_iterations - used;
        let control = Control { epsilon: SEARCH_EPSILON, max_iterations, method: Method::Auto };
        let found = minimise(&InUnits { criterion, unit, lengths }, &theta, &diagonal, &control)?;
        used += found.history.len();
        theta = found.theta;
        (value, gradient) = criterion.value_and_gradient(&theta)?;
        let at_end = value.abs().max(least_unit);
        let goes_on = used < limits.max_iterations && gradient.iter().all(|g| g.is_finite());
        if at_end >= FAR * unit || !goes_on {
            return Ok((theta, value, used));
        }
        unit = at_end;
    }
}

/// What says how long a step is, so that searches do not depend on the units of the parameters.
fn lengths_at(criterion: &dyn Criterion, start: &[f64], gradient: &[f64], unit: f64) -> Result<Lengths> {
    if let Some(lengths) = criterion.lengths() {
        return Ok(lengths);
    }
    let guess = Lengths::of(start);
    let curvature = match (criterion.products(start)?, criterion.hessian(start)?) {
        (Some(products), _) => products,
        (None, Some(hessian)) => hessian,
        (None, None) => match OneSided::new(|t| criterion.gradient(t), start, gradient, &guess, &Size::Value(unit)) {
            Ok(differences) => differences.jacobian,
            // whether that is the end is for the search to find
            Err(Error::NoDerivative { .. }) => return Ok(guess),
            Err(e) => return Err(e),
        },
    };
    let length = |(j, guess): (usize, &f64)| {
        let length = (unit / curvature[(j, j)].abs()).sqrt();
        if length.is_finite() && length > 0.0 {
            length
        } else {
            *guess
        }
    };
    Ok(Lengths(guess.0.iter().enumerate().map(length).collect()))
}

/// Newton's steps from `theta`, `used` iterations after the start, where the value was `unit` but for its sign. What ends
/// higher, or where the function curves down, is no minimum: then theta is the answer, and has not converged.
fn polish(
    criterion: &dyn Criterion,
    theta: &[f64],
    (value, unit): (f64, f64),
    used: usize,
    limits: &Limits,
) -> Result<Minimum> {
    let steps = |from: &[f64], unit, max_iterations| {
        root(&Slope { criterion, unit }, from, None, &Limits { max_iterations, ..limits.clone() })
    };
    let learnt = criterion.lengths();
    let left = limits.max_iterations.saturating_sub(used);
    let mut polished = match steps(theta, unit, left) {
        // there is a value here, and none beside: the search has come to an edge
        Err(Error::Start) if value.is_finite() => return Ok(edge(theta, value, used)),
        polished => polished?,
    };
    let mut end = criterion.value_and_gradient(&polished.theta)?.0;
    if polished.status == Status::Converged && end.abs() < FAR * unit {
        // near in units of where the search came from is not yet near
        let unit = end.abs().max(LEAST_UNIT * unit);
        let nearer = steps(&polished.theta, unit, left.saturating_sub(polished.iterations))?;
        if nearer.status == Status::Converged {
            end = criterion.value_and_gradient(&nearer.theta)?.0;
            polished = Root { iterations: polished.iterations + nearer.iterations, ..nearer };
        }
    }
    let size = value.abs().max(LEAST_UNIT * unit);
    if end <= value + NOISE * size && curves_up(&polished.jacobian) {
        return Ok(Minimum { value: end, root: Root { iterations: used + polished.iterations, ..polished } });
    }
    learnt.into_iter().for_each(|lengths| criterion.relearn(lengths));
    Ok(Minimum { value, root: Root { iterations: used, status: Status::Stalled, ..steps(theta, unit, 0)? } })
}

/// Where there are values to one side only, and so no derivatives.
fn edge(theta: &[f64], value: f64, iterations: usize) -> Minimum {
    let p = theta.len();
    let (sums, jacobian) = (vec![f64::NAN; p], Mat::from_fn(p, p, |_, _| f64::NAN));
    let root =
        Root { theta: theta.to_vec(), sums, jacobian, iterations, status: Status::Stalled, distance: f64::INFINITY };
    Minimum { value, root }
}

fn curves_up(hessian: &Mat<f64>) -> bool {
    let p = hessian.nrows();
    let size = |j: usize| hessian[(j, j)].abs().sqrt();
    let ridge = |i, j| if i == j { NOISE } else { 0.0 };
    let scaled =
        Mat::from_fn(p, p, |i, j| (hessian[(i, j)] + hessian[(j, i)]) / (2.0 * size(i) * size(j)) + ridge(i, j));
    (0..p).all(|j| hessian[(j, j)] > 0.0) && scaled.llt(faer::Side::Lower).is_ok()
}

/// The criterion as a deviance whose value at the start is about 2.
struct InUnits<'a> {
    criterion: &'a dyn Criterion,
    unit: f64,
    lengths: Lengths,
}

impl Smooth for InUnits<'_> {
    fn value_and_score_at(&self, theta: &[f64]) -> Result<(Value, Vec<f64>)> {
        let (value, gradient) = self.criterion.value_and_gradient(theta)?;
        let valid = gradient.iter().all(|g| g.is_finite());
        let score = gradient.iter().map(|g| -g / self.unit).collect();
        Ok((Value { deviance: 2.0 * value / self.unit, valid }, score))
    }

    fn curvature_times(&self, theta: &[f64], v: &[f64]) -> Result<Vec<f64>> {
        if let Some(hessian) = self.criterion.hessian(theta)? {
            let p = theta.len();
            return Ok((0..p).map(|i| (0..p).map(|j| hessian[(i, j)] * v[j]).sum::<f64>() / self.unit).collect());
        }
        // the derivative of the gradient on the line theta + t·v
        let sizes = self.lengths.0.iter().zip(v).map(|(length, v)| length / v.abs()).enumerate();
        let first = sizes.filter(|(_, size)| size.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((parameter, length)) = first else {
            return Ok(vec![0.0; v.len()]);
        };
        let on_line = |t: &[f64]| {
            let at: Vec<f64> = theta.iter().zip(v).map(|(theta, v)| theta + t[0] * v).collect();
            self.criterion.gradient(&at)
        };
        let slope = central_differences(on_line, &[0.0], &Lengths(vec![length]), v.len());
        let slope = slope.map_err(|e| match e {
            Error::NoDerivative { .. } => Error::NoDerivative { parameter, theta: theta.to_vec() },
            other => other,
        })?;
        Ok((0..v.len()).map(|i| slope[(i, 0)] / self.unit).collect())
    }
}

/// The gradient as estimating equations.
struct Slope<'a> {
    criterion: &'a dyn Criterion,
    unit: f64,
}

impl Equations for Slope<'_> {
    fn dim(&self) -> usize {
        self.criterion.dim()
    }

    fn rows(&self) -> usize {
        self.criterion.rows()
    }

    fn sums(&self, theta: &[f64]) -> Result<Vec<f64>> {
        self.criterion.precise_gradient(theta)
    }

    fn products(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
        self.criterion.products(theta)
    }

    fn unit(&self) -> f64 {
        self.unit
    }

    fn jacobian(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
        self.criterion.hessian(theta)
    }
}
