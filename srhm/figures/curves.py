"""Figures of runs along the training-set size, and of what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    EngFormatter,
)

from ..analysis import Law, sample_complexity
from ..analysis.columns import sensitivity
from ..model import stretch
from .style import (
    COLOURS,
    GREY,
    MARKERS,
    REFERENCE,
    crosses,
    curve,
    labelled,
    log_axis,
    log_log,
    of_task,
    setting_handles,
    setting_style,
    sparsity_colour,
)


def learning_curves(
    table: pd.DataFrame, reference: pd.DataFrame | None = None, threshold: float = 0.1
) -> Figure:
    """Test error against P, a curve for each architecture, with P* read off (Fig. 4A of the paper).

    Args:
        table: runs of one task.
        reference: the paper's curves; those of this task's test error are drawn behind.
    """
    figure, ax = plt.subplots()
    if reference is not None:
        first = table.drop_duplicates("architecture")
        theirs = pd.concat([of_task(reference, run) for _, run in first.iterrows()])
        theirs = theirs[theirs.column == "test_error"]
        crosses(ax, theirs.P, theirs.value)
    found = sample_complexity(table, threshold).set_index("architecture")
    for i, (architecture, runs) in enumerate(table.groupby("architecture", sort=False)):
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i]}
        curve(ax, runs, "P", "test_error", label=architecture, **style)
        row = found.loc[architecture]
        if row.status == "reached":
            ax.axvspan(row.P_star_low, row.P_star_high, color=COLOURS[i], alpha=0.15, lw=0)
            ax.axvline(row.P_star, color=COLOURS[i], lw=1)
            ax.annotate(
                f"$P^*$ = {row.P_star:,.0f}", (row.P_star, 0.98 - 0.08 * i), xytext=(-5, 0),
                textcoords="offset points", ha="right", va="top", color=COLOURS[i],
                xycoords=("data", "axes fraction"), bbox={"fc": "white", "ec": "none", "pad": 1},
            )  # fmt: skip
    ax.axhline(threshold, color=GREY, lw=1, ls=":")
    ax.set(xlabel="training-set size $P$", ylabel="test error", ylim=(-0.02, 1))
    log_axis(ax)
    ax.legend(loc="center left")
    return figure


def sensitivity_curves(table: pd.DataFrame, reference: pd.DataFrame, architecture: str, law: Law) -> Figure:
    """S_{k,l} and D_{k,l} of every layer and the test error, against rescaled P (Figs. 12 and 15).

    The abscissa is P over the power of s0+1 in the law.

    Args:
        table: runs of one s, L and v.
        reference: the paper's curves; those at the same tasks are drawn behind.
    """
    runs = table[table.architecture == architecture]
    levels = int(runs.L.iloc[0])
    power = law.power("s0+1").at_depth(levels)
    runs, reference = (t.assign(rescaled=t.P / t.s0.map(stretch) ** power) for t in (runs, reference))
    theirs = pd.concat([of_task(reference, run) for _, run in runs.drop_duplicates("s0").iterrows()])
    layers = [*map(str, range(1, levels + 1)), "out"]
    figure, axes = plt.subplots(len(layers), 2, figsize=(5.2, 2.2 * len(layers)), sharex=True, sharey=True)
    for row, layer in zip(axes, layers, strict=True):
        for ax, letter in zip(row, "SD", strict=True):
            _sensitivity_panel(ax, runs, theirs, letter, layer)
    for ax in axes[-1]:
        ax.set_xlabel(f"$P / (s_0+1)^{power}$")
    handles = _sensitivity_legend(runs, levels, reference=len(theirs) > 0)
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _sensitivity_panel(ax: Axes, runs: pd.DataFrame, theirs: pd.DataFrame, letter: str, layer: str) -> None:
    levels = int(runs.L.iloc[0])
    columns = [sensitivity(letter, layer, level) for level in range(1, levels + 1)]
    of_panel = theirs[theirs.column.isin(columns)]
    crosses(ax, of_panel.rescaled, of_panel.value, ms=3)
    for i, (s0, of_s0) in enumerate(runs.groupby("s0")):
        colour = sparsity_colour(s0)
        curve(ax, of_s0, "rescaled", "test_error", color=colour, lw=1, ls=":", band=False)
        for level, column in enumerate(columns, 1):
            if of_s0[column].notna().all():
                face = colour if level == 1 else "white"
                style: dict[str, Any] = {"color": colour, "marker": MARKERS[i], "mfc": face}
                curve(ax, of_s0, "rescaled", column, ls="-" if level == 1 else "--", **style)
    where = "output" if layer == "out" else f"layer {layer}"
    index = r"\mathrm{out}" if layer == "out" else layer
    log_axis(ax)
    ax.set(ylim=(-0.03, 1.1), ylabel=f"${letter}_{{{index},\\,\\ell}}$")
    what = "synonyms" if letter == "S" else "displacements"
    ax.set_title(f"{where}: {what}", loc="left")


def _sensitivity_legend(runs: pd.DataFrame, levels: int, reference: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=sparsity_colour(s0), marker=MARKERS[i], label=f"$s_0$ = {s0}")
        for i, s0 in enumerate(sorted(runs.s0.unique()))
    ]
    for level in range(1, levels + 1):
        face, ls = ("black", "-") if level == 1 else ("white", "--")
        label = f"exchange at $\\ell$ = {level}"
        handles.append(Line2D([], [], color="black", marker="o", mfc=face, ls=ls, label=label))
    handles.append(Line2D([], [], color="black", lw=1, ls=":", label="test error"))
    return handles + [Line2D([], [], ls="none", marker="x", **REFERENCE)] * reference


def falling_together(table: pd.DataFrame, architecture: str, s0: int) -> Figure:
    """Test error, S_2 and D_2 against P for one architecture and s0: the paper's finding at a glance."""
    runs = table[(table.architecture == architecture) & (table.s0 == s0)]
    figure, ax = plt.subplots(figsize=(5.2, 3.2))
    names = {
        "test_error": "test error",
        sensitivity("S", 2, 1): "sensitivity to synonyms $S_2$",
        sensitivity("D", 2, 1): "sensitivity to displacements $D_2$",
    }
    for i, (column, label) in enumerate(names.items()):
        curve(ax, runs, "P", column, color=COLOURS[i], marker=MARKERS[i], label=label)
    first = runs.iloc[0]
    ax.set(
        ylim=(-0.02, 1), xlabel="training-set size $P$",
        title=f"{architecture}, $v$ = {first.v}, $L$ = {first.L}, $s$ = {first.s}, $s_0$ = {s0}",
    )  # fmt: skip
    log_axis(ax)
    ax.legend()
    return figure


def collapse(table: pd.DataFrame, reference: pd.DataFrame, architecture: str, law: Law) -> Figure:
    """Test error against P (top) and against P over the law (bottom), as in Figs. 7 and 8 of the paper."""
    runs, theirs = (t[t.architecture == architecture] for t in (table, reference))
    power = law.power("s0+1")
    theirs = theirs[(theirs.column == "test_error") & theirs.sparsity.isin(runs.sparsity)]
    theirs = theirs.merge(runs[["v", "s", "L", "s0"]].drop_duplicates())
    runs, theirs = (
        t.assign(rescaled=t.P / (t.s0.map(stretch) ** power.at_depth(t.L) * t.n_c * t.m**t.L))
        for t in (runs, theirs)
    )
    figure, axes = plt.subplots(2, 1, figsize=(5.2, 5.6))
    for ax, x in zip(axes, ("P", "rescaled"), strict=True):
        crosses(ax, theirs[x], theirs.value, ms=3)
        for i, (L, of_depth) in enumerate(runs.groupby("L")):
            for (v, s0), group in of_depth.groupby(["v", "s0"]):
                style = setting_style(s0, v, L)
                curve(ax, group, x, "test_error", ls="-" if i == 0 else "--", **style)
        ax.set(ylabel="test error", ylim=(-0.02, 1))
        log_axis(ax)
    axes[0].set_xlabel("training-set size $P$")
    axes[1].set_xlabel(f"$P / [{power.latex()}\\, n_c\\, m^L]$")
    axes[1].set_xscale("log")
    axes[1].xaxis.set_major_formatter("{x:g}")
    handles = setting_handles(runs, reference=len(theirs) > 0)
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def error_against_sensitivity(
    runs: pd.DataFrame, reference: pd.DataFrame, layer: Mapping[str, str], along: str = "P"
) -> Figure:
    """Test error against D (left) and S (right), a marker for each architecture (Figs. 1 C-F and 17).

    Args:
        runs: of one task; a point is the mean over seeds at one P, joined to those at the next P. An error
            of zero has no place on a logarithmic axis and is left out.
        reference: the paper's curves of the figure.
        layer: which layer's sensitivity is taken, by architecture: "1", "2", ... or "out".
        along: what runs differ in, if not "P": another column, such as "lr".
    """
    figure, axes = plt.subplots(1, 2, figsize=(5.2, 3.6), sharey=True)
    for ax, letter in zip(axes, "DS", strict=True):
        sensitivity_panel(ax, runs, reference, letter, layer, along)
        ax.set_xlabel(f"${letter}$ ({'displacements' if letter == 'D' else 'synonyms'})")
    log_log(axes)
    axes[0].set_ylabel("test error")
    handles = labelled(axes)
    if len(reference):
        handles["paper, digitised"] = Line2D([], [], ls="none", marker="o", mfc="none", **REFERENCE)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure


def sensitivity_panel(
    ax: Axes,
    runs: pd.DataFrame,
    reference: pd.DataFrame,
    letter: str,
    layer: Mapping[str, str],
    along: str = "P",
) -> None:
    """One panel of `error_against_sensitivity`: test error against D or S, a marker for each architecture."""
    theirs = reference.pivot_table(index=["architecture", "P"], columns="column", values="value")
    means = runs.groupby(["architecture", along]).mean(numeric_only=True).query("test_error > 0")
    for i, (architecture, where) in enumerate(layer.items()):
        column = sensitivity(letter, where, 1)
        for table, style in (
            (theirs, {**REFERENCE, "marker": MARKERS[i], "mfc": "none", "label": "_", "lw": 0.6}),
            (means, {"color": COLOURS[i], "marker": MARKERS[i], "label": architecture, "lw": 0.8}),
        ):
            if architecture in table.index.get_level_values(0) and column in table:
                group = table.loc[architecture]
                ax.plot(group[column], group.test_error, ls="-" if len(group) > 1 else "none", **style)


def curves_by_depth(runs: pd.DataFrame, reference: pd.DataFrame) -> Figure:
    """Test error, S and D against P at relative depths 1/5, 1/2 and 4/5, a row for each network (Fig. 9).

    Args:
        runs: of vision networks on one task.
        reference: the paper's curves, drawn behind.
    """
    architectures = list(dict.fromkeys(runs.architecture))
    shape = (len(architectures), 3)
    figure, axes = plt.subplots(
        *shape, figsize=(5.2, 1.9 * len(architectures)), sharex=True, sharey=True, squeeze=False
    )
    for row, architecture in zip(axes, architectures, strict=True):
        group, theirs = (t[t.architecture == architecture] for t in (runs, reference))
        for layer, depth, ax in zip("123", ("1/5", "1/2", "4/5"), row, strict=True):
            names = {
                "test_error": "test error",
                sensitivity("S", layer, 1): "$S$",
                sensitivity("D", layer, 1): "$D$",
            }
            for i, (column, name) in enumerate(names.items()):
                dots = theirs[theirs.column == column].drop_duplicates("P")
                crosses(ax, dots.P, dots.value, ms=2.5, color=COLOURS[i], alpha=0.4)
                curve(ax, group, "P", column, color=COLOURS[i], marker=MARKERS[i], ms=3, label=name)
            log_axis(ax)
            ax.set_ylim(-0.03, 1.2)
            ax.set_title(f"{architecture}, {depth}", size=8, loc="left")
    for ax in axes[-1]:
        ax.set_xlabel("$P$")
    handles = labelled(axes.flat)
    if REFERENCE["label"] in handles:
        handles[REFERENCE["label"]] = Line2D([], [], ls="none", marker="x", **REFERENCE)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure


def cost_against_sparsity(timings: pd.DataFrame) -> Figure:
    """Time of a datum in training against s0, relative to s0 = 0, beside the growth of d and of the weights.

    Args:
        timings: the engine's rows of the benchmark's table.
    """
    depths = sorted(timings.L.unique())
    figure, axes = plt.subplots(1, len(depths), figsize=(5.2, 3), sharey=True)
    for ax, (L, of_depth) in zip(axes, timings.groupby("L"), strict=True):
        for i, ((architecture, batch), group) in enumerate(of_depth.groupby(["architecture", "batch_size"])):
            time = group.set_index("s0").seconds_per_step
            style: dict[str, Any] = {"color": COLOURS[i // 2], "ls": "-" if i % 2 else "--"}
            ax.plot(
                time.index, time / time[0], marker=MARKERS[i], label=f"{architecture}, batch {batch}", **style
            )
        length = of_depth.groupby("s0").d.first()
        ax.plot(length.index, length / length[0], color=GREY, ls=":", label="input length $d$")
        ax.set(yscale="log", title=f"$L$ = {L}", xlabel="$s_0$")
    axes[0].set_ylabel("relative to $s_0$ = 0")
    axes[0].yaxis.set_major_formatter(EngFormatter(sep=""))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure
