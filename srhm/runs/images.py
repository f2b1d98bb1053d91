"""Training runs on images: what decides their outcome, as `Run` does for those on a task."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from ..images import find_image_set, load_images, temperature_for
from ..images.data import CLASSES
from ..measure import error_rate, stabilities
from ..model import check_choice, check_integer
from ..networks import IMAGE, ImageNetwork, Network
from ..networks.vision import (
    IMAGE_EPOCHS,
    INITS,
    NORMALISED,
    check_width,
    image_seconds_per_datum,
)
from .base import PAIRS, BaseRun

_SIZES = ("P", "width", "batch_size", "max_epochs", "n_test", "n_pairs")
_SEEDS = ("data_seed", "init_seed")
_LEAST = 1e-3  # pixels; what moves less is rounding


@dataclass(frozen=True, kw_only=True)
class ImageRun(BaseRun):
    """The full configuration of one training run on images.

    Args:
        dataset: one of `srhm.images.IMAGE_SETS`.
        architecture: one of `srhm.networks.IMAGE`.
        P: training-set size.
        width: channels of the first stage, units of each layer of the FCN.
        data_seed: seed of the choice of the images to train on, to test on and to deform, of the order of the
            data, and of the deformations and the noise.
        init_seed: seed of the initial weights.
        batch_size: images in a step of stochastic gradient descent.
        lr: learning rate, the plain one.
        momentum: of the gradient descent.
        loss_threshold: training stops after the first epoch whose mean loss is below it.
        max_epochs: training stops after so many epochs in any case.
        n_test: how many images of the test set the test error is read on.
        n_pairs: how many of them are deformed, each once, and how many others they are compared with.
        displacement: norm of the deformations, from 0.001 pixels to the longer side.
        cutoff: of the waves of the deformations.
        init: "normal" or "uniform", see `srhm.networks.ImageNetwork`.
        penalty: times the mean square of each tensor of parameters, summed over tensors, it is added to the
            loss that is descended, not to the one that is stored and ends training.

    Raises:
        ValueError: a value breaks a rule; the message names both.
    """

    dataset: str
    architecture: str
    P: int
    width: int
    data_seed: int = 0
    init_seed: int = 0
    batch_size: int = 40
    lr: float = 0.0064
    momentum: float = 0.9
    loss_threshold: float = 1e-2
    max_epochs: int = 250
    n_test: int = 10_000
    n_pairs: int = 1000
    displacement: float = 1.0
    cutoff: int = 3
    init: str = "uniform"
    penalty: float = 0.0

    _integers: ClassVar[dict[str, int]] = dict.fromkeys(_SIZES, 1) | dict.fromkeys(_SEEDS, 0) | {"cutoff": 2}
    _numbers: ClassVar[tuple[str, ...]] = ("lr", "momentum", "loss_threshold", "displacement", "penalty")
    _positive: ClassVar[tuple[str, ...]] = ("lr", "loss_threshold", "displacement")

    def __post_init__(self) -> None:
        images = find_image_set(self.dataset)
        check_choice("architecture", self.architecture, IMAGE)
        check_choice("init", self.init, INITS)
        self._check_numbers()
        check_width(self.architecture, self.width)
        for name, most in (("P", images.train), ("n_test", images.test), ("n_pairs", images.test // 2)):
            if getattr(self, name) > most:
                raise ValueError(
                    f"{name} must be at most {most} on {self.dataset}, got {getattr(self, name)}"
                )
        for name in ("P", "batch_size"):
            check_integer(f"{name} of {self.architecture}", getattr(self, name), self.smallest_batch)
        temperature_for(self.displacement, self.cutoff, images.shape[1:])  # ValueError for what cannot be
        if self.displacement < _LEAST:
            raise ValueError(f"displacement must be at least {_LEAST} pixels, got {self.displacement!r}")
        self._make_plain()

    @property
    def family(self) -> str:
        """The name of the file that it is stored in, with others of its data set and architecture."""
        return f"{self.dataset}_{self.architecture}"

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """All but the epochs allowed, as no other runs are one training with it."""
        return (self.key_of(asdict(self) | {"max_epochs": 1}),)

    @property
    def needs(self) -> str:
        """Its data set."""
        return self.dataset

    @property
    def smallest_batch(self) -> int:
        """Fewest images that a batch may hold, 2 where batch normalisation compares them."""
        return 2 if self.architecture in NORMALISED else 1

    @property
    def step_seconds(self) -> float:
        """Rough time of a training step on one core."""
        shape = find_image_set(self.dataset).shape
        return self.batch_size * image_seconds_per_datum(self.architecture, shape, self.width)

    @property
    def usual_epochs(self) -> float:
        """How often its network sees the images before it stops, roughly."""
        return IMAGE_EPOCHS[self.architecture]

    def build_module(self, device: str | torch.device) -> nn.Module:
        """The initialised network."""
        shape = find_image_set(self.dataset).shape
        return ImageNetwork(
            self.architecture, shape, CLASSES, self.width, self.init_seed, device, init=self.init
        )

    def training_set(self, device: str | torch.device) -> tuple[Tensor, Tensor]:
        """The images, float32 (P, channels, height, width), and their labels, int64 (P,)."""
        train, _ = load_images(self.dataset)
        chosen = train.choose(self.P, self.data_seed).to(device)
        return chosen.images, chosen.labels

    def measure(self, network: Network, device: str) -> dict[str, float]:
        """The test error, and D_f, G_f and R_f of the trained network, on images of the test set."""
        _, test = load_images(self.dataset)
        height, width = find_image_set(self.dataset).shape[1:]
        seed = PAIRS + self.data_seed
        seen = stabilities(
            cast(Any, network).observe,
            test.choose(2 * self.n_pairs, seed).images.to(device),
            temperature_for(self.displacement, self.cutoff, (height, width)),
            self.cutoff,
            seed,
        )
        return {"test_error": error_rate(network, test.choose(self.n_test, self.data_seed).to(device))} | seen
