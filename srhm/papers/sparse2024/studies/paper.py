"""The paper's figures, trained by its authors' recipe. Curves of the profile smoke have our usual rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....model import SRHM
from ....networks.vision import ORIGINAL_WIDTH
from ....runs import Grid, Octaves, Search, Study
from ..recipes import authors_training, authors_vision
from .plans import (
    LAPTOP,
    NARROW,
    PAIR,
    PAPER,
    SMOKE,
    VISION_SIZES,
    VISION_TASKS,
    as_the_authors,
    cross,
    grid,
    maximal,
    smoke_searches,
)

# The settings of Figs. 4B and 4C; and those of them that take one core more than an hour at 256 channels.
FIGURE_4 = {
    "LCN": [
        *cross((4, 6, 8, 10), 2, (0, 1, 2)),
        *cross((4, 6, 8), 3, (0, 1)), *cross((4,), 3, (2,)), *cross((10,), 3, (0,)),
    ],
    "CNN": [
        *cross((3, 4), 2, (1, 2, 4, 6)), *cross((6, 8), 2, (1, 2, 4)), *cross((10,), 2, (1, 2)),
        *cross((12,), 2, (1,)), *cross((4, 8, 10), 2, (0,)), *cross((4, 6, 8, 10), 3, (1, 2)),
        *cross((12,), 3, (1,)),
    ],
}  # fmt: skip
_FIGURE_4_LONG = {
    "LCN": [
        *cross((6, 8, 10), 2, (4,)), *cross((6, 8), 3, (2,)), *cross((10,), 3, (1, 2)),
    ],
    "CNN": cross((4, 6, 8), 3, (4,)),
}  # fmt: skip


def _by_width(
    short: Mapping[str, Sequence[SRHM]], long: Mapping[str, Sequence[SRHM]]
) -> dict[str, list[Search]]:
    """Searches at the authors' recipe in the profiles laptop and paper; the long are narrow on a laptop."""
    return {
        "laptop": as_the_authors(short, LAPTOP) + as_the_authors(long, NARROW),
        "paper": as_the_authors(short, PAPER) + as_the_authors(long, PAPER),
    }


# The settings of Figs. 10 and 13, three features to a rule, and of Figs. 7 and 8, sparsity B.
_TRIPLES = {
    "LCN": [*cross((4,), 2, (0,), s=3)],
    "CNN": [*cross((4,), 2, (0, 1), s=3), *cross((6,), 2, (0,), s=3)],
}
_TRIPLES_LONG = {
    "LCN": [
        *cross((4,), 2, (1, 2, 4), s=3), *cross((6,), 2, (0, 1, 2, 4), s=3),
        *cross((4,), 3, (0, 1), s=3),
    ],
    "CNN": [*cross((4,), 2, (2, 4), s=3), *cross((6,), 2, (1, 2, 4), s=3), *cross((4,), 3, (0, 1), s=3)],
}  # fmt: skip
_SPARSITY_B = {
    "LCN": [*cross((6,), 2, (1, 2), sparsity="B"), *cross((6,), 3, (1,), sparsity="B")],
    "CNN": [*cross((6, 10), 2, (1, 2, 4), sparsity="B"), *cross((6, 10), 3, (1, 2), sparsity="B")],
}
_SPARSITY_B_LONG = {
    "LCN": [*cross((6,), 2, (4,), sparsity="B"), *cross((6,), 3, (2, 4), sparsity="B")],
    "CNN": cross((6, 10), 3, (4,), sparsity="B"),
}
_FULLY_CONNECTED = {"TaperedFCN": [*cross((4, 6, 8), 2, (0, 1, 2)), *cross((4, 6, 8), 3, (0,))]}
_FULLY_CONNECTED_LONG = {"TaperedFCN": cross((4, 6, 8), 3, (1, 2))}

# Sizes of the paper's own grids at v = 8 and L = 2: those of Figs. 12 and 15, by s0, up to where the error
# has vanished.
_SIZES_OF_FIGURE_12 = {
    0: (504, 744, 1088, 1592, 2320, 3392, 4948),
    1: (504, 744, 1088, 1592, 2320, 3392, 4948, 7232, 10568, 15432),
    2: (744, 1592, 2320, 3392, 4948, 7232, 10568, 15432, 22528, 32896),
    4: (1278, 3557, 5939, 9906, 16523, 27610, 45934, 76810, 127960),
}
_SIZES_OF_FIGURE_15 = {
    0: (96, 144, 232, 368, 576, 904, 1406, 2219, 3465, 5443),
    1: (512, 799, 1247, 1947, 3038, 4742, 7402, 11552, 18030),
    2: (512, 872, 1486, 2532, 4314, 7351, 12524, 21339),
    4: (512, 1103, 1618, 2374, 3484, 5113, 7503, 11010, 16156, 23708, 34791),
}
# That of Fig. 4A, of the LCN at v = 10 and s0 = 2, about P*; and smaller ones for the CNN, which it lacks.
_SIZES_OF_FIGURE_4A = {
    "LCN": (1460, 3110, 6630, 9680, 14140, 20640, 30140, 44010),
    "CNN": (1460, 3110, 6630, 9680, 14140, 20640, 30140),
}


_VISION_LAPTOP = (4400, 5400, 6400, 7400, 8400, 9400)  # where the paper's curves fall


def _authors_grid(architecture: str, task: SRHM, sizes: Sequence[int], training: dict[str, Any]) -> Grid:
    """A curve at the authors' recipe, of one seed, as the paper's."""
    return grid([architecture], [task], sizes, training | authors_training(architecture, task), seeds=1)


def _curves_of_figures_12_and_15(training: dict[str, Any], longest: dict[str, Any]) -> list[Grid]:
    """The paper's curves on its own sizes; that of the LCN at s0 = 4, the longest, with its own width."""
    return [
        _authors_grid(
            architecture, maximal(8, 2, 2, s0), sizes,
            longest if (architecture, s0) == ("LCN", 4) else training,
        )
        for architecture, by_s0 in (("CNN", _SIZES_OF_FIGURE_15), ("LCN", _SIZES_OF_FIGURE_12))
        for s0, sizes in by_s0.items()
    ]  # fmt: skip


def _curve_of_figure_4a(training: dict[str, Any]) -> list[Grid]:
    """The learning curves of the LCN, as in the paper, and of the CNN at the same task."""
    return [
        _authors_grid(architecture, maximal(10, 2, 2, 2), sizes, training)
        for architecture, sizes in _SIZES_OF_FIGURE_4A.items()
    ]


def _vision(
    names: Sequence[str], tasks: Sequence[SRHM], sizes: Sequence[int], seeds: int, **changes: Any
) -> list[Grid]:
    """Curves of vision networks at the authors' recipe, but for the changes."""
    return [
        grid([name], [task], sizes, authors_vision(name, task) | changes, seeds)
        for name in names
        for task in tasks
    ]


PAPER_FIGURES = {
    "sample_complexity": Study(
        "At which training-set size does the test error fall?",
        "Fig. 4A",
        {
            "smoke": [grid(PAIR, cross((4,), 2, (1,)), Octaves(-2, 2, 1), SMOKE, seeds=2)],
            "laptop": _curve_of_figure_4a(LAPTOP),
            "paper": _curve_of_figure_4a(PAPER),
        },
    ),
    "sensitivities": Study(
        "Do networks become insensitive to synonyms and displacements when they learn?",
        "Figs. 12 and 15",
        {
            "smoke": [
                grid(PAIR, cross((4,), 2, (0, 1)), Octaves(-2, 2, 1), SMOKE, seeds=1)
            ],
            "laptop": _curves_of_figures_12_and_15(LAPTOP, NARROW),
            "paper": _curves_of_figures_12_and_15(PAPER, PAPER),
        },
    ),
    "scaling": Study(
        "How does P* grow with sparsity, vocabulary and depth?",
        "Figs. 4B, 4C, 6 and 14",
        {
            "smoke": smoke_searches([(name, maximal(2, 2, 2, s0)) for name in PAIR for s0 in (0, 1)], 2),
            **_by_width(FIGURE_4, _FIGURE_4_LONG),
        },
    ),
    "triples": Study(
        "Do the laws hold when a rule produces three features instead of two?",
        "Figs. 10, 11, 13 and 14",
        {
            "smoke": smoke_searches([(name, maximal(2, 3, 2, s0)) for name in PAIR for s0 in (0, 1)]),
            **_by_width(_TRIPLES, _TRIPLES_LONG),
        },
    ),
    "fully_connected": Study(
        "Does a network without built-in locality become insensitive as it learns?",
        "Fig. 16",
        {
            "smoke": smoke_searches([("TaperedFCN", maximal(2, 2, 2, s0)) for s0 in (0, 1)]),
            "laptop": _by_width(_FULLY_CONNECTED, _FULLY_CONNECTED_LONG)["laptop"],
            "paper": [
                *as_the_authors({"TaperedFCN": cross((4, 6, 8), 2, (0, 1, 2))}, PAPER),
                # Half the width, like the authors.
                *as_the_authors({"TaperedFCN": cross((4, 6, 8), 3, (0, 1, 2))}, LAPTOP),
            ],
        },
    ),
    "sparsity_b": Study(
        "Do the laws hold when the features may lie anywhere in their patch, in order?",
        "Figs. 7 and 8",
        {
            "smoke": smoke_searches(
                [(name, maximal(2, 2, 2, s0, "B")) for name, s0 in (("LCN", 1), ("CNN", 1), ("CNN", 2))]
            ),
            **_by_width(_SPARSITY_B, _SPARSITY_B_LONG),
        },
    ),
    "vision": Study(
        "Do common vision networks learn the task as they become insensitive?",
        "Figs. 1C-F, 9 and 17",
        {
            "smoke": _vision(
                ["VGG11"], cross((3,), 2, (1,)), (100, 300), seeds=1, **SMOKE | dict(width=8, max_epochs=30)
            ),
            "laptop": [
                # Three seeds where a curve takes less than an hour on one core.
                *_vision(["VGG11", "VGG16", "ResNet18"], VISION_TASKS, _VISION_LAPTOP, seeds=3),
                *_vision(["ResNet34", "EfficientNetB0"], VISION_TASKS, _VISION_LAPTOP, seeds=1),
            ],
            "paper": _vision([*ORIGINAL_WIDTH], VISION_TASKS, VISION_SIZES, seeds=1),
        },
    ),
}  # fmt: skip
