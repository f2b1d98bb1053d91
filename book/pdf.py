"""Print the built book as one PDF, with Chromium: python book/pdf.py [--to DIR]

The articles of all pages, in the order of _toc.yml, are gathered in one page; links lead from one to another.
"""

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from publish import pages

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# Adds one page's article. The anchors of a page get its name in front, as two pages may use the same.
ADD = """([name, text, names]) => {
  const base = new URL(`${name}.html`, document.baseURI)
  const anchor = (page, id) => `${page}--${id}`.replaceAll("/", "-")
  const article = new DOMParser().parseFromString(text, "text/html").querySelector("article.bd-article")
  article.querySelectorAll("script, .only-dark").forEach(element => element.remove())
  article.querySelectorAll("[id]").forEach(element => { element.id = anchor(name, element.id) })
  article.querySelectorAll("img").forEach(img => { img.src = new URL(img.getAttribute("src"), base) })
  article.querySelectorAll("a[href]").forEach(link => {
    const target = URL.parse(link.getAttribute("href"), base)
    if (target?.protocol !== "file:") return
    const page = names.find(name => target.pathname === new URL(`${name}.html`, document.baseURI).pathname)
    if (page) link.href = "#" + anchor(page, decodeURIComponent(target.hash).slice(1))
    else link.removeAttribute("href")  // a file of this machine
  })
  article.id = anchor(name, "")
  document.querySelector("article.bd-article").parentElement.append(document.adoptNode(article))
}"""

# The theme hides the first title of each article; each page but the first begins on a fresh sheet.
TITLES = """
h1 { display: block !important }
article ~ article ~ article h1 { break-before: page }
"""


def find_browser() -> str | None:
    """Where Chromium or Chrome is."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def print_book(html: Path, pdf: Path, names: list[str], executable: str) -> None:
    """Print the pages `names` of the built book in `html` to the file `pdf`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        page = browser.new_page(color_scheme="light")
        # Opened at the root, so that links within are relative to it.
        page.goto((html / "genindex.html").as_uri())
        page.evaluate("document.querySelector('article.bd-article').replaceChildren()")
        page.evaluate("document.querySelector('#jb-print-docs-body').remove()")
        for name in names:
            page.evaluate(ADD, [name, (html / f"{name}.html").read_text(encoding="utf8"), names])
        page.add_style_tag(content=TITLES)
        classes = "tex2jax_process|mathjax_process|math|output_area"  # as on every page
        page.evaluate("classes => { MathJax = {options: {processHtmlClass: classes}} }", classes)
        page.add_script_tag(url="_static/mathjax/tex-chtml.js")  # whose fonts lie beside it
        page.evaluate("MathJax.startup.promise.then(() => MathJax.typesetPromise()).then(() => null)")
        page.evaluate("Promise.all([...document.images].map(image => image.decode())).then(() => null)")
        page.evaluate("document.fonts.ready.then(() => null)")
        page.pdf(path=pdf, format="A4", outline=True, tagged=True)
        browser.close()


def main() -> int:
    """Return 1 where nothing could be printed, having said why."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT, metavar="DIR", help="where the book was built")
    build = parser.parse_args().to.resolve() / "_build"
    executable = find_browser()
    if executable is None:
        print("A PDF needs Chromium or Chrome, and none is installed; each page prints well from any browser")
        return 1
    if not (build / "html" / "genindex.html").exists():
        print("There is no built book to print: run `make book` first")
        return 1
    print_book(build / "html", build / "srhm.pdf", pages(), executable)
    print(f"Open {(build / 'srhm.pdf').as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
