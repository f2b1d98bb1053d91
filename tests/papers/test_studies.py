"""The studies of the paper's figures, its laws, and where it reads P*."""

import pandas as pd
import pytest

from srhm.analysis import Quantity
from srhm.model import SRHM
from srhm.papers.sparse2024 import STUDIES, maximal, predicted_sample_complexity, quantities
from srhm.papers.sparse2024.studies import WAYS, find_study
from srhm.runs import PROFILES, Run, Search

# Studies


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_every_profile_and_repeats_no_run(name):
    study = find_study(name)
    assert study.title.endswith("?")
    assert "Fig" in study.figures or all(name not in names for names in WAYS.values())  # our own questions
    assert tuple(study.profiles) == PROFILES
    for profile in PROFILES:
        runs = study.runs(profile)
        assert 0 < len(runs) == len(set(runs)) == len({r.key for r in runs})


@pytest.mark.parametrize("name", STUDIES)
def test_smoke_runs_are_small(name):
    runs = find_study(name).runs("smoke")
    assert sum(r.P for r in runs) < 50_000
    assert max(r.P * r.width for r in runs) < 500_000


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", STUDIES)
def test_a_profile_visits_sizes_on_both_sides_of_the_prediction(name, profile):
    visited = {}
    for plan in find_study(name).plans(profile):
        for r in plan.runs(pd.DataFrame()):
            if isinstance(r, Run) and r.architecture in ("LCN", "CNN"):  # the paper predicts no other
                predicted = predicted_sample_complexity(r.architecture, r.task)
                if isinstance(plan, Search):
                    assert round(predicted) == r.P  # where it begins; it goes on from there
                else:
                    visited.setdefault((r.shape, predicted), []).append(r.P)
    assert all(min(sizes) < predicted < max(sizes) for (_, predicted), sizes in visited.items())


def test_the_usual_task_has_v_classes_and_all_synonyms():
    expected = SRHM(v=4, n_c=4, m=16, s=3, L=2, s0=1, sparsity="B")
    assert maximal(v=4, s=3, L=2, s0=1, sparsity="B") == expected


def test_an_unknown_study_or_profile_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="no study 'nope'; the studies are sample_complexity, sensitivities"):
        find_study("nope")
    with pytest.raises(
        ValueError, match=r"profile must be one of \('smoke', 'laptop', 'paper'\), got 'nope'"
    ):
        find_study("sensitivities").runs("nope")


# Predictions: horizontal axes of the paper's Figs. 4B and 4C, as (L, s0, v, x) with n_c = m = v, s = 2

FIG_4B = [
    (2, 0, 4, 128.0), (2, 0, 10, 2000.0), (2, 1, 6, 1728.0), (2, 2, 8, 9216.0), (2, 4, 10, 50000.0),
    (3, 0, 4, 724.0773), (3, 0, 8, 11585.24), (3, 1, 6, 29325.13), (3, 2, 10, 763675.3),
]  # fmt: skip
FIG_4C = [
    (2, 0, 4, 64.0), (2, 0, 10, 1000.0), (2, 1, 3, 108.0), (2, 2, 8, 4608.0), (2, 6, 4, 3136.0),
    (3, 1, 4, 1024.0), (3, 1, 12, 82944.0), (3, 2, 6, 11664.0), (3, 4, 8, 102400.0),
]  # fmt: skip


@pytest.mark.parametrize(("L", "s0", "v", "x"), FIG_4B)
def test_eq_3_gives_the_axis_of_fig_4b(L, s0, v, x):
    task = maximal(v=v, s=2, L=L, s0=s0)
    assert predicted_sample_complexity("LCN", task) == pytest.approx(x, rel=1e-6)


@pytest.mark.parametrize(("L", "s0", "v", "x"), FIG_4C)
def test_eq_4_gives_the_axis_of_fig_4c(L, s0, v, x):
    task = maximal(v=v, s=2, L=L, s0=s0)
    assert predicted_sample_complexity("CNN", task) == pytest.approx(2.5 * x, rel=1e-12)


def test_predictions_depend_on_n_c_and_m_separately():
    task = SRHM(v=4, n_c=3, m=2, s=3, L=2, s0=2)
    assert predicted_sample_complexity("LCN", task) == pytest.approx(3 * 9 * 3 * 4)
    for architecture in ("FCN", "TaperedFCN"):
        assert predicted_sample_complexity(architecture, task) == predicted_sample_complexity("LCN", task)
    assert predicted_sample_complexity("CNN", task) == pytest.approx(2.5 * 9 * 3 * 4)


def test_an_architecture_without_a_law_is_named_with_those_that_have_one():
    task = SRHM(v=4, n_c=3, m=2, s=3, L=2, s0=2)
    with pytest.raises(ValueError, match="the paper has laws for LCN, CNN, FCN, TaperedFCN, not for 'VGG11'"):
        predicted_sample_complexity("VGG11", task)


# Thresholds


def thresholds(architecture, s, L):
    """The thresholds of S_2 and D_2, by column."""
    P_star, *others = quantities(architecture, s, L)
    assert P_star == Quantity("P_star", "test_error", 0.1)
    assert [quantity.name for quantity in others] == ["P_star_S", "P_star_D"]
    return {quantity.column: quantity.threshold for quantity in others}


def test_thresholds_are_the_papers():
    assert thresholds("LCN", 2, 3) == {"S_2_1": 0.3, "D_2_1": 0.1}
    assert thresholds("LCN", 3, 2) == {"S_2_1": 0.5, "D_2_1": 0.1}
    assert thresholds("FCN", 2, 2) == thresholds("TaperedFCN", 2, 2) == {"S_2_1": 0.3, "D_2_1": 0.1}
    found = [thresholds("CNN", s, L)["S_2_1"] for s, L in ((2, 2), (3, 2), (2, 3), (3, 3), (2, 4))]
    assert found == [0.4, 0.5, 0.2, 0.2, 0.2]
    assert thresholds("CNN", 2, 2)["D_2_1"] == 0.2
    with pytest.raises(ValueError, match="not for 'VGG11'"):
        thresholds("VGG11", 2, 2)
