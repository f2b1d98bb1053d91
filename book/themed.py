"""Sphinx extension: each SVG figure in the colours of the page's theme, with links to save it, and small.

A picture in a file of its own cannot follow the page's theme, so there are two, of which the style sheet
shows one. The CSV of a figure lies beside them where `build.py` has found it in a notebook.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from srhm.figures import on_dark

FOLDER = "_static/figures"
logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.add_node(thumbnail)
    app.add_directive("ours", Ours)
    app.connect("doctree-read", note_sizes, priority=900)  # when Sphinx knows the files of all pictures
    app.connect("doctree-resolved", theme_figures)
    app.connect("doctree-resolved", fill_thumbnails)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drawn(app: Sphinx, doctree: nodes.document) -> Iterator[tuple[nodes.figure, nodes.image, str]]:
    """The figures of a page that have a name and an SVG picture, with its text."""
    for figure in list(doctree.findall(nodes.figure)):
        for image in list(figure.findall(nodes.image)):
            source = Path(app.srcdir, image["uri"])
            if source.suffix == ".svg" and figure["ids"]:
                yield figure, image, source.read_text(encoding="utf8")


def note_sizes(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the sizes of a page's pictures for the small ones on other pages."""
    sizes = app.env.__dict__.setdefault("drawn_sizes", {})
    sizes |= {figure["ids"][0]: size(svg) for figure, _, svg in drawn(app, doctree)}


def theme_figures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Exchange the SVG pictures of a page for two each, and add links to save them."""
    root = "../" * docname.count("/")
    for figure, image, svg in drawn(app, doctree):
        name = figure["ids"][0]
        save(Path(app.outdir, FOLDER), name, svg)
        raw = nodes.raw("", pictures(root, name, image.get("alt", ""), size(svg)), format="html")
        image.parent.replace(image, raw)
        if "explore-static" not in figure["classes"]:
            figure += nodes.legend("", nodes.raw("", links(app, root, name), format="html"))


def save(folder: Path, name: str, svg: str) -> None:
    """Write both pictures of a figure."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.svg").write_text(svg, encoding="utf8")
    (folder / f"{name}-dark.svg").write_text(on_dark(svg), encoding="utf8")


def size(svg: str) -> str:
    """Width and height of a picture as attributes, so that a page does not jump while it loads."""
    width, height = (float(re.search(rf'{side}="([\d.]+)pt"', svg)[1]) for side in ("width", "height"))
    return f'width="{width * 4 / 3:.0f}" height="{height * 4 / 3:.0f}"'


def pictures(root: str, name: str, alt: str, sizes: str) -> str:
    """Both pictures; the theme's own classes show the one for its colours."""
    path, alt = f"{root}{FOLDER}/{name}", escape(alt, quote=True)
    return (
        f'<div class="drawn"><img class="only-light" src="{path}.svg" alt="{alt}" {sizes}>'
        f'<img class="only-dark" src="{path}-dark.svg" alt="{alt}" {sizes} loading="lazy"></div>'
    )


def links(app: Sphinx, root: str, name: str) -> str:
    """Where to save a figure, and the data that it shows."""
    formats = {"svg": "SVG"}
    if Path(app.srcdir, "book", FOLDER, f"{name}.csv").exists():
        formats["csv"] = "data as CSV"
    saved = " ".join(
        f'<a href="{root}{FOLDER}/{name}.{suffix}" download>{words}</a>' for suffix, words in formats.items()
    )
    return f'<p class="save">Save this figure: {saved}</p>'


class Ours(SphinxDirective):
    """The named figures of this book as small pictures that lead to them: ```{ours} fig-a fig-b```."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """A place for each, filled when all pages are read."""
        return [thumbnail("", name=name) for name in self.arguments[0].split()]


class thumbnail(nodes.General, nodes.Element):
    """Where a small picture goes."""


def fill_thumbnails(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the pictures in their places."""
    labels = app.env.get_domain("std").anonlabels
    for place in list(doctree.findall(thumbnail)):
        name = place["name"]
        if name not in labels:
            logger.warning("no figure is named %r", name, location=place)
            continue
        target, anchor = labels[name]
        address = f"{app.builder.get_relative_uri(docname, target)}#{anchor}"
        alt = f"Small picture of the figure in {app.env.titles[target].astext()}"
        picture = pictures("../" * docname.count("/"), name, alt, app.env.drawn_sizes[name])
        html = f'<a class="thumbnail" href="{address}">{picture}</a>'
        place.replace_self(nodes.raw("", html, format="html"))
