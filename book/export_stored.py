"""The stored runs of every study, read once for all pages that show them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from srhm.notebook import load_study
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import PROFILES, Store
from srhm.runs.store import as_table

RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclass(frozen=True)
class StoredStudy:
    """The stored runs of a study, at the profile and by the command that made them."""

    study: str
    command: str
    runs: pd.DataFrame


def load_stored() -> dict[str, StoredStudy]:
    """The studies that have runs in the store, by name, as the figures draw them."""
    rows = Store(RESULTS).rows()
    stored = as_table(rows)
    return {
        name: _load(name)
        for name, study in STUDIES.items()
        if any(run.key in rows for profile in PROFILES for run in study.runs(profile, stored))
    }


def _load(study: str) -> StoredStudy:
    runs, source = load_study(study, "stored", "cpu", RESULTS)
    command, _, _ = source.command.partition(" (")  # without how many runs are missing
    return StoredStudy(study, command, runs)
