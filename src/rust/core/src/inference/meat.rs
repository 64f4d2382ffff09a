//! The sum of the products of the score rows.

use crate::accumulate::{Depth, TileScratch};
use crate::error::{Error, Result};
use crate::glm::GlmObjective;
use crate::linalg::Symmetric;
use crate::objective::Point;

/// Σ s² x xᵀ over the rows, s = prior weight · dmu/deta / V(mu) · (y − mu): row i of the score is s_i·x_i.
///
/// A sum: package sandwich's `meat()` is this divided by n. One pass. Shape: p × p.
pub fn meat(objective: &GlmObjective, at: Point) -> Result<Symmetric> {
    let sums = objective.sum_weighed(&objective.plan, Depth::Information, at, |tile, scratch, sums| {
        let TileScratch { working, products, .. } = scratch;
        let squares = &mut working.weighted_residuals;
        squares.iter_mut().for_each(|s| *s *= *s);
        if let Some(gram) = &mut sums.gram {
            tile.add_xtwx(Some(squares), squares, gram, &mut sums.score, products);
        }
    })?;
    let gram = sums.gram.as_ref().ok_or(Error::Start)?;
    Ok(objective.problem.design.contract_gram(gram).into_dense())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Codes, Column, Contrast, Design, Term};
    use crate::family::{by_name, FamilySpec};
    use crate::glm::Problem;
    use crate::link;
    use crate::watch::Watch;

    /// Against the rows one by one, with a factor whose contrast mixes levels, weights and an offset.
    #[test]
    fn meat_is_the_sum_over_rows() {
        let n = 200;
        let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
        let codes: Vec<i32> = (0..n).map(|i| 1 + (i * i % 3) as i32).collect();
        let helmert = [-1.0, 1.0, 0.0, -1.0, -1.0, 2.0];
        let y: Vec<f64> = (0..n).map(|i| 0.2 + (i % 5) as f64).collect();
        let weights: Vec<f64> = (0..n).map(|i| (i % 4) as f64).collect();
        let offset: Vec<f64> = (0..n).map(|i| 0.01 * (i % 7) as f64).collect();
        let codes_of = || Codes { name: "f", codes: &codes, levels: 3 };
        let terms = vec![
            Term::intercept(),
            Term::factor(codes_of(), Contrast::matrix(3, &helmert)),
            Term::numeric(vec![Column::real("x", &x)]),
        ];
        let design = Design::new(n, terms).unwrap();
        for (family, link_name) in [("Gamma", "log"), ("poisson", "sqrt")] {
            let link = link::by_name(link_name, 0.5).unwrap();
            let spec = FamilySpec::new(by_name(family).unwrap());
            let problem = Problem {
                prior_weights: Some(&weights),
                offset: Some(&offset),
                ..Problem::new(&design, &y, &spec, link.as_ref())
            };
            let watch = Watch::default();
            // columns: intercept, the two of the contrast, x
            let theta = [1.2, 0.1, -0.2, 0.3];
            let got = meat(&GlmObjective::new(&problem, &watch).unwrap(), Point::At(&theta)).unwrap();
            let mut expected = [[0.0; 4]; 4];
            for i in 0..n {
                let level = codes[i] as usize - 1;
                let row = [1.0, helmert[level], helmert[level + 3], x[i]];
                let eta = offset[i] + row.iter().zip(theta).map(|(x, b)| x * b).sum::<f64>();
                let mu = link.inverse(eta);
                let s = weights[i] * link.dmu_deta(eta) / spec.family.variance(mu) * (y[i] - mu);
                for a in 0..4 {
                    for b in 0..4 {
                        expected[a][b] += s * s * row[a] * row[b];
                    }
                }
            }
            for a in 0..4 {
                for b in 0..4 {
                    assert!((got.at(a, b) - expected[a][b]).abs() < 1e-12 * expected[a][a].max(expected[b][b]));
                }
            }
        }
    }
}
