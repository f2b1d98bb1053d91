# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The model in pictures
#
# **Question.** What does a datum of the Sparse Random Hierarchy Model {cite}`tomasini2024sparse` look like, and which changes
# leave its label as it is?
#
# **Answer.** A class label produces features, each feature produces smaller features, and so on down to the input. There the
# features lie among many *blanks*, positions that carry no information. Two kinds of change never touch the label: replacing
# features by {term}`synonyms`, and moving them among the {term}`blanks <blank>`.
#
# The pictures are drawn by the code that trains the networks of this book.

# %% tags=["parameters", "remove-input"]
profile = "stored"  # "stored", or "smoke", "laptop", "paper" to compute what is missing
device = "auto"
results = "../results"

# %% tags=["hide-input"]
from srhm.notebook import begin

begin(globals())

import torch
from myst_nb import glue

from srhm import SRHM, figures, sensitivities, train
from srhm.figures import Table
from srhm.measure import error_rate
from srhm.model import choose_device
from srhm.notebook import show
from srhm.papers.sparse2024.recipes import MAX_EPOCHS
from srhm.runs import PAIRS, Run

# %% [markdown]
# ## The rules
#
# A task is a random grammar. Here are $n_c = 2$ classes and a vocabulary of $v = 3$ symbols; each class and
# each symbol has $m = 3$ {term}`synonyms`, tuples of $s = 2$ symbols one level down. Within a level no tuple has
# two parents, so an input has one label only.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-rules", "caption": "The production rules of the task: each class produces one of three pairs of level-2 symbols, each of these one of three pairs of input symbols. The letters of a level name its own symbols: an a of level 2 is not an a of the input. The paper's Fig. 2, redrawn from code."}, "image": {"alt": "Two tables of coloured letters: above the three pairs that each of two classes may produce, below the three pairs that each of three symbols may produce."}}
task = SRHM(v=3, n_c=2, m=3, s=2, L=2, s0=1, seed=0)
show(figures.production_rules(task))

# %% [markdown]
# ## A datum
#
# Each produced pair is laid in a patch of $k = s\,(s_0 + 1)$ positions; the positions left over are
# {term}`blanks <blank>` (grey), and a blank produces a patch of blanks. In sparsity A, used here, the $i$-th feature lies
# anywhere in the $i$-th of $s$ sub-patches. Placements are drawn anew for every datum and every node.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-derivation", "caption": "How one datum is generated, from its label to the input of $d = k^L$ positions, of which $s^L$ are informative. Letters and colours are those of the rules above, each level with its own symbols."}, "image": {"alt": "A tree: the label at the top, two level-2 symbols among blanks below, and four informative input symbols among sixteen positions at the bottom."}}
datum = task.sample(1, seed=1)
show(figures.derivation(task, datum))

# %% [markdown]
# A network sees the one-hot encoding over $v$ channels, with an all-zero column at a blank.

# %% tags=["nbval-check-output", "hide-input"]
Table(
    [
        {
            "distinct data": task.size,
            "channels": task.v,
            "positions": task.d,
            "informative fraction": str(task.fraction),
        }
    ],
    "The task and the size of its inputs",
)

# %% tags=["nbval-check-output", "hide-input"]
inputs = datum.one_hot()[0].int().tolist()
Table(
    [{"channel": "abc"[channel]} | dict(enumerate(row, 1)) for channel, row in enumerate(inputs)],
    "The one-hot encoding of the datum above: a row for each symbol, a column for each position",
)

# %% [markdown]
# ## What never changes the label
#
# {term}`Synonym exchange <synonym exchange>` at level $\ell$ draws the rule choices of levels $\ell, \dots, 1$ anew; symbols above and
# all positions stay. {term}`Displacement <displacement>` at level $\ell$, a discrete diffeomorphism, draws the placements of levels
# $\ell, \dots, 1$ anew; all symbols stay. A network that has learnt the task should not care about either.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-transformations", "caption": "One datum and what the two transformations make of it. Outlined: positions that changed."}, "image": {"alt": "Five strips of sixteen positions: a datum, two synonym exchanges that recolour some of its four features in place, and two displacements that move some of them or all."}}
rows = {"datum": datum}
for level in (1, 2):
    rows[f"synonyms exchanged, level {level}"] = task.exchange_synonyms(datum, level)
for level in (1, 2):
    rows[f"displaced, level {level}"] = task.displace(datum, level)
show(figures.strips(task, rows))

# %% [markdown]
# The rules can be read backwards, from the input up to the label. This gives an exact decoder. It is the best possible
# classifier, and the tests of the package compare with it. It finds the same label for all five strips, and it refuses an
# input that no rule produces.

# %% tags=["nbval-check-output", "hide-input"]
verdicts = [{"input": name, "label": task.decode(row.one_hot()).item()} for name, row in rows.items()]
try:
    task.decode(torch.zeros(1, task.v, task.d))
except ValueError as error:
    verdicts.append({"input": "blanks alone", "label": f"none: {error}"})
Table(verdicts, "What the exact decoder says")

# %% [markdown]
# ## The networks
#
# Two networks are compared throughout. The filters of both have the size and the stride of a patch, so that layer $\ell$ can
# learn the rules of level $\ell$. The locally connected network ({term}`LCN`) has separate weights at every location. The
# convolutional network ({term}`CNN`) uses the same weights at every location. What one location teaches it, it knows at all others.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-networks", "caption": "Filters of the LCN and the CNN over one input; filters of one colour share their weights, filled nodes see an informative feature. The paper's Fig. 3, redrawn from code."}, "image": {"alt": "Two trees of filters over sixteen positions. In the LCN each filter of the first layer has its own colour, in the CNN all have the same."}}
show(figures.weight_sharing(task))

# %% [markdown]
# ## A first network
#
# A small CNN, trained when this page was made, with far more data than it needs. Its test error is small. Its output hardly
# changes when synonyms of level 1 are exchanged, $S$, or features are displaced, $D$: 0 is no change, and 1 as much as for another
# datum ({doc}`sensitivities`).

# %%
run = Run(architecture="CNN", v=4, n_c=4, m=4, s=2, L=2, s0=1, P=4000, width=64, n_test=2000)
where = choose_device(device)
(trained,) = train([run], where)
for name in ("batch_size", "lr", "momentum", "loss_threshold", "max_epochs", "n_test", "n_pairs"):
    glue(name, Run.__dataclass_fields__[name].default, display=False)
glue("authors_epochs", MAX_EPOCHS, display=False)
seen = sensitivities(trained.observe, run.task, 1000, PAIRS, where)
Table(
    [
        {
            "P": run.P,
            "epochs": trained.epochs,
            "test error": error_rate(trained, run.test_set(where)),
            "S_out": seen["S_out_1"],
            "D_out": seen["D_out_1"],
        }
    ],
    "A small CNN, trained when this page was made; its sensitivities are those of the output at level 1",
    {"test error": ".3f", "S_out": ".3f", "D_out": ".3f"},
)

# %% [markdown]
# **What this shows**: the task has an exact solution, and a network that has solved it ignores synonyms and displacements.
#
# **What this does not show**: how many data a network needs, and how this number grows with sparsity and depth. The next
# chapters measure it.
