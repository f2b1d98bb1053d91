"""Computes the runs that a study lacks: in this process, on all cores, or on a Dask cluster.

Each run is stored as it ends, and the fleets in training keep checkpoints beside the results, so a sweep
that is killed and repeated loses a minute at most; on a cluster, the fleets in progress.
"""

from __future__ import annotations

import hashlib
import os
import platform
import signal
import subprocess
import threading
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from math import prod
from multiprocessing import active_children, get_context, parent_process
from os import sched_getaffinity
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from .hierarchy import check_device
from .networks import parameter_shapes
from .runs import PAIRS, TEST, Outcome, Run
from .sensitivity import sensitivities
from .store import Store
from .theory import predicted_sample_complexity
from .training import Network, Trained, checkpointed, forget, observer, train
from .vision import VISION, estimate_seconds_per_datum

# The columns that say where a result comes from, beside those that say what it is.
PROVENANCE = ("code", "device", "torch", "numpy", "python", "date", "seconds")

_SEEN = {"CNN": 60, "LCN": 110, "FCN": 270}  # data seen in training over the predicted P*, at s = L = 2
_CONNECT_SECONDS = 20  # that a scheduler has to answer
_PART = 1024  # data observed at a time, as `observe` does
_VISION_EPOCHS = dict.fromkeys(VISION, 20) | {"EfficientNetB0": 100}  # until it stops, as seen
_CHECKPOINTS = ".checkpoints"  # a folder beside the results

Result = tuple[Run, Outcome, dict[str, Any]]
Group = list[Run]


def sweep(
    runs: Iterable[Run],
    store: Store,
    device: str = "auto",
    workers: int | None = None,
    scheduler: str | None = None,
) -> int:
    """Compute and store those of the runs that are not stored; returns how many were computed.

    It can be killed and repeated at any time: what is stored stays, what is missing is computed.

    Args:
        device: "cpu", "cuda", or "auto" for CUDA where there is a GPU.
        workers: processes, one thread each; as many as there are cores unless given. 0 computes in this
            process, as a GPU always does.
        scheduler: address of a running Dask scheduler, ``tcp://host:port``; its workers compute instead.

    Raises:
        ValueError: an unknown device, CUDA asked for without a GPU, or a bad number of workers.
        RuntimeError: a worker process was killed; what is stored stays.
        OSError: the results cannot be written, or the scheduler does not answer.
    """
    if workers is not None and workers < 0:
        raise ValueError(f"workers must be an integer >= 0, got {workers!r}")
    store.check_writable()
    missing = store.missing(dict.fromkeys(runs))
    if scheduler:
        finished = _on_cluster(group(missing), store, device, scheduler)
    else:
        where = choose_device(device)
        groups = group(missing, where)
        processes = 0 if where == "cuda" else len(sched_getaffinity(0)) if workers is None else workers
        finished = _here(groups, store, where, min(processes, len(groups)))
    _show_progress(finished, missing)
    _tidy(store)
    return len(missing)


def _tidy(store: Store) -> None:
    """Remove checkpoints that nothing needs: a sweep killed just after a fleet's end leaves one."""
    for path in (store.folder / _CHECKPOINTS).glob("*.pt"):
        if not store.missing(checkpointed(path)):
            forget(path)


def _show_progress(finished: Iterator[Run], missing: Group) -> None:
    """Count runs as they end; the time left goes by their estimated cost, as late runs are larger."""
    layout = "{desc} {percentage:3.0f}% |{bar}| {postfix} [{elapsed} gone, {remaining} left]"
    weights = {run: max(1, round(1000 * estimate_seconds(run))) for run in missing}  # whole: they add up
    total = sum(weights.values())
    with tqdm(total=total, desc="sweep", bar_format=layout, disable=not missing) as progress:
        for count, run in enumerate(finished, 1):
            progress.set_postfix_str(f"{count}/{len(missing)} runs", refresh=False)
            progress.update(weights[run])


def choose_device(device: str) -> str:
    """The device that "auto", "cpu" or "cuda" means here; ValueError for another, or CUDA without a GPU."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise ValueError(f'device must be "auto", "cpu" or "cuda", got {device!r}')
    return check_device(device).type


def group(runs: Iterable[Run], device: str = "cpu") -> list[Group]:
    """Runs that train as one fleet: of one shape, and on a CPU of one P; the cheapest fleet first.

    A CPU trains few networks at a time and wants them to end together; a GPU needs all it can get. Costs
    differ by orders of magnitude, so that a sweep which is stopped early has most of its settings.
    """
    groups: dict[Hashable, Group] = {}
    for run in runs:
        groups.setdefault(_group_of(run, device), []).append(run)
    return sorted(groups.values(), key=lambda fleet: sum(map(estimate_seconds, fleet)))


def _group_of(run: Run, device: str) -> Hashable:
    return (device, run.shape) if device == "cuda" else (device, run.shape, run.P)


def estimate_seconds(run: Run) -> float:
    """Rough time of a run on one core.

    Most runs see so many times the predicted P* before they stop, whatever their P. The time of a step is
    an overhead, the products of the live patches at 80 GFLOP/s, and seven passes over the weights at
    80 GB/s. Vision networks see every datum about as often, whatever their number.
    """
    if run.architecture in VISION:
        once = run.P * estimate_seconds_per_datum(run.architecture, run.task.d, run.width)
        return _VISION_EPOCHS[run.architecture] * once
    operations, moved = _step(run)
    return _steps(run) * (1.5e-4 + operations / 8e10 + moved / 8e10)


def estimate_gpu_seconds(fleet: Group) -> float:
    """Rough time of a fleet on an H100, by its data sheet: no run has tested it yet.

    A step of the fleet is an overhead of 0.5 ms, ten times that in a vision network, and either the products
    of all networks at 40 TFLOP/s or the passes over their weights at 2.5 TB/s, whichever takes longer.
    """
    if fleet[0].architecture in VISION:
        return sum(5e-3 * _VISION_EPOCHS[run.architecture] * run.P / run.batch_size for run in fleet)
    operations, moved = _step(fleet[0])
    steps = [_steps(run) for run in fleet]
    return 5e-4 * max(steps) + sum(steps) * max(operations / 4e13, moved / 2.5e12)


def _steps(run: Run) -> float:
    """How many steps a run takes before it stops, if it goes like most."""
    predicted = predicted_sample_complexity(run.architecture, run.task)
    return max(_SEEN[run.architecture] * predicted, 5 * run.P) / run.batch_size


def _step(run: Run) -> tuple[float, float]:
    """Operations of a step, and bytes that it moves."""
    patches = [run.s ** (run.L - l) for l in range(2, run.L + 1)]
    inputs = run.L - 1 if run.architecture == "FCN" else run.s * sum(patches)
    weights = sum(map(prod, parameter_shapes(run.architecture, run.task, run.width)))
    return 6 * run.batch_size * inputs * run.width**2, 28 * weights


def compute(runs: Group, device: str, checkpoint: Path | None = None) -> Iterator[Result]:
    """Train a fleet, measure each network as it ends, and say where it was computed.

    Where the memory does not suffice, the fleet is halved; a run that does not fit alone has failed.
    """
    left = list(runs)
    try:
        for trained in train(runs, device, checkpoint=checkpoint):
            yield trained.run, measure(trained, device), _provenance(device, trained.seconds)
            left.remove(trained.run)
        return
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        words, _, _ = str(error).partition("\n")
    # Go on outside the handler: the error holds the frames of the fleet, and so its memory.
    if len(runs) == 1:
        yield runs[0], Outcome("failed", f"out of memory on {device}: {words}"), _provenance(device, 0.0)
        return
    half = (len(left) + 1) // 2
    for part in (left[:half], left[half:]):
        if part:
            yield from compute(part, device, checkpoint)


def _is_out_of_memory(error: Exception) -> bool:
    """Also by the words of torch's CPU allocator, CUDA's driver and cuBLAS, mere RuntimeErrors."""
    words = ("can't allocate memory", "out of memory", "ALLOC_FAILED")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(w in str(error) for w in words)


def measure(trained: Trained, device: str) -> Outcome:
    """The test error and the sensitivities of a trained network, on data it has not seen."""
    run = trained.run
    if trained.status == "failed":
        reason = f"the training loss became infinite or nan in epoch {trained.epochs}"
        return Outcome("failed", f"{reason}; lr = {run.lr} may be too large", trained.epochs)
    return Outcome(
        trained.status,
        epochs=trained.epochs,
        train_loss=trained.train_loss,
        test_error=measure_error(trained.network, run, device),
        sensitivities=sensitivities(trained.observe, run.task, run.n_pairs, PAIRS + run.data_seed, device),
    )


def measure_error(network: Network, run: Run, device: str) -> float:
    """The fraction of the held-out test set that a network misclassifies."""
    test = run.task.sample(run.n_test, TEST + run.data_seed, device)
    look = observer(network)
    # Part by part: the activations of a vision network on the whole test set are large.
    logits = [look(test[i : i + _PART])[-1].values[:, 0] for i in range(0, len(test), _PART)]
    answers = torch.cat(logits).argmax(1)
    return (answers != test.labels).double().mean().item()


def _here(groups: list[Group], store: Store, device: str, workers: int) -> Iterator[Run]:
    """Compute on this machine; yields each run as it is stored, or a group's runs at once."""
    if workers == 0:
        torch.set_num_threads(1)
        for runs in groups:
            yield from _compute_and_store(runs, store, device)
        return
    others = active_children()
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin_worker)
    try:
        with _interrupts_held():
            jobs = [pool.submit(_finish, runs, store, device) for runs in groups]
        for job in as_completed(jobs):
            yield from job.result()
    except BrokenProcessPool:
        raise RuntimeError(
            "a worker process was killed, perhaps for want of memory; repeat with fewer --workers"
        ) from None
    finally:  # at Ctrl-C or an error do not wait for fleets whose checkpoints are there
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(active_children()) - set(others):
            worker.terminate()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits. Processes started meanwhile never get it: the parent does, and ends its workers.

    The mask is for the processes, which inherit it. The parent needs a handler besides: a thread of some
    library may take the signal that the main one masks, and Python would interrupt the main one all the same.
    """
    came: list[int] = []
    main = threading.current_thread() is threading.main_thread()  # no other is ever interrupted
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number)) if main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if main:
            signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


def _begin_worker() -> None:
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _compute_and_store(runs: Group, store: Store, device: str) -> Iterator[Run]:
    for result in compute(runs, device, _checkpoint(store, runs[0], device)):
        store.append(*result)
        yield result[0]


def _finish(runs: Group, store: Store, device: str) -> Group:
    return list(_compute_and_store(runs, store, device))


def _checkpoint(store: Store, run: Run, device: str) -> Path:
    """Where the fleet of a run's group keeps its state."""
    group_key = hashlib.sha256(repr(_group_of(run, device)).encode()).hexdigest()[:16]
    return store.folder / _CHECKPOINTS / f"{group_key}.pt"


def _on_cluster(groups: list[Group], store: Store, device: str, scheduler: str) -> Iterator[Run]:
    """Compute on the workers of a Dask cluster; this process stores. A lost worker's fleet is redone."""
    try:
        from distributed import Client, KilledWorker
        from distributed import as_completed as completed
    except ImportError:
        raise ValueError("a scheduler needs Dask: pip install 'srhm[cluster]'") from None
    with Client(scheduler, timeout=_CONNECT_SECONDS) as client:
        jobs = [client.submit(_compute_remotely, runs, device, pure=False, retries=3) for runs in groups]
        try:
            for job in completed(jobs):
                for result in job.result():
                    store.append(*result)
                    yield result[0]
                job.release()
        except KilledWorker as error:
            raise RuntimeError(f"the cluster gave up a fleet: {error}") from None


def _compute_remotely(runs: Group, device: str) -> list[Result]:
    torch.set_num_threads(1)
    return list(compute(runs, choose_device(device)))


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
