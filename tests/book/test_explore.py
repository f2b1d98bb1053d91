"""All explorable pages in a real browser: themes, phones, the keyboard, no script."""

import re

import numpy as np
import pytest

PAGES = ("task", "scaling", "training")
EACH = pytest.mark.parametrize("name", PAGES)


def open_widest(visit, name, width):
    """A page with everything in it that is wide."""
    page = visit(name, width=width, has_touch=True)
    if name == "task":
        page.select_option("#task-s", "3")
        page.fill("#task-L", "3")
        page.fill("#task-s0", "3")
        page.click("#task-displace")
    elif name == "scaling":
        page.check("#scaling-paper")
        page.select_option("#scaling-way", "all")
        page.locator("details summary", has_text="table").click()
        page.select_option("#scaling-point", index=3)
        page.select_option("#levels-L", "3")
    else:
        page.wait_for_selector("#training-now-map .datum")
    return page


@EACH
@pytest.mark.parametrize("width", [320, 390])
def test_fits_a_phone_at_its_widest(visit, name, width):
    page = open_widest(visit, name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@EACH
def test_a_finger_can_hit_every_control(visit, name):
    page = open_widest(visit, name, 320)
    ticked = "label:has(:is([type=checkbox], [type=radio]))"
    named = f"select, .controls button, .fits button, input[type=range], {ticked}"
    controls = page.locator(f".explore :is({named}):visible")
    boxes = [control.bounding_box() for control in controls.all()]
    assert len(boxes) > 8 and min(box["height"] for box in boxes) >= 44
    for node in page.locator(".node").all():
        size = node.evaluate("(n) => parseFloat(getComputedStyle(n, '::before').height)")
        assert size >= 44


@EACH
def test_without_javascript_a_figure_is_left(visit, name):
    page = visit(name, java_script_enabled=False)
    for figure in page.locator("figure.explore-static img.only-light").all():
        assert figure.is_visible()
    assert page.locator("figure.explore-static img.only-light").count() == page.locator(".explore").count()
    assert page.locator(".explore:visible").count() == 0
    assert visit(name).locator("figure.explore-static:visible").count() == 0


@EACH
def test_on_paper_a_figure_stands_for_it(visit, name):
    page = visit(name)
    page.emulate_media(media="print")
    assert page.locator(".explore:visible").count() == 0
    assert page.locator("figure.explore-static img:visible").count() == page.locator(".explore").count()


@EACH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_readable_in_both_themes(visit, name, scheme):
    page = visit(name, color_scheme=scheme)
    assert page.get_attribute("html", "data-theme") == scheme
    pairs = page.evaluate(
        """() => {
            const all = (selector) => [...document.querySelectorAll(".explore " + selector)];
            const paint = (element) => getComputedStyle(element).backgroundColor;
            const behind = (element) =>
                /rgba.*, 0\\)/.test(paint(element)) ? behind(element.parentElement) : paint(element);
            return [
                ...all(":is(label, button, select, p, small, td, th, .chip)").map((element) =>
                    [getComputedStyle(element).color, behind(element)]),
                ...all("svg text").map((text) =>
                    [getComputedStyle(text).fill, behind(text.ownerSVGElement.parentElement)]),
            ];
        }"""
    )
    assert len(pairs) > 10
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def contrast(*colours):
    """The ratio of luminances by which WCAG measures contrast."""
    rgb = np.array([[float(c) for c in re.findall(r"[\d.]+", colour)[:3]] for colour in colours]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    low, high = np.sort(linear @ [0.2126, 0.7152, 0.0722])
    return (high + 0.05) / (low + 0.05)


@EACH
def test_controls_have_names_and_show_the_focus(visit, name):
    page = visit(name)
    page.locator(".explore :is(select, input, button)").first.focus()
    seen = set()
    for _ in range(45):
        control = page.evaluate(
            """() => {
                const e = document.activeElement;
                if (!e.closest(".explore")) return null;
                const name = e.ariaLabel || e.labels?.[0]?.textContent || e.textContent;
                return [e.id || e.dataset.node || e.className, name.trim(), getComputedStyle(e).outlineWidth];
            }"""
        )
        if control is None:
            break
        assert control[1] and control[2] == "3px", control
        seen.add(control[0])
        page.keyboard.press("Tab")
    assert len(seen) > 8


@EACH
def test_an_address_of_a_section_is_left_alone(visit, name):
    page = visit(f"{name}#what-to-do")
    page.wait_for_selector(".explore svg")
    assert page.url.endswith("#what-to-do")
    page.locator(".explore select").first.select_option(index=1)
    assert "=" in page.url
    chosen = page.locator(".explore select").first.input_value()
    page.evaluate("location.hash = 'what-to-do'")
    page.wait_for_timeout(100)
    assert page.locator(".explore select").first.input_value() == chosen


@EACH
def test_pictures_have_words(visit, name):
    pictures = visit(name).locator(".explore svg:not([aria-hidden])")
    assert pictures.count() >= 1
    for picture in pictures.all():
        assert picture.get_attribute("role") == "img" and picture.get_attribute("aria-label")


def test_one_global_and_small_scripts(visit, browser, html):
    plain = browser.new_page()
    plain.goto((html / "book" / "model.html").as_uri())
    known = set(plain.evaluate("Object.keys(window)"))
    plain.close()
    for name in PAGES:
        assert set(visit(name).evaluate("Object.keys(window)")) - known == {"explore"}
    scripts = list((html / "_static").glob("explore*.js"))
    assert len(scripts) > 3 and all(script.stat().st_size < 25_000 for script in scripts)


@EACH
def test_data_and_scripts_are_light(html, name):
    """Without what all pages of the book share."""
    scripts = re.findall(
        r'src="../../_static/(explore\w*.js)"', (html / f"book/explore/{name}.html").read_text()
    )
    files = [html / "_static" / script for script in scripts] + [html / f"book/explore/{name}.html"]
    assert len(scripts) >= 4
    assert sum(file.stat().st_size for file in files) < 300_000
