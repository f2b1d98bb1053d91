"""Which runs the paper's figures need, and those of our own questions about them.

A study names, for each profile, the settings of its figures and the training-set sizes to visit. A run
belongs to no study: two studies that ask for the same configuration share it.
"""

from collections.abc import Mapping

from ....runs import Study
from .images import ON_IMAGES
from .levels import BY_LEVEL
from .paper import PAPER_FIGURES
from .plans import maximal
from .questions import QUESTIONS
from .usual import AT_USUAL_RATE

STUDIES = PAPER_FIGURES | AT_USUAL_RATE | QUESTIONS | BY_LEVEL | ON_IMAGES

# How the studies of the paper's figures are trained. What else there is, no figure of it shows.
WAYS = {"authors' recipe": tuple(PAPER_FIGURES), "usual rate": tuple(AT_USUAL_RATE)}


def find_study(name: str, known: Mapping[str, Study] = STUDIES) -> Study:
    """The study of that name; ValueError, listing the known ones, if there is none."""
    if name not in known:
        raise ValueError(f"there is no study {name!r}; the studies are {', '.join(known)}")
    return known[name]


__all__ = ["STUDIES", "WAYS", "find_study", "maximal"]
