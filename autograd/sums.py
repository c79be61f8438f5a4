"""Sums that are rounded once."""

from __future__ import annotations

from autograd import floats
from autograd.native import COMPILED, vec


def sum_of_products(numbers: vec[float]) -> float:
    """`floats.dot` of the numbers w₁, …, x₁, …, b: the products rounded, their sum rounded once."""
    n = len(numbers) // 2
    if COMPILED:
        high, low, lost = numbers[2 * n] if len(numbers) > 2 * n else 0.0, 0.0, 0.0
        for i in range(n):
            term = numbers[i] * numbers[n + i]
            result = high + term
            back = result - high
            error = (high - (result - back)) + (term - back)
            high = result
            result = low + error
            back = result - low
            lost += abs((low - (result - back)) + (error - back))
            low = result
        result = high + low
        # Whatever was lost, and ties apart: if both ends round to one number, so does the true sum.
        margin = 2.0 * lost + 3e-16 * abs(low) if lost != 0.0 else 0.0
        if result != 0.0 and high + (low - margin) == high + (low + margin):
            return result
    return floats.dot(*numbers)
