//! Relations of adjusted meats: with leverages, among their own paths, and of the working model. Lags by a clock.

use super::adjustment::Piece;
use super::meat_tests::{assert_close, calm, products, rows, sums_by, Data};
use super::*;
use crate::pool::Pool;
use faer::Mat;

/// Working variances that differ within clusters.
fn variances(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.3 + (i * 29 % 17) as f64 / 5.0).collect()
}

fn adjusted(data: &Data, variances: Option<&[f64]>, codes: &[i32], adjustment: Adjustment) -> AdjustedMeat {
    let design = data.design();
    let clustering = Clustering::new(codes).unwrap();
    let (scores, factor) = (data.scores(&design), data.factor(&design));
    adjusted_meat(&scores, variances, &clustering, &factor, adjustment, Wanted::Each, &calm()).unwrap()
}

#[test]
fn clusters_of_one_row_have_leverages() {
    let data = Data::new(700);
    let own: Vec<i32> = (1..=700).collect();
    let design = data.design();
    for (kind, adjustment) in [(Leveraged::Hc2, Adjustment::Root), (Leveraged::Hc3, Adjustment::Inverse)] {
        let want = leverage_meat(&data.scores(&design), &data.factor(&design), kind, &calm()).unwrap().1;
        assert_close(&adjusted(&data, Some(&variances(700)), &own, adjustment).meat, &want, 1e-11);
    }
}

/// A cluster by the eigenvectors of its rows, and by sums over pieces.
#[test]
fn paths_agree() {
    let (r, n) = (3, 40);
    let mut t = Mat::from_fn(r + 1, n, |i, j| ((3 * i + 1) as f64 * (j as f64 + 0.3)).sin() / 6.0);
    // with and without a direction that the cluster decides alone
    for lost in [false, true] {
        if lost {
            let length: f64 = (0..n).map(|j| t[(0, j)] * t[(0, j)]).sum::<f64>().sqrt();
            (0..n).for_each(|j| t[(0, j)] /= length);
            for i in 1..r {
                let along: f64 = (0..n).map(|j| t[(0, j)] * t[(i, j)]).sum();
                (0..n).for_each(|j| t[(i, j)] -= along * t[(0, j)]);
            }
        }
        // the eigenvalues of a ratio of 1e5 have eleven digits
        for spread in [0.0, 0.5, 30.0] {
            let variances: Vec<f64> = (0..n).map(|j| 1.0 + spread * ((j * 7 % 11) as f64)).collect();
            for adjustment in [Adjustment::Root, Adjustment::Inverse] {
                let whole = adjustment.of_rows(Piece { rows: t.as_ref(), variances: &variances }).unwrap();
                let visit = |take: &mut dyn FnMut(Piece)| {
                    for first in [0, 13, 26] {
                        let len = 13.min(n - first) + usize::from(first == 26);
                        take(Piece { rows: t.as_ref().subcols(first, len), variances: &variances[first..first + len] });
                    }
                };
                let pieces = adjustment.of_pieces(r, visit).unwrap();
                let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{lost} {spread} {adjustment:?}: {a} {b}");
                for i in 0..r {
                    close(pieces.score[i], whole.score[i]);
                    for j in 0..r {
                        close(pieces.fit[(i, j)], whole.fit[(i, j)]);
                        close(pieces.variance[(i, j)], whole.variance[(i, j)]);
                    }
                }
            }
        }
    }
}

/// Degrees of freedom do not depend on the coordinates: a combination is a coefficient of other columns.
#[test]
fn combinations_have_the_degrees_of_freedom_of_coefficients() {
    let data = Data::new(300);
    let design = data.design();
    let (scores, factor) = (data.scores(&design), data.factor(&design));
    let clustering = Clustering::new(&data.firm).unwrap();
    let df = |wanted| {
        let found = adjusted_meat(&scores, None, &clustering, &factor, Adjustment::Root, wanted, &calm()).unwrap();
        found.degrees_of_freedom
    };
    let each = df(Wanted::Each).unwrap();
    let r = each.len();
    // twice each, one after the other, and a sum
    let mut by = Mat::<f64>::zeros(r + 1, r);
    (0..r).for_each(|j| (by[(j, j)], by[(r, j)]) = (2.0, 1.0));
    let columns: Vec<f64> = by.col_iter().flat_map(|column| column.iter().copied().collect::<Vec<_>>()).collect();
    let found = df(Wanted::Combinations(&columns)).unwrap();
    for (found, each) in found.iter().zip(&each) {
        assert!((found - each).abs() < 1e-10 * each);
    }
    assert!(found.len() == r + 1 && found[r] > 1.0);
    assert!(df(Wanted::Nothing).is_none());
    let short = Wanted::Combinations(&columns[1..]);
    assert!(adjusted_meat(&scores, None, &clustering, &factor, Adjustment::Root, short, &calm()).is_err());
}

/// Under the working model CR2 has no bias: each cluster adds its own information.
#[test]
fn roots_have_no_bias() {
    let (r, n) = (3, 30);
    let t = Mat::from_fn(r + 1, n, |i, j| ((2 * i + 1) as f64 * (j as f64 + 0.7)).cos() / 6.0);
    let variances: Vec<f64> = (0..n).map(|j| 1.0 + (j % 5) as f64).collect();
    let found = Adjustment::Root.of_rows(Piece { rows: t.as_ref(), variances: &variances }).unwrap();
    for i in 0..r {
        for j in 0..r {
            let want: f64 = (0..n).map(|k| t[(i, k)] * t[(j, k)]).sum();
            assert!((found.variance[(i, j)] - want).abs() < 1e-12);
        }
    }
}

#[test]
fn many_small_clusters_have_as_many_degrees_of_freedom() {
    let data = Data::new(6000);
    let pairs: Vec<i32> = (0..6000).map(|i| 1 + i / 2).collect();
    for adjustment in [Adjustment::Root, Adjustment::Inverse] {
        let found = adjusted(&data, None, &pairs, adjustment);
        assert_eq!(found.count, 2999); // one has no weight
        let df = found.degrees_of_freedom.unwrap();
        assert!(df.iter().all(|df| (500.0..3000.0).contains(df)), "{df:?}");
        let plain = products(sums_by(&rows(&data.scores(&data.design())), |i| i / 2, 3000), found.meat.size());
        assert_close(&found.meat, &plain, 0.01);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let data = Data::new(40_000);
    let variances = variances(40_000);
    let fives: Vec<i32> = (0..40_000).map(|i| 1 + i / 5).collect();
    for codes in [&data.firm, &fives] {
        let both = [1, 2].map(|threads| {
            let found =
                Pool::new(threads).unwrap().install(|| adjusted(&data, Some(&variances), codes, Adjustment::Root));
            (found.meat, found.sum, found.degrees_of_freedom)
        });
        assert!(both[0] == both[1]);
    }
}

#[test]
fn a_clock_keeps_units_apart() {
    let data = Data::new(90);
    let design = data.design();
    let (scores, kernel) = (data.scores(&design), [1.0, 0.5, 0.25]);
    let all = rows(&scores);
    // three units of thirty rows; in the second one every time is skipped once
    let clock: Vec<f64> =
        (0..90).map(|i| (if i / 30 == 1 { 2 * (i % 30) } else { i % 30 } + 200 * (i / 30)) as f64).collect();
    let mut want = Symmetric::zeros(design.cols());
    for (s, t) in (0..90).flat_map(|s| (0..=s).map(move |t| (s, t))) {
        let lag = (clock[s] - clock[t]) as usize;
        if lag >= kernel.len() {
            continue;
        }
        for i in 0..design.cols() {
            for j in i..design.cols() {
                let both = all[s][i] * all[t][j] + if s == t { 0.0 } else { all[t][i] * all[s][j] };
                *want.at_mut(i, j) += kernel[lag] * both;
            }
        }
    }
    assert_close(&lagged_meat(&scores, None, Some(&clock), &kernel, &calm()).unwrap(), &want, 1e-12);
    assert!(lagged_meat(&scores, None, Some(&[0.0; 90]), &kernel, &calm()).is_err());
    // sums by times are rows with a clock that stands still
    let sums = sums_by(&all, |i| data.year[i] as usize - 1, 9);
    let mut want = products(sums.clone(), design.cols());
    for (lag, k) in [(1, 0.5), (2, 0.25)] {
        for t in lag..9 {
            for i in 0..design.cols() {
                for j in i..design.cols() {
                    let both = sums[t][i] * sums[t - lag][j] + sums[t - lag][i] * sums[t][j];
                    *want.at_mut(i, j) += k * both;
                }
            }
        }
    }
    assert_close(&lagged_sums_meat(&scores, &data.year, &kernel, &calm()).unwrap(), &want, 1e-11);
}
