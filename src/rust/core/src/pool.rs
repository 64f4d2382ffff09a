//! The threads of a call.

use crate::error::{Error, Result};
use rayon::{yield_now, Yield};
use std::any::Any;
use std::ops::Deref;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver};

/// A sweep over some thousand rows is over before a sleeping thread is awake: so many times a thread looks in vain, some
/// milliseconds, before it sleeps.
const LOOKS: usize = 8192;
/// No thread of a pool.
const NONE: usize = usize::MAX;

/// Look whether `is_there`, for a moment; other threads of the core come first.
pub fn look_until(is_there: impl Fn() -> bool) {
    let mut left = LOOKS;
    while left > 0 && !is_there() {
        std::thread::yield_now();
        left -= 1;
    }
}

/// What a call's work came to, or how it panicked.
pub type Outcome<T> = std::result::Result<T, Box<dyn Any + Send>>;

/// Threads for one call at a time. Those of another process, whose fork this one is, are not there: to wait for them is to hang.
pub struct Pool(rayon::ThreadPool);

impl Pool {
    /// Errors: [`Error::Solver`] where the system gives no threads.
    pub fn new(threads: usize) -> Result<Self> {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        Ok(Pool(threads.map_err(|e| Error::Solver { message: format!("no threads to be had: {e}") })?))
    }

    /// Do `work` on one of the threads, while the others stay awake for its sweeps and this one waits: `wait` gets the outcome
    /// from where it is sent to.
    pub fn run<T: Send, R>(&self, work: impl FnOnce() -> T + Send, wait: impl FnOnce(&Receiver<Outcome<T>>) -> R) -> R {
        let (sender, receiver) = channel();
        let (worker, ended) = (AtomicUsize::new(NONE), AtomicBool::new(false));
        let (worker, ended) = (&worker, &ended);
        self.0.in_place_scope(|scope| {
            // before the work, which one of them will meet while it is awake: jobs of its own come first to each thread
            scope.spawn_broadcast(move |_, thread| {
                // who has begun the work before must not stop here while it waits for others
                if worker.load(Ordering::Relaxed) != thread.index() {
                    stay_awake(ended);
                }
            });
            scope.spawn(move |_| {
                worker.store(rayon::current_thread_index().unwrap_or(NONE), Ordering::Relaxed);
                let outcome = catch_unwind(AssertUnwindSafe(work));
                ended.store(true, Ordering::Relaxed);
                // the receiver outlives the scope, so sending cannot fail
                let _ = sender.send(outcome);
            });
            wait(&receiver)
        })
    }
}

/// Take up work as soon as there is some, until the call has `ended` or for some moments without any.
fn stay_awake(ended: &AtomicBool) {
    let mut left = LOOKS;
    while left > 0 && !ended.load(Ordering::Relaxed) {
        if yield_now() == Some(Yield::Executed) {
            left = LOOKS;
        } else {
            left -= 1;
            std::thread::yield_now();
        }
    }
}

impl Deref for Pool {
    type Target = rayon::ThreadPool;

    fn deref(&self) -> &rayon::ThreadPool {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::time::Duration;

    fn sum(to: usize) -> usize {
        // jobs that wait for jobs of their own, which other threads take up
        (0..to).into_par_iter().with_max_len(1).map(|i| (0..i).into_par_iter().with_max_len(1).sum::<usize>()).sum()
    }

    #[test]
    fn work_is_done_while_threads_are_awake_and_after() {
        for threads in [1, 2, 5] {
            let pool = Pool::new(threads).unwrap();
            for pause in [0, 0, 0, 100, 0] {
                let work = || {
                    let before = sum(40);
                    std::thread::sleep(Duration::from_millis(pause));
                    [before, sum(40)]
                };
                let outcome = pool.run(work, |outcome| outcome.recv().unwrap());
                assert_eq!(outcome.unwrap(), [40 * 39 * 38 / 6; 2]);
            }
        }
    }

    #[test]
    fn a_panic_is_an_outcome_and_the_pool_goes_on() {
        let pool = Pool::new(2).unwrap();
        assert!(pool.run(|| panic!("as it should"), |outcome| outcome.recv().unwrap()).is_err());
        assert_eq!(pool.run(|| sum(9), |outcome| outcome.recv().unwrap()).unwrap(), 9 * 8 * 7 / 6);
    }

    #[test]
    fn who_waits_may_do_something_else() {
        let pool = Pool::new(2).unwrap();
        let looks = pool.run(
            || std::thread::sleep(Duration::from_millis(30)),
            |outcome| (0..).take_while(|_| outcome.recv_timeout(Duration::from_millis(1)).is_err()).count(),
        );
        assert!(looks > 0);
    }
}
