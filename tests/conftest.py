"""Fixtures of more than one module."""

from math import inf

import pytest
import torch
from helpers import Stopped
from hypothesis import settings

from srhm.training import loop, module

settings.register_profile("busy", deadline=None)  # how long an example takes depends on what else runs
settings.load_profile("busy")


@pytest.fixture
def allow(monkeypatch):
    """allow(n) lets torch modules train for n more chunks of 2 steps, each saved, then stops them."""
    left, advance = [inf], module.ModuleTraining.advance
    monkeypatch.setattr(loop, "_SAVE_SECONDS", 0)
    monkeypatch.setattr(module, "_STEPS", 2)

    def limited(self):
        if left[0] == 0:
            raise Stopped
        left[0] -= 1
        advance(self)

    monkeypatch.setattr(module.ModuleTraining, "advance", limited)
    return lambda n: left.__setitem__(0, n)


@pytest.fixture
def one_thread():
    """As in the workers of a sweep: sums of several threads may round otherwise."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
