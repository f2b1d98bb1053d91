"""Build the book as static HTML, any warning being an error; no notebook is executed.

    python book/build.py [--notebooks DIR] [--to DIR]

The sources are first copied to TO/_build/source, with the notebooks of NOTEBOOKS (default: the
committed ones); the pages are in TO/_build/html.
"""

import argparse
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import yaml
from export import export
from jupyter_book.cli.main import main as jupyter_book
from publish import draw_card, pages, published, write_partials, write_site_map
from slim import slim

from srhm import SRHM
from srhm.figures import STYLE, derivation, falling_together
from srhm.notebook import load_study
from srhm.papers.sparse2024 import quantities

ROOT = Path(__file__).resolve().parent.parent


def stage(source: Path, notebooks: Path, config: dict) -> None:
    """Gather what the book is made of, and nothing else, in a fresh folder."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "book", source / "book")
    (source / "notebooks").mkdir()
    saved = source / "book" / "_static" / "figures"
    saved.mkdir()
    for notebook in notebooks.glob("*.ipynb"):
        stage_notebook(notebook, source / "notebooks", saved)
    shutil.copy(ROOT / "_toc.yml", source)
    (source / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf8")
    write_partials(source / "book", config["repository"]["url"])
    draw_card(source / "book" / "_static" / "card.png")
    draw_home_figures(source / "book")
    export(source / "book")


def draw_home_figures(book: Path) -> None:
    """The figures of the home page: a datum, and the stored runs of the largest profile."""
    table, source = load_study("sensitivities", "stored", "cpu", ROOT / "results")
    with plt.style.context(STYLE):
        task = SRHM(v=3, n_c=2, m=3, s=2, L=2, s0=1)
        model = derivation(task, task.sample(1, seed=1))
        (book / "home_model.svg").write_text(model.svg(), encoding="utf8")
        figure = falling_together(table, "CNN", 1, quantities("CNN", s=2, L=2))
        figure.notes = source.notes
        (book / "home.svg").write_text(figure.svg(), encoding="utf8")
    (book / "_static" / "figures" / "fig-home.csv").write_text(figure.csv(), encoding="utf8")


def stage_notebook(path: Path, folder: Path, saved: Path) -> None:
    """Copy a notebook, and write the data that its figures show as CSV files, by the names of the figures."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("mystnb", {}).get("figure", {}).get("name")
        for output in cell.get("outputs", []):
            table = output.get("data", {}).pop("text/csv", "")
            if name and not all(line.startswith("#") for line in table.splitlines()):
                (saved / f"{name}.csv").write_text(table, encoding="utf8")
    nbformat.write(notebook, folder / path.name)


def main() -> None:
    """Stage, build, and say which file to open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", metavar="DIR")
    parser.add_argument("--to", type=Path, default=ROOT, metavar="DIR")
    options = parser.parse_args()

    build = options.to.resolve() / "_build"
    config = published(yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8")))
    stage(build / "source", options.notebooks, config)
    shutil.rmtree(build / "html", ignore_errors=True)
    strict = ["-W", "--keep-going", "-n"]
    arguments = ["build", str(build / "source"), "--path-output", str(build.parent), "-q", *strict]
    jupyter_book(arguments, standalone_mode=False)
    slim(build / "html")
    if site := config.get("html", {}).get("baseurl"):
        write_site_map(build / "html", site, pages())
    print(f"Open {(build / 'html' / 'index.html').as_uri()}")


if __name__ == "__main__":
    main()
