# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Learning is becoming insensitive
#
# **What does a network do when it starts to generalise?** The paper's answer: at $P^*$, and not before, it
# becomes insensitive both to the exchange of synonyms and to displacements {cite}`tomasini2024sparse`, as images had suggested {cite}`petrini2021relative`. We
# measure, at layer $k$ and level $\ell$,
#
# $$
# \begin{aligned}
# S_{k,\ell} &= \frac{\mathbb E\,\lVert f_k(x) - f_k(x^{\rm exchanged}_\ell)\rVert^2}
#                    {\mathbb E\,\lVert f_k(x) - f_k(z)\rVert^2}, \\
# D_{k,\ell} &= \frac{\mathbb E\,\lVert f_k(x) - f_k(x^{\rm displaced}_\ell)\rVert^2}
#                    {\mathbb E\,\lVert f_k(x) - f_k(z)\rVert^2},
# \end{aligned}
# $$ (eq-sensitivities)
#
# with $z$ an independent datum: 1 means that the change matters as much as taking another datum, 0 that it goes
# unnoticed. $S_k$ and $D_k$ stand for $\ell = 1$.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from myst_nb import glue

from srhm import figures, sample_complexity, sensitivities, train
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study
from srhm.papers.sparse2024 import LAWS, digitised, quantities
from srhm.runs import PAIRS, Run

table, source = load_study("sensitivities", profile, device, results)

# %% [markdown]
# ## At a glance
#
# One network and one sparsity first: the CNN at $s_0 = 1$.

# %% mystnb={"figure": {"name": "fig-falling-together", "caption": "Test error and the sensitivities of layer 2 to synonyms and to displacements, against training-set size. Mean over seeds, bands span the seeds."}, "image": {"alt": "Three curves against the number of training data: test error, S_2 and D_2 fall together."}}
_ = figures.falling_together(table, "CNN", s0=1)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## The locally connected network
#
# All layers and levels, for each $s_0$. Dividing $P$ by $(s_0+1)^L$, the paper's law for the LCN, brings the
# curves together as far as the law holds.

# %% mystnb={"figure": {"name": "fig-sensitivities-lcn", "caption": "LCN: sensitivity of each layer to synonyms (left) and displacements (right) of both levels, and test error, against rescaled training-set size. The paper's Fig. 12."}, "image": {"alt": "Six panels of sensitivities of an LCN against rescaled training-set size, one row for each layer; most curves fall where the test error falls."}}
_ = figures.sensitivity_curves(table, digitised.curves(), "LCN", LAWS["LCN"])

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## The convolutional network
#
# The same with $P$ divided by $(s_0+1)^2$, the paper's law for the CNN.

# %% mystnb={"figure": {"name": "fig-sensitivities-cnn", "caption": "CNN: as above. The paper's Fig. 15."}, "image": {"alt": "Six panels of sensitivities of a CNN against rescaled training-set size, one row for each layer; most curves fall where the test error falls."}}
_ = figures.sensitivity_curves(table, digitised.curves(), "CNN", LAWS["CNN"])

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Do the three fall together?
#
# $P^*_S$ and $P^*_D$ are where $S_2$ and $D_2$ cross the thresholds that the paper uses at $s = L = 2$: 30 % and
# 10 % for the LCN, 40 % and 20 % for the CNN. The paper claims that both coincide with $P^*$ (Eq. 8).

# %% tags=["nbval-check-output", "hide-input"]
for (architecture, s0), runs in table.groupby(["architecture", "s0"]):
    star = sample_complexity(runs).iloc[0]
    line = f"{architecture} s0={s0}: P* = {star.P_star:8,.0f} ({star.P_star_low:,.0f} to {star.P_star_high:,.0f})"
    for quantity in quantities(architecture, s=2, L=2)[1:]:
        if runs[quantity.column].notna().all():
            own = sample_complexity(runs, quantity.threshold, quantity.column).iloc[0]
            ratio = f"{own.P_star / star.P_star:.2f} P*" if own.status == "reached" else own.status
            line += f",  P*_{quantity.column[0]} = {ratio}"
    print(line)

star = sample_complexity(table).set_index(["architecture", "s0"]).loc[("CNN", 1)]
glue("P_star_CNN_1", f"{star.P_star:,.0f}", display=False)

# %% [markdown]
# ## The plateaus
#
# With data to spare the sensitivities settle, and not all at zero: a layer is blind to what lies within its
# reach, while a level above it must be seen. Mean over seeds at the largest $P$, here for the CNN.

# %% tags=["nbval-check-output", "hide-input"]
for s0, runs in table[table.architecture == "CNN"].groupby("s0"):
    plateau = runs[runs["P"] == runs["P"].max()].mean(numeric_only=True)
    names = [n for n in plateau.dropna().index if n[:2] in ("S_", "D_") and not n.endswith("_se")]
    print(f"s0={s0}, P={runs.P.max():,}: " + ", ".join(f"{n} = {plateau[n]:.2f}" for n in names))

# %% [markdown]
# ## Trained now
#
# Two small CNNs, one with too few data and one with enough.

# %%
where = choose_device(device)
small = dict(architecture="CNN", v=4, n_c=4, m=4, s=2, L=2, s0=1, width=64, n_test=2000)
for trained in train([Run(P=100, **small), Run(P=4000, **small)], where):
    run = trained.run
    seen = sensitivities(trained.observe, run.task, 1000, PAIRS, where)
    print(
        f"P = {run.P}: test error {error_rate(trained, run.test_set(where)):.2f}, "
        f"S_2 = {seen['S_2_1']:.2f}, D_2 = {seen['D_2_1']:.2f}"
    )

# %% [markdown]
# **What this does not show**: which of the two insensitivities comes first, if any does, or why a network finds
# them at all; and whether it is so at other depths and for other architectures.
