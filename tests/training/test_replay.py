"""Recorded steps on the CPU: a stand-in for CUDA's graphs takes the recorded step when it is replayed."""

import gc
import weakref
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from srhm.networks import fleet as networks
from srhm.networks.fleet import FLEETS
from srhm.runs import Run
from srhm.training import train
from srhm.training.fleet import FleetTraining
from srhm.training.replay import Replay
from srhm.training.trainee import Trainee

TASK = dict(v=4, n_c=4, m=4, s=2, L=2, s0=1, width=16, batch_size=8, loss_threshold=1e-9)
WHITENED = dict(inputs="whitened", bias=True)


def runs(**changes):
    """Three of other sizes, whose last batches are not full."""
    sizes = [dict(P=1203 + 100 * i, max_epochs=4 - i, task_seed=i, init_seed=i) for i in range(3)]
    return [Run(**TASK | dict(architecture="CNN") | size | changes) for size in sizes]


@pytest.fixture
def recordings(monkeypatch):
    """Train as on a GPU, but on the CPU; of each recording how often it was replayed."""
    graphs = []

    class Graph:
        def __init__(self):
            self.replays, self.step = 0, None
            graphs.append(self)

        def replay(self):
            self.replays += 1
            replay, step, places = self.step
            assert places == places_of(step)  # a graph writes to the tensors that it was recorded with
            replay._keep(replay._run_next(step))

    def places_of(step):
        fleet = step.__self__
        return [tensor.data_ptr() for tensor in (*fleet.networks.parameters, *fleet.momenta)]

    at_work = []

    @contextmanager
    def record(graph, stream):
        """As CUDA: what is recorded leaves no trace."""
        replay, step = at_work[-1]
        graph.step = replay, step, places_of(step)
        changed = [replay.next, *replay.seen, *step.__self__.networks.parameters, *step.__self__.momenta]
        before = [tensor.clone() for tensor in changed]
        yield
        for tensor, kept in zip(changed, before, strict=True):
            tensor.copy_(kept)

    def runner(fleet, inputs):
        replay = fleet._recording(inputs)
        at_work.append((replay, fleet._step))
        return lambda step, count: replay.run(fleet._step, count)

    def pack_steps(groups, num_groups, width, alike=False, real=networks.pack_steps):
        return real(groups, num_groups, width, alike=True)

    stream = SimpleNamespace(wait_stream=lambda other: None)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", record)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr("srhm.training.replay._side_stream", lambda device: stream)
    monkeypatch.setattr(networks, "pack_steps", pack_steps)
    monkeypatch.setattr(FleetTraining, "_runner", runner)
    return graphs


@pytest.mark.parametrize(
    "changes",
    [dict(architecture=name) for name in FLEETS]
    + [WHITENED, WHITENED | dict(architecture="LCN"), dict(L=1), dict(L=3, s0=(0, 1, 0), architecture="LCN")],
)
def test_replayed_steps_are_the_steps(changes, recordings, monkeypatch):
    replayed = {t.run: t for t in train(runs(**changes), fleet_size=2)}
    times = [graph.replays for graph in recordings]
    monkeypatch.undo()
    for plain in train(runs(**changes), fleet_size=2):
        t = replayed[plain.run]
        assert (t.status, t.epochs) == (plain.status, plain.epochs)
        assert t.train_loss == pytest.approx(plain.train_loss, rel=1e-5)
        for mine, theirs in zip(t.network.parameters, plain.network.parameters, strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)
    # Two runs begin, the third joins when the second has ended, and stays when the first has: each time the
    # fleet has other tensors, and so another recording.
    assert len(times) >= 3
    assert max(times) > 256  # one at least served for two chunks of steps


def test_a_recording_serves_until_the_fleet_changes(recordings):
    fleet = FleetTraining(runs()[0], torch.device("cpu"))
    fleet.replace([], [Trainee(Run(**TASK, architecture="FCN", P=4000, max_epochs=9))])
    fleet.advance()
    fleet.advance()
    assert [graph.replays for graph in recordings] == [511]  # the first step of all is taken before
    fleet.replace([], [Trainee(Run(**TASK, architecture="FCN", P=400, max_epochs=9))])
    fleet.advance()
    assert [graph.replays for graph in recordings] == [511, 255]


def test_a_fleet_and_its_recording_end_with_their_last_reference(recordings):
    """Else what did not fit the memory would still be there when its half is tried."""
    fleet = FleetTraining(runs()[0], torch.device("cpu"))
    fleet.replace([], [Trainee(runs()[0])])
    replay = weakref.ref(fleet._recording(inputs(steps=4, data=8)))
    gc.disable()
    try:
        del fleet
        assert replay() is None
    finally:
        gc.enable()


def inputs(steps, data):
    wire = torch.zeros(steps, 1, data, 1, 2, dtype=torch.int64)
    groups = torch.arange(2).expand(steps, 1, 2).repeat(1, 1, data)
    packings = [[packing] for packing in networks.pack_steps(groups, 2, 16, alike=True)]
    return [wire], packings, torch.zeros(steps, 1, data, 1), torch.ones(steps, 1, data, 1)


def test_inputs_of_other_shapes_need_another_recording():
    replay = Replay(inputs(4, 8))
    assert replay.load(inputs(4, 8))
    assert not replay.load(inputs(4, 9))
    assert not replay.load(inputs(5, 8))
    other = inputs(4, 8)
    other[1][0][0].sizes = [16, 0]  # of the same sum, 16, in other groups
    assert not replay.load(other)


def test_later_inputs_take_the_place_of_the_first():
    replay, later = Replay(inputs(4, 8)), inputs(4, 8)
    later[3].fill_(2.0)
    assert replay.load(later)
    assert all(torch.equal(tensor, torch.full_like(tensor, 2.0)) for tensor in replay.inputs[1:2])


@pytest.mark.parametrize("size", [1, 7, 8, 9, 31, 33, 100, 1000])
def test_places_are_rounded_up_to_few_sizes(size):
    rounded = networks._round_up(size)
    assert size <= rounded < 1.5 * size + 8
    assert networks._round_up(rounded) == rounded
    assert len({networks._round_up(n) for n in range(size, 2 * size)}) <= 6
