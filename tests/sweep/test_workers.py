"""Workers, threads and the code's version: what a sweep does to its process, and says of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import srhm
from srhm.runs import Run, Store
from srhm.sweep import pool, sweep
from srhm.sweep.compute import code_version

TINY = dict(v=3, n_c=3, m=3, s=2, L=2, s0=1, width=8, batch_size=8, max_epochs=3, n_test=60, n_pairs=20)


def run(P=20, **changes):
    return Run(architecture="CNN", **TINY | dict(P=P) | changes)


SCRIPT = """
from srhm import Run, Store, sweep
sweep([Run(architecture="CNN", P=P, **{tiny}) for P in (20, 30, 40)], Store("results"), "cpu", workers=2)
"""


@pytest.mark.parametrize("stdin", [False, True])
def test_a_script_without_a_guard_is_told_of_it(stdin, tmp_path):
    text = SCRIPT.replace("{tiny}", repr(TINY))
    (tmp_path / "script.py").write_text(text)
    told = subprocess.run(
        [sys.executable, *([] if stdin else ["script.py"])],
        cwd=tmp_path,
        input=text if stdin else None,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
    )
    assert told.returncode == 1
    last = told.stderr.splitlines()[-1]
    assert last.startswith("RuntimeError: a worker process was killed, perhaps for want of memory; ")
    assert last.endswith('a script of your own must be a file, with sweep under `if __name__ == "__main__":`')


def test_a_worker_that_dies_later_says_nothing_of_scripts(tmp_path, monkeypatch):
    executor = pool.Pool(Store(tmp_path), "cpu", 1)
    executor.works = True
    assert "script" not in str(executor._broken())
    executor.close()


def test_a_worker_keeps_its_store_and_what_that_has_read():
    assert pool._store_of(Path("here")) is pool._store_of(Path("here"))


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_sweep_leaves_torch_its_threads(threads, workers, tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        sweep([run()], Store(tmp_path), "cpu", workers=workers)
        assert torch.get_num_threads() == threads
        with pytest.raises(OSError):
            sweep([run(30)], Store(tmp_path / "CNN_s2_L2.jsonl"), "cpu", workers=workers)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_an_interrupted_sweep_leaves_torch_its_threads(tmp_path, monkeypatch):
    before = torch.get_num_threads()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(pool, "compute", interrupted)
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyboardInterrupt):
            sweep([run()], Store(tmp_path), "cpu", workers=0)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


# The version of the code


def git(folder, *arguments):
    who = ["-c", "user.email=a@b", "-c", "user.name=x"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit, and a copy of the package that it does not hold."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "a project")
    shutil.copytree(
        Path(srhm.__file__).parent, tmp_path / "lib" / "srhm", ignore=shutil.ignore_patterns("*.pyc")
    )
    return tmp_path


def version_in(repository):
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import srhm.sweep as s; from srhm.sweep.compute import *; print(code_version())",
        ],
        cwd=repository / "lib",
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(repository / "lib"), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def test_the_commit_of_a_repository_that_does_not_hold_the_code_is_not_its_version(repository):
    assert version_in(repository) == srhm.__version__


def test_the_commit_of_a_repository_that_holds_the_code_is(repository):
    git(repository, "add", "lib")
    git(repository, "commit", "--quiet", "--message", "the package")
    commit = git(repository, "describe", "--always")
    assert version_in(repository) == f"{srhm.__version__} ({commit})"


def test_here_the_version_is_that_of_the_package():
    assert code_version().startswith(srhm.__version__)
