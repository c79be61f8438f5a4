"""Random functions of one number, as data that every tool can evaluate with its own functions."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# The functions of a tool by name.
Functions = Mapping[str, Callable[..., Any]]
Changed = Callable[[Callable[..., Any]], Callable[..., Any]]

UNARY = (
    *("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "atan", "sinh", "tanh", "erf"),
    *("sigmoid", "softplus"),
)
ARITHMETIC = {"add": "+", "mul": "·", "div": "/"}
# The largest number of steps of a composition.
MAX_STEPS = 5
# Points are drawn between these powers of ten.
EXPONENTS = (-5.0, 3.0)


@dataclass(frozen=True)
class Composition:
    """A function of one number.

    Attributes:
        steps: Names with their operands: an int is the index of an earlier result, with x at 0, and a float is a
            number.  Each step uses the result of the one before.  The last result is the value.

    >>> import math, operator
    >>> f = Composition((("exp", 0), ("mul", 1, 0), ("add", 2, 0.5)))
    >>> print(f)
    (exp(x)·x) + 0.5
    >>> f.value({"exp": math.exp, "mul": operator.mul, "add": operator.add}, 0.0)
    0.5
    """

    steps: tuple[tuple[Any, ...], ...]

    def value(self, functions: Functions, x: Any, last: Changed = lambda function: function) -> Any:
        """Return the value at x, with these functions; `last` may replace the last one."""
        return self.results(functions, x, last)[-1]

    def results(self, functions: Functions, x: Any, last: Changed = lambda function: function) -> list[Any]:
        """Return x and the result of each step."""
        found = [x]
        for i, (name, *operands) in enumerate(self.steps, 1):
            function = last(functions[name]) if i == len(self.steps) else functions[name]
            found.append(function(*[found[k] if type(k) is int else k for k in operands]))
        return found

    def last(self, functions: Functions) -> Callable[..., Any]:
        """Return the function of the last step."""
        return functions[self.steps[-1][0]]

    def __str__(self) -> str:
        results = ["x"]
        for name, *operands in self.steps:
            taken = [results[k] if type(k) is int else repr(k) for k in operands]
            sign = ARITHMETIC.get(name)
            bracketed = [f"({t})" if " " in t or "·" in t or "/" in t else t for t in taken]
            space = " " if sign == "+" else ""
            results.append(f"{space}{sign}{space}".join(bracketed) if sign else f"{name}({taken[0]})")
        return results[-1]


def drawn(draw: random.Random) -> tuple[Composition, float]:
    """Return a random composition and a point to differentiate it at, where it may have no value."""
    steps: list[tuple[Any, ...]] = []
    for i in range(draw.randint(1, MAX_STEPS)):
        if draw.random() < 0.7:
            steps.append((draw.choice(UNARY), i))
        else:
            # With itself, with an earlier result, or with a number.
            other = draw.choice([draw.randint(0, i), round(draw.uniform(-3.0, 3.0), 2) or 1.0])
            operands = (i, other) if draw.random() < 0.5 else (other, i)
            steps.append((draw.choice(list(ARITHMETIC)), *operands))
    return Composition(tuple(steps)), draw.choice((-1.0, 1.0)) * 10.0 ** draw.uniform(*EXPONENTS)
