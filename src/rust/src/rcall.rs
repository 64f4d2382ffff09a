//! Calling into R safely: every jump that R makes becomes a Rust `Err`, so that no Rust frame is ever jumped over.

use extendr_api::prelude::*;
use extendr_ffi::{
    cetype_t, R_MakeUnwindCont, R_NamesSymbol, R_NilValue, R_xlen_t, Rf_ScalarInteger, Rf_allocMatrix, Rf_allocVector,
    Rf_mkCharLenCE, Rf_protect, Rf_setAttrib, Rf_unprotect, INTEGER, LOGICAL, REAL, SET_STRING_ELT, SET_VECTOR_ELT,
    SEXP, SEXPTYPE,
};
use glmrs_core::simd::zero_upper;
use std::marker::PhantomData;
use std::os::raw::{c_int, c_void};

#[allow(improper_ctypes)] // an R object is opaque to Rust
extern "C" {
    fn glmrs_try_interrupt(token: SEXP) -> c_int;
    fn glmrs_try_call(f: SEXP, argument: SEXP, token: SEXP, out: *mut SEXP) -> c_int;
    fn glmrs_try_call_at(f: SEXP, numbers: *const f64, n: R_xlen_t, names: SEXP, token: SEXP, out: *mut SEXP) -> c_int;
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
    /// Defined in `deferred.c`.
    pub fn wrap__late(n: SEXP, make: SEXP) -> SEXP;
    /// Defined in `deferred.c`.
    pub fn wrap__effect_names(n: SEXP, first: SEXP, empty: SEXP) -> SEXP;
}

/// R was unwinding its stack (error, interrupt, restart). How it wants to go on is kept in the session's token.
#[derive(Debug, Clone, Copy)]
pub struct Jump;

/// A value of R's on its stack of what is protected: the last one made is the first to be dropped.
pub struct Protected<'a> {
    value: SEXP,
    session: PhantomData<&'a Session>,
}

impl Protected<'_> {
    pub fn sexp(&self) -> SEXP {
        self.value
    }
}

impl Drop for Protected<'_> {
    fn drop(&mut self) {
        // SAFETY: on the main thread, since the session is; what is on top of the stack is this value.
        unsafe { Rf_unprotect(1) };
    }
}

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

    /// What `make` makes of `data`, which may jump: Rust values that need dropping belong into the caller's frames.
    fn try_make<T>(
        &self,
        make: unsafe extern "C" fn(*mut c_void) -> SEXP,
        data: &mut T,
    ) -> std::result::Result<Robj, Jump> {
        // SAFETY: `data` outlives the call; the C side catches R's jump; the result is protected at once.
        unsafe {
            let mut out: SEXP = R_NilValue;
            if glmrs_try_fun(make, (&raw mut *data).cast(), self.token.get(), &mut out) != 0 {
                return Err(Jump);
            }
            Ok(Robj::from_sexp(out))
        }
    }

    /// What the R function `f` returns for `theta`, whose names are `labels`.
    pub fn call_at(&self, f: SEXP, theta: &[f64], labels: Option<SEXP>) -> std::result::Result<Protected<'_>, Jump> {
        // SAFETY: a constant of R's.
        let labels = labels.unwrap_or(unsafe { R_NilValue });
        let (numbers, n) = (theta.as_ptr(), theta.len() as R_xlen_t);
        // SAFETY: theta outlives the call; `f` and the names are protected by their owners.
        self.returned(|token, out| unsafe { glmrs_try_call_at(f, numbers, n, labels, token, out) })
    }

    /// What the R function `f` returns for `x`.
    pub fn call(&self, f: SEXP, x: &Robj) -> std::result::Result<Protected<'_>, Jump> {
        // SAFETY: `f` and `x` are protected by their owners.
        self.returned(|token, out| unsafe { glmrs_try_call(f, x.get(), token, out) })
    }

    /// The value that a call of the C side's leaves, protected at once: it has seen to it that there is room.
    fn returned(&self, call: impl FnOnce(SEXP, *mut SEXP) -> c_int) -> std::result::Result<Protected<'_>, Jump> {
        // R's code is slow otherwise
        zero_upper();
        // SAFETY: on the main thread; the C side catches R's jumps, after which the stack of what is protected is what it
        // was before.
        unsafe {
            let mut value = R_NilValue;
            if call(self.token.get(), &mut value) != 0 {
                return Err(Jump);
            }
            Ok(Protected { value: Rf_protect(value), session: PhantomData })
        }
    }

    /// A double vector of R's, filled with what memory holds; too little memory is an R error and so an `Err`.
    pub fn alloc_real(&self, n: usize) -> std::result::Result<Robj, Jump> {
        // SAFETY: a constant of R's.
        self.alloc_named(n, unsafe { R_NilValue })
    }

    /// The same with names, NULL for none: given while nobody else holds the vector, they cost no copy of it.
    pub fn alloc_named(&self, n: usize, names: SEXP) -> std::result::Result<Robj, Jump> {
        unsafe extern "C" fn allocate(data: *mut c_void) -> SEXP {
            // SAFETY: `data` is what is given below; the vector is protected while it gets its names.
            unsafe {
                let (n, names) = *data.cast::<(usize, SEXP)>();
                let vector = Rf_protect(Rf_allocVector(SEXPTYPE::REALSXP, n as _));
                if names != R_NilValue {
                    Rf_setAttrib(vector, R_NamesSymbol, names);
                }
                Rf_unprotect(1);
                vector
            }
        }
        self.try_make(allocate, &mut (n, names))
    }

    /// One value of R's.
    pub fn value(&self, part: Part) -> std::result::Result<Robj, Jump> {
        unsafe extern "C" fn build(data: *mut c_void) -> SEXP {
            // SAFETY: `data` is what is given below.
            unsafe { (*data.cast::<Part>()).as_r() }
        }
        part.check();
        let mut part = part;
        self.try_make(build, &mut part)
    }

    /// A list of R's, made at one go: extendr would protect each of its parts by itself.
    pub fn list(&self, parts: &[(&str, Part)]) -> std::result::Result<Robj, Jump> {
        unsafe extern "C" fn build(data: *mut c_void) -> SEXP {
            // SAFETY: `data` is what is given below; the list is protected, and what is in it thereby.
            unsafe {
                let parts = *data.cast::<&[(&str, Part)]>();
                let list = Rf_protect(Rf_allocVector(SEXPTYPE::VECSXP, parts.len() as _));
                let names = Rf_allocVector(SEXPTYPE::STRSXP, parts.len() as _);
                Rf_setAttrib(list, R_NamesSymbol, names);
                for (i, (name, part)) in parts.iter().enumerate() {
                    SET_STRING_ELT(names, i as _, text(name));
                    SET_VECTOR_ELT(list, i as _, part.as_r());
                }
                Rf_unprotect(1);
                list
            }
        }
        parts.iter().for_each(|(_, part)| part.check());
        let mut parts = parts;
        self.try_make(build, &mut parts)
    }
}

/// What a list is made of.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    Reals(&'a [f64]),
    /// A p × p matrix, as long as its numbers.
    Square(&'a [f64], usize),
    /// A matrix of so many rows and columns, as long as its numbers.
    Matrix(&'a [f64], usize, usize),
    Flags(&'a [bool]),
    Real(f64),
    /// An integer, or a double where it is beyond R's integers.
    Integer(usize),
    Flag(bool),
    Text(&'a str),
    Texts(&'a [String]),
    /// Integers, none of them missing.
    Integers(&'a [i32]),
    /// NULL.
    Nothing,
    /// A value of R's.
    Made(&'a Robj),
    /// The same, protected by somebody else.
    Held(SEXP),
}

impl Part<'_> {
    /// Panics where a matrix is not as long as its numbers, or has more rows or columns than R counts: outside of C, which no
    /// panic may pass.
    fn check(&self) {
        let (len, n, q) = match *self {
            Part::Square(v, p) => (v.len(), p, p),
            Part::Matrix(v, n, q) => (v.len(), n, q),
            _ => return,
        };
        assert_eq!(n.checked_mul(q), Some(len), "numbers of a matrix");
        assert!(
            [n, q].into_iter().all(|side| c_int::try_from(side).is_ok()),
            "a matrix of {n} x {q} is too large for R"
        );
    }

    /// The part, unprotected. May jump: nothing in here needs dropping.
    unsafe fn as_r(&self) -> SEXP {
        // SAFETY: what is allocated has the length that is written, and is put into a list before the next allocation.
        unsafe {
            match *self {
                Part::Reals(v) => reals(v, Rf_allocVector(SEXPTYPE::REALSXP, v.len() as _)),
                Part::Real(x) => reals(&[x], Rf_allocVector(SEXPTYPE::REALSXP, 1)),
                Part::Square(v, p) => matrix(v, p, p),
                Part::Matrix(v, n, q) => matrix(v, n, q),
                Part::Flags(v) => flags(v),
                Part::Flag(x) => flags(&[x]),
                Part::Integer(x) => match c_int::try_from(x) {
                    Ok(x) => Rf_ScalarInteger(x),
                    Err(_) => Part::Real(x as f64).as_r(),
                },
                Part::Text(x) => texts(&[x]),
                Part::Texts(x) => texts(x),
                Part::Integers(x) => {
                    let out = Rf_allocVector(SEXPTYPE::INTSXP, x.len() as _);
                    x.iter().enumerate().for_each(|(i, &x)| *INTEGER(out).add(i) = x);
                    out
                }
                Part::Nothing => R_NilValue,
                Part::Made(x) => x.get(),
                Part::Held(x) => x,
            }
        }
    }
}

/// A matrix of R's, unprotected; R's dimensions are integers.
unsafe fn matrix(from: &[f64], n: usize, q: usize) -> SEXP {
    // SAFETY: as long as what is copied, which `check` has seen to. May jump: nothing in here needs dropping.
    unsafe { reals(from, Rf_allocMatrix(SEXPTYPE::REALSXP, n as c_int, q as c_int)) }
}

/// Copies `from` to `to`, which has its length.
unsafe fn reals(from: &[f64], to: SEXP) -> SEXP {
    if !from.is_empty() {
        // SAFETY: the caller's promise; a fresh vector overlaps with nothing.
        unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), REAL(to), from.len()) };
    }
    to
}

/// Logicals of R's, unprotected.
unsafe fn flags(from: &[bool]) -> SEXP {
    // SAFETY: the vector has the length that is written. May jump: nothing in here needs dropping.
    unsafe {
        let out = Rf_allocVector(SEXPTYPE::LGLSXP, from.len() as _);
        for (i, &flag) in from.iter().enumerate() {
            *LOGICAL(out).add(i) = c_int::from(flag);
        }
        out
    }
}

/// Strings of R's, unprotected.
unsafe fn texts(from: &[impl AsRef<str>]) -> SEXP {
    // SAFETY: the vector has the length that is written, and is protected. May jump: nothing in here needs dropping.
    unsafe {
        let out = Rf_protect(Rf_allocVector(SEXPTYPE::STRSXP, from.len() as _));
        from.iter().enumerate().for_each(|(i, x)| SET_STRING_ELT(out, i as _, text(x.as_ref())));
        Rf_unprotect(1);
        out
    }
}

/// A string of R's, unprotected.
unsafe fn text(x: &str) -> SEXP {
    // SAFETY: the pointer and the length are those of the text. May jump: nothing in here needs dropping.
    unsafe { Rf_mkCharLenCE(x.as_ptr().cast(), x.len() as _, cetype_t::CE_UTF8) }
}
