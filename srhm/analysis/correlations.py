"""Rank correlations with intervals that resample whole networks."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pandas as pd


def rank_correlation(
    table: pd.DataFrame, x: str, y: str, unit: str = "architecture", draws: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """Spearman's rank correlation of two columns, and the ends of its 95 % bootstrap interval.

    The bootstrap draws anew which units there are, each with all its points: points of one network are not
    independent of each other. Draws in which a column has one value only have no correlation; they are left
    out.

    Args:
        table: one row for each point; those that lack x or y are left out.
        unit: the column of what is resampled.
        draws: how many bootstrap samples are drawn.
        seed: of these draws.

    Returns:
        The estimate, and percentiles of the draws, moved to hold it. All are nan of fewer than three points
        or of a constant column, the percentiles of fewer than three units.
    """
    points = table.dropna(subset=[x, y])
    values, units = points[[x, y]].to_numpy(float), points[unit].to_numpy()
    if len(points) < 3:
        return nan, nan, nan
    estimate = _spearman(values)
    names = pd.unique(units)
    if len(names) < 3 or isnan(estimate):
        return estimate, nan, nan
    groups = [values[units == name] for name in names]
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(groups), size=(draws, len(groups)))
    samples = [_spearman(np.concatenate([groups[i] for i in row])) for row in chosen]
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return estimate, float(min(low, estimate)), float(max(high, estimate))


def _spearman(values: np.ndarray) -> float:
    """The correlation of ranks of the two columns, ties sharing theirs; nan where a column is constant."""
    if (values == values[0]).all(axis=0).any():
        return nan
    ranks = pd.DataFrame(values).rank().to_numpy()
    return float(np.corrcoef(ranks.T)[0, 1])
