"""The data sets of images by name: where each is found, its sizes, and one that is made here.

Files are read from a folder that an environment variable names, so that worker processes and notebooks find
it too; Fashion-MNIST unless told otherwise from where Debian's package has it.

The set "generated" needs no files: each of its classes is a smooth random pattern, and each image one of
them, deformed smoothly and at random, with noise. It is for tests and for what must run anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..model import check_choice
from ..model.randomness import integers, normal
from .data import CLASSES, DEBIAN, GET_CIFAR10, Images, read_cifar10, read_fashion_mnist
from .diffeo import deform, draw_fields, temperature_for

_SIDE = 16  # of generated images, in pixels
_WAVES = 4  # the cut-off of their patterns and of their deformations
_DISPLACEMENT = 2.0  # of their deformations, in pixels
_NOISE = 1.5  # its standard deviation; that of a pattern is 1


@dataclass(frozen=True)
class ImageSet:
    """A data set.

    Attributes:
        shape: of an image, (channels, height, width).
        train, test: how many images it has for each.
        read: the training set and the test set; ValueError for files that are missing or damaged.
        variable: the environment variable that names their folder; none where there are no files.
        folder: where they are while it is not set, or empty.
        advice: how to get them.
    """

    shape: tuple[int, int, int]
    train: int
    test: int
    read: Callable[..., tuple[Images, Images]]
    variable: str = ""
    folder: str = ""
    advice: str = ""


def fashion_examples() -> Tensor:
    """Four test images of Fashion-MNIST (Zalando SE, MIT licence) to show: (4, 1, 28, 28), from 0 to 1."""
    pixels = np.load(Path(__file__).with_name("examples.npy"), allow_pickle=False)
    return torch.from_numpy(pixels)[:, None] / 255


def generate(train: int, test: int) -> tuple[Images, Images]:
    """The training set and the test set "generated", of so many images of 1 x 16 x 16 pixels."""
    return tuple(_generate(n, part) for part, n in (("train", train), ("test", test)))  # type: ignore[return-value]


def _generate(n: int, part: str) -> Images:
    size = (_SIDE, _SIDE)
    labels = integers(CLASSES, (n,), "generated", part, "labels")
    waves = _waves().flatten(1)
    coefficients = normal((CLASSES, 1, waves.shape[0]), "generated", "patterns") / waves.shape[0] ** 0.5
    patterns = (coefficients @ waves).view(CLASSES, 1, *size)
    seed = int(integers(2**62, (), "generated", part, "fields"))
    fields = draw_fields(n, size, temperature_for(_DISPLACEMENT, _WAVES, size), _WAVES, seed)
    noise = normal((n, 1, *size), "generated", part, "noise")
    return Images(deform(patterns[labels], fields) + _NOISE * noise, labels)


def _waves() -> Tensor:
    """The products of cosines of 1 ... _WAVES half-waves down and across, of mean square 1."""
    angles = torch.pi * (torch.arange(_SIDE) + 0.5) / _SIDE * torch.arange(1, _WAVES + 1)[:, None]
    return 2 * torch.einsum("iy,jx->ijyx", angles.cos(), angles.cos()).flatten(0, 1)


IMAGE_SETS = {
    "generated": ImageSet((1, _SIDE, _SIDE), 4096, 1024, partial(generate, 4096, 1024)),
    "fashion-mnist": ImageSet((1, 28, 28), 60_000, 10_000, read_fashion_mnist, "SRHM_FASHION_MNIST", DEBIAN),
    "cifar-10": ImageSet((3, 32, 32), 50_000, 10_000, read_cifar10, "SRHM_CIFAR10", advice=GET_CIFAR10),
}


def find_image_set(name: str) -> ImageSet:
    """The data set of that name; ValueError, listing the known ones, if there is none."""
    check_choice("dataset", name, tuple(IMAGE_SETS))
    return IMAGE_SETS[name]


def load_images(name: str) -> tuple[Images, Images]:
    """The training set and the test set of that name; those read last are kept.

    Raises:
        ValueError: an unknown name; or no folder is named, or a file in it is missing, damaged or another
            one: the message says what to do.
    """
    return _load(name, _folder_of(name))


def check_images(name: str) -> None:
    """Raise ValueError, as `load_images` does, unless the data set is there and whole."""
    _check(name, _folder_of(name))


def _folder_of(name: str) -> str:
    images = find_image_set(name)
    if not images.variable:
        return ""
    folder = os.environ.get(images.variable) or images.folder
    if not folder:
        raise ValueError(
            f"{name} is read from the folder that the environment variable {images.variable} names, "
            f"which is not set or empty: {images.advice}"
        )
    return str(Path(folder).expanduser())


def _read(name: str, folder: str) -> tuple[Images, Images]:
    images = find_image_set(name)
    if not images.variable:
        return images.read()
    try:
        return images.read(folder)
    except (ValueError, OSError) as error:  # what cannot be read is as good as missing
        told = f"{error}; the environment variable {images.variable} can name another folder"
        raise ValueError(told) from error


_load = lru_cache(maxsize=1)(_read)


@cache
def _check(name: str, folder: str) -> None:
    _read(name, folder)
