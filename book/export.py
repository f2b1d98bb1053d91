"""What the explorable pages hold: rules, sample complexities and static figures, written at build time."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from export_scaling import (
    costs_of_levels,
    draw_scaling,
    sample_complexities,
    scaling_data,
    table_of,
)
from export_stored import StoredStudy, load_stored
from export_training import draw_training, training_data

from srhm import SRHM, figures

TASK = dict(v=3, n_c=3, m=3)  # few enough to tell by eye; the paper's Fig. 2 has as many symbols and synonyms


def export(book: Path) -> None:
    """Write the data, tables and figures of the explorable pages into the staged sources."""
    torch.set_num_threads(1)  # small products lose more to a second thread than they gain
    stored = load_stored()
    _export_studies(stored, book / "_static" / "data")
    pages = book / "explore"
    points, costs = sample_complexities(stored), costs_of_levels(stored["levels"].runs)
    usual = stored["usual_rate"].runs
    points.to_csv(book / "_static" / "sample_complexities.csv", index=False)
    (pages / "scaling_table.html").write_text(table_of(points))
    _inline(pages / "task_data.html", {**TASK, "colours": figures.COLOURS, "rules": production_rules()})
    _inline(pages / "scaling_data.html", scaling_data(points, costs))
    _inline(pages / "training_data.html", training_data(usual))
    with plt.style.context(figures.STYLE):
        task = SRHM(**TASK, s=2, L=2, s0=1)
        drawn = {
            "task": figures.derivation(task, task.sample(1)),
            "scaling": draw_scaling(points),
            "levels": figures.level_exponents(costs),
            "training": draw_training(usual),
        }
        for name, figure in drawn.items():
            (pages / f"{name}.svg").write_text(figure.svg(), encoding="utf8")
    plt.close("all")


def _export_studies(stored: Mapping[str, StoredStudy], folder: Path) -> None:
    """The runs of each study as the figures draw them, a CSV file each; columns that none has left out."""
    folder.mkdir(parents=True)
    for name, study in stored.items():
        table = study.runs.dropna(axis=1, how="all").drop(columns=["semantics", "reason"], errors="ignore")
        table.to_csv(folder / f"{name}.csv", float_format="%.6g", index_label="key")


def production_rules() -> dict[str, dict[int, list]]:
    """The rules of every task that can be touched: by "s,L", then by level."""
    tasks = [SRHM(**TASK, s=s, L=L) for s in (2, 3) for L in (1, 2, 3)]
    return {
        f"{task.s},{task.L}": {level: rules.tolist() for level, rules in task.rules.items()} for task in tasks
    }


def _inline(path: Path, data: dict[str, Any]) -> None:
    """Data as a script block, which a page opened from disk may read, unlike a file beside it."""
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    path.write_text(f'<script type="application/json" id="explore-data">{text}</script>\n')
