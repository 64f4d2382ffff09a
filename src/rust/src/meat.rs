//! Meats of a fit: sums of products of its score rows.

use crate::args::{control, design, flagged, known_inverse, optional_reals, reals_mut, score_rows, unknown, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::run_pass;
use crate::rcall::{Part, Session};
use extendr_api::prelude::*;
use glmrs_core::inference::{
    adjusted_meat, cluster_meat, lagged_meat, lagged_sums_meat, leverage_meat, squares_meat, with_known_inverse,
    Adjustment, ClusterMeat, Clustering, Leveraged, Wanted,
};
use glmrs_core::linalg::Symmetric;
use glmrs_core::wls::weighted_factor;
use rayon::prelude::*;

/// The vector of the columns of the sum of squared score rows; with a `kind` from "HC2" on each square is enlarged for its
/// leverage, for which the columns that are `aliased` do not count. `inverse`: that of the information of the others, or NULL.
/// @noRd
#[extendr]
fn rs_hc_meat(design_spec: Robj, rows: Robj, kind: Robj, aliased: Robj, inverse: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let scores = score_rows(&design, Value::new(&rows))?;
        let control_spec = Value::new(&control_spec);
        let control = control(control_spec)?;
        let kind = match Value::new(&kind).text(0) {
            // HC1 is HC0 times a factor
            "HC0" | "HC1" => None,
            name => Some(Leveraged::by_name(name).ok_or_else(|| unknown(name, "type"))?),
        };
        let aliased = flagged(Value::new(&aliased));
        let inverse = known_inverse(Value::new(&inverse))?;
        let meat = run_pass(session, &design, control_spec.element(3), |watch| match kind {
            None => squares_meat(&scores, watch),
            Some(kind) => with_known_inverse(
                &design,
                inverse.as_ref(),
                &aliased,
                || weighted_factor(&design, scores.weights, &aliased, &control, watch),
                |factor| leverage_meat(&scores, factor, kind, watch),
            ),
        })?;
        columns(session, &meat)
    })
}

/// `list(meat, counts)`: the meat, and how many clusters each set of the clusterings has. `clusters` is a list of codes.
/// @noRd
#[extendr]
fn rs_cluster_meat(design_spec: Robj, rows: Robj, clusters: Robj, adjust: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let scores = score_rows(&design, Value::new(&rows))?;
        let codes: Vec<&[i32]> = Value::new(&clusters).elements().map(|x| x.integers().unwrap_or_default()).collect();
        let adjust = Value::new(&adjust).flag();
        let ClusterMeat { meat, counts } = run_pass(session, &design, Value::new(&thread_spec), |watch| {
            let clusters = codes.into_par_iter().map(Clustering::new).collect::<glmrs_core::Result<Vec<_>>>()?;
            cluster_meat(&scores, &clusters, adjust, watch)
        })?;
        let counts: Vec<f64> = counts.into_iter().map(|count| count as f64).collect();
        let meat = columns(session, &meat)?;
        Ok(session.list(&[("meat", Part::Made(&meat)), ("counts", Part::Reals(&counts))])?)
    })
}

/// `list(meat, sum, df, count)`: the meat of clusters by codes whose residuals are adjusted as `kind` says, the sum of
/// their scores, degrees of freedom (NULL without) and how many clusters there are. `rows` have working variances as a third
/// element, NULL where they are all the same. `wanted`: TRUE for degrees of freedom of the kept coefficients, or a matrix of
/// combinations of them, m × r.
/// @noRd
#[extendr]
fn rs_adjusted_meat(
    design_spec: Robj,
    rows: Robj,
    cluster: Robj,
    kind: Robj,
    wanted: Robj,
    aliased: Robj,
    control_spec: Robj,
) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let scores = score_rows(&design, Value::new(&rows))?;
        let variances = optional_reals(Value::new(&rows).element(2), "variances")?;
        let clustering = Clustering::new(Value::new(&cluster).integers().unwrap_or_default())?;
        let name = Value::new(&kind).text(0);
        let kind = Adjustment::by_name(name).ok_or_else(|| unknown(name, "type"))?;
        let wanted = Value::new(&wanted);
        let wanted = match wanted.reals() {
            Some(combinations) => Wanted::Combinations(combinations),
            None if wanted.flag() => Wanted::Each,
            None => Wanted::Nothing,
        };
        let aliased = flagged(Value::new(&aliased));
        let control_spec = Value::new(&control_spec);
        let control = control(control_spec)?;
        let found = run_pass(session, &design, control_spec.element(3), |watch| {
            let factor = weighted_factor(&design, scores.weights, &aliased, &control, watch)?;
            adjusted_meat(&scores, variances, &clustering, &factor, kind, wanted, watch)
        })?;
        let meat = columns(session, &found.meat)?;
        Ok(session.list(&[
            ("meat", Part::Made(&meat)),
            ("sum", Part::Reals(&found.sum)),
            ("df", found.degrees_of_freedom.as_deref().map_or(Part::Nothing, Part::Reals)),
            ("count", Part::Integer(found.count)),
        ])?)
    })
}

/// The vector of the columns of the sum of products of score rows that are few lags apart. `order`: the places of the
/// rows, NULL for the order they are in; `clock`: their times in that order, NULL for 1, 2, ...; `kernel`: the weights of
/// lag 0, 1, ...
/// @noRd
#[extendr]
fn rs_lagged_meat(design_spec: Robj, rows: Robj, order: Robj, clock: Robj, kernel: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let scores = score_rows(&design, Value::new(&rows))?;
        let order: Option<Vec<usize>> = Value::new(&order).integers().map(|o| o.iter().map(|&i| place(i)).collect());
        let clock = Value::new(&clock).reals();
        let kernel = Value::new(&kernel).reals().unwrap_or_default();
        let meat = run_pass(session, &design, Value::new(&thread_spec), |watch| {
            lagged_meat(&scores, order.as_deref(), clock, kernel, watch)
        })?;
        columns(session, &meat)
    })
}

/// The same of the sums of score rows by times, whose codes are in their order.
/// @noRd
#[extendr]
fn rs_lagged_sums_meat(design_spec: Robj, rows: Robj, times: Robj, kernel: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let scores = score_rows(&design, Value::new(&rows))?;
        let times = Value::new(&times).integers().unwrap_or_default();
        let kernel = Value::new(&kernel).reals().unwrap_or_default();
        let meat = run_pass(session, &design, Value::new(&thread_spec), |watch| {
            lagged_sums_meat(&scores, times, kernel, watch)
        })?;
        columns(session, &meat)
    })
}

/// The score rows, n × p by columns.
/// @noRd
#[extendr]
fn rs_fitted_score_rows(design_spec: Robj, rows: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let scores = score_rows(&design, Value::new(&rows))?;
        let mut out = session.alloc_real(design.rows() * design.cols())?;
        let values = reals_mut(&mut out);
        run_pass(session, &design, Value::new(&thread_spec), |watch| scores.write(values, watch))?;
        Ok(out)
    })
}

/// A 1-based place; one that is none is beyond every vector.
fn place(i: i32) -> usize {
    usize::try_from(i).ok().and_then(|i| i.checked_sub(1)).unwrap_or(usize::MAX)
}

fn columns(session: &Session, matrix: &Symmetric) -> Reply<Robj> {
    let mut out = session.alloc_real(matrix.size() * matrix.size())?;
    reals_mut(&mut out).copy_from_slice(&matrix.to_full());
    Ok(out)
}

extendr_module! {
    mod meat;
    fn rs_hc_meat;
    fn rs_cluster_meat;
    fn rs_adjusted_meat;
    fn rs_lagged_meat;
    fn rs_lagged_sums_meat;
    fn rs_fitted_score_rows;
}
