"""The 3-4-2 network of the essay: forward pass, cost, ∇C, one step P − r∇C, and ∂C/∂W₁,₁ worked out.

``python examples/essay_network.py`` prints them; ``python examples/essay_network.py --pictures DIR`` also draws the
essay's Figures 1, 3 and 4, the gradients, and the graph of the derivative.

The essay differentiates by one weight, w³₁,₁ = 0.15, with a²₁ = 0.8, AS³₁ = 0.5 and E₁ = 1.  This program has the
whole network around that weight.  The other weights to the output layer, the other activations of the hidden layer and
the second bias are those of the essay's W₃,₂, L₂ and B₃.  The inputs and the weights to the hidden layer are made up,
as the essay does not state them.  The other biases are computed so that the numbers of the essay result.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn

INPUTS = [0.9, 0.2, 0.6]
HIDDEN_WEIGHTS = [[1.2, -0.7, 0.4], [-0.9, 1.5, 0.3], [0.5, -1.1, -0.8], [-1.4, 0.6, 0.2]]
HIDDEN = [0.8, 0.322, 0.315, 0.201]
OUTPUT_WEIGHTS = [[0.15, -2.49, 2.72, 3.46], [-1.81, 2.84, -0.438, -4.80]]
ACTIVATION_SUM, SECOND_BIAS = 0.5, -0.226
EXPECTED = [1.0, 1.0]
LEARNING_RATE = 0.05


def network() -> nn.MLP:
    """Return the network, with the numbers of the essay as far as it states them."""
    net = nn.MLP(3, [4, 2])
    net.load_state(
        {
            "layers.0.weight": HIDDEN_WEIGHTS,
            "layers.0.bias": [  # S⁻¹(a) − W x
                math.log(a / (1.0 - a)) - ag.dot(w, INPUTS) for a, w in zip(HIDDEN, HIDDEN_WEIGHTS, strict=True)
            ],
            "layers.1.weight": OUTPUT_WEIGHTS,
            "layers.1.bias": [ACTIVATION_SUM - ag.dot(OUTPUT_WEIGHTS[0], HIDDEN), SECOND_BIAS],
        }
    )
    return net


def forward(net: nn.MLP) -> ag.Value:
    """Print the values of each layer and the cost; return the cost."""
    outputs = np.array(INPUTS)
    show("L₁", outputs)
    for layer, m, n in zip(net.layers, "₂₃", "₁₂", strict=True):
        outputs = layer(outputs)
        print()
        show(f"W{m},{n}", layer.weight)
        show(f"B{m}", layer.bias)
        show(f"W{m},{n} L{n} + B{m}", [a.operands[0] for a in outputs])
        show(f"L{m} = S(W{m},{n} L{n} + B{m})", outputs)
    C = nn.quadratic(outputs, EXPECTED).named("C")
    print(f"\nC = (a³₁ − E₁)² + (a³₂ − E₂)² = {C.data:.6f}, with E = (1, 1)")
    return C


def show(name: str, numbers: Any) -> None:
    """Print the name and the numbers of an array of numbers or Values."""
    plain = np.vectorize(lambda x: x.data if isinstance(x, ag.Value) else x, otypes=[float])(
        np.array(numbers, dtype=object)
    )
    print(f"{name} = {np.array2string(plain, precision=4, prefix=f'{name} = ')}")


def step(net: nn.MLP, C: ag.Value) -> None:
    """Print P, ∇C and P − r∇C, and set the parameters of the network to the latter."""
    net.zero_grad()
    C.backward()
    P, gradient = net.parameter_vector(), net.gradient_vector()
    names = {row.parameter: row.name for row in net.gradients().ranked}
    net.load_vector(P - LEARNING_RATE * gradient)
    print(f"\n{'':9}{'P':>10}{'∇C':>12}{'P − r∇C':>12}   r = {LEARNING_RATE}")
    for parameter, before, derivative in zip(net.parameters(), P, gradient, strict=True):
        print(f"{names[parameter]:9}{before:10.4f}{derivative:12.6f}{parameter.data:12.6f}")


def draw(folder: Path, net: nn.MLP, C: ag.Value, w: ag.Value) -> None:
    """Draw the figures of the essay, the gradients, and the graph of the derivative."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings = {
        "figure1": ag.draw_network(net, numbers="none"),
        "figure3": ag.draw_network(net, INPUTS),
        "figure4": ag.draw_network(net, INPUTS, wrt=w, cost=C),
        "gradients": ag.draw_network(net, INPUTS, cost=C, show="gradients"),
        "derivative": ag.draw(C, wrt=w),
    }
    for name, drawing in drawings.items():
        drawing.save(folder / f"{name}.svg")
    print(f"\n{folder} holds {', '.join(f'{name}.svg' for name in drawings)}.")


def main(arguments: list[str]) -> int:
    """Print the numbers, and draw the figures if a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write the figures to a folder, as SVG")
    options = parser.parse_args(arguments)
    net = network()
    print(f"{net}\n")
    C = forward(net)
    w = net.layers[1].weight[0, 0]
    print(f"\nThe weight that the essay calls W₁,₁:\n\n{ag.trace(C, w)}\n\n{ag.gradcheck(C)}")
    if options.pictures:
        draw(options.pictures, net, C, w)
    step(net, C)
    after = nn.quadratic(net(INPUTS), EXPECTED)
    print(f"\nThe step takes w³₁,₁ from 0.15 to {w.data:.4f}, and the cost from {C.data:.6f} to {after.data:.6f}.")
    print("(The essay prints 0.1271 for the weight, a slip: 0.15 + 0.05 · 0.142 is 0.1571.)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
