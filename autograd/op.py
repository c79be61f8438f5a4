"""Operations: a value and its partial derivatives; and the registry of all operations.

The built-in operations are in :mod:`autograd.ops`.  An `Op` knows nothing of graphs.  Called on floats, it computes.
Called on an object with a method ``__operation__``, as a `Value` has, it hands itself over, so that one rule serves
numbers, graphs and formulas.
"""

from __future__ import annotations

import copyreg
import inspect
import keyword
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any, NoReturn, overload

import numpy as np

from autograd.context import is_quiet, quiet
from autograd.domains import REAL, ComplexError, DomainError, Interval, PoleError, real_result
from autograd.native.shims import mypyc_attr
from autograd.reals import elementwise, real

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd.annotations import Real
    from autograd.value import Value


def smooth(*operands: float) -> float:
    """Return the branch of an operation that has one smooth piece."""
    return 0.0


def filled(template: str, operands: Sequence[str]) -> tuple[str, bool]:
    """Fill operands into the symbol of an operation; also return False if the symbol has no place for them.

    >>> filled("|{0}|", ["x"]), filled("J_{{0}}", ["x"])
    (('|x|', True), ('J_{0}', False))
    """
    is_whole = "{0}" in template.replace("{{", "")
    return template.format(*(operands if is_whole else ())), is_whole


@mypyc_attr(acyclic=True)
class Operand:
    """The base of `Value`.

    Compiled code finds the methods of a base class without a look-up: relu takes half the time.
    """

    __slots__ = ()

    def __operation__(self, op: Op, operands: tuple[Any, ...]) -> Any:
        """Apply `op` to `operands`; this is one of them."""
        raise NotImplementedError

    def __dot__(self, weights: tuple[Any, ...], inputs: tuple[Any, ...], bias: tuple[Any, ...]) -> Any:
        """Apply `dot` to operands in three tuples, which are not copied: there may be hundreds."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False, repr=False)
class Op:
    r"""One operation: its name, its value, and its partial derivatives.

    Make one with `operation`, which also enters it into the table.

    Attributes:
        name: what it is called, everywhere.
        forward: floats to float.  Where there is no value it raises ValueError or ZeroDivisionError, as `math` does;
            where the value is too large it raises OverflowError or returns inf.
        partials: ``partials(*operands, result)``, straight-line: one partial for one operand, else a tuple of them.
        arity: number of operands; None for any number, and then `partials` takes the result as the keyword ``z``.
        domain: where each operand may lie (one entry serves all operands); tests and checks sample from it.
        requires: the domain in words, where the intervals do not say it all.
        written: the partials as a textbook writes them, where that differs from what is computed.
        symbol: how the name is written in a formula ("S" for sigmoid), or with ``{0}`` the whole application; other
            braces are doubled, as in ``\mathcal{{K}}``.
        latex: the same in LaTeX.
        numpy: NumPy's name for it: gives IEEE results where `forward` raises, and a second method name on a Value.
        defaults: values of the last operands, for calls that leave them out.
        branch: a label of the smooth piece that the operands lie on; where it changes there is a kink or a jump.
        doc: one sentence that says what it computes, for `help`.
        definition: ``definition(*operands)``, straight-line like `partials`: the value by simpler operations, which a
            derivation opens; 1/(1 + e⁻ˣ) for sigmoid.
    """

    name: str
    forward: Callable[..., Any]
    partials: Callable[..., Any]
    arity: int | None
    domain: tuple[Interval, ...] = (REAL,)
    requires: str = ""
    written: Callable[..., Any] | None = None
    symbol: str = ""
    latex: str = ""
    numpy: str = ""
    branch: Callable[..., float] = smooth
    defaults: tuple[float, ...] = ()
    doc: str = ""
    definition: Callable[..., Any] | None = None
    # `partials` for floats alone, see `seal`.
    numeric: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numeric", self.partials)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    @overload
    def __call__(self, x: Operand, /, *operands: Value | Real) -> Value: ...
    @overload
    def __call__(self, x: Real, y: Value, /, *operands: Value | Real) -> Value: ...
    @overload
    def __call__(self, x: Real, y: Real, z: Value, /, *operands: Value | Real) -> Value: ...
    @overload
    def __call__(self, *operands: Real) -> float: ...
    @overload
    def __call__(self, x: NDArray[np.object_], /, *operands: Value | Real | NDArray[Any]) -> NDArray[np.object_]: ...
    @overload
    def __call__(
        self, x: NDArray[np.floating[Any] | np.integer[Any] | np.bool_], /, *operands: Real
    ) -> NDArray[np.float64]: ...
    @overload
    def __call__(self, *operands: Value | Real | NDArray[Any]) -> Any: ...
    def __call__(self, *operands: Any) -> Any:
        """Apply the operation: to numbers for a float, to Values for a Value, to arrays element by element."""
        return self.apply(operands)

    def apply(self, operands: tuple[Any, ...]) -> Any:
        """Apply the operation to operands in a tuple."""
        if self.arity is None or len(operands) != self.arity:
            operands = self._completed(operands)
        for x in operands:
            if isinstance(x, Operand):
                return x.__operation__(self, operands)
            if type(x) is not float:
                return self._dispatch(operands)
        return self.value(*operands)

    @property
    def __signature__(self) -> inspect.Signature:
        """The signature that `help` shows, with the operands named as in the rule."""
        names = list(inspect.signature(self.partials).parameters.values())[:-1]
        for i, default in enumerate(reversed(self.defaults), 1):
            names[-i] = names[-i].replace(default=default)
        return inspect.Signature(names)

    def _dispatch(self, operands: tuple[Any, ...]) -> Any:
        for x in operands:
            if hasattr(type(x), "__operation__"):
                return x.__operation__(self, operands)
        for x in operands:
            if isinstance(x, np.ndarray) and x.ndim:
                return elementwise(self, operands)
        result: Any = self.value(*[real(x, f"{self.name}()") for x in operands])
        for x in operands:
            if isinstance(x, np.float64):
                return np.float64(result)
        return result

    def _completed(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return `operands` with the defaults of the last ones filled in."""
        given = len(operands)
        if self.arity is None:
            if given == 0:
                raise TypeError(f"{self.name}() takes at least 1 operand, got 0")
            return operands
        missing = self.arity - given
        if given > 0 and 0 < missing <= len(self.defaults):
            return (*operands, *self.defaults[len(self.defaults) - missing :])
        least = self.arity - len(self.defaults)
        wants = f"{'at least ' if self.defaults else ''}{least} operand{'s' * (least != 1)}"
        raise TypeError(f"{self.name}() takes {wants}, got {given}")

    def value(self, *operands: float) -> float:
        """Return the value on floats; inf where it is too large.

        Raises:
            DomainError: there is no value.
        """
        try:
            z = self.forward(*operands)
        except OverflowError as error:
            return self._ieee(operands, error)
        except (ValueError, ZeroDivisionError) as error:
            if is_quiet():
                return self._ieee(operands, error)
            self.outside_domain(operands, error)
        if type(z) is float:
            return z
        try:
            return real_result(z, f"the result of {self.name}")
        except ComplexError as error:
            if is_quiet():
                return self._ieee(operands, error)
            raise

    def slopes(self, operands: Sequence[float], z: float) -> tuple[float, ...]:
        """Return the partials on floats, one for each operand, from the result `z`; inf or nan at a division by 0."""
        try:
            partials = self._put(self.numeric, operands, z)
        except (ArithmeticError, ValueError):
            with quiet():
                boxed: list[Any] = [np.float64(x) for x in operands]
                partials = self.rule(boxed, np.float64(z))
        return tuple([p if type(p) is float else real(p, f"a partial of {self.name}") for p in partials])

    def rule(self, operands: Sequence[Any], z: Any, written: bool = False) -> tuple[Any, ...]:
        """Return the partials on anything that the rule can be applied to: floats, Values, formulas."""
        return self._put(self.written if written and self.written is not None else self.partials, operands, z)

    def _put(self, rule: Callable[..., Any], operands: Sequence[Any], z: Any) -> tuple[Any, ...]:
        given = rule(*operands, z=z) if self.arity is None else rule(*operands, z)
        partials: tuple[Any, ...] = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        if len(partials) != len(operands):
            raise TypeError(f"the rule of {self.name} gave {len(partials)} partials for {len(operands)} operands")
        return partials

    def outside_domain(
        self, operands: Sequence[float], cause: BaseException | None, names: Sequence[str] = ()
    ) -> NoReturn:
        """Raise a DomainError that names the operation, its operands and the condition on them."""
        if isinstance(cause, ComplexError):
            # Its message shows the result.
            raise cause
        shown = [
            f"{name} = {x!r}" if name else repr(x)
            for name, x in zip(names or [""] * len(operands), operands, strict=True)
        ]
        kind = PoleError if isinstance(cause, ZeroDivisionError) else DomainError
        raise kind(f"{self.name}({', '.join(shown)}) has no real value; it needs {self.needs()}") from cause

    def needs(self) -> str:
        """Return the condition on the operands, in words."""
        count = len(self.domain)
        names: Sequence[str] = "xyuvw" if count <= 5 else [f"x{i}" for i in range(1, count + 1)]
        return self.requires or " and ".join(
            str(interval).replace("x", name, 1) for name, interval in zip(names, self.domain, strict=False)
        )

    def _ieee(self, operands: tuple[float, ...], error: Exception) -> float:
        if not self.numpy:
            if isinstance(error, OverflowError):
                raise OverflowError(f"{self.name}({', '.join(map(repr, operands))}) is too large: {error}") from error
            return math.nan
        with np.errstate(all="ignore"):
            return float(getattr(np, self.numpy)(*operands))


# Every operation by name.
TABLE: dict[str, Op] = {}
# The methods of a Value: every operation by its name, and by NumPy's name for it.
METHODS: dict[str, Op] = {}
_SEALED: set[str] = set()
# Attributes of a Value that are not operations; no operation may have one of these names.
_ATTRIBUTES = {"data", "grad", "label", "op", "operands", "partials", "constant", "named", "backward"}
# Names of operations in other packages, languages and fields.
_ELSEWHERE = {
    "lg": "log10",
    "lb": "log2",
    "tg": "tan",
    "arctg": "atan",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
    "expit": "sigmoid",
    "logistic": "sigmoid",
    "swish": "silu",
    "heaviside": "step",
    "sgn": "sign",
    "sum": "total",
    "mod": "fmod",
}
_ATTRIBUTES_ELSEWHERE = {
    "value": "data",
    "item": "data",
    "numpy": "data",
    "gradient": "grad",
    "name": "label",
    "children": "operands",
    "parents": "operands",
}
# Longer names are not compared: the time grows with the product of the lengths.
_MAX_LETTERS = 40


def operation(
    name: str,
    forward: Callable[..., float],
    partials: Callable[..., Any],
    *,
    domain: Interval | tuple[Interval, ...] = REAL,
    requires: str = "",
    written: Callable[..., Any] | None = None,
    symbol: str = "",
    latex: str = "",
    numpy: str = "",
    branch: Callable[..., float] = smooth,
    defaults: tuple[float, ...] = (),
    doc: str = "",
    definition: Callable[..., Any] | None = None,
) -> Op:
    """Declare an operation and enter it into the table; return the function that applies it.

    Afterwards ``Value.name`` is a method, and differentiation of any order, tracing, drawing and checking know it.
    The rule must be straight-line: arithmetic and other operations on its arguments, `step` and `where` instead of
    ``if``, so that it gives numbers on floats and a graph on Values.  See `Op` for the arguments.

    >>> import math, autograd as ag
    >>> cubed = ag.operation("cubed", lambda x: x * x * x, lambda x, z: 3 * x * x)
    >>> x = ag.Value(2.0)
    >>> ag.gradient(x.cubed(), x).data, ag.grad(ag.grad(cubed))(2.0)
    (12.0, 12.0)

    Raises:
        TypeError: an argument has another type than `Op` asks for, or the rule takes no operand.
        ValueError: `name` is not a name, or is that of an operation of the package; or `symbol` or `latex` has braces
            that are not doubled.
    """
    texts = {"name": name, "requires": requires, "symbol": symbol, "latex": latex, "numpy": numpy, "doc": doc}
    for argument, text in texts.items():
        if not isinstance(text, str):
            raise TypeError(f"{argument} must be text, got {text!r:.60}")
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or name in _ATTRIBUTES:
        raise ValueError(f"name must be one that a function and a method can have, got {name!r}; write such as 'cubed'")
    if name in _SEALED:
        raise ValueError(f"name must be new, got that of an operation of the package, {name!r}; choose another")
    functions: dict[str, Any] = {"forward": forward, "partials": partials, "branch": branch}
    if written is not None:
        functions["written"] = written
    if definition is not None:
        functions["definition"] = definition
    for argument, function in functions.items():
        if not callable(function):
            raise TypeError(f"{argument} must be a function, got {function!r:.60}")
    domains = domain if isinstance(domain, tuple) else (domain,)
    if not domains or not all(isinstance(interval, Interval) for interval in domains):
        raise TypeError(f"domain must be an Interval, or one for each operand, got {domain!r:.60}")
    if not isinstance(defaults, tuple) or not all(isinstance(x, (int, float)) for x in defaults):
        raise TypeError(f"defaults must be a tuple of numbers, got {defaults!r:.60}; write (1.0,) for one")
    positional = [p.kind for p in inspect.signature(partials).parameters.values()]
    variadic = inspect.Parameter.VAR_POSITIONAL in positional
    if len(positional) < 2:
        raise TypeError(
            f"partials must take the operands and then the result, got a function of {len(positional)}; write "
            "lambda x, z: …"
        )
    for argument, template in (("symbol", symbol), ("latex", latex)):
        _check_template(argument, template, 1 if variadic else len(positional) - 1)
    op = Op(
        name,
        forward,
        partials,
        None if variadic else len(positional) - 1,
        domains,
        requires,
        written,
        symbol,
        latex,
        numpy,
        branch,
        defaults,
        doc,
        definition,
    )
    TABLE[name] = METHODS[name] = op
    if numpy and numpy not in _SEALED:
        METHODS[numpy] = op
    return op


def _check_template(argument: str, template: str, width: int) -> None:
    """Check that operands can be filled into a template, as formulas are written long after the declaration."""
    try:
        filled(template, ["x"] * width)
    except (LookupError, ValueError, AttributeError):
        raise ValueError(
            f"{argument} must have {{0}}, {{1}}, … for the operands and other braces doubled, got {template!r}; write "
            r"{{ and }}, as in \mathcal{{K}}"
        ) from None


def seal() -> None:
    """Protect the operations of the table from being declared again, and specialize their rules for floats.

    The specialized rule calls forward functions instead of operations: x**2 is recorded in a third of the time.  Where
    it raises, `Op.slopes` evaluates the rule itself.
    """
    _SEALED.update(METHODS)
    for op in TABLE.values():
        rule = op.partials
        names = {name: x.forward if isinstance(x, Op) else x for name, x in rule.__globals__.items()}
        object.__setattr__(op, "numeric", FunctionType(rule.__code__, names))


def find(name: str) -> Op:
    """Return the operation of that name.

    Raises:
        LookupError: there is none; the message names those that look alike.
    """
    try:
        return TABLE[name]
    except KeyError:
        raise LookupError(f"there is no operation {name!r}{suggestion(name, TABLE)}") from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the question "did you mean …?" for the end of a message; "" if no name is close.

    >>> suggestion("sigmiod", TABLE), suggestion("foo", TABLE)
    ('; did you mean sigmoid?', '')
    """
    names = closest(name, known)
    return f"; did you mean {' or '.join(names)}?" if names else ""


def closest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three of the `known` names that `name` may be a misspelling of, the closest first.

    At most (m + n + 3)/6 of the m and n letters may differ, as in CPython's own suggestions.

    >>> closest("grads", ["radians", "grad"]), closest("foo", ["floor"]), closest("OUT", ["in", "out"])
    (['grad'], [], ['out'])
    """
    found: list[tuple[int, str]] = []
    letters = set(name)
    for other in dict.fromkeys(known) if len(name) <= _MAX_LETTERS else ():
        most = (len(name) + len(other) + 3) // 6
        if name.casefold() == other.casefold():
            found.append((0, other))
        # A comparison of letters rules most names out in a tenth of the time that the distance takes.
        elif abs(len(name) - len(other)) <= most and len(letters.difference(other)) <= most:
            edits = _edits(name, other)
            if edits <= most:
                found.append((edits, other))
    return [other for _, other in sorted(found, key=lambda pair: pair[0])[:3]]


def _edits(a: str, b: str) -> int:
    """Count the letters to insert, delete, replace or exchange with a neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, before, row = before, row, [i + 1]
        for j, y in enumerate(b):
            edits = min(before[j + 1] + 1, row[j] + 1, before[j] + (x != y))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                edits = min(edits, last[j - 1] + 1)
            row.append(edits)
    return row[-1]


def foreign(name: str) -> str:
    """Return the operation that other packages or a formula call `name`, "" if there is none.

    >>> foreign("arcsin"), foreign("ln"), foreign("logistic"), foreign("sin")
    ('asin', 'log', 'sigmoid', '')
    """
    if name in TABLE or name.startswith("_"):
        return ""
    if name in METHODS:
        return METHODS[name].name
    return next((op.name for op in TABLE.values() if op.symbol == name), _ELSEWHERE.get(name, ""))


def no_attribute(name: str) -> str:
    """Return the message for an attribute that a Value does not have."""
    message = f"a Value has no attribute {name!r}"
    instead = foreign(name) or _ATTRIBUTES_ELSEWHERE.get(name, "")
    if instead:
        return f"{message}; use {instead}"
    return message + suggestion(name, [*sorted(_ATTRIBUTES), *METHODS])


@overload
def dot(weights: Iterable[float], inputs: Iterable[float], bias: float | None = None) -> float: ...  # type: ignore[overload-overlap]
@overload
def dot(weights: Iterable[Value | Real], inputs: Iterable[Value | Real], bias: Value | Real | None = None) -> Value: ...
def dot(weights: Iterable[Any], inputs: Iterable[Any], bias: Any = None) -> Any:
    """Return w₁x₁ + w₂x₂ + … + bias as one operation: a neuron's activation sum.

    Args:
        weights: w₁, w₂, …; at least one.
        inputs: as many.
        bias: left out if None.

    Raises:
        ValueError: the lengths differ or are 0.

    >>> dot([1.0, 2.0], [3.0, 4.0], 5.0)
    16.0
    """
    w: tuple[Any, ...] = tuple(weights)
    x: tuple[Any, ...] = tuple(inputs)
    if len(w) != len(x) or not w:
        raise ValueError(f"dot() takes as many weights as inputs, and at least one; got {len(w)} and {len(x)}")
    b = () if bias is None else (bias,)
    first = w[0]
    if isinstance(first, Operand):
        return first.__dot__(w, x, b)
    return TABLE["dot"].apply((*w, *x, *b))


copyreg.pickle(Op, lambda op: (find, (op.name,)))  # by name: its functions are those of the table
