"""The two halves of a notebook hold the same cells, whichever was edited last."""

from pathlib import Path

import jupytext
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
SCRIPTS = {path.stem for path in FOLDER.glob("*.py")} - {"execute"}
NOTEBOOKS = {path.stem for path in FOLDER.glob("*.ipynb")}


def cells(path):
    return [
        (cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in jupytext.read(path).cells
    ]


def test_every_notebook_is_a_pair():
    assert SCRIPTS == NOTEBOOKS


@pytest.mark.parametrize("name", sorted(SCRIPTS & NOTEBOOKS))
def test_halves_agree(name):
    assert cells(FOLDER / f"{name}.ipynb") == cells(FOLDER / f"{name}.py")
