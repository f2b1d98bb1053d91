"""Runs: their configuration and outcome, where they are stored, and which of them a question needs."""

from .plan import Grid, Octaves, Plan
from .run import PAIRS, SEMANTICS, TEST, Outcome, Run
from .search import Search
from .store import Store
from .study import PROFILES, Study

__all__ = [
    "PAIRS",
    "PROFILES",
    "SEMANTICS",
    "TEST",
    "Grid",
    "Octaves",
    "Outcome",
    "Plan",
    "Run",
    "Search",
    "Store",
    "Study",
]
