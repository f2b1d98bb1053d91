# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Three thresholds, one sample complexity?
#
# **Does a network learn the task just when it becomes insensitive to synonyms and to displacements?** Call $P^*_S$ and
# $P^*_D$ the training-set sizes at which $S_2$ and $D_2$, {eq}`eq-sensitivities`, fall below a threshold. The paper
# claims (paper's Eq. 8) that
#
# $$
# P^*_S \approx P^*_D \approx P^*
# $$ (eq-coincidence)
#
# for networks with and without weight sharing, even for fully connected ones {cite}`tomasini2024sparse`.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

import pandas as pd

from srhm import figures, sample_complexity, sensitivities, train
from srhm.figures import Table
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study, show, with_interval
from srhm.papers.sparse2024 import digitised, maximal, quantities
from srhm.papers.sparse2024.scorecard import (
    VERDICTS,
    our_sample_complexities,
    score_coincidence,
    score_points,
)
from srhm.runs import PAIRS, Run

# %%
table, source = load_study("usual_rate", profile, device, results)

# %% tags=["hide-input"]
theirs = digitised.sample_complexities()
points = our_sample_complexities(table)


def draw(points, architecture, s):
    mine, of_paper = (t[(t.architecture == architecture) & (t.s == s)] for t in (points, theirs))
    return figures.coincidence(mine, of_paper, f"{architecture}, $s$ = {s}")


# %% [markdown]
# The thresholds are the paper's. They differ by architecture and depth because the plateaus do, on which the
# sensitivities settle with data to spare.

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for architecture, s, L in [(a, s, L) for a in ("LCN", "CNN", "FCN") for s in (2, 3) for L in (2, 3)]:
    if (architecture, s) != ("FCN", 3):
        read = {q.column: f"{q.threshold:.0%}" for q in quantities(architecture, s, L)}
        rows.append({"network": architecture, "s": s, "L": L, "S_2": read["S_2_1"], "D_2": read["D_2_1"]})
Table(rows, "Thresholds of the sensitivities of layer 2, by network and task")

# %% [markdown]
# ## Locally connected

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-lcn", "caption": "LCN at $s = 2$: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 6."}, "image": {"alt": "Two panels of points along the diagonal: P* of the LCN against P*_S and against P*_D."}}
show(draw(points, "LCN", 2), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Convolutional

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-cnn", "caption": "CNN at $s = 2$: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 14, left."}, "image": {"alt": "Two panels of points along the diagonal: P* of the CNN against P*_S and against P*_D; P*_D is the smaller."}}
show(draw(points, "CNN", 2), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Fully connected
#
# An {term}`FCN` is told nothing of patches or of positions. Its prediction is unknown, its thresholds are the LCN's. Ours has as
# many units in every layer; the authors' has fewer in each further one, the *TaperedFCN* of the package, which these runs
# are not.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-fcn", "caption": "FCN at $s = 2$: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 16, whose points have not been digitised."}, "image": {"alt": "Two panels of points near the diagonal: P* of fully connected networks against P*_S and against P*_D."}}
connected, connected_source = load_study("fully_connected", profile, device, results)
fcn = our_sample_complexities(connected)
show(draw(fcn, "FCN", 2), connected_source)

# %% tags=["nbval-check-output", "remove-input"]
connected_source

# %% tags=["nbval-check-output", "hide-input"]
Table(
    [
        {"L": row.L, "v": row.v, "s0": row.s0, "P*": row.P_star if row.status == "reached" else row.status}
        for row in fcn[fcn.quantity == "P_star"].itertuples()
    ],
    "Sample complexity of the fully connected network",
    {"P*": ",.0f"},
)

# %% [markdown]
# ## Three features at a time

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-lcn-3", "caption": "LCN at $s = 3$: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 11; its axis labels and its caption disagree."}, "image": {"alt": "Two panels of points along the diagonal: P* of the LCN at s = 3 against P*_S and against P*_D."}}
triples, triples_source = load_study("triples", profile, device, results)
three = our_sample_complexities(triples)
show(draw(three, "LCN", 3), triples_source)

# %% tags=["nbval-check-output", "remove-input"]
triples_source

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-cnn-3", "caption": "CNN at $s = 3$: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 14, right, which has not been digitised."}, "image": {"alt": "Two panels of points along the diagonal: P* of the CNN at s = 3 against P*_S and against P*_D."}}
show(draw(three, "CNN", 3), triples_source)

# %% tags=["nbval-check-output", "remove-input"]
triples_source

# %% [markdown]
# ## In numbers
#
# The geometric mean over settings of the two ratios, with the least and the greatest of a setting.

# %% tags=["nbval-check-output", "hide-input"]
found = score_coincidence(pd.concat([table, connected, triples])).dropna(subset="ours")
Table(
    [
        {
            "network and task": row.of,
            "ratio": row.law.replace("P_star", "P*"),
            "ours": with_interval(row.ours, row.ours_low, row.ours_high),
            "paper's points": with_interval(row.paper, row.paper_low, row.paper_high)
            if row.paper == row.paper
            else "",
        }
        for row in found.itertuples()
    ],
    "P*_S and P*_D over P*: geometric mean over settings, in brackets the least and the greatest",
)

# %% [markdown]
# ## Where we part from the paper
#
# At some settings $P^*_S$ or $P^*_D$ differs from the paper's by more than a factor of 2. Ours, at the usual rate, read at
# thresholds 5 % higher and lower as well, and of networks trained at a third of this rate, where there are such:

# %% tags=["nbval-check-output", "hide-input"]
all_runs = pd.concat([table, connected, triples])
slow, slow_source = load_study("gaps", profile, device, results)
slow = slow[slow.lr < all_runs.lr.min()].merge(
    all_runs[[*digitised.TASK, "width", "batch_size"]].drop_duplicates()
)
scored = score_points(all_runs).query("quantity != 'P_star'")
rows = []
for row in scored[scored.verdict == VERDICTS[-1]].itertuples():
    known = {q.name: q for q in quantities(row.architecture, row.s, row.L)}
    column, usual = known[row.quantity].column, known[row.quantity].threshold
    here = [getattr(row, name) for name in digitised.TASK]
    group, of_slow = (runs[(runs[digitised.TASK] == here).all(axis=1)] for runs in (all_runs, slow))
    ways = {"5 % higher": (group, 0.05), "at the threshold": (group, 0), "5 % lower": (group, -0.05)}
    found = {
        name: sample_complexity(runs, usual + shift, column)
        for name, (runs, shift) in (ways | {"lower rate": (of_slow, 0)}).items()
        if len(runs)
    }
    rows.append(
        {"network": row.architecture, "s": row.s, "L": row.L, "v": row.v, "s0": row.s0}
        | {"of": row.quantity.replace("P_star", "P*"), "paper": row.paper}
        | {name: P.P_star[0] if P.status[0] == "reached" else None for name, P in found.items()}
    )
sizes = dict.fromkeys(["paper", *ways, "lower rate"], ",.0f")
Table(rows, "P*_S and P*_D where ours differ from the paper's by more than a factor of 2", sizes)

# %% tags=["nbval-check-output", "remove-input"]
slow_source

# %% [markdown]
# The threshold explains little of the difference, the rate a part of it. The paper's values are the larger ones. At some
# settings its $P^*$ is larger too, because of the rate or of the draw of few rules ({doc}`scorecard`). At the others the
# layer 2 of its networks stays sensitive for longer than ours. We do not know why.

# %% [markdown]
# ## Trained now
#
# A fully connected network with too few data and one with enough.

# %%
where = choose_device(device)
task, way = maximal(v=4, s=2, L=2, s0=1), dict(architecture="FCN", width=64, n_test=2000)
rows = []
for trained in train([Run.of_task(task, P=P, **way) for P in (300, 6000)], where):
    run = trained.run
    seen = sensitivities(trained.observe, run.task, 1000, PAIRS, where)
    error = error_rate(trained, run.test_set(where))
    rows.append({"P": run.P, "test error": error, "S_2": seen["S_2_1"], "D_2": seen["D_2_1"]})
Table(rows, "A fully connected network with too few data and with enough")

# %% [markdown]
# **What this shows**: test error and sensitivities fall within the same range of $P$.
#
# **What this does not show**: that one causes another. The thresholds are conventions. A ratio near one means that two curves
# fall together; its exact value depends on where they are cut.
