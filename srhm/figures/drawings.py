"""Drawings of the model, one pure function each: a task in, a matplotlib figure out."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from ..model import SRHM, Data
from ..networks.fleet import locate
from .drawn import BLANK, COLOURS, GREY, INK, PAGE, Drawn, panel, panels

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def production_rules(task: SRHM) -> Drawn:
    """Every production rule of a task, top level first (Fig. 2 of the paper, left)."""
    figure, axes = panels(task.L, 1, 0.85 * max(task.n_c, task.v))
    for ax, level in zip(axes[:, 0], range(task.L, 0, -1), strict=True):
        above = "class" if level == task.L else f"level {level + 1}"
        ax.set_title(f"{above} to level {level}", loc="left")
        for parent, tuples in enumerate(task.rules[level].tolist()):
            y = -parent
            _symbol(ax, 0, y, parent, level + 1, task)
            ax.annotate("", (1.1, y), (0.5, y), arrowprops={"arrowstyle": "->", "color": GREY})
            for choice, symbols in enumerate(tuples):
                left = 1.6 + choice * (task.s + 0.7)
                for i, symbol in enumerate(symbols):
                    _symbol(ax, left + i, y, symbol, level, task)
                if choice < task.m - 1:
                    ax.text(left + task.s - 0.15, y, "|", ha="center", va="center", color=GREY)
        rows = task.rules[level].shape[0]
        ax.set(xlim=(-0.6, 1.2 + task.m * (task.s + 0.7)), ylim=(-rows + 0.3, 0.7))
        ax.set_aspect("equal")
        ax.axis("off")
    return figure


def derivation(task: SRHM, datum: Data) -> Drawn:
    """How one datum is generated: the label, every level with its blanks, the input (Fig. 2, right)."""
    figure, ax = panel(0.75 * (task.L + 1))
    parents = [(task.d - 1) / 2]
    for level in range(task.L + 1, 0, -1):
        depth = level - 1
        width = task.spans[depth]  # input positions that a symbol stands for
        places = (datum.positions[0, :: task.s**depth] // width).tolist()
        symbols = task.features(datum, level)[0].tolist()
        centres = [(place + 0.5) * width - 0.5 for place in places]
        for blank in set(range(task.d // width)) - set(places):
            _blank(ax, (blank + 0.5) * width - 0.5, 1.3 * level)
        for i, (x, symbol) in enumerate(zip(centres, symbols, strict=True)):
            if level <= task.L:
                top = parents[i // task.s]
                ax.plot([top, x], [1.3 * (level + 1), 1.3 * level], color=GREY, lw=1, zorder=0)
            _symbol(ax, x, 1.3 * level, symbol, level, task)
        name = "label" if level == task.L + 1 else "input" if level == 1 else f"level {level}"
        ax.text(-1.2, 1.3 * level, name, ha="right", va="center")
        parents = centres
    ax.set(xlim=(-3.6, task.d - 0.3), ylim=(0.6, 1.3 * (task.L + 1) + 0.7))
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def strips(task: SRHM, rows: dict[str, Data]) -> Drawn:
    """Inputs as strips, one below the other; a cell that differs from the first strip is outlined."""
    figure, ax = panel(0.6 * len(rows) + 0.1)
    reference = next(iter(rows.values())).one_hot()[0]
    for i, (name, datum) in enumerate(rows.items()):
        x = datum.one_hot()[0]
        y = -2.3 * i
        ax.text(-0.5, y + 1.05, name, va="center")
        for position in range(task.d):
            changed = bool((x[:, position] != reference[:, position]).any())
            if x[:, position].any():
                symbol = int(x[:, position].argmax())
                _symbol(ax, position, y, symbol, 1, task, INK if changed else "none")
            else:
                _blank(ax, position, y, INK if changed else "none")
    ax.set(xlim=(-0.7, task.d - 0.3), ylim=(0.6 - 2.3 * (len(rows) - 1) - 1.2, 1.6))
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def weight_sharing(task: SRHM) -> Drawn:
    """The filters of an LCN and a CNN over one input: own colour, own weights (Fig. 3 of the paper)."""
    figure, axes = panels(2, 1, 1.9 * task.L)
    datum = task.sample(1)
    spans = task.spans
    for ax, architecture in zip(axes[:, 0], ("LCN", "CNN"), strict=True):
        live = locate(architecture, datum)
        occupied = set(datum.positions[0].tolist())
        for x in range(task.d):
            ax.plot(x, 0, "s", ms=7, color=INK if x in occupied else BLANK)
        for layer in range(1, task.L + 1):
            filters, k = task.d // spans[layer], task.patch_sizes[layer - 1]
            for q in range(filters):
                centre = (q + 0.5) * spans[layer] - 0.5
                own = q + sum(task.d // span for span in spans[1:layer])
                colour = COLOURS[(own if architecture == "LCN" else layer - 1) % len(COLOURS)]
                alive = q in live[layer - 1][0].tolist()
                for i in range(k):
                    child = (q * k + i + 0.5) * spans[layer - 1] - 0.5
                    ax.plot([child, centre], [layer - 1, layer], color=colour, lw=1.2, alpha=0.75)
                ax.plot(centre, layer, "o", ms=10, color=colour if alive else PAGE, mec=colour, mew=1.5)
        ax.plot((task.d - 1) / 2, task.L + 0.9, "D", ms=8, color=INK)
        ax.plot([(task.d - 1) / 2] * 2, [task.L, task.L + 0.9], color=INK, lw=1.2, zorder=0)
        ax.text(-1, task.L, architecture, ha="right", va="center", weight="bold")
        ax.text(-1, 0, "input", ha="right", va="center")
        ax.text((task.d - 1) / 2 + 0.5, task.L + 0.9, "logits", va="center")
        ax.set(xlim=(-3, task.d), ylim=(-0.4, task.L + 1.3))
        ax.axis("off")
    return figure


def _symbol(ax: Axes, x: float, y: float, symbol: int, level: int, task: SRHM, edge: str = "none") -> None:
    """A feature: a coloured box with a letter; a class label is a number in black."""
    label = level == task.L + 1
    colour = INK if label else COLOURS[symbol % len(COLOURS)]
    _box(ax, x, y, colour, edge)
    text = str(symbol) if label else _LETTERS[symbol % 26]
    ax.text(x, y, text, ha="center", va="center_baseline", color=PAGE, weight="bold", size=9)


def _blank(ax: Axes, x: float, y: float, edge: str = "none") -> None:
    _box(ax, x, y, BLANK, edge)


def _box(ax: Axes, x: float, y: float, colour: str, edge: str) -> None:
    shape = FancyBboxPatch(
        (x - 0.43, y - 0.43), 0.86, 0.86, boxstyle="round,pad=0,rounding_size=0.15",
        facecolor=colour, edgecolor=edge, linewidth=1.6, zorder=2,
    )  # fmt: skip
    ax.add_patch(shape)
