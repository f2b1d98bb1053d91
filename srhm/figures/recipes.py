"""Figures of ways to train: which drew the paper's curves, and what they do to P*."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from .style import COLOURS, MARKERS, labelled, log_axis, sparsity_colour


def fingerprints(distances: pd.DataFrame) -> Figure:
    """How far recipes lie from the paper's curves: a panel for each figure of it, a row for each recipe.

    Args:
        distances: columns figure, architecture, rate, blanks, where, distance
            (`papers.sparse2024.fingerprints.distances`).
    """
    groups = list(distances.groupby(["figure", "architecture"]))
    recipes = list(dict.fromkeys(zip(distances.rate, distances.blanks, strict=True)))
    figure, axes = plt.subplots(
        1, max(len(groups), 1), figsize=(5.2, 0.36 * len(recipes) + 1.4), sharey=True, squeeze=False
    )
    for ax, ((name, architecture), group) in zip(axes[0], groups, strict=True):
        means = group.groupby(["where", "rate", "blanks"]).distance.mean()
        for i, where in enumerate(dict.fromkeys(distances["where"].sort_values())):
            x = [means.get((where, *recipe), np.nan) for recipe in recipes]
            style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "ls": "none", "ms": 5}
            ax.plot(x, -np.arange(len(recipes)), label=where, **style)
        ax.set(title=f"Fig. {name}: {architecture}", xlabel="mean distance", xlim=(0, 1.1 * means.max()))
    axes[0][0].set_yticks(-np.arange(len(recipes)), [f"{rate}, {blanks}" for rate, blanks in recipes])
    handles = labelled(axes[0])
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure


def ratios_by_recipe(points: pd.DataFrame) -> Figure:
    """P* over the paper's, a row for each recipe: one dot a setting, coloured by s0.

    Args:
        points: columns architecture, rate, blanks, s0, ratio.
    """
    groups = list(points.groupby(["architecture", "rate", "blanks"]))
    figure, ax = plt.subplots(figsize=(5.2, 0.42 * max(len(groups), 1) + 1.2))
    for factor, shade in ((1.5, 0.08), (1.3, 0.12)):
        ax.axvspan(1 / factor, factor, color=COLOURS[2], alpha=shade, lw=0)
    ax.axvline(1, color="black", lw=1, ls="--")
    for i, (_, group) in enumerate(groups):
        y = -i + (np.linspace(0.3, -0.3, len(group)) if len(group) > 1 else np.zeros(1))
        ax.scatter(group.ratio, y, s=14, color=[sparsity_colour(s0) for s0 in group.s0], zorder=3)
    ax.set_yticks(-np.arange(len(groups)), [", ".join(name) for name, _ in groups])
    ax.set(xscale="log", xlabel="ours / paper")
    ax.set_xticks([0.25, 0.5, 1, 2], ["1/4", "1/2", "1", "2"])
    ax.xaxis.set_minor_formatter(NullFormatter())
    for s0 in sorted(points.s0.unique()):
        ax.plot([], [], ls="none", marker="o", color=sparsity_colour(s0), label=f"$s_0$ = {s0}")
    figure.legend(loc="outside upper center", ncols=5)
    return figure


def falling_rates(found: pd.DataFrame, reference: pd.DataFrame) -> Figure:
    """P* against the learning rate for each datum of a batch, a line for each architecture and batch.

    Args:
        found: P* of each setting (`sample_complexity`), all of one task.
        reference: the paper's points of that task, in columns architecture, value, low and high.
    """
    figure, ax = plt.subplots(figsize=(5.2, 3.4))
    reached = found[found.status == "reached"]
    reached = reached.assign(per_datum=reached.lr / reached.batch_size).sort_values("per_datum")
    batches = sorted(reached.batch_size.unique())
    for i, (architecture, group) in enumerate(reached.groupby("architecture")):
        for batch, of_batch in group.groupby("batch_size"):
            span = [of_batch.P_star - of_batch.P_star_low, of_batch.P_star_high - of_batch.P_star]
            style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "capsize": 2}
            if batch != batches[0]:
                style |= {"mfc": "white", "ls": ":"}
            label = f"{architecture}, batches of {batch}"
            ax.errorbar(of_batch.per_datum, of_batch.P_star, yerr=span, label=label, **style)
        theirs = reference[reference.architecture == architecture]
        for row in theirs.itertuples():
            ax.axhspan(row.low, row.high, color=COLOURS[i], alpha=0.12, lw=0, label=f"{architecture}, paper")
    log_axis(ax)
    ax.set(yscale="log", xlabel="learning rate for each datum", ylabel="$P^*$")
    ax.xaxis.set_major_formatter("{x:g}")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def changes(table: pd.DataFrame) -> Figure:
    """By how much exponents change, a row for each network and recipe, a colour for each exponent.

    Args:
        table: columns of (the row), law (the exponent), estimate, low, high.
    """
    names = list(dict.fromkeys(table["of"]))
    figure, ax = plt.subplots(figsize=(5.2, 0.4 * max(len(names), 1) + 1.2))
    ax.axvline(0, color="black", lw=1, ls="--")
    for i, (law, group) in enumerate(table.groupby("law", sort=False)):
        y = [0.12 - 0.24 * i - names.index(name) for name in group["of"]]
        span = [group.estimate - group.low, group.high - group.estimate]
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "ls": "none", "capsize": 2}
        ax.errorbar(group.estimate, y, xerr=span, label=law, **style)
    ax.set_yticks(-np.arange(len(names)), names)
    ax.set(xlabel="change of an exponent", ylim=(0.6 - max(len(names), 1), 0.6))
    figure.legend(loc="outside upper center", ncols=1)
    return figure
