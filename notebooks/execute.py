"""Execute the notebooks, or bring each .ipynb up to date with its .py half.

python notebooks/execute.py                              # all that have both halves, in place
python notebooks/execute.py model --to DIR -p profile smoke
python notebooks/execute.py --sync                       # .py -> .ipynb, outputs and cell ids kept
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import jupytext
import nbformat
import papermill
from jupytext.combine import combine_inputs_with_outputs
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

FOLDER = Path(__file__).resolve().parent


def execute(notebook: Path, parameters: dict[str, str]) -> NotebookNode:
    """Run one notebook from its own folder, in this interpreter's kernel."""
    executed = papermill.execute_notebook(
        notebook,
        None,
        parameters,
        kernel_name="python3",
        cwd=FOLDER,
        progress_bar={"desc": notebook.stem},
        stderr_file=sys.stderr,
        extra_arguments=["--log-level=ERROR"],  # without a warning on each kernel's local sockets
    )
    return without_traces(executed)


def without_traces(notebook: NotebookNode) -> NotebookNode:
    """Drop what changes from one execution to the next: timings, injected values, progress bars."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    notebook.cells = [c for c in notebook.cells if "injected-parameters" not in c.metadata.tags]
    for cell in notebook.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if not cell.metadata.tags:
            del cell.metadata["tags"]
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]
    return notebook


def sync(script: Path) -> None:
    """Write the sources of the .py half into its .ipynb."""
    notebook = script.with_suffix(".ipynb")
    source = jupytext.read(script)
    if notebook.exists():
        source = combine_inputs_with_outputs(source, jupytext.read(notebook))
    jupytext.write(source, notebook)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a notebook failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", help="notebooks without suffix (default: all that have both halves)"
    )
    parser.add_argument("--sync", action="store_true", help="update .ipynb from .py and stop")
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="DIR", help="write here")
    parser.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"))
    options = parser.parse_args(arguments)

    pairs = [path.stem for path in sorted(FOLDER.glob("*.py")) if path.with_suffix(".ipynb").exists()]
    names = options.names or pairs
    if options.sync:
        for name in names:
            sync(FOLDER / f"{name}.py")
        return 0

    # Jupyter looks here first, so that "python3" is never another installation's kernel.
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))
    options.to.mkdir(parents=True, exist_ok=True)
    for name in names:
        try:
            executed = execute(FOLDER / f"{name}.ipynb", dict(options.p))
        except (FileNotFoundError, PapermillExecutionError) as error:
            print(f"{str(error).strip()}\nnotebooks/{name}.ipynb failed", file=sys.stderr)
            return 1
        # Written only now: a failed run leaves the previous outputs as they were.
        nbformat.write(executed, options.to / f"{name}.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main())
