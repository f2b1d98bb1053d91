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
# claims (its Eq. 8) that
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
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study
from srhm.papers.sparse2024 import digitised, maximal, quantities
from srhm.papers.sparse2024.scorecard import (
    VERDICTS,
    our_sample_complexities,
    score_coincidence,
    score_points,
)
from srhm.runs import PAIRS, Run

table, source = load_study("usual_rate", profile, device, results)
theirs = digitised.sample_complexities()
points = our_sample_complexities(table)


def draw(points, architecture, s):
    mine, of_paper = (t[(t.architecture == architecture) & (t.s == s)] for t in (points, theirs))
    return figures.coincidence(mine, of_paper, f"{architecture}, $s$ = {s}")


# %% [markdown]
# The thresholds are the paper's. They differ by architecture and depth because the plateaus do, on which the
# sensitivities settle with data to spare.

# %% tags=["nbval-check-output", "hide-input"]
for architecture, s, L in [(a, s, L) for a in ("LCN", "CNN", "FCN") for s in (2, 3) for L in (2, 3)]:
    if (architecture, s) != ("FCN", 3):
        read = {q.column: q.threshold for q in quantities(architecture, s, L)}
        print(f"{architecture}, s={s}, L={L}: S_2 = {read['S_2_1']:.0%}, D_2 = {read['D_2_1']:.0%}")

# %% [markdown]
# ## Locally connected

# %% mystnb={"figure": {"name": "fig-coincidence-lcn", "caption": "LCN, $s = 2$: $P^*$ against $P^*_S$ and $P^*_D$; dashed: equality. The paper's Fig. 6."}, "image": {"alt": "Two panels of points along the diagonal: P* of the LCN against P*_S and against P*_D."}}
_ = draw(points, "LCN", 2)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Convolutional

# %% mystnb={"figure": {"name": "fig-coincidence-cnn", "caption": "CNN, $s = 2$: the same. The paper's Fig. 14, left."}, "image": {"alt": "Two panels of points along the diagonal: P* of the CNN against P*_S and against P*_D; P*_D is the smaller."}}
_ = draw(points, "CNN", 2)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Fully connected
#
# An FCN is told nothing of patches or of positions. Its prediction is unknown, its thresholds are the LCN's. Ours has as
# many units in every layer; the authors' has fewer in each further one, the *TaperedFCN* of the package, which these runs
# are not.

# %% mystnb={"figure": {"name": "fig-coincidence-fcn", "caption": "FCN, $s = 2$: the same. The paper's Fig. 16, whose points have not been digitised."}, "image": {"alt": "Two panels of points near the diagonal: P* of fully connected networks against P*_S and against P*_D."}}
connected, connected_source = load_study("fully_connected", profile, device, results)
fcn = our_sample_complexities(connected)
_ = draw(fcn, "FCN", 2)

# %% tags=["nbval-check-output", "remove-input"]
connected_source

# %% tags=["nbval-check-output", "hide-input"]
for row in fcn[fcn.quantity == "P_star"].itertuples():
    found = f"P* = {row.P_star:,.0f}" if row.status == "reached" else row.status
    print(f"L={row.L} v={row.v} s0={row.s0}: {found}")

# %% [markdown]
# ## Three features at a time

# %% mystnb={"figure": {"name": "fig-coincidence-lcn-3", "caption": "LCN, $s = 3$. The paper's Fig. 11, whose axis labels its caption contradicts."}, "image": {"alt": "Two panels of points along the diagonal: P* of the LCN at s = 3 against P*_S and against P*_D."}}
triples, triples_source = load_study("triples", profile, device, results)
three = our_sample_complexities(triples)
_ = draw(three, "LCN", 3)

# %% tags=["nbval-check-output", "remove-input"]
triples_source

# %% mystnb={"figure": {"name": "fig-coincidence-cnn-3", "caption": "CNN, $s = 3$. The paper's Fig. 14, right, not digitised."}, "image": {"alt": "Two panels of points along the diagonal: P* of the CNN at s = 3 against P*_S and against P*_D."}}
_ = draw(three, "CNN", 3)

# %% tags=["nbval-check-output", "remove-input"]
triples_source

# %% [markdown]
# ## In numbers
#
# The geometric mean over settings of the two ratios, with the least and the greatest of a setting.

# %% tags=["nbval-check-output", "hide-input"]
for row in score_coincidence(pd.concat([table, connected, triples])).itertuples():
    if row.ours == row.ours:
        refit = (
            f"; paper {row.paper:.2f} ({row.paper_low:.2f} to {row.paper_high:.2f})"
            if row.paper == row.paper
            else ""
        )
        print(f"{row.of}, {row.law}: {row.ours:.2f} ({row.ours_low:.2f} to {row.ours_high:.2f}){refit}")

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
for row in scored[scored.verdict == VERDICTS[-1]].itertuples():
    known = {q.name: q for q in quantities(row.architecture, row.s, row.L)}
    column, usual = known[row.quantity].column, known[row.quantity].threshold
    here = [getattr(row, name) for name in digitised.TASK]
    group, of_slow = (runs[(runs[digitised.TASK] == here).all(axis=1)] for runs in (all_runs, slow))
    found = {f"{usual + x:.0%}": sample_complexity(group, usual + x, column) for x in (0.05, 0, -0.05)}
    if len(of_slow):
        found[f"{usual:.0%}, lower rate"] = sample_complexity(of_slow, usual, column)
    ours = ", ".join(f"{P.P_star[0]:,.0f} ({at})" for at, P in found.items() if P.status[0] == "reached")
    print(
        f"{row.architecture} s={row.s} L={row.L} v={row.v} s0={row.s0}, {row.quantity}: ours {ours}; "
        f"paper {row.paper:,.0f}"
    )
print(slow_source)

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
for trained in train([Run.of_task(task, P=P, **way) for P in (300, 6000)], where):
    run = trained.run
    seen = sensitivities(trained.observe, run.task, 1000, PAIRS, where)
    print(
        f"P = {run.P}: test error {error_rate(trained, run.test_set(where)):.2f}, "
        f"S_2 = {seen['S_2_1']:.2f}, D_2 = {seen['D_2_1']:.2f}"
    )

# %% [markdown]
# **What this shows**: test error and sensitivities fall within the same range of $P$.
#
# **What this does not show**: that one causes another. The thresholds are conventions. A ratio near one means that two curves
# fall together; its exact value depends on where they are cut.
