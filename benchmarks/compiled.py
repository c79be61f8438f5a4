"""Benchmarks of compiled programs: one step of gradient descent, and gradients of irregular graphs.

    pip install -e ".[bench]" "mypy[mypyc]"
    python setup.py build_ext --inplace      # the engine and the tape as machine code, beside their sources
    python -m benchmarks.compiled --json benchmarks/compiled.json
    python -m benchmarks.compiled --readme   # write the kept results to README.md

All peers run in one process on one core, in alternation.  The figures are medians of the CPU time, with the garbage
collector on.  An assertion compares all numbers first.  CasADi runs in three ways: as a Python function,
``f(x)``; through ``Function.buffer()`` on NumPy's memory, without that wrapper; and as the C code that it generates,
compiled by ``gcc -O3``, also through ``buffer()``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from autograd.compiling.backends import HAS_TAPES
from benchmarks.processes import ROOT
from benchmarks.readme import put
from benchmarks.workloads import workload

Call = Callable[[], Any]
KEPT = Path(__file__).parent / "compiled.json"
START, END = "<!-- compiled programs -->", "<!-- /compiled programs -->"
LEARNING_RATE = 1e-3
ONE_CORE = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
SIZES = (784, 16, 16, 10)
OURS = "scalar-autograd, compiled program"
CASADI = ("CasADi SX, f(x)", "CasADi SX, buffer()", "CasADi, gcc -O3")
PEERS = ("NumPy by hand", "JAX jit", "PyTorch eager", *CASADI, "micrograd")


def activation_sum(weights: Any, inputs: Any, bias: Any) -> Any:
    for w, x in zip(weights, inputs, strict=True):
        bias = bias + w * x
    return bias


class Digits:
    """One step of gradient descent of a 784-16-16-10 network with sigmoids and squared error, for every able peer."""

    def __init__(self, batch: int) -> None:
        rng = np.random.default_rng(0)
        self.X, self.Y = rng.random((batch, 784)), np.eye(10)[rng.integers(0, 10, batch)]
        self.gcc_seconds = 0.0
        self.net = nn.MLP(784, list(SIZES[1:]), seed=0)
        self.arrays = [np.array([[w.data for w in row] for row in layer.weight]) for layer in self.net.layers]
        self.biases = [np.array([b.data for b in layer.bias]) for layer in self.net.layers]

    def peers(self) -> dict[str, Call]:
        made = {OURS: self.ours(), "NumPy by hand": self.by_hand()}
        for name, make in {
            "PyTorch eager": self.torch,
            "JAX jit": self.jax,
            CASADI[0]: self.casadi,
            CASADI[1]: self.casadi_buffer,
            CASADI[2]: self.casadi_machine_code,
            "micrograd": self.micrograd,
        }.items():
            if name == "micrograd" and len(self.X) > 1:  # a batch of n takes it n times as long
                continue
            try:
                made[name] = make()
            except (ImportError, FileNotFoundError):
                print(f"{name} is not installed")
        return made

    def ours(self) -> Call:
        net = self.net
        step = ag.compile(lambda x, y: nn.quadratic(net(x), y), net, inputs=(784, 10))

        def call() -> float:
            C, gradient = step(self.X, self.Y)
            step.parameters -= LEARNING_RATE * gradient
            return float(C)

        return call

    def by_hand(self) -> Call:
        W, b = [w.copy() for w in self.arrays], [v.copy() for v in self.biases]

        def call() -> float:
            layers = [self.X]
            for w, v in zip(W, b, strict=True):
                layers.append(1 / (1 + np.exp(-(layers[-1] @ w.T + v))))
            error = layers[-1] - self.Y
            delta = 2 / len(error) * error * layers[-1] * (1 - layers[-1])
            gradients = []
            for k in (2, 1, 0):
                gradients.append((delta.T @ layers[k], delta.sum(axis=0)))
                if k:
                    delta = (delta @ W[k]) * layers[k] * (1 - layers[k])
            for k, (dw, db) in zip((2, 1, 0), gradients, strict=True):
                W[k] -= LEARNING_RATE * dw
                b[k] -= LEARNING_RATE * db
            return float((error**2).sum() / len(error))

        return call

    def torch(self) -> Call:
        torch = import_module("torch")
        torch.set_num_threads(1)
        P = [torch.tensor(p, requires_grad=True) for pair in zip(self.arrays, self.biases, strict=True) for p in pair]
        X, Y = torch.tensor(self.X), torch.tensor(self.Y)
        optimizer = torch.optim.SGD(P, LEARNING_RATE)

        def call() -> float:
            a = X
            for w, v in zip(P[::2], P[1::2], strict=True):
                a = torch.sigmoid(a @ w.T + v)
            C = ((a - Y) ** 2).sum() / len(X)
            optimizer.zero_grad()
            C.backward()
            optimizer.step()
            return float(C.detach())

        return call

    def jax(self) -> Call:
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        P = [jax.numpy.array(p) for pair in zip(self.arrays, self.biases, strict=True) for p in pair]
        X, Y = jax.numpy.array(self.X), jax.numpy.array(self.Y)

        def cost(P: Any, X: Any, Y: Any) -> Any:
            for w, v in zip(P[::2], P[1::2], strict=True):
                X = jax.nn.sigmoid(X @ w.T + v)
            return ((X - Y) ** 2).sum() / len(Y)

        @jax.jit
        def step(P: Any, X: Any, Y: Any) -> Any:
            C, slopes = jax.value_and_grad(cost)(P, X, Y)
            return C, [p - LEARNING_RATE * slope for p, slope in zip(P, slopes, strict=True)]

        def call() -> float:
            nonlocal P
            C, P = step(P, X, Y)
            return float(C)

        return call

    def casadi_function(self) -> tuple[Any, Any]:
        """Return the cost of an example and its gradient, and the parameters as one vector."""
        casadi = import_module("casadi")
        n = sum(w.size + v.size for w, v in zip(self.arrays, self.biases, strict=True))
        P, x, y = casadi.SX.sym("P", n), casadi.SX.sym("x", 784), casadi.SX.sym("y", 10)
        a, at = x, 0
        for w, v in zip(self.arrays, self.biases, strict=True):
            W = casadi.reshape(P[at : at + w.size], w.shape[1], w.shape[0]).T
            a = 1 / (1 + casadi.exp(-(W @ a + P[at + w.size : at + w.size + v.size])))
            at += w.size + v.size
        C = casadi.sumsqr(a - y)
        f = casadi.Function("f", [P, x, y], [C, casadi.densify(casadi.gradient(C, P))])
        flat = np.concatenate([np.r_[w.ravel(), v] for w, v in zip(self.arrays, self.biases, strict=True)])
        return f, flat

    def casadi_batch(self, f: Any) -> Any:
        """Return the sums of the costs and of the gradients of a batch; the parameters are not repeated."""
        return f.map("step", "serial", len(self.X), [0], [0, 1])

    def casadi(self) -> Call:
        f, flat = self.casadi_function()
        f = self.casadi_batch(f)

        def call() -> float:
            nonlocal flat
            C, slopes = f(flat, self.X.T, self.Y.T)
            flat = flat - LEARNING_RATE / len(self.X) * slopes.full().ravel()
            return float(C) / len(self.X)

        return call

    def casadi_buffer(self) -> Call:
        return self.casadi_in_memory(*self.casadi_function())

    def casadi_machine_code(self) -> Call:
        f, flat = self.casadi_function()
        f, self.gcc_seconds = machine_code(f)
        return self.casadi_in_memory(f, flat)

    def casadi_in_memory(self, f: Any, flat: Any) -> Call:
        evaluate, (C, slopes) = in_memory(self.casadi_batch(f), [flat, self.X, self.Y])

        def call() -> float:
            nonlocal flat
            evaluate()
            flat -= LEARNING_RATE / len(self.X) * slopes
            return float(C[0]) / len(self.X)

        return call

    def micrograd(self) -> Call:
        engine = import_module("micrograd.engine")
        W = [[[engine.Value(float(x)) for x in row] for row in w] for w in self.arrays]
        b = [[engine.Value(float(x)) for x in v] for v in self.biases]

        def squash(x: Any) -> Any:
            z = engine.Value(1 / (1 + math.exp(-x.data)), (x,), "sigmoid")

            def backward() -> None:
                x.grad += z.data * (1 - z.data) * z.grad

            z._backward = backward
            return z

        def call() -> float:
            total = 0.0
            for x, y in zip(self.X.tolist(), self.Y.tolist(), strict=True):
                a: Any = x
                for rows, v in zip(W, b, strict=True):
                    a = [squash(activation_sum(row, a, c)) for row, c in zip(rows, v, strict=True)]
                C = sum((s - e) ** 2 for s, e in zip(a, y, strict=True))
                C.backward()
                total += C.data
            for p in [p for rows in W for row in rows for p in row] + [p for v in b for p in v]:
                p.data -= LEARNING_RATE * p.grad / len(self.X)
                p.grad = 0.0
            return total / len(self.X)

        return call


# --- graphs without a pattern


def lstm(m: Any, p: Any, steps: int = 10, inputs: int = 3, hidden: int = 4) -> Any:
    """Return the sum of squares of the final state of a long short-term memory; its sequence is part of `p`."""
    p = list(p)
    x = [[p.pop() for _ in range(inputs)] for _ in range(steps)]
    h: list[Any] = [0.0] * hidden
    c: list[Any] = [0.0] * hidden
    gates = [[[p.pop() for _ in range(inputs + hidden + 1)] for _ in range(hidden)] for _ in range(4)]
    for row in x:
        sums = [[activation_sum(unit[:-1], [*row, *h], unit[-1]) for unit in gate] for gate in gates]
        i, f, o = ([m.sigmoid(z) for z in gate] for gate in sums[:3])
        g = [m.tanh(z) for z in sums[3]]
        c = [f[k] * c[k] + i[k] * g[k] for k in range(hidden)]
        h = [o[k] * m.tanh(c[k]) for k in range(hidden)]
    return sum((z * z for z in h[1:]), h[0] * h[0])


def random_graph(m: Any, x: Any, operations: int = 10_000) -> Any:
    """Return the result of operations on nodes chosen at random from the last 200, with all values near 1."""
    rng = random.Random(7)
    nodes = list(x)
    for _ in range(operations):
        kind = rng.randrange(6)
        a, b = nodes[-1 - rng.randrange(min(200, len(nodes)))], nodes[-1 - rng.randrange(min(200, len(nodes)))]
        made = (
            a + b if kind == 0 else a * b if kind == 1 else a - b if kind == 2 else m.sin(a) if kind == 3 else
            m.tanh(a) if kind == 4 else m.sigmoid(a)
        )  # fmt: skip
        nodes.append(m.tanh(made) if kind in (0, 1, 2) and rng.random() < 0.5 else made)
    return sum(nodes[-20:-1], nodes[-1])


class Irregular:
    """The value and the gradient of a function of one vector, for each row of a batch."""

    def __init__(self, f: Callable[[Any, Any], Any], n: int, batch: int, near: list[float] | None = None) -> None:
        rng = np.random.default_rng(1)
        base = np.array(near) if near else rng.normal(size=n)
        self.f, self.n, self.gcc_seconds = f, n, 0.0
        self.X = base * (1 + 0.01 * rng.normal(size=(batch, n)))

    def peers(self) -> dict[str, Call]:
        made = {OURS: self.ours()}
        try:
            f = self.casadi_function()
        except ImportError:
            print("CasADi is not installed")
            return made
        made[CASADI[0]], made[CASADI[1]] = self.casadi(f), self.casadi_buffer(f)
        try:
            compiled, self.gcc_seconds = machine_code(f)
            made[CASADI[2]] = self.casadi_buffer(compiled)
        except FileNotFoundError:
            print("gcc is not installed")
        return made

    def ours(self) -> Call:
        f = ag.compile(lambda x: self.f(ag, x), inputs=self.n)
        X = self.X[0] if len(self.X) == 1 else self.X
        return lambda: f(X)

    def casadi_function(self) -> Any:
        """Return the value and the gradient at one point."""
        casadi = import_module("casadi")

        class Functions:
            sin, cos, exp, log, sqrt, tanh = (getattr(casadi, n) for n in ("sin", "cos", "exp", "log", "sqrt", "tanh"))

            @staticmethod
            def sigmoid(x: Any) -> Any:
                return 1 / (1 + casadi.exp(-x))

        x = casadi.SX.sym("x", self.n)
        y = self.f(Functions, [x[k] for k in range(self.n)])
        return casadi.Function("f", [x], [y, casadi.densify(casadi.gradient(y, x))])

    def casadi(self, f: Any) -> Call:
        f = f if len(self.X) == 1 else f.map(len(self.X))
        X = self.X.T.copy()

        def call() -> tuple[Any, Any]:
            value, gradient = f(X)
            return value.full(), gradient.full()

        return call

    def casadi_buffer(self, f: Any) -> Call:
        argument = np.empty_like(self.X)
        evaluate, results = in_memory(f if len(self.X) == 1 else f.map(len(self.X)), [argument])

        def call() -> tuple[Any, ...]:
            argument[:] = self.X  # as for any other point
            evaluate()
            return tuple(results)

        return call


def in_memory(f: Any, arguments: Sequence[Any]) -> tuple[Callable[[], None], list[Any]]:
    """Return a call of a CasADi function that reads and writes memory of NumPy, and its results, each one vector.

    CasADi stores matrices by columns, so an example is a row here and a column there.
    """
    buffer, evaluate = f.buffer()
    results = [np.zeros(f.nnz_out(k)) for k in range(f.n_out())]
    for k, argument in enumerate(arguments):
        buffer.set_arg(k, memoryview(argument.reshape(-1)))
    for k, result in enumerate(results):
        buffer.set_res(k, memoryview(result))

    def call(buffer: Any = buffer) -> None:  # `evaluate` does not keep the buffer alive
        evaluate()

    return call, results


def machine_code(f: Any) -> tuple[Any, float]:
    """Return a CasADi function as the C that it generates, made by gcc, and the CPU seconds that gcc took."""
    casadi = import_module("casadi")
    code = casadi.CodeGenerator("f.c")
    code.add(f)
    folder, seconds = shared_library(code.dump())
    return casadi.external("f", f"{folder.name}/f.so"), seconds


@cache
def shared_library(source: str) -> tuple[tempfile.TemporaryDirectory[str], float]:
    folder = tempfile.TemporaryDirectory()
    Path(folder.name, "f.c").write_text(source, encoding="utf-8")
    before = os.times()
    command = ["gcc", "-O3", "-fPIC", "-shared", "f.c", "-o", "f.so", "-lm"]
    subprocess.run(command, cwd=folder.name, check=True)
    after = os.times()
    return folder, after.children_user + after.children_system - before.children_user - before.children_system


def cases() -> dict[str, Any]:
    bundle = workload("bundle")
    made: dict[str, Any] = {f"SGD step of 784-16-16-10, batch of {n}": lambda n=n: Digits(n) for n in (1, 10, 100)}
    for n in (1, 100):
        made |= {
            f"bundle adjustment, 100 observations, batch of {n}": lambda n=n: Irregular(
                bundle.loss, len(bundle.start), n, bundle.start
            ),
            f"LSTM, 10 steps, batch of {n}": lambda n=n: Irregular(lstm, 30 + 4 * 4 * 8, n),
            f"random graph of 10,000 operations, batch of {n}": lambda n=n: Irregular(random_graph, 20, n),
        }
    return made


def sums(results: Any) -> list[float]:
    """Return the sum of every array or number that a peer computes."""
    return [float(np.sum(result)) for result in (results if isinstance(results, tuple) else (results,))]


def measured(peers: dict[str, Call], rounds: int, shortest: float = 0.05) -> dict[str, float]:
    """Return the median CPU time of a call for each peer, measured in alternation."""
    first = {name: sums(call()) for name, call in peers.items()}
    for name, value in first.items():
        assert np.allclose(value, next(iter(first.values())), rtol=1e-9), (name, first)
    loops = {}
    for name, call in peers.items():
        start = time.process_time()
        call()
        loops[name] = max(1, int(shortest / max(1e-7, time.process_time() - start)))
    times: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, call in peers.items():
            start = time.process_time()
            for _ in range(loops[name]):
                call()
            times[name].append((time.process_time() - start) / loops[name])
    return {name: statistics.median(t) for name, t in times.items()}


def compile_times() -> dict[str, float]:
    """Return the CPU seconds to record and compile two networks."""
    found = {}
    net = nn.MLP(784, list(SIZES[1:]), seed=0)

    def loops(x: Any, y: Any) -> Any:
        a = list(x)
        for layer in net.layers:
            a = [ag.sigmoid(activation_sum(row, a, b)) for row, b in zip(layer.weight, layer.bias, strict=True)]
        return sum((u - e) ** 2 for u, e in zip(a, y, strict=True))

    for name, cost in (("39,787 scalar nodes", loops), ("nn.MLP", lambda x, y: nn.quadratic(net(x), y))):
        start = time.process_time()
        ag.compile(cost, net, inputs=(784, 10))
        found[name] = time.process_time() - start
    return found


def ready_times(rounds: int = 5) -> dict[str, float]:
    """Return the median seconds until the first gradient of each irregular graph: to record, compile and call it."""
    found = {}
    for name, make in cases().items():
        case = None if "SGD" in name else make()
        if isinstance(case, Irregular):
            times = []
            for _ in range(rounds):
                start = time.process_time()
                case.ours()()
                times.append(time.process_time() - start)
            found[name] = statistics.median(times)
    return found


MEMORY = """
import resource, sys, autograd as ag, nn
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
net = nn.MLP(784, {widths}, seed=0)
before = peak()
step = ag.compile(lambda x, y: nn.quadratic(net(x), y), net, inputs=(784, 10))
C, gradient = step([[0.5] * 784] * 10, [[0.1] * 10] * 10)
step.parameters -= 0.1 * gradient
nodes = step.program.scalars.recorded
print(f"{{nodes:,}} nodes: {{(peak() - before) / nodes:.0f}} bytes a node to record, compile and take a step")
"""


def show_memory() -> None:
    """Print the memory that compiling takes, for three networks in separate processes."""
    for widths in ([16, 16, 10], [125, 10], [1000, 200, 10]):
        subprocess.run([sys.executable, "-c", MEMORY.format(widths=widths)], check=True, cwd=ROOT)


def markdown(results: dict[str, Any]) -> str:
    """Return the results as a table: one row per case, with the time of each peer divided by ours."""
    lines = [f"{results['machine']}. CPU time of one call on one core, medians; × is the time over ours.", ""]
    lines += [f"| | ours | {' | '.join(PEERS)} |", f"| --- | ---: |{' ---: |' * len(PEERS)}"]
    for case, times in results["cases"].items():
        ours = times[OURS]
        others = [f"{times[name] / ours:,.2f} ×" if name in times else "" for name in PEERS]
        lines.append(f"| {case} | {1e6 * ours:,.0f} µs | {' | '.join(others)} |")
    made = "; ".join(f"{name} {seconds:.2f} s" for name, seconds in results["compile"].items())
    lines += ["", f"To record and compile 784-16-16-10 takes, from {made}.", "", casadi_summary(results)]
    return "\n".join(lines)


def casadi_summary(results: dict[str, Any]) -> str:
    """Return a paragraph on CasADi, with the range of its time over ours."""

    def span(peer: str, batch: int, digits: bool = False) -> str:
        times = [
            times
            for case, times in results["cases"].items()
            if case.endswith(f"batch of {batch}") and case.startswith("SGD") == digits
        ]
        ratios = sorted({f"{x[peer] / x[OURS]:.2f}" for x in times}, key=float)
        return " to ".join(dict.fromkeys((ratios[0], ratios[-1]))) + " ×"

    _, machine, c = CASADI
    compilers = "; ".join(f"{name} {seconds:.1f} s" for name, seconds in results["gcc"].items())
    return (
        "CasADi runs in three ways: as a function of Python, whose wrapper often takes longer than the program; "
        "through `Function.buffer()`, without that wrapper; and as the C that it generates, compiled by `gcc -O3` and "
        f"called through `buffer()` too. For graphs without a pattern, its machine takes {span(machine, 1)} our time "
        f"at one point and {span(machine, 100)} at 100 points; its C takes {span(c, 1)} and {span(c, 100)}. For "
        f"784-16-16-10, its C takes {span(c, 1, True)} for one example, {span(c, 10, True)} for 10 and "
        f"{span(c, 100, True)} for 100. gcc compiles that C in: {compilers}."
    )


def machine() -> str:
    """Return the machine and the versions."""
    found = [f"{platform.system()} {platform.machine()}, CPython {platform.python_version()}"]
    found.append("engine and tape as machine code" if ag.compiled and HAS_TAPES else "engine or tape as Python")
    for name in ("numpy", "jax", "torch", "casadi", "micrograd"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    if shutil.which("gcc"):
        found.append(f"gcc {subprocess.check_output(['gcc', '-dumpfullversion'], text=True).strip()}")
    return ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.compiled", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--readme", action="store_true", help="write kept results to README.md, and measure nothing")
    parser.add_argument("--memory", action="store_true", help="measure memory and nothing else")
    parser.add_argument("--ready", action="store_true", help="measure the time to a first gradient and nothing else")
    options = parser.parse_args()
    if options.ready:
        for name, seconds in ready_times(options.rounds).items():
            print(f"{name}: first gradient after {1e3 * seconds:,.0f} ms")
        return
    if options.memory:
        show_memory()
        return
    if options.readme:
        put(markdown(json.loads(KEPT.read_text(encoding="utf-8"))), ROOT / "README.md", START, END)
        return
    if any(os.environ.get(name) != value for name, value in ONE_CORE.items()):  # read when NumPy and JAX load
        sys.exit(
            subprocess.run(
                [sys.executable, "-m", "benchmarks.compiled", *sys.argv[1:]], env={**os.environ, **ONE_CORE}
            ).returncode
        )
    results: dict[str, Any] = {"machine": machine(), "compile": compile_times(), "gcc": {}, "cases": {}}
    for name, seconds in results["compile"].items():
        print(f"recording and compiling 784-16-16-10, {name}: {seconds:.2f} s")
    for name, make in cases().items():
        if options.only in name:
            case = make()
            times = measured(case.peers(), options.rounds)
            results["cases"][name] = times
            print(f"\n{name}", flush=True)
            if case.gcc_seconds and len(case.X) == 1:
                results["gcc"][name.removeprefix("SGD step of ").removesuffix(", batch of 1")] = case.gcc_seconds
            ours = next(iter(times.values()))
            for peer, seconds in times.items():
                print(f"  {peer:36} {1e6 * seconds:12,.1f} µs {seconds / ours:10.2f}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
