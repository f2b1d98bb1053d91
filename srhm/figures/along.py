"""Figures of networks along their training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.ticker import NullFormatter

from .drawn import COLOURS, GREY, INK, PAGE, Drawn, panels, record
from .style import MARKERS, curve, labelled, network_style


def along_training(runs: pd.DataFrame, names: Mapping[str, str]) -> Drawn:
    """Quantities against the epochs trained, a line for each architecture; a column of panels for each L.

    Args:
        runs: of one task and P for each L, stopped after max_epochs epochs, or before, when training has
            ended: what is measured no longer changes then.
        names: what to draw: columns of the runs, and what the axes call them.
    """
    depths = sorted(runs.L.unique())
    height = 1.5 * len(names) + 0.8
    figure, axes = panels(len(names), len(depths), height, sharex=True, sharey="row")
    for column, L in zip(axes.T, depths, strict=True):
        of_depth = runs[runs.L == L]
        for ax, (name, label) in zip(column, names.items(), strict=True):
            for architecture, group in of_depth.groupby("architecture"):
                style = network_style(architecture) | {"ms": 3}
                if group[name].notna().any():
                    curve(ax, group, "max_epochs", name, label=architecture, **style)
            ax.set(ylim=(0, None), xscale="log")
            ax.xaxis.set_major_formatter("{x:g}")
            ax.xaxis.set_minor_formatter(NullFormatter())
            if ax in axes[:, 0]:
                ax.set_ylabel(label)
        first = of_depth.iloc[0]
        column[0].set_title(f"$L$ = {L}, $v$ = {first.v}, $s_0$ = {first.s0},\n$P$ = {first.P:,}")
        column[-1].set_xlabel("epochs")
    handles = labelled(axes.flat)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
    return figure


def sharing_gains(states: pd.DataFrame) -> Drawn:
    """What sharing gains layer 1 along training: P_1 with shared weights and without (top), their ratio.

    Args:
        states: columns s0, epochs, seed, P_1, P_1_unshared, gain and copies, of layer 1
            (`measure.pooling.pooling`). A line is the geometric mean over seeds.
    """
    figure, grid = panels(2, 1, 5.4, sharex=True)
    axes = grid[:, 0]
    for i, (s0, group) in enumerate(states.groupby("s0")):
        mean = group.groupby("epochs")[["P_1", "P_1_unshared", "gain"]].agg(_geometric)
        copies = int(group.copies.iloc[0])
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "ms": 4}
        label = f"$s_0$ = {s0}: {copies} locations"
        axes[0].plot(mean.index, mean.P_1, label=label, **style)
        axes[0].plot(mean.index, mean.P_1_unshared, ls="--", **style | {"mfc": PAGE})
        axes[1].plot(mean.index, mean.gain, label=label, **style)
        for ax, name in ((axes[0], "P_1"), (axes[0], "P_1_unshared"), (axes[1], "gain")):
            record(ax, "ours", mean.index, mean[name], quantity=name, s0=str(s0))
    axes[1].axhline(1, color=GREY, lw=1, ls=":")
    axes[0].set(yscale="log", ylabel="data with as much noise\nas signal, $P_1$")
    axes[1].set(ylabel="gain of sharing", xlabel="epochs")
    axes[0].plot([], [], color=INK, label="shared")
    axes[0].plot([], [], color=INK, ls="--", marker="o", mfc=PAGE, ms=4, label="as if not shared")
    handles = labelled(axes)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
    return figure


def _geometric(values: pd.Series) -> float:
    return float(values.prod() ** (1 / values.count())) if values.count() else float("nan")
