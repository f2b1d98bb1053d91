"""Runs: their configuration and outcome, where they are stored, and which of them a question needs."""

from .base import PAIRS, SEMANTICS, TEST, BaseRun
from .images import ImageRun
from .plan import Grid, ImageGrid, Octaves, Plan
from .run import Outcome, Run, kind_of
from .search import Search
from .store import Store
from .study import PROFILES, Study

__all__ = [
    "PAIRS",
    "PROFILES",
    "SEMANTICS",
    "TEST",
    "BaseRun",
    "Grid",
    "ImageGrid",
    "ImageRun",
    "Octaves",
    "Outcome",
    "Plan",
    "Run",
    "Search",
    "Store",
    "Study",
    "kind_of",
]
