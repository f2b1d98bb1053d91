"""Runs for which the memory does not suffice are told and not stored; others are computed as ever."""

import pytest

from srhm import notebook
from srhm.cli import main
from srhm.model import SRHM
from srhm.notebook import load_study
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import PROFILES, Grid, Octaves, Outcome, Run, Store, Study
from srhm.sweep import loop, sweep
from srhm.training.fleet import FleetTraining

TRAINING = dict(width=8, batch_size=8, max_epochs=3, n_test=60, n_pairs=20)
TASK = SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=1)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def tiny(monkeypatch):
    """A study of six runs in three fleets, and another of one run."""
    grids = {
        "tiny": Grid(["CNN"], [TASK], Octaves(-2, 0, 1), 2, TRAINING),
        "next": Grid(["LCN"], [TASK], Octaves(0, 0), 1, TRAINING),
    }
    for name, grid in grids.items():
        monkeypatch.setitem(STUDIES, name, Study("?", "", {profile: [grid] for profile in PROFILES}))
    return STUDIES["tiny"].runs("laptop")


@pytest.fixture
def cramp(monkeypatch):
    """cramp(runs): fleets with any of these do not fit the memory."""
    advance, too_large = FleetTraining.advance, set()

    def cramped(self):
        if too_large.intersection(trainee.run for trainee in self.trainees):
            raise MemoryError("Unable to allocate 9 GiB")
        advance(self)

    monkeypatch.setattr(FleetTraining, "advance", cramped)

    def choose(*runs):
        too_large.clear()
        too_large.update(runs)

    return choose


def command(*arguments):
    return main([*arguments, "--device", "cpu", "--workers", "0"])


WHY = "out of memory on cpu: Unable to allocate 9 GiB"


def test_a_run_that_does_not_fit_is_told_not_stored_and_computed_another_time(tiny, cramp, tmp_path):
    cramp(tiny[3], tiny[4])
    told = f"2 runs did not fit the memory and are not stored; the last: {WHY}"
    with pytest.raises(loop.TooLarge, match=told) as error:
        sweep(tiny, Store(tmp_path), "cpu", workers=0)
    assert (error.value.count, error.value.computed) == (2, 4)
    assert set(Store(tmp_path).missing(tiny)) == {tiny[3], tiny[4]}
    cramp()
    assert sweep(tiny, Store(tmp_path), "cpu", workers=0) == 2
    assert (Store(tmp_path).load().status != "failed").all()


def test_the_command_goes_on_with_the_next_study_and_fails_at_its_end(tiny, cramp, tmp_path, capsys):
    cramp(tiny[0])
    assert command("sweep", "tiny", "next", "--results", str(tmp_path)) == 1
    captured = capsys.readouterr()
    assert captured.out == "6 runs computed, 0 were stored already; 0 of them have failed\n"
    assert (
        captured.err.splitlines()[-1]
        == f"srhm: 1 runs did not fit the memory and are not stored; the last: {WHY}"
    )
    cramp()
    assert command("sweep", "tiny", "next", "--results", str(tmp_path)) == 0
    assert capsys.readouterr().out.startswith("1 runs computed, 6 were stored already; 0 of them")


def test_a_notebook_draws_what_did_fit(tiny, cramp, tmp_path):
    cramp(tiny[0])
    with pytest.warns(UserWarning, match=f"1 runs did not fit .* {WHY}"):
        table, source = load_study("tiny", "smoke", "cpu", tmp_path)
    assert len(table) == 5
    assert "1 of its 6 runs is not computed yet" in str(source)


def test_a_run_that_diverged_is_stored_as_failed(tmp_path):
    run = Run.of_task(TASK, architecture="CNN", P=40, **TRAINING | dict(lr=1e6))
    assert sweep([run], Store(tmp_path), "cpu", workers=0) == 1
    assert Store(tmp_path).load().status.item() == "failed"
    assert sweep([run], Store(tmp_path), "cpu", workers=0) == 0


# Runs that have failed


@pytest.fixture
def failed(tiny, tmp_path):
    for run in tiny:
        Store(tmp_path).append(run, Outcome("failed", "the training loss became infinite"), {})
    return tmp_path


def test_status_counts_those_that_have_failed(tiny, failed, capsys):
    assert main(["status", "--results", str(failed)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["tiny", "6/6", "6/6", "6/6"] in [line.split() for line in lines]
    assert lines[-3:] == [f"tiny, {profile}: 6 of the stored runs have failed" for profile in PROFILES]


def test_status_says_nothing_of_failures_where_there_are_none(tiny, tmp_path, capsys):
    Store(tmp_path).append(tiny[0], Outcome("converged", test_error=0.5), {})
    assert main(["status", "--results", str(tmp_path)]) == 0
    assert "failed" not in capsys.readouterr().out


@pytest.mark.parametrize("profile", ["stored", "laptop"])
def test_a_study_whose_runs_have_all_failed_is_told(profile, tiny, failed):
    with pytest.raises(ValueError, match="of study 'tiny' at profile .* no run that .* holds has succeeded"):
        load_study("tiny", profile, "cpu", failed)


def test_a_scorecard_of_runs_that_have_all_failed_is_told(failed, capsys):
    assert main(["scorecard", "--results", str(failed)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"srhm: all 6 runs in {failed} have failed: the training loss became infinite"


def test_a_source_whose_provenance_is_unknown_says_so(tiny, tmp_path):
    store = Store(tmp_path)
    store.append(tiny[0], Outcome("converged", test_error=0.5), {})
    source = notebook.source_of(store.load(), "")
    assert source.text == "1 run, srhm unknown, 0.0 core-minutes, computed at an unknown date"
    store.append(
        tiny[1], Outcome("converged", test_error=0.5), dict(device="cpu", code="7", date="2026-01-02")
    )
    source = notebook.source_of(store.load(), "")
    assert source.text == "2 runs, srhm 7 and unknown, 0.0 core-minutes, computed 2026-01-02"
