# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Do the three sample complexities coincide?
#
# **Question.** Does a network learn the task at the same training-set size at which it becomes insensitive to {term}`synonyms`
# and to {term}`displacements <displacement>`? Let $P^*_S$ and $P^*_D$ be the sizes at which $S_2$ and $D_2$,
# {eq}`eq-sensitivities`, fall below a threshold.
#
# **The paper's claim** (its Eq. 8) {cite}`tomasini2024sparse`:
#
# $$
# P^*_S \approx P^*_D \approx P^*
# $$ (eq-coincidence)
#
# for networks with and without shared weights, even for fully connected ones.
#
# **What we find**, by the {doc}`authors' recipe <recipes>`: $P^*_S / P^*$ is {glue:text}`ratio_S_LCN` for the {term}`LCN` and
# {glue:text}`ratio_S_CNN` for the {term}`CNN`, $P^*_D / P^*$ is {glue:text}`ratio_D_LCN` and {glue:text}`ratio_D_CNN`. These
# are geometric means over settings, with the least and the greatest of a setting in brackets. The CNN's least $P^*_S / P^*$ is at
# small $v$ with blanks, where the threshold tells nothing ([below](#where-we-differ-from-the-paper)). The authors' {term}`FCN` is an
# exception: at $v = 4$ with blanks it learns the task, but its layer 2 stays sensitive to synonyms, while its output becomes
# insensitive.
# In the paper's Fig. 16 $S_2$ of the FCN does cross its threshold, so its networks may have been trained otherwise.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

import pandas as pd
from IPython.display import Markdown, display
from myst_nb import glue

from srhm import figures, sample_complexity, sensitivities, train
from srhm.figures import Table
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study, load_ways, show, size_or_limit, with_interval
from srhm.papers.sparse2024 import digitised, maximal, quantities
from srhm.papers.sparse2024.scorecard import (
    VERDICTS,
    our_sample_complexities,
    score_coincidence,
    score_points,
)
from srhm.runs import PAIRS, Run

# %%
table, source = load_study("scaling", profile, device, results)

# %% tags=["hide-input"]
theirs = digitised.sample_complexities()
points = our_sample_complexities(table)


def draw(points, architecture, s):
    mine, of_paper = (t[(t.architecture == architecture) & (t.s == s)] for t in (points, theirs))
    return figures.coincidence(mine, of_paper, f"{architecture}, $s$ = {s}")


# %% [markdown]
# The thresholds are the paper's. They differ by network, $s$ and depth, because so do the values that the sensitivities reach with
# many data.

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for architecture, s, L in [(a, s, L) for a in ("LCN", "CNN", "FCN") for s in (2, 3) for L in (2, 3)]:
    if (architecture, s) != ("FCN", 3):
        read = {q.column: f"{q.threshold:.0%}" for q in quantities(architecture, s, L)}
        rows.append({"network": architecture, "s": s, "L": L, "S_2": read["S_2_1"], "D_2": read["D_2_1"]})
Table(rows, "Thresholds of the sensitivities of layer 2, by network and task")

# %% [markdown]
# ## Locally connected

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-lcn", "caption": "LCN at $s = 2$ by the authors' recipe: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 6."}, "image": {"alt": "Two panels of points along the diagonal: P* of the LCN against P*_S and against P*_D."}}
show(draw(points, "LCN", 2), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Convolutional

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-cnn", "caption": "CNN at $s = 2$ by the authors' recipe: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 14, left."}, "image": {"alt": "Two panels of points along the diagonal: P* of the CNN against P*_S and against P*_D; P*_D is the smaller."}}
show(draw(points, "CNN", 2), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Fully connected
#
# An {term}`FCN` has no patches and shares no weights. The paper has no law for it, and reads it at the thresholds of the LCN. The
# figure is at our usual rate, with as many units in every layer. The authors' FCN, the *TaperedFCN* of the package, has fewer units
# in each further layer. The table has both, as far as their searches are finished.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-fcn", "caption": "FCN at $s = 2$ and our usual rate: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 16, whose points have not been digitised."}, "image": {"alt": "Two panels of points near the diagonal: P* of fully connected networks against P*_S and against P*_D."}}
connected, connected_source = load_study("usual_fully_connected", profile, device, results)
tapered, tapered_source = load_study("fully_connected", profile, device, results)
fcn = our_sample_complexities(connected)
show(draw(fcn, "FCN", 2), connected_source)

# %% tags=["nbval-check-output", "remove-input"]
connected_source

# %% tags=["nbval-check-output", "remove-input"]
tapered_source

# %% tags=["nbval-check-output", "hide-input"]
names = {"P_star": "P*", "P_star_S": "P*_S", "P_star_D": "P*_D"}
setting = ["architecture", "L", "v", "s0"]
statuses = pd.concat([connected, tapered]).groupby(setting).status
rows = []
for part in (fcn, our_sample_complexities(tapered)):
    for values, group in part.groupby(setting):
        found = {names[row.quantity]: size_or_limit(row) for row in group.itertuples()}
        ends = statuses.get_group(values)
        if (ends == "dead").all():
            found = {"P*": f"all {len(ends)} runs dead"}
        rows.append(dict(zip(["network", "L", "v", "s0"], values, strict=True)) | found)
caption = "Fully connected networks, ours at the usual rate, the authors' by their recipe; in brackets the span of the seeds"
Table(rows, caption)

# %% [markdown]
# At $L = 2$ the authors' FCN learns these tasks, and becomes insensitive to displacements. But at $v = 4$ with blanks its $S_2$
# hardly moves. In the first seed it stays above the threshold of 30 % up to the sizes below, where the test error has long
# vanished. The output does become insensitive to synonyms. In the other seeds and settings $P^*_S$ has not been searched for beyond the sizes
# that $P^*$ asks for; the table above then says up to where.
#
# A run is *dead* when no unit of the last hidden layer answers any datum: its output is the same for all data, and stays so. Where
# all runs of a setting are dead, the recipe does not train this network as we use it: in batches of 128, with
# {glue:text}`recipes.ipynb::fcn_faster_low:.0f` to {glue:text}`recipes.ipynb::fcn_faster_high:.0f` times the authors' learning rate in
# their smaller batches. Theirs we have not tried here.

# %% tags=["nbval-check-output", "hide-input"]
first = tapered.query("task_seed == 0 and v == 4 and s0 > 0 and L == 2")
most = first.loc[first.groupby("s0").P.idxmax()].rename(
    columns={"architecture": "network", "test_error": "test error", "S_2_1": "S_2", "S_out_1": "S_out"}
)
Table(
    most[["network", "v", "s0", "P", "test error", "S_2", "S_out"]],
    "The first seed at its largest number of data",
)

# %% [markdown]
# ## Three features to a rule
#
# At our usual rate.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-lcn-3", "caption": "LCN at $s = 3$ and our usual rate: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 11; its axis labels and its caption disagree."}, "image": {"alt": "Two panels of points along the diagonal: P* of the LCN at s = 3 against P*_S and against P*_D."}}
triples, triples_source = load_study("usual_triples", profile, device, results)
three = our_sample_complexities(triples)
show(draw(three, "LCN", 3), triples_source)

# %% tags=["nbval-check-output", "remove-input"]
triples_source

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coincidence-cnn-3", "caption": "CNN at $s = 3$ and our usual rate: $P^*$ against $P^*_S$ (left) and $P^*_D$ (right), a point for each task. The paper's Fig. 14, right, which has not been digitised."}, "image": {"alt": "Two panels of points along the diagonal: P* of the CNN at s = 3 against P*_S and against P*_D."}}
show(draw(three, "CNN", 3), triples_source)

# %% tags=["nbval-check-output", "remove-input"]
triples_source

# %% [markdown]
# ## In numbers
#
# The two ratios by either way to train, of all stored runs of the paper's figures: geometric mean over settings, with the least
# and the greatest of a setting. A setting counts if all its seeds have both sizes. Some seeds have been searched for $P^*$ only,
# and their settings may be missing here.

# %% tags=["nbval-check-output", "hide-input"]
_, ways = load_ways(profile, results)
quoted = dict.fromkeys(
    [f"{letter}_{network}" for letter in "SD" for network in ("LCN", "CNN")], "(not computed)"
)
rows = []
for way, (runs, _) in ways.items():
    for row in score_coincidence(runs).dropna(subset="ours").itertuples():
        ours = with_interval(row.ours, row.ours_low, row.ours_high)
        theirs_too = with_interval(row.paper, row.paper_low, row.paper_high)
        rows.append(
            {"way to train": way, "network and task": row.of, "ratio": row.law.replace("P_star", "P*")}
            | {"ours": ours, "paper's points": theirs_too}
        )
        name = f"{row.law[7]}_{row.of[:3]}"
        if way == "authors' recipe" and row.of.endswith("s = 2") and name in quoted:
            quoted[name] = ours
for name, ratio in quoted.items():
    glue(f"ratio_{name}", ratio, display=False)
# Where the threshold tells nothing, see below.
mute = (table.architecture == "CNN") & (table.L == 2) & (table.v == 4) & table.s0.isin([4, 6])
told = score_coincidence(table[~mute]).set_index(["of", "law"]).loc[("CNN, s = 2", "P_star_S / P_star")]
told = with_interval(told.ours, told.ours_low, told.ours_high)
glue("ratio_S_CNN_told", told or "(not computed)", display=False)
Table(rows, "P*_S and P*_D over P*: geometric mean over settings, in brackets the least and the greatest")

# %% tags=["nbval-check-output", "remove-input"]
display(*(origin for _, origin in ways.values()))

# %% [markdown]
# ## Where we differ from the paper
#
# The settings where $P^*_S$ or $P^*_D$ by the authors' recipe differs from the paper's by more than a factor of 2, read at
# thresholds 5 percentage points higher and lower as well. Empty: some seed does not cross there.

# %% tags=["nbval-check-output", "hide-input"]
scored = score_points(table).query("quantity != 'P_star'")
shifts = {"5 points higher": 0.05, "at the threshold": 0, "5 points lower": -0.05}
rows = []
for row in scored[scored.verdict == VERDICTS[-1]].itertuples():
    (read,) = (q for q in quantities(row.architecture, row.s, row.L) if q.name == row.quantity)
    here = [getattr(row, name) for name in digitised.TASK]
    group = table[(table[digitised.TASK] == here).all(axis=1)]
    found = {name: sample_complexity(group, read.threshold + x, read.column) for name, x in shifts.items()}
    rows.append(
        {"network": row.architecture, "s": row.s, "L": row.L, "v": row.v, "s0": row.s0}
        | {"of": row.quantity.replace("P_star", "P*"), "paper": row.paper}
        | {name: P.P_star[0] if P.status[0] == "reached" else None for name, P in found.items()}
    )
sizes = dict.fromkeys(["paper", *shifts], ",.0f")
caption = "P*_S and P*_D where ours differ from the paper's by more than a factor of 2"
Table(rows, caption, sizes) if rows else Markdown("There are none.")

# %% [markdown]
# At $v = 4$ with $s_0 = 4$ and 6, $S_2$ of a CNN that has learnt nothing yet is already about its threshold. It may cross it with a
# few data, long before the test error falls. At $v = 3$, and at $v = 4$ with $s_0 = 2$, it lies below the threshold from the smallest $P$ on in
# some seed, so that these settings have no $P^*_S$ and are not counted. So $P^*_S$ tells nothing there. The threshold is the paper's, and we keep it, in the
# scorecard too. Without these two settings the CNN's $P^*_S / P^*$ is {glue:text}`ratio_S_CNN_told`.
#
# ## Trained now
#
# A fully connected network with too few data and one with enough.

# %%
where = choose_device(device)
task, way = maximal(v=4, s=2, L=2, s0=1), dict(architecture="FCN", width=64, n_test=2000)
rows = []
for trained in train([Run.of_task(task, P=P, **way) for P in (300, 6000)], where):
    run = trained.run
    seen = sensitivities(trained.observe, run.task, 1000, PAIRS, where)
    error = error_rate(trained, run.test_set(where))
    rows.append({"P": run.P, "test error": error, "S_2": seen["S_2_1"], "D_2": seen["D_2_1"]})
Table(rows, "A fully connected network with too few data and with enough")

# %% [markdown]
# **What this shows**: test error and sensitivities fall within the same range of $P$, but for $S_2$ of two kinds of network:
# of the CNN at $v = 4$ with many blanks, where its threshold tells nothing; and of fully connected ones, the authors' with blanks
# at $v = 4$, and ours without, where some seeds have no $P^*_S$ up to the largest $P$ tried.
#
# **What this does not show**: that one causes another. The thresholds are conventions. A ratio near one means that two curves
# fall together; its exact value depends on where they are cut.
