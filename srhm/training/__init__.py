"""Training: runs in, trained networks out."""

from .loop import Trained, train
from .trainee import courses

__all__ = ["Trained", "courses", "train"]
