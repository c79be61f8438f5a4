"""Sums of products, rounded once."""

from __future__ import annotations

from autograd import floats
from autograd.native import COMPILED, vec


def sum_of_products(weights: vec[float], inputs: vec[float], bias: float) -> float:
    """`floats.dot` of w₁, …, x₁, …, b: the products rounded, their sum rounded once."""
    if COMPILED:
        high, low, size = bias, 0.0, 0.0
        for i in range(len(weights)):
            term = weights[i] * inputs[i]
            result = high + term
            back = result - high
            error = (high - (result - back)) + (term - back)
            high = result
            low += error
            size += abs(error)
        result = high + low
        # low is off by n·2⁻⁵³·size at most: if the sum is one number with twice that more or less, it is the true one.
        # Ties are left to the slow way: to sum the errors without error would take 0.8 ns more a term, of 4.
        margin = float(len(weights) + 2) * 2.3e-16 * size
        if result != 0.0 and high + (low - margin) == high + (low + margin):
            return result
    products = [weights[i] * inputs[i] for i in range(len(weights))]
    return floats.total(*products, bias)
