"""Stored runs survive crashes, full disks, edits and concurrent writers, or say what is wrong."""

import json
from math import isnan, nan
from multiprocessing import get_context

import pandas as pd
import pytest
from helpers import disk_full_beyond

from srhm.runs import SEMANTICS, Outcome, Run, Store

BASE = dict(architecture="CNN", v=4, n_c=4, m=4, s=2, L=2, s0=1)
DONE = Outcome("converged", "", 12, 0.25, 0.5, {"S_1_1": 0.75, "S_1_1_se": nan})
WHERE = {"device": "cpu", "seconds": 1.5}


def run(P=100, **changes):
    return Run(**BASE | dict(P=P) | changes)


def filled(folder, *runs):
    """A store that holds these runs, and its file."""
    store = Store(folder)
    for r in runs:
        store.append(r, DONE, WHERE)
    (path,) = folder.glob("*.jsonl")
    return store, path


def keys(store):
    return sorted(store.load().index)


# Appending and finding


def test_a_stored_run_is_found_whole(tmp_path):
    store = Store(tmp_path / "new" / "folder")
    store.append(run(), DONE, WHERE)
    table = store.load()
    assert table.index.tolist() == [run().key]
    row = table.loc[run().key]
    assert Run.from_row(table.to_dict("records")[0]) == run()
    assert (row["status"], row["reason"], row["epochs"]) == ("converged", "", 12)
    assert (row["train_loss"], row["test_error"], row["S_1_1"]) == (0.25, 0.5, 0.75)
    assert (row["device"], row["seconds"], row["semantics"]) == ("cpu", 1.5, SEMANTICS)


def test_runs_with_blanks_by_level_are_found_whole_beside_those_of_one_number(tmp_path):
    plain, mixed = run(s0=2), run(s0=(2, 0))
    store, path = filled(tmp_path, plain, mixed, run(s0=(0, 2)), run(s0=(2, 2)), run(s0=[2, 0]))
    assert [json.loads(line)["s0"] for line in path.read_text().splitlines()] == [2, [2, 0], [0, 2]]
    table = Store(tmp_path).load()
    assert Run.from_row(table.to_dict("index")[mixed.key]) == mixed
    assert Run.from_row(pd.read_json(path, lines=True).to_dict("records")[1]) == mixed
    assert table[table.s0 == 2].index.tolist() == [plain.key]
    assert table[table.s0.isin([(2, 0)])].index.tolist() == [mixed.key]
    assert table.query("s0 < 2").s0.tolist() == [(2, 0), (0, 2)]
    assert table.sort_values("s0").s0.tolist() == [(0, 2), (2, 0), 2]
    assert [s0 for s0, _ in table.groupby("s0")] == [(0, 2), (2, 0), 2]
    assert table.groupby(["L", "s0"]).P.sum().tolist() == [100, 100, 100]
    assert store.missing([plain, mixed, run(s0=(1, 2))]) == [run(s0=(1, 2))]
    assert store.find([mixed]).s0.tolist() == [(2, 0)]
    assert store.find([plain]).s0.dtype == "int64"


def test_an_edited_level_is_named(tmp_path):
    store, path = filled(tmp_path, run(s0=(2, 0)))
    path.write_text(path.read_text().replace("[2, 0]", "[2, 1]"))
    with pytest.raises(ValueError, match="line 1 does not match its key"):
        store.load()


def test_runs_of_one_family_share_a_file(tmp_path):
    store = Store(tmp_path)
    for r in (run(), run(200), run(s0=2), run(L=1), run(architecture="LCN"), run(s=3)):
        store.append(r, DONE, WHERE)
    names = ["CNN_s2_L1.jsonl", "CNN_s2_L2.jsonl", "CNN_s3_L2.jsonl", "LCN_s2_L2.jsonl"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert len(store.load()) == 6


def test_a_file_opens_in_pandas_in_one_line(tmp_path):
    _, path = filled(tmp_path, run(), run(200))
    table = pd.read_json(path, lines=True)
    assert table.P.tolist() == [100, 200]
    assert table.key.tolist() == [run().key, run(200).key]
    assert table.test_error.tolist() == [0.5, 0.5]


def test_missing_are_those_not_stored(tmp_path):
    runs = [run(P) for P in (100, 200, 300)]
    assert Store(tmp_path / "nowhere").missing(runs) == runs
    store, _ = filled(tmp_path, runs[1])
    assert store.missing(runs) == [runs[0], runs[2]]
    assert store.missing([run(200, width=64)]) == [run(200, width=64)]
    assert store.missing([]) == []


def test_find_gives_the_runs_asked_for_and_leaves_out_failed_ones(tmp_path):
    store, _ = filled(tmp_path, run(100), run(200))
    store.append(run(300), Outcome("failed", "it diverged"), WHERE)
    found = store.find([run(200), run(300), run(400)])
    assert found.index.tolist() == [run(200).key]
    assert store.load().loc[run(300).key, "reason"] == "it diverged"
    assert store.missing([run(300)]) == []
    assert len(store.find([run(400)])) == 0
    assert len(Store(tmp_path / "nowhere").find([run()])) == 0


def test_a_run_asked_for_twice_is_found_once(tmp_path):
    store, _ = filled(tmp_path, run())
    assert len(store.find([run(), run()])) == 1


def test_appending_a_stored_run_changes_nothing(tmp_path):
    store, path = filled(tmp_path, run(), run(200))
    before = path.read_bytes()
    store.append(run(), Outcome("failed", "later"), {"device": "elsewhere"})
    assert path.read_bytes() == before


def test_undefined_numbers_are_stored_as_null_and_read_back_as_nan(tmp_path):
    store, path = filled(tmp_path, run())
    store.append(run(200), Outcome("failed", "it diverged"), WHERE)
    first, second = map(json.loads, path.read_text().splitlines())
    assert first["S_1_1_se"] is None
    assert second["test_error"] is None
    table = store.load()
    assert isnan(table.loc[run().key, "S_1_1_se"])
    assert isnan(table.loc[run(200).key, "test_error"])
    assert isnan(table.loc[run(200).key, "S_1_1"])


def test_a_column_without_any_number_is_a_column_of_nan(tmp_path):
    store = Store(tmp_path)
    store.append(run(), Outcome("failed", "it diverged"), WHERE)
    assert store.load().test_error.dtype == float
    assert isnan(store.load().test_error.item())


@pytest.mark.parametrize("value", [float("inf"), -float("inf")])
def test_an_infinite_number_is_undefined_too(tmp_path, value):
    store = Store(tmp_path)
    store.append(run(), Outcome("max_epochs", train_loss=value, test_error=0.5), WHERE)
    assert isnan(store.load().train_loss.item())


# Torn lines


def test_a_line_torn_anywhere_is_told_and_only_its_run_is_missing(tmp_path):
    runs = [run(100), run(200), run(300)]
    store, path = filled(tmp_path, *runs)
    content = path.read_bytes()
    last = content[:-1].rfind(b"\n") + 1
    assert last > 0
    for end in range(last + 1, len(content) - 1):  # a row that lacks its line end alone is whole
        path.write_bytes(content[:end])
        with pytest.warns(UserWarning, match=r"CNN_s2_L2.jsonl: the last line is torn"):
            assert store.missing(runs) == [runs[2]]
        with pytest.warns(UserWarning, match="the last line is torn"):
            store.append(runs[2], DONE, WHERE)
        assert path.read_bytes() == content


def test_a_line_torn_at_its_first_byte_leaves_a_whole_file(tmp_path):
    store, path = filled(tmp_path, run(100), run(200))
    content = path.read_bytes()
    path.write_bytes(content[: content.find(b"\n") + 1])
    assert store.missing([run(100), run(200)]) == [run(200)]
    store.append(run(200), DONE, WHERE)
    assert path.read_bytes() == content


def test_another_run_may_follow_a_torn_line(tmp_path):
    store, path = filled(tmp_path, run(100), run(200))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.warns(UserWarning, match="torn"):
        store.append(run(300), DONE, WHERE)
    assert keys(store) == sorted([run(100).key, run(300).key])


# Damaged files


def damaged(folder, change):
    """A store of three runs whose second line went through `change`."""
    store, path = filled(folder, run(100), run(200), run(300))
    lines = path.read_text().splitlines()
    lines[1] = change(lines[1])
    path.write_text("\n".join(lines) + "\n")
    return store, path


def edited(**changes):
    return lambda line: json.dumps(json.loads(line) | changes)


def lacking(name, **changes):
    return lambda line: json.dumps({k: v for k, v in json.loads(line).items() if k != name} | changes)


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[:-30],
        lambda line: "",
        lambda line: "null",
        lambda line: "[1, 2]",
        lambda line: "\x00" * 40,
        lambda line: line + line,
        lacking("width"),
        lacking("key"),
        lacking("semantics"),
    ],
)
def test_a_line_that_is_no_run_is_named_with_its_file_and_number(tmp_path, change):
    store, path = damaged(tmp_path, change)
    before = path.read_bytes()
    for act in (store.load, lambda: store.missing([run()]), lambda: store.append(run(400), DONE, WHERE)):
        with pytest.raises(ValueError, match=r"CNN_s2_L2.jsonl, line 2 is not a stored run"):
            act()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "changes", [dict(P=201), dict(data_seed=3), dict(lr=0.5), dict(v=1), dict(key="0" * 16)]
)
def test_an_edited_configuration_is_named(tmp_path, changes):
    store, _ = damaged(tmp_path, edited(**changes))
    with pytest.raises(ValueError, match="jsonl, line 2 does not match its key .*configuration was edited"):
        store.load()


@pytest.mark.parametrize(
    "change",
    [
        edited(semantics=SEMANTICS + 1),
        edited(semantics=SEMANTICS - 1),
        lacking("n_pairs", semantics=SEMANTICS + 1),
        lacking("n_pairs", semantics=SEMANTICS + 1, pairs="many"),
    ],
)
def test_a_line_of_another_data_version_is_named_whatever_its_fields(tmp_path, change):
    store, _ = damaged(tmp_path, change)
    with pytest.raises(ValueError, match=r"jsonl, line 2 is of data version \d, this code of 1"):
        store.load()


# Full disks and folders that cannot be written


def test_a_full_disk_is_told_and_changes_nothing(tmp_path):
    store, path = filled(tmp_path, run(100))
    before = path.read_bytes()
    store.append(run(200), DONE, WHERE)
    line = len(path.read_bytes()) - len(before)
    for room in range(0, line, 7):
        path.write_bytes(before)
        with disk_full_beyond(len(before) + room), pytest.raises(OSError, match="File too large"):
            store.append(run(200), DONE, WHERE)
        assert path.read_bytes() == before, f"with room for {room} of {line} bytes"


def test_a_run_that_met_a_full_disk_can_be_stored_later(tmp_path):
    store, path = filled(tmp_path, run(100))
    size = len(path.read_bytes())
    with disk_full_beyond(size + 400), pytest.raises(OSError, match="File too large"):
        store.append(run(200), DONE, WHERE)
    store.append(run(200), DONE, WHERE)
    assert keys(store) == sorted([run(100).key, run(200).key])


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "results").write_text("mine")
    with pytest.raises(OSError, match="results"):
        Store(tmp_path / "results").append(run(), DONE, WHERE)
    assert (tmp_path / "results").read_text() == "mine"


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "CNN_s2_L2.jsonl").mkdir()
    with pytest.raises(OSError, match="CNN_s2_L2.jsonl"):
        Store(tmp_path).append(run(), DONE, WHERE)


# Many writers


def append_some(folder, start, sizes):
    start.wait()
    for P in sizes:
        Store(folder).append(run(P), DONE, WHERE)


def test_concurrent_writers_lose_and_double_nothing(tmp_path):
    """Two real processes, released together, that store 60 runs in common and 30 each of their own."""
    spawn = get_context("spawn")
    start = spawn.Barrier(2)
    shares = [range(1, 91), range(120, 30, -1)]
    writers = [spawn.Process(target=append_some, args=(tmp_path, start, share)) for share in shares]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0]
    lines = (tmp_path / "CNN_s2_L2.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["P"] for line in lines) == list(range(1, 121))
    assert keys(Store(tmp_path)) == sorted(run(P).key for P in range(1, 121))
