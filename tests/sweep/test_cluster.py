"""A sweep on a real Dask cluster: the rows of a local one, even when a worker is killed."""

import os
import signal
import socket
import sys
import threading
import time

import pytest
from helpers import assert_same_rows, outcomes, rows_on_disk, run

from srhm.cli import main
from srhm.runs import Store
from srhm.sweep import cluster as clusters
from srhm.sweep import sweep

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes, each with a nanny that restarts it."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as cluster:
        yield cluster


def runs():
    """Twelve runs in six fleets; each fleet takes a good part of a second."""
    return [
        run(P, architecture, max_epochs=150, lr=lr, loss_threshold=1e-9)
        for architecture in ("CNN", "LCN")
        for P in (80, 90, 100)
        for lr in (0.02, 0.04)
    ]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    sweep(runs(), Store(folder), "cpu", workers=0)
    return folder


def worker_processes(cluster):
    return {nanny.pid for nanny in cluster.workers.values()}


def test_a_cluster_gives_the_rows_of_a_local_sweep(cluster, alone, tmp_path):
    some, store = runs()[:4], Store(tmp_path)
    assert sweep(some, store, "cpu", scheduler=cluster.scheduler_address) == 4
    asked = [r.key for r in some]
    assert outcomes(tmp_path).loc[asked].equals(outcomes(alone).loc[asked])
    assert sweep(some, store, "cpu", scheduler=cluster.scheduler_address) == 0


def test_a_sweep_whose_worker_is_killed_ends_with_all_rows(cluster, alone, tmp_path):
    before = worker_processes(cluster)
    store, killed = Store(tmp_path), []

    def kill_one():
        while not rows_on_disk(tmp_path):
            time.sleep(0.01)
        killed.append(min(before))
        os.kill(min(before), signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    missing = len(runs())
    assert sweep(runs(), store, "cpu", scheduler=cluster.scheduler_address) == missing
    killer.join()
    assert killed
    assert killed[0] not in worker_processes(cluster)
    assert_same_rows(tmp_path, alone)
    assert rows_on_disk(tmp_path) == missing


def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_fleet_that_kills_its_workers_is_given_up_and_told(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    monkeypatch.setattr(clusters, "_compute_remotely", die)
    with pytest.raises(RuntimeError, match="the cluster gave up a fleet: .*die"):
        sweep([run()], Store(tmp_path), "cpu", scheduler=cluster.scheduler_address)
    assert list(tmp_path.glob("*.jsonl")) == []


@pytest.fixture
def unused_address():
    """One that is kept, so that no other process can listen there, and where nobody listens."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield f"tcp://127.0.0.1:{kept.getsockname()[1]}"


def test_an_address_where_nobody_listens_is_told_within_the_timeout(
    unused_address, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(clusters, "_CONNECT_SECONDS", 1)
    address, began = unused_address, time.monotonic()
    with pytest.raises(OSError, match=address):
        sweep([run()], Store(tmp_path), scheduler=address)
    assert time.monotonic() - began < 10
    assert list(tmp_path.iterdir()) == []
    command = ["sweep", "sensitivities", "--profile", "smoke", "--scheduler", address]
    assert main([*command, "--results", str(tmp_path)]) == 1
    assert address in capsys.readouterr().err.splitlines()[-1]


def test_the_address_of_a_worker_or_of_another_server_is_told(cluster, tmp_path, monkeypatch):
    worker = next(iter(cluster.scheduler_info["workers"]))
    with pytest.raises(OSError, match=f"{worker} is the address of a Dask worker, not of a scheduler"):
        sweep([run()], Store(tmp_path), scheduler=worker)
    monkeypatch.setattr(clusters, "_CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "tcp://{}:{}".format(*silent.getsockname())
        with pytest.raises(OSError, match=f"no Dask scheduler has answered at {address} within 1 s"):
            sweep([run()], Store(tmp_path), scheduler=address)


def test_a_server_that_is_no_dask_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            with server.accept()[0] as client:
                client.sendall(b"SSH-2.0-some\r\n")
                client.recv(1)

        greeting = threading.Thread(target=greet)
        greeting.start()
        address = "tcp://{}:{}".format(*server.getsockname())
        with pytest.raises(OSError, match=f"no Dask scheduler .*{address}"):
            sweep([run()], Store(tmp_path), scheduler=address)
        greeting.join()


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "smoke://127.0.0.1:8786"])
def test_an_address_that_is_none_is_told(address, tmp_path):
    with pytest.raises((ValueError, OSError), match="port|scheme"):
        sweep([run()], Store(tmp_path), scheduler=address)


def test_without_dask_the_command_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"a scheduler needs Dask: pip install 'srhm\[cluster\]'"):
        sweep([run()], Store(tmp_path), scheduler="tcp://127.0.0.1:8786")


def test_an_error_on_a_worker_is_told(cluster, tmp_path):
    with pytest.raises(ValueError, match='device must be "auto", "cpu" or "cuda", got \'tpu\''):
        sweep([run()], Store(tmp_path), "tpu", scheduler=cluster.scheduler_address)
    assert list(tmp_path.glob("*.jsonl")) == []
