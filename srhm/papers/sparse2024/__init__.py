"""Tomasini and Wyart, ICML 2024 (arXiv 2404.10727): its laws, studies, figures, and a scorecard."""

from .laws import EQ_3, EQ_4, LAWS, predicted_at_fixed_length, predicted_sample_complexity
from .studies import STUDIES, maximal
from .thresholds import quantities

__all__ = [
    "EQ_3",
    "EQ_4",
    "LAWS",
    "STUDIES",
    "maximal",
    "predicted_at_fixed_length",
    "predicted_sample_complexity",
    "quantities",
]
