"""P*: the training-set size at which a quantity crosses its threshold; exponents of its growth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf, log, nan

import numpy as np
import pandas as pd

SEEDS = ["task_seed", "data_seed", "init_seed"]
SETTING = [
    "architecture", "sparsity", "s", "L", "s0", "v", "n_c", "m",
    "width", "batch_size", "lr", "momentum", "loss_threshold", "max_epochs", "n_test", "n_pairs",
]  # fmt: skip

RULES = ["v", "n_c", "m", "s", "L"]  # what, with the seed, decides the production rules


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
        A row for each setting and seed, its crossing in column P_star.

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
    curves = runs.dropna(subset=column).sort_values("P").groupby(SETTING + SEEDS, sort=True)
    return pd.DataFrame(
        [
            dict(zip(SETTING + SEEDS, names, strict=True))
            | {"P_star": crossing(curve["P"].tolist(), curve[column].tolist(), threshold)}
            for names, curve in curves
        ]
    )


def sample_complexity(runs: pd.DataFrame, threshold: float = 0.1, column: str = "test_error") -> pd.DataFrame:
    """P* of each setting: where `column` crosses `threshold` along P.

    With column "test_error" and 0.1 this is the paper's P*, with "S_2_1" or "D_2_1" its P*_S or P*_D.

    Args:
        runs: stored runs (`Store.find`).

    Returns:
        A row for each setting, with columns
        P_star: geometric mean over seeds; nan unless every seed reaches the threshold on its grid of P;
        P_star_low, P_star_high: the smallest and the largest seed's;
        P_nearest: by the paper's rule, the P of the grid where the mean over seeds is nearest to the
        threshold; nan where P_star is;
        seeds: how many;
        status: "reached", "not reached" (by some seed), "below the grid" (for some seed).

    Raises:
        ValueError: as `crossings`.
    """
    each = crossings(runs, threshold, column)
    distance = (runs.groupby([*SETTING, "P"])[column].mean() - threshold).abs()
    rows = []
    for setting, of_setting in each.groupby(SETTING, sort=True):
        summary = _summary(of_setting.P_star.tolist())
        nearest = distance.loc[setting].idxmin() if summary["status"] == "reached" else nan
        rows.append(dict(zip(SETTING, setting, strict=True)) | summary | {"P_nearest": nearest})
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


Terms = Callable[[pd.DataFrame], dict[str, pd.Series]]


def sparsity_law(points: pd.DataFrame) -> dict[str, pd.Series]:
    """log(P* / n_c) = const + a log(s0+1) + b log m - j [s0 = 0], for one architecture, s and L.

    a is the exponent of the law in the sparse regime, b that of the number of synonyms, and exp(j) the
    factor by which the sparse points lie above the law carried back to s0 = 0.
    """
    return {
        "jump": -(points.s0 == 0).astype(float),  # first: two sparsities, one of them 0, show a jump only
        "s0+1": np.log(points.s0 + 1),
        "m": np.log(points.m),
    }


def depth_law(points: pd.DataFrame) -> dict[str, pd.Series]:
    """log(P* / n_c) = const + a x + b L log m + c L log s - j [s0 = 0], for one architecture, any s and L.

    x is log(s0+1) for the CNN and L log(s0+1) for others. Eq. 3 claims (1, 1, 1/2) for (a, b, c) of the
    LCN, Eq. 4 claims (2, 1, 0) of the CNN.
    """
    depth = points.L.where(points.architecture != "CNN", 1)
    return {
        "jump": -(points.s0 == 0).astype(float),
        "sparsity": depth * np.log(points.s0 + 1),
        "m^L": points.L * np.log(points.m),
        "s^L": points.L * np.log(points.s),
    }


def fit_exponents(
    points: pd.DataFrame,
    terms: Terms,
    spread: float | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Least squares of log(P* / n_c) on `terms` and a constant, with 95 % bootstrap intervals.

    Args:
        points: P* of each setting and seed (`crossings`); settings with a seed that does not reach its
            threshold are left out.
        terms: `sparsity_law`, `depth_law`, or a function like them.
        spread: unless given, the bootstrap draws seeds anew, the same for all settings of one v, s and L:
            a seed names their common rules. If given, each P* is drawn within this factor, uniformly in
            log: for values read off a grid of P.
        draws: of the bootstrap.
        seed: names them.

    Returns:
        A row for each term that these settings can tell apart from the others, with columns
        estimate, low, high; and a row "scatter", the root mean square of log10(P* / fit).

    Raises:
        ValueError: no setting has a P* for every seed.
    """
    points = _reached(points)
    if points.empty:
        raise ValueError("no setting has a P* for every seed: nothing to fit")
    settings = points.drop_duplicates(SETTING).reset_index(drop=True)
    columns = _independent(terms(settings))
    design = np.column_stack([np.ones(len(settings)), *columns.values()])
    each = points.assign(value=np.log(points.P_star / points.n_c)).groupby(SETTING, sort=False)
    means = each.value.mean().to_numpy()
    rng = np.random.default_rng(seed)
    if spread is None:
        drawn = _draw_seeds(points, settings, draws, rng)
    else:
        drawn = means[:, None] + rng.uniform(-1, 1, (len(means), draws)) * log(spread)
    estimate = _least_squares(design, means[:, None])[:, 0]
    low, high = np.percentile(_least_squares(design, drawn), [2.5, 97.5], axis=1)
    return pd.DataFrame({"estimate": estimate, "low": low, "high": high}, index=[*columns, "scatter"])


def _draw_seeds(
    points: pd.DataFrame, settings: pd.DataFrame, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """log(P* / n_c) of each setting, (settings, draws): its mean over seeds drawn with its rules' others.

    A setting that lacks some seeds of its rules takes the mean over those drawn that it has.
    """
    values = np.log(points.P_star / points.n_c)
    names = points.groupby(SEEDS).ngroup()
    table = pd.pivot_table(points.assign(value=values, seed=names), "value", SETTING, "seed", sort=False)
    table = table.loc[pd.MultiIndex.from_frame(settings[SETTING])]
    drawn = np.empty((len(settings), draws))
    for rows in settings.groupby(RULES, sort=False).indices.values():
        of_rules = table.iloc[rows].dropna(axis=1, how="all").to_numpy()
        chosen = rng.integers(of_rules.shape[1], size=(draws, of_rules.shape[1]))
        picked = of_rules[:, chosen]  # (settings, draws, seeds)
        known = ~np.isnan(picked)
        total, count = np.where(known, picked, 0).sum(2), known.sum(2)
        drawn[rows] = np.where(count > 0, total / np.maximum(count, 1), np.nanmean(of_rules, 1)[:, None])
    return drawn


def _least_squares(design: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Coefficients but for the constant, and the scatter, of each column of values; (terms + 1, columns)."""
    solution = np.linalg.lstsq(design, values, rcond=None)[0]
    scatter = np.sqrt(np.mean((values - design @ solution) ** 2, axis=0)) / log(10)
    return np.vstack([solution[1:], scatter])


def _reached(points: pd.DataFrame) -> pd.DataFrame:
    return points.groupby(SETTING, sort=False).filter(lambda of: of.P_star.between(0, inf, "neither").all())


def _independent(columns: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Those columns that the constant and the columns before them do not determine."""
    kept: dict[str, pd.Series] = {}
    for name, column in columns.items():
        design = np.column_stack([np.ones(len(column)), *kept.values(), column])
        if np.linalg.matrix_rank(design) == design.shape[1]:
            kept[name] = column
    return kept
