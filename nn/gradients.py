"""Ranked gradients of a network: the parameters that the cost depends on most, and the size in each layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import autograd as ag
from autograd.symbolic.typesetting import name as typeset
from autograd.symbolic.typesetting import number
from nn.history import html_table


@dataclass(frozen=True)
class Derivative:
    """∂C/∂w of one parameter w, with the name that tables show."""

    name: str
    parameter: ag.Value
    derivative: float


@dataclass(frozen=True)
class LayerGradient:
    """The derivatives of one array of parameters.

    Attributes:
        name: The name of the array, as in ``named_parameters``.
        count: The number of parameters.
        norm: The root of the sum of the squared derivatives.
        root_mean_square: The same of their mean, which compares layers of different sizes.
        largest: The largest absolute value.
        zeros: The number of derivatives that are exactly 0.
    """

    name: str
    count: int
    norm: float
    root_mean_square: float
    largest: float
    zeros: int


class Gradients:
    """The derivatives that `backward` has left in a network; `str` gives the ranking and the layers.

    Attributes:
        ranked: All derivatives, the largest absolute value first.
        layers: One `LayerGradient` for each array of parameters, from the input on.
        top: The number of derivatives that the table shows.
    """

    def __init__(self, named: dict[str, list[ag.Value]], top: int) -> None:
        self.top = top
        self.layers = [_summary(name, [p.grad for p in parameters]) for name, parameters in named.items()]
        rows = [
            Derivative(typeset(p.label) if p.label else f"{name}[{i}]", p, p.grad)
            for name, parameters in named.items()
            for i, p in enumerate(parameters)
        ]
        # NaN is the first thing to see; sorting by it would leave the rest in no order.
        self.ranked = sorted(rows, key=lambda row: -np.inf if np.isnan(row.derivative) else -abs(row.derivative))

    def _tables(self) -> Iterator[tuple[str, list[list[str]]]]:
        """Yield both tables, each with its caption; the first row of a table is its header."""
        count, top = len(self.ranked), self.ranked[: self.top]
        size = number(float(np.hypot.reduce([layer.norm for layer in self.layers])))
        scope = f"all {count:,}" if len(top) == count else f"the {len(top)} largest of {count:,}"
        caption = f"‖∇C‖ = {size}; {scope.replace('the 1 largest', 'the largest')} derivatives"
        yield (
            caption,
            [["w", "∂C/∂w", "value of w"]]
            + [[row.name, number(row.derivative), number(row.parameter.data)] for row in top],
        )
        header = ["parameters", "count", "root mean square", "largest", "zero"]
        yield (
            "By layer",
            [header]
            + [
                [x.name, f"{x.count:,}", number(x.root_mean_square), number(x.largest), f"{x.zeros:,}"]
                for x in self.layers
            ],
        )

    def __str__(self) -> str:
        lines = []
        for caption, rows in self._tables():
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines.append(caption)
            for first, *others in rows:
                cells = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
                lines.append("  " + "  ".join(cells))
        return "\n".join(lines)

    def html(self) -> str:
        """Return both tables as HTML."""
        return "\n".join(html_table(rows, caption) for caption, rows in self._tables())

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return f"<gradients of {len(self.ranked):,} parameters in {len(self.layers)} arrays>"


def _summary(name: str, derivatives: list[float]) -> LayerGradient:
    """Return the sizes of the derivatives of one array."""
    # hypot neither overflows nor underflows where squares do.
    norm = float(np.hypot.reduce(derivatives))
    count = len(derivatives)
    return LayerGradient(
        name, count, norm, norm / count**0.5, float(np.max(np.abs(derivatives))), derivatives.count(0.0)
    )
