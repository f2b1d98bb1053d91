"""Stability to deformations and to noise: against a loop, where it is known, and its errors."""

from math import isnan

import pytest
import torch

from srhm.images import deform, draw_fields, noise_like, temperature_for
from srhm.measure import stabilities
from srhm.model.randomness import normal
from srhm.networks import IMAGE, Activation, ImageNetwork

SIZE = (14, 13)
T = temperature_for(1.0, 3, SIZE)


def pictures(n=40, seed=0):
    return normal((n, 1, *SIZE), "pictures", seed).cumsum(2).cumsum(3) / 20


def shown(values):
    """An activation at one location of each image."""
    return Activation(values.flatten(1).unsqueeze(1), torch.zeros(len(values), 1, dtype=torch.int64))


def test_stabilities_are_those_of_a_loop():
    images, network = pictures(), ImageNetwork("CNN", (1, *SIZE), 4, 8, 0)
    seen = stabilities(network.observe, images, T, 3, seed=5)
    x, z = images[:20], images[20:]
    moved = deform(x, draw_fields(20, SIZE, T, 3, 5))
    noisy = x + noise_like(moved - x, 5)
    names = ("1", "2", "3", "out")
    assert set(seen) == {f"{letter}_{name}{end}" for letter in "DGR" for name in names for end in ("", "_se")}
    for k, name in enumerate(names):
        sums = [0.0, 0.0, 0.0]
        for i in range(20):
            here = network.observe(x[i : i + 1])[k].values.double()
            for which, other in enumerate((moved, noisy, z)):
                there = network.observe(other[i : i + 1])[k].values.double()
                sums[which] += (there - here).square().sum().item()
        D, G, apart = sums
        assert seen[f"D_{name}"] == pytest.approx(D / apart, rel=1e-4)
        assert seen[f"G_{name}"] == pytest.approx(G / apart, rel=1e-4)
        assert seen[f"R_{name}"] == pytest.approx(D / G, rel=1e-4)


def test_what_keeps_distances_cannot_tell_a_deformation_from_noise():
    def observer(images):
        return [shown(-3 * images), shown(images.sum((2, 3)))]

    seen = stabilities(observer, pictures(), T, 3)
    assert seen["R_1"] == pytest.approx(1, rel=1e-5)
    assert seen["R_1_se"] == pytest.approx(0, abs=1e-5)
    assert seen["D_1"] == pytest.approx(seen["G_1"], rel=1e-5)
    assert seen["R_out"] != pytest.approx(1, rel=0.01)


def test_errors_are_the_spread_of_repetitions():
    def observer(images):
        return [shown(images.relu()[:, :, ::2])]

    repeated = [stabilities(observer, pictures(200, seed), T, 3, seed) for seed in range(100)]
    for letter in "DGR":
        values, errors = (
            torch.tensor([r[f"{letter}_out{end}"] for r in repeated], dtype=torch.float64)
            for end in ("", "_se")
        )
        assert errors.mean() == pytest.approx(values.std().item(), rel=0.3)  # a deviation of 100: 7 %


def test_there_is_no_value_where_all_images_look_alike():
    alike = pictures()[:1].expand(8, -1, -1, -1)
    seen = stabilities(lambda images: [shown(images)], alike, 0.01, 3)
    assert isnan(seen["D_out"]) and isnan(seen["G_out"])
    assert seen["R_out"] > 0


def test_nothing_moves_at_temperature_zero():
    seen = stabilities(lambda images: [shown(images)], pictures(), 0.0, 3)
    assert seen["D_out"] == seen["G_out"] == 0
    assert isnan(seen["R_out"])


@pytest.mark.parametrize("architecture", IMAGE)
def test_untrained_networks_are_as_stable_to_deformations_as_to_noise(architecture):
    """Of order one at initialisation (Petrini et al., abstract)."""
    network = ImageNetwork(architecture, (1, *SIZE), 4, 12, 0)
    images = pictures(100)
    network(images)
    seen = stabilities(network.observe, images, T, 3)
    assert all(0.2 < seen[f"R_{name}"] < 5 for name in ("1", "2", "3", "out"))


@pytest.mark.parametrize("images", [pictures(3), pictures(0), pictures()[:, 0]])
def test_images_that_make_no_pairs_are_named(images):
    with pytest.raises(ValueError, match=r"images must be \(2n, channels, height, width\) with n >= 1, got"):
        stabilities(lambda images: [shown(images)], images, T, 3)


def test_other_bad_values_are_named():
    for message, arguments in {
        "temperature must be a finite number >= 0, got -1": (-1, 3),
        "cutoff must be an integer >= 2, got 0": (T, 0),
        "seed must be an integer >= 0, got -1": (T, 3, -1),
    }.items():
        with pytest.raises(ValueError, match=message):
            stabilities(lambda images: [shown(images)], pictures(), *arguments)
    with pytest.raises(ValueError, match="the output must be an Activation of two tensors, got Tensor"):
        stabilities(lambda images: [images], pictures(), T, 3)
