"""The paper's laws of sample complexity, Eqs. 3 and 4, as it claims them."""

from __future__ import annotations

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
