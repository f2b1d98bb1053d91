"""The table of architectures: how the networks of each name are built, checked, observed and costed.

LCN, CNN, the FCNs and what lies between LCN and CNN (`sharing_name`) are trained many at once (`Fleet`). All
others are torch modules, trained one after another: the vision networks, the transformers, a first layer
below exact ones (`taught`), and whatever `register` adds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import cast

import torch
from torch import Tensor, nn

from ..model import SRHM, Data, check_integer
from ..model.randomness import integers
from .activation import Activation, check_data, observe_in_parts, placed
from .fleet import FLEETS, SHARED, parameter_shapes, step_seconds
from .taught import TAUGHT, TAUGHT_EPOCHS, TaughtLayer, check_levels, taught_step_seconds
from .transformer import EPOCHS as _TRANSFORMER_EPOCHS
from .transformer import TRANSFORMERS, Transformer, check_heads, transformer_step_seconds
from .vision import EPOCHS, VISION, VisionNetwork, check_width, seconds_per_datum

_MODULE_OVERHEAD = 2e-3  # seconds of a step of an unknown module, and its operations a second, on one core
_MODULE_SPEED = 2e10

Build = Callable[[SRHM, int], nn.Module]


def _check_width(task: SRHM, width: int) -> None:
    check_integer("width", width, 1)


@dataclass(frozen=True)
class Architecture:
    """One kind of network.

    Attributes:
        name: what runs call it.
        make: (task, width, seed, device), and inputs and init by name if it has these options, to an
            initialised network: a torch module that maps one-hot data (n, v, d) to logits (n, n_c) and has
            `observe`. None for those that are trained in fleets.
        step_seconds: (task, width, batch size) to the rough time of a training step on one core.
        epochs: how often a run sees its data before it stops, roughly; of a fleet, see `srhm.sweep.cost`.
        check: (task, width); raises ValueError for a width or a depth that cannot be.
        smallest_batch: fewest data that a batch may hold: 2 where batch normalisation compares them.
        options: those of `srhm.analysis.columns.OPTIONS`, fields of a run, that may differ from their
            defaults.
    """

    name: str
    make: Callable[..., nn.Module] | None
    step_seconds: Callable[[SRHM, int, int], float]
    epochs: float = 30.0
    check: Callable[[SRHM, int], object] = _check_width
    smallest_batch: int = 1
    options: tuple[str, ...] = ()


class ModuleNetwork(nn.Module):
    """A registered torch module, with what training and measuring ask of a network.

    Args:
        module: maps one-hot data, float32 (n, v, d), to logits (n, n_c).
        layers: names of the submodules whose outputs are observed, layer 1 first.
        task: gives n_c, and the shape of the data.

    Raises:
        ValueError: no torch module, or layers that it does not have.
    """

    def __init__(self, module: nn.Module, layers: Sequence[str], task: SRHM) -> None:
        super().__init__()
        if not isinstance(module, nn.Module):
            raise ValueError(f"build must return a torch.nn.Module, got {type(module).__name__}")
        known = [name for name, _ in module.named_modules() if name]
        for layer in layers:
            if layer not in known:
                raise ValueError(f"the network has no layer {layer!r}; its layers are {', '.join(known)}")
        self.module, self.layers, self.task = module, tuple(layers), task

    def forward(self, x: Tensor) -> Tensor:
        """The logits (n, n_c) of one-hot data (n, v, d); ValueError if they have another shape."""
        logits = self.module(x)
        wanted = (len(x), self.task.n_c)
        if not isinstance(logits, Tensor) or logits.shape != wanted:
            got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise ValueError(f"the network must return logits (n, n_c) = {wanted}, got {got}")
        return logits

    @torch.no_grad()
    def observe(self, data: Data) -> list[Activation]:
        """The outputs of the layers, each at one location (n, 1, numbers), then the logits (n, 1, n_c).

        In evaluation mode: batch normalisation uses its running averages, dropout is off. Of a layer that
        returns several tensors the first is taken.

        Raises:
            ValueError: no data, or data of a task of another shape.
        """
        check_data(self.task, data)
        values = observe_in_parts(self, data, lambda part: self._observe(part.one_hot()))
        return placed(values)

    def _observe(self, x: Tensor) -> list[Tensor]:
        seen: dict[str, Tensor] = {}

        def keep(name: str, _module: nn.Module, _inputs: object, output: object) -> None:
            first = output if isinstance(output, Tensor) else next(iter(output))  # type: ignore[call-overload]
            seen[name] = first.flatten(1).unsqueeze(1)

        hooks = [
            self.module.get_submodule(name).register_forward_hook(partial(keep, name)) for name in self.layers
        ]
        try:
            logits = self(x)
        finally:
            for hook in hooks:
                hook.remove()
        return [*(seen[name] for name in self.layers), logits.unsqueeze(1)]


def _fleet(name: str) -> Architecture:
    check, options = partial(parameter_shapes, name), ("inputs", "bias", "first_layer_rate")
    return Architecture(name, None, partial(step_seconds, name), check=check, options=options)


def _vision(name: str) -> Architecture:
    return Architecture(
        name,
        partial(VisionNetwork, name),
        lambda task, width, batch: batch * seconds_per_datum(name, task, width),
        epochs=EPOCHS[name],
        check=lambda task, width: check_width(name, width),
        smallest_batch=2,
        options=("inputs", "init", "penalty", "statistics"),
    )


def _transformer(name: str) -> Architecture:
    return Architecture(
        name,
        partial(Transformer, name),
        partial(transformer_step_seconds, name),
        epochs=_TRANSFORMER_EPOCHS[name],
        check=check_heads,
        options=("penalty",),
    )


def _taught(name: str) -> Architecture:
    return Architecture(
        name,
        partial(TaughtLayer, name),
        taught_step_seconds,
        epochs=TAUGHT_EPOCHS[name],
        check=check_levels,
        options=("penalty",),
    )


_BUILT_IN = (
    {name: _fleet(name) for name in FLEETS}
    | {name: _vision(name) for name in VISION}
    | {name: _transformer(name) for name in TRANSFORMERS}
    | {name: _taught(name) for name in TAUGHT}
)
_registered: dict[str, Architecture] = {}


def architectures() -> dict[str, Architecture]:
    """All architectures by name: those of the package, then those registered.

    Those between LCN and CNN are left out: their names depend on the depth, see `sharing_name`.
    """
    return _BUILT_IN | _registered


def find_architecture(name: str) -> Architecture:
    """The architecture of that name; ValueError, listing the known ones, if there is none."""
    known = architectures()
    if isinstance(name, str) and name.startswith(SHARED):
        return _fleet(name)
    if not isinstance(name, str) or name not in known:
        raise ValueError(
            f"architecture must be one of {tuple(known)}, got {name!r}; srhm.register makes a network "
            "of your own known, and srhm.networks.sharing_name names those between LCN and CNN"
        )
    return known[name]


def register(name: str, build: Build, layers: Sequence[str] = (), smallest_batch: int = 1) -> None:
    """Make a network of your own known: runs may then name it, and everything treats it like the others.

    It is trained by stochastic gradient descent with momentum at the plain learning rate, one network after
    another. Its initial weights come from torch's generator, seeded by the run's `init_seed`. Runs are stored
    under its name: a changed network needs another name.

    Worker processes import the script that registers it. In a notebook, keep `build` in a module of its own,
    or sweep with `workers=0`.

    Args:
        name: letters, digits, "-" and "_", beginning with a letter.
        build: (task, width) to a torch module that maps one-hot data, float32 (n, v, d), to logits (n, n_c).
        layers: names of its submodules, as in `named_modules`, whose outputs are observed as layers 1, 2, ...
        smallest_batch: fewest data that a batch may hold: 2 if it has batch normalisation. Its runs may then
            read sensitivities with the statistics of the batch.

    Raises:
        ValueError: a name that cannot be, or that the package has taken; a build that cannot be called.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise ValueError(f"name must be letters, digits, - and _, beginning with a letter, got {name!r}")
    if name in _BUILT_IN or name.startswith(SHARED):
        raise ValueError(f"name {name!r} is that of an architecture of the package: choose another")
    if not callable(build):
        raise ValueError(f"build must be a function of (task, width), got {build!r}")
    if isinstance(layers, str):
        raise ValueError(f"layers must be a sequence of names, got {layers!r}: write [{layers!r}]")
    check_integer("smallest_batch", smallest_batch, 1)
    _weights.cache_clear()  # the name may have been that of another network
    _registered[name] = Architecture(
        name,
        partial(_make_module, build, tuple(layers)),
        partial(_module_step_seconds, name),
        smallest_batch=smallest_batch,
        options=("penalty", "statistics") if smallest_batch > 1 else ("penalty",),
    )


def registered() -> dict[str, Architecture]:
    """The architectures that `register` added, by name."""
    return dict(_registered)


def adopt(others: dict[str, Architecture]) -> None:
    """Make the architectures known that another process has registered."""
    _registered.update(others)


def _make_module(
    build: Build, layers: Sequence[str], task: SRHM, width: int, seed: int, device: str | torch.device
) -> ModuleNetwork:
    with torch.random.fork_rng(devices=[]):  # on the CPU: the same weights on every device
        torch.manual_seed(int(integers(2**62, (), "module", seed)))
        return ModuleNetwork(build(task, width), layers, task).to(device)


def _module_step_seconds(name: str, task: SRHM, width: int, batch_size: int) -> float:
    """Each weight is met once by each position, at most: 6 operations a datum, forward and backward."""
    return _MODULE_OVERHEAD + 6 * batch_size * task.d * _weights(name, task, width) / _MODULE_SPEED


@cache
def _weights(name: str, task: SRHM, width: int) -> int:
    """How many weights a registered network has. It is built without memory for them, if it can be."""
    make = cast(Callable[..., nn.Module], _registered[name].make)
    try:
        with torch.device("meta"):
            network = make(task, width, 0, "meta")
    except Exception:  # it reads values of its tensors, which have none there
        network = make(task, width, 0, "cpu")
    return sum(p.numel() for p in network.parameters())
