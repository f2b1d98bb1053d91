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
from srhm.figures import Table
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study, show, with_interval
from srhm.papers.sparse2024 import LAWS, digitised, quantities
from srhm.runs import PAIRS, Run

# %%
table, source = load_study("sensitivities", profile, device, results)

# %% [markdown]
# ## At a glance
#
# One network and one sparsity first: the CNN at $s_0 = 1$.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-falling-together", "caption": "CNN at $s_0 = 1$: test error and the sensitivities of layer 2 to synonyms and to displacements, against training-set size. Mean over seeds, bands span the seeds."}, "image": {"alt": "Three curves against the number of training data: test error, S_2 and D_2 fall together."}}
show(figures.falling_together(table, "CNN", s0=1), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## The locally connected network
#
# All layers and levels, for each $s_0$. Dividing $P$ by $(s_0+1)^L$, the paper's law for the LCN, brings the
# curves together as far as the law holds.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-sensitivities-lcn", "caption": "LCN: sensitivity of each layer to synonyms (left) and displacements (right) exchanged at level $\\ell$, and test error, against training-set size divided by $(s_0+1)^2$. The paper's Fig. 12."}, "image": {"alt": "Six panels of sensitivities of an LCN against rescaled training-set size, one row for each layer; most curves fall where the test error falls."}}
show(figures.sensitivity_curves(table, digitised.curves(), "LCN", LAWS["LCN"]), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## The convolutional network
#
# The same with $P$ divided by $(s_0+1)^2$, the paper's law for the CNN.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-sensitivities-cnn", "caption": "CNN: sensitivity of each layer to synonyms (left) and displacements (right) exchanged at level $\\ell$, and test error, against training-set size divided by $(s_0+1)^2$. The paper's Fig. 15."}, "image": {"alt": "Six panels of sensitivities of a CNN against rescaled training-set size, one row for each layer; most curves fall where the test error falls."}}
show(figures.sensitivity_curves(table, digitised.curves(), "CNN", LAWS["CNN"]), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Do the three fall together?
#
# $P^*_S$ and $P^*_D$ are where $S_2$ and $D_2$ cross the thresholds that the paper uses at $s = L = 2$: 30 % and
# 10 % for the LCN, 40 % and 20 % for the CNN. The paper claims that both coincide with $P^*$ (paper's Eq. 8).

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (architecture, s0), runs in table.groupby(["architecture", "s0"]):
    star = sample_complexity(runs).iloc[0]
    row = {
        "network": architecture,
        "s0": s0,
        "P*": with_interval(star.P_star, star.P_star_low, star.P_star_high, ",.0f"),
    }
    for quantity in quantities(architecture, s=2, L=2)[1:]:
        if runs[quantity.column].notna().all():
            own = sample_complexity(runs, quantity.threshold, quantity.column).iloc[0]
            ratio = f"{own.P_star / star.P_star:.2f}" if own.status == "reached" else own.status
            row[f"P*_{quantity.column[0]} / P*"] = ratio
    rows.append(row)

star = sample_complexity(table).set_index(["architecture", "s0"]).loc[("CNN", 1)]
glue("P_star_CNN_1", f"{star.P_star:,.0f}", display=False)
Table(rows, "P* (in brackets the span of the seeds), and P*_S and P*_D over it")

# %% [markdown]
# ## The plateaus
#
# With data to spare the sensitivities settle, and not all at zero: a layer is blind to what lies within its
# reach, while a level above it must be seen. Mean over seeds at the largest $P$, here for the CNN.

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for s0, runs in table[table.architecture == "CNN"].groupby("s0"):
    plateau = runs[runs["P"] == runs["P"].max()].mean(numeric_only=True)
    for layer in ("1", "2", "out"):
        seen = {
            f"{letter}, level {level}": plateau.get(f"{letter}_{layer}_{level}")
            for letter in "SD"
            for level in (1, 2)
        }
        rows.append({"s0": s0, "P": runs["P"].max(), "layer": layer} | seen)
Table(rows, "Sensitivities of the CNN at its largest P, by layer and level")

# %% [markdown]
# ## Trained now
#
# Two small CNNs, one with too few data and one with enough.

# %%
where = choose_device(device)
small = dict(architecture="CNN", v=4, n_c=4, m=4, s=2, L=2, s0=1, width=64, n_test=2000)
rows = []
for trained in train([Run(P=100, **small), Run(P=4000, **small)], where):
    run = trained.run
    seen = sensitivities(trained.observe, run.task, 1000, PAIRS, where)
    error = error_rate(trained, run.test_set(where))
    rows.append({"P": run.P, "test error": error, "S_2": seen["S_2_1"], "D_2": seen["D_2_1"]})
Table(rows, "A small CNN with too few data and with enough")

# %% [markdown]
# **What this does not show**: which of the two insensitivities comes first, if any does, or why a network finds
# them at all; and whether it is so at other depths and for other architectures.
