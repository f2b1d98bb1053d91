"""The networks in one table: fleets of LCN, CNN and FCNs, vision networks, transformers, those of users."""

from .activation import Activation, Network, Observer
from .fleet import Fleet, sharing_name
from .registry import Architecture, architectures, find_architecture, register
from .taught import TAUGHT, TaughtLayer
from .transformer import TRANSFORMERS, Transformer
from .vision import IMAGE, VISION, ImageNetwork, VisionNetwork

__all__ = [
    "IMAGE",
    "TAUGHT",
    "TRANSFORMERS",
    "VISION",
    "Activation",
    "Architecture",
    "Fleet",
    "ImageNetwork",
    "Network",
    "Observer",
    "TaughtLayer",
    "Transformer",
    "VisionNetwork",
    "architectures",
    "find_architecture",
    "register",
    "sharing_name",
]
