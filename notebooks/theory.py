# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Theory and the first gradient step
#
# **Where do the powers of $s_0 + 1$ come from?** For the locally connected network the paper argues from one
# gradient step: a weight sees only the few data that have something informative at its place
# {cite}`tomasini2024sparse`. Here that step is taken and its signal and noise are measured, for the LCN and for
# the CNN, whose law the paper leaves unexplained.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from dataclasses import replace

import numpy as np
import pandas as pd

from srhm import figures
from srhm.analysis import crossings
from srhm.analysis.theory import one_step_sample_complexity
from srhm.measure.gradient import one_step, sparsity_exponent
from srhm.model import choose_device
from srhm.notebook import load_study
from srhm.papers.sparse2024 import maximal

# %% [markdown]
# ## Sparser and longer inputs
#
# The prediction for the LCN, $P^* \sim s^{L/2}\,(s_0+1)^L\, n_c\, m^L$, in terms of what one sees of an input, its
# length $d = (s\,(s_0+1))^L$ and its informative fraction $F = (s_0+1)^{-L}$: since $s^L = F d$,
#
# $$
# P^*_{\rm LCN} \sim n_c\, F^{\frac{\log m}{\log s} - \frac12}\; d^{\,\frac{\log m}{\log s} + \frac12} .
# $$ (eq-fixed-length)
#
# At a given length a sparser task needs *fewer* data, because with fewer informative features its hierarchy is
# shallower.

# %% mystnb={"figure": {"name": "fig-fixed-length", "caption": "Predicted sample complexity of the LCN, {eq}`eq-fixed-length`, at $s = 5$, $n_c = v = 10$, $m = v^{s-1}$. White lines: integer $L$, with dots at $s_0 = 0, \\dots, 9$ from the top. Below the first line there is less than one level. The paper's Fig. 5."}, "image": {"alt": "A map over input length and informative fraction, both logarithmic. The colour, the logarithm of the sample complexity, grows towards long and dense inputs, from about 5 to nearly 40. Parallel white lines fall from left to right, one for each depth from 1 to 8."}}
_ = figures.fixed_length_map(v=10, s=5, largest_d=1e6, smallest_F=1e-4)

# %% [markdown]
# ## Signal and noise of the first gradient
#
# Take the gradient $g_P$ of the cross-entropy over $P$ data in the weights of the first layer, at initialisation. Let
# $g_\infty$ be the same over all data. There the logits vanish with growing width, so that the error of a datum is
# $1/n_c$ minus one for its own class: it has mean zero, and $g_\infty$ is nothing but correlation of features with
# the label. $P_1$ is where sampling noise equals it,
#
# $$
# \frac{\mathbb E\,\lVert g_P - g_\infty \rVert^2}{\lVert g_\infty \rVert^2} = \frac{P_1}{P} .
# $$ (eq-first-gradient)
#
# Two independent samples $a$ and $b$ of size $P$ give both without bias: $\langle g_a, g_b \rangle$ estimates the
# denominator, $\lVert g_a - g_b \rVert^2 / 2$ the numerator.
#
# A first-layer weight of an LCN has an informative feature at its position in a fraction $F = (s_0+1)^{-L}$ of the data,
# so Appendix C of the paper counts $P' = P / (s_0+1)^L$ data per weight. For a wide network without ReLU
# this can be made exact, to within one datum. With $p_i(\alpha, a)$ the joint probability of class $\alpha$ and of symbol $a$ as $i$-th informative
# feature, and $p_i(a)$ its sum over classes,
#
# $$
# P_1 = (s_0+1)^L\; \frac{(1 - 1/n_c)\; s^L}{\sum_{i,\,\alpha,\,a} \bigl( p_i(\alpha, a) - p_i(a) / n_c \bigr)^2} ,
# $$ (eq-one-step)
#
# *whether or not weights are shared*. Sharing gives a weight of the CNN more data, but each location that it
# sees sends its correlation through other random weights of the layers above, and so these add up like noise.

# %%
where = choose_device(device)
table, source = load_study("usual_rate", profile, device, results)
measured = [(2, 8, (0, 1, 2, 4, 8)), (3, 3, (0, 1, 2, 3))]
settings = [(L, v, s0s) for L, v, s0s in measured if ((table.L == L) & (table.v == v)).any()]
settings = settings or [(2, table.v.min(), (0, 1, 2))]
small = not ((table.L == 3) & (table.v == 3)).any()
seeds = range(3 if small else 5)
steps = []
for L, v, s0s in settings:
    for s0 in s0s:
        tasks = [replace(maximal(v, 2, L, s0), seed=seed) for seed in seeds]
        predicted = [one_step_sample_complexity(task) for task in tasks]
        largest = min(4 * np.exp(np.mean(np.log(predicted))), 30_000)
        sizes = [round(largest / 2**octave) for octave in range(6, -1, -1)]
        steps += [
            one_step(architecture, task, sizes, 128, seed, where).assign(predicted=P_1)
            for architecture in ("LCN", "CNN")
            for seed, task, P_1 in zip(seeds, tasks, predicted, strict=True)
        ]
steps = pd.concat(steps, ignore_index=True)

# %% mystnb={"figure": {"name": "fig-gradient-noise", "caption": "Noise over signal of the first gradient at $L = 2$, mean over seeds, against the number of data and against $P'$; dotted: as much noise as signal. Networks of width 128, as in the next figure."}, "image": {"alt": "Four panels of straight falling lines, one line for each sparsity. Against P the lines are far apart; against P divided by s0+1 squared they lie close together, that of s0 = 0 below the others. The panels of the LCN and of the CNN look alike."}}
_ = figures.gradient_noise(steps[steps.L == 2])

# %% [markdown]
# ## The law of one step, and that of training
#
# Beside $P_1$ stand the sample complexities $P^*$ of networks trained to the end, where they are computed.

# %%
of_depth = [(table.L == L) & (table.v == v) & (table.s0 <= 2) for L, v, _ in settings]
table = table[np.logical_or.reduce(of_depth)]
trained = crossings(table).rename(columns={"task_seed": "seed"})
reached = trained.P_star.between(0, np.inf, "neither").groupby([trained.architecture, trained.L, trained.s0])
trained = trained[reached.transform("all")]
first = steps.drop_duplicates(["architecture", "L", "s0", "seed"])

# %% mystnb={"figure": {"name": "fig-one-step", "caption": "Filled: $P_1$ of the first gradient. Open: $P^*$ after training. Dashed: {eq}`eq-one-step`, exact without ReLU, of slope $L$. Geometric means over seeds."}, "image": {"alt": "Number of data against s0+1, both logarithmic, for depths 2 and 3. The one-step points of LCN and CNN coincide and run slightly steeper than the dashed line. The trained LCN runs parallel to them, the trained CNN flatter, above all at depth 3."}}
_ = figures.one_step_law(first, trained)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# Exponents of $s_0 + 1$, mean over seeds, with their 95 % bootstrap intervals over seeds:

# %% tags=["nbval-check-output", "hide-input"]
for what, table_of, column in (("one step", first, "P_1"), ("trained", trained, "P_star")):
    for (L, architecture), points in table_of.groupby(["L", "architecture"]):
        for least in (0, 1):
            sparse = points[points.s0 >= least]
            if sparse.s0.nunique() > 1:
                slope, low, high = sparsity_exponent(sparse, column)
                s0s = ", ".join(map(str, sorted(sparse.s0.unique())))
                print(
                    f"L = {L}, {architecture}, {what}: {slope:.1f} ({low:.1f} to {high:.1f}) over s0 = {s0s}"
                )

# %% [markdown]
# **For the LCN the argument of one step holds, nearly**: the power is close to $L$ but larger, most of all when
# $s_0 = 0$ is included, as for the trained LCN at $L = 3$. The excess is the work of the ReLUs, since {eq}`eq-one-step`
# has the power $L$ exactly. $P_1$ in units of {eq}`eq-one-step` for each $s_0$, mean over seeds:

# %% tags=["nbval-check-output", "hide-input"]
ratio = first.assign(ratio=first.P_1 / first.predicted).groupby(["L", "architecture", "s0"]).ratio.mean()
for (L, architecture), of_network in ratio.groupby(level=[0, 1]):
    print(f"L = {L}, {architecture}:", ", ".join(f"{x:.1f} (s0={s0})" for (*_, s0), x in of_network.items()))

# %% [markdown]
# A ReLU lets a gradient pass or not depending on the companions of a feature, so the gradient also knows pairs of
# features. With blanks the companions lie elsewhere in each datum, and this knowledge is averaged away: the ratio
# rises steeply from $s_0 = 0$ to $1$, then ever more slowly. This is our reading of the rise; it is not proved here.
#
# **For the CNN the argument of one step fails.** Its first gradient needs as many data as that of the LCN and follows
# the same law, but the trained CNN grows with a smaller power than the trained LCN, at either depth. Whatever saves
# the CNN its data happens after the first step, once the layers above have stopped being random. The paper's
# $(s_0+1)^2$ for the CNN equals the law of one step at $L = 2$, but only there.
#
# **What this does not show**: what the later steps do, in particular how a CNN comes to gain from its shared weights
# ({doc}`levels` measures what it gains at which level, {doc}`why` how the gain comes about); whether
# $P_1$ and $P^*$ agree in their dependence on $m$ and $n_c$; larger vocabularies at $L = 3$, where the trained points are
# few; and signal and noise of single pairs of features, on which the invariance to synonyms rests, rather than of
# the whole gradient.
