"""The syntax of expressions: from text to postfix steps, or to the mistake in it and its place.

The notation is Python's arithmetic with calls of the operations of the table, but the parser is not Python's: every
word is a name (``lambda``, ``in``), an index is part of a name (``W[1,1]``, ``a^3[1]``), names stay as they were
typed, and mistakes are explained in terms of the expression.  It is operator precedence parsing on explicit stacks
(the shunting yard of Dijkstra 1961), so that brackets may be nested as deep as one likes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple

from autograd import ops
from autograd.expressions.calls import ON_LISTS, function, no_operation, operations, softmax_element
from autograd.expressions.mistakes import ADVICE, ExpressionError, quoted, to_multiply
from autograd.op import foreign
from autograd.symbolic.typesetting import visible

_PRINTED = str.maketrans("−–×·⋅∗÷", "--****/")
"""Signs as they come when pasted from a printed page."""
_WORD = "[^\\W⁰¹²³⁴-⁹]+"
_DIGITS = "[0-9](?:_?[0-9])*"
_TOKEN = re.compile(
    rf"""(?P<number> (?:{_DIGITS}\.?(?:{_DIGITS})? | \.{_DIGITS}) (?:[eE][+-]?{_DIGITS})?)
       | (?P<name>   {_WORD} (?: (?:\^{_WORD})? [ ]*\[[ ]* {_WORD} [ ]*(?:,[ ]*{_WORD}[ ]*)* \])? ′*)
       | (?P<sign>   \*\* | [-+*/()\[\],;=\n])
       | (?P<blank>  [^\S\n]+)""",
    re.VERBOSE,
)
_INFIX = {"+": (ops.add, 1), "-": (ops.sub, 1), "*": (ops.mul, 2), "/": (ops.div, 2), "**": (ops.pow, 4)}
_PREFIX = {"+": (ops.pos, 3), "-": (ops.neg, 3)}
_ENDS = ("end", ";", "\n")
_CLOSING = {"(": ")", "[": "]"}


class Token(NamedTuple):
    """One word of an expression; the kind of a sign is the sign itself."""

    kind: str
    text: str
    start: int


class Step(NamedTuple):
    """One postfix step, on a stack of numbers.

    Attributes:
        does: "number" and "name" put one on the stack; "list" and "apply" replace the last ones; "assign" names
            the last.
        what: the number, the name or the function.
        takes: how many it takes from the stack.
        token: where it stands.
    """

    does: Literal["number", "name", "list", "apply", "assign"]
    what: Any
    takes: int
    token: Token


@dataclass
class _Frame:
    """A statement or a bracket that is open, with the operators in it that wait for their right-hand side.

    `shape` is what stands in it so far, an l for each list and an n for each number; `call` is the name before it.
    """

    opening: Token
    call: Token | None = None
    shape: str = ""
    pending: list[tuple[int, Step]] = field(default_factory=list)


def parse(text: str) -> list[Step]:
    """The postfix steps of the statements in `text`.

    Raises:
        ExpressionError: it is no expression.

    >>> [step.token.text for step in parse("C = (out - 1)**2")]
    ['out', '1', '-', '2', '**', 'C']
    """
    return _Parser(text).statements()


class _Parser:
    """Reads an operand and an operator in turn, and writes each operator when both of its sides are complete."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps: list[Step] = []
        self.frames: list[_Frame] = []
        self.target: Token | None = None
        self.callables = operations().keys() | ON_LISTS
        self.rest = _tokens(text)
        self.previous = Token("", "", 0)
        self.token = next(self.rest)

    def statements(self) -> list[Step]:
        bare: Token | None = None
        while self.token.kind != "end":
            if self.token.kind in _ENDS:
                self.advance()
            elif bare is not None:
                raise self.mistake("the value of this statement is lost; give it a name, as y = …", bare)
            else:
                first = self.token
                self.statement()
                bare = None if self.target else first
        if not self.steps:
            raise self.mistake("the expression is empty; write one, as w*a + b")
        return self.steps

    def statement(self) -> None:
        self.target = None
        self.frames = [_Frame(self.token)]
        wants_operand = True
        while wants_operand or len(self.frames) > 1 or self.token.kind not in _ENDS:
            wants_operand = self.operand() if wants_operand else self.operator()
        self.reduce()
        if self.target:
            self.steps.append(Step("assign", self.target.text, 1, self.target))

    def operand(self) -> bool:
        """Read a number, a name, or what may stand before one; return whether an operand is still wanted."""
        token, frame = self.token, self.frames[-1]
        if token.kind == "number":
            self.steps.append(Step("number", self.number(token), 0, token))
        elif token.kind == "name":
            self.advance()
            if self.token.kind == "(":
                return self.call(token)
            self.steps.append(Step("name", token.text, 0, token))
            return False
        elif token.kind in _PREFIX:
            op, binds = _PREFIX[token.kind]
            frame.pending.append((binds, Step("apply", op, 1, token)))
        elif token.kind == "(" or (token.kind == "[" and frame.call and not frame.pending):
            self.frames.append(_Frame(token))
        else:
            raise self.no_operand()
        self.advance()
        return token.kind != "number"

    def operator(self) -> bool:
        """Read what may stand after an operand; return whether an operand is wanted after it."""
        token, frame = self.token, self.frames[-1]
        if token.kind in _INFIX:
            op, binds = _INFIX[token.kind]
            self.reduce(binds + (token.kind == "**"))  # a power is grouped from the right
            frame.pending.append((binds, Step("apply", op, 2, token)))
        elif token.kind == "," and (frame.call or frame.opening.kind == "["):
            self.reduce()
            frame.shape += "n"
        elif token.kind == _CLOSING.get(frame.opening.kind) and len(self.frames) > 1:
            self.reduce()
            frame.shape += "n"
            self.advance()
            return self.close()
        elif token.kind == "=" and len(self.frames) == 1 and self.is_target():
            self.target = self.steps.pop().token
        else:
            raise self.no_operator()
        self.advance()
        return True

    def call(self, name: Token) -> bool:
        """Open the call of `name`; return whether an operand is wanted."""
        if name.text not in self.callables:
            raise self.mistake(str(no_operation(name.text)), name)
        self.frames.append(_Frame(self.advance(), call=name))
        if self.token.kind == ")":
            self.advance()
            return self.close()
        return True

    def close(self) -> bool:
        """Write what the innermost bracket comes to; return whether an operand is wanted next."""
        frame = self.frames.pop()
        if frame.call:
            self.steps.append(Step("apply", self.function(frame.call, frame.shape), len(frame.shape), frame.call))
        elif frame.opening.kind == "[":
            self.steps.append(Step("list", None, len(frame.shape), frame.opening))
            self.frames[-1].shape += "l"
            if self.token.kind not in (",", ")"):
                raise self.mistake(f"after a list comes ',' or ')', got {_shown(self.token)}")
            return self.advance().kind == "," or self.close()
        return False

    def function(self, name: Token, shape: str) -> Callable[..., Any]:
        try:
            called = function(name.text, shape)
        except TypeError as error:
            raise self.mistake(str(error), name) from None
        return partial(softmax_element, self.index(name)) if called is ops.softmax else called

    def index(self, name: Token) -> int:
        """Read the index after a call of softmax: which of the numbers in the list is meant."""
        count = self.steps[-1].takes
        bracket, place = self.advance(), self.advance()
        if [bracket.kind, place.kind, self.token.kind] != ["[", "number", "]"]:
            raise self.mistake("softmax gives a list; take one number of it, as softmax([x, y])[0]", name)
        i = self.number(place)
        if i not in range(count):
            raise self.mistake(f"softmax of {count} numbers has the elements 0 to {count - 1}", place)
        self.advance()
        return int(i)

    def number(self, token: Token) -> float:
        x = float(token.text)
        if x == float("inf"):
            raise self.mistake("the number is too large for a float; the largest is about 1.8e308", token)
        return x

    def reduce(self, binds: int = 0) -> None:
        """Write the operators of the innermost frame that bind at least as strongly."""
        pending = self.frames[-1].pending
        while pending and pending[-1][0] >= binds:
            self.steps.append(pending.pop()[1])

    def is_target(self) -> bool:
        """Whether the statement so far is one name."""
        name = self.steps[-1]
        return name.does == "name" and name.token is self.frames[0].opening and self.previous is name.token

    def advance(self) -> Token:
        self.previous, self.token = self.token, next(self.rest, self.token)
        return self.previous

    def no_operand(self) -> ExpressionError:
        """The mistake where an operand was expected and something else came."""
        token, before = self.token, self.previous
        if token.kind in _ENDS and len(self.frames) > 1:
            return self.unclosed()
        if (before.kind, before.start) == (token.kind, token.start - 1) and token.kind in "=/":
            return self.mistake(f"there is no {2 * token.kind} here; {ADVICE[2 * token.kind]}", before, 2)
        if token.kind == "[":
            return self.mistake(f"a list can only be an operand of {', '.join(ON_LISTS)}")
        after = f" after {_shown(before)}" if before.text and before.kind not in _ENDS else ""
        return self.mistake(f"expected a number, a name or '('{after}, got {_shown(token)}")

    def no_operator(self) -> ExpressionError:
        """The mistake where an operator was expected and something else came."""
        token, before, frame = self.token, self.previous, self.frames[-1]
        if token.kind in _ENDS:
            return self.unclosed()
        if before.kind == "number" and token.text in ("j", "J"):
            return self.mistake("complex numbers have no place here: derivatives are of real functions", before)
        if token.kind == "=":
            if frame.call:
                return self.mistake("operands are given by their place, without names")
            return self.mistake("only one name can stand before =, as in C = (out - E)**2")
        if token.kind == ",":
            return self.mistake("a comma separates the operands of an operation; a decimal point is '.'")
        if token.kind in (")", "]"):
            opened = f"{_shown(frame.opening)} is open" if len(self.frames) > 1 else "no bracket is open"
            return self.mistake(f"{_shown(token)} closes nothing: {opened}")
        if token.kind == "[":
            return self.mistake("an index is of names or whole numbers, as W[1,2], and only names have one")
        function = foreign(before.text) or before.text
        if token.text in ADVICE:
            hint = f"; {ADVICE[token.text]}"
        elif before.kind == "name" and function in self.callables:
            hint = f"; to call it, write {function}({visible(token.text)})"
        else:
            hint = to_multiply(before.text, token.text)
        return self.mistake(f"expected an operator between {_shown(before)} and {_shown(token)}{hint}")

    def unclosed(self) -> ExpressionError:
        opening = self.frames[-1].opening
        return self.mistake(f"{_shown(opening)} is never closed; add {_CLOSING[opening.kind]!r}", opening)

    def mistake(self, reason: str, token: Token | None = None, length: int = 0) -> ExpressionError:
        token = token or self.token
        return ExpressionError(reason, self.text, token.start, length or len(token.text))


def _tokens(text: str) -> Iterator[Token]:
    """The words of `text`, and one of the kind "end"; without the line ends that stand in brackets."""
    written = text.translate(_PRINTED)
    place, depth = 0, 0
    while place < len(text):
        match = _TOKEN.match(written, place)
        if match is None or (match.lastgroup == "name" and not (match[0][0].isalpha() or match[0][0] == "_")):
            hint = f"; {ADVICE[text[place]]}" if text[place] in ADVICE else ""
            raise ExpressionError(f"unexpected character {quoted(text[place])}{hint}", text, place)
        word = match[0]
        if match.lastgroup == "sign":
            depth = max(0, depth + (word in _CLOSING) - (word in _CLOSING.values()))
            if word != "\n" or not depth:
                yield Token(word, word, place)
        elif match.lastgroup != "blank":
            yield Token(str(match.lastgroup), "".join(word.split()), place)
        place = match.end()
    yield Token("end", "", len(text))


def _shown(token: Token) -> str:
    return {"end": "the end", "\n": "the end of the line"}.get(token.kind) or quoted(token.text)
