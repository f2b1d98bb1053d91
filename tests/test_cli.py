"""The command line: shards, dry runs, counts, and one line that says what is wrong."""

import json
import sys
from dataclasses import replace

import pytest
import torch
from helpers import TINY, count_computed, run

from srhm.analysis import P_STAR, Quantity
from srhm.cli import _cost, _shard, main
from srhm.papers.sparse2024 import STUDIES, maximal, predicted_sample_complexity
from srhm.papers.sparse2024.scorecard import OPEN, RULE, VERDICTS, runs_by_way, scorecard
from srhm.runs import PROFILES, SEMANTICS, Grid, Octaves, Outcome, Run, Search, Store, Study
from srhm.sweep import estimate_gpu_seconds, estimate_seconds, group, pool, sweep

TRAINING = {name: TINY[name] for name in ("width", "batch_size", "max_epochs", "n_test", "n_pairs")}
TASK = maximal(v=3, s=2, L=2, s0=1)


def grid(architectures, octaves, seeds, training=TRAINING):
    return Grid(architectures, [TASK], octaves, seeds, training, predicted_sample_complexity)


def study_of(plan):
    """A study that has one plan, whatever the profile."""
    return Study("Does it run?", "Fig. 0", {profile: [plan] for profile in PROFILES})


@pytest.fixture
def tiny():
    """The only study there is: twelve runs in six fleets, two runs each."""
    study = study_of(grid(["CNN", "LCN"], Octaves(-4, -2, 1), 2))
    studies = dict(STUDIES)
    STUDIES.clear()
    STUDIES["tiny"] = study
    yield study.runs("laptop")
    STUDIES.clear()
    STUDIES.update(studies)  # in their order


def command(folder, *arguments, device="cpu"):
    return main([*arguments, "--workers", "0", "--device", device, "--results", str(folder)])


def error_of(capsys):
    """What was told on stderr, which must be one line, with nothing on stdout."""
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("srhm: ")
    assert captured.out == ""
    return line


# Sweeping


@pytest.mark.parametrize("study", ["tiny", "all"])
def test_the_command_computes_a_study_once(study, tiny, tmp_path, capsys):
    assert command(tmp_path, "sweep", study) == 0
    assert "12 runs computed, 0 were stored already" in capsys.readouterr().out
    assert command(tmp_path, "sweep", study) == 0
    assert "0 runs computed, 12 were stored already" in capsys.readouterr().out
    assert Store(tmp_path).missing(tiny) == []


# Shards


def test_studies_are_swept_in_the_order_named_and_share_runs(tiny, tmp_path, monkeypatch, capsys):
    later = study_of(grid(["FCN"], Octaves(-4, -4), 1))
    monkeypatch.setitem(STUDIES, "other", later)
    monkeypatch.setitem(STUDIES, "again", STUDIES["tiny"])
    computed = count_computed(monkeypatch)
    assert command(tmp_path, "sweep", "other", "tiny", "again") == 0
    assert computed[0] == later.runs("laptop")[0]
    assert sorted(r.key for r in computed[1:]) == sorted(r.key for r in tiny)
    assert capsys.readouterr().out.startswith("13 runs computed, 0 were stored already")


@pytest.mark.parametrize("n", [1, 2, 7, 100])
@pytest.mark.parametrize("study", ["usual_rate", "scaling"])  # grids, and searches
def test_shards_are_disjoint_cover_all_and_keep_fleets_together(study, n):
    runs = STUDIES[study].runs("laptop")
    shards = [_shard(runs, f"{i}/{n}") for i in range(1, n + 1)]
    assert sorted(r.key for shard in shards for r in shard) == sorted(r.key for r in runs)
    fleets = group(runs)
    assert sorted(map(repr, fleets)) == sorted(repr(fleet) for shard in shards for fleet in group(shard))
    assert max(len(group(s)) for s in shards) - min(len(group(s)) for s in shards) <= 1


def test_searches_at_one_setting_are_in_one_shard_whatever_they_look_for(monkeypatch):
    first = Search(["CNN"], [TASK], 2, TRAINING)
    other = replace(first, quantities=(P_STAR, Quantity("P_star_S", "S_2_1", 0.3)))
    else_where = replace(first, training=TRAINING | {"lr": 0.01})
    assert first.training != TRAINING | {"lr": 0.08} and Run.__dataclass_fields__["lr"].default == 0.08
    same = replace(first, tasks=(TASK,), training=TRAINING | {"lr": 0.08})
    wanted = [first, else_where, same, other]
    assert [_shard(wanted, f"{i}/2") for i in (1, 2)] == [[first, same, other], [else_where]]


def test_the_shards_of_a_study_compute_it_once(tiny, tmp_path, monkeypatch, capsys):
    computed = count_computed(monkeypatch)
    for i in (3, 1, 4, 2):
        assert command(tmp_path, "sweep", "tiny", "--shard", f"{i}/4") == 0
    assert len(computed) == 12
    assert set(computed) == set(tiny)
    assert Store(tmp_path).missing(tiny) == []


def test_a_shard_is_the_same_whatever_is_stored_already(tiny, tmp_path, capsys):
    sweep(tiny[:5], Store(tmp_path), "cpu", workers=0)
    capsys.readouterr()
    assert command(tmp_path, "sweep", "tiny", "--shard", "2/3") == 0
    assert "of them have failed" in capsys.readouterr().out
    assert Store(tmp_path).missing(_shard(tiny, "2/3")) == []
    assert set(Store(tmp_path).missing(tiny)) == set(tiny[5:]) - set(_shard(tiny, "2/3"))


@pytest.mark.parametrize(
    "shard", ["", "1", "/", "1/", "/4", "0/4", "5/4", "-1/4", "1/0", "1.5/4", "a/b", "1/2/3"]
)
def test_a_bad_shard_is_named_before_any_work(shard, tiny, tmp_path, capsys):
    assert command(tmp_path, "sweep", "tiny", f"--shard={shard}") == 1
    assert f"shard must be i/N with 1 <= i <= N, such as 1/4, got {shard!r}" in error_of(capsys)
    assert list(tmp_path.iterdir()) == []


# Dry runs


def test_a_dry_run_names_counts_and_a_cost_and_computes_nothing(tiny, tmp_path, monkeypatch, capsys):
    sweep([r for r in tiny if r.architecture == "CNN"][:2], Store(tmp_path), "cpu", workers=0)
    computed, before = count_computed(monkeypatch), sorted(tmp_path.rglob("*"))
    capsys.readouterr()
    assert command(tmp_path, "sweep", "tiny", "--dry-run") == 0
    first, lcn, cnn, last = capsys.readouterr().out.splitlines()
    assert first == "10 of 12 runs are missing"
    assert cnn.startswith("tiny, CNN: 4 runs, roughly ")
    assert lcn.startswith("tiny, LCN: 6 runs, roughly ")
    assert last == f"in all: {_cost(Store(tmp_path).missing(tiny))}"
    assert computed == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_makes_no_folder(tiny, tmp_path, capsys):
    assert command(tmp_path / "nowhere", "sweep", "all", "--dry-run", "--shard", "1/6") == 0
    assert capsys.readouterr().out.startswith("2 of 2 runs are missing\n")
    assert list(tmp_path.iterdir()) == []


def test_a_cost_is_told_in_cost_when_there_are_any(monkeypatch):
    monkeypatch.setattr("srhm.cli.estimate_seconds", lambda run: 1800)
    costs = {0: "0.0 minutes", 1: "30.0 minutes", 3: "1.5 hours", 4000: "2,000.0 hours"}
    for n, time in costs.items():
        runs = [run(task_seed=seed) for seed in range(n)]
        assert _cost(runs) == f"{n} runs, roughly {time} of one CPU core"


def test_runs_along_one_training_cost_as_much_as_the_longest():
    along = [run(max_epochs=epochs) for epochs in (1, 8, 4)]
    assert _cost(along).replace("3 runs", "1 runs") == _cost(along[1:2])


def test_a_dry_run_says_what_a_gpu_would_take_where_there_is_none(tiny, tmp_path, capsys):
    assert command(tmp_path, "sweep", "tiny", "--dry-run", device="cuda") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"in all: {_cost(tiny, 'cuda')}"
    assert last.endswith("of one large GPU")


def test_on_a_gpu_networks_share_the_overhead_of_a_step():
    fleet = [run(task_seed=seed) for seed in range(4)]
    one, four = estimate_gpu_seconds(fleet[:1]), estimate_gpu_seconds(fleet)
    assert one < four < 2 * one
    large = [run(task_seed=seed, width=16384) for seed in range(4)]
    assert 3.5 * estimate_gpu_seconds(large[:1]) < estimate_gpu_seconds(large)


def test_a_run_of_two_studies_costs_once(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(STUDIES, "again", STUDIES["tiny"])
    assert command(tmp_path, "sweep", "all", "--dry-run") == 0
    _, *studies, last = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in studies] == ["tiny", "tiny"]
    assert last == f"in all: {_cost(tiny)}"


def test_the_estimate_grows_with_the_task_and_the_network():
    assert estimate_seconds(run(width=512)) > estimate_seconds(run(width=64)) > 0
    assert estimate_seconds(run(s0=4)) > estimate_seconds(run(s0=1))


# Counts


def test_status_counts_the_runs_of_each_study_and_profile(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(STUDIES, "other", study_of(grid(["FCN"], Octaves(-4, -4), 1)))
    main(["status", "--results", str(tmp_path)])
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["study", *PROFILES], ["tiny", *["0/12"] * 3], ["other", *["0/1"] * 3],
    ]  # fmt: skip
    sweep([*tiny[:3], run(lr=0.5)], Store(tmp_path), "cpu", workers=0)
    capsys.readouterr()
    main(["status", "--results", str(tmp_path)])
    assert capsys.readouterr().out.splitlines()[1].split() == ["tiny", *["3/12"] * 3]


def test_status_of_an_empty_folder_counts_every_study(tmp_path, capsys):
    assert main(["status", "--results", str(tmp_path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines == [[name, *(f"0/{len(s.runs(p))}" for p in PROFILES)] for name, s in STUDIES.items()]


@pytest.mark.parametrize("name", ["status", "scorecard", "verify"])
def test_a_folder_that_is_not_there_is_named_and_not_made(name, tmp_path, capsys):
    assert main([name, "--results", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in error_of(capsys)
    assert not (tmp_path / "nowhere").exists()


def test_a_sweep_counts_what_it_computed_what_was_there_and_what_failed(monkeypatch, tmp_path, capsys):
    bad = grid(["CNN"], Octaves(-4, -3, 1), 1, TRAINING | dict(lr=1e6))
    monkeypatch.setitem(STUDIES, "bad", study_of(bad))
    sweep(bad.runs()[:1], Store(tmp_path), "cpu", workers=0)
    capsys.readouterr()
    assert command(tmp_path, "sweep", "bad") == 0
    assert capsys.readouterr().out == "1 runs computed, 1 were stored already; 2 of them have failed\n"


# The scorecard


@pytest.fixture
def scored(tmp_path):
    """A folder of made-up results of the smoke profile: an error that falls through 10 % at P = 180."""
    store = Store(tmp_path)
    layers = [f"{q}_{k}_{l}" for q in "SD" for k in ("1", "2", "out") for l in (1, 2)]
    for each in (one for one in STUDIES["usual_rate"].runs("smoke") if one.s0 < 2):
        error = min(0.7, 0.1 * (180 / each.P) ** 2)
        store.append(
            each, Outcome("converged", test_error=error, sensitivities=dict.fromkeys(layers, error)), {}
        )
    return tmp_path


def summary_of(lines):
    """The table that the command prints, by figure."""
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_the_scorecard_tells_its_rule_and_a_summary(scored, capsys):
    assert main(["scorecard", "--profile", "smoke", "--results", str(scored)]) == 0
    rule, figures, claims = capsys.readouterr().out.strip().split("\n\n")
    assert rule.endswith(f"\n{RULE}") and "within a factor of 1.5" in rule
    title, header, _, *lines = figures.splitlines()
    assert title == "figures, usual rate"  # nothing is stored of the other way to train
    assert header.split() == ["verdict", *" ".join([*VERDICTS, *OPEN]).split(), "verdict"]
    (runs,) = runs_by_way(Store(scored), "smoke").values()
    expected = scorecard(runs)["summary"]
    counts = [*VERDICTS, *OPEN]
    assert summary_of(lines) == {
        figure: [*map(str, row[counts]), *row.verdict.split()] for figure, row in expected.iterrows()
    }
    assert expected[list(VERDICTS)].to_numpy().sum() > 0
    assert any(line.startswith("P* = P*_S = P*_D ") for line in claims.splitlines())


def test_the_scorecard_tells_every_item_when_asked(scored, capsys):
    assert main(["scorecard", "--profile", "smoke", "--items", "--results", str(scored)]) == 0
    _, *items, summary, _ = capsys.readouterr().out.strip().split("\n\n")
    assert "verdict" in summary
    names = ("points", "curves", "laws")
    assert [part.splitlines()[0] for part in items] == [f"{name}, usual rate" for name in names]
    (runs,) = runs_by_way(Store(scored), "smoke").values()
    tables = scorecard(runs)
    for name, part in zip(names, items, strict=True):
        shown = tables[name][tables[name].verdict != "not computed"]
        assert len(shown) > 0 or name == "curves"
        assert [line.split()[0] for line in part.splitlines()[2:] if len(shown)] == shown.figure.tolist()
    assert " jump " in items[2]  # two sparsities, one of them 0, tell no more of the law


def test_a_scorecard_of_an_empty_folder_names_the_command(tmp_path, capsys):
    assert main(["scorecard", "--profile", "paper", "--results", str(tmp_path)]) == 1
    line = error_of(capsys)
    assert "holds no runs of profile 'paper'; `srhm sweep all --profile paper` computes them" in line


def test_a_scorecard_of_an_unknown_profile_lists_the_known_ones(scored, capsys):
    assert main(["scorecard", "--profile", "nope", "--results", str(scored)]) == 1
    assert f"profile must be one of {PROFILES}, got 'nope'" in error_of(capsys)


# What is wrong, in one line


def test_an_unknown_study_lists_the_known_ones(tmp_path, capsys):
    assert command(tmp_path, "sweep", "nope") == 1
    assert f"there is no study 'nope'; the studies are {', '.join(STUDIES)}" in error_of(capsys)


def test_an_unknown_profile_lists_the_known_ones(tiny, tmp_path, capsys):
    assert command(tmp_path, "sweep", "tiny", "--profile", "nope") == 1
    assert f"profile must be one of {PROFILES}, got 'nope'" in error_of(capsys)


def test_an_unknown_device_is_named(tiny, tmp_path, capsys):
    assert main(["sweep", "tiny", "--device", "tpu", "--results", str(tmp_path)]) == 1
    assert 'device must be "auto", "cpu" or "cuda", got \'tpu\'' in error_of(capsys)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA GPU")
def test_cuda_without_a_gpu_is_named(tiny, tmp_path, capsys):
    assert main(["sweep", "tiny", "--device", "cuda", "--results", str(tmp_path)]) == 1
    assert "torch finds no CUDA GPU" in error_of(capsys)


def test_a_bad_number_of_workers_is_named(tiny, tmp_path, capsys):
    assert main(["sweep", "tiny", "--workers", "-1", "--results", str(tmp_path)]) == 1
    assert "workers must be an integer >= 0, got -1" in error_of(capsys)


@pytest.mark.parametrize("name", ["sweep tiny", "status", "verify", "scorecard"])
def test_results_of_another_data_version_are_told_by_every_command(name, tiny, tmp_path, capsys):
    sweep([tiny[0]], Store(tmp_path), "cpu", workers=0)
    (path,) = tmp_path.glob("*.jsonl")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"semantics": SEMANTICS + 1}) + "\n")
    capsys.readouterr()
    assert main([*name.split(), "--results", str(tmp_path)]) == 1
    told = f"line 1 is of data version {SEMANTICS + 1}, this code of {SEMANTICS}; use another results folder"
    assert f"{path}, {told}" in error_of(capsys)


@pytest.mark.parametrize("name", ["sweep tiny", "status", "verify", "scorecard"])
def test_a_damaged_results_folder_is_told_by_every_command(name, tiny, tmp_path, capsys):
    (tmp_path / "CNN_s2_L2.jsonl").write_text("no run\n")
    assert main([*name.split(), "--results", str(tmp_path)]) == 1
    assert "CNN_s2_L2.jsonl, line 1 is not a stored run" in error_of(capsys)


def test_a_results_folder_that_is_a_file_is_told(tiny, tmp_path, capsys):
    (tmp_path / "mine").write_text("")
    assert command(tmp_path / "mine", "sweep", "tiny") == 1
    assert str(tmp_path / "mine") in error_of(capsys)


def test_an_interruption_is_told_with_what_to_do_next(tiny, tmp_path, monkeypatch, capsys):
    def interrupted(runs, *arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(pool, "compute", interrupted)
    assert command(tmp_path, "sweep", "tiny") == 130
    assert "srhm: stopped; finished runs are stored" in capsys.readouterr().err


def test_an_interrupted_verification_does_not_claim_that_runs_are_stored(tmp_path, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("srhm.cli.verify", interrupted)
    assert main(["verify", "--results", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "srhm: stopped\n"


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["nope"])
    assert stopped.value.code == 2
    assert "sweep" in capsys.readouterr().err


def test_an_error_in_training_is_not_hidden(tiny, tmp_path, monkeypatch):
    def broken(runs, *arguments):
        raise KeyError("a bug")

    monkeypatch.setattr(pool, "compute", broken)
    with pytest.raises(KeyError):
        command(tmp_path, "sweep", "tiny")


@pytest.mark.parametrize("name", ["queue.py", "sys.py", "my.study.py"])
def test_a_file_of_studies_whose_name_is_taken_is_refused_before_anything_is_told(
    name, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / name).write_text("STUDIES = {}\n")
    assert main(["status", "--load", str(tmp_path / name), "--results", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "has a name that Python gives to another module; rename the file" in told.err
    assert told.out == ""
