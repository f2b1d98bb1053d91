# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Why sharing saves data
#
# **Why do blanks at two levels cost a CNN less than an LCN, when those of one level cost both about the same?**
# {doc}`The page on levels <levels>` measures this, and finds that the saving comes with the shared weights of layer 1. Here
# four explanations are put to experiments that could kill them.
#
# **What we find.** The locations of a shared layer pull its weights in the same direction, but only after the layers above
# have learnt something: at the first step sharing gains nothing. And the price is not that of any single layer. Given the other
# layers exactly, each layer needs far fewer data than both together.
#
# | explanation | what would kill it | outcome |
# |---|---|---|
# | A shared layer 1 adds up the signals of its locations, so that its price is not paid for each of them. | Its gradient shows no more signal for its noise than that of a layer with as many weights as places. | Not at the first step; from the first epochs on it holds, but the gain is smaller than the number of locations. |
# | The whole saving comes through layer 1. | A network that shares layer 2 only saves as well. | It survives for the displacements: sharing layer 2 alone changes nothing. |
# | Once layer 1 is right, layer 2 pays for the blanks of level 2 by itself, and that is what level 2 costs. | Layer 2 with layer 1 given exactly costs much less than what level 2 adds. | Killed. |
# | The price is that of layer 1, which pays for both levels. | Layer 1 with the layers above given exactly costs much less. | Killed for the CNN, where it does not pay for level 2 at all. |

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
from srhm.measure.pooling import pooling
from srhm.model import choose_device
from srhm.networks import TAUGHT, Fleet
from srhm.notebook import load_study

where = choose_device(device)
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
whole = sample_complexity(levels).query("L == 2")
parts = sample_complexity(alone)
known = pd.concat([whole, parts]).query("status == 'reached'")
v = 6 if (parts.v == 6).any() else int(parts.v.min())
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
table.style.set_uuid("alone").format(precision=0, na_rep="").hide(axis="index")

# %% [markdown]
# $P^*$ at $L = 2$, $s_0 = 2$ at the levels named, mean over seeds. As a power of $s_0+1$, against no blanks:

# %% tags=["nbval-check-output", "hide-input"]
print(f"v = {v}, s0 = {s0}")
for name in list(table)[1:]:
    base, *others = table[name]
    powers = [
        f"{levels_named} {log(P / base) / log(s0 + 1):.2f}"
        for levels_named, P in zip(table["blanks at levels"][1:], others, strict=True)
        if P / base > 0
    ]
    print(f"{name}: " + (", ".join(powers) if powers else "not computed yet"))
both = table.iloc[-1]
for name in ("LCN", "CNN"):
    share = (both[f"layer 1 alone, {name}"] + both["layer 2 alone"]) / both[name]
    if share == share:
        print(f"with blanks at both levels, the two layers alone need {share:.0%} of the data of the {name}")

# %% tags=["nbval-check-output", "remove-input"]
source_alone

# %% [markdown]
# ## Along training
#
# Training is deterministic: a run that stops after so many epochs *is* the network of a longer run at that moment. $D_{k,\ell}$
# and $S_{k,\ell}$ tell how much layer $k$ still sees of displacements and of synonyms exchanged at level $\ell$. *Shared-10*
# shares the weights of layer 1 only, *Shared-01* those of layer 2 only.

# %% mystnb={"figure": {"name": "fig-along", "caption": "Test error and sensitivities against the epochs trained, with as many data for each network; mean over seeds, bands span them. Flat ends: training is over."}, "image": {"alt": "Falling curves in two columns, for L = 2 and L = 3. The displacement sensitivities of the CNN fall first. At L = 3 the network with a shared first layer follows the CNN in layer 1, and the one with a shared second layer lies on the LCN."}}
course = course[course.groupby("L").P.transform("max") == course.P]
seeds = course.groupby(["L", "architecture", "max_epochs"]).P.transform("size")
course = course[seeds == seeds.groupby(course.L).transform("max")]  # states that all seeds have
names = {"test_error": "test error", "D_1_1": "$D_{1,1}$", "D_2_2": "$D_{2,2}$", "S_2_1": "$S_{2,1}$"}
_ = figures.along_training(course, names)

# %% [markdown]
# How many epochs it takes until the mean over seeds is below a quarter:

# %% tags=["nbval-check-output", "hide-input"]
for (L, architecture), group in course.groupby(["L", "architecture"]):
    means = group.groupby("max_epochs")[list(names)].mean()
    first = {name: next((n for n, x in means[name].items() if x < 0.25), None) for name in names}
    said = ", ".join(f"{name} {n if n else 'not yet'}" for name, n in first.items())
    print(f"L = {L}, {architecture}: {said}")

# %% tags=["nbval-check-output", "remove-input"]
source_course

# %% [markdown]
# Displacements are forgotten sooner where layer 1 is shared, in layer 1 and in the layer above it, which sees fewer blanks then.
# At $L = 3$ the network that shares its second layer only behaves as the LCN in both layers. Layer 1 itself hardly forgets
# synonyms in any of these networks; that is seen one layer above, in $S_{2,1}$.
#
# ## Signal and noise
#
# A CNN of layer 1 can be copied into an LCN that computes the same, with a copy of the weights for each location. The gradient of
# the shared weight is the sum of those of its copies. $P_1$ is the number of fresh data at which the noise of a gradient equals its
# signal, as in {doc}`the first step <theory>`, here with the network's own errors at any moment of training. If the locations
# agree, sharing divides $P_1$ by their number; if they are as good as independent, it changes nothing.

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
        pooling(network, runs[0].task, 8000, seed, where).assign(
            s0=[task.s0] * 2, L=2, seed=seed, epochs=epochs
        )
        for epochs, network in networks.items()
    ]
states = pd.concat(states, ignore_index=True)
first_layer = states[states.layer == 1]

# %% mystnb={"figure": {"name": "fig-gains", "caption": "Layer 1 of a CNN along training with $2 P^*$ data, $L = 2$. Top: how many fresh data have as much noise as signal in its gradient, and how many if each location had weights of its own. Bottom: their ratio; dotted: no gain. Geometric mean over two seeds."}, "image": {"alt": "Two panels against the epochs trained. The gain of sharing is one before training, rises within the first epochs, the higher the more locations there are, and then falls again."}}
_ = figures.sharing_gains(first_layer)

# %% tags=["hide-input"]
gains = first_layer.groupby(["s0", "epochs"])[["gain", "copies"]].mean()
for blanks, group in gains.groupby(level=0):
    best = group.gain.idxmax()
    print(
        f"s0 = {blanks}: {group.copies.iloc[0]:.0f} locations, gain {group.gain.iloc[0]:.2f} before training, "
        f"at most {group.gain.max():.2f}, after {best[1]} epochs"
    )
