"""Figures of the theory: the map of P* at fixed length, and the first gradient step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import (
    EngFormatter,
    FixedLocator,
    LogLocator,
    NullLocator,
)

from ..model import stretch
from .drawn import COLOURS, INK, PAGE, Drawn, panel, panels, record
from .style import MARKERS, log_axis, network_style


def fixed_length_map(P_star: Callable[[Any, Any], Any], s: int, largest_d: float, smallest_F: float) -> Drawn:
    """log10 P* of the LCN over the input length d and the informative fraction F (Fig. 5 of the paper).

    Drawn where s^L = F d is at least s, that is L >= 1; a line for each L, with dots at s0 = 0 ... 9.

    Args:
        P_star: what P* is at F and d, arrays of one shape.
    """
    d, F = np.geomspace(s, largest_d, 90), np.geomspace(smallest_F, 1, 90)
    d, F = np.meshgrid(d, F)
    P = np.log10(P_star(F, d))
    figure, ax = panel(3.4)
    levels = np.arange(0, np.ceil(P.max() / 5) * 5 + 1)
    filled = ax.contourf(d, F, np.where(F * d >= s * 0.999, P, np.nan), levels=levels, cmap="cividis")
    filled.set_edgecolor("face")
    bar = figure.colorbar(filled, ax=ax, ticks=np.arange(0, levels[-1] + 1, 5))
    bar.set_label(r"$\log_{10} P^*$, LCN")
    line: dict[str, Any] = {"lw": 0.8}
    dots: dict[str, Any] = {"ls": "none", "marker": "o", "ms": 3, "mec": "#010101", "mew": 0.5}
    for L in range(1, int(np.log(largest_d) / np.log(s)) + 1):
        for stretched, style in ((np.array([1, smallest_F ** (-1 / L)]), line), (np.arange(1.0, 11), dots)):
            x, y = (s * stretched) ** L, stretched**-L
            ax.plot(x, y, color=_ON_MAP, **style)
            record(ax, "law", x, y, L=L, log10_P_star=np.log10(P_star(y, x)))
        ax.annotate(
            f"$L$ = {L}" if L == 1 else f"{L}",
            (s**L, 1),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            annotation_clip=False,
        )
    ax.set(
        xscale="log", yscale="log", xlim=(s * 0.8, largest_d), ylim=(smallest_F, 1.15),
        xlabel="input length $d$", ylabel="informative fraction $F$",
    )  # fmt: skip
    ax.grid(False)
    return figure


_ON_MAP = "#fefefe"  # white on a dark page too


def gradient_noise(table: pd.DataFrame) -> Drawn:
    """Noise over signal of the first gradient, mean over seeds, against P and P / (s0+1)^L, for one L.

    Args:
        table: rows of `one_step` for architectures LCN and CNN, at the same P for all seeds.
    """
    L = int(table.L.iloc[0])
    figure, axes = panels(2, 2, 4.2, sharex="col", sharey=True)
    table = table.assign(rescaled=table.P / table.s0.map(stretch) ** L)
    for row, architecture in zip(axes, ("LCN", "CNN"), strict=True):
        for ax, column in zip(row, ("P", "rescaled"), strict=True):
            for i, (s0, of_s0) in enumerate(table[table.architecture == architecture].groupby("s0")):
                of_size = of_s0.groupby(column).noise_to_signal.mean()
                style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "label": f"$s_0$={s0}"}
                ax.plot(of_size.index, of_size, **style)
                record(ax, "ours", of_size.index, of_size, architecture=architecture, s0=s0, L=L)
            ax.axhline(1, color=INK, lw=1, ls=":")
            log_axis(ax)
            ax.set_yscale("log")
            ax.set_title(architecture, loc="left")
            ax.set_ylabel("noise / signal")
    axes[1][0].set_xlabel("$P$")
    axes[1][1].set_xlabel(f"$P' = P / (s_0+1)^{L}$")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def one_step_law(table: pd.DataFrame, trained: pd.DataFrame) -> Drawn:
    """P_1 of the first gradient, and P* after training, against s0+1: a panel for each L.

    Args:
        table: a row for each architecture, L, s0 and seed, with columns P_1 and predicted, that of
            `one_step_sample_complexity`.
        trained: the same with P_star, for some of the L.
    """
    depths = sorted(table.L.unique())
    figure, axes = panels(1, len(depths), 3.7, sharey=True)
    for ax, L in zip(axes[0], depths, strict=True):
        of_depth, after = table[table.L == L], trained[trained.L == L]
        predicted = _over_seeds(of_depth, "predicted")
        ax.plot(predicted.index, predicted, color=INK, lw=1, ls="--", label="one step, without ReLU")
        record(ax, "law", predicted.index, predicted, L=L, quantity="P_1 without ReLU")
        for architecture in ("LCN", "CNN"):
            style = network_style(architecture)
            one, many = (t[t.architecture == architecture] for t in (of_depth, after))
            _law(ax, one, "P_1", label=f"{architecture}, one step", **style)
            _law(ax, many, "P_star", label=f"{architecture}, trained", mfc=PAGE, ls=":", **style)
        v = of_depth.v.iloc[0]
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="$s_0 + 1$",
            ylabel="number of data",
            title=f"$L$ = {L}, $v$ = {v}",
        )
        ax.xaxis.set_major_locator(FixedLocator(predicted.index))
        ax.xaxis.set_major_formatter("{x:.0f}")
        ax.xaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_locator(LogLocator())
        ax.yaxis.set_major_formatter(EngFormatter(sep=""))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _law(ax: Axes, table: pd.DataFrame, column: str, **style: Any) -> None:
    mean = _over_seeds(table, column)
    ax.plot(mean.index, mean, **style)
    if len(table):
        names = {"architecture": table.architecture.iloc[0], "L": table.L.iloc[0], "quantity": column}
        record(ax, "ours", mean.index, mean, **names)


def _over_seeds(table: pd.DataFrame, column: str) -> pd.Series:
    """Geometric mean for each s0 + 1."""
    return np.exp(np.log(table[column]).groupby(table.s0.map(stretch)).mean())
