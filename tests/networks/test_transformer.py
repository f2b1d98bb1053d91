"""The transformers: what they compute, from which weights, and what they show of it."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from srhm import SRHM, Run, error_rate, sensitivities, train
from srhm.networks import TRANSFORMERS, Transformer, find_architecture, register

TASK = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=(1, 2))


def dense(network, x):
    """The logits with a token at every position; those of blanks are masked."""
    blank = ~x.bool().any(1)  # (n, d)
    symbols = torch.einsum("nvd,vc->ndc", x, network.symbols.weight)
    tokens = symbols + network.positions.weight
    for block in network.blocks:
        tokens = block(tokens, src_key_padding_mask=blank)
    kept = network.norm(tokens) * ~blank[..., None]
    return network.readout(kept.sum(1) / (~blank).sum(1, keepdim=True))


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_a_blank_is_a_token_that_is_masked(name):
    network = Transformer(name, TASK, 8, seed=1)
    x = TASK.sample(50).one_hot()
    torch.testing.assert_close(network(x), dense(network, x), rtol=1e-4, atol=1e-5)


def test_positions_count_and_are_all_that_tells_tokens_apart():
    network = Transformer("Transformer-1", TASK, 8, seed=1)
    data = TASK.sample(50)
    moved = TASK.displace(data, 2, seed=1)
    assert not torch.allclose(network(data.one_hot()), network(moved.one_hot()))
    nn.init.zeros_(network.positions.weight)
    torch.testing.assert_close(network(data.one_hot()), network(moved.one_hot()))
    torch.testing.assert_close(network(data.one_hot()), network(data.one_hot().flip(2)))


@pytest.mark.parametrize(("name", "blocks"), [("Transformer-1", 1), ("Transformer-2", 2)])
def test_the_tokens_after_each_block_are_observed(name, blocks):
    network = find_architecture(name).make(TASK, 8, 0, "cpu")
    data = TASK.sample(600)  # more than one part
    *layers, logits = network.observe(data)
    assert [tuple(layer.values.shape) for layer in layers] == [(600, 4, 8)] * blocks
    assert all(torch.equal(layer.locations, torch.arange(4).expand(600, 4)) for layer in layers)
    torch.testing.assert_close(logits.values[:, 0], network(data.one_hot()), rtol=1e-4, atol=1e-5)
    read_out = network.readout(network.norm(layers[-1].values).mean(1))
    torch.testing.assert_close(logits.values[:, 0], read_out)
    with pytest.raises(ValueError, match="s0 = .* the data have s0 = 0"):
        network.observe(replace(TASK, s0=0).sample(5))


def test_the_seed_decides_the_weights_and_torchs_generator_is_left_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (Transformer("Transformer-2", TASK, 64, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    pairs = zip(first.named_parameters(), again.parameters(), other.parameters(), strict=True)
    for (name, a), b, c in pairs:
        assert torch.equal(a, b)
        if a.ndim == 1:
            assert torch.equal(a, torch.full_like(a, float("norm" in name and name.endswith("weight"))))
        elif name in ("symbols.weight", "positions.weight"):
            assert not torch.equal(a, c)
            assert a.std().item() == pytest.approx(1, abs=0.15)
        else:
            assert not torch.equal(a, c)
            assert a.var().item() * 3 * a.shape[1] == pytest.approx(1, abs=0.25)


def test_what_cannot_be_is_refused_with_the_rule():
    with pytest.raises(ValueError, match=r"architecture must be one of \('Transformer-1', 'Transformer-2'\)"):
        Transformer("Transformer-3", TASK, 8, 0)
    with pytest.raises(ValueError, match="width must be a multiple of 4 for a transformer, got 10"):
        Run.of_task(TASK, architecture="Transformer-1", P=10, width=10)
    with pytest.raises(ValueError, match="seed must be an integer >= 0, got -1"):
        Transformer("Transformer-1", TASK, 8, -1)
    with pytest.raises(ValueError, match="inputs must be 'one-hot' for Transformer-1"):
        Run.of_task(TASK, architecture="Transformer-1", P=10, inputs="whitened")
    with pytest.raises(ValueError, match="'Transformer-1' is that of an architecture of the package"):
        register("Transformer-1", Transformer)


def test_it_learns_the_task_by_plain_descent_and_becomes_insensitive():
    task = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=1)
    way = dict(P=1000, width=16, lr=0.03, loss_threshold=1e-2, max_epochs=100)
    run = Run.of_task(task, architecture="Transformer-2", **way)
    (trained,) = train([run])
    assert trained.status == "converged"
    assert error_rate(trained, run.test_set()) < 0.05
    values = sensitivities(trained.observe, task, 200)
    assert {f"{letter}_{k}_{level}" for letter in "SD" for k in (1, 2, "out") for level in (1, 2)} <= set(
        values
    )
    assert max(values["S_out_1"], values["D_out_1"], values["D_out_2"]) < 0.3


def test_a_step_of_two_blocks_costs_more_than_one_of_one():
    runs = [Run.of_task(TASK, architecture=name, P=1000, width=16) for name in TRANSFORMERS]
    one, two = (run.step_seconds for run in runs)
    assert one < two < 2 * one
