"""Which runs each figure needs: data, not code.

A study names, for each profile, the settings of its figures and the training-set sizes to visit. A run
belongs to no study: two studies that ask for the same configuration share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .hierarchy import SRHM
from .runs import Run
from .theory import predicted_sample_complexity
from .vision import ORIGINAL_WIDTH

PROFILES = ("smoke", "laptop", "paper")


@dataclass(frozen=True)
class Octaves:
    """Training-set sizes: the predicted P* times 2^octave, from `first` to `last` in equal steps."""

    first: float
    last: float
    step: float = 0.5

    def around(self, predicted: float) -> list[int]:
        """The sizes, the smallest first."""
        count = round((self.last - self.first) / self.step) + 1
        return [round(predicted * 2 ** (self.first + i * self.step)) for i in range(count)]


@dataclass(frozen=True)
class Grid:
    """Settings crossed with seeds and training-set sizes.

    Attributes:
        architectures: networks to train.
        settings: tasks, as arguments of `maximal` below.
        sizes: training-set sizes, as they are or around the predicted P*.
        seeds: each draws its own task, data and initial weights.
        training: further fields of `Run`.
    """

    architectures: Sequence[str]
    settings: Sequence[dict[str, Any]]
    sizes: Octaves | Sequence[int]
    seeds: int
    training: dict[str, Any]

    def runs(self) -> list[Run]:
        """All runs of the grid, the smallest P first."""
        runs = [
            Run(
                architecture=architecture,
                P=P,
                task_seed=seed,
                data_seed=seed,
                init_seed=seed,
                **task,
                **self.training,
            )  # fmt: skip
            for architecture in self.architectures
            for task in (maximal(**setting) for setting in self.settings)
            for P in self._sizes(architecture, task)
            for seed in range(self.seeds)
        ]
        return sorted(runs, key=lambda run: run.P)

    def _sizes(self, architecture: str, task: dict[str, Any]) -> Sequence[int]:
        if isinstance(self.sizes, Octaves):
            return self.sizes.around(predicted_sample_complexity(architecture, SRHM(**task)))
        return self.sizes


def maximal(v: int, s: int, L: int, s0: int, sparsity: str = "A") -> dict[str, Any]:
    """The paper's usual task: n_c = v classes and all m = v^(s-1) synonyms."""
    return {"v": v, "n_c": v, "m": v ** (s - 1), "s": s, "L": L, "s0": s0, "sparsity": sparsity}


@dataclass(frozen=True)
class Study:
    """The runs behind one figure or group of figures.

    Attributes:
        title: what is asked.
        figures: the paper's figures it redraws; empty for a question of our own.
        grids: the runs of each profile.
    """

    title: str
    figures: str
    grids: dict[str, Sequence[Grid]]

    def runs(self, profile: str) -> list[Run]:
        """The runs of a profile; ValueError if there is no such profile."""
        if profile not in PROFILES:
            raise ValueError(f"profile must be one of {PROFILES}, got {profile!r}")
        return [run for grid in self.grids[profile] for run in grid.runs()]


def _cross(
    vs: Sequence[int], L: int, s0s: Sequence[int], s: int = 2, sparsity: str = "A"
) -> list[dict[str, Any]]:
    """The settings of every v and s0 at one depth."""
    return [dict(v=v, s=s, L=L, s0=s0, sparsity=sparsity) for v in vs for s0 in s0s]


SMOKE = dict(width=64, n_test=1000, n_pairs=200)
NARROW = dict(width=128)
LAPTOP = dict(width=256)
PAPER = dict(width=512)
PAIR = ("LCN", "CNN")
_SLOW = dict(lr=0.024)  # the lower of the paper's two rates, 0.003 at batch 4, at the usual batch


# One recipe for the five architectures; what other rates do is the question of the study `rates`.
_VISION = dict(batch_size=32, lr=0.01, loss_threshold=1e-2, max_epochs=200)
_RATES = (0.001, 0.003, 0.01, 0.03)
_VISION_TASK = _cross((10,), 2, (2,))
_VISION_SIZES = (
    870, 1500, 2580, 4400, 5400, 6400, 7400, 8400, 9400, 10400, 11400, 13400, 22640, 38940,
)  # fmt: skip


def _at_scale(
    architectures: Sequence[str], settings: Sequence[dict[str, Any]], octaves: Octaves, seeds: int = 1
) -> list[Grid]:
    """Grids of the paper's width, in batches of 32, 128 or 512: at most a hundredth of the predicted P*."""
    grids = []
    for architecture in architectures:
        for setting in settings:
            predicted = predicted_sample_complexity(architecture, SRHM(**maximal(**setting)))
            batch = max(b for b in (32, 128, 512) if b == 32 or 100 * b <= predicted)
            training = PAPER | dict(batch_size=batch, lr=0.0025 * batch)
            grids.append(Grid([architecture], [setting], octaves, seeds, training))
    return grids


def _variants(base: dict[str, Any]) -> list[dict[str, Any]]:
    """One change at a time: batch and rate in proportion, the rate, the width, the loss to stop at."""
    batches = [dict(batch_size=b, lr=0.0025 * b) for b in (4, 128)]
    widths = [dict(width=w) for w in (128, 256, 512)]
    stopping = dict(loss_threshold=1e-2)
    changes: list[dict[str, Any]] = [{}, *batches, _SLOW, *widths, stopping]
    return list({str(v): v for v in (base | change for change in changes)}.values())


STUDIES = {
    "sample_complexity": Study(
        "At which training-set size does the test error fall?",
        "Fig. 4A",
        {
            "smoke": [Grid(PAIR, _cross((4,), 2, (1,)), Octaves(-2, 2, 1), 2, SMOKE)],
            "laptop": [Grid(PAIR, _cross((10,), 2, (2,)), Octaves(-3, 2), 3, LAPTOP)],
            "paper": [Grid(PAIR, _cross((10,), 2, (2,)), Octaves(-3, 2), 3, PAPER)],
        },
    ),
    "sensitivities": Study(
        "Do networks become insensitive to synonyms and displacements when they learn?",
        "Figs. 12 and 15",
        {
            "smoke": [
                Grid(PAIR, _cross((4,), 2, (0, 1)), Octaves(-2, 2, 1), 2, SMOKE)
            ],
            "laptop": [
                Grid(PAIR, _cross((8,), 2, (0, 1, 2)), Octaves(-3, 3), 3, LAPTOP)
            ],
            "paper": [
                Grid(PAIR, _cross((8,), 2, (0, 1, 2, 4)), Octaves(-3, 3), 3, PAPER)
            ],
        },
    ),
    "scaling": Study(
        "How does P* grow with sparsity, vocabulary and depth?",
        "Figs. 4B, 4C, 6 and 14",
        {
            "smoke": [Grid(PAIR, _cross((3,), 2, (0, 1, 2)), Octaves(-1, 2, 1), 2, SMOKE)],
            "laptop": [
                Grid(PAIR, _cross((4,), 2, (0, 1, 2, 4)), Octaves(-1.5, 3), 5, LAPTOP),
                Grid(PAIR[1:], _cross((3,), 2, (1, 2, 4)), Octaves(-1.5, 3), 5, LAPTOP),
                Grid(PAIR, _cross((6,), 2, (0, 1, 2, 4)), Octaves(-1.5, 1.5), 3, LAPTOP),
                Grid(PAIR, _cross((3,), 3, (0, 1, 2)), Octaves(-1.5, 1.5), 3, LAPTOP),
                Grid(PAIR, _cross((8,), 2, (0, 1, 2, 4)), Octaves(-1.5, 1.5), 3, LAPTOP),
                Grid(PAIR, _cross((4,), 3, (0, 1)), Octaves(-1, 1.5), 3, LAPTOP),
                Grid(PAIR, _cross((10,), 2, (0, 1, 2)), Octaves(-1, 1.5), 3, LAPTOP),
                Grid(PAIR, _cross((4,), 3, (2,)), Octaves(-0.5, 1.5, 1), 3, LAPTOP),
                Grid(["LCN"], _cross((4,), 3, (1,)), Octaves(2, 2.5), 3, LAPTOP),
                Grid(["LCN"], _cross((6, 8), 3, (0,)), Octaves(-0.5, 1.5), 3, LAPTOP),
                Grid(["CNN"], _cross((3, 4), 2, (6,)), Octaves(-1.5, 1.5), 5, LAPTOP),
                Grid(["CNN"], _cross((12,), 2, (0, 1)), Octaves(-1, 0.5), 3, LAPTOP),
                Grid(["CNN"], _cross((4,), 3, (4,)), Octaves(-0.5, 1.5), 5, LAPTOP),
                Grid(["CNN"], _cross((6,), 3, (0, 1, 2)), Octaves(-1, 1), 3, LAPTOP),
                Grid(["CNN"], _cross((8,), 3, (0,)), Octaves(-1, 1), 3, LAPTOP),
                Grid(["CNN"], _cross((8,), 3, (1,)), Octaves(-1.5, 0.5), 3, LAPTOP),
                Grid(["LCN"], _cross((6,), 3, (1,)), Octaves(-0.5, 1.5), 3, LAPTOP),
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
    "triples": Study(
        "Do the laws hold when a rule produces three features instead of two?",
        "Figs. 10, 11, 13 and 14",
        {
            "smoke": [Grid(PAIR, _cross((2,), 2, (0, 1), s=3), Octaves(-1, 3, 1), 2, SMOKE)],
            "laptop": [
                Grid([architecture], _cross((v,), 2, s0s, s=3), octaves, 3, NARROW)
                for v, s0s in [(3, (0, 1, 2, 4)), (4, (0, 1))]
                for architecture, octaves in [("LCN", Octaves(-0.5, 2.5)), ("CNN", Octaves(-1, 1.5))]
            ]
            + [
                Grid(["LCN"], _cross((4,), 2, (2,), s=3), Octaves(-0.5, 2), 3, NARROW),
                Grid(["LCN"], _cross((6,), 2, (0,), s=3), Octaves(-0.5, 1.5), 3, NARROW),
                Grid(["CNN"], _cross((4,), 2, (2, 4), s=3), Octaves(-1, 1), 3, NARROW),
                Grid(["CNN"], _cross((6,), 2, (0,), s=3), Octaves(-0.5, 1), 3, NARROW),
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
            "smoke": [Grid(["FCN"], _cross((4,), 2, (0, 1)), Octaves(-1, 3, 1), 2, SMOKE)],
            "laptop": [
                Grid(["FCN"], _cross((4, 6, 8), 2, (0, 1)), Octaves(-1, 3), 3, LAPTOP),
                Grid(["FCN"], _cross((4, 6), 2, (2,)), Octaves(0, 4), 3, LAPTOP),
                Grid(["FCN"], _cross((3,), 3, (0, 1)), Octaves(0, 3), 3, LAPTOP),
            ],
            "paper": [
                grid
                for L in (2, 3)
                for grid in _at_scale(["FCN"], _cross((4, 6, 8), L, (0, 1, 2)), Octaves(0.5, 3.5))
            ],
        },
    ),
    "sparsity_b": Study(
        "Do the laws hold when the features may lie anywhere in their patch, in order?",
        "Figs. 7 and 8",
        {
            "smoke": [Grid(PAIR, _cross((3,), 2, (1, 2), sparsity="B"), Octaves(-1, 3, 1), 2, SMOKE)],
            "laptop": [
                Grid(["CNN"], _cross((6,), 2, (1, 2, 4), sparsity="B"), Octaves(-1.5, 1.5), 3, LAPTOP),
                Grid(["LCN"], _cross((6,), 2, (1, 2), sparsity="B"), Octaves(-1.5, 2.5), 3, LAPTOP),
                Grid(["LCN"], _cross((6,), 2, (4,), sparsity="B"), Octaves(-0.5, 2.5), 3, LAPTOP),
                Grid(["CNN"], _cross((10,), 2, (1, 2), sparsity="B"), Octaves(-1, 1.5), 3, LAPTOP),
                Grid(["CNN"], _cross((3,), 3, (1, 2), sparsity="B"), Octaves(-0.5, 3), 3, LAPTOP),
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
                Grid(["CNN"], _cross((2,), 4, (0, 1)), Octaves(-1, 3, 1), 2, SMOKE)
            ],
            "laptop": [
                Grid(["CNN"], _cross((3,), 4, (0, 1, 2)), Octaves(-1, 3), 5, NARROW),
                Grid(["CNN"], _cross((3,), 5, (0,)), Octaves(-1, 1.5), 3, NARROW),
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
                Grid(["VGG11"], _cross((3,), 2, (1,)), (150, 600), 1, SMOKE | _VISION | dict(width=8))
            ],
            "laptop": [
                Grid([name], _VISION_TASK, sizes, seeds, _VISION | dict(width=ORIGINAL_WIDTH[name]))
                for name, seeds, sizes in [
                    ("VGG11", 3, (870, 2580, 4400, 5400, 6400, 7400, 13400)),
                    ("VGG16", 1, (2580, 4400, 7400)),
                    ("ResNet18", 1, (870, 2580, 4400, 5400, 6400, 7400, 13400)),
                    ("ResNet34", 1, (4400, 5400, 7400)),
                    ("EfficientNetB0", 1, (4400, 5400, 6400, 7400, 10400)),
                ]
            ],
            "paper": [
                Grid([name], _VISION_TASK, _VISION_SIZES, 1, _VISION | dict(width=width))
                for name, width in ORIGINAL_WIDTH.items()
            ],
        },
    ),
    "rates": Study(
        "Does the learning rate decide whether a vision network learns or memorises?",
        "",
        {
            "smoke": [
                Grid(["VGG11"], _cross((3,), 2, (1,)), (600,), 1, SMOKE | _VISION | dict(width=8, lr=lr))
                for lr in (0.01, 0.03)
            ],
            "laptop": [
                Grid(["VGG11", "ResNet18"], _VISION_TASK, (7400,), 1, _VISION | dict(width=64, lr=lr))
                for lr in _RATES
            ],
            "paper": [
                Grid([name], _VISION_TASK, (7400,), 1, _VISION | dict(width=width, lr=lr))
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
                Grid(PAIR[1:], _cross((4,), 2, (1,)), Octaves(-1, 2, 1), 2, SMOKE | change)
                for change in ({}, dict(batch_size=4, lr=0.01), dict(width=32))
            ],
            "laptop": [
                Grid(PAIR, _cross((6,), 2, (1,)), Octaves(-1, 1.5), 3, training)
                for training in _variants(LAPTOP)
            ]
            + [
                Grid(PAIR, _cross((4,), 3, (1,)), Octaves(-1, 1.5), 3, LAPTOP | way)
                for way in ({}, dict(batch_size=128, lr=0.32))
            ],
            "paper": [
                Grid(PAIR, _cross((8,), 2, (1,)), Octaves(-1, 1), 3, training)
                for training in _variants(PAPER)
            ],
        },
    ),
    "gaps": Study(
        "Do the learning rate and the width close the gaps that are left?",
        "",
        {
            "smoke": [Grid(PAIR[1:], _cross((3,), 2, (2,)), Octaves(-1, 2, 1), 2, SMOKE | _SLOW)],
            "laptop": [
                Grid(PAIR[1:], _cross((8,), 2, (2,)), Octaves(-1, 0.5), 3, LAPTOP | _SLOW),
                Grid(PAIR[1:], _cross((6,), 2, (0, 1, 2, 4)), Octaves(-1, 1), 3, LAPTOP | _SLOW),
                Grid(PAIR[1:], _cross((6,), 3, (1,)), Octaves(-0.5, 1), 3, LAPTOP | _SLOW),
                Grid(PAIR[1:], _cross((8,), 3, (1,)), Octaves(-1, 0.5), 3, LAPTOP | _SLOW),
                Grid(PAIR[:1], _cross((6,), 3, (1,)), Octaves(-0.5, 1), 3, LAPTOP | _SLOW),
                Grid(PAIR[1:], _cross((3,), 4, (1,)), Octaves(-1, 2), 5, NARROW | _SLOW),
                *(
                    Grid(PAIR[:1], _cross((4,), 2, (0,), s=3), Octaves(-0.5, 1.5), 3, way)
                    for way in (NARROW | _SLOW, PAPER)
                ),
                Grid(PAIR[:1], _cross((6,), 2, (0,), s=3), Octaves(-0.5, 1.5), 3, NARROW | _SLOW),
                *(
                    Grid(PAIR[1:], _cross((6,), 3, (1,)), octaves, 3, way)
                    for octaves, way in [
                        (Octaves(-0.5, 1), PAPER | _SLOW),
                        (Octaves(-0.5, 1), LAPTOP | dict(batch_size=4, lr=0.003)),
                        (Octaves(-1, 0), LAPTOP | dict(batch_size=4, lr=0.01)),
                    ]
                ),
            ],
            "paper": [
                Grid(PAIR[1:], _cross((8,), 2, (0, 1, 2, 4)), Octaves(-1, 1), 3, PAPER | _SLOW),
                Grid(PAIR[:1], _cross((4,), 2, (0, 1), s=3), Octaves(-0.5, 2), 3, PAPER | _SLOW),
            ],
        },
    ),
}  # fmt: skip

# Studies whose runs are not trained in the usual way, which the others share.
VARIATIONS = ("rates", "robustness", "gaps")


def find_study(name: str) -> Study:
    """The study of that name; ValueError, listing the known ones, if there is none."""
    if name not in STUDIES:
        raise ValueError(f"there is no study {name!r}; the studies are {', '.join(STUDIES)}")
    return STUDIES[name]
