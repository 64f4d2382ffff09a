//! Calling into R safely: every jump that R makes becomes a Rust `Err`, so that no Rust frame is ever jumped over.

use extendr_api::prelude::*;
use extendr_ffi::{
    R_MakeUnwindCont, R_NamesSymbol, R_NilValue, Rf_allocVector, Rf_protect, Rf_setAttrib, Rf_unprotect, SEXP, SEXPTYPE,
};
use std::os::raw::{c_int, c_void};

#[allow(improper_ctypes)] // an R object is opaque to Rust
extern "C" {
    fn glmrs_try_interrupt(token: SEXP) -> c_int;
    fn glmrs_try_fun(
        f: unsafe extern "C" fn(*mut c_void) -> SEXP,
        data: *mut c_void,
        token: SEXP,
        out: *mut SEXP,
    ) -> c_int;
    /// Defined in `entrypoint.c`.
    pub fn wrap__rethrow(token: SEXP) -> SEXP;
    /// Defined in `deferred.c`.
    pub fn wrap__deferred(n: SEXP, eta: SEXP, y: SEXP, link: SEXP, names: SEXP) -> SEXP;
}

/// R was unwinding its stack (error, interrupt, restart). How it wants to go on is kept in the session's token.
#[derive(Debug, Clone, Copy)]
pub struct Jump;

/// One for each call from R. It holds an R object and so stays on the main thread.
pub struct Session {
    token: Robj,
}

impl Session {
    pub fn new() -> Self {
        // SAFETY: called on the main thread, inside a call from R.
        Session { token: unsafe { Robj::from_sexp(R_MakeUnwindCont()) } }
    }

    pub fn into_token(self) -> Robj {
        self.token
    }

    /// Has the user pressed Ctrl-C? If so R is unwinding.
    pub fn check_interrupt(&self) -> std::result::Result<(), Jump> {
        // SAFETY: as for `new`; the C side catches R's jump.
        let jumped = unsafe { glmrs_try_interrupt(self.token.get()) } != 0;
        if jumped {
            Err(Jump)
        } else {
            Ok(())
        }
    }

    /// A double vector of R's, filled with what memory holds; too little memory is an R error and so an `Err`.
    pub fn alloc_real(&self, n: usize) -> std::result::Result<Robj, Jump> {
        // SAFETY: a constant of R's.
        self.alloc_named(n, unsafe { R_NilValue })
    }

    /// The same with names, NULL for none: given while nobody else holds the vector, they cost no copy of it.
    pub fn alloc_named(&self, n: usize, names: SEXP) -> std::result::Result<Robj, Jump> {
        struct Wanted {
            n: usize,
            names: SEXP,
        }
        unsafe extern "C" fn allocate(data: *mut c_void) -> SEXP {
            // SAFETY: `data` is the `wanted` of the enclosing call; the vector is protected while it gets its names.
            unsafe {
                let Wanted { n, names } = *data.cast::<Wanted>();
                let vector = Rf_protect(Rf_allocVector(SEXPTYPE::REALSXP, n as _));
                if names != R_NilValue {
                    Rf_setAttrib(vector, R_NamesSymbol, names);
                }
                Rf_unprotect(1);
                vector
            }
        }
        let mut wanted = Wanted { n, names };
        // SAFETY: `wanted` outlives the call; the C side catches R's jump; the result is protected at once.
        unsafe {
            let mut out: SEXP = R_NilValue;
            let jumped = glmrs_try_fun(allocate, (&raw mut wanted).cast(), self.token.get(), &mut out);
            if jumped != 0 {
                Err(Jump)
            } else {
                Ok(Robj::from_sexp(out))
            }
        }
    }
}
