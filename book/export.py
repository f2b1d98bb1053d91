"""What the explorable pages hold: rules, sample complexities and static figures, written at build time."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from srhm import SRHM, figures
from srhm.analysis import sample_complexity
from srhm.analysis.columns import SETTING
from srhm.figures.style import sparsity_colour
from srhm.notebook import load_study
from srhm.papers.sparse2024 import EQ_4, LAWS, STUDIES, digitised
from srhm.papers.sparse2024.studies import VARIATIONS
from srhm.runs import PROFILES, Store
from srhm.runs.store import as_table

RESULTS = Path(__file__).resolve().parent.parent / "results"
TASK = dict(v=3, n_c=3, m=3)  # few enough to tell by eye; the paper's Fig. 2 has as many symbols and synonyms
COLUMNS = [*digitised.TASK, "P_star", "low", "high", "seeds", "width", "status", "study", "command", "paper"]


def export(book: Path) -> None:
    """Write the data, tables and figures of the explorable pages into the staged sources."""
    _export_studies(book / "_static" / "data")
    pages = book / "explore"
    _inline(pages / "task_data.html", {**TASK, "colours": figures.COLOURS, "rules": production_rules()})
    points = sample_complexities()
    points.to_csv(book / "_static" / "sample_complexities.csv", index=False)
    (pages / "scaling_table.html").write_text(_table(points))
    _inline(pages / "scaling_data.html", _scaling_data(points))
    with plt.style.context(figures.STYLE):
        task = SRHM(**TASK, s=2, L=2, s0=1)
        figures.derivation(task, task.sample(1)).savefig(pages / "task.png")
        _draw_scaling(points).savefig(pages / "scaling.png")
    plt.close("all")


def _export_studies(folder: Path) -> None:
    """The runs of each study as the figures draw them, a CSV file each; columns that none has left out."""
    folder.mkdir(parents=True)
    for name in _stored_studies():
        runs, _ = load_study(name, "stored", "cpu", RESULTS)
        table = runs.dropna(axis=1, how="all").drop(columns=["semantics", "reason"], errors="ignore")
        table.to_csv(folder / f"{name}.csv", float_format="%.6g", index_label="key")


def production_rules() -> dict[str, dict[int, list]]:
    """The rules of every task that can be touched: by "s,L", then by level."""
    tasks = [SRHM(**TASK, s=s, L=L) for s in (2, 3) for L in (1, 2, 3)]
    return {
        f"{task.s},{task.L}": {level: rules.tolist() for level, rules in task.rules.items()} for task in tasks
    }


@dataclass(frozen=True)
class StoredStudy:
    """The stored runs of a study, at the profile and by the command that made them."""

    study: str
    command: str
    runs: pd.DataFrame


def sample_complexities() -> pd.DataFrame:
    """Every P* of an LCN, CNN or FCN: ours, of the largest stored profile of each study, then the paper's.

    A setting that several studies share has one P*, read from all their runs. Other ways to train are left
    out, as in the scorecard.
    """
    sources = [_load(name) for name in _stored_studies() if name not in VARIATIONS]
    runs = pd.concat([source.runs for source in sources])
    runs = runs[~runs.index.duplicated() & runs.architecture.isin(list(digitised.GRID_RATIO))]
    ours = sample_complexity(runs).rename(columns=_SHORT)
    makers = [_makers(setting, sources) for setting in ours[SETTING].itertuples(index=False, name=None)]
    ours = ours.assign(
        study=[", ".join(source.study for source in chosen) for chosen in makers],
        command=["; ".join(source.command for source in chosen) for chosen in makers],
    )
    theirs = digitised.sample_complexities().query("quantity == 'P_star'")
    theirs = theirs.rename(columns={"value": "P_star", "figure": "paper"})
    table = pd.concat([ours.reindex(columns=COLUMNS), theirs.reindex(columns=COLUMNS)], ignore_index=True)
    whole = ["s", "L", "s0", "v", "n_c", "m", "seeds", "width"]
    return table.astype(dict.fromkeys(whole, "Int64")).round({"P_star": 1, "low": 1, "high": 1})


_SHORT = {"P_star_low": "low", "P_star_high": "high"}


def _stored_studies() -> list[str]:
    rows = Store(RESULTS).rows()
    stored = as_table(rows)
    return [
        name
        for name, study in STUDIES.items()
        if any(run.key in rows for profile in PROFILES for run in study.runs(profile, stored))
    ]


def _load(study: str) -> StoredStudy:
    runs, source = load_study(study, "stored", "cpu", RESULTS)
    command, _, _ = source.command.partition(" (")  # without how many runs are missing
    return StoredStudy(study, command, runs)


def _makers(setting: tuple, sources: list[StoredStudy]) -> list[StoredStudy]:
    """The studies that hold runs of a setting."""
    return [source for source in sources if (source.runs[SETTING] == list(setting)).all(axis=1).any()]


def _scaling_data(points: pd.DataFrame) -> dict[str, Any]:
    reached = points[points.P_star.notna()].drop(columns="status")
    return {
        "laws": {architecture: law.as_data() for architecture, law in LAWS.items()},
        "colours": {s0: sparsity_colour(s0) for s0 in sorted(reached.s0.unique().tolist())},
        "points": [row.dropna().to_dict() for _, row in reached.astype(object).iterrows()],
    }


def _inline(path: Path, data: dict[str, Any]) -> None:
    """Data as a script block, which a page opened from disk may read, unlike a file beside it."""
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    path.write_text(f'<script type="application/json" id="explore-data">{text}</script>\n')


def _table(points: pd.DataFrame) -> str:
    """All points as an HTML table to unfold, and as a file to download."""
    shown = points.assign(paper=("Fig. " + points.paper).fillna("")).rename(columns={"paper": "the paper's"})
    rows = shown.to_html(index=False, na_rep="", border=0, float_format="{:,.0f}".format, justify="left")
    return (
        '<p><a href="../../_static/sample_complexities.csv" download>Download CSV</a></p>\n'
        "<details><summary>All points as a table</summary>\n"
        '<div class="explore-table" tabindex="0" role="region" aria-label="All points">'
        f"{rows}</div></details>\n"
    )


def _draw_scaling(points: pd.DataFrame) -> plt.Figure:
    """The page's chart as it opens, for readers without JavaScript."""
    cnn = points[points.architecture == "CNN"]
    ours = cnn[cnn.paper.isna()].rename(columns={short: name for name, short in _SHORT.items()})
    no_paper = ours.head(0).assign(value=[])
    return figures.against_prediction(ours, no_paper, EQ_4)
