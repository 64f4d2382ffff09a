//! Term form = the model matrix written out by hand: for every kind of term, in every order.

use super::*;
use crate::linalg::Symmetric;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Rows of the test designs: no multiple of any block or lane size.
const ROWS: usize = 2011;
/// Block sizes that leave ragged tails.
const BLOCKS: [usize; 5] = [1, 7, 16, 67, ROWS];

pub(crate) enum Variable {
    Reals(Vec<Vec<f64>>),
    Integers(Vec<i32>),
    /// Codes, levels, contrast matrix by columns.
    Factor(Vec<i32>, usize, Vec<f64>),
}

impl Variable {
    fn cols(&self) -> usize {
        match self {
            Variable::Reals(columns) => columns.len(),
            Variable::Integers(_) => 1,
            Variable::Factor(_, levels, contrast) => contrast.len() / levels,
        }
    }

    fn value(&self, row: usize, col: usize) -> f64 {
        match self {
            Variable::Reals(columns) => columns[col][row],
            Variable::Integers(values) => f64::from(values[row]),
            Variable::Factor(codes, levels, contrast) => contrast[codes[row] as usize - 1 + col * levels],
        }
    }
}

/// A term as a formula names it: its variables in order, the first running fastest. No variable: the intercept.
pub(crate) type Formula = Vec<Vec<usize>>;

/// The variables of `term` that column `col` multiplies, each with its own column.
fn digits(variables: &[Variable], term: &[usize], mut col: usize) -> Vec<usize> {
    let next = |&v: &usize| {
        let digit = col % variables[v].cols();
        col /= variables[v].cols();
        digit
    };
    term.iter().map(next).collect()
}

/// The model matrix, written out. Shape: `[p][n]`.
pub(crate) fn by_hand(variables: &[Variable], formula: &Formula, rows: usize) -> Vec<Vec<f64>> {
    let mut x = vec![];
    for term in formula {
        for col in 0..term.iter().map(|&v| variables[v].cols()).product() {
            let digits = digits(variables, term, col);
            let entry = |row: usize| term.iter().zip(&digits).map(|(&v, &d)| variables[v].value(row, d)).product();
            x.push((0..rows).map(entry).collect());
        }
    }
    x
}

pub(crate) fn design<'a>(variables: &'a [Variable], formula: &Formula, rows: usize) -> Design<'a> {
    let term = |term: &Vec<usize>| {
        let (mut numeric, mut factors, mut contrasts) = (vec![], vec![], vec![]);
        for &v in term {
            match &variables[v] {
                Variable::Reals(columns) => numeric.push(columns.iter().map(|c| Column::real("x", c)).collect()),
                Variable::Integers(values) => {
                    numeric.push(vec![Column { name: "i".into(), values: Values::Integer(values) }])
                }
                Variable::Factor(codes, levels, contrast) => {
                    factors.push(Codes { name: "f", codes, levels: *levels });
                    contrasts.push(Contrast::matrix(*levels, contrast));
                }
            }
        }
        // where each (numeric column j, contrast column c) stands in the formula's own order
        let m: usize = numeric.iter().map(Vec::len).product();
        let cols: usize = term.iter().map(|&v| variables[v].cols()).product();
        let mut order = vec![0; cols];
        for place in 0..cols {
            let (mut j, mut c, mut step_j, mut step_c) = (0, 0, 1, 1);
            for (&v, digit) in term.iter().zip(digits(variables, term, place)) {
                let step = if matches!(variables[v], Variable::Factor(..)) {
                    (&mut c, &mut step_c)
                } else {
                    (&mut j, &mut step_j)
                };
                *step.0 += digit * *step.1;
                *step.1 *= variables[v].cols();
            }
            order[j + c * m] = place;
        }
        let natural = order.iter().enumerate().all(|(i, &o)| i == o);
        Term::new(numeric, factors, contrasts, if natural { None } else { Some(order) })
    };
    Design::new(rows, formula.iter().map(term).collect()).unwrap()
}

const X1: usize = 0;
const X3: usize = 1;
const Z2: usize = 2;
const INT: usize = 3;
const TREAT: usize = 4;
const SUM: usize = 5;
const HELMERT: usize = 6;
const IDENTITY: usize = 7;
const DENSE_CONTRAST: usize = 8;
const IDENTITY_2: usize = 9;

pub(crate) fn variables(rng: &mut StdRng, n: usize) -> Vec<Variable> {
    let reals = |rng: &mut StdRng, k: usize| -> Vec<Vec<f64>> {
        (0..k).map(|_| (0..n).map(|_| rng.random_range(-2.0..2.0)).collect()).collect()
    };
    // every level occurs
    let codes = |rng: &mut StdRng, k: usize| -> Vec<i32> {
        (0..n).map(|i| if i < k { i as i32 + 1 } else { rng.random_range(1..=k as i32) }).collect()
    };
    let identity = |k: usize| (0..k * k).map(|i| f64::from(u8::from(i % k == i / k))).collect::<Vec<_>>();
    let x1 = Variable::Reals(reals(rng, 1));
    let x3 = Variable::Reals(reals(rng, 3));
    let z2 = Variable::Reals(reals(rng, 2));
    let int = Variable::Integers((0..n).map(|_| rng.random_range(-5..9)).collect());
    let treatment = Variable::Factor(codes(rng, 3), 3, vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let sum = Variable::Factor(codes(rng, 4), 4, vec![1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 1.0, -1.0]);
    let helmert = Variable::Factor(codes(rng, 3), 3, vec![-1.0, 1.0, 0.0, -1.0, -1.0, 2.0]);
    let full = Variable::Factor(codes(rng, 3), 3, identity(3));
    let dense = Variable::Factor(codes(rng, 5), 5, (0..10).map(|_| rng.random_range(-1.0..1.0)).collect());
    let full_2 = Variable::Factor(codes(rng, 2), 2, identity(2));
    vec![x1, x3, z2, int, treatment, sum, helmert, full, dense, full_2]
}

/// A name and the terms of each design; `vec![]` is the intercept.
pub(crate) fn formulas() -> Vec<(&'static str, Formula)> {
    vec![
        ("empty", vec![]),
        ("constant", vec![vec![]]),
        ("dense", vec![vec![], vec![X1], vec![X3]]),
        ("no intercept", vec![vec![X3], vec![INT]]),
        ("integer", vec![vec![], vec![INT], vec![X1, INT]]),
        ("products of matrices", vec![vec![], vec![X3, Z2], vec![Z2, X3, X1]]),
        ("treatment", vec![vec![], vec![TREAT]]),
        ("sum", vec![vec![], vec![SUM]]),
        ("helmert", vec![vec![], vec![HELMERT], vec![X1]]),
        ("dense contrast", vec![vec![], vec![DENSE_CONTRAST]]),
        ("identity", vec![vec![IDENTITY]]),
        ("factors side by side", vec![vec![], vec![TREAT], vec![SUM], vec![HELMERT], vec![DENSE_CONTRAST]]),
        ("numeric:factor", vec![vec![], vec![X3, TREAT]]),
        ("factor:numeric", vec![vec![], vec![SUM, X3]]),
        ("integer:factor", vec![vec![INT, IDENTITY], vec![SUM, INT]]),
        ("factor between numerics", vec![vec![], vec![X3, HELMERT, Z2]]),
        ("numeric between factors", vec![vec![], vec![SUM, X3, TREAT]]),
        ("all interleaved", vec![vec![], vec![TREAT, Z2, DENSE_CONTRAST, INT, IDENTITY_2, X3]]),
        ("identity:contrast", vec![vec![], vec![TREAT], vec![IDENTITY_2, SUM]]),
        ("contrast:identity", vec![vec![], vec![SUM, IDENTITY]]),
        ("three factors", vec![vec![], vec![TREAT, SUM, HELMERT]]),
        ("factor by itself twice", vec![vec![], vec![TREAT], vec![X1, TREAT], vec![X3, TREAT]]),
        ("coded before dense", vec![vec![TREAT], vec![X3, SUM], vec![X1], vec![], vec![IDENTITY, Z2], vec![INT]]),
        ("wide", vec![vec![], vec![X3], vec![Z2], vec![INT], vec![X3, Z2], vec![X1, X3], vec![SUM, DENSE_CONTRAST]]),
    ]
}

fn blocks(size: usize) -> impl Iterator<Item = RowBlock> {
    (0..ROWS).step_by(size).map(move |start| RowBlock { start, len: size.min(ROWS - start) })
}

fn close(got: f64, want: f64, size: f64, what: &str) {
    assert!((got - want).abs() <= 1e-12 * size.max(1.0), "{what}: {got}, not {want}");
}

/// Run `check` on every design, its matrix by hand, and every block size.
fn for_each_design(check: impl Fn(&str, &Design, &[Vec<f64>], usize, &mut StdRng)) {
    let mut rng = StdRng::seed_from_u64(20240501);
    let variables = variables(&mut rng, ROWS);
    for (name, formula) in formulas() {
        let x = by_hand(&variables, &formula, ROWS);
        let design = design(&variables, &formula, ROWS);
        assert_eq!(design.cols(), x.len(), "{name}");
        for block in BLOCKS {
            check(&format!("{name}, blocks of {block}"), &design, &x, block, &mut rng);
        }
    }
}

#[test]
fn expanded_rows_are_those_written_by_hand() {
    for_each_design(|name, design, x, size, _| {
        let mut scratch = BlockScratch::default();
        for block in blocks(size) {
            let mut out = vec![f64::NAN; x.len() * block.len];
            design.expand(&design.view(block, &mut scratch).whole(), &mut out);
            for (j, column) in x.iter().enumerate() {
                for (i, row) in block.range().enumerate() {
                    // products in another order differ by rounding
                    close(
                        out[j * block.len + i],
                        column[row],
                        column[row].abs(),
                        &format!("{name}: row {row}, column {j}"),
                    );
                }
            }
        }
    });
}

#[test]
fn x_beta() {
    for_each_design(|name, design, x, size, rng| {
        let beta: Vec<f64> = x.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
        let raw = design.raw_coefficients(&beta);
        assert_eq!(raw.len(), design.raw_cols());
        let mut scratch = BlockScratch::default();
        for block in blocks(size) {
            // adds to what is there
            let mut eta = vec![0.5; block.len];
            design.view(block, &mut scratch).whole().add_xb(&raw, &mut eta);
            for (e, row) in eta.iter().zip(block.range()) {
                let terms = x.iter().zip(&beta).map(|(column, b)| column[row] * b);
                let size: f64 = terms.clone().map(f64::abs).sum();
                close(*e, 0.5 + terms.sum::<f64>(), size, &format!("{name}: row {row}"));
            }
        }
    });
}

#[test]
fn x_transposed_v() {
    for_each_design(|name, design, x, size, rng| {
        let v: Vec<f64> = (0..ROWS).map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut raw = vec![0.0; design.raw_cols()];
        let mut scratch = BlockScratch::default();
        for block in blocks(size) {
            design.view(block, &mut scratch).whole().add_xtv(&v[block.range()], &mut raw);
        }
        for (j, (got, column)) in design.contract_vector(&raw).iter().zip(x).enumerate() {
            let terms = column.iter().zip(&v).map(|(x, v)| x * v);
            let size: f64 = terms.clone().map(f64::abs).sum();
            close(*got, terms.sum(), size, &format!("{name}: column {j}"));
        }
    });
}

fn gram(design: &Design, w: &[f64], size: usize) -> Symmetric {
    let mut raw = design.empty_gram();
    blocks(size).for_each(|block| add_gram(design, block, w, &mut raw, &mut vec![0.0; design.raw_cols()]));
    design.contract_gram(&raw).into_dense()
}

/// The weights are the residuals of the score, too. Tiles that do not divide the block.
fn add_gram(design: &Design, block: RowBlock, w: &[f64], raw: &mut RawGram, score: &mut [f64]) {
    let (mut columns, mut scratch) = (BlockScratch::default(), GramScratch::default());
    for tile in design.view(block, &mut columns).tiles(20) {
        let w = &w[block.start + tile.start..block.start + tile.start + tile.len];
        tile.with_next().add_xtwx(Some(w), w, raw, score, &mut scratch);
    }
}

#[test]
fn x_transposed_w_x() {
    for_each_design(|name, design, x, size, rng| {
        // weights of zero, and negative ones: an observed information may have them
        let w: Vec<f64> = (0..ROWS).map(|i| if i % 11 == 0 { 0.0 } else { rng.random_range(-0.2..2.0) }).collect();
        let got = gram(design, &w, size);
        unit_weights(design, size);
        for i in 0..x.len() {
            for j in i..x.len() {
                let terms = (0..ROWS).map(|row| x[i][row] * w[row] * x[j][row]);
                let size: f64 = terms.clone().map(f64::abs).sum();
                close(got.at(i, j), terms.sum(), size, &format!("{name}: ({i}, {j})"));
            }
        }
    });
}

/// No weights are weights of 1, and the score that comes with the matrix is Xᵀ·r.
fn unit_weights(design: &Design, size: usize) {
    let (mut with, mut without) = (design.empty_gram(), design.empty_gram());
    let (mut columns, mut scratch) = (BlockScratch::default(), GramScratch::default());
    let mut scores = [(); 3].map(|_| vec![0.0; design.raw_cols()]);
    let [first, second, apart] = &mut scores;
    let one = [1.0; ROWS];
    for block in blocks(size) {
        let r: Vec<f64> = block.range().map(|i| (i % 5) as f64 - 1.5).collect();
        let tile = design.view(block, &mut columns);
        let tile = tile.whole();
        tile.add_xtwx(Some(&one[..block.len]), &r, &mut with, first, &mut scratch);
        tile.add_xtwx(None, &r, &mut without, second, &mut scratch);
        tile.add_xtv(&r, apart);
    }
    let (with, without) = (design.contract_gram(&with).into_dense(), design.contract_gram(&without).into_dense());
    for j in 0..design.cols() {
        (0..=j).for_each(|i| close(with.at(i, j), without.at(i, j), ROWS as f64, "unit weights"));
    }
    for j in 0..design.raw_cols() {
        close(scores[0][j], scores[2][j], ROWS as f64, "score");
        close(scores[1][j], scores[2][j], ROWS as f64, "score");
    }
}

/// The terms' accumulators may be summed lane by lane.
#[test]
fn grams_of_parts_add_up() {
    let mut rng = StdRng::seed_from_u64(5);
    let variables = variables(&mut rng, ROWS);
    for (name, formula) in formulas() {
        let design = design(&variables, &formula, ROWS);
        let w = [1.0; ROWS];
        let mut score = vec![0.0; design.raw_cols()];
        let mut parts = [design.empty_gram(), design.empty_gram()];
        for (k, block) in blocks(31).enumerate() {
            add_gram(&design, block, &w, &mut parts[k % 2], &mut score);
        }
        let [mut sum, other] = parts;
        sum.add(other);
        let (sum, whole) = (design.contract_gram(&sum).into_dense(), gram(&design, &w, ROWS));
        for i in 0..design.cols() {
            for j in i..design.cols() {
                close(sum.at(i, j), whole.at(i, j), ROWS as f64, &format!("{name}: ({i}, {j})"));
            }
        }
    }
}

/// A factor through its codes = the same columns handed over as a matrix of doubles.
#[test]
fn treatment_columns_are_the_contrast_matrix() {
    let codes = [1, 3, 2, 2, 1, 3, 3];
    for base in 0..3 {
        let by_name = Term::factor(Codes { name: "f", codes: &codes, levels: 3 }, Contrast::treatment(3, base));
        let design = Design::new(codes.len(), vec![Term::intercept(), by_name]).unwrap();
        let mut out = vec![0.0; 3 * codes.len()];
        let mut scratch = BlockScratch::default();
        design.expand(&design.view(RowBlock { start: 0, len: codes.len() }, &mut scratch).whole(), &mut out);
        let others: Vec<i32> = (1..=3).filter(|&level| level != base as i32 + 1).collect();
        for (c, level) in others.iter().enumerate() {
            for (row, code) in codes.iter().enumerate() {
                assert_eq!(
                    out[(c + 1) * codes.len() + row],
                    f64::from(u8::from(code == level)),
                    "base {base}, row {row}"
                );
            }
        }
    }
}

#[test]
fn wrong_lengths_are_named() {
    let (x, codes) = ([1.0, 2.0, 3.0], [1, 2]);
    let kind = |term: Term| match Design::new(2, vec![Term::intercept(), term]) {
        Err(e) => (e.kind(), e.to_string()),
        Ok(_) => ("none", String::new()),
    };
    let (k, message) = kind(Term::numeric(vec![Column::real("dose", &x)]));
    assert_eq!(k, "argument");
    assert!(message.contains("`dose`") && message.contains('3') && message.contains('2'), "{message}");
    assert_eq!(kind(Term::factor(Codes { name: "f", codes: &codes, levels: 2 }, Contrast::identity(2))).0, "none");
    let short = Term::factor(Codes { name: "f", codes: &codes[..1], levels: 2 }, Contrast::identity(2));
    assert_eq!(kind(short).0, "argument");
}

#[test]
fn values_that_are_not_finite_are_named_with_their_row() {
    let fine = [1.0, 2.0, 3.0, 4.0];
    for (bad, row) in [(f64::NAN, 2), (f64::INFINITY, 0), (f64::NEG_INFINITY, 3)] {
        let mut x = fine;
        x[row] = bad;
        let matrix = vec![Column::real("fine", &fine), Column::real("bad", &x)];
        let design = Design::new(4, vec![Term::intercept(), Term::numeric(matrix)]).unwrap();
        match design.check_finite() {
            Err(Error::NonFinite { what, row: found, value }) => {
                assert_eq!((what.as_str(), found), ("bad", row));
                assert!(value == bad || (value.is_nan() && bad.is_nan()));
            }
            other => panic!("{other:?}"),
        }
    }
    let missing = [4, i32::MIN, 2, i32::MIN];
    let integers = Column { name: "count".into(), values: Values::Integer(&missing) };
    let design = Design::new(4, vec![Term::numeric(vec![integers])]).unwrap();
    assert!(matches!(design.check_finite(), Err(Error::NonFinite { what, row: 1, .. }) if what == "count"));
    assert!(Design::new(4, vec![Term::intercept(), Term::numeric(vec![Column::real("x", &fine)])])
        .unwrap()
        .check_finite()
        .is_ok());
}
