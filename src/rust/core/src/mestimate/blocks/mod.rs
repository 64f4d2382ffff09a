//! Estimating equations that the core knows, in blocks that are solved together.
//!
//! No block looks at the parameters of another: what ties them is the joint covariance of what they estimate.

mod model;
mod resampled;
mod variable;

pub use model::Model;
pub use resampled::resampled_stack;
pub use variable::{Parameter, Variable};

use super::Equations;
use crate::accumulate::Scratch;
use crate::design::RowBlock;
use crate::error::Result;
use crate::linalg::add;
use crate::pass::{sweep, Plan};
use crate::simd::sum;
use crate::watch::Watch;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use std::cell::RefCell;

/// Estimating functions of a row, as many as they have parameters.
pub trait Block: Sync {
    /// n.
    fn rows(&self) -> usize;
    /// q.
    fn dim(&self) -> usize;
    /// Doubles that are worked on for each row.
    fn row_size(&self) -> usize;
    /// The parameters as [`Block::fill`] takes them.
    fn placed(&self, theta: &[f64]) -> Vec<f64> {
        theta.to_vec()
    }
    /// The functions of some rows, times `counts`, and their derivatives, added up over the rows: function i by parameter j
    /// at i + j·q. Shapes: counts `[B]`, psi B × q by columns, slopes q × q.
    fn fill(
        &self,
        placed: &[f64],
        rows: RowBlock,
        counts: &[f64],
        scratch: &mut Scratch,
        psi: &mut [f64],
        slopes: &mut [f64],
    );
}

/// Blocks about the same rows.
pub struct Stack<'a> {
    blocks: &'a [Box<dyn Block + 'a>],
    /// How much each row counts; `None`: once. Shape: `[n]`.
    counts: Option<&'a [f64]>,
    plan: Plan,
    watch: &'a Watch,
    /// What was last asked for: a search wants sums, products and derivatives at the same point.
    last: RefCell<Option<(Vec<f64>, Sums)>>,
}

/// What a pass adds up.
struct Sums {
    /// Shape: `[q]`.
    functions: Vec<f64>,
    /// Shape: q × q.
    products: Mat<f64>,
    /// Each block's own.
    slopes: Vec<Vec<f64>>,
}

/// Memory of a lane.
#[derive(Default)]
struct Memory {
    blocks: Vec<Scratch>,
    psi: Vec<f64>,
    ones: Vec<f64>,
}

impl<'a> Stack<'a> {
    pub fn new(blocks: &'a [Box<dyn Block + 'a>], counts: Option<&'a [f64]>, watch: &'a Watch) -> Self {
        let n = blocks.first().map_or(0, |block| block.rows());
        let q: usize = blocks.iter().map(|block| block.dim()).sum();
        let work: usize = blocks.iter().map(|block| block.dim() * block.dim()).sum();
        let size: usize = blocks.iter().map(|block| block.row_size()).sum();
        let plan = Plan::new(n, q + size, q * q, q * q + work);
        Stack { blocks, counts, plan, watch, last: RefCell::new(None) }
    }

    /// `what` of the sums at theta.
    fn look<T>(&self, theta: &[f64], what: impl Fn(&Sums) -> T) -> Result<T> {
        let mut last = self.last.borrow_mut();
        if let Some((_, sums)) = last.as_ref().filter(|(at, _)| at == theta) {
            return Ok(what(sums));
        }
        let sums = self.pass(theta)?;
        let found = what(&sums);
        *last = Some((theta.to_vec(), sums));
        Ok(found)
    }

    fn pass(&self, theta: &[f64]) -> Result<Sums> {
        let Stack { blocks, counts, plan, watch, .. } = self;
        let mut rest = theta;
        let placed = blocks.iter().map(|block| {
            let (own, others) = rest.split_at(block.dim());
            rest = others;
            block.placed(own)
        });
        let placed: Vec<Vec<f64>> = placed.collect();
        sweep(
            plan,
            watch,
            vec![(); plan.lanes()],
            || Sums::zeros(blocks),
            || Memory { blocks: blocks.iter().map(|_| Scratch::default()).collect(), ..Memory::default() },
            |sums, (), Memory { blocks: scratch, psi, ones }, rows| {
                psi.resize(sums.functions.len() * rows.len, 0.0);
                ones.resize(rows.len, 1.0);
                let counts = counts.map_or(&ones[..], |counts| &counts[rows.range()]);
                let mut rest = &mut psi[..];
                for (i, block) in blocks.iter().enumerate() {
                    let (own, others) = rest.split_at_mut(block.dim() * rows.len);
                    rest = others;
                    block.fill(&placed[i], rows, counts, &mut scratch[i], own, &mut sums.slopes[i]);
                }
                sums.add(psi, rows.len);
            },
            Sums::merge,
        )
    }
}

impl Sums {
    fn zeros(blocks: &[Box<dyn Block + '_>]) -> Self {
        let q = blocks.iter().map(|block| block.dim()).sum();
        let slopes = blocks.iter().map(|block| vec![0.0; block.dim() * block.dim()]).collect();
        Sums { functions: vec![0.0; q], products: Mat::zeros(q, q), slopes }
    }

    /// Shape: psi n × q by columns.
    fn add(&mut self, psi: &[f64], n: usize) {
        self.functions.iter_mut().zip(psi.chunks_exact(n)).for_each(|(total, column)| *total += sum(column));
        let psi = MatRef::from_column_major_slice(psi, n, self.functions.len());
        add_product(self.products.as_mut(), psi, psi);
    }

    fn merge(&mut self, other: Sums) {
        add(&mut self.functions, &other.functions);
        self.products += other.products;
        self.slopes.iter_mut().zip(&other.slopes).for_each(|(a, b)| add(a, b));
    }
}

/// sum += aᵀ·b.
fn add_product(sum: MatMut<f64>, a: MatRef<f64>, b: MatRef<f64>) {
    matmul(sum, Accum::Add, a.transpose(), b, 1.0, Par::Seq);
}

impl Equations for Stack<'_> {
    fn dim(&self) -> usize {
        self.blocks.iter().map(|block| block.dim()).sum()
    }

    fn rows(&self) -> usize {
        self.plan.rows()
    }

    fn sums(&self, theta: &[f64]) -> Result<Vec<f64>> {
        self.look(theta, |sums| sums.functions.clone())
    }

    fn products(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
        self.look(theta, |sums| Some(sums.products.clone()))
    }

    fn jacobian(&self, theta: &[f64]) -> Result<Option<Mat<f64>>> {
        self.look(theta, |sums| {
            let mut jacobian = Mat::zeros(self.dim(), self.dim());
            let mut place = 0;
            for (block, slopes) in self.blocks.iter().zip(&sums.slopes) {
                let q = block.dim();
                (0..q * q).for_each(|k| jacobian[(place + k % q, place + k / q)] = slopes[k]);
                place += q;
            }
            Some(jacobian)
        })
    }
}

#[cfg(test)]
mod tests;
