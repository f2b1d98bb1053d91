"""The code of the page on extensions, the launch links, and the book on paper."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
EXAMPLE = BOOK / "examples" / "new_architecture.py"
TASK, STUDY, NETWORK = re.findall(r"```python\n(.*?)```", (BOOK / "extend.md").read_text(), re.DOTALL)


def run(code, folder, *arguments):
    """What a script prints, run from its own folder as a reader would."""
    (folder / "script.py").write_text(code)
    command = [sys.executable, "script.py", *arguments]
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_the_example_is_short():
    text = EXAMPLE.read_text()
    documented = ast.parse(text).body[0]
    lines = text.splitlines()[documented.end_lineno :]
    assert len([line for line in lines if line.strip()]) < 30


def test_the_example_learns_and_becomes_insensitive(tmp_path):
    (tmp_path / EXAMPLE.name).write_text(EXAMPLE.read_text())
    untrained = "print(0, measure(Transformer(task), task))\n"
    lines = run(NETWORK + untrained, tmp_path).splitlines()
    few, many, none = (ast.literal_eval(line.partition(" ")[2]) for line in lines)
    chance = 2 / 3
    assert none["test_error"] > 0.8 * chance and few["test_error"] > 0.5 * chance
    assert many["test_error"] < 0.25 * chance
    for name in ("S_2_1", "D_2_1"):
        assert many[name] < 0.75 * min(few[name], none[name])
    assert set(none) > {f"{letter}_{k}_{level}" for letter in "SD" for k in (1, 2, "out") for level in (1, 2)}


def test_another_task(tmp_path):
    run(TASK, tmp_path)


def test_a_study_of_ones_own(tmp_path):
    table = run(STUDY, tmp_path)
    assert {line.split()[1] for line in table.splitlines()[1:]} == {"2", "4"}
    assert len((tmp_path / "my-results" / "CNN_s2_L2.jsonl").read_text().splitlines()) == 24


BUILD_A_PAGE = f"""
import sys
from pathlib import Path
sys.path.append({str(BOOK)!r})
from build import ROOT, jupyter_book, published, yaml
config = yaml.safe_load((ROOT / "_config.yml").read_text())
config["repository"]["url"] = "https://github.com/someone/book"
Path("_config.yml").write_text(yaml.safe_dump(published(config)))
jupyter_book(["build", ".", "-q"])
"""


def test_launch_links_appear_with_the_address(tmp_path):
    for folder in ("book/_static", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "book" / "references.bib").write_text("")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: notebooks/page")
    cell = nbformat.v4.new_markdown_cell("# A page")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "notebooks" / "page.ipynb")
    run(BUILD_A_PAGE, tmp_path)
    page = (tmp_path / "_build" / "html" / "notebooks" / "page.html").read_text()
    path = "notebooks/page.ipynb"
    assert f'href="https://mybinder.org/v2/gh/someone/book/main?urlpath=lab/tree/{path}"' in page
    assert f'href="https://colab.research.google.com/github/someone/book/blob/main/{path}"' in page


def test_no_launch_link_leads_nowhere(html):
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    for path in (html / "notebooks").glob("*.html"):
        assert ("mybinder.org" in path.read_text()) == bool(address), path.name


def test_binder_installs_pinned_versions():
    lines = (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
    assert "--constraint ../requirements.txt" in lines and "--editable .[figures]" in lines


@pytest.mark.parametrize(
    "name", ["book/methods", "notebooks/sensitivities", "book/explore/task", "book/extend"]
)
def test_prints_black_on_white_and_uncut(name, html, browser):
    page = browser.new_page(
        color_scheme="dark", viewport={"width": 660, "height": 930}
    )  # A4 less its margins
    page.goto((html / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print")
    style = "getComputedStyle(document.querySelector('.bd-article p'))"
    assert page.evaluate(f"{style}.color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for selector in ("button", "nav", ".prev-next-footer", ".headerlink", "input[type=range]"):
        assert page.locator(selector).locator("visible=true").count() == 0, selector
    cut = """[...document.querySelectorAll(".bd-article pre, .bd-article table, .bd-article img")]
        .filter(element => element.getBoundingClientRect().right > innerWidth).length"""
    assert page.evaluate(cut) == 0
    page.close()


def use_pdf(code, *arguments):
    """Run code that imports book/pdf.py."""
    command = [
        sys.executable,
        "-c",
        f"import pdf, sys\nfrom pathlib import Path\n{code}",
        *map(str, arguments),
    ]
    return subprocess.run(command, cwd=BOOK, capture_output=True, text=True)


def test_two_pages_in_one_file(html, browser, tmp_path):
    code = "names = ['book/model', 'book/methods']\nout = Path(sys.argv[2])\n"
    code += "pdf.print_book(Path(sys.argv[1]), out, names, pdf.find_browser())"
    process = use_pdf(code, html, tmp_path / "two.pdf")
    assert process.returncode == 0, process.stderr
    content = (tmp_path / "two.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") >= 3
    assert b"MathJax" in content  # its fonts: equations are typeset


def test_without_a_browser_or_a_book_it_says_so(tmp_path):
    call = "sys.argv[1:] = ['--to', sys.argv[1]]\nsys.exit(pdf.main())"
    for find, words in (("None", "Chromium"), ("'chromium'", "make book")):
        process = use_pdf(f"pdf.find_browser = lambda: {find}\n{call}", tmp_path)
        assert process.returncode == 1
        assert words in process.stdout
        assert process.stderr == ""
