"""Images: data sets that the user has or that are generated, and smooth random deformations."""

from .data import Images, read_cifar10, read_fashion_mnist
from .diffeo import (
    deform,
    displacement_norm,
    draw_fields,
    noise_like,
    temperature_for,
)
from .sets import IMAGE_SETS, check_images, fashion_examples, find_image_set, load_images

__all__ = [
    "IMAGE_SETS",
    "Images",
    "check_images",
    "deform",
    "displacement_norm",
    "draw_fields",
    "fashion_examples",
    "find_image_set",
    "load_images",
    "noise_like",
    "read_cifar10",
    "read_fashion_mnist",
    "temperature_for",
]
