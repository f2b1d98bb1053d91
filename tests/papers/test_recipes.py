"""The authors' recipes, as runs."""

import pytest

from srhm.networks import VISION
from srhm.papers.sparse2024 import maximal
from srhm.papers.sparse2024.recipes import authors_rate, authors_vision
from srhm.runs import Run

TASK = maximal(v=10, s=2, L=2, s0=2)


def test_the_rate_of_the_fcn_is_that_of_the_tapered_one_which_it_was_chosen_for():
    rates = {(2, 0): 0.01, (2, 4): 0.003, (3, 1): 0.003, (3, 4): 0.001}
    for (L, s0), rate in rates.items():
        task = maximal(v=6, s=2, L=L, s0=s0)
        assert authors_rate("FCN", task) == authors_rate("TaperedFCN", task) == rate
    with pytest.raises(ValueError, match="rates for LCN, CNN, FCN, TaperedFCN, not for 'VGG11'"):
        authors_rate("VGG11", TASK)


@pytest.mark.parametrize("architecture", VISION)
def test_the_vision_recipe_is_a_run_of_every_vision_network(architecture):
    run = Run.of_task(TASK, architecture=architecture, P=2000, **authors_vision(architecture, TASK))
    assert (run.batch_size, run.lr, run.penalty, run.max_epochs) == (40, pytest.approx(6.4e-3), 5e-4, 250)
    assert (run.inputs, run.init, run.statistics) == ("whitened", "uniform", "batch")


def test_the_vision_recipe_is_of_vision_networks():
    with pytest.raises(ValueError, match="architecture must be one of .*'VGG11'.*, got 'CNN'"):
        authors_vision("CNN", TASK)
