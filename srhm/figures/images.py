"""Figures of networks on images: their error against their invariance, and what a deformation is."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator
from torch import Tensor

from ..images import deform, draw_fields, noise_like, temperature_for
from ..networks.vision import VISION
from .curves import error_panel
from .drawn import COLOURS, GREY, Drawn, panels, record
from .style import BOTH, hollow, labelled, log_log, network_style

# Those that are also trained on the task have one style in both; the others' markers are theirs alone.
_STYLES: dict[str, dict[str, Any]] = {
    "FCN": {"color": COLOURS[0], "marker": "<"},
    "LeNet": {"color": COLOURS[3], "marker": "*"},
    **{name: network_style(name) for name in ("CNN", *VISION)},
}


def invariance(
    images: pd.DataFrame,
    images_reference: pd.DataFrame,
    runs: pd.DataFrame,
    reference: pd.DataFrame,
    layer: dict[str, str],
) -> Drawn:
    """Test error against R_f on images, and against D and S on the task, one below another (Fig. 1).

    Args:
        images: runs on images; a point is the mean over seeds of one network at one P, joined to those at
            the next P, with the standard error of R_f. An error of zero is left out.
        images_reference: the paper's points of panel A or of panel B, `digitised.images`.
        runs, reference, layer: as for `error_against_sensitivity`.
    """
    figure, grid = panels(3, 1, 8.6)
    axes = grid[:, 0]
    _image_panel(axes[0], images, images_reference)
    for ax, letter in zip(axes[1:], "DS", strict=True):
        error_panel(ax, runs, reference, letter, layer)
        ax.set(ylabel="test error", title="the SRHM")
    log_log(axes[:1])
    log_log(axes[1:])
    axes[0].set(ylabel="test error", title="images", xlabel="$R_f$, relative sensitivity to deformations")
    axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # errors on images span hardly a decade
    axes[0].yaxis.set_major_formatter("{x:g}")
    on_images, on_task = labelled(axes[:1]), labelled(axes[1:])
    handles = {**on_task, **on_images}
    any_paper = len(images_reference) or len(reference)
    figure.legend(
        handles=list(handles.values()), loc="outside lower center", ncols=3, title=BOTH if any_paper else "",
        alignment="left",
    )  # fmt: skip
    return figure


def _image_panel(ax: Axes, images: pd.DataFrame, reference: pd.DataFrame) -> None:
    for _, theirs in reference.groupby("architecture"):
        style = _STYLES.get(theirs.like.iloc[0], {"color": GREY, "marker": "o"})
        theirs = theirs.sort_values("P")
        line = {"ls": ":" if len(theirs) > 1 else "none", "lw": 0.7}
        hollow(ax, theirs, theirs.R_out, theirs.test_error, **style, **line)
    if not reference.like.all():
        ax.plot([], [], "o", color=GREY, mfc="none", label="others of the paper")
    means = images.groupby(["architecture", "P"]).mean(numeric_only=True).query("test_error > 0")
    for name, style in _STYLES.items():
        if name not in means.index.get_level_values(0):
            continue
        group = means.loc[name].reset_index()
        ax.errorbar(
            group.R_out, group.test_error, xerr=group.R_out_se, **style,
            ls="-" if len(group) > 1 else "none", lw=0.8, elinewidth=0.8, label=name,
        )  # fmt: skip
        record(ax, "ours", group.R_out, group.test_error, architecture=name, P=group.P)


def deformations(images: Tensor, displacements: tuple[float, ...], cutoff: int, seed: int = 0) -> Drawn:
    """Images, the same with noise of the norm of the first deformation, and deformed, a row for each.

    Args:
        images: (n, 1, height, width).
        displacements: norms of the deformations, in pixels, the one that is measured first.
        cutoff: of the deformations.
        seed: of the deformations and of the noise.
    """
    size = (images.shape[2], images.shape[3])
    moved = [
        deform(images, draw_fields(len(images), size, temperature_for(each, cutoff, size), cutoff, seed))
        for each in displacements
    ]
    rows = {"as it is": images, "with noise": images + noise_like(moved[0] - images, seed)}
    for displacement, deformed in zip(displacements, moved, strict=True):
        rows[f"moved {displacement:g} px"] = deformed
    figure, axes = panels(len(rows), len(images), 1.0 * len(rows))
    low, high = images.min().item(), images.max().item()
    for row, (label, pictures) in zip(axes, rows.items(), strict=True):
        for ax, picture in zip(row, pictures, strict=True):
            ax.imshow(picture[0].numpy(), cmap="gray_r", vmin=low, vmax=high)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
        row[0].set_ylabel(label)
    return figure
