//! Tweedie deviances and densities, held against 60 digits (tools/numerics/tweedie.py).

use glmrs_core::family::{tweedie_log_density, with_shape};

/// (power, y, mu, phi, value) of the rows of a kind.
fn table(kind: &str) -> Vec<[f64; 5]> {
    let numbers = |line: &str| {
        let fields: Vec<f64> = line.split(',').skip(1).map(|f| f.parse().unwrap_or(f64::NAN)).collect();
        <[f64; 5]>::try_from(fields).unwrap()
    };
    include_str!("tweedie.csv").lines().filter(|line| line.starts_with(kind)).map(numbers).collect()
}

fn compare(kind: &str, got: impl Fn([f64; 5]) -> f64, tolerance: impl Fn([f64; 5]) -> f64) {
    let mut wrong = String::new();
    let rows = table(kind);
    assert!(rows.len() > 100);
    for row in rows {
        let (got, want) = (got(row), row[4]);
        let close = (got - want).abs() <= tolerance(row) * want.abs();
        if !close {
            wrong += &format!("{row:?}: {got:e}, off by {:.1e}\n", (got / want - 1.0).abs());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A unit in the last place of the logarithms whose multiples are exponents is worth as many as they are large.
#[test]
fn deviances() {
    let family = |power: f64| with_shape("tweedie", power).unwrap();
    let logarithm = |x: f64| if x == 0.0 { 0.0 } else { x.ln().abs() };
    let digits =
        |[power, y, mu, ..]: [f64; 5]| 4.0 * f64::EPSILON * (12.0 + (1.0 + power) * (logarithm(y) + logarithm(mu)));
    compare("deviance", |[power, y, mu, ..]| family(power).unit_deviance(y, mu), digits);
}

#[test]
fn densities() {
    let got = |[power, y, mu, phi, _]: [f64; 5]| {
        let deviance = with_shape("tweedie", power).unwrap().unit_deviance(y, mu);
        tweedie_log_density(y, 0.5 * deviance, phi, power)
    };
    compare("density", got, |_| 1e-10);
}
