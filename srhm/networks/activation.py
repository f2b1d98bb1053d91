"""What a network shows of itself: the activations of its layers."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..model import SRHM, Data


class Activation(NamedTuple):
    """Activation of one layer: values (n, patches, C) at locations (n, patches), zero elsewhere.

    The locations of one datum are distinct.
    """

    values: Tensor
    locations: Tensor


Observer = Callable[[Data], list[Activation]]
Module = TypeVar("Module", bound=nn.Module)
Inputs = TypeVar("Inputs", Data, Tensor)

_PART = 512  # data that a module sees at a time


class Network(Protocol):
    """What measurements ask of a trained network."""

    def observe(self, data: Data) -> list[Activation]:
        """The activations of layers 1, 2, ... and, last, the logits (n, 1, n_c)."""
        ...


def placed(values: list[Tensor]) -> list[Activation]:
    """Values (n, places, C) with the number of each place as its location."""
    return [Activation(v, torch.arange(v.shape[1], device=v.device).expand(v.shape[:2])) for v in values]


def with_batch_statistics(network: Module) -> Module:
    """A copy whose batch normalisation uses mean and variance of the data that it observes, all at once.

    So it does in training mode, but running averages are left alone here, and dropout is off.
    """
    copy = deepcopy(network)
    for module in copy.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = module.running_var = None  # torch then uses the batch, whatever the mode
    return copy


def observe_in_parts(
    network: nn.Module, data: Inputs, look: Callable[[Inputs], list[Tensor]]
) -> list[Tensor]:
    """What `look` sees of a module in evaluation mode, of some data or images at a time, put together.

    Of all at once where batch normalisation has no running averages, and so compares them.
    """
    normalisations = [m for m in network.modules() if isinstance(m, _BatchNorm)]
    size = len(data) if any(m.running_mean is None for m in normalisations) else _PART
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        parts = [look(data[i : i + size]) for i in range(0, len(data), size)]
    finally:
        for module, training in modes.items():
            module.training = training
    return [torch.cat(layer) for layer in zip(*parts, strict=True)]


def find_elements(x: Tensor, leaves: int) -> tuple[Tensor, Tensor]:
    """Symbols and positions (n, leaves) of the informative elements of one-hot data (n, v, d), in order."""
    positions = x.any(1).nonzero()[:, 1].view(len(x), leaves)
    return x.argmax(1).gather(1, positions), positions


def check_data(task: SRHM, data: Data) -> None:
    """Raise ValueError, naming what differs, unless a network for `task` can read the data."""
    if not len(data):
        raise ValueError("there are no data to observe")
    for name in ("v", "n_c", "s", "L", "s0"):
        here, there = getattr(task, name), getattr(data.task, name)
        if here != there:
            raise ValueError(f"the network is for {name} = {here}, the data have {name} = {there}")
