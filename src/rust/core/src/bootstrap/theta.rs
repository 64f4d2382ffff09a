//! Replicates of negative binomial fits whose theta was estimated: it is found again in each.

use super::{BootstrapOptions, Replicate};
use crate::error::Result;
use crate::family::{FamilySpec, Poisson};
use crate::fit::FitOptions;
use crate::glm::{NullModel, Problem, RowOutput};
use crate::negative_binomial::fit_negative_binomial;
use crate::solver::Status;
use crate::watch::Watch;

/// Coefficients and their standard errors of `problem` with a theta of its own, from the estimate.
pub(super) fn refit(problem: &Problem, options: &BootstrapOptions, watch: &Watch) -> Result<Replicate> {
    let n = problem.rows();
    let family = FamilySpec::new(Box::new(Poisson));
    let (mut linear_predictors, mut working_weights) = (vec![0.0; n], vec![0.0; n]);
    let output = RowOutput { linear_predictors: &mut linear_predictors, working_weights: &mut working_weights };
    let fit_options = FitOptions {
        control: options.control,
        start: Some(options.estimate),
        singular_ok: true,
        null_model: NullModel::Unasked,
    };
    let (fit, theta) = fit_negative_binomial(&Problem { family: &family, ..*problem }, &fit_options, output, watch)?;
    if fit.status != Status::Converged || !theta.converged {
        let status = if fit.status == Status::Converged { Status::MaxIterations } else { fit.status };
        return Ok(Replicate::Ended(status));
    }
    let p = fit.aliased.len();
    let kept: Vec<usize> = (0..p).filter(|&j| !fit.aliased[j]).collect();
    if let Some(lost) = Replicate::of_lost(&kept, options.aliased, p) {
        return Ok(lost);
    }
    let variances = match &fit.cov_blocks {
        Some(blocks) => blocks.variances(),
        None => (0..fit.cov_unscaled.size()).map(|j| fit.cov_unscaled.at(j, j)).collect(),
    };
    Ok(Replicate::of_kept(fit.coefficients, &kept, variances))
}
