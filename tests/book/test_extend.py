"""The code of the page on extensions, the launch links, and the book on paper."""

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
EXAMPLE = BOOK / "examples" / "new_architecture.py"
TASK, EXCHANGE, STUDY, SEARCH, NETWORK, LAB = re.findall(
    r"```python\n(.*?)```", (BOOK / "extend.md").read_text(), re.DOTALL
)


def run(code, folder, *arguments, python=sys.executable):
    """What a script prints, run from its own folder as a reader would."""
    (folder / "script.py").write_text(code)
    process = subprocess.run([python, "script.py", *arguments], cwd=folder, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout


def numbers(table):
    """The rows of a printed table of numbers, its header left out."""
    rows = [line.split() for line in table.splitlines() if re.fullmatch(r"[\d. ]+", line)]
    return [[float(word) for word in row] for row in rows if row]


def test_the_example_is_short():
    text = EXAMPLE.read_text()
    documented = ast.parse(text).body[0]
    lines = text.splitlines()[documented.end_lineno :]
    assert len([line for line in lines if line.strip()]) < 30


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """The interpreter of a fresh environment that holds this package's wheel, and what it needs.

    Not the editable installation: of the environment that runs the tests only the other packages are seen.
    """
    folder = tmp_path_factory.mktemp("stranger")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    source = folder / "source"  # what a wheel was once made of stays in build/, and gets into the next one
    shutil.copytree(ROOT / "srhm", source / "srhm", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, source], check=True)
    (wheel,) = folder.glob("srhm-*.whl")
    venv.create(folder / "venv")
    python = folder / "venv" / "bin" / "python"
    subprocess.run([*pip, "--python", python, "install", "--no-deps", wheel], check=True)
    (own,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (own / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_a_network_of_a_stranger_is_registered_swept_searched_and_drawn(stranger, tmp_path):
    (tmp_path / EXAMPLE.name).write_text(EXAMPLE.read_text())
    where = "import srhm\nprint(srhm.__file__)\n"
    assert str(stranger.parents[1]) in run(where, tmp_path, python=stranger)
    printed = run(NETWORK, tmp_path, python=stranger)
    rows = numbers(printed)
    assert [(row[0], row[-1]) for row in rows] == [(0, 1), (1, 1)]  # two sparsities, one seed each
    dense, sparse = (row[1] for row in rows)
    assert 20 < dense < sparse < 5000  # blanks cost data
    sensitivities = dict(re.findall(r"([SD])_2 = ([\d.]+)", printed))
    assert set(sensitivities) == {"S", "D"} and all(float(x) < 0.8 for x in sensitivities.values())
    for s0 in (0, 1):
        assert (tmp_path / f"transformer_{s0}.png").read_bytes().startswith(b"\x89PNG")
    stored = (tmp_path / "my-results" / "Transformer_s2_L2.jsonl").read_text().splitlines()
    assert run(NETWORK, tmp_path, python=stranger).startswith(printed[:20])  # nothing to compute again
    assert (tmp_path / "my-results" / "Transformer_s2_L2.jsonl").read_text().splitlines() == stored


def test_the_command_line_knows_the_studies_of_a_strangers_file(stranger, tmp_path):
    (tmp_path / EXAMPLE.name).write_text(EXAMPLE.read_text().replace("(0, 1)", "(0,)").replace("0.4", "2.0"))
    (tmp_path / "lab.py").write_text(LAB)
    call = "import sys\nfrom srhm.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
    load = ("--load", "lab.py", "--results", "mine")
    assert "attention, Transformer: 1 runs" in run(
        call, tmp_path, "sweep", "attention", "--dry-run", *load, python=stranger
    )
    run(call, tmp_path, "sweep", "attention", *load, python=stranger)
    (line,) = [
        line
        for line in run(call, tmp_path, "status", *load, python=stranger).splitlines()
        if line.startswith("attention")
    ]
    _, smoke, laptop, paper = line.split()
    assert smoke == paper == "0/0"
    stored, wanted = laptop.split("/")
    assert stored == wanted and int(stored) >= 2


def test_another_task(tmp_path):
    run(TASK, tmp_path)


def test_data_for_other_programs(tmp_path):
    run(EXCHANGE, tmp_path)
    assert (tmp_path / "task.npz").exists()


def test_a_study_of_ones_own(tmp_path):
    table = run(STUDY, tmp_path)
    dense, sparse = numbers(table)
    assert (dense[1], sparse[1]) == (2, 4) and 10 < dense[2] < sparse[2]
    assert len((tmp_path / "my-results" / "CNN_s2_L2.jsonl").read_text().splitlines()) == 32


def test_a_search_of_ones_own(tmp_path):
    dense, sparse = numbers(run(SEARCH, tmp_path))
    assert dense[1] == 0 and sparse[1] == 1
    for _, _, P_star, low, high in (dense, sparse):
        assert low <= P_star <= high
    assert dense[2] < sparse[2]


BUILD_A_PAGE = f"""
import sys
from pathlib import Path
sys.path.append({str(BOOK)!r})
from build import ROOT, jupyter_book, published, write_partials, yaml
config = yaml.safe_load((ROOT / "_config.yml").read_text())
config = published(config)
Path("_config.yml").write_text(yaml.safe_dump(config))
write_partials(Path("book"), config["repository"]["url"])
jupyter_book(["build", ".", "-q"])
"""


def test_launch_links_appear_with_the_address(tmp_path, monkeypatch):
    """The one address: of the setting, or of the environment where that is empty."""
    monkeypatch.setenv("REPOSITORY_URL", "https://github.com/someone/book")
    (tmp_path / "notebooks").mkdir()
    for part in ("_static", "_templates"):
        shutil.copytree(BOOK / part, tmp_path / "book" / part)
    shutil.copy(BOOK / "references.bib", tmp_path / "book")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: notebooks/page")
    cell = nbformat.v4.new_markdown_cell("# A page")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "notebooks" / "page.ipynb")
    run(BUILD_A_PAGE, tmp_path)
    page = (tmp_path / "_build" / "html" / "notebooks" / "page.html").read_text()
    path = "notebooks/page.ipynb"
    assert f'href="https://mybinder.org/v2/gh/someone/book/main?urlpath=lab/tree/{path}"' in page
    assert f'href="https://colab.research.google.com/github/someone/book/blob/main/{path}"' in page
    assert 'href="https://github.com/someone/book"' in page
    assert '<meta property="og:image" content="https://someone.github.io/book/_static/card.png">' in page
    assert (
        "git clone --depth 1 https://github.com/someone/book srhm"
        in (tmp_path / "book" / "launch.md").read_text()
    )


def test_no_link_to_a_repository_leads_nowhere(html):
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    for path in html.rglob("*.html"):
        text = path.read_text()
        assert ("mybinder.org/v2" in text) == (bool(address) and "notebooks" in path.parts), path.name
        assert "OWNER" not in text and ("og:image" in text) == bool(address), path.name


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
