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
