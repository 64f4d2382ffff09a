//! What a fit's score rows say about the spread of its coefficients, and its rows about their own weight. Nothing here fits
//! again.

mod adjusted;
mod adjustment;
mod basis;
mod cluster_meat;
mod cluster_sums;
mod clusters;
mod estfun;
mod hc;
mod influence;
mod inverse;
mod inverse_root;
mod known;
mod lags;
mod meat;
mod members;
mod places;
mod satterthwaite;
mod score;
mod score_adjustment;

pub use adjusted::{adjusted_meat, AdjustedMeat};
pub use adjustment::Adjustment;
pub use cluster_meat::{cluster_meat, ClusterMeat};
pub use clusters::Clustering;
pub use estfun::score_rows;
pub(crate) use estfun::weigh_scores;
pub use hc::{leverage_meat, squares_meat, Leveraged};
pub use influence::{influence, leave_one_out_sigma, Changes, Weighted};
pub use known::with_known_inverse;
pub use lags::{lagged_meat, lagged_sums_meat};
pub use meat::meat;
pub use satterthwaite::Wanted;
pub use score::ScoreRows;
pub use score_adjustment::{score_adjustment, Bias, ScoreAdjustment};

use crate::linalg::Symmetric;

/// inverse · meat · inverse: the covariance that holds where the variance function is wrong, too (White, 1982,
/// "Maximum likelihood estimation of misspecified models"; HC0). Sums, not means: with the inverse of the information
/// and the [`meat`], both of the kept columns. Shapes: p × p.
pub fn sandwich(inverse: &Symmetric, meat: &Symmetric) -> Symmetric {
    let p = inverse.size();
    let (outer, inner) = (inverse.to_full(), meat.to_full());
    let mut half = vec![0.0; p * p];
    for j in 0..p {
        for k in 0..p {
            let weight = outer[k + j * p];
            let column = &inner[k * p..(k + 1) * p];
            half[j * p..(j + 1) * p].iter_mut().zip(column).for_each(|(h, m)| *h += weight * m);
        }
    }
    let mut out = Symmetric::zeros(p);
    for i in 0..p {
        for j in i..p {
            let (row, column) = (&outer[i * p..(i + 1) * p], &half[j * p..(j + 1) * p]);
            *out.at_mut(i, j) = row.iter().zip(column).map(|(a, b)| a * b).sum();
        }
    }
    out
}

#[cfg(test)]
mod adjusted_tests;
#[cfg(test)]
mod influence_tests;
#[cfg(test)]
mod meat_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sandwich_is_the_product() {
        let (mut b, mut m) = (Symmetric::zeros(2), Symmetric::zeros(2));
        for (i, j, x, y) in [(0, 0, 2.0, 3.0), (0, 1, -1.0, 0.5), (1, 1, 4.0, 1.0)] {
            *b.at_mut(i, j) = x;
            *m.at_mut(i, j) = y;
        }
        // [2 -1; -1 4] [3 .5; .5 1] [2 -1; -1 4]
        let v = sandwich(&b, &m);
        assert_eq!([v.at(0, 0), v.at(0, 1), v.at(1, 1)], [11.0, -5.5, 15.0]);
    }
}
