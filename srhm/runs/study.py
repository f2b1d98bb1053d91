"""Studies: the runs that a question needs, in three profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ..model import check_choice
from .base import BaseRun
from .plan import Plan

PROFILES = ("smoke", "laptop", "paper")


@dataclass(frozen=True)
class Study:
    """The runs behind one figure or group of figures. A run may belong to several studies.

    Attributes:
        title: what is asked.
        figures: the paper's figures it redraws; empty for a question of our own.
        profiles: the plans of each profile; of one that the study does not need, none.

    Raises:
        ValueError: profiles other than smoke, laptop and paper, or what is no plan.
    """

    title: str
    figures: str
    profiles: Mapping[str, Sequence[Plan]]

    def __post_init__(self) -> None:
        if set(self.profiles) != set(PROFILES):
            raise ValueError(
                f"profiles must be {', '.join(PROFILES)}, the plans of each in a list that may be empty; "
                f"got {', '.join(map(str, self.profiles)) or 'none'}"
            )
        for profile, plans in self.profiles.items():
            if not isinstance(plans, Sequence):
                raise ValueError(f"profile {profile!r} needs a list of plans, got {type(plans).__name__}")
            for plan in plans:
                if isinstance(plan, type) or not hasattr(plan, "parts"):
                    raise ValueError(
                        "a profile has plans, such as a Grid or a Search; "
                        f"{profile!r} has a {type(plan).__name__}"
                    )

    def runs(self, profile: str, stored: pd.DataFrame | None = None) -> list[BaseRun]:
        """The runs of a profile, each once; of a search those that are stored, and those that it needs next.

        Args:
            stored: the stored runs (`Store.load`); none unless given.

        Raises:
            ValueError: there is no such profile.
        """
        if stored is None:
            stored = pd.DataFrame()
        return list(dict.fromkeys(run for plan in self.plans(profile) for run in plan.runs(stored)))

    def settled(self, profile: str, stored: pd.DataFrame) -> list[BaseRun]:
        """Those of the runs of a profile that a page may draw where they are stored.

        Not those of a seed whose search goes on: it has sizes on one side of its P* only, or two that are far
        apart. It would count as one that never learns, or give a wrong P*.

        Args:
            stored: the stored runs (`Store.load`).

        Raises:
            ValueError: there is no such profile.
        """
        return list(dict.fromkeys(run for plan in self.plans(profile) for run in plan.settled(stored)))

    def plans(self, profile: str) -> list[Plan]:
        """The plans of a profile that can go on without each other.

        Raises:
            ValueError: there is no such profile.
        """
        check_choice("profile", profile, PROFILES)
        return [part for plan in self.profiles[profile] for part in plan.parts()]
