"""Common vision architectures with 1-D convolutions: VGG11, VGG16, ResNet18, ResNet34, EfficientNetB0.

VGG is Table 1 of Simonyan and Zisserman (arXiv 1409.1556), configurations A and D, with batch normalisation
after each convolution; ResNet is Table 1 of He et al. (arXiv 1512.03385), basic blocks; EfficientNetB0 is
Table 1 of Tan and Le (arXiv 1905.11946). All are in the form that CIFAR's small images want: a first
convolution of 3 positions and stride 1, no pooling after it, and one linear read-out. Convolutions are
padded and what halves the length rounds up, so any input length will do; the last length is averaged over.

The dropout and drop-connect of EfficientNetB0 are left out: the training data are few and noiseless, and a
run's random numbers come from its seeds alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu_, silu

from ..model import SRHM, Data, check_choice, check_integer
from ..model.randomness import normal, uniform
from .activation import Activation, check_data, observe_in_parts

# Channels of the first stage in the originals. All other channels are in proportion.
ORIGINAL_WIDTH = {"VGG11": 64, "VGG16": 64, "ResNet18": 64, "ResNet34": 64, "EfficientNetB0": 32}
VISION = tuple(ORIGINAL_WIDTH)
DEPTHS = (1 / 5, 1 / 2, 4 / 5)  # of the blocks that are observed
INPUTS = ("one-hot", "whitened")
INITS = ("normal", "uniform")

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
# Training at d = 36 and the original width on one core of a busy machine, and how often the data are seen
# before the loss is small enough, measured.
_SECONDS_PER_DATUM = {
    "VGG11": 1.7e-3, "VGG16": 1.7e-3, "ResNet18": 1.6e-3, "ResNet34": 3.5e-3, "EfficientNetB0": 2e-3,
}  # fmt: skip
EPOCHS = {"VGG11": 17, "VGG16": 40, "ResNet18": 27, "ResNet34": 45, "EfficientNetB0": 90}


def check_width(architecture: str, width: int) -> None:
    """Raise ValueError, naming the rule, unless the width gives whole numbers of channels."""
    check_integer("width", width, 1)
    if architecture == "EfficientNetB0" and width % 4:
        raise ValueError(f"width must be a multiple of 4 for EfficientNetB0, got {width}")


def seconds_per_datum(architecture: str, task: SRHM, width: int) -> float:
    """Rough time on one core to train on one datum once: as the length, and the square of the width."""
    scale = (width / ORIGINAL_WIDTH[architecture]) ** 2
    return _SECONDS_PER_DATUM[architecture] * (task.d / 36) * max(scale, 1 / 16)  # narrow ones wait for calls


class VisionNetwork(nn.Module):
    """One network of a common architecture.

    Weights are N(0, 1 / (3 fan-in)), fan-in being the inputs that a unit sums: the variance of torch's own
    layers, and so the scale for which learning rates are usually quoted. Where batch normalisation follows,
    weights c times as large learn as with a rate c^2 times smaller. Biases are 0, normalisation scales by 1.
    Or else weights and biases are uniform in +-1 / sqrt(fan-in), as torch's own layers draw them.

    Args:
        architecture: one of VISION.
        task: gives the v input channels and the n_c logits.
        width: channels of the first stage, `ORIGINAL_WIDTH` in the originals; all others are in proportion.
            A multiple of 4 for EfficientNetB0.
        seed: of the initial weights, drawn on the CPU.
        device: where the parameters live.
        inputs: "one-hot", or "whitened", x (1 + q) - q with q = 1 / sqrt(v - 1). Padding is zero in both.
        init: "normal" or "uniform", the distribution of the initial weights.

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
        super().__init__()
        if architecture not in VISION:
            raise ValueError(f"architecture must be one of {VISION}, got {architecture!r}")
        check_width(architecture, width)
        check_integer("seed", seed, 0)
        check_choice("inputs", inputs, INPUTS)
        check_choice("init", init, INITS)
        self.architecture, self.task, self.width = architecture, task, width
        self.q = (task.v - 1) ** -0.5 if inputs == "whitened" else 0.0
        with torch.device("meta"):  # torch's own initial weights would use up its global generator
            blocks = list(_build(architecture, task.v, width))
            self.blocks = nn.ModuleList(blocks)
            self.readout = nn.Linear(blocks[-1].channels, task.n_c)
        self.to_empty(device="cpu")
        self._initialise(seed, _DRAWS[init])
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        self.to(device)

    @torch.no_grad()
    def _initialise(self, seed: int, draw: Draw) -> None:
        for i, module in enumerate(self.modules()):
            if isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
            elif isinstance(module, nn.Conv2d | nn.Linear):
                draw(module.weight, module.bias, "vision", seed, i)

    def forward(self, x: Tensor) -> Tensor:
        """The logits (n, n_c) of one-hot data (n, v, d), normalised by the batch unless in eval mode."""
        *_, last = self._activations(x)
        return self._read_out(last)

    def _activations(self, x: Tensor) -> Iterator[Tensor]:
        """The activation (n, C, 1, length) of each block.

        A 1-D convolution is a 2-D one of height 1, whose channels-last form is up to 6 times faster on a CPU.
        """
        x = x * (1 + self.q) - self.q
        x = x.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
            yield x

    def _read_out(self, last: Tensor) -> Tensor:
        if "VGG" in self.architecture:
            last = _halve(last)  # its stages end, each, with pooling
        return self.readout(last.mean((2, 3)))

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
        values = observe_in_parts(self, data, self._observe)
        return [Activation(v, torch.arange(v.shape[1], device=v.device).expand(v.shape[:2])) for v in values]

    def _observe(self, x: Tensor) -> list[Tensor]:
        activations = list(self._activations(x))
        chosen = [activations[i - 1].squeeze(2).transpose(1, 2) for i in observed_blocks(len(activations))]
        return [*chosen, self._read_out(activations[-1]).unsqueeze(1)]


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


def _build(architecture: str, v: int, width: int) -> Iterator[_Block]:
    """The blocks of a network."""
    if architecture == "EfficientNetB0":
        yield from _build_efficient(v, width)
        return
    residual = "ResNet" in architecture
    channels = v
    if residual:
        yield _Plain(v, width, bias=False)
        channels = width
    stages = zip(_MULTIPLES["ResNet" if residual else "VGG"], _BLOCKS[architecture], strict=True)
    for stage, (multiple, blocks) in enumerate(stages):
        for i in range(blocks):
            kind = _Residual if residual else _Plain
            yield kind(channels, multiple * width, shorten=stage > 0 and i == 0)
            channels = multiple * width


def _build_efficient(v: int, width: int) -> Iterator[_Block]:
    yield _Stem(v, width)
    channels = width
    for expansion, quarters, blocks, kernel, stride in _EFFICIENT:
        for i in range(blocks):
            out = quarters * width // 4
            yield _Bottleneck(channels, out, expansion, kernel, stride if i == 0 else 1)
            channels = out


def _halve(x: Tensor) -> Tensor:
    return max_pool2d(x, (1, 2), ceil_mode=True)


def _convolution(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, bias: bool = False
) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, (1, kernel), (1, stride), (0, kernel // 2), groups=groups, bias=bias)


class _Block(nn.Module):
    """Maps (n, inputs, 1, length) to (n, channels, 1, length or its half, rounded up)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels


class _Plain(_Block):
    """Pooling where the length is halved, convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, channels: int, shorten: bool = False, bias: bool = True) -> None:
        super().__init__(channels)
        self.shorten = shorten
        self.convolution = _convolution(inputs, channels, 3, bias=bias)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return relu_(self.norm(self.convolution(_halve(x) if self.shorten else x)))


class _Residual(_Block):
    """Two convolutions beside the identity, or beside a convolution of one position where shapes differ."""

    def __init__(self, inputs: int, channels: int, shorten: bool = False) -> None:
        super().__init__(channels)
        stride = 2 if shorten else 1
        self.first = _convolution(inputs, channels, 3, stride)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = _convolution(channels, channels, 3)
        self.second_norm = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if shorten or inputs != channels:
            self.shortcut.append(_convolution(inputs, channels, 1, stride))
            self.shortcut.append(nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        hidden = relu_(self.first_norm(self.first(x)))
        return relu_(self.second_norm(self.second(hidden)) + self.shortcut(x))


class _Stem(_Block):
    """Convolution, batch normalisation, SiLU."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__(channels)
        self.convolution = _convolution(inputs, channels, 3)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return silu(self.norm(self.convolution(x)))


class _Bottleneck(_Block):
    """Inverted bottleneck: expand, convolve each channel by itself, weigh the channels, project.

    The weights come from the channels' means through a layer of a quarter of the block's inputs.
    """

    def __init__(self, inputs: int, channels: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__(channels)
        inner, squeezed = expansion * inputs, max(1, inputs // 4)
        self.expand = nn.Sequential()
        if expansion > 1:
            self.expand.extend([_convolution(inputs, inner, 1), nn.BatchNorm2d(inner), nn.SiLU()])
        self.depthwise = _convolution(inner, inner, kernel, stride, groups=inner)
        self.norm = nn.BatchNorm2d(inner)
        self.squeeze = _convolution(inner, squeezed, 1, bias=True)
        self.excite = _convolution(squeezed, inner, 1, bias=True)
        self.project = _convolution(inner, channels, 1)
        self.project_norm = nn.BatchNorm2d(channels)
        self.keeps_shape = stride == 1 and inputs == channels

    def forward(self, x: Tensor) -> Tensor:
        hidden = silu(self.norm(self.depthwise(self.expand(x))))
        weights = self.excite(silu(self.squeeze(hidden.mean((2, 3), keepdim=True)))).sigmoid()
        out = self.project_norm(self.project(hidden * weights))
        return out + x if self.keeps_shape else out
