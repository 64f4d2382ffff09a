//! Small data whose separation is known, and proofs of what is found in others.

use super::*;
use crate::design::{Column, Term};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn found(x: &[Vec<f64>], y: &[f64], weights: Option<&[f64]>, bounds: Bounds) -> Separation {
    let names: Vec<String> = (0..x.len()).map(|j| j.to_string()).collect();
    let numeric = x.iter().zip(&names).map(|(column, name)| Term::numeric(vec![Column::real(name, column)]));
    let design = Design::new(y.len(), std::iter::once(Term::intercept()).chain(numeric).collect()).unwrap();
    separation(&design, y, weights, bounds, None, &Watch::default()).unwrap()
}

#[test]
fn textbook_cases() {
    let x = vec![vec![1.0, 2.0, 3.0, 3.0, 4.0, 5.0]];
    let complete = found(&[vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], None, Bounds::Shares);
    assert_eq!((complete.rows, complete.complete, complete.signs), (6, true, vec![-1.0, 1.0]));
    // a tie at the border
    let quasi = found(&x, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], None, Bounds::Shares);
    assert_eq!((quasi.rows, quasi.complete, quasi.signs), (4, false, vec![-1.0, 1.0]));
    // an overlap, which has no weight in the second case
    let y = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    assert_eq!(found(&x, &y, None, Bounds::Shares).rows, 0);
    let weights = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    assert!(found(&x, &y, Some(&weights), Bounds::Shares).complete);
    // a share binds its row
    assert_eq!(found(&x, &[0.0, 0.0, 0.5, 0.5, 1.0, 1.0], None, Bounds::Shares).rows, 4);
    // zeros alone where x is not 0; and a zero among the others
    let x = vec![vec![0.0, 0.0, 0.0, 1.0, 2.0, 0.5]];
    let counts = found(&x, &[1.0, 2.0, 0.0, 0.0, 0.0, 0.0], None, Bounds::Counts);
    assert_eq!((counts.rows, counts.signs), (3, vec![0.0, -1.0]));
    assert_eq!(found(&x, &[1.0, 2.0, 0.0, 0.0, 1.0, 0.0], None, Bounds::Counts).rows, 0);
}

/// Responses that follow a direction on all rows but some that it does not touch are found, with their number; noise in one
/// row undoes it.
#[test]
fn planted_directions_are_found() {
    let mut rng = StdRng::seed_from_u64(1);
    for p in [1, 3, 6] {
        for n in [50, 20_000] {
            let mut uniform = || rng.random_range(-1.0..1.0);
            // the last column is 0 in two thirds of the rows, and decides the others
            let mut x: Vec<Vec<f64>> = (0..p).map(|_| (0..n).map(|_| uniform()).collect()).collect();
            x[p - 1].iter_mut().enumerate().for_each(|(i, v)| *v = if i % 3 > 0 { 0.0 } else { *v });
            let y: Vec<f64> = (0..n)
                .map(|i| if i % 3 > 0 { f64::from(uniform() > 0.0) } else { f64::from(x[p - 1][i] > 0.0) })
                .collect();
            let planted = found(&x, &y, None, Bounds::Shares);
            let mut signs = vec![0.0; p + 1];
            signs[p] = 1.0;
            assert_eq!((planted.rows, planted.signs), (n.div_ceil(3), signs), "{p} {n}");
            let mut noisy = y.clone();
            noisy[0] = 1.0 - noisy[0];
            assert_eq!(found(&x, &noisy, None, Bounds::Shares).rows, 0, "{p} {n}");
        }
    }
}

/// Residuals of a fit prove that overlapping data overlap, wherever near its end it stopped, and never that separated data do,
/// whatever they are.
#[test]
fn evidence_is_a_proof() {
    let mut rng = StdRng::seed_from_u64(11);
    let control = Control { epsilon: 1e-8, max_iterations: 1, method: Method::Auto };
    let n = 2000;
    for separated in [false, true] {
        for _ in 0..50 {
            let x: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
            let design = Design::new(n, vec![Term::intercept(), Term::numeric(vec![Column::real("x", &x)])]).unwrap();
            let slope = rng.random_range(0.0..if separated { 30.0 } else { 2.0 });
            let share: Vec<f64> = x.iter().map(|x| 1.0 / (1.0 + (-slope * x).exp())).collect();
            let y: Vec<f64> = if separated {
                x.iter().map(|&x| f64::from(u8::from(x > 0.0))).collect()
            } else {
                share.iter().map(|&p| f64::from(u8::from(rng.random::<f64>() < p))).collect()
            };
            let sides: Vec<f64> = y.iter().map(|y| 2.0 * y - 1.0).collect();
            // logistic working weights and residuals at the slope that made the data
            let weights: Vec<f64> = share.iter().map(|p| p * (1.0 - p)).collect();
            let residuals: Vec<f64> = (0..n).map(|i| (y[i] - share[i]) / weights[i]).collect();
            let evidence = Evidence { working_weights: &weights, working_residuals: &residuals };
            let counts = vec![true; n];
            let proof = |evidence: Evidence, counts: &[bool]| {
                evidence.proves_overlap(&design, counts, &sides, &control, &Watch::default()).unwrap()
            };
            let search = separation(&design, &y, None, Bounds::Shares, None, &Watch::default()).unwrap();
            assert_eq!(search.rows > 0, separated);
            if proof(evidence, &counts) {
                assert_eq!(search.rows, 0);
            } else {
                assert!(separated, "the residuals near a maximum prove nothing");
            }
            // a row that does not count is no evidence, and one of the wrong sign is none
            let mut without = counts.clone();
            without[7] = false;
            assert!(!proof(evidence, &without));
            let mut wrong = residuals.clone();
            wrong[3] = -wrong[3];
            assert!(!proof(Evidence { working_residuals: &wrong, ..evidence }, &counts));
        }
    }
}
