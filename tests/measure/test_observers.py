"""Observers of other types and shapes: the same sensitivities, or an error that names the layer."""

import numpy as np
import pytest
import torch

from srhm.measure import error_rate, sensitivities
from srhm.measure.sensitivity import squared_distances
from srhm.model import SRHM
from srhm.networks import Activation, Fleet

TASK = SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1)
N = 400
WEIGHTS = torch.randn(4 * 16, 32, generator=torch.Generator().manual_seed(0))


def dense(data):
    """Whole activations (n, 1, 32)."""
    return (data.one_hot().flatten(1) @ WEIGHTS).relu()[:, None, :]


def nowhere(data):
    return torch.zeros(len(data), 1, dtype=torch.long)


def values_of(change):
    return sensitivities(lambda data: [Activation(change(dense(data)), nowhere(data))], TASK, N)


@pytest.fixture(scope="module")
def expected():
    return values_of(torch.Tensor.double)


CHANGES = {
    "float32": lambda x: x,
    "bfloat16": torch.Tensor.bfloat16,
    "float16": torch.Tensor.half,
    "large float16": lambda x: (1000 * x).half(),
    "small float32": lambda x: 1e-22 * x,
    "large float32": lambda x: 1e22 * x,
    "int16": lambda x: (1000 * x).to(torch.int16),
    "int64": lambda x: (1000 * x).long(),
    "uint8": lambda x: (12 * x).to(torch.uint8),
    "int8": lambda x: (6 * x).to(torch.int8),
}


@pytest.mark.parametrize("name", CHANGES)
def test_activations_of_any_type_have_the_same_sensitivities(name, expected):
    tolerance = 0.03 if "int8" in name else 0.005
    assert values_of(CHANGES[name]) == pytest.approx(expected, rel=tolerance, nan_ok=True)


def test_logical_activations_have_the_sensitivities_of_zeros_and_ones():
    assert values_of(lambda x: x > 1) == values_of(lambda x: (x > 1).double())


def test_unsigned_differences_do_not_wrap_around():
    small, large = (torch.full((1, 1, 1), value, dtype=torch.uint8) for value in (0, 200))
    place = torch.zeros(1, 1, dtype=torch.long)
    assert squared_distances(Activation(small, place), Activation(large, place)).item() == 200**2


def shown(layers):
    return lambda data: [
        Activation(dense(data), nowhere(data)),
        layers(data),
        Activation(dense(data), nowhere(data)),
    ]


PLACES = torch.arange(16)
BAD = {
    "locations repeated": (
        lambda data: Activation(data.one_hot().mT, torch.zeros(len(data), 16, dtype=torch.long)),
        "layer 2 must have distinct locations",
    ),
    "locations of one patch for all": (
        lambda data: Activation(data.one_hot().mT, nowhere(data)),
        r"layer 2 must have integer locations \(800, 16\)|\(400, 16\), got \(400, 1\)",
    ),
    "locations of one datum for all": (
        lambda data: Activation(data.one_hot().mT, PLACES[None]),
        r"layer 2 must have integer locations .* got \(1, 16\)",
    ),
    "locations without data": (
        lambda data: Activation(data.one_hot().mT, PLACES),
        r"layer 2 must have integer locations .* got \(16,\)",
    ),
    "real locations": (
        lambda data: Activation(data.one_hot().mT, PLACES.float().expand(len(data), -1)),
        "layer 2 must have integer locations .* of torch.float32",
    ),
    "values without patches": (
        lambda data: Activation(dense(data)[:, 0], nowhere(data)),
        r"layer 2 must have real values \(n, patches, C\) with n = 400, got \(400, 32\)",
    ),
    "values of other data": (
        lambda data: Activation(dense(data)[:7], nowhere(data)[:7]),
        r"layer 2 must have real values .* with n = 400, got \(7, 1, 32\)",
    ),
    "complex values": (
        lambda data: Activation(dense(data) * 1j, nowhere(data)),
        "layer 2 must have real values .* of torch.complex64",
    ),
    "a tensor": (dense, "layer 2 must be an Activation of two tensors, got Tensor"),
    "arrays": (
        lambda data: Activation(dense(data).numpy(), nowhere(data).numpy()),
        "layer 2 must be an Activation of two tensors",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_activation_is_named_with_its_layer(name):
    observer, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        sensitivities(shown(observer), TASK, N)


def test_the_output_is_called_the_output():
    with pytest.raises(ValueError, match="the output must be an Activation"):
        sensitivities(lambda data: [Activation(dense(data), nowhere(data)), dense(data)], TASK, N)


class Answers:
    """A network that shows nothing but its output."""

    def __init__(self, change):
        self.change = change

    def observe(self, data):
        logits = torch.nn.functional.one_hot(data.labels, 4).float()[:, None]
        return [Activation(self.change(logits), nowhere(data))]


def test_the_error_of_logits_of_any_type_is_their_error():
    data = TASK.sample(2000)
    assert error_rate(Answers(torch.Tensor.half), data) == 0
    assert error_rate(Answers(lambda x: x.roll(1, 2).to(torch.int8)), data) == 1


@pytest.mark.parametrize(
    ("change", "shape"), [(lambda x: x[..., :3], r"\(.*, 1, 3\)"), (lambda x: x.mT, r"\(.*, 4, 1\)")]
)
def test_an_output_that_is_no_logits_is_told(change, shape):
    class Wrong(Answers):
        def observe(self, data):
            values = super().observe(data)[0].values
            return [Activation(values, torch.arange(values.shape[1]).expand(values.shape[:2]))]

    with pytest.raises(
        ValueError, match=rf"the output must be logits \(n, 1, n_c\) with n_c = 4, got {shape}"
    ):
        error_rate(Wrong(change), TASK.sample(2000))


def test_no_data_are_told():
    network, data = Fleet("CNN", TASK, 8, [0]), TASK.sample(5)[:0]
    for look in (network.observe, lambda data: error_rate(network, data)):
        with pytest.raises(ValueError, match="there are no data to observe"):
            look(data)


def test_values_of_a_fleet_are_those_of_plain_numpy():
    network = Fleet("FCN", TASK, 8, [0])
    x, z = TASK.sample(2 * N)[:N], TASK.sample(2 * N)[N:]
    a, b, c = (
        network.observe(data)[0].values.numpy().astype(float) for data in (x, TASK.exchange_synonyms(x, 1), z)
    )
    ratio = np.square(a - b).sum() / np.square(a - c).sum()
    assert sensitivities(network.observe, TASK, N)["S_1_1"] == pytest.approx(ratio, rel=1e-12)
