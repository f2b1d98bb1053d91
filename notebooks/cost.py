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
# **Question.** Each figure of the paper needs hundreds of trained networks. Why can a laptop compute them?
#
# **Answer.** Blanks cost next to nothing. In layer $\ell$ only $s^{L-\ell}$ patches of a datum contain a feature, out of
# $(s(s_0+1))^{L-\ell}$, and the package computes only these. (Where a patch of blanks is not zero, it is computed once a step, not
# once a datum. {doc}`Vision networks <vision>` compute all patches.) Besides, gradients are added to the momentum by the same
# matrix product that makes them, and many networks are trained at once.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # the timings are stored beside the benchmark: no profile changes them
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

import sys
from itertools import chain
from time import perf_counter

import numpy as np
import pandas as pd
from IPython.display import Markdown
from myst_nb import glue

from srhm import Store, figures
from srhm.figures import Table
from srhm.notebook import show
from srhm.papers.sparse2024 import STUDIES
from srhm.papers.sparse2024.scorecard import runs_by_way, scorecard
from srhm.runs.store import as_table
from srhm.sweep import estimate_gpu_seconds, estimate_seconds, group

sys.path.append("../benchmarks")
from engine import time_engine, time_plain

timings = pd.read_csv("../benchmarks/cpu.csv")

# %% [markdown]
# ## Against other ways to write it
#
# The same CNN with blanks included, in three ways. *Textbook*: a layer multiplies every input with every weight of its
# filter and sums. *conv1d*: PyTorch's own convolution, what a competent user writes. *JAX*: a {term}`fleet` by `vmap` and `jit`, the
# strongest thing that users would write themselves. All were timed in one run, on one core, at $v = 8$, $s = 2$,
# $s_0 = 2$, $L = 3$ and 512 channels. The table gives data per second of one network, and how many times faster the *engine* is, the training
# code of this package.

# %% tags=["nbval-check-output", "hide-input"]
duel = timings[timings.series == "duel"].pivot_table(
    index="batch_size", columns="code", values="data_per_second", aggfunc="max"
)
names = {"plain": "textbook", "conv1d": "conv1d", "jax": "JAX"}
rows = []
for batch, row in duel.iterrows():
    speeds = {f"{name}, data/s": row.get(code) for code, name in names.items()}
    faster = {f"times {name}": row.engine / row[code] for code, name in names.items() if code in row}
    rows.append({"batch": batch, "engine, data/s": row.engine} | speeds | faster)
forms = {name: ",.0f" if "data/s" in name else ".1f" for name in rows[0]} | {"batch": "d"}
Table(rows, "Data per second of one network, and how many times faster the engine is", forms)

# %% [markdown]
# ## Against the peak
#
# Of what one large product of matrices reaches on the same core, the engine's products reach this share, at $L = 3$ and
# $s_0 = 1$:

# %% tags=["nbval-check-output", "hide-input"]
peak = timings[timings.series == "peak"]
share = peak.pivot(index=["architecture", "width"], columns="batch_size", values="share_of_peak")
Table(
    [
        {"network": architecture, "width": width} | {f"batch {batch}": f"{x:.0%}" for batch, x in row.items()}
        for (architecture, width), row in share.iterrows()
    ],
    "Share of the speed of one large product that the engine's products reach",
)

# %% [markdown]
# Small batches and narrow networks are far from the peak. Most of a step is spent in the library's products of matrices. Before
# each of them the library copies the weights into another layout, which takes longer than multiplying them with a few rows. The
# weights are also read and written several times a step. An LCN has more weights for the same products. Larger batches, at a
# proportionally larger rate, use the core better.

# %% [markdown]
# ## Against sparsity
#
# The input grows as $(s_0+1)^L$. What remains of it in the time is the traffic of the weights, as each step updates
# all of them: a filter has $s(s_0+1)$ positions, and an LCN as many filters as there are locations. Larger batches
# share that traffic among more data.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-cost", "caption": "Time of a datum in training against $s_0$, relative to $s_0 = 0$, for the LCN and the CNN at width 256 on one CPU core. Dotted: the input length."}, "image": {"alt": "Two panels, L = 2 and 3: the input length grows steeply with s_0, the time of the CNN stays nearly flat, that of the LCN grows with its weights."}}
engine = timings[timings.series == "sparsity"]
show(figures.cost_against_sparsity(engine))

# %% [markdown]
# In microseconds for a datum, for each $s_0$:

# %% tags=["nbval-check-output", "hide-input"]
cost = engine.assign(microseconds=1e6 / engine.data_per_second)
wide = cost.pivot(index=["architecture", "L", "batch_size"], columns="s0", values="microseconds")
wide.columns = [f"s0 = {s0}" for s0 in wide]
names = {"architecture": "network", "batch_size": "batch"}
forms = dict.fromkeys(wide.columns, ",.1f")
Table(wide.reset_index().rename(columns=names), "Microseconds for a datum, by the blanks s0", forms)

# %% tags=["nbval-check-output", "hide-input"]
sparsest, densest = engine.s0.max(), engine.s0.min()
rows = []
for (architecture, L, batch), of_setting in engine.groupby(["architecture", "L", "batch_size"]):
    growth = of_setting.set_index("s0")[["seconds_per_step", "gigabytes_per_step", "d"]]
    time, weights, length = growth.loc[sparsest] / growth.loc[densest]
    rows.append(
        {"network": architecture, "L": L, "batch": batch}
        | {"time": time, "weights": weights, "input length": length}
    )
caption = f"Factors by which time, weights and input length grow from s0 = {densest} to {sparsest}"
Table(rows, caption, {"weights": ".1f", "input length": ".0f"})

# %% [markdown]
# ## $P^*$ by search
#
# A fixed grid of training-set sizes visits many that tell nothing new: far below $P^*$ all networks fail, far above all succeed.
# A search adds sizes one by one, until each seed has one above the threshold and one below that are close to each other. The
# table compares both, computed in one run on one core. The grid has two sizes for each doubling of $P$.

# %% tags=["nbval-check-output", "hide-input"]
_EACH = (("seconds", "seconds"), ("runs", "sizes"))
searched = pd.read_csv("../benchmarks/search.csv")
setting = ["architecture", "v", "s0"]
today = searched[searched.width == searched.width.max()]
cost = today.pivot_table(index=setting, columns="way", values=["runs", "seconds"], aggfunc="sum")
star = today.pivot_table(index=[*setting, "seed"], columns="way", values="P_star")
rows = []
for key, row in cost.iterrows():
    seeds = len(star.loc[key])
    apart = np.exp(np.log(star.loc[key].search / star.loc[key].grid).abs().mean())
    rows.append(
        {"network": key[0], "v": key[1], "s0": key[2]}
        | {
            f"{way}: {what}": row[measure, way] / seeds
            for way in ("search", "grid")
            for measure, what in _EACH
        }
        | {"times fewer seconds": row["seconds", "grid"] / row["seconds", "search"]}
        | {"P* differ by a factor": apart}
    )
saved = cost["seconds", "grid"].sum() / cost["seconds", "search"].sum()
rows.append({"network": f"all {len(cost)} settings", "times fewer seconds": saved})
whole = {f"{way}: seconds": ".0f" for way in ("search", "grid")}
some = {"search: sizes": ".1f", "grid: sizes": ".0f", "times fewer seconds": ".1f"}
Table(rows, "Search and grid: core-seconds and training-set sizes for each seed", whole | some)

# %% [markdown]
# Does the search find the right size? At ten settings and width 64 it is followed by eight sizes for each doubling, from half of
# its $P^*$ to its double. Its $P^*$ is {glue:text}`search_least` to {glue:text}`search_most` times that of this fine grid. It is
# farthest at $v = 4$ without blanks:

# %% tags=["nbval-check-output", "hide-input"]
small = searched[searched.width == searched.width.min()]
star = small.pivot_table(index=[*setting, "seed"], columns="way", values="P_star")
apart = (star.search / star.fine).groupby(level=setting).agg(["min", "max"])
glue("search_least", f"{apart['min'].min():.2f}", display=False)
glue("search_most", f"{apart['max'].max():.2f}", display=False)
Table(
    [
        {"network": key[0], "v": key[1], "s0": key[2], "least": row["min"], "greatest": row["max"]}
        for key, row in apart.iterrows()
    ],
    "P* of the search over that of a fine grid: least and greatest of the seeds",
)

# %% [markdown]
# ## The book's own runs
#
# Every stored run keeps its time. The columns, for each study:
#
# - *laptop: runs* are those of profile `laptop`; *stored*, how many of them are stored; *on a CPU*, how many of these were computed
#   on one;
# - *core minutes* are what those took on one core; *estimated* is what `srhm sweep --dry-run` would have said of them;
# - *paper: runs* are those of profile `paper`; then come their estimated core hours, mostly untested, and minutes of a large GPU, from
#   the steps of four fleets on one (an H200).
#
# A run that two studies share is in the rows of both, and once in the last. Of a search the runs
# that are stored count, and those that it needs next: a search
# takes two to four sizes for each seed, so the runs of profile `paper` and their times are a lower bound.

# %% tags=["nbval-check-output", "hide-input"]
kept = Store(results).rows()
table = as_table(kept)
on_a_core = {key: not str(row.get("device")).startswith("cuda") for key, row in kept.items()}


def account(laptop, paper):
    """How many runs there are, how many are stored, and the time that they took or would take."""
    known = [run for run in laptop if run.key in kept]
    timed = [run for run in known if on_a_core[run.key]]
    return {
        "laptop: runs": len(laptop),
        "stored": len(known),
        "on a CPU": len(timed),
        "core minutes": round(sum(kept[run.key].get("seconds") or 0 for run in timed) / 60, 1),
        "estimated": round(sum(map(estimate_seconds, timed)) / 60, 1),
        "paper: runs": len(paper),
        "core hours, estimated": round(sum(map(estimate_seconds, paper)) / 3600),
        "GPU minutes, estimated": round(sum(map(estimate_gpu_seconds, group(paper, "cuda"))) / 60),
    }


wanted = {
    name: [study.runs(profile, table) for profile in ("laptop", "paper")] for name, study in STUDIES.items()
}
wanted["all"] = [dict.fromkeys(chain.from_iterable(runs)) for runs in zip(*wanted.values(), strict=True)]
accounts = pd.DataFrame.from_dict({name: account(*runs) for name, runs in wanted.items()}, orient="index")
glue("laptop_timed", f"{accounts['on a CPU']['all']:,}", display=False)
glue("laptop_runs", f"{accounts['laptop: runs']['all']:,}", display=False)
glue("laptop_core_hours", f"{accounts['core minutes']['all'] / 60:.1f}", display=False)
glue("paper_runs", f"{accounts['paper: runs']['all']:,}", display=False)
glue("paper_core_hours", f"{accounts['core hours, estimated']['all']:,}", display=False)
glue("paper_gpu_hours", f"{accounts['GPU minutes, estimated']['all'] / 60:.1f}", display=False)
shown = accounts.rename_axis(index="study").reset_index()
Table(shown, "Runs and time of each study", {"core minutes": ",.1f", "estimated": ",.1f"})

# %% tags=["nbval-check-output", "remove-input"]
missed = (accounts["core minutes"] / accounts["estimated"]).dropna()
told = "No run is stored yet."
if len(missed):
    worst = missed.drop("all").idxmax()
    told = (
        f"The stored runs took {missed['all']:.1f} times as long as estimated; those of the study that was estimated "
        f"worst, `{worst}`, {missed[worst]:.0f} times. What is not computed yet may take as much longer."
    )
Markdown(f"**How good are the estimates?** {told}")

# %% [markdown]
# ## Timed now
#
# On this machine: all figures and laws scored anew from the stored runs, and the duel again, small and short.

# %% tags=["hide-input"]
began = perf_counter()
try:
    ways = runs_by_way(Store(results), "laptop")
except ValueError:  # nothing is stored that may be drawn
    ways = {}
for runs in ways.values():
    scorecard(runs)
seconds_to_score = f"{perf_counter() - began:.0f} seconds" if ways else "not measured"
glue("seconds_to_score", seconds_to_score, display=False)

# %%
plain = time_plain(L=3, s0=2, width=64, batch_size=32, device="cpu", steps=3)
ours = time_engine("CNN", L=3, s0=2, width=64, batch_size=32, device="cpu")
Table(
    [
        {
            "width": 64,
            "batch": 32,
            "times textbook": plain["seconds_per_step"] / ours["seconds_per_step"],
            "scoring all figures": seconds_to_score,
        }
    ],
    "Timed when this page was made",
    {"times textbook": ".0f"},
)

# %% [markdown]
# **What this shows**: the time of a training step follows the informative features, not the input length. What grows with the blanks
# is the traffic of the weights.
#
# **What this does not show**: a GPU, for which `python benchmarks/engine.py --device cuda` makes the same table, with
# fleets of 1, 16 and 64 networks beside the bytes and operations of a step.
