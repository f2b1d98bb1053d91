"""The paper's predictions, as functions of the task."""

from __future__ import annotations

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
