"""`nn.backprop`: the equations BP1 to BP4 hold number by number, in each notation and form."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.symbolic.matrices import beside, matrix_latex, matrix_lines

NOTATIONS = ("essay", "nielsen", "3b1b", "ng")
RNG = np.random.default_rng(5)


def random_network(seed: int) -> tuple[nn.MLP, np.ndarray, np.ndarray]:
    """Return a network with random sizes and activations, with examples and targets for it."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, rng.integers(2, 5)).tolist()
    names = [str(rng.choice(["sigmoid", "tanh", "relu", "linear", "softplus"])) for _ in sizes[1:]]
    if sizes[-1] > 1 and seed % 3 == 0:
        names[-1] = "softmax"
    net = nn.MLP(sizes[0], sizes[1:], names, seed=seed)
    net.load_vector(rng.normal(size=len(net.parameters())))
    count = int(rng.integers(1, 4))
    return net, rng.normal(size=(count, sizes[0])), rng.normal(size=(count, sizes[-1]))


def evaluated(factors: tuple[Any, ...]) -> np.ndarray:
    """Return the value of the numbers put in: products of matrices first, then elementwise products, then sums."""
    scale = 1.0
    if isinstance(factors[0], str):
        numerator, denominator = map(float, re.findall(r"\d+", factors[0]))
        scale, factors = numerator / denominator, factors[1:]
    terms, signs = [factors[0]], []
    for sign, factor in zip(factors[1::2], factors[2::2], strict=True):
        if sign.strip() in ("", r"\,"):
            terms[-1] = terms[-1] @ factor
        else:
            signs.append(sign.strip())
            terms.append(factor)
    value = terms[0]
    for sign, term in zip(signs, terms[1:], strict=True):
        column = term[:, None] if term.ndim < value.ndim else term
        value = value + column if sign == "+" else value * term
    return scale * value


@pytest.mark.parametrize("seed", range(6))
def test_gradients_are_those_of_backward(seed: int) -> None:
    net, X, Y = random_network(seed)
    sweep = nn.backprop(net, X, Y)
    costs = [nn.quadratic(net(x), y) for x, y in zip(X, Y, strict=True)]
    for C in costs:
        C.backward()
    assert sweep.cost == pytest.approx(np.mean([C.data for C in costs]))
    for layer, sums in zip(net.layers, sweep.layers, strict=True):
        weight = np.array([[w.grad for w in row] for row in layer.weight]) / len(X)
        bias = np.array([b.grad for b in layer.bias]) / len(X)
        assert sums.weight_gradient == pytest.approx(weight)
        assert sums.bias_gradient == pytest.approx(bias)
        assert (sums.number, sums.activation) == (layer.number, layer.activation)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("style", ["text", "latex"])
def test_each_line_of_numbers_has_the_result_below_it(seed: int, style: Any) -> None:
    net, X, Y = random_network(seed)
    count = 0
    for notation in NOTATIONS:
        for _, lines in nn.backprop(net, X, Y, notation=notation)._sections(style):
            for line in lines:
                if line.factors:
                    count += 1
                    assert evaluated(line.factors) == pytest.approx(line.result), line.symbols
    assert count >= 8


def test_deltas_are_derivatives_by_the_activation_sums() -> None:
    net, X, Y = random_network(4)
    for layer, width in zip(nn.backprop(net, X[:1], Y[:1]).layers, net.sizes[1:], strict=True):
        shifts = []
        for i in range(width):
            bias = net.layers[layer.number - 2].bias[i]
            values = []
            for step in (1e-5, -1e-5):
                bias.data += step
                values.append(nn.quadratic(net(X[0]), Y[0]).data)
                bias.data -= step
            shifts.append((values[0] - values[1]) / 2e-5)
        assert layer.delta[:, 0] == pytest.approx(shifts, abs=1e-8)


SYMBOLS = {
    "essay": """
        AS₂ = W₂,₁ L₁ + B₂ | L₂ = S(AS₂) | AS₃ = W₃,₂ L₂ + B₃ | L₃ = tanh(AS₃)
        BP1  δ₃ = ∂C/∂L₃ ∘ tanh′(AS₃) | BP3  ∂C/∂B₃ = δ₃ | BP4  ∂C/∂W₃,₂ = δ₃ L₂ᵀ
        BP2  δ₂ = (W₃,₂ᵀ δ₃) ∘ S′(AS₂) | BP3  ∂C/∂B₂ = δ₂ | BP4  ∂C/∂W₂,₁ = δ₂ L₁ᵀ""",
    "nielsen": """
        z² = w² a¹ + b² | a² = σ(z²) | z³ = w³ a² + b³ | a³ = σ(z³)
        BP1  δ³ = ∇ₐC ⊙ σ′(z³) | BP3  ∂C/∂b³ = δ³ | BP4  ∂C/∂w³ = δ³ (a²)ᵀ
        BP2  δ² = ((w³)ᵀ δ³) ⊙ σ′(z²) | BP3  ∂C/∂b² = δ² | BP4  ∂C/∂w² = δ² (a¹)ᵀ""",
    "3b1b": """
        z⁽ᴸ⁻¹⁾ = w⁽ᴸ⁻¹⁾ a⁽ᴸ⁻²⁾ + b⁽ᴸ⁻¹⁾ | a⁽ᴸ⁻¹⁾ = σ(z⁽ᴸ⁻¹⁾) | z⁽ᴸ⁾ = w⁽ᴸ⁾ a⁽ᴸ⁻¹⁾ + b⁽ᴸ⁾ | a⁽ᴸ⁾ = σ(z⁽ᴸ⁾)
        BP1  ∂C₀/∂z⁽ᴸ⁾ = ∂C₀/∂a⁽ᴸ⁾ ⊙ σ′(z⁽ᴸ⁾) | BP3  ∂C₀/∂b⁽ᴸ⁾ = ∂C₀/∂z⁽ᴸ⁾ | BP4  ∂C₀/∂w⁽ᴸ⁾ = ∂C₀/∂z⁽ᴸ⁾ (a⁽ᴸ⁻¹⁾)ᵀ
        BP2  ∂C₀/∂z⁽ᴸ⁻¹⁾ = ((w⁽ᴸ⁾)ᵀ ∂C₀/∂z⁽ᴸ⁾) ⊙ σ′(z⁽ᴸ⁻¹⁾) | BP3  ∂C₀/∂b⁽ᴸ⁻¹⁾ = ∂C₀/∂z⁽ᴸ⁻¹⁾
        BP4  ∂C₀/∂w⁽ᴸ⁻¹⁾ = ∂C₀/∂z⁽ᴸ⁻¹⁾ (a⁽ᴸ⁻²⁾)ᵀ""",
    "ng": """
        Z^[1] = W^[1] A^[0] + b^[1] | A^[1] = g^[1](Z^[1]) | Z^[2] = W^[2] A^[1] + b^[2] | A^[2] = g^[2](Z^[2])
        BP1  dZ^[2] = dA^[2] * g^[2]′(Z^[2]) | BP3  db^[2] = 1/m dZ^[2] | BP4  dW^[2] = 1/m dZ^[2] (A^[1])ᵀ
        BP2  dZ^[1] = ((W^[2])ᵀ dZ^[2]) * g^[1]′(Z^[1]) | BP3  db^[1] = 1/m dZ^[1]
        BP4  dW^[1] = 1/m dZ^[1] (A^[0])ᵀ""",
}
LATEX = {
    "essay": [
        r"\mathrm{AS}_{3} &= W_{3,2} L_{2} + B_{3}",
        r"\delta_{2} &= (W_{3,2}^{\mathsf T} \delta_{3}) \circ \operatorname{S}'(\mathrm{AS}_{2}) && \text{BP2}",
        r"\frac{\partial C}{\partial W_{2,1}} &= \delta_{2} L_{1}^{\mathsf T} && \text{BP4}",
    ],
    "nielsen": [
        r"\delta^{3} &= \nabla_a C \odot \sigma'(z^{3}) && \text{BP1}",
        r"\delta^{2} &= ((w^{3})^{\mathsf T} \delta^{3}) \odot \sigma'(z^{2}) && \text{BP2}",
        r"\frac{\partial C}{\partial w^{2}} &= \delta^{2} (a^{1})^{\mathsf T} && \text{BP4}",
    ],
    "3b1b": [
        r"\frac{\partial C_0}{\partial z^{(L)}} &= \frac{\partial C_0}{\partial a^{(L)}} \odot \sigma'(z^{(L)})",
        r"\frac{\partial C_0}{\partial b^{(L-1)}} &= \frac{\partial C_0}{\partial z^{(L-1)}} && \text{BP3}",
    ],
    "ng": [
        r"dZ^{[1]} &= ((W^{[2]})^{\mathsf T} dZ^{[2]}) * {g^{[1]}}'(Z^{[1]}) && \text{BP2}",
        r"dW^{[1]} &= \tfrac{1}{m} dZ^{[1]} (A^{[0]})^{\mathsf T} && \text{BP4}",
    ],
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_symbols_are_the_authors(notation: Any) -> None:
    sweep = nn.backprop(nn.MLP(2, [2, 1], ["sigmoid", "tanh"], seed=0), [1.0, 0.5], [1.0], notation=notation)
    expected = [text.strip() for line in SYMBOLS[notation].strip().splitlines() for text in line.split(" | ")]
    printed = [line.strip() for line in str(sweep).splitlines() if " = " in line and not re.match(r"\s+=|F", line)]
    assert printed == expected
    latex = sweep.latex()
    for line in LATEX[notation]:
        assert line in latex
    assert latex.count(r"\begin") == latex.count(r"\end")
    assert latex.count("{") == latex.count("}")
    assert not re.search("[^\x00-\x7f]", latex)


def test_headings_count_layers_and_examples_as_the_author_does() -> None:
    net = nn.MLP(1, [1, 1, 1], seed=0)
    one = {name: str(nn.backprop(net, [1.0], [1.0], notation=name)) for name in NOTATIONS}
    headings = {name: re.findall("Backward, layer (.*)", text) for name, text in one.items()}
    assert headings == {
        "essay": ["4", "3", "2"],
        "nielsen": ["4", "3", "2"],
        "3b1b": ["L", "L−1", "L−2"],
        "ng": ["3", "2", "1"],
    }
    assert [text.splitlines()[0].split(",")[1:] for text in one.values()] == [
        [],
        [],
        [],
        [" the mean of m = 1 example"],
    ]
    several = str(nn.backprop(net, [[1.0], [2.0]], [[1.0], [0.0]]))
    assert re.search(r"^Forward \(sigmoid\): C = [\d.]+, the mean of m = 2 examples$", several, re.MULTILINE)
    assert "BP3  ∂C/∂B₄ = 1/m Σ δ₄" in several
    assert "= 1/2 [" in several
    assert "Backward, layer L$-$1" in nn.backprop(net, [1.0], [1.0], notation="3b1b").latex()


def test_softmax_has_its_jacobian_in_place_of_slopes() -> None:
    sweep = nn.backprop(nn.MLP(2, [3], "softmax", seed=0), [1.0, 0.5], [1.0, 0.0, 0.0])
    assert sweep.layers[0].slopes is None
    assert "BP1  δ₂ = (∂L₂/∂AS₂)ᵀ ∂C/∂L₂" in str(sweep)
    assert (
        r"(\frac{\partial L_{2}}{\partial \mathrm{AS}_{2}})^{\mathsf T} \frac{\partial C}{\partial L_{2}}"
        in sweep.latex()
    )


def test_other_costs_and_forms() -> None:
    net = nn.MLP(2, [2, 3], ["tanh", "linear"], seed=0)
    sweep = nn.backprop(net, [1.0, 0.5], 2, cost="cross_entropy", notation="nielsen")
    assert sweep.deltas[1][:, 0] == pytest.approx(np.array(ag.softmax(net.predict([1.0, 0.5]).tolist())) - [0, 0, 1])
    formulas = re.findall(r"\\begin{align\*}\n(.*?)\n\\end{align\*}", sweep.latex(), re.DOTALL)
    assert re.findall(r"\$\$\n\\begin{aligned}\n(.*?)\n\\end{aligned}\n\$\$", sweep.markdown(), re.DOTALL) == formulas
    assert len(formulas) == 3
    assert sweep.html() == sweep._repr_html_()
    assert sweep.html().endswith(f">{sweep}</pre>")
    # Otherwise the brackets of a matrix are not one below the other.
    assert "font-family:monospace" in sweep.html()
    assert repr(sweep) == f"<backpropagation of 2 → 2 → 3: C = {sweep.cost:.3f}>"


def test_nothing_is_changed() -> None:
    net = nn.MLP(2, [2, 1], seed=0)
    net.parameters()[0].grad = 7.0
    before = net.parameter_vector().tolist(), net.gradient_vector().tolist()
    nn.backprop(net, [1.0, 0.5], [1.0])
    assert (net.parameter_vector().tolist(), net.gradient_vector().tolist()) == before


def test_refusals() -> None:
    net = nn.MLP(2, [1], seed=0)
    with pytest.raises(TypeError, match=r"net must be an nn.MLP, got Layer; net.gradients\(\) works for every Module"):
        nn.backprop(net.layers[0], [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="notation must be one of essay, nielsen, 3b1b, ng, got 'olah'"):
        nn.backprop(net, [1.0, 2.0], [1.0], notation="olah")
    with pytest.raises(ValueError, match="y must have a target for each of the 2 rows of x, got 1"):
        nn.backprop(net, [[1.0, 2.0], [2.0, 3.0]], [[1.0]])
    with pytest.raises(TypeError, match="cost must return a Value, got float"):
        nn.backprop(net, [1.0, 2.0], [1.0], cost=lambda outputs, target: 1.0)


class TestMatrices:
    """Matrices are written whole, or with dots that leave out the middle alone."""

    @pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 3), (6, 6), (7, 2), (2, 7), (7, 7), (1, 30)])
    def test_each_shown_number_is_in_its_place(self, shape: tuple[int, int]) -> None:
        M = RNG.integers(-99, 99, shape) / 4.0
        rows, columns = (list(range(n)) if n <= 6 else [0, 1, None, n - 2, n - 1] for n in shape)
        lines = matrix_lines(M)
        assert len({len(line) for line in lines}) == 1
        cells = [re.sub(r"[⎡⎤⎢⎥⎣⎦[\]]", " ", line).split() for line in lines]
        latex = [
            row.split(" & ")
            for row in matrix_latex(M)[len(r"\begin{bmatrix} ") : -len(r" \end{bmatrix}")].split(r" \\ ")
        ]
        for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
            if row is None or column is None:
                dots = 2 if row is None and column is None else 0 if row is None else 1
                assert (cells[i][j], latex[i][j]) == (("⋮", r"\vdots"), ("⋯", r"\cdots"), ("⋱", r"\ddots"))[dots]
            else:
                assert float(cells[i][j].replace("−", "-")) == pytest.approx(M[row, column], rel=1e-3)
                assert float(latex[i][j]) == pytest.approx(M[row, column], rel=1e-3)
        assert (len(cells), len(cells[0])) == (len(rows), len(columns))

    def test_brackets(self) -> None:
        assert matrix_lines(np.arange(3.0)) == ["⎡0⎤", "⎢1⎥", "⎣2⎦"]
        assert matrix_lines([[1.0], [2.0]]) == ["⎡1⎤", "⎣2⎦"]

    def test_blocks_stand_in_the_middle(self) -> None:
        assert beside("a", ["1", "2", "3"], ["x", "y"]) == [" 1x", "a2y", " 3"]

    @pytest.mark.parametrize("numbers", [[], [[[1.0]]], np.zeros((2, 0))])
    def test_what_is_no_matrix_is_refused(self, numbers: Any) -> None:
        with pytest.raises(ValueError, match="numbers must be a vector or a matrix"):
            matrix_lines(numbers)
