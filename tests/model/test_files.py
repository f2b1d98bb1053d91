"""Data as a torch data set and as a file: nothing is lost, and what is wrong is named."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from srhm import SRHM
from srhm.model import Data, OneHot, load, save

TASKS = [
    SRHM(v=3, n_c=2, m=3, s=2, L=2, s0=1, seed=4),
    SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=(2, 0)),
    SRHM(v=2, n_c=3, m=2, s=3, L=1, s0=2, sparsity="B"),
]


def batches(data, **options):
    return [torch.cat(part) for part in zip(*DataLoader(OneHot(data), batch_size=7, **options), strict=True)]


@pytest.mark.parametrize("task", TASKS)
def test_a_loader_gives_the_inputs_and_labels(task):
    data = task.sample(30, seed=1)
    x, labels = batches(data)
    assert torch.equal(x, data.one_hot()) and torch.equal(labels, data.labels)
    assert x.dtype == torch.float32 and labels.dtype == torch.int64
    x, labels = batches(data, shuffle=True, generator=torch.Generator().manual_seed(0))
    assert torch.equal(task.decode(x), labels)
    assert labels.bincount(minlength=task.n_c).equal(data.labels.bincount(minlength=task.n_c))


def test_worker_processes_give_the_same():
    data = TASKS[0].sample(30)
    assert all(map(torch.equal, batches(data, num_workers=1), batches(data)))


def test_items_are_single_data_as_of_a_sequence():
    data = TASKS[0].sample(5)
    items = OneHot(data)
    assert len(items) == 5
    x, label = items[-1]
    assert torch.equal(x, data.one_hot()[4]) and label == data.labels[4] and label.ndim == 0
    for index in (5, -6):
        with pytest.raises(IndexError, match=f"index {index} is out of range for 5 data"):
            items[index]


def test_memory_does_not_grow_with_the_input_length():
    """An input of 2^40 positions could not be held; its data can."""
    lengths = {
        s0: len(pickle.dumps(OneHot(SRHM(v=2, n_c=2, m=2, s=2, L=4, s0=s0).sample(50)))) for s0 in (0, 511)
    }
    assert lengths[511] == pytest.approx(lengths[0], rel=0.05)


@given(st.sampled_from(TASKS), st.integers(1, 20), st.integers(0, 5))
def test_a_file_gives_back_the_data(tmp_path_factory, task, n, seed):
    path = tmp_path_factory.mktemp("files") / "data.npz"
    data = task.sample(n, seed=seed)
    save(data, path)
    back = load(path)
    assert back.task == task
    for name in ("labels", "symbols", "positions"):
        assert torch.equal(getattr(back, name), getattr(data, name))


def test_a_file_is_read_without_this_package(tmp_path):
    task = TASKS[1]
    data = task.sample(10)
    save(data, tmp_path / "data")
    file = np.load(tmp_path / "data.npz", allow_pickle=False)
    assert (int(file["v"]), file["s0"].tolist(), str(file["sparsity"])) == (4, [2, 0], "A")
    x = np.zeros((10, task.v, task.d), np.float32)
    x[np.arange(10)[:, None], file["symbols"], file["positions"]] = 1
    assert np.array_equal(x, data.one_hot().numpy())
    first = file["rules_2"][file["labels"][0]]  # the pairs of level-2 symbols that its class may produce
    assert task.features(data, 2)[0].tolist() in first.tolist()


def changed(**arrays):
    def change(file):
        file.update(arrays)

    return change


BAD = {
    "lacks the array 'symbols'": lambda file: file.pop("symbols"),
    "lacks the array 'sparsity'": lambda file: file.pop("sparsity"),
    "the array 'rules_1' is missing": lambda file: file.pop("rules_1"),
    "rules_1 are not the rules": lambda file: file.update(rules_1=file["rules_1"][::-1]),
    "rules_2 are not the rules": changed(seed=np.asarray(7)),
    "must not exceed": changed(m=np.asarray(100)),
    "s must be an integer": changed(s=np.asarray(2.5)),
    'sparsity must be "A" or "B"': changed(sparsity=np.asarray("C")),
    "labels must be integers, got float64": lambda file: file.update(labels=file["labels"] + 0.0),
    "symbols must have shape \\(10, 4\\), got \\(10, 3\\)": lambda file: file.update(
        symbols=file["symbols"][:, 1:]
    ),
    "positions must lie in 0..15, got 100..": lambda file: file.update(positions=file["positions"] + 100),
    "symbols must lie in 0..2, got -1..": lambda file: file.update(symbols=file["symbols"] - 1),
    "datum 0 has a label that the rules do not give it": lambda file: file.update(labels=1 - file["labels"]),
    "datum 0 is not in the language": lambda file: file.update(positions=file["positions"][:, ::-1]),
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_wrong_with_a_file_is_named(tmp_path, message):
    path = tmp_path / "data.npz"
    save(TASKS[0].sample(10), path)
    arrays = dict(np.load(path))
    BAD[message](arrays)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=message) as raised:
        load(path)
    assert str(path) in str(raised.value)


def test_a_byte_changed_anywhere_is_named_or_does_no_harm(tmp_path):
    path = tmp_path / "data.npz"
    data = TASKS[0].sample(10)
    save(data, path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert torch.equal(load(path).symbols, data.symbols)
        except ValueError as error:
            assert str(path) in str(error)


def test_other_files_are_refused(tmp_path):
    for name, content in {"text.npz": b"no archive", "cut.npz": None, "empty.npz": b""}.items():
        path = tmp_path / name
        if content is None:
            save(TASKS[0].sample(10), path)
            content = path.read_bytes()[:200]
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"{name} is no .npz file of plain arrays"):
            load(path)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ValueError, match="one.npy is no .npz"):
        load(tmp_path / "one.npy")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.npz")


def test_parsing_is_decoding():
    data = TASKS[0].sample(20)
    assert torch.equal(TASKS[0].parse(data.symbols, data.positions), data.labels)
    wrong = Data(data.task, data.labels, data.symbols, data.positions.flip(1))
    with pytest.raises(ValueError, match="not in the language"):
        TASKS[0].parse(wrong.symbols, wrong.positions)
