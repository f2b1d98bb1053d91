"""Runs on disk: one line of JSON for each, appended whole or not at all, never lost or doubled.

A run lives in the file that its architecture, s and L name, so `pandas.read_json(path, lines=True)` opens
the results of one family. A line holds the run's key, its full configuration, its outcome and its
provenance.
"""

from __future__ import annotations

import fcntl
import json
import os
import warnings
from collections.abc import Iterable
from dataclasses import asdict
from math import isfinite, nan
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pandas as pd

from .run import SEMANTICS, Outcome, Run, configuration, key_of


class Store:
    """The stored runs of one folder.

    Args:
        folder: made when the first run is stored.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def append(self, run: Run, outcome: Outcome, provenance: dict[str, Any]) -> None:
        """Store one finished run; a run already there is left as it is.

        Raises:
            OSError: the folder cannot be written, or the disk is full; nothing has changed then.
            ValueError: the file holds a line that is not a run.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        row = {name: _defined(value) for name, value in as_row(run, outcome, provenance).items()}
        line = json.dumps({"key": run.key} | row, allow_nan=False).encode() + b"\n"
        path = self._path(run)
        with open(path, "ab+", buffering=0) as file:  # a buffer would be written again on closing
            fcntl.flock(file, fcntl.LOCK_EX)
            rows, whole = _read(path)
            if run.key in rows:
                return
            file.truncate(whole)  # a line torn by a crash: its run counts as missing, and is redone
            try:
                while line:
                    line = line[file.write(line) :]
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), whole)
                raise

    def check_writable(self) -> None:
        """Raise OSError unless runs can be stored here."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=self.folder) as file:
            file.write(b"\n")

    def load(self) -> pd.DataFrame:
        """All stored runs, a row each, indexed by key; failed ones included.

        Raises:
            ValueError: a line is not a run, or is one of another data version; names file and line.
        """
        rows: dict[str, dict[str, Any]] = {}
        for path in sorted(self.folder.glob("*.jsonl")):
            rows |= _read(path)[0]
        return pd.DataFrame.from_dict(rows, orient="index")

    def missing(self, runs: Iterable[Run]) -> list[Run]:
        """Those of the runs that are not stored."""
        stored = self.load().index
        return [run for run in runs if run.key not in stored]

    def find(self, runs: Iterable[Run]) -> pd.DataFrame:
        """The stored ones of these runs, failed ones left out."""
        return select(self.load(), runs)

    def _path(self, run: Run) -> Path:
        return self.folder / f"{run.architecture}_s{run.s}_L{run.L}.jsonl"


def select(stored: pd.DataFrame, runs: Iterable[Run]) -> pd.DataFrame:
    """The rows of these runs among those stored, failed ones left out."""
    table = stored.loc[[run.key for run in dict.fromkeys(runs) if run.key in stored.index]]
    return table[table.status != "failed"] if len(table) else table


def as_row(run: Run, outcome: Outcome, provenance: dict[str, Any]) -> dict[str, Any]:
    """The row of a finished run, as `Store.load` gives it."""
    result = asdict(outcome)
    result |= result.pop("sensitivities")
    return {"semantics": SEMANTICS} | asdict(run) | result | provenance


def _defined(value: object) -> object:
    """The value, or None where it is an infinite number or nan: JSON has neither."""
    return None if isinstance(value, float) and not isfinite(value) else value


def _read(path: Path) -> tuple[dict[str, dict[str, Any]], int]:
    """The rows of a file by key, and how many of its bytes are whole lines."""
    rows: dict[str, dict[str, Any]] = {}
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        warnings.warn(f"{path}: the last line is torn; its run will be computed again", stacklevel=3)
    for number, line in enumerate(content[:whole].splitlines(), 1):
        row = _parse(line, f"{path}, line {number}")
        rows[row.pop("key")] = row
    return rows, whole


def _parse(line: bytes, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        semantics, stored_key = row["semantics"], row["key"]
        key = key_of(configuration(row)) if semantics == SEMANTICS else None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{place} is not a stored run ({error}); restore or delete it") from None
    if semantics != SEMANTICS:
        raise ValueError(
            f"{place} is of data version {semantics}, this code of {SEMANTICS}; use another results folder"
        )
    if key != stored_key:
        raise ValueError(f"{place} does not match its key {row['key']}: its configuration was edited")
    row |= configuration(row)
    return {name: nan if value is None else value for name, value in row.items()}
