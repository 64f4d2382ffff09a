//! What a pass adds up: values, score, information, QR factor.

use crate::design::{BlockScratch, Design, GramScratch, RawGram};
use crate::linalg::{add, RowsQr};
use crate::pass::Idle;
use crate::working::{BlockFacts, Working};
use std::ops::{Deref, DerefMut};

/// How much of the second-order model a pass is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    Value,
    Score,
    Information,
    /// The QR factor in place of score and information.
    Qr,
}

/// One lane's sums.
pub struct Sums {
    pub deviance: f64,
    pub valid: bool,
    pub informative: bool,
    pub bad_variance: Option<f64>,
    /// In level space.
    pub score: Vec<f64>,
    pub gram: Option<RawGram>,
    pub qr: Option<RowsQr>,
}

/// One lane's scratch memory.
#[derive(Default)]
pub struct Scratch {
    pub block: BlockScratch,
    pub tile: TileScratch,
}

/// What is made of the rows of a tile.
#[derive(Default)]
pub struct TileScratch {
    pub working: Working,
    pub products: GramScratch,
    /// Rows of the model matrix.
    pub rows: Vec<f64>,
}

/// Scratch memory that one pass leaves for the next: to find it anew takes a small fit longer than its sums.
#[derive(Default)]
pub struct ScratchPool(Idle<Scratch>);

impl ScratchPool {
    pub fn lend(&self) -> LentScratch<'_> {
        LentScratch { pool: self, scratch: self.0.take().unwrap_or_default() }
    }
}

/// Goes back to its pool when it is dropped.
pub struct LentScratch<'p> {
    pool: &'p ScratchPool,
    scratch: Scratch,
}

impl Deref for LentScratch<'_> {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.scratch
    }
}

impl DerefMut for LentScratch<'_> {
    fn deref_mut(&mut self) -> &mut Scratch {
        &mut self.scratch
    }
}

impl Drop for LentScratch<'_> {
    fn drop(&mut self) {
        self.pool.0.leave(std::mem::take(&mut self.scratch));
    }
}

impl Sums {
    pub fn new(depth: Depth, design: &Design) -> Self {
        let raw_cols = design.raw_cols();
        Sums {
            deviance: 0.0,
            valid: true,
            informative: false,
            bad_variance: None,
            score: vec![0.0; if matches!(depth, Depth::Score | Depth::Information) { raw_cols } else { 0 }],
            gram: (depth == Depth::Information).then(|| design.empty_gram()),
            qr: (depth == Depth::Qr).then(|| RowsQr::new(design.cols())),
        }
    }

    pub fn add_facts(&mut self, facts: BlockFacts) {
        self.informative |= facts.informative;
        self.bad_variance = self.bad_variance.or(facts.bad_variance);
    }

    pub fn merge(&mut self, other: Sums) {
        self.deviance += other.deviance;
        self.valid &= other.valid;
        self.informative |= other.informative;
        self.bad_variance = self.bad_variance.or(other.bad_variance);
        add(&mut self.score, &other.score);
        if let (Some(a), Some(b)) = (&mut self.gram, other.gram) {
            a.add(b);
        }
        if let (Some(a), Some(b)) = (&mut self.qr, &other.qr) {
            a.merge(b);
        }
    }
}
