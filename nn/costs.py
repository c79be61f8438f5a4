"""Costs: how wrong the outputs for one example are, as one number.

Each is called with the outputs of a network for one example and the target, and gives a Value where one of them is a
Value, else a float.  Targets that are numbers enter the graph as Values named E[1], E[2], …, as the essay names them.
The cost of a batch is the mean over its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn._values import Floats, reals

Cost = Callable[[Any, Any], Any]
"""``cost(outputs, target)``: one number."""


def quadratic(outputs: Any, target: Any) -> Any:
    """The essay's cost, (a₁ − E₁)² + (a₂ − E₂)² + …, the sum of squares.

    >>> quadratic([0.5, 0.25], [1.0, 0.0])
    0.3125
    """
    squares = [(a - E) ** 2 for a, E in _pairs(outputs, target, "quadratic")]
    return squares[0] if len(squares) == 1 else ag.total(squares)


def mean_squared(outputs: Any, target: Any) -> Any:
    """The mean of squares: `quadratic` divided by the number of outputs, as ``torch.nn.MSELoss``.

    >>> mean_squared([0.5, 0.25], [1.0, 0.0])
    0.15625
    """
    squares = [(a - E) ** 2 for a, E in _pairs(outputs, target, "mean_squared")]
    return squares[0] if len(squares) == 1 else ag.total(squares) / len(squares)


def cross_entropy(outputs: Any, target: Any) -> Any:
    """−Σ Eᵢ log pᵢ with p the softmax of the outputs: log Σ exp(zᵢ) − Σ Eᵢ zᵢ, as ``torch.nn.CrossEntropyLoss``.

    Args:
        outputs: two or more logits z: the last layer is linear, the softmax is part of the cost.
        target: the index of the right class, counted from 0, or the probability of each class.

    >>> round(cross_entropy([2.0, 0.0], 0), 6), round(cross_entropy([2.0, 0.0], [0.0, 1.0]), 6)
    (0.126928, 2.126928)
    """
    logits = _logits(outputs, ("softmax", "sigmoid"), "cross_entropy")
    if len(logits) < 2:
        raise ValueError("cross_entropy takes two logits or more; for one there is binary_cross_entropy")
    if isinstance(target, ag.Value) or np.ndim(target) > 0:
        classes = _sequence(target, "cross_entropy")
        _require(classes, lambda p: p >= 0.0, "cross_entropy takes probabilities, and so nothing below 0")
        if not any(isinstance(p, ag.Value) for p in classes) and abs(sum(classes) - 1.0) > 1e-6:
            raise ValueError(f"cross_entropy takes probabilities, and so a sum of 1; got {sum(classes)!r}")
    else:
        classes = _one_hot(ag.Value(target).data, len(logits))
    z, E = zip(*_pairs(logits, classes, "cross_entropy"), strict=True)
    return ag.logsumexp(z) - ag.dot(E, z)


def binary_cross_entropy(outputs: Any, target: Any) -> Any:
    """−Σ (E log p + (1 − E) log(1 − p)), p the sigmoid of an output, as ``torch.nn.BCEWithLogitsLoss`` summed.

    Computed as Σ softplus(z) − E·z, which does not overflow.

    Args:
        outputs: logits z: the last layer is linear, the sigmoid is part of the cost.
        target: for each a probability, 0 to 1.

    >>> round(binary_cross_entropy([2.0], 1), 6), binary_cross_entropy([800.0], 0.0)
    (0.126928, 800.0)
    """
    logits = _logits(outputs, ("sigmoid",), "binary_cross_entropy")
    probabilities = _sequence(target, "binary_cross_entropy")
    _require(probabilities, lambda p: 0.0 <= p <= 1.0, "binary_cross_entropy takes targets from 0 to 1")
    losses = [ag.softplus(z) - E * z for z, E in _pairs(logits, probabilities, "binary_cross_entropy")]
    return losses[0] if len(losses) == 1 else ag.total(losses)


def hinge(outputs: Any, target: Any) -> Any:
    """Σ max(0, 1 − E·s), the cost of a support vector machine, as in micrograd's demo.

    Args:
        outputs: scores s.
        target: for each −1 or 1.

    >>> hinge([0.25], 1), hinge([2.0, 0.5], [1, -1])
    (0.75, 1.5)
    """
    sides = _sequence(target, "hinge")
    _require(sides, lambda E: abs(E) == 1.0, "hinge takes targets −1 and 1")
    losses = [ag.relu(1.0 - E * s) for s, E in _pairs(outputs, sides, "hinge")]
    return losses[0] if len(losses) == 1 else ag.total(losses)


COSTS: dict[str, Cost] = {
    cost.__name__: cost for cost in (quadratic, mean_squared, cross_entropy, binary_cross_entropy, hinge)
}
"""What can be asked for by name."""


def find(cost: str | Cost) -> Cost:
    """The cost of that name; a function is its own.

    Raises:
        LookupError: there is none of that name.
        TypeError: `cost` is neither a name nor a function.
    """
    if callable(cost):
        return cost
    if not isinstance(cost, str):
        raise TypeError(
            f"cost must be a name or a function of (outputs, target), got {type(cost).__name__} {cost!r:.40}"
        )
    if cost not in COSTS:
        raise LookupError(f"there is no cost {cost!r}; there are {', '.join(COSTS)}, or give a function")
    return COSTS[cost]


def accuracy(outputs: Any, targets: Any, cost: str | Cost = quadratic) -> float:
    """The share of examples whose class was recognised.

    With several outputs the class is the place of the greatest.  With one output it is the side of a threshold: of 0
    where targets are −1 and 1 or the cost takes logits or scores, of ½ where targets are 0 and 1 otherwise.

    Args:
        outputs: numbers of shape (examples, outputs), or (examples,) for one output.
        targets: the index of each class, (examples,), or its numbers in the shape of `outputs`.
        cost: what the network was trained with.

    Raises:
        ValueError: shapes do not fit, there are no examples, a target is no class index of the outputs, the targets of
            one output are not two classes, or something is NaN.
        TypeError: outputs or targets are no numbers.

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
            "outputs and targets must not be NaN, of which none is the greatest; ag.anomaly() says where it comes from"
        )
    if E.ndim == 0 or a.ndim not in (1, 2) or a.size == 0 or len(E) != len(a):
        raise ValueError(f"accuracy takes a row of outputs and a target for each example; got {a.shape} and {E.shape}")
    if a.ndim == 2 and a.shape[1] > 1:
        if E.shape not in (a.shape, a.shape[:1]):
            raise ValueError(f"targets are class indices {a.shape[:1]} or of the shape {a.shape}; got {E.shape}")
        if E.ndim == 1 and not np.isin(E, range(a.shape[1])).all():
            raise ValueError(
                f"targets must be class indices from 0 to {a.shape[1] - 1}, got {_first_unfit(E, a.shape[1])}"
            )
        return float(np.mean(a.argmax(axis=1) == (E if E.ndim == 1 else E.argmax(axis=1))))
    a, E = a.reshape(-1), E.reshape(-1)
    if a.shape != E.shape:
        raise ValueError(f"there are {E.size} targets for {a.size} outputs")
    signed = bool((E == -1.0).any())
    if not np.isin(E, (-1.0, 1.0) if signed else (0.0, 1.0)).all():
        raise ValueError("the targets of one output are 0 and 1, or −1 and 1, where an accuracy is asked for")
    threshold = 0.0 if signed or find(cost) in (binary_cross_entropy, hinge) else 0.5
    return float(np.mean((a > threshold) == (E == 1.0)))


def _first_unfit(indices: Floats, classes: int) -> float:
    return float(indices[~np.isin(indices, range(classes))][0])


def _pairs(outputs: Any, target: Any, cost: str) -> list[tuple[Any, Any]]:
    """Each output with its target; numbers among the targets as named Values if anything is a Value."""
    a, E = _sequence(outputs, cost), _sequence(target, cost)
    if len(a) != len(E) or not a:
        advice = "; nn.one_hot(y, classes) turns the indices of classes into such targets" if len(E) == 1 else ""
        raise ValueError(f"{cost} takes one target for each output, got {len(E)} for {len(a)} outputs{advice}")
    if any(isinstance(x, ag.Value) for x in (*a, *E)):
        E = [e if isinstance(e, ag.Value) else ag.Value(e, f"E[{i}]") for i, e in enumerate(E, 1)]
    return list(zip(a, E, strict=True))


def _sequence(x: Any, cost: str) -> list[Any]:
    if isinstance(x, ag.Value):
        return [x]
    items = x if isinstance(x, (list, tuple)) else np.asarray(x).tolist()
    if not isinstance(items, (list, tuple)):
        items = [items]
    if any(isinstance(item, (list, tuple, np.ndarray)) for item in items):
        raise ValueError(f"{cost} takes the outputs and the target of one example, got an array of shape {np.shape(x)}")
    return [item if isinstance(item, ag.Value) else ag.Value(item).data for item in items]


def _logits(outputs: Any, squashed: Sequence[str], cost: str) -> list[Any]:
    logits = _sequence(outputs, cost)
    for z in logits:
        if isinstance(z, ag.Value) and z.op is not None and z.op.name in squashed:
            raise ValueError(
                f"{cost} takes logits and squashes them itself, but these come from a {z.op.name}; let the last layer "
                'be linear, activation=[…, "linear"]'
            )
    return logits


def _one_hot(index: float, classes: int) -> list[float]:
    if not (index.is_integer() and 0 <= index < classes):
        raise ValueError(
            f"cross_entropy takes the index of a class, 0 to {classes - 1} for {classes} outputs; got {index:g}"
        )
    return [float(i == index) for i in range(classes)]


def _require(targets: list[Any], fits: Callable[[float], bool], what: str) -> None:
    """Refuse targets that are numbers and do not fit; Values are the user's affair."""
    for E in targets:
        if not isinstance(E, ag.Value) and not fits(E):
            raise ValueError(f"{what}; got {E!r}")
