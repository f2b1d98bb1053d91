"""How the paper's authors trained: what their public code documents, and the candidates that we compare.

Source: github.com/UmbertoTomasini/sparse_hierarchy_model, commit 3a964f5 (2024-06-12), files fun_choices.py,
optim_loss.py, creating_sh_*.py, models/ and dataset_creating/. It has no licence: its facts are used here,
none of its code.
"""

from __future__ import annotations

from typing import Any

from ...model import SRHM
from ...networks.fleet import CONNECTED, FLEETS
from ...networks.vision import ORIGINAL_WIDTH

USUAL_RATE = 0.0025  # ours, for each datum of a batch: 0.08 in batches of 32
BATCH = 128
MAX_EPOCHS = 10_000
_LARGEST = 0.1  # the authors' largest learning rate

# Blanks and biases: ours, and those of the authors' code, which has a switch for the blanks.
INPUTS: dict[str, dict[str, Any]] = {
    "zeros": {},
    "zeros, biases": {"bias": True},
    "whitened, biases": {"inputs": "whitened", "bias": True},
}
RATES = ("authors' rate", "usual rate")


# The authors' training of vision networks, see `authors_vision`.
_VISION = {"lr": 64 * 1e-4, "max_epochs": 250, "init": "uniform", "penalty": 5e-4}


def authors_rate(architecture: str, task: SRHM) -> float:
    """The authors' learning rate, which is multiplied by the width; of their batches of 4 data of each class.

    Their FCN is the TaperedFCN (models/fcn2.py:8-60); the FCN, whose activations are smaller, gets its rate.

    Raises:
        ValueError: an architecture other than LCN, CNN, FCN and TaperedFCN.
    """
    if architecture == "LCN":
        return 0.003 if task.s0 >= 4 or task.s > 2 else 0.01
    if architecture in CONNECTED:
        usual, sparse = (0.01, 0.003) if task.L == 2 else (0.003, 0.001)
        return sparse if task.s0 >= 4 else usual
    if architecture != "CNN":
        raise ValueError(f"the authors' code has rates for {', '.join(FLEETS)}, not for {architecture!r}")
    if task.s > 2:
        return {4: 0.003, 6: 0.0003}.get(task.s0, 0.003 if task.v == 4 else 0.01)
    if task.L == 1:
        return 0.03 if task.s0 >= 4 else 0.1
    if task.L == 2 and task.s0 > 0:
        return {4: 0.03, 6: 0.01}.get(task.s0, 0.1)
    return {4: 0.003, 6: 0.001}.get(task.s0, 0.01)


def authors_vision(architecture: str, task: SRHM) -> dict[str, Any]:
    """The fields of a `Run` that train and read a vision network like the authors.

    Batches of 4 data of each class, rate 1e-4 times 64, 250 epochs at most, no schedule, whitened inputs:
    creating_sh_vgg.py:76-86, creating_sh_resnet.py, creating_sh_effnet.py (only the last asks for a loss of
    0.001, not 0.01), with main_bs_S.py's own width of 64 and momentum of 0.9. Its weight decay, 5e-4, is no
    decay of the optimiser: `regularize` adds 5e-4 times the mean square of each tensor of parameters, biases
    and normalisation included, to the loss that is descended (optim_loss.py, which main_bs_S.py imports; it
    was read in github.com/pcsl-epfl/hierarchy-learning, commit 3e2284e). Weights and biases are those that
    torch's layers draw (models/vgg.py, resnet.py, efficientnet.py). Test errors are read in evaluation mode
    (main_bs_S.py: `test`), S and D in training mode: stabs.py:77-97 builds the network and never calls
    `eval`, and passes data and transforms, 20 of each class, together.

    Left out: batches are of fixed composition, with as many data of each class; the loss is compared every
    10th epoch, and the best network is kept; EfficientNetB0 has dropout and drop-connect of 0.2, also while S
    and D are read, and is observed at its sigmoids; pooling in VGG rounds lengths down, and ResNet averages
    over 4 of the last 5 positions.

    Raises:
        ValueError: an architecture that is no vision network.
    """
    if architecture not in ORIGINAL_WIDTH:
        raise ValueError(f"architecture must be one of {tuple(ORIGINAL_WIDTH)}, got {architecture!r}")
    return _VISION | {
        "width": ORIGINAL_WIDTH[architecture],
        "batch_size": 4 * task.n_c,
        "loss_threshold": 1e-3 if architecture == "EfficientNetB0" else 1e-2,
        "inputs": "whitened",
        "statistics": "batch",
    }


# On images: the same, for ten classes. It is one recipe for all networks, fixed before any R_f was looked at.
# It is not how the points of Fig. 1 A and B were trained (Petrini et al., arXiv 2105.02468, and their code,
# github.com/leonardopetrini/diffeo-sota, commit 1594139): in batches of 128, at rates that fall, with weight
# decay, and with images shifted and mirrored; each network as it was when it erred least on the test set; and
# the EfficientNets of Fig. 1 A that err least were trained on ImageNet before.
IMAGES = _VISION | {"batch_size": 40, "loss_threshold": 1e-2}
# Deformations of one pixel, cut off at three waves, which are among theirs.
DEFORMATIONS = {"displacement": 1.0, "cutoff": 3}


def at_rate(per_datum: float, batch_size: int) -> dict[str, Any]:
    """The fields of a `Run` that give a rate for each datum of a batch."""
    return {"batch_size": batch_size, "lr": per_datum * batch_size, "max_epochs": MAX_EPOCHS}


def rate_per_datum(rate: str, architecture: str, task: SRHM) -> float:
    """One of RATES, for each datum of a batch; the authors' falls as 1 / n_c, ours is the same everywhere."""
    return USUAL_RATE if rate == RATES[1] else authors_rate(architecture, task) / (4 * task.n_c)


def candidates(architecture: str, task: SRHM) -> dict[tuple[str, str], dict[str, Any]]:
    """Every way to train that may have drawn a figure: of RATES and of INPUTS, as fields of a `Run`.

    In batches of 128, where the learning rate is then no larger than the authors' largest; else in batches of
    their size, 4 data for each class.
    """
    ways: dict[tuple[str, str], dict[str, Any]] = {}
    for rate in RATES:
        per_datum = rate_per_datum(rate, architecture, task)
        batch_size = BATCH if BATCH * per_datum <= _LARGEST else 4 * task.n_c
        ways |= {(rate, inputs): at_rate(per_datum, batch_size) | fields for inputs, fields in INPUTS.items()}
    return ways


def authors_inputs(architecture: str) -> str:
    """Of INPUTS, those of the authors' recipe: see the book's page on how they trained."""
    return "zeros" if architecture == "CNN" else "whitened, biases"


def authors_training(architecture: str, task: SRHM) -> dict[str, Any]:
    """The fields of a `Run` that train it by the authors' recipe, at another batch and any width."""
    return candidates(architecture, task)[RATES[0], authors_inputs(architecture)]
