"""Parser of expressions: from text to postfix steps.

The notation is Python's arithmetic with calls of the operations of the table. The parser is not Python's: every word is
a name (``lambda``, ``in``), an index is part of a name (``W[1,1]``, ``a^3[1]``), names stay as they were typed, and
errors are explained in terms of the expression. It is an operator-precedence parser on explicit stacks (Dijkstra's
shunting yard, 1961), so brackets may be nested to any depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple

from autograd import ops
from autograd.expressions.calls import ON_LISTS, function, no_operation, operations, softmax_element
from autograd.expressions.diagnostics import ADVICE, ExpressionError, quoted, to_multiply
from autograd.op import foreign
from autograd.symbolic.precedence import PYTHON, SUM, Precedence
from autograd.symbolic.typesetting import visible

# Typographic signs, as in text pasted from a printed page.
_TYPOGRAPHIC = str.maketrans("−–×·⋅∗÷", "--****/")
# \w matches superscripts as letters; ¹²³ are in another block of Unicode than the other digits.
_WORD = "[^\\W⁰¹²³⁴-⁹]+"
_DIGITS = "[0-9](?:_?[0-9])*"
_TOKEN = re.compile(
    rf"""(?P<number> (?:{_DIGITS}\.?(?:{_DIGITS})? | \.{_DIGITS}) (?:[eE][+-]?{_DIGITS})?)
       | (?P<name>   {_WORD} (?: (?:\^{_WORD})? [ ]*\[[ ]* {_WORD} [ ]*(?:,[ ]*{_WORD}[ ]*)* \])? ′*)
       | (?P<sign>   \*\* | [-+*/()\[\],;=\n])
       | (?P<blank>  [^\S\n]+)""",
    re.VERBOSE,
)
_INFIX = {"+": ops.add, "-": ops.sub, "*": ops.mul, "/": ops.div, "**": ops.pow}
_PREFIX = {"+": ops.pos, "-": ops.neg}
# Kinds of tokens that end a statement.
_ENDS = ("end", ";", "\n")
_CLOSING = {"(": ")", "[": "]"}


class Token(NamedTuple):
    """A token; the kind of a sign is the sign itself."""

    kind: str
    text: str
    start: int


class Step(NamedTuple):
    """One step of a postfix program on a stack of values.

    Attributes:
        action: "number" and "name" push a value; "list" and "apply" replace the last values by one; "assign" names the
            last value.
        argument: the number, the name or the function.
        arity: the number of values that the step takes from the stack.
        token: the token that the step comes from.
    """

    action: Literal["number", "name", "list", "apply", "assign"]
    argument: Any
    arity: int
    token: Token


@dataclass
class _Frame:
    """An open statement or bracket, with the operators in it whose right operand is not complete.

    Attributes:
        opening: the first token.
        call: the name of the operation, for the bracket of a call.
        shape: the operands so far, an l for each list and an n for each number.
        pending: the operators, each with its precedence.
    """

    opening: Token
    call: Token | None = None
    shape: str = ""
    pending: list[tuple[Precedence, Step]] = field(default_factory=list)


def parse(text: str) -> list[Step]:
    """Parse the statements in `text` into postfix steps.

    Raises:
        ExpressionError: the text is not an expression.

    >>> [step.token.text for step in parse("C = (out - 1)**2")]
    ['out', '1', '-', '2', '**', 'C']
    """
    return _Parser(text).statements()


class _Parser:
    """Reads operands and operators in turn, and emits each operator when both of its operands are complete."""

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
        """Read all statements."""
        bare: Token | None = None
        while self.token.kind != "end":
            if self.token.kind in _ENDS:
                self.advance()
            elif bare is not None:
                raise self.error("the value of this statement is not used; give it a name, as in y = …", bare)
            else:
                first = self.token
                self.statement()
                bare = None if self.target else first
        if not self.steps:
            raise self.error("the expression is empty; write one, such as w*a + b")
        return self.steps

    def statement(self) -> None:
        """Read one statement."""
        self.target = None
        self.frames = [_Frame(self.token)]
        wants_operand = True
        while wants_operand or len(self.frames) > 1 or self.token.kind not in _ENDS:
            wants_operand = self.operand() if wants_operand else self.operator()
        self.reduce()
        if self.target:
            self.steps.append(Step("assign", self.target.text, 1, self.target))

    def operand(self) -> bool:
        """Read an operand, or a sign or bracket before one; return True if an operand must still follow."""
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
            op = _PREFIX[token.kind]
            frame.pending.append((PYTHON[op].precedence, Step("apply", op, 1, token)))
        elif token.kind == "(" or (token.kind == "[" and frame.call and not frame.pending):
            self.frames.append(_Frame(token))
        else:
            raise self.no_operand()
        self.advance()
        return token.kind != "number"

    def operator(self) -> bool:
        """Read an operator, a comma or a closing bracket; return True if an operand must follow."""
        token, frame = self.token, self.frames[-1]
        if token.kind in _INFIX:
            op = _INFIX[token.kind]
            # Pending operators that bind as tightly as a left operand must are part of it.
            self.reduce(PYTHON[op].left)
            frame.pending.append((PYTHON[op].precedence, Step("apply", op, 2, token)))
        elif token.kind == "," and (frame.call or frame.opening.kind == "["):
            self.reduce()
            frame.shape += "n"
        elif token.kind == _CLOSING.get(frame.opening.kind) and len(self.frames) > 1:
            self.reduce()
            frame.shape += "n"
            self.advance()
            return self.close()
        elif token.kind == "=" and self.is_target():
            self.target = self.steps.pop().token
        else:
            raise self.no_operator()
        self.advance()
        return True

    def call(self, name: Token) -> bool:
        """Read the opening bracket of a call; return True if an operand must follow."""
        if name.text not in self.callables:
            raise self.error(str(no_operation(name.text)), name)
        self.frames.append(_Frame(self.advance(), call=name))
        if self.token.kind == ")":
            self.advance()
            return self.close()
        return True

    def close(self) -> bool:
        """Emit the call or list of the innermost bracket; return True if an operand must follow."""
        frame = self.frames.pop()
        if frame.call:
            self.steps.append(Step("apply", self.function(frame.call, frame.shape), len(frame.shape), frame.call))
        elif frame.opening.kind == "[":
            self.steps.append(Step("list", None, len(frame.shape), frame.opening))
            self.frames[-1].shape += "l"
            if self.token.kind not in (",", ")"):
                raise self.error(f"expected ',' or ')' after a list, got {_shown(self.token)}")
            return self.advance().kind == "," or self.close()
        return False

    def function(self, name: Token, shape: str) -> Callable[..., Any]:
        """Return the function that a call applies to operands of that shape."""
        try:
            called = function(name.text, shape)
        except TypeError as error:
            raise self.error(str(error), name) from None
        return partial(softmax_element, self.index(name)) if called is ops.softmax else called

    def index(self, name: Token) -> int:
        """Read the index after a call of softmax."""
        count = self.steps[-1].arity
        bracket, index = self.advance(), self.advance()
        if [bracket.kind, index.kind, self.token.kind] != ["[", "number", "]"]:
            raise self.error("softmax returns a list; take one element, as in softmax([x, y])[0]", name)
        i = self.number(index)
        if i not in range(count):
            raise self.error(f"the index must be from 0 to {count - 1}, got {index.text}", index)
        self.advance()
        return int(i)

    def number(self, token: Token) -> float:
        """Return the number of a token."""
        x = float(token.text)
        if x == float("inf"):
            raise self.error("the number is too large for a float; the largest is about 1.8e308", token)
        return x

    def reduce(self, least: Precedence = SUM) -> None:
        """Emit the pending operators of the innermost bracket, down to a precedence."""
        pending = self.frames[-1].pending
        while pending and pending[-1][0] >= least:
            self.steps.append(pending.pop()[1])

    def is_target(self) -> bool:
        """Return True if the statement so far is one name, outside brackets."""
        if len(self.frames) > 1:
            return False
        (statement,), name = self.frames, self.steps[-1]
        return name.action == "name" and name.token is statement.opening and self.previous is name.token

    def advance(self) -> Token:
        """Read the next token, and return the one before it."""
        self.previous, self.token = self.token, next(self.rest, self.token)
        return self.previous

    def no_operand(self) -> ExpressionError:
        """Return the error for a missing operand."""
        token, before = self.token, self.previous
        if token.kind in _ENDS and len(self.frames) > 1:
            return self.unclosed()
        # The tokenizer splits == and // into two signs.
        if (before.kind, before.start) == (token.kind, token.start - 1) and token.kind in "=/":
            return self.error(f"there is no {2 * token.kind} here; {ADVICE[2 * token.kind]}", before, 2)
        if token.kind == "[":
            return self.error(f"a list can only be an operand of {', '.join(ON_LISTS)}")
        after = f" after {_shown(before)}" if before.text and before.kind not in _ENDS else ""
        return self.error(f"expected a number, a name or '('{after}, got {_shown(token)}")

    def no_operator(self) -> ExpressionError:
        """Return the error for a missing operator."""
        token, before, frame = self.token, self.previous, self.frames[-1]
        if token.kind in _ENDS:
            return self.unclosed()
        if before.kind == "number" and token.text in ("j", "J"):
            return self.error("complex numbers are not supported: derivatives are of real functions", before)
        if token.kind == "=":
            if frame.call:
                return self.error("operands must be positional, without names")
            return self.error("the left-hand side of = must be one name, as in C = (out - E)**2")
        if token.kind == ",":
            return self.error("a comma separates the operands of an operation; a decimal point is '.'")
        if token.kind in (")", "]"):
            opened = f"{_shown(frame.opening)} is open" if len(self.frames) > 1 else "no bracket is open"
            return self.error(f"unmatched {_shown(token)}: {opened}")
        if token.kind == "[":
            return self.error("an index must consist of names or whole numbers and follow a name, as in W[1,2]")
        function = foreign(before.text) or before.text
        if token.text in ADVICE:
            hint = f"; {ADVICE[token.text]}"
        elif before.kind == "name" and function in self.callables:
            hint = f"; to call it, write {function}({visible(token.text)})"
        else:
            hint = to_multiply(before.text, token.text)
        return self.error(f"expected an operator between {_shown(before)} and {_shown(token)}{hint}")

    def unclosed(self) -> ExpressionError:
        """Return the error for a bracket that is still open at the end."""
        opening = self.frames[-1].opening
        return self.error(f"{_shown(opening)} is never closed; add {_CLOSING[opening.kind]!r}", opening)

    def error(self, reason: str, token: Token | None = None, length: int = 0) -> ExpressionError:
        """Return the error at a token, by default at the current one."""
        token = token or self.token
        return ExpressionError(reason, self.text, token.start, length or len(token.text))


def _tokens(text: str) -> Iterator[Token]:
    """Split `text` into tokens, and one more of the kind "end"; line ends in brackets are left out."""
    typed = text.translate(_TYPOGRAPHIC)
    start, depth = 0, 0
    while start < len(text):
        match = _TOKEN.match(typed, start)
        # \w also matches other numerals, such as ½; no name begins with one.
        if match is None or (match.lastgroup == "name" and not (match[0][0].isalpha() or match[0][0] == "_")):
            hint = f"; {ADVICE[text[start]]}" if text[start] in ADVICE else ""
            raise ExpressionError(f"unexpected character {quoted(text[start])}{hint}", text, start)
        word = match[0]
        if match.lastgroup == "sign":
            if word in _CLOSING:
                depth += 1
            elif word in _CLOSING.values():
                depth = max(0, depth - 1)
            # A line end in brackets does not end the statement.
            if word != "\n" or not depth:
                yield Token(word, word, start)
        elif match.lastgroup != "blank":
            yield Token(str(match.lastgroup), "".join(word.split()), start)
        start = match.end()
    yield Token("end", "", len(text))


def _shown(token: Token) -> str:
    """Return a token as error messages name it."""
    return {"end": "the end", "\n": "the end of the line"}.get(token.kind) or quoted(token.text)
