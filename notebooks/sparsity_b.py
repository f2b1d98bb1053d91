# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Features anywhere in their patch
#
# **Question.** Do the laws depend on how the features lie among the blanks? In sparsity A, used so far, the $i$-th feature stays
# in the $i$-th part of its patch. In sparsity B the $s$ features lie anywhere in the patch of $s (s_0+1)$ positions, in order.
# There are then $\binom{s(s_0+1)}{s}$ placements instead of $(s_0+1)^s$, and a position may hold any of the features.
#
# **The paper's claim**: the laws are the same {cite}`tomasini2024sparse`.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from srhm import figures, sample_complexity, train
from srhm.analysis import crossings, fit_exponents, sparsity_law
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study, with_interval
from srhm.papers.sparse2024 import LAWS, digitised, maximal
from srhm.papers.sparse2024.scorecard import score_curves
from srhm.runs import Run

table, source = load_study("sparsity_b", profile, device, results)
theirs = digitised.curves()

# %% mystnb={"figure": {"name": "fig-sparsity-b-lcn", "caption": "LCN, sparsity B: test error against $P$, and against $P$ divided by the law of sparsity A. The paper's Fig. 7."}, "image": {"alt": "Learning curves of the LCN for several sparsities, spread out above, brought together below by rescaling."}}
_ = figures.collapse(table, theirs, "LCN", LAWS["LCN"])

# %% tags=["nbval-check-output", "remove-input"]
source

# %% mystnb={"figure": {"name": "fig-sparsity-b-cnn", "caption": "CNN, sparsity B: the same. The paper's Fig. 8, not digitised."}, "image": {"alt": "Learning curves of the CNN for several sparsities, spread out above, brought together below by rescaling."}}
_ = figures.collapse(table, theirs, "CNN", LAWS["CNN"])

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Against sparsity A
#
# $P^*$ of either kind of sparsity at the same setting, and the exponent of $s_0 + 1$ where there are two sparsities or
# more.

# %% tags=["nbval-check-output", "hide-input"]
usual, usual_source = load_study("usual_rate", profile, device, results)
names = ["architecture", "L", "v", "s0"]
a, b = (sample_complexity(t).set_index(names).P_star for t in (usual, table))
for key, value in b.items():
    against = f", {value / a[key]:.2f} times that of A" if key in a.index else ""
    found = f"P* = {value:,.0f}{against}" if value == value else "P* is beyond the grid for some seed"
    print("{} L={} v={} s0={}:".format(*key), found)
for (architecture, L), each in crossings(table).groupby(["architecture", "L"]):
    reached = each.groupby("s0").P_star.agg(lambda P: P.between(0, float("inf"), "neither").all())
    if reached.sum() > 1:
        row = fit_exponents(each, sparsity_law).loc["s0+1"]
        print(f"{architecture}, L={L}: exponent of s0+1 {with_interval(row.estimate, row.low, row.high)}")
print(usual_source)

# %% [markdown]
# ## Against the paper
#
# The mean distance of the curves, over the paper's $P$ that ours reach.

# %% tags=["nbval-check-output", "hide-input"]
for row in score_curves(table).query("points > 0").itertuples():
    print(
        f"{row.architecture} L={row.L} s0={row.s0}: {row.points} points, mean distance {row.distance:.3f}, {row.verdict}"
    )

# %% [markdown]
# ## Trained now

# %%
where = choose_device(device)
for sparsity in "AB":
    task = maximal(v=3, s=2, L=2, s0=1, sparsity=sparsity)
    run = Run.of_task(task, architecture="CNN", P=600, width=64, n_test=2000)
    (trained,) = train([run], where)
    print(f"sparsity {sparsity}: test error {error_rate(trained, run.test_set(where)):.3f}")

# %% [markdown]
# **What this does not show**: the paper's $L = 3$ at its own vocabulary, as far as it is not computed yet.
