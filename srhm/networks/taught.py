"""Layer 1 by itself: that of an LCN or a CNN, below layers that compute the rules above exactly.

Layer 1 tells of each live patch how likely every level-2 symbol is. From there on nothing is learnt: with
p(mu) the likelihood of a patch under the symbol mu, a symbol above, or a class, has the likelihood

    p(parent) = sum over its m rules of the product of p over the symbols that the rule produces,

level by level, in logarithms, up to the classes and up to a factor that all share: the softmax of the logits
is the exact posterior. The layer is in the mean-field parametrisation, like that of a network of one level
(`fleet`), and so wants a learning rate times the width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from ..model import SRHM, Data, check_choice, check_device, check_integer
from ..model.randomness import normal
from .activation import Activation, check_data, find_elements, observe_in_parts

TAUGHT = ("Taught-LCN", "Taught-CNN")
# How often the data are seen before the loss is small enough, roughly.
TAUGHT_EPOCHS = {"Taught-LCN": 55, "Taught-CNN": 29}
_OVERHEAD = 1e-3  # seconds of a step on one core, and operations a second: measured
_SPEED = 1e10


def check_levels(task: SRHM, width: int) -> None:
    """Raise ValueError, naming the rule, unless there are layers above the first."""
    check_integer("width", width, 1)
    if task.L < 2:
        raise ValueError(f"L must be at least 2, or nothing is above layer 1, got {task.L}")


def taught_step_seconds(task: SRHM, width: int, batch_size: int) -> float:
    """Rough time on one core of a step: mostly overhead, and the weights between layer 1 and the symbols."""
    return _OVERHEAD + 6 * batch_size * task.num_leaves * width * task.v / _SPEED


class TaughtLayer(nn.Module):
    """Layer 1 of an LCN or a CNN below the exact layers of a task, with weights N(0, 1) drawn from a seed.

    Args:
        architecture: one of TAUGHT: whether the locations have weights of their own, or share them.
        task: whose rules, above level 1, are built in; L at least 2.
        width: channels of layer 1.
        seed: of the initial weights, drawn on the CPU.
        device: where the parameters live.

    Raises:
        ValueError: an unknown architecture, a task of one level, a bad width or seed, or no such
            device.
    """

    def __init__(
        self, architecture: str, task: SRHM, width: int, seed: int, device: str | torch.device = "cpu"
    ) -> None:
        super().__init__()
        check_choice("architecture", architecture, TAUGHT)
        check_levels(task, width)
        check_integer("seed", seed, 0)
        self.task, self.width = task, width
        self.locations = 1 if architecture == "Taught-CNN" else task.d // task.patch_sizes[0]
        rows = self.locations * task.patch_sizes[0] * task.v
        shapes = ((rows, width), (self.locations, width, task.v))
        where = check_device(device)
        drawn = [normal(shape, "taught", seed, i).to(where) for i, shape in enumerate(shapes)]
        self.table, self.readout = map(nn.Parameter, drawn)

    def forward(self, x: Tensor) -> Tensor:
        """The logits (n, n_c) of one-hot data (n, v, d)."""
        return self._look(x)[-1][:, 0]

    def _look(self, x: Tensor) -> list[Tensor]:
        """Layer 1 at its live patches, (n, s^(L-1), width), then the logits (n, 1, n_c)."""
        task, k = self.task, self.task.patch_sizes[0]
        symbols, positions = find_elements(x, task.num_leaves)
        rows = positions % (self.locations * k) * task.v + symbols
        sums = embedding_bag(rows.view(-1, task.s), self.table, mode="sum") * task.v**-0.5
        hidden = sums.relu().view(len(x), -1, self.width)
        location = positions[:, :: task.s] // k % self.locations
        each = torch.einsum("npc,gcv->npgv", hidden, self.readout) / self.width
        chosen = each.gather(2, location[..., None, None].expand(-1, -1, 1, task.v))[:, :, 0]
        log_p = chosen.log_softmax(-1)
        for level in range(2, task.L + 1):
            log_p = self._above(log_p, task.rules[level].to(x.device))
        return [hidden, log_p]

    def _above(self, log_p: Tensor, rules: Tensor) -> Tensor:
        """Log-likelihoods of the parents (n, nodes / s, parents), from those of their children."""
        children = log_p.unflatten(1, (-1, rules.shape[2]))  # (n, nodes / s, s, symbols)
        produced = sum(children[:, :, i, rules[:, :, i]] for i in range(rules.shape[2]))
        assert isinstance(produced, Tensor)  # (n, nodes / s, parents, m)
        return produced.logsumexp(-1)

    @torch.no_grad()
    def observe(self, data: Data) -> list[Activation]:
        """Layer 1 at its live patches, then the logits (n, 1, n_c).

        Raises:
            ValueError: no data, or data of a task of another shape.
        """
        check_data(self.task, data)
        hidden, logits = observe_in_parts(self, data, lambda part: self._look(part.one_hot()))
        places = data.positions[:, :: data.task.s] // data.task.patch_sizes[0]
        return [Activation(hidden, places), Activation(logits, torch.zeros_like(data.labels[:, None]))]
