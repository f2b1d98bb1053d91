"""P* against curves whose crossing is known in closed form."""

from dataclasses import asdict
from math import exp, inf, isnan, log, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srhm.analysis import (
    crossing,
    crossings,
    error_on_new_data,
    fit_exponents,
    sample_complexity,
    sparsity_exponent,
    sparsity_law,
)
from srhm.analysis.columns import SEEDS, SETTING
from srhm.model import SRHM, ByLevel, stretch
from srhm.papers.sparse2024 import EQ_3, EQ_4, LAWS, digitised
from srhm.runs import Run

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


@given(sizes, st.floats(0, 1), st.floats(0.01, 10), st.floats(0.01, 0.99))
def test_a_line_in_log_P_crosses_where_it_does(P, place, slope, threshold):
    P_star = exp(log(P[0]) + (0.001 + 0.998 * place) * (log(P[-1]) - log(P[0])))
    assert crossing(P, line(P, P_star, slope, threshold), threshold) == pytest.approx(P_star, rel=1e-6)


def test_interpolation_is_linear_in_the_value_and_logarithmic_in_P():
    assert crossing([100, 400], [0.2, 0.0], 0.1) == pytest.approx(200)
    assert crossing([10, 1000], [0.9, 0.1], 0.3) == pytest.approx(10 * 100**0.75)
    assert crossing([1, 10, 1000], [0.5, 0.9, 0.1], 0.3) == pytest.approx(10 * 100**0.75)


@given(sizes, st.data())
def test_a_crossing_lies_after_the_last_point_above(P, data):
    values = data.draw(st.lists(st.floats(0, 1), min_size=len(P), max_size=len(P)))
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
    momentum=0.5, loss_threshold=0.01, max_epochs=7, n_test=500, n_pairs=50, inputs="whitened", bias=True,
    init="uniform", penalty=0.5, statistics="batch", first_layer_rate=4.0,
)  # fmt: skip
OF_VISION = ("init", "penalty", "statistics")


@pytest.mark.parametrize("field", OTHER)
def test_runs_that_differ_in_any_setting_are_never_mixed_in_one_curve(field):
    one = {"architecture": "VGG11"} if field in OF_VISION else {}
    curves = pd.concat([falling(150, **one), falling(600, **one | {field: OTHER[field]})])
    P_star = sorted(sample_complexity(curves).P_star)
    assert P_star == pytest.approx([sample_complexity(falling(x)).P_star.item() for x in (150, 600)])


def test_every_field_of_a_run_is_a_seed_or_a_setting_or_P():
    assert set(OTHER) == set(asdict(Run(**BASE, P=1))) - {"P", "task_seed", "data_seed", "init_seed"}


# Crossings


def test_crossings_have_a_row_for_each_setting_and_seed():
    curves = [falling(P, seed=seed, s0=s0) for P, seed, s0 in [(150, 0, 1), (250, 1, 1), (350, 0, 2)]]
    table = crossings(pd.concat(curves))
    assert list(table) == [*SETTING, *SEEDS, "P_star", "P_first", "P_last"]
    found = table.set_index(["s0", "task_seed"]).P_star
    expected = {(1, 0): curves[0], (1, 1): curves[1], (2, 0): curves[2]}
    assert found.to_dict() == {
        key: crossing(GRID, curve.test_error.tolist(), 0.1) for key, curve in expected.items()
    }


def test_blanks_by_level_are_settings_of_their_own_sorted_by_their_mean():
    s0s = [2, (2, 0), 0, (0, 2), (1, 0)]
    curves = [(150 + 50 * i, s0, seed) for i, s0 in enumerate(s0s) for seed in (0, 1)]
    table = pd.concat([falling(P_star, s0=s0, seed=seed) for P_star, s0, seed in curves])
    found = sample_complexity(table)
    assert found.s0.tolist() == [0, (1, 0), (0, 2), (2, 0), 2]
    for row in found.itertuples():
        alone = sample_complexity(falling(150 + 50 * s0s.index(row.s0), s0=row.s0))
        assert row.P_star == pytest.approx(alone.P_star.item())
        assert row.seeds == 2
    assert len(crossings(table)) == 10


def test_a_law_is_fitted_through_blanks_by_level():
    s0s = (0, 1, 4, ByLevel((4, 0)), ByLevel((0, 4)), ByLevel((1, 4)))
    points = points_of(lambda row: row.n_c * stretch(row.s0) ** 1.5 * row.m**2, s0s=s0s)
    close(fit_exponents(points, sparsity_law, draws=20), {"s0+1": 1.5, "m": 2, "jump": 0})


def test_crossings_tell_what_was_not_reached():
    curves = pd.concat([rows([0.5] * 4, seed=0), rows([0.0] * 4, seed=1)])
    assert crossings(curves).P_star.tolist() == [inf, 0]


def test_what_lies_beyond_the_sizes_visited_has_a_limit():
    sizes = {0: GRID, 1: GRID[:2], 2: GRID[1:]}  # by seed
    beyond = [rows([0.5] * len(P), P, seed=seed) for seed, P in sizes.items()]
    (not_reached,) = sample_complexity(pd.concat([*beyond, falling(200, seed=3)])).to_dict("records")
    assert (not_reached["status"], not_reached["P_limit"]) == ("not reached", 200)  # seed 1 went no further
    assert (not_reached["beyond"], not_reached["seeds"]) == (3, 4)
    assert not_reached["P_last"] == max(GRID)
    assert isnan(not_reached["P_first"])
    below = [rows([0.05] * len(P), P, seed=seed) for seed, P in sizes.items()]
    (early,) = sample_complexity(pd.concat([*below, falling(200, seed=3)])).to_dict("records")
    assert (early["status"], early["P_limit"]) == ("below the grid", 200)  # seed 2 began no sooner
    assert early["P_first"] == min(GRID)
    (reached,) = sample_complexity(falling(200)).to_dict("records")
    assert reached["beyond"] == 0
    assert isnan(reached["P_limit"])


# Data that were trained on


def test_the_error_on_new_data_is_found_by_counting():
    """A network that knows its training data and guesses wrongly elsewhere errs on all others."""
    task = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=0)  # 81 data
    errors = []
    for seed in range(200):
        known = {tuple(row) for row in task.sample(60, seed=seed).symbols.tolist()}
        test = task.sample(500, seed=1000 + seed).symbols.tolist()
        errors.append(np.mean([tuple(row) not in known for row in test]))
    runs = rows([np.mean(errors)], [60], v=3, n_c=3, m=3, s0=0)
    assert error_on_new_data(runs).item() == pytest.approx(1, abs=0.02)
    half = runs.assign(test_error=runs.test_error / 2)
    assert error_on_new_data(half).item() == pytest.approx(0.5, abs=0.01)
    assert error_on_new_data(runs.assign(test_error=1.0)).item() == 1
    large = runs.assign(v=8, n_c=8, m=8, L=3, test_error=0.3)
    assert error_on_new_data(large).item() == pytest.approx(0.3, rel=1e-3)


# Exponents


VS, S0S = (3, 4, 6), (0, 1, 2, 4)


def points_of(P_star, vs=VS, s0s=S0S, Ls=(2,), ss=(2,), seeds=3, architecture="LCN"):
    """P* of each setting and seed, given as a function of a row."""
    grid = [(v, s, L, s0, seed) for s in ss for L in Ls for v in vs for s0 in s0s for seed in range(seeds)]
    table = pd.DataFrame(grid, columns=["v", "s", "L", "s0", "task_seed"]).assign(architecture=architecture)
    table = table.assign(n_c=table.v, m=table.v ** (table.s - 1), sparsity="A")
    table = table.assign(data_seed=table.task_seed, init_seed=table.task_seed)
    table = table.assign(**{name: 1 for name in SETTING if name not in table})
    return table.assign(P_star=[P_star(row) for row in table.itertuples()])


def close(fit, exact):
    """Whether estimates and both ends of their intervals are these, and the scatter none."""
    assert sorted(fit.index) == sorted([*exact, "scatter"])
    for name in ("estimate", "low", "high"):
        assert fit[name].to_dict() == pytest.approx({**exact, "scatter": 0}, abs=1e-8)


exponent = st.floats(-4, 4)


@settings(max_examples=30)
@given(exponent, exponent, exponent, exponent, st.sampled_from([None, 1]))
def test_a_law_of_sparsity_is_recovered_exactly(a, b, jump, constant, spread):
    def law(row):
        return row.n_c * exp(constant - jump * (row.s0 == 0)) * (row.s0 + 1) ** a * row.m**b

    fit = fit_exponents(points_of(law), sparsity_law, spread, draws=20)
    close(fit, {"s0+1": a, "m": b, "jump": jump})


@settings(max_examples=30)
@given(exponent, exponent, exponent, exponent, st.sampled_from(["LCN", "CNN"]), st.sampled_from([None, 1]))
def test_a_law_of_depth_is_recovered_exactly(a, b, c, jump, architecture, spread):
    def law(row):
        depth = 1 if architecture == "CNN" else row.L
        return (
            row.n_c
            * (row.s0 + 1) ** (a * depth)
            * (row.m**b * row.s**c) ** row.L
            * exp(-jump * (row.s0 == 0))
        )

    points = points_of(law, Ls=(2, 3), ss=(2, 3), seeds=2, architecture=architecture)
    fit = fit_exponents(points, LAWS[architecture].terms, spread, draws=20)
    close(fit, {LAWS[architecture].power("s0+1").name: a, "m^L": b, "s^L": c, "jump": jump})


def eq_3(row):
    return row.s ** (row.L / 2) * (row.s0 + 1) ** row.L * row.n_c * row.m**row.L


def eq_4(row):
    return 2.5 * (row.s0 + 1) ** 2 * row.n_c * row.m**row.L


def test_equations_3_and_4_have_the_exponents_that_are_claimed():
    for law, claimed, architecture, exact in [
        (eq_3, EQ_3, "LCN", (1, 1, 0.5)),
        (eq_4, EQ_4, "CNN", (2, 1, 0)),
    ]:
        points = points_of(law, Ls=(2, 3), ss=(2, 3), architecture=architecture)
        exact = dict(zip([claimed.power("s0+1").name, "m^L", "s^L", "jump"], [*exact, 0], strict=True))
        close(fit_exponents(points, claimed.terms, draws=5), exact)


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        (dict(), {"s0+1": 2, "m": 2, "jump": 0}),
        (dict(vs=(4,)), {"s0+1": 2, "jump": 0}),
        (dict(s0s=(1, 2, 4)), {"s0+1": 2, "m": 2}),
        (dict(s0s=(0, 1)), {"jump": log(4), "m": 2}),
        (dict(s0s=(0,)), {"m": 2}),
        (dict(s0s=(0,), vs=(4,)), {}),
    ],
)
def test_a_term_that_the_settings_cannot_tell_apart_is_left_out(changes, left):
    close(fit_exponents(points_of(eq_4, **changes), sparsity_law, draws=5), left)


def test_one_s_and_one_L_leave_no_exponent_of_s():
    fit = fit_exponents(points_of(eq_3, seeds=2), EQ_3.terms, draws=5)
    close(fit, {"(s0+1)^L": 1, "m^L": 1, "jump": 0})


@pytest.mark.parametrize(
    ("architecture", "L", "exponent"), [("LCN", 2, 2.2), ("LCN", 3, 2.8), ("CNN", 2, 1.9), ("CNN", 3, 2.2)]
)
def test_one_power_law_through_the_papers_points_has_these_exponents(architecture, L, exponent):
    points = digitised.sample_complexities().query(
        "quantity == 'P_star' and architecture == @architecture and L == @L and s == 2"
    )
    points = points.rename(columns={"value": "P_star"})
    points = points.assign(**{name: 1 for name in SETTING if name not in points})

    def one_power_law(points):
        return {name: term for name, term in sparsity_law(points).items() if name != "jump"}

    fit = fit_exponents(points, one_power_law, 1.2, draws=5)
    assert round(fit.estimate["s0+1"], 1) == exponent


def noisy(row):
    rng = np.random.default_rng([row.v, row.s0, row.task_seed, row.L])
    return eq_3(row) * exp(rng.normal(0, 0.2))


def test_the_same_seed_has_the_same_intervals():
    fits = [fit_exponents(points_of(noisy), sparsity_law, draws=50, seed=seed) for seed in (1, 1, 2)]
    pd.testing.assert_frame_equal(fits[0], fits[1])
    assert (fits[0].estimate == fits[2].estimate).all()
    assert (fits[0].low != fits[2].low).all()


def test_the_estimate_is_least_squares_of_the_geometric_means():
    points = points_of(noisy)
    mean = np.log(points.P_star / points.n_c).groupby([points.v, points.s0]).mean().reset_index()
    terms = [np.ones(len(mean)), -(mean.s0 == 0).astype(float), np.log(mean.s0 + 1), np.log(mean.v)]
    design = np.column_stack(terms)
    values = mean[0].to_numpy()
    exact = np.linalg.solve(design.T @ design, design.T @ values)
    scatter = np.sqrt(np.mean((values - design @ exact) ** 2)) / log(10)
    fit = fit_exponents(points, sparsity_law, draws=5)
    assert fit.estimate.tolist() == pytest.approx([*exact[1:], scatter])


def test_what_a_seed_does_to_all_s0_alike_leaves_the_exponent_certain():
    """The rules of a (v, seed) are common to all s0: the bootstrap draws them together."""

    def law(row):
        return eq_4(row) * exp(np.random.default_rng([row.v, row.task_seed]).normal(0, 0.3))

    fit = fit_exponents(points_of(law), sparsity_law, draws=200)
    widths = fit.high - fit.low
    assert widths[["s0+1", "jump"]].tolist() == pytest.approx([0, 0], abs=1e-8)
    assert widths["m"] > 0.05
    assert fit.estimate["s0+1"] == pytest.approx(2)


@pytest.mark.parametrize("value", [inf, 0])
def test_a_setting_with_a_seed_that_is_not_reached_is_left_out(value):
    points = points_of(noisy)
    lost = (points.v == 4) & (points.s0 == 2)
    spoilt = points.assign(P_star=points.P_star.mask(lost & (points.task_seed == 1), value))
    fits = [fit_exponents(table, sparsity_law, 1.2, draws=20) for table in (spoilt, points[~lost])]
    pd.testing.assert_frame_equal(*fits)


def test_nothing_reached_is_told():
    with pytest.raises(ValueError, match="no setting has a P\\* for every seed: nothing to fit"):
        fit_exponents(points_of(lambda row: inf), sparsity_law)


def test_the_interval_of_a_spread_holds_the_truth_and_grows_with_it():
    points = points_of(eq_4, seeds=1)
    fits = [fit_exponents(points, sparsity_law, spread, draws=200) for spread in (1.1, 1.2, 1.5)]
    for fit in fits:
        assert (fit.low[:-1] < [0, 2, 2]).all()
        assert (fit.high[:-1] > [0, 2, 2]).all()
    widths = [fit.high - fit.low for fit in fits]
    assert (widths[0] < widths[1]).all()
    assert (widths[1] < widths[2]).all()


def test_a_spread_moves_each_point_by_no_more_than_its_factor():
    points = points_of(eq_4, vs=(4,), s0s=(1, 4), seeds=1)
    fit = fit_exponents(points, sparsity_law, 1.3, draws=2000).loc["s0+1"]
    most = 2 * log(1.3) / log(2.5)
    assert 0.75 * most < fit.high - 2 < most
    assert 0.75 * most < 2 - fit.low < most


def test_a_jump_is_that_of_the_sparse_points():
    def law(row):
        return eq_4(row) * (1.7 if row.s0 else 1)

    fit = fit_exponents(points_of(law), sparsity_law, draws=5)
    assert exp(fit.estimate["jump"]) == pytest.approx(1.7)


def test_the_scatter_is_in_decades():
    def law(row):  # 2 up, 2 down, and no term that could follow it
        return 10 ** (0.3 if (row.v == 4) == (row.s0 == 1) else -0.3)

    points = points_of(law, vs=(4, 6), s0s=(1, 4), seeds=1)
    points = points.assign(n_c=1)
    assert fit_exponents(points, sparsity_law, draws=5).estimate["scatter"] == pytest.approx(0.3)


def test_an_exponent_that_differs_between_v_has_an_interval_over_v():
    """All seeds of a v agree, so that seeds alone would make the interval a point."""

    def law(row):
        return row.n_c * (row.s0 + 1) ** {3: 1.5, 4: 2.0, 6: 2.5}[row.v]

    fit = fit_exponents(points_of(law, s0s=(1, 2, 4)), sparsity_law, draws=500).loc["s0+1"]
    assert fit.estimate == pytest.approx(2)
    assert fit.low < 1.7 and fit.high > 2.3
    (alone,) = (
        fit_exponents(points_of(law, vs=(4,), s0s=(1, 2, 4)), sparsity_law, draws=20)
        .loc[["s0+1"]]
        .itertuples()
    )
    assert [alone.low, alone.high] == pytest.approx([2, 2])


@pytest.mark.parametrize("vs", [(4,), (4, 6), (3, 4, 6)])
def test_one_seed_of_few_v_has_no_interval(vs):
    fit = fit_exponents(points_of(noisy, vs=vs, seeds=1), sparsity_law, draws=20)
    assert fit.estimate.notna().all()
    assert fit[["low", "high"]].isna().all(axis=None)
    with_spread = fit_exponents(points_of(noisy, vs=vs, seeds=1), sparsity_law, 1.2, draws=20)
    assert with_spread.notna().all(axis=None)
    several = fit_exponents(points_of(noisy, vs=vs, seeds=2), sparsity_law, draws=20)
    assert several.notna().all(axis=None)


def test_a_term_that_one_seed_alone_decides_has_no_interval():
    """Only one seed has s0 = 2, so nobody knows how much the power between s0 = 1 and 2 varies."""
    points = points_of(noisy, vs=(4, 6), s0s=(0, 1, 2), seeds=4)
    lonely = points[(points.s0 < 2) | (points.v == 4) & (points.task_seed == 0)]
    fit = fit_exponents(lonely, sparsity_law, draws=50)
    assert fit.loc[["s0+1", "jump"], ["low", "high"]].isna().all(axis=None)
    assert fit.loc["m", ["low", "high"]].notna().all()
    two = points[(points.s0 < 2) | (points.v == 4) & (points.task_seed < 2)]
    assert fit_exponents(two, sparsity_law, draws=50).notna().all(axis=None)


def test_a_term_that_one_v_alone_fixes_has_no_interval():
    points = points_of(noisy, vs=(3, 4, 6, 8), s0s=(0, 1, 2), seeds=1)
    points = points[(points.v == 4) | (points.s0 == 0)]
    fit = fit_exponents(points, sparsity_law, draws=50)
    assert fit.loc["s0+1", ["low", "high"]].isna().all()
    assert fit.loc["m", "low"] < fit.loc["m", "high"]


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


def test_seeds_are_paired_by_name_in_whatever_order_they_come():
    def law(row):
        return eq_4(row) * exp(np.random.default_rng([row.v, row.task_seed]).normal(0, 0.3))

    shuffled = points_of(law).sample(frac=1, random_state=0)
    fit = fit_exponents(shuffled, sparsity_law, draws=200)
    assert (fit.high - fit.low)["s0+1"] == pytest.approx(0, abs=1e-8)


def test_settings_with_unequal_seeds_are_compared_at_the_seeds_that_they_share():
    """Rules of one seed are harder at every setting: a setting that lacks it is not easier for that."""

    def law(row):
        return eq_4(row) * exp(np.random.default_rng([row.v, row.task_seed]).normal(0, 1))

    points = points_of(law)
    whole = fit_exponents(points, sparsity_law, draws=200)
    some = points[(points.s0 != 2) | (points.task_seed == 0)]
    assert len(some) < len(points)
    fit = fit_exponents(some, sparsity_law, draws=200)
    assert fit.estimate.to_numpy() == pytest.approx(whole.estimate.to_numpy(), rel=1e-6)
    assert (fit.high - fit.low)["s0+1"] == pytest.approx(0, abs=1e-6)


def test_the_interval_holds_the_truth_where_a_setting_has_one_seed_of_five():
    """What the missing seeds would have is not known: they differ from sums of effects as known ones do."""
    held = 0
    for data in range(100):

        def law(row, data=data):
            rng = np.random.default_rng([data, row.task_seed, row.s0])
            rules = np.random.default_rng([data, row.task_seed]).normal(0, 1)
            return row.n_c * (row.s0 + 1) ** 2 * exp(rules + rng.normal(0, 0.1))

        points = points_of(law, vs=(4,), s0s=(1, 2, 4), seeds=5)
        some = points[(points.s0 != 4) | (points.task_seed == 0)]
        fit = fit_exponents(some, sparsity_law, draws=100).loc["s0+1"]
        held += fit.low <= 2 <= fit.high
    assert 75 <= held <= 99


def test_there_is_no_interval_where_nothing_says_how_missing_seeds_would_differ():
    points = points_of(noisy, vs=(4, 6), s0s=(1, 2), seeds=3)
    some = points[(points.s0 == 1) | (points.task_seed == 0)]
    fit = fit_exponents(some, sparsity_law, draws=20)
    assert fit.estimate.notna().all()
    assert fit[["low", "high"]].isna().all(axis=None)


def test_settings_that_share_no_seed_keep_their_own_means():
    points = points_of(noisy)
    apart = points[(points.s0 == 2) == (points.task_seed == 0)]
    means = np.log(apart.P_star / apart.n_c).groupby(apart.s0).mean()
    fit = fit_exponents(apart, lambda p: {"s0": (p.s0 == 2).astype(float)}, draws=50)
    assert fit.loc["s0", "estimate"] == pytest.approx(means[2] - means[means.index != 2].mean(), abs=1e-3)


def test_a_setting_that_lacks_seeds_is_drawn_with_those_it_has():
    points = points_of(noisy)
    fewer = points[~((points.s0 == 2) & (points.task_seed == 1))]
    fit = fit_exponents(fewer, sparsity_law, draws=200)
    assert np.isfinite(fit.to_numpy()).all()
    assert (fit.low <= fit.estimate)[["s0+1", "m"]].all() and (fit.estimate <= fit.high)[["s0+1", "m"]].all()


# The slope of each seed


@pytest.mark.parametrize("s0s", [(0, 1, 4), (0, 1, ByLevel((0, 1)), ByLevel((1, 0)))])
def test_exponent_of_an_exact_law(s0s):
    rows = [dict(seed=i, s0=s0, P=10 * i * stretch(s0) ** 2.5) for i in (1, 2, 3) for s0 in s0s]
    assert sparsity_exponent(pd.DataFrame(rows), "P") == pytest.approx((2.5, 2.5, 2.5))
    for broken in (rows[:1], [*rows[:2], dict(seed=1, s0=4, P=np.inf)]):
        with pytest.raises(ValueError, match="an exponent needs"):
            sparsity_exponent(pd.DataFrame(broken), "P")


def test_exponent_is_given_with_the_span_of_the_seeds():
    rows = [dict(seed=i, s0=s0, P=(s0 + 1) ** a) for i, a in enumerate((1.0, 2.0, 3.0)) for s0 in (0, 1)]
    assert sparsity_exponent(pd.DataFrame(rows), "P") == pytest.approx((2, 1, 3))
