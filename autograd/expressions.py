"""Expressions as text, ``C = (sigmoid(w*a + b) - E)**2``: parsed here, never run as Python, and recorded as a graph.

The notation is Python's arithmetic and the operations of the table.  The parser is not Python's: every word is a name
here (``lambda``, ``in``), an index is part of a name (``W[1,1]``, ``a^3[1]``) and names stay as they were typed;
mistakes are explained in terms of the expression; nothing is limited by the depth of a stack.  It is operator
precedence parsing with explicit stacks (Dijkstra 1961) into postfix steps, which `Program.evaluate` applies in order.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple

from autograd import ops
from autograd.engine import Constant, Value
from autograd.operation import TABLE, Op, real
from autograd.writing import visible

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}
"""What these names stand for where they are given no other value."""

_PRINTED = str.maketrans("−–×·⋅∗÷", "--****/")
"""Signs as they come pasted from a printed page."""
_WORD = "[^\\W⁰¹²³⁴-⁹]"
_DIGITS = "[0-9](?:_?[0-9])*"
_TOKEN = re.compile(
    rf"""(?P<number> (?:{_DIGITS}\.?(?:{_DIGITS})? | \.{_DIGITS}) (?:[eE][+-]?{_DIGITS})?)
       | (?P<name>   {_WORD}+ (?: (?:\^{_WORD}+)? [ ]*\[[ ]* {_WORD}+ [ ]*(?:,[ ]*{_WORD}+[ ]*)* \])?)
       | (?P<symbol> \*\* | [-+*/()\[\],;=\n])
       | (?P<blank>  [^\S\n]+)""",
    re.VERBOSE,
)
_INFIX = {"+": (ops.add, 1), "-": (ops.sub, 1), "*": (ops.mul, 2), "/": (ops.div, 2), "**": (ops.pow, 4)}
_PREFIX = {"+": ops.pos, "-": ops.neg}
_PREFIX_BINDS = 3
_ON_LISTS = {"total": ["l"], "logsumexp": ["l"], "softmax": ["l"], "dist": ["ll"], "dot": ["ll", "lln"]}
"""Operations that take lists: for each the operands it takes, l a list and n a number."""
_WIDEST = 76
