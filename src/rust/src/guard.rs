//! The way out of the binding: Rust results become R values, or classed R conditions that `R/rust.R` raises.

use crate::rcall::{Jump, Part, Session};
use extendr_api::prelude::*;
use glmrs_core::simd::zero_upper;
use glmrs_core::Error;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Mutex;

/// Why a call has no value.
#[derive(Debug)]
pub enum Failure {
    Core(Error),
    /// R is unwinding.
    Jump,
}

impl From<Jump> for Failure {
    fn from(_: Jump) -> Self {
        Failure::Jump
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Failure::Core(e)
    }
}

pub type Reply<T> = std::result::Result<T, Failure>;

/// Where the last panic happened. Global, because a worker's panic is reported by the main thread.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// The process that loaded the library.
static LOADED_BY: AtomicU32 = AtomicU32::new(0);

/// Is this process a fork of the one that loaded the library?
pub fn is_forked() -> bool {
    LOADED_BY.load(Ordering::Relaxed) != std::process::id()
}

/// Called when R loads the library. The hook belongs to this library's own copy of the standard library.
#[no_mangle]
pub extern "C" fn glmrs_on_load() {
    LOADED_BY.store(std::process::id(), Ordering::Relaxed);
    std::panic::set_hook(Box::new(|info| {
        *LAST_PANIC.lock().unwrap_or_else(|e| e.into_inner()) = info.location().map(ToString::to_string);
    }));
    // A global pool of this one thread: code that forgets to use a pool of its own runs in sequence, and never hangs in
    // a forked child. It fails only where it has been built before.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
}

/// Run `f`. Neither a panic nor a jump of R's gets past this function.
pub fn guard(f: impl FnOnce(&Session) -> Reply<Robj>) -> Robj {
    let session = Session::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| f(&session)));
    // R's code is slow otherwise
    zero_upper();
    match outcome {
        Ok(Ok(value)) => value,
        Ok(Err(Failure::Jump)) => throw(vec![("token", session.into_token())]),
        Ok(Err(Failure::Core(e))) => condition(session, e.kind(), &e.to_string(), &numbers(&e), &texts(&e)),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|s| (*s).to_string());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            // the words in which faer panics
            if text.as_ref().is_some_and(|text| text.contains("AllocError")) {
                return condition(session, "memory", "there is no memory for a matrix", &[], &[]);
            }
            let message = format!("internal error, please report it: {}", text.unwrap_or_default());
            let place = LAST_PANIC.lock().unwrap_or_else(|e| e.into_inner()).take();
            condition(session, "internal", &message, &[], &[("location", place.unwrap_or_default())])
        }
    }
}

/// The numbers of an error that R can use: rows and columns 1-based.
fn numbers(e: &Error) -> Vec<(&'static str, Vec<f64>)> {
    let places = |places: &[usize]| places.iter().map(|&place| place as f64 + 1.0).collect::<Vec<f64>>();
    let row = e.row().map(|row| ("row", places(&[row])));
    let more = match e {
        Error::Response { value, .. } => vec![("value", vec![*value])],
        Error::Singular { columns } => vec![("columns", places(columns))],
        Error::NoDerivative { parameter, theta } => {
            vec![("parameter", places(&[*parameter])), ("theta", theta.clone())]
        }
        Error::Leverage { rows } => vec![("rows", places(rows))],
        _ => vec![],
    };
    row.into_iter().chain(more).collect()
}

/// Its words.
fn texts(e: &Error) -> Vec<(&'static str, String)> {
    match e {
        Error::Argument { arg, .. } => vec![("argument", (*arg).to_string())],
        Error::NonFinite { what, .. } => vec![("variable", what.clone())],
        _ => vec![],
    }
}

fn condition(
    session: Session,
    kind: &str,
    message: &str,
    numbers: &[(&str, Vec<f64>)],
    texts: &[(&str, String)],
) -> Robj {
    let mut parts = vec![("kind", Part::Text(kind)), ("message", Part::Text(message))];
    parts.extend(numbers.iter().map(|(name, values)| (*name, Part::Reals(values))));
    parts.extend(texts.iter().map(|(name, text)| (*name, Part::Text(text))));
    match session.list(&parts) {
        Ok(condition) => throw(vec![("condition", condition)]),
        Err(Jump) => throw(vec![("token", session.into_token())]),
    }
}

/// Wrapped in a class of its own, so that no value is ever mistaken for a failure.
fn throw(pairs: Vec<(&str, Robj)>) -> Robj {
    let mut list = List::from_pairs(pairs);
    match list.set_class(["glmrs_throw"]) {
        Ok(list) => list.clone().into(),
        Err(_) => Robj::from(()),
    }
}
