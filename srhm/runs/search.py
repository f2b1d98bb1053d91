"""P* by search: sizes are added until every seed has P* between two that are close, and no more.

What to run next is a pure function of the stored rows. So a search can be stopped and repeated, divided into
shards and sent to a cluster like a grid, and stored runs of grids count for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import ceil, exp, floor, inf, isnan, log, sqrt
from typing import Any

import numpy as np
import pandas as pd

from ..analysis.columns import SEEDS, SETTING
from ..analysis.crossings import P_STAR, Quantity, crossing
from ..model import SRHM, stretch
from ..networks import find_architecture
from .plan import Scale, rhm_scale, seeded
from .run import Run

Curve = dict[int, float]  # of one seed: the value at each training-set size

_LARGEST_STEP = log(2.5)  # while P* lies beyond the sizes visited
_SLOPE = 7.0  # of log(value / (1 - value)) against log P near the crossing, the usual one: for a first step
_FLATTEST = 1.0  # slope between two sizes, as far as it counts; later steps take the mean of both in log
_MARGIN = 0.35  # how far beyond the expected crossing a size is set, in tolerances


@dataclass(frozen=True)
class Search:
    """P* of tasks crossed with architectures and seeds.

    The first seed of a setting begins at the P* of the most similar setting that is stored, scaled, or at the
    scale itself; the others begin at the first one's P*.

    Attributes:
        architectures: networks to train.
        tasks: their seeds are left aside.
        seeds: how many; each draws its own rules, data and initial weights.
        training: further fields of `Run`.
        quantities: what is searched for: where each falls to its threshold.
        tolerance: a search ends when log(P_high / P_low) is at most this, for the two sizes about P*.
        smallest, largest: limits on P; with batch normalisation P is 2 at least. Beyond them P* is "below the
            grid" or "not reached".
        scale: (architecture, task) to the size to begin at.

    Raises:
        ValueError: a tolerance that is not positive, limits that are not in order, or no quantity.
    """

    architectures: Sequence[str]
    tasks: Sequence[SRHM]
    seeds: int
    training: Mapping[str, Any] = field(default_factory=dict)
    quantities: Sequence[Quantity] = (P_STAR,)
    tolerance: float = 0.2
    smallest: int = 8
    largest: int = 2**20
    scale: Scale = rhm_scale

    def __post_init__(self) -> None:
        if not self.tolerance > 0:
            raise ValueError(f"tolerance must be positive, got {self.tolerance!r}")
        if not 1 <= self.smallest < self.largest:
            raise ValueError(
                f"limits must be 1 <= smallest < largest, got smallest = {self.smallest!r}, "
                f"largest = {self.largest!r}"
            )
        if not self.quantities:
            raise ValueError("quantities must name at least one, such as srhm.analysis.P_STAR")

    def parts(self) -> Sequence[Search]:
        """A search for each setting."""
        return [
            replace(self, architectures=[architecture], tasks=[task])
            for architecture in self.architectures
            for task in self.tasks
        ]

    def runs(self, stored: pd.DataFrame) -> list[Run]:
        """The stored runs of every setting and seed, whoever asked for them, and those to compute next."""
        return _by_size((run, visited | new) for run, visited, new in self._seeds(stored))

    def settled(self, stored: pd.DataFrame) -> list[Run]:
        """The stored runs of the seeds whose search for P* is over, though S and D may still be searched for.

        It is over when no size is left to visit for the first quantity, nor for others of its column, such
        as a lower threshold.
        """
        same = [quantity for quantity in self.quantities if quantity.column == self.quantities[0].column]
        for_error = replace(self, quantities=same)
        return _by_size((run, visited) for run, visited, new in for_error._seeds(stored) if not new)

    def settings(self) -> list[tuple[Any, ...]]:
        """What the runs of each setting share, but for P; searches with the same share their runs."""
        return [
            _identity(seeded(architecture, task, self._smallest(architecture), 0, self.training))
            for architecture, task in product(self.architectures, self.tasks)
        ]

    def at_limits(self, stored: pd.DataFrame) -> list[str]:
        """A sentence for each seed and quantity whose P* lies beyond the limits on P."""
        curves = _read_curves(self._alike(stored), self.quantities)
        sentences = []
        for architecture, task in product(self.architectures, self.tasks):
            smallest = self._smallest(architecture)
            for seed in range(self.seeds):
                known = curves.get(_identity(seeded(architecture, task, smallest, seed, self.training)), [])
                for curve, quantity in zip(known, self.quantities, strict=False):
                    what = f"{architecture}, {task}, seed {seed}: {quantity.column}"
                    P_star = _crossing(curve, quantity.threshold)
                    if P_star == inf and self.largest in curve:
                        end = f"above {quantity.threshold:g} up to P = {self.largest:,}"
                    elif P_star == 0 and smallest in curve:
                        end = f"below {quantity.threshold:g} from P = {smallest:,} on"
                    else:
                        continue
                    sentences.append(f"{what} is {end}, the limit of its search")
        return sentences

    def _alike(self, stored: pd.DataFrame, free: Sequence[str] = ()) -> pd.DataFrame:
        """The rows that can matter: of these architectures, depths and s, trained in this way.

        A store has many others, and a study many searches.

        Args:
            free: fields of the way to train that may differ.
        """
        wanted: dict[str, set[Any]] = {"architecture": set(self.architectures)}
        wanted |= {name: {getattr(task, name) for task in self.tasks} for name in ("s", "L")}
        ways = set(self.training) & set(SETTING) - set(free)
        wanted |= {name: {self.training[name]} for name in ways}
        alike = [stored[name].isin(values) for name, values in wanted.items() if name in stored]
        return stored[np.logical_and.reduce(alike)] if alike else stored

    def _seeds(self, stored: pd.DataFrame) -> Iterator[tuple[Run, set[int], set[int]]]:
        """For each setting and seed a run of it, the sizes stored, and those to compute next."""
        curves = _read_curves(self._alike(stored), self.quantities)
        near: _Curves | None = None  # for guesses; most searches need none
        for architecture, task in product(self.architectures, self.tasks):
            begin: float | None = None
            smallest = self._smallest(architecture)
            for seed in range(self.seeds):
                run = seeded(architecture, task, smallest, seed, self.training)
                known = curves.get(_identity(run), [{} for _ in self.quantities])
                visited = set().union(*known)
                if visited:
                    new = self._next(known, smallest) - visited
                elif seed == 0:
                    if near is None:
                        near = _read_curves(self._alike(stored, _NEAR), self.quantities[:1])
                    new = {self._within(self._guess(run, near), smallest)}
                else:  # none: wait for the first seed
                    new = set() if begin is None else {self._within(begin, smallest)}
                yield run, visited, new
                if seed == 0 and not new:
                    P_star = _crossing(known[0], self.quantities[0].threshold)
                    begin = min(max(P_star, min(visited)), max(visited))

    def _smallest(self, architecture: str) -> int:
        """The smallest size of an architecture's runs."""
        return max(self.smallest, find_architecture(architecture).smallest_batch)

    def _next(self, known: Sequence[Curve], smallest: int) -> set[int]:
        """The sizes that the quantities ask for next; none when all are done."""
        limits = smallest, self.largest
        wanted = {
            next_size(curve, quantity.threshold, self.tolerance, *limits)
            for curve, quantity in zip(known, self.quantities, strict=True)
        }
        return {P for P in wanted if P is not None}

    def _within(self, P: float, smallest: int) -> int:
        return round(min(max(P, smallest), self.largest))

    def _guess(self, run: Run, curves: _Curves) -> float:
        """The scale, times the ratio of P* to scale at the most similar setting stored; else the scale.

        Similar are settings that differ in v, n_c, m and s0 only, trained the same way but for the learning
        rate, the batch, the width and the epochs allowed.
        """
        scale = self.scale(run.architecture, run.task)
        mine, place = _identity(run), [SETTING.index(name) for name in _FREE]
        near = [SETTING.index(name) for name in _NEAR]
        same = [i for i in range(len(SETTING)) if i not in place + near]
        nearest, ratios = inf, [1.0]
        for other, known in curves.items():
            if any(other[i] != mine[i] for i in same):
                continue
            P_star = _crossing(known[0], self.quantities[0].threshold)
            distance = sum(abs(log(stretch(other[i]) / stretch(mine[i]))) for i in place)
            distance += sum(
                abs(log(theirs / own)) for theirs, own in zip(_way(other), _way(mine), strict=True)
            )
            if not 0 < P_star < inf or distance > nearest:
                continue
            if distance < nearest:
                nearest, ratios = distance, []
            task = replace(run.task, **{name: other[i] for name, i in zip(_FREE, place, strict=True)})
            ratios.append(P_star / self.scale(run.architecture, task))
        return scale * exp(sum(map(log, sorted(ratios))) / len(ratios))  # sorted: rows may come in any order


_FREE = ("v", "n_c", "m", "s0")
_NEAR = ("width", "batch_size", "lr", "max_epochs")


def _way(identity: _Identity) -> tuple[float, float]:
    """What of the fields in _NEAR moves P*: the learning rate for each datum, and the width."""
    width, batch, lr, _ = (identity[SETTING.index(name)] for name in _NEAR)
    return lr / batch, width


def _by_size(sizes: Iterable[tuple[Run, set[int]]]) -> list[Run]:
    """A run at each of its sizes, the smallest first."""
    return sorted((replace(run, P=P) for run, own in sizes for P in sorted(own)), key=lambda run: run.P)


def next_size(curve: Curve, threshold: float, tolerance: float, smallest: int, largest: int) -> int | None:
    """The training-set size to visit next for one seed and quantity; None when P* is known to `tolerance`.

    A size is set slightly beyond where the curve is expected to cross: by a logistic curve through its two
    sizes about the threshold, or, while all lie on one side, by one through the last. The slope of that one
    is the usual slope, or the geometric mean of it and the slope between the last two sizes.

    Args:
        curve: the value at each size visited, at least one; nan where a network gave none.
        smallest, largest: limits. None too where P* lies beyond them.
    """
    sizes = sorted(P for P, value in curve.items() if not isnan(value))
    above = [P for P in sizes if curve[P] > threshold]
    below = [P for P in sizes if not above or above[-1] < P]
    if not sizes:
        return None
    if above and below:
        low, high = above[-1], below[0]
        if log(high / low) <= tolerance or high - low <= 1:
            return None
        proposal = _between(
            low, high, _height(curve[low], threshold), _height(curve[high], threshold), tolerance
        )
        size = min(max(proposal, low + 1), high - 1)
    else:
        nearest, sign = (above[::-1], 1) if above else (below, -1)
        last = nearest[0]
        if above and last >= largest or below and last <= smallest:
            return None
        heights = [abs(_height(curve[P], threshold)) for P in nearest]
        size = round(last * exp(sign * _step(nearest, heights, tolerance)))
        size = min(max(size, last + 1), largest) if above else max(min(size, last - 1), smallest)
    return None if size in curve else size  # a size that gave no value: nothing more can be learnt there


def _step(sizes: Sequence[int], heights: Sequence[float], tolerance: float) -> float:
    """How far beyond the sizes visited the next one is set, in log P, while all lie on one side.

    Args:
        sizes: the one nearest to the crossing first.
        heights: how far from the threshold the curve is at each.
    """
    slope, least = _SLOPE, 0.0
    if len(sizes) > 1:
        done = abs(log(sizes[0] / sizes[1]))
        slope = sqrt(_SLOPE * max((heights[1] - heights[0]) / done, _FLATTEST))
        if len(sizes) > 3:  # some curves never cross, however near they are
            least = 2 * done
    return min(max(heights[0] / slope + _MARGIN * tolerance, least), _LARGEST_STEP)


def _between(low: int, high: int, above: float, below: float, tolerance: float) -> int:
    """A size between two, so that the next pair about the crossing is as narrow as `tolerance` if it can be.

    Rounded such that a pair that should close does: one that is wider by less than a datum costs a run more.

    Args:
        above, below: the heights of the curve at the two.
    """
    span = log(high / low)
    expected = span * above / (above - below)
    margin = _MARGIN * tolerance
    whole: Callable[[float], int] = round
    if expected + margin <= tolerance:  # near the low end: one more size closes the pair
        offset, whole = tolerance, floor
    elif span - expected + margin <= tolerance:
        offset, whole = span - tolerance, ceil
    else:
        offset = expected + margin
    return whole(low * exp(min(max(offset, span / 8), span * 7 / 8)))


def _height(value: float, threshold: float) -> float:
    """How far a value lies above its threshold, on the scale where a logistic curve is straight."""
    value = min(max(value, threshold / 100), 1 - (1 - threshold) / 100)
    return log(value / (1 - value)) - log(threshold / (1 - threshold))


_Identity = tuple[Any, ...]
_Curves = dict[_Identity, list[Curve]]


def _identity(run: Run) -> _Identity:
    """What the runs of one curve share."""
    return tuple(getattr(run, name) for name in SETTING + SEEDS)


def _read_curves(stored: pd.DataFrame, quantities: Sequence[Quantity]) -> _Curves:
    """Of each setting and seed that is stored a curve for each quantity."""
    if not len(stored):
        return {}
    names = [*SETTING, *SEEDS, "P"]
    columns = [quantity.column for quantity in quantities]
    table = stored.reindex(columns=[*names, *dict.fromkeys(columns)])
    lists = {name: table[name].tolist() for name in table}  # much faster than to iterate over rows
    curves: _Curves = {}
    for row in zip(*(lists[name] for name in names + columns), strict=True):
        identity, P, values = row[: len(names) - 1], row[len(names) - 1], row[len(names) :]
        known = curves.setdefault(identity, [{} for _ in columns])
        for curve, value in zip(known, values, strict=True):
            curve[int(P)] = float(value)
    return curves


def _crossing(curve: Curve, threshold: float) -> float:
    """P* of a curve, see `crossing`; inf where no size has a value."""
    sizes = sorted(P for P, value in curve.items() if not isnan(value))
    return crossing(sizes, [curve[P] for P in sizes], threshold) if sizes else inf
