"""A search closes in on P*, from any start, and what it asks for next depends on the stored rows alone."""

from dataclasses import asdict, replace
from math import exp, inf, log, nan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srhm.analysis import P_STAR, Quantity, crossings, sample_complexity
from srhm.model import SRHM, stretch
from srhm.runs import Grid, Run, Search, Store
from srhm.runs.search import next_size
from srhm.sweep import sweep

TASKS = [SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=s0) for s0 in (0, 1)]
WAY = dict(width=16, batch_size=8, lr=0.08, max_epochs=60, n_test=400, n_pairs=50)
SEARCH = Search(["CNN"], TASKS, seeds=2, training=WAY, tolerance=0.4)


def logistic(P, P_star, slope, threshold=0.1):
    """A learning curve that crosses its threshold at P_star."""
    height = log(threshold / (1 - threshold)) - slope * log(P / P_star)
    return 1 / (1 + exp(-height))


def table_of(runs, value):
    """Rows as a store gives them; `value(run)` is the test error."""
    rows = {run.key: asdict(run) | {"test_error": value(run), "status": "converged"} for run in runs}
    return pd.DataFrame.from_dict(rows, orient="index")


def play(search, value, rows=None, most=60):
    """Answer a search until it asks for nothing more: the rows, and how many rounds that took."""
    table = pd.DataFrame() if rows is None else rows
    for rounds in range(most):
        runs = search.runs(table)
        new = [run for run in runs if run.key not in table.index]
        if not new:
            return table, rounds
        table = pd.concat([table, table_of(new, value)])
    raise AssertionError("the search does not end")


# One seed, one quantity


@settings(max_examples=300)
@given(
    P_star=st.floats(20, 2e5),
    slope=st.floats(1, 30),
    start=st.floats(0.01, 100),
    width=st.floats(0.02, 0.5),
    threshold=st.floats(0.01, 0.9),
)
def test_two_sizes_about_the_crossing_come_as_close_as_asked(P_star, slope, start, width, threshold):
    curve, P = {}, round(min(max(P_star * start, 8), 2**20))
    while P is not None:
        assert P not in curve and 8 <= P <= 2**20
        curve[P] = logistic(P, P_star, slope, threshold)
        P = next_size(curve, threshold, width, 8, 2**20)
        assert len(curve) < 40
    low = max(P for P in curve if curve[P] > threshold)
    high = min(P for P in curve if curve[P] <= threshold)
    assert low < P_star * 1.000001 and high > P_star / 1.000001
    assert log(high / low) <= width or high - low == 1


@pytest.mark.parametrize(("low", "high"), [(0.12, 0.03), (0.3, 0.095)])  # the crossing is near either end
@given(P=st.integers(30, 10**6))
def test_a_pair_that_one_more_size_should_close_is_closed_whatever_the_rounding(low, high, P):
    curve = {P: low, round(P * exp(0.37)): high}
    size = next_size(curve, 0.1, 0.2, 8, 10**7)
    assert next_size(curve | {size: 0.05 if low < 0.2 else 0.2}, 0.1, 0.2, 8, 10**7) is None


@pytest.mark.parametrize(("slope", "most"), [(2, 6), (3, 4), (7, 4)])
def test_far_from_the_crossing_it_follows_the_slope_of_the_curve(slope, most):
    curve, P = {}, 600  # P* is 2,000
    while P is not None:
        curve[P] = logistic(P, 2000, slope, 0.1)
        P = next_size(curve, 0.1, 0.2, 8, 2**20)
    assert len(curve) <= most


@pytest.mark.parametrize(("spread", "most"), [(1.1, 3), (1.5, 5), (3, 6)])
def test_a_good_guess_needs_few_sizes(spread, most):
    for slope in (4, 6, 10):
        for sign in (-1, 1):
            curve, P = {}, round(2000 * spread**sign)
            while P is not None:
                curve[P] = logistic(P, 2000, slope)
                P = next_size(curve, 0.1, 0.2, 8, 2**20)
            assert len(curve) <= most


@pytest.mark.parametrize(("value", "end"), [(0.9, 1000), (0.01, 10)])
def test_a_curve_that_never_crosses_ends_at_the_limit(value, end):
    curve, P = {}, 100
    while P is not None:
        curve[P] = value
        P = next_size(curve, 0.1, 0.2, 10, 1000)
    assert end in curve and min(curve) >= 10 and max(curve) <= 1000


@pytest.mark.parametrize(("value", "end"), [(0.103, 10**5), (0.097, 10)])
def test_a_curve_that_stays_near_its_threshold_ends_there_soon(value, end):
    curve, P = {}, 1000
    while P is not None:
        curve[P] = value
        P = next_size(curve, 0.1, 0.1, 10, 10**5)
    assert end in curve and len(curve) < 15


def test_a_crossing_is_the_last_one():
    """As `crossing` reads it: a curve that comes up again is not yet down."""
    curve = {100: 0.05, 200: 0.3, 400: 0.02}
    assert 200 < next_size(curve, 0.1, 0.2, 8, 10**6) < 400


def test_sizes_without_a_value_are_not_visited_again():
    assert next_size({100: nan}, 0.1, 0.2, 8, 10**6) is None
    asked = next_size({100: 0.5}, 0.1, 0.2, 8, 10**6)
    assert next_size({100: 0.5, asked: nan}, 0.1, 0.2, 8, 10**6) is None


def test_neighbouring_whole_numbers_are_close_enough():
    assert next_size({9: 0.5, 10: 0.01}, 0.1, 0.01, 1, 100) is None


# Settings and seeds


def test_it_begins_with_the_first_seed_alone_at_the_scale():
    runs = SEARCH.runs(pd.DataFrame())
    assert [(run.P, run.task_seed, run.s0) for run in runs] == [(27, 0, 0), (27, 0, 1)]  # n_c m^L
    scaled = Search(["CNN"], TASKS, 2, WAY, scale=lambda architecture, task: 100 * (task.s0 + 1))
    assert [run.P for run in scaled.runs(pd.DataFrame())] == [100, 200]


def test_other_seeds_begin_where_the_first_one_ended():
    rows, _ = play(SEARCH, lambda run: logistic(run.P, 300 * (run.s0 + 1), 6))
    for s0 in (0, 1):
        own = rows[(rows.s0 == s0) & (rows.task_seed == 1)]
        assert len(own) == 2  # about the P* of the first
        assert own.P.iloc[0] == pytest.approx(300 * (s0 + 1), rel=0.1)


def test_a_setting_begins_at_the_ratio_of_the_most_similar_one_stored():
    far, near = (Search(["CNN"], [SRHM(v=v, n_c=v, m=v, s=2, L=2, s0=0)], 1, WAY) for v in (3, 7))
    rows, _ = play(far, lambda run: logistic(run.P, 5 * 27, 6))
    rows, _ = play(near, lambda run: logistic(run.P, 2 * 7**3, 6), rows)
    wanted = Search(["CNN"], [SRHM(v=8, n_c=8, m=8, s=2, L=2, s0=0)], 1, WAY)
    (begin,) = wanted.runs(rows)
    assert pytest.approx(2 * 8**3, rel=0.03) == begin.P
    other = Search(["CNN"], wanted.tasks, 1, WAY | dict(inputs="whitened"))  # no neighbour
    assert [run.P for run in other.runs(rows)] == [8**3]


def test_a_setting_trained_at_another_rate_is_similar_the_more_the_nearer_its_rate():
    task = SRHM(v=8, n_c=8, m=8, s=2, L=2, s0=0)
    ways = {ratio: WAY | dict(lr=lr, width=32, batch_size=16) for ratio, lr in ((5, 0.01), (2, 0.1))}
    rows = None
    for ratio, way in ways.items():
        search = Search(["CNN"], [task], 1, way, tolerance=0.05)
        rows, _ = play(search, lambda run, ratio=ratio: logistic(run.P, ratio * 8**3, 6), rows)
    (low,), (high,) = (Search(["CNN"], [task], 1, WAY | dict(lr=lr)).runs(rows) for lr in (0.008, 0.8))
    assert pytest.approx(5 * 8**3, rel=0.03) == low.P
    assert pytest.approx(2 * 8**3, rel=0.03) == high.P


def test_settings_with_blanks_by_level_are_similar_by_their_mean():
    one = Search(["CNN"], [SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=s0) for s0 in (0, (0, 2), 2)], 1, WAY)
    rows, _ = play(one, lambda run: logistic(run.P, 27 * 5 * stretch(run.s0) ** 2, 6))
    assert {run.key for run in one.runs(rows)} == set(rows.index)
    law = replace(one, scale=lambda architecture, task: stretch(task.s0) ** 2 * 27)
    (begin,) = replace(law, tasks=[SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=(2, 0))]).runs(rows)
    assert pytest.approx(27 * 5 * 3, rel=0.03) == begin.P
    (other,) = replace(law, tasks=[SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=(2, 0))], training={"bias": True}).runs(
        rows
    )
    assert other.P == 81  # trained otherwise: no neighbour
    for seed in range(3):
        assert one.runs(rows.sample(frac=1, random_state=seed)) == one.runs(rows)
    assert sample_complexity(rows).s0.tolist() == [0, (0, 2), 2]


def test_what_it_asks_for_does_not_depend_on_the_order_of_the_rows():
    rows, _ = play(SEARCH, lambda run: logistic(run.P, 200 * (run.s0 + 1) * (run.task_seed + 1), 5))
    for part in (rows.iloc[:3], rows.iloc[2:7], rows):
        asked = SEARCH.runs(part)
        for seed in range(3):
            assert SEARCH.runs(part.sample(frac=1, random_state=seed)) == asked


def test_stored_runs_of_a_grid_count():
    grid = Grid(["CNN"], TASKS, (200, 220, 400, 440), 2, WAY)
    rows = table_of(grid.runs(), lambda run: logistic(run.P, 210 * (run.s0 + 1), 6))
    assert {run.key for run in SEARCH.runs(rows)} == set(rows.index)


def test_runs_of_other_settings_and_ways_do_not_count():
    rows = table_of(Grid(["CNN"], TASKS, (200, 220), 2, WAY | dict(lr=0.5)).runs(), lambda run: 0.5)
    assert len(SEARCH.runs(rows)) == 2 and not {run.key for run in SEARCH.runs(rows)} & set(rows.index)


def test_its_parts_ask_for_what_the_whole_asks_for():
    rows, _ = play(SEARCH, lambda run: logistic(run.P, 100 * (run.s0 + 1), 5))
    for part in (rows.head(0), rows.iloc[:4], rows):
        parts = [run for each in SEARCH.parts() for run in each.runs(part)]
        assert sorted(run.key for run in parts) == sorted(run.key for run in SEARCH.runs(part))
    assert len(SEARCH.parts()) == 2


def test_the_runs_of_a_seed_may_be_drawn_once_its_search_is_over():
    def value(run):
        return logistic(run.P, 100 * (run.s0 + 1) * (run.task_seed + 1), 5)

    rows, _ = play(SEARCH, value)
    assert {run.key for run in SEARCH.settled(rows)} == set(rows.index)
    seeds, partial = set(), 0
    for count in range(len(rows)):
        stored = rows.iloc[:count]
        asked = {(run.s0, run.task_seed) for run in SEARCH.runs(stored) if run.key not in stored.index}
        settled = SEARCH.settled(stored)
        assert {run.key for run in settled} <= set(stored.index)
        over = {(run.s0, run.task_seed) for run in settled}
        assert over.isdisjoint(asked) and over >= seeds  # what is done stays so
        assert over | asked >= set(zip(stored.get("s0", []), stored.get("task_seed", []), strict=True))
        seeds, partial = over, partial + (0 < len(over) < 4)
    assert partial


def test_a_seed_may_be_drawn_while_sensitivities_are_searched_for_but_not_another_threshold():
    both = replace(SEARCH, quantities=[P_STAR, Quantity("P_star_S", "S_2_1", 0.3)])
    rows, _ = play(SEARCH, lambda run: logistic(run.P, 300, 6))
    rows = rows.assign(S_2_1=0.9)
    assert any(run.key not in rows.index for run in both.runs(rows))
    assert {run.key for run in both.settled(rows)} == set(rows.index)
    lower = replace(SEARCH, quantities=[P_STAR, Quantity("P_star_low", "test_error", 0.001)])
    assert lower.settled(rows) == []


def test_a_grid_may_be_drawn_in_part():
    grid = Grid(["CNN"], TASKS, (200, 400), 2, WAY)
    assert grid.settled() == grid.settled(table_of(grid.runs()[:1], lambda run: 0.5)) == grid.runs()


def test_several_quantities_are_served_at_once():
    both = Search(["CNN"], TASKS[:1], 1, WAY, [P_STAR, Quantity("P_star_S", "S_2_1", 0.3)])
    table = pd.DataFrame()
    while new := [run for run in both.runs(table) if run.key not in table.index]:
        rows = table_of(new, lambda run: logistic(run.P, 300, 6))
        table = pd.concat([table, rows.assign(S_2_1=[logistic(P, 900, 4, 0.3) for P in rows.P])])
    for quantity, P_star in zip(both.quantities, (300, 900), strict=True):
        found = sample_complexity(table, quantity.threshold, quantity.column)
        assert found.P_star.item() == pytest.approx(P_star, rel=0.1)
    assert len(table) < 14


def test_networks_that_compare_the_data_of_a_batch_are_searched_from_two_on():
    search = Search(["VGG11"], TASKS[:1], 1, dict(width=8), smallest=1)
    rows, _ = play(search, lambda run: logistic(run.P, 300, 6))
    assert sample_complexity(rows).P_star.item() == pytest.approx(300, rel=0.05)
    rows, _ = play(search, lambda run: 0.0)
    assert rows.P.min() == 2 and "from P = 2 on" in search.at_limits(rows)[0]


def test_a_limit_that_is_met_is_said():
    search = Search(["CNN"], TASKS[:1], 1, WAY, largest=1000)
    rows, _ = play(search, lambda run: 0.6)
    (sentence,) = search.at_limits(rows)
    assert "seed 0: test_error is above 0.1 up to P = 1,000, the limit of its search" in sentence
    assert sample_complexity(rows).status.item() == "not reached"
    rows, _ = play(search, lambda run: 0.0)
    assert "below 0.1 from P = 8 on" in search.at_limits(rows)[0]
    rows, _ = play(search, lambda run: logistic(run.P, 300, 6))
    assert search.at_limits(rows) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(tolerance=0), "tolerance must be positive, got 0"),
        (dict(smallest=0), "1 <= smallest < largest, got smallest = 0"),
        (dict(smallest=100, largest=10), "got smallest = 100, largest = 10"),
        (dict(quantities=()), "quantities must name at least one"),
    ],
)
def test_a_bad_search_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Search(["CNN"], TASKS, 1, WAY, **changes)


# Computed


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("searched"))
    sweep([SEARCH], store, "cpu", workers=0)
    return store


def test_a_search_finds_what_a_fine_grid_finds(searched, tmp_path):
    """Computed both ways, in two folders; a grid with 30 sizes an e-fold would be dear at more settings."""
    found = crossings(searched.load())
    assert found.P_star.between(0, inf, "neither").all() and len(found) == 4
    for row in found[found.s0 == 1].itertuples():
        sizes = sorted({round(row.P_star * exp(x / 10)) for x in range(-6, 7)})
        runs = [
            Run.of_task(
                TASKS[1], architecture="CNN", P=P, **WAY,
                task_seed=row.task_seed, data_seed=row.task_seed, init_seed=row.task_seed,
            )
            for P in sizes
        ]  # fmt: skip
        store = Store(tmp_path / str(row.task_seed))
        sweep(runs, store, "cpu", workers=0)
        assert abs(log(crossings(store.load()).P_star.item() / row.P_star)) <= SEARCH.tolerance


def test_it_asks_for_nothing_more_when_done(searched):
    assert searched.missing(SEARCH.runs(searched.load())) == []
    assert sweep([SEARCH], searched, "cpu", workers=0) == 0


def test_one_that_is_stopped_after_any_run_goes_on_to_the_same_rows(searched, tmp_path, monkeypatch):
    class Stopped(Exception):
        pass

    append, left = Store.append, [0]

    def limited(self, *row):
        if left[0] == 0:
            raise Stopped
        left[0] -= 1
        append(self, *row)

    monkeypatch.setattr(Store, "append", limited)
    store, lives = Store(tmp_path), 0
    while True:
        left[0] = 3
        try:
            sweep([SEARCH], store, "cpu", workers=0)
            break
        except Stopped:
            lives += 1
    assert lives > 1
    columns = ["P", "task_seed", "s0", "test_error"]
    expected = searched.load()[columns]
    pd.testing.assert_frame_equal(store.load()[columns].sort_index(), expected.sort_index())


def test_worker_processes_find_the_same(searched, tmp_path):
    store = Store(tmp_path)
    sweep([SEARCH], store, "cpu", workers=2)
    found, expected = (crossings(s.load()).set_index(["s0", "task_seed"]).P_star for s in (store, searched))
    assert (abs((found / expected).map(log)) <= SEARCH.tolerance).all()
