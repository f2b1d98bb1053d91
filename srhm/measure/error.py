"""The test error."""

from __future__ import annotations

import torch
from torch import Tensor

from ..model import Data
from ..networks import Network
from .sensitivity import observe

_PART = 1024  # data at a time: the activations of a vision network on a whole test set are large


def error_rate(network: Network, data: Data) -> float:
    """The fraction of the data that a network misclassifies.

    Raises:
        ValueError: there are no data, or the network gives no logits (n, 1, n_c).
    """
    parts = [data[i : i + _PART] for i in range(0, len(data), _PART)] or [data]
    answers = torch.cat([_logits(network, part).argmax(1) for part in parts])
    return (answers != data.labels).double().mean().item()


def _logits(network: Network, data: Data) -> Tensor:
    values = observe(network.observe, data)[-1].values
    if values.shape[1:] != (1, data.task.n_c):
        wanted = f"(n, 1, n_c) with n_c = {data.task.n_c}"
        raise ValueError(f"the output must be logits {wanted}, got {tuple(values.shape)}")
    return values[:, 0]
