"""The predictions against each other and against data enumerated in full."""

import numpy as np
import pytest
import torch
from helpers import enumerate_data

from srhm.analysis.theory import (
    class_feature_frequencies,
    one_step_sample_complexity,
)
from srhm.model import SRHM
from srhm.papers.sparse2024 import predicted_at_fixed_length, predicted_sample_complexity


@pytest.mark.parametrize(
    "s, L, s0, v, m", [(2, 2, 1, 8, 8), (2, 3, 4, 6, 5), (3, 2, 2, 4, 16), (5, 1, 0, 10, 7)]
)
def test_eq_5_is_eq_3_at_fixed_length(s, L, s0, v, m):
    task = SRHM(v=v, n_c=v, m=m, s=s, L=L, s0=s0)
    at_length = predicted_at_fixed_length(task.fraction, task.d, s, v, m)
    assert at_length == pytest.approx(predicted_sample_complexity("LCN", task), rel=1e-12)


def test_eq_5_broadcasts_and_refuses_what_is_no_fraction():
    P = predicted_at_fixed_length(np.array([[1.0], [0.1]]), np.array([10.0, 100.0, 1000.0]), 2, 8, 8)
    assert P.shape == (2, 3)
    np.testing.assert_allclose(P[:, 1] / P[:, 0], 10**3.5)
    np.testing.assert_allclose(P[0] / P[1], 10**2.5)
    for F in (0, 1.5, float("nan")):
        with pytest.raises(ValueError, match="F must lie in"):
            predicted_at_fixed_length(F, 10, 2, 8, 8)


@pytest.mark.parametrize(("m", "s0"), [(2, 1), (3, 1), (2, (0, 2))])
def test_class_feature_frequencies_count_the_enumerated_data(m, s0):
    task = SRHM(v=3, n_c=2, m=m, s=2, L=2, s0=s0)
    data = enumerate_data(task)
    assert len(data) == task.size
    counts = torch.zeros(task.num_leaves, task.n_c, task.v, dtype=torch.float64)
    for leaf, symbols in enumerate(data.symbols.T):
        counts[leaf].index_put_((data.labels, symbols), torch.tensor(1.0).double(), accumulate=True)
    torch.testing.assert_close(class_feature_frequencies(task), counts / len(data))


def test_one_step_prediction_grows_as_the_power_L_and_knows_its_limits():
    at = [one_step_sample_complexity(SRHM(v=4, n_c=4, m=3, s=2, L=3, s0=s0)) for s0 in (0, 1, 4)]
    np.testing.assert_allclose(at, at[0] * np.array([1, 2, 5]) ** 3.0)
    mixed = [
        one_step_sample_complexity(SRHM(v=4, n_c=4, m=3, s=2, L=3, s0=s0)) for s0 in ((4, 1, 0), (0, 0, 1))
    ]
    np.testing.assert_allclose(mixed, at[0] * np.array([10, 2]))
    with pytest.raises(ValueError, match="sparsity \"A\", got 'B'"):
        one_step_sample_complexity(SRHM(v=4, n_c=4, m=4, s=2, L=2, s0=1, sparsity="B"))


def test_one_class_teaches_nothing():
    assert one_step_sample_complexity(SRHM(v=4, n_c=1, m=4, s=2, L=2)) == float("inf")


@pytest.mark.parametrize("s0", [1, (0, 1), (1, 0)])
@pytest.mark.parametrize("architecture", ["LCN", "CNN"])
def test_one_step_prediction_is_exact_without_relu(architecture, s0):
    """The gradients of all data one by one, in a wide linear network that shares weights or does not."""
    task, width = SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=s0, seed=1), 2000
    data = enumerate_data(task)
    generator = torch.Generator().manual_seed(0)
    below, k = task.patch_sizes
    blocks = torch.randn(k, width, width, generator=generator) / width**0.5
    readout = torch.randn(width, task.n_c, generator=generator) / width**0.5
    error = 0.5 - torch.nn.functional.one_hot(data.labels, 2).float()
    paths = torch.einsum("kij,jc->kic", blocks, readout)  # (patches, width, classes)
    back = torch.einsum("kic,nc->nki", paths, error)  # error reaching each patch, were it live
    x = data.one_hot().view(len(data), task.v, k, below)
    shared = "nvkj,nki->nvji" if architecture == "CNN" else "nvkj,nki->nvkji"
    each = torch.cat([torch.einsum(shared, *part).flatten(1).square().sum(1) for part in parts(x, back)])
    mean = sum(torch.einsum(shared, *part).sum(0) for part in parts(x, back)) / len(data)
    measured = each.mean() / mean.square().sum()
    assert measured.item() == pytest.approx(one_step_sample_complexity(task), rel=0.1)


def parts(*tensors):
    return zip(*(tensor.split(64) for tensor in tensors), strict=True)
