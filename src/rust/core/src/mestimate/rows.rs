//! What is needed of the rows of estimating functions.

use faer::{Mat, MatRef};

/// The sums of `cols` columns that follow one another, times `factor`.
pub fn column_sums(rows: &[f64], cols: usize, factor: f64) -> Vec<f64> {
    let n = rows.len() / cols;
    (0..cols).map(|j| factor * sum(&rows[j * n..(j + 1) * n])).collect()
}

/// In four interleaved parts, which the processor adds up side by side.
fn sum(x: &[f64]) -> f64 {
    let quads = x.chunks_exact(4);
    let rest: f64 = quads.remainder().iter().sum();
    let parts = quads.fold([0.0; 4], |parts, x| std::array::from_fn(|k| parts[k] + x[k]));
    (parts[0] + parts[1]) + (parts[2] + parts[3]) + rest
}

/// (factor·rows)ᵀ·(factor·rows)
pub fn row_products(rows: MatRef<f64>, factor: f64) -> Mat<f64> {
    let products = rows.transpose() * rows;
    factor * factor * products
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_products_are_those_of_the_columns() {
        let rows: Vec<f64> = (0..22).map(|i| f64::from(i * i % 7) - 2.5).collect();
        let sums = column_sums(&rows, 2, -0.5);
        let products = row_products(MatRef::from_column_major_slice(&rows, 11, 2), -0.5);
        for j in 0..2 {
            let column = &rows[11 * j..11 * (j + 1)];
            assert_eq!(sums[j], -0.5 * column.iter().sum::<f64>());
            assert_eq!(products[(j, j)], 0.25 * column.iter().map(|x| x * x).sum::<f64>());
        }
    }
}
