"""Layer 1 below exact layers: against convolutions and against derivations enumerated one by one."""

from itertools import product

import pytest
import torch
from torch import nn

from srhm import SRHM, Run, error_rate, train
from srhm.measure import sensitivities
from srhm.networks import TAUGHT, TaughtLayer, find_architecture

TASK = SRHM(v=3, n_c=2, m=2, s=2, L=3, s0=(1, 0, 2), seed=3)


def derivations(task, symbol, level):
    """All tuples of level-2 symbols that a level-`level` symbol produces, as often as it does."""
    if level == 2:
        return [(symbol,)]
    choices = task.rules[level - 1][symbol].tolist()
    return [
        sum(below, ())
        for rule in choices
        for below in product(*(derivations(task, child, level - 1) for child in rule))
    ]


@torch.no_grad()
def slow_logits(network, x):
    """Layer 1 at every location, then the probability of each class as a sum over derivations."""
    task = network.task
    k, places = task.patch_sizes[0], task.d // task.patch_sizes[0]
    patches = x.unflatten(2, (places, k)).permute(0, 2, 3, 1).flatten(2)  # (n, places, k v)
    table = network.table.view(network.locations, k * task.v, -1).expand(places, -1, -1)
    hidden = torch.einsum("npi,pic->npc", patches, table).div(task.v**0.5).relu()
    readout = network.readout.expand(places, -1, -1)
    p = (torch.einsum("npc,pcv->npv", hidden, readout) / network.width).softmax(-1)
    live = x.unflatten(2, (places, k)).any(3).any(1)
    logits = []
    for datum, where in zip(p, live, strict=True):
        rows = datum[where]
        logits.append(
            [
                torch.stack([rows[range(len(d)), d].prod() for d in derivations(task, label, task.L + 1)])
                .sum()
                .log()
                for label in range(task.n_c)
            ]
        )
    return torch.tensor(logits)


@pytest.mark.parametrize("name", TAUGHT)
def test_the_logits_are_those_of_all_derivations(name):
    network = TaughtLayer(name, TASK, 8, seed=1)
    x = TASK.sample(20).one_hot()
    torch.testing.assert_close(network(x).detach(), slow_logits(network, x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", TAUGHT)
def test_with_an_exact_first_layer_the_network_is_exact(name):
    task = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=1, seed=1)
    network = TaughtLayer(name, task, task.v**2, seed=0)
    k, half = task.patch_sizes[0], task.patch_sizes[0] // 2
    pairs = list(product(range(3), repeat=2))  # a unit for each pair, active for it alone
    with torch.no_grad():
        table = network.table.view(-1, k, task.v, len(pairs))
        for unit, pair in enumerate(pairs):
            table[..., unit] = -1
            table[:, :half, pair[0], unit] = 1
            table[:, half:, pair[1], unit] = 1
        network.readout.zero_()
        for parent, rules in enumerate(task.rules[1].tolist()):
            for rule in rules:
                network.readout[:, pairs.index(tuple(rule)), parent] = 1e3
    assert error_rate(network, task.sample(500)) == 0
    assert sensitivities(network.observe, task, 100)["D_1_1"] == 0


def test_blanks_above_level_1_do_not_matter_where_weights_are_shared():
    plain, sparse = (SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=s0) for s0 in ((1, 0), 1))
    logits = [TaughtLayer("Taught-CNN", t, 8, 0)(t.sample(50).one_hot()) for t in (plain, sparse)]
    assert torch.equal(*logits)
    first, second = (TaughtLayer("Taught-LCN", t, 8, 0).table for t in (plain, sparse))
    assert len(second) == 2 * len(first)


def test_it_is_built_from_its_seed_and_shows_layer_1_and_the_logits():
    make = find_architecture("Taught-LCN").make
    first, again, other = (make(TASK, 8, seed, "cpu") for seed in (1, 1, 2))
    for a, b, c in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)
    data = TASK.sample(600)  # more than one part
    hidden, logits = first.observe(data)
    assert tuple(hidden.values.shape) == (600, 4, 8)
    assert torch.equal(hidden.locations, data.positions[:, ::2] // 4)
    torch.testing.assert_close(logits.values[:, 0], first(data.one_hot()))


def test_what_cannot_be_is_refused_with_the_rule():
    with pytest.raises(ValueError, match="L must be at least 2, or nothing is above layer 1, got 1"):
        Run.of_task(SRHM(v=3, n_c=3, m=3, s=2, L=1), architecture="Taught-CNN", P=10)
    with pytest.raises(ValueError, match=r"architecture must be one of \('Taught-LCN', 'Taught-CNN'\)"):
        TaughtLayer("CNN", TASK, 8, 0)


def test_it_learns_from_few_data():
    task = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=1)
    run = Run.of_task(
        task, architecture="Taught-CNN", P=100, width=32, lr=10, loss_threshold=1e-2, n_test=1000
    )
    (trained,) = train([run])
    assert trained.status == "converged"
    assert error_rate(trained, run.test_set()) < 0.05
    assert isinstance(trained.network, nn.Module)
