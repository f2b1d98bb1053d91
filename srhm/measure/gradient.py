"""Gradients; and one step at initialisation, checked against Appendix C of the paper: its signal and noise.

The gradient g_P of the first layer, over P data, is the population gradient g_inf and sampling noise. At
initialisation the mean-field logits are of order width^(-1/2); they are taken as zero, their limit, so that
the error of a datum is 1/n_c - onehot(label) and has mean zero. Then g_inf is nothing but the correlation of
features with the label: what one step can learn. With two independent samples a and b of P data

    E <g_a, g_b> = ||g_inf||^2,    E ||g_a - g_b||^2 / 2 = E ||g_P - g_inf||^2  (falls as 1/P),

so signal and noise are estimated without bias and without knowing g_inf.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ..model import SRHM, Data
from ..networks import Fleet
from ..networks.activation import check_data

_CHUNK = 2048


def gradients(network: Fleet, data: Data, *, vanishing: bool = False) -> list[Tensor]:
    """Gradients of the mean cross-entropy in the parameters of a network, in their order and shapes.

    Args:
        network: a fleet of one, whose task has the shape of the data's.
        vanishing: whether logits are taken as zero, so that every class is as likely.

    Raises:
        ValueError: a fleet of several networks, or data of another shape.
    """
    if len(network) != 1:
        raise ValueError(f"gradients are those of a fleet of one network, got {len(network)}")
    check_data(network.task, data)
    buffers = [torch.zeros_like(p) for p in network.parameters]
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        wires = [w.unsqueeze(0) for w in network.wire(chunk)]
        packings = network.pack(wires)
        activations = network.activations(wires, packings)
        guessed = 1 / data.task.n_c if vanishing else activations[-1].softmax(-1)
        error = guessed - one_hot(chunk.labels, data.task.n_c).float().unsqueeze(0)
        network.accumulate_gradient(wires, packings, activations, error / len(data), buffers, decay=1)
    return [buffer[0] for buffer in buffers]


def first_layer_gradient(network: Fleet, data: Data) -> Tensor:
    """Gradient of the mean cross-entropy in the first layer's table, at vanishing logits; (rows, C).

    Args:
        network: a fleet of one, whose task has the shape of the data's.

    Raises:
        ValueError: a fleet of several networks.
    """
    return gradients(network, data, vanishing=True)[0]


def one_step(
    architecture: str,
    task: SRHM,
    sizes: Sequence[int],
    width: int,
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> pd.DataFrame:
    """Noise over signal, E ||g_P - g_inf||^2 / ||g_inf||^2, of the first layer's first gradient.

    Args:
        sizes: values of P, increasing; the signal is read off the largest.
        seed: of the initial weights and of the two samples.

    Returns:
        A row for each P, with columns architecture, v, L, s0, seed, P, noise_to_signal and
        P_1, the P at which noise and signal are equal, the same in every row. Both are nan where the
        largest P is too small to see the signal, that is, the estimate of its square is negative.

    Raises:
        ValueError: no sizes, or sizes that do not increase from at least 1.
    """
    if not len(sizes) or min(np.diff([0, *sizes])) < 1:
        raise ValueError(f"sizes must increase from at least 1, got {list(sizes)}")
    network = Fleet(architecture, task, width, [seed], device)
    samples = [task.sample(sizes[-1], 2 * seed + i, device) for i in range(2)]
    total = [torch.zeros_like(network.parameters[0][0]) for _ in samples]
    noise, variances, begin = [], [], 0
    for P in sizes:
        added = [(P - begin) * first_layer_gradient(network, sample[begin:P]) for sample in samples]
        variances.append(_half_distance(added) / (P - begin))
        total = [old + new for old, new in zip(total, added, strict=True)]
        noise.append(_half_distance(total) / P**2)
        begin = P
    signal = (total[0] * total[1]).sum().item() / begin**2
    if signal <= 0:
        signal = nan
    return pd.DataFrame(
        {
            "architecture": architecture,
            "v": task.v,
            "L": task.L,
            "s0": [task.s0] * len(sizes),  # a tuple is one value
            "seed": seed,
            "P": sizes,
            "noise_to_signal": np.array(noise) / signal,
            "P_1": np.mean(variances) / signal,  # of one datum's gradient, from independent parts
        }
    )


def _half_distance(pair: list[Tensor]) -> float:
    return (pair[0] - pair[1]).square().sum().item() / 2
