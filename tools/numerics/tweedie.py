#!/usr/bin/env python3
"""Tweedie unit deviances and log densities with 60 digits: the table of tests/tweedie.rs.

Writes src/rust/core/tests/tweedie.csv:  python3 tools/numerics/tweedie.py  (needs mpmath).
Columns: kind, power, y, mu, phi, value. Densities are sums of series: of Poisson numbers of gamma amounts for powers below
2, of the extreme stable laws (Feller, 1971, XVII.6) above. Neither is how the package finds them.
"""
import csv
import pathlib

from mpmath import mp, mpf

TABLE = pathlib.Path(__file__).resolve().parents[2] / "src/rust/core/tests/tweedie.csv"
mp.dps = 60


def half_deviance(p, y, mu):
    if p == 1:
        return y * mp.log(y / mu) - (y - mu) if y else mu
    if p == 2:
        return y / mu - 1 - mp.log(y / mu)
    return (y * (y ** (1 - p) - mu ** (1 - p)) / (1 - p) if y else 0) - (y ** (2 - p) - mu ** (2 - p)) / (2 - p)


def compound(p, y, mu, phi):
    """log of Σ P(N = j)·gamma density of j amounts."""
    rate = mu ** (2 - p) / (phi * (2 - p))
    if y == 0:
        return -rate
    alpha, scale = (2 - p) / (p - 1), phi * (p - 1) * mu ** (p - 1)
    step = mp.log(rate) + alpha * mp.log(y / scale)

    def term(j):
        return mp.exp(j * step - mp.loggamma(j + 1) - mp.loggamma(j * alpha) - log_peak)

    peak = max(1, int(y ** (2 - p) / (phi * (2 - p))))
    log_peak = peak * step - mp.loggamma(peak + 1) - mp.loggamma(peak * alpha)
    total = mpf(0)
    for way in (range(peak, 0, -1), range(peak + 1, 10**9)):
        for j in way:
            found = term(j)
            total += found
            if found < total * mpf(10) ** -45:
                break
    return mp.log(total) + log_peak - rate - y / scale - mp.log(y)


def stable(p, y, mu, phi):
    """log density from the alternating series of the stable law, tilted."""
    a = (p - 2) / (p - 1)
    scale = (p - 1) * phi * ((p - 2) * phi) ** (-1 / a)
    with mp.workdps(60 + int(3 / (phi * y ** (p - 2) * (p - 1) * (p - 2)))):
        x, total, largest, k = y / scale, mpf(0), mpf(0), 0
        while True:
            k += 1
            size = mp.exp(mp.loggamma(k * a + 1) - mp.loggamma(k + 1) - k * a * mp.log(x))
            total -= (-1) ** k * size * mp.sin(k * mp.pi * a)
            largest = max(largest, size)
            if size < abs(total) * mpf(10) ** -45 and size < largest / 2:
                break
        base = mp.log(total / (mp.pi * x * scale))
    return base + (y * mu ** (1 - p) / (1 - p) - mu ** (2 - p) / (2 - p)) / phi


def rows():
    for p in [0, 1, 1 + 1e-9, 1.05, 1.5, 1.95, 2 - 1e-9, 2, 2 + 1e-9, 2.5, 3, 3.5, 7]:
        p = mpf(p)
        for y in [0.0, 1e-8, 0.7, 3.0, 4e5]:
            if y == 0 and p >= 2:
                continue
            for mu in [1e-8, 0.1, 2.0, 3.0 * (1 + 1e-7), 0.7 * 1.19, 0.7 * 0.81, 0.7 * 1.21, 3e6]:
                value = half_deviance(p, mpf(y), mpf(mu)) * 2
                yield "deviance", p, mpf(y), mpf(mu), "", value
    for p in [1.01, 1.1, 1.3, 1.5, 1.7, 1.9, 1.99, 1.99999]:
        p = mpf(p)
        for y in [0.0, 1e-4, 0.2, 1.0, 3.3, 80.0]:
            for phi in [1e-4, 0.02, 0.3, 1.0, 2.5, 400.0]:
                if y ** float(2 - p) / (phi * float(2 - p)) < 3e5:
                    yield "density", p, mpf(y), mpf(1.4), mpf(phi), compound(p, mpf(y), mpf(1.4), mpf(phi))
    for p in [2.05, 2.3, 2.9, 3, 3.5, 5]:
        p = mpf(p)
        for y in [1e-2, 0.2, 1.0, 3.3, 80.0]:
            for phi in [0.02, 0.3, 1.0, 2.5, 400.0]:
                if 1 / (phi * y ** float(p - 2) * float((p - 1) * (p - 2))) < 150:
                    yield "density", p, mpf(y), mpf(1.4), mpf(phi), stable(p, mpf(y), mpf(1.4), mpf(phi))


if __name__ == "__main__":
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for kind, *arguments, value in rows():
            # arguments are doubles, to the last bit
            said = ["" if a == "" else repr(float(a)) for a in arguments]
            writer.writerow([kind, *said, mp.nstr(value, 20)])
