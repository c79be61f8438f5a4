"""Backpropagation of a network, layer by layer: the four equations BP1 to BP4 in symbols, as matrices, with numbers.

The derivatives are those of the recorded graph. The equations are how textbooks group them. Sources of the notations:
M. Nielsen, Neural Networks and Deep Learning, chapter 2 (2015); G. Sanderson (3Blue1Brown), Backpropagation calculus
(2017); A. Ng, Neural Networks and Deep Learning, week 3 of the course (2017).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

import autograd as ag
from autograd.symbolic.matrices import beside, matrix_latex, matrix_lines
from autograd.symbolic.typesetting import number, superscript
from nn import activations, costs
from nn._values import Floats, examples
from nn.layers import MLP, Layer

NotationName = Literal["essay", "nielsen", "3b1b", "ng"]
Style = Literal["text", "latex"]


class LayerSweep(NamedTuple):
    """Forward and backward pass through one layer, with one column for each example.

    Attributes:
        number: The number of the layer; the input is layer 1.
        activation: The operation; None for linear.
        weights: W, of shape (width, fan_in).
        bias: B, of shape (width,).
        inputs: The activations of the layer before, of shape (fan_in, examples).
        sums: The activation sums AS, of shape (width, examples).
        activations: The activations, likewise.
        slopes: S′(AS), likewise; None for softmax, whose activations depend on all sums.
        cost_slopes: The derivatives of the cost by the activations, likewise.
        delta: δ, the derivatives of the cost of each example by the activation sums, likewise.
    """

    number: int
    activation: ag.Op | None
    weights: Floats
    bias: Floats
    inputs: Floats
    sums: Floats
    activations: Floats
    slopes: Floats | None
    cost_slopes: Floats
    delta: Floats

    @property
    def weight_gradient(self) -> Floats:
        """∂C/∂W of the mean cost: δ times the transposed inputs, averaged over the examples."""
        gradient: Floats = self.delta @ self.inputs.T / self.delta.shape[1]
        return gradient

    @property
    def bias_gradient(self) -> Floats:
        """∂C/∂B of the mean cost: δ, averaged over the examples."""
        gradient: Floats = self.delta.mean(axis=1)
        return gradient


@dataclass(frozen=True)
class _Notation:
    """Symbols of one author, as functions of the number of a layer and of the style.

    Attributes:
        symbols: A function that returns the symbol of a quantity: "a", "z", "W", "b", "δ" or "S".
        product: The sign of the elementwise product, in text and in LaTeX.
        averages: True if the mean over the examples is written for a single example too.
        count: The number of a layer as the author counts, from ours and that of the last layer.
    """

    symbols: Callable[[str, int, int, Style, str], str]
    product: tuple[str, str]
    averages: bool = False
    count: Callable[[int, int], str] = lambda layer, last: str(layer)


def _fraction(top: str, bottom: str, style: Style) -> str:
    if style == "latex":
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
    return f"∂{top}/∂{bottom}"


def _essay(quantity: str, layer: int, last: int, style: Style, function: str) -> str:
    """Return a symbol of the essay: L₃ = S(W₃,₂ L₂ + B₃)."""
    del last
    letter = {"a": "L", "z": "AS", "W": "W", "b": "B", "δ": "δ", "S": function}[quantity]
    index = f"{layer},{layer - 1}" if quantity == "W" else f"{layer}"
    if quantity == "S":
        return letter if style == "text" else rf"\operatorname{{{letter}}}"
    if style == "latex":
        return {"AS": r"\mathrm{AS}", "δ": r"\delta"}.get(letter, letter) + f"_{{{index}}}"
    return letter + index.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _nielsen(quantity: str, layer: int, last: int, style: Style, function: str) -> str:
    """Return a symbol of Nielsen's book: a³ = σ(w³ a² + b³)."""
    del last, function
    letter = {"W": "w", "S": "σ"}.get(quantity, quantity)
    if style == "latex":
        letter = {"σ": r"\sigma", "δ": r"\delta"}.get(letter, letter)
        return letter if quantity == "S" else f"{letter}^{{{layer}}}"
    return letter if quantity == "S" else letter + superscript(str(layer))


def _sanderson(quantity: str, layer: int, last: int, style: Style, function: str) -> str:
    """Return a symbol of 3Blue1Brown's chapter: a⁽ᴸ⁾ = σ(w⁽ᴸ⁾ a⁽ᴸ⁻¹⁾ + b⁽ᴸ⁾)."""
    if quantity == "δ":
        return _fraction(_COST["3b1b"][style == "latex"], _sanderson("z", layer, last, style, function), style)
    letter = {"W": "w", "S": "σ"}.get(quantity, quantity)
    if quantity == "S":
        return r"\sigma" if style == "latex" else "σ"
    below = "" if layer == last else f"-{last - layer}"
    return f"{letter}^{{(L{below})}}" if style == "latex" else f"{letter}⁽ᴸ{superscript(below)}⁾"


def _ng(quantity: str, layer: int, last: int, style: Style, function: str) -> str:
    """Return a symbol of Ng's course: A^[2] = g^[2](Z^[2]), where the input is layer 0."""
    del last, function
    letter = {"a": "A", "z": "Z", "δ": "dZ", "S": "g"}.get(quantity, quantity)
    return f"{letter}^{{[{layer - 1}]}}" if style == "latex" else f"{letter}^[{layer - 1}]"


_COST = {"essay": ("C", "C"), "nielsen": ("C", "C"), "3b1b": ("C₀", "C_0"), "ng": ("J", "J")}
_NOTATIONS = {
    "essay": _Notation(_essay, (" ∘ ", r" \circ ")),
    "nielsen": _Notation(_nielsen, (" ⊙ ", r" \odot ")),
    "3b1b": _Notation(
        _sanderson, (" ⊙ ", r" \odot "), count=lambda layer, last: "L" if layer == last else f"L−{last - layer}"
    ),
    "ng": _Notation(_ng, (" * ", " * "), True, lambda layer, last: str(layer - 1)),
}


class _Line(NamedTuple):
    """One equation: its name, its left-hand side, its symbols, its numbers put in, and its result."""

    title: str
    left: str
    symbols: str
    factors: tuple[str | Floats, ...]
    result: Floats


class Backprop:
    """Backpropagation of one batch through a network; `str` gives the forward pass and the equations BP1 to BP4.

    Attributes:
        cost: The mean cost of the examples.
        layers: One `LayerSweep` for each layer after the input.
        notation: "essay", "nielsen", "3b1b" or "ng".
    """

    def __init__(self, layers: list[LayerSweep], cost: float, notation: NotationName) -> None:
        self.layers = layers
        self.cost = cost
        self.notation: NotationName = notation

    @property
    def deltas(self) -> list[Floats]:
        """δ of each layer after the input, with one column for each example."""
        return [layer.delta for layer in self.layers]

    def __str__(self) -> str:
        lines = []
        for title, equations in self._sections("text"):
            lines.append(title)
            for line in equations:
                left = f"  {line.title:<5}{line.left}" if line.title else f"  {line.left}"
                lines.append(f"{left} = {line.symbols}")
                shown = [factor if isinstance(factor, str) else matrix_lines(factor) for factor in line.factors]
                if shown:
                    lines += beside(" " * len(left) + " = ", *shown)
                lines += beside(" " * len(left) + " = ", matrix_lines(line.result))
        return "\n".join(lines)

    def latex(self) -> str:
        """Return the equations as LaTeX, with an ``align*`` of amsmath for the forward pass and for each layer."""
        return "\n".join(
            f"\\noindent {title}\n\\begin{{align*}}\n{_rows(lines)}\n\\end{{align*}}"
            for title, lines in self._sections("latex")
        )

    def markdown(self) -> str:
        """Return the equations as Markdown, for readers that typeset LaTeX."""
        return "\n".join(
            f"{title}\n\n$$\n\\begin{{aligned}}\n{_rows(lines)}\n\\end{{aligned}}\n$$\n"
            for title, lines in self._sections("latex")
        )

    def html(self) -> str:
        """Return the text as preformatted HTML."""
        # Some style sheets of notebooks set other fonts, or lines so far apart that the brackets of a matrix break.
        return f'<pre style="font-family:monospace;line-height:1.2">{html.escape(str(self))}</pre>'

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        widths = [self.layers[0].weights.shape[1], *(len(layer.bias) for layer in self.layers)]
        return f"<backpropagation of {' → '.join(map(str, widths))}: C = {number(self.cost)}>"

    def _sections(self, style: Style) -> Iterator[tuple[str, list[_Line]]]:
        """Yield the forward pass and each layer from the last one back, as a title and its equations."""
        cost = _COST[self.notation][style == "latex"]
        last, notation = self.layers[-1].number, _NOTATIONS[self.notation]
        functions = ", ".join(dict.fromkeys(activations.name(layer.activation) for layer in self.layers))
        count = self.layers[0].inputs.shape[1]
        shown = f"{cost} = {number(self.cost, style)}"
        shown = f"${shown}$" if style == "latex" else shown
        if notation.averages or count > 1:
            shown += f", the mean of m = {count} example{'s' if count > 1 else ''}"
        yield f"Forward ({functions}): {shown}", [line for layer in self.layers for line in self._forward(layer, style)]
        for layer, after in zip(self.layers[::-1], [None, *self.layers[:0:-1]], strict=True):
            title = f"Backward, layer {notation.count(layer.number, last)}"
            yield title.replace("−", "$-$") if style == "latex" else title, [*self._backward(layer, after, style, cost)]

    def _symbols(self, layer: LayerSweep, style: Style) -> Callable[[str, int], str]:
        """Return the symbols at a layer, as a function of the quantity and the offset of the layer."""
        notation, last = _NOTATIONS[self.notation], self.layers[-1].number
        op = layer.activation
        function = "id" if op is None else op.symbol if op.symbol.isalpha() else op.name

        def symbol(quantity: str, offset: int) -> str:
            return notation.symbols(quantity, layer.number + offset, last, style, function)

        return symbol

    def _forward(self, layer: LayerSweep, style: Style) -> Iterator[_Line]:
        """Yield the activation sums and the activations of a layer."""
        symbol = self._symbols(layer, style)
        z, a, S = symbol("z", 0), symbol("a", 0), symbol("S", 0)
        product = "" if style == "text" else r"\,"
        yield _Line(
            "",
            z,
            f"{symbol('W', 0)} {symbol('a', -1)} + {symbol('b', 0)}",
            (layer.weights, product, layer.inputs, " + ", layer.bias),
            layer.sums,
        )
        yield _Line("", a, f"{S}({z})", (), layer.activations)

    def _backward(self, layer: LayerSweep, after: LayerSweep | None, style: Style, cost: str) -> Iterator[_Line]:
        """Yield δ of a layer, by BP1 or BP2, and the gradients of its biases and weights, by BP3 and BP4."""
        symbol, notation = self._symbols(layer, style), _NOTATIONS[self.notation]
        latex = style == "latex"
        prime, transposed = ("'", r"^{\mathsf T}") if latex else ("′", "ᵀ")
        times, juxtaposed = notation.product[latex], r"\," if latex else ""
        a, z, delta = symbol("a", 0), symbol("z", 0), symbol("δ", 0)
        # In braces, since LaTeX refuses a second superscript, which a prime is.
        function = f"{{{symbol('S', 0)}}}" if latex and "^" in symbol("S", 0) else symbol("S", 0)
        slope = f"{function}{prime}({z})"
        passed: tuple[str | Floats, ...]
        if after is None:
            title, passed_symbol, passed = "BP1", self._cost_slope(a, cost, style), (layer.cost_slopes,)
        else:
            weights, delta_after = symbol("W", 1), symbol("δ", 1)
            title, passed_symbol = "BP2", f"{self._grouped(weights)}{transposed} {delta_after}"
            passed = (after.weights.T, juxtaposed, after.delta)
        if layer.slopes is None:
            jacobian = f"({_fraction(a, z, style)}){transposed}"
            yield _Line(title, delta, f"{jacobian} {passed_symbol}", (), layer.delta)
        else:
            grouped = passed_symbol if after is None else f"({passed_symbol})"
            yield _Line(title, delta, f"{grouped}{times}{slope}", (*passed, times, layer.slopes), layer.delta)
        count = layer.delta.shape[1]
        mean = ""
        if count > 1 or notation.averages:
            mean = r"\tfrac{1}{m} " if latex else "1/m "
        total = "" if count == 1 else r"\sum " if latex else "Σ "
        yield _Line("BP3", self._gradient("b", layer, style, cost), f"{mean}{total}{delta}", (), layer.bias_gradient)
        factors: tuple[str | Floats, ...] = (layer.delta, juxtaposed, layer.inputs.T)
        if count > 1:
            factors = (rf"\tfrac{{1}}{{{count}}} " if latex else f"1/{count} ", *factors)
        symbols = f"{mean}{delta} {self._grouped(symbol('a', -1))}{transposed}"
        yield _Line("BP4", self._gradient("W", layer, style, cost), symbols, factors, layer.weight_gradient)

    def _grouped(self, symbol: str) -> str:
        """Return a symbol in parentheses if its layer stands above it, where ᵀ stands too; in the essay it is below."""
        return symbol if self.notation == "essay" else f"({symbol})"

    def _cost_slope(self, a: str, cost: str, style: Style) -> str:
        """Return the symbol of the derivative of the cost by the last activations."""
        if self.notation == "nielsen":
            return rf"\nabla_a {cost}" if style == "latex" else f"∇ₐ{cost}"
        return f"d{a}" if self.notation == "ng" else _fraction(cost, a, style)

    def _gradient(self, quantity: str, layer: LayerSweep, style: Style, cost: str) -> str:
        """Return the symbol of the derivative of the cost by the weights or the biases of a layer."""
        symbol = self._symbols(layer, style)(quantity, 0)
        return f"d{symbol}" if self.notation == "ng" else _fraction(cost, symbol, style)


def _rows(lines: list[_Line]) -> str:
    """Return equations as the rows of an environment of amsmath that aligns them."""
    rows = []
    for line in lines:
        mark = rf" && \text{{{line.title}}}" if line.title else ""
        rows.append(f"{line.left} &= {line.symbols}{mark}")
        shown = [factor if isinstance(factor, str) else matrix_latex(factor) for factor in line.factors]
        if shown:
            rows.append(f"&= {''.join(shown)}")
        rows.append(f"&= {matrix_latex(line.result)}")
    return " \\\\\n".join(rows)


def backprop(
    net: MLP, x: Any, y: Any, *, cost: str | costs.Cost = "quadratic", notation: NotationName = "essay"
) -> Backprop:
    """Work out backpropagation through a network: δ of every layer, and the equations BP1 to BP4.

    Args:
        net: The network. No parameter and no ``grad`` is changed.
        x: One example, or a matrix with one example in each row.
        y: Its target in a form that `cost` takes, or the target of each row.
        cost: The cost of one example, by name or as a function of (outputs, target); see :mod:`nn.costs`.
        notation: "essay" for L₃ = S(W₃,₂ L₂ + B₃); "nielsen" for a³ = σ(w³ a² + b³); "3b1b" for 3Blue1Brown's
            a⁽ᴸ⁾ = σ(w⁽ᴸ⁾ a⁽ᴸ⁻¹⁾ + b⁽ᴸ⁾); "ng" for A^[2] = g^[2](Z^[2]), where the input is layer 0 and an example is a
            column.

    Returns:
        The equations, as an `nn.backpropagation.Backprop`: ``str``, ``latex()``, ``markdown()``, ``html()``; notebooks
        display them. ``layers`` has all arrays.

    Raises:
        TypeError: `net` is not an `nn.MLP`.
        ValueError: `x` and `y` have different lengths, or `notation` is not one of the four.

    >>> import nn
    >>> sweep = nn.backprop(nn.MLP(1, [1], seed=0), [1.0], [1.0], notation="nielsen")
    >>> print(sweep)
    Forward (sigmoid): C = 0.1471
      z² = w² a¹ + b²
         = [0.4744][1] + [0]
         = [0.4744]
      a² = σ(z²)
         = [0.6164]
    Backward, layer 2
      BP1  δ² = ∇ₐC ⊙ σ′(z²)
              = [−0.7671] ⊙ [0.2364]
              = [−0.1814]
      BP3  ∂C/∂b² = δ²
                  = [−0.1814]
      BP4  ∂C/∂w² = δ² (a¹)ᵀ
                  = [−0.1814][1]
                  = [−0.1814]
    >>> sweep.layers[0].weight_gradient.shape, len(sweep.deltas)
    ((1, 1), 1)
    """
    if not isinstance(net, MLP):
        raise TypeError(f"net must be an nn.MLP, got {type(net).__name__}; net.gradients() works for every Module")
    if notation not in get_args(NotationName):
        raise ValueError(f"notation must be one of {', '.join(get_args(NotationName))}, got {notation!r:.20}")
    inputs = examples(x)
    rows, targets = (inputs[None], [y]) if inputs.ndim == 1 else (inputs, list(y))
    if len(rows) != len(targets):
        raise ValueError(f"y must have a target for each of the {len(rows)} rows of x, got {len(targets)}")
    sweeps, values = [], []
    for row, target in zip(rows, targets, strict=True):
        per_layer, C = _sweep(net, row, target, costs.find(cost))
        sweeps.append(per_layer)
        values.append(C)
    layers = [_joined(layer, [sweep[i] for sweep in sweeps]) for i, layer in enumerate(net.layers)]
    return Backprop(layers, float(np.mean(values)), notation)


class _Columns(NamedTuple):
    """Numbers of one layer for one example: inputs, sums, activations, slopes, and derivatives of the cost."""

    inputs: list[float]
    sums: list[float]
    activations: list[float]
    slopes: list[float] | None
    cost_slopes: list[float]
    delta: list[float]


def _sweep(net: MLP, row: Floats, target: Any, cost: costs.Cost) -> tuple[list[_Columns], float]:
    """Record one example, and read the numbers of each layer from its graph."""
    nodes: list[tuple[list[Any], list[Any], list[Any]]] = []
    current: Any = row.tolist()
    for layer in net.layers:
        reached = layer(current).tolist()
        nodes.append((list(current), _sums(layer, reached), reached))
        current = reached
    C = cost(current, target)
    if not isinstance(C, ag.Value):
        raise TypeError(f"cost must return a Value, got {type(C).__name__}")
    columns = []
    for layer, (inputs, sums, reached) in zip(net.layers, nodes, strict=True):
        is_elementwise = layer.activation is not activations.SOFTMAX
        slopes = [1.0 if a is s else a.partials[0] for a, s in zip(reached, sums, strict=True)]
        columns.append(
            _Columns(
                [float(getattr(x, "data", x)) for x in inputs],
                [s.data for s in sums],
                [a.data for a in reached],
                slopes if is_elementwise else None,
                [g.data for g in ag.gradient(C, reached)],
                [g.data for g in ag.gradient(C, sums)],
            )
        )
    return columns, C.data


def _sums(layer: Layer, reached: list[ag.Value]) -> list[ag.Value]:
    """Return the nodes of the activation sums; a linear layer has no others than its activations."""
    if layer.activation is None:
        return reached
    if layer.activation is activations.SOFTMAX:
        # The operands of each are its position, then the sums.
        return list(reached[0].operands[1:])
    return [a.operands[0] for a in reached]


def _joined(layer: Layer, columns: list[_Columns]) -> LayerSweep:
    """Return the numbers of one layer for all examples, a column for each."""
    slopes = None if columns[0].slopes is None else np.array([column.slopes for column in columns]).T
    inputs, sums, reached, _, cost_slopes, delta = (
        np.array([column[i] for column in columns]).T if i != 3 else np.empty(0) for i in range(6)
    )
    weights = np.array([[w.data for w in row] for row in layer.weight])
    bias = np.array([b.data for b in layer.bias])
    return LayerSweep(layer.number, layer.activation, weights, bias, inputs, sums, reached, slopes, cost_slopes, delta)
