"""Numbers of networks that no other test states: steps, costs, curves, tables, archives and fingerprints.

Each is kept as a checksum of numbers alone, so that no wording is part of it.  A change is to be looked at; if it is
meant, keep it: python tests/test_kept_networks.py
"""

from __future__ import annotations

import math
import random
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import IS_WITH_ALL_KEPT_NUMBERS
from kept import DATA, Case, checksum, read, rewrite
from test_kept_checks import numbers_in, rounded
from test_kept_numbers import of_floats, plain

import autograd as ag
import nn
from autograd import Value
from nn import archive, checkpoints, fingerprints
from nn.layers import Layer, Neuron

KEPT = DATA / "networks.txt"
X = [[math.ldexp((5 * k * k + 3 * i) % 17 - 8.0, -3) for i in range(3)] for k in range(11)]
CLASSES = [k * k % 3 for k in range(11)]
TARGETS = [[x[0] * x[1] - 0.5 * x[2]] for x in X]


def attempt(call: Callable[[], Any], hidden: str = "") -> Any:
    """Return a result, or the name of the error and the numbers in its message, without a text that changes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except Exception as error:
        return f"{type(error).__name__} {numbers_in(str(error).replace(hidden, '') if hidden else str(error))}"


def steps() -> dict[str, Case]:
    """Every optimizer with each argument, its state, and the state loaded into another."""
    s = nn.schedules
    makers: dict[str, Callable[[], nn.Optimizer]] = {
        "descent": lambda: nn.GradientDescent(0.25),
        "descent, decayed": lambda: nn.GradientDescent(s.exponential_decay(0.5, 0.75), weight_decay=0.125),
        "sgd": lambda: nn.SGD(0.25),
        "sgd, momentum": lambda: nn.SGD(0.25, 0.5),
        "sgd, nesterov": lambda: nn.SGD(0.25, 0.5, True, 0.125),
        "momentum": lambda: nn.Momentum(0.25),
        "momentum, decayed": lambda: nn.Momentum(s.linear_decay(0.5, 0.0, 4), 0.75, 0.25),
        "nesterov": lambda: nn.Nesterov(0.25),
        "nesterov, decayed": lambda: nn.Nesterov(0.25, 0.75, 0.25),
        "rmsprop": lambda: nn.RMSProp(),
        "rmsprop, each": lambda: nn.RMSProp(0.125, 0.75, 0.5, 0.25),
        "adam": lambda: nn.Adam(),
        "adam, each": lambda: nn.Adam(0.125, (0.5, 0.75), 0.25, 0.125),
        "adam, of no memory": lambda: nn.Adam(0.125, (0.0, 0.0)),
    }

    def case(make: Callable[[], nn.Optimizer]) -> Case:
        def lines() -> list[str]:
            optimizer, P, found = make(), np.array([1.0, -2.0, 0.0, 0.5]), []
            gradients = [np.array([math.ldexp((7 * k + 3 * i) % 11 - 5.0, -2) for i in range(4)]) for k in range(6)]
            for k, gradient in enumerate(gradients):
                P = optimizer.step(P, gradient)
                found.append(of_floats(P))
                state = optimizer.state()
                found += [f"{name} {of_floats(array)}" for name, array in state.items()]
                if k == 2:
                    optimizer = make()
                    optimizer.load_state(state)
                    found.append(str(attempt(lambda state=state: make().load_state({**state, "more": np.zeros(1)}))))
                    found.append(str(attempt(lambda: make().load_state({}))))
            found.append(plain(repr(optimizer)))
            for wrong in ([1.0, math.nan, 0.0, 1.0], [1.0], "a", None):
                found.append(str(attempt(lambda wrong=wrong: of_floats(make().step([1.0, 2.0, 3.0, 4.0], wrong)))))
            return found

        return lines

    def schedules() -> list[str]:
        makers: list[Callable[[], Any]] = [
            lambda: s.constant(0.5),
            lambda: s.linear_decay(1.0, 0.25, 6),
            lambda: s.linear_decay(0.25, 1.0, 2.5),
            lambda: s.step_decay(0.5, 3),
            lambda: s.step_decay(0.5, 3, 0.5),
            lambda: s.step_decay(0.5, 2.5, 2.0),
            lambda: s.exponential_decay(0.5, 0.75),
            lambda: s.inverse_decay(0.5, 0.25),
            lambda: s.cosine(1.0, 5),
            lambda: s.cosine(1.0, 5, 0.125),
            lambda: s.cosine(0.125, 2.5, 1.0),
            lambda: s.linear_warmup(3, 0.5),
            lambda: s.linear_warmup(3, s.cosine(1.0, 5)),
            lambda: s.linear_warmup(1, 0.5),
        ]
        limits = (-1.0, 0.0, 1e-300, 0.5, 1.0, 1.5, 2, math.inf, math.nan, "a", True, None)
        for x in limits:
            makers += [
                lambda x=x: s.constant(x),
                lambda x=x: s.linear_decay(x, 0.25, 3),
                lambda x=x: s.linear_decay(1.0, x, 3),
                lambda x=x: s.linear_decay(1.0, 0.25, x),
                lambda x=x: s.step_decay(x, 3),
                lambda x=x: s.step_decay(0.5, x),
                lambda x=x: s.step_decay(0.5, 3, x),
                lambda x=x: s.exponential_decay(x, 0.5),
                lambda x=x: s.exponential_decay(0.5, x),
                lambda x=x: s.inverse_decay(x, 0.5),
                lambda x=x: s.inverse_decay(0.5, x),
                lambda x=x: s.cosine(x, 3),
                lambda x=x: s.cosine(1.0, x),
                lambda x=x: s.cosine(1.0, 3, x),
                lambda x=x: s.linear_warmup(x, 0.5),
                lambda x=x: s.linear_warmup(3, x),
                lambda x=x: nn.GradientDescent(x),
                lambda x=x: nn.GradientDescent(0.5, weight_decay=x),
                lambda x=x: nn.SGD(0.5, x),
                lambda x=x: nn.SGD(0.5, 0.5, x),
                lambda x=x: nn.RMSProp(0.5, x),
                lambda x=x: nn.RMSProp(0.5, 0.5, x),
                lambda x=x: nn.Adam(0.5, (x, 0.5)),
                lambda x=x: nn.Adam(0.5, (0.5, x)),
                lambda x=x: nn.Adam(0.5, x),
                lambda x=x: nn.Adam(0.5, (0.5, 0.5), x),
                lambda x=x: nn.Adam(0.5, weight_decay=x),
            ]
        found = []
        for make in makers:
            made = attempt(make)
            if isinstance(made, nn.Optimizer):
                made = plain(repr(made))
            found.append(
                made if isinstance(made, str) else str(attempt(lambda f=made: of_floats([f(k) for k in range(9)])))
            )
        return found

    return {**{f"steps of {name}": case(make) for name, make in makers.items()}, "schedules": schedules}


def costs() -> dict[str, Case]:
    """Costs of outputs and targets in every form, and accuracies, at ties and at the ends of their ranges."""
    outputs: list[Any] = [[0.25], [0.5], [0.0], [1.0], [-1.0], [0.2, 0.3, 0.5], [0.5, 0.5, 0.0], [2.0, -1.0, 0.5]]
    outputs += [[1e-300, 1.0], [700.0, -700.0], 0.75, [], [[0.5]], "a", [math.nan, 1.0]]
    targets: list[Any] = [
        0,
        1,
        2,
        -1,
        3,
        0.5,
        [0.0],
        [1.0],
        [0.5],
        [-1.0],
        [0.0, 0.0, 1.0],
        [0.2, 0.3, 0.5],
        [1.0, 0.0],
    ]
    targets += [True, "a", None, [0, 1], 1.5, [math.nan, 1.0, 0.0]]

    def case(name: str) -> Case:
        def lines() -> list[str]:
            cost, found = getattr(nn, name), []
            for a in outputs:
                for target in targets:

                    def both(a: Any = a, target: Any = target) -> str:
                        on_floats = cost(a, target)
                        leaves = [Value(x, f"a{k}") for k, x in enumerate(a)]
                        C = cost(leaves, target)
                        slopes = ag.gradient(C, leaves) if isinstance(C, Value) else []
                        return f"{float(on_floats):.7g} {C.data:.7g} {of_floats([x.data for x in slopes])}"

                    found.append(str(attempt(both)))
            return found

        return lines

    def accuracies() -> list[str]:
        found = []
        rows: list[Any] = [
            [[0.2], [0.7], [0.5]],
            [[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]],
            [[-1.0], [0.0], [2.0]],
            [[1.0]],
            [],
        ]
        kinds: list[Any] = [
            [0, 1, 1],
            [1, 0, 0],
            [-1, 1, 1],
            [[0, 1], [1, 0], [0, 1]],
            [0.0, 1.0, 0.0],
            [0],
            [],
            [2, 0, 1],
        ]
        for a in rows:
            for y in kinds:
                for cost in ("quadratic", "cross_entropy", "hinge", "binary_cross_entropy", nn.hinge, "unknown"):
                    found.append(str(attempt(lambda a=a, y=y, cost=cost: f"{nn.accuracy(a, y, cost):.7g}")))
        return found

    names = ("quadratic", "mean_squared", "cross_entropy", "binary_cross_entropy", "hinge")
    return {**{f"cost {name}": case(name) for name in names}, "accuracies": accuracies}


def layers() -> dict[str, Case]:
    """Networks of every activation and initializer, their results and tables, and what they refuse."""
    activations: list[Any] = [
        "sigmoid",
        "tanh",
        "relu",
        "linear",
        "softmax",
        "softplus",
        "gelu",
        "silu",
        None,
        "unknown",
    ]
    activations += [ag.TABLE["sin"], ag.tanh, ["tanh", "linear"], ["relu"], ["relu", "softmax"], 3]

    def forward() -> list[str]:
        found = []
        for name in activations:

            def one(name: Any = name) -> str:
                net = nn.MLP(3, [4, 2], name, seed=5)
                texts = [repr(net), repr(net.layers[0]), repr(net.layers[0].neurons[0])]
                results = net.predict(X[:3]), net.layers[0].predict(X[0]), [x.data for x in net(X[1])]
                return " ".join([*map(of_floats, results), *map(plain, texts), f"{net.sizes} {len(net.parameters())}"])

            found.append(str(attempt(one)))
            found.append(
                str(attempt(lambda name=name: of_floats(Layer(2, 3, name, seed=1, number=4).predict([0.5, 1.0]))))
            )
            found.append(str(attempt(lambda name=name: f"{Neuron(2, name, seed=1)([0.5, 1.0]).data:.6g}")))
        for sizes in ((3, [1]), (1, [1, 1]), (0, [1]), (1, []), (1, [0]), (1.0, [1]), ("a", [1]), (1, 3), (2, (3, 2))):
            found.append(str(attempt(lambda sizes=sizes: of_floats(nn.MLP(*sizes, seed=2).parameter_vector()))))
        net = nn.MLP(2, [3, 1], seed=0)
        for x in (
            [0.5],
            [0.5, 1.0],
            [0.5, 1.0, 2.0],
            1.0,
            "ab",
            [],
            [[0.5, 1.0]],
            [Value(0.5), 1.0],
            None,
            [math.nan, 1.0],
        ):
            found.append(
                str(attempt(lambda x=x: [v.data for y in net(x) for v in np.ravel(np.array(y, dtype=object))]))
            )
            found.append(str(attempt(lambda x=x: of_floats(net.predict(x)))))
            found.append(str(attempt(lambda x=x: net.load_vector(x))))
        return found

    def drawn() -> list[str]:
        found = []
        module = nn.initializers
        named = ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "zeros"]
        for name in [*named, None, "unknown", 3]:
            for activation in ("tanh", "relu", "selu", "linear"):
                found.append(
                    str(
                        attempt(
                            lambda n=name, a=activation: of_floats(Layer(5, 2, a, init=n, seed=3).predict(np.eye(5)))
                        )
                    )
                )
        made: list[Any] = []
        for a in (-1.0, 0.0, 0.5, 2, math.inf, math.nan, "a", None):
            made += [lambda a=a: module.constant(a), lambda a=a: module.uniform(a), lambda a=a: module.uniform(-0.5, a)]
            made += [lambda a=a: module.normal(a), lambda a=a: module.normal(0.5, a)]
        made += [lambda: module.uniform(), lambda: module.normal(), lambda: module.uniform(1.0, 1.0)]
        for make in made:
            found.append(str(attempt(lambda m=make: of_floats(m()(3, 2, np.random.default_rng(1))))))
        for wrong in (
            lambda *a: np.zeros(3),
            lambda *a: None,
            lambda *a: np.full((2, 3), math.nan),
            lambda *a: [[1.0]],
        ):
            found.append(str(attempt(lambda w=wrong: of_floats(nn.MLP(3, [2], init=w, seed=1).parameter_vector()))))
        for seed in (0, 1, None, -1, 1.5, "a", True, np.int64(2), np.random.default_rng(3)):
            if seed is not None:
                found.append(str(attempt(lambda s=seed: of_floats(nn.MLP(3, [2], seed=s).parameter_vector()))))
        return found

    def tables() -> list[str]:
        found = []
        for sizes in ((1, [1]), (2, [2, 1]), (3, [4, 3, 2]), (12, [9, 2])):
            net = nn.MLP(*sizes, "tanh", seed=4)
            nn.quadratic(net([0.5] * sizes[0]), [1.0] * sizes[1][-1]).backward()
            for top in (1, 2, 10, 500):
                table = net.gradients(top)
                found += [rounded(plain(str(table))), rounded(plain(table.html()))]
                found += [
                    f"{x.value:.5g} {x.derivative:.5g}" if hasattr(x, "value") else repr(x)[:0] for x in table.ranked
                ]
            found += [
                f"{asdict(x)}" if hasattr(x, "__dataclass_fields__") else numbers_in(str(x))
                for x in net.gradients().layers
            ]
        return [rounded(x) for x in found]

    def swept() -> list[str]:
        found = []
        for sizes, activation, cost in (
            ((1, [1]), "sigmoid", "quadratic"),
            ((2, [3, 1]), ["tanh", "linear"], "mean_squared"),
            ((3, [4, 3]), ["relu", "linear"], "cross_entropy"),
            ((2, [2, 3]), ["tanh", "softmax"], "quadratic"),
            ((2, [2, 2, 1]), "sigmoid", "binary_cross_entropy"),
            ((3, [9, 1]), ["relu", "linear"], "hinge"),
        ):
            net, width = nn.MLP(*sizes, activation, seed=6), sizes[1][-1]
            y: Any = 1 if width == 3 and cost == "cross_entropy" else [1.0] * width
            x = [0.5 + 0.25 * k for k in range(sizes[0])]
            for notation in ("essay", "nielsen", "3b1b", "ng", "other"):
                for at, target in ((x, y), ([x, [-z for z in x]], [y, y]), ([x], [y]), ([x], [y, y])):

                    def one(at: Any = at, target: Any = target, form: Any = (net, cost, notation)) -> str:
                        sweep = nn.backprop(form[0], at, target, cost=form[1], notation=form[2])
                        forms = str(sweep), sweep.latex(), sweep.markdown(), sweep.html()
                        arrays = [a for s in sweep.layers for a in (s.weight_gradient, s.bias_gradient)]
                        rest = [*map(of_floats, [*sweep.deltas, *arrays])]
                        return " ".join([*(rounded(plain(form)) for form in forms), *rest])

                    found.append(str(attempt(one)))
        return found

    def micro() -> list[str]:
        random.seed(1)
        found = []
        for nin, nouts, activation in (
            (3, [4, 1], "tanh"),
            (2, [2], "relu"),
            (1, [1, 2], ["tanh", "linear"]),
            (0, [1], "tanh"),
        ):

            def one(nin: Any = nin, nouts: Any = nouts, activation: Any = activation) -> str:
                net = nn.micrograd.MLP(nin, nouts, activation)
                y = net([0.5] * nin)
                first = y[0] if isinstance(y, list) else y
                first.backward()
                texts = (
                    [x.label for x in net.parameters()],
                    repr(net),
                    repr(net.layers[0]),
                    repr(net.layers[0].neurons[0]),
                )
                dot = numbers_in(str(nn.micrograd.draw_dot(first)))
                return f"{first.data:.6g} {of_floats(net.gradient_vector())} {texts} {dot}"

            found.append(str(attempt(one)))
        return found

    return {
        "forward": forward,
        "initializers drawn": drawn,
        "tables of gradients": tables,
        "backprop": swept,
        "micrograd": micro,
    }


def data() -> dict[str, Case]:
    """Classes as rows, parts of data, batches, and what is refused."""

    def shaped() -> list[str]:
        found = []
        labels: list[Any] = [
            [0, 2, 1],
            [0],
            [],
            [0.5],
            [-1],
            [True],
            [[0, 1]],
            [3, 3],
            "ab",
            None,
            [0.0, 1.0],
            np.array([2, 0], np.uint8),
        ]
        for y in labels:
            for classes in (None, 1, 3, 4, 0, 2.5):
                found.append(str(attempt(lambda y=y, classes=classes: of_floats(nn.one_hot(y, classes)))))
        for share in (0.0, 0.04, 0.05, 0.25, 0.5, 0.95, 0.96, 1.0, -0.1, math.nan, "a", True):
            for seed in (0, 3):
                found.append(
                    str(
                        attempt(
                            lambda s=share, seed=seed: [
                                of_floats(a) for p in nn.split(X, CLASSES, s, seed=seed) for a in p
                            ]
                        )
                    )
                )
        found.append(str([of_floats(a) for p in nn.split(X, CLASSES) for a in p]))
        for size in (1, 3, 10, 11, 12, None, 0, -1, 2.0, "a", True):
            for options in ({}, {"seed": 1}, {"seed": (1, 2)}, {"shuffle": False}):
                found.append(
                    str(
                        attempt(
                            lambda s=size, o=options: [of_floats(a) for b in nn.batches(X, CLASSES, s, **o) for a in b]
                        )
                    )
                )
        for x, y in (
            ([], []),
            (X, CLASSES[:-1]),
            (1.0, [1]),
            ([[1.0]], 1),
            (1.0, 1.0),
            (X[0], [1]),
            ([[1.0], [2.0, 3.0]], [0, 1]),
            (X, [[1.0]] * 11),
            ([["a"]], [1]),
            ([[math.nan]], [0]),
        ):
            found.append(str(attempt(lambda x=x, y=y: [of_floats(a) for b in nn.batches(x, y, 4) for a in b])))
        return found

    def curves() -> list[str]:
        found = []
        for n in (0, 1, 2, 7, 15, 16, 17, 18, 40):
            cost = [1.0 / (k + 1.0) for k in range(n)]
            lists: list[dict[str, Any]] = [{}, {"accuracy": [k / n for k in range(n)]}]
            lists.append({"validation_cost": [abs(k - n / 2.0) for k in range(n)], "validation_accuracy": [0.5] * n})
            for more in lists:
                history = nn.History(cost, **more)
                texts = str(history), repr(history), history._repr_html_()
                best = attempt(lambda h=history: h.best_epoch)
                found += [*(rounded(plain(text)) for text in texts), f"{history.epochs} {best}"]
        return found

    return {"rows and batches": shaped, "curves": curves}


def runs() -> dict[str, Case]:
    """Training with each option, continued from a file, stopped early, and diverging."""

    def fitted(**options: Any) -> str:
        classify = options.pop("classify", False)
        net = options.pop("net", None) or nn.MLP(3, [4, 3 if classify else 1], ["tanh", "linear"], seed=3)
        seen: list[str] = []
        if options.pop("on_step", False):
            w = net.layers[0].weight[0, 0]
            options["on_step"] = lambda s: seen.append(
                f"{s.epoch} {s.batch} {s.cost:.6g} {s.derivative(w):.6g} {w.data:.6g}"
            )
        options = {"epochs": 3, "progress": False, "cost": "cross_entropy" if classify else "quadratic", **options}
        history = nn.fit(net, X, CLASSES if classify else TARGETS, **options)
        curves = [of_floats(curve) for curve in asdict(history).values()]
        return " | ".join([*curves, of_floats(net.parameter_vector()), of_floats(net.gradient_vector()), *seen])

    held_out = (X[:4], TARGETS[:4])
    choices: dict[str, list[Any]] = {
        "epochs": [1, 2, 0, 1.5, "a", True],
        "batch_size": [1, 4, 10, 11, 50, None, 0, "a"],
        "validation": [
            0.25,
            0.5,
            0.0,
            1.0,
            2.0,
            held_out,
            [X[:4]],
            (X[:4], TARGETS[:3]),
            True,
            "a",
            1,
            np.float64(0.25),
        ],
        "seed": [0, 1, -1, "a", 1.5],
        "shuffle": [True, False, 1, None],
        "penalty": [0.0, 0.125, -0.1, math.nan, math.inf, "a"],
        "compiled": [None, True, False, 1],
        "progress": [False, 1],
        "optimizer": [None, nn.GradientDescent(0.05), 0.1, nn.Adam],
        "patience": [1, 2, 0, None],
        "cost": [
            "quadratic",
            "mean_squared",
            "hinge",
            nn.quadratic,
            "unknown",
            lambda a, y: 0.0,
            lambda a, y: a[0] * 2.0,
        ],
        "resume": [True, False],
        "checkpoint": ["", 3],
        "on_step": [True],
    }

    def case(name: str) -> Case:
        def lines() -> list[str]:
            found = [str(attempt(lambda v=value: fitted(**{name: v}))) for value in choices[name]]
            if name in ("batch_size", "validation", "penalty", "compiled", "on_step"):
                found += [str(attempt(lambda v=value: fitted(classify=True, **{name: v}))) for value in choices[name]]
            return found

        return lines

    def early() -> list[str]:
        found = []
        for patience in (1, 2, 3):
            for rate in (0.05, 1.0, 3.0, 30.0):
                for compiled in (True, False):
                    options = {"patience": patience, "optimizer": nn.GradientDescent(rate), "compiled": compiled}
                    found.append(str(attempt(lambda o=options: fitted(epochs=9, validation=0.3, **o))))
        return found

    def resumed() -> list[str]:
        found = []
        with tempfile.TemporaryDirectory() as folder:
            for k, options in enumerate(
                ({}, {"validation": 0.3, "patience": 5}, {"optimizer": nn.Adam(0.05)}, {"penalty": 0.1})
            ):
                file = str(Path(folder) / f"{k}")
                found.append(fitted(checkpoint=file, **{**options, "epochs": 2}))
                arrays, description = archive.read(file)
                found += [f"{name} {of_floats(array)}" for name, array in sorted(arrays.items())]
                found.append(numbers_in(str(sorted(description))))
                for more in (
                    {},
                    {"seed": 1},
                    {"batch_size": 3},
                    {"penalty": 0.5},
                    {"shuffle": False},
                    {"cost": "hinge"},
                ):
                    fresh = nn.Adam(0.05) if "optimizer" in options else None
                    asked = {**options, "optimizer": fresh, "epochs": 4, "checkpoint": file, "resume": True, **more}
                    found.append(str(attempt(lambda a=asked: fitted(**a), folder)))
                found.append(str(attempt(lambda f=file: fitted(checkpoint=f), folder)))
                for network in (None, "last", "best", "other"):
                    loaded = attempt(lambda f=file, n=network: nn.load(f, network=n).parameter_vector(), folder)
                    found.append(loaded if isinstance(loaded, str) else of_floats(loaded))
            net, file = nn.MLP(2, [3, 1], ["tanh", "relu"], seed=7), str(Path(folder) / "net")
            net.save(file)
            found += [
                of_floats(nn.load(file).parameter_vector()),
                repr(nn.load(file)),
                f"{Path(file).stat().st_size > 0}",
            ]
            for other in (
                nn.MLP(2, [3, 1], ["tanh", "relu"], seed=8),
                nn.MLP(2, [3], seed=0),
                nn.MLP(2, [3, 1], seed=0),
                None,
                3,
            ):
                loaded = attempt(lambda o=other: nn.load(file, o), folder)
                found.append(str(loaded))
                found.append(of_floats(other.parameter_vector()) if isinstance(other, nn.MLP) else "")
            content = Path(file).read_bytes()
            for cut in (0, 1, 10, len(content) // 2, len(content) - 1):
                Path(file).write_bytes(content[:cut])
                found.append(str(attempt(lambda: nn.load(file), folder)).partition(" ")[0])
            Path(file).write_bytes(content[:60] + bytes([content[60] ^ 1]) + content[61:])
            found.append(str(attempt(lambda: nn.load(file), folder)).partition(" ")[0])
        return found

    def compared() -> list[str]:
        """Differences of settings, each with every other."""
        functions: list[Any] = [
            0.5,
            "mean",
            [1, 2],
            {"a": 1.0},
            nn.quadratic,
            nn.Adam(0.5),
            nn.Adam(0.25),
            nn.SGD(0.5, 0.5),
        ]
        functions += [
            nn.schedules.cosine(1.0, 5),
            nn.schedules.cosine(1.0, 6),
            (lambda x, a=2.0: a * x),
            (lambda x, a=3.0: a * x),
        ]
        functions += [
            (lambda x: x * x),
            (lambda x: x + x),
            None,
            True,
            np.float64(0.5),
            np.zeros(2),
            {1, 2},
            (1, 2),
            math.inf,
        ]
        prints = [fingerprints.fingerprint(f) for f in functions]
        found = [f"{len(x)} {sorted(x)}" for x in prints]
        for before in prints:
            for now in prints:
                for is_same in (True, False):
                    wrong, unknown = fingerprints.differences("f", before, now, is_same)
                    found.append(f"{len(wrong)} {len(unknown)}")
        settings = {str(k): x for k, x in enumerate(prints)}
        for other in (settings, {**settings, "1": prints[0]}, {}, {**settings, "new": prints[0]}):
            found.append(
                str(
                    [
                        len(x)
                        for x in attempt(lambda o=other: checkpoints.compare(settings, o))
                        if not isinstance(x, str)
                    ]
                )
            )
        return found

    return {
        **{f"run by {name}": case(name) for name in choices},
        "early": early,
        "resumed": resumed,
        "compared": compared,
    }


CASES: dict[str, Case] = {**steps(), **costs(), **layers(), **data(), **runs()}


def test_every_network_is_kept() -> None:
    assert CASES.keys() == read(KEPT).keys()


def some_of(names: Iterable[str]) -> Iterator[str]:
    """The quick profile compares every eighth case."""
    yield from list(names)[:: 1 if IS_WITH_ALL_KEPT_NUMBERS else 8]


@pytest.mark.parametrize("name", list(some_of(CASES)))
def test_networks_are_as_kept(name: str) -> None:
    """Look at `CASES[name]()` with the change and without, and keep the new numbers if they are meant."""
    assert checksum(CASES[name]) == read(KEPT)[name]


if __name__ == "__main__":
    rewrite(KEPT, CASES)
