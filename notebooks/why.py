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
# **Question.** Blanks cost a {term}`CNN` less than an {term}`LCN` ({doc}`levels`). Most of the saving comes with the shared weights of
# layer 1. How does it come about?
#
# **What we find.** Once the layers above layer 1 are right, its locations all push the shared weights in the same direction.
# Sharing then divides the data that layer 1 needs by the number of its locations. While the layers above are random, the
# locations push in unrelated directions, and sharing gains nothing. A network learns all layers at once, and so it gains
# something in between: far less than the number of locations.
#
# Networks are trained at our {term}`usual rate`, unless another is named. We put six explanations to experiments that could refute them.
#
# | idea | what would refute it | what happens |
# |---|---|---|
# | Below layers that are right, a shared layer 1 pays once for all its locations. | With the layers above given exactly, sharing does not divide $P^*$ by the number of locations. | It survives: the factors are close to those numbers. |
# | It is the layers above that make the locations agree. | A trained layer 1 keeps the gain below layers that are random again. Or a random layer 1 has none below trained layers. | It survives. The trained layer 1 loses all of the gain, and the random one has all of it. |
# | Sharing saves data only because shared weights take larger steps. | An LCN whose layer 1 takes steps at least as large needs more data than the CNN. | Refuted: with blanks at both levels it still needs {glue:text}`larger_steps` times as many, instead of {glue:text}`equal_rates`. |
# | The whole saving comes through layer 1. | Some network gains from sharing another layer. | Refuted in part, at $L = 3$: sharing layer 2 alone saves next to nothing; on top of a shared layer 1 it saves some more ({doc}`levels`). |
# | Once layer 1 is right, layer 2 pays for the blanks of level 2, and this is all that they cost. | With layer 1 given exactly, layer 2 needs far fewer data than level 2 adds. | Refuted. The power is nearly the same, but the data are far fewer. |
# | Layer 1 alone pays for the blanks of both levels. | With layer 2 given exactly, layer 1 pays another power, or far fewer data. | In the LCN the powers are the same, but the data are a third. In the CNN it is refuted: layer 1 alone does not pay for level 2. |

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from itertools import product
from math import log

import numpy as np
import pandas as pd
from myst_nb import glue

from srhm import SRHM, figures, train
from srhm.analysis import crossings, sample_complexity
from srhm.figures import Table
from srhm.measure.pooling import pooling
from srhm.model import choose_device
from srhm.model.blanks import of_each_level
from srhm.networks import TAUGHT, Fleet
from srhm.notebook import load_study, show, with_interval
from srhm.runs.plan import seeded

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
BLANKS = [(0, 0), (s0, 0), (0, s0), (s0, s0)]  # of levels 1 and 2


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
        for pair in BLANKS
    ]
)
caption = f"P* of both layers and of each by itself, at v = {v}, L = 2 and s0 = {s0} at the levels named"
Table(table, caption, dict.fromkeys(list(table)[1:], ",.0f"))

# %% [markdown]
# All are geometric means over the seeds that all networks have, read from the error on all test data, because a task
# of one level is learnt only when every pair has been seen. ({doc}`levels` reads $P^*$ from new data, so its powers differ a little.)
# The same as powers of $s_0+1$, against no blanks:

# %% tags=["nbval-check-output", "hide-input"]
powers = []
for name in list(table)[1:]:
    base, *others = table[name]
    found = {
        of_levels: log(P / base) / log(s0 + 1) if P / base > 0 else None
        for of_levels, P in zip(table["blanks at levels"][1:], others, strict=True)
    }
    powers.append({"network": name} | found)
Table(powers, "The power of s0+1 that blanks cost, by the levels that have them; from all test data")

# %% tags=["nbval-check-output", "remove-input"]
source_alone

# %% [markdown]
# What sharing saves, then, is the ratio of $P^*$ without and with it:

# %% tags=["nbval-check-output", "hide-input"]
saved = pd.DataFrame(
    {
        "blanks at levels": table["blanks at levels"],
        "locations": [2 * (1 + pair[1]) for pair in BLANKS],
        "both layers": table["LCN"] / table["CNN"],
        "layer 1 alone": table["layer 1 alone, LCN"] / table["layer 1 alone, CNN"],
    }
)
Table(saved, "P* without sharing over P* with it, and the number of locations that share layer 1")

# %% [markdown]
# *Layer 1 below exact layers.* Without sharing it pays for the blanks of both levels, and their factors multiply: each location must
# see each symbol at each place. With sharing it pays for level 1 only, because a patch looks the same wherever it lies. Sharing
# divides $P^*$ by the number of locations.
#
# *The whole networks.* The LCN has the same powers as its layer 1 alone, and needs about three times as many data at every setting. So
# layer 1 explains its law, but not the constant. In the CNN it explains neither: the whole CNN pays for level 2 as well, and saves far
# less than the number of locations. Exact layers above are thus what the CNN lacks.
#
# The layers by themselves are not trained quite like the whole networks: below exact layers the output is a probability of symbols,
# read out by weights of each location, and the learning rate is higher. So small differences between these numbers mean little.
#
# ## Along training
#
# Training is deterministic, so a run that stops after some epochs is the network of a longer run at that time. $D_{k,\ell}$ and
# $S_{k,\ell}$ say how sensitive layer $k$ still is to displacements and to synonyms of level $\ell$. *Shared-10* shares the
# weights of layer 1 only, *Shared-01* those of layer 2 only. All are trained on
# the same data. The CNN's $P^*$ is smaller, so they are a larger multiple of it.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-along", "caption": "Test error and sensitivities against the epochs trained, with as many data for each network; mean over seeds, bands span them. Three seeds at $L = 2$, two at $L = 3$. Flat ends: training is over."}, "image": {"alt": "Falling curves in two columns, for L = 2 and L = 3. The displacement sensitivities of the CNN fall first. At L = 3 the network with a shared first layer follows the CNN in layer 1, and the one with a shared second layer lies on the LCN."}}
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
# ## Larger steps
#
# In a shared layer the gradients of all locations add up. So its weights take larger steps, up to as many times larger as there are
# locations, if all push in the same direction. Do these steps save the data? We give layer 1 a learning rate of its own, and leave
# that of the other layers. In the LCN we multiply it by the number of locations, so that its steps are at least as large as the
# CNN's. In the CNN we divide it by that number, so that they are at most as large as the LCN's. If steps were the reason, this LCN
# would need no more data than the CNN, and this CNN no fewer than the LCN: the ratios in the last two columns would be at most 1.

# %% tags=["nbval-check-output", "hide-input"]
rates, source_rates = load_study("first_layer_rates", profile, device, results)
width = rates.width.iloc[0]
each = crossings(pd.concat([rates, levels[(levels.L == 2) & (levels.v == v) & (levels.width == width)]]))
each = each[each.task_seed.isin(rates.task_seed)]


def by_seed(architecture, blanks, rate):
    """P* of each seed at a learning rate of layer 1, over that of the other layers."""
    task = SRHM(v=v, n_c=v, m=v, s=2, L=2, s0=blanks)
    same = (each.architecture == architecture) & (each.s0 == task.s0)
    return each[same & np.isclose(each.first_layer_rate, rate)].set_index("task_seed").P_star


def mean_of(sizes, form=".2f"):
    """Geometric mean over seeds and, in brackets, their span; empty unless all are known."""
    if not len(sizes) or not np.isfinite(sizes).all():
        return ""
    return with_interval(np.exp(np.log(sizes).mean()), sizes.min(), sizes.max(), form)


rows = []
for pair in BLANKS:
    n = 2 * (1 + pair[1])
    lcn, cnn = (by_seed(name, pair, 1) for name in ("LCN", "CNN"))
    rows.append(
        {
            "blanks at levels": " and ".join(str(l + 1) for l in (0, 1) if pair[l]) or "none",
            "locations": n,
            "equal rates": mean_of(lcn / cnn),
            "LCN with larger steps": mean_of(by_seed("LCN", pair, n) / cnn),
            "CNN with smaller steps": mean_of(lcn / by_seed("CNN", pair, 1 / n)),
        }
    )
for name, column in (("equal_rates", "equal rates"), ("larger_steps", "LCN with larger steps")):
    glue(name, rows[-1][column] or "(not computed)", display=False)
caption = f"P* of the LCN over that of the CNN, v = {v}, L = 2, s0 = {s0} at the levels named; in brackets the span of the seeds"
Table(rows, caption)

# %% [markdown]
# With blanks at level 1, or at both, larger steps help the LCN and smaller ones cost the CNN something, but more than half of the
# excess remains. Without blanks there is next to nothing to explain, and with blanks at level 2 alone too little to decide. With
# blanks at both levels we tried more rates:

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for rate in sorted({1.0, *rates[rates.s0 == s0].first_layer_rate}):
    lcn, cnn, larger = (
        by_seed(name, (s0, s0), one) for name, one in (("LCN", rate), ("CNN", rate), ("LCN", n * rate))
    )
    rows.append(
        {"rate of layer 1": f"{rate:.3g}"}
        | {"P*, LCN": mean_of(lcn, ",.0f"), "P*, CNN": mean_of(cnn, ",.0f"), "LCN / CNN": mean_of(lcn / cnn)}
        | {f"LCN at {n} times the rate / CNN": mean_of(larger / cnn)}
    )
caption = f"P* by the rate of layer 1 over that of the others, s0 = {s0} at both levels; in brackets the span of the seeds"
Table(rows, caption)

# %% tags=["nbval-check-output", "remove-input"]
source_rates

# %% [markdown]
# A larger rate of layer 1 helps both networks alike: at equal rates their ratio hardly changes. And the larger the rate, the less it
# still matters, so that the LCN comes no nearer to the CNN (last column). $P^*$ never rises again, so these steps are not too large.
# Larger steps in all layers lower $P^*$, too ({doc}`recipes`), but sharing layer 1 does not bring them, and they also help both
# networks.
#
# ## Signal and noise
#
# A CNN can be copied into an LCN that computes the same, with weights of its own for each location of layer 1. The gradient of a
# shared weight is the sum of those of its copies. $P_1$ is the number of fresh data at which the noise of a gradient equals its
# signal, as in {doc}`the first step <theory>`, here with the network's own errors at any time of training. If all locations
# agree, sharing divides $P_1$ by their number. If they are independent, it changes nothing. The networks below are trained when
# this page is made.

# %% tags=["hide-input"]
EPOCHS = (1, 2, 4, 8, 12)
AFTER = 2  # epochs, layers are exchanged


def joined(lower, upper):
    """The network of layer 1 of one and all other layers of another."""
    both = lower[[0]]
    both.parameters[1:] = upper.parameters[1:]
    return both


tasks = [SRHM(v=v, n_c=v, m=v, s=2, L=2, s0=blanks) for blanks in (0, (s0, 0), (0, s0), s0, 4)]
states = []
for task in [task for task in tasks if P_star("CNN", 2, task.s0) > 0]:
    P = round(2 * P_star("CNN", 2, task.s0))
    runs = [
        seeded("CNN", task, P, seed, {"width": 128, "max_epochs": epochs})
        for seed, epochs in product(range(2), EPOCHS)
    ]
    trained = {(end.run.task_seed, end.run.max_epochs): end for end in train(runs, where)}
    for seed in range(2):
        networks = {0: Fleet("CNN", task, 128, [seed], where)}
        networks |= {epochs: trained[seed, epochs].network for epochs in EPOCHS}
        first, last = networks[0], networks[AFTER]
        networks |= {
            "trained, below random": joined(last, first),
            "random, below trained": joined(first, last),
        }
        rules = trained[seed, AFTER].run.task
        states += [
            pooling(network, rules, 8000, seed).assign(s0=[task.s0] * 2, L=2, seed=seed, epochs=epochs)
            for epochs, network in networks.items()
        ]
states = pd.concat(states, ignore_index=True)
first_layer = states[states.layer == 1]
along = first_layer[first_layer.epochs.isin([0, *EPOCHS])].astype({"epochs": int})

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-gains", "caption": "Layer 1 of a CNN along training with $2 P^*$ data, $L = 2$. Top: how many fresh data have as much noise as signal in its gradient, and how many if each location had weights of its own. Bottom: their ratio; dotted: no gain. Geometric mean over two seeds."}, "image": {"alt": "Two panels against the epochs trained. The gain of sharing is one before training, rises within the first epochs, the higher the more locations there are; with six locations it falls again later, with ten it does not."}}
show(figures.sharing_gains(along))

# %% [markdown]
# Who makes the locations agree, layer 1 or the layers above? We exchange them after two epochs of training. The trained layer 1 is put
# below the layers that the network began with, and the layer 1 that it began with below the trained layers. Nothing is trained any
# further. *Trained* means trained for two epochs here: layers that have learnt something, but are not yet right.

# %% tags=["hide-input"]
names = {0: "first step", AFTER: f"after {AFTER} epochs"}
shown = first_layer[~first_layer.epochs.isin(set(EPOCHS) - {AFTER})].replace({"epochs": names})
rows = []
for (blanks, locations), group in shown.groupby(["s0", "copies"]):
    gains = {
        name: f"{of_it.min():.1f} to {of_it.max():.1f}"
        for name, of_it in group.gain.groupby(group.epochs, sort=False)
    }
    rows.append({"s0 of levels 1 and 2": str(of_each_level(blanks, 2)), "locations": locations} | gains)
Table(rows, "The gain of sharing in layer 1 of two seeds: of the whole network, and with layers exchanged")

# %% tags=["nbval-check-output", "remove-input"]
source_levels

# %% [markdown]
# At the first step the locations do not agree, because the signal of each passes through other random weights above. So blanks at
# both levels cost the CNN their product at first, as they do the LCN. After two epochs they agree in part. The
# exchange shows why: a trained layer 1 below random layers has no gain left, and a random layer 1 below trained layers has all
# of it, and more than the trained one. In later epochs the gain with six locations falls again, with ten it does not (figure above). We do not
# know why.
#
# The gain grows with the number of locations, so it should save most where level 2 has blanks. In the whole CNN it does not: with
# blanks at level 1 only, it saves no less (table of ratios above). So the gain says when sharing helps, but not how much of
# $P^*$ it saves in the end. The layers above must be learnt first, at a time when sharing does not help yet.
#
# **What this shows**: what layer 1 gains from sharing comes from the layers above it, and only once they have learnt something. The
# larger steps of shared weights are not what saves most of the data.
#
# **What this does not show**: a formula that gives the CNN's power from this gain, or why it saves at level 1. Nor other
# rates of the whole network, other widths and vocabularies, or the signal at $L = 3$.
