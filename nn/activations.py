"""Activations: the operations that a layer may end in, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd as ag

Activation = str | ag.Op | None
"""An operation of one operand or its name; "softmax" for a whole layer; None or "linear" for none."""
SOFTMAX = ag.TABLE["softmax"]


def find(activation: Activation, width: int) -> ag.Op | None:
    """The operation that is meant, for a layer of `width` neurons; None for linear.

    >>> find("tanh", 3), find("linear", 3)
    (<operation tanh>, None)

    Raises:
        LookupError: there is none of that name.
        ValueError: it takes several operands, or is the softmax of one neuron.
        TypeError: `activation` is neither a name nor an operation.
    """
    if activation is None or activation == "linear":
        return None
    if isinstance(activation, str) and activation not in ag.TABLE:
        raise LookupError(
            f'there is no activation {activation!r}; any operation of one operand is one, and so are "softmax" and '
            '"linear". One of your own is declared with ag.operation()'
        )
    op = ag.TABLE[activation] if isinstance(activation, str) else activation
    if not isinstance(op, ag.Op):
        raise TypeError(
            f"an activation is an operation or its name, got {activation!r:.60}; declare one with ag.operation()"
        )
    if op is SOFTMAX and width == 1:
        raise ValueError("the softmax of one neuron is always 1; take sigmoid, or a neuron for each class")
    if op is not SOFTMAX and (op.arity is None or op.arity - len(op.defaults) > 1):
        raise ValueError(f"an activation is an operation of one operand; {op.name} takes several")
    return op


def name(activation: ag.Op | None) -> str:
    """The name of an activation, as `find` takes it."""
    return "linear" if activation is None else activation.name


def for_layers(activation: Activation | Sequence[Activation], count: int) -> list[Activation]:
    """One activation for each of `count` layers, given one for all or a list.

    >>> for_layers("relu", 2), for_layers(["relu", None], 2)
    (['relu', 'relu'], ['relu', None])
    """
    if isinstance(activation, str) or not isinstance(activation, Sequence):
        return [activation] * count
    if len(activation) != count:
        raise ValueError(f"there are {len(activation)} activations for {count} layers")
    return list(activation)


def respond(
    weights: Sequence[Sequence[Any]],
    inputs: Sequence[Any],
    biases: Sequence[Any],
    activation: ag.Op | None,
    places: Sequence[str],
) -> list[ag.Value]:
    """What neurons answer to `inputs`: two nodes each, AS = w₁x₁ + w₂x₂ + … + b and a = S(AS); one where linear.

    Args:
        weights: a row for each neuron.
        inputs: Values, as many as there are weights in a row.
        biases: one for each neuron.
        activation: as `find` gives it.
        places: what the labels AS and a end in, for each neuron.
    """
    inputs = tuple(inputs)  # not copied for each neuron
    sums = [ag.dot(row, inputs, bias) for row, bias in zip(weights, biases, strict=True)]
    if activation is None:
        return [z.named("a" + place) for z, place in zip(sums, places, strict=True)]
    for z, place in zip(sums, places, strict=True):
        z.named("AS" + place)
    outputs = ag.softmax(sums) if activation is SOFTMAX else [activation(z) for z in sums]
    return [a.named("a" + place) for a, place in zip(outputs, places, strict=True)]
