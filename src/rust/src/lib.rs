//! The binding: R types in, R lists out, no arithmetic.
//!
//! Every exported function does its work inside [`guard::guard`], so that no Rust error, panic or R jump crosses the
//! border unseen; `R/rust.R` is the only caller of what is exported here.

mod args;
mod bias;
mod blocks;
mod bootstrap;
mod categorical;
mod closures;
mod count_model;
mod covariance;
mod deferred;
mod estfun;
mod fingerprint;
mod glm;
mod guard;
mod influence;
mod interrupt;
mod maximum;
mod meat;
mod mestimate;
mod poisson;
mod profile;
mod rcall;
mod regression;
mod reply;
mod resampled;
mod rows;
mod separation;
mod threads;
mod tweedie;
mod value;
mod zero;

use extendr_api::metadata::{Arg, Func};
use extendr_api::prelude::*;

/// A function of C's for extendr's table.
fn c_function(
    doc: &'static str,
    (r_name, c_name): (&'static str, &'static str),
    args: &[&'static str],
    func_ptr: *const u8,
) -> Func {
    let args = args.iter().map(|name| Arg { name, arg_type: "Robj", default: None }).collect();
    Func {
        doc,
        rust_name: r_name,
        r_name,
        c_name,
        mod_name: r_name,
        args,
        return_type: "Robj",
        func_ptr,
        hidden: false,
        invisible: None,
    }
}

#[allow(non_snake_case)]
fn meta__rethrow(table: &mut Vec<Func>) {
    let doc = " Go on with R's unwinding.\n @noRd";
    table.push(c_function(doc, ("rethrow", "wrap__rethrow"), &["token"], rcall::wrap__rethrow as *const u8));
}

#[allow(non_snake_case)]
fn meta__deferred(table: &mut Vec<Func>) {
    let doc = " A vector whose numbers are made when somebody asks for them.\n @noRd";
    let args = ["n", "eta", "y", "link", "names"];
    table.push(c_function(doc, ("deferred", "wrap__deferred"), &args, rcall::wrap__deferred as *const u8));
}

#[allow(non_snake_case)]
fn meta__late(table: &mut Vec<Func>) {
    let doc = " A vector of `n` doubles that the function `make` returns when somebody asks for them.\n @noRd";
    table.push(c_function(doc, ("late", "wrap__late"), &["n", "make"], rcall::wrap__late as *const u8));
}

#[allow(non_snake_case)]
fn meta__effect_names(table: &mut Vec<Func>) {
    let doc = " Names of which the first are given, the next are empty, and the others are NA.\n @noRd";
    table.push(c_function(
        doc,
        ("effect_names", "wrap__effect_names"),
        &["n", "first", "empty"],
        rcall::wrap__effect_names as *const u8,
    ));
}

extendr_module! {
    mod glmrs;
    fn rethrow;
    fn deferred;
    fn late;
    fn effect_names;
    use bias;
    use blocks;
    use bootstrap;
    use categorical;
    use count_model;
    use covariance;
    use fingerprint;
    use estfun;
    use glm;
    use influence;
    use mestimate;
    use meat;
    use poisson;
    use profile;
    use regression;
    use resampled;
    use rows;
    use separation;
    use tweedie;
    use zero;
}
