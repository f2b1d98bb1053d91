"""Lines of stored runs: what a line must hold to be one, and what a crash may leave of it."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache
from math import nan
from pathlib import Path
from sys import float_info
from typing import Any

from ..model import check_choice, check_integer
from .base import SEMANTICS
from .run import STATUSES, kind_of

Row = dict[str, Any]

_BEGIN = b'{"key"'  # of every line, and never within one: there, quotes are escaped
_OUTCOME = ("status", "epochs", "train_loss", "test_error")
_TEXTS = ("reason", "code", "device", "torch", "numpy", "python", "date")
_SENSITIVITY = re.compile(r"([SD]_(\d+|out)_\d+|[DGR]_(\d+|out))(_se)?")


def parse_lines(content: bytes, path: Path, before: int = 0) -> tuple[list[tuple[str, Row]], int]:
    """The rows in the content of a file, each with its place, and how many bytes they take.

    They take all, or all but the beginning of a last row that a crash has torn, of which a warning tells.

    Args:
        before: how many lines the file has before this content.

    Raises:
        ValueError: a line is not a run, or is one of another data version; names file and line.
    """
    rows = []
    for number, line in enumerate(content.splitlines(keepends=True), before + 1):
        place = f"{path}, line {number}"
        try:
            rows.append((place, _parse(line, place)))
        except ValueError:
            if not _is_torn(line):
                raise
            warnings.warn(f"{path}: the last line is torn; its run will be computed again", stacklevel=3)
            return rows, len(content) - len(line)
    return rows, len(content)


def _is_torn(line: bytes) -> bool:
    """Whether a line that does not parse is the beginning of a single row, or room never written to.

    Anything else may hold rows: without line ends that we know, or with more on their line.
    """
    begun = line.rstrip(b"\0")
    one_row = begun.startswith(_BEGIN[: len(begun)]) and begun.count(_BEGIN) < 2
    return one_row and not line.endswith((b"\n", b"\r")) and b"}" not in begun


def _parse(line: bytes, place: str) -> Row:
    try:
        row = json.loads(line)
        semantics, stored_key = row["semantics"], row["key"]
        kind = kind_of(row)
        config = kind.configuration(row) if semantics == SEMANTICS else {}
        key = kind.key_of(config) if config else None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{place} is not a stored run ({error}); restore or delete it") from None
    if semantics != SEMANTICS:
        raise ValueError(
            f"{place} is of data version {semantics}, this code of {SEMANTICS}; use another results folder"
        )
    if key != stored_key:
        raise ValueError(f"{place} does not match its key {row['key']}: its configuration was edited")
    try:
        _check_outcome(row)
    except ValueError as error:
        raise ValueError(f"{place} holds no outcome of a run: {error}; restore or delete it") from None
    row |= config
    return {name: nan if value is None else value for name, value in row.items()}


def _check_outcome(row: Row) -> None:
    """Raise ValueError, naming value and rule, for what no run gives; undefined numbers are null."""
    for name in _OUTCOME:
        if name not in row:
            raise ValueError(f"it lacks {name}")
    check_choice("status", row["status"], STATUSES)
    check_integer("epochs", row["epochs"], 0)
    for name in _TEXTS:
        if name in row and not isinstance(row[name], str):
            raise ValueError(f"{name} must be a text, got {row[name]!r}")
    for name, value in row.items():
        most = _most(name)
        if most is not None and value is not None and not _is_number(value, most):
            rule = "lie in [0, 1]" if most == 1 else "be a finite number >= 0"
            raise ValueError(f"{name} must {rule}, or be null, got {value!r}")


@cache
def _most(name: str) -> float | None:
    """The largest number that a column may hold; None for a column that is not checked."""
    if name == "test_error":
        return 1
    number = name in ("train_loss", "seconds") or _SENSITIVITY.fullmatch(name)
    return float_info.max if number else None


def _is_number(value: object, most: float) -> bool:
    """Whether a value is a number from 0 to `most`, or nan, which some write for null."""
    return type(value) in (int, float) and (0 <= value <= most or value != value)  # type: ignore[operator]


def same_outcome(one: Row, other: Row) -> bool:
    """Whether two rows of a run give the same result, wherever it was computed."""
    names = [name for name in one | other if name in _OUTCOME or _SENSITIVITY.fullmatch(name)]
    pairs = [(one.get(name, nan), other.get(name, nan)) for name in names]
    return all(a == b or (a != a and b != b) for a, b in pairs)
