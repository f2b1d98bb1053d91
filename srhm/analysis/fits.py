"""Exponents of the growth of P*, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from math import inf, log

import numpy as np
import pandas as pd

from ..model import stretch
from .columns import RULES, SEEDS, SETTING

_UNMOVED = 1e-9  # an exponent whose draws differ by less has not been resampled
_ROUNDING = 1e-6  # in a projection
_FEWEST_FAMILIES = 4  # with one seed each; of fewer a bootstrap interval is much too narrow
_SEEDS_LAST = 1e-4  # of effects that cannot be told apart, the share that counts as the seeds'
Terms = Callable[[pd.DataFrame], dict[str, pd.Series]]


def sparsity_law(points: pd.DataFrame) -> dict[str, pd.Series]:
    """log(P* / n_c) = const + a log(s0+1) + b log m - j [s0 = 0], for one architecture, s and L.

    a is the exponent of the law in the sparse regime, b that of the number of synonyms, and exp(j) the
    factor by which the sparse points lie above the law carried back to s0 = 0.
    """
    return {
        "jump": -(points.s0 == 0).astype(float),  # first: two sparsities, one of them 0, show a jump only
        "s0+1": np.log(points.s0.map(stretch)),
        "m": np.log(points.m),
    }


def fit_exponents(
    points: pd.DataFrame,
    terms: Terms,
    spread: pd.Series | float | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Least squares of log(P* / n_c) on `terms` and a constant, with 95 % bootstrap intervals.

    Args:
        points: P* of each setting and seed (`crossings`); settings with a seed that does not reach its
            threshold are left out. A setting that lacks some seeds of its rules is compared at the seeds
            that it has: for the others it takes what its settings and seeds add up to in log P*. The draws
            add the error of this, normal, of the size by which known P* differ from such sums.
        terms: `sparsity_law`, the `terms` of a `Law`, or a function like them.
        spread: unless given, the bootstrap draws seeds anew, the same for all settings of one v, s and L:
            a seed names their common rules. If given, each P* is drawn within this factor, uniformly in
            log: for values read off a grid of P. It is one factor, or one for each point. In either case the
            bootstrap also draws anew which v, s and L there are, with all their settings: an interval is over
            seeds and over v.
        draws: how many bootstrap samples are drawn.
        seed: of these draws.

    Returns:
        A row for each term that these settings can tell apart from the others, with columns
        estimate, low, high; and a row "scatter", the root mean square of log10(P* / fit). low and high are
        percentiles, moved to hold the estimate. They are nan where there is too little to resample: one seed
        everywhere and fewer than four v, a term that no draw moves, one that a single seed decides, that
        could not be told without the P* of this seed, or seeds that are missing and nothing that says by
        how much their P* may differ from the sum.

    Raises:
        ValueError: no setting has a P* for every seed.
    """
    points = reached(points)
    if points.empty:
        raise ValueError("no setting has a P* for every seed: nothing to fit")
    settings = points.drop_duplicates(SETTING).reset_index(drop=True)
    columns = _independent(terms(settings))
    design = np.column_stack([np.ones(len(settings)), *columns.values()])
    rng = np.random.default_rng(seed)
    families = list(settings.groupby(RULES, sort=False).indices.values())  # the settings of each
    alone = np.zeros(design.shape[1], bool)
    if spread is None:
        by_seed, known, error = _by_seed(points, settings, families)
        alone = _decided_by_one_seed(known, families, design) | np.isnan(error).any()
        means, drawn = np.nanmean(by_seed, 1), _draw_seeds(by_seed, families, draws, rng)
        if error.any():
            drawn += np.nan_to_num(error)[:, None] * rng.standard_normal(drawn.shape)
    else:
        values = {"mean": points.P_star / points.n_c, "spread": pd.Series(spread, points.index)}
        logs = np.log(pd.DataFrame(values)).groupby([points[name] for name in SETTING], sort=False).mean()
        means, factors = logs.to_numpy().T
        drawn = means[:, None] + rng.uniform(-1, 1, (len(means), draws)) * factors[:, None]
    (estimate,) = _least_squares(design, means[:, None])
    samples = np.empty((draws, len(estimate)))
    for rows, which in _draw_families(families, design, draws, rng):
        samples[which] = _least_squares(design[rows], drawn[rows][:, which])
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    low, high = np.minimum(low, estimate), np.maximum(high, estimate)
    unknown = np.append(alone[1:], alone.all())  # the scatter has an interval if any term has
    if spread is None and points.groupby(RULES)[SEEDS[0]].nunique().max() == 1:
        unknown |= (np.ptp(samples, axis=0) < _UNMOVED) | (len(families) < _FEWEST_FAMILIES)
    low[unknown] = high[unknown] = np.nan
    return pd.DataFrame({"estimate": estimate, "low": low, "high": high}, index=[*columns, "scatter"])


def _by_seed(
    points: pd.DataFrame, settings: pd.DataFrame, families: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log(P* / n_c), (settings, seeds): filled, but nan for the seeds that no setting of its rules has.

    And which of them are known; and the standard error of each setting's mean that comes from filling: with
    k of n seeds known, sqrt(1/k - 1/n) times the spread of known values about their sums.
    """
    values = np.log(points.P_star / points.n_c)
    names = points.groupby(SEEDS).ngroup()
    table = pd.pivot_table(points.assign(value=values, seed=names), "value", SETTING, "seed", sort=False)
    by_seed = table.loc[pd.MultiIndex.from_frame(settings[SETTING])].to_numpy(copy=True)
    known = ~np.isnan(by_seed)
    error, squares, free = np.zeros(len(settings)), 0.0, 0
    for rows in families:
        own = np.ix_(rows, known[rows].any(0))
        sums, unknowns = _sums(by_seed[own])
        squares += np.nansum((by_seed[own] - sums) ** 2)
        free += known[own].sum() - unknowns
        by_seed[own] = np.where(known[own], by_seed[own], sums)
        error[rows] = 1 / known[own].sum(1) - 1 / known[own].shape[1]
    spread = squares / free if free else np.nan
    return by_seed, known, np.sqrt(np.where(error > 0, error * spread, 0))


def _decided_by_one_seed(known: np.ndarray, families: list[np.ndarray], design: np.ndarray) -> np.ndarray:
    """Of each column of the design, whether some seed's P* alone tell it from the others.

    Args:
        known: which P* there are, (settings, seeds).
        families: the rows that share their rules, and so their seeds.
    """
    decided = np.zeros(design.shape[1], bool)
    for rows in families:
        for seed in np.flatnonzero(known[rows].any(0)):
            others = known.copy()
            others[rows, seed] = False
            left = design[others.any(1)]
            decided |= np.diag(np.linalg.pinv(left) @ left) < 1 - _ROUNDING
    return decided


def _sums(known: np.ndarray) -> tuple[np.ndarray, int]:
    """The sums of a setting's and a seed's effect, (settings, seeds), and how many unknowns they have.

    What cannot be told apart, as where two settings have no seed in common, counts as the settings'.
    """
    rows, columns = np.nonzero(~np.isnan(known))
    settings, seeds = (np.eye(size) for size in known.shape)
    design = np.hstack([settings[rows], _SEEDS_LAST * seeds[columns]])
    effects = np.linalg.lstsq(design, known[rows, columns], rcond=None)[0]  # the shortest of them
    sums = effects[: len(known), None] + _SEEDS_LAST * effects[len(known) :]
    return sums, int(np.linalg.matrix_rank(np.hstack([settings[rows], seeds[columns]])))


def _draw_seeds(
    by_seed: np.ndarray, families: list[np.ndarray], draws: int, rng: np.random.Generator
) -> np.ndarray:
    """log(P* / n_c) of each setting, (settings, draws): its mean over seeds drawn with its rules' others."""
    drawn = np.empty((len(by_seed), draws))
    for rows in families:
        values = by_seed[rows][:, ~np.isnan(by_seed[rows[0]])]
        chosen = rng.integers(values.shape[1], size=(draws, values.shape[1]))
        drawn[rows] = values[:, chosen].mean(2)
    return drawn


def _draw_families(
    families: list[np.ndarray], design: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, list[int]]]:
    """As many families as there are, drawn with replacement, such that they fix every term.

    There are few ways to draw them: for each that occurs its rows, and the numbers of its draws.
    """

    def rows_of(chosen: tuple[int, ...]) -> np.ndarray:
        return np.concatenate([families[i] for i in chosen])

    @cache
    def fix_terms(chosen: tuple[int, ...]) -> bool:
        return bool(np.linalg.matrix_rank(design[rows_of(chosen)]) == design.shape[1])

    alike: dict[tuple[int, ...], list[int]] = {}
    for draw in range(draws):
        chosen: tuple[int, ...] = ()
        while not chosen or not fix_terms(chosen):
            chosen = tuple(sorted(rng.integers(len(families), size=len(families)).tolist()))
        alike.setdefault(chosen, []).append(draw)
    for chosen, which in alike.items():
        yield rows_of(chosen), which


def _least_squares(design: np.ndarray, values: np.ndarray) -> np.ndarray:
    """For each column of values a row: coefficients but for the constant, then the scatter."""
    solutions = np.linalg.lstsq(design, values, rcond=None)[0]
    scatter = np.sqrt(np.mean((values - design @ solutions) ** 2, 0)) / log(10)
    return np.vstack([solutions[1:], scatter]).T


def reached(points: pd.DataFrame) -> pd.DataFrame:
    """Those rows of `crossings` of settings with a P* for every seed: the easy ones alone would mislead."""
    return points.groupby(SETTING, sort=False).filter(
        lambda setting: setting.P_star.between(0, inf, "neither").all()
    )


def _independent(columns: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Those columns that the constant and the columns before them do not determine."""
    kept: dict[str, pd.Series] = {}
    for name, column in columns.items():
        design = np.column_stack([np.ones(len(column)), *kept.values(), column])
        if np.linalg.matrix_rank(design) == design.shape[1]:
            kept[name] = column
    return kept


def sparsity_exponent(table: pd.DataFrame, column: str) -> tuple[float, float, float]:
    """The power of (s0+1) that `column` grows with: mean over seeds, and the least and greatest of a seed.

    The slope of log(column) on log(s0+1) is fitted for each seed, because the rules of a seed, and with them
    its prefactor, are the same at every s0. Where s0 differs between levels, the geometric mean of (s0+1) is
    taken.

    Args:
        table: columns "seed", "s0" and `column`, one row for each seed and s0.

    Raises:
        ValueError: a single s0, or a value that is not positive and finite.
    """
    log_P = np.log(table.pivot(index="seed", columns="s0", values=column).to_numpy(float))
    x = np.log([stretch(s0) for s0 in np.sort(table["s0"].unique())])
    if len(x) < 2 or not np.isfinite(log_P).all():
        raise ValueError(f"an exponent needs two values of s0 and positive, finite {column} of every seed")
    x -= x.mean()
    slopes = log_P @ x / (x @ x)
    return float(slopes.mean()), float(slopes.min()), float(slopes.max())
