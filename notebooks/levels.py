# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Who pays for the blanks?
#
# **Why does sparsity multiply the sample complexity of a convolutional network by a fixed power of $s_0+1$, and that of a
# locally connected one by a power that grows with depth?** The paper finds $(s_0+1)^2$ and $(s_0+1)^L$, and leaves the
# first open {cite}`tomasini2024sparse`. We take the blanks away from some levels of the hierarchy and keep them at
# others: `SRHM(s0=(2, 0))` has two blanks for each element at level 1, the input, and none at level 2. Then we compare
# $P^*$ at the same production rules.
#
# **What we find.** The blanks of one level alone cost a factor of about $s_0+1$, in either network and at any level. In the
# LCN the factors multiply. In the CNN they cost less together than their product, so that its power of $s_0+1$ is below $L$;
# but it grows with $L$, and is no constant 2. Most of the saving comes from the shared weights of the *first* layer: a network that
# shares weights only there pays nearly like the CNN, one that shares them only above like the LCN.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from srhm import SRHM, Run, figures, train
from srhm.analysis import crossings, fit_exponents, level_costs, level_law
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study, with_interval

table, source = load_study("levels", profile, device, results)
each = crossings(table)
costs = level_costs(each)

# %% [markdown]
# ## The power of each level
#
# A seed names the rules of a task, whatever its blanks. For each seed we divide $P^*$ with blanks at some levels by $P^*$
# without any, and give the ratio as a power of $s_0+1$. *Shared-01* and *Shared-10* lie between the two networks: a digit for each
# layer below the last says whether its locations share their weights (1) or not (0), layer 1 first. The last layer has one
# location.

# %% mystnb={"figure": {"name": "fig-levels", "caption": "The power of $s_0+1$ by which $P^*$ grows when the named levels have blanks, against none; mean over seeds and $v$, bars span them. Usual rate, 128 channels."}, "image": {"alt": "Dots in rows, a row for each set of levels with blanks: each level alone costs a power of about one in either network; both levels together cost about two in the LCN and less in the CNN."}}
_ = figures.level_exponents(costs)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% tags=["hide-input"]
wide = costs.pivot_table(index=["L", "count", "levels", "s0"], columns="architecture", values="exponent")
wide = wide.reset_index().drop(columns="count").rename_axis(columns=None)
wide.style.set_uuid("levels").format(precision=2, na_rep="").hide(axis="index")

# %% tags=["nbval-check-output", "hide-input"]
for (L, architecture), group in costs.groupby(["L", "architecture"]):
    print(f"L = {L}, {architecture}")
    for (_, levels), of_levels in group.groupby(["count", "levels"]):
        each_one = of_levels.exponent
        power = with_interval(each_one.mean(), each_one.min(), each_one.max())
        print(f"  blanks at {levels}: power {power}, {len(each_one)} comparisons")

# %% [markdown]
# ## Do the levels' costs multiply?
#
# If they did, the powers of the levels would add up. We fit
#
# $$
# \begin{aligned}
# \log \frac{P^*}{n_c} = {\rm const} &+ \sum_\ell a_\ell \log(s_{0,\ell} + 1) \\
# &+ \sum_{\ell < k} b_{\ell k} \sqrt{\log(s_{0,\ell} + 1) \log(s_{0,k} + 1)} + c \log m ,
# \end{aligned}
# $$ (eq-levels)
#
# where $a_\ell$ is what level $\ell$ costs by itself, and $b_{\ell k}$ what it costs more, or less, when level $k$ has blanks
# too. The square root makes the sum a power of $s_0+1$ when both levels have as many blanks. Where the costs multiply, all
# $b_{\ell k}$ are zero; that is so for the LCN within a few hundredths. Intervals are 95 %, over seeds
# and $v$.

# %% tags=["nbval-check-output", "hide-input"]
for (architecture, L), group in each.groupby(["architecture", "L"]):
    fit = fit_exponents(group, level_law)
    print(f"{architecture}, L = {L}")
    for term, row in fit.drop(index="scatter").iterrows():
        print(f"  {term}: {with_interval(row.estimate, row.low, row.high)}")

# %% [markdown]
# At $L = 3$, the network that shares the weights of its first layer only (Shared-10) saves where level 1 has blanks together
# with level 2 or with level 3, as the CNN does, and nothing where levels 2 and 3 have them. The CNN, which shares its second
# layer too, saves there as well. The network that shares its second layer only (Shared-01) saves next to nothing: a layer's
# shared weights help only if the layers below share theirs.

# %% [markdown]
# ## Which network pays what?
#
# The FCN has no locality built in, and shares nothing. The transformers, of one block and of two, share all their weights, and
# know where an element lies only by a learned vector for each position; a blank has no token in them. Compared are the rules that all
# of them have met.

# %% mystnb={"figure": {"name": "fig-architectures", "caption": "The power of $s_0+1$ by which $P^*$ grows when the named levels have blanks, for five networks; mean over seeds and $v$, bars span them."}, "image": {"alt": "Dots in three rows, for blanks at level 1, at level 2 and at both, with a colour for each of up to five networks."}}
others, source_others = load_study("architectures", profile, device, results)
costs_of_others = level_costs(crossings(others))
networks = costs_of_others.groupby(["v", "levels", "s0", "task_seed"]).architecture.transform("nunique")
costs_of_others = costs_of_others[networks == networks.max()]  # the rules that all networks have met
_ = figures.level_exponents(costs_of_others)

# %% tags=["nbval-check-output", "remove-input"]
source_others

# %% tags=["nbval-check-output", "hide-input"]
for (v, architecture), group in costs_of_others.groupby(["v", "architecture"]):
    print(f"v = {v}, {architecture}")
    for (_, levels, s0), of_levels in group.groupby(["count", "levels", "s0"]):
        each_one = of_levels.exponent
        power = with_interval(each_one.mean(), each_one.min(), each_one.max())
        print(f"  s0 = {s0} at {levels}: power {power}, seeds: {len(each_one)}")

# %% [markdown]
# On these rules the FCN pays most for blanks at both levels, and the transformer of one block least. In the transformers, as in
# the CNN, blanks at both levels cost less than the product. Rules differ much at so small a vocabulary, and the powers of LCN and
# CNN are higher than at $v = 6$; those of the transformers depend on the rate, too. With few seeds, the order of the networks is
# a first answer only. How the weights that a CNN shares come to save data is the question of {doc}`the next page <why>`.

# %% [markdown]
# ## Trained now
#
# The same rules with blanks at no level, at either, and at both; one small network each, with the same number of data.

# %%
where = choose_device(device)
for s0 in (0, (2, 0), (0, 2), 2):
    task = SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=s0)
    run = Run.of_task(task, architecture="CNN", P=700, width=64, n_test=2000)
    (trained,) = train([run], where)
    print(f"s0 = {s0}: test error {error_rate(trained, run.test_set(where)):.3f}")

# %% [markdown]
# **What this does not show**: rates other than the usual one; larger vocabularies at $L = 3$, and of the FCN and the
# transformers; and more than three levels.
