//! What one cluster's residuals are multiplied by, so that the fit's having seen them does not make them too small.
//!
//! Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples";
//! Pustejovsky and Tipton (2018), "Small-sample methods for cluster-robust variance estimation and hypothesis testing in
//! fixed effects models".
//!
//! In the coordinates of T, the cluster's rows of the model matrix times the root of their weights and a root of the
//! inverse information: the cluster's block of the hat matrix is T·Tᵀ, and e are the residuals times the root of the
//! weights. With θ = diag(working variances), CR2 multiplies the residuals by θ^½·B⁻¹ᐟ²·θ^½, B = θ(I − TTᵀ)θ, a symmetric
//! matrix where rows differ in variance, CR3 by (I − TTᵀ)⁻¹. What has no inverse has a pseudo-inverse.

use super::inverse_root::inverse_root;
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};

/// Of an eigenvalue of I − TTᵀ; below it the cluster alone decides a combination of the coefficients. The tolerance of R's
/// clubSandwich.
const NOTHING_LEFT: f64 = 1e-12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// CR2: the inverse root.
    Root,
    /// CR3: the inverse.
    Inverse,
}

/// Rows of a cluster, or some of them.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// Tᵀ, and below it e as a last row. Shape: (r + 1) × B.
    pub rows: MatRef<'a, f64>,
    /// θ, up to a factor; all 1 where nobody asks. Shape: `[B]`.
    pub variances: &'a [f64],
}

/// A cluster in the coordinates of T, A its adjustment in those of e.
pub(super) struct AdjustedCluster {
    /// TᵀA·e. Shape: `[r]`.
    pub score: Vec<f64>,
    /// TᵀA·T. Shape: r × r.
    pub fit: Mat<f64>,
    /// Tᵀ·A(I − TTᵀ)Aᵀ·T, A those of the working model. Shape: r × r.
    pub variance: Mat<f64>,
}

impl Adjustment {
    pub const ALL: [(&'static str, Adjustment); 2] = [("CR2", Adjustment::Root), ("CR3", Adjustment::Inverse)];

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|&(_, kind)| kind)
    }

    /// Of an eigenvalue, `left` being its share that the fit has left.
    fn of(self, value: f64, left: f64) -> f64 {
        match self {
            _ if left <= NOTHING_LEFT => 0.0,
            Adjustment::Root => 1.0 / value.sqrt(),
            Adjustment::Inverse => 1.0 / value,
        }
    }

    /// A cluster with fewer rows than T has columns, or not many more.
    pub(super) fn of_rows(self, piece: Piece) -> Option<AdjustedCluster> {
        let (r, n) = (piece.rows.nrows() - 1, piece.rows.ncols());
        let variances = self.variances(piece.variances);
        let t = piece.rows.subrows(0, r);
        let hat = product(t.transpose(), t);
        let left = Mat::from_fn(n, n, |i, j| variances[i] * variances[j] * (f64::from(u8::from(i == j)) - hat[(i, j)]));
        let eigen = left.self_adjoint_eigen(Side::Lower).ok()?;
        let vectors = eigen.U();
        let values: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        // θ·v of each eigenvector
        let stretched = Mat::from_fn(n, n, |i, j| variances[i] * vectors[(i, j)]);
        let factors: Vec<f64> =
            (0..n).map(|j| self.of(values[j], values[j] / stretched.col(j).squared_norm_l2())).collect();
        let along = product(vectors.transpose(), piece.rows.transpose());
        let seen = product(stretched.transpose(), piece.rows.transpose());
        let adjusted = Mat::from_fn(n, r, |i, j| factors[i] * along[(i, j)]);
        let both = product(adjusted.transpose(), seen.as_ref());
        let weighted = Mat::from_fn(n, r, |i, j| values[i].max(0.0) * adjusted[(i, j)]);
        Some(AdjustedCluster {
            score: both.col(r).iter().copied().collect(),
            fit: both.subcols(0, r).to_owned(),
            variance: product(adjusted.transpose(), weighted.as_ref()),
        })
    }

    /// A cluster of any size, whose pieces `visit` shows, twice if need be.
    pub(super) fn of_pieces(self, r: usize, mut visit: impl FnMut(&mut dyn FnMut(Piece))) -> Option<AdjustedCluster> {
        let mut products = Mat::zeros(r + 1, r + 1);
        let (mut least, mut largest) = (f64::INFINITY, 0.0f64);
        visit(&mut |piece| {
            add_product(&mut products, piece.rows, piece.rows.transpose());
            for &v in piece.variances {
                (least, largest) = (least.min(v), largest.max(v));
            }
        });
        let eigen = products.submatrix(0, 0, r, r).self_adjoint_eigen(Side::Lower).ok()?;
        let vectors = eigen.U();
        let shares: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        if self == Adjustment::Root && least < largest {
            return root_of_pieces(&products, vectors, &shares, (least, largest), visit);
        }
        let factors: Vec<f64> = shares.iter().map(|h| self.of(1.0 - h, 1.0 - h)).collect();
        let of = |scale: &dyn Fn(usize) -> f64| {
            let scaled = Mat::from_fn(r, r, |i, j| vectors[(i, j)] * scale(j));
            product(scaled.as_ref(), vectors.transpose())
        };
        let score = product(of(&|j| factors[j]).as_ref(), products.submatrix(0, r, r, 1));
        Some(AdjustedCluster {
            score: score.col(0).iter().copied().collect(),
            fit: of(&|j| factors[j] * shares[j]),
            variance: of(&|j| factors[j] * factors[j] * shares[j] * (1.0 - shares[j])),
        })
    }

    /// θ, as far as the adjustment depends on it; the largest is 1.
    fn variances(self, variances: &[f64]) -> Vec<f64> {
        let largest = variances.iter().fold(0.0f64, |largest, &v| largest.max(v));
        variances.iter().map(|v| if self == Adjustment::Root { v / largest } else { 1.0 }).collect()
    }
}

/// CR2 where the variances of a cluster differ: B⁻¹ᐟ² is a sum of inverses of D − θTTᵀθ, D = θ² + shift, which are
/// D⁻¹ + D⁻¹θT(I − TᵀθD⁻¹θT)⁻¹TᵀθD⁻¹. `products` are those of T and e, `vectors` and `shares` the eigenvectors and
/// eigenvalues of TᵀT.
fn root_of_pieces(
    products: &Mat<f64>,
    vectors: MatRef<f64>,
    shares: &[f64],
    (least, largest): (f64, f64),
    mut visit: impl FnMut(&mut dyn FnMut(Piece)),
) -> Option<AdjustedCluster> {
    let r = shares.len();
    let lost: Vec<usize> = (0..r).filter(|&j| 1.0 - shares[j] <= NOTHING_LEFT).collect();
    let left = shares.iter().map(|h| 1.0 - h).filter(|left| *left > NOTHING_LEFT).fold(1.0, f64::min);
    let nodes = inverse_root((least / largest).powi(2) * left, 1.0);
    // what the rows' products are weighted by: θ²/D and θ/D of each node, and for what is lost 1/θ and 1/θ²
    let mut weights: Vec<Box<dyn Fn(f64) -> f64>> = vec![];
    for node in &nodes {
        let shift = node.shift;
        weights.push(Box::new(move |v| v * v / (v * v + shift)));
        weights.push(Box::new(move |v| v / (v * v + shift)));
    }
    if !lost.is_empty() {
        weights.push(Box::new(|v| 1.0 / v));
        weights.push(Box::new(|v| 1.0 / (v * v)));
    }
    let mut sums = vec![Mat::<f64>::zeros(r + 1, r + 1); weights.len()];
    visit(&mut |piece| {
        let mut scaled = piece.rows.to_owned();
        for (sum, weight) in sums.iter_mut().zip(&weights) {
            for (j, v) in piece.variances.iter().enumerate() {
                let by = weight(v / largest);
                scaled.col_mut(j).iter_mut().zip(piece.rows.col(j).iter()).for_each(|(s, x)| *s = by * x);
            }
            add_product(sum, piece.rows, scaled.transpose());
        }
    });
    // [TᵀAT, TᵀAe]
    let mut both = Mat::<f64>::zeros(r, r + 1);
    let mut at_zero = 0.0;
    for (node, sums) in nodes.iter().zip(sums.chunks_exact(2)) {
        let (squares, plain) = (sums[0].subrows(0, r), sums[1].subrows(0, r));
        let open = Mat::from_fn(r, r, |i, j| f64::from(u8::from(i == j)) - squares[(i, j)]);
        // plain is symmetric: (I − C₁)⁻¹C₂, transposed
        let inner = open.partial_piv_lu().solve(plain.subcols(0, r));
        both += faer::Scale(node.weight) * (plain + product(inner.transpose(), squares).as_ref());
        at_zero += node.weight / node.shift;
    }
    let mut variance = products.submatrix(0, 0, r, r).to_owned();
    if !lost.is_empty() {
        // the nodes' sum is not 0 there: it is taken away, along N = θ⁻¹T·(vectors that are lost)
        let gone = Mat::from_fn(r, lost.len(), |i, j| vectors[(i, lost[j])]);
        let (first, second) = (&sums[sums.len() - 2], &sums[sums.len() - 1]);
        let along = product(first.submatrix(0, 0, r, r), gone.as_ref());
        let squares = product(gone.transpose(), product(second.submatrix(0, 0, r, r), gone.as_ref()).as_ref());
        let onto = squares.partial_piv_lu().solve(along.transpose());
        let seen = product(gone.transpose(), products.subrows(0, r));
        both -= faer::Scale(at_zero) * product(onto.transpose(), seen.as_ref());
        variance -= product(along.as_ref(), onto.as_ref());
    }
    Some(AdjustedCluster { score: both.col(r).iter().copied().collect(), fit: both.subcols(0, r).to_owned(), variance })
}

fn product(a: MatRef<f64>, b: MatRef<f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    out
}

fn add_product(sum: &mut Mat<f64>, a: MatRef<f64>, b: MatRef<f64>) {
    matmul(sum.as_mut(), Accum::Add, a, b, 1.0, Par::Seq);
}
