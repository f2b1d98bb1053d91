"""Steps on a GPU: recorded once as a CUDA graph, then replayed.

A step is a few hundred small kernels, and to launch one from Python takes longer than it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..networks.fleet import Packing

Step = Callable[[list[Tensor], list[Packing], Tensor, Tensor], tuple[Tensor, Tensor]]
Inputs = tuple[list[Tensor], list[list[Packing]], Tensor, Tensor]


class Replay:
    """A recorded step, and the inputs of the steps to take, one after another.

    Args:
        step: takes one step, and gives what it has seen.
        inputs: of all steps: wires and packings, labels and weights of the data. The first axis of each is
            the step.

    Making it takes no step. It holds as long as the tensors that the step works on stay where they are.
    """

    def __init__(self, step: Step, inputs: Inputs) -> None:
        self.step, self.sizes = step, _sizes(inputs)
        self.inputs = [tensor.clone() for tensor in _tensors(inputs)]
        self.next = torch.zeros(1, dtype=torch.int64, device=inputs[2].device)
        self.seen: list[Tensor] = []
        self.graph: torch.cuda.CUDAGraph | None = None

    def load(self, inputs: Inputs) -> bool:
        """Take up the inputs of the next steps, and say whether their shapes allow it."""
        tensors = _tensors(inputs)
        if self.sizes != _sizes(inputs) or [t.shape for t in tensors] != [t.shape for t in self.inputs]:
            return False
        for mine, new in zip(self.inputs, tensors, strict=True):
            mine.copy_(new)
        self.next.zero_()
        return True

    def take(self, steps: range) -> list[Tensor]:
        """Take these steps, which follow those taken before; what they have seen, stacked."""
        for _ in steps:
            if not self.seen:
                self._take_first()
                continue
            if not self.graph:
                self.graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(self.graph):  # records, takes no step
                    self._keep(self._step_at_next())
            self.graph.replay()
        return [values[steps.start : steps.stop] for values in self.seen]

    def _take_first(self) -> None:
        """Take a step that is not recorded: libraries set themselves up in it, which no graph may hold."""
        here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            seen, steps = self._step_at_next(), len(self.inputs[0])
            self.seen = [torch.empty_like(values).expand(steps, *values.shape).clone() for values in seen]
            self._keep(seen)
        here.wait_stream(aside)

    def _step_at_next(self) -> tuple[Tensor, Tensor]:
        now = [tensor.index_select(0, self.next).squeeze(0) for tensor in self.inputs]
        answers, weights, *now = now
        packings = []
        for sizes in self.sizes:
            order, places, bags, *now = now
            packings.append(Packing(order, places, bags, sizes, batched=True))
        return self.step(now, packings, answers, weights)

    def _keep(self, seen: Sequence[Tensor]) -> None:
        for kept, new in zip(self.seen, seen, strict=True):
            kept.index_copy_(0, self.next, new.unsqueeze(0))
        self.next += 1


def _tensors(inputs: Inputs) -> list[Tensor]:
    """Labels, weights, the tensors of the packings of each layer, wires; the first axis is the step."""
    wires, packings, answers, weights = inputs
    packed = [
        torch.stack([getattr(packing, name) for packing in layer])
        for layer in zip(*packings, strict=True)
        for name in ("order", "places", "bags")
    ]
    return [answers, weights, *packed, *wires]


def _sizes(inputs: Inputs) -> list[list[int]]:
    """Of the packing of each layer, which is the same in all steps on a GPU."""
    return [packing.sizes for packing in inputs[1][0]]
