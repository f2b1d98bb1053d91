"""Data sets read from files that the tests write: what is in them, and what is said of bad ones."""

import gzip
import hashlib
import os
import pickle
import struct

import numpy as np
import pytest
import torch

from srhm.images import Images, read_cifar10, read_fashion_mnist
from srhm.images.data import CIFAR10, DEBIAN, FASHION_MNIST
from srhm.model.randomness import integers

BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def bytes_of(shape, bound=256, seed=0):
    return integers(bound, shape, "bytes", seed).numpy().astype(np.uint8)


def standardised(train, other):
    """`other` with each channel's mean and deviation over `train` as its unit."""
    mean, deviation = train.mean((0, 2, 3), keepdims=True), train.std((0, 2, 3), keepdims=True)
    return torch.from_numpy((other - mean) / deviation).float()


def checksums_of(folder):
    return {
        path.name.removesuffix(".gz"): hashlib.sha256(
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        ).hexdigest()
        for path in folder.iterdir()
    }


# Fashion-MNIST


def idx(array):
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(params=["", ".gz"])
def fashion(request, tmp_path):
    """A folder with the four files, and the arrays in them."""
    arrays = {
        "train-images-idx3-ubyte": bytes_of((20, 28, 28)),
        "train-labels-idx1-ubyte": bytes_of((20,), 10),
        "t10k-images-idx3-ubyte": bytes_of((7, 28, 28), seed=1),
        "t10k-labels-idx1-ubyte": bytes_of((7,), 10, 1),
    }
    for name, array in arrays.items():
        contents = gzip.compress(idx(array)) if request.param else idx(array)
        (tmp_path / (name + request.param)).write_bytes(contents)
    return tmp_path, request.param, arrays


def test_fashion_mnist_is_read(fashion):
    folder, _, arrays = fashion
    train, test = read_fashion_mnist(folder, checksums_of(folder))
    for which, images in (("train", train), ("t10k", test)):
        assert images.images.dtype == torch.float32 and images.labels.dtype == torch.int64
        expected = standardised(*(arrays[f"{name}-images-idx3-ubyte"][:, None] for name in ("train", which)))
        torch.testing.assert_close(images.images, expected)
        assert images.labels.tolist() == arrays[f"{which}-labels-idx1-ubyte"].tolist()
    torch.testing.assert_close(train.images.std(unbiased=False), torch.tensor(1.0))
    assert (len(train), len(test)) == (20, 7)
    again, _ = read_fashion_mnist(str(folder), {})
    assert torch.equal(again.images, train.images)


def test_files_that_are_not_the_official_ones_are_told(fashion):
    folder, suffix, _ = fashion
    with pytest.raises(
        ValueError, match=f"train-images-idx3-ubyte{suffix} is damaged or not the official file"
    ):
        read_fashion_mnist(folder)
    wrong = checksums_of(folder) | {"t10k-labels-idx1-ubyte": "00" * 32}
    with pytest.raises(ValueError, match=f"t10k-labels-idx1-ubyte{suffix} .* SHA256 is [0-9a-f]*, not 0000"):
        read_fashion_mnist(folder, wrong)
    assert set(FASHION_MNIST) == set(wrong)


@pytest.mark.parametrize(
    "spoil, message",
    [
        (
            lambda b: b[:-1],
            r"is truncated or damaged: it has 15695 bytes, and 15696 by the sizes \[20, 28, 28\]",
        ),
        (lambda b: b + b"0", "is truncated or damaged: it has 15697 bytes, and 15696"),
        (lambda b: b[:9], "is truncated or damaged: it has 9 bytes"),
        (lambda b: b"", "must begin with the magic number 00000803, got ''"),
        (lambda b: b"\0\0\r\3" + b[4:], "must begin with the magic number 00000803, got '00000d03'"),
        (lambda b: b"\0\0\x08\1" + b[4:], "must begin with the magic number 00000803, got '00000801'"),
    ],
)
def test_bad_idx_files_are_named(fashion, spoil, message):
    folder, suffix, arrays = fashion
    name = "train-images-idx3-ubyte"
    contents = spoil(idx(arrays[name]))
    (folder / (name + suffix)).write_bytes(gzip.compress(contents) if suffix else contents)
    with pytest.raises(ValueError, match=f"{name}{suffix} {message}"):
        read_fashion_mnist(folder, {})


@pytest.mark.parametrize("spoil", [lambda b: b[:-9], lambda b: b"", lambda b: b"text", lambda b: b[:200] * 2])
def test_bad_gzip_files_are_named(fashion, spoil):
    folder, suffix, _ = fashion
    path = folder / "t10k-images-idx3-ubyte"
    contents = spoil(gzip.compress(path.with_suffix(suffix).read_bytes()))
    path.with_suffix(suffix).unlink()
    path.with_suffix(".gz").write_bytes(contents)
    fault = "is damaged or truncated" if contents else "must begin with the magic number"
    with pytest.raises(ValueError, match=f"t10k-images-idx3-ubyte.gz {fault}"):
        read_fashion_mnist(folder, {})


def test_a_file_that_unpacks_to_too_much_is_named(fashion, monkeypatch):
    folder, suffix, _ = fashion
    monkeypatch.setattr("srhm.images.data._LARGEST", 1000)
    if suffix:
        with pytest.raises(ValueError, match="images-idx3-ubyte.gz is not the official file: .* 1,000 bytes"):
            read_fashion_mnist(folder, {})


def test_labels_and_images_must_fit(fashion):
    folder, suffix, arrays = fashion
    path = folder / f"train-labels-idx1-ubyte{suffix}"
    for labels, message in (
        (
            bytes_of((19,), 10),
            r"must have a label.* for each of its 20 images, got uint8 of shape \(19,\)",
        ),
        (bytes_of((20,), 10) + 10, r"must be 0 ... 9, got 1\d"),
    ):
        path.write_bytes(gzip.compress(idx(labels)) if suffix else idx(labels))
        with pytest.raises(ValueError, match=f"train-labels-idx1-ubyte{suffix} {message}"):
            read_fashion_mnist(folder, {})
    for name in ("images-idx3", "labels-idx1"):
        empty = idx(arrays[f"train-{name}-ubyte"][:0])
        (folder / f"train-{name}-ubyte{suffix}").write_bytes(gzip.compress(empty) if suffix else empty)
    with pytest.raises(ValueError, match="must have a label, an integer, for each of its 0 images"):
        read_fashion_mnist(folder, {})


def test_a_channel_of_one_value_cannot_be_standardised(fashion):
    folder, suffix, arrays = fashion
    flat = idx(np.full_like(arrays["train-images-idx3-ubyte"], 7))
    (folder / f"train-images-idx3-ubyte{suffix}").write_bytes(gzip.compress(flat) if suffix else flat)
    with pytest.raises(ValueError, match="the training images have a channel of one value everywhere"):
        read_fashion_mnist(folder, {})


def test_missing_files_are_named_and_where_they_come_from(fashion):
    folder, suffix, _ = fashion
    (folder / f"t10k-labels-idx1-ubyte{suffix}").unlink()
    with pytest.raises(ValueError, match="no file 't10k-labels-idx1-ubyte' in '.*dataset-fashion-mnist"):
        read_fashion_mnist(folder, {})
    for missing in (folder / "nowhere", folder / "empty"):
        with pytest.raises(ValueError, match="no file 'train-images-idx3-ubyte' in '.*'.*zalandoresearch"):
            read_fashion_mnist(missing)
        (folder / "empty").mkdir(exist_ok=True)


@pytest.mark.skipif(not os.path.isdir(DEBIAN), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_files_of_debian_are_the_official_ones():
    for images, n in zip(read_fashion_mnist(), (60_000, 10_000), strict=True):
        assert images.images.shape == (n, 1, 28, 28)
        assert images.labels.bincount().tolist() == [n // 10] * 10


# CIFAR-10


def pickled(pixels, labels, kind=b"u1"):
    """A batch as Python 2 and its numpy pickled it."""

    def text(value):
        short = len(value) < 256
        return (b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<i", len(value))) + value

    def number(value):
        return b"J" + struct.pack("<i", value)

    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0t" + text(b"b") + b"tR"
    dtype = (
        b"cnumpy\ndtype\n(" + text(kind) + b"K\0K\1tR(K\3" + text(b"|") + b"NNN" + number(-1) * 2 + b"K\0tb"
    )
    state = b"(K\1(" + number(pixels.shape[0]) + number(pixels.shape[1]) + b"t" + dtype
    state += b"\x89" + text(pixels.tobytes()) + b"t"
    items = (
        text(b"labels") + b"](" + b"".join(map(number, labels)) + b"e" + text(b"data") + array + state + b"b"
    )
    return b"\x80\x02}(" + text(b"batch_label") + text(b"a test's") + items + b"u."


def write_batches(folder, suffix):
    """Six batches of 4 images in a folder of the archive; their pixels and labels."""
    folder.mkdir(parents=True, exist_ok=True)
    batches = {}
    for i, name in enumerate(BATCHES):
        pixels, labels = bytes_of((4, 3072), seed=i), bytes_of((4,), 10, i)
        records = np.concatenate([labels[:, None], pixels], 1)
        contents = records.tobytes() if suffix else pickled(pixels, labels.tolist())
        (folder / (name + suffix)).write_bytes(contents)
        batches[name] = pixels.reshape(4, 3, 32, 32), labels
    return batches


INNER = {".bin": "cifar-10-batches-bin", "": "cifar-10-batches-py"}


@pytest.fixture(params=[".bin", ""])
def cifar(request, tmp_path):
    folder = tmp_path / INNER[request.param]
    return folder, request.param, write_batches(folder, request.param)


def test_cifar10_is_read_from_either_version_and_folder(cifar):
    folder, _, batches = cifar
    *_, test_batch = batches.values()
    pixels, labels = (np.concatenate(parts) for parts in zip(*list(batches.values())[:5], strict=True))
    for place in (folder, folder.parent):
        train, test = read_cifar10(place, checksums_of(folder))
        torch.testing.assert_close(train.images, standardised(pixels, pixels))
        torch.testing.assert_close(test.images, standardised(pixels, test_batch[0]))
        assert train.labels.tolist() == labels.tolist()
        assert test.labels.tolist() == test_batch[1].tolist()
        assert train.images.dtype == torch.float32 and train.labels.dtype == torch.int64


def test_the_binary_version_is_preferred(tmp_path):
    for suffix, inner in INNER.items():
        write_batches(tmp_path / inner, suffix)
    for path in (tmp_path / INNER[""]).iterdir():
        path.write_bytes(b"not read")
    assert len(read_cifar10(tmp_path, {})[0]) == 20


def test_a_stray_batch_does_not_hide_a_whole_folder(tmp_path):
    write_batches(tmp_path / INNER[""], "")
    (tmp_path / "data_batch_1.bin").write_bytes(b"half a download")
    assert len(read_cifar10(tmp_path, {})[0]) == 20


def test_a_pickle_without_a_list_of_labels_is_named(tmp_path):
    write_batches(tmp_path, "")
    path = tmp_path / "data_batch_1"
    one = pickled(bytes_of((2, 3072)), [1, 2])
    path.write_bytes(one.replace(one[one.index(b"](") : one.index(b"e", one.index(b"](")) + 1], b"K\x01", 1))
    with pytest.raises(ValueError, match=r"data_batch_1 must have a label.* got int64 of shape \(\)"):
        read_cifar10(tmp_path, {})


def test_batches_that_are_not_the_official_ones_are_told(cifar):
    folder, suffix, _ = cifar
    kind = "SHA256" if suffix else "MD5"
    with pytest.raises(
        ValueError, match=f"data_batch_1{suffix} is damaged or not the official file: its {kind}"
    ):
        read_cifar10(folder)
    assert set(CIFAR10) == {name + end for name in BATCHES for end in INNER}


def test_a_pickle_that_is_not_the_official_one_is_not_even_parsed(tmp_path, monkeypatch):
    write_batches(tmp_path, "")
    monkeypatch.setattr("srhm.images.data._Unpickler", None)
    with pytest.raises(ValueError, match="data_batch_1 is damaged or not the official file"):
        read_cifar10(tmp_path)


def test_missing_batches_are_named_and_where_they_come_from(cifar):
    folder, suffix, _ = cifar
    (folder / f"test_batch{suffix}").unlink()
    with pytest.raises(
        ValueError, match=rf"no file 'test_batch{suffix}' in '.*{folder.name}': download https"
    ):
        read_cifar10(folder.parent, {})
    (folder / "empty").mkdir()
    for missing in (folder / "nowhere", folder / "empty"):
        with pytest.raises(
            ValueError, match="there is no CIFAR-10 in '.*cifar-10-binary.tar.gz .*c32a1d4ab5"
        ):
            read_cifar10(missing)


@pytest.mark.parametrize("spoil", [lambda b: b[:-1], lambda b: b[: len(b) // 2 + 5], lambda b: b""])
def test_truncated_batches_are_named(cifar, spoil):
    folder, suffix, _ = cifar
    path = folder / f"data_batch_3{suffix}"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match=f"data_batch_3{suffix} is truncated"):
        read_cifar10(folder, {})


def test_labels_of_no_class_are_named(cifar):
    folder, suffix, batches = cifar
    pixels, labels = batches["data_batch_2"]
    labels = np.array([0, 1, 10, 2], np.uint8)
    flat = pixels.reshape(4, 3072)
    contents = (
        np.concatenate([labels[:, None], flat], 1).tobytes() if suffix else pickled(flat, labels.tolist())
    )
    (folder / f"data_batch_2{suffix}").write_bytes(contents)
    with pytest.raises(ValueError, match=f"labels in .*data_batch_2{suffix} must be 0 ... 9, got 10"):
        read_cifar10(folder, {})


class Calls:
    """Pickled, it would run a command."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_makes_arrays_of_bytes_and_nothing_else(tmp_path):
    write_batches(tmp_path, "")
    path = tmp_path / "data_batch_1"
    labels, pixels = [0, 1], bytes_of((2, 3072))
    made = tmp_path / "made"
    for contents, message in (
        (pickle.dumps({b"data": Calls(made), b"labels": labels}, 4), "it asks for posix.mkdir"),
        (b"cbuiltins\neval\n(U\x011tR.", "it asks for builtins.eval"),
        (b"cnumpy\nfromfile\n(U\x011tR.", "it asks for numpy.fromfile"),
        (pickled(pixels, labels, b"O8"), "it has an array of b'O8'"),
        (pickled(pixels, labels, b"f4"), "it has an array of b'f4'"),
        (pickle.dumps({b"data": [1, 2], b"labels": labels}, 4), "object has no attribute 'values'"),
        (pickle.dumps([1, 2], 4), "list indices"),
        (pickled(pixels[:, :3000], labels), "cannot reshape"),
    ):
        path.write_bytes(contents)
        with pytest.raises(
            ValueError, match=f"data_batch_1 is truncated, damaged or no batch of .*{message}"
        ):
            read_cifar10(tmp_path, {})
    assert not made.exists()
    for some, message in (
        ([1], r"must have a label, an integer, for each of its 2 images, got int64 of shape \(1,\)"),
        ([-1, 0], "labels in .*data_batch_1 must be 0 ... 9, got -1"),
    ):
        path.write_bytes(pickled(pixels, some))
        with pytest.raises(ValueError, match=message):
            read_cifar10(tmp_path, {})


# A choice of images


def test_the_choice_is_seeded_distinct_and_nested():
    values = torch.arange(50)
    images = Images(values[:, None, None, None].float(), values % 10)
    chosen, same, other = (images.choose(30, seed) for seed in (1, 1, 2))
    assert chosen.labels.tolist() == same.labels.tolist() != other.labels.tolist()
    rows = chosen.images.flatten().long()
    assert len(set(rows.tolist())) == len(chosen) == 30
    assert torch.equal(chosen.labels, rows % 10)
    assert torch.equal(images.choose(12, 1).images, chosen.images[:12])
    assert sorted(images.choose(50, 0).images.flatten().tolist()) == values.tolist()
    counts = torch.stack([images.choose(10, seed).labels.bincount(minlength=10) for seed in range(400)])
    assert (counts.double().mean(0) - 1).abs().max() < 5 * counts.double().std() / 400**0.5


@pytest.mark.parametrize(
    "P, seed, message",
    [
        (0, 0, "P must be an integer >= 1, got 0"),
        (2.0, 0, "P must be an integer >= 1, got 2.0"),
        (6, 0, "P must be at most the number of images, 5, got 6"),
        (2, -1, "seed must be an integer >= 0, got -1"),
    ],
)
def test_a_choice_that_cannot_be_is_named(P, seed, message):
    with pytest.raises(ValueError, match=message):
        Images(torch.zeros(5, 1, 2, 2), torch.zeros(5, dtype=torch.int64)).choose(P, seed)
