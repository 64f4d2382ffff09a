//! One pass of a Poisson fit against what the machine can do: reading the columns, and multiplying matrices.
//!
//! usage: glmrs-bench [THREADS]     prints a table; the limit is max(bytes / bandwidth, n·p² / matrix-product peak)

use glmrs_core::design::{Column, Design, Term};
use glmrs_core::family::{by_name, FamilySpec};
use glmrs_core::glm::{GlmObjective, Problem, StartingMeans};
use glmrs_core::link::Log;
use glmrs_core::objective::{Objective, Point};
use glmrs_core::pool::Pool;
use glmrs_core::watch::Watch;
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;

const REPEATS: usize = 9;
/// (rows, columns)
const CASES: [(usize, usize); 9] = [
    (1_000_000, 2),
    (1_000_000, 10),
    (1_000_000, 20),
    (500_000, 50),
    (100_000, 100),
    (100_000, 200),
    (50_000, 500),
    (20_000, 1000),
    (4_000, 2500),
];

fn best_of<T>(mut f: impl FnMut() -> T) -> f64 {
    (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            black_box(f());
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

/// Bytes a second, reading 512 MB.
fn read_bandwidth() -> f64 {
    let data = vec![1.0f64; 1 << 26];
    let sum = || -> f64 {
        data.par_chunks(1 << 16)
            .map(|c| {
                let mut s = [0.0; 16];
                c.chunks_exact(16).for_each(|x| s.iter_mut().zip(x).for_each(|(s, x)| *s += x));
                s.iter().sum::<f64>()
            })
            .sum()
    };
    8.0 * data.len() as f64 / best_of(sum)
}

/// Multiply-adds times two a second, on square blocks, one for each thread.
fn product_peak(threads: usize) -> f64 {
    let n = 768;
    let a = faer::Mat::<f64>::from_fn(n, n, |i, j| ((i * 7 + j * 3) % 11) as f64 - 5.0);
    let time = best_of(|| {
        (0..threads).into_par_iter().for_each(|_| {
            let mut c = faer::Mat::<f64>::zeros(n, n);
            faer::linalg::matmul::matmul(c.as_mut(), faer::Accum::Replace, a.as_ref(), a.as_ref(), 1.0, faer::Par::Seq);
            black_box(&c);
        });
    });
    2.0 * (threads * n * n * n) as f64 / time
}

fn main() -> Result<(), glmrs_core::Error> {
    let threads = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(2);
    Pool::new(threads)?.install(|| run(threads))
}

fn run(threads: usize) -> Result<(), glmrs_core::Error> {
    let (bandwidth, peak) = (read_bandwidth(), product_peak(threads));
    println!("{threads} threads: read {:.0} GB/s, matrix product {:.0} GFLOP/s", bandwidth / 1e9, peak / 1e9);
    println!("{:>9} {:>5} {:>9} {:>9} {:>9} {:>7} {:>6}", "rows", "cols", "value ms", "score ms", "pass ms", "GFLOP/s", "limit");
    for (n, p) in CASES {
        let mut state = 12345u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let x: Vec<Vec<f64>> = (0..p).map(|_| (0..n).map(|_| next()).collect()).collect();
        let y: Vec<f64> = (0..n).map(|_| (3.0 * (next() + 0.5)).floor()).collect();
        let theta: Vec<f64> = (0..p).map(|_| 0.1 * next()).collect();
        let design = Design::new(n, vec![Term::numeric(x.iter().map(|c| Column::real("x", c)).collect())])?;
        let Some(family) = by_name("poisson") else { return Err(glmrs_core::Error::Start) };
        let spec = FamilySpec { family, likelihood: true, quasi: false };
        let problem = Problem {
            design: &design,
            y: &y,
            prior_weights: None,
            offset: None,
            trials: None,
            family: &spec,
            link: &Log,
            start: StartingMeans::Family,
        };
        let watch = Watch::default();
        let objective = GlmObjective::new(&problem, &watch)?;
        let at = Point::At(&theta);
        let value = best_of(|| objective.value(at));
        let score = best_of(|| objective.value_and_score(at));
        let pass = best_of(|| objective.quadratic(at));
        let flops = (n * p * p) as f64;
        let limit = (8.0 * (n * p) as f64 / bandwidth).max(flops / peak);
        println!(
            "{n:>9} {p:>5} {:>9.2} {:>9.2} {:>9.2} {:>7.1} {:>6.1}",
            value * 1e3,
            score * 1e3,
            pass * 1e3,
            flops / pass / 1e9,
            pass / limit
        );
    }
    Ok(())
}
