"""Products with a Jacobian that the caller gives, jvp and vjp, as derivatives to check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import partial
from random import Random
from typing import Any

import numpy as np

from autograd.checking.finite_differences import derivative
from autograd.checking.function import DIRECTION_COUNT, FunctionAtPoint, Output
from autograd.checking.given_derivatives import Derivatives, JacobianRows, entries, flattened, numbers
from autograd.checking.jacobian import MAX_ENTRIES_FULL, MAX_INPUTS_FULL, sizes_beside_others
from autograd.checking.verdict import LINEARITY, Difference, Finding
from autograd.pytrees import Arguments

Vectors = np.ndarray[Any, Any]

# The largest distance of J·v from the sum of its columns, relative to the sum of their sizes.
MAX_NONLINEARITY = 1e-9
# Multiples of a vector. The product with −2 times a vector has the same roundings, and with the others it has new ones.
MULTIPLES = np.array([-2.0, 3.0, 5.0, 7.0])
# The largest distance that is rounding, in units of the largest change of roundings that is seen.
MAX_ROUNDING_CHANGES = 100.0


def is_nonlinear(
    product: Vectors, expected: Vectors, tolerance: Vectors, multiples: Callable[[], Vectors]
) -> np.ndarray[Any, Any]:
    """Return True for each number of a product with a vector that cannot be the rounded number of a linear product.

    Where large numbers cancel within the product, its rounding may be larger than any tolerance.

    Args:
        product: the product with the vector.
        expected: the same as a combination of other products.
        tolerance: the largest distance of the two from rounding, where nothing cancels.
        multiples: returns the products with `MULTIPLES` of the vector, one in each row; called if it is needed.
    """
    distance = abs(product - expected)
    is_far: np.ndarray[Any, Any] = ~(distance <= tolerance)
    if not is_far.any():
        return is_far
    doubled, *others = multiples()
    # The largest of all numbers, because the roundings of a single one may be 0 by chance.
    rounding = max(abs(x / k - product).max() for x, k in zip(others, MULTIPLES[1:], strict=True))
    is_scaled = np.abs(doubled + 2.0 * product) <= tolerance
    is_far &= ~(is_scaled & (distance <= MAX_ROUNDING_CHANGES * rounding))
    return is_far


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

    def is_fast(self, mode: str | None) -> bool:
        """Return True if random combinations of the unit vectors are to be used, as by default for very many of them.

        Args:
            mode: the mode of the check.
        """
        count = self._size(self._args)
        width = len(self.function.point)
        entry_count = width * (len(self._result().scalars) if self.name == "jvp" else count)
        is_large = width > MAX_INPUTS_FULL or entry_count > MAX_ENTRIES_FULL
        return count > DIRECTION_COUNT and (mode == "fast" or (mode is None and is_large))

    def derivatives(self, vectors: Vectors | None = None) -> Derivatives:
        """Return the products with some vectors as rows of a matrix, for jvp as columns.

        Args:
            vectors: the vectors, one in each row; all unit vectors by default, for the Jacobian itself.
        """

        def jacobian(args: Sequence[Any]) -> JacobianRows:
            rows = np.eye(self._size(args)) if vectors is None else vectors
            products = np.array([self._product(args, vector) for vector in rows])
            return JacobianRows(products.T if self.name == "jvp" else products)

        return Derivatives(jacobian)

    def nonlinearity(self, vectors: Vectors | None = None) -> Iterator[Finding]:
        """Yield a finding for each number of a product with a random combination that is not the combined products.

        Args:
            vectors: the vectors to combine, one in each row; all unit vectors by default.
        """
        args = self._args
        rows = self.derivatives(vectors).at(args).rows
        rows = rows.T if self.name == "jvp" else rows
        # A fixed seed: a check gives the same result every time.
        random = Random(2)
        weights = np.array([random.uniform(-2.0, 2.0) for _ in rows])
        vector = weights if vectors is None else weights @ vectors
        expected, sizes = weights @ rows, np.abs(weights) @ np.abs(rows)
        product = np.array(self._product(args, vector))
        nonlinear = is_nonlinear(
            product,
            expected,
            MAX_NONLINEARITY * sizes,
            lambda: np.array([self._product(args, k * vector) for k in MULTIPLES]),
        )
        for i in np.flatnonzero(nonlinear):
            yield Finding(
                float(product[i]),
                Difference(float(expected[i]), 0.0),
                "fail",
                "the product is not linear in the vector",
                label=f"entry {i} of {self.name} with a random vector",
                source=self.name,
                against=LINEARITY,
            )

    def vectors(self) -> Vectors:
        """Return random vectors in which each input or output has about the weight of its size."""
        count = self._size(self._args)
        if self.name == "jvp":
            sizes = sizes_beside_others(self.function.numbers)
        else:
            [outputs] = self._result().args
            sizes = 1.0 / sizes_beside_others(np.array(numbers(outputs, self.function.title)))
        # The stream of `RandomState` is frozen, so a check gives the same result with every version of NumPy.
        weights = np.random.RandomState(0).uniform(-0.5, 0.5, (DIRECTION_COUNT, count))
        result: Vectors = (weights + np.copysign(0.5, weights)) * sizes
        return result

    def combined_outputs(self, vectors: Vectors) -> FunctionAtPoint:
        """Return the function of the same arguments whose outputs are combinations of the outputs."""
        function, combined = self.function, copy(self.function)
        combined.f = lambda *args: (vectors @ np.array(numbers(function.f(*args), function.title))).tolist()
        combined.title = f"(u·{function.title})"
        return combined

    def along(self, vectors: Vectors) -> FunctionAtPoint:
        """Return the function of the distances from the point along some directions."""
        function = self.function

        def moved(t: Sequence[float]) -> Any:
            point = function.numbers + t @ vectors
            return function.f(*function.arguments_with(range(len(point)), point.tolist()))

        moved.__name__ = function.title
        return FunctionAtPoint(moved, [0.0] * len(vectors))

    def wrong_entries(self, i: int, vector: Vectors, rtol: float) -> Iterator[Finding]:
        """Yield some of the entries of row `i` that make jvp wrong along a direction, found by bisection.

        Args:
            i: the index of the output.
            vector: the direction.
            rtol: the relative tolerance.
        """
        label = self._result().labels([self.function.title])[i]
        count, stack = 0, [range(len(vector))]
        while stack and count < DIRECTION_COUNT:
            keys = stack.pop()
            middle = len(keys) // 2
            for half in (x for x in (keys[middle:], keys[:middle]) if x):
                part = np.zeros(len(vector))
                part[half.start : half.stop] = vector[half.start : half.stop]
                if len(half) == 1:
                    part /= vector[half.start]
                along = self.along(part[None])
                claimed = self._product(self._args, part)[i]
                value = partial(self._output, along, i)
                scale = 1.0 if len(half) > 1 else abs(float(vector[half.start]))
                difference = derivative(value, 0.0, scale=scale, expected=claimed)
                if difference.verdict(claimed, rtol) != "fail":
                    continue
                if len(half) > 1:
                    stack.append(half)
                    continue
                count += 1
                name = Output(label, is_code=True).derivative(self.function.labels[half.start])
                yield Finding(claimed, difference, "fail", label=name, source=self.name)

    @staticmethod
    def _output(along: FunctionAtPoint, i: int, t: float) -> float:
        return numbers(along.f([t]), along.title)[i]

    @property
    def _args(self) -> list[Any]:
        return self.function.arguments_with([], [])

    def _result(self) -> Arguments:
        return flattened(self.function.f(*self._args), self.function.title)

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
