//! What a solver sees of a model: value, score and information of the parameters, whatever is behind them.

use crate::error::Result;
use crate::linalg::{Information, NormalEquations, RowsQr};

/// Where an objective is looked at.
#[derive(Debug, Clone, Copy)]
pub enum Point<'p> {
    /// The starting means, which need not belong to any coefficients. Its quadratic is taken about theta = 0.
    Start,
    At(&'p [f64]),
}

impl Point<'_> {
    pub fn to_owned(self) -> OwnedPoint {
        match self {
            Point::Start => OwnedPoint::Start,
            Point::At(theta) => OwnedPoint::At(theta.to_vec()),
        }
    }
}

/// A [`Point`] that owns its coefficients.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnedPoint {
    Start,
    At(Vec<f64>),
}

impl OwnedPoint {
    pub fn borrow(&self) -> Point<'_> {
        match self {
            OwnedPoint::Start => Point::Start,
            OwnedPoint::At(theta) => Point::At(theta),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Value {
    /// Twice the function that is minimised, up to a constant.
    pub deviance: f64,
    /// Are all means and linear predictors in their range? If not, the rest means nothing.
    pub valid: bool,
}

impl Value {
    pub fn usable(&self) -> bool {
        self.valid && self.deviance.is_finite()
    }
}

/// The second-order model at a point: the step solves information · step = score.
#[derive(Debug, Clone)]
pub struct Quadratic {
    pub value: Value,
    /// Has any row a working weight?
    pub informative: bool,
    /// Minus half the gradient of the deviance. Shape: `[p]`.
    pub score: Vec<f64>,
    /// Expected information. Shape: p × p.
    pub information: Information,
}

/// A function of which values and slopes are known: all that a search without matrices needs.
pub trait Smooth {
    /// The value at theta, and minus half the gradient of the deviance. Shape: `[p]`.
    fn value_and_score_at(&self, theta: &[f64]) -> Result<(Value, Vec<f64>)>;
    /// Half the second derivatives of the deviance, or what stands for them, times v. Shape: `[p]`.
    fn curvature_times(&self, theta: &[f64], v: &[f64]) -> Result<Vec<f64>>;
    /// See [`Objective::iterated`].
    fn iterated(&self, _deviance: f64) {}
}

impl Smooth for &dyn Objective {
    fn value_and_score_at(&self, theta: &[f64]) -> Result<(Value, Vec<f64>)> {
        self.value_and_score(Point::At(theta))
    }

    fn curvature_times(&self, theta: &[f64], v: &[f64]) -> Result<Vec<f64>> {
        self.information_times(Point::At(theta), v)
    }

    fn iterated(&self, deviance: f64) {
        Objective::iterated(*self, deviance);
    }
}

pub trait Objective {
    /// p, the number of parameters.
    fn dim(&self) -> usize;
    /// Coefficients that a solver leaves where they are. Their score is 0, their information is that of the model.
    fn fixed(&self) -> &[usize] {
        &[]
    }
    fn value(&self, at: Point) -> Result<Value>;
    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)>;
    fn quadratic(&self, at: Point) -> Result<Quadratic>;
    /// The value at a point, reached from `before`, that is expected to be the last: whoever wants to know more of the last
    /// point can take it from the same pass.
    fn conclude(&self, at: Point, _before: Point) -> Result<Value> {
        self.value(at)
    }
    /// [`Objective::conclude`], with the score there.
    fn conclude_with_score(&self, at: Point, _before: Point) -> Result<(Value, Vec<f64>)> {
        self.value_and_score(at)
    }
    /// A solver's iteration has ended with this deviance: for whoever wants to follow the search.
    fn iterated(&self, _deviance: f64) {}
    /// Is the information the same everywhere? Then a step needs only the score.
    fn has_constant_information(&self) -> bool {
        false
    }
    /// Is the deviance a quadratic function of theta? Then the first step ends at its minimum, but for rounding errors.
    fn is_quadratic(&self) -> bool {
        false
    }
    /// Are there fewer rows than parameters? Then the information is singular whatever the data, and a step is taken without.
    fn is_wide(&self) -> bool {
        false
    }
    /// The triangular factor of the rows [√w·x, √w·residual], for designs whose information has lost too many digits.
    fn rows_qr(&self, at: Point) -> Result<RowsQr>;
    /// The normal equations at a point in twofold precision, about theta = 0 where the deviance is quadratic and without a
    /// right-hand side elsewhere; `None` where they would take too long.
    fn equations(&self, _at: Point) -> Result<Option<NormalEquations>> {
        Ok(None)
    }
    /// The diagonal of the information, without the p × p matrix. Shape: `[p]`.
    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>>;
    /// information · v, without the p × p matrix. Shapes: `[p]`.
    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>>;
}

/// Methods of an [`Objective`] that stands before another, in the field `$behind`, and answers as that does: what kind of
/// function it is, and what its rows say.
macro_rules! delegate {
    ($behind:ident: kind) => {
        fn has_constant_information(&self) -> bool {
            self.$behind.has_constant_information()
        }

        fn is_quadratic(&self) -> bool {
            self.$behind.is_quadratic()
        }

        fn is_wide(&self) -> bool {
            self.$behind.is_wide()
        }
    };
    ($behind:ident: rows) => {
        fn rows_qr(&self, at: $crate::objective::Point) -> $crate::error::Result<$crate::linalg::RowsQr> {
            self.$behind.rows_qr(at)
        }

        fn information_diagonal(&self, at: $crate::objective::Point) -> $crate::error::Result<Vec<f64>> {
            self.$behind.information_diagonal(at)
        }

        fn information_times(&self, at: $crate::objective::Point, v: &[f64]) -> $crate::error::Result<Vec<f64>> {
            self.$behind.information_times(at, v)
        }
    };
}
pub(crate) use delegate;
