"""The figures show the numbers they are given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from srhm import SRHM, drawings, figures
from srhm.runs import Run
from srhm.sample_complexity import sample_complexity

TASK = dict(v=4, n_c=4, m=4, s=2, L=2)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def row(architecture, s0, P, seed, error, **training):
    run = Run(architecture=architecture, **TASK, s0=s0, P=P, task_seed=seed, **training)
    names = [f"{q}_{k}_{l}" for q in "SD" for k in ("1", "2", "out") for l in (1, 2)]
    return vars(run) | {name: error / (i + 1) for i, name in enumerate(names)} | {"test_error": error}


@pytest.fixture
def table():
    curve = dict(zip((100, 200, 400, 800), (0.6, 0.3, 0.05, 0.0), strict=True))
    rows = [
        row(architecture, s0, P * (seed + 1), seed, error)
        for architecture in ("LCN", "CNN")
        for s0 in (0, 1)
        for seed in (0, 1)
        for P, error in curve.items()
    ]
    return pd.DataFrame(rows)


def test_learning_curves_mark_the_sample_complexity(table):
    runs = table[table.s0 == 1]
    ax = figures.learning_curves(runs).axes[0]
    marked = {line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1}
    assert marked >= set(sample_complexity(runs).P_star)
    assert ax.get_xlabel() and ax.get_ylabel() == "test error"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["LCN", "CNN"]


def test_curves_are_means_over_seeds_with_their_range(table):
    runs = table[(table.s0 == 1) & (table.architecture == "CNN")]
    ax = figures.falling_together(table, "CNN", 1).axes[0]
    expected = runs.groupby("P").S_2_1.mean()
    drawn = ax.lines[1]
    np.testing.assert_array_equal(drawn.get_xdata(), expected.index)
    np.testing.assert_allclose(drawn.get_ydata(), expected)
    band = ax.collections[1].get_paths()[0].vertices[:, 1]
    assert band.max() == runs.S_2_1.max()


@pytest.mark.parametrize(("architecture", "power"), [("LCN", 2), ("CNN", 2)])
def test_sensitivity_panels_hold_every_layer_and_level(table, architecture, power):
    figure = figures.sensitivity_curves(table, architecture)
    assert len(figure.axes) == 6
    panel = figure.axes[0]
    rescaled = {x for line in panel.lines for x in line.get_xdata()}
    runs = table[table.architecture == architecture]
    assert rescaled == set(runs.P / (runs.s0 + 1) ** power)
    assert len(panel.lines) == 2 * (1 + 2)  # for each s0 the test error and two levels


def test_robustness_has_a_row_for_each_way_to_train(table):
    ways = [dict(width=64), dict(batch_size=4, lr=0.01)]
    rows = [row("CNN", 1, P, 0, e, **way) for way in ways for P, e in ((100, 0.5), (200, 0.05), (400, 0.0))]
    ax = figures.robustness(pd.DataFrame(rows)).axes[0]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["width 64, batch 32, rate 0.08", "width 256, batch 4, rate 0.01"]


def test_cost_is_relative_to_no_sparsity():
    grid = [(L, s0, batch) for L in (2, 3) for s0 in (0, 1, 2) for batch in (32, 128)]
    timings = pd.DataFrame(grid, columns=["L", "s0", "batch_size"]).assign(architecture="CNN")
    timings["d"] = (2 * timings.s0 + 2) ** timings.L
    timings["seconds_per_step"] = 1.0 + timings.s0
    ax = figures.cost_against_sparsity(timings).axes[0]
    assert [list(line.get_ydata()) for line in ax.lines] == [[1, 2, 3], [1, 2, 3], [1, 4, 9]]


def test_the_model_is_drawn_as_it_is():
    task = SRHM(v=3, n_c=2, m=3, s=2, L=2, s0=1)
    datum = task.sample(1, seed=1)
    letters = [t.get_text() for t in drawings.derivation(task, datum).axes[0].texts]
    leaves = ["abc"[i] for i in datum.symbols[0]]
    assert letters[-len(leaves) - 1 : -1] == leaves
    symbols = [t.get_text() for ax in drawings.production_rules(task).axes for t in ax.texts if t.get_text()]
    drawn = [s for s in symbols if s in "abc"]
    assert len(drawn) == 2 * 3 * 2 + 3 * (1 + 3 * 2)
    rows = {"datum": datum, "moved": task.displace(datum, 2, seed=3)}
    assert {"datum", "moved"} <= {t.get_text() for t in drawings.strips(task, rows).axes[0].texts}
    assert len(drawings.weight_sharing(task).axes) == 2
