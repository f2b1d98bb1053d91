"""Computing: a group of runs in, for each its outcome and where it was computed."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..runs import BaseRun, Outcome
from ..training import Trained, train

# The columns that say where a result comes from, beside those that say what it is.
PROVENANCE = ("code", "device", "torch", "numpy", "python", "date", "seconds")

Result = tuple[BaseRun, Outcome, dict[str, Any]]

_TOO_LARGE = "out of memory"


def compute(runs: list[BaseRun], device: str, checkpoint: Path | None = None) -> Iterator[Result]:
    """Train runs of one shape, measure each network as it ends, and say where it was computed.

    Where the memory does not suffice, the fleet is halved; a run that does not fit alone is given as failed,
    but see `fits`.
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
        yield runs[0], Outcome("failed", f"{_TOO_LARGE} on {device}: {words}"), _provenance(device, 0.0)
        return
    half = (len(left) + 1) // 2
    for part in (left[:half], left[half:]):
        if part:
            yield from compute(part, device, checkpoint)


def fits(outcome: Outcome) -> bool:
    """Whether a run found the memory that it needs. Else nothing is known of it: elsewhere it may."""
    return not outcome.reason.startswith(_TOO_LARGE)


def _is_out_of_memory(error: Exception) -> bool:
    """Also by the words of torch's CPU allocator, CUDA's driver and cuBLAS, mere RuntimeErrors.

    An error while a step is recorded may be followed by one of the broken recording.
    """
    words = ("can't allocate memory", "out of memory", "ALLOC_FAILED")
    errors = [error] if error.__context__ is None else [error, error.__context__]
    return any(
        isinstance(each, MemoryError | torch.OutOfMemoryError) or any(w in str(each) for w in words)
        for each in errors
    )


def measure(trained: Trained, device: str) -> Outcome:
    """The outcome of a run whose training has ended: what it measures on its network."""
    run = trained.run
    if trained.status == "failed":
        reason = f"the training loss became infinite or nan in epoch {trained.epochs}"
        first = getattr(run, "first_layer_rate", 1.0)  # which runs on images have not
        rates = f"lr = {run.lr}" + f" or first_layer_rate = {first}" * (first > 1)
        return Outcome("failed", f"{reason}; {rates} may be too large", trained.epochs)
    measured = run.measure(trained.network, device)
    return Outcome(
        trained.status,
        epochs=trained.epochs,
        train_loss=trained.train_loss,
        test_error=measured.pop("test_error"),
        sensitivities=measured,
    )


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
    """The package's version and, in a git checkout of the package, the commit."""
    release, here = version("srhm"), Path(__file__)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", here.name)  # a checkout that the package is merely installed in
        return f"{release} ({git('describe', '--always', '--dirty')})"
    except (OSError, subprocess.CalledProcessError):
        return release
