"""Optimizers against their papers and PyTorch; their memory; learning-rate schedules."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nn
from nn import schedules

MAKE: dict[str, Callable[[], nn.Optimizer]] = {
    "descent": lambda: nn.GradientDescent(0.1),
    "sgd": lambda: nn.SGD(0.1),
    "sgd, decay": lambda: nn.SGD(0.1, weight_decay=0.05),
    "momentum": lambda: nn.Momentum(0.05, 0.8),
    "momentum, decay": lambda: nn.Momentum(0.05, weight_decay=0.05),
    "nesterov": lambda: nn.Nesterov(0.05, 0.8),
    "nesterov, decay": lambda: nn.Nesterov(0.05, 0.8, weight_decay=0.05),
    "rmsprop": lambda: nn.RMSProp(0.01),
    "rmsprop, decay": lambda: nn.RMSProp(0.02, alpha=0.9, eps=1e-6, weight_decay=0.05),
    "adam": lambda: nn.Adam(0.01),
    "adam, decay": lambda: nn.Adam(0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.05),
}


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="compares with PyTorch: pip install torch")


def gradient(P: np.ndarray, step: int) -> np.ndarray:
    """Of a bent valley, with noise that depends on the step."""
    return np.array([4.0, 1.0, 0.25]) * P + 0.1 * P**3 + 0.3 * np.sin(np.arange(1.0, 4.0) * (step + 1))


def run(optimizer: nn.Optimizer, steps: range = range(50), P: Any = (1.0, -2.0, 3.0)) -> list[np.ndarray]:
    path = [np.array(P)]
    for step in steps:
        path.append(optimizer.step(path[-1], gradient(path[-1], step)))
    return path[1:]


def by_the_paper(name: str) -> Iterator[list[float]]:
    """The same steps, one number at a time, from the formulas of the papers."""
    P, decay = [1.0, -2.0, 3.0], 0.05 if "decay" in name else 0.0
    m, v = [0.0] * 3, [0.0] * 3
    for t in range(1, 51):
        g = gradient(np.array(P), t - 1).tolist()
        for i in range(3):
            d = g[i] + decay * P[i]
            if name.startswith(("descent", "sgd")):
                P[i] -= 0.1 * d
            elif name.startswith("momentum"):
                m[i] = (0.9 if decay else 0.8) * m[i] + d
                P[i] -= 0.05 * m[i]
            elif name.startswith("nesterov"):
                m[i] = 0.8 * m[i] + d
                P[i] -= 0.05 * (d + 0.8 * m[i])
            elif name.startswith("rmsprop"):
                rate, alpha, eps = (0.02, 0.9, 1e-6) if decay else (0.01, 0.99, 1e-8)
                v[i] = alpha * v[i] + (1 - alpha) * d * d
                P[i] -= rate * d / (math.sqrt(v[i]) + eps)
            else:
                rate, b1, b2, eps = (0.02, 0.8, 0.95, 1e-6) if decay else (0.01, 0.9, 0.999, 1e-8)
                m[i] = b1 * m[i] + (1 - b1) * d
                v[i] = b2 * v[i] + (1 - b2) * d * d
                P[i] -= rate * (m[i] / (1 - b1**t)) / (math.sqrt(v[i] / (1 - b2**t)) + eps)
        yield list(P)


class TestSteps:
    @pytest.mark.parametrize("name", MAKE)
    def test_fifty_steps_are_those_of_the_papers(self, name: str) -> None:
        for found, expected in zip(run(MAKE[name]()), by_the_paper(name), strict=True):
            assert found.tolist() == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("name", MAKE)
    def test_fifty_steps_are_those_of_pytorch(self, torch: Any, name: str) -> None:
        optim, decay = torch.optim, 0.05 if "decay" in name else 0.0
        P = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
        theirs = {
            "descent": lambda: optim.SGD([P], 0.1),
            "sgd": lambda: optim.SGD([P], 0.1, weight_decay=decay),
            "momentum": lambda: optim.SGD([P], 0.05, 0.9 if decay else 0.8, weight_decay=decay),
            "nesterov": lambda: optim.SGD([P], 0.05, 0.8, nesterov=True, weight_decay=decay),
            "rmsprop": lambda: (
                optim.RMSprop([P], 0.02, 0.9, 1e-6, weight_decay=decay) if decay else optim.RMSprop([P], 0.01)
            ),
            "adam": lambda: (
                optim.Adam([P], 0.02, (0.8, 0.95), 1e-6, weight_decay=decay) if decay else optim.Adam([P], 0.01)
            ),
        }[name.split(",")[0]]()
        for step, found in enumerate(run(MAKE[name]())):
            P.grad = torch.from_numpy(gradient(P.detach().numpy(), step))
            theirs.step()
            assert found.tolist() == pytest.approx(P.tolist(), rel=1e-12)

    def test_the_corrected_weight_of_the_essay_is_0_1571(self) -> None:
        assert nn.GradientDescent(0.05).step([0.15], [-0.142])[0].round(4) == 0.1571

    def test_the_variants_of_sgd_are_sgd(self) -> None:
        for short, full in [
            (nn.GradientDescent(0.1), nn.SGD(0.1)),
            (nn.GradientDescent(0.1, weight_decay=0.2), nn.SGD(0.1, weight_decay=0.2)),
            (nn.Momentum(0.1), nn.SGD(0.1, momentum=0.9)),
            (nn.Momentum(0.1, 0.5, 0.2), nn.SGD(0.1, momentum=0.5, weight_decay=0.2)),
            (nn.Nesterov(0.1), nn.SGD(0.1, momentum=0.9, nesterov=True)),
            (nn.Nesterov(0.1, 0.5, 0.2), nn.SGD(0.1, momentum=0.5, nesterov=True, weight_decay=0.2)),
        ]:
            assert np.array_equal(run(short), run(full))

    @pytest.mark.parametrize("name", MAKE)
    def test_a_step_changes_neither_the_parameters_nor_the_gradient_given(self, name: str) -> None:
        optimizer, P, slope = MAKE[name](), np.array([1.0, 2.0]), np.array([3.0, -4.0])
        first = optimizer.step(P, slope)
        kept = first.copy()
        second = optimizer.step(first, slope)
        assert (P.tolist(), slope.tolist()) == ([1.0, 2.0], [3.0, -4.0])
        assert first.tolist() == kept.tolist() != second.tolist()
        assert np.all(np.sign(P - first) == np.sign(slope))

    def test_a_rate_may_be_a_function_of_the_number_of_steps(self) -> None:
        asked: list[int] = []

        def rate(step: int) -> float:
            asked.append(step)
            return 1.0 / (step + 1)

        optimizer = nn.GradientDescent(rate)
        assert [optimizer.step([0.0], [-1.0]).item() for _ in range(3)] == [1.0, 0.5, 1 / 3]
        assert asked == [0, 1, 2]


class TestMemory:
    @pytest.mark.parametrize("name", MAKE)
    @pytest.mark.parametrize("after", [0, 1, 20])
    def test_another_optimizer_goes_on_from_a_state_with_the_same_numbers(self, name: str, after: int) -> None:
        whole, first, second = run(MAKE[name]()), MAKE[name](), MAKE[name]()
        head = run(first, range(after))
        second.load_state(first.state())
        assert second.steps == after
        tail = run(second, range(after, 50), head[-1] if head else (1.0, -2.0, 3.0))
        assert np.array_equal(whole, head + tail)

    def test_a_state_is_arrays_of_floats_and_a_copy(self) -> None:
        optimizer = MAKE["adam"]()
        assert {name: array.tolist() for name, array in optimizer.state().items()} == {"steps": 0.0}
        path = run(optimizer, range(3))
        state = optimizer.state()
        assert {name: (array.dtype, array.shape) for name, array in state.items()} == {
            "steps": (float, ()),
            "mean": (float, (3,)),
            "squares": (float, (3,)),
        }
        twin = MAKE["adam"]()
        twin.load_state(state)
        for array in state.values():
            array += 1.0
        assert run(twin, range(3, 5), path[-1])[-1].tolist() == run(optimizer, range(3, 5), path[-1])[-1].tolist()

    @pytest.mark.parametrize(
        ("state", "message"),
        [
            ({}, "state['steps'] must be a whole number from 0 on, got None"),
            ({"steps": -1.0}, "state['steps'] must be a whole number from 0 on, got -1.0"),
            ({"steps": 1.5}, "state['steps'] must be a whole number from 0 on, got 1.5"),
            ({"steps": math.nan}, "state['steps'] must be a whole number from 0 on, got nan"),
            ({"steps": [1.0]}, "state['steps'] must be a whole number from 0 on, got [1.0]"),
            ({"steps": 2.0}, "after 2 steps must have mean, squares, of one length, got none"),
            ({"steps": 0.0, "mean": [1.0], "squares": [1.0]}, "after 0 steps must have no arrays"),
            ({"steps": 2.0, "mean": [1.0], "velocity": [1.0]}, "got mean (1,), velocity (1,)"),
            ({"steps": 2.0, "mean": [1.0], "squares": [1.0, 2.0]}, "got mean (1,), squares (2,)"),
            ({"steps": 2.0, "mean": [[1.0]], "squares": [[1.0]]}, "must be vectors of finite numbers"),
            ({"steps": 2.0, "mean": [math.inf], "squares": [1.0]}, "must be vectors of finite numbers"),
        ],
    )
    def test_a_foreign_state_is_refused_and_changes_nothing(self, state: Any, message: str) -> None:
        optimizer = MAKE["adam"]()
        path = run(optimizer, range(3))
        with pytest.raises(ValueError, match=re.escape(message)):
            optimizer.load_state(state)
        assert run(optimizer, range(3, 5), path[-1])[-1].tolist() == run(MAKE["adam"](), range(5))[-1].tolist()


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: nn.GradientDescent(-0.1), "rate must be a finite number from 0 on, got -0.1"),
            (lambda: nn.SGD(math.nan), "rate must be a finite number from 0 on, got nan"),
            (lambda: nn.SGD("0.1"), "rate must be a finite number from 0 on, got str '0.1'"),
            (lambda: nn.SGD(0.1, 1.0), "momentum must be a finite number from 0 to below 1, got 1.0"),
            (lambda: nn.SGD(0.1, nesterov=True), "momentum must be above 0 for Nesterov's method, got 0"),
            (lambda: nn.SGD(0.1, weight_decay=-1.0), "weight_decay must be a finite number from 0 on"),
            (lambda: nn.RMSProp(alpha=1.5), "alpha must be a finite number from 0 to below 1, got 1.5"),
            (lambda: nn.RMSProp(eps=-1.0), "eps must be a finite number from 0 on"),
            (lambda: nn.Adam(betas=(0.9, 1.0)), "betas[1] must be a finite number from 0 to below 1"),
            (lambda: nn.SGD(True), "rate must be a finite number from 0 on, got bool True"),
            (lambda: nn.SGD(b"1"), "rate must be a finite number from 0 on, got bytes b'1'"),
            (lambda: nn.SGD(None), "rate must be a finite number from 0 on, got NoneType None"),
            (lambda: nn.SGD(1j), "rate must be a finite number from 0 on, got complex 1j"),
            (lambda: nn.SGD(np.array([0.1])), "rate must be a finite number from 0 on, got ndarray"),
            (lambda: nn.SGD(0.1, np.True_), "momentum must be a finite number from 0 to below 1, got bool"),
            (lambda: nn.SGD(0.1, 0.9, nesterov="no"), "nesterov must be True or False, got 'no'"),
            (lambda: nn.Adam(betas=0.9), "betas must be two numbers, such as (0.9, 0.999), got 0.9"),
            (lambda: nn.Adam(betas=(0.9,)), "betas must be two numbers"),
            (lambda: nn.Adam(betas="ab"), "betas must be two numbers"),
            (lambda: nn.Adam(betas=(None, 0.9)), "betas[0] must be a finite number from 0 to below 1, got NoneType"),
            (lambda: schedules.constant("0.1"), "rate must be a finite number from 0 on, got str '0.1'"),
            (lambda: schedules.constant(-1.0), "rate must be a finite number from 0 on, got -1.0"),
            (lambda: schedules.linear_decay([1], 0.1, 9), "start must be a finite number from 0 on, got list [1]"),
            (lambda: schedules.linear_decay(1.0, math.nan, 9), "end must be a finite number from 0 on, got nan"),
            (lambda: schedules.linear_decay(1.0, 0.1, True), "steps must be a finite number from 1 on, got bool True"),
            (lambda: schedules.step_decay(1.0, "9"), "every must be a finite number from 1 on, got str '9'"),
            (lambda: schedules.step_decay(1.0, 9, -0.1), "factor must be a finite number from 0 on, got -0.1"),
            (lambda: schedules.exponential_decay(1.0, 1j), "factor must be a finite number from 0 on, got complex 1j"),
            (lambda: schedules.inverse_decay(1.0, -0.5), "decay must be a finite number from 0 on, got -0.5"),
            (lambda: schedules.cosine(1.0, math.nan), "steps must be a finite number from 1 on, got nan"),
            (lambda: schedules.cosine(1.0, 9, np.ones(2)), "end must be a finite number from 0 on, got ndarray"),
            (lambda: schedules.linear_warmup(2.5, 0.1), "steps must be a whole number from 1 on, got 2.5"),
            (lambda: schedules.linear_warmup(9, "0.1"), "after must be a finite number from 0 on, got str '0.1'"),
            (lambda: nn.Adam(betas=(-0.1, 0.9)), "betas[0] must be a finite number from 0 to below 1"),
            (lambda: schedules.step_decay(0.1, every=0), "every must be a finite number from 1 on, got 0"),
            (lambda: schedules.cosine(0.1, 0), "steps must be a finite number from 1 on, got 0"),
            (lambda: schedules.linear_decay(0.1, 0.0, 0), "steps must be a finite number from 1 on, got 0"),
            (lambda: schedules.linear_warmup(0, 0.1), "steps must be a whole number from 1 on, got 0"),
        ],
    )
    def test_arguments_out_of_range_are_refused(self, make: Any, message: str) -> None:
        with pytest.raises((TypeError, ValueError), match=re.escape(message)):
            make()

    @pytest.mark.parametrize(
        ("P", "slope", "error", "message"),
        [
            ([1.0, 2.0], [1.0], ValueError, "got shapes (2,) and (1,)"),
            ([[1.0]], [[1.0]], ValueError, "got shapes (1, 1) and (1, 1)"),
            ([1.0], [1.0], ValueError, "got shapes (1,) and (1,) after (3,)"),
            (
                [1.0] * 3,
                [1.0, math.nan, -math.inf],
                ValueError,
                "the gradient must be finite, got NaN or infinity in 2 of 3 numbers",
            ),
            ([1.0] * 3, ["a"] * 3, TypeError, "the gradient must hold real numbers"),
        ],
    )
    def test_a_step_that_cannot_be_taken_leaves_no_trace(
        self, P: Any, slope: Any, error: type[Exception], message: str
    ) -> None:
        optimizer = MAKE["adam, decay"]()
        path = run(optimizer, range(3))
        with pytest.raises(error, match=re.escape(message)):
            optimizer.step(P, slope)
        assert optimizer.steps == 3
        assert run(optimizer, range(3, 5), path[-1])[-1].tolist() == run(MAKE["adam, decay"](), range(5))[-1].tolist()

    def test_a_schedule_that_gives_no_rate_is_refused_before_the_step(self) -> None:
        optimizer = nn.Momentum(lambda step: -1.0)
        with pytest.raises(ValueError, match="rate must be a finite number from 0 on"):
            optimizer.step([1.0], [1.0])
        assert list(optimizer.state()) == ["steps"]

    def test_an_optimizer_of_ones_own_says_what_it_adds(self) -> None:
        class Sign(nn.Optimizer):
            def update(self, gradient: Any, rate: float) -> Any:
                return -rate * np.sign(gradient)

        assert Sign(0.5).step([1.0, 1.0], [3.0, -0.1]).tolist() == [0.5, 1.5]
        with pytest.raises(NotImplementedError, match="Optimizer must implement update"):
            nn.Optimizer(0.1).step([1.0], [1.0])


class TestSchedules:
    def test_the_rate_of_micrograds_demo_is_a_line(self) -> None:
        rate = schedules.linear_decay(1.0, 0.1, 100)
        assert [rate(k) for k in range(100)] == pytest.approx([1.0 - 0.9 * k / 100 for k in range(100)], rel=1e-15)
        assert rate(1000) == pytest.approx(0.1, rel=1e-15)

    def test_pytorchs_schedules_give_the_same_rates(self, torch: Any) -> None:
        def theirs(make: Callable[[Any], Any]) -> list[float]:
            optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.5)
            schedule, rates = make(optimizer), []
            for _ in range(20):
                rates.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                schedule.step()
            return rates

        lr = torch.optim.lr_scheduler
        for mine, make in [
            (schedules.constant(0.5), lambda o: lr.LambdaLR(o, lambda step: 1.0)),
            (schedules.step_decay(0.5, every=7, factor=0.3), lambda o: lr.StepLR(o, 7, 0.3)),
            (schedules.exponential_decay(0.5, 0.9), lambda o: lr.ExponentialLR(o, 0.9)),
            (schedules.cosine(0.5, 20, 0.1), lambda o: lr.CosineAnnealingLR(o, 20, 0.1)),
            (schedules.linear_decay(0.5, 0.1, 10), lambda o: lr.LinearLR(o, 1.0, 0.2, 10)),
            (schedules.inverse_decay(0.5, 0.1), lambda o: lr.LambdaLR(o, lambda step: 1.0 / (1.0 + 0.1 * step))),
        ]:
            assert [mine(k) for k in range(20)] == pytest.approx(theirs(make), rel=1e-12)

    def test_a_cosine_falls_from_the_rate_to_the_end_and_stays(self) -> None:
        rates = [schedules.cosine(1.0, 10, 0.2)(k) for k in range(15)]
        assert (rates[0], rates[5], rates[10:]) == (1.0, pytest.approx(0.6), [pytest.approx(0.2)] * 5)
        assert all(a > b for a, b in pairwise(rates[:11]))

    def test_a_warm_up_ends_where_the_schedule_behind_it_begins(self) -> None:
        rate = schedules.linear_warmup(4, schedules.exponential_decay(0.8, 0.5))
        assert [rate(k) for k in range(7)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8, 0.4, 0.2])


# --- limits of numbers, from both sides

FROM_0, FROM_1, BELOW_1 = (0.0, math.inf), (1.0, math.inf), (0.0, 1.0)
LIMITS: dict[str, tuple[Callable[[Any], Any], str, tuple[float, float]]] = {
    **{
        f"{cls.__name__} {name}": (lambda x, cls=cls, name=name: cls(**{"rate": 0.1, name: x}), name, FROM_0)
        for cls in (nn.GradientDescent, nn.SGD, nn.Momentum, nn.Nesterov, nn.RMSProp, nn.Adam)
        for name in ("rate", "weight_decay")
    },
    "SGD momentum": (lambda x: nn.SGD(0.1, x), "momentum", BELOW_1),
    "Momentum momentum": (lambda x: nn.Momentum(0.1, x), "momentum", BELOW_1),
    "RMSProp alpha": (lambda x: nn.RMSProp(0.1, x), "alpha", BELOW_1),
    "RMSProp eps": (lambda x: nn.RMSProp(0.1, 0.5, x), "eps", FROM_0),
    "Adam betas[0]": (lambda x: nn.Adam(0.1, (x, 0.5)), "betas[0]", BELOW_1),
    "Adam betas[1]": (lambda x: nn.Adam(0.1, (0.5, x)), "betas[1]", BELOW_1),
    "Adam eps": (lambda x: nn.Adam(0.1, eps=x), "eps", FROM_0),
    "constant rate": (schedules.constant, "rate", FROM_0),
    "linear_decay start": (lambda x: schedules.linear_decay(x, 0.1, 9), "start", FROM_0),
    "linear_decay end": (lambda x: schedules.linear_decay(0.1, x, 9), "end", FROM_0),
    "linear_decay steps": (lambda x: schedules.linear_decay(0.1, 0.1, x), "steps", FROM_1),
    "step_decay rate": (lambda x: schedules.step_decay(x, 9), "rate", FROM_0),
    "step_decay every": (lambda x: schedules.step_decay(0.1, x), "every", FROM_1),
    "step_decay factor": (lambda x: schedules.step_decay(0.1, 9, x), "factor", FROM_0),
    "exponential_decay rate": (lambda x: schedules.exponential_decay(x, 0.5), "rate", FROM_0),
    "exponential_decay factor": (lambda x: schedules.exponential_decay(0.1, x), "factor", FROM_0),
    "inverse_decay rate": (lambda x: schedules.inverse_decay(x, 0.5), "rate", FROM_0),
    "inverse_decay decay": (lambda x: schedules.inverse_decay(0.1, x), "decay", FROM_0),
    "cosine rate": (lambda x: schedules.cosine(x, 9), "rate", FROM_0),
    "cosine steps": (lambda x: schedules.cosine(0.1, x), "steps", FROM_1),
    "cosine end": (lambda x: schedules.cosine(0.1, 9, x), "end", FROM_0),
    "linear_warmup after": (lambda x: schedules.linear_warmup(9, x), "after", FROM_0),
    "normal deviation": (lambda x: nn.initializers.normal(0.0, x), "deviation", FROM_0),
}


@pytest.mark.parametrize("case", LIMITS)
def test_numbers_have_limits(case: str) -> None:
    make, name, (low, below) = LIMITS[case]
    bounds = f"from {low:g} on" if math.isinf(below) else f"from {low:g} to below {below:g}"
    for x in (low, np.float64(low), np.array(low), math.nextafter(below, 0.0) if below < math.inf else 1e300):
        make(x)
    for x in (math.nextafter(low, -1.0), -1e300, -math.inf, math.inf, math.nan, below):
        with pytest.raises(ValueError, match=re.escape(f"{name} must be a finite number {bounds}, got {x!r:.40}")):
            make(x)
    for wrong in ("1", None, True, np.True_, [1.0], np.ones(1), np.array(True), 1j):
        message = f"{name} must be a finite number {bounds}, got {type(wrong).__name__} {wrong!r:.40}"
        with pytest.raises(TypeError, match=re.escape(message)):
            make(wrong)


COUNTS: dict[str, tuple[Callable[[Any], Any], str, int]] = {
    "warm-up": (lambda n: schedules.linear_warmup(n, 0.1), "steps", 1),
    "layer": (lambda n: nn.Layer(1, 1, number=n), "number", 1),
    "layer's inputs": (lambda n: nn.Layer(n, 1), "fan_in", 1),
    "layer's neurons": (lambda n: nn.Layer(1, n), "width", 1),
    "neuron's inputs": (nn.Neuron, "fan_in", 1),
    "inputs": (lambda n: nn.MLP(n, [1]), "inputs", 1),
    "neurons": (lambda n: nn.MLP(1, [1, n]), "each of widths", 1),
    "seed": (lambda n: nn.Layer(1, 1, seed=n), "seed", 0),
    "seeds": (lambda n: nn.Layer(1, 1, seed=[3, n]), "each number of seed", 0),  # type: ignore[arg-type]
    "classes": (lambda n: nn.one_hot([0], n), "classes", 1),
    "epochs": (lambda n: trained(epochs=n), "epochs", 1),
    "batch": (lambda n: trained(batch_size=n), "batch_size", 1),
    "patience": (lambda n: trained(patience=n, validation=([[1.0]], [[1.0]])), "patience", 1),
    "order": (lambda n: trained(seed=n), "seed", 0),
}


def trained(**options: Any) -> None:
    nn.fit(nn.MLP(1, [1], seed=0), [[1.0]], [[1.0]], progress=False, **{"epochs": 1, **options})


@pytest.mark.parametrize("case", COUNTS)
def test_counts_have_a_least(case: str) -> None:
    make, name, least = COUNTS[case]
    for n in (least, np.int64(least), least + 1):
        make(n)
    start = re.escape(f"{name} must be a whole number from {least} on")
    for n in (least - 1, -(10**30), np.int8(-1)):
        with pytest.raises(ValueError, match=rf"{start}(, or None for all( epochs)?)?, got {re.escape(f'{n!r:.40}')}"):
            make(n)
    for wrong in (1.0, "1", True, np.True_, 1j):
        with pytest.raises(TypeError, match=start):
            make(wrong)


def test_optimizer_without_its_base_is_shown() -> None:
    class Bare(nn.Optimizer):
        def __init__(self) -> None:
            self.gain = 2.0

    assert repr(Bare()) == "Bare(gain=2.0, 0 steps)"
    bare = Bare()
    bare.steps = 1
    assert repr(bare) == "Bare(gain=2.0, 1 step)"
