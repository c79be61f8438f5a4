"""Every argument of the public functions, classes and methods changes the result; signatures say which there are.

A new argument fails `test_argument_changes_result` until it has a case in `cases`.  An argument that is accepted and
then dropped fails it too.
"""

from __future__ import annotations

import copy
import inspect
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from itertools import combinations, product
from pathlib import Path
from types import SimpleNamespace, WrapperDescriptorType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints
from unittest.mock import patch

import numpy as np
import pytest
from samples import olah
from test_nn_data import idx, mnist
from test_plots import Axes

import autograd as ag
import nn
from autograd import Interval, Value, checking, compiling, drawing, expressions, testing, tracing
from autograd.drawing import exploring
from autograd.graph import Paths
from autograd.op import METHODS
from autograd.tracing.class_sheets import ClassSheets
from autograd.tracing.exercises import Worksheet
from nn import initializers, schedules

PACKAGES = {
    "ag": ag,
    "nn": nn,
    "nn.schedules": schedules,
    "nn.initializers": initializers,
    "checking": checking,
    "compiling": compiling,
    "drawing": drawing,
    "exploring": exploring,
    "expressions": expressions,
    "testing": testing,
    "tracing": tracing,
}
RETURNED = [Worksheet, ClassSheets, Paths]
"""Classes of results that no package exports."""
MADE_BY_THE_PACKAGE = {
    *(
        "ag.Op",
        "compiling.Compiled",
        "exploring.Exploration",
        "expressions.Evaluation",
        "Paths",
        "Worksheet",
        "ClassSheets",
    ),
    *("checking.Check", "checking.Difference", "checking.Finding", "checking.HandCheck", "checking.Symmetry"),
    *("drawing.Drawing", "drawing.GraphDrawing", "drawing.NetworkDrawing", "drawing.Picture"),
    *("testing.Case", "tracing.Derivation", "tracing.Factor", "tracing.Steps", "tracing.Table", "tracing.Trace"),
}
"""Classes that users do not construct. Their methods have cases all the same."""
INTERNAL = {"nn.initializers.draw", "nn.Module.__call__", "drawing.Picture.fraction", "drawing.Picture.is_faded"}
"""Called by the package; `Module.__call__` only raises."""


def public() -> dict[str, Callable[..., Any]]:
    """Return every public function, class and method that has arguments, by its name in `cases`."""
    found: dict[str, Callable[..., Any]] = {}
    classes: dict[str, type] = {cls.__name__: cls for cls in RETURNED}
    for package, module in PACKAGES.items():
        defined = [name for name, x in vars(module).items() if getattr(x, "__module__", "") == module.__name__]
        for name in getattr(module, "__all__", [name for name in defined if not name.startswith("_")]):
            x = getattr(module, name)
            is_known = any(x is other for other in (*found.values(), *classes.values()))
            if not callable(x) or isinstance(x, ag.Op) or is_known:
                continue
            if not isinstance(x, type):
                found[f"{package}.{name}"] = x
            elif not issubclass(x, Exception):
                classes[f"{package}.{name}"] = x
    for name, cls in classes.items():
        if name not in MADE_BY_THE_PACKAGE:
            found[name] = cls
        bases = [base for base in cls.__mro__[1:] if base in classes.values()]
        attributes = {field.name for field in fields(cls)} if is_dataclass(cls) else set()
        attributes |= ag.TABLE.keys() if cls is Value else set()
        for key, method in vars(cls).items():
            is_method = key == "__call__" or (not key.startswith("_") and inspect.isroutine(method))
            if is_method and key not in attributes and not any(key in vars(base) for base in bases):
                found[f"{name}.{key}"] = method
    return {name: f for name, f in found.items() if name not in INTERNAL and arguments(f)}


def arguments(f: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments of `f`, or [] where they cannot be read, as of compiled code."""
    if isinstance(f, WrapperDescriptorType):
        return []
    try:
        return [name for name in inspect.signature(f).parameters if name != "self"]
    except ValueError:
        return []


class Beside(NamedTuple):
    """An argument that has an effect only together with others."""

    argument: Any
    others: dict[str, Any]


class Ignored(NamedTuple):
    """An argument that by contract has no effect."""

    argument: Any


class Case(NamedTuple):
    """A call, another value for each of its arguments, and what is observed of the result.

    An argument that holds several numbers has an entry for each: "betas" and "betas[1]".
    """

    base: Mapping[str, Any]
    changed: Mapping[str, Any]
    observed: Callable[[Any], Any] = repr
    call: Callable[..., Any] | None = None

    def outcome(self, f: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        """Return what is observed of a call of `f`."""
        return self.observed((self.call or f)(**given))


def steps(optimizer: nn.Optimizer) -> Any:
    """Return the parameters after each of ten steps in a bent valley."""
    path = [np.array([1.0, -2.0])]
    for k in range(10):
        path.append(optimizer.step(path[-1], path[-1] ** 3 + [0.1, 1.0] * path[-1] + math.sin(k)))
    return np.array(path).tolist()


class Plain(nn.Optimizer):
    """The least that an optimizer has to be."""

    memory = ("mean",)

    def update(self, gradient: Any, rate: float) -> Any:
        return -rate * gradient


def stepped(state: Any = None, P: Any = (1.0,), gradient: Any = (2.0,)) -> Any:
    optimizer = Plain(0.1)
    if state is not None:
        optimizer.load_state(state)
    return optimizer.step(P, gradient).tolist(), optimizer.state()


def rates(schedule: Callable[[int], float]) -> list[float]:
    return [schedule(k) for k in range(30)]


def weights(initializer: Any) -> Any:
    return initializer(3, 2, np.random.default_rng(0)).tolist()


def of_initializer(f: Any, **changed: Any) -> Case:
    """Return the case of an initializer: its generator is made anew from a seed, as each call draws on it."""

    def call(rng: int, **sizes: int) -> Any:
        return f(rng=np.random.default_rng(rng), **sizes).tolist()

    base = {"fan_in": 3, "fan_out": 2, "rng": 0}
    return Case(base, {"fan_in": 5, "fan_out": 4, "rng": 1, **changed}, repr, call)


def module(net: Any) -> Any:
    """Return what there is to see of a network: its parameters, and how it answers."""
    width = net.sizes[0] if isinstance(net, nn.MLP) else np.shape(net.weight)[-1]
    answers = [(a.label, a.data, a.op) for a in np.ravel(net([0.5] * width))]
    return repr(net), str(net.state()), [p.label for p in net.parameters()], answers


X = np.random.default_rng(0).normal(size=(12, 2))
Y = (X[:, :1] > 0.0).astype(float)
HELD_OUT = (X[::-1] + 0.25, 1.0 - Y)
CALLS: list[int] = []


def counted(outputs: Any, target: Any) -> Any:
    """Compute the quadratic cost, and count the calls."""
    CALLS.append(1)
    return nn.quadratic(outputs, target)


def fitted(net: int = 0, before: bool = False, optimizer: Any = None, **options: Any) -> Any:
    """Train a network of the seed `net`; return all that there is to see of it."""
    bars = []
    CALLS.clear()

    def bar(**_: Any) -> Any:
        bars.append(1)
        return SimpleNamespace(set_postfix=lambda *_, **__: None, update=lambda: None, close=lambda: None)

    trained = nn.MLP(2, [3, 1], "tanh", seed=net)
    path = options.get("checkpoint")
    if path is not None:
        Path(path).unlink(missing_ok=True)
    options = {"optimizer": optimizer and optimizer(), "epochs": 3, "batch_size": 5, **options}
    with patch.dict(sys.modules, {"tqdm": SimpleNamespace(), "tqdm.auto": SimpleNamespace(tqdm=bar)}):
        if before:
            nn.fit(trained, **{**options, "epochs": 1, "resume": False})
        try:
            history = nn.fit(trained, **options)
        except FileExistsError:
            return "a checkpoint is there"
    kept = path is not None and Path(path).exists()
    return repr(history), trained.parameter_vector().tolist(), len(CALLS), len(bars), kept


def verdicts(check: Any) -> Any:
    """Return the findings of a check."""
    found = [(f.label, f.engine, f.verdict) for f in (*check.leaves, *check.curvatures)]
    return bool(check), check.title, found, len(check.edges), check.symmetry is None


def checked_or_refused(subject: Any, at: Any = None, further: Any = (), **options: Any) -> Any:
    """Return a check, or the refusal of arguments that are no tuple."""
    try:
        return ag.gradcheck(subject, at, *further, **options)
    except TypeError as error:
        if not further:
            raise
        return str(error)


LINE, POINT = Value(2.0, "m"), Value(3.0, "x")


def squares(x: Any, y: Any) -> Any:
    return (LINE * x - y) ** 2


def compiled(**options: Any) -> Any:
    """Compile a function of two numbers, or a graph with two leaves, and call it."""
    f = ag.compile(**options)
    value, gradient = f([2.0, 3.0]) if isinstance(options["target"], Value) else f(2.0, 3.0)
    return type(f), getattr(f, "backend", ""), value, np.asarray(gradient).dtype, np.asarray(gradient).tolist()


def declared(call: tuple[float, ...] = (2.0,), **options: Any) -> Any:
    """Declare an operation; return what comes of it in numbers, formulas, traces and checks."""
    with patch.dict(ag.TABLE), patch.dict(METHODS):
        op = ag.operation(**options)
        x = Value(call[0], "x")
        y = op(x, *call[1:])
        texts = op.__doc__, ag.display.latex(y), ag.draw(y).describe()
        trace = ag.trace(y.named("y"), x)
        reports = str(trace), str(trace.steps()), str(ag.gradcheck(y))
        short = op(call[0]) if op.defaults else "all operands"
        numbers = op(*call), short, op.slopes(call, op(*call)), op.branch(*call), hasattr(x, "cube_of")
        return op.name, numbers, str(op.domain), op.needs(), texts, reports


def line_made(first: bool) -> Value:
    with ag.source_lines():
        if first:
            return POINT + 1.0
        return POINT + 1.0


def loaded(path: Path, net: Any = None, network: Any = None) -> Any:
    """Load a network into a fresh one of the seed `net`, if there is such a seed."""
    target = None if net is None else type("Net", (nn.MLP,), {})(2, [2, 1], seed=net)
    return module(nn.load(path, target, network=network))


def checkpoint(path: Path) -> Path:
    """Keep a run that became worse after its first epoch."""
    net = nn.MLP(2, [3, 1], seed=0)
    nn.fit(net, X, Y, epochs=3, patience=3, validation=HELD_OUT, checkpoint=path, progress=False)
    return path


def cases(folder: Path) -> dict[str, Case]:
    """Return a case for everything public."""
    net, other, wide = nn.MLP(2, [2, 1], seed=0), nn.MLP(2, [2, 1], seed=1), nn.MLP(2, [9, 1], seed=0)
    C, wide_C = (nn.quadratic(n([0.5, -0.25]), [1.0]).named("C") for n in (net, wide))
    C_plus = (C + 1.0).named("C")
    w = net.layers[0].weight[1, 0]
    a, b, _, d, e = olah()
    m, x = LINE, POINT
    y = (m * x + 1.0).named("y")
    z = (m * m * x).named("z")
    blowing_up = ag.exp(Value(1000.0, "x"))
    times = Case({"subject": lambda x, y: x * y, "at": [2.0, 5.0]}, {}, verdicts)
    step = ag.compile(squares, [LINE], inputs=((), ()))
    trace = ag.trace(e, b)
    sheet = trace.worksheet(1)
    by_hand = olah()
    # Right but for the second one, which is rounded.
    for node, grad in zip(by_hand, (2.0, 5.012, 2.0, 3.0, 1.0), strict=True):
        node.grad = grad
    v, bias = Value(0.15, "v"), Value(0.38, "b")
    neuron = ag.trace(((ag.sigmoid((v * 0.8 + bias).named("AS")).named("out") - 1.0) ** 2).named("C"), v)
    logits = {"outputs": [0.5, -1.0], "target": [1.0, 0.0]}
    of_costs = Case(logits, {"outputs": [0.25, -1.0], "target": [0.0, 1.0]})

    def files(write: Callable[[Any], Any], suffix: str) -> Case:
        def call(path: str) -> Any:
            target = folder / "saved" / path
            target.parent.mkdir(exist_ok=True)
            write(target)
            names = [file.name for file in target.parent.iterdir()]
            target.unlink()
            return names

        return Case({"path": f"one{suffix}"}, {"path": f"two{suffix}"}, repr, call)

    first, second = folder / "first", folder / "second"
    for path, numbers in ((first, [1, 2]), (second, [3, 4])):
        path.mkdir()
        (path / "numbers").write_bytes(idx(numbers))
        for k, part in enumerate(("train", "t10k")):
            mnist(path, idx(np.full((2, 2, 2), k)), idx(numbers), part)
    net.save(folder / "net.npz")
    other.save(folder / "other.npz")
    run = checkpoint(folder / "run.npz")

    def fresh(write: Callable[[nn.MLP, Any], Any]) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            target = copy.deepcopy(net)
            write(target, *given.values())
            return module(target)

        return call

    vector = net.parameter_vector()
    momentum = {"rate": 0.05, "momentum": 0.5, "weight_decay": 0.1}
    found: dict[str, Case] = {
        # autograd
        "ag.Interval": Case(
            {},
            {"low": 0.0, "high": 1.0, "open": Beside(True, {"low": 0.0})},
            lambda i: (str(i), [v in i for v in (-1.0, 0.0, 0.5, 2.0)]),
        ),
        "ag.Value": Case({"data": 2.0}, {"data": 3.0, "label": "x"}, lambda v: (v.data, v.label)),
        "ag.Value.named": Case(
            {"label": "x"}, {"label": "y"}, lambda v: v.label, lambda label: Value(1.0).named(label)
        ),
        "ag.anomaly": Case({"outputs": (y,)}, {"outputs": (y, blowing_up)}, str, lambda outputs: ag.anomaly(*outputs)),
        "ag.assert_gradients": Case(
            {"subject": lambda x, y: x * y, "at": (2.0, 5.0)},
            {"subject": lambda x, y: x - y, "at": (3.0, 5.0), "options": {"order": 2}},
            verdicts,
            lambda subject, at, options=None: ag.assert_gradients(subject, *at, **(options or {})),
        ),
        "ag.between": Case({"source": b, "target": e}, {"source": a, "target": d}, lambda nodes: list(map(id, nodes))),
        "ag.compile": Case(
            {"target": lambda x, y: x * y + ag.sin(x)},
            {
                "target": lambda x, y: x * y,
                "parameters": Beside([LINE], {"target": squares}),
                "parameters[1]": Beside([LINE], {"target": squares, "inputs": ((), ())}),
                "parameters[2]": Beside([x, m], {"target": z}),
                "inputs": ((), ()),
                "aux": Beside(True, {"target": lambda x, y: (x * y, x + y)}),
                "aux[1]": Beside(True, {"target": lambda x, y: (x * y, x + y), "inputs": ((), ())}),
                "dtype": np.float32,
                "dtype[1]": Beside(np.float32, {"inputs": ((), ())}),
                "dtype[2]": Beside(np.float32, {"target": y}),
                "backend": "jax",
                "backend[1]": Beside("jax", {"inputs": ((), ())}),
                "backend[2]": Beside("jax", {"target": y}),
            },
            repr,
            compiled,
        ),
        "ag.dist": Case({"p": [1.0, 2.0], "q": [4.0, 6.0]}, {"p": [2.0, 2.0], "q": [4.0, 7.0]}),
        "ag.dot": Case(
            {"weights": [1.0, 2.0], "inputs": [3.0, 4.0]}, {"weights": [2.0, 2.0], "inputs": [3.0, 5.0], "bias": 1.0}
        ),
        "ag.draw": Case(
            {"output": C},
            {
                "output": C_plus,
                "wrt": w,
                "direction": "right",
                "theme": "print",
                "show": Beside("values", {"wrt": w}),
                "edges": "number",
                "constants": Beside("nodes", {"output": C_plus}),
                "detail": "layers",
                "open": Beside("layer 2", {"detail": "layers"}),
                "groups": False,
                "max_shown": Beside(3, {"output": wide_C, "detail": "neurons"}),
                "max_nodes": Beside(5, {"detail": "auto"}),
                "marks": {(C, None): "is wrong"},
            },
            lambda picture: picture.svg(),
        ),
        "ag.draw_network": Case(
            {"net": net},
            {
                "net": other,
                "x": [0.5, -0.25],
                "wrt": w,
                "cost": Beside(C, {"x": [0.5, -0.25]}),
                "show": Beside("gradients", {"cost": C}),
                "numbers": "none",
                "max_shown": Beside(5, {"net": wide}),
                "inputs": ["left", "right"],
                "outputs": ["answer"],
                "theme": "print",
            },
            lambda picture: picture.svg(),
        ),
        "ag.explore": Case(
            {"output": e},
            {
                "output": d,
                "wrt": b,
                "net": Beside(net, {"output": C}),
                "x": Beside([1.0, 1.0], {"output": C, "net": net}),
                "steps": trace.steps(),
                "direction": "right",
                "theme": "dark",
                "max_nodes": Beside(10, {"output": C, "wrt": w}),
            },
            lambda page: page.html(),
        ),
        "ag.gradcheck": Case(
            times.base,
            {
                "subject": lambda x, y: x * y * y,
                "at": [3.0, 5.0],
                "further": (5.0,),
                "gradient": lambda x, y: (x, y),
                "hessian": lambda x, y: ((1.0, 1.0), (1.0, 0.0)),
                "jvp": lambda x, v: v[0],
                "vjp": lambda x, u: (u, u),
                "leaves": Beside([m], {"subject": y, "at": None}),
                "order": 2,
                "rtol": Beside(1e-3, {"gradient": lambda x, y: (y * (1 + 1e-5), x)}),
                "atol": Beside(1e-3, {"gradient": lambda x, y: (y + 1e-5, x)}),
                "kinks": Beside("fail", {"subject": lambda x: ag.relu(x), "at": 0.0}),
                "mode": Beside("fast", {"gradient": lambda x, y: (y, x)}),
                "noise": Beside(0.1, {"gradient": lambda x, y: (y * (1 + 1e-5), x)}),
            },
            lambda check: check if isinstance(check, str) else verdicts(check),
            checked_or_refused,
        ),
        "ag.gradient": Case({"output": y, "wrt": m}, {"output": z, "wrt": x}),
        "ag.leaves": Case(
            {"outputs": (d,)},
            {"outputs": (d, y)},
            lambda nodes: list(map(id, nodes)),
            lambda outputs: ag.leaves(*outputs),
        ),
        "ag.line_of": Case(
            {"node": True}, {"node": False}, lambda line: line.number, lambda node: ag.line_of(line_made(node))
        ),
        "ag.logsumexp": Case({"values": [1.0, 2.0]}, {"values": [1.0, 3.0]}),
        "ag.op_cases": Case({"op": "sin"}, {"op": "cos", "points": [0.3]}, lambda found: [case.name for case in found]),
        "ag.operation": Case(
            {"name": "cubed", "forward": lambda x: x * x * x, "partials": lambda x, z: 3 * x * x},
            {
                "name": "third",
                "forward": lambda x: x**3 + 1.0,
                "partials": lambda x, z: 3 * x,
                "domain": Interval(0.0, open=True),
                "requires": "x at home",
                "written": lambda x, z: 3 * x**2,
                "symbol": "K",
                "latex": Beside("L", {"symbol": "K"}),
                "numpy": "cube_of",
                "branch": lambda x: float(x >= 2.0),
                "doc": "The cube of x.",
                "definition": lambda x: x * x * x,
                "defaults": Beside(
                    (7.0,), {"forward": math.pow, "partials": lambda x, y, z: (1.0, 1.0), "call": (2.0, 3.0)}
                ),
            },
            repr,
            declared,
        ),
        "ag.paths": Case(
            {"target": e, "source": b}, {"target": d, "source": a}, lambda found: (found.count, found.total)
        ),
        "ag.replay": Case({"output": y, "changes": {m: 3.0}}, {"output": z, "changes": {m: 4.0}}),
        "ag.softmax": Case({"values": [1.0, 2.0]}, {"values": [1.0, 3.0]}),
        "ag.topological_order": Case(
            {"outputs": (d,)}, {"outputs": (d, y)}, len, lambda outputs: ag.topological_order(*outputs)
        ),
        "ag.total": Case({"values": [1.0, 2.0]}, {"values": [1.0, 3.0]}),
        "ag.plot": Case(
            {"f": ag.sin, "span": (-1.0, 1.0), "at": 0.5},
            {"f": ag.cos, "span": (-1.0, 2.0), "at": 0.25, "nudge": 0.5, "ax": Ignored(Axes())},
            lambda axes: (axes.curves, axes.tangents),
            lambda ax=None, **options: ag.plot(**options, ax=ax or Axes()),
        ),
        "ag.check_by_hand": Case(
            {"output": by_hand[-1]}, {"output": by_hand[2], "nodes": by_hand[:1], "rtol": 0.0}, str
        ),
        "ag.trace": Case({"target": e, "wrt": b}, {"target": d, "wrt": a, "max_paths": 1}, str),
        "ag.values": Case(
            {"array": [1.0, 2.0]}, {"array": [1.0, 3.0], "label": "w"}, lambda array: [(v.data, v.label) for v in array]
        ),
        **{
            f"ag.{name}": Case(
                {"f": lambda x: x * x}, {"f": lambda x: x * x * x}, repr, lambda f, make=make: make(f)(2.0)
            )
            for name, make in (("grad", ag.grad), ("value_and_grad", ag.value_and_grad))
        },
        **{
            f"ag.{name}": Case(
                {"f": lambda p: p[0] * p[1]},
                {"f": lambda p: p[0] * p[1] * p[1]},
                repr,
                lambda f, make=make: make(f)([2.0, 3.0]),
            )
            for name, make in (("jacobian", ag.jacobian), ("hessian", ag.hessian))
        },
        **{
            f"ag.{name}": Case(
                {"f": lambda x: x * x * x, "x": 2.0, second: 1.0},
                {"f": lambda x: x * x, "x": 3.0, second: 2.0},
            )
            for name, second in (("jvp", "v"), ("vjp", "u"), ("hvp", "v"))
        },
        "Paths.largest": Case({"most": 1}, {"most": 2}, len, ag.paths(e, b).largest),
        # operations
        "ag.Op.__call__": Case(
            {"operands": (2.0, 3.0)}, {"operands": (2.0, 4.0)}, repr, lambda operands: ag.pow(*operands)
        ),
        "ag.Op.apply": Case({"operands": (2.0, 3.0)}, {"operands": (2.0, 4.0)}, repr, ag.pow.apply),
        "ag.Op.value": Case(
            {"operands": (2.0, 3.0)}, {"operands": (2.0, 4.0)}, repr, lambda operands: ag.pow.value(*operands)
        ),
        "ag.Op.slopes": Case(
            {"operands": (3.0, 2.0), "z": 1.5}, {"operands": (3.0, 4.0), "z": 2.5}, repr, ag.TABLE["div"].slopes
        ),
        "ag.Op.rule": Case(
            {"operands": (3.0, 2.0), "z": 1.5},
            {
                "operands": (3.0, 4.0),
                "z": 2.5,
                "written": Beside(True, {"op": "tanh", "operands": (0.5,), "z": 0.75}),
            },
            repr,
            lambda op="div", **given: ag.TABLE[op].rule(**given),
        ),
        "ag.Op.outside_domain": Case(
            {"operands": (-1.0,), "cause": None},
            {"operands": (-2.0,), "cause": ZeroDivisionError(), "names": ["x"]},
            repr,
            lambda **given: refusal(lambda: ag.log.outside_domain(**given)),
        ),
        # checking, compiling, expressions, testing, tracing
        "checking.derivative": Case(
            {"f": math.exp, "x": 1.0},
            {
                "f": math.sin,
                "x": 2.0,
                "scale": 0.01,
                "noise": 1e-8,
                "unit": 2.0**-24,
                "expected": Beside(5e5, {"f": lambda t: math.sqrt(1e-12 + t), "x": 0.0}),
                "reach": Beside(1.0, {"unit": 2.0**-24, "x": 0.01}),
            },
        ),
        "checking.Check.draw": Case(
            {"looks": {}},
            {"looks": {"direction": "right"}},
            lambda p: p.svg(),
            lambda looks: ag.gradcheck(y).draw(**looks),
        ),
        "checking.Difference.verdict": Case(
            {"claimed": 1.01}, {"claimed": 1.0, "rtol": 0.1}, repr, checking.derivative(math.exp, 0.0).verdict
        ),
        "compiling.compile_by_name": Case({"output": y}, {"output": z}, lambda f: f(2.0, 3.0)),
        **{
            f"compiling.Compiled.{name}": Case(
                {"inputs": ([1.0, 2.0], [3.0, 5.0])},
                {"inputs": ([1.0, 2.0], [3.0, 4.0]), "parameters": [7.0], "per_example": True},
                repr,
                lambda inputs, method=method, **options: method(*inputs, **options),
            )
            for name, method in (("__call__", step), ("value", step.value))
        },
        "compiling.Compiled.hvp": Case(
            {"inputs": ([1.0, 2.0], [3.0, 5.0]), "vector": [1.0]},
            {
                "inputs": ([1.0, 4.0], [3.0, 5.0]),
                "vector": [2.0],
                "parameters": Beside([7.0], {"inputs": ([1.0, 2.0], [3.0, 5.0])}),
                "per_example": True,
            },
            repr,
            lambda inputs, **options: step_hvp(*inputs, **options),
        ),
        "compiling.Compiled.equations": Case({}, {"latex": True, "numbers": True}, str, step.equations),
        "expressions.assignment": Case({"text": "x = 1"}, {"text": "x = 2"}),
        "expressions.evaluate": Case({"text": "x*2", "values": {"x": 2.0}}, {"text": "x*3", "values": {"x": 3.0}}),
        "testing.draw": Case(
            {"domain": Interval(), "width": 2, "count": 2},
            {"domain": Interval(0.0), "width": 3, "count": 3, "name": "another"},
        ),
        "testing.outcome": Case({"check": ag.gradcheck(y)}, {"check": ag.gradcheck(ag.relu(Value(0.0)))}),
        "tracing.Trace.worksheet": Case(
            {},
            {
                "seed": 3,
                "share": 1.0,
                "vary": True,
                "vary[1]": 7,
                "difficulty": "hard",
                "difficulty[1]": "easy",
                "steps": Beside(["multiply"], {"share": 1.0}),
            },
            str,
            neuron.worksheet,
        ),
        "ag.worksheets": Case(
            {"traces": [neuron], "options": {}},
            {"traces": trace, "students": 2, "seed": 1, "options": {"difficulty": "hard"}},
            str,
            lambda traces, options, **given: ag.worksheets(traces, **given, **options),
        ),
        **{
            f"ClassSheets.{method}": Case({}, {"form": "text"}, str, getattr(ag.worksheets(trace), method))
            for method in ("exercises", "answer_keys")
        },
        "ClassSheets.mark": Case(
            {"answers": {1: {1: 0.0}}}, {"answers": {1: {1: None}}}, str, ag.worksheets(trace).mark
        ),
        "Worksheet.mark": Case({"answers": {1: 0.0}}, {"answers": {1: 1.0}}, str, sheet.mark),
        "tracing.Trace.nudge": Case({"step": 0.1}, {"step": 0.2}, str, trace.nudge),
        "tracing.Trace.sweep": Case({"direction": "reverse"}, {"direction": "forward"}, str, trace.sweep),
        "tracing.Trace.steps": Case({}, {"open": (), "of": "s"}, str, ag.trace(2 * ag.sigmoid(b).named("s"), b).steps),
        "tracing.Trace.modes": Case({}, {"style": "latex"}, str, trace.modes),
        "Worksheet.exercise": Case({}, {"form": "text"}, str, sheet.exercise),
        "Worksheet.key": Case({}, {"form": "text"}, str, sheet.key),
        "drawing.Drawing.save": files(ag.draw(e).save, ".svg"),
        "exploring.Exploration.save": files(ag.explore(e).save, ".html"),
        # nn
        "nn.MLP": Case(
            {"inputs": 2, "widths": [3, 1], "seed": 0},
            {
                "inputs": 3,
                "widths": [3, 2],
                "activation": "tanh",
                "activation[1]": ["sigmoid", "linear"],
                "init": "zeros",
                "seed": 1,
            },
            module,
        ),
        "nn.Layer": Case(
            {"fan_in": 2, "width": 3, "seed": 0},
            {"fan_in": 3, "width": 2, "activation": "tanh", "init": "zeros", "seed": 1, "number": 3},
            module,
        ),
        "nn.Neuron": Case(
            {"fan_in": 2, "seed": 0}, {"fan_in": 3, "activation": "tanh", "init": "zeros", "seed": 1}, module
        ),
        "nn.Module.predict": Case({"X": [0.5, 1.0]}, {"X": [0.5, 2.0]}, repr, net.predict),
        "nn.Module.load_vector": Case({"P": vector}, {"P": vector + 1.0}, repr, fresh(nn.MLP.load_vector)),
        "nn.Module.load_state": Case({"state": net.state()}, {"state": other.state()}, repr, fresh(nn.MLP.load_state)),
        "nn.Module.save": files(net.save, ".npz"),
        "nn.History": Case(
            {"cost": [1.0], "validation_cost": [1.0]},
            {"cost": [2.0], "accuracy": [0.5], "validation_cost": [3.0], "validation_accuracy": [0.25]},
            str,
        ),
        "nn.Optimizer": Case({"rate": 0.1}, {"rate": 0.2, "weight_decay": 0.1}, steps, Plain),
        "nn.Optimizer.step": Case({"P": [1.0], "gradient": [2.0]}, {"P": [3.0], "gradient": [4.0]}, repr, stepped),
        "nn.Optimizer.update": Case(
            {"gradient": np.ones(1), "rate": 0.1}, {"gradient": np.zeros(1), "rate": 0.2}, repr, Plain(1.0).update
        ),
        "nn.Optimizer.remembered": Case(
            {"name": "mean", "like": np.ones(1)},
            {"name": "squares", "like": np.ones(2)},
            repr,
            lambda **given: remembering(**given),
        ),
        "nn.Optimizer.load_state": Case(
            {"state": {"steps": 1.0, "mean": [1.0]}}, {"state": {"steps": 2.0, "mean": [1.0]}}, repr, stepped
        ),
        "nn.GradientDescent": Case({"rate": 0.05}, {"rate": 0.1, "weight_decay": 0.1}, steps),
        "nn.SGD": Case(
            {"rate": 0.05},
            {"rate": 0.1, "momentum": 0.5, "nesterov": Beside(True, {"momentum": 0.5}), "weight_decay": 0.1},
            steps,
        ),
        "nn.Momentum": Case({"rate": 0.05}, momentum | {"rate": 0.1}, steps),
        "nn.Nesterov": Case({"rate": 0.05}, momentum | {"rate": 0.1}, steps),
        "nn.RMSProp": Case({}, {"rate": 0.1, "alpha": 0.5, "eps": 0.1, "weight_decay": 0.1}, steps),
        "nn.Adam": Case(
            {}, {"rate": 0.1, "betas": (0.5, 0.999), "betas[1]": (0.9, 0.9), "eps": 0.1, "weight_decay": 0.1}, steps
        ),
        "nn.fit": Case(
            {"X": X, "y": Y},
            {
                "net": 1,
                "X": X + 0.25,
                "y": 1.0 - Y,
                "cost": "binary_cross_entropy",
                "optimizer": lambda: nn.Adam(0.1),
                "epochs": 4,
                "batch_size": 4,
                "validation": 0.25,
                "validation[1]": HELD_OUT,
                "seed": 1,
                "seed[1]": Beside(1, {"validation": 0.25, "shuffle": False}),
                "shuffle": False,
                "penalty": 0.1,
                "patience": Beside(1, {"validation": HELD_OUT, "optimizer": lambda: nn.Adam(0.3), "epochs": 8}),
                "checkpoint": folder / "fit.npz",
                "resume": Beside(True, {"checkpoint": folder / "fit.npz", "before": True}),
                "progress": False,
                "compiled": Beside(False, {"cost": counted}),
                "on_step": lambda step: CALLS.append(step.batch),
            },
            repr,
            fitted,
        ),
        "nn.accuracy": Case(
            {"outputs": [0.3, -2.0, 0.7], "targets": [1, 0, 0]},
            {"outputs": [0.8, -2.0, 0.7], "targets": [1, 0, 1], "cost": "binary_cross_entropy"},
        ),
        "nn.backprop": Case(
            {"net": net, "x": [0.5, 1.0], "y": [1.0]},
            {
                "net": other,
                "x": [0.5, 2.0],
                "y": [0.0],
                "cost": "hinge",
                "notation": "nielsen",
                "notation[1]": "3b1b",
                "notation[2]": "ng",
            },
            str,
        ),
        "nn.History.plot": Case({}, {"ax": True}, repr, plotted),
        "nn.Module.gradients": Case({}, {"top": 2}, str, differentiated().gradients),
        "nn.batches": Case(
            {"X": X, "y": Y, "size": 4},
            {"X": X + 1.0, "y": 1.0 - Y, "size": 5, "seed": 1, "seed[1]": (0, 1), "shuffle": False},
            lambda found: [(x.tolist(), y.tolist()) for x, y in found],
        ),
        "nn.binary_cross_entropy": of_costs,
        "nn.cross_entropy": of_costs,
        "nn.mean_squared": of_costs,
        "nn.quadratic": of_costs,
        "nn.hinge": Case({"outputs": [0.5], "target": [1]}, {"outputs": [0.25], "target": [-1]}),
        "nn.from_torch": Case({"sequential": 0}, {"sequential": 1}, module, torch_and_back),
        "nn.to_torch": Case({"net": 0}, {"net": 1}, module, torch_and_back),
        "nn.load": Case(
            {"path": folder / "net.npz"},
            {
                "path": folder / "other.npz",
                "net": 5,
                "network": Beside("best", {"path": run, "network": "last"}),
            },
            repr,
            loaded,
        ),
        "nn.one_hot": Case({"labels": [0, 1]}, {"labels": [1, 0], "classes": 3}),
        "nn.read_idx": Case({"path": first / "numbers"}, {"path": second / "numbers"}),
        "nn.read_mnist": Case({"folder": first}, {"folder": second, "part": "t10k"}),
        "nn.split": Case({"X": X, "y": Y}, {"X": X + 1.0, "y": 1.0 - Y, "held_out": 0.5, "seed": 1}),
        "nn.schedules.constant": Case({"rate": 0.5}, {"rate": 0.25}, rates),
        "nn.schedules.linear_decay": Case(
            {"start": 0.5, "end": 0.1, "steps": 10}, {"start": 0.25, "end": 0.2, "steps": 5}, rates
        ),
        "nn.schedules.step_decay": Case({"rate": 0.5, "every": 5}, {"rate": 0.25, "every": 4, "factor": 0.5}, rates),
        "nn.schedules.exponential_decay": Case({"rate": 0.5, "factor": 0.5}, {"rate": 0.25, "factor": 0.25}, rates),
        "nn.schedules.inverse_decay": Case({"rate": 0.5, "decay": 0.5}, {"rate": 0.25, "decay": 0.25}, rates),
        "nn.schedules.cosine": Case({"rate": 0.5, "steps": 10}, {"rate": 0.25, "steps": 5, "end": 0.1}, rates),
        "nn.schedules.linear_warmup": Case(
            {"steps": 5, "after": 0.5},
            {"steps": 6, "after": 0.25, "after[1]": schedules.exponential_decay(0.5, 0.5)},
            rates,
        ),
        "nn.initializers.constant": Case({"value": 0.5}, {"value": 0.25}, weights),
        "nn.initializers.uniform": Case({}, {"low": -2.0, "high": 2.0}, weights),
        "nn.initializers.normal": Case({}, {"mean": 1.0, "deviation": 2.0}, weights),
        "nn.initializers.find": Case(
            {"init": None, "activation": "tanh"}, {"init": "zeros", "activation": "relu"}, weights
        ),
        "nn.initializers.zeros": of_initializer(initializers.zeros, rng=Ignored(1)),
        **{
            f"nn.initializers.{f.__name__}": of_initializer(f)
            for f in (
                *(initializers.glorot_uniform, initializers.glorot_normal, initializers.he_uniform),
                *(initializers.he_normal, initializers.lecun_uniform, initializers.lecun_normal),
            )
        },
    }
    return found


def plotted(ax: Any = None) -> Any:
    """Plot a history on axes of its own or on given ones; return the number of lines on the given ones."""
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="needs Matplotlib: pip install matplotlib")
    figure = pyplot.figure()
    own = figure.add_subplot()
    nn.History([1.0, 0.5]).plot(own if ax else None)
    count = len(own.lines)
    pyplot.close("all")
    return count


def differentiated() -> nn.MLP:
    """Return a network after `backward`."""
    net = nn.MLP(2, [2, 1], seed=0)
    nn.quadratic(net([1.0, 0.5]), [1.0]).backward()
    return net


def step_hvp(*inputs: Any, **options: Any) -> Any:
    bent = ag.compile(lambda x, y: (LINE * LINE * x - y) ** 2, [LINE], inputs=((), ()))
    return bent.hvp(*inputs, **options)


def remembering(name: str, like: Any) -> Any:
    optimizer = Plain(0.1)
    optimizer.remembered(name, like)
    return optimizer.state()


def refusal(call: Callable[[], Any]) -> Any:
    with pytest.raises(ag.DomainError) as caught:
        call()
    return type(caught.value), str(caught.value)


def torch_and_back(sequential: int = 0, net: int = 0) -> nn.MLP:
    pytest.importorskip("torch", reason="converts networks: pip install torch")
    return nn.from_torch(nn.to_torch(nn.MLP(2, [3, 1], seed=sequential + net)))


PUBLIC = public()


class Known:
    """The cases, and what each gives without a change."""

    def __init__(self, folder: Path) -> None:
        self.cases = cases(folder)
        self._before: dict[str, Any] = {}

    def before(self, name: str) -> Any:
        """Return what is observed of the call of a case, which is the same each time."""
        if name not in self._before:
            case, f = self.cases[name], PUBLIC[name]
            self._before[name] = case.outcome(f, case.base)
            assert case.outcome(f, case.base) == self._before[name], f"{name} has another result at each call"
        return self._before[name]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The cases; the files that they read are there."""
    return Known(tmp_path_factory.mktemp("arguments"))


@pytest.mark.parametrize(("name", "argument"), [(name, arg) for name, f in PUBLIC.items() for arg in arguments(f)])
def test_argument_changes_result(known: Known, name: str, argument: str, request: pytest.FixtureRequest) -> None:
    if argument == "backend":
        jax = pytest.importorskip("jax", reason="runs on JAX: pip install jax")
        request.addfinalizer(partial(jax.config.update, "jax_enable_x64", jax.config.jax_enable_x64))
        jax.config.update("jax_enable_x64", True)
    changed = known.cases[name].changed if name in known.cases else {}
    entries = [x for key, x in changed.items() if key.partition("[")[0] == argument]
    assert entries, f"{name}({argument}=…) needs an entry in `cases`: another value, and what it changes"
    case = known.cases[name]
    for entry in entries:
        base, before = case.base, known.before(name)
        if isinstance(entry, Beside):
            base = {**base, **entry.others}
            before = case.outcome(PUBLIC[name], base)
        x = entry.argument if isinstance(entry, (Beside, Ignored)) else entry
        after = case.outcome(PUBLIC[name], {**base, argument: x})
        assert (after == before) == isinstance(entry, Ignored)


def test_cases_are_of_public_arguments(known: Known) -> None:
    if ag.compiled:
        pytest.skip("the signatures of compiled code cannot all be read")
    assert known.cases.keys() == PUBLIC.keys()
    for name, case in known.cases.items():
        assert {key.partition("[")[0] for key in case.changed} == set(arguments(PUBLIC[name])), name


def choices(f: Callable[..., Any]) -> dict[str, tuple[Any, ...]]:
    """Return the arguments of `f` that are one of several texts, and these texts."""
    try:
        hints = get_type_hints(f.__init__ if isinstance(f, type) else f)
    except (NameError, TypeError):
        return {}
    parts = {name: [hint, *get_args(hint)] for name, hint in hints.items() if name in arguments(f)}
    literals = {name: [part for part in some if get_origin(part) is Literal] for name, some in parts.items()}
    return {name: get_args(some[0]) for name, some in literals.items() if some}


CHOICES = [(name, arg, texts) for name, f in PUBLIC.items() for arg, texts in choices(f).items()]


@pytest.mark.parametrize(("name", "argument", "texts"), CHOICES, ids=[f"{name}-{arg}" for name, arg, _ in CHOICES])
def test_choices_differ(known: Known, name: str, argument: str, texts: tuple[Any, ...]) -> None:
    case = known.cases[name]
    entry = case.changed[argument]
    base = {**case.base, **(entry.others if isinstance(entry, Beside) else {})}
    found = {text: case.outcome(PUBLIC[name], {**base, argument: text}) for text in texts if text != "auto"}
    assert [pair for pair in combinations(found, 2) if found[pair[0]] == found[pair[1]]] == []


def test_options_of_choices_are_enumerated() -> None:
    assert {(name, arg) for name, arg, _ in CHOICES} >= {
        *(("ag.draw", option) for option in ("direction", "theme", "show", "edges", "constants", "detail")),
        *(("ag.draw_network", option) for option in ("theme", "show", "numbers")),
        *(("ag.explore", option) for option in ("theme", "direction")),
        *(("Worksheet.key", "form"), ("Worksheet.exercise", "form"), ("tracing.Trace.modes", "style")),
        ("nn.load", "network"),
    }


@pytest.mark.parametrize("name", [name for name, op in ag.TABLE.items() if op.arity])
def test_operand_of_operation_changes_value(name: str) -> None:
    op = ag.TABLE[name]
    assert op.arity
    drawn = testing.draw(op.domain, op.arity, 9, name)
    zeroed = [(*point[:i], 0.0, *point[i + 1 :]) for point in drawn for i in range(op.arity)]  # where conditions change
    points = [point for point in (*drawn, *zeroed) if has_value(op, point)]
    for i in range(op.arity):
        moved = [(point, (*point[:i], other[i], *point[i + 1 :])) for point, other in product(points, points)]
        assert any(has_value(op, after) and op(*before) != op(*after) for before, after in moved), f"operand {i}"
    required = op.arity - len(op.defaults)
    for point in points if op.defaults else ():
        assert op(*point[:required]) == op(*point[:required], *op.defaults)


def has_value(op: ag.Op, point: tuple[float, ...]) -> bool:
    try:
        op(*point)
    except ag.DomainError:
        return False
    return True
