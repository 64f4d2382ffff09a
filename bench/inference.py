"""Bootstraps (S) and M-estimators (M) of the libraries for Python, as entries of libraries.py."""
from data import Problem, np
from libraries import Entry, crabbymetrics_data, fit_crabbymetrics

TIMES = 200


def bootstrap(tolerance: float | None = None):
    """The estimate is that of the fit to all rows, by the settings of the replicates."""

    def prepare(problem: Problem):
        return fit_crabbymetrics(crabbymetrics_data(problem), problem, tolerance)

    def read(replicates, model, problem: Problem):
        found = model.summary()
        return problem.names, [found["intercept"], *found["coef"]], np.std(replicates, axis=0, ddof=1)

    return prepare, lambda model, problem: model.bootstrap(TIMES, seed=1), read


def logistic_objective(theta, data):
    eta = data["x"] @ theta
    gradient = data["x"].T @ (1 / (1 + np.exp(-eta)) - data["y"])
    return float(np.sum(np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta))) - data["y"] * eta)), gradient


def logistic_score(theta, data):
    return data["x"] * (data["y"] - 1 / (1 + np.exp(-(data["x"] @ theta))))[:, None]


def closures_data(problem: Problem):
    return {"x": problem.matrix("C", True), "y": problem.y, "n": problem.rows}


def m_estimator(**settings):
    def fit(data, problem: Problem):
        import crabbymetrics

        model = crabbymetrics.MEstimator(logistic_objective, logistic_score, **settings)
        model.fit(data, np.zeros(data["x"].shape[1]))
        return model.summary()

    return closures_data, fit, lambda found, data, problem: (problem.names, found["coef"], found["se"])


LIBRARIES = [
    Entry("crabbymetrics.Poisson.bootstrap", "crabbymetrics", "fit", "S", *bootstrap()),
    Entry("crabbymetrics.Poisson.bootstrap tol 1e-9", "crabbymetrics", "fit", "S", *bootstrap(1e-9)),
    Entry("crabbymetrics.MEstimator", "crabbymetrics", "closures", "M", *m_estimator()),
    Entry("crabbymetrics.MEstimator tol 1e-9", "crabbymetrics", "closures", "M", *m_estimator(tolerance=1e-9)),
]
