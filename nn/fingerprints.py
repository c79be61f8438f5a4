"""Fingerprints of functions and objects, to detect that they compute something different in another run.

A fingerprint is a flat dictionary from paths, such as ``rate.decay``, to texts.  A function of the user is represented
by its bytecode with its constants, names and defaults, its closure, and the global variables that it reads.  Line
numbers, docstrings, addresses and the names of local variables do not count.  A function of an installed package is
represented by its name.
"""

from __future__ import annotations

import dis
import enum
import functools
import hashlib
import inspect
import json
import sys
import sysconfig
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib.util import MAGIC_NUMBER
from itertools import chain
from pathlib import Path, PurePath
from types import CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np

import autograd as ag

Fingerprint = dict[str, str]

# The version of the bytecode: fingerprints of code are comparable only if it is equal.
BYTECODE = f"{sys.implementation.cache_tag}, {MAGIC_NUMBER.hex()}, -O{sys.flags.optimize}"

_SCALARS = (type(None), bool, int, float, complex, str, bytes, type(...), range, slice)
# Types whose repr is complete and contains no address.
_STABLE_REPR = (Decimal, Fraction, PurePath, date, time, timedelta, np.dtype)
# Prefixes of the texts of code, and of objects that cannot be compared.
_CODE, _UNKNOWN = "code ", "unknown: "
# Longer texts end in a digest.
_MAX_TEXT = 120
# Characters of a fingerprint, so that all settings of a run fit into the description of an archive.
_MAX_LENGTH = 6_000
# Far below Python's recursion limit, and deeper than any settings that a person writes.
_MAX_DEPTH = 40
# Numbers of an array that are listed, so that a message can show which one differs; longer arrays have a digest.
_MAX_ARRAY = 8
_ARGUMENT_FLAGS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_COROUTINE
# New in Python 3.14.  Before, the first constant of a function without a docstring is None.
_HAS_DOCSTRING = getattr(inspect, "CO_HAS_DOCSTRING", 0)
# Methods that change a list, set, dict or deque in place.
_MUTATORS = {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "remove", "update"}
# Methods that do not change a result.
_NOT_COMPUTING = {
    *("__init__", "__new__", "__repr__", "__str__", "__getstate__", "__setstate__", "__reduce__"),
    *("__annotate__", "__annotate_func__", "_abc_impl"),
}


def fingerprint(
    thing: Any, known: Mapping[int, str] | None = None, roots: Iterable[str] = (), without: Iterable[str] = ()
) -> Fingerprint:
    """Return the fingerprint of `thing`.

    Args:
        thing: A function, an object, or data.
        known: Names of objects by their ids, for objects that change during training, such as parameters.
        roots: The methods of `thing` that count, with everything they use; all methods if there are none.
        without: The attributes of `thing` that do not count.

    >>> fingerprint([0.5, "mean"]), fingerprint(lambda x, a=2.0: a * x * x)[".a"]
    ({'': "[0.5, 'mean']"}, '2.0')
    """
    walk = _Walk(known or {})
    walk.add(thing, "", tuple(roots), frozenset(without))
    parts = walk.parts
    if len(json.dumps(parts, ensure_ascii=False)) > _MAX_LENGTH:
        unknown = [(path, text) for path, text in parts.items() if text.startswith(_UNKNOWN)][:10]
        parts = {"": parts[""], "()": _CODE + _digest(json.dumps(parts, sort_keys=True)), **dict(unknown)}
    return parts


def differences(
    name: str, before: Mapping[str, Any], now: Mapping[str, Any], same_bytecode: bool
) -> tuple[list[str], list[str]]:
    """Compare two fingerprints of the setting `name`.

    Returns:
        Phrases for the differences, and for the parts that cannot be compared.
    """
    if before.get("") != now.get(""):
        return [f"{name} was {_shown(before.get(''))} and is {_shown(now.get(''))}"], []
    wrong: list[str] = []
    unknown: list[str] = []
    for path in {**now, **before}:
        label = f"{name}: {path[1:]}" if path.startswith(".") else name + path
        label = label.removesuffix("()")
        old, new = before.get(path), now.get(path)
        texts = [text for text in (old, new) if isinstance(text, str)]
        if not same_bytecode and (len(texts) < 2 or all(text.startswith(_CODE) for text in texts)):
            unknown.append(f"the code of {label}")
        elif old != new:
            if any(text.startswith(_CODE) for text in texts):
                wrong.append(f"the code of {label} differs")
            else:
                wrong.append(f"{label} was {_shown(old)} and is {_shown(new)}")
        elif len(texts) == 2 and texts[0].startswith(_UNKNOWN):
            unknown.append(f"{label} ({texts[0].removeprefix(_UNKNOWN)})")
    return wrong, unknown


def _shown(text: object) -> str:
    """Return an entry of a fingerprint as it appears in messages."""
    return "absent" if text is None else f"{str(text).removeprefix(_UNKNOWN):.160}"


def digest_of(array: Any) -> str:
    """Return a digest of the type, the shape and the bytes of an array."""
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class _Walk:
    """A traversal of an object that collects its fingerprint.

    Attributes:
        parts: The texts collected so far, by their paths.
    """

    def __init__(self, known: Mapping[int, str]) -> None:
        self.parts: Fingerprint = {}
        self._names = dict(known)
        self._kept: list[Any] = []  # keeps the objects alive, so that no other gets an id in _names

    def add(self, thing: Any, path: str, roots: Sequence[str] = (), without: frozenset[str] = frozenset()) -> None:
        """Add the fingerprint of `thing` at a path."""
        if path in self.parts:
            return
        text = _text(thing)
        if text is not None:
            self.parts[path] = _short(text)
            return
        if id(thing) in self._names:
            self.parts[path] = self._names[id(thing)]
            return
        if path.count(".") + path.count("[") > _MAX_DEPTH:
            self.parts[path] = f"{_UNKNOWN}nested too deeply"
            return
        self._names[id(thing)] = f"the same as {path.removeprefix('.') or 'itself'}"
        self._kept.append(thing)
        if isinstance(thing, np.ndarray):
            self._add_array(thing, path)
        elif isinstance(thing, (list, tuple)):
            self._add_items(path, f"{type(thing).__name__} of {len(thing)}", enumerate(thing))
        elif isinstance(thing, dict):
            self._add_items(path, f"dict of {len(thing)}", thing.items())
        elif isinstance(thing, ag.Op):
            self.parts[path] = f"operation {thing.name}"
            if not _is_installed(thing.forward):
                self.add(thing.forward, f"{path}.forward")
                self.add(thing.partials, f"{path}.partials")
        elif isinstance(thing, ag.Value):
            leaf = thing.op is None
            self.parts[path] = f"Value {thing.data!r}" if leaf else f"{_UNKNOWN}a Value that was computed"
        elif isinstance(thing, ModuleType):
            self.parts[path] = f"module {thing.__name__}"
        elif isinstance(thing, functools.partial):
            self.parts[path] = "partial"
            for name, part in (("func", thing.func), ("args", thing.args), ("keywords", thing.keywords)):
                self.add(part, f"{path}.{name}")
        elif isinstance(thing, MethodType):
            self.parts[path] = f"method {thing.__name__}"
            self.add(thing.__func__, f"{path}.{thing.__name__}")
            self.add(thing.__self__, f"{path}.self", (thing.__name__,))
        elif isinstance(thing, FunctionType):
            self._add_function(thing, path)
        elif callable(getattr(thing, "__wrapped__", None)) and not isinstance(thing, type):
            self.parts[path] = type(thing).__qualname__
            self.add(thing.__wrapped__, f"{path}.wrapped")
        elif isinstance(thing, type):
            self.parts[path] = _full_name(thing)
            self._add_methods(thing, path, ())
        elif _is_installed(type(thing)) and (hasattr(thing, "__qualname__") or isinstance(thing, np.ufunc)):
            self.parts[path] = _full_name(thing)  # functions in C
        else:
            self._add_object(thing, path, roots, without)

    def _add_items(self, path: str, text: str, items: Iterable[tuple[Any, Any]]) -> None:
        """Add a container, and its items by index or key."""
        self.parts[path] = text
        for key, item in items:
            if isinstance(key, int):
                shown = f"{key}"
            elif isinstance(key, str):
                shown = repr(key)
            else:
                shown = "?"  # its repr may contain an address
            self.add(item, f"{path}[{shown}]")

    def _add_array(self, array: Any, path: str) -> None:
        """Add an array of numbers, or of objects."""
        if array.dtype != object:
            numbers = array.tolist() if array.size <= _MAX_ARRAY else f"with the digest {digest_of(array)[:16]}"
            self.parts[path] = f"array {array.dtype.str} {array.shape} {numbers}"
            return
        elements = array.ravel().tolist()
        if elements and all(self._names.get(id(x), "").startswith("parameter") for x in elements):
            self.parts[path] = f"parameters {array.shape}"
        else:
            self._add_items(path, f"array of objects {array.shape}", enumerate(elements))

    def _add_function(self, f: FunctionType, path: str) -> None:
        """Add a function: its code, defaults, closure and global variables."""
        installed = _is_installed(f)
        self.parts[path] = _full_name(f)
        if not installed:
            self.parts[f"{path}()"] = _CODE + _digest(_code(f.__code__))
        arguments = inspect.Signature.from_callable(f, follow_wrapped=False).parameters.values()
        for argument in arguments if f.__defaults__ or f.__kwdefaults__ else ():
            if argument.default is not argument.empty and not installed:
                self.add(argument.default, f"{path}.{argument.name}")
        changed = set() if installed else _changed_variables(f.__code__)
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            try:
                content = cell.cell_contents
            except ValueError:
                self.parts[f"{path}.{name}"] = "not assigned"
                continue
            if name == "__class__":  # the closure of super()
                continue
            self._add_variable(content, f"{path}.{name}", name in changed)
        if not installed:
            for names in _globals(f.__code__):
                self._add_global(f, path, names, changed)

    def _add_global(self, f: FunctionType, path: str, names: Sequence[str], changed: set[str]) -> None:
        """Add the global variable names[0]; for a module, its attribute names[1], and so on."""
        if names[0] not in f.__globals__:
            return  # a builtin
        thing, path = f.__globals__[names[0]], f"{path}.{names[0]}"
        for name in names[1:]:
            if not isinstance(thing, ModuleType) or not hasattr(thing, name):
                break
            thing, path = getattr(thing, name), f"{path}.{name}"
        self._add_variable(thing, path, names[0] in changed)

    def _add_variable(self, thing: Any, path: str, is_changed: bool) -> None:
        """Add a variable; one that the function assigns has no fixed content."""
        if is_changed:
            self.parts[path] = f"{_UNKNOWN}changed by the function itself"
        else:
            self.add(thing, path)

    def _add_object(self, thing: Any, path: str, roots: Sequence[str], without: frozenset[str]) -> None:
        """Add an instance of a class: its methods, and the attributes that they read."""
        cls = type(thing)
        if isinstance(thing, enum.Enum):
            self.parts[path] = f"{cls.__qualname__}.{thing.name}"
            return
        self.parts[path] = _full_name(cls)
        attributes = dict(getattr(thing, "__dict__", {}))
        for name in chain.from_iterable(map(_slots, cls.__mro__)):
            if hasattr(thing, name):
                attributes[name] = getattr(thing, name)
        is_ours = cls.__module__.partition(".")[0] == "nn"
        if _is_installed(cls) and not is_ours:
            self.parts[path] = f"{_UNKNOWN}{_full_name(cls)}"
            return
        if callable(thing) and not roots:
            roots = ("__call__", "predict")
        read, changed = self._add_methods(cls, path, roots, attributes.keys())
        # Methods that are not traversed, such as those of an MLP or an Optimizer, may read any attribute.
        reads_all = not roots or any(vars(o).keys() & set(roots) for o in cls.__mro__[:-1] if _is_concrete(o))
        for name, attribute in attributes.items():
            if name in without or (name not in read and (name.startswith("_") or not reads_all)):
                continue
            if name in changed:
                self.parts[f"{path}.{name}"] = f"{_UNKNOWN}changed by the object itself"
            else:
                self.add(attribute, f"{path}.{name}")

    def _add_methods(
        self, cls: type, path: str, roots: Sequence[str], hidden: Container[str] = ()
    ) -> tuple[set[str], set[str]]:
        """Add the methods and attributes of a class; return the names that they read, and those that they assign.

        Args:
            cls: The class.
            path: The path of the class or of its instance.
            roots: The methods that are called; all of them if empty.
            hidden: The attributes of the instance, which hide those of the class.
        """
        owners = [owner for owner in cls.__mro__ if not _is_installed(owner)]
        names = chain.from_iterable(vars(owner) for owner in owners)
        waiting = list(roots) or [name for name in names if name not in _NOT_COMPUTING]
        read: set[str] = set()
        changed: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in read:
                continue
            read.add(name)
            for owner in owners:
                if name not in vars(owner) or (name.startswith("__") and not callable(vars(owner)[name])):
                    continue
                member = vars(owner)[name]
                if name in hidden and not name.startswith("__") and not isinstance(member, property):
                    continue
                part = _unwrapped(member)
                if isinstance(part, MemberDescriptorType):  # a slot, whose content is an attribute of the instance
                    continue
                self.add(part, f"{path}.{name}" if owner is cls else f"{path}.{owner.__name__}.{name}")
                if isinstance(part, FunctionType):
                    for code in _with_nested(part.__code__):
                        waiting += code.co_names
                        changed |= {i.argval for i in dis.get_instructions(code) if i.opname == "STORE_ATTR"}
        return read, changed


def _is_concrete(owner: type) -> bool:
    """Return True for installed classes except Module, which computes nothing itself."""
    return _is_installed(owner) and (owner.__module__, owner.__name__) != ("nn.modules", "Module")


def _slots(owner: type) -> list[str]:
    """Return the names of the slots that a class itself defines."""
    return [name for name, member in vars(owner).items() if isinstance(member, MemberDescriptorType)]


def _unwrapped(member: Any) -> Any:
    """Return the function in a method, property or cached property of a class; other members unchanged."""
    for attribute in ("__func__", "fget", "func"):
        function = getattr(member, attribute, None)
        if isinstance(function, FunctionType):
            return function
    return member


def _text(thing: Any, within: tuple[int, ...] = ()) -> str | None:
    """Return plain data as text that is the same in every run; None for anything else."""
    if len(within) > _MAX_DEPTH or id(thing) in within:
        return None
    if isinstance(thing, _SCALARS) and type(thing) in _SCALARS:
        return repr(thing)
    package = type(thing).__module__.partition(".")[0]
    if isinstance(thing, _STABLE_REPR) and package in sys.stdlib_module_names | {"numpy"}:
        return repr(thing)
    if isinstance(thing, np.generic) and thing.dtype.kind in "biufc":
        return f"{thing.dtype} {thing.item()!r}"
    if type(thing) in (list, tuple, set, frozenset):
        texts = [_text(item, (*within, id(thing))) for item in thing]
        known = [text for text in texts if text is not None]
        if len(known) < len(texts):
            return None
        if type(thing) in (set, frozenset):
            return f"{type(thing).__name__}({', '.join(sorted(known))})"
        return f"[{', '.join(known)}]" if type(thing) is list else f"({', '.join(known)})"
    if type(thing) is dict:
        keys, values = (_text(list(items), (*within, id(thing))) for items in (thing, thing.values()))
        return None if keys is None or values is None else f"dict({keys}, {values})"
    return None


def _short(text: str) -> str:
    """Return `text`, with a digest in place of the end of a long one."""
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}… with the digest {_digest(text)}"


def _digest(text: str) -> str:
    """Return 64 bits of the SHA-256 digest of `text`."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _code(code: CodeType) -> str:
    """Return the computation of a code object as text, without file names and line numbers."""
    constants = [_constant(code, i, constant) for i, constant in enumerate(code.co_consts)]
    arguments = code.co_argcount + code.co_kwonlyargcount
    return repr(
        (
            (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & _ARGUMENT_FLAGS),
            (code.co_varnames[:arguments], code.co_names, code.co_freevars, code.co_cellvars),
            (code.co_code, getattr(code, "co_exceptiontable", b""), constants),
        )
    )


def _constant(code: CodeType, i: int, constant: Any) -> str:
    """Return a constant of a code object as text, without docstrings and line numbers."""
    if isinstance(constant, CodeType):
        return _code(constant)
    is_function = code.co_flags & inspect.CO_NEWLOCALS and not code.co_name.startswith("<")
    has_docstring = code.co_flags & _HAS_DOCSTRING if _HAS_DOCSTRING else is_function
    if i == 0 and isinstance(constant, str) and has_docstring:
        return "a docstring"
    if "__firstlineno__" in code.co_names and constant == code.co_firstlineno:
        return "a line"
    return _text(constant) or repr(constant)


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and those nested in it, such as those of comprehensions."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_nested(constant)


def _chains(code: CodeType) -> Iterator[list[str]]:
    """Yield the outer variables that a function reads, each with the chain of attributes read from it."""
    for part in _with_nested(code):
        names: list[str] = []
        for instruction in dis.get_instructions(part):
            if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and names:
                names.append(instruction.argval)
            elif instruction.opname not in ("EXTENDED_ARG", "PUSH_NULL"):
                if names:
                    yield names
                is_outside = instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF")
                names = [instruction.argval] if is_outside else []


def _globals(code: CodeType) -> list[list[str]]:
    """Return the global variables that a function reads, each with a chain of attributes."""
    inner = {name for part in _with_nested(code) for name in (*part.co_cellvars, *part.co_freevars)}
    return [names for names in _chains(code) if names[0] not in inner]


def _changed_variables(code: CodeType) -> set[str]:
    """Return the outer variables that a function assigns or mutates, such as a list that it appends to."""
    changed = {names[0] for names in _chains(code) if len(names) > 1 and names[1] in _MUTATORS}
    for part in _with_nested(code):
        for instruction in dis.get_instructions(part):
            if instruction.opname in ("STORE_GLOBAL", "STORE_DEREF", "DELETE_GLOBAL", "DELETE_DEREF"):
                changed.add(instruction.argval)
    return changed - {name for part in _with_nested(code) for name in part.co_cellvars}


def _full_name(thing: Any) -> str:
    """Return the name of a function or class, with its module if that is the same in every run."""
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", type(thing).__qualname__)
    module = getattr(thing, "__module__", None)
    return f"{module}.{name}" if module and module != "builtins" and _is_installed(thing) else str(name)


_PACKAGES = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")]


def _is_installed(thing: Any) -> bool:
    """Return True if `thing` is of this package, of the standard library or of another installed package."""
    if isinstance(thing, FunctionType):
        module = thing.__globals__.get("__name__")
        if vars(sys.modules.get(str(module), sys)) is not thing.__globals__:  # created by exec, as in a doctest
            return False
    else:
        module = getattr(thing, "__module__", None)
    return not isinstance(module, str) or _is_installed_module(module.partition(".")[0])


@functools.lru_cache(maxsize=256)
def _is_installed_module(top: str) -> bool:
    """Return True if the top-level package is this one, of the standard library, or in site-packages."""
    if top == "__main__":  # the user's code, even if an installed program such as pytest runs it
        return False
    if top in sys.stdlib_module_names or top in ("autograd", "nn", "builtins"):
        return True
    file = getattr(sys.modules.get(top), "__file__", None)
    return file is not None and any(Path(file).is_relative_to(folder) for folder in _PACKAGES)
