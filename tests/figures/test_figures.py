"""The figures show the numbers they are given."""

import re
from io import StringIO

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from srhm import SRHM, figures
from srhm.analysis import sample_complexity
from srhm.analysis.laws import Power
from srhm.figures.drawn import COLOURS, DARK, GREY, INK, PAGE, WIDTH
from srhm.figures.style import setting_style, sparsity_colour, vocabulary_marker
from srhm.model import ByLevel
from srhm.papers.sparse2024 import EQ_4, LAWS, digitised
from srhm.papers.sparse2024.scorecard import our_sample_complexities
from srhm.runs import Run

TASK = dict(v=4, n_c=4, m=4, s=2, L=2)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def row(architecture, s0, P, seed, error, **training):
    run = Run(architecture=architecture, **TASK, s0=s0, P=P, task_seed=seed, **training)
    names = [f"{q}_{k}_{l}" for q in "SD" for k in ("1", "2", "out") for l in (1, 2)]
    return vars(run) | {name: error / (i + 1) for i, name in enumerate(names)} | {"test_error": error}


@pytest.fixture
def table():
    curve = dict(zip((100, 200, 400, 800), (0.6, 0.3, 0.05, 0.0), strict=True))
    rows = [
        row(architecture, s0, P * (seed + 1), seed, error)
        for architecture in ("LCN", "CNN")
        for s0 in (0, 1)
        for seed in (0, 1)
        for P, error in curve.items()
    ]
    return pd.DataFrame(rows)


POINTS, CURVES = digitised.sample_complexities(), digitised.curves()
SOME, NONE = (POINTS, CURVES), (POINTS[:0], CURVES[:0])


def hollow(ax):
    """The lines of the paper's points in a panel."""
    lines = [line for line in ax.lines if line.get_label() == "_paper"]
    assert all(line.get_mfc() == "none" and line.get_mec() != "none" for line in lines)
    return lines


def theirs_in(ax):
    """The paper's points in a panel."""
    return sorted(
        pair for line in hollow(ax) for pair in zip(line.get_xdata(), line.get_ydata(), strict=True)
    )


def ours_in(ax):
    """Our lines in a panel."""
    return [line for line in ax.lines if line.get_label() != "_paper"]


def points_of(ax):
    """Our points in a panel, with colour, marker and size."""
    return {
        (line.get_color(), line.get_marker(), line.get_ms(), line.get_xdata()[0], line.get_ydata()[0])
        for line in ours_in(ax)
        if len(line.get_xdata()) == 1
    }


ROWS = {"colour", "shape", "size", "dots", "dashes", " ", ""}


def legend(figure):
    """The entries of all legends of a figure, and their titles, without the names of the channels."""
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    texts = [text.get_text() for one in legends for text in (*one.get_texts(), one.get_title())]
    return {text for text in texts if text not in ROWS}


def draw(figure):
    """Lay it out as a notebook does; any warning is an error. Every axis has a name, every row is kept."""
    with plt.style.context(figures.STYLE):
        figure.canvas.draw()
    assert all(ax.get_ylabel() for ax in figure.axes)
    rows = saved(figure)
    for i, ax in enumerate(dict.fromkeys(ax for ax, _ in figure.rows), 1):
        of_paper = rows[(rows.panel == i) & (rows.whose == "paper")]
        drawn = theirs_in(ax)
        if drawn:  # else the paper's are marks with bars, or a band
            np.testing.assert_allclose(sorted(zip(of_paper.x, of_paper.y, strict=True)), drawn, rtol=1e-4)
    return figure


def saved(figure):
    """The rows of a figure's CSV."""
    lines = figure.csv().splitlines()
    if all(line.startswith("#") for line in lines):
        return pd.DataFrame(columns=["panel", "whose", "x", "y"])
    return pd.read_csv(StringIO("\n".join(lines)), comment="#")


def labelled(figure):
    """Whether every panel's axes are named, its abscissa by its own or by the panel below that shares it."""
    shown = [ax for ax in figure.axes if ax.get_visible()]
    lowest = {ax.get_subplotspec().colspan.start: ax for ax in shown}  # of each column the last
    return all(ax.get_xlabel() for ax in lowest.values()) and all(ax.get_ylabel() for ax in shown)


BOTH = "filled: ours; hollow: the paper's"


def settings_table(factor=1.0, vs=(2, 4, 12), s0s=(0, 1, 2, 4, 6), Ls=(2, 3, 4, 5), architecture="CNN"):
    """P* of settings, as `sample_complexity` gives it; known, if factor is a number."""
    rows = [
        dict(architecture=architecture, sparsity="A", s=2, L=L, s0=s0, v=v, n_c=v, m=v, status="reached")
        | dict(P_star=factor * (s0 + 1) ** 2 * v * v**L)
        for v in vs
        for s0 in s0s
        for L in Ls
    ]
    table = pd.DataFrame(rows)
    return table.assign(P_star_low=table.P_star / 1.1, P_star_high=table.P_star * 1.2)


def unreached(table):
    return table.assign(P_star=np.nan, P_star_low=np.nan, P_star_high=np.nan, status="not reached")


def law(row):
    return 2.5 * (row.s0 + 1) ** 2 * row.n_c * row.m**row.L  # Eq. 4


@pytest.mark.parametrize("s0", [0, 2])
def test_learning_curves_mark_the_sample_complexity(table, s0):
    runs = table[table.s0 == 1].assign(v=10, n_c=10, m=10, s0=s0)
    figure = draw(figures.learning_curves(runs, CURVES))
    (ax,) = figure.axes
    marked = {line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1}
    assert marked >= set(sample_complexity(runs).P_star)
    assert ax.get_xlabel() and ax.get_ylabel() == "test error"
    theirs = CURVES.query("v == 10 and s0 == @s0 and column == 'test_error'")
    theirs = theirs[theirs.architecture.isin(["LCN", "CNN"])]
    assert theirs_in(ax) == sorted(zip(theirs.P, theirs.value, strict=True))
    assert legend(figure) == {"LCN", "CNN", *[BOTH] * (s0 == 2)}


def test_learning_curves_that_reach_nothing_are_drawn_without_a_mark(table):
    runs = table[table.s0 == 1].assign(test_error=0.9)
    (ax,) = draw(figures.learning_curves(runs, CURVES)).axes
    assert [text.get_text() for text in ax.texts] == []
    drawn = [set(line.get_ydata()) for line in ax.lines if line.get_label() in ("LCN", "CNN")]
    assert drawn == [{0.9}, {0.9}]


@pytest.mark.parametrize("theirs", [SOME, NONE])
def test_points_lie_at_their_prediction_with_colour_marker_and_size(theirs):
    table = settings_table(1.3)
    theirs = theirs[0].query("architecture == 'CNN' and quantity == 'P_star'")
    figure = draw(figures.against_prediction(table, theirs, EQ_4))
    (ax,) = figure.axes
    styles = {}
    for row in table.itertuples():
        found = [point for point in points_of(ax) if point[3:] == (law(row), row.P_star)]
        style = tuple(setting_style(row.s0, row.v, row.L).values())
        assert style in [point[:3] for point in found]
        styles.setdefault(style, set()).add((row.s0, row.v, row.L))
    assert all(len(settings) == 1 for settings in styles.values())
    assert theirs_in(ax) == sorted((law(row), row.value) for row in theirs.itertuples())
    for line in hollow(ax):  # the paper's, in the same channels
        (row,) = [
            row
            for row in theirs.itertuples()
            if (law(row), row.value) == (line.get_xdata()[0], line.get_ydata()[0])
        ]
        assert (line.get_color(), line.get_marker(), line.get_ms()) == tuple(
            setting_style(row.s0, row.v, row.L).values()
        )
    both = pd.concat([table, theirs])
    assert legend(figure) == {
        *(f"$s_0$={s0}" for s0 in both.s0), *(f"$v$={v}" for v in both.v), *(f"$L$={L}" for L in both.L),
        "the law", *[BOTH] * (len(theirs) > 0),
    }  # fmt: skip
    assert ax.get_xlabel() == "prediction $2.5\\, (s_0+1)^2\\, n_c\\, m^L$" and ax.get_ylabel() == "$P^*$"
    (dashes,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert list(dashes.get_xdata()) == list(dashes.get_ydata())


@pytest.mark.parametrize("theirs", [SOME, NONE])
def test_nothing_reached_leaves_the_papers_points_or_an_empty_frame(theirs):
    table = unreached(settings_table())
    theirs = theirs[0].query("architecture == 'CNN'")
    P_star = theirs[theirs.quantity == "P_star"]
    (ax,) = draw(figures.against_prediction(table, P_star, EQ_4)).axes
    assert theirs_in(ax) == sorted((law(row), row.value) for row in P_star.itertuples())
    assert points_of(ax) == set()
    named = table.assign(quantity="P_star")
    for one in (named, named[:0]):
        figure = draw(figures.coincidence(one, theirs, "CNN"))
        assert [points_of(ax) for ax in figure.axes] == [set(), set()]
        assert labelled(figure)
    figure = draw(figures.growth(table, P_star, LAWS))
    assert sum(len(theirs_in(ax)) for ax in figure.axes) == len(P_star)


@pytest.mark.parametrize("theirs", [SOME, NONE])
def test_coincidence_pairs_the_quantities_of_a_setting(theirs):
    table = settings_table(vs=(4, 6), s0s=(0, 1), Ls=(2,))
    factors = {"P_star": 1, "P_star_S": 2, "P_star_D": 3}
    parts = [table.assign(quantity=name, P_star=table.P_star * factor) for name, factor in factors.items()]
    parts[2] = parts[2][parts[2].s0 > 0]
    theirs = theirs[0].query("architecture == 'CNN' and s == 2")
    figure = draw(figures.coincidence(pd.concat(parts), theirs, "a title"))
    known = theirs.pivot_table(index=digitised.TASK, columns="quantity", values="value")
    for ax, letter, factor, shown in zip(
        figure.axes, "SD", (2, 3), (table, table[table.s0 > 0]), strict=True
    ):
        drawn = {point for point in points_of(ax) if not np.isnan(point[3])}
        assert {point[3:] for point in drawn} == {(factor * P, P) for P in shown.P_star}
        if len(theirs):
            pairs = known[["P_star", f"P_star_{letter}"]].dropna().itertuples(index=False)
            finite = [pair for pair in theirs_in(ax) if not np.isnan(pair[0])]
            assert sorted(finite) == sorted((x, y) for y, x in pairs)
        assert ax.get_xlabel() == f"$P^*_{letter}$"
    assert figure.axes[0].get_ylabel() == "$P^*$"
    assert figure.get_suptitle() == "a title"
    if not len(theirs):
        assert legend(figure) == {"$s_0$=0", "$s_0$=1", "$v$=4", "$v$=6", "$L$=2", "equal"}
    else:
        assert legend(figure) >= {"$v$=10", "equal", BOTH}


def test_coincidence_takes_what_the_scorecard_found(table):
    table = table.assign(S_2_1=table.test_error, D_2_1=table.test_error.mask(table.s0 == 0))
    found = our_sample_complexities(table).query("architecture == 'CNN'")
    figure = draw(figures.coincidence(found, POINTS[:0], "CNN"))
    pairs = found.pivot(index="s0", columns="quantity", values="P_star").dropna()
    (point,) = [point[3:] for point in points_of(figure.axes[1]) if not np.isnan(point[3])]
    assert point == (pairs.P_star_D[1], pairs.P_star[1])
    assert len(points_of(figure.axes[0])) == 2


@pytest.mark.parametrize("theirs", [SOME, NONE])
def test_growth_is_relative_to_the_rules_with_a_line_for_each_v(theirs):
    LCN = settings_table(1.5, vs=(4, 6), s0s=(0, 1, 4), Ls=(3,), architecture="LCN")
    CNN = settings_table(1.0, vs=(4, 6), s0s=(1, 2), Ls=(2, 3, 4, 5))
    CNN = CNN[(CNN.v == 4) | (CNN.s0 == 1)]  # not every v has every s0
    CNN = CNN[(CNN.L < 5) | (CNN.s0 == 1)]  # nothing grows with one s0
    theirs = theirs[0].query("quantity == 'P_star' and s == 2")
    figure = draw(figures.growth(pd.concat([LCN, CNN]), theirs, LAWS))
    shown = {ax.get_title(): ax for ax in figure.axes if ax.get_visible()}
    assert set(shown) == {"LCN, $L$ = 3", *(f"CNN, $L$ = {L}" for L in (2, 3, 4))} | (
        {"LCN, $L$ = 2"} if len(theirs) else set()
    )
    for title, ax in shown.items():
        architecture, L = title[:3], int(title[-1])
        table, factor = (LCN, 1.5) if architecture == "LCN" else (CNN, 1.0)
        table = table[table.L == L]
        lines = [line for line in ax.lines if line.get_color() == COLOURS[0]]
        assert len(lines) == table.v.nunique()
        for line, (v, of_v) in zip(lines, table.groupby("v"), strict=True):
            assert line.get_marker() == vocabulary_marker(v)
            x = np.array(sorted(of_v.s0)) + 1
            assert list(line.get_xdata()) == list(x)
            np.testing.assert_allclose(line.get_ydata().astype(float), factor * x**2)
        points = theirs[(theirs.architecture == architecture) & (theirs.L == L)]
        assert theirs_in(ax) == sorted(
            zip(points.s0 + 1, points.value / (points.n_c * points.m**points.L), strict=True)
        )
    assert legend(figure) >= {"$v$=4", "$v$=6", "law"}
    assert (BOTH in legend(figure)) == (len(theirs) > 0)
    assert labelled(figure)


@pytest.mark.parametrize(("architecture", "power"), [("CNN", 2), ("LCN", 3)])
def test_the_law_of_growth_starts_at_the_smallest_s0(architecture, power):
    table = settings_table(1.5, vs=(4,), s0s=(1, 2, 4), Ls=(3,), architecture=architecture)
    (ax,) = figures.growth(table, POINTS[:0], LAWS).axes
    (dots,) = [line for line in ax.lines if line.get_linestyle() == ":"]
    np.testing.assert_allclose(dots.get_ydata(), 6 * (np.array([2, 3, 5]) / 2) ** power)


def test_exponents_are_drawn_with_their_intervals_and_claims():
    laws = pd.DataFrame(
        {"law": "exponent of s0+1", "of": ["LCN", "CNN"], "ours": [2.1, 1.8], "ours_low": [2.0, 1.5],
         "ours_high": [2.3, 1.9], "claim": [2, 2], "paper": [2.2, np.nan], "paper_low": [2.1, np.nan],
         "paper_high": [2.4, np.nan]}
    )  # fmt: skip
    figure = draw(figures.exponents(laws))
    (ax,) = figure.axes
    theirs, ours = ax.containers
    assert list(ours.lines[0].get_xdata()) == [2.1, 1.8]
    ends = [sorted(segment[:, 0]) for segment in ours.lines[2][0].get_segments()]
    np.testing.assert_allclose(ends, [[2.0, 2.3], [1.5, 1.9]])
    assert theirs.lines[0].get_xdata()[0] == 2.2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["LCN", "CNN"]
    assert legend(figure) == {"claimed by the paper", "ours", "the paper's points, refitted"}
    assert ax.get_xlabel() == "exponent of $s_0+1$"
    assert draw(figures.exponents(laws[:0])).axes[0].get_yticklabels() == []


@pytest.mark.parametrize("theirs", [SOME, NONE])
def test_collapse_divides_P_by_the_law(table, theirs):
    runs = pd.concat([table, table.assign(L=3, v=4)]).assign(sparsity="B", v=6, n_c=6, m=6)
    runs = runs.assign(s0=runs.s0 + 1)
    for architecture in ("LCN", "CNN"):
        figure = draw(figures.collapse(runs, theirs[1], architecture, LAWS[architecture]))
        curves = runs[runs.architecture == architecture]
        for ax, rescaled in zip(figure.axes, (False, True), strict=True):
            drawn = {
                (round(float(x), 9), round(float(y), 9))
                for line in ours_in(ax)
                for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
            }
            expected = set()
            for (L, s0, P), group in curves.groupby(["L", "s0", "P"]):
                law = (s0 + 1) ** (2 if architecture == "CNN" else L) * 6 * 6**L
                expected.add((round(P / law if rescaled else P, 9), round(group.test_error.mean(), 9)))
            assert drawn == expected
            known = theirs[1].query("figure == '7' and s0 in (1, 2) and architecture == @architecture")
            assert len(theirs_in(ax)) == len(known)
        assert legend(figure) == {
            "$s_0$=1", "$s_0$=2", "$v$=6", "$L$=2", "$L$=3",
            *[BOTH] * (len(theirs[1]) > 0 and architecture == "LCN"),
        }  # fmt: skip
        assert labelled(figure)


def test_collapse_keeps_vocabularies_apart(table):
    runs = pd.concat([table, table.assign(v=6, n_c=6, m=6, test_error=0.5)])
    (top, _) = figures.collapse(runs, CURVES[:0], "CNN", EQ_4).axes
    assert len(top.lines) == 4


def vision(architectures=("ResNet18", "VGG11")):
    rows = [
        dict(architecture=name, P=P, task_seed=seed, test_error=e, **dict(zip("SD", "SD", strict=True)))
        | {f"{q}_{k}_1": e * (1 + i) / (2 + j) for i, q in enumerate("SD") for j, k in enumerate(LAYERS)}
        for name in architectures
        for seed in (0, 1)
        for P, e in ((1000, 0.8 + 0.1 * seed), (3000, 0.4), (9000, 0.02))
    ]
    return pd.DataFrame(rows)


LAYERS = ("1", "2", "3", "out")


@pytest.mark.parametrize("theirs", [SOME, NONE])
def test_errors_are_drawn_against_each_sensitivity(theirs):
    runs = vision()
    layer = {"ResNet18": "out", "VGG11": "3", "EfficientNetB0": "out"}
    theirs = theirs[1].query("figure == '1'")
    figure = draw(figures.error_against_sensitivity(runs, theirs, layer))
    means = runs.groupby(["architecture", "P"]).mean(numeric_only=True)
    for ax, letter in zip(figure.axes, "DS", strict=True):
        ours = {
            line.get_label(): line
            for line in ax.lines
            if len(line.get_xdata()) and not line.get_label().startswith("_")
        }
        assert list(ours) == ["ResNet18", "VGG11"]
        for name, line in ours.items():
            np.testing.assert_allclose(line.get_xdata(), means.loc[name][f"{letter}_{layer[name]}_1"])
            np.testing.assert_allclose(line.get_ydata(), means.loc[name].test_error)
        behind = {
            (x, y)
            for line in ax.lines
            if line.get_label().startswith("_")
            for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
        }
        column = f"{letter}_out_1"
        shown = theirs[theirs.architecture.isin(["ResNet18", "EfficientNetB0"])]
        assert {x for x, _ in behind} >= set(shown[shown.column == column].value)
        assert f"${letter}$" in ax.get_xlabel()
    only_theirs = {"EfficientNetB0", BOTH} if len(theirs) else set()
    assert legend(figure) == {"ResNet18", "VGG11"} | only_theirs
    assert labelled(figure)


def test_errors_are_drawn_along_learning_rates():
    runs = vision(["VGG11"]).rename(columns={"P": "lr"}).assign(P=7400)
    figure = draw(figures.error_against_sensitivity(runs, NONE[1], {"VGG11": "out"}, along="lr"))
    for ax, letter in zip(figure.axes, "DS", strict=True):
        means = runs.groupby("lr").mean(numeric_only=True)
        (line,) = ax.lines
        np.testing.assert_allclose(line.get_xdata(), means[f"{letter}_out_1"])
        np.testing.assert_allclose(line.get_ydata(), means.test_error)


@pytest.mark.parametrize("theirs", [SOME, NONE])
def test_each_depth_has_a_panel_with_error_S_and_D(theirs):
    runs = vision()
    theirs = theirs[1].query("figure == '9'")
    figure = draw(figures.curves_by_depth(runs, theirs))
    assert len(figure.axes) == 2 * 2
    for i, ax in enumerate(figure.axes):
        name, letter = list(runs.architecture.unique())[i // 2], "SD"[i % 2]
        assert ax.get_title(loc="left") == name
        columns = ["test_error", *(f"{letter}_{layer}_1" for layer in "123")]
        means = runs[runs.architecture == name].groupby("P")[columns].mean()
        for line, column in zip(ours_in(ax), columns, strict=True):
            np.testing.assert_allclose(line.get_ydata(), means[column])
        known = theirs[(theirs.architecture == name) & theirs.column.isin(columns)]
        known = known.drop_duplicates(["column", "P"])
        assert theirs_in(ax) == sorted(zip(known.P, known.value, strict=True))
        low, high = ax.get_ylim()
        assert known.value.between(low, high).all()
    expected = {"test error", "depth 1/5", "depth 1/2", "depth 4/5", *[BOTH] * (len(theirs) > 0)}
    assert legend(figure) == expected


def test_verdicts_are_shares_of_what_was_judged():
    counts = {"reproduced": [3, 0], "roughly": [1, 0], "not reproduced": [0, 0], "not computed": [5, 2]}
    summary = pd.DataFrame(counts, index=["4B", "9"])
    figure = draw(figures.verdicts(summary))
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Fig. 4B"]
    assert [patch.get_width() for patch in ax.patches] == [0.75, 0.25, 0]
    assert [text.get_text() for text in ax.texts] == ["4"]
    assert legend(figure) == {"reproduced", "roughly", "not reproduced"}
    draw(figures.verdicts(summary[1:]))


def test_ratios_have_a_row_for_each_figure_and_quantity():
    table = pd.DataFrame(
        {"figure": ["4B", "4B", "6"], "quantity": ["P_star", "P_star", "P_star_S"], "architecture": "LCN",
         "s": 2, "s0": [0, 4, 1], "ours_low": 90.0, "ours_high": 120.0, "paper_low": 80.0,
         "paper_high": 130.0, "ratio": [1.0, 1.1, 0.9]}
    )  # fmt: skip
    figure = draw(figures.ratios(table))
    (ax,) = figure.axes
    drawn = [x for collection in ax.collections for x in np.ma.getdata(collection.get_offsets())[:, 0]]
    assert {1.0, 1.1, 0.9} <= set(drawn)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "4B: LCN, $s$ = 2, $P^*$", "6: LCN, $s$ = 2, $P^*_S$",
    ]  # fmt: skip
    assert legend(figure) == {"$s_0$=0", "$s_0$=1", "$s_0$=4"}


def test_curves_are_means_over_seeds_with_their_range(table):
    runs = table[(table.s0 == 1) & (table.architecture == "CNN")]
    figure = figures.falling_together(table, "CNN", 1)
    (ax,) = figure.axes
    rows = saved(figure).query("quantity == 'S_2_1'")
    spread = runs.groupby("P").S_2_1.agg(["mean", "min", "max"])
    np.testing.assert_allclose(rows[["x", "y", "low", "high"]], spread.reset_index(), rtol=1e-5)
    assert set(rows.architecture) == {"CNN"} and set(rows.s0) == {1}
    expected = runs.groupby("P").S_2_1.mean()
    drawn = ax.lines[1]
    np.testing.assert_array_equal(drawn.get_xdata(), expected.index)
    np.testing.assert_allclose(drawn.get_ydata(), expected)
    band = ax.collections[1].get_paths()[0].vertices[:, 1]
    assert band.max() == runs.S_2_1.max()


@pytest.mark.parametrize("theirs", [SOME, NONE])
@pytest.mark.parametrize(("architecture", "power"), [("LCN", 2), ("CNN", 2)])
def test_sensitivity_panels_hold_every_layer_and_level(table, architecture, power, theirs):
    table = table.assign(v=8, n_c=8, m=8)
    figure = draw(figures.sensitivity_curves(table, theirs[1], architecture, LAWS[architecture]))
    assert len(figure.axes) == 6
    runs = table[table.architecture == architecture]
    known = theirs[1].query("figure in ('12', '15') and s0 < 2 and architecture == @architecture")
    panels = [(layer, letter) for layer in ("1", "2", "out") for letter in "SD"]
    for ax, (layer, letter) in zip(figure.axes, panels, strict=True):
        ours = ours_in(ax)
        assert {x for line in ours for x in line.get_xdata()} == set(runs.P / (runs.s0 + 1) ** power)
        drawn = {(x, y) for line in ours for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}
        expected = set()
        for column in ("test_error", f"{letter}_{layer}_1", f"{letter}_{layer}_2"):
            means = runs.groupby(["s0", "P"])[column].mean()
            expected |= {(P / (s0 + 1) ** power, y) for (s0, P), y in means.items()}
        assert drawn == expected
        assert len(ours) == 2 * (1 + 2)  # for each s0 the test error and two levels
        points = known[known.column.isin([f"{letter}_{layer}_1", f"{letter}_{layer}_2"])]
        assert theirs_in(ax) == sorted(zip(points.P / (points.s0 + 1) ** power, points.value, strict=True))
    assert legend(figure) == {
        "$s_0$=0", "$s_0$=1", "$\\ell$=1", "$\\ell$=2", "test error", *[BOTH] * (len(theirs[1]) > 0)
    }  # fmt: skip


def test_displacements_are_left_out_where_there_are_no_blanks(table):
    columns = [column for column in table if column.startswith("D_")]
    runs = table.assign(**{column: table[column].mask(table.s0 == 0) for column in columns})
    figure = draw(figures.sensitivity_curves(runs, CURVES, "CNN", EQ_4))
    assert [len(ax.lines) for ax in figure.axes] == [6, 4] * 3
    dense = table[table.s0 == 0].drop(columns=columns)
    figure = draw(figures.sensitivity_curves(dense, CURVES[:0], "CNN", EQ_4))
    assert [len(ax.lines) for ax in figure.axes] == [3, 1] * 3


def test_blanks_by_level_are_drawn_among_those_of_one_number():
    errors = dict(zip((100, 200, 400), (0.6, 0.3, 0.05), strict=True))
    s0s = [1, (0, 1), 0, (1, 0)]
    rows = [row("CNN", s0, P, 0, error) for s0 in s0s for P, error in errors.items()]
    table = pd.DataFrame(rows)
    ordered = [f"$s_0$={s0}" for s0 in (0, (0, 1), (1, 0), 1)]

    def colours(figure):
        texts = [text.get_text() for text in figure.legends[0].get_texts()]
        return [text for text in texts if text.startswith("$s_0$")]

    for theirs in (CURVES, CURVES[:0]):
        panels = draw(figures.sensitivity_curves(table, theirs, "CNN", EQ_4))
        assert colours(panels) == ordered
        assert {x for x in panels.axes[0].lines[-1].get_xdata()} == {P / 4 for P in errors}
        collapsed = draw(figures.collapse(table, theirs, "CNN", EQ_4))
        assert colours(collapsed) == ordered
    found = sample_complexity(table)
    grown = draw(figures.growth(found, POINTS.query("quantity == 'P_star'"), LAWS))
    (ours,) = [line for line in grown.axes[0].lines if line.get_color() == COLOURS[0]]
    np.testing.assert_allclose(ours.get_xdata().astype(float), [1, 2**0.5, 2**0.5, 2])
    known = POINTS.query("quantity == 'P_star' and architecture == 'CNN' and s == 2")
    assert len(points_of(draw(figures.against_prediction(found, known, EQ_4)).axes[0])) == 4
    draw(figures.learning_curves(table[table.s0.isin([(0, 1)])], CURVES))
    assert len({sparsity_colour(s0) for s0 in s0s}) == 4


def test_robustness_has_a_row_for_each_way_to_train(table):
    ways = [dict(width=64), dict(batch_size=4, lr=0.01)]
    rows = [row("CNN", 1, P, 0, e, **way) for way in ways for P, e in ((100, 0.5), (200, 0.05), (400, 0.0))]
    ax = figures.robustness(pd.DataFrame(rows)).axes[0]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [
        "width 64, batch 32,\nrate 0.08, loss 0.001",
        "width 256, batch 4,\nrate 0.01, loss 0.001",
    ]
    deeper = pd.concat([pd.DataFrame(rows), pd.DataFrame(rows).assign(L=3)])
    assert legend(figures.robustness(deeper)) == {"CNN, $L$ = 2", "CNN, $L$ = 3"}
    figures.robustness(pd.DataFrame(rows).assign(test_error=0.9)).canvas.draw()


def test_fingerprints_have_a_row_for_each_recipe_and_a_mark_for_each_place():
    rows = [
        {"figure": figure, "architecture": a, "rate": rate, "blanks": "zeros", "where": where, "distance": x}
        for figure, a, shift in (("12", "LCN", 0.0), ("15", "CNN", 0.1))
        for rate, more in (("authors' rate", 0.0), ("usual rate", 0.2))
        for where, x in (("test error", 0.01), ("layer 1", 0.03), ("layer 1", 0.05))
        for x in [x + shift + more]
    ]
    axes = figures.fingerprints(pd.DataFrame(rows)).axes
    assert [ax.get_title() for ax in axes] == ["LCN\n(paper's Fig. 12)", "CNN\n(paper's Fig. 15)"]
    assert [t.get_text() for t in axes[0].get_yticklabels()] == [
        "authors' rate,\nzeros",
        "usual rate,\nzeros",
    ]
    for ax, shift in zip(axes, (0, 0.1), strict=True):
        marks = {line.get_label(): line.get_xdata() for line in ax.lines}
        assert marks["test error"] == pytest.approx([0.01 + shift, 0.21 + shift])
        assert marks["layer 1"] == pytest.approx([0.04 + shift, 0.24 + shift])  # the mean of two


def test_ratios_by_recipe_have_a_row_for_each_network_and_recipe():
    points = pd.DataFrame(
        {"architecture": ["CNN", "CNN", "LCN"], "rate": "usual rate", "blanks": "zeros", "s0": [0, 2, 1],
         "ratio": [0.5, 0.9, 1.1]}
    )  # fmt: skip
    (ax,) = figures.ratios_by_recipe(points).axes
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "CNN, usual rate,\nzeros",
        "LCN, usual rate,\nzeros",
    ]
    dots = [c.get_offsets() for c in ax.collections]
    assert [sorted(d[:, 0]) for d in dots] == [[0.5, 0.9], [1.1]]


def test_falling_rates_are_those_for_each_datum_of_a_batch(table):
    runs = pd.concat(
        [table[table.s0 == 1].assign(lr=lr, batch_size=b) for lr, b in ((0.08, 32), (0.08, 128))]
    )
    found = sample_complexity(runs)
    theirs = pd.DataFrame({"architecture": ["CNN"], "value": [321.0], "low": [300.0], "high": [350.0]})
    (ax,) = figures.falling_rates(found, theirs).axes
    (band,) = ax.patches
    assert (band.get_label(), band.get_y(), band.get_y() + band.get_height()) == ("CNN, paper", 300, 350)
    bars = {c.get_label(): c.lines[0].get_xydata() for c in ax.containers}
    for architecture in ("LCN", "CNN"):
        for batch in (32, 128):
            ((rate, P_star),) = bars[f"{architecture}, batches of {batch}"]
            assert rate == pytest.approx(0.08 / batch)
            point = found[(found.architecture == architecture) & (found.batch_size == batch)]
            assert P_star == pytest.approx(point.P_star.item())


def test_changes_of_exponents_have_a_row_for_each_recipe():
    table = pd.DataFrame(
        {"of": ["LCN", "LCN", "CNN"], "law": ["s", "m", "s"], "estimate": [0.1, 0.2, 0.3],
         "low": [0.0, 0.1, np.nan], "high": [0.2, 0.4, np.nan]}
    )  # fmt: skip
    (ax,) = figures.changes(table).axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["LCN", "CNN"]
    found = {c.get_label(): c.lines[0].get_xydata() for c in ax.containers}
    assert found["s"][:, 0] == pytest.approx([0.1, 0.3])
    assert found["m"][:, 0] == pytest.approx([0.2])
    assert found["s"][0, 1] > -0.5 > found["s"][1, 1]


def test_powers_of_levels_have_a_row_for_each_set_of_levels():
    rows = [
        {
            "architecture": a,
            "L": L,
            "levels": levels,
            "count": count,
            "s0": s0,
            "exponent": count * (base + 0.1 * seed),
        }
        for a, base in (("LCN", 1.0), ("CNN", 0.8))
        for L, sets in ((1, {"1": 1}), (2, {"1": 1, "2": 1, "1 and 2": 2}))
        for levels, count in sets.items()
        for s0 in (1, 2)
        for seed in (0, 1)
    ]
    figure = figures.level_exponents(pd.DataFrame(rows))
    assert legend(figure) == {"LCN", "CNN", "$s_0$ = 1", "$s_0$ = 2"}
    axes = figure.axes
    assert [[t.get_text() for t in ax.get_yticklabels()] for ax in axes] == [["1"], ["1", "2", "1 and 2"]]
    for ax in axes:
        for bars in ax.containers:  # architecture by architecture, s0 by s0
            powers = [round(float(x), 6) for x in bars.lines[0].get_xdata()]
            assert set(powers) <= {1.05, 0.85, 2.1, 1.7}
            assert max(powers) < ax.get_xlim()[1]  # the panels share the axis
        assert len(ax.containers) == 4


def test_powers_against_depth_are_of_blanks_at_all_levels_with_their_laws():
    depths = (1, 2, 3)
    rows = [
        {"architecture": architecture, "L": L, "count": count, "exponent": share * count + 0.1 * seed}
        for architecture, share in (("LCN", 1.0), ("CNN", 0.8))
        for L in depths
        for count in range(1, L + 1)
        for seed in (0, 1)
    ]
    law = pd.DataFrame({"estimate": [1.0, 0.9, 1, 1.9], "low": 0.8, "high": 2.0}, index=["a", "q", 1, 2])
    claims = {"LCN": Power("s0+1", 1, per_level=True), "CNN": Power("s0+1", 2)}
    figure = figures.power_against_depth(pd.DataFrame(rows), {"CNN": law}, claims)
    (ax,) = figure.axes
    drawn = {bars.get_label(): bars.lines[0].get_ydata().astype(float) for bars in ax.containers}
    np.testing.assert_allclose(drawn["LCN"], [1.05, 2.05, 3.05])
    np.testing.assert_allclose(drawn["CNN"], [0.85, 1.65, 2.45])
    dotted = [line.get_ydata() for line in ax.lines if line.get_linestyle() == ":"]
    assert [list(y) for y in dotted] == [[1.0, 1.9]]
    claimed = {line.get_label(): list(line.get_ydata()) for line in ax.lines if "paper" in line.get_label()}
    assert claimed == {"the paper, LCN: $(s_0+1)^L$": [1, 3], "the paper, CNN: $(s_0+1)^2$": [2, 2]}
    assert figure.csv().count("\n1,law,") == 2


def test_training_is_drawn_epoch_by_epoch_for_each_architecture_and_depth():
    rows = [
        row(architecture, 1, 400, seed, error / 2 ** (epochs + seed), max_epochs=epochs) | {"L": L}
        for architecture, error in (("LCN", 0.8), ("CNN", 0.4))
        for L in (2, 3)
        for seed in (0, 1)
        for epochs in (1, 2, 4)
        if (architecture, L) != ("CNN", 3)
    ]
    names = {"test_error": "test error", "D_1_1": "$D$"}
    axes = figures.along_training(pd.DataFrame(rows), names).axes
    assert [len(ax.lines) for ax in axes] == [2, 1, 2, 1]
    lcn = next(line for line in axes[0].lines if line.get_label() == "LCN")
    assert list(lcn.get_xdata()) == [1, 2, 4]
    np.testing.assert_allclose(lcn.get_ydata(), [0.3, 0.15, 0.0375])  # the mean over seeds
    assert [ax.get_ylabel() for ax in axes] == ["test error", "", "$D$", ""]


def test_gains_are_geometric_means_over_seeds():
    rows = [
        {
            "s0": s0,
            "epochs": epochs,
            "seed": seed,
            "copies": 2,
            "P_1_unshared": 8.0 * scale,
            "P_1": 2.0 * scale,
        }
        for s0 in (0, ByLevel((0, 1)))
        for epochs in (0, 1)
        for seed, scale in ((0, 1), (1, 4))
    ]
    states = pd.DataFrame(rows).assign(gain=lambda t: t.P_1_unshared / t.P_1)
    states.loc[(states.epochs == 0) & (states.seed == 1), "gain"] = float("nan")  # no signal seen
    top, bottom = figures.sharing_gains(states).axes
    assert [list(line.get_ydata()) for line in top.lines[:2]] == [[4, 4], [16, 16]]
    assert [list(line.get_ydata()) for line in bottom.lines[:2]] == [[4, 4], [4, 4]]
    assert [line.get_label() for line in bottom.lines[:2]] == [
        "$s_0$ = 0: 2 locations", "$s_0$ = (0, 1): 2 locations",
    ]  # fmt: skip


def test_cost_is_relative_to_no_sparsity():
    grid = [(L, s0, batch) for L in (2, 3) for s0 in (0, 1, 2) for batch in (32, 128)]
    timings = pd.DataFrame(grid, columns=["L", "s0", "batch_size"]).assign(architecture="CNN")
    timings["d"] = (2 * timings.s0 + 2) ** timings.L
    timings["seconds_per_step"] = 1.0 + timings.s0
    ax = figures.cost_against_sparsity(timings).axes[0]
    assert [list(line.get_ydata()) for line in ax.lines] == [[1, 2, 3], [1, 2, 3], [1, 4, 9]]


@pytest.mark.parametrize("s0", [1, (0, 2)])
def test_the_model_is_drawn_as_it_is(s0):
    task = SRHM(v=3, n_c=2, m=3, s=2, L=2, s0=s0)
    datum = task.sample(1, seed=1)
    letters = [t.get_text() for t in figures.derivation(task, datum).axes[0].texts]
    leaves = ["abc"[i] for i in datum.symbols[0]]
    assert letters[-len(leaves) - 1 : -1] == leaves
    symbols = [t.get_text() for ax in figures.production_rules(task).axes for t in ax.texts if t.get_text()]
    drawn = [s for s in symbols if s in "abc"]
    assert len(drawn) == 2 * 3 * 2 + 3 * (1 + 3 * 2)
    rows = {"datum": datum, "moved": task.displace(datum, 2, seed=3)}
    assert {"datum", "moved"} <= {t.get_text() for t in figures.strips(task, rows).axes[0].texts}
    lcn, cnn = figures.weight_sharing(task).axes
    k = task.patch_sizes[0]
    for ax in (lcn, cnn):
        dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
        assert dots == [*np.arange((k - 1) / 2, task.d, k), (task.d - 1) / 2]  # a filter above its patch


def test_a_picture_is_the_same_text_each_time_and_follows_its_page(table):
    with plt.style.context(figures.STYLE):
        svg, again = (figures.falling_together(table, "CNN", 1).svg() for _ in range(2))
    assert svg == again
    assert svg.startswith("<svg") and "<metadata" not in svg and "<!--" not in svg
    used, dark = (set(re.findall("#[0-9a-f]{6}", text)) for text in (svg, figures.on_dark(svg)))
    assert used <= set(DARK) and dark <= set(DARK.values())
    assert "#ffffff" not in svg  # no background


def test_colours_stand_out_on_both_pages():
    for colour in (INK, GREY, *COLOURS):
        assert contrast(colour, PAGE) >= 3 and contrast(DARK[colour], DARK[PAGE]) >= 3
    assert len(set(DARK.values())) == len(DARK)


def contrast(*colours):
    """That of two colours (WCAG 2.1)."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def test_notes_head_the_data(table):
    figure = figures.falling_together(table, "CNN", 1)
    figure.notes = ("20 runs", "computed by srhm 1 (abc)")
    first, second, axes, header, *_ = figure.csv().splitlines()
    assert [first, second] == ["# 20 runs", "# computed by srhm 1 (abc)"]
    assert (
        axes
        == "# panel 1 (CNN, v = 4, L = 2, s = 2, s_0 = 1): x = training-set size P, y = test error, S_2, D_2"
    )
    assert header.startswith("panel,whose,quantity,architecture")


def test_the_text_of_a_figure_can_be_read_on_a_phone():
    """At 360 pixels, the width of the text on one of 390."""
    with plt.style.context(figures.STYLE):
        least = min(plt.rcParams[name] for name in ("font.size", "legend.fontsize", "axes.labelsize"))
    assert least * 360 / (WIDTH * 72) >= 11
