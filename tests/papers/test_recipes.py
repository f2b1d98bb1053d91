"""How the authors trained: the candidates, and their distances from the digitised curves."""

import pandas as pd
import pytest

from srhm.model import SRHM
from srhm.networks import VISION
from srhm.papers.sparse2024 import digitised, maximal
from srhm.papers.sparse2024.fingerprints import by_recipe, distances
from srhm.papers.sparse2024.recipes import (
    INPUTS,
    RATES,
    authors_rate,
    authors_training,
    authors_vision,
    candidates,
    rate_per_datum,
)
from srhm.runs import Run

LCN = SRHM(v=8, n_c=8, m=8, s=2, L=2, s0=2)


# The authors' table, fun_choices.py: (architecture, v, s, L, s0) and the rate
@pytest.mark.parametrize(
    ("architecture", "v", "s", "L", "s0", "rate"),
    [
        ("LCN", 8, 2, 2, 2, 0.01), ("LCN", 8, 2, 3, 4, 0.003), ("LCN", 4, 3, 2, 0, 0.003),
        ("CNN", 8, 2, 2, 0, 0.01), ("CNN", 8, 2, 2, 2, 0.1), ("CNN", 8, 2, 2, 4, 0.03),
        ("CNN", 4, 2, 2, 6, 0.01), ("CNN", 6, 2, 3, 2, 0.01), ("CNN", 6, 2, 3, 4, 0.003),
        ("CNN", 6, 2, 3, 6, 0.001), ("CNN", 6, 3, 2, 2, 0.01), ("CNN", 6, 3, 2, 4, 0.003),
        ("CNN", 4, 3, 2, 1, 0.003), ("CNN", 6, 3, 2, 6, 0.0003), ("CNN", 6, 2, 1, 1, 0.1),
        ("CNN", 6, 2, 1, 4, 0.03), ("FCN", 6, 2, 2, 2, 0.01), ("FCN", 6, 2, 2, 4, 0.003),
        ("FCN", 6, 2, 3, 1, 0.003), ("FCN", 6, 2, 3, 4, 0.001),
    ],
)  # fmt: skip
def test_the_rates_are_those_of_the_authors_table(architecture, v, s, L, s0, rate):
    task = maximal(v, s, L, s0)
    assert authors_rate(architecture, task) == rate
    # their batches hold 4 data of each class
    assert rate_per_datum(RATES[0], architecture, task) == pytest.approx(rate / (4 * v))


def test_the_rate_of_the_fcn_is_that_of_the_tapered_one_which_it_was_chosen_for():
    for L, s0 in ((2, 0), (2, 4), (3, 1), (3, 4)):
        task = maximal(6, 2, L, s0)
        assert authors_rate("TaperedFCN", task) == authors_rate("FCN", task)


def test_an_architecture_that_the_authors_have_no_rate_for_is_named():
    with pytest.raises(ValueError, match="rates for LCN, CNN, FCN, TaperedFCN, not for 'VGG11'"):
        authors_rate("VGG11", LCN)


@pytest.mark.parametrize("architecture", VISION)
def test_the_vision_recipe_is_a_run_of_every_vision_network(architecture):
    task = maximal(10, 2, 2, 2)
    run = Run.of_task(task, architecture=architecture, P=2000, **authors_vision(architecture, task))
    assert (run.batch_size, run.lr, run.penalty, run.max_epochs) == (40, pytest.approx(6.4e-3), 5e-4, 250)
    assert (run.inputs, run.init, run.statistics) == ("whitened", "uniform", "batch")


def test_the_vision_recipe_is_of_vision_networks():
    with pytest.raises(ValueError, match="architecture must be one of .*'VGG11'.*, got 'CNN'"):
        authors_vision("CNN", LCN)


def test_candidates_are_every_rate_with_every_input_and_the_authors_is_one_of_them():
    ways = candidates("LCN", LCN)
    assert list(ways) == [(rate, inputs) for rate in RATES for inputs in INPUTS]
    for architecture, inputs in (("LCN", "whitened, biases"), ("CNN", "zeros"), ("FCN", "whitened, biases")):
        assert authors_training(architecture, LCN) == candidates(architecture, LCN)[RATES[0], inputs]
    assert all(Run.of_task(LCN, architecture="LCN", P=100, **way) for way in ways.values())


def rows(*runs, **columns):
    """A table of runs, each with the same measured columns."""
    names = list(Run.__dataclass_fields__)
    return pd.DataFrame([{name: getattr(run, name) for name in names} | columns for run in runs])


def test_runs_are_found_by_recipe_whatever_the_batch():
    ways = candidates("LCN", LCN)
    P = dict(architecture="LCN", P=1592)
    slow = Run.of_task(LCN, **P, **ways[RATES[0], "whitened, biases"])
    usual = Run.of_task(LCN, **P)  # the default: batches of 32 at 0.08
    other = Run.of_task(LCN, **P, lr=0.5)
    found = by_recipe(rows(slow, usual, other))
    assert list(zip(found.rate, found.blanks, strict=True)) == [
        (RATES[0], "whitened, biases"),
        (RATES[1], "zeros"),
    ]
    assert by_recipe(rows(other)).empty
    assert by_recipe(rows(Run.of_task(LCN, **P, first_layer_rate=3.0))).empty
    assert by_recipe(rows(Run.of_task(LCN, architecture="VGG11", P=1592))).empty


def test_a_run_that_two_candidates_would_train_alike_counts_for_both():
    task = maximal(10, 2, 2, 1)  # 0.1 / 40 is our usual rate
    found = by_recipe(rows(Run.of_task(task, architecture="CNN", P=1000)))
    assert list(found.rate) == list(RATES)


def test_distances_are_those_from_the_points_at_the_same_size():
    curve = digitised.curves().query("figure == '12' and s0 == 2 and column == 'test_error' and P == 10568")
    (theirs,) = curve.value
    way = candidates("LCN", LCN)[RATES[0], "zeros"]
    near, far = (Run.of_task(LCN, architecture="LCN", P=P, task_seed=3, **way) for P in (10_570, 12_000))
    table = distances(rows(near, far, test_error=theirs + 0.25, S_1_2=0.5, unknown=1.0))
    assert set(table.column) == {"test_error", "S_1_2"}
    assert set(table["P"]) == {10_570}  # the paper has no size near the other
    (row,) = table[table.column == "test_error"].itertuples()
    assert (row.rate, row.blanks, row.where, row.task_seed) == (RATES[0], "zeros", "test error", 3)
    assert row.distance == pytest.approx(0.25)
    assert set(table[table.column == "S_1_2"]["where"]) == {"layer 1"}


def test_without_runs_there_are_no_distances():
    assert distances(rows(Run.of_task(LCN, architecture="LCN", P=5), test_error=0.5)).empty
