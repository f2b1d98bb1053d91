"""CUDA against the CPU: the same draws, the same first steps, the same P*, the same bits twice."""

import pytest
import torch

from srhm.analysis import sample_complexity
from srhm.measure.sensitivity import ratio_of_means, squared_distances
from srhm.networks.fleet import FLEETS
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import ImageRun, Run, Store
from srhm.sweep import sweep
from srhm.training import loop, train
from srhm.training.fleet import FleetTraining

DEVICE = "cuda"
TASK = dict(v=4, n_c=4, m=4, s=2, L=2, s0=1)

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")


def runs(architecture, **changes):
    fields = TASK | dict(P=200, width=64, max_epochs=3, loss_threshold=1e-9) | changes
    return [Run(architecture=architecture, **fields, task_seed=i, init_seed=i) for i in range(4)]


@pytest.mark.parametrize("architecture", FLEETS)
def test_the_first_steps_are_those_of_the_cpu(architecture):
    there = {t.run: t for t in train(runs(architecture), DEVICE)}
    for t in train(runs(architecture), "cpu"):
        assert t.train_loss == pytest.approx(there[t.run].train_loss, rel=1e-4)
        for mine, theirs in zip(t.network.parameters, there[t.run].network.parameters, strict=True):
            torch.testing.assert_close(mine, theirs.cpu(), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("architecture", FLEETS)
def test_the_same_runs_give_the_same_bits_twice(architecture):
    first, second = ({t.run: t for t in train(runs(architecture), DEVICE)} for _ in range(2))
    for run in runs(architecture):
        for a, b in zip(first[run].network.parameters, second[run].network.parameters, strict=True):
            assert torch.equal(a, b)


# Several chunks of steps each, last batches that are not full, and a fleet whose members change.
LONG = [dict(), dict(L=1), dict(inputs="whitened", bias=True), dict(architecture="LCN", L=3, s0=(0, 1, 0))]


def long_runs(**changes):
    sizes = [
        dict(P=1203 + 100 * i, max_epochs=4 - i, batch_size=8, task_seed=i, init_seed=i) for i in range(3)
    ]
    way = TASK | dict(architecture="CNN", width=64, loss_threshold=1e-9) | changes
    return [Run(**way | size) for size in sizes]


@pytest.mark.parametrize("changes", LONG)
def test_recorded_steps_are_those_of_the_cpu(changes):
    there = {t.run: t for t in train(long_runs(**changes), DEVICE, fleet_size=2)}
    for t in train(long_runs(**changes), "cpu"):
        assert t.train_loss == pytest.approx(there[t.run].train_loss, rel=0.05)


@pytest.mark.parametrize("changes", LONG)
def test_a_fleet_that_stops_and_goes_on_gives_the_same_bits(changes, tmp_path, monkeypatch):
    undisturbed = {t.run: t for t in train(long_runs(**changes), DEVICE)}
    monkeypatch.setattr(loop, "_SAVE_SECONDS", 0.0)
    ended, advances, advance = {}, [], FleetTraining.advance

    def interrupted(fleet):
        advances.append(fleet)
        if len(advances) == 2:
            raise KeyboardInterrupt
        advance(fleet)

    with monkeypatch.context() as patch:
        patch.setattr(FleetTraining, "advance", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ended |= {t.run: t for t in train(long_runs(**changes), DEVICE, checkpoint=tmp_path / "state.pt")}
    ended |= {t.run: t for t in train(long_runs(**changes), DEVICE, checkpoint=tmp_path / "state.pt")}
    assert ended.keys() == undisturbed.keys()
    for run, t in ended.items():
        assert t.train_loss == undisturbed[run].train_loss
        for mine, theirs in zip(t.network.parameters, undisturbed[run].network.parameters, strict=True):
            assert torch.equal(mine, theirs)


def test_activations_and_distances_are_those_of_the_cpu():
    (trained,) = train(runs("CNN")[:1], "cpu")
    task = trained.run.task
    x, z = task.sample(100, 1), task.displace(task.sample(100, 1), 2)
    seen = zip(trained.network.observe(x), trained.network.observe(z), strict=True)
    here = [squared_distances(a, b) for a, b in seen]
    network = trained.network[[0]]
    network.parameters = [p.to(DEVICE) for p in network.parameters]
    pairs = zip(network.observe(x.to(DEVICE)), network.observe(z.to(DEVICE)), strict=True)
    for mine, (a, b) in zip(here, pairs, strict=True):
        torch.testing.assert_close(mine, squared_distances(a, b).cpu(), atol=1e-4, rtol=1e-4)
        assert ratio_of_means(mine, mine + 1)[0] < 1


def test_a_run_on_images_is_trained_and_measured_as_on_the_cpu():
    way = dict(P=60, width=6, batch_size=20, max_epochs=2, n_test=200, n_pairs=100)
    run = ImageRun(dataset="generated", architecture="LeNet", **way)
    (here,), (there,) = train([run], "cpu"), train([run], DEVICE)
    assert there.train_loss == pytest.approx(here.train_loss, rel=1e-4)
    mine, theirs = run.measure(here.network, "cpu"), run.measure(there.network, DEVICE)
    assert theirs["R_out"] == pytest.approx(mine["R_out"], rel=0.01)
    assert theirs["test_error"] == pytest.approx(mine["test_error"], abs=0.02)


def test_the_sample_complexity_is_within_the_interval_of_the_cpu(tmp_path):
    asked = [run for run in STUDIES["sample_complexity"].runs("smoke") if run.architecture == "CNN"]
    found = []
    for device in ("cpu", DEVICE):
        store = Store(tmp_path / device)
        sweep(asked, store, device, workers=0)
        found.append(sample_complexity(store.find(asked)).iloc[0])
    cpu, gpu = found
    assert cpu.P_star_low / 1.1 <= gpu.P_star <= cpu.P_star_high * 1.1
