"""What shared weights gain: signal and noise of each layer's gradient, with and without sharing.

A network of patches is copied into the LCN that computes the same, with a weight of its own for each
location: `unshared`. The gradient of a shared weight is the sum of those of its copies. If they agree, the
signals of n locations add up to n^2 in square, their noises to n; if they are as good as independent, both
add up to n, and sharing gains nothing. With a and b two samples of P fresh data, and g the gradient,

    signal = <g_a, g_b>,    noise = P ||g_a - g_b||^2 / 2,    P_1 = noise / signal,

without bias, as in `gradient`: P_1 is how many data have as much noise as signal.
"""

from __future__ import annotations

from math import nan

import pandas as pd
import torch
from torch import Tensor

from ..model import SRHM
from ..networks import Fleet
from .gradient import gradients


def unshared(network: Fleet) -> Fleet:
    """The LCN that computes what a network of patches does: shared weights are copied to every location.

    Raises:
        ValueError: a network without patches.
    """
    if network.architecture not in ("LCN", "CNN") and not network.architecture.startswith("Shared-"):
        raise ValueError(f"network must be made of patches, as LCN and CNN are, got {network.architecture}")
    local = Fleet("LCN", network.task, network.width, [], network.parameters[0].device)
    local.parameters = [
        p.repeat(1, wide.shape[1] // p.shape[1], *[1] * (p.ndim - 2))
        for p, wide in zip(network.parameters, local.parameters, strict=True)
    ]
    return local


def pooling(
    network: Fleet, task: SRHM, n: int, seed: int = 0, device: str | torch.device = "cpu"
) -> pd.DataFrame:
    """Signal and noise of the gradient in each layer's weights, shared as they are, and as if they were not.

    Args:
        network: a fleet of one, of patches.
        task: what data are drawn from.
        n: data in each of the two samples.
        seed: of the samples.

    Returns:
        A row for each of layers 1 ... L, with columns
        layer, copies: locations that share a weight;
        P_1, P_1_unshared: data at which noise and signal are equal, of the shared weights and of their
        copies; nan where the samples are too small to see the signal;
        gain: P_1_unshared / P_1, from 1 where locations do not agree, up to about the copies where they do.

    Raises:
        ValueError: a fleet of several networks, or one without patches.
    """
    local = unshared(network)
    pair = [gradients(local, task.sample(n, 2 * seed + i, device)) for i in range(2)]
    rows = []
    for layer in range(task.L):
        shared = network.parameters[layer].shape[1]
        copies = local.parameters[layer].shape[1] // shared
        folded = [g[layer].unflatten(0, (copies, shared)) for g in pair]
        apart, together = (_noise_to_signal(a, b, n) for a, b in (folded, [g.sum(0) for g in folded]))
        rows.append((layer + 1, copies, together, apart, apart / together))
    return pd.DataFrame(rows, columns=["layer", "copies", "P_1", "P_1_unshared", "gain"])


def _noise_to_signal(a: Tensor, b: Tensor, n: int) -> float:
    signal = (a * b).sum().item()
    return n * (a - b).square().sum().item() / 2 / signal if signal > 0 else nan
