"""How the paper's authors trained: what their public code documents, and the candidates that we compare.

Source: github.com/UmbertoTomasini/sparse_hierarchy_model, commit 3a964f5 (2024-06-12), files fun_choices.py,
optim_loss.py, creating_sh_*.py, models/ and dataset_creating/. It has no licence: its facts are used here,
none of its code.
"""

from __future__ import annotations

from typing import Any

from ...model import SRHM
from ...networks.fleet import CONNECTED, FLEETS

USUAL_RATE = 0.0025  # ours, for each datum of a batch: 0.08 in batches of 32
BATCH = 128
MAX_EPOCHS = 10_000

# Inputs and biases: ours, and the two that the authors' code has.
INPUTS: dict[str, dict[str, Any]] = {
    "one-hot": {},
    "one-hot, bias": {"bias": True},
    "whitened, bias": {"inputs": "whitened", "bias": True},
}


def authors_rate(architecture: str, task: SRHM) -> float:
    """The authors' learning rate, which is multiplied by the width; of their batches of 4 data of each class.

    Their FCN is the TaperedFCN (models/fcn2.py:8-60); the FCN, whose activations are smaller, gets its rate.

    Raises:
        ValueError: an architecture other than LCN, CNN, FCN and TaperedFCN.
    """
    if architecture == "LCN":
        return 0.003 if task.s0 >= 4 or task.s > 2 else 0.01
    if architecture in CONNECTED:
        return (0.003 if task.s0 < 4 else 0.001) if task.L == 3 or task.s0 >= 4 else 0.01
    if architecture != "CNN":
        raise ValueError(f"the authors' code has rates for {', '.join(FLEETS)}, not for {architecture!r}")
    if task.s > 2:
        return 0.003 if task.s0 >= 4 or task.v == 4 else 0.01
    if task.L == 2 and task.s0 > 0:
        return {4: 0.03, 6: 0.01}.get(task.s0, 0.1)
    return {4: 0.003, 6: 0.001}.get(task.s0, 0.01)


def at_rate(per_datum: float, batch_size: int = BATCH) -> dict[str, Any]:
    """The fields of a `Run` that give a rate for each datum of a batch."""
    return {"batch_size": batch_size, "lr": per_datum * batch_size, "max_epochs": MAX_EPOCHS}


def authors_training(architecture: str, task: SRHM, batch_size: int = BATCH) -> dict[str, Any]:
    """The fields of a `Run` that give the authors' rate for each datum, in batches of another size."""
    return at_rate(authors_rate(architecture, task) / (4 * task.n_c), batch_size)
