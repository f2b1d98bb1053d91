"""The built pages, read as files and opened in a real browser straight from disk."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest


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


@pytest.fixture(scope="module")
def pages(html):
    """Every page, by its file."""
    return {path: Page(path) for path in html.rglob("*.html") if "_static" not in path.parts}


@pytest.fixture(scope="module")
def watched(tab):
    """The tab as wide as a phone, noting what a page asks for and complains about."""
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.on("request", lambda request: tab.requests.append(request))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("console", lambda line: line.type == "error" and tab.complaints.append(line.text))
    return tab


@pytest.fixture(scope="module")
def visit(watched, show, html, page_name):
    """A page as a phone shows it, straight from disk."""
    watched.requests, watched.complaints = [], []
    show(watched, (html / f"{page_name}.html").as_uri())
    return watched


def test_builds_without_a_warning(build):
    _, process = build
    assert process.returncode == 0, process.stderr


def test_internal_links_resolve(html, pages):
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


def test_links_to_other_hosts_are_secure(pages):
    links = {urlsplit(link) for page in pages.values() for link in page.links}
    elsewhere = [link for link in links if link.scheme not in ("", "data", "mailto") or link.netloc]
    assert elsewhere
    assert [link.geturl() for link in elsewhere if link.scheme != "https" or "." not in link.netloc] == []


def test_front_page_leads_to_the_book(html):
    assert "url=book/index.html" in (html / "index.html").read_text()


def test_is_small(html, pages):
    assert sum(path.stat().st_size for path in html.rglob("*") if path.is_file()) < 30e6
    assert max(path.stat().st_size for path in pages) < 2e6


def test_loads_little(visit):
    """Scripts, style sheets and fonts included, which a browser keeps from page to page."""
    kept = {request.url for request in visit.requests if request.resource_type != "image"}
    files = {Path(unquote(urlsplit(url).path)) for url in kept if url.startswith("file:")}
    assert sum(file.stat().st_size for file in files) < 2e6


def test_has_a_title(visit):
    assert "Sparse Random Hierarchy Model" in visit.title()
    assert visit.locator("h1").count() >= 1


def test_asks_no_other_host(visit):
    urls = [request.url for request in visit.requests]
    assert [url for url in urls if not url.startswith(("file:", "data:", "blob:"))] == []


def test_no_error_in_the_console(visit):
    assert visit.complaints == []


@pytest.mark.parametrize("width", [390, 320])
def test_fits_a_phone(visit, width):
    visit.set_viewport_size({"width": width, "height": 844})
    try:
        fits = f"document.documentElement.scrollWidth <= {width}"  # once the charts are drawn again
        visit.wait_for_function(fits, timeout=3000)
    finally:
        visit.set_viewport_size({"width": 390, "height": 844})


def test_wide_tables_scroll(visit):
    """Each in the box that would cut it, not with the page."""
    cut = visit.evaluate(
        """() => [...document.querySelectorAll("main table")].filter((table) => {
            const overflow = (box) => getComputedStyle(box).overflowX;
            let box = table.parentElement;
            while (box.tagName !== "MAIN" && overflow(box) === "visible") box = box.parentElement;
            return table.offsetWidth > box.clientWidth && overflow(box) !== "auto";
        }).length"""
    )
    assert cut == 0


def test_equations_are_typeset(visit):
    assert visit.locator(".math:not(:has(mjx-container))").count() == 0
    # MathJax shows what it cannot parse in a box, and macros it does not know in red.
    assert visit.locator("mjx-merror, mjx-mtext[style*='red']").count() == 0
