"""The gradient checker on functions of several outputs: every entry of the Jacobian, recorded or given."""

from __future__ import annotations

import math
import random
import re
import statistics

import numpy as np
import pytest
from effort import IS_THOROUGH, scaled, thorough
from faults import faulty
from test_differences import compositions

import autograd as ag
from autograd.checking.function import AnalyticJacobian, Output
from autograd.checking.jacobian import JacobianCheck
from autograd.checking.sampling import FIRST_STEP
from autograd.checking.verdict import Difference, Finding, noises_of_rows


def f(x, y):
    return [x * y, ag.sin(x), x * x + y]


def J(x, y):
    return [[y, x], [math.cos(x), 0.0], [2.0 * x, 1.0]]


NAMES = ["∂f[0]/∂x", "∂f[0]/∂y", "∂f[1]/∂x", "∂f[1]/∂y", "∂f[2]/∂x", "∂f[2]/∂y"]


def test_every_entry_of_the_jacobian_is_checked_and_named_by_its_place():
    check = ag.gradcheck(f, (2.0, 5.0))
    assert check, str(check)
    assert [found.name for found in check.leaves] == NAMES
    assert [found.engine for found in check.leaves] == ag.jacobian(f)(2.0, 5.0).ravel().tolist()
    assert check.symmetry is None
    assert (check.value_count, len(check.edges)) == (4, 7)


def test_an_array_of_outputs_is_named_by_all_its_indices():
    check = ag.gradcheck(lambda p: np.array([[p[0], p[1]], [p[0] * p[1], 2.0 * p[1]]]), [2.0, 3.0])
    assert check
    assert [found.name for found in check.leaves][::2] == [
        "∂f[0,0]/∂p[0]",
        "∂f[0,1]/∂p[0]",
        "∂f[1,0]/∂p[0]",
        "∂f[1,1]/∂p[0]",
    ]


def test_a_list_of_one_output_is_a_list():
    assert [found.name for found in ag.gradcheck(lambda x: [x * x], 3.0).leaves] == ["∂f[0]/∂x"]


@pytest.mark.parametrize("place", range(6))
def test_one_wrong_entry_is_named(place):
    def wrong(x, y):
        rows = J(x, y)
        rows[place // 2][place % 2] += 0.01
        return rows

    check = ag.gradcheck(f, (2.0, 5.0), gradient=wrong)
    assert [found.name for found in check.leaves if found.verdict == "fail"] == [NAMES[place]]


@pytest.mark.parametrize(
    "given", [J, J(2.0, 5.0), np.array(J(2.0, 5.0)), lambda x, y: np.array(J(x, y)), lambda p: J(*p)]
)
def test_a_jacobian_is_given_as_rows_by_numbers_or_by_a_function(given):
    assert ag.gradcheck(f, (2.0, 5.0), gradient=given)


def test_a_jacobian_may_come_in_a_tuple_with_a_block_for_each_argument():
    def outer(w, x):
        return np.tanh(w @ x)

    def blocks(w, x):
        slope = 1.0 - np.tanh(w @ x) ** 2
        return np.einsum("i,ij,k->ijk", slope, np.eye(2), x), slope[:, None] * w

    at = np.array([[0.1, -0.3, 0.2], [0.5, 0.4, -0.7]]), np.array([0.3, 1.1, -0.6])
    check = ag.gradcheck(outer, at, gradient=blocks)
    assert check, str(check)
    assert len(check.leaves) == 18
    assert not ag.gradcheck(outer, at, gradient=lambda w, x: (blocks(w, x)[0], 1.01 * blocks(w, x)[1]))


def test_a_wrong_rule_is_named_among_several_outputs_and_the_others_are_not_blamed():
    sin = faulty("sin", lambda x, z: -ag.cos(x))
    check = ag.gradcheck(lambda x, y: [x * y, sin(x), ag.exp(y)], (0.5, 0.7))
    assert [found.name for found in check.leaves if found.verdict == "fail"] == ["∂f[1]/∂x"]
    assert {found.node.op for found in check.edges if found.verdict == "fail"} == {sin}


def test_a_value_that_leaves_the_graph_is_noticed_in_the_output_that_it_leaves():
    check = ag.gradcheck(lambda x, y: [x * y, x * y.data], (0.5, 0.7))
    assert [(found.name, found.verdict) for found in check.leaves if not found.holds] == [("∂f[1]/∂y", "fail")]
    assert "a value left the graph" in str(check)


def test_the_edges_on_the_way_to_one_output_do_not_settle_another():
    wrong = faulty("tanh", lambda x, z: 2.0 * ag.sech(x) ** 2)
    check = ag.gradcheck(lambda x: [1.0 + ag.tanh(x), 1.0 + wrong(x)], 25.0)
    assert [found.verdict for found in check.leaves] == ["pass", "undecided"]


def test_a_kink_of_one_output_is_none_of_another():
    check = ag.gradcheck(lambda x: [abs(x), x * x], 0.0)
    assert [found.verdict for found in check.leaves] == ["kink", "pass"]
    assert check.leaves[1].difference.evaluations <= 25


def test_an_output_that_is_an_argument_or_a_number_has_derivatives_1_and_0():
    check = ag.gradcheck(lambda x, y: [x, 3.0, y], (0.5, 0.7))
    assert check, str(check)
    assert [found.engine for found in check.leaves] == [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def test_many_leaves_are_checked_along_directions_and_wrong_ones_are_found_by_halving():
    A = np.random.default_rng(0).normal(size=(3, 400))
    given = A * np.cos(A @ np.ones(400))[:, None]
    check = ag.gradcheck(lambda p: np.sin(A @ p), np.ones(400), gradient=given, mode="fast")
    assert check, str(check)
    assert len(check.leaves) == 9
    assert check.leaves[4].name == "f[1] along direction 2 of 3 through all 400 leaves"
    given[1, 17] *= -1.0
    given[2, 399] = 0.0
    wrong = ag.gradcheck(lambda p: np.sin(A @ p), np.ones(400), gradient=given, mode="fast").leaves
    assert {"∂f[1]/∂p[17]", "∂f[2]/∂p[399]"} == {finding.label for finding in wrong if finding.label.startswith("∂")}


def test_all_outputs_are_differenced_by_the_same_calls():
    draw = random.Random(1)
    counts = []
    for _ in range(20):
        rows = [[draw.gauss(0.0, 1.0) for _ in range(4)] for _ in range(5)]
        calls = []

        def several(p, rows=rows, calls=calls):
            calls.append(1)
            return [math.sin(sum(a * x for a, x in zip(row, p, strict=True))) for row in rows]

        def by_hand(p, rows=rows):
            cosines = [math.cos(sum(a * x for a, x in zip(row, p, strict=True))) for row in rows]
            return [[c * a for a in row] for c, row in zip(cosines, rows, strict=True)]

        assert ag.gradcheck(several, [draw.gauss(0.0, 1.0) for _ in range(4)], gradient=by_hand)
        counts.append(len(calls) / 4)
    assert 5 <= statistics.median(counts) <= 7


@pytest.mark.parametrize(("factor", "limits"), [(1.0, (5, 9)), (1.01, (10, 25))])
def test_a_right_derivative_takes_fewer_calls_than_a_wrong_one(factor, limits):
    counts = []
    for f, x, slope in compositions(seed=5, count=scaled(100)):
        calls = []
        ag.gradcheck(lambda x, f=f, calls=calls: calls.append(1) or f(x), x, gradient=factor * slope)
        counts.append(len(calls))
    assert limits[0] <= statistics.median(counts) <= limits[1]


W = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
"""A matrix argument, not square."""
OF_W = 2.0 * W
JACOBIAN = np.array([np.outer([1.0, 0.0], [1.0, 2.0, 3.0]), np.outer([0.0, 1.0], [1.0, 2.0, 3.0])])
"""Of W [1, 2, 3]."""


def squares(W):
    return float((W * W).sum())


def product(W):
    return W @ np.array([1.0, 2.0, 3.0])


def affine(W, b):
    return float(W.sum() + 3.0 * b)


@pytest.mark.parametrize(
    ("f", "at", "gradient"),
    [
        (squares, (W,), OF_W),
        (squares, (W,), OF_W.tolist()),
        (squares, (W,), (OF_W,)),
        (squares, (W,), OF_W[None]),
        (product, (W,), JACOBIAN),
        (product, (W,), JACOBIAN.reshape(2, 6)),
        (product, (W,), (JACOBIAN,)),
        (affine, (W, 2.0), (np.ones((2, 3)), 3.0)),
        (affine, (W, 2.0), [np.ones((2, 3)), 3.0]),
        (affine, (W[0], 2.0), [1.0, 1.0, 1.0, 3.0]),
        (lambda W, b: W[:, 0] * b, (W, 2.0), ([[[2, 0, 0], [0, 0, 0]], [[0, 0, 0], [2, 0, 0]]], [0.1, 0.4])),
        (lambda p: p[0][0] * p[0][1] * p[1], ([[2.0, 3.0], 5.0],), [[15.0, 10.0], 6.0]),
    ],
)
def test_derivatives_in_the_shape_of_outputs_and_arguments_are_taken(f, at, gradient):
    check = ag.gradcheck(f, at, gradient=gradient)
    assert check, str(check)


@pytest.mark.parametrize(
    ("f", "at", "gradient", "shapes"),
    [
        (squares, (W,), OF_W.T, "(2, 3), got (3, 2)"),
        (squares, (W,), OF_W.ravel(), "(2, 3), got (6,)"),
        (squares, (W,), lambda W: 2.0 * W.ravel(order="F"), "(2, 3), got (6,)"),
        (lambda p: float(p @ p), (np.ones(3),), np.full((3, 1), 2.0), "(3,), got (3, 1)"),
        (product, (W,), JACOBIAN.reshape(2, 6).T, "(2, 2, 3), got (6, 2)"),
        (product, (W,), JACOBIAN.ravel(), "(2, 2, 3), got (12,)"),
        (product, (W,), np.moveaxis(JACOBIAN, 0, -1), "(2, 2, 3), got (2, 3, 2)"),
        (f, (2.0, 5.0), lambda x, y: np.transpose(J(x, y)), "(3, 2), got (2, 3)"),
        (affine, (W, 2.0), (np.ones((3, 2)), 3.0), "[(2, 3), ()], got [(3, 2), ()]"),
        (affine, (W, 2.0), np.array([1.0] * 6 + [3.0]), "[(2, 3), ()], got (7,)"),
    ],
)
def test_derivatives_of_another_shape_are_refused(f, at, gradient, shapes):
    """As many numbers in another order would be checked against the wrong entries."""
    with pytest.raises(ValueError, match=re.escape(f"gradient must have shape {shapes}; a transposed or flattened")):
        ag.gradcheck(f, at, gradient=gradient)


def layer(W):
    """Return tanh(W x) and its Jacobian."""
    return lambda x: np.tanh(W @ x), lambda x: W / np.cosh(W @ x)[:, None] ** 2


def test_saturated_units_do_not_veto_a_layer():
    """Their derivatives are 1e-15 of the others, which differences of values near 1 cannot show."""
    size, scale, seed = (30, 1.0, 8) if IS_THOROUGH else (6, 4.0, 1)
    W = scale * np.random.default_rng(seed).normal(size=(size, size))
    x = np.random.default_rng(100 + seed).normal(size=size)
    f, jacobian = layer(W)
    assert np.abs(W @ x).max() > 15.0
    check = ag.gradcheck(f, x, gradient=jacobian)
    assert check, str(check)
    assert any(finding.reason == "negligible in its row, and hidden by rounding" for finding in check.leaves)
    i = int(np.argmin(np.abs(W @ x)))
    for factor in (-1.0, 0.0, 1.001, 2.0) if IS_THOROUGH else (1.001,):
        wrong = jacobian(x)
        wrong[i, 0] *= factor
        assert [x.verdict for x in ag.gradcheck(f, x, gradient=wrong).leaves].count("fail") == 1
    wrong = jacobian(x)
    wrong[int(np.argmax(np.abs(W @ x)))] += 1e-6
    assert [x.verdict for x in ag.gradcheck(f, x, gradient=wrong).leaves].count("fail") == size


def test_an_entry_is_negligible_beside_others_only():

    def f(x, y):
        return x + 1e-18 * math.sin(y)

    assert ag.gradcheck(f, (1.0, 1.0), gradient=(1.0, 1e-18 * math.cos(1.0)))
    assert not ag.gradcheck(f, (1.0, 1.0), gradient=(2.0, 1e-18))
    assert not ag.gradcheck(lambda x: 1.0 + 1e-14 * math.sin(x), 1.0, gradient=1e-14 * math.cos(1.0))
    # The input is as large as the slope is small.
    assert not ag.gradcheck(lambda x, y: x + 1e-18 * y, (1.0, 1e12), gradient=(1.0, 2e-18))


def test_an_absolute_tolerance_holds_for_the_whole_function_only():
    near = {"gradient": lambda x, y: (y + 1e-5, x)}
    assert not ag.gradcheck(lambda x, y: x * y, (2.0, 5.0), **near)
    check = ag.gradcheck(lambda x, y: x * y, (2.0, 5.0), **near, atol=1e-4)
    assert check.leaves[0].remark() == "within 0.0001, the absolute tolerance"
    assert not ag.gradcheck(lambda x, y: x * y, (2.0, 5.0), **near, atol=1e-6)
    assert ag.gradcheck(lambda x: 1.0 + 1e-14 * math.sin(x), 1.0, gradient=0.0, atol=1e-9)
    assert ag.assert_gradients(lambda x, y: x * y, 2.0, 5.0, **near, atol=1e-4)
    wrong = faulty("tanh", lambda x, z: 1.0 - 1.001 * z * z)
    assert not ag.gradcheck(lambda x: wrong(x), 0.5, atol=1.0)


@pytest.mark.parametrize("atol", [-1e-9, math.inf, math.nan])
def test_an_absolute_tolerance_is_a_finite_number(atol):
    with pytest.raises(ValueError, match="atol must be an absolute tolerance from 0 on, got"):
        ag.gradcheck(lambda x: x, 1.0, atol=atol)


def test_a_hessian_has_rows_in_the_shape_of_the_arguments():
    hessian = 2.0 * np.eye(6)
    for form in (hessian, hessian.reshape(2, 3, 2, 3), hessian.reshape(6, 2, 3), ((hessian,),)):
        check = ag.gradcheck(squares, (W,), gradient=lambda W: 2.0 * W, hessian=form)
        assert check, str(check)
    with pytest.raises(ValueError, match=re.escape("Hessian must have shape (2, 3, 2, 3), got (36,)")):
        ag.gradcheck(squares, (W,), gradient=lambda W: 2.0 * W, hessian=hessian.ravel())


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: ag.gradcheck(f, (2.0, 5.0), gradient=[1.0, 2.0, 3.0]),
            ValueError,
            "must have 6 numbers, got 3; give 3 × 2, a row for each output",
        ),
        (lambda: ag.gradcheck(lambda x: [], 2.0), ValueError, "returned no number"),
        (lambda: ag.gradcheck(lambda x: [x, "a"], 2.0), TypeError, "got str 'a'"),
        (
            lambda: ag.gradcheck(lambda x: [x] * (2 + (x > 2.0)), 2.0, gradient=[1.0, 1.0]),
            TypeError,
            "as many numbers at every point, got 3 at one and 2 at another",
        ),
    ],
)
def test_what_is_no_jacobian_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("z", [1.0 + 2.0j, np.complex128(1j), [1.0, 2j], np.array([1j]), {"z": 1j, "x": 1.0}], ids=repr)
def test_complex_numbers_are_refused_with_the_way_to_split_them(z):
    with pytest.raises(TypeError, match=r"must take real numbers .* two arguments: gradcheck\(lambda re, im: "):
        ag.gradcheck(lambda p: 1.0, (z,), gradient=z)
    with pytest.raises(ValueError, match=r"must return real numbers, got complex numbers; .* \[y.real, y.imag\]"):
        ag.gradcheck(lambda x: z, 1.0, gradient=0.0)


def test_parts_of_complex_numbers_are_checked():
    def parts(y):
        return [y.real, y.imag]

    def slope(re, im):
        z = 2.0 * (re + 1j * im)
        return [[z.real, -z.imag], [z.imag, z.real]]

    assert ag.gradcheck(lambda re, im: parts((re + 1j * im) ** 2), (1.5, -0.5), gradient=slope)
    assert not ag.gradcheck(
        lambda re, im: parts((re + 1j * im) ** 2), (1.5, -0.5), gradient=lambda re, im: slope(re, -im)
    )


@thorough
@pytest.mark.parametrize("seed", range(40))
def test_saturated_units_in_single_precision(seed):
    """The derivatives of a saturated unit are below the rounding of its value, whether its type is told or not."""
    draw = np.random.default_rng(seed)
    W, b, x = (draw.normal(size=size).astype(np.float32) for size in ((4, 4), 4, 4))
    W[0] *= np.float32(6.0)
    x[0] *= np.float32(0.01)
    jacobian = W / np.cosh(W.astype(float) @ x + b)[:, None] ** 2
    f = lambda p: np.tanh(W @ p.astype(np.float32) + b)  # noqa: E731
    check = ag.gradcheck(f, x.astype(float), gradient=jacobian)
    assert "fail" not in {finding.verdict for finding in check.leaves}, check
    told = ag.gradcheck(lambda p: f(p).astype(float), x.astype(float), gradient=jacobian)
    assert "fail" not in {finding.verdict for finding in told.leaves}, told
    i, k = (int(n) for n in np.unravel_index(np.argmax(np.abs(jacobian)), jacobian.shape))
    jacobian[i, k] *= 1.1
    wrong = ag.gradcheck(f, x.astype(float), gradient=jacobian)
    assert [n for n, finding in enumerate(wrong.leaves) if finding.verdict == "fail"] == [4 * i + k], wrong


def test_layer_with_saturated_unit_holds_in_single_precision():
    """Entries that change their output by less than the rounding of a row are negligible in it."""
    W = np.array([[6.5, 5.0], [0.5, -0.3]], dtype=np.float32)
    x, f = np.array([0.8, 0.6]), lambda p: np.tanh(W @ p.astype(np.float32))
    jacobian = W / np.cosh(W.astype(float) @ x)[:, None] ** 2
    check = ag.gradcheck(f, x, gradient=jacobian)
    assert check
    assert [finding.reason.partition(",")[0] for finding in check.leaves[:2]] == ["negligible in its row"] * 2
    jacobian[0, 0] = 1e-3
    assert ag.gradcheck(f, x, gradient=jacobian).leaves[0].verdict == "fail"


def test_flat_unit_in_single_precision_is_not_called_flat():
    """Its values do not change, and their rounding hides more than its derivatives."""
    W = np.array([[17.0, -3.0], [1.4, 0.6]], dtype=np.float32)
    x, f = np.array([0.54, -0.002]), lambda p: np.tanh(W @ p.astype(np.float32))
    jacobian = W / np.cosh(W.astype(float) @ x)[:, None] ** 2
    for g in (f, lambda p: f(p).astype(float)):
        check = ag.gradcheck(g, x, gradient=jacobian)
        assert "fail" not in {finding.verdict for finding in check.leaves}, check


@pytest.mark.parametrize(
    ("unit", "noise", "hidden"), [(0.0, 0.0, 2.0**-50), (2.0**-24, 0.0, 2.0**-22), (0.0, 1e-3, 2e-3)]
)
def test_bounds_of_flat_output_allow_for_its_rounding(unit, noise, hidden):
    jacobian = AnalyticJacobian([Output("f")], lambda: ["x"], np.ones(1), np.zeros((1, 1)), np.zeros((1, 1)))
    check = JacobianCheck(jacobian, lambda keys: lambda point: [(1.0, None)], unit=unit)
    step = FIRST_STEP
    assert check.bounds(0, 0, noise) == pytest.approx((hidden / step, hidden / (step * 2.0**-12)))


def test_flat_output_has_the_relative_noise_of_the_others():
    findings = [Finding(1.0, Difference(1.0, 0.1, noise=noise), "pass") for noise in (0.0, 2.0, 0.0, 0.0, 0.5, 0.0)]
    assert noises_of_rows(findings, [1000.0, -10.0, 0.0]) == [2.0, 0.02, 0.5]
    assert noises_of_rows(findings, [-1e-3, 1e9, 3.0]) == [2.0, 2e12, 6e3]
    assert noises_of_rows([], []) == []
