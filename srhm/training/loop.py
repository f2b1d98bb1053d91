"""The training loop: runs of one shape in, each trained run out as it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import torch

from ..model import Data, check_device, check_integer
from ..networks import Activation, Network
from ..runs import BaseRun, Run
from .checkpoint import Training, forget
from .fleet import FleetTraining, fit_cache
from .module import ModuleTraining
from .trainee import Course, Trainee, courses

_SAVE_SECONDS = 60.0  # between two checkpoints


@dataclass(frozen=True)
class Trained:
    """A run whose training has ended.

    Attributes:
        network: the trained network, a fleet of one or a torch module.
        status: how training ended, one of `srhm.runs.run.STATUSES`.
        epochs: epochs begun.
        train_loss: mean training loss of the last epoch.
        seconds: its share of the fleet's wall time.
    """

    run: BaseRun
    network: Network
    status: str
    epochs: int
    train_loss: float
    seconds: float

    def observe(self, data: Data) -> list[Activation]:
        """The activations of the network's layers for these data, then the logits."""
        return self.network.observe(data)


def train(
    runs: Sequence[BaseRun],
    device: str = "cpu",
    fleet_size: int | None = None,
    checkpoint: Path | None = None,
) -> Iterator[Trained]:
    """Train runs of one shape together and yield each as it ends.

    Runs that differ in `max_epochs` only are one training: it is handed over at each of their ends.

    Args:
        fleet_size: networks trained at a time; unless given, as many as fit the cache of a CPU, or all.
            Torch modules are trained one after another.
        checkpoint: file that keeps the state of the fleet, written every minute and when a run ends, and
            deleted when all have been taken. Those of the runs that it holds go on from there.

    Raises:
        ValueError: runs of different shapes, a fleet size below 1, or a device that is not there.
        OSError: the checkpoint cannot be written.
    """
    if len({run.shape for run in runs}) != 1:
        raise ValueError(
            "a fleet needs at least one run, and its runs must share their shape (Run.shape); "
            "`from srhm.sweep import group` divides runs so"
        )
    if fleet_size is not None:
        check_integer("fleet_size", fleet_size, 1)
    where = check_device(device)
    fleet: Training
    if isinstance(first := runs[0], Run) and first.in_fleet:
        size = fleet_size or (fit_cache(first) if where.type == "cpu" else len(runs))
        fleet = FleetTraining(first, where)
    else:
        size, fleet = 1, ModuleTraining(where)
    if checkpoint and checkpoint.exists():
        fleet.restore(checkpoint, runs)
    begun = {run for trainee in fleet.trainees for run in (trainee.run, *trainee.later)}
    waiting = courses(run for run in runs if run not in begun)
    fleet.replace([], _take(waiting, size - len(fleet.trainees)))
    saved = perf_counter()
    while fleet.trainees:
        for i in fleet.ended():
            yield from _hand_over(fleet, i)
        if ended := fleet.ended():
            fleet.replace(ended, _take(waiting, len(ended)))
        if fleet.trainees:
            with _denormals_flushed():
                fleet.advance()
        # Runs that ended are saved before they are handed over: wherever this stops, a fleet on a CPU goes on
        # with the members that it would have had. Rounding may depend on them.
        if checkpoint and (fleet.ended() or perf_counter() - saved > _SAVE_SECONDS):
            fleet.save(checkpoint)
            saved = perf_counter()
    if checkpoint:
        forget(checkpoint)


def _hand_over(fleet: Training, i: int) -> Iterator[Trained]:
    """The run of a trainee that has ended, and all those of its course that end with it."""
    trainee = fleet.trainees[i]
    while trainee.status:
        ended = trainee.status, trainee.epoch, trainee.train_loss, trainee.seconds
        yield Trained(trainee.run, fleet.network_of(i), *ended)
        if not trainee.later:
            return
        trainee.go_on()


def _take(waiting: list[Course], n: int) -> list[Trainee]:
    taken = waiting[: max(n, 0)]
    del waiting[: len(taken)]
    return [Trainee(run, later) for run, *later in taken]


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """Round denormal floats to zero, in this thread, until the block ends.

    The momentum of dead units decays into them, and on a CPU they are 2 to 10 times slower.
    """
    flushed = not torch.tensor(2.0**-126).div(2).item()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(flushed)
