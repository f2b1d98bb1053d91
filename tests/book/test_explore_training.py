"""The page that trains a network: its numbers against the package's, and what a reader can do."""

import re
from pathlib import Path

import numpy as np
import pytest

from srhm import SRHM, Run, error_rate, sensitivities, train
from srhm.model.randomness import integers, normal, permutation
from srhm.networks.fleet import initialise
from srhm.notebook import load_study
from srhm.runs import PAIRS

ROOT = Path(__file__).parents[2]
TASK = dict(v=4, n_c=4, m=4, s=2, L=2)
DATA = 'JSON.parse(document.getElementById("explore-data").textContent)'
SEED = 2

# A network in training on the page's task; the toolbox is the page's.
BEGIN = f"""(given) => {{
    const lib = explore.toolbox(), data = {DATA};
    const task = {{...data.task, s0: given.s0, seed: given.seed, rules: data.rules[given.seed]}};
    const training = lib.begin(task, {{...data.training, ...given}});
"""
DESCENT = (
    BEGIN
    + """
    const losses = [];
    while (!training.status) {
        lib.trainEpoch(training);
        losses.push(training.loss);
    }
    const {network, status, epoch} = training;
    const held = lib.prepare(task, given.seed, {tests: 1000, pairs: 100, copies: 12, cloud: 160});
    return {losses, status, epoch, parameters: network.parameters.map((p) => [...p]),
            error: lib.errorRate(network, held.test), ...lib.sensitivities(network, held)};
}"""
)


@pytest.fixture(scope="module")
def maths(html, browser):
    """The page, for its toolbox."""
    page = browser.new_page()
    page.goto((html / "book" / "explore" / "training.html").as_uri())
    yield page
    page.close()


@pytest.fixture
def page(visit):
    return visit("training")


def run_of(architecture, s0, P, seed=SEED, **rest):
    """The run that the page trains."""
    seeds = dict(task_seed=seed, data_seed=seed, init_seed=seed)
    return Run(architecture=architecture, **TASK, s0=s0, P=P, width=32, n_test=1000, **seeds, **rest)


# ---- The numbers


@pytest.mark.parametrize("key", [("sample", 0, 3, "labels"), ("order", 1, 2**33 + 4, 7), ("x",) * 30])
def test_random_numbers_are_the_packages(maths, key):
    call = "([name, ...given]) => [...explore.toolbox()[name](...given)]"
    for bound in (2, 36, 1000):
        expected = integers(bound, (500,), *key).tolist()
        assert maths.evaluate(call, ["integers", bound, 500, *key]) == expected
    for n in (1, 2, 33, 2000):
        assert maths.evaluate(call, ["permutation", n, *key]) == permutation(n, *key).tolist()
    drawn = np.array(maths.evaluate(call, ["normal", 50_000, *key]), np.float32)
    expected = normal((50_000,), *key).numpy()
    assert np.abs(drawn - expected).max() < 1e-6  # the logarithm of the tail may round otherwise
    assert (drawn != expected).mean() < 1e-3


@pytest.mark.parametrize(
    "s, L, s0, sparsity", [(2, 2, 1, "A"), (2, 3, 2, "B"), (3, 2, 1, "A"), (3, 2, 2, "B")]
)
def test_data_are_the_packages(maths, s, L, s0, sparsity):
    task = SRHM(v=4, n_c=3, m=4, s=s, L=L, s0=s0, sparsity=sparsity, seed=5)
    plain = dict(v=4, n_c=3, m=4, s=s, L=L, s0=s0, sparsity=sparsity, seed=5)
    rules = {level: table.tolist() for level, table in task.rules.items()}
    found = maths.evaluate(
        """(task) => {
            const lib = explore.toolbox();
            const data = lib.sample(task, 40, 2 ** 32 + 1);
            const told = (data) =>
                [data.features[1], data.positions, lib.labels(task, data)].map((x) => [...x]);
            return [data, lib.exchange(task, data, task.L, 3), lib.displace(task, data, task.L, 4)].map(told);
        }""",
        plain | {"rules": rules},
    )
    data = task.sample(40, 2**32 + 1)
    expected = [data, task.exchange_synonyms(data, L, 3), task.displace(data, L, 4)]
    for (symbols, positions, labels), other in zip(found, expected, strict=True):
        assert symbols == other.symbols.flatten().tolist()
        assert positions == other.positions.flatten().tolist()
        assert labels == other.labels.tolist()


@pytest.mark.parametrize("architecture", ["CNN", "LCN"])
@pytest.mark.parametrize("s0", [0, 1, 2])
def test_first_steps_are_the_packages(maths, architecture, s0):
    """Two epochs of two batches and a half."""
    given = dict(architecture=architecture, s0=s0, P=80, lr=0.25, seed=SEED)
    found = maths.evaluate(DESCENT, given | {"maxEpochs": 2})
    (trained,) = train([run_of(architecture, s0, 80, lr=0.25, max_epochs=2)])
    assert found["losses"][-1] == pytest.approx(trained.train_loss, abs=1e-5)
    begun = initialise(architecture, SRHM(**TASK, s0=s0), 32, SEED)
    for ours, theirs, start in zip(found["parameters"], trained.network.parameters, begun, strict=True):
        theirs = theirs.flatten().numpy()
        assert np.abs(ours - theirs).max() < 1e-4
        assert np.abs(theirs - start.flatten().numpy()).max() > 0.01  # they have moved


@pytest.mark.parametrize(
    "architecture, s0, rest",
    [("CNN", 1, {"lr": 0.08}), ("LCN", 0, {"lr": 0.08}), ("CNN", 0, {"lr": 1e30}), ("LCN", 1, {"lr": 20.0})],
)
def test_whole_trainings_end_as_in_the_package(maths, architecture, s0, rest):
    found = maths.evaluate(DESCENT, dict(architecture=architecture, s0=s0, P=96, seed=SEED, **rest))
    run = run_of(architecture, s0, 96, **rest)
    (trained,) = train([run])
    assert (found["status"], found["epoch"]) == (trained.status, trained.epochs)
    if trained.status != "converged":
        assert rest["lr"] > 1
        return
    assert found["error"] == pytest.approx(error_rate(trained.network, run.test_set()), abs=0.002)
    measured = sensitivities(trained.network.observe, run.task, 100, PAIRS + SEED)
    for letter in ("S", "D")[: 1 + (s0 > 0)]:
        expected = [measured[f"{letter}_{layer}_1"] for layer in (1, 2, "out")]
        assert found[letter] == pytest.approx(expected, abs=1e-3)
    assert s0 or found["D"] is None


def test_map_is_the_plane_of_the_principal_components(maths):
    found = maths.evaluate(
        BEGIN
        + """
            const held = lib.prepare(task, given.seed, {tests: 1000, pairs: 5, copies: 3, cloud: 160});
            const first = lib.project(training.network, held.groups, 1);
            lib.trainEpoch(training);
            const next = lib.project(training.network, held.groups, 1, first);
            return {first, next, parameters: training.network.parameters.map((p) => [...p])};
        }""",
        dict(architecture="CNN", s0=1, P=64, lr=0.08, seed=SEED),
    )
    run = run_of("CNN", 1, 64, max_epochs=1)
    (trained,) = train([run])
    rows = trained.network.observe(run.test_set()[:160])[1].values[:, 0].double().numpy()
    rows = rows - rows.mean(0)
    values = np.linalg.svd(rows)[1]
    axes = np.array(found["next"]["axes"])
    assert axes @ axes.T == pytest.approx(np.eye(2), abs=1e-9)
    assert ((rows @ axes.T) ** 2).sum() > 0.98 * (values[:2] ** 2).sum()
    points = np.array(found["next"]["points"])
    assert len(points) == 4 + 2 * 4 * 3 + 160
    assert (points[-160:] ** 2).sum(1).mean() == pytest.approx(1)
    distances = np.linalg.norm(points[-160:, None] - points[-160:], axis=2)
    projected = rows @ axes.T
    expected = np.linalg.norm(projected[:, None] - projected, axis=2)
    assert distances / distances.max() == pytest.approx(expected / expected.max(), abs=1e-5)
    before = np.array(found["first"]["points"])
    turned = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in np.linspace(0, 6, 50)]
    assert all(
        np.sum((points - before) ** 2) <= np.sum((points @ turn - before) ** 2) + 1e-9 for turn in turned
    )


def test_maps_held_are_those_that_the_page_would_draw(maths):
    held = maths.evaluate(f"{DATA}.maps")
    assert len(held) == 2 * 3 and all(of_task["seed"] == 0 for of_task in held)
    (cnn,) = (of_task for of_task in held if (of_task["architecture"], of_task["s0"]) == ("CNN", 1))
    smallest = cnn["maps"][0]
    drawn = maths.evaluate(
        BEGIN
        + """
            while (!training.status) lib.trainEpoch(training);
            const held = lib.prepare(task, given.seed, {tests: 1000, pairs: 5, copies: 12, cloud: 160});
            return lib.project(training.network, held.groups, 1).points;
        }""",
        dict(architecture="CNN", s0=1, P=smallest["P"], lr=0.08, seed=0),
    )
    ours, theirs = np.array(smallest["points"]) / 100, np.array(drawn)
    assert ours.shape == theirs.shape
    apart = [np.linalg.norm(points[:, None] - points[:40], axis=2) for points in (ours, theirs)]
    assert apart[0] == pytest.approx(apart[1], abs=0.1)  # a map may be turned
    assert np.abs(apart[0] - apart[1]).mean() < 0.01


def test_stored_runs_are_those_of_the_store(maths):
    stored = maths.evaluate(f"{DATA}.stored")
    runs, _ = load_study("usual_rate", "stored", "cpu", ROOT / "results")
    assert len(stored) == 2 * 3 * 5
    for curve in stored:
        same = runs[
            (runs.v == 4) & (runs.L == 2) & (runs.s == 2) & (runs.architecture == curve["architecture"])
        ]
        same = same[(same.s0 == curve["s0"]) & (same.task_seed == curve["seed"])].sort_values("P")
        assert curve["P"] == same.P.tolist()
        assert curve["error"] == pytest.approx(same.test_error.tolist(), abs=1e-4)
        assert ("D" in curve) == (curve["s0"] > 0)
        below = [P for P, error in zip(curve["P"], curve["error"], strict=True) if error <= 0.1]
        assert curve["P_star"] <= below[-1]
    star = {(c["architecture"], c["s0"], c["seed"]): c["P_star"] for c in stored}
    assert all(star["LCN", s0, seed] > star["CNN", s0, seed] for s0 in (1, 2) for seed in range(5))


# ---- What a reader can do


def choose(page, **wanted):
    for name, value in wanted.items():
        page.select_option(f"#training-{name}", str(value))


def set_size(page, P):
    page.fill("#training-P", str(page.evaluate(f"{DATA}.sizes").index(P)))


def wait_for_end(page):
    page.wait_for_function("document.getElementById('training-verdict').textContent", timeout=60_000)
    return page.inner_text("#training-now"), page.inner_text("#training-verdict")


def test_trains_by_keyboard_alone_and_as_the_package_does(page):
    page.focus("#training-s0")
    page.keyboard.press("0")
    page.focus("#training-P")
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.focus("#training-lr")
    page.keyboard.press("End")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    now, verdict = wait_for_end(page)
    run = run_of("CNN", 0, 128, seed=0, lr=0.25)
    (trained,) = train([run])
    epoch, error = re.match(r"Epoch (\d+): .* test error ([\d.]+) %", now).groups()
    assert int(epoch) == trained.epochs
    assert float(error) / 100 == pytest.approx(error_rate(trained.network, run.test_set()), abs=0.006)
    assert verdict.startswith("Learnt" if float(error) <= 10 else "Not learnt")
    assert page.inner_text("#training-run") == "Train again"
    assert (
        page.locator("#training-stored .hollow").count() == 2
    )  # test error and S; nothing moves without blanks
    assert page.evaluate("document.activeElement.id") == "training-run"


def test_one_epoch_at_a_time_and_again(page):
    choose(page, s0=0, lr="0.25")
    set_size(page, 64)
    page.wait_for_function("document.getElementById('training-now').textContent.startsWith('Epoch 0')")
    for epoch in (1, 2):
        page.click("#training-step")
        page.wait_for_function(
            f"document.getElementById('training-now').textContent.startsWith('Epoch {epoch}:')"
        )
    page.click("#training-reset")
    page.wait_for_function("document.getElementById('training-now').textContent.startsWith('Epoch 0')")


def test_pauses_while_the_page_is_hidden(page):
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    epoch = "Number(document.getElementById('training-epoch').textContent)"
    page.click("#training-run")
    page.wait_for_function(f"{epoch} > 2")
    page.evaluate(hide, True)
    page.wait_for_timeout(300)
    seen = page.evaluate(epoch)
    page.wait_for_timeout(300)
    assert page.evaluate(epoch) == seen and not page.inner_text("#training-verdict")
    page.evaluate(hide, False)
    page.wait_for_function(f"{epoch} > {seen}")
    page.click("#training-run")
    assert page.inner_text("#training-run") == "Go on"


def test_presets_train_on_both_sides_of_P_star(page):
    choose(page, s0=1, lr="0.25")
    errors = []
    for button, ratio in (("few", 1 / 4), ("many", 4)):
        page.click(f"#training-{button}")
        assert float(page.inner_text("#training-ratio")) == pytest.approx(ratio, rel=0.1)
        now, _ = wait_for_end(page)
        errors.append(float(re.search(r"error ([\d.]+) %", now)[1]))
    assert errors[0] > 30 and errors[1] < 2
    assert page.locator("#training-stored .hollow").count() == 6


def test_sliding_P_past_P_star_brings_copies_together(page):
    def spread(name):
        spokes = page.locator(f"#training-{name}-map .spoke").evaluate_all(
            "lines => lines.map(line => ['x1', 'y1', 'x2', 'y2'].map(end => Number(line.getAttribute(end))))"
        )
        return np.mean([np.hypot(x2 - x1, y2 - y1) for x1, y1, x2, y2 in spokes])

    sizes = page.evaluate(f"{DATA}.maps.find(m => m.architecture === 'CNN' && m.s0 === 1).maps.map(m => m.P)")
    seen = []
    for P in sizes:
        set_size(page, P)
        assert page.inner_text("#training-near-P") == f"{P:,}"
        seen.append(spread("near"))
    assert seen[0] == pytest.approx(spread("few"))
    assert seen[-1] < seen[0] / 2


def test_layer_and_class_choose_the_map(page):
    page.wait_for_selector("#training-now-map .datum")
    names = ("start", "now")

    def maps():
        return [page.locator(f"#training-{name}-map").inner_html() for name in names]

    seen = [maps()]
    choose(page, **{"class": 3})
    seen.append(maps())
    choose(page, layer=1)
    page.wait_for_function(f"document.getElementById('training-now-map').innerHTML !== {seen[1][1]!r}")
    seen.append(maps())
    assert seen[0] != seen[1] != seen[2]
    assert seen[0][0].replace("\n", "") == seen[0][1].replace("\n", "")  # nothing trained yet
    assert page.locator("#training-now-map .copy").count() == 24
    choose(page, s0=0)
    page.wait_for_function("document.querySelectorAll('#training-now-map .copy').length === 12")


def test_the_address_keeps_the_setting(page, visit):
    choose(page, architecture="LCN", s0=2, seed=3, layer=1)
    set_size(page, 362)
    other = visit("training#" + page.url.partition("#")[2])
    for name in ("architecture", "s0", "P", "lr", "seed", "layer", "class"):
        assert other.input_value(f"#training-{name}") == page.input_value(f"#training-{name}")
    assert other.inner_text("#training-P-value") == "362"
