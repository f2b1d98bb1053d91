"""The model against its definition: an enumeration of the whole language, written here, is the oracle."""

from dataclasses import replace
from itertools import combinations, product
from math import comb, prod

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from srhm.model import SRHM, ByLevel, stretch

quick = settings(max_examples=40)
seeds = st.integers(0, 2**40)

# Small enough to write down every datum.
TINY = [
    SRHM(v=3, n_c=3, m=3, s=2, L=1, s0=1, seed=1),
    SRHM(v=2, n_c=2, m=2, s=2, L=1, s0=2, sparsity="B", seed=2),
    SRHM(v=2, n_c=2, m=3, s=3, L=1, s0=1, sparsity="B", seed=3),
    SRHM(v=2, n_c=4, m=1, s=2, L=2, s0=1, seed=4),
    SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=1, seed=5),
    SRHM(v=2, n_c=3, m=1, s=2, L=2, s0=1, sparsity="B", seed=6),
    SRHM(v=3, n_c=2, m=3, s=2, L=2, s0=0, sparsity="B", seed=7),
    SRHM(v=2, n_c=2, m=2, s=2, L=3, s0=0, seed=8),
    SRHM(v=2, n_c=4, m=1, s=2, L=2, s0=(2, 0), seed=9),
    SRHM(v=2, n_c=2, m=2, s=2, L=2, s0=(0, 1), sparsity="B", seed=10),
    SRHM(v=2, n_c=2, m=2, s=2, L=3, s0=(0, 1, 0), seed=11),
]
VALID = dict(v=4, n_c=4, m=4, s=2, L=2, s0=1)
LARGE = dict(v=8, n_c=8, m=8, s=2, L=3, s0=2)
BOTH = [SRHM(**LARGE, sparsity="A"), SRHM(**LARGE, sparsity="B")]
MIXED = [SRHM(**LARGE | dict(s0=(2, 1, 3)), sparsity=x) for x in "AB"]


@st.composite
def tasks(draw, sparsities="AB", least_s0=0):
    s = draw(st.integers(2, 4))
    L = draw(st.integers(1, 3 if s == 2 else 2))
    v = draw(st.integers(2, 6))
    m = draw(st.integers(1, v**s if L == 1 else v ** (s - 1)))
    blanks = st.integers(least_s0, 3)
    return SRHM(
        v=v,
        n_c=draw(st.integers(1, v**s // m)),
        m=m,
        s=s,
        L=L,
        s0=draw(blanks | st.tuples(*[blanks] * L)),
        sparsity=draw(st.sampled_from(sparsities)),
        seed=draw(seeds),
    )


def placements_of(task, level):
    """Every way to lay s features in a level-`level` patch, from the definition of sparsity A and B."""
    width = task.blanks[level - 1] + 1
    if task.sparsity == "B":
        return list(combinations(range(task.s * width), task.s))
    sub_patches = [range(i * width, (i + 1) * width) for i in range(task.s)]
    return list(product(*sub_patches))


def strings(task, symbol, level):
    """Every input grown from a level-(level+1) symbol: tuples of symbols, None at blanks."""
    if level == 0:
        yield (symbol,)
        return
    length, blank = 1, ()
    for blanks in task.blanks[:level]:
        blank, length = (None,) * length, length * task.s * (blanks + 1)
    for features in task.rules[level][symbol].tolist():
        for children in product(*(list(strings(task, f, level - 1)) for f in features)):
            for places in placements_of(task, level):
                patches = dict(zip(places, children, strict=True))
                patch = range(task.s * (task.blanks[level - 1] + 1))
                yield tuple(c for i in patch for c in patches.get(i, blank))


def language(task):
    """Every datum of a task and its label."""
    return {string: label for label in range(task.n_c) for string in strings(task, label, task.L)}


def encode(strings_, v):
    """Strings as a (n, v, d) one-hot tensor."""
    codes = torch.tensor([[v if c is None else c for c in string] for string in strings_])
    return torch.nn.functional.one_hot(codes, v + 1)[..., :v].transpose(1, 2).float()


def read(x):
    """One-hot inputs (n, v, d) as strings."""
    occupied, symbols = x.sum(1).bool().tolist(), x.argmax(1).tolist()
    return [
        tuple(c if there else None for c, there in zip(cs, where, strict=True))
        for cs, where in zip(symbols, occupied, strict=True)
    ]


def same(a, b):
    return all(torch.equal(getattr(a, f), getattr(b, f)) for f in ("labels", "symbols", "positions"))


def each_level(task):
    return range(1, task.L + 1)


# The language


@pytest.mark.parametrize("task", TINY)
def test_size_counts_every_distinct_datum(task):
    grown = [s for label in range(task.n_c) for s in strings(task, label, task.L)]
    assert len(grown) == len(set(grown)) == task.size


@pytest.mark.parametrize("task", TINY)
def test_sampling_reaches_every_datum_equally_often(task):
    n = 25 * task.size
    data = task.sample(n, seed=11)
    columns = data.one_hot().argmax(1) + data.one_hot().sum(1).long()
    codes = (columns * (task.v + 1) ** torch.arange(task.d)).sum(1)
    values, first, counts = np.unique(codes.numpy(), return_index=True, return_counts=True)
    found = dict(zip(read(data[first].one_hot()), data.labels[first].tolist(), strict=True))
    assert found == language(task)
    assert chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("task", [t for t in TINY if (t.v + 1) ** t.d < 7000])
def test_decode_accepts_exactly_the_language_among_all_inputs(task):
    known = language(task)
    for string in product([None, *range(task.v)], repeat=task.d):
        x = encode([string], task.v)
        if string in known:
            assert task.decode(x).tolist() == [known[string]]
        else:
            with pytest.raises(ValueError, match="datum 0 is not in the language"):
                task.decode(x)


@pytest.mark.parametrize("task", TINY)
def test_decode_labels_the_whole_language_at_once(task):
    known = language(task)
    assert task.decode(encode(known, task.v)).tolist() == list(known.values())


def corruptions(string, v, generator):
    """A symbol changed, moved, removed, added; two columns swapped."""
    there = [i for i, c in enumerate(string) if c is not None]
    i, j = generator.choice(there), generator.integers(len(string))
    c = int(generator.integers(v))
    for changes in (
        {i: c},
        {i: None},
        {j: c},
        {i: None, j: string[i]},
        {i: string[j], j: string[i]},
    ):
        yield tuple(changes.get(place, old) for place, old in enumerate(string))


@pytest.mark.parametrize("task", [t for t in TINY if (t.v + 1) ** t.d > 7000])
def test_decode_accepts_a_corrupted_datum_only_if_it_is_another_datum(task):
    known, generator = language(task), np.random.default_rng(0)
    chosen = generator.choice(len(known), 150, replace=False)
    rejected = 0
    for string in [list(known)[i] for i in chosen]:
        for corrupted in corruptions(string, task.v, generator):
            x = encode([corrupted], task.v)
            if corrupted in known:
                assert task.decode(x).tolist() == [known[corrupted]]
            else:
                rejected += 1
                with pytest.raises(ValueError, match="datum 0 is not in the language"):
                    task.decode(x)
    assert rejected > 100


@quick
@given(tasks(), seeds)
def test_sampled_exchanged_and_displaced_data_decode_to_their_label(task, seed):
    data = task.sample(10, seed)
    assert torch.equal(task.decode(data.one_hot()), data.labels)
    for level in each_level(task):
        exchanged = task.exchange_synonyms(data, level, seed)
        displaced = task.displace(data, level, seed)
        assert torch.equal(task.decode(exchanged.one_hot()), data.labels)
        assert torch.equal(task.decode(displaced.one_hot()), data.labels)
        assert torch.equal(task.decode(task.displace(exchanged, level).one_hot()), data.labels)


# Rules


@quick
@given(tasks())
def test_rules_are_distinct_tuples_of_the_vocabulary(task):
    assert list(task.rules) == list(range(task.L, 0, -1))
    for level, rules in task.rules.items():
        parents = task.n_c if level == task.L else task.v
        assert rules.shape == (parents, task.m, task.s)
        assert rules.dtype == torch.int64
        assert rules.min() >= 0
        assert rules.max() < task.v
        assert len(set(map(tuple, rules.flatten(0, 1).tolist()))) == parents * task.m


@quick
@given(st.integers(2, 5), st.integers(2, 3), st.integers(1, 3), seeds)
def test_maximal_m_uses_every_tuple(v, s, L, seed):
    task = SRHM(v=v, n_c=v, m=v ** (s - 1), s=s, L=L, seed=seed)
    for rules in task.rules.values():
        used = set(map(tuple, rules.flatten(0, 1).tolist()))
        assert used == set(product(range(v), repeat=s))


def test_rules_are_drawn_uniformly_without_replacement():
    drawn = [SRHM(v=2, n_c=2, m=1, s=2, L=1, seed=i).rules[1].flatten().tolist() for i in range(2400)]
    pairs, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(pairs) == 12  # ordered pairs of two different tuples among four
    assert chisquare(counts).pvalue > 1e-3


def test_rules_of_different_levels_and_seeds_differ():
    task, other = SRHM(**LARGE, seed=0), SRHM(**LARGE, seed=1)
    drawn = [r for t in (task, other) for r in t.rules.values()]
    assert not any(torch.equal(a, b) for a, b in combinations(drawn, 2))


@quick
@given(tasks(), seeds)
def test_every_feature_is_produced_by_a_rule_of_its_parent(task, seed):
    data = task.sample(10, seed)
    assert torch.equal(task.features(data, task.L + 1), data.labels[:, None])
    assert torch.equal(task.features(data, 1), data.symbols)
    for level in each_level(task):
        parents = task.features(data, level + 1)
        tuples = task.features(data, level).unflatten(1, (-1, task.s))
        matches = (task.rules[level][parents] == tuples[:, :, None]).all(-1)
        assert (matches.sum(-1) == 1).all()


# Sparsity


@quick
@given(tasks(), seeds)
def test_one_hot_has_a_symbol_at_each_position_and_nothing_at_blanks(task, seed):
    data = task.sample(10, seed)
    x = data.one_hot()
    assert x.shape == (10, task.v, task.d)
    assert x.dtype == torch.float32
    expected = np.zeros((10, task.v, task.d))
    for i, (symbols, positions) in enumerate(
        zip(data.symbols.tolist(), data.positions.tolist(), strict=True)
    ):
        for symbol, position in zip(symbols, positions, strict=True):
            expected[i, symbol, position] = 1
    assert np.array_equal(x.numpy(), expected)
    assert ((x != 0).any(1).sum(1) == task.s**task.L).all()


@quick
@given(tasks(), seeds)
def test_positions_increase(task, seed):
    positions = task.sample(10, seed).positions
    assert (positions.diff() > 0).all()
    assert positions.min() >= 0
    assert positions.max() < task.d


@quick
@given(tasks(), seeds)
def test_features_of_one_rule_share_a_patch_in_order(task, seed):
    positions = task.sample(10, seed).positions
    for level in each_level(task):
        nodes = (positions // task.spans[level - 1])[:, :: task.s ** (level - 1)]
        patches = (nodes // task.patch_sizes[level - 1]).unflatten(1, (-1, task.s))
        offsets = (nodes % task.patch_sizes[level - 1]).unflatten(1, (-1, task.s))
        assert (patches == patches[..., :1]).all()
        assert (offsets.diff() > 0).all()


@quick
@given(tasks(sparsities="A", least_s0=1), seeds)
def test_sparsity_a_keeps_element_i_in_sub_patch_i_at_every_level(task, seed):
    positions, leaf = task.sample(10, seed).positions, torch.arange(task.num_leaves)
    for level in range(task.L):
        offsets = positions // task.spans[level] % task.patch_sizes[level]
        child = leaf // task.s**level % task.s
        assert (offsets // (task.blanks[level] + 1) == child).all()


@pytest.mark.parametrize(
    "task", BOTH + [SRHM(v=3, n_c=3, m=3, s=3, L=2, s0=s0, sparsity=x) for x in "AB" for s0 in (1, (0, 1))]
)
def test_every_placement_occurs_equally_often_at_every_level(task):
    positions = task.sample(2000, seed=3).positions
    for level in range(task.L):
        nodes = (positions // task.spans[level])[:, :: task.s**level]
        offsets = (nodes % task.patch_sizes[level]).view(-1, task.s)
        found, counts = np.unique(offsets.numpy(), axis=0, return_counts=True)
        assert sorted(map(tuple, found.tolist())) == sorted(placements_of(task, level + 1))
        assert len(found) == task.placement_counts[level]
        assert len(found) == 1 or chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("task", [SRHM(v=3, n_c=3, m=3, s=2, L=1, s0=2, sparsity=x) for x in "AB"])
def test_data_of_one_rule_take_every_placement(task):
    data = task.sample(3000)
    seen = {}
    for symbols, positions in zip(data.symbols.tolist(), data.positions.tolist(), strict=True):
        seen.setdefault(tuple(symbols), set()).add(tuple(positions))
    assert len(seen) == task.v**task.s
    assert all(places == set(placements_of(task, 1)) for places in seen.values())


@pytest.mark.parametrize("task", BOTH)
def test_a_repeated_symbol_is_placed_anew_at_each_node_of_a_datum(task):
    data = task.sample(500)
    tuples, offsets = ((x.unflatten(1, (-1, 2))) for x in (data.symbols, data.positions % task.patch_size))
    twice = (tuples[:, 0] == tuples[:, 1]).all(1)
    moved = (offsets[:, 0] != offsets[:, 1]).any(1)
    assert twice.any()
    assert moved[twice].any()


@quick
@given(tasks(), seeds)
def test_without_sparsity_the_model_is_the_random_hierarchy_model(task, seed):
    dense = SRHM(
        v=task.v, n_c=task.n_c, m=task.m, s=task.s, L=task.L, s0=0, sparsity=task.sparsity, seed=task.seed
    )
    data = dense.sample(5, seed)
    assert dense.d == dense.num_leaves
    assert dense.fraction == 1
    assert (data.positions == torch.arange(dense.d)).all()
    assert (data.one_hot().sum(1) == 1).all()
    assert dense.size == dense.n_c * dense.m ** ((dense.d - 1) // (dense.s - 1))


# Counts


@quick
@given(tasks())
def test_sizes_follow_their_definitions(task):
    below = 1  # data grown from one symbol, level by level
    for level in each_level(task):
        assert task.patch_sizes[level - 1] == task.s * (task.blanks[level - 1] + 1)
        assert task.spans[level] == task.spans[level - 1] * task.patch_sizes[level - 1]
        below = task.m * len(placements_of(task, level)) * below**task.s
    assert task.size == task.n_c * below
    assert task.d == task.spans[task.L]
    assert task.num_leaves == task.s**task.L
    assert task.fraction == pytest.approx(prod(n + 1.0 for n in task.blanks) ** -1)
    assert stretch(task.s0) ** task.L == pytest.approx(task.d / task.num_leaves)
    if isinstance(task.s0, int):
        assert task.d == task.patch_size**task.L
        assert task.placement_counts == (len(placements_of(task, 1)),) * task.L


def test_size_is_exact_beyond_64_bits():
    huge = SRHM(v=12, n_c=12, m=12, s=2, L=3, s0=6)
    assert huge.size == 12 * (12 * 49) ** 7 == 291_623_507_129_944_571_904
    ordered = SRHM(v=12, n_c=12, m=12, s=2, L=5, s0=4, sparsity="B")
    assert ordered.size == 12 * (12 * comb(10, 2)) ** 31


# Transformations


@quick
@given(tasks(), seeds)
def test_exchange_keeps_labels_positions_and_the_features_above(task, seed):
    data = task.sample(10, seed)
    for level in each_level(task):
        exchanged = task.exchange_synonyms(data, level, seed)
        assert torch.equal(exchanged.labels, data.labels)
        assert torch.equal(exchanged.positions, data.positions)
        for above in range(level + 1, task.L + 2):
            assert torch.equal(task.features(exchanged, above), task.features(data, above))


@quick
@given(tasks(), seeds)
def test_displacement_keeps_labels_symbols_and_the_patches_above(task, seed):
    data = task.sample(10, seed)
    for level in each_level(task):
        displaced = task.displace(data, level, seed)
        assert torch.equal(displaced.labels, data.labels)
        assert torch.equal(displaced.symbols, data.symbols)
        patches = task.spans[level]
        assert torch.equal(displaced.positions // patches, data.positions // patches)


def share_kept(task, before, after, level):
    """The share of level-`level` tuples that stayed, where their parents did; and its standard error."""
    parents = (task.features(before, level + 1) == task.features(after, level + 1)).flatten()
    stayed = (task.features(before, level) == task.features(after, level)).view(-1, task.s).all(1)[parents]
    return stayed.double().mean().item(), (stayed.double().std() / len(stayed) ** 0.5).item()


@pytest.mark.parametrize("task", BOTH)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_exchange_draws_each_rule_anew_at_its_level_and_below(task, level):
    """With the seed of the sample: a draw that repeated the sample's would keep every tuple."""
    data = task.sample(4000, seed=5)
    exchanged = task.exchange_synonyms(data, level, seed=5)
    for redrawn in range(1, level + 1):
        kept, error = share_kept(task, data, exchanged, redrawn)
        assert kept == pytest.approx(1 / task.m, abs=4 * error)


@pytest.mark.parametrize("task", BOTH + MIXED)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_displacement_draws_each_placement_anew_at_its_level_and_below(task, level):
    data = task.sample(4000, seed=5)
    displaced = task.displace(data, level, seed=5)
    for redrawn in range(level):
        before, after = (
            (x.positions // task.spans[redrawn])[:, :: task.s**redrawn] % task.patch_sizes[redrawn]
            for x in (data, displaced)
        )
        stayed = (before == after).view(-1, task.s).all(1).double()
        error = (stayed.std() / len(stayed) ** 0.5).item()
        assert stayed.mean().item() == pytest.approx(1 / task.placement_counts[redrawn], abs=4 * error)


def test_one_synonym_leaves_nothing_to_exchange():
    task = SRHM(v=4, n_c=4, m=1, s=2, L=2, s0=1)
    data = task.sample(20)
    assert same(task.exchange_synonyms(data, 2), data)


# Seeds


@quick
@given(tasks(), seeds, st.integers(1, 30))
def test_a_larger_sample_begins_with_the_smaller(task, seed, k):
    assert same(task.sample(30, seed)[:k], task.sample(k, seed))


@quick
@given(tasks(), seeds)
def test_the_same_seed_gives_the_same_data_and_transformations(task, seed):
    again = SRHM(**{name: getattr(task, name) for name in SRHM.__dataclass_fields__})
    a, b = task.sample(10, seed), again.sample(10, seed)
    assert same(a, b)
    assert same(task.exchange_synonyms(a, 1, seed), again.exchange_synonyms(b, 1, seed))
    assert same(task.displace(a, 1, seed), again.displace(b, 1, seed))


def test_each_pair_of_task_seed_and_data_seed_gives_its_own_data():
    drawn = [SRHM(**LARGE, seed=i).sample(50, j) for i in range(4) for j in range(4)]
    for field in ("labels", "symbols", "positions"):
        assert len({tuple(getattr(data, field).flatten().tolist()) for data in drawn}) == 16


def test_transformations_differ_between_seeds():
    task = BOTH[0]
    data = task.sample(50)
    for transform in (task.exchange_synonyms, task.displace):
        a, b = (transform(data, 2, seed) for seed in (0, 1))
        assert not same(a, b)


def test_global_generators_are_neither_used_nor_changed():
    task = BOTH[0]
    torch.manual_seed(1)
    np.random.seed(1)
    first, torch_next, numpy_next = task.sample(50), torch.rand(3), np.random.rand(3)
    torch.manual_seed(1)
    np.random.seed(1)
    assert torch.equal(torch.rand(3), torch_next)
    assert np.array_equal(np.random.rand(3), numpy_next)
    assert same(task.sample(50), first)


def test_the_data_of_a_seed_never_change():
    """If this fails, stored results are of other data: raise SEMANTICS on purpose, or undo the change."""
    task, ordered = SRHM(**VALID, seed=1), SRHM(**VALID, sparsity="B", seed=1)
    data = task.sample(2, seed=3)
    assert task.rules[2][0].tolist() == [[2, 2], [2, 3], [0, 2], [0, 1]]
    assert data.labels.tolist() == [1, 3]
    assert data.symbols.tolist() == [[2, 0, 1, 0], [0, 1, 1, 3]]
    assert data.positions.tolist() == [[1, 3, 12, 15], [0, 2, 12, 15]]
    assert ordered.sample(2, seed=3).positions.tolist() == [[2, 3, 5, 6], [1, 2, 5, 7]]
    assert task.exchange_synonyms(data, 2, seed=3).symbols.tolist() == [[1, 0, 0, 3], [1, 2, 1, 2]]
    assert task.displace(data, 2, seed=3).positions.tolist() == [[1, 3, 9, 11], [4, 7, 13, 14]]


def test_numpy_integers_name_the_same_rules_and_data():
    numpy_task = SRHM(**{k: np.int64(x) for k, x in LARGE.items()}, seed=np.int64(3))
    task = SRHM(**LARGE, seed=3)
    assert numpy_task == task
    for level in each_level(task):
        assert torch.equal(numpy_task.rules[level], task.rules[level])
    assert same(numpy_task.sample(20, np.int64(4)), task.sample(20, 4))


# Blanks by level


@quick
@given(tasks(), seeds)
def test_equal_numbers_by_level_are_the_one_number(task, seed):
    if isinstance(task.s0, int):
        same_task = replace(task, s0=(np.int64(task.s0),) * task.L)
        assert same_task == task
        assert hash(same_task) == hash(task)
        assert type(same_task.s0) is int
        assert same(same_task.sample(5, seed), task.sample(5, seed))
    assert replace(task, s0=list(task.blanks)) == task


def test_rules_choices_and_shared_placements_do_not_depend_on_the_blanks_of_other_levels():
    sparse, below = SRHM(**LARGE), SRHM(**LARGE | dict(s0=(2, 0, 0)))
    ours, theirs = sparse.sample(100, 3), below.sample(100, 3)
    assert torch.equal(ours.labels, theirs.labels)
    assert torch.equal(ours.symbols, theirs.symbols)
    assert torch.equal(ours.positions % 6, theirs.positions % 6)


def test_levels_without_blanks_cannot_be_displaced():
    task = SRHM(**LARGE | dict(s0=(0, 2, 0)))
    data = task.sample(50)
    assert same(task.displace(data, 1), data)
    moved = task.displace(data, 2).positions != data.positions
    assert moved.any()
    assert torch.equal(task.displace(data, 3, 5).positions, task.displace(data, 2, 5).positions)


def test_blanks_of_different_tasks_are_sorted_together():
    mixed = [SRHM(**VALID | dict(s0=s0)).s0 for s0 in (2, (0, 2), (8, 0), (2, 0), 0, 1)]
    assert sorted(mixed) == [0, (0, 2), (2, 0), 1, 2, (8, 0)]
    assert mixed[1] == (0, 2)
    assert hash(mixed[1]) == hash((0, 2))
    assert ByLevel((0, 2)) <= ByLevel((2, 0)) < 2 <= ByLevel((8, 0)) > 2
    assert ByLevel((8, 0)) >= 2


def test_patch_sizes_that_differ_between_levels_are_no_one_number():
    with pytest.raises(ValueError, match=r"patch_size differs between levels: it is \(6, 4\)"):
        _ = SRHM(**VALID | dict(s0=(2, 1))).patch_size


# Memory and devices


@pytest.mark.parametrize("sparsity", ["A", "B"])
def test_memory_grows_with_the_leaves_and_not_with_the_input(sparsity):
    task = SRHM(v=8, n_c=8, m=8, s=2, L=3, s0=50, sparsity=sparsity)
    assert task.d == 102**3
    data = task.sample(20_000)  # 600 GB if it were dense
    for each in (data, task.exchange_synonyms(data, 3), task.displace(data, 3)):
        assert each.symbols.shape == each.positions.shape == (20_000, 8)


def test_positions_do_not_overflow_in_the_longest_inputs():
    task = SRHM(v=2, n_c=2, m=2, s=2, L=3, s0=2**19 - 1)
    assert task.d == 2**60
    data = task.sample(200)
    assert (data.positions.diff() > 0).all()
    assert data.positions.max() > 2**59
    patches = task.patch_size**2
    assert torch.equal(task.displace(data, 2).positions // patches, data.positions // patches)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA GPU on this machine")
@pytest.mark.parametrize("task", BOTH)
def test_cuda_gives_the_data_of_the_cpu(task):
    here, there = task.sample(100, 1), task.sample(100, 1, "cuda")
    assert there.symbols.device.type == "cuda"
    assert same(there.to("cpu"), here)
    assert torch.equal(task.decode(there.one_hot()).cpu(), here.labels)
    for level in each_level(task):
        for transform in (task.exchange_synonyms, task.displace):
            assert same(transform(there, level).to("cpu"), transform(here, level))


# Errors


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(n_c=1, m=5), r"m \* v = 5 \* 4 = 20 must not exceed v\*\*s = 16"),
        (dict(n_c=5), r"m \* n_c = 4 \* 5 = 20 must not exceed v\*\*s = 16"),
        (dict(L=1, n_c=3, m=6), r"m \* n_c = 6 \* 3 = 18 must not exceed v\*\*s = 16"),
        (dict(v=1), "v must be an integer >= 2, got 1"),
        (dict(n_c=0), "n_c must be an integer >= 1, got 0"),
        (dict(m=0), "m must be an integer >= 1, got 0"),
        (dict(s=1), "s must be an integer >= 2, got 1"),
        (dict(L=0), "L must be an integer >= 1, got 0"),
        (dict(s0=-1), "s0 must be an integer >= 0, got -1"),
        (dict(s0=(1,)), r"s0 must be one integer or L = 2 of them, level 1 first, got \(1,\)"),
        (dict(s0=(1, 1, 1)), r"s0 must be one integer or L = 2 of them, level 1 first, got \(1, 1, 1\)"),
        (dict(s0=()), r"s0 must be one integer or L = 2 of them, level 1 first, got \(\)"),
        (dict(s0=(1, -1)), "s0 of level 2 must be an integer >= 0, got -1"),
        (dict(s0=("1", 1)), "s0 of level 1 must be an integer >= 0, got '1'"),
        (dict(s0=(1, 2.0)), "s0 of level 2 must be an integer >= 0, got 2.0"),
        (dict(s0=(True, 1)), "s0 of level 1 must be an integer >= 0, got True"),
        (dict(s0=((1, 1), 1)), r"s0 of level 1 must be an integer >= 0, got \(1, 1\)"),
        (dict(s0={1, 2}), r"s0 must be an integer >= 0, got \{1, 2\}"),
        (dict(s0="12"), "s0 must be an integer >= 0, got '12'"),
        (dict(seed=-1), "seed must be an integer >= 0, got -1"),
        (dict(sparsity="C"), 'sparsity must be "A" or "B", got \'C\''),
        (dict(sparsity="a"), 'sparsity must be "A" or "B", got \'a\''),
        (dict(sparsity=None), 'sparsity must be "A" or "B", got None'),
        (dict(s0=2**30), r"d = \(s \* \(s0 \+ 1\)\)\*\*L = 4611686027017322500 must be below 2\*\*62"),
        (dict(s0=(2**60, 0)), r"d = the product of s \* \(s0 \+ 1\) = 4611686018427387908 must be below"),
        (dict(s0=(2**25, 0)), r"the number of placements = 1125899973951489 must not exceed 2\*\*48"),
        (dict(v=2**25), r"v\*\*s = 1125899906842624 must not exceed 2\*\*48"),
        (dict(s0=2**25, L=1), r"the number of placements = 1125899973951489 must not exceed 2\*\*48"),
    ],
)
def test_a_task_that_cannot_be_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        SRHM(**VALID | changes)


@pytest.mark.parametrize("changes", [dict(L=20_000), dict(s=20_000, m=1, n_c=1)])
def test_an_absurd_task_is_named_too(changes):
    with pytest.raises(ValueError, match=r"(d|v\*\*s|L|s) .*must"):
        SRHM(**VALID | changes)


@pytest.mark.parametrize("name", ["v", "n_c", "m", "s", "L", "s0", "seed"])
@pytest.mark.parametrize("value", [2.0, True, "2", None])
def test_parameters_must_be_integers(name, value):
    with pytest.raises(ValueError, match=f"{name} must be an integer >= ., got {value!r}"):
        SRHM(**VALID | {name: value})


def test_one_level_needs_no_room_for_rules_of_symbols():
    task = SRHM(v=4, n_c=2, m=8, s=2, L=1)
    assert task.rules[1].shape == (2, 8, 2)


@pytest.mark.parametrize("method", ["exchange_synonyms", "displace"])
@pytest.mark.parametrize("level", [0, -1, 3, 1.5, "1", None])
def test_a_level_outside_the_task_is_named(method, level):
    task = SRHM(**VALID)
    with pytest.raises(ValueError, match=f"level must lie in 1..L = 1..2, got {level!r}"):
        getattr(task, method)(task.sample(3), level)


@pytest.mark.parametrize("method", ["exchange_synonyms", "displace", "features"])
@pytest.mark.parametrize("level", [True, 1.0])
def test_a_level_must_be_an_integer(method, level):
    task = SRHM(**VALID)
    with pytest.raises(ValueError, match=f"level .*{level!r}"):
        getattr(task, method)(task.sample(3), level)


@pytest.mark.parametrize("level", [0, 4])
def test_features_of_a_level_outside_the_tree_are_named(level):
    task = SRHM(**VALID)
    with pytest.raises(ValueError, match=f"level must lie in 1..L.*, got {level}"):
        task.features(task.sample(3), level)


@pytest.mark.parametrize("method", ["exchange_synonyms", "displace", "features"])
@pytest.mark.parametrize("changes", [dict(seed=1), dict(sparsity="B"), dict(s0=2), dict(s0=(1, 0))])
def test_data_of_another_task_are_refused(method, changes):
    task, other = SRHM(**VALID), SRHM(**VALID | changes)
    with pytest.raises(ValueError, match="these data are of another task"):
        getattr(task, method)(other.sample(3), 1)


@pytest.mark.parametrize("n", [0, -1, 1.0, True, None])
def test_a_sample_has_at_least_one_datum(n):
    with pytest.raises(ValueError, match=f"n must be an integer >= 1, got {n!r}"):
        SRHM(**VALID).sample(n)


@pytest.mark.parametrize("seed", [-1, 0.5, True, None])
def test_a_bad_seed_is_named(seed):
    task = SRHM(**VALID)
    data, message = task.sample(3), f"seed must be an integer >= 0, got {seed!r}"
    with pytest.raises(ValueError, match=message):
        task.sample(3, seed)
    for transform in (task.exchange_synonyms, task.displace):
        with pytest.raises(ValueError, match=message):
            transform(data, 1, seed)


@pytest.mark.parametrize("device", ["tpu", "meta", "xpu", "mps"])
def test_an_unknown_device_is_named(device):
    with pytest.raises(ValueError, match=f'device must be "cpu" or "cuda", got \'{device}\''):
        SRHM(**VALID).sample(3, device=device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA GPU")
def test_cuda_without_a_gpu_is_named():
    with pytest.raises(ValueError, match="device is 'cuda', but torch finds no CUDA GPU"):
        SRHM(**VALID).sample(3, device="cuda")


# Inputs outside the language: v=2, k=4, rules of level 1 known by name.

CLEAN = SRHM(v=2, n_c=1, m=1, s=2, L=2, s0=1, seed=0)
LOOSE = SRHM(v=2, n_c=1, m=1, s=2, L=2, s0=1, sparsity="B", seed=0)


def laid(task, *positions):
    """The task's one string of symbols, at these positions."""
    x = torch.zeros(1, 2, 16)
    x[0, task.sample(1).symbols[0], torch.tensor(positions)] = 1
    return x


def test_decode_names_what_is_wrong_with_the_tree():
    assert CLEAN.decode(laid(CLEAN, 0, 2, 8, 10)).tolist() == [0]
    assert LOOSE.decode(laid(LOOSE, 0, 1, 4, 7)).tolist() == [0]
    for task, positions, reason in [
        (CLEAN, (0, 4, 8, 10), "a level-1 tuple spans two patches"),
        (LOOSE, (0, 1, 2, 3), "a level-2 patch holds two tuples"),
        (CLEAN, (0, 1, 8, 10), r"a level-1 feature lies outside its sub-patch \(sparsity A\)"),
        (CLEAN, (0, 2, 4, 6), r"a level-2 feature lies outside its sub-patch \(sparsity A\)"),
    ]:
        with pytest.raises(ValueError, match=f"datum 0 is not in the language: {reason}"):
            task.decode(laid(task, *positions))


def test_decode_names_a_tuple_without_parent():
    x = laid(CLEAN, 0, 2, 8, 10)
    used = {tuple(rule) for rule in CLEAN.rules[1][:, 0].tolist()}
    unused = next(t for t in product(range(2), repeat=2) if t not in used)
    x[0, :, [0, 2]] = 0
    x[0, unused, (0, 2)] = 1
    with pytest.raises(ValueError, match="datum 0 .*: a level-1 tuple is produced by no rule"):
        CLEAN.decode(x)


def test_decode_names_the_first_bad_datum():
    task = SRHM(**VALID)
    x = task.sample(5).one_hot()
    x[3] = 0
    x[4] = 0
    with pytest.raises(ValueError, match=r"datum 3 is not .*: it must have s\*\*L = 4 informative positions"):
        task.decode(x)


def test_decode_names_a_position_that_holds_two_symbols():
    task = SRHM(**VALID)
    data = task.sample(2)
    x = data.one_hot()
    x[1, :, data.positions[1, 0]] = 1
    with pytest.raises(ValueError, match="datum 1 is not in the language: a position holds two symbols"):
        task.decode(x)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda symbols, positions: (symbols, positions + 16), "positions must lie in 0..15, got "),
        (lambda symbols, positions: (symbols - 1, positions), r"symbols must lie in 0..3, got -1\.\."),
        (
            lambda symbols, positions: (symbols[:, :3], positions),
            r"symbols must have shape \(9, 4\), got \(9, 3\)",
        ),
        (
            lambda symbols, positions: (symbols, positions[:8]),
            r"positions must have shape \(9, 4\), got \(8, 4\)",
        ),
    ],
)
def test_parse_names_a_wrong_shape_or_range(change, message):
    data = SRHM(**VALID).sample(9)
    with pytest.raises(ValueError, match=message):
        data.task.parse(*change(data.symbols, data.positions))


@pytest.mark.parametrize("shape", [(4, 16), (1, 4, 15), (1, 5, 16), (1, 16, 4), (1, 1, 4, 16)])
def test_decode_names_a_wrong_shape(shape):
    with pytest.raises(ValueError, match=r"x must have shape \(n, v, d\) = \(n, 4, 16\), got \("):
        SRHM(**VALID).decode(torch.zeros(shape))
