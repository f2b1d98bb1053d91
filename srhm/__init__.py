"""srhm: the Sparse Random Hierarchy Model, fleets of networks that learn it, and what they become blind to.

The companion package to Tomasini and Wyart, "How Deep Networks Learn Sparse and Hierarchical Data: the
Sparse Random Hierarchy Model", ICML 2024, arXiv 2404.10727.
"""

from .hierarchy import SRHM, Data
from .networks import Fleet, observe
from .runs import Outcome, Run
from .sample_complexity import sample_complexity
from .sensitivity import sensitivities
from .store import Store
from .training import train
from .vision import VisionNetwork

__version__ = "0.1.0"

__all__ = [
    "SRHM",
    "Data",
    "Fleet",
    "Outcome",
    "Run",
    "Store",
    "VisionNetwork",
    "observe",
    "sample_complexity",
    "sensitivities",
    "train",
]
