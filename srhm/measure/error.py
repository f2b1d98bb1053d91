"""The test error."""

from __future__ import annotations

import torch

from ..model import Data
from ..networks import Network

_PART = 1024  # data at a time: the activations of a vision network on a whole test set are large


def error_rate(network: Network, data: Data) -> float:
    """The fraction of the data that a network misclassifies; ValueError if there are none."""
    parts = [data[i : i + _PART] for i in range(0, len(data), _PART)] or [data]
    logits = torch.cat([network.observe(part)[-1].values[:, 0] for part in parts])
    return (logits.argmax(1) != data.labels).double().mean().item()
