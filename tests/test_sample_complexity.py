"""P* against curves whose crossing is known in closed form."""

from dataclasses import asdict
from math import exp, inf, log, sqrt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srhm.runs import Run
from srhm.sample_complexity import crossing, sample_complexity

quick = settings(deadline=None)


def floats(least, most):
    """Training sets the process to flush subnormal floats to zero, so none are drawn."""
    return st.floats(least, most, allow_subnormal=False)


BASE = dict(architecture="CNN", v=4, n_c=4, m=4, s=2, L=2, s0=1)
GRID = [100, 200, 400, 800]

sizes = st.lists(st.integers(1, 10**7), min_size=2, max_size=12, unique=True).map(sorted)


def rows(errors, grid=GRID, seed=0, column="test_error", **changes):
    """Stored runs of one curve."""
    seeds = dict(task_seed=seed, data_seed=seed, init_seed=seed)
    runs = [Run(**BASE | seeds | changes | dict(P=P)) for P in grid]
    return pd.DataFrame([asdict(r) | {column: e} for r, e in zip(runs, errors, strict=True)])


def falling(P_star, grid=GRID, **changes):
    """A curve that falls through 0.1 at P_star."""
    return rows([min(0.75, 0.1 * P_star / P) for P in grid], grid, **changes)


def line(P, P_star, slope, threshold):
    return [threshold - slope * (log(size) - log(P_star)) for size in P]


# One curve


@quick
@given(sizes, floats(0, 1), floats(0.01, 10), floats(0.01, 0.99))
def test_a_line_in_log_P_crosses_where_it_does(P, place, slope, threshold):
    P_star = exp(log(P[0]) + (0.001 + 0.998 * place) * (log(P[-1]) - log(P[0])))
    assert crossing(P, line(P, P_star, slope, threshold), threshold) == pytest.approx(P_star, rel=1e-6)


def test_interpolation_is_linear_in_the_value_and_logarithmic_in_P():
    assert crossing([100, 400], [0.2, 0.0], 0.1) == pytest.approx(200)
    assert crossing([10, 1000], [0.9, 0.1], 0.3) == pytest.approx(10 * 100**0.75)
    assert crossing([1, 10, 1000], [0.5, 0.9, 0.1], 0.3) == pytest.approx(10 * 100**0.75)


@quick
@given(sizes, st.data())
def test_a_crossing_lies_after_the_last_point_above(P, data):
    values = data.draw(st.lists(floats(0, 1), min_size=len(P), max_size=len(P)))
    found = crossing(P, values, 0.3)
    above = [size for size, value in zip(P, values, strict=True) if value > 0.3]
    if not above:
        assert found == 0
    elif above[-1] == P[-1]:
        assert found == inf
    else:
        assert above[-1] * (1 - 1e-9) <= found <= P[P.index(above[-1]) + 1] * (1 + 1e-9)


def test_a_curve_that_rises_again_crosses_where_it_falls_for_good():
    assert crossing([1, 10, 100, 1000], [0.2, 0.0, 0.2, 0.0], 0.1) == pytest.approx(100 * sqrt(10))
    assert crossing([1, 10, 100], [0.2, 0.0, 0.2], 0.1) == inf


def test_a_value_at_the_threshold_has_reached_it():
    assert crossing([100, 200, 400], [0.5, 0.1, 0.0], 0.1) == pytest.approx(200)
    assert crossing([100, 200], [0.1, 0.1], 0.1) == 0


def test_a_crossing_outside_the_grid_is_not_extrapolated():
    assert crossing([100, 200], [0.9, 0.101], 0.1) == inf
    assert crossing([100, 200], [0.099, 0.0], 0.1) == 0


# Many runs


def test_P_star_is_the_geometric_mean_of_the_crossings_of_the_seeds():
    curves = [rows([0.2, 0.0, 0.0, 0.0], seed=0), rows([0.3, 0.3, 0.2, 0.0], seed=1)]
    (row,) = sample_complexity(pd.concat(curves)).to_dict("records")
    first, second = 100 * sqrt(2), 400 * sqrt(2)
    assert row["P_star"] == pytest.approx(sqrt(first * second))
    assert row["P_star_low"] == pytest.approx(first)
    assert row["P_star_high"] == pytest.approx(second)
    assert (row["seeds"], row["status"]) == (2, "reached")
    assert {name: row[name] for name in BASE} == BASE


@pytest.mark.parametrize("seed", ["task_seed", "data_seed", "init_seed"])
def test_each_of_the_three_seeds_names_a_curve_of_its_own(seed):
    curves = [rows([0.2, 0.0, 0.0, 0.0]), rows([0.3, 0.3, 0.2, 0.0], **{seed: 9})]
    (row,) = sample_complexity(pd.concat(curves)).to_dict("records")
    assert row["seeds"] == 2
    assert row["P_star"] == pytest.approx(200 * sqrt(2))


@pytest.mark.parametrize(
    ("errors", "status"),
    [([0.5, 0.4, 0.3, 0.2], "not reached"), ([0.1, 0.0, 0.0, 0.0], "below the grid")],
)
def test_a_seed_that_does_not_cross_on_the_grid_leaves_no_P_star(errors, status):
    curves = pd.concat([rows([0.2, 0.0, 0.0, 0.0], seed=0), rows(errors, seed=1)])
    (row,) = sample_complexity(curves).to_dict("records")
    assert (row["seeds"], row["status"]) == (2, status)
    assert pd.isna([row["P_star"], row["P_star_low"], row["P_star_high"]]).all()


def test_not_reached_outranks_below_the_grid():
    curves = pd.concat([rows([0.5] * 4, seed=0), rows([0.0] * 4, seed=1)])
    assert sample_complexity(curves).status.tolist() == ["not reached"]


def test_rows_may_come_in_any_order():
    curves = pd.concat([falling(250, seed=0), falling(300, seed=1)])
    shuffled = curves.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(sample_complexity(shuffled), sample_complexity(curves))


def test_threshold_and_column_choose_the_quantity():
    curve = falling(500).assign(S_2_1=[0.9, 0.5, 0.1, 0.0])
    at = {c: sample_complexity(curve, 0.3, c).P_star.item() for c in ("S_2_1", "test_error")}
    assert at["S_2_1"] == pytest.approx(200 * sqrt(2))
    assert at["test_error"] == pytest.approx(crossing(GRID, curve.test_error.tolist(), 0.3))


def test_a_missing_value_is_left_out_of_its_curve():
    curve = rows([0.3, None, 0.1, 0.0])
    assert sample_complexity(curve).P_star.item() == pytest.approx(400)


OTHER = dict(
    architecture="LCN", v=6, n_c=3, m=3, s=3, L=3, s0=2, sparsity="B", width=64, batch_size=4, lr=0.01,
    momentum=0.5, loss_threshold=0.01, max_epochs=7, n_test=500, n_pairs=50,
)  # fmt: skip


@pytest.mark.parametrize("field", OTHER)
def test_runs_that_differ_in_any_setting_are_never_mixed_in_one_curve(field):
    curves = pd.concat([falling(150), falling(600, **{field: OTHER[field]})])
    P_star = sorted(sample_complexity(curves).P_star)
    assert P_star == pytest.approx([sample_complexity(falling(x)).P_star.item() for x in (150, 600)])


def test_every_field_of_a_run_is_a_seed_or_a_setting_or_P():
    assert set(OTHER) == set(asdict(Run(**BASE, P=1))) - {"P", "task_seed", "data_seed", "init_seed"}


# Errors


def test_no_runs_are_named():
    with pytest.raises(ValueError, match="no runs to read P\\* from"):
        sample_complexity(pd.DataFrame())
    with pytest.raises(ValueError, match="no runs to read P\\* from"):
        sample_complexity(falling(250)[:0])


@pytest.mark.parametrize("threshold", [0, 1, -0.1, 10, float("nan"), inf])
def test_a_threshold_outside_0_and_1_is_named(threshold):
    with pytest.raises(ValueError, match=rf"threshold must lie in \(0, 1\), got {threshold!r}"):
        sample_complexity(falling(250), threshold)


def test_an_unknown_column_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="no column 'S_9_1' among .*'test_error'"):
        sample_complexity(falling(250), column="S_9_1")
