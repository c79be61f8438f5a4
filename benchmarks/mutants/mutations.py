"""Small changes of the source of a module."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
NOT_COMMUTATIVE = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.LShift, ast.RShift)
ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
EXCHANGED = {"any": "all", "all": "any", "min": "max", "max": "min"}
# Calls that fail whenever two arguments are swapped, or never.
SYMMETRIC = {"max", "min", "maximum", "minimum", "fmax", "fmin", "isclose", "same", "times", "agree"}
NOT_SWAPPED = {"isinstance", "issubclass", "getattr", "cast", *SYMMETRIC}
# Functions of a difference that give the same if its operands are swapped.
ABSOLUTE = ("abs", "np.abs")
# What changes no value: an annotation for the compiler, which tests of the Python form cannot see.
FOR_COMPILER = "mypyc_attr"
# The condition of code that runs in the compiled form alone, which mutants of the Python form do not reach.
IN_COMPILED_FORM = "COMPILED"

MAX_STATEMENT_CHARACTERS = 160

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Mutant:
    """One change of one module.

    Attributes:
        path: the module, relative to the checkout.
        kind: the kind of change.
        scope: the qualified name of the function or class.
        statement: the statement on one line, without the body of a compound one.
        before, after: the code that is changed.
        ordinal: which of the equal changes of equal statements in this scope it is, from 0.
        line: the first line of the statement.
        lines: lines that run the changed code; of code that runs at import, those of the function that it belongs to.
        defines: the names that the statement defines, for code that runs at import.
        start, end, code: the bytes of the source that are replaced, and their replacement.
    """

    path: str
    kind: str
    scope: str
    statement: str
    before: str
    after: str
    ordinal: int
    line: int
    lines: tuple[int, ...]
    defines: tuple[str, ...]
    at_import: bool
    start: int
    end: int
    code: str

    def applied(self, source: str) -> str | None:
        """Return the changed source, or None if it is invalid or the same program.  Other lines keep their numbers."""
        encoded = source.encode()
        text = (encoded[: self.start] + self.code.encode() + encoded[self.end :]).decode()
        try:
            compile(text, "", "exec", dont_inherit=True)
        except SyntaxError:
            return None
        return text if ast.dump(ast.parse(text)) != ast.dump(ast.parse(source)) else None

    @cached_property
    def key(self) -> str:
        """A name that does not change when the statement moves to other lines."""
        times = f" [{self.ordinal + 1}]" if self.ordinal else ""
        return f"{Path(self.path).stem}.{self.scope}: {self.statement}: {self.before} -> {self.after}{times}"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.key}"


@dataclass(frozen=True)
class Place:
    """A node with what surrounds it; `is_absolute` if its absolute value is taken."""

    node: ast.AST
    statement: ast.stmt
    scopes: tuple[Scope, ...]
    formatted: ast.JoinedStr | None
    at_import: bool
    is_absolute: bool = False


def mutants(path: str, source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its text.

    Args:
        path: the module, relative to the checkout.
        source: its text.
    """
    tree = ast.parse(source)
    text = Text(source)
    found: list[Mutant] = []
    counts: dict[str, int] = {}
    for place in _places(tree.body, (), True):
        for kind, node, after in _changes(place):
            replacement = text.replacement(place, node, after)
            if replacement is None:
                continue
            mutant = Mutant(
                path,
                kind,
                ".".join(scope.name for scope in place.scopes) or "module",
                _headline(place.statement),
                _short(node),
                _short(after),
                0,
                place.statement.lineno,
                _lines(place),
                _defined(place) if place.at_import else (),
                place.at_import,
                *replacement,
            )
            ordinal = counts[mutant.key] = counts.get(mutant.key, -1) + 1
            found.append(replace(mutant, ordinal=ordinal))
    return found


class Text:
    """The text of a module, in which nodes are replaced."""

    def __init__(self, source: str) -> None:
        self.source = source.encode()
        self.starts = [0]
        for line in self.source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def replacement(self, place: Place, node: ast.AST, after: ast.AST) -> tuple[int, int, str] | None:
        """Return the span of `node` in bytes and the code of `after`, or None if it cannot be written."""
        # The positions of nodes in an f-string are wrong before Python 3.12: it is replaced as a whole.
        if place.formatted is not None:
            node, after = place.formatted, _replaced(place.formatted, node, after)
        assert isinstance(node, (ast.expr, ast.stmt, ast.keyword))
        start, end = self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)
        breaks = "\n" * self.source.count(b"\n", start, end)
        try:
            code = ast.unparse(after)
        except ValueError:  # an f-string with quotes in quotes
            return None
        return start, end, code + breaks if isinstance(after, ast.stmt) else f"({code}{breaks})"

    def _offset(self, line: int | None, column: int | None) -> int:
        assert line is not None
        assert column is not None
        return self.starts[line - 1] + column


def _replaced(root: ast.AST, node: ast.AST, after: ast.AST) -> ast.AST:
    class Replacement(ast.NodeTransformer):
        def visit(self, visited: ast.AST) -> ast.AST:
            return after if visited is node else self.generic_visit(visited)

    # A transformer changes lists of children in place.
    copied = copy.deepcopy(root, {id(node): node, id(after): after})
    result: ast.AST = Replacement().visit(copied)
    return result


def _places(body: list[ast.stmt], scopes: tuple[Scope, ...], at_import: bool) -> Iterator[Place]:
    """The nodes of statements, with the innermost statement of each."""
    for statement in body:
        if _is_left_alone(statement):
            continue
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == IN_COMPILED_FORM:
            yield from _places(statement.orelse, scopes, at_import)
            continue
        yield Place(statement, statement, scopes, None, at_import)
        inner = (*scopes, statement) if isinstance(statement, Scope) else scopes
        for name, value in ast.iter_fields(statement):
            if name in ("body", "orelse", "finalbody") and isinstance(value, list):
                yield from _places(value, inner, at_import and not isinstance(statement, Function))
            elif name in ("handlers", "cases"):
                for part in value:
                    yield from _places(part.body, inner, at_import)
            elif name not in ("annotation", "returns", "type_params"):
                for node in value if isinstance(value, list) else [value]:
                    if isinstance(node, ast.AST):
                        yield from _inside(node, statement, inner, None, at_import)


def _inside(
    node: ast.AST, statement: ast.stmt, scopes: tuple[Scope, ...], formatted: ast.JoinedStr | None, at_import: bool
) -> Iterator[Place]:
    if isinstance(node, ast.arg) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "dataclass"):
        return  # an annotation, or a guard such as `frozen=True`
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return  # of zip(), a guard too
    if isinstance(node, ast.Call) and ast.unparse(node.func) == FOR_COMPILER:
        return
    if isinstance(node, ast.JoinedStr):
        formatted = formatted or node
    yield Place(node, statement, scopes, formatted, at_import)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ABSOLUTE and isinstance(node.args[0], ast.BinOp):
        # |x − y| is |y − x|, so the operands of a difference are not swapped.
        difference = node.args[0]
        yield Place(difference, statement, scopes, formatted, at_import, is_absolute=True)
        for child in (difference.left, difference.right):
            yield from _inside(child, statement, scopes, formatted, at_import)
        return
    for child in ast.iter_child_nodes(node):
        yield from _inside(child, statement, scopes, formatted, at_import and not isinstance(node, ast.Lambda))


def _is_left_alone(statement: ast.stmt) -> bool:
    """Return True for docstrings, imports, `__all__` and code that only a type checker reads."""
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Assert, ast.Pass)):
        return True
    if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    if isinstance(statement, Function) and "overload" in map(ast.unparse, statement.decorator_list):
        return True
    if isinstance(statement, ast.Assign) and "TypeVar(" in ast.unparse(statement.value):
        return True
    return isinstance(statement, (ast.Assign, ast.AnnAssign)) and "__all__" in _targets(statement)


def _changes(place: Place) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """The changes at one node: the kind, the node that is replaced and its replacement."""
    node = place.node
    if isinstance(node, ast.stmt):
        if not _is_private_false(node, place.scopes):
            yield from _changes_of_statement(node)
    elif isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            ops = [*node.ops[:i], COMPARISONS[type(operator)](), *node.ops[i + 1 :]]
            yield "comparison", node, ast.Compare(node.left, ops, node.comparators)
        if len(node.ops) == 1 and isinstance(node.ops[0], ORDERINGS):
            yield "swapped", node, ast.Compare(node.comparators[0], node.ops, [node.left])
    elif isinstance(node, ast.BoolOp):
        yield "boolean", node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield ("boolean" if isinstance(node.op, ast.Not) else "arithmetic"), node, node.operand
    elif isinstance(node, ast.BinOp) and not any(map(_is_text, (node.left, node.right))):
        yield "arithmetic", node, ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        if isinstance(node.op, NOT_COMMUTATIVE) and not (place.is_absolute and isinstance(node.op, ast.Sub)):
            yield "swapped", node, ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.Constant):
        kind = "default" if isinstance(place.statement, Function) and place.statement in place.scopes else "constant"
        for value in _other_constants(node.value, kind):
            yield kind, node, ast.Constant(value)
    elif isinstance(node, ast.IfExp):
        if _has_own_negation(node.test):
            yield "condition", node, ast.IfExp(_not(node.test), node.body, node.orelse)
    elif isinstance(node, ast.comprehension):
        for test in filter(_has_own_negation, node.ifs):
            yield "condition", test, _not(test)
    elif isinstance(node, ast.Lambda):
        pass  # its body is visited
    elif isinstance(node, ast.Call):
        yield from _changes_of_call(node)


def _is_private_false(node: ast.stmt, scopes: tuple[Scope, ...]) -> bool:
    """Return True for ``return False`` in a private function of type bool: of None only its truth would be read."""
    return (
        isinstance(node, ast.Return)
        and isinstance(node.value, ast.Constant)
        and node.value.value is False
        and bool(scopes)
        and isinstance(scopes[-1], Function)
        and scopes[-1].name.startswith("_")
        and scopes[-1].returns is not None
        and ast.unparse(scopes[-1].returns) == "bool"
    )


def _changes_of_statement(node: ast.stmt) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node, (ast.If, ast.While)):
        if _has_own_negation(node.test):
            yield "condition", node.test, _not(node.test)
    elif isinstance(node, ast.Return):
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "result", node, ast.Return(ast.Constant(None))
    elif isinstance(node, ast.AugAssign):
        if not _is_text(node.value):
            yield "arithmetic", node, ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
        yield "removed", node, ast.Pass()
    elif isinstance(node, (ast.Expr, ast.Raise, ast.Delete, ast.Break, ast.Continue)):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, (ast.Yield, ast.YieldFrom))):
            yield "removed", node, ast.Pass()
    elif isinstance(node, ast.Assign) and all(isinstance(t, (ast.Attribute, ast.Subscript)) for t in node.targets):
        yield "removed", node, ast.Pass()


def _changes_of_call(node: ast.Call) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node.func, ast.Name) and node.func.id in EXCHANGED:
        yield "exchanged", node, ast.Call(ast.Name(EXCHANGED[node.func.id]), node.args, node.keywords)
    for keyword in node.keywords:
        if keyword.arg not in (None, "strict"):
            yield "keyword", node, ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])
    first_two = node.args[:2]
    if len(first_two) < 2 or any(isinstance(arg, ast.Starred) for arg in first_two):
        return
    if ast.unparse(node.func).rpartition(".")[2] not in NOT_SWAPPED:
        yield "swapped", node, ast.Call(node.func, [*reversed(first_two), *node.args[2:]], node.keywords)


def _other_constants(value: object, kind: str) -> Iterator[bool | int | float | str]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        yield value + 1.0
    elif isinstance(value, str) and kind == "default":
        yield value + "mutant"


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _has_own_negation(test: ast.expr) -> bool:
    """Return False where another change is the negation: of `not x`, `x is y`, `x == y` and `x in y`."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return isinstance(test.ops[0], ORDERINGS)
    return not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))


def _is_text(node: ast.expr) -> bool:
    """Return True for texts: arithmetic on them is an error whenever the line runs."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _lines(place: Place) -> tuple[int, ...]:
    statement = place.statement
    if place.at_import and isinstance(statement, Scope) and place.node is not statement:
        return tuple(range(statement.body[0].lineno, (statement.end_lineno or 0) + 1))
    if place.at_import and place.scopes and isinstance(place.scopes[-1], ast.ClassDef):
        return tuple(range(place.scopes[-1].lineno, (place.scopes[-1].end_lineno or 0) + 1))
    if isinstance(statement, Scope):  # defaults and decorators of a nested function
        return tuple(range(statement.lineno, statement.body[0].lineno))
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or 0
    return tuple(range(statement.lineno, max(last, statement.lineno) + 1))


def _defined(place: Place) -> tuple[str, ...]:
    return tuple(_targets(place.statement))


def _targets(statement: ast.stmt) -> list[str]:
    if isinstance(statement, Scope):
        return [statement.name]
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return [node.id for target in targets if target for node in ast.walk(target) if isinstance(node, ast.Name)]


def _headline(statement: ast.stmt) -> str:
    """The statement on one line, without its body and docstring."""
    bare = copy.copy(statement)
    for name in ("body", "orelse", "finalbody", "handlers", "decorator_list", "cases"):
        if isinstance(getattr(bare, name, None), list):
            setattr(bare, name, [])
    return _cut(ast.unparse(bare))


def _short(node: ast.AST) -> str:
    return _cut(ast.unparse(node))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_STATEMENT_CHARACTERS else text[: MAX_STATEMENT_CHARACTERS - 1] + "…"
