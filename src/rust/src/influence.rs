//! Leverages and deletions.

use crate::args::{control, design, known_inverse, optional_reals, reals, reals_mut, Value};
use crate::guard::guard;
use crate::interrupt::run_pass;
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::inference::{influence, leave_one_out_sigma, with_known_inverse, Changes, Weighted};
use glmrs_core::wls::weighted_factor;

/// `list(hat, sigma, coefficients)`: leverages; with `residuals` the residual standard deviation without the row; and, if
/// `do_coef`, what the coefficients that are not `aliased` have more than without the row, a column for each. `inverse`: that
/// of their information, or NULL.
/// @noRd
#[extendr]
fn rs_influence(
    design_spec: Robj,
    weights: Robj,
    residuals: Robj,
    aliased: Robj,
    inverse: Robj,
    do_coef: Robj,
    control_spec: Robj,
) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let control_spec = Value::new(&control_spec);
        let control = control(control_spec)?;
        let weights = reals(Value::new(&weights), "weights")?;
        let residuals = optional_reals(Value::new(&residuals), "residuals")?;
        let flags = Value::new(&aliased).integers().unwrap_or_default();
        let (aliased, columns): (Vec<usize>, Vec<usize>) = (0..design.cols()).partition(|&j| flags.get(j) == Some(&1));
        let n = design.rows();
        let wanted = residuals.filter(|_| Value::new(&do_coef).flag());
        let mut hat = session.alloc_real(n)?;
        let mut sigma = session.alloc_real(residuals.map_or(0, |_| n))?;
        let mut coefficients = session.alloc_real(wanted.map_or(0, |_| n * columns.len()))?;
        let (leverages, deviations, values) =
            (reals_mut(&mut hat), reals_mut(&mut sigma), reals_mut(&mut coefficients));
        let inverse = known_inverse(Value::new(&inverse))?;
        run_pass(session, &design, control_spec.element(3), |watch| {
            with_known_inverse(
                &design,
                inverse.as_ref(),
                &aliased,
                || weighted_factor(&design, weights, &aliased, &control, watch),
                |factor| {
                    let fit = Weighted { design: &design, weights, factor };
                    let changes =
                        wanted.map(|residuals| Changes { columns: &columns, residuals, values: &mut *values });
                    let sum = influence(&fit, leverages, changes, watch)?;
                    if let Some(residuals) = residuals {
                        leave_one_out_sigma(&fit, residuals, leverages, deviations);
                    }
                    Ok((sum, ()))
                },
            )
        })?;
        Ok(session.list(&[
            ("hat", Part::Made(&hat)),
            ("sigma", Part::Made(&sigma)),
            ("coefficients", Part::Made(&coefficients)),
        ])?)
    })
}

extendr_module! {
    mod influence;
    fn rs_influence;
}
