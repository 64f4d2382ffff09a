//! The line search of Moré and Thuente, kept out of the places where the model has no value.

use super::argmin::{Reply, Scaled, State};
use ::argmin::core::{CostFunction, Error, Gradient, LineSearch, Problem, Solver, State as _, KV};
use ::argmin::solver::linesearch::MoreThuenteLineSearch;

/// Evaluations after which a search along a line is given up: argmin sets no limit.
const MAX_EVALUATIONS: usize = 60;
/// Least step, as argmin has it.
const LEAST_STEP: f64 = 1.5e-8;
/// Part of the slope at the origin that a step must bring, as argmin has it.
const SUFFICIENT: f64 = 1e-4;
/// Part of the slope at the origin that may be left at the end of a step: much for methods that correct the next direction
/// by curvature, little for conjugate gradients, whose directions rely on the line's minimum (Nocedal and Wright, p. 34).
pub(super) const LOOSE: f64 = 0.9;
pub(super) const TIGHT: f64 = 0.1;

/// argmin's search interpolates values and slopes, and fails on an infinite one: means out of their range, or an
/// overflow. So wherever it meets one, the search begins again, with a ceiling for the step: the first step that it
/// tried if that was valid, half of it if not.
///
/// Source: Moré and Thuente (1994), "Line search algorithms with guaranteed sufficient decrease".
#[derive(Clone)]
pub(super) struct BackingOff<'a> {
    scaled: &'a Scaled<'a>,
    search: MoreThuenteLineSearch<Vec<f64>, Vec<f64>, f64>,
    direction: Vec<f64>,
    /// Point, cost and gradient where the line begins.
    origin: Option<(Vec<f64>, f64, Vec<f64>)>,
    /// The step that is tried first.
    first: f64,
    /// [`LOOSE`] or [`TIGHT`].
    slope_left: f64,
    /// Since the search began, or began again.
    evaluations: usize,
    evaluations_in_all: usize,
}

impl<'a> BackingOff<'a> {
    pub fn new(scaled: &'a Scaled<'a>, slope_left: f64) -> Self {
        BackingOff {
            scaled,
            search: MoreThuenteLineSearch::new(),
            direction: vec![],
            origin: None,
            first: 1.0,
            slope_left,
            evaluations: 0,
            evaluations_in_all: 0,
        }
    }

    /// Begin (again) at the origin, with steps up to `ceiling`.
    fn begin<O>(&mut self, problem: &mut Problem<O>, ceiling: f64) -> Reply<State<()>>
    where
        O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
    {
        self.first = ceiling.min(1.0);
        self.evaluations = 0;
        self.search = MoreThuenteLineSearch::new()
            .with_c(SUFFICIENT, self.slope_left)?
            .with_bounds(LEAST_STEP.min(self.first / 2.0), ceiling)?;
        self.search.initial_step_length(self.first)?;
        self.search.search_direction(self.direction.clone());
        let mut state = State::new();
        if let Some((param, cost, gradient)) = self.origin.clone() {
            state = state.param(param).cost(cost).gradient(gradient);
        }
        Ok(self.search.init(problem, state)?.0)
    }
}

impl LineSearch<Vec<f64>, f64> for BackingOff<'_> {
    fn search_direction(&mut self, direction: Vec<f64>) {
        self.direction = direction;
    }

    fn initial_step_length(&mut self, step: f64) -> Reply<()> {
        self.first = step;
        Ok(())
    }
}

impl<O> Solver<O, State<()>> for BackingOff<'_>
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
{
    fn name(&self) -> &str {
        "More-Thuente line search"
    }

    fn init(&mut self, problem: &mut Problem<O>, mut state: State<()>) -> Reply<(State<()>, Option<KV>)> {
        let cost = state.get_cost();
        self.origin = match (state.take_param(), state.take_gradient()) {
            (Some(param), Some(gradient)) => Some((param, cost, gradient)),
            _ => return Err(Error::msg("a line needs a point and a gradient to begin with")),
        };
        self.scaled.left_range.set(false);
        Ok((self.begin(problem, f64::INFINITY)?, None))
    }

    fn next_iter(&mut self, problem: &mut Problem<O>, state: State<()>) -> Reply<(State<()>, Option<KV>)> {
        self.evaluations += 1;
        self.evaluations_in_all += 1;
        if self.evaluations_in_all > MAX_EVALUATIONS {
            return Err(Error::msg("no step was good enough"));
        }
        let result = self.search.next_iter(problem, state);
        if !self.scaled.left_range.replace(false) {
            return result;
        }
        let ceiling = if self.evaluations == 1 { self.first / 2.0 } else { self.first };
        Ok((self.begin(problem, ceiling)?, None))
    }
}
