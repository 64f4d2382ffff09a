/*
 * The way into the package and the ways out of it: whatever may longjmp stays in C frames.
 *
 * R leaves a computation (error, interrupt, restart, return from an outer frame) by longjmp, which
 * must never jump over a Rust frame: its destructors would not run. So Rust asks R for anything
 * that may jump through glmrs_try_*(): they catch the jump, keep R's way to go on in `token`, and
 * return 1. Rust returns through its frames in its own way, and at the very end the R code calls
 * wrap__rethrow(token), where R goes on as if Rust had never been there.
 */
#include <setjmp.h>
#include <string.h>
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>
#include <R_ext/Utils.h>

/* Rust: the table of routines, made by extendr, and what the library needs once. */
void R_init_glmrs_extendr(void *dll);
void glmrs_on_load(void);
void glmrs_on_unload(void);

/* deferred.c */
void glmrs_init_deferred(DllInfo *dll);

void R_init_glmrs(DllInfo *dll) {
    glmrs_on_load();
    glmrs_init_deferred(dll);
    R_init_glmrs_extendr(dll);
}

void R_unload_glmrs(DllInfo *dll) {
    (void) dll;
    glmrs_on_unload();
}

/* R calls this when it leaves `fun`; on a jump, go back to glmrs_try_fun() instead. */
static void on_leave(void *buffer, Rboolean jump) {
    if (jump) longjmp(*(jmp_buf *) buffer, 1);
}

/* *out = fun(data). Returns 0, or 1 if R wanted to jump: then `token` knows where to. */
int glmrs_try_fun(SEXP (*fun)(void *), void *data, SEXP token, SEXP *out) {
    jmp_buf buffer;
    if (setjmp(buffer)) return 1;
    *out = R_UnwindProtect(fun, data, on_leave, &buffer, token);
    SETCAR(token, R_NilValue); /* R has put the value there: do not keep it alive */
    return 0;
}

/* A call of an R function with one argument: `argument`, or, where that is NULL, numbers with names. */
struct call {
    SEXP f, argument;
    const double *numbers;
    R_xlen_t n;
    SEXP names;
};

static SEXP evaluate(void *data) {
    struct call *c = (struct call *) data;
    SEXP argument = PROTECT(c->argument ? c->argument : Rf_allocVector(REALSXP, c->n));
    if (!c->argument) {
        memcpy(REAL(argument), c->numbers, c->n * sizeof(double));
        Rf_setAttrib(argument, R_NamesSymbol, c->names);
    }
    SEXP call = PROTECT(Rf_lang2(c->f, argument));
    SEXP value = Rf_eval(call, R_GlobalEnv);
    UNPROTECT(2);
    return value;
}

/* *out = f(argument), unprotected: two places on the stack of what is protected are free for it. */
int glmrs_try_call(SEXP f, SEXP argument, SEXP token, SEXP *out) {
    struct call c = {f, argument, NULL, 0, R_NilValue};
    return glmrs_try_fun(evaluate, &c, token, out);
}

/* *out = f(numbers), whose names are `names`, NULL of R's for none; unprotected, with room as above. */
int glmrs_try_call_at(SEXP f, const double *numbers, R_xlen_t n, SEXP names, SEXP token, SEXP *out) {
    struct call c = {f, NULL, numbers, n, names};
    return glmrs_try_fun(evaluate, &c, token, out);
}

static SEXP check_interrupt(void *data) {
    (void) data;
    R_CheckUserInterrupt();
    return R_NilValue;
}

/* Returns 1 if the user has asked to stop. */
int glmrs_try_interrupt(SEXP token) {
    SEXP out;
    return glmrs_try_fun(check_interrupt, NULL, token, &out);
}

/* Called from R with no Rust frame below; put into the table of routines on the Rust side. */
SEXP wrap__rethrow(SEXP token) {
    R_ContinueUnwind(token);
    return R_NilValue; /* not reached */
}
