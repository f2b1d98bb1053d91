"""Sweeps compute what is missing, once, whatever interrupts them; studies."""

import os
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch

import srhm
from srhm import sweep as sweeping
from srhm.measure.sensitivity import sensitivities
from srhm.model import SRHM, choose_device
from srhm.papers.sparse2024 import STUDIES, maximal, predicted_sample_complexity
from srhm.papers.sparse2024.studies import VARIATIONS, find_study
from srhm.runs import PAIRS, PROFILES, TEST, Grid, Octaves, Run, Store
from srhm.sweep import PROVENANCE, estimate_seconds, group, sweep
from srhm.training import train

TINY = dict(v=3, n_c=3, m=3, s=2, L=2, s0=1, width=8, batch_size=8, max_epochs=3, n_test=60, n_pairs=20)


pytestmark = pytest.mark.usefixtures("one_thread")


def run(P=20, architecture="CNN", **changes):
    return Run(**TINY | dict(P=P, architecture=architecture) | changes)


def outcomes(folder):
    """The stored rows without their provenance, sorted."""
    return Store(folder).load().drop(columns=list(PROVENANCE)).sort_index()


def assert_same_rows(one, other):
    a, b = outcomes(one), outcomes(other)
    assert a.index.tolist() == b.index.tolist()
    assert a.sort_index(axis=1).equals(b.sort_index(axis=1))


def count_computed(monkeypatch):
    """The list of the runs that are trained from now on."""
    computed, compute = [], sweeping.compute

    def counting(runs, *arguments):
        computed.extend(runs)
        return compute(runs, *arguments)

    monkeypatch.setattr(sweeping, "compute", counting)
    return computed


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
    expected = sensitivities(lambda d: trained.network.observe(d), r.task, r.n_pairs, PAIRS + 3)
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
    assert sweep(runs, Store(tmp_path / "alone"), "cpu", workers=0) == len(runs)
    assert sweep(runs, Store(tmp_path / "workers"), "cpu", workers=2) == len(runs)
    assert_same_rows(tmp_path / "alone", tmp_path / "workers")


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
    compute, runs = sweeping.compute, [run(20), run(30), run(40)]

    def failing(fleet, *arguments):
        if fleet == [run(40)]:
            raise KeyboardInterrupt
        return compute(fleet, *arguments)

    monkeypatch.setattr(sweeping, "compute", failing)
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
    while not any(folder.glob("*.jsonl")):
        assert process.poll() is None
        time.sleep(0.01)
    return process


def processes_of(session):
    """The processes of a session that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            status, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its_session) == session and status != "Z":
            found.append(int(stat.parent.name))
    return found


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


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA GPU")
def test_cuda_without_a_gpu_is_named():
    with pytest.raises(ValueError, match="device is 'cuda', but torch finds no CUDA GPU"):
        choose_device("cuda")


# Studies


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_every_profile_and_repeats_no_run(name):
    study = find_study(name)
    assert study.title.endswith("?")
    assert "Fig" in study.figures or name in VARIATIONS  # questions of our own
    assert tuple(study.grids) == PROFILES
    for profile in PROFILES:
        runs = study.runs(profile)
        assert 0 < len(runs) == len(set(runs)) == len({r.key for r in runs})


@pytest.mark.parametrize("name", STUDIES)
def test_smoke_runs_are_small(name):
    runs = find_study(name).runs("smoke")
    assert sum(r.P for r in runs) < 50_000
    assert max(r.P * r.width for r in runs) < 500_000


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", STUDIES)
def test_a_profile_visits_sizes_on_both_sides_of_the_prediction(name, profile):
    visited = {}
    for r in find_study(name).runs(profile):
        if r.architecture not in ("LCN", "CNN"):  # the paper predicts no other
            continue
        predicted = predicted_sample_complexity(r.architecture, r.task)
        visited.setdefault((r.shape, predicted), []).append(r.P)
    assert all(min(sizes) < predicted < max(sizes) for (_, predicted), sizes in visited.items())


def test_a_grid_crosses_architectures_settings_sizes_and_seeds():
    grid = Grid(
        ["LCN", "CNN"],
        [dict(v=4, s=2, L=2, s0=1), dict(v=5, s=2, L=2, s0=0)],
        Octaves(-1, 0, 1),
        3,
        {"width": 8},
    )
    runs = grid.runs()
    assert len(set(runs)) == len(runs) == 2 * 2 * 2 * 3
    assert [r.P for r in runs] == sorted(r.P for r in runs)
    assert {r.P for r in runs if r.architecture == "LCN" and r.v == 4} == {256, 512}
    assert {r.P for r in runs if r.architecture == "CNN" and r.v == 5} == {156, 312}
    assert {(r.task_seed, r.data_seed, r.init_seed) for r in runs} == {(i, i, i) for i in range(3)}
    assert {(r.width, r.n_c, r.m) for r in runs} == {(8, 4, 4), (8, 5, 5)}


def test_the_usual_task_has_v_classes_and_all_synonyms():
    expected = dict(v=4, n_c=4, m=16, s=3, L=2, s0=1, sparsity="B")
    assert maximal(v=4, s=3, L=2, s0=1, sparsity="B") == expected


def test_an_unknown_study_or_profile_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="no study 'nope'; the studies are sample_complexity, sensitivities"):
        find_study("nope")
    with pytest.raises(
        ValueError, match=r"profile must be one of \('smoke', 'laptop', 'paper'\), got 'nope'"
    ):
        find_study("sensitivities").runs("nope")


# Predictions: horizontal axes of the paper's Figs. 4B and 4C, as (L, s0, v, x) with n_c = m = v, s = 2

FIG_4B = [
    (2, 0, 4, 128.0), (2, 0, 10, 2000.0), (2, 1, 6, 1728.0), (2, 2, 8, 9216.0), (2, 4, 10, 50000.0),
    (3, 0, 4, 724.0773), (3, 0, 8, 11585.24), (3, 1, 6, 29325.13), (3, 2, 10, 763675.3),
]  # fmt: skip
FIG_4C = [
    (2, 0, 4, 64.0), (2, 0, 10, 1000.0), (2, 1, 3, 108.0), (2, 2, 8, 4608.0), (2, 6, 4, 3136.0),
    (3, 1, 4, 1024.0), (3, 1, 12, 82944.0), (3, 2, 6, 11664.0), (3, 4, 8, 102400.0),
]  # fmt: skip


@pytest.mark.parametrize(("L", "s0", "v", "x"), FIG_4B)
def test_eq_3_gives_the_axis_of_fig_4b(L, s0, v, x):
    task = SRHM(**maximal(v=v, s=2, L=L, s0=s0))
    assert predicted_sample_complexity("LCN", task) == pytest.approx(x, rel=1e-6)


@pytest.mark.parametrize(("L", "s0", "v", "x"), FIG_4C)
def test_eq_4_gives_the_axis_of_fig_4c(L, s0, v, x):
    task = SRHM(**maximal(v=v, s=2, L=L, s0=s0))
    assert predicted_sample_complexity("CNN", task) == pytest.approx(2.5 * x, rel=1e-12)


def test_predictions_depend_on_n_c_and_m_separately():
    task = SRHM(v=4, n_c=3, m=2, s=3, L=2, s0=2)
    assert predicted_sample_complexity("LCN", task) == pytest.approx(3 * 9 * 3 * 4)
    assert predicted_sample_complexity("FCN", task) == predicted_sample_complexity("LCN", task)
    assert predicted_sample_complexity("CNN", task) == pytest.approx(2.5 * 9 * 3 * 4)
