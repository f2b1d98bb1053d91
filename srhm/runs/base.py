"""What every run has, whatever its data: a key, a file, a way to be built, trained and measured."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import asdict, field, fields
from functools import cached_property
from math import isfinite
from numbers import Real
from typing import Any, ClassVar, Self, cast

import torch
from torch import Tensor, nn

from ..model import check_integer
from ..networks import Network

# Raise it when the same fields come to mean other data, another network or another training.
SEMANTICS = 1

# Held-out data are drawn with seeds that no training set has: data_seed is below the first.
TEST, PAIRS = 2**32, 2**33


def later(default: Any) -> Any:
    """A field that a run gained after runs had been stored; never change its default.

    The default says what those runs took for granted. It is left out of the key, and completes their rows,
    so that they stay valid.
    """
    return field(default=default, metadata={"later": True})


class BaseRun(ABC):
    """The full configuration of one training run: what stores, training and sweeps ask of it.

    A subclass is a frozen dataclass, whose fields decide the outcome; those below are among them. What its
    data and its network are, and what is measured, it says itself.

    Attributes:
        architecture: name of the network.
        P: training-set size.
        data_seed, init_seed: of the data and their order, and of the initial weights.
        width: of the network.
        batch_size, lr, momentum: of the stochastic gradient descent.
        loss_threshold: training stops after the first epoch whose mean loss is below it.
        max_epochs: training stops after so many epochs in any case.
        penalty: times the mean square of each tensor of parameters it is added to the loss.
    """

    architecture: str
    P: int
    data_seed: int
    init_seed: int
    width: int
    batch_size: int
    lr: float
    momentum: float
    loss_threshold: float
    max_epochs: int
    penalty: float

    _integers: ClassVar[dict[str, int]]  # fields that are integers, and the least that each may be
    _numbers: ClassVar[tuple[str, ...]]  # fields that are finite numbers
    _positive: ClassVar[tuple[str, ...]] = ("lr", "loss_threshold")  # and greater than zero

    def _check_numbers(self) -> None:
        """Raise ValueError, naming value and rule, for a number that cannot be."""
        for name, least in self._integers.items():
            check_integer(name, getattr(self, name), least)
        if self.data_seed >= TEST:
            raise ValueError(f"data_seed must be below 2**32, got {self.data_seed}")
        for name in self._numbers:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real):
                raise ValueError(f"{name} must be a number, got {value!r}")
        for name in self._positive:
            value = getattr(self, name)
            if not (isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a finite number > 0, got {value!r}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1), got {self.momentum!r}")
        if not (isfinite(self.penalty) and self.penalty >= 0):
            raise ValueError(f"penalty must be a finite number >= 0, got {self.penalty!r}")

    def _make_plain(self) -> None:
        """Let equal runs have equal keys: 1 and 1.0, numpy's numbers and Python's."""
        for plain, names in ((int, self._integers), (float, self._numbers)):
            for name in names:
                object.__setattr__(self, name, plain(getattr(self, name)))

    @cached_property
    def key(self) -> str:
        """A hash of the configuration and of SEMANTICS, 16 hexadecimal digits."""
        return self.key_of(asdict(cast(Any, self)))

    @classmethod
    def key_of(cls, config: Mapping[str, Any]) -> str:
        """The key of a configuration; a field that came later counts only where it is not at its default."""
        said = {
            f.name: config[f.name]
            for f in fields(cast(Any, cls))
            if not (f.metadata.get("later") and config[f.name] == f.default)
        }
        text = json.dumps([SEMANTICS, said], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def configuration(cls, row: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the run in a stored row, completed where the row is older than a field."""
        return {
            f.name: row.get(f.name, f.default) if f.metadata.get("later") else row[f.name]
            for f in fields(cast(Any, cls))
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The run of a stored row; fields that the row is older than take their defaults.

        Raises:
            KeyError: the row lacks a field that all rows have.
            ValueError: a value breaks a rule.
        """
        return cls(**cls.configuration(row))

    @property
    @abstractmethod
    def family(self) -> str:
        """The name of the file that it is stored in, with others like it."""

    @property
    @abstractmethod
    def shape(self) -> tuple[Hashable, ...]:
        """What runs must share to be trained in one fleet."""

    @property
    @abstractmethod
    def needs(self) -> str:
        """The data set of `srhm.images` that has to be on the machine; "" for none."""

    @property
    @abstractmethod
    def smallest_batch(self) -> int:
        """Fewest data that a batch may hold, 2 where batch normalisation compares them."""

    @property
    @abstractmethod
    def step_seconds(self) -> float:
        """Rough time of a training step on one core."""

    @property
    @abstractmethod
    def usual_epochs(self) -> float:
        """How often a torch module sees its data before it stops, roughly."""

    @abstractmethod
    def build_module(self, device: str | torch.device) -> nn.Module:
        """The initialised network, where it is a torch module."""

    @abstractmethod
    def training_set(self, device: str | torch.device) -> tuple[Tensor, Tensor]:
        """The inputs of a torch module, float32 (P, ...), and their labels, int64 (P,)."""

    @abstractmethod
    def measure(self, network: Network, device: str) -> dict[str, float]:
        """What is measured on the trained network, by column: its "test_error" and its sensitivities."""
