"""What is measured on a network: its test error, its sensitivities, its stabilities, its gradients."""

from .error import error_rate
from .sensitivity import sensitivities
from .stability import stabilities

__all__ = ["error_rate", "sensitivities", "stabilities"]
