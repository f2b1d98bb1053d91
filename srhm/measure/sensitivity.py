"""S_{k,l} and D_{k,l}: what a network still sees of synonym exchanges and of displacements.

S_{k,l} = E ||f_k(x) - f_k(x')||^2 / E ||f_k(x) - f_k(z)||^2 (Eqs. 6 and 13 of the paper), where f_k is the
whole activation of layer k, x' is x with its synonyms exchanged at level l, and z is an independent
datum. D_{k,l} is the same with x displaced at level l (Eqs. 7 and 14).
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

import torch
from torch import Tensor

from ..analysis.columns import error_of, sensitivity
from ..model import SRHM, Data, check_integer
from ..networks import Activation, Observer


def sensitivities(
    observer: Observer, task: SRHM, n: int, seed: int = 0, device: str | torch.device = "cpu"
) -> dict[str, float]:
    """Every S_{k,l} and D_{k,l} of a network, averaged over n data x and n independent data z.

    Args:
        observer: maps data to the activations of layers 1, 2, ... and of the output, in that order, of any
            real type.
        task: the task whose synonyms and placements are drawn anew.
        n: number of data.
        seed: of the random draw of the data.

    Returns:
        Values under "S_{k}_{l}" and "D_{k}_{l}", with k a layer or "out", and their standard errors
        under the same name with "_se". No D at a level where s0 = 0 on it and all below: nothing can move.

    Raises:
        ValueError: n < 1, a bad seed, or an observer that shows no activations; the message names the layer.
    """
    check_integer("n", n, 1)
    both = task.sample(2 * n, seed, device)
    x, z = both[:n], both[n:]
    seen = observe(observer, x)
    apart = [squared_distances(a, b) for a, b in zip(seen, observe(observer, z), strict=True)]
    names = layer_names(seen)
    values: dict[str, float] = {}
    for letter, transform in {"S": task.exchange_synonyms, "D": task.displace}.items():
        for level in range(1, task.L + 1):
            if letter == "D" and not any(task.blanks[:level]):
                continue
            moved = observe(observer, transform(x, level, seed))
            for name, a, b, reference in zip(names, seen, moved, apart, strict=True):
                value, error = ratio_of_means(squared_distances(a, b), reference)
                column = sensitivity(letter, name, level)
                values |= {column: value, error_of(column): error}
    return values


def layer_names(seen: list[Activation]) -> list[str]:
    """What columns call the layers that an observer shows: "1", "2", ... and, the last one, "out"."""
    return [*map(str, range(1, len(seen))), "out"]


def observe(observer: Callable[[Any], list[Activation]], data: Data | Tensor) -> list[Activation]:
    """The activations of data, or of images; ValueError, naming the layer, for what cannot be one."""
    seen = observer(data)
    for number, activation in enumerate(seen, 1):
        _check(activation, len(data), "the output" if number == len(seen) else f"layer {number}")
    return seen


def _check(activation: Activation, n: int, layer: str) -> None:
    if not isinstance(activation, Activation) or not all(isinstance(part, Tensor) for part in activation):
        raise ValueError(f"{layer} must be an Activation of two tensors, got {type(activation).__name__}")
    values, locations = activation
    if values.ndim != 3 or len(values) != n or values.is_complex():
        found = f"{tuple(values.shape)} of {values.dtype}"
        raise ValueError(f"{layer} must have real values (n, patches, C) with n = {n}, got {found}")
    if locations.shape != values.shape[:2] or locations.is_floating_point() or locations.is_complex():
        found = f"{tuple(locations.shape)} of {locations.dtype}"
        raise ValueError(f"{layer} must have integer locations {tuple(values.shape[:2])}, got {found}")
    if (locations.sort(1).values.diff() == 0).any():
        raise ValueError(f"{layer} must have distinct locations for each datum, but some are repeated")


def squared_distances(a: Activation, b: Activation) -> Tensor:
    """||a - b||^2 for each datum, float64 (n,), blanks included: zero where an activation is not listed.

    Locations of one datum are distinct.
    """
    values, others = a.values.double(), b.values.double()  # squares of fewer bits overflow, or vanish
    if torch.equal(a.locations, b.locations):  # nothing to look for, and images have many locations
        return (values - others).square().sum((1, 2))
    same = a.locations[:, :, None] == b.locations[:, None, :]
    partner = others.gather(1, _index(same.int().argmax(2), others))
    matched = partner * same.any(2, keepdim=True)
    alone = others.square().sum(2) * ~same.any(1)
    return (values - matched).square().sum((1, 2)) + alone.sum(1)


def _index(patches: Tensor, values: Tensor) -> Tensor:
    return patches[..., None].expand(-1, -1, values.shape[2])


def ratio_of_means(numerator: Tensor, denominator: Tensor) -> tuple[float, float]:
    """mean(numerator) / mean(denominator) over pairs (n,), and its standard error by the delta method.

    nan where the denominator is zero: the layer does not tell any two data apart. One pair has no error.
    """
    numerator, denominator = numerator.double(), denominator.double()
    scale = denominator.mean()
    scale = scale if scale > 0 else torch.tensor(nan)
    ratio = numerator.mean() / scale
    residual = (numerator - ratio * denominator) / scale
    error = residual.std() / len(residual) ** 0.5 if len(residual) > 1 else torch.tensor(nan)
    return ratio.item(), error.item()
