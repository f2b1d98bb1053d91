"""Sweeps compute what is missing, once, whatever interrupts them."""

import os
import subprocess
import sys
import time
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch
from helpers import assert_same_rows, count_computed, processes_of, run

import srhm
from srhm.measure.sensitivity import sensitivities
from srhm.model import choose_device
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import PAIRS, TEST, Run, Store
from srhm.sweep import PROVENANCE, estimate_seconds, group, pool, sweep, verify
from srhm.training import train

pytestmark = pytest.mark.usefixtures("one_thread")


# Computing


def test_a_sweep_computes_exactly_what_is_missing(tmp_path, monkeypatch):
    computed, store = count_computed(monkeypatch), Store(tmp_path)
    assert sweep([run(20), run(30)], store, workers=0) == 2
    before = store.load()
    computed.clear()
    assert sweep([run(20), run(30), run(40), run(20, "LCN")], store, workers=0) == 2
    assert set(computed) == {run(40), run(20, "LCN")}
    assert store.load().loc[before.index].equals(before)


def test_a_repeated_sweep_does_nothing(tmp_path, monkeypatch):
    runs = [run(20), run(30)]
    sweep(runs, Store(tmp_path), workers=0)
    (path,) = tmp_path.glob("*.jsonl")
    before, computed = path.read_bytes(), count_computed(monkeypatch)
    assert sweep(runs, Store(tmp_path), workers=0) == 0
    assert computed == []
    assert path.read_bytes() == before


def test_a_run_asked_for_twice_is_computed_once(tmp_path, monkeypatch):
    computed = count_computed(monkeypatch)
    assert sweep([run(), run(), run()], Store(tmp_path), workers=0) == 1
    assert computed == [run()]


def test_a_sweep_takes_a_generator(tmp_path):
    assert sweep((run(P) for P in (20, 30)), Store(tmp_path), workers=0) == 2
    assert sweep(iter([]), Store(tmp_path), workers=0) == 0


def test_stored_outcomes_are_those_of_the_trained_network(tmp_path):
    r = run(50, "LCN", data_seed=3)
    sweep([r], Store(tmp_path), workers=0)
    (row,) = Store(tmp_path).load().to_dict("records")
    (trained,) = train([r])
    test = r.task.sample(r.n_test, TEST + 3)
    wrong = trained.network.observe(test)[-1].values[:, 0].argmax(1) != test.labels
    expected = sensitivities(trained.network.observe, r.task, r.n_pairs, PAIRS + 3)
    assert (row["status"], row["epochs"]) == (trained.status, trained.epochs)
    assert row["train_loss"] == trained.train_loss
    assert row["test_error"] == wrong.double().mean().item()
    assert {name: row[name] for name in expected} == expected


def test_provenance_tells_code_device_versions_date_and_time(tmp_path):
    sweep([run()], Store(tmp_path), workers=0)
    (row,) = Store(tmp_path).load().to_dict("records")
    assert set(PROVENANCE) == {"code", "device", "torch", "numpy", "python", "date", "seconds"} <= set(row)
    assert row["device"].startswith("cpu (")
    assert row["torch"] == torch.__version__
    assert row["code"].startswith(srhm.__version__)
    assert row["seconds"] >= 0


def test_workers_give_the_rows_of_a_single_process(tmp_path):
    runs = [run(P, architecture) for P in (20, 30) for architecture in ("CNN", "LCN", "FCN")]
    runs += [run(20, task_seed=5), run(20, lr=1e6)]
    runs += [run(20, name, s0=(2, 0)) for name in ("CNN", "LCN", "FCN", "VGG11")]
    runs += [run(20, name, L=3, s0=s0) for name in ("Shared-01", "Shared-10") for s0 in (1, (0, 1, 0))]
    assert sweep(runs, Store(tmp_path / "alone"), "cpu", workers=0) == len(runs)
    assert sweep(runs, Store(tmp_path / "workers"), "cpu", workers=2) == len(runs)
    assert_same_rows(tmp_path / "alone", tmp_path / "workers")
    assert verify(Store(tmp_path / "workers"), 1, device="cpu", workers=0).agrees.all()


def test_a_failed_run_is_stored_with_its_reason_and_not_retried(tmp_path, monkeypatch):
    bad, good, store = run(lr=1e6), run(), Store(tmp_path)
    assert sweep([bad, good], store, workers=0) == 2
    row = store.load().loc[bad.key]
    assert row["status"] == "failed"
    assert "the training loss became" in row["reason"]
    assert "lr = 1000000.0 may be too large" in row["reason"]
    assert Run.from_row(next(r for r in store.load().to_dict("records") if r["lr"] == 1e6)) == bad
    assert store.find([bad, good]).index.tolist() == [good.key]
    computed = count_computed(monkeypatch)
    assert sweep([bad, good], store, workers=0) == 0
    assert computed == []


def test_an_interrupted_sweep_keeps_what_was_computed(tmp_path, monkeypatch):
    compute, runs = pool.compute, [run(20), run(30), run(40)]

    def failing(fleet, *arguments):
        if fleet == [run(40)]:
            raise KeyboardInterrupt
        return compute(fleet, *arguments)

    monkeypatch.setattr(pool, "compute", failing)
    with pytest.raises(KeyboardInterrupt):
        sweep(runs, Store(tmp_path), workers=0)
    assert Store(tmp_path).missing(runs) == [run(40)]


def test_a_sweep_ends_no_process_that_it_did_not_start(tmp_path):
    other = get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()
    sweep([run()], Store(tmp_path), "cpu", workers=1)
    other.join(1)
    alive = other.is_alive()
    other.kill()
    other.join()
    assert alive


def test_runs_of_one_shape_and_size_are_trained_together():
    runs = [run(20), run(30), run(20, task_seed=1), run(20, "LCN"), run(20, lr=0.01), run(20, width=16)]
    expected = [[runs[0], runs[2], runs[4]], [runs[1]], [runs[3]], [runs[5]]]
    assert sorted(map(repr, group(runs))) == sorted(map(repr, expected))
    assert group([]) == []


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_cheapest_fleet_comes_first(device):
    groups = group(STUDIES["scaling"].runs("paper"), device)
    costs = [sum(map(estimate_seconds, fleet)) for fleet in groups]
    assert costs == sorted(costs)
    assert len({run.shape for run in groups[0] + groups[-1]}) == 2


@pytest.mark.parametrize("workers", [0, 1])
def test_what_a_cheap_search_asks_for_next_comes_before_the_first_of_a_dear_one(workers, tmp_path):
    store = Store(tmp_path)
    executor = pool.Pool(store, "cpu", workers) if workers else pool.Inline(store, "cpu")
    executor.submit([[run(P, max_epochs=2)] for P in (900, 90, 60, 80, 70)])
    order = []
    with closing(executor):
        for finished in executor.finished():
            order += [each.P for each, _ in finished]
            if order == [60]:
                executor.submit([[run(50, max_epochs=2)]])
    ahead = [70] * bool(workers)  # handed to the worker already
    assert order == [60, *ahead, 50, *[P for P in (70, 80, 90, 900) if P not in ahead]]


# Killing

KILLED = """
import sys
from test_sweep import long_sweep
if __name__ == "__main__":
    long_sweep(sys.argv[1], int(sys.argv[2]))
"""


def long_runs():
    """Each is a fleet of its own, so that what is stored does not depend on what it was trained with."""
    return [run(P, max_epochs=30) for P in range(100, 116)]


def long_sweep(folder, workers):
    sweep(long_runs(), Store(folder), "cpu", workers)


def start_sweep(folder, workers):
    """A sweep in a process and a session of its own, once it has stored its first run."""
    script = folder.with_suffix(".py")
    script.write_text(KILLED)
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(workers)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    while not any(b"\n" in path.read_bytes() for path in folder.glob("*.jsonl")):
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_a_killed_and_repeated_sweep_ends_with_the_rows_of_an_undisturbed_one(tmp_path):
    runs = long_runs()
    process = start_sweep(tmp_path / "killed", 0)
    process.kill()
    process.wait()
    missing = Store(tmp_path / "killed").missing(runs)
    assert 0 < len(missing) < len(runs)
    assert sweep(runs, Store(tmp_path / "killed"), "cpu", workers=0) == len(missing)
    assert sweep(runs, Store(tmp_path / "undisturbed"), "cpu", workers=0) == len(runs)
    assert_same_rows(tmp_path / "killed", tmp_path / "undisturbed")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes")
def test_workers_end_when_their_sweep_is_killed(tmp_path):
    process = start_sweep(tmp_path / "killed", 2)
    workers = processes_of(process.pid)
    assert len(workers) >= 3
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while processes_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = processes_of(process.pid)
    for pid in left:
        subprocess.run(["kill", "-KILL", str(pid)], check=False)
    assert left == []


# Devices


def test_auto_takes_the_gpu_where_there_is_one():
    assert choose_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cpu") == "cpu"


@pytest.mark.parametrize("device", ["tpu", "", "CPU", "cuda:0", "mps", None])
def test_an_unknown_device_is_named_before_any_work(device, tmp_path):
    message = f'device must be "auto", "cpu" or "cuda", got {device!r}'
    with pytest.raises(ValueError, match=message):
        choose_device(device)
    with pytest.raises(ValueError, match=message):
        sweep([run()], Store(tmp_path), device)
    assert list(tmp_path.iterdir()) == []


def test_a_study_in_place_of_its_plans_is_refused_before_any_work(tmp_path):
    with pytest.raises(ValueError, match=r"of a study, study.plans\(profile\): got Study"):
        sweep([run(), STUDIES["scaling"]], Store(tmp_path), workers=0)
    with pytest.raises(ValueError, match="a list of runs and plans .* got Run, not in a list"):
        sweep(run(), Store(tmp_path), workers=0)
    assert not len(Store(tmp_path).load())


def test_what_waits_for_a_gpu_becomes_one_fleet_of_each_shape(tmp_path):
    executor = pool.Inline(Store(tmp_path), "cuda")
    for P in (30, 20, 40):
        executor.submit([[run(P)], [run(P, "LCN")]])
    assert [[r.P for r in fleet] for fleet in executor.waiting] == [[30, 20, 40]] * 2


def test_a_store_that_takes_no_rows_is_told_before_any_work_unless_there_is_none(tmp_path, monkeypatch):
    sweep([run(20)], Store(tmp_path), "cpu", workers=0)
    (path,) = tmp_path.glob("*.jsonl")
    monkeypatch.setattr(os, "access", lambda file, mode: Path(file) != path)
    computed = count_computed(monkeypatch)
    assert sweep([run(20)], Store(tmp_path), "cpu", workers=0) == 0
    with pytest.raises(PermissionError, match=path.name):
        sweep([run(30)], Store(tmp_path), "cpu", workers=0)
    assert computed == []
    assert sweep([run(30, "LCN")], Store(tmp_path), "cpu", workers=0) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA GPU")
def test_cuda_without_a_gpu_is_named():
    with pytest.raises(ValueError, match="device is 'cuda', but torch finds no CUDA GPU"):
        choose_device("cuda")
