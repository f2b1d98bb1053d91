"""Which runs the paper's figures need, and those of our own questions about them.

A study names, for each profile, the settings of its figures and the training-set sizes to visit. A run
belongs to no study: two studies that ask for the same configuration share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from ...model import SRHM
from ...networks.taught import TAUGHT
from ...networks.transformer import TRANSFORMERS
from ...networks.vision import ORIGINAL_WIDTH
from ...runs import Grid, Octaves, Search, Study
from .laws import LAWS, predicted_sample_complexity
from .recipes import (
    BATCH,
    INPUTS,
    RATES,
    at_rate,
    authors_training,
    authors_vision,
    candidates,
    rate_per_datum,
)
from .thresholds import quantities


def maximal(v: int, s: int, L: int, s0: int, sparsity: str = "A") -> SRHM:
    """The paper's usual task: n_c = v classes and all m = v^(s-1) synonyms."""
    return SRHM(v=v, n_c=v, m=v ** (s - 1), s=s, L=L, s0=s0, sparsity=sparsity)


def _grid(
    architectures: Sequence[str],
    tasks: Sequence[SRHM],
    sizes: Octaves | Sequence[int],
    training: dict[str, Any],
    seeds: int,
) -> Grid:
    """A grid whose octaves count from the paper's law, Eq. 3 or 4, which never changes."""
    return Grid(architectures, tasks, sizes, seeds, training, predicted_sample_complexity)


def _cross(vs: Sequence[int], L: int, s0s: Sequence[int], s: int = 2, sparsity: str = "A") -> list[SRHM]:
    """The tasks of every v and s0 at one depth."""
    return [maximal(v, s, L, s0, sparsity) for v in vs for s0 in s0s]


SMOKE = dict(width=64, n_test=1000, n_pairs=200)
SHORT = SMOKE | dict(loss_threshold=0.1)  # at small rates
NARROW = dict(width=128)
LAPTOP = dict(width=256)
PAPER = dict(width=512)
PAIR = ("LCN", "CNN")
BETWEEN = ("Shared-01", "Shared-10")  # of the two layers of an L = 3 network that have several locations
_SLOW = dict(lr=0.024)  # the lower of the paper's two rates, 0.003 at batch 4, at the usual batch


# One recipe for the five architectures; what other rates do is the question of the study `rates`.
_VISION = dict(batch_size=32, lr=0.01, loss_threshold=1e-2, max_epochs=200)
_RATES = (0.001, 0.003, 0.01, 0.03)
_VISION_TASK = _cross((10,), 2, (2,))
_VISION_SIZES = (
    870, 1500, 2580, 4400, 5400, 6400, 7400, 8400, 9400, 10400, 11400, 13400, 22640, 38940,
)  # fmt: skip


def _at_scale(
    architectures: Sequence[str], tasks: Sequence[SRHM], octaves: Octaves, seeds: int = 1
) -> list[Grid]:
    """Grids of the paper's width, in batches of 32, 128 or 512: at most a hundredth of the predicted P*."""
    grids = []
    for architecture in architectures:
        for task in tasks:
            predicted = predicted_sample_complexity(architecture, task)
            batch = max(b for b in (32, 128, 512) if b == 32 or 100 * b <= predicted)
            training = PAPER | dict(batch_size=batch, lr=0.0025 * batch)
            grids.append(_grid([architecture], [task], octaves, training, seeds))
    return grids


def _variants(base: dict[str, Any]) -> list[dict[str, Any]]:
    """One change at a time: batch and rate in proportion, the rate, the width, the loss to stop at."""
    batches = [dict(batch_size=b, lr=0.0025 * b) for b in (4, 128)]
    widths = [dict(width=w) for w in (128, 256, 512)]
    stopping = dict(loss_threshold=1e-2)
    changes: list[dict[str, Any]] = [{}, *batches, _SLOW, *widths, stopping]
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
        _grid([architecture], [task], sizes, training | at_rate(rate, BATCH) | inputs, seeds=1)
        for rate in rates
        for inputs in INPUTS.values()
    ]


def _search(architecture: str, task: SRHM, training: dict[str, Any], seeds: int) -> Search:
    """P* by search, beginning at the paper's law."""
    return Search([architecture], [task], seeds, training, scale=predicted_sample_complexity)


def _as_the_authors(tasks: Mapping[str, Sequence[SRHM]], training: dict[str, Any]) -> list[Search]:
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


def _subsets(s0: int, L: int) -> list[tuple[int, ...]]:
    """Blanks at every subset of the L levels, s0 where there are some."""
    return list(product((0, s0), repeat=L))


def _by_level(
    architectures: Sequence[str],
    v: int,
    L: int,
    s0s: Sequence[int],
    training: dict[str, Any],
    seeds: int | None = None,
) -> list[Search]:
    """P* with blanks at some levels only, by search; of five seeds up to v = 4, else three, unless given."""
    blanks = dict.fromkeys(levels for s0 in s0s for levels in _subsets(s0, L))
    tasks = [SRHM(v=v, n_c=v, m=v, s=2, L=L, s0=levels) for levels in blanks]
    return [Search(architectures, tasks, seeds or (5 if v <= 4 else 3), training, scale=_scale_between)]


# The rate of a module is the plain one: times the width it is four times the usual rate of the fleets.
_TAUGHT = NARROW | dict(lr=41.0, loss_threshold=1e-2, max_epochs=200)

# At 0.02 and more some transformers do not learn their training data, whatever their number.
_ATTENTION = dict(width=64, lr=0.01, loss_threshold=1e-2, max_epochs=400)


def _with_others(
    settings: Sequence[tuple[int, Sequence[int]]], training: dict[str, Any], attention: dict[str, Any]
) -> list[Search]:
    """P* of five architectures with blanks at some of two levels, for each v and its s0; three seeds."""
    groups = (((*PAIR, "FCN"), training), (TRANSFORMERS, attention))
    return [
        search
        for v, s0s in settings
        for names, way in groups
        for search in _by_level(names, v, 2, s0s, way, seeds=3)
    ]


def _scale_between(architecture: str, task: SRHM) -> float:
    """Where the paper has a law, by that; for all other networks, that of the LCN."""
    return predicted_sample_complexity(architecture if architecture in LAWS else "LCN", task)


def _along(
    architectures: Sequence[str],
    task: SRHM,
    sizes: Sequence[int],
    epochs: Sequence[int],
    training: dict[str, Any],
    seeds: int,
) -> list[Grid]:
    """The states of a network along its training: training is deterministic, so runs that stop sooner are."""
    return [_grid(architectures, [task], sizes, training | dict(max_epochs=n), seeds) for n in epochs]


_EPOCHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)

# The settings of Figs. 4B and 4C.
_FIGURE_4 = {
    "LCN": [
        *_cross((4, 6, 8, 10), 2, (0, 1, 2)), *_cross((6, 8, 10), 2, (4,)),
        *_cross((4, 6, 8, 10), 3, (0, 1, 2)),
    ],
    "CNN": [
        *_cross((3, 4), 2, (1, 2, 4, 6)), *_cross((6, 8), 2, (1, 2, 4)), *_cross((10,), 2, (1, 2)),
        *_cross((12,), 2, (1,)), *_cross((4, 8, 10), 2, (0,)), *_cross((4, 6, 8), 3, (1, 2, 4)),
        *_cross((10,), 3, (1, 2)), *_cross((12,), 3, (1,)),
    ],
}  # fmt: skip


def _four_recipes(tasks: Sequence[SRHM], training: dict[str, Any]) -> list[Search]:
    """P* at the usual rate and at the authors', zero at blanks or whitened with biases; paired by seeds.

    Three seeds up to v = 6, where rules differ; one beyond.
    """
    searches = []
    for architecture, task in product(PAIR, tasks):
        ways = candidates(architecture, task)
        for inputs in ("zeros", "whitened, biases"):
            usual, authors = training | INPUTS[inputs], training | ways[RATES[0], inputs]
            seeds = 3 if task.v <= 6 else 1
            searches += [_search(architecture, task, way, seeds) for way in (usual, authors)]
    return searches


def _two_batches(settings: Sequence[tuple[str, SRHM]], training: dict[str, Any]) -> list[Search]:
    """P* at the authors' recipe in batches of their size and of 128, one seed."""
    searches = []
    for architecture, task in settings:
        way, per_datum = authors_training(architecture, task), rate_per_datum(RATES[0], architecture, task)
        searches += [
            _search(architecture, task, training | way | at_rate(per_datum, batch), seeds=1)
            for batch in (4 * task.n_c, BATCH)
        ]
    return searches


# Small rates, and the CNN's large ones at L = 2 with sparsity.
_BATCHES_COMPARED = [
    ("LCN", maximal(6, 2, 2, 1)), ("CNN", maximal(6, 2, 3, 1)),
    *(("CNN", maximal(v, 2, 2, s0)) for v in (4, 6, 8) for s0 in (1, 2)),
]  # fmt: skip


def _falling_rates(training: dict[str, Any]) -> list[Search]:
    """P* at rates that fall by a hundred, in batches of 32 and, at the low ones, of 128."""
    task = maximal(6, 2, 2, 1)
    ways = [(lr / 32, 32) for lr in (0.24, 0.08, 0.024, 0.008, 0.0025)] + [
        (lr / 32, 128) for lr in (0.024, 0.008)
    ]
    return [
        _search(architecture, task, training | at_rate(*way), seeds=3)
        for architecture in PAIR
        for way in ways
    ]


STUDIES = {
    "sample_complexity": Study(
        "At which training-set size does the test error fall?",
        "Fig. 4A",
        {
            "smoke": [_grid(PAIR, _cross((4,), 2, (1,)), Octaves(-2, 2, 1), SMOKE, seeds=2)],
            "laptop": [_grid(PAIR, _cross((10,), 2, (2,)), Octaves(-3, 2), LAPTOP, seeds=3)],
            "paper": [_grid(PAIR, _cross((10,), 2, (2,)), Octaves(-3, 2), PAPER, seeds=3)],
        },
    ),
    "sensitivities": Study(
        "Do networks become insensitive to synonyms and displacements when they learn?",
        "Figs. 12 and 15",
        {
            "smoke": [
                _grid(PAIR, _cross((4,), 2, (0, 1)), Octaves(-2, 2, 1), SMOKE, seeds=2)
            ],
            "laptop": [
                _grid(PAIR, _cross((8,), 2, (0, 1, 2)), Octaves(-3, 3), LAPTOP, seeds=3)
            ],
            "paper": [
                _grid(PAIR, _cross((8,), 2, (0, 1, 2, 4)), Octaves(-3, 3), PAPER, seeds=3)
            ],
        },
    ),
    "scaling": Study(
        "How does P* grow with sparsity, vocabulary and depth?",
        "Figs. 4B, 4C, 6 and 14",
        {
            "smoke": [
                _search(name, task, SHORT | authors_training(name, task), seeds=2)
                for name in PAIR
                for task in _cross((3,), 2, (0, 1))
            ],
            "laptop": _as_the_authors(_FIGURE_4, LAPTOP),
            "paper": _as_the_authors(_FIGURE_4, PAPER),
        },
    ),
    "triples": Study(
        "Do the laws hold when a rule produces three features instead of two?",
        "Figs. 10, 11, 13 and 14",
        {
            "smoke": [_grid(PAIR, _cross((2,), 2, (0, 1), s=3), Octaves(-1, 3, 1), SMOKE, seeds=2)],
            "laptop": [
                _grid([architecture], _cross((v,), 2, s0s, s=3), octaves, NARROW, seeds=3)
                for v, s0s in [(3, (0, 1, 2, 4)), (4, (0, 1))]
                for architecture, octaves in [("LCN", Octaves(-0.5, 2.5)), ("CNN", Octaves(-1, 1.5))]
            ]
            + [
                _grid(["LCN"], _cross((4,), 2, (2,), s=3), Octaves(-0.5, 2), NARROW, seeds=3),
                _grid(["LCN"], _cross((6,), 2, (0,), s=3), Octaves(-0.5, 1.5), NARROW, seeds=3),
                _grid(["CNN"], _cross((4,), 2, (2, 4), s=3), Octaves(-1, 1), NARROW, seeds=3),
                _grid(["CNN"], _cross((6,), 2, (0,), s=3), Octaves(-0.5, 1), NARROW, seeds=3),
            ],
            "paper": [
                grid
                for vs, L, s0s in [((4, 6), 2, (0, 1, 2, 4)), ((4,), 3, (0, 1))]
                for architecture, octaves in [("LCN", Octaves(-0.5, 2)), ("CNN", Octaves(-1, 1))]
                for grid in _at_scale([architecture], _cross(vs, L, s0s, s=3), octaves)
            ],
        },
    ),
    "fully_connected": Study(
        "Does a network without built-in locality become insensitive as it learns?",
        "Fig. 16",
        {
            "smoke": [_grid(["FCN"], _cross((4,), 2, (0, 1)), Octaves(-1, 3, 1), SMOKE, seeds=2)],
            "laptop": [
                _grid(["FCN"], _cross((4, 6, 8), 2, (0, 1)), Octaves(-1, 3), LAPTOP, seeds=3),
                _grid(["FCN"], _cross((4, 6), 2, (2,)), Octaves(0, 4), LAPTOP, seeds=3),
                _grid(["FCN"], _cross((3,), 3, (0, 1)), Octaves(0, 3), LAPTOP, seeds=3),
            ],
            "paper": [
                *_as_the_authors({"TaperedFCN": _cross((4, 6, 8), 2, (0, 1, 2))}, PAPER),
                # Half the width, like the authors.
                *_as_the_authors({"TaperedFCN": _cross((4, 6, 8), 3, (0, 1, 2))}, LAPTOP),
            ],
        },
    ),
    "sparsity_b": Study(
        "Do the laws hold when the features may lie anywhere in their patch, in order?",
        "Figs. 7 and 8",
        {
            "smoke": [_grid(PAIR, _cross((3,), 2, (1, 2), sparsity="B"), Octaves(-1, 3, 1), SMOKE, seeds=2)],
            "laptop": [
                _grid(["CNN"], _cross((6,), 2, (1, 2, 4), sparsity="B"), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                _grid(["LCN"], _cross((6,), 2, (1, 2), sparsity="B"), Octaves(-1.5, 2.5), LAPTOP, seeds=3),
                _grid(["LCN"], _cross((6,), 2, (4,), sparsity="B"), Octaves(-0.5, 2.5), LAPTOP, seeds=3),
                _grid(["CNN"], _cross((10,), 2, (1, 2), sparsity="B"), Octaves(-1, 1.5), LAPTOP, seeds=3),
                _grid(["CNN"], _cross((3,), 3, (1, 2), sparsity="B"), Octaves(-0.5, 3), LAPTOP, seeds=3),
            ],
            "paper": [
                grid
                for L in (2, 3)
                for architecture, vs, octaves in [
                    ("LCN", (6,), Octaves(-0.5, 2.5)), ("CNN", (6, 10), Octaves(-0.5, 2)),
                ]
                for grid in _at_scale([architecture], _cross(vs, L, (1, 2, 4), sparsity="B"), octaves)
            ],
        },
    ),
    "depth": Study(
        "Does the CNN's law keep its exponent beyond the depths of the paper?",
        "Fig. 4C, continued",
        {
            "smoke": [
                _grid(["CNN"], _cross((2,), 4, (0, 1)), Octaves(-1, 3, 1), SMOKE, seeds=2)
            ],
            "laptop": [
                _grid(["CNN"], _cross((3,), 4, (0, 1, 2)), Octaves(-1, 3), NARROW, seeds=5),
                _grid(["CNN"], _cross((3,), 5, (0,)), Octaves(-1, 1.5), NARROW, seeds=3),
            ],
            "paper": [
                grid
                for L in (4, 5)
                for grid in _at_scale(["CNN"], _cross((3,), L, (0, 1, 2)), Octaves(-1, 2.5), 3)
            ],
        },
    ),
    "vision": Study(
        "Do common vision networks learn the task as they become insensitive?",
        "Figs. 1C-F, 9 and 17",
        {
            "smoke": [
                _grid(["VGG11"], _cross((3,), 2, (1,)), (150, 600), SMOKE | _VISION | dict(width=8), seeds=1)
            ],
            "laptop": [
                _grid([name], _VISION_TASK, sizes, _VISION | dict(width=ORIGINAL_WIDTH[name]), seeds=seeds)
                for name, seeds, sizes in [
                    ("VGG11", 3, (870, 2580, 4400, 5400, 6400, 7400, 13400)),
                    ("VGG16", 1, (2580, 4400, 7400)),
                    ("ResNet18", 1, (870, 2580, 4400, 5400, 6400, 7400, 13400)),
                    ("ResNet34", 1, (4400, 5400, 7400)),
                    ("EfficientNetB0", 1, (4400, 5400, 6400, 7400, 10400)),
                ]
            ],
            "paper": [
                _grid(
                    [name], [task], _VISION_SIZES,
                    authors_vision(name, task), seeds=1,
                )
                for name in ORIGINAL_WIDTH
                for task in _VISION_TASK
            ],
        },
    ),
    "rates": Study(
        "Does the learning rate decide whether a vision network learns or memorises?",
        "",
        {
            "smoke": [
                _grid(["VGG11"], _cross((3,), 2, (1,)), (600,), training, seeds=1)
                for training in (SMOKE | _VISION | dict(width=8, lr=lr) for lr in (0.01, 0.03))
            ],
            "laptop": [
                _grid(["VGG11", "ResNet18"], _VISION_TASK, (7400,), _VISION | dict(width=64, lr=lr), seeds=1)
                for lr in _RATES
            ],
            "paper": [
                _grid([name], _VISION_TASK, (7400,), _VISION | dict(width=width, lr=lr), seeds=1)
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
                _grid(["CNN"], _cross((4,), 2, (1,)), Octaves(-1, 2, 1), SMOKE | change, seeds=2)
                for change in ({}, dict(batch_size=4, lr=0.01), dict(width=32))
            ],
            "laptop": [
                _grid(PAIR, _cross((6,), 2, (1,)), Octaves(-1, 1.5), training, seeds=3)
                for training in _variants(LAPTOP)
            ]
            + [
                _grid(PAIR, _cross((4,), 3, (1,)), Octaves(-1, 1.5), LAPTOP | way, seeds=3)
                for way in ({}, dict(batch_size=128, lr=0.32))
            ],
            "paper": [
                _grid(PAIR, _cross((8,), 2, (1,)), Octaves(-1, 1), training, seeds=3)
                for training in _variants(PAPER)
            ],
        },
    ),
    "usual_rate": Study(
        "What are the sample complexities at a rate that does not fall with v?",
        "Figs. 4B, 4C, 6 and 14",
        {
            "smoke": [_grid(PAIR, _cross((3,), 2, (0, 1, 2)), Octaves(-1, 2, 1), SMOKE, seeds=2)],
            "laptop": [
                _grid(PAIR, _cross((4,), 2, (0, 1, 2, 4)), Octaves(-1.5, 3), LAPTOP, seeds=5),
                _grid(["CNN"], _cross((3,), 2, (1, 2, 4)), Octaves(-1.5, 3), LAPTOP, seeds=5),
                _grid(PAIR, _cross((6,), 2, (0, 1, 2, 4)), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                _grid(PAIR, _cross((3,), 3, (0, 1, 2)), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                _grid(PAIR, _cross((8,), 2, (0, 1, 2, 4)), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                _grid(PAIR, _cross((4,), 3, (0, 1)), Octaves(-1, 1.5), LAPTOP, seeds=3),
                _grid(PAIR, _cross((10,), 2, (0, 1, 2)), Octaves(-1, 1.5), LAPTOP, seeds=3),
                _grid(PAIR, _cross((4,), 3, (2,)), Octaves(-0.5, 1.5, 1), LAPTOP, seeds=3),
                _grid(["LCN"], _cross((4,), 3, (1,)), Octaves(2, 2.5), LAPTOP, seeds=3),
                _grid(["LCN"], _cross((6, 8), 3, (0,)), Octaves(-0.5, 1.5), LAPTOP, seeds=3),
                _grid(["CNN"], _cross((3, 4), 2, (6,)), Octaves(-1.5, 1.5), LAPTOP, seeds=5),
                _grid(["CNN"], _cross((12,), 2, (0, 1)), Octaves(-1, 0.5), LAPTOP, seeds=3),
                _grid(["CNN"], _cross((4,), 3, (4,)), Octaves(-0.5, 1.5), LAPTOP, seeds=5),
                _grid(["CNN"], _cross((6,), 3, (0, 1, 2)), Octaves(-1, 1), LAPTOP, seeds=3),
                _grid(["CNN"], _cross((8,), 3, (0,)), Octaves(-1, 1), LAPTOP, seeds=3),
                _grid(["CNN"], _cross((8,), 3, (1,)), Octaves(-1.5, 0.5), LAPTOP, seeds=3),
                _grid(["LCN"], _cross((6,), 3, (1,)), Octaves(-0.5, 1.5), LAPTOP, seeds=3),
            ],
            "paper": [
                *_at_scale(["LCN"], _cross((4, 6, 8, 10), 2, (0, 1, 2, 4)), Octaves(-0.5, 1.5), 3),
                *_at_scale(["CNN"], _cross((3, 4), 2, (0, 1, 2, 4, 6)), Octaves(-1, 1), 3),
                *_at_scale(["CNN"], _cross((6, 8), 2, (0, 1, 2, 4)), Octaves(-1.5, 0.5), 3),
                *_at_scale(["CNN"], _cross((10,), 2, (0, 1, 2)), Octaves(-1.5, 0.5), 3),
                *_at_scale(["CNN"], _cross((12,), 2, (1,)), Octaves(-1.5, 0.5), 3),
                *_at_scale(["CNN"], _cross((4, 6), 3, (0, 1, 2, 4)), Octaves(-1, 1)),
                *_at_scale(["CNN"], _cross((8,), 3, (0, 1, 2, 4)), Octaves(-1.5, 0.5)),
                *_at_scale(["CNN"], _cross((10,), 3, (1, 2)), Octaves(-1.5, 0.5)),
                *_at_scale(["CNN"], _cross((12,), 3, (1,)), Octaves(-1.5, 0.5)),
                *_at_scale(["LCN"], _cross((4, 6, 8, 10), 3, (0, 1, 2)), Octaves(-0.5, 1.5)),
            ],
        },
    ),
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
            "smoke": _four_recipes(_cross((3,), 2, (1,)), SHORT),
            "laptop": _four_recipes(
                _cross((4, 6, 8), 2, (0, 1, 2)) + _cross((4,), 3, (0, 1, 2)) + _cross((6,), 3, (0, 1)), LAPTOP
            ),
            "paper": _four_recipes(
                _cross((4, 6, 8), 2, (0, 1, 2)) + _cross((4, 6, 8), 3, (0, 1, 2)), PAPER
            ),
        },
    ),
    "rate_limit": Study(
        "Does P* settle as the learning rate falls?",
        "",
        {
            "smoke": [
                _search("CNN", maximal(3, 2, 2, 1), SMOKE | dict(lr=lr), seeds=2) for lr in (0.08, 0.02)
            ],
            "laptop": _falling_rates(NARROW),
            "paper": _falling_rates(PAPER),
        },
    ),
    "batches": Study(
        "Does the batch matter when the rate for each datum is the authors'?",
        "",
        {
            "smoke": _two_batches([("LCN", maximal(3, 2, 2, 0))], SHORT),
            "laptop": _two_batches(_BATCHES_COMPARED, LAPTOP),
            "paper": _two_batches(_BATCHES_COMPARED, PAPER),
        },
    ),
    "levels": Study(
        "Which levels' blanks cost data, in which network?",
        "",
        {
            "smoke": _by_level(["CNN"], 3, 2, (1,), SHORT),
            "laptop": [
                *_by_level(PAIR, 6, 2, (1, 2, 4), NARROW),
                *_by_level(PAIR, 4, 2, (1, 2, 4), NARROW),
                *_by_level(PAIR, 8, 2, (1, 2), NARROW),
                *_by_level(PAIR, 6, 1, (1, 2, 4), NARROW),
                *_by_level([*PAIR, *BETWEEN], 4, 3, (1, 2), NARROW),
                *_by_level([*PAIR, *BETWEEN], 6, 3, (1,), NARROW),
            ],
            "paper": [
                *_by_level(PAIR, 6, 2, (1, 2, 4), PAPER),
                *_by_level([*PAIR, *BETWEEN], 6, 3, (1, 2), PAPER),
            ],
        },
    ),
    "architectures": Study(
        "Which network pays for which level's blanks?",
        "",
        {
            "smoke": [
                Search(
                    TRANSFORMERS[:1], [SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=s0) for s0 in (0, (1, 0))], 1,
                    SMOKE | _ATTENTION | dict(width=16), width=1.0, scale=_scale_between,
                )
            ],
            "laptop": _with_others([(4, (1, 2, 4)), (6, (1,))], NARROW, _ATTENTION),
            "paper": _with_others(
                [(4, (1, 2, 4)), (6, (1, 2, 4))], PAPER, _ATTENTION | dict(width=128, loss_threshold=1e-3)
            ),
        },
    ),
    "layerwise": Study(
        "What does each layer cost by itself, the others given exactly?",
        "",
        {
            "smoke": [
                Search(
                    TAUGHT[1:], [maximal(3, 2, 2, 0)], 1, SMOKE | _TAUGHT | dict(width=32, lr=10.0),
                    width=1.0, scale=_scale_between,
                )
            ],
            # The task of one level is what the last layer is left with, where those below are exact.
            "laptop": [*_by_level(PAIR, 6, 1, (1, 2, 4), NARROW), *_by_level(TAUGHT, 6, 2, (2,), _TAUGHT)],
            "paper": [*_by_level(PAIR, 6, 1, (1, 2, 4), PAPER), *_by_level(TAUGHT, 6, 2, (1, 2, 4), _TAUGHT)],
        },
    ),
    "time_course": Study(
        "In which order, along training, do layers become insensitive?",
        "",
        {
            "smoke": _along(["CNN"], maximal(3, 2, 2, 1), (100, 600), (1, 4), SHORT, seeds=1),
            # The larger size is twice the LCN's P*, the smaller too few for any of the networks.
            "laptop": [
                *_along(PAIR, maximal(6, 2, 2, 1), (1400, 5600), _EPOCHS, NARROW, seeds=3),
                *_along([*PAIR, *BETWEEN], maximal(4, 2, 3, 1), (2000, 18_000), _EPOCHS, NARROW, seeds=2),
            ],
            "paper": [
                *_along(PAIR, maximal(6, 2, 2, 1), (1400, 5600), _EPOCHS, PAPER, seeds=5),
                *_along([*PAIR, *BETWEEN], maximal(4, 2, 3, 1), (2000, 18_000), _EPOCHS, PAPER, seeds=5),
            ],
        },
    ),
    "gaps": Study(
        "Do the learning rate and the width close the gaps that are left?",
        "",
        {
            "smoke": [_grid(["CNN"], _cross((3,), 2, (2,)), Octaves(-1, 2, 1), SMOKE | _SLOW, seeds=2)],
            "laptop": [
                _grid(["CNN"], _cross((8,), 2, (2,)), Octaves(-1, 0.5), LAPTOP | _SLOW, seeds=3),
                _grid(["CNN"], _cross((6,), 2, (0, 1, 2, 4)), Octaves(-1, 1), LAPTOP | _SLOW, seeds=3),
                _grid(["CNN"], _cross((6,), 3, (1,)), Octaves(-0.5, 1), LAPTOP | _SLOW, seeds=3),
                _grid(["CNN"], _cross((8,), 3, (1,)), Octaves(-1, 0.5), LAPTOP | _SLOW, seeds=3),
                _grid(["LCN"], _cross((6,), 3, (1,)), Octaves(-0.5, 1), LAPTOP | _SLOW, seeds=3),
                _grid(["CNN"], _cross((3,), 4, (1,)), Octaves(-1, 2), NARROW | _SLOW, seeds=5),
                *(
                    _grid(["LCN"], _cross((4,), 2, (0,), s=3), Octaves(-0.5, 1.5), way, seeds=3)
                    for way in (NARROW | _SLOW, PAPER)
                ),
                _grid(["LCN"], _cross((6,), 2, (0,), s=3), Octaves(-0.5, 1.5), NARROW | _SLOW, seeds=3),
                *(
                    _grid(["CNN"], _cross((6,), 3, (1,)), octaves, way, seeds=3)
                    for octaves, way in [
                        (Octaves(-0.5, 1), PAPER | _SLOW),
                        (Octaves(-0.5, 1), LAPTOP | dict(batch_size=4, lr=0.003)),
                        (Octaves(-1, 0), LAPTOP | dict(batch_size=4, lr=0.01)),
                    ]
                ),
            ],
            "paper": [
                _grid(["CNN"], _cross((8,), 2, (0, 1, 2, 4)), Octaves(-1, 1), PAPER | _SLOW, seeds=3),
                _grid(["LCN"], _cross((4,), 2, (0, 1), s=3), Octaves(-0.5, 2), PAPER | _SLOW, seeds=3),
            ],
        },
    ),
}  # fmt: skip

# How the studies of the paper's figures are trained, and those of other ways, which no figure of it shows.
WAYS = {
    "authors' recipe": ("scaling",),
    "usual rate": (
        "sample_complexity", "sensitivities", "usual_rate", "triples", "fully_connected", "sparsity_b",
        "depth", "vision",
    ),
}  # fmt: skip
VARIATIONS = tuple(name for name in STUDIES if not any(name in studies for studies in WAYS.values()))


def find_study(name: str, known: Mapping[str, Study] = STUDIES) -> Study:
    """The study of that name; ValueError, listing the known ones, if there is none."""
    if name not in known:
        raise ValueError(f"there is no study {name!r}; the studies are {', '.join(known)}")
    return known[name]
