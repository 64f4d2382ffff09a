use super::*;
use crate::control::Method;
use crate::design::{Column, Design, Term};
use crate::family::by_name;
use crate::link;
use crate::pool::Pool;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn uniforms(n: usize) -> Vec<f64> {
    let mut rng = StdRng::seed_from_u64(5);
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn fit(x: &[f64], y: &[f64], weights: Option<&[f64]>, link_name: &str, shape: Option<f64>) -> (Fit, Theta) {
    let design = Design::new(y.len(), vec![Term::intercept(), Term::numeric(vec![Column::real("x", x)])]).unwrap();
    let family = match shape {
        Some(theta) => FamilySpec::new(Box::new(NegativeBinomial::new(theta))),
        None => FamilySpec::new(by_name("poisson").unwrap()),
    };
    let link = link::by_name(link_name, 1.0).unwrap();
    let problem = Problem { prior_weights: weights, ..Problem::new(&design, y, &family, link.as_ref()) };
    let control = Control { epsilon: 1e-12, max_iterations: 100, method: Method::Auto };
    let options = FitOptions { control: &control, start: None, singular_ok: true, null_model: NullModel::Mean };
    let (mut eta, mut w) = (vec![0.0; y.len()], vec![0.0; y.len()]);
    let output = RowOutput { linear_predictors: &mut eta, working_weights: &mut w };
    match shape {
        Some(value) => {
            let fit = fit_glm(&problem, &options, Some(output), &Watch::default()).unwrap();
            (fit, Theta { value, standard_error: f64::NAN, history: vec![], converged: true })
        }
        None => fit_negative_binomial(&problem, &options, output, &Watch::default()).unwrap(),
    }
}

/// Counts that vary more than Poisson counts.
fn counts(x: &[f64]) -> Vec<f64> {
    x.iter().enumerate().map(|(i, x)| ((1.0 + 0.5 * x).exp() * [0.1, 0.4, 1.0, 2.5][i % 4]).round()).collect()
}

/// No theta beside it has a higher likelihood, whatever the coefficients; its standard error is that of a profile's
/// curvature, but for the coefficients' small part in it.
#[test]
fn the_likelihood_is_greatest() {
    let x = uniforms(400);
    let y = counts(&x);
    let weights: Vec<f64> = (0..400).map(|i| 0.5 + (i % 3) as f64).collect();
    for link_name in ["log", "sqrt", "identity"] {
        for weights in [None, Some(&weights[..])] {
            let (best, theta) = fit(&x, &y, weights, link_name, None);
            assert!(theta.converged && theta.value.is_finite());
            let at = |theta| fit(&x, &y, weights, link_name, Some(theta)).0.aic.unwrap();
            assert!((at(theta.value) - best.aic.unwrap()).abs() < 1e-8);
            let h = 1e-2 * theta.value;
            let (below, above) = (at(theta.value - h) - best.aic.unwrap(), at(theta.value + h) - best.aic.unwrap());
            assert!(below > 0.0 && above > 0.0, "{link_name}: {below} {above}");
            let curvature = 0.5 * (below + above) / (h * h);
            let standard_error = curvature.sqrt().recip();
            assert!((standard_error / theta.standard_error - 1.0).abs() < 0.02, "{standard_error} {theta:?}");
        }
    }
}

/// The same rows twice are rows of weight 2.
#[test]
fn weights_repeat_rows() {
    let x = uniforms(200);
    let y = counts(&x);
    let twice = |v: &[f64]| [v, v].concat();
    let (once, theta) = fit(&x, &y, Some(&vec![2.0; 200]), "log", None);
    let (rows, of_rows) = fit(&twice(&x), &twice(&y), None, "log", None);
    assert!((theta.value / of_rows.value - 1.0).abs() < 1e-8);
    assert!((theta.standard_error / of_rows.standard_error - 1.0).abs() < 1e-7);
    assert!((once.deviance / rows.deviance - 1.0).abs() < 1e-7);
}

/// Counts that vary less than Poisson counts have their fit.
#[test]
fn the_boundary_is_the_poisson_fit() {
    let x = uniforms(300);
    let y: Vec<f64> = x.iter().map(|x| (1.0 + 0.5 * x).exp().round()).collect();
    let (best, theta) = fit(&x, &y, None, "log", None);
    assert!(theta.value == f64::INFINITY && theta.converged && theta.standard_error.is_nan());
    let (near, _) = fit(&x, &y, None, "log", Some(1e9));
    assert!((best.aic.unwrap() - near.aic.unwrap()).abs() < 1e-4 && best.aic < near.aic);
}

#[test]
fn threads_do_not_change_a_bit() {
    let x = uniforms(60_000);
    let y = counts(&x);
    let run = |threads| Pool::new(threads).unwrap().install(|| fit(&x, &y, None, "log", None));
    let ((one, theta), (two, other)) = (run(1), run(2));
    assert_eq!(one.coefficients, two.coefficients);
    assert_eq!(theta, other);
    assert_eq!(one.deviance.to_bits(), two.deviance.to_bits());
}
