//! Sums over the rows of a design with factors of somebody else's, one a row.

use crate::accumulate::Scratch;
use crate::design::Design;
use crate::error::Result;
use crate::linalg::{add, Symmetric};
use crate::pass::{sweep, Plan};
use crate::simd::TILE_ROWS;
use crate::watch::Watch;

pub struct DesignSums<'a> {
    design: &'a Design<'a>,
    products: Plan,
    vectors: Plan,
    watch: &'a Watch,
}

impl<'a> DesignSums<'a> {
    pub fn new(design: &'a Design<'a>, watch: &'a Watch) -> Self {
        let cols = design.block_cols() + 2;
        let products = Plan::new(design.rows(), cols, design.gram_len(), design.gram_work());
        let vectors = Plan::new(design.rows(), cols, design.raw_cols(), 2 * design.block_cols());
        DesignSums { design, products, vectors, watch }
    }

    /// Xᵀ·diag(w)·X. Shapes: w `[n]`; p × p.
    pub fn products(&self, w: &[f64]) -> Result<Symmetric> {
        if w.iter().all(|&w| w >= 0.0) {
            return self.positive_products(w);
        }
        // the kernels take roots of wide designs' weights
        let part = |sign: f64| w.iter().map(|w| (sign * w).max(0.0)).collect::<Vec<f64>>();
        let mut out = self.positive_products(&part(1.0))?;
        let negative = self.positive_products(&part(-1.0))?;
        for i in 0..out.size() {
            out.upper_row_mut(i).iter_mut().enumerate().for_each(|(j, x)| *x -= negative.at(i, i + j));
        }
        Ok(out)
    }

    fn positive_products(&self, w: &[f64]) -> Result<Symmetric> {
        let design = self.design;
        let (gram, _) = sweep(
            &self.products,
            self.watch,
            vec![(); self.products.lanes()],
            || (design.empty_gram(), vec![0.0; design.raw_cols()]),
            Scratch::default,
            |(gram, score), (), scratch, block| {
                let view = design.view(block, &mut scratch.block);
                for tile in view.tiles(TILE_ROWS) {
                    let w = &w[block.start + tile.start..][..tile.len];
                    tile.with_next().add_xtwx(Some(w), w, gram, score, &mut scratch.tile.products);
                }
            },
            |(a, _), (b, _)| a.add(b),
        )?;
        Ok(design.contract_gram(&gram).into_dense())
    }

    /// Xᵀ·v. Shapes: v `[n]`; `[p]`.
    pub fn times(&self, v: &[f64]) -> Result<Vec<f64>> {
        let design = self.design;
        let raw = sweep(
            &self.vectors,
            self.watch,
            vec![(); self.vectors.lanes()],
            || vec![0.0; design.raw_cols()],
            Scratch::default,
            |sums, (), scratch, block| {
                design.view(block, &mut scratch.block).whole().add_xtv(&v[block.range()], sums);
            },
            |sums, lane| add(sums, &lane),
        )?;
        Ok(design.contract_vector(&raw))
    }
}
