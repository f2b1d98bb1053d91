"""A figure as a page shows it: SVG for a light or a dark page, and the data that it shows as CSV."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 4.0  # inches: on a phone of 390 pixels the smallest text has 11
INK, GREY, GRID, BLANK, PAGE = "#1a1a1a", "#6a6a6a", "#e4e4e4", "#dddddd", "#ffffff"
# Okabe and Ito's hues, told apart by colour-blind readers, as dark as a white page needs.
COLOURS = ["#00629b", "#c95700", "#008a64", "#b8568e", "#a87500", "#3b97dc", INK]
# What each becomes on a dark page.
DARK = {
    INK: "#e6e6e6", GREY: "#a3a3a3", GRID: "#363b42", BLANK: "#474d55", PAGE: "#121212",
    **dict(zip(COLOURS[:6], ("#4aa3df", "#f08a3c", "#2fc39a", "#e08fc0", "#dcae3c", "#a5d8ff"), strict=True)),
}  # fmt: skip


def on_dark(svg: str) -> str:
    """The same picture in the colours for a dark page."""
    return re.sub("#[0-9a-f]{6}", lambda found: DARK.get(found[0], found[0]), svg)


def in_theme(colour: str) -> str:
    """A colour as CSS, with what it becomes on a dark page."""
    return f"light-dark({colour}, {DARK[colour]})"


class Drawn(Figure):
    """A figure that keeps the rows it shows (`record`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[tuple[Axes, pd.DataFrame]] = []
        self.notes: tuple[str, ...] = ()  # lines for the head of the CSV: where the data come from

    def svg(self) -> str:
        """The picture, on no background; the same figure gives the same text."""
        file = io.StringIO()
        with plt.rc_context({"svg.hashsalt": "srhm", "svg.fonttype": "path"}):
            nothing = dict.fromkeys(["Date", "Creator", "Format", "Type"])
            self.savefig(
                file, format="svg", transparent=True, bbox_inches="tight", pad_inches=0.03, metadata=nothing
            )
        text = re.sub(r"<!--.*?-->\n?|<\?xml.*?\?>\n?|<!DOCTYPE.*?>\n?", "", file.getvalue(), flags=re.S)
        text = re.sub(r" *<metadata>.*?</metadata>\n", "", text, flags=re.S)
        return re.sub(r"\d+\.\d{3,}", _rounded, text)

    def csv(self) -> str:
        """The rows shown, panel by panel, below lines that begin with # and say what the axes are."""
        axes = list(dict.fromkeys(ax for ax, _ in self.rows))
        head = [f"# {note}" for note in self.notes]
        parts = []
        for i, ax in enumerate(axes, 1):
            named = f"panel {i}" + (f" ({_plain(title)})" if (title := _title(ax)) else "")
            x, y = (_plain(label) for label in _axes_labels(ax))
            head.append(f"# {named}: x = {x}, y = {y}")
            parts += [table.assign(panel=i) for drawn_on, table in self.rows if drawn_on is ax and len(table)]
        above = "".join(f"{line}\n" for line in head)
        if not parts:
            return above
        rows = pd.concat(parts, ignore_index=True).dropna(axis=1, how="all")
        rows.insert(0, "panel", rows.pop("panel"))
        return above + rows.to_csv(index=False, float_format="%.6g", lineterminator="\n")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook keeps of it."""
        return {"image/svg+xml": self.svg(), "text/csv": self.csv(), "text/plain": "figure"}


def panels(rows: int, columns: int, height: float, **options: Any) -> tuple[Drawn, Any]:
    """A figure of the usual width, height in inches, and its axes, always in a grid."""
    size = (WIDTH, height)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, FigureClass=Drawn, **options)
    assert isinstance(figure, Drawn)
    return figure, axes


def panel(height: float) -> tuple[Drawn, Axes]:
    """A figure with one pair of axes."""
    figure, axes = panels(1, 1, height)
    return figure, axes[0, 0]


def record(ax: Axes, whose: str, x: Any, y: Any, low: Any = None, high: Any = None, **names: Any) -> None:
    """Keep what is drawn on an axis for the CSV of its figure.

    Args:
        ax: on which the rows are drawn.
        whose: whose they are: "ours", "paper" or "law".
        x: abscissae.
        y: ordinates.
        low: the lower ends of bars or of a band, if there are any.
        high: their upper ends.
        names: what the rows belong to, one value or one for each row.
    """
    columns = {"whose": whose, **names, "x": list(x), "y": list(y)}
    columns |= {name: list(ends) for name, ends in (("low", low), ("high", high)) if ends is not None}
    figure = ax.get_figure()
    if isinstance(figure, Drawn):
        figure.rows.append((ax, pd.DataFrame(columns)))


def _rounded(number: re.Match[str]) -> str:
    """A length in points to a hundredth; what may be a scale to four digits."""
    value = float(number[0])
    return f"{value:.2f}" if value >= 10 else f"{value:.4g}"


def _title(ax: Axes) -> str:
    return next(filter(None, (ax.get_title(loc) for loc in ("left", "center", "right"))), "")


def _axes_labels(ax: Axes) -> tuple[str, str]:
    """The labels of an axis, or of the one that it shares its abscissa with."""
    shared = (one.get_xlabel() for one in ax.get_shared_x_axes().get_siblings(ax))
    return ax.get_xlabel() or next(filter(None, shared), ""), ax.get_ylabel()


def _plain(label: str) -> str:
    """A label without its TeX."""
    label = re.sub(r"\\mathrm\{(.*?)\}", r"\1", label)
    return " ".join(re.sub(r"\$|\\[,;]|\\(?=ell)|[{}]", "", label).split())


def plain_values(values: Sequence[Any]) -> list[Any]:
    """Values as a CSV holds them: those of s0 by level are joined by a space."""
    return [" ".join(map(str, value)) if isinstance(value, tuple) else value for value in values]
