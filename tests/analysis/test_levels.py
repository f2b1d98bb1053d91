"""What the blanks of each level cost, on P* that follow a known law."""

from itertools import product
from math import inf, log

import numpy as np
import pandas as pd
import pytest

from srhm.analysis import extrapolate_levels, fit_exponents, level_costs, level_law
from srhm.analysis.columns import SETTING
from srhm.model import SRHM


def points_of(P_star, L=2, s0s=(1, 3), vs=(3, 4), seeds=2, architecture="CNN"):
    """P* of every subset of levels with blanks, given as a function of the blanks, v and the seed."""
    blanks = dict.fromkeys(levels for s0 in s0s for levels in product((0, s0), repeat=L))
    rows = []
    for levels, v, seed in product(blanks, vs, range(seeds)):
        task = SRHM(v=v, n_c=v, m=v, s=2, L=L, s0=levels)
        row = {name: getattr(task, name) for name in ("sparsity", "s", "L", "s0", "v", "n_c", "m")}
        rows.append(row | {"task_seed": seed, "P_star": P_star(levels, v, seed)})
    table = pd.DataFrame(rows).assign(architecture=architecture, data_seed=0, init_seed=0)
    return table.assign(**{name: 0 for name in SETTING if name not in table})


def test_the_cost_of_levels_is_the_ratio_at_equal_rules():
    def law(levels, v, seed):  # each v and seed has rules of its own, harder or easier by any factor
        return 50 * v * (seed + 1) ** 3 * (levels[0] + 1) ** 0.9 * (levels[1] + 1) ** 1.1

    costs = level_costs(points_of(law))
    assert set(costs.levels) == {"1", "2", "1 and 2"}
    for levels, exponent in {"1": 0.9, "2": 1.1, "1 and 2": 2.0}.items():
        found = costs[costs.levels == levels]
        assert len(found) == 2 * 2 * 2  # s0, v, seeds
        assert found.exponent.tolist() == pytest.approx([exponent] * 8)
        assert (found.P_star / found.ratio).tolist() == pytest.approx(
            [law((0, 0), *of_rules) for of_rules in zip(found.v, found.task_seed, strict=True)]
        )
        assert found.ratio.tolist() == pytest.approx(((found.s0.astype(float) + 1) ** exponent).tolist())
    assert costs.groupby("levels")["count"].unique().map(list).to_dict() == {
        "1": [1],
        "1 and 2": [2],
        "2": [1],
    }


def test_other_mixtures_and_what_is_not_reached_are_left_out():
    table = points_of(lambda levels, v, seed: 100.0 * (sum(levels) + 1), vs=(3,))
    mixed = table[table.s0.isin([(1, 0)])].assign(s0=[SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=(1, 3)).s0] * 2)
    costs = level_costs(pd.concat([table, mixed]))
    pd.testing.assert_frame_equal(costs, level_costs(table))
    lost = table.assign(P_star=table.P_star.mask(table.s0.isin([(0, 3)]) & (table.task_seed == 1), inf))
    fewer = level_costs(lost)
    assert len(fewer) == len(costs) - 1
    assert level_costs(table[table.s0 != 0]).empty  # nothing to compare with


def test_a_law_of_levels_is_recovered_exactly():
    a, b = (0.9, 1.05, 0.8), {(0, 1): -0.4, (0, 2): 0.1, (1, 2): -0.2}

    def law(levels, v, seed):
        x = np.log(np.array(levels) + 1)
        pairs = sum(value * np.sqrt(x[l] * x[k]) for (l, k), value in b.items())
        return v * np.exp(1 + np.dot(a, x) + pairs + 1.7 * log(v))

    fit = fit_exponents(points_of(law, L=3), level_law, draws=10)
    exact = {"level 1": 0.9, "level 2": 1.05, "level 3": 0.8, "m": 1.7, "scatter": 0}
    exact |= {f"levels {l + 1} and {k + 1}": value for (l, k), value in b.items()}
    for name in ("estimate", "low", "high"):
        assert fit[name].to_dict() == pytest.approx(exact, abs=1e-8)


def test_runs_trained_in_another_way_are_not_compared():
    wide, narrow = (
        points_of(lambda levels, v, seed: 100.0 * (sum(levels) + 1)).assign(width=w) for w in (8, 16)
    )
    narrow = narrow.assign(P_star=7 * narrow.P_star)
    costs = level_costs(pd.concat([wide, narrow]))
    assert len(costs) == 2 * len(level_costs(wide))
    assert sorted(costs.ratio.unique()) == sorted(level_costs(wide).ratio.unique())


@pytest.mark.parametrize(("a", "q"), [(1.05, 1.0), (1.0, 0.6)])
def test_costs_that_shrink_from_level_to_level_are_extrapolated_exactly(a, q):
    def law(levels, v, seed):
        n = sum(1 for s0 in levels if s0)
        power = a * sum(q**i for i in range(n))
        return 100.0 * (seed + 1) * (max(levels) + 1) ** power

    costs = level_costs(pd.concat([points_of(law, L=L, s0s=(1, 2)) for L in (1, 2, 3)]))
    found = extrapolate_levels(costs, [3, 5], draws=10)
    exact = {"a": a, "q": q, 3: a * (1 + q + q**2), 5: a * (1 + q + q**2 + q**3 + q**4)}
    for column in ("estimate", "low", "high"):
        assert found[column].to_dict() == pytest.approx(exact, rel=1e-9)


def test_the_interval_of_an_extrapolation_holds_what_other_seeds_give():
    rng = np.random.default_rng(0)
    counts = np.repeat([1, 2, 3, 4], 6)
    exact = np.array([sum(0.7**i for i in range(n)) for n in counts])
    costs = pd.DataFrame({"L": counts, "count": counts, "exponent": exact + 0.05 * rng.normal(size=24)})
    found = extrapolate_levels(costs, [5])
    assert found.low["q"] < 0.7 < found.high["q"]
    assert found.low[5] < sum(0.7**i for i in range(5)) < found.high[5]
    some_levels = costs.assign(count=1, exponent=9.0)[costs.L > 1]  # blanks at some levels play no part
    assert extrapolate_levels(pd.concat([costs, some_levels]), [5]).equals(found)


def test_one_depth_is_too_few_to_extrapolate():
    costs = pd.DataFrame({"L": [2, 2], "count": [2, 2], "exponent": [1.7, 1.8]})
    with pytest.raises(ValueError, match=r"two depths or more are needed, got those of L = \[2\]"):
        extrapolate_levels(costs, [3])
