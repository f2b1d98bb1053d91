"""What the figures have in common: axes, marks and the channels that tell settings apart, legends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    EngFormatter,
    LogLocator,
    NullFormatter,
)

from ..analysis.columns import TASK
from ..model import Blanks
from .drawn import COLOURS, GREY, INK, plain_values, record

STYLE = Path(__file__).with_name("srhm.mplstyle")
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
BOTH = "filled: ours; hollow: the paper's"
_NAMES = ["architecture", *TASK, "width", "batch_size", "lr"]  # of a run, for the CSV of a figure
_THEIRS = "_paper"  # the label of the paper's marks, which no legend shows


def of_task(reference: pd.DataFrame, run: pd.Series) -> pd.DataFrame:
    """The reference points at the architecture and the task of a run."""
    names = ["architecture", *TASK]
    return reference[(reference[names] == run[names]).all(axis=1)]


def of_blanks(rows: pd.DataFrame, s0: Blanks) -> pd.DataFrame:
    """The rows at one s0, which pandas would compare item by item where it is given by level."""
    return rows[np.array([value == s0 for value in rows.s0], dtype=bool)]


def log_axis(ax: Axes) -> None:
    """A logarithmic abscissa with few and plainly written ticks: 500, 1k, 2k."""
    ax.set_xscale("log")
    if is_empty(ax):
        ax.set_xlim(1, 10)
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,), numticks=5))
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.xaxis.set_minor_formatter(NullFormatter())


def log_log(axes: Sequence[Axes]) -> None:
    """Logarithmic axes, sharing y; matplotlib cannot draw one without data, which gets a decade."""
    for ax in axes:
        ax.set(xscale="log", yscale="log")
        for axis in (ax.xaxis, ax.yaxis):  # over less than a decade matplotlib writes out the minor ticks
            axis.set_minor_formatter(NullFormatter())
        if is_empty(ax):
            ax.set_xlim(1, 10)
    if all(map(is_empty, axes)):
        axes[0].set_ylim(1, 10)


def is_empty(ax: Axes) -> bool:
    """Whether nothing is drawn on an axis."""
    return not np.isfinite(ax.dataLim.get_points()).all()


def curve(ax: Axes, runs: pd.DataFrame, x: str, y: str, band: bool = True, **style: Any) -> None:
    """The mean over seeds along x, and the range of the seeds as a band."""
    spread = runs.groupby(x)[y].agg(["mean", "min", "max"])
    ax.plot(spread.index, spread["mean"], **style)
    if band:
        ax.fill_between(spread.index, spread["min"], spread["max"], color=style["color"], alpha=0.15, lw=0)
    record(ax, "ours", spread.index, spread["mean"], spread["min"], spread["max"], quantity=y, **common(runs))


def bars(
    ax: Axes, x: Any, y: Any, low: Any, high: Any, *, whose: str = "ours", **style: Any
) -> dict[str, Any]:
    """Marks with a bar from low to high, along y, or along x if the style says `along="x"`.

    Returns:
        What `record` keeps of them, to which the caller adds names.
    """
    along = style.pop("along", "y")
    middle = np.asarray(x if along == "x" else y, float)
    span = [middle - np.asarray(low, float), np.asarray(high, float) - middle]
    style = {"capsize": 1.5, "elinewidth": 0.8, **style, f"{along}err": span}
    ax.errorbar(x, y, **style)
    return {"whose": whose, "x": x, "y": y, "low": low, "high": high}


def hollow(ax: Axes, rows: pd.DataFrame, x: pd.Series, y: pd.Series, **style: Any) -> None:
    """The paper's points, in the style of ours at the same setting but hollow, and behind ours."""
    if len(rows):
        ax.plot(x, y, **{"ls": "none", "zorder": 1.5, "label": _THEIRS, **style, "mfc": "none"})
        record(ax, "paper", x, y, **each(rows))


def common(rows: pd.DataFrame) -> dict[str, Any]:
    """What all rows share of an architecture, a task and a way to train."""
    return {
        name: plain_values(rows[name].iloc[:1].tolist())[0]
        for name in _NAMES
        if name in rows and rows[name].nunique() == 1
    }


def each(rows: pd.DataFrame) -> dict[str, Any]:
    """The architecture, the task and the way to train of each row."""
    names = [name for name in (*_NAMES, "quantity", "column") if name in rows]
    return {"quantity" if name == "column" else name: plain_values(rows[name].tolist()) for name in names}


def diagonal(axes: Iterable[Axes], values: pd.Series) -> None:
    """The line y = x through the values, if there are any."""
    if len(values):
        ends = [values.min() / 1.5, values.max() * 1.5]
        for ax in axes:
            ax.plot(ends, ends, color=INK, lw=1, ls="--", zorder=0)


def labelled(axes: Iterable[Axes]) -> dict[str, Any]:
    """The artists of all panels that have a label, one of each."""
    pairs = [zip(*ax.get_legend_handles_labels(), strict=True) for ax in axes]
    return {label: handle for panel in pairs for handle, label in panel}


# The channels of a setting: its colour is s0, its shape v, its size L; hollow is the paper's.
_VS = [3, 4, 6, 8, 10, 12, 2]  # in the order of MARKERS
_S0S = [0, 1, 2, 3, 4, 6]  # in the order of COLOURS


def sparsity_colour(s0: Blanks) -> str:
    """The colour of s0, the same in every figure."""
    if isinstance(s0, tuple):  # which have a colour by their digits
        s0 = int("1" + "".join(map(str, s0)))
    return _choose(COLOURS, _S0S, s0)


def vocabulary_marker(v: float) -> str:
    """The marker of v, the same in every figure."""
    return _choose(MARKERS, _VS, v)


def _choose(styles: list[str], known: list[int], value: float) -> str:
    return styles[known.index(int(value)) if value in known else int(value) % len(styles)]


# Of networks that are in one figure each has its own; the LCN and the CNN are the same everywhere.
_NETWORKS = {
    "LCN": 0, "CNN": 1, "FCN": 2, "TaperedFCN": 2, "Shared-10": 3, "Shared-01": 4, "Transformer-1": 3,
    "Transformer-2": 4, "VGG11": 2, "VGG16": 3, "ResNet18": 4, "ResNet34": 5, "EfficientNetB0": 6,
}  # fmt: skip


def network_style(architecture: str) -> dict[str, Any]:
    """Colour and marker of a network, the same in every figure; one by its name for a network of your own."""
    i = _NETWORKS.get(architecture, sum(map(ord, architecture)) % len(COLOURS))
    return {"color": COLOURS[i], "marker": MARKERS[i]}


def setting_style(s0: Blanks, v: float, L: float) -> dict[str, Any]:
    """Colour by s0, marker by v, size by L."""
    return {"color": sparsity_colour(s0), "marker": vocabulary_marker(v), "ms": 0.4 + 1.6 * float(L)}


def settings(ax: Axes, points: pd.DataFrame, x: pd.Series, y: pd.Series, *, paper: bool = False) -> None:
    """A point for each setting, in its channels."""
    for i, row in points.iterrows():
        style = setting_style(row.s0, row.v, row.L)
        if paper:
            hollow(ax, points.loc[[i]], x[[i]], y[[i]], **style)
        else:
            ax.plot(x[i], y[i], ls="none", **style)


Row = tuple[str, Sequence[Artist]]


def setting_rows(points: pd.DataFrame) -> list[Row]:
    """A legend's rows that name every s0, v and L of the points, each by its own channel only."""
    blank: dict[str, Any] = {"ls": "none"}
    hexagon = blank | {"marker": "h", "color": GREY}  # no marker of a v

    def colour(s0: Blanks) -> dict[str, Any]:
        return blank | {"color": sparsity_colour(s0)}

    return [
        (
            "colour",
            [
                Line2D([], [], marker="_", mew=4, ms=8, label=f"$s_0$={s0}", **colour(s0))
                for s0 in sorted(points.s0.unique())
            ],
        ),
        (
            "shape",
            [
                Line2D([], [], marker=vocabulary_marker(v), ms=5.2, color=GREY, label=f"$v$={v}", **blank)
                for v in sorted(points.v.unique())
            ],
        ),
        (
            "size",
            [
                Line2D([], [], **setting_style(0, 3, L) | hexagon, label=f"$L$={L}")
                for L in sorted(points.L.unique())
            ],
        ),
    ]  # fmt: skip


_IN_A_LINE = 5  # or the legend would be wider than the figure


def legend_rows(figure: Figure, rows: Sequence[Row], title: str = "") -> None:
    """A legend below the figure, row by row, each named at its left."""
    rows = [(name, handles) for name, handles in rows if handles]
    if not rows:
        return

    def text(words: str) -> Line2D:
        return Line2D([], [], ls="none", label=words)

    lines = [
        [text(" " if begin else name), *handles[begin : begin + _IN_A_LINE]]
        for name, handles in rows
        for begin in range(0, len(handles), _IN_A_LINE)
    ]
    columns = list(zip_longest(*lines, fillvalue=text(" ")))
    handles: list[Artist] = [handle for column in columns for handle in column]  # legends go column by column
    figure.legend(
        handles=handles, loc="outside lower center", ncols=len(columns), title=title, handlelength=1,
        columnspacing=0.5, handletextpad=0.2, alignment="left",
    )  # fmt: skip
