"""Recorded steps, with a stand-in for CUDA's graphs, which takes the recorded step when it is replayed."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from srhm.runs import Run
from srhm.training import train
from srhm.training.fleet import FleetTraining
from srhm.training.replay import Replay
from srhm.training.trainee import Trainee

# Rows of the FCN are one group: their packing is as large in each step, as those of all are on a GPU.
TASK = dict(architecture="FCN", v=4, n_c=4, m=4, s=2, L=2, s0=1, width=16, batch_size=8, loss_threshold=1e-9)
RUNS = [Run(**TASK, P=200 + 100 * i, max_epochs=8 - 2 * i, task_seed=i, init_seed=i) for i in range(3)]


@pytest.fixture
def recordings(monkeypatch):
    """Train by replaying on the CPU; of each recording how often it was replayed."""
    counts, at_work = [], []

    class Graph:
        def __init__(self):
            counts.append(0)
            self.index = len(counts) - 1

        def replay(self):
            counts[self.index] += 1
            recorder = at_work[-1]
            recorder._keep(recorder._step_at_next())

    @contextmanager
    def record(graph):
        """As CUDA: what is recorded leaves no trace."""
        recorder, fleet = at_work[-1], at_work[-1].step.__self__
        changed = [recorder.next, *recorder.seen, *fleet.networks.parameters, *fleet.momenta]
        before = [tensor.clone() for tensor in changed]
        yield
        for tensor, kept in zip(changed, before, strict=True):
            tensor.copy_(kept)

    def replaying(fleet, inputs):
        at_work.append(fleet._replay(inputs))
        return at_work[-1].take

    stream = SimpleNamespace(wait_stream=lambda other: None)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", record)
    monkeypatch.setattr(torch.cuda, "Stream", lambda: stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(FleetTraining, "_taker", replaying)
    return counts


def test_replayed_steps_are_the_steps(recordings, monkeypatch):
    replayed = {t.run: t for t in train(RUNS, fleet_size=2)}
    steps = sum(recordings)
    monkeypatch.undo()
    for plain in train(RUNS, fleet_size=2):
        t = replayed[plain.run]
        assert (t.status, t.epochs, t.train_loss) == (plain.status, plain.epochs, plain.train_loss)
        for mine, theirs in zip(t.network.parameters, plain.network.parameters, strict=True):
            assert torch.equal(mine, theirs)
    # Of each fleet that there was, two at first, then the third run with one of them, then it alone or the
    # other, the first step is taken without a recording.
    assert len(recordings) == 3
    assert steps > 100


def test_a_recording_serves_until_the_fleet_changes(recordings):
    fleet = FleetTraining(RUNS[0], torch.device("cpu"))
    fleet.replace([], [Trainee(Run(**TASK, P=4000, max_epochs=9))])
    fleet.advance()
    fleet.advance()
    assert recordings == [511]
    fleet.replace([], [Trainee(Run(**TASK, P=400, max_epochs=9))])
    fleet.advance()
    assert recordings == [511, 255]


def test_inputs_of_other_shapes_need_another_recording():
    def inputs(steps, data):
        wire = torch.zeros(steps, 1, data, 1, 2, dtype=torch.int64)
        return (
            [wire],
            [[] for _ in range(steps)],
            torch.zeros(steps, 1, data, 1),
            torch.ones(steps, 1, data, 1),
        )

    replay = Replay(lambda *_: (torch.zeros(1), torch.zeros(1)), inputs(4, 8))
    assert replay.load(inputs(4, 8))
    assert not replay.load(inputs(4, 9))
    assert not replay.load(inputs(5, 8))
