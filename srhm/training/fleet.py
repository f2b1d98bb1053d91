"""Stochastic gradient descent on a fleet of LCNs, CNNs or FCNs, each to its own stopping rule.

All networks of a fleet take a step together, each on its own data, in its own order and with its own
learning rate; layer 1 may have another one than the rest. A network leaves after the first epoch whose mean
training loss is below its threshold (Sec. 3 of the paper), and a waiting run takes its place. A fleet gives
what its runs would give alone, on a GPU up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from time import perf_counter
from typing import Any, cast

import torch
from torch import Tensor

from ..networks import Fleet
from ..networks.background import BackgroundFleet
from ..networks.fleet import Packing, parameter_shapes
from ..runs import Run
from .checkpoint import Training, check_alike
from .replay import Inputs, Replay
from .trainee import Trainee

_STEPS = 256  # at most, between two looks at the losses
_CACHED_WEIGHTS = 2**21  # with their momentum 16 MiB, half of a common last-level cache


def fit_cache(run: Run) -> int:
    """How many networks a CPU trains at a time: as many as fit its last-level cache."""
    shapes = parameter_shapes(run.architecture, run.task, run.width)
    return max(1, _CACHED_WEIGHTS // sum(map(prod, shapes)))


def build_fleet(run: Run, seeds: list[int], device: str | torch.device) -> Fleet:
    """Networks of a run's shape, one for each seed."""
    whitened = run.inputs == "whitened"
    if whitened or run.bias:
        shape = run.architecture, run.task, run.width, seeds, device
        return BackgroundFleet(*shape, whitened=whitened, bias=run.bias)
    return Fleet(run.architecture, run.task, run.width, seeds, device)


class FleetTraining(Training):
    """A fleet in training, with its momentum and its data."""

    def __init__(self, run: Run, device: torch.device) -> None:
        super().__init__(device)
        self.run = run  # any run of the shape
        self.networks = self._networks([])
        self.momenta = [torch.zeros_like(p) for p in self.networks.parameters]
        self.paces = [
            run.first_layer_rate if i in self.networks.first_layer else 1.0 for i in range(len(self.momenta))
        ]
        self.wires: list[Tensor] = []  # of all training sets, end to end
        self.replay: Replay | None = None  # the recorded step, on a GPU

    def _state(self) -> dict[str, Any]:
        return {"parameters": self.networks.parameters, "momenta": self.momenta}

    def _go_on(self, trainees: list[Trainee], chosen: list[int], state: dict[str, Any]) -> None:
        for name in ("parameters", "momenta"):
            check_alike(state[name], self.networks.parameters, [len(trainees)])
        parameters, momenta = ([p[chosen] for p in state[name]] for name in ("parameters", "momenta"))
        self.trainees = [trainees[i] for i in chosen]
        self.networks.parameters, self.momenta = parameters, momenta

    def replace(self, ended: list[int], joining: list[Trainee]) -> None:
        """Let the trainees at `ended` go and others join."""
        staying = [i for i in range(len(self.trainees)) if i not in ended]
        sets = [self._laid(i) if self.wires else self._training_set(self.trainees[i]) for i in staying]
        sets += [self._training_set(trainee) for trainee in joining]
        fresh = self._networks([trainee.run.init_seed for trainee in joining])
        at_rest = [torch.zeros_like(p) for p in fresh.parameters]
        self.replay = None  # which holds the tensors of the old fleet
        self.networks = self.networks[staying].join(fresh)
        self.momenta = [torch.cat([m[staying], rest]) for m, rest in zip(self.momenta, at_rest, strict=True)]
        self.trainees = [self.trainees[i] for i in staying] + joining
        self._lay(sets)

    def network_of(self, i: int) -> Fleet:
        """A copy of the network of one trainee, a fleet of one."""
        return self.networks[[i]]

    def _networks(self, seeds: list[int]) -> Fleet:
        return build_fleet(self.run, seeds, self.device)

    def _training_set(self, trainee: Trainee) -> list[Tensor]:
        """The wires of a trainee's data in each layer, then their labels."""
        run = cast(Run, trainee.run)
        data = run.task.sample(run.P, run.data_seed, self.device)
        return [*self.networks.wire(data), data.labels]

    def _laid(self, i: int) -> list[Tensor]:
        """The training set of one trainee, where it lies among the others."""
        start = int(self.starts[i])
        return [part[start : start + self.trainees[i].run.P] for part in (*self.wires, self.labels)]

    def _lay(self, sets: list[list[Tensor]]) -> None:
        """Lay the training sets of the trainees end to end."""
        if not sets:
            return
        *self.wires, self.labels = (torch.cat(parts) for parts in zip(*sets, strict=True))
        runs = [cast(Run, trainee.run) for trainee in self.trainees]
        sizes = torch.tensor([0] + [run.P for run in runs[:-1]], device=self.device)
        self.starts = sizes.cumsum(0)[:, None]
        places = torch.arange(runs[0].batch_size)
        self.fillers = torch.stack([places % run.P for run in runs]).to(self.device)
        rates = [run.lr * run.width for run in runs]
        self.rates = torch.tensor(rates, device=self.device)[:, None]
        self.decay = runs[0].momentum

    def advance(self) -> None:
        """Take _STEPS steps, or fewer if a run ends."""
        began = perf_counter()
        rows = torch.stack([t.rows(_STEPS) for t in self.trainees], 1).to(self.device)
        real = rows >= 0  # (steps, N, B)
        # Places to fill take different data, of weight zero: copies of one datum would fall into one group.
        rows = rows.where(real, self.fillers) + self.starts
        weights = (real * (self.rates / real.sum(2, keepdim=True))).unsqueeze(-1)
        answers = self.labels[rows].unsqueeze(-1)
        wires = [wire[rows] for wire in self.wires]
        inputs = wires, self.networks.pack_steps(wires), answers, weights
        run_steps = self._runner(inputs)
        step = 0
        while step < _STEPS and not self.ended():
            count = min(_STEPS - step, *(t.batches - t.batch for t in self.trainees))
            log_p, moving = run_steps(step, count)
            losses = -(log_p * real[step : step + count]).sum(2)
            for trainee, *record in zip(self.trainees, losses.T.tolist(), moving.T.tolist(), strict=True):
                trainee.record(*record)
            step += count
        for trainee in self.trainees:
            trainee.seconds += (perf_counter() - began) / len(self.trainees)

    def _runner(self, inputs: Inputs) -> Callable[[int, int], list[Tensor]]:
        """A function of a step and a count, which takes so many steps and returns what `_step` does, stacked.

        Steps are taken in order.
        """
        if self.device.type != "cuda":
            return partial(self._run_steps, inputs)
        replay = self._recording(inputs)
        return lambda step, count: replay.run(self._step, count)

    def _run_steps(self, inputs: Inputs, step: int, count: int) -> list[Tensor]:
        wires, packings, answers, weights = inputs
        steps = range(step, step + count)
        seen = [self._step([w[i] for w in wires], packings[i], answers[i], weights[i]) for i in steps]
        return [torch.stack(values) for values in zip(*seen, strict=True)]

    def _recording(self, inputs: Inputs) -> Replay:
        """A recorded step with these inputs: the one at hand where it fits."""
        if not self.replay or not self.replay.load(inputs):
            self.replay = None  # two would need the memory of both
            self.replay = Replay(inputs)
        return self.replay

    def _step(
        self, wires: list[Tensor], packings: list[Packing], answers: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One step of gradient descent with momentum.

        Args:
            answers: the labels, (N, B, 1).
            weights: of each datum in the gradient, (N, B, 1). The learning rate is in them, so the momentum
                is the step itself, but for the pace of a layer.

        Returns:
            The logarithm of the probability of each label, (N, B), and of each network whether any logit
            differs from zero: if none does, its last hidden layer is dead, and the gradient is zero.
        """
        activations = self.networks.activations(wires, packings)
        log_p = activations[-1].log_softmax(-1)
        error = log_p.exp().scatter_add_(-1, answers, log_p.new_full(answers.shape, -1.0)).mul_(weights)
        self.networks.accumulate_gradient(wires, packings, activations, error, self.momenta, self.decay)
        for parameter, momentum, pace in zip(self.networks.parameters, self.momenta, self.paces, strict=True):
            parameter.sub_(momentum, alpha=pace)
        return log_p.gather(-1, answers).squeeze(-1), activations[-1].flatten(1).any(1)
