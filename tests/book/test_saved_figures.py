"""Figures of the built pages: they follow the theme, can be read on a phone and saved with their data."""

import re
import xml.etree.ElementTree as ElementTree
from io import StringIO

import pandas as pd
import pytest

PAGES = ["book/index", "book/paper_figures", "notebooks/scaling", "notebooks/model", "notebooks/vision"]


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    yield page
    page.close()


def shown(page):
    """The files of the pictures that are shown."""
    return page.evaluate(
        """() => [...document.querySelectorAll("div.drawn img")].filter(img => img.offsetParent)
            .map(img => img.getAttribute("src").split("/").pop())"""
    )


@pytest.mark.parametrize("name", PAGES)
def test_figures_follow_the_theme(page, html, name):
    page.emulate_media(color_scheme="light")
    page.goto((html / f"{name}.html").as_uri())
    light = shown(page)
    assert light and not [file for file in light if file.endswith("-dark.svg")]
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert shown(page) == [file.replace(".svg", "-dark.svg") for file in light]
    page.emulate_media(media="print")
    assert shown(page) == light
    boxes = "img => getComputedStyle(img).backgroundColor"
    assert {page.evaluate(boxes, img) for img in page.query_selector_all("div.drawn img")} == {
        "rgba(0, 0, 0, 0)"
    }


def test_pictures_have_no_background_and_words(html):
    for path in (html / "_static" / "figures").glob("*.svg"):
        root = ElementTree.parse(path).getroot()
        first = next(root.iter("{http://www.w3.org/2000/svg}path"))
        assert "fill: none" in first.get("style") or "opacity: 0" in first.get("style"), path.name


def test_text_of_figures_has_eleven_pixels_on_a_phone(page, html):
    """The least text, 9 points, has 12 pixels as drawn; the page may make it smaller by a tenth at most."""
    for path in sorted(html.glob("notebooks/*.html")):
        page.goto(path.as_uri())
        scales = page.evaluate(
            """() => [...document.querySelectorAll("div.drawn img.only-light")]
                .map(img => (img.width - 2 * parseFloat(getComputedStyle(img).paddingLeft))
                    / img.getAttribute("width"))"""
        )
        assert min(scales, default=1) * 12 >= 11, path.name


def test_every_figure_can_be_saved_with_its_data(html):
    """As a picture; and as rows, below lines that say where they come from."""
    saved = {path.stem for path in (html / "_static" / "figures").glob("*.svg")}
    for path in (html / "notebooks").glob("*.html"):
        text = path.read_text()
        for name in re.findall(r'<figure[^>]*id="(fig-[\w-]+)"', text):
            assert name in saved and f'figures/{name}.svg" download' in text
    drawings = {"fig-rules", "fig-derivation", "fig-transformations", "fig-networks", "fig-deformations"}
    drawings |= {"fig-home-model"}
    live = {
        "fig-sample-complexity-live",
        "fig-gradient-noise",
        "fig-gains",
        "fig-fixed-length",
        "fig-cost",
    }  # of no stored runs
    tables = {path.stem: path.read_text() for path in (html / "_static" / "figures").glob("*.csv")}
    figures = {
        name.removesuffix("-dark") for name in saved if name.startswith("fig-") and "explore" not in name
    }
    assert figures - set(tables) == drawings
    for name, text in tables.items():
        if name not in live:
            assert re.search(r"^# .* runs, srhm .*\n# computed by srhm .*\([0-9a-f]{7}", text), name
        rows = pd.read_csv(StringIO(text), comment="#")
        assert len(rows) and {"panel", "whose", "x", "y"} <= set(rows.columns), name


def test_no_commit_is_on_a_page_or_in_the_search(html):
    commits = {
        commit
        for path in (html / "_static" / "figures").glob("*.csv")
        for commit in re.findall(r"\(([0-9a-f]{7})", path.read_text())
    }
    assert len(commits) > 10
    for path in [html / "searchindex.js", *html.rglob("*.html")]:
        assert not set(re.findall(r"\b[0-9a-f]{7}\b", path.read_text())) & commits, path.name


@pytest.mark.parametrize(
    ("query", "anchor"),
    [
        ("Fig. 4B", "fig-4b"),
        ("Fig 4B", "fig-4b"),
        ("Fig. 5", "fig-5"),
        ("Fig 12", "fig-12"),
        ("Fig. 12", "fig-12"),
    ],
)
def test_the_search_finds_a_figure_of_the_paper(page, html, query, anchor):
    page.goto((html / "search.html").as_uri() + f"?q={query.replace(' ', '+')}")
    first = page.locator("#search-results li a").first
    first.wait_for()
    first.click()
    page.wait_for_function("document.readyState == 'complete' && location.hash")
    assert "/book/paper_figures.html" in page.url
    found = page.evaluate("document.getElementById(location.hash.slice(1)).closest('section').id")
    assert found == anchor


def test_the_index_of_the_papers_figures_is_whole(page, html):
    page.goto((html / "book" / "paper_figures.html").as_uri())
    titles = page.locator("h2").all_inner_texts()
    numbers = {int(number) for title in titles for number in re.findall(r"\d+", title)}
    assert numbers == set(range(1, 18))
    small = page.locator("a.thumbnail")
    assert small.count() >= 19
    for link in small.all():
        target, _, anchor = link.get_attribute("href").partition("#")
        text = (html / "book" / target).resolve().read_text()
        assert f'id="{anchor}"' in text
        assert link.locator("img.only-light").get_attribute("src").endswith(f"{anchor}.svg")
    assert page.locator("article").inner_text().count("Verdict: ") >= 12


def test_fingers_find_what_they_press(page, html):
    page.goto((html / "notebooks" / "scaling.html").as_uri())
    small = page.evaluate(
        """() => [...document.querySelectorAll("article summary, p.save a, .bd-header-article .btn")]
            .filter(element => element.offsetParent)
            .filter(element => Math.min(element.offsetWidth, element.offsetHeight) < 44)
            .map(element => element.outerHTML.slice(0, 90))"""
    )
    assert small == []
