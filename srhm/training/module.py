"""Stochastic gradient descent on torch modules, one after another: vision and image networks, and others.

The learning rate is the plain one, not multiplied by the width: these networks are in the standard
parametrisation, all but a `TaughtLayer`. Stopping rule, data order and checkpoints are those of the fleets.
"""

from __future__ import annotations

from copy import deepcopy
from time import perf_counter
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ..model.randomness import integers
from ..networks import Network
from ..runs import BaseRun
from .checkpoint import Training, check_alike
from .trainee import Trainee

_STEPS = 64  # at most, between two looks at the losses


class ModuleTraining(Training):
    """A torch module in training, with its momentum and its data; one at a time."""

    def advance(self) -> None:
        """Take steps until the end of the epoch, at most _STEPS."""
        began = perf_counter()
        (trainee,) = self.trainees
        steps = min(_STEPS, trainee.batches - trainee.batch)
        self.network.train()
        devices = [self.device] if self.device.type == "cuda" else []
        # On a GPU, the same bits each time, and no rounding to TF32.
        exact = torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=False)
        with exact, torch.random.fork_rng(devices):
            taken = [self._step(trainee, trainee.batch + step) for step in range(steps)]
        losses, moving = (torch.stack(values).tolist() for values in zip(*taken, strict=True))
        trainee.record(losses, moving)
        trainee.seconds += perf_counter() - began

    def _step(self, trainee: Trainee, batch: int) -> tuple[Tensor, Tensor]:
        """One step of gradient descent with momentum.

        Returns:
            The loss, summed over data, without the penalty; and whether the logits tell any two data apart.
        """
        run, size = trainee.run, trainee.run.batch_size
        # What a module draws itself, for dropout say, is the same wherever a chunk of steps begins.
        torch.manual_seed(
            int(integers(2**62, (), "step", run.data_seed, run.init_seed, trainee.epoch, batch))
        )
        end = None if batch == trainee.batches - 1 else (batch + 1) * size
        rows = trainee.order[batch * size : end].to(self.device)
        logits = self.network(self.inputs[rows])
        loss = cross_entropy(logits, self.labels[rows])
        self.optimiser.zero_grad()
        objective = loss + run.penalty * mean_squares(self.network) if run.penalty else loss
        objective.backward()
        self.optimiser.step()
        alone = torch.tensor(len(rows) == 1, device=self.device)  # a single datum shows nothing
        return loss.detach() * len(rows), alone | (logits != logits[:1]).any()

    def replace(self, ended: list[int], joining: list[Trainee]) -> None:
        """Let a trainee whose training has ended go, and another take its place."""
        self.trainees = [t for i, t in enumerate(self.trainees) if i not in ended] + joining
        if joining:
            self._set_up(joining[0].run)

    def network_of(self, i: int) -> Network:
        """A copy of the network of the one trainee, with its running averages in use."""
        copy = self.trainees[i].run.build_module(self.device)
        copy.load_state_dict(self.network.state_dict())
        return cast(Network, copy.eval())

    def _set_up(self, run: BaseRun) -> None:
        self.network = run.build_module(self.device)
        self.optimiser = torch.optim.SGD(
            self.network.parameters(), lr=run.lr, momentum=run.momentum, fused=True
        )
        self.inputs, self.labels = run.training_set(self.device)

    def _state(self) -> dict[str, Any]:
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}

    def _go_on(self, trainees: list[Trainee], chosen: list[int], state: dict[str, Any]) -> None:
        if not chosen:
            return
        (i,) = chosen
        self._set_up(trainees[i].run)
        ours, settings = self.network.state_dict(), self.optimiser.state_dict()["param_groups"]
        check_alike([state["network"][name] for name in ours], list(ours.values()))
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(deepcopy(state["optimiser"]))  # apart from the file
        if self.optimiser.state_dict()["param_groups"] != settings:
            raise ValueError("its optimiser has other settings")
        for parameter, kept in self.optimiser.state.items():
            check_alike([kept["momentum_buffer"]], [parameter])
        self.trainees = [trainees[i]]


def mean_squares(network: nn.Module) -> Tensor:
    """The mean of the squares of each tensor of parameters, summed over tensors, biases included."""
    return torch.stack([p.square().mean() for p in network.parameters()]).sum()
