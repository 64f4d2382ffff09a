/*
 * Vectors whose numbers are made when somebody asks for them: fitted values and residuals, which follow from the linear
 * predictors, prior weights of 1, and what an R function makes (parts of a decomposition). To R they are ordinary double vectors (of the kind that it calls ALTREP), with
 * names, length and everything; the first look at a number makes all of them, and then they are kept. A saved or
 * copied one is an ordinary vector.
 *
 * data1: the recipe, list(length, eta, y, link, make); NULL once the numbers are there.
 * data2: the numbers, a double vector; NULL as long as nobody has asked.
 */
#include <string.h>
#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Altrep.h>
#include <R_ext/Rdynload.h>

/* Vectors that are shorter are made at once: the object would be larger than they are. */
#define SHORT 1000

enum { ROWS, ETA, Y, LINK, MAKE, PARTS };

static R_altrep_class_t deferred_class, padded_class;

/* Rust: means of linear predictors, or working residuals where there is a `y`. Returns 0, or 1 if it cannot. */
int glmrs_fill_rows(const double *eta, const double *y, size_t n, const char *link, double lambda, double *out);

static void fill(SEXP recipe, R_xlen_t n, double *out) {
    SEXP eta = VECTOR_ELT(recipe, ETA), y = VECTOR_ELT(recipe, Y), link = VECTOR_ELT(recipe, LINK);
    if (eta == R_NilValue) {
        for (R_xlen_t i = 0; i < n; i++) out[i] = 1.0;
        return;
    }
    const char *name = CHAR(STRING_ELT(VECTOR_ELT(link, 0), 0));
    /* a response of whole numbers is kept as such */
    y = PROTECT(y == R_NilValue ? y : Rf_coerceVector(y, REALSXP));
    const double *response = y == R_NilValue ? NULL : REAL_RO(y);
    if (glmrs_fill_rows(REAL_RO(eta), response, (size_t) n, name, Rf_asReal(VECTOR_ELT(link, 1)), out))
        Rf_error("internal error, please report it: no rows by the link '%s'", name);
    UNPROTECT(1);
}

/* What the R function `make` returns: n doubles, which nobody else may see. */
static SEXP made_by(SEXP make, R_xlen_t n) {
    SEXP call = PROTECT(Rf_lang1(make));
    SEXP values = PROTECT(Rf_eval(call, R_BaseEnv));
    if (TYPEOF(values) != REALSXP || XLENGTH(values) != n)
        Rf_error("internal error, please report it: a deferred vector has other numbers than it should");
    SEXP own = PROTECT(Rf_allocVector(REALSXP, n));
    memcpy(REAL(own), REAL_RO(values), (size_t) n * sizeof(double));
    UNPROTECT(3);
    return own;
}

/* The vector that `recipe` is of. */
static SEXP made(SEXP recipe) {
    R_xlen_t n = (R_xlen_t) Rf_asReal(VECTOR_ELT(recipe, ROWS));
    if (VECTOR_ELT(recipe, MAKE) != R_NilValue) return made_by(VECTOR_ELT(recipe, MAKE), n);
    SEXP values = PROTECT(Rf_allocVector(REALSXP, n));
    fill(recipe, n, REAL(values));
    UNPROTECT(1);
    return values;
}

static SEXP values_of(SEXP x) {
    if (R_altrep_data2(x) == R_NilValue) {
        R_set_altrep_data2(x, made(R_altrep_data1(x)));
        R_set_altrep_data1(x, R_NilValue);
    }
    return R_altrep_data2(x);
}

static R_xlen_t rows(SEXP x) {
    SEXP values = R_altrep_data2(x);
    if (values != R_NilValue) return XLENGTH(values);
    return (R_xlen_t) Rf_asReal(VECTOR_ELT(R_altrep_data1(x), ROWS));
}

static void *dataptr(SEXP x, Rboolean writable) {
    SEXP values = values_of(x);
    return writable ? REAL(values) : (void *) REAL_RO(values);
}

static const void *dataptr_or_null(SEXP x) {
    SEXP values = R_altrep_data2(x);
    return values == R_NilValue ? NULL : REAL_RO(values);
}

/* Of ones, which nobody has to see for it; NULL, so that R looks, of all else. */
static SEXP least(SEXP x, Rboolean narm) {
    (void) narm;
    SEXP recipe = R_altrep_data1(x);
    if (recipe == R_NilValue || VECTOR_ELT(recipe, ETA) != R_NilValue || VECTOR_ELT(recipe, MAKE) != R_NilValue) return NULL;
    return Rf_ScalarReal(1.0);
}

static double elt(SEXP x, R_xlen_t i) { return REAL_RO(values_of(x))[i]; }

static Rboolean inspect(SEXP x, int pre, int deep, int pvec, void (*subtree)(SEXP, int, int, int)) {
    (void) pre, (void) deep, (void) pvec, (void) subtree;
    Rprintf(" glmrs deferred vector (%s)\n", R_altrep_data2(x) == R_NilValue ? "not made yet" : "made");
    return TRUE;
}

/*
 * Names as those of effects: a few, then empty ones, then NA. data1: list(length, the first ones, how many are empty); data2:
 * all of them once somebody wants them at once, else NULL.
 */
enum { NAMES, FIRST, EMPTY, PADDED_PARTS };

static R_xlen_t padded_length(SEXP x) { return (R_xlen_t) Rf_asReal(VECTOR_ELT(R_altrep_data1(x), NAMES)); }

static SEXP padded_elt(SEXP x, R_xlen_t i) {
    SEXP all = R_altrep_data2(x), recipe = R_altrep_data1(x);
    if (all != R_NilValue) return STRING_ELT(all, i);
    SEXP first = VECTOR_ELT(recipe, FIRST);
    if (i < XLENGTH(first)) return STRING_ELT(first, i);
    return i - XLENGTH(first) < (R_xlen_t) Rf_asReal(VECTOR_ELT(recipe, EMPTY)) ? R_BlankString : R_NaString;
}

static void *padded_dataptr(SEXP x, Rboolean writable) {
    (void) writable;
    if (R_altrep_data2(x) == R_NilValue) {
        R_xlen_t n = padded_length(x);
        SEXP all = PROTECT(Rf_allocVector(STRSXP, n));
        for (R_xlen_t i = 0; i < n; i++) SET_STRING_ELT(all, i, padded_elt(x, i));
        R_set_altrep_data2(x, all);
        UNPROTECT(1);
    }
    return (void *) STRING_PTR_RO(R_altrep_data2(x));
}

static const void *padded_dataptr_or_null(SEXP x) {
    return R_altrep_data2(x) == R_NilValue ? NULL : (const void *) STRING_PTR_RO(R_altrep_data2(x));
}

static void padded_set_elt(SEXP x, R_xlen_t i, SEXP value) {
    padded_dataptr(x, TRUE);
    SET_STRING_ELT(R_altrep_data2(x), i, value);
}

/* Called when R loads the library. */
void glmrs_init_deferred(DllInfo *dll) {
    deferred_class = R_make_altreal_class("deferred", "glmrs", dll);
    R_set_altrep_Length_method(deferred_class, rows);
    R_set_altrep_Inspect_method(deferred_class, inspect);
    R_set_altvec_Dataptr_method(deferred_class, dataptr);
    R_set_altvec_Dataptr_or_null_method(deferred_class, dataptr_or_null);
    R_set_altreal_Elt_method(deferred_class, elt);
    R_set_altreal_Min_method(deferred_class, least);
    padded_class = R_make_altstring_class("padded", "glmrs", dll);
    R_set_altrep_Length_method(padded_class, padded_length);
    R_set_altvec_Dataptr_method(padded_class, padded_dataptr);
    R_set_altvec_Dataptr_or_null_method(padded_class, padded_dataptr_or_null);
    R_set_altstring_Elt_method(padded_class, padded_elt);
    R_set_altstring_Set_elt_method(padded_class, padded_set_elt);
}

/*
 * Called from R with no Rust frame below; put into the table of routines on the Rust side. `n`: the length, a double.
 * `eta`: NULL (a vector of ones) or linear predictors. `y`: NULL (their means) or a response (their working residuals).
 * `link`: list(name, lambda). `names`: NULL or names.
 */
SEXP wrap__deferred(SEXP n, SEXP eta, SEXP y, SEXP link, SEXP names) {
    SEXP recipe = PROTECT(Rf_allocVector(VECSXP, PARTS));
    SET_VECTOR_ELT(recipe, ROWS, n);
    SET_VECTOR_ELT(recipe, ETA, eta);
    SET_VECTOR_ELT(recipe, Y, y);
    SET_VECTOR_ELT(recipe, LINK, link);
    SEXP x = PROTECT(Rf_asReal(n) < SHORT ? made(recipe) : R_new_altrep(deferred_class, recipe, R_NilValue));
    if (names != R_NilValue) Rf_setAttrib(x, R_NamesSymbol, names);
    UNPROTECT(2);
    return x;
}

/* The same for doubles that the R function `make` returns, however few. */
SEXP wrap__late(SEXP n, SEXP make) {
    SEXP recipe = PROTECT(Rf_allocVector(VECSXP, PARTS));
    SET_VECTOR_ELT(recipe, ROWS, n);
    SET_VECTOR_ELT(recipe, MAKE, make);
    SEXP x = R_new_altrep(deferred_class, recipe, R_NilValue);
    UNPROTECT(1);
    return x;
}

/* `n` names: the `first`, then `empty` ones, then NA. */
SEXP wrap__effect_names(SEXP n, SEXP first, SEXP empty) {
    SEXP recipe = PROTECT(Rf_allocVector(VECSXP, PADDED_PARTS));
    SET_VECTOR_ELT(recipe, NAMES, n);
    SET_VECTOR_ELT(recipe, FIRST, first);
    SET_VECTOR_ELT(recipe, EMPTY, empty);
    SEXP x = R_new_altrep(padded_class, recipe, R_NilValue);
    UNPROTECT(1);
    return x;
}
