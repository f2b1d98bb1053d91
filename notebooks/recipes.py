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
# **Question.** $P^*$ depends on how a network is trained. How were the paper's networks trained, and what does it change?
#
# **Answer.** At a learning rate that falls with the number of classes. It is lower than our {term}`usual rate` in most settings, and
# then $P^*$ is larger, most of all at $L = 3$. For the {term}`CNN` at $L = 2$ with few {term}`blanks <blank>` it is about as high as ours
# or higher, and $P^*$ about the same or smaller. The powers of $P^*$ change with it.
#
# The authors' code whitens the inputs of the {term}`LCN` and gives it biases. The CNN had zeros at blanks, it seems. Of {glue:text}`scaling.ipynb::near_all:d` settings that we trained in both ways,
# {glue:text}`scaling.ipynb::near_authors:d` have a $P^*$ within a factor of 1.3 of the paper's by the authors' recipe, and
# {glue:text}`scaling.ipynb::near_usual:d` at our usual rate ({doc}`scaling`). The program that trained the CNN at $L = 2$ with blanks is not
# public. There a rate lower than the public one would bring our $P^*$ nearer to the paper's points at $v \geq 6$, but not at $v$ = 3
# and 4; whether it was lower is open.
# $P^*$ grows with a larger power of $m$ than at a constant rate, and the power of $s_0+1$
# changes too.
#
# The authors' code is public
# ([github.com/UmbertoTomasini/sparse_hierarchy_model](https://github.com/UmbertoTomasini/sparse_hierarchy_model), commit
# 3a964f5). It does not say which of its settings drew which figure. So we train by every candidate and compare each with the
# paper's curves. No candidate is fitted, and all are shown. Only the lower rates of the CNN at $L = 2$ were
# chosen after a look at $P^*$.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from math import inf, isnan, nan

import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from myst_nb import glue

from srhm import figures, sample_complexity, train
from srhm.analysis import crossing, crossings, fit_exponents, sparsity_law
from srhm.figures import Table
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import load_study, show, size_or_limit, with_interval
from srhm.papers.sparse2024 import digitised, maximal
from srhm.papers.sparse2024.fingerprints import by_recipe, distances
from srhm.papers.sparse2024.recipes import RATES, USUAL_RATE, authors_inputs, authors_rate, rate_per_datum
from srhm.papers.sparse2024.scorecard import score_curves, score_points
from srhm.runs import Run, Store

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
# The rate for each datum, ours and theirs. It falls as $1/n_c$ when $v$ grows, but for the CNN at $s = 3$ and $s_0$ up to 2, where the
# rate over the width is higher at $v = 6$ than at 4:

# %% tags=["nbval-check-output", "hide-input"]
rows = []
BLANKS = {"LCN": (0, 1, 4), "CNN": (0, 1, 2, 4, 6)}  # with those between, every rate
for s, L, vs in ((2, 2, (4, 6, 8, 10)), (2, 3, (4, 6, 8, 10)), (3, 2, (4, 6))):
    for architecture, s0 in ((name, s0) for name, s0s in BLANKS.items() for s0 in s0s):
        tasks = [maximal(v, s, L, s0) for v in vs]
        found = {f"v = {task.v}": rate_per_datum(RATES[0], architecture, task) for task in tasks}
        rates = dict.fromkeys(f"{authors_rate(architecture, task):g}" for task in tasks)
        rate = {"rate / width": ", then ".join(rates)}
        rows.append({"network": architecture, "s": s, "L": L, "s0": s0} | rate | found)
ours = rate_per_datum(RATES[1], "LCN", maximal(4, 2, 2, 0))
rows.append({"network": "ours, the usual rate"} | {f"v = {v}": ours for v in (4, 6, 8, 10)})
forms = {f"v = {v}": ".5f" for v in (4, 6, 8, 10)}
Table(rows, "Learning rate for each datum of a batch, by v", forms)

# %% [markdown]
# ## Which recipe is nearest to the paper's curves?
#
# Test error and sensitivities at three sizes of the paper's own grid about $P^*$, at $v = 8$, $L = 2$, $s_0 = 0, 1, 2$:
# the mean distance of each recipe from the paper's points.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-fingerprints", "caption": "Mean absolute distance of our test error and sensitivities (by layer) from those of paper's Figs. 12 and 15, for each way to train, at $v = 8$, $L = 2$ and $s_0 = 0, 1, 2$. One seed."}, "image": {"alt": "Two panels, one for the LCN and one for the CNN, with a row for each recipe and a mark for the test error and each layer: no recipe is nearest in all of them."}}
prints, prints_source = load_study("fingerprints", profile, device, results)
measured = distances(prints)
show(figures.fingerprints(measured), prints_source)

# %% tags=["nbval-check-output", "remove-input"]
prints_source

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (name, architecture, s0), group in measured.groupby(["figure", "architecture", "s0"]):
    for (rate, blanks), of_recipe in group.groupby(["rate", "blanks"]):
        by_place = of_recipe.groupby("where").distance.mean()
        whole = of_recipe.groupby("column").distance.mean().mean()
        rows.append(
            {"paper's figure": name, "network": architecture, "s0": s0, "rate": rate, "blanks": blanks}
            | dict(by_place)
            | {"all": whole}
        )
places = {name: ".3f" for name in [*measured["where"].unique(), "all"]}
Table(rows, "Mean absolute distance from the paper's points, by way to train", places)

# %% [markdown]
# No recipe is nearest everywhere. Without blanks ($s_0 = 0$) the usual rate is nearest, and the LCN by the authors' recipe is
# farthest. At $s_0 = 1$, by little, and at $s_0 = 2$ the first layer of the LCN, which sees the inputs directly, agrees best
# with the authors' rate, whitened inputs and biases. For the CNN at $s_0 = 2$ the whitened recipes are far from the paper, in
# the test error and in every layer but the output. Those with zeros are near, which agrees with the note in the authors'
# notebook. At $s_0 = 1$ the CNN's first layer, too, agrees best with whitened inputs, but its test error does not. Biases alone
# change the CNN little.
#
# ## The sample complexity
#
# $P^*$ by each recipe, at the settings of paper's Figs. 4B and 4C where we have it, over the paper's. The paper's is a point of a
# grid whose steps are factors of 1.46 to 1.7, so that half a step, 1.2 to 1.3, is left open.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-recipe-ratios", "caption": "$P^*$ over the paper's, by way to train: a dot for each setting of the paper's Figs. 4B and 4C that was trained so, coloured by $s_0$. Shaded: within a factor of 1.3 and of 1.5."}, "image": {"alt": "Rows of dots about one, a row for each network and way to train; most dots lie between a half and one."}}
recipes, recipes_source = load_study("recipes", profile, device, results)
scaling, scaling_source = load_study("scaling", profile, device, results)
usual, usual_source = load_study("usual_rate", profile, device, results)
runs = pd.concat([recipes, scaling, usual])
runs = runs[~runs.index.duplicated() & (runs.width == runs.width.mode()[0])]
named = by_recipe(runs)
parts = [
    score_points(group).query("quantity == 'P_star'").dropna(subset="ratio").assign(rate=rate, blanks=blanks)
    for (rate, blanks), group in named.groupby(["rate", "blanks"])
]
compared = pd.concat(parts).drop_duplicates([*digitised.TASK, "rate", "blanks"])  # batches of 32 and of 128
show(figures.ratios_by_recipe(compared), recipes_source, scaling_source, usual_source)

# %% tags=["nbval-check-output", "remove-input"]
recipes_source

# %% tags=["nbval-check-output", "remove-input"]
scaling_source

# %% tags=["nbval-check-output", "remove-input"]
usual_source

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for (architecture, rate, blanks), group in compared.groupby(["architecture", "rate", "blanks"]):
    within = {f"within {factor}": group.ratio.between(1 / factor, factor).sum() for factor in (1.3, 1.5)}
    rows.append(
        {"network": architecture, "rate": rate, "blanks": blanks}
        | {"settings": len(group), "median ratio": group.ratio.median()}
        | within
    )
Table(rows, "P* over the paper's: median, and how many settings lie within a factor of 1.3 and of 1.5")

# %% [markdown]
# For the LCN the authors' rate brings $P^*$ near the paper's, with whitened inputs and with zeros alike. For the CNN it does so
# with zeros. The rows have different settings. Some $P^*$ have more sizes about them here than in {doc}`scaling`, and differ a
# little.

# %% [markdown]
# ## The authors' recipe
#
# From here on *the authors' recipe* is their rate for each datum, with whitened inputs and biases for the LCN and the FCN, as
# in their code; and for the CNN with zeros, which the note and the curves at $s_0 = 2$ suggest, and no biases, which would make no
# visible difference. We train 256 channels. A batch holds 128 random data, at the authors' rate for each datum. Where this needs a
# learning rate above 0.1, the authors' largest, it holds 4 data for each class, as theirs. The profile `laptop` of the paper's
# figures is trained so; the profile `paper` in the same way with 512 channels. Pages that show our usual rate say so.

# %% tags=["nbval-check-output", "hide-input"]
Table(
    [
        {"network": architecture, "rate": RATES[0], "inputs": authors_inputs(architecture)}
        for architecture in ("LCN", "CNN", "FCN")
    ],
    "The authors' recipe, as we train by it",
)

# %% [markdown]
# Does the batch matter? $P^*$ in batches of 128 over that in batches of the authors' size, at the same rate for each datum
# and on the same data:

# %% tags=["nbval-check-output", "hide-input"]
batches, batches_source = load_study("batches", profile, device, results)
found = sample_complexity(batches).query("status == 'reached'")
rows = []
for (architecture, L, v, s0), group in found.groupby(["architecture", "L", "v", "s0"]):
    if len(group) == 2:
        theirs, large = (row for _, row in group.sort_values("batch_size").iterrows())
        rows.append(
            {"network": architecture, "L": L, "v": v, "s0": s0, "learning rate at 128": large.lr}
            | {"authors' batch": theirs.batch_size, "P* at 128": large.P_star}
            | {"P* over that at the authors' batch": large.P_star / theirs.P_star}
        )
Table(rows, "P* in batches of 128 and in batches of the authors' size", {"P* at 128": ",.0f"})

# %% tags=["nbval-check-output", "remove-input"]
batches_source

# %% [markdown]
# Batches of 128 need at most a tenth more data, with no trend in the rate. That holds at larger learning rates, too, than those
# at which we use them.

# %% [markdown]
# Does the width matter? At our usual rate it does not ({doc}`robustness`). Here is $P^*$ by the authors' recipe with 128 and
# with 512 channels over that with 256, on the same rules and data, as the geometric mean over seeds.

# %% tags=["nbval-check-output", "hide-input"]
widths, widths_source = load_study("widths", profile, device, results)
setting = ["architecture", "L", "v", "s0"]
stars = (
    crossings(widths)
    .query("0 < P_star < @inf")
    .pivot_table(index=[*setting, "task_seed"], columns="width", values="P_star")
)
compared_to = sorted(stars.columns)[len(stars.columns) // 2]
ratios = stars.drop(columns=compared_to).div(stars[compared_to], axis=0)
rows = []
for key, group in ratios.groupby(setting):
    row = dict(zip(["network", *setting[1:]], key, strict=True))
    for width in group:
        logs = np.log(group[width].dropna())
        if len(logs):
            span = (logs.min(), logs.max()) if len(logs) > 1 else (nan, nan)
            row[f"{width} channels"] = with_interval(*np.exp([logs.mean(), *span]))
    rows.append(row)
rows = [row for row in rows if len(row) > len(setting)]
caption = f"P* over that with {compared_to} channels; in brackets the least and the greatest of several seeds"
Table(rows, caption) if rows else Markdown("No setting is finished yet.")

# %% tags=["nbval-check-output", "remove-input"]
widths_source

# %% [markdown]
# The width changes $P^*$ by at most a quarter in any seed, and mostly by less than a tenth. There is no
# trend: the LCN at $L = 3$ needs more data with 128 channels and with 512 than with 256.
#
# ## Whole curves
#
# Which recipe is nearer to the paper's whole curves? Here is the mean distance of our test errors and sensitivities from the
# paper's, over the sizes that both have. The comparison favours the usual rate: its curves are means over more seeds, which
# are smoother. Curves that are not computed are left empty.

# %% tags=["nbval-check-output", "hide-input"]
curves, curve_sources = {}, []
for way, names in {
    "authors' recipe": ["sample_complexity", "sensitivities"],
    "usual rate": ["usual_curves", "usual_rate"],
}.items():
    loaded = [load_study(name, profile, device, results) for name in names]
    curve_sources += [of_curves for _, of_curves in loaded]
    all_sizes = pd.concat([part for part, _ in loaded])
    scored = score_curves(all_sizes[~all_sizes.index.duplicated()]).query("points > 0")
    curves[way] = scored.groupby(["figure", "architecture", "s0"]).distance.mean()
both = pd.DataFrame(curves).query("figure in ('4A', '12', '15')").reset_index()
both["figure"] = "paper's Fig. " + both.figure
names = {"architecture": "network"}
Table(
    both.rename(columns=names), "Mean distance of our curves from the paper's", dict.fromkeys(curves, ".3f")
)

# %% tags=["nbval-check-output", "remove-input"]
display(*curve_sources)

# %% [markdown]
# The curves do not decide for the authors' recipe. It is nearer to the paper for the LCN with blanks, and farther elsewhere. For
# it speak the authors' code, the first layer of the LCN, and $P^*$.

# %% [markdown]
# ## How $P^*$ depends on the rate
#
# One task, $v = 6$, $L = 2$, $s_0 = 1$, zeros at blanks, 128 channels, at rates that fall by a factor of a hundred. At the same
# rate for each datum, batches of 128 have four times the learning rate of batches of 32.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-falling-rates", "caption": "$P^*$ against the learning rate for each datum at $v = 6$, $L = 2$, $s_0 = 1$; geometric mean over up to three seeds, bars span the seeds. Shaded: half a step of the paper's grid about its point."}, "image": {"alt": "A curve for each network and batch, which rises towards small learning rates and levels off."}}
falling, falling_source = load_study("rate_limit", profile, device, results)
at_task = digitised.sample_complexities().query(
    "quantity == 'P_star' and s == 2 and L == 2 and v == 6 and s0 == 1 and sparsity == 'A'"
)
found = sample_complexity(falling)
show(figures.falling_rates(found, at_task), falling_source)

# %% tags=["nbval-check-output", "remove-input"]
falling_source

# %% tags=["nbval-check-output", "hide-input"]
rows = [
    {
        "network": row.architecture,
        "batch": row.batch_size,
        "rate for each datum": f"{row.lr / row.batch_size:.6f}",
        "P*": size_or_limit(row),
    }
    for row in found.sort_values(
        ["architecture", "batch_size", "lr"], ascending=[True, True, False]
    ).itertuples()
]
Table(rows, "P* and, in brackets, the span of the seeds, by learning rate")

# %% [markdown]
# As the rate falls, $P^*$ rises more and more slowly, as if towards a limit. The size of the batch makes hardly a difference.
#
# ## A lower rate for the CNN at $L = 2$
#
# The public code has a rate for the CNN at $L = 2$ with blanks, ten times that at $L = 3$. But the program that trained this CNN for
# the paper's Fig. 4C is not public. So we do not know its batch, nor the rate for each datum. Was it lower? First we trained at a
# fourth and a tenth of the public rate where our $P^*$ was farthest from the paper's; then at a fourth at all these
# settings. These are first seeds, with the same rules and data at every rate.

# %% tags=["hide-input"]
quarter, quarter_source = load_study("quarter_rates", profile, device, results)
low, low_source = load_study("low_rates", profile, device, results)
far_rates, far_source = load_study("far_rates", profile, device, results)
place = ["architecture", "L", "v", "s0"]
theirs = digitised.sample_complexities().query("figure in ('4B', '4C') and quantity == 'P_star'")
theirs = theirs.set_index(place).value
slow = pd.concat([scaling, quarter, low, far_rates])
found = crossings(slow[~slow.index.duplicated()])
found = found[(found.P_star > 0) & (found.P_star < inf)]
public = [
    rate_per_datum(RATES[0], row.architecture, maximal(row.v, 2, row.L, row.s0)) for row in found.itertuples()
]
found = found.assign(part=public * found.batch_size / found.lr)  # of the public rate: 1, 1/4, 1/10
found = found[np.isclose(found.part, found.part.round())].astype({"part": int})
geometric = found[found.part == 1].groupby(place).P_star.agg(lambda each: np.exp(np.log(each).mean()))
first = found[found.task_seed == 0].pivot_table("P_star", place, "part").reindex(columns=[1, 4, 10])
ratios = pd.DataFrame(
    {
        "public rate": geometric / theirs,
        "change at a fourth": first[4] / first[1],
        "a fourth": geometric / theirs * first[4] / first[1],
        "a tenth": geometric / theirs * first[10] / first[1],
    }
)
ratios = ratios.dropna(subset=["a fourth"]).rename_axis(place).reset_index()
older = "architecture == 'CNN' and L == 2 and s0 > 0"
of_the_cnn = ratios.query(older)[["v", "s0", "public rate", "change at a fourth", "a fourth", "a tenth"]]
near = of_the_cnn.assign(
    **{name: np.log(of_the_cnn[name]).abs() <= np.log(1.3) for name in ("public rate", "a fourth")}
)
large, small = near[near.v >= 6], near[near.v < 6]
paired = found.query(older)[lambda row: (row.part == 4) & (row.task_seed == 0)]
paired = paired.merge(first[1].rename("public"), on=place).dropna(subset="public")
paired = paired.assign(P_star=paired.n_c * paired.P_star / paired.public)
change = fit_exponents(paired, sparsity_law) if len(paired) else paired
told = with_interval(*change.loc["s0+1"], "+.2f") if "s0+1" in change.index else "(not computed)"
glue("low_rate_blanks", told, display=False)
for size, rows in (("large", large), ("small", small)):
    glue(f"low_rate_all_{size}", len(rows), display=False)
    glue(f"low_rate_public_{size}", int(rows["public rate"].sum()), display=False)
    glue(f"low_rate_fourth_{size}", int(rows["a fourth"].sum()), display=False)
Table(
    of_the_cnn,
    "P* of the CNN at L = 2 over the paper's, at the public rate and at parts of it; and by how much P* changes",
)

# %% [markdown]
# The ratio at the public rate is that of the mean over our seeds. At a fourth and a tenth it is multiplied by the change of the
# first seed's $P^*$, as if the rate changed the others alike. At $v \ge 8$ there is one seed.

# %% tags=["nbval-check-output", "remove-input"]
display(quarter_source, low_source, far_source)

# %% [markdown]
# The paper's points lie on coarse grids. At $v = 8$ its whole curves are known (its Fig. 15), and we can read $P^*$ between their points,
# as we read ours:

# %% tags=["hide-input"]
curves = digitised.curves().query("figure == '15' and architecture == 'CNN' and column == 'test_error'")
curves = curves[(curves.L == 2) & (curves.s0 > 0)].sort_values("P")
read = {key: crossing(c["P"].tolist(), c.value.tolist(), 0.1) for key, c in curves.groupby(["v", "s0"])}
rows = [
    {"v": v, "s0": s0, "paper's curve": P_star}
    | {
        name: first[part].get(("CNN", 2, v, s0), nan) / P_star
        for name, part in (("public rate", 1), ("a fourth", 4))
    }
    for (v, s0), P_star in read.items()
]
against_curves = pd.DataFrame(rows).dropna()
off = np.log(against_curves[["public rate", "a fourth"]]).abs()
glue("curves_all", len(off), display=False)
glue("curves_public", int((off["public rate"] < off["a fourth"]).sum()), display=False)
Table(against_curves, "P* of the CNN over where the paper's curve falls to 10 %", {"paper's curve": ",.0f"})

# %% [markdown]
# At a fourth of the public rate {glue:text}`low_rate_fourth_large:d` of {glue:text}`low_rate_all_large:d` settings with $v \ge 6$ lie
# within a factor of 1.3 of the paper's $P^*$, and {glue:text}`low_rate_public_large:d` at the public rate. The factor 1.3 is half of the
# widest step of the paper's grids. At $v = 3$ and 4 it is {glue:text}`low_rate_fourth_small:d` and {glue:text}`low_rate_public_small:d` of
# {glue:text}`low_rate_all_small:d`. These counts say little: $P^*$ of our seeds differ by a factor of about two there, as their rules
# do, and the paper's is of one seed. Against the curves at $v = 8$, {glue:text}`curves_public:d` of {glue:text}`curves_all:d` settings are nearer
# at the public rate.
#
# So a lower rate would bring our $P^*$ nearer to the paper's points where it is farthest. So would anything else that raises it by a
# fifth to two fifths, and a tenth of the rate is as near as a fourth. Whether that program had a lower rate stays open. A fourth
# everywhere is a batch of 16 data of each class. A batch of one size, another part at each $v$, we have not tried. Over all these
# settings a fourth changes the power of $s_0 + 1$ by {glue:text}`low_rate_blanks`; the interval is over $v$, with one seed each.
#
# ## The settings beyond a factor of 1.3
#
# These settings of the paper's Figs. 4B and 4C have a $P^*$ by the authors' recipe that is farther than a factor of 1.3 from the paper's.
# Two things may explain it. One is other rules, where the span of our seeds overlaps half a step of the paper's grid about its point. The
# more seeds, the wider is the span. The other is the rate. So we trained the first seed at a fourth of it: as above where the rate
# is not public and, as far as that is computed, also where it is public and rules do not explain the difference.

# %% tags=["hide-input"]
scored = score_points(scaling).query("quantity == 'P_star' and s == 2").dropna(subset="ratio")
far = scored[np.log(scored.ratio).abs() > np.log(1.3)].sort_values(place)
far = far.merge(ratios[[*place, "a fourth"]], "left", on=place)
far["rules"] = (far.seeds > 1) & (far.ours_low <= far.paper_high) & (far.ours_high >= far.paper_low)
far["rate"] = np.log(far["a fourth"]).abs() <= np.log(1.3)
rows = [
    {"network": row.architecture, "L": row.L, "v": row.v, "s0": row.s0}
    | {"ours": with_interval(row.ours, row.ours_low, row.ours_high, ",.0f")}
    | {"paper": with_interval(row.paper, row.paper_low, row.paper_high, ",.0f"), "ratio": row.ratio}
    | {"overlap": row.rules, "at a fourth": at_a_fourth}
    for row, at_a_fourth in zip(far.itertuples(), far["a fourth"], strict=True)
]
glue("far_all", len(scored), display=False)
glue("far", len(far), display=False)
glue("far_rules", int(far.rules.sum()), display=False)
glue("far_rate", int(far.rate.sum()), display=False)
glue("far_tried", int(far["a fourth"].notna().sum()), display=False)
neither = far[~far.rules & ~far.rate]
names = [
    f"{row.architecture} at L = {row.L}, v = {row.v}, s0 = {row.s0}" + " (not computed)" * isnan(at_a_fourth)
    for row, at_a_fourth in zip(neither.itertuples(), neither["a fourth"], strict=True)
]
glue("far_neither", len(neither), display=False)
glue("far_names", "; ".join(names) or "none", display=False)
Table(
    rows,
    "Settings beyond a factor of 1.3: ours with the span of the seeds, the paper's with half a step of its grid, "
    "for the CNN half of the widest; and the ratio at a fourth of the rate",
)

# %% [markdown]
# Of {glue:text}`far_all:d` settings {glue:text}`far:d` are beyond a factor of 1.3. In {glue:text}`far_rules:d` of them the spans overlap, so that
# other rules may be the reason. We trained {glue:text}`far_tried:d` of them at a fourth of the rate, and {glue:text}`far_rate:d` then come
# within a factor of 1.3. Neither holds for {glue:text}`far_neither:d`: {glue:text}`far_names`. Where there is one seed, its rules
# may be unusual.
#
# Where the rate is public, a lower one says how much the rate could explain, and not that the authors had it. Whatever else raises
# $P^*$ as much would explain as much.
#
# ## What the recipe does to the laws
#
# A seed names the rules of a task, the same for every $s_0$ and every recipe. So we divide $P^*$ by that at the usual rate with
# zeros at blanks, task by task, and fit {eq}`eq-fit` to the ratio: by how much a recipe changes the exponents of $s_0 + 1$,
# among tasks with blanks, and of $m$. The effect of the rules cancels.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-recipe-exponents", "caption": "By how much the exponents of $s_0+1$ and of $m$ change from the usual rate with zeros at blanks; same tasks. Intervals: 95 %, over seeds and $v$."}, "image": {"alt": "Dots with intervals about zero, a row for each network and recipe: changes of the exponents of s0 + 1 and of m."}}


def change_of(points):
    """By how much the exponents of P* differ from those of the usual rate on the same tasks and seeds."""
    fit = fit_exponents(points.assign(P_star=points.n_c * points.P_star / points.usual), sparsity_law)
    return fit.loc[fit.index.intersection(["s0+1", "m"])]


keys = ["architecture", "L", "v", "s0", "task_seed"]
usual_runs = named[(named.rate == RATES[1]) & (named.blanks == "zeros") & (named.batch_size == 32)]
base = crossings(usual_runs).set_index(keys).P_star
rows, at_one_rate = [], []
for (architecture, L, rate, blanks), group in named.groupby(["architecture", "L", "rate", "blanks"]):
    each = crossings(group).join(base.rename("usual"), on=keys, how="inner")
    each = each[each.P_star.between(0, inf, "neither") & each.usual.between(0, inf, "neither")]
    each = each[
        (rate == RATES[1]) | ~np.isclose(each.lr / each.batch_size, USUAL_RATE)
    ]  # the same rate there
    if (rate, blanks) == (RATES[1], "zeros") or not len(each):
        continue
    case = f"{architecture}, $L$ = {L}, {rate}, {blanks}"
    for kept, found in ((each, rows), (each[each.s0.isin([0, 1, 2])], at_one_rate)):
        used = f"v = {', '.join(map(str, sorted(kept.v.unique())))}, {len(kept)} tasks and seeds"
        found += [
            {"of": case, "law": f"change of the exponent of {term}", "used": used, **row}
            for term, row in change_of(kept).iterrows()
        ]
changes = pd.DataFrame(rows, columns=["of", "law", "used", "estimate", "low", "high"])
case = f"CNN, $L$ = 2, {RATES[0]}, {authors_inputs('CNN')}"  # the home page quotes it
row = changes[(changes.of == case) & changes.law.str.endswith(" m")].squeeze()
found = with_interval(row.estimate, row.low, row.high, "+.2f") if len(row) and row.ndim == 1 else ""
glue("m_change_CNN", found or "(not computed)", display=False)
show(figures.changes(changes), recipes_source, scaling_source, usual_source)

# %% tags=["nbval-check-output", "remove-input"]
recipes_source

# %% tags=["nbval-check-output", "hide-input"]
Table(
    [
        {
            "network and way to train": row.of.replace("$", ""),
            "exponent of": row.law.removeprefix("change of the exponent of "),
            "change": with_interval(row.estimate, row.low, row.high, "+.2f"),
            "from": row.used,
        }
        for row in changes.itertuples()
    ],
    "Change of the exponents of s0+1 and of m from the usual rate with zeros at blanks",
)

# %% [markdown]
# The authors' rate depends on $s_0$, too: at $s_0 = 4$ and 6 it is 3 to 10 times lower than at 1 and 2. So some of this change is that
# of the rate from one $s_0$ to the next. With $s_0 = 1$ and 2 only, at one rate for each $v$, it is:

# %% tags=["nbval-check-output", "hide-input"]
Table(
    [
        {
            "network and way to train": row["of"].replace("$", ""),
            "change": with_interval(row["estimate"], row["low"], row["high"], "+.2f"),
            "from": row["used"],
        }
        for row in at_one_rate
        if row["law"].endswith("s0+1") and RATES[0] in row["of"]
    ],
    "Change of the exponent of s0+1 by the authors' rate, among tasks with s0 up to 2",
)

# %% [markdown]
# **The power of $m$.** The authors' rate makes it larger, in both networks and at both depths. But in the LCN at $L = 2$ with whitened
# inputs, and in the CNN at $L = 3$ with zeros, the interval includes zero. Their rate falls as $1/n_c$, and here $n_c = m$. Whitened inputs at the usual rate do not have this
# effect. So at the public rates a part of the power of $m$ comes from the rate. At $L = 3$ there are few $v$.
# A low rate may also cost more at larger $v$, apart from its fall as $1/n_c$.
#
# **The power of $s_0+1$.** In the CNN at $L = 2$ with zeros at blanks the authors' rate makes it larger, by what happens at $s_0 = 4$ and
# 6, where the rate is lower. Between $s_0 = 1$ and 2 it makes it somewhat smaller. There the authors' rate is ten times as high at $L = 2$
# as at $L = 3$, so the paper's two depths are not at one rate. Whitening makes the power smaller, at either rate, wherever both
# are measured. In the LCN at $L = 2$ the two cancel: by the authors' recipe, which for the LCN has both, it is hardly changed. Rows without
# an interval rest on one seed somewhere, or on too few $v$.
#
# Whitened inputs can be too much for a large rate: a network dies when no unit of its last hidden layer answers any datum.
# It then learns nothing more, and such a run counts as one that has not learned. At $L = 3$ and $s_0 = 2$ the authors' FCN has
# died in every run so far ({doc}`coincidence`). Other runs stay at the loss of guessing until the
# largest number of epochs, some with zeros at blanks among them ({doc}`scaling`).

# %% tags=["nbval-check-output", "hide-input"]
stored = Store(results).load()  # those too whose search for P* goes on
dead = by_recipe(stored[stored.status == "dead"])
Table(
    [
        dict(zip(["network", "L", "v", "s0", "rate", "blanks"], names, strict=True))
        | {"runs": len(group)}
        | {name: with_interval(*np.quantile(group[name], [0.5, 0, 1]), ",.0f") for name in ("P", "epochs")}
        for names, group in dead.groupby(["architecture", "L", "v", "s0", "rate", "blanks"])
    ],
    "Runs by these recipes that were stopped because no unit of the last hidden layer answered any datum; "
    "P and epochs: median and range",
)

# %% [markdown]
# ## Trained now
#
# One small network by two recipes, on the same data.

# %%
where = choose_device(device)
small = dict(architecture="LCN", v=4, n_c=4, m=4, s=2, L=2, s0=1, P=1000, width=64, n_test=2000)
rows = []
for name, way in {"zeros": {}, "whitened, biases": {"inputs": "whitened", "bias": True}}.items():
    run = Run(**small, **way)
    (trained,) = train([run], where)
    error = error_rate(trained, run.test_set(where))
    rows.append({"inputs": name, "epochs": trained.epochs, "test error": error})
Table(rows, "One small LCN by two recipes, on the same data", {"test error": ".3f"})

# %% [markdown]
# **What this shows**: $P^*$ and its powers depend on the learning rate and on the inputs. So two experiments can be compared
# only if both use the same recipe.
#
# **What this does not show**: the composition of their batches, 4 data of each class that stay together, and their
# choice of the best test error, which we left out; the older pipeline of the CNN at $L = 2$.
