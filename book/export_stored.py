"""The stored runs of every study, read once for all pages that show them."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from srhm.notebook import StoredRuns
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import Store

RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclass(frozen=True)
class StoredStudy:
    """The stored runs of a study, at the profile and by the command that made them."""

    study: str
    command: str
    runs: pd.DataFrame


def load_stored() -> dict[str, StoredStudy]:
    """The studies that have runs in the store, by name, as the figures draw them."""
    stored, studies = StoredRuns(Store(RESULTS)), {}
    for name in STUDIES:
        with suppress(ValueError):  # nothing that may be drawn
            runs, source = stored.study(name)
            command, _, _ = source.command.partition(" (")  # without how many runs are missing
            studies[name] = StoredStudy(name, command, runs)
    return studies
