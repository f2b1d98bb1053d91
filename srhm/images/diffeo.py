"""Smooth random deformations of images, the maximum-entropy diffeomorphisms of Petrini et al.; and noise.

Petrini, Favero, Geiger and Wyart (NeurIPS 2021, arXiv 2105.02468) move the point (u, v) of the unit square,
u to the right and v downwards, by a vector tau, each of whose two components is

    tau(u, v) = sum_{i, j >= 1, i^2 + j^2 <= c^2} C_ij sin(i pi u) sin(j pi v),  C_ij ~ N(0, T / (i^2 + j^2)),

all C_ij independent. Of all distributions with the same mean square gradient it has the largest entropy. It
is zero at the border. T is the temperature, c the cut-off. The deformed image is [tau x](u) = x(u - tau(u)),
between pixels by bilinear interpolation.

Pixels are the points of a grid that includes the border: pixel k of n is at k / (n-1). One unit of length
counts as n pixels, as the authors do it: as the height h downwards and the width w to the right. The mean of
sin^2(i pi u) over the n pixels is (n-1) / (2n), for 0 < i < n-1, so that over all pixels, in pixels squared,

    E ||tau||^2 = T (h^2 + w^2) (h-1) (w-1) / (4 h w) S_c,    S_c = sum_{i^2 + j^2 <= c^2} 1 / (i^2 + j^2),

exactly. Its root is delta. At large n and c, S_c is (pi/2) ln c and delta^2 is (pi/4) n^2 T ln c, from which
the authors take their temperatures. That is 1.7 times the sum at c = 3 and 1.3 times at c = 15, so that for
the same delta they take a lower temperature. Their code also keeps the waves up to i^2 + j^2 < (c + 1/2)^2.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, pi
from numbers import Real

import torch
from torch import Tensor

from ..model import check_integer
from ..model.randomness import normal

Size = tuple[int, int]


def displacement_norm(temperature: float, cutoff: int, size: Size) -> float:
    """The norm delta of deformations of images of a size (height, width): the root of E ||tau||^2, in pixels.

    Raises:
        ValueError: a temperature that is not a finite number >= 0, or a cut-off or size that cannot be.
    """
    _check_not_negative("temperature", temperature)
    return (temperature * _mean_square_at_one(cutoff, size)) ** 0.5


def temperature_for(displacement: float, cutoff: int, size: Size) -> float:
    """The temperature at which `displacement_norm` is a wished displacement, in pixels.

    Raises:
        ValueError: a displacement that is not a number from 0 to the longer side, or a cut-off or size that
            cannot be.
    """
    _check_not_negative("displacement", displacement)
    at_one = _mean_square_at_one(cutoff, size)
    if displacement > max(size):
        raise ValueError(f"displacement must be at most the longer side, {max(size)}, got {displacement!r}")
    return displacement**2 / at_one


def draw_fields(n: int, size: Size, temperature: float, cutoff: int, seed: int) -> Tensor:
    """Displacements of the pixels of n images, downwards and to the right, in pixels.

    A larger n only appends, and the same seed at another temperature gives the same fields, scaled.

    Args:
        size: (height, width) of the images.
        temperature: T.
        cutoff: c, an integer from 2, below both sides: finer waves than the pixels' would not be told apart.
        seed: of the draw of the fields.

    Returns:
        float32 (n, 2, height, width), zero at the border.

    Raises:
        ValueError: a number of images, a size, a temperature, a cut-off or a seed that cannot be.
    """
    check_integer("n", n, 0)
    _check_not_negative("temperature", temperature)
    check_integer("seed", seed, 0)
    variances = temperature * _inverse_squares(cutoff, size)
    coefficients = normal((n, 2, *variances.shape), "diffeomorphism", seed).double() * variances.sqrt()
    down, right = (_sines(side, cutoff) for side in size)
    field = torch.einsum("ndij,yi,xj->ndyx", coefficients, down, right)
    return (field * torch.tensor(size)[:, None, None]).float()


def deform(images: Tensor, fields: Tensor) -> Tensor:
    """Images (n, channels, height, width) deformed by displacements (n, 2, height, width) in pixels.

    Each pixel takes the value of the point that lies at minus its displacement, bilinear between the four
    pixels around. Points outside are moved to the border.

    Raises:
        ValueError: shapes that do not fit, or a displacement of nan.
    """
    if images.ndim != 4 or fields.shape != (len(images), 2, *images.shape[2:]):
        raise ValueError(
            "images (n, channels, height, width) need fields (n, 2, height, width), "
            f"got {tuple(images.shape)} and {tuple(fields.shape)}"
        )
    if fields.isnan().any():
        raise ValueError("fields must be numbers, got nan")
    height, width = images.shape[2:]
    fields = fields.to(images.device)
    rows = torch.arange(height, device=fields.device)[:, None]
    top, bottom, down = _neighbours(rows - fields[:, 0], height)
    left, right, across = _neighbours(torch.arange(width, device=fields.device) - fields[:, 1], width)

    def at(row: Tensor, column: Tensor) -> Tensor:
        places = (row * width + column).flatten(1).unsqueeze(1).expand(-1, images.shape[1], -1)
        return images.flatten(2).gather(2, places).view_as(images)

    above = at(top, left) * (1 - across) + at(top, right) * across
    below = at(bottom, left) * (1 - across) + at(bottom, right) * across
    return above * (1 - down) + below * down


def noise_like(change: Tensor, seed: int) -> Tensor:
    """Gaussian noise of the shape (n, channels, height, width) of a change of n images, and of its norm.

    Each image's noise has the norm of that image's change, exactly: a uniform direction on its sphere.

    Raises:
        ValueError: another shape, or a bad seed.
    """
    check_integer("seed", seed, 0)
    if change.ndim != 4:
        raise ValueError(f"a change must be (n, channels, height, width), got {tuple(change.shape)}")
    noise = normal(tuple(change.shape), "noise", seed).to(change.device)
    norms = [each.flatten(1).norm(dim=1)[:, None, None, None] for each in (change, noise)]
    return noise * (norms[0] / norms[1])


def _neighbours(position: Tensor, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """The pixels before and after positions (n, height, width), and how far on the way; that (n, 1, ...)."""
    position = position.clamp(0, side - 1)
    before = position.floor()
    after = (before + 1).clamp(max=side - 1)
    return before.long(), after.long(), (position - before).unsqueeze(1)


def _mean_square_at_one(cutoff: int, size: Size) -> float:
    """E ||tau||^2 at the temperature 1, averaged over pixels, in pixels squared."""
    total = _inverse_squares(cutoff, size).sum().item()
    height, width = size
    return total * (height**2 + width**2) * (height - 1) * (width - 1) / (4 * height * width)


def _inverse_squares(cutoff: int, size: Size) -> Tensor:
    """1 / (i^2 + j^2) for i, j = 1 ... c - 1, float64; zero beyond the cut-off."""
    if not isinstance(size, Sequence) or len(size) != 2:
        raise ValueError(f"size must be (height, width), got {size!r}")
    check_integer("cutoff", cutoff, 2)
    for name, side in zip(("height", "width"), size, strict=True):
        check_integer(name, side, 2)
        if cutoff >= side:
            raise ValueError(f"cutoff must be below the {name}, got {cutoff} and {side}")
    squares = torch.arange(1, cutoff, dtype=torch.float64) ** 2
    both = squares[:, None] + squares
    return (both <= cutoff**2) / both


def _sines(side: int, cutoff: int) -> Tensor:
    """sin(i pi k / (n-1)) of the pixels k = 0 ... n-1 and i = 1 ... c - 1, exactly zero at both ends."""
    steps = torch.arange(side, dtype=torch.float64)[:, None] * torch.arange(1, cutoff)
    sines = (pi * steps / (side - 1)).sin()
    sines[-1] = 0
    return sines


def _check_not_negative(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number >= 0, got {value!r}")
