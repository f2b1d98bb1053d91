"""How the paper's authors trained: what their public code documents, and the candidates that we compare.

Source: github.com/UmbertoTomasini/sparse_hierarchy_model, commit 3a964f5 (2024-06-12), files fun_choices.py,
optim_loss.py, creating_sh_*.py, models/ and dataset_creating/. It has no licence: its facts are used here,
none of its code.
"""

from __future__ import annotations

from typing import Any

from ...model import SRHM

USUAL_RATE = 0.0025  # ours, for each datum of a batch: 0.08 in batches of 32
BATCH = 128
MAX_EPOCHS = 10_000

# Blanks and biases: ours, and those of the authors' code, which has a switch for the blanks.
INPUTS: dict[str, dict[str, Any]] = {
    "zeros": {},
    "zeros, biases": {"bias": True},
    "whitened, biases": {"inputs": "whitened", "bias": True},
}
RATES = ("authors' rate", "usual rate")


def authors_rate(architecture: str, task: SRHM) -> float:
    """The authors' learning rate, which is multiplied by the width; of their batches of 4 data of each class.

    Raises:
        ValueError: an architecture other than LCN, CNN and FCN.
    """
    if architecture == "LCN":
        return 0.003 if task.s0 >= 4 or task.s > 2 else 0.01
    if architecture == "FCN":
        shallow, sparse = task.L == 2, task.s0 >= 4
        return (0.003 if sparse else 0.01) if shallow else (0.001 if sparse else 0.003)
    if architecture != "CNN":
        raise ValueError(f"the authors' code has rates for LCN, CNN and FCN, not for {architecture!r}")
    if task.s > 2:
        return 0.003 if task.s0 >= 4 or task.v == 4 else 0.01
    if task.L == 2 and task.s0 > 0:
        return {4: 0.03, 6: 0.01}.get(task.s0, 0.1)
    return {4: 0.003, 6: 0.001}.get(task.s0, 0.01)


def at_rate(per_datum: float, batch_size: int = BATCH) -> dict[str, Any]:
    """The fields of a `Run` that give a rate for each datum of a batch."""
    return {"batch_size": batch_size, "lr": per_datum * batch_size, "max_epochs": MAX_EPOCHS}


def rate_per_datum(rate: str, architecture: str, task: SRHM) -> float:
    """One of RATES, for each datum of a batch; the authors' falls as 1 / n_c, ours is the same everywhere."""
    return USUAL_RATE if rate == RATES[1] else authors_rate(architecture, task) / (4 * task.n_c)


def candidates(architecture: str, task: SRHM) -> dict[tuple[str, str], dict[str, Any]]:
    """Every way to train that may have drawn a figure: of RATES and of INPUTS, as fields of a `Run`."""
    return {
        (rate, inputs): at_rate(rate_per_datum(rate, architecture, task)) | fields
        for rate in RATES
        for inputs, fields in INPUTS.items()
    }


def authors_inputs(architecture: str) -> str:
    """Of INPUTS, those of the authors' recipe: see the book's page on how they trained."""
    return "zeros" if architecture == "CNN" else "whitened, biases"


def authors_training(architecture: str, task: SRHM) -> dict[str, Any]:
    """The fields of a `Run` that train it by the authors' recipe, at another batch and any width."""
    return candidates(architecture, task)[RATES[0], authors_inputs(architecture)]
