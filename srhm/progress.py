"""Where runs in training stand, and the checkpoints that let them go on."""

from __future__ import annotations

import os
import pickle
import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from .randomness import permutation
from .runs import SEMANTICS, Run
from .vision import VISION

UNREADABLE = (  # what torch.load raises for files that are torn, or no checkpoints
    OSError, EOFError, RuntimeError, pickle.UnpicklingError,
    LookupError, AttributeError, TypeError, ValueError,
)  # fmt: skip


class Trainee:
    """Where one run stands: its epoch, its place in the epoch's order, its loss so far.

    Attributes:
        batches: of an epoch. The last one may be smaller; in the vision networks, whose batch normalisation
            cannot do with a single datum, one that is left over joins the batch before.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        full, rest = divmod(run.P, run.batch_size)
        self.batches = full + (rest > (1 if run.architecture in VISION else 0))
        self.status = ""
        self.epoch, self.train_loss, self.seconds = 0, float("nan"), 0.0
        self._orders: dict[int, Tensor] = {}
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self._orders.pop(self.epoch, None)
        self.epoch += 1
        self.batch, self.loss = 0, 0.0

    @property
    def order(self) -> Tensor:
        """Rows of the training set in the order of this epoch, int64 (P,)."""
        return self._order_of(self.epoch)

    def _order_of(self, epoch: int) -> Tensor:
        if epoch not in self._orders:
            seeds = (self.run.data_seed, self.run.init_seed)
            self._orders[epoch] = permutation(self.run.P, "order", *seeds, epoch)
        return self._orders[epoch]

    def rows(self, steps: int) -> Tensor:
        """Rows of the next batches, int64 (steps, B), in the following epochs as well.

        -1 fills up the last batch of an epoch.
        """
        size = self.run.batch_size
        epochs = range(self.epoch, self.epoch + 1 + (self.batch + steps - 1) // self.batches)
        fill = (0, self.batches * size - self.run.P)
        rows = torch.cat([pad(self._order_of(epoch), fill, value=-1) for epoch in epochs])
        return rows.view(-1, size)[self.batch : self.batch + steps]

    def progress(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        names = ("status", "epoch", "batch", "loss", "train_loss", "seconds")
        return {"run": asdict(self.run)} | {name: getattr(self, name) for name in names}

    @classmethod
    def restore(cls, progress: dict[str, Any]) -> Trainee:
        """The trainee whose progress was kept."""
        trainee = cls(Run(**progress.pop("run")))
        trainee.epoch = progress["epoch"] - 1
        trainee._begin_epoch()
        vars(trainee).update(progress)
        return trainee

    def record(self, losses: Sequence[float]) -> None:
        """Count steps up to an end of the epoch at most, given their losses summed over data."""
        self.batch += len(losses)
        for loss in losses:  # one after another: where a chunk of steps ends does not matter
            self.loss += loss
        if not isfinite(self.loss):
            self.status, self.train_loss = "failed", float("nan")
        elif self.batch == self.batches:
            self.train_loss = self.loss / self.run.P
            if self.train_loss < self.run.loss_threshold:
                self.status = "converged"
            elif self.epoch == self.run.max_epochs:
                self.status = "max_epochs"
            else:
                self._begin_epoch()


class Training(ABC):
    """Networks in training, a trainee for each, and their checkpoint."""

    def __init__(self, run: Run, device: torch.device) -> None:
        self.run, self.device = run, device  # any run of the shape
        self.trainees: list[Trainee] = []

    @abstractmethod
    def advance(self) -> None:
        """Take some steps, until a run ends at most."""

    @abstractmethod
    def replace(self, ended: list[int], joining: list[Trainee]) -> None:
        """Let the trainees at `ended` go and others join."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What a checkpoint keeps of the networks."""

    @abstractmethod
    def _go_on(self, trainees: list[Trainee], chosen: list[int], state: dict[str, Any]) -> None:
        """Take up the trainees at the places `chosen`, and their part of a state; all or nothing."""

    def ended(self) -> list[int]:
        """The places of the trainees whose training has ended."""
        return [i for i, trainee in enumerate(self.trainees) if trainee.status]

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all; OSError that names it if that fails."""
        progress = [trainee.progress() for trainee in self.trainees]
        state = {"semantics": SEMANTICS, "trainees": progress} | self._state()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            with open(draft, "wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):  # another sweep ended the same runs, and forgot them
                draft.replace(path)
        except (OSError, RuntimeError) as error:
            # torch may cover the error of a full disk by one of its own.
            cause = error.__context__ if isinstance(error, RuntimeError) else error
            if not isinstance(cause, OSError):
                raise
            raise OSError(cause.errno, cause.strerror, str(path)) from None
        finally:
            draft.unlink(missing_ok=True)

    def restore(self, path: Path, runs: Sequence[Run]) -> None:
        """Go on with those of the runs that a checkpoint holds; one that is unreadable is left aside."""
        try:
            trainees, state = load(path, self.device)
            chosen = [i for i, trainee in enumerate(trainees) if trainee.run in runs]
            self._go_on(trainees, chosen, state)
        except UNREADABLE as error:
            warnings.warn(f"{path} is no checkpoint of this version, starting anew ({error})", stacklevel=3)


def load(path: Path, device: torch.device) -> tuple[list[Trainee], dict[str, Any]]:
    """The trainees of a checkpoint, and the state of their networks."""
    state = torch.load(path, map_location=device, weights_only=True, mmap=True)
    if state["semantics"] != SEMANTICS:
        raise ValueError(f"it is of data version {state['semantics']}, this code of {SEMANTICS}")
    return [Trainee.restore(progress) for progress in state["trainees"]], state
