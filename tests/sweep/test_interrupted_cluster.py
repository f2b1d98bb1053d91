"""A cluster that is of no use says why in one line: workers without srhm, no workers, no scheduler."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from helpers import rows_on_disk, told_by

from srhm import __version__
from srhm.cli import main
from srhm.runs import Run, Store
from srhm.sweep import cluster as clusters
from srhm.sweep import sweep

pytest.importorskip("distributed")

TINY = dict(v=3, n_c=3, m=3, s=2, L=2, s0=1, width=8, batch_size=8, max_epochs=3, n_test=60, n_pairs=20)


def run(P=20, **changes):
    return Run(architecture="CNN", **TINY | dict(P=P) | changes)


def start(module, *arguments, path=None):
    """A program of Dask in a process of its own; `path` comes first where it looks for modules."""
    paths = os.pathsep.join(filter(None, [path, *sys.path]))
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        cwd=path,  # Python looks there first
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def scheduler():
    """A scheduler without workers: its process and its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
    yield process, f"tcp://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def start_worker(scheduler):
    """start_worker(path) gives the scheduler a worker that looks for modules in `path` first."""
    started = []

    def start_one(path=None):
        where = ["--host", "127.0.0.1", "--nworkers", "1", "--nthreads", "1", "--no-nanny"]
        started.append(start("dask_worker", scheduler[1], *where, path=path))

    yield start_one
    for process in started:
        process.kill()
        process.wait()


def package(folder, **modules):
    """Another srhm, with these modules."""
    (folder / "srhm").mkdir()
    for name, text in modules.items():
        (folder / "srhm" / f"{name}.py").write_text(text)
    return str(folder)


OTHERS = {
    "none": (
        dict(__init__="raise ModuleNotFoundError(\"No module named 'srhm'\")"),
        "No module named 'srhm'",
    ),
    "an old one": (
        dict(__init__="__version__ = '0.0.1'", runs="SEMANTICS = 1"),
        "it has srhm 0.0.1, data version 1",
    ),
    "one of other data": (
        dict(__init__=f"__version__ = '{__version__}'", runs="SEMANTICS = 0"),
        f"it has srhm {__version__}, data version 0",
    ),
    "one that lacks something": (
        dict(__init__=f"__version__ = '{__version__}'", runs="SEMANTICS = 1"),
        "cannot import name",
    ),
}


@pytest.mark.parametrize("which", OTHERS)
def test_a_worker_without_the_same_srhm_is_told_in_one_line(which, scheduler, start_worker, tmp_path, capsys):
    modules, reason = OTHERS[which]
    start_worker(package(tmp_path, **modules))
    options = ["--profile", "smoke", "--device", "cpu", "--scheduler", scheduler[1]]
    assert main(["sweep", "rates", *options, "--results", str(tmp_path / "results")]) == 1
    told = capsys.readouterr().err.replace("\r", "\n").splitlines()[-1]
    assert told.startswith("srhm: the worker tcp://127.0.0.1:")
    assert f" needs srhm {__version__}, data version 1: {reason}" in told
    assert len(Store(tmp_path / "results").load()) == 0


def test_a_worker_that_comes_late_is_waited_for(scheduler, start_worker, tmp_path):
    timer = threading.Timer(2, start_worker)
    timer.start()
    assert sweep([run()], Store(tmp_path), "cpu", scheduler=scheduler[1]) == 1
    timer.join()


def test_that_there_is_no_worker_is_told(scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "_WORKER_SECONDS", 2)
    monkeypatch.setattr(clusters, "_LOOK_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=f"the scheduler {scheduler[1]} has had no worker for 2 s"):
        sweep([run()], Store(tmp_path), "cpu", scheduler=scheduler[1])
    assert time.monotonic() - began < 20
    assert len(Store(tmp_path).load()) == 0


def test_that_the_workers_went_away_is_told_and_what_was_computed_stays(
    scheduler, start_worker, tmp_path, monkeypatch
):
    monkeypatch.setattr(clusters, "_WORKER_SECONDS", 2)
    monkeypatch.setattr(clusters, "_LOOK_SECONDS", 0.5)
    start_worker()
    assert sweep([run()], Store(tmp_path), "cpu", scheduler=scheduler[1]) == 1
    start = clusters.Cluster.submit

    def leaving(cluster, runs):
        cluster.client.retire_workers()
        start(cluster, runs)

    monkeypatch.setattr(clusters.Cluster, "submit", leaving)
    with pytest.raises(RuntimeError, match="has had no worker for 2 s"):
        sweep([run(), run(30)], Store(tmp_path), "cpu", scheduler=scheduler[1])
    assert Store(tmp_path).load().P.tolist() == [20]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_that_the_scheduler_is_gone_is_told_in_one_line(how, scheduler, start_worker, tmp_path):
    process, address = scheduler
    start_worker()
    command = "import sys; from test_interrupted_cluster import long_sweep; long_sweep(*sys.argv[1:])"
    sweeping = subprocess.Popen(
        [sys.executable, "-c", command, str(tmp_path), address],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not rows_on_disk(tmp_path):
        assert sweeping.poll() is None
        time.sleep(0.05)
    process.send_signal(how)
    again = "finished runs are stored, the same command computes the rest"
    assert told_by(sweeping) == [f"srhm: the scheduler {address} is gone or was restarted; {again}"]
    assert sweeping.returncode == 1
    assert 0 < len(Store(tmp_path).load()) < 200


def test_a_message_that_cannot_be_sent_is_no_traceback(scheduler, tmp_path, monkeypatch, caplog):
    from distributed.comm import CommClosedError

    cluster = clusters.Cluster(Store(tmp_path), "cpu", scheduler[1])
    sender = cluster.client.scheduler_comm
    tried = threading.Event()

    async def broken(*_, **__):
        tried.set()
        raise CommClosedError

    monkeypatch.setattr(sender.comm, "write", broken)
    cluster.client.loop.add_callback(sender.send, {"op": "heartbeat-client"})
    assert tried.wait(10)
    monkeypatch.undo()
    client = cluster.client
    while client.scheduler_comm is sender or client.status != "running":
        time.sleep(0.05)  # a client that is closed while it connects again leaves a socket open
    cluster.close()
    assert not [record for record in caplog.records if record.exc_info]


def long_sweep(folder, address):
    """The command, on two hundred fleets."""
    from srhm.papers.sparse2024 import STUDIES
    from srhm.runs import PROFILES, Study

    runs = [run(P, max_epochs=60, loss_threshold=1e-9) for P in range(100, 300)]
    STUDIES["long"] = Study("?", "", {profile: [Fixed(runs)] for profile in PROFILES})
    sys.exit(main(["sweep", "long", "--device", "cpu", "--scheduler", address, "--results", folder]))


class Fixed:
    """A plan of these runs."""

    def __init__(self, chosen):
        self.chosen = chosen

    def runs(self, stored):
        return self.chosen

    def parts(self):
        return [self]
