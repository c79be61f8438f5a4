"""The benchmarks of compiled programs: every peer that is here computes the same, and the table says what was kept."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import autograd as ag
from benchmarks import compiled, just_in_time


@pytest.mark.parametrize("case", [name for name in compiled.cases() if "10,000" not in name and "of 100" not in name])
def test_peers_agree_and_are_measured(case: str) -> None:
    work = compiled.cases()[case]()
    peers = {compiled.OURS: work.ours()}
    if isinstance(work, compiled.Digits):
        peers["NumPy by hand"] = work.by_hand()
    times = compiled.measured(peers, rounds=1, shortest=0.0)
    assert all(seconds > 0.0 for seconds in times.values())


@pytest.mark.parametrize("batch", [1, 3])
def test_casadi_agrees_in_three_ways(batch: int) -> None:
    """The wrapper, the buffer, and its C through the buffer read the rows of a batch and write them in order."""
    pytest.importorskip("casadi", reason="compares with CasADi: pip install casadi")
    case = compiled.Irregular(lambda m, x: compiled.lstm(m, x, steps=2), 158, batch)
    f, (value, gradient) = case.casadi_function(), case.ours()()
    ways = {"f(x)": case.casadi(f), "buffer()": case.casadi_buffer(f)}
    if shutil.which("gcc"):
        library, seconds = compiled.machine_code(f)
        assert seconds > 0.0
        ways["gcc"] = case.casadi_buffer(library)
    for name, call in ways.items():
        values, gradients = call()
        gradients = np.transpose(gradients) if name == "f(x)" else gradients
        assert np.ravel(values) == pytest.approx(np.ravel(value), rel=1e-12)
        assert np.ravel(gradients) == pytest.approx(np.ravel(gradient), rel=1e-10, abs=1e-12)


def test_casadi_descends_as_numpy_does() -> None:
    pytest.importorskip("casadi", reason="compares with CasADi: pip install casadi")
    digits = compiled.Digits(2)
    ours, *others = digits.by_hand(), digits.casadi(), digits.casadi_buffer()
    for _ in range(3):
        cost = ours()
        assert [other() for other in others] == pytest.approx([cost, cost], rel=1e-10)


def test_a_peer_that_computes_something_else_is_noticed() -> None:
    with pytest.raises(AssertionError, match="other"):
        compiled.measured({"one": lambda: 1.0, "other": lambda: 1.1}, rounds=1)


def test_the_irregular_graphs_are_what_the_engine_computes() -> None:
    for f, n in ((compiled.lstm, 158), (lambda m, x: compiled.random_graph(m, x, 300), 20)):
        X = compiled.Irregular(f, n, 1).X[0]
        value, gradient = ag.compile(lambda x, f=f: f(ag, x), inputs=n)(X)
        expected, slopes = ag.value_and_grad(lambda x, f=f: f(ag, x))(X.tolist())
        assert value == pytest.approx(expected, rel=1e-12)
        assert gradient == pytest.approx(slopes, rel=1e-10, abs=1e-12)


def test_what_numba_is_given_is_what_the_engine_computes() -> None:
    f = ag.compile(lambda x: compiled.lstm(ag, x, steps=2), inputs=158)
    x = np.linspace(-1.0, 1.0, 158)
    value, gradient = f(x)
    found = just_in_time.of_vector(f._scalar_calls("gradient").program)(x)
    assert found == pytest.approx(np.array([value, *gradient]), rel=1e-10, abs=1e-12)


def test_the_readme_holds_what_was_kept() -> None:
    kept = json.loads(compiled.KEPT.read_text(encoding="utf-8"))
    readme = (compiled.ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{compiled.START}\n{compiled.markdown(kept)}\n{compiled.END}" in readme
