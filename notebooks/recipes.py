# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How the authors trained
#
# **Are our numbers those of the same experiment?** $P^*$ depends on how a network is trained, and a paper has no room
# for every detail. The authors' code is public
# ([github.com/UmbertoTomasini/sparse_hierarchy_model](https://github.com/UmbertoTomasini/sparse_hierarchy_model), commit
# 3a964f5). It leaves open which of its settings drew which figure. So we train by every candidate, compare each with the
# paper's curves, and then ask what the choice does to the laws. Nothing is fitted, and the candidates that fail are shown
# too.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())


from srhm import figures
from srhm.notebook import load_study
from srhm.papers.sparse2024 import maximal
from srhm.papers.sparse2024.fingerprints import distances
from srhm.papers.sparse2024.recipes import RATES, authors_rate, rate_per_datum

# %% [markdown]
# ## What their code says
#
# - **The rate** is not searched but taken from a table (`fun_choices.py`), and multiplied by the width. A batch holds 4
#   data of each class (`create_dataset_B.py`), so that the rate for each datum falls as $1/n_c$.
# - **Blanks** are not zero: inputs are whitened, $x (1 + q) - q$ with $q = 1/\sqrt{v - 1}$, so that a blank is $-q$ in every
#   channel (`hierarchical_s0_bs_S.py`). A switch turns this off, and a note in a notebook on the CNN says that it was off.
# - **Biases**: $0.1\, b$ with $b \sim \mathcal N(0, 1)$, trained, one for each channel and location, in the CNN too
#   (`models/cnn2.py`, `lcn.py`).
# - **The end**: a mean loss below $10^{-3}$, looked at every tenth epoch; the test error is the best of those looks
#   (`main_bs_S.py`). Ours is looked at after every epoch and is the last.
# - **One seed** for rules, data and weights; 512 channels (`creating_sh_*.py`).
# - **The CNN at $L = 2$ and $s_0 > 0$** comes from an older pipeline that is not in the repository (`scale_P_TASK.ipynb`,
#   cell 5).
#
# The rate for each datum, ours and theirs:

# %% tags=["nbval-check-output", "hide-input"]
for architecture, L, s0s in (("LCN", 2, (0, 2, 4)), ("CNN", 2, (0, 2, 4)), ("CNN", 3, (0, 2, 4))):
    for s0 in s0s:
        tasks = [maximal(v, 2, L, s0) for v in (4, 6, 8, 10)]
        found = ", ".join(f"{rate_per_datum(RATES[0], architecture, t):.5f} at v={t.v}" for t in tasks)
        print(f"{architecture} L={L} s0={s0}: {authors_rate(architecture, tasks[0]):g} / (4 n_c) = {found}")
print(f"ours, the usual rate: {rate_per_datum(RATES[1], 'LCN', maximal(4, 2, 2, 0))} everywhere")

# %% [markdown]
# ## Fingerprints
#
# Test error and sensitivities at three sizes of the paper's own grid about $P^*$, at $v = 8$, $L = 2$, $s_0 = 0, 1, 2$:
# the mean distance of each recipe from the paper's points.

# %% mystnb={"figure": {"name": "fig-fingerprints", "caption": "Mean absolute distance of our test error and sensitivities (by layer) from the paper's, for each way to train. One seed."}, "image": {"alt": "Two panels, one for the LCN and one for the CNN, with a row for each recipe and a mark for the test error and each layer: no recipe is nearest in all of them."}}
prints, prints_source = load_study("fingerprints", profile, device, results)
measured = distances(prints)
if len(measured):
    _ = figures.fingerprints(measured)

# %% tags=["nbval-check-output", "remove-input"]
prints_source

# %% tags=["nbval-check-output", "hide-input"]
for (name, architecture, s0), group in measured.groupby(["figure", "architecture", "s0"]):
    print(f"Fig. {name}, {architecture}, s0={s0}")
    for (rate, blanks), of_recipe in group.groupby(["rate", "blanks"]):
        by_place = of_recipe.groupby("where").distance.mean()
        whole = of_recipe.groupby("column").distance.mean().mean()
        print(
            f"  {rate}, {blanks}: "
            + ", ".join(f"{n} {x:.3f}" for n, x in by_place.items())
            + f"; all {whole:.3f}"
        )
