"""The test set holds data that were trained on: how many, as the pages say."""

from pathlib import Path

import pytest

from srhm.runs import Run

PAGE = Path(__file__).parents[2] / "book" / "methods.md"


def share_seen(run):
    """Of the test set, the share that is in the training set."""
    train, test = run.task.sample(run.P, run.data_seed), run.test_set()
    code = [(data.symbols + run.v * data.positions).unsqueeze(1) for data in (train, test)]
    return sum((row == code[0][:, 0]).all(1).any() for row in code[1]).item() / len(test)


@pytest.mark.parametrize(
    ("architecture", "v", "s0", "P", "low", "high"),
    [
        ("CNN", 4, 0, 156, 0.4, 0.5),  # P*, as stored
        ("LCN", 10, 0, 2649, 0.2, 0.25),
        ("FCN", 4, 0, 294, 0.6, 0.75),
        ("FCN", 4, 1, 2007, 0.1, 0.125),
        ("CNN", 6, 1, 2041, 0.0, 0.03),
    ],
)
def test_the_share_of_the_test_set_that_was_trained_on_is_that_of_the_page(architecture, v, s0, P, low, high):
    run = Run(architecture=architecture, v=v, n_c=v, m=v, s=2, L=2, s0=s0, P=P, n_test=2000)
    assert low <= share_seen(run) <= high
    text = " ".join(PAGE.read_text().split())
    assert "at $s_0 = 0$, $s = L = 2$ a fifth to a half of the test set, for the FCN two thirds" in text
    assert "at $s_0 \\ge 1$ an eighth at most" in text


def test_the_docstring_says_so():
    assert "some of them are also in the training set" in Run.test_set.__doc__
