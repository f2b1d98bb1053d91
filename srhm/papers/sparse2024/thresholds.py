"""Where the paper reads P*, P*_S and P*_D."""

from __future__ import annotations

from ...analysis import P_STAR, Quantity
from ...analysis.columns import sensitivity
from ...networks.fleet import FLEETS


def quantities(architecture: str, s: int, L: int) -> list[Quantity]:
    """P* (10 % test error), and P*_S and P*_D of Eq. 8: layer 2, level 1 (Figs. 6, 11, 14 and 16).

    The paper has s = 2 and 3 (the FCN at s = 2 only) and L = 2 and 3; other tasks get the nearest of these.
    Its FCN is the TaperedFCN; the FCN has the same thresholds.

    Raises:
        ValueError: an architecture for which the paper reads none.
    """
    if architecture not in FLEETS:
        raise ValueError(f"the paper has thresholds for {', '.join(FLEETS)}, not for {architecture!r}")
    if architecture != "CNN":
        S, D = 0.3 if s == 2 else 0.5, 0.1
    else:
        shallow = 0.4 if s == 2 else 0.5
        S, D = shallow if L <= 2 else 0.2, 0.2
    return [
        P_STAR,
        Quantity("P_star_S", sensitivity("S", 2, 1), S),
        Quantity("P_star_D", sensitivity("D", 2, 1), D),
    ]
