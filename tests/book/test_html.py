"""The built pages, read as files and opened in a real browser straight from disk."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]
PAGES = [TOC["root"], *CHAPTERS, "genindex", "search"]


class Page(HTMLParser):
    """What a page links to and what can be linked to in it."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = set(), {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.add(attributes.get("id"))
        self.links |= {attributes[key] for key in ("href", "src") if attributes.get(key)}


@pytest.fixture(scope="module", params=PAGES)
def visit(request, html, browser):
    """A page as a phone shows it, with all it asked for and complained about."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.requests, page.complaints = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda line: line.type == "error" and page.complaints.append(line.text))
    page.goto((html / f"{request.param}.html").as_uri())
    page.wait_for_function("!window.MathJax || MathJax.startup?.promise")
    page.evaluate("window.MathJax?.startup.promise.then(() => null)")
    yield page
    page.close()


def test_builds_without_a_warning(build):
    _, process = build
    assert process.returncode == 0, process.stderr


def test_internal_links_resolve(html):
    pages = {path: Page(path) for path in html.rglob("*.html") if "_static" not in path.parts}
    broken = []
    for path, page in pages.items():
        for link in map(urlsplit, page.links):
            if link.scheme or link.netloc:
                continue
            target = (path.parent / unquote(link.path)).resolve() if link.path else path
            anchors = pages[target].anchors if target in pages else {link.fragment}
            if not target.exists() or unquote(link.fragment) not in anchors:
                broken.append(f"{path.relative_to(html)}: {link.geturl()}")
    assert not broken


def test_front_page_leads_to_the_book(html):
    assert f"{TOC['root']}.html" in (html / "index.html").read_text()


def test_has_a_title(visit):
    assert "Sparse Random Hierarchy Model" in visit.title()
    assert visit.locator("h1").count() >= 1


def test_asks_no_other_host(visit):
    assert [url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))] == []


def test_no_error_in_the_console(visit):
    assert visit.complaints == []


def test_fits_a_phone(visit):
    assert visit.evaluate("document.documentElement.scrollWidth") <= 390


def test_equations_are_typeset(visit):
    assert visit.locator(".math:not(:has(mjx-container))").count() == 0
    # MathJax shows what it cannot parse in a box, and macros it does not know in red.
    assert visit.locator("mjx-merror, mjx-mtext[style*='red']").count() == 0
