"""What the page of the scaling laws holds: every P*, by way to train, and what each level's blanks cost."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from export_stored import StoredStudy

from srhm import figures
from srhm.analysis import level_costs, points_on_new_data, sample_complexity
from srhm.analysis.columns import SETTING
from srhm.figures import in_theme
from srhm.figures.style import sparsity_colour, vocabulary_marker
from srhm.networks.fleet import FLEETS
from srhm.papers.sparse2024 import EQ_4, LAWS, digitised
from srhm.papers.sparse2024.studies import WAYS

COLUMNS = [
    *digitised.TASK,
    "P_star",
    "low",
    "high",
    "seeds",
    "width",
    "status",
    "way",
    "study",
    "command",
    "paper",
]
_SHAPES = {
    "o": "circle",
    "s": "square",
    "^": "triangle",
    "D": "diamond",
    "v": "down",
    "P": "plus",
    "X": "cross",
}
_SHORT = {"P_star_low": "low", "P_star_high": "high"}


def sample_complexities(stored: Mapping[str, StoredStudy]) -> pd.DataFrame:
    """Every P* of an LCN, CNN or FCN: ours, by way to train, then the paper's.

    Ours are of the largest stored profile of each study. A setting that several studies share has one P*,
    read from all their runs.
    """
    parts = [_of_way(way, [stored[name] for name in names if name in stored]) for way, names in WAYS.items()]
    theirs = digitised.sample_complexities().query("quantity == 'P_star'")
    theirs = theirs.rename(columns={"value": "P_star", "figure": "paper"})
    table = pd.concat([part.reindex(columns=COLUMNS) for part in [*parts, theirs]], ignore_index=True)
    whole = ["s", "L", "s0", "v", "n_c", "m", "seeds", "width"]
    return table.astype(dict.fromkeys(whole, "Int64")).round({"P_star": 1, "low": 1, "high": 1})


def _of_way(way: str, sources: list[StoredStudy]) -> pd.DataFrame:
    runs = pd.concat([source.runs for source in sources])
    runs = runs[~runs.index.duplicated() & runs.architecture.isin(FLEETS)]
    ours = sample_complexity(runs).rename(columns=_SHORT)
    makers = [_makers(setting, sources) for setting in ours[SETTING].itertuples(index=False, name=None)]
    return ours.assign(
        way=way,
        study=[", ".join(source.study for source in chosen) for chosen in makers],
        command=["; ".join(source.command for source in chosen) for chosen in makers],
    )


def _makers(setting: tuple, sources: list[StoredStudy]) -> list[StoredStudy]:
    """The studies that hold runs of a setting."""
    return [source for source in sources if (source.runs[SETTING] == list(setting)).all(axis=1).any()]


def costs_of_levels(runs: pd.DataFrame) -> pd.DataFrame:
    """What the blanks of some levels cost, seed by seed, on new data; see `level_costs`."""
    return level_costs(points_on_new_data(runs))


def scaling_data(points: pd.DataFrame, costs: pd.DataFrame) -> dict[str, Any]:
    """What the page's scripts draw: the laws, the points, the costs of levels, and their looks."""
    reached = points[points.P_star.notna()].drop(columns="status")
    return {
        "laws": {architecture: asdict(law) for architecture, law in LAWS.items()},
        "colours": {int(s0): in_theme(sparsity_colour(s0)) for s0 in sorted({*reached.s0, *costs.s0})},
        "shapes": {v: _SHAPES[vocabulary_marker(v)] for v in sorted(reached.v.unique().tolist())},
        "points": [row.dropna().to_dict() for _, row in reached.astype(object).iterrows()],
        "levels": _level_points(costs),
    }


def _level_points(costs: pd.DataFrame) -> list[dict[str, Any]]:
    """The cost of each setting: geometric mean over seeds, smallest and largest."""
    points = []
    for names, group in costs.groupby(["architecture", "L", "v", "levels", "s0"]):
        architecture, L, v, levels, s0 = names
        with_blanks = {int(level) for level in levels.split(" and ")}
        ratios = group.ratio.astype(float)
        points.append(
            {
                "architecture": architecture,
                "L": int(L),
                "v": int(v),
                "blanks": [int(s0) if level in with_blanks else 0 for level in range(1, int(L) + 1)],
                "ratio": round(float(np.exp(np.log(ratios).mean())), 4),
                "low": round(ratios.min(), 4),
                "high": round(ratios.max(), 4),
                "seeds": len(group),
            }
        )
    return points


def table_of(points: pd.DataFrame) -> str:
    """All points as an HTML table to unfold, and as a file to download."""
    shown = points.assign(paper=("Fig. " + points.paper).fillna("")).rename(columns={"paper": "the paper's"})
    rows = shown.to_html(index=False, na_rep="", border=0, float_format="{:,.0f}".format, justify="left")
    return (
        '<p><a href="../../_static/sample_complexities.csv" download>Download CSV</a></p>\n'
        "<details><summary>All points as a table</summary>\n"
        '<div class="explore-table" tabindex="0" role="region" aria-label="All points">'
        f"{rows}</div></details>\n"
    )


def draw_scaling(points: pd.DataFrame) -> figures.Drawn:
    """The page's chart as it opens, for readers without JavaScript."""
    chosen = points.query(
        "architecture == 'CNN' and sparsity == 'A' and s == 2 and way == \"authors' recipe\""
    )
    ours = chosen.rename(columns={short: name for name, short in _SHORT.items()})
    return figures.against_prediction(ours, ours.head(0).assign(value=[]), EQ_4)
