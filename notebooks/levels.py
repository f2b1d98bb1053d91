# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What do the blanks of each level cost?
#
# **Question.** The paper finds that $P^*$ grows as $(s_0+1)^L$ for the {term}`LCN`, but as $(s_0+1)^2$ for the {term}`CNN`, and
# leaves the reason open {cite}`tomasini2024sparse`. What do the {term}`blanks <blank>` of each level cost, and in which
# network?
#
# **How.** We keep the blanks at some levels and take them away at others. `SRHM(s0=(2, 0))` has two blanks for each element at
# level 1, the input, and none at level 2. $P^*$ is compared at the same production rules. On this page $P^*$ is where the error on
# data *that the network was not trained on* falls to 10 %. Tasks with few levels and few blanks have so few distinct data that up to
# {glue:text}`most_seen` of the test data have been trained on at $P^*$.
#
# **Answer.** In the LCN the blanks of each level cost a factor of about $s_0+1$, and the factors multiply. In the CNN the blanks of
# one level cost somewhat less, and those of several levels less than the product.
#
# - *LCN.* The blanks of one level multiply $P^*$ by about $s_0+1$, at any level. The factors of two levels multiply, or nearly so. Three
#   or four levels cost a little less than the product.
# - *CNN.* It saves in two ways. The blanks of one level cost less, and blanks at several levels cost less than the product.
#   The first is more than half of what it saves. At $L = 3$ the second is larger for pairs with level 3 than for levels 1 and 2.
# - *Depth.* The CNN's power of $s_0+1$, against the same rules without blanks, is no constant 2. At $v = 4$ it is {glue:text}`CNN_4_2` at $L = 2$ and
#   {glue:text}`CNN_4_3` at $L = 3$. At $v$ = 6 and 8 it is smaller. At $v = 3$, at a lower rate and with one blank,
#   it hardly grows from $L = 3$ on ({doc}`scaling` has other values for $v = 3$: of another rate, and of the error on all test data).
# - *Which layer saves.* Sharing the weights of the *first* layer alone brings more than half of the saving. Sharing the second layer
#   as well brings the rest. Sharing the second alone brings next to nothing.
# - *Learning rate.* At a lower rate the same holds at $L = 2$. At $L = 3$, where there are few seeds, blanks mostly cost more at the
#   lower rate, in both networks.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from math import inf, nan

import numpy as np
import pandas as pd
from myst_nb import glue

from srhm import SRHM, Run, figures, train
from srhm.analysis import (
    crossings,
    error_on_new_data,
    extrapolate_levels,
    fit_exponents,
    level_costs,
    level_law,
    points_on_new_data,
)
from srhm.analysis.columns import SEEDS, SETTING
from srhm.figures import Table
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study, show, with_interval
from srhm.papers.sparse2024 import EQ_3, EQ_4

# %%
table, source = load_study("levels", profile, device, results)

# %% tags=["hide-input"]


def spread(values):
    """The mean, and in brackets the least and the greatest if there are several."""
    return with_interval(values.mean(), *((values.min(), values.max()) if len(values) > 1 else (nan, nan)))


each = points_on_new_data(table)
costs = level_costs(each)
PAIR = ["LCN", "CNN"]
all_levels = costs[(costs["count"] == costs.L) & costs.architecture.isin(PAIR)]


def power_of_all(**of_these):
    """The power of blanks at all levels, of the comparisons named."""
    chosen = all_levels[np.logical_and.reduce([all_levels[name] == x for name, x in of_these.items()])]
    return spread(chosen.exponent) if len(chosen) else "(not computed)"


for architecture in PAIR:  # the home page quotes them
    glue(f"both_levels_{architecture}", power_of_all(architecture=architecture, L=2), display=False)
for L in (2, 3):
    glue(f"CNN_4_{L}", power_of_all(architecture="CNN", v=4, L=L), display=False)
without = each[(each.L == 2) & (each.s0 == 0) & each.P_star.between(0, inf, "neither")]
size = without.n_c * without.m**3  # of a task of two levels without blanks
seen = 1 - (1 - 1 / size) ** without.P_star
glue("most_seen", f"{seen.max():.0%}" if len(seen) else "(not computed)", display=False)

# %% [markdown]
# ## The power of each level
#
# A seed names the rules of a task, whatever its blanks. For each seed we divide $P^*$ with blanks at some levels by $P^*$ without
# any. The figure gives this ratio as a power of $s_0+1$. *Shared-01* and *Shared-10* are networks between LCN and CNN. A digit for
# each layer below the last, layer 1 first, says whether its locations share their weights (1) or not (0). The last layer has one
# location only, so it has nothing to share.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-levels", "caption": "The power of $s_0+1$ by which $P^*$ grows when the named levels have blanks, against none; mean over seeds and $v$, bars span them. The $v$ differ between $s_0$, so do not compare these. Usual rate, 128 channels."}, "image": {"alt": "Dots in rows, a row for each set of levels with blanks: each level alone costs a power of about one in either network; both levels together cost about two in the LCN and less in the CNN."}}
show(figures.level_exponents(costs), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% tags=["hide-input", "hide-output"]
wide = costs.pivot_table(index=["L", "count", "levels", "s0"], columns="architecture", values="exponent")
wide = wide.reset_index().drop(columns="count").rename_axis(columns=None)
Table(wide, "The power of s0+1 that blanks cost, by the levels that have them: mean over seeds and v")

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (L, architecture), group in costs.groupby(["L", "architecture"]):
    for (_, levels), of_levels in group.groupby(["count", "levels"]):
        power = spread(of_levels.exponent)
        row = {"L": L, "network": architecture, "blanks at": levels, "power": power}
        rows.append(row | {"comparisons": len(of_levels)})
Table(rows, "The power of s0+1 that blanks cost: mean, and in brackets the least and the greatest comparison")

# %% [markdown]
# How much does the CNN save? At the same rules and blanks we take its power from that of the LCN, for each level by itself and for
# all levels:

# %% tags=["nbval-check-output", "hide-input"]
same = ["v", "L", "s0", "task_seed"]
both = [costs[costs.architecture == name].set_index([*same, "count", "levels"]).exponent for name in PAIR]
saved = both[0].sub(both[1]).dropna().groupby([*same, "count"]).agg(["sum", "size"]).unstack("count")
rows = []
for L, group in saved.groupby("L"):
    known = group[(group["size", 1] == L) & (group["size", L] == 1)]["sum"]
    if len(known):
        row = {
            "L": L,
            "saved at single levels, added": known[1].mean(),
            "saved at all levels": known[L].mean(),
        }
        rows.append(row | {"comparisons": len(known)})
Table(rows, "The power of s0+1 that the CNN saves against the LCN: mean over seeds and v")

# %% [markdown]
# The power depends on the vocabulary. At the same $v$ it grows with the depth, in both networks:

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (architecture, v), group in all_levels.groupby(["architecture", "v"]):
    row = {"network": architecture, "v": v}
    for L, powers in group.exponent.groupby(group.L):
        row |= {f"L = {L}": spread(powers), f"comparisons, L = {L}": len(powers)}
    rows.append(row)
Table(rows, "The power of s0+1 that blanks at all levels cost, by v; in brackets the least and the greatest")

# %% [markdown]
# At $L = 3$ some networks with too few data are stopped while they guess: {doc}`scaling` looks at such a run. Where $P^*$ lies
# just above one of them, a lower rate might place it otherwise. We call such a $P^*$ *in doubt*. Without those the powers are:

# %% tags=["nbval-check-output", "hide-input"]
guessing = (table.status != "converged") & (table.train_loss > np.log(table.n_c) / 2)
failing = table[error_on_new_data(table) > 0.1].sort_values("P")
failed = failing.groupby(SETTING + SEEDS).tail(1)  # the last below P*
of_seed = ["architecture", "v", "L", "s0", "task_seed"]
doubtful = pd.MultiIndex.from_frame(failed[failed.index.isin(table.index[guessing])][of_seed])
certain = each[~pd.MultiIndex.from_frame(each[of_seed]).isin(doubtful)]
rows = []
for (L, architecture), group in costs.groupby(["L", "architecture"]):
    left = level_costs(certain[(certain.L == L) & (certain.architecture == architecture)])
    if len(left) < len(group):
        every, certainly = (some[some["count"] == L].exponent for some in (group, left))
        row = {"L": L, "network": architecture, "comparisons": len(every), "not in doubt": len(certainly)}
        rows.append(row | {"power of all levels": spread(every), "if not in doubt": spread(certainly)})
Table(rows, "The power of s0+1 that blanks at all levels cost, with and without P* in doubt")

# %% [markdown]
# The means change little. The largest powers of the CNN and of Shared-10 come from such seeds.

# %% [markdown]
# At $L = 2$ it matters which error is read. With the error on all test data, as in the paper's $P^*$, $P^*$ without blanks is
# smaller, and so blanks seem to cost more:

# %% tags=["nbval-check-output", "hide-input"]
as_the_paper = level_costs(crossings(table[table.L == 2]))
compared = ["architecture", "v", "L", "count", "levels", "s0", "task_seed"]
both = costs.merge(as_the_paper, on=compared, suffixes=("_new", "_all"))
means = both.groupby(["architecture", "v", "count", "levels"])[["exponent_all", "exponent_new"]].mean()
names = {"architecture": "network", "levels": "blanks at", "exponent_all": "by the error on all test data"}
shown = means.reset_index().drop(columns="count")
Table(
    shown.rename(columns=names | {"exponent_new": "on new data"}),
    "The power of s0+1 at L = 2, by the error that P* is read from; mean over seeds and s0",
)

# %% [markdown]
# ## Do the levels' costs multiply?
#
# If they did, the powers of the levels would add up. We fit
#
# $$
# \begin{aligned}
# \log \frac{P^*}{n_c} = {\rm const} &+ \sum_\ell a_\ell\, x_\ell
# + \sum_{\ell < k} b_{\ell k} \sqrt{x_\ell\, x_k} \\
# &+ c \log m , \\
# x_\ell = {}& \log(s_{0,\ell} + 1) .
# \end{aligned}
# $$ (eq-levels)
#
# Here $a_\ell$ is the power that level $\ell$ costs by itself: a slope through all settings. (The powers above are ratios to tasks
# without blanks, one setting of many, and are a little larger, in the CNN most.) $b_{\ell k}$ is what levels $\ell$ and $k$ cost in addition when both
# have blanks; it is negative where they cost less together. The square root makes the sum a power of $s_0+1$ when both have equally
# many blanks. If the costs multiply, all $b_{\ell k}$ are zero. Intervals are 95 %, over seeds and $v$; a number without
# brackets rests on one seed somewhere, or on too few $v$. The power of $m$ comes from two or three $v$ only; {doc}`scaling` has more.


# %% tags=["nbval-check-output", "hide-input"]
def complete(points):
    """The seeds that reach P* at most settings, and the settings that all of these reach."""
    reached = points[points.P_star.between(0, inf, "neither")]
    settings = reached.groupby("task_seed").task_seed.transform("size")
    kept = reached[settings == settings.max()]
    seeds = kept.groupby("s0").task_seed.transform("size")
    return kept[seeds == seeds.max()]


rows = []
for (architecture, L), group in each.groupby(["architecture", "L"]):
    for used, points in (
        ("all", group),
        ("not in doubt", certain.loc[certain.index.intersection(group.index)]),
    ):
        if used == "all" or len(points) < len(group):
            seeds = pd.concat(complete(of_v) for _, of_v in points.groupby("v"))
            fit = fit_exponents(seeds, level_law).drop(index="scatter")
            found = {term: with_interval(row.estimate, row.low, row.high) for term, row in fit.iterrows()}
            counts = seeds.groupby("v").task_seed.nunique()
            told = ", ".join(f"{count} at v = {v}" for v, count in counts.items())
            rows.append({"network": architecture, "L": L, "P*": used, "seeds": told} | found)
Table(rows, "What each level costs by itself and with another one, with 95 % intervals")

# %% [markdown]
# Only seeds that have $P^*$ at every setting are in the fit. At $L = 3$ the CNN pays less than the product for level 3 together with
# level 1 or 2. For levels 1 and 2 together the fit finds hardly less, about as in the LCN. In the ratios above it pays less than the
# product for each pair, and for levels 1 and 2 the least so.
#
# Shared-10 shares the weights of its first layer only. It saves where level 1 has blanks together with level 2 or 3. Where levels 2 and 3 have blanks it pays nearly the product; there the CNN, which shares its second layer too,
# saves as well. Shared-01 shares its second layer only, and saves next to nothing. So a shared
# layer 2 helps only where layer 1 shares its weights, too.

# %% [markdown]
# ## At a lower rate
#
# All powers above are of the usual learning rate. Here both networks have $0.01$ in batches of $4 n_c$, at every depth and $s_0$. The
# paper's authors trained so up to $s_0 = 2$: the LCN, and at $L \ge 3$ the CNN ({doc}`recipes`). It is not their rate for the CNN at
# $L = 2$, nor at $s_0 = 4$. The table compares the powers at the two rates on the same rules; at $L = 3$ these are of $v = 4$.

# %% tags=["nbval-check-output", "hide-input"]
slow, source_slow = load_study("slow_levels", profile, device, results)
pairs = costs.merge(level_costs(points_on_new_data(slow)), on=compared, suffixes=("_usual", "_lower"))
rows = []
for (L, architecture, _, levels), group in pairs.groupby(["L", "architecture", "count", "levels"]):
    change = group.exponent_lower - group.exponent_usual
    rows.append(
        {
            "L": L,
            "network": architecture,
            "blanks at": levels,
            "usual rate": group.exponent_usual.mean(),
            "lower rate": group.exponent_lower.mean(),
            "change": spread(change),
            "comparisons": len(group),
        }
    )
formats = dict.fromkeys(["usual rate", "lower rate"], ".2f")
Table(rows, "The power of s0+1 at two rates; of the change in brackets the least and the greatest", formats)

# %% tags=["nbval-check-output", "remove-input"]
source_slow

# %% [markdown]
# ## Up to five levels
#
# At $v = 3$ and this lower rate we go deeper, with one blank at a level or none. For each network we fit one law: every further
# level with blanks adds $q$ times as much to the power as the one before. With blanks at all $L$ levels the power is then
#
# $$
# a\,(1 + q + \ldots + q^{L-1}) .
# $$ (eq-geometric)
#
# If $q = 1$, the power is proportional to $L$. If $q < 1$, it never exceeds $a / (1-q)$. A $q$ below 1 can have two reasons:
# levels together cost less than their product, or each single level costs less in a deeper task. The law is fitted
# to $L = 3$ and 4 only: at $L = 2$ and $v = 3$ there are but 81 distinct data without blanks. Two powers fix $a$ and $q$, so the test
# is $L = 5$. It is a weak one: a straight line through the same two powers is tested beside it. The CNN's prediction was stored in this
# repository before the first of these networks was trained.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-depth", "caption": "The power of $s_0+1$ that one blank at each of $L$ levels costs; mean over seeds, bars span them. Dotted: the law fitted to $L$ = 3 and 4, with its 95 % interval over seeds. $v = 3$, the lower rate, 128 channels."}, "image": {"alt": "Powers against the number of levels. Those of the LCN lie above the dashed line, the number of levels, and rise somewhat more slowly; those of the CNN, from three on, hardly rise."}}
deep, source_deep = load_study("deep_levels", profile, device, results)
costs_of_depth = level_costs(points_on_new_data(deep))
shallow = costs_of_depth[costs_of_depth.L <= 4]
laws = {
    name: extrapolate_levels(group, range(3, 6))
    for name, group in shallow.groupby("architecture", sort=False)
    if group[group["count"] == group.L].L.nunique() > 1  # or there is nothing to go on from
}
claims = {"LCN": EQ_3.power("s0+1"), "CNN": EQ_4.power("s0+1")}
show(figures.power_against_depth(costs_of_depth, laws, claims), source_deep)

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for name, law in laws.items():
    measured = costs_of_depth[
        (costs_of_depth.architecture == name) & (costs_of_depth.L == 5) & (costs_of_depth["count"] == 5)
    ].exponent
    found = spread(measured) if len(measured) else "not yet"
    predicted = {term: with_interval(*law.loc[term, ["estimate", "low", "high"]]) for term in ("a", "q", 5)}
    rows.append(
        {"network": name, "a": predicted["a"], "q": predicted["q"], "predicted at L = 5": predicted[5]}
        | {"by a straight line": 2 * law.estimate[4] - law.estimate[3]}
        | {"measured at L = 5": found, "seeds": len(measured)}
    )
Table(
    rows, "The law of depth with 95 % intervals over seeds, and its test; measured: mean and range of seeds"
)

# %% tags=["nbval-check-output", "hide-input"]
wide = shallow.pivot_table(
    index=["L", "count", "levels"], columns="architecture", values="exponent"
).reset_index()
Table(
    wide.drop(columns="count").rename_axis(columns=None),
    "The power of s0+1 = 2 that one blank costs at the named levels, at v = 3 and the lower rate",
)

# %% tags=["nbval-check-output", "remove-input"]
source_deep

# %% [markdown]
# At $L = 5$ both measured powers lie in the predicted intervals, and near the straight line, too. The LCN's is of one seed, whose
# $P^*$ lies between two sizes that differ by a third. What we can say: from $L = 3$ on the CNN's power hardly grows, and the LCN's by
# somewhat less than one for each level.
#
# In the LCN each single level has a power above one here, and all together lie above $L$. In the CNN only levels 1 and 2 at $L = 3$
# cost clearly more than a factor of $s_0+1$. Vocabulary and rate both differ from the rest of this page, so we cannot say which of
# them does this.
#
# ## Which network pays what?
#
# The FCN has no local patches and shares no weights. The transformers, of one block and of two, share all weights between positions.
# They know where an element lies only by a learned vector for each position, and a blank has no token. Shown are the rules that
# all networks have met. Here $P^*$ is read from the error on all test data, since on new data not all networks have one.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-architectures", "caption": "The power of $s_0+1$ by which $P^*$ grows when the named levels have blanks, for up to five networks; mean over seeds and $v$, bars span them. $L = 2$, $v$ and $s_0$ as in the table below. The $v$ differ between $s_0$, so do not compare these. Usual rate of each network."}, "image": {"alt": "Dots in three rows, for blanks at level 1, at level 2 and at both, with a colour for each of up to five networks."}}
others, source_others = load_study("architectures", profile, device, results)
costs_of_others = level_costs(crossings(others))
networks = costs_of_others.groupby(["v", "levels", "s0", "task_seed"]).architecture.transform("nunique")
costs_of_others = costs_of_others[networks == networks.max()]  # the rules that all networks have met
show(figures.level_exponents(costs_of_others), source_others)

# %% tags=["nbval-check-output", "remove-input"]
source_others

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (v, architecture), group in costs_of_others.groupby(["v", "architecture"]):
    for (_, levels, s0), of_levels in group.groupby(["count", "levels", "s0"]):
        power = spread(of_levels.exponent)
        rows.append(
            {
                "v": v,
                "network": architecture,
                "blanks at": levels,
                "s0": s0,
                "power": power,
                "P*": np.exp(np.log(of_levels.P_star).mean()),
                "without blanks": np.exp(np.log(of_levels.P_star / of_levels.ratio).mean()),
                "seeds": len(of_levels),
            }
        )
Table(
    rows,
    "The power of s0+1 that blanks cost, by network; in brackets the least and the greatest of the seeds",
    dict.fromkeys(["P*", "without blanks"], ",.0f"),
)

# %% [markdown]
# $P^*$ and $P^*$ without blanks are geometric means over the seeds. On the same rules the power of blanks at both levels is largest for
# the FCN: nearly the sum of those of each level. The LCN's is somewhat smaller, then come the CNN's and the transformers'. A small power
# does not mean few data: the transformers need more than the CNN at every setting here. There are three seeds at each $v$, and
# the transformers' powers also depend on their learning rate. At $v = 4$ the powers of the LCN are larger here than above, and those of
# two levels do not add up: that comes from the error on all test data.

# %% [markdown]
# ## Trained now
#
# The same rules with blanks at no level, at either, and at both; one small network each, with the same number of data.

# %%
where = choose_device(device)
rows = []
for s0 in (0, (2, 0), (0, 2), 2):
    task = SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=s0)
    run = Run.of_task(task, architecture="CNN", P=700, width=64, n_test=2000)
    (trained,) = train([run], where)
    rows.append({"s0 by level": str(s0), "P": run.P, "test error": error_rate(trained, run.test_set(where))})
Table(rows, "Four small CNNs on the same rules", {"test error": ".3f"})

# %% [markdown]
# **What this shows**: blanks cost data level by level. Shared weights, of the first layer first of all, make the blanks of one level
# cheaper, and those of several levels cheaper still.
#
# **What this does not show**: how shared weights save data during training ({doc}`why` looks into this); more than two learning
# rates; larger vocabularies at $L = 3$ and more, and of the FCN and the transformers; several levels with blanks, but not all, at
# $L = 4$ and 5.
