"""Families and links as stats defines them, in mpmath's arithmetic, without the limits that keep doubles in range."""
from mpmath import mp, mpf


class Mean:
    """mu and 1 - mu, neither from the other."""

    def __init__(self, mu, rest=None):
        self.mu, self.rest = mu, 1 - mu if rest is None else rest


class Link:
    def __init__(self, link, mean, slope, valid=lambda eta: True):
        self.link, self.mean, self.slope, self.valid = link, mean, slope, valid


class Family:
    def __init__(self, variance, deviance, start, aic):
        self.variance, self.deviance, self.start, self.aic = variance, deviance, start, aic


def normal_density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def normal_quantile(p):
    # Newton on the logarithm, which is concave
    x = mpf(0)
    for _ in range(200):
        change = (mp.log(p) - mp.log(normal_cdf(x))) * normal_cdf(x) / normal_density(x)
        x += change
        if abs(change) < mpf(10) ** -60:
            break
    return x


def positive(eta):
    return eta > 0


LINKS = {
    "identity": Link(lambda mu: mu, lambda eta: Mean(eta), lambda eta: mpf(1)),
    "log": Link(mp.log, lambda eta: Mean(mp.exp(eta)), mp.exp),
    "logit": Link(
        lambda mu: mp.log(mu / (1 - mu)),
        lambda eta: Mean(1 / (1 + mp.exp(-eta)), 1 / (1 + mp.exp(eta))),
        lambda eta: 1 / ((1 + mp.exp(-eta)) * (1 + mp.exp(eta))),
    ),
    "probit": Link(normal_quantile, lambda eta: Mean(normal_cdf(eta), normal_cdf(-eta)), normal_density),
    "cauchit": Link(
        lambda mu: -1 / mp.tan(mp.pi * mu),
        lambda eta: Mean(mp.atan2(1, -eta) / mp.pi, mp.atan2(1, eta) / mp.pi),
        lambda eta: 1 / (mp.pi * (1 + eta * eta)),
    ),
    "cloglog": Link(
        lambda mu: mp.log(-mp.log(1 - mu)),
        lambda eta: Mean(-mp.expm1(-mp.exp(eta)), mp.exp(-mp.exp(eta))),
        lambda eta: mp.exp(eta - mp.exp(eta)),
    ),
    "inverse": Link(lambda mu: 1 / mu, lambda eta: Mean(1 / eta), lambda eta: -1 / eta**2, positive),
    "sqrt": Link(mp.sqrt, lambda eta: Mean(eta**2), lambda eta: 2 * eta, positive),
    "1/mu^2": Link(lambda mu: mu**-2, lambda eta: Mean(eta ** mpf("-0.5")), lambda eta: -(eta ** mpf("-1.5")) / 2, positive),
}


def log_ratio(x, m):
    return x * mp.log(x / m) if x else mpf(0)


def binomial_deviance(y, mean):
    return 2 * (log_ratio(y, mean.mu) + log_ratio(1 - y, mean.rest))


def binomial_aic(y, means, weights, deviance):
    def log_probability(share, mean, size):
        k = mp.nint(share * size)
        choose = mp.loggamma(size + 1) - mp.loggamma(k + 1) - mp.loggamma(size - k + 1)
        return choose + (k * mp.log(mean.mu) if k else 0) + ((size - k) * mp.log(mean.rest) if k < size else 0)

    sizes = [mp.nint(w) for w in weights]
    return -2 * mp.fsum(w / s * log_probability(v, m, s) for v, m, w, s in zip(y, means, weights, sizes) if s)


def poisson_deviance(y, mean):
    return 2 * (log_ratio(y, mean.mu) - (y - mean.mu)) if mean.mu > 0 else mp.inf


def poisson_aic(y, means, weights, deviance):
    terms = (w * (v * mp.log(m.mu) - m.mu - mp.loggamma(v + 1)) for v, m, w in zip(y, means, weights))
    return -2 * mp.fsum(terms)


def gaussian_aic(y, means, weights, deviance):
    n = len(y)
    return n * (mp.log(2 * mp.pi * deviance / n) + 1) + 2 - mp.fsum(map(mp.log, weights))


def gamma_aic(y, means, weights, deviance):
    shape = mp.fsum(weights) / deviance

    def log_density(v, mean):
        rate = shape / mean.mu
        return shape * mp.log(rate) - mp.loggamma(shape) + (shape - 1) * mp.log(v) - rate * v

    return -2 * mp.fsum(w * log_density(v, m) for v, m, w in zip(y, means, weights)) + 2


def inverse_gaussian_aic(y, means, weights, deviance):
    total = mp.fsum(weights)
    logs = 3 * mp.fsum(w * mp.log(v) for v, w in zip(y, weights))
    return total * (mp.log(2 * mp.pi * deviance / total) + 1) + logs + 2


FAMILIES = {
    "gaussian": Family(lambda m: mpf(1), lambda y, m: (y - m.mu) ** 2, lambda y, w: y, gaussian_aic),
    "binomial": Family(
        lambda m: m.mu * m.rest, binomial_deviance, lambda y, w: (w * y + mpf("0.5")) / (w + 1), binomial_aic
    ),
    "poisson": Family(lambda m: m.mu, poisson_deviance, lambda y, w: y + mpf("0.1"), poisson_aic),
    "Gamma": Family(
        lambda m: m.mu**2, lambda y, m: -2 * (mp.log(y / m.mu) - (y - m.mu) / m.mu), lambda y, w: y, gamma_aic
    ),
    "inverse.gaussian": Family(
        lambda m: m.mu**3, lambda y, m: (y - m.mu) ** 2 / (y * m.mu**2), lambda y, w: y, inverse_gaussian_aic
    ),
}
