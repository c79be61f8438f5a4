"""The benchmarks measure what they say: every peer computes the same, and the mathematics is that of the papers."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published import adbench
from published.data import load

import autograd as ag
from benchmarks import table, worker, workloads
from benchmarks.matrices import Matrices, NumpyByHand, packed, unpacked
from benchmarks.peers import Peer, PureEngine, Unable
from benchmarks.rounds import Run, disagreement

SMALL = ("demo", "bundle", "mixture", "hessian", "fan_out:64", "chain:64")


class Floats:
    """Plain floats in the place of a peer."""

    number = float
    exp, log, sqrt, sin, cos = math.exp, math.log, math.sqrt, math.sin, math.cos

    @staticmethod
    def relu(x: float) -> float:
        return max(x, 0.0)

    @staticmethod
    def dot(w: Any, x: Any) -> float:
        return sum(a * b for a, b in zip(w, x, strict=True))


def shortened(name: str) -> workloads.Workload:
    """The workload; of a network, with less to compute."""
    whole = workloads.workload(name)
    if whole.network is None or name == "sample":
        return whole
    network = replace(whole.network, inputs=whole.network.inputs[:3], targets=whole.network.targets[:3])
    return replace(whole, network=network, loss=lambda m, p: workloads.cost(m, p, network))


def numbers(peer: Peer, workload: workloads.Workload) -> list[float]:
    peer.start(workload)
    found: list[float] = worker.found(peer)["found"]
    return found


def made(name: str) -> Peer:
    """The peer, or a test skipped with the reason that it is not there."""
    try:
        return worker.PEERS[name]()
    except (ImportError, Unable) as error:
        pytest.skip(f"{name}: {error}")


def engine() -> Peer:
    """The engine as it was imported here, compiled or not."""
    peer = PureEngine.__new__(PureEngine)
    peer._use(ag)
    return peer


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("workload", SMALL)
@pytest.mark.parametrize("name", [n for n in worker.PEERS if not n.startswith(("scalar", "JAX jit, scalars"))])
def test_a_peer_finds_the_engine_s_value_and_gradient(name: str, workload: str) -> None:
    peer, work = made(name), shortened(workload)
    if isinstance(peer, Matrices) and work.network is None:
        pytest.skip("matrices are for networks")
    try:
        found = numbers(peer, work)
    except Unable as error:
        pytest.skip(f"{name} {error}")
    assert disagreement(found, numbers(engine(), work)) < 1e-9


def test_the_network_by_hand_in_numpy_has_the_engine_s_gradient_of_one_sample_also_with_dot() -> None:
    references = [numbers(engine(), workloads.workload(name)) for name in ("sample", "dot")]
    by_hand = numbers(NumpyByHand(), workloads.workload("sample"))
    assert disagreement(references[1], references[0]) < 1e-12
    assert disagreement(by_hand, references[0]) < 1e-12


@pytest.mark.parametrize("name", SMALL[:3])
def test_a_gradient_is_that_of_differences(name: str) -> None:
    workload = shortened(name)
    gradient = numbers(engine(), workload)[1:]
    for i in (0, len(gradient) // 2, len(gradient) - 1):
        at = [list(workload.start) for _ in range(2)]
        at[0][i] += 1e-6
        at[1][i] -= 1e-6
        high, low = (workload.loss(Floats, x) for x in at)
        assert (high - low) / 2e-6 == pytest.approx(gradient[i], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("case", load("adbench")["bundle_adjustment"].values())
def test_the_bundle_adjustment_is_that_of_adbench(case: dict[str, Any]) -> None:
    x = case["parameters"]
    ours = workloads.bundle_adjustment(Floats, x[:11], x[11:14], x[14], case["feature"])
    assert ours == pytest.approx(adbench.bundle_adjustment(x, case["feature"]), rel=1e-12)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_gaussian_mixture_has_the_gradient_of_adbench_s(k: int, d: int) -> None:
    rng = np.random.default_rng(k * d)
    points = rng.normal(size=(5, d)).tolist()
    x = rng.normal(scale=0.3, size=k * (1 + d + d * (d + 1) // 2)).tolist()
    ours = ag.grad(lambda x: workloads.gaussian_mixture(engine(), x, points, k, 0.7, 2))(x)
    theirs = ag.grad(lambda x: adbench.gaussian_mixture(x, points, k, 0.7, 2))(x)
    assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-10)


def test_parameters_come_out_of_their_matrices_in_the_order_in_which_they_went_in() -> None:
    network = workloads.Network((3, 2, 1), [], [])
    assert packed(unpacked(network, list(map(float, range(11))))) == list(map(float, range(11)))


def test_a_chain_and_a_fan_out_have_the_operations_that_they_say() -> None:
    peer = engine()
    for name, count in (("chain:100", 100), ("fan_out:50", 100)):
        peer.start(workloads.workload(name))
        assert worker.found(peer)["operations"] == count


def test_a_run_reports_times_and_reasons_and_the_table_shows_both(tmp_path: Path) -> None:
    peers = ["scalar-autograd, pure Python", "HIPS autograd", "NumPy by hand, matrices"]
    results = json.loads(json.dumps(Run(repeat=2, sizes=(200, 400), peers=peers)(["demo", "growth"])))
    demo, growth = (results["workloads"][name]["peers"] for name in ("demo", "growth"))
    assert [len(demo[peers[0]][part]) for part in ("record", "backward", "gradient", "whole")] == [2, 2, 2, 2]
    assert "import name" in demo[peers[1]]["reason"]
    assert set(growth[peers[0]]) == {"200", "400"}
    assert peers[2] not in growth
    text = table.plain(results)
    assert "micrograd's demo loss" in text
    assert "an environment of its own" in text

    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{table.START}\nold\n{table.END}\nafter\n", encoding="utf-8")
    table.into_readme(results, readme)
    table.into_readme(results, readme)
    written = readme.read_text(encoding="utf-8")
    assert written.startswith(f"before\n{table.START}\n")
    assert written.endswith(f"{table.END}\nafter\n")
    assert written.count("micrograd's demo loss") == 1
    assert "old" not in written


def test_a_peer_that_disagrees_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(repeat=1, peers=())

    class Wrong:
        name = "wrong"

        def ask(self, do: str, **request: str) -> dict[str, Any]:
            assert do == "find"
            return {"found": [1.0, 2.5], "seconds": 0.0}

    answer = run._agreeing(Wrong(), "demo", {"found": [1.0, 2.0], "seconds": 0.0, "operations": 1})  # type: ignore[arg-type]
    assert "disagrees by 2.5e-01" in answer["reason"]


def test_a_readme_without_the_markers_is_refused_and_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("no place\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no <!-- benchmarks -->"):
        table.into_readme({"machine": {}, "versions": {}, "workloads": {}}, readme)
    assert readme.read_text(encoding="utf-8") == "no place\n"
