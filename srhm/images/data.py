"""Data sets of images, read from the user's disk: CIFAR-10 and Fashion-MNIST. Nothing is downloaded.

CIFAR-10 (Krizhevsky, 2009) has 50,000 and 10,000 images of 3 x 32 x 32 pixels, Fashion-MNIST (Xiao, Rasul
and Vollgraf, arXiv 1708.07747) 60,000 and 10,000 of 28 x 28, both in 10 classes. Files are compared with the
checksums of the official ones: SHA-256 of their contents, unpacked; MD5 for the python version of CIFAR-10.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..model import check_integer
from ..model.randomness import distinct_integers

CLASSES = 10  # of either set
DEBIAN = "/usr/share/datasets/fashion-mnist"  # where its package dataset-fashion-mnist has the files

FASHION_MNIST = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
CIFAR10 = {
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
_GET_FASHION_MNIST = (
    f"Debian's package dataset-fashion-mnist puts the four files into {DEBIAN}, "
    "and https://github.com/zalandoresearch/fashion-mnist has them in data/fashion"
)
GET_CIFAR10 = (
    "download https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz "
    "(162 MB, MD5 c32a1d4ab5d03f1284b67883e8d87530) and unpack it there"
)
_CIFAR_SHAPE = (3, 32, 32)
_LARGEST = 2**26  # more bytes than any of the files has
_BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")

Raw = tuple[np.ndarray, np.ndarray]  # pixels, uint8 (n, channels, height, width), and labels (n,)


@dataclass(frozen=True)
class Images:
    """Labelled images.

    Attributes:
        images: float32 (n, channels, height, width); each channel of the whole training set has mean 0 and
            standard deviation 1, and test images are shifted and scaled by as much.
        labels: int64 (n,), from 0.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: str | torch.device) -> Images:
        """The same images on a device."""
        return Images(self.images.to(device), self.labels.to(device))

    def choose(self, P: int, seed: int) -> Images:
        """P of the images, each as likely, in random order; a larger P only appends.

        Raises:
            ValueError: a P that is not an integer from 1 to the number of images, or a bad seed.
        """
        check_integer("P", P, 1)
        check_integer("seed", seed, 0)
        if len(self) < P:
            raise ValueError(f"P must be at most the number of images, {len(self)}, got {P}")
        rows = distinct_integers(len(self), P, "images", seed)
        return Images(self.images[rows], self.labels[rows])


def read_fashion_mnist(
    folder: str | Path = DEBIAN, checksums: Mapping[str, str] = FASHION_MNIST
) -> tuple[Images, Images]:
    """The training set and the test set of Fashion-MNIST, from its four IDX files, plain or as .gz.

    Args:
        folder: where the files are.
        checksums: of the contents of files, by name without .gz; a file that has none is not compared.

    Raises:
        ValueError: a file that is missing, damaged or another one; the message names it and the fault.
    """
    return _standardise(*(_read_pair(folder, name, checksums) for name in ("train", "t10k")))


def _read_pair(folder: str | Path, name: str, checksums: Mapping[str, str]) -> Raw:
    paths = [
        _find(folder, f"{name}-{kind}-ubyte", _GET_FASHION_MNIST) for kind in ("images-idx3", "labels-idx1")
    ]
    pixels, labels = _read_idx(paths[0], 3, checksums), _read_idx(paths[1], 1, checksums)
    return pixels[:, None], _checked(labels, len(pixels), paths[1])


def read_cifar10(folder: str | Path, checksums: Mapping[str, str] = CIFAR10) -> tuple[Images, Images]:
    """The training set and the test set of CIFAR-10, from its binary version, or else its python version.

    The pickles of the python version are read by an unpickler that makes arrays of bytes and nothing else.

    Args:
        folder: where the archive was unpacked, or the folder in it that holds the six batches.
        checksums: of files, by name; a file that has none is not compared.

    Raises:
        ValueError: a file that is missing, damaged or another one; the message names it and the fault.
    """
    place, suffix = _find_cifar(Path(folder))
    read = _read_records if suffix else _read_pickle
    *train, test = (read(_find(place, name + suffix, GET_CIFAR10), checksums) for name in _BATCHES)
    pixels, labels = (np.concatenate(parts) for parts in zip(*train, strict=True))
    return _standardise((pixels, labels), test)


def _find_cifar(folder: Path) -> tuple[Path, str]:
    """The folder that has most of the batches, the binary ones first, and how their names end."""
    found = []
    for suffix, inner in ((".bin", "cifar-10-batches-bin"), ("", "cifar-10-batches-py")):
        for place in (folder, folder / inner):
            found.append((sum((place / f"{name}{suffix}").is_file() for name in _BATCHES), place, suffix))
    most, place, suffix = max(found, key=lambda each: each[0])
    if not most:
        raise ValueError(f"there is no CIFAR-10 in {str(folder)!r}: {GET_CIFAR10}")
    return place, suffix


def _find(folder: str | Path, name: str, advice: str) -> Path:
    for path in (Path(folder, name), Path(folder, f"{name}.gz")):
        if path.is_file():
            return path
    raise ValueError(f"there is no file {name!r} in {str(folder)!r}: {advice}")


def _contents(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as file:
            contents = file.read(_LARGEST + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged or truncated: {error}") from error
    if len(contents) > _LARGEST:
        raise ValueError(f"{path} is not the official file: it unpacks to more than {_LARGEST:,} bytes")
    return contents


def _compare(path: Path, contents: bytes, checksums: Mapping[str, str]) -> None:
    """Raise ValueError unless the contents have the checksum of a file of that name, if it has one."""
    wanted = checksums.get(path.name.removesuffix(".gz"))
    if wanted is None:
        return
    name = "MD5" if len(wanted) == 32 else "SHA256"
    found = hashlib.new(name, contents, usedforsecurity=False).hexdigest()
    if found != wanted:
        raise ValueError(f"{path} is damaged or not the official file: its {name} is {found}, not {wanted}")


def _read_idx(path: Path, dimensions: int, checksums: Mapping[str, str]) -> np.ndarray:
    """The array of bytes in an IDX file: 0, 0, 8, its number of dimensions, their sizes, then the bytes."""
    contents, magic = _contents(path), bytes([0, 0, 8, dimensions])
    if contents[:4] != magic:
        raise ValueError(f"{path} must begin with the magic number {magic.hex()}, got {contents[:4].hex()!r}")
    head = 4 + 4 * dimensions
    shape = [int.from_bytes(contents[i : i + 4]) for i in range(4, head, 4)]
    if len(contents) != head + prod(shape):
        raise ValueError(
            f"{path} is truncated or damaged: it has {len(contents)} bytes, "
            f"and {head + prod(shape)} by the sizes {shape} at its head"
        )
    _compare(path, contents, checksums)
    return np.frombuffer(contents, np.uint8, offset=head).reshape(shape)


def _read_records(path: Path, checksums: Mapping[str, str]) -> Raw:
    """A batch of the binary version: for each image a byte of label, then its bytes, channel by channel."""
    contents, size = _contents(path), 1 + prod(_CIFAR_SHAPE)
    if not contents or len(contents) % size:
        raise ValueError(f"{path} is truncated or damaged: {len(contents)} bytes are no multiple of {size}")
    _compare(path, contents, checksums)
    records = np.frombuffer(contents, np.uint8).reshape(-1, size)
    return records[:, 1:].reshape(-1, *_CIFAR_SHAPE), _checked(records[:, 0], len(records), path)


def _read_pickle(path: Path, checksums: Mapping[str, str]) -> Raw:
    """A batch of the python version: a pickled dictionary of Python 2, with an array and a list of labels."""
    contents = _contents(path)
    _compare(path, contents, checksums)
    try:
        batch = _Unpickler(io.BytesIO(contents), encoding="bytes").load()
        pixels = batch[b"data"].values.reshape(-1, *_CIFAR_SHAPE)
        labels = np.array(batch[b"labels"])
    except Exception as error:  # damaged pickles raise nearly everything
        raise ValueError(f"{path} is truncated, damaged or no batch of CIFAR-10: {error}") from error
    return pixels, _checked(labels, len(pixels), path)


class _Unpickler(pickle.Unpickler):
    """Reads numbers, strings, containers and arrays of bytes. No name in a pickle is looked up or called."""

    def find_class(self, module: str, name: str) -> Any:
        """Our stand-in for what makes an array in numpy; UnpicklingError for all else."""
        if (module, name) not in _STAND_INS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _STAND_INS[module, name]


class _Array:
    """Stands for a numpy array, and for the function that makes one to be filled."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, _, by_columns, contents = state
        self.values = np.frombuffer(contents, np.uint8).reshape(shape, order="F" if by_columns else "C")


class _Kind:
    """Stands for the type of an array's numbers: bytes, or else UnpicklingError."""

    def __init__(self, name: object, *_: object) -> None:
        if name not in (b"u1", "u1"):
            raise pickle.UnpicklingError(f"it has an array of {name!r}")

    def __setstate__(self, _: object) -> None:
        """Byte order and the like, which bytes have not."""


_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Kind,
}


def _checked(labels: np.ndarray, n: int, path: Path) -> np.ndarray:
    """The labels; ValueError unless there are n, at least one, of known classes."""
    if labels.shape != (n,) or labels.dtype.kind not in "iu" or not n:
        raise ValueError(
            f"{path} must have a label, an integer, for each of its {n} images, "
            f"got {labels.dtype} of shape {labels.shape}"
        )
    for label in (labels.min(), labels.max()):
        if not 0 <= label < CLASSES:
            raise ValueError(f"labels in {path} must be 0 ... {CLASSES - 1}, got {label}")
    return labels


def _standardise(train: Raw, test: Raw) -> tuple[Images, Images]:
    """Both sets, each channel with the mean and the standard deviation of the training set's as its unit."""
    values = np.arange(256)
    scaled = []  # for each channel what each of the 256 values becomes
    for channel in train[0].swapaxes(0, 1):
        counts = np.bincount(channel.ravel(), minlength=256) / channel.size
        mean = counts @ values
        deviation = (counts @ (values - mean) ** 2) ** 0.5
        if not deviation:
            raise ValueError("the training images have a channel of one value everywhere")
        scaled.append(((values - mean) / deviation).astype(np.float32))
    return _images(train, scaled), _images(test, scaled)


def _images(raw: Raw, scaled: list[np.ndarray]) -> Images:
    pixels, labels = raw
    images = np.empty(pixels.shape, np.float32)
    for c, table in enumerate(scaled):
        images[:, c] = table[pixels[:, c]]
    return Images(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))
