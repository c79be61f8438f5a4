"""Checkpoints: all that a training run needs to go on after an epoch with the numbers it would have had."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nn import archive
from nn.arrays import Floats
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
    """

    settings: dict[str, Any]
    network: State
    optimizer: State
    best: State
    history: History

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write it to the file `path`; a run that is killed meanwhile leaves there what was there before.

        Raises:
            OSError: the file cannot be written.
        """
        groups = {**vars(self), "history": asdict(self.history)}
        settings = groups.pop("settings")
        arrays = {f"{group}.{name}": array for group, state in groups.items() for name, array in state.items()}
        archive.write(path, arrays, {"module": "checkpoint", "settings": settings})

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Checkpoint:
        """The checkpoint in the file `path`.

        Raises:
            ValueError: the file holds no checkpoint, or a damaged one.
            OSError: it cannot be opened.
        """
        arrays, description = archive.read(path)
        settings = description.get("settings")
        groups: dict[str, dict[str, Any]] = {name: {} for name in ("network", "optimizer", "best", "history")}
        for place, array in arrays.items():
            group, _, name = place.partition(".")
            groups.setdefault(group, {})[name] = array
        curves = groups.pop("history")
        lengths = {array.shape for array in curves.values()} - {(0,)}
        whole = len(groups) == 3 and curves.keys() == asdict(History()).keys() and lengths == {(curves["cost"].size,)}
        if not isinstance(settings, dict) or not whole:
            raise ValueError(f"{path} holds no checkpoint of a training run; nothing was loaded")
        return cls(settings, **groups, history=History(**{name: array.tolist() for name, array in curves.items()}))

    def load(
        self, path: str | os.PathLike[str], settings: Mapping[str, Any], net: Module, optimizer: Optimizer
    ) -> None:
        """Put `net` and `optimizer` where they were, if `settings` are those of this run.

        Raises:
            ValueError: they are not, or what was read from `path` does not fit; nothing is changed.
        """
        here, there = settings, self.settings
        wrong = [name for name in {**here, **there} if here.get(name) != there.get(name)]
        if wrong:
            raise ValueError(
                f"{path} is the checkpoint of another run: "
                + "; ".join(f"{name} was {there.get(name)!r:.200} and is {here.get(name)!r:.200}" for name in wrong)
                + ". Go on with the same settings, or begin anew with another file"
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


def comparable(settings: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` as they come back from a file: as JSON has them, functions by name and arrays by fingerprint."""
    return dict(json.loads(json.dumps(settings, default=_plain)))


def _plain(thing: Any) -> Any:
    """What stands in JSON for a thing that JSON does not have."""
    if isinstance(thing, np.generic):
        return thing.item()
    if isinstance(thing, np.ndarray):
        digest = hashlib.sha256(f"{thing.dtype.str}{thing.shape}".encode())
        digest.update(np.ascontiguousarray(thing).tobytes())
        return digest.hexdigest()
    if isinstance(thing, Optimizer):
        changing = ("steps", "memory", "_memory")
        return {"kind": type(thing).__name__, **{k: v for k, v in vars(thing).items() if k not in changing}}
    return getattr(thing, "__qualname__", type(thing).__qualname__)
