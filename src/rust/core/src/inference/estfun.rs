//! The score, row by row.

use super::score::write_scaled;
use crate::accumulate::Scratch;
use crate::design::Tile;
use crate::error::{Error, Result};
use crate::glm::Problem;
use crate::pass::{sweep, Plan};
use crate::watch::Watch;
use crate::working::Working;
use std::ops::Range;

/// Row i of `rows` is s_i·x_i at `theta`, s = prior weight · dmu/deta / V(mu) · (y − mu), and `means` are the mu: the
/// estimating functions of the coefficients, not divided by a dispersion. NaN where a mean is out of its family's range.
/// One pass. Shapes: theta `[p]`, rows n × p by columns, means `[n]`.
pub fn score_rows(problem: &Problem, theta: &[f64], rows: &mut [f64], means: &mut [f64], watch: &Watch) -> Result<()> {
    let (design, n, p) = (problem.design, problem.rows(), problem.design.cols());
    if theta.len() != p {
        let message = format!("should have length {p}, not {}", theta.len());
        return Err(Error::Argument { arg: "coefficients", message });
    }
    let raw = design.raw_coefficients(theta);
    let plan = Plan::new(n, p, 1, 1);
    let lanes = plan.split_columns(rows).into_iter().zip(plan.split(means)).collect();
    sweep(
        &plan,
        watch,
        lanes,
        || (),
        Scratch::default,
        |(), ((start, columns), means), scratch, block| {
            let view = design.view(block, &mut scratch.block);
            let (working, expanded) = (&mut scratch.tile.working, &mut scratch.tile.rows);
            weigh_scores(problem, view.whole(), block.range(), &raw, working);
            expanded.resize(p * block.len, 0.0);
            design.expand(&view.whole(), expanded);
            let local = block.start - *start;
            means[local..local + block.len].copy_from_slice(&working.mu);
            write_scaled(expanded, &working.weighted_residuals, columns, local);
        },
        |(), ()| {},
    )
}

/// The means of a tile and its rows' part of the score, but for x; NaN where a mean is out of its family's range.
pub(crate) fn weigh_scores(problem: &Problem, tile: Tile, rows: Range<usize>, raw: &[f64], working: &mut Working) {
    let (link, family) = (problem.link, &problem.family.family);
    working.resize(tile.len);
    problem.fill_eta(tile, rows.clone(), raw, &mut working.eta);
    working.fill_means(link);
    working.weigh(problem.family, &problem.y[rows.clone()], problem.prior_weights.map(|w| &w[rows]));
    for i in 0..tile.len {
        if !(link.valid_eta(working.eta[i]) && family.valid_mean(working.mu[i])) {
            working.weighted_residuals[i] = f64::NAN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Codes, Column, Contrast, Design, Term};
    use crate::family::{by_name, FamilySpec};
    use crate::glm::GlmObjective;
    use crate::inference::meat;
    use crate::link;
    use crate::objective::{Objective, Point};

    /// The rows add up to the score, and their products to the meat; more rows than a block has, with weights and offset.
    #[test]
    fn rows_add_up() {
        let n = 3000;
        let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
        let codes: Vec<i32> = (0..n).map(|i| 1 + (i * i % 3) as i32).collect();
        let helmert = [-1.0, 1.0, 0.0, -1.0, -1.0, 2.0];
        let y: Vec<f64> = (0..n).map(|i| 0.2 + (i % 5) as f64).collect();
        let weights: Vec<f64> = (0..n).map(|i| (i % 4) as f64).collect();
        let offset: Vec<f64> = (0..n).map(|i| 0.01 * (i % 7) as f64).collect();
        let terms = vec![
            Term::intercept(),
            Term::factor(Codes { name: "f", codes: &codes, levels: 3 }, Contrast::matrix(3, &helmert)),
            Term::numeric(vec![Column::real("x", &x)]),
        ];
        let design = Design::new(n, terms).unwrap();
        let link = link::by_name("log", 0.0).unwrap();
        let spec = FamilySpec::new(by_name("poisson").unwrap());
        let problem = Problem {
            prior_weights: Some(&weights),
            offset: Some(&offset),
            ..Problem::new(&design, &y, &spec, link.as_ref())
        };
        let watch = Watch::default();
        let theta = [1.2, 0.1, -0.2, 0.3];
        let (mut rows, mut means) = (vec![0.0; 4 * n], vec![0.0; n]);
        score_rows(&problem, &theta, &mut rows, &mut means, &watch).unwrap();
        let objective = GlmObjective::new(&problem, &watch).unwrap();
        let score = objective.value_and_score(Point::At(&theta)).unwrap().1;
        let products = meat(&objective, Point::At(&theta)).unwrap();
        let column = |j: usize| &rows[j * n..(j + 1) * n];
        for a in 0..4 {
            let size = products.at(a, a).sqrt();
            assert!((column(a).iter().sum::<f64>() - score[a]).abs() < 1e-11 * size, "{a}");
            for b in 0..4 {
                let product: f64 = column(a).iter().zip(column(b)).map(|(x, y)| x * y).sum();
                assert!((product - products.at(a, b)).abs() < 1e-11 * size * products.at(b, b).sqrt(), "{a} {b}");
            }
        }
        let last = theta[0] - theta[1] - theta[2] + theta[3] * x[0] + offset[0];
        assert!((means[0] - last.exp()).abs() < 1e-13 * means[0]);
    }
}
