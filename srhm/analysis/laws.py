"""Laws of sample complexity as data: a prefactor, and the power of each property of the task.

Predictions, fits, formulas on pages and the explorables are all made from the same object.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from ..model import SRHM, stretch

_LATEX = {"s": "s", "s0+1": "(s_0+1)", "n_c": "n_c", "m": "m"}


@dataclass(frozen=True)
class Power:
    """One factor of a law: base^exponent, or base^(exponent L) where it holds for each level.

    Attributes:
        base: "s", "s0+1" (where s0 differs between levels, the geometric mean), "n_c" or "m".
        exponent: the power, or that for each level.
        per_level: whether the power is multiplied by the depth L.
    """

    base: str
    exponent: float
    per_level: bool = False

    @property
    def name(self) -> str:
        """The name of this factor in a fit."""
        if not self.per_level:
            return self.base
        return f"({self.base})^L" if "+" in self.base else f"{self.base}^L"

    def at_depth(self, L: int) -> float:
        """The exponent of the base at depth L."""
        return self.exponent * L if self.per_level else self.exponent

    def latex(self) -> str:
        """The factor in LaTeX; nothing where the exponent is 0."""
        if not self.exponent:
            return ""
        number = Fraction(self.exponent).limit_denominator(100)
        top = "L" if self.per_level else ""
        if number.numerator != 1 or not top:
            top = f"{number.numerator}{top}"
        power = top if number.denominator == 1 else f"{top}/{number.denominator}"
        base = _LATEX[self.base]
        return base if power == "1" else f"{base}^{power}" if len(power) == 1 else f"{base}^{{{power}}}"


@dataclass(frozen=True)
class Law:
    """P* as a prefactor times powers.

    Attributes:
        prefactor: the constant in front.
        powers: in the order in which they are written.
    """

    prefactor: float
    powers: tuple[Power, ...]

    def __call__(self, task: SRHM) -> float:
        """P* of a task."""
        values = {"s": task.s, "s0+1": stretch(task.s0), "n_c": task.n_c, "m": task.m}
        product = self.prefactor
        for power in self.powers:
            product *= values[power.base] ** power.at_depth(task.L)
        return float(product)

    def power(self, base: str) -> Power:
        """The power of one property of the task; KeyError if the law does not have it."""
        return {power.base: power for power in self.powers}[base]

    def latex(self) -> str:
        """The law in LaTeX."""
        factors = [f"{self.prefactor:g}"] if self.prefactor != 1 else []
        return "\\, ".join(factors + [latex for power in self.powers if (latex := power.latex())])

    def terms(self, points: pd.DataFrame) -> dict[str, pd.Series]:
        """The columns of a fit of log(P* / n_c), whose coefficients are the exponents of this law.

        Before them a jump: -1 where s0 = 0, so that exp(jump) is the factor by which the sparse points lie
        above the law carried back to s0 = 0. First, because two sparsities, one of them 0, show a jump only.
        Where s is the same everywhere, it has no column: with L it would only be an offset by depth.
        """
        bases = {"s0+1": points.s0.map(stretch), "m": points.m}
        if points.s.nunique() > 1:
            bases["s"] = points.s
        columns = {"jump": -(points.s0 == 0).astype(float)}
        for power in sorted(self.powers, key=lambda power: _FIT_ORDER.index(power.base)):
            if power.base in bases:
                columns[power.name] = np.log(bases[power.base]) * (points.L if power.per_level else 1)
        return columns

    def claims(self) -> dict[str, float]:
        """What the law says of each coefficient of its fit."""
        return {power.name: power.exponent for power in self.powers if power.base != "n_c"}


_FIT_ORDER = ("s0+1", "m", "s", "n_c")
