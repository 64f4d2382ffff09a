//! What tells whether data are what they were.

use crate::args::Value;
use crate::guard::guard;
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::fingerprint::Fingerprint;

/// 16 hexadecimal digits of a list of doubles, integers, logicals and raw bytes.
/// @noRd
#[extendr]
fn rs_fingerprint(parts: Robj) -> Robj {
    guard(|session| {
        let mut print = Fingerprint::default();
        for part in Value::new(&parts).elements() {
            if let Some(reals) = part.reals() {
                print.add(reals.iter().map(|x| x.to_bits()));
            } else if let Some(integers) = part.integers() {
                print.add(integers.iter().map(|&i| i as u64));
            } else if let Some(bytes) = part.bytes() {
                print.add(bytes.iter().map(|&b| u64::from(b)));
            }
        }
        Ok(session.value(Part::Text(&format!("{:016x}", print.value())))?)
    })
}

extendr_module! {
    mod fingerprint;
    fn rs_fingerprint;
}
