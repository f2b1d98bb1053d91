"""From tables of runs to P*, exponents and laws."""

from .crossings import P_STAR, Quantity, crossing, crossings, sample_complexity
from .fits import fit_exponents, sparsity_law
from .laws import Law, Power

__all__ = [
    "P_STAR",
    "Law",
    "Power",
    "Quantity",
    "crossing",
    "crossings",
    "fit_exponents",
    "sample_complexity",
    "sparsity_law",
]
