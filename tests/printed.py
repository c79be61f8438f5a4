"""A reader of printed mathematics, independent of the writer: every style, with what rounded numbers leave open."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from autograd import TABLE, DomainError, Value
from autograd.symbolic.notation import at_fixed, derivative
from autograd.symbolic.typesetting import Style, name
from autograd.tracing import Trace

Data = Sequence[float]
Term = Callable[[Data], float]

_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_EXPONENT = {"text": r"×10([⁻⁰¹²³⁴-⁹]+)", "html": r"×10<sup>([−\d]+)</sup>", "latex": r" \\times 10\^\{([-\d]+)\}"}
_CONSTANTS = {"ln 2": math.log(2), "ln 10": math.log(10), "π": math.pi, "∞": math.inf, "NaN": math.nan}
_LATEX_CONSTANTS = {
    r"\ln 2": math.log(2),
    r"\ln 10": math.log(10),
    r"\pi": math.pi,
    r"\infty": math.inf,
    "e^": math.e,
}
_ROOTS = {"√": "sqrt", "∛": "cbrt"}
_BRACKETS = {"(": ")", "|": "|", "⌊": "⌋"}
_LATEX_SIGNS = [
    (r"\left(", "("),
    (r"\right)", ")"),
    (r"\left|", "|"),
    (r"\right|", "|"),
    (r"\left\lfloor", "⌊"),
    (r"\right\rfloor", "⌋"),
    (r"\sqrt[3]", "∛"),
    (r"\sqrt", "√"),
    (r"\frac", "frac"),
    (r"\cdot", "·"),
    (r"\ne", "≠"),
    ("&gt;", ">"),
    ("&lt;", "<"),
    ("-", "−"),
]
_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "≠": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
# A name may end in letters, digits, lower indices and primes; upper ones are powers unless they are part of it.
_ENDS = {"text": r"(?![A-Za-zα-ω0-9₀-₉′])", "html": r"(?![A-Za-zα-ω0-9′])", "latex": r"(?![A-Za-z0-9_'])"}


class MisreadError(ValueError):
    """A formula that a person would read in another way, or not at all."""


class Reading(NamedTuple):
    """What a formula says: its value, and by how much rounding of the numbers in it can have moved it."""

    value: float
    error: float

    def agrees(self, exact: float) -> bool:
        """Return True if the formula may stand for `exact`, a few errors of floats apart."""
        return abs(self.value - exact) <= self.error + 1e-9 * abs(exact) + 1e-13


class _Token(NamedTuple):
    kind: str
    text: str
    term: Term | None = None
    call: Callable[..., float] | None = None


def read(printed: str, style: Style, names: Mapping[str, float]) -> Reading:
    """Read a formula with the values of its names, unrounded; a name is given as it is printed in that style.

    Juxtaposition binds tighter than a division, as a person reads 1/2x; a sign after an operator, powers of powers
    without parentheses, and mixed numbers are misread.

    >>> read("2(x − 0.5)²/y", "text", {"x": 2.5, "y": 4.0}).value
    2.0
    """
    return _Reader(printed, style, names).reading()


class _Reader:
    def __init__(self, printed: str, style: Style, names: Mapping[str, float]) -> None:
        self.printed, self.style = printed, style
        printed = _cases_in_words(printed) if style == "latex" else printed
        self.data: list[float] = []
        self.errors: list[float] = []
        self.tokens = self._tokens(printed, names)
        self.position = 0
        self.bars = 0

    def reading(self) -> Reading:
        term = self._sum()
        if self._kind() != "end":
            self._fail()
        try:
            value = term(self.data)
        except (DomainError, OverflowError) as refusal:
            raise MisreadError(f"{self.printed!r}: {refusal}") from None
        error = 0.0
        for i, possible in filter(lambda pair: pair[1], enumerate(self.errors)):
            moves = []
            for moved in (self.data[i] - possible, self.data[i] + possible):
                try:
                    moves.append(abs(term([*self.data[:i], moved, *self.data[i + 1 :]]) - value))
                except (DomainError, OverflowError):
                    moves.append(math.inf)
            error += max(moves)
        return Reading(value, 1.5 * error)  # the moves of several numbers together are not quite their sum

    def _fail(self, why: str = "") -> None:
        rest = " ".join(token.text for token in self.tokens[self.position :])
        raise MisreadError(f"{self.printed!r}: cannot read {rest!r} {why}")

    def _leaf(self, value: float, error: float) -> Term:
        i = len(self.data)
        self.data.append(value)
        self.errors.append(error)
        return lambda data: data[i]

    def _number(self, digits: str, power: str) -> Term:
        """What a number says that is shown to four digits; whole ones of less than four are exact."""
        scale = 10.0 ** int(power or 0)
        value = float(digits) * scale
        if "." not in digits and len(digits) < 4 and not power:
            return self._leaf(value, 0.0)
        size = math.floor(math.log10(float(digits))) if float(digits) else 0
        return self._leaf(value, 0.5 * scale * 10.0 ** min(size - 3, 0) if self.style != "plain" else 0.0)

    def _tokens(self, printed: str, names: Mapping[str, float]) -> list[_Token]:
        style = self.style
        heads = _heads(style)
        constants = _LATEX_CONSTANTS if style == "latex" else _CONSTANTS
        pattern = _pattern(style, tuple(names))
        signs = {"<sup>": ["^", "{"], "</sup>": ["}"], **{s: [kind] for s, kind in _LATEX_SIGNS}}
        tokens: list[_Token] = []
        start = 0
        while start < len(printed):
            match = pattern.match(printed, start)
            if match is None:
                raise MisreadError(f"{printed!r}: {printed[start:]!r} is nothing known")
            start = match.end()
            text = match[0]
            kind = match.lastgroup
            if match["name"]:
                raised = re.search(r"[⁻⁰¹²³⁴-⁹]$|</sup>$|\^\{", text) and "partial" not in text
                value = names[text]
                tokens.append(_Token("raised name" if raised else "name", text, self._leaf(value, 0.0)))
            elif match["call"]:
                tokens.append(_Token("call", text, call=heads[text]))
            elif match["constant"]:
                start -= text.endswith("^")
                tokens.append(_Token("name", text, self._leaf(constants[text], 0.0)))
            elif match["number"]:
                power = (match[5] or "").translate(_SUPERSCRIPTS).replace("−", "-")
                tokens.append(_Token("number", text, self._number(match["number"], power)))
            elif match["raised"]:
                sign, digits = "−" * text.startswith("⁻"), text.lstrip("⁻").translate(_SUPERSCRIPTS)
                tokens += [_Token(s, s) for s in ("^", "{", *sign)]
                tokens += [_Token("number", digits, self._leaf(float(digits), 0.0)), _Token("}", "}")]
            elif kind == "word":
                tokens.append(_Token(text.strip(), text))
            elif kind == "sign":
                tokens += [_Token(s, s) for s in signs.get(text, [text])]
        return [*tokens, _Token("end", "")]

    def _kind(self) -> str:
        return self.tokens[self.position].kind

    def _next(self) -> _Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def _expect(self, kind: str) -> None:
        if self._kind() != kind:
            self._fail(f"where {kind!r} should be")
        self.position += 1

    def _sum(self) -> Term:
        negative = False
        if self._kind() in "+−":
            negative = self._next().kind == "−"
        first = self._product()
        terms = [(first, negative)]
        while self._kind() in ("+", "−"):
            sign = self._next().kind
            terms.append((self._product(), sign == "−"))
        return lambda data: sum(-term(data) if minus else term(data) for term, minus in terms)

    def _cases(self) -> Term:
        """A sum, or several with conditions: 1 if x > 0, else 0."""
        if self._kind() == "else":
            self.position += 1
            return self._sum()
        value = self._sum()
        if self._kind() != "if":
            return value
        self.position += 1
        left = self._sum()
        holds = _RELATIONS[self._next().kind]
        right = self._sum()
        self._expect(",")
        others = self._cases()
        return lambda data: value(data) if holds(left(data), right(data)) else others(data)

    def _product(self) -> Term:
        term = self._juxtaposition()
        while self._kind() in ("·", "/"):
            sign, left, right = self._next().kind, term, self._juxtaposition()
            term = _times(left, right) if sign == "·" else _over(left, right)
        return term

    def _juxtaposition(self) -> Term:
        number_before = self._kind() == "number"
        term = self._power()[0]
        while self._kind() in ("name", "raised name", "call", "(", "{", "frac", "√", "∛", "⌊") or (
            self._kind() == "|" and not self.bars
        ):
            if number_before and self._kind() == "frac" and self.tokens[self.position + 2].kind == "number":
                self._fail("apart from a mixed number")
            number_before = False
            term = _times(term, self._power()[0])
        return term

    def _power(self) -> tuple[Term, bool]:
        """A base with its exponent, and whether it ends in something raised."""
        term, raised = self._atom()
        if self._kind() == "^":
            if raised:
                self._fail("as a power of what is raised itself")
            self.position += 1
            exponent = self._group() if self._kind() == "{" else self._atom()[0]
            return _to_the(term, exponent), True
        return term, raised

    def _group(self) -> Term:
        self._expect("{")
        term = self._sum()
        self._expect("}")
        return term

    def _atom(self) -> tuple[Term, bool]:
        token = self._next()
        if token.term is not None:
            return token.term, token.kind == "raised name"
        if token.call is not None:
            call = token.call
            self._expect("(")
            arguments = [self._sum()]
            while self._kind() == ",":
                self.position += 1
                arguments.append(self._sum())
            self._expect(")")
            return (lambda data: call(*(x(data) for x in arguments))), False
        if token.kind in _BRACKETS:
            bars, self.bars = self.bars, int(token.kind == "|")
            inside = self._cases() if token.kind == "(" else self._sum()
            self._expect(_BRACKETS[token.kind])
            self.bars = bars
            round_ = {"(": float, "|": abs, "⌊": math.floor}[token.kind]
            return (lambda data: float(round_(inside(data)))), False
        if token.kind in _ROOTS:
            root = TABLE[_ROOTS[token.kind]]
            inside = self._group() if self._kind() == "{" else self._atom()[0]
            return (lambda data: root.value(inside(data))), False
        if token.kind == "frac":
            return _over(self._group(), self._group()), False
        if token.kind == "{":  # braces that are not seen
            term, raised = self._power()
            self._expect("}")
            return term, raised
        self.position -= 1
        self._fail()
        raise AssertionError


def _cases_in_words(latex: str) -> str:
    r"""Return LaTeX with each environment of cases as (a if x > 0, else b)."""
    inner = re.compile(r"\\begin\{cases\} ((?:(?!\\begin\{cases\}).)*?) \\end\{cases\}")
    while match := inner.search(latex):
        lines = [
            f"else {line.removesuffix(end)}" if line.endswith(end := r" & \text{else}") else line
            for line in match[1].split(r" \\ ")
        ]
        words = "(" + ", ".join(lines).replace(r"& \text{if } ", "if ") + ")"
        latex = latex[: match.start()] + words + latex[match.end() :]
    return latex


@lru_cache(maxsize=4)
def _pattern(style: Style, names: tuple[str, ...]) -> re.Pattern[str]:
    """The words of a formula; of two names that begin alike the longer one is meant."""
    return re.compile(
        rf"(?P<name>(?:{_any(names)}){_ENDS[style]})"
        rf"|(?P<call>{_any(_heads(style))})(?=\(|\\left\()"
        rf"|(?P<constant>{_any(_LATEX_CONSTANTS if style == 'latex' else _CONSTANTS)})(?!\d)"
        rf"|(?P<number>[0-9]+(?:\.[0-9]+)?)(?:{_EXPONENT[style]})?"
        rf"|(?P<raised>[⁻⁰¹²³⁴-⁹]+)"
        r"|(?P<word>(?:if|else) )"
        rf"|(?P<sign><sup>|</sup>|{_any(dict(_LATEX_SIGNS))}|[-−+·/(){{}}^,|⌊⌋√∛<>=≠])"
        r"|(?P<blank>\s+)"
    )


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"


@lru_cache
def _heads(style: Style) -> dict[str, Callable[..., float]]:
    """The operations by what is written before their arguments; softmax has the index of its result there."""
    heads: dict[str, Callable[..., float]] = {}
    for op in TABLE.values():
        if style == "latex":
            head = op.latex.format("{0}") if op.latex else rf"\operatorname{{{op.name}}}".replace("_", r"\_")
        else:
            head = op.symbol or op.name
        if op.name == "softmax":
            for i in range(9):
                heads[head + name(f"x[{i + 1}]", style)[1:]] = partial(op.value, float(i))
        elif "{0}" not in head and head not in _ROOTS:
            heads[head] = op.value
    return heads


def _times(x: Term, y: Term) -> Term:
    return lambda data: x(data) * y(data)


def _over(x: Term, y: Term) -> Term:
    def quotient(data: Data) -> float:
        try:
            return x(data) / y(data)
        except ZeroDivisionError:
            raise OverflowError("division by 0") from None

    return quotient


def _to_the(x: Term, y: Term) -> Term:
    power = TABLE["pow"]
    return lambda data: power.value(x(data), y(data))


def equations(printed: str, style: Style) -> list[list[str]]:
    """The lines of a worked solution that are equations, each as what it holds equal; remarks are left out."""
    printed = _NOTES[style].sub("", _with_whole_notes(printed))
    if style == "html":
        rows = re.findall(r"<tr>(.*?)</tr>", printed)
        sides = [re.findall(r"<t[hd][^>]*>(?:= )?(.*?)</t[hd]>", row) for row in rows]
        return [row for row in sides if row[0]]
    if style == "latex":
        body = printed.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
        body = re.sub(r" \\\\\n  &(?:\\quad)+ ", " ", re.sub(r" \\\\\n  &= ", " = ", body))
        lines = body.replace(r"\Bigl", r"\left").replace(r"\Bigr", r"\right").split(" \\\\\n")
        return [_sides(line.replace(" &= ", " = ").strip()) for line in lines if " &= " in line]
    lines = []
    for line in printed.splitlines():
        if re.match(r" +[+=] | {3,}[−·/(]", line):
            # Products without blanks, and quotients, are continued without one.
            lines[-1] += line.strip() if re.match(r" +(?:[/(]|·\S)", line) else " " + line.strip()
        else:
            lines.append(line)
    return [[side.strip() for side in _sides(line)] for line in lines if " = " in line]


def _sides(line: str) -> list[str]:
    """Divide an equation at its equals signs, but not at those in the conditions of cases."""
    sides = [""]
    for piece in line.split(" = "):
        # A condition begins with "if", and ends with a comma or a line of LaTeX.
        is_open = re.search(r"\bif [^,\\]*$", sides[-1].replace(r"\text{if } ", "if "))
        sides[-1:] = [f"{sides[-1]} = {piece}"] if is_open else [sides[-1], piece]
    return sides[1:]


# Reasons and remarks at the end of an equation.
_NOTE = "(because|where|a division by 0)"
_NOTES: dict[Style, re.Pattern[str]] = {
    "text": re.compile(rf",(?:\n *| ){_NOTE}(?P<note>.*)$", re.MULTILINE),
    "html": re.compile(rf", {_NOTE}(?P<note>.*?)(?=</td></tr>$)", re.MULTILINE),
    "latex": re.compile(rf"\\text\{{, {_NOTE}(?P<note>.*?)(?= \\\\$|$)", re.MULTILINE),
}
_RELATION: dict[Style, str] = {
    "text": r" ([=≠<>]) ",
    "html": r" (=|≠|&lt;|&gt;) ",
    "latex": r" (=|\\ne|<|>) ",
}


def _with_whole_notes(printed: str) -> str:
    """Return LaTeX with each note on the line of its equation, as it is if it fits."""
    broken = r"\\text\{,\} \\\\\n  &\\quad (\\text\{)?"
    printed = re.sub(broken, lambda match: r"\text{, " if match[1] else r"\text{, }", printed)
    return re.sub(r" \\\\\n  &\\quad \\text\{and ", r"\\text{ and ", printed)


def reasons(printed: str, style: Style, names: Mapping[str, float]) -> list[tuple[str, bool]]:
    """The reasons for cases in a worked solution, and whether each of them is true of the numbers of the names."""
    stated = []
    for match in _NOTES[style].finditer(_with_whole_notes(printed)):
        if match[1] != "because":
            continue
        text = match["note"].replace(r"\text{", "").replace("}, ", ", ").replace(" } ", "} ")
        text = re.sub(r", (by convention|a tie)\}?", "", text.removeprefix(" ").removeprefix("}"))
        for reason in re.split(r"\} and \}| and \}| and ", text):
            first, *others = re.split(_RELATION[style], reason.strip())
            left, holds = read(first, style, names), True
            sides, signs = [left], others[::2]
            for sign, side in zip(signs, others[1::2], strict=True):
                right = read(side, style, names)
                sign = {"&gt;": ">", "&lt;": "<", r"\ne": "≠"}.get(sign, sign)
                last = sides[-1]
                holds &= (
                    last.agrees(right.value) or right.agrees(last.value)
                    if sign == "="
                    else _RELATIONS[sign](last.value, right.value)
                )
                sides.append(right)
            stated.append((reason, holds and len(sides) > 1))
    return stated


def disagreements(trace: Trace, style: Style, rows: Iterable[Sequence[str]]) -> tuple[list[object], int]:
    """The sides of equations of a trace that are not equal to their left-hand sides, and how many sides were compared.

    Sums with a gap cannot be read; where rounding leaves more than a tenth of the value open, they say nothing.
    """
    meant, wrong, compared = meanings(trace, style), list[object](), 0
    for lhs, *sides in rows:
        exact = meant[lhs]
        for side in sides:
            # The sum of the terms that are not written is a number; their symbols say nothing.
            side = re.sub(r"\((?:\\text\{)?[\d,]+ more: \}?\+?", "(", side)
            if not re.search(r"…|\\dots|\d more", side):
                reading = read(side, style, meant)
                if reading.error <= 0.1 * abs(exact):
                    compared += 1
                    wrong += [] if reading.agrees(exact) else [(lhs, side, reading, exact)]
    return wrong, compared


def assert_balanced(latex: str) -> None:
    """Assert that braces, brackets that grow, and environments are closed in order."""
    closing = {r"\begin": r"\end", r"\left": r"\right", "{": "}"}
    stack: list[str] = []
    for mark in re.findall(r"\\(?:begin|end|left|right)(?![a-z])|[{}]", re.sub(r"\\[{}]", "", latex)):
        if mark in closing:
            stack.append(closing[mark])
        else:
            assert stack.pop() == mark
    assert not stack


def slope(result: Value, operand: Value, fixed: Sequence[Value] = ()) -> float:
    """∂result/∂operand from the partials on the edges, by one sweep up that does not pass what is held fixed."""
    tangents = {operand: 1.0}
    held = set(fixed) - {operand}
    for node in _upward(result):
        if node is not operand and node not in held - {result}:
            tangents[node] = math.fsum(
                tangents.get(x, 0.0) * partial for x, partial in zip(node.operands, node.partials, strict=True)
            )
    return tangents.get(result, 0.0)


def _upward(result: Value) -> list[Value]:
    """The nodes below `result`, operands first, by depth-first search."""
    order: dict[Value, None] = {}
    stack = [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order[node] = None
        elif node not in order:
            stack.append((node, True))
            stack.extend((x, False) for x in node.operands)
    return list(order)


def meanings(trace: Trace, style: Style) -> dict[str, float]:
    """What each name in a trace stands for, unrounded: numbers of nodes, and derivatives as the trace means them."""
    names, stops = trace.stations.names, trace.stations.nodes
    meant = {name(label, style): node.data for node, label in names.items()}
    for f in trace.factors:
        d = derivative(names[f.result], names[f.operand], style)
        meant[d] = slope(f.result, f.operand, () if trace.factored else stops)
        if f.result is trace.target and f.operand is trace.wrt and not trace.factored:
            held = [names[g.operand] for g in trace.stations.factors[f.result] if g is not f]
            meant[at_fixed(d, held, style)] = meant[d]
    if trace.factored:
        for node in stops[:-1]:
            meant[derivative(names[trace.target], names[node], style)] = slope(trace.target, node)
    meant[derivative(names[trace.target], names[trace.wrt], style)] = slope(trace.target, trace.wrt)
    return meant
