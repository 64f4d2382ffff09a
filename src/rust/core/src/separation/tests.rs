//! Small data whose separation is known, and proofs of what is found in others.

use super::*;
use crate::design::{Column, Term};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn found(x: &[Vec<f64>], y: &[f64], weights: Option<&[f64]>, bounds: Bounds) -> Separation {
    let names: Vec<String> = (0..x.len()).map(|j| j.to_string()).collect();
    let numeric = x.iter().zip(&names).map(|(column, name)| Term::numeric(vec![Column::real(name, column)]));
    let design = Design::new(y.len(), std::iter::once(Term::intercept()).chain(numeric).collect()).unwrap();
    separation(&design, y, weights, bounds, &Watch::default()).unwrap()
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
