"""Figures of ways to train: which drew the paper's curves, and what they do to P*."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullFormatter

from .drawn import COLOURS, INK, PAGE, Drawn, panel, panels, record
from .style import MARKERS, bars, each, labelled, log_axis, network_style, sparsity_colour


def fingerprints(distances: pd.DataFrame) -> Drawn:
    """How far recipes lie from the paper's curves: a panel for each figure of it, a row for each recipe.

    Args:
        distances: columns figure, architecture, rate, blanks, where, distance
            (`papers.sparse2024.fingerprints.distances`).
    """
    groups = list(distances.groupby(["figure", "architecture"]))
    recipes = list(dict.fromkeys(zip(distances.rate, distances.blanks, strict=True)))
    figure, axes = panels(1, max(len(groups), 1), 0.42 * len(recipes) + 1.4, sharey=True)
    for ax, ((name, architecture), group) in zip(axes[0], groups, strict=True):
        means = group.groupby(["where", "rate", "blanks"]).distance.mean()
        for i, where in enumerate(dict.fromkeys(distances["where"].sort_values())):
            x, y = [means.get((where, *recipe), np.nan) for recipe in recipes], -np.arange(len(recipes))
            ax.plot(x, y, label=where, color=COLOURS[i], marker=MARKERS[i], ls="none", ms=5)
            rows = [", ".join(recipe) for recipe in recipes]
            record(ax, "ours", x, y, figure=name, architecture=architecture, where=where, recipe=rows)
        ax.set(title=f"{architecture}\n(paper's Fig. {name})", xlabel="mean distance")
        ax.set_xlim(0, 1.1 * means.max())
    ticks = [f"{rate},\n{blanks}" for rate, blanks in recipes]
    axes[0][0].set_yticks(-np.arange(len(recipes)), ticks)
    axes[0][0].set_ylabel("way to train")
    handles = labelled(axes[0])
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure


def ratios_by_recipe(points: pd.DataFrame) -> Drawn:
    """P* over the paper's, a row for each recipe: one dot a setting, coloured by s0.

    Args:
        points: columns architecture, rate, blanks, s0, ratio.
    """
    groups = list(points.groupby(["architecture", "rate", "blanks"]))
    figure, ax = panel(0.45 * max(len(groups), 1) + 1.2)
    for factor, shade in ((1.5, 0.08), (1.3, 0.12)):
        ax.axvspan(1 / factor, factor, color=COLOURS[2], alpha=shade, lw=0)
    ax.axvline(1, color=INK, lw=1, ls="--")
    for i, ((_, rate, blanks), group) in enumerate(groups):
        y = -i + (np.linspace(0.3, -0.3, len(group)) if len(group) > 1 else np.zeros(1))
        ax.scatter(group.ratio, y, s=14, color=[sparsity_colour(s0) for s0 in group.s0], zorder=3)
        record(ax, "ours", group.ratio, y, rate=rate, blanks=blanks, **each(group))
    ax.set_yticks(-np.arange(len(groups)), [f"{a}, {rate},\n{x}" for (a, rate, x), _ in groups])
    ax.set(xscale="log", xlabel="ours / paper", ylabel="network and way to train")
    ax.set_xticks([0.25, 0.5, 1, 2], ["1/4", "1/2", "1", "2"])
    ax.xaxis.set_minor_formatter(NullFormatter())
    for s0 in sorted(points.s0.unique()):
        ax.plot([], [], ls="none", marker="o", color=sparsity_colour(s0), label=f"$s_0$={s0}")
    figure.legend(loc="outside lower center", ncols=6)
    return figure


def falling_rates(found: pd.DataFrame, reference: pd.DataFrame) -> Drawn:
    """P* against the learning rate for each datum of a batch, a line for each architecture and batch.

    Args:
        found: P* of each setting (`sample_complexity`), all of one task.
        reference: the paper's points of that task, in columns architecture, value, low and high.
    """
    figure, ax = panel(3.4)
    reached = found[found.status == "reached"]
    reached = reached.assign(per_datum=reached.lr / reached.batch_size).sort_values("per_datum")
    batches = sorted(reached.batch_size.unique())
    for architecture, group in reached.groupby("architecture"):
        colour = network_style(architecture)["color"]
        for batch, of_batch in group.groupby("batch_size"):
            style = network_style(architecture)
            if batch != batches[0]:
                style |= {"mfc": PAGE, "ls": ":"}
            label = f"{architecture}, batches of {batch}"
            ends = of_batch.P_star_low, of_batch.P_star_high
            span = bars(ax, of_batch.per_datum, of_batch.P_star, *ends, label=label, **style)
            record(ax, **span, **each(of_batch))
        theirs = reference[reference.architecture == architecture]
        for row in theirs.itertuples():
            ax.axhspan(row.low, row.high, color=colour, alpha=0.12, lw=0, label=f"{architecture}, paper")
            record(ax, "paper", [np.nan], [row.value], [row.low], [row.high], architecture=architecture)
    log_axis(ax)
    ax.set(yscale="log", xlabel="learning rate for each datum", ylabel="$P^*$")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))  # labels of four decimals need the room
    ax.xaxis.set_major_formatter("{x:g}")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def changes(table: pd.DataFrame) -> Drawn:
    """By how much exponents change, a row for each network and recipe, a colour for each exponent.

    Args:
        table: columns of (the row), law (the exponent), estimate, low, high.
    """
    names = list(dict.fromkeys(table["of"]))
    figure, ax = panel(0.45 * max(len(names), 1) + 1.3)
    ax.axvline(0, color=INK, lw=1, ls="--")
    for i, (law, group) in enumerate(table.groupby("law", sort=False)):
        y = [0.12 - 0.24 * i - names.index(name) for name in group["of"]]
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "ls": "none", "along": "x"}
        span = bars(ax, group.estimate, y, group.low, group.high, label=law, **style)
        record(ax, **span, row=group["of"], law=law)
    ax.set_yticks(-np.arange(len(names)), [_two_lines(name) for name in names])
    ax.set(
        xlabel="change of an exponent", ylabel="network and way to train",
        ylim=(0.6 - max(len(names), 1), 0.6),
    )  # fmt: skip
    if names:
        figure.legend(loc="outside lower center", ncols=1)
    return figure


def _two_lines(name: str) -> str:
    """A name of parts between commas, broken in its middle."""
    parts = name.split(", ")
    return (
        ", ".join(parts[: len(parts) // 2]) + ",\n" + ", ".join(parts[len(parts) // 2 :])
        if parts[1:]
        else name
    )
