#!/usr/bin/env python3
"""Links, unit deviances and log-likelihoods at extreme arguments, with 60 digits: the table of tests/units.rs.

Writes src/rust/core/tests/units.csv:  python3 tools/numerics/units.py  (needs mpmath).
Columns: kind, name, three arguments, value. Where stats::make.link() clamps a mean or slope, the value is the clamped one.
"""
import csv
import pathlib
import sys

from mpmath import mp, mpf

from families import FAMILIES, LINKS, Mean, normal_quantile

TABLE = pathlib.Path(__file__).resolve().parents[2] / "src/rust/core/tests/units.csv"
mp.dps = 60
EPS = mpf(sys.float_info.epsilon)

TAILS = [1e-300, 1e-20, 1e-9, 1e-5, 0.1, 0.6, 0.7, 1.3, 2.9, 5.6, 5.7, 8.1, 8.2, 17.0, 29.9, 30.1, 36.0, 36.1, 40.0, 300.0]
ETAS = sorted({s * v for v in TAILS for s in (-1, 1)})


def clamped(name, eta):
    """(mu, 1 - mu, slope) as make.link() limits them."""
    link = LINKS[name]
    limit = {"probit": -normal_quantile(EPS), "cauchit": 1 / mp.tan(mp.pi * EPS)}.get(name, mp.inf)
    limit = mpf(float(limit))
    mean = link.mean(max(-limit, min(limit, eta)))
    slope = link.slope(eta)
    if name == "logit" and abs(eta) > 30:
        low, high = EPS / (1 + EPS), 1 / (1 + EPS)
        return (low, high, EPS) if eta < 0 else (high, low, EPS)
    if name == "cloglog":
        mean = Mean(max(min(mean.mu, 1 - EPS), EPS), max(min(mean.rest, 1 - EPS), EPS))
        slope = LINKS[name].slope(min(eta, mpf(700)))
    if name == "log":
        mean = Mean(max(mean.mu, EPS))
    return mean.mu, mean.rest, slope if name in ("logit", "inverse", "identity", "sqrt", "1/mu^2") else max(slope, EPS)


def rows():
    for name, link in LINKS.items():
        for eta in map(mpf, ETAS):
            if not link.valid(eta) or name == "log" and eta > 700:
                continue
            mu, rest, slope = clamped(name, eta)
            yield "mean", name, eta, "", "", mu
            if name in ("logit", "probit", "cauchit", "cloglog"):
                yield "rest", name, eta, "", "", rest
            yield "slope", name, eta, "", "", slope
        for mu in [1e-300, 1e-17, 1e-9, 0.2, 0.4, 0.9, 1 - 2.0**-30, 1 - 2.0**-52]:
            yield "link", name, mpf(mu), "", "", link.link(mpf(mu))
    near = [1 + 1e-9, 1 - 1e-9, 1 + 1e-15, 1 + 1e-4, 0.99, 1.2, 0.7, 0.71, 1.41, 1.42, 3, 1e-10, 1e10]
    for m in [1e-290, 1e-10, 0.3, 1.0, 25.0, 1e15, 1e290]:
        for x in [0.0, 5e-324, *(m * r for r in near)]:
            if x != m:
                yield "divergence", "", mpf(x), mpf(m), "", (x and mpf(x) * mp.log(mpf(x) / mpf(m))) - mpf(x) + mpf(m)
    for n in [1, 2, 7, 15, 15.5, 16, 40, 1e6, 1e15, 1e-10, 0.3, 3.7]:
        n = mpf(n)
        yield "stirling", "", n, "", "", mp.loggamma(n + 1) - mp.log(2 * mp.pi * n) / 2 - n * mp.log(n) + n
    for y in [1e-12, 0.3, 1.0, 40.0, 1e15]:
        for r in [*near, 1e-200, 1e200]:
            mu = Mean(mpf(y * r))
            for name in ["poisson", "Gamma", "inverse.gaussian", "gaussian"]:
                yield "deviance", name, mpf(y), mu.mu, "", FAMILIES[name].deviance(mpf(y), mu)
    for rest in [2.0**-60, 2.0**-44, 1e-9, 0.2, 0.5, 0.9]:
        for y in [0.0, 1.0, 2.0**-30, 0.3, 1 - 2.0**-43]:
            for mean in [Mean(1 - mpf(rest), mpf(rest)), Mean(mpf(rest), 1 - mpf(rest))]:
                yield "share", "binomial", mpf(y), mean.mu, mean.rest, FAMILIES["binomial"].deviance(mpf(y), mean)
        for size in [1.0, 7.0, 1e6, 2.0**44]:
            for k in {0.0, 1.0, size // 3, size - 1, size}:
                mean = Mean(1 - mpf(rest), mpf(rest))
                aic = FAMILIES["binomial"].aic([mpf(k) / size], [mean], [mpf(size)], None)
                yield "likelihood", "binomial", mpf(k), mpf(size), mean.rest, -aic / 2


def main():
    with open(TABLE, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for kind, name, *arguments, value in rows():
            # arguments that a double cannot hold exactly are rounded to one: 1 - mu for a mean near 1 has both
            out.writerow([kind, name, *(repr(float(a)) if a != "" else "" for a in arguments), mp.nstr(value, 20)])


main()
