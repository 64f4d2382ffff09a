//! Vectors whose numbers are made when somebody asks R for them: what `deferred.c` calls to make them.

use glmrs_core::link::by_name;
use glmrs_core::means::{means_at, working_residuals_at};
use std::ffi::{c_char, c_int, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Means at `eta`, or working residuals where there is a `y`. Returns 0, or 1 if there is no such link.
///
/// # Safety
/// `eta`, `out` and, unless it is null, `y` point to n > 0 doubles, of which nobody else holds `out`; `link` is a C
/// string.
#[no_mangle]
pub unsafe extern "C" fn glmrs_fill_rows(
    eta: *const f64,
    y: *const f64,
    n: usize,
    link: *const c_char,
    lambda: f64,
    out: *mut f64,
) -> c_int {
    // SAFETY: the caller's promise.
    let (eta, out) = unsafe { (from_raw_parts(eta, n), from_raw_parts_mut(out, n)) };
    // SAFETY: the caller's promise.
    let y = (!y.is_null()).then(|| unsafe { from_raw_parts(y, n) });
    // SAFETY: the caller's promise.
    let link = unsafe { CStr::from_ptr(link) };
    let filled = catch_unwind(AssertUnwindSafe(|| {
        let link = by_name(link.to_str().unwrap_or_default(), lambda)?;
        match y {
            None => means_at(link.as_ref(), eta, out),
            Some(y) => working_residuals_at(link.as_ref(), eta, y, out),
        }
        Some(())
    }));
    c_int::from(!matches!(filled, Ok(Some(()))))
}
