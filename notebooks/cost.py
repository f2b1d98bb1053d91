# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What a run costs
#
# **Why can a laptop do this?** A figure of the paper is hundreds of small trainings. Here blanks are never computed:
# the work for a datum follows its $s^{L-\ell}$ live patches in layer $\ell$, not the $d = (s(s_0+1))^L$ positions of
# the input. Gradients are added to the momentum in the same product that makes them, and many networks can be trained
# at once along a leading axis.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # the timings are stored beside the benchmark: no profile changes them
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

import sys
from time import perf_counter

import numpy as np
import pandas as pd
from myst_nb import glue

from srhm import Store, figures
from srhm.papers.sparse2024 import STUDIES
from srhm.papers.sparse2024.scorecard import runs_by_way, scorecard
from srhm.papers.sparse2024.studies import VARIATIONS
from srhm.runs.store import as_table
from srhm.sweep import estimate_gpu_seconds, estimate_seconds, group

sys.path.append("../benchmarks")
from engine import time_engine, time_plain

timings = pd.read_csv("../benchmarks/cpu.csv")

# %% [markdown]
# ## Against other ways to write it
#
# The same CNN with blanks included, in three ways. *Textbook*: a layer multiplies every input with every weight of its
# filter and sums. *conv1d*: PyTorch's own convolution, what a competent user writes. *JAX*: a jitted, vmapped fleet, the
# strongest thing that users would write themselves. All were timed in one run, on one core, at $v = 8$, $s = 2$,
# $s_0 = 2$, $L = 3$ and 512 channels. The table gives data per second of one network, and how many times faster the engine is.

# %% tags=["nbval-check-output", "hide-input"]
duel = timings[timings.series == "duel"].pivot_table(
    index="batch_size", columns="code", values="data_per_second", aggfunc="max"
)
names = {"plain": "textbook", "conv1d": "conv1d", "jax": "JAX"}
for batch, row in duel.iterrows():
    others = [
        f"{names[code]} {row[code]:,.1f} ({row.engine / row[code]:,.1f} times)"
        for code in names
        if code in row
    ]
    print(f"batch {batch}: engine {row.engine:,.0f} data/s; {', '.join(others)}")

# %% [markdown]
# ## Against the peak
#
# Of what one large product of matrices reaches on the same core, the engine's products reach this share, at $L = 3$ and
# $s_0 = 1$:

# %% tags=["nbval-check-output", "hide-input"]
peak = timings[timings.series == "peak"]
share = peak.pivot(index=["architecture", "width"], columns="batch_size", values="share_of_peak")
for (architecture, width), row in share.iterrows():
    print(
        f"{architecture}, width {width}: "
        + ", ".join(f"{x:.0%} at batch {batch}" for batch, x in row.items())
    )

# %% [markdown]
# Far from the peak are small batches and narrow networks. Most of a step is spent in the library's products of matrices.
# For each of them the library first lays out the weights anew, which takes longer than multiplying them with a few rows.
# The weights are also read and written several times a step, to be used and to be moved. An LCN has more weights for the
# same products. The share is also what part of a step the useful operations would take at the peak: no other way to
# write it can save more than the rest. Larger batches at a proportionally larger rate use the core better.

# %% [markdown]
# ## Against sparsity
#
# The input grows as $(s_0+1)^L$. What remains of it in the time is the traffic of the weights, as each step updates
# all of them: a filter has $s(s_0+1)$ positions, and an LCN as many filters as there are locations. Larger batches
# share that traffic among more data.

# %% mystnb={"figure": {"name": "fig-cost", "caption": "Time of a datum in training, relative to $s_0 = 0$, at width 256 on one CPU core; dotted, the input length."}, "image": {"alt": "Two panels, L = 2 and 3: the input length grows steeply with s_0, the time of the CNN stays nearly flat, that of the LCN grows with its weights."}}
engine = timings[timings.series == "sparsity"]
_ = figures.cost_against_sparsity(engine)

# %% [markdown]
# In microseconds for a datum, for each $s_0$:

# %% tags=["nbval-check-output", "hide-input"]
cost = engine.assign(microseconds=1e6 / engine.data_per_second)
cost.pivot(index=["architecture", "L", "batch_size"], columns="s0", values="microseconds").round(1)

# %% tags=["nbval-check-output", "hide-input"]
sparsest, densest = engine.s0.max(), engine.s0.min()
print(f"from s0 = {densest} to {sparsest}:")
for (architecture, L, batch), rows in engine.groupby(["architecture", "L", "batch_size"]):
    growth = rows.set_index("s0")[["seconds_per_step", "gigabytes_per_step", "d"]]
    time, weights, length = growth.loc[sparsest] / growth.loc[densest]
    print(
        f"{architecture}, L = {L}, batch {batch}: time x {time:.2f}, "
        f"weights x {weights:.1f}, input length x {length:.0f}"
    )

# %% [markdown]
# ## $P^*$ by search
#
# A grid visits sizes that tell nothing new: far below $P^*$ all networks fail, far above all succeed. A search adds
# sizes until each seed has one above the threshold and one below that are close to each other. Both ways to $P^*$, computed
# anew in one run on one core; the grid is that of the study `scaling`, half an octave a step.

# %% tags=["nbval-check-output", "hide-input"]
searched = pd.read_csv("../benchmarks/search.csv")
setting = ["architecture", "v", "s0"]
today = searched[searched.width == searched.width.max()]
cost = today.pivot_table(index=setting, columns="way", values=["runs", "seconds"], aggfunc="sum")
star = today.pivot_table(index=[*setting, "seed"], columns="way", values="P_star")
for key, row in cost.iterrows():
    seeds = len(star.loc[key])
    apart = np.exp(np.log(star.loc[key].search / star.loc[key].grid).abs().mean())
    print(
        f"{key[0]} v={key[1]} s0={key[2]}: {row['seconds', 'search'] / seeds:.0f} seconds a seed and "
        f"{row['runs', 'search'] / seeds:.1f} sizes, the grid {row['seconds', 'grid'] / seeds:.0f} and "
        f"{row['runs', 'grid'] / seeds:.0f}: {row['seconds', 'grid'] / row['seconds', 'search']:.1f} times fewer; "
        f"their P* differ by a factor {apart:.2f} on average"
    )
saved = cost["seconds", "grid"].sum() / cost["seconds", "search"].sum()
print(f"all {len(cost)} settings: {saved:.1f} times fewer core-seconds")

# %% [markdown]
# Does the search find the right size? At ten settings and width 64 it is followed by eight sizes an octave, from half of
# its $P^*$ to its double:

# %% tags=["nbval-check-output", "hide-input"]
small = searched[searched.width == searched.width.min()]
star = small.pivot_table(index=[*setting, "seed"], columns="way", values="P_star")
apart = (star.search / star.fine).groupby(level=setting).agg(["min", "max"])
for key, row in apart.iterrows():
    print(
        f"{key[0]} v={key[1]} s0={key[2]}: search / fine grid {row['min']:.2f} to {row['max']:.2f} over the seeds"
    )

# %% [markdown]
# ## The book's own runs
#
# Every stored run keeps its time on one core. For each study: the runs of profile `laptop`, how many are stored, the
# minutes that these took, and what `srhm sweep --dry-run` would have said of them; then the runs of profile `paper` with
# the hours of a core that it says, hardly any of them tested, and the minutes of a GPU by the data sheet of one (an
# H100), none of them tested. A run that two studies share is in the rows of both, and once in the last. Of a search the runs
# that are stored count, and those that it needs next.

# %% tags=["nbval-check-output", "hide-input"]
kept = Store(results).rows()
table = as_table(kept)
stored = pd.DataFrame({"seconds": {key: row.get("seconds") for key, row in kept.items()}}, dtype=float)


def account(studies):
    """The runs of some studies, those stored, and the time that they took or would take."""
    laptop, paper = (
        dict.fromkeys(run for study in studies for run in study.runs(name, table))
        for name in ("laptop", "paper")
    )
    taken = stored[stored.index.isin([run.key for run in laptop])].seconds.sum()
    known = [run for run in laptop if run.key in stored.index]
    return {
        "laptop: runs": len(laptop),
        "stored": len(known),
        "core minutes": round(taken / 60, 1),
        "estimated": round(sum(map(estimate_seconds, known)) / 60, 1),
        "paper: runs": len(paper),
        "core hours, estimated": round(sum(map(estimate_seconds, paper)) / 3600),
        "GPU minutes, estimated": round(sum(map(estimate_gpu_seconds, group(paper, "cuda"))) / 60),
    }


rows = {name: account([study]) for name, study in STUDIES.items()} | {"all": account(STUDIES.values())}
accounts = pd.DataFrame.from_dict(rows, orient="index")
glue("laptop_stored", f"{accounts['stored']['all']:,}", display=False)
glue("laptop_runs", f"{accounts['laptop: runs']['all']:,}", display=False)
glue("laptop_core_hours", f"{accounts['core minutes']['all'] / 60:.1f}", display=False)
glue("paper_runs", f"{accounts['paper: runs']['all']:,}", display=False)
glue("paper_core_hours", f"{accounts['core hours, estimated']['all']:,}", display=False)
glue("paper_gpu_hours", f"{accounts['GPU minutes, estimated']['all'] / 60:.1f}", display=False)
accounts

# %% [markdown]
# ## Timed now
#
# On this machine: all figures and laws scored anew from the stored runs, and the duel again, small and short.

# %% tags=["hide-input"]
seconds_to_score = "not measured"
if accounts["stored"].drop([*VARIATIONS, "all"]).any():
    began = perf_counter()
    for runs in runs_by_way(Store(results), "laptop").values():
        scorecard(runs)
    seconds_to_score = f"{perf_counter() - began:.0f} seconds"
    print(f"scored in {seconds_to_score}")
glue("seconds_to_score", seconds_to_score, display=False)

# %%
plain = time_plain(L=3, s0=2, width=64, batch_size=32, device="cpu", steps=3)
ours = time_engine("CNN", L=3, s0=2, width=64, batch_size=32, device="cpu")
print(f"width 64, batch 32: {plain['seconds_per_step'] / ours['seconds_per_step']:.0f} times faster")

# %% [markdown]
# **What this does not show**: a GPU, for which `python benchmarks/engine.py --device cuda` makes the same table, with
# fleets of 1, 16 and 64 networks beside the bytes and operations of a step.
