"""The networks: fleets of LCN, CNN and FCNs, common vision networks, and those of users, in one table."""

from .activation import Activation, Network, Observer
from .fleet import Fleet, sharing_name
from .registry import Architecture, architectures, find_architecture, register
from .vision import IMAGE, VISION, ImageNetwork, VisionNetwork

__all__ = [
    "IMAGE",
    "VISION",
    "Activation",
    "Architecture",
    "Fleet",
    "ImageNetwork",
    "Network",
    "Observer",
    "VisionNetwork",
    "architectures",
    "find_architecture",
    "register",
    "sharing_name",
]
