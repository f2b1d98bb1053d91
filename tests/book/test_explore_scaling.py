"""The scaling laws in a real browser: their mathematics against Python's, and what a reader can do."""

import csv
import re
from math import log, log10

import numpy as np
import pandas as pd
import pytest

from srhm import SRHM
from srhm.analysis import level_law
from srhm.model.blanks import ByLevel
from srhm.papers.sparse2024 import digitised, predicted_sample_complexity

POINTS = 'JSON.parse(document.getElementById("explore-data").textContent).points'
LEVELS = 'JSON.parse(document.getElementById("explore-data").textContent).levels'


@pytest.fixture(scope="module")
def sheet(html, browser):
    """One page for all tests that need no other."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((html / "book" / "explore" / "scaling.html").as_uri())
    yield page
    page.close()


@pytest.fixture
def page(sheet):
    """The page as it opens."""
    sheet.select_option("#scaling-architecture", "CNN")
    sheet.click("#scaling-reset")
    sheet.select_option("#levels-architecture", "CNN")
    return sheet


def chosen(page, architecture="CNN", way="authors' recipe", **wanted):
    """Our points of one network that the page shows with sparsity A and s = 2."""
    wanted = {"sparsity": "A", "s": 2} | wanted
    return [
        point
        for point in page.evaluate(POINTS)
        if point["architecture"] == architecture
        and point.get("way") == way
        and all(point[name] == value for name, value in wanted.items())
    ]


def read(page, *names):
    return [page.inner_text(f"#scaling-{name}") for name in names or ("scatter", "law")]


# ---- The mathematics


def test_predictions_are_those_of_python(page):
    points = page.evaluate(POINTS)
    found = page.evaluate(
        f"""{POINTS}.map((p) => {{
            const law = explore.scaling.LAWS[p.architecture];
            return law.prefactor * explore.scaling.grow(law, p);
        }})"""
    )
    names = ("v", "n_c", "m", "s", "L", "s0", "sparsity")
    expected = [
        predicted_sample_complexity(point["architecture"], SRHM(**{name: point[name] for name in names}))
        for point in points
    ]
    assert found == pytest.approx(expected)
    assert {point["architecture"] for point in points} >= {"LCN", "CNN"}


def test_scatter_and_constant_are_what_they_say(page):
    page.select_option("#scaling-architecture", "LCN")
    page.select_option("#scaling-L", "2")
    page.fill("#scaling-power", "0")
    points = chosen(page, "LCN", L=2)
    logs = [log10(p["P_star"] / (p["s"] * p["n_c"] * p["m"] ** 2)) for p in points]
    assert float(page.inner_text("#scaling-scatter")) == pytest.approx(10 ** np.std(logs), abs=0.006)
    assert page.inner_text("#scaling-count") == f"{len(points)} points"
    constant = re.match(r"P\* = ([\d.,]+)", page.inner_text("#scaling-law"))[1]
    assert float(constant.replace(",", "")) == pytest.approx(10 ** np.mean(logs), rel=0.006)


@pytest.mark.parametrize("depth", [False, True])
@pytest.mark.parametrize("architecture", ["LCN", "CNN"])
def test_best_fits_are_those_of_least_squares(page, architecture, depth):
    page.select_option("#scaling-architecture", architecture)
    points = pd.DataFrame(chosen(page, architecture)).astype({"s0": float, "P_star": float})
    law = points.n_c * points.s ** (points.L / 2 if architecture == "LCN" else 0)
    x = np.log(points.s0 + 1) * (points.L if depth else 1)
    design = np.column_stack([np.ones(len(points)), x, points.L * np.log(points.m)])
    values = np.log(points.P_star / law)
    solution, *_ = np.linalg.lstsq(design, values)
    scatter = np.exp(np.std(values - design @ solution))
    cells = page.locator("#scaling-fits tr").nth(2 if depth else 1).locator("td").all_inner_texts()
    assert [float(cell.split()[0]) for cell in cells] == pytest.approx([*solution[1:], scatter], abs=0.006)


def test_dashed_line_is_the_printed_law(page):
    """It is the diagonal of equal axes, on which a point lies where its P* and the printed law say."""
    points = chosen(page)
    measured = np.array([point["P_star"] for point in points])
    grown = np.array([(p["s0"] + 1) ** 2 * p["n_c"] * p["m"] ** p["L"] for p in points])
    law = grown * np.exp(np.mean(np.log(measured / grown)))
    ends = [end for point in points for end in (point["low"], point["high"])]
    low, high = min(*ends, *law) / 1.5, max(*ends, *law) * 1.5
    line = page.locator("#scaling-chart line.law")
    x1, x2, y1, y2 = (float(line.get_attribute(name)) for name in ("x1", "x2", "y1", "y2"))
    mark = page.locator("#scaling-chart .mark").first.get_attribute("transform")
    x, y = map(float, re.match(r"translate\(([\d.]+),([\d.]+)\)", mark).groups())
    assert (x - x1) / (x2 - x1) == pytest.approx(log(law[0] / low) / log(high / low), abs=0.001)
    assert (y - y1) / (y2 - y1) == pytest.approx(log(measured[0] / low) / log(high / low), abs=0.001)


def test_costs_of_levels_are_fitted_as_in_python(page):
    points = pd.DataFrame([p for p in page.evaluate(LEVELS) if p["architecture"] == "CNN" and p["L"] == 2])
    table = points.assign(s0=[ByLevel(blanks) for blanks in points.blanks], m=points.v)
    columns = level_law(table)
    design = np.column_stack([columns[name] for name in ("level 1", "level 2", "levels 1 and 2")])
    solution, *_ = np.linalg.lstsq(design, np.log(points.ratio))
    found = page.evaluate(
        f"explore.levels.fit({LEVELS}.filter((p) => p.architecture === 'CNN' && p.L === 2), true)"
    )
    assert found == pytest.approx(solution.tolist(), abs=1e-6)
    off = np.log(points.ratio) - design @ solution
    cells = page.locator("#levels-fits tr").nth(2).locator("td").all_inner_texts()
    assert float(cells[2]) == pytest.approx(np.exp(np.sqrt(np.mean(off**2))), abs=0.006)


def test_paper_points_are_those_of_the_package(page):
    points = [point for point in page.evaluate(POINTS) if "paper" in point]
    theirs = digitised.sample_complexities().query("quantity == 'P_star'")
    assert [point["P_star"] for point in points] == pytest.approx(theirs.value.tolist(), abs=0.06)


def test_table_file_and_chart_hold_the_same_points(page, html):
    points = page.evaluate(POINTS)
    link = page.get_attribute("a[download]", "href")
    with open(html / "book" / "explore" / link, newline="") as file:
        rows = list(csv.DictReader(file))
    assert page.locator(".explore-table tbody tr").count() == len(rows)
    reached = [float(row["P_star"]) for row in rows if row["P_star"]]
    assert reached == [point["P_star"] for point in points]
    assert all(row["command"].startswith("srhm sweep ") for row in rows if not row["paper"])
    assert {row["way"] for row in rows if not row["paper"]} == {"authors' recipe", "usual rate"}


# ---- What a reader can do


def test_sliders_move_the_points_and_the_button_brings_them_back(page):
    before = read(page)
    for slider in ("#scaling-power", "#scaling-synonyms"):
        page.focus(slider)
        page.keyboard.press("Home")
        scatter, law = read(page)
        assert scatter != before[0] and law != before[1]
        page.select_option("#scaling-L", "2")
        page.focus("#scaling-reset")
        page.keyboard.press("Enter")
        assert read(page) == before
        assert page.input_value("#scaling-L") == "all" and page.input_value("#scaling-sparsity") == "A"


def test_a_power_for_each_level_starts_where_the_fixed_one_was(page):
    depths = [point["L"] for point in chosen(page)]
    page.check("#scaling-depth")
    assert float(page.input_value("#scaling-power")) == pytest.approx(2 / np.mean(depths), abs=0.006)
    page.uncheck("#scaling-depth")
    assert float(page.input_value("#scaling-power")) == pytest.approx(2, abs=0.03)
    page.select_option("#scaling-L", "2")
    page.fill("#scaling-power", "2")
    scatter = page.inner_text("#scaling-scatter")
    page.check("#scaling-depth")
    assert page.inner_text("#scaling-scatter") == scatter


def test_a_row_of_the_table_sets_the_powers(page):
    for row in page.locator("#scaling-fits tr").all():
        row.locator("button").click()
        power, synonyms, scatter = row.locator("td").all_inner_texts()
        assert page.inner_text("#scaling-scatter") == scatter
        assert page.inner_text("#scaling-power-value") == power.split()[0]
        assert page.is_checked("#scaling-depth") == power.endswith("L")
        assert page.inner_text("#scaling-synonyms-value") == synonyms.split()[0]


def test_axes_wait_until_a_slider_is_released(page):
    def axis():
        """The labels of the ticks, and where they stand."""
        where = "labels => labels.map(label => [label.textContent, label.getBoundingClientRect().x])"
        return page.eval_on_selector_all("#scaling-chart text", where)

    before = axis()
    move = """(name) => {
        const slider = document.querySelector("#scaling-power");
        slider.value = 4;
        slider.dispatchEvent(new Event(name));
    }"""
    page.evaluate(move, "input")
    assert axis() == before
    page.evaluate(move, "change")
    assert axis() != before


def test_filters_choose_points(page):
    marks = page.locator("#scaling-chart .mark:not(.hollow)")
    assert marks.count() == len(chosen(page))
    page.select_option("#scaling-s0", "1")
    assert marks.count() == len(chosen(page, s0=1))
    assert page.locator("#scaling-chart .mark.hollow").count() == 0
    page.check("#scaling-paper")
    assert page.locator("#scaling-chart .mark.hollow").count() > 0
    page.select_option("#scaling-way", "all")
    assert page.locator("#scaling-chart .dot").count() == len(chosen(page, way="usual rate", s0=1))
    assert "usual rate" in page.inner_text("#scaling-legend")


def test_the_papers_points_are_compared_on_the_tasks_that_both_have(page):
    page.select_option("#scaling-way", "usual rate")  # trained on a part of the paper's tasks, and on others
    page.check("#scaling-paper")
    points = [
        p for p in page.evaluate(POINTS) if p["architecture"] == "CNN" and (p["sparsity"], p["s"]) == ("A", 2)
    ]
    ours, theirs = (
        {(p["L"], p["v"], p["s0"]): p["P_star"] for p in group}
        for group in (chosen(page, way="usual rate"), [p for p in points if p.get("paper")])
    )
    common = sorted(ours.keys() & theirs.keys())
    assert 10 < len(common) < len(theirs)

    def spread(points):  # about Eq. 4
        logs = [log10(points[L, v, s0] / ((s0 + 1) ** 2 * v ** (L + 1))) for L, v, s0 in common]
        return f"{10 ** np.std(logs):.2f}"

    (told,) = read(page, "theirs")
    assert told.strip().startswith(
        f"On the {len(common)} tasks that the paper has too: ours {spread(ours)}, "
    )
    assert f"the paper's {spread(theirs)}, " in told


def test_one_point_has_no_scatter(page):
    (point, *_) = [p for p in chosen(page) if len(chosen(page, v=p["v"], L=p["L"], s0=p["s0"])) == 1]
    for name in ("v", "L", "s0"):
        page.select_option(f"#scaling-{name}", str(point[name]))
    assert read(page, "count", "scatter") == ["1 point", "undefined"]


def test_the_address_keeps_points_and_powers(page, visit):
    page.select_option("#scaling-architecture", "LCN")
    page.select_option("#scaling-way", "usual rate")
    page.fill("#scaling-power", "1.3")
    page.select_option("#levels-architecture", "LCN")
    page.fill("#levels-power-2", "0.5")
    other = visit("scaling#" + page.url.partition("#")[2])
    assert read(other) == read(page)
    for name in ("architecture", "L", "power-1", "power-2", "together"):
        assert other.input_value(f"#levels-{name}") == page.input_value(f"#levels-{name}")
    assert other.inner_text("#levels-distance") == page.inner_text("#levels-distance")


@pytest.mark.parametrize("device", ["hover", "tap", "keyboard"])
def test_a_point_names_its_run(visit, device):
    page = visit("scaling", **({"width": 390, "has_touch": True} if device == "tap" else {}))
    assert "Tap a point" in page.inner_text("#scaling-run")
    if device == "keyboard":
        page.focus("#scaling-point")
        page.keyboard.press("ArrowDown")
    else:
        getattr(page.locator("#scaling-chart .mark").first, device)(force=True)
    assert page.locator("#scaling-chart .ring").count() == 1
    text = page.inner_text("#scaling-run")
    index = int(page.input_value("#scaling-point"))
    point = page.evaluate(POINTS)[index]
    assert re.search(rf"L = {point['L']}, s₀ = {point['s0']}, v = {point['v']}\b", text)
    assert point["command"] in text and f"{point['seeds']} seed" in text and point["way"] in text


@pytest.mark.parametrize("architecture", ["LCN", "CNN", "FCN"])
def test_every_network_has_a_chart(page, architecture):
    page.select_option("#scaling-architecture", architecture)
    words = page.locator("#scaling-chart svg").get_attribute("aria-label")
    assert re.match(r"\d+ points: P\*", words)


def test_powers_of_levels_move_the_towers(page):
    for architecture in ("CNN", "LCN", "Shared-10", "Shared-01"):
        page.select_option("#levels-architecture", architecture)
        for depth in page.locator("#levels-L option").all_inner_texts():
            page.select_option("#levels-L", depth)
            shown = [
                p for p in page.evaluate(LEVELS) if (p["architecture"], str(p["L"])) == (architecture, depth)
            ]
            assert page.locator("#levels-chart .storey").count() == len(shown) * int(depth)
            assert page.locator("#levels-power-3").is_visible() == (depth == "3")
            for row in page.locator("#levels-fits tr").all():
                row.locator("button").click()
                assert page.inner_text("#levels-distance") == row.locator("td").last.inner_text()
