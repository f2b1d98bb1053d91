"""What follows from the task alone: the first gradient step of the paper's Appendix C, made exact."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ..model import SRHM


def class_feature_frequencies(task: SRHM) -> Tensor:
    """Joint probability of class and input feature, exact; float64 (s^L, n_c, v).

    Entry (i, alpha, a) is the probability that the label is alpha and the i-th informative feature is a:
    1/n_c times, along the path from the root to i, one matrix per level of how often each symbol is
    produced at that place of a tuple.
    """
    joint = torch.eye(task.n_c, dtype=torch.float64)[None] / task.n_c
    for level in range(task.L, 0, -1):
        produced = one_hot(task.rules[level], task.v).double().mean(1)  # (parents, s, v)
        joint = torch.einsum("nap,psv->nsav", joint, produced).flatten(0, 1)
    return joint


def one_step_sample_complexity(task: SRHM) -> float:
    """P at which the first gradient of the first layer is as much noise as signal, ReLUs left aside.

    A first-layer weight sees one feature a at one position, with probability F p_i(a), where
    F = (s0+1)^(-L). Its gradient at vanishing logits is the mean over data of 1/n_c - onehot(label),
    restricted to these data and carried down by weights that do not depend on the data. So, up to a common
    factor, the squared signal is F^2 times the squared correlation of the feature with the label, and the
    variance is F p_i(a) (1 - 1/n_c) / P. Summed over weights they are equal at (cf. Appendix C of the paper)

        P_1 = (s0+1)^L (1 - 1/n_c) s^L / sum over i, alpha, a of (p_i(alpha, a) - p_i(a) / n_c)^2,

    with d / s^L for (s0+1)^L where s0 differs between levels.

    Weight sharing does not enter: what a CNN's weight sums over locations reaches it through other weights
    of layers 2 ... L at each, which add like noise. Exact for large width, to one datum (the variance lacks
    the square of the mean). inf if no single feature tells classes apart.

    Raises:
        ValueError: sparsity "B", where a position belongs to no single feature.
    """
    if task.sparsity != "A":
        raise ValueError(f'one_step_sample_complexity is for sparsity "A", got {task.sparsity!r}')
    joint = class_feature_frequencies(task)
    signal = (joint - joint.mean(1, keepdim=True)).square().sum().item()
    noise = (1 - 1 / task.n_c) * task.num_leaves
    return task.d // task.num_leaves * noise / signal if signal > 0 else float("inf")
