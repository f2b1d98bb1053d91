"""Transformers of one and two blocks, which know nothing of patches: each element attends to every other.

Every informative element of the input is a token, the sum of two learned vectors: of its symbol, and of its
position, which is one of d. A blank has no token, as it has no activation in LCN, CNN and FCN. So a datum
costs s^L tokens, whatever its blanks, and what is hidden is only what a position means.

The blocks are those of Vaswani et al. (arXiv 1706.03762), with the normalisation before attention and
perceptron, as is usual since (Xiong et al., arXiv 2002.04745), and without dropout. The tokens of the last
block are normalised and averaged, and read out linearly.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..model import SRHM, Data, check_choice, check_device, check_integer
from ..model.randomness import normal
from .activation import Activation, check_data, find_elements, observe_in_parts, placed

BLOCKS = {"Transformer-1": 1, "Transformer-2": 2}
TRANSFORMERS = tuple(BLOCKS)
# How often the data are seen before the loss is small enough, roughly: at a rate of 0.01.
EPOCHS = {"Transformer-1": 65, "Transformer-2": 43}
_HEADS = 4
_EXPANSION = 4  # hidden units of a perceptron, in widths
_OVERHEAD = 1e-3  # seconds of a step, and of a block, on one core, and operations a second: measured
_SPEED = 3e10


def check_heads(task: SRHM, width: int) -> None:
    """Raise ValueError, naming the rule, unless the width can be divided among the heads."""
    check_integer("width", width, 1)
    if width % _HEADS:
        raise ValueError(f"width must be a multiple of {_HEADS} for a transformer, got {width}")


def transformer_step_seconds(architecture: str, task: SRHM, width: int, batch_size: int) -> float:
    """Rough time on one core of a step: 6 operations for each token and weight, and an overhead."""
    weights = (4 + 2 * _EXPANSION) * width**2
    block = _OVERHEAD + 6 * batch_size * task.num_leaves * weights / _SPEED
    return _OVERHEAD + BLOCKS[architecture] * block


class Transformer(nn.Module):
    """One transformer for one-hot data, with weights drawn from a seed.

    Matrices are N(0, 1 / (3 fan-in)), as in the vision networks, the vectors of symbols and positions
    N(0, 1), biases 0; normalisation scales by 1.

    Args:
        architecture: one of TRANSFORMERS.
        task: gives the v symbols, the d positions and the n_c logits.
        width: numbers of a token, a multiple of 4, the number of heads; perceptrons have 4 times as many
            hidden units.
        seed: of the initial weights, drawn on the CPU.
        device: where the parameters live.

    Raises:
        ValueError: an unknown architecture, a bad width or seed, or no such device.
    """

    def __init__(
        self, architecture: str, task: SRHM, width: int, seed: int, device: str | torch.device = "cpu"
    ) -> None:
        super().__init__()
        check_choice("architecture", architecture, TRANSFORMERS)
        check_heads(task, width)
        check_integer("seed", seed, 0)
        where = check_device(device)
        self.task = task
        with torch.device("meta"):  # torch's own initial weights would use up its global generator
            self.symbols = nn.Embedding(task.v, width)
            self.positions = nn.Embedding(task.d, width)
            self.blocks = nn.ModuleList(
                nn.TransformerEncoderLayer(
                    width, _HEADS, _EXPANSION * width, dropout=0.0, batch_first=True, norm_first=True
                )
                for _ in range(BLOCKS[architecture])
            )
            self.norm = nn.LayerNorm(width)
            self.readout = nn.Linear(width, task.n_c)
        self.to_empty(device="cpu")
        self._initialise(seed)
        self.to(where)

    @torch.no_grad()
    def _initialise(self, seed: int) -> None:
        embeddings = (self.symbols.weight, self.positions.weight)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2:
                embedded = any(parameter is one for one in embeddings)
                scale = 1.0 if embedded else (3 * parameter.shape[1]) ** -0.5
                parameter.copy_(normal(tuple(parameter.shape), "transformer", seed, name) * scale)
            else:
                parameter.fill_(float("norm" in name and name.endswith("weight")))

    def forward(self, x: Tensor) -> Tensor:
        """The logits (n, n_c) of one-hot data (n, v, d)."""
        *_, last = self._activations(x)
        return self._read_out(last)

    def _activations(self, x: Tensor) -> Iterator[Tensor]:
        """The tokens (n, s^L, width) after each block."""
        symbols, positions = find_elements(x, self.task.num_leaves)
        tokens = self.symbols(symbols) + self.positions(positions)
        for block in self.blocks:
            tokens = block(tokens)
            yield tokens

    def _read_out(self, tokens: Tensor) -> Tensor:
        return self.readout(self.norm(tokens).mean(1))

    @torch.no_grad()
    def observe(self, data: Data) -> list[Activation]:
        """The tokens after each block, (n, s^L, width), then the logits (n, 1, n_c).

        The location of a token is its number, in the order of positions: what counts is what tokens hold,
        not where in the input they come from.

        Raises:
            ValueError: no data, or data of a task of another shape.
        """
        check_data(self.task, data)
        values = observe_in_parts(self, data, lambda part: self._look(part.one_hot()))
        return placed(values)

    def _look(self, x: Tensor) -> list[Tensor]:
        activations = list(self._activations(x))
        return [*activations, self._read_out(activations[-1]).unsqueeze(1)]
