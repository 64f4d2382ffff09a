//! The scores of the rows.

use super::objective::{Scratch, ZeroObjective};
use super::row::SLOTS;
use super::ZeroModel;
use crate::error::{Error, Result};
use crate::pass::{sweep, Plan};
use crate::solver::Curvature;
use crate::watch::Watch;

/// Row i of `out` is the weight times the derivatives of row i's log-likelihood by the parameters. Shapes: parameters
/// `[p]`, out n × p by columns.
pub fn score_rows(model: &ZeroModel, parameters: &[f64], out: &mut [f64], watch: &Watch) -> Result<()> {
    model.check()?;
    let (n, p) = (model.rows(), model.dim());
    if parameters.len() != p {
        let message = format!("should have length {p}, not {}", parameters.len());
        return Err(Error::Argument { arg: "coefficients", message });
    }
    let objective = ZeroObjective::new(model, watch);
    let split = objective.split(parameters);
    let plan = Plan::new(n, objective.block_cols(), 1, objective.block_cols());
    let at = model.places();
    sweep(
        &plan,
        watch,
        plan.split_columns(out),
        || (),
        Scratch::default,
        |(), (first, out), scratch, block| {
            let Scratch { blocks: [a, b], tile } = scratch;
            let views = [model.designs[0].view(block, a), model.designs[1].view(block, b)];
            let whole = [views[0].whole(), views[1].whole()];
            let whole = [&whole[0], &whole[1]];
            split.fill_eta(whole, block.start, tile);
            split.fill_rows(block.start, Curvature::Observed, tile);
            tile.fill_columns(whole, model.designs);
            for s in 0..SLOTS {
                let columns = tile.columns[s].chunks_exact(block.len);
                for (out, x) in out[at[s]..at[s + 1]].iter_mut().zip(columns) {
                    let out = &mut out[block.start - *first..][..block.len];
                    out.iter_mut().zip(x).zip(&tile.slopes[s]).for_each(|((out, x), slope)| *out = slope * x);
                }
            }
        },
        |(), ()| {},
    )
}
