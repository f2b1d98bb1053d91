"""Keys never change: no run that is stored is lost, no study asks for other runs than before."""

import hashlib
import json
from pathlib import Path

import pytest

from srhm.papers.sparse2024 import STUDIES
from srhm.runs import PROFILES, Store

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "results"
PINNED = (HERE / "stored_keys.txt").read_text().split()  # new ones may be appended, none may go
STUDY_KEYS = json.loads((HERE / "study_keys.json").read_text())  # how many runs, and the digest of their keys


def digest(keys):
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def test_every_run_that_was_ever_committed_is_still_found_under_its_key():
    stored = Store(RESULTS).rows()
    assert [key for key in PINNED if key not in stored] == []


def test_the_list_of_keys_has_only_grown():
    assert digest(PINNED[:3083]) == "43efded8e78c5620"
    assert len(set(PINNED)) == len(PINNED)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", STUDY_KEYS)
def test_a_study_asks_for_the_same_runs_in_the_same_order(name, profile):
    keys = [run.key for run in STUDIES[name].runs(profile)]
    assert [len(keys), digest(keys)] == STUDY_KEYS[name][profile]
