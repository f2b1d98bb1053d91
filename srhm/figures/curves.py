"""Figures of runs along the training-set size, and of what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    EngFormatter,
)

from ..analysis import P_STAR, Law, Quantity, sample_complexity
from ..analysis.columns import sensitivity
from ..model import stretch
from .drawn import COLOURS, GREY, INK, PAGE, Drawn, panel, panels, record
from .style import (
    BOTH,
    MARKERS,
    Row,
    common,
    curve,
    hollow,
    labelled,
    legend_rows,
    log_axis,
    log_log,
    network_style,
    of_blanks,
    of_task,
    setting_rows,
    setting_style,
    sparsity_colour,
)


def learning_curves(table: pd.DataFrame, reference: pd.DataFrame | None = None) -> Drawn:
    """Test error against P, a curve for each architecture, with P* read off (Fig. 4A of the paper).

    Args:
        table: runs of one task.
        reference: the paper's curves; those of this task's test error are drawn hollow.
    """
    figure, ax = panel(2.8)
    found = sample_complexity(table).set_index("architecture")
    drawn = False
    order = list(found.P_star.sort_values().index)  # the smallest at the top, where it crosses no curve
    for architecture, runs in table.groupby("architecture", sort=False):
        style = network_style(architecture)
        if reference is not None:
            theirs = of_task(reference, runs.iloc[0])
            theirs = theirs[theirs.column == "test_error"]
            hollow(ax, theirs, theirs.P, theirs.value, **style)
            drawn |= len(theirs) > 0
        curve(ax, runs, "P", "test_error", label=architecture, **style)
        row = found.loc[architecture]
        if row.status == "reached":
            ax.axvspan(row.P_star_low, row.P_star_high, color=style["color"], alpha=0.15, lw=0)
            ax.axvline(row.P_star, color=style["color"], lw=1)
            ax.annotate(
                f"$P^*$ = {row.P_star:,.0f}", (row.P_star, 0.98 - 0.1 * order.index(architecture)),
                xytext=(4, 0), textcoords="offset points", va="top", color=style["color"],
                xycoords=("data", "axes fraction"), bbox={"fc": PAGE, "ec": "none", "pad": 1},
            )  # fmt: skip
            span = {"low": [row.P_star_low], "high": [row.P_star_high]}
            record(ax, "ours", [row.P_star], [P_STAR.threshold], quantity="P_star", **span, **common(runs))
    ax.axhline(P_STAR.threshold, color=GREY, lw=1, ls=":")
    ax.set(xlabel="training-set size $P$", ylabel="test error", ylim=(-0.02, 1))
    log_axis(ax)
    legend_rows(figure, [("", ax.get_legend_handles_labels()[0])], BOTH if drawn else "")
    return figure


def sensitivity_curves(table: pd.DataFrame, reference: pd.DataFrame, architecture: str, law: Law) -> Drawn:
    """S_{k,l} and D_{k,l} of every layer and the test error, against rescaled P (Figs. 12 and 15).

    The abscissa is P over the power of s0+1 in the law.

    Args:
        table: runs of one s, L and v.
        reference: the paper's curves; those at the same tasks are drawn hollow.
    """
    runs = table[table.architecture == architecture]
    levels = int(runs.L.iloc[0])
    power = law.power("s0+1").at_depth(levels)
    runs, reference = (t.assign(rescaled=t.P / t.s0.map(stretch) ** power) for t in (runs, reference))
    theirs = pd.concat([of_task(reference, run) for _, run in runs.drop_duplicates("s0").iterrows()])
    layers = [*map(str, range(1, levels + 1)), "out"]
    figure, axes = panels(len(layers), 2, 1.75 * len(layers) + 0.6, sharex=True, sharey=True)
    for row, layer in zip(axes, layers, strict=True):
        for ax, letter in zip(row, "SD", strict=True):
            _layer_panel(ax, runs, theirs, letter, layer)
    for ax in axes[-1]:
        ax.set_xlabel(f"$P / (s_0+1)^{power}$")
    legend_rows(figure, _sensitivity_rows(runs, levels), BOTH if len(theirs) else "")
    return figure


def _level_style(s0: Any, level: int) -> dict[str, Any]:
    """Colour by s0; marker and line by level."""
    return {"color": sparsity_colour(s0), "marker": MARKERS[level - 1], "ls": "-" if level == 1 else "--"}


def _layer_panel(ax: Axes, runs: pd.DataFrame, theirs: pd.DataFrame, letter: str, layer: str) -> None:
    levels = int(runs.L.iloc[0])
    for s0, of_s0 in runs.groupby("s0"):
        colour = sparsity_colour(s0)
        curve(ax, of_s0, "rescaled", "test_error", color=colour, lw=1, ls=":", band=False)
        for level in range(1, levels + 1):
            column = sensitivity(letter, layer, level)
            style = {"ms": 3.2, **_level_style(s0, level)}
            points = of_blanks(theirs[theirs.column == column], s0)
            hollow(ax, points, points.rescaled, points.value, **style | {"ls": "none"})
            if column in of_s0 and of_s0[column].notna().all():  # none measures D without blanks
                curve(ax, of_s0, "rescaled", column, **style)
    index = r"\mathrm{out}" if layer == "out" else layer
    log_axis(ax)
    ax.set(ylim=(-0.03, 1.1), ylabel=f"${letter}_{{{index},\\,\\ell}}$")
    ax.yaxis.set_tick_params(labelleft=True)
    what = "synonyms" if letter == "S" else "displacements"
    ax.set_title(f"{'output' if layer == 'out' else f'layer {layer}'}: {what}", loc="left")


def _sensitivity_rows(runs: pd.DataFrame, levels: int) -> list[Row]:
    colours = [
        Line2D([], [], color=sparsity_colour(s0), lw=4, label=f"$s_0$={s0}")
        for s0 in sorted(runs.s0.unique())
    ]
    shapes = [
        Line2D([], [], **_level_style(0, level) | {"color": GREY}, label=f"$\\ell$={level}")
        for level in range(1, levels + 1)
    ]
    return [
        ("colour", colours),
        ("shape", shapes),
        ("dots", [Line2D([], [], color=GREY, lw=1, ls=":", label="test error")]),
    ]


def falling_together(
    table: pd.DataFrame, architecture: str, s0: int, quantities: Sequence[Quantity] = ()
) -> Drawn:
    """Test error, S_2 and D_2 against P for one architecture and s0: the paper's finding at a glance.

    Args:
        table: runs of one task for each architecture and s0.
        quantities: sample complexities to mark, each where its curve crosses its threshold.
    """
    runs = table[(table.architecture == architecture) & (table.s0 == s0)]
    figure, ax = panel(2.9)
    names = {
        "test_error": "test error",
        sensitivity("S", 2, 1): "$S_2$, sensitivity to synonyms",
        sensitivity("D", 2, 1): "$D_2$, sensitivity to displacements",
    }
    for i, (column, label) in enumerate(names.items()):
        curve(ax, runs, "P", column, color=COLOURS[i], marker=MARKERS[i], label=label)
    for quantity in quantities:
        found = sample_complexity(runs, quantity.threshold, quantity.column).iloc[0]
        if found.status == "reached":
            at = found.P_star, quantity.threshold
            ax.plot(*at, marker="o", ms=11, mfc="none", mec=INK, ls="none")
            index = quantity.name.removeprefix("P_star").replace("_", "")
            label = "$P^*" + (f"_{index}$" if index else "$")
            ax.annotate(label, at, (7, 7), textcoords="offset points", color=INK)
    first = runs.iloc[0]
    ax.set(
        ylim=(-0.02, 1), xlabel="training-set size $P$", ylabel="test error, $S_2$, $D_2$",
        title=f"{architecture}, $v$ = {first.v}, $L$ = {first.L}, $s$ = {first.s}, $s_0$ = {s0}",
    )  # fmt: skip
    log_axis(ax)
    figure.legend(loc="outside lower center", ncols=1)
    return figure


def collapse(table: pd.DataFrame, reference: pd.DataFrame, architecture: str, law: Law) -> Drawn:
    """Test error against P (top) and against P over the law (bottom), as in Figs. 7 and 8 of the paper."""
    runs, theirs = (t[t.architecture == architecture] for t in (table, reference))
    power = law.power("s0+1")
    theirs = theirs[(theirs.column == "test_error") & theirs.sparsity.isin(runs.sparsity)]
    theirs = theirs.merge(runs[["v", "s", "L", "s0"]].drop_duplicates())
    runs, theirs = (
        t.assign(rescaled=t.P / (t.s0.map(stretch) ** power.at_depth(t.L) * t.n_c * t.m**t.L))
        for t in (runs, theirs)
    )
    figure, axes = panels(2, 1, 5.4)
    for ax, x in zip(axes[:, 0], ("P", "rescaled"), strict=True):
        for i, (L, of_depth) in enumerate(runs.groupby("L")):
            for (v, s0), group in of_depth.groupby(["v", "s0"]):
                style = setting_style(s0, v, L)
                known = of_blanks(theirs[(theirs.L == L) & (theirs.v == v)], s0)
                hollow(ax, known, known[x], known.value, **style)
                curve(ax, group, x, "test_error", ls="-" if i == 0 else "--", **style)
        ax.set(ylabel="test error", ylim=(-0.02, 1))
        log_axis(ax)
    axes[0, 0].set_xlabel("training-set size $P$")
    axes[1, 0].set_xlabel(f"$P / [{power.latex()}\\, n_c\\, m^L]$")
    axes[1, 0].xaxis.set_major_formatter("{x:g}")
    legend_rows(figure, setting_rows(runs), BOTH if len(theirs) else "")
    return figure


def error_against_sensitivity(
    runs: pd.DataFrame, reference: pd.DataFrame, layer: Mapping[str, str], along: str = "P"
) -> Drawn:
    """Test error against D (top) and S (bottom), a marker for each architecture (Figs. 1 C-F and 17).

    Args:
        runs: of one task; a point is the mean over seeds at one P, joined to those at the next P. An error
            of zero has no place on a logarithmic axis and is left out.
        reference: the paper's curves of the figure, drawn hollow.
        layer: which layer's sensitivity is taken, by architecture: "1", "2", ... or "out".
        along: what runs differ in, if not "P": another column, such as "lr".
    """
    figure, axes = panels(2, 1, 5.6)
    for ax, letter in zip(axes[:, 0], "DS", strict=True):
        error_panel(ax, runs, reference, letter, layer, along)
        ax.set_ylabel("test error")
    log_log(axes[:, 0])
    handles = list(labelled(axes[:, 0]).values())
    figure.legend(
        handles=handles, loc="outside lower center", ncols=3, title=BOTH if len(reference) else "",
        alignment="left",
    )  # fmt: skip
    return figure


def error_panel(
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
    for architecture, where in layer.items():
        style = network_style(architecture)
        column = sensitivity(letter, where, 1)
        line: dict[str, Any]
        for table, whose in ((theirs, "paper"), (means, "ours")):
            if architecture in table.index.get_level_values(0) and column in table:
                group = table.loc[[architecture]].reset_index()
                many = len(group) > 1
                if whose == "paper":
                    line = {"ls": ":" if many else "none", "lw": 0.7}
                    hollow(ax, group, group[column], group.test_error, **style, **line)
                    if architecture not in means.index.get_level_values(0):  # named by the hollow mark
                        ax.plot([], [], ls="none", mfc="none", label=architecture, **style)
                else:
                    line = {"ls": "-" if many else "none", "lw": 0.9}
                    ax.plot(group[column], group.test_error, label=architecture, **style, **line)
                    names = {"architecture": architecture, along: group[along]}
                    record(ax, whose, group[column], group.test_error, **names)
    ax.set_xlabel(f"${letter}$, sensitivity to {'displacements' if letter == 'D' else 'synonyms'}")


def curves_by_depth(runs: pd.DataFrame, reference: pd.DataFrame) -> Drawn:
    """Test error and S (left) or D (right) against P at three depths, a row for each network (Fig. 9).

    Args:
        runs: of vision networks on one task.
        reference: the paper's curves, drawn hollow.
    """
    architectures = list(dict.fromkeys(runs.architecture))
    figure, axes = panels(len(architectures), 2, 1.65 * len(architectures) + 0.8, sharex=True, sharey=True)
    for row, architecture in zip(axes, architectures, strict=True):
        group, theirs = (t[t.architecture == architecture] for t in (runs, reference))
        for letter, ax in zip("SD", row, strict=True):
            names = {"test_error": "test error"}
            for layer, depth in zip("123", ("1/5", "1/2", "4/5"), strict=True):
                names[sensitivity(letter, layer, 1)] = f"depth {depth}"
            for i, (column, name) in enumerate(names.items()):
                style: dict[str, Any] = {"color": (INK, *COLOURS)[i], "marker": (*"X", *MARKERS)[i], "ms": 3}
                dots = theirs[theirs.column == column].drop_duplicates("P")
                hollow(ax, dots, dots.P, dots.value, **style)
                curve(ax, group, "P", column, label=name, **style)
            log_axis(ax)
            ax.set(ylim=(-0.03, 1.2), ylabel=f"${letter}$ and test error")
            ax.set_title(architecture, loc="left")
    for ax in axes[-1]:
        ax.set_xlabel("training-set size $P$")
    legend_rows(figure, [("", list(labelled(axes.flat).values()))], BOTH if len(reference) else "")
    return figure


def cost_against_sparsity(timings: pd.DataFrame) -> Drawn:
    """Time of a datum in training against s0, relative to s0 = 0, beside the growth of d and of the weights.

    Args:
        timings: the engine's rows of the benchmark's table.
    """
    depths = sorted(timings.L.unique())
    figure, axes = panels(1, len(depths), 3.1, sharey=True)
    for ax, (L, of_depth) in zip(axes[0], timings.groupby("L"), strict=True):
        for i, ((architecture, batch), group) in enumerate(of_depth.groupby(["architecture", "batch_size"])):
            time = group.set_index("s0").seconds_per_step
            style: dict[str, Any] = {"color": COLOURS[i // 2], "ls": "-" if i % 2 else "--"}
            ax.plot(
                time.index, time / time[0], marker=MARKERS[i], label=f"{architecture}, batch {batch}", **style
            )
            record(ax, "ours", time.index, time / time[0], architecture=architecture, batch_size=batch)
        length = of_depth.groupby("s0").d.first()
        ax.plot(length.index, length / length[0], color=GREY, ls=":", label="input length $d$")
        record(ax, "ours", length.index, length / length[0], quantity="input length")
        ax.set(yscale="log", title=f"$L$ = {L}", xlabel="$s_0$")
    axes[0, 0].set_ylabel("relative to $s_0$ = 0")
    axes[0, 0].yaxis.set_major_formatter(EngFormatter(sep=""))
    figure.legend(handles=axes[0, 0].get_legend_handles_labels()[0], loc="outside lower center", ncols=2)
    return figure
