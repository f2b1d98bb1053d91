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

PROFILES = ("smoke", "laptop", "paper")


@dataclass(frozen=True)
class Grid:
    """Settings crossed with seeds and training-set sizes.

    Attributes:
        architectures: networks to train.
        settings: tasks, as arguments of `maximal` below.
        octaves: training-set sizes are the predicted P* times 2^octave.
        seeds: each draws its own task, data and initial weights.
        training: further fields of `Run`.
    """

    architectures: Sequence[str]
    settings: Sequence[dict[str, Any]]
    octaves: Sequence[float]
    seeds: int
    training: dict[str, Any]

    def runs(self) -> list[Run]:
        """All runs of the grid, the smallest P first."""
        runs = [
            self._run(architecture, maximal(**setting), octave, seed)
            for architecture in self.architectures
            for setting in self.settings
            for octave in self.octaves
            for seed in range(self.seeds)
        ]
        return sorted(runs, key=lambda run: run.P)

    def _run(self, architecture: str, task: dict[str, Any], octave: float, seed: int) -> Run:
        predicted = predicted_sample_complexity(architecture, SRHM(**task))
        return Run(
            architecture=architecture,
            P=round(predicted * 2**octave),
            task_seed=seed, data_seed=seed, init_seed=seed,
            **task, **self.training,
        )  # fmt: skip


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


def _steps(first: float, last: float, step: float) -> list[float]:
    return [first + i * step for i in range(round((last - first) / step) + 1)]


def _cross(vs: Sequence[int], L: int, s0s: Sequence[int]) -> list[dict[str, Any]]:
    """The settings of every v and s0 at s = 2 and one depth."""
    return [dict(v=v, s=2, L=L, s0=s0) for v in vs for s0 in s0s]


SMOKE = dict(width=64, n_test=1000, n_pairs=200)
LAPTOP = dict(width=256)
PAPER = dict(width=512)
PAIR = ("LCN", "CNN")


def _variants(base: dict[str, Any]) -> list[dict[str, Any]]:
    """One change at a time: the batch with the rate in proportion, the rate alone, the width."""
    batches = [dict(batch_size=b, lr=0.0025 * b) for b in (4, 128)]
    changes: list[dict[str, Any]] = [{}, *batches, dict(lr=0.024), *(dict(width=w) for w in (128, 256, 512))]
    return list({str(v): v for v in (base | change for change in changes)}.values())


STUDIES = {
    "sample_complexity": Study(
        "At which training-set size does the test error fall?",
        "Fig. 4A",
        {
            "smoke": [Grid(PAIR, _cross((4,), 2, (1,)), _steps(-2, 2, 1), 2, SMOKE)],
            "laptop": [Grid(PAIR, _cross((10,), 2, (2,)), _steps(-3, 2, 0.5), 3, LAPTOP)],
            "paper": [Grid(PAIR, _cross((10,), 2, (2,)), _steps(-4, 2, 0.5), 5, PAPER)],
        },
    ),
    "sensitivities": Study(
        "Do networks become insensitive to synonyms and displacements when they learn?",
        "Figs. 12 and 15",
        {
            "smoke": [
                Grid(PAIR, _cross((4,), 2, (0, 1)), _steps(-2, 2, 1), 2, SMOKE)
            ],
            "laptop": [
                Grid(PAIR, _cross((8,), 2, (0, 1, 2)), _steps(-3, 3, 0.5), 3, LAPTOP)
            ],
            "paper": [
                Grid(PAIR, _cross((8,), 2, (0, 1, 2, 4)), _steps(-4, 4, 0.5), 5, PAPER)
            ],
        },
    ),
    "scaling": Study(
        "How does P* grow with sparsity, vocabulary and depth?",
        "Figs. 4B, 4C, 6 and 14",
        {
            "smoke": [Grid(PAIR, _cross((4,), 2, (0, 1)), _steps(-1, 2, 1), 2, SMOKE)],
            "laptop": [
                Grid(PAIR, _cross(vs, L, s0s), _steps(-1.5, 1.5, 0.5), 3, LAPTOP)
                for vs, L, s0s in [
                    ((4, 6), 2, (0, 1, 2, 4)),
                    ((3,), 3, (0, 1, 2)),
                    ((8,), 2, (0, 1, 2, 4)),
                    ((4,), 3, (0, 1, 2)),
                ]
            ],
            "paper": [
                Grid([architecture], _cross(vs, L, s0s), _steps(-2, 2, 0.5), 3, PAPER)
                for L in (2, 3)
                for architecture, vs, s0s in [
                    ("LCN", (4, 6, 8, 10), (0, 1, 2, 4)),
                    ("CNN", (3, 4, 6, 8, 10, 12), (0, 1, 2, 4, 6)),
                ]
            ],
        },
    ),
    "robustness": Study(
        "Do the batch, the learning rate or the width move P*?",
        "",
        {
            "smoke": [
                Grid(PAIR[1:], _cross((4,), 2, (1,)), _steps(-1, 2, 1), 2, SMOKE | change)
                for change in ({}, dict(batch_size=4, lr=0.01), dict(width=32))
            ],
            "laptop": [
                Grid(PAIR, _cross((6,), 2, (1,)), _steps(-1, 1.5, 0.5), 3, training)
                for training in _variants(LAPTOP)
            ],
            "paper": [
                Grid(PAIR, _cross((8,), 2, (1, 2)), _steps(-1, 1.5, 0.25), 5, training)
                for training in _variants(PAPER)
            ],
        },
    ),
}  # fmt: skip


def find_study(name: str) -> Study:
    """The study of that name; ValueError, listing the known ones, if there is none."""
    if name not in STUDIES:
        raise ValueError(f"there is no study {name!r}; the studies are {', '.join(STUDIES)}")
    return STUDIES[name]
