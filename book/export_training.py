"""What the page that trains a network holds: its tasks' rules, stored runs along P, and a figure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from srhm import SRHM, Data, Fleet, Run, train
from srhm.analysis import crossings
from srhm.analysis.columns import SEEDS, sensitivity
from srhm.figures.drawn import COLOURS, GREY, INK, PAGE, Drawn, in_theme, panels
from srhm.figures.style import curve, log_axis
from srhm.networks import Network

TASK: dict[str, Any] = dict(v=4, n_c=4, m=4, s=2, L=2, sparsity="A")
SEEDS_TO_CHOOSE = range(5)
SPARSITIES = (0, 1, 2)
WIDTH = 32  # so that a phone trains it in seconds
SIZES = [round(64 * 2 ** (i / 4)) for i in range(33)]
COLUMNS = {"error": "test_error", "S": sensitivity("S", 2, 1), "D": sensitivity("D", 2, 1)}
COPIES, CLOUD = 12, 160  # in the map


def training_data(usual: pd.DataFrame) -> dict[str, Any]:
    """All that the page's scripts need beside the random numbers, which they draw like the package."""
    run = example()
    return {
        "task": TASK,
        "rules": {seed: _rules(seed) for seed in SEEDS_TO_CHOOSE},
        "training": {
            "width": run.width,
            "batch": run.batch_size,
            "momentum": run.momentum,
            "threshold": run.loss_threshold,
            "maxEpochs": run.max_epochs,
        },
        "sizes": SIZES,
        "colours": [in_theme(colour) for colour in COLOURS[: TASK["n_c"]]],
        "stored": _stored_curves(stored_runs(usual)),
    }


def example() -> Run:
    """The run that the page opens with."""
    return Run(architecture="CNN", **TASK, s0=1, P=1024, width=WIDTH)


def _rules(seed: int) -> dict[int, list]:
    return {level: rules.tolist() for level, rules in SRHM(**TASK, s0=0, seed=seed).rules.items()}


def stored_runs(usual: pd.DataFrame) -> pd.DataFrame:
    """Of the runs at the usual rate those of the page's tasks, one seed for rules, data and weights."""
    same = (usual[list(TASK)] == list(TASK.values())).all(axis=1) & usual.s0.isin(SPARSITIES)
    return usual[same & usual.architecture.isin(["LCN", "CNN"]) & (usual[SEEDS].nunique(axis=1) == 1)]


def _stored_curves(runs: pd.DataFrame) -> list[dict[str, Any]]:
    keys = ["architecture", "s0", SEEDS[0]]
    stars = crossings(runs).set_index(keys).P_star
    curves = []
    for names, group in runs.sort_values("P").groupby(keys):
        architecture, s0, seed = names
        values = {
            name: group[column].round(4).tolist()
            for name, column in COLUMNS.items()
            if group[column].notna().all()
        }
        known = {"architecture": architecture, "s0": s0, "seed": seed, "P": group.P.tolist()}
        curves.append(known | values | {"P_star": round(stars[names], 1)})
    return curves


def draw_training(usual: pd.DataFrame) -> Drawn:
    """The stored runs along P, and the map of a network before and after training: without script."""
    run = example()
    figure, grid = panels(3, 1, 8.4)
    axes = grid[:, 0]
    runs = stored_runs(usual)
    runs = runs[(runs.architecture == run.architecture) & (runs.s0 == run.s0)]
    labels = {"error": "test error", "S": "$S_2$ (synonyms)", "D": "$D_2$ (displacements)"}
    for i, (name, column) in enumerate(COLUMNS.items()):
        curve(axes[0], runs, "P", column, color=COLOURS[i], label=labels[name])
    axes[0].set(xlabel="training-set size $P$", ylabel="test error, $S_2$, $D_2$", ylim=(-0.02, 1))
    log_axis(axes[0])
    axes[0].legend(loc="upper right")
    (trained,) = train([run])
    before = Fleet(run.architecture, run.task, run.width, [run.init_seed])
    for ax, network, title in zip(axes[1:], (before, trained), ("before", "after"), strict=True):
        _draw_map(ax, network, run)
        ax.set_title(f"{title} training, $P$ = {run.P:,}")
    return figure


def _draw_map(ax: Axes, network: Network, run: Run) -> None:
    """The cloud of test data in the plane of the last hidden layer, and the copies of one of them."""
    task, cloud = run.task, run.test_set()[:CLOUD]
    datum = int((cloud.labels == 0).nonzero()[0, 0])
    repeated = cloud[[datum] * COPIES]
    axes, mean = _plane(_last_layer(network, cloud))
    for label in range(task.n_c):
        points = (_last_layer(network, cloud[cloud.labels == label]) - mean) @ axes
        ax.plot(*points.T, ".", color=COLOURS[label], alpha=0.35, ms=5)
    centre = (_last_layer(network, repeated[:1]) - mean) @ axes
    for copies, marker in ((task.exchange_synonyms(repeated), "s"), (task.displace(repeated), "^")):
        for point in (_last_layer(network, copies) - mean) @ axes:
            ax.plot(*zip(centre[0], point, strict=True), color=GREY, lw=0.5)
            ax.plot(*point, marker, color=INK, ms=5, mfc=PAGE)
    ax.plot(*centre[0], "o", color=INK, mfc=COLOURS[0], ms=9)
    ax.set(xticks=[], yticks=[], xlabel="first principal component", ylabel="second")


def _last_layer(network: Network, data: Data) -> np.ndarray:
    """The activation of the last hidden layer, (n, C): it has one location."""
    return network.observe(data)[-2].values[:, 0].double().numpy()


def _plane(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two principal axes of rows, (C, 2), and their mean."""
    mean = rows.mean(0)
    return np.linalg.svd(rows - mean, full_matrices=False)[2][:2].T, mean
