"""The paper's own numbers, digitised from its figures (`data/`, whose README says how and how well).

The LCN's P* are those that the authors' public code prints, where it does. All are drawn behind ours and
scored against; nothing of ours is ever fitted to them.
"""

from __future__ import annotations

import re
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...analysis import columns, crossing
from ...model import SRHM
from .grids import authors_grid

DATA = Path(__file__).with_name("data")
TASK = ["architecture", *columns.TASK]
QUANTITIES = ("P_star", "P_star_S", "P_star_D")

# The task of Figs. 1, 9 and 17.
VISION_TASK: dict[str, Any] = {"sparsity": "A", "s": 2, "L": 2, "s0": 2, "v": 10, "n_c": 10, "m": 10}


def figures() -> list[str]:
    """The digitised figures that are there: "fig01", "fig04a", ..."""
    return sorted(path.stem for path in DATA.glob("fig*.csv"))


def digitised(figure: str) -> pd.DataFrame:
    """The table of one figure, sparsity A where it does not say; empty if it was not digitised."""
    path = DATA / f"{figure}.csv"
    if not path.exists():
        return pd.DataFrame()
    table = pd.read_csv(path)
    return table if "sparsity" in table else table.assign(sparsity="A")


def label(figure: str) -> str:
    """The figure of the paper that a table belongs to: "fig04b" to "4B", "fig06c" and "fig06d" to "6".

    Only of Fig. 4 do the panels ask questions of their own.
    """
    match = re.match(r"fig0*(\d+)([a-d]?)", figure)
    if match is None:
        raise ValueError(f"figure must be named like fig04b, got {figure!r}")
    return match[1] + (match[2].upper() if match[1] == "4" else "")


def sample_complexities() -> pd.DataFrame:
    """Every P*, P*_S and P*_D that the paper plots, each setting once; P* as printed where it is.

    Returns:
        Columns figure, those of TASK, quantity (one of QUANTITIES), value; low and high, half a step of the
        authors' grid (`authors_grid`) either way; and first, whether it is the first point of the grid: then
        nothing was trained below it, and P* may lie far below.
    """
    parts = []
    for name in figures():
        table = digitised(name)
        # Beside P*_S or P*_D a figure repeats the P* of another one.
        own = [q for q in QUANTITIES[1:] if q in table] or [q for q in QUANTITIES[:1] if q in table]
        for quantity in own:
            part = table[TASK].assign(figure=label(name), quantity=quantity, value=table[quantity])
            parts.append(part)
    points = _join(parts, "quantity", "value").drop_duplicates([*TASK, "quantity"], ignore_index=True)
    points = _as_printed(points)
    places = [_place_on_grid(row) for row in points.itertuples()]
    return points.join(pd.DataFrame(places, columns=["low", "high", "first"], index=points.index))


def _place_on_grid(point: Any) -> tuple[float, float, bool]:
    """Half a step of the authors' grid below a point and above it, and whether it is the first."""
    task = SRHM(**{name: getattr(point, name) for name in columns.TASK})
    grid = np.log(authors_grid(point.architecture, task))
    place = int(np.abs(grid - np.log(point.value)).argmin())
    steps = np.diff(grid)[[max(place - 1, 0), min(place, len(grid) - 2)]]  # at an end the one there is
    below, above = np.exp(steps / 2)
    return point.value / below, point.value * above, place == 0


def _as_printed(points: pd.DataFrame) -> pd.DataFrame:
    """The points, with the P* that the authors' notebook prints (`data/lcn_p_star.csv`) for those read."""
    printed = digitised("lcn_p_star").assign(quantity="P_star")
    if printed.empty or points.empty:
        return points
    exact = points[[*TASK, "quantity"]].merge(printed, on=[*TASK, "quantity"], how="left").P_star
    return points.assign(value=exact.fillna(points.value))


def read_off(figure: str) -> pd.DataFrame:
    """P* of the curves of test error of one figure, where they cross 10 %: the paper's own of Fig. 7.

    Returns:
        Columns those of TASK and P_star; curves that do not cross are left out.
    """
    errors = curves().query("figure == @figure and column == 'test_error'").sort_values("P")
    each = [crossing(list(curve.P), list(curve.value), 0.1) for _, curve in errors.groupby(TASK)]
    table = errors[TASK].drop_duplicates().sort_values(TASK).assign(P_star=np.array(each, dtype=float))
    return table[table.P_star.between(0, inf, "neither")]


def curves() -> pd.DataFrame:
    """Every test error and sensitivity that the paper plots at a known training-set size.

    Returns:
        Columns figure, those of TASK, P (in total, not by class), column (as in the store, "test_error",
        "S_2_1", ...; of Fig. 9's networks layers 1, 2, 3 are the relative depths 0.2, 0.5, 0.8), value.
    """
    readers = {
        "fig01": _dots, "fig17": _dots, "fig04a": _test_errors, "fig07": _test_errors,
        "fig09": _by_depth, "fig12": _by_layer, "fig15": _by_layer,
    }  # fmt: skip
    parts = [read(name).assign(figure=label(name)) for name, read in readers.items() if name in figures()]
    return _join(parts, "P", "column", "value").drop_duplicates(ignore_index=True)


def images() -> pd.DataFrame:
    """The points of Fig. 1 A and B, which are of CIFAR-10: test error against R_f of the output.

    Returns:
        Columns panel ("A" or "B"), architecture as printed, P (nan in panel A, which does not say; inferred
        from the markers in panel B), R_out, test_error, uncertain, and like: our network of that kind, ""
        where we have none. The two panels' test errors differ by a constant factor where they show the same
        network (data/README.md, 12).
    """
    names = ["panel", "architecture", "P", "R_out", "test_error", "uncertain", "like"]
    table = digitised("fig01")
    if table.empty:
        return pd.DataFrame(columns=names)
    table = table[table.panel.isin(["A", "B"])].rename(columns={"sensitivity": "R_out"})
    return table.assign(like=table.architecture.map(_LIKE).fillna(""))[names].reset_index(drop=True)


# Our VGG11 and VGG16 have batch normalisation. An EfficientNetB0 is there twice in panel A; the one that errs
# less was trained on ImageNet before (the authors' code, see `recipes.IMAGES`).
_LIKE = {
    "FullConnL4": "FCN", "LeNet": "LeNet", "VGG11bn": "VGG11", "VGG16bn": "VGG16", "ResNet18": "ResNet18",
    "ResNet34": "ResNet34", "EfficientNetB0": "EfficientNetB0",
    "EfficientNetB0 (centre label)": "EfficientNetB0",
}  # fmt: skip


def _join(parts: list[pd.DataFrame], *columns: str) -> pd.DataFrame:
    """One table of the parts; an empty one, with the same columns and types, of none."""
    names = ["figure", *TASK, *columns]
    text = {"figure", "architecture", "sparsity", "quantity", "column"}
    none = pd.DataFrame({name: pd.Series(dtype=str if name in text else float) for name in names})
    return pd.concat(parts, ignore_index=True)[names] if parts else none


def _test_errors(figure: str) -> pd.DataFrame:
    table = digitised(figure)
    return table.assign(
        architecture=table.architecture.str.split().str[0],  # "LCN (inferred)"
        P=table["P_total_inferred" if "P_total_inferred" in table else "P"],
        column="test_error",
        value=table.test_error,
    )


def _by_layer(figure: str) -> pd.DataFrame:
    table = digitised(figure)
    layer = table.layer.replace("output", "out")
    level = table.level.fillna(0).astype(int)
    column = _sensitivities(table, table.quantity, layer, level)
    return table.assign(P=table.P_inferred, column=column.where(table.layer != "all", "test_error"))


def _by_depth(figure: str) -> pd.DataFrame:
    table = digitised(figure).assign(**VISION_TASK)
    layer = table.relative_depth.map({0.2: "1", 0.5: "2", 0.8: "3"})
    column = _sensitivities(table, table.quantity, layer, 1)
    return table.assign(column=column.where(table.quantity != "test_error", "test_error"))


def _dots(figure: str) -> pd.DataFrame:
    """Figs. 1 C-F and 17: one row for the test error and one for the sensitivity of each dot.

    Fig. 1 A and B are of CIFAR-10.
    """
    table = digitised(figure)
    table = table[table.sensitivity_to.isin(_LETTERS)].assign(**VISION_TASK)
    internal = table.architecture.map({"LCN": "2", "CNN": "2"}).fillna("3")
    layer = internal if figure == "fig17" else "out"
    letter = table.sensitivity_to.map(_LETTERS)
    dots = table.assign(column=_sensitivities(table, letter, layer, 1), value=table.sensitivity)
    return pd.concat([dots, table.assign(column="test_error", value=table.test_error)])


def _sensitivities(
    table: pd.DataFrame, letter: pd.Series, layer: pd.Series | str, level: pd.Series | int
) -> pd.Series:
    """The column of each row's sensitivity, as in the store."""
    named = table.assign(letter=letter, layer=layer, level=level)
    rows = zip(named.letter, named.layer, named.level, strict=True)
    return pd.Series([columns.sensitivity(*row) for row in rows], table.index, dtype=str)


_LETTERS = {"diffeomorphisms": "D", "synonyms": "S"}
