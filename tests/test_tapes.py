"""Tapes: straight-line programs run by machine code, and refusals of bad ones."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest
from compiled_forms import only
from points import extreme, ordinary
from threads import interrupted

import autograd as ag
from autograd import Op
from autograd.compiling.backends import HAS_TAPES, TapeEncoder

if not HAS_TAPES:
    pytest.skip("needs the compiled engine: pip install . with a C compiler", allow_module_level=True)

from autograd.compiling.tape import CODES, WIDE, Tape

SOME = [op for op in ag.TABLE.values() if op.name in CODES]


def of_operation(op: Op, operands: int) -> Tape:
    """Return the tape of one operation."""
    code = [CODES[op.name], operands, *range(operands), CODES["store"], operands, 0]
    return tape(code, inputs=operands, registers=operands + 1)


def tape(code: list[int], **numbers: Any) -> Tape:
    counts = {"shared": 0, "inputs": 2, "results": 1, "registers": 3, "functions": (), **numbers}
    return Tape(np.array(code, np.int32), np.array(counts.pop("constants", []), float), **counts)


def run(made: Tape, rows: Any, shared: Any = (), results: int = 1) -> Any:
    found = np.full((len(rows), results), 77.0)
    made.run(np.array(shared, float), np.array(rows, float), found)
    return found


@pytest.mark.parametrize("op", SOME, ids=lambda op: op.name)
def test_operation_alone_and_side_by_side(op: Op) -> None:
    points = [point for point in (*ordinary(op), *extreme(op)) if len(point) == (op.arity or 2)]
    assert points
    made = of_operation(op, op.arity or 2)
    for rows in ([point] for point in points):
        assert run(made, rows)[0, 0] == pytest.approx(op.value(*rows[0]), rel=1e-12, abs=1e-290, nan_ok=True), rows
    many = run(made, points * WIDE)[:, 0]
    expected = [op.value(*point) for point in points] * WIDE
    assert many == pytest.approx(expected, rel=1e-12, abs=1e-290, nan_ok=True)


@pytest.mark.parametrize("examples", [0, 1, WIDE - 1, WIDE, WIDE + 1, 3 * WIDE + 2])
def test_each_example_has_its_results(examples: int) -> None:
    f = ag.compile(lambda x: ag.sin(x[0]) * x[1] / (x[0] ** 2 + 1.0), inputs=2)
    X = np.random.default_rng(1).normal(size=(examples, 2))
    with only("tape"):
        values, gradients = f(X)
    for x, value, gradient in zip(X, values, gradients, strict=True):
        with only("lines"):
            assert f(x) == (pytest.approx(value), pytest.approx(gradient))
    assert gradients.shape == (examples, 2)


def test_own_operation_is_called_in_python() -> None:
    calls = []

    def forward(x: Any, y: Any) -> Any:
        calls.append((x, y))
        return x - 2.0 * y

    op = Op("tilted", forward, lambda x, y, z: (1.0, -2.0), 2)
    f = ag.compile(lambda x: op(x[0], x[1]) * op(x[0], 1.0), inputs=2)
    calls.clear()
    with only("tape"):
        values, gradients = f([[5.0, 1.0], [1.0, 2.0]])
    assert [call for call in calls if type(call[0]) is float] == [(5.0, 1.0), (5.0, 1.0), (1.0, 2.0), (1.0, 1.0)]
    assert (values.tolist(), gradients.tolist()) == ([9.0, 3.0], [[6.0, -6.0], [-4.0, 2.0]])


@pytest.mark.parametrize("rows", [1, WIDE])
def test_error_in_python_is_raised(rows: int) -> None:
    code = [CODES["call"], 2, 0, 2, 0, 1, CODES["store"], 2, 0]
    with pytest.raises(ZeroDivisionError):
        run(tape(code, functions=(lambda x, y: x / y,)), [[1.0, 0.0]] * rows)
    with pytest.raises(TypeError):
        run(tape(code, functions=(lambda x, y: "1",)), [[1.0, 0.0]] * rows)


@pytest.mark.parametrize(
    "code",
    [
        [CODES["add"], 2, 0],
        [CODES["add"], 2, 0, 3],
        [CODES["add"], 2, 0, -1],
        [CODES["add"], 1, 0, 0],
        [CODES["add"], 2, 0, 2],
        [CODES["add"], 3, 0, 1],
        [CODES["add"], -1, 0, 1],
        [len(CODES), 2, 0, 1],
        [-1, 2, 0, 1],
        [CODES["store"], 0, 1],
        [CODES["store"], 3, 0],
        [CODES["store"], 0, -1],
        [CODES["store"], 0],
        [CODES["call"], 2, 1, 1, 0],
        [CODES["call"], 2, 0, 3, 0, 1],
        [CODES["call"], 2, 0, 0, 0],
        [CODES["call"], 2, 0],
    ],
)
def test_instruction_outside_memory_is_refused(code: list[int]) -> None:
    good = [CODES["add"], 2, 0, 1]
    with pytest.raises(ValueError, match="code must be instructions on registers of the tape, got none at index 4"):
        tape([*good, *code], functions=(math.hypot,))


def test_rows_of_another_length_are_refused() -> None:
    made = tape([CODES["add"], 2, 0, 1, CODES["store"], 2, 0])
    with pytest.raises(ValueError, match="shared must have 0 floats, rows 2 and results 1 for each example"):
        run(made, [[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="shared must have 0 floats"):
        run(made, [[1.0, 2.0]], shared=[1.0])
    for counts in ({"registers": 1}, {"registers": 2**61}, {"registers": 2**61 + 2, "inputs": 2**61}, {"inputs": -1}):
        with pytest.raises(ValueError, match="got none at index"):
            tape([], **counts)
    with pytest.raises(TypeError):
        made.run([1.0], [2.0], [3.0])  # type: ignore[arg-type]
    with pytest.raises((TypeError, BufferError, ValueError)):
        made.run(np.empty(0), np.zeros((1, 2)), b"12345678")  # type: ignore[arg-type]


def test_threads_share_a_tape() -> None:
    f = ag.compile(lambda x: sum((ag.sin(x[k] * x[k + 1]) for k in range(40)), 0.0), inputs=41)
    X = np.random.default_rng(0).normal(size=(100, 41))
    with only("tape"):
        expected = f(X)[0]
        found: list[Any] = []
        threads = [threading.Thread(target=lambda: found.append([f(X)[0] for _ in range(50)])) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 4
    assert all((one == expected).all() for several in found for one in several)


@pytest.mark.parametrize("calls", [False, True])
def test_interrupt_ends_a_tape(calls: bool) -> None:
    step = [CODES["call"], 3, 0, 1, 2, CODES["call"], 2, 0, 1, 3] if calls else [CODES["sin"], 3, 2, CODES["sin"], 2, 3]
    code = [CODES["sin"], 2, 0, *step * (20 if calls else 400), CODES["store"], 2, 0]
    made = tape(code, inputs=1, registers=4, functions=(math.sin,) if calls else ())  # C lets no signals in
    for rows in (10_000, 100_000, 1_000_000):
        results = np.full((rows, 1), 77.0)
        interrupted(lambda results=results: made.run(np.empty(0), np.ones((len(results), 1)), results))
        if results[-1, 0] == 77.0:
            return
    pytest.fail("the tape went on to its end")


def test_registers_are_reused() -> None:
    def chain(x: Any) -> Any:
        for _ in range(1000):
            x = ag.sin(x) + 1.0
        return x

    f = ag.compile(chain, inputs=((),))
    assert TapeEncoder(f._scalar_calls("value").program).registers < 8
