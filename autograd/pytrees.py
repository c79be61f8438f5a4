"""Flattening of nested arguments into one list of scalars, and back into their own nesting.

A nest consists of lists, tuples, named tuples, dicts, dataclasses, modules of PyTorch and data frames. Its leaves are
numbers and arrays: of NumPy, pandas, PyTorch and JAX.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple

import numpy as np

from autograd.array_libraries import is_foreign, is_of, is_series, is_tensor, kind_of, like, to_numpy
from autograd.containers import Parts, Step, is_single, label, parts_of, source
from autograd.reals import is_real, real
from autograd.value import Value

# Leaves that are no variables: none; flags, texts and integers in fields; or flags, texts and all integers.
Hold = Literal["nothing", "settings", "integers"]
# Types of single numbers. A list of these is one leaf, because a node for each would cost more than the function.
_NUMBERS = frozenset({float, int, Value, np.float64, np.float32, np.int64, np.int32})
# The reason to hold a tensor fixed beside others that require a gradient.
NEEDS_NO_GRADIENT = "requires_grad=False"


class Fixed(NamedTuple):
    """A leaf of the arguments that is held fixed.

    Attributes:
        label: the name of the leaf.
        value: the leaf.
        reason: the reason why it is no variable.
    """

    label: str
    value: Any
    reason: str


class Leaf:
    """A number or an array among the arguments.

    Args:
        value: the leaf.
        steps: the path to it.
        start: the index of its first number among all numbers.

    Attributes:
        scalars: its numbers.
        shape: its shape; () for a number.
    """

    def __init__(self, value: Any, steps: tuple[Step, ...], start: int, where: str) -> None:
        self.value, self.steps = value, steps
        self.scalars: list[Any]
        self.shape: tuple[int, ...]
        if type(value) in _NUMBERS:
            self.scalars, self.shape = [_number(value, where)], ()
            self.slice = slice(start, start + 1)
            return
        if isinstance(value, (list, tuple)):
            self.scalars, self.shape = [_number(x, where) for x in value], (len(value),)
            self.slice = slice(start, start + len(value))
            return
        array = to_numpy(value)
        if isinstance(array, np.ndarray):
            # A float array needs no conversion of its entries.
            is_float = array.dtype.kind == "f"
            self.scalars = array.ravel().tolist() if is_float else [_number(x, where) for x in array.ravel()]
            self.shape = array.shape
        else:
            self.scalars, self.shape = [_number(value, where)], ()
        self.slice = slice(start, start + len(self.scalars))

    def fill(self, numbers: Any, keep: bool) -> Any:
        """Return the leaf with other numbers."""
        if self.is_number:
            number = numbers[self.slice.start]
            # Division by zero, for one, is another matter for NumPy's floats.
            return float(number) if isinstance(number, np.floating) else number
        if isinstance(self.value, (list, tuple)):
            entries = numbers[self.slice]
            return type(self.value)(entries.tolist() if isinstance(entries, np.ndarray) else entries)
        return like(self.value, numbers[self.slice])

    def replace(self, values: Iterator[Any]) -> Any:
        """Return the next of some values in place of the leaf."""
        return next(values)

    @property
    def is_number(self) -> bool:
        """True for a single number that is no array of another library."""
        return self.shape == () and not is_foreign(self.value)

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaf itself."""
        yield self

    def fixed(self) -> Iterator[tuple[tuple[Step, ...], Any, str]]:
        """Yield nothing: the leaf is a variable."""
        yield from ()

    def align(self, nest: Any, title: str) -> Iterator[tuple[Leaf, Any]]:
        """Yield the leaf with the part of another nest at its path.

        Raises:
            ValueError: the leaf is a series of pandas and the nest is one with other labels.
        """
        if is_series(self.value) and is_series(nest):
            if set(nest.index) != set(self.value.index):
                raise ValueError(f"{title} must have the labels {list(self.value.index)}, got {list(nest.index)}")
            nest = nest.reindex(self.value.index)
        yield self, nest

    def labels(self, root: str) -> Iterator[str]:
        """Yield the name of each number."""
        index = getattr(self.value, "index", None) if is_series(self.value) else None
        for position in np.ndindex(*self.shape):
            if index is not None:
                yield label(root, [*self.steps, Step(source(index[position[0]]), "key")])
            else:
                yield label(root, [*self.steps, *(Step(str(i), "index") for i in position)])


class Constant:
    """A leaf that is held fixed.

    Args:
        value: the leaf.
        steps: the path to it.
        reason: the reason why it is no variable.
    """

    def __init__(self, value: Any, steps: tuple[Step, ...], reason: str) -> None:
        self.value, self.steps, self.reason = value, steps, reason

    def fill(self, numbers: Any, keep: bool) -> Any:
        """Return the leaf, or None among derivatives."""
        return self.value if keep else None

    def replace(self, values: Iterator[Any]) -> Any:
        """Return the leaf."""
        return self.value

    def leaves(self) -> Iterator[Leaf]:
        """Yield nothing: the leaf is no variable."""
        yield from ()

    def fixed(self) -> Iterator[tuple[tuple[Step, ...], Any, str]]:
        """Yield the path, the leaf and the reason."""
        yield self.steps, self.value, self.reason

    def align(self, nest: Any, title: str) -> Iterator[tuple[Leaf, Any]]:
        """Yield nothing: there is no derivative by the leaf."""
        yield from ()


class Branch:
    """A list, tuple, mapping or other container among the arguments.

    Args:
        value: the container.
        parts: the container's entries.
        nodes: the nodes of the entries.
        steps: the path to the container.
    """

    def __init__(self, value: Any, parts: Parts, nodes: list[Node], steps: tuple[Step, ...]) -> None:
        self.value, self.parts, self.nodes, self.steps = value, parts, nodes, steps

    def fill(self, numbers: Any, keep: bool) -> Any:
        """Return a container of the same type with other numbers."""
        return self.parts.rebuild([node.fill(numbers, keep) for node in self.nodes])

    def replace(self, values: Iterator[Any]) -> Any:
        """Return a container of the same type with other leaves."""
        return self.parts.rebuild([node.replace(values) for node in self.nodes])

    def leaves(self) -> Iterator[Leaf]:
        """Yield the variables in order."""
        return chain.from_iterable(node.leaves() for node in self.nodes)

    def fixed(self) -> Iterator[tuple[tuple[Step, ...], Any, str]]:
        """Yield the path, the leaf and the reason of each leaf that is held fixed."""
        return chain.from_iterable(node.fixed() for node in self.nodes)

    def align(self, nest: Any, title: str) -> Iterator[tuple[Leaf, Any]]:
        """Yield each variable with the part of another nest at its path.

        Raises:
            ValueError: the nest has another structure.
        """
        entries = self.parts.entries(nest, [next(node.leaves(), None) is not None for node in self.nodes])
        if isinstance(entries, str):
            path = label("", self.steps)
            at = f" at {path}" if path else ""
            raise ValueError(f"{title} must have the structure of the arguments, got {entries}{at}")
        for node, entry in zip(self.nodes, entries, strict=True):
            yield from node.align(entry, title)


Node = Leaf | Constant | Branch


class Arguments:
    """Arguments of a function, each a number or a nest of lists, tuples, dicts, dataclasses and arrays.

    Args:
        args: the arguments.
        where: the name of the call, for the error about a part that is not a number.
        hold: "settings" to hold flags, texts, functions and None fixed beside numbers, and integers in the fields of
            dicts and dataclasses beside floats; "integers" to hold all integers fixed beside floats, except in lists
            with floats; "nothing" to take every leaf as a number.

    Attributes:
        scalars: all numbers in order.
        hold: the leaves that are held fixed.
        is_sequence: True if there are several arguments, or one that is not a single number.

    >>> Arguments([1.0, 2.0], 3.0).scalars
    [1.0, 2.0, 3.0]
    >>> Arguments([1.0, 2.0], 3.0).shaped([4, 5, 6])
    ([4, 5], 6)
    >>> Arguments({"w": [1.0, 2.0], "mode": "sum"}, hold="settings").shaped([4, 5])
    {'w': [4, 5], 'mode': None}
    """

    def __init__(self, *args: Any, where: str = "a function to be differentiated", hold: Hold = "nothing") -> None:
        self.args, self.where = args, where
        self.scalars: list[Any] = []
        self._nodes: list[Node] | None = None
        self.hold: Hold
        if all(type(x) is float or type(x) is Value for x in args):
            # Numbers alone need no nodes unless their names are asked for.
            self.scalars, self.hold = list(args), "nothing"
            self.is_sequence = len(args) != 1
            return
        self.hold = hold if hold != "nothing" and any(map(_has_number, args)) else "nothing"
        self._has_float = self.hold != "nothing" and any(map(_has_float, args))
        self._has_tensor = self.hold != "nothing" and "torch" in sys.modules and any(map(_has_tensor, args))
        # If some tensors require a gradient, the others are data.
        self._requires_grad = self.hold != "nothing" and "torch" in sys.modules and any(map(_has_gradient, args))
        self._nodes = [self._node(arg, ()) for arg in args]
        self.is_sequence = len(args) != 1 or not (isinstance(self.nodes[0], Leaf) and self.nodes[0].shape == ())

    @property
    def nodes(self) -> list[Node]:
        """The node of each argument."""
        if self._nodes is None:
            self._nodes = [Leaf(x, (), i, self.where) for i, x in enumerate(self.args)]
        return self._nodes

    def _node(self, x: Any, steps: tuple[Step, ...], form: str = "") -> Node:
        """Return the node of a leaf or of a container.

        Args:
            x: the leaf or the container.
            steps: the path to it.
            form: the container: "number" for a list of numbers, "entry" for another one, "name" for a named tuple of
                numbers and others, "field" for a dict or dataclass, "parameter" for a module; "" for an argument
                itself.
        """
        reason = self._reason_to_hold(x, form)
        if reason:
            return Constant(x, steps, reason)
        is_row = type(x) in (list, tuple) and x and all(type(y) in _NUMBERS for y in x)
        parts = None if is_row else parts_of(x)
        if parts is None:
            leaf = Leaf(x, steps, len(self.scalars), self.where)
            self.scalars += leaf.scalars
            return leaf
        if parts.kind in ("mapping", "fields"):
            form = "field"
        elif parts.kind == "module":
            form = "parameter"
        else:
            other = "name" if hasattr(x, "_fields") else "entry"
            form = "number" if _is_numeric(x) and _has_float(x) else other
        nodes = [self._node(y, (*steps, step), form) for step, y in zip(parts.steps, parts.values, strict=True)]
        return Branch(x, parts, nodes, steps)

    def _reason_to_hold(self, x: Any, form: str) -> str:
        """Return the reason why a leaf, or a whole list, is no variable; "" if it is one."""
        if self.hold == "nothing" or isinstance(x, Value):
            return ""
        kind = kind_of(x)
        # In a list of numbers, None or a text is a mistake.
        if form != "entry" or not is_single(x):
            reason = _setting(x, kind)
            if reason:
                return reason
        if is_tensor(x) and not x.requires_grad and (form == "parameter" or self._requires_grad):
            return NEEDS_NO_GRADIENT
        if self.hold == "integers" or form == "field":
            is_integral = _is_integer(x) or (self.hold == "integers" and _is_integral_list(x))
            if is_integral and self._has_float and form != "number":
                if not is_single(x):
                    return "integers"
                return "a bool" if isinstance(x, (bool, np.bool_)) else "an integer"
        if self._has_tensor and not is_tensor(x) and (_is_integer(x) or _is_float(x)):
            # PyTorch differentiates by tensors only.
            return "no tensor"
        return ""

    @property
    def is_plain(self) -> bool:
        """True if all arguments are numbers, arrays, and lists and tuples of these."""
        return all(map(_is_plain, self.nodes))

    def leaves(self) -> list[Leaf]:
        """Return the variables in order."""
        return [leaf for node in self.nodes for leaf in node.leaves()]

    def labels(self, roots: Sequence[str]) -> list[str]:
        """Return the name of each number, as source code.

        Args:
            roots: the names of the arguments.

        >>> Arguments({"fc1": {"bias": [1.0, 2.0]}}, 3.0).labels(["params", "x"])
        ['params["fc1"]["bias"][0]', 'params["fc1"]["bias"][1]', 'x']
        """
        return [
            text
            for root, node in zip(roots, self.nodes, strict=True)
            for leaf in node.leaves()
            for text in leaf.labels(root)
        ]

    def leaf_names(self, roots: Sequence[str]) -> list[str]:
        """Return the name of each variable leaf.

        Args:
            roots: the names of the arguments.
        """
        pairs = zip(roots, self.nodes, strict=True)
        return [label(root, leaf.steps) for root, node in pairs for leaf in node.leaves()]

    def fixed(self, roots: Sequence[str]) -> list[Fixed]:
        """Return the leaves that are held fixed.

        Args:
            roots: the names of the arguments.
        """
        return [
            Fixed(label(root, steps), value, reason)
            for root, node in zip(roots, self.nodes, strict=True)
            for steps, value, reason in node.fixed()
        ]

    def align(self, nest: Any, title: str) -> Iterator[tuple[Leaf, Any]]:
        """Yield each variable with the part of another nest at its path.

        Args:
            nest: a nest like the arguments: for a single argument, or a single one with variables, like this one; for
                several a list or tuple with an entry for each, or for each with variables.
            title: the name of the nest, for the error.

        Raises:
            ValueError: the nest has another structure.
        """
        variable = [node for node in self.nodes if next(node.leaves(), None) is not None]
        is_nest = isinstance(nest, (list, tuple))
        if len(self.nodes) > 1 and is_nest and len(nest) == len(self.nodes):
            nodes, entries = self.nodes, nest
        elif len(variable) == 1:
            [node] = nodes = variable
            # A tuple with one block is common for one argument.
            is_block = (
                type(nest) is tuple and len(nest) == 1 and not (isinstance(node, Branch) and len(node.nodes) == 1)
            )
            entries = nest if is_block else [nest]
        elif is_nest and len(nest) == len(variable):
            nodes, entries = variable, nest
        else:
            got = f"{len(nest)} entries" if is_nest else type(nest).__name__
            raise ValueError(f"{title} must have an entry for each of the {len(variable)} arguments, got {got}")
        for node, entry in zip(nodes, entries, strict=True):
            yield from node.align(entry, title)

    def variables(self) -> list[Value]:
        """Return a new Value for each number; for a Value, a new node on top of it."""
        return [+x if isinstance(x, Value) else Value(x) for x in self.scalars]

    def shaped(self, scalars: Any) -> Any:
        """Return `scalars` in the nesting of the arguments, with None for a leaf that is held fixed.

        They are one nest for one argument, and a tuple for several.
        """
        shaped = list(scalars) if self._nodes is None else [node.fill(scalars, False) for node in self.nodes]
        return shaped[0] if len(self.args) == 1 else tuple(shaped)

    def shaped_all(self, scalars: Any) -> list[Any]:
        """Return the arguments with other numbers, as a list with one entry for each argument."""
        return list(scalars) if self._nodes is None else [node.fill(scalars, True) for node in self.nodes]

    def replaced(self, values: Iterable[Any]) -> list[Any]:
        """Return the arguments with another value in place of each variable leaf."""
        rest = iter(values)
        return [node.replace(rest) for node in self.nodes]


def _number(x: Any, where: str) -> Any:
    return x if isinstance(x, Value) else real(x, where)


def _setting(x: Any, kind: str) -> str:
    """Return the type of a leaf that is no number, as a reason to hold it fixed; "" for another one."""
    if x is None:
        return "None"
    if isinstance(x, (bool, np.bool_)):
        return "a bool"
    if isinstance(x, (str, bytes)):
        return "a text"
    if isinstance(x, enum.Enum):
        return type(x).__name__
    if kind in ("b", "U", "S", "M", "m", "key"):
        return {"b": "bools", "M": "dates", "m": "time spans", "key": "a random key"}.get(kind, "texts")
    is_list = isinstance(x, (list, tuple)) and len(x) > 0 and not hasattr(x, "_fields")
    if is_list and all(isinstance(y, (str, bytes, bool)) for y in x):
        return "no numbers"
    return "a function" if callable(x) and parts_of(x) is None else ""


def has_complex(x: Any) -> bool:
    """Return True if a nest has a complex number or an array of these."""
    return any(isinstance(y, (complex, np.complexfloating)) or kind_of(y) == "c" for y in leaves_of(x))


def _is_integer(x: Any) -> bool:
    is_number = isinstance(x, (int, np.integer)) and not isinstance(x, np.timedelta64)
    return is_number or kind_of(x) in ("i", "u")


def _is_integral_list(x: Any) -> bool:
    """Return True for a list or tuple that has integers and nothing else."""
    leaves = list(leaves_of(x)) if isinstance(x, (list, tuple)) else []
    return bool(leaves) and all(type(y) is int for y in leaves)


def _is_numeric(x: Any) -> bool:
    """Return True for a list or tuple that has numbers and nothing else."""
    leaves = leaves_of(x) if isinstance(x, (list, tuple)) else [None]
    return all((is_real(y) or isinstance(y, Value)) and not isinstance(y, bool) for y in leaves)


def leaves_of(x: Any) -> Iterator[Any]:
    """Yield the leaves of a nest in order."""
    parts = parts_of(x)
    if parts is None:
        yield x
    else:
        for part in parts.values:
            yield from leaves_of(part)


def _has_float(x: Any) -> bool:
    return any(map(_is_float, leaves_of(x)))


def _is_float(x: Any) -> bool:
    return isinstance(x, (float, np.floating, Value)) or kind_of(x) in ("f", "O")


def _has_number(x: Any) -> bool:
    return any(_is_float(y) or (_is_integer(y) and not isinstance(y, bool)) for y in leaves_of(x))


def _has_tensor(x: Any) -> bool:
    return any(is_tensor(y) and kind_of(y) == "f" for y in leaves_of(x))


def _has_gradient(x: Any) -> bool:
    """Return True if a tensor outside modules requires a gradient."""
    if is_of("torch.nn", "Module", x):
        return False
    parts = parts_of(x)
    if parts is None:
        return is_tensor(x) and bool(x.requires_grad)
    return any(map(_has_gradient, parts.values))


def _is_plain(node: Node) -> bool:
    if isinstance(node, Branch):
        return node.parts.kind in ("sequence", "tuple") and all(map(_is_plain, node.nodes))
    return isinstance(node, Leaf) and not is_series(node.value)
