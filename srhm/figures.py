"""One pure function per figure: a task or a table of runs in, a matplotlib figure out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from .hierarchy import SRHM, Data
from .networks import locate
from .sample_complexity import sample_complexity

STYLE = Path(__file__).with_name("srhm.mplstyle")
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_GREY = "#777777"


def learning_curves(table: pd.DataFrame, threshold: float = 0.1) -> Figure:
    """Test error against P, a curve for each architecture, with P* read off (Fig. 4A of the paper)."""
    figure, ax = plt.subplots()
    found = sample_complexity(table, threshold).set_index("architecture")
    for i, (architecture, runs) in enumerate(table.groupby("architecture", sort=False)):
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i]}
        _curve(ax, runs, "P", "test_error", label=architecture, **style)
        row = found.loc[architecture]
        if row.status == "reached":
            ax.axvspan(row.P_star_low, row.P_star_high, color=COLOURS[i], alpha=0.15, lw=0)
            ax.axvline(row.P_star, color=COLOURS[i], lw=1)
            ax.annotate(
                f"$P^*$ = {row.P_star:,.0f}", (row.P_star, 0.98 - 0.08 * i), xytext=(-5, 0),
                textcoords="offset points", ha="right", va="top", color=COLOURS[i],
                xycoords=("data", "axes fraction"),
            )  # fmt: skip
    ax.axhline(threshold, color=_GREY, lw=1, ls=":")
    ax.set(xlabel="training-set size $P$", ylabel="test error", ylim=(-0.02, 1))
    _log_axis(ax)
    ax.legend(loc="center left")
    return figure


def sensitivity_curves(table: pd.DataFrame, architecture: str) -> Figure:
    """S_{k,l} and D_{k,l} of every layer and the test error, against rescaled P (Figs. 12 and 15).

    The abscissa divides P by (s0+1)^L for the LCN and by (s0+1)^2 for the CNN (Eqs. 3 and 4).
    """
    runs = table[table.architecture == architecture]
    levels = int(runs.L.iloc[0])
    power = 2 if architecture == "CNN" else levels
    runs = runs.assign(rescaled=runs.P / (runs.s0 + 1) ** power)
    layers = [*map(str, range(1, levels + 1)), "out"]
    figure, axes = plt.subplots(len(layers), 2, figsize=(5.2, 2.2 * len(layers)), sharex=True, sharey=True)
    for row, layer in zip(axes, layers, strict=True):
        for ax, letter in zip(row, "SD", strict=True):
            _sensitivity_panel(ax, runs, letter, layer, levels)
    for ax in axes[-1]:
        ax.set_xlabel(f"$P / (s_0+1)^{power}$")
    figure.legend(handles=_sensitivity_legend(runs, levels), loc="outside upper center", ncols=3)
    return figure


def _sensitivity_panel(ax: Axes, runs: pd.DataFrame, letter: str, layer: str, levels: int) -> None:
    for i, (_, of_s0) in enumerate(runs.groupby("s0")):
        _curve(ax, of_s0, "rescaled", "test_error", color=COLOURS[i], lw=1, ls=":", band=False)
        for level in range(1, levels + 1):
            column = f"{letter}_{layer}_{level}"
            if of_s0[column].notna().all():
                face = COLOURS[i] if level == 1 else "white"
                style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "mfc": face}
                _curve(ax, of_s0, "rescaled", column, ls="-" if level == 1 else "--", **style)
    where = "output" if layer == "out" else f"layer {layer}"
    index = r"\mathrm{out}" if layer == "out" else layer
    _log_axis(ax)
    ax.set(ylim=(-0.03, 1.1), ylabel=f"${letter}_{{{index},\\,\\ell}}$")
    what = "synonyms" if letter == "S" else "displacements"
    ax.set_title(f"{where}: {what}", loc="left")


def _sensitivity_legend(runs: pd.DataFrame, levels: int) -> list[Line2D]:
    handles = [
        Line2D([], [], color=COLOURS[i], marker=MARKERS[i], label=f"$s_0$ = {s0}")
        for i, s0 in enumerate(sorted(runs.s0.unique()))
    ]
    for level in range(1, levels + 1):
        face, ls = ("black", "-") if level == 1 else ("white", "--")
        label = f"exchange at $\\ell$ = {level}"
        handles.append(Line2D([], [], color="black", marker="o", mfc=face, ls=ls, label=label))
    return [*handles, Line2D([], [], color="black", lw=1, ls=":", label="test error")]


def falling_together(table: pd.DataFrame, architecture: str, s0: int) -> Figure:
    """Test error, S_2 and D_2 against P for one architecture and s0: the paper's finding at a glance."""
    runs = table[(table.architecture == architecture) & (table.s0 == s0)]
    figure, ax = plt.subplots(figsize=(5.2, 3.2))
    names = {
        "test_error": "test error",
        "S_2_1": "sensitivity to synonyms $S_2$",
        "D_2_1": "sensitivity to displacements $D_2$",
    }
    for i, (column, label) in enumerate(names.items()):
        _curve(ax, runs, "P", column, color=COLOURS[i], marker=MARKERS[i], label=label)
    first = runs.iloc[0]
    ax.set(
        ylim=(-0.02, 1), xlabel="training-set size $P$",
        title=f"{architecture}, $v$ = {first.v}, $L$ = {first.L}, $s$ = {first.s}, $s_0$ = {s0}",
    )  # fmt: skip
    _log_axis(ax)
    ax.legend()
    return figure


def _log_axis(ax: Axes) -> None:
    """A logarithmic abscissa with few and plainly written ticks: 500, 1k, 2k."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,)))
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.xaxis.set_minor_formatter(NullFormatter())


def robustness(table: pd.DataFrame, threshold: float = 0.1) -> Figure:
    """P* of each way to train, a row for each width, batch and rate, its bar spanning the seeds."""
    found = sample_complexity(table, threshold)
    ways = found[["width", "batch_size", "lr"]].drop_duplicates().sort_values(["width", "batch_size", "lr"])
    rows = {tuple(way): -i for i, way in enumerate(ways.itertuples(index=False))}
    figure, ax = plt.subplots(figsize=(5.2, 0.32 * len(rows) + 1.2))
    for i, (architecture, of) in enumerate(found.groupby("architecture", sort=False)):
        y = [rows[way] + 0.15 * (0.5 - i) for way in zip(of.width, of.batch_size, of.lr, strict=True)]
        spread = [of.P_star - of.P_star_low, of.P_star_high - of.P_star]
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "ls": "none"}
        ax.errorbar(of.P_star, y, xerr=spread, capsize=2, label=architecture, **style)
    labels = [f"width {width}, batch {batch}, rate {lr:g}" for width, batch, lr in rows]
    ax.set_yticks(list(rows.values()), labels)
    ax.set(xlabel=f"$P^*$ at {threshold:.0%} test error", ylim=(0.5 - len(rows), 0.5))
    _log_axis(ax)
    figure.legend(loc="outside upper right", ncols=2)
    return figure


def cost_against_sparsity(timings: pd.DataFrame) -> Figure:
    """Time of a datum in training against s0, relative to s0 = 0, beside the growth of d and of the weights.

    Args:
        timings: the engine's rows of the benchmark's table.
    """
    depths = sorted(timings.L.unique())
    figure, axes = plt.subplots(1, len(depths), figsize=(5.2, 3), sharey=True)
    for ax, (L, of_depth) in zip(axes, timings.groupby("L"), strict=True):
        for i, ((architecture, batch), of) in enumerate(of_depth.groupby(["architecture", "batch_size"])):
            time = of.set_index("s0").seconds_per_step
            style: dict[str, Any] = {"color": COLOURS[i // 2], "ls": "-" if i % 2 else "--"}
            ax.plot(
                time.index, time / time[0], marker=MARKERS[i], label=f"{architecture}, batch {batch}", **style
            )
        length = of_depth.groupby("s0").d.first()
        ax.plot(length.index, length / length[0], color=_GREY, ls=":", label="input length $d$")
        ax.set(yscale="log", title=f"$L$ = {L}", xlabel="$s_0$")
    axes[0].set_ylabel("relative to $s_0$ = 0")
    axes[0].yaxis.set_major_formatter(EngFormatter(sep=""))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _curve(ax: Axes, runs: pd.DataFrame, x: str, y: str, band: bool = True, **style: Any) -> None:
    """The mean over seeds along x, and the range of the seeds as a band."""
    spread = runs.groupby(x)[y].agg(["mean", "min", "max"])
    ax.plot(spread.index, spread["mean"], **style)
    if band:
        ax.fill_between(spread.index, spread["min"], spread["max"], color=style["color"], alpha=0.15, lw=0)


def production_rules(task: SRHM) -> Figure:
    """Every production rule of a task, top level first (Fig. 2 of the paper, left)."""
    figure, axes = plt.subplots(1, task.L, figsize=(3.4 * task.L, 0.5 * max(task.n_c, task.v) + 1.1))
    for ax, level in zip([axes] if task.L == 1 else axes, range(task.L, 0, -1), strict=True):
        above = "class" if level == task.L else f"level {level + 1}"
        ax.set_title(f"{above} to level {level}", loc="left")
        for parent, tuples in enumerate(task.rules[level].tolist()):
            y = -parent
            _symbol(ax, 0, y, parent, level + 1, task)
            ax.annotate("", (1.1, y), (0.5, y), arrowprops={"arrowstyle": "->", "color": _GREY})
            for choice, symbols in enumerate(tuples):
                left = 1.6 + choice * (task.s + 0.7)
                for i, symbol in enumerate(symbols):
                    _symbol(ax, left + i, y, symbol, level, task)
                if choice < task.m - 1:
                    ax.text(left + task.s - 0.15, y, "|", ha="center", va="center", color=_GREY)
        rows = task.rules[level].shape[0]
        ax.set(xlim=(-0.6, 1.2 + task.m * (task.s + 0.7)), ylim=(-rows + 0.3, 0.7))
        ax.set_aspect("equal")
        ax.axis("off")
    return figure


def derivation(task: SRHM, datum: Data) -> Figure:
    """How one datum is generated: the label, every level with its blanks, the input (Fig. 2, right)."""
    figure, ax = plt.subplots(figsize=(5.2, 0.85 * (task.L + 1)))
    parents = [(task.d - 1) / 2]
    for level in range(task.L + 1, 0, -1):
        depth = level - 1  # a level-l symbol stands for k^(l-1) input positions
        width = task.patch_size**depth
        places = (datum.positions[0, :: task.s**depth] // width).tolist()
        symbols = task.features(datum, level)[0].tolist()
        centres = [(place + 0.5) * width - 0.5 for place in places]
        for blank in set(range(task.d // width)) - set(places):
            _blank(ax, (blank + 0.5) * width - 0.5, 1.3 * level)
        for i, (x, symbol) in enumerate(zip(centres, symbols, strict=True)):
            if level <= task.L:
                top = parents[i // task.s]
                ax.plot([top, x], [1.3 * (level + 1), 1.3 * level], color=_GREY, lw=1, zorder=0)
            _symbol(ax, x, 1.3 * level, symbol, level, task)
        name = "label" if level == task.L + 1 else "input" if level == 1 else f"level {level}"
        ax.text(-1.2, 1.3 * level, name, ha="right", va="center")
        parents = centres
    ax.set(xlim=(-3.6, task.d - 0.3), ylim=(0.6, 1.3 * (task.L + 1) + 0.7))
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def strips(task: SRHM, rows: dict[str, Data]) -> Figure:
    """Inputs as strips, one below the other; a cell that differs from the first strip is outlined."""
    figure, ax = plt.subplots(figsize=(5.2, 0.37 * len(rows) + 0.15))
    reference = next(iter(rows.values())).one_hot()[0]
    for i, (name, datum) in enumerate(rows.items()):
        x = datum.one_hot()[0]
        ax.text(-1.2, -1.3 * i, name, ha="right", va="center")
        for position in range(task.d):
            changed = bool((x[:, position] != reference[:, position]).any())
            if x[:, position].any():
                symbol = int(x[:, position].argmax())
                _symbol(ax, position, -1.3 * i, symbol, 1, task, "black" if changed else "none")
            else:
                _blank(ax, position, -1.3 * i, "black" if changed else "none")
    ax.set(xlim=(-8.5, task.d - 0.3), ylim=(-1.3 * len(rows) + 0.5, 0.7))
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def weight_sharing(task: SRHM) -> Figure:
    """The filters of an LCN and a CNN over one input: own colour, own weights (Fig. 3 of the paper)."""
    figure, axes = plt.subplots(2, 1, figsize=(5.2, 1.9 * task.L))
    datum = task.sample(1)
    k = task.patch_size
    for ax, architecture in zip(axes, ("LCN", "CNN"), strict=True):
        live = locate(architecture, datum)
        occupied = set(datum.positions[0].tolist())
        for x in range(task.d):
            ax.plot(x, 0, "s", ms=7, color="#444444" if x in occupied else "#DDDDDD")
        for layer in range(1, task.L + 1):
            filters = task.d // k**layer
            for q in range(filters):
                centre = (q + 0.5) * k**layer - 0.5
                own = q + sum(task.d // k**below for below in range(1, layer))
                colour = COLOURS[(own if architecture == "LCN" else layer - 1) % len(COLOURS)]
                alive = q in live[layer - 1][0].tolist()
                for i in range(k):
                    child = (q * k + i + 0.5) * k ** (layer - 1) - 0.5
                    ax.plot([child, centre], [layer - 1, layer], color=colour, lw=1.2, alpha=0.75)
                ax.plot(centre, layer, "o", ms=10, color=colour if alive else "white", mec=colour, mew=1.5)
        ax.plot((task.d - 1) / 2, task.L + 0.9, "D", ms=8, color="#444444")
        ax.plot([(task.d - 1) / 2] * 2, [task.L, task.L + 0.9], color="#444444", lw=1.2, zorder=0)
        ax.text(-1, task.L, architecture, ha="right", va="center", weight="bold")
        ax.text(-1, 0, "input", ha="right", va="center")
        ax.text((task.d - 1) / 2 + 0.5, task.L + 0.9, "logits", va="center")
        ax.set(xlim=(-3, task.d), ylim=(-0.4, task.L + 1.3))
        ax.axis("off")
    return figure


def _symbol(ax: Axes, x: float, y: float, symbol: int, level: int, task: SRHM, edge: str = "none") -> None:
    """A feature: a coloured box with a letter; a class label is a number in black."""
    label = level == task.L + 1
    colour = "#333333" if label else COLOURS[symbol % len(COLOURS)]
    _box(ax, x, y, colour, edge)
    text = str(symbol) if label else _LETTERS[symbol % 26]
    ax.text(x, y, text, ha="center", va="center_baseline", color="white", weight="bold", size=8)


def _blank(ax: Axes, x: float, y: float, edge: str = "none") -> None:
    _box(ax, x, y, "#E8E8E8", edge)


def _box(ax: Axes, x: float, y: float, colour: str, edge: str) -> None:
    shape = FancyBboxPatch(
        (x - 0.38, y - 0.38), 0.76, 0.76, boxstyle="round,pad=0,rounding_size=0.15",
        facecolor=colour, edgecolor=edge, linewidth=1.6, zorder=2,
    )  # fmt: skip
    ax.add_patch(shape)
