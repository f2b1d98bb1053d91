"""Fleets whose blanks are not zero: with whitened inputs or biases.

Where inputs are whitened or layers have biases, the activation of a blank patch is no longer zero. But it is
the same for every datum: that of the input which is all blank, at the same location. It is computed once a
step, as if it were one more datum, the background. With z the pre-activation of the background at a location,
and h = relu(z) its activation, a patch that is live has, in every layer,

    a(x) = z + sum over its live inputs i of W_i (h_i(x) - h_i),

so a live patch adds only its difference from the background, and a datum costs what it costs without one. In
the backward pass the background collects the errors of all patches that contain it: the gradient in z at a
location is the sum of the errors of all live patches there, plus what comes back through h, from the layer
above, less what the live patches put in its place.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import relu

from ..model import SRHM, Data
from ..model.randomness import normal
from .activation import Activation, check_data
from .fleet import _PART, CONNECTED, Fleet, Packing, Wires, add_rows, layer_widths, locate, wire

_BIAS_SCALE = 0.1


class BackgroundFleet(Fleet):
    """Fleets with whitened inputs, or with biases, or with both.

    A whitened input is x (1 + q) - q with q = 1 / sqrt(v - 1): a feature is 1 in its channel and -q in the
    others, a blank is -q in all. A bias is 0.1 b for each channel and location, in the CNN too, with b
    from N(0, 1), and is trained like the weights. Both are the paper's authors' (their public code).

    Args:
        architecture, task, width, seeds, device: as for `Fleet`.
        whitened: whether inputs are whitened.
        bias: whether the hidden layers have biases.

    Attributes:
        parameters: those of `Fleet`, then, with biases, b of layers 1 ... L, (N, locations, C).
    """

    def __init__(
        self,
        architecture: str,
        task: SRHM,
        width: int,
        seeds: Sequence[int],
        device: str | torch.device = "cpu",
        *,
        whitened: bool,
        bias: bool,
    ) -> None:
        super().__init__(architecture, task, width, seeds, device)
        self.q = (task.v - 1) ** -0.5 if whitened else 0.0
        self.bias = bias
        connected = architecture in CONNECTED
        # Of layers 1 ... L, the locations below that a patch holds, and their own.
        self.fans = [task.d] + [1] * (task.L - 1) if connected else task.patch_sizes
        self.places = [1 if connected else task.d // span for span in task.spans[1:]]
        if bias:
            self.first_layer = [0, task.L + 1]
            shapes = zip(self.places, layer_widths(architecture, task, width), strict=True)
            for l, shape in enumerate(shapes, 1):
                drawn = [normal(shape, "biases", seed, l) for seed in seeds]
                b = torch.stack(drawn) if drawn else torch.empty(0, *shape)
                self.parameters.append(b.to(device))

    def wire(self, data: Data) -> Wires:
        """As `Fleet.wire`, then the location of each live patch in layers 1 ... L, int64 (n, patches, 1)."""
        locations = [places.unsqueeze(2) for places in locate(self.architecture, data)]
        return wire(self.architecture, data) + locations

    def groups(self, wires: Wires) -> list[Tensor]:
        """As `Fleet.groups`; after the rows of the data come those of the background, one a location."""
        extended = []
        for live, places, block in zip(super().groups(wires), self.places, self.blocks, strict=False):
            own = torch.arange(places, device=live.device) % block.shape[1]
            extended.append(torch.cat([live, own.expand(*live.shape[:-1], places)], -1))
        return extended

    def activations(self, wires: Wires, packings: list[Packing] | None = None) -> list[Tensor]:
        """Activations (N, B, patches, C) of layers 1 ... L, those of the background, then logits.

        The background's are (N, locations, C), layers 1 ... L.
        """
        L = self.task.L
        packings = packings or self.pack(wires)
        z = self._first_background()
        looked_up = self._look_up(self.parameters[0], wires[0]) * (self.scales[0] * (1 + self.q))
        layers, backgrounds = [relu(looked_up + self._at(z, wires[L]))], [relu(z)]
        for i, (packing, block) in enumerate(zip(packings, self.blocks, strict=True)):
            rows = self._rows_in(layers[i], backgrounds[i], wires[L + i])
            out = packing.gather(packing.multiply(packing.scatter(rows), block))
            live, own = self._part(out.view(*rows.shape[:2], -1), self.places[i])
            z = own.unflatten(1, (-1, self.fans[i + 1])).sum(2) * self.scales[i + 1]
            z = z + self._biases(i + 1)
            summed = live.view(*wires[i + 1].shape, -1).sum(3) * self.scales[i + 1]
            layers.append(relu(summed + self._at(z, wires[L + i + 1])))
            backgrounds.append(relu(z))
        logits = layers[-1][:, :, 0].bmm(self.readout) / self.width
        return [*layers, *backgrounds, logits]

    def accumulate_gradient(
        self,
        wires: Wires,
        packings: list[Packing],
        activations: list[Tensor],
        error: Tensor,
        buffers: list[Tensor],
        decay: float,
    ) -> None:
        """As `Fleet.accumulate_gradient`."""
        L = self.task.L
        layers, backgrounds = activations[:L], activations[L : 2 * L]
        error = error / self.width
        buffers[L].baddbmm_(layers[-1][:, :, 0].transpose(1, 2), error, beta=decay)
        back = error.bmm(self.readout.transpose(1, 2)).unsqueeze(2)
        through = torch.zeros_like(backgrounds[-1])  # the gradient in the background's activation
        for i in reversed(range(L - 1)):
            errors, own = self._errors(i + 1, back, through, layers, backgrounds, wires, buffers, decay)
            each = errors.unsqueeze(3).expand(*wires[i + 1].shape, -1).flatten(1, 3)
            every = own.unsqueeze(2).expand(-1, -1, self.fans[i + 1], -1).flatten(1, 2)
            rows = self._rows_in(layers[i], backgrounds[i], wires[L + i])
            scaled = torch.cat([each, every], 1) * self.scales[i + 1]
            out = self._multiply_back(packings[i], rows, scaled, self.blocks[i], buffers[i + 1], decay)
            live, own = self._part(out.view_as(rows), self.places[i])
            back = live.view_as(layers[i])
            through = own - self._collect(back, wires[L + i], self.places[i])
        errors, own = self._errors(0, back, through, layers, backgrounds, wires, buffers, decay)
        sums = buffers[0].mul_(decay)
        if self.q:
            filters = sums.shape[1] // (self.task.v * self.fans[0])
            whole = own.sum(1, keepdim=True) if filters == 1 else own
            sums.unflatten(1, (filters, -1)).sub_(whole.unsqueeze(2) * (self.q * self.scales[0]))
        rows = self._rows(wires[0]).flatten(0, 2)
        values = (errors * (self.scales[0] * (1 + self.q))).flatten(0, 2)
        for column in rows.unbind(1):
            add_rows(sums.flatten(0, 1), column, values)

    @torch.no_grad()
    def observe(self, data: Data) -> list[Activation]:
        """Activations at the live patches less the background's, layers 1 ... L, then the logits.

        Elsewhere the difference is zero, so that distances between data are those of whole activations.

        Raises:
            ValueError: a fleet of several networks, no data, or data of a task of another shape.
        """
        self._check_alone()
        check_data(self.task, data)
        L = self.task.L
        parts = []
        for i in range(0, len(data), _PART):
            wires = [w.unsqueeze(0) for w in self.wire(data[i : i + _PART])]
            seen = self.activations(wires)
            layers = [
                h - self._at(background, places)
                for h, background, places in zip(seen[:L], seen[L : 2 * L], wires[L:], strict=True)
            ]
            parts.append([*layers, seen[-1]])
        return self._as_activations(parts, data)

    def _biases(self, layer: int) -> Tensor | float:
        return self.parameters[self.task.L + 1 + layer] * _BIAS_SCALE if self.bias else 0.0

    def _first_background(self) -> Tensor:
        """z of layer 1, (N, locations, C): every input -q."""
        table, places = self.parameters[0], self.places[0]
        z = table.unflatten(1, (-1, self.task.v * self.fans[0])).sum(2) * (-self.q * self.scales[0])
        return z.expand(-1, places, -1) + self._biases(0)

    def _rows_in(self, layer: Tensor, background: Tensor, places: Tensor) -> Tensor:
        """What the next layer multiplies: the differences of the live patches, then the background."""
        return torch.cat([(layer - self._at(background, places)).flatten(1, 2), background], 1)

    def _errors(
        self,
        layer: int,
        back: Tensor,
        through: Tensor,
        layers: list[Tensor],
        backgrounds: list[Tensor],
        wires: Wires,
        buffers: list[Tensor],
        decay: float,
    ) -> tuple[Tensor, Tensor]:
        """Gradients in the pre-activations of a layer: of the live patches, and of the background."""
        errors = back * (layers[layer] > 0)
        own = self._collect(errors, wires[self.task.L + layer], self.places[layer])
        own += through * (backgrounds[layer] > 0)
        if self.bias:
            buffers[self.task.L + 1 + layer].mul_(decay).add_(own, alpha=_BIAS_SCALE)
        return errors, own

    def _at(self, background: Tensor, places: Tensor) -> Tensor:
        """The background (N, locations, C) at the live patches' places (N, B, patches, 1)."""
        index = self._flat(places, background.shape[1])
        return background.flatten(0, 1).index_select(0, index).view(*places.shape[:3], -1)

    def _collect(self, values: Tensor, places: Tensor, count: int) -> Tensor:
        """The sum of values (N, B, patches, C) over all live patches at each location."""
        sums = values.new_zeros(len(self) * count, values.shape[-1])
        add_rows(sums, self._flat(places, count), values.flatten(0, 2))
        return sums.view(len(self), count, -1)

    def _flat(self, places: Tensor, count: int) -> Tensor:
        network = torch.arange(len(self), device=places.device).view(-1, 1, 1, 1)
        return (places + network * count).flatten()

    def _part(self, rows: Tensor, places: int) -> tuple[Tensor, Tensor]:
        """Rows of the data, and those of the background, which come last."""
        return rows[:, : rows.shape[1] - places], rows[:, rows.shape[1] - places :]
