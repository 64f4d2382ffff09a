"""Reads the problems that problems.R wrote (data.R says what is in a folder)."""
from __future__ import annotations

import pathlib
import re

try:
    import numpy as np
except ImportError:  # then what needs it is not installed either, and its rows will say so
    np = None


class Problem:
    def __init__(self, folder: str):
        self.folder = pathlib.Path(folder)
        lines = (self.folder / "problem.dcf").read_text(encoding="utf-8").splitlines()
        about = dict(line.split(": ", 1) for line in lines)
        self.family, self.formula, self.response = about["family"], about["formula"], about["response"]
        self.variables = about["variables"].split()
        self.rows = int(about["rows"])
        self.levels = {key[7:]: value.split() for key, value in about.items() if key.startswith("levels-")}

    def read(self, name: str) -> np.ndarray:
        """One variable; of a factor, the codes."""
        doubles = self.folder / f"{name}.f64"
        return np.fromfile(doubles, "<f8") if doubles.exists() else np.fromfile(self.folder / f"{name}.i32", "<i4")

    @property
    def y(self) -> np.ndarray:
        return self.read(self.response)

    def matrix(self, order: str, intercept: bool = False) -> np.ndarray:
        """All variables, numeric ones, as columns; with a column of ones before them if asked for."""
        x = np.ones((self.rows, intercept + len(self.variables)), order=order)
        for j, name in enumerate(self.variables):
            x[:, intercept + j] = self.read(name)
        return x

    def pandas(self):
        import pandas

        def column(name):
            if name not in self.levels:
                return self.read(name)
            return pandas.Categorical.from_codes(self.read(name), categories=self.levels[name])

        return pandas.DataFrame({name: column(name) for name in [self.response, *self.variables]})

    def polars(self):
        import polars

        def column(name):
            if name not in self.levels:
                return self.read(name)
            return polars.Series(np.array(self.levels[name])[self.read(name)], dtype=polars.Categorical)

        return polars.DataFrame({name: column(name) for name in [self.response, *self.variables]})

    @property
    def names(self) -> list[str]:
        """Of the coefficients of a problem whose variables are all numeric."""
        return ["(Intercept)", *self.variables]


def r_name(name: str) -> str:
    """A coefficient's name as R spells it: `Area[T.B]` or `Area[B]` is AreaB, `np.log(Density)` is log(Density)."""
    if name.lower() in ("intercept", "const"):
        return "(Intercept)"
    return re.sub(r"\[(T\.)?(.*)\]", r"\2", name).replace("np.log", "log").replace("LogDensity", "log(Density)")
