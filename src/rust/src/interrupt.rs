//! Long work on other threads, while R's thread watches for Ctrl-C.

use crate::args::{threads, Value};
use crate::guard::{Failure, Reply};
use crate::rcall::Session;
use crate::threads::KeptPool;
use glmrs_core::design::Design;
use glmrs_core::watch::Watch;
use std::panic::resume_unwind;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// How often the user is asked.
const POLL: Duration = Duration::from_millis(100);
/// Work below this many multiply-adds per pass is done before a pool would be up: no threads, no polling.
const SMALL_WORK: usize = 2_000_000;
/// Fewer rows than two lanes give a second thread nothing to do.
const SMALL_ROWS: usize = 16_384;

/// Is a pass over rows × cols done in a blink?
pub fn is_small(rows: usize, cols: usize) -> bool {
    rows < SMALL_ROWS && rows.saturating_mul(cols).saturating_mul(cols) < SMALL_WORK
}

/// Threads that this process may use, by its affinity and control group; one in a forked child, since its siblings have
/// the other cores.
pub fn available_threads() -> usize {
    if crate::guard::is_forked() {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

/// Run `work` with as many threads as `thread_spec` says (see [`threads`]), giving it a watch that is stopped when the user wants
/// that.
pub fn run<T: Send>(
    session: &Session,
    thread_spec: Value,
    small: bool,
    work: impl FnOnce(&Watch) -> glmrs_core::Result<T> + Send,
) -> Reply<T> {
    run_and_tell(session, thread_spec, small, None, work)
}

/// The same for a pass over the rows of `design`, or a few.
pub fn run_pass<T: Send>(
    session: &Session,
    design: &Design,
    thread_spec: Value,
    work: impl FnOnce(&Watch) -> glmrs_core::Result<T> + Send,
) -> Reply<T> {
    run(session, thread_spec, is_small(design.rows(), design.raw_cols()), work)
}

/// As [`run`]. `tell`: an R function of the passes over the data that are done and the deviances of the iterations since the
/// last call, called now and then and where iterations are left to be told.
pub fn run_and_tell<T: Send>(
    session: &Session,
    thread_spec: Value,
    small: bool,
    tell: Option<Value>,
    work: impl FnOnce(&Watch) -> glmrs_core::Result<T> + Send,
) -> Reply<T> {
    let watch = Watch::default();
    let show = |deviances: Vec<f64>| match tell.filter(|f| !f.is_null()) {
        Some(f) => session.call_at(f.sexp(), &[vec![watch.passes()], deviances].concat(), None).map(|_| ()),
        None => Ok(()),
    };
    let show_rest = || Some(watch.new_deviances()).filter(|rest| !rest.is_empty()).map_or(Ok(()), show);
    if small {
        let result = work(&watch);
        show_rest()?;
        return Ok(result?);
    }
    let pool = KeptPool::take(threads(thread_spec))?;
    let mut jump = None;
    let result = pool.run(
        || work(&watch),
        |outcome| loop {
            match outcome.recv_timeout(POLL) {
                Ok(result) => break Some(result),
                Err(RecvTimeoutError::Disconnected) => break None,
                Err(RecvTimeoutError::Timeout) if jump.is_none() => {
                    jump = session.check_interrupt().and_then(|()| show(watch.new_deviances())).err();
                    if jump.is_some() {
                        watch.stop();
                    }
                }
                // R is unwinding: it must not be called again; the workers will notice the flag
                Err(RecvTimeoutError::Timeout) => {}
            }
        },
    );
    pool.keep();
    if jump.is_none() {
        jump = show_rest().err();
    }
    match (jump, result) {
        (Some(jump), _) => Err(jump.into()),
        (None, Some(Ok(result))) => Ok(result?),
        (None, Some(Err(panic))) => resume_unwind(panic),
        (None, None) => Err(Failure::Core(glmrs_core::Error::Interrupted)),
    }
}
