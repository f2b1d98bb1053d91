"""Do the stored runs come out again? A random sample of them, computed anew."""

from __future__ import annotations

import warnings
from math import ceil, inf, isnan, nan
from tempfile import TemporaryDirectory

import pandas as pd

from ..model import check_integer
from ..model.randomness import permutation
from ..runs import Store, kind_of
from ..runs.rows import Row
from .loop import TooLarge, lacking_data, sweep

# Beyond the sampling error, three standard errors of a difference. Where the kernels round as they did
# nothing differs at all; elsewhere training takes another path, to an equivalent network.
# What R_f is may be any power of ten, so that its tolerance is a part of it.
TOLERANCE = {"test_error": 0.03, "S": 0.05, "D": 0.05, "R": 0.3}


def verify(
    store: Store, fraction: float, seed: int = 0, device: str = "auto", workers: int | None = None
) -> pd.DataFrame:
    """Compute a random sample of the stored runs again and compare.

    Args:
        fraction: of the runs that did not fail, in (0, 1]; at least one is taken. Runs on images are left out
            where the data set is not on this machine, with a warning.
        seed: of the random draw of the sample.
        device, workers: as for `sweep`.

    Returns:
        A row for each run, indexed by key, with what it was, the quantity that disagrees most, its stored and
        its new value, the difference allowed, and whether all quantities agree. A run that does not fit the
        memory has no new value and does not agree, and a warning says so.

    Raises:
        ValueError: a fraction outside (0, 1], a bad seed, no stored runs, or one of a network that is not
            registered; and whatever else `sweep` raises.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must lie in (0, 1], got {fraction!r}")
    check_integer("seed", seed, 0)
    stored = store.rows()
    keys = sorted(key for key, row in stored.items() if row["status"] != "failed")
    runs = [kind_of(stored[key]).from_row(stored[key]) for key in keys]
    lacking = lacking_data(runs)
    for why in lacking.values():
        warnings.warn(f"runs on images are left out: {why}", stacklevel=2)
    runs = [run for run in runs if run.needs not in lacking]
    if not runs:
        raise ValueError(f"there are no runs in {store.folder} to verify")
    chosen = permutation(len(runs), "verify", seed)[: ceil(fraction * len(runs))].tolist()
    runs = [runs[i] for i in sorted(chosen)]
    with TemporaryDirectory() as folder:
        try:
            sweep(runs, Store(folder), device, workers)
        except TooLarge as error:
            warnings.warn(str(error), stacklevel=2)
        again = Store(folder).rows()
    rows = {run.key: _compare(stored[run.key], again.get(run.key, {})) for run in runs}
    return pd.DataFrame.from_dict(rows, orient="index")


def _compare(old: Row, new: Row) -> dict[str, object]:
    names = [n for n in old if n == "test_error" or (n[:2] in ("S_", "D_", "R_") and f"{n}_se" in old)]
    disagreement = {name: _disagreement(old, new, name) for name in names}
    worst = max(disagreement, key=lambda name: (disagreement[name], name))
    return {
        "architecture": old["architecture"], "s0": old.get("s0", old.get("dataset")), "P": old["P"],
        "quantity": worst, "stored": old[worst], "again": new.get(worst, nan),
        "allowed": _allowed(old, worst), "agrees": bool(disagreement[worst] <= 1),
    }  # fmt: skip


def _disagreement(old: Row, new: Row, name: str) -> float:
    """The difference in units of what is allowed; infinite where only one of the values is defined."""
    before, after = old[name], new.get(name, nan)
    if isnan(before) or isnan(after):
        return 0.0 if isnan(before) and isnan(after) else inf
    return float(abs(after - before) / _allowed(old, name))


def _allowed(old: Row | pd.Series, name: str) -> float:
    if name == "test_error":
        error = (old[name] * (1 - old[name]) / old["n_test"]) ** 0.5
        return TOLERANCE[name] + 3 * 2**0.5 * error
    error = old[f"{name}_se"]
    allowed = TOLERANCE[name[0]] * (old[name] if name[0] == "R" else 1)
    return allowed + (0 if isnan(error) else 3 * 2**0.5 * error)  # one pair has no error
