"""Networks on images, for the first two panels of the paper's Fig. 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....networks.vision import IMAGE_WIDTH
from ....runs import ImageGrid, Study
from ..recipes import DEFORMATIONS, IMAGES

# Fig. 1 A is of many networks at one training-set size, Fig. 1 B of four along sizes; FCN is its FullConnL4.
_ALONG = ("FCN", "LeNet", "ResNet18", "EfficientNetB0")
# What a core affords in some hours: of the networks above LeNet a half, a quarter or an eighth of the width.
_IMAGE_LAPTOP = {"FCN": 64, "CNN": 32, "LeNet": 6, "VGG11": 16, "ResNet18": 8, "EfficientNetB0": 8}
_IMAGES = IMAGES | DEFORMATIONS | dict(n_pairs=2000)


def _images(
    dataset: str,
    widths: Mapping[str, int],
    sizes: Sequence[int],
    across: int,
    training: dict[str, Any],
    seeds: int,
) -> list[ImageGrid]:
    """The networks of Fig. 1 B along the sizes, and the others at one of them."""
    along = {name: width for name, width in widths.items() if name in _ALONG}
    others = {name: width for name, width in widths.items() if name not in _ALONG}
    return [
        ImageGrid(dataset, along, sizes, seeds, training),
        ImageGrid(dataset, others, [across], seeds, training),
    ]


ON_IMAGES = {
    "images": Study(
        "Do networks that are less sensitive to deformations err less on images?",
        "Fig. 1A and B",
        {
            "smoke": _images(
                "generated", {"FCN": 32, "LeNet": 6, "VGG11": 4}, (64, 256), 256,
                _IMAGES | dict(max_epochs=30, n_test=500, n_pairs=100), seeds=1,
            ),
            "laptop": _images(
                "fashion-mnist", _IMAGE_LAPTOP, [512 * 2**i for i in range(6)], 8192, _IMAGES, seeds=3,
            ),
            "paper": _images(
                "cifar-10", IMAGE_WIDTH, [*(512 * 2**i for i in range(7)), 50_000], 50_000, _IMAGES, seeds=3,
            ),
        },
    ),
}  # fmt: skip
