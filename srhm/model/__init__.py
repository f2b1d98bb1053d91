"""The task: the Sparse Random Hierarchy Model, its data and their transformations, and seeded randomness."""

from .blanks import Blanks, ByLevel, stretch
from .checks import check_choice, check_device, check_integer, choose_device
from .hierarchy import SRHM, Data

__all__ = [
    "SRHM",
    "Blanks",
    "ByLevel",
    "Data",
    "check_choice",
    "check_device",
    "check_integer",
    "choose_device",
    "stretch",
]
