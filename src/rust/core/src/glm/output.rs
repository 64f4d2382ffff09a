//! The last pass: what the fit says about each row, and what that adds up to. Means and residuals follow from the linear
//! predictors: see `means.rs`.

use super::{GlmObjective, Problem};
use crate::accumulate::Scratch;
use crate::error::Result;
use crate::family::{AicSums, Means};
use crate::linalg::{add, NormalEquations};
use crate::objective::{delegate, Objective, OwnedPoint, Point, Quadratic, Value};
use crate::pass::sweep;
use crate::simd::{self, TILE_ROWS};
use crate::solver::Solution;
use std::cell::RefCell;
use std::ops::Range;

/// Where the rows' results go, in the caller's memory. Shapes: `[n]`.
pub struct RowOutput<'o> {
    pub linear_predictors: &'o mut [f64],
    /// At the point before the last step, as `stats::glm.fit()` reports them.
    pub working_weights: &'o mut [f64],
}

impl RowOutput<'_> {
    /// The same memory for a while.
    pub fn reborrow(&mut self) -> RowOutput<'_> {
        RowOutput { linear_predictors: self.linear_predictors, working_weights: self.working_weights }
    }
}

/// What the rows add up to.
#[derive(Debug, Clone)]
pub struct RowSums {
    pub aic: AicSums,
    pub least_mean: f64,
    pub largest_mean: f64,
    /// Are all means and linear predictors in their range?
    valid: bool,
    /// In level space; empty where it was not asked for. Shape: `[D]`.
    score: Vec<f64>,
}

/// A [`GlmObjective`] that writes down the rows of the point at which a solver concludes its search, and the working weights
/// of those from which it takes a step. Without a place to write them to it keeps what they add up to.
pub struct RecordedRows<'a, 'o> {
    objective: &'a GlmObjective<'a>,
    output: RefCell<Option<RowOutput<'o>>>,
    last: RefCell<Option<Record>>,
    /// Where the working weights in `output` are those of.
    weighed: RefCell<Option<OwnedPoint>>,
}

struct Record {
    at: OwnedPoint,
    sums: RowSums,
}

impl<'a, 'o> RecordedRows<'a, 'o> {
    pub fn new(objective: &'a GlmObjective<'a>, output: Option<RowOutput<'o>>) -> Self {
        let (output, last, weighed) = (RefCell::new(output), RefCell::default(), RefCell::default());
        RecordedRows { objective, output, last, weighed }
    }

    /// Value and, if asked for, score of a point, whose rows are kept.
    fn record(&self, at: Point, before: Point, with_score: bool) -> Result<(Value, Vec<f64>)> {
        let sums = self.write(at, before, with_score, &mut self.output.borrow_mut())?;
        let value = Value { deviance: sums.aic.deviance, valid: sums.valid };
        let score = if with_score { self.objective.problem.design.contract_vector(&sums.score) } else { vec![] };
        *self.last.borrow_mut() = Some(Record { at: at.to_owned(), sums });
        Ok((value, score))
    }

    fn has_weights_of(&self, before: &OwnedPoint) -> bool {
        self.weighed.borrow().as_ref() == Some(before)
    }

    fn write(&self, at: Point, before: Point, with_score: bool, output: &mut Option<RowOutput>) -> Result<RowSums> {
        let before = before.to_owned();
        let weights = if self.objective.has_constant_information() || before == at.to_owned() {
            Weights::There
        } else if output.is_none() || self.has_weights_of(&before) {
            Weights::Unasked
        } else {
            Weights::Of(before.borrow())
        };
        let sums = sum_rows(self.objective, at, weights, with_score, output)?;
        *self.weighed.borrow_mut() = Some(before);
        Ok(sums)
    }

    /// The output of `solution`, by another pass only if the search did not conclude where it ended. A deviance that is quadratic
    /// needs none for the sums alone.
    pub fn finish(self, solution: &Solution) -> Result<(Option<RowOutput<'o>>, RowSums)> {
        let at = OwnedPoint::At(solution.concluded.as_ref().unwrap_or(&solution.coefficients).clone());
        // a search that went on has written other weights
        let weighed = self.objective.has_constant_information() || self.has_weights_of(&solution.before);
        let written = self.last.take().filter(|last| weighed && last.at == at);
        let mut sums = match written {
            Some(last) => last.sums,
            None if self.objective.is_quadratic() && self.output.borrow().is_none() => {
                sums_without_means(self.objective.problem, solution.deviance)
            }
            None => self.write(at.borrow(), solution.before.borrow(), false, &mut self.output.borrow_mut())?,
        };
        sums.aic.deviance = solution.exact_deviance.unwrap_or(sums.aic.deviance);
        Ok((self.output.into_inner(), sums))
    }
}

/// The working weights that are wanted.
#[derive(Clone, Copy)]
enum Weights<'p> {
    /// Of the point that is written.
    There,
    /// None, or they are written already.
    Unasked,
    Of(Point<'p>),
}

/// The part of a [`RowOutput`] that belongs to a lane, whose first row is `start`.
struct LaneOutput<'l> {
    start: usize,
    rows: RowOutput<'l>,
}

impl LaneOutput<'_> {
    fn write_eta(&mut self, rows: &Range<usize>, eta: &[f64]) {
        self.rows.linear_predictors[rows.start - self.start..rows.end - self.start].copy_from_slice(eta);
    }

    fn write_weights(&mut self, rows: &Range<usize>, weights: &[f64]) {
        self.rows.working_weights[rows.start - self.start..rows.end - self.start].copy_from_slice(weights);
    }
}

/// The sums of a solution whose deviance is quadratic: all but the deviance and the range of the means is known without them.
fn sums_without_means(problem: &Problem, deviance: f64) -> RowSums {
    let rows = problem.rows() as f64;
    let (weights, aic) = match problem.prior_weights {
        None => (rows, 0.0),
        Some(w) => {
            // any means will do
            let means = Means { mu: problem.y, rest: problem.y };
            (simd::sum(w), problem.family.family.aic_block(problem.y, means, Some(w), None).1)
        }
    };
    RowSums {
        aic: AicSums { deviance, weights, rows: aic, count: rows },
        least_mean: f64::NAN,
        largest_mean: f64::NAN,
        valid: true,
        score: vec![],
    }
}

/// Fill `output`, if there is one, for the solution `at`; the score only where the weights are the same everywhere.
fn sum_rows(
    objective: &GlmObjective,
    at: Point,
    wanted: Weights,
    with_score: bool,
    output: &mut Option<RowOutput>,
) -> Result<RowSums> {
    let problem = objective.problem;
    let family = problem.family.family.as_ref();
    let plan = &objective.plan;
    let raw_at = objective.raw_coefficients(at);
    let raw_before = match wanted {
        Weights::Of(before) => Some(objective.raw_coefficients(before)),
        Weights::There | Weights::Unasked => None,
    };
    let weigh_here = matches!(wanted, Weights::There);
    let lanes: Vec<Option<LaneOutput>> = match output {
        Some(RowOutput { linear_predictors, working_weights }) => {
            let parts = plan.split(linear_predictors).into_iter().zip(plan.split(working_weights));
            let of_lane = |(lane, (linear_predictors, working_weights))| LaneOutput {
                start: plan.lane_rows(lane).start,
                rows: RowOutput { linear_predictors, working_weights },
            };
            parts.enumerate().map(of_lane).map(Some).collect()
        }
        None => (0..plan.lanes()).map(|_| None).collect(),
    };
    let empty = RowSums {
        aic: AicSums::default(),
        least_mean: f64::INFINITY,
        largest_mean: f64::NEG_INFINITY,
        valid: true,
        score: vec![0.0; if with_score { problem.design.raw_cols() } else { 0 }],
    };
    sweep(
        plan,
        objective.watch,
        lanes,
        || empty.clone(),
        || objective.memory.lend(),
        |sums, output, scratch, block| {
            let scratch: &mut Scratch = scratch;
            let view = problem.design.view(block, &mut scratch.block);
            let working = &mut scratch.tile.working;
            for tile in view.tiles(TILE_ROWS) {
                let start = block.start + tile.start;
                let rows = start..start + tile.len;
                let y = &problem.y[rows.clone()];
                let prior_weights = problem.prior_weights.map(|w| &w[rows.clone()]);
                let trials = problem.trials.map(|t| &t[rows.clone()]);
                working.resize(tile.len);
                if let Some(raw_before) = &raw_before {
                    objective.fill_eta(tile.with_next(), rows.clone(), raw_before.as_deref(), &mut working.eta);
                    objective.weigh(working, y, prior_weights);
                    output.iter_mut().for_each(|output| output.write_weights(&rows, &working.working_weights));
                }
                objective.fill_means(tile.with_next(), rows.clone(), raw_at.as_deref(), working);
                if weigh_here {
                    objective.weigh(working, y, prior_weights);
                    output.iter_mut().for_each(|output| output.write_weights(&rows, &working.working_weights));
                    if with_score {
                        tile.add_xtv(&working.weighted_residuals, &mut sums.score);
                    }
                }
                output.iter_mut().for_each(|output| output.write_eta(&rows, &working.eta));
                sums.valid &= problem.link.valid_eta_block(&working.eta) && family.valid_mean_block(&working.mu);
                let (least, largest) = simd::range(&working.mu);
                sums.least_mean = sums.least_mean.min(least);
                sums.largest_mean = sums.largest_mean.max(largest);
                sums.aic.weights += prior_weights.map_or(tile.len as f64, simd::sum);
                sums.aic.count += tile.len as f64;
                if problem.family.likelihood {
                    let (deviance, aic) = family.aic_block(y, working.means(), prior_weights, trials);
                    sums.aic.deviance += deviance;
                    sums.aic.rows += aic;
                } else {
                    sums.aic.deviance += family.deviance_block(y, working.means(), prior_weights);
                }
            }
        },
        |total, sums| {
            total.aic.rows += sums.aic.rows;
            total.aic.deviance += sums.aic.deviance;
            total.aic.weights += sums.aic.weights;
            total.aic.count += sums.aic.count;
            total.least_mean = total.least_mean.min(sums.least_mean);
            total.largest_mean = total.largest_mean.max(sums.largest_mean);
            total.valid &= sums.valid;
            add(&mut total.score, &sums.score);
        },
    )
}

impl Objective for RecordedRows<'_, '_> {
    fn conclude(&self, at: Point, before: Point) -> Result<Value> {
        Ok(self.record(at, before, false)?.0)
    }

    fn conclude_with_score(&self, at: Point, before: Point) -> Result<(Value, Vec<f64>)> {
        if self.objective.has_constant_information() {
            self.record(at, before, true)
        } else {
            self.value_and_score(at)
        }
    }

    fn iterated(&self, deviance: f64) {
        self.objective.watch.iterated(deviance);
    }

    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn value(&self, at: Point) -> Result<Value> {
        self.objective.value(at)
    }

    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        self.objective.value_and_score(at)
    }

    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        if self.objective.has_constant_information() {
            return self.objective.quadratic(at);
        }
        *self.weighed.borrow_mut() = None;
        let mut output = self.output.borrow_mut();
        let weights = output.as_mut().map(|output| &mut *output.working_weights);
        let quadratic = self.objective.quadratic_with_weights(at, weights)?;
        *self.weighed.borrow_mut() = Some(at.to_owned());
        Ok(quadratic)
    }

    delegate!(objective: kind);
    delegate!(objective: rows);

    fn equations(&self, at: Point) -> Result<Option<NormalEquations>> {
        self.objective.equations(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{running, Model};
    use super::*;
    use crate::control::{Control, Method};
    use crate::solver::newton;

    /// Whatever is looked at after the search has concluded, the working weights are those of its last step.
    #[test]
    fn weights_are_those_of_the_last_step() {
        let model = Model::new("poisson", "log", 300, 4, 5);
        let design = model.design();
        let problem = model.problem(&design);
        let objective = GlmObjective::new(&problem, running()).unwrap();
        let control = Control { epsilon: 1e-8, max_iterations: 25, method: Method::Cholesky };
        let weights = |look_elsewhere: bool| {
            let (mut eta, mut weights) = (vec![0.0; 300], vec![0.0; 300]);
            let output = RowOutput { linear_predictors: &mut eta, working_weights: &mut weights };
            let recorded = RecordedRows::new(&objective, Some(output));
            let solution = newton(&recorded, None, &control).unwrap();
            if look_elsewhere {
                recorded.quadratic(Point::At(&[0.1; 4])).unwrap();
            }
            recorded.finish(&solution).unwrap();
            weights
        };
        assert!(weights(true) == weights(false));
    }
}
