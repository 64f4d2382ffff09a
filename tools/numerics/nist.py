#!/usr/bin/env python3
"""Least squares of NIST's linear regression sets in rational arithmetic: NIST StRD, doi 10.18434/T43G6C, public domain.

Reads tests/testthat/fixtures/nist/data.csv and writes certified.csv beside it:  python3 tools/numerics/nist.py
Columns `estimate` and `sd` are of the decimal numbers, to the 15 digits that NIST certifies; `estimate_double` and
`sd_double` of what doubles make of them, powers of x among them: the best that a program can do that is given these.
"""
import csv
import decimal
import pathlib
from fractions import Fraction

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "tests/testthat/fixtures/nist"
DEGREE = {"Norris": 1, "Pontius": 2, "Filip": 10, **{f"Wampler{i}": 5 for i in range(1, 6)}}
decimal.getcontext().prec = 60


def model(name, covariates, number):
    """(names, values) of the columns of one row, computed as numbers of the type `number`."""
    x = [number(v) for v in covariates if v]
    if name.startswith("NoInt"):
        return ["x"], x
    if name == "Longley":
        return ["(Intercept)"] + [f"x{j + 1}" for j in range(len(x))], [number(1)] + x
    powers = range(DEGREE[name] + 1)
    return [f"x^{k}" for k in powers], [x[0] ** k for k in powers]


def digits(square_or_value, count, root=False):
    """Significant digits of a fraction, or of its square root."""
    value = decimal.Decimal(square_or_value.numerator) / square_or_value.denominator
    return f"{value.sqrt() if root else value:.{count}g}"


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


def solve(name, rows, number):
    """(terms, estimates, squares of their standard deviations), the residuals' at the end."""
    terms = model(name, rows[0][1:], number)[0]
    x = [[Fraction(v) for v in model(name, row[1:], number)[1]] for row in rows]
    beta, variances, variance = least_squares(x, [Fraction(number(row[0])) for row in rows])
    return [*terms, "residuals"], [*beta, Fraction(0)], [*variances, variance]


def main():
    sets = {}
    with open(FIXTURES / "data.csv") as file:
        for name, *row in list(csv.reader(file))[1:]:
            sets.setdefault(name, []).append(row)
    with open(FIXTURES / "certified.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["set", "term", "estimate", "sd", "estimate_double", "sd_double"])
        for name, rows in sets.items():
            for term, b, v, d, u in zip(*solve(name, rows, Fraction), *solve(name, rows, float)[1:]):
                numbers = [digits(b, 15), digits(v, 15, root=True), digits(d, 20), digits(u, 20, root=True)]
                out.writerow([name, term, *numbers])


main()
