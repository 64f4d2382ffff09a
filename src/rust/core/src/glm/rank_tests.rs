//! Aliased columns are those of QR of the rows, whoever finds them.

use super::tests::{running, Model};
use super::{GlmObjective, Problem};
use crate::control::{Control, Method};
use crate::design::{Codes, Column, Contrast, Design, Term};
use crate::error::Result;
use crate::linalg::RowsQr;
use crate::objective::{Objective, Point, Quadratic, Value};
use crate::solver::{newton, Solution};
use std::cell::Cell;

/// Counts how often the rows are factorised, and the information is formed.
struct Spy<'a> {
    inner: &'a GlmObjective<'a>,
    factorised: Cell<usize>,
    formed: Cell<usize>,
}

impl Objective for Spy<'_> {
    fn dim(&self) -> usize {
        self.inner.dim()
    }
    fn is_wide(&self) -> bool {
        self.inner.is_wide()
    }
    fn value(&self, at: Point) -> Result<Value> {
        self.inner.value(at)
    }
    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        self.inner.value_and_score(at)
    }
    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        self.formed.set(self.formed.get() + 1);
        self.inner.quadratic(at)
    }
    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        self.factorised.set(self.factorised.get() + 1);
        self.inner.rows_qr(at)
    }
    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        self.inner.information_diagonal(at)
    }
    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        self.inner.information_times(at, v)
    }
}

struct Fits {
    auto: Solution,
    qr: Solution,
    /// Times that the first of them factorised the rows.
    factorised: usize,
    formed: usize,
}

fn fits(problem: &Problem) -> Fits {
    let objective = GlmObjective::new(problem, running()).unwrap();
    let spy = Spy { inner: &objective, factorised: Cell::new(0), formed: Cell::new(0) };
    let control = |method| Control { epsilon: 1e-8, max_iterations: 25, method };
    let auto = newton(&spy, None, &control(Method::Auto)).unwrap();
    let qr = newton(&objective, None, &control(Method::Qr)).unwrap();
    Fits { auto, qr, factorised: spy.factorised.get(), formed: spy.formed.get() }
}

/// `x` beside an intercept and three covariates of a Poisson model.
fn with_columns(x: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>) -> Fits {
    let mut model = Model::new("poisson", "log", 3000, 4, 11);
    model.x = x(&model.x);
    fits(&model.problem(&model.design()))
}

fn column(terms: &[(f64, &Vec<f64>)]) -> Vec<f64> {
    (0..terms[0].1.len()).map(|i| terms.iter().map(|(factor, x)| factor * x[i]).sum()).collect()
}

fn check(found: &Fits, aliased: &[usize], what: &str) {
    let of = |solution: &Solution| solution.factor.as_ref().unwrap().aliased.clone();
    assert_eq!(of(&found.qr), aliased, "{what}, by QR");
    assert_eq!(of(&found.auto), aliased, "{what}");
    assert_eq!(found.auto.iterations, found.qr.iterations, "{what}");
    for (a, b) in found.auto.coefficients.iter().zip(&found.qr.coefficients) {
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-3), "{what}: {a} {b}");
    }
}

#[test]
fn explained_columns_are_found_without_the_rows() {
    for shift in [0.0, 100.0] {
        let found = with_columns(|x| {
            let moved = column(&[(1.0, &x[1]), (shift, &x[0])]);
            let sum = column(&[(2.0, &moved), (-0.3, &x[0]), (1e4, &x[2])]);
            let copy = column(&[(-1.0, &moved)]);
            let last = column(&[(1.0, &x[3]), (1.0, &sum)]);
            vec![x[0].clone(), moved, x[2].clone(), sum, copy, x[3].clone(), vec![0.0; 3000], last]
        });
        check(&found, &[3, 4, 6, 7], &format!("shift {shift}"));
        assert_eq!(found.factorised, 0, "shift {shift}");
    }
}

#[test]
fn nearly_explained_columns_are_left_to_the_rows() {
    // the last of them is rounding error
    for (share, aliased) in [(1e-4, vec![]), (1e-6, vec![]), (1e-9, vec![]), (1e-15, vec![2])] {
        let found = with_columns(|x| {
            let nearly = column(&[(1.0, &x[1]), (share, &x[2])]);
            vec![x[0].clone(), x[1].clone(), nearly, x[3].clone()]
        });
        let of = |solution: &Solution| solution.factor.as_ref().unwrap().aliased.clone();
        assert_eq!((of(&found.auto), of(&found.qr)), (aliased.clone(), aliased.clone()), "{share}");
        assert_eq!(found.factorised > 0, aliased.is_empty(), "{share}");
    }
}

/// What a later column would explain is no reason to alias the earlier one.
#[test]
fn columns_before_are_those_that_explain() {
    let found = with_columns(|x| {
        let nearly = column(&[(1.0, &x[1]), (1e-4, &x[2])]);
        vec![x[0].clone(), x[1].clone(), nearly, x[2].clone(), x[3].clone()]
    });
    check(&found, &[3], "a part of 1e-4");
    assert!(found.factorised > 0);
}

/// Squares that vanish are not zeros.
#[test]
fn tiny_columns_are_no_zeros() {
    let found =
        with_columns(|x| vec![x[0].clone(), x[1].clone(), column(&[(1e-180, &x[2])]), vec![0.0; 3000], x[3].clone()]);
    assert_eq!(found.auto.factor.as_ref().unwrap().aliased, [3]);
    assert_eq!(found.qr.factor.as_ref().unwrap().aliased, [3]);
}

/// All cells of two factors, of which some are empty, beside an intercept.
#[test]
fn cells_of_an_interaction() {
    let model = Model::new("poisson", "log", 4000, 2, 3);
    let codes = |levels: i32, step: i32| (0..4000).map(|i| (i * step / 7) % levels + 1).collect::<Vec<i32>>();
    let (f, mut g) = (codes(4, 5), codes(3, 2));
    g.iter_mut().zip(&f).filter(|(g, f)| **f == 2 && **g == 3).for_each(|(g, _)| *g = 1);
    let terms = vec![
        Term::intercept(),
        Term::numeric(vec![Column::real("x", &model.x[1])]),
        Term::new(
            vec![],
            vec![Codes { name: "f", codes: &f, levels: 4 }, Codes { name: "g", codes: &g, levels: 3 }],
            vec![Contrast::identity(4), Contrast::identity(3)],
            None,
        ),
    ];
    let design = Design::new(4000, terms).unwrap();
    let found = fits(&model.problem(&design));
    // the empty cell of f = 2, g = 3, and the last
    check(&found, &[2 + 1 + 4 * 2, 13], "cells");
    assert_eq!(found.factorised, 0);
}

#[test]
fn fewer_rows_than_columns_need_no_information() {
    let mut model = Model::new("poisson", "log", 40, 60, 2);
    model.x[5] = column(&[(1.0, &model.x[1]), (2.0, &model.x[4])]);
    let found = fits(&model.problem(&model.design()));
    let aliased: Vec<usize> = std::iter::once(5).chain(41..60).collect();
    check(&found, &aliased, "wide");
    assert_eq!(found.formed, 0);
    assert!(found.auto.deviance < 1e-6);
}
