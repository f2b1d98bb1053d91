"""The figures of networks on images show the numbers they are given."""

import numpy as np
import pandas as pd
import pytest
from test_figures import CURVES, close_figures, draw, legend, vision  # noqa: F401  (a fixture)

from srhm import figures
from srhm.images import deform, draw_fields, fashion_examples, temperature_for
from srhm.papers.sparse2024 import digitised


def images(networks=("LeNet", "VGG11"), sizes=(512, 1024)):
    rows = [
        dict(architecture=name, P=P, R_out=0.1 * (i + 1) * (1 + 0.1 * seed), R_out_se=0.01, test_error=50 / P)
        for i, name in enumerate(networks)
        for P in sizes
        for seed in (0, 1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("panel", ["A", "B"])
def test_images_and_the_task_are_drawn_side_by_side(panel):
    ours, runs = images(), vision()
    theirs, curves = digitised.images().query("panel == @panel"), CURVES.query("figure == '1'")
    figure = draw(figures.invariance(ours, theirs, runs, curves, {"ResNet18": "out", "VGG11": "out"}))
    left, *right = figure.axes
    drawn = {bar.get_label(): bar.lines[0] for bar in left.containers}
    assert list(drawn) == ["LeNet", "VGG11"]
    means = ours.groupby(["architecture", "P"]).mean()
    for name, line in drawn.items():
        np.testing.assert_allclose(line.get_xdata(orig=False), means.loc[name].R_out)
        np.testing.assert_allclose(line.get_ydata(orig=False), means.loc[name].test_error)
    behind = [line for line in left.lines if line.get_mfc() == "none"]
    points = {(x, y) for line in behind for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}
    assert points == set(zip(theirs.R_out, theirs.test_error, strict=True))
    assert max(len(line.get_xdata()) for line in behind) == (1 if panel == "A" else 8)
    for ax, letter in zip(right, "DS", strict=True):
        assert ax.get_xlabel().startswith(f"${letter}$")
        assert {line.get_label() for line in ax.lines} >= {"ResNet18", "VGG11"}
    assert {"LeNet", "VGG11", "ResNet18"} <= legend(figure)


def test_a_network_has_the_same_colour_and_marker_on_images_and_on_the_task():
    layer = dict.fromkeys(["LCN", "CNN", "VGG11", "VGG16", "ResNet18", "ResNet34", "EfficientNetB0"], "out")
    names = ["VGG11", "ResNet18"]
    none = digitised.images()[:0], CURVES[:0]
    figure = figures.invariance(images(names), none[0], vision(names), none[1], layer)
    left, right, _ = figure.axes
    on_images = {bar.get_label(): bar.lines[0] for bar in left.containers}
    for line in right.lines:
        same = on_images[line.get_label()]
        assert (line.get_color(), line.get_marker()) == (same.get_color(), same.get_marker())


def test_without_runs_or_the_papers_points_there_is_an_empty_frame():
    figure = draw(
        figures.invariance(images()[:0], digitised.images()[:0], vision()[:0], CURVES[:0], {"VGG11": "out"})
    )
    assert legend(figure) == set()


def test_deformed_images_are_those_that_are_measured():
    pictures = fashion_examples()
    assert pictures.shape == (4, 1, 28, 28) and pictures.min() == 0 and pictures.max() <= 1
    figure = figures.deformations(pictures, (1, 3), 3)
    shown = [ax.images[0].get_array() for ax in figure.axes]
    assert len(shown) == 4 * 4
    np.testing.assert_allclose(shown[0], pictures[0, 0])
    fields = draw_fields(4, (28, 28), temperature_for(3, 3, (28, 28)), 3, 0)
    np.testing.assert_allclose(shown[-1], deform(pictures, fields)[3, 0], atol=1e-6)
    noise, moved = (np.stack(shown[i : i + 4]) - pictures[:, 0].numpy() for i in (4, 8))
    np.testing.assert_allclose((noise**2).sum((1, 2)), (moved**2).sum((1, 2)), rtol=1e-4)
    assert [ax.get_ylabel() for ax in figure.axes[::4]] == [
        "as it is", "with noise", "moved 1 px", "moved 3 px",
    ]  # fmt: skip
