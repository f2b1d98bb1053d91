"""The columns of a table of runs, named in one place."""

from __future__ import annotations

TASK = ["sparsity", "s", "L", "s0", "v", "n_c", "m"]
RULES = ["v", "n_c", "m", "s", "L"]  # what, with the seed, decides the production rules
SEEDS = ["task_seed", "data_seed", "init_seed"]
OPTIONS = ("inputs", "bias", "init", "penalty", "statistics", "first_layer_rate")  # not of all architectures
TRAINING = [
    "width", "batch_size", "lr", "momentum", "loss_threshold", "max_epochs", "n_test", "n_pairs", *OPTIONS,
]  # fmt: skip
# What runs along one curve share: all fields of a `Run` but P and the seeds.
SETTING = ["architecture", *TASK, *TRAINING]


def sensitivity(letter: str, layer: int | str, level: int) -> str:
    """The column of S_{k,l} or D_{k,l}; layer k is a number or "out"."""
    return f"{letter}_{layer}_{level}"


def error_of(column: str) -> str:
    """The column of the standard error of a sensitivity."""
    return f"{column}_se"
