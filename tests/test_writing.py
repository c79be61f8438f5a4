"""How numbers and names are written, and that no label does harm."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np
import pytest
from effort import scaled
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.symbolic.formula import symbol
from autograd.symbolic.notation import at_fixed, derivative, write
from autograd.symbolic.typesetting import Style, escape, name, number, visible

STYLES: list[Style] = ["text", "latex", "html", "plain"]
NUMBERS: list[tuple[float, str, str, str, str]] = [
    # number, text, latex, html, plain
    (0.0, "0", "0", "0", "0"),
    (-0.0, "0", "0", "0", "-0.0"),
    (6.0, "6", "6", "6", "6"),
    (-6.0, "−6", "-6", "−6", "-6"),
    (0.622459, "0.6225", "0.6225", "0.6225", "0.622459"),
    (-0.5, "−0.5", "-0.5", "−0.5", "-0.5"),
    (0.1 + 0.2, "0.3", "0.3", "0.3", "0.30000000000000004"),
    (9.99996, "10.00", "10.00", "10.00", "9.99996"),
    (1.00001, "1.000", "1.000", "1.000", "1.00001"),
    (123.456, "123.5", "123.5", "123.5", "123.456"),
    (12345.678, "12346", "12346", "12346", "12345.678"),
    (999999.0, "999999", "999999", "999999", "999999"),
    (999999.4, "1×10⁶", r"1 \times 10^{6}", "1×10<sup>6</sup>", "999999.4"),
    (1e6, "1×10⁶", r"1 \times 10^{6}", "1×10<sup>6</sup>", "1000000.0"),
    (-1.2346e-7, "−1.235×10⁻⁷", r"-1.235 \times 10^{-7}", "−1.235×10<sup>−7</sup>", "-1.2346e-07"),
    (0.0001, "0.0001", "0.0001", "0.0001", "0.0001"),
    (0.00012346, "0.0001235", "0.0001235", "0.0001235", "0.00012346"),
    (0.0000999999, "0.0001", "0.0001", "0.0001", "9.99999e-05"),
    (0.0000999, "9.99×10⁻⁵", r"9.99 \times 10^{-5}", "9.99×10<sup>−5</sup>", "9.99e-05"),
    (5e-324, "4.941×10⁻³²⁴", r"4.941 \times 10^{-324}", "4.941×10<sup>−324</sup>", "5e-324"),
    (1.7e308, "1.7×10³⁰⁸", r"1.7 \times 10^{308}", "1.7×10<sup>308</sup>", "1.7e+308"),
    (math.inf, "∞", r"\infty", "∞", "inf"),
    (-math.inf, "−∞", r"-\infty", "−∞", "-inf"),
    (math.nan, "NaN", r"\mathrm{NaN}", "NaN", "nan"),
]
NAMES: list[tuple[str, str, str, str]] = [
    # label, text, latex, html
    ("a", "a", "a", "a"),
    ("W[1,1]", "W₁,₁", "W_{1,1}", "W<sub>1,1</sub>"),
    ("a^3[1]", "a³₁", "a^{3}_{1}", "a<sup>3</sup><sub>1</sub>"),
    ("b^2", "b⁽²⁾", "b^{(2)}", "b<sup>(2)</sup>"),
    ("x^2", "x⁽²⁾", "x^{(2)}", "x<sup>(2)</sup>"),
    ("w_1", "w₁", "w_{1}", "w<sub>1</sub>"),
    ("C_0", "C₀", "C_{0}", "C<sub>0</sub>"),
    ("x_{12}", "x₁₂", "x_{12}", "x<sub>12</sub>"),
    ("w_1_2", "w₁,₂", "w_{1,2}", "w<sub>1,2</sub>"),
    ("w_in", "wᵢₙ", r"w_{\mathrm{in}}", "w<sub>in</sub>"),
    ("W_{l,l-1}", "Wₗ,ₗ₋₁", "W_{l,l-1}", "W<sub>l,l−1</sub>"),
    (r"\alpha", "α", r"\alpha", "α"),
    (r"\alpha_1", "α₁", r"\alpha_{1}", "α<sub>1</sub>"),
    ("alpha1", "α1", r"\alpha_{1}", "α1"),
    ("y_hat", "ŷ", r"\hat{y}", "ŷ"),
    ("y_hat[1]", "ŷ₁", r"\hat{y}_{1}", "ŷ<sub>1</sub>"),
    ("x_bar_2", "x̄₂", r"\bar{x}_{2}", "x̄<sub>2</sub>"),
    ("x_dot", "ẋ", r"\dot{x}", "ẋ"),
    ("x_tilde", "x̃", r"\tilde{x}", "x̃"),
    ("a^(L)", "a⁽ᴸ⁾", "a^{(L)}", "a<sup>(L)</sup>"),
    ("a^(L-1)[j]", "a⁽ᴸ⁻¹⁾ⱼ", "a^{(L-1)}_{j}", "a<sup>(L−1)</sup><sub>j</sub>"),
    ("a^{L-1}", "aᴸ⁻¹", "a^{L-1}", "a<sup>L−1</sup>"),
    ("a^[l]", "a^[l]", "a^{[l]}", "a<sup>[l]</sup>"),
    ("n_m^l", "nˡₘ", "n^{l}_{m}", "n<sup>l</sup><sub>m</sub>"),
    ("a(n^3[1])", "a(n³₁)", "a(n^{3}_{1})", "a(n<sup>3</sup><sub>1</sub>)"),
    ("f(x, y)", "f(x, y)", "f(x, y)", "f(x, y)"),
    ("f(x,)", "f(x,)", r"\text{f(x,)}", "f(x,)"),
    ("learning_rate", "learning_rate", r"\text{learning\_rate}", "learning_rate"),
    (r"\input", r"\input", r"\text{\textbackslash{}input}", r"\input"),
    ("x^1^2", "x^1^2", r"\text{x\textasciicircum{}1\textasciicircum{}2}", "x^1^2"),
    ("y'", "y′", "{y}'", "y′"),
    ("S′(z)", "S′(z)", r"\text{S′(z)}", "S′(z)"),
    ("out", "out", r"\mathrm{out}", "out"),
    ("theta", "θ", r"\theta", "θ"),
    ("theta[i]", "θᵢ", r"\theta_{i}", "θ<sub>i</sub>"),
    ("x1", "x1", "x_{1}", "x1"),
    ("x1[2]", "x1₂", "x_{1,2}", "x1<sub>2</sub>"),
    ("W[q]", "W[q]", "W_{q}", "W<sub>q</sub>"),
    ("W[10,12]", "W₁₀,₁₂", "W_{10,12}", "W<sub>10,12</sub>"),
    ("été", "été", r"\text{été}", "été"),
    ("a_b", "a_b", "a_{b}", "a<sub>b</sub>"),
    ("W[a_b_c]", "W[a_b_c]", r"\text{W[a\_b\_c]}", "W[a_b_c]"),
    ("x^a_b_c", "xᵃ_{b,c}", "x^{a}_{b,c}", "x<sup>a</sup><sub>b,c</sub>"),
    ("W[_]", "W[_]", r"\text{W[\_]}", "W[_]"),
    ("W[]", "W[]", r"\text{W[]}", "W[]"),
    ("W[1,]", "W[1,]", r"\text{W[1,]}", "W[1,]"),
    ("∂C/∂w", "∂C/∂w", r"\text{∂C/∂w}", "∂C/∂w"),
    ("two words", "two words", r"\text{two words}", "two words"),
    ("layer.weight (1)", "layer.weight (1)", r"\text{layer.weight (1)}", "layer.weight (1)"),
    ("[x](y)", "[x](y)", r"\text{[x]{}(y)}", "[x](y)"),
    ("![x]", "![x]", r"\text{!{}[x]}", "![x]"),
    ("http://a.b", "http://a.b", r"\text{http:/{}/a.b}", "http://a.b"),
    ("WWW.a.b", "WWW.a.b", r"\text{WWW{}.a.b}", "WWW.a.b"),
    ("a@b.c", "a@b.c", r"\text{a{}@b.c}", "a@b.c"),
    ("`x`", "`x`", r"\text{‘x‘}", "`x`"),
    ("x[α,é,1]", "x[α,é,1]", r"x_{\alpha,\text{é},1}", "x<sub>α,é,1</sub>"),
    ("", "", r"\text{}", ""),
]
HOSTILE = [
    "</text><script>alert(1)</script>",
    '" onload="alert(1)',
    "' onload='x",
    "a&b;&lt;",
    r"\input{/etc/passwd}",
    r"}\end{document}",
    "$x$ %comment #1 ~ ^ {",
    "line\nbreak\r\ttab\0nul",
    "\u202eright to left\u2066",
    "\ud800",
    "]]>",
    "-->",
    "x" * 10_000,
    "\0" * 10_000,
]


class TestNumbers:
    @pytest.mark.parametrize(("x", "text", "latex", "markup", "plain"), NUMBERS)
    def test_the_table(self, x: float, text: str, latex: str, markup: str, plain: str) -> None:
        assert [number(x, style) for style in STYLES] == [text, latex, markup, plain]

    @pytest.mark.parametrize(
        ("digits", "written"), [(1, "3"), (2, "3.1"), (3, "3.14"), (6, "3.14159"), (17, "3.1415926535897931")]
    )
    def test_digits_are_significant_digits(self, digits: int, written: str) -> None:
        assert number(math.pi, digits=digits) == written
        assert number(math.pi * 1e-9, digits=digits).startswith(written[:2].rstrip("."))

    @pytest.mark.parametrize("x", [3, True, np.float64(3), np.float32(3), np.int64(3)])
    def test_any_number_is_written_as_the_float_that_it_is(self, x: Any) -> None:
        assert [number(x, style) for style in STYLES] == [number(float(x), style) for style in STYLES]

    @settings(max_examples=scaled(150))
    @given(st.floats())
    def test_plain_reads_back_as_the_same_float(self, x: float) -> None:
        again = float(number(x, "plain"))
        assert again.hex() == x.hex() or (math.isnan(x) and math.isnan(again))

    @settings(max_examples=scaled(150))
    @given(st.floats(-1e308, 1e308))
    def test_text_is_within_half_a_unit_of_the_fourth_digit(self, x: float) -> None:
        digits = "".join(number(x, "latex").replace(r" \times 10^{", "e").split("}"))
        assert float(digits) == pytest.approx(x, rel=5.001e-4, abs=0)


class TestNames:
    @pytest.mark.parametrize(("label", "text", "latex", "markup"), NAMES)
    def test_the_table(self, label: str, text: str, latex: str, markup: str) -> None:
        assert [name(label, style) for style in STYLES] == [text, latex, markup, label]

    @pytest.mark.parametrize("style", ["text", "latex", "html"])
    @pytest.mark.parametrize(
        ("label", "is_one_name"),
        [
            *(
                (label, True)
                for label in ("w", "w_1", "a^(L)", "a^3[1]", "a(n^3[1])", "layer.0.weight", "learning_rate")
            ),
            *((label, False) for label in ("x1*w1 + x2*w2", "two words", "-x", "a=b", "x[1", "n,m", "f(x)+1")),
        ],
    )
    def test_a_label_that_is_no_name_is_bracketed_as_an_operand(
        self, label: str, is_one_name: bool, style: Style
    ) -> None:
        shown, operand = name(label, style), symbol(label, 2.0)
        assert write(operand, style) == shown
        written = [write(3.0 * operand, style), write(operand**2, style), derivative(label, label, style)]
        # A name with an upper index is in parentheses as the base of a power.
        assert [f"({shown})" in text for text in written] == [
            not is_one_name,
            not is_one_name or label in ("a^(L)", "a^3[1]"),
            not is_one_name,
        ]

    def test_what_is_held_fixed_is_bracketed_too(self) -> None:
        assert at_fixed("∂f/∂x", ["x1*w1", "u"]) == "∂f/∂x|(x1*w1),u"

    @pytest.mark.parametrize("label", HOSTILE)
    def test_html_holds_no_markup_of_the_labels_own(self, label: str) -> None:
        written = name(label, "html")
        assert not set(written) & set("<>\"'")
        assert html.unescape(written) == visible(label)

    @pytest.mark.parametrize("label", HOSTILE)
    def test_latex_holds_no_command_of_the_labels_own(self, label: str) -> None:
        written = name(label, "latex")
        assert written.startswith(r"\text{")
        inside = written.removeprefix(r"\text{").removesuffix("}")
        for command in (
            r"\textbackslash{}",
            r"\textasciitilde{}",
            r"\textasciicircum{}",
            r"\textless{}",
            r"\textgreater{}",
            *(rf"\{c}" for c in "&%$#_{}"),
        ):
            inside = inside.replace(command, "")
        assert not set(inside) & set("\\{}$&#^_%~")

    @pytest.mark.parametrize("label", HOSTILE)
    @pytest.mark.parametrize("style", ["text", "html", "latex"])
    def test_every_label_is_one_short_line_of_printable_characters(self, label: str, style: Style) -> None:
        assert visible(label).isprintable()
        assert len(visible(label)) <= 60
        assert name(label, style).isprintable()
        assert "\n" not in escape(visible(label), style)

    @settings(max_examples=scaled(150))
    @given(st.text())
    def test_any_text_is_written_safely(self, label: str) -> None:
        assert name(label, "text").isprintable()
        markup = name(label, "html")
        for tag in ("<sub>", "</sub>", "<sup>", "</sup>"):
            markup = markup.replace(tag, "")
        assert not set(markup) & set("<>\"'")
        latex = name(label, "latex").replace(r"\{", "").replace(r"\}", "")
        assert latex.count("{") == latex.count("}")

    def test_a_label_that_fits_is_shown_whole_and_a_longer_one_is_cut(self) -> None:
        assert visible("x" * 60) == "x" * 60
        assert visible("x" * 61) == "x" * 59 + "…"
        assert name("x" * 61) == "x" * 59 + "…"
