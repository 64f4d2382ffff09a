//! What a caller and the passes that it waits for tell each other: that it is enough, and how far they are.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Parts of a pass that are counted.
const PARTS: usize = 1 << 20;

/// Looked at by all threads of a call.
#[derive(Debug, Default)]
pub struct Watch {
    stopped: AtomicBool,
    /// Of all passes so far, in parts of one.
    done: AtomicUsize,
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
}
