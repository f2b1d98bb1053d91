"""What runs cost: rough times, before anything is computed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ..analysis.laws import Law, Power
from ..networks import find_architecture
from ..networks.fleet import step_work
from ..runs import Run

# Data that a fleet's run sees before it stops, whatever its P.
_RULES = (Power("n_c", 1), Power("m", 1, True))
_SEEN = {
    "CNN": Law(150, (Power("s0+1", 2), *_RULES)),
    "LCN": Law(110, (Power("s", 0.5, True), Power("s0+1", 1, True), *_RULES)),
    "FCN": Law(270, (Power("s", 0.5, True), Power("s0+1", 1, True), *_RULES)),
}


def group(runs: Iterable[Run], device: str = "cpu") -> list[list[Run]]:
    """Runs that train as one fleet: of one shape, and on a CPU of one P; the cheapest fleet first.

    A CPU trains few networks at a time and wants them to end together; a GPU needs all it can get. Costs
    differ by orders of magnitude, so that a sweep which is stopped early has most of its settings.
    """
    groups: dict[Hashable, list[Run]] = {}
    for run in runs:
        groups.setdefault(group_of(run, device), []).append(run)
    return sorted(groups.values(), key=lambda fleet: sum(map(estimate_seconds, fleet)))


def group_of(run: Run, device: str) -> Hashable:
    """What the runs of one group share."""
    return (device, run.shape) if device == "cuda" else (device, run.shape, run.P)


def estimate_seconds(run: Run) -> float:
    """Rough time of a run on one core: its steps, times the time of one."""
    step = find_architecture(run.architecture).step_seconds(run.task, run.width, run.batch_size)
    return _steps(run) * step


def estimate_gpu_seconds(fleet: list[Run]) -> float:
    """Rough time of a group on an H100, by its data sheet: no run has tested it yet.

    A step of a fleet is an overhead of 0.5 ms, ten times that in a torch module, and either the products
    of all networks at 40 TFLOP/s or the passes over their weights at 2.5 TB/s, whichever takes longer.
    """
    steps = [_steps(run) for run in fleet]
    run = fleet[0]
    if run.architecture not in _SEEN:
        return 5e-3 * sum(steps)
    operations, moved = step_work(run.architecture, run.task, run.width, run.batch_size)
    return 5e-4 * max(steps) + sum(steps) * max(operations / 4e13, moved / 2.5e12)


def _steps(run: Run) -> float:
    """How many steps a run takes before it stops, if it goes like most."""
    if run.architecture in _SEEN:
        return max(_SEEN[run.architecture](run.task), 5 * run.P) / run.batch_size
    return find_architecture(run.architecture).epochs * run.P / run.batch_size
