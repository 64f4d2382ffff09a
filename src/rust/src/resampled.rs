//! Regressions with a loss of their own, of resampled rows; what they have in common with stacks.

use crate::args::{design, one_of, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run_and_tell};
use crate::rcall::{Part, Session};
use crate::regression::{limits, robust_options, Data, ITERATIONS};
use crate::reply::status_in_words;
use extendr_api::prelude::*;
use glmrs_core::mestimate::{resampled, Failure, Fitted, Replicate};
use glmrs_core::resample::{Draws, Multiplier, Units};

/// `data`, `options`: as of `rs_robust_fit()` or, where `loss` is the quantile, `rs_quantile_fit()`; `resample`: `list(draw,
/// seed, times, groups, tell, needed columns)`, groups NULL where rows are drawn by themselves, tell a function for
/// [`run_and_tell`] or NULL. Gives
/// `list(coefficients, failures)`: p x times, and for each replicate "" or why there is none.
/// @noRd
#[extendr]
fn rs_resample_regression(
    design_spec: Robj,
    data: Robj,
    loss: Robj,
    options: Robj,
    resample: Robj,
    thread_spec: Robj,
) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let (loss, options, resample) = (Value::new(&loss), Value::new(&options), Value::new(&resample));
        let data = Data::new(&data)?;
        let draws = draws(resample, data.y.len())?;
        let needed: Vec<usize> =
            resample.element(5).integers().unwrap_or_default().iter().map(|&j| j as usize - 1).collect();
        let is_quantile = loss.element(0).text(0) == "quantile";
        let robust = if is_quantile { None } else { Some(robust_options(loss, options)?) };
        let limits = limits(options.element(1), options.element(2));
        let fitted = match &robust {
            Some(options) => Fitted::Robust(options),
            None => Fitted::Quantile(options.element(0).number(), &limits),
        };
        let small = is_small(data.y.len() * ITERATIONS * draws.times, design.raw_cols());
        let found = run_and_tell(session, Value::new(&thread_spec), small, Some(resample.element(4)), |watch| {
            resampled(&data.regression(&design, watch), &fitted, &needed, &draws)
        })?;
        replicates(session, &found, design.cols())
    })
}

/// `list(draw, seed, times, groups, ...)`.
pub fn draws(spec: Value, rows: usize) -> Reply<Draws> {
    Ok(Draws {
        multiplier: one_of(
            spec.element(0),
            "type",
            &[
                ("pairs", Multiplier::Count),
                ("cluster", Multiplier::Count),
                ("bayesian", Multiplier::Exponential),
                ("without", Multiplier::Without),
            ],
        )?,
        units: Units::new(spec.element(3).integers(), rows)?,
        times: spec.element(2).number() as usize,
        seed: spec.element(1).number() as u64,
    })
}

/// `list(coefficients, failures)`.
pub fn replicates(session: &Session, replicates: &[Replicate], p: usize) -> Reply<Robj> {
    let missing = vec![f64::NAN; p];
    let coefficients: Vec<f64> =
        replicates.iter().flat_map(|r| r.as_ref().unwrap_or(&missing).iter().copied()).collect();
    let failures: Vec<String> = replicates.iter().map(|r| r.as_ref().err().map_or_else(String::new, words)).collect();
    Ok(session.list(&[
        ("coefficients", Part::Matrix(&coefficients, p, replicates.len())),
        ("failures", Part::Texts(&failures)),
    ])?)
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::Error(why) => why.to_string(),
        Failure::Lost => "a column that is needed is explained by others in the drawn rows".into(),
        Failure::Search(ended) => status_in_words(*ended).into(),
    }
}

extendr_module! {
    mod resampled;
    fn rs_resample_regression;
}
