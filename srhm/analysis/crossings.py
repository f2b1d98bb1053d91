"""P*: the training-set size at which a quantity falls to its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, nan

import numpy as np
import pandas as pd

from ..model import SRHM
from .columns import SEEDS, SETTING, TASK


def check_threshold(threshold: float) -> None:
    """Raise ValueError unless a threshold lies in (0, 1)."""
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie in (0, 1), got {threshold!r}")


@dataclass(frozen=True)
class Quantity:
    """A column of a table of runs, and the value at which it counts as fallen.

    Attributes:
        name: of the training-set size where it falls, such as "P_star".
        column: "test_error", or a sensitivity such as "S_2_1".
        threshold: in (0, 1).

    Raises:
        ValueError: a threshold outside (0, 1).
    """

    name: str
    column: str
    threshold: float

    def __post_init__(self) -> None:
        check_threshold(self.threshold)


P_STAR = Quantity("P_star", "test_error", 0.1)


def crossing(P: Sequence[float], values: Sequence[float], threshold: float) -> float:
    """Where a curve falls to `threshold`, interpolated linearly in log P.

    P must increase. The crossing taken is the first after which the curve stays at or below the
    threshold. inf if it never gets there: not reached. 0 if it is below from the first P on. Neither is
    extrapolated.
    """
    above = np.flatnonzero(np.asarray(values) > threshold)
    if len(above) == 0:
        return 0.0
    last = above[-1]
    if last == len(values) - 1:
        return inf
    (high, low), (a, b) = values[last : last + 2], map(log, P[last : last + 2])
    return exp(a + (b - a) * (high - threshold) / (high - low))


def crossings(runs: pd.DataFrame, threshold: float = 0.1, column: str = "test_error") -> pd.DataFrame:
    """P* of each setting and seed: where `column` crosses `threshold` along P, see `crossing`.

    Args:
        runs: stored runs (`Store.find`).

    Returns:
        A row for each setting and seed, its crossing in column P_star, and the smallest and the largest P
        visited in P_first and P_last.

    Raises:
        ValueError: no runs, a threshold outside (0, 1), or an unknown column.
    """
    check_threshold(threshold)
    if not len(runs):
        raise ValueError("there are no runs to read P* from; `srhm sweep` computes them")
    if column not in runs:
        raise ValueError(f"no column {column!r} among {sorted(runs.columns)}")
    if runs[column].isna().all():
        raise ValueError(f"none of these runs has a {column}")
    curves = runs.dropna(subset=column).sort_values("P").groupby(SETTING + SEEDS, sort=True)
    rows = []
    for names, curve in curves:
        sizes, values = curve["P"].tolist(), curve[column].tolist()
        found = {"P_star": crossing(sizes, values, threshold), "P_first": sizes[0], "P_last": sizes[-1]}
        rows.append(dict(zip(SETTING + SEEDS, names, strict=True)) | found)
    return pd.DataFrame(rows)


def error_on_new_data(runs: pd.DataFrame) -> pd.Series:
    """The test error on data that a network was not trained on, at most 1, for each run.

    Training and test data are independent draws of the task's distinct data. After P draws a share
    1 - (1 - 1/size)^P of them has been trained on; on these a network that fits its data makes no error, so
    that the whole test error comes from the others.

    Args:
        runs: stored runs, with the columns of their tasks, P and test_error; or points of the paper.
    """
    tasks = [tuple(row) for row in runs[TASK].to_numpy(object)]
    sizes = {task: float(SRHM(**dict(zip(TASK, task, strict=True))).size) for task in set(tasks)}
    size = np.array([sizes[task] for task in tasks])
    return (runs.test_error / (1 - 1 / size) ** runs["P"]).clip(upper=1)


def sample_complexity(runs: pd.DataFrame, threshold: float = 0.1, column: str = "test_error") -> pd.DataFrame:
    """P* of each setting: where `column` crosses `threshold` along P.

    With column "test_error" and 0.1 this is the paper's P*, with "S_2_1" or "D_2_1" its P*_S or P*_D.

    Args:
        runs: stored runs (`Store.find`).

    Returns:
        A row for each setting, with columns
        P_star: geometric mean over seeds; nan unless every seed reaches the threshold on its grid of P;
        P_star_low, P_star_high: the smallest and the largest seed's;
        seeds: how many;
        status: "reached", "not reached" (by some seed), "below the grid" (for some seed);
        beyond: how many seeds are so, 0 where all have reached it;
        P_limit: a P at which each of these is still above the threshold, the smallest of their last ones; or
        from which on each is below it, the largest of their first ones; else nan;
        P_last: the largest P of the seeds that do not reach the threshold, else nan; and P_first: the
        smallest P of those that are below it everywhere, else nan.

    Raises:
        ValueError: as `crossings`.
    """
    each = crossings(runs, threshold, column)
    rows = [
        dict(zip(SETTING, setting, strict=True)) | _summary(group)
        for setting, group in each.groupby(SETTING, sort=True)
    ]
    return pd.DataFrame(rows)


def _summary(each: pd.DataFrame) -> dict[str, float | int | str]:
    """Of the crossings of one setting's seeds."""
    late, early = (each[each.P_star == beyond] for beyond in (inf, 0))
    beyond = late if len(late) else early
    reached = not len(beyond)
    return {
        "P_star": exp(float(np.log(each.P_star).mean())) if reached else nan,
        "P_star_low": each.P_star.min() if reached else nan,
        "P_star_high": each.P_star.max() if reached else nan,
        "seeds": len(each),
        "status": "not reached" if len(late) else "below the grid" if len(early) else "reached",
        "beyond": len(beyond),
        "P_limit": late.P_last.min() if len(late) else early.P_first.max(),
        "P_last": late.P_last.max(),
        "P_first": early.P_first.min(),
    }
