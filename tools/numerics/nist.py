#!/usr/bin/env python3
"""Least squares of NIST's linear regression sets in rational arithmetic, rounded to the 15 digits that NIST certifies.

Reads tests/testthat/fixtures/nist/data.csv and writes certified.csv beside it:  python3 tools/numerics/nist.py
"""
import csv
import decimal
import pathlib
from fractions import Fraction

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "tests/testthat/fixtures/nist"
DEGREE = {"Norris": 1, "Pontius": 2, "Filip": 10, **{f"Wampler{i}": 5 for i in range(1, 6)}}
decimal.getcontext().prec = 60


def model(name, covariates):
    """(names, values) of the columns of one row."""
    x = [Fraction(v) for v in covariates if v]
    if name.startswith("NoInt"):
        return ["x"], x
    if name == "Longley":
        return ["(Intercept)"] + [f"x{j + 1}" for j in range(len(x))], [Fraction(1)] + x
    powers = range(DEGREE[name] + 1)
    return [f"x^{k}" for k in powers], [x[0] ** k for k in powers]


def digits(square_or_value, root=False):
    """15 significant digits of a fraction, or of its square root."""
    value = decimal.Decimal(square_or_value.numerator) / square_or_value.denominator
    return f"{value.sqrt() if root else value:.15g}"


def least_squares(x, y):
    """(coefficients, their variances, variance of the residuals), by Gauss and Jordan."""
    n, p = len(x), len(x[0])
    rows = [
        [sum(r[i] * r[j] for r in x) for j in range(p)]
        + [sum(r[i] * v for r, v in zip(x, y))]
        + [Fraction(i == j) for j in range(p)]
        for i in range(p)
    ]
    for k in range(p):
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in set(range(p)) - {k}:
            rows[i] = [v - rows[i][k] * w for v, w in zip(rows[i], rows[k])]
    beta = [row[p] for row in rows]
    squares = sum((v - sum(b * w for b, w in zip(beta, r))) ** 2 for r, v in zip(x, y))
    variance = squares / (n - p)
    return beta, [variance * rows[i][p + 1 + i] for i in range(p)], variance


def main():
    sets = {}
    with open(FIXTURES / "data.csv") as file:
        for name, y, *covariates in list(csv.reader(file))[1:]:
            sets.setdefault(name, []).append((Fraction(y), *model(name, covariates)))
    with open(FIXTURES / "certified.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["set", "term", "estimate", "sd"])
        for name, rows in sets.items():
            beta, variances, variance = least_squares([r[2] for r in rows], [r[0] for r in rows])
            for term, b, v in zip(rows[0][1], beta, variances):
                out.writerow([name, term, digits(b), digits(v, root=True)])
            out.writerow([name, "residuals", "", digits(variance, root=True)])


main()
