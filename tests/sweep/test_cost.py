"""Estimates of what runs cost, against what the stored runs saw."""

from math import log
from pathlib import Path

import pandas as pd
import pytest

from srhm.networks.fleet import step_seconds
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import Run, Store
from srhm.sweep import estimate_seconds
from srhm.sweep.cost import estimate_epochs

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture(scope="module")
def runs():
    """Stored runs that converged, each with its study, architecture, and the data it saw, and was to see.

    A time depends on what else the machine did; how many data a run sees does not.
    """
    stored = Store(RESULTS).load()
    stored = stored[stored.status == "converged"]
    return pd.DataFrame(
        {
            "study": name,
            "architecture": run.architecture,
            "measured": stored.epochs[run.key] * run.P,
            "estimated": estimate_epochs(run) * run.P,
        }
        for name, study in STUDIES.items()
        for run in study.runs("laptop", stored)
        if run.key in stored.index and run.L > 1  # the constants are fitted to L = 2 ... 5
    )


# Of runs that are stopped early only those that converged; and few settings of one v.
ROUGH = ["time_course", "widths"]


def test_the_data_that_a_study_sees_are_estimated_within_a_factor_of_1_5(runs):
    sums = runs.groupby(["study", "architecture"])[["measured", "estimated"]].sum()
    ratio = sums.estimated / sums.measured
    rough = ratio.index.get_level_values("study").isin(ROUGH)
    assert (~rough).sum() > 20
    assert ratio[~rough].between(1 / 1.5, 1.5).all(), ratio.to_string()
    assert ratio[rough].between(1 / 2, 2).all(), ratio.to_string()


def test_most_single_estimates_are_within_a_factor_of_3(runs):
    assert (runs.estimated / runs.measured).between(1 / 3, 3).mean() > 0.95


def setting(**changes):
    fields = dict(architecture="CNN", v=8, n_c=8, m=8, s=2, L=2, s0=1, P=1000, max_epochs=10**6)
    return Run(**fields | changes)


def test_a_run_takes_as_many_times_longer_as_its_rate_is_smaller():
    usual = estimate_seconds(setting())
    assert estimate_seconds(setting(lr=0.008)) == pytest.approx(10 * usual)
    assert estimate_seconds(setting(momentum=0)) == pytest.approx(10 * usual)
    assert estimate_seconds(setting(batch_size=64, lr=0.16)) < usual  # the same data in half the steps


def test_the_times_of_a_tapered_network_are_of_the_order_of_those_measured():
    """Epochs to a loss of 1e-3 at width 32, rate 0.0006 a datum, of as many data as are given."""
    for (v, L, s0, P), epochs in {(4, 2, 0, 2304): 65, (4, 2, 2, 20736): 22, (3, 3, 0, 2000): 48}.items():
        way = dict(architecture="TaperedFCN", v=v, n_c=v, m=v, L=L, s0=s0, P=P, width=32, lr=0.0006 * 32)
        step = step_seconds("TaperedFCN", setting(**way).task, 32, 32)
        assert 1 / 2 < estimate_seconds(setting(**way)) / (epochs * P / 32 * step) < 2


def test_what_shares_some_layers_costs_no_more_than_the_lcn():
    names = ("Shared-01", "Shared-10", "LCN")
    cost = {name: estimate_seconds(setting(architecture=name, L=3)) for name in names}
    assert max(cost, key=cost.__getitem__) == "LCN"


def test_blanks_of_one_level_cost_less_than_of_both():
    for architecture in ("LCN", "CNN", "FCN", "VGG11"):
        runs = [setting(architecture=architecture, s0=s0) for s0 in (0, (2, 0), 2)]
        none, one, both = map(estimate_seconds, runs)
        assert none < one < both


def test_no_run_is_estimated_beyond_its_last_epoch():
    one, two = (estimate_seconds(setting(max_epochs=epochs)) for epochs in (1, 2))
    assert two == pytest.approx(2 * one)


def test_estimates_grow_with_the_data_where_these_are_few_or_plenty():
    few, more, plenty, twice = (estimate_seconds(setting(P=P)) for P in (128, 256, 10**6, 2 * 10**6))
    assert log(more / few) == pytest.approx(log(2) / 2)
    assert twice == pytest.approx(2 * plenty)
