"""Figures of sample complexities: against laws, against each other, against the paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter

from ..analysis import P_STAR, Law, sample_complexity
from ..analysis.columns import TASK
from ..model import SRHM, stretch
from .drawn import COLOURS, GREY, INK, Drawn, panel, panels, record
from .style import (
    BOTH,
    MARKERS,
    bars,
    diagonal,
    each,
    hollow,
    legend_rows,
    log_axis,
    log_log,
    network_style,
    setting_rows,
    settings,
    sparsity_colour,
    vocabulary_marker,
)


def against_prediction(points: pd.DataFrame, reference: pd.DataFrame, law: Law) -> Drawn:
    """P* against a law, for one architecture and s (Figs. 4B, 4C, 10 and 13 of the paper).

    Args:
        points: P* of each setting (`sample_complexity`).
        reference: the paper's own points of the same architecture and s, their P* in column "value".
        law: gives the abscissa.
    """
    figure, ax = panel(4.2)
    reached = points[points.status == "reached"]
    predicted, theirs = (
        pd.Series([law(_task(row)) for _, row in t.iterrows()], t.index, float) for t in (reached, reference)
    )
    settings(ax, reference, theirs, reference.value, paper=True)
    span = bars(
        ax, predicted, reached.P_star, reached.P_star_low, reached.P_star_high, ls="none", color=GREY,
        zorder=1.8,
    )  # fmt: skip
    settings(ax, reached, predicted, reached.P_star)
    record(ax, **span, **each(reached))
    diagonal([ax], pd.concat([predicted, theirs]))
    ax.set(xlabel=f"prediction ${law.latex()}$", ylabel="$P^*$")
    log_log([ax])
    both = pd.concat([reached[_CHANNELS], reference[_CHANNELS]])
    legend_rows(figure, [*setting_rows(both), _dashes("the law")], BOTH if len(reference) else "")
    return figure


_CHANNELS = ["s0", "v", "L"]


def _dashes(label: str) -> tuple[str, list[Line2D]]:
    return "dashes", [Line2D([], [], color=INK, lw=1, ls="--", label=label)]


def _task(setting: pd.Series) -> SRHM:
    return SRHM(**{name: setting[name] for name in TASK})


def coincidence(points: pd.DataFrame, reference: pd.DataFrame, title: str) -> Drawn:
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
    figure, axes = panels(1, 2, 3.6, sharey=True)
    for ax, letter in zip(axes[0], "SD", strict=True):
        name = f"P_star_{letter}"
        settings(ax, theirs.dropna(subset=name), theirs[name], theirs.P_star, paper=True)
        known = ours.dropna(subset=name)
        settings(ax, known, known[name], known.P_star)
        record(ax, "ours", known[name], known.P_star, **each(known))
        ax.set(xlabel=f"$P^*_{letter}$", ylabel="$P^*$")
    diagonal(axes[0], pd.concat([ours.P_star, theirs.P_star]))
    log_log(axes[0])
    figure.suptitle(title, size=9)
    both = pd.concat([ours[_CHANNELS], theirs[_CHANNELS]])
    legend_rows(figure, [*setting_rows(both), _dashes("equal")], BOTH if len(theirs) else "")
    return figure


def growth(points: pd.DataFrame, reference: pd.DataFrame, laws: Mapping[str, Law]) -> Drawn:
    """P* / (n_c m^L) against s0 + 1, a line for each v: its slope is an exponent of s0 + 1.

    A column of panels for each architecture, a row for each depth.

    Args:
        points: P* of each setting (`sample_complexity`), of one s.
        reference: the paper's own points, in column "value", drawn hollow.
        laws: by architecture; each is drawn dotted, beginning at our smallest s0.
    """
    architectures = sorted(points.architecture.unique(), reverse=True)  # the LCN first
    reached = points[points.status == "reached"]
    theirs = reference[reference.architecture.isin(architectures)].assign(P_star=lambda rows: rows.value)
    both = pd.concat([reached, theirs])
    several = both.groupby("L").s0.nunique() > 1  # one s0 alone shows no growth
    depths = sorted(several.index[several]) or [2]
    height = 2 * len(depths) + 1
    figure, axes = panels(len(depths), len(architectures), height, sharex=True, sharey=True)
    for row, L in zip(axes, depths, strict=True):
        for ax, architecture in zip(row, architectures, strict=True):
            ours, paper = (t[(t.architecture == architecture) & (t.L == L)] for t in (reached, theirs))
            ax.set(title=f"{architecture}, $L$ = {L}", ylabel="$P^* / (n_c\\, m^L)$")
            ax.set_visible(len(ours) + len(paper) > 0 or both.empty)
            _growth_at(ax, ours, paper, laws[architecture].power("s0+1").at_depth(L))
    log_log([ax for ax in axes.flat if ax.get_visible()])
    for ax in axes.flat:
        ax.set_xticks([1, 2, 3, 5, 7], ["1", "2", "3", "5", "7"])
        ax.xaxis.set_minor_formatter(NullFormatter())
    for column in axes.T:
        lowest = [ax for ax in column if ax.get_visible()][-1]
        lowest.set_xlabel("$s_0 + 1$")
        lowest.tick_params(labelbottom=True)
    for row in axes:
        next(ax for ax in row if ax.get_visible()).tick_params(labelleft=True)
    _, shapes, _ = setting_rows(both)
    dots = Line2D([], [], color=INK, lw=1, ls=":", label="law")
    legend_rows(figure, [shapes, ("dots", [dots])], BOTH if len(theirs) else "")
    return figure


def _growth_at(ax: Axes, ours: pd.DataFrame, paper: pd.DataFrame, power: float) -> None:
    """The lines of one architecture and depth, and the law through the mean of their first points."""

    def scaled(points: pd.DataFrame) -> pd.DataFrame:
        relative = points.P_star / (points.n_c * points.m**points.L)
        return points.assign(x=points.s0.map(stretch), y=relative).sort_values("x")

    ours, paper = scaled(ours), scaled(paper)
    for v, group in paper.groupby("v"):
        hollow(ax, group, group.x, group.y, color=INK, marker=vocabulary_marker(v))
    for v, group in ours.groupby("v"):
        ax.plot(group.x, group.y, color=COLOURS[0], marker=vocabulary_marker(v))
        record(ax, "ours", group.x, group.y, **each(group))
    if len(ours):
        x = np.unique(ours.x)
        law = float(np.exp(np.log(ours.y[ours.x == x[0]]).mean())) * (x / x[0]) ** power
        ax.plot(x, law, color=INK, lw=1, ls=":")
        first = ours.iloc[0]
        record(ax, "law", x, law, architecture=first.architecture, s=first.s, L=first.L)


def exponents(laws: pd.DataFrame) -> Drawn:
    """Exponents with their intervals, ours and of the paper's points, beside the claims.

    Args:
        laws: columns law, of, ours, ours_low, ours_high, paper, paper_low, paper_high, claim
            (`scorecard.score_laws`).
    """
    figure, ax = panel(0.45 * max(len(laws), 1) + 1.2)
    y = -np.arange(len(laws))
    for name, shift, style in [
        ("paper", -0.14, {"marker": "s", "mfc": "none", "label": "the paper's points, refitted"}),
        ("ours", 0.14, {"marker": "o", "label": "ours"}),
    ]:
        ends = laws[f"{name}_low"], laws[f"{name}_high"]
        span = bars(
            ax, laws[name], y + shift, *ends, whose=name, along="x", ls="none", color=COLOURS[0], **style
        )
        record(ax, **span | {"y": y}, row=laws["of"], law=laws.law)
    ax.plot(laws.claim, y, ls="none", marker="|", ms=16, mew=1.6, color=INK, label="claimed by the paper")
    record(ax, "law", laws.claim, y, row=laws["of"], law=laws.law)
    ax.set_yticks(y, [f"{group}" for group in laws["of"]])
    ax.set(xlabel=_named(laws.law.unique()), ylabel="network and task", ylim=(0.6 - max(len(laws), 1), 0.6))
    figure.legend(loc="outside lower left", ncols=2)
    return figure


def _named(laws: Any) -> str:
    return ", ".join(laws).replace("s0+1", "$s_0+1$").replace(" m", " $m$")


def robustness(table: pd.DataFrame) -> Drawn:
    """P* of each way to train, a row for each width, batch, rate and loss to stop at; bars span the seeds.

    Of each architecture and L there is one task.
    """
    found = sample_complexity(table)
    names = ["width", "batch_size", "lr", "loss_threshold"]
    ways = found[names].drop_duplicates().sort_values(names)
    rows = {tuple(way): -i for i, way in enumerate(ways.itertuples(index=False))}
    figure, ax = panel(0.42 * len(rows) + 1.2)
    for i, ((architecture, L), group) in enumerate(found.groupby(["architecture", "L"])):
        y = [rows[way] + 0.15 * (0.5 - i) for way in group[names].itertuples(index=False, name=None)]
        style = network_style(architecture) | {"marker": MARKERS[L - 2], "ls": "none"}
        span = bars(
            ax, group.P_star, y, group.P_star_low, group.P_star_high, along="x",
            label=f"{architecture}, $L$ = {L}", **style,
        )  # fmt: skip
        record(ax, **span, **each(group), loss_threshold=group.loss_threshold)
    labels = [f"width {width}, batch {batch},\nrate {lr:g}, loss {loss:g}" for width, batch, lr, loss in rows]
    ax.set_yticks(list(rows.values()), labels)
    ax.set_xlabel(f"$P^*$ at {P_STAR.threshold:.0%} test error")
    ax.set(ylabel="way to train", ylim=(0.5 - len(rows), 0.5))
    log_axis(ax)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def verdicts(summary: pd.DataFrame) -> Drawn:
    """How many items of each of the paper's figures have which verdict, as bars.

    Args:
        summary: `scorecard.summarise`.
    """
    columns = ["reproduced", "roughly", "not reproduced"]
    judged = summary[summary[columns].sum(axis=1) > 0]
    figure, ax = panel(0.27 * len(judged) + 1.2)
    total = judged[columns].sum(axis=1)
    share = judged[columns].div(total, axis=0)
    left = np.zeros(len(judged))
    y = -np.arange(len(judged))
    for column, colour in zip(columns, (COLOURS[2], COLOURS[4], COLOURS[1]), strict=True):
        ax.barh(y, share[column], left=left, color=colour, label=column)
        left += share[column].to_numpy()
        record(ax, "ours", share[column], y, figure=judged.index, verdict=column, items=judged[column])
    for height, number in zip(y.tolist(), total, strict=True):
        ax.text(1.02, height, f"{number}", va="center")
    ax.set_yticks(y, [f"Fig. {name}" for name in judged.index])
    ax.grid(False)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.set(xlim=(0, 1.1), xlabel="share of items (their number at the right)", ylabel="figure of the paper")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def ratios(points: pd.DataFrame) -> Drawn:
    """Ours over the paper's at every common setting, a row for each figure and quantity.

    Args:
        points: `scorecard.score_points`, without those that have no ratio.
    """
    groups = list(points.groupby(["figure", "quantity", "architecture", "s"], sort=False))
    figure, ax = panel(0.45 * len(groups) + 1.2)
    for factor, shade in ((2, 0.08), (1.5, 0.12)):
        ax.axvspan(1 / factor, factor, color=COLOURS[2], alpha=shade, lw=0)
    ax.axvline(1, color=INK, lw=1, ls="--")
    labels = []
    for i, ((name, quantity, architecture, s), group) in enumerate(groups):
        y = -i + np.linspace(0.3, -0.3, len(group)) if len(group) > 1 else np.array([-i])
        low, high = group.ours_low / group.paper_high, group.ours_high / group.paper_low
        span = bars(
            ax, group.ratio, y, low, high, along="x", ls="none", color=GREY, elinewidth=0.6, capsize=0
        )
        record(ax, **span, figure=name, **each(group))
        ax.scatter(group.ratio, y, s=12, color=[sparsity_colour(s0) for s0 in group.s0], zorder=3)
        letter = quantity.removeprefix("P_star").removeprefix("_")
        labels.append(f"{name}: {architecture}, $s$ = {s}, $P^*" + (f"_{letter}$" if letter else "$"))
    ax.set_yticks(-np.arange(len(groups)), labels)
    ax.set(
        xscale="log",
        xlabel="ours / paper",
        ylabel="figure of the paper",
        ylim=(0.6 - max(len(groups), 1), 0.6),
    )
    ax.xaxis.set(major_locator=LogLocator(4), minor_locator=LogLocator(2))
    ax.xaxis.set_major_formatter(lambda x, _: f"1/{1 / x:.0f}" if x < 1 else f"{x:.0f}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    handles = [
        Line2D([], [], ls="none", marker="o", color=sparsity_colour(s0), label=f"$s_0$={s0}")
        for s0 in sorted(points.s0.unique())
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=6)
    return figure
