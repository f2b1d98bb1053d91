"""Training: runs in, trained networks out."""

from .loop import Trained, train

__all__ = ["Trained", "train"]
