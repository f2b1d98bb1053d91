"""Touch the model, in a real browser: its mathematics against Python's, and what a reader can do."""

import re

import numpy as np
import pytest
import torch

from srhm import SRHM
from srhm.model import Data

SHAPES = [(s, L, s0, sparsity) for s in (2, 3) for L in (1, 2, 3) for s0 in range(4) for sparsity in "AB"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"

# Data of one task and what every transformation makes of them, with how the script itself reads them.
DRAW = """([s, L, s0, sparsity]) => {
    const data = JSON.parse(document.getElementById("explore-data").textContent);
    const task = {...data, s, L, s0, sparsity, seed: 0, rules: data.rules[`${s},${L}`]};
    const {sample, redraw, symbols, input, decode, facts} = explore.task;
    const told = (datum) => {
        const x = input(task, datum);
        const where = [...x.keys()].filter((i) => x[i] !== null);
        return {label: datum.label, decoded: decode(task, x), features: symbols(task, datum),
                positions: where, symbols: where.map((i) => x[i])};
    };
    const chains = Array.from({length: 8}, (_, seed) => {
        let datum = sample(task, seed);
        const steps = [{part: "sample", ...told(datum)}];
        for (let level = 1; level <= L; level++)
            for (const node of [undefined, s ** (L - level) - 1])
                for (const part of s0 ? ["choices", "places"] : ["choices"]) {
                    datum = redraw(task, datum, part, level, node);
                    steps.push({part, level, node: node ?? null, ...told(datum)});
                }
        return steps;
    });
    const found = facts(task);
    return {chains, facts: {...found, size: String(found.size)}};
}"""


@pytest.fixture(scope="module")
def maths(html, browser):
    """The page of the model, for what leaves it as it is."""
    page = browser.new_page()
    page.goto((html / "book" / "explore" / "task.html").as_uri())
    yield page
    page.close()


@pytest.fixture
def task_page(visit):
    return visit("task", reduced_motion="reduce")


def python_task(s, L, s0, sparsity):
    return SRHM(v=3, n_c=3, m=3, s=s, L=L, s0=s0, sparsity=sparsity)


def shown(page):
    """The datum that the page shows, as its text says, in Python: the task and the one-hot input."""
    s, L, s0 = (int(page.input_value(f"#task-{name}")) for name in ("s", "L", "s0"))
    task = python_task(s, L, s0, page.input_value("#task-sparsity"))
    x = torch.zeros(1, task.v, task.d)
    text = page.get_attribute("#task-now svg", "aria-label")
    for letter, position in re.findall(r"([a-z]) at (\d+)", text):
        x[0, LETTERS.index(letter), int(position) - 1] = 1
    return task, x


def shown_label(page):
    return int(page.inner_text("#task-label"))


# ---- The mathematics of "Touch the model"


def test_data_are_those_of_the_model(maths):
    for shape in SHAPES:
        task, drawn = python_task(*shape), maths.evaluate(DRAW, list(shape))
        steps = [step for chain in drawn["chains"] for step in chain]
        labels, symbols, positions = (
            torch.tensor([step[name] for step in steps]) for name in ("label", "symbols", "positions")
        )
        data = Data(task, labels, symbols, positions)
        assert task.decode(data.one_hot()).tolist() == labels.tolist()
        assert [step["decoded"] for step in steps] == labels.tolist()
        for level in range(1, task.L + 2):
            features = [step["features"][str(level)] for step in steps]
            assert task.features(data, level).tolist() == features
        for seed, (first, *_) in enumerate(drawn["chains"]):
            datum = task.sample(1, seed)
            assert [first["label"]] == datum.labels.tolist()
            assert [first["symbols"]] == datum.symbols.tolist()
            assert [first["positions"]] == datum.positions.tolist()
        assert drawn["facts"] == {
            "d": task.d, "informative": task.num_leaves, "fraction": pytest.approx(task.fraction),
            "size": str(task.size),
        }  # fmt: skip


@pytest.mark.parametrize("shape", [(2, 2, 1, "A"), (2, 3, 2, "B"), (3, 2, 1, "A"), (3, 3, 1, "B")])
def test_transformations_change_what_they_should_and_nothing_else(maths, shape):
    s, L, s0, _ = shape
    k = s * (s0 + 1)
    for chain in maths.evaluate(DRAW, list(shape))["chains"]:
        for before, after in zip(chain, chain[1:], strict=False):
            level, node = after["level"], after["node"]
            assert after["label"] == before["label"]
            if after["part"] == "choices":
                assert after["positions"] == before["positions"]
                assert after["symbols"] != before["symbols"]
                for above in range(level + 1, L + 2):
                    assert after["features"][str(above)] == before["features"][str(above)]
            else:
                assert after["features"] == before["features"]
                assert after["positions"] != before["positions"]
                nodes = [[p // k**level for p in step["positions"]] for step in (before, after)]
                assert nodes[0] == nodes[1]
            if node is not None:
                heirs = s**level
                for name in ("symbols", "positions"):
                    outside = [
                        step[name][: node * heirs] + step[name][(node + 1) * heirs :]
                        for step in (before, after)
                    ]
                    assert outside[0] == outside[1]


@pytest.mark.parametrize("shape", [(2, 2, 1, "A"), (2, 2, 1, "B"), (3, 2, 1, "A"), (3, 2, 1, "B")])
def test_parser_refuses_what_python_refuses(maths, shape):
    corrupted = maths.evaluate(
        """([s, L, s0, sparsity]) => {
            const data = JSON.parse(document.getElementById("explore-data").textContent);
            const task = {...data, s, L, s0, sparsity, seed: 0, rules: data.rules[`${s},${L}`]};
            const any = (n) => Math.floor(Math.random() * n);
            return Array.from({length: 150}, (_, i) => {
                const x = explore.task.input(task, explore.task.sample(task, i));
                const [a, b] = [any(x.length), any(x.length)];
                if (i % 3 === 0) [x[a], x[b]] = [x[b], x[a]];
                if (i % 3 === 1 && x[a] !== null) x[a] = (x[a] + 1) % data.v;
                if (i % 3 === 2) x[a] = i % 2 ? null : any(data.v);
                return [x, explore.task.decode(task, x)];
            });
        }""",
        list(shape),
    )
    task, refused = python_task(*shape), 0
    for x, found in corrupted:
        one_hot = torch.tensor([[[float(symbol == a) for symbol in x] for a in range(task.v)]])
        try:
            expected = int(task.decode(one_hot)[0])
        except ValueError:
            expected, refused = None, refused + 1
        assert found == expected
    assert 20 < refused < 150


@pytest.mark.parametrize("shape", [(2, 1, 3, "A"), (3, 1, 1, "A"), (2, 1, 2, "B"), (3, 1, 1, "B")])
def test_placements_are_uniform(maths, shape):
    s, L, s0, sparsity = shape
    drawn = maths.evaluate(
        "task => Array.from({length: 20000}, () => String(explore.task.place(task)))",
        {"s": s, "L": 1, "s0": s0, "sparsity": sparsity},
    )
    task = python_task(*shape)
    counts = np.unique(drawn, return_counts=True)[1]
    assert len(counts) == task.placement_counts[0]
    expected = len(drawn) / task.placement_counts[0]
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert chi2 < task.placement_counts[0] - 1 + 6 * np.sqrt(2 * task.placement_counts[0])


def test_rules_are_those_of_python(maths):
    rules = maths.evaluate('JSON.parse(document.getElementById("explore-data").textContent).rules')
    for s in (2, 3):
        for L in (1, 2, 3):
            expected = python_task(s, L, 0, "A").rules
            assert rules[f"{s},{L}"] == {str(level): table.tolist() for level, table in expected.items()}


# ---- What a reader of "Touch the model" can do


@pytest.mark.parametrize(
    "device, s, L, s0, sparsity",
    [("click", *"332B"), ("tap", *"231A"), ("Enter", *"221A"), ("Space", *"222B"), ("click", *"211A")],
)
def test_label_stays_whatever_is_transformed(visit, device, s, L, s0, sparsity):
    touch = {"width": 390, "has_touch": True} if device == "tap" else {}
    page = visit("task", reduced_motion="reduce", **touch)

    def press(target):
        getattr(target, device)() if device in ("click", "tap") else target.press(device)

    page.select_option("#task-s", s)
    page.fill("#task-L", L)
    page.fill("#task-s0", s0)
    page.select_option("#task-sparsity", sparsity)
    label, count = shown_label(page), 0
    targets = [page.locator("#task-exchange"), page.locator("#task-displace")]
    for mode in ("#task-swap", "#task-move"):
        page.check(mode)
        nodes = page.locator(".node")
        for target in [*targets, *map(nodes.nth, range(0, nodes.count(), 2))]:
            page.select_option("#task-level", str(count % int(L) + 1))
            before = shown(page)[1]
            press(target)
            count += 1
            task, x = shown(page)
            assert (x != before).any()
            assert task.decode(x).tolist() == [shown_label(page)] == [label]
            assert page.inner_text("#task-verdict").startswith("unchanged after " + str(count))
    press(page.locator("#task-new"))
    assert shown(page)[0].decode(shown(page)[1]).tolist() == [shown_label(page)]
    assert page.inner_text("#task-verdict") == "the class it was drawn from"


def test_focus_stays_on_a_node(task_page):
    task_page.locator(".node").nth(1).focus()
    task_page.keyboard.press("Enter")
    assert task_page.evaluate("document.activeElement.dataset.node") == "2,0"


def test_sliders_follow_the_arrows(task_page):
    task_page.focus("#task-s0")
    lengths = [task_page.inner_text("#task-d")]
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        task_page.keyboard.press(key)
        lengths.append(task_page.inner_text("#task-d"))
    assert lengths == ["16", "36", "64", "36"]
    task_page.focus("#task-L")
    task_page.keyboard.press("ArrowRight")
    task, x = shown(task_page)
    assert (task.L, int(task_page.inner_text("#task-d"))) == (3, task.d)
    assert int(task_page.get_attribute("#task-size", "data-exact")) == task.size
    assert task.decode(x).tolist() == [shown_label(task_page)]


def test_another_sparsity_keeps_the_symbols(task_page):
    before = task_page.get_attribute("#task-tree svg", "aria-label")
    task_page.fill("#task-s0", "3")
    assert task_page.get_attribute("#task-tree svg", "aria-label") == before


def test_without_blanks_nothing_moves(task_page):
    task_page.check("#task-move")
    task_page.fill("#task-s0", "0")
    assert task_page.locator("#task-fixed").is_visible()
    assert task_page.is_disabled("#task-displace") and task_page.is_disabled("#task-move")
    task_page.locator(".node").first.click()
    assert "Synonyms" in task_page.inner_text("#task-text")


def test_an_input_square_stands_for_its_tuple(task_page):
    before = shown(task_page)[1]
    task_page.locator(".node[data-node='1,3']").click()
    task, after = shown(task_page)
    differing = (before != after).any(1)[0].nonzero()[:, 0]
    assert len(differing) and differing.min() >= task.d // 2  # of the second of two tuples
    assert task.decode(after).tolist() == [shown_label(task_page)]


def test_before_is_there_once_something_has_changed(task_page):
    assert not task_page.locator("#task-before").is_visible()
    was = task_page.get_attribute("#task-now svg", "aria-label")
    task_page.click("#task-displace")
    assert task_page.get_attribute("#task-before svg", "aria-label") == was


def test_undo_takes_back_one_after_another(task_page):
    def now():
        return [task_page.get_attribute("#task-now svg", "aria-label"), task_page.inner_text("#task-verdict")]

    assert task_page.is_disabled("#task-undo")
    seen = [now()]
    for button in ("exchange", "displace", "new", "exchange"):
        task_page.click(f"#task-{button}")
        seen.append(now())
    while len(seen) > 1:
        assert now() == seen.pop()
        task_page.click("#task-undo")
    assert now() == seen.pop() and task_page.is_disabled("#task-undo")


def test_the_address_keeps_what_is_shown(visit):
    page = visit("task", reduced_motion="reduce")
    page.fill("#task-s0", "2")
    page.select_option("#task-sparsity", "B")
    for button in ("new", "exchange", "displace"):
        page.click(f"#task-{button}")
    other = visit("task#" + page.url.partition("#")[2])
    for name in ("now svg", "before svg"):
        assert other.locator(f"#task-{name}").count() == 1
    assert shown(other)[0] == shown(page)[0]
    assert torch.equal(shown(other)[1], shown(page)[1])
    assert other.inner_text("#task-verdict") == page.inner_text("#task-verdict")
    page.click("#task-undo")
    page.click("#task-undo")
    assert "now=" not in page.url and "seed=1" in page.url


@pytest.mark.parametrize("address", ["now=9999", "s=7&L=x&s0=-1&seed=-3", "seed=0&now=0%2F&steps=1", "a&=b"])
def test_an_address_that_names_no_datum_is_ignored(visit, address):
    page = visit(f"task#{address}")
    task, x = shown(page)
    assert torch.equal(x, task.sample(1, 0).one_hot())


def test_the_code_draws_the_datum(task_page):
    task_page.click("#task-new")
    drawn = eval(task_page.inner_text("#task-code"), {"SRHM": SRHM})
    assert torch.equal(drawn.one_hot(), shown(task_page)[1])


def test_a_change_climbs_the_tree(visit):
    page = visit("task")
    notes = "[...document.querySelectorAll('#task-rows small')].map((note) => note.textContent)"
    page.select_option("#task-level", "2")
    page.click("#task-displace")
    page.wait_for_function(f"{notes}[2] && !{notes}[1]")  # the input has moved, level 2 not yet
    page.wait_for_function(f"{notes}[1] && !{notes}[0]")
    page.wait_for_function(f"{notes}[0] === 'the same'")
    end = page.evaluate("[...document.querySelectorAll('.node')].map((node) => node.style.left)")
    page.click("#task-replay")
    page.wait_for_function(f"!{notes}[0]")
    page.wait_for_function(f"{notes}[0] === 'the same'")
    assert page.evaluate("[...document.querySelectorAll('.node')].map((node) => node.style.left)") == end


def test_without_motion_a_change_is_there_at_once(task_page):
    task_page.click("#task-displace")
    assert task_page.locator("#task-rows small").first.inner_text() == "the same"


def test_the_label_stays_in_sight_on_a_phone(visit):
    page = visit("task#s=3&L=3&s0=3", width=390, has_touch=True)
    assert page.locator("#task-wide").is_visible()
    label = page.locator("#task-rows .label")
    for left in (0, 10_000):
        page.evaluate(f"document.querySelector('.explore .scroll').scrollLeft = {left}")
        box = label.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert label.inner_text() == str(shown_label(page))
