"""Networks in training, and the checkpoints that let them go on."""

from __future__ import annotations

import os
import pickle
import shutil
import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from torch import Tensor

from ..model import ByLevel
from ..networks import Network
from ..runs import SEMANTICS, BaseRun, kind_of
from .trainee import Trainee

UNREADABLE = (  # what torch.load raises for files that are torn, or no checkpoints
    OSError, EOFError, RuntimeError, pickle.UnpicklingError,
    LookupError, AttributeError, TypeError, ValueError,
)  # fmt: skip


class Training(ABC):
    """Networks in training, a trainee for each, and their checkpoint."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.trainees: list[Trainee] = []

    @abstractmethod
    def network_of(self, i: int) -> Network:
        """The network of one trainee, to be kept."""

    @abstractmethod
    def advance(self) -> None:
        """Take some steps, until a run ends at most."""

    @abstractmethod
    def replace(self, ended: list[int], joining: list[Trainee]) -> None:
        """Let the trainees at `ended` go and others join."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What a checkpoint keeps of the networks."""

    @abstractmethod
    def _go_on(self, trainees: list[Trainee], chosen: list[int], state: dict[str, Any]) -> None:
        """Take up the trainees at the places `chosen`, and their part of a state; all or nothing."""

    def ended(self) -> list[int]:
        """The places of the trainees whose training has ended."""
        return [i for i, trainee in enumerate(self.trainees) if trainee.status]

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all; OSError that names it if that fails."""
        progress = [trainee.progress() for trainee in self.trainees]
        state = {"semantics": SEMANTICS, "trainees": progress} | self._state()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft_of(path)
        try:
            with open(draft, "wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):  # another sweep ended the same runs, and forgot them
                draft.replace(path)
        except (OSError, RuntimeError) as error:
            # torch may cover the error of a full disk, or a Ctrl-C, by one of its own.
            cause = error.__context__ if isinstance(error, RuntimeError) else error
            if isinstance(cause, BaseException) and not isinstance(cause, Exception):
                raise cause from None
            if not isinstance(cause, OSError):
                raise
            raise OSError(cause.errno, cause.strerror, str(path)) from None
        finally:
            draft.unlink(missing_ok=True)

    def restore(self, path: Path, runs: Sequence[BaseRun]) -> None:
        """Go on with those of the runs that a checkpoint holds; one that is unreadable is left aside."""
        try:
            trainees, state = load(path, self.device)
            chosen, left = [], list(runs)
            for i, trainee in enumerate(trainees):
                if course := trainee.aim_at(left):
                    chosen.append(i)
                    left = [run for run in left if run not in course]
            self._go_on(trainees, chosen, state)
        except UNREADABLE as error:
            warnings.warn(f"{path} is no checkpoint of this version, starting anew ({error})", stacklevel=3)


def check_alike(kept: Sequence[Tensor], ours: Sequence[Tensor], places: Sequence[int] = ()) -> None:
    """Raise ValueError unless kept tensors have the shapes and types of ours.

    Args:
        places: leading lengths that those kept have in place of ours.
    """
    for mine, theirs in zip(ours, kept, strict=True):
        shape = (*places, *mine.shape[len(places) :])
        if tuple(theirs.shape) != shape or theirs.dtype != mine.dtype:
            raise ValueError(f"it holds {tuple(theirs.shape)} of {theirs.dtype}, not {shape} of {mine.dtype}")


def load(path: Path, device: torch.device) -> tuple[list[Trainee], dict[str, Any]]:
    """The trainees of a checkpoint, and the state of their networks."""
    state = _read(path, device)
    return [Trainee.restore(progress) for progress in state["trainees"]], state


def _read(path: Path, device: torch.device) -> dict[str, Any]:
    with torch.serialization.safe_globals([ByLevel]):  # a run may hold one
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True, mmap=True)
    if state["semantics"] != SEMANTICS:
        raise ValueError(f"it is of data version {state['semantics']}, this code of {SEMANTICS}")
    return state


def checkpointed(path: Path) -> set[str] | None:
    """The keys of the runs that a checkpoint holds, or None if this code cannot read it.

    Their networks need not be known here: a checkpoint may be of those that another script registers.
    """
    try:
        return {_key(progress["run"]) for progress in _read(path, torch.device("cpu"))["trainees"]}
    except UNREADABLE:
        return None


def led_to(path: Path, runs: Sequence[BaseRun]) -> list[BaseRun]:
    """Those of the runs to which a training that a checkpoint holds goes on."""
    try:
        trainees, _ = load(path, torch.device("cpu"))
    except UNREADABLE:
        return []
    return [run for trainee in trainees for run in trainee.aim_at(runs)]


def copy(path: Path, other: Path) -> None:
    """Copy a checkpoint, whole or not at all; nothing where it is gone, since its runs have ended."""
    draft = _draft_of(other)
    try:
        with suppress(FileNotFoundError):
            shutil.copyfile(path, draft)
            draft.replace(other)
    finally:
        draft.unlink(missing_ok=True)


def _draft_of(path: Path) -> Path:
    """A name of no other process, nor one of another machine that shares the folder."""
    return path.with_suffix(f".{uuid4().hex}")


def _key(kept: dict[str, Any]) -> str:
    """The key of a run in a checkpoint; ValueError for one of newer code, with fields unknown here."""
    kind = kind_of(kept)
    complete = kind.configuration(kept)
    if unknown := kept.keys() - complete.keys():
        raise ValueError(f"a run has no field {unknown.pop()!r}")
    return kind.key_of(complete)


def forget(checkpoint: Path) -> None:
    """Delete a checkpoint, and the drafts of it that killed processes left."""
    for file in checkpoint.parent.glob(f"{checkpoint.stem}.*"):
        file.unlink(missing_ok=True)
