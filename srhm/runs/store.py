"""Runs on disk: one line of JSON for each, appended whole or not at all, never lost or doubled.

A run lives in the file of its family, such as that of an architecture, s and L, so
`pandas.read_json(path, lines=True)` opens the results of one family. A line holds the run's key, its full
configuration, its outcome and its provenance.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from io import FileIO
from math import isfinite
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

import pandas as pd

from .base import SEMANTICS, BaseRun
from .rows import Row, parse_lines, same_outcome
from .run import Outcome, Run, kind_of

try:
    import fcntl
except ImportError:
    raise ImportError("srhm runs on Linux and macOS; on Windows it runs in WSL") from None

_LAST = 1024  # bytes by which the end of what was read is known again
_PAUSE = 0.01  # seconds in which a line that another process is writing shows that it grows


class Store:
    """The stored runs of one folder.

    Args:
        folder: made when the first run is stored.

    Raises:
        ValueError: an empty name.
    """

    def __init__(self, folder: str | Path) -> None:
        if folder == "":
            raise ValueError("a results folder must have a name, got ''; the current one is '.'")
        self.folder = Path(folder)
        self._read: dict[Path, _Lines] = {}

    def append(self, run: BaseRun, outcome: Outcome, provenance: dict[str, Any]) -> None:
        """Store one finished run; a run already there is left as it is.

        Of the file, only what this store has not read before is read.

        Raises:
            OSError: the folder cannot be written or locked, or the disk is full; nothing has changed then.
                Or file locks do nothing here, and another process wrote to the file meanwhile.
            ValueError: the file holds a line that is not a run.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        row = {name: _defined(value) for name, value in as_row(run, outcome, provenance).items()}
        line = json.dumps({"key": run.key} | row, allow_nan=False).encode() + b"\n"
        path = self._path(run)
        with open(path, "ab+", buffering=0) as file:  # a buffer would be written again on closing
            _lock(file, path)
            lines, kept, size = self._read_on(file, path)
            if run.key in lines.keys:
                return
            if kept < size:  # a line torn by a crash: its run counts as missing, and is redone
                _cut(file, kept, size, path)
            _write(file, line if kept == lines.end else b"\n" + line, path)

    def check_writable(self, runs: Iterable[BaseRun]) -> None:
        """Raise OSError unless these runs can be stored here, in new files or in those that are there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=self.folder) as file:
            _lock(file, self.folder)
            file.write(b"\n")
        for path in sorted({self._path(run) for run in runs}):
            if path.exists() and not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    def load(self, kind: type[BaseRun] = Run) -> pd.DataFrame:
        """All stored runs of a kind, a row each, indexed by key; failed ones included.

        Args:
            kind: `Run`, or `ImageRun`.

        Raises:
            ValueError: as `rows`.
        """
        return as_table(self.rows(), kind)

    def rows(self) -> dict[str, Row]:
        """The rows of all stored runs, of every kind, by key.

        Raises:
            ValueError: a line is not a run, is one of another data version, or gives another outcome of a
                run than a line before; names file and line.
        """
        stored: dict[str, Row] = {}
        places: dict[str, str] = {}
        for path in self._files():
            content = path.read_bytes()
            rows, whole = parse_lines(content, path)
            self._read[path] = _Lines()
            self._read[path].add(content[:whole], rows)
            for place, row in rows:
                key = row.pop("key")
                if key in stored and not same_outcome(stored[key], row):
                    raise ValueError(
                        f"{place} and {places[key]} give different outcomes of one run; delete one of them"
                    )
                stored[key], places[key] = row, place
        return stored

    def state(self) -> tuple[tuple[Path, int, int], ...]:
        """Name, size and time of change of each file: another one as soon as a run is stored."""
        stats = ((path.resolve(), path.stat()) for path in self._files())
        return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)

    def missing(self, runs: Iterable[BaseRun]) -> list[BaseRun]:
        """Those of the runs that are not stored."""
        stored = self.rows()
        return [run for run in runs if run.key not in stored]

    def find(self, runs: Iterable[BaseRun]) -> pd.DataFrame:
        """The stored ones of these runs, which are of one kind, failed ones left out."""
        runs = list(runs)
        return select(self.load(type(runs[0]) if runs else Run), runs)

    def _read_on(self, file: FileIO, path: Path) -> tuple[_Lines, int, int]:
        """What the file holds; how many bytes its rows take, and how many it has."""
        lines = self._read.get(path, _Lines())
        if not lines.begin(file):
            lines = _Lines()
        begin = file.seek(lines.end)
        content = file.readall()
        rows, whole = parse_lines(content, path, lines.count)
        lines.add(content[:whole], rows)
        self._read[path] = lines
        return lines, begin + whole, begin + len(content)

    def _files(self) -> list[Path]:
        """The files that hold runs, without what systems and editors keep beside them."""
        return [path for path in sorted(self.folder.glob("*.jsonl")) if not path.name.startswith(".")]

    def _path(self, run: BaseRun) -> Path:
        return self.folder / f"{run.family}.jsonl"


def as_table(rows: Mapping[str, Row], kind: type[BaseRun] = Run) -> pd.DataFrame:
    """The rows of a kind as a table, indexed by key."""
    chosen = {key: row for key, row in rows.items() if issubclass(kind_of(row), kind)}
    return pd.DataFrame(list(chosen.values()), index=list(chosen))


def select(stored: pd.DataFrame, runs: Iterable[BaseRun]) -> pd.DataFrame:
    """The rows of these runs among those stored, failed ones left out."""
    table = stored.loc[[run.key for run in dict.fromkeys(runs) if run.key in stored.index]]
    if not len(table):
        return table
    table = table[table.status != "failed"]
    if "s0" in table:  # numbers again, without the tuples of other runs
        table = table.assign(s0=table.s0.infer_objects())
    return table


def as_row(run: BaseRun, outcome: Outcome, provenance: dict[str, Any]) -> Row:
    """The row of a finished run, as `Store.load` gives it."""
    result = asdict(outcome)
    result |= result.pop("sensitivities")
    return {"semantics": SEMANTICS} | asdict(cast(Any, run)) | result | provenance


def _defined(value: object) -> object:
    """The value, or None where it is an infinite number or nan: JSON has neither."""
    return None if isinstance(value, float) and not isfinite(value) else value


@dataclass
class _Lines:
    """What a store has read of a file: its first lines.

    Attributes:
        end: how many bytes they have.
        count: how many they are.
        last: the last of the bytes.
        keys: of the rows; that of a last line which has no end yet too.
    """

    end: int = 0
    count: int = 0
    last: bytes = b""
    keys: set[str] = field(default_factory=set)

    def begin(self, file: FileIO) -> bool:
        """Whether the file still begins with them: somebody may have replaced, cut or edited it."""
        return os.pread(file.fileno(), len(self.last), self.end - len(self.last)) == self.last

    def add(self, content: bytes, rows: list[tuple[str, Row]]) -> None:
        """Rows that follow, and their bytes."""
        end = max(content.rfind(b"\n"), content.rfind(b"\r")) + 1
        self.keys.update(row["key"] for _, row in rows)
        self.count += len(rows) - (end < len(content))
        self.end += end
        self.last = (self.last + content[:end])[-_LAST:]


def _lock(file: IO[bytes], place: Path) -> None:
    """Wait for the file to be ours alone, until it is closed; OSError where it cannot be locked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        rule = "results need a file system that has file locks"
        raise OSError(error.errno, f"{error.strerror}: {rule}", str(place)) from None


def _cut(file: FileIO, kept: int, size: int, path: Path) -> None:
    """Cut what follows the bytes to keep, unless the file grows: then another process is writing it."""
    time.sleep(_PAUSE)
    if os.fstat(file.fileno()).st_size != size:
        raise _unlocked(path)
    file.truncate(kept)


def _write(file: FileIO, line: bytes, path: Path) -> None:
    """Append a line whole or not at all, and see that it is there."""
    begin, rest = file.seek(0, os.SEEK_END), line
    try:
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    except OSError:
        file.seek(begin)
        if line.startswith(file.readall()):  # else somebody has written behind it
            file.truncate(begin)
        raise
    if os.pread(file.fileno(), len(line), file.tell() - len(line)) != line:
        raise _unlocked(path)


def _unlocked(path: Path) -> OSError:
    return OSError(
        f"another process wrote to {path} while it was locked: this file system does not honour file locks; "
        "give each process a results folder of its own"
    )
