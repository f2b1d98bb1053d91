"""What the page that trains a network holds: its tasks' rules, stored runs along P, and a figure."""

from dataclasses import replace
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
ABOUT_P_STAR = (1 / 4, 1 / 2, 1, 2, 4)  # times P*: the sizes whose maps the page holds


def training_data(usual: pd.DataFrame) -> dict[str, Any]:
    """All that the page's scripts need beside the random numbers, which they draw like the package."""
    run = example()
    stored = _stored_curves(stored_runs(usual))
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
        "stored": stored,
        "maps": [_maps(curve) for curve in stored if curve["seed"] == run.task_seed],
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


def _maps(curve: dict[str, Any]) -> dict[str, Any]:
    """How networks of the page's width, trained on sizes about P*, see the data of the page's own map.

    Each map is turned to lie as near as it can to that of the next smaller size.
    """
    run = replace(example(), architecture=curve["architecture"], s0=curve["s0"])
    sizes = {min(SIZES, key=lambda P, at=at: abs(np.log(P / curve["P_star"] / at))) for at in ABOUT_P_STAR}
    networks = {trained.run.P: trained.network for trained in train([replace(run, P=P) for P in sizes])}
    data = _mapped_data(run)
    cloud = data[-1]
    maps, before = [], None
    for P, network in sorted(networks.items()):
        axes, mean = _plane(_last_layer(network, cloud))
        points = [(_last_layer(network, part) - mean) @ axes for part in data]
        size = np.sqrt((points[-1] ** 2).sum(1).mean())
        before = _aligned(np.concatenate(points) / size, before)
        maps.append({"P": P, "points": (100 * before).round().astype(int).tolist()})
    known = {name: curve[name] for name in ("architecture", "s0", "seed")}
    return known | {"cloud": cloud.labels.tolist(), "maps": maps}


def _mapped_data(run: Run) -> list[Data]:
    """What a map shows: a datum of each class, its copies with synonyms, those displaced, and the cloud."""
    cloud = run.test_set()[:CLOUD]
    first = [int((cloud.labels == label).nonzero()[0, 0]) for label in range(run.n_c)]
    repeated = cloud[np.repeat(first, COPIES).tolist()]
    exchanged = run.task.exchange_synonyms(repeated, 1, run.task_seed)
    return [cloud[first], exchanged, run.task.displace(repeated, 1, run.task_seed), cloud]


def _aligned(points: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """Points turned, and mirrored if need be, to lie as near as they can to where they were."""
    if before is None:
        return points
    left, _, right = np.linalg.svd(points.T @ before)
    return points @ left @ right


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
    first, exchanged, displaced, cloud = _mapped_data(run)
    axes, mean = _plane(_last_layer(network, cloud))
    for label in range(run.n_c):
        points = (_last_layer(network, cloud[cloud.labels == label]) - mean) @ axes
        ax.plot(*points.T, ".", color=COLOURS[label], alpha=0.35, ms=5)
    centre = (_last_layer(network, first[:1]) - mean) @ axes  # class 0 comes first, and so do its copies
    for copies, marker in ((exchanged[:COPIES], "s"), (displaced[:COPIES], "^")):
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
