"""The grids of the authors' code, against the paper's own points and curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srhm import SRHM
from srhm.analysis import crossing
from srhm.papers.sparse2024 import digitised, maximal
from srhm.papers.sparse2024.grids import authors_grid, nearest_on_grid

GRID = [100, 200, 400, 800]


def task_of(row):
    return SRHM(**{name: getattr(row, name) for name in ("v", "n_c", "m", "s", "L", "s0", "sparsity")})


def off(row):
    """By which part a point lies beside the nearest of its grid."""
    grid = authors_grid(row.architecture, task_of(row))
    return np.abs(grid / row.value - 1).min()


def test_every_point_of_the_paper_lies_on_the_grid_of_its_code():
    points = digitised.sample_complexities()
    beside = points[[off(row) > 0.004 for row in points.itertuples()]]
    # Those of Fig. 11 at L = 3 look as if placed by hand (data/README.md, 7).
    assert beside[["figure", "L"]].drop_duplicates().to_numpy().tolist() == [["11", 3]]
    assert len(beside) == 3


def test_what_the_authors_printed_is_on_the_grid_exactly():
    printed = digitised.digitised("lcn_p_star")
    plotted = digitised.sample_complexities().query("quantity == 'P_star' and architecture == 'LCN'")
    for row in plotted.merge(printed, on=digitised.TASK).itertuples():
        assert row.P_star in authors_grid("LCN", task_of(row))


@pytest.mark.parametrize(("architecture", "figure"), [("LCN", "12"), ("CNN", "15"), ("LCN", "4A")])
def test_the_papers_curves_are_on_the_grid(architecture, figure):
    curves = digitised.curves().query("figure == @figure and column == 'test_error'")
    assert len(curves)
    for _, curve in curves.groupby("s0"):
        grid = authors_grid(architecture, task_of(next(curve.itertuples())))
        for P in curve.P:
            assert np.abs(grid / P - 1).min() < 0.01


@pytest.mark.parametrize("s0", [0, 1, 2, 4])
@pytest.mark.parametrize(("architecture", "figure"), [("LCN", "12"), ("CNN", "15")])
def test_the_rule_gives_the_papers_P_star_from_the_papers_curves(architecture, figure, s0):
    curve = digitised.curves().query("figure == @figure and s0 == @s0 and column == 'test_error'")
    curve = curve.sort_values("P")
    grid = authors_grid(architecture, maximal(8, 2, 2, s0))
    found = nearest_on_grid(curve.P.tolist(), curve.value.tolist(), 0.1, grid)
    of_task = "architecture == @architecture and s0 == @s0 and v == 8 and s == 2 and L == 2"
    points = digitised.sample_complexities().query(of_task + " and quantity == 'P_star'")
    assert found == pytest.approx(points.value.item(), rel=0.004)


@pytest.mark.parametrize(
    ("errors", "nearest"),
    [
        ([0.8, 0.22, 0.004, 0.0], 400),  # nearer below, as the paper's CNN at s0 = 2
        ([0.8, 0.162, 0.003, 0.0], 200),  # above, as its LCN at s0 = 4
        ([0.11, 0.05, 0.0, 0.0], 100),
    ],
)
def test_the_nearest_point_may_lie_on_either_side(errors, nearest):
    assert nearest_on_grid(GRID, errors, 0.1, np.array(GRID)) == nearest


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4), st.integers(1, 99))
def test_on_its_own_grid_a_curve_is_nearest_at_one_of_the_two_about_its_crossing(percents, threshold):
    errors = [percent / 100 for percent in percents]
    found = nearest_on_grid(GRID, errors, threshold / 100, np.array(GRID))
    place = crossing(GRID, errors, threshold / 100)
    if not 0 < place < np.inf:
        assert np.isnan(found)
    else:
        k = int(np.searchsorted(GRID, place))
        distances = {GRID[i]: abs(percents[i] - threshold) for i in (k - 1, k)}
        assert distances[int(found)] == min(distances.values())


@pytest.mark.parametrize("sizes", [(0.9, 1.1), (0.2, 0.9, 1.1, 5)])
@pytest.mark.parametrize("place", [50, 130, 205, 230, 330, 390, 700, 2000])
def test_a_logistic_curve_with_sizes_of_its_own_is_read_between_and_beyond_them(place, sizes):
    def error(P):
        return 1 / (1 + 9 * (P / place) ** 4)

    P, grid = place * np.array(sizes), np.array(GRID)
    expected = grid[np.abs(error(grid) - 0.1).argmin()]
    assert nearest_on_grid(P.tolist(), error(P).tolist(), 0.1, grid) == expected


def test_a_curve_that_rises_at_an_end_is_carried_on_level():
    """The error of one more datum is noise, and no reason to cross the threshold again."""
    P, errors = [190, 210, 220], [0.11, 0.09, 0.098]
    assert nearest_on_grid(P, errors, 0.1, np.array([100, 10_000])) == 10_000
    assert nearest_on_grid([180, 190, 210], [0.10, 0.11, 0.09], 0.1, np.array([1, 300])) == 1


def test_the_ends_of_the_grids_are_those_of_the_code():
    """First and last size for each class: fun_choices.py, and scale_P_TASK.ipynb for the CNN at L = 2."""
    ends = {
        ("LCN", 6, 2, 1): (36, 200 ** (13 / 14) * 36), ("LCN", 6, 3, 4): (216, 500 ** (13 / 14) * 216),
        ("CNN", 6, 2, 0): (7, 7 * (3600 / 7) ** (13 / 14)), ("CNN", 6, 3, 2): (1296, 100 ** (13 / 14) * 1296),
        ("CNN", 8, 3, 1): (409, 100 ** (13 / 14) * 4096), ("CNN", 6, 3, 4): (1296, 300 ** (13 / 14) * 1296),
    }  # fmt: skip
    for (architecture, v, L, s0), expected in ends.items():
        grid = authors_grid(architecture, maximal(v, 2, L, s0))
        assert (grid[[0, -1]] / v).tolist() == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("errors", [[0.5] * 4, [0.05] * 4])
def test_a_curve_that_does_not_cross_has_none(errors):
    assert np.isnan(nearest_on_grid(GRID, errors, 0.1, np.array(GRID)))


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("VGG11", maximal(4, 2, 2, 0)), ("LCN", maximal(4, 2, 4, 0)), ("CNN", maximal(4, 3, 2, 0)),
        ("TaperedFCN", maximal(4, 2, 2, 0)), ("CNN", maximal(4, 2, 2, 1, sparsity="B")),
        ("LCN", SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=(0, 2))),
    ],
)  # fmt: skip
def test_other_networks_and_tasks_have_no_grid(architecture, task):
    with pytest.raises(ValueError, match=f"no grid of the authors' for {architecture}"):
        authors_grid(architecture, task)


def test_sizes_increase_and_hold_as_many_data_of_each_class():
    for architecture in ("LCN", "CNN"):
        for v in (3, 4, 6, 8, 10, 12):
            for L in (2, 3):
                for s0 in (0, 1, 2, 4, 6):
                    grid = authors_grid(architecture, maximal(v, 2, L, s0))
                    assert (np.diff(grid) > 0).all()
                    if not (architecture == "CNN" and L == 2 and s0):
                        assert (grid % v == 0).all()
