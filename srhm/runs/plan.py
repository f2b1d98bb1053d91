"""Plans: which runs are wanted, given what is stored; the plainest is a grid of sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

import pandas as pd

from ..analysis.laws import Law, Power
from ..model import SRHM
from .base import BaseRun
from .images import ImageRun
from .run import Run

# The scale of P* where nothing better is known: n_c m^L, that of the Random Hierarchy Model (Cagnetta et al.,
# Phys. Rev. X 14, 031001, 2024).
RHM = Law(1, (Power("n_c", 1), Power("m", 1, True)))

Scale = Callable[[str, SRHM], float]


def rhm_scale(architecture: str, task: SRHM) -> float:
    """n_c m^L, whatever the architecture."""
    return RHM(task)


class Plan(Protocol):
    """A part of a study: which runs it has, given what is stored."""

    def runs(self, stored: pd.DataFrame) -> Sequence[BaseRun]:
        """The runs that are wanted, stored or not; the same for the same stored rows.

        Args:
            stored: the stored runs on tasks (`Store.load`).
        """
        ...

    def settled(self, stored: pd.DataFrame) -> Sequence[BaseRun]:
        """Those of the runs that a page may draw once they are stored: of a search, of seeds that are done.

        Args:
            stored: the stored runs on tasks (`Store.load`).
        """
        ...

    def parts(self) -> Sequence[Plan]:
        """Plans that can go on without each other, which together want the same runs."""
        ...


@dataclass(frozen=True)
class Octaves:
    """Training-set sizes: a scale of P* times 2^octave, from `first` to `last` in equal steps.

    Raises:
        ValueError: a step that is not positive, or ends that are not in order.
    """

    first: float
    last: float
    step: float = 0.5

    def __post_init__(self) -> None:
        finite = all(map(isfinite, (self.first, self.last, self.step)))
        if not (finite and self.step > 0 and self.first <= self.last):
            raise ValueError(
                f"octaves need finite first <= last and a positive step, got first = {self.first!r}, "
                f"last = {self.last!r}, step = {self.step!r}"
            )

    def around(self, scale: float) -> list[int]:
        """The sizes, the smallest first."""
        count = round((self.last - self.first) / self.step) + 1
        return [round(scale * 2 ** (self.first + i * self.step)) for i in range(count)]


@dataclass(frozen=True)
class Grid:
    """Tasks crossed with architectures, seeds and training-set sizes.

    Attributes:
        architectures: networks to train.
        tasks: their seeds are left aside.
        sizes: training-set sizes, as they are or around the scale of P*.
        seeds: how many; each draws its own rules, data and initial weights.
        training: further fields of `Run`.
        scale: (architecture, task) to what octaves count from. Never change that of a grid that has runs:
            its sizes would move, and its stored runs be lost to it.
    """

    architectures: Sequence[str]
    tasks: Sequence[SRHM]
    sizes: Octaves | Sequence[int]
    seeds: int
    training: Mapping[str, Any] = field(default_factory=dict)
    scale: Scale = rhm_scale

    def runs(self, stored: pd.DataFrame | None = None) -> list[Run]:
        """All runs of the grid, the smallest P first, whatever is stored."""
        runs = [
            seeded(architecture, task, P, seed, self.training)
            for architecture in self.architectures
            for task in self.tasks
            for P in self._sizes(architecture, task)
            for seed in range(self.seeds)
        ]
        return sorted(runs, key=lambda run: run.P)

    def settled(self, stored: pd.DataFrame | None = None) -> list[Run]:
        """All runs of the grid: a part of a curve may be drawn."""
        return self.runs()

    def parts(self) -> Sequence[Grid]:
        """The grid itself: none of its runs waits for another."""
        return [self]

    def _sizes(self, architecture: str, task: SRHM) -> Sequence[int]:
        if isinstance(self.sizes, Octaves):
            return self.sizes.around(self.scale(architecture, task))
        return self.sizes


@dataclass(frozen=True)
class ImageGrid:
    """Architectures crossed with seeds and training-set sizes, on one data set of images.

    Attributes:
        dataset: one of `srhm.images.IMAGE_SETS`.
        widths: the networks to train, and the width of each.
        sizes: training-set sizes.
        seeds: how many; each chooses its own images and draws its own initial weights.
        training: further fields of `ImageRun`.
    """

    dataset: str
    widths: Mapping[str, int]
    sizes: Sequence[int]
    seeds: int
    training: Mapping[str, Any] = field(default_factory=dict)

    def runs(self, stored: pd.DataFrame | None = None) -> list[ImageRun]:
        """All runs of the grid, the smallest P first, whatever is stored."""
        return [
            ImageRun(
                dataset=self.dataset, architecture=architecture, P=P, width=width,
                data_seed=seed, init_seed=seed, **self.training,
            )
            for P in sorted(self.sizes)
            for architecture, width in self.widths.items()
            for seed in range(self.seeds)
        ]  # fmt: skip

    def settled(self, stored: pd.DataFrame | None = None) -> list[ImageRun]:
        """All runs of the grid: a part of a curve may be drawn."""
        return self.runs()

    def parts(self) -> Sequence[ImageGrid]:
        """The grid itself: none of its runs waits for another."""
        return [self]


def seeded(architecture: str, task: SRHM, P: int, seed: int, training: Mapping[str, Any]) -> Run:
    """A run whose rules, data and initial weights have the same seed."""
    seeds = {"task_seed": seed, "data_seed": seed, "init_seed": seed}
    return Run.of_task(task, architecture=architecture, P=P, **seeds, **training)
