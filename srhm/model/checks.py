"""Checks of what users give: integers, choices and devices. Each error names the value and the rule."""

from __future__ import annotations

from numbers import Integral

import torch
from torch import Tensor


def check_integer(name: str, value: object, least: int) -> None:
    """Raise ValueError, naming the value and the rule, unless `value` is an integer >= `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ValueError, naming the value and the choices, unless `value` is one of them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {value!r}")


def check_device(device: str | torch.device) -> torch.device:
    """The torch device named; ValueError if there is none of that name, or no CUDA GPU."""
    try:
        where = torch.device(device)
    except RuntimeError:
        where = None
    if where is None or where.type not in ("cpu", "cuda"):
        raise ValueError(f'device must be "cpu" or "cuda", got {device!r}')
    if where.type == "cuda" and not torch.cuda.is_available():
        raise ValueError("device is 'cuda', but torch finds no CUDA GPU on this machine; use 'cpu'")
    return where


def check_range(name: str, values: Tensor, bound: int) -> None:
    """Raise ValueError unless all values lie in 0 ... bound - 1."""
    if bool(((values < 0) | (values >= bound)).any()):
        raise ValueError(f"{name} must lie in 0..{bound - 1}, got {int(values.min())}..{int(values.max())}")


def choose_device(device: str) -> str:
    """The device that "auto", "cpu" or "cuda" means here; ValueError for another, or CUDA without a GPU."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise ValueError(f'device must be "auto", "cpu" or "cuda", got {device!r}')
    return check_device(device).type
