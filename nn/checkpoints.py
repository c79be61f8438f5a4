"""Checkpoints: all that a training run needs to go on after an epoch with the numbers it would have had."""

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
        settings: what a run has to have in common with this one to go on from here.
        network: the parameters, as `Module.state` gives them.
        optimizer: what the optimizer remembers, as `Optimizer.state` gives it.
        best: the parameters after the best epoch so far; empty where they are not kept.
        history: how the run went so far.
        description: the network, as `Module.description` gives it.
    """

    settings: dict[str, Any]
    network: State
    optimizer: State
    best: State
    history: History
    description: Mapping[str, Any]

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write it to the file `path`; a run that is killed meanwhile leaves there what was there before.

        Raises:
            OSError: the file cannot be written.
        """
        groups = {**vars(self), "history": asdict(self.history)}
        settings, network = groups.pop("settings"), groups.pop("description")
        arrays = {f"{group}.{name}": array for group, state in groups.items() for name, array in state.items()}
        archive.write(path, arrays, {"module": "checkpoint", "network": network, "settings": settings})

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Checkpoint:
        """The checkpoint in the file `path`.

        Raises:
            ValueError: the file holds no checkpoint, or a damaged one.
            OSError: it cannot be opened.
        """
        arrays, description = archive.read(path)
        settings, network = description.get("settings"), description.get("network")
        groups: dict[str, dict[str, Any]] = {name: {} for name in ("network", "optimizer", "best", "history")}
        for place, array in arrays.items():
            group, _, name = place.partition(".")
            groups.setdefault(group, {})[name] = array
        curves = groups.pop("history")
        lengths = {array.shape for array in curves.values()} - {(0,)}
        whole = len(groups) == 3 and curves.keys() == asdict(History()).keys() and lengths == {(curves["cost"].size,)}
        if not isinstance(settings, dict) or not isinstance(network, dict) or not whole:
            raise ValueError(f"{path} holds no checkpoint of a training run; nothing was loaded")
        history = History(**{name: array.tolist() for name, array in curves.items()})
        return cls(settings, **groups, history=history, description=network)

    def load(
        self, path: str | os.PathLike[str], settings: Mapping[str, Any], net: Module, optimizer: Optimizer
    ) -> None:
        """Put `net` and `optimizer` where they were, if `settings` are those of this run.

        What cannot be compared is named in a warning.

        Raises:
            ValueError: they are not, or what was read from `path` does not fit; nothing is changed.
        """
        wrong, unknown = compared(self.settings, settings)
        if wrong:
            raise ValueError(
                f"{path} is the checkpoint of another run: {_listed(wrong)}. Go on with the same settings, or begin "
                'anew with another file, from its parameters if you like: nn.load(path, net, network="last")'
            )
        before = net.state(), optimizer.state()
        try:
            count = len(net.parameters())
            if any(array.shape not in ((), (count,)) for array in self.optimizer.values()):
                raise ValueError(f"its optimizer is not one of {count:,} parameters")
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
                f"resume=True goes on from {path} without knowing whether these are as they were: {_listed(unknown)}",
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
    """Return what two runs must have in common, in the types that JSON has.

    Args:
        net: the network, by its class, its shape and what it computes; not by its parameters.
        cost: its cost.
        optimizer: its optimizer, by its class and arguments; not by what it remembers.
        examples: X and y.
        held_out: those of the validation.
        numbers: the other settings.
    """
    known = {id(parameter): f"parameter {i}" for i, parameter in enumerate(net.parameters())}
    about = {key: repr(entry) for key, entry in net.description().items() if key != "module"}
    network = {"": type(net).__qualname__, **{f".{key}": text for key, text in about.items()}}
    network |= fingerprint(net, known, roots=("__call__", "predict"))
    known[id(net)] = "the network"
    changing = ("steps", "memory", "_memory")
    descent = fingerprint(optimizer, known, roots=("step", "update"), without=changing)
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


def compared(there: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Compare the settings of a checkpoint with those of a run.

    Returns:
        Sentences on what differs, and on what cannot be compared.
    """
    there, here = dict(there), dict(here)
    before, now = there.pop("bytecode", None), here.pop("bytecode")
    wrong: list[str] = []
    unknown: list[str] = []
    wrong += _data_differing(there, here)
    for name in {**here, **there}:
        old, new = there.get(name), here.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            differing, doubtful = differences(name, old, new, before == now)
            wrong += differing
            unknown += doubtful
        elif old != new or isinstance(old, bool) != isinstance(new, bool):
            wrong.append(f"{name} was {old!r:.60} and is {new!r:.60}")
    if unknown and before != now:
        unknown.append(f"the checkpoint is of {before!s:.80}, and this is {now}, with another bytecode")
    return wrong, unknown


def _data_differing(there: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """Take the digests of the examples out of both settings, and return a sentence on those that differ."""
    names = [name for name in ("X", "y", "validation") if there.pop(name, None) != here.pop(name)]
    if len(names) < 2:
        return [f"{name} differs from that of the checkpoint" for name in names]
    return [f"{', '.join(names[:-1])} and {names[-1]} differ from those of the checkpoint"]


def _listed(sentences: list[str]) -> str:
    """Return the first few of `sentences` in one."""
    more = f"; and {len(sentences) - _MAX_SENTENCES} more" if len(sentences) > _MAX_SENTENCES else ""
    return "; ".join(sentences[:_MAX_SENTENCES]) + more


_MAX_SENTENCES = 6
