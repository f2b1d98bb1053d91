"""The task: the Sparse Random Hierarchy Model, its data and their transformations, and seeded randomness."""

from .checks import check_choice, check_device, check_integer, choose_device
from .hierarchy import SRHM, Data

__all__ = ["SRHM", "Data", "check_choice", "check_device", "check_integer", "choose_device"]
