"""The libraries for Python, one entry for each way of calling one: how it takes the data, its fit, what it found.

`prepare(problem)` loads the data in the form that the library likes best; `fit(data, problem)` alone is timed;
`read(fit, data, problem)` gives (names, coefficients, standard errors or None).
"""
from dataclasses import dataclass
from typing import Any, Callable

from data import Problem, np, r_name  # np is None where numpy is not installed


# What is imported before memory is looked at and a fit is timed, where it is not the package's name.
MODULES = {"scikit-learn": "sklearn.linear_model sklearn.pipeline sklearn.compose", "statsmodels": "statsmodels.formula.api"}


@dataclass
class Entry:
    name: str
    package: str  # as pip spells it
    input: str
    cases: str
    prepare: Callable
    fit: Callable
    read: Callable
    growth: float = 0  # the most rows of the growth series that it is asked to fit
    blas: Any = "NA"  # threads of BLAS, where as many as the library itself is not the best for it
    threads: Any = "NA"

    @property
    def modules(self) -> list[str]:
        return MODULES.get(self.package, self.package).split()


def matrix(order: str, intercept: bool = False) -> Callable:
    return lambda problem: (problem.matrix(order, intercept), problem.y)


# --- glum


def glum_model(problem: Problem, **settings):
    import glum

    return glum.GeneralizedLinearRegressor(family=problem.family.lower(), alpha=0, drop_first=True, **settings)


def glum_frame(problem: Problem):
    frame = problem.pandas()
    return frame.drop(columns=problem.response), frame[problem.response].to_numpy()


def glum_input(data, problem: Problem):
    """The columns and the offset that glum gets: the logarithms that the formula of F takes are within the timed fit."""
    if not problem.levels:
        return data[0], None
    frame = data[0]
    x = frame.drop(columns=["Density", "Exposure"]).assign(LogDensity=np.log(frame["Density"]))
    return x, np.log(frame["Exposure"]).to_numpy()


def read_glum(fit, data, problem: Problem):
    x, offset = glum_input(data, problem)
    dispersion = 1 if problem.family in ("poisson", "binomial") else None
    covariance = fit.covariance_matrix(
        x, data[1], offset=offset, dispersion=dispersion, robust=False, expected_information=True
    )
    names = ["(Intercept)", *map(r_name, fit.feature_names_)] if problem.levels else problem.names
    return names, [fit.intercept_, *fit.coef_], np.sqrt(np.diag(covariance))


def glum(name: str, growth: float = 0, **settings) -> list[Entry]:
    def fit(data, problem):
        x, offset = glum_input(data, problem)
        return glum_model(problem, **settings).fit(x, data[1], offset=offset)

    return [
        Entry(name, "glum", "matrix", "ABCDEJ", matrix("F"), fit, read_glum, growth=growth, blas=1),
        Entry(name + ", data frame", "glum", "data frame", "F", glum_frame, fit, read_glum, blas=1),
    ]


# --- rustystats


def rustystats_dict(data, problem: Problem):
    import rustystats

    terms = {name: {"type": "categorical" if name in problem.levels else "linear"} for name in problem.variables}
    offset = None
    if problem.levels:
        import polars

        data = data.with_columns(polars.col("Density").log().alias("LogDensity"))
        offset = np.log(data["Exposure"].to_numpy())
        terms["LogDensity"] = {"type": "linear"}
        del terms["Density"], terms["Exposure"]
    return rustystats.glm_dict(problem.response, terms, data, family=rustystats_family(problem), offset=offset).fit()


def rustystats_family(problem: Problem) -> str:
    return problem.family.lower()


def rustystats_core(data, problem: Problem):
    from rustystats import _rustystats

    link = "log" if problem.family == "Gamma" else None
    return _rustystats.fit_glm_py(data[1], data[0], rustystats_family(problem), link)


def read_rustystats_dict(fit, data, problem: Problem):
    return list(map(r_name, fit.feature_names)), fit.params, fit.bse()


def read_rustystats_core(fit, data, problem: Problem):
    return problem.names, fit.params, fit.bse()


# --- crabbymetrics


def fit_crabbymetrics(data, problem: Problem, tolerance: float | None = None):
    import crabbymetrics

    if problem.family == "poisson":
        model = crabbymetrics.Poisson(**({} if tolerance is None else {"tolerance": tolerance}))
    elif problem.family == "binomial":
        model = crabbymetrics.Logit(**({} if tolerance is None else {"gradient_tolerance": tolerance}))
    else:
        model = crabbymetrics.OLS()
    model.fit(*data)
    return model


def crabbymetrics_data(problem: Problem):
    y = problem.y
    return problem.matrix("C"), y.astype(np.int32) if problem.family == "binomial" else y


def read_crabbymetrics(fit, data, problem: Problem):
    found = fit.summary() if problem.family == "binomial" else fit.summary(vcov="vanilla")
    return problem.names, [found["intercept"], *found["coef"]], [found["intercept_se"], *found["coef_se"]]


def fit_crabbymetrics_tight(data, problem: Problem):
    return fit_crabbymetrics(data, problem, 1e-9)


# --- statsmodels


def statsmodels_family(problem: Problem):
    import statsmodels.api as sm

    return {
        "poisson": sm.families.Poisson, "binomial": sm.families.Binomial, "gaussian": sm.families.Gaussian,
        "Gamma": lambda: sm.families.Gamma(sm.families.links.Log()),
    }[problem.family]()


def fit_statsmodels(data, problem: Problem):
    import statsmodels.api as sm

    return sm.GLM(data[1], data[0], family=statsmodels_family(problem)).fit()


def fit_statsmodels_formula(frame, problem: Problem):
    import statsmodels.formula.api as smf

    formula = problem.formula.replace(" + offset(log(Exposure))", "").replace("log(", "np.log(")
    return smf.glm(formula, frame, family=statsmodels_family(problem), offset=np.log(frame["Exposure"])).fit()


def read_statsmodels(fit, data, problem: Problem):
    return problem.names, fit.params, fit.bse


def read_statsmodels_formula(fit, data, problem: Problem):
    return list(map(r_name, fit.params.index)), fit.params.to_numpy(), fit.bse.to_numpy()


# --- scikit-learn


def fit_sklearn(data, problem: Problem, solver: str):
    from sklearn import linear_model

    if problem.family == "binomial":
        model = linear_model.LogisticRegression(C=np.inf, solver=solver)
    else:
        regressor = linear_model.PoissonRegressor if problem.family == "poisson" else linear_model.GammaRegressor
        model = regressor(alpha=0, solver=solver)
    return model.fit(*data)


def fit_sklearn_lbfgs(data, problem: Problem):
    return fit_sklearn(data, problem, "lbfgs")


def fit_sklearn_newton(data, problem: Problem):
    return fit_sklearn(data, problem, "newton-cholesky")


def fit_sklearn_linear(data, problem: Problem):
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit(*data)


def fit_sklearn_one_hot(frame, problem: Problem):
    """Claims per year weighted by the years: the same likelihood as with an offset, which it has no argument for."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import PoissonRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

    columns = make_column_transformer(
        (OneHotEncoder(drop="first"), list(problem.levels)),
        (FunctionTransformer(np.log), ["Density"]),
        ("passthrough", ["DrivAge", "BonusMalus", "VehAge"]),
    )
    model = make_pipeline(columns, PoissonRegressor(alpha=0, solver="newton-cholesky"))
    years = frame["Exposure"].to_numpy()
    return model.fit(frame, frame[problem.response].to_numpy() / years, poissonregressor__sample_weight=years)


def read_sklearn_one_hot(fit, data, problem: Problem):
    dummies = [factor + level for factor, levels in problem.levels.items() for level in levels[1:]]
    regressor = fit.named_steps["poissonregressor"]
    names = ["(Intercept)", *dummies, "log(Density)", "DrivAge", "BonusMalus", "VehAge"]
    return names, [regressor.intercept_, *regressor.coef_], None


def read_sklearn(fit, data, problem: Problem):
    return problem.names, [*np.atleast_1d(fit.intercept_), *np.ravel(fit.coef_)], None


# --- numpy


def fit_normal_equations(data, problem: Problem):
    x, y = data
    return np.linalg.solve(x.T @ x, x.T @ y)


def read_normal_equations(fit, data, problem: Problem):
    x, y = data
    variance = np.sum((y - x @ fit) ** 2) / (len(y) - len(fit))
    return problem.names, fit, np.sqrt(variance * np.diag(np.linalg.inv(x.T @ x)))


LIBRARIES = [
    *glum("glum", growth=1e6),
    *glum("glum tol 1e-9", gradient_tol=1e-9),
    Entry(
        "rustystats core", "rustystats", "matrix", "ABCDEJ",
        matrix("C", True), rustystats_core, read_rustystats_core, growth=1e6,
    ),
    Entry(
        "rustystats.glm_dict", "rustystats", "data frame", "ABCDEFJ",
        Problem.polars, rustystats_dict, read_rustystats_dict,
    ),
    Entry(
        "crabbymetrics", "crabbymetrics", "matrix", "ABCEJ",
        crabbymetrics_data, fit_crabbymetrics, read_crabbymetrics,
    ),
    Entry(
        "crabbymetrics tol 1e-9", "crabbymetrics", "matrix", "ABC",
        crabbymetrics_data, fit_crabbymetrics_tight, read_crabbymetrics,
    ),
    Entry(
        "statsmodels GLM", "statsmodels", "matrix", "ABCDEJ",
        matrix("C", True), fit_statsmodels, read_statsmodels,
    ),
    Entry(
        "statsmodels formula", "statsmodels", "formula", "F",
        Problem.pandas, fit_statsmodels_formula, read_statsmodels_formula,
    ),
    Entry(
        "scikit-learn lbfgs", "scikit-learn", "matrix", "ABCDJ",
        matrix("C"), fit_sklearn_lbfgs, read_sklearn, growth=1e6,
    ),
    Entry(
        "scikit-learn newton-cholesky", "scikit-learn", "matrix", "ABCDJ",
        matrix("C"), fit_sklearn_newton, read_sklearn,
    ),
    Entry(
        "scikit-learn one-hot, newton-cholesky", "scikit-learn", "data frame", "F",
        Problem.pandas, fit_sklearn_one_hot, read_sklearn_one_hot,
    ),
    Entry(
        "scikit-learn LinearRegression", "scikit-learn", "matrix", "E",
        matrix("C"), fit_sklearn_linear, read_sklearn,
    ),
    Entry(
        "numpy X'X + solve", "numpy", "matrix", "E",
        matrix("F", True), fit_normal_equations, read_normal_equations,
    ),
]
