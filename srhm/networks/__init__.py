"""The networks: fleets of LCN, CNN and FCNs, vision networks, transformers, and users', in one table."""

from .activation import Activation, Network, Observer
from .fleet import Fleet, sharing_name
from .registry import Architecture, architectures, find_architecture, register
from .transformer import TRANSFORMERS, Transformer
from .vision import IMAGE, VISION, ImageNetwork, VisionNetwork

__all__ = [
    "IMAGE",
    "TRANSFORMERS",
    "VISION",
    "Activation",
    "Architecture",
    "Fleet",
    "ImageNetwork",
    "Network",
    "Observer",
    "Transformer",
    "VisionNetwork",
    "architectures",
    "find_architecture",
    "register",
    "sharing_name",
]
