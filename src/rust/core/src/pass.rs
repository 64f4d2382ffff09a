//! One sweep over the rows: threads, block bounds, and a merge in fixed order.
//!
//! The rows are cut into *lanes*, runs of whole blocks whose bounds depend on the number of rows and on the size of an
//! accumulator alone. A lane is worked through by one thread, the lanes' accumulators are merged in the order of the
//! lanes: so the number of threads never changes a digit. The pass runs in the caller's thread pool.

use crate::design::RowBlock;
use crate::error::{Error, Result};
use crate::lanes::in_lanes;
use crate::room::check_room;
use crate::simd::TILE_ROWS;
use crate::watch::Watch;
use std::sync::{Mutex, PoisonError};

/// Bytes of columns that a block should hold at most: a share of a level-2 cache.
const BLOCK_BYTES: usize = 512 * 1024;
/// In whole tiles: a short one takes longer for each of its rows.
const BLOCK_ROWS: std::ops::RangeInclusive<usize> = 2 * TILE_ROWS..=1024;
/// Fewer rows are not worth a thread: what a lane must have to do, in additions, and in rows whatever they cost.
const LANE_WORK: usize = 4_000_000;
const LANE_ROWS: std::ops::RangeInclusive<usize> = 512..=2048;
/// Additions that a lane must have to do for each number of its accumulator, which costs memory and is merged.
const WORK_PER_SUM: usize = 20;
/// More lanes than threads even out what other programs take from the machine.
const MAX_LANES: usize = 64;
/// All lanes' accumulators together; two lanes may exceed it, up to the second bound.
const LANES_BYTES: usize = 32 * 1024 * 1024;
const TWO_LANES_BYTES: usize = 256 * 1024 * 1024;

/// How the rows are cut.
#[derive(Debug, Clone)]
pub struct Plan {
    rows: usize,
    block: usize,
    lanes: usize,
    /// Only every so many blocks are visited: 1 for all.
    every: usize,
    /// Doubles that a lane adds up.
    accumulator: usize,
}

impl Plan {
    /// `cols`: doubles per row that a block works on; `accumulator`: doubles that a lane adds up; `work`: additions per row.
    pub fn new(rows: usize, cols: usize, accumulator: usize, work: usize) -> Self {
        let (least, most) = (*BLOCK_ROWS.start(), *BLOCK_ROWS.end());
        let block = (BLOCK_BYTES / (8 * cols.max(1))).clamp(least, most) / least * least;
        let (accumulator, work) = (accumulator.max(1), work.max(1));
        let worthwhile = rows / (LANE_WORK / work).clamp(*LANE_ROWS.start(), *LANE_ROWS.end());
        let merged = rows.saturating_mul(work) / accumulator.saturating_mul(WORK_PER_SUM);
        let fit = (LANES_BYTES / (8 * accumulator)).max(if 16 * accumulator <= TWO_LANES_BYTES { 2 } else { 1 });
        let lanes = worthwhile.min(merged).min(fit).clamp(1, MAX_LANES);
        // an odd number would leave one of two threads without work at the end
        let lanes = if lanes > 1 { lanes & !1 } else { 1 };
        Plan { rows, block, lanes, every: 1, accumulator }
    }

    /// Without other lanes, for a pass that shares its work out in another way.
    pub fn in_one_lane(rows: usize, cols: usize) -> Self {
        Plan { lanes: 1, ..Plan::new(rows, cols, 1, 1) }
    }

    /// A pass over every `every`-th block only: a sample of the rows, spread over all of them.
    pub fn sample(&self, every: usize) -> Self {
        // with fewer rows to go round, a lane has more of them
        let lanes = if self.lanes > 1 { (self.lanes / every).max(2) & !1 } else { 1 };
        Plan { every, lanes, ..self.clone() }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that are visited.
    pub fn visited(&self) -> usize {
        (0..self.lanes).flat_map(|lane| self.blocks(lane)).map(|block| block.len).sum()
    }

    /// The blocks of a lane that are visited.
    fn blocks(&self, lane: usize) -> impl Iterator<Item = RowBlock> + '_ {
        let rows = self.lane_rows(lane);
        let starts = rows.clone().step_by(self.block).filter(|start| (start / self.block).is_multiple_of(self.every));
        starts.map(move |start| RowBlock { start, len: self.block.min(rows.end - start) })
    }

    /// The most rows that a block has.
    pub fn block_rows(&self) -> usize {
        self.block.min(self.rows)
    }

    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Rows of a lane: whole blocks, but for the last.
    pub fn lane_rows(&self, lane: usize) -> std::ops::Range<usize> {
        let blocks = self.rows.div_ceil(self.block);
        let bound = |lane: usize| (lane * blocks / self.lanes * self.block).min(self.rows);
        bound(lane)..bound(lane + 1)
    }

    /// Cut a vector of n entries into the lanes' parts.
    pub fn split<'v, T>(&self, mut v: &'v mut [T]) -> Vec<&'v mut [T]> {
        let mut parts = Vec::with_capacity(self.lanes);
        for lane in 0..self.lanes {
            let (part, rest) = std::mem::take(&mut v).split_at_mut(self.lane_rows(lane).len());
            parts.push(part);
            v = rest;
        }
        parts
    }

    /// Cut a matrix of n rows, by columns, into the lanes' parts of its columns, each with the lane's first row.
    pub fn split_columns<'v, T>(&self, matrix: &'v mut [T]) -> Vec<(usize, Vec<&'v mut [T]>)> {
        let mut parts: Vec<_> = (0..self.lanes).map(|lane| (self.lane_rows(lane).start, vec![])).collect();
        for column in matrix.chunks_exact_mut(self.rows.max(1)) {
            parts.iter_mut().zip(self.split(column)).for_each(|(lane, part)| lane.1.push(part));
        }
        parts
    }
}

/// Memory that nobody works with just now.
pub struct Idle<S>(Mutex<Vec<S>>);

impl<S> Default for Idle<S> {
    fn default() -> Self {
        Idle(Mutex::default())
    }
}

impl<S> Idle<S> {
    pub fn take(&self) -> Option<S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub fn leave(&self, memory: S) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}

/// Run `body` on every block that the plan visits. `own` gives each lane something of its own (output slices), `new` an
/// accumulator, `scratch` memory that is kept from block to block, and from lane to lane of a thread.
/// Returns the lanes' accumulators merged in their order.
/// Errors: [`Error::Interrupted`] soon after `watch` is stopped; [`Error::Memory`] where there is none for the accumulators.
pub fn sweep<A, O, S>(
    plan: &Plan,
    watch: &Watch,
    own: Vec<O>,
    new: impl Fn() -> A + Sync,
    scratch: impl Fn() -> S + Sync,
    body: impl Fn(&mut A, &mut O, &mut S, RowBlock) + Sync,
    mut merge: impl FnMut(&mut A, A),
) -> Result<A>
where
    A: Send,
    O: Send,
    S: Send,
{
    check_room(plan.lanes.saturating_mul(plan.accumulator))?;
    let blocks = plan.rows.div_ceil(plan.block * plan.every);
    let idle = Idle::default();
    let run = |lane: usize, mut own: O| -> Result<A> {
        let (mut sum, mut scratch) = (new(), idle.take().unwrap_or_else(&scratch));
        for block in plan.blocks(lane) {
            if watch.is_stopped() {
                return Err(Error::Interrupted);
            }
            body(&mut sum, &mut own, &mut scratch, block);
            watch.block_done(blocks);
        }
        idle.leave(scratch);
        Ok(sum)
    };
    debug_assert_eq!(own.len(), plan.lanes);
    let mut sums = in_lanes(own, run).into_iter();
    let mut total = sums.next().unwrap_or_else(|| Ok(new()))?;
    for sum in sums {
        merge(&mut total, sum?);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Pool;

    #[test]
    fn every_row_once_in_order() {
        for rows in [0, 1, 63, 64, 100_000, 1_000_001] {
            for cols in [1, 20, 3000] {
                let plan = Plan::new(rows, cols, cols * cols, cols * cols);
                let mut next = 0;
                for lane in 0..plan.lanes() {
                    let r = plan.lane_rows(lane);
                    assert_eq!(r.start, next);
                    next = r.end;
                }
                assert_eq!(next, rows);
                let mut v = vec![0u8; rows];
                assert_eq!(plan.split(&mut v).iter().map(|p| p.len()).sum::<usize>(), rows);
            }
        }
    }

    #[test]
    fn a_sample_is_some_of_the_blocks() {
        let plan = Plan::new(1_000_001, 20, 400, 400);
        let blocks = |plan: &Plan| -> Vec<RowBlock> {
            (0..plan.lanes()).flat_map(|lane| plan.blocks(lane).collect::<Vec<_>>()).collect()
        };
        let sample = plan.sample(7);
        let (all, some) = (blocks(&plan), blocks(&sample));
        assert_eq!(some, all.iter().copied().step_by(7).collect::<Vec<_>>());
        assert_eq!(sample.visited(), some.iter().map(|b| b.len).sum());
        assert_eq!(plan.visited(), plan.rows());
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let plan = Plan::new(300_000, 4, 16, 16);
        let sum = || {
            sweep(
                &plan,
                &Watch::default(),
                vec![(); plan.lanes()],
                || 0.0f64,
                || (),
                |a, _, _, b| *a += b.range().map(|i| (i as f64).sin()).sum::<f64>(),
                |a, b| *a += b,
            )
            .unwrap()
        };
        let one = Pool::new(1).unwrap().install(sum);
        for threads in [2, 3, 7] {
            assert_eq!(one.to_bits(), Pool::new(threads).unwrap().install(sum).to_bits());
        }
    }

    #[test]
    fn a_watch_tells_how_far() {
        let watch = Watch::default();
        for plan in [Plan::new(300_000, 4, 16, 16), Plan::new(300_000, 4, 16, 16).sample(7)] {
            let before = watch.passes();
            sweep(&plan, &watch, vec![(); plan.lanes()], || (), || (), |_, _, _, _| {}, |_, _| {}).unwrap();
            assert!((watch.passes() - before - 1.0).abs() < 0.05, "{}", watch.passes() - before);
        }
    }

    #[test]
    fn cancelling_is_an_error() {
        let plan = Plan::new(10, 1, 1, 1);
        let watch = Watch::default();
        watch.stop();
        let r = sweep(&plan, &watch, vec![()], || (), || (), |_, _, _, _| {}, |_, _| {});
        assert!(matches!(r, Err(Error::Interrupted)));
    }
}
