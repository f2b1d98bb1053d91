"""The training-set sizes at which the authors trained, and P* read on them by their rule.

Source: the authors' public code, see `recipes`. Its fun_choices.py and scale_P_TASK.ipynb (cell 2) have the
sizes, cells 2 to 4 of scale_P_TASK*.ipynb the rule: P* is the size whose test error is nearest to 10 %. Every
P*, P*_S and P*_D of the paper lies on the code's grids, but for nine. Three of Fig. 11 look placed by hand;
at two tasks of the LCN with s0 = 4 the figures show another grid than the code, and that one is used here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...analysis import crossing
from ...model import SRHM

_LARGEST = 110_000  # of the CNN at L = 2 and s0 >= 4
_CLOSEST = 1e-4  # to 0 and 1, an error that is told from them: one of 10,000 test data


def authors_grid(architecture: str, task: SRHM) -> np.ndarray:
    """The sizes P at which the authors trained a network, increasing, int (sizes,).

    Raises:
        ValueError: a network other than LCN and CNN, a depth other than 2 and 3, several numbers of blanks,
            sparsity B, or the CNN at s > 2: no such point of the paper has been digitised.
    """
    v, L, s0 = task.v, task.L, task.s0
    known = architecture == "LCN" or (architecture == "CNN" and task.s == 2)
    if not known or L not in (2, 3) or not isinstance(s0, int) or task.sparsity != "A":
        raise ValueError(f"there is no grid of the authors' for {architecture} at {task}")
    rules = (s0 + 1) ** L * task.m**L
    if architecture == "CNN":
        sizes = _of_cnn(v, L, s0)
    elif task.s > 2 or (L == 2 and s0 >= 4 and v >= 8):  # the latter read off Fig. 12 and the printed P*
        sizes = _steps(rules // 10, 10 * rules, 10) + _steps(10 * rules, 100 * rules, 10)
    else:
        sizes = _steps(v**L, (200 if s0 < 4 else 500) * v**L, 15)[:-1]
    each = 1 if architecture == "CNN" and L == 2 and s0 else task.n_c  # all others count data of each class
    return each * np.unique(np.array(sizes, dtype=int))  # rounded down


def _of_cnn(v: int, L: int, s0: int) -> list[float]:
    if not s0:
        return _steps(v**L // 5, 100 * v**L, 15)[:-1]
    first = v ** (L + 1)
    if L == 2:
        all_data = (2 * s0 + 2) ** 3 * v**4
        return _steps(first, all_data if s0 < 4 else min(all_data, _LARGEST), 15)[:-1]
    below = _steps(first // 10, first, 5)[:-1] if s0 == 1 and v in (8, 10) else []
    return below + _steps(first, (100 if s0 < 4 else 300) * first, 15)[:-1]


def _steps(first: int, last: int, count: int) -> list[float]:
    return np.logspace(np.log10(first), np.log10(last), count).tolist()


def nearest_on_grid(P: Sequence[float], values: Sequence[float], threshold: float, grid: np.ndarray) -> float:
    """The size of a grid at which a curve is nearest to `threshold`; nan if it never crosses it.

    It is one of the two about the crossing. There the curve is read between its own sizes, linearly in log P
    on the logistic scale; beyond them it goes on as between its last two.

    Args:
        P: increasing.
        values: at each P, of a test error or a sensitivity.
    """
    place = crossing(P, values, threshold)
    if not 0 < place < np.inf:
        return np.nan
    above = int(np.searchsorted(grid, place))
    about = grid[max(above - 1, 0) : above + 1]
    read = 1 / (1 + np.exp(-_extended(np.log(about), np.log(P), _logit(np.asarray(values, float)))))
    return float(about[np.abs(read - threshold).argmin()])


def _logit(values: np.ndarray) -> np.ndarray:
    values = values.clip(_CLOSEST, 1 - _CLOSEST)
    return np.log(values / (1 - values))


def _extended(at: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A curve that falls, read between its points, and beyond them along the lines through the last two."""
    first, last = (min((y[i + 1] - y[i]) / (x[i + 1] - x[i]), 0) for i in (0, -2))
    inside = np.interp(at, x, y)
    return inside + first * np.minimum(at - x[0], 0) + last * np.maximum(at - x[-1], 0)
