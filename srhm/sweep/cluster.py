"""Computing on the workers of a Dask cluster; this process stores."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch

from ..model import choose_device
from ..networks.registry import Architecture, adopt, registered
from ..runs import Run, Store
from .compute import Result, compute
from .pool import Finished

_CONNECT_SECONDS = 20  # that a scheduler has to answer


class Cluster:
    """Groups computed by a running Dask cluster. A lost worker's fleet is redone."""

    def __init__(self, store: Store, device: str, scheduler: str) -> None:
        try:
            from distributed import Client, as_completed
        except ImportError:
            raise ValueError("a scheduler needs Dask: pip install 'srhm[cluster]'") from None
        self.store, self.device = store, device
        self.client = Client(scheduler, timeout=_CONNECT_SECONDS)
        self.jobs = as_completed()

    def submit(self, groups: list[list[Run]]) -> None:
        """Take groups to compute."""
        for runs in groups:
            arguments: tuple[Any, ...] = (runs, self.device, registered())
            self.jobs.add(self.client.submit(_compute_remotely, *arguments, pure=False, retries=3))

    def finished(self) -> Generator[list[Finished], None, None]:
        """What has been computed and stored, until nothing is left; more may be submitted meanwhile."""
        from distributed import KilledWorker

        try:
            for job in self.jobs:
                for run, outcome, provenance in job.result():
                    self.store.append(run, outcome, provenance)
                    yield [(run, outcome)]
                job.release()
        except KilledWorker as error:
            raise RuntimeError(f"the cluster gave up a fleet: {error}") from None

    def close(self) -> None:
        """Leave the cluster."""
        self.client.close()


def _compute_remotely(runs: list[Run], device: str, outsiders: dict[str, Architecture]) -> list[Result]:
    adopt(outsiders)
    torch.set_num_threads(1)
    return list(compute(runs, choose_device(device)))
