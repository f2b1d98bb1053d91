"""Rows that were damaged, edited, or written where locks fail: nothing is lost, and everything is told."""

import errno
import json
import os
import shutil
import sys
from math import isnan, nan
from multiprocessing import get_context

import pytest

from srhm.runs import Outcome, Run, Store
from srhm.runs import rows as lines
from srhm.runs import store as stores
from srhm.sweep import sweep

BASE = dict(architecture="CNN", v=4, n_c=4, m=4, s=2, L=2, s0=1)
DONE = Outcome("converged", "", 12, 0.25, 0.5, {"S_1_1": 0.75, "S_1_1_se": nan})
WHERE = dict(code="1", device="cpu", torch="2", numpy="2", python="3", date="2026-01-02", seconds=1.5)
SIZES = (100, 200, 300)


def run(P=100, **changes):
    return Run(**BASE | dict(P=P) | changes)


@pytest.fixture
def store(tmp_path):
    """Three rows in one file."""
    store = Store(tmp_path)
    for P in SIZES:
        store.append(run(P), DONE, WHERE)
    return store


@pytest.fixture
def path(store):
    (path,) = store.folder.glob("*.jsonl")
    return path


def sizes(store):
    return sorted(store.load().P)


# The end of a file


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],  # an editor stripped the last line end
        lambda content: content[:-1] + b"\r",
        lambda content: content.replace(b"\n", b"\r"),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\n", b"\r\n")[:-2],
        lambda content: content[:-1] + b"  ",
    ],
)
def test_a_last_row_is_kept_whatever_ends_its_line(change, store, path):
    path.write_bytes(change(path.read_bytes()))
    assert sizes(store) == [*SIZES]
    store.append(run(300), DONE, WHERE)
    assert sizes(store) == [*SIZES]
    for P in (400, 500):
        store.append(run(P), DONE, WHERE)
        assert path.read_bytes().endswith(b"}\n")
    assert sizes(store) == [*SIZES, 400, 500]
    assert sizes(Store(store.folder)) == [*SIZES, 400, 500]


def test_the_target_of_a_link_keeps_its_last_row_too(store, path, tmp_path):
    target = tmp_path / "elsewhere"
    target.write_bytes(path.read_bytes()[:-1])
    path.unlink()
    path.symlink_to(target)
    store.append(run(400), DONE, WHERE)
    assert sizes(store) == [*SIZES, 400]
    assert path.is_symlink()


TAILS = {
    "an array of rows": lambda rows: json.dumps([json.loads(row) for row in rows]).encode(),
    "rows without line ends": lambda rows: b"".join(rows),
    "a row and the beginning of another": lambda rows: rows[1] + rows[2][:30],
    "a row and notes": lambda rows: rows[2] + b" mine",
    "an edited row": lambda rows: rows[2].replace(b'"P": 300', b'"P": 301'),
    "a row of another version": lambda rows: rows[2].replace(b'"semantics": 1', b'"semantics": 2'),
    "a row that no longer parses": lambda rows: rows[2].replace(b'"P": 300', b'"P" 300'),
    "notes": lambda rows: b"remember the milk",
    "a number": lambda rows: b"5",
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("before", [0, 1])
def test_an_end_that_may_hold_more_than_one_torn_row_is_refused_and_left_alone(before, tail, store, path):
    rows = path.read_bytes().splitlines()
    content = b"".join(row + b"\n" for row in rows[:before]) + TAILS[tail](rows)
    path.write_bytes(content)
    for act in (store.load, lambda: store.append(run(400), DONE, WHERE)):
        with pytest.raises(ValueError, match=f"CNN_s2_L2.jsonl, line {before + 1} "):
            act()
    assert path.read_bytes() == content


@pytest.mark.parametrize("room", [b"\0" * 40, b'{"key": "0123\0\0\0', b"{", b'{"key"'])
def test_the_beginning_of_a_row_and_room_never_written_to_are_cut(room, store, path):
    whole = path.read_bytes()
    path.write_bytes(whole + room)
    with pytest.warns(UserWarning, match="the last line is torn"):
        store.append(run(400), DONE, WHERE)
    assert path.read_bytes().startswith(whole)
    assert sizes(store) == [*SIZES, 400]


def test_values_nested_too_deep_are_told(store, path):
    with open(path, "ab") as file:
        file.write(b"[" * 100_000 + b"\n")
    with pytest.raises(ValueError, match="line 4 is not a stored run"):
        store.load()


@pytest.mark.parametrize("name", ["._CNN_s2_L2.jsonl", ".#CNN_s2_L2.jsonl", ".CNN_s2_L2.jsonl"])
def test_files_that_systems_and_editors_hide_are_left_aside(name, store):
    (store.folder / name).write_bytes(b"\0\5\26\7\0\2")
    assert sizes(store) == [*SIZES]
    store.append(run(400), DONE, WHERE)
    assert sizes(store) == [*SIZES, 400]


# Outcomes


def edit(path, number, **changes):
    """Change values of the row on a line; Ellipsis deletes one."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[number - 1] |= changes
    rows[number - 1] = {name: value for name, value in rows[number - 1].items() if value is not ...}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


IMPOSSIBLE = [
    *(("test_error", value) for value in (7.0, 1.01, -0.1, "0.5", [1], True, {}, ...)),
    *(("status", value) for value in ("fine", None, 3, [], ...)),
    *(("epochs", value) for value in (-1, 1.5, "12", None, ...)),
    *(("train_loss", value) for value in (-1.0, "1", ...)),
    *(("S_1_1", value) for value in (-0.5, "x", float("inf"), 10**400)),
    *(("D_out_2", value) for value in (-0.5, [])),
    ("S_1_1_se", -1.0),
    ("seconds", "1"),
    *((name, value) for name in ("code", "device", "date", "torch", "reason") for value in (None, 3)),
]


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE, ids=str)
def test_an_outcome_that_no_run_gives_is_named_with_its_place(name, value, store, path):
    edit(path, 2, **{name: value})
    with pytest.raises(ValueError, match=rf"CNN_s2_L2.jsonl, line 2 holds no outcome of a run: .*{name}"):
        store.load()


@pytest.mark.parametrize(
    "changes",
    [
        dict(test_error=0),
        dict(test_error=1),
        dict(test_error=None),
        dict(test_error=nan),
        dict(S_1_1=None),
        dict(S_1_1=12),
        dict(S_7_7=0.5),
        dict(date=...),
        dict(code=..., device=...),
        dict(notes=["mine"], S_mine="yes"),
        dict(status="dead", epochs=0),
    ],
    ids=str,
)
def test_an_unusual_outcome_is_read(changes, store, path):
    edit(path, 2, **changes)
    row = store.load().loc[run(200).key]
    for name, value in changes.items():
        if value is ... or value is None or value != value:
            assert isnan(row.get(name, nan))
        else:
            assert row[name] == value


def copy_of(path, number, **changes):
    """Append a copy of a line, with changes."""
    row = json.loads(path.read_text().splitlines()[number - 1]) | changes
    with open(path, "a") as file:
        file.write(json.dumps(row) + "\n")


@pytest.mark.parametrize("changes", [{}, dict(seconds=9.0, code="2", device="cuda", date="2027-01-01")])
def test_a_row_may_come_twice_with_one_outcome(changes, store, path):
    copy_of(path, 2, **changes)
    assert sizes(store) == [*SIZES]


@pytest.mark.parametrize(
    "changes",
    [dict(test_error=0.4), dict(S_1_1=None), dict(D_2_2=0.5), dict(status="failed"), dict(epochs=13)],
)
@pytest.mark.parametrize("other_file", [False, True])
def test_rows_of_one_run_that_contradict_each_other_are_both_named(other_file, changes, store, path):
    copy_of(path, 2, **changes)
    if other_file:
        rows = path.read_text().splitlines(keepends=True)
        path.write_text("".join(rows[:3]))
        (store.folder / "DNN.jsonl").write_text(rows[3])
    second = r"DNN.jsonl, line 1" if other_file else "CNN_s2_L2.jsonl, line 4"
    with pytest.raises(ValueError, match=f"{second} and .*CNN_s2_L2.jsonl, line 2 give different outcomes"):
        store.load()


# Reading on


@pytest.fixture
def parsed(monkeypatch):
    """The lines that are parsed from now on."""
    seen, parse = [], lines._parse

    def counting(line, place):
        seen.append(line)
        return parse(line, place)

    monkeypatch.setattr(lines, "_parse", counting)
    return seen


def test_appending_reads_only_what_is_new(store, path, parsed):
    other = Store(store.folder)
    for P in range(1, 21):
        (store if P % 2 else other).append(run(P), DONE, WHERE)
    assert len(parsed) <= len(SIZES) + 2 * 20  # each store reads each line once
    del parsed[:]
    fresh = Store(store.folder)
    fresh.load()
    assert len(parsed) == len(SIZES) + 20
    fresh.append(run(21), DONE, WHERE)
    assert len(parsed) == len(SIZES) + 20
    assert sizes(store) == [*range(1, 22), *SIZES]


@pytest.mark.parametrize("foreign", [0, 1, 3])
def test_a_run_that_another_process_stored_meanwhile_is_not_doubled(foreign, store, path):
    other = Store(store.folder)
    for P in range(1, foreign + 1):
        other.append(run(P), DONE, WHERE)
    for P in range(1, foreign + 1):
        store.append(run(P), DONE, WHERE)
    store.append(run(400), DONE, WHERE)
    assert len(path.read_bytes().splitlines()) == len(SIZES) + foreign + 1


REPLACED = {
    "another file": lambda rows: rows[2] + rows[0] + rows[0],
    "cut": lambda rows: rows[0],
    "emptied": lambda rows: b"",
    "cut and longer again": lambda rows: rows[0] + b"".join(rows[::-1]) + rows[0],
    "rows in another order": lambda rows: b"".join(rows[::-1]),
}


@pytest.mark.parametrize("how", REPLACED)
@pytest.mark.parametrize("in_place", [True, False])
def test_a_file_that_was_replaced_is_read_anew(in_place, how, store, path, tmp_path):
    content = REPLACED[how](path.read_bytes().splitlines(keepends=True))
    new = path if in_place else tmp_path / "new"
    new.write_bytes(content)
    shutil.move(new, path)
    for P in (*SIZES, 400):
        store.append(run(P), DONE, WHERE)
    assert path.read_bytes().startswith(content)
    assert sizes(Store(store.folder)) == [*SIZES, 400]


def test_a_damaged_line_among_those_added_stops_the_appending_each_time(store, path):
    with open(path, "ab") as file:
        file.write(b"mine\n")
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(ValueError, match="line 4 is not a stored run"):
            store.append(run(400), DONE, WHERE)
    assert path.read_bytes() == before


# Locks


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_told_before_any_training(code, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(stores.fcntl, "flock", fail)
    with pytest.raises(OSError, match=f"{os.strerror(code)}: results need .* file locks: .*results"):
        sweep([run()], Store(tmp_path / "results"), "cpu", workers=0)
    assert list((tmp_path / "results").iterdir()) == []
    with pytest.raises(OSError, match="file locks: .*CNN_s2_L2.jsonl"):
        Store(tmp_path / "results").append(run(), DONE, WHERE)


SAW_OTHERS = 3  # an exit code


def append_unlocked(folder, start, share):
    stores.fcntl.flock = lambda *_: None
    start.wait()
    store = Store(folder)
    try:
        for P in share:
            store.append(run(P), DONE, WHERE)
    except OSError as error:
        sys.exit(SAW_OTHERS if "does not honour file locks" in str(error) else 1)


def test_where_locks_do_nothing_no_row_is_lost(tmp_path):
    spawn = get_context("spawn")
    start = spawn.Barrier(3)
    shares = [range(first, 180, 3) for first in (1, 2, 3)]
    writers = [spawn.Process(target=append_unlocked, args=(tmp_path, start, share)) for share in shares]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    ends = [process.exitcode for process in writers]
    assert set(ends) <= {0, SAW_OTHERS}
    stored = set(Store(tmp_path).load().P)
    for end, share in zip(ends, shares, strict=True):
        assert end or stored.issuperset(share)


def test_a_line_that_another_process_is_writing_is_not_cut(store, path, monkeypatch):
    row = path.read_bytes().splitlines(keepends=True)[2]
    before = path.read_bytes()[: -len(row)]
    path.write_bytes(before + row[:50])

    def others_go_on(_):
        with open(path, "ab") as file:
            file.write(row[50:])

    monkeypatch.setattr(stores.time, "sleep", others_go_on)
    with (
        pytest.warns(UserWarning, match="torn"),
        pytest.raises(OSError, match="another process wrote to .*CNN_s2_L2.jsonl .*file locks"),
    ):
        store.append(run(400), DONE, WHERE)
    assert path.read_bytes() == before + row


def test_a_row_that_another_process_wrote_over_is_told(store, path, monkeypatch):
    def others_write(_):
        with open(path, "r+b") as file:
            file.seek(-20, os.SEEK_END)
            file.write(b"x")

    monkeypatch.setattr(stores.os, "fsync", others_write)
    with pytest.raises(OSError, match="another process wrote to .*does not honour file locks"):
        store.append(run(400), DONE, WHERE)


def test_a_row_that_another_process_added_behind_one_that_failed_is_kept(store, path, monkeypatch):
    row = path.read_bytes().splitlines(keepends=True)[0]

    def fail(_):
        with open(path, "ab") as file:
            file.write(row)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stores.os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        store.append(run(400), DONE, WHERE)
    assert path.read_bytes().endswith(row)


def test_a_results_folder_must_have_a_name():
    with pytest.raises(ValueError, match="a results folder must have a name, got ''"):
        Store("")
