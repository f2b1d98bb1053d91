"""Where one run stands in its training: its epoch, the order of its data, and whether it has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from math import ceil, isfinite, log
from operator import attrgetter
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn.functional import pad

from ..model.randomness import permutation
from ..runs import BaseRun, kind_of
from ..runs.run import STATUSES

Course = list[BaseRun]

_limit = attrgetter("max_epochs")
_PROGRESS = ("status", "epoch", "batch", "still", "loss", "train_loss", "seconds")


def courses(runs: Iterable[BaseRun]) -> list[Course]:
    """Runs grouped so that one training gives each group: they differ in `max_epochs` only, fewest first."""
    grouped: dict[BaseRun, Course] = {}
    for run in runs:
        grouped.setdefault(_course_of(run), []).append(run)
    return [sorted(course, key=_limit) for course in grouped.values()]


@lru_cache(4096)
def _course_of(run: BaseRun) -> BaseRun:
    """The same for all runs of a course."""
    return cast(BaseRun, replace(cast(Any, run), max_epochs=1))


class Trainee:
    """Where one run stands: its epoch, its place in the epoch's order, its loss so far.

    Attributes:
        later: the runs that its training goes on as when this one has ended.
        batches: how many an epoch has. The last one may be smaller; where it would be smaller than the
            architecture allows, its data join the batch before.
        still: steps, up to now, in a row that moved nothing, because the output did not depend on the data.
    """

    def __init__(self, run: BaseRun, later: Sequence[BaseRun] = ()) -> None:
        self.run, self.later = run, later
        full, rest = divmod(run.P, run.batch_size)
        self.batches = full + (rest >= run.smallest_batch)
        self.status = ""
        self.epoch, self.still, self.train_loss, self.seconds = 0, 0, float("nan"), 0.0
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
        size, parts = self.run.batch_size, []
        epoch, batch = self.epoch, self.batch
        while steps:
            taken = min(steps, self.batches - batch)
            rows = self._order_of(epoch)[batch * size : (batch + taken) * size]
            parts.append(pad(rows, (0, taken * size - len(rows)), value=-1))
            epoch, batch, steps = epoch + 1, 0, steps - taken
        return torch.cat(parts).view(-1, size)

    def progress(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"run": asdict(cast(Any, self.run))} | {name: getattr(self, name) for name in _PROGRESS}

    @classmethod
    def restore(cls, progress: dict[str, Any]) -> Trainee:
        """The trainee whose progress was kept; ValueError for progress that no training makes."""
        trainee = cls(kind_of(progress["run"])(**progress["run"]))
        trainee.epoch = progress["epoch"] - 1
        trainee._begin_epoch()
        kept = {name: progress[name] for name in _PROGRESS}
        vars(trainee).update(kept)
        last = trainee.batches if trainee.status else trainee.batches - 1
        if not (
            trainee.status in ("", *STATUSES)
            and 1 <= trainee.epoch <= trainee.run.max_epochs
            and 0 <= trainee.batch <= last
            and all(isinstance(kept[name], int | float) for name in _PROGRESS[1:])
        ):
            raise ValueError(f"no training of its run makes the progress {kept}")
        return trainee

    def aim_at(self, runs: Iterable[BaseRun]) -> Course:
        """Go on as those of some runs that this training still leads to, and return them."""
        mine = _course_of(self.run)
        ahead = [run for run in runs if run.max_epochs >= self.epoch and _course_of(run) == mine]
        self.later = sorted(ahead, key=_limit)
        if ahead:
            self.go_on()
        return ahead

    def go_on(self) -> None:
        """Become the next run. One that ended by itself, not by `max_epochs`, ends as this one did."""
        self.run, *self.later = self.later
        if self.status == "max_epochs" and self.epoch < self.run.max_epochs:
            self.status = ""
            self._begin_epoch()

    def record(self, losses: Sequence[float], moving: Sequence[bool]) -> None:
        """Count steps up to an end of the epoch at most.

        Args:
            losses: of each step, summed over its data.
            moving: whether the output depended on the data, so that the step moved the network.
        """
        self.batch += len(losses)
        for loss, moves in zip(losses, moving, strict=True):
            self.loss += loss  # one after another: this sum does not depend on where a chunk of steps ends
            self.still = 0 if moves else self.still + 1
        if not isfinite(self.loss):
            self.status, self.train_loss = "failed", float("nan")
        elif self.batch == self.batches:
            self.train_loss = self.loss / self.run.P
            if self.train_loss < self.run.loss_threshold:
                self.status = "converged"
            elif self.still >= max(self.batches + 1, self._coasting):
                self.status = "dead"
            elif self.epoch == self.run.max_epochs:
                self.status = "max_epochs"
            else:
                self._begin_epoch()

    @property
    def _coasting(self) -> int:
        """Steps that momentum moves weights on its own, until it is below the last bit of a float32."""
        momentum = self.run.momentum
        return ceil(-24 * log(2) / log(momentum)) if momentum > 0 else 0
