"""Which recipe drew which figure: the paper's digitised points beside our runs at the same sizes.

Nothing is fitted. Every candidate (`recipes.candidates`) is trained at sizes of the paper's own grids, and
its distance from the paper is reported, whether small or large.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd

from ...analysis.columns import OPTIONS
from ...model import SRHM
from ...networks.fleet import FLEETS
from ...runs import Run
from . import digitised
from .recipes import candidates

_SAME_SIZE = 0.01  # sizes read off a logarithmic axis agree within 1 %
_LAYERS = {"test_error": "test error", "1": "layer 1", "2": "layer 2", "3": "layer 3", "out": "output"}


def by_recipe(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that a candidate recipe trained, with two columns more: rate and blanks name the recipe.

    A run that two candidates would train alike, as where the authors' rate is ours, is there for each. The
    batch, the width and what ends a training do not count, only the rate for each datum. Runs of other
    architectures, and those with another momentum or another rate for the first layer, are left out.
    """
    parts = [runs.iloc[:0].assign(rate="", blanks="")]
    usual = {f.name: f.default for f in fields(Run) if f.name in {*OPTIONS, "momentum"}}
    for (architecture, *numbers), group in runs[runs.architecture.isin(FLEETS)].groupby(digitised.TASK):
        task = SRHM(**dict(zip(digitised.TASK[1:], numbers, strict=True)))
        for (rate, blanks), way in candidates(architecture, task).items():
            same = [np.isclose(group.lr / group.batch_size, way["lr"] / way["batch_size"])]
            same += [group[name] == way.get(name, default) for name, default in usual.items()]
            chosen = group[np.logical_and.reduce(same)]
            parts.append(chosen.assign(rate=rate, blanks=blanks))
    return pd.concat(parts, ignore_index=True)


def distances(runs: pd.DataFrame) -> pd.DataFrame:
    """Each digitised point of a curve beside the runs at its task and size, by every candidate recipe.

    Args:
        runs: of LCN, CNN and FCN.

    Returns:
        Columns figure, those of the task, rate, blanks, task_seed, P, column, where ("test error", "layer 1",
        ..., "output"), ours, paper, distance = abs(ours - paper).
    """
    curves = digitised.curves().rename(columns={"value": "paper"})
    ours = by_recipe(runs)
    kept = [*digitised.TASK, "rate", "blanks", "task_seed", "P"]
    columns = [name for name in curves.column.unique() if name in ours]
    ours = ours.melt(kept, columns, "column", "ours").dropna(subset="ours")
    pairs = curves.rename(columns={"P": "paper_P"}).merge(ours, on=[*digitised.TASK, "column"])
    pairs = pairs[(pairs.paper_P / pairs["P"] - 1).abs() <= _SAME_SIZE].drop(columns="paper_P")
    layer = pairs.column.where(pairs.column == "test_error", pairs.column.str.split("_").str[1])
    return pairs.assign(where=layer.map(_LAYERS), distance=(pairs.ours - pairs.paper).abs())
