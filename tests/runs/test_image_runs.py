"""Runs on images: their keys, what they refuse, and what they measure."""

import json
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
import torch
from helpers import image_run as run
from helpers import run as task_run

from srhm.images import IMAGE_SETS, Images, load_images, temperature_for
from srhm.measure import stabilities
from srhm.networks import IMAGE, ImageNetwork
from srhm.networks.vision import IMAGE_WIDTH
from srhm.runs import PAIRS, ImageGrid, ImageRun, Outcome, Run, Store, kind_of
from srhm.training import train

BASE = dict(dataset="cifar-10", architecture="LeNet", P=512, width=6)
CHANGES = dict(
    dataset="fashion-mnist", architecture="CNN", P=513, width=12, data_seed=1, init_seed=1, batch_size=41,
    lr=0.1, momentum=0.8, loss_threshold=0.1, max_epochs=251, n_test=9999, n_pairs=999, displacement=0.5,
    cutoff=4, init="normal", penalty=0.1,
)  # fmt: skip


def test_a_change_of_any_field_changes_the_key():
    assert set(CHANGES) == {f.name for f in fields(ImageRun)}
    keys = {ImageRun(**BASE).key} | {ImageRun(**BASE | {name: value}).key for name, value in CHANGES.items()}
    assert len(keys) == 1 + len(CHANGES)


def test_the_key_of_a_configuration_never_changes():
    """If this fails, stored results are no longer found: raise SEMANTICS on purpose, or undo the change."""
    assert ImageRun(**BASE).key == "5fb22b7184e0be43"
    assert ImageRun(**CHANGES).key == "236b35acbbb2a86c"


def test_equal_runs_have_equal_keys():
    numbers = {name: np.asarray(value)[()] for name, value in CHANGES.items() if not isinstance(value, str)}
    assert ImageRun(**CHANGES | numbers) == ImageRun(**CHANGES)
    assert ImageRun(**CHANGES | numbers).key == ImageRun(**CHANGES).key
    assert ImageRun(**BASE, displacement=2).key == ImageRun(**BASE, displacement=2.0).key
    assert ImageRun.from_row(json.loads(json.dumps(asdict(ImageRun(**CHANGES))))) == ImageRun(**CHANGES)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(dataset="mnist"), "dataset must be one of .*'fashion-mnist', 'cifar-10'.*got 'mnist'"),
        (dict(architecture="LCN"), "architecture must be one of .*'LeNet'.*got 'LCN'"),
        (dict(init="zero"), "init must be one of"),
        (dict(P=50_001), "P must be at most 50000 on cifar-10, got 50001"),
        (dict(n_test=10_001), "n_test must be at most 10000 on cifar-10"),
        (dict(n_pairs=5001), "n_pairs must be at most 5000 on cifar-10"),
        (dict(P=0), "P must be an integer >= 1, got 0"),
        (dict(P=1, architecture="VGG11"), "P of VGG11 must be an integer >= 2, got 1"),
        (dict(width=7), "width must be a multiple of 3 for LeNet, got 7"),
        (dict(cutoff=32), "cutoff must be below the height, got 32 and 32"),
        (dict(cutoff=1), "cutoff must be an integer >= 2, got 1"),
        (dict(displacement=0), "displacement must be a finite number > 0, got 0"),
        (dict(displacement=1e-4), "displacement must be at least 0.001 pixels, got 0.0001"),
        (dict(displacement=33), "displacement must be at most the longer side, 32, got 33"),
        (dict(displacement="1"), "displacement must be a number, got '1'"),
        (dict(lr=float("inf")), "lr must be a finite number > 0"),
        (dict(momentum=1), r"momentum must lie in \[0, 1\)"),
        (dict(penalty=-1.0), "penalty must be a finite number >= 0"),
        (dict(data_seed=2**32), r"data_seed must be below 2\*\*32"),
        (dict(init_seed=-1), "init_seed must be an integer >= 0"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_the_rule(changes, message):
    with pytest.raises(ValueError, match=message):
        ImageRun(**BASE | changes)


def test_rows_of_both_kinds_are_kept_apart(tmp_path):
    store, mine, other = Store(tmp_path), [run(64), run(65)], task_run()
    for r in (*mine, other):
        store.append(r, Outcome("converged", test_error=0.5), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CNN_s2_L2.jsonl", "generated_LeNet.jsonl"]
    assert store.load().index.tolist() == [other.key]
    assert store.load().L.dtype == store.load(ImageRun).P.dtype == int
    assert store.load(ImageRun).index.tolist() == [r.key for r in mine]
    assert store.rows().keys() == {r.key for r in (*mine, other)}
    assert store.missing([*mine, run(66), other]) == [run(66)]
    assert store.find(mine).P.tolist() == [64, 65]
    for key, row in store.rows().items():
        assert kind_of(row).from_row(row) in (*mine, other)
        assert kind_of(row).from_row(row).key == key
    assert {kind_of(row) for row in store.rows().values()} == {Run, ImageRun}


def test_a_row_that_was_edited_is_named(tmp_path):
    store = Store(tmp_path)
    store.append(run(), Outcome("converged", test_error=0.5, sensitivities={"R_out": 0.5}), {})
    (path,) = tmp_path.iterdir()
    line = path.read_text()
    path.write_text(line.replace('"cutoff": 3', '"cutoff": 4'))
    with pytest.raises(ValueError, match="line 1 does not match its key"):
        store.load()
    path.write_text(line.replace('"R_out": 0.5', '"R_out": -0.5'))
    with pytest.raises(ValueError, match="R_out must be a finite number >= 0, or be null, got -0.5"):
        store.load()


def test_a_run_is_measured_on_images_that_it_was_not_trained_on(monkeypatch):
    r = run(n_test=300, n_pairs=40, data_seed=7, displacement=0.7, cutoff=4)
    train_set, test_set = load_images("generated")
    network = ImageNetwork("LeNet", (1, 16, 16), 10, 6, 3)
    seen = r.measure(network, "cpu")
    chosen, pairs = test_set.choose(300, 7), test_set.choose(80, PAIRS + 7)
    wrong = network.observe(chosen.images)[-1].values[:, 0].argmax(1) != chosen.labels
    assert seen.pop("test_error") == wrong.double().mean().item()
    temperature = temperature_for(0.7, 4, (16, 16))
    assert seen == stabilities(network.observe, pairs.images, temperature, 4, PAIRS + 7)
    images, labels = r.training_set("cpu")
    assert torch.equal(images, train_set.choose(r.P, 7).images) and len(labels) == r.P


def test_training_is_stochastic_gradient_descent_on_the_images():
    r = run(32, batch_size=32, max_epochs=2, lr=0.05, momentum=0.5, penalty=0.0, init_seed=4, data_seed=2)
    (trained,) = train([r])
    network = ImageNetwork("LeNet", (1, 16, 16), 10, 6, 4, init="uniform")
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.5)
    images, labels = r.training_set("cpu")
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert trained.train_loss == pytest.approx(loss.item(), rel=1e-4)
    for mine, theirs in zip(trained.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("architecture", IMAGE)
def test_every_network_trains_and_is_measured(architecture):
    # On a CPU with AVX2 only, oneDNN (torch 2.13) writes beyond its memory in the gradient of a convolution
    # of one pixel and stride 2 with fewer than 8 channels, as the residual networks have when narrower.
    width = {"EfficientNetB0": 4, "LeNet": 3, "ResNet18": 8, "ResNet34": 8}.get(architecture, 2)
    r = run(5, architecture, width=width, batch_size=4, max_epochs=1, n_pairs=2, n_test=4)
    (trained,) = train([r])
    assert trained.epochs == 1
    assert {"test_error", "R_1", "R_3", "R_out", "R_out_se"} <= set(r.measure(trained.network, "cpu"))


def test_a_grid_crosses_networks_seeds_and_sizes():
    grid = ImageGrid("cifar-10", {"LeNet": 6, "FCN": 8}, (1024, 512), 2, dict(lr=0.5))
    runs = grid.runs()
    assert len(runs) == len({r.key for r in runs}) == 8
    assert [r.P for r in runs] == [512] * 4 + [1024] * 4
    assert {(r.architecture, r.width) for r in runs} == {("LeNet", 6), ("FCN", 8)}
    assert {(r.data_seed, r.init_seed) for r in runs} == {(0, 0), (1, 1)}
    assert {r.lr for r in runs} == {0.5}
    assert grid.parts() == [grid]


def test_each_run_trains_alone_and_costs_more_with_its_images_and_its_width():
    a, b = run(64), run(64, data_seed=1)
    assert a.shape != b.shape
    assert a.shape == replace(a, max_epochs=a.max_epochs + 1).shape  # the same training, further on
    assert a.step_seconds < replace(a, width=12).step_seconds
    assert a.step_seconds < replace(a, dataset="cifar-10").step_seconds
    assert all(
        run(architecture=name, width=IMAGE_WIDTH[name]).step_seconds * run().usual_epochs > 0
        for name in IMAGE
    )
    assert run(architecture="VGG11", width=2).smallest_batch == 2
    assert isinstance(load_images("generated")[0], Images) and set(IMAGE_SETS) >= {run().needs}
