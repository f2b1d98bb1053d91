"""A network of a stranger, once registered, has all that the package's own networks have."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from srhm import SRHM, Run, error_rate, register, sensitivities, train
from srhm.networks import architectures, find_architecture
from srhm.networks.activation import with_batch_statistics
from srhm.networks.registry import ModuleNetwork
from srhm.runs import Store
from srhm.sweep import estimate_seconds, group, sweep, verify
from srhm.sweep.compute import measure
from srhm.sweep.loop import TooLarge

TASK = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=1)
WAY = dict(width=8, batch_size=8, lr=0.05, max_epochs=4, n_test=200, n_pairs=50)


class Perceptron(nn.Module):
    """Two hidden layers on the whole input; the second draws random numbers in training."""

    def __init__(self, task, width):
        super().__init__()
        self.first = nn.Sequential(nn.Flatten(), nn.Linear(task.v * task.d, width), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.2))
        self.readout = nn.Linear(width, task.n_c)

    def forward(self, x):
        return self.readout(self.second(self.first(x)))


register("Perceptron", Perceptron, layers=["first", "second"])


def run(**changes):
    return Run.of_task(TASK, **dict(architecture="Perceptron", P=40) | WAY | changes)


# Registering


@pytest.mark.parametrize("name", ["", "2layers", "a b", "../up", None, 3, "é"])
def test_a_name_that_cannot_be_a_file_is_refused(name):
    with pytest.raises(ValueError, match="name must be letters, digits, - and _, beginning with a letter"):
        register(name, Perceptron)


@pytest.mark.parametrize("name", ["LCN", "CNN", "FCN", "TaperedFCN", "VGG11", "Shared-01"])
def test_a_name_of_the_package_is_refused(name):
    with pytest.raises(ValueError, match=f"'{name}' is that of an architecture of the package"):
        register(name, Perceptron)


def test_what_cannot_build_is_refused():
    with pytest.raises(ValueError, match="build must be a function"):
        register("Mine", "Perceptron")
    with pytest.raises(ValueError, match=r"layers must be a sequence of names.*: write \['first'\]"):
        register("Mine", Perceptron, layers="first")
    with pytest.raises(ValueError, match="smallest_batch must be an integer >= 1, got 0"):
        register("Mine", Perceptron, smallest_batch=0)
    assert "Mine" not in architectures()


def test_an_unknown_name_lists_the_known_ones_and_how_to_add_one():
    with pytest.raises(ValueError, match="one of .*'LCN', .*'Perceptron'.*, got 'Nobody'; srhm.register"):
        run(architecture="Nobody")


def test_a_name_can_be_registered_again_as_a_notebook_cell_is():
    register("Perceptron", Perceptron, layers=["first", "second"])
    assert find_architecture("Perceptron").name == "Perceptron"


# Building


def test_the_seed_decides_the_initial_weights_and_torchs_generator_is_left_alone():
    make = find_architecture("Perceptron").make
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (make(TASK, 8, seed, "cpu") for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    pairs = zip(first.parameters(), again.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(a, b) and not torch.equal(a, c) for a, b, c in pairs)


def test_what_is_no_module_or_lacks_a_layer_is_named():
    with pytest.raises(ValueError, match="must return a torch.nn.Module, got int"):
        ModuleNetwork(3, [], TASK)
    with pytest.raises(ValueError, match="no layer 'third'; its layers are first, .*readout"):
        ModuleNetwork(Perceptron(TASK, 4), ["third"], TASK)


def test_logits_of_another_shape_are_named():
    network = ModuleNetwork(nn.Flatten(), [], TASK)
    with pytest.raises(ValueError, match=r"must return logits \(n, n_c\) = \(5, 3\), got \(5, 48\)"):
        network.observe(TASK.sample(5))
    tuples = ModuleNetwork(nn.LSTM(TASK.d, 2), [], TASK)
    with pytest.raises(ValueError, match="got tuple"):
        tuples.observe(TASK.sample(5))


# Observing


def test_observed_are_the_outputs_of_the_layers_named_in_evaluation_mode():
    network = find_architecture("Perceptron").make(TASK, 8, 0, "cpu").train()
    data = TASK.sample(600)  # more than one part
    first, second, logits = network.observe(data)
    module = network.module.eval()
    expected = module.first(data.one_hot())
    torch.testing.assert_close(first.values[:, 0], expected)
    torch.testing.assert_close(second.values[:, 0], module.second(expected))
    torch.testing.assert_close(logits.values[:, 0], module(data.one_hot()))
    assert network.training
    with pytest.raises(ValueError, match="no data to observe"):
        network.observe(data[:0])
    with pytest.raises(ValueError, match="the network is for s0 = 1, the data have s0 = 2"):
        network.observe(SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=2).sample(4))


def test_sensitivities_are_those_of_the_plain_definition():
    network = find_architecture("Perceptron").make(TASK, 8, 0, "cpu")
    found = sensitivities(network.observe, TASK, 100, seed=3)
    both = TASK.sample(200, 3)
    x, z = both[:100], both[100:]
    moved = TASK.displace(x, 1, 3)
    a, b, c = (network.module.eval().first(data.one_hot()) for data in (x, moved, z))
    expected = (a - b).square().sum(1).mean() / (a - c).square().sum(1).mean()
    assert found["D_1_1"] == pytest.approx(expected.item(), rel=1e-5)
    assert {f"{q}_{k}_{l}" for q in "SD" for k in (1, 2, "out") for l in (1, 2)} <= set(found)


# Training


def test_training_is_the_same_each_time_dropout_included():
    (a,), (b,), (c,) = (list(train([r])) for r in (run(), run(), run(data_seed=1)))
    assert a.train_loss == b.train_loss != c.train_loss
    test = run().test_set()
    assert error_rate(a, test) == error_rate(b, test)


def test_training_is_plain_gradient_descent_with_momentum():
    register("Plain", lambda task, width: nn.Sequential(nn.Flatten(), nn.Linear(task.v * task.d, task.n_c)))
    r = run(architecture="Plain", max_epochs=2, P=20, batch_size=20)
    (trained,) = train([r])
    network = find_architecture("Plain").make(TASK, 8, 0, "cpu")
    optimiser = torch.optim.SGD(network.parameters(), lr=r.lr, momentum=r.momentum)
    data = TASK.sample(20, 0)
    for _ in range(2):
        loss = nn.functional.cross_entropy(network(data.one_hot()), data.labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for mine, theirs in zip(trained.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_training_stopped_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr("srhm.training.loop._SAVE_SECONDS", 0)
    monkeypatch.setattr("srhm.training.module._STEPS", 2)
    (whole,) = train([run()])
    from srhm.training.module import ModuleTraining

    advance, left = ModuleTraining.advance, [3]

    class Stopped(Exception):
        pass

    def limited(self):
        if left[0] == 0:
            raise Stopped
        left[0] -= 1
        advance(self)

    monkeypatch.setattr(ModuleTraining, "advance", limited)
    for _ in range(20):
        left[0] = 3
        try:
            (parts,) = train([run()], checkpoint=tmp_path / "state.pt")
            break
        except Stopped:
            continue
    assert parts.train_loss == whole.train_loss
    for mine, theirs in zip(parts.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_batch_smaller_than_the_network_allows_joins_the_one_before():
    class Normed(Perceptron):
        def __init__(self, task, width):
            super().__init__(task, width)
            self.second = nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU())

    register("Normed", Normed, smallest_batch=2)
    (trained,) = train([run(architecture="Normed", P=17)])  # 8 + 8 + 1
    assert trained.status in ("converged", "max_epochs")
    with pytest.raises(ValueError, match="batch_size of Normed must be an integer >= 2, got 1"):
        run(architecture="Normed", batch_size=1)


def test_what_it_can_choose_is_a_penalty_and_with_batch_normalisation_the_statistics():
    (plain,), (shrunk,) = train([run()]), train([run(penalty=10.0)])
    sizes = [sum(p.square().sum() for p in t.network.parameters()).item() for t in (plain, shrunk)]
    assert sizes[1] < 0.9 * sizes[0]
    for name, value in (("statistics", "batch"), ("inputs", "whitened"), ("init", "uniform"), ("bias", True)):
        with pytest.raises(ValueError, match=f"{name} must be .* for Perceptron, got {value!r}"):
            run(**{name: value})
    assert find_architecture("Perceptron").options == ("penalty",)


def test_batch_statistics_leave_dropout_off_and_the_network_as_it_was():
    class Mixed(Perceptron):
        def __init__(self, task, width):
            super().__init__(task, width)
            self.second.append(nn.BatchNorm1d(width))

    register("Mixed", Mixed, layers=["second"], smallest_batch=2)
    (trained,) = train([run(architecture="Mixed", statistics="batch")])
    before = [v.clone() for v in trained.network.state_dict().values()]
    first, again = measure(trained, "cpu"), measure(trained, "cpu")
    assert first == again
    assert all(torch.equal(a, b) for a, b in zip(before, trained.network.state_dict().values(), strict=True))
    data = TASK.sample(700)
    (seen, _) = with_batch_statistics(trained.network).observe(data)
    torch.testing.assert_close(seen.values.mean(0)[0], trained.network.module.second[-1].bias.detach())


def test_a_network_whose_output_no_longer_depends_on_the_data_ends_early():
    class Dead(Perceptron):
        def __init__(self, task, width):
            super().__init__(task, width)
            self.second[0].bias.data.fill_(-1e6)

    register("Dead", Dead, layers=["first"])
    (trained,) = train([run(architecture="Dead", max_epochs=1000)])
    assert trained.status == "dead"
    assert 158 <= trained.epochs * 5 < 200  # as many steps as momentum needs to fade


def test_a_cost_is_known_of_a_network_that_reads_its_tensors_as_it_is_built():
    def build(task, width):
        rates = [rate.item() for rate in torch.linspace(0.1, 0.3, 2)]
        return nn.Sequential(
            nn.Flatten(), nn.Dropout(rates[0]), nn.Linear(task.v * task.d, width), nn.Linear(width, task.n_c)
        )

    register("Reads", build)
    before = torch.random.get_rng_state()
    costs = [estimate_seconds(run(architecture="Reads", width=width)) for width in (8, 80)]
    assert torch.equal(torch.random.get_rng_state(), before)
    assert 0 < costs[0] < costs[1]
    register("Reads", lambda task, width: build(task, 10 * width))  # the name is another network's now
    assert estimate_seconds(run(architecture="Reads")) == costs[1]


def test_the_cost_of_a_network_that_fits_no_memory_is_known_and_its_runs_do_not_stop_the_others(tmp_path):
    register("Huge", lambda task, width: nn.Linear(10**7, 10**7))
    huge, small = run(architecture="Huge"), run(architecture="CNN")
    assert estimate_seconds(huge) > 10**5
    with pytest.raises(TooLarge):
        sweep([huge, small], Store(tmp_path), "cpu", workers=0)
    assert Store(tmp_path).load().index.tolist() == [small.key]


# Storing


def test_it_is_swept_stored_found_and_verified_like_the_others(tmp_path):
    runs = [run(P=P) for P in (20, 40)] + [run(architecture="CNN")]
    store = Store(tmp_path)
    assert sweep(runs, store, "cpu", workers=2) == 3
    assert sweep(runs, store, "cpu", workers=2) == 0
    assert (tmp_path / "Perceptron_s2_L2.jsonl").exists()
    table = store.find(runs)
    assert len(table) == 3 and table.S_2_1.notna().all()
    assert [Run.from_row(row) for row in table.to_dict("records")] == runs
    assert verify(store, 1.0, device="cpu", workers=0).agrees.all()
    assert len(group(runs)) == 3 and estimate_seconds(runs[0]) > 0


def test_a_network_that_workers_cannot_import_is_told_and_swept_in_this_process(tmp_path):
    register("Local", lambda task, width: Perceptron(task, width), layers=["first"])
    r = run(architecture="Local")
    with pytest.raises(ValueError, match="'Local' is built by .* inside another function.*workers=0"):
        sweep([r], Store(tmp_path), "cpu", workers=1)
    assert sweep([r], Store(tmp_path), "cpu", workers=0) == 1


def test_rows_of_a_network_that_is_not_registered_here_are_still_read(tmp_path, monkeypatch):
    store = Store(tmp_path)
    r = run()
    sweep([r], store, "cpu", workers=0)
    monkeypatch.setattr("srhm.networks.registry._registered", {})
    assert store.load().index.tolist() == [r.key]
    with pytest.raises(ValueError, match="got 'Perceptron'; srhm.register"):
        Run.from_row(store.load().iloc[0])


def test_a_run_can_be_changed_and_keeps_its_key(tmp_path):
    assert replace(run(), P=41) == run(P=41)
    assert run().key == run().key != run(P=41).key
