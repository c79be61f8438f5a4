"""Products with a Jacobian that the caller gives, jvp and vjp, as derivatives to check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import numpy as np

from autograd.checking.function import FunctionAtPoint
from autograd.checking.given_derivatives import Derivatives, JacobianRows, entries, flattened, numbers
from autograd.checking.verdict import Difference, Finding

# The largest distance of J·v from the sum of its columns, relative to the sum of their sizes.
MAX_NONLINEARITY = 1e-9


class Product:
    """A function that the caller gives for J·v or uᵀ·J.

    Args:
        name: "jvp" or "vjp".
        product: the function of a point and of a tangent v or a cotangent u.
        function: the function that is differentiated.
    """

    def __init__(self, name: str, product: Callable[[Any, Any], Any], function: FunctionAtPoint) -> None:
        if not callable(product):
            got = type(product).__name__
            raise TypeError(
                f"{name} must be a function of the point and of a vector, got {got}; pass arrays as gradient="
            )
        self.name, self.product, self.function = name, product, function

    def derivatives(self) -> Derivatives:
        """Return the Jacobian, from the product with each unit vector."""

        def jacobian(args: Sequence[Any]) -> JacobianRows:
            vectors = np.eye(self._size(args))
            products = np.array([self._product(args, vector) for vector in vectors], dtype=float)
            return JacobianRows(products.T if self.name == "jvp" else products)

        return Derivatives(jacobian)

    def nonlinearity(self) -> Iterator[Finding]:
        """Yield a finding for each number of a product with a random vector that is not the sum of those by units."""
        args = self.function.arguments_with([], [])
        rows = self.derivatives().at(args).rows
        rows = rows.T if self.name == "jvp" else rows
        # A fixed seed: a check gives the same result every time.
        random = Random(2)
        vector = np.array([random.uniform(-2.0, 2.0) for _ in rows])
        expected, sizes = vector @ rows, np.abs(vector) @ np.abs(rows)
        for i, (x, y) in enumerate(zip(self._product(args, vector), expected, strict=True)):
            if not abs(x - y) <= MAX_NONLINEARITY * sizes[i]:
                label = f"entry {i} of {self.name} with a random vector"
                reason = "the product is not linear in the vector"
                yield Finding(
                    x, Difference(float(y), 0.0), "fail", reason, label=label, source=self.name, against="sum by units"
                )

    def _size(self, args: Sequence[Any]) -> int:
        if self.name == "jvp":
            return len(self.function.point)
        return len(flattened(self.function.f(*args), self.function.title).scalars)

    def _product(self, args: Sequence[Any], vector: np.ndarray[Any, Any]) -> list[float]:
        """Return the numbers of the product with one vector.

        Raises:
            ValueError: they are not as many as the outputs or the inputs.
        """
        function = self.function
        point = args[0] if len(args) == 1 else tuple(args)
        if self.name == "jvp":
            found = numbers(self.product(point, function.inputs.shaped(vector)), "jvp")
            count, noun = len(numbers(function.f(*args), function.title)), "outputs"
        else:
            result = flattened(function.f(*args), function.title)
            found = entries("vjp", self.product(point, result.shaped(vector)), function.inputs)
            count, noun = len(function.point), "inputs"
        if len(found) != count:
            raise ValueError(f"{self.name} must return one number for each of the {count} {noun}, got {len(found)}")
        return found
