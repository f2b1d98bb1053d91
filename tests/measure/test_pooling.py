"""Gradients with and without sharing: against autograd, each other, and data enumerated in full."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import dense_activations, enumerate_data
from torch.nn.functional import cross_entropy

from srhm.measure.gradient import gradients
from srhm.measure.pooling import pooling, unshared
from srhm.model import SRHM
from srhm.networks import Fleet
from srhm.networks.background import BackgroundFleet

TASK = SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1)
DEEP = SRHM(v=3, n_c=3, m=2, s=2, L=3, s0=(1, 0, 2))


def loud(architecture, task, width=8):
    """A network whose logits are far from zero, as they are after training."""
    network = Fleet(architecture, task, width, [0])
    network.parameters[-1] *= 20
    return network


@pytest.mark.parametrize("architecture", ["LCN", "CNN", "FCN"])
def test_the_gradients_are_those_of_autograd_over_several_chunks(architecture):
    data, network = TASK.sample(3000), loud(architecture, TASK)
    leaves = [p[0].clone().requires_grad_() for p in network.parameters]
    logits = dense_activations(architecture, TASK, 8, leaves, data.one_hot())[-1]
    cross_entropy(logits, data.labels).backward()
    for ours, leaf in zip(gradients(network, data), leaves, strict=True):
        torch.testing.assert_close(ours, leaf.grad, atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize("architecture", ["CNN", "Shared-10", "Shared-01", "LCN"])
def test_a_copy_for_every_location_computes_the_same_and_its_gradients_add_up(architecture):
    network, data = loud(architecture, DEEP), DEEP.sample(200)
    local = unshared(network)
    assert local.architecture == "LCN"
    for one, other in zip(network.observe(data), local.observe(data), strict=True):
        torch.testing.assert_close(one.values, other.values)
    for mine, apart in zip(gradients(network, data), gradients(local, data), strict=True):
        together = apart.unflatten(0, (-1, len(mine))).sum(0) if apart.shape != mine.shape else apart
        torch.testing.assert_close(together, mine, atol=1e-7, rtol=1e-4)


def exact(network, task):
    """Noise over signal of one datum of the whole language, for the weights of each layer."""
    data = enumerate_data(task)
    mean = gradients(network, data)[: task.L]
    each = [gradients(network, data[i : i + 1])[: task.L] for i in range(len(data))]
    second = np.array([[g.square().sum().item() for g in layers] for layers in each]).mean(0)
    return second / [g.square().sum().item() for g in mean] - 1


@pytest.mark.parametrize("s0", [1, (0, 1)])
def test_signal_and_noise_agree_with_the_enumerated_population(s0):
    task = SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=s0, seed=1)
    network = loud("CNN", task, 64)
    tables = [pooling(network, task, 10_000, seed) for seed in range(8)]
    assert tables[0].layer.tolist() == [1, 2]
    assert tables[0].copies.tolist() == [4, 1]
    shared, apart = exact(network, task), exact(unshared(network), task)
    mean = {name: np.mean([table[name] for table in tables], 0) for name in ("P_1", "P_1_unshared", "gain")}
    np.testing.assert_allclose(mean["P_1"], shared, rtol=0.15)  # of few weights, whose noise is hard to know
    np.testing.assert_allclose(mean["P_1_unshared"], apart, rtol=0.15)
    np.testing.assert_allclose(mean["gain"], apart / shared, rtol=0.03)


def test_locations_that_see_the_same_add_up_and_those_of_an_lcn_have_nothing_to_add():
    task = SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=(0, 1), seed=1)
    network = loud("CNN", task, 64)
    network.parameters[1][:, 1::2] = network.parameters[1][:, ::2]  # places of one feature are read alike
    alike = pooling(network, task, 50_000).gain[0]
    assert alike > 1.8  # two places for each of the two features
    assert pooling(unshared(network), task, 1000).gain.tolist() == [1, 1]


def test_a_network_without_patches_or_several_are_refused():
    with pytest.raises(ValueError, match="must be made of patches, as LCN and CNN are, got FCN"):
        pooling(Fleet("FCN", TASK, 8, [0]), TASK, 50)
    with pytest.raises(ValueError, match="zeros at blanks and no biases, got one with a background"):
        pooling(BackgroundFleet("CNN", TASK, 8, [0], whitened=True, bias=False), TASK, 50)
    other = replace(TASK, s0=TASK.s0 + 1)
    with pytest.raises(ValueError, match="the network is for s0"):
        pooling(Fleet("CNN", TASK, 8, [0]), other, 50)
    with pytest.raises(ValueError, match="a fleet of one network, got 2"):
        pooling(Fleet("CNN", TASK, 8, [0, 1]), TASK, 50)
    with pytest.raises(ValueError, match="n must be an integer >= 50, got 9"):
        pooling(Fleet("CNN", TASK, 8, [0]), TASK, 9)
