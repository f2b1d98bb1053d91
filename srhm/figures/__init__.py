"""One pure function per figure: a task or tables of runs and of points in, a matplotlib figure out."""

from .curves import (
    collapse,
    cost_against_sparsity,
    curves_by_depth,
    error_against_sensitivity,
    falling_together,
    learning_curves,
    sensitivity_curves,
)
from .drawings import derivation, production_rules, strips, weight_sharing
from .images import deformations, invariance
from .laws import against_prediction, coincidence, exponents, growth, ratios, robustness, verdicts
from .levels import level_exponents
from .one_step import fixed_length_map, gradient_noise, one_step_law
from .recipes import changes, falling_rates, fingerprints, ratios_by_recipe
from .style import COLOURS, MARKERS, STYLE

__all__ = [
    "COLOURS",
    "MARKERS",
    "STYLE",
    "against_prediction",
    "changes",
    "coincidence",
    "collapse",
    "cost_against_sparsity",
    "curves_by_depth",
    "deformations",
    "derivation",
    "error_against_sensitivity",
    "exponents",
    "falling_rates",
    "falling_together",
    "fingerprints",
    "fixed_length_map",
    "gradient_noise",
    "growth",
    "invariance",
    "learning_curves",
    "level_exponents",
    "one_step_law",
    "production_rules",
    "ratios",
    "ratios_by_recipe",
    "robustness",
    "sensitivity_curves",
    "strips",
    "verdicts",
    "weight_sharing",
]
