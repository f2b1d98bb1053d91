"""Questions of our own about blanks by level: which network pays for which level's, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from ....analysis import P_STAR, Quantity
from ....model import SRHM
from ....networks.taught import TAUGHT
from ....networks.transformer import TRANSFORMERS
from ....runs import Grid, Search, Study
from ..laws import LAWS, predicted_sample_complexity
from ..recipes import BATCH, RATES, at_rate, rate_per_datum
from .plans import BETWEEN, NARROW, PAIR, PAPER, SHORT, SMOKE, coarse, grid, maximal


def _subsets(s0: int, L: int) -> list[tuple[int, ...]]:
    """Blanks at every subset of the L levels, s0 where there are some."""
    return list(product((0, s0), repeat=L))


def _some_subsets(s0: int, L: int) -> list[tuple[int, ...]]:
    """Blanks at no level, at each single one, and at all."""
    return [levels for levels in _subsets(s0, L) if sum(map(bool, levels)) in (0, 1, L)]


def _by_level(
    architectures: Sequence[str],
    v: int,
    L: int,
    s0s: Sequence[int],
    training: dict[str, Any],
    seeds: int | None = None,
    subsets: Callable[[int, int], list[tuple[int, ...]]] = _subsets,
) -> list[Search]:
    """P* with blanks at some levels only, by search; of five seeds up to v = 4, else three, unless given."""
    blanks = dict.fromkeys(levels for s0 in s0s for levels in subsets(s0, L))
    tasks = [SRHM(v=v, n_c=v, m=v, s=2, L=L, s0=levels) for levels in blanks]
    seeds = seeds or (5 if v <= 4 else 3)
    return [
        Search([architecture], [task], seeds, training, _quantities(architecture, task), scale=_scale_between)
        for architecture in architectures
        for task in tasks
    ]


def _quantities(architecture: str, task: SRHM) -> list[Quantity]:
    """P*; and a lower threshold where many test data are trained on, as the error on others is larger."""
    repeats = task.L > 1 and task.size < 20 * _scale_between(architecture, task)
    return [P_STAR, Quantity("P_star_low", "test_error", 0.03)] if repeats else [P_STAR]


def _slow(v: int) -> dict[str, Any]:
    """One rate for all tasks of a v: the authors' for an LCN of any depth, and for a CNN of L >= 3."""
    return at_rate(rate_per_datum(RATES[0], "LCN", maximal(v, 2, 2, 1)), BATCH)


def _deep(training: dict[str, Any], seeds_at_five: Mapping[str, int]) -> list[Search]:
    """P* at v = 3 and the authors' rate, one blank at some levels of L = 3 and 4, and at none or all of 5.

    At L = 5 some CNNs neither learn nor memorise; those that do take less than 80 epochs. There P* is sought
    less closely: a run of the LCN takes an hour.
    """
    way = training | _slow(3)
    searches = _by_level(PAIR, 3, 3, (1,), way) + _by_level(PAIR, 3, 4, (1,), way, subsets=_some_subsets)
    deepest = [maximal(3, 2, 5, s0) for s0 in (0, 1)]
    ways = {"LCN": way, "CNN": way | dict(max_epochs=200)}
    return searches + [
        Search([name], deepest, seeds, ways[name], tolerance=0.3, scale=_scale_between)
        for name, seeds in seeds_at_five.items()
    ]


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
    return [grid(architectures, [task], sizes, training | dict(max_epochs=n), seeds) for n in epochs]


_FIRST_LAYER_RATES = (1 / 6, 3.0, 6.0, 18.0, 36.0)  # with blanks at both levels; the usual one is 1


def _steps_of_layer_1(training: dict[str, Any]) -> list[Search]:
    """P* of an LCN whose layer 1 takes steps as large as the CNN's, and of a CNN with steps as small.

    The gradients of all locations add up in a shared weight, so its steps are larger by up to their number.
    """
    searches = []
    for levels in _subsets(2, 2):
        task = SRHM(v=6, n_c=6, m=6, s=2, L=2, s0=levels)
        locations = task.d // task.spans[1]
        more = _FIRST_LAYER_RATES if all(levels) else ()
        for name, rate in (("LCN", float(locations)), ("CNN", 1 / locations)):
            searches += [
                Search([name], [task], 3, training | dict(first_layer_rate=one), scale=_scale_between)
                for one in dict.fromkeys((rate, *more))
            ]
    return searches


_EPOCHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)


BY_LEVEL = {
    "levels": Study(
        "Which levels' blanks cost data, in which network?",
        "",
        {
            "smoke": coarse(_by_level(["CNN"], 3, 2, (1,), SHORT, seeds=2)),
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
    "slow_levels": Study(
        "Is what the blanks of a level cost a matter of the learning rate?",
        "",
        {
            "smoke": coarse(_by_level(["CNN"], 3, 2, (1,), SHORT | _slow(3), seeds=1)),
            "laptop": [
                *_by_level(PAIR, 4, 2, (1, 2), NARROW | _slow(4), seeds=3),
                *_by_level(PAIR, 6, 2, (1,), NARROW | _slow(6)),
                *_by_level(PAIR, 4, 3, (1,), NARROW | _slow(4), seeds=2),
            ],
            "paper": [
                *_by_level(PAIR, 6, 2, (1, 2, 4), PAPER | _slow(6)),
                *_by_level([*PAIR, *BETWEEN], 4, 3, (1, 2), PAPER | _slow(4)),
            ],
        },
    ),
    "deep_levels": Study(
        "Does the cost of blanks grow with every level, down to five?",
        "",
        {
            "smoke": [
                search
                for L in (2, 3)
                for search in coarse(
                    _by_level(["CNN"], 3, L, (1,), SHORT | _slow(3) | dict(max_epochs=200), 1, _some_subsets)
                )
            ],
            "laptop": _deep(NARROW, {"LCN": 1, "CNN": 3}),
            "paper": _deep(PAPER, {"LCN": 3, "CNN": 5}),
        },
    ),
    "architectures": Study(
        "Which network pays for which level's blanks?",
        "",
        {
            "smoke": [
                Search(
                    TRANSFORMERS[:1], [SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=s0) for s0 in (0, (1, 0))], 1,
                    SHORT | _ATTENTION | dict(width=16), tolerance=1.0, scale=_scale_between,
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
                    tolerance=1.0, scale=_scale_between,
                )
            ],
            # The task of one level is what the last layer is left with, where those below are exact.
            "laptop": [*_by_level(PAIR, 6, 1, (1, 2, 4), NARROW), *_by_level(TAUGHT, 6, 2, (2,), _TAUGHT)],
            "paper": [*_by_level(PAIR, 6, 1, (1, 2, 4), PAPER), *_by_level(TAUGHT, 6, 2, (1, 2, 4), _TAUGHT)],
        },
    ),
    "first_layer_rates": Study(
        "Do shared weights save data because they take larger steps?",
        "",
        {
            "smoke": [
                Search(
                    ["LCN"], [maximal(3, 2, 2, 1)], 1, SHORT | dict(first_layer_rate=4.0),
                    tolerance=1.0, scale=_scale_between,
                )
            ],
            "laptop": _steps_of_layer_1(NARROW),
            "paper": _steps_of_layer_1(PAPER),
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
}  # fmt: skip
