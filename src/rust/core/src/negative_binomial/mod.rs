//! Negative binomial regression with theta unknown: maximum likelihood by turns.
//!
//! The coefficients are fitted with theta held, then theta with the means held, until neither moves. Both are orthogonal in
//! expectation, so that few rounds do. A fit without theta, the Poisson one, comes first: it starts the search, and tells
//! whether the likelihood rises from there at all.

mod counts;
pub(crate) mod excess;
mod theta;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::family::{FamilySpec, NegativeBinomial};
use crate::fit::{fit_glm, Fit, FitOptions};
use crate::glm::{null_deviance, GlmObjective, NullModel, Problem, RowOutput, StartingMeans};
use crate::means::means_at;
use crate::watch::Watch;
use counts::Counts;
use theta::Rows;

/// The search ends when alpha moves by no more than this part of it, or of its standard error.
const PRECISE: f64 = 1e-8;
/// The first round's coefficients are fitted no better than theta is known.
const ROUGH: f64 = 1e-7;

/// What is known of theta.
#[derive(Debug, Clone, PartialEq)]
pub struct Theta {
    /// Infinite where the counts vary no more than Poisson counts.
    pub value: f64,
    /// Of theta as it is, from the second derivative of the log-likelihood; NaN where theta is infinite.
    pub standard_error: f64,
    /// theta of each round.
    pub history: Vec<f64>,
    pub converged: bool,
}

/// Fit `problem`, whose family is the Poisson family, with a theta of its own. Where theta is infinite the fit is that of
/// the Poisson family.
pub fn fit_negative_binomial(
    problem: &Problem,
    options: &FitOptions,
    output: RowOutput,
    watch: &Watch,
) -> Result<(Fit, Theta)> {
    // what the fit without theta would say of the Poisson family
    if let Some((row, &value)) = problem.y.iter().enumerate().find(|(_, y)| **y < 0.0) {
        let rule = "negative values not allowed for the negative binomial family";
        return Err(Error::Response { rule, row, value });
    }
    let mut means = vec![0.0; problem.rows()];
    let mut rounds = Rounds { problem, options, output, watch };
    let mut fit = rounds.fit(problem.family, problem.start, options.start, options.control.epsilon)?;
    let counts = Counts::new(problem.y, problem.prior_weights)?;
    if counts.all_zero() {
        return Err(Error::Argument {
            arg: "y",
            message: "has no count above 0: the data do not determine theta".into(),
        });
    }
    let (slope, curvature) = rounds.rows(&mut means, &counts).derivatives(0.0, watch)?;
    if slope <= 0.0 {
        let theta = Theta { value: f64::INFINITY, standard_error: f64::NAN, history: vec![], converged: true };
        return Ok((rounds.with_null(fit, problem.family)?, theta));
    }
    let start = if curvature < 0.0 { -slope / curvature } else { 1.0 };
    let mut alpha = rounds.rows(&mut means, &counts).maximum(start, watch)?;
    let mut history = vec![];
    loop {
        history.push(1.0 / alpha.value);
        let is_first = history.len() == 1;
        let family = FamilySpec::new(Box::new(NegativeBinomial::new(1.0 / alpha.value)));
        let epsilon = options.control.epsilon.max(if is_first { ROUGH } else { 0.0 });
        fit = rounds.fit(&family, StartingMeans::Family, Some(&fit.coefficients), epsilon)?;
        let next = rounds.rows(&mut means, &counts).maximum(alpha.value, watch)?;
        let unit = alpha.value.max(next.information.sqrt().recip());
        // a rough fit is none to end with
        let converged = (next.value - alpha.value).abs() <= PRECISE * unit && !is_first;
        if converged || history.len() >= options.control.max_iterations {
            // d alpha/d theta = −alpha²
            let standard_error = (next.information.sqrt() * alpha.value * alpha.value).recip();
            let theta = Theta { value: 1.0 / alpha.value, standard_error, history, converged };
            return Ok((rounds.with_null(fit, &family)?, theta));
        }
        alpha = next;
    }
}

/// Fits with theta held, which write their rows over those of the one before.
struct Rounds<'a, 'o> {
    problem: &'a Problem<'a>,
    options: &'a FitOptions<'a>,
    output: RowOutput<'o>,
    watch: &'a Watch,
}

impl Rounds<'_, '_> {
    fn fit(&mut self, family: &FamilySpec, means: StartingMeans, start: Option<&[f64]>, epsilon: f64) -> Result<Fit> {
        let control = Control { epsilon, ..self.options.control.clone() };
        let options = FitOptions { control: &control, start, null_model: NullModel::Unasked, ..*self.options };
        let RowOutput { linear_predictors, working_weights } = &mut self.output;
        let output = RowOutput { linear_predictors, working_weights };
        fit_glm(&Problem { family, start: means, ..*self.problem }, &options, Some(output), self.watch)
    }

    /// The rows with the means of the last fit.
    fn rows<'m>(&'m self, means: &'m mut [f64], counts: &'m Counts) -> Rows<'m> {
        means_at(self.problem.link, self.output.linear_predictors, means);
        Rows { y: self.problem.y, mu: means, weights: self.problem.prior_weights, counts }
    }

    fn with_null(&self, fit: Fit, family: &FamilySpec) -> Result<Fit> {
        let problem = Problem { family, ..*self.problem };
        let (model, eta) = (self.options.null_model, &*self.output.linear_predictors);
        let objective = GlmObjective::new(&problem, self.watch)?;
        let (null_deviance, null_converged) = null_deviance(&objective, model, Some(eta), self.options.control)?;
        Ok(Fit { null_deviance, null_converged, ..fit })
    }
}

#[cfg(test)]
mod tests;
