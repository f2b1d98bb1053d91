"""The command line: `srhm sweep` and `srhm status`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .store import Store
from .studies import PROFILES, STUDIES, find_study
from .sweep import sweep


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Bad input is told in one line."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, OSError) as error:
        print(f"srhm: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("srhm: stopped; finished runs are stored, repeat to compute the rest", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="srhm", description=__doc__)
    commands = parser.add_subparsers(required=True)
    compute = commands.add_parser("sweep", help="compute the runs that a study lacks")
    compute.add_argument("study", help=f"one of {', '.join(STUDIES)}, or all")
    compute.add_argument("--profile", default="laptop", help=f"one of {', '.join(PROFILES)}")
    compute.add_argument("--device", default="auto", help="auto, cpu or cuda")
    compute.add_argument("--workers", type=int, help="processes; default: one for each core")
    compute.set_defaults(command=_sweep)
    status = commands.add_parser("status", help="how many runs of each study are stored")
    status.set_defaults(command=_status)
    for command in (compute, status):
        command.add_argument("--results", default="results", help="folder of the stored runs")
    return parser


def _sweep(options: argparse.Namespace) -> None:
    names = STUDIES if options.study == "all" else [options.study]
    runs = [run for name in names for run in find_study(name).runs(options.profile)]
    computed = sweep(runs, Store(options.results), options.device, options.workers)
    print(f"{computed} runs computed, {len(set(runs)) - computed} were stored already")


def _status(options: argparse.Namespace) -> None:
    store = Store(options.results)
    print(f"{'study':24} " + " ".join(f"{profile:>12}" for profile in PROFILES))
    for name, study in STUDIES.items():
        counts = []
        for profile in PROFILES:
            runs = study.runs(profile)
            counts.append(f"{len(runs) - len(store.missing(runs))}/{len(runs)}")
        print(f"{name:24} " + " ".join(f"{count:>12}" for count in counts))
