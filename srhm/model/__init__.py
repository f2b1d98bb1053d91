"""The task: the Sparse Random Hierarchy Model, its data, transformations and files, seeded randomness."""

from .blanks import Blanks, ByLevel, stretch
from .checks import check_choice, check_device, check_integer, choose_device
from .files import OneHot, load, save
from .hierarchy import SRHM, Data

__all__ = [
    "SRHM",
    "Blanks",
    "ByLevel",
    "Data",
    "OneHot",
    "check_choice",
    "check_device",
    "check_integer",
    "choose_device",
    "load",
    "save",
    "stretch",
]
