//! Many small jobs, each by one thread, as many at a time as there are threads.

use crate::error::Result;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The results of `job` for 0, 1, ... up to `count`, in their order; a worker hands each of its jobs the same `scratch`.
/// Errors: the first that a worker meets, which then takes up no other job.
pub fn in_turn<S, T: Send>(
    count: usize,
    scratch: impl Fn() -> S + Sync,
    job: impl Fn(&mut S, usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    // a thread that waits for a lane of its own pass takes up no other job, since there are no more workers than threads
    let work = |_| -> Result<Vec<(usize, T)>> {
        let (mut scratch, mut done) = (scratch(), vec![]);
        while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < count) {
            done.push((i, job(&mut scratch, i)?));
        }
        Ok(done)
    };
    let workers = rayon::current_num_threads().min(count);
    let parts = (0..workers).into_par_iter().with_max_len(1).map(work).collect::<Result<Vec<_>>>()?;
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    all.sort_unstable_by_key(|(i, _)| *i);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::pool::Pool;

    #[test]
    fn results_are_in_order() {
        for threads in [1, 2, 5] {
            let squares = || in_turn(1000, || 0, |_, i| Ok(i * i));
            assert_eq!(
                Pool::new(threads).unwrap().install(squares).unwrap(),
                (0..1000).map(|i| i * i).collect::<Vec<_>>()
            );
        }
        assert!(in_turn(0, || (), |(), i| Ok(i)).unwrap().is_empty());
        let failing = in_turn(9, || (), |(), i| if i == 4 { Err(Error::Interrupted) } else { Ok(i) });
        assert!(matches!(failing, Err(Error::Interrupted)));
    }
}
