"""What the command says, in one line, of names and numbers that cannot be, and of whoever stops it."""

import os
import signal
import subprocess
import sys
import time

import pytest
from helpers import rows_on_disk, told_by

from srhm.cli import main
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import Store
from srhm.sweep import sweep

COMMANDS = ["status", "scorecard", "verify"]


def error_of(capsys):
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("srhm: ")
    assert captured.out == ""
    return line


# Folders


@pytest.fixture(params=["nowhere", "a file", "a link to nowhere"])
def no_folder(request, tmp_path):
    path = tmp_path / "results"
    if request.param == "a file":
        path.write_text("mine")
    elif request.param == "a link to nowhere":
        path.symlink_to(tmp_path / "nowhere")
    return str(path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_not_there_is_named(command, no_folder, capsys):
    assert main([command, "--results", no_folder]) == 1
    told = f"srhm: there is no folder {no_folder!r}; --results names that of the stored runs"
    assert error_of(capsys) == told


@pytest.mark.parametrize("command", [*COMMANDS, "sweep rates", "sweep rates --dry-run"])
def test_a_folder_without_a_name_is_refused(command, capsys):
    assert main([*command.split(), "--results", ""]) == 1
    assert "a results folder must have a name, got ''" in error_of(capsys)


def test_a_dry_run_needs_no_folder(tmp_path, capsys):
    assert (
        main(["sweep", "rates", "--profile", "smoke", "--dry-run", "--results", str(tmp_path / "new")]) == 0
    )
    assert not (tmp_path / "new").exists()


# Options


@pytest.mark.parametrize("address", ["", " "])
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_an_empty_address_is_refused_rather_than_computing_here(address, dry, tmp_path, capsys):
    options = ["--scheduler", address, "--results", str(tmp_path), *dry]
    assert main(["sweep", "rates", "--profile", "smoke", *options]) == 1
    assert f"scheduler must be an address, tcp://host:port, got {address!r}" in error_of(capsys)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="scheduler must be an address"):
        sweep([], Store(tmp_path), scheduler=address)


def test_a_dry_run_refuses_what_the_run_would(tmp_path, capsys):
    for dry in ([], ["--dry-run"]):
        assert main(["sweep", "rates", "--workers", "-1", "--results", str(tmp_path), *dry]) == 1
        assert error_of(capsys) == "srhm: workers must be an integer >= 0, got -1"


@pytest.mark.parametrize("workers", [1.5, "2", True])
def test_a_number_of_workers_that_is_none_is_named(workers, tmp_path):
    with pytest.raises(ValueError, match=f"workers must be an integer >= 0, got {workers!r}"):
        sweep([], Store(tmp_path), "cpu", workers=workers)


@pytest.mark.parametrize("studies", [["all", "rates"], ["rates", "all"], ["all", "all"]])
def test_all_stands_alone(studies, tmp_path, capsys):
    assert main(["sweep", *studies, "--profile", "smoke", "--results", str(tmp_path)]) == 1
    assert error_of(capsys) == f"srhm: all names every study and stands alone, got {' '.join(studies)}"


@pytest.mark.parametrize("shard", ["1" * 5000 + "/4", "1/" + "4" * 5000, "x" * 5000])
def test_a_very_long_shard_is_refused_like_any_other(shard, tmp_path, capsys):
    assert main(["sweep", "rates", f"--shard={shard}", "--results", str(tmp_path)]) == 1
    line = error_of(capsys)
    assert "shard must be i/N with 1 <= i <= N, such as 1/4, got '" in line
    assert len(line) < 200


def test_a_large_number_of_parts_is_none_too_many(tmp_path, capsys):
    options = ["--profile", "smoke", "--dry-run", "--results", str(tmp_path)]
    assert main(["sweep", "rates", f"--shard={10**22}/{10**23}", *options]) == 0
    assert capsys.readouterr().out.startswith("0 of 0 runs are missing")


# Stopping


def start(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "srhm.cli", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["status"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_enough_is_no_error(arguments, unbuffered, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    reading, writing = os.pipe()
    os.close(reading)
    folder = ["--results", str(tmp_path)] if arguments == ["status"] else []
    process = start(*arguments, *folder, stdout=writing)
    os.close(writing)
    _, errors = process.communicate(timeout=60)
    assert errors == ""
    if arguments == ["status"] or not unbuffered:  # argparse itself swallows the error of a help text
        assert process.returncode == 128 + signal.SIGPIPE


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("group", [False, True])
def test_a_batch_system_that_stops_a_sweep_is_answered_like_ctrl_c(workers, group, tmp_path):
    options = ["--profile", "smoke", "--device", "cpu", "--workers", workers, "--results", str(tmp_path)]
    process = start("sweep", "all", *options, stdout=subprocess.DEVNULL, start_new_session=True)
    while not rows_on_disk(tmp_path):
        assert process.poll() is None
        time.sleep(0.02)
    for _ in range(2):  # as `timeout` does
        (os.killpg if group else os.kill)(process.pid, signal.SIGTERM)
    assert told_by(process) == ["srhm: stopped; finished runs are stored, the same command computes the rest"]
    assert process.returncode == 128 + signal.SIGTERM
    deadline = time.monotonic() + 10
    while True:  # until no worker is left
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(Store(tmp_path).rows()) > 0


def test_the_answer_to_sigterm_is_that_of_before_once_a_command_has_ended(tmp_path, capsys):
    before = signal.getsignal(signal.SIGTERM)
    assert main(["status", "--results", str(tmp_path)]) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(STUDIES)
