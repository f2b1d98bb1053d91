"""Computes the runs that a study lacks, on all cores, and stores each as it ends."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from os import sched_getaffinity
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from .hierarchy import check_device
from .networks import Fleet, observe
from .runs import PAIRS, TEST, Outcome, Run
from .sensitivity import sensitivities
from .store import Store
from .training import Trained, train

# The columns that say where a result comes from, beside those that say what it is.
PROVENANCE = ("code", "device", "torch", "numpy", "python", "date", "seconds")

Result = tuple[Run, Outcome, dict[str, Any]]


def sweep(runs: Iterable[Run], store: Store, device: str = "auto", workers: int | None = None) -> int:
    """Compute and store those of the runs that are not stored; returns how many were computed.

    It can be killed and repeated at any time: what is stored stays, what is missing is computed.

    Args:
        device: "cpu", "cuda", or "auto" for CUDA where there is a GPU.
        workers: processes, one thread each; as many as there are cores unless given. 0 computes in this
            process, as a GPU always does.

    Raises:
        ValueError: an unknown device, or CUDA asked for without a GPU.
    """
    where = choose_device(device)
    missing = store.missing(dict.fromkeys(runs))
    fleets = group(missing)
    with tqdm(total=len(missing), unit="run", desc="sweep", disable=not missing) as progress:
        for results in _compute(fleets, where, workers):
            for result in results:
                store.append(*result)
                progress.update()
    return len(missing)


def choose_device(device: str) -> str:
    """The device that "auto", "cpu" or "cuda" means here; ValueError for another, or CUDA without a GPU."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise ValueError(f'device must be "auto", "cpu" or "cuda", got {device!r}')
    return check_device(device).type


def group(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs of one shape and P together, so that a fleet's networks start and end at about one time."""
    groups: dict[tuple[Hashable, ...], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.shape, run.P), []).append(run)
    return list(groups.values())


def compute(runs: list[Run], device: str) -> list[Result]:
    """Train a fleet, measure it, and say where it was computed."""
    return [(t.run, measure(t, device), _provenance(device, t.seconds)) for t in train(runs, device)]


def measure(trained: Trained, device: str) -> Outcome:
    """The test error and the sensitivities of a trained network, on data it has not seen."""
    run = trained.run
    if trained.status == "failed":
        reason = f"the training loss became {trained.train_loss} in epoch {trained.epochs}"
        return Outcome("failed", f"{reason}; lr = {run.lr} may be too large", trained.epochs)
    return Outcome(
        trained.status,
        epochs=trained.epochs,
        train_loss=trained.train_loss,
        test_error=measure_error(trained.network, run, device),
        sensitivities=sensitivities(
            lambda data: observe(trained.network, data),
            run.task, run.n_pairs, PAIRS + run.data_seed, device,
        ),
    )  # fmt: skip


def measure_error(network: Fleet, run: Run, device: str) -> float:
    """The fraction of the held-out test set that a network misclassifies."""
    test = run.task.sample(run.n_test, TEST + run.data_seed, device)
    answers = observe(network, test)[-1].values[:, 0].argmax(1)
    return (answers != test.labels).double().mean().item()


def _compute(fleets: list[list[Run]], device: str, workers: int | None) -> Iterator[list[Result]]:
    workers = len(sched_getaffinity(0)) if workers is None else workers
    workers = min(workers, len(fleets))
    if device == "cuda" or workers == 0:
        torch.set_num_threads(1)
        for runs in fleets:
            yield compute(runs, device)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        jobs = [pool.submit(compute, runs, device) for runs in fleets]
        for job in as_completed(jobs):
            yield job.result()


def _provenance(device: str, seconds: float) -> dict[str, Any]:
    return _machine(device) | {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 2),
    }


@cache
def _machine(device: str) -> dict[str, Any]:
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    return {
        "code": code_version(),
        "device": f"{device} ({name})",
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


@cache
def code_version() -> str:
    """The package's version and, in a git checkout, the commit."""
    from . import __version__

    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return __version__
    return f"{__version__} ({commit})"
