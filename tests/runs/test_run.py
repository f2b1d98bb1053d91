"""A run's key names its whole configuration, and every bad value is told."""

import json
from dataclasses import FrozenInstanceError, asdict, dataclass, fields, replace

import numpy as np
import pytest

from srhm.analysis.columns import SEEDS, SETTING
from srhm.model import SRHM
from srhm.runs import SEMANTICS, Outcome, Run, Store
from srhm.runs import run as running

BASE = dict(architecture="CNN", v=4, n_c=4, m=4, s=2, L=2, s0=1, P=100)
CHANGES = dict(
    architecture="LCN", v=5, n_c=3, m=3, s=3, L=3, s0=2, sparsity="B", P=101, task_seed=1, data_seed=1,
    init_seed=1, width=128, batch_size=4, lr=0.01, momentum=0.8, loss_threshold=0.01, max_epochs=10,
    n_test=500, n_pairs=50,
)  # fmt: skip
LATER = dict(
    inputs="whitened", bias=True, first_layer_rate=4.0
)  # fields that came later; no pinned key has them
VISION_LATER = dict(init="uniform", penalty=0.5, statistics="batch")  # those that the CNN has not
VISION = dict(architecture="VGG11")


def run(**changes):
    return Run(**BASE | changes)


def changed(name, value):
    """A run that differs from the others in one field, and in the architecture that has it."""
    return run(**{name: value}, **VISION if name in VISION_LATER else {})


# The key


def test_a_change_of_any_field_changes_the_key():
    changes = CHANGES | LATER | VISION_LATER
    assert set(changes) == {f.name for f in fields(Run)}
    assert set(LATER | VISION_LATER) == {f.name for f in fields(Run) if f.metadata.get("later")}
    keys = {run().key, run(**VISION).key} | {changed(name, value).key for name, value in changes.items()}
    assert len(keys) == 2 + len(changes)


def test_seeds_and_sizes_do_not_stand_in_for_each_other():
    names = ("task_seed", "data_seed", "init_seed", "width", "batch_size", "max_epochs", "n_test", "n_pairs")
    keys = {run(**{name: 77}).key for name in names} | {run(P=77).key}
    assert len(keys) == len(names) + 1


def test_the_key_of_a_configuration_never_changes():
    """If this fails, stored results are no longer found: raise SEMANTICS on purpose, or undo the change."""
    assert SEMANTICS == 1
    assert run().key == "c219985d44bae368"
    assert Run(**CHANGES).key == "af917d56d54b694b"


def test_equal_runs_have_equal_keys():
    assert run(architecture="CNN") == run()
    assert run(architecture="CNN").key == run().key
    for field, whole in (
        ("lr", 1),
        ("momentum", 0),
        ("loss_threshold", 2),
        ("penalty", 3),
        ("first_layer_rate", 2),
    ):
        assert changed(field, whole) == changed(field, float(whole))
        assert changed(field, whole).key == changed(field, float(whole)).key


@pytest.mark.parametrize("plain", [CHANGES | LATER, CHANGES | VISION_LATER | VISION])
def test_numpy_numbers_give_the_key_of_plain_ones(plain):
    numbers = {name: np.asarray(value)[()] for name, value in plain.items() if not isinstance(value, str)}
    given = Run(**plain | numbers)
    assert given == Run(**plain)
    assert given.key == Run(**plain).key


def test_blanks_by_level_have_a_key_of_their_own_unless_they_are_one_number():
    assert run(s0=(1, 1)) == run(s0=[np.int64(1), 1]) == run()
    assert run(s0=(1, 1)).key == run().key
    assert type(run(s0=(1, 1)).s0) is int
    assert run(s0=[2, 0]) == run(s0=(np.int64(2), 0))
    assert len({run(s0=s0).key for s0 in (0, 2, (2, 0), (0, 2), [2, 0])}) == 4
    assert run(s0=(2, 0)).key == "a9dd92e549672e3a"
    assert run(architecture="Shared-01", L=3).key == "e50ec078566d4c37"
    assert run(s0=(2, 0)).shape != run(s0=(0, 2)).shape
    assert run(s0=(2, 0)).task == SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=(2, 0))
    assert Run.of_task(run(s0=(2, 0)).task, architecture="CNN", P=100) == run(s0=(2, 0))
    assert Run.from_row(json.loads(json.dumps(asdict(run(s0=(2, 0)))))) == run(s0=(2, 0))


def test_the_key_is_sixteen_hexadecimal_digits():
    assert len(run().key) == 16
    assert int(run().key, 16) >= 0


def test_the_key_does_not_depend_on_what_was_computed_with_the_run():
    before, after = run(), run()
    after.task.sample(5)
    assert after.task.rules
    assert before.key == after.key
    assert before == after
    assert len({before, after}) == 1


# A field that comes later


def grow(monkeypatch):
    """The package with one more field of a run; returns the new `Run`."""

    @dataclass(frozen=True, kw_only=True)
    class Grown(Run):
        noise: float = running.later(0.0)

    monkeypatch.setattr(running, "Run", Grown)
    return Grown


@pytest.fixture
def before(tmp_path):
    """A store with a run of before there was the field."""
    store = Store(tmp_path)
    store.append(run(), Outcome("converged", test_error=0.5), {})
    return store


def test_a_later_field_leaves_the_keys_of_before(monkeypatch):
    old = [run().key, Run(**CHANGES).key]
    Grown = grow(monkeypatch)
    assert [Grown(**BASE).key, Grown(**CHANGES).key] == old
    assert Grown(**BASE, noise=0.0).key == old[0]


def test_a_row_of_before_is_completed_and_gives_the_run_that_it_was(monkeypatch, before):
    Grown = grow(monkeypatch)
    (row,) = before.load().to_dict("records")
    assert row["noise"] == 0
    assert Grown.from_row(row) == Grown(**BASE)
    assert Grown.from_row(asdict(run())) == Grown(**BASE)
    assert before.missing([Grown(**BASE)]) == []
    assert before.find([Grown(**BASE)]).test_error.tolist() == [0.5]


def test_a_later_field_with_another_value_is_another_run(monkeypatch, before):
    Grown = grow(monkeypatch)
    some = [Grown(**BASE, noise=noise) for noise in (0.0, 0.5, 1.0)]
    assert len({r.key for r in some}) == 3
    assert before.missing(some) == some[1:]
    for r in some:
        before.append(r, Outcome("converged"), {})
    assert {Grown.from_row(row) for row in before.load().to_dict("records")} == set(some)
    assert before.load().noise.to_dict() == {r.key: r.noise for r in some}


def test_a_later_field_that_was_edited_in_a_row_is_named(monkeypatch, before):
    grow(monkeypatch)
    (path,) = before.folder.glob("*.jsonl")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"noise": 0.5}) + "\n")
    with pytest.raises(ValueError, match="line 1 does not match its key"):
        before.load()


# The run


def test_every_field_is_a_setting_or_a_seed_or_P():
    """A field that is neither would mix runs that differ in it in one curve."""
    assert {"architecture", *SETTING, *SEEDS, "P"} == {f.name for f in fields(Run)}
    assert len(set(SETTING)) + len(SEEDS) + 1 == len(fields(Run))


def test_the_task_has_the_fields_of_the_run():
    task = SRHM(v=5, n_c=3, m=3, s=3, L=3, s0=2, sparsity="B", seed=1)
    assert Run(**CHANGES).task == task
    assert Run(**CHANGES | dict(data_seed=8, init_seed=9)).task == task


def test_runs_of_one_shape_differ_in_seeds_sizes_and_rates_only():
    free = dict(P=7, m=2, sparsity="B", task_seed=5, data_seed=6, init_seed=7, lr=0.5, loss_threshold=0.1)
    free |= dict(max_epochs=3, n_test=20, n_pairs=20)
    assert run(**free).shape == run().shape
    for name, value in (CHANGES | LATER | VISION_LATER).items():
        assert name in free or changed(name, value).shape not in (run().shape, run(**VISION).shape)


def test_a_run_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        run().P = 3
    assert replace(run(), P=3) == run(P=3)


@pytest.mark.parametrize("r", [run(), Run(**CHANGES), run(lr=1.0, momentum=0.0, data_seed=2**31)])
def test_a_stored_row_gives_its_run_back(r, tmp_path):
    store = Store(tmp_path)
    store.append(r, Outcome("converged", test_error=0.5, sensitivities={"S_1_1": 0.2}), {"device": "cpu"})
    (row,) = store.load().to_dict("records")
    assert Run.from_row(row) == r
    assert Run.from_row(row).key == r.key
    assert Run.from_row(asdict(r)) == r


def test_a_row_of_the_table_of_stored_runs_gives_its_run_back(tmp_path):
    store = Store(tmp_path)
    for r in (run(lr=1), run(P=50, lr=0.5)):
        store.append(r, Outcome("converged"), {})
        row = store.load().loc[r.key]
        assert Run.from_row(row) == r
        assert Run.from_row(row).key == r.key


# Errors


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(architecture="MLP"), r"architecture must be one of \('LCN', 'CNN', 'FCN', .*\), got 'MLP'"),
        (dict(architecture="cnn"), "architecture must be one of .*, got 'cnn'"),
        (dict(momentum=1), r"momentum must lie in \[0, 1\), got 1"),
        (dict(momentum=-0.1), r"momentum must lie in \[0, 1\), got -0.1"),
        (dict(momentum=float("nan")), r"momentum must lie in \[0, 1\), got nan"),
        (VISION | dict(penalty=-0.1), "penalty must be a finite number >= 0, got -0.1"),
        (VISION | dict(penalty=float("inf")), "penalty must be a finite number >= 0, got inf"),
        (VISION | dict(penalty=float("nan")), "penalty must be a finite number >= 0, got nan"),
        (VISION | dict(penalty=True), "penalty must be a number, got True"),
        (VISION | dict(init="xavier"), r"init must be one of \('normal', 'uniform'\), got 'xavier'"),
        (VISION | dict(statistics=None), r"statistics must be one of \('running', 'batch'\), got None"),
        (dict(penalty=0.1), "penalty must be 0.0 for CNN, got 0.1; what it can choose is inputs, bias"),
        (dict(first_layer_rate=0), "first_layer_rate must be a finite number > 0, got 0"),
        (dict(first_layer_rate=float("inf")), "first_layer_rate must be a finite number > 0, got inf"),
        (dict(first_layer_rate="4"), "first_layer_rate must be a number, got '4'"),
        (VISION | dict(first_layer_rate=2.0), "first_layer_rate must be 1.0 for VGG11, got 2.0"),
        (dict(init="uniform"), "init must be 'normal' for CNN, got 'uniform'"),
        (dict(architecture="TaperedFCN", statistics="batch"), "'running' for TaperedFCN, got 'batch'"),
        (
            VISION | dict(bias=True),
            "bias must be False for VGG11, got True; what it can choose is inputs, init",
        ),
        (dict(v=1), "v must be an integer >= 2, got 1"),
        (dict(n_c=0), "n_c must be an integer >= 1, got 0"),
        (dict(s=1), "s must be an integer >= 2, got 1"),
        (dict(L=0), "L must be an integer >= 1, got 0"),
        (dict(s0=-1), "s0 must be an integer >= 0, got -1"),
        (dict(s0=(1, 2, 3)), r"s0 must be one integer or L = 2 of them, level 1 first, got \(1, 2, 3\)"),
        (dict(s0=(1, -1)), "s0 of level 2 must be an integer >= 0, got -1"),
        (dict(s0=(1.0, 1)), "s0 of level 1 must be an integer >= 0, got 1.0"),
        (dict(s0=(True, 1)), "s0 of level 1 must be an integer >= 0, got True"),
        (dict(s0="11"), "s0 must be an integer >= 0, got '11'"),
        (dict(architecture="Shared-01"), r"Shared- and L - 1 = 1 digits, .*, got 'Shared-01'"),
        (dict(architecture="Shared-0x", L=3), r"Shared- and L - 1 = 2 digits, .*, got 'Shared-0x'"),
        (dict(architecture="Shared-11", L=3), "architecture 'Shared-11' is the CNN: call it so"),
        (dict(architecture="Shared-00", L=3), "architecture 'Shared-00' is the LCN: call it so"),
        (dict(architecture="Shared-"), "Shared- and L - 1 = 1 digits"),
        (dict(architecture="Shared-01", L=3, width=0), "width must be an integer >= 1, got 0"),
        (dict(task_seed=-1), "seed must be an integer >= 0, got -1"),
        (dict(sparsity="C"), 'sparsity must be "A" or "B", got \'C\''),
        (dict(m=5, n_c=1), r"m \* v = 5 \* 4 = 20 must not exceed v\*\*s = 16"),
        (dict(n_c=5), r"m \* n_c = 4 \* 5 = 20 must not exceed v\*\*s = 16"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        run(**changes)


@pytest.mark.parametrize("name", ["P", "width", "batch_size", "max_epochs", "n_test", "n_pairs"])
@pytest.mark.parametrize("value", [0, -3, 10.0, True, "10", None])
def test_a_size_must_be_an_integer_of_at_least_one(name, value):
    with pytest.raises(ValueError, match=f"{name} must be an integer >= 1, got {value!r}"):
        run(**{name: value})


@pytest.mark.parametrize("name", ["data_seed", "init_seed"])
@pytest.mark.parametrize("value", [-1, 0.0, False, "0", None])
def test_a_seed_must_be_an_integer_of_at_least_zero(name, value):
    with pytest.raises(ValueError, match=f"{name} must be an integer >= 0, got {value!r}"):
        run(**{name: value})


@pytest.mark.parametrize("name", ["lr", "loss_threshold"])
@pytest.mark.parametrize("value", [0, -0.1, float("nan"), float("inf")])
def test_a_rate_must_be_finite_and_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a finite number > 0, got {value!r}"):
        run(**{name: value})


@pytest.mark.parametrize("name", ["lr", "loss_threshold", "momentum"])
@pytest.mark.parametrize("value", ["0.1", None, True, [0.1]])
def test_a_rate_must_be_a_number(name, value):
    with pytest.raises(ValueError, match=name):
        run(**{name: value})


def test_an_unknown_field_is_refused():
    with pytest.raises(TypeError, match="'depth'"):
        run(depth=3)


def test_a_row_that_lacks_a_field_is_refused():
    row = asdict(run())
    del row["width"]
    with pytest.raises(KeyError, match="width"):
        Run.from_row(row)
