"""The command line: compute the runs of a study, count them, compute some again, score them."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pandas as pd

from .model import choose_device
from .papers.sparse2024 import STUDIES
from .papers.sparse2024.scorecard import (
    LIMITS,
    OPEN,
    RULE,
    judge_claims,
    runs_by_way,
    score_claims,
    scorecard,
)
from .papers.sparse2024.studies import find_study
from .runs import PROFILES, BaseRun, Grid, ImageGrid, Plan, Search, Store, Study
from .runs.rows import Row
from .runs.store import as_table
from .sweep import estimate_gpu_seconds, estimate_seconds, group, sweep, verify
from .sweep.loop import TooLarge, check_where, lacking_data
from .training import courses


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which batch systems send before they kill."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Bad input is told in one line."""
    options = argparse.Namespace(command=None)
    try:
        with _termination_interrupts():
            try:
                options = _parser().parse_args(arguments)
                return options.command(options)
            finally:
                sys.stdout.flush()  # else at exit, where nobody can take the error below
    except BrokenPipeError:  # the reader of the output has enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere
        return 128 + signal.SIGPIPE
    except (ValueError, OSError, RuntimeError) as error:
        print(f"srhm: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        kept = "; finished runs are stored, the same command computes the rest"
        print(f"srhm: stopped{kept if options.command is _sweep else ''}", file=sys.stderr)
        return 128 + (signal.SIGTERM if isinstance(stop, _Terminated) else signal.SIGINT)


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """SIGTERM stops a command as Ctrl-C does: workers end, and what to do next is told."""

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # for good: `timeout` sends it twice
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():  # no other may set it
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is stop:
            signal.signal(signal.SIGTERM, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="srhm", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    compute = commands.add_parser("sweep", help="compute the runs that a study lacks")
    compute.add_argument(
        "study", nargs="+", help=f"of {', '.join(STUDIES)}: one after another in the order named; or all"
    )
    compute.add_argument("--profile", default="laptop", help=f"one of {', '.join(PROFILES)}")
    compute.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="compute on a running Dask cluster")
    compute.add_argument("--shard", metavar="i/N", help="only the i-th of N parts, i from 1 to N")
    compute.add_argument("--dry-run", action="store_true", help="say what is missing and what it would cost")
    compute.set_defaults(command=_sweep)
    again = commands.add_parser("verify", help="compute a random sample of the stored runs again")
    again.add_argument("--fraction", type=float, default=0.02, help="of the stored runs; default 0.02")
    again.add_argument("--seed", type=int, default=0, help="seed of the random draw of the sample")
    again.set_defaults(command=_verify)
    status = commands.add_parser("status", help="how many runs of each study are stored")
    status.set_defaults(command=_status)
    score = commands.add_parser("scorecard", help="ours against the paper, figure by figure")
    score.add_argument("--profile", default="laptop", help=f"one of {', '.join(PROFILES)}")
    score.add_argument("--items", action="store_true", help="every point, curve and law as well")
    score.set_defaults(command=_scorecard)
    for command in (compute, again):
        command.add_argument("--device", default="auto", help="auto, cpu or cuda")
        command.add_argument("--workers", type=int, help="processes; default: one for each core")
    for command in (compute, again, status):
        command.add_argument(
            "--load",
            metavar="FILE.py",
            help="your file: its STUDIES, a dict of srhm.Study, and the networks it registers are known too",
        )
    for command in (compute, again, status, score):
        command.add_argument("--results", default="results", help="folder of the stored runs")
    return parser


def _known_studies(file: str | None) -> dict[str, Study]:
    """The studies of the paper, and those of a file, which may register networks as well.

    Raises:
        ValueError: the file is not there, cannot be imported by its name, or has no STUDIES.
    """
    if file is None:
        return STUDIES
    path = Path(file).resolve()
    if path.suffix != ".py" or not path.exists():
        raise ValueError(f"--load needs a Python file, got {file!r}")
    sys.path.insert(0, str(path.parent))  # worker processes import it from there too
    try:
        module = None if "." in path.stem else import_module(path.stem)
    except ImportError as error:
        raise ValueError(f"{file} cannot be imported: {error}") from None
    if module is None or Path(getattr(module, "__file__", None) or "").resolve() != path:
        raise ValueError(f"{file} has a name that Python gives to another module; rename the file")
    studies = getattr(module, "STUDIES", None)
    if not isinstance(studies, dict) or not all(isinstance(study, Study) for study in studies.values()):
        raise ValueError(f"{file} must define STUDIES, a dict from names to srhm.Study")
    return STUDIES | studies


def _sweep(options: argparse.Namespace) -> int:
    check_where(options.workers, options.scheduler)
    known = _known_studies(options.load)
    if options.study == ["all"]:  # in one, so that no core has to wait
        chosen, wanted = known, [_wanted(known, options.profile)]
    elif "all" in options.study:
        raise ValueError(f"all names every study and stands alone, got {' '.join(options.study)}")
    else:
        chosen = {name: find_study(name, known) for name in options.study}
        wanted = _in_turn(chosen, options.profile)
    parts = [_shard(part, options.shard) for part in wanted]
    store = Store(options.results)
    if options.dry_run:
        # What a GPU would take can be asked where there is none.
        device = "cuda" if options.device == "cuda" else choose_device(options.device)
        _tell_what_is_missing(chosen, parts, options.profile, store.rows(), device)
        return 0
    left_out: list[str] = []
    if options.study == ["all"] and not options.scheduler:
        parts, left_out = _without_lacking(parts, store)
    computed, too_large = 0, []
    for part in parts:
        try:
            computed += sweep(part, store, options.device, options.workers, options.scheduler)
        except TooLarge as error:
            computed += error.computed
            too_large.append(error)
    rows = store.rows()
    stored = as_table(rows)
    keys = {run.key for run in _runs_of(parts, stored) if run.key in rows}
    already, failed = len(keys) - computed, len(keys & _failed(rows))
    print(f"{computed} runs computed, {already} were stored already; {failed} of them have failed")
    for search in (item for part in parts for item in part if isinstance(item, Search)):
        for line in search.at_limits(stored):
            print(line)
    for what in too_large:
        print(f"srhm: {what}", file=sys.stderr)
    return int(bool(too_large or left_out))


def _without_lacking(
    parts: list[list[BaseRun | Plan]], store: Store
) -> tuple[list[list[BaseRun | Plan]], list[str]]:
    """What is wanted but for the runs on images that this machine does not have; of these it tells."""
    missing = store.missing(item for part in parts for item in part if isinstance(item, BaseRun))
    lacking = lacking_data(missing)
    told = [f"runs on {name} are left out: {error}" for name, error in lacking.items()]
    for line in told:
        print(f"srhm: {line}", file=sys.stderr)
    left_out = {run.key for run in missing if run.needs in lacking}
    kept = [[i for i in part if not (isinstance(i, BaseRun) and i.key in left_out)] for part in parts]
    return kept, told


def _failed(rows: Mapping[str, Row]) -> set[str]:
    """The keys of the runs that have failed."""
    return {key for key, row in rows.items() if row["status"] == "failed"}


def _wanted(studies: Mapping[str, Study], profile: str) -> list[BaseRun | Plan]:
    """The runs of all grids of some studies, each once, and their searches."""
    plans = [plan for study in studies.values() for plan in study.plans(profile)]
    runs = dict.fromkeys(run for plan in plans if isinstance(plan, Grid | ImageGrid) for run in plan.runs())
    return [*runs, *(plan for plan in plans if not isinstance(plan, Grid | ImageGrid))]


def _in_turn(studies: Mapping[str, Study], profile: str) -> list[list[BaseRun | Plan]]:
    """What each study wants, without runs of the studies before it."""
    parts: list[list[BaseRun | Plan]] = []
    earlier: set[BaseRun] = set()
    for name, study in studies.items():
        wanted = _wanted({name: study}, profile)
        parts.append([item for item in wanted if not isinstance(item, BaseRun) or item not in earlier])
        earlier.update(item for item in wanted if isinstance(item, BaseRun))
    return parts


def _shard(wanted: list[BaseRun | Plan], shard: str | None) -> list[BaseRun | Plan]:
    """One part of what is wanted; runs of one fleet stay together, and so does a search."""
    if shard is None:
        return wanted
    i, _, n = shard.partition("/")
    numbers = i.isdecimal() and n.isdecimal() and len(shard) <= 100  # Python refuses very long ones
    if not (numbers and 1 <= int(i) <= int(n)):
        raise ValueError(f"shard must be i/N with 1 <= i <= N, such as 1/4, got {shard!r:.100}")
    of_shard = slice(int(i) - 1, None, int(n))
    settings: dict[str, list[Plan]] = {}  # what is searched for at one setting shares its runs
    for item in wanted:
        if not isinstance(item, BaseRun):
            settings.setdefault(_setting(item), []).append(item)
    fleets = group(item for item in wanted if isinstance(item, BaseRun))
    return [item for part in (fleets, [*settings.values()]) for items in part[of_shard] for item in items]


def _setting(plan: Plan) -> str:
    """What a search trains, whatever it looks for; of another plan all that it says."""
    return repr(plan.settings() if isinstance(plan, Search) else plan)


def _runs_of(parts: list[list[BaseRun | Plan]], stored: pd.DataFrame) -> list[BaseRun]:
    """Every run that is wanted now, each once."""
    items = [item for part in parts for item in part]
    lists = [[item] if isinstance(item, BaseRun) else item.runs(stored) for item in items]
    return list(dict.fromkeys(run for runs in lists for run in runs))


def _tell_what_is_missing(
    studies: Mapping[str, Study],
    parts: list[list[BaseRun | Plan]],
    profile: str,
    rows: Mapping[str, Row],
    device: str,
) -> None:
    stored = as_table(rows)
    runs = _runs_of(parts, stored)
    missing = [run for run in runs if run.key not in rows]
    print(f"{len(missing)} of {len(runs)} runs are missing")
    if any(not isinstance(item, BaseRun) for part in parts for item in part):
        print("of a search only the next runs are counted: it goes on from what they give")
    for what, cost in _costs(studies, profile, set(missing), stored, device):
        print(f"{what}: {cost}")


def _costs(
    studies: Mapping[str, Study], profile: str, missing: set[BaseRun], stored: pd.DataFrame, device: str
) -> Iterator[tuple[str, str]]:
    """What the missing runs cost, by study and architecture; those of two studies count in the first."""
    in_all = list(missing)
    for name, study in studies.items():
        of_study = [run for run in study.runs(profile, stored) if run in missing]
        missing = missing.difference(of_study)
        for architecture in dict.fromkeys(run.architecture for run in of_study):
            of_it = [run for run in of_study if run.architecture == architecture]
            yield f"{name}, {architecture}", _cost(of_it, device)
    yield "in all", _cost(in_all, device)


def _cost(runs: list[BaseRun], device: str = "cpu") -> str:
    on_gpu = device == "cuda"
    trained = [course[-1] for course in courses(runs)]  # the others are on its way
    fleets = group(trained, device)
    seconds = sum(map(estimate_gpu_seconds, fleets) if on_gpu else map(estimate_seconds, trained))
    where = "one large GPU" if on_gpu else "one CPU core"
    time = f"{seconds / 3600:,.1f} hours" if seconds > 3600 else f"{seconds / 60:,.1f} minutes"
    return f"{len(runs)} runs, roughly {time} of {where}"


def _verify(options: argparse.Namespace) -> int:
    _known_studies(options.load)  # which may register networks of stored runs
    table = verify(
        _existing(options.results), options.fraction, options.seed, options.device, options.workers
    )
    print(table.to_string(float_format="%.4f"))
    disagreeing = (~table.agrees).sum()
    print(f"{len(table)} runs computed again, {disagreeing} disagree")
    return int(disagreeing > 0)


def _status(options: argparse.Namespace) -> int:
    rows = _existing(options.results).rows()
    stored, known = as_table(rows), _known_studies(options.load)
    print(f"{'study':24} " + " ".join(f"{profile:>12}" for profile in PROFILES))
    failures = []
    for name, study in known.items():
        counts = []
        for profile in PROFILES:
            keys = [run.key for run in study.runs(profile, stored)]
            counts.append(f"{sum(key in rows for key in keys)}/{len(keys)}")
            if failed := _failed(rows).intersection(keys):
                failures.append(f"{name}, {profile}: {len(failed)} of the stored runs have failed")
        print(f"{name:24} " + " ".join(f"{count:>12}" for count in counts))
    print(*failures, sep="\n", end="\n" * bool(failures))
    return 0


def _existing(folder: str) -> Store:
    """The store in a folder; ValueError if the folder is not there."""
    if not Path(folder).is_dir():
        raise ValueError(f"there is no folder {folder!r}; --results names that of the stored runs")
    return Store(folder)


def _scorecard(options: argparse.Namespace) -> int:
    store = _existing(options.results)
    stored = store.load()
    if len(stored) and (stored.status == "failed").all():
        raise ValueError(f"all {len(stored)} runs in {store.folder} have failed: {stored.reason.iloc[0]}")
    tables = {way: scorecard(runs) for way, runs in runs_by_way(store, options.profile).items()}
    print(f"{pd.DataFrame(LIMITS).to_string(index=False)}\n{RULE}")
    for way, found in tables.items():
        for name in ("points", "curves", "laws") if options.items else ():
            shown = found[name][found[name].verdict != OPEN[0]]
            shown = shown.drop(columns=["sparsity", "n_c", "m"], errors="ignore")
            print(f"\n{name}, {way}\n{shown.to_string(index=False, float_format='%.4g', na_rep='')}")
        print(f"\nfigures, {way}\n{found['summary'].to_string()}")
    claims = score_claims({way: found["laws"] for way, found in tables.items()})
    judged = {way: judge_claims(claims, way) for way in tables}
    judged["the paper's own points"] = judge_claims(claims, "paper").replace(OPEN[0], "too few points")
    verdicts = pd.DataFrame(judged).rename_axis(index=None)
    print(f"\nclaims\n{verdicts.to_string()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
