//! How many threads a call may use, and those that it leaves for the next: to start them takes longer than a fit of some thousand
//! rows.

use glmrs_core::pool::Pool;
use std::ops::Deref;
use std::sync::Mutex;

/// The most threads that the environment allows: OpenMP's limit, and the two of package checks. Others write there, too: what is
/// no number is none.
pub fn thread_limit() -> Option<usize> {
    let said = |name| std::env::var(name).ok().filter(|said| !said.is_empty());
    let openmp = said("OMP_THREAD_LIMIT").and_then(|said| said.trim().parse::<f64>().ok());
    let checks = said("_R_CHECK_LIMIT_CORES_").filter(|said| !said.eq_ignore_ascii_case("false")).map(|_| 2.0);
    let limits = [openmp, checks].into_iter().flatten().filter(|&limit| limit >= 1.0);
    limits.map(|limit| limit as usize).min()
}

static KEPT: Mutex<Option<KeptPool>> = Mutex::new(None);

/// A pool, and the process whose it is.
pub struct KeptPool {
    pool: Pool,
    process: u32,
}

impl KeptPool {
    /// The pool of the last call if it has as many threads and is free, or a new one.
    pub fn take(threads: usize) -> glmrs_core::Result<Self> {
        match take() {
            Some(kept) if kept.current_num_threads() == threads => Ok(kept),
            _ => Ok(KeptPool { pool: Pool::new(threads)?, process: std::process::id() }),
        }
    }

    /// Leave it for the next call.
    pub fn keep(self) {
        if let Ok(mut kept) = KEPT.try_lock() {
            *kept = Some(self);
        }
    }
}

impl Deref for KeptPool {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}

/// What is kept, if it is of this process: in a forked child the threads are gone, and what they held cannot be given back. A
/// call within another, from a function of R that this one calls, finds nothing.
fn take() -> Option<KeptPool> {
    let kept = KEPT.try_lock().ok()?.take()?;
    if kept.process == std::process::id() {
        return Some(kept);
    }
    std::mem::forget(kept);
    None
}

/// Called when R unloads the library, whose code the threads are in.
#[no_mangle]
pub extern "C" fn glmrs_on_unload() {
    drop(take());
}
