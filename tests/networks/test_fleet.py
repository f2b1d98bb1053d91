"""The blank-free fleets against plain dense networks, written here with unfold and einsum."""

import re
from itertools import product

import numpy as np
import pytest
import torch
from helpers import dense_activations

from srhm.model import SRHM
from srhm.networks import Fleet, sharing_name
from srhm.networks.fleet import FLEETS, initialise, locate, parameter_shapes, step_work, wire
from srhm.networks.taught import TaughtLayer
from srhm.networks.transformer import Transformer
from srhm.networks.vision import VisionNetwork

TASKS = [
    SRHM(v=4, n_c=3, m=4, s=2, L=1, s0=2),
    SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1),
    SRHM(v=4, n_c=4, m=3, s=2, L=3, s0=0),
    SRHM(v=3, n_c=3, m=5, s=3, L=2, s0=1, sparsity="B"),
    SRHM(v=3, n_c=3, m=3, s=2, L=3, s0=2, sparsity="B"),
    SRHM(v=4, n_c=4, m=4, s=2, L=3, s0=(0, 2, 1)),
    SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=(2, 0), sparsity="B"),
]
CASES = [(a, t) for a in FLEETS for t in TASKS]
CASES += [(a, t) for a in ("Shared-01", "Shared-10") for t in TASKS if t.L == 3]


def spread(activation, locations):
    """An Activation as a dense (n, C, locations)."""
    n, _, width = activation.values.shape
    dense = torch.zeros(n, width, locations)
    index = activation.locations[:, None].expand(-1, width, -1)
    return dense.scatter_add(2, index, activation.values.transpose(1, 2))


@pytest.mark.parametrize(("architecture", "task"), CASES)
def test_every_layer_equals_the_dense_network(architecture, task):
    width, data = 24, task.sample(50, seed=1)
    network = Fleet(architecture, task, width, [7])
    dense = dense_activations(architecture, task, width, [p[0] for p in network.parameters], data.one_hot())
    *layers, logits = network.observe(data)
    for ours, theirs in zip(layers, dense, strict=False):
        torch.testing.assert_close(spread(ours, theirs.shape[2]), theirs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(logits.values[:, 0], dense[-1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("architecture", "task"), CASES)
def test_gradient_equals_autograd_of_the_dense_network(architecture, task):
    width, data = 16, task.sample(20, seed=2)
    fleet = Fleet(architecture, task, width, [3, 4])
    wires = [w.expand(2, *w.shape) for w in wire(architecture, data)]
    error = torch.randn(2, 20, task.n_c, generator=torch.Generator().manual_seed(0))
    buffers = [torch.ones_like(p) for p in fleet.parameters]
    packings = fleet.pack(wires)
    activations = fleet.activations(wires, packings)
    fleet.accumulate_gradient(wires, packings, activations, error, buffers, decay=0.5)
    for i in range(2):
        leaves = [p[i].clone().requires_grad_() for p in fleet.parameters]
        logits = dense_activations(architecture, task, width, leaves, data.one_hot())[-1]
        (logits * error[i]).sum().backward()
        for buffer, leaf in zip(buffers, leaves, strict=True):
            torch.testing.assert_close(buffer[i] - 0.5, leaf.grad, atol=1e-5, rtol=1e-4)


def test_a_tapered_network_has_in_each_layer_the_units_of_an_lcn():
    """As many as its live and blank patches have channels, each connected to all units below."""
    task = TASKS[4]  # k = 6, L = 3
    shapes = parameter_shapes("TaperedFCN", task, 8)
    assert shapes == [(216 * 3, 8 * 36), (1, 8 * 36, 8 * 6), (1, 8 * 6, 8), (8, 3)]
    operations, moved = step_work("TaperedFCN", task, 8, 10)
    assert operations == 6 * 10 * (8 * 36 * 8 * 6 + 8 * 6 * 8)
    assert moved > step_work("FCN", task, 8, 10)[1]
    seen = Fleet("TaperedFCN", task, 8, [0]).observe(task.sample(4))
    assert [tuple(a.values.shape) for a in seen] == [(4, 1, 288), (4, 1, 48), (4, 1, 8), (4, 1, 3)]


@pytest.mark.parametrize("blanks", [2, (1, 0, 2)])
@pytest.mark.parametrize("shared", list(product((False, True), repeat=2)))
def test_layers_that_share_are_those_of_the_cnn_and_the_others_those_of_the_lcn(shared, blanks):
    """To the bit: the weights and what meets them. The ends are LCN and CNN themselves."""
    task = SRHM(v=3, n_c=3, m=3, s=2, L=3, s0=blanks)
    data, between = task.sample(40), sharing_name(shared)
    of_layer = [*("CNN" if one else "LCN" for one in shared), "LCN"]  # one location: it is the same in both
    weights = {a: initialise(a, task, 8, 5) for a in (between, "LCN", "CNN")}
    wires = {a: wire(a, data) for a in weights}
    for layer, like in enumerate(of_layer):
        assert torch.equal(weights[between][layer], weights[like][layer])
        assert torch.equal(wires[between][layer], wires[like][layer])
    assert torch.equal(weights[between][-1], weights["CNN"][-1])
    assert torch.equal(weights["LCN"][2], weights["CNN"][2])
    for ours, theirs in zip(locate(between, data), locate("LCN", data), strict=True):
        assert torch.equal(ours, theirs)


def test_names_say_which_layers_share():
    assert [sharing_name(shared) for shared in product((False, True), repeat=2)] == [
        "LCN", "Shared-01", "Shared-10", "CNN",
    ]  # fmt: skip
    assert sharing_name([np.True_, False, True]) == "Shared-101"
    assert not any(name in FLEETS for name in ("Shared-01", "Shared-10"))


@pytest.mark.parametrize("shared", ["01", 1, None, (0, 1), (1.0, False), ("1", "0"), (True, -1), {True}])
def test_what_says_not_which_layers_share_is_refused(shared):
    got = re.escape(repr(shared))
    with pytest.raises(ValueError, match=f"sharing must be a tuple of True or False, .* got {got}"):
        sharing_name(shared)


@pytest.mark.parametrize(
    "name", ["Shared-", "Shared-1", "Shared-101", "Shared-0-1", "Shared--1", "Shared-12"]
)
def test_a_name_of_no_network_of_three_layers_is_refused(name):
    rule = "LCN, CNN or Shared- and L - 1 = 2 digits, 1 where a layer shares weights, layer 1 first, got"
    with pytest.raises(ValueError, match=f"{rule} '{name}'"):
        parameter_shapes(name, TASKS[2], 8)


@pytest.mark.parametrize(("name", "plain"), [("Shared-00", "LCN"), ("Shared-11", "CNN")])
def test_a_network_has_one_name(name, plain):
    with pytest.raises(ValueError, match=f"'{name}' is the {plain}: call it so"):
        parameter_shapes(name, TASKS[2], 8)


def test_blank_patches_are_exactly_zero_in_the_dense_network():
    task = TASKS[1]
    data = task.sample(5)
    network = Fleet("LCN", task, 8, [0])
    dense = dense_activations("LCN", task, 8, [p[0] for p in network.parameters], data.one_hot())
    live = (dense[0] != 0).any(1)
    expected = torch.zeros_like(live).scatter(1, network.observe(data)[0].locations, True)
    assert not (live & ~expected).any()


def test_a_network_depends_on_its_seed_alone():
    task = TASKS[1]
    alone, together = initialise("CNN", task, 8, 5), Fleet("CNN", task, 8, [4, 5]).parameters
    other = initialise("CNN", task, 8, 6)
    for a, b, c in zip(alone, together, other, strict=True):
        assert torch.equal(a, b[1])
        assert not torch.equal(a, c)


def test_initial_weights_are_standard_normal():
    table = initialise("LCN", TASKS[4], 64, 0)[0]
    assert abs(table.mean()) < 5 / table.numel() ** 0.5
    assert abs(table.var() - 1) < 5 * (2 / table.numel()) ** 0.5


def test_bad_values_are_named():
    for name in ("MLP", None, 3):
        with pytest.raises(ValueError, match=f"architecture of a fleet must be one of .*{name!r}"):
            Fleet(name, TASKS[0], 8, [0])
    with pytest.raises(ValueError, match="width must be an integer >= 1, got 0"):
        Fleet("CNN", TASKS[0], 0, [0])
    with pytest.raises(ValueError, match="seed must be an integer >= 0, got -1"):
        Fleet("CNN", TASKS[0], 8, [-1])


def test_a_network_refuses_data_of_another_shape_and_a_fleet_is_not_one_network():
    data = TASKS[1].sample(3)
    with pytest.raises(ValueError, match="for L = 3, the data have L = 2"):
        Fleet("CNN", SRHM(v=4, n_c=4, m=4, s=2, L=3, s0=1), 8, [0]).observe(data)
    with pytest.raises(ValueError, match="fleet of one network, got 2"):
        Fleet("CNN", TASKS[1], 8, [0, 1]).observe(data)


@pytest.mark.parametrize(
    "build",
    [
        lambda device: Fleet("CNN", TASKS[1], 8, [0], device),
        lambda device: Transformer("Transformer-1", TASKS[1], 16, 0, device),
        lambda device: TaughtLayer("Taught-CNN", TASKS[1], 8, 0, device),
        lambda device: VisionNetwork("VGG11", TASKS[1], 8, 0, device),
    ],
)
def test_a_device_that_there_is_not_is_named(build):
    with pytest.raises(ValueError, match='device must be "cpu" or "cuda", got \'tpu\''):
        build("tpu")
