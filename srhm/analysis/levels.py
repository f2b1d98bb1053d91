"""What the blanks of each level cost: P* with blanks at some levels over P* without, at equal rules."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log

import numpy as np
import pandas as pd

from ..model.blanks import of_each_level
from .columns import SEEDS, SETTING
from .crossings import crossings, error_on_new_data


def blanks_of(points: pd.DataFrame) -> np.ndarray:
    """The blanks of each level 1 ... L at every row, int (rows, L); all rows have the same L."""
    L = int(points.L.iloc[0])
    return np.array([of_each_level(s0, L) for s0 in points.s0])


def points_on_new_data(runs: pd.DataFrame) -> pd.DataFrame:
    """P* of each setting and seed (`crossings`) by the error on new data, for tasks of several levels.

    A task of one level has nothing to learn about tuples that were not seen, and is left out.
    """
    runs = runs[runs.L > 1]
    return crossings(runs.assign(test_error=error_on_new_data(runs)))


def level_costs(points: pd.DataFrame) -> pd.DataFrame:
    """P* of tasks with blanks at some levels over that of the task without any, seed by seed.

    Args:
        points: P* of each setting and seed (`crossings`). Settings that have several numbers of blanks at
            once, but for none at some levels, are left out, and so are those that do not reach P*.

    Returns:
        Columns architecture, v, L, levels (those with blanks, "1 and 2"), count (of them), s0 (blanks at
        these), task_seed, P_star, ratio, and exponent = log(ratio) / log(s0 + 1).
    """
    keys = [name for name in SETTING + SEEDS if name != "s0"]
    parts = []
    reached = points[points.P_star.between(0, inf, "neither")]
    for L, group in reached.groupby("L"):
        blanks = blanks_of(group)
        largest = blanks.max(1)
        alike = ((blanks == 0) | (blanks == largest[:, None])).all(1)
        names = [" and ".join(str(l + 1) for l in np.flatnonzero(row)) or "none" for row in blanks]
        group = group.assign(levels=names, count=(blanks > 0).sum(1), s0=largest)[alike]
        base = group[group.levels == "none"].set_index(keys).P_star
        pairs = group[group.levels != "none"].join(base.rename("without"), on=keys, how="inner")
        ratio = pairs.P_star / pairs.without
        exponent = np.log(ratio) / np.log(pairs.s0.astype(float) + 1)
        parts.append(pairs.assign(L=L, ratio=ratio, exponent=exponent))
    columns = ["architecture", "v", "L", "levels", "count", "s0", "task_seed", "P_star", "ratio", "exponent"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def level_law(points: pd.DataFrame) -> dict[str, pd.Series]:
    """log(P* / n_c) = const + sum_l a_l x_l + sum_{l<k} b_lk sqrt(x_l x_k) + c log m, x_l = log(s0_l + 1).

    For one architecture and L. a_l is what the blanks of level l cost when no other level has any, as a power
    of s0_l + 1; b_lk what they cost more (or less, if negative) when level k has some too. The interaction is
    of first order in x, so that equal numbers of blanks give a power of s0 + 1.
    """
    x = np.log(blanks_of(points) + 1)
    levels = range(x.shape[1])
    terms = {f"level {l + 1}": pd.Series(x[:, l], points.index) for l in levels}
    for l in levels:
        for k in range(l + 1, x.shape[1]):
            terms[f"levels {l + 1} and {k + 1}"] = pd.Series(np.sqrt(x[:, l] * x[:, k]), points.index)
    return terms | {"m": points.m.map(log)}


def extrapolate_levels(
    costs: pd.DataFrame, counts: Sequence[int], draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """The power of s0 + 1 that blanks at all of n levels cost, if each level costs q times the one before.

    The power is then a (1 + q + ... + q^(n-1)). a and q, from 0 to 2 in steps of 0.001, are fitted by least
    squares to the mean power at each depth. With q = 1 the costs of levels multiply; with q < 1 the power
    never exceeds a / (1 - q).

    Args:
        costs: of one architecture (`level_costs`); those with blanks at all levels are used, of two depths or
            more.
        counts: numbers of levels n to give the power for.
        draws: how many bootstrap samples are drawn, of the comparisons at each depth.
        seed: of these draws.

    Returns:
        A row for a, for q and for each n, with columns estimate, low and high, which are 95 % percentiles.

    Raises:
        ValueError: blanks at all levels are known for fewer than two depths.
    """
    whole = costs[costs["count"] == costs.L]
    powers = {int(L): group.exponent.to_numpy(float) for L, group in whole.groupby("L")}
    if len(powers) < 2:
        raise ValueError(f"the powers of two depths or more are needed, got those of L = {sorted(powers)}")
    depths, rng = list(powers), np.random.default_rng(seed)
    drawn = [each[rng.integers(len(each), size=(draws, len(each)))].mean(1) for each in powers.values()]
    means = np.column_stack(
        [np.append(each.mean(), resampled) for each, resampled in zip(powers.values(), drawn, strict=True)]
    )
    sums = _geometric_sums(_RATIOS, depths)  # (ratios, depths)
    lengths = (sums**2).sum(1)
    best = np.argmax((means @ sums.T) ** 2 / lengths, axis=1)  # of least squares, for the best a at each q
    a, q = (means * sums[best]).sum(1) / lengths[best], _RATIOS[best]
    found = np.column_stack([a, q, a[:, None] * _geometric_sums(q, counts)])
    low, high = np.percentile(found[1:], [2.5, 97.5], axis=0)
    index = ["a", "q", *counts]
    return pd.DataFrame({"estimate": found[0], "low": low, "high": high}, index=index)


_RATIOS = np.linspace(0, 2, 2001)  # of the costs of a level and the one before


def _geometric_sums(q: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """1 + q + ... + q^(n-1), a row for each q and a column for each n."""
    return np.column_stack([sum(q**i for i in range(n)) for n in counts])
