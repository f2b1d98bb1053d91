"""One training run: everything that decides its outcome, the key it is stored under, and its outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from ..analysis.columns import SEEDS, TASK
from ..model import SRHM, Blanks, ByLevel, Data, check_choice, check_integer
from ..networks import Architecture, find_architecture
from ..networks.registry import OPTIONS
from ..networks.vision import INITS, INPUTS

# Raise it when the same fields come to mean other data, another network or another training.
SEMANTICS = 1

# Held-out data are drawn with seeds that no training set has: data_seed is below the first.
TEST, PAIRS = 2**32, 2**33

# How training ends: below the loss threshold; after the last epoch allowed; with a network whose output no
# longer depends on its training data, and never will again; with a loss that is not a number.
STATUSES = ("converged", "max_epochs", "dead", "failed")

# What the sensitivities are read with: batch normalisation's running averages, or the data read.
STATISTICS = ("running", "batch")

_SIZES = ("P", "width", "batch_size", "max_epochs", "n_test", "n_pairs")
_NUMBERS = ("lr", "momentum", "loss_threshold", "penalty")
_CHOICES = {"inputs": INPUTS, "init": INITS, "statistics": STATISTICS}
_INTEGERS = (*_SIZES, *SEEDS, *(name for name in TASK if name not in ("sparsity", "s0")))


def later(default: Any) -> Any:
    """A field that `Run` gained after runs had been stored; never change its default.

    The default says what those runs took for granted. It is left out of the key, and completes their rows,
    so that they stay valid.
    """
    return field(default=default, metadata={"later": True})


@dataclass(frozen=True, kw_only=True)
class Run:
    """The full configuration of one training run.

    Args:
        architecture: "LCN", "CNN", "FCN" or "TaperedFCN", one between LCN and CNN,
            `srhm.networks.sharing_name`, one of the vision networks, `srhm.networks.VISION`, or of the
            transformers, `srhm.networks.TRANSFORMERS`, a layer below exact ones, `srhm.networks.TAUGHT`, or
            one that `srhm.register` has made known.
        v, n_c, m, s, L, s0, sparsity, task_seed: the task, see `SRHM`.
        P: training-set size.
        data_seed: seed of the training set, the test set, the pairs and the order of the data.
        init_seed: seed of the initial weights.
        width: channels of each hidden layer; of the last one in a TaperedFCN, of the first stage in a vision
            network, of a token in a transformer.
        batch_size: data in a step of stochastic gradient descent.
        lr: learning rate; multiplied by the width in the mean-field parametrisation of LCN, CNN and FCNs, the
            plain one in all other networks.
        momentum: of the gradient descent.
        loss_threshold: training stops after the first epoch whose mean loss is below it.
        max_epochs: training stops after so many epochs in any case.
        n_test: size of the held-out test set.
        n_pairs: data that each sensitivity is averaged over.
        inputs: "one-hot", zero at blanks; or "whitened", x (1 + q) - q with q = 1 / sqrt(v - 1), so that a
            blank is -q in every channel.
        bias: whether the hidden layers have a bias 0.1 b, one for each channel and location, b drawn from
            N(0, 1) and trained.
        init: "normal", as each architecture draws its weights; or, in vision networks, "uniform" in
            +-1 / sqrt(fan-in), biases too, as torch's own layers.
        penalty: times the mean square of each tensor of parameters, summed over tensors, it is added to the
            loss that is descended, not to the one that is stored and ends training. Not in LCN, CNN and FCNs.
        statistics: what batch normalisation uses where sensitivities are read: its "running" averages, or the
            mean and variance of the "batch", n_pairs data that are read together. The test error is always
            that with running averages.

    Raises:
        ValueError: a value breaks a rule; the message names both.
    """

    architecture: str
    v: int
    n_c: int
    m: int
    s: int
    L: int
    s0: Blanks
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
    inputs: str = later("one-hot")
    bias: bool = later(False)
    init: str = later("normal")
    penalty: float = later(0.0)
    statistics: str = later("running")

    def __post_init__(self) -> None:
        architecture = find_architecture(self.architecture)
        for name in _SIZES:
            check_integer(name, getattr(self, name), 1)
        for name in SEEDS:
            check_integer(name, getattr(self, name), 0)
        if self.data_seed >= TEST:
            raise ValueError(f"data_seed must be below 2**32, got {self.data_seed}")
        for name in _NUMBERS:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real):
                raise ValueError(f"{name} must be a number, got {value!r}")
        for name in ("lr", "loss_threshold"):
            value = getattr(self, name)
            if not (isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a finite number > 0, got {value!r}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1), got {self.momentum!r}")
        if not (isfinite(self.penalty) and self.penalty >= 0):
            raise ValueError(f"penalty must be a finite number >= 0, got {self.penalty!r}")
        for name, choices in _CHOICES.items():
            check_choice(name, getattr(self, name), choices)
        if not isinstance(self.bias, bool | np.bool_):
            raise ValueError(f"bias must be True or False, got {self.bias!r}")
        self._check_options(architecture)
        task = self.task  # raises ValueError for a task that cannot be
        architecture.check(task, self.width)
        compared = ("P", "batch_size", "n_pairs") if self.statistics == "batch" else ("P", "batch_size")
        for name in compared:
            check_integer(f"{name} of {self.architecture}", getattr(self, name), architecture.smallest_batch)
        object.__setattr__(self, "bias", bool(self.bias))
        object.__setattr__(self, "s0", task.s0)
        # Equal runs have equal keys: 1 and 1.0, numpy's numbers and Python's.
        for plain, names in ((int, _INTEGERS), (float, _NUMBERS)):
            for name in names:
                object.__setattr__(self, name, plain(getattr(self, name)))

    def _check_options(self, architecture: Architecture) -> None:
        """Raise ValueError for a field that is not at its default, of those that the architecture has not."""
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in OPTIONS and f.name not in architecture.options and value != f.default:
                raise ValueError(
                    f"{f.name} must be {f.default!r} for {architecture.name}, got {value!r}; "
                    f"what it can choose is {', '.join(architecture.options)}"
                )

    @cached_property
    def task(self) -> SRHM:
        """The task, its rules drawn from `task_seed`."""
        return SRHM(**{name: getattr(self, name) for name in TASK}, seed=self.task_seed)

    @cached_property
    def key(self) -> str:
        """A hash of the configuration and of SEMANTICS, 16 hexadecimal digits."""
        return key_of(asdict(self))

    def test_set(self, device: str = "cpu") -> Data:
        """The held-out data: n_test independent draws from the task, with a seed that no training set has.

        Where the task has few data, as at s0 = 0 and small v, some of them are also in the training set.
        """
        return self.task.sample(self.n_test, TEST + self.data_seed, device)

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What runs must share to be trained in one fleet."""
        return (
            self.architecture, self.v, self.n_c, self.s, self.L, self.s0,
            self.width, self.batch_size, self.momentum, *(getattr(self, name) for name in OPTIONS),
        )  # fmt: skip

    @classmethod
    def of_task(cls, task: SRHM, **rest: Any) -> Run:
        """The run on a task, its seed included unless `rest`, the further fields, has `task_seed`."""
        return cls(**{name: getattr(task, name) for name in TASK}, **{"task_seed": task.seed} | rest)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Run:
        """The run of a stored row; fields that the row is older than take their defaults.

        Raises:
            KeyError: the row lacks a field that all rows have.
            ValueError: a value breaks a rule.
        """
        return cls(**configuration(row))


def configuration(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Run` in a stored row, completed where the row is older than a field."""
    config = {
        f.name: row.get(f.name, f.default) if f.metadata.get("later") else row[f.name] for f in fields(Run)
    }
    if isinstance(config["s0"], list):  # JSON has no tuples
        config["s0"] = ByLevel(config["s0"])
    return config


def key_of(config: Mapping[str, Any]) -> str:
    """The key of a configuration; a field that came later counts only where it is not at its default."""
    said = {
        f.name: config[f.name]
        for f in fields(Run)
        if not (f.metadata.get("later") and config[f.name] == f.default)
    }
    text = json.dumps([SEMANTICS, said], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Outcome:
    """The result of a run.

    Attributes:
        status: how training ended: one of STATUSES.
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
