"""Computing on the workers of a Dask cluster; this process stores."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError
from importlib.metadata import version
from queue import Queue
from typing import TYPE_CHECKING, Any

import torch

from ..model import choose_device
from ..networks.registry import Architecture, adopt, registered
from ..runs import SEMANTICS, BaseRun, Store
from .compute import Result, compute, fits
from .cost import estimate_seconds
from .pool import Finished

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_SECONDS = 20  # that a scheduler has to answer
_WORKER_SECONDS = 300  # that it may be without any worker
_LOOK_SECONDS = 5  # between two looks at its workers


def _check_scheduler(scheduler: str) -> None:
    """Raise OSError unless a Dask scheduler answers there. Of another server a client would wait for ever.

    ValueError for what is no address.
    """
    answers: Queue[str | Exception] = Queue()

    def ask() -> None:
        try:
            answers.put(asyncio.run(_kind_at(scheduler)))
        except Exception as error:  # whatever another server's answer leads to
            answers.put(error)

    # In a notebook this thread has a running loop; and Ctrl-C does not wait for a daemon.
    threading.Thread(target=ask, daemon=True).start()
    match answers.get():
        case ValueError() as error:
            raise error
        case TimeoutError():
            raise OSError(f"no Dask scheduler has answered at {scheduler} within {_CONNECT_SECONDS} s")
        case Exception() as error:
            raise OSError(f"no Dask scheduler answers at {scheduler}: {error}")
        case "Worker" | "Nanny" as kind:
            raise OSError(f"{scheduler} is the address of a Dask {kind.lower()}, not of a scheduler")


async def _kind_at(address: str) -> str:
    """What answers at an address of Dask: "Scheduler", "Worker" or "Nanny"."""
    import dask
    from distributed.core import rpc
    from distributed.security import Security
    from distributed.utils import import_term

    loader = dask.config.get("distributed.client.security-loader", None)  # as a client does
    security = import_term(loader)({"address": address}) if loader else Security()
    async with rpc(address, connection_args=security.get_connection_args("client")) as server:
        identity = await asyncio.wait_for(server.identity(), _CONNECT_SECONDS)
        return str(identity["type"])


def _connect(scheduler: str) -> Client:
    """A client of the scheduler, made while no garbage is collected.

    A client that failed to connect closes itself when it is collected. If that happens while another one
    starts, both wait for one lock for ever.
    """
    from distributed import Client

    # A message that it could not send is told with a traceback; _gone says the same in one line.
    logging.getLogger("distributed.batched").setLevel(logging.WARNING)
    collects = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        return Client(scheduler, timeout=_CONNECT_SECONDS)
    finally:
        if collects:
            gc.enable()


class Cluster:
    """Groups computed by a running Dask cluster. A lost worker's fleet is redone."""

    def __init__(self, store: Store, device: str, scheduler: str) -> None:
        try:
            from distributed import as_completed
        except ImportError:
            raise ValueError("a scheduler needs Dask: pip install 'srhm[cluster]'") from None
        self.store, self.device, self.scheduler = store, device, scheduler
        _check_scheduler(scheduler)
        self.client = _connect(scheduler)
        self.jobs = as_completed()
        self.looked = self.seen = time.monotonic()  # when for a worker, and when there was one

    def submit(self, groups: list[list[BaseRun]]) -> None:
        """Take groups to compute."""
        from distributed.protocol.pickle import dumps

        for runs in groups:
            work = dumps((_compute_remotely, (runs, self.device, registered())))
            asked = (work, version("srhm"), SEMANTICS)
            cost = sum(map(estimate_seconds, runs))  # the cheapest first, as elsewhere
            self.jobs.add(self.client.submit(_opener(), *asked, pure=False, retries=3, priority=-cost))

    def finished(self) -> Generator[list[Finished], None, None]:
        """What has been computed and stored, until nothing is left; more may be submitted meanwhile."""
        from distributed import KilledWorker

        try:
            while not self.jobs.is_empty():
                if not self.jobs.has_ready():
                    self._wait()
                    continue
                job = next(self.jobs)
                for run, outcome, provenance in job.result():
                    if fits(outcome):
                        self.store.append(run, outcome, provenance)
                    yield [(run, outcome)]
                job.release()
        except KilledWorker as error:
            raise RuntimeError(f"the cluster gave up a fleet: {error}") from None
        except CancelledError:  # what Dask makes of every job when it loses the scheduler
            raise self._gone() from None

    def close(self) -> None:
        """Leave the cluster; it drops what it has not finished."""
        # A client that has lost its scheduler tells at length that it cannot connect again. Other clients of
        # this process are heard again once this one has ended.
        log = logging.getLogger("distributed.client")
        level = log.level
        log.setLevel(logging.CRITICAL)
        try:
            self.client.close()
        finally:
            log.setLevel(level)

    def _wait(self) -> None:
        """Wait a moment; RuntimeError once the scheduler has had no worker for too long, or is gone."""
        time.sleep(0.05)
        now = time.monotonic()
        if now - self.looked < _LOOK_SECONDS:
            return
        self.looked = now
        try:
            if self.client.nthreads():
                self.seen = now
        except OSError:
            raise self._gone() from None
        if now - self.seen > _WORKER_SECONDS:
            raise RuntimeError(f"the scheduler {self.scheduler} has had no worker for {_WORKER_SECONDS} s")

    def _gone(self) -> RuntimeError:
        return RuntimeError(
            f"the scheduler {self.scheduler} is gone or was restarted; finished runs are stored, "
            "the same command computes the rest"
        )


def _opener() -> Callable[[bytes, str, int], list[Result]]:
    """What a worker calls first. Dask sends it by value, so that a worker without srhm can say so."""

    def open_work(work: bytes, release: str, semantics: int) -> Any:
        import pickle
        from importlib import import_module

        from distributed import get_worker

        try:
            there = import_module("srhm").__version__, import_module("srhm.runs").SEMANTICS
            if there != (release, semantics):
                raise ImportError("it has srhm {}, data version {}".format(*there))
            function, arguments = pickle.loads(work)
        except (ImportError, AttributeError) as error:
            needed = f"srhm {release}, data version {semantics}"
            raise RuntimeError(f"the worker {get_worker().address} needs {needed}: {error}") from None
        return function(*arguments)

    return open_work


def _compute_remotely(runs: list[BaseRun], device: str, outsiders: dict[str, Architecture]) -> list[Result]:
    adopt(outsiders)
    torch.set_num_threads(1)
    return list(compute(runs, choose_device(device)))
