"""LCN, CNN and two FCNs, many at once: every parameter has a leading axis, the network of the fleet.

Sec. 3 of the paper, in the mean-field parametrisation: weights N(0, 1), no biases, ReLU; layer 1 divides
its pre-activation by the square root of its input channels (v, or v d for the FCN), the following layers
by sqrt(width), the linear read-out by the width. Filters have the size and stride of a patch, k = s (s0+1).

The TaperedFCN is fully connected, too. It has as many units in layer l as an LCN, width * d / k^l, and
divides like the LCN, by sqrt(v), sqrt(width) and width, however many inputs a unit sums: it is an LCN with
all connections between layers. It is the FCN of the paper's authors (their models/fcn2.py:8-60).

Without biases a blank patch stays exactly zero in every layer, so blanks are never computed. A datum
becomes `wires`: for each layer, which weights its s^L informative features meet. Layer 1 looks up one row
of a table for each (position, symbol) and sums them over the patch; a later layer multiplies each live
input with the (width, width) block of its position in the filter and sums the products over the patch.
The architectures differ only in which positions share weights, that is, in their wires, and the TaperedFCN
in its widths. A fully connected layer is one patch, whose units are all its channels. Between LCN and CNN
there are networks that share the weights of some layers, "Shared-01" and the like: see `sharing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import pairwise
from math import prod

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, relu_

from ..model import SRHM, Data, check_device, check_integer
from ..model.randomness import normal
from .activation import Activation, check_data

CONNECTED = ("FCN", "TaperedFCN")  # whose layers are one patch each
FLEETS = ("LCN", "CNN", *CONNECTED)
SHARED = "Shared-"
Wires = list[Tensor]

_PART = 1024  # data observed at a time
_CALLS = 2e6  # operations that a CPU core does in the time of the calls that multiply with one block

threshold_backward = torch.ops.aten.threshold_backward


def sharing(architecture: str, L: int) -> tuple[bool, ...]:
    """Whether the locations of each layer 1 ... L share their weights, in a network of patches.

    All do in the CNN, none in the LCN. In between a digit names each layer below the last, layer 1 first: in
    "Shared-01" layer 2 shares its weights and layer 1 does not. Layer L has one location, so that there is
    nothing to share.

    Raises:
        ValueError: any other name, one of a network of another depth, or all digits alike.
    """
    if architecture in ("LCN", "CNN"):
        return (architecture == "CNN",) * L
    digits = architecture.removeprefix(SHARED)
    if digits == architecture or len(digits) != L - 1 or not set(digits) <= {"0", "1"}:
        rule = f"{SHARED} and L - 1 = {L - 1} digits, 1 where a layer shares weights, layer 1 first"
        raise ValueError(f"architecture must be LCN, CNN or {rule}, got {architecture!r}")
    if len(set(digits)) < 2:
        plain = "CNN" if "1" in digits else "LCN"
        raise ValueError(f"architecture {architecture!r} is the {plain}: call it so")
    return (*(digit == "1" for digit in digits), False)


def sharing_name(shared: Sequence[bool]) -> str:
    """The architecture whose layers 1 ... L - 1 share weights across locations where it is said.

    Raises:
        ValueError: no sequence of True and False.
    """
    if not isinstance(shared, tuple | list) or not all(isinstance(one, bool | np.bool_) for one in shared):
        raise ValueError(f"sharing must be a tuple of True or False, of layers 1 ... L - 1, got {shared!r}")
    if len(set(shared)) < 2:
        return "CNN" if any(shared) else "LCN"
    return SHARED + "".join(str(int(one)) for one in shared)


def wire(architecture: str, data: Data) -> Wires:
    """Which weights each datum meets: for layers 1 ... L, int64 (n, patches, inputs of a patch)."""
    task, inputs = data.task, data.positions
    if architecture in CONNECTED:
        first = (inputs * task.v + data.symbols)[:, None]
        return [first] + [torch.zeros_like(first[..., :1])] * (task.L - 1)
    wires = []
    for shared, k in zip(sharing(architecture, task.L), task.patch_sizes, strict=True):
        wires.append(inputs % k if shared else inputs)
        inputs = inputs[:, :: task.s] // k
    wires[0] = wires[0] * task.v + data.symbols
    return [wire.unflatten(1, (-1, task.s)) for wire in wires]


def locate(architecture: str, data: Data) -> list[Tensor]:
    """Location of each live patch in layers 1 ... L, int64 (n, patches), as in `wire`."""
    task = data.task
    if architecture in CONNECTED:
        return [torch.zeros_like(data.positions[:, :1])] * task.L
    return [data.positions[:, :: task.s**l] // task.spans[l] for l in range(1, task.L + 1)]


def layer_widths(architecture: str, task: SRHM, width: int) -> list[int]:
    """Channels of a patch in layers 1 ... L: the width, or all units of the layer in a TaperedFCN."""
    tapered = architecture == "TaperedFCN"
    return [width * (task.d // span) if tapered else width for span in task.spans[1:]]


def parameter_shapes(architecture: str, task: SRHM, width: int) -> list[tuple[int, ...]]:
    """Shapes of one network's parameters: table, blocks of layers 2 ... L, read-out.

    Raises:
        ValueError: an unknown architecture, one of another depth, or width < 1.
    """
    if architecture not in FLEETS and not str(architecture).startswith(SHARED):
        raise ValueError(f"architecture of a fleet must be one of {FLEETS}, got {architecture!r}")
    check_integer("width", width, 1)
    L = task.L
    if architecture in CONNECTED:
        filters = [task.d] + [1] * (L - 1)
    else:
        layers = zip(sharing(architecture, L), task.patch_sizes, task.spans, strict=False)
        filters = [k if shared else task.d // span for shared, k, span in layers]
    channels = layer_widths(architecture, task, width)
    blocks = [(number, *pair) for number, pair in zip(filters[1:], pairwise(channels), strict=True)]
    return [(filters[0] * task.v, channels[0]), *blocks, (width, task.n_c)]


def step_seconds(architecture: str, task: SRHM, width: int, batch_size: int) -> float:
    """Rough time on one core of a step of gradient descent of one network.

    An overhead, the products of the live patches at 40 GFLOP/s, and seven passes over the weights at 40 GB/s:
    what the stored runs took, on cores of a busy machine. On a quiet one it is about half.
    """
    operations, moved = step_work(architecture, task, width, batch_size)
    return 2.5e-4 + operations / 4e10 + moved / 4e10


def step_work(architecture: str, task: SRHM, width: int, batch_size: int) -> tuple[float, float]:
    """Floating-point operations of a step of one network, and the bytes of weights that it moves."""
    pairs = pairwise(layer_widths(architecture, task, width))
    # Live inputs of layers 2 ... L, each of which meets one block of weights.
    inputs = [1 if architecture in CONNECTED else task.s**l for l in range(task.L - 1, 0, -1)]
    products = sum(number * prod(pair) for number, pair in zip(inputs, pairs, strict=True))
    weights = sum(map(prod, parameter_shapes(architecture, task, width)))
    return 6 * batch_size * products, 28 * weights


def initialise(architecture: str, task: SRHM, width: int, seed: int) -> list[Tensor]:
    """One network's N(0, 1) parameters, drawn on the CPU from its seed."""
    check_integer("seed", seed, 0)
    shapes = parameter_shapes(architecture, task, width)
    return [normal(shape, "weights", seed, i) for i, shape in enumerate(shapes)]


class Fleet:
    """N independent networks of one architecture and shape.

    Args:
        architecture: one of FLEETS, or a name of `sharing_name`.
        task: gives the shapes; each network may learn another task of the same shape.
        width: channels of every hidden layer; of the last one in a TaperedFCN.
        seeds: one initialisation seed for each network.
        device: where the parameters live.

    Attributes:
        parameters: table (N, rows, C), blocks (N, filter positions, C, C) of layers 2 ... L, and
            read-out (N, C, n_c), with C the channels of a layer, see `layer_widths`.
        first_layer: the places of layer 1 among the parameters.

    Raises:
        ValueError: an unknown architecture, one of another depth, a width < 1, a bad seed, or no such device.
    """

    def __init__(
        self,
        architecture: str,
        task: SRHM,
        width: int,
        seeds: Sequence[int],
        device: str | torch.device = "cpu",
    ) -> None:
        self.architecture, self.task, self.width = architecture, task, width
        shapes, where = parameter_shapes(architecture, task, width), check_device(device)
        self.parameters = [torch.empty(len(seeds), *shape, device=where) for shape in shapes]
        for i, seed in enumerate(seeds):
            for p, drawn in zip(self.parameters, initialise(architecture, task, width, seed), strict=True):
                p[i] = drawn
        channels = task.v * task.d if architecture == "FCN" else task.v
        self.scales = [channels**-0.5] + [width**-0.5] * (task.L - 1)
        self.first_layer = [0]

    def __len__(self) -> int:
        return len(self.parameters[0])

    def __getitem__(self, networks: list[int]) -> Fleet:
        """A fleet of copies of some of the networks."""
        return self._with([p[networks] for p in self.parameters])

    def join(self, other: Fleet) -> Fleet:
        """The fleet of these networks and, after them, those of another fleet of the same shape."""
        pairs = zip(self.parameters, other.parameters, strict=True)
        return self._with([torch.cat(pair) for pair in pairs])

    def _with(self, parameters: list[Tensor]) -> Fleet:
        fleet = copy(self)
        fleet.parameters = parameters
        return fleet

    @property
    def blocks(self) -> list[Tensor]:
        """The weights of layers 2 ... L, (N, filter positions, C, C)."""
        return self.parameters[1 : self.task.L]

    @property
    def readout(self) -> Tensor:
        """The weights of the logits, (N, C, n_c)."""
        return self.parameters[self.task.L]

    def wire(self, data: Data) -> Wires:
        """Which weights each datum meets, see `wire`."""
        return wire(self.architecture, data)

    def groups(self, wires: Wires) -> list[Tensor]:
        """The filter position of every row that layers 2 ... L multiply, int64 (..., rows).

        Args:
            wires: (..., B, patches, inputs of a patch), from `wire`.
        """
        return [wire.flatten(-3) for wire in wires[1 : self.task.L]]

    def pack(self, wires: Wires) -> list[Packing]:
        """How to multiply the rows of layers 2 ... L; wires (N, B, patches, inputs)."""
        (packings,) = self.pack_steps([wire.unsqueeze(0) for wire in wires])
        return packings

    def pack_steps(self, wires: Wires) -> list[list[Packing]]:
        """`pack` for each of some steps; wires (steps, N, B, patches, inputs)."""
        pairs = zip(self.groups(wires), self.blocks, strict=True)
        layers = [pack_steps(groups, block.shape[1], self.width, groups.is_cuda) for groups, block in pairs]
        return [[steps[i] for steps in layers] for i in range(len(wires[0]))]

    def activations(self, wires: Wires, packings: list[Packing] | None = None) -> list[Tensor]:
        """Activations (N, B, patches, C) of layers 1 ... L at the live patches, then logits (N, B, n_c).

        Args:
            wires: for each layer, int64 (N, B, patches, inputs of a patch), from `wire`.
            packings: `pack(wires)`, where the caller has it already.
        """
        layers = [relu_(self._look_up(self.parameters[0], wires[0]).mul_(self.scales[0]))]
        for i, packing in enumerate(packings or self.pack(wires)):
            products = packing.multiply(packing.scatter(layers[-1]), self.blocks[i])
            summed = packing.gather_sums(products, wires[i + 1].shape[3]).mul_(self.scales[i + 1])
            layers.append(relu_(summed).view(*wires[i + 1].shape[:3], -1))
        return layers + [layers[-1][:, :, 0].bmm(self.readout) / self.width]

    def _multiply_back(
        self, packing: Packing, inputs: Tensor, errors: Tensor, blocks: Tensor, buffers: Tensor, decay: float
    ) -> Tensor:
        """Add the gradient of the weights to their buffers; the errors of the inputs, (rows, C)."""
        rows, packed = packing.scatter(inputs), packing.scatter(errors)
        packing.add_gradient(rows, packed, buffers, decay)
        return packing.gather(packing.multiply(packed, blocks.transpose(2, 3)))

    def _look_up(self, table: Tensor, wire: Tensor) -> Tensor:
        rows = embedding_bag(self._rows(wire).flatten(0, 2), table.flatten(0, 1), mode="sum")
        return rows.view(*wire.shape[:3], -1)

    def _rows(self, wire: Tensor) -> Tensor:
        """Rows of the table of all networks together."""
        network = torch.arange(len(self), device=wire.device).view(-1, 1, 1, 1)
        return wire + network * self.parameters[0].shape[1]

    def accumulate_gradient(
        self,
        wires: Wires,
        packings: list[Packing],
        activations: list[Tensor],
        error: Tensor,
        buffers: list[Tensor],
        decay: float,
    ) -> None:
        """buffers <- decay * buffers + gradient, in one pass over each buffer.

        Args:
            error: derivative of the loss in the logits, (N, B, n_c).
            buffers: one for each parameter, of its shape.
        """
        *layers, _ = activations
        last, error = layers[-1][:, :, 0], error / self.width
        buffers[-1].baddbmm_(last.transpose(1, 2), error, beta=decay)
        back = error.bmm(self.readout.transpose(1, 2)).unsqueeze(2)
        for i in reversed(range(len(self.blocks))):
            back = threshold_backward(back, layers[i + 1], 0).mul_(self.scales[i + 1])
            inputs = layers[i], back, self.blocks[i], buffers[i + 1]
            back = self._multiply_back(packings[i], *inputs, decay).view_as(layers[i])
        back = threshold_backward(back, layers[0], 0).mul_(self.scales[0]).flatten(0, 2)
        rows = self._rows(wires[0]).flatten(0, 2)
        sums = buffers[0].mul_(decay).flatten(0, 1)
        for column in rows.unbind(1):
            add_rows(sums, column, back)

    @torch.no_grad()
    def observe(self, data: Data) -> list[Activation]:
        """Activations of layers 1 ... L at the live patches, then the logits (n, 1, n_c), of one network.

        Raises:
            ValueError: a fleet of several networks, no data, or data of a task of another shape.
        """
        self._check_alone()
        check_data(self.task, data)
        parts = [
            self.activations([w.unsqueeze(0) for w in self.wire(data[i : i + _PART])])
            for i in range(0, len(data), _PART)
        ]
        return self._as_activations(parts, data)

    def _check_alone(self) -> None:
        if len(self) != 1:
            raise ValueError(f"observe needs a fleet of one network, got {len(self)}; choose with fleet[[i]]")

    def _as_activations(self, parts: list[list[Tensor]], data: Data) -> list[Activation]:
        """The activations of parts of the data, of one network, put together."""
        values = [torch.cat([v[0] for v in layer]) for layer in zip(*parts, strict=True)]
        locations = locate(self.architecture, data)
        return [
            *map(Activation, values[:-1], locations),
            Activation(values[-1].unsqueeze(1), torch.zeros_like(data.labels[:, None])),
        ]


def add_rows(sums: Tensor, rows: Tensor, values: Tensor) -> None:
    """Add each value to its row of the sums, in the same order each time; rows may repeat."""
    if sums.is_cuda:  # where index_add_ takes them in any order; this one sorts them
        sums.index_put_((rows,), values, accumulate=True)
    else:
        sums.index_add_(0, rows, values)


class Packing:
    """Rows sorted into groups, so that a product of matrices multiplies each with its group's block.

    Rows have places, group after group, and more where that is needed; those left over are zero.

    Args:
        order: the rows by group.
        places: of each row.
        bags: of each place where it begins in that order: it is a bag of one row, or of none.
        sizes: the places of each group.
        batched: whether all are equal, so that one batched product does.
    """

    def __init__(self, order: Tensor, places: Tensor, bags: Tensor, sizes: list[int], batched: bool) -> None:
        self.order, self.places, self.bags = order, places, bags
        self.sizes, self.batched = sizes, batched

    def scatter(self, rows: Tensor) -> Tensor:
        """Rows, (..., C), to their places, (places, C); if too few, each stands for equally many."""
        rows = rows.flatten(0, -2)
        return embedding_bag(self.order // (len(self.order) // len(rows)), rows, self.bags, mode="sum")

    def gather(self, packed: Tensor) -> Tensor:
        """Places (places, C) back to rows (rows, C)."""
        return packed.index_select(0, self.places)

    def gather_sums(self, packed: Tensor, number: int) -> Tensor:
        """The sums of so many rows at a time, of places (places, C)."""
        return embedding_bag(self.places.view(-1, number), packed, mode="sum")

    def multiply(self, packed: Tensor, blocks: Tensor) -> Tensor:
        """Places (places, C) times the blocks of their groups, (N, G, C, C')."""
        blocks = blocks.flatten(0, 1)
        if self.batched:
            return self._batch(packed).bmm(blocks).flatten(0, 1)
        products = packed.new_empty(len(packed), blocks.shape[2])
        for rows, block, out in zip(
            packed.split(self.sizes), blocks, products.split(self.sizes), strict=True
        ):
            torch.mm(rows, block, out=out)
        return products

    def add_gradient(self, inputs: Tensor, errors: Tensor, buffers: Tensor, decay: float) -> None:
        """buffers <- decay * buffers + inputs^T errors, for each group; buffers (N, G, C, C')."""
        buffers = buffers.flatten(0, 1)
        if self.batched:
            buffers.baddbmm_(self._batch(inputs).transpose(1, 2), self._batch(errors), beta=decay)
            return
        pairs = zip(inputs.split(self.sizes), errors.split(self.sizes), strict=True)
        for (rows, error), buffer in zip(pairs, buffers, strict=True):
            buffer.addmm_(rows.T, error, beta=decay)

    def _batch(self, packed: Tensor) -> Tensor:
        return packed.view(len(self.sizes), self.sizes[0], -1)


def pack_steps(groups: Tensor, num_groups: int, width: int, alike: bool = False) -> list[Packing]:
    """The packings of some steps, of rows whose groups in 0 ... G - 1 are given, int64 (steps, N, R).

    Args:
        alike: give every group of every step equally many places, so that one recorded step does for all. How
            many, and so how products are rounded, then depends on all steps and networks.
    """
    steps, networks, rows = groups.shape
    network = torch.arange(networks, device=groups.device)[:, None]
    order, ranks = sort_groups(groups)
    order, ranks = (order + network * rows).flatten(1), ranks.flatten(1)
    groups = (groups + network * num_groups).flatten(1)
    ones = torch.ones_like(groups)
    counts = ones.new_zeros(steps, networks * num_groups).scatter_add_(1, groups, ones)
    largest = counts.amax(1, keepdim=True)
    if alike:
        largest = torch.full_like(largest, _round_up(int(largest.amax())))
    # Kernels round the products of fewer than 4 rows in another way.
    sizes = torch.where(counts > 0, counts.maximum(largest.clamp(max=4)), 0)
    spared = 6 * width**2 * (largest - sizes).sum(1, keepdim=True)
    batched = (spared < _CALLS * counts.shape[1]) | alike
    sizes = torch.where(batched, largest, sizes)
    places = (sizes.cumsum(1) - sizes).gather(1, groups) + ranks
    filled = ones.new_zeros(steps, int(sizes.sum(1).max())).scatter_(1, places, 1)
    bags = filled.cumsum(1) - filled
    each = zip(order, places, bags, sizes.tolist(), batched.flatten().tolist(), strict=True)
    return [Packing(o, p, b[: sum(size)], size, one_call) for o, p, b, size, one_call in each]


def _round_up(size: int) -> int:
    """The next multiple of a fourth to a half of a size, 8 at least: mostly the same in later steps."""
    unit = max(8, 1 << max(size.bit_length() - 2, 0))
    return -(-size // unit) * unit


def sort_groups(groups: Tensor) -> tuple[Tensor, Tensor]:
    """The order of rows along the last axis by group, and of each row how many earlier ones its group has."""
    order = groups.argsort(dim=-1, stable=True)
    in_order = groups.gather(-1, order)
    position = torch.arange(groups.shape[-1], device=groups.device)
    ranks = position - torch.searchsorted(in_order, in_order)
    return order, torch.empty_like(groups).scatter_(-1, order, ranks)
