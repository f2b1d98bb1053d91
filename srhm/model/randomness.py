"""The random numbers of tasks, networks, training and measurements: independent streams named by a key.

A stream is a counter-based Philox generator whose 256-bit entropy is the hash of its key, so that two
keys give independent streams, no hidden global state exists, and drawing is done on the CPU: the same
key gives the same numbers whatever the device that uses them.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch

_CHUNK = 2**22  # words drawn at a time


def stream(*key: int | str) -> np.random.Generator:
    """The generator named by `key`, a sequence of integers and strings."""
    plain = tuple(part if isinstance(part, str) else int(part) for part in key)  # numpy's repr differs
    entropy = hashlib.sha256(repr(plain).encode()).digest()
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(int.from_bytes(entropy))))


def integers(bound: int, shape: tuple[int, ...], *key: int | str) -> torch.Tensor:
    """Uniform integers in [0, bound), int64 of the given shape; a longer first axis only appends.

    Raw 64-bit words modulo `bound`: unlike numpy's own bounded draws, their values are guaranteed
    never to change between numpy versions. The bias is below bound / 2**64.
    """
    words = stream(*key).bit_generator.random_raw(int(np.prod(shape, dtype=np.int64)))
    return torch.from_numpy(_reduced(words, bound)).reshape(shape)


def distinct_integers(bound: int, count: int, *key: int | str) -> torch.Tensor:
    """`count` distinct uniform integers in [0, bound), in random order: the first ones that `integers` gives.

    Up to `bound` log(bound) draws are needed, where `count` is `bound` or little less.
    """
    words = stream(*key).bit_generator
    dense = bound <= 64 * count  # a table of all integers is small, and many draws are repeats
    seen = np.zeros(bound if dense else 0, bool)
    found, n = np.empty(count, np.int64), 0
    while n < count:
        values = _reduced(words.random_raw(min(2 * count, _CHUNK) if dense else 2 * count), bound)
        new = values[~(seen[values] if dense else np.isin(values, found[:n]))]
        first = np.unique(new, return_index=True)[1]
        new = new[np.sort(first)[: count - n]]
        found[n : n + len(new)] = new
        n += len(new)
        if dense:
            seen[new] = True
    return torch.from_numpy(found)


def _reduced(words: np.ndarray, bound: int) -> np.ndarray:
    return (words % np.uint64(bound)).astype(np.int64)


def normal(shape: tuple[int, ...], *key: int | str) -> torch.Tensor:
    """Independent N(0, 1) draws, float32 of the given shape."""
    return torch.from_numpy(stream(*key).standard_normal(shape, dtype=np.float32))


def uniform(shape: tuple[int, ...], *key: int | str) -> torch.Tensor:
    """Independent draws from [-1, 1), each value as likely, float32 of the given shape."""
    return torch.from_numpy(2 * stream(*key).random(shape, dtype=np.float32) - 1)


def permutation(n: int, *key: int | str) -> torch.Tensor:
    """A uniform permutation of 0 ... n-1, int64 (n,)."""
    return torch.from_numpy(stream(*key).permutation(n))
