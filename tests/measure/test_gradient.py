"""The first gradient against autograd, and its signal and noise against data enumerated in full."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import dense_activations, enumerate_data
from torch.nn.functional import cross_entropy, one_hot

from srhm.measure.gradient import first_layer_gradient, one_step
from srhm.model import SRHM
from srhm.networks import Fleet
from srhm.networks.fleet import FLEETS

TASK = SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1)


@pytest.mark.parametrize("architecture", FLEETS)
def test_gradient_equals_autograd_over_several_chunks(architecture):
    data = TASK.sample(3000)
    network = Fleet(architecture, TASK, 16, [0])
    leaves = [p[0].clone().requires_grad_() for p in network.parameters]
    logits = dense_activations(architecture, TASK, 16, leaves, data.one_hot())[-1]
    error = 1 / 4 - one_hot(data.labels, 4)
    (logits * error).sum(1).mean().backward()
    torch.testing.assert_close(first_layer_gradient(network, data), leaves[0].grad, atol=1e-7, rtol=1e-4)


def test_vanishing_logits_are_the_limit_of_large_width():
    data, gap = TASK.sample(1000), []
    for width in (16, 1024):
        network = Fleet("LCN", TASK, width, [0])
        leaves = [p[0].clone().requires_grad_() for p in network.parameters]
        logits = dense_activations("LCN", TASK, width, leaves, data.one_hot())[-1]
        cross_entropy(logits, data.labels).backward()
        ours, theirs = first_layer_gradient(network, data), leaves[0].grad
        gap.append(((ours - theirs).norm() / theirs.norm()).item())
    assert gap[1] < 0.3 * gap[0]


@pytest.mark.parametrize("s0", [1, (1, 0)])
@pytest.mark.parametrize("architecture", ["LCN", "CNN"])
def test_signal_and_noise_agree_with_the_enumerated_population(architecture, s0):
    task = SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=s0, seed=1)
    network, data = Fleet(architecture, task, 64, [0]), enumerate_data(task)
    signal = first_layer_gradient(network, data).square().sum().item()
    second = np.mean(
        [first_layer_gradient(network, data[i : i + 1]).square().sum() for i in range(len(data))]
    )
    exact = second / signal - 1
    table = one_step(architecture, task, range(1000, 100_001, 1000), 64)
    assert set(table.s0) == {s0}
    assert table.P_1[0] == pytest.approx(exact, rel=0.1)
    assert (table.noise_to_signal * table.P).mean() == pytest.approx(exact, rel=0.3)


def test_one_step_is_reproducible_and_refuses_bad_sizes():
    first, again = (one_step("CNN", TASK, [50, 200], 8, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert list(first.P) == [50, 200]
    for sizes in ([], [0, 5], [5, 5]):
        with pytest.raises(ValueError, match="sizes must increase"):
            one_step("CNN", TASK, sizes, 8)
    with pytest.raises(ValueError, match="fleet of one network, got 2"):
        first_layer_gradient(Fleet("CNN", TASK, 8, [0, 1]), TASK.sample(3))


def test_a_signal_that_is_not_seen_is_nan():
    hopeless = SRHM(v=2, n_c=1, m=2, s=2, L=2)  # one class: the error is zero
    assert one_step("LCN", hopeless, [5, 10], 8)[["noise_to_signal", "P_1"]].isna().all(axis=None)
