"""The core imports and sweeps where numpy, torch, pandas and tqdm are all there is."""

import subprocess
import sys

SCRIPT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"matplotlib", "scipy", "IPython", "jupyter", "myst_nb", "papermill",
                                      "distributed", "dask", "hypothesis", "PIL"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from srhm.cli import main
sys.exit(main(["sweep", "sample_complexity", "--profile", "smoke", "--shard", "1/10", "--workers", "0",
               "--results", sys.argv[1]]))
"""


def test_the_core_sweeps_without_optional_packages(tmp_path):
    result = subprocess.run([sys.executable, "-c", SCRIPT, tmp_path], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "2 runs computed" in result.stdout
