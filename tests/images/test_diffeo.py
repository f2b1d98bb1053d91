"""Deformations against loops, closed forms and their limits; noise of the same norm."""

from math import floor, inf, log, nan, pi, sin

import pytest
import torch

from srhm.images import (
    deform,
    displacement_norm,
    draw_fields,
    noise_like,
    temperature_for,
)  # fmt: skip
from srhm.model.randomness import normal

SIZE = (9, 13)


def pictures(n=5, channels=2, size=SIZE, seed=0):
    return normal((n, channels, *size), "pictures", seed)


def modes(cutoff):
    return [
        (i, j) for i in range(1, cutoff + 1) for j in range(1, cutoff + 1) if i * i + j * j <= cutoff * cutoff
    ]


# The fields


@pytest.mark.parametrize("size, cutoff", [(SIZE, 5), ((6, 6), 2), ((5, 30), 3)])
def test_a_field_is_the_sum_of_its_waves(size, cutoff):
    height, width = size
    fields = draw_fields(2, size, 0.01, cutoff, seed=4)
    coefficients = normal((2, 2, cutoff - 1, cutoff - 1), "diffeomorphism", 4).double()
    for image in range(2):
        for direction, side in enumerate(size):
            for y in range(height):
                for x in range(width):
                    total = 0.0
                    for i, j in modes(cutoff):
                        amplitude = coefficients[image, direction, i - 1, j - 1].item()
                        wave = sin(i * pi * y / (height - 1)) * sin(j * pi * x / (width - 1))
                        total += amplitude * (0.01 / (i * i + j * j)) ** 0.5 * wave
                    assert fields[image, direction, y, x].item() == pytest.approx(side * total, abs=1e-6)


def test_fields_vanish_at_the_border_exactly():
    fields = draw_fields(50, (28, 32), 1.0, 27, 0)
    for edge in (fields[:, :, 0], fields[:, :, -1], fields[..., 0], fields[..., -1]):
        assert (edge == 0).all()
    assert (fields[:, :, 1:-1, 1:-1] != 0).float().mean() > 0.99


@pytest.mark.parametrize("size, cutoff", [(SIZE, 5), ((12, 12), 3), ((28, 28), 10), ((4, 20), 3)])
def test_the_mean_square_is_the_closed_form(size, cutoff):
    height, width = size
    pixels = [
        (y, x, sum((sin(i * pi * y) * sin(j * pi * x)) ** 2 / (i * i + j * j) for i, j in modes(cutoff)))
        for y in (k / (height - 1) for k in range(height))
        for x in (k / (width - 1) for k in range(width))
    ]
    mean = sum(value for _, _, value in pixels) / len(pixels) * (height**2 + width**2)
    assert displacement_norm(0.3, cutoff, size) == pytest.approx((0.3 * mean) ** 0.5, rel=1e-12)
    assert temperature_for((0.3 * mean) ** 0.5, cutoff, size) == pytest.approx(0.3, rel=1e-12)


def test_fields_have_the_mean_square_of_the_closed_form():
    """Within 5 standard errors; and at each pixel, where a mean of squares has the error sqrt(2/n)."""
    n, (height, width), cutoff = 4000, SIZE, 5
    T = temperature_for(1.0, cutoff, SIZE)
    fields = draw_fields(n, SIZE, T, cutoff, 0).double()
    squares = fields.square().sum(1).mean((1, 2))
    assert abs(squares.mean() - 1) < 5 * squares.std() / n**0.5
    assert squares.std() / n**0.5 < 0.02
    for direction, side in enumerate(SIZE):
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                waves = sum(
                    (sin(i * pi * y / (height - 1)) * sin(j * pi * x / (width - 1))) ** 2 / (i * i + j * j)
                    for i, j in modes(cutoff)
                )
                values = fields[:, direction, y, x] / (T * waves) ** 0.5 / side
                assert abs(values.square().mean() - 1) < 5 * (2 / n) ** 0.5
                assert abs(values.mean()) < 5 / n**0.5
    together = (fields[:, 0] * fields[:, 1]).mean((1, 2))
    assert abs(together.mean()) < 5 * together.std() / n**0.5


def test_at_many_pixels_and_waves_the_mean_square_grows_as_in_the_paper():
    n = 2000
    low, high = (displacement_norm(1.0, cutoff, (n, n)) ** 2 / n**2 for cutoff in (300, 1500))
    assert high - low == pytest.approx(pi / 4 * log(1500 / 300), rel=0.01)


def test_a_larger_n_appends_and_the_temperature_scales():
    fields = draw_fields(20, SIZE, 0.01, 5, 1)
    torch.testing.assert_close(draw_fields(7, SIZE, 0.01, 5, 1), fields[:7])
    torch.testing.assert_close(draw_fields(20, SIZE, 0.04, 5, 1), 2 * fields)
    assert not torch.equal(draw_fields(20, SIZE, 0.01, 5, 2), fields)
    state = torch.random.get_rng_state()
    assert torch.equal(draw_fields(20, SIZE, 0.01, 5, 1), fields)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert draw_fields(0, SIZE, 0.01, 5, 1).shape == (0, 2, *SIZE)


# Deformed images


def interpolated(image, y, x):
    """The value of an image (height, width) at a point, bilinear; points outside moved to the border."""
    height, width = image.shape
    y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    top, left = floor(y), floor(x)
    value = 0.0
    for row, part in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, share in ((left, 1 - (x - left)), (left + 1, x - left)):
            if part * share:
                value += part * share * image[row, column].item()
    return value


@pytest.mark.parametrize("delta", [0.5, 5.0])  # the second folds, and leaves the image
def test_deformed_images_are_those_of_a_loop(delta):
    images = pictures()
    fields = draw_fields(5, SIZE, temperature_for(delta, 4, SIZE), 4, 3)
    moved = deform(images, fields)
    for n in range(5):
        for channel in range(2):
            for y in range(SIZE[0]):
                for x in range(SIZE[1]):
                    down, right = fields[n, :, y, x].tolist()
                    expected = interpolated(images[n, channel], y - down, x - right)
                    assert moved[n, channel, y, x].item() == pytest.approx(expected, abs=1e-4)


def test_whole_pixels_shift_the_image():
    images = pictures()
    fields = torch.zeros(5, 2, *SIZE)
    fields[:, 0], fields[:, 1] = 2, -1
    assert torch.equal(deform(images, fields)[:, :, 2:, :-1], images[:, :, :-2, 1:])


def test_nothing_moves_at_temperature_zero_and_never_at_the_border():
    images = pictures()
    assert torch.equal(deform(images, draw_fields(5, SIZE, 0, 4, 0)), images)
    moved = deform(images, draw_fields(5, SIZE, 0.1, 4, 0))
    assert not torch.equal(moved, images)
    for edge in ((..., 0, slice(None)), (..., -1, slice(None)), (..., 0), (..., -1)):
        assert torch.equal(moved[edge], images[edge])


def test_images_are_deformed_each_by_itself():
    images, fields = pictures(6), draw_fields(6, SIZE, 0.01, 4, 0)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    assert torch.equal(deform(images[order], fields[order]), deform(images, fields)[order])
    assert torch.equal(deform(images[2:3], fields[2:3]), deform(images, fields)[2:3])
    assert torch.equal(deform(images[:, 1:], fields), deform(images, fields)[:, 1:])


# Noise


def test_noise_has_the_norm_of_the_change_of_each_image():
    images = pictures()
    change = deform(images, draw_fields(5, SIZE, 0.01, 4, 0)) - images
    change[2] = 0
    noise = noise_like(change, 0)
    norms = change.flatten(1).norm(dim=1)
    torch.testing.assert_close(noise.flatten(1).norm(dim=1), norms)
    assert (noise[2] == 0).all()
    torch.testing.assert_close(noise_like(change[:2], 0), noise[:2])
    assert not torch.equal(noise_like(change, 1), noise)


def test_noise_has_no_direction():
    n = 3000
    noise = noise_like(torch.ones(n, 1, 4, 5), 0).flatten(1).double()
    covariance = noise.T @ noise / n  # of points on a sphere of squared radius 20 in 20 dimensions
    assert (covariance - torch.eye(20)).abs().max() < 5 * (2 / n) ** 0.5
    assert noise.mean(0).abs().max() < 5 / n**0.5


# Bad values


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(temperature=-0.1), "temperature must be a finite number >= 0, got -0.1"),
        (dict(temperature=inf), "temperature must be a finite number >= 0, got inf"),
        (dict(temperature=nan), "temperature must be a finite number >= 0, got nan"),
        (dict(temperature=True), "temperature must be a finite number >= 0, got True"),
        (dict(temperature="1"), "temperature must be a finite number >= 0, got '1'"),
        (dict(cutoff=1), "cutoff must be an integer >= 2, got 1"),
        (dict(cutoff=2.5), "cutoff must be an integer >= 2, got 2.5"),
        (dict(cutoff=9), "cutoff must be below the height, got 9 and 9"),
        (dict(size=(13, 4)), "cutoff must be below the width, got 4 and 4"),
        (dict(size=(1, 9)), "height must be an integer >= 2, got 1"),
        (dict(size=(9, 9.0)), "width must be an integer >= 2, got 9.0"),
        (dict(size=9), r"size must be \(height, width\), got 9"),
        (dict(size=(3, 9, 9)), r"size must be \(height, width\), got \(3, 9, 9\)"),
        (dict(n=-1), "n must be an integer >= 0, got -1"),
        (dict(seed=-1), "seed must be an integer >= 0, got -1"),
    ],
)
def test_bad_values_are_named(changes, message):
    good = dict(n=3, size=SIZE, temperature=0.01, cutoff=4, seed=0)
    with pytest.raises(ValueError, match=message):
        draw_fields(**good | changes)
    shared = {name: value for name, value in (good | changes).items() if name not in ("n", "seed")}
    if not {"n", "seed"} & set(changes):
        with pytest.raises(ValueError, match=message):
            displacement_norm(**shared)
        wished = dict(displacement=shared.pop("temperature"))
        with pytest.raises(ValueError, match=message.replace("temperature", "displacement")):
            temperature_for(**wished, **shared)


@pytest.mark.parametrize("images, fields", [((5, 9, 13), (5, 2, 9, 13)), ((5, 1, 9, 13), (4, 2, 9, 13))])
def test_shapes_that_do_not_fit_are_named(images, fields):
    with pytest.raises(ValueError, match=r"need fields \(n, 2, height, width\), got \(5, .* and \("):
        deform(torch.zeros(images), torch.zeros(fields))


def test_noise_needs_a_seed():
    with pytest.raises(ValueError, match="seed must be an integer >= 0, got -1"):
        noise_like(torch.zeros(1, 1, 2, 2), -1)


def test_noise_is_for_many_images_and_fields_are_numbers():
    with pytest.raises(ValueError, match=r"must be \(n, channels, height, width\), got \(3, 9, 9\)"):
        noise_like(torch.zeros(3, 9, 9), 0)
    with pytest.raises(ValueError, match="fields must be numbers, got nan"):
        deform(torch.zeros(1, 1, 9, 9), torch.full((1, 2, 9, 9), nan))


def test_nothing_moves_farther_than_the_image():
    with pytest.raises(ValueError, match=r"displacement must be at most the longer side, 13, got 1e\+200"):
        temperature_for(1e200, 3, (9, 13))
