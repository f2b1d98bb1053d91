"""Verdicts on runs whose distance from the paper is known."""

import re
from functools import cache, partial
from itertools import product
from math import inf, isnan, log, nan, nextafter

import numpy as np
import pandas as pd
import pytest

from srhm.analysis import sparsity_law
from srhm.analysis.columns import SEEDS, SETTING
from srhm.papers.sparse2024 import STUDIES, digitised, quantities
from srhm.papers.sparse2024 import scorecard as scoring
from srhm.papers.sparse2024.laws import LAWS
from srhm.papers.sparse2024.scorecard import (
    CLAIMS,
    LIMITS,
    NO_CLAIM,
    NO_VERDICT,
    OPEN,
    RULE,
    VERDICTS,
    judge,
    judge_claims,
    our_sample_complexities,
    runs_by_way,
    score_claims,
    score_coincidence,
    score_curves,
    score_laws,
    score_points,
    scorecard,
    summarise,
)
from srhm.papers.sparse2024.studies import WAYS
from srhm.runs import Outcome, Store

COLUMNS = {"P_star": "test_error", "P_star_S": "S_2_1", "P_star_D": "D_2_1"}
MEASURED = ["test_error", *(f"{q}_{k}_{l}" for q in "SD" for k in ("1", "2", "out") for l in (1, 2))]


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """The bootstrap has its own tests."""
    monkeypatch.setattr(scoring, "fit_exponents", partial(scoring.fit_exponents, draws=5))


def complete(table):
    """Stored runs: a setting that the table lacks is the same for all, a quantity was not measured."""
    table = table.assign(**{name: 0 for name in [*SETTING, *SEEDS] if name not in table})
    return table.assign(**{name: nan for name in MEASURED if name not in table})


def thresholds_of(architecture, s, L):
    return {quantity.column: quantity.threshold for quantity in quantities(architecture, s, L)}


def crossing_at(points, factor=1.0):
    """Runs whose curves cross the paper's thresholds at the paper's P*, P*_S and P*_D times a factor."""
    parts = []
    for key, printed in points.groupby(digitised.TASK):
        task = dict(zip(digitised.TASK, key, strict=True))
        thresholds = thresholds_of(task["architecture"], task["s"], task["L"])
        at = {COLUMNS[row.quantity]: row.value * factor for row in printed.itertuples()}
        P = np.geomspace(min(at.values()) / 3, max(at.values()) * 3, 4).round().astype(int)
        curves = {column: thresholds[column] - 0.1 * np.log(P / value) for column, value in at.items()}
        parts.append(pd.DataFrame({"P": P} | curves).assign(**task))
    return complete(pd.concat(parts, ignore_index=True))


def following(curves, offset=0.0):
    """Runs whose means are the paper's curves, all moved up by an offset."""
    table = curves.assign(value=curves.value + offset)
    table = table.pivot_table(index=[*digitised.TASK, "P"], columns="column", values="value").reset_index()
    return complete(table.assign(P=table.P.round().astype(int)))


# Verdicts


def test_a_limit_belongs_to_the_better_verdict():
    assert [judge(x, 1, 2) for x in (0, 1, nextafter(1, 2), 2, nextafter(2, 3), inf)] == [
        "reproduced", "reproduced", "roughly", "roughly", "not reproduced", "not reproduced",
    ]  # fmt: skip
    assert judge(nan, 1, 2) == "not computed"


def test_the_rule_states_the_numbers_that_are_used():
    kinds = ("POINT", "CURVE", "EXPONENT", "RATIO", "CORRELATION")
    used = [float(limit) for kind in kinds for limit in getattr(scoring, kind)]
    sizes = [8, 1_048_576]  # of a search
    told = [
        float(row[kind].split()[-1 - row[kind].endswith("on")]) for row in LIMITS for kind in VERDICTS[:2]
    ]
    assert told == used
    assert [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", RULE)] == sizes
    assert used == [1.5, 2, 0.05, 0.1, 0.25, 0.5, 1.25, 1.6, 0.8, 0.5]
    assert max(map(len, RULE.splitlines())) <= 110
    for word in (VERDICTS[-1], *OPEN):
        assert word in RULE.replace("\n", " ")


# Points


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (1, "reproduced"), (1 / 1.45, "reproduced"), (1.7, "roughly"), (1 / 1.7, "roughly"),
        (3, "not reproduced"), (1 / 3, "not reproduced"),
    ],
)  # fmt: skip
def test_every_point_of_the_paper_times_a_factor_has_the_verdict_of_the_factor(factor, verdict):
    theirs = digitised.sample_complexities()
    scored = score_points(crossing_at(theirs, factor))
    assert len(scored) == len(theirs)
    assert scored.ratio.tolist() == pytest.approx([factor] * len(theirs))
    bounds = scored["first"] & (factor < 1)  # that P* is lower does not speak against them
    assert set(scored[~bounds].verdict) == {verdict}
    assert set(scored[bounds].verdict) <= {"not computed"}
    assert scored.paper.tolist() == theirs.value.tolist()
    assert scored.ours.tolist() == pytest.approx((theirs.value * factor).tolist())


def test_a_point_without_runs_at_its_setting_is_not_computed():
    theirs = digitised.sample_complexities()
    scored = score_points(crossing_at(theirs[theirs.L == 2]))
    assert set(scored[scored.L == 2].verdict) == {"reproduced"}
    assert set(scored[scored.L == 3].verdict) == {"not computed"}
    assert scored[scored.L == 3].ratio.isna().all()


@pytest.mark.parametrize(
    ("values", "end", "verdict"),
    [
        ([0.9, 0.5], 2**20, "not reached"), ([0.09, 0.0], 8, "not reached"),
        ([0.9, 0.5], 0, "not computed"), ([0.09, 0.0], 0, "not computed"),  # the search goes on
    ],
)  # fmt: skip
def test_a_threshold_is_not_reached_if_no_size_of_a_search_crosses_it(values, end, verdict):
    theirs = digitised.sample_complexities().query("quantity == 'P_star' and architecture == 'LCN'")
    runs = crossing_at(theirs.query("value < 2e5"))
    early = runs.groupby(SETTING).P.transform("median") > runs.P
    runs = runs.assign(test_error=np.where(early, *values))
    if end:
        outermost = runs.groupby(SETTING).P.transform("max" if end > 8 else "min") == runs.P
        runs = runs.assign(P=runs.P.mask(outermost, end))
    scored = score_points(runs).dropna(subset="seeds").query("quantity == 'P_star'")
    assert set(scored.verdict) == {verdict}
    assert scored.nearest.isna().all()


@pytest.mark.parametrize(("largest", "verdict"), [(None, "not computed"), (2**20, "not reached")])
def test_one_seed_that_does_not_cross_leaves_a_point_without_P_star(largest, verdict):
    theirs = digitised.sample_complexities().query("quantity == 'P_star' and value < 2e5")
    runs = crossing_at(theirs)
    never = runs.assign(test_error=0.9, task_seed=1)
    if largest:
        never = never.assign(P=never.P.mask(never.groupby(SETTING).P.transform("max") == never.P, largest))
    going_on = runs.assign(test_error=0.9, task_seed=2)  # its search has not come so far
    for tables, seeds in (([runs, never], 2), ([runs, never, going_on], 3)):
        scored = score_points(pd.concat(tables)).dropna(subset="seeds").query("quantity == 'P_star'")
        assert set(scored.verdict) == {verdict}
        assert set(scored.seeds) == {seeds}


def test_a_seed_that_crosses_at_the_papers_point_has_that_point_on_the_grid():
    theirs = digitised.sample_complexities()
    theirs = theirs[~theirs["first"] & (theirs.figure != "11")]  # some of Fig. 11 lie beside the grid
    runs = crossing_at(theirs)
    nearer = crossing_at(theirs, 1 / 3).assign(task_seed=1)
    alone, both = (score_points(table).dropna(subset="ours") for table in (runs, pd.concat([runs, nearer])))
    assert set(both.agreeing) == {1}
    assert (alone.nearest / alone.paper).tolist() == pytest.approx([1] * len(theirs), rel=0.004)
    assert both.nearest.tolist() == alone.nearest.tolist()  # of the first seed
    swapped = pd.concat([runs.assign(task_seed=1), nearer.assign(task_seed=0)])
    assert (score_points(swapped).dropna(subset="ours").nearest < alone.nearest).all()


def test_the_first_point_of_a_grid_agrees_with_nothing():
    theirs = digitised.sample_complexities()
    scored = score_points(crossing_at(theirs[theirs["first"]])).dropna(subset="ours")
    assert len(scored) == 3
    assert scored.agreeing.isna().all()
    assert set(scored.verdict) == {"reproduced"}


@pytest.mark.parametrize(("points", "verdict"), [(7, "not computed"), (8, "reproduced"), (14, "reproduced")])
def test_a_curve_is_judged_by_more_than_half_of_its_points(points, verdict):
    curve = digitised.curves().query("figure == '4A'").sort_values("P")
    assert len(curve) == 14
    scored = score_curves(following(curve).iloc[-points:]).query("figure == '4A'")
    assert (scored.points.item(), scored.verdict.item()) == (points, verdict)


def test_the_papers_fits_leave_out_the_first_point_of_a_grid():
    points = scoring._points_of_paper()
    assert not len(points.query("architecture == 'CNN' and L == 3 and v == 12"))
    assert len(points.query("s == 2 and sparsity == 'A'")) == 27 + 32 - 1
    assert points.spread.between(1, 1.4).all()


def test_sparsity_B_and_other_tasks_are_not_taken_for_a_point():
    runs = crossing_at(digitised.sample_complexities())
    for changes in (dict(sparsity="B"), dict(n_c=runs.n_c + 1), dict(s0=runs.s0 + 20)):
        assert set(score_points(runs.assign(**changes)).verdict) == {"not computed"}


def test_thresholds_are_the_papers_for_each_architecture_and_depth():
    found = our_sample_complexities(crossing_at(digitised.sample_complexities()))
    told = found.groupby(["architecture", "s", "L", "quantity"]).threshold.unique()
    for (architecture, s, L, quantity), thresholds in told.items():
        assert thresholds == [thresholds_of(architecture, s, L)[COLUMNS[quantity]]]


def test_runs_of_other_networks_and_depths_have_no_sample_complexity_here():
    runs = crossing_at(digitised.sample_complexities())
    for changes in (dict(architecture="VGG11"), dict(L=4)):
        assert our_sample_complexities(runs.assign(**changes)).empty
        assert set(score_points(runs.assign(**changes)).verdict) == {"not computed"}


# Curves


@pytest.mark.parametrize(
    ("offset", "verdict"),
    [(0, "reproduced"), (0.049, "reproduced"), (-0.07, "roughly"), (0.11, "not reproduced")],
)
def test_every_curve_of_the_paper_moved_by_an_offset_lies_that_far_away(offset, verdict):
    figures = ["4A", "7", "12", "15"]
    curves = digitised.curves()
    curves = curves[curves.figure.isin(figures)]
    scored = score_curves(following(curves, offset))
    scored = scored[scored.figure.isin(figures)]
    assert len(scored) == len(curves.drop_duplicates(["figure", *digitised.TASK, "column"]))
    assert scored.distance.tolist() == pytest.approx([abs(offset)] * len(scored), abs=1e-3)
    assert set(scored.verdict) == {verdict}
    assert (scored.ours - scored.paper).tolist() == pytest.approx([offset] * len(scored), abs=1e-3)


def test_only_the_papers_points_within_our_grid_are_compared():
    curve = digitised.curves().query("figure == '4A'").sort_values("P")
    runs = following(curve)
    scored = score_curves(runs.iloc[2:-3]).query("figure == '4A'")
    assert scored.points.tolist() == [len(curve) - 5]
    far = runs.assign(P=runs.P * 10**4)
    scored = score_curves(far).query("figure == '4A'")
    assert (scored.points.item(), scored.verdict.item()) == (0, "not computed")


def test_between_our_sizes_a_curve_is_linear_in_log_P():
    curve = digitised.curves().query("figure == '4A'").sort_values("P")
    ends = following(curve).iloc[[0, -1]]
    (first, a), (last, b) = ends[["P", "test_error"]].to_numpy().tolist()
    line = a + (b - a) * np.log(curve.P / first) / log(last / first)
    scored = score_curves(ends).query("figure == '4A'")
    assert scored.points.item() == len(curve)
    assert scored.distance.item() == pytest.approx((line - curve.value).abs().mean())


def test_a_curve_is_of_the_mean_over_seeds():
    curve = digitised.curves().query("figure == '4A'")
    runs = [following(curve, offset).assign(task_seed=seed) for seed, offset in enumerate((-0.2, 0.2))]
    scored = score_curves(pd.concat(runs)).query("figure == '4A'")
    assert scored.distance.item() == pytest.approx(0, abs=1e-9)


def test_seeds_of_a_curve_may_have_sizes_of_their_own():
    curve = digitised.curves().query("figure == '4A'").sort_values("P")
    runs = following(curve)
    some = runs.iloc[1::2].assign(test_error=runs.test_error + 0.2, task_seed=1)
    whole = score_curves(pd.concat([runs, some])).query("figure == '4A'")
    assert whole.points.item() == len(curve)
    inside = curve.P.between(some["P"].min(), some["P"].max())
    line = np.interp(np.log(curve.P), np.log(some["P"]), some.test_error)
    apart = np.where(inside, abs(line - curve.value) / 2, 0)
    assert whole.distance.item() == pytest.approx(apart.mean(), abs=1e-3)


# Laws


@cache
def by_law(power=None, D=1.0, S=1.0, seeds=1):
    """Runs that follow Eqs. 3 and 4, or another power of s0 + 1, with P*_D and P*_S in proportion."""
    points = []
    for architecture in ("LCN", "CNN"):
        for v, s, L, s0 in [
            (v, s, L, s0) for v in (4, 6) for s in (2, 3) for L in (2, 3) for s0 in (0, 1, 4)
        ]:
            m, C = v ** (s - 1), s ** (L / 2) if architecture == "LCN" else 2.5
            exponent = power or (L if architecture == "LCN" else 2)
            task = (architecture, "A", s, L, s0, v, v, m)
            P_star = C * (s0 + 1) ** exponent * v * m**L
            for quantity, factor in {"P_star": 1, "P_star_S": S, "P_star_D": D}.items():
                points.append((*task, quantity, P_star * factor))
    runs = crossing_at(pd.DataFrame(points, columns=[*digitised.TASK, "quantity", "value"]))
    return pd.concat([runs.assign(task_seed=seed) for seed in range(seeds)])


def test_runs_that_follow_the_equations_have_the_claimed_exponents():
    laws = score_laws(by_law())
    exponents = laws[laws.law.str.startswith("exponent") & ~laws.of.str.contains("sparsity B")]
    assert exponents.ours.tolist() == pytest.approx(exponents.claim.tolist(), abs=1e-6)
    assert set(exponents.verdict) == {"reproduced"}
    claimed = exponents.set_index(["of", "law"]).claim
    assert claimed["LCN, s = 2, L = 3", "exponent of s0+1"] == 3
    assert claimed["CNN, s = 3, L = 3", "exponent of s0+1"] == 2
    assert claimed["LCN, all s and L", "exponent of s^L"] == 0.5
    assert claimed["CNN, all s and L", "exponent of s^L"] == 0
    assert len(exponents) == 2 * (4 * 2 + 3)
    assert set(exponents.figure) == {"4B", "4C", "10", "13"}
    others = laws[laws.law.isin(["jump", "scatter"])]
    assert set(others.verdict) == {NO_CLAIM}
    assert others.ours.tolist() == pytest.approx([0] * len(others), abs=1e-6)


@pytest.mark.parametrize(
    ("power", "verdict"), [(2.2, "reproduced"), (2.4, "roughly"), (2.6, "not reproduced")]
)
def test_another_exponent_has_the_verdict_of_its_distance(power, verdict):
    laws = score_laws(by_law(power)).set_index(["of", "law"])
    row = laws.loc["CNN, s = 2, L = 3", "exponent of s0+1"]
    assert row.ours == pytest.approx(power)
    assert row.verdict == verdict
    assert row.paper == pytest.approx(1.9, abs=0.6)


def test_sparsity_B_has_laws_of_its_own():
    runs, other = (table[(table.L == 2) & (table.s == 2)] for table in (by_law(), by_law(power=4)))
    laws = score_laws(pd.concat([runs, other.assign(sparsity="B")]))
    of_B = laws.of.str.contains("sparsity B")
    of_A = score_laws(runs)
    of_A = of_A[~of_A.of.str.contains("sparsity B")].reset_index(drop=True)
    pd.testing.assert_frame_equal(laws[~of_B].reset_index(drop=True), of_A)
    powers = laws[of_B & laws.of.str.endswith("L = 2") & (laws.law == "exponent of s0+1")].set_index("of")
    assert powers.ours.to_dict() == pytest.approx(
        {"LCN, sparsity B, s = 2, L = 2": 4, "CNN, sparsity B, s = 2, L = 2": 4}
    )
    assert powers.claim.tolist() == [2, 2]
    assert powers.figure.tolist() == ["7", "8"]
    assert powers.paper.notna().tolist() == [True, False]  # Fig. 8 has not been digitised


def points_of_figures():
    """A P* for each setting of the paper's figures, as if all were computed."""
    rows = []
    for name in ("scaling", "sparsity_b", "triples"):
        for plan in STUDIES[name].plans("paper"):
            for architecture, task in product(plan.architectures, plan.tasks):
                of_task = {name: getattr(task, name) for name in digitised.TASK[1:]}
                rows.append({"architecture": architecture, "P_star": LAWS[architecture](task)} | of_task)
    points = pd.DataFrame(rows)
    return points.assign(**{name: 0 for name in [*SETTING, *SEEDS] if name not in points})


def test_the_powers_that_count_are_those_that_the_settings_of_the_figures_tell():
    counted, told = set(), set()
    for key, (_, depths) in scoring._P_STAR_FIGURES.items():
        counted |= {(*key, L, base) for L in depths for base in ("s0+1", "m") if "A" in key or base != "m"}
    for (*key, L), points in points_of_figures().groupby(["architecture", "sparsity", "s", "L"]):
        fit = scoring.fit_exponents(points, sparsity_law, 1.0)
        told |= {(*key, L, base) for base in {"s0+1", "m"} & set(fit.index) if "A" in key or base != "m"}
    assert counted == told


def test_a_power_that_few_runs_do_not_tell_is_an_item_all_the_same():
    few = by_law()
    few = few[(few.architecture == "LCN") & (few.L == 2) & (few.s == 2)]
    laws = score_laws(few)
    items = laws[laws.law.str.startswith("exponent")].set_index(["of", "law"])
    assert items.verdict["LCN, s = 2, L = 2", "exponent of s0+1"] == "reproduced"
    for case in (
        "LCN, s = 2, L = 3",
        "LCN, s = 3, L = 2",
        "CNN, s = 2, L = 2",
        "LCN, sparsity B, s = 2, L = 2",
    ):
        row = items.loc[case, "exponent of s0+1"]
        assert (row.verdict, isnan(row.ours)) == ("not computed", True)
    assert items.paper["LCN, s = 2, L = 3", "exponent of s0+1"] == pytest.approx(2.1, abs=0.6)
    judged = judge_claims(score_claims({"few": laws}), "few")
    assert set(judged) == {"not computed"}  # one item of three
    dear = few.assign(test_error=few.test_error.clip(lower=0.5))
    assert set(score_laws(dear)[lambda t: t.of == "LCN, s = 2, L = 2"].verdict) == {"not computed"}


def test_runs_without_blanks_alone_are_scored():
    """None of them has D, and a sweep computes them first."""
    dense = by_law()
    dense = dense[dense.s0 == 0].drop(columns=[name for name in dense if name.startswith("D_")])
    tables = scorecard(dense)
    points = tables["points"].set_index(["architecture", "s0", "quantity"])
    assert set(points.loc["LCN", 0, "P_star"].verdict) >= {"not reproduced"}
    assert set(points.loc["LCN", 2, "P_star_D"].verdict) == {"not computed"}


# Claims


def test_a_claim_has_the_evidence_of_each_way_to_train():
    laws = {"one": score_laws(by_law()), "other": score_laws(by_law(2.4))}
    claims = score_claims(laws)
    assert set(claims.claim) == set(CLAIMS)
    assert judge_claims(claims, "one")[CLAIMS[6]] == "not computed"
    assert list(judge_claims(claims, "one").index) == list(CLAIMS)
    assert not claims.of.str.contains("all s and L").any() or set(
        claims[claims.of.str.contains("all s and L")].claim
    ) == {CLAIMS[3]}
    row = claims.set_index(["claim", "of"]).loc[CLAIMS[1], "CNN, s = 2, L = 3"]
    assert (row.claimed, row.one, row.other) == (2, pytest.approx(2), pytest.approx(2.4))
    assert (row.one_verdict, row.other_verdict) == ("reproduced", "roughly")
    assert row.paper == pytest.approx(1.9, abs=0.6)
    assert judge_claims(claims, "one")[CLAIMS[1]] == "reproduced"
    assert judge_claims(claims, "other")[CLAIMS[1]] == "roughly"
    assert judge_claims(claims, "other")[CLAIMS[0]] == "not reproduced"  # 2.4 for 3
    of_paper = claims.set_index(["of", "law"]).loc["LCN, s = 2, L = 3", "exponent of s0+1"]
    assert of_paper.paper_verdict == judge(abs(of_paper.paper - 3), *scoring.EXPONENT) == "not reproduced"
    assert judge_claims(claims, "paper")[CLAIMS[0]] == "not reproduced"


def test_items_tell_how_far_they_lie_from_the_claim():
    laws = score_laws(by_law(2.4, D=0.8, S=1.1)).set_index(["of", "law"])
    assert laws.distance["LCN, s = 2, L = 3", "exponent of s0+1"] == pytest.approx(0.6)
    for of in ("LCN, s = 2", "CNN, s = 2"):
        distances = [laws.distance[of, f"P_star_{letter} / P_star"] for letter in "SD"]
        assert distances == pytest.approx(np.log10([1.1, 1.25]), rel=0.05)
    correlations = laws[laws.index.get_level_values("law").str.startswith("rank")]
    assert correlations.distance.isna().all()
    claims = score_claims({"one": laws.reset_index()})
    told = [laws.distance[row.of, row.law] for row in claims.itertuples()]
    np.testing.assert_array_equal(claims.one_distance, told)  # nan where there is nothing to judge


def test_depths_beyond_the_papers_get_no_verdict_and_move_no_other():
    runs = by_law()
    deeper = runs[runs.L == 3].assign(L=4, P=runs["P"] * 7)  # by another law
    laws, with_deeper = (score_laws(t).set_index(["of", "law"]) for t in (runs, pd.concat([runs, deeper])))
    added = with_deeper.index.difference(laws.index)
    assert set(added.get_level_values("of")) == {
        f"{a}, s = {s}, L = 4" for a in ("LCN", "CNN") for s in (2, 3)
    }
    assert set(with_deeper.loc[added].verdict) == {NO_CLAIM}
    pd.testing.assert_frame_equal(with_deeper.loc[laws.index], laws)


def test_what_one_way_has_not_computed_is_said_and_does_not_decide():
    few = by_law()
    few = few[(few.architecture == "CNN") & (few.L == 2)]
    claims = score_claims({"all": score_laws(by_law()), "few": score_laws(few)})
    of_CNN = claims[claims.claim == CLAIMS[1]].set_index("of").few_verdict
    assert of_CNN["CNN, s = 2, L = 2"] == "reproduced"
    assert of_CNN["CNN, s = 2, L = 3"] == "not computed"
    assert judge_claims(claims, "few")[CLAIMS[1]] == "not computed"  # one of four items
    assert judge_claims(claims, "few")[CLAIMS[0]] == "not computed"


@pytest.mark.parametrize(
    ("S", "D", "verdicts"),
    [
        (1.0, 1.2, ("reproduced", "reproduced")),
        (1.5, 1 / 1.5, ("roughly", "roughly")),
        (1 / 1.2, 2.0, ("reproduced", "not reproduced")),
    ],
)
def test_the_coincidence_is_the_mean_ratio(S, D, verdicts):
    table = score_coincidence(by_law(S=S, D=D)).set_index(["of", "law"])
    for case in ("LCN, s = 2", "CNN, s = 2", "LCN, s = 3", "CNN, s = 3"):
        for law, ratio, verdict in zip(("P_star_S", "P_star_D"), (S, D), verdicts, strict=True):
            row = table.loc[case, f"{law} / P_star"]
            assert [row.ours, row.ours_low, row.ours_high] == pytest.approx([ratio] * 3)
            assert row.verdict == verdict
    assert set(table.loc["FCN, s = 2"].verdict) == {"not computed"}


def test_the_papers_own_coincidence_is_that_of_its_figures():
    table = score_coincidence(by_law()).set_index(["figure", "of", "law"])
    for figure, files, case in [("6", ("fig06c", "fig06d"), "LCN, s = 2"),
                              ("14", ("fig14_s2_S", "fig14_s2_D"), "CNN, s = 2")]:  # fmt: skip
        for file, letter in zip(files, "SD", strict=True):
            ratios = np.log(digitised.digitised(file).ratio)
            row = table.loc[figure, case, f"P_star_{letter} / P_star"]
            expected = np.exp([ratios.mean(), ratios.min(), ratios.max()])
            assert [row.paper, row.paper_low, row.paper_high] == pytest.approx(expected, rel=0.005)


def test_a_coincidence_of_thresholds_that_are_never_crossed_is_not_reached():
    runs = by_law()
    runs = runs[runs.P < 2**20]
    searching = score_coincidence(runs.assign(S_2_1=0.9)).set_index(["of", "law"]).verdict
    assert searching["LCN, s = 2", "P_star_S / P_star"] == "not computed"
    largest = runs.groupby(SETTING).P.transform("max") == runs.P
    over = runs.assign(S_2_1=0.9, P=runs.P.mask(largest, 2**20))
    stuck = score_coincidence(over).set_index(["of", "law"]).verdict
    assert stuck["LCN, s = 2", "P_star_S / P_star"] == "not reached"
    assert stuck["LCN, s = 2", "P_star_D / P_star"] == "reproduced"
    absent = score_coincidence(runs.assign(S_2_1=nan)).set_index(["of", "law"]).verdict
    assert absent["LCN, s = 2", "P_star_S / P_star"] == "not computed"


def vision(order):
    """Runs of Fig. 1's task whose test error has this order, and D and S that of 0, 1, 2, ..."""
    table = pd.DataFrame({"test_error": order, "D_out_1": range(len(order)), "S_out_1": range(len(order))})
    table = table.assign(sparsity="A", s=2, L=2, s0=2, v=10, n_c=10, m=10, P=7400)
    return complete(table.assign(architecture=["VGG11", "VGG16", "ResNet18", "ResNet34", "CNN"]))


@pytest.mark.parametrize(
    ("order", "correlation", "verdict"),
    [
        ([0, 1, 2, 3, 4], 1, "reproduced"),
        ([1, 0, 2, 4, 3], 0.8, "reproduced"),
        ([2, 0, 1, 4, 3], 0.6, "roughly"),
        ([0, 3, 1, 4, 2], 0.5, "roughly"),
        ([4, 3, 2, 1, 0], -1, "not reproduced"),
    ],
)
def test_a_correlation_is_that_of_ranks(order, correlation, verdict):
    laws = score_laws(vision(order)).query("figure == '1'")
    assert laws.ours.tolist() == pytest.approx([correlation] * 2)
    assert laws.verdict.tolist() == [verdict] * 2


def test_a_correlation_of_less_than_half_of_the_networks_is_not_judged():
    runs = vision([0, 1, 2, 3, 4])
    three = runs[runs.architecture.isin(["VGG11", "VGG16", "CNN"])]
    several_sizes = pd.concat([three, three.assign(P=9400)])
    assert score_laws(several_sizes).query("figure == '1'").verdict.tolist() == ["not computed"] * 2


def test_a_correlation_is_of_the_task_of_figure_1_only():
    runs = vision([0, 1, 2, 3, 4])
    other = vision([4, 3, 2, 1, 0])
    changes = [dict(sparsity="B"), dict(s=3), dict(L=3), dict(s0=1), dict(v=8), dict(n_c=5), dict(m=5)]
    mixed = pd.concat([runs, *(other.assign(**change) for change in changes)])
    assert score_laws(mixed).query("figure == '1'").ours.tolist() == pytest.approx([1, 1])


# The summary


def items(**verdicts):
    rows = [(figure.removeprefix("f"), verdict) for figure, found in verdicts.items() for verdict in found]
    return pd.DataFrame(rows, columns=["figure", "verdict"])


A, B, C = VERDICTS


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([A], A), ([C], C), ([A, B, C], B), ([A, A, C], A), ([A, C, C], C), ([A, B, B], B),
        ([A, C], C), ([B, C], C), ([A, A, C, C], C),  # of two in the middle, the worse
        ([C, C, *OPEN[:1], NO_CLAIM], C), ([C, OPEN[0]], NO_VERDICT), ([A, A, A, *OPEN, *OPEN], NO_VERDICT),
        ([*OPEN], "not computed"), ([OPEN[1]], "not computed"),
    ],
)  # fmt: skip
def test_a_figure_has_the_verdict_of_its_median_item(verdicts, verdict):
    (row,) = summarise(items(f1=verdicts)).to_dict("records")
    assert row["verdict"] == verdict
    assert {name: row[name] for name in (*VERDICTS, *OPEN)} == {
        name: verdicts.count(name) for name in (*VERDICTS, *OPEN)
    }


def test_figures_come_in_their_order_and_tables_are_added_up():
    summary = summarise(items(f12=[A], f4C=[B]), items(f4B=[A], f1=[A], f12=[A, C]))
    assert summary.index.tolist() == ["1", "4B", "4C", "12"]
    assert summary.loc["12", list(VERDICTS)].tolist() == [2, 0, 1]


def test_the_counts_add_up_to_the_items():
    tables = scorecard(pd.concat([by_law(), following(digitised.curves())]))
    summary = tables.pop("summary")
    assert list(tables) == ["points", "curves", "laws"]
    judged = pd.concat([table[["figure", "verdict"]] for table in tables.values()])
    assert set(judged.verdict) <= {*VERDICTS, *OPEN, NO_CLAIM}
    counted = judged[judged.verdict != NO_CLAIM].groupby("figure").size()
    assert summary[[*VERDICTS, *OPEN]].sum(axis=1).to_dict() == counted.to_dict()
    assert len(tables["points"]) + len(tables["curves"]) < counted.sum()


# Which runs


def test_runs_are_those_of_each_way_to_train_and_of_no_variation(tmp_path):
    store = Store(tmp_path)
    for name in ("sample_complexity", "scaling", "robustness"):  # that of scaling begins its searches
        for run in STUDIES[name].runs("smoke"):
            store.append(run, Outcome("converged", test_error=0.5), {})
    found = runs_by_way(store, "smoke")
    stored = set(store.load().index)
    for way, names in WAYS.items():
        asked = {run.key for name in names if name != "scaling" for run in STUDIES[name].runs("smoke")}
        assert set(found[way].index) == stored & asked
    assert stored - set().union(*(set(runs.index) for runs in found.values()))  # of the robustness study


def test_a_way_without_runs_is_left_out(tmp_path):
    store = Store(tmp_path)
    store.append(STUDIES["usual_vision"].runs("smoke")[0], Outcome("converged", test_error=0.5), {})
    assert list(runs_by_way(store, "smoke")) == ["usual rate"]


def test_an_empty_store_names_the_command(tmp_path):
    with pytest.raises(
        ValueError, match="holds no runs of profile 'smoke'; `srhm sweep all --profile smoke` computes them"
    ):
        runs_by_way(Store(tmp_path / "nowhere"), "smoke")


def test_an_unknown_profile_is_named(tmp_path):
    with pytest.raises(ValueError, match="profile must be one of .*, got 'nope'"):
        runs_by_way(Store(tmp_path), "nope")


# Whichever figures are there


@pytest.mark.parametrize("names", [[], ["fig04b"], ["fig12"], ["fig01", "fig06d"]])
def test_the_scorecard_works_with_the_tables_that_are_there(names, monkeypatch, tmp_path):
    runs = by_law()
    for name in names:
        (tmp_path / f"{name}.csv").write_bytes((digitised.DATA / f"{name}.csv").read_bytes())
    monkeypatch.setattr(digitised, "DATA", tmp_path)
    tables = scorecard(runs)
    exponents = tables["laws"][tables["laws"].law.str.startswith("exponent")]
    assert set(exponents[~exponents.of.str.contains("sparsity B")].verdict) == {"reproduced"}
    assert len(tables["points"]) == len(digitised.sample_complexities())
    assert tables["curves"].points.sum() == 0
    assert {"4B", "4C", "6", "14"} <= set(tables["summary"].index)
