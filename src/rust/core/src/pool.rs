//! The threads of one call.

use crate::error::{Error, Result};
use rayon::{yield_now, Yield};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// A sweep over some thousand rows is over before a sleeping thread is awake: so many times a thread looks in vain for work,
/// some milliseconds, before it sleeps.
const LOOKS: usize = 8192;

/// A pool for one call. A shared one would hang for ever in a forked child.
pub struct Pool {
    threads: rayon::ThreadPool,
    ended: Arc<AtomicBool>,
}

impl Pool {
    /// Errors: [`Error::Solver`] where the system gives no threads.
    pub fn new(threads: usize) -> Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let seen = ended.clone();
        let stay_awake = move |_| {
            let mut left = if threads > 1 { LOOKS } else { 0 };
            while left > 0 && !seen.load(Ordering::Relaxed) {
                if yield_now() == Some(Yield::Executed) {
                    left = LOOKS;
                } else {
                    left -= 1;
                    std::thread::yield_now();
                }
            }
        };
        // work that a thread takes up from here is never within other work, which would have to wait for it
        let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).start_handler(stay_awake).build();
        let threads = threads.map_err(|e| Error::Solver { message: format!("no threads to be had: {e}") })?;
        Ok(Pool { threads, ended })
    }
}

impl Deref for Pool {
    type Target = rayon::ThreadPool;

    fn deref(&self) -> &rayon::ThreadPool {
        &self.threads
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    fn sum(to: usize) -> usize {
        // jobs that wait for jobs of their own, which other threads take up
        (0..to).into_par_iter().with_max_len(1).map(|i| (0..i).into_par_iter().with_max_len(1).sum::<usize>()).sum()
    }

    #[test]
    fn work_is_done_while_threads_are_awake_and_after() {
        for threads in [1, 2, 5] {
            let pool = Pool::new(threads).unwrap();
            for pause in [0, 0, 0, 100] {
                std::thread::sleep(std::time::Duration::from_millis(pause));
                assert_eq!(pool.install(|| sum(40)), 40 * 39 * 38 / 6);
            }
        }
    }

    #[test]
    fn its_threads_end_with_it() {
        let pool = Pool::new(3).unwrap();
        pool.install(|| sum(9));
        let ended = pool.ended.clone();
        drop(pool);
        let mut looks = 0;
        while Arc::strong_count(&ended) > 1 {
            assert!(looks < 10_000, "threads are left over");
            looks += 1;
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}
