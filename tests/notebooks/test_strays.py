"""Files that are no pair of a notebook's halves are left aside, unless they are named."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext")
pytest.importorskip("papermill")

FOLDER = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """The script, in a folder of one pair and some strays; and the notebooks that it executes."""
    shutil.copy(FOLDER / "execute.py", tmp_path)
    for stray in ("scratch.py", "theory.py.bak", "alone.ipynb"):
        (tmp_path / stray).write_text("{")
    for half in ("model.py", "model.ipynb"):
        shutil.copy(FOLDER / half, tmp_path)
    spec = importlib.util.spec_from_file_location("execute_here", tmp_path / "execute.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    executed = []

    def pretend(notebook, parameters):
        executed.append(notebook.stem)
        return jupytext.read(notebook)

    monkeypatch.setattr(script, "execute", pretend)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["execute.py", *arguments])
        assert script.main() == 0
        return executed

    return call


def test_only_pairs_are_executed(execute, tmp_path):
    assert execute("--to", str(tmp_path / "out")) == ["model"]


def test_only_pairs_are_brought_up_to_date(execute, tmp_path):
    before = sorted(path.name for path in tmp_path.iterdir())
    execute("--sync")
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "scratch.py").read_text() == "{"


def test_a_new_notebook_that_is_named_gets_its_other_half(execute, tmp_path):
    (tmp_path / "scratch.py").write_text("# %%\n1 + 1\n")
    execute("--sync", "scratch")
    assert jupytext.read(tmp_path / "scratch.ipynb").cells[0].source == "1 + 1"
