"""Training: each step is the essay's, a run repeats to the last bit, and one that was killed goes on unharmed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import checkpoints, training
from nn.checkpoints import Checkpoint
from nn.loss import make_loss

ROOT = Path(__file__).parent.parent


def blobs(count: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points about three centres, and which centre."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    return np.array([[2.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]])[labels] + rng.normal(0.0, 0.5, (count, 2)), labels


X, LABELS = blobs()
Y = nn.one_hot(LABELS, 3)


def network(seed: int = 1) -> nn.MLP:
    return nn.MLP(2, [4, 3], seed=seed)


def fit(net: nn.Module, X: Any = X, y: Any = Y, **options: Any) -> nn.History:
    return nn.fit(net, X, y, **{"progress": False, "epochs": 3, "optimizer": nn.GradientDescent(1.0), **options})


def test_an_epoch_is_the_essays_step_for_each_batch():
    net, by_hand = network(), network()
    history = fit(net, epochs=2, batch_size=7, seed=5, optimizer=nn.GradientDescent(0.5))
    costs = []
    for epoch in range(2):
        for inputs, targets in nn.batches(X, Y, 7, seed=(5, epoch)):
            parameters = by_hand.parameters()
            gradients = []
            for x, target in zip(inputs, targets, strict=True):
                a = by_hand(x)
                C = (a[0] - target[0]) ** 2 + (a[1] - target[1]) ** 2 + (a[2] - target[2]) ** 2
                costs.append(C.data)
                gradients.append([slope.data for slope in ag.gradient(C, parameters)])
            by_hand.load_vector(by_hand.parameter_vector() - 0.5 * np.mean(gradients, axis=0))
    assert net.parameter_vector() == pytest.approx(by_hand.parameter_vector(), rel=1e-12)
    assert history.cost == pytest.approx([np.mean(costs[:30]), np.mean(costs[30:])], rel=1e-12)
    assert not net.gradient_vector().any()


@pytest.mark.parametrize("compiled", [False, True])
def test_the_gradient_of_a_batch_agrees_with_differences_and_with_the_recorded_penalty(compiled: bool):
    net, penalty = network(), 0.01
    batch = make_loss(net, nn.quadratic, penalty, X, Y, compiled)(X[:5], Y[:5])
    P = net.parameter_vector()

    def cost(P: list[Any]) -> Any:
        W, B, V, C = (np.array(part, dtype=object) for part in np.split(np.array(P, dtype=object), [8, 12, 24]))
        total: Any = penalty * sum(p * p for p in P)
        for x, target in zip(X[:5], Y[:5], strict=True):
            a = ag.sigmoid(V.reshape(3, 4) @ ag.sigmoid(W.reshape(4, 2) @ x + B) + C)
            total = total + sum((a - target) ** 2) / 5
        return total

    value, gradient = ag.value_and_grad(cost)(P.tolist())
    assert batch.cost == pytest.approx(value, rel=1e-13)
    assert batch.gradient == pytest.approx(np.array(gradient), rel=1e-11)
    assert ag.gradcheck(cost, P.tolist(), gradient=batch.gradient.tolist())
    assert batch.outputs == pytest.approx(net.predict(X[:5]))


def test_the_same_arguments_give_the_same_numbers_to_the_last_bit():
    def run(seed: int) -> tuple[nn.History, bytes]:
        net = network()
        history = fit(net, validation=0.3, seed=seed, optimizer=nn.Adam(0.01))
        return history, net.parameter_vector().tobytes()

    assert run(1) == run(1)
    assert run(1)[1] != run(2)[1]


def test_each_epoch_has_an_order_of_its_own_and_every_example_once():
    seen: list[int] = []

    def cost(outputs: Any, target: Any) -> Any:
        seen.append(int(target))
        return outputs[0] * 0.0

    fit(nn.MLP(2, [1]), y=np.arange(30), cost=cost, epochs=2, batch_size=4)
    first, second = seen[:30], seen[30:]
    assert sorted(first) == sorted(second) == list(range(30))
    assert first != second != list(range(30))
    seen.clear()
    fit(nn.MLP(2, [1]), y=np.arange(30), cost=cost, epochs=1, shuffle=False)
    assert seen == list(range(30))


def test_held_out_examples_measure_and_never_teach():
    taught: list[tuple[float, ...]] = []

    def cost(outputs: Any, target: Any) -> Any:
        if isinstance(outputs[0], ag.Value):
            taught.append(tuple(target))
        return nn.quadratic(outputs, target)

    y = np.linspace([0.0, 0.1, 0.2], [0.7, 0.8, 0.9], 30)
    net = network()
    history = fit(net, y=y, cost=cost, epochs=1, validation=0.2, seed=3, compiled=False)
    _, (held_X, held_y) = nn.split(X, y, 0.2, seed=3)
    assert len(taught) == 24
    assert not set(taught) & set(map(tuple, held_y))
    by_hand = np.mean([nn.quadratic(net(x), target).data for x, target in zip(held_X, held_y, strict=True)])
    assert history.validation_cost == [pytest.approx(by_hand, rel=1e-13)]


def test_accuracy_is_the_share_recognised_while_training_and_held_out():
    net = network()
    other_X, other = blobs(seed=9)
    history = fit(net, epochs=30, validation=(other_X, nn.one_hot(other, 3)))
    assert len(history.cost) == len(history.accuracy) == len(history.validation_accuracy) == history.epochs == 30
    assert history.validation_accuracy[-1] == np.mean(net.predict(other_X).argmax(axis=1) == other) > 0.9
    assert history.cost[-1] < history.cost[0] / 5
    still = fit(net, epochs=1, optimizer=nn.GradientDescent(0.0))
    assert still.accuracy == [np.mean(net.predict(X).argmax(axis=1) == LABELS)]


@pytest.mark.parametrize(
    ("outputs", "y", "cost", "counted"),
    [
        (3, LABELS, "cross_entropy", True),
        (3, Y, "quadratic", True),
        (3, 2.0 * Y - 1.0, "hinge", True),
        (1, LABELS > 0, "binary_cross_entropy", True),
        (1, 2.0 * (LABELS > 0) - 1.0, "hinge", True),
        (1, X[:, 0], "quadratic", False),
        (1, LABELS, "quadratic", False),
        (2, X, "quadratic", False),
        (3, Y + Y[:, ::-1], "quadratic", False),
        (3, np.where(Y == 1.0, 1.0, [0.1, 0.2, 0.3]), "quadratic", False),
        (2, X[:, 0], lambda outputs, target: (outputs[0] - target) ** 2, False),
    ],
)
def test_accuracy_is_noted_where_the_targets_are_classes(outputs: int, y: Any, cost: Any, counted: bool):
    net = nn.MLP(2, [outputs], "linear", seed=0)
    history = fit(net, y=y, cost=cost, validation=0.2, optimizer=nn.GradientDescent(0.01))
    assert len(history.accuracy) == len(history.validation_accuracy) == (3 if counted else 0)


def test_a_network_of_ones_own_learns_a_line():
    class Line(nn.Module):
        def __init__(self) -> None:
            self.slope, self.shift = ag.Value(0.0, "m"), ag.Value(0.0, "c")

        def __call__(self, x: Any) -> Any:
            return self.slope * x[0] + self.shift

    points = np.linspace(-1.0, 1.0, 9)
    line = Line()
    history = fit(
        line,
        points[:, np.newaxis],
        3.0 * points - 2.0,
        cost=lambda y, expected: (y - expected) ** 2,
        optimizer=nn.GradientDescent(0.3),
        validation=2,
        batch_size=None,
        epochs=200,
    )
    assert line.parameter_vector() == pytest.approx([3.0, -2.0])
    assert history.validation_cost[-1] < 1e-12
    assert history.accuracy == []


def test_without_an_optimizer_it_is_gradient_descent_at_a_tenth():
    one, other = network(), network()
    nn.fit(one, X, Y, epochs=1, progress=False)
    fit(other, epochs=1, optimizer=nn.GradientDescent(0.1))
    assert one.parameter_vector().tolist() == other.parameter_vector().tolist()


def test_the_penalty_draws_the_parameters_to_zero():
    net = network()
    history = fit(net, cost=lambda outputs, target: outputs[0] * 0.0, penalty=0.05, epochs=1, batch_size=None)
    start = network().parameter_vector()
    assert net.parameter_vector() == pytest.approx(start * (1.0 - 2.0 * 0.05), rel=1e-13)
    assert history.cost == [pytest.approx(0.05 * float(start @ start))]


# --- early stopping


def misled(epochs: int, patience: int | None = None, **options: Any) -> tuple[nn.MLP, nn.History]:
    """A run whose held-out cost falls at first and rises then: what is held out has other labels near the border."""
    net = network()
    inputs, labels = blobs(20, seed=4)
    labels[:8] = 0
    history = fit(
        net,
        validation=(inputs, nn.one_hot(labels, 3)),
        epochs=epochs,
        patience=patience,
        **{"optimizer": nn.Momentum(0.3), **options},
    )
    return net, history


def test_patience_ends_the_run_and_leaves_the_parameters_of_the_best_epoch():
    _, whole = misled(40)
    assert 1 < whole.best_epoch < 30
    net, stopped = misled(40, patience=3)
    assert stopped.epochs < 40
    assert stopped.best_epoch + 3 == stopped.epochs - 1
    assert stopped.validation_cost == whole.validation_cost[: stopped.epochs]
    assert net.parameter_vector().tolist() == misled(stopped.best_epoch + 1)[0].parameter_vector().tolist()


def test_patience_that_lasts_still_leaves_the_best_parameters():
    net, history = misled(12, patience=99)
    assert history.epochs == 12 > history.best_epoch + 1
    assert net.parameter_vector().tolist() == misled(history.best_epoch + 1)[0].parameter_vector().tolist()


# --- checkpoints

OPTIMIZERS: dict[str, Callable[[], nn.Optimizer]] = {
    "plain": lambda: nn.GradientDescent(0.5),
    "schedule": lambda: nn.SGD(nn.schedules.cosine(1.0, 40), momentum=0.5, nesterov=True),
    "rmsprop": lambda: nn.RMSProp(0.01),
    "adam": lambda: nn.Adam(0.02, weight_decay=1e-3),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_run_that_goes_on_equals_one_that_was_never_interrupted(tmp_path: Path, make: Callable[[], nn.Optimizer]):
    options: dict[str, Any] = {"validation": 0.2, "seed": 7, "batch_size": 8}
    whole = network()
    expected = fit(whole, epochs=5, optimizer=make(), **options)
    kept = {**options, "checkpoint": tmp_path / "run.npz", "resume": True}
    fit(network(), epochs=2, optimizer=make(), **kept)
    again = network(seed=99)
    assert fit(again, epochs=5, optimizer=make(), **kept) == expected
    assert again.parameter_vector().tobytes() == whole.parameter_vector().tobytes()
    finished = network(seed=98)
    assert fit(finished, epochs=5, optimizer=make(), **kept) == expected
    assert finished.parameter_vector().tobytes() == whole.parameter_vector().tobytes()


@pytest.mark.parametrize("interrupted_after", [1, 5, 12])
def test_early_stopping_goes_on_as_if_it_had_not_been_interrupted(tmp_path: Path, interrupted_after: int):
    whole, expected = misled(40, patience=4)
    kept: dict[str, Any] = {"patience": 4, "checkpoint": tmp_path / "run.npz", "resume": True}
    misled(interrupted_after, **kept)
    net, history = misled(40, **kept)
    assert history == expected
    assert net.parameter_vector().tobytes() == whole.parameter_vector().tobytes()


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {tests!r}]
import nn, test_training as t

steps = 0

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def step(self, P, gradient, step=nn.Adam.step):
    global steps
    steps += 1
    if {moment!r} == "batch" and steps == 2 * 3 + 2:
        die()
    return step(self, P, gradient)

def fsync(file, fsync=os.fsync):
    if {moment!r} == "write" and steps == 3 * 3:
        die()
    fsync(file)

os.fsync, nn.Adam.step = fsync, step
t.fit(t.network(), epochs=6, optimizer=nn.Adam(0.02), checkpoint="run.npz")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
@pytest.mark.parametrize("moment", ["batch", "write"])
def test_a_run_that_was_killed_goes_on_with_the_same_numbers(tmp_path: Path, moment: str):
    whole = network()
    expected = fit(whole, epochs=6, optimizer=nn.Adam(0.02))
    program = KILLED.format(root=str(ROOT), tests=str(ROOT / "tests"), moment=moment)
    died = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert Checkpoint.read(tmp_path / "run.npz").history.cost == expected.cost[:2]
    net = network(seed=50)
    history = fit(net, epochs=6, optimizer=nn.Adam(0.02), checkpoint=tmp_path / "run.npz", resume=True)
    assert history == expected
    assert net.parameter_vector().tobytes() == whole.parameter_vector().tobytes()


def test_a_checkpoint_that_is_there_is_not_overwritten_unasked(tmp_path: Path):
    path = tmp_path / "run.npz"
    fit(network(), epochs=1, checkpoint=path)
    content, net = path.read_bytes(), network()
    with pytest.raises(
        FileExistsError, match=r"checkpoint must be a new file, got .*run\.npz, which exists; resume=True continues it"
    ):
        fit(net, checkpoint=path)
    assert path.read_bytes() == content
    assert net.parameter_vector().tolist() == network().parameter_vector().tolist()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"cost": "mean_squared"}, r"cost was nn\.costs\.quadratic and is nn\.costs\.mean_squared; resume"),
        ({"optimizer": nn.GradientDescent(0.5)}, r"run: optimizer: rate was 1\.0 and is 0\.5; resume"),
        ({"optimizer": nn.Adam(1.0)}, r"optimizer was nn.*GradientDescent and is nn.*Adam; resume"),
        (
            {"optimizer": nn.GradientDescent(nn.schedules.constant(1.0))},
            r"optimizer: rate was 1\.0 and is nn\.schedules\.constant",
        ),
        ({"batch_size": 5}, "batch_size was 10 and is 5"),
        ({"seed": np.int64(1)}, "seed was 0 and is 1"),
        ({"shuffle": False}, "shuffle was True and is False"),
        ({"penalty": 0.1}, r"penalty was 0\.0 and is 0\.1"),
        ({"validation": 0.2}, "run: X, y and validation differ from those of the checkpoint"),
        ({"X": X + 1e-12}, "run: X differs from that of the checkpoint"),
        ({"y": np.roll(Y, 1, axis=0)}, "run: y differs from that of the checkpoint"),
        ({"net": nn.MLP(2, [5, 3], seed=1)}, r"network: sizes was \[2, 4, 3\] and is \[2, 5, 3\]"),
        ({"net": nn.MLP(2, [4, 3], "tanh", seed=1)}, "network: activations was .*sigmoid.* and is .*tanh"),
    ],
    ids=lambda x: str(next(iter(x))) if isinstance(x, dict) else "",
)
def test_the_checkpoint_of_another_run_is_refused(tmp_path: Path, other: dict[str, Any], message: str):
    path = tmp_path / "run.npz"
    fit(network(), epochs=1, checkpoint=path)
    net = other.get("net", network())
    before = net.parameter_vector().tolist()
    options = {name: option for name, option in other.items() if name != "net"}
    with pytest.raises(ValueError, match=message) as caught:
        fit(net, checkpoint=path, resume=True, **options)
    assert f"{path} of another run" in str(caught.value)
    assert net.parameter_vector().tolist() == before


class Bent(nn.Module):
    """A network of the user's own: `power` is read by its method, `note` is not."""

    def __init__(self, power: float = 1.0, note: str = "") -> None:
        self.inner = nn.Layer(2, 3, seed=0)
        self.power, self.note, self.calls = power, note, 0

    def __call__(self, x: Any) -> Any:
        return [self.bent(a) for a in self.inner(x)]

    def bent(self, a: Any) -> Any:
        return a**self.power


class Doubled(Bent):
    def bent(self, a: Any) -> Any:
        return 2.0 * a


class Counting(Bent):
    def bent(self, a: Any) -> Any:
        self.calls += 1
        return a


class Halved(nn.GradientDescent):
    def update(self, gradient: Any, rate: float) -> Any:
        return -0.5 * rate * gradient


def local(change: float) -> type[nn.Module]:
    """A class of the same name, with another `__call__` for another number."""
    if change == 1.0:

        class Local(Bent):
            def __call__(self, x: Any) -> Any:
                return [1.0 * a for a in self.inner(x)]
    else:

        class Local(Bent):  # type: ignore[no-redef]
            def __call__(self, x: Any) -> Any:
                return [2.0 * a for a in self.inner(x)]

    return Local


def weighted(weight: float) -> Any:
    return lambda a, E: weight * ((a[0] - E[0]) ** 2 + (a[1] - E[1]) ** 2)


OTHERS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "cost": (
        {"cost": lambda a, E: (a[0] - E[0]) ** 2},
        {"cost": lambda a, E: (a[0] - E[0]) ** 2 * 2.0},
        "run: the code of cost differs; resume",
    ),
    "closure of a cost": (
        {"cost": weighted(1.0)},
        {"cost": weighted(2.0)},
        "run: cost: weight was 1.0 and is 2.0; resume",
    ),
    "schedule": (
        {"optimizer": nn.SGD(lambda k: 1.0 / (1 + k))},
        {"optimizer": nn.SGD(lambda k: 1.0 / (2 + k))},
        "run: the code of optimizer: rate differs; resume",
    ),
    "schedule of the package": (
        {"optimizer": nn.SGD(nn.schedules.cosine(1.0, 40))},
        {"optimizer": nn.SGD(nn.schedules.cosine(1.0, 50))},
        "run: optimizer: rate.steps was 40 and is 50; resume",
    ),
    "optimizer": ({"optimizer": nn.GradientDescent(1.0)}, {"optimizer": Halved(1.0)}, "optimizer was .* and is Halved"),
    "class of a network": ({"net": Bent()}, {"net": Doubled()}, "network was Bent and is Doubled"),
    "call of a network": ({"net": local(1.0)()}, {"net": local(2.0)()}, "the code of network: __call__ differs"),
    "attribute of a network": ({"net": Bent(1.0)}, {"net": Bent(2.0)}, r"network: power was 1.0 and is 2.0; resume"),
}


@pytest.mark.parametrize(("one", "other", "message"), OTHERS.values(), ids=OTHERS)
def test_resume_compares_what_functions_compute(
    tmp_path: Path, one: dict[str, Any], other: dict[str, Any], message: str
):
    def run(**options: Any) -> nn.History:
        net = options.pop("net", None) or network()
        return fit(net, checkpoint=tmp_path / "run.npz", resume=True, **options)

    run(epochs=1, **one)
    with pytest.raises(ValueError, match=message):
        run(epochs=2, **other)
    assert run(epochs=2, **one).epochs == 2


def test_resume_ignores_what_is_not_computed_with(tmp_path: Path):
    fit(Bent(note="one"), epochs=1, checkpoint=tmp_path / "run.npz")
    assert fit(Bent(note="other"), epochs=2, checkpoint=tmp_path / "run.npz", resume=True).epochs == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cost": lambda a, E, rng=np.random.default_rng(0): a[0] * 0.0}, "cost: rng .numpy.random.*Generator"),  # noqa: B008
        ({"net": Counting()}, r"network: calls .changed by the object itself"),
    ],
)
def test_resume_warns_of_what_it_cannot_compare(tmp_path: Path, options: dict[str, Any], message: str):
    def run(epochs: int) -> nn.History:
        return fit(**{"net": network(), **options, "epochs": epochs}, checkpoint=tmp_path / "run.npz", resume=True)

    run(1)
    with pytest.warns(UserWarning, match=f"continues .*run.npz, but cannot verify that these are unchanged: {message}"):
        assert run(2).epochs == 2


def test_resume_warns_of_a_checkpoint_of_another_python(tmp_path: Path):
    path = tmp_path / "run.npz"
    cost = weighted(1.0)
    fit(network(), cost=cost, epochs=1, checkpoint=path)
    saved = Checkpoint.read(path)
    saved.settings["bytecode"] = "cpython-399"
    saved.write(path)
    with pytest.warns(UserWarning, match="the code of cost; the checkpoint is from cpython-399, and this is cpython-"):
        fit(network(), cost=cost, epochs=2, checkpoint=path, resume=True)
    saved.write(path)
    with pytest.raises(ValueError, match=r"cost: weight was 1.0 and is 2.0"):
        fit(network(), cost=weighted(2.0), epochs=2, checkpoint=path, resume=True)


def test_a_network_is_taken_from_a_checkpoint(tmp_path: Path):
    path = tmp_path / "run.npz"
    net = network()
    fit(net, epochs=2, checkpoint=path)
    with pytest.raises(
        ValueError,
        match=r"run\.npz must be a network, got a checkpoint of a training run; resume .*nn\.load\(path, network=",
    ):
        nn.load(path)
    with pytest.raises(ValueError, match="must be a network, got a checkpoint of a training run"):
        nn.load(path, network())
    again = nn.load(path, network="last")
    assert repr(again) == repr(net)
    assert again.parameter_vector().tolist() == net.parameter_vector().tolist()
    other = network(seed=9)
    assert nn.load(path, other, network="last") is other
    assert other.parameter_vector().tolist() == net.parameter_vector().tolist()
    with pytest.raises(ValueError, match=r'it has no best parameters.*network="last"'):
        nn.load(path, network="best")
    with pytest.raises(ValueError, match='network must be "last", "best" or None, got 3'):
        nn.load(path, network=3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="net must be a Module, such as an MLP, got str"):
        nn.load(path, "last")  # type: ignore[type-var]
    net.save(tmp_path / "net.npz")
    with pytest.raises(ValueError, match="network='last' applies only to checkpoints"):
        nn.load(tmp_path / "net.npz", network="last")
    fit(Bent(), epochs=1, checkpoint=tmp_path / "bent.npz")
    with pytest.raises(ValueError, match=r"has the parameters of 'Bent'; create that network"):
        nn.load(tmp_path / "bent.npz", network="last")


def test_the_best_network_is_taken_from_a_checkpoint(tmp_path: Path):
    net, history = misled(12, patience=99, checkpoint=tmp_path / "run.npz")
    assert history.epochs > history.best_epoch + 1
    best, last = (nn.load(tmp_path / "run.npz", network=which) for which in ("best", "last"))
    assert best.parameter_vector().tolist() == net.parameter_vector().tolist()
    assert last.parameter_vector().tolist() == misled(12)[0].parameter_vector().tolist()


def test_a_file_that_is_no_whole_checkpoint_is_refused(tmp_path: Path):
    path = tmp_path / "run.npz"
    fit(network(), epochs=2, optimizer=nn.Momentum(0.1), checkpoint=path)
    good = path.read_bytes()
    saved = Checkpoint.read(path)

    def refused(message: str) -> None:
        net, optimizer = network(seed=3), nn.Momentum(0.1)
        with pytest.raises(ValueError, match=message) as caught:
            fit(net, optimizer=optimizer, checkpoint=path, resume=True)
        assert str(path) in str(caught.value)
        assert net.parameter_vector().tolist() == network(seed=3).parameter_vector().tolist()
        assert optimizer.state().keys() == {"steps"}

    for length in (0, 10, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:length])
        refused("cannot be read")
    path.unlink()
    network().save(path)
    refused("must be the checkpoint of a training run")
    for change, message in (
        ({"history": nn.History([1.0, 2.0], [1.0])}, "must be the checkpoint of a training run"),
        ({"history": nn.History()}, "must be the checkpoint of a training run"),
        ({"network": {**saved.network, "layers.1.bias": np.zeros(4)}}, r"does not fit: layers\.1\.bias"),
        ({"network": {}, "best": saved.network}, "does not fit: .*missing"),
        ({"best": {"layers.0.bias": np.zeros(4)}}, "does not fit: .*missing"),
        ({"optimizer": {}}, r"does not fit: state\['steps'\] must be"),
        (
            {"optimizer": {**saved.optimizer, "velocity": np.zeros(26)}},
            "does not fit: the state of its optimizer must have 27",
        ),
        ({"settings": {}}, "of another run"),
    ):
        Checkpoint(**{**vars(saved), **change}).write(path)
        refused(message)
    path.write_bytes(good)
    assert fit(network(seed=3), optimizer=nn.Momentum(0.1), checkpoint=path, resume=True).epochs == 3


# --- what is refused


def test_a_run_that_diverges_says_so_and_keeps_the_last_finite_parameters():
    net = nn.MLP(2, [3, 3], "linear", seed=0)
    with pytest.raises(FloatingPointError, match=r"the step for a batch with cost .* a smaller learning rate may help"):
        fit(net, epochs=200, optimizer=nn.GradientDescent(1e3))
    assert np.isfinite(net.parameter_vector()).all()
    assert not np.array_equal(net.parameter_vector(), nn.MLP(2, [3, 3], "linear", seed=0).parameter_vector())


def test_a_step_that_overflows_is_not_taken():
    net = network()
    with pytest.raises(
        FloatingPointError, match=r"training diverged in epoch 1: the step for a batch with cost .* is not finite"
    ):
        fit(net, cost=lambda outputs, target: 1e200 * outputs[0], optimizer=nn.GradientDescent(1e200))
    assert net.parameter_vector().tolist() == network().parameter_vector().tolist()


def test_a_held_out_cost_that_is_not_finite_says_so():
    net = nn.MLP(2, [1], "linear", seed=0)
    with pytest.raises(FloatingPointError, match="training diverged: the validation cost is inf after epoch 1"):
        fit(net, y=X[:, 0], epochs=2, optimizer=nn.GradientDescent(0.01), validation=([[1e200, 1e200]], [0.0]))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be a whole number from 1 on, got 0"),
        ({"epochs": 2.5}, TypeError, "epochs must be a whole number from 1 on, got 2"),
        (
            {"patience": 0, "validation": 0.2},
            ValueError,
            "patience must be a whole number from 1 on, or None for all epochs, got 0",
        ),
        ({"resume": True}, ValueError, "checkpoint must be given for resume=True"),
        ({"patience": 3}, ValueError, "validation must be given for patience="),
        ({"penalty": -1.0}, ValueError, "penalty must be a finite number from 0 on, got -1.0"),
        ({"batch_size": 0}, ValueError, "batch_size must be a whole number from 1 on, or None for all, got 0"),
        ({"validation": 1.5}, ValueError, "must leave some of the 30 examples in both sets, got 1.5"),
        ({"validation": (X, Y[:3])}, ValueError, "X and y must hold one row for each example"),
        ({"y": Y[:3]}, ValueError, "X and y must hold one row for each example"),
        ({"X": np.zeros((30, 5))}, ValueError, "2 inputs"),
        ({"y": LABELS}, ValueError, "target of quadratic must have one number for each output"),
        ({"X": [["1", "2"]] * 30}, ValueError, "X must hold real numbers, got text; convert them first"),
        ({"X": np.zeros((30, 2), "M8[D]")}, ValueError, "X must hold real numbers, got dates"),
        ({"y": [[1.0], [1.0, 2.0]] * 15}, ValueError, "y must have rows of one length, got rows of 1 and 2 numbers"),
        ({"batch_size": True}, TypeError, "batch_size must be a whole number from 1 on, or None for all, got True"),
        ({"batch_size": "2"}, TypeError, "batch_size must be a whole number from 1 on, or None for all, got '2'"),
        ({"epochs": True}, TypeError, "epochs must be a whole number from 1 on, got True"),
        ({"patience": True, "validation": 0.2}, TypeError, "patience must be a whole number .*, got True"),
        ({"seed": -1}, ValueError, "seed must be a whole number from 0 on, got -1"),
        ({"seed": 1.5}, TypeError, r"seed must be a whole number from 0 on, got 1\.5"),
        ({"seed": "a"}, TypeError, "seed must be a whole number from 0 on, got 'a'"),
        ({"seed": None}, TypeError, "seed must be a whole number from 0 on, got None"),
        ({"seed": True}, TypeError, "seed must be a whole number from 0 on, got True"),
        ({"shuffle": "no"}, TypeError, "shuffle must be True or False, got 'no'"),
        ({"progress": "no"}, TypeError, "progress must be True or False, got 'no'"),
        ({"compiled": "yes"}, TypeError, "compiled must be True or False, got 'yes'"),
        ({"resume": "yes"}, TypeError, "resume must be True or False, got 'yes'"),
        ({"penalty": True}, TypeError, "penalty must be a finite number from 0 on, got bool True"),
        ({"penalty": "0.1"}, TypeError, "penalty must be a finite number from 0 on, got str '0.1'"),
        ({"penalty": None}, TypeError, "penalty must be a finite number from 0 on, got NoneType None"),
        ({"validation": True}, TypeError, r"validation must be the fraction .* or a pair \(X, y\), got bool True"),
        ({"validation": "0.2"}, TypeError, r"validation must be the fraction .*, got str '0.2'"),
        ({"validation": [1]}, TypeError, r"validation must be the fraction .*, got list \[1\]"),
        ({"validation": (X, Y, Y)}, TypeError, "validation must be the fraction .*, got tuple"),
        ({"checkpoint": ""}, TypeError, "checkpoint must be the path of a file, or None, got ''"),
        ({"checkpoint": 5}, TypeError, "checkpoint must be the path of a file, or None, got 5"),
        ({"checkpoint": b"run"}, TypeError, "checkpoint must be the path of a file, or None, got b'run'"),
        ({"cost": "cubic"}, LookupError, "cost must be one of .*, got 'cubic'"),
        (
            {"checkpoint": "nowhere/run.npz"},
            FileNotFoundError,
            "checkpoint must be in a folder that exists, got nowhere",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_changes(
    options: dict[str, Any], error: type[Exception], message: str
):
    net = network()
    with pytest.raises(error, match=message):
        fit(net, **options)
    assert net.parameter_vector().tolist() == network().parameter_vector().tolist()


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match="net must be a Module, such as an MLP, got function"):
        fit(lambda x: x)  # type: ignore[arg-type]


def test_without_held_out_examples_no_epoch_is_the_best():
    with pytest.raises(ValueError, match="best_epoch needs the cost of a validation set"):
        _ = fit(network(), epochs=1).best_epoch


@pytest.mark.parametrize(
    ("where", "compiled"),
    [("cost", False), *((where, c) for where in ("step", "bar", "checkpoint", "validation") for c in (False, True))],
)
def test_an_interrupted_run_leaves_no_gradients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, compiled: bool
):
    count = 0 if where == "cost" else 4

    def interrupt(*args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count >= 5:
            raise KeyboardInterrupt

    def cost(outputs: Any, target: Any) -> Any:
        if where == "cost":
            interrupt()
        return nn.quadratic(outputs, target)

    if where == "step":
        monkeypatch.setattr(nn.GradientDescent, "update", interrupt)
    elif where == "bar":
        monkeypatch.setattr("nn.training._Bar.advance", interrupt)
    elif where == "checkpoint":
        monkeypatch.setattr(Checkpoint, "write", interrupt)
    elif where == "validation":
        monkeypatch.setattr("nn.loss.Loss.measure", interrupt)
        monkeypatch.setattr("nn.loss.CompiledLoss.measure", interrupt)
    net = network()
    C = nn.quadratic(net(X[0]), Y[0])
    C.backward()
    with pytest.raises(KeyboardInterrupt):
        fit(net, cost=cost, compiled=compiled, checkpoint=tmp_path / "run.npz", validation=(X, Y))
    assert not net.gradient_vector().any()


# --- the bar


class FakeBar:
    """What tqdm is asked for."""

    made: list[FakeBar]

    def __init__(self, **options: Any) -> None:
        self.options, self.shown, self.count, self.closed = options, [], options["initial"], False
        self.made.append(self)

    def set_postfix(self, shown: dict[str, str], refresh: bool) -> None:
        self.shown.append(shown)

    def update(self) -> None:
        self.count += 1

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[FakeBar]:
    FakeBar.made = []
    module = ModuleType("tqdm.auto")
    module.tqdm = FakeBar  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tqdm", ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    return FakeBar.made


def test_the_bar_counts_batches_and_shows_cost_and_accuracy(bars: list[FakeBar], tmp_path: Path):
    history = fit(network(), epochs=2, batch_size=8, validation=(X, Y), progress=True, checkpoint=tmp_path / "run")
    (bar,) = bars
    assert (bar.options["total"], bar.options["initial"], bar.count, bar.closed) == (8, 0, 8, True)
    assert list(bar.shown[0]) == ["cost"]
    assert list(bar.shown[-1]) == ["cost", "accuracy", "validation_cost", "validation_accuracy"]
    assert bar.shown[-1]["accuracy"] == f"{history.accuracy[-1]:.4f}"
    assert bar.shown[-1]["cost"] == f"{history.cost[-1]:.4f}"
    fit(network(), epochs=3, batch_size=8, validation=(X, Y), progress=True, checkpoint=tmp_path / "run", resume=True)
    assert (bars[1].options["total"], bars[1].options["initial"], bars[1].count) == (12, 8, 12)


def test_the_bar_is_closed_when_a_run_fails(bars: list[FakeBar]):
    with pytest.raises(FloatingPointError):
        fit(nn.MLP(2, [3], "linear"), epochs=999, optimizer=nn.GradientDescent(1e3), progress=True)
    assert bars[0].closed


def test_there_is_no_bar_when_it_is_not_wanted(bars: list[FakeBar]):
    fit(network(), epochs=1, progress=False)
    assert bars == []


def test_without_tqdm_nothing_is_shown(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    fit(network(), epochs=1, progress=True)
    assert capfd.readouterr() == ("", "")


def test_the_real_bar_takes_what_it_is_given(capfd: pytest.CaptureFixture[str]):
    pytest.importorskip("tqdm", reason="tqdm is not installed; pip install tqdm")
    fit(network(), epochs=1, progress=True)
    assert "accuracy=" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"optimizer": "adam"}, "such as nn.Adam"),
        ({"optimizer": nn.Adam}, "such as nn.Adam"),
        ({"cost": lambda outputs, target: (outputs - target) ** 2}, "a cost must return one Value, got ndarray"),
        ({"cost": lambda outputs, target: (outputs[0].data - target) ** 2}, "leaves the graph"),
        ({"cost": "cross_entropy"}, "got the result of a sigmoid"),
    ],
)
def test_typical_mistakes_are_named(mistake: dict[str, Any], message: str) -> None:
    net = nn.MLP(2, [2], seed=0)
    before = net.parameter_vector()
    with pytest.raises((TypeError, ValueError), match=message):
        nn.fit(net, [[0.0, 1.0], [1.0, 0.0]], [0, 1], progress=False, **mistake)
    assert (net.parameter_vector() == before).all()


class Silent(nn.Module):
    """A network whose `return` was forgotten."""

    def __init__(self) -> None:
        self.w = ag.Value(1.0, "w")

    def __call__(self, x: Any) -> Any:
        self.w * x[0]


@pytest.mark.parametrize("compiled", [None, False, True])
def test_a_missing_return_is_named(compiled: bool | None) -> None:
    X, y = [[1.0]], [[1.0]]
    net = nn.MLP(1, [1])
    for source, attempt in (
        ("cost", lambda: nn.fit(net, X, y, cost=lambda a, E: None, progress=False, compiled=compiled)),
        ("network", lambda: nn.fit(Silent(), X, y, progress=False, compiled=compiled)),
        ("network", lambda: Silent().predict([1.0])),
        ("network", lambda: Silent().predict([[1.0]])),
        (
            "schedule of the rate",
            lambda: nn.fit(
                net,
                X,
                y,
                optimizer=nn.GradientDescent(lambda k: None),  # type: ignore[arg-type, return-value]
                progress=False,
                compiled=compiled,
            ),
        ),
    ):
        with pytest.raises(TypeError, match=rf"^the {source} returned None; is `return` missing\?$"):
            attempt()


# --- what a checkpoint says


@pytest.mark.parametrize("count", [1, 5, 6, 7, 30])
def test_at_most_six_differences_are_named(count: int) -> None:
    """All others are counted, so that the remedy is not buried."""
    names = [f"d{k}" for k in range(count)]
    listed = checkpoints._listed(names).split("; ")
    assert listed[: min(count, 6)] == names[:6]
    assert listed[6:] == ([f"and {count - 6} more"] if count > 6 else [])


def test_settings_that_differ_are_named() -> None:
    """Missing settings, numbers against bools, and each of the digests of the examples."""
    here = {"seed": 1, "shuffle": True, "bytecode": "b", "X": "x", "y": "y", "validation": None}
    assert checkpoints.compare(here, here) == ([], [])
    for change, phrases in (
        ({"seed": 2}, ["seed was 2 and is 1"]),
        ({"seed": True}, ["seed was True and is 1"]),
        ({"shuffle": 1}, ["shuffle was 1 and is True"]),
        ({"seed": None}, ["seed was None and is 1"]),
        ({"more": 3}, ["more was 3 and is None"]),
        ({"seed": {"": "f"}}, ["seed was {'': 'f'} and is 1"]),
        ({"X": "z"}, ["X differs from that of the checkpoint"]),
        ({"y": "z"}, ["y differs from that of the checkpoint"]),
        ({"validation": ["z"]}, ["validation differs from that of the checkpoint"]),
        ({"X": "z", "y": "z"}, ["X and y differ from those of the checkpoint"]),
        ({"X": 1, "y": 1, "validation": 1}, ["X, y and validation differ from those of the checkpoint"]),
        ({"y": "z", "seed": 5}, ["y differs from that of the checkpoint", "seed was 5 and is 1"]),
        ({"bytecode": "other"}, []),
    ):
        assert checkpoints.compare({**here, **change}, here) == (phrases, [])
    assert checkpoints.compare({}, here)[0] == [
        "X and y differ from those of the checkpoint",
        "seed was None and is 1",
        "shuffle was None and is True",
    ]


def test_defaults_of_fit(tmp_path: Path) -> None:
    def run(**options: Any) -> tuple[list[float], list[float]]:
        net = network()
        history = nn.fit(net, X, Y, progress=False, **options)
        return history.cost, net.parameter_vector().tolist()

    explicit = {"cost": "quadratic", "epochs": 10, "batch_size": 10, "seed": 0, "shuffle": True, "penalty": 0.0}
    by_default = run()
    assert by_default == run(**explicit, optimizer=nn.GradientDescent(0.1), compiled=True)
    for name, other in (("batch_size", 9), ("seed", 1), ("shuffle", False), ("penalty", 0.1)):
        assert run(**{name: other}) != by_default
    run(checkpoint=tmp_path / "run.npz")
    with pytest.raises(FileExistsError):
        run(checkpoint=tmp_path / "run.npz")


class TestOnStep:
    """`on_step` sees each step, with the parameters and the gradient before it."""

    @pytest.mark.parametrize("compiled", [True, False])
    def test_each_batch_once_with_the_cost_and_gradient_of_its_parameters(self, compiled: bool) -> None:
        net, steps = network(), []

        def look(step: Any) -> None:
            steps.append((step.epoch, step.batch, step.cost, step.gradient.copy(), net.parameter_vector()))
            step.gradient[:] = 0.0  # a copy: the run does not depend on it
            assert step.net is net

        options: dict[str, Any] = {"epochs": 2, "batch_size": 12, "shuffle": False, "compiled": compiled}
        options["optimizer"] = nn.GradientDescent(0.5)
        fit(net, on_step=look, **options)
        assert [step[:2] for step in steps] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
        for k, (_, batch, cost, gradient, P) in enumerate(steps):
            assert np.abs(gradient).max() > 0.0
            examples, targets = X[12 * batch : 12 * batch + 12], Y[12 * batch : 12 * batch + 12]
            before = network()
            before.load_vector(P)
            costs = [nn.quadratic(before(x), target).data for x, target in zip(examples, targets, strict=True)]
            assert cost == pytest.approx(np.mean(costs))
            after = steps[k + 1][4] if k + 1 < len(steps) else net.parameter_vector()
            assert after == pytest.approx(P - 0.5 * gradient, abs=1e-12)

        other = network()
        fit(other, **options)
        assert other.parameter_vector().tolist() == net.parameter_vector().tolist()

    def test_the_derivative_of_each_parameter(self) -> None:
        net, rows = network(), []
        fit(
            net,
            epochs=1,
            batch_size=None,
            on_step=lambda step: rows.append((step, list(map(step.derivative, net.parameters())))),
        )
        ((step, derivatives),) = rows
        assert derivatives == step.gradient.tolist()
        with pytest.raises(ValueError, match=r"parameter must be one of MLP\(.*, got Value\(1.0\)"):
            step.derivative(ag.Value(1.0))

    def test_an_error_in_it_ends_the_run_with_the_parameters_of_the_last_step(self) -> None:
        net = network()

        def fail(step: Any) -> None:
            if step.batch == 1:
                raise RuntimeError("enough")

        with pytest.raises(RuntimeError, match="enough"):
            fit(net, batch_size=12, on_step=fail)
        assert net.parameter_vector().tolist() != network().parameter_vector().tolist()
        assert not net.gradient_vector().any()

    def test_something_else_is_refused(self) -> None:
        with pytest.raises(TypeError, match="on_step must be a function of one TrainingStep, or None, got 3"):
            fit(network(), on_step=3)


class TestPlotOfHistory:
    """`History.plot` draws each curve of the history that has numbers."""

    def test_the_curves_are_those_of_the_history(self) -> None:
        pytest.importorskip("matplotlib", reason="needs Matplotlib: pip install matplotlib").use("Agg")
        history = nn.History([0.9, 0.4, 0.3], [0.5, 0.6, 0.8], [0.8, 0.5, 0.6], [0.4, 0.7, 0.6])
        ax = history.plot()
        (right,) = [axes for axes in ax.figure.axes if axes is not ax]
        drawn = {line.get_label(): list(line.get_ydata()) for axes in (ax, right) for line in axes.lines}
        assert drawn == {
            "cost": [0.9, 0.4, 0.3],
            "validation cost": [0.8, 0.5, 0.6],
            "best epoch, 1": [0.5],
            "accuracy": [0.5, 0.6, 0.8],
            "validation accuracy": [0.4, 0.7, 0.6],
        }
        assert [text.get_text() for text in ax.get_legend().get_texts()] == list(drawn)
        assert (ax.get_xlabel(), ax.get_ylabel(), right.get_ylabel()) == ("epoch", "cost", "accuracy")
        assert ax.get_ylim()[0] == 0.0
        assert right.get_ylim() == (0.0, 1.0)

    def test_only_costs_have_one_axis_on_axes_of_ones_own(self) -> None:
        pyplot = pytest.importorskip("matplotlib.pyplot", reason="needs Matplotlib: pip install matplotlib")
        _, own = pyplot.subplots()
        assert nn.History([0.9, 0.4]).plot(own) is own
        assert len(own.figure.axes) == 1
        assert [line.get_label() for line in own.lines] == ["cost"]
        pyplot.close("all")

    @pytest.mark.parametrize("is_own", [True, False])
    def test_axes_that_record_receive_each_curve(self, is_own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[Any] = []

        def recorder(name: str, result: Any = None) -> Any:
            def call(*args: Any, **looks: Any) -> Any:
                calls.append((name, *(list(x) if isinstance(x, range) else x for x in args), looks))
                return [looks.get("label")] if name in ("plot", "right plot") else result

            return call

        names = ("plot", "set", "legend")
        right = SimpleNamespace(**{name: recorder(f"right {name}") for name in names})
        locator = SimpleNamespace(set_params=recorder("params"))
        ax = SimpleNamespace(
            **{name: recorder(name) for name in names},
            xaxis=SimpleNamespace(get_major_locator=lambda: locator),
            twinx=recorder("twinx", right),
        )
        figure = recorder("figure", SimpleNamespace(add_subplot=recorder("subplot", ax)))
        monkeypatch.setitem(sys.modules, "matplotlib", SimpleNamespace())
        monkeypatch.setitem(sys.modules, "matplotlib.pyplot", SimpleNamespace(figure=figure))
        axes = ax if is_own else None
        assert nn.History([0.9, 0.4], [0.5, 0.6], [0.8, 0.5], [0.4, 0.7]).plot(axes) is ax
        new = [] if is_own else [("figure", {"layout": "constrained"}), ("subplot", {})]
        legend = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 2, "frameon": False}
        cost = ("plot", [0, 1], [0.9, 0.4], "C0", {"label": "cost"})
        labels = [("set", {"xlabel": "epoch", "ylabel": "cost", "ylim": (0.0, None)}), ("params", {"integer": True})]
        assert calls == [
            *new,
            cost,
            ("plot", [0, 1], [0.8, 0.5], "C1", {"label": "validation cost"}),
            ("plot", 1, 0.5, "C1o", {"label": "best epoch, 1"}),
            *labels,
            ("twinx", {}),
            ("right set", {"ylabel": "accuracy", "ylim": (0.0, 1.0)}),
            ("right plot", [0, 1], [0.5, 0.6], "C0--", {"label": "accuracy"}),
            ("right plot", [0, 1], [0.4, 0.7], "C1--", {"label": "validation accuracy"}),
            (
                "legend",
                {"handles": [x[-1]["label"] for x in calls if x[0] in ("plot", "right plot")], **legend},
            ),
        ]
        calls.clear()
        nn.History([0.9, 0.4]).plot(axes)
        assert calls == [*new, cost, *labels, ("legend", {"handles": ["cost"], **legend})]
        calls.clear()
        nn.History([0.9], [0.5]).plot(axes)
        assert [x[0] for x in calls].count("right plot") == 1

    def test_nothing_to_plot(self) -> None:
        with pytest.raises(ValueError, match="history must have an epoch to plot, got none"):
            nn.History().plot()

    def test_without_matplotlib_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
        with pytest.raises(ModuleNotFoundError, match=r"history.plot\(\) needs Matplotlib: pip install matplotlib"):
            nn.History([0.9]).plot()


@pytest.mark.parametrize(
    ("targets", "width", "expected"),
    [
        ([0, 0], 1, True),
        ([1, 1], 1, True),
        ([0, 1, 1], 1, True),
        ([-1, -1], 1, True),
        ([-1, 1], 1, True),
        ([0, 1, 2], 1, False),
        ([-1, 1, 0.5], 1, False),
        ([-1, 0, 1], 1, False),
        ([[1], [0]], 1, True),
        ([0, 0], 3, True),
        ([0, 1, 2], 3, True),
        ([0, 1, 2, 3], 3, False),
        ([0.5, 1, 2], 3, False),
        ([[1, 0], [0, 1]], 2, True),
        ([[0.9, 0.1], [0.1, 0.9]], 2, True),
        ([[1, 0], [1, 1]], 2, False),
        ([[0, 0], [0, 1]], 2, False),
        ([[1, 0], [0, 2]], 2, False),
        ([[1, 1], [1, 1]], 2, False),
    ],
)
def test_targets_are_classes_where_each_example_has_one(targets: Any, width: int, expected: bool) -> None:
    assert training._are_classes(np.array(targets, dtype=float), width) == expected
