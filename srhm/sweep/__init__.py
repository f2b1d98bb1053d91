"""Sweeps: what is wanted and not stored is computed; and stored runs are computed again to verify them."""

from .compute import PROVENANCE, code_version
from .cost import estimate_gpu_seconds, estimate_seconds, group
from .loop import TooLarge, sweep
from .verification import verify

__all__ = [
    "PROVENANCE",
    "TooLarge",
    "code_version",
    "estimate_gpu_seconds",
    "estimate_seconds",
    "group",
    "sweep",
    "verify",
]
