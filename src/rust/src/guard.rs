//! The way out of the binding: Rust results become R values, or classed R conditions that `R/rust.R` raises.

use crate::rcall::{Jump, Session};
use extendr_api::prelude::*;
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
    match catch_unwind(AssertUnwindSafe(|| f(&session))) {
        Ok(Ok(value)) => value,
        Ok(Err(Failure::Jump)) => throw(vec![("token", session.into_token())]),
        Ok(Err(Failure::Core(e))) => condition(e.kind(), &e.to_string(), fields(&e)),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|s| (*s).to_string());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            let message = format!("internal error, please report it: {}", text.unwrap_or_default());
            let place = LAST_PANIC.lock().unwrap_or_else(|e| e.into_inner()).take();
            condition("internal", &message, vec![("location", Robj::from(place))])
        }
    }
}

/// The parts of an error that R can use: rows and columns 1-based.
fn fields(e: &Error) -> Vec<(&'static str, Robj)> {
    let mut fields = vec![];
    if let Some(row) = e.row() {
        fields.push(("row", Robj::from(row as f64 + 1.0)));
    }
    match e {
        Error::Argument { arg, .. } => fields.push(("argument", Robj::from(*arg))),
        Error::Response { value, .. } => fields.push(("value", Robj::from(*value))),
        Error::NonFinite { what, .. } => fields.push(("variable", Robj::from(what.as_str()))),
        Error::Singular { columns } => {
            let columns: Vec<f64> = columns.iter().map(|&j| j as f64 + 1.0).collect();
            fields.push(("columns", Robj::from(columns)));
        }
        Error::NoDerivative { parameter, theta } => {
            fields.push(("parameter", Robj::from(*parameter as f64 + 1.0)));
            fields.push(("theta", Robj::from(theta.clone())));
        }
        Error::Leverage { rows } => {
            let rows: Vec<f64> = rows.iter().map(|&row| row as f64 + 1.0).collect();
            fields.push(("rows", Robj::from(rows)));
        }
        _ => {}
    }
    fields
}

fn condition(kind: &str, message: &str, fields: Vec<(&'static str, Robj)>) -> Robj {
    let mut pairs = vec![("kind", Robj::from(kind)), ("message", Robj::from(message))];
    pairs.extend(fields);
    throw(vec![("condition", List::from_pairs(pairs).into())])
}

/// Wrapped in a class of its own, so that no value is ever mistaken for a failure.
fn throw(pairs: Vec<(&str, Robj)>) -> Robj {
    let mut list = List::from_pairs(pairs);
    match list.set_class(["glmrs_throw"]) {
        Ok(list) => list.clone().into(),
        Err(_) => Robj::from(()),
    }
}
