"""What tests of several modules share: plain networks, enumerated data, tiny runs and their sweeps."""

import resource
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import torch

from srhm.model import Data
from srhm.runs import ImageRun, Run, Store
from srhm.sweep import PROVENANCE, pool

TINY = dict(v=3, n_c=3, m=3, s=2, L=2, s0=1, width=8, batch_size=8, max_epochs=3, n_test=60, n_pairs=20)


# Networks and data


def dense_activations(architecture, task, width, parameters, x):
    """Layers 1 ... L as (n, C, locations), then logits (n, n_c): blanks computed like all else."""
    table, *blocks, readout = parameters
    layers, inputs = [], x
    for layer in range(task.L):
        if "FCN" in architecture:
            fan_in = task.v * (task.d if architecture == "FCN" else 1)
            if layer == 0:
                out = torch.einsum("nvd,dvc->nc", inputs, table.view(task.d, task.v, -1)) / fan_in**0.5
            else:
                out = inputs[..., 0] @ blocks[layer - 1][0] / width**0.5
            inputs = out.relu()[..., None]
        else:
            channels, k = inputs.shape[1], task.patch_sizes[layer]
            patches = inputs.unfold(2, k, k)  # (n, channels, locations, k)
            weight = (table if layer == 0 else blocks[layer - 1]).reshape(-1, k, channels, width)
            weight = weight.expand(patches.shape[2], -1, -1, -1)
            inputs = (torch.einsum("ncqk,qkco->noq", patches, weight) / channels**0.5).relu()
        layers.append(inputs)
    return [*layers, inputs.mean(2) @ readout / width]


def enumerate_data(task):
    """All data of a task with L = 2, each once."""
    labels, symbols, positions = [], [], []
    choices = range(task.m)
    inner, outer = (
        [[j * width + at for j, at in enumerate(place)] for place in product(range(width), repeat=task.s)]
        for width in (blanks + 1 for blanks in task.blanks)
    )
    for label, top in product(range(task.n_c), choices):
        parents = task.rules[2][label, top].tolist()
        for below in product(choices, repeat=task.s):
            leaves = [x for p, c in zip(parents, below, strict=True) for x in task.rules[1][p, c].tolist()]
            for high, *low in product(outer, *[inner] * task.s):
                labels.append(label)
                symbols.append(leaves)
                positions.append(
                    [q * task.patch_sizes[0] + o for q, os in zip(high, low, strict=True) for o in os]
                )
    return Data(task, torch.tensor(labels), torch.tensor(symbols), torch.tensor(positions))


# Sweeps


class Stopped(Exception):
    """Stands for a kill between two chunks of steps."""


def run(P=20, architecture="CNN", **changes):
    return Run(**TINY | dict(P=P, architecture=architecture) | changes)


def image_run(P=60, architecture="LeNet", **changes):
    tiny = dict(dataset="generated", width=6, batch_size=20, max_epochs=2, n_test=60, n_pairs=10)
    return ImageRun(**tiny | dict(P=P, architecture=architecture) | changes)


def outcomes(folder, kind=Run):
    """The stored rows of a kind of run without their provenance, sorted."""
    return Store(folder).load(kind).drop(columns=list(PROVENANCE)).sort_index()


def assert_same_rows(one, other, kind=Run):
    a, b = outcomes(one, kind), outcomes(other, kind)
    assert a.index.tolist() == b.index.tolist()
    assert a.sort_index(axis=1).equals(b.sort_index(axis=1))


def rows_on_disk(folder):
    """Whole lines of the store: its file is there before its first row is."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.jsonl"))


def checkpoint_path(store, runs):
    """Where a sweep keeps the state of the one fleet that these runs are."""
    ((_, path),) = pool._fleets(runs, store.folder / pool.CHECKPOINTS, "cpu")
    return path


def count_computed(monkeypatch):
    """The list of the runs that are trained from now on."""
    computed, compute = [], pool.compute

    def counting(runs, *arguments):
        computed.extend(runs)
        return compute(runs, *arguments)

    monkeypatch.setattr(pool, "compute", counting)
    return computed


# The machine


def processes_of(session):
    """The processes of a session that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            status, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its_session) == session and status != "Z":
            found.append(int(stat.parent.name))
    return found


@contextmanager
def disk_full_beyond(size):
    """Files cannot grow beyond `size` bytes: writing more fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def told_by(process):
    """What a command says on stderr beside its progress, a string for each line."""
    _, errors = process.communicate(timeout=60)
    return [
        line for line in errors.replace("\r", "\n").splitlines() if line and not line.startswith("sweep ")
    ]
