"""Tables of results: what a browser and a terminal show of them."""

import pandas as pd

from srhm.figures import Table

ROWS = [
    {"network": "CNN", "s0": 0, "P*": 12345.6, "ratio": 1.0, "claimed": "2"},
    {"network": "<b>", "s0": (0, 1), "P*": None, "ratio": 0.256, "claimed": ""},
]


def test_text_has_aligned_columns_below_its_caption():
    assert repr(Table(ROWS, "Ours", {"P*": ",.0f"})).splitlines() == [
        "Ours",
        "network  s0          P*  ratio  claimed",
        "CNN      0       12,346   1.00        2",
        "<b>      (0, 1)           0.26",
    ]


def test_html_has_a_name_headers_and_numbers_at_the_right():
    html = Table(ROWS, "P* of ours at s = 2", {"P*": ",.0f"})._repr_html_()
    assert html.startswith('<p class="results"><i>P</i>* of ours at <i>s</i> = 2</p>')
    assert '<div class="results" tabindex="0" role="region" aria-label="P* of ours at s = 2">' in html
    assert '<table aria-label="P* of ours at s = 2">' in html
    assert html.count('<th scope="col"') == 5
    assert '<th scope="col" class="number"><i>P</i>*</th>' in html and '<th scope="col">network</th>' in html
    assert '<td class="number">12,346</td>' in html
    assert "<b>" not in html and "<td>&lt;b&gt;</td>" in html
    assert '<td class="number"></td>' in html  # what is missing
    assert "</td><td" not in html and "</th><th" not in html  # rows are words to a search index


def test_symbols_are_set_only_where_they_are_symbols():
    def head(name):
        html = Table([{name: 1}], "x")._repr_html_()
        return html.split('class="number">')[1].split("</th>")[0]

    assert head("s0") == "<i>s</i><sub>0</sub>"
    assert head("P*_S / P*") == "<i>P</i>*<sub><i>S</i></sub> / <i>P</i>*"
    assert head("D_out") == "<i>D</i><sub>out</sub>"
    assert head("exponent of s0+1") == "exponent of <i>s</i><sub>0</sub>+1"
    assert head("panel S") == "panel S"
    assert head("s0 = 1") == "<i>s</i><sub>0</sub> = 1"
    assert head("P_star_S") == head("P*_S")
    assert head("(s0+1)^2") == "(<i>s</i><sub>0</sub>+1)<sup>2</sup>"
    assert head("m^L") == "<i>m</i><sup><i>L</i></sup>"
    assert head("s^(L/2)") == "<i>s</i><sup>L/2</sup>"
    cell = "<td><i>D</i><sub>out,1</sub></td>"
    assert cell in Table([{"column": "D_out_1"}], "x")._repr_html_()


def test_columns_keep_to_one_form():
    table = Table(pd.DataFrame({"whole": [1000, 2], "mixed": [1.0, 2.5], "missing": [None, 3.0]}), "x")
    assert table.rows == [("1,000", "1.00", ""), ("2", "2.50", "3")]
    assert table.numeric == [True] * 3
    assert Table([], "nothing")._repr_html_().count("<tr>") == 1
