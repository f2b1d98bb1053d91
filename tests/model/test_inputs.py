"""What is not data of a task is told in one line."""

import numpy as np
import pytest
import torch

from srhm.model import SRHM

TASK = SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1)
DATA = TASK.sample(30)


TYPES = [
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int64,
    torch.half,
    torch.bfloat16,
    torch.float32,
    torch.float64,
]


@pytest.mark.parametrize("dtype", TYPES)
def test_inputs_of_every_type_are_decoded(dtype):
    assert torch.equal(TASK.decode(DATA.one_hot().to(dtype)), DATA.labels)


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (DATA.one_hot().numpy(), "ndarray"),
        (DATA.one_hot().tolist(), "list"),
        (DATA, "Data"),
        (None, "NoneType"),
        (DATA.one_hot() * 1j, "torch.complex64"),
        (np.float64(1), "float64"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_tensor_of_numbers_is_named(x, kind):
    with pytest.raises(ValueError, match=f"x must be a tensor of real numbers or bool, got {kind}$"):
        TASK.decode(x)


@pytest.mark.parametrize("value", [2, -1, 0.5, 257, float("nan"), float("inf")])
def test_entries_other_than_zero_and_one_are_named(value):
    x = DATA.one_hot()
    x[3] *= value
    with pytest.raises(ValueError, match="datum 3 .* entries other than 0 and 1"):
        TASK.decode(x)


ROWS = [slice(2, 5), [2, 3, 4], torch.arange(2, 5), np.arange(2, 5), torch.arange(30).sub(3).abs() < 2, ...]


@pytest.mark.parametrize("rows", ROWS, ids=str)
def test_several_data_are_data(rows):
    part = DATA[rows]
    assert len(part) == len(part.symbols) == len(part.positions) in (3, 30)
    assert torch.equal(TASK.decode(part.one_hot()), part.labels)


SINGLE = [
    0,
    -1,
    np.int64(3),
    torch.tensor(3),
    None,
    True,
    (0,),
    (slice(None), None),
    torch.zeros(2, 2, dtype=int),
]


@pytest.mark.parametrize("rows", SINGLE, ids=repr)
def test_what_names_no_list_of_data_is_refused(rows):
    with pytest.raises(ValueError, match="rows must be a slice, a mask or indices, got "):
        DATA[rows]
