"""s0, the blanks for each informative element: one number for all levels, or one for each."""

from __future__ import annotations

from math import prod
from typing import Any

from .checks import check_integer

Blanks = int | Any  # or a `ByLevel`; for type checkers s0 stays the number that it mostly is


class ByLevel(tuple[int, ...]):
    """The blanks of levels 1 ... L, not all equal.

    It equals the plain tuple. Unlike it, it can be compared with integers, so that the s0 of different tasks
    can be sorted and grouped in one table: by `stretch`, then level by level.
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy's numbers leave the comparison to it, too

    def __lt__(self, other: Blanks) -> bool:
        return _order(self) < _order(other)

    def __le__(self, other: Blanks) -> bool:
        return _order(self) <= _order(other)

    def __gt__(self, other: Blanks) -> bool:
        return _order(self) > _order(other)

    def __ge__(self, other: Blanks) -> bool:
        return _order(self) >= _order(other)


def stretch(s0: Blanks) -> float:
    """s0 + 1, by which blanks stretch each level; of different levels the geometric mean.

    Its L-th power is how many times longer than the informative elements the input is.
    """
    return prod(n + 1 for n in s0) ** (1 / len(s0)) if isinstance(s0, tuple) else s0 + 1


def of_each_level(s0: Blanks, L: int) -> tuple[int, ...]:
    """s0 of levels 1 ... L."""
    return tuple(s0) if isinstance(s0, tuple) else (s0,) * L


def check_blanks(s0: Blanks, L: int) -> Blanks:
    """s0 as tasks keep it: an integer, or `ByLevel` where the levels differ.

    Raises:
        ValueError: no integer >= 0, nor a tuple or list of L of them.
    """
    if not isinstance(s0, tuple | list):
        check_integer("s0", s0, 0)
        return int(s0)
    if len(s0) != L:
        raise ValueError(f"s0 must be one integer or L = {L} of them, level 1 first, got {s0!r}")
    for level, number in enumerate(s0, 1):
        check_integer(f"s0 of level {level}", number, 0)
    return int(s0[0]) if len(set(s0)) == 1 else ByLevel(map(int, s0))


def _order(s0: Blanks) -> tuple[float, tuple[int, ...]]:
    return stretch(s0), tuple(s0) if isinstance(s0, tuple) else (s0,)
