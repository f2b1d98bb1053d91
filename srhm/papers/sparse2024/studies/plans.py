"""What studies are made of: tasks, widths, and the plans of their runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ....model import SRHM
from ....runs import Grid, Octaves, Search
from .. import digitised
from ..laws import predicted_sample_complexity
from ..recipes import USUAL_RATE, authors_training
from ..thresholds import quantities

SMOKE = dict(width=32, n_test=500, n_pairs=100, loss_threshold=0.1)
SHORT = SMOKE | dict(loss_threshold=0.3)  # at small rates
NARROW = dict(width=128)
LAPTOP = dict(width=256)
PAPER = dict(width=512)
PAIR = ("LCN", "CNN")
BETWEEN = ("Shared-01", "Shared-10")  # of the two layers of an L = 3 network that have several locations
SLOW = dict(lr=0.024)  # the lower of the paper's two rates, 0.003 at batch 4, at the usual batch

# The task of the paper's vision networks, and its training-set sizes.
VISION_TASKS = [SRHM(**digitised.VISION_TASK)]
VISION_SIZES = (
    870, 1500, 2580, 4400, 5400, 6400, 7400, 8400, 9400, 10400, 11400, 13400, 22640, 38940,
)  # fmt: skip


def maximal(v: int, s: int, L: int, s0: int, sparsity: str = "A") -> SRHM:
    """The paper's usual task: n_c = v classes and all m = v^(s-1) synonyms."""
    return SRHM(v=v, n_c=v, m=v ** (s - 1), s=s, L=L, s0=s0, sparsity=sparsity)


def grid(
    architectures: Sequence[str],
    tasks: Sequence[SRHM],
    sizes: Octaves | Sequence[int],
    training: dict[str, Any],
    seeds: int,
) -> Grid:
    """A grid whose octaves count from the paper's law, Eq. 3 or 4, which never changes."""
    return Grid(architectures, tasks, sizes, seeds, training, predicted_sample_complexity)


def cross(vs: Sequence[int], L: int, s0s: Sequence[int], s: int = 2, sparsity: str = "A") -> list[SRHM]:
    """The tasks of every v and s0 at one depth."""
    return [maximal(v, s, L, s0, sparsity) for v in vs for s0 in s0s]


def at_scale(
    architectures: Sequence[str], tasks: Sequence[SRHM], octaves: Octaves, seeds: int = 1
) -> list[Grid]:
    """Grids of the paper's width, in batches of 32, 128 or 512: at most a hundredth of the predicted P*."""
    grids = []
    for architecture in architectures:
        for task in tasks:
            predicted = predicted_sample_complexity(architecture, task)
            batch = max(b for b in (32, 128, 512) if b == 32 or 100 * b <= predicted)
            training = PAPER | dict(batch_size=batch, lr=USUAL_RATE * batch)
            grids.append(grid([architecture], [task], octaves, training, seeds))
    return grids


def search(architecture: str, task: SRHM, training: dict[str, Any], seeds: int) -> Search:
    """P* by search, beginning at the paper's law."""
    return Search([architecture], [task], seeds, training, scale=predicted_sample_complexity)


def as_the_authors(tasks: Mapping[str, Sequence[SRHM]], training: dict[str, Any]) -> list[Search]:
    """P*, P*_S and P*_D at the authors' recipe, by search; of each architecture the tasks named.

    Below v = 8, where rules differ, of five seeds; else of one, as the paper.
    """
    return [
        Search(
            [architecture], [task], 5 if task.v < 8 else 1, training | authors_training(architecture, task),
            quantities(architecture, task.s, task.L), scale=predicted_sample_complexity,
        )
        for architecture, chosen in tasks.items()
        for task in chosen
    ]  # fmt: skip


def smoke_searches(settings: Sequence[tuple[str, SRHM]], seeds: int = 1) -> list[Search]:
    """A few narrow searches by the authors' recipe."""
    return coarse(search(name, task, SHORT | authors_training(name, task), seeds) for name, task in settings)


def coarse(searches: Iterable[Search]) -> list[Search]:
    """The same searches, content with P* between two sizes a factor of e apart: for the profile smoke."""
    return [replace(search, tolerance=1.0) for search in searches]
