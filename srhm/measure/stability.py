"""D_f, G_f and R_f: what a network sees of smooth deformations of images, and of noise of the same norm.

With tau x the image x deformed, eta noise of the norm of tau x - x, z an independent image, and f the
activation of a layer (Petrini et al., arXiv 2105.02468; Fig. 1 A and B of the paper),

    D_f = E ||f(tau x) - f(x)||^2 / E ||f(z) - f(x)||^2,
    G_f = E ||f(x + eta) - f(x)||^2 / E ||f(z) - f(x)||^2,    R_f = D_f / G_f.

The means are over images, one deformation and one draw of noise each. The authors' code takes medians.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ..analysis.columns import error_of
from ..images import deform, draw_fields, noise_like
from ..networks import Activation
from .sensitivity import layer_names, observe, ratio_of_means, squared_distances


def stabilities(
    observer: Callable[[Tensor], list[Activation]],
    images: Tensor,
    temperature: float,
    cutoff: int,
    seed: int = 0,
) -> dict[str, float]:
    """D_f, G_f and R_f of every layer of a network.

    Args:
        observer: maps images to the activations of layers 1, 2, ... and of the output, in that order.
        images: (2n, channels, height, width), in no order: the first n are deformed, the others are z.
        temperature: of the deformations, see `srhm.images.temperature_for`.
        cutoff: of the deformations.
        seed: of the deformations and of the noise.

    Returns:
        Values under "D_{k}", "G_{k}" and "R_{k}", with k a layer or "out", and their standard errors under
        the same name with "_se". nan for what is divided by zero: R where nothing is moved.

    Raises:
        ValueError: images that are not an even number from 2, of such a shape; a temperature, cut-off or seed
            that cannot be; an observer that shows no activations.
    """
    if images.ndim != 4 or not len(images) or len(images) % 2:
        found = tuple(images.shape)
        raise ValueError(f"images must be (2n, channels, height, width) with n >= 1, got {found}")
    x, z = images.chunk(2)
    height, width = x.shape[2:]
    moved = deform(x, draw_fields(len(x), (height, width), temperature, cutoff, seed))
    noisy = x + noise_like(moved - x, seed)
    seen, *others = [observe(observer, each) for each in (x, moved, noisy, z)]
    values: dict[str, float] = {}
    for name, a, *changed in zip(layer_names(seen), seen, *others, strict=True):
        deformed, perturbed, apart = (squared_distances(a, b) for b in changed)
        for letter, part, whole in (
            ("D", deformed, apart), ("G", perturbed, apart), ("R", deformed, perturbed),
        ):  # fmt: skip
            value, error = ratio_of_means(part, whole)
            values |= {f"{letter}_{name}": value, error_of(f"{letter}_{name}"): error}
    return values
