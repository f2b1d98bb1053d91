"""Leave out of the built pages what the theme brings along and no reader uses."""

import logging
import re
import shutil
from itertools import pairwise
from pathlib import Path

import tinycss2
from fontTools.subset import Options, Subsetter, load_font, save_font


def slim(html: Path) -> None:
    """Remove other languages, maps of scripts, icons as scripts, and styles and icons that no page names."""
    for path in html.glob("_static/**/*.map"):
        path.unlink()
    shutil.rmtree(html / "_static" / "locales", ignore_errors=True)
    for scripts in html.glob("_static/vendor/fontawesome/*/js"):
        shutil.rmtree(scripts)
    pages_and_scripts = [*html.rglob("*.html"), *html.rglob("*.js")]
    names = set().union(*(re.findall(r"[\w-]+", path.read_text("utf8")) for path in pages_and_scripts))
    codes: set[int] = set()
    for path in html.glob("_static/**/*.css"):
        style = _with_woff(_used_rules(tinycss2.parse_stylesheet(path.read_text(encoding="utf8")), names))
        codes |= {ord(character) for character in style if "\ue000" <= character <= "\uf8ff"}
        path.write_text(style, encoding="utf8")
    for font in html.glob("_static/vendor/fontawesome/*/webfonts/*.ttf"):
        _keep_icons(font, codes)


def _used_rules(rules: list[tinycss2.ast.Node], names: set[str]) -> str:
    """The rules of a style sheet, without selectors that ask for a class whose name is not among these."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            used = [selector for selector in _split(rule.prelude) if names.issuperset(_classes(selector))]
            if used:
                selectors = ",".join(map(tinycss2.serialize, used))
                kept.append(f"{selectors}{{{tinycss2.serialize(rule.content)}}}")
        elif rule.type == "at-rule" and rule.at_keyword in ("media", "supports"):
            inner = _used_rules(tinycss2.parse_rule_list(rule.content), names)
            kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type != "comment" or rule.value.startswith("!"):  # licences stay
            kept.append(rule.serialize())
    return "".join(kept)


def _split(prelude: list[tinycss2.ast.Node]) -> list[list[tinycss2.ast.Node]]:
    """The selectors of a rule, between its commas."""
    selectors: list[list[tinycss2.ast.Node]] = [[]]
    for token in prelude:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _classes(selector: list[tinycss2.ast.Node]) -> set[str]:
    """The classes that all its elements have; those in brackets, as in :not(.shown), may be absent."""
    return {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}


def _with_woff(style: str) -> str:
    """Fonts of icons under the names that `_keep_icons` gives them."""
    return re.sub(
        r'url\((\S+?)\.woff2\) format\("woff2"\),url\(\S+?\.ttf\) format\("truetype"\)',
        r'url(\1.woff) format("woff")',
        style,
    )


def _keep_icons(font: Path, codes: set[int]) -> None:
    """Make of a font one that has these characters alone."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = Options(flavor="woff", layout_features=[], notdef_outline=True)
    shapes = load_font(str(font), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(shapes)
    save_font(shapes, str(font.with_suffix(".woff")), options)
    font.unlink()
    font.with_suffix(".woff2").unlink()
