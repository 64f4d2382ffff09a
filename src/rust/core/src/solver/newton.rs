//! Newton's method with expected information: iteratively reweighted least squares as `stats::glm.fit()` defines it,
//! with the same start, the same stopping rule and the same count of iterations.

use super::step::step;
use super::{Halvings, Solution, Status};
use crate::control::{Control, Method};
use crate::error::{Error, Result};
use crate::linalg::{dot, Information};
use crate::objective::{Objective, OwnedPoint, Point, Quadratic, Value};

/// A deviance that is this small beside the squared norm of the fit is made of rounding errors.
const EXACT: f64 = 1e-12;
/// A change of this part of the deviance moves no residual by more than rounding does.
const NOISE: f64 = 1e-24;

/// The second-order model that a step starts from.
#[derive(Clone)]
pub(super) struct Model {
    pub value: Value,
    /// Has any row a working weight? Without the information, that is left to the step.
    pub informative: bool,
    /// Shape: `[p]`.
    pub score: Vec<f64>,
    /// `None` where there are fewer rows than columns.
    pub information: Option<Information>,
}

impl Model {
    pub(super) fn at(objective: &dyn Objective, at: Point) -> Result<Self> {
        if objective.is_wide() {
            let (value, score) = objective.value_and_score(at)?;
            return Ok(Model { value, informative: true, score, information: None });
        }
        let Quadratic { value, informative, score, information } = objective.quadratic(at)?;
        Ok(Model { value, informative, score, information: Some(information) })
    }

    /// The model at another point.
    fn there(&self, objective: &dyn Objective, at: Point) -> Result<Self> {
        if objective.has_constant_information() {
            Ok(self.with(objective.value_and_score(at)?))
        } else {
            Model::at(objective, at)
        }
    }

    /// The model at another point with the same information.
    fn with(&self, (value, score): (Value, Vec<f64>)) -> Self {
        Model { value, score, ..self.clone() }
    }
}

/// Fit from the objective's own start, or from coefficients.
///
/// Like `glm.fit()`, the first run accepts every step that stays in the valid range, even one that raises the deviance:
/// so whatever converges there converges here, in as many iterations. If that run fails after the deviance rose, or ends
/// above a deviance that it had reached before, a second one halves every step that raises it (Marschner, 2011, "glm2:
/// fitting generalized linear models with convergence problems").
pub fn newton(objective: &dyn Objective, start: Option<&[f64]>, control: &Control) -> Result<Solution> {
    let mut solution = search(objective, start, control)?;
    if control.method == Method::Auto && !objective.is_quadratic() {
        sharpen(objective, &mut solution)?;
    }
    Ok(solution)
}

/// The same from coefficients on, halving every step that raises the deviance: it ends at none that is above theirs.
pub fn newton_downhill(objective: &dyn Objective, start: &[f64], control: &Control) -> Result<Solution> {
    let mut solution = run(objective, Some(start), control, true)?;
    sharpen(objective, &mut solution)?;
    Ok(solution)
}

/// The factor at the end to the last digits, where that does not take long: the steps need no more than some.
fn sharpen(objective: &dyn Objective, solution: &mut Solution) -> Result<()> {
    if solution.factor.is_some() {
        if let Some(equations) = objective.equations(solution.before.borrow())? {
            solution.factor = Some(equations.factor(&solution.kept));
        }
    }
    Ok(())
}

fn search(objective: &dyn Objective, start: Option<&[f64]>, control: &Control) -> Result<Solution> {
    let first = run(objective, start, control, false);
    let retry = match &first {
        _ if objective.has_constant_information() => false,
        Ok(solution) if solution.converged() => ended_high(solution, control.epsilon),
        Ok(solution) => solution.rose(0.0),
        Err(Error::StepSize) => true,
        Err(_) => false,
    };
    if !retry {
        return first;
    }
    match (first, run(objective, start, control, true)) {
        (_, Err(Error::Interrupted)) => Err(Error::Interrupted),
        (first, Err(_)) => first,
        (Err(_), second) => second,
        (Ok(first), Ok(second)) => {
            let better = match (first.converged(), second.converged()) {
                (true, false) => false,
                (false, true) => true,
                _ => second.deviance < first.deviance,
            };
            Ok(if better { second } else { first })
        }
    }
}

/// Is there a clearly lower deviance on the way than at the end? Slow searches waver by a little more than epsilon: they
/// end where `glm.fit()` ends.
fn ended_high(solution: &Solution, epsilon: f64) -> bool {
    let least = solution.history.iter().copied().fold(f64::INFINITY, f64::min);
    least < solution.deviance && relative_change(solution.deviance, least) >= epsilon.sqrt()
}

/// |Δ deviance| / (|deviance| + 0.1): the quantity that `glm.control(epsilon)` bounds.
fn relative_change(deviance: f64, before: f64) -> f64 {
    (deviance - before).abs() / (deviance.abs() + 0.1)
}

fn run(objective: &dyn Objective, start: Option<&[f64]>, control: &Control, halve_rises: bool) -> Result<Solution> {
    let mut at = start.map_or(OwnedPoint::Start, |theta| OwnedPoint::At(theta.to_vec()));
    let mut model = Model::at(objective, at.borrow())?;
    if !model.value.valid {
        return Err(Error::Start);
    }
    let mut deviance = model.value.deviance;
    let coefficients = start.map_or_else(|| vec![0.0; objective.dim()], <[f64]>::to_vec);
    let mut solution = before_the_first_step(coefficients, at.clone(), deviance);
    let mut aliased = vec![];
    let mut change = f64::INFINITY;
    let mut stuck = false;
    for iteration in 1..=control.max_iterations {
        solution.iterations = iteration;
        if !model.informative {
            return Ok(Solution { status: Status::Uninformative, ..solution });
        }
        let information = model.information.as_ref();
        let step = step(objective, at.borrow(), &model.score, information, &aliased, control)?;
        if step.coefficients.iter().any(|b| !b.is_finite()) {
            return Ok(Solution { status: Status::NonFiniteStep, ..solution });
        }
        aliased = step.factor.aliased.clone();
        solution.kept.clone_from(&step.factor.kept);
        solution.factor = Some(step.factor);
        solution.before = at.clone();

        let anchor = match &at {
            OwnedPoint::At(theta) => Some(theta.as_slice()),
            OwnedPoint::Start => None,
        };
        let worst = if halve_rises && iteration > 1 { deviance } else { f64::INFINITY };
        let fall = anchor.map_or(f64::INFINITY, |theta| expected_fall(&model.score, theta, &step.coefficients));
        if let (true, Some(theta)) = (objective.is_quadratic() && fall.abs() <= NOISE * deviance, anchor) {
            solution.concluded = Some(theta.to_vec());
            solution.coefficients = step.coefficients;
            solution.exact_deviance = step.deviance;
            solution.history.push(deviance);
            objective.iterated(deviance);
            return Ok(Solution { status: Status::Converged, ..solution });
        }
        let last = is_likely_the_last(change, fall, deviance, control.epsilon);
        let reached = look(objective, &step.coefficients, at.borrow(), &model, last)?;
        let halvings = &mut solution.halvings;
        let landing = match land(objective, step.coefficients, reached, at.borrow(), worst, control, halvings) {
            // no part of the step lowers the deviance: what there is, is the best to be had
            Err(Error::StepSize) if worst.is_finite() => {
                return Ok(Solution { status: Status::Stalled, ..solution });
            }
            landing => landing?,
        };
        solution.history.push(landing.value.deviance);
        objective.iterated(landing.value.deviance);
        change = relative_change(landing.value.deviance, deviance);
        deviance = landing.value.deviance;
        solution.deviance = deviance;
        solution.coefficients.clone_from(&landing.theta);
        solution.exact_deviance = step.deviance.filter(|_| !solution.halvings.last && !landing.cut_for_rise);
        // the second step of a quadratic took the rounding errors of the first: what is left of the change is noise
        if change < control.epsilon || iteration > 1 && objective.is_quadratic() {
            if anchor.is_none() && step.deviance.is_none() {
                refine_if_exact(objective, &mut solution, &model, &landing)?;
            }
            // a step that was halved until the deviance no longer rose says nothing of the score: quasi() with zeros in
            // the response has a deviance whose minimum is no root of it
            if !landing.cut_for_rise || stuck {
                let status = if landing.cut_for_rise { Status::Stalled } else { Status::Converged };
                return Ok(Solution { status, ..solution });
            }
            stuck = true;
        }
        if iteration < control.max_iterations {
            model = match landing.model {
                Some(there) => there,
                None => model.there(objective, Point::At(&landing.theta))?,
            };
        }
        at = OwnedPoint::At(landing.theta);
    }
    Ok(solution)
}

/// Nothing is known but where the search begins.
fn before_the_first_step(coefficients: Vec<f64>, at: OwnedPoint, deviance: f64) -> Solution {
    Solution {
        coefficients,
        concluded: None,
        before: at,
        kept: vec![],
        factor: None,
        deviance,
        exact_deviance: None,
        iterations: 0,
        status: Status::MaxIterations,
        halvings: Halvings::default(),
        history: vec![],
    }
}

/// By how much the deviance falls, near the solution, with a step from `old` to `new`: score · step.
pub(super) fn expected_fall(score: &[f64], old: &[f64], new: &[f64]) -> f64 {
    score.iter().zip(new.iter().zip(old)).map(|(s, (new, old))| s * (new - old)).sum()
}

/// Is nothing but the deviance left to look at after the next step? By quadratic convergence a change of √epsilon is followed
/// by one below epsilon.
fn is_likely_the_last(change: f64, fall: f64, deviance: f64, epsilon: f64) -> bool {
    change < epsilon.sqrt() * 0.1 || (0.0..0.5 * epsilon * (deviance.abs() + 0.1)).contains(&fall)
}

/// The first step, by the model `first`, is taken about theta = 0 and has its rounding errors, which later ones take back.
/// Where there is none, because the first fits exactly, the score does it.
fn refine_if_exact(objective: &dyn Objective, solution: &mut Solution, first: &Model, landing: &Landing) -> Result<()> {
    let exact = solution.deviance.abs() <= EXACT * dot(&first.score, &landing.theta);
    let (true, Some(there), Some(factor)) = (exact, &landing.model, &solution.factor) else { return Ok(()) };
    let correction = factor.solve(&there.score);
    let theta: Vec<f64> = solution.coefficients.iter().zip(correction).map(|(t, c)| t + c).collect();
    let value = objective.value(Point::At(&theta))?;
    if value.usable() && value.deviance.abs() < solution.deviance.abs() {
        solution.coefficients = theta;
        solution.deviance = value.deviance;
    }
    Ok(())
}

/// Where a step ended.
struct Landing {
    theta: Vec<f64>,
    value: Value,
    model: Option<Model>,
    /// Was the step halved because the deviance rose?
    cut_for_rise: bool,
}

/// The value and the model where a step from `before` ends, whose model is `known`; the last needs no model.
fn look(
    objective: &dyn Objective,
    theta: &[f64],
    before: Point,
    known: &Model,
    is_last: bool,
) -> Result<(Value, Option<Model>)> {
    let at = Point::At(theta);
    if is_last {
        return Ok((objective.conclude(at, before)?, None));
    }
    let model = if objective.is_quadratic() {
        // the first step ends at the minimum, but for rounding errors
        known.with(objective.conclude_with_score(at, before)?)
    } else {
        known.there(objective, at)?
    };
    Ok((model.value, Some(model)))
}

/// Take the step from `before` to `theta`, where `reached` was found, halving it until the deviance is finite and at most `worst` and the means
/// are valid.
fn land(
    objective: &dyn Objective,
    theta: Vec<f64>,
    reached: (Value, Option<Model>),
    before: Point,
    worst: f64,
    control: &Control,
    halvings: &mut Halvings,
) -> Result<Landing> {
    let (value, model) = reached;
    halvings.last = !value.usable();
    let risen = |value: Value| value.deviance > worst && relative_change(value.deviance, worst) >= control.epsilon;
    if value.usable() && !risen(value) {
        return Ok(Landing { theta, value, model, cut_for_rise: false });
    }
    halvings.divergence |= !value.deviance.is_finite();
    halvings.bounds |= value.deviance.is_finite() && !value.valid;
    let cut_for_rise = value.usable();
    halvings.rise |= cut_for_rise;
    let Point::At(anchor) = before else { return Err(Error::NoValidCoefficients) };
    let mut theta = theta;
    for _ in 0..control.max_iterations {
        theta.iter_mut().zip(anchor).for_each(|(t, a)| *t = (*t + a) / 2.0);
        let value = objective.value(Point::At(&theta))?;
        if value.usable() && !risen(value) {
            return Ok(Landing { theta, value, model: None, cut_for_rise });
        }
    }
    Err(Error::StepSize)
}
