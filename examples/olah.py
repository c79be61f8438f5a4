"""Christopher Olah's "Calculus on Computational Graphs: Backpropagation" (2015), reproduced.

``python examples/olah.py`` prints the numbers, both sweeps, both paths and the factored form;
``python examples/olah.py e.svg`` also draws the expression in the style of the post.
"""

from __future__ import annotations

import sys

import autograd as ag
from autograd import Value


def expression() -> tuple[Value, ...]:
    """Return the nodes a, b, c, d, e of e = (a + b)(b + 1) at a = 2 and b = 1, with c = a + b and d = b + 1."""
    a, b = Value(2.0, "a"), Value(1.0, "b")
    c, d = (a + b).named("c"), (b + 1).named("d")
    return a, b, c, d, (c * d).named("e")


def chain() -> tuple[Value, Value, Value]:
    """Return X, Y, Z with three edges each from X to Y and Y to Z, whose partials α…ζ are 2, 3, 5, 7, 11, 13."""
    X = Value(1.0, "X")
    Y = ag.dot([X, X, X], [2.0, 3.0, 5.0]).named("Y")
    return X, Y, ag.dot([Y, Y, Y], [7.0, 11.0, 13.0]).named("Z")


def main(arguments: list[str]) -> int:
    """Print the numbers of the post, and draw the expression to each named file."""
    _, b, c, d, e = expression()
    print("Values and the partial derivatives on the edges")
    for node in (c, d, e):
        for x, partial in zip(node.operands, node.partials, strict=True):
            if not x.constant:
                print(f"  ∂{node.label}/∂{x.label} = {partial:g}")

    print("\nForward mode from b and reverse mode from e, side by side")
    print(ag.trace(e, b).modes())

    print("\nThe derivative along the two paths from b to e")
    print(ag.trace(e, b))
    for path in ag.paths(e, b):
        route = " → ".join(node.label for node in path.nodes)
        print(f"  {route}: {path.product:g}, a share of {path.share:.0%}")

    X, Y, Z = chain()
    routes = ag.paths(Z, X)
    products = [path.product for path in routes]
    print(f"\nX ⇉ Y ⇉ Z: {routes.count} paths, {' + '.join(f'{p:g}' for p in products)} = {sum(products):g}")
    dY, dZ = ag.gradient(Y, X).data, ag.gradient(Z, Y).data
    print(f"factored: (2 + 3 + 5)(7 + 11 + 13) = {dY:g} · {dZ:g} = {dY * dZ:g}")

    for file in arguments:
        ag.draw(e, wrt=b, theme="olah").save(file)
        print(f"\n{file} shows e with the paths from b.")
    assert (e.data, c.data, d.data, routes.total) == (6.0, 3.0, 2.0, 310.0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
