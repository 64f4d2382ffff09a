//! Links, deviances and likelihoods of single rows, held against 60 digits (tools/numerics/units.py).

use glmrs_core::family::{self, Means};
use glmrs_core::link::{self, MeanBlock};
use glmrs_core::simd::divergence;
use glmrs_core::special::{binomial_log_probability, stirling_error};

struct Row {
    kind: &'static str,
    name: &'static str,
    arguments: [f64; 3],
    value: f64,
}

fn table() -> impl Iterator<Item = Row> {
    include_str!("units.csv").lines().map(|line| {
        let fields: Vec<&'static str> = line.split(',').collect();
        let number = |i: usize| if fields[i].is_empty() { f64::NAN } else { fields[i].parse().unwrap() };
        Row { kind: fields[0], name: fields[1], arguments: [number(2), number(3), number(4)], value: number(5) }
    })
}

/// Compare `got(row)` with the rows of these kinds; `condition(row)` is what a last digit of the arguments may do.
fn compare(kinds: &[&str], got: impl Fn(&Row) -> f64, condition: impl Fn(&Row) -> f64) {
    let mut wrong = String::new();
    let mut seen = 0;
    for row in table().filter(|row| kinds.contains(&row.kind)) {
        seen += 1;
        let (got, tolerance) = (got(&row), 4.0 * f64::EPSILON * condition(&row));
        // subnormal numbers have fewer digits
        let close = (got - row.value).abs() <= tolerance * row.value.abs() + f64::MIN_POSITIVE * f64::EPSILON;
        if !close && got != row.value {
            let off = (got / row.value - 1.0).abs();
            wrong +=
                &format!("{} {} {:?}: {got:e}, not {:e}, {off:.1e}\n", row.kind, row.name, row.arguments, row.value);
        }
    }
    assert!(seen > 0);
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// e^-rate makes `rate` digits of one of eta.
fn rate_of(row: &Row) -> f64 {
    match (row.kind, row.name) {
        ("rest" | "slope", "cloglog") => 1.0 + row.arguments[0].exp().min(40.0),
        _ => 1.0,
    }
}

#[test]
fn links_row_by_row() {
    let link = |row: &Row| link::by_name(row.name, 0.5).unwrap();
    compare(&["mean"], |row| link(row).inverse(row.arguments[0]), rate_of);
    compare(&["rest"], |row| link(row).rest(row.arguments[0]), rate_of);
    compare(&["slope"], |row| link(row).dmu_deta(row.arguments[0]), rate_of);
}

#[test]
fn links_in_blocks() {
    let block = |row: &Row| {
        let [mut mu, mut rest, mut slope] = [[0.0; 3]; 3];
        let eta = [0.1, row.arguments[0], 0.2];
        let mut out = MeanBlock { mu: &mut mu, rest: &mut rest, dmu_deta: &mut slope };
        link::by_name(row.name, 0.5).unwrap().inverse_block(&eta, &mut out);
        match row.kind {
            "mean" => mu[1],
            "rest" => rest[1],
            _ => slope[1],
        }
    };
    compare(&["mean", "rest", "slope"], block, rate_of);
}

/// log(mu/(1 − mu)) and the like near 0: a last digit of mu is worth more there.
#[test]
fn link_functions() {
    let condition = |row: &Row| {
        let mu = row.arguments[0];
        let digit = match row.name {
            "logit" => 1.0 / (1.0 - mu),
            "cloglog" => mu / ((1.0 - mu) * -(-mu).ln_1p()),
            // the inverse of a function of a few digits less
            "probit" => 4.0,
            _ => return 1.0,
        };
        1.0 + digit / row.value.abs()
    };
    compare(&["link"], |row| link::by_name(row.name, 0.5).unwrap().link(row.arguments[0]), condition);
}

#[test]
fn parts_of_likelihoods() {
    // three of the parts that are neither near nor far cancel to one
    compare(&["divergence"], |row| divergence(row.arguments[0], row.arguments[1]), |_| 3.0);
    // absolute: it is added to logarithms of counts
    compare(&["stirling"], |row| stirling_error(row.arguments[0]), |row| 10.0 / row.value.abs().min(1.0));
    let likelihood = |row: &Row| {
        let [successes, size, rest] = row.arguments;
        binomial_log_probability(successes, size, 1.0 - rest, rest)
    };
    compare(&["likelihood"], likelihood, |row| 4.0 + 10.0 / row.value.abs());
}

/// However near mu is to y.
#[test]
fn unit_deviances() {
    let block = |row: &Row| {
        let [y, mu, rest] = row.arguments;
        let family = family::by_name(row.name).unwrap();
        let rest = if rest.is_nan() { 1.0 - mu } else { rest };
        let (y, mu, rest) = (vec![y; 5], vec![mu; 5], vec![rest; 5]);
        family.deviance_block(&y, Means { mu: &mu, rest: &rest }, None) / 5.0
    };
    compare(&["deviance", "share"], block, |_| 4.0);
    let row = |row: &Row| family::by_name(row.name).unwrap().unit_deviance(row.arguments[0], row.arguments[1]);
    compare(&["deviance"], row, |_| 4.0);
}
