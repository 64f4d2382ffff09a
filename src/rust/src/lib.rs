//! The binding: R types in, R lists out, no arithmetic.
//!
//! Every exported function does its work inside [`guard::guard`], so that no Rust error, panic or R jump crosses the
//! border unseen; `R/rust.R` is the only caller of what is exported here.

mod args;
mod covariance;
mod glm;
mod guard;
mod interrupt;
mod poisson;
mod rcall;
mod reply;
mod rows;

use extendr_api::prelude::*;

/// Puts the C function that goes on with R's unwinding into extendr's table of functions.
#[allow(non_snake_case)]
fn meta__rethrow(metadata: &mut Vec<extendr_api::metadata::Func>) {
    metadata.push(extendr_api::metadata::Func {
        doc: " Go on with R's unwinding.\n @noRd",
        rust_name: "rethrow",
        r_name: "rethrow",
        c_name: "wrap__rethrow",
        mod_name: "rethrow",
        args: vec![extendr_api::metadata::Arg { name: "token", arg_type: "Robj", default: None }],
        return_type: "Robj",
        func_ptr: rcall::wrap__rethrow as *const u8,
        hidden: false,
        invisible: None,
    });
}

extendr_module! {
    mod glmrs;
    fn rethrow;
    use covariance;
    use glm;
    use poisson;
    use rows;
}
