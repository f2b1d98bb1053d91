"""From tables of runs to P*, exponents and laws."""

from .correlations import rank_correlation
from .crossings import P_STAR, Quantity, crossing, crossings, error_on_new_data, sample_complexity
from .fits import fit_exponents, reached, sparsity_exponent, sparsity_law
from .laws import Law, Power
from .levels import extrapolate_levels, level_costs, level_law, points_on_new_data

__all__ = [
    "P_STAR",
    "Law",
    "Power",
    "Quantity",
    "crossing",
    "crossings",
    "error_on_new_data",
    "extrapolate_levels",
    "fit_exponents",
    "level_costs",
    "level_law",
    "points_on_new_data",
    "rank_correlation",
    "reached",
    "sample_complexity",
    "sparsity_exponent",
    "sparsity_law",
]
