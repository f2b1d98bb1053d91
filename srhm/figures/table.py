"""Tables of results as a page shows them: numbers at the right, a caption, headers in every column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd


class Table:
    """A table of results: HTML in a box that scrolls by itself where it is too wide, plain text elsewhere.

    Symbols of the paper, written as in code (s0, n_c, P*_S, S_2), are set as such in headers and caption.

    Args:
        rows: what it shows, in the order of its columns; an index is not shown.
        caption: says what the table shows, without the text around it.
        forms: how to write the numbers of a column, by its name, such as ",.0f". Unless it is given, floats
            have two decimals and integers separate thousands. What is missing is left blank.
    """

    def __init__(
        self,
        rows: pd.DataFrame | Sequence[Mapping[str, Any]],
        caption: str,
        forms: Mapping[str, str] | None = None,
    ) -> None:
        frame = pd.DataFrame(rows)
        self.caption = caption
        self.columns = [str(name) for name in frame]
        self.cells = [_written(frame[name], (forms or {}).get(str(name), "")) for name in frame]
        self.rows = list(zip(*self.cells, strict=True))
        self.numeric = [all(map(_is_number, filter(None, cells))) for cells in self.cells]

    def __repr__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(line, widths, self.numeric, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.caption, *text])

    def _repr_html_(self) -> str:
        kinds = [
            ' class="number"'
            if number
            else ' class="long"'
            if max(map(len, cells), default=0) > _LONG
            else ""
            for number, cells in zip(self.numeric, self.cells, strict=True)
        ]

        def line(tag: str, cells: Sequence[str]) -> str:
            opened = (f"<{tag}{kind}>{cell}" for kind, cell in zip(kinds, cells, strict=True))
            # Spaces between cells, or a search index reads a row as one word.
            return "<tr>" + " ".join(f"{cell}</{tag.split()[0]}>" for cell in opened) + "</tr>"

        head = line('th scope="col"', [_symbols(name) for name in self.columns])
        body = "\n".join(line("td", [_symbols(cell) for cell in row]) for row in self.rows)
        name = escape(self.caption, True)
        return (
            f'<p class="results">{_symbols(self.caption)}</p>\n'
            f'<div class="results" tabindex="0" role="region" aria-label="{name}">'
            f'<table aria-label="{name}">\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody></table></div>'
        )


_LONG = 24  # characters of a cell that is better broken into lines


def _written(column: pd.Series, form: str) -> list[str]:
    def write(value: Any) -> str:
        if isinstance(value, str | tuple | list):
            return str(value)
        if pd.isna(value):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        usual = "" if not hasattr(value, "__round__") else ".2f" if value % 1 or _has_floats(column) else ",d"
        return format(int(value) if (form or usual).endswith("d") else value, form or usual)

    return [write(value) for value in column]


def _has_floats(column: pd.Series) -> bool:
    return any(isinstance(value, float) and value % 1 for value in column.dropna())


def _is_number(cell: str) -> bool:
    return re.match(r"[-+−]?\d", cell) is not None and not re.search(r"[a-z]{4}", cell)


def _symbols(text: str) -> str:
    """The paper's symbols in a text, in italics, with their indices and powers."""
    text = re.sub(_SYMBOL, lambda found: _set(found[0]), escape(text.replace("P_star", "P*"), quote=False))
    return re.sub(r"\^(?:\((.+?)\)|(<i>\w</i>|\w+))", r"<sup>\1\2</sup>", text)


# P*, P*_S, S_2, D_2, P_1, R_f, n_c, s0 wherever they stand; single letters only where they cannot be words.
_SYMBOL = (
    r"\bP\*(?:_[SD])?|\b[SDPR]_\w+|\bn_c\b|\bs0\b|^[svmLPSD]$|\b[svmLPSD](?= = )|\b[smL](?=\^)|(?<=\^)L\b"
)


def _set(symbol: str) -> str:
    letter, star, index = symbol[0], "*" * ("*" in symbol), symbol[1:].removeprefix("*").removeprefix("_")
    below = f"<i>{index}</i>" if index.isalpha() and len(index) == 1 else index.replace("_", ",")
    return f"<i>{letter}</i>{star}" + (f"<sub>{below}</sub>" if index else "")
