"""Figures of sample complexities: against laws, against each other, against the paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    NullFormatter,
    PercentFormatter,
)

from ..analysis import Law, sample_complexity
from ..analysis.columns import TASK
from ..model import SRHM, stretch
from .style import (
    COLOURS,
    GREY,
    MARKERS,
    REFERENCE,
    crosses,
    diagonal,
    labelled,
    log_axis,
    log_log,
    setting_handles,
    settings,
    sparsity_colour,
)


def against_prediction(points: pd.DataFrame, reference: pd.DataFrame, law: Law) -> Figure:
    """P* against a law, for one architecture and s (Figs. 4B, 4C, 10 and 13 of the paper).

    Args:
        points: P* of each setting (`sample_complexity`).
        reference: the paper's own points of the same architecture and s, their P* in column "value".
        law: gives the abscissa.
    """
    figure, ax = plt.subplots(figsize=(5.2, 4))
    reached = points[points.status == "reached"]
    predicted, theirs = (
        pd.Series([law(_task(row)) for _, row in t.iterrows()], t.index, float) for t in (reached, reference)
    )
    crosses(ax, theirs, reference.value)
    span = [reached.P_star - reached.P_star_low, reached.P_star_high - reached.P_star]
    ax.errorbar(predicted, reached.P_star, yerr=span, ls="none", color=GREY, lw=0.8, zorder=2)
    settings(ax, reached, predicted, reached.P_star)
    diagonal([ax], pd.concat([predicted, theirs]))
    ax.set(xlabel=f"prediction ${law.latex()}$", ylabel="$P^*$")
    log_log([ax])
    handles = setting_handles(reached, "law", reference=len(reference) > 0)
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _task(setting: pd.Series) -> SRHM:
    return SRHM(**{name: setting[name] for name in TASK})


def coincidence(points: pd.DataFrame, reference: pd.DataFrame, title: str) -> Figure:
    """P* against P*_S (left) and P*_D (right), for one architecture and s (Figs. 6, 11, 14 and 16).

    Args:
        points: columns quantity and P_star, of every setting (`scorecard.our_sample_complexities`).
        reference: the paper's own points of the same architecture and s, in column "value".
        title: title of the figure.
    """
    names = ["architecture", "s", "L", "s0", "v"]
    ours, theirs = (
        table.pivot_table(index=names, columns="quantity", values=value)
        .reindex(columns=["P_star", "P_star_S", "P_star_D"])
        .dropna(subset="P_star")
        .dropna(subset=["P_star_S", "P_star_D"], how="all")
        .reset_index()
        for table, value in ((points, "P_star"), (reference, "value"))
    )
    figure, axes = plt.subplots(1, 2, figsize=(5.2, 3.4), sharey=True)
    for ax, letter in zip(axes, "SD", strict=True):
        name = f"P_star_{letter}"
        crosses(ax, theirs[name], theirs.P_star)
        settings(ax, ours, ours[name], ours.P_star)
        ax.set(xlabel=f"$P^*_{letter}$")
    diagonal(axes, pd.concat([ours.P_star, theirs.P_star]))
    log_log(axes)
    axes[0].set_ylabel("$P^*$")
    figure.suptitle(title)
    handles = setting_handles(ours, "equal", reference=len(theirs) > 0)
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def growth(points: pd.DataFrame, reference: pd.DataFrame, laws: Mapping[str, Law]) -> Figure:
    """P* / (n_c m^L) against s0 + 1, a panel for each architecture: slopes are exponents of s0 + 1.

    Args:
        points: P* of each setting (`sample_complexity`).
        reference: the paper's own points, in column "value", drawn behind.
        laws: by architecture; each is drawn dotted, beginning at our smallest s0.
    """
    architectures = sorted(points.architecture.unique(), reverse=True)  # the LCN first
    figure, axes = plt.subplots(1, len(architectures), figsize=(5.2, 3.6), sharey=True, squeeze=False)
    reached = points[points.status == "reached"]
    order = sorted(reached.groupby(["s", "L"]).groups)  # the same colour in every panel
    for ax, architecture in zip(axes[0], architectures, strict=True):
        theirs = reference[reference.architecture == architecture]
        crosses(ax, theirs.s0.map(stretch), theirs.value / (theirs.n_c * theirs.m**theirs.L))
        for (s, L), group in reached[reached.architecture == architecture].groupby(["s", "L"]):
            i = order.index((s, L))
            scaled = (
                (group.P_star / (group.n_c * group.m**group.L))
                .groupby(group.s0.map(stretch))
                .agg(["mean", "min", "max"])
            )
            span = [scaled["mean"] - scaled["min"], scaled["max"] - scaled["mean"]]
            style: dict[str, Any] = {
                "color": COLOURS[i],
                "marker": MARKERS[i],
                "label": f"$s$ = {s}, $L$ = {L}",
            }
            ax.errorbar(scaled.index, scaled["mean"], span, capsize=2, **style)
            power = laws[architecture].power("s0+1").at_depth(L)
            law = scaled["mean"].iloc[0] * (scaled.index / scaled.index[0]) ** power
            ax.plot(scaled.index, law, color=COLOURS[i], lw=1, ls=":")
        ax.set(xlabel="$s_0 + 1$", title=architecture)
    log_log(axes[0])
    for ax in axes[0]:
        ax.set_xticks([1, 2, 3, 5, 7], ["1", "2", "3", "5", "7"])
        ax.xaxis.set_minor_formatter(NullFormatter())
    axes[0][0].set_ylabel("$P^* / (n_c\\, m^L)$")
    handles = labelled(axes[0])
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
        ("paper", -0.14, {"marker": "x", **REFERENCE}),
        ("ours", 0.14, {"marker": "o", "color": COLOURS[0], "label": "ours"}),
    ]:
        span = [laws[name] - laws[f"{name}_low"], laws[f"{name}_high"] - laws[name]]
        ax.errorbar(laws[name], y + shift, xerr=span, ls="none", capsize=2, **style)
    ax.plot(laws.claim, y, ls="none", marker="|", ms=16, mew=1.6, color="black", label="claimed")
    ax.set_yticks(y, [f"{group}" for group in laws["of"]])
    ax.set(xlabel=", ".join(laws.law.unique()), ylim=(0.6 - max(len(laws), 1), 0.6))
    figure.legend(loc="outside upper right", ncols=3)
    return figure


def robustness(table: pd.DataFrame, threshold: float = 0.1) -> Figure:
    """P* of each way to train, a row for each width, batch, rate and loss to stop at; bars span the seeds.

    Of each architecture and L there is one task.
    """
    found = sample_complexity(table, threshold)
    names = ["width", "batch_size", "lr", "loss_threshold"]
    ways = found[names].drop_duplicates().sort_values(names)
    rows = {tuple(way): -i for i, way in enumerate(ways.itertuples(index=False))}
    figure, ax = plt.subplots(figsize=(5.2, 0.32 * len(rows) + 1.2))
    for i, ((architecture, L), group) in enumerate(found.groupby(["architecture", "L"])):
        y = [rows[way] + 0.15 * (0.5 - i) for way in group[names].itertuples(index=False, name=None)]
        spread = [group.P_star - group.P_star_low, group.P_star_high - group.P_star]
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "ls": "none"}
        ax.errorbar(group.P_star, y, xerr=spread, capsize=2, label=f"{architecture}, $L$ = {L}", **style)
    labels = [f"width {width}, batch {batch}, rate {lr:g}, loss {loss:g}" for width, batch, lr, loss in rows]
    ax.set_yticks(list(rows.values()), labels)
    ax.set(xlabel=f"$P^*$ at {threshold:.0%} test error", ylim=(0.5 - len(rows), 0.5))
    log_axis(ax)
    figure.legend(loc="outside upper right", ncols=2)
    return figure


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
    for i, ((name, quantity, architecture, s), group) in enumerate(groups):
        y = -i + np.linspace(0.3, -0.3, len(group)) if len(group) > 1 else np.array([-i])
        low, high = group.ours_low / group.paper_high, group.ours_high / group.paper_low
        ax.errorbar(
            group.ratio, y, xerr=[group.ratio - low, high - group.ratio], ls="none", color=GREY, lw=0.6
        )
        ax.scatter(group.ratio, y, s=12, color=[sparsity_colour(s0) for s0 in group.s0], zorder=3)
        letter = quantity.removeprefix("P_star").removeprefix("_")
        labels.append(f"Fig. {name}, {architecture}, $s$ = {s}: $P^*" + (f"_{letter}$" if letter else "$"))
    ax.set_yticks(-np.arange(len(groups)), labels)
    ax.set(xscale="log", xlabel="ours / paper")
    ax.set_xticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
    ax.xaxis.set_minor_formatter(NullFormatter())
    handles = [
        Line2D([], [], ls="none", marker="o", color=sparsity_colour(s0), label=f"$s_0$ = {s0}")
        for s0 in sorted(points.s0.unique())
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    return figure
