//! A few parts of one piece of work, shared out between the threads of a pool.

use crate::pool::look_until;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The results of `run` for each of `own`, in their order.
///
/// A thread begins at its place among them, the same whenever as many are shared out: so it meets rows that are still in its
/// cache. Who waits for the others stays awake for a moment, which is longer than most passes: a thread that sleeps is often
/// woken on the core of the one that wakes it, and then both share that for longer than a pass takes.
pub fn in_lanes<O: Send, T: Send>(own: Vec<O>, run: impl Fn(usize, O) -> T + Sync) -> Vec<T> {
    let (count, threads) = (own.len(), rayon::current_num_threads());
    let helpers = threads.min(count).saturating_sub(1);
    if helpers == 0 {
        return own.into_iter().enumerate().map(|(lane, own)| run(lane, own)).collect();
    }
    let waiting: Vec<Mutex<Option<O>>> = own.into_iter().map(|own| Mutex::new(Some(own))).collect();
    let results: Vec<Mutex<Option<T>>> = waiting.iter().map(|_| Mutex::default()).collect();
    let done = AtomicUsize::new(0);
    let work = || {
        let first = rayon::current_thread_index().unwrap_or(0) * count / threads;
        for lane in (first..count).chain(0..first) {
            let taken = waiting[lane].lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(own) = taken {
                let result = run(lane, own);
                *results[lane].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                done.fetch_add(1, Ordering::Release);
            }
        }
    };
    rayon::scope(|scope| {
        (0..helpers).for_each(|_| scope.spawn(|_| work()));
        work();
        look_until(|| done.load(Ordering::Acquire) == count);
    });
    // a lane that panicked has taken the scope with it
    results.into_iter().filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Pool;

    #[test]
    fn results_are_in_order_and_every_lane_runs_once() {
        for threads in [1, 2, 5] {
            let pool = Pool::new(threads).unwrap();
            for count in [0, 1, 2, 7, 64] {
                let runs = AtomicUsize::new(0);
                let squares = pool.install(|| {
                    in_lanes((0..count).collect(), |lane, own: usize| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        // lanes may have lanes of their own
                        in_lanes(vec![own; 3], |_, own| own * lane)[2]
                    })
                });
                assert_eq!(squares, (0..count).map(|i| i * i).collect::<Vec<_>>());
                assert_eq!(runs.into_inner(), count);
            }
        }
    }

    #[test]
    fn a_lane_may_take_its_time() {
        let slow =
            |lane: usize, ()| std::thread::sleep(std::time::Duration::from_millis(if lane == 0 { 50 } else { 0 }));
        assert_eq!(Pool::new(2).unwrap().install(|| in_lanes(vec![(); 4], slow)).len(), 4);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let pool = Pool::new(2).unwrap();
        let outcome =
            pool.run(|| in_lanes(vec![(); 4], |lane, ()| assert!(lane != 2)), |outcome| outcome.recv().unwrap());
        assert!(outcome.is_err());
    }
}
