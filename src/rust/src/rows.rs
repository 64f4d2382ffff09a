//! What a design and coefficients say about rows: predictions and their standard errors.

use crate::args::{design, optional_reals, real_matrix, reals, reals_mut, Value};
use crate::guard::guard;
use crate::interrupt::{is_small, run, run_pass};
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::design::Values;
use glmrs_core::family::{Family, Gaussian, Means};
use glmrs_core::predict::{column_means, linear_predictor, quadratic_form};
use glmrs_core::simd::{count_positive, integer_range};

/// offset + X·beta.
/// @noRd
#[extendr]
fn rs_linear_predictor(design_spec: Robj, beta: Robj, offset: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let beta = reals(Value::new(&beta), "coefficients")?;
        let offset = optional_reals(Value::new(&offset), "offset")?;
        let mut out = session.alloc_real(design.rows())?;
        let eta = reals_mut(&mut out);
        run_pass(session, &design, Value::new(&thread_spec), |watch| {
            linear_predictor(&design, beta, offset, eta, watch)
        })?;
        Ok(out)
    })
}

/// Σ weights·(y − mu)².
/// @noRd
#[extendr]
fn rs_squares(y: Robj, mu: Robj, weights: Robj) -> Robj {
    guard(|session| {
        let (y, mu) = (reals(Value::new(&y), "y")?, reals(Value::new(&mu), "mu")?);
        let weights = optional_reals(Value::new(&weights), "weights")?;
        Ok(session.value(Part::Real(Gaussian.deviance_block(y, Means { mu, rest: mu }, weights)))?)
    })
}

/// Has any variable that holds doubles, integers or codes a missing value? NULL where none of them has, but there are others.
/// @noRd
#[extendr]
fn rs_has_missing(variables: Robj) -> Robj {
    guard(|session| {
        let values = |x: Value| Some(x.reals().map(Values::Real).or(x.integers().map(Values::Integer))?.has_missing());
        let mut others = false;
        let missing = Value::new(&variables).elements().any(|x| {
            let answer = values(x);
            others |= answer.is_none();
            answer == Some(true)
        });
        let answer = if others && !missing { Part::Nothing } else { Part::Flag(missing) };
        Ok(session.value(answer)?)
    })
}

/// The least and the largest of integers of which none is missing and there is one at least.
/// @noRd
#[extendr]
fn rs_integer_range(x: Robj) -> Robj {
    guard(|session| {
        let (least, largest) = integer_range(Value::new(&x).integers().unwrap_or_default());
        Ok(session.value(Part::Integers(&[least, largest]))?)
    })
}

/// How many doubles are above zero.
/// @noRd
#[extendr]
fn rs_count_positive(x: Robj) -> Robj {
    guard(|session| {
        let count = count_positive(Value::new(&x).reals().unwrap_or_default());
        Ok(session.value(Part::Reals(&[count as f64]))?)
    })
}

/// The mean of every column over the rows.
/// @noRd
#[extendr]
fn rs_column_means(design_spec: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let means = run_pass(session, &design, Value::new(&thread_spec), |watch| column_means(&design, watch))?;
        Ok(session.value(Part::Reals(&means))?)
    })
}

/// (x − center)ᵀ·V·(x − center) for every row x, V symmetric p × p; `center` may be NULL.
/// @noRd
#[extendr]
fn rs_quadratic_form(design_spec: Robj, matrix: Robj, center: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let matrix = real_matrix(Value::new(&matrix), "matrix")?;
        let center = optional_reals(Value::new(&center), "center")?;
        let mut out = session.alloc_real(design.rows())?;
        let values = reals_mut(&mut out);
        let small = is_small(design.rows(), design.cols());
        run(session, Value::new(&thread_spec), small, |watch| quadratic_form(&design, matrix, center, values, watch))?;
        Ok(out)
    })
}

extendr_module! {
    mod rows;
    fn rs_column_means;
    fn rs_has_missing;
    fn rs_integer_range;
    fn rs_count_positive;
    fn rs_linear_predictor;
    fn rs_squares;
    fn rs_quadratic_form;
}
