"""The numbers of the essay on the mathematics of machine learning, computed and compared with the printed ones.

``python examples/essay.py`` prints the numbers, the worked derivative and its check;
``python examples/essay.py essay.svg`` also draws the worked derivative.

The essay works out one partial derivative of a 3-4-2 network by hand: how the cost changes with the weight from the
first hidden neuron to the first output neuron.
"""

from __future__ import annotations

import itertools
import sys

import numpy as np

import autograd as ag
from autograd import Value

WEIGHTS = [[-1.48, -2.49, 2.72, 3.46], [-1.81, 2.84, -0.438, -4.80]]
HIDDEN = [0.978, 0.322, 0.315, 0.201]
BIASES = [0.884, -0.226]
LEARNING_RATE = 0.05


def numbers() -> list[tuple[str, float, float]]:
    """Return a row for each number of the essay: its name, computed, and as printed there."""
    S, f = ag.sigmoid, ag.relu
    rows = [
        ("S(1)", S(1.0), 0.7311),
        ("S(1 + (−5))", S(1.0 + -5.0), 0.0180),
        ("S(−5)", S(-5.0), 0.0067),
        ("S(−5 + (−5))", S(-5.0 + -5.0), 0.0),
        ("S(10)", S(10.0), 1.0),
        ("S(10 + (−5))", S(10.0 + -5.0), 0.9933),
        ("f(3)", f(3.0), 3.0),
        ("f(3 + (−5))", f(3.0 + -5.0), 0.0),
        ("f(4.99 + (−5))", f(4.99 + -5.0), 0.0),
        ("f(−4)", f(-4.0), 0.0),
        ("f(−4 + 5)", f(-4.0 + 5.0), 1.0),
    ]
    W, L, B = ag.values(WEIGHTS, "w"), ag.values(HIDDEN, "a"), ag.values(BIASES, "b")
    products = W @ L
    sums = products + B
    layer = ag.sigmoid(sums)
    printed = [("W L", products, [-0.69696, -1.95847]), ("W L + B", sums, [0.18704, -2.18447])]
    for name, computed, expected in [*printed, ("L₃ = S(W L + B)", layer, [0.547, 0.101])]:
        rows += [(f"{name}, row {i + 1}", x.data, y) for i, (x, y) in enumerate(zip(computed, expected, strict=True))]
    sizes = [784, 16, 16, 10]
    parameters = sum(m * (n + 1) for n, m in itertools.pairwise(sizes))
    return [*rows, ("weights and biases of 784-16-16-10", float(parameters), 13002.0)]


def worked() -> tuple[Value, Value]:
    """Return the cost C and the weight W₁,₁ of the worked derivative, with the numbers of the essay.

    The essay states the activation sum AS = 0.5, W₁,₁ = 0.15 and a₁ = 0.8.  The other terms of the sum are the rest.
    """
    w, a = Value(0.15, "W[1,1]"), Value(0.8, "a[1]")
    rest = Value(0.5 - w.data * a.data, "rest")
    activation_sum = ag.dot([w], [a], rest).named("AS")
    out = ag.sigmoid(activation_sum).named("out")
    return ((out - Value(1.0, "E[1]")) ** 2).named("C"), w


def descend(weight: float, derivative: float) -> float:
    """Return P − r∇C for one weight."""
    return weight - LEARNING_RATE * derivative


def main(arguments: list[str]) -> int:
    """Print the numbers, the trace and the check; draw the trace to each named file."""
    width = max(len(name) for name, _, _ in numbers())
    print(f"{'':{width}}   computed      the essay")
    for name, computed, printed in numbers():
        # The essay prints four decimals of S: 0.0180.
        is_rounded = name.startswith("S") and not printed.is_integer()
        print(f"{name:{width}}  {computed:12.6g}  {format(printed, '.4f' if is_rounded else '.6g'):>12}")
    C, w = worked()
    trace = ag.trace(C, w)
    print(f"\n{trace}")
    step = descend(w.data, trace.value)
    print(f"\nW₁,₁ − r·∂C/∂W₁,₁ = 0.15 − 0.05 · (−0.142) = {step:.4f}")
    print("The essay prints 0.1271 here, a slip: 0.05 · 0.142 is 0.0071, and 0.15 + 0.0071 is 0.1571.")
    check = ag.gradcheck(C)
    print(f"\n{check}")
    for file in arguments:
        ag.draw(C, wrt=w).save(file)
        print(f"\n{file} shows the derivative along its path.")
    assert np.isclose(step, 0.1571, atol=5e-5)
    return 0 if check else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
