"""Values and derivatives that others have published: tables of papers and courses, NIST, ADBench, and 35 functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from effort import thorough
from points import plain
from published import adbench, multiprecision, nist, textbooks
from published import more_garbow_hillstrom as mgh
from published.data import load, ulps, units
from published.least_squares import least_squares

import autograd as ag

Objective = Callable[[Sequence[Any]], Any]


def rounded(numbers: Sequence[Any], digits: int) -> list[float]:
    return [round(x, digits) for x in plain(numbers).tolist()]


def adjoints(variables: Sequence[ag.Value]) -> list[float]:
    """Of every variable, with respect to the last."""
    variables[-1].backward()
    return [v.grad for v in variables]


def forward_mode(f: Objective, x: Sequence[float]) -> list[float]:
    """The gradient by one forward sweep for each variable."""
    return [ag.jvp(f, list(x), direction)[1] for direction in np.eye(len(x)).tolist()]


def assert_agrees(f: Objective, x: Sequence[float], reference: dict[str, Any]) -> None:
    """Value and gradient are as near to their references as the references say."""
    value, gradient = ag.value_and_grad(f)(list(x))
    assert ulps(value, reference["value"]) <= reference["value_ulps"]
    for got, wanted, most in zip(gradient, reference["gradient"], reference["gradient_ulps"], strict=True):
        assert ulps(got, wanted) <= most


def assert_same_to_38_digits(f: Objective, x: Sequence[float], reference: dict[str, Any]) -> None:
    """So it is the function that the reference was computed from, whatever rounding does to floats."""
    wanted = multiprecision.exact.mpf(reference["value"])
    assert abs(multiprecision.value(f, x) - wanted) <= 1e-38 * abs(wanted)


# --- papers and courses


def test_baydin_table_2_every_tangent_in_forward_mode() -> None:
    primals, tangents = ag.jvp(textbooks.baydin, (2.0, 5.0), (1.0, 0.0))
    assert rounded(primals, 3) == [2, 5, 0.693, 10, -0.959, 10.693, 11.652]
    assert rounded(tangents, 3) == [1, 0, 0.5, 5, 0, 5.5, 5.5]


def test_baydin_table_3_every_adjoint_in_reverse_mode() -> None:
    x1, x2 = ag.Value(2.0, "x[1]"), ag.Value(5.0, "x[2]")
    variables = textbooks.baydin(x1, x2)
    assert rounded(adjoints(variables), 3) == [5.5, 1.716, 1, 1, -1, 1, 1]
    assert rounded(ag.gradient(variables[-1], variables), 3) == [5.5, 1.716, 1, 1, -1, 1, 1]


def test_baydin_table_3_what_each_adjoint_is_the_sum_of() -> None:
    x1, x2 = ag.Value(2.0, "x[1]"), ag.Value(5.0, "x[2]")
    y = textbooks.baydin(x1, x2)[-1]
    assert sorted(rounded([path.product for path in ag.paths(y, x2)], 3)) == [-0.284, 2]
    assert sorted(rounded([path.product for path in ag.paths(y, x1)], 3)) == [0.5, 5]


def within_1_unit(printed: list[float]) -> Any:
    """The book goes on with the four decimals that it prints, so that the last may be off by one."""
    return pytest.approx(printed, rel=0, abs=1e-4)


def test_griewank_walther_tables_1_1_and_1_2_every_tangent() -> None:
    primals, tangents = ag.jvp(textbooks.griewank_walther, (1.5, 0.5), (1.0, 0.0))
    assert primals == within_1_unit([1.5, 0.5, 3, 0.1411, 1.6487, 1.3513, 1.4924, 2.0167])
    assert tangents == within_1_unit([1, 0, 2, -1.98, 0, 2, 0.02, 3.0118])


def test_griewank_walther_table_1_3_every_adjoint() -> None:
    variables = textbooks.griewank_walther(ag.Value(1.5), ag.Value(0.5))
    assert adjoints(variables) == within_1_unit([3.0118, -13.7239, 1.5059, 1.3513, -2.8437, 2.8437, 1.3513, 1])


def test_griewank_walther_lighthouse_has_the_derivatives_found_by_hand() -> None:
    nu, gamma, omega, t = at = [2.0, 1.5, 0.5, 0.75]
    tangent, squared_secant = math.tan(omega * t), 1 / math.cos(omega * t) ** 2
    y, below = nu * tangent / (gamma - tangent), (gamma - tangent) ** 2
    turning = nu * gamma * squared_secant / below
    by_hand = [tangent / (gamma - tangent), -nu * tangent / below, turning * t, turning * omega]
    along_quay = gamma * np.array(by_hand) + [0, y, 0, 0]
    np.testing.assert_allclose(ag.jacobian(textbooks.lighthouse)(at), np.array([by_hand, along_quay]), rtol=1e-14)


def test_griewank_walther_speelpenning_gradient_is_the_product_of_the_others() -> None:
    x = [float(i) for i in range(1, 11)]
    assert ag.grad(textbooks.speelpenning)(x) == [math.factorial(10) / xi for xi in x]
    assert ag.hessian(textbooks.speelpenning)(x)[2, 6] == math.factorial(10) / (3 * 7)
    assert ag.grad(textbooks.speelpenning)([0.0, 2.0, 3.0]) == [6.0, 0.0, 0.0]


def test_cs231n_sum_times_circuit() -> None:
    inputs = [ag.Value(x) for x in (-2.0, 5.0, -4.0)]
    gates = textbooks.cs231n_sum_times(*inputs)
    assert [gate.data for gate in gates] == [3, -12]
    assert adjoints([*inputs, *gates]) == [-4, -4, 3, -4, 1]


def test_cs231n_neuron_circuit_every_gate() -> None:
    inputs = [ag.Value(x) for x in (2.0, -1.0, -3.0, -2.0, -3.0)]
    gates = textbooks.cs231n_neuron(*inputs)
    assert rounded(gates, 2) == [-2, 6, 4, 1, -1, 0.37, 1.37, 0.73]
    backward = adjoints([*inputs, *gates])
    assert rounded(backward[5:], 2) == [0.2, 0.2, 0.2, 0.2, -0.2, -0.53, -0.53, 1]
    assert rounded(backward[:5], 2) == [-0.2, 0.39, -0.39, -0.59, 0.2]


def test_cs231n_max_gate_routes_the_gradient_to_the_greater() -> None:
    value, gradient = ag.value_and_grad(textbooks.cs231n_max)(3.0, -4.0, 2.0, -1.0)
    assert (value, gradient) == (-20, (-8, 6, 2, 0))


def test_cs231n_staged_function() -> None:
    def f(x: Sequence[Any]) -> Any:
        return textbooks.cs231n_staged(*x)

    at = [3.0, -4.0]
    value, gradient = ag.value_and_grad(f)(at)
    assert value == pytest.approx(float(multiprecision.value(f, at)), rel=1e-15, abs=0)
    assert gradient == pytest.approx(multiprecision.gradient(f, at), rel=1e-14, abs=0)


# --- NIST

NIST_CASES = [(name, case) for name, data in nist.SETS.items() for case in data["references"]]


def nist_case(name: str, case: str) -> tuple[Objective, list[float], dict[str, Any]]:
    """The objective, where, and the reference of it."""
    data = nist.SETS[name]
    reference = data["references"][case]
    if case == "residual":
        return lambda b: nist.residuals(name, b)[1], data["start2"], reference
    return lambda b: nist.sum_of_squares(name, b), data[case], reference


def test_nist_has_27_sets_of_four_references() -> None:
    assert len(nist.SETS) == 27
    assert len(NIST_CASES) == 27 * 4


@pytest.mark.parametrize(("name", "case"), NIST_CASES)
def test_nist_value_and_gradient(name: str, case: str) -> None:
    assert_agrees(*nist_case(name, case))


@pytest.mark.parametrize(
    "name",
    # Gauss1 has the same function as the other two.
    [pytest.param(name, marks=thorough) if name in ("Gauss2", "Gauss3") else name for name in nist.SETS],
)
def test_nist_gradient_in_forward_mode(name: str) -> None:
    f, b, reference = nist_case(name, "start1")
    for got, wanted, most in zip(forward_mode(f, b), reference["gradient"], reference["gradient_ulps"], strict=True):
        assert ulps(got, wanted) <= most


@pytest.mark.parametrize(("name", "case"), NIST_CASES)
def test_nist_objective_is_that_of_the_reference(name: str, case: str) -> None:
    assert_same_to_38_digits(*nist_case(name, case))


def test_nist_hessians() -> None:
    compared = 0
    for name, case in NIST_CASES:
        f, b, reference = nist_case(name, case)
        if "hessian" in reference:
            wanted = np.array(reference["hessian"], dtype=float)
            np.testing.assert_allclose(ag.hessian(f)(b), wanted, rtol=0, atol=1e-14 * abs(wanted).max(), err_msg=name)
            compared += 1
    assert compared == 18


@pytest.mark.parametrize("name", nist.SETS)
def test_nist_sum_of_squares_at_the_certified_parameters_is_the_certified_one(name: str) -> None:
    f, b, _ = nist_case(name, "certified")
    got, certified = float(multiprecision.value(f, b)), nist.SETS[name]["certified_rss"]
    if name == "Lanczos1":  # 1.4e-25, which the 11 certified digits of the parameters are too few to show
        assert got < 1e-20
    else:
        assert got == pytest.approx(float(certified), rel=6e-11, abs=0)


# --- ADBench

ADBENCH = load("adbench")
LSTM = ADBENCH["lstm"]
SIGMOIDS: dict[str, Callable[[Any], Any]] = {
    "fused sigmoid": ag.sigmoid,
    "composed sigmoid": lambda x: 1 / (1 + ag.exp(-x)),
}


def adbench_case(name: str) -> tuple[Objective, list[float], dict[str, Any]]:
    """The objective, where, and the reference of it."""
    if name in SIGMOIDS:
        return lstm_objective(LSTM["length"], SIGMOIDS[name]), LSTM["parameters"], {**LSTM, **LSTM[name]}
    if name in ADBENCH["gaussian_mixture"]:
        case = ADBENCH["gaussian_mixture"][name]
        prior = case["k"], case["gamma"], case["m"]
        return lambda p: adbench.gaussian_mixture(p, case["points"], *prior), case["parameters"], case
    case = ADBENCH["bundle_adjustment"][name]
    return lambda p: adbench.bundle_adjustment(p, case["feature"])[case["output"]], case["parameters"], case


def lstm_objective(length: int, sigmoid: Callable[[Any], Any] = ag.sigmoid) -> Objective:
    characters = adbench.characters(LSTM["characters"], LSTM["width"])[:length]
    return lambda p: adbench.lstm(p, LSTM["state"], characters, LSTM["width"], sigmoid)


ADBENCH_CASES = [*ADBENCH["gaussian_mixture"], *ADBENCH["bundle_adjustment"], *SIGMOIDS]


def test_adbench_has_eight_cases() -> None:
    assert len(ADBENCH_CASES) == 8


@pytest.mark.parametrize("name", ADBENCH_CASES)
def test_adbench_value_and_gradient(name: str) -> None:
    assert_agrees(*adbench_case(name))


@pytest.mark.parametrize("name", ADBENCH_CASES)
def test_adbench_objective_is_that_of_the_reference(name: str) -> None:
    assert_same_to_38_digits(*adbench_case(name))


@pytest.mark.parametrize("name", ["gmm d2 K3 n1", "ba err[0]", "ba err[1]"])
def test_adbench_expects_the_value_and_gradient_of_its_own_tests(name: str) -> None:
    f, x, case = adbench_case(name)
    value, gradient = ag.value_and_grad(f)(x)
    assert value == pytest.approx(case["published"]["value"], rel=1e-11, abs=0)
    assert gradient == pytest.approx(case["published"]["grad"], rel=1e-10, abs=0)


@thorough
def test_adbench_lstm_of_1024_characters_has_the_gradient_that_adbench_expects() -> None:
    loss, gradient = ag.value_and_grad(lstm_objective(1024))(LSTM["parameters"])
    assert units(loss, repr(LSTM["published"]["value"])) <= 0.5
    assert len(gradient) == 266
    assert gradient == pytest.approx(LSTM["published"]["grad"], rel=1e-12, abs=0)


# --- Moré, Garbow and Hillstrom

# From their starts, the search takes 100 ms or more.
LONG_SEARCHES = ("osborne_2", "brown_dennis", "chebyquad", "meyer", "gulf", "watson")
every_problem = pytest.mark.parametrize("name", mgh.PROBLEMS)


def cancellation_free(residuals: Objective, x: Sequence[float]) -> Any:
    """Σᵢ |2rᵢ ∂rᵢ/∂xⱼ|: how large ∂f/∂xⱼ would be if nothing in its sum cancelled, to measure rounding errors by."""
    return 2 * np.abs(np.array(residuals(x), dtype=float)) @ np.abs(ag.jacobian(residuals)(x))


def test_mgh_has_35_functions() -> None:
    assert len(mgh.FUNCTIONS) == 35
    assert len(set(mgh.FUNCTIONS.values())) == 35


@every_problem
def test_mgh_value_at_the_starting_point_is_the_published_one(name: str) -> None:
    problem, f = mgh.PROBLEMS[name], mgh.sum_of_squares(mgh.FUNCTIONS[name])
    value = f(problem["start"])
    if "norm" in problem:
        assert units(math.sqrt(value), problem["norm"]) <= 0.5
    elif name == "penalty_2":  # published for 65 variables only, see below
        assert "value" not in problem
    else:
        assert units(value, problem["value"]) <= 0.5


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("penalty_1", lambda j, n: j),
        ("penalty_2", lambda j, n: 0.5),
        ("variably_dimensioned", lambda j, n: 1 - j / n),
        ("trigonometric", lambda j, n: 1 / n),
        ("chebyquad", lambda j, n: j / (n + 1)),
    ],
)
def test_mgh_value_for_more_variables_is_the_published_one(name: str, start: Callable[[int, int], float]) -> None:
    n = mgh.LARGER[name]["variables"]
    value = mgh.sum_of_squares(mgh.FUNCTIONS[name])([start(j, n) for j in range(1, n + 1)])
    assert units(value, mgh.LARGER[name]["value"]) <= 0.5


@every_problem
def test_mgh_gradient_is_that_of_50_digit_differences_and_the_same_in_both_modes(name: str) -> None:
    residuals, x = mgh.FUNCTIONS[name], mgh.PROBLEMS[name]["start"]
    f, size = mgh.sum_of_squares(residuals), cancellation_free(residuals, x)
    reverse = ag.grad(f)(x)
    assert np.all(np.abs(np.subtract(reverse, multiprecision.gradient(f, x))) <= 2e-13 * size)
    assert np.all(np.abs(np.subtract(reverse, forward_mode(f, x))) <= 1e-15 * size)


@pytest.mark.parametrize("name", [name for name, problem in mgh.PROBLEMS.items() if len(problem["start"]) <= 4])
def test_mgh_hessian_is_symmetric_and_that_of_50_digit_differences(name: str) -> None:
    f, x = mgh.sum_of_squares(mgh.FUNCTIONS[name]), mgh.PROBLEMS[name]["start"]
    wanted = np.array(multiprecision.hessian(f, x))
    got, size = ag.hessian(f)(x), abs(wanted).max()
    np.testing.assert_allclose(got, got.T, rtol=0, atol=1e-15 * size)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-14 * size)


@pytest.mark.parametrize("name", [name for name, problem in mgh.PROBLEMS.items() if "minimiser" in problem])
def test_mgh_gradient_vanishes_at_the_minimiser(name: str) -> None:
    problem = mgh.PROBLEMS[name]
    value, gradient = ag.value_and_grad(mgh.sum_of_squares(mgh.FUNCTIONS[name]))(problem["minimiser"])
    assert value == pytest.approx(float(problem["minima"][0]), rel=0, abs=1e-20)
    assert gradient == pytest.approx([0.0] * len(gradient), rel=0, abs=1e-13)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=thorough) if name in LONG_SEARCHES else name for name in mgh.PROBLEMS]
)
def test_mgh_minimum_is_reached_on_the_jacobians(name: str) -> None:
    problem = mgh.PROBLEMS[name]
    reached = least_squares(mgh.FUNCTIONS[name], problem["start"])
    assert any(reached < 1e-20 if least == "0" else units(reached, least) < 1 for least in problem["minima"])
