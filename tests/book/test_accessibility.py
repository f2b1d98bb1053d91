"""The built pages under axe-core, light on a desk and dark on a phone, with everything folded open."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe

# Beside the rules that axe-core applies unasked. None is excepted: the templates and style sheets of the book
# mend what the theme gets wrong.
RULES = {"label-content-name-mismatch": {"enabled": True}}
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Of what repeats, the first few: axe-core takes long over thousands of rows, signatures and words of code.
THIN_OUT = """() => {
    for (const alike of document.querySelectorAll("tbody tr:nth-child(n+6), dl.py ~ dl.py ~ dl.py"))
        alike.remove();
    const kinds = new Set();
    for (const word of document.querySelectorAll("pre span[class]"))
        if (kinds.has(word.className)) word.replaceWith(word.textContent);
        else kinds.add(word.className);
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(html):
    """The address of the book on this machine: pages opened from disk fail rules that they keep."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=html)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def opened(site, tab, show, page_name):
    """A tab with a page, loaded once for both looks at it.

    On a phone, where the most scrolls: the theme makes focusable what scrolls when a page is loaded.
    """
    tab.set_viewport_size(PHONE)
    show(tab, f"{site}/{page_name}.html")
    tab.evaluate(THIN_OUT)
    return tab


def violations(opened, scheme, size):
    """What axe-core finds in a page, in words."""
    opened.set_viewport_size(size)
    opened.emulate_media(color_scheme=scheme)
    opened.wait_for_function("scheme => document.documentElement.dataset.theme == scheme", arg=scheme)
    found = Axe().run(opened, options={"resultTypes": ["violations"], "rules": RULES})
    return found.generate_report() if found.violations_count else ""


def test_dark_on_a_phone(opened):
    assert violations(opened, "dark", PHONE) == ""


def test_light_on_a_desk(opened):
    assert violations(opened, "light", DESK) == ""
