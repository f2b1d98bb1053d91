"""What a published book needs beside its pages: its address, who to cite, a card for links to it, a site map.

The address of the repository is one setting, `repository.url` in `_config.yml`, or the environment variable
REPOSITORY_URL where that is empty. While neither is set no page shows a link to it.
"""

import os
import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import matplotlib.pyplot as plt
import yaml

from srhm import SRHM, __version__, figures

ROOT = Path(__file__).resolve().parent.parent

TITLE = "The Sparse Random Hierarchy Model"
SUMMARY = "A reproduction of Tomasini and Wyart (ICML 2024): every figure recomputed, and how close it came"


def published(config: dict) -> dict:
    """The configuration with what follows from the address of the repository, or without launch links."""
    url = config["repository"]["url"] or os.environ.get("REPOSITORY_URL", "")
    if not url:
        return config | {"launch_buttons": {}}
    site = address(url)
    options = config.get("html", {}) | {
        "use_repository_button": True,
        "use_issues_button": True,
        "baseurl": site,
    }
    card = {"site": site, "title": TITLE, "summary": SUMMARY}
    sphinx = config["sphinx"]["config"]
    sphinx = sphinx | {"html_context": sphinx["html_context"] | {"card": card}}
    repository = config["repository"] | {"url": url}
    return config | {
        "repository": repository,
        "html": options,
        "sphinx": config["sphinx"] | {"config": sphinx},
    }


def address(repository: str) -> str:
    """Where GitHub Pages shows the book of a repository.

    Raises:
        ValueError: it is no address of the form https://HOST/OWNER/REPOSITORY.
    """
    parts = urlsplit(repository)
    owner, _, name = parts.path.strip("/").partition("/")
    if parts.scheme != "https" or not owner or not name or "/" in name:
        raise ValueError(f"the repository's url must be https://HOST/OWNER/REPOSITORY, got {repository!r}")
    home = f"{owner.lower()}.github.io"
    return f"https://{home}/" if name.lower() == home else f"https://{home}/{name}/"


def write_partials(book: Path, url: str) -> None:
    """Write what pages include: who to cite, and how notebooks are opened without installing anything."""
    entries = re.split(r"\n(?=@)", (book / "references.bib").read_text(encoding="utf8"))
    (paper,) = [entry.strip() for entry in entries if "{tomasini2024sparse," in entry]
    (book / "cite.md").write_text(f"```bibtex\n{paper}\n\n{_software(url)}\n```\n", encoding="utf8")
    (book / "launch.md").write_text(_LAUNCH.replace("URL", url) if url else "", encoding="utf8")


def _software(url: str) -> str:
    citation = yaml.safe_load((Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf8"))
    fields = {
        "title": "{" + citation["title"] + "}",
        "author": "{{" + " and ".join(author["name"] for author in citation["authors"]) + "}}",
        "version": "{" + __version__ + "}",
        "note": "{" + citation["license"] + " licence}",
    }
    fields |= {"url": "{" + url + "}"} if url else {}
    return (
        "@software{srhm,\n" + ",\n".join(f"  {name:<9} = {value}" for name, value in fields.items()) + "\n}"
    )


_LAUNCH = """\
## In a browser, without installing

Every notebook's page has a rocket at its top that opens the notebook on [Binder](https://mybinder.org) or
[Colab](https://colab.research.google.com). Binder builds its environment from `.binder`. Colab opens the
notebook alone, so that this goes in a first cell:

```
!git clone --depth 1 URL srhm
%cd srhm/notebooks
%pip install --quiet '..[figures]' myst-nb
```
"""


def draw_card(path: Path) -> None:
    """The picture that other sites show beside a link to the book, 1200 by 630 pixels."""
    task = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=1)
    with plt.style.context(figures.STYLE):
        figure = figures.derivation(task, task.sample(1))
        figure.set_layout_engine("none")
        figure.set_size_inches(8, 4.2)
        figure.axes[0].set_position((0.04, 0.06, 0.92, 0.56))
        figure.text(0.06, 0.84, TITLE, size=26, weight="bold")
        figure.text(0.06, 0.75, "A reproduction of Tomasini and Wyart (ICML 2024)", size=15)
        for text in figure.axes[0].texts:
            text.set_size(16)
        figure.savefig(path, dpi=150, facecolor="white")
    plt.close(figure)


def pages() -> list[str]:
    """The pages of the book, in order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    chapters = (chapter for part in toc["parts"] for chapter in part["chapters"])
    return [
        toc["root"],
        *(p["file"] for chapter in chapters for p in (chapter, *chapter.get("sections", []))),
    ]


def write_site_map(html: Path, site: str, pages: list[str]) -> None:
    """The addresses of all pages, for search engines; and where to find it."""
    entries = "".join(f"  <url><loc>{escape(site)}{page}.html</loc></url>\n" for page in pages)
    (html / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
        encoding="utf8",
    )
    (html / "robots.txt").write_text(f"Sitemap: {site}sitemap.xml\n", encoding="utf8")
