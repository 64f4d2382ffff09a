//! Xᵀ diag(w) X of dense columns: small tiles of column pairs that stay in registers.

use super::{dispatch, multiply_add};

/// Columns of X against columns of the weighted copy: 3 × 4 sums of four lanes fill the sixteen AVX2 registers.
const TILE_A: usize = 3;
const TILE_B: usize = 4;
const LANES: usize = 4;

dispatch! {
    /// gram += Xᵀ diag(w) X, upper triangle: entry (i, j), i <= j, at i + j·stride.
    /// Shapes: columns `[D][B]`, w `[B]`. `weighted` is scratch memory for the columns times w.
    add_gram => add_gram_generic(columns: &[&[f64]], w: &[f64], gram: &mut [f64], stride: usize, weighted: &mut Vec<f64>)
}

#[inline(always)]
fn add_gram_generic<const FMA: bool>(
    columns: &[&[f64]],
    w: &[f64],
    gram: &mut [f64],
    stride: usize,
    weighted: &mut Vec<f64>,
) {
    let (d, n) = (columns.len(), w.len());
    weighted.resize(d * n, 0.0);
    for (column, out) in columns.iter().zip(weighted.chunks_exact_mut(n)) {
        for ((o, &x), &w) in out.iter_mut().zip(*column).zip(w) {
            *o = x * w;
        }
    }
    let weighted: &[f64] = weighted;
    for j in (0..d).step_by(TILE_B) {
        for i in (0..(j + TILE_B).min(d)).step_by(TILE_A) {
            // tiles that hang over the edge repeat the last column and drop the result
            let a: [&[f64]; TILE_A] = std::array::from_fn(|t| &columns[(i + t).min(d - 1)][..n]);
            let b: [&[f64]; TILE_B] = std::array::from_fn(|t| {
                let column = (j + t).min(d - 1);
                &weighted[column * n..(column + 1) * n]
            });
            let sums = tile::<FMA>(a, b, n);
            for (ta, row) in sums.iter().enumerate() {
                for (tb, sum) in row.iter().enumerate() {
                    if i + ta <= j + tb && j + tb < d {
                        gram[i + ta + (j + tb) * stride] += sum;
                    }
                }
            }
        }
    }
}

/// All dot products of the columns of `a` with those of `b`; every slice has length n.
#[inline(always)]
fn tile<const FMA: bool>(a: [&[f64]; TILE_A], b: [&[f64]; TILE_B], n: usize) -> [[f64; TILE_B]; TILE_A] {
    let mut sums = [[[0.0; LANES]; TILE_B]; TILE_A];
    let whole = n - n % LANES;
    let mut k = 0;
    while k < whole {
        // SAFETY: k + LANES <= whole <= n, the length of every slice.
        let load = |x: &[f64]| -> [f64; LANES] { unsafe { x.as_ptr().add(k).cast::<[f64; LANES]>().read_unaligned() } };
        let a_lanes: [[f64; LANES]; TILE_A] = std::array::from_fn(|t| load(a[t]));
        for tb in 0..TILE_B {
            let b_lanes = load(b[tb]);
            for ta in 0..TILE_A {
                for l in 0..LANES {
                    sums[ta][tb][l] = multiply_add::<FMA>(a_lanes[ta][l], b_lanes[l], sums[ta][tb][l]);
                }
            }
        }
        k += LANES;
    }
    std::array::from_fn(|ta| {
        std::array::from_fn(|tb| {
            let tail: f64 = (whole..n).map(|k| a[ta][k] * b[tb][k]).sum();
            sums[ta][tb].iter().sum::<f64>() + tail
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_plain_loops_at_every_edge() {
        for n in [1, 4, 9, 64] {
            for d in 1..11 {
                let x: Vec<Vec<f64>> =
                    (0..d).map(|j| (0..n).map(|i| ((i * 5 + j * 8) % 13) as f64 - 6.0).collect()).collect();
                let columns: Vec<&[f64]> = x.iter().map(|c| c.as_slice()).collect();
                let w: Vec<f64> = (0..n).map(|i| 0.5 + (i % 3) as f64).collect();
                let stride = d + 2;
                for path in [add_gram, add_gram_generic::<false>] {
                    let mut gram = vec![1.0; stride * stride];
                    path(&columns, &w, &mut gram, stride, &mut vec![]);
                    for i in 0..d {
                        for j in 0..d {
                            let want: f64 = (0..n).map(|k| x[i][k] * w[k] * x[j][k]).sum();
                            let want = 1.0 + if i <= j { want } else { 0.0 };
                            assert!((gram[i + j * stride] - want).abs() < 1e-11, "n {n}, d {d}: ({i}, {j})");
                        }
                    }
                }
            }
        }
    }
}
