"""The explorable pages in a real browser: their mathematics against Python's, and what a reader can do."""

import csv
import re
from math import log10

import numpy as np
import pytest
import torch

from srhm import SRHM
from srhm.model import Data
from srhm.papers.sparse2024 import digitised, predicted_sample_complexity

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SHAPES = [(s, L, s0, sparsity) for s in (2, 3) for L in (1, 2, 3) for s0 in range(4) for sparsity in "AB"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"

# Data of one task and what every transformation makes of them, with how the script itself reads them.
DRAW = """([s, L, s0, sparsity]) => {
    const data = JSON.parse(document.getElementById("explore-data").textContent);
    const task = {...data, s, L, s0, sparsity, rules: data.rules[`${s},${L}`]};
    const {sample, redraw, symbols, input, decode, facts} = explore.task;
    const told = (datum) => {
        const x = input(task, datum);
        const where = [...x.keys()].filter((i) => x[i] !== null);
        return {label: datum.label, decoded: decode(task, x), features: symbols(task, datum),
                positions: where, symbols: where.map((i) => x[i])};
    };
    const chains = Array.from({length: 8}, () => {
        let datum = sample(task);
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


@pytest.fixture
def visit(html, browser):
    """Opens a page of the explorables straight from disk; no error and no other host by the end."""
    pages, complaints, requests = [], [], []

    def visit(name, viewport=DESK, **options):
        page = browser.new_page(viewport=viewport, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and complaints.append(line.text))
        page.on("request", lambda request: requests.append(request.url))
        page.goto((html / "book" / "explore" / f"{name}.html").as_uri())
        pages.append(page)
        return page

    yield visit
    for page in pages:
        page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def maths(html, browser):
    """The page of the model, for what leaves it as it is."""
    page = browser.new_page()
    page.goto((html / "book" / "explore" / "task.html").as_uri())
    yield page
    page.close()


@pytest.fixture
def task_page(visit):
    return visit("task")


@pytest.fixture
def scaling_page(visit):
    return visit("scaling")


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
            const task = {...data, s, L, s0, sparsity, rules: data.rules[`${s},${L}`]};
            const any = (n) => Math.floor(Math.random() * n);
            return Array.from({length: 150}, (_, i) => {
                const x = explore.task.input(task, explore.task.sample(task));
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
        {"s": s, "s0": s0, "sparsity": sparsity},
    )
    task = python_task(*shape)
    counts = np.unique(drawn, return_counts=True)[1]
    assert len(counts) == task.placements
    expected = len(drawn) / task.placements
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert chi2 < task.placements - 1 + 6 * np.sqrt(2 * task.placements)


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
    page = visit("task", viewport=PHONE if device == "tap" else DESK, has_touch=device == "tap")

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


# ---- The mathematics of "The scaling laws"

POINTS = 'JSON.parse(document.getElementById("explore-data").textContent).points'


def test_predictions_are_those_of_python(scaling_page):
    points = scaling_page.evaluate(POINTS)
    found = scaling_page.evaluate(
        f"{POINTS}.map((p) => explore.scaling.predict(explore.scaling.LAWS[p.architecture], p))"
    )
    names = ("v", "n_c", "m", "s", "L", "s0", "sparsity")
    expected = [
        predicted_sample_complexity(point["architecture"], SRHM(**{name: point[name] for name in names}))
        for point in points
    ]
    assert found == pytest.approx(expected)
    assert {point["architecture"] for point in points} >= {"LCN", "CNN"}


def test_scatter_is_what_it_says(scaling_page):
    points = [p for p in scaling_page.evaluate(POINTS) if p["architecture"] == "LCN" and "paper" not in p]
    logs = [log10(p["P_star"] / (p["s"] * p["n_c"] * p["m"] ** 2)) for p in points if p["L"] == 2]
    scaling_page.select_option("#scaling-architecture", "LCN")
    scaling_page.select_option("#scaling-L", "2")
    scaling_page.fill("#scaling-power", "0")
    assert float(scaling_page.inner_text("#scaling-scatter")) == pytest.approx(10 ** np.std(logs), abs=0.006)
    assert f"average {10 ** np.mean(logs):.2f} times" in scaling_page.inner_text("#scaling-offset")


def test_paper_points_are_those_of_the_package(scaling_page):
    points = [point for point in scaling_page.evaluate(POINTS) if "paper" in point]
    theirs = digitised.sample_complexities().query("quantity == 'P_star'")
    assert [point["P_star"] for point in points] == pytest.approx(theirs.value.tolist(), abs=0.06)


def test_table_file_and_chart_hold_the_same_points(scaling_page, html):
    points = scaling_page.evaluate(POINTS)
    link = scaling_page.get_attribute("a[download]", "href")
    with open(html / "book" / "explore" / link, newline="") as file:
        rows = list(csv.DictReader(file))
    assert scaling_page.locator(".explore-table tbody tr").count() == len(rows)
    reached = [float(row["P_star"]) for row in rows if row["P_star"]]
    assert reached == [point["P_star"] for point in points]
    assert all(row["command"].startswith("srhm sweep ") for row in rows if not row["paper"])


# ---- What a reader of "The scaling laws" can do


def test_sliders_move_the_points_and_the_button_brings_them_back(scaling_page):
    def read():
        return [scaling_page.inner_text(f"#scaling-{name}") for name in ("scatter", "law")]

    before = read()
    for slider in ("#scaling-power", "#scaling-synonyms"):
        scaling_page.focus(slider)
        for _ in range(10):
            scaling_page.keyboard.press("ArrowLeft")
        scatter, law = read()
        assert scatter != before[0] and law != before[1]
        scaling_page.focus("#scaling-reset")
        scaling_page.keyboard.press("Enter")
        assert read() == before
    scaling_page.focus("#scaling-depth")
    scaling_page.keyboard.press("Space")
    assert read()[0] != before[0]


def test_filters_choose_points(scaling_page):
    points = [p for p in scaling_page.evaluate(POINTS) if p["architecture"] == "CNN" and "paper" not in p]
    assert scaling_page.locator("#scaling-chart path.ours").count() == len(points)
    scaling_page.select_option("#scaling-s0", "1")
    few = [point for point in points if point["s0"] == 1]
    assert scaling_page.locator("#scaling-chart path.ours").count() == len(few)
    assert scaling_page.locator("#scaling-chart path.paper").count() == 0
    scaling_page.check("#scaling-paper")
    assert scaling_page.locator("#scaling-chart path.paper").count() > 0


@pytest.mark.parametrize("device", ["hover", "tap", "keyboard"])
def test_a_point_names_its_run(visit, device):
    page = visit("scaling", viewport=PHONE if device == "tap" else DESK, has_touch=device == "tap")
    assert "Tap a point" in page.inner_text("#scaling-run")
    if device == "keyboard":
        page.focus("#scaling-point")
        page.keyboard.press("ArrowDown")
    else:
        getattr(page.locator("#scaling-chart path.ours").first, device)(force=True)
    assert page.locator("#scaling-chart .ring").count() == 1
    text = page.inner_text("#scaling-run")
    index = int(page.input_value("#scaling-point"))
    point = page.evaluate(POINTS)[index]
    assert re.search(rf"L = {point['L']}, s₀ = {point['s0']}, v = {point['v']}\b", text)
    assert point["command"] in text and f"{point['seeds']} seeds" in text


@pytest.mark.parametrize("architecture", ["LCN", "CNN", "FCN"])
def test_every_network_has_a_chart(scaling_page, architecture):
    scaling_page.select_option("#scaling-architecture", architecture)
    chart = scaling_page.locator("#scaling-chart svg")
    assert re.match(r"\d+ points: P\*|No points", chart.get_attribute("aria-label"))


# ---- Both pages

BOTH = pytest.mark.parametrize("name", ["task", "scaling"])


@BOTH
def test_fits_a_phone_at_its_widest(visit, name):
    page = visit(name, viewport=PHONE)
    if name == "task":
        page.select_option("#task-s", "3")
        page.fill("#task-L", "3")
        page.fill("#task-s0", "3")
    else:
        page.check("#scaling-paper")
        page.locator("details summary", has_text="table").click()
        page.select_option("#scaling-point", index=3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@BOTH
def test_without_javascript_a_figure_is_left(visit, name):
    page = visit(name, java_script_enabled=False)
    assert page.locator("figure.explore-static img.only-light").is_visible()
    assert not page.locator(".explore").is_visible()
    assert not visit(name).locator("figure.explore-static").is_visible()


@BOTH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_readable_in_both_themes(visit, name, scheme):
    page = visit(name, color_scheme=scheme)
    assert page.get_attribute("html", "data-theme") == scheme
    pairs = page.evaluate(
        """() => {
            const all = (selector) => [...document.querySelectorAll(".explore " + selector)];
            const paint = (element) => getComputedStyle(element).backgroundColor;
            const behind = (element) =>
                /rgba.*, 0\\)/.test(paint(element)) ? behind(element.parentElement) : paint(element);
            return [
                ...all(":is(label, button, select, p, .chip)").map((element) =>
                    [getComputedStyle(element).color, behind(element)]),
                ...all(".stage svg text").map((text) =>
                    [getComputedStyle(text).fill, getComputedStyle(text.previousSibling).fill]),
            ];
        }"""
    )
    assert len(pairs) > 10
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def contrast(*colours):
    """The ratio of luminances by which WCAG measures contrast."""
    rgb = np.array([[float(c) for c in re.findall(r"[\d.]+", colour)[:3]] for colour in colours]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    low, high = np.sort(linear @ [0.2126, 0.7152, 0.0722])
    return (high + 0.05) / (low + 0.05)


@BOTH
def test_controls_have_names_and_show_the_focus(visit, name):
    page = visit(name)
    page.locator(".explore :is(select, input, button)").first.focus()
    seen = set()
    for _ in range(40):
        control = page.evaluate(
            """() => {
                const e = document.activeElement;
                if (!e.closest(".explore")) return null;
                const name = e.ariaLabel || e.labels?.[0]?.textContent || e.textContent;
                return [e.id || e.dataset.node || e.className, name.trim(), getComputedStyle(e).outlineWidth];
            }"""
        )
        if control is None:
            break
        assert control[1] and control[2] == "3px", control
        seen.add(control[0])
        page.keyboard.press("Tab")
    assert len(seen) > 8


@BOTH
def test_pictures_have_words(visit, name):
    pictures = visit(name).locator(".explore svg:not([aria-hidden])")
    assert pictures.count() >= 1
    for picture in pictures.all():
        assert picture.get_attribute("role") == "img" and picture.get_attribute("aria-label")


def test_one_global_and_small_scripts(visit, browser, html):
    plain = browser.new_page()
    plain.goto((html / "book" / "model.html").as_uri())
    added = [set(page.evaluate("Object.keys(window)")) for page in (visit("task"), visit("scaling"))]
    assert [names - set(plain.evaluate("Object.keys(window)")) for names in added] == [{"explore"}] * 2
    plain.close()
    scripts = list((html / "_static").glob("explore*.js"))
    assert len(scripts) == 3 and all(script.stat().st_size < 25_000 for script in scripts)
