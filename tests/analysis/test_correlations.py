"""Rank correlations against scipy's, and their intervals against what is known of them."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from srhm.analysis import rank_correlation


def points_of(networks, sizes, noise, seed=0):
    """Points of networks that lie on one line, each point moved by noise."""
    rng = np.random.default_rng(seed)
    rows = [
        dict(architecture=f"net {i}", x=i + size + noise * rng.normal(), y=i + size + noise * rng.normal())
        for i in range(networks)
        for size in range(sizes)
    ]
    return pd.DataFrame(rows)


def correlate(table, **options):
    return rank_correlation(table, "x", "y", **options)


@pytest.mark.parametrize("noise", [0.5, 3.0, 100.0])
def test_it_is_the_correlation_of_ranks(noise):
    table = points_of(5, 6, noise)
    table.loc[3, "x"] = table.loc[4, "x"]  # a tie
    value, low, high = correlate(table)
    assert value == pytest.approx(spearmanr(table.x, table.y).statistic)
    assert -1 <= low <= value <= high <= 1
    assert low < high


def test_it_does_not_change_with_the_scale_of_either_column():
    table = points_of(5, 4, 1.0)
    assert correlate(table) == correlate(table.assign(x=table.x.map(np.exp), y=10 * table.y - 3))
    value, low, high = correlate(table)
    opposite = correlate(table.assign(y=-table.y))
    assert opposite == pytest.approx((-value, -high, -low))


def test_a_perfect_order_leaves_nothing_open():
    assert correlate(points_of(6, 3, 0.0)) == pytest.approx((1, 1, 1))


def test_the_interval_is_over_networks_not_over_points():
    """Many sizes of a few networks, each a cloud of its own, are not many independent points."""
    few = points_of(6, 1, 0.8, seed=3)
    many = pd.concat([few.assign(x=few.x + 1e-6 * i, y=few.y + 1e-6 * i) for i in range(50)])
    _, low, high = correlate(few)
    _, many_low, many_high = correlate(many)
    assert high - low > 0.1
    assert many_high - many_low == pytest.approx(high - low, rel=0.3)  # of points it would be 7 times less


def test_points_that_lack_a_value_are_left_out():
    table = points_of(4, 3, 1.0)
    lacking = pd.DataFrame([dict(architecture="net 9", x=np.nan, y=1.0)])
    assert correlate(pd.concat([table, lacking])) == correlate(table)


def test_too_few_points_or_networks_have_none():
    assert all(map(isnan, correlate(points_of(2, 1, 1.0))))
    value, low, high = correlate(points_of(2, 5, 1.0))
    assert not isnan(value) and isnan(low) and isnan(high)
    assert isnan(correlate(points_of(4, 2, 1.0).assign(x=1.0))[0])
