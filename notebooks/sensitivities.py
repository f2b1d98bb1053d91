# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Networks that learn the task become insensitive
#
# **Question.** What changes in a network when it starts to generalise?
#
# **The paper's answer** {cite}`tomasini2024sparse`. At $P^*$ it becomes insensitive to two changes that leave the label alone: the
# exchange of {term}`synonyms`, and {term}`displacements <displacement>`. Images had suggested the second {cite}`petrini2021relative`.
#
# **What we find.** The test error and the sensitivities of layer 2 fall over the same range of $P$, in both networks and at
# every $s_0$, but for $S_{2,2}$ (without {term}`blanks <blank>` there are no displacements). They do not cross their thresholds at the same size.
# For the {term}`CNN` at $s_0 = 1$, $P^*_S$ is {glue:text}`P_S_over_P_CNN_1` times $P^*$ and $P^*_D$ is
# {glue:text}`P_D_over_P_CNN_1` times $P^*$. That the sensitivity to displacements comes first is a matter of thresholds: its
# threshold lies at about half of its value with few data, that of the test error much lower. In the {term}`LCN` the sensitivity to
# synonyms comes last. ({doc}`scaling` has other values of $P^*$ for these tasks: its sizes lie closer together.)
#
# We measure, at layer $k$ and level $\ell$,
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
# where $f_k$ is the activation of layer $k$ and $z$ is an independent datum. A value of 1 means that the change matters as much as
# taking another datum, 0 that it changes nothing. $S_k$ and $D_k$ stand for $\ell = 1$.
#
# The networks of this page are trained by the {doc}`authors' recipe <recipes>`, on the training-set sizes of the paper's own
# curves. There is one seed, as in the paper.

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
from srhm.notebook import load_study, show, size_or_limit
from srhm.papers.sparse2024 import LAWS, digitised, quantities
from srhm.runs import PAIRS, Run

# %%
table, source = load_study("sensitivities", profile, device, results)

# %% tags=["remove-input"]
lcn = table[table.architecture == "LCN"]
for name, of_lcn in {"channels_LCN_4": lcn[lcn.s0 == 4], "channels_LCN": lcn[lcn.s0 != 4]}.items():
    glue(name, " and ".join(map(str, sorted(of_lcn.width.unique()))) or "(not computed)", display=False)

# %% [markdown]
# ## At a glance
#
# One network and one sparsity first: the CNN at $s_0 = 1$. Rings mark where each curve crosses its threshold, at $P^*$, $P^*_S$ and
# $P^*_D$.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-falling-together", "caption": "CNN at $s_0 = 1$: test error and the sensitivities of layer 2 to synonyms and to displacements, against training-set size. Rings: where they cross their thresholds. $v = 8$, $L = 2$, authors' recipe, one seed."}, "image": {"alt": "Three curves against the number of training data: test error, S_2 and D_2 fall together."}}
show(figures.falling_together(table, "CNN", 1, quantities("CNN", s=2, L=2)), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## The locally connected network
#
# All layers and levels, for each $s_0$. The size $P$ is divided by $(s_0+1)^L$, the paper's law for the LCN. If the law holds, the
# curves of all $s_0$ lie together. At $s_0 = 4$, the dearest, the LCN has {glue:text}`channels_LCN_4:s` channels, at the other $s_0$
# {glue:text}`channels_LCN:s`, and the authors 512.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-sensitivities-lcn", "caption": "LCN: sensitivity of each layer to synonym exchange (left) and displacement (right) at level $\\ell$, and test error, against training-set size divided by $(s_0+1)^2$, the paper's law. $v = 8$, $L = 2$, authors' recipe, one seed. The paper's Fig. 12."}, "image": {"alt": "Six panels of sensitivities of an LCN against rescaled training-set size, one row for each layer; most curves fall where the test error falls."}}
show(figures.sensitivity_curves(table, digitised.curves(), "LCN", LAWS["LCN"]), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## The convolutional network
#
# The same for the CNN, with $P$ divided by the paper's law for it, $(s_0+1)^2$.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-sensitivities-cnn", "caption": "CNN: sensitivity of each layer to synonym exchange (left) and displacement (right) at level $\\ell$, and test error, against training-set size divided by $(s_0+1)^2$, the paper's law. $v = 8$, $L = 2$, authors' recipe, one seed. The paper's Fig. 15."}, "image": {"alt": "Six panels of sensitivities of a CNN against rescaled training-set size, one row for each layer; most curves fall where the test error falls."}}
show(figures.sensitivity_curves(table, digitised.curves(), "CNN", LAWS["CNN"]), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# With few data the hidden layers of our CNN start lower than the paper's where there are blanks, most of all at $s_0 = 4$, but for
# displacements at level 2. Near $P^*$ and beyond they agree better; only $D_{2,2}$ ends clearly lower than the paper's. An
# exchange at level 2 redraws all features, so $S_{2,2}$ need not fall.
#
# ## Do the three fall together?
#
# $P^*_S$ and $P^*_D$ are where $S_2$ and $D_2$ cross the thresholds that the paper uses at $s = L = 2$: 30 % and
# 10 % for the LCN, 40 % and 20 % for the CNN. The paper claims that both coincide with $P^*$ (paper's Eq. 8). Where
# $P^*/(s_0+1)^2$ is the same at every $s_0$, the curves of the test error lie together in the figures above. "Above" a number: at
# the largest $P$, so many times $P^*$, the sensitivity is still above its threshold.

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (architecture, s0), runs in table.groupby(["architecture", "s0"]):
    star = sample_complexity(runs).iloc[0]
    row = {
        "network": architecture,
        "s0": s0,
        "P*": size_or_limit(star),
        "P* / (s0+1)^2": star.P_star / (s0 + 1) ** 2,
    }
    for quantity in quantities(architecture, s=2, L=2)[1:]:
        if runs[quantity.column].notna().all():
            own = sample_complexity(runs, quantity.threshold, quantity.column).iloc[0]
            reached = own.status == "reached"
            ratio = (own.P_star if reached else own.P_limit) / star.P_star
            beyond = {"reached": "", "not reached": "above ", "below the grid": "below "}[own.status]
            row[f"P*_{quantity.column[0]} / P*"] = f"{beyond}{ratio:.2f}"
    rows.append(row)
    if (architecture, s0) == ("CNN", 1):
        for letter in "SD":
            found = row.get(f"P*_{letter} / P*", "(not computed)")
            glue(f"P_{letter}_over_P_CNN_1", found, display=False)

found = sample_complexity(table).set_index(["architecture", "s0"]).P_star
glue("P_star_CNN_1", f"{found['CNN', 1]:,.0f}", display=False)
multiples = table.groupby(["architecture", "s0"])["P"].max() / found
for name in ("LCN", "CNN"):
    glue(f"beyond_{name}_4", f"{multiples.get((name, 4), float('nan')):.1f}", display=False)
over_law = found / (found.index.get_level_values("s0") + 1) ** 2
for name, of_network in over_law.groupby("architecture"):
    by_blanks = of_network.droplevel("architecture")
    with_blanks = by_blanks[by_blanks.index > 0]
    glue(f"apart_{name}", f"{with_blanks.max() / with_blanks.min():.2f}", display=False)
    glue(f"dense_{name}", f"{by_blanks[0] / by_blanks[1]:.2f}", display=False)
Table(rows, "P*, the same over the law, and P*_S and P*_D over P*", {"P* / (s0+1)^2": ",.0f"})

# %% [markdown]
# With blanks $P^*/(s_0+1)^2$ differs by at most a factor of {glue:text}`apart_LCN` in the LCN and {glue:text}`apart_CNN` in the CNN. So
# these curves lie nearly together. Without blanks it is {glue:text}`dense_LCN` times that at $s_0 = 1$ in the LCN and
# {glue:text}`dense_CNN` times in the CNN, whose curve without blanks lies apart.
#
# ## The plateaus
#
# With more and more data the sensitivities approach constant values. Displacements at levels $\ell \le k$ then hardly change
# layer $k$. (At $s_0 = 4$ some still fall at our largest $P$, which is {glue:text}`beyond_LCN_4` times $P^*$ in the LCN and
# {glue:text}`beyond_CNN_4` times in the CNN.) Synonyms are different: layer 1 still tells synonyms of level 1 apart, and the layers
# above do so less. An exchange at level 2 redraws all features and keeps the label. The output still changes,
# because it differs among data of one class. Here for the CNN at its largest $P$:

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
# **What this shows**: networks that have learnt the task are insensitive to synonyms and displacements of low levels, and those
# that have not are sensitive to them.
#
# **What this does not show**: that the one causes the other, or why a network finds these symmetries. {doc}`coincidence` has other
# depths and networks, and {doc}`why` follows networks along their training.
