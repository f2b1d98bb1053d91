"""Ours against the paper's: every digitised point, every curve and every law, with a verdict each.

The limits of the rule (`LIMITS` and `RULE`) were set when part of the results was known, and have not been
moved since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, log10, nan
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd

from ...analysis import crossings, fit_exponents, sample_complexity, sparsity_law
from ...analysis.columns import SEEDS, SETTING, TASK
from ...analysis.fits import Terms
from ...model import SRHM
from ...networks.fleet import CONNECTED, FLEETS
from ...runs import Search, Store
from ...runs.store import select
from . import digitised
from .grids import authors_grid, nearest_on_grid
from .laws import LAWS
from .studies import STUDIES, WAYS
from .thresholds import quantities

# Distances within which an item counts as reproduced, and within which as roughly reproduced.
POINT, CURVE, EXPONENT, RATIO, CORRELATION = (1.5, 2), (0.05, 0.1), (0.25, 0.5), (1.25, 1.6), (0.8, 0.5)
LIMITS = [
    {"item": item, "distance from": whence, "reproduced": form.format(near), "roughly": form.format(far)}
    for item, whence, form, (near, far) in (
        ("P*, P*_S or P*_D", "the paper's point", "within a factor of {}", POINT),
        ("curve", "the paper's, on average", "within {}", CURVE),
        ("exponent", "the claim", "within {}", EXPONENT),
        ("ratio", "1, the claim", "within a factor of {}", RATIO),
        ("rank correlation", "", "from {} on", CORRELATION),
    )
]
RULE = fill(
    f"""\
What lies beyond both limits is not reproduced. An item that the profile has no runs for, or too few to tell
it, is not computed. Where the paper's point is the first of its grid, it only bounds P* from above: a P* of
ours that lies more than half a step below it is not judged, and counts as not computed. A threshold that some
seed does not cross at any size from {Search.smallest} to {Search.largest:,} is not reached. Both are left
out.
The verdict of a figure is that of its median item; of two in the middle, the worse. The verdict of a claim is
that of the worst of its items. A figure or a claim has no verdict if at least half of its items are left out,
nor has a curve if at least half of its points are, or a correlation across networks if at least half of the
networks are.""",
    110,
)
VERDICTS = ("reproduced", "roughly", "not reproduced")
Row = dict[str, Any]
OPEN = ("not computed", "not reached")
NO_CLAIM = "the paper claims nothing"
NO_VERDICT = "none, half is missing"


def judge(distance: float, near: float, far: float) -> str:
    """The verdict on a distance: up to `near`, up to `far`, or beyond; "not computed" for nan."""
    return OPEN[0] if isnan(distance) else VERDICTS[int(distance > near) + int(distance > far)]


def runs_by_way(store: Store, profile: str) -> dict[str, pd.DataFrame]:
    """The stored runs of the paper's figures at one profile, by way to train (`WAYS`), if it has any.

    Those of a seed whose search for P* goes on are left out, but for sizes that a grid has too.

    Raises:
        ValueError: an unknown profile, or nothing stored that may be drawn (`Study.settled`).
    """
    stored = store.load()
    found = {
        way: select(stored, [run for name in names for run in STUDIES[name].settled(profile, stored)])
        for way, names in WAYS.items()
    }
    if not any(map(len, found.values())):
        raise ValueError(
            f"{store.folder} holds no runs of profile {profile!r}; "
            f"`srhm sweep all --profile {profile}` computes them"
        )
    return {way: runs for way, runs in found.items() if len(runs)}


def our_sample_complexities(runs: pd.DataFrame) -> pd.DataFrame:
    """P*, P*_S and P*_D of every LCN, CNN and FCN, at the paper's thresholds and depths, L = 2 and 3.

    Returns:
        As `sample_complexity`, with columns quantity (see `digitised.QUANTITIES`), column and threshold.
    """
    runs = runs[runs.architecture.isin(FLEETS) & runs.L.isin([2, 3])]
    parts = []
    for (architecture, s, L), group in runs.groupby(["architecture", "s", "L"]):
        for quantity in quantities(architecture, s, L):
            measured = group[group[quantity.column].notna()] if quantity.column in group else ()
            if len(measured):
                found = sample_complexity(measured, quantity.threshold, quantity.column)
                told = {"quantity": quantity.name, "column": quantity.column}
                parts.append(found.assign(**told, threshold=quantity.threshold))
    if not parts:
        found = [
            "P_star",
            "P_star_low",
            "P_star_high",
            "seeds",
            "status",
            "beyond",
            "P_limit",
            "P_last",
            "P_first",
        ]
        return runs.reindex(columns=[*SETTING, *found, "quantity", "column", "threshold"])
    return pd.concat(parts, ignore_index=True)


def score_points(runs: pd.DataFrame) -> pd.DataFrame:
    """Each P*, P*_S and P*_D of the paper beside ours at the same setting.

    Returns:
        Columns figure, quantity, those of the task; ours (interpolated), ours_low, ours_high (seeds), width,
        seeds; paper, paper_low, paper_high, first (`digitised`); nearest (by the paper's rule on the authors'
        grid, of our first seed, as they have one), agreeing (how many seeds have the paper's very point; nan
        where it is the first of its grid); ratio = ours / paper, verdict.
    """
    names = {"P_star": "ours", "P_star_low": "ours_low", "P_star_high": "ours_high"}
    ours = our_sample_complexities(runs).rename(columns=names)
    names = {"value": "paper", "low": "paper_low", "high": "paper_high"}
    theirs = digitised.sample_complexities().rename(columns=names)
    keys = [*digitised.TASK, "quantity"]
    training = [name for name in SETTING if name not in keys]
    aside = ["threshold", "column", "P_first", "P_last"]
    wanted = [*training, *aside, "ours", "ours_low", "ours_high", "seeds"]
    table = theirs.merge(ours[keys + wanted], on=keys, how="left")
    table[["nearest", "agreeing"]] = _on_their_grid(runs, table)
    table["ratio"] = table.ours / table.paper
    table["verdict"] = [judge(abs(log10(ratio)), *map(log10, POINT)) for ratio in table.ratio]
    table.loc[table["first"] & (table.ours < table.paper_low), "verdict"] = OPEN[0]  # theirs is a bound only
    table.loc[_never(table), "verdict"] = OPEN[1]
    return table.drop(columns=[*aside, *(name for name in training if name != "width")])


def _never(found: pd.DataFrame) -> pd.Series:
    """Which rows of `sample_complexity` have a seed beyond the limits of a search: its search is over."""
    return (found.P_last >= Search.largest) | (found.P_first <= Search.smallest)


def _on_their_grid(runs: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Of each point that we have, nearest and agreeing, see `score_points`."""
    curves: dict[tuple[Any, ...], list[pd.DataFrame]] = {}
    for key, curve in runs.sort_values("P").groupby(SETTING + SEEDS):
        curves.setdefault(key[: len(SETTING)], []).append(curve)
    found = pd.DataFrame({"nearest": nan, "agreeing": nan}, index=points.index)
    for i, point in points[points.ours.notna()].to_dict("index").items():
        grid = authors_grid(point["architecture"], SRHM(**{name: point[name] for name in TASK}))
        each = []
        for curve in curves[tuple(point[name] for name in SETTING)]:
            P, values = curve["P"].to_numpy(), curve[point["column"]].to_numpy()
            known = ~np.isnan(values)
            if known.any():
                each.append(nearest_on_grid(P[known], values[known], point["threshold"], grid))
        theirs = grid[np.abs(np.log(grid / point["paper"])).argmin()]
        found.loc[i] = each[0], nan if point["first"] else np.sum(each == theirs)
    return found


def score_curves(runs: pd.DataFrame) -> pd.DataFrame:
    """Each curve of test errors or sensitivities in the paper: its mean distance from ours.

    Ours is the mean over seeds, each read between its own sizes.

    Returns:
        Columns figure, those of the task, column (the quantity), points (of the paper's P that lie within
        ours), ours and paper (means over them), distance (mean of the absolute differences), verdict, which
        needs more than half of the paper's points.
    """
    names = ["figure", *digitised.TASK, "column"]
    ours = dict(iter(runs.groupby(digitised.TASK)))
    rows = []
    for key, curve in digitised.curves().groupby(names):
        row = dict(zip(names, key, strict=True))
        rows.append(row | _compare(ours.get(key[1:-1]), curve, row["column"]))
    return pd.DataFrame(rows, columns=[*names, "points", "ours", "paper", "distance", "verdict"])


def _compare(ours: pd.DataFrame | None, theirs: pd.DataFrame, column: str) -> Row:
    each = []
    if ours is not None and column in ours:  # no run has D where there are no blanks
        known = ours.dropna(subset=column).sort_values("P")
        each = [
            np.interp(np.log(theirs.P), np.log(curve["P"]), curve[column], nan, nan)
            for _, curve in known.groupby(SETTING + SEEDS)
        ]
    values = pd.DataFrame(each, columns=theirs.index).mean()
    within = values.notna()
    if not within.any():
        return {"points": 0, "ours": nan, "paper": nan, "distance": nan, "verdict": OPEN[0]}
    distance = float((values - theirs.value).abs().mean())
    enough = 2 * within.sum() > len(theirs)
    return {
        "points": int(within.sum()),
        "ours": float(values.mean()),
        "paper": float(theirs.value[within].mean()),
        "distance": distance,
        "verdict": judge(distance, *CURVE) if enough else OPEN[0],
    }


def score_laws(runs: pd.DataFrame) -> pd.DataFrame:
    """The exponents of Eqs. 3 and 4, the coincidence of Eq. 8, the correlations of Fig. 1.

    Returns:
        Columns figure, law, of (what it was measured on), ours, ours_low, ours_high, claim, paper (its
        points, treated like ours), paper_low, paper_high, distance (of ours from the claim: the difference of
        exponents, abs(log10) of a ratio, 1 - a correlation), verdict, paper_verdict (on those points).
    """
    return pd.concat([_exponents(runs), score_coincidence(runs), _correlations(runs)], ignore_index=True)


# By architecture, sparsity and s: the figure, and the depths at which its settings tell the power of s0+1,
# and that of m too, but for sparsity B, whose figures say nothing about it.
_P_STAR_FIGURES = {
    ("LCN", "A", 2): ("4B", (2, 3)), ("CNN", "A", 2): ("4C", (2, 3)),
    ("LCN", "A", 3): ("10", (2,)), ("CNN", "A", 3): ("13", (2,)),
    ("LCN", "B", 2): ("7", (2, 3)), ("CNN", "B", 2): ("8", (2, 3)),
}  # fmt: skip
_DEPTHS = (2, 3)  # of all of the paper's figures
_RATIO_FIGURES = {("LCN", 2): "6", ("CNN", 2): "14", ("LCN", 3): "11", ("CNN", 3): "14", ("FCN", 2): "16"}


def _exponents(runs: pd.DataFrame) -> pd.DataFrame:
    runs = runs[runs.architecture.isin(["LCN", "CNN"])]
    if not len(runs):
        return pd.DataFrame()
    each, theirs = crossings(runs), _points_of_paper()
    rows = []
    for (architecture, sparsity, s), (figure, depths) in _P_STAR_FIGURES.items():
        law = LAWS[architecture]
        ours, of_paper = (_points_at(table, architecture, sparsity, s) for table in (each, theirs))
        for L in sorted({*depths, *ours.L}):
            of_depth, same = ours[ours.L == L], of_paper[of_paper.L == L]
            bases: Sequence[str] = ("s0+1", "m") if sparsity == "A" else ("s0+1",)
            claims = {base: law.power(base).at_depth(L) for base in bases}
            known: Row = {
                "figure": figure,
                "of": f"{architecture}, " + "sparsity B, " * (sparsity == "B") + f"s = {s}, L = {L}",
            }
            asked = bases if L in depths else ()
            judged = bases if L in _DEPTHS else ()
            found = _exponent_rows(of_depth, same, sparsity_law, claims, asked, judged)
            rows += [known | row for row in found]
    for architecture in ("LCN", "CNN"):
        law = LAWS[architecture]
        known = {"figure": _P_STAR_FIGURES[architecture, "A", 2][0], "of": f"{architecture}, all s and L"}
        ours, of_paper = (_points_at(table, architecture, "A") for table in (each, theirs))
        ours = ours[ours.L.isin(_DEPTHS)]
        claims = law.claims()
        asked = ("s^L",) if architecture == "LCN" else ()  # that of the CNN, 0, is judged where it is told
        found = _exponent_rows(ours, of_paper, law.terms, claims, asked, tuple(claims))
        rows += [known | row for row in found]
    return pd.DataFrame(rows)


def _points_at(table: pd.DataFrame, architecture: str, sparsity: str, s: int | None = None) -> pd.DataFrame:
    """The rows of an architecture and a sparsity, of one s or of all."""
    chosen = table[(table.architecture == architecture) & (table.sparsity == sparsity)]
    return chosen if s is None else chosen[chosen.s == s]


_READING = 1.02  # P* between two points of a digitised curve


def _points_of_paper() -> pd.DataFrame:
    """P* of the paper as `crossings` gives ours, with the factor that each leaves open either way, spread.

    Those of its figures, but for the first point of a grid, which P* may lie far below; and those that are
    read off the curves of Fig. 7 between two points.
    """
    plotted = digitised.sample_complexities().query("quantity == 'P_star' and not first")
    plotted = plotted.assign(P_star=plotted.value, spread=(plotted.high / plotted.low) ** 0.5)
    between = digitised.read_off("7").assign(spread=_READING)
    points = pd.concat([plotted[[*digitised.TASK, "P_star", "spread"]], between], ignore_index=True)
    return points.assign(**{name: 0 for name in SETTING if name not in points})


def _exponent_rows(
    ours: pd.DataFrame,
    theirs: pd.DataFrame,
    terms: Terms,
    claims: dict[str, float],
    asked: Sequence[str],
    judged: Sequence[str],
) -> list[Row]:
    """A row for each term that our settings tell, and for those that are asked for whether they do or not.

    Args:
        judged: the terms that get a verdict.
    """
    fit = _fit(ours, terms)
    fit = fit.reindex(list(dict.fromkeys([*fit.index, *asked])))
    of_paper = _fit(theirs, terms, theirs.spread).reindex(fit.index)
    rows = []
    for term in fit.index:
        claim = claims.get(term, nan)
        row: dict[str, float | str] = {
            "law": term if term in ("jump", "scatter") else f"exponent of {term}",
            "claim": claim,
        }
        for name, group in (("ours", fit), ("paper", of_paper)):
            row |= {
                name: group.estimate[term],
                f"{name}_low": group.low[term],
                f"{name}_high": group.high[term],
            }
        distances = [abs(whose.estimate[term] - claim) for whose in (fit, of_paper)]
        verdict, of_theirs = (
            judge(distance, *EXPONENT) if term in judged else NO_CLAIM for distance in distances
        )
        rows.append(row | {"distance": distances[0], "verdict": verdict, "paper_verdict": of_theirs})
    return rows


def _fit(points: pd.DataFrame, terms: Terms, spread: pd.Series | None = None) -> pd.DataFrame:
    try:
        return fit_exponents(points, terms, spread)
    except ValueError:  # no setting reached
        return pd.DataFrame(columns=["estimate", "low", "high"], dtype=float)


def score_coincidence(runs: pd.DataFrame) -> pd.DataFrame:
    """Eq. 8: P*_S / P* and P*_D / P*, geometric means over settings; low and high are the extreme settings.

    Columns as `score_laws`.
    """
    ours = our_sample_complexities(runs)
    theirs = digitised.sample_complexities().rename(columns={"value": "P_star"})
    rows = []
    for (architecture, s), figure in _RATIO_FIGURES.items():
        for quantity in digitised.QUANTITIES[1:]:
            row: Row = {"figure": figure, "law": f"{quantity} / P_star", "of": f"{architecture}, s = {s}"}
            for name, table in (("ours", ours), ("paper", theirs)):
                group = table[_is(table, architecture, s)]
                keys = [key for key in (*digitised.TASK, "width") if key in group]
                group = group.pivot_table(index=keys, columns="quantity", values="P_star")
                group = group.reindex(columns=list(digitised.QUANTITIES)).astype(float)
                ratios = np.log(group[quantity] / group.P_star)
                values = np.exp([ratios.mean(), ratios.min(), ratios.max()])
                row |= dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
            distances = {whose: abs(log10(row[whose])) for whose in ("ours", "paper")}
            verdict, of_theirs = (judge(distance, *map(log10, RATIO)) for distance in distances.values())
            measured = ours[_is(ours, architecture, s)]
            if isnan(row["ours"]) and _never(measured[measured.quantity == quantity]).any():
                verdict = OPEN[1]
            told = {"claim": 1.0, "distance": distances["ours"]}
            rows.append(row | told | {"verdict": verdict, "paper_verdict": of_theirs})
    return pd.DataFrame(rows)


def _is(table: pd.DataFrame, architecture: str, s: int) -> pd.Series:
    """Which rows are of an architecture, or of either FCN, at s and sparsity A."""
    names = CONNECTED if architecture in CONNECTED else (architecture,)
    return table.architecture.isin(names) & (table.s == s) & (table.sparsity == "A")


def _correlations(runs: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rank correlation of test error and sensitivity, over architectures and sizes.

    nan, and not judged, unless more than half of the paper's networks are there.
    """
    of_paper = digitised.curves().query("figure == '1'")
    task = digitised.VISION_TASK
    shown = runs.architecture.isin(of_paper.architecture) & (runs[list(task)] == pd.Series(task)).all(axis=1)
    ours = runs[shown].groupby(["architecture", "P"]).mean(numeric_only=True)
    theirs = of_paper.pivot_table(index=["architecture", "P"], columns="column", values="value")
    of_all = of_paper.architecture.nunique()
    rows = []
    for column, name in (("D_out_1", "D"), ("S_out_1", "S")):
        row: Row = {
            "figure": "1",
            "law": f"rank correlation of test error and {name}",
            "of": "all architectures",
        }
        for whose, table in (("ours", ours), ("paper", theirs)):
            pairs = table.reindex(columns=["test_error", column]).dropna()
            networks = pairs.index.get_level_values("architecture").nunique()
            row[whose] = pairs.corr("spearman").iloc[0, 1] if 2 * networks > of_all else nan
        for whose, verdict in (("ours", "verdict"), ("paper", "paper_verdict")):
            row[verdict] = judge(1 - row[whose], *(1 - least for least in CORRELATION))
        rows.append(row | {"claim": nan, "distance": 1 - row["ours"]})
    return pd.DataFrame(rows)


def score_claims(laws: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The paper's claims: its points and ours by each way to train, with a verdict each by the same rule.

    Args:
        laws: `score_laws` of the runs of each way to train, by its name.

    Returns:
        Columns claim (in words), figure, of, law, claimed, paper, paper_low, paper_high, paper_verdict; then
        for each way its estimate, low, high, distance and verdict: way, way_low, way_high, way_distance,
        way_verdict.
    """
    keys, ends = ["figure", "of", "law"], ("", "_low", "_high")
    rows = pd.concat(laws.values()).drop_duplicates(keys).rename(columns={"claim": "claimed"})
    rows = rows[[*keys, "claimed", *(f"paper{end}" for end in (*ends, "_verdict"))]]
    rows.insert(0, "claim", [_claim(law, case) for law, case in zip(rows.law, rows.of, strict=True)])
    rows = rows[rows.claim != NO_CLAIM]
    for way, table in laws.items():
        names = {f"ours{end}": way + end for end in ends} | {
            name: f"{way}_{name}" for name in ("distance", "verdict")
        }
        rows = rows.merge(table[[*keys, *names]].rename(columns=names), "left", on=keys)
        rows = rows.fillna({f"{way}_verdict": OPEN[0]})
    order = {claim: i for i, claim in enumerate(CLAIMS)}
    return rows.sort_values("claim", key=lambda column: column.map(order), kind="stable", ignore_index=True)


CLAIMS = (
    "LCN: P* grows as (s0+1)^L",
    "CNN: P* grows as (s0+1)^2 at any depth",
    "P* grows as m^L",
    "LCN: P* grows as s^(L/2)",
    "P* = P*_S = P*_D",
    "The error follows D and S across architectures",
    "Sparsity B: the same powers of s0+1",
)


def _claim(law: str, case: str) -> str:
    """The claim that a row of `score_laws` is evidence for; those of single s and L, where there are such."""
    architecture, (*_, last) = case[:3], case.split()
    if last.isdecimal() and int(last) > 3:
        return NO_CLAIM  # deeper than any of the paper's figures
    if law.startswith("P_star_"):
        return CLAIMS[4]
    if law.startswith("rank correlation"):
        return CLAIMS[5]
    if case.endswith("all s and L"):
        return CLAIMS[3] if law == "exponent of s^L" and architecture == "LCN" else NO_CLAIM
    if law == "exponent of m" and "sparsity B" not in case:
        return CLAIMS[2]
    if law == "exponent of s0+1":
        return CLAIMS[6] if "sparsity B" in case else CLAIMS[0 if architecture == "LCN" else 1]
    return NO_CLAIM


def judge_claims(claims: pd.DataFrame, way: str) -> pd.Series:
    """The verdict on each of CLAIMS by one way to train, or "paper": that of the worst row that is judged.

    "not computed" where half of the rows or more are missing.
    """
    each = claims[f"{way}_verdict"].groupby(claims.claim)
    judged = each.agg(lambda verdicts: 2 * verdicts.isin(VERDICTS).sum() > len(verdicts)).astype(bool)
    worst = each.agg(lambda verdicts: max([OPEN[0], *verdicts], key=[*OPEN, *VERDICTS].index))
    return worst.where(judged, OPEN[0]).reindex(list(CLAIMS), fill_value=OPEN[0])


def summarise(*tables: pd.DataFrame) -> pd.DataFrame:
    """How many items of each figure have which verdict, and the figure's own: its median item's.

    A figure has none if at least half of its items are missing, and is not computed if all are.

    Args:
        tables: of `score_points`, `score_curves`, `score_laws`.
    """
    items = pd.concat([table[["figure", "verdict"]] for table in tables]).query("verdict != @NO_CLAIM")
    counts = items.groupby(["figure", "verdict"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=[*VERDICTS, *OPEN], fill_value=0)
    cumulative = counts[list(VERDICTS)].cumsum(axis=1)
    judged = cumulative[VERDICTS[-1]]
    missing = counts[list(OPEN)].sum(axis=1)
    verdict = (2 * cumulative).gt(judged, axis=0).idxmax(axis=1).where(judged > missing, NO_VERDICT)
    verdict = verdict.where(judged > 0, OPEN[0])
    order = sorted(counts.index, key=lambda figure: (int(figure.rstrip("ABC")), figure))
    return counts.assign(verdict=verdict).loc[order]


def scorecard(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All tables: "summary", "points", "curves", "laws"."""
    tables = {"points": score_points(runs), "curves": score_curves(runs), "laws": score_laws(runs)}
    return {"summary": summarise(*tables.values())} | tables
