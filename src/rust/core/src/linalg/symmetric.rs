/// A symmetric p × p matrix of which the upper triangle is kept true.
#[derive(Debug, Clone, PartialEq)]
pub struct Symmetric {
    size: usize,
    /// By rows, so that row i's upper part is contiguous.
    values: Vec<f64>,
}

impl Symmetric {
    pub fn zeros(size: usize) -> Self {
        Symmetric { size, values: vec![0.0; size * size] }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn at(&self, i: usize, j: usize) -> f64 {
        let (i, j) = if i <= j { (i, j) } else { (j, i) };
        self.values[i * self.size + j]
    }

    /// Entry (i, j), i <= j.
    pub fn at_mut(&mut self, i: usize, j: usize) -> &mut f64 {
        debug_assert!(i <= j);
        &mut self.values[i * self.size + j]
    }

    /// Row i from its diagonal entry on.
    pub fn upper_row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * (self.size + 1)..(i + 1) * self.size]
    }

    /// self += factor · other; the rows and columns of `other`, which may be fewer, are the first of these.
    pub fn add_scaled(&mut self, factor: f64, other: &Symmetric) {
        for i in 0..other.size {
            let row = &other.values[i * (other.size + 1)..(i + 1) * other.size];
            self.upper_row_mut(i).iter_mut().zip(row).for_each(|(a, b)| *a += factor * b);
        }
    }

    /// The rows and columns `kept`, in their order.
    pub fn select(&self, kept: &[usize]) -> Symmetric {
        let mut out = Symmetric::zeros(kept.len());
        for (i, &a) in kept.iter().enumerate() {
            for (j, &b) in kept.iter().enumerate().skip(i) {
                *out.at_mut(i, j) = self.at(a, b);
            }
        }
        out
    }

    /// self · v
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        (0..self.size).map(|i| (0..self.size).map(|j| self.at(i, j) * v[j]).sum()).collect()
    }

    /// Both triangles, by columns (or by rows: it is the same).
    pub fn to_full(&self) -> Vec<f64> {
        let p = self.size;
        (0..p * p).map(|k| self.at(k % p, k / p)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_matrices_are_added_to_the_first_rows_and_columns() {
        let filled = |size: usize| {
            let mut out = Symmetric::zeros(size);
            (0..size).for_each(|i| (i..size).for_each(|j| *out.at_mut(i, j) = (10 * i + j) as f64));
            out
        };
        for size in [2, 3] {
            let mut sum = filled(3);
            sum.add_scaled(-2.0, &filled(size));
            for i in 0..3 {
                for j in i..3 {
                    let factor = if j < size { -1.0 } else { 1.0 };
                    assert_eq!(sum.at(i, j), factor * (10 * i + j) as f64);
                }
            }
        }
    }
}
