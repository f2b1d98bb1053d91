"""The paper's laws of sample complexity, Eqs. 3 to 5, as it claims them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...analysis.laws import Law, Power
from ...model import SRHM

# s^(L/2) (s0+1)^L n_c m^L, whose prefactor is 1 in the paper's Fig. 4B.
EQ_3 = Law(1, (Power("s", 0.5, True), Power("s0+1", 1, True), Power("n_c", 1), Power("m", 1, True)))
# C (s0+1)^2 n_c m^L, whatever L, with C = 2.5, the guide line of Fig. 4C. It has no factor of s.
EQ_4 = Law(2.5, (Power("s", 0, True), Power("s0+1", 2), Power("n_c", 1), Power("m", 1, True)))

# The paper has no law for the FCNs, whose patches are learnt too: the LCN's is the scale to look around.
LAWS = {"LCN": EQ_3, "CNN": EQ_4, "FCN": EQ_3, "TaperedFCN": EQ_3}


def predicted_sample_complexity(architecture: str, task: SRHM) -> float:
    """P* of LCN, CNN or an FCN by the paper's law; ValueError for an architecture that it has no law for."""
    if architecture not in LAWS:
        raise ValueError(f"the paper has laws for {', '.join(LAWS)}, not for {architecture!r}")
    return LAWS[architecture](task)


def predicted_at_fixed_length(
    F: ArrayLike, d: ArrayLike, s: int, n_c: int, m: int
) -> NDArray[np.float64] | np.float64:
    """P* of the LCN by Eq. 5, n_c F^(log m/log s - 1/2) d^(log m/log s + 1/2).

    It is Eq. 3 in other variables. With F = (s0+1)^(-L) and d = (s (s0+1))^L, the informative features
    are s^L = F d and the rules of one class m^L = (F d)^(log m/log s), so that
    s^(L/2) (s0+1)^L n_c m^L = (F d)^(1/2) F^(-1) n_c (F d)^(log m/log s).

    Args:
        F: informative fraction of the input, in (0, 1]; any shape that broadcasts with d.
        d: input length.

    Raises:
        ValueError: an F outside (0, 1].
    """
    F, d = np.asarray(F, dtype=np.float64), np.asarray(d, dtype=np.float64)
    if not ((F > 0) & (F <= 1)).all():
        raise ValueError("F must lie in (0, 1]: it is a fraction of the input")
    power = np.log(m) / np.log(s)
    return n_c * F ** (power - 0.5) * d ** (power + 0.5)
