"""Names in a source: for the arrays of a network, as in the essay: L₂ = S(AS₂), AS₂ = W₂ L₁ + B₂; layer 1 is the input.

Others are those of the user's labels, arguments and functions, as far as they can stand there.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping

from autograd import ops
from autograd.compiling import kernels
from autograd.compiling.ir import Array, Contract, Map, Source, View

# what a running program calls now and then, so that Ctrl-C ends it
SIGNALS = "let_signals_in"
RESERVED = {"B", SIGNALS, *dir(kernels), *dir(builtins), *keyword.kwlist}
"""What neither a variable nor the function is called."""
_CONSTANT = re.compile(r"[IK]\d+")


def identifier(label: str) -> str:
    """What of a label can stand in the name of a variable: "a^2" gives a2."""
    name = re.sub(r"[^A-Za-z0-9_]", "", label.partition("[")[0])[:40]
    return name if name and not name[0].isdigit() and name != "_" * len(name) else ""


def function_name(name: str) -> str:
    """What the function is called: `name`, if it can be one and the source has no other use for it.

    >>> [function_name(name) for name in ("cost", "relu", "<lambda>")]
    ['cost', 'relu_', 'f']
    """
    name = unicodedata.normalize("NFKC", name)  # as Python reads names
    if not name.isidentifier():
        return "f"
    return f"{name}_" if name in RESERVED or _CONSTANT.fullmatch(name) else name


def name_layers(order: Iterable[Array], labels: Mapping[Array, str]) -> None:
    """Name the weights, biases, sums and activations that `order` has, and other parameters by their `labels`."""
    consumers: dict[Array, list[Array]] = {}
    order = list(order)
    for x in order:
        for operand in x.operands:
            consumers.setdefault(operand, []).append(x)
    number = 1
    for x in order:
        if isinstance(x, Contract):
            weights = [y for y in x.operands if _is_parameter(y) and len(y.shape) == 2]
            if len(weights) == 1 and not weights[0].name and any(y.batched or y is not weights[0] for y in x.operands):
                number += 1
                weights[0].name = f"W{number}"
                _name_above(x, number, consumers)
    for x in order:
        if _is_parameter(x) and not x.name and x in labels:
            x.name = labels[x]


def _name_above(x: Array, number: int, consumers: Mapping[Array, list[Array]]) -> None:
    """The sum that a product goes into, its bias, and its activation."""
    above = consumers.get(x, [])
    if len(above) == 1 and isinstance(above[0], Map) and above[0].op is ops.add:
        for operand in above[0].operands:
            if _is_parameter(operand) and not operand.name:
                operand.name = f"b{number}"
        x = above[0]
        above = consumers.get(x, [])
    maps = [z for z in above if isinstance(z, Map) and len(z.operands) == 1]
    if len(maps) == 1:
        x.name, maps[0].name = f"AS{number}", f"L{number}"
    else:
        x.name = f"L{number}"


def _is_parameter(x: Array) -> bool:
    return isinstance(x, View) and isinstance(x.operands[0], Source) and not x.batched and x.operands[0].numbers is None


def labels_of(views: Iterable[View], source: Source, labels: Mapping[int, str]) -> dict[Array, str]:
    """For each view of `source` what the labels of its elements have in common, given these by their places."""
    found: dict[Array, str] = {}
    for x in views:
        if x.operands[0] is source:
            names = {labels.get(int(place), "").partition("[")[0] for place in x.index.ravel()}
            if len(names) == 1:
                found[x] = names.pop()
    return found
