"""How a function takes its arguments: one sequence or separate numbers, and what they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.pytrees import Arguments
from autograd.value import Value


class Call:
    """A function at a point.

    Attributes:
        f: the function.
        title: what the function is called.
        args: its arguments, in floats.
        point: all the numbers in them.
        labels: what each is called: the parameter, with an index for each level of a sequence.

    >>> call = Call(lambda p: p[0] * p[1], [2, 5])
    >>> call.args, call.labels, call.moved([1], [7.0])
    (([2.0, 5.0],), ['p[0]', 'p[1]'], [[2.0, 7.0]])
    """

    def __init__(self, f: Callable[..., Any], at: Any) -> None:
        self.f = f
        self.title = _title(f)
        self._inputs = Arguments(*arguments(f, at))
        self.point = [float(x) for x in self._inputs.scalars]
        self.args = tuple(self._inputs.shaped_all(self.point))
        self.labels = _labels(f, self.args)

    def like(self, f: Callable[..., Any]) -> Callable[[Sequence[Any]], Any]:
        """Another function of the same numbers, as one of the arguments of this; it may take them in its own way."""
        whole = self._whole(self.args)
        given = arguments(f, whole)
        is_separate = len(given) != 1 or given[0] is not whole
        return lambda args: f(*self._whole(args)) if is_separate and _is_many(whole) else f(self._whole(args))

    def _whole(self, args: Sequence[Any]) -> Any:
        return list(args) if len(args) > 1 else args[0]

    def moved(self, keys: Sequence[int], numbers: Sequence[float]) -> list[Any]:
        """The arguments with other numbers at some places."""
        point = self.point.copy()
        for k, number in zip(keys, numbers, strict=True):
            point[k] = number
        return self._inputs.shaped_all(point)


def arguments(f: Callable[..., Any], at: Any) -> tuple[Any, ...]:
    """The point `at` as the arguments of `f`.

    A number is one argument and a tuple is separate ones.  A list or an array is separate arguments if `f` cannot be
    called otherwise or takes any number of them (``f(x, y)``, ``f(*xs)``), and one sequence if `f` requires a single
    argument (``f(p)``, ``f(p, scale=1.0)``).  Of a list with a single number `f` is tried with the number first.

    Raises:
        TypeError: `f` takes neither.

    >>> arguments(lambda x, y: x * y, [2.0, 5.0]), arguments(lambda p: p[0] * p[1], [2.0, 5.0])
    ((2.0, 5.0), ([2.0, 5.0],))
    """
    if type(at) is tuple:
        return at
    if not _is_many(at):
        return (at,)
    separate, whole = tuple(at), (at,)
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return separate if _works(f, separate) else whole
    fits_separate, fits_whole = _binds(signature, separate), _binds(signature, whole)
    if not fits_separate and not fits_whole:
        raise TypeError(f"{_title(f)}{signature} takes neither {len(separate)} arguments nor one sequence of them")
    if fits_separate and fits_whole:
        if len(separate) == 1:
            return separate if _works(f, separate) else whole
        return whole if _required(signature) else separate
    return separate if fits_separate else whole


def _labels(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    try:
        bound = inspect.signature(f).bind(*args).arguments
    except (TypeError, ValueError):
        bound = {}
    parts = [
        part
        for name, value in bound.items()
        for part in ([f"{name}[{i}]" for i in range(len(value))] if _is_starred(f, name) else [name])
    ]
    if len(parts) != len(args):
        parts = [f"x[{i}]" for i in range(len(args))] if len(args) > 1 else ["x"]
    return [name for part, arg in zip(parts, args, strict=True) for name in indexed(part, arg)]


def _title(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", getattr(f, "name", "f"))
    return name if name.isidentifier() else "f"


def indexed(name: str, arg: Any) -> Iterator[str]:
    """What the numbers in an argument or a result are called: by its name, with an index for each level of a sequence.

    >>> list(indexed("p", [[1.0, 2.0], 3.0]))
    ['p[0,0]', 'p[0,1]', 'p[1]']
    """
    if isinstance(arg, (list, tuple)) or (isinstance(arg, np.ndarray) and arg.ndim):
        stem = name[:-1] + "," if name.endswith("]") else name + "["
        for i, part in enumerate(arg):
            yield from indexed(f"{stem}{i}]", part)
    else:
        yield name


def _is_many(at: Any) -> bool:
    return isinstance(at, list) or (isinstance(at, np.ndarray) and at.ndim > 0)


def _is_starred(f: Callable[..., Any], name: str) -> bool:
    return inspect.signature(f).parameters[name].kind is inspect.Parameter.VAR_POSITIONAL


def _required(signature: inspect.Signature) -> int:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in signature.parameters.values())


def _binds(signature: inspect.Signature, args: Sequence[Any]) -> bool:
    try:
        signature.bind(*args)
    except TypeError:
        return False
    return True


def _works(f: Callable[..., Any], args: Sequence[Any]) -> bool:
    try:
        f(*args)
    except (TypeError, IndexError):
        return False
    except AttributeError as error:  # x.data asks for a Value, and so for a number
        return hasattr(Value(0.0), error.name or "")
    except (ArithmeticError, ValueError):
        return True
    return True
