"""A run whose network has died ends early, with what it would have measured later; no other run does."""

import sys
from itertools import count
from math import ceil, inf, log

import pytest
import torch
from helpers import run
from torch import nn

from srhm import register
from srhm.runs import Store
from srhm.sweep import sweep
from srhm.sweep.compute import measure
from srhm.training import fleet as fleets
from srhm.training import train
from srhm.training.fleet import FleetTraining
from srhm.training.trainee import Trainee

pytestmark = pytest.mark.usefixtures("one_thread")


def reckless(architecture="CNN", **changes):
    """Eight runs at a rate so large that many of their networks die."""
    fields = dict(lr=16, max_epochs=60) | changes
    return [run(40, architecture, task_seed=i, data_seed=i, init_seed=i, **fields) for i in range(8)]


def to_the_end(runs, monkeypatch):
    """Each run trained alone, by a package that does not notice death."""
    with monkeypatch.context() as patch:
        patch.setattr(Trainee, "_coasting", inf)
        return [next(train([r])) for r in runs]


def same_bits(one, other):
    pairs = zip(one.network.parameters, other.network.parameters, strict=True)
    return all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in pairs)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("architecture", ["LCN", "CNN", "FCN"])
def test_a_dead_run_ends_early_and_no_other(architecture, momentum, monkeypatch):
    runs = reckless(architecture, momentum=momentum)
    early = [next(train([r])) for r in runs]
    for one, late in zip(early, to_the_end(runs, monkeypatch), strict=True):
        if one.status != "dead":
            assert (one.status, one.epochs) == (late.status, late.epochs)
            assert same_bits(one, late)
            continue
        assert one.epochs < late.epochs == 60
        assert late.status == "max_epochs"
        assert one.train_loss == late.train_loss == pytest.approx(log(3))
        for trained in (one, late):
            assert not trained.observe(one.run.task.sample(40, one.run.data_seed))[-1].values.any()
        assert measure(one, "cpu").test_error == measure(late, "cpu").test_error
        expected = pytest.approx(measure(late, "cpu").sensitivities, rel=1e-6, nan_ok=True)
        assert measure(one, "cpu").sensitivities == expected
    assert {"dead", "max_epochs"} <= {one.status for one in early}


@pytest.mark.parametrize("batches", [1, 3, 200])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
def test_death_is_told_after_a_still_epoch_and_the_steps_in_which_momentum_dies_out(momentum, batches):
    coasting = next(n for n in count() if momentum**n <= 2**-24)
    for moving in (0, 1, batches, 2 * batches + 1):  # steps before the network dies
        trainee = Trainee(run(8 * batches, momentum=momentum, max_epochs=5000))
        for step in count(1):
            trainee.record([10.0], [step <= moving])
            if trainee.status:
                break
        assert trainee.status == "dead"
        assert trainee.epoch == ceil((moving + max(batches + 1, coasting)) / batches)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_single_step_that_moves_begins_the_count_anew(momentum):
    trainee = Trainee(run(24, momentum=momentum, max_epochs=500))
    for step in range(1, 1501):
        trainee.record([10.0], [step % max(3, 158 if momentum else 0) == 0])
    assert (trainee.status, trainee.epoch) == ("max_epochs", 500)


def test_a_network_that_momentum_brings_back_to_life_was_not_dead(monkeypatch):
    """One layer, silent on all data for a hundred epochs of one step, and then no more."""
    monkeypatch.setattr(fleets, "_STEPS", 1)
    r = run(8, L=1, max_epochs=400)
    training, trainee, still = FleetTraining(r, torch.device("cpu")), Trainee(r), []
    training.replace([], [trainee])
    training.networks.parameters[0].fill_(-1)
    training.momenta[0].fill_(-1 / (9 * (1 - 0.9**100)))  # 0.9 + 0.9^2 + ... = 9
    while not training.ended():
        training.advance()
        still.append(trainee.still)
    assert still[98] == 99
    assert max(still) < 105
    assert trainee.status != "dead"
    assert trainee.train_loss < 0.9 * log(3)


def test_a_dead_run_is_stored_and_found_like_others(tmp_path):
    runs, store = reckless(), Store(tmp_path)
    assert sweep(runs, store, "cpu", workers=0) == 8
    table = store.find(runs)
    dead = table[table.status == "dead"]
    assert len(table) == 8 and len(dead) >= 2
    assert (dead.epochs < 60).all()
    assert dead.test_error.between(0.3, 1).all()  # by chance 2/3
    assert dead.S_1_1.notna().all()


# Torch modules


class Layers(nn.Module):
    def __init__(self, task, width):
        super().__init__()
        self.hidden = nn.Linear(task.v * task.d, width)
        self.readout = nn.Linear(width, task.n_c)

    def forward(self, x):
        return self.readout(self.hidden(x.flatten(1)).relu())


def asleep(task, width):
    network = Layers(task, width)
    nn.init.constant_(network.hidden.bias, -100)
    return network


def zero_at_first(task, width):
    network = Layers(task, width)
    nn.init.zeros_(network.readout.weight)
    nn.init.zeros_(network.readout.bias)
    return network


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(sys.modules[register.__module__], "_registered", {})
    register("asleep", asleep, ["hidden"])
    register("zero_at_first", zero_at_first, ["hidden"])


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_a_module_whose_output_does_not_depend_on_the_data_ends_dead(momentum, known):
    r = run(40, "asleep", momentum=momentum, max_epochs=500)
    (trained,) = train([r])
    assert trained.status == "dead"
    assert trained.epochs <= 1 + ceil(158 / 5)
    logits = trained.observe(r.task.sample(100))[-1].values
    assert (logits == logits[:1]).all()


@pytest.mark.parametrize("P", [8, 40])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_a_module_whose_readout_is_zero_at_first_is_alive(momentum, P, known, monkeypatch):
    r = run(P, "zero_at_first", momentum=momentum, lr=0.1, max_epochs=50)
    (trained,) = train([r])
    (late,) = to_the_end([r], monkeypatch)
    assert (trained.status, trained.epochs) == (late.status, late.epochs)
    assert trained.train_loss == late.train_loss < 0.9 * log(3)
