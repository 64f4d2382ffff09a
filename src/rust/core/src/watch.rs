//! What a caller and the passes that it waits for tell each other: that it is enough, how far they are, and what the
//! iterations found.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Parts of a pass that are counted.
const PARTS: usize = 1 << 20;

/// Looked at by all threads of a call.
#[derive(Debug, Default)]
pub struct Watch {
    stopped: AtomicBool,
    /// Of all passes so far, in parts of one.
    done: AtomicUsize,
    /// The deviances of the iterations that nobody has asked for yet.
    deviances: Mutex<Vec<f64>>,
}

impl Watch {
    /// Ask the passes to end soon, with [`crate::Error::Interrupted`].
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// One of `blocks` blocks of a pass is done.
    pub(crate) fn block_done(&self, blocks: usize) {
        self.done.fetch_add(PARTS / blocks.max(1), Ordering::Relaxed);
    }

    /// How many passes over the data, or parts of them, are done.
    pub fn passes(&self) -> f64 {
        self.done.load(Ordering::Relaxed) as f64 / PARTS as f64
    }

    /// An iteration has ended with this deviance.
    pub fn iterated(&self, deviance: f64) {
        self.deviances.lock().unwrap_or_else(PoisonError::into_inner).push(deviance);
    }

    /// The deviances of the iterations since the last call.
    pub fn new_deviances(&self) -> Vec<f64> {
        std::mem::take(&mut self.deviances.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
