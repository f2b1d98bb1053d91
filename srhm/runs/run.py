"""One training run: everything that decides its outcome, the key it is stored under, and its outcome."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from ..analysis.columns import OPTIONS, SEEDS, TASK
from ..measure import error_rate, sensitivities
from ..model import SRHM, Blanks, ByLevel, Data, check_choice, check_integer
from ..networks import Architecture, Network, find_architecture
from ..networks.activation import with_batch_statistics
from ..networks.vision import INITS, INPUTS
from .base import PAIRS, TEST, BaseRun, later
from .images import ImageRun

# How training ends: below the loss threshold; after the last epoch allowed; with a network whose output no
# longer depends on its training data, and never will again; with a loss that is not a number.
STATUSES = ("converged", "max_epochs", "dead", "failed")

# What the sensitivities are read with: batch normalisation's running averages, or the data read.
STATISTICS = ("running", "batch")

_SIZES = ("P", "width", "batch_size", "max_epochs", "n_test", "n_pairs")
_CHOICES = {"inputs": INPUTS, "init": INITS, "statistics": STATISTICS}
_OF_TASK = tuple(name for name in TASK if name not in ("sparsity", "s0"))


@dataclass(frozen=True, kw_only=True)
class Run(BaseRun):
    """The full configuration of one training run on a task.

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
        first_layer_rate: learning rate of layer 1, its weights and biases, over lr; only in LCN, CNN,
            networks between them and FCNs.

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
    first_layer_rate: float = later(1.0)

    _integers: ClassVar[dict[str, int]] = dict.fromkeys(_SIZES, 1) | dict.fromkeys(SEEDS, 0)
    _numbers: ClassVar[tuple[str, ...]] = ("lr", "momentum", "loss_threshold", "penalty", "first_layer_rate")
    _positive: ClassVar[tuple[str, ...]] = ("lr", "loss_threshold", "first_layer_rate")

    def __post_init__(self) -> None:
        architecture = find_architecture(self.architecture)
        self._check_numbers()
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
        for name in _OF_TASK:
            object.__setattr__(self, name, int(getattr(self, name)))
        self._make_plain()

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

    def test_set(self, device: str = "cpu") -> Data:
        """The held-out data: n_test independent draws from the task, with a seed that no training set has.

        Where the task has few data, as at s0 = 0 and small v, some of them are also in the training set.
        """
        return self.task.sample(self.n_test, TEST + self.data_seed, device)

    @property
    def family(self) -> str:
        """The name of the file that it is stored in, with others of its architecture, s and L."""
        return f"{self.architecture}_s{self.s}_L{self.L}"

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What runs must share to be trained in one fleet."""
        return (
            self.architecture, self.v, self.n_c, self.s, self.L, self.s0,
            self.width, self.batch_size, self.momentum, *(getattr(self, name) for name in OPTIONS),
        )  # fmt: skip

    @property
    def in_fleet(self) -> bool:
        """Whether its network is trained with others at a time, or alone, as a torch module."""
        return find_architecture(self.architecture).make is None

    @property
    def needs(self) -> str:
        """Nothing, as its data are drawn."""
        return ""

    @property
    def smallest_batch(self) -> int:
        """Fewest data that a batch may hold, 2 where batch normalisation compares them."""
        return find_architecture(self.architecture).smallest_batch

    @property
    def step_seconds(self) -> float:
        """Rough time of a training step on one core."""
        return find_architecture(self.architecture).step_seconds(self.task, self.width, self.batch_size)

    @property
    def usual_epochs(self) -> float:
        """How often a torch module sees its data before it stops, roughly."""
        return find_architecture(self.architecture).epochs

    def build_module(self, device: str | torch.device) -> nn.Module:
        """The initialised network, where it is a torch module."""
        architecture = find_architecture(self.architecture)
        assert architecture.make is not None, "fleets are built elsewhere"
        options = {name: getattr(self, name) for name in ("inputs", "init") if name in architecture.options}
        return architecture.make(self.task, self.width, self.init_seed, device, **options)

    def training_set(self, device: str | torch.device) -> tuple[Tensor, Tensor]:
        """The inputs of a torch module, one-hot (P, v, d), and their labels, int64 (P,)."""
        data = self.task.sample(self.P, self.data_seed, device)
        return data.one_hot(), data.labels

    def measure(self, network: Network, device: str) -> dict[str, float]:
        """The test error and the sensitivities of the trained network, on held-out draws from the task."""
        observer = network.observe
        if self.statistics == "batch":
            observer = with_batch_statistics(cast(Any, network)).observe
        seen = sensitivities(observer, self.task, self.n_pairs, PAIRS + self.data_seed, device)
        return {"test_error": error_rate(network, self.test_set(device))} | seen

    @classmethod
    def of_task(cls, task: SRHM, **rest: Any) -> Run:
        """The run on a task, its seed included unless `rest`, the further fields, has `task_seed`."""
        return cls(**{name: getattr(task, name) for name in TASK}, **{"task_seed": task.seed} | rest)

    @classmethod
    def configuration(cls, row: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the run in a stored row, completed where the row is older than a field."""
        config = super().configuration(row)
        if isinstance(config["s0"], list):  # JSON has no tuples
            config["s0"] = ByLevel(config["s0"])
        return config


def kind_of(row: Mapping[str, Any]) -> type[BaseRun]:
    """The kind of run that a stored row, or a configuration, is of: one on images names a data set."""
    return ImageRun if "dataset" in row else Run


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
            the relative depths 1/5, 1/2 and 4/5. On images "D_{layer}", "G_{layer}" and "R_{layer}".
    """

    status: str
    reason: str = ""
    epochs: int = 0
    train_loss: float = float("nan")
    test_error: float = float("nan")
    sensitivities: dict[str, float] = field(default_factory=dict)
