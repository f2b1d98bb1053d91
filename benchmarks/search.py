"""P* by search against grids: what each costs, and whether they agree. Writes search.csv beside this file.

python benchmarks/search.py              # a quarter of an hour on one core
python benchmarks/search.py --quick      # small networks: does it run?

Three ways to P* of each seed, computed anew in one run, on one core: the search; the grid that the study
`usual_rate` has for the same setting at profile `laptop` (`TODAY`); and, at a small width and ten settings
(`FINE`), a grid of eight sizes an octave, from half the P* that the search gave to its double.
"""

import argparse
from dataclasses import replace
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import torch

from srhm import Run, Search, Store, sweep
from srhm.analysis import crossings
from srhm.papers.sparse2024 import STUDIES, maximal, predicted_sample_complexity

TODAY = [("CNN", 4, 0), ("CNN", 4, 1), ("CNN", 4, 2), ("LCN", 4, 0), ("LCN", 4, 1), ("CNN", 6, 0)]
FINE = [
    (architecture, v, s0)
    for architecture in ("CNN", "LCN")
    for v, s0 in [(3, 0), (3, 1), (3, 2), (4, 0), (4, 1)]
]
SMALL = dict(width=64, n_test=4000, n_pairs=100)


def grid_of_today(architecture, v, s0):
    """The runs of the study `usual_rate` at one setting, and how many seeds they have."""
    wanted = maximal(v, 2, 2, s0)
    runs = [
        run
        for run in STUDIES["usual_rate"].runs("laptop")
        if run.architecture == architecture and replace(run.task, seed=0) == wanted
    ]
    return runs, len({run.task_seed for run in runs})


def search_for(architecture, v, s0, seeds, training):
    """The search at the same setting."""
    tasks = [maximal(v, 2, 2, s0)]
    return Search([architecture], tasks, seeds, training, scale=predicted_sample_complexity)


def compute(wanted):
    """All runs of a plan or a list, computed in a folder of their own."""
    with TemporaryDirectory() as folder:
        store = Store(folder)
        sweep(wanted, store, "cpu", workers=0)
        return store.load()


def by_seed(table, way, **more):
    """A row for each seed: P*, how many runs it took, and their time."""
    found = crossings(table).set_index("task_seed")
    groups = table.groupby("task_seed")
    rows = pd.DataFrame({"P_star": found.P_star, "runs": groups.size(), "seconds": groups.seconds.sum()})
    return rows.rename_axis("seed").reset_index().assign(way=way, **more)


def against_today(architecture, v, s0):
    """The search and today's grid, one after the other."""
    runs, seeds = grid_of_today(architecture, v, s0)
    training = {name: getattr(runs[0], name) for name in ("width", "batch_size", "lr")}
    setting = dict(architecture=architecture, v=v, s0=s0, width=runs[0].width)
    search = search_for(architecture, v, s0, seeds, training)
    yield by_seed(compute([search]), "search", **setting)
    yield by_seed(compute(runs), "grid", **setting)


def against_fine_grid(architecture, v, s0, seeds):
    """The search, then eight sizes an octave about what it found."""
    setting = dict(architecture=architecture, v=v, s0=s0, width=SMALL["width"])
    found = by_seed(compute([search_for(architecture, v, s0, seeds, SMALL)]), "search", **setting)
    yield found
    runs = [
        Run.of_task(
            maximal(v, 2, 2, s0), architecture=architecture, P=round(P_star * 2 ** (step / 8)), **SMALL,
            task_seed=int(seed), data_seed=int(seed), init_seed=int(seed),
        )
        for seed, P_star in zip(found.seed, found.P_star, strict=True)
        for step in range(-8, 9)
    ]  # fmt: skip
    yield by_seed(compute(runs), "fine", **setting)


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two small settings: does it run?")
    options = parser.parse_args()
    torch.set_num_threads(1)
    fine = FINE[:2] if options.quick else FINE
    parts = [
        part for setting in fine for part in against_fine_grid(*setting, seeds=1 if options.quick else 2)
    ]
    if not options.quick:
        parts += [part for setting in TODAY for part in against_today(*setting)]
    table = pd.concat(parts, ignore_index=True)
    setting = ["architecture", "v", "s0", "width"]
    print(table.groupby([*setting, "way"])[["runs", "seconds"]].sum().to_string(float_format="%.1f"))
    stars = table.pivot_table(index=[*setting, "seed"], columns="way", values="P_star")
    print((stars.search / stars.fine).dropna().map(log).abs().describe().to_string(float_format="%.3f"))
    if not options.quick:
        path = Path(__file__).with_name("search.csv")
        table[[*setting, "seed", "way", "P_star", "runs", "seconds"]].to_csv(
            path, index=False, float_format="%.6g"
        )


if __name__ == "__main__":
    main()
