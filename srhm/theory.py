"""The paper's predictions, as functions of the task."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from .hierarchy import SRHM


def predicted_sample_complexity(architecture: str, task: SRHM) -> float:
    """P* by Eq. 3, s^(L/2) (s0+1)^L n_c m^L, for the LCN, and Eq. 4, C (s0+1)^2 n_c m^L, for the CNN.

    Both hold up to a factor: it is 1 for the LCN; C = 2.5 is the paper's fit for the CNN. The paper has
    no law for the FCN, whose patches are learnt too; the LCN's is returned as the scale to look around.
    """
    rules = task.n_c * task.m**task.L
    if architecture == "CNN":
        return 2.5 * (task.s0 + 1) ** 2 * rules
    return task.s ** (task.L / 2) * (task.s0 + 1) ** task.L * rules


def predicted_at_fixed_length(
    F: ArrayLike, d: ArrayLike, s: int, n_c: int, m: int
) -> NDArray[np.float64] | np.float64:
    """P* of the LCN by Eq. 5, n_c F^(log m/log s - 1/2) d^(log m/log s + 1/2).

    It is Eq. 3 in other variables. With F = (s0+1)^(-L) and d = (s (s0+1))^L, the informative features
    are s^L = F d and the rules of one class m^L = (F d)^(log m/log s), so that
    s^(L/2) (s0+1)^L n_c m^L = (F d)^(1/2) F^(-1) n_c (F d)^(log m/log s).

    Args:
        F: informative fraction of the input, in (0, 1]; any shape that broadcasts with d.
        d: input length.

    Raises:
        ValueError: an F outside (0, 1].
    """
    F, d = np.asarray(F, dtype=np.float64), np.asarray(d, dtype=np.float64)
    if not ((F > 0) & (F <= 1)).all():
        raise ValueError("F must lie in (0, 1]: it is a fraction of the input")
    power = np.log(m) / np.log(s)
    return n_c * F ** (power - 0.5) * d ** (power + 0.5)


def sensitivity_thresholds(architecture: str, s: int, L: int) -> dict[str, float]:
    """Where P*_S and P*_D of Eq. 8 are read: the paper's values of S_2 and D_2 (Figs. 6, 11, 14 and 16).

    The paper has s = 2 and 3 (the FCN at s = 2 only) and L = 2 and 3; other tasks get the nearest of these.

    Returns:
        Thresholds under "S_2_1" and "D_2_1", the columns of a table of runs.

    Raises:
        ValueError: an architecture for which the paper reads none.
    """
    if architecture not in ("LCN", "CNN", "FCN"):
        raise ValueError(f"the paper has thresholds for LCN, CNN and FCN, not for {architecture!r}")
    if architecture != "CNN":
        return {"S_2_1": 0.3 if s == 2 else 0.5, "D_2_1": 0.1}
    shallow = 0.4 if s == 2 else 0.5
    return {"S_2_1": shallow if L <= 2 else 0.2, "D_2_1": 0.2}


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

        P_1 = (s0+1)^L (1 - 1/n_c) s^L / sum over i, alpha, a of (p_i(alpha, a) - p_i(a) / n_c)^2.

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
    return (task.s0 + 1) ** task.L * noise / signal if signal > 0 else float("inf")
