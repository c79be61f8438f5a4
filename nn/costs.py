"""Costs of one example: quadratic, mean_squared, cross_entropy, binary_cross_entropy and hinge.

A cost is a function of the outputs of a network for one example and of the target.  It returns a Value if one of them
is a Value, else a float.  Numeric targets enter the graph as Values named E[1], E[2], …, as in the essay.  The cost of
a batch is the mean over its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn._values import Floats, reals

# ``cost(outputs, target)`` returns one number.
Cost = Callable[[Any, Any], Any]
# Allows for the rounding of probabilities that were stored as float32.
_SUM_TOLERANCE = 1e-6


def quadratic(outputs: Any, target: Any) -> Any:
    """Return the sum of squares (a₁ − E₁)² + (a₂ − E₂)² + …, the cost of the essay.

    >>> quadratic([0.5, 0.25], [1.0, 0.0])
    0.3125
    """
    squares = [(a - E) ** 2 for a, E in _pairs(outputs, target, "quadratic")]
    # The total of one term would add a node to every trace and picture.
    return squares[0] if len(squares) == 1 else ag.total(squares)


def mean_squared(outputs: Any, target: Any) -> Any:
    """Return the mean of squares: `quadratic` divided by the number of outputs, like ``torch.nn.MSELoss``.

    >>> mean_squared([0.5, 0.25], [1.0, 0.0])
    0.15625
    """
    squares = [(a - E) ** 2 for a, E in _pairs(outputs, target, "mean_squared")]
    return squares[0] if len(squares) == 1 else ag.total(squares) / len(squares)


def cross_entropy(outputs: Any, target: Any) -> Any:
    """Return −Σ Eᵢ log pᵢ, where p is the softmax of the outputs, like ``torch.nn.CrossEntropyLoss``.

    Computed as log Σ exp(zᵢ) − Σ Eᵢ zᵢ, which does not overflow.

    Args:
        outputs: Two or more logits z.  The last layer is linear, as the softmax is part of the cost.
        target: The index of the right class, counted from 0, or the probability of each class.

    Raises:
        ValueError: There are fewer than two outputs, they come from a softmax or sigmoid, or the target does not fit.

    >>> round(cross_entropy([2.0, 0.0], 0), 6), round(cross_entropy([2.0, 0.0], [0.0, 1.0]), 6)
    (0.126928, 2.126928)
    """
    logits = _logits(outputs, ("softmax", "sigmoid"), "cross_entropy")
    if len(logits) < 2:
        raise ValueError(
            f"outputs of cross_entropy must be 2 logits or more, got {len(logits)}; use binary_cross_entropy for one"
        )
    if isinstance(target, ag.Value) or np.ndim(target) > 0:
        classes = _sequence(target, "cross_entropy")
        _require(classes, lambda p: p >= 0.0, "target of cross_entropy must be probabilities from 0 on")
        if not any(isinstance(p, ag.Value) for p in classes) and abs(sum(classes) - 1.0) > _SUM_TOLERANCE:
            raise ValueError(f"target of cross_entropy must be probabilities with a sum of 1, got {sum(classes)!r}")
    else:
        classes = _one_hot(ag.Value(target).data, len(logits))
    z, E = zip(*_pairs(logits, classes, "cross_entropy"), strict=True)
    return ag.logsumexp(z) - ag.dot(E, z)


def binary_cross_entropy(outputs: Any, target: Any) -> Any:
    """Return −Σ (E log p + (1 − E) log(1 − p)), where p is the sigmoid of an output.

    It is ``torch.nn.BCEWithLogitsLoss`` with ``reduction="sum"``.
    Computed as Σ softplus(z) − E·z, which does not overflow.

    Args:
        outputs: Logits z.  The last layer is linear, as the sigmoid is part of the cost.
        target: The probability of each output, 0 to 1.

    Raises:
        ValueError: The outputs come from a sigmoid, or the target does not fit.

    >>> round(binary_cross_entropy([2.0], 1), 6), binary_cross_entropy([800.0], 0.0)
    (0.126928, 800.0)
    """
    logits = _logits(outputs, ("sigmoid",), "binary_cross_entropy")
    probabilities = _sequence(target, "binary_cross_entropy")
    _require(probabilities, lambda p: 0.0 <= p <= 1.0, "target of binary_cross_entropy must be 0 to 1")
    losses = [ag.softplus(z) - E * z for z, E in _pairs(logits, probabilities, "binary_cross_entropy")]
    return losses[0] if len(losses) == 1 else ag.total(losses)


def hinge(outputs: Any, target: Any) -> Any:
    """Return Σ max(0, 1 − E·s), the cost of a support vector machine, as in micrograd's demo.

    Args:
        outputs: Scores s.
        target: −1 or 1 for each output.

    Raises:
        ValueError: The target does not fit.

    >>> hinge([0.25], 1), hinge([2.0, 0.5], [1, -1])
    (0.75, 1.5)
    """
    sides = _sequence(target, "hinge")
    _require(sides, lambda E: abs(E) == 1.0, "target of hinge must be −1 or 1")
    losses = [ag.relu(1.0 - E * s) for s, E in _pairs(outputs, sides, "hinge")]
    return losses[0] if len(losses) == 1 else ag.total(losses)


# The costs that have a name.
COSTS: dict[str, Cost] = {
    cost.__name__: cost for cost in (quadratic, mean_squared, cross_entropy, binary_cross_entropy, hinge)
}


def find(cost: str | Cost) -> Cost:
    """Return the cost named `cost`; a function is returned as it is.

    Raises:
        LookupError: No cost has that name.
        TypeError: `cost` is neither a name nor a function.
    """
    if callable(cost):
        return cost
    if not isinstance(cost, str):
        raise TypeError(
            f"cost must be a name or a function of (outputs, target), got {type(cost).__name__} {cost!r:.40}"
        )
    if cost not in COSTS:
        raise LookupError(f"cost must be one of {', '.join(COSTS)}, or a function, got {cost!r:.60}")
    return COSTS[cost]


def accuracy(outputs: Any, targets: Any, cost: str | Cost = quadratic) -> float:
    """Return the fraction of examples that are classified correctly.

    With several outputs, the class is the index of the greatest.  With one output, it is the side of a threshold: 0 if
    the targets are −1 and 1 or if the cost takes logits or scores, otherwise ½.

    Args:
        outputs: Numbers of shape (examples, outputs), or (examples,) for one output.
        targets: The class index of each example, of shape (examples,), or numbers of the shape of `outputs`.
        cost: The cost that the network was trained with.

    Raises:
        ValueError: The shapes do not fit, there are no examples, a target is not a class index of the outputs, the
            targets of one output are not two classes, or a number is NaN.
        TypeError: Outputs or targets are not numbers.

    >>> accuracy([[0.9, 0.2], [0.4, 0.6]], [0, 0])
    0.5
    >>> accuracy([0.3, -2.0], [1, -1]), accuracy([0.3, -2.0], [1, 0])
    (1.0, 0.5)
    >>> accuracy([0.3, -2.0], [1, 0], "binary_cross_entropy")
    1.0
    """
    a, E = reals(outputs, "outputs"), reals(targets, "targets")
    if np.isnan(a).any() or np.isnan(E).any():
        raise ValueError(
            "outputs and targets must not be NaN, as NaN has no order; ag.anomaly() finds the node that it comes from"
        )
    if E.ndim == 0 or a.ndim not in (1, 2) or a.size == 0 or len(E) != len(a):
        raise ValueError(
            "outputs and targets must have one row for each example, and at least one, "
            f"got shapes {a.shape} and {E.shape}"
        )
    if a.ndim == 2 and a.shape[1] > 1:
        if E.shape not in (a.shape, a.shape[:1]):
            raise ValueError(
                f"targets must be class indices of shape {a.shape[:1]} or numbers of shape {a.shape}, got {E.shape}"
            )
        if E.ndim == 1 and not np.isin(E, range(a.shape[1])).all():
            raise ValueError(
                f"targets must be class indices from 0 to {a.shape[1] - 1}, got {_first_invalid(E, a.shape[1])}"
            )
        return float(np.mean(a.argmax(axis=1) == (E if E.ndim == 1 else E.argmax(axis=1))))
    a, E = a.reshape(-1), E.reshape(-1)
    if a.shape != E.shape:
        raise ValueError(f"targets must have one number for each of the {a.size} outputs, got {E.size}")
    signed = bool((E == -1.0).any())
    if not np.isin(E, (-1.0, 1.0) if signed else (0.0, 1.0)).all():
        raise ValueError("targets of one output must be 0 and 1, or −1 and 1, to have an accuracy, got other numbers")
    # Logits and scores are 0 at the boundary between the classes; a sigmoid is ½ there.
    threshold = 0.0 if signed or find(cost) in (binary_cross_entropy, hinge) else 0.5
    return float(np.mean((a > threshold) == (E == 1.0)))


def _first_invalid(indices: Floats, classes: int) -> float:
    """Return the first of `indices` that is not the index of a class."""
    return float(indices[~np.isin(indices, range(classes))][0])


def _pairs(outputs: Any, target: Any, cost: str) -> list[tuple[Any, Any]]:
    """Pair each output with its target; numeric targets become named Values if anything is a Value."""
    a, E = _sequence(outputs, cost), _sequence(target, cost)
    if len(a) != len(E) or not a:
        advice = "; nn.one_hot(y, classes) makes such targets of class indices" if len(E) == 1 else ""
        raise ValueError(
            f"target of {cost} must have one number for each output, got {len(E)} for {len(a)} outputs{advice}"
        )
    if any(isinstance(x, ag.Value) for x in (*a, *E)):
        E = [e if isinstance(e, ag.Value) else ag.Value(e, f"E[{i}]") for i, e in enumerate(E, 1)]
    return list(zip(a, E, strict=True))


def _sequence(x: Any, cost: str) -> list[Any]:
    """Return the outputs or the target of one example as a list of Values and floats."""
    if isinstance(x, ag.Value):
        return [x]
    items = x if isinstance(x, (list, tuple)) else np.asarray(x).tolist()
    if not isinstance(items, (list, tuple)):
        items = [items]
    if any(isinstance(item, (list, tuple, np.ndarray)) for item in items):
        raise ValueError(
            f"outputs and target of {cost} must be those of one example, got an array of shape {np.shape(x)}"
        )
    return [item if isinstance(item, ag.Value) else ag.Value(item).data for item in items]


def _logits(outputs: Any, squashed: Sequence[str], cost: str) -> list[Any]:
    """Return the outputs, after checking that none comes from an operation in `squashed`."""
    logits = _sequence(outputs, cost)
    for z in logits:
        if isinstance(z, ag.Value) and z.op is not None and z.op.name in squashed:
            raise ValueError(
                f"outputs of {cost} must be logits, got the result of a {z.op.name}, which {cost} includes; make the "
                'last layer linear, activation=[…, "linear"]'
            )
    return logits


def _one_hot(index: float, classes: int) -> list[float]:
    """Return the probabilities 1 for class `index` and 0 for the others."""
    if not (index.is_integer() and 0 <= index < classes):
        raise ValueError(f"target of cross_entropy must be a class index from 0 to {classes - 1}, got {index:g}")
    return [float(i == index) for i in range(classes)]


def _require(targets: list[Any], is_valid: Callable[[float], bool], requirement: str) -> None:
    """Raise ValueError unless every numeric target is valid; Values are not checked."""
    for E in targets:
        if not isinstance(E, ag.Value) and not is_valid(E):
            raise ValueError(f"{requirement}, got {E!r}")
