"""The built pages, read as files and opened in a real browser straight from disk."""

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]
PAGES = [TOC["root"], *CHAPTERS, "genindex", "search"]

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed")


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


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """The book built from the notebooks as committed: where, and how that went."""
    folder = tmp_path_factory.mktemp("book")
    command = [sys.executable, ROOT / "book" / "build.py", "--to", folder]
    return folder, subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="session")
def html(build):
    folder, process = build
    if process.returncode:
        pytest.skip("the book does not build")
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


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


@needs_browser
def test_has_a_title(visit):
    assert "Sparse Random Hierarchy Model" in visit.title()
    assert visit.locator("h1").count() >= 1


@needs_browser
def test_asks_no_other_host(visit):
    assert [url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))] == []


@needs_browser
def test_no_error_in_the_console(visit):
    assert visit.complaints == []


@needs_browser
def test_fits_a_phone(visit):
    assert visit.evaluate("document.documentElement.scrollWidth") <= 390


@needs_browser
def test_equations_are_typeset(visit):
    assert visit.locator(".math:not(:has(mjx-container))").count() == 0
    # MathJax shows what it cannot parse in a box, and macros it does not know in red.
    assert visit.locator("mjx-merror, mjx-mtext[style*='red']").count() == 0
