"""What runs cost: rough times, before anything is computed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import ceil

from ..analysis.laws import Law, Power
from ..networks.fleet import step_work
from ..runs import BaseRun, Run
from ..runs.plan import RHM

# How many data a fleet's run sees before it stops. All constants are fitted to the stored runs of the paper's
# studies (s = 2 and 3, L = 2 ... 5), which they describe within a factor of 2 in 19 cases of 20; those of the
# TaperedFCN to a few narrow ones (v = 3 ... 6, L = 2 and 3).
#
# It is a time of gradient flow over the rate per datum, lr / batch_size / (1 - momentum): the same descent
# takes 3 times more data at a rate 3 times smaller, whatever the batch and the width. The time grows with the
# rules, and with the locations that each is learnt at, hardly with the depth up to L = 3. It does not depend
# on P ...
_RULES = (Power("n_c", 1.2), Power("m", 1.2))
_TIME = {
    "CNN": Law(32, (*_RULES, Power("s0+1", 0.4, True))),
    "LCN": Law(40, (*_RULES, Power("s0+1", 0.6, True))),
    "FCN": Law(90, (*_RULES, Power("s0+1", 0.7, True))),
    "TaperedFCN": Law(36, (*_RULES, Power("s0+1", 0.5, True))),
}
# Those like the LCN take so many times longer for each level from L = 4 on, of which there are runs at v = 3.
_DEEPER = Law(1.4, (Power("s0+1", 1.2),))
_ORDERED = 1.4  # times longer with sparsity B, where a feature may lie at more places
# ... from about P* on. Fewer data are memorised sooner, by the square root of their number.
_PLENTY = {
    "CNN": Law(1, (Power("s0+1", 2), *RHM.powers)),
    "LCN": Law(1, (Power("s", 0.5, True), Power("s0+1", 1, True), *RHM.powers)),
    "FCN": Law(6, (Power("s", 0.5, True), Power("s0+1", 1, True), *RHM.powers)),
    "TaperedFCN": Law(6, (Power("s", 0.5, True), Power("s0+1", 1, True), *RHM.powers)),
}
_THRESHOLD = 1e-3  # of these times; near the end the loss falls as their inverse square
_EPOCHS = 3  # fewest, however large P


def group(runs: Iterable[BaseRun], device: str = "cpu") -> list[list[BaseRun]]:
    """Runs that train as one fleet: of one shape, and on a CPU of one P; the cheapest fleet first.

    A CPU trains few networks at a time and wants them to end together; a GPU needs all it can get. Costs
    differ by orders of magnitude, so that a sweep which is stopped early has most of its settings.
    """
    groups: dict[Hashable, list[BaseRun]] = {}
    for run in runs:
        groups.setdefault(group_of(run, device), []).append(run)
    return sorted(groups.values(), key=lambda runs: sum(map(estimate_seconds, runs)))


def group_of(run: BaseRun, device: str) -> Hashable:
    """What the runs of one group share."""
    return (device, run.shape) if device == "cuda" else (device, run.shape, run.P)


def estimate_seconds(run: BaseRun) -> float:
    """Rough time of a run on one core: its steps, times the time of one."""
    return _steps(run) * run.step_seconds


def estimate_gpu_seconds(fleet: list[BaseRun]) -> float:
    """Rough time of a group on a large GPU.

    A step of a fleet is an overhead of 0.6 ms and, for each network, its products at 12 TFLOP/s and the
    passes over its weights at 0.8 TB/s. That describes four fleets at L = 3, in batches of 128, within a
    factor of 1.4. On an H200 their steps took 0.7 and 1.4 ms (1 and 14 LCNs, v = 8, s0 = 2, width 128),
    1.0 ms (14 CNNs, width 256) and 1.5 ms (5 TaperedFCNs, s0 = 1). For a torch module 5 ms are a guess.
    """
    steps = [_steps(run) for run in fleet]
    run = fleet[0]
    if isinstance(run, Run) and run.in_fleet:
        operations, moved = step_work(run.architecture, run.task, run.width, run.batch_size)
        return 6e-4 * max(steps) + sum(steps) * (operations / 1.2e13 + moved / 8e11)
    return 5e-3 * sum(steps)


def _steps(run: BaseRun) -> float:
    """How many steps a run takes before it stops, if it goes like most.

    One whose network dies ends sooner: how soon depends on its initial weights.
    """
    return min(estimate_epochs(run), run.max_epochs) * ceil(run.P / run.batch_size)


def estimate_epochs(run: BaseRun) -> float:
    """How often a run sees its data before its loss is small enough, if it goes like most."""
    if not isinstance(run, Run) or not run.in_fleet:
        return run.usual_epochs
    like = run.architecture if run.architecture in _TIME else "LCN"  # so do those that share some weights
    rate = run.lr / run.batch_size / (1 - run.momentum) * run.first_layer_rate**0.4
    time = _TIME[like](run.task) * (_THRESHOLD / run.loss_threshold) ** 0.5
    if like == "LCN":
        time *= _DEEPER(run.task) ** max(0, run.L - 3)
    if run.sparsity == "B":
        time *= _ORDERED
    memorised = min(1.0, run.P / _PLENTY[like](run.task)) ** 0.5
    return max(_EPOCHS, memorised * time / rate / run.P)
