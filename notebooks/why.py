# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Why shared weights save data
#
# **Question.** Blanks at two levels cost a {term}`CNN` less than an {term}`LCN`, though {term}`blanks <blank>` at one level
# cost both about the same ({doc}`levels`). The saving comes with the shared weights of layer 1. How does it come about?
#
# **What we find.** The locations of a shared layer come to push its weights in the same direction, in part, but only when the layers
# above have learnt something. At the first step sharing gains nothing. And no single layer pays the whole price: if the other layer is
# given exactly, each needs far fewer data than both together.
#
# We put four explanations to experiments that could refute them.
#
# | idea | what would refute it | what happens |
# |---|---|---|
# | A shared layer 1 adds up the signals of its locations. So it does not pay for each of them. | Sharing never lowers the noise of its gradient relative to the signal. | It survives in part. There is no gain at the first step. Later the gain grows with the number of locations, but it stays smaller than that number. |
# | The whole saving comes through layer 1. | Some network gains from sharing another layer. | Refuted in part, at $L = 3$: sharing layer 2 alone brings nothing, but in addition to a shared layer 1 it does. |
# | Once layer 1 is right, layer 2 pays for the blanks of level 2, and this is what they cost. | With layer 1 given exactly, layer 2 needs far fewer data than level 2 adds. | Refuted. |
# | Layer 1 alone pays for the blanks of both levels. | With layer 2 given exactly, layer 1 needs far fewer data, or does not pay for level 2. | Refuted. It needs fewer in both networks, and in the CNN it does not pay for level 2. |

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from itertools import product
from math import log

import pandas as pd

from srhm import SRHM, Run, figures, train
from srhm.analysis import sample_complexity
from srhm.figures import Table
from srhm.measure.pooling import pooling
from srhm.model import choose_device
from srhm.networks import TAUGHT, Fleet
from srhm.notebook import load_study, show

where = choose_device(device)

# %%
alone, source_alone = load_study("layerwise", profile, device, results)
course, source_course = load_study("time_course", profile, device, results)
levels, source_levels = load_study("levels", profile, device, results)

# %% [markdown]
# ## Each layer by itself
#
# Layer 2 by itself: if layer 1 gives exactly the level-2 symbols, in their places, what is left to learn is a task of one level,
# with the blanks of level 2.
#
# Layer 1 by itself: above it stand layers that compute the rules of the task exactly. Layer 1 gives, for each patch, how likely
# each level-2 symbol is; the rules turn that into the probability of each class, and only layer 1 is trained. Its
# weights are shared (*Taught-CNN*) or not (*Taught-LCN*).

# %% tags=["hide-input"]
seeds = set(
    alone[alone.architecture.isin(TAUGHT)].groupby(["architecture", "task_seed"]).size().index.levels[1]
)
same_rules = [runs[runs.task_seed.isin(seeds)] for runs in (levels[levels.L == 2], alone)]
known = pd.concat(map(sample_complexity, same_rules)).query("status == 'reached'")
v = 6 if (alone.v == 6).any() else int(alone.v.min())
s0 = 2


def P_star(architecture, L, blanks):
    """P* of a network, nan where it is not known."""
    task = SRHM(v=v, n_c=v, m=v, s=2, L=L, s0=blanks)
    rows = known[
        (known.architecture == architecture) & (known.L == L) & (known.v == v) & (known.s0 == task.s0)
    ]
    return rows.P_star.iloc[0] if len(rows) else float("nan")


table = pd.DataFrame(
    [
        {
            "blanks at levels": " and ".join(str(l + 1) for l in (0, 1) if pair[l]) or "none",
            "LCN": P_star("LCN", 2, pair),
            "CNN": P_star("CNN", 2, pair),
            "layer 1 alone, LCN": P_star(TAUGHT[0], 2, pair),
            "layer 1 alone, CNN": P_star(TAUGHT[1], 2, pair),
            "layer 2 alone": P_star("CNN", 1, pair[1:]),
        }
        for pair in [(0, 0), (s0, 0), (0, s0), (s0, s0)]
    ]
)
caption = f"P* of both layers and of each by itself, at v = {v}, L = 2 and s0 = {s0} at the levels named"
Table(table, caption, dict.fromkeys(list(table)[1:], ",.0f"))

# %% [markdown]
# All are geometric means over the seeds that all networks have, read from the error on all test data, because a task
# of one level is learnt only when every pair has been seen. The same as powers of $s_0+1$, against no blanks:

# %% tags=["nbval-check-output", "hide-input"]
powers = []
for name in list(table)[1:]:
    base, *others = table[name]
    found = {
        of_levels: log(P / base) / log(s0 + 1) if P / base > 0 else None
        for of_levels, P in zip(table["blanks at levels"][1:], others, strict=True)
    }
    powers.append({"network": name} | found)
Table(powers, "The power of s0+1 that blanks cost, by the levels that have them")

# %% tags=["nbval-check-output", "hide-input"]
both = table.iloc[-1]
shares = []
for name in ("LCN", "CNN"):
    added = both[f"layer 1 alone, {name}"] + both["layer 2 alone"]
    shares.append(
        {
            "network": name,
            "each layer alone, added": added,
            "together": both[name],
            "share": added / both[name],
        }
    )
sizes = dict.fromkeys(["each layer alone, added", "together"], ",.0f")
Table(shares, "Data that the layers need by themselves, and together; blanks at both levels", sizes)

# %% tags=["nbval-check-output", "remove-input"]
source_alone

# %% [markdown]
# Without sharing, layer 1 pays for the blanks of both levels, and their factors multiply as in the whole LCN: each location must see
# each symbol at each place. With sharing it pays for level 1 only, because a patch looks the same wherever it lies. This is the most
# that sharing could save. The whole CNN saves less, since it pays for level 2 too. The two layers by themselves do not explain what
# either network needs. Most of the price is that of learning both layers at once.

# %% [markdown]
# ## Along training
#
# Training is deterministic, so a run that stops after some epochs is the network of a longer run at that time. $D_{k,\ell}$ and
# $S_{k,\ell}$ say how sensitive layer $k$ still is to displacements and to synonyms of level $\ell$. *Shared-10* shares the
# weights of layer 1 only, *Shared-01* those of layer 2 only.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-along", "caption": "Test error and sensitivities against the epochs trained, with as many data for each network; mean over seeds, bands span them. Flat ends: training is over."}, "image": {"alt": "Falling curves in two columns, for L = 2 and L = 3. The displacement sensitivities of the CNN fall first. At L = 3 the network with a shared first layer follows the CNN in layer 1, and the one with a shared second layer lies on the LCN."}}
course = course[course.groupby("L").P.transform("max") == course.P]
seeds = course.groupby(["L", "architecture", "max_epochs"]).P.transform("size")
course = course[seeds == seeds.groupby(course.L).transform("max")]  # states that all seeds have
names = {"test_error": "test error", "D_1_1": "$D_{1,1}$", "D_2_2": "$D_{2,2}$", "S_2_1": "$S_{2,1}$"}
show(figures.along_training(course, names), source_course)

# %% [markdown]
# How many epochs it takes until the mean over seeds is below a quarter:

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (L, architecture), group in course.groupby(["L", "architecture"]):
    means = group.groupby("max_epochs")[list(names)].mean()
    first = {
        name.replace("_error", " error"): next(
            (str(n) for n, x in means[name].items() if x < 0.25), "not yet"
        )
        for name in names
    }
    rows.append({"L": L, "network": architecture} | first)
Table(rows, "Epochs until the test error and the sensitivities fall below a quarter")

# %% tags=["nbval-check-output", "remove-input"]
source_course

# %% [markdown]
# Networks whose layer 1 is shared become insensitive to displacements sooner: in layer 1, and then in the layer above. At $L = 3$
# the network that shares its first layer only behaves like the CNN in layer 1, and lies between CNN and LCN in layer 2. The one that
# shares its second layer only behaves like the LCN. The CNN, which shares both, is fastest.
#
# ## Signal and noise
#
# A CNN can be copied into an LCN that computes the same, with weights of its own for each location of layer 1. The gradient of a
# shared weight is the sum of those of its copies. $P_1$ is the number of fresh data at which the noise of a gradient equals its
# signal, as in {doc}`the first step <theory>`, here with the network's own errors at any time of training. If all locations
# agree, sharing divides $P_1$ by their number. If they are independent, it changes nothing. The networks below are trained when
# this page is made.

# %% tags=["hide-input"]
EPOCHS = (1, 2, 3, 4, 8, 12)
tasks = [SRHM(v=v, n_c=v, m=v, s=2, L=2, s0=blanks) for blanks in (0, (s0, 0), (0, s0), s0, 4)]
states = []
for task, seed in product([task for task in tasks if P_star("CNN", 2, task.s0) > 0], range(2)):
    seeds = dict(task_seed=seed, data_seed=seed, init_seed=seed)
    P = round(2 * P_star("CNN", 2, task.s0))
    runs = [
        Run.of_task(task, architecture="CNN", P=P, width=128, max_epochs=epochs, **seeds) for epochs in EPOCHS
    ]
    networks = {0: Fleet("CNN", task, 128, [seed], where)}
    networks |= {trained.run.max_epochs: trained.network for trained in train(runs, where)}
    states += [
        pooling(network, runs[0].task, 8000, seed).assign(s0=[task.s0] * 2, L=2, seed=seed, epochs=epochs)
        for epochs, network in networks.items()
    ]
states = pd.concat(states, ignore_index=True)
first_layer = states[states.layer == 1]

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-gains", "caption": "Layer 1 of a CNN along training with $2 P^*$ data, $L = 2$. Top: how many fresh data have as much noise as signal in its gradient, and how many if each location had weights of its own. Bottom: their ratio; dotted: no gain. Geometric mean over two seeds."}, "image": {"alt": "Two panels against the epochs trained. The gain of sharing is one before training, rises within the first epochs, the higher the more locations there are, and then falls again."}}
show(figures.sharing_gains(first_layer))

# %% tags=["hide-input"]
rows = []
for blanks, group in first_layer.groupby("s0"):
    mean = group.groupby("epochs")[["P_1", "P_1_unshared", "gain"]].agg(lambda x: x.prod() ** (1 / len(x)))
    best = mean.gain.idxmax()
    rows.append(
        {"s0": str(blanks), "locations": group.copies.iloc[0]}
        | {"P_1 before": mean.P_1[0], "gain before": mean.gain[0]}
        | {"largest gain": mean.gain[best], "after epochs": best, "P_1 then": mean.P_1[best]}
    )
caption = (
    "Noise over signal of layer 1 and the gain of sharing, before training and where the gain is largest"
)
Table(rows, caption, {"P_1 before": ",.0f", "P_1 then": ",.0f", "gain before": ".1f", "largest gain": ".1f"})

# %% tags=["nbval-check-output", "remove-input"]
source_levels

# %% [markdown]
# Before training the locations do not agree, because the signal of each passes through other random weights above. So at the first
# step blanks at both levels cost the CNN their product, as they do the LCN. Within the first epochs the locations come to agree in
# part: sharing then gains roughly half of their number. The more locations there are, the more
# sharing gains. Blanks of level 2 make more locations; those of level 1 do not.
#
# The gain does not give $P^*$ by itself. With blanks at level 2 only it is large too, and yet {doc}`the CNN saves little
# there <levels>`.
#
# **What this shows**: sharing gains through layer 1, early in training, once the layers above are no longer random.
#
# **What this does not show**: a formula that gives the CNN's power from this gain. Nor other rates, widths and vocabularies, the
# signal at $L = 3$, or layer 1 below layers that stay random, where sharing should never gain.
