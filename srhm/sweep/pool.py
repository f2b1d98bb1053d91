"""Computing on this machine: in this process, or in one process for each core."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path

import torch

from ..networks.registry import Architecture, adopt, registered
from ..runs import BaseRun, Outcome, Store
from ..training.checkpoint import copy, led_to
from .compute import compute, fits
from .cost import group, group_of

CHECKPOINTS = ".checkpoints"  # a folder beside the results

Finished = tuple[BaseRun, Outcome]


class Inline:
    """Groups computed one after another in this process, the cheapest of those that wait first."""

    def __init__(self, store: Store, device: str) -> None:
        self.store, self.device = store, device
        self.waiting: list[list[BaseRun]] = []

    def submit(self, groups: list[list[BaseRun]]) -> None:
        """Take groups to compute; those of one shape that wait become one."""
        self.waiting = _merged([*self.waiting, *groups], self.device)

    def close(self) -> None:
        """Nothing goes on by itself."""

    def finished(self) -> Generator[list[Finished], None, None]:
        """What has been computed and stored, until nothing is left; more may be submitted meanwhile."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            while self.waiting:
                for result in _compute_and_store(self.waiting.pop(0), self.store, self.device):
                    yield [result]
        finally:
            torch.set_num_threads(threads)


class Pool:
    """Groups computed by worker processes of this machine, each of one thread.

    Those that wait stay here, the cheapest first, and workers have one more each than they compute. So the
    next sizes of a cheap search do not wait for the first ones of a dear search.
    """

    def __init__(self, store: Store, device: str, workers: int) -> None:
        self.folder, self.device = store.folder, device
        self.others = active_children()
        self.sent = {name: known for name, known in registered().items() if _can_travel(known)}
        self.pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin_worker, (self.sent,))
        self.waiting: list[list[BaseRun]] = []
        self.jobs: set[Future[list[Finished]]] = set()
        self.most = 2 * workers  # jobs at a time
        self.works = False  # until a group has ended

    def submit(self, groups: list[list[BaseRun]]) -> None:
        """Take groups to compute, like `Inline`; ValueError if workers cannot build their networks."""
        for name in sorted(
            {runs[0].architecture for runs in groups} & registered().keys() - self.sent.keys()
        ):
            raise ValueError(
                f"architecture {name!r} is built by a function of a notebook, or inside another function, "
                "which worker processes cannot import: put it at the top of a module, or sweep with workers=0"
            )
        self.waiting = _merged([*self.waiting, *groups], self.device)
        self._hand_out()

    def finished(self) -> Generator[list[Finished], None, None]:
        """What has been computed and stored, until nothing is left; more may be submitted meanwhile."""
        try:
            while self.jobs:
                done, self.jobs = wait(self.jobs, return_when=FIRST_COMPLETED)
                for job in done:
                    yield job.result()
                    self.works = True
                self._hand_out()
        except BrokenProcessPool:
            raise self._broken() from None

    def close(self) -> None:
        """End the workers: at Ctrl-C or an error do not wait for fleets whose checkpoints are there."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(active_children()) - set(self.others):
            worker.terminate()

    def _hand_out(self) -> None:
        count = max(0, self.most - len(self.jobs))
        groups, self.waiting = self.waiting[:count], self.waiting[count:]
        try:
            with _interrupts_held():
                self.jobs |= {self.pool.submit(_finish, runs, self.folder, self.device) for runs in groups}
        except BrokenProcessPool:
            raise self._broken() from None

    def _broken(self) -> RuntimeError:
        told = "a worker process was killed, perhaps for want of memory; repeat with fewer --workers"
        if not self.works:  # each worker runs the script that it was started from, up to its guard
            told += '; a script of your own must be a file, with sweep under `if __name__ == "__main__":`'
        return RuntimeError(told)


def _merged(groups: list[list[BaseRun]], device: str) -> list[list[BaseRun]]:
    return group((run for runs in groups for run in runs), device)


def _can_travel(architecture: Architecture) -> bool:
    """Whether worker processes can build a registered network: by importing what builds it."""
    try:
        pickle.dumps(architecture)
    except (pickle.PicklingError, AttributeError, TypeError):  # a lambda, or defined inside a function
        return False
    build = architecture.make.args[0]  # type: ignore[union-attr]
    in_notebook = build.__module__ == "__main__" and not hasattr(sys.modules["__main__"], "__file__")
    return not in_notebook


def _compute_and_store(runs: list[BaseRun], store: Store, device: str) -> Iterator[Finished]:
    for fleet, checkpoint in _fleets(runs, store.folder / CHECKPOINTS, device):
        for run, outcome, provenance in compute(fleet, device, checkpoint):
            if fits(outcome):
                store.append(run, outcome, provenance)
            yield run, outcome


def _finish(runs: list[BaseRun], folder: Path, device: str) -> list[Finished]:
    return list(_compute_and_store(runs, _store_of(folder), device))


@cache
def _store_of(folder: Path) -> Store:
    """One store for all groups of a worker: it remembers what it has read."""
    return Store(folder)


def _fleets(runs: list[BaseRun], folder: Path, device: str) -> Iterator[tuple[list[BaseRun], Path]]:
    """The fleets that a group trains as, and where each keeps its state.

    It is one, unless stopped sweeps left more than one checkpoint of these runs: each goes on as a fleet, the
    newest with the runs that none holds. A checkpoint is copied, as the sweep that made it may go on too.
    `_tidy` removes it once its runs are stored. Fleets of one group may train at the same time, in two
    workers or shards, so a name is of the group and of the runs.
    """
    group = _digest(group_of(runs[0], device))
    held: dict[Path | None, set[BaseRun]] = {}
    left = runs
    for path in _newest_first(folder.glob(f"{group}*.pt")):
        if led := led_to(path, left):
            held[path] = set(led)
            left = [run for run in left if run not in held[path]]
    first = next(iter(held), None)
    held[first] = held.get(first, set()).union(left)
    for source, members in held.items():
        fleet = [run for run in runs if run in members]
        own = folder / f"{group}-{_digest(sorted(run.key for run in fleet))}.pt"
        if source and source != own:
            copy(source, own)
        yield fleet, own


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    times = {}
    for path in paths:
        with suppress(FileNotFoundError):  # its runs have ended
            times[path] = path.stat().st_mtime_ns
    return sorted(times, key=lambda path: times[path], reverse=True)


def _digest(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait. Processes started meanwhile never get Ctrl-C: the parent ends its workers.

    The mask is for the processes, which inherit it. The parent needs handlers besides: a thread of some
    library may take the signal that the main one masks, and Python would interrupt the main one all the same.
    """
    came: list[int] = []
    held = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    handlers = {which: signal.signal(which, lambda number, _: came.append(number)) for which in held}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for which, handler in handlers.items():
            signal.signal(which, handler)
        for number in came:
            signal.raise_signal(number)


def _begin_worker(outsiders: dict[str, Architecture]) -> None:
    adopt(outsiders)
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)
