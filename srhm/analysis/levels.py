"""What the blanks of each level cost: P* with blanks at some levels over P* without, at equal rules."""

from __future__ import annotations

from math import inf, log

import numpy as np
import pandas as pd

from ..model.blanks import ByLevel
from .columns import SEEDS, SETTING


def blanks_of(points: pd.DataFrame) -> np.ndarray:
    """The blanks of each level 1 ... L at every row, int (rows, L); all rows have the same L."""
    L = int(points.L.iloc[0])
    return np.array([tuple(s0) if isinstance(s0, ByLevel) else (s0,) * L for s0 in points.s0])


def level_costs(points: pd.DataFrame) -> pd.DataFrame:
    """P* of tasks with blanks at some levels over that of the task without any, seed by seed.

    Args:
        points: P* of each setting and seed (`crossings`). Settings that have several numbers of blanks at
            once, but for none at some levels, are left out, and so are those that do not reach P*.

    Returns:
        Columns architecture, v, L, levels (those with blanks, "1 and 2"), count (of them), s0 (blanks at
        these), task_seed, ratio, and exponent = log(ratio) / log(s0 + 1).
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
    columns = ["architecture", "v", "L", "levels", "count", "s0", "task_seed", "ratio", "exponent"]
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
