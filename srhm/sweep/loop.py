"""Sweeps: the runs that are not stored yet are computed, by all cores, a GPU or a cluster.

A run is stored as it ends, and the fleets in training keep checkpoints beside the results, so a sweep
that is killed and repeated loses a minute at most; on a cluster, the fleets in progress.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import closing, suppress

from tqdm import tqdm

from ..images import check_images
from ..model import check_integer, choose_device
from ..runs import BaseRun, Outcome, Plan, Store
from ..runs.store import as_row, as_table
from ..training.checkpoint import checkpointed, forget
from .cluster import Cluster
from .compute import fits
from .cost import estimate_seconds, group
from .pool import CHECKPOINTS, Finished, Inline, Pool


def sweep(
    wanted: Iterable[BaseRun | Plan],
    store: Store,
    device: str = "auto",
    workers: int | None = None,
    scheduler: str | None = None,
) -> int:
    """Compute and store what is wanted and not stored; returns how many runs were computed.

    It can be killed and repeated at any time: what is stored stays, what is missing is computed. A search is
    asked again for its next runs whenever those that it asked for are done.

    Args:
        wanted: runs, and plans such as a `Grid` or a `Search`.
        device: "cpu", "cuda", or "auto" for CUDA where there is a GPU.
        workers: processes, one thread each; as many as there are cores unless given. 0 computes in this
            process, as a GPU always does.
        scheduler: address of a running Dask scheduler, ``tcp://host:port``; its workers compute instead.

    Raises:
        ValueError: an unknown device, CUDA asked for without a GPU, a bad number of workers, no address, or
            no data set of images where a run needs one.
        TooLarge: runs for which the memory did not suffice, when all others are stored.
        RuntimeError: a worker process was killed, or the cluster is of no use; what is stored stays.
        OSError: the results cannot be written, or the scheduler does not answer.
    """
    check_where(workers, scheduler)
    where = device if scheduler else choose_device(device)
    agenda = Agenda(wanted, store)
    due = agenda.due()
    if not scheduler:  # whose workers have the data
        for error in lacking_data(due).values():
            raise error
    groups = group(due, where)
    count = sum(map(len, groups))
    too_large: list[Outcome] = []
    if groups:
        store.check_writable(run for runs in groups for run in runs)
        executor = _executor(store, where, workers, scheduler)
        with closing(executor), _Progress(groups) as progress:
            executor.submit(groups)
            with closing(executor.finished()) as batches:
                for finished in batches:
                    progress.show(finished)
                    agenda.note(finished)
                    too_large += [outcome for _, outcome in finished if not fits(outcome)]
                    if more := group(agenda.due(), where):
                        progress.expect(more)
                        count += sum(map(len, more))
                        executor.submit(more)
    _tidy(store)
    if too_large:
        raise TooLarge(too_large, count - len(too_large))
    return count


class TooLarge(RuntimeError):
    """Runs for which the memory did not suffice. They are not stored, and computed when asked for again.

    Attributes:
        count: how many they are.
        computed: how many others were computed, and stored.
    """

    def __init__(self, outcomes: list[Outcome], computed: int) -> None:
        self.count, self.computed = len(outcomes), computed
        why = outcomes[-1].reason
        super().__init__(f"{self.count} runs did not fit the memory and are not stored; the last: {why}")


def lacking_data(runs: Iterable[BaseRun]) -> dict[str, ValueError]:
    """The data sets that runs need and this machine does not have whole, and for each what to do."""
    lacking = {}
    for name in sorted({run.needs for run in runs} - {""}):
        try:
            check_images(name)
        except ValueError as error:
            lacking[name] = error
    return lacking


def check_where(workers: int | None, scheduler: str | None) -> None:
    """Raise ValueError for a number of workers or an address of a scheduler that cannot be."""
    if workers is not None:
        check_integer("workers", workers, 0)
    if scheduler is not None and not scheduler.strip():
        raise ValueError(f"scheduler must be an address, tcp://host:port, got {scheduler!r}")


def _executor(
    store: Store, device: str, workers: int | None, scheduler: str | None
) -> Inline | Pool | Cluster:
    if scheduler:
        return Cluster(store, device, scheduler)
    processes = 0 if device == "cuda" else cores() if workers is None else workers
    return Pool(store, device, processes) if processes else Inline(store, device)


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Agenda:
    """What is wanted, what is stored, and what has been handed out to be computed.

    A plan is asked for its runs once those that it has asked for are done. Two plans that want the same run
    share it.
    """

    def __init__(self, wanted: Iterable[BaseRun | Plan], store: Store) -> None:
        told = "runs and plans such as a Grid or a Search are computed; of a study, study.plans(profile)"
        if not isinstance(wanted, Iterable):
            raise ValueError(f"a list of {told}: got {type(wanted).__name__}, not in a list")
        wanted = list(wanted)
        for item in wanted:
            if not isinstance(item, BaseRun) and not hasattr(item, "parts"):
                raise ValueError(f"{told}: got {type(item).__name__}")
        self.single = [item for item in wanted if isinstance(item, BaseRun)]
        self.plans = [part for item in wanted if not isinstance(item, BaseRun) for part in item.parts()]
        self.rows = store.rows()
        self.open: list[set[str]] = [set() for _ in self.plans]  # keys that each plan waits for
        self.handed_out: set[str] = set()
        self.stale = set(range(len(self.plans)))  # plans to ask

    def due(self) -> list[BaseRun]:
        """The runs to compute now, each given once."""
        runs, self.single = self.single, []
        if self.stale:
            table = as_table(self.rows)
            for i in sorted(self.stale):
                missing = [run for run in self.plans[i].runs(table) if run.key not in self.rows]
                self.open[i] = {run.key for run in missing}
                runs += missing
            self.stale = set()
        taken = self.rows.keys() | self.handed_out
        new = [run for run in dict.fromkeys(runs) if run.key not in taken]
        self.handed_out |= {run.key for run in new}
        return new

    def note(self, finished: Iterable[Finished]) -> None:
        """Runs that have been computed."""
        for run, outcome in finished:
            self.rows[run.key] = as_row(run, outcome, {})
            for i, keys in enumerate(self.open):
                if run.key in keys:
                    keys.discard(run.key)
                    if not keys:
                        self.stale.add(i)


class _Progress:
    """Counts runs as they end; the time left goes by their estimated cost, as late runs are larger."""

    def __init__(self, groups: list[list[BaseRun]]) -> None:
        layout = "{desc} {percentage:3.0f}% |{bar}| {postfix} [{elapsed} gone, {remaining} left]"
        self.bar = tqdm(total=0, desc="sweep", bar_format=layout)
        self.done = self.runs = 0
        self.expect(groups)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def expect(self, groups: list[list[BaseRun]]) -> None:
        """More runs than before."""
        self.runs += sum(map(len, groups))
        self.bar.total += sum(_weight(run) for runs in groups for run in runs)
        self.bar.refresh()

    def show(self, finished: list[Finished]) -> None:
        """Runs that have ended."""
        self.done += len(finished)
        self.bar.set_postfix_str(f"{self.done}/{self.runs} runs", refresh=False)
        self.bar.update(sum(_weight(run) for run, _ in finished))


def _weight(run: BaseRun) -> int:
    return max(1, round(1000 * estimate_seconds(run)))  # whole: they add up


def _tidy(store: Store) -> None:
    """Remove checkpoints whose runs are all stored, and drafts that killed processes left.

    One that cannot be read stays: newer code may have written it.
    """
    folder = store.folder / CHECKPOINTS
    if paths := list(folder.glob("*.pt")):
        stored = store.rows().keys()
        for path in paths:
            held = checkpointed(path)
            if held is not None and held <= stored:
                forget(path)
    for path in folder.glob("*.*"):
        with suppress(FileNotFoundError):
            if path.suffix != ".pt" and time.time() - path.stat().st_mtime > _OLD:
                path.unlink()


_OLD = 3600  # seconds after which no process can be writing a draft
