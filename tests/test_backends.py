"""Backends of the compiler: the table, toy entries of both kinds, and the modules that a call passes through."""

from __future__ import annotations

import math
import sys
from functools import singledispatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import compiling
from autograd.compiling import backends
from autograd.compiling.autodiff import propagate
from autograd.compiling.backends import (
    BACKENDS,
    ArrayBackend,
    Executable,
    GeneratedModule,
    ScalarBackend,
    TapeEncoder,
    fastest_scalar_backend,
)
from autograd.compiling.codegen import SIGNALS, Dialect
from autograd.compiling.execution import ArrayCalls
from autograd.compiling.ir import BUILT_IN, Array, Builder, Contract, Gather, Literal, Map, Scatter, Source, Sum
from autograd.compiling.lower import ArrayProgram, ScalarProgram
from autograd.compiling.vectorize import groups_of
from autograd.symbolic.precedence import ATOM, SIGN

FOLDER = Path(compiling.__file__).parent


# --- a backend of arrays in 26 lines


class ArrayInterpreter(ArrayBackend):
    """Computes the steps of a program one by one, for one example."""

    on_host = False

    def lower(self, program: ArrayProgram, dtype: np.dtype[Any]) -> Executable:
        def function(*arguments: Any) -> tuple[Any, ...]:
            computed: dict[Array, Any] = dict(zip(program.sources, arguments, strict=True))
            for x in program.steps:
                if x not in computed:
                    computed[x] = step(x, *[computed[y] for y in x.operands])
            return tuple(np.asarray(computed[x]) for x in program.outputs.values())

        return Executable(function)


@singledispatch
def step(x: Array, *operands: Any) -> Any:
    whole = np.zeros(x.size)
    assert isinstance(x, Scatter)
    for operand, index in zip(operands, x.indices, strict=True):
        np.add.at(whole, index, operand)
    return whole.reshape(x.shape)


step.register(Literal, lambda x: x.number)
step.register(Source, lambda x: x.numbers)
step.register(Map, lambda x, *operands: np.vectorize(x.op.value)(*operands))
step.register(Contract, lambda x, y, z: np.einsum(f"{x.axes[0]},{x.axes[1]}->{x.axes[2]}", y, z))
step.register(Sum, lambda x, y: y.sum(axis=x.axes))
step.register(Gather, lambda x, y: y.ravel()[x.index])


# --- a backend of scalars in 16 lines


class ScalarInterpreter(ScalarBackend):
    """Computes the operations of a program one by one."""

    def seconds(self, operations: int, examples: int) -> float:
        return 0.0

    def lower(self, program: ScalarProgram, dtype: np.dtype[Any]) -> Executable:
        def results(numbers: list[float]) -> list[float]:
            computed: dict[Array, float] = dict(zip([*program.shared, *program.each], numbers, strict=True))
            computed |= {x: x.number for x in program.literals}
            for x in program.operations:
                computed[x] = x.op.forward(*[computed[y] for y in x.operands])
            return [computed[x] for x in program.results]

        return Executable(lambda shared, rows: np.array([results([*shared, *row]) for row in rows.tolist()]))


W = ag.values(np.random.default_rng(0).normal(size=(3, 2)), "W")


def cost(x: Any) -> Any:
    return ag.total(ag.tanh(W @ x)) * x[0]


def test_toy_backend_of_arrays_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "toy", ArrayInterpreter())
    value, gradient = ag.compile(cost, inputs=2, backend="toy")([0.5, -1.0])
    expected, slopes = ag.compile(cost, inputs=2)([0.5, -1.0])
    assert value == pytest.approx(expected, rel=1e-14)
    assert gradient == pytest.approx(slopes, rel=1e-14)


def test_toy_backend_of_scalars_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    f, x = ag.compile(cost, inputs=2), np.array([[0.5, -1.0], [1.0, 2.0]])
    value, gradient = f(x)
    toy = ScalarInterpreter()
    monkeypatch.setitem(BACKENDS, "toy", toy)
    g = ag.compile(cost, inputs=2)
    found, slopes = g(x)
    assert list(g._scalar_calls("gradient")._lowered) == [toy]
    assert found == pytest.approx(value, rel=1e-14)
    assert slopes == pytest.approx(gradient, rel=1e-14)


def test_programs_print_their_sizes() -> None:
    f = ag.compile(lambda x: x * ag.sin(x), inputs=((),))
    assert repr(f.program) == f"<program of f: {len(f.program.steps)} steps on arrays>"
    assert repr(f._scalar_calls("value").program) == "<program of 2 operations on scalars>"


def test_error_lists_the_backends_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "toy", ArrayInterpreter())
    for name in ("tape", "lines", "c", ["numpy"]):
        with pytest.raises(ValueError, match=r"backend must be one of numpy, jax, toy, got"):
            ag.compile(cost, inputs=2, backend=name)  # type: ignore[arg-type]


def test_alias_of_a_dialect_is_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "renamed", GeneratedModule(Dialect("numpy", "xp")))

    def xp(xp: Any) -> Any:
        return ag.sigmoid(xp) + ag.exp(xp)

    f = ag.compile(xp, inputs=((),), backend="renamed")
    assert "def xp_(xp_):" in f.source
    assert "1.0 / (1.0 + xp.exp(-x))" in f.source
    assert f.program.name == "xp"
    space: dict[str, Any] = {}
    exec(f.source, space)
    assert space["xp_"](0.5)[0] == pytest.approx(f(0.5)[0])


def test_other_modules_know_no_backend() -> None:
    """Their names are in the table, in what `compile` tells its users, and in the doctests of `codegen`."""
    for path in FOLDER.glob("*.py"):
        code = path.read_text(encoding="utf-8")
        if path.name != "backends.py":
            for name in ('"jax"', "'jax'", "jnp", '== "numpy"', '"tape"', '"lines"', 'replace("np.'):
                assert name not in code.replace('backend: "numpy", or "jax" for', ""), path.name


def test_step_without_a_rule_is_refused() -> None:
    class Odd(Array):
        __slots__ = ()

    x = Odd(Builder(lambda op, xs: None), (), False)
    with pytest.raises(TypeError, match="a step of kind Odd must have a rule, got none"):
        propagate(x, x, None)  # type: ignore[arg-type]


def entered(call: Any) -> set[str]:
    """Return the modules of the compiler whose functions are called, in a second call."""
    call()
    modules: set[str] = set()

    def watch(frame: Any, event: str, _: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.parent == FOLDER:
            modules.add(path.stem)

    previous = sys.getprofile()
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(previous)
    return modules


def test_one_line_enters_few_modules() -> None:
    """Compile and call a function, and read its source."""

    def compile_call_and_print() -> None:
        f = ag.compile(lambda x, y: x * y + ag.sin(x))
        f(2.0, 3.0)
        assert f.source

    modules = entered(compile_call_and_print)
    assert len(modules) <= 12, modules


# --- estimates


def test_estimates_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BACKENDS["numpy"].seconds(10, 1000) == pytest.approx(10 * 1e-6 + 1000 * 2e-9)
    lines, tape = BACKENDS["lines"], BACKENDS["tape"]
    # A line takes 15 ns on floats, or on columns 200 ns and 1 ns for each example.
    for operations, examples, seconds in (
        *[(1, 1, 1.5e-8), (1000, 1, 1.5e-5), (1000, 14, 2.1e-4), (1000, 15, 2.15e-4), (1000, 10**6, 1.0002)],
        *[(100_000, 1, 1.5e-3), (100_001, 1, math.inf)],
    ):
        assert lines.seconds(operations, examples) == pytest.approx(seconds)
    monkeypatch.setattr(backends, "HAS_TAPES", True)
    monkeypatch.setattr(backends, "WIDE", 8)
    for operations, examples, seconds in (
        *[(1000, 1, 3e-6), (1000, 7, 2.1e-5), (1000, 8, 8e-6), (10**6, 1, 3e-3), (10**6 + 1, 1, math.inf)],
    ):
        assert tape.seconds(operations, examples) == pytest.approx(seconds)
    assert fastest_scalar_backend(1000, 1) == (tape, pytest.approx(3e-6))
    assert fastest_scalar_backend(10**6 + 1, 1) == (None, math.inf)
    monkeypatch.setattr(backends, "HAS_TAPES", False)
    assert tape.seconds(1000, 1) == math.inf
    assert fastest_scalar_backend(1000, 1) == (lines, pytest.approx(1.5e-5))


def choices(calls: ArrayCalls) -> list[tuple[int, str]]:
    """The backend that is chosen for a number of examples up to 10⁶, and from where on."""
    names = {id(backend): name for name, backend in BACKENDS.items()}
    found = [(0, "numpy")]
    for examples in range(61):
        examples = round(10 ** (examples / 10.0))
        backend = calls.faster_on_scalars(examples)
        name = names[id(backend)] if backend is not None else "numpy"
        if name != found[-1][1]:
            found.append((examples, name))
    return found


def test_few_examples_and_graphs_without_a_pattern_run_on_scalars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "HAS_TAPES", False)

    def layers(*sizes: int) -> Any:
        net = nn.MLP(sizes[0], sizes[1:], "tanh", seed=0)
        return ag.compile(lambda x, y: nn.quadratic(net(x), y), net, inputs=(sizes[0], sizes[-1]))

    def tangled(x: Any) -> Any:
        y, z = x[0], x[1]
        for _ in range(20):
            y, z = ag.sin(y * z) + x[2], ag.tanh(y) - z * 0.5
        return y * z

    def chosen(f: Any, derivative: str) -> list[tuple[int, str]]:
        return choices(f._calls(derivative, f._shared, True))

    small, large, without = layers(6, 5, 3), layers(40, 20, 10), ag.compile(tangled, inputs=3)
    assert chosen(small, "value") == [(0, "numpy"), (1, "lines"), (13, "numpy")]
    assert chosen(small, "gradient") == [(0, "numpy"), (1, "lines"), (8, "numpy")]
    assert chosen(small, "hvp") == [(0, "numpy"), (1, "lines"), (6, "numpy")]
    for derivative in ("value", "gradient", "hvp"):
        assert chosen(large, derivative) == [(0, "numpy")]
        assert chosen(without, derivative) == [(0, "numpy"), (1, "lines")]
    single = ag.compile(cost, inputs=2, dtype="float32")
    assert chosen(single, "value") == [(0, "numpy")]
    assert small._calls("value", True, True).faster_on_scalars(0) is None


@pytest.mark.parametrize(
    "number", [0.0, 1.5, -1.5, 1e300, -1e300, 1e308, -1e308, 1.7e308, -1.7e308, math.inf, -math.inf]
)
def test_numbers_are_written_for_python(number: float) -> None:
    text, precedence = backends._literal(number)
    assert eval(text) == number
    assert ("float(" in text) == (abs(number) >= 1e308)
    assert precedence == (SIGN if text.startswith("-") else ATOM)
    assert math.isnan(eval(backends._literal(math.nan)[0]))


def test_lines_without_calls_let_signals_in_at_every_eighth() -> None:
    lines = [f"v{k} = v{k} + 1" for k in range(20)]
    expected = [f"{line}; _signals()" if k in (7, 15) else line for k, line in enumerate(lines)]
    assert [x.replace(SIGNALS, "_signals") for x in backends._interruptible(lines)] == expected
    lines[3] = "v3 = sin(v2)"
    expected = [f"{line}; _signals()" if k in (11, 19) else line for k, line in enumerate(lines)]
    assert [x.replace(SIGNALS, "_signals") for x in backends._interruptible(lines)] == expected


def test_a_tape_has_the_built_in_operations_of_its_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an operation on any number of operands it has the form with two."""
    monkeypatch.setattr(backends, "CODES", {"sin": 1, "total": 2, "own_sin": 3})
    own = ag.operation("own_sin", math.sin, lambda x, z: ag.cos(x))
    try:
        has_code = backends._has_code
        assert has_code(ag.TABLE["sin"], 1)
        assert has_code(ag.TABLE["total"], 2)
        assert not has_code(ag.TABLE["total"], 3)
        assert not has_code(ag.TABLE["cos"], 1)
        assert not has_code(own, 1)
    finally:
        del ag.TABLE["own_sin"]


@pytest.mark.parametrize("parameters", [True, False])
def test_the_time_of_a_program_is_that_of_its_steps(parameters: bool) -> None:
    """On both sides of the limits that are tried before the program is there."""
    net = nn.MLP(5, [4, 3], "tanh", seed=0)
    f = ag.compile(lambda x, y: nn.quadratic(net(x), y), net if parameters else None, inputs=(5, 3))
    for derivative, sweeps in (("value", 1.0), ("gradient", 2.5), ("hvp", 6.25)):
        calls = f._calls(derivative, parameters, True)
        graph = f._graph
        groups = groups_of(graph, [*([False] if parameters else []), True, True])
        alone = sum(len(group.members) for group in groups if not group.batched)
        each = sum(len(group.members) for group in groups if group.batched)
        assert calls._groups == (len(groups), {True: each, **({False: alone} if alone else {})})
        for examples in (1, 7, 1000):
            steps = calls.program.steps
            seconds = 1e-6 * len(steps)
            for x in steps:
                if not isinstance(x, Source):
                    seconds += 2e-9 * x.size * examples if x.batched else 2e-9 * x.size
            assert calls._seconds(examples) == pytest.approx(seconds, rel=1e-12)
            least = (1e-6 * len(groups) + 2e-9 * (each * examples + alone)) * sweeps
            assert calls._takes_longer(least * 0.999, examples)
            assert not calls._takes_longer(least * 1.001, examples)
            most = (1e-6 * graph.inner + 2e-9 * graph.inner * examples) * sweeps
            assert not calls._takes_longer(most, examples)


def test_a_time_above_that_of_one_group_for_each_node_needs_no_groups() -> None:
    calls = ag.compile(lambda x: ag.sin(x[0]) * x[1], inputs=2)._calls("value", False, True)
    inner = calls.form.graph.inner
    assert not calls._takes_longer(1e-6 * inner + 2e-9 * inner * 3, 3)
    assert "_groups" not in vars(calls)
    calls._takes_longer(1e-6 * inner, 3)
    assert "_groups" in vars(calls)


# --- tapes, as a plain interpreter runs them


class PlainTape:
    """Stands in for the tape in C: instructions on registers, one example after the other."""

    names = ("store", "call", *sorted(op.name for op in BUILT_IN if op.name not in ("atan2", "hypot", "softmax")))
    codes: ClassVar[dict[str, int]] = {name: code for code, name in enumerate(names)}
    made: ClassVar[list[PlainTape]] = []

    def __init__(self, code: Any, constants: Any, **numbers: Any) -> None:
        self.code, self.constants, self.numbers = code.tolist(), constants.tolist(), SimpleNamespace(**numbers)
        self.made.append(self)

    def run(self, shared: Any, rows: Any, results: Any) -> None:
        assert (len(shared), rows.shape[1]) == (self.numbers.shared, self.numbers.inputs)
        assert results.shape == (len(rows), self.numbers.results)
        operations = {op.name: op for op in BUILT_IN}
        for row, to in zip(rows.tolist(), results, strict=True):
            registers = [*self.constants, *shared.tolist(), *row]
            first = len(registers)
            registers += [math.nan] * (self.numbers.registers - first)
            code = list(self.code)
            while code:
                name = self.names[code.pop(0)]
                if name == "store":
                    register, column = code.pop(0), code.pop(0)
                    to[column] = registers[register]
                    continue
                register = code.pop(0)
                op = None if name == "call" else operations[name]
                function = op.value if op else self.numbers.functions[code.pop(0)]
                count = (op.arity or 2) if op else code.pop(0)
                operands, code = code[:count], code[count:]
                assert len(operands) == count
                assert first <= register < len(registers), "numbers and arguments are only read"
                assert register not in operands
                registers[register] = function(*[registers[k] for k in operands])


@pytest.fixture
def plain_tapes(monkeypatch: pytest.MonkeyPatch) -> list[PlainTape]:
    monkeypatch.setattr(backends, "Tape", PlainTape, raising=False)
    monkeypatch.setattr(backends, "CODES", PlainTape.codes)
    monkeypatch.setattr(PlainTape, "made", [])
    return PlainTape.made


def test_tapes_compute_what_lines_do(plain_tapes: list[PlainTape]) -> None:
    """Programs with operations that have no code, squares, unused inputs, constants, and results that come twice."""
    tilted = ag.Op("tilted", lambda x, y: x - 2.0 * y, lambda x, y, z: (1.0, -2.0), 2)
    bent = ag.Op("bent", lambda x: x * x * 0.5, lambda x, z: x, 1)
    w = [ag.Value(0.5 * k - 1.0, f"w[{k}]") for k in range(3)]

    def tangled(x: Any) -> Any:
        y = [ag.tanh(a * b) + ag.hypot(a, 0.5) for a, b in zip(x, w, strict=True)]
        z = tilted(y[0], bent(y[1])) + bent(y[0]) ** 2 + ag.atan2(y[2], 2.0) / (1.0 + y[1] ** 2)
        return z * tilted(z, 1.0) + ag.logsumexp(y) - ag.softmax(y)[1]

    functions: list[tuple[Any, Any, Any]] = [
        (tangled, w, 3),
        (tangled, None, 3),
        (lambda x: [x[0] * x[1], x[0] * x[1], x[2], 3.0, ag.sin(x[0])], None, 4),
        (lambda x, y: ag.dot(x, y) * 2.0 + y[0], None, (2, 2)),
        (lambda x: [ag.sin(x[k]) * ag.cos(x[k - 1]) for k in range(6)], None, 6),
    ]
    for f, parameters, shapes in functions:
        compiled = ag.compile(f, parameters, inputs=shapes)
        for derivative in ("value", "gradient", *(["hvp"] if len(compiled.recording.outputs) == 1 else [])):
            program = compiled._scalar_calls(derivative).program
            rng = np.random.default_rng(1)
            shared, rows = rng.normal(size=len(program.shared)), rng.normal(size=(3, len(program.each)))
            lines, tape = (BACKENDS[name].lower(program, np.dtype(float)).function for name in ("lines", "tape"))
            assert tape(shared, rows) == pytest.approx(lines(shared, rows), rel=1e-12), (derivative, program)
            made = plain_tapes[-1].numbers
            assert len(set(made.functions)) == len(made.functions)
            least = len(program.literals) + len(program.shared) + len(program.each)
            assert least <= made.registers <= least + len(program.operations)


def test_tapes_use_registers_again(plain_tapes: list[PlainTape]) -> None:
    def chain(x: Any) -> Any:
        for _ in range(100):
            x = ag.sin(x) + 1.0
        return x

    def pairs(x: Any) -> Any:
        return [ag.sin(y) * ag.cos(y) for y in x]

    for f, shapes, registers in ((chain, ((),), 1 + 1 + 2), (pairs, 8, 8 + 3)):
        encoder = TapeEncoder(ag.compile(f, inputs=shapes)._scalar_calls("value").program)
        assert encoder.registers == registers
        assert plain_tapes[-1].numbers.registers == registers
