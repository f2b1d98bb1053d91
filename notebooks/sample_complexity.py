# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Sample complexity
#
# **Question.** How many data does a network need to learn the task?
#
# **Answer.** With few data a network memorises them, and fails on new ones. With several times as many its test error
# falls to nearly zero: it has learnt the rules. The *sample complexity* $P^*$ is the size at which the test error
# crosses 10 %, as in the paper {cite}`tomasini2024sparse`. We interpolate it in $\log P$.
#
# The task is that of the paper's Fig. 4A. The figure is by the {doc}`authors' recipe <recipes>`, on the paper's sizes and with one
# seed, as in the paper. The table has our {term}`usual rate`, too.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

from tempfile import TemporaryDirectory

from srhm import Store, figures, sample_complexity
from srhm.figures import Table
from srhm.notebook import load_study, show, size_or_limit
from srhm.papers.sparse2024 import STUDIES, digitised, predicted_sample_complexity
from srhm.runs import Run
from srhm.sweep import sweep

# %%
table, source = load_study("sample_complexity", profile, device, results)
usual, usual_source = load_study("usual_curves", profile, device, results)
usual = usual[usual.v == usual.v.max()]  # the task of the paper's Fig. 4A

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-sample-complexity", "caption": "Test error against training-set size by the authors' recipe. Vertical lines: $P^*$; dotted: 10 %. Hollow: the paper's, of the LCN from its Fig. 4A, of the CNN one point of its Fig. 1. Task: $v = 10$, $L = 2$, $s_0 = 2$."}, "image": {"alt": "Test error of an LCN and a CNN against the number of training data, both falling steeply from a plateau to zero around their P*."}}
show(figures.learning_curves(table, digitised.curves()), source)

# %% tags=["nbval-check-output", "remove-input"]
source

# %% [markdown]
# ## Against the prediction
#
# The paper predicts how $P^*$ grows; {doc}`theory` explains the law of the LCN. The line that it draws for the CNN has a factor $C$,
# that for the LCN has none. So only ratios between tasks test the laws:
#
# $$
# \begin{aligned}
# P^*_{\rm LCN} &\sim s^{L/2}\,(s_0+1)^L\, n_c\, m^L, \\
# P^*_{\rm CNN} &\sim C\,(s_0+1)^2\, n_c\, m^L, \quad C \approx 2.5 .
# \end{aligned}
# $$ (eq-predictions)

# %% tags=["nbval-check-output", "hide-input"]
rows = []
for way, trained in (("authors' recipe", table), ("usual rate", usual)):
    task = Run.from_row(trained.iloc[0]).task
    rows += [
        {"network": row.architecture, "trained by": way, "seeds": row.seeds, "P*": size_or_limit(row)}
        | {"P* / law": row.P_star / predicted_sample_complexity(row.architecture, task)}
        for row in sample_complexity(trained).itertuples()
    ]
Table(rows, "P* and, in brackets, the span of the seeds, beside the paper's law")

# %% tags=["nbval-check-output", "remove-input"]
usual_source

# %% [markdown]
# The paper's laws say how $P^*$ grows. That of the LCN has no factor in front, so its ratio need not be one. That of the CNN has one,
# $C$, and the ratio is to the law with it.
#
# ## Trained now
#
# The same for a task that is small enough to be trained while you wait. Change the numbers in
# `srhm/papers/sparse2024/studies/`, or make a `Grid` of your own.

# %%
with TemporaryDirectory() as folder:
    runs = STUDIES["sample_complexity"].runs("smoke")
    sweep(runs, Store(folder), device, workers=0)
    small = Store(folder).find(runs)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-sample-complexity-live", "caption": "Test error of a small LCN and a small CNN against training-set size at $v = n_c = m = 4$, $s = L = 2$, $s_0 = 1$ and width 64, two seeds, trained when this page was made. Vertical lines: $P^*$, the mean over seeds of where each one's error crosses 10 %, and its span. The mean curve may cross elsewhere."}, "image": {"alt": "Test error of a small LCN and a small CNN against the number of training data, falling from about 0.6 to zero."}}
show(figures.learning_curves(small, digitised.curves()))

# %% [markdown]
# **What this shows**: one number, $P^*$, tells how many data a network needs.
#
# **What this does not show**: how $P^*$ depends on $s_0$, $m$, $s$ and $L$ ({doc}`scaling`), and on the width, the batch and the
# stopping rule ({doc}`robustness`).
