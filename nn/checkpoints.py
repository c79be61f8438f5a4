"""Checkpoints of training runs: a resumed run computes the same numbers as one without a break."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nn import archive, costs
from nn._values import Floats
from nn.data import Examples
from nn.fingerprints import BYTECODE, differences, digest_of, fingerprint
from nn.history import History
from nn.modules import Module
from nn.optimizers import Optimizer

State = Mapping[str, Floats]


@dataclass
class Checkpoint:
    """A training run after some epochs.

    Attributes:
        settings: The settings that a run must share with this one to resume it.
        network: The parameters, as `Module.state` returns them.
        optimizer: The state of the optimizer, as `Optimizer.state` returns it.
        best: The parameters after the best epoch so far; empty in a run without ``patience=``.
        history: Cost and accuracy so far.
        description: The network, as `Module.description` returns it.
    """

    settings: dict[str, Any]
    network: State
    optimizer: State
    best: State
    history: History
    description: Mapping[str, Any]

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the checkpoint to the file `path`, atomically: a run killed meanwhile leaves the old file intact.

        Raises:
            OSError: The file cannot be written.
        """
        groups = {**vars(self), "history": asdict(self.history)}
        settings, network = groups.pop("settings"), groups.pop("description")
        arrays = {f"{group}.{name}": array for group, state in groups.items() for name, array in state.items()}
        archive.write(path, arrays, {"module": "checkpoint", "network": network, "settings": settings})

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Checkpoint:
        """Return the checkpoint in the file `path`.

        Raises:
            ValueError: The file is not a checkpoint, or is damaged.
            OSError: It cannot be opened.
        """
        arrays, description = archive.read(path)
        settings, network = description.get("settings"), description.get("network")
        groups: dict[str, dict[str, Any]] = {name: {} for name in ("network", "optimizer", "best", "history")}
        for key, array in arrays.items():
            group, _, name = key.partition(".")
            groups.setdefault(group, {})[name] = array
        curves = groups.pop("history")
        lengths = {array.shape for array in curves.values()} - {(0,)}
        complete = (
            len(groups) == 3 and curves.keys() == asdict(History()).keys() and lengths == {(curves["cost"].size,)}
        )
        if not isinstance(settings, dict) or not isinstance(network, dict) or not complete:
            raise ValueError(
                f"{path} must be the checkpoint of a training run, got another archive; nothing was loaded"
            )
        history = History(**{name: array.tolist() for name, array in curves.items()})
        return cls(settings, **groups, history=history, description=network)

    def load(
        self, path: str | os.PathLike[str], settings: Mapping[str, Any], net: Module, optimizer: Optimizer
    ) -> None:
        """Restore `net` and `optimizer`, after checking that `settings` are those of this run.

        A warning names the settings that cannot be compared.

        Raises:
            ValueError: The settings differ, or the content of `path` does not fit.  Nothing is changed.
        """
        wrong, unknown = compare(self.settings, settings)
        if wrong:
            raise ValueError(
                f"checkpoint must be of a run with the same settings, got {path} of another run: {_listed(wrong)}; "
                "resume with the same settings, or start a new run with another file; its network can be loaded: "
                'nn.load(path, net, network="last")'
            )
        # Restored if a later part does not fit.
        before = net.state(), optimizer.state()
        try:
            count = len(net.parameters())
            if any(array.shape not in ((), (count,)) for array in self.optimizer.values()):
                raise ValueError(f"the state of its optimizer must have {count:,} numbers per array")
            optimizer.load_state(self.optimizer)
            if self.best:
                net.load_state(self.best)
            net.load_state(self.network)
        except ValueError as error:
            net.load_state(before[0])
            optimizer.load_state(before[1])
            raise ValueError(f"{path} does not fit: {error}") from error
        if unknown:
            warnings.warn(
                f"resume=True continues {path}, but cannot verify that these are unchanged: {_listed(unknown)}",
                stacklevel=3,
            )


def settings_of(
    net: Module,
    cost: costs.Cost,
    optimizer: Optimizer,
    examples: Examples,
    held_out: Examples | None,
    numbers: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the settings that two runs must share, in JSON's types.

    Args:
        net: The network; its class, shape and code are compared, and its parameters are not.
        cost: The cost.
        optimizer: The optimizer; its class and arguments are compared, and its state is not.
        examples: X and y.
        held_out: The validation examples.
        numbers: The other settings.
    """
    # Parameters change during training, so they are compared by position and not by value.
    known = {id(parameter): f"parameter {i}" for i, parameter in enumerate(net.parameters())}
    details = {key: repr(entry) for key, entry in net.description().items() if key != "module"}
    network = {"": type(net).__qualname__, **{f".{key}": text for key, text in details.items()}}
    network |= fingerprint(net, known, roots=("__call__", "predict"))
    known[id(net)] = "the network"
    mutable = ("steps", "memory", "_memory")
    descent = fingerprint(optimizer, known, roots=("step", "update"), without=mutable)
    known[id(optimizer)] = "the optimizer"
    (X, y), validation = examples, held_out and [digest_of(array) for array in held_out]
    return {
        "network": network,
        "cost": fingerprint(cost, known),
        "optimizer": descent,
        **{name: x.item() if isinstance(x, np.generic) else x for name, x in numbers.items()},
        "X": digest_of(X),
        "y": digest_of(y),
        "validation": validation,
        "bytecode": BYTECODE,
    }


def compare(saved: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Compare the settings of a checkpoint with those of the current run.

    Returns:
        Phrases for the settings that differ, and for those that cannot be compared.
    """
    saved, current = dict(saved), dict(current)
    before, now = saved.pop("bytecode", None), current.pop("bytecode")
    wrong: list[str] = []
    unknown: list[str] = []
    wrong += _compare_data(saved, current)
    for name in {**current, **saved}:
        old, new = saved.get(name), current.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            differing, doubtful = differences(name, old, new, before == now)
            wrong += differing
            unknown += doubtful
        elif old != new or isinstance(old, bool) != isinstance(new, bool):  # True == 1
            wrong.append(f"{name} was {old!r:.60} and is {new!r:.60}")
    if unknown and before != now:
        unknown.append(f"the checkpoint is from {before!s:.80}, and this is {now}, which has another bytecode")
    return wrong, unknown


def _compare_data(saved: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Remove the digests of the examples from both settings; return a phrase for those that differ."""
    names = [name for name in ("X", "y", "validation") if saved.pop(name, None) != current.pop(name)]
    if len(names) < 2:
        return [f"{name} differs from that of the checkpoint" for name in names]
    return [f"{', '.join(names[:-1])} and {names[-1]} differ from those of the checkpoint"]


# Enough to recognize another run; more would bury the remedy at the end of the message.
_MAX_DIFFERENCES = 6


def _listed(phrases: list[str]) -> str:
    """Return the first few of `phrases`, joined, and the number of the others."""
    more = f"; and {len(phrases) - _MAX_DIFFERENCES} more" if len(phrases) > _MAX_DIFFERENCES else ""
    return "; ".join(phrases[:_MAX_DIFFERENCES]) + more
