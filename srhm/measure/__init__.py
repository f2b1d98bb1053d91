"""What is measured on a network: its test error, its sensitivities, its first gradient."""

from .error import error_rate
from .sensitivity import sensitivities

__all__ = ["error_rate", "sensitivities"]
