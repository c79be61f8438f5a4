"""Containers of numbers: their entries with the path to each, and the same container with other entries."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.array_libraries import is_of
from autograd.value import Value


class Step(NamedTuple):
    """One level of the path to a leaf, as source code.

    Attributes:
        text: the index, the key or the name of the field.
        form: "index" for a sequence, "key" for a mapping, "field" for an attribute.
    """

    text: str
    form: str


def label(root: str, steps: Sequence[Step]) -> str:
    """Return the name of a leaf as source code.

    >>> label("W", [Step("1", "index"), Step("2", "index")]), label("p", [Step("weight", "field")])
    ('W[1,2]', 'p.weight')
    """
    text, is_index = root, root.endswith("]")
    for step in steps:
        if step.form == "field":
            text = f"{text}.{step.text}" if text else step.text
        elif step.form == "index" and is_index:
            text = f"{text[:-1]},{step.text}]"
        else:
            text = f"{text}[{step.text}]"
        is_index = step.form == "index"
    return text


class Parts:
    """The entries of a container, and the way to make another one with other entries.

    Args:
        kind: the form of the container in an error.
        steps: the path to each entry from the container.
        values: the entries.
        rebuild: makes a container from other entries.
        keys: the key or the name of each entry; None for a sequence.
    """

    def __init__(
        self,
        kind: str,
        steps: Sequence[Step],
        values: Sequence[Any],
        rebuild: Callable[[list[Any]], Any],
        keys: Sequence[Any] | None = None,
    ) -> None:
        self.kind, self.steps, self.values, self.rebuild, self.keys = kind, steps, values, rebuild, keys

    def entries(self, nest: Any, is_variable: Sequence[bool]) -> list[Any] | str:
        """Return the entries of another nest in the same order; or a description of a nest that does not fit."""
        keys = self.keys
        if is_of("pandas", "DataFrame", nest):
            nest = dict(nest.items())
        if keys is not None and isinstance(nest, Mapping):
            missing = [key for key, needed in zip(keys, is_variable, strict=True) if needed and key not in nest]
            extra = [key for key in nest if key not in keys]
            if missing or extra:
                return f"a {type(nest).__name__} {'without' if missing else 'with'} the key {(missing or extra)[0]!r}"
            return [nest.get(key) for key in keys]
        if keys is not None and all(isinstance(key, str) and key.isidentifier() for key in keys):
            found = [getattr(nest, key, None) for key in keys]
            is_complete = all(x is not None or not needed for x, needed in zip(found, is_variable, strict=True))
            if self.kind != "mapping" and not isinstance(nest, (list, tuple)) and is_complete:
                return found
        if keys is not None and self.kind == "mapping":
            return f"{type(nest).__name__} for a mapping"
        entries = list(nest) if not is_single(nest) else None
        if entries is None:
            return f"{type(nest).__name__} for {len(self.values)} entries"
        if len(entries) == len(self.values):
            return entries
        if len(entries) == sum(is_variable):
            # The derivatives by the variables alone.
            rest = iter(entries)
            return [next(rest) if needed else None for needed in is_variable]
        return f"{len(entries)} entries for {len(self.values)}"


def source(key: Any) -> str:
    """Return a key as source code, a text in double quotes."""
    if isinstance(key, str) and key.isprintable() and not {'"', "\\"} & set(key):
        return f'"{key}"'
    return repr(key.item() if isinstance(key, np.generic) else key)


def parts_of(x: Any) -> Parts | None:
    """Return the entries of a container; None for a leaf."""
    if isinstance(x, (list, tuple)):
        fields = getattr(x, "_fields", None)
        indices = [Step(str(i), "index") for i in range(len(x))]
        if fields is None:
            return Parts("sequence", indices, x, type(x))
        # A named tuple takes its fields as separate arguments.
        return Parts("tuple", [Step(key, "field") for key in fields], x, lambda new: type(x)(*new), fields)
    if isinstance(x, Mapping):
        keys = list(x)
        return Parts("mapping", [Step(source(key), "key") for key in keys], [x[key] for key in keys], _copier(x), keys)
    if dataclasses.is_dataclass(x) and not isinstance(x, type) and not isinstance(x, Value):
        names = [field.name for field in dataclasses.fields(x)]
        values = [getattr(x, key) for key in names]
        return Parts("fields", [Step(key, "field") for key in names], values, _setter(x, names), names)
    if is_of("pandas", "DataFrame", x):
        steps = [Step(source(key), "key") for key in x.columns]
        columns = [x.iloc[:, i] for i in range(len(steps))]
        return Parts("mapping", steps, columns, _framer(x), list(x.columns))
    if is_of("torch.nn", "Module", x):
        names = [key for key, _ in x.named_parameters()]
        values = [value for _, value in x.named_parameters()]
        return Parts("module", [Step(key, "field") for key in names], values, _loader(x, names), names)
    return None


def _copier(mapping: Any) -> Callable[[list[Any]], Any]:
    def rebuild(values: list[Any]) -> Any:
        entries = dict(zip(mapping, values, strict=True))
        if type(mapping) is dict:
            return entries
        new = copy.copy(mapping)
        new.update(entries)
        return new

    return rebuild


def _setter(instance: Any, names: Sequence[str]) -> Callable[[list[Any]], Any]:
    def rebuild(values: list[Any]) -> Any:
        # Not dataclasses.replace(): __post_init__ may refuse derivatives, and fields may be left out of __init__.
        new = copy.copy(instance)
        for key, value in zip(names, values, strict=True):
            object.__setattr__(new, key, value)
        return new

    return rebuild


def _framer(frame: Any) -> Callable[[list[Any]], Any]:
    def rebuild(columns: list[Any]) -> Any:
        new = frame.copy()
        for i, column in enumerate(columns):
            new.isetitem(i, column)
        return new

    return rebuild


def _loader(module: Any, names: Sequence[str]) -> Callable[[list[Any]], Any]:
    def rebuild(values: list[Any]) -> Any:
        # Every call gets a copy: buffers, as of batch normalization, change in training mode.
        new = copy.deepcopy(module)
        parameters = dict(new.named_parameters())
        for key, value in zip(names, values, strict=True):
            if value is not None:
                parameters[key].data = value.detach()
        return new

    return rebuild


def is_single(x: Any) -> bool:
    """Return True for anything but lists, tuples and arrays."""
    return not isinstance(x, (list, tuple)) and getattr(x, "ndim", 0) == 0
