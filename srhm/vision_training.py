"""Stochastic gradient descent on the common vision networks, one after another.

The learning rate is the plain one, not multiplied by the width: these networks are in the standard
parametrisation. Stopping rule, data order and checkpoints are those of the fleets.
"""

from __future__ import annotations

from copy import deepcopy
from time import perf_counter
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from .progress import Trainee, Training
from .runs import Run
from .vision import VisionNetwork

_STEPS = 64  # at most, between two looks at the losses


class VisionTraining(Training):
    """A vision network in training, with its momentum and its data; one at a time."""

    def advance(self) -> None:
        """Take steps until the end of the epoch, at most _STEPS."""
        began = perf_counter()
        (trainee,) = self.trainees
        steps = min(_STEPS, trainee.batches - trainee.batch)
        self.network.train()
        # On a GPU, the same bits each time, and no rounding to TF32.
        with torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=False):
            losses = [self._step(trainee, trainee.batch + step) for step in range(steps)]
        trainee.record(torch.stack(losses).tolist())
        trainee.seconds += perf_counter() - began

    def _step(self, trainee: Trainee, batch: int) -> torch.Tensor:
        """One step of gradient descent with momentum; the loss, summed over data."""
        size = trainee.run.batch_size
        end = None if batch == trainee.batches - 1 else (batch + 1) * size
        rows = trainee.order[batch * size : end].to(self.device)
        loss = cross_entropy(self.network(self.inputs[rows]), self.labels[rows])
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return loss.detach() * len(rows)

    def replace(self, ended: list[int], joining: list[Trainee]) -> None:
        """Let a trainee whose training has ended go, and another take its place."""
        self.trainees = [t for i, t in enumerate(self.trainees) if i not in ended] + joining
        if joining:
            self._set_up(joining[0].run)

    def network_of(self, i: int) -> VisionNetwork:
        """The network of the one trainee, with its running averages in use."""
        return self.network.eval()

    def _set_up(self, run: Run) -> None:
        self.network = VisionNetwork(run.architecture, run.task, run.width, run.init_seed, self.device)
        self.optimiser = torch.optim.SGD(
            self.network.parameters(), lr=run.lr, momentum=run.momentum, fused=True
        )
        data = run.task.sample(run.P, run.data_seed, self.device)
        self.inputs, self.labels = data.one_hot(), data.labels

    def _state(self) -> dict[str, Any]:
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}

    def _go_on(self, trainees: list[Trainee], chosen: list[int], state: dict[str, Any]) -> None:
        if not chosen:
            return
        (i,) = chosen
        self._set_up(trainees[i].run)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(deepcopy(state["optimiser"]))  # apart from the file
        self.trainees = [trainees[i]]
