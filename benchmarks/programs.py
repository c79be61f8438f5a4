"""Peers that turn a workload into a program or trace it: CasADi and JAX, with and without compilation."""

from __future__ import annotations

from typing import Any

from benchmarks.peers import LEARNING_RATE, Peer
from benchmarks.workloads import Workload


class Casadi(Peer):
    """CasADi's SX: builds the graphs of the value and its gradient, and evaluates them."""

    module = distribution = "casadi"

    def __init__(self) -> None:
        import casadi

        self.casadi = casadi
        self.functions = {name: getattr(casadi, name) for name in ("exp", "log", "sqrt", "sin", "cos")}  # type: ignore[misc]
        self.functions["relu"] = lambda x: casadi.fmax(x, 0.0)
        self.functions["dot"] = lambda w, x, b: casadi.dot(casadi.vertcat(*w), self.vector(x)) + b

    def vector(self, row: Any) -> Any:
        return row if isinstance(row, self.casadi.DM) else self.casadi.vertcat(*row)

    def record(self) -> None:
        self.symbols = [self.casadi.SX.sym("x") for _ in self.leaves]
        self.output = self.workload.loss(self, self.symbols)

    def backward(self) -> None:
        x = self.casadi.vertcat(*self.symbols)
        self.program = self.casadi.Function("f", [x], [self.output, self.casadi.gradient(self.output, x)])
        self._evaluate()

    def _evaluate(self) -> None:
        value, gradient = self.program(self.leaves)
        self.value, self.gradient = float(value), gradient.full().ravel()

    def update(self) -> None:
        self.leaves = [p - LEARNING_RATE * g for p, g in zip(self.leaves, self.gradient, strict=True)]

    def release(self) -> None:
        self.symbols = self.output = self.program = None

    def found(self) -> list[float]:
        return [self.value, *map(float, self.gradient)]

    def hessian(self) -> Any:
        x = self.casadi.SX.sym("x", len(self.leaves))
        output = self.workload.loss(self, self.casadi.vertsplit(x))
        self.program = self.casadi.Function("f", [x], [self.casadi.hessian(output, x)[0]])
        return self.program(self.leaves).full().tolist()


class CasadiOnce(Casadi):
    """CasADi with a kept graph: no cost of recording, and no new decision at branches of the user's code."""

    in_one = True

    def start(self, workload: Workload) -> None:
        super().start(workload)
        if workload.second_order:
            super().hessian()
        else:
            super().record()
            super().backward()

    def record(self) -> None:
        pass

    def backward(self) -> None:
        self._evaluate()

    def release(self) -> None:
        pass

    def hessian(self) -> Any:
        return self.program(self.leaves).full().tolist()


class Jax(Peer):
    """JAX without its compiler: every operation is dispatched separately, as in the other tools."""

    module = distribution = "jax"

    def __init__(self) -> None:
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        self.jax, self.jnp = jax, jnp
        self.functions = {name: getattr(jnp, name) for name in ("exp", "log", "sqrt", "sin", "cos")}  # type: ignore[misc]
        self.functions["relu"] = lambda x: jnp.maximum(x, 0.0)
        self.functions["dot"] = lambda w, x, b: jnp.dot(jnp.stack(list(w)), self.vector(x)) + b

    def number(self, x: float) -> Any:
        return self.jnp.float64(x)

    def vector(self, row: Any) -> Any:
        return row if isinstance(row, self.jax.Array) else self.jnp.array(row)

    def record(self) -> None:
        self.output, self.vjp = self.jax.vjp(lambda x: self.workload.loss(self, x), self.leaves)

    def backward(self) -> None:
        self.gradient = self.jax.block_until_ready(self.vjp(self.jnp.float64(1.0))[0])

    def update(self) -> None:
        self.leaves = [p - LEARNING_RATE * g for p, g in zip(self.leaves, self.gradient, strict=True)]

    def release(self) -> None:
        self.output = self.vjp = None

    def found(self) -> list[float]:
        return [float(self.output), *map(float, self.gradient)]

    def hessian(self) -> Any:
        x = self.jnp.array(self.workload.start)
        return self.jax.hessian(lambda x: self.workload.loss(self, x))(x).tolist()


class JaxJit(Jax):
    """JAX with its compiler, which runs before the clock starts and can take minutes for thousands of scalars."""

    in_one = True

    def start(self, workload: Workload) -> None:
        super().start(workload)
        if workload.second_order:
            self.program = self.jax.jit(self.jax.hessian(lambda x: workload.loss(self, x)))
        else:
            self.program = self.jax.jit(self.jax.value_and_grad(lambda x: workload.loss(self, x)))
            self.backward()

    def record(self) -> None:
        pass

    def backward(self) -> None:
        self.output, self.gradient = self.jax.block_until_ready(self.program(self.leaves))

    def release(self) -> None:
        pass

    def hessian(self) -> Any:
        return self.program(self.jnp.array(self.workload.start)).tolist()
