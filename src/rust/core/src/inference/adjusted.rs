//! Meats of clusters that are few: each cluster's residuals are adjusted for its leverage before they are summed.

use super::adjustment::{AdjustedCluster, Adjustment, Piece};
use super::basis::Basis;
use super::clusters::Clustering;
use super::influence::{correct, Weighted};
use super::members::Members;
use super::satterthwaite::{Moments, Wanted};
use super::score::ScoreRows;
use crate::design::{BlockScratch, RowBlock};
use crate::error::{Error, Result};
use crate::linalg::{add, Factor, Symmetric};
use crate::simd::range;
use crate::watch::Watch;
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that are worked on at a time.
const PIECE: usize = 256;
/// Working variances that differ by such a factor: its square takes digits of the decomposition of a matrix of the rows.
const DIFFERENT: f64 = 1e3;
/// Additions that a lane must have to do.
const LANE_WORK: usize = 4_000_000;
/// Numbers that all lanes may sum up together.
const LANES_SUMS: usize = 8 * 1024 * 1024;

pub struct AdjustedMeat {
    /// Shape: p × p.
    pub meat: Symmetric,
    /// Σ over the clusters of their adjusted scores. Shape: `[p]`.
    pub sum: Vec<f64>,
    /// Of what they are wanted for, if that is not too many coefficients.
    pub degrees_of_freedom: Option<Vec<f64>>,
    pub count: usize,
}

/// Σ u uᵀ, u the adjusted scores of the clusters; `variances` are the working variances of the rows, in units of any
/// size, where they differ. Rows are visited by clusters; for each lane the memory is r² numbers, and as many for each number of
/// degrees of freedom. Shape: variances `[n]`.
/// Errors: lengths that do not fit, [`Error::Interrupted`].
pub fn adjusted_meat(
    scores: &ScoreRows,
    variances: Option<&[f64]>,
    clustering: &Clustering,
    factor: &Factor,
    adjustment: Adjustment,
    wanted: Wanted,
    watch: &Watch,
) -> Result<AdjustedMeat> {
    scores.check()?;
    let n = scores.design.rows();
    if clustering.codes().len() != n || variances.is_some_and(|v| v.len() != n) {
        return Err(Error::Argument { arg: "cluster", message: format!("must have a value for each of the {n} rows") });
    }
    let root = root_of_inverse(scores, factor, watch)?;
    let kept = Mat::from_fn(root.ncols(), root.ncols(), |i, j| root[(factor.kept[i], j)]);
    let members = Members::new(clustering, scores.weights);
    let (r, p) = (root.ncols(), root.nrows());
    let wanted = wanted.in_coordinates_of(&kept)?;
    let visit = Visit { scores, variances, members: &members, root, wanted, adjustment, watch };
    let memory = r * r * (1 + visit.wanted.as_ref().map_or(0, Mat::nrows));
    let lanes = members.lanes(LANE_WORK / (r * r * 4).max(16), (LANES_SUMS / memory.max(1)).max(2));
    let sums: Vec<Result<Sums>> = lanes.into_par_iter().with_max_len(1).map(|clusters| visit.lane(clusters)).collect();
    let mut total = visit.no_sums();
    for sum in sums {
        total.merge(&sum?);
    }
    // from the coordinates of the root to those of the coefficients
    let back = kept.transpose().partial_piv_lu();
    let half = back.solve(&total.products);
    let meat = back.solve(half.transpose());
    let sum = back.solve(Mat::from_fn(r, 1, |i, _| total.score[i]));
    let mut out = AdjustedMeat {
        meat: Symmetric::zeros(p),
        sum: vec![0.0; p],
        degrees_of_freedom: total.moments.map(|moments| moments.degrees_of_freedom()),
        count: members.count(),
    };
    for (i, &a) in factor.kept.iter().enumerate() {
        out.sum[a] = sum[(i, 0)];
        (i..r).for_each(|j| *out.meat.at_mut(a, factor.kept[j]) = 0.5 * (meat[(i, j)] + meat[(j, i)]));
    }
    Ok(out)
}

/// A matrix whose product with its transpose is (XᵀWX)⁻¹. Shape: p × r.
fn root_of_inverse(scores: &ScoreRows, factor: &Factor, watch: &Watch) -> Result<Mat<f64>> {
    let design = scores.design;
    if factor.triangle().is_some() {
        let mut basis = Basis::new(design, factor);
        if factor.is_doubtful() {
            correct(&Weighted { design, weights: scores.weights, factor }, &mut basis, watch)?;
        }
        return Ok(basis.inverse().clone());
    }
    let inverse = factor.inverse();
    let r = inverse.size();
    let full = Mat::from_fn(r, r, |i, j| inverse.at(i, j));
    let lower = full.llt(Side::Lower).map_err(|_| Error::NotPositiveDefinite)?;
    let mut root = Mat::zeros(design.cols(), r);
    factor.kept.iter().enumerate().for_each(|(i, &column)| root.row_mut(column).copy_from(lower.L().row(i)));
    Ok(root)
}

struct Sums {
    /// Of adjusted scores, in the coordinates of the root. Shape: `[r]`.
    score: Vec<f64>,
    /// Of their products. Shape: r × r.
    products: Mat<f64>,
    moments: Option<Moments>,
}

impl Sums {
    fn add(&mut self, cluster: &AdjustedCluster, wanted: Option<&Mat<f64>>) {
        add(&mut self.score, &cluster.score);
        for (j, by) in cluster.score.iter().enumerate() {
            self.products.col_mut(j).iter_mut().zip(&cluster.score).for_each(|(a, b)| *a += by * b);
        }
        if let (Some(moments), Some(wanted)) = (&mut self.moments, wanted) {
            moments.add(wanted.as_ref(), cluster);
        }
    }

    fn merge(&mut self, other: &Sums) {
        add(&mut self.score, &other.score);
        self.products += &other.products;
        if let (Some(moments), Some(other)) = (&mut self.moments, &other.moments) {
            moments.merge(other);
        }
    }
}

/// What is the same for all clusters.
struct Visit<'a> {
    scores: &'a ScoreRows<'a>,
    variances: Option<&'a [f64]>,
    members: &'a Members,
    /// Shape: p × r.
    root: Mat<f64>,
    /// What degrees of freedom are wanted for, in the coordinates of the root. Shape: m × r.
    wanted: Option<Mat<f64>>,
    adjustment: Adjustment,
    watch: &'a Watch,
}

impl Visit<'_> {
    fn no_sums(&self) -> Sums {
        let r = self.root.ncols();
        let moments = self.wanted.as_ref().map(|wanted| Moments::new(wanted.nrows(), r));
        Sums { score: vec![0.0; r], products: Mat::zeros(r, r), moments }
    }

    fn lane(&self, clusters: Range<usize>) -> Result<Sums> {
        let r = self.root.ncols();
        let mut sums = self.no_sums();
        let mut memory = PieceMemory::new(r);
        for run in self.members.runs(clusters, PIECE) {
            if self.watch.is_stopped() {
                return Err(Error::Interrupted);
            }
            if self.members.rows(run.clone()).len() > PIECE {
                sums.add(&self.large(self.members.rows(run), &mut memory)?, self.wanted.as_ref());
                continue;
            }
            self.fill(self.members.rows(run.clone()), &mut memory);
            let mut first = 0;
            for cluster in run {
                let len = self.members.rows(cluster..cluster + 1).len();
                if len > 0 {
                    sums.add(&self.small(memory.piece(first, len))?, self.wanted.as_ref());
                }
                first += len;
            }
        }
        Ok(sums)
    }

    /// A cluster in one piece.
    fn small(&self, piece: Piece) -> Result<AdjustedCluster> {
        let r = self.root.ncols();
        let (least, largest) = range(piece.variances);
        // beyond, the decomposition of a matrix of the rows takes longer than sums of r × r
        let by_rows = match self.adjustment {
            Adjustment::Root if largest > DIFFERENT * least => 0,
            Adjustment::Root if largest > least => 2 * r + 8,
            _ => r,
        };
        let adjusted = if piece.variances.len() <= by_rows {
            self.adjustment.of_rows(piece)
        } else {
            self.adjustment.of_pieces(r, |take| take(piece))
        };
        adjusted.ok_or_else(no_eigenvalues)
    }

    fn large(&self, rows: &[u32], memory: &mut PieceMemory) -> Result<AdjustedCluster> {
        let adjusted = self.adjustment.of_pieces(self.root.ncols(), |take| {
            for rows in rows.chunks(PIECE) {
                if self.watch.is_stopped() {
                    return; // what comes of it is thrown away
                }
                self.fill(rows, memory);
                take(memory.piece(0, rows.len()));
            }
        });
        if self.watch.is_stopped() {
            return Err(Error::Interrupted);
        }
        adjusted.ok_or_else(no_eigenvalues)
    }

    /// The rows in the coordinates of the root.
    fn fill(&self, rows: &[u32], memory: &mut PieceMemory) {
        let (p, r) = (self.root.nrows(), self.root.ncols());
        let ScoreRows { design, weights, residuals } = self.scores;
        let PieceMemory { block, columns, rows: out, variances } = memory;
        columns.clear();
        columns.resize(p * rows.len(), 0.0);
        let mut first = 0;
        for run in rows.chunk_by(|a, b| a + 1 == *b) {
            let start = run[0] as usize;
            let view = design.view(RowBlock { start, len: run.len() }, block);
            design.for_each_in_tile(&view.whole(), |row, column, x| {
                columns[(first + row) * p + column] += weights[start + row].sqrt() * x;
            });
            first += run.len();
        }
        let columns = MatRef::from_column_major_slice(columns, p, rows.len());
        let mut filled = out.subcols_mut(0, rows.len());
        matmul(filled.as_mut().subrows_mut(0, r), Accum::Replace, self.root.transpose(), columns, 1.0, Par::Seq);
        variances.clear();
        for (j, &row) in rows.iter().enumerate() {
            filled[(r, j)] = weights[row as usize].sqrt() * residuals[row as usize];
            variances.push(self.variances.map_or(1.0, |v| v[row as usize]));
        }
    }
}

struct PieceMemory {
    block: BlockScratch,
    /// Shape: `[B × p]`, by rows.
    columns: Vec<f64>,
    /// Shape: (r + 1) × B.
    rows: Mat<f64>,
    variances: Vec<f64>,
}

impl PieceMemory {
    fn new(r: usize) -> Self {
        let rows = Mat::zeros(r + 1, PIECE);
        PieceMemory { block: BlockScratch::default(), columns: vec![], rows, variances: vec![] }
    }

    fn piece(&self, first: usize, len: usize) -> Piece<'_> {
        Piece { rows: self.rows.as_ref().subcols(first, len), variances: &self.variances[first..first + len] }
    }
}

fn no_eigenvalues() -> Error {
    Error::Solver { message: "the eigenvalues of a cluster's leverages were not found".into() }
}
