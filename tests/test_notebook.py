"""What a notebook begins with: parameters that are wrong are named, runs that are drawn are described."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from srhm import figures
from srhm.notebook import Source, begin, load_study, load_ways, show, size_or_limit, source_of, with_interval
from srhm.papers.sparse2024 import STUDIES
from srhm.runs import Outcome, Store

GOOD = dict(profile="stored", device="auto", results="../results")


def provenance(**changes):
    fields = dict(code="1", device="cpu", torch="2", numpy="2", python="3", date="2026-01-02", seconds=60.0)
    return fields | changes


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    for run in STUDIES["sample_complexity"].runs("smoke"):
        store.append(run, Outcome("converged", test_error=0.25), provenance())
    return store


def test_good_parameters_pass():
    begin(GOOD | {"_hidden": 1, "get_ipython": None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(profle="smoke"), "unknown parameter 'profle'; the parameters are profile, device, results"),
        (dict(profile="big"), "profile must be .*'big'"),
        (dict(device="tpu"), "device must be .*'tpu'"),
    ],
)
def test_bad_parameters_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        begin(GOOD | changes)


def test_stored_means_the_largest_complete_profile(store):
    table, source = load_study("sample_complexity", "stored", "cpu", store.folder)
    assert len(table) == len(STUDIES["sample_complexity"].runs("smoke"))
    assert str(source).endswith(". To repeat: srhm sweep sample_complexity --profile smoke")


def test_a_profile_stored_in_part_is_drawn_and_said_to_be_partial(store):
    asked = STUDIES["sample_complexity"].runs("smoke")
    partial = Store(store.folder.parent / "partial")
    for run in asked[:7]:
        partial.append(run, Outcome("converged", test_error=0.25), provenance())
    table, source = load_study("sample_complexity", "stored", "cpu", partial.folder)
    assert len(table) == 7
    assert str(source).endswith("--profile smoke (13 of its 20 runs are not computed yet)")


def test_a_folder_is_read_again_when_a_run_is_stored_and_only_then(store, monkeypatch):
    reads, rows = [], Store.rows
    monkeypatch.setattr(Store, "rows", lambda self: reads.append(self.folder) or rows(self))
    (store.folder / ".#edited.jsonl").symlink_to("nowhere")  # as an editor leaves beside an open file
    before, _ = load_study("sample_complexity", "stored", "cpu", store.folder)
    before["test_error"] = 0.0  # a page may change its table
    again, _ = load_study("sample_complexity", "stored", "cpu", store.folder)
    assert len(reads) == 1 and (again.test_error == 0.25).all()
    run = STUDIES["sensitivities"].runs("smoke")[0]
    store.append(run, Outcome("converged", test_error=0.25), provenance())
    table, _ = load_study("sensitivities", "stored", "cpu", store.folder)
    assert len(reads) == 2 and run.key in table.index


def test_stored_is_a_profile_that_can_be_drawn(tmp_path):
    """Of another one more runs may be stored, of a search that has only begun."""
    study, store = STUDIES["scaling"], Store(tmp_path)
    for run in study.runs("laptop"):
        store.append(run, Outcome("converged", test_error=0.5), provenance())
    with pytest.raises(ValueError, match="of study 'scaling' at profile 'stored' no run that"):
        load_study("scaling", "stored", "cpu", tmp_path)
    for _ in range(30):
        for run in study.runs("smoke", store.load()):
            if run.architecture == "LCN" and run.s0 == 0:
                store.append(run, Outcome("converged", test_error=0.5), provenance())
    _, source = load_study("scaling", "stored", "cpu", tmp_path)
    assert "--profile smoke" in source.command


def test_seeds_whose_search_goes_on_are_left_out_and_counted(tmp_path):
    study, store = STUDIES["scaling"], Store(tmp_path)

    def answer(key, error):
        runs = study.runs("smoke", store.load())
        for run in runs:
            if key(run):
                store.append(run, Outcome("converged", test_error=error), provenance())

    answer(lambda run: run.architecture == "CNN", 0.5)
    with pytest.raises(ValueError, match="not of a search that goes on; `srhm sweep scaling` goes on"):
        load_study("scaling", "stored", "cpu", tmp_path)
    for _ in range(30):
        answer(lambda run: run.architecture == "LCN" and run.s0 == 0, 0.5)
    table, source = load_study("scaling", "stored", "cpu", tmp_path)
    assert set(zip(table.architecture, table.s0, strict=True)) == {("LCN", 0)}
    lacking = "(the search for P* is over for 2 of 8 seeds; at least 3 runs are not computed yet; "
    assert source.command.endswith(lacking + "2 runs of seeds whose search goes on are left out)")
    (runs, _), *_ = load_ways("smoke", tmp_path)[1].values()
    assert set(runs.index) == set(table.index)


def test_on_a_page_a_source_is_one_line_that_opens_to_the_command_and_the_data(store):
    _, source = load_study("sample_complexity", "stored", "cpu", store.folder)
    html = source._repr_html_()
    assert "<summary>20 runs, srhm 1, 20.0 core-minutes, computed 2026-01-02</summary>" in html
    assert "<code>srhm sweep sample_complexity --profile smoke</code>" in html
    assert 'href="../_static/data/sample_complexity.csv" download' in html
    assert "&lt;b&gt;" in Source("<b>", "x")._repr_html_()


def test_ways_have_the_profile_of_which_the_greatest_share_is_stored(store, tmp_path):
    few = Store(tmp_path / "few")
    for run in STUDIES["usual_rate"].runs("laptop")[:30]:
        few.append(run, Outcome("converged", test_error=0.25), provenance())
        store.append(run, Outcome("converged", test_error=0.25), provenance())
    profile, ways = load_ways("stored", few.folder)
    assert (profile, list(ways)) == ("laptop", ["usual rate"])
    runs, source = ways["usual rate"]
    assert len(runs) == 30
    assert source.command == "srhm sweep all --profile laptop"
    profile, ways = load_ways("stored", store.folder)  # more runs of laptop, but a smaller share
    assert profile == "smoke"
    assert {way: len(runs) for way, (runs, _) in ways.items()} == {"authors' recipe": 20, "usual rate": 20}


def test_nothing_stored_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="srhm sweep sensitivities --profile laptop"):
        load_study("sensitivities", "stored", "cpu", tmp_path)


def test_a_source_counts_runs_commits_and_hours(store):
    table = store.load()
    codes = ["1.0 (abc1234)", "1.0 (abc1234-dirty)", "1.1 (fff0000)", "1.1"] * 5
    table = table.assign(code=codes, seconds=3600.0)
    table.loc[table.index[:2], "device"] = "cuda (H100)"
    source = source_of(table, "srhm sweep all")
    assert source.text == (
        "20 runs, srhm 1.0 and 1.1, 2 commits (some with changes), 18.0 core-hours, 2 runs on a GPU, "
        "computed 2026-01-02"
    )
    clean = source_of(table.assign(code="1.0 (abc1234)"), "srhm sweep all")
    assert clean.text.startswith("20 runs, srhm 1.0, 1 commit, ")
    alone = source_of(table[:2], "srhm sweep all")
    assert alone.text == (
        "2 runs, srhm 1.0, 1 commit (some with changes), 2 runs on a GPU, computed 2026-01-02"
    )
    assert source.commits == ("1.0 (abc1234)", "1.0 (abc1234-dirty)", "1.1", "1.1 (fff0000)")
    assert "abc1234" not in source._repr_html_() + repr(source)
    assert "abc1234" in source.notes[1]


def test_the_fingerprint_is_of_the_results_not_of_their_provenance(store):
    table = store.load()

    def fingerprint(runs):
        return source_of(runs, "").fingerprint

    assert fingerprint(table) == fingerprint(table.sample(frac=1, random_state=0))
    assert fingerprint(table) == fingerprint(table.assign(seconds=60.0, torch="9"))
    assert fingerprint(table) == fingerprint(table.assign(S_3_1=float("nan")))
    assert fingerprint(table) in repr(source_of(table, ""))
    changed = table.copy()
    changed.iloc[3, table.columns.get_loc("test_error")] *= 1.1
    assert fingerprint(table) != fingerprint(changed)


def test_a_figure_is_shown_with_its_picture_and_the_data_of_its_sources(store, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    table, source = load_study("sample_complexity", "stored", "cpu", store.folder)
    before = plt.get_fignums()
    show(figures.learning_curves(table), source)
    (figure,) = shown
    bundle = figure._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert bundle["text/csv"].splitlines()[:2] == [f"# {source}", "# computed by srhm 1"]
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (dict(P_star=1234.4, P_star_low=1100, P_star_high=1400, status="reached"), "1,234 (1,100 to 1,400)"),
        (dict(P_star=1234.4, P_star_low=1234.4, P_star_high=1234.4, status="reached"), "1,234"),
        (dict(P_limit=17_000, status="not reached", beyond=3, seeds=3), "not up to 17,000"),
        (dict(P_limit=17_000, status="not reached", beyond=1, seeds=3), "not up to 17,000 (1 of 3 seeds)"),
        (dict(P_limit=300, status="below the grid", beyond=1, seeds=1), "below 300"),
    ],
)
def test_a_size_that_is_not_known_has_its_limit(found, text):
    assert size_or_limit(pd.Series(found)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ((1.694, 1.52, 1.778), "1.69 (1.52 to 1.78)"),
        ((1.694, np.nan, np.nan), "1.69"),
        ((1.694, 1.6941, 1.6942), "1.69"),
        ((np.nan, np.nan, np.nan), ""),
    ],
)
def test_a_number_has_its_interval_if_it_has_one(number, text):
    assert with_interval(*number) == text
