"""Steps on a GPU: recorded once as a CUDA graph, then replayed.

A step is a few hundred small kernels, and to launch one from Python takes longer than it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from ..networks.fleet import Packing

Step = Callable[[list[Tensor], list[Packing], Tensor, Tensor], tuple[Tensor, Tensor]]
Inputs = tuple[list[Tensor], list[list[Packing]], Tensor, Tensor]


class Replay:
    """A recorded step, and the inputs of some steps to take one after another.

    It is valid only while the parameters and momenta of the step stay the same tensors.

    Args:
        inputs: of all steps: wires, packings, labels and weights of the data. The first axis of each is the
            step. The packings of a layer have the same sizes in all steps.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.sizes, self.inputs = _sizes(inputs), _tensors(inputs)
        self.next = torch.zeros(1, dtype=torch.int64, device=inputs[2].device)  # the step to take
        self.taken = 0
        self.seen: list[Tensor] = []  # of each step
        self.graph: torch.cuda.CUDAGraph | None = None

    def load(self, inputs: Inputs) -> bool:
        """Take up the inputs of the next steps, and say whether their shapes allow it."""
        tensors = _tensors(inputs)
        if self.sizes != _sizes(inputs) or [t.shape for t in tensors] != [t.shape for t in self.inputs]:
            return False
        for mine, new in zip(self.inputs, tensors, strict=True):
            mine.copy_(new)
        self.next.zero_()
        self.taken = 0
        return True

    def run(self, step: Step, count: int) -> list[Tensor]:
        """Take the next steps, and return what each has seen, stacked; valid until `load`."""
        begin, self.taken = self.taken, self.taken + count
        with torch.cuda.device(self.next.device):
            for _ in range(count):
                if not self.seen:
                    self._run_first(step)
                    continue
                if not self.graph:
                    self.graph = torch.cuda.CUDAGraph()
                    with torch.cuda.graph(self.graph, stream=_side_stream(self.next.device)):
                        self._keep(self._run_next(step))  # records, takes no step
                self.graph.replay()
        return [values[begin : self.taken] for values in self.seen]

    def _run_first(self, step: Step) -> None:
        """Take a step that is not recorded: libraries set themselves up in it, which no graph may hold."""
        here, aside = torch.cuda.current_stream(), _side_stream(self.next.device)
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            seen, steps = self._run_next(step), len(self.inputs[0])
            self.seen = [values.new_empty(steps, *values.shape) for values in seen]
            self._keep(seen)
        here.wait_stream(aside)

    def _run_next(self, step: Step) -> tuple[Tensor, Tensor]:
        answers, weights, *now = [tensor.index_select(0, self.next).squeeze(0) for tensor in self.inputs]
        packings = []
        for sizes in self.sizes:
            order, places, bags, *now = now
            packings.append(Packing(order, places, bags, sizes, batched=True))
        return step(now, packings, answers, weights)

    def _keep(self, seen: tuple[Tensor, Tensor]) -> None:
        for kept, new in zip(self.seen, seen, strict=True):
            kept.index_copy_(0, self.next, new.unsqueeze(0))
        self.next += 1


@cache
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """The stream of all recordings: cuBLAS keeps memory for each stream that it has seen."""
    return torch.cuda.Stream(device)


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
    """The sizes of each layer's packing."""
    return [packing.sizes for packing in inputs[1][0]]
