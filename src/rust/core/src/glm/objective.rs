//! The passes of a generalized linear model.

use super::Problem;
use crate::accumulate::{Depth, Sums};
use crate::design::{BlockView, RowBlock};
use crate::error::{Error, Result};
use crate::linalg::RowsQr;
use crate::objective::{Objective, Point, Quadratic, Value};
use crate::pass::{sweep, Plan};
use crate::working::Working;
use std::sync::atomic::AtomicBool;

/// A [`Problem`] with the plan of its passes and the flag that stops them.
pub struct GlmObjective<'a> {
    pub problem: &'a Problem<'a>,
    pub plan: Plan,
    /// For passes that add up vectors alone: a wide design can afford more lanes for them than for its Gram matrix.
    pub vector_plan: Plan,
    pub cancel: &'a AtomicBool,
}

impl<'a> GlmObjective<'a> {
    pub fn new(problem: &'a Problem<'a>, cancel: &'a AtomicBool) -> Self {
        let design = problem.design;
        let cols = design.block_cols() + 8;
        let plan = Plan::new(problem.rows(), cols, design.gram_len());
        let vector_plan = Plan::new(problem.rows(), cols, design.raw_cols());
        GlmObjective { problem, plan, vector_plan, cancel }
    }

    fn pass(&self, at: Point, depth: Depth) -> Result<Sums> {
        let design = self.problem.design;
        let raw_coefficients = self.raw_coefficients(at);
        let plan = if depth < Depth::Information { &self.vector_plan } else { &self.plan };
        sweep(
            plan,
            self.cancel,
            vec![(); plan.lanes()],
            || Sums::new(depth, design),
            |sums, (), block| self.add_block(sums, block, raw_coefficients.as_deref(), depth),
            Sums::merge,
        )
    }

    /// The coefficients of the level-space columns; the start has none.
    pub(crate) fn raw_coefficients(&self, at: Point) -> Option<Vec<f64>> {
        match at {
            Point::Start => None,
            Point::At(theta) => Some(self.problem.design.raw_coefficients(theta)),
        }
    }

    /// eta, mu and dmu/deta of a block; without coefficients those of the start.
    pub(crate) fn fill_means(
        &self,
        view: &BlockView,
        rows: std::ops::Range<usize>,
        raw_coefficients: Option<&[f64]>,
        working: &mut Working,
    ) {
        match raw_coefficients {
            Some(raw) => {
                match self.problem.offset {
                    Some(offset) => working.eta.copy_from_slice(&offset[rows]),
                    None => working.eta.fill(0.0),
                }
                view.add_xb(raw, &mut working.eta);
            }
            None => self.problem.starting_eta(rows, &mut working.eta),
        }
        working.means(self.problem.link);
    }

    /// One block: eta → means → deviance, and as much of score, information or QR factor as is asked for.
    fn add_block(&self, sums: &mut Sums, block: RowBlock, raw_coefficients: Option<&[f64]>, depth: Depth) {
        let problem = self.problem;
        let rows = block.range();
        let offset = problem.offset.map(|o| &o[rows.clone()]);
        let prior_weights = problem.prior_weights.map(|w| &w[rows.clone()]);
        let y = &problem.y[rows.clone()];
        // taken out, so that sums and scratch can be borrowed side by side
        let mut scratch = std::mem::take(&mut sums.scratch);
        let view = problem.design.view(block, &mut scratch.block);
        let working = &mut scratch.working;
        working.resize(block.len);
        self.fill_means(&view, rows, raw_coefficients, working);
        sums.deviance += problem.family.family.deviance_block(y, &working.mu, prior_weights);
        sums.valid &= problem.link.valid_eta_block(&working.eta) && problem.family.family.valid_mean_block(&working.mu);
        if depth > Depth::Value {
            sums.add_facts(working.weigh(problem.family, y, prior_weights));
            if raw_coefficients.is_none() {
                // about theta = 0 the residual is the whole working response eta − offset + (y − mu)/dmu/deta
                for i in 0..block.len {
                    let eta = working.eta[i] - offset.map_or(0.0, |o| o[i]);
                    if working.working_weights[i] > 0.0 {
                        working.weighted_residuals[i] += working.working_weights[i] * eta;
                    }
                }
            }
        }
        match depth {
            Depth::Value => {}
            Depth::Score => view.add_xtv(&working.weighted_residuals, &mut sums.score),
            Depth::Information => {
                view.add_xtv(&working.weighted_residuals, &mut sums.score);
                if let Some(gram) = &mut sums.gram {
                    view.add_xtwx(&working.working_weights, gram, &mut scratch.weighted);
                }
            }
            Depth::Qr => {
                let p = problem.design.cols();
                scratch.weighted.resize((p + 1) * block.len, 0.0);
                let (x, r) = scratch.weighted.split_at_mut(p * block.len);
                problem.design.expand(&view, x);
                let roots = &mut working.working_weights;
                roots.iter_mut().for_each(|w| *w = w.sqrt());
                for column in x.chunks_exact_mut(block.len) {
                    column.iter_mut().zip(&*roots).for_each(|(x, root)| *x *= root);
                }
                for (i, r) in r.iter_mut().enumerate() {
                    *r = if roots[i] > 0.0 { working.weighted_residuals[i] / roots[i] } else { 0.0 };
                }
                if let Some(qr) = &mut sums.qr {
                    qr.push(&scratch.weighted, block.len);
                }
            }
        }
        sums.scratch = scratch;
    }

    /// A variance of 0 or NaN is an error only where the means are valid: elsewhere the solver steps back.
    fn checked(&self, sums: Sums) -> Result<Sums> {
        match sums.bad_variance {
            Some(value) if sums.valid && sums.deviance.is_finite() => Err(Error::Variance { value }),
            _ => Ok(sums),
        }
    }
}

fn value_of(sums: &Sums) -> Value {
    Value { deviance: sums.deviance, valid: sums.valid }
}

impl Objective for GlmObjective<'_> {
    fn dim(&self) -> usize {
        self.problem.design.cols()
    }

    fn value(&self, at: Point) -> Result<Value> {
        Ok(value_of(&self.pass(at, Depth::Value)?))
    }

    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        let sums = self.checked(self.pass(at, Depth::Score)?)?;
        Ok((value_of(&sums), self.problem.design.contract_vector(&sums.score)))
    }

    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        let sums = self.checked(self.pass(at, Depth::Information)?)?;
        let gram = sums.gram.as_ref().ok_or(Error::Start)?;
        Ok(Quadratic {
            value: value_of(&sums),
            informative: sums.informative,
            score: self.problem.design.contract_vector(&sums.score),
            information: self.problem.design.contract_gram(gram),
        })
    }

    fn has_constant_information(&self) -> bool {
        self.problem.family.family.has_constant_variance() && self.problem.link.is_identity()
    }

    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        let sums = self.checked(self.pass(at, Depth::Qr)?)?;
        sums.qr.ok_or(Error::Start)
    }

    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        self.diagonal(at)
    }

    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        self.product(at, v)
    }
}
