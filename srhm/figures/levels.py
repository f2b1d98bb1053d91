"""Figures of what the blanks of each level cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from ..analysis.laws import Power
from .drawn import GREY, INK, Drawn, panel, panels, record
from .style import MARKERS, bars, network_style


def level_exponents(costs: pd.DataFrame) -> Drawn:
    """The power of s0+1 that blanks cost, by the levels that have them; a panel for each L.

    Args:
        costs: of each setting and seed (`analysis.level_costs`). A mark is the mean over seeds, of one
            architecture and s0; bars span the seeds.
    """
    depths = sorted(costs.L.unique())
    order = {L: _levels(costs[costs.L == L]) for L in depths}
    heights = [len(order[L]) for L in depths] or [1]
    height = 0.5 * sum(heights) + 1.1 + 0.5 * len(depths)
    figure, axes = panels(len(heights), 1, height, sharex=True, height_ratios=heights)
    architectures = list(dict.fromkeys(costs.architecture))
    for ax, L in zip(axes[:, 0], depths, strict=False):
        of_depth = costs[costs.L == L]
        place = {levels: -i for i, levels in enumerate(order[L])}
        groups = of_depth.groupby(["architecture", "s0"])
        lanes = sorted(groups.groups, key=lambda lane: (architectures.index(lane[0]), lane[1]))
        for (architecture, s0), group in groups:
            found = group.groupby("levels").exponent.agg(["mean", "min", "max"]).reindex(list(place)).dropna()
            shift = 0.4 - 0.8 * (lanes.index((architecture, s0)) + 0.5) / len(lanes)
            y = [place[levels] + shift for levels in found.index]
            style = network_style(architecture) | {"marker": _MARKERS.get(s0, "X"), "ms": 3.5, "ls": "none"}
            span = bars(ax, found["mean"], y, found["min"], found["max"], along="x", **style)
            record(ax, **span, architecture=architecture, L=L, s0=s0, levels=found.index)
        ax.set_yticks(list(place.values()), list(place))
        ax.set(title=f"$L$ = {L}", ylim=(0.45 - len(place), 0.55))
    axes[-1, 0].set_xlim(left=0)  # shared, and so only when all is drawn
    axes[-1, 0].set_xlabel("power of $s_0+1$ by which $P^*$ grows")
    axes[heights.index(max(heights)), 0].set_ylabel("levels with blanks")  # where there is room
    handles = [
        Line2D([], [], ls="none", ms=8, mew=4, label=name, **network_style(name) | {"marker": "_"})
        for name in architectures
    ]
    handles += [
        Line2D([], [], ls="none", color=GREY, marker=_MARKERS.get(s0, "X"), label=f"$s_0$ = {s0}")
        for s0 in sorted(costs.s0.unique())
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def power_against_depth(
    costs: pd.DataFrame, laws: Mapping[str, pd.DataFrame], claims: Mapping[str, Power]
) -> Drawn:
    """The power of s0+1 that blanks at all L levels cost, against L.

    Args:
        costs: of each setting and seed (`analysis.level_costs`). A mark is the mean over seeds; bars span
            them.
        laws: by architecture, the power at each number of levels (`analysis.extrapolate_levels`), dotted,
            with its interval as a band.
        claims: the power of s0+1 that the paper claims, of two architectures by name.
    """
    figure, ax = panel(3.4)
    whole = costs[costs["count"] == costs.L]
    for i, (architecture, group) in enumerate(whole.groupby("architecture", sort=False)):
        style = network_style(architecture) | {"label": architecture}
        powers = group.groupby("L").exponent.agg(["mean", "min", "max"])
        x = powers.index + 0.06 * (i - 0.5)
        span = bars(ax, x, powers["mean"], powers["min"], powers["max"], ls="none", **style)
        record(ax, **span | {"x": powers.index}, architecture=architecture)
        if architecture in laws:
            law = laws[architecture].drop(index=["a", "q"])
            n = law.index.to_numpy(float)
            ax.plot(n, law.estimate, color=style["color"], lw=1, ls=":")
            ax.fill_between(
                n, law.low.astype(float), law.high.astype(float), color=style["color"], alpha=0.15, lw=0
            )
            record(ax, "law", n, law.estimate, law.low, law.high, architecture=architecture)
    depths = sorted({*whole.L, *(n for law in laws.values() for n in law.index.drop(["a", "q"]))})
    ends = np.array(depths[:1] + depths[-1:])
    for (architecture, power), dashes in zip(claims.items(), ("--", "-."), strict=True):
        claimed = [power.at_depth(L) for L in ends]
        ax.plot(
            ends, claimed, color=INK, lw=1, ls=dashes, label=f"the paper, {architecture}: ${power.latex()}$"
        )
    ax.set(xlabel="number of levels $L$, all with blanks", ylabel="power of $s_0+1$", xticks=depths)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


_MARKERS = {1: MARKERS[0], 2: MARKERS[1], 4: MARKERS[2]}  # by s0


def _levels(costs: pd.DataFrame) -> list[str]:
    """The sets of levels with blanks, the smallest first."""
    sets = costs[["count", "levels"]].drop_duplicates().sort_values(["count", "levels"])
    return list(sets.levels)
