//! Estimating functions of models that the core knows, and draws for resampling.

use crate::args::{design, family, problem, reals, reals_mut, Value};
use crate::guard::guard;
use crate::interrupt::{is_small, run};
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::inference::score_rows;
use glmrs_core::resample::Stream;

/// The score rows of a generalized linear model at `theta`, n × p by columns, and the means: `list(rows, means)`. `data`:
/// `list(y, weights, offset)`.
/// @noRd
#[extendr]
fn rs_score_rows(design_spec: Robj, data: Robj, family_spec: Robj, theta: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let (family, link) = family(Value::new(&family_spec))?;
        let problem = problem(&design, Value::new(&data), &family, link.as_ref())?;
        let theta = reals(Value::new(&theta), "coefficients")?;
        let (n, p) = (problem.rows(), design.cols());
        let (mut rows, mut means) = (session.alloc_real(n * p)?, session.alloc_real(n)?);
        let (out, mu) = (reals_mut(&mut rows), reals_mut(&mut means));
        run(session, Value::new(&thread_spec), is_small(n, design.raw_cols()), |watch| {
            problem.check()?;
            score_rows(&problem, theta, out, mu, watch)
        })?;
        Ok(session.list(&[("rows", Part::Made(&rows)), ("means", Part::Made(&means))])?)
    })
}

/// Places of n rows, from 1, drawn with replacement from stream (seed, replicate).
/// @noRd
#[extendr]
fn rs_draw_rows(n: Robj, seed: Robj, replicate: Robj) -> Robj {
    guard(|session| {
        let mut out = session.alloc_real(Value::new(&n).number() as usize)?;
        let places = reals_mut(&mut out);
        let drawn = stream(&seed, &replicate).rows(places.len());
        places.iter_mut().zip(drawn).for_each(|(place, row)| *place = (row + 1) as f64);
        Ok(out)
    })
}

/// n exponential weights from stream (seed, replicate).
/// @noRd
#[extendr]
fn rs_draw_weights(n: Robj, seed: Robj, replicate: Robj) -> Robj {
    guard(|session| {
        let weights = stream(&seed, &replicate).weights(Value::new(&n).number() as usize);
        Ok(session.value(Part::Reals(&weights))?)
    })
}

fn stream(seed: &Robj, replicate: &Robj) -> Stream {
    Stream::new(Value::new(seed).number() as u64, Value::new(replicate).number() as u64)
}

extendr_module! {
    mod estfun;
    fn rs_score_rows;
    fn rs_draw_rows;
    fn rs_draw_weights;
}
