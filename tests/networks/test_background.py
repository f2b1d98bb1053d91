"""Whitened inputs and biases: fleets that compute the background once, against plain dense networks."""

import pytest
import torch

from srhm.model import SRHM
from srhm.model.randomness import permutation
from srhm.networks.background import BackgroundFleet
from srhm.networks.fleet import FLEETS, initialise
from srhm.runs import Run
from srhm.sweep.compute import measure
from srhm.training import train
from srhm.training.fleet import build_fleet

TASKS = [
    SRHM(v=4, n_c=3, m=4, s=2, L=1, s0=2),
    SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1),
    SRHM(v=4, n_c=4, m=3, s=2, L=3, s0=0),
    SRHM(v=3, n_c=3, m=5, s=3, L=2, s0=1, sparsity="B"),
    SRHM(v=3, n_c=3, m=3, s=2, L=3, s0=2, sparsity="B"),
    SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=1),  # q = 1
    SRHM(v=3, n_c=3, m=3, s=2, L=3, s0=(0, 2, 1)),
]
RECIPES = [("whitened", False), ("one-hot", True), ("whitened", True)]
CASES = [(a, t, *r) for a in FLEETS for t in TASKS for r in RECIPES]
CASES += [(a, t, *r) for a in ("Shared-01", "Shared-10") for t in TASKS if t.L == 3 for r in RECIPES]


def dense_layers(architecture, task, width, parameters, x, whitened, biased):
    """Activations (n, locations, C) of every layer and the logits, by unfold and einsum on every position."""
    q = (task.v - 1) ** -0.5 if whitened else 0.0
    x, k, n = x * (1 + q) - q, task.patch_sizes, len(x)
    table, *blocks = parameters[: task.L]
    readout, biases = parameters[task.L], parameters[task.L + 1 :]
    x = x.transpose(1, 2)  # (n, d, v): a row of the table is a position and a symbol
    if "FCN" in architecture:
        a = (x.reshape(n, 1, -1) @ table) / (task.v * (task.d if architecture == "FCN" else 1)) ** 0.5
    else:
        patches = x.reshape(n, -1, k[0] * task.v)
        weights = table.view(-1, k[0] * task.v, width).expand(patches.shape[1], -1, -1)
        a = torch.einsum("npi,pio->npo", patches, weights) / task.v**0.5
    layers = []
    for l in range(task.L):
        if biased:
            a = a + 0.1 * biases[l]
        layers.append(a.relu())
        if l < task.L - 1:
            if "FCN" in architecture:
                a = layers[-1] @ blocks[l][0] / width**0.5
            else:
                patches = layers[-1].reshape(n, -1, k[l + 1], width)
                weights = blocks[l].view(-1, k[l + 1], width, width).expand(patches.shape[1], -1, -1, -1)
                a = torch.einsum("npkc,pkcd->npd", patches, weights) / width**0.5
    return layers, layers[-1][:, 0] @ readout / width


@pytest.mark.parametrize(("architecture", "task", "inputs", "bias"), CASES)
def test_layers_logits_and_gradients_equal_those_of_dense_networks(architecture, task, inputs, bias):
    width, data, n = 12, task.sample(20, seed=2), 20
    recipe = inputs == "whitened", bias
    fleet = BackgroundFleet(architecture, task, width, [3, 4], whitened=recipe[0], bias=bias)
    wires = [w.expand(2, *w.shape) for w in fleet.wire(data)]
    packings = fleet.pack(wires)
    activations = fleet.activations(wires, packings)
    error = torch.randn(2, n, task.n_c, generator=torch.Generator().manual_seed(0))
    buffers = [torch.ones_like(p) for p in fleet.parameters]
    fleet.accumulate_gradient(wires, packings, activations, error, buffers, decay=0.5)
    for i in range(2):
        leaves = [p[i].clone().requires_grad_() for p in fleet.parameters]
        layers, logits = dense_layers(architecture, task, width, leaves, data.one_hot(), *recipe)
        torch.testing.assert_close(activations[-1][i], logits.detach(), atol=1e-5, rtol=1e-5)
        (logits * error[i]).sum().backward()
        for buffer, leaf in zip(buffers, leaves, strict=True):
            scale = leaf.grad.abs().max().clamp(min=1)  # float32 has so many digits of the largest
            torch.testing.assert_close((buffer[i] - 0.5) / scale, leaf.grad / scale, atol=1e-5, rtol=1e-5)
        seen = fleet[[i]].observe(data)
        torch.testing.assert_close(seen[-1].values[:, 0], logits.detach(), atol=1e-5, rtol=1e-5)
        for mine, theirs, background in zip(seen, layers, activations[task.L :], strict=False):
            whole = background[i].expand(n, -1, -1).clone()
            index = mine.locations[:, :, None].expand(mine.values.shape)
            whole.scatter_add_(1, index, mine.values)
            scale = theirs.detach().abs().max().clamp(min=1)
            torch.testing.assert_close(whole / scale, theirs.detach() / scale, atol=1e-5, rtol=1e-5)


DESCENTS = [
    (architecture, 2, 3, *rest)
    for architecture in [*FLEETS, "Shared-01", "Shared-10"]
    for rest in (("A", 1, 1.0), ("B", 1, 1.0), ("A", (1, 0, 1), 1.0), ("A", 1, 2.5))
] + [(architecture, 3, 2, "A", 1, 1.0) for architecture in FLEETS]


@pytest.mark.parametrize(("inputs", "bias"), RECIPES)
@pytest.mark.parametrize(("architecture", "s", "L", "sparsity", "s0", "rate"), DESCENTS)
def test_twenty_steps_equal_those_of_torchs_own_descent(architecture, s, L, sparsity, s0, rate, inputs, bias):
    task = SRHM(v=4, n_c=4, m=4, s=s, L=L, s0=s0, sparsity=sparsity)
    r = Run.of_task(
        task, architecture=architecture, P=80, width=16, batch_size=16, lr=0.02, max_epochs=4,
        inputs=inputs, bias=bias, first_layer_rate=rate,
    )  # fmt: skip
    (trained,) = train([r])
    parameters = [p[0].clone().requires_grad_() for p in build_fleet(r, [r.init_seed], "cpu").parameters]
    lr = r.lr * r.width
    slow = [p for i, p in enumerate(parameters) if i not in (0, task.L + 1)]
    first = {"params": [*parameters[:1], *parameters[task.L + 1 : task.L + 2]], "lr": r.first_layer_rate * lr}
    optimiser = torch.optim.SGD([first, {"params": slow}], lr=lr, momentum=r.momentum)
    data = task.sample(r.P, r.data_seed)
    x, recipe = data.one_hot(), (inputs == "whitened", bias)
    for epoch in range(1, 5):
        total = 0.0
        for rows in permutation(r.P, "order", 0, 0, epoch).split(16):
            _, logits = dense_layers(architecture, task, 16, parameters, x[rows], *recipe)
            loss = torch.nn.functional.cross_entropy(logits, data.labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(rows)
    assert trained.train_loss == pytest.approx(total / r.P, rel=1e-5)
    for mine, theirs in zip(trained.network.parameters, parameters, strict=True):
        torch.testing.assert_close(mine[0], theirs.detach(), atol=1e-5, rtol=1e-5)


def test_the_weights_are_those_of_the_plain_network_and_biases_are_drawn_apart():
    task = TASKS[1]
    fleet = BackgroundFleet("LCN", task, 8, [5], whitened=False, bias=True)
    for mine, plain in zip(fleet.parameters, initialise("LCN", task, 8, 5), strict=False):
        assert torch.equal(mine[0], plain)
    assert [tuple(b.shape) for b in fleet.parameters[task.L + 1 :]] == [(1, 4, 8), (1, 1, 8)]
    assert all(0.5 < b.std() < 1.5 for b in fleet.parameters[task.L + 1 :])


def test_a_network_without_whitening_and_biases_is_the_plain_one():
    task, data = TASKS[1], TASKS[1].sample(30)
    plain = build_fleet(Run.of_task(task, architecture="CNN", P=10, width=8), [1], "cpu")
    same = BackgroundFleet("CNN", task, 8, [1], whitened=False, bias=False)
    assert type(plain) is not BackgroundFleet
    for a, b in zip(plain.observe(data), same.observe(data), strict=True):
        torch.testing.assert_close(a.values, b.values, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("architecture", FLEETS)
def test_a_fleet_gives_what_its_runs_give_alone(architecture):
    way = dict(architecture=architecture, width=16, batch_size=8, max_epochs=6, inputs="whitened", bias=True)
    runs = [
        Run.of_task(TASKS[1], P=P, task_seed=P, data_seed=P, init_seed=P, **way)
        for P in (24, 50, 33)
    ]  # fmt: skip
    together = {t.run: t for t in train(runs, fleet_size=2)}
    for r in runs:
        (alone,) = train([r])
        assert together[r].train_loss == pytest.approx(alone.train_loss, rel=1e-4)
        first, second = measure(alone, "cpu"), measure(together[r], "cpu")
        assert first.test_error == pytest.approx(second.test_error, abs=0.01)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(inputs="white"), r"inputs must be one of \('one-hot', 'whitened'\), got 'white'"),
        (dict(inputs=None), "inputs must be one of .*, got None"),
        (dict(bias=2), "bias must be True or False, got 2"),
        (dict(bias=1), "bias must be True or False, got 1"),
    ],
)
def test_a_bad_recipe_is_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        Run.of_task(TASKS[1], **dict(architecture="CNN", P=10) | changes)


def test_recipes_have_keys_of_their_own_and_the_usual_one_keeps_its_key():
    usual = Run.of_task(TASKS[1], architecture="CNN", P=10)
    assert Run.of_task(TASKS[1], architecture="CNN", P=10, inputs="one-hot", bias=False).key == usual.key
    others = [Run.of_task(TASKS[1], architecture="CNN", P=10, inputs=i, bias=b).key for i, b in RECIPES]
    assert len({usual.key, *others}) == 4
    assert Run.of_task(TASKS[1], architecture="CNN", P=10, bias=True).shape != usual.shape
