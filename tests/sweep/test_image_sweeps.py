"""Sweeps of runs on images: killed and repeated, stored once, verified; refused where data are lacking."""

import json

import pytest
from helpers import Stopped, assert_same_rows, count_computed
from helpers import image_run as run
from helpers import run as task_run

from srhm.cli import main
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import PROFILES, ImageGrid, Octaves, Outcome, Store, Study
from srhm.runs.plan import Grid
from srhm.sweep import estimate_gpu_seconds, estimate_seconds, group, sweep, verify

pytestmark = pytest.mark.usefixtures("one_thread")
RUNS = [run(P, name, width=w) for P in (40, 60) for name, w in (("LeNet", 3), ("VGG11", 2))]


def lines(folder):
    return [line for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()]


def test_a_sweep_killed_at_every_chunk_stores_each_run_once_with_the_same_rows(allow, tmp_path):
    sweep([*RUNS, task_run()], Store(tmp_path / "whole"), "cpu", workers=0)
    for _ in range(100):
        allow(1)
        try:
            sweep([*RUNS, task_run()], Store(tmp_path / "killed"), "cpu", workers=0)
            break
        except Stopped:
            continue
    assert len(lines(tmp_path / "killed")) == len(RUNS) + 1
    assert_same_rows(tmp_path / "killed", tmp_path / "whole", type(RUNS[0]))
    assert_same_rows(tmp_path / "killed", tmp_path / "whole")
    assert not list((tmp_path / "killed" / ".checkpoints").glob("*.pt"))


def test_workers_give_the_rows_of_a_single_process_which_verify(tmp_path, monkeypatch):
    grid = ImageGrid("generated", {"LeNet": 3}, (40, 60), 1, dict(max_epochs=2, n_test=60, n_pairs=10))
    wanted = [grid, *RUNS[:1], task_run()]
    for name, workers in (("alone", 0), ("workers", 2)):
        assert sweep(wanted, Store(tmp_path / name), "cpu", workers=workers) == 4
    assert_same_rows(tmp_path / "alone", tmp_path / "workers", type(RUNS[0]))
    computed = count_computed(monkeypatch)
    assert sweep(wanted, Store(tmp_path / "alone"), "cpu", workers=0) == 0
    assert computed == []
    table = verify(Store(tmp_path / "workers"), 1, device="cpu", workers=0)
    assert table.agrees.all() and len(table) == 4
    assert "generated" in table.s0.tolist()


def test_a_changed_R_disagrees_when_it_is_computed_again(tmp_path):
    store = Store(tmp_path)
    sweep(RUNS[:1], store, "cpu", workers=0)
    (path,) = tmp_path.glob("*.jsonl")
    row = json.loads(path.read_text())
    path.write_text(json.dumps(row | {"R_out": row["R_out"] * 10 + 10}) + "\n")
    table = verify(store, 1, device="cpu", workers=0)
    assert table.quantity.tolist() == ["R_out"] and not table.agrees.any()


def test_a_diverging_run_is_stored_as_failed(tmp_path):
    store = Store(tmp_path)
    sweep([run(lr=1e9)], store, "cpu", workers=0)
    (row,) = store.rows().values()
    assert row["status"] == "failed" and "lr = 1000000000.0 may be too large" in row["reason"]


def test_runs_are_estimated_one_by_one():
    assert sorted(map(len, group([*RUNS, run(40, data_seed=1)]))) == [1] * 5
    assert [len(fleet) for fleet in group(RUNS, "cuda")] == [1] * 4
    assert 0 < estimate_seconds(RUNS[0]) < estimate_seconds(RUNS[3])
    assert 0 < estimate_gpu_seconds([RUNS[0]]) < 60


# Where the data are lacking

LACKING = run(40, dataset="fashion-mnist")


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """There is no Fashion-MNIST; the only studies are one on it and one on a task."""
    monkeypatch.setenv("SRHM_FASHION_MNIST", str(tmp_path / "nowhere"))
    way = dict(width=8, max_epochs=1, n_test=60, n_pairs=20)
    task = Grid(["CNN"], [task_run().task], Octaves(-4, -4), 1, way)
    images = ImageGrid("fashion-mnist", {"LeNet": 3}, (40,), 1, dict(max_epochs=1))
    for name in list(STUDIES):
        monkeypatch.delitem(STUDIES, name)
    for name, plan in {"pictures": images, "tiny": task}.items():
        monkeypatch.setitem(STUDIES, name, Study("Does it?", "", {p: [plan] for p in PROFILES}))
    return images.runs()


def command(folder, *arguments):
    return main([*arguments, "--workers", "0", "--device", "cpu", "--results", str(folder)])


def test_a_lacking_data_set_is_told_before_any_work(nowhere, tmp_path, capsys):
    with pytest.raises(ValueError, match="there is no file 'train-images-idx3-ubyte'"):
        sweep([task_run(), LACKING], Store(tmp_path / "a"), "cpu", workers=0)
    assert lines(tmp_path / "a") == []
    assert command(tmp_path / "b", "sweep", "pictures") == 1
    told = capsys.readouterr().err
    assert "SRHM_FASHION_MNIST can name another folder" in told and len(told.splitlines()) == 1


def test_all_studies_leave_out_what_lacks_its_data_and_say_so(nowhere, tmp_path, capsys):
    assert command(tmp_path, "sweep", "all") == 1
    captured = capsys.readouterr()
    assert "srhm: runs on fashion-mnist are left out: there is no file" in captured.err
    assert captured.out.startswith("1 runs computed, 0 were stored already")
    Store(tmp_path).append(nowhere[0], Outcome("converged", test_error=0.5), {})
    assert command(tmp_path, "sweep", "all") == 0  # nothing lacks that is still to be computed
    assert main(["status", "--results", str(tmp_path)]) == 0
    assert "1/1" in capsys.readouterr().out.splitlines()[-2]


def test_a_dry_run_needs_no_data(nowhere, tmp_path, capsys):
    assert command(tmp_path, "sweep", "all", "--dry-run") == 0
    out = capsys.readouterr().out
    assert out.startswith("2 of 2 runs are missing") and "pictures, LeNet: 1 runs" in out


def test_stored_runs_whose_data_are_lacking_are_left_out_of_the_sample(nowhere, tmp_path):
    store = Store(tmp_path)
    store.append(LACKING, Outcome("converged", test_error=0.5), {})
    with (
        pytest.warns(UserWarning, match="runs on images are left out: there is no file"),
        pytest.raises(ValueError, match="there are no runs in .* to verify"),
    ):
        verify(store, 1)
    sweep([task_run()], store, "cpu", workers=0)
    with pytest.warns(UserWarning, match="left out"):
        assert verify(store, 1, device="cpu", workers=0).index.tolist() == [task_run().key]
