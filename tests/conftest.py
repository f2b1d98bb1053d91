"""Fixtures of more than one module."""

import pytest
import torch


@pytest.fixture
def one_thread():
    """As in the workers of a sweep: sums of several threads may round otherwise."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
