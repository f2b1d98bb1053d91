"""A law is one object: its value, its formula, its fit and its data for the pages agree."""

from itertools import product
from math import log, prod

import numpy as np
import pandas as pd
import pytest

from srhm import SRHM
from srhm.analysis import Law, Power, fit_exponents
from srhm.analysis.columns import SEEDS, SETTING
from srhm.papers.sparse2024 import EQ_3, EQ_4, LAWS, predicted_sample_complexity
from srhm.runs.plan import RHM

TASKS = [
    SRHM(v=v, n_c=v, m=v ** (s - 1), s=s, L=L, s0=s0)
    for v, s, L, s0 in product((2, 3, 4), (2, 3), (1, 2, 3), (0, 1, 4))
]
MIXED = [SRHM(v=v, n_c=v, m=v, s=2, L=3, s0=s0) for v in (2, 3, 4) for s0 in product((0, 1, 4), repeat=3)]


def points(law, tasks):
    """P* of each task as a table of crossings has it, exactly by the law."""
    names = ("sparsity", "s", "L", "s0", "v", "n_c", "m")
    rows = [{name: getattr(task, name) for name in names} | {"P_star": law(task)} for task in tasks]
    table = pd.DataFrame(rows).assign(architecture="CNN")
    return table.assign(**{name: 0 for name in SETTING + SEEDS if name not in table})


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_the_papers_laws_are_as_printed(task):
    rules = task.n_c * task.m**task.L
    assert EQ_3(task) == pytest.approx(task.s ** (task.L / 2) * (task.s0 + 1) ** task.L * rules)
    assert EQ_4(task) == pytest.approx(2.5 * (task.s0 + 1) ** 2 * rules)
    assert RHM(task) == pytest.approx(rules)


@pytest.mark.parametrize("task", MIXED, ids=str)
def test_a_power_of_each_level_is_that_of_its_own_blanks(task):
    rules, stretched = task.n_c * task.m**task.L, prod(n + 1 for n in task.blanks)
    assert EQ_3(task) == pytest.approx(task.s ** (task.L / 2) * stretched * rules)
    assert EQ_4(task) == pytest.approx(2.5 * stretched ** (2 / 3) * rules)  # the geometric mean's


def test_formulas():
    assert EQ_3.latex() == r"s^{L/2}\, (s_0+1)^L\, n_c\, m^L"
    assert EQ_4.latex() == r"2.5\, (s_0+1)^2\, n_c\, m^L"
    law = Law(3, (Power("s", 1.5), Power("s0+1", 2, True), Power("m", 1 / 3, True)))
    assert law.latex() == r"3\, s^{3/2}\, (s_0+1)^{2L}\, m^{L/3}"


def test_a_power_grows_with_depth_where_it_says_so():
    assert [EQ_3.power("s0+1").at_depth(L) for L in (1, 2, 3)] == [1, 2, 3]
    assert [EQ_4.power("s0+1").at_depth(L) for L in (1, 2, 3)] == [2, 2, 2]
    with pytest.raises(KeyError):
        RHM.power("s")


@pytest.mark.parametrize("tasks", [TASKS, TASKS + MIXED])
@pytest.mark.parametrize("law", [EQ_3, EQ_4])
def test_a_fit_of_a_law_gives_its_claims_back(law, tasks):
    fit = fit_exponents(points(law, tasks), law.terms, draws=10)
    assert fit.index.tolist() == ["jump", "(s0+1)^L" if law is EQ_3 else "s0+1", "m^L", "s^L", "scatter"]
    for name, claim in law.claims().items():
        assert fit.estimate[name] == pytest.approx(claim, abs=1e-9)
    assert fit.estimate["scatter"] == pytest.approx(0, abs=1e-9)


def test_the_columns_of_a_fit_are_the_logarithms_of_the_factors():
    table = points(EQ_3, TASKS)
    columns = EQ_3.terms(table)
    for i, task in enumerate(TASKS):
        predicted = log(EQ_3.prefactor) + sum(columns[n][i] * x for n, x in EQ_3.claims().items())
        assert predicted == pytest.approx(log(EQ_3(task) / task.n_c))
    np.testing.assert_array_equal(columns["jump"], [-float(task.s0 == 0) for task in TASKS])


def test_an_architecture_without_a_law_is_named():
    assert set(LAWS) == {"LCN", "CNN", "FCN", "TaperedFCN"}
    with pytest.raises(ValueError, match="laws for LCN, CNN, FCN, TaperedFCN, not for 'VGG11'"):
        predicted_sample_complexity("VGG11", TASKS[0])
