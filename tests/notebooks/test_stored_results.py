"""The committed outputs are those of the stored runs: a number changed there is noticed here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from srhm.papers.sparse2024 import STUDIES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path):
    for name in ("notebooks", "results"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".*"))
    return tmp_path


def run_nbval(folder):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--nbval-lax"]
    command += ["--nbval-current-env", "--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg")]
    notebook = folder / "notebooks" / "sensitivities.ipynb"
    return subprocess.run([*command, notebook], cwd=folder, capture_output=True, text=True)


def test_a_stored_result_changed_by_ten_percent_fails_nbval(copy):
    path = copy / "results" / "CNN_s2_L2.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    shown = {run.key for run in STUDIES["sensitivities"].runs("laptop")}
    row = next(row for row in rows if row["key"] in shown and row["s0"] == 1 and row["test_error"] > 0.3)
    row["test_error"] *= 1.1
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = run_nbval(copy)
    assert result.returncode == 1
    assert "mismatch" in result.stdout
