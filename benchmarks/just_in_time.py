"""Comparison of numba, on straight-line code of irregular graphs, with the tape that the package runs.

    pip install -e . numba "mypy[mypyc]"
    python setup.py build_ext --inplace   # the tape as machine code, beside its source
    python -m benchmarks.just_in_time

It prints for each graph the time of preparation and the median CPU time of one call for the value and the gradient at
one point.  An assertion compares the numbers first.  Because of the results, numba is not an extra of the package.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

import autograd as ag
from autograd.compiling.backends import BACKENDS, FASTER_FUNCTIONS, HAS_TAPES, LinesOfPython, ScalarBackend
from autograd.compiling.execution import ScalarCalls
from autograd.compiling.lower import ScalarProgram
from benchmarks.compiled import lstm, random_graph
from benchmarks.workloads import workload


def graphs() -> dict[str, tuple[Callable[[Any], Any], np.ndarray[Any, Any]]]:
    rng = np.random.default_rng(1)
    bundle = workload("bundle")
    return {
        "LSTM, 10 steps": (lambda x: lstm(ag, x), rng.normal(size=30 + 4 * 4 * 8)),
        "bundle adjustment, 100 observations": (lambda x: bundle.loss(ag, x), np.array(bundle.start)),
        "random graph of 1,000 operations": (lambda x: random_graph(ag, x, 1_000), rng.normal(size=20)),
        "random graph of 10,000 operations": (lambda x: random_graph(ag, x, 10_000), rng.normal(size=20)),
    }


def of_vector(program: ScalarProgram) -> Callable[[Any], Any]:
    """Return straight-line code as a function from a vector to a vector."""
    lines = LinesOfPython(program)
    given = [f"    {leaf.name} = x[{i}]" for i, leaf in enumerate(program.each)]
    _, *body, returned = lines.source.split("\n")
    results = returned.strip().removeprefix("return (").removesuffix(",)").split(", ")
    stored = [f"    y[{i}] = {result}" for i, result in enumerate(results)]
    text = "\n".join(["def lines(x):", *given, *body, f"    y = np.empty({len(results)})", *stored, "    return y"])
    space: dict[str, Any] = {
        "np": np,
        **{name: FASTER_FUNCTIONS.get(op, op.forward) for op, name in lines.names.items()},
    }
    exec(compile(text, "<lines>", "exec"), space)
    found: Callable[[Any], Any] = space["lines"]
    return found


def median_time(call: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(100):
            call()
        times.append((time.process_time() - start) / 100)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.just_in_time", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="graphs whose name contains this")
    options = parser.parse_args()
    backend = BACKENDS["tape" if HAS_TAPES else "lines"]
    assert isinstance(backend, ScalarBackend)
    print(f"{'':38}{'ready in':>20}{'a call':>22}")
    for name, (f, x) in graphs().items():
        if options.only not in name:
            continue
        compiled = ag.compile(f, inputs=len(x))
        start = time.process_time()
        calls = ScalarCalls(compiled.recording, compiled._graph, "gradient")
        run = partial(calls.run, backend, [x], mean=False, batched=False)
        value, gradient, *_ = run() or ()
        ours = time.process_time() - start
        start = time.process_time()
        jitted = import_module("numba").njit(of_vector(calls.program))
        y = jitted(x)
        theirs = time.process_time() - start
        assert np.allclose(y, [value, *gradient], rtol=1e-9)
        both = run, partial(jitted, x)
        each = [median_time(call, options.rounds) for call in both]
        form = "tape" if HAS_TAPES else "Python"
        print(f"{name:38}{form:>8} {1e3 * ours:,.0f} ms{1e6 * each[0]:21,.1f} µs")
        print(f"{'':38}{'numba':>8} {1e3 * theirs:,.0f} ms{1e6 * each[1]:21,.1f} µs", flush=True)


if __name__ == "__main__":
    main()
