//! An R object, looked at where it lies.

use crate::rcall::Protected;
use extendr_api::prelude::*;
use extendr_ffi::{
    R_DimSymbol, R_NamesSymbol, R_NilValue, Rboolean, Rf_getAttrib, Rf_isObject, Rf_xlength, ALTREP, RAW, R_CHAR, SEXP,
    SEXPTYPE, STRING_ELT, TYPEOF, VECTOR_ELT,
};
use std::marker::PhantomData;

#[allow(improper_ctypes)] // an R object is opaque to Rust
extern "C" {
    // Asked for a pointer to write through, R copies what vectors share (a variable and itself with names).
    fn REAL_RO(x: SEXP) -> *const f64;
    fn INTEGER_RO(x: SEXP) -> *const i32;
}

/// An R object that lives as long as the argument it is part of.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    sexp: SEXP,
    owner: PhantomData<&'a Robj>,
}

// SAFETY of the blocks below: `sexp` belongs to an argument of the running `.Call`, which R protects; it is read on R's
// thread only; each access follows a check of the type; nothing here allocates but `Rf_getAttrib` on row names, which
// is not asked for, and the names of pairlists, which are no lists here.
impl<'a> Value<'a> {
    pub fn new(x: &'a Robj) -> Self {
        // SAFETY: see above.
        Value { sexp: unsafe { x.get() }, owner: PhantomData }
    }

    pub fn sexp(&self) -> SEXP {
        self.sexp
    }

    /// The same of what R has just returned.
    pub fn of(x: &'a Protected) -> Self {
        Value { sexp: x.sexp(), owner: PhantomData }
    }

    fn kind(&self) -> SEXPTYPE {
        // SAFETY: see above.
        unsafe { TYPEOF(self.sexp) }
    }

    pub fn len(&self) -> usize {
        // SAFETY: see above.
        unsafe { Rf_xlength(self.sexp) as usize }
    }

    pub fn is_null(&self) -> bool {
        // SAFETY: see above.
        self.sexp == unsafe { R_NilValue }
    }

    /// Element i of a list, NULL past its end.
    pub fn element(&self, i: usize) -> Value<'a> {
        let inside = self.kind() == SEXPTYPE::VECSXP && i < self.len();
        // SAFETY: see above; i is inside.
        let sexp = unsafe {
            if inside {
                VECTOR_ELT(self.sexp, i as _)
            } else {
                R_NilValue
            }
        };
        Value { sexp, owner: PhantomData }
    }

    pub fn elements(self) -> impl Iterator<Item = Value<'a>> {
        (0..self.len()).map(move |i| self.element(i))
    }

    pub fn reals(&self) -> Option<&'a [f64]> {
        if self.kind() != SEXPTYPE::REALSXP {
            return None;
        }
        // SAFETY: see above.
        Some(unsafe { slice(REAL_RO(self.sexp), self.len()) })
    }

    /// Integers, logicals and factor codes.
    pub fn integers(&self) -> Option<&'a [i32]> {
        if !matches!(self.kind(), SEXPTYPE::INTSXP | SEXPTYPE::LGLSXP) {
            return None;
        }
        // SAFETY: see above; R keeps logicals as integers, and INTEGER_RO() accepts both.
        Some(unsafe { slice(INTEGER_RO(self.sexp), self.len()) })
    }

    /// Raw bytes.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        if self.kind() != SEXPTYPE::RAWSXP {
            return None;
        }
        // SAFETY: see above.
        Some(unsafe { slice(RAW(self.sexp), self.len()) })
    }

    /// The first number of a vector; NaN where there is none.
    pub fn number(&self) -> f64 {
        match (self.reals(), self.integers()) {
            (Some(&[x, ..]), _) => x,
            (_, Some(&[x, ..])) if x != i32::MIN => f64::from(x),
            _ => f64::NAN,
        }
    }

    pub fn flag(&self) -> bool {
        self.number() == 1.0
    }

    /// String i of a character vector; empty where there is none, or where it is not UTF-8.
    pub fn text(&self, i: usize) -> &'a str {
        if self.kind() != SEXPTYPE::STRSXP || i >= self.len() {
            return "";
        }
        // SAFETY: see above; R's strings end in a zero byte.
        let text = unsafe { std::ffi::CStr::from_ptr(R_CHAR(STRING_ELT(self.sexp, i as _))) };
        text.to_str().unwrap_or_default()
    }

    /// Is it nothing but its numbers (elements) and attributes: without a class, and held in memory?
    pub fn is_plain(&self) -> bool {
        // SAFETY: see above.
        unsafe { Rf_isObject(self.sexp) == Rboolean::FALSE && ALTREP(self.sexp) == 0 }
    }

    pub fn is_list(&self) -> bool {
        self.kind() == SEXPTYPE::VECSXP
    }

    /// The element of a list with this name, the first if there are several; NULL where there is none.
    pub fn named(&self, name: &str) -> Value<'a> {
        // SAFETY: a constant of R's.
        let names = self.attribute(unsafe { R_NamesSymbol });
        let place = (0..self.len()).find(|&i| names.text(i) == name);
        self.element(place.unwrap_or(usize::MAX))
    }

    /// The name of element i; empty where it has none.
    pub fn name(&self, i: usize) -> &'a str {
        // SAFETY: a constant of R's.
        self.attribute(unsafe { R_NamesSymbol }).text(i)
    }

    /// Rows and columns of a matrix, or of a vector as its only column; `None` for what has other dimensions.
    pub fn shape(&self) -> Option<(usize, usize)> {
        // SAFETY: a constant of R's.
        let dim = self.attribute(unsafe { R_DimSymbol });
        match dim.integers() {
            None => Some((self.len(), 1)),
            Some(&[rows, cols]) => Some((rows as usize, cols as usize)),
            Some(_) => None,
        }
    }

    fn attribute(&self, symbol: SEXP) -> Value<'a> {
        // SAFETY: see above.
        Value { sexp: unsafe { Rf_getAttrib(self.sexp, symbol) }, owner: PhantomData }
    }

    /// Columns of a matrix; 1 for a vector.
    pub fn cols(&self) -> usize {
        self.shape().map_or(1, |(_, cols)| cols)
    }
}

/// The `n` values at `values`: an empty vector's pointer may be anything.
unsafe fn slice<'a, T>(values: *const T, n: usize) -> &'a [T] {
    if n == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(values, n) }
}
