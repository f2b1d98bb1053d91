"""The built book and a browser to open it in, shared by the tests of its pages."""

import fcntl
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "book"))
pdf = import_module("pdf")  # prints the book, with the same browser

BROWSER = pdf.find_browser()


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """The book built from the notebooks as committed, once for all workers: where, and how that went."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, outcome = base / "book", base / "book.json"
    with open(base / "book.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not outcome.exists():
            command = [sys.executable, str(ROOT / "book" / "build.py"), "--to", str(folder)]
            process = subprocess.run(command, capture_output=True, text=True)
            outcome.write_text(json.dumps(vars(process)))
    return folder, subprocess.CompletedProcess(**json.loads(outcome.read_text()))


@pytest.fixture(scope="session")
def html(build):
    folder, process = build
    if process.returncode:
        pytest.skip("the book does not build")
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def browser():
    if BROWSER is None:
        pytest.skip("no Chromium or Chrome is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=pdf.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all pages of a module, in which nothing fades or slides."""
    tab = browser.new_page(reduced_motion="reduce")
    yield tab
    tab.close()


@pytest.fixture(scope="module", params=[*pdf.pages(), "genindex", "search"])
def page_name(request):
    """Every page of the book in turn."""
    return request.param


@pytest.fixture(scope="session")
def show():
    """Goes to a page and waits until its equations are typeset and everything folded is open."""

    def show(tab, address):
        tab.goto(address)
        tab.wait_for_function("!window.MathJax || MathJax.startup?.promise")
        tab.evaluate("window.MathJax?.startup.promise.then(() => null)")
        tab.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")

    return show


@pytest.fixture
def visit(html, browser):
    """Opens an explorable page from disk, "name#address"; no error and no other host by the end."""
    pages, complaints, requests = [], [], []

    def visit(name, width=1280, **options):
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and complaints.append(line.text))
        page.on("request", lambda request: requests.append(request.url))
        page_name, _, address = name.partition("#")
        path = html / "book" / "explore" / f"{page_name}.html"
        page.goto(f"{path.as_uri()}#{address}" if address else path.as_uri())
        pages.append(page)
        return page

    yield visit
    for page in pages:
        page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
