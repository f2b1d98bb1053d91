"""Data where other programs expect them: a torch data set, and files that numpy alone can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from .checks import check_range
from .hierarchy import SRHM, Data


class OneHot(Dataset[tuple[Tensor, Tensor]]):
    """Data as a `torch.utils.data.Dataset` of network inputs and labels.

    An item is a pair: the input, float32 (v, d), one-hot over v where informative and zero at blanks; and the
    class, an int64 scalar. An input is made when it is asked for, so that memory grows with the n s^L
    informative features and never with the input length d. A `DataLoader` stacks them to (batch, v, d) and
    (batch,); it asks for a batch at once (`__getitems__`).

    Args:
        data: on the CPU if the loader has worker processes.
    """

    def __init__(self, data: Data) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """One input and its label; IndexError beyond the last, and from the end for a negative index."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} data")
        (item,) = self.__getitems__([index % len(self)])
        return item

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
        """The inputs and labels at some indices."""
        chosen = self.data[torch.as_tensor(indices)]
        return list(zip(chosen.one_hot(), chosen.labels, strict=True))


def save(data: Data, path: str | Path) -> None:
    """Write data and their task as a compressed .npz of plain arrays, which `numpy.load` reads.

    It holds labels (n,), symbols and positions (n, s^L) as in `Data`; the task's v, n_c, m, s, L, s0 (one for
    each level, level 1 first, where levels differ), sparsity and seed; and its rules, an array for each
    level: rules_L (n_c, m, s), whose parents are the classes, down to rules_1 (v, m, s). Input i has a one at
    channel symbols[i, j] of position positions[i, j] for every j, and zeros elsewhere.

    Args:
        data: of one task.
        path: where to; the suffix .npz is added if it is missing.
    """
    path = Path(path)
    arrays: dict[str, Any] = {f.name: np.asarray(getattr(data.task, f.name)) for f in fields(SRHM)}
    arrays |= {f"rules_{level}": rules.cpu().numpy() for level, rules in data.task.rules.items()}
    arrays |= {name: getattr(data, name).cpu().numpy() for name in _ARRAYS}
    np.savez_compressed(path if path.suffix == ".npz" else f"{path}.npz", **arrays)


def load(path: str | Path) -> Data:
    """Read what `save` wrote, and check it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no .npz, lacks an array, or its task, rules or data are not those of an SRHM; the
            message names the file and what is wrong.
    """
    with open(path, "rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                arrays = dict(file)
        except Exception as error:  # damaged archives raise nearly everything
            raise ValueError(f"{path} is no .npz file of plain arrays: {error}") from error
    names = [field.name for field in fields(SRHM)]
    if missing := [name for name in (*names, *_ARRAYS) if name not in arrays]:
        raise ValueError(
            f"{path} lacks the array {missing[0]!r}; it holds {', '.join(sorted(arrays)) or 'none'}"
        )
    try:
        task = SRHM(**{name: _plain(arrays[name]) for name in names})
        _check_rules(task, arrays)
        data = Data(task, *(_integers(name, arrays[name]) for name in _ARRAYS))
        _check_data(data)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from None
    return data


_ARRAYS = ("labels", "symbols", "positions")


def _plain(value: np.ndarray) -> Any:
    """A number, a word, or a tuple of numbers, as it was before it was an array."""
    plain = value.tolist()
    return tuple(plain) if isinstance(plain, list) else plain


def _integers(name: str, values: np.ndarray) -> Tensor:
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"{name} must be integers, got {values.dtype}")
    return torch.from_numpy(values.astype(np.int64))


def _check_rules(task: SRHM, arrays: dict[str, np.ndarray]) -> None:
    """ValueError unless the rules stored are those that the task draws."""
    for level, rules in task.rules.items():
        name = f"rules_{level}"
        if name not in arrays:
            raise ValueError(f"the array {name!r} is missing")
        if not np.array_equal(arrays[name], rules.cpu().numpy()):
            raise ValueError(
                f"{name} are not the rules that {task} draws; this package cannot hold other rules"
            )


def _check_data(data: Data) -> None:
    """ValueError unless the data are in the language, with these labels."""
    check_range("labels", data.labels, data.task.n_c)
    parsed = data.task.parse(data.symbols, data.positions)
    if data.labels.shape != parsed.shape:
        raise ValueError(f"labels must have shape {tuple(parsed.shape)}, got {tuple(data.labels.shape)}")
    wrong = (parsed != data.labels).nonzero()
    if len(wrong):
        raise ValueError(f"datum {int(wrong[0])} has a label that the rules do not give it")
