//! Sums of products in twofold precision: Ogita, Rump & Oishi (2005), "Accurate sum and dot product", SIAM J. Sci. Comput. 26.

use super::dispatch;

/// Partial sums: two vectors of the widest kind.
const LANES: usize = 16;

/// Sums of products: `high` and the rounding errors that they made.
#[derive(Default)]
pub struct Partial {
    pub high: [f64; LANES],
    pub low: [f64; LANES],
}

dispatch! {
    /// sums = Σ w·x·(y + y_low) over the rows, to be added up by the caller. Shapes: all `[n]`.
    twofold_products => twofold_products_generic(w: &[f64], x: &[f64], y: &[f64], y_low: &[f64], sums: &mut Partial)
}

#[inline(always)]
fn twofold_products_generic<const FMA: bool>(w: &[f64], x: &[f64], y: &[f64], y_low: &[f64], sums: &mut Partial) {
    let n = w.len();
    let (x, y, y_low) = (&x[..n], &y[..n], &y_low[..n]);
    *sums = Partial::default();
    let whole = n - n % LANES;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            let i = start + lane;
            add_product(w[i], x[i], y[i], y_low[i], &mut sums.high[lane], &mut sums.low[lane]);
        }
    }
    for i in whole..n {
        add_product(w[i], x[i], y[i], y_low[i], &mut sums.high[i - whole], &mut sums.low[i - whole]);
    }
}

/// A fused multiply-add gives the rounding error of a product; on machines without one it is a function call.
#[inline(always)]
fn add_product(w: f64, x: f64, y: f64, y_low: f64, high: &mut f64, low: &mut f64) {
    let weighted = w * x;
    let weighted_low = w.mul_add(x, -weighted);
    let product = weighted * y;
    let product_low = weighted.mul_add(y, -product) + (weighted_low * y + weighted * y_low);
    let sum = *high + product;
    let part = sum - *high;
    *low += ((*high - (sum - part)) + (product - part)) + product_low;
    *high = sum;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Twofold;

    fn total(sums: &Partial) -> f64 {
        Twofold::sum_of_parts(&sums.high, &sums.low).to_double()
    }

    /// Σ of parts that cancel to 1e-20 of the largest.
    #[test]
    fn what_cancels_is_not_lost() {
        for n in [4, 16, 50] {
            let mut x: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { 1e10 } else { -1e10 }).collect();
            let y: Vec<f64> = (0..n).map(|i| 1e10 * (1.0 + (i / 2) as f64)).collect();
            x[n - 1] += 3.0;
            let w = vec![1.0 / 3.0; n];
            let want = y[n - 1];
            for path in [twofold_products, twofold_products_generic::<false>] {
                let mut sums = Partial::default();
                path(&w, &x, &y, &vec![0.0; n], &mut sums);
                // a third of 3, in as many digits as a double's third has
                assert!((total(&sums) / want - 1.0).abs() < 1e-15, "{n}: {}", total(&sums));
                path(&w, &x, &vec![0.0; n], &y, &mut sums);
                assert!((total(&sums) / want - 1.0).abs() < 1e-5);
            }
        }
    }
}
