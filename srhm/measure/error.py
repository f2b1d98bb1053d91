"""The test error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..images import Images
from ..images.data import CLASSES
from ..model import Data
from ..networks import Activation, Network
from .sensitivity import observe

_PART = 1024  # data at a time: the activations of a vision network on a whole test set are large


def error_rate(network: Network, data: Data | Images) -> float:
    """The fraction of the data, or of the images, that a network misclassifies.

    Raises:
        ValueError: there are no data, or the network gives no logits (n, 1, n_c).
    """
    if isinstance(data, Images):
        return _error_rate(network.observe, data.images, data.labels, CLASSES)
    return _error_rate(network.observe, data, data.labels, data.task.n_c)


def _error_rate(
    observer: Callable[[Any], list[Activation]], inputs: Data | Tensor, labels: Tensor, n_c: int
) -> float:
    parts = [inputs[i : i + _PART] for i in range(0, len(inputs), _PART)] or [inputs]
    answers = torch.cat([_logits(observer, part, n_c).argmax(1) for part in parts])
    return (answers != labels).double().mean().item()


def _logits(observer: Callable[[Any], list[Activation]], inputs: Data | Tensor, n_c: int) -> Tensor:
    values = observe(observer, inputs)[-1].values
    if values.shape[1:] != (1, n_c):
        raise ValueError(f"the output must be logits (n, 1, n_c) with n_c = {n_c}, got {tuple(values.shape)}")
    return values[:, 0]
