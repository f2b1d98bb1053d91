"""Sweeps survive kills, Ctrl-C, full disks, damaged checkpoints and too little memory, to the same bits."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import weakref
from itertools import product
from math import inf
from multiprocessing import active_children, get_context
from pathlib import Path

import pytest
import torch
from helpers import (
    assert_same_rows,
    checkpoint_path,
    count_computed,
    disk_full_beyond,
    outcomes,
    processes_of,
    rows_on_disk,
    run,
    told_by,
)

from srhm.runs import Outcome, Store
from srhm.sweep import compute, group, pool, sweep
from srhm.sweep.loop import TooLarge
from srhm.training import fleet as fleets
from srhm.training import loop, train
from srhm.training.checkpoint import checkpointed
from srhm.training.fleet import FleetTraining
from srhm.training.trainee import Trainee

# Networks as narrow as these round differently in another fleet, so a fleet that is not resumed with
# exactly its members shows.
FLEET = [
    dict(P=20, max_epochs=2),
    dict(P=33, max_epochs=4),
    dict(P=47, max_epochs=3, m=2),
    dict(P=33, max_epochs=4, lr=0.01),  # ends together with the other P = 33
    dict(P=25, max_epochs=5, lr=1e6),  # fails
    dict(P=60, max_epochs=2),
]


def fleet(architecture="CNN", **task):
    seeds = [dict(task_seed=i, data_seed=i, init_seed=i) for i in range(len(FLEET))]
    return [run(architecture=architecture, **task | a | b) for a, b in zip(FLEET, seeds, strict=True)]


class Stopped(Exception):
    """Stands for a kill between two chunks of steps."""


@pytest.fixture
def eager(monkeypatch):
    """Checkpoints after every chunk of steps, and chunks that end inside epochs or go on into the next."""
    monkeypatch.setattr(loop, "_SAVE_SECONDS", 0)
    monkeypatch.setattr(fleets, "_STEPS", 2)


@pytest.fixture
def allow(eager, monkeypatch):
    """allow(n) lets training take n more chunks, then stops it; returns the runs of each chunk taken."""
    allowed, taken, advance = [inf], [], FleetTraining.advance

    def limited(self):
        if allowed[0] == 0:
            raise Stopped
        allowed[0] -= 1
        taken.append([trainee.run for trainee in self.trainees])
        advance(self)

    def reset(n):
        taken.clear()
        allowed[0] = n
        return taken

    monkeypatch.setattr(FleetTraining, "advance", limited)
    return reset


def live(runs, checkpoint, done, places=3):
    """One life of a training that takes what ends into `done`; whether it came to its end."""
    try:
        for trained in train([r for r in runs if r not in done], "cpu", places, checkpoint):
            done[trained.run] = trained
    except Stopped:
        return False
    return True


def assert_same_bits(some, others):
    assert set(some) == set(others)
    for r, a in some.items():
        b = others[r]
        assert (a.status, a.epochs, repr(a.train_loss)) == (b.status, b.epochs, repr(b.train_loss))
        for mine, theirs in zip(a.network.parameters, b.network.parameters, strict=True):
            assert torch.equal(mine.isnan(), theirs.isnan())
            assert torch.equal(mine.nan_to_num(), theirs.nan_to_num())


def undisturbed(allow, runs, folder):
    """What ends when nothing stops the training, and how many chunks that takes."""
    done, taken = {}, allow(inf)
    assert live(runs, None, done)
    assert set(done) == set(runs)
    return done, len(taken)


# Stopped and resumed in one process


@pytest.mark.parametrize("architecture", ["LCN", "CNN", "FCN"])
def test_training_stopped_at_any_chunk_goes_on_to_the_same_bits_and_repeats_no_chunk(
    architecture, allow, tmp_path
):
    runs = fleet(architecture)
    expected, chunks = undisturbed(allow, runs, tmp_path)
    assert chunks > 15
    for n in range(1, chunks):
        done, path = {}, tmp_path / f"{n}.pt"
        allow(n)
        assert not live(runs, path, done)
        allow(chunks - n)
        assert live(runs, path, done)
        assert_same_bits(done, expected)


@pytest.mark.parametrize(
    ("architecture", "task"),
    [("LCN", {}), ("CNN", {}), ("FCN", {}), ("LCN", dict(s0=(2, 0))), ("Shared-01", dict(L=3, s0=(0, 0, 1)))],
)
def test_training_stopped_at_every_chunk_still_ends_with_the_same_bits(architecture, task, allow, tmp_path):
    runs, done, lives = fleet(architecture, **task), {}, 1
    expected, chunks = undisturbed(allow, runs, tmp_path)
    allow(1)
    while not live(runs, tmp_path / "state.pt", done):
        lives += 1
        allow(1)
    assert lives == chunks
    assert_same_bits(done, expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("momentum", [0.0, 0.1])
def test_a_run_that_dies_is_told_dead_at_the_same_epoch_wherever_it_was_stopped(momentum, allow, tmp_path):
    """The steps that moved nothing are counted on: the count is in the checkpoint."""
    seeds = [dict(task_seed=i, data_seed=i, init_seed=i) for i in range(3)]
    runs = [run(20, lr=64, momentum=momentum, max_epochs=7, **each) for each in seeds]
    expected, chunks = undisturbed(allow, runs, tmp_path)
    assert "dead" in [trained.status for trained in expected.values() if trained.epochs < 7]
    for n in range(1, chunks):
        done, path = {}, tmp_path / f"{n}.pt"
        allow(n)
        assert not live(runs, path, done)
        allow(chunks - n)
        assert live(runs, path, done)
        assert_same_bits(done, expected)


def test_training_closed_whenever_a_run_ends_still_ends_with_the_same_bits(allow, tmp_path):
    runs, done = fleet(), {}
    expected, chunks = undisturbed(allow, runs, tmp_path)
    allow(chunks)
    while len(done) < len(runs):
        trainings = train([r for r in runs if r not in done], "cpu", 3, tmp_path / "state.pt")
        trained = next(trainings)
        trainings.close()
        assert trained.run not in done
        done[trained.run] = trained
    assert_same_bits(done, expected)


def test_runs_of_one_training_stopped_at_every_chunk_repeat_none_and_end_with_the_same_bits(allow, tmp_path):
    """A stored run leads on to the ones that may last longer, though it is not asked for any more."""
    several = [run(33, max_epochs=n, task_seed=seed) for seed, n in product(range(3), (5, 2, 4))]
    runs, done, lives = [*several, run(20, max_epochs=2)], {}, 1
    expected, chunks = undisturbed(allow, runs, tmp_path)
    allow(1)
    while not live(runs, tmp_path / "state.pt", done):
        lives += 1
        allow(1)
    assert_same_bits(done, expected)
    assert chunks < sum(r.max_epochs for r in runs)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_may_last_less_long_than_a_kept_training_is_trained_beside_it(allow, tmp_path):
    long, short, path = run(60, max_epochs=9), run(60, max_epochs=1), tmp_path / "state.pt"
    allow(6)  # into the second epoch
    assert not live([long], path, {})
    done, taken = {}, allow(inf)
    assert live([long, short], path, done)
    assert taken[0] == [long, short]
    expected, _ = undisturbed(allow, [long, short], tmp_path)
    assert_same_bits({short: done[short]}, {short: expected[short]})
    assert done[long].epochs == expected[long].epochs


def test_a_run_that_ended_but_was_not_stored_is_handed_over_again_without_training(allow, tmp_path):
    allow(inf)
    first = next(train(fleet(), "cpu", 3, tmp_path / "state.pt"))
    allow(0)
    again = next(train(fleet(), "cpu", 3, tmp_path / "state.pt"))
    assert_same_bits({first.run: first}, {again.run: again})


def test_runs_of_a_checkpoint_that_are_stored_already_are_not_trained_again(allow, tmp_path):
    runs, done = fleet(), {}
    allow(3)
    assert not live(runs, tmp_path / "state.pt", done, places=6)
    stored = runs[5]
    assert stored.key in checkpointed(tmp_path / "state.pt")
    assert stored not in done
    taken = allow(inf)
    assert live([r for r in runs if r != stored], tmp_path / "state.pt", done, places=6)
    assert set(done) == set(runs) - {stored}
    assert all(stored not in fleet for fleet in taken)


def test_a_checkpoint_is_written_when_a_run_ends_and_else_once_a_minute(tmp_path, monkeypatch):
    saved, save = [], FleetTraining.save
    monkeypatch.setattr(FleetTraining, "save", lambda self, path: (saved.append(1), save(self, path)))
    list(train([run(20, max_epochs=1), run(20, max_epochs=50)], checkpoint=tmp_path / "state.pt"))
    assert len(saved) == 2


# Damaged checkpoints


def checkpoint_of(allow, runs, path):
    allow(2)
    assert not live(runs, path, {})
    return path.read_bytes()


def assert_starts_anew(allow, runs, path):
    allow(inf)
    done = {}
    with pytest.warns(UserWarning, match=f"{path.name} is no checkpoint of this version, starting anew"):
        assert live(runs, path, done)
    expected, _ = undisturbed(allow, runs, path.parent)
    assert_same_bits(done, expected)
    assert not path.exists()


def test_a_checkpoint_cut_anywhere_is_told_and_training_starts_anew(allow, tmp_path):
    runs, path = [run(20), run(30)], tmp_path / "state.pt"
    content = checkpoint_of(allow, runs, path)
    for length in [0, 1, 2, 50, *range(100, len(content), len(content) // 12), len(content) - 1]:
        path.write_bytes(content[:length])
        assert checkpointed(path) is None
        assert_starts_anew(allow, runs, path)


@pytest.mark.parametrize("junk", [b"\n", b"text", bytes(500), b"\x80\x02.", b'{"P": 20}'])
def test_a_file_that_is_no_checkpoint_is_told_and_training_starts_anew(junk, allow, tmp_path):
    (tmp_path / "state.pt").write_bytes(junk)
    assert_starts_anew(allow, [run(20), run(30)], tmp_path / "state.pt")


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("trainees"),
        lambda state: state.pop("parameters"),
        lambda state: state.pop("momenta"),
        lambda state: state.pop("semantics"),
        lambda state: state.update(semantics=state["semantics"] - 1),
        lambda state: state.update(parameters=[p[:1] for p in state["parameters"]]),
        lambda state: state["trainees"][0].pop("run"),
        lambda state: state["trainees"][0]["run"].pop("v"),
        lambda state: state["trainees"][0]["run"].update(colour="blue"),
        lambda state: state["trainees"][0]["run"].update(P=0),
    ],
)
def test_a_checkpoint_of_another_version_is_told_and_training_starts_anew(change, allow, tmp_path):
    runs, path = [run(20), run(30)], tmp_path / "state.pt"
    checkpoint_of(allow, runs, path)
    state = torch.load(path, weights_only=True)
    change(state)
    torch.save(state, path)
    assert_starts_anew(allow, runs, path)


def test_a_checkpoint_of_other_runs_is_left_aside(allow, tmp_path):
    runs, path, done = [run(20), run(30)], tmp_path / "state.pt", {}
    checkpoint_of(allow, [run(20, task_seed=7), run(30, lr=0.01)], path)
    expected, chunks = undisturbed(allow, runs, tmp_path)
    allow(chunks)
    assert live(runs, path, done)
    assert_same_bits(done, expected)


def test_drafts_that_killed_processes_left_are_removed_when_the_fleet_has_ended(tmp_path):
    runs, store = [run(20), run(20, lr=0.01)], Store(tmp_path)
    path = checkpoint_path(store, runs)
    path.parent.mkdir()
    path.with_suffix(".99999").write_bytes(b"half a checkp")
    sweep(runs, store, workers=0)
    assert list(path.parent.iterdir()) == []


def test_a_checkpoint_left_after_its_last_run_was_stored_is_removed_by_the_next_sweep(allow, tmp_path):
    runs, store = [run(20), run(20, lr=0.01)], Store(tmp_path)
    path = checkpoint_path(store, runs)
    checkpoint_of(allow, runs, path)
    content = path.read_bytes()
    allow(inf)
    sweep(runs, store, workers=0)
    path.write_bytes(content)
    assert sweep(runs, store, workers=0) == 0
    assert list(path.parent.iterdir()) == []


def test_fleets_of_one_group_keep_their_states_beside_each_other(allow, tmp_path):
    some, others, store = [run(20), run(20, lr=0.01)], [run(20, lr=0.03)], Store(tmp_path)
    path = checkpoint_path(store, some)
    content = checkpoint_of(allow, some, path)
    beside = checkpoint_path(store, others)
    checkpoint_of(allow, others, beside)
    allow(inf)
    sweep(others, store, workers=0)
    assert path.read_bytes() == content and not beside.exists()


def test_what_a_stopped_sweep_left_goes_on_though_some_of_its_runs_are_stored(allow, tmp_path):
    runs, store = [run(20, max_epochs=9, lr=0.01 * i) for i in (1, 2, 3)], Store(tmp_path)
    expected, chunks = undisturbed(allow, runs[1:], tmp_path)
    checkpoint_of(allow, runs, checkpoint_path(store, runs))
    store.append(runs[0], Outcome("converged", test_error=0.5), {})
    taken = allow(inf)
    assert sweep(runs, store, workers=0) == 2
    assert len(taken) == chunks - 2
    assert list((tmp_path / ".checkpoints").iterdir()) == []


def test_the_state_of_a_course_is_found_by_its_later_runs(allow, tmp_path):
    course, store = [run(20, max_epochs=epochs) for epochs in (2, 9)], Store(tmp_path)
    path = checkpoint_path(store, course)
    content = checkpoint_of(allow, course, path)
    later = checkpoint_path(store, course[1:])
    assert later != path and later.read_bytes() == content


def test_each_of_two_fleets_that_were_stopped_goes_on_with_what_none_had_begun(allow, tmp_path):
    runs, store = [run(20, max_epochs=9, lr=0.01 * i) for i in (1, 2, 3)], Store(tmp_path)
    for i in (0, 1):  # of two searches, which the next sweep asks for together
        checkpoint_of(allow, runs[i : i + 1], checkpoint_path(store, runs[i : i + 1]))
    taken = allow(inf)
    assert sweep(runs, store, workers=0) == 3
    chunks = {r: sum(r in fleet for fleet in taken) for r in runs}
    assert chunks[runs[0]] == chunks[runs[1]] == chunks[runs[2]] - 2
    assert list((tmp_path / ".checkpoints").iterdir()) == []


def test_a_sweep_leaves_the_checkpoint_of_another_that_may_go_on(allow, tmp_path):
    runs, store = [run(20, max_epochs=9, lr=0.01 * i) for i in (1, 2)], Store(tmp_path)
    path = checkpoint_path(store, runs)
    content = checkpoint_of(allow, runs, path)
    taken = allow(inf)
    sweep(runs[:1], store, workers=0)
    assert path.read_bytes() == content
    first = len(taken)
    sweep(runs[1:], store, workers=0)
    assert len(taken) == 2 * first
    assert not path.exists()


def test_the_newest_of_two_checkpoints_of_a_run_goes_on(allow, tmp_path):
    (r, other), store = [run(20, max_epochs=9, lr=0.01 * i) for i in (1, 2)], Store(tmp_path)
    old, new = checkpoint_path(store, [r]), checkpoint_path(store, [r, other])
    allow(1)
    assert not live([r], old, {})
    checkpoint_of(allow, [r, other], new)
    os.utime(old, (0, 0))
    assert checkpoint_path(store, [r]) == old and old.read_bytes() == new.read_bytes()


def test_a_copy_that_the_disk_has_no_room_for_leaves_no_draft(allow, tmp_path):
    runs, store = [run(20, max_epochs=9, lr=0.01 * i) for i in (1, 2)], Store(tmp_path)
    path = checkpoint_path(store, runs)
    checkpoint_of(allow, runs, path)
    with disk_full_beyond(100), pytest.raises(OSError):
        checkpoint_path(store, runs[:1])
    assert list(path.parent.iterdir()) == [path]


def test_old_drafts_of_killed_processes_are_removed(tmp_path):
    store, folder = Store(tmp_path), tmp_path / ".checkpoints"
    folder.mkdir()
    for name in ("old.0123", "new.4567"):
        (folder / name).write_bytes(b"half a checkp")
    os.utime(folder / "old.0123", (0, 0))
    sweep([run(20)], store, workers=0)
    assert [path.name for path in folder.iterdir()] == ["new.4567"]


def test_a_checkpoint_with_runs_that_nobody_asked_for_stays(allow, tmp_path):
    store = Store(tmp_path)
    path = checkpoint_path(store, [run(20)])
    sweep([run(20)], store, workers=0)
    content = checkpoint_of(allow, [run(20, task_seed=7)], path)
    assert sweep([run(20)], store, workers=0) == 0
    assert path.read_bytes() == content


# Killed

KILLS = 20
forkserver = get_context("forkserver")  # forks, but from a process without threads that has imported torch
forkserver.set_forkserver_preload(["pytest", "srhm.sweep"])


def killed_runs():
    """Three fleets of five runs that end at different epochs; one fails."""
    epochs = [(40, 0.02), (25, 0.08), (60, 0.04), (60, 1e6), (30, 0.05)]
    return [
        run(P, architecture, max_epochs=n, lr=lr, task_seed=i, init_seed=i, loss_threshold=1e-9)
        for architecture, P in (("CNN", 40), ("LCN", 55), ("FCN", 47))
        for i, (n, lr) in enumerate(epochs)
    ]


def sweep_eagerly(folder, log, ready):
    """A sweep of fleets with three places that saves at every chunk, and logs a byte for each."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    loop._SAVE_SECONDS, fleets._STEPS, loop.fit_cache = 0, 5, lambda run: 3
    advance, chunks = FleetTraining.advance, os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def logged(self):
        os.write(chunks, b".")
        advance(self)

    FleetTraining.advance = logged
    ready.set()
    sweep(killed_runs(), Store(folder), "cpu", workers=0)


def start_eagerly(folder):
    ready = forkserver.Event()
    process = forkserver.Process(target=sweep_eagerly, args=(folder, folder.with_suffix(".log"), ready))
    process.start()
    assert ready.wait(60)
    return process


def chunks_of(folder):
    return folder.with_suffix(".log").stat().st_size


def checkpoints_of(folder):
    return list((folder / ".checkpoints").glob("*.pt"))


def test_a_sweep_killed_twenty_times_ends_with_the_bits_of_an_undisturbed_one(tmp_path):
    alone, killed, rng = tmp_path / "alone", tmp_path / "killed", random.Random(0)
    process, began = start_eagerly(alone), time.monotonic()
    process.join()
    seconds = time.monotonic() - began
    assert process.exitcode == 0
    interrupted = 0
    for _ in range(KILLS):
        process = start_eagerly(killed)
        time.sleep(rng.uniform(0, seconds / KILLS))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        interrupted += bool(checkpoints_of(killed))
    assert interrupted >= KILLS / 2, "too few kills met a fleet in training"
    process = start_eagerly(killed)
    process.join()
    assert process.exitcode == 0
    assert_same_rows(alone, killed)
    assert rows_on_disk(killed) == len(killed_runs()) == len(outcomes(killed))
    assert list((killed / ".checkpoints").iterdir()) == []
    # At a kill no more than the chunk under way is lost.
    assert chunks_of(alone) <= chunks_of(killed) <= chunks_of(alone) + KILLS


def pooled_runs():
    """Two fleets, each with a run that ends at once and two that last."""
    return [
        run(40, architecture, max_epochs=n, lr=lr, loss_threshold=1e-9)
        for architecture in ("CNN", "LCN")
        for n, lr in ((2, 0.02), (400, 0.03), (400, 0.04))
    ]


def sweep_in_a_session(folder, workers):
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sweep(pooled_runs(), Store(folder), "cpu", workers)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes")
def test_a_killed_sweep_with_workers_goes_on_from_its_checkpoints_to_the_same_bits(tmp_path, monkeypatch):
    process = forkserver.Process(target=sweep_in_a_session, args=(tmp_path / "killed", 2))
    process.start()
    wait_for(lambda: checkpoints_of(tmp_path / "killed"))
    process.kill()
    process.join()
    wait_for(lambda: not processes_of(process.pid))
    # By what they hold: where the kill let a run be stored, fewer runs go on, in a copy by another name.
    checkpoints = [path.read_bytes() for path in checkpoints_of(tmp_path / "killed")]
    assert checkpoints
    restored, restore = [], FleetTraining.restore
    monkeypatch.setattr(
        FleetTraining,
        "restore",
        lambda self, path, runs: (restored.append(path.read_bytes()), restore(self, path, runs)),
    )
    sweep(pooled_runs(), Store(tmp_path / "killed"), "cpu", workers=0)
    sweep(pooled_runs(), Store(tmp_path / "alone"), "cpu", workers=0)
    assert sorted(restored) == sorted(checkpoints)
    assert_same_rows(tmp_path / "killed", tmp_path / "alone")
    assert rows_on_disk(tmp_path / "killed") == len(pooled_runs())
    assert checkpoints_of(tmp_path / "killed") == []


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


# The command, interrupted or on a full disk


def start_command(folder, *options):
    """The command in a process, and a session, of its own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored in the background
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "srhm.cli", "sweep", "sensitivities", "--profile", "smoke"]
            + ["--device", "cpu", "--results", str(folder), *options],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes")
@pytest.mark.parametrize("moment", ["as workers start", "as workers train"])
def test_ctrl_c_ends_the_workers_and_says_in_one_line_how_to_resume(moment, tmp_path):
    process = start_command(tmp_path, "--workers", "2")
    if moment == "as workers start":
        wait_for(lambda: len(processes_of(process.pid)) >= 4)  # with Python's own tracker of semaphores
        assert rows_on_disk(tmp_path) == 0
    else:
        wait_for(lambda: rows_on_disk(tmp_path) >= 2)
    os.killpg(process.pid, signal.SIGINT)
    message = "srhm: stopped; finished runs are stored, the same command computes the rest"
    assert told_by(process) == [message]
    assert process.returncode == 130
    wait_for(lambda: not processes_of(process.pid), seconds=10)
    stored = len(Store(tmp_path).load())  # a torn or damaged line would warn or raise
    assert stored == rows_on_disk(tmp_path)
    assert (stored > 0) == (moment == "as workers train")


def test_ctrl_c_waits_until_the_workers_are_started_whichever_thread_takes_it(monkeypatch, tmp_path):
    """A worker that is interrupted half started says so at length."""
    submitted, submit = [], pool.ProcessPoolExecutor.submit

    def interrupted(pool, *arguments):
        os.kill(os.getpid(), signal.SIGINT)  # as the main thread masks it, the waiting one takes it
        time.sleep(0.1)
        submitted.append(submit(pool, *arguments))

    monkeypatch.setattr(pool.ProcessPoolExecutor, "submit", interrupted)
    wait = threading.Event()
    threading.Thread(target=wait.wait).start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            sweep(pooled_runs(), Store(tmp_path), "cpu", workers=2)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
        wait.set()
    assert len(submitted) == len(group(pooled_runs()))
    wait_for(lambda: not active_children(), seconds=10)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_disk_that_fills_while_a_checkpoint_is_saved_is_told_in_one_line(workers, tmp_path):
    sweep([run()], Store(tmp_path), workers=0)
    (path,) = tmp_path.glob("*.jsonl")
    before = path.read_bytes()
    with disk_full_beyond(20_000):  # room for rows, but for no checkpoint
        process = start_command(tmp_path, "--workers", workers)
    (line,) = told_by(process)
    assert process.returncode == 1
    assert line.startswith("srhm: ")
    assert "File too large" in line
    assert str(tmp_path / ".checkpoints") in line
    assert path.read_bytes().startswith(before)
    assert len(Store(tmp_path).load()) == rows_on_disk(tmp_path)
    assert list((tmp_path / ".checkpoints").iterdir()) == []


@pytest.mark.parametrize("results", ["mine", "mine/results"])
def test_results_that_cannot_be_written_are_told_before_any_training(results, tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("a file")
    computed = count_computed(monkeypatch)
    with pytest.raises(OSError, match="mine"):
        sweep([run()], Store(tmp_path / results), workers=0)
    assert computed == []
    assert (tmp_path / "mine").read_text() == "a file"


# Too little memory

OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.\nC++ stack"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: you"),
    RuntimeError("CUDA error: out of memory\nC++ stack"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
    MemoryError("Unable to allocate 9 GiB"),
    MemoryError(),
]


def cramp(monkeypatch, error, too_large):
    """Fleets for which too_large(runs) holds do not fit the memory; returns the fleets tried."""
    tried, advance = [], FleetTraining.advance

    def cramped(self):
        runs = [trainee.run for trainee in self.trainees]
        if not tried or tried[-1] != runs:
            tried.append(runs)
        if too_large(runs):
            raise error
        advance(self)

    monkeypatch.setattr(FleetTraining, "advance", cramped)
    return tried


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=repr)
def test_a_fleet_that_does_not_fit_is_halved_until_it_does(error, tmp_path, monkeypatch):
    runs = [run(lr=0.01 * i) for i in range(1, 6)]
    for r in runs:
        sweep([r], Store(tmp_path / "alone"), workers=0)
    tried = cramp(monkeypatch, error, lambda fleet: len(fleet) > 1)
    assert sweep(runs, Store(tmp_path / "halved"), workers=0) == 5
    assert [len(fleet) for fleet in tried] == [5, 3, 2, 1, 1, 1, 2, 1, 1]
    assert_same_rows(tmp_path / "halved", tmp_path / "alone")
    assert checkpoints_of(tmp_path / "halved") == []


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=repr)
def test_a_run_that_fits_nowhere_is_told_with_its_reason_not_stored_and_retried(error, tmp_path, monkeypatch):
    runs, store = [run(lr=0.01 * i) for i in range(1, 5)], Store(tmp_path)
    with monkeypatch.context() as patch:
        cramp(patch, error, lambda fleet: runs[2] in fleet)
        with pytest.raises(TooLarge) as told:
            sweep(runs, store, workers=0)
    assert (told.value.count, told.value.computed) == (1, 3)
    assert "out of memory on cpu: " + str(error).partition("\n")[0] in str(told.value)
    rows = store.load()
    assert set(rows.index) == {r.key for r in runs if r != runs[2]}
    assert (rows.status == "max_epochs").all()
    computed = count_computed(monkeypatch)
    assert sweep(runs, store, workers=0) == 1
    assert computed == [runs[2]]


def test_runs_that_ended_before_the_memory_ran_out_are_not_trained_again(tmp_path, monkeypatch):
    short, *long = runs = [run(lr=0.01 * i, max_epochs=1 if i == 1 else 3) for i in range(1, 4)]
    store = Store(tmp_path)
    tried = cramp(monkeypatch, MemoryError(), lambda fleet: fleet == long)
    assert sweep(runs, store, workers=0) == 3
    assert tried == [runs, long, long[:1], long[1:]]
    assert len(store.load()) == 3


def test_a_fleet_that_does_not_fit_when_it_goes_on_is_halved(tmp_path, monkeypatch):
    runs, store = [run(lr=0.01), run(lr=0.02)], Store(tmp_path)
    checkpoint = checkpoint_path(store, runs)
    training = fleets.FleetTraining(runs[0], torch.device("cpu"))
    training.replace([], [Trainee(each) for each in runs])
    training.save(checkpoint)
    sampled, sample = [], FleetTraining._training_set

    def cramped(fleet, trainee):
        sampled.append(trainee.run)
        if len(sampled) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return sample(fleet, trainee)

    monkeypatch.setattr(FleetTraining, "_training_set", cramped)
    assert sweep(runs, store, workers=0) == 2
    assert sampled[:2] == runs
    assert len(store.load()) == 2


def test_a_fleet_that_did_not_fit_frees_its_memory_before_a_half_is_tried(tmp_path, monkeypatch):
    held = []

    class Memory:
        pass

    def cramped(runs, *arguments, **options):
        assert all(memory() is None for memory in held)
        memory = Memory()
        held.append(weakref.ref(memory))
        if len(runs) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        yield from train(runs, *arguments, **options)

    monkeypatch.setattr(compute, "train", cramped)
    assert sweep([run(lr=0.01), run(lr=0.02)], Store(tmp_path), workers=0) == 2
    assert len(held) == 3


@pytest.mark.parametrize("words", ["expected scalar type Float but found Long", "mat1 could be reallocated"])
def test_another_error_is_raised_and_nothing_recorded(words, tmp_path, monkeypatch):
    cramp(monkeypatch, RuntimeError(words), lambda fleet: True)
    with pytest.raises(RuntimeError, match=words):
        sweep([run(), run(lr=0.01)], Store(tmp_path), workers=0)
    assert len(Store(tmp_path).load()) == 0
