"""The Sparse Random Hierarchy Model: rules, data, synonym exchange, displacement, exact decoding.

Levels are numbered as in the paper: a class label generates a tuple of level-L symbols, each
level-(l+1) symbol a tuple of level-l symbols, and the level-1 symbols are the input features. A datum
is held as its s**L informative features, symbols and positions, and everything else is derived from
them: the digits of a position in base k = s (s0+1), a base for each level where s0 differs, are the
placements on the path from the root, and a tuple has one parent only. Memory and time grow with s**L, never
with the input length d = k**L.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import comb, prod
from numbers import Integral
from operator import mul
from typing import Any

import torch
from torch import Tensor

from .blanks import Blanks, check_blanks, of_each_level
from .checks import check_device, check_integer, check_range
from .randomness import distinct_integers, integers

SPARSITIES = ("A", "B")
_LARGEST_DRAW = 2**48  # keeps the bias of a draw, bound / 2**64, below 2**-16
_MOST_RULES = 2**24  # of a level: a quarter of a minute to draw them, and 2 GiB


@dataclass(frozen=True)
class SRHM:
    """One task: the Sparse Random Hierarchy Model, its rules drawn (Tomasini & Wyart 2024, Sec. 2).

    Args:
        v: vocabulary size of every level, at least 2.
        n_c: number of classes.
        m: production rules (synonyms) of each class and symbol: m n_c <= v^s and, if L > 1, m v <= v^s;
            at most 2^24 in a level.
        s: features that a rule produces, at least 2.
        L: number of levels, at least 1.
        s0: uninformative elements per informative one; 0 gives the Random Hierarchy Model. A tuple has one
            number for each level, the input first; one of equal numbers is that number.
        sparsity: "A": feature i lies anywhere in sub-patch i, of s0+1 positions. "B": the s features
            lie anywhere in the patch, of k = s (s0+1) positions, in order.
        seed: of the random draw of the rules.

    Raises:
        ValueError: a parameter breaks one of these rules; the message names both.
    """

    v: int
    n_c: int
    m: int
    s: int
    L: int
    s0: Blanks = 0
    sparsity: str = "A"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in dict(v=2, n_c=1, m=1, s=2, L=1, seed=0).items():
            check_integer(name, getattr(self, name), least)
            object.__setattr__(self, name, int(getattr(self, name)))  # numpy's overflow
        object.__setattr__(self, "s0", check_blanks(self.s0, self.L))
        for name, most in (("s", 48), ("L", 61)):  # beyond, the limits below are broken anyway
            if getattr(self, name) > most:
                raise ValueError(f"{name} must not exceed {most}, got {getattr(self, name)}")
        if self.sparsity not in SPARSITIES:
            raise ValueError(f'sparsity must be "A" or "B", got {self.sparsity!r}')
        tuples = self.v**self.s
        counts = (("n_c", self.n_c), ("v", self.v))[: min(self.L, 2)]
        for name, parents in counts:
            if self.m * parents > tuples:
                raise ValueError(
                    f"m * {name} = {self.m} * {parents} = {self.m * parents} must not exceed "
                    f"v**s = {tuples}, or two parents would share a tuple"
                )
        if self.d >= 2**62:
            formula = "the product of s * (s0 + 1)" if isinstance(self.s0, tuple) else "(s * (s0 + 1))**L"
            raise ValueError(f"d = {formula} = {self.d} must be below 2**62")
        for name, bound in (("v**s", tuples), ("the number of placements", max(self.placement_counts))):
            if bound > _LARGEST_DRAW:
                raise ValueError(f"{name} = {bound} must not exceed 2**48")
        for name, parents in counts:
            if self.m * parents > _MOST_RULES:
                raise ValueError(f"m * {name} = {self.m * parents} rules of one level must not exceed 2**24")

    @property
    def blanks(self) -> tuple[int, ...]:
        """s0 of levels 1 ... L."""
        return of_each_level(self.s0, self.L)

    @property
    def patch_sizes(self) -> tuple[int, ...]:
        """k = s (s0 + 1), the positions that one rule's features are laid in, at levels 1 ... L."""
        return tuple(self.s * (blanks + 1) for blanks in self.blanks)

    @property
    def patch_size(self) -> int:
        """k of every level; ValueError where they differ."""
        if len(set(self.patch_sizes)) > 1:
            raise ValueError(f"patch_size differs between levels: it is {self.patch_sizes} at levels 1 ... L")
        return self.patch_sizes[0]

    @property
    def spans(self) -> tuple[int, ...]:
        """1, k_1, k_1 k_2, ..., d, the input positions under a symbol of levels 1 ... L + 1."""
        return tuple(accumulate(self.patch_sizes, mul, initial=1))

    @property
    def d(self) -> int:
        """Input length k^L; where levels differ, the product of their patch sizes."""
        return prod(self.patch_sizes)

    @property
    def num_leaves(self) -> int:
        """Informative positions s^L of the d."""
        return self.s**self.L

    @property
    def fraction(self) -> float:
        """F = s^L / d = (s0 + 1)^(-L), the informative fraction of the input."""
        return self.num_leaves / self.d

    @property
    def placement_counts(self) -> tuple[int, ...]:
        """Ways to lay s features in a patch, (s0+1)^s for A and C(k, s) for B, at levels 1 ... L."""
        if self.sparsity == "A":
            return tuple((blanks + 1) ** self.s for blanks in self.blanks)
        return tuple(comb(k, self.s) for k in self.patch_sizes)

    @property
    def size(self) -> int:
        """Number of distinct data, n_c times (m a_l)^(s^(L-l)) of each level l; exact.

        a_l is its number of placements. If they are all a, it is n_c (m a)^((s^L - 1)/(s - 1)).
        """
        counts = enumerate(self.placement_counts, 1)
        return self.n_c * prod((self.m * a) ** self.s ** (self.L - level) for level, a in counts)

    @cached_property
    def rules(self) -> dict[int, Tensor]:
        """The s-tuple of level-`level` symbols rules[level][parent, choice], int64 (parents, m, s).

        The parents are the classes at level L and the level-(level+1) symbols below. Within a level the
        tuples are drawn uniformly without replacement among the v^s.
        """
        return {level: self._draw_rules(level) for level in range(self.L, 0, -1)}

    def _draw_rules(self, level: int) -> Tensor:
        parents = self.n_c if level == self.L else self.v
        codes = distinct_integers(self.v**self.s, parents * self.m, "rules", self.seed, level)
        return (codes[:, None] // self._powers % self.v).reshape(parents, self.m, self.s)

    @property
    def _powers(self) -> Tensor:
        """Place values that turn a tuple of symbols into one integer."""
        return self.v ** torch.arange(self.s - 1, -1, -1)

    @cached_property
    def _parents(self) -> dict[int, tuple[Tensor, Tensor]]:
        """Per level, the sorted codes of the tuples in use and the parent of each."""
        tables = {}
        for level, rules in self.rules.items():
            codes, order = (rules * self._powers).sum(-1).flatten().sort()
            tables[level] = codes, order // self.m
        return tables

    def sample(self, n: int, seed: int = 0, device: str | torch.device = "cpu") -> Data:
        """n independent data; labels, rule choices and placements are uniform.

        The same (task, n, seed) gives the same data on every device, and `sample(n)[:k]` equals
        `sample(k)`.

        Raises:
            ValueError: n < 1, a bad seed, or a device that is not there.
        """
        check_integer("n", n, 1)
        check_integer("seed", seed, 0)
        key = ("sample", self.seed, seed)
        labels = integers(self.n_c, (n,), *key, "labels")
        root = torch.zeros(n, 1, dtype=torch.int64)
        return Data(
            self,
            labels,
            self._generate(labels[:, None], self.L, *key),
            self._place(root, self.L, *key),
        ).to(device)

    def exchange_synonyms(self, data: Data, level: int = 1, seed: int = 0) -> Data:
        """Synonym exchange at `level`: the rule choices of levels `level` ... 1 are drawn anew.

        The symbols above, all positions and the label stay (Eq. 6 of the paper).

        Raises:
            ValueError: data of another task, a level outside 1..L, or a bad seed.
        """
        self._check(data, level, seed)
        parents = self.features(data, level + 1)
        symbols = self._generate(parents, level, "exchange", self.seed, seed)
        return Data(self, data.labels, symbols, data.positions)

    def displace(self, data: Data, level: int = 1, seed: int = 0) -> Data:
        """Diffeomorphism at `level`: the placements of levels `level` ... 1 are drawn anew.

        All symbols and the label stay (Eq. 7 of the paper).

        Raises:
            ValueError: data of another task, a level outside 1..L, or a bad seed.
        """
        self._check(data, level, seed)
        nodes = data.positions[:, :: self.s**level] // self.spans[level]
        positions = self._place(nodes, level, "displace", self.seed, seed)
        return Data(self, data.labels, data.symbols, positions)

    def features(self, data: Data, level: int) -> Tensor:
        """The level-`level` symbols of each datum, int64 (n, s^(L+1-level)); level L+1 is the label.

        Raises:
            ValueError: data of another task, or a level outside 1..L+1.
        """
        self._check_task(data)
        if level == self.L + 1:
            return data.labels[:, None]
        self._check_level(level)
        symbols = data.symbols
        for below in range(1, level):
            symbols = self._find_parents(symbols.unflatten(1, (-1, self.s)), below)
        return symbols

    def decode(self, x: Tensor) -> Tensor:
        """The labels of one-hot inputs x (n, v, d), a tensor of any real type or bool; int64 (n,).

        They are found by parsing the tree: exact, hence the Bayes-optimal classifier.

        Raises:
            ValueError: x is no such tensor, or not in the language; the message names the first datum that is
                not, and why.
        """
        if not isinstance(x, Tensor) or x.is_complex():
            kind = x.dtype if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"x must be a tensor of real numbers or bool, got {kind}")
        if x.ndim != 3 or x.shape[1:] != (self.v, self.d):
            raise ValueError(f"x must have shape (n, v, d) = (n, {self.v}, {self.d}), got {tuple(x.shape)}")
        _demand(((x == 0) | (x == 1)).flatten(1).all(1), "it has entries other than 0 and 1")
        x = x.to(torch.uint8)  # ones and zeros now; torch cannot find the largest of some types
        occupied = x.sum(1)
        _demand((occupied <= 1).all(1), "a position holds two symbols")
        _demand(
            occupied.sum(1) == self.num_leaves,
            f"it must have s**L = {self.num_leaves} informative positions",
        )
        positions = occupied.nonzero()[:, 1].view(-1, self.num_leaves)
        return self.parse(x.argmax(1).gather(1, positions), positions)

    def parse(self, symbols: Tensor, positions: Tensor) -> Tensor:
        """The labels, int64 (n,), of inputs given by their informative features, as `Data` holds them.

        Args:
            symbols: level-1 symbols, int64 (n, s^L), in 0..v-1.
            positions: where they lie, int64 (n, s^L), in 0..d-1, in order.

        Raises:
            ValueError: another shape or range; or a datum is not in the language: the message names the
                first, and why.
        """
        for name, values, bound in (("symbols", symbols, self.v), ("positions", positions, self.d)):
            shape = (len(symbols), self.num_leaves)
            if tuple(values.shape) != shape:
                raise ValueError(f"{name} must have shape {shape}, got {tuple(values.shape)}")
            check_range(name, values, bound)
        for level in range(1, self.L + 1):
            positions = self._find_nodes(positions.unflatten(1, (-1, self.s)), level)
            symbols = self._find_parents(symbols.unflatten(1, (-1, self.s)), level)
            _demand((symbols >= 0).all(1), f"a level-{level} tuple is produced by no rule")
        return symbols[:, 0]

    def _generate(self, parents: Tensor, level: int, *key: int | str) -> Tensor:
        """Input features (n, s^L) grown from the level-(level+1) symbols `parents` (n, nodes)."""
        symbols = parents
        for below in range(level, 0, -1):
            choices = integers(self.m, tuple(symbols.shape), *key, "rule", below)
            rules = self.rules[below].to(symbols.device)
            symbols = rules[symbols, choices.to(symbols.device)].flatten(1)
        return symbols

    def _place(self, nodes: Tensor, level: int, *key: int | str) -> Tensor:
        """Input positions (n, s^L) under the nodes (n, nodes), which produce level-`level` symbols."""
        for below in range(level, 0, -1):
            count, k = self.placement_counts[below - 1], self.patch_sizes[below - 1]
            ranks = integers(count, tuple(nodes.shape), *key, "placement", below)
            offsets = self._unrank(ranks, below).to(nodes.device)
            nodes = (nodes[..., None] * k + offsets).flatten(1)
        return nodes

    def _unrank(self, ranks: Tensor, level: int) -> Tensor:
        """Offsets (..., s) in a level-`level` patch, increasing, of the placements numbered `ranks` (...)."""
        if self.sparsity == "A":
            width = self.blanks[level - 1] + 1
            digits = [ranks // width**i % width + i * width for i in range(self.s)]
            return torch.stack(digits, -1)
        offsets = []  # the combinatorial number system: rank = sum over i of C(offset_i, i + 1)
        for i in range(self.s, 0, -1):
            counts = torch.tensor([comb(c, i) for c in range(self.patch_sizes[level - 1])])
            offset = torch.searchsorted(counts, ranks, right=True) - 1
            ranks = ranks - counts[offset]
            offsets.append(offset)
        return torch.stack(offsets[::-1], -1)

    def _find_parents(self, tuples: Tensor, level: int) -> Tensor:
        """The symbol (n, nodes) that produces each level-`level` tuple (n, nodes, s); -1 for none."""
        codes, parents = (table.to(tuples.device) for table in self._parents[level])
        wanted = (tuples * self._powers.to(tuples.device)).sum(-1)
        found = torch.searchsorted(codes, wanted).clamp(max=len(codes) - 1)
        return torch.where(codes[found] == wanted, parents[found], -1)

    def _find_nodes(self, positions: Tensor, level: int) -> Tensor:
        """The node (n, nodes) whose patch holds each group of positions (n, nodes, s)."""
        k = self.patch_sizes[level - 1]
        nodes, offsets = positions // k, positions % k
        _demand((nodes == nodes[..., :1]).flatten(1).all(1), f"a level-{level} tuple spans two patches")
        _demand((offsets.diff() > 0).flatten(1).all(1), f"a level-{level} patch holds two tuples")
        if self.sparsity == "A":
            turn = torch.arange(self.s, device=positions.device)
            _demand(
                (offsets // (k // self.s) == turn).flatten(1).all(1),
                f"a level-{level} feature lies outside its sub-patch (sparsity A)",
            )
        return nodes[..., 0]

    def _check(self, data: Data, level: int, seed: int) -> None:
        self._check_task(data)
        self._check_level(level)
        check_integer("seed", seed, 0)

    def _check_task(self, data: Data) -> None:
        if data.task != self:
            raise ValueError(f"these data are of another task: {data.task}, not {self}")

    def _check_level(self, level: int) -> None:
        whole = isinstance(level, Integral) and not isinstance(level, bool)
        if not whole or level not in range(1, self.L + 1):
            raise ValueError(f"level must lie in 1..L = 1..{self.L}, got {level!r}")


@dataclass(frozen=True, eq=False)
class Data:
    """Data of one task, held as their informative features only.

    Attributes:
        task: the SRHM they were drawn from.
        labels: classes, int64 (n,).
        symbols: the level-1 symbols, int64 (n, s^L), in order of position.
        positions: where they lie, int64 (n, s^L), increasing, in [0, d).
    """

    task: SRHM
    labels: Tensor
    symbols: Tensor
    positions: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: Any) -> Data:
        """The data at `rows`: a slice, a mask or indices; ValueError for a single index."""
        labels = self.labels[rows]
        if labels.ndim != 1:
            raise ValueError(
                f"rows must be a slice, a mask or indices, got {rows!r}; data[i : i + 1] is a datum"
            )
        return Data(self.task, labels, self.symbols[rows], self.positions[rows])

    def to(self, device: str | torch.device) -> Data:
        """The same data on `device`; ValueError if it is not there."""
        where = check_device(device)
        return Data(self.task, self.labels.to(where), self.symbols.to(where), self.positions.to(where))

    def one_hot(self) -> Tensor:
        """Network inputs, float32 (n, v, d): one-hot over v where informative, zero at blanks."""
        n = len(self)
        x = torch.zeros(n, self.task.v, self.task.d, device=self.symbols.device)
        x[torch.arange(n, device=x.device)[:, None], self.symbols, self.positions] = 1
        return x


def _demand(valid: Tensor, reason: str) -> None:
    """Raise ValueError, naming the first datum that is not `valid` (n,)."""
    if not valid.all():
        datum = int((~valid).nonzero()[0, 0])
        raise ValueError(f"datum {datum} is not in the language: {reason}")
