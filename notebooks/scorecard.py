# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Scorecard
#
# **How close did it come?** Every point, curve and law of the paper for which its figures could be digitised, beside
# ours. Nothing was fitted to the paper's numbers; where the two part, both are shown.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

import numpy as np
import pandas as pd
from IPython.display import Markdown
from myst_nb import glue

from srhm import SRHM, Store, figures
from srhm.analysis import sample_complexity
from srhm.notebook import Source, describe, load_study
from srhm.papers.sparse2024 import STUDIES, digitised
from srhm.papers.sparse2024.scorecard import NO_CLAIM, OPEN, POINT, RULE, VERDICTS, profile_runs, scorecard
from srhm.runs import PROFILES
from srhm.sweep import sweep

pd.options.display.max_rows = 200
store = Store(results)
scored = profile
if profile == "stored":
    scored = max(PROFILES, key=lambda name: len(store.find(STUDIES["scaling"].runs(name))))
elif profile == "smoke":
    sweep([run for name in ("scaling", "triples") for run in STUDIES[name].runs("smoke")], store, device)
runs = profile_runs(store, scored)
origin = Source(describe(runs), f"srhm sweep all --profile {scored}")
tables = scorecard(runs)
summary, points, laws = tables["summary"], tables["points"], tables["laws"]

# %% [markdown]
# ## The rule
#
# Its limits were set when part of the results was known, and have not been moved since.

# %%
Markdown(f"> {RULE}")

# %% [markdown]
# ## Figure by figure

# %% mystnb={"figure": {"name": "fig-scorecard", "caption": "Items of each of the paper's figures by verdict, those not computed or not reached left out."}, "image": {"alt": "A bar for each figure of the paper, divided into reproduced, roughly reproduced and not reproduced."}}
_ = figures.verdicts(summary)

# %% tags=["nbval-check-output", "remove-input"]
origin

# %% tags=["nbval-check-output", "hide-input"]
judged = summary[list(VERDICTS)].sum()
print(f"profile {scored}: {judged.sum()} items judged, " + ", ".join(f"{n} {v}" for v, n in judged.items()))
print(", ".join(f"{summary[name].sum()} {name}" for name in OPEN))
for name, count in {"items": judged.sum(), **judged}.items():
    glue(name.replace(" ", "_"), int(count), display=False)

# %% tags=["hide-input"]
summary.rename_axis(columns=None).reset_index().style.set_uuid("summary").hide(axis="index")

# %% [markdown]
# ## Point by point
#
# Each dot is one $P^*$, $P^*_S$ or $P^*_D$ at a setting that the paper has too.

# %% mystnb={"figure": {"name": "fig-ratios", "caption": "Ratio of ours to the paper's, by figure; bars: half a step of the paper's grid and the span of our seeds together. Shaded: within a factor of 1.5 and of 2."}, "image": {"alt": "Dots in rows, one row for each figure of the paper, most of them within the shaded band around one."}}
_ = figures.ratios(points.dropna(subset="ratio"))

# %% tags=["nbval-check-output", "remove-input"]
origin

# %% tags=["nbval-check-output", "hide-input"]
for quantity, group in points.dropna(subset="ratio").groupby("quantity"):
    within = {factor: group.ratio.between(1 / factor, factor).sum() for factor in (1.5, 2)}
    print(
        f"{quantity}: {len(group)} settings, {within[1.5]} within a factor 1.5, {within[2]} within 2; "
        f"median ratio {group.ratio.median():.2f}, by the paper's rule {(group.nearest / group.paper).median():.2f}"
    )

# %% [markdown]
# ## Why ours tend to be smaller
#
# Five things differ: how $P^*$ is read off, whether a datum may come twice, the batch and the rate, the width, and the
# rules drawn. Each can be tested.
#
# **Reading.** The paper's $P^*$ is a point of its grid. Where its whole curve is known, we read ours on the same grid:

# %% tags=["nbval-check-output", "hide-input"]
curves = digitised.curves().query("column == 'test_error' and figure in ('12', '15')")
for (architecture, s0), curve in curves.groupby(["architecture", "s0"]):
    task = "architecture == @architecture and s0 == @s0 and v == 8 and s == 2 and L == 2 and sparsity == 'A'"
    group, theirs = runs.query(task), points.query(task + " and quantity == 'P_star'")
    grid = np.sort(curve.P.unique())
    if len(group) and len(theirs):
        ours = group.groupby("P").test_error.mean()
        grid = grid[(grid >= ours.index.min()) & (grid <= ours.index.max())]
        read = grid[np.abs(np.interp(np.log(grid), np.log(ours.index), ours) - 0.1).argmin()]
        row = theirs.iloc[0]
        print(
            f"{architecture} s0={s0}: interpolated {row.ours / row.paper:.2f} of the paper's, "
            f"read on its grid {read / row.paper:.2f}"
        )

# %% [markdown]
# **Repetition.** Our data are independent draws, so that a training set may hold a datum twice, and the test set data
# that were trained on; the public code of the RHM's authors draws without replacement, and holds the test set apart. It
# matters where a task has few data at all. The settings at which more than 5 % of the $P^*$ data are repeats, with the
# number of distinct ones to be expected among them, and the share of the test set that was trained on:

# %% tags=["nbval-check-output", "hide-input"]
trained_on = []
for row in points.query("quantity == 'P_star'").dropna(subset="ours").itertuples():
    size = SRHM(v=row.v, n_c=row.n_c, m=row.m, s=row.s, L=row.L, s0=row.s0, sparsity=row.sparsity).size
    distinct = size * (1 - (1 - 1 / size) ** row.ours)
    if distinct < 0.95 * row.ours:
        print(
            f"{row.architecture} s={row.s} L={row.L} v={row.v} s0={row.s0}, a task of {size:,} data: ours {row.ours:,.0f}, "
            f"of which {distinct:,.0f} distinct, {distinct / size:.0%} of the test set; paper {row.paper:,.0f}"
        )
        trained_on.append(distinct / size)
for name, pick in (("least_trained_on", min), ("most_trained_on", max)):
    glue(name, f"{pick(trained_on):.0%}" if trained_on else "(not computed)", display=False)

# %% [markdown]
# **Rules.** Each of our seeds draws other production rules, the paper's points are of one draw each, as far as we know. The
# largest $P^*$ of our seeds over the smallest, at settings that the paper has too (median over $s_0$):

# %% tags=["nbval-check-output", "hide-input"]
spread = points.query("quantity == 'P_star'").dropna(subset="ours").eval("span = ours_high / ours_low")
for (s, L, architecture), group in spread.groupby(["s", "L", "architecture"]):
    spans = group.groupby("v").span.median()
    print(f"s={s} L={L} {architecture}: " + ", ".join(f"{x:.2f} at v={v}" for v, x in spans.items()))
for row in spread[~spread.ratio.between(1 / POINT[1], POINT[1])].itertuples():
    print(
        f"beyond a factor {POINT[1]}: {row.architecture} s={row.s} L={row.L} v={row.v} s0={row.s0}, ours {row.ours:,.0f} "
        f"({row.ours_low:,.0f} to {row.ours_high:,.0f}), paper {row.paper:,.0f} ({row.paper_low:,.0f} to {row.paper_high:,.0f})"
    )

# %% [markdown]
# With few rules the draw decides as much as anything else. Where intervals are apart there must be another reason.
#
# **Training.** The robustness study changes one thing at a time; $P^*$ relative to the usual way:

# %% tags=["nbval-check-output", "hide-input"]
ways = ["width", "batch_size", "lr", "loss_threshold"]
varied, varied_source = load_study("robustness", profile, device, results)
common = [varied[name].mode()[0] for name in ways]
for (architecture, L), found in sample_complexity(varied).groupby(["architecture", "L"]):
    found = found.set_index(ways)
    for way, row in found.iterrows():
        changed = [f"{n} {x:g}" for n, x, usual in zip(ways, way, common, strict=True) if x != usual]
        if changed:
            ratio = row.P_star / found.loc[tuple(common)].P_star
            print(f"{architecture}, L = {L}, {', '.join(changed)}: {ratio:.2f}")
print(varied_source)

# %% [markdown]
# The paper chose the better of two rates for every setting; which it chose is not printed. In batches of 4 they are
# 0.01, to which our usual one corresponds, and 0.003. So we take gaps that are left, the largest ones among them, and
# train there at the lower rate, at the paper's width, and in batches of 4 as the paper does:

# %% tags=["nbval-check-output", "hide-input"]
gaps, gaps_source = load_study("gaps", profile, device, results)
compared = []
for row in sample_complexity(gaps).itertuples():
    setting = (
        "architecture == @row.architecture and s == @row.s and L == @row.L and s0 == @row.s0 and v == @row.v"
    )
    at = points.query(setting + " and quantity == 'P_star'")
    if len(at) and row.status == "reached":
        usual = at.iloc[0]
        ratio = row.P_star / usual.paper
        compared.append({"rate": 4 * row.lr / row.batch_size, "here": ratio, "usually": usual.ratio})
        print(
            f"{row.architecture} s={row.s} L={row.L} v={row.v} s0={row.s0}, width {row.width}, batch {row.batch_size}, "
            f"rate {row.lr:g}: P* = {row.P_star:,.0f}, {ratio:.2f} of the paper's; "
            f"usually (width {usual.width:.0f}) {usual.ratio:.2f}"
        )
for rate, group in pd.DataFrame(compared, columns=["rate", "here", "usually"]).round(4).groupby("rate"):
    near = {name: group[name].between(1 / POINT[0], POINT[0]).sum() for name in ("here", "usually")}
    print(
        f"{rate:g} in batches of 4 or what corresponds to it: median ratio {group.here.median():.2f}, usually "
        f"{group.usually.median():.2f}; {near['here']} of {len(group)} comparisons within a factor {POINT[0]}, usually {near['usually']}"
    )
print(gaps_source)

# %% [markdown]
# The rate is what counts: at the lower one $P^*$ is larger, the more so the larger the task. A search for the better rate
# may well have ended there, as from $L = 3$ on the higher one makes some networks fail ({doc}`scaling`). We keep the
# higher, which was set before the comparison.

# %% [markdown]
# The rate also moves the plateaus of the sensitivities, a little. Layer 2 of the CNN at the setting that Fig. 15 has too, at
# the largest $P$ trained at both rates:

# %% tags=["nbval-check-output", "hide-input"]
fifteen = digitised.curves().query("figure == '15'")
slow = gaps.merge(fifteen[digitised.TASK].drop_duplicates(), on=digitised.TASK)
same = runs.merge(slow[[*digitised.TASK, "P"]].drop_duplicates(), on=[*digitised.TASK, "P"])
near = fifteen.merge(slow[digitised.TASK].drop_duplicates(), on=digitised.TASK).sort_values("P")
largest = same["P"].max()
for column in ("S_2_1", "S_2_2", "D_2_1", "D_2_2") if len(same) else ():
    usual, slower = (group[group["P"] == largest][column].mean() for group in (same, slow))
    theirs = near[near.column == column]
    print(
        f"{column} at P = {largest:,}: {usual:.3f}, at the lower rate {slower:.3f}, "
        f"paper {np.interp(largest, theirs['P'], theirs.value):.3f}"
    )

# %% [markdown]
# For the vision networks the rate decides more. At one $P$ it takes them from learning by heart to learning the task
# ({doc}`vision`), and the paper does not print its own; we took one for all five. This is where the
# curves of Figs. 1, 9 and 17 come apart.

# %% [markdown]
# ## Law by law

# %% tags=["hide-output"]
shown = laws[~laws.verdict.isin([*OPEN, NO_CLAIM])].round(2)
shown.style.set_uuid("laws").format(precision=2, na_rep="").hide(axis="index")

# %% [markdown]
# ## All points

# %% tags=["hide-output"]
names = [
    "figure",
    "quantity",
    "architecture",
    "s",
    "L",
    "s0",
    "v",
    "ours",
    "ours_low",
    "ours_high",
    "nearest",
]
shown = points.dropna(subset="ratio")[[*names, "paper", "paper_low", "paper_high", "ratio", "verdict"]]
sizes = {name: "{:,.0f}" for name in shown if name.startswith(("ours", "paper", "nearest"))}
shown.style.set_uuid("points").format(sizes | {"ratio": "{:.2f}"}, na_rep="").hide(axis="index")

# %% [markdown]
# ## All curves

# %% tags=["hide-output"]
shown = tables["curves"].query("points > 0").drop(columns=["sparsity", "n_c", "m"])
shown.style.set_uuid("curves").format(precision=3, na_rep="").hide(axis="index")

# %% [markdown]
# **What this does not show**: Fig. 1 A and B, of images, and what has not been digitised: Figs. 8, 13, 16 and half of
# 14.
