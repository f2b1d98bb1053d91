"""The systems and versions that srhm runs on: said in one line, and in the same way everywhere."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_windows_is_told_what_to_do():
    run = python('import sys; sys.modules["fcntl"] = None; import srhm')
    assert run.returncode == 1
    assert (
        run.stderr.splitlines()[-1] == "ImportError: srhm runs on Linux and macOS; on Windows it runs in WSL"
    )


def test_a_mac_counts_its_cores_otherwise():
    code = """
import os
if hasattr(os, "sched_getaffinity"): del os.sched_getaffinity
import srhm.cli, srhm.notebook
from srhm.sweep.loop import cores
assert cores() == os.cpu_count()
"""
    assert python(code).returncode == 0


def test_a_page_names_the_systems_and_ci_runs_on_both():
    assert "Linux or macOS (on Windows, in WSL)" in (ROOT / "README.md").read_text()
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert "ubuntu-latest" in workflow and "macos-latest" in workflow


def bounds():
    """The Python versions of pyproject.toml: the first, and the first too new."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups()
    return int(low), int(high)


@pytest.mark.parametrize("minor", range(9, 17))
def test_make_refuses_the_versions_that_the_package_refuses(minor, monkeypatch):
    (code,) = re.findall(r"\$\(PYTHON\) -c '(.*)'", (ROOT / "Makefile").read_text())
    monkeypatch.setattr(sys, "version_info", (3, minor, 0, "final", 0))
    low, high = bounds()
    if low <= minor < high:
        exec(code)
    else:
        with pytest.raises(
            SystemExit, match=rf"Python 3.{low} to 3.{high - 1} is needed, this is 3.{minor}:"
        ):
            exec(code)


@pytest.mark.parametrize("page", ["README.md", "book/reproduce.md", "Makefile"])
def test_pages_name_the_same_versions(page):
    low, high = bounds()
    assert f"Python 3.{low} to 3.{high - 1}" in (ROOT / page).read_text()
