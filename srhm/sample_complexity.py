"""P*: the training-set size at which a quantity crosses its threshold, with its spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log, nan

import numpy as np
import pandas as pd

SEEDS = ["task_seed", "data_seed", "init_seed"]
SETTING = [
    "architecture", "sparsity", "s", "L", "s0", "v", "n_c", "m",
    "width", "batch_size", "lr", "momentum", "loss_threshold", "max_epochs", "n_test", "n_pairs",
]  # fmt: skip


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
        status: "reached", "not reached" (by some seed), "below the grid" (for some seed).

    Raises:
        ValueError: no runs, a threshold outside (0, 1), or an unknown column.
    """
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie in (0, 1), got {threshold!r}")
    if not len(runs):
        raise ValueError("there are no runs to read P* from; `srhm sweep` computes them")
    if column not in runs:
        raise ValueError(f"no column {column!r} among {sorted(runs.columns)}")
    if runs[column].isna().all():
        raise ValueError(f"none of these runs has a {column}")
    rows = []
    for setting, of_setting in runs.dropna(subset=column).groupby(SETTING, sort=True):
        each = [
            crossing(curve["P"].tolist(), curve[column].tolist(), threshold)
            for _, curve in of_setting.sort_values("P").groupby(SEEDS)
        ]
        rows.append(dict(zip(SETTING, setting, strict=True)) | _summary(each))
    return pd.DataFrame(rows)


def _summary(each: list[float]) -> dict[str, float | int | str]:
    status = "not reached" if inf in each else "below the grid" if 0 in each else "reached"
    reached = status == "reached"
    return {
        "P_star": exp(float(np.mean(np.log(each)))) if reached else nan,
        "P_star_low": min(each) if reached else nan,
        "P_star_high": max(each) if reached else nan,
        "seeds": len(each),
        "status": status,
    }
