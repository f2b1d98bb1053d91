"""What a notebook begins with: parameters that are wrong are named, runs that are drawn are described."""

import matplotlib

matplotlib.use("Agg")

import pytest

from srhm.notebook import Source, begin, describe, load_study
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


def test_on_a_page_a_source_folds_and_links_to_the_data_of_its_study(store):
    _, source = load_study("sample_complexity", "stored", "cpu", store.folder)
    html = source._repr_html_()
    assert html.startswith("<details") and "20 runs, computed by srhm 1 on cpu" in html
    assert "<code>srhm sweep sample_complexity --profile smoke</code>" in html
    assert 'href="../_static/data/sample_complexity.csv" download' in html
    assert "&lt;b&gt;" in Source("<b>", "x")._repr_html_()


def test_nothing_stored_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="srhm sweep sensitivities --profile laptop"):
        load_study("sensitivities", "stored", "cpu", tmp_path)


def test_a_source_names_count_code_device_date_and_cost(store):
    text = describe(store.load())
    assert text.startswith("20 runs, computed by srhm 1 on cpu, up to 2026-01-02; 20.0 minutes")


def test_the_fingerprint_is_of_the_results_not_of_their_provenance(store):
    table = store.load()
    fingerprint = describe(table).partition("fingerprint ")[2]
    assert fingerprint == describe(table.sample(frac=1, random_state=0)).partition("fingerprint ")[2]
    assert fingerprint == describe(table.assign(seconds=60.0, torch="9")).partition("fingerprint ")[2]
    assert fingerprint == describe(table.assign(S_3_1=float("nan"))).partition("fingerprint ")[2]
    table.iloc[3, table.columns.get_loc("test_error")] *= 1.1
    assert fingerprint != describe(table).partition("fingerprint ")[2]
