"""Checkpoints that load but do not fit are left aside with a warning; training leaves floats as they were."""

import numpy as np
import pytest
import torch
from helpers import checkpoint_path

from srhm.networks import register, registry
from srhm.runs import Outcome, Run, Store
from srhm.sweep import sweep
from srhm.training import loop, train
from srhm.training.checkpoint import checkpointed
from srhm.training.fleet import FleetTraining
from srhm.training.module import ModuleTraining

TINY = dict(v=3, n_c=3, m=3, s=2, L=2, s0=1, width=8, batch_size=8, max_epochs=4, n_test=60, n_pairs=20)

pytestmark = pytest.mark.usefixtures("one_thread")


def run(P=20, architecture="CNN", **changes):
    return Run(architecture=architecture, **TINY | dict(P=P) | changes)


class Stopped(Exception):
    """Stands for a kill."""


def half_trained(runs, path, monkeypatch):
    """Train until a checkpoint is there."""
    kind = FleetTraining if runs[0].architecture == "CNN" else ModuleTraining
    save = kind.save

    def save_and_stop(self, path):
        save(self, path)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_SAVE_SECONDS", 0)
        patch.setattr("srhm.training.fleet._STEPS", 2)
        patch.setattr(kind, "save", save_and_stop)
        with pytest.raises(Stopped):
            list(train(runs, checkpoint=path))
    assert checkpointed(path) <= {run.key for run in runs} and path.exists()


def changed(path, change):
    state = torch.load(path, weights_only=True)
    change(state)
    torch.save(state, path)


def losses(runs, path=None):
    return {
        trained.run: (trained.status, trained.epochs, trained.train_loss)
        for trained in train(runs, checkpoint=path)
    }


def reshape(name, change):
    return lambda state: state.update({name: [change(p) for p in state[name]]})


def progress(**changes):
    return lambda state: state["trainees"][0].update(changes)


FLEETS = {
    "wider": reshape("parameters", lambda p: torch.cat([p, p], -1)),
    "narrower momenta": reshape("momenta", lambda p: p[..., :2]),
    "doubles": reshape("parameters", torch.Tensor.double),
    "half momenta": reshape("momenta", torch.Tensor.half),
    "fewer networks": reshape("parameters", lambda p: p[:1]),
    "more networks": reshape("parameters", lambda p: torch.cat([p, p])),
    "more momenta": reshape("momenta", lambda p: torch.cat([p, p])),
    "a layer less": lambda state: state.update(parameters=state["parameters"][:-1]),
    "a layer more": lambda state: state.update(momenta=[*state["momenta"], state["momenta"][0]]),
    "numbers": lambda state: state.update(parameters=[1.0, 2.0, 3.0]),
    "an epoch beyond the last": progress(epoch=9),
    "no epoch": progress(epoch=0),
    "a batch beyond the last": progress(batch=3),
    "a batch before the first": progress(batch=-1),
    "an unknown status": progress(status="tired"),
    "a loss in words": progress(loss="low"),
    "no loss": progress(loss=None),
    "half an account": lambda state: state["trainees"][0].pop("still"),
}


@pytest.mark.parametrize("name", FLEETS)
def test_a_checkpoint_that_does_not_fit_is_told_and_training_starts_anew(name, tmp_path, monkeypatch):
    runs, path = [run(20), run(20, lr=0.01)], tmp_path / "state.pt"
    half_trained(runs, path, monkeypatch)
    changed(path, FLEETS[name])
    with pytest.warns(UserWarning, match="state.pt is no checkpoint of this version, starting anew"):
        assert losses(runs, path) == losses(runs)
    assert not path.exists()


def build(task, width):
    return torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(task.v * task.d, width),
        torch.nn.ReLU(),
        torch.nn.Linear(width, task.n_c),
    )


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    register("plain", build)


def momentum(change):
    def apply(state):
        for kept in state["optimiser"]["state"].values():
            kept["momentum_buffer"] = change(kept["momentum_buffer"])

    return apply


MODULES = {
    "wider": lambda state: state.update(network={k: torch.cat([p, p]) for k, p in state["network"].items()}),
    "doubles": lambda state: state.update(network={k: p.double() for k, p in state["network"].items()}),
    "another momentum": momentum(lambda p: p[:1]),
    "no momentum": momentum(lambda p: None),
    "another rate": lambda state: state["optimiser"]["param_groups"][0].update(lr=9.0),
    "a batch beyond the last": progress(batch=3),
    "an unknown status": progress(status="tired"),
}


@pytest.mark.parametrize("name", MODULES)
def test_so_is_one_of_a_module(name, plain, tmp_path, monkeypatch):
    runs, path = [run(20, "plain", lr=0.1)], tmp_path / "state.pt"
    half_trained(runs, path, monkeypatch)
    changed(path, MODULES[name])
    with pytest.warns(UserWarning, match="state.pt is no checkpoint of this version, starting anew"):
        assert losses(runs, path) == losses(runs)


@pytest.mark.parametrize("architecture", ["CNN", "plain"])
def test_one_that_fits_goes_on_without_a_word(architecture, plain, tmp_path, monkeypatch):
    runs, path = [run(20, architecture, lr=0.1)], tmp_path / "state.pt"
    half_trained(runs, path, monkeypatch)
    assert losses(runs, path) == losses(runs)


NEWER = [
    lambda state: state.pop("semantics"),
    lambda state: state["trainees"][0]["run"].update(dropout=0.1),
]


@pytest.mark.parametrize("change", [None, *NEWER])
def test_a_sweep_keeps_one_whose_network_it_does_not_know_or_that_it_cannot_read(
    change, plain, tmp_path, monkeypatch
):
    store, unknown = Store(tmp_path), run(20, "plain", lr=0.1)
    path = checkpoint_path(store, [unknown])
    half_trained([unknown], path, monkeypatch)
    if change:
        changed(path, change)
        store.append(unknown, Outcome("converged", test_error=0.5), {})
    content = path.read_bytes()
    registry._registered.clear()
    sweep([run(20)], store, workers=0)
    assert path.read_bytes() == content


@pytest.mark.parametrize("older", [False, True])
def test_a_sweep_removes_one_whose_run_is_stored_though_it_does_not_know_the_network(
    older, plain, tmp_path, monkeypatch
):
    store, unknown = Store(tmp_path), run(20, "plain", lr=0.1)
    path = checkpoint_path(store, [unknown])
    half_trained([unknown], path, monkeypatch)
    if older:  # than a field that came later
        changed(path, lambda state: state["trainees"][0]["run"].pop("first_layer_rate"))
    store.append(unknown, Outcome("converged", test_error=0.5), {})
    registry._registered.clear()
    sweep([run(20)], store, workers=0)
    assert not path.exists()


def test_a_sweep_that_finds_one_that_does_not_fit_computes_its_run(tmp_path, monkeypatch):
    r, store = run(20), Store(tmp_path)
    path = checkpoint_path(store, [r])
    half_trained([r], path, monkeypatch)
    changed(path, FLEETS["wider"])
    with pytest.warns(UserWarning, match="starting anew"):
        assert sweep([r], store, "cpu", workers=0) == 1
    assert store.missing([r]) == []
    assert not path.exists()


# Floats


def denormals():
    """What becomes of the smallest floats, here and in torch."""
    return float(np.float64(5e-324) * np.float64(1)), torch.tensor(1e-40).mul(1).item() > 0


@pytest.mark.parametrize("flushed", [False, True])
def test_training_leaves_the_smallest_floats_as_they_were(flushed):
    if not torch.set_flush_denormal(flushed):
        pytest.skip("this processor cannot flush denormal floats")
    try:
        before = denormals()
        assert before[1] is not flushed
        trainings = train([run(20), run(20, lr=0.01)])
        next(trainings)
        assert denormals() == before  # while the caller works with the first
        list(trainings)
        list(train([run(20, lr=1e6)]))
        assert denormals() == before
    finally:
        torch.set_flush_denormal(False)
