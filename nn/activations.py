"""Activation functions of a layer: lookup by name, and the forward pass of neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd as ag

# An operation of one operand or its name; "softmax" for a whole layer; None or "linear" for no activation.
Activation = str | ag.Op | None
SOFTMAX = ag.TABLE["softmax"]


def find(activation: Activation, width: int) -> ag.Op | None:
    """Return the operation for an activation of a layer of `width` neurons; None for linear.

    >>> find("tanh", 3), find("linear", 3)
    (<operation tanh>, None)

    Raises:
        LookupError: No operation has that name.
        ValueError: The operation takes several operands, or is the softmax of one neuron.
        TypeError: `activation` is neither a name nor an operation.
    """
    if activation is None or activation == "linear":
        return None
    if isinstance(activation, str) and activation not in ag.TABLE:
        raise LookupError(
            f'activation must be an operation of one operand or its name, "softmax" or "linear", got {activation!r:.60}'
            "; declare an operation of your own with ag.operation()"
        )
    op = ag.TABLE[activation] if isinstance(activation, str) else activation
    if not isinstance(op, ag.Op):
        raise TypeError(
            f"activation must be an operation or its name, got {activation!r:.60}; declare one with ag.operation()"
        )
    if op is SOFTMAX and width == 1:
        raise ValueError(
            "softmax must have 2 neurons or more, got 1, whose output is always 1; use sigmoid, or one neuron per class"
        )
    if op is not SOFTMAX and (op.arity is None or op.arity - len(op.defaults) > 1):
        raise ValueError(f"activation must take one operand, got {op.name}, which takes several")
    return op


def name(activation: ag.Op | None) -> str:
    """Return the name of an activation, as `find` accepts it."""
    return "linear" if activation is None else activation.name


def for_layers(activation: Activation | Sequence[Activation], count: int) -> list[Activation]:
    """Return the activation of each of `count` layers, from one for all or a list of one per layer.

    >>> for_layers("relu", 2), for_layers(["relu", None], 2)
    (['relu', 'relu'], ['relu', None])
    """
    if isinstance(activation, str) or not isinstance(activation, Sequence):
        return [activation] * count
    if len(activation) != count:
        raise ValueError(
            f"activation must be one for all layers or a list of {count}, one per layer, got {len(activation)}"
        )
    return list(activation)


def respond(
    weights: Sequence[Sequence[Any]],
    inputs: Sequence[Any],
    biases: Sequence[Any],
    activation: ag.Op | None,
    suffixes: Sequence[str],
) -> list[ag.Value]:
    """Return the activations of neurons, each two nodes: AS = w₁x₁ + w₂x₂ + … + b and a = S(AS).

    A linear neuron is one node, a = AS.

    Args:
        weights: One row per neuron.
        inputs: Values, as many as a row has weights.
        biases: One per neuron.
        activation: An operation as `find` returns it.
        suffixes: The end of the labels AS and a, for each neuron.
    """
    inputs = tuple(inputs)  # `dot` copies any other sequence, once per neuron
    sums = [ag.dot(row, inputs, bias) for row, bias in zip(weights, biases, strict=True)]
    if activation is None:
        return [z.named("a" + suffix) for z, suffix in zip(sums, suffixes, strict=True)]
    for z, suffix in zip(sums, suffixes, strict=True):
        z.named("AS" + suffix)
    outputs = ag.softmax(sums) if activation is SOFTMAX else [activation(z) for z in sums]
    return [a.named("a" + suffix) for a, suffix in zip(outputs, suffixes, strict=True)]
