"""The networks: fleets of LCN, CNN and FCNs, common vision networks, and those of users, in one table."""

from .activation import Activation, Network, Observer
from .fleet import Fleet, sharing_name
from .registry import Architecture, architectures, find_architecture, register
from .vision import VISION, VisionNetwork

__all__ = [
    "VISION",
    "Activation",
    "Architecture",
    "Fleet",
    "Network",
    "Observer",
    "VisionNetwork",
    "architectures",
    "find_architecture",
    "register",
    "sharing_name",
]
