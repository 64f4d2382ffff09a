#!/usr/bin/env python3
"""Fits at the edges of double precision, computed with 120 digits: what test-precision.R compares glm_rs() with.

Writes tests/testthat/fixtures/precision/{data,fits}.csv:  python3 tools/numerics/fits.py  (needs mpmath).
Every input is a double, written so that it is read back as that double.
"""
import csv
import math
import pathlib
import random

from mpmath import mp, mpf

from families import FAMILIES, LINKS

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "tests/testthat/fixtures/precision"
mp.dps = 120


class Case:
    """A model with an intercept and the columns `x`."""

    def __init__(self, name, family, link, x, y, weights=None, offset=None):
        self.name, self.family, self.link = name, family, link
        self.y = [float(v) for v in y]
        n = len(self.y)
        self.x = [[float(v) for v in column] for column in x]
        self.weights = [float(v) for v in weights or [1] * n]
        self.offset = [float(v) for v in offset or [0] * n]


def inverse(matrix):
    """Of a positive definite matrix, in whatever units its columns are."""
    p = range(len(matrix))
    unit = [1 / mp.sqrt(matrix[i][i]) for i in p]
    scaled = mp.matrix([[matrix[i][j] * unit[i] * unit[j] for j in p] for i in p]) ** -1
    return [[scaled[i, j] * unit[i] * unit[j] for j in p] for i in p]


def solve(matrix, rhs):
    return [mp.fsum(a * b for a, b in zip(row, rhs)) for row in inverse(matrix)]


def fit(case, columns):
    """(coefficients, linear predictors, information) by Fisher's scoring with halved steps."""
    family, link = FAMILIES[case.family], LINKS[case.link]
    rows = list(zip(*columns))
    y, weights, offset = ([mpf(v) for v in w] for w in (case.y, case.weights, case.offset))
    p = len(columns)

    def etas(beta):
        return [o + mp.fsum(b * v for b, v in zip(beta, r)) for o, r in zip(offset, rows)]

    def deviance(eta):
        if not all(link.valid(e) for e in eta):
            return mp.inf
        return mp.fsum(w * family.deviance(v, link.mean(e)) for w, v, e in zip(weights, y, eta))

    def normal_equations(eta, about):
        slope, mean = [link.slope(e) for e in eta], [link.mean(e) for e in eta]
        work = [w * d * d / family.variance(m) for w, d, m in zip(weights, slope, mean)]
        z = [e - a + (v - m.mu) / d for e, a, v, m, d in zip(eta, about, y, mean, slope)]
        information = [[mp.fsum(w * r[i] * r[j] for w, r in zip(work, rows)) for j in range(p)] for i in range(p)]
        return information, [mp.fsum(w * r[i] * v for w, r, v in zip(work, rows, z)) for i in range(p)]

    start = [link.link(family.start(v, w)) for v, w in zip(y, weights)]
    beta = solve(*normal_equations(start, offset))
    for _ in range(2000):
        eta = etas(beta)
        information, score = normal_equations(eta, eta)
        change = solve(information, score)
        now = deviance(eta)
        assert now < mp.inf, case.name
        # without the first digits there is nothing to halve for
        small = all(abs(c) <= mpf(10) ** -30 * (abs(b) + mp.mpf(10) ** -200) for c, b in zip(change, beta))
        if small:
            return [b + c for b, c in zip(beta, change)], eta, information
        factor = mpf(1)
        while deviance(etas([b + factor * c for b, c in zip(beta, change)])) > now * (1 + mpf(10) ** -60):
            factor /= 2
            assert factor > mpf(10) ** -30, case.name
        beta = [b + factor * c for b, c in zip(beta, change)]
    raise RuntimeError(f"{case.name} does not converge")


def describe(case):
    """(quantity, index, value) of all that a fit says."""
    family, link = FAMILIES[case.family], LINKS[case.link]
    columns = [[mpf(1)] * len(case.y)] + [[mpf(v) for v in column] for column in case.x]
    beta, eta, information = fit(case, columns)
    y, weights = [mpf(v) for v in case.y], [mpf(v) for v in case.weights]
    means = [link.mean(e) for e in eta]
    deviance = mp.fsum(w * family.deviance(v, m) for w, v, m in zip(weights, y, means))
    covariance = inverse(information)
    null = fit(case, columns[:1])[1]
    yield from (("coefficient", j, b) for j, b in enumerate(beta))
    yield from (("error", j, mp.sqrt(covariance[j][j])) for j in range(len(beta)))
    yield from (("eta", i, e) for i, e in enumerate(eta))
    yield from (("mean", i, m.mu) for i, m in enumerate(means))
    yield from (("working", i, (v - m.mu) / link.slope(e)) for i, (v, m, e) in enumerate(zip(y, means, eta)))
    yield "deviance", 0, deviance
    yield "null", 0, mp.fsum(w * family.deviance(v, link.mean(e)) for w, v, e in zip(weights, y, null))
    yield "aic", 0, family.aic(y, means, weights, deviance) + 2 * len(beta)


def cases():
    n = 12
    chance = random.Random(20)
    steps = [(i - 5.5) / 4 for i in range(n)]
    signs = [1 if i % 3 else -1 for i in range(n)]
    noise = [chance.uniform(-1, 1) for _ in range(n)]
    few = [3 + (7 * i) % 11 + 20 * (i > 5) for i in range(n)]
    for link in ["logit", "probit", "cloglog", "cauchit"]:
        # where slopes are not yet at their limit, the machine's epsilon
        unit = 2.0 ** (26 if link == "cauchit" else 44)
        low = [k / unit for k in few]
        yield Case(f"binomial {link}, means near 0", "binomial", link, [steps], low, [unit] * n)
        yield Case(f"binomial {link}, means near 1", "binomial", link, [steps], [1 - v for v in low], [unit] * n)
        y = [1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1]
        yield Case(f"binomial {link}, zeros and ones", "binomial", link, [steps, signs], y)
        # tails on both sides: hardly any row against its prediction. That of cloglog ends soon, scoring takes for ever in
        # those of cauchit
        if link in ("logit", "probit"):
            middle = [-0.004, 0.006] if link == "logit" else [-0.04, 0.06]
            yield Case(
                f"binomial {link}, steep", "binomial", link, [steps[:5] + middle + steps[7:]], [0] * 5 + [1, 0] + [1] * 5
            )
    yield Case("poisson log, counts of 1e15", "poisson", "log", [steps, signs], [round(1e15 * math.exp(v / 9 + u / 1e8)) for v, u in zip(steps, noise)])
    yield Case("poisson log, means of 1e-10", "poisson", "log", [steps], [0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 3, 1], [1e10 if v == 0 else 1 for v in [0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 3, 1]])
    yield Case("poisson log, offsets of 30", "poisson", "log", [signs], [round(1e13 * (3 + u)) if i % 2 else 0 for i, u in enumerate(noise)], None, [30 if i % 2 else -30 for i in range(n)])
    yield Case("poisson log, weights of 1e-10 to 1e10", "poisson", "log", [steps, signs], few, [10.0 ** (2 * i - 10) if i < 11 else 1 for i in range(n)])
    yield Case("poisson sqrt, counts of 1e15", "poisson", "sqrt", [steps], [round(1e15 * (3 + v / 9 + u / 1e5) ** 2) for v, u in zip(steps, noise)])
    yield Case("poisson identity", "poisson", "identity", [steps], [20 + i + (5 * i) % 7 for i in range(n)])
    yield Case("poisson log, columns of 1e-150 and 1e150", "poisson", "log", [[1e-150 * v for v in steps], [1e150 * (u + 2) for u in noise]], few)
    yield Case("poisson log, columns of 1e-160 and 1e153", "poisson", "log", [[1e-160 * v for v in steps], [1e153 * (u + 2) for u in noise]], few)
    yield Case("gaussian identity, columns of 1e-150 and 1e150", "gaussian", "identity", [[1e-150 * v for v in steps], [1e150 * (u + 2) for u in noise]], few)
    yield Case("gaussian identity, columns of 1e-170 and 1e170", "gaussian", "identity", [[1e-170 * v for v in steps], [1e170 * (u + 2) for u in noise]], few)
    yield Case("gaussian identity, weights of 1e-10 to 1e10", "gaussian", "identity", [steps, noise], few, [10.0 ** (2 * i - 10) if i < 11 else 1 for i in range(n)])
    yield Case("gaussian identity, offsets of 1e9", "gaussian", "identity", [steps], [1e9 * s + f for s, f in zip(signs, few)], None, [1e9 * s for s in signs])
    yield Case("gaussian identity, a far mean", "gaussian", "identity", [[1e6 + v for v in steps]], [1e8 + f for f in few])
    yield Case("gaussian log", "gaussian", "log", [steps], few)
    for link in ["log", "inverse"]:
        yield Case(f"Gamma {link}, shape of 1e16", "Gamma", link, [steps], [(math.exp(v / 9) if link == "log" else 1 / (1 - v / 9)) * (1 + 1e-8 * u) for v, u in zip(steps, noise)])
        yield Case(f"Gamma {link}, shape below 1", "Gamma", link, [signs], [10.0 ** (3 * u) for u in noise])
    yield Case("Gamma log, shape of 1e6, weights", "Gamma", "log", [steps], [1e30 * math.exp(v / 9) * (1 + 1e-3 * u) for v, u in zip(steps, noise)], [10.0 ** (2 * i - 10) if i < 11 else 1 for i in range(n)])
    yield Case("inverse gaussian 1/mu^2", "inverse.gaussian", "1/mu^2", [steps], [(3 + v) ** -0.5 * (1 + 1e-3 * u) for v, u in zip(steps, noise)])
    yield Case("inverse gaussian log, tiny responses", "inverse.gaussian", "log", [steps], [1e-12 * math.exp(v) * (1 + 0.3 * u) for v, u in zip(steps, noise)])


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    with open(FIXTURES / "data.csv", "w", newline="") as data, open(FIXTURES / "fits.csv", "w", newline="") as fits:
        data, fits = (csv.writer(file, lineterminator="\n") for file in (data, fits))
        data.writerow(["case", "family", "link", "y", "weight", "offset", "x1", "x2"])
        fits.writerow(["case", "quantity", "index", "value"])
        for case in cases():
            x = [*case.x, [""] * len(case.y)][:2]
            for row in zip(case.y, case.weights, case.offset, *x):
                data.writerow([case.name, case.family, case.link, *map(repr_of, row)])
            for quantity, index, value in describe(case):
                fits.writerow([case.name, quantity, index + 1, mp.nstr(value, 20)])


def repr_of(value):
    return value if value == "" else repr(value)


main()
