"""Rules are the first distinct tuples of their stream, quickly, however many of them are wanted."""

import pytest
import torch

from srhm.model import SRHM, randomness
from srhm.model.randomness import distinct_integers, integers


def slowly(bound, count, *key):
    """The first distinct integers of a stream, one by one."""
    drawn = 4 * count + 64
    while True:
        distinct = list(dict.fromkeys(integers(bound, (drawn,), *key).tolist()))
        if len(distinct) >= count:
            return torch.tensor(distinct[:count])
        drawn *= 2


@pytest.mark.parametrize("chunk", [1, 7, 2**22])
@pytest.mark.parametrize(
    ("bound", "count"),
    [
        (1, 1),
        (2, 1),
        (2, 2),
        (16, 15),
        (64, 64),
        (100, 100),
        (1000, 999),
        (4096, 4096),
        (4096, 64),
        (4096, 63),
    ]
    + [(640, 10), (641, 10), (10**6, 1), (2**20, 3000), (2**48, 3000), (3**20, 500)],
)
def test_distinct_integers_are_the_first_of_the_stream(bound, count, chunk, monkeypatch):
    monkeypatch.setattr(randomness, "_CHUNK", chunk * count)
    for seed in range(3):
        assert torch.equal(distinct_integers(bound, count, "a", seed), slowly(bound, count, "a", seed))


KNOWN = {
    2: [0, 0, 0, 1, 2, 2, 2, 0, 2, 1, 0, 2],
    1: [2, 2, 1, 0, 1, 1, 2, 0, 0, 0, 0, 1, 2, 1, 1, 2, 0, 2],
}


def test_known_rules_never_change():
    rules = SRHM(v=3, n_c=2, m=3, s=2, L=2, s0=1, seed=7).rules
    assert rules[2].flatten().tolist() == KNOWN[2]
    assert rules[1].flatten().tolist() == KNOWN[1]


def test_maximal_rules_of_a_large_task_are_all_tuples_once():
    task = SRHM(v=2**10, n_c=2**10, m=2**10, s=2, L=2)  # the old way took 9 s and four times the memory
    codes = (task.rules[1] * torch.tensor([2**10, 1])).sum(-1).flatten()
    assert torch.equal(codes.sort().values, torch.arange(2**20))


def test_few_rules_of_the_largest_task_are_drawn():
    rules = SRHM(v=2**24, n_c=2, m=3, s=2, L=1).rules[1]
    assert rules.shape == (2, 3, 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(v=2**13, m=2**13), r"m \* v = 67108864 rules of one level must not exceed 2\*\*24"),
        (dict(v=2**24, m=2), r"m \* v = 33554432 rules of one level must not exceed 2\*\*24"),
        (dict(n_c=2**20, v=2**13, m=17, L=1), r"m \* n_c = 17825792 rules"),
    ],
)
def test_more_rules_than_can_be_drawn_are_refused_by_rule_and_value(changes, message):
    with pytest.raises(ValueError, match=message):
        SRHM(**dict(v=4, n_c=4, m=4, s=2, L=2) | changes)
