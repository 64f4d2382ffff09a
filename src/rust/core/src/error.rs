//! What can go wrong for good: input that has no answer. Everything else is a field of the fit.

use std::fmt;

/// Rows are 0-based positions in the data handed to the core; the binding names them for the user.
#[derive(Debug)]
pub enum Error {
    /// An argument of the wrong kind or shape.
    Argument { arg: &'static str, message: String },
    /// A NaN or an infinity where a number is needed.
    NonFinite { what: String, row: usize, value: f64 },
    /// A response that the family does not allow.
    Response { rule: &'static str, row: usize, value: f64 },
    /// The starting values give no valid mean or linear predictor.
    Start,
    /// The very first step left the valid range and there is nothing to halve back to.
    NoValidCoefficients,
    /// Halving did not lead back into the valid range.
    StepSize,
    /// A search with a coefficient held found a lower deviance than the fit of all of them.
    BetterSolution,
    /// A variance of zero or NaN at a fitted mean.
    Variance { value: f64 },
    /// Aliased columns where the caller wanted none.
    Singular { columns: Vec<usize> },
    /// Rows that decide a coefficient alone: nothing is left of them to tell their variance by.
    Leverage { rows: Vec<usize> },
    /// A covariance that needs the inverse of a matrix which has none.
    NotPositiveDefinite,
    /// More columns than a matrix of them is formed for.
    TooWide { columns: usize, limit: usize },
    /// An allocation that would fail.
    Memory { bytes: f64 },
    /// A function whose derivative by a parameter is not finite at theta, or that has no value beside it to tell.
    NoDerivative { parameter: usize, theta: Vec<f64> },
    /// Half of the residuals or more are zero: there is nothing to measure the others by.
    ZeroScale,
    /// Counts that vary no more than Poisson counts, where a finite theta is needed.
    InfiniteTheta,
    /// An information matrix without an inverse; the column that is to blame, where one is known.
    Information { column: Option<String> },
    /// The optimiser itself failed.
    Solver { message: String },
    /// The caller asked to stop.
    Interrupted,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Stable machine-readable name: the binding makes a condition class of it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Argument { .. } => "argument",
            Error::NonFinite { .. } => "non_finite",
            Error::Response { .. } => "response",
            Error::Start | Error::NoValidCoefficients => "start",
            Error::StepSize => "step",
            Error::BetterSolution => "not_converged",
            Error::Variance { .. } => "variance",
            Error::Singular { .. } => "singular",
            Error::Leverage { .. } => "leverage",
            Error::NotPositiveDefinite => "not_positive_definite",
            Error::TooWide { .. } => "too_wide",
            Error::Memory { .. } => "memory",
            Error::NoDerivative { .. } => "no_derivative",
            Error::ZeroScale => "scale",
            Error::InfiniteTheta => "boundary",
            Error::Information { .. } | Error::Solver { .. } => "solver",
            Error::Interrupted => "interrupted",
        }
    }

    /// The same error, with the column that `find` finds to blame for an information matrix.
    pub fn blaming(self, find: impl FnOnce() -> Option<String>) -> Self {
        match self {
            Error::Information { column: None } => Error::Information { column: find() },
            other => other,
        }
    }

    /// The offending row, where there is one.
    pub fn row(&self) -> Option<usize> {
        match self {
            Error::NonFinite { row, .. } | Error::Response { row, .. } => Some(*row),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Argument { arg, message } => write!(f, "`{arg}` {message}"),
            Error::NonFinite { what, value, .. } => {
                write!(f, "NA/NaN/Inf in `{what}`: the value {} cannot be used", r_number(*value))
            }
            Error::Response { rule, value, .. } => write!(f, "{rule}, but found {}", r_number(*value)),
            Error::Start => f.write_str("cannot find valid starting values: please specify some"),
            Error::NoValidCoefficients => {
                f.write_str("no valid set of coefficients has been found: please supply starting values")
            }
            Error::StepSize => {
                f.write_str("cannot correct the step size: no valid coefficients between two iterations")
            }
            Error::BetterSolution => {
                f.write_str("profiling has found a better solution, so original fit had not converged")
            }
            Error::Variance { value } => {
                write!(f, "the variance function gives {} at a fitted mean", r_number(*value))
            }
            Error::Singular { .. } => f.write_str("singular fit encountered"),
            Error::Leverage { .. } => f.write_str("rows with a leverage of 1 say nothing about their variance"),
            Error::NotPositiveDefinite => f.write_str("the information matrix is not positive definite"),
            Error::TooWide { columns, limit } => {
                write!(f, "the model has {columns} columns, and matrices of more than {limit} are not formed")
            }
            Error::Memory { bytes } => write!(f, "there is no memory for {:.3} GB more", bytes / 1e9),
            Error::NoDerivative { parameter, theta } => {
                write!(f, "the derivative by parameter {} is not finite at {theta:?}", parameter + 1)
            }
            Error::ZeroScale => f.write_str(
                "the scale of the residuals is 0: half of the rows or more are fitted exactly, and nothing tells how far off \
                 the others are",
            ),
            Error::InfiniteTheta => f.write_str("theta is infinite: the counts vary no more than Poisson counts"),
            Error::Information { column: Some(column) } => write!(
                f,
                "the information matrix is singular: `{column}` varies very little relative to its size: subtract its mean"
            ),
            Error::Information { column: None } => {
                f.write_str("the information matrix is singular: give other starting values, or fewer covariates")
            }
            Error::Solver { message } => write!(f, "the optimiser failed: {message}"),
            Error::Interrupted => f.write_str("interrupted by the user"),
        }
    }
}

impl std::error::Error for Error {}

/// A number as R prints it.
fn r_number(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 {
            "Inf".into()
        } else {
            "-Inf".into()
        }
    } else if value != 0.0 && !(1e-5..1e15).contains(&value.abs()) {
        let text = format!("{value:e}");
        if value.abs() < 1.0 {
            text
        } else {
            text.replace('e', "e+")
        }
    } else {
        format!("{value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_speak_r() {
        let e = Error::NonFinite { what: "x".into(), row: 3, value: f64::NEG_INFINITY };
        assert_eq!(e.to_string(), "NA/NaN/Inf in `x`: the value -Inf cannot be used");
        assert_eq!((e.kind(), e.row()), ("non_finite", Some(3)));
        assert_eq!(Error::Start.row(), None);
        // which column it is nobody has found out
        assert_eq!(Error::NotPositiveDefinite.to_string(), "the information matrix is not positive definite");
        assert_eq!([1e300, -2.5e-9, 0.0, 1234.5].map(r_number), ["1e+300", "-2.5e-9", "0", "1234.5"]);
    }
}
