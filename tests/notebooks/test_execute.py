"""Every notebook runs from nothing, and refuses parameters it does not know."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))

sys.path.append(str(FOLDER))
execute = import_module("execute")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Empty at first; what one notebook computes the next ones find, as a reader's would."""
    return tmp_path_factory.mktemp("smoke") / "results"


# The scorecard first, and so alone: it must itself compute what it cannot do without.
@pytest.mark.parametrize("name", sorted(NAMES, key=lambda name: (name != "scorecard", name)))
def test_runs_from_nothing(name, tmp_path, results, monkeypatch, capsys):
    monkeypatch.setenv("JUPYTER_PATH", "")  # which main sets: put back afterwards
    options = [name, "--to", tmp_path, "-p", "profile", "smoke", "-p", "results", results]
    assert execute.main([str(option) for option in options]) == 0, capsys.readouterr().err
    notebook = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert not any("injected-parameters" in cell.metadata.get("tags", []) for cell in code)
    outputs = [output for cell in code for output in cell.outputs]
    glued = {output.get("metadata", {}).get("scrapbook", {}).get("name") for output in outputs}
    assert quoted(name) <= glued  # or the book would not build where little is computed


def quoted(name):
    """What the pages of the book take from a notebook."""
    pages = "".join(page.read_text() for page in FOLDER.parent.glob("book/**/*.md"))
    return set(re.findall(rf"/{name}\.ipynb::(\w+)", pages))


MISSPELT = [{"profile": "misspelt"}, {"device": "misspelt"}, {"misspelt": "smoke"}]


@pytest.mark.parametrize("parameter", MISSPELT)
@pytest.mark.parametrize("name", NAMES)
def test_a_misspelt_parameter_is_refused_before_anything_is_computed(name, parameter):
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    defaults, beginning = [cell.source for cell in cells if cell.cell_type == "code"][:2]
    names = {}
    exec(defaults, names)
    names |= parameter
    with pytest.raises(ValueError, match="misspelt"):
        exec(beginning, names)


def test_a_notebook_that_fails_is_named_and_leaves_nothing(tmp_path):
    command = [sys.executable, FOLDER / "execute.py", NAMES[0], "--to", tmp_path, "-p", "profile", "misspelt"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    *_, message, last = run.stderr.splitlines()
    assert "misspelt" in message
    assert last == f"notebooks/{NAMES[0]}.ipynb failed"
    assert not list(tmp_path.iterdir())
