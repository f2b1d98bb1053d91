"""What every notebook of the book begins with: checked parameters, the runs it draws, their provenance."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import torch

from .analysis.columns import SEEDS, SETTING
from .figures import STYLE, Drawn
from .model import choose_device
from .papers.sparse2024.scorecard import runs_by_way
from .papers.sparse2024.studies import WAYS, find_study
from .runs import PROFILES, BaseRun, ImageRun, Plan, Run, Search, Store
from .runs.store import as_table, select
from .sweep import PROVENANCE, sweep
from .sweep.loop import TooLarge

PARAMETERS = ("profile", "device", "results")


def begin(namespace: Mapping[str, Any]) -> None:
    """Check a notebook's parameters, set the style of its figures, and use one thread.

    Call it before the notebook defines names of its own.

    Args:
        namespace: the notebook's `globals()`.

    Raises:
        ValueError: a parameter that no notebook has, or a value that is not allowed.
    """
    shell = {"In", "Out", "exit", "quit", "open", "get_ipython", "begin"}
    names = {name for name in namespace if not name.startswith("_")} - shell
    if unknown := sorted(names - set(PARAMETERS)):
        raise ValueError(f"unknown parameter {unknown[0]!r}; the parameters are {', '.join(PARAMETERS)}")
    if namespace["profile"] not in ("stored", *PROFILES):
        raise ValueError(f'profile must be "stored" or one of {PROFILES}, got {namespace["profile"]!r}')
    choose_device(namespace["device"])
    plt.style.use(STYLE)
    if namespace.get("get_ipython"):
        from matplotlib_inline.config import InlineBackend

        InlineBackend.instance(
            parent=namespace["get_ipython"]()
        ).figure_formats = set()  # figures give their own
    torch.set_num_threads(1)  # small products lose more to a second thread than they gain


@dataclass(frozen=True)
class Source:
    """Where runs come from: on a page one line, which opens to the command and the data.

    Attributes:
        text: how many runs, by which release, from how many commits, at what cost, when.
        command: computes them again.
        study: its name, if they are those of a study.
        commits: the versions of the code that computed them.
        fingerprint: changes with any number of any of the runs.
    """

    text: str
    command: str
    study: str = ""
    commits: tuple[str, ...] = ()
    fingerprint: str = ""

    def __str__(self) -> str:
        return f"{self.text}. To repeat: {self.command}"

    def __repr__(self) -> str:
        return f"{self}; fingerprint {self.fingerprint}"

    @property
    def notes(self) -> tuple[str, str]:
        """Lines for the head of a figure's CSV, the commits among them."""
        return str(self), f"computed by srhm {', '.join(self.commits)}"

    def _repr_html_(self) -> str:
        path = f"../_static/data/{self.study}.csv"
        link = f' <a href="{path}" download>All its runs as CSV</a>.' if self.study else ""
        return (
            f'<details class="provenance"><summary>{escape(self.text)}</summary>'
            f"<p>To repeat: <code>{escape(self.command)}</code>.{link}</p></details>"
        )


def show(figure: Drawn, *sources: Source) -> None:
    """Show a figure, and close it; its CSV begins with where its data come from."""
    from IPython.display import display  # which only notebooks need

    figure.notes = tuple(note for source in sources for note in source.notes)
    display(figure)
    plt.close(figure)


def with_interval(estimate: float, low: float, high: float, form: str = ".2f") -> str:
    """A number with its interval in brackets: "1.69 (1.52 to 1.78)".

    Alone where it has none, or one without width, which comes from too few draws to say anything;
    nothing at all where the number itself is missing.
    """
    if estimate != estimate:
        return ""
    number, ends = f"{estimate:{form}}", (f"{low:{form}}", f"{high:{form}}")
    return number if low != low or ends[0] == ends[1] else f"{number} ({ends[0]} to {ends[1]})"


def size_or_limit(found: Any) -> str:
    """P* of a row of `sample_complexity`: "1,234 (1,100 to 1,400)", or "not up to 17,000", or "below 300".

    If only some seeds have not reached it, it says how many: "not up to 17,000 (1 of 3 seeds)".

    Args:
        found: the row, or a named tuple of it.
    """
    if found.status == "reached":
        return with_interval(found.P_star, found.P_star_low, found.P_star_high, ",.0f")
    some = f" ({found.beyond} of {found.seeds} seeds)" if found.beyond < found.seeds else ""
    return f"{'not up to' if found.status == 'not reached' else 'below'} {found.P_limit:,.0f}{some}"


def load_study(name: str, profile: str, device: str, results: str | Path) -> tuple[pd.DataFrame, Source]:
    """The runs that a notebook draws, and where they come from.

    Args:
        name: name of the study.
        profile: "stored" for the largest profile whose runs are all stored, or else the one of which
            most are; or a profile by name, whose missing runs are computed and stored first.
        device: where to compute.
        results: folder of the stored runs.

    Raises:
        ValueError: an unknown study, profile or device; or nothing stored, or only runs that have failed or
            belong to a search that goes on.
    """
    study, store = find_study(name), Store(results)
    if profile != "stored":
        try:
            # The smallest runs are over before worker processes would have started.
            sweep(study.plans(profile), store, device, workers=0 if profile == "smoke" else None)
        except TooLarge as error:
            warnings.warn(str(error), stacklevel=2)
    return _read(store.folder, store.state()).study(name, profile)


def load_ways(profile: str, results: str | Path) -> tuple[str, dict[str, tuple[pd.DataFrame, Source]]]:
    """The stored runs of all of the paper's figures, by way to train, and where they come from.

    Args:
        profile: "stored" for the one of which the greatest share of all runs is stored, of equal ones the
            largest; or a profile by name.
        results: folder of the stored runs.

    Returns:
        The profile, and by way to train its runs and their source.

    Raises:
        ValueError: an unknown profile, or nothing stored.
    """
    store = Store(results)
    if profile == "stored":
        runs, names = _read(store.folder, store.state()), [name for way in WAYS.values() for name in way]
        profile = min(PROFILES[::-1], key=lambda which: runs.missing(names, which))
    command = f"srhm sweep all --profile {profile}"
    ways = runs_by_way(store, profile)
    return profile, {way: (runs, source_of(runs, command)) for way, runs in ways.items()}


class StoredRuns:
    """The runs of a store, read once for several studies."""

    def __init__(self, store: Store) -> None:
        self.folder, self.rows = store.folder, store.rows()
        self.tables: dict[type, pd.DataFrame] = {kind: as_table(self.rows, kind) for kind in (Run, ImageRun)}

    def missing(self, names: Sequence[str], profile: str) -> float:
        """The share of the runs of some studies, as far as they are known now, that is not stored."""
        asked = [run for name in names for run in find_study(name).runs(profile, self.tables[Run])]
        return sum(run.key not in self.rows for run in asked) / len(asked)

    def study(self, name: str, profile: str = "stored") -> tuple[pd.DataFrame, Source]:
        """The runs of a study that are stored, may be drawn and have not failed, and where they come from.

        Args:
            profile: or "stored": of the profiles that can be drawn the one of which most runs are stored, of
                equal ones the largest.

        Raises:
            ValueError: none is stored, or only runs that have failed or belong to a search that goes on.
        """
        study, tasks = find_study(name), self.tables[Run]
        profiles = PROFILES[::-1] if profile == "stored" else (profile,)
        asked = {which: runs for which in profiles if (runs := study.runs(which, tasks))}
        missing = {which: sum(run.key not in self.rows for run in runs) for which, runs in asked.items()}
        for which in sorted(asked, key=lambda which: missing[which] / len(asked[which])):
            runs = asked[which]
            stored = self.tables[type(runs[0])]
            settled = study.settled(which, tasks)
            table = select(stored, settled)
            if len(table):
                begun = len(select(stored, runs)) - len(table)
                told = _lacking(study.plans(which), settled, missing[which], len(runs), begun)
                command = f"srhm sweep {name} --profile {which}"
                return table, source_of(table, command + f" ({told})" * bool(told), name)
        if profile == "stored" and all(missing[which] == len(runs) for which, runs in asked.items()):
            raise ValueError(
                f"no run of study {name!r} is stored in {self.folder}: "
                f"run `srhm sweep {name} --profile laptop`, or give this notebook a profile"
            )
        raise ValueError(
            f"of study {name!r} at profile {profile!r} no run that {self.folder} holds has succeeded and is "
            f"not of a search that goes on; `srhm sweep {name}` goes on with searches, `srhm status` counts "
            "runs that have failed"
        )


def _lacking(plans: Sequence[Plan], settled: Sequence[BaseRun], missing: int, runs: int, begun: int) -> str:
    """What a study lacks. A search asks for its next runs only, so that their number says little.

    Args:
        begun: runs that are stored and left out.
    """
    if not missing:
        return ""
    if not all(isinstance(plan, Search) for plan in plans):
        parts = [f"{missing} of its {runs} runs {_are(missing)} not computed yet"]
    else:
        seeds = sum(len(plan.settings()) * plan.seeds for plan in plans if isinstance(plan, Search))
        over = {tuple(getattr(run, name) for name in SETTING + SEEDS) for run in settled}
        parts = [
            f"the search for P* is over for {len(over)} of {seeds} seeds",
            f"at least {_counted(missing)} {_are(missing)} not computed yet",
        ]
    if begun:
        parts.append(f"{_counted(begun)} of seeds whose search goes on {_are(begun)} left out")
    return "; ".join(parts)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


@lru_cache(maxsize=1)
def _read(folder: Path, files: tuple[tuple[Path, int, int], ...]) -> StoredRuns:
    """The runs of a folder whose files have these sizes and times of change, read once for all of a page."""
    return StoredRuns(Store(folder))


def source_of(table: pd.DataFrame, command: str, study: str = "") -> Source:
    """Where runs come from: "1,455 runs, srhm 0.1.0, 21 commits, 7.8 core-hours, computed 2026-11-25"."""
    known = table.reindex(columns=list(PROVENANCE))
    codes = sorted(set(_texts(known["code"], "unknown")))
    releases = sorted({code.partition(" ")[0] for code in codes})
    commits = {code.partition("(")[2].rstrip(")").removesuffix("-dirty") for code in codes} - {""}
    latest = max(_texts(known["date"], ""))[:10] or "at an unknown date"
    on_gpu = known["device"].astype(str).str.startswith("cuda")
    parts = [_counted(len(table)), f"srhm {' and '.join(releases)}"]
    changed = " (some with changes)" if any("-dirty" in code for code in codes) else ""
    parts += [f"{len(commits)} commit{'s' * (len(commits) > 1)}{changed}"] * bool(commits)
    parts += [_core_hours(known.seconds[~on_gpu])] * bool((~on_gpu).any())
    # Not their time: it would count a GPU several times that several sweeps have shared.
    parts += [f"{_counted(int(on_gpu.sum()))} on a GPU"] * bool(on_gpu.any())
    text = ", ".join([*parts, f"computed {latest}"])
    return Source(text, command, study, tuple(codes), _fingerprint(table))


def _counted(number: int) -> str:
    return f"{number:,} run{'s' * (number != 1)}"


def _core_hours(seconds: pd.Series) -> str:
    hours = seconds.sum() / 3600
    return f"{hours:,.1f} core-hours" if hours >= 1 else f"{hours * 60:,.1f} core-minutes"


def _texts(column: pd.Series, unknown: str) -> list[str]:
    return [value if isinstance(value, str) else unknown for value in column]


def _fingerprint(table: pd.DataFrame) -> str:
    results = table.drop(columns=[name for name in PROVENANCE if name in table]).sort_index()
    results = results.dropna(axis=1, how="all")  # columns that only other runs of the store have
    text = results[sorted(results)].to_csv(float_format="%.6g")
    return hashlib.sha256(text.encode()).hexdigest()[:8]
