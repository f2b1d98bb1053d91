"""Build the book as static HTML, any warning being an error; no notebook is executed.

    python book/build.py [--notebooks DIR] [--to DIR]

The sources are first copied to TO/_build/source, with the notebooks of NOTEBOOKS (default: the
committed ones); the pages are in TO/_build/html.
"""

import argparse
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import yaml
from export import export
from jupyter_book.cli.main import main as jupyter_book

from srhm.figures import STYLE, falling_together
from srhm.notebook import load_study

ROOT = Path(__file__).resolve().parent.parent


def stage(source: Path, notebooks: Path) -> None:
    """Gather what the book is made of, and nothing else, in a fresh folder."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "book", source / "book")
    (source / "notebooks").mkdir()
    for notebook in notebooks.glob("*.ipynb"):
        shutil.copy(notebook, source / "notebooks")
    shutil.copy(ROOT / "_toc.yml", source)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    (source / "_config.yml").write_text(yaml.safe_dump(published(config)), encoding="utf8")
    draw_home_figure(source / "book" / "home.png")
    export(source / "book")


def published(config: dict) -> dict:
    """The configuration, without launch links where `repository.url` is empty: they would lead nowhere."""
    return config if config["repository"]["url"] else config | {"launch_buttons": {}}


def draw_home_figure(path: Path) -> None:
    """The figure of the home page, from the stored runs of the largest profile."""
    table, _ = load_study("sensitivities", "stored", "cpu", ROOT / "results")
    with plt.style.context(STYLE):
        falling_together(table, "CNN", s0=1).savefig(path)


def main() -> None:
    """Stage, build, and say which file to open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", metavar="DIR")
    parser.add_argument("--to", type=Path, default=ROOT, metavar="DIR")
    options = parser.parse_args()

    build = options.to.resolve() / "_build"
    stage(build / "source", options.notebooks)
    shutil.rmtree(build / "html", ignore_errors=True)
    strict = ["-W", "--keep-going", "-n"]
    arguments = ["build", str(build / "source"), "--path-output", str(build.parent), "-q", *strict]
    jupyter_book(arguments, standalone_mode=False)
    print(f"Open {(build / 'html' / 'index.html').as_uri()}")


if __name__ == "__main__":
    main()
