"""One pure function per figure: tables of runs, and of the paper's points, in; a matplotlib figure out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter, PercentFormatter

from .sample_complexity import sample_complexity

STYLE = Path(__file__).with_name("srhm.mplstyle")
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
GREY = "#777777"
_PAPER: dict[str, Any] = {"color": "#A0A0A0", "alpha": 0.8, "zorder": 1, "label": "paper, digitised"}


def learning_curves(table: pd.DataFrame, paper: pd.DataFrame, threshold: float = 0.1) -> Figure:
    """Test error against P, a curve for each architecture, with P* read off (Fig. 4A of the paper).

    Args:
        table: runs of one task.
        paper: the paper's curves (`paper.curves`); those of this task's test error are drawn behind.
    """
    figure, ax = plt.subplots()
    first = table.drop_duplicates("architecture")
    theirs = pd.concat([_of_task(paper, run) for _, run in first.iterrows()]).query("column == 'test_error'")
    _crosses(ax, theirs.P, theirs.value)
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
                xycoords=("data", "axes fraction"), bbox={"fc": "white", "ec": "none", "pad": 1},
            )  # fmt: skip
    ax.axhline(threshold, color=GREY, lw=1, ls=":")
    ax.set(xlabel="training-set size $P$", ylabel="test error", ylim=(-0.02, 1))
    _log_axis(ax)
    ax.legend(loc="center left")
    return figure


def sensitivity_curves(table: pd.DataFrame, paper: pd.DataFrame, architecture: str) -> Figure:
    """S_{k,l} and D_{k,l} of every layer and the test error, against rescaled P (Figs. 12 and 15).

    The abscissa divides P by (s0+1)^L for the LCN and by (s0+1)^2 for the CNN (Eqs. 3 and 4).

    Args:
        table: runs of one s, L and v.
        paper: the paper's curves (`paper.curves`); those at the same tasks are drawn behind.
    """
    runs = table[table.architecture == architecture]
    levels = int(runs.L.iloc[0])
    power = 2 if architecture == "CNN" else levels
    runs, paper = (t.assign(rescaled=t.P / (t.s0 + 1) ** power) for t in (runs, paper))
    theirs = pd.concat([_of_task(paper, run) for _, run in runs.drop_duplicates("s0").iterrows()])
    layers = [*map(str, range(1, levels + 1)), "out"]
    figure, axes = plt.subplots(len(layers), 2, figsize=(5.2, 2.2 * len(layers)), sharex=True, sharey=True)
    for row, layer in zip(axes, layers, strict=True):
        for ax, letter in zip(row, "SD", strict=True):
            _sensitivity_panel(ax, runs, theirs, letter, layer)
    for ax in axes[-1]:
        ax.set_xlabel(f"$P / (s_0+1)^{power}$")
    handles = _sensitivity_legend(runs, levels, paper=len(theirs) > 0)
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _sensitivity_panel(ax: Axes, runs: pd.DataFrame, theirs: pd.DataFrame, letter: str, layer: str) -> None:
    levels = int(runs.L.iloc[0])
    of_panel = theirs[theirs.column.isin([f"{letter}_{layer}_{level}" for level in range(1, levels + 1)])]
    _crosses(ax, of_panel.rescaled, of_panel.value, ms=3)
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


def _sensitivity_legend(runs: pd.DataFrame, levels: int, paper: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=COLOURS[i], marker=MARKERS[i], label=f"$s_0$ = {s0}")
        for i, s0 in enumerate(sorted(runs.s0.unique()))
    ]
    for level in range(1, levels + 1):
        face, ls = ("black", "-") if level == 1 else ("white", "--")
        label = f"exchange at $\\ell$ = {level}"
        handles.append(Line2D([], [], color="black", marker="o", mfc=face, ls=ls, label=label))
    handles.append(Line2D([], [], color="black", lw=1, ls=":", label="test error"))
    return handles + [Line2D([], [], ls="none", marker="x", **_PAPER)] * paper


def _of_task(paper: pd.DataFrame, run: pd.Series) -> pd.DataFrame:
    """The paper's points at the architecture and the task of a run."""
    names = ["architecture", "sparsity", "s", "L", "s0", "v", "n_c", "m"]
    return paper[(paper[names] == run[names]).all(axis=1)]


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
    if _is_empty(ax):
        ax.set_xlim(1, 10)
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,), numticks=5))
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.xaxis.set_minor_formatter(NullFormatter())


def robustness(table: pd.DataFrame, threshold: float = 0.1) -> Figure:
    """P* of each way to train, a row for each width, batch, rate and loss to stop at; bars span the seeds."""
    found = sample_complexity(table, threshold)
    names = ["width", "batch_size", "lr", "loss_threshold"]
    ways = found[names].drop_duplicates().sort_values(names)
    rows = {tuple(way): -i for i, way in enumerate(ways.itertuples(index=False))}
    figure, ax = plt.subplots(figsize=(5.2, 0.32 * len(rows) + 1.2))
    for i, (architecture, of) in enumerate(found.groupby("architecture", sort=False)):
        y = [rows[way] + 0.15 * (0.5 - i) for way in of[names].itertuples(index=False, name=None)]
        spread = [of.P_star - of.P_star_low, of.P_star_high - of.P_star]
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "ls": "none"}
        ax.errorbar(of.P_star, y, xerr=spread, capsize=2, label=architecture, **style)
    labels = [f"width {width}, batch {batch}, rate {lr:g}, loss {loss:g}" for width, batch, lr, loss in rows]
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
        ax.plot(length.index, length / length[0], color=GREY, ls=":", label="input length $d$")
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


def against_prediction(
    points: pd.DataFrame, paper: pd.DataFrame, law: Callable[[pd.Series], float], formula: str
) -> Figure:
    """P* against the paper's law, for one architecture and s (Figs. 4B, 4C, 10 and 13).

    Args:
        points: P* of each setting (`sample_complexity`).
        paper: the paper's own (`paper.sample_complexities`), of the same architecture and s.
        law: predicts P* from a row of either table.
        formula: the law, in LaTeX.
    """
    figure, ax = plt.subplots(figsize=(5.2, 4))
    reached = points[points.status == "reached"]
    predicted, theirs = (
        pd.Series([law(row) for _, row in t.iterrows()], t.index, float) for t in (reached, paper)
    )
    _crosses(ax, theirs, paper.value)
    span = [reached.P_star - reached.P_star_low, reached.P_star_high - reached.P_star]
    ax.errorbar(predicted, reached.P_star, yerr=span, ls="none", color=GREY, lw=0.8, zorder=2)
    _settings(ax, reached, predicted, reached.P_star)
    _diagonal([ax], pd.concat([predicted, theirs]))
    ax.set(xlabel=f"prediction {formula}", ylabel="$P^*$")
    _log_log([ax])
    handles = _setting_handles(reached, "law", paper=len(paper) > 0)
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def coincidence(points: pd.DataFrame, paper: pd.DataFrame, title: str) -> Figure:
    """P* against P*_S (left) and P*_D (right), for one architecture and s (Figs. 6, 11, 14 and 16).

    Args:
        points: columns quantity and P_star, of every setting (`scorecard.our_sample_complexities`).
        paper: the paper's own (`paper.sample_complexities`), of the same architecture and s.
        title: of the figure.
    """
    names = ["architecture", "s", "L", "s0", "v"]
    ours, theirs = (
        table.pivot_table(index=names, columns="quantity", values=value)
        .reindex(columns=["P_star", "P_star_S", "P_star_D"])
        .dropna(subset="P_star")
        .dropna(subset=["P_star_S", "P_star_D"], how="all")
        .reset_index()
        for table, value in ((points, "P_star"), (paper, "value"))
    )
    figure, axes = plt.subplots(1, 2, figsize=(5.2, 3.4), sharey=True)
    for ax, letter in zip(axes, "SD", strict=True):
        name = f"P_star_{letter}"
        _crosses(ax, theirs[name], theirs.P_star)
        _settings(ax, ours, ours[name], ours.P_star)
        ax.set(xlabel=f"$P^*_{letter}$")
    _diagonal(axes, pd.concat([ours.P_star, theirs.P_star]))
    _log_log(axes)
    axes[0].set_ylabel("$P^*$")
    figure.suptitle(title)
    handles = _setting_handles(ours, "equal", paper=len(theirs) > 0)
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def growth(points: pd.DataFrame, paper: pd.DataFrame) -> Figure:
    """P* / (n_c m^L) against s0 + 1, a panel for each architecture: slopes are exponents (Eqs. 3 and 4).

    Args:
        points: P* of each setting (`sample_complexity`).
        paper: the paper's own (`paper.sample_complexities`), drawn behind.
    """
    architectures = list(points.architecture.unique())
    figure, axes = plt.subplots(1, len(architectures), figsize=(5.2, 3.6), sharey=True, squeeze=False)
    reached = points[points.status == "reached"]
    order = sorted(reached.groupby(["s", "L"]).groups)  # the same colour in every panel
    for ax, architecture in zip(axes[0], architectures, strict=True):
        theirs = paper[paper.architecture == architecture]
        _crosses(ax, theirs.s0 + 1, theirs.value / (theirs.n_c * theirs.m**theirs.L))
        for (s, L), of in reached[reached.architecture == architecture].groupby(["s", "L"]):
            i = order.index((s, L))
            scaled = (of.P_star / (of.n_c * of.m**of.L)).groupby(of.s0 + 1).agg(["mean", "min", "max"])
            span = [scaled["mean"] - scaled["min"], scaled["max"] - scaled["mean"]]
            style: dict[str, Any] = {
                "color": COLOURS[i],
                "marker": MARKERS[i],
                "label": f"$s$ = {s}, $L$ = {L}",
            }
            ax.errorbar(scaled.index, scaled["mean"], span, capsize=2, **style)
            power = 2 if architecture == "CNN" else L
            law = scaled["mean"].iloc[0] * (scaled.index / scaled.index[0]) ** power
            ax.plot(scaled.index, law, color=COLOURS[i], lw=1, ls=":")
        ax.set(xlabel="$s_0 + 1$", title=architecture)
    _log_log(axes[0])
    for ax in axes[0]:
        ax.set_xticks([1, 2, 3, 5, 7], ["1", "2", "3", "5", "7"])
        ax.xaxis.set_minor_formatter(NullFormatter())
    axes[0][0].set_ylabel("$P^* / (n_c\\, m^L)$")
    handles = _labelled(axes[0])
    handles["the paper's law from the smallest $s_0$"] = Line2D([], [], color="black", lw=1, ls=":")
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
    return figure


def exponents(laws: pd.DataFrame) -> Figure:
    """Exponents with their intervals, ours and of the paper's points, beside the claims.

    Args:
        laws: columns law, of, ours, ours_low, ours_high, paper, paper_low, paper_high, claim
            (`scorecard.score_laws`).
    """
    figure, ax = plt.subplots(figsize=(5.2, 0.5 * max(len(laws), 1) + 1.1))
    y = -np.arange(len(laws))
    for name, shift, style in [
        ("paper", -0.14, {"marker": "x", **_PAPER}),
        ("ours", 0.14, {"marker": "o", "color": COLOURS[0], "label": "ours"}),
    ]:
        span = [laws[name] - laws[f"{name}_low"], laws[f"{name}_high"] - laws[name]]
        ax.errorbar(laws[name], y + shift, xerr=span, ls="none", capsize=2, **style)
    ax.plot(laws.claim, y, ls="none", marker="|", ms=16, mew=1.6, color="black", label="claimed")
    ax.set_yticks(y, [f"{of}" for of in laws["of"]])
    ax.set(xlabel=", ".join(laws.law.unique()), ylim=(0.6 - max(len(laws), 1), 0.6))
    figure.legend(loc="outside upper right", ncols=3)
    return figure


def collapse(table: pd.DataFrame, paper: pd.DataFrame, architecture: str) -> Figure:
    """Test error against P (top) and against P over the paper's law (bottom), as in Figs. 7 and 8."""
    runs, theirs = (t[t.architecture == architecture] for t in (table, paper))
    theirs = theirs[(theirs.column == "test_error") & theirs.sparsity.isin(runs.sparsity)]
    theirs = theirs.merge(runs[["v", "s", "L", "s0"]].drop_duplicates())
    runs, theirs = (
        t.assign(rescaled=t.P / ((t.s0 + 1) ** (2 if architecture == "CNN" else t.L) * t.n_c * t.m**t.L))
        for t in (runs, theirs)
    )
    power = "2" if architecture == "CNN" else "L"
    figure, axes = plt.subplots(2, 1, figsize=(5.2, 5.6))
    for ax, x in zip(axes, ("P", "rescaled"), strict=True):
        _crosses(ax, theirs[x], theirs.value, ms=3)
        for i, (L, of_depth) in enumerate(runs.groupby("L")):
            for (v, s0), of in of_depth.groupby(["v", "s0"]):
                style = _setting_style(s0, v, L)
                _curve(ax, of, x, "test_error", ls="-" if i == 0 else "--", **style)
        ax.set(ylabel="test error", ylim=(-0.02, 1))
        _log_axis(ax)
    axes[0].set_xlabel("training-set size $P$")
    axes[1].set_xlabel(f"$P / [(s_0+1)^{power}\\, n_c\\, m^L]$")
    axes[1].set_xscale("log")
    axes[1].xaxis.set_major_formatter("{x:g}")
    handles = _setting_handles(runs, paper=len(theirs) > 0)
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def error_against_sensitivity(runs: pd.DataFrame, paper: pd.DataFrame, layer: Mapping[str, str]) -> Figure:
    """Test error against D (left) and S (right), a marker for each architecture (Figs. 1 C-F and 17).

    Args:
        runs: of one task; a point is the mean over seeds at one P, joined to those at the next P.
        paper: the paper's curves (`paper.curves`) of the figure.
        layer: which layer's sensitivity is taken, by architecture: "1", "2", ... or "out".
    """
    figure, axes = plt.subplots(1, 2, figsize=(5.2, 3.6), sharey=True)
    theirs = paper.pivot_table(index=["architecture", "P"], columns="column", values="value")
    means = runs.groupby(["architecture", "P"]).mean(numeric_only=True)
    for ax, letter in zip(axes, "DS", strict=True):
        for i, (architecture, where) in enumerate(layer.items()):
            column = f"{letter}_{where}_1"
            for table, style in (
                (theirs, {**_PAPER, "marker": MARKERS[i], "mfc": "none", "label": "_"}),
                (means, {"color": COLOURS[i], "marker": MARKERS[i], "label": architecture, "lw": 0.8}),
            ):
                if architecture in table.index.get_level_values(0) and column in table:
                    of = table.loc[architecture]
                    ax.plot(of[column], of.test_error, ls="-" if len(of) > 1 else "none", **style)
        ax.set_xlabel(f"${letter}$ ({'displacements' if letter == 'D' else 'synonyms'})")
    _log_log(axes)
    axes[0].set_ylabel("test error")
    handles = _labelled(axes)
    if len(theirs):
        handles["paper, digitised"] = Line2D([], [], ls="none", marker="o", mfc="none", **_PAPER)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure


def curves_by_depth(runs: pd.DataFrame, paper: pd.DataFrame) -> Figure:
    """Test error, S and D against P at relative depths 1/5, 1/2 and 4/5, a row for each network (Fig. 9).

    Args:
        runs: of vision networks on one task.
        paper: the paper's curves (`paper.curves`), drawn behind.
    """
    architectures = list(dict.fromkeys(runs.architecture))
    shape = (len(architectures), 3)
    figure, axes = plt.subplots(
        *shape, figsize=(5.2, 1.9 * len(architectures)), sharex=True, sharey=True, squeeze=False
    )
    for row, architecture in zip(axes, architectures, strict=True):
        of, theirs = (t[t.architecture == architecture] for t in (runs, paper))
        for layer, depth, ax in zip("123", ("1/5", "1/2", "4/5"), row, strict=True):
            names = {"test_error": "test error", f"S_{layer}_1": "$S$", f"D_{layer}_1": "$D$"}
            for i, (column, name) in enumerate(names.items()):
                dots = theirs[theirs.column == column].drop_duplicates("P")
                _crosses(ax, dots.P, dots.value, ms=2.5, color=COLOURS[i], alpha=0.4)
                _curve(ax, of, "P", column, color=COLOURS[i], marker=MARKERS[i], ms=3, label=name)
            _log_axis(ax)
            ax.set_ylim(-0.03, 1.2)
            ax.set_title(f"{architecture}, {depth}", size=8, loc="left")
    for ax in axes[-1]:
        ax.set_xlabel("$P$")
    handles = _labelled(axes.flat)
    if _PAPER["label"] in handles:
        handles[_PAPER["label"]] = Line2D([], [], ls="none", marker="x", **_PAPER)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure


def _crosses(ax: Axes, x: pd.Series, y: pd.Series, **style: Any) -> None:
    """The paper's points; without any, no legend entry either."""
    if len(x):
        ax.plot(x, y, ls="none", **{**_PAPER, "marker": "x", **style})


def _diagonal(axes: Iterable[Axes], values: pd.Series) -> None:
    """The line y = x through the values, if there are any."""
    if len(values):
        ends = [values.min() / 1.5, values.max() * 1.5]
        for ax in axes:
            ax.plot(ends, ends, color="black", lw=1, ls="--", zorder=0)


def _log_log(axes: Sequence[Axes]) -> None:
    """Logarithmic axes, sharing y; matplotlib cannot draw one without data, which gets a decade."""
    for ax in axes:
        ax.set(xscale="log", yscale="log")
        if _is_empty(ax):
            ax.set_xlim(1, 10)
    if all(map(_is_empty, axes)):
        axes[0].set_ylim(1, 10)


def _is_empty(ax: Axes) -> bool:
    return not np.isfinite(ax.dataLim.get_points()).all()


def _labelled(axes: Iterable[Axes]) -> dict[str, Any]:
    """The artists of all panels that have a label, one of each."""
    pairs = [zip(*ax.get_legend_handles_labels(), strict=True) for ax in axes]
    return {label: handle for panel in pairs for handle, label in panel}


def verdicts(summary: pd.DataFrame) -> Figure:
    """How many items of each of the paper's figures have which verdict, as bars.

    Args:
        summary: `scorecard.summarise`.
    """
    columns = ["reproduced", "roughly", "not reproduced"]
    judged = summary[summary[columns].sum(axis=1) > 0]
    figure, ax = plt.subplots(figsize=(5.2, 0.3 * len(judged) + 1.2))
    share = judged[columns].div(judged[columns].sum(axis=1), axis=0)
    left = np.zeros(len(judged))
    y = -np.arange(len(judged))
    for column, colour in zip(columns, (COLOURS[2], COLOURS[4], COLOURS[1]), strict=True):
        ax.barh(y, share[column], left=left, color=colour, label=column)
        left += share[column].to_numpy()
    for height, total in zip(y.tolist(), judged[columns].sum(axis=1), strict=True):
        ax.text(1.02, height, f"{total}", va="center", size=9)
    ax.set_yticks(y, [f"Fig. {name}" for name in judged.index])
    ax.grid(False)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.set(xlim=(0, 1.1), xlabel="share of items (number at the right)")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def ratios(points: pd.DataFrame) -> Figure:
    """Ours over the paper's at every common setting, a row for each figure and quantity.

    Args:
        points: `scorecard.score_points`, without those that have no ratio.
    """
    groups = list(points.groupby(["figure", "quantity", "architecture", "s"], sort=False))
    figure, ax = plt.subplots(figsize=(5.2, 0.42 * len(groups) + 1))
    for factor, shade in ((2, 0.08), (1.5, 0.12)):
        ax.axvspan(1 / factor, factor, color=COLOURS[2], alpha=shade, lw=0)
    ax.axvline(1, color="black", lw=1, ls="--")
    labels = []
    for i, ((name, quantity, architecture, s), of) in enumerate(groups):
        y = -i + np.linspace(0.3, -0.3, len(of)) if len(of) > 1 else np.array([-i])
        low, high = of.ours_low / of.paper_high, of.ours_high / of.paper_low
        ax.errorbar(of.ratio, y, xerr=[of.ratio - low, high - of.ratio], ls="none", color=GREY, lw=0.6)
        ax.scatter(of.ratio, y, s=12, color=[COLOURS[_S0S.index(s0)] for s0 in of.s0], zorder=3)
        letter = quantity.removeprefix("P_star").removeprefix("_")
        labels.append(f"Fig. {name}, {architecture}, $s$ = {s}: $P^*" + (f"_{letter}$" if letter else "$"))
    ax.set_yticks(-np.arange(len(groups)), labels)
    ax.set(xscale="log", xlabel="ours / paper")
    ax.set_xticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
    ax.xaxis.set_minor_formatter(NullFormatter())
    handles = [
        Line2D([], [], ls="none", marker="o", color=COLOURS[_S0S.index(s0)], label=f"$s_0$ = {s0}")
        for s0 in sorted(points.s0.unique())
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    return figure


def _settings(ax: Axes, points: pd.DataFrame, x: pd.Series, y: pd.Series) -> None:
    """Points whose colour is s0, whose marker is v, whose inside is L."""
    for i, row in points.iterrows():
        style = _setting_style(row.s0, row.v, row.L)
        ax.plot(x[i], y[i], ls="none", ms=5, **style)


_S0S, _VS = [0, 1, 2, 4, 6], [3, 4, 6, 8, 10, 12, 2]
_INSIDES = {3: "white", 4: "#CCCCCC", 5: "#FFE066"}  # by L; else the colour of the edge


def _setting_style(s0: float, v: float, L: float) -> dict[str, Any]:
    colour = COLOURS[_S0S.index(int(s0))]
    return {"color": colour, "marker": MARKERS[_VS.index(int(v))], "mfc": _INSIDES.get(int(L), colour)}


def _setting_handles(points: pd.DataFrame, line: str = "", *, paper: bool) -> list[Line2D]:
    """Legend entries that name every s0, v and L of the points, the guide line and the paper's points."""
    blank: dict[str, Any] = {"ls": "none", "ms": 5}
    handles = [
        Line2D([], [], marker="o", color=COLOURS[_S0S.index(s0)], label=f"$s_0$ = {s0}", **blank)
        for s0 in sorted(points.s0.unique())
    ]
    handles += [
        Line2D([], [], marker=MARKERS[_VS.index(v)], color="black", label=f"$v$ = {v}", **blank)
        for v in sorted(points.v.unique())
    ]
    for L in sorted(points.L.unique()):
        face = _INSIDES.get(L, "black")
        handles.append(Line2D([], [], marker="o", color="black", mfc=face, label=f"$L$ = {L}", **blank))
    if line:
        handles.append(Line2D([], [], color="black", lw=1, ls="--", label=line))
    return handles + [Line2D([], [], ls="none", marker="x", **_PAPER)] * paper
