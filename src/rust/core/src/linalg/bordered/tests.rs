//! The bordered factor is the dense one, in whatever order the columns stand.

use super::*;
use crate::linalg::{cholesky_in_order, Cholesky};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A design with a factor of `levels` levels: what its columns are.
#[derive(Clone, Copy, PartialEq)]
enum Coding {
    /// Intercept, and a column for every level but a base.
    Treatment { base: usize },
    /// No intercept, a base: the columns before the factor span a constant only if they happen to.
    TreatmentAlone { base: usize },
    /// A column for every level.
    Identity,
}

struct Sample {
    border: Arc<Border>,
    /// Rows of the model matrix.
    x: Vec<Vec<f64>>,
    weights: Vec<f64>,
    levels: Vec<usize>,
}

/// `before` and `after`: how many others stand on either side of the factor, made by `other(row, level, j)`.
fn sample(
    rows: usize,
    levels: usize,
    coding: Coding,
    (before, after): (usize, usize),
    other: impl Fn(&mut StdRng, usize, usize) -> f64,
) -> Sample {
    let mut rng = StdRng::seed_from_u64(7);
    let with_intercept = usize::from(matches!(coding, Coding::Treatment { .. }));
    let base = match coding {
        Coding::Treatment { base } | Coding::TreatmentAlone { base } => Some(base),
        Coding::Identity => None,
    };
    let first = with_intercept + before;
    let mut next = first;
    let columns: Vec<Option<usize>> = (0..levels)
        .map(|k| {
            let own = Some(k) != base;
            next += usize::from(own);
            own.then(|| next - 1)
        })
        .collect();
    let cols = next + after;
    let others: Vec<usize> = (with_intercept..first).chain(next..cols).collect();
    let absorbed = (with_intercept == 1).then(|| Absorbed { intercept: 0, base: base.unwrap() });
    let codes: Vec<usize> = (0..rows).map(|i| if i < levels { i } else { rng.random_range(0..levels) }).collect();
    let mut x = vec![vec![0.0; cols]; rows];
    for (row, &level) in x.iter_mut().zip(&codes) {
        row[..with_intercept].fill(1.0);
        others.iter().enumerate().for_each(|(j, &column)| row[column] = other(&mut rng, level, j));
        columns[level].iter().for_each(|&column| row[column] = 1.0);
    }
    let weights = (0..rows).map(|_| rng.random_range(0.2..3.0)).collect();
    Sample { border: Arc::new(Border { cols, others, levels: columns, absorbed }), x, weights, levels: codes }
}

impl Sample {
    fn dense(&self) -> Symmetric {
        let p = self.border.cols;
        let mut out = Symmetric::zeros(p);
        for (row, w) in self.x.iter().zip(&self.weights) {
            for i in (0..p).filter(|&i| row[i] != 0.0) {
                out.upper_row_mut(i).iter_mut().zip(&row[i..]).for_each(|(o, x)| *o += w * row[i] * x);
            }
        }
        out
    }

    fn bordered(&self) -> Bordered {
        let Border { others, levels, absorbed, .. } = &*self.border;
        let dense = self.dense();
        let mut sums = vec![vec![0.0; others.len()]; levels.len()];
        let mut diagonal = vec![0.0; levels.len()];
        for ((row, w), &level) in self.x.iter().zip(&self.weights).zip(&self.levels) {
            if absorbed.is_some() || levels[level].is_some() {
                diagonal[level] += w;
                others.iter().zip(&mut sums[level]).for_each(|(&j, sum)| *sum += w * row[j]);
            }
        }
        let mut cross = SparseColumns::default();
        sums.iter().for_each(|column| cross.push_full(column));
        Bordered { border: Arc::clone(&self.border), others: dense.select(others), cross, diagonal }
    }
}

/// Coefficients, inverse and what is kept are those of the dense factor of the same columns, aliased or not.
fn agree(sample: &Sample, found: &Cholesky, tolerance: f64) {
    let dense = sample.dense();
    let factor = cholesky_in_order(&dense, &found.factor.aliased, 0.0).factor;
    assert_eq!(found.factor.kept, factor.kept);
    assert_eq!(found.factor.aliased, factor.aliased);
    let rhs: Vec<f64> = (0..dense.size()).map(|j| (j as f64 * 0.37).sin() * dense.at(j, j)).collect();
    let (got, want) = (found.factor.solve(&rhs), factor.solve(&rhs));
    let largest = want.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    got.iter().zip(&want).for_each(|(g, w)| assert!((g - w).abs() < tolerance * largest, "{g} {w}"));
    let product = found.factor.block_inverse().unwrap().times(&rhs);
    product.iter().zip(&want).for_each(|(g, w)| assert!((g - w).abs() < tolerance * largest, "{g} {w}"));
    let (got, want) = (found.factor.inverse(), factor.inverse());
    let scale: Vec<f64> = (0..want.size()).map(|i| want.at(i, i).sqrt()).collect();
    let blocks = found.factor.block_inverse().unwrap();
    let variances = blocks.variances();
    for i in 0..want.size() {
        for j in i..want.size() {
            let error = (got.at(i, j) - want.at(i, j)).abs() / (scale[i] * scale[j]);
            assert!(error < tolerance, "({i}, {j}): {} {}", got.at(i, j), want.at(i, j));
        }
        assert!((variances[i] / want.at(i, i) - 1.0).abs() < tolerance);
    }
    let chosen: Vec<usize> = factor.kept.iter().copied().filter(|j| j % 3 != 1).collect();
    let place = |i: usize| factor.kept.binary_search(&chosen[i]).unwrap();
    let mut visited = 0;
    blocks.visit_among(
        &chosen,
        || true,
        |i, j, value| {
            visited += 1;
            assert!((value - got.at(place(i), place(j))).abs() <= 1e-14 * scale[place(i)] * scale[place(j)]);
        },
    );
    assert_eq!(visited, chosen.len() * (chosen.len() + 1) / 2);
    let places = blocks.places(dense.size());
    let mut scratch = inverse::RowScratch::default();
    for row in &sample.x[..40] {
        let each = |visit: &mut dyn FnMut(usize, f64)| row.iter().enumerate().for_each(|(j, &x)| visit(j, x));
        let got = blocks.quadratic_form(each, &places, &mut scratch);
        let x: Vec<f64> = factor.kept.iter().map(|&j| row[j]).collect();
        let form: f64 = want.times(&x).iter().zip(&x).map(|(a, b)| a * b).sum();
        assert!((got - form).abs() <= tolerance * form, "{got} {form}");
    }
}

fn noise(rng: &mut StdRng, _: usize, _: usize) -> f64 {
    rng.random_range(-1.0..1.0)
}

const CODINGS: [Coding; 4] = [
    Coding::Treatment { base: 0 },
    Coding::Treatment { base: 4 },
    Coding::TreatmentAlone { base: 2 },
    Coding::Identity,
];

#[test]
fn the_same_as_dense_wherever_the_factor_stands() {
    for coding in CODINGS {
        for (before, after) in [(0, 0), (3, 0), (0, 3), (2, 2)] {
            let sample = sample(200, 12, coding, (before, after), noise);
            let matrix = sample.bordered();
            let v: Vec<f64> = (0..matrix.border.cols).map(|j| (j as f64).cos()).collect();
            let dense = sample.dense();
            assert!(matrix.to_dense().to_full().iter().zip(dense.to_full()).all(|(a, b)| (a - b).abs() < 1e-12));
            assert!(matrix.times(&v).iter().zip(dense.times(&v)).all(|(a, b)| (a - b).abs() < 1e-11));
            let found = matrix.factorise(&[], 0.0);
            assert!(found.least_pivot > 0.1 || before + after == 0 && found.least_pivot == f64::INFINITY);
            agree(&sample, &found, 1e-12);
        }
    }
}

/// So many others that the sums of few levels are swept out by a matrix product, and of most of which few have an entry.
#[test]
fn wide_and_sparse_others() {
    for share in [1.0, 0.05] {
        let coding = Coding::Treatment { base: 0 };
        let other = |rng: &mut StdRng, _: usize, _: usize| if rng.random_bool(share) { rng.random() } else { 0.0 };
        let sample = sample(900, 30, coding, (60, 60), other);
        agree(&sample, &sample.bordered().factorise(&[], 0.0), 1e-11); // 120 others: a condition of a thousand
    }
}

#[test]
fn columns_may_be_left_out() {
    for coding in CODINGS {
        let sample = sample(200, 12, coding, (2, 2), noise);
        let columns = &sample.border.levels;
        let skip: Vec<usize> =
            sample.border.others[1..3].iter().copied().chain(columns[7]).chain(columns[11]).collect();
        let found = sample.bordered().factorise(&skip, 0.0);
        agree(&sample, &found, 1e-12);
        let mut expected = skip.clone();
        expected.sort_unstable();
        assert_eq!(found.factor.aliased, expected);
    }
}

/// What is aliased is what Cholesky of the whole matrix, in its order, finds.
fn same_rank(sample: &Sample, rank_lost: usize) {
    let whole = cholesky_in_order(&sample.dense(), &[], 1e-10);
    let found = sample.bordered().factorise_in_order(&[], 1e-10);
    assert_eq!(found.factor.aliased, whole.factor.aliased);
    assert_eq!(found.factor.aliased.len(), rank_lost);
    agree(sample, &found, 1e-8); // pivots down to 1e-5 where covariates of levels tell levels
}

#[test]
fn levels_without_weight_are_aliased() {
    for coding in CODINGS {
        for empty in [vec![5], vec![5, 11], vec![0, 2, 4]] {
            let mut sample = sample(200, 12, coding, (1, 1), noise);
            let Sample { weights, levels, .. } = &mut sample;
            weights.iter_mut().zip(levels).filter(|(_, level)| empty.contains(level)).for_each(|(w, _)| *w = 0.0);
            let base = match coding {
                Coding::TreatmentAlone { base } => usize::from(empty.contains(&base)),
                _ => 0,
            };
            same_rank(&sample, empty.len() - base);
        }
    }
}

/// Others that are constant within levels: a covariate of the levels, and a factor that groups them.
#[test]
fn what_the_levels_explain() {
    for coding in CODINGS {
        let alone = matches!(coding, Coding::TreatmentAlone { .. });
        // constant within levels; the second is zero in the last level, the third in the base
        let of_level = |level: usize, j: usize| match j {
            0 => (level as f64 * 1.3).sin() + 0.1,
            1 => {
                if level < 9 {
                    level as f64
                } else {
                    0.0
                }
            }
            _ => 1.0 + ((level * level) % 5) as f64,
        };
        for (before, after) in [(3, 0), (0, 3), (1, 2), (2, 1)] {
            let sample = sample(300, 12, coding, (before, after), |_, level, j| of_level(level, j));
            // with a base of its own that no intercept tells, one of them tells it
            same_rank(&sample, if alone { 2 } else { 3 });
        }
        let group = |_: &mut StdRng, level: usize, j: usize| f64::from(u8::from(level % 4 == j + 1));
        for (before, after) in [(3, 0), (0, 3)] {
            let sample = sample(300, 12, coding, (before, after), group);
            same_rank(
                &sample,
                if alone && matches!(coding, Coding::TreatmentAlone { base } if (1..4).contains(&(base % 4))) {
                    2
                } else {
                    3
                },
            );
        }
        // one that is explained by another before it, whatever the levels
        let twice =
            |rng: &mut StdRng, level: usize, j: usize| if j == 0 { of_level(level, 0) } else { noise(rng, 0, 0) };
        let mut sample = sample(300, 12, coding, (3, 1), twice);
        let (a, b) = (sample.border.others[1], sample.border.others[2]);
        sample.x.iter_mut().for_each(|row| row[b] = 2.0 * row[a]);
        same_rank(&sample, if alone { 1 } else { 2 });
    }
}
