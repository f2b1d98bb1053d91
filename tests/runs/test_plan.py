"""Plans: grids of runs; and studies, which have some."""

import pytest
from helpers import run

from srhm.model import SRHM
from srhm.papers.sparse2024 import maximal, predicted_sample_complexity
from srhm.runs import PROFILES, Grid, Octaves, Study


def test_a_grid_crosses_architectures_settings_sizes_and_seeds():
    grid = Grid(
        ["LCN", "CNN"],
        [maximal(v=4, s=2, L=2, s0=1), maximal(v=5, s=2, L=2, s0=0)],
        Octaves(-1, 0, 1),
        3,
        {"width": 8},
        predicted_sample_complexity,
    )
    runs = grid.runs()
    assert len(set(runs)) == len(runs) == 2 * 2 * 2 * 3
    assert [r.P for r in runs] == sorted(r.P for r in runs)
    assert {r.P for r in runs if r.architecture == "LCN" and r.v == 4} == {256, 512}
    assert {r.P for r in runs if r.architecture == "CNN" and r.v == 5} == {156, 312}
    assert {(r.task_seed, r.data_seed, r.init_seed) for r in runs} == {(i, i, i) for i in range(3)}
    assert {(r.width, r.n_c, r.m) for r in runs} == {(8, 4, 4), (8, 5, 5)}


def test_without_a_scale_octaves_count_from_that_of_the_random_hierarchy_model():
    task = SRHM(v=5, n_c=3, m=4, s=2, L=3, s0=2)
    for architecture in ("LCN", "VGG11"):
        runs = Grid([architecture], [task], Octaves(-1, 1), 1).runs()
        assert [r.P for r in runs] == [round(3 * 4**3 * 2**i) for i in (-1, -0.5, 0, 0.5, 1)]


def test_sizes_may_be_given_as_they_are_and_the_seed_of_a_task_is_left_aside():
    task = SRHM(v=5, n_c=3, m=4, s=2, L=3, s0=2, seed=7)
    runs = Grid(["LCN"], [task], (30, 10), 2).runs()
    assert [(r.P, r.task_seed) for r in runs] == [(10, 0), (10, 1), (30, 0), (30, 1)]


@pytest.mark.parametrize("octaves", [(-1, 1, 0), (2, -1, 0.5), (-1, 1, float("nan")), (-1, float("inf"), 1)])
def test_octaves_that_are_none_are_refused(octaves):
    with pytest.raises(
        ValueError, match="octaves need finite first <= last and a positive step, got first = "
    ):
        Octaves(*octaves)


@pytest.mark.parametrize(
    ("profiles", "message"),
    [
        ({"smoke": []}, "profiles must be smoke, laptop, paper, .* got smoke"),
        ({}, "got none"),
        (dict.fromkeys([*PROFILES, "huge"], []), "got smoke, laptop, paper, huge"),
        (dict.fromkeys(PROFILES, iter(())), "profile 'smoke' needs a list of plans, got tuple_iterator"),
        (dict.fromkeys(PROFILES, [Grid]), "a profile has plans, .* 'smoke' has a type"),
        (dict.fromkeys(PROFILES, [run()]), "a profile has plans, such as a Grid .* 'smoke' has a Run"),
    ],
)
def test_a_study_of_other_profiles_or_without_plans_is_refused(profiles, message):
    with pytest.raises(ValueError, match=message):
        Study("?", "", profiles)
