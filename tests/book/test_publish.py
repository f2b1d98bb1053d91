"""What a published book has beside its pages: citation, card, site map, and the workflows that publish it."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def publish():
    spec = importlib.util.spec_from_file_location("publish", ROOT / "book" / "publish.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("https://github.com/Some-One/Book", "https://some-one.github.io/Book/"),
        ("https://github.com/someone/someone.github.io", "https://someone.github.io/"),
    ],
)
def test_the_address_of_the_book_follows_from_that_of_the_repository(publish, repository, site):
    assert publish.address(repository) == site


@pytest.mark.parametrize(
    "wrong", ["http://github.com/a/b", "github.com/a/b", "https://github.com/a", "https://github.com/a/b/c"]
)
def test_another_address_is_refused(publish, wrong):
    with pytest.raises(ValueError, match=f"https://HOST/OWNER/REPOSITORY, got '{re.escape(wrong)}'"):
        publish.address(wrong)


def test_the_site_map_has_every_page(publish, tmp_path):
    publish.write_site_map(tmp_path, "https://a.github.io/b/", ["book/index", "notebooks/scaling"])
    text = (tmp_path / "sitemap.xml").read_text()
    assert re.findall("<loc>(.*?)</loc>", text) == [
        "https://a.github.io/b/book/index.html",
        "https://a.github.io/b/notebooks/scaling.html",
    ]
    assert (tmp_path / "robots.txt").read_text() == "Sitemap: https://a.github.io/b/sitemap.xml\n"


def test_the_home_page_says_how_to_cite(html, browser):
    page = browser.new_page()
    page.goto((html / "book" / "index.html").as_uri())
    block = page.locator("#cite-this .highlight")
    text = block.inner_text()
    assert "@inproceedings{tomasini2024sparse," in text and "@software{srhm," in text
    assert text.count("{") == text.count("}")
    assert block.locator("button.copybtn").count() == 1
    assert page.get_attribute("link[rel*=icon]", "href").endswith("_static/favicon.svg")
    page.close()


def test_the_card_has_the_size_that_other_sites_take(html):
    with Image.open(html / "_static" / "card.png") as card:
        assert card.size == (1200, 630)
        assert len(card.convert("RGB").getcolors(2**20)) > 20


def test_zenodo_and_the_citation_agree():
    zenodo = json.loads((ROOT / ".zenodo.json").read_text())
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    for name in ("title", "license", "keywords"):
        assert zenodo[name] == citation[name]
    assert [one["name"] for one in zenodo["creators"]] == [one["name"] for one in citation["authors"]]
    version = re.search(r'version = "(.*)"', (ROOT / "pyproject.toml").read_text())[1]
    assert citation["version"] == version


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_are_pinned_and_may_only_read(path):
    text = path.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}  # what a job needs beyond, it says
    used = re.findall(r"uses: (.*)", text)
    assert used and all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", line) for line in used)


def test_there_is_a_workflow_for_each_purpose():
    assert [path.stem for path in WORKFLOWS] == ["ci", "pages", "release"]
    pages, release = (path.read_text() for path in WORKFLOWS[1:])
    assert "run: make book" in pages and "path: _build/html" in pages
    assert "twine check --strict" in release and "password" not in release


def test_nothing_names_an_address_that_is_not_there():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    texts = [ROOT / name for name in listed.stdout.split() if name.endswith((".md", ".yml", ".toml", ".cff"))]
    assert [path.name for path in texts if "OWNER/NAME" in path.read_text()] == []


def test_publish_is_imported_without_a_book():
    code = "import sys; sys.path.append('book'); import publish; print(publish.TITLE)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert found.stdout == "The Sparse Random Hierarchy Model\n", found.stderr
