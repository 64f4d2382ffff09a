//! A fit: from a problem to plain numbers.

use crate::control::{Control, Method};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::FamilySpec;
use crate::glm::{
    intercept_alone, newton_from_sample, null_deviance, null_deviance_of_squares, GlmObjective, NullModel, Problem,
    RecordedRows, RowOutput, StartingMeans,
};
use crate::linalg::bordered::BlockInverse;
use crate::linalg::{Factor, Symmetric};
use crate::objective::{Objective, OwnedPoint, Point};
use crate::room::check_matrix;
use crate::solver::{lbfgs, newton, newton_downhill, trust_region, Halvings, Solution, Status};
use crate::watch::Watch;

/// A deviance is above another by this share of it, not by what a search leaves open.
const CLEARLY: f64 = 1e-4;

/// What a fit is asked for besides the model.
pub struct FitOptions<'a> {
    pub control: &'a Control,
    /// Coefficients to start from. Shape: `[p]`.
    pub start: Option<&'a [f64]>,
    /// False: aliased columns are an error.
    pub singular_ok: bool,
    pub null_model: NullModel,
}

/// Plain numbers. p coefficients, rank r.
#[derive(Debug, Clone)]
pub struct Fit {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: Vec<f64>,
    /// Shape: `[p]`.
    pub aliased: Vec<bool>,
    /// (XᵀWX)⁻¹ of the kept columns, W at the point before the last step. Shape: r × r, or 0 × 0 where L-BFGS or a trust
    /// region fitted more than [`crate::solver::FACTOR_LIMIT`] columns.
    pub cov_unscaled: Symmetric,
    /// The same in blocks, and `cov_unscaled` 0 × 0, where the information is bordered.
    pub cov_blocks: Option<BlockInverse>,
    pub deviance: f64,
    pub null_deviance: f64,
    pub null_converged: bool,
    /// Without the 2·rank that `stats::glm()` adds; `None` for quasi-families.
    pub aic: Option<f64>,
    pub iterations: usize,
    pub status: Status,
    pub halvings: Halvings,
    pub history: Vec<f64>,
    pub least_mean: f64,
    pub largest_mean: f64,
}

impl Fit {
    pub fn rank(&self) -> usize {
        self.aliased.iter().filter(|&&a| !a).count()
    }

    /// Is there nothing about the search, the likelihood or the means that a user might have to be told? Means are near a
    /// limit of the family's where they are as far from it as the deviance may be from its minimum.
    pub fn is_uneventful(&self, family: &FamilySpec, epsilon: f64) -> bool {
        let near = (epsilon * (self.deviance + 0.1)).max(10.0 * f64::EPSILON);
        let (low, high) = family.family.mean_range().unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let Halvings { divergence, bounds, last, .. } = self.halvings;
        matches!(self.status, Status::Converged)
            && !(divergence || bounds || last)
            && self.null_converged
            && self.aic != Some(f64::INFINITY)
            // not so for NaN
            && self.least_mean - low > near
            && high - self.largest_mean > near
    }
}

/// Is there memory for the information matrix, or for QR of the rows, if that is to be or the rows are fewer than the columns?
pub(crate) fn check_width(design: &Design, by_qr: bool) -> Result<()> {
    let (rows, cols) = (design.rows(), design.cols());
    let by_qr = by_qr || rows < cols;
    check_matrix(cols, if by_qr { rows.min(cols).saturating_mul(cols) } else { design.information_len() })
}

/// Fit `problem` and write the rows' results to `output`, if anybody wants them: the fit takes a pass less where its deviance
/// is quadratic and nobody does.
pub fn fit_glm(problem: &Problem, options: &FitOptions, mut output: Option<RowOutput>, watch: &Watch) -> Result<Fit> {
    check_problem(problem, options)?;
    let objective = GlmObjective::new(problem, watch)?;
    let null = |solution: &Solution, eta: Option<&[f64]>| match null_deviance_of_squares(
        &objective,
        options.null_model,
        solution,
    ) {
        Some(deviance) => Ok((deviance, true)),
        None => null_deviance(&objective, options.null_model, eta, options.control),
    };
    let recorded = RecordedRows::new(&objective, output.as_mut().map(RowOutput::reborrow));
    let solution = match problem.design.cols() {
        0 => empty_model(&objective),
        _ => solve(&objective, &recorded, options),
    };
    let fit = finish(problem, options, solution.map_err(|e| named(problem, e))?, recorded, null)?;
    let start = if is_lost(&fit, problem, options) { intercept_alone(problem) } else { None };
    let Some(start) = start else { return Ok(fit) };
    match newton_downhill(&objective, &start, options.control) {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Ok(better) if better.converged() && better.deviance < fit.null_deviance => {
            finish(problem, options, better, RecordedRows::new(&objective, output), null)
        }
        _ => Ok(fit),
    }
}

/// Did the search end where the intercept alone is better? Deviances that are bounded, as that of the inverse Gaussian
/// family with log link is, have a plateau far away on which changes are small, too.
fn is_lost(fit: &Fit, problem: &Problem, options: &FitOptions) -> bool {
    let by_newton = matches!(options.control.method, Method::Auto | Method::Cholesky | Method::Qr);
    by_newton
        && options.null_model.is_intercept_alone(problem)
        && options.start.is_none()
        && fit.null_converged
        && is_clearly_above(fit.deviance, fit.null_deviance)
}

/// Is a deviance above that of a smaller model by more than the end of a search leaves open?
pub(crate) fn is_clearly_above(deviance: f64, smaller: f64) -> bool {
    deviance > smaller + CLEARLY * (smaller + 0.1)
}

/// Is this input that can be fitted?
pub(crate) fn check_problem(problem: &Problem, options: &FitOptions) -> Result<()> {
    problem.check()?;
    let p = problem.design.cols();
    if let Some(start) = options.start {
        if start.len() != p {
            let message = format!(
                "should have length {p} and hold a starting value for each coefficient, not {} values",
                start.len()
            );
            return Err(Error::Argument { arg: "start", message });
        }
        if let Some(row) = start.iter().position(|b| !b.is_finite()) {
            return Err(Error::NonFinite { what: "start".into(), row, value: start[row] });
        }
    }
    let matrix_free = matches!(options.control.method, Method::Lbfgs | Method::TrustRegion);
    if !matrix_free {
        check_width(problem.design, options.control.method == Method::Qr)?;
    }
    Ok(())
}

/// A variable with an infinity or a NaN, or a response that is too large, shows in whatever a fit does, but only a look at it
/// can name it.
pub(crate) fn named(problem: &Problem, e: Error) -> Error {
    match e {
        Error::Interrupted | Error::Argument { .. } => e,
        e => problem.design.check_finite().and(check_range(problem)).err().unwrap_or(e),
    }
}

/// The numbers of a solution. `null` gives the null deviance, and whether its search converged, from the solution and its linear
/// predictors, if there are any.
pub(crate) fn finish(
    problem: &Problem,
    options: &FitOptions,
    solution: Solution,
    recorded: RecordedRows,
    null: impl FnOnce(&Solution, Option<&[f64]>) -> Result<(f64, bool)>,
) -> Result<Fit> {
    let p = problem.design.cols();
    if solution.status == Status::NonFiniteStep {
        problem.design.check_finite()?;
    }
    if !solution.converged() || solution.kept.len() < p {
        // not the columns' fault
        check_range(problem)?;
    }
    if p > 0 && solution.kept.is_empty() {
        return Err(Error::NoValidCoefficients);
    }
    let cov_blocks = solution.factor.as_ref().and_then(Factor::block_inverse);
    let cov_unscaled = match &solution.factor {
        Some(factor) if cov_blocks.is_none() => factor.inverse(),
        _ => Symmetric::zeros(0),
    };
    let mut aliased = vec![true; p];
    solution.kept.iter().for_each(|&j| aliased[j] = false);
    if !options.singular_ok && solution.kept.len() < p {
        return Err(Error::Singular { columns: (0..p).filter(|&j| aliased[j]).collect() });
    }
    let (output, sums) = recorded.finish(&solution)?;
    let (null_deviance, null_converged) = null(&solution, output.as_ref().map(|output| &*output.linear_predictors))?;
    Ok(Fit {
        coefficients: solution.coefficients,
        aliased,
        cov_unscaled,
        cov_blocks,
        deviance: sums.aic.deviance,
        null_deviance,
        null_converged,
        aic: problem.family.likelihood.then(|| problem.family.family.aic(&sums.aic)),
        iterations: solution.iterations,
        status: solution.status,
        halvings: solution.halvings,
        history: solution.history,
        least_mean: sums.least_mean,
        largest_mean: sums.largest_mean,
    })
}

/// Has every response a square and a variance? Without them some fits can be computed, but no sums of squares beside
/// smaller responses.
fn check_range(problem: &Problem) -> Result<()> {
    let in_range = |y: f64| (y * y).is_finite() && problem.family.family.variance(y).is_finite();
    match problem.y.iter().position(|&y| !in_range(y)) {
        Some(row) => Err(Error::Response {
            rule:
                "the response is beyond the range of what can be fitted: give it in other units, or leave out its row",
            row,
            value: problem.y[row],
        }),
        None => Ok(()),
    }
}

/// The search for `objective`, on `recorded`, which is the same and keeps the rows where it ends.
fn solve(objective: &GlmObjective, recorded: &RecordedRows, options: &FitOptions) -> Result<Solution> {
    let usual_start = options.start.is_none() && matches!(objective.problem.start, StartingMeans::Family);
    match options.control.method {
        Method::Auto if usual_start => newton_from_sample(objective, recorded, options.control),
        Method::Auto | Method::Cholesky | Method::Qr => newton(recorded, options.start, options.control),
        Method::Lbfgs => lbfgs(recorded, options.start, options.control),
        Method::TrustRegion => trust_region(recorded, options.start, options.control),
    }
}

/// No columns: the offset is the linear predictor.
fn empty_model(objective: &GlmObjective) -> Result<Solution> {
    let value = objective.value(Point::At(&[]))?;
    if !value.valid {
        return Err(Error::Start);
    }
    Ok(Solution {
        coefficients: vec![],
        concluded: None,
        before: OwnedPoint::At(vec![]),
        kept: vec![],
        factor: None,
        deviance: value.deviance,
        exact_deviance: None,
        iterations: 0,
        status: Status::Converged,
        halvings: Halvings { last: true, ..Halvings::default() },
        history: vec![],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Control;
    use crate::design::{Column, Term};
    use crate::family::by_name;
    use crate::link;

    #[test]
    fn what_the_user_should_know_is_no_uneventful_fit() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let design = Design::new(40, vec![Term::intercept(), Term::numeric(vec![Column::real("x", &x)])]).unwrap();
        let is_uneventful = |family: &str, link: &str, y: &dyn Fn(usize) -> f64, max_iterations: usize| {
            let spec = FamilySpec::new(by_name(family).unwrap());
            let (link, y) = (link::by_name(link, 0.0).unwrap(), (0..40).map(y).collect::<Vec<f64>>());
            let control = Control { epsilon: 1e-8, max_iterations, method: Method::Auto };
            let options =
                FitOptions { control: &control, start: None, singular_ok: true, null_model: NullModel::Intercept };
            let problem = Problem::new(&design, &y, &spec, link.as_ref());
            fit_glm(&problem, &options, None, &Watch::default()).unwrap().is_uneventful(&spec, control.epsilon)
        };
        let count = |i: usize| (1 + i % 3) as f64;
        let hit = |i: usize| f64::from(u8::from(i.is_multiple_of(3)));
        assert!(is_uneventful("gaussian", "identity", &count, 25));
        assert!(is_uneventful("poisson", "log", &count, 25));
        assert!(is_uneventful("binomial", "logit", &hit, 25));
        // too few steps, a separated response, counts that are all zero, and some that are no counts
        assert!(!is_uneventful("poisson", "log", &count, 1));
        assert!(!is_uneventful("binomial", "logit", &|i| f64::from(u8::from(i > 20)), 50));
        assert!(!is_uneventful("poisson", "log", &|_| 0.0, 50));
        assert!(!is_uneventful("poisson", "log", &|i| count(i) + 0.5, 25));
    }
}
