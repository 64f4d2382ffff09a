//! Fits of many rows that begin with a fit of some.
//!
//! A sample of m rows has a solution that is as far from that of all rows as chance puts it, about √(p/m) standard
//! deviations of a row's eta: nearer than what the first iterations from the usual start reach. From there, scores of all
//! rows and the sample's factor lead on, and Newton's method finishes, by the same rule as ever.

use super::GlmObjective;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::objective::{Objective, Point};
use crate::solver::{approach, least_squares, minimise_quadratic, newton, Approach, Solution};

/// A sample is worth its passes from so many rows on.
pub(super) const MANY_ROWS: usize = 50_000;
/// One block in so many is the sample, if that holds so many rows for each coefficient: the smaller sample, if it does.
const PARTS: [(usize, usize); 2] = [(16, 400), (8, 80)];
/// A sample begins with a sample of its own, one block in so many, if that holds so many rows for each coefficient.
const NESTED: (usize, usize) = (4, 25);
/// With a smaller limit of iterations, the user wants to see what glm.fit() does in so many.
const USUAL_ITERATIONS: usize = 25;

/// From a near start the same change is met farther from the solution than from the usual one, whose last step often goes
/// far below epsilon: so less of it is asked for, and much less where the information is the same everywhere and the
/// search converges by a factor a step, not quadratically.
const CLOSER: f64 = 0.1;
const CLOSER_BY_FACTORS: f64 = 1e-4;
/// Changes below it are rounding errors.
const NOISE: f64 = 1e-12;

/// More of Newton's steps than these lead from near the solution to it only where there is none: separated data let some
/// coefficient grow for ever. What glm.fit() makes of that depends on where it starts.
const FINAL_STEPS: usize = 4;

/// Where the deviance is quadratic, any point near its minimum will do: that of so many blocks, with so many rows for each
/// coefficient, if that is a small part of the rows.
const FEW_BLOCKS: usize = 4;
const FEW_ROWS: usize = 60;
const SMALL_PART: usize = 16;

/// Newton's method on `full`, which is `objective` or something that keeps a record of it.
pub fn newton_from_sample(objective: &GlmObjective, full: &dyn Objective, control: &Control) -> Result<Solution> {
    if let Some(solution) = quadratic_from_sample(objective, full, control)? {
        return Ok(solution);
    }
    if let Some(Approach { theta, history }) = from_sample(objective, full, control)? {
        let (closer, max_iterations) = match full.has_constant_information() {
            true => (CLOSER_BY_FACTORS, control.max_iterations),
            false => (CLOSER, FINAL_STEPS),
        };
        let epsilon = (closer * control.epsilon).max(NOISE).min(control.epsilon);
        match newton(full, Some(&theta), &Control { epsilon, max_iterations, ..control.clone() }) {
            Ok(solution) if solution.converged() && !solution.rose(control.epsilon) => {
                let history = history.into_iter().skip(1).chain(solution.history).collect::<Vec<_>>();
                return Ok(Solution { iterations: history.len(), history, ..solution });
            }
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            // separated data, say: the usual start shows what is the matter
            _ => {}
        }
    }
    newton(full, None, control)
}

/// A point near the solution of `full`, see [`newton_from_sample`]; `None` where there is no reason to expect that.
pub fn from_sample(objective: &GlmObjective, full: &dyn Objective, control: &Control) -> Result<Option<Approach>> {
    let (rows, p) = (objective.plan.rows(), objective.dim());
    if rows < MANY_ROWS || !objective.is_concave() || control.max_iterations < USUAL_ITERATIONS {
        return Ok(None);
    }
    let Some(&(part, _)) = PARTS.iter().find(|(part, least)| rows / part >= least * p) else { return Ok(None) };
    let (nested, least) = NESTED;
    let start = match rows / (part * nested) >= least * p {
        true => solve(&objective.sample(part * nested)?, None, control)?.map(|solution| solution.coefficients),
        false => None,
    };
    let sample = objective.sample(part)?;
    let Some(solution) = solve(&sample, start.as_deref(), control)? else { return Ok(None) };
    let visited = sample.plan.visited();
    let theta = solution.coefficients;
    let Some(factor) = solution.factor else { return Ok(None) };
    if full.has_constant_information() {
        // Newton's later steps are as cheap as these, and better
        let usable = full.value(Point::At(&theta))?.usable();
        return Ok(usable.then(|| Approach { theta, history: vec![] }));
    }
    approach(full, theta, &factor, rows as f64 / visited as f64, objective.quadratic_cost(), control)
}

/// The minimum of a quadratic deviance, in one pass over all rows about the solution of a few: about 0, the fit's squares
/// would cancel where a pass about the minimum adds up those of the residuals. `None` where a sample is of no use.
fn quadratic_from_sample(
    objective: &GlmObjective,
    full: &dyn Objective,
    control: &Control,
) -> Result<Option<Solution>> {
    let rows = objective.plan.rows();
    let wanted = (FEW_ROWS * objective.dim()).max(FEW_BLOCKS * objective.plan.block_rows());
    let part = rows / wanted;
    let worthwhile = part >= SMALL_PART && objective.is_quadratic() && !objective.has_twofold_equations();
    if !worthwhile || control.max_iterations < USUAL_ITERATIONS {
        return Ok(None);
    }
    match least_squares(&objective.sample(part)?, control) {
        Ok((theta, _)) => minimise_quadratic(full, &theta, rows, control),
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Err(_) => Ok(None),
    }
}

/// A sample's solution, as precise as chance makes it: a tenth of p in the deviance. `None` if it has not all coefficients.
fn solve(sample: &GlmObjective, start: Option<&[f64]>, control: &Control) -> Result<Option<Solution>> {
    let p = sample.dim();
    let epsilon = (0.1 * p as f64 / sample.plan.visited() as f64).max(control.epsilon);
    match newton(sample, start, &Control { epsilon, ..control.clone() }) {
        Ok(solution) if solution.converged() && solution.kept.len() == p => Ok(Some(solution)),
        Err(Error::Interrupted) => Err(Error::Interrupted),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Codes, Column, Contrast, Design, Term};
    use crate::family::{by_name, with_shape, FamilySpec};
    use crate::glm::Problem;
    use crate::link;
    use crate::pool::Pool;
    use crate::watch::Watch;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const ROWS: usize = 60_000;

    /// Covariates, codes of three levels, and uniform numbers. `rare`: the rows of the third level, if they are few.
    fn data(rare: Option<usize>) -> (Vec<Vec<f64>>, Vec<i32>, Vec<f64>) {
        let mut rng = StdRng::seed_from_u64(3);
        let x = (0..3).map(|_| (0..ROWS).map(|_| rng.random_range(-1.0..1.0)).collect()).collect();
        // the first block is part of a sample, the next ones are not
        let code = |i: usize| match rare {
            Some(rare) if (2000..2000 + rare).contains(&i) => 3,
            Some(_) => 1 + (i % 2) as i32,
            None => 1 + (i % 3) as i32,
        };
        let codes = (0..ROWS).map(code).collect();
        (x, codes, (0..ROWS).map(|_| rng.random()).collect())
    }

    fn with_problem(name: &str, link_name: &str, rare: Option<usize>, check: impl Fn(&GlmObjective)) {
        let (x, codes, u) = data(rare);
        let terms = vec![
            Term::intercept(),
            Term::numeric(x.iter().map(|c| Column::real("x", c)).collect()),
            Term::factor(Codes { name: "f", codes: &codes, levels: 3 }, Contrast::treatment(3, 0)),
        ];
        let design = Design::new(ROWS, terms).unwrap();
        let y: Vec<f64> = (0..ROWS)
            .map(|i| {
                let eta = -0.5 + x[0][i] - 0.5 * x[1][i] + 0.3 * f64::from(codes[i] == 2);
                match name {
                    "poisson" | "negative_binomial" => (eta.exp() * 2.0 * u[i]).round(),
                    "binomial" => f64::from(u8::from(u[i] < 1.0 / (1.0 + (-eta).exp()))),
                    _ => eta.exp() * (0.1 + 1.8 * u[i]),
                }
            })
            .collect();
        let family = by_name(name).or_else(|| with_shape(name, 1.5)).unwrap();
        let spec = FamilySpec::new(family);
        let link = link::by_name(link_name, 0.4).unwrap();
        let problem = Problem::new(&design, &y, &spec, link.as_ref());
        check(&GlmObjective::new(&problem, &Watch::default()).unwrap());
    }

    fn control() -> Control {
        Control { epsilon: 1e-8, max_iterations: 25, method: crate::control::Method::Auto }
    }

    /// With and without a sample: the same solution, its factor included, on any number of threads.
    #[test]
    fn the_solution_is_that_of_all_rows() {
        for (name, link_name) in
            [("poisson", "log"), ("binomial", "logit"), ("Gamma", "log"), ("negative_binomial", "log")]
        {
            with_problem(name, link_name, None, |objective| {
                let exact = newton(objective, None, &Control { epsilon: 1e-13, ..control() }).unwrap();
                let fit = |threads| {
                    Pool::new(threads)
                        .unwrap()
                        .install(|| newton_from_sample(objective, objective, &control()).unwrap())
                };
                let solution = fit(1);
                assert!(solution.converged() && solution.iterations == solution.history.len());
                assert!(from_sample(objective, objective, &control()).unwrap().is_some(), "{name}: no use of a sample");
                // with expected information, and data of another distribution, the last steps go by a factor
                let bound = if name == "negative_binomial" { 1e-4 } else { 1e-5 };
                let (got, want) = (solution.factor.clone().unwrap().inverse(), exact.factor.unwrap().inverse());
                for j in 0..objective.dim() {
                    let error = (solution.coefficients[j] - exact.coefficients[j]).abs() / want.at(j, j).sqrt();
                    assert!(error < bound, "{name}: coefficient {j} is {error} standard errors off");
                    assert!((got.at(j, j) / want.at(j, j) - 1.0).abs() < 1e-4, "{name}: variance {j}");
                }
                assert!((solution.deviance / exact.deviance - 1.0).abs() < 1e-12);
                let other = fit(3);
                assert_eq!(solution.coefficients, other.coefficients);
                assert_eq!(solution.history, other.history);
            });
        }
    }

    /// A level that the sample may not see, or that has no counts: the usual start, and what it leads to.
    #[test]
    fn a_sample_that_does_not_tell_is_left() {
        with_problem("poisson", "log", Some(3), |objective| {
            assert!(from_sample(objective, objective, &control()).unwrap().is_none());
            let (with, without) = (
                newton_from_sample(objective, objective, &control()).unwrap(),
                newton(objective, None, &control()).unwrap(),
            );
            assert_eq!((with.coefficients, with.iterations), (without.coefficients, without.iterations));
        });
        with_problem("poisson", "log", None, |objective| {
            let few = Control { max_iterations: 3, ..control() };
            assert!(from_sample(objective, objective, &few).unwrap().is_none());
        });
        with_problem("poisson", "sqrt", None, |objective| {
            assert!(from_sample(objective, objective, &control()).unwrap().is_none());
        });
    }
}
