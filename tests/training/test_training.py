"""Training: fleets against networks one by one and against torch's own SGD."""

import pytest
import torch
from helpers import dense_activations

from srhm.model.randomness import permutation
from srhm.networks.fleet import FLEETS, initialise
from srhm.runs import Run
from srhm.training import train
from srhm.training.fleet import FleetTraining
from srhm.training.trainee import Trainee

TASK = dict(v=4, n_c=4, m=4, s=2, L=2, s0=1)
SMALL = dict(**TASK, width=16, batch_size=8)


def run(seed=0, **changes):
    fields = dict(architecture="CNN", P=100, max_epochs=3, task_seed=seed, data_seed=seed)
    return Run(**SMALL | fields | dict(init_seed=seed) | changes)


def train_plainly(r):
    """The same run with one dense network, autograd and torch.optim.SGD."""
    data = r.task.sample(r.P, r.data_seed)
    x = data.one_hot()
    parameters = [p.requires_grad_() for p in initialise(r.architecture, r.task, r.width, r.init_seed)]
    lr = r.lr * r.width
    first = {"params": parameters[:1], "lr": r.first_layer_rate * lr}
    optimiser = torch.optim.SGD([first, {"params": parameters[1:]}], lr=lr, momentum=r.momentum)
    for epoch in range(1, r.max_epochs + 1):
        total = 0.0
        order = permutation(r.P, "order", r.data_seed, r.init_seed, epoch)
        for rows in order.split(r.batch_size):
            logits = dense_activations(r.architecture, r.task, r.width, parameters, x[rows])[-1]
            loss = torch.nn.functional.cross_entropy(logits, data.labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(rows)
    return total / r.P, parameters


@pytest.mark.parametrize(
    ("architecture", "task"),
    [(a, {}) for a in FLEETS]
    + [(a, dict(s0=(2, 0))) for a in FLEETS]
    + [(a, dict(L=3, s0=s0)) for a in ("Shared-01", "Shared-10") for s0 in (1, (0, 1, 2))]
    + [(a, dict(first_layer_rate=rate)) for a in FLEETS for rate in (0.25, 3.0)],
)
def test_training_is_sgd_with_momentum(architecture, task):
    r = run(architecture=architecture, P=101, max_epochs=8, **task)
    (ours,) = train([r])
    loss, parameters = train_plainly(r)
    assert ours.status == "max_epochs"
    assert ours.train_loss == pytest.approx(loss, rel=1e-4)
    for mine, theirs in zip(ours.network.parameters, parameters, strict=True):
        torch.testing.assert_close(mine[0], theirs.detach(), atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize("architecture", FLEETS)
def test_a_fleet_gives_what_its_runs_give_alone(architecture):
    """Different tasks, P, rates and stopping rules, and more runs than places; hundreds of steps."""
    runs = [
        run(0, architecture=architecture, P=64, max_epochs=60),
        run(1, architecture=architecture, P=150, max_epochs=9, lr=0.02),
        run(2, architecture=architecture, P=97, max_epochs=20, m=3),
        run(3, architecture=architecture, P=33, max_epochs=70, loss_threshold=0.5),
        run(4, architecture=architecture, P=80, max_epochs=2),
    ]
    alone = {r: t for r in runs for t in train([r])}
    together = {t.run: t for t in train(runs, fleet_size=2)}
    assert set(together) == set(runs)
    for r in runs:
        a, b = alone[r], together[r]
        assert (a.status, a.epochs) == (b.status, b.epochs)
        assert a.train_loss == pytest.approx(b.train_loss, rel=1e-4)
        for mine, theirs in zip(a.network.parameters, b.network.parameters, strict=True):
            torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-3)
    assert alone[runs[3]].status == "converged"


@pytest.mark.parametrize("P", [3, 16, 40, 64])
def test_the_rows_ahead_are_those_of_the_epochs_to_come(P):
    """A batch of each step, wherever it begins; hand-made from the orders of the epochs."""
    trainee, batches = Trainee(run(P=P, batch_size=16, max_epochs=50)), []
    for epoch in range(1, 20):
        order = permutation(P, "order", 0, 0, epoch).tolist()
        assert sorted(order) == list(range(P))
        batches += [order[i : i + 16] for i in range(0, P, 16)]
    expected = [batch + [-1] * (16 - len(batch)) for batch in batches]
    for step in range(12):
        assert trainee.rows(7).tolist() == expected[step : step + 7]
        trainee.record([100.0 * P], [True])
    assert trainee.epoch == 1 + 12 // -(-P // 16)


def test_a_run_that_stops_sooner_is_the_network_along_the_way():
    """What the study `time_course` rests on. 256 steps are an epoch, and what a fleet advances at a time."""
    long = run(P=256 * 8, max_epochs=3)
    fleet = FleetTraining(long, torch.device("cpu"))
    fleet.replace([], [Trainee(long)])
    stopped = {t.run.max_epochs: t for t in train([run(P=256 * 8, max_epochs=epochs) for epochs in (1, 2)])}
    for epochs in (1, 2):
        fleet.advance()
        assert fleet.trainees[0].epoch == epochs + 1
        for mine, theirs in zip(fleet.networks.parameters, stopped[epochs].network.parameters, strict=True):
            torch.testing.assert_close(mine, theirs)


def test_runs_that_differ_in_their_last_epoch_only_are_one_training(monkeypatch):
    """Each is what it is alone, whether it stops at its last epoch or by itself; one place for all."""
    chunks, advance = [], FleetTraining.advance

    def counted(self):
        chunks.append(len(self.trainees))
        advance(self)

    monkeypatch.setattr(FleetTraining, "advance", counted)
    limits = (60, 1, 90, 7, 50, 2)
    runs = [run(P=256, max_epochs=limit, loss_threshold=0.05) for limit in limits]
    together = list(train(runs))
    assert set(chunks) == {1} and len(chunks) < 90
    assert [trained.run.max_epochs for trained in together] == sorted(limits)
    assert {"max_epochs", "converged"} == {trained.status for trained in together}
    for trained in together:
        (alone,) = train([trained.run])
        assert (trained.status, trained.epochs) == (alone.status, alone.epochs)
        assert trained.train_loss == alone.train_loss
        for mine, theirs in zip(trained.network.parameters, alone.network.parameters, strict=True):
            assert torch.equal(mine, theirs)


def test_a_run_that_fails_fails_however_long_it_may_last():
    runs = [run(lr=1e6, max_epochs=limit) for limit in (20, 40)]
    assert [(t.run, t.status, t.epochs) for t in train(runs)] == [
        (r, "failed", next(train([r])).epochs) for r in runs
    ]


def test_a_module_given_at_one_epoch_stays_as_it_was_when_its_training_goes_on():
    runs = [run(architecture="VGG11", width=8, lr=0.05, max_epochs=limit) for limit in (3, 1, 2)]
    together = list(train(runs))
    assert [trained.epochs for trained in together] == [1, 2, 3]
    for trained in together:
        (alone,) = train([trained.run])
        for mine, theirs in zip(trained.network.parameters(), alone.network.parameters(), strict=True):
            assert torch.equal(mine, theirs)


def test_the_same_run_gives_the_same_bits():
    first, second = (next(train([run(max_epochs=5)])) for _ in range(2))
    for a, b in zip(first.network.parameters, second.network.parameters, strict=True):
        assert torch.equal(a, b)


def test_training_stops_after_the_first_epoch_below_the_threshold():
    long = next(train([run(max_epochs=40, loss_threshold=1e-9)]))
    losses = [next(train([run(max_epochs=e, loss_threshold=1e-9)])).train_loss for e in (10, 11)]
    stopped = next(train([run(max_epochs=40, loss_threshold=sum(losses) / 2)]))
    assert losses[1] < losses[0]
    assert (long.status, long.epochs) == ("max_epochs", 40)
    assert (stopped.status, stopped.epochs) == ("converged", 11)


def test_a_diverging_run_fails_and_leaves_the_others_alone():
    bad, good = run(lr=1e6), run(1)
    ended = {t.run: t for t in train([bad, good])}
    (alone,) = train([good])
    assert ended[bad].status == "failed"
    assert ended[good].train_loss == pytest.approx(alone.train_loss, rel=1e-5)


def denormals_are_zero():
    return not torch.tensor(2.0**-126).div(2).item()


@pytest.mark.parametrize("before", [False, True])
def test_denormals_are_flushed_while_it_trains_and_then_treated_as_before(before, monkeypatch):
    during, advance = [], FleetTraining.advance
    monkeypatch.setattr(
        FleetTraining, "advance", lambda self: during.append(denormals_are_zero()) or advance(self)
    )
    if not torch.set_flush_denormal(before):
        pytest.skip("this processor cannot flush denormals")
    try:
        after = [denormals_are_zero() for _ in train([run(max_epochs=1), run(1, max_epochs=9)], fleet_size=1)]
        assert [*after, denormals_are_zero()] == [before] * 3
    finally:
        torch.set_flush_denormal(False)
    assert during and all(during)


def test_bad_input_is_named_before_any_work():
    with pytest.raises(ValueError, match="share their shape"):
        next(train([run(), run(width=8)]))
    with pytest.raises(ValueError, match="fleet_size must be an integer >= 1, got -1"):
        next(train([run()], fleet_size=-1))
    with pytest.raises(ValueError, match="device"):
        next(train([run()], device="tpu"))
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="no CUDA GPU"):
            next(train([run()], device="cuda"))
