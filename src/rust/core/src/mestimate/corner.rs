//! From a point near the solution of a quantile regression to the solution itself, which goes through as many rows as there
//! are coefficients: steps of the simplex method from one such set of rows to the next. Source: Barrodale and Roberts (1973),
//! "An improved algorithm for discrete l1 linear approximation" (the step past several breakpoints).

use super::quantile::slope;
use super::regression::Regression;
use crate::design::{BlockScratch, RowBlock};
use crate::error::Result;
use crate::predict::linear_predictor;
use crate::resample::scattered;
use faer::linalg::solvers::{PartialPivLu, Solve};
use faer::Mat;

/// Rows that are looked at for each that is needed: those next in line may repeat one another.
const CANDIDATES: usize = 20;
/// A row of which others explain all but this part is one of them.
const REPEATS: f64 = 1e-7;
/// Exchanges of rows, for each coefficient: from a point near the solution few are needed.
const EXCHANGES: usize = 20;
/// By how much of their weights the rows' multipliers may leave their bounds.
const SLACK: f64 = 1e-9;
/// Ties are broken by differences of this part of a residual's size.
const TIE_BREAK: f64 = 1e-9;

/// The rows that a solution goes through, and its coefficients.
pub(super) struct Corner {
    pub rows: Vec<usize>,
    /// 0 where not kept. Shape: `[p]`.
    pub coefficients: Vec<f64>,
}

/// The search: a regression, its kept columns, and responses of which no r + 1 lie on one plane.
struct Search<'a> {
    regression: &'a Regression<'a>,
    kept: &'a [usize],
    tau: f64,
    untied: Vec<f64>,
}

/// A solution near the point with these residuals; `None` where it is not found, which rounding errors may cause.
pub(super) fn corner(
    regression: &Regression,
    kept: &[usize],
    tau: f64,
    response: &[f64],
    residuals: &[f64],
) -> Result<Option<Corner>> {
    let size = residuals.iter().map(|r| r.abs()).sum::<f64>() / residuals.len() as f64;
    let untie = |row: usize| TIE_BREAK * size * scattered(row);
    let untied: Vec<f64> = response.iter().enumerate().map(|(row, y)| y + untie(row)).collect();
    let search = Search { regression, kept, tau, untied };
    let Some(mut rows) = search.nearest_rows(residuals) else { return Ok(None) };
    for _ in 0..EXCHANGES * kept.len() + 100 {
        let columns: Vec<Vec<f64>> = rows.iter().map(|&row| search.row(row)).collect();
        let x = Mat::from_fn(rows.len(), kept.len(), |i, j| columns[i][j]).partial_piv_lu();
        let through = |y: &[f64]| search.spread(&x.solve(Mat::from_fn(rows.len(), 1, |i, _| y[rows[i]])));
        match search.exchange(&rows, &x, &through(&search.untied))? {
            Exchange::None => {
                let coefficients = through(response);
                let finite = coefficients.iter().all(|b| b.is_finite());
                return Ok(finite.then_some(Corner { rows, coefficients }));
            }
            Exchange::Row { leaves, enters } => rows[leaves] = enters,
            Exchange::Lost => return Ok(None),
        }
    }
    Ok(None)
}

enum Exchange {
    /// The rows are those of a solution.
    None,
    /// `leaves`: its place among the rows.
    Row {
        leaves: usize,
        enters: usize,
    },
    Lost,
}

impl Search<'_> {
    /// Independent rows of weight, nearest to the plane first.
    fn nearest_rows(&self, residuals: &[f64]) -> Option<Vec<usize>> {
        let r = self.kept.len();
        let mut order: Vec<usize> = (0..residuals.len()).filter(|&row| self.regression.weight(row) > 0.0).collect();
        let nearer = |a: &usize, b: &usize| residuals[*a].abs().total_cmp(&residuals[*b].abs()).then(a.cmp(b));
        let candidates = CANDIDATES * r + 100;
        if candidates < order.len() {
            order.select_nth_unstable_by(candidates, nearer);
            order.truncate(candidates);
        }
        order.sort_by(nearer);
        let (mut directions, mut chosen): (Vec<Vec<f64>>, Vec<usize>) = (vec![], vec![]);
        for row in order {
            let mut left = self.row(row);
            let whole = norm(&left);
            // twice, so that the first time's rounding errors go
            for direction in directions.iter().chain(&directions) {
                let part: f64 = left.iter().zip(direction).map(|(a, b)| a * b).sum();
                left.iter_mut().zip(direction).for_each(|(a, b)| *a -= part * b);
            }
            let size = norm(&left);
            if size > REPEATS * whole {
                directions.push(left.iter().map(|v| v / size).collect());
                chosen.push(row);
                if chosen.len() == r {
                    return Some(chosen);
                }
            }
        }
        None
    }

    /// Which row must go so that the sum of the losses falls, and which one stops the fall.
    fn exchange(&self, rows: &[usize], x: &PartialPivLu<f64>, beta: &[f64]) -> Result<Exchange> {
        let (regression, tau) = (self.regression, self.tau);
        let mut residuals = regression.residuals(&self.untied, beta)?;
        rows.iter().for_each(|&row| residuals[row] = 0.0);
        let scores: Vec<f64> =
            residuals.iter().enumerate().map(|(row, &r)| regression.weight(row) * slope(r, tau)).collect();
        let sums = regression.sums().times(&scores)?;
        let open = Mat::from_fn(rows.len(), 1, |i, _| -sums[self.kept[i]]);
        let multipliers = x.solve_transpose(&open);
        let beyond = |k: usize| {
            let m = multipliers[(k, 0)] / regression.weight(rows[k]);
            (m - tau).max(tau - 1.0 - m)
        };
        let Some(leaves) = (0..rows.len()).max_by(|&a, &b| beyond(a).total_cmp(&beyond(b))) else {
            return Ok(Exchange::Lost);
        };
        if beyond(leaves) <= SLACK {
            return Ok(Exchange::None);
        }
        // the plane turns about the other rows, to the side on which the leaving row's loss grows more slowly than the rest falls
        let side = if multipliers[(leaves, 0)] > 0.0 { -1.0 } else { 1.0 };
        let unit = Mat::from_fn(rows.len(), 1, |i, _| if i == leaves { side } else { 0.0 });
        let turn = self.spread(&x.solve(&unit));
        let mut change = vec![0.0; residuals.len()];
        linear_predictor(regression.design, &turn, None, &mut change, regression.watch)?;
        let mut fall = -beyond(leaves) * regression.weight(rows[leaves]);
        let mut ahead: Vec<(f64, usize)> = (0..residuals.len())
            .filter(|&row| regression.weight(row) > 0.0 && residuals[row] * change[row] > 0.0)
            .map(|row| (residuals[row] / change[row], row))
            .collect();
        ahead.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, row) in ahead {
            fall += regression.weight(row) * change[row].abs();
            if fall >= 0.0 {
                return Ok(Exchange::Row { leaves, enters: row });
            }
        }
        Ok(Exchange::Lost)
    }

    /// The kept columns of a row.
    fn row(&self, row: usize) -> Vec<f64> {
        let design = self.regression.design;
        let mut x = vec![0.0; design.cols()];
        let mut scratch = BlockScratch::default();
        let view = design.view(RowBlock { start: row, len: 1 }, &mut scratch);
        design.for_each_in_row(&view, 0, |j, value| x[j] += value);
        self.kept.iter().map(|&j| x[j]).collect()
    }

    /// Coefficients of the kept columns as those of all.
    fn spread(&self, kept: &Mat<f64>) -> Vec<f64> {
        let mut beta = vec![0.0; self.regression.design.cols()];
        self.kept.iter().enumerate().for_each(|(i, &j)| beta[j] = kept[(i, 0)]);
        beta
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}
