"""One pure function per figure: a task or tables of runs and of points in, a matplotlib figure out."""

from .along import along_training, sharing_gains
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
from .drawn import COLOURS, Drawn, in_theme, on_dark
from .images import deformations, invariance
from .laws import against_prediction, coincidence, exponents, growth, ratios, robustness, verdicts
from .levels import level_exponents, power_against_depth
from .one_step import fixed_length_map, gradient_noise, one_step_law
from .recipes import changes, falling_rates, fingerprints, ratios_by_recipe
from .style import MARKERS, STYLE
from .table import Table

__all__ = [
    "COLOURS",
    "Drawn",
    "MARKERS",
    "STYLE",
    "Table",
    "against_prediction",
    "along_training",
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
    "in_theme",
    "invariance",
    "learning_curves",
    "level_exponents",
    "on_dark",
    "one_step_law",
    "power_against_depth",
    "production_rules",
    "ratios",
    "ratios_by_recipe",
    "robustness",
    "sensitivity_curves",
    "sharing_gains",
    "strips",
    "verdicts",
    "weight_sharing",
]
