"""Answers of a worksheet, and their marking: numbers by their rounding, formulas by their values."""

from __future__ import annotations

import ast
import math
import operator
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from autograd.context import quiet
from autograd.op import TABLE
from autograd.symbolic.typesetting import escape, for_notebooks
from autograd.tracing.sheets import Table

# The steps that a blank may ask for.
Step = Literal["name the rule", "differentiate", "put in", "multiply"]
Verdict = Literal["right", "wrong", "missing", "compare"]
# A result of rounded numbers may differ from the rounded result by this fraction of it.
MAX_ROUNDING_ERROR = 2e-3
# A whole number is exact, up to the four digits that are asked for.
MAX_WHOLE_ERROR = 5e-4
# A number within this fraction was rounded too far.
MAX_COARSE_ERROR = 0.05
# A longer answer is not worked out.
MAX_EXPRESSION_CHARACTERS = 200
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
# Two formulas are compared at pairs of points, of which enough must be in their domain.
PAIRS_OF_POINTS, MIN_POINTS = 8, 4
# Equal results differ by rounding, relatively or absolutely by no more than this.
MAX_FORMULA_ERROR = 1e-9
# The numbers of a sheet are rounded, so that its formulas give the printed result with this relative error.
MAX_SHEET_ERROR = 1e-2
# Other names of functions, as sheets and students write them.
_FUNCTIONS = {"S": "sigmoid", "σ": "sigmoid", "ln": "log"}
_CONSTANTS = {"e": math.e, "π": math.pi, "pi": math.pi}
_FORMULA_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*|\.\d+)|(?P<name>[^\W\d_]+(?:[\w′]|,(?=[₀-₉]))*(?:\[[\w,]*\]|_?\{[\w,]*\})*)|(?P<sign>\*\*|[-+*/()]))"
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
# An index, or a decimal comma.
_COMMA = re.compile(r"\[[^\]]*\]|\{[^}]*\}|(?<=\d),(?=\d)")
_SIGNS = str.maketrans("−·×⋅", "-***")
_POWER = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_ASCII = _SUPERSCRIPTS | _SIGNS | str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


@dataclass(frozen=True)
class Answer:
    """The answer of one blank.

    Attributes:
        number: the number of the blank, from 1.
        step: what it asks for: "name the rule", "differentiate", "put in" or "multiply".
        text: the answer as text.
        latex: the same as LaTeX.
        points: its points.
    """

    number: int
    step: Step
    text: str
    latex: str
    points: int

    @property
    def value(self) -> float | None:
        """The answer as a number; None for a formula."""
        return parsed(self.text)


@dataclass(frozen=True)
class Mark:
    """The judgement of one answer.

    Attributes:
        answer: what was expected.
        got: what was handed in; None for nothing.
        verdict: "right", "wrong", "missing", or "compare" where a person has to compare two formulas.
        remark: the reason, "" if it is right.
        exercise: the number of the exercise on its sheet; 0 for the only one.
    """

    answer: Answer
    got: Any
    verdict: Verdict
    remark: str = ""
    exercise: int = 0

    @property
    def blank(self) -> str:
        """The name of the blank, such as "3", or "2.3" for blank 3 of exercise 2."""
        return f"{self.exercise}.{self.answer.number}" if self.exercise else str(self.answer.number)

    @property
    def points(self) -> int:
        """The points for it."""
        return self.answer.points if self.verdict == "right" else 0


class Marks(tuple[Mark, ...]):
    """The judgement of all answers of a worksheet, or of a sheet of several exercises; `str` gives a line for each.

    Attributes:
        points: the points that were reached.
        total: the points of the worksheet.
        open_points: the points of formulas that a person has to compare.
    """

    __slots__ = ()

    @property
    def points(self) -> int:
        """The points that were reached."""
        return sum(mark.points for mark in self)

    @property
    def total(self) -> int:
        """The points of the worksheet."""
        return sum(mark.answer.points for mark in self)

    @property
    def open_points(self) -> int:
        """The points of formulas that a person has to compare."""
        return sum(mark.answer.points for mark in self if mark.verdict == "compare")

    def __str__(self) -> str:
        lines = [f"({mark.blank}) {mark.verdict}" + (f": {mark.remark}" if mark.remark else "") for mark in self]
        compare = f", {self.open_points} to compare" if self.open_points else ""
        return "\n".join([*lines, f"{self.points} of {self.total} points{compare}"])

    def __repr__(self) -> str:
        return str(self)

    def html(self) -> str:
        """Return a table of the answers as HTML; they are escaped."""
        lines = ["blank", "verdict", ""], *([mark.blank, mark.verdict, mark.remark] for mark in self)
        table = Table(lambda style: [[escape(cell, style) for cell in line] for line in lines])
        return f"{table.html()}\n<p>{str(self).splitlines()[-1]}</p>"

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())


def parsed(text: str) -> float | None:
    """Return the number that a text or LaTeX is, or None for a formula."""
    plain = text.replace("−", "-").replace(r" \times 10^{", "×10").replace("}", "")
    mantissa, _, power = plain.partition("×10")
    try:
        return float(mantissa) * (10.0 ** int(power.translate(_SUPERSCRIPTS)) if power else 1.0)
    except ValueError:
        return None


def judged(answer: Answer, got: Any, numbers: Mapping[str, float], result: float | None) -> Mark:
    """Return the judgement of one answer.

    Args:
        answer: the answer.
        got: what was handed in.
        numbers: the numbers of the names on the sheet.
        result: the number of the formula that is asked for, where the sheet has it.
    """
    if got is None or str(got).strip() == "":
        return Mark(answer, None, "missing", f"expected {answer.text}")
    written, text, expected = str(got), _with_points(str(got)), answer.value
    if expected is None:
        if _letters(text) == _letters(answer.text):
            return Mark(answer, got, "right")
        if answer.step == "name the rule":
            is_named = _rules(text) == _rules(answer.text)
            return Mark(answer, got, *(("right",) if is_named else ("wrong", f"{written:.60}, expected {answer.text}")))
        values = arithmetic(text), arithmetic(answer.text)
        if None not in values and answer.step == "put in":
            # Numbers put in are worked out: another order of factors is right too.
            is_equal = math.isclose(values[0], values[1], rel_tol=MAX_ROUNDING_ERROR)  # type: ignore[arg-type]
            remark = "" if is_equal else f"{written:.60}, expected {answer.text}"
            return Mark(answer, got, "right" if is_equal else "wrong", remark)
        verdict, reason = _compared(text, answer.text, numbers, result)
        return Mark(
            answer, got, verdict, "" if verdict == "right" else f"{written:.60}{reason}, expected {answer.text}"
        )
    value = arithmetic(text)
    if value is None:
        return Mark(answer, got, "wrong", f"{written:.60} is no number, expected {answer.text}")
    error = abs(value - expected) / (abs(expected) or 1.0)
    if error <= (MAX_WHOLE_ERROR if expected.is_integer() else MAX_ROUNDING_ERROR):
        return Mark(answer, got, "right")
    reason = ", rounded too far" if error <= MAX_COARSE_ERROR else ""
    if abs(value + expected) <= MAX_ROUNDING_ERROR * abs(expected):
        reason = ", the sign is wrong"
    return Mark(answer, got, "wrong", f"{written:.60}{reason}, expected {answer.text}")


def _compared(got: str, expected: str, numbers: Mapping[str, float], result: float | None) -> tuple[Verdict, str]:
    """Compare two formulas at random numbers for their names, and return the verdict with its reason."""
    keys = {key_of(label): x for label, x in numbers.items()}
    ours, theirs = _formula(expected, keys), _formula(got, keys)
    here = None if ours is None else _at(ours, keys)
    if ours is None or theirs is None or here is None or result is None:
        return "compare", ""
    if not math.isclose(here, result, rel_tol=MAX_SHEET_ERROR, abs_tol=1e-12):
        # The key itself is not read as it was meant.
        return "compare", ""
    results = [(_at(ours, point), _at(theirs, point)) for point in points_around(keys)]
    is_equal = [
        math.isclose(x, y, rel_tol=MAX_FORMULA_ERROR, abs_tol=MAX_FORMULA_ERROR)
        for x, y in results
        if x is not None and y is not None
    ]
    if all(is_equal):
        return ("right" if len(is_equal) >= MIN_POINTS else "compare"), ""
    there = _at(theirs, keys)
    if there is not None and math.isclose(here, there, rel_tol=MAX_SHEET_ERROR):
        # By another name for the same number, such as out for S(AS).
        return "compare", ", equal at the numbers of the sheet"
    return "wrong", ""


def points_around(numbers: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """Yield points to compare two formulas at, in turn within 30 % of the numbers of a sheet and between 0 and 1.

    Near them its functions have a value. Elsewhere numbers that are 0 on the sheet, or tiny, are different too.
    """
    draw = random.Random(0)
    for _ in range(PAIRS_OF_POINTS):
        yield {key: x * draw.uniform(0.7, 1.3) for key, x in numbers.items()}
        yield {key: draw.random() for key in numbers}


def _with_points(text: str) -> str:
    """Return a text with decimal points for decimal commas, which indices such as [1,2] have none of."""
    return _COMMA.sub(lambda match: match[0] if match[0][0] in "[{" else ".", text)


def _as_python(text: str) -> str:
    """Return a formula with Python's signs for powers, products and differences."""
    plain = _POWER.sub(lambda power: f"**({power[0].translate(_SUPERSCRIPTS)})", text)
    return plain.translate(_SIGNS).replace("^", "**")


def key_of(label: str) -> str:
    """Return a name without the forms of its indices: W[1,1], W₁,₁ and W_11 are one."""
    return _letters(label).replace(",", "")


def _formula(text: str, names: Mapping[str, float]) -> ast.expr | None:
    """Parse a formula as a sheet or a student writes it; None if it has an unknown name or sign."""
    plain = _as_python(text)
    plain = re.sub(r"\|([^|]+)\|", r"abs(\1)", re.sub(r"√\s*([^\W\d_][\w\[\]]*|\d+)", r"sqrt(\1)", plain))
    plain = plain.replace("√", "sqrt").rstrip()
    if len(plain) > MAX_EXPRESSION_CHARACTERS:
        return None
    pieces: list[str] = []
    before = ""
    while plain:
        token = _FORMULA_TOKEN.match(plain)
        if token is None:
            return None
        plain, sort = plain[token.end() :], str(token.lastgroup)
        word = token[sort]
        if sort == "name":
            key, function = key_of(word), _FUNCTIONS.get(word, word)
            if key in names or word in _CONSTANTS:
                word = f"names[{(key if key in names else word)!r}]"
            elif function in TABLE and TABLE[function].arity == 1:
                word, sort = function, "function"
            else:
                return None
        # Two factors side by side are multiplied.
        if before in ("number", "name", ")") and (sort in ("number", "name", "function") or word == "("):
            pieces.append("*")
        # As in ln 10 and tanh x.
        pieces.append(f"({word})" if before == "function" and sort in ("number", "name") else word)
        before = ")" if word == ")" else sort
    try:
        return ast.parse(" ".join(pieces), mode="eval").body
    except SyntaxError:
        return None


def _at(formula: ast.expr, numbers: Mapping[str, float]) -> float | None:
    """Return the value of a parsed formula at numbers for its names; None outside its domain."""
    try:
        with quiet():
            value = _valued(formula, numbers)
    except (ArithmeticError, ValueError):
        return None
    return value if math.isfinite(value) else None


def arithmetic(text: str) -> float | None:
    """Return the value of an expression of numbers, written as on a sheet or in Python; None for any other text.

    >>> arithmetic("12(3·4 + 1)³"), arithmetic("1.412×10⁶"), arithmetic("12*x")
    (26364.0, 1412000.0, None)
    """
    plain = _as_python(text)
    plain = re.sub(r"(?<=[\d.)])\s*(?=\()", "*", plain)
    if len(plain) > MAX_EXPRESSION_CHARACTERS or not re.fullmatch(r"[\d.()*/+\s-]+(?:e-?\d+)?", plain):
        return None
    try:
        return _valued(ast.parse(plain.strip(), mode="eval").body, {})
    except (SyntaxError, ArithmeticError, ValueError):
        return None


def _valued(node: ast.expr, numbers: Mapping[str, float]) -> float:
    """Return the value of a parsed expression of numbers, operators, names, and functions of one operand."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_valued(node.left, numbers), _valued(node.right, numbers))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _valued(node.operand, numbers)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        key = str(node.slice.value)
        return numbers[key] if key in numbers else _CONSTANTS[key]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        (operand,) = node.args
        return TABLE[node.func.id].value(_valued(operand, numbers))
    raise ValueError("expression must be of numbers, operators, names and functions")


def _rules(names: str) -> set[str]:
    """Return the rules that a text names, in any order, with or without the word "rule"."""
    return {word for word in re.findall(r"[\w-]+", names.lower()) if word not in ("rule", "rules", "and", "the", "by")}


def _letters(formula: str) -> str:
    """Return a formula without spaces, signs of multiplication, and the forms of digits."""
    return re.sub(r"[\s*\[\]_^{}]", "", formula.translate(_ASCII))
