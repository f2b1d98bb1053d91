"""S_{k,l} and D_{k,l}: what a network still sees of synonym exchanges and of displacements.

S_{k,l} = E ||f_k(x) - f_k(x')||^2 / E ||f_k(x) - f_k(z)||^2 (Eqs. 6 and 13 of the paper), where f_k is the
whole activation of layer k, x' is x with its synonyms exchanged at level l, and z is an independent
datum. D_{k,l} is the same with x displaced at level l (Eqs. 7 and 14).
"""

from __future__ import annotations

from math import nan

import torch
from torch import Tensor

from ..analysis.columns import error_of, sensitivity
from ..model import SRHM, check_integer
from ..networks import Activation, Observer


def sensitivities(
    observer: Observer, task: SRHM, n: int, seed: int = 0, device: str | torch.device = "cpu"
) -> dict[str, float]:
    """Every S_{k,l} and D_{k,l} of a network, averaged over n data x and n independent data z.

    Args:
        observer: maps data to the activations of layers 1, 2, ... and of the output, in that order.
        task: the task whose synonyms and placements are drawn anew.
        n: number of data.
        seed: of the random draw of the data.

    Returns:
        Values under "S_{k}_{l}" and "D_{k}_{l}", with k a layer or "out", and their standard errors
        under the same name with "_se". No D where s0 = 0: there is only one placement.
    """
    check_integer("n", n, 1)
    both = task.sample(2 * n, seed, device)
    x, z = both[:n], both[n:]
    seen = observer(x)
    apart = [squared_distances(a, b) for a, b in zip(seen, observer(z), strict=True)]
    names = [*map(str, range(1, len(seen))), "out"]
    transforms = {"S": task.exchange_synonyms} | ({"D": task.displace} if task.placements > 1 else {})
    values: dict[str, float] = {}
    for letter, transform in transforms.items():
        for level in range(1, task.L + 1):
            moved = observer(transform(x, level, seed))
            for name, a, b, reference in zip(names, seen, moved, apart, strict=True):
                value, error = ratio_of_means(squared_distances(a, b), reference)
                column = sensitivity(letter, name, level)
                values |= {column: value, error_of(column): error}
    return values


def squared_distances(a: Activation, b: Activation) -> Tensor:
    """||a - b||^2 for each datum (n,), blanks included: an activation is zero where it is not listed.

    Locations of one datum are distinct.
    """
    same = a.locations[:, :, None] == b.locations[:, None, :]
    partner = b.values.gather(1, _index(same.int().argmax(2), b.values))
    matched = partner * same.any(2, keepdim=True)
    alone = b.values.square().sum(2) * ~same.any(1)
    return (a.values - matched).square().sum((1, 2)) + alone.sum(1)


def _index(patches: Tensor, values: Tensor) -> Tensor:
    return patches[..., None].expand(-1, -1, values.shape[2])


def ratio_of_means(numerator: Tensor, denominator: Tensor) -> tuple[float, float]:
    """mean(numerator) / mean(denominator) over pairs (n,), and its standard error by the delta method.

    nan where the denominator is zero: the layer does not tell any two data apart. One pair has no error.
    """
    numerator, denominator = numerator.double(), denominator.double()
    scale = denominator.mean()
    ratio = numerator.mean() / scale
    residual = (numerator - ratio * denominator) / scale
    error = residual.std() / len(residual) ** 0.5 if len(residual) > 1 else torch.tensor(nan)
    return ratio.item(), error.item()
