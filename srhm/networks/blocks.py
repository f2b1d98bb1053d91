"""The blocks that vision networks are made of, for inputs of one dimension or of two.

VGG is Table 1 of Simonyan and Zisserman (arXiv 1409.1556), configurations A and D, with batch normalisation
after each convolution; ResNet is Table 1 of He et al. (arXiv 1512.03385), basic blocks; EfficientNetB0 is
Table 1 of Tan and Le (arXiv 1905.11946). All are in the form that CIFAR's small images want: a first
convolution of 3 positions and stride 1, no pooling after it, and one linear read-out. Convolutions are
padded and what halves the length rounds up, so any input length will do; the last length is averaged over.

Beside them are three small networks without normalisation: an FCN of four hidden layers; a CNN of four
convolutions of 5 positions, of which the first and the third have stride 2; and LeNet (LeCun et al., 1998)
with ReLU and maxima, its convolutions not padded.

The dropout and drop-connect of EfficientNetB0 are left out: the training data are few and noiseless, and a
run's random numbers come from its seeds alone.

A 1-D convolution is a 2-D one of height 1, whose channels-last form is up to 6 times faster on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu_, silu

# For each stage its channels in widths; the pooling or stride that halves the length is before the stage.
_MULTIPLES = {"VGG": (1, 2, 4, 8, 8), "ResNet": (1, 2, 4, 8)}
_BLOCKS = {
    "VGG11": (1, 1, 2, 2, 2),
    "VGG16": (2, 2, 3, 3, 3),
    "ResNet18": (2, 2, 2, 2),
    "ResNet34": (3, 4, 6, 3),
}
# For each stage of EfficientNetB0: expansion, quarters of the width, blocks, kernel, stride of the first.
_EFFICIENT = (
    (1, 2, 1, 3, 1), (6, 3, 2, 3, 2), (6, 5, 2, 5, 2), (6, 10, 3, 3, 2),
    (6, 14, 3, 5, 1), (6, 24, 4, 5, 2), (6, 40, 1, 3, 1),
)  # fmt: skip


def build(architecture: str, dimension: int, shape: tuple[int, int, int], width: int) -> Iterator[Block]:
    """The blocks of a network, for inputs of a shape (channels, height, length), whose height is 1 in 1-D."""
    inputs = shape[0]
    if architecture in _BLOCKS:
        yield from _build_stages(architecture, dimension, inputs, width)
    elif architecture == "EfficientNetB0":
        yield from _build_efficient(dimension, inputs, width)
    elif architecture == "LeNet":
        yield from _build_lenet(dimension, shape, width)
    elif architecture == "CNN":
        for stride in (2, 1, 2, 1):
            yield _Plain(dimension, inputs, width, kernel=5, stride=stride, normalised=False)
            inputs = width
    else:
        for units in (prod(shape), width, width, width):
            yield _Dense(dimension, units, width)


def _build_stages(architecture: str, dimension: int, channels: int, width: int) -> Iterator[Block]:
    residual = "ResNet" in architecture
    if residual:
        yield _Plain(dimension, channels, width, bias=False)
        channels = width
    stages = zip(_MULTIPLES["ResNet" if residual else "VGG"], _BLOCKS[architecture], strict=True)
    for stage, (multiple, blocks) in enumerate(stages):
        for i in range(blocks):
            kind = _Residual if residual else _Plain
            yield kind(dimension, channels, multiple * width, shorten=stage > 0 and i == 0)
            channels = multiple * width


def _build_efficient(dimension: int, inputs: int, width: int) -> Iterator[Block]:
    yield _Stem(dimension, inputs, width)
    channels = width
    for expansion, quarters, blocks, kernel, stride in _EFFICIENT:
        for i in range(blocks):
            out = quarters * width // 4
            yield _Bottleneck(dimension, channels, out, expansion, kernel, stride if i == 0 else 1)
            channels = out


def _build_lenet(dimension: int, shape: tuple[int, int, int], width: int) -> Iterator[Block]:
    seen, inputs = torch.empty(1, *shape), shape[0]
    for channels, shorten in ((width, False), (8 * width // 3, True)):
        block = _Plain(dimension, inputs, channels, shorten, kernel=5, padded=False, normalised=False)
        yield block
        seen, inputs = block(seen), channels
    units = halve(seen, dimension).numel()
    yield _Dense(dimension, units, 20 * width, shorten=True)
    yield _Dense(dimension, 20 * width, 14 * width)


def halve(x: Tensor, dimension: int) -> Tensor:
    """The largest of each two neighbours along the length, or of each 2 x 2; an odd one out is kept."""
    return max_pool2d(x, _sides(dimension, 2, 1), ceil_mode=True)


def _sides(dimension: int, along: int, across: int) -> tuple[int, int]:
    """What is `along` each dimension there is, and `across` the height that a 1-D input has not."""
    return (along if dimension == 2 else across, along)


def _convolution(
    dimension: int,
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    bias: bool = False,
    padded: bool = True,
) -> nn.Conv2d:
    return nn.Conv2d(
        inputs,
        outputs,
        _sides(dimension, kernel, 1),
        _sides(dimension, stride, 1),
        _sides(dimension, kernel // 2, 0) if padded else 0,
        groups=groups,
        bias=bias,
    )


class Block(nn.Module):
    """Maps (n, inputs, height, length) to (n, channels, ...), the sides kept or halved and rounded up."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels


class _Plain(Block):
    """Pooling where the length is halved, convolution, batch normalisation, ReLU."""

    def __init__(
        self,
        dimension: int,
        inputs: int,
        channels: int,
        shorten: bool = False,
        *,
        bias: bool = True,
        kernel: int = 3,
        stride: int = 1,
        padded: bool = True,
        normalised: bool = True,
    ) -> None:
        super().__init__(channels)
        self.dimension, self.shorten = dimension, shorten
        self.convolution = _convolution(dimension, inputs, channels, kernel, stride, bias=bias, padded=padded)
        self.norm = nn.BatchNorm2d(channels) if normalised else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return relu_(self.norm(self.convolution(halve(x, self.dimension) if self.shorten else x)))


class _Dense(Block):
    """Pooling where the length is halved, all units with all inputs, ReLU; (n, channels, 1, 1)."""

    def __init__(self, dimension: int, inputs: int, channels: int, shorten: bool = False) -> None:
        super().__init__(channels)
        self.dimension, self.shorten = dimension, shorten
        self.linear = nn.Linear(inputs, channels)

    def forward(self, x: Tensor) -> Tensor:
        x = halve(x, self.dimension) if self.shorten else x
        return relu_(self.linear(x.flatten(1)))[:, :, None, None]


class _Residual(Block):
    """Two convolutions beside the identity, or beside a convolution of one position where shapes differ."""

    def __init__(self, dimension: int, inputs: int, channels: int, shorten: bool = False) -> None:
        super().__init__(channels)
        stride = 2 if shorten else 1
        self.first = _convolution(dimension, inputs, channels, 3, stride)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = _convolution(dimension, channels, channels, 3)
        self.second_norm = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if shorten or inputs != channels:
            self.shortcut.append(_convolution(dimension, inputs, channels, 1, stride))
            self.shortcut.append(nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        hidden = relu_(self.first_norm(self.first(x)))
        return relu_(self.second_norm(self.second(hidden)) + self.shortcut(x))


class _Stem(Block):
    """Convolution, batch normalisation, SiLU."""

    def __init__(self, dimension: int, inputs: int, channels: int) -> None:
        super().__init__(channels)
        self.convolution = _convolution(dimension, inputs, channels, 3)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return silu(self.norm(self.convolution(x)))


class _Bottleneck(Block):
    """Inverted bottleneck: expand, convolve each channel by itself, weigh the channels, project.

    The weights come from the channels' means through a layer of a quarter of the block's inputs.
    """

    def __init__(
        self, dimension: int, inputs: int, channels: int, expansion: int, kernel: int, stride: int
    ) -> None:
        super().__init__(channels)
        inner, squeezed = expansion * inputs, max(1, inputs // 4)
        self.expand = nn.Sequential()
        if expansion > 1:
            expand = _convolution(dimension, inputs, inner, 1)
            self.expand.extend([expand, nn.BatchNorm2d(inner), nn.SiLU()])
        self.depthwise = _convolution(dimension, inner, inner, kernel, stride, groups=inner)
        self.norm = nn.BatchNorm2d(inner)
        self.squeeze = _convolution(dimension, inner, squeezed, 1, bias=True)
        self.excite = _convolution(dimension, squeezed, inner, 1, bias=True)
        self.project = _convolution(dimension, inner, channels, 1)
        self.project_norm = nn.BatchNorm2d(channels)
        self.keeps_shape = stride == 1 and inputs == channels

    def forward(self, x: Tensor) -> Tensor:
        hidden = silu(self.norm(self.depthwise(self.expand(x))))
        weights = self.excite(silu(self.squeeze(hidden.mean((2, 3), keepdim=True)))).sigmoid()
        out = self.project_norm(self.project(hidden * weights))
        return out + x if self.keeps_shape else out
