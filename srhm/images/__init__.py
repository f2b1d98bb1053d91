"""Images: data sets that the user has, and smooth random deformations."""

from .data import Images, read_cifar10, read_fashion_mnist
from .diffeo import (
    deform,
    displacement_norm,
    draw_fields,
    mean_square_displacement,
    noise_like,
    temperature_for,
)

__all__ = [
    "Images",
    "deform",
    "displacement_norm",
    "draw_fields",
    "mean_square_displacement",
    "noise_like",
    "read_cifar10",
    "read_fashion_mnist",
    "temperature_for",
]
