"""srhm: the Sparse Random Hierarchy Model, the networks that learn it, and what they become insensitive to.

The companion package to Tomasini and Wyart, "How Deep Networks Learn Sparse and Hierarchical Data: the
Sparse Random Hierarchy Model", ICML 2024, arXiv 2404.10727.

Rooms, each using only those before it: model; networks, analysis and images; measure; runs; training; sweep;
figures and papers; the command line and the notebooks' helpers.
"""

from importlib.metadata import version

from .analysis import sample_complexity
from .measure import error_rate, sensitivities
from .model import SRHM, Data
from .networks import Fleet, VisionNetwork, register
from .runs import Grid, Outcome, Run, Search, Store, Study
from .sweep import sweep
from .training import train

__version__ = version("srhm")

__all__ = [
    "SRHM",
    "Data",
    "Fleet",
    "Grid",
    "Outcome",
    "Run",
    "Search",
    "Store",
    "Study",
    "VisionNetwork",
    "error_rate",
    "register",
    "sample_complexity",
    "sensitivities",
    "sweep",
    "train",
]
