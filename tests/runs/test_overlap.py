"""The test set holds data that were trained on: as many as the scorecard says are to be expected."""

import pytest

from srhm.runs import Run


def share_seen(run):
    """Of the test set, the share that is in the training set."""
    train, test = run.task.sample(run.P, run.data_seed), run.test_set()
    code = [(data.symbols + run.v * data.positions).unsqueeze(1) for data in (train, test)]
    return sum((row == code[0][:, 0]).all(1).any() for row in code[1]).item() / len(test)


@pytest.mark.parametrize(
    ("v", "s0", "P"), [(4, 0, 156), (10, 0, 2649), (4, 0, 294), (4, 1, 2007), (6, 1, 2041)]
)
def test_the_share_of_the_test_set_that_was_trained_on_is_the_expected_one(v, s0, P):
    run = Run(architecture="CNN", v=v, n_c=v, m=v, s=2, L=2, s0=s0, P=P, n_test=2000)
    assert share_seen(run) == pytest.approx(
        1 - (1 - 1 / run.task.size) ** P, abs=0.1
    )  # three standard deviations in a task of 256 data


def test_the_docstring_says_so():
    assert "some of them are also in the training set" in Run.test_set.__doc__
