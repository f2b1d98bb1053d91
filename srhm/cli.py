"""The command line: compute the runs of a study, count them, compute some again, score them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

from .runs import Run
from .scorecard import OPEN, RULE, profile_runs, scorecard
from .store import Store
from .studies import PROFILES, STUDIES, find_study
from .sweep import choose_device, estimate_gpu_seconds, estimate_seconds, group, sweep
from .verify import verify


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Bad input is told in one line."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (ValueError, OSError, RuntimeError) as error:
        print(f"srhm: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("srhm: stopped; finished runs are stored, the same command computes the rest", file=sys.stderr)
        return 130


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
    again.add_argument("--seed", type=int, default=0, help="names the sample")
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
    for command in (compute, again, status, score):
        command.add_argument("--results", default="results", help="folder of the stored runs")
    return parser


def _sweep(options: argparse.Namespace) -> int:
    names = list(STUDIES) if options.study == ["all"] else options.study
    parts = [_shard(part, options.shard) for part in _parts(options.study, options.profile)]
    runs = [run for part in parts for run in part]
    store = Store(options.results)
    if options.dry_run:
        missing = store.missing(runs)
        print(f"{len(missing)} of {len(runs)} runs are missing")
        # What a GPU would take can be asked where there is none.
        device = "cuda" if options.device == "cuda" else choose_device(options.device)
        for what, cost in _costs(names, options.profile, set(missing), device):
            print(f"{what}: {cost}")
        return 0
    computed = sum(sweep(part, store, options.device, options.workers, options.scheduler) for part in parts)
    failed = (store.load().reindex([run.key for run in runs]).status == "failed").sum()
    print(
        f"{computed} runs computed, {len(runs) - computed} were stored already; {failed} of them have failed"
    )
    return 0


def _parts(studies: list[str], profile: str) -> list[list[Run]]:
    """The runs of each study that no study before asks for; of "all" in one, so that no core has to wait."""
    if studies == ["all"]:
        return [list(dict.fromkeys(run for study in STUDIES.values() for run in study.runs(profile)))]
    parts: list[list[Run]] = []
    for name in studies:
        earlier = {run for part in parts for run in part}
        parts.append([run for run in dict.fromkeys(find_study(name).runs(profile)) if run not in earlier])
    return parts


def _shard(runs: list[Run], shard: str | None) -> list[Run]:
    """The runs of one part; runs of one fleet stay together."""
    if shard is None:
        return runs
    i, _, n = shard.partition("/")
    if not (i.isdecimal() and n.isdecimal() and 1 <= int(i) <= int(n)):
        raise ValueError(f"shard must be i/N with 1 <= i <= N, such as 1/4, got {shard!r}")
    return [run for fleet in group(runs)[int(i) - 1 :: int(n)] for run in fleet]


def _costs(names: Iterable[str], profile: str, missing: set[Run], device: str) -> Iterator[tuple[str, str]]:
    """What the missing runs cost, by study and architecture; those of two studies count in the first."""
    in_all = list(missing)
    for name in names:
        of_study = [run for run in dict.fromkeys(find_study(name).runs(profile)) if run in missing]
        missing = missing.difference(of_study)
        for architecture in dict.fromkeys(run.architecture for run in of_study):
            of_it = [run for run in of_study if run.architecture == architecture]
            yield f"{name}, {architecture}", _cost(of_it, device)
    yield "in all", _cost(in_all, device)


def _cost(runs: list[Run], device: str = "cpu") -> str:
    on_gpu = device == "cuda"
    seconds = sum(map(estimate_gpu_seconds, group(runs, device)) if on_gpu else map(estimate_seconds, runs))
    where = "one GPU, by its data sheet" if on_gpu else "one CPU core"
    time = f"{seconds / 3600:,.1f} hours" if seconds > 3600 else f"{seconds / 60:,.1f} minutes"
    return f"{len(runs)} runs, roughly {time} of {where}"


def _verify(options: argparse.Namespace) -> int:
    table = verify(Store(options.results), options.fraction, options.seed, options.device, options.workers)
    print(table.to_string(float_format="%.4f"))
    disagreeing = (~table.agrees).sum()
    print(f"{len(table)} runs computed again, {disagreeing} disagree")
    return int(disagreeing > 0)


def _status(options: argparse.Namespace) -> int:
    stored = set(Store(options.results).load().index)
    print(f"{'study':24} " + " ".join(f"{profile:>12}" for profile in PROFILES))
    for name, study in STUDIES.items():
        counts = []
        for profile in PROFILES:
            keys = [run.key for run in study.runs(profile)]
            counts.append(f"{sum(key in stored for key in keys)}/{len(keys)}")
        print(f"{name:24} " + " ".join(f"{count:>12}" for count in counts))
    return 0


def _scorecard(options: argparse.Namespace) -> int:
    tables = scorecard(profile_runs(Store(options.results), options.profile))
    summary = tables.pop("summary")
    if options.items:
        for name, table in tables.items():
            shown = table[table.verdict != OPEN[0]].drop(columns=["sparsity", "n_c", "m"], errors="ignore")
            print(f"{name}\n{shown.to_string(index=False, float_format='%.4g', na_rep='')}\n")
    print(f"{RULE}\n\n{summary.to_string()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
