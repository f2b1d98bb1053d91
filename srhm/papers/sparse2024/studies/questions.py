"""Questions of our own about how networks are trained: the recipe, the rate, the batch, the width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from ....model import SRHM
from ....networks.vision import ORIGINAL_WIDTH
from ....runs import Grid, Octaves, Search, Study
from ..recipes import (
    BATCH,
    INPUTS,
    RATES,
    USUAL_RATE,
    at_rate,
    authors_training,
    candidates,
    rate_per_datum,
)
from .paper import FIGURE_4
from .plans import (
    LAPTOP,
    NARROW,
    PAIR,
    PAPER,
    SHORT,
    SLOW,
    SMOKE,
    VISION_TASKS,
    coarse,
    cross,
    grid,
    maximal,
    search,
)
from .usual import VISION_TRAINING

_RATES = (0.001, 0.003, 0.01, 0.03)


def _variants(base: dict[str, Any]) -> list[dict[str, Any]]:
    """One change at a time: batch and rate in proportion, the rate, the width, the loss to stop at."""
    batches = [dict(batch_size=b, lr=USUAL_RATE * b) for b in (4, 128)]
    widths = [dict(width=w) for w in (128, 256, 512)]
    stopping = dict(loss_threshold=1e-2)
    changes: list[dict[str, Any]] = [{}, *batches, SLOW, *widths, stopping]
    return list({str(v): v for v in (base | change for change in changes)}.values())


# Of the paper's own grids of P at v = 8 and L = 2 (Figs. 12 and 15), three about P*.
_ABOUT_P_STAR = [
    ("CNN", 0, (904, 1406, 2219)), ("CNN", 1, (3038, 4742, 7402)), ("CNN", 2, (4314, 7351, 12524)),
    ("LCN", 0, (744, 1088, 1592)), ("LCN", 1, (3392, 4948, 7232)), ("LCN", 2, (7232, 10568, 15432)),
]  # fmt: skip


def _fingerprints(architecture: str, s0: int, sizes: Sequence[int], training: dict[str, Any]) -> list[Grid]:
    """One task at sizes of the paper's own grid, by every candidate recipe, all in batches of 128."""
    task = maximal(8, 2, 2, s0)
    rates = dict.fromkeys(rate_per_datum(rate, architecture, task) for rate in RATES)
    return [
        grid([architecture], [task], sizes, training | at_rate(rate, BATCH) | inputs, seeds=1)
        for rate in rates
        for inputs in INPUTS.values()
    ]


def _four_recipes(tasks: Sequence[SRHM], training: dict[str, Any], seeds: int | None = None) -> list[Search]:
    """P* at the usual rate and at the authors', zero at blanks or whitened with biases; paired by seeds.

    Three seeds up to v = 6, where rules differ, and one beyond, unless given.
    """
    searches = []
    for architecture, task in product(PAIR, tasks):
        ways = candidates(architecture, task)
        for inputs in ("zeros", "whitened, biases"):
            usual, authors = training | INPUTS[inputs], training | ways[RATES[0], inputs]
            count = seeds or (3 if task.v <= 6 else 1)
            searches += [search(architecture, task, way, count) for way in (usual, authors)]
    return searches


def _two_batches(settings: Sequence[tuple[str, SRHM]], training: dict[str, Any]) -> list[Search]:
    """P* at the authors' recipe in batches of their size and of 128, one seed."""
    searches = []
    for architecture, task in settings:
        way, per_datum = authors_training(architecture, task), rate_per_datum(RATES[0], architecture, task)
        searches += [
            search(architecture, task, training | way | at_rate(per_datum, batch), seeds=1)
            for batch in (4 * task.n_c, BATCH)
        ]
    return searches


# Small rates, and the CNN's large ones at L = 2 with sparsity.
_BATCHES_COMPARED = [
    ("LCN", maximal(6, 2, 2, 1)), ("CNN", maximal(6, 2, 3, 1)),
    *(("CNN", maximal(v, 2, 2, s0)) for v in (4, 6, 8) for s0 in (1, 2)),
]  # fmt: skip


def _three_widths(training: dict[str, Any], widths: Sequence[int]) -> list[Search]:
    """P* at the authors' recipe with more and more channels, on the same tasks."""
    return [
        search(architecture, task, training | authors_training(architecture, task) | dict(width=width), seeds)
        for architecture, task, seeds in _WIDTHS_COMPARED
        for width in widths
    ]


# A task of each network and depth for which the authors' recipe is narrow on a laptop.
_WIDTHS_COMPARED = [
    ("LCN", maximal(4, 2, 2, 2), 3), ("LCN", maximal(4, 2, 3, 0), 3), ("CNN", maximal(8, 2, 2, 1), 1),
    ("CNN", maximal(4, 2, 3, 1), 3),
]  # fmt: skip


def _falling_rates(training: dict[str, Any]) -> list[Search]:
    """P* at rates that fall by a hundred, in batches of 32 and, at the low ones, of 128."""
    task = maximal(6, 2, 2, 1)
    ways = [(lr / 32, 32) for lr in (0.24, 0.08, 0.024, 0.008, 0.0025)] + [
        (lr / 32, 128) for lr in (0.024, 0.008)
    ]
    return [
        search(architecture, task, training | at_rate(*way), seeds=3) for architecture in PAIR for way in ways
    ]


_SMOKE_RATES = coarse(search("CNN", maximal(3, 2, 2, 1), SHORT | dict(lr=lr), seeds=1) for lr in (0.08, 0.02))


# The settings of Fig. 4C at which P* of the first seed, by the authors' recipe, is not within a factor of 1.5
# of the paper's.
_FARTHEST = [("CNN", maximal(4, 2, 2, 6)), ("CNN", maximal(6, 2, 2, 1)), ("CNN", maximal(8, 2, 2, 2))]
# All of Fig. 4C of which the public code has no pipeline.
_OLDER_PIPELINE = [("CNN", task) for task in FIGURE_4["CNN"] if task.L == 2 and task.s0 > 0]
# Those of Figs. 4B and 4C whose rate is public, and whose P* is farther from the paper's than a factor of 1.3
# and the rules can explain; those that a laptop trains with fewer channels apart.
_FAR = [
    ("LCN", maximal(6, 2, 2, 2)), ("LCN", maximal(6, 2, 3, 1)), ("CNN", maximal(10, 2, 3, 1)),
    ("CNN", maximal(12, 2, 3, 1)),
]  # fmt: skip
_FAR_LONG = [("LCN", maximal(10, 2, 3, 1)), ("CNN", maximal(6, 2, 3, 4)), ("CNN", maximal(8, 2, 3, 4))]


def _at_low_rates(
    settings: Sequence[tuple[str, SRHM]], parts: Sequence[int], training: dict[str, Any]
) -> list[Search]:
    """P* by the authors' recipe at parts of their rate; on the same rules one seed is enough."""
    searches = []
    for architecture, task in settings:
        per_datum = rate_per_datum(RATES[0], architecture, task)
        ways = [authors_training(architecture, task) | at_rate(per_datum / part, BATCH) for part in parts]
        searches += [search(architecture, task, training | way, seeds=1) for way in ways]
    return searches


QUESTIONS = {
    "fingerprints": Study(
        "By which recipe were the paper's curves trained?",
        "Figs. 12 and 15",
        {
            "smoke": _fingerprints("CNN", 0, (144, 1406), SMOKE | dict(width=32, loss_threshold=1.5)),
            "laptop": [
                grid
                for architecture, s0, sizes in _ABOUT_P_STAR
                for grid in _fingerprints(architecture, s0, sizes, LAPTOP)
            ],
            "paper": [
                grid
                for architecture, s0, sizes in _ABOUT_P_STAR
                for grid in _fingerprints(architecture, s0, sizes, PAPER)
            ],
        },
    ),
    "recipes": Study(
        "What does the way to train do to the laws?",
        "",
        {
            "smoke": coarse(_four_recipes(cross((2,), 2, (1,)), SHORT, seeds=1)),
            "laptop": _four_recipes(
                cross((4, 6, 8), 2, (0, 1, 2)) + cross((4,), 3, (0, 1, 2)) + cross((6,), 3, (0, 1)), LAPTOP
            ),
            "paper": _four_recipes(
                cross((4, 6, 8), 2, (0, 1, 2)) + cross((4, 6, 8), 3, (0, 1, 2)), PAPER
            ),
        },
    ),
    "rate_limit": Study(
        "Does P* settle as the learning rate falls?",
        "",
        {
            "smoke": _SMOKE_RATES,
            "laptop": _falling_rates(NARROW),
            "paper": _falling_rates(PAPER),
        },
    ),
    "low_rates": Study(
        "Does a lower rate reach the paper's P* where ours is farthest from it?",
        "",
        {
            "smoke": _SMOKE_RATES,
            "laptop": _at_low_rates(_FARTHEST, (4, 10), LAPTOP),
            "paper": _at_low_rates(_FARTHEST, (4, 10), PAPER),
        },
    ),
    "quarter_rates": Study(
        "Were the CNNs of the paper's Fig. 4C at L = 2 trained at a lower rate than the public one?",
        "",
        {
            "smoke": _SMOKE_RATES,
            "laptop": _at_low_rates(_OLDER_PIPELINE, (4,), LAPTOP),
            "paper": _at_low_rates(_OLDER_PIPELINE, (4,), PAPER),
        },
    ),
    "far_rates": Study(
        "Where the rate is public and our P* far from the paper's: would a lower rate bring it nearer?",
        "",
        {
            "smoke": _SMOKE_RATES,
            "laptop": _at_low_rates(_FAR, (4,), LAPTOP) + _at_low_rates(_FAR_LONG, (4,), NARROW),
            "paper": _at_low_rates(_FAR + _FAR_LONG, (4,), PAPER),
        },
    ),
    "batches": Study(
        "Does the batch matter when the rate for each datum is the authors'?",
        "",
        {
            "smoke": coarse(_two_batches([("LCN", maximal(3, 2, 2, 0))], SHORT)),
            "laptop": _two_batches(_BATCHES_COMPARED, LAPTOP),
            "paper": _two_batches(_BATCHES_COMPARED, PAPER),
        },
    ),
    "widths": Study(
        "Does the width matter at the authors' recipe?",
        "",
        {
            "smoke": coarse(
                search("CNN", maximal(3, 2, 2, 1), SHORT | at_rate(0.001, 32) | dict(width=width), seeds=1)
                for width in (16, 32)
            ),
            "laptop": _three_widths({}, (128, 256, 512)),
            "paper": _three_widths({}, (128, 256, 512, 1024)),
        },
    ),
    "rates": Study(
        "Does the learning rate decide whether a vision network learns or memorises?",
        "",
        {
            "smoke": [
                grid(["VGG11"], cross((3,), 2, (1,)), (600,), training, seeds=1)
                for training in (SMOKE | VISION_TRAINING | dict(width=8, lr=lr) for lr in (0.01, 0.03))
            ],
            "laptop": [
                grid(["VGG11", "ResNet18"], VISION_TASKS, (7400,), way, seeds=1)
                for way in (VISION_TRAINING | dict(width=64, lr=lr) for lr in _RATES)
            ],
            "paper": [
                grid([name], VISION_TASKS, (7400,), VISION_TRAINING | dict(width=width, lr=lr), seeds=1)
                for name, width in ORIGINAL_WIDTH.items()
                for lr in _RATES
            ],
        },
    ),
    "robustness": Study(
        "Do the batch, the learning rate or the width move P*?",
        "",
        {
            "smoke": [
                grid(["CNN"], cross((3,), 2, (1,)), Octaves(-1, 2, 1), SMOKE | change, seeds=1)
                for change in ({}, dict(batch_size=16, lr=0.04), dict(width=64))
            ],
            "laptop": [
                grid(PAIR, cross((6,), 2, (1,)), Octaves(-1, 1.5), training, seeds=3)
                for training in _variants(LAPTOP)
            ]
            + [
                grid(PAIR, cross((4,), 3, (1,)), Octaves(-1, 1.5), LAPTOP | way, seeds=3)
                for way in ({}, dict(batch_size=128, lr=0.32))
            ],
            "paper": [
                grid(PAIR, cross((8,), 2, (1,)), Octaves(-1, 1), training, seeds=3)
                for training in _variants(PAPER)
            ],
        },
    ),
    "gaps": Study(
        "Do the learning rate and the width close the gaps that are left?",
        "",
        {
            "smoke": [grid(["CNN"], cross((3,), 2, (2,)), Octaves(-1, 2, 1), SMOKE | SLOW, seeds=1)],
            "laptop": [
                grid(["CNN"], cross((8,), 2, (2,)), Octaves(-1, 0.5), LAPTOP | SLOW, seeds=3),
                grid(["CNN"], cross((6,), 2, (0, 1, 2, 4)), Octaves(-1, 1), LAPTOP | SLOW, seeds=3),
                grid(["CNN"], cross((6,), 3, (1,)), Octaves(-0.5, 1), LAPTOP | SLOW, seeds=3),
                grid(["CNN"], cross((8,), 3, (1,)), Octaves(-1, 0.5), LAPTOP | SLOW, seeds=3),
                grid(["LCN"], cross((6,), 3, (1,)), Octaves(-0.5, 1), LAPTOP | SLOW, seeds=3),
                grid(["CNN"], cross((3,), 4, (1,)), Octaves(-1, 2), NARROW | SLOW, seeds=5),
                *(
                    grid(["LCN"], cross((4,), 2, (0,), s=3), Octaves(-0.5, 1.5), way, seeds=3)
                    for way in (NARROW | SLOW, PAPER)
                ),
                grid(["LCN"], cross((6,), 2, (0,), s=3), Octaves(-0.5, 1.5), NARROW | SLOW, seeds=3),
                *(
                    grid(["CNN"], cross((6,), 3, (1,)), octaves, way, seeds=3)
                    for octaves, way in [
                        (Octaves(-0.5, 1), PAPER | SLOW),
                        (Octaves(-0.5, 1), LAPTOP | dict(batch_size=4, lr=0.003)),
                        (Octaves(-1, 0), LAPTOP | dict(batch_size=4, lr=0.01)),
                    ]
                ),
            ],
            "paper": [
                grid(["CNN"], cross((8,), 2, (0, 1, 2, 4)), Octaves(-1, 1), PAPER | SLOW, seeds=3),
                grid(["LCN"], cross((4,), 2, (0, 1), s=3), Octaves(-0.5, 2), PAPER | SLOW, seeds=3),
            ],
        },
    ),
}  # fmt: skip
