"""The rooms of the package: each imports only from itself and from the floors below."""

import ast
from pathlib import Path

import srhm

PACKAGE = Path(srhm.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOORS = [
    {"model"},
    {"networks", "analysis", "images"},
    {"measure"},
    {"runs"},
    {"training"},
    {"sweep"},
    {"__init__"},  # of the package: what it offers by short names
    {"figures", "papers"},
    {"cli", "notebook"},
]


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_imported(path):
    """The rooms that a module of the package imports from, wherever in it."""
    folder = ("srhm", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            targets = [name.name.split(".") for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = folder[: len(folder) - node.level + 1] if node.level else ()
            module = node.module.split(".") if node.module else []
            targets = [[*start, *module, name.name] for name in node.names]
        else:
            continue
        for first, *rest in targets:
            if first == "srhm":
                exists = rest and ((PACKAGE / rest[0]).is_dir() or (PACKAGE / f"{rest[0]}.py").exists())
                yield rest[0] if exists else "__init__"


def floor_of(room):
    (floor,) = [i for i, rooms in enumerate(FLOORS) if room in rooms]
    return floor


def test_every_room_has_its_floor():
    assert {room_of(path) for path in MODULES} == set().union(*FLOORS)
    assert sum(map(len, FLOORS)) == len(set().union(*FLOORS))


def test_a_module_imports_only_from_its_own_room_and_the_floors_below():
    for path in MODULES:
        room = room_of(path)
        for other in rooms_imported(path):
            assert other == room or floor_of(other) < floor_of(room), f"{path} imports {other}"


def test_only_the_command_and_the_notebooks_know_the_papers():
    knowing = {room_of(path) for path in MODULES if "papers" in rooms_imported(path)}
    assert knowing - {"papers"} == {"cli", "notebook"}


def test_each_way_to_import_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    for name in ("runs", "model"):
        (tmp_path / name).mkdir()
    path = tmp_path / "runs" / "one.py"
    for line, rooms in {
        "import srhm.model.checks": ["model"],
        "import srhm": ["__init__"],
        "from srhm.model import SRHM": ["model"],
        "from srhm import model, SRHM": ["model", "__init__"],
        "from ..model.checks import check_integer": ["model"],
        "from .. import model": ["model"],
        "from . import two": ["runs"],
        "from .two import three": ["runs"],
        "def f():\n    from ..model import SRHM": ["model"],
        "import torch\nfrom os import path": [],
    }.items():
        path.write_text(line)
        assert list(rooms_imported(path)) == rooms, line
