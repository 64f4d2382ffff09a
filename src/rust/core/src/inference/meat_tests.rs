//! Relations between the meats of a fit, and with its rows one by one.

use super::cluster_meat::Joint;
use super::*;
use crate::control::{Control, Method};
use crate::design::{BlockScratch, Codes, Column, Contrast, Design, RowBlock, Term};
use crate::linalg::Factor;
use crate::pool::Pool;
use crate::watch::Watch;
use crate::wls::weighted_factor;
use rand::{Rng, SeedableRng};

/// Two covariates and a factor with a contrast that mixes levels; some rows without weight.
pub(super) struct Data {
    pub x: [Vec<f64>; 2],
    pub codes: Vec<i32>,
    helmert: [f64; 6],
    pub weights: Vec<f64>,
    pub residuals: Vec<f64>,
    pub firm: Vec<i32>,
    pub year: Vec<i32>,
}

impl Data {
    pub fn new(n: usize) -> Self {
        let mut rng = rand::rngs::StdRng::seed_from_u64(3);
        let mut numbers = |low: f64, high: f64| -> Vec<f64> { (0..n).map(|_| rng.random_range(low..high)).collect() };
        let (x, z, mut weights, residuals) =
            (numbers(-1.0, 2.0), numbers(5.0, 6.0), numbers(0.2, 2.0), numbers(-1.0, 1.0));
        weights[5..8].fill(0.0);
        let codes = (0..n).map(|i| 1 + (i * 31 % 3) as i32).collect();
        let firm = (0..n).map(|i| 1 + (i * 7 % 13) as i32).collect();
        let year = (0..n).map(|i| 1 + (i / 4 % 9) as i32).collect();
        Data { x: [x, z], codes, helmert: [-1.0, 1.0, 0.0, -1.0, -1.0, 2.0], weights, residuals, firm, year }
    }

    pub fn design(&self) -> Design<'_> {
        let codes = Codes { name: "f", codes: &self.codes, levels: 3 };
        let mut terms = vec![Term::intercept(), Term::factor(codes, Contrast::matrix(3, &self.helmert))];
        terms.extend(self.x.iter().map(|x| Term::numeric(vec![Column::real("x", x)])));
        Design::new(self.weights.len(), terms).unwrap()
    }

    pub fn scores<'a>(&'a self, design: &'a Design<'a>) -> ScoreRows<'a> {
        ScoreRows { design, weights: &self.weights, residuals: &self.residuals }
    }

    pub fn factor(&self, design: &Design) -> Factor {
        let control = Control { epsilon: 1e-8, max_iterations: 25, method: Method::Auto };
        weighted_factor(design, &self.weights, &[], &control, &calm()).unwrap()
    }
}

/// Nobody interrupts.
pub(super) fn calm() -> Watch {
    Watch::default()
}

/// The score rows one by one.
pub(super) fn rows(scores: &ScoreRows) -> Vec<Vec<f64>> {
    let n = scores.design.rows();
    let mut out = vec![];
    scores.append(RowBlock { start: 0, len: n }, &mut BlockScratch::default(), &mut out);
    out.chunks(scores.design.cols()).map(<[f64]>::to_vec).collect()
}

/// Σ u uᵀ of some rows.
pub(super) fn products(rows: impl IntoIterator<Item = Vec<f64>>, p: usize) -> Symmetric {
    let mut sum = Symmetric::zeros(p);
    for u in rows {
        for i in 0..p {
            (i..p).for_each(|j| *sum.at_mut(i, j) += u[i] * u[j]);
        }
    }
    sum
}

pub(super) fn sums_by(rows: &[Vec<f64>], group: impl Fn(usize) -> usize, groups: usize) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; rows[0].len()]; groups];
    for (i, row) in rows.iter().enumerate() {
        sums[group(i)].iter_mut().zip(row).for_each(|(a, b)| *a += b);
    }
    sums
}

fn combine(parts: &[(f64, &Symmetric)]) -> Symmetric {
    let p = parts[0].1.size();
    let mut sum = Symmetric::zeros(p);
    for (by, part) in parts {
        for i in 0..p {
            (i..p).for_each(|j| *sum.at_mut(i, j) += by * part.at(i, j));
        }
    }
    sum
}

/// Entries are as exact as the diagonal is large.
pub(super) fn assert_close(got: &Symmetric, want: &Symmetric, tolerance: f64) {
    for i in 0..want.size() {
        for j in i..want.size() {
            let size = (want.at(i, i) * want.at(j, j)).abs().sqrt();
            assert!(
                (got.at(i, j) - want.at(i, j)).abs() <= tolerance * size,
                "({i}, {j}): {} {}",
                got.at(i, j),
                want.at(i, j)
            );
        }
    }
}

fn clusters(scores: &ScoreRows, by: &[&Vec<i32>], adjust: bool) -> ClusterMeat {
    let clusterings: Vec<Clustering> = by.iter().map(|codes| Clustering::new(codes).unwrap()).collect();
    cluster_meat(scores, &clusterings, adjust, &calm()).unwrap()
}

#[test]
fn meats_are_sums_over_rows() {
    let data = Data::new(700);
    let design = data.design();
    let scores = data.scores(&design);
    let (rows, p) = (rows(&scores), design.cols());
    assert!(rows[5..8].iter().flatten().all(|&s| s == 0.0));
    assert_close(&squares_meat(&scores, &calm()).unwrap(), &products(rows.clone(), p), 1e-13);
    let by_firm = products(sums_by(&rows, |i| data.firm[i] as usize - 1, 13), p);
    let meat = clusters(&scores, &[&data.firm], false);
    assert_eq!(meat.counts, [13]);
    assert_close(&meat.meat, &by_firm, 1e-12);
    assert_close(&clusters(&scores, &[&data.firm], true).meat, &combine(&[(13.0 / 12.0, &by_firm)]), 1e-12);
}

#[test]
fn clusters_of_one_row_are_white_s() {
    let data = Data::new(500);
    let design = data.design();
    let scores = data.scores(&design);
    let own: Vec<i32> = (0..500).map(|i| 500 - i).collect();
    let squares = squares_meat(&scores, &calm()).unwrap();
    assert_close(&clusters(&scores, &[&own], false).meat, &squares, 1e-15);
    // rows without weight may go anywhere: then the sums of the scores by cluster are formed
    let joined: Vec<i32> = (0..500).map(|i| if (5..8).contains(&i) { 1 } else { own[i as usize] }).collect();
    assert_close(&clusters(&scores, &[&joined], false).meat, &squares, 1e-13);
}

#[test]
fn rows_that_are_alone_need_no_sums() {
    let data = Data::new(700);
    let design = data.design();
    let scores = data.scores(&design);
    // 300 pairs far apart, and 100 rows alone: too few to be kept apart; 200 pairs and 300 rows: enough
    for pairs in [300, 200] {
        let codes: Vec<i32> = (0..700).map(|i| if i < 2 * pairs { 1 + i % pairs } else { 1 + i - pairs }).collect();
        let clusterings = [Clustering::new(&codes).unwrap()];
        assert_eq!(Joint::new(&clusterings, &[0], false).has_single_rows, pairs == 200);
        let meat = clusters(&scores, &[&codes], false);
        let want = products(sums_by(&rows(&scores), |i| codes[i] as usize - 1, 700), design.cols());
        assert_eq!(meat.counts, [700 - pairs as usize]);
        assert_close(&meat.meat, &want, 1e-13);
    }
}

#[test]
fn several_ways_include_and_exclude() {
    let data = Data::new(700);
    let design = data.design();
    let scores = data.scores(&design);
    let third: Vec<i32> = (0..700).map(|i| 1 + i % 700 / 3).collect(); // too many pairs for a table
    let pair = |a: &[i32], b: &[i32]| -> Vec<i32> { a.iter().zip(b).map(|(a, b)| 1000 * a + b).collect() };
    let one = |by: &Vec<i32>| clusters(&scores, &[by], false).meat;
    let (f, y, t) = (&data.firm, &data.year, &third);
    let both = clusters(&scores, &[f, y], false);
    assert_eq!(both.counts, [13, 9, 117]);
    assert_close(&both.meat, &combine(&[(1.0, &one(f)), (1.0, &one(y)), (-1.0, &one(&pair(f, y)))]), 1e-12);
    let all = clusters(&scores, &[f, y, t], false);
    assert_eq!(all.counts.len(), 7);
    let (fy, ft, yt) = (pair(f, y), pair(f, t), pair(y, t));
    let fyt: Vec<i32> = (1..=700).collect();
    let singles = [one(f), one(y), one(t)];
    let pairs = [one(&fy), one(&ft), one(&yt)];
    let last = one(&fyt);
    let mut parts: Vec<(f64, &Symmetric)> = singles.iter().map(|m| (1.0, m)).collect();
    parts.extend(pairs.iter().map(|m| (-1.0, m)));
    parts.push((1.0, &last));
    assert_close(&all.meat, &combine(&parts), 1e-11);
}

/// The sums of the intersections of all ways make those of the others, with the rows that are alone in them.
#[test]
fn sums_of_the_finest_clusters_make_the_others() {
    let n = 700;
    let data = Data::new(n);
    let design = data.design();
    let scores = data.scores(&design);
    let ways: [Vec<i32>; 3] = [
        (0..n).map(|i| 1 + (i * 5 % 7) as i32).collect(),
        (0..n).map(|i| 1 + (i / 3 % 5) as i32).collect(),
        (0..n).map(|i| if i % 14 < 9 { 1 + (i % 3) as i32 } else { 10 + i as i32 }).collect(),
    ];
    let rows = rows(&scores);
    let mut parts = vec![];
    for bits in 1..8usize {
        let set: Vec<&Vec<i32>> = (0..3).filter(|way| bits >> way & 1 == 1).map(|way| &ways[way]).collect();
        let mut distinct = std::collections::HashMap::new();
        let codes: Vec<usize> = (0..n)
            .map(|i| {
                let next = distinct.len();
                *distinct.entry(set.iter().map(|way| way[i]).collect::<Vec<_>>()).or_insert(next)
            })
            .collect();
        let sign = if set.len() % 2 == 1 { 1.0 } else { -1.0 };
        parts.push((sign, products(sums_by(&rows, |i| codes[i], distinct.len()), design.cols())));
    }
    let parts: Vec<(f64, &Symmetric)> = parts.iter().map(|(sign, meat)| (*sign, meat)).collect();
    let found = || clusters(&scores, &[&ways[0], &ways[1], &ways[2]], false).meat;
    let one = Pool::new(1).unwrap().install(found);
    assert_close(&one, &combine(&parts), 1e-11);
    assert_eq!(one.to_full(), Pool::new(2).unwrap().install(found).to_full());
}

/// Many columns go another way through the kernels; each set of clusterings has clusters of one row, with both signs.
#[test]
fn several_ways_of_many_columns() {
    let n = 400;
    let data = Data::new(n);
    let mut rng = rand::rngs::StdRng::seed_from_u64(5);
    let x: Vec<Vec<f64>> = (0..150).map(|_| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()).collect();
    let mut terms = vec![Term::intercept()];
    terms.extend(x.iter().map(|x| Term::numeric(vec![Column::real("x", x)])));
    let design = Design::new(n, terms).unwrap();
    let scores = data.scores(&design);
    let pairs_and_single = |shift: usize| -> Vec<i32> {
        let code = |row: usize| if row < 200 { row % 100 } else { row };
        (0..n).map(|i| 1 + code((i + shift) % n) as i32).collect()
    };
    let codes = [pairs_and_single(0), pairs_and_single(57)];
    let found = || clusters(&scores, &[&codes[0], &codes[1]], true);
    let (rows, p) = (rows(&scores), design.cols());
    let both: Vec<i32> = (0..n).map(|i| 1000 * codes[0][i] + codes[1][i]).collect();
    let mut distinct = both.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let part = |codes: &[i32], clusters: usize| {
        let meat = products(sums_by(&rows, |i| codes[i] as usize, 1 + *codes.iter().max().unwrap() as usize), p);
        (clusters as f64 / (clusters as f64 - 1.0), meat)
    };
    let [(a, first), (b, second)] = [0, 1].map(|way| part(&codes[way], 300));
    let (c, pairs) = part(&both, distinct.len());
    let one = Pool::new(1).unwrap().install(found);
    assert_eq!(one.counts, [300, 300, distinct.len()]);
    assert_close(&one.meat, &combine(&[(a, &first), (b, &second), (-c, &pairs)]), 1e-12);
    assert_eq!(one.meat.to_full(), Pool::new(3).unwrap().install(found).meat.to_full());
}

#[test]
fn lags_are_products_of_rows_that_are_near() {
    let data = Data::new(700);
    let design = data.design();
    let scores = data.scores(&design);
    let (rows, p) = (rows(&scores), design.cols());
    assert_close(&lagged_meat(&scores, None, None, &[1.0], &calm()).unwrap(), &products(rows.clone(), p), 1e-13);
    // with all lags alike, all rows go together
    let total = products(sums_by(&rows, |_| 0, 1), p);
    let size = products(rows.clone(), p);
    let all = lagged_meat(&scores, None, None, &vec![1.0; 700], &calm()).unwrap();
    for i in 0..p {
        (i..p).for_each(|j| {
            assert!((all.at(i, j) - total.at(i, j)).abs() < 1e-10 * (size.at(i, i) * size.at(j, j)).sqrt())
        });
    }
    let order: Vec<usize> = (0..700).map(|t| t * 3 % 700).collect();
    let kernel = [1.0, 0.6, 0.3];
    let mut want = Symmetric::zeros(p);
    for t in 0..700usize {
        for (lag, k) in kernel.iter().enumerate().filter(|(lag, _)| *lag <= t) {
            let (now, then) = (&rows[order[t]], &rows[order[t - lag]]);
            for i in 0..p {
                for j in i..p {
                    let both = now[i] * then[j] + if lag > 0 { then[i] * now[j] } else { 0.0 };
                    *want.at_mut(i, j) += k * both;
                }
            }
        }
    }
    assert_close(&lagged_meat(&scores, Some(&order), None, &kernel, &calm()).unwrap(), &want, 1e-12);
    assert!(lagged_meat(&scores, Some(&order[1..]), None, &kernel, &calm()).is_err());
}

/// What the coefficients change without a row, summed: HC3 is the jackknife about the estimate (MacKinnon and White).
#[test]
fn hc3_is_the_sum_of_squared_deletions() {
    let data = Data::new(300);
    let design = data.design();
    let (scores, factor) = (data.scores(&design), data.factor(&design));
    let p = design.cols();
    let roots: Vec<f64> = data.weights.iter().zip(&data.residuals).map(|(w, e)| w.sqrt() * e).collect();
    let (mut hat, mut values) = (vec![0.0; 300], vec![0.0; 300 * p]);
    let fit = Weighted { design: &design, weights: &data.weights, factor: &factor };
    let columns: Vec<usize> = (0..p).collect();
    influence(&fit, &mut hat, Some(Changes { columns: &columns, residuals: &roots, values: &mut values }), &calm())
        .unwrap();
    let changes = (0..300).map(|i| (0..p).map(|j| values[j * 300 + i]).collect());
    let meat = leverage_meat(&scores, &factor, Leveraged::Hc3, &calm()).unwrap().1;
    assert_close(&sandwich(&factor.inverse(), &meat), &products(changes, p), 1e-11);
}

#[test]
fn a_leverage_of_one_is_told() {
    let mut data = Data::new(300);
    data.x[0].fill(0.0);
    data.x[0][17] = 1.0;
    let design = data.design();
    let (scores, factor) = (data.scores(&design), data.factor(&design));
    for (_, kind) in Leveraged::ALL {
        match leverage_meat(&scores, &factor, kind, &calm()) {
            Err(crate::error::Error::Leverage { rows }) => assert_eq!(rows, [17]),
            other => panic!("{:?}", other.map(|_| ())),
        }
    }
    squares_meat(&scores, &calm()).unwrap();
}

#[test]
fn threads_do_not_change_a_bit() {
    let n = 60_000;
    let data = Data::new(n);
    let design = data.design();
    let (scores, factor) = (data.scores(&design), data.factor(&design));
    // nearly half of the rows are alone
    let mut rng = rand::rngs::StdRng::seed_from_u64(6);
    let mut many = |count: i32| (0..n).map(|_| rng.random_range(1..=count)).collect::<Vec<i32>>();
    let ways = [many(300), many(250)];
    let all = || {
        let lags = lagged_meat(&scores, None, None, &[1.0, 0.5, 0.25], &calm()).unwrap();
        let clustered = clusters(&scores, &[&data.firm, &data.year], true).meat;
        let scattered = clusters(&scores, &[&ways[0], &ways[1]], true).meat;
        let leverages = leverage_meat(&scores, &factor, Leveraged::Hc4, &calm()).unwrap().1;
        [lags, clustered, scattered, leverages].map(|m| m.to_full().iter().map(|x| x.to_bits()).collect::<Vec<u64>>())
    };
    let one = Pool::new(1).unwrap().install(all);
    assert_eq!(one, Pool::new(3).unwrap().install(all));
}

#[test]
fn lags_reach_over_lanes() {
    let data = Data::new(40_000);
    let design = data.design();
    let scores = data.scores(&design);
    let rows = rows(&scores);
    let p = design.cols();
    let sum = |rows: &[Vec<f64>], lag: usize| -> Vec<Vec<f64>> {
        rows[lag..].iter().zip(rows).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect()
    };
    // (a + b)(a + b)ᵀ less aaᵀ and bbᵀ is abᵀ + baᵀ
    let crossed = |lag: usize| {
        let both = products(sum(&rows, lag), p);
        let (later, earlier) = (rows[lag..].to_vec(), rows[..rows.len() - lag].to_vec());
        combine(&[(1.0, &both), (-1.0, &products(later, p)), (-1.0, &products(earlier, p))])
    };
    let want = combine(&[(1.0, &products(rows.clone(), p)), (0.5, &crossed(1)), (0.25, &crossed(2))]);
    assert_close(&lagged_meat(&scores, None, None, &[1.0, 0.5, 0.25], &calm()).unwrap(), &want, 1e-11);
}
