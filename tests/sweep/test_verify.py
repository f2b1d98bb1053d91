"""`srhm verify`: stored runs come out again, and a store that was changed is found out."""

import json
import sys
from math import ceil

import pytest
from helpers import run

from srhm.cli import main
from srhm.networks import registry
from srhm.runs import Outcome, Store
from srhm.sweep import sweep, verify
from srhm.sweep import verification as verifying
from srhm.sweep.verification import TOLERANCE
from srhm.training.fleet import FleetTraining

RUNS = [run(P, architecture) for architecture in ("LCN", "CNN") for P in (20, 30, 40)]


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The content of a store of six runs and one that failed, by file name."""
    folder = tmp_path_factory.mktemp("results")
    sweep([*RUNS, run(50, lr=1e6)], Store(folder), "cpu", workers=0)
    return {path.name: path.read_text() for path in folder.glob("*.jsonl")}


@pytest.fixture
def store(rows, tmp_path):
    for name, text in rows.items():
        (tmp_path / name).write_text(text)
    return Store(tmp_path)


def change(store, r, **changes):
    """Overwrite results of one stored run."""
    path = store._path(r)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if line["key"] == r.key:
            line |= changes
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def value(store, r, name):
    return store.load().loc[r.key, name]


def way(name):
    """Up or down, so that a changed quantity stays one that a run can give."""
    return -1 if name == "test_error" else 1


def again(store, **options):
    return verify(store, **dict(fraction=1, device="cpu", workers=0) | options)


@pytest.fixture
def sample(monkeypatch):
    """sample(store, ...) are the keys that are verified, which are looked up instead of computed."""

    def copied(runs, copy, *arguments):
        for r in runs:
            copy.append(r, Outcome("converged", test_error=0.5, sensitivities={}), {})

    monkeypatch.setattr(verifying, "sweep", copied)
    monkeypatch.setattr(verifying, "_compare", lambda old, new: {"agrees": True})
    return lambda store, **options: again(store, **options).index.tolist()


# Agreement


def test_an_untouched_store_agrees_exactly(store):
    table = again(store)
    assert sorted(table.index) == sorted(r.key for r in RUNS)
    assert (table.again - table.stored).tolist() == [0] * len(RUNS)
    assert table.agrees.all()
    assert (table.allowed > 0).all()


def test_verify_changes_nothing_in_the_store(store, rows):
    again(store)
    assert {path.name: path.read_text() for path in store.folder.iterdir()} == rows


@pytest.mark.parametrize("name", ["test_error", "S_1_1", "D_out_2"])
def test_a_quantity_changed_beyond_its_tolerance_disagrees_and_is_named(name, store):
    allowed = verifying._allowed(store.load().loc[RUNS[0].key], name)
    true = value(store, RUNS[0], name)
    change(store, RUNS[0], **{name: true + way(name) * 1.2 * allowed})
    table = again(store)
    assert table.index[~table.agrees].tolist() == [RUNS[0].key]
    row = table.loc[RUNS[0].key]
    assert (row.quantity, row.stored, row.again) == (name, true + way(name) * 1.2 * allowed, true)


@pytest.mark.parametrize("name", ["test_error", "S_1_1", "D_out_2"])
def test_a_quantity_changed_within_its_tolerance_agrees(name, store):
    allowed = verifying._allowed(store.load().loc[RUNS[0].key], name)
    assert allowed > TOLERANCE[name if name == "test_error" else name[0]]
    change(store, RUNS[0], **{name: value(store, RUNS[0], name) + way(name) * 0.8 * allowed})
    table = again(store)
    assert table.agrees.all()
    assert table.loc[RUNS[0].key, "quantity"] == name


def test_a_run_that_fails_now_disagrees(store, monkeypatch):
    def failing(runs, copy, *arguments):
        for r in runs:
            copy.append(r, Outcome("failed", "out of memory"), {})

    monkeypatch.setattr(verifying, "sweep", failing)
    assert not again(store).agrees.any()


def test_a_quantity_that_is_undefined_now_disagrees(store, monkeypatch):
    def undefined(runs, copy, *arguments):
        sweep(runs, copy, *arguments)
        for r in runs:
            change(copy, r, S_1_2=None)

    monkeypatch.setattr(verifying, "sweep", undefined)
    table = again(store)
    assert not table.agrees.any()
    assert set(table.quantity) == {"S_1_2"}


def test_sensitivities_without_a_standard_error_are_compared_too(tmp_path):
    r, store = run(n_pairs=1), Store(tmp_path)
    sweep([r], store, "cpu", workers=0)
    assert again(store).agrees.all()
    change(store, r, S_out_1=value(store, r, "S_out_1") + 1)
    table = again(store)
    assert not table.agrees.any()
    assert table.quantity.tolist() == ["S_out_1"]


# The sample


@pytest.mark.parametrize("fraction", [1e-9, 1 / 6, 0.2, 1 / 3, 0.5, 0.51, 0.99, 1])
def test_the_sample_is_the_fraction_rounded_up_of_the_runs_that_did_not_fail(fraction, store, sample):
    keys = sample(store, fraction=fraction)
    assert len(keys) == len(set(keys)) == ceil(fraction * len(RUNS))
    assert set(keys) <= {r.key for r in RUNS}


def test_a_seed_names_the_sample(store, sample):
    samples = [sample(store, fraction=0.5, seed=seed) for seed in range(8)]
    assert samples == [sample(store, fraction=0.5, seed=seed) for seed in range(8)]
    assert len({tuple(keys) for keys in samples}) > 4
    assert {key for keys in samples for key in keys} == {r.key for r in RUNS}


def test_the_sample_does_not_depend_on_the_order_in_which_runs_were_stored(store, sample):
    before = sample(store, fraction=0.5)
    for path in store.folder.glob("*.jsonl"):
        path.write_text("".join(f"{line}\n" for line in reversed(path.read_text().splitlines())))
    assert sample(store, fraction=0.5) == before


# Bad input


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, float("nan"), float("inf")])
def test_a_bad_fraction_is_named(fraction, store):
    with pytest.raises(ValueError, match=rf"fraction must lie in \(0, 1\], got {fraction}"):
        again(store, fraction=fraction)


@pytest.mark.parametrize("seed", [-1, 0.5, True])
def test_a_bad_seed_is_named(seed, store):
    with pytest.raises(ValueError, match=f"seed must be an integer >= 0, got {seed}"):
        again(store, seed=seed)


def test_a_folder_without_runs_is_named(tmp_path):
    with pytest.raises(ValueError, match=f"no runs in {tmp_path / 'nowhere'} to verify"):
        again(Store(tmp_path / "nowhere"))
    sweep([run(lr=1e6)], Store(tmp_path / "failed"), workers=0)
    with pytest.raises(ValueError, match=f"no runs in {tmp_path / 'failed'} to verify"):
        again(Store(tmp_path / "failed"))


# The command


def command(store, *options):
    return main(["verify", "--results", str(store.folder), "--device", "cpu", "--workers", "0", *options])


def test_the_command_prints_the_table_and_succeeds_when_all_agree(store, capsys):
    assert command(store, "--fraction", "0.3") == 0
    header, *lines, verdict = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["architecture", "s0", "P"]
    assert len(lines) == 2
    assert all(line.endswith("True") for line in lines)
    assert verdict == "2 runs computed again, 0 disagree"


def test_the_command_prints_the_table_and_fails_when_a_run_disagrees(store, capsys):
    change(store, RUNS[4], test_error=value(store, RUNS[4], "test_error") - 0.5)
    assert command(store, "--fraction", "1") == 1
    _, *lines, verdict = capsys.readouterr().out.splitlines()
    (bad,) = [line for line in lines if line.endswith("False")]
    assert bad.split()[:5] == [RUNS[4].key, "CNN", "1", "30", "test_error"]
    assert verdict == "6 runs computed again, 1 disagree"


LAB = """
from torch.nn import Flatten, Linear, Sequential
from srhm import register
STUDIES = {}
register("Linear", lambda task, width: Sequential(Flatten(), Linear(task.v * task.d, task.n_c)))
"""


def test_a_network_of_ones_own_is_known_by_the_file_that_registers_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "linear_lab.py").write_text(LAB)
    exec(LAB, {})
    own = Store(tmp_path / "results")
    sweep([run(20, "Linear")], own, "cpu", workers=0)
    registry._registered.clear()
    assert command(own) == 1
    assert "srhm.register makes a network of your own known" in capsys.readouterr().err
    assert command(own, "--load", str(tmp_path / "linear_lab.py")) == 0
    assert "1 runs computed again, 0 disagree" in capsys.readouterr().out


def test_runs_that_do_not_fit_the_memory_are_told_and_do_not_agree(store, monkeypatch):
    advance = FleetTraining.advance

    def cramped(self):
        if any(trainee.run == RUNS[1] for trainee in self.trainees):
            raise MemoryError("Unable to allocate 9 GiB")
        advance(self)

    monkeypatch.setattr(FleetTraining, "advance", cramped)
    with pytest.warns(UserWarning, match="1 runs did not fit the memory"):
        table = again(store)
    assert table.index[~table.agrees].tolist() == [RUNS[1].key]
    assert table.again.isna().sum() == 1


@pytest.mark.parametrize(
    ("options", "told"), [(["--fraction", "0"], "fraction must lie in"), (["--seed", "-1"], "seed must be")]
)
def test_bad_options_are_told_in_one_line(options, told, store, capsys):
    assert command(store, *options) == 1
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith(f"srhm: {told}")
    assert captured.out == ""
