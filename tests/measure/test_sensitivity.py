"""Sensitivities against dense activations, against exact cases, and against the paper's plateaus."""

from math import isnan

import numpy as np
import pytest
import torch
from helpers import dense_activations

from srhm.measure.sensitivity import ratio_of_means, sensitivities, squared_distances
from srhm.model import SRHM
from srhm.networks import Activation, Fleet
from srhm.networks.fleet import FLEETS
from srhm.runs import Run
from srhm.sweep.compute import compute

TASKS = [
    SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1),
    SRHM(v=3, n_c=3, m=3, s=2, L=3, s0=1, sparsity="B"),
    SRHM(v=3, n_c=3, m=5, s=3, L=2, s0=1, sparsity="B"),
    SRHM(v=4, n_c=3, m=4, s=2, L=1, s0=2),
    SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=(1, 0)),
]


def one_place(values):
    """Activations (n, C) that have a single location."""
    return Activation(values[:, None], torch.zeros(len(values), 1, dtype=torch.int64))


def identity(data):
    """The one-hot input, as a layer and as the output."""
    features = torch.nn.functional.one_hot(data.symbols, data.task.v).float()
    return [Activation(features, data.positions)] * 2


def names_of(task, layers=("1", "2", "out"), letters="SD"):
    return {f"{x}_{k}_{level}" for x in letters for k in layers for level in range(1, task.L + 1)}


def share(f, x, moved, z):
    """E ||f(x) - f(x')||^2 / E ||f(x) - f(z)||^2 of dense activations, in float64."""
    fx, fm, fz = (f(data).flatten(1).double() for data in (x, moved, z))
    return ((fx - fm).square().sum(1).mean() / (fx - fz).square().sum(1).mean()).item()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("architecture", FLEETS)
def test_every_sensitivity_equals_the_dense_computation(architecture, task):
    n, seed, network = 60, 5, Fleet(architecture, task, 12, [1])
    parameters = [p[0] for p in network.parameters]
    values = sensitivities(network.observe, task, n, seed)
    x, z = task.sample(2 * n, seed)[:n], task.sample(2 * n, seed)[n:]
    layers = [*map(str, range(1, task.L + 1)), "out"]
    assert {name for name in values if not name.endswith("_se")} == names_of(task, layers)
    for k, layer in enumerate(layers):

        def f(data, k=k):
            return dense_activations(architecture, task, 12, parameters, data.one_hot())[k]

        for level in range(1, task.L + 1):
            exchanged, displaced = task.exchange_synonyms(x, level, seed), task.displace(x, level, seed)
            assert values[f"S_{layer}_{level}"] == pytest.approx(share(f, x, exchanged, z), rel=1e-4)
            assert values[f"D_{layer}_{level}"] == pytest.approx(share(f, x, displaced, z), rel=1e-4)


@pytest.mark.parametrize("task", TASKS)
def test_the_identity_gives_the_dense_distances_of_the_inputs(task):
    values = sensitivities(identity, task, 100)
    x, z = task.sample(200)[:100], task.sample(200)[100:]
    for level in range(1, task.L + 1):
        exchanged, displaced = task.exchange_synonyms(x, level), task.displace(x, level)
        expected = share(lambda data: data.one_hot(), x, exchanged, z)
        assert values[f"S_1_{level}"] == values[f"S_out_{level}"] == pytest.approx(expected, rel=1e-6)
        expected = share(lambda data: data.one_hot(), x, displaced, z)
        assert values[f"D_1_{level}"] == values[f"D_out_{level}"] == pytest.approx(expected, rel=1e-6)


def test_the_identity_gives_the_probabilities_of_the_model():
    """One level, all tuples in use: a feature is at a given place with 1/(s0+1), a given one with 1/v."""
    task = SRHM(v=4, n_c=4, m=4, s=2, L=1, s0=2)
    values = sensitivities(identity, task, 20_000)
    apart = 1 - 1 / (task.v * 3)
    shares = torch.nn.functional.one_hot(task.rules[1], task.v).double().mean(1)  # (classes, s, v)
    exchanged = 1 - shares.square().sum(2).mean().item()
    assert values["S_1_1"] == pytest.approx(exchanged / apart, abs=4 * values["S_1_1_se"])
    assert values["D_1_1"] == pytest.approx((1 - 1 / 3) / apart, abs=4 * values["D_1_1_se"])
    assert values["S_1_1_se"] + values["D_1_1_se"] < 0.02


@pytest.mark.parametrize("task", TASKS)
def test_an_output_that_is_the_label_is_exactly_insensitive(task):
    def observer(data):
        return [*identity(data)[:1], one_place(torch.eye(task.n_c)[data.labels])]

    values = sensitivities(observer, task, 50)
    for level in range(1, task.L + 1):
        assert values[f"S_out_{level}"] == values[f"D_out_{level}"] == 0
        assert values[f"S_out_{level}_se"] == values[f"D_out_{level}_se"] == 0
        assert values[f"S_1_{level}"] > 0
        assert values[f"D_1_{level}"] > 0


def test_an_output_that_is_noise_is_as_sensitive_as_to_another_datum():
    generator = torch.Generator().manual_seed(0)

    def observer(data):
        return [one_place(torch.randn(len(data), 10, generator=generator))] * 2

    values = sensitivities(observer, TASKS[0], 4000)
    for name in names_of(TASKS[0], ("1", "out")):
        assert values[name] == pytest.approx(1, abs=4 * values[name + "_se"])
        assert 0 < values[name + "_se"] < 0.02


def test_scale_and_shift_of_an_output_change_nothing():
    task, network = TASKS[0], Fleet("LCN", TASKS[0], 16, [0])

    def transformed(data):
        return [Activation(50 * a.values + 7, a.locations) for a in network.observe(data)[-1:] * 2]

    plain = sensitivities(network.observe, task, 200)
    other = sensitivities(transformed, task, 200)
    for name in names_of(task, ("out",)):
        assert other[name] == pytest.approx(plain[name], rel=1e-3)
        assert other[name + "_se"] == pytest.approx(plain[name + "_se"], rel=1e-3)


def test_the_reference_is_the_distance_of_independent_data():
    """E ||f(x) - f(z)||^2 is twice the variance of f, and not its mean square."""
    task, network = TASKS[0], Fleet("CNN", TASKS[0], 16, [0])
    x = task.sample(8000)[:4000]
    output, moved = (network.observe(data)[-1].values[:, 0] for data in (x, task.exchange_synonyms(x, 2)))
    expected = (output - moved).square().sum(1).mean() / (2 * output.var(0).sum())
    value = sensitivities(network.observe, task, 4000)["S_out_2"]
    assert value == pytest.approx(expected.item(), rel=0.05)
    assert output.square().sum(1).mean() > 1.5 * output.var(0).sum()


@pytest.mark.parametrize("sparsity", ["A", "B"])
def test_without_sparsity_there_is_no_displacement_to_see(sparsity):
    task = SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=0, sparsity=sparsity)
    values = sensitivities(identity, task, 50)
    names = names_of(task, ("1", "out"), "S")
    assert set(values) == names | {name + "_se" for name in names}


def test_there_is_no_displacement_of_levels_without_blanks():
    task = SRHM(v=4, n_c=4, m=4, s=2, L=3, s0=(0, 2, 0))
    values = sensitivities(identity, task, 50)
    shown = {name for name in values if name.startswith("D_out") and not name.endswith("_se")}
    assert shown == {"D_out_2", "D_out_3"}
    assert values["D_out_3"] == pytest.approx(values["D_out_2"], abs=5 * values["D_out_2_se"])


def test_a_layer_that_tells_no_data_apart_has_no_sensitivity():
    values = sensitivities(lambda data: [one_place(torch.ones(len(data), 3))] * 2, TASKS[0], 20)
    assert len(values) == 16
    assert all(isnan(value) for value in values.values())


def test_standard_errors_shrink_with_the_number_of_data():
    task, network = TASKS[0], Fleet("LCN", TASKS[0], 16, [0])
    few, many = (sensitivities(network.observe, task, n) for n in (500, 8000))
    for name in names_of(task):
        assert many[name + "_se"] == pytest.approx(few[name + "_se"] / 4, rel=0.25)
        assert many[name] == pytest.approx(few[name], abs=5 * few[name + "_se"])


def test_the_same_seed_gives_the_same_values_and_another_seed_others():
    first, again, other = (sensitivities(identity, TASKS[0], 50, seed) for seed in (1, 1, 2))
    assert first == again
    assert all(first[name] != other[name] for name in names_of(TASKS[0], ("1",)))


@pytest.mark.parametrize("n", [0, -1, 1.5])
def test_a_bad_number_of_data_is_named(n):
    with pytest.raises(ValueError, match=f"n must be an integer >= 1, got {n}"):
        sensitivities(identity, TASKS[0], n)


# Distances and ratios


def test_distances_count_unmatched_locations_as_differences_from_zero():
    generator = torch.Generator().manual_seed(0)
    for left, right in [(1, 1), (3, 3), (2, 5), (5, 2)]:
        dense = []
        sparse = []
        for patches in (left, right):
            places = torch.rand(40, 6, generator=generator).argsort(1)[:, :patches]
            values = torch.randn(40, patches, 4, generator=generator)
            sparse.append(Activation(values, places))
            dense.append(torch.zeros(40, 6, 4).scatter(1, places[..., None].expand(-1, -1, 4), values))
        expected = (dense[0] - dense[1]).square().sum((1, 2))
        torch.testing.assert_close(squared_distances(*sparse).float(), expected)


def test_distances_do_not_depend_on_the_order_of_locations():
    one, other = torch.randn(2, 7, 5, 3, generator=torch.Generator().manual_seed(0))
    places = torch.arange(5).expand(7, -1)
    turned = Activation(other.flip(1), places.flip(1))
    expected = (one - other).double().square().sum((1, 2))
    for there in (Activation(other, places), turned):
        torch.testing.assert_close(squared_distances(Activation(one, places), there), expected)


def test_standard_error_equals_that_of_a_bootstrap():
    generator = np.random.default_rng(0)
    common = generator.normal(size=2000)
    numerator = np.exp(common + generator.normal(size=2000))
    denominator = np.exp(0.5 * common) * (1 + generator.random(2000))
    value, error = ratio_of_means(torch.tensor(numerator), torch.tensor(denominator))
    assert value == pytest.approx(numerator.mean() / denominator.mean(), rel=1e-12)
    rows = generator.integers(2000, size=(4000, 2000))
    ratios = numerator[rows].mean(1) / denominator[rows].mean(1)
    assert error == pytest.approx(ratios.std(), rel=0.06)


def test_ratio_of_equal_quantities_is_one_without_error():
    values = torch.tensor([1.0, 2.0, 5.0])
    assert ratio_of_means(values, values) == (1, 0)


def test_a_single_pair_has_a_ratio_and_no_standard_error():
    value, error = ratio_of_means(torch.tensor([1.0]), torch.tensor([2.0]))
    assert value == 0.5
    assert isnan(error)


def test_a_bad_seed_or_device_is_named():
    with pytest.raises(ValueError, match="seed must be an integer >= 0, got -1"):
        sensitivities(identity, TASKS[0], 10, -1)
    with pytest.raises(ValueError, match="device must be .*'tpu'"):
        sensitivities(identity, TASKS[0], 10, device="tpu")


# The paper

PLATEAUS = {
    "S_1_1": 0.64,
    "S_2_1": 0.19,
    "S_out_1": 0.04,
    "S_1_2": 0.81,
    "S_out_2": 0.44,
    "D_1_2": 0.60,
    "D_out_2": 0.003,
}


def test_a_cnn_that_learnt_the_task_has_the_plateaus_of_fig_15():
    """Far beyond P* (about 5000), averaged over three tasks as in the paper."""
    task = dict(v=8, n_c=8, m=8, s=2, L=2, s0=1)
    way = dict(P=20_000, width=256, lr=0.32, batch_size=128)
    runs = [
        Run(architecture="CNN", **task, **way, task_seed=seed, data_seed=seed, init_seed=seed)
        for seed in range(3)
    ]
    outcomes = [outcome for _, outcome, _ in compute(runs, "cpu")]
    assert all(outcome.status == "converged" for outcome in outcomes)
    assert all(outcome.test_error < 0.01 for outcome in outcomes)
    means = {name: np.mean([o.sensitivities[name] for o in outcomes]) for name in PLATEAUS}
    assert means == pytest.approx(PLATEAUS, abs=0.05)
    assert means["D_out_2"] < 0.01 < means["S_out_1"]
