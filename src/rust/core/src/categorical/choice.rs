//! Choices among alternatives that have covariates of their own, and of which each case has some: conditional logit
//! (McFadden, 1974, "Conditional logit analysis of qualitative choice behavior"). A row is an alternative of a case.

use super::{check_start, check_vectors};
use crate::control::Control;
use crate::design::{BlockScratch, Centred, Design, RowBlock};
use crate::error::{Error, Result};
use crate::linalg::{add, cholesky_scaled, Symmetric};
use crate::pass::{sweep, Plan};
use crate::profile::{LikelihoodProfile, Limits};
use crate::simd::{add_dots, Columns};
use crate::solver::{maximise, Curvature, Likelihood, Look, Maximum};
use crate::watch::Watch;
use std::ops::Range;

/// Least squared share of a column that the columns before it, and what is the same for all alternatives of a case, must leave
/// of it.
const NO_PART: f64 = 1e-13;

/// The data, borrowed.
pub struct ChoiceModel<'a> {
    /// Its first column is an intercept, which is aliased.
    pub design: &'a Design<'a>,
    /// The first row of each case, and the number of rows: rows of a case are beside each other.
    pub starts: &'a [usize],
    /// How often each alternative was chosen, times the weight of the case. Shape: `[n]`.
    pub chosen: &'a [f64],
    /// Shape: `[n]`.
    pub offset: Option<&'a [f64]>,
}

impl ChoiceModel<'_> {
    fn check(&self) -> Result<()> {
        let n = self.design.rows();
        check_vectors(self.design, &[("y", Some(self.chosen), n), ("offset", self.offset, n)])?;
        let rises = self.starts.windows(2).all(|pair| pair[0] < pair[1]);
        if !rises || self.starts.first() != Some(&0) || self.starts.last() != Some(&n) {
            return Err(Error::Argument { arg: "starts", message: "must be those of the cases".into() });
        }
        match self.chosen.iter().position(|&y| y < 0.0) {
            Some(row) => {
                let rule = "choices must not be negative";
                Err(Error::Response { rule, row, value: self.chosen[row] })
            }
            None => Ok(()),
        }
    }

    /// The cases that begin in a block.
    fn cases(&self, block: RowBlock) -> Range<usize> {
        let first = |row: usize| self.starts[..self.starts.len() - 1].partition_point(|&start| start < row);
        first(block.start)..first(block.start + block.len)
    }
}

/// Maximise the likelihood, from `start` or from equal probabilities. Columns that are the same for all alternatives of each
/// case are aliased. Shape: start `[p]`.
/// Errors: of the data, and those of [`maximise`].
pub fn fit_choice(model: &ChoiceModel, start: Option<&[f64]>, control: &Control, watch: &Watch) -> Result<Maximum> {
    model.check()?;
    let p = model.design.cols();
    let mut start = start.map_or_else(|| vec![0.0; p], <[f64]>::to_vec);
    check_start(&start, p)?;
    let aliased = aliased_choice_columns(&ChoiceModel { design: &model.design.centred(&[]).design, ..*model }, watch)?;
    // a constant makes no difference to the alternatives, whether the intercept is aliased or not
    let lost: Vec<usize> = aliased.iter().copied().filter(|&j| j != 0).collect();
    let Centred { design, shear } = model.design.centred(&lost);
    shear.inverse().apply(&mut start);
    let centred = ChoiceModel { design: &design, ..*model };
    let found = maximise(&ChoiceLikelihood::new(&centred, watch), start, &aliased, control);
    Ok(found.map_err(|error| design.blamed(error))?.sheared(&shear))
}

fn aliased_choice_columns(model: &ChoiceModel, watch: &Watch) -> Result<Vec<usize>> {
    let equal = ChoiceLikelihood::new(model, watch).pass(&vec![0.0; model.design.cols()], true)?;
    let norms: Vec<f64> = equal.squares.iter().map(|s| s.sqrt()).collect();
    Ok(cholesky_scaled(&equal.information, &norms, &[], NO_PART).factor.aliased)
}

/// Limits of parameters by the profile of the likelihood.
/// Errors: as [`fit_choice`].
pub fn profile_choice(model: &ChoiceModel, profile: &LikelihoodProfile, watch: &Watch) -> Result<Vec<Limits>> {
    model.check()?;
    profile.limits(&ChoiceLikelihood::new(model, watch))
}

pub(super) struct ChoiceLikelihood<'a> {
    model: &'a ChoiceModel<'a>,
    plan: Plan,
    watch: &'a Watch,
}

/// One lane's sums.
struct Sums {
    log_likelihood: f64,
    score: Vec<f64>,
    information: Symmetric,
    /// Of the columns as they are, with the weights of the information. Shape: `[p]`.
    squares: Vec<f64>,
}

#[derive(Default)]
struct Scratch {
    block: BlockScratch,
    eta: Vec<f64>,
    /// Choices less their expectation, and the expectation. Shape: `[B]`.
    residuals: Vec<f64>,
    expected: Vec<f64>,
    /// The model matrix, less the means of the cases. Shape: p × B.
    columns: Vec<f64>,
    product: Vec<f64>,
}

impl<'a> ChoiceLikelihood<'a> {
    pub fn new(model: &'a ChoiceModel<'a>, watch: &'a Watch) -> Self {
        let p = model.design.cols();
        let plan = Plan::new(model.design.rows(), model.design.block_cols() + p + 4, p * (p + 2), p * p);
        ChoiceLikelihood { model, plan, watch }
    }

    fn pass(&self, beta: &[f64], with_information: bool) -> Result<Sums> {
        let (model, design) = (self.model, self.model.design);
        let raw = design.raw_coefficients(beta);
        let p = if with_information { design.cols() } else { 0 };
        let new = || Sums {
            log_likelihood: 0.0,
            score: vec![0.0; p],
            information: Symmetric::zeros(p),
            squares: vec![0.0; p],
        };
        sweep(
            &self.plan,
            self.watch,
            vec![(); self.plan.lanes()],
            new,
            Scratch::default,
            |sums, (), scratch, block| {
                let cases = &model.starts[model.cases(block).start..=model.cases(block).end];
                let (start, len) = (cases[0], cases[cases.len() - 1] - cases[0]);
                if len == 0 {
                    return;
                }
                let Scratch { block: memory, eta, residuals, expected, columns, product } = scratch;
                let view = design.view(RowBlock { start, len }, memory);
                let tile = view.whole();
                eta.clear();
                match model.offset {
                    Some(offset) => eta.extend_from_slice(&offset[start..start + len]),
                    None => eta.resize(len, 0.0),
                }
                tile.add_xb(&raw, eta);
                [&mut *residuals, expected, product].into_iter().for_each(|v| v.resize(len, 0.0));
                for case in cases.windows(2) {
                    let rows = case[0] - start..case[1] - start;
                    let chosen = &model.chosen[case[0]..case[1]];
                    sums.log_likelihood +=
                        of_case(chosen, &eta[rows.clone()], &mut residuals[rows.clone()], &mut expected[rows]);
                }
                if p == 0 {
                    return;
                }
                columns.resize(p * len, 0.0);
                design.expand(&tile, columns);
                for (column, square) in columns.chunks_exact_mut(len).zip(&mut sums.squares) {
                    *square += column.iter().zip(&*expected).map(|(x, w)| w * x * x).sum::<f64>();
                    for case in cases.windows(2) {
                        let rows = case[0] - start..case[1] - start;
                        centre(&mut column[rows.clone()], &expected[rows]);
                    }
                }
                let columns: Vec<&[f64]> = columns.chunks_exact(len).collect();
                add_dots(Columns::new(&columns, 0, len), residuals, &mut sums.score);
                for (j, x) in columns.iter().enumerate() {
                    product.iter_mut().zip(*x).zip(&*expected).for_each(|((out, x), w)| *out = x * w);
                    add_dots(Columns::new(&columns[j..], 0, len), product, sums.information.upper_row_mut(j));
                }
            },
            Sums::merge,
        )
    }
}

/// The log-likelihood of a case; its residuals and expected choices.
fn of_case(chosen: &[f64], eta: &[f64], residuals: &mut [f64], expected: &mut [f64]) -> f64 {
    let total: f64 = chosen.iter().sum();
    if total == 0.0 {
        residuals.fill(0.0);
        expected.fill(0.0);
        return 0.0;
    }
    let largest = eta.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    expected.iter_mut().zip(eta).for_each(|(e, eta)| *e = (eta - largest).exp());
    let sum: f64 = expected.iter().sum();
    expected.iter_mut().for_each(|e| *e *= total / sum);
    residuals.iter_mut().zip(chosen).zip(&*expected).for_each(|((r, y), e)| *r = y - e);
    let linear = chosen.iter().zip(eta).filter(|(y, _)| **y > 0.0).map(|(y, eta)| y * (eta - largest));
    linear.sum::<f64>() - total * sum.ln()
}

/// Take the mean of `x` away, weighted by `w`.
fn centre(x: &mut [f64], w: &[f64]) {
    let total: f64 = w.iter().sum();
    if total > 0.0 {
        // about the first, so that what does not vary is zero and not a rounding error
        let first = x[0];
        let mean = x.iter().zip(w).map(|(x, w)| w * (x - first)).sum::<f64>() / total;
        x.iter_mut().for_each(|x| *x = (*x - first) - mean);
    }
}

impl Sums {
    fn merge(&mut self, lane: Sums) {
        self.log_likelihood += lane.log_likelihood;
        add(&mut self.score, &lane.score);
        add(&mut self.squares, &lane.squares);
        self.information.add_scaled(1.0, &lane.information);
    }
}

impl Likelihood for ChoiceLikelihood<'_> {
    fn log_likelihood(&self, beta: &[f64]) -> Result<f64> {
        Ok(self.pass(beta, false)?.log_likelihood)
    }

    /// The observed information, which is the expected one, too.
    fn look(&self, beta: &[f64], _: Curvature) -> Result<Look> {
        let Sums { log_likelihood, score, information, .. } = self.pass(beta, true)?;
        Ok(Look { log_likelihood, score, information })
    }
}
