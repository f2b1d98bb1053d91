"""What the figures have in common: colours, axes, legends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    EngFormatter,
    LogLocator,
    NullFormatter,
)

from ..analysis.columns import TASK
from ..model import Blanks

STYLE = Path(__file__).with_name("srhm.mplstyle")
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
GREY = "#777777"
REFERENCE: dict[str, Any] = {"color": "#A0A0A0", "alpha": 0.8, "zorder": 1, "label": "paper, digitised"}


def of_task(reference: pd.DataFrame, run: pd.Series) -> pd.DataFrame:
    """The reference points at the architecture and the task of a run."""
    names = ["architecture", *TASK]
    return reference[(reference[names] == run[names]).all(axis=1)]


def log_axis(ax: Axes) -> None:
    """A logarithmic abscissa with few and plainly written ticks: 500, 1k, 2k."""
    ax.set_xscale("log")
    if is_empty(ax):
        ax.set_xlim(1, 10)
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,), numticks=5))
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.xaxis.set_minor_formatter(NullFormatter())


def curve(ax: Axes, runs: pd.DataFrame, x: str, y: str, band: bool = True, **style: Any) -> None:
    """The mean over seeds along x, and the range of the seeds as a band."""
    spread = runs.groupby(x)[y].agg(["mean", "min", "max"])
    ax.plot(spread.index, spread["mean"], **style)
    if band:
        ax.fill_between(spread.index, spread["min"], spread["max"], color=style["color"], alpha=0.15, lw=0)


def crosses(ax: Axes, x: pd.Series, y: pd.Series, **style: Any) -> None:
    """Reference points; without any, no legend entry either."""
    if len(x):
        ax.plot(x, y, ls="none", **{**REFERENCE, "marker": "x", **style})


def diagonal(axes: Iterable[Axes], values: pd.Series) -> None:
    """The line y = x through the values, if there are any."""
    if len(values):
        ends = [values.min() / 1.5, values.max() * 1.5]
        for ax in axes:
            ax.plot(ends, ends, color="black", lw=1, ls="--", zorder=0)


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


def labelled(axes: Iterable[Axes]) -> dict[str, Any]:
    """The artists of all panels that have a label, one of each."""
    pairs = [zip(*ax.get_legend_handles_labels(), strict=True) for ax in axes]
    return {label: handle for panel in pairs for handle, label in panel}


def settings(ax: Axes, points: pd.DataFrame, x: pd.Series, y: pd.Series) -> None:
    """Points whose colour is s0, whose marker is v, whose inside is L."""
    for i, row in points.iterrows():
        style = setting_style(row.s0, row.v, row.L)
        ax.plot(x[i], y[i], ls="none", ms=5, **style)


_VS = [3, 4, 6, 8, 10, 12, 2]  # in the order of MARKERS
_S0S = [0, 1, 2, 3, 4, 6]  # in the order of COLOURS
_INSIDES = {3: "white", 4: "#CCCCCC", 5: "#FFE066"}  # by L; else the colour of the edge


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


def setting_style(s0: Blanks, v: float, L: float) -> dict[str, Any]:
    """Colour by s0, marker by v, inside by L."""
    colour = sparsity_colour(s0)
    return {"color": colour, "marker": vocabulary_marker(v), "mfc": _INSIDES.get(int(L), colour)}


def setting_handles(points: pd.DataFrame, line: str = "", *, reference: bool) -> list[Line2D]:
    """Legend entries that name every s0, v and L of the points, the guide line and the reference."""
    blank: dict[str, Any] = {"ls": "none", "ms": 5}
    handles = [
        Line2D([], [], marker="o", color=sparsity_colour(s0), label=f"$s_0$ = {s0}", **blank)
        for s0 in sorted(points.s0.unique())
    ]
    handles += [
        Line2D([], [], marker=vocabulary_marker(v), color="black", label=f"$v$ = {v}", **blank)
        for v in sorted(points.v.unique())
    ]
    for L in sorted(points.L.unique()):
        face = _INSIDES.get(L, "black")
        handles.append(Line2D([], [], marker="o", color="black", mfc=face, label=f"$L$ = {L}", **blank))
    if line:
        handles.append(Line2D([], [], color="black", lw=1, ls="--", label=line))
    return handles + [Line2D([], [], ls="none", marker="x", **REFERENCE)] * reference
