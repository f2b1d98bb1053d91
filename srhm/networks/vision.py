"""Common vision architectures: of 1-D convolutions for the task, of 2-D ones for images.

The blocks of both, and so the networks, have one definition: see `blocks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from ..model import SRHM, Data, check_choice, check_device, check_integer
from ..model.randomness import normal, uniform
from .activation import Activation, check_data, observe_in_parts, placed
from .blocks import build, halve

# Channels of the first stage in the originals. All other channels are in proportion.
ORIGINAL_WIDTH = {"VGG11": 64, "VGG16": 64, "ResNet18": 64, "ResNet34": 64, "EfficientNetB0": 32}
VISION = tuple(ORIGINAL_WIDTH)
IMAGE_WIDTH = {"FCN": 64, "CNN": 64, "LeNet": 6} | ORIGINAL_WIDTH  # units of the FCN are channels
IMAGE = tuple(IMAGE_WIDTH)
NORMALISED = VISION  # those with batch normalisation
_SMALLEST_SIDE = 13  # LeNet's filters need as much
_FRACTIONS = {"EfficientNetB0": 4, "LeNet": 3}  # some stages have this fraction of the width
DEPTHS = (1 / 5, 1 / 2, 4 / 5)  # of the blocks that are observed
INPUTS = ("one-hot", "whitened")
INITS = ("normal", "uniform")

# Training at d = 36 and the original width on one core of a busy machine, and how often the data are seen
# before the loss is small enough, measured.
_SECONDS_PER_DATUM = {
    "VGG11": 1.7e-3, "VGG16": 1.7e-3, "ResNet18": 1.6e-3, "ResNet34": 3.5e-3, "EfficientNetB0": 2e-3,
}  # fmt: skip
EPOCHS = {"VGG11": 14, "VGG16": 32, "ResNet18": 27, "ResNet34": 40, "EfficientNetB0": 90}
# The same for an image of 1 x 28 x 28 pixels, and for a few thousand of them.
_SECONDS_PER_IMAGE = {
    "FCN": 2e-5, "CNN": 2.5e-3, "LeNet": 1.3e-4, "VGG11": 1.1e-2, "VGG16": 2e-2, "ResNet18": 3e-2,
    "ResNet34": 5.5e-2, "EfficientNetB0": 9e-3,
}  # fmt: skip
IMAGE_EPOCHS = {
    "FCN": 70, "CNN": 100, "LeNet": 70, "VGG11": 30, "VGG16": 30, "ResNet18": 25, "ResNet34": 25,
    "EfficientNetB0": 30,
}  # fmt: skip


def check_width(architecture: str, width: int) -> None:
    """Raise ValueError, naming the rule, unless the width gives whole numbers of channels."""
    check_integer("width", width, 1)
    parts = _FRACTIONS.get(architecture, 1)
    if width % parts:
        raise ValueError(f"width must be a multiple of {parts} for {architecture}, got {width}")


def seconds_per_datum(architecture: str, task: SRHM, width: int) -> float:
    """Rough time on one core to train on one datum once: as the length, and the square of the width."""
    scale = (width / ORIGINAL_WIDTH[architecture]) ** 2
    return _SECONDS_PER_DATUM[architecture] * (task.d / 36) * max(scale, 1 / 16)  # narrow ones wait for calls


def image_seconds_per_datum(architecture: str, shape: tuple[int, int, int], width: int) -> float:
    """Rough time on one core to train on one image once: as its pixels, and the width to the power 3/2.

    But of EfficientNetB0, whose time is spent on convolutions of single channels, to the power 3/4.
    """
    power = 0.75 if architecture == "EfficientNetB0" else 1.5
    scale = (width / IMAGE_WIDTH[architecture]) ** power
    return _SECONDS_PER_IMAGE[architecture] * (shape[1] * shape[2] / 28**2) * scale


class _Network(nn.Module):
    """The blocks of an architecture and its linear read-out, with weights drawn from a seed.

    Weights are N(0, 1 / (3 fan-in)), fan-in being the inputs that a unit sums: the variance of torch's own
    layers, and so the scale for which learning rates are usually quoted. Where batch normalisation follows,
    weights c times as large learn as with a rate c^2 times smaller. Biases are 0, normalisation scales by 1.
    Or else weights and biases are uniform in +-1 / sqrt(fan-in), as torch's own layers draw them.
    """

    def __init__(
        self,
        architecture: str,
        dimension: int,
        shape: tuple[int, int, int],
        classes: int,
        width: int,
        seed: int,
        device: str | torch.device,
        init: str,
    ) -> None:
        super().__init__()
        check_width(architecture, width)
        check_integer("seed", seed, 0)
        check_choice("init", init, INITS)
        self.architecture, self.dimension, self.width = architecture, dimension, width
        where = check_device(device)
        with torch.device("meta"):  # torch's own initial weights would use up its global generator
            blocks = list(build(architecture, dimension, shape, width))
            self.blocks = nn.ModuleList(blocks)
            self.readout = nn.Linear(blocks[-1].channels, classes)
        self.to_empty(device="cpu")
        self._initialise(seed, _DRAWS[init])
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        self.to(where)

    @torch.no_grad()
    def _initialise(self, seed: int, draw: Draw) -> None:
        for i, module in enumerate(self.modules()):
            if isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
            elif isinstance(module, nn.Conv2d | nn.Linear):
                draw(module.weight, module.bias, "vision", seed, i)

    def _activations(self, x: Tensor) -> Iterator[Tensor]:
        """The activation (n, C, height, length) of each block, of inputs of such a shape."""
        x = x.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
            yield x

    def _read_out(self, last: Tensor) -> Tensor:
        if "VGG" in self.architecture:
            last = halve(last, self.dimension)  # its stages end, each, with pooling
        return self.readout(last.mean((2, 3)))

    def _logits(self, x: Tensor) -> Tensor:
        *_, last = self._activations(x)
        return self._read_out(last)

    def _look(self, x: Tensor) -> list[Tensor]:
        activations = list(self._activations(x))
        chosen = [activations[i - 1].flatten(2).transpose(1, 2) for i in observed_blocks(len(activations))]
        return [*chosen, self._read_out(activations[-1]).unsqueeze(1)]


class VisionNetwork(_Network):
    """One network of a common architecture, of 1-D convolutions, for one-hot data.

    Args:
        architecture: one of VISION.
        task: gives the v input channels and the n_c logits.
        width: channels of the first stage, `ORIGINAL_WIDTH` in the originals; all others are in proportion.
            A multiple of 4 for EfficientNetB0.
        seed: of the initial weights, drawn on the CPU.
        device: where the parameters live.
        inputs: "one-hot", or "whitened", x (1 + q) - q with q = 1 / sqrt(v - 1). Padding is zero in both.
        init: "normal", N(0, 1 / (3 fan-in)) and biases 0, or "uniform" in +-1 / sqrt(fan-in), biases too.

    Attributes:
        blocks: the stem, then the blocks: a convolution with batch normalisation and ReLU in VGG, whose
            first block is its stem, a residual block in ResNet, an inverted bottleneck in EfficientNetB0.

    Raises:
        ValueError: an unknown architecture, inputs or init, a bad width or a bad seed.
    """

    def __init__(
        self,
        architecture: str,
        task: SRHM,
        width: int,
        seed: int,
        device: str | torch.device = "cpu",
        *,
        inputs: str = "one-hot",
        init: str = "normal",
    ) -> None:
        check_choice("architecture", architecture, VISION)
        check_choice("inputs", inputs, INPUTS)
        super().__init__(architecture, 1, (task.v, 1, task.d), task.n_c, width, seed, device, init)
        self.task = task
        self.q = (task.v - 1) ** -0.5 if inputs == "whitened" else 0.0

    def forward(self, x: Tensor) -> Tensor:
        """The logits (n, n_c) of one-hot data (n, v, d), normalised by the batch unless in eval mode."""
        return self._logits(self._prepare(x))

    def _prepare(self, x: Tensor) -> Tensor:
        return (x * (1 + self.q) - self.q).unsqueeze(2)

    @torch.no_grad()
    def observe(self, data: Data) -> list[Activation]:
        """What the network does with data: activations at the relative depths 1/5, 1/2 and 4/5, then logits.

        Of n blocks, the stem included, the one at a relative depth is number depth * n, rounded half up.
        Its activation is its output, before any pooling: after the ReLU, or in EfficientNetB0 after the
        linear projection that ends a block. Batch normalisation uses its running averages.

        Returns:
            Values (n, length, C) at locations (n, length) for each depth, and the logits (n, 1, n_c).

        Raises:
            ValueError: no data, or data of a task of another shape.
        """
        check_data(self.task, data)
        values = observe_in_parts(self, data, lambda part: self._look(self._prepare(part.one_hot())))
        return placed(values)


class ImageNetwork(_Network):
    """One network of a common architecture, of 2-D convolutions, for images.

    Args:
        architecture: one of IMAGE.
        shape: of an image, (channels, height, width); each side at least 13 pixels.
        classes: number of logits.
        width: channels of the first stage, units of each layer of the FCN; `IMAGE_WIDTH` in the originals.
            All others are in proportion. A multiple of 4 for EfficientNetB0, of 3 for LeNet.
        seed: of the initial weights, drawn on the CPU.
        device: where the parameters live.
        init: "normal", N(0, 1 / (3 fan-in)) and biases 0, or "uniform" in +-1 / sqrt(fan-in), biases too.

    Raises:
        ValueError: an unknown architecture or init, a bad shape, width, number of classes or seed.
    """

    def __init__(
        self,
        architecture: str,
        shape: tuple[int, int, int],
        classes: int,
        width: int,
        seed: int,
        device: str | torch.device = "cpu",
        *,
        init: str = "normal",
    ) -> None:
        check_choice("architecture", architecture, IMAGE)
        if len(shape) != 3:
            raise ValueError(f"shape must be (channels, height, width), got {shape!r}")
        check_integer("channels", shape[0], 1)
        for name, side in zip(("height", "width of an image"), shape[1:], strict=True):
            check_integer(name, side, _SMALLEST_SIDE)
        check_integer("classes", classes, 1)
        super().__init__(architecture, 2, shape, classes, width, seed, device, init)
        self.shape = tuple(shape)

    def forward(self, images: Tensor) -> Tensor:
        """The logits (n, classes) of images (n, channels, height, width).

        Batch normalisation uses the batch, unless in eval mode.

        Raises:
            ValueError: images of another shape.
        """
        self._check(images)
        return self._logits(images)

    @torch.no_grad()
    def observe(self, images: Tensor) -> list[Activation]:
        """As `VisionNetwork.observe`: activations at the relative depths 1/5, 1/2 and 4/5, then logits.

        Returns:
            Values (n, pixels, C) at locations (n, pixels), row by row, for each depth, one location after a
            layer of all units with all inputs; and the logits (n, 1, classes).

        Raises:
            ValueError: no images, or images of another shape.
        """
        if not len(images):
            raise ValueError("there are no images to observe")
        self._check(images)
        return placed(observe_in_parts(self, images, self._look))

    def _check(self, images: Tensor) -> None:
        if images.shape[1:] != self.shape:
            raise ValueError(f"the network is for images {self.shape}, got {tuple(images.shape[1:])}")


def _draw_normal(weight: Tensor, bias: Tensor | None, *key: int | str) -> None:
    weight.copy_(normal(tuple(weight.shape), *key) * (3 * weight[0].numel()) ** -0.5)
    if bias is not None:
        bias.zero_()


def _draw_uniform(weight: Tensor, bias: Tensor | None, *key: int | str) -> None:
    scale = weight[0].numel() ** -0.5
    weight.copy_(uniform(tuple(weight.shape), *key) * scale)
    if bias is not None:
        bias.copy_(uniform(tuple(bias.shape), *key, "bias") * scale)


Draw = Callable[..., None]
_DRAWS = dict(zip(INITS, (_draw_normal, _draw_uniform), strict=True))


def observed_blocks(n: int) -> list[int]:
    """The numbers, among blocks 1 ... n, of those at the relative depths DEPTHS."""
    return [int(depth * n + 0.5) for depth in DEPTHS]
