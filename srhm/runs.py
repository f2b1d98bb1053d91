"""One training run: everything that decides its outcome, the key it is stored under, the outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from math import isfinite
from numbers import Real
from typing import Any

from .hierarchy import SRHM
from .networks import ARCHITECTURES
from .randomness import check_integer
from .vision import VISION, check_width

# Raise it when the same fields come to mean other data, another network or another training.
SEMANTICS = 1

# Held-out data are drawn from seeds that no training set has: data_seed is below the first.
TEST, PAIRS = 2**32, 2**33


@dataclass(frozen=True, kw_only=True)
class Run:
    """The full configuration of one training run.

    Args:
        architecture: "LCN", "CNN" or "FCN", or one of the vision networks, `srhm.vision.VISION`.
        v, n_c, m, s, L, s0, sparsity, task_seed: the task, see `SRHM`.
        P: training-set size.
        data_seed: names the draw of the training set, the test set, the pairs and the data order.
        init_seed: names the draw of the initial weights.
        width: channels of each hidden layer; of the first stage in a vision network.
        batch_size: of the stochastic gradient descent.
        lr: learning rate; multiplied by the width in the mean-field parametrisation of LCN, CNN and FCN, the
            plain one in a vision network.
        momentum: of the gradient descent.
        loss_threshold: training stops after the first epoch whose mean loss is below.
        max_epochs: training stops after so many epochs in any case.
        n_test: size of the held-out test set.
        n_pairs: data that each sensitivity is averaged over.

    Raises:
        ValueError: a value breaks a rule; the message names both.
    """

    architecture: str
    v: int
    n_c: int
    m: int
    s: int
    L: int
    s0: int
    sparsity: str = "A"
    P: int
    task_seed: int = 0
    data_seed: int = 0
    init_seed: int = 0
    width: int = 256
    batch_size: int = 32
    lr: float = 0.08
    momentum: float = 0.9
    loss_threshold: float = 1e-3
    max_epochs: int = 1000
    n_test: int = 10_000
    n_pairs: int = 1000

    def __post_init__(self) -> None:
        known = ARCHITECTURES + VISION
        if self.architecture not in known:
            raise ValueError(f"architecture must be one of {known}, got {self.architecture!r}")
        for name in ("P", "width", "batch_size", "max_epochs", "n_test", "n_pairs"):
            check_integer(name, getattr(self, name), 1)
        if self.architecture in VISION:
            check_width(self.architecture, self.width)
            for name in ("P", "batch_size"):  # batch normalisation compares the data of a batch
                check_integer(f"{name} of {self.architecture}", getattr(self, name), 2)
        for name in ("task_seed", "data_seed", "init_seed"):
            check_integer(name, getattr(self, name), 0)
        if self.data_seed >= TEST:
            raise ValueError(f"data_seed must be below 2**32, got {self.data_seed}")
        for name in ("lr", "loss_threshold", "momentum"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real):
                raise ValueError(f"{name} must be a number, got {value!r}")
        for name in ("lr", "loss_threshold"):
            value = getattr(self, name)
            if not (isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a finite number > 0, got {value!r}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1), got {self.momentum!r}")
        _ = self.task  # raises ValueError for a task that cannot be
        for f in fields(self):  # equal runs have equal keys: 1 and 1.0, numpy's numbers and Python's
            if f.type in ("int", "float"):
                plain = int if f.type == "int" else float
                object.__setattr__(self, f.name, plain(getattr(self, f.name)))

    @cached_property
    def task(self) -> SRHM:
        """The task, its rules drawn from `task_seed`."""
        names = ("v", "n_c", "m", "s", "L", "s0", "sparsity")
        return SRHM(**{name: getattr(self, name) for name in names}, seed=self.task_seed)

    @cached_property
    def key(self) -> str:
        """A hash of every field and of SEMANTICS, 16 hexadecimal digits."""
        config = json.dumps([SEMANTICS, asdict(self)], sort_keys=True)
        return hashlib.sha256(config.encode()).hexdigest()[:16]

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What runs must share to be trained in one fleet."""
        return (
            self.architecture, self.v, self.n_c, self.s, self.L, self.s0,
            self.width, self.batch_size, self.momentum,
        )  # fmt: skip

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Run:
        """The run of a stored row, whose further columns are left aside."""
        return cls(**{f.name: row[f.name] for f in fields(cls)})


@dataclass(frozen=True)
class Outcome:
    """What a run gave.

    Attributes:
        status: "converged", "max_epochs", or "failed".
        reason: why it failed, else empty.
        epochs: epochs trained.
        train_loss: mean training loss of the last epoch.
        test_error: fraction of the test set misclassified.
        sensitivities: "S_{layer}_{level}" and "D_{layer}_{level}", and their standard errors under the
            same name with "_se"; layer 1 ... L or "out". Layers 1, 2, 3 of a vision network are those at
            the relative depths 1/5, 1/2 and 4/5.
    """

    status: str
    reason: str = ""
    epochs: int = 0
    train_loss: float = float("nan")
    test_error: float = float("nan")
    sensitivities: dict[str, float] = field(default_factory=dict)
