"""What a network shows of itself: the activations of its layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from ..model import SRHM, Data


class Activation(NamedTuple):
    """Activation of one layer: values (n, patches, C) at locations (n, patches), zero elsewhere.

    The locations of one datum are distinct.
    """

    values: Tensor
    locations: Tensor


Observer = Callable[[Data], list[Activation]]


class Network(Protocol):
    """What measurements ask of a trained network."""

    def observe(self, data: Data) -> list[Activation]:
        """The activations of layers 1, 2, ... and, last, the logits (n, 1, n_c)."""
        ...


def observe_in_parts(
    network: nn.Module, data: Data, look: Callable[[Tensor], list[Tensor]], size: int = 512
) -> list[Tensor]:
    """What `look` sees of a module in evaluation mode, of so many one-hot data at a time, put together."""
    training = network.training
    network.eval()
    parts = [look(data[i : i + size].one_hot()) for i in range(0, len(data), size)]
    network.train(training)
    return [torch.cat(layer) for layer in zip(*parts, strict=True)]


def check_data(task: SRHM, data: Data) -> None:
    """Raise ValueError, naming what differs, unless a network for `task` can read the data."""
    if not len(data):
        raise ValueError("there are no data to observe")
    for name in ("v", "n_c", "s", "L", "s0"):
        here, there = getattr(task, name), getattr(data.task, name)
        if here != there:
            raise ValueError(f"the network is for {name} = {here}, the data have {name} = {there}")
