"""What shared weights gain: signal and noise of each layer's gradient, with and without sharing.

A network of patches is copied into the LCN that computes the same, with a weight of its own for each
location: `unshared`. The gradient of a shared weight is the sum of those of its copies. If they agree, the
signals of n locations add up to n^2 in square, their noises to n; if they are as good as independent, both
add up to n, and sharing gains nothing. With a and b two samples of P fresh data, and g the gradient,

    signal = <g_a, g_b>,    noise = P ||g_a - g_b||^2 / 2,    P_1 = noise / signal,

without bias, as in `gradient`: P_1 is how many data have as much noise as signal. The noise is averaged over
parts of the samples.
"""

from __future__ import annotations

from itertools import pairwise
from math import nan

import pandas as pd
import torch
from torch import Tensor

from ..model import SRHM, check_integer
from ..networks import Fleet
from ..networks.background import BackgroundFleet
from ..networks.fleet import CONNECTED
from .gradient import gradients

_PARTS = 50  # of a sample: the noise is known from as many


def unshared(network: Fleet) -> Fleet:
    """The LCN that computes what a network of patches does: shared weights are copied to every location.

    Raises:
        ValueError: a network without patches, or with biases or whitened inputs.
    """
    if network.architecture in CONNECTED:
        raise ValueError(f"network must be made of patches, as LCN and CNN are, got {network.architecture}")
    if isinstance(network, BackgroundFleet):
        raise ValueError("network must have zeros at blanks and no biases, got one with a background")
    local = Fleet("LCN", network.task, network.width, [], network.parameters[0].device)
    local.parameters = [
        p.repeat(1, wide.shape[1] // p.shape[1], *[1] * (p.ndim - 2))
        for p, wide in zip(network.parameters, local.parameters, strict=True)
    ]
    return local


def pooling(network: Fleet, task: SRHM, n: int, seed: int = 0) -> pd.DataFrame:
    """Signal and noise of the gradient in each layer's weights, shared as they are, and as if they were not.

    Args:
        network: a fleet of one, of patches.
        task: what data are drawn from.
        n: data in each of the two samples, at least 50.
        seed: of the samples.

    Returns:
        A row for each of layers 1 ... L, with columns
        layer, copies: locations that share a weight;
        P_1, P_1_unshared: data at which noise and signal are equal, of the shared weights and of their
        copies; nan where the samples are too small to see the signal;
        gain: P_1_unshared / P_1, from 1 where locations do not agree, up to about the copies where they do.

    Raises:
        ValueError: a fleet of several networks, or one that `unshared` refuses; a task of another shape;
            fewer data.
    """
    check_integer("n", n, _PARTS)
    local = unshared(network)
    samples = [task.sample(n, 2 * seed + i, network.parameters[0].device) for i in range(2)]
    bounds = [n * i // _PARTS for i in range(_PARTS + 1)]
    parts = [
        (end - begin, [gradients(local, sample[begin:end]) for sample in samples])
        for begin, end in pairwise(bounds)
    ]
    rows = []
    for layer in range(task.L):
        shared = network.parameters[layer].shape[1]
        copies = local.parameters[layer].shape[1] // shared
        folded = [(size, *(g[layer].unflatten(0, (copies, shared)) for g in pair)) for size, pair in parts]
        apart = _noise_to_signal(folded)
        together = _noise_to_signal([(size, a.sum(0), b.sum(0)) for size, a, b in folded])
        rows.append((layer + 1, copies, together, apart, apart / together))
    return pd.DataFrame(rows, columns=["layer", "copies", "P_1", "P_1_unshared", "gain"])


def _noise_to_signal(parts: list[tuple[int, Tensor, Tensor]]) -> float:
    """P_1 of a pair of gradients in parts, each with its size; the noise is that within parts."""
    n = sum(size for size, _, _ in parts)
    a = torch.stack([size * x for size, x, _ in parts]).sum(0) / n
    b = torch.stack([size * y for size, _, y in parts]).sum(0) / n
    signal = (a * b).sum().item()
    noise = sum(size * (x - y).square().sum().item() / 2 for size, x, y in parts) / len(parts)
    return noise / signal if signal > 0 else nan
