//! A large factor's information is that of its columns, written out.

use super::*;
use crate::linalg::bordered::Absorbed;
use crate::linalg::Information;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const ROWS: usize = 1500;
const LEVELS: usize = 300;

struct Data {
    x: Vec<Vec<f64>>,
    /// Codes of factors of 300, 280, 40, 3 and 2 levels.
    codes: Vec<Vec<i32>>,
}

const SIZES: [usize; 5] = [LEVELS, 280, 40, 3, 2];

fn data() -> Data {
    let mut rng = StdRng::seed_from_u64(11);
    let x = (0..5).map(|_| (0..ROWS).map(|_| rng.random_range(-1.0..1.0)).collect()).collect();
    let codes = SIZES.map(|k| (0..ROWS).map(|_| rng.random_range(1..=k as i32)).collect()).to_vec();
    Data { x, codes }
}

impl Data {
    fn codes(&self, f: usize) -> Codes<'_> {
        Codes { name: "f", codes: &self.codes[f], levels: SIZES[f] }
    }

    fn factor(&self, f: usize) -> Term<'_> {
        Term::factor(self.codes(f), Contrast::treatment(SIZES[f], SIZES[f] / 3))
    }

    fn numeric(&self, columns: std::ops::Range<usize>) -> Term<'_> {
        Term::numeric(self.x[columns].iter().map(|x| Column::real("x", x)).collect())
    }

    fn by_factor(&self, column: usize, f: usize) -> Term<'_> {
        let numeric = vec![vec![Column::real("x", &self.x[column])]];
        Term::new(numeric, vec![self.codes(f)], vec![Contrast::identity(SIZES[f])], None)
    }
}

fn designs(data: &Data) -> Vec<(&'static str, Vec<Term<'_>>)> {
    let helmert = Contrast::matrix(3, &[-1.0, 1.0, 0.0, -1.0, -1.0, 2.0]);
    let identity = || Term::factor(data.codes(0), Contrast::identity(LEVELS));
    vec![
        ("factor", vec![Term::intercept(), data.factor(0)]),
        ("no intercept", vec![identity(), data.numeric(0..5)]),
        ("last", vec![Term::intercept(), data.numeric(0..5), data.factor(3), data.factor(4), data.factor(0)]),
        ("two large", vec![Term::intercept(), data.factor(1), data.factor(0), data.factor(3), data.numeric(0..2)]),
        ("pairs", vec![Term::intercept(), data.factor(2), data.factor(0), data.factor(4), data.factor(1)]),
        ("by levels", vec![Term::intercept(), data.factor(0), data.by_factor(1, 3), data.by_factor(2, 2)]),
        ("a base alone", vec![Term::factor(data.codes(2), Contrast::identity(40)), data.factor(0), data.numeric(1..2)]),
        (
            "contrast",
            vec![Term::intercept(), Term::factor(data.codes(3), helmert), data.factor(0), data.by_factor(0, 0)],
        ),
    ]
}

/// The model matrix of the block, row by row and by columns.
fn rows_of(design: &Design, view: &BlockView) -> Vec<Vec<f64>> {
    let (n, p) = (view.len, design.cols());
    let mut columns = vec![0.0; n * p];
    design.expand(&view.whole(), &mut columns);
    (0..n)
        .map(|i| {
            let row: Vec<f64> = (0..p).map(|j| columns[i + j * n]).collect();
            let mut visited = vec![0.0; p];
            design.for_each_in_row(view, i, |column, value| visited[column] += value);
            assert_eq!(visited, row);
            row
        })
        .collect()
}

#[test]
fn the_information_is_that_of_the_columns() {
    let data = data();
    let w: Vec<f64> = (0..ROWS).map(|i| if i % 11 == 0 { 0.0 } else { 1.5 + (i as f64).sin() }).collect();
    for indexed in [false, true] {
        for (name, terms) in designs(&data) {
            let design = Design::new(ROWS, terms).unwrap();
            let design = if indexed { design.indexed() } else { design };
            let p = design.cols();
            let (mut scratch, mut products) = Default::default();
            let mut score = vec![0.0; design.raw_cols()];
            let mut parts = [design.empty_gram(), design.empty_gram()];
            let mut expected = vec![vec![0.0; p]; p];
            for (k, start) in (0..ROWS).step_by(67).enumerate() {
                let block = RowBlock { start, len: 67.min(ROWS - start) };
                let view = design.view(block, &mut scratch);
                for tile in view.tiles(20) {
                    let w = &w[start + tile.start..start + tile.start + tile.len];
                    tile.add_xtwx(Some(w), w, &mut parts[k % 2], &mut score, &mut products);
                }
                for (row, w) in rows_of(&design, &view).iter().zip(&w[block.range()]) {
                    for i in (0..p).filter(|&i| row[i] != 0.0) {
                        (i..p).for_each(|j| expected[i][j] += w * row[i] * row[j]);
                    }
                }
            }
            let [mut sum, other] = parts;
            sum.add(other);
            let information = design.contract_gram(&sum);
            assert!(matches!(information, Information::Bordered(_)), "{name}");
            let got = information.into_dense();
            for (i, row) in expected.iter().enumerate() {
                for (j, &value) in row.iter().enumerate().skip(i) {
                    assert!((got.at(i, j) - value).abs() < 1e-11, "{name}: ({i}, {j}): {} {value}", got.at(i, j));
                }
            }
        }
    }
}

#[test]
fn which_factor_is_kept_apart_and_what_it_costs() {
    let data = data();
    let design = |terms| Design::new(ROWS, terms).unwrap();
    let border = |design: &Design| design.border.as_ref().map(|b| design.terms[b.term].levels());
    let plain = design(vec![Term::intercept(), data.factor(1), data.factor(0), data.factor(2)]);
    assert_eq!(border(&plain), Some(LEVELS));
    let inner = 1 + 280 + 40;
    assert_eq!(plain.information_len(), inner * inner + (inner + 1) * LEVELS);
    // of 84,000 and 12,000 pairs no more than there are rows
    let pairs = plain.indexed().information_len() - inner * inner - 2 * LEVELS;
    assert!((ROWS..=2 * ROWS).contains(&pairs), "{pairs}");
    let Information::Bordered(zero) = ({
        let plain = design(vec![Term::intercept(), data.factor(0)]);
        plain.contract_gram(&plain.empty_gram())
    }) else {
        panic!("a large factor is kept apart");
    };
    assert_eq!(zero.border.absorbed, Some(Absorbed { intercept: 0, base: 100 }));

    let few = |levels: usize, codes| Term::factor(Codes { name: "f", codes, levels }, Contrast::identity(levels));
    let codes = vec![1; ROWS];
    assert_eq!(border(&design(vec![few(255, &codes)])), None);
    assert_eq!(border(&design(vec![few(256, &codes)])), Some(256));
    // levels that share columns, and levels of which each has its own slope
    let sum: Vec<f64> = (0..256 * 2).map(|i| f64::from(u8::from(i % 2 == 0))).collect();
    let sum = Term::factor(Codes { name: "f", codes: &codes, levels: 256 }, Contrast::matrix(256, &sum));
    assert_eq!(border(&design(vec![sum])), None);
    assert_eq!(border(&design(vec![data.by_factor(0, 0)])), None);
}
