"""Stochastic gradient descent on a fleet of networks, each to its own stopping rule.

All networks of a fleet take a step together, each on its own data, in its own order and with its own
learning rate. A network leaves after the first epoch whose mean training loss is below its threshold
(Sec. 3 of the paper), and a waiting run takes its place. A fleet gives what its runs would give alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from .hierarchy import Data, check_device
from .networks import Activation, Fleet, Packing, observe, parameter_shapes, rank_in_group, wire
from .progress import UNREADABLE, Trainee, Training, load
from .runs import Run
from .sensitivity import Observer
from .vision import VISION, VisionNetwork
from .vision_training import VisionTraining

Network = Fleet | VisionNetwork

_STEPS = 256  # at most, between two looks at the losses
_SAVE_SECONDS = 60.0  # between two checkpoints
_CACHED_WEIGHTS = 2**21  # with their momentum 16 MiB, half of a common last-level cache


@dataclass(frozen=True)
class Trained:
    """A run whose training has ended.

    Attributes:
        network: the trained network, a fleet of one or a vision network.
        status: "converged", "max_epochs" or "failed".
        epochs: epochs begun.
        train_loss: mean training loss of the last epoch.
        seconds: its share of the fleet's wall time.
    """

    run: Run
    network: Network
    status: str
    epochs: int
    train_loss: float
    seconds: float

    def observe(self, data: Data) -> list[Activation]:
        """What the network does with data: the activations of its layers, then the logits."""
        return observer(self.network)(data)


def observer(network: Network) -> Observer:
    """The function that maps data to a network's activations, for either kind of network."""
    return network.observe if isinstance(network, VisionNetwork) else partial(observe, network)


def train(
    runs: Sequence[Run],
    device: str = "cpu",
    fleet_size: int | None = None,
    checkpoint: Path | None = None,
) -> Iterator[Trained]:
    """Train runs of one shape together and yield each as it ends.

    Args:
        fleet_size: networks trained at a time; unless given, as many as fit the cache of a CPU, or all.
            Vision networks are trained one after another.
        checkpoint: file that keeps the state of the fleet, written every minute and when a run ends, and
            deleted when all have been taken. Those of the runs that it holds go on from there.

    Raises:
        ValueError: runs of different shapes, or a device that is not there.
        OSError: the checkpoint cannot be written.
    """
    if len({run.shape for run in runs}) != 1:
        raise ValueError("a fleet needs at least one run, and its runs must share their shape (Run.shape)")
    # Denormal floats, which the momentum of dead units decays into, are 2 to 10 times slower on CPUs.
    torch.set_flush_denormal(True)
    where = check_device(device)
    fleet: _TrainingFleet | VisionTraining
    if runs[0].architecture in VISION:
        size, fleet = 1, VisionTraining(runs[0], where)
    else:
        size = fleet_size or (_fit_cache(runs[0]) if where.type == "cpu" else len(runs))
        fleet = _TrainingFleet(runs[0], where)
    if checkpoint and checkpoint.exists():
        fleet.restore(checkpoint, runs)
    begun = {trainee.run for trainee in fleet.trainees}
    waiting = [run for run in runs if run not in begun]
    fleet.replace([], _take(waiting, size - len(begun)))
    saved = perf_counter()
    while fleet.trainees:
        ended = fleet.ended()
        for i in ended:
            t = fleet.trainees[i]
            yield Trained(t.run, fleet.network_of(i), t.status, t.epoch, t.train_loss, t.seconds)
        if ended:
            fleet.replace(ended, _take(waiting, len(ended)))
        if fleet.trainees:
            fleet.advance()
        # Runs that ended are saved before they are handed over: wherever this stops, the fleet goes on with
        # the members that it would have had. Rounding may depend on them.
        if checkpoint and (fleet.ended() or perf_counter() - saved > _SAVE_SECONDS):
            fleet.save(checkpoint)
            saved = perf_counter()
    if checkpoint:
        forget(checkpoint)


def checkpointed(path: Path) -> list[Run]:
    """The runs that a checkpoint holds; none if it is unreadable."""
    try:
        return [trainee.run for trainee in load(path, torch.device("cpu"))[0]]
    except UNREADABLE:
        return []


def forget(checkpoint: Path) -> None:
    """Delete a checkpoint, and the drafts of it that killed processes left."""
    for file in checkpoint.parent.glob(f"{checkpoint.stem}.*"):
        file.unlink(missing_ok=True)


def _take(waiting: list[Run], n: int) -> list[Trainee]:
    taken = waiting[: max(n, 0)]
    del waiting[: len(taken)]
    return [Trainee(run) for run in taken]


def _fit_cache(run: Run) -> int:
    shapes = parameter_shapes(run.architecture, run.task, run.width)
    return max(1, _CACHED_WEIGHTS // sum(map(prod, shapes)))


class _TrainingFleet(Training):
    """A fleet in training, with its momentum and its data."""

    def __init__(self, run: Run, device: torch.device) -> None:
        super().__init__(run, device)
        self.networks = self._networks([])
        self.momenta = [torch.zeros_like(p) for p in self.networks.parameters]

    def _state(self) -> dict[str, Any]:
        return {"parameters": self.networks.parameters, "momenta": self.momenta}

    def _go_on(self, trainees: list[Trainee], chosen: list[int], state: dict[str, Any]) -> None:
        parameters, momenta = ([p[chosen] for p in state[name]] for name in ("parameters", "momenta"))
        self.trainees = [trainees[i] for i in chosen]
        self.networks.parameters, self.momenta = parameters, momenta

    def replace(self, ended: list[int], joining: list[Trainee]) -> None:
        """Let the trainees at `ended` go and others join."""
        staying = [i for i in range(len(self.trainees)) if i not in ended]
        fresh = self._networks([trainee.run.init_seed for trainee in joining])
        at_rest = [torch.zeros_like(p) for p in fresh.parameters]
        self.networks = self.networks[staying].join(fresh)
        self.momenta = [torch.cat([m[staying], rest]) for m, rest in zip(self.momenta, at_rest, strict=True)]
        self.trainees = [self.trainees[i] for i in staying] + joining
        if self.trainees:
            self._load_data()

    def network_of(self, i: int) -> Fleet:
        """A copy of the network of one trainee, a fleet of one."""
        return self.networks[[i]]

    def _networks(self, seeds: list[int]) -> Fleet:
        return Fleet(self.run.architecture, self.run.task, self.run.width, seeds, self.device)

    def _load_data(self) -> None:
        """Lay the training sets end to end."""
        runs = [trainee.run for trainee in self.trainees]
        sets = [run.task.sample(run.P, run.data_seed, self.device) for run in runs]
        wires = [wire(run.architecture, data) for run, data in zip(runs, sets, strict=True)]
        self.wires = [torch.cat(layer) for layer in zip(*wires, strict=True)]
        self.labels = torch.cat([data.labels for data in sets])
        sizes = torch.tensor([0] + [run.P for run in runs[:-1]], device=self.device)
        self.starts = sizes.cumsum(0)[:, None]
        rates = [run.lr * run.width for run in runs]
        self.rates = torch.tensor(rates, device=self.device)[:, None]
        self.decay = runs[0].momentum

    def advance(self) -> None:
        """Take _STEPS steps, or fewer if a run ends."""
        began = perf_counter()
        rows = torch.stack([t.rows(_STEPS) for t in self.trainees], 1).to(self.device)
        real = rows >= 0  # (steps, N, B)
        rows = rows.clamp(min=0) + self.starts
        labels = self.labels[rows]
        wires = [wire[rows] for wire in self.wires]
        groups = [wire.flatten(2) for wire in wires[1:]]
        ranks = [rank_in_group(group) for group in groups]
        largest = [(rank.amax((1, 2)) + 1).tolist() for rank in ranks]
        step = 0
        while step < _STEPS and not self.ended():
            losses = []
            for _ in range(min(_STEPS - step, *(t.batches - t.batch for t in self.trainees))):
                packings = [
                    Packing(group[step], rank[step], block.shape[1], most[step])
                    for group, rank, most, block in zip(
                        groups, ranks, largest, self.networks.parameters[1:-1], strict=True
                    )
                ]
                losses.append(self._step([w[step] for w in wires], packings, labels[step], real[step]))
                step += 1
            for trainee, of_trainee in zip(self.trainees, torch.stack(losses, 1).tolist(), strict=True):
                trainee.record(of_trainee)
        for trainee in self.trainees:
            trainee.seconds += (perf_counter() - began) / len(self.trainees)

    def _step(self, wires: list[Tensor], packings: list[Packing], labels: Tensor, real: Tensor) -> Tensor:
        """One step of gradient descent with momentum; the loss of each network, summed over data."""
        activations = self.networks.activations(wires, packings)
        log_p = activations[-1].log_softmax(-1)
        answers = labels.unsqueeze(-1)
        # The learning rate multiplies the error, so the momentum is the step itself.
        weights = real * (self.rates / real.sum(1, keepdim=True))
        error = log_p.exp().scatter_add_(-1, answers, log_p.new_full(answers.shape, -1.0))
        error *= weights.unsqueeze(-1)
        self.networks.accumulate_gradient(wires, packings, activations, error, self.momenta, self.decay)
        for parameter, momentum in zip(self.networks.parameters, self.momenta, strict=True):
            parameter.sub_(momentum)
        return -(log_p.gather(-1, answers).squeeze(-1) * real).sum(1)
