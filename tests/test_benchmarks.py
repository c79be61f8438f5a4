"""The benchmarks measure what they say: every peer computes the same, and the mathematics is that of the papers."""

from __future__ import annotations

import doctest
import json
import math
import mmap
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import thorough
from published import adbench
from published.data import load

import autograd as ag
from benchmarks import __main__ as command
from benchmarks import forecast as forecasts
from benchmarks import memory, processes, readme, table, worker, workloads
from benchmarks.forecast import Forecast
from benchmarks.matrices import Matrices, NumpyByHand, packed, unpacked
from benchmarks.networks import Network, cost, layers
from benchmarks.peers import Peer, PureEngine, Unable
from benchmarks.processes import Process, import_time
from benchmarks.rounds import WORKLOADS, Run, disagreement
from benchmarks.training import TRAININGS, OfEngine

SMALL = ("demo", "bundle", "mixture", "hessian", "fan_out:64", "chain:64", "dot")
TRAINED = [name for name, kind in worker.PEERS.items() if kind in TRAININGS]


class Floats:
    """Plain floats in the place of a peer."""

    exp, log, sqrt, sin, cos = math.exp, math.log, math.sqrt, math.sin, math.cos
    layers = staticmethod(layers)

    @staticmethod
    def relu(x: float) -> float:
        return max(x, 0.0)

    def __init__(self, workload: workloads.Workload) -> None:
        self.inputs = workload.inputs


def shortened(name: str) -> workloads.Workload:
    """The workload; of a network, with a few of the examples."""
    whole = workloads.workload(name)
    if whole.network is None:
        return whole
    count = 2 * whole.batch or 3
    network = replace(whole.network, inputs=whole.network.inputs[:count], targets=whole.network.targets[:count])
    return replace(whole, inputs=network.inputs, network=network, loss=lambda m, p: cost(m, p, network, m.inputs))


def numbers(peer: Peer, workload: workloads.Workload) -> list[float]:
    peer.start(workload)
    return worker.found(peer)


def made(name: str) -> Peer:
    """The peer, or a test skipped with the reason that it is not there."""
    try:
        return worker.PEERS[name]()
    except ImportError as error:
        pytest.skip(f'{name}: {error}; pip install ".[bench]"')
    except Unable as error:
        pytest.skip(f"{name} {error}")


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
    references = [numbers(engine(), workloads.workload(name)) for name in ("sample", "dots")]
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
        high, low = (workload.loss(Floats(workload), x) for x in at)
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
    network = Network((3, 2, 1), [], [])
    assert packed(unpacked(network, list(map(float, range(11))))) == list(map(float, range(11)))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", TRAINED)
def test_an_epoch_ends_with_the_parameters_that_the_formula_of_gradient_descent_gives(name: str) -> None:
    peer, work = made(name), shortened("epoch")
    P = np.array(work.start)
    for batch in work.network.batches(work.batch):  # type: ignore[union-attr]
        part = replace(work, start=P.tolist(), network=batch)
        P = P - 0.01 * np.array(numbers(NumpyByHand(), part)[1:]) / 10
    training = TRAININGS[type(peer)](peer, work)
    assert disagreement(worker.trained(training), P.tolist()) < 1e-12
    assert disagreement(worker.trained(training), P.tolist()) < 1e-12, "a second epoch does not begin at the start"
    assert disagreement(work.start, P.tolist()) > 1e-3


def test_the_network_by_hand_that_an_epoch_is_checked_by_has_the_engine_s_gradient() -> None:
    work = shortened("epoch")
    assert disagreement(numbers(NumpyByHand(), work), numbers(engine(), work)) < 1e-12


def test_a_sample_of_an_epoch_is_its_seconds_and_each_begins_anew() -> None:
    training, starts = OfEngine(engine(), shortened("epoch")), []

    class Counted:
        def begin(self) -> None:
            starts.append(1)
            training.begin()

        epoch = staticmethod(training.epoch)

    part = worker.sample(lambda: worker.one_epoch(Counted()))  # type: ignore[arg-type]
    assert set(part) == {"epoch"}
    assert 0.0 < part["epoch"] < 10.0
    assert starts


@pytest.mark.parametrize(("name", "count"), [("chain:100", 100), ("fan_out:50", 100), ("dot", 1)])
def test_a_workload_has_the_operations_that_it_says(name: str, count: int) -> None:
    peer = engine()
    peer.start(workloads.workload(name))
    peer.record()
    assert peer.operations() == count  # type: ignore[attr-defined]


def test_the_terms_of_the_dots_are_those_of_the_network() -> None:
    work = workloads.workload("dots")
    assert work.network is not None
    assert work.terms == sum(a * b for a, b in zip(work.network.sizes, work.network.sizes[1:], strict=False))
    assert workloads.workload("dot").terms == len(workloads.workload("dot").start) - 1 == 784


def test_data_are_floats_for_a_dot_and_one_node_each_for_neurons_in_scalar_code() -> None:
    peer = engine()
    peer.start(workloads.workload("dots"))
    assert {type(x) for x in peer.inputs[0]} == {float}
    peer.start(workloads.workload("sample"))
    assert {type(x) for x in peer.inputs[0]} == {ag.Value}


def growth(peers: dict[str, Any]) -> dict[str, Any]:
    return {"title": "growth", "grows": True, "peers": peers}


def test_growth_is_shown_as_what_the_most_operations_cost_each_over_ten_thousand() -> None:
    late = {"reason": "would take 90 s at its pace so far"}
    shown = table.table(
        growth(
            {
                "flat": {"1,000": [9e-7], "10,000": [1e-7, 2e-7], "100,000": [1.2e-7, 2.4e-7], "1,000,000": [1.3e-7]},
                "slow": {"1,000": [1e-5], "10,000": [1e-5], "100,000": [3e-5], "1,000,000": late},
                "slowest": {"1,000": [1e-3], "10,000": late, "100,000": late, "1,000,000": late},
                "absent": {"reason": "is not installed"},
            }
        )
    )
    assert shown.head[-1] == "most ÷ 10,000"
    assert [row[-1] for row in shown.rows] == ["1.30", "3.00 at 100,000", "—"]
    assert shown.rows[1][1:5] == ["10.0 µs", "10.0 µs", "30.0 µs", "—"]
    assert shown.notes == {"slow, 1,000,000": late["reason"], "slowest, 10,000": late["reason"]}
    assert shown.absent == {"absent": "is not installed"}


def test_memory_is_in_bytes_and_megabytes_and_an_operation_is_not_operations() -> None:
    result = {
        "title": "t",
        "operations": 1,
        "peers": {"a": {"once": 1.0, "epoch": [0.25], "peak": [2_000_000]}, "b": {"epoch": [1.0], "peak": [500_000]}},
    }
    shown = table.table(result)
    assert shown.head == ["", "epoch", "×", "memory", "×"]
    assert shown.rows == [["a", "250 ms", "1.00", "2.00 MB", "1.00"], ["b", "1.00 s", "4.00", "0.50 MB", "0.25"]]
    assert table.title(result) == "t (1 operation)"
    assert table.title({**result, "operations": 2000}) == "t (2,000 operations)"


def test_a_cell_without_a_figure_has_its_reason_below() -> None:
    peers = {"a": {"epoch": [0.5], "peak": {"reason": "is not measured here"}}, "b": {"reason": "crashes"}}
    text = table.plain({**MACHINE, "workloads": {"epoch": {"title": "t", "peers": peers}}})
    assert "  — a, peak: is not measured here" in text
    assert "  b  — crashes" in text


MACHINE = {
    "machine": {"cpu": "C", "cores": 2, "system": "S", "python": "P"},
    "versions": {"scalar-autograd": "1", "numpy": "2"},
    "rounds": 3,
}


def test_the_readme_has_a_selection_with_those_that_cannot_in_one_line() -> None:
    no = {"reason": "has no dot of scalars"}
    timed = {"once": 1.0, "record": [1e-3], "backward": [1e-3], "gradient": [2e-3], "whole": [3e-3], "term": [1e-9]}
    workloads_ = {
        "demo": {
            "title": "the demo",
            "operations": 9,
            "peers": {"ours": timed, "m": timed, "x": {"reason": "crashes"}},
        },
        "sample": {"title": "left out", "peers": {"ours": timed}},
        "dots": {"title": "dots", "peers": {"ours": timed, "m": no, "n": no}},
        "chain": {"title": "nobody", "peers": {"ours": no}},
    }
    lines = readme.markdown({**MACHINE, "workloads": workloads_}).splitlines()
    assert lines[0].startswith("C, 2 cores, S, P; scalar-autograd 1, numpy 2. Medians of 3 rounds")
    at = lines.index("**The demo (9 operations)**")
    assert lines[at + 2 : at + 8] == [
        "|  | record | backward | record + backward | × |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| ours | 1.00 ms | 1.00 ms | 2.00 ms | 1.00 |",
        "| m | 1.00 ms | 1.00 ms | 2.00 ms | 1.00 |",
        "",
        "Without figures: x: crashes.",
    ]
    assert "Without figures: m and n: has no dot of scalars." in lines
    assert "| ours | 2.00 ms | 1.00 | 3.00 ms | 1.00 | 1.00 ns |" in lines
    assert not any("left out" in line for line in lines)
    assert lines[lines.index("**Nobody**") + 2] == "Without figures: ours: has no dot of scalars."


def test_the_results_that_are_kept_have_every_workload_and_make_the_readme(tmp_path: Path) -> None:
    if not command.RESULTS.exists():
        pytest.skip("no results are kept: python -m benchmarks --large --hips --json benchmarks/results.json")
    results = json.loads(command.RESULTS.read_text(encoding="utf-8"))
    assert set(results["workloads"]) == set(WORKLOADS)
    assert not [line for line in table.plain(results).splitlines() if "disagrees" in line]
    file = tmp_path / "README.md"
    file.write_text(f"{readme.START}{readme.END}", encoding="utf-8")
    readme.into_readme(results, file)
    assert file.read_text(encoding="utf-8").count("\n**") == len(readme.SELECTED)


def test_the_command_puts_kept_results_into_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, file = tmp_path / "kept.json", tmp_path / "README.md"
    kept.write_text(json.dumps({**MACHINE, "workloads": {}}), encoding="utf-8")
    file.write_text(f"a {readme.START} b {readme.END} c", encoding="utf-8")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    command.main(["--readme", str(kept)])
    assert file.read_text(encoding="utf-8").startswith(f"a {readme.START}\nC, 2 cores")
    assert file.read_text(encoding="utf-8").endswith(f"{readme.END} c")


@thorough
def test_a_run_reports_times_and_reasons_and_the_table_shows_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, short = processes.run, "from benchmarks import worker; worker.MIN_SAMPLE_SECONDS = 0.0; "
    monkeypatch.setattr(processes, "run", lambda python, code, *args: start(python, short + code, *args))
    peers = ["scalar-autograd, pure Python", "HIPS autograd", "NumPy by hand, matrices"]
    kept: list[str] = []
    runs = Run(repeat=2, sizes=(200, 400), peers=peers, keep=lambda so_far: kept.append(json.dumps(so_far)))
    results = json.loads(json.dumps(runs(["demo", "epoch", "growth"])))
    assert [len(json.loads(so_far)["workloads"]) for so_far in kept] == [1, 2, 3]
    demo, epoch, growth = (results["workloads"][name]["peers"] for name in ("demo", "epoch", "growth"))
    assert [len(demo[peers[0]][part]) for part in ("record", "backward", "gradient", "whole")] == [2, 2, 2, 2]
    assert "import name" in demo[peers[1]]["reason"]
    assert set(growth[peers[0]]) == {"200", "400"}
    assert set(epoch) == {peers[0], peers[2]}
    assert len(epoch[peers[0]]["epoch"]) == 2
    assert "peak" in epoch[peers[0]]
    assert peers[2] not in growth
    text = table.plain(results)
    assert "micrograd's demo loss" in text
    assert "an environment of its own" in text

    file = tmp_path / "README.md"
    file.write_text(f"before\n{readme.START}\nold\n{readme.END}\nafter\n", encoding="utf-8")
    readme.into_readme(results, file)
    readme.into_readme(results, file)
    written = file.read_text(encoding="utf-8")
    assert written.startswith(f"before\n{readme.START}\n")
    assert written.endswith(f"{readme.END}\nafter\n")
    assert written.lower().count("micrograd's demo loss") == 1
    assert "old" not in written


def test_results_are_kept_beside_those_of_other_workloads_from_the_same_machine_and_versions() -> None:
    kept = {**MACHINE, "workloads": {"chain": {"title": "old"}, "demo": {"title": "old"}}}
    new = {**MACHINE, "workloads": {"demo": {"title": "new"}}}
    both = command.together(kept, new)
    assert list(both["workloads"]) == ["demo", "chain"]
    assert both["workloads"]["demo"] == {"title": "new"}
    for other in ({}, {**kept, "versions": {"numpy": "3"}}, {**kept, "rounds": 4}):
        assert command.together(other, new) == new


class Passing:
    """In the place of an event, a clock and a process: the time passes when somebody waits for the event.

    Args:
        cpu: CPU seconds that the process uses in each second; None where the system does not say.
        end: seconds after which the answer is there.
    """

    pid = 1

    def __init__(self, cpu: float | None, end: float) -> None:
        self.cpu, self.end, self.now, self.killed = cpu, end, 0.0, False

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.now >= self.end

    def cpu_time(self, _: int) -> float | None:
        return None if self.cpu is None else 7.0 + self.cpu * self.now

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize(
    ("cpu", "end", "late"),
    [  # patience is one second of CPU time
        *((1.0, 0.9, False), (1.0, 2.0, True), (0.5, 1.9, False), (0.5, 3.0, True)),
        *((0.0, 9.9, False), (0.0, 11.0, True), (None, 0.9, False), (None, 2.0, True)),
    ],
)
def test_patience_is_cpu_time_and_ten_times_as_long_without(
    cpu: float | None, end: float, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing: Any = Passing(cpu, end)
    monkeypatch.setattr(processes, "monotonic", lambda: passing.now)
    monkeypatch.setattr(processes, "cpu_time", passing.cpu_time)
    watch = processes.Watch(passing, 1.0)
    watch.ended = passing
    watch.run()
    assert (watch.late, passing.killed) == (late, late)


def test_a_process_that_is_late_is_ended_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(processes.Watch):
        def run(self) -> None:
            self.late = answered
            if answered:
                self.process.kill()

    start, answered = processes.run, False
    code = "import time; print('{}', flush=True); time.sleep(600)"
    monkeypatch.setattr(processes, "run", lambda python, _, *args: start(python, code, *args))
    monkeypatch.setattr(processes, "Watch", Impatient)
    with Process("peer", sys.executable, 0.2) as process:
        assert process.ask("about") == {}
        answered = True
        assert process.ask("about") == {"reason": "takes more than 0.2 s", "late": True}
        assert process.process is None


def test_the_cpu_time_of_a_process_grows_as_it_computes() -> None:
    if processes.cpu_time(os.getpid()) is None:
        pytest.skip("the system does not say the CPU time of a process: no /proc")
    before = processes.cpu_time(os.getpid())
    started = time.process_time()
    while time.process_time() < started + 0.05:  # several of the system's ticks of 0.01 s
        pass
    assert before is not None
    assert processes.cpu_time(os.getpid()) > before  # type: ignore[operator]


class Answering:
    """In the place of a process: gives `answer` and keeps what it was asked."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.name, self.answer, self.asked = "peer", answer, []

    def ask(self, do: str, **request: str) -> dict[str, Any]:
        self.asked.append((do, *request.values()))
        return dict(self.answer)


def run() -> Run:
    run = Run(repeat=1, peers=())
    run.forecast = Forecast(patience=60.0)
    return run


def test_a_peer_that_disagrees_is_not_timed() -> None:
    peer = Answering({"found": [1.0, 2.5], "seconds": 0.0, "prepared": 0.0, "size": None})
    answer = run()._agreeing(peer, "demo", 1, [1.0, 2.0])  # type: ignore[arg-type]
    assert "disagrees by 2.5e-01" in answer["reason"]


def test_a_peer_is_first_asked_for_less_than_much() -> None:
    peer = Answering({"found": [1.0], "seconds": 9.0, "prepared": 10.0, "size": 10**9})
    answer = run()._agreeing(peer, "chain:10000000", 10**7, [])  # type: ignore[arg-type]
    assert peer.asked == [("find", "chain:100000")]
    assert answer == {"reason": "would need 100 GB, at 10,000 bytes an operation"}


def test_what_a_peer_cannot_with_less_it_is_not_asked_for_with_more() -> None:
    peer, runs = Answering({"reason": "recurses over the graph"}), run()
    runs.forecast.note("peer", 100_000, 50.0, None)
    for _ in range(2):
        assert runs._agreeing(peer, "fan_out:500000", 10**6, []) == peer.answer  # type: ignore[arg-type]
    assert peer.asked == [("find", "fan_out:50000")]


def test_a_peer_that_was_late_once_is_not_asked_for_more() -> None:
    peer, runs = Answering({"reason": "takes more than 60 s", "late": True}), run()
    first = runs._agreeing(peer, "demo", 13_000, [])  # type: ignore[arg-type]
    second = runs._agreeing(peer, "sample", 26_000, [])  # type: ignore[arg-type]
    assert first == {"reason": "takes more than 60 s"}
    assert second == {"reason": "would take more than 60 s: 13,000 operations did"}
    assert len(peer.asked) == 1


@pytest.mark.parametrize("module", [table, forecasts])
def test_the_examples_in_docstrings_hold(module: Any) -> None:
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0


def test_a_forecast_goes_by_large_workloads_only() -> None:
    forecast = Forecast(patience=60.0, memory=8e9)
    forecast.note("p", 100, 5.0, 10**9)
    assert forecast.reason("p", 10**9) == ""
    forecast.note("p", 20_000, 0.02, 10**9)
    assert forecast.reason("p", 50_000_000) == ""
    assert forecast.reason("p", 70_000_000) == "would take 70 s at its pace so far"
    forecast.note("p", 200_000, 0.2, 200_000 * 800)
    assert forecast.reason("p", 10_000_000) == ""
    assert forecast.reason("p", 10_100_000) == "would need 8 GB, at 800 bytes an operation"
    assert forecast.reason("another", 10**9) == ""


def test_a_peer_that_does_not_answer_is_late_and_one_that_ends_has_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    start = processes.run
    for code, reason in (
        ("all(x == 0 for x in iter(int, 1))", "takes more than 0.2 s"),
        ("raise SystemExit(3)", "with 3"),
    ):
        monkeypatch.setattr(processes, "run", lambda python, _, *args, code=code: start(python, code, *args))
        with Process("peer", sys.executable, 0.2 if "iter" in code else 60.0) as process:
            answer = process.ask("about")
        assert reason in answer["reason"]
        assert answer.get("late", False) == ("iter" in code)


def deep(_: int) -> int:
    return deep(_ + 1)


def missing() -> None:
    import no_such_module  # type: ignore[import-not-found]  # noqa: F401


def test_a_worker_says_why_it_cannot() -> None:
    assert worker.attempt(deep, 0)["reason"].startswith("recurses over the graph: RecursionError at the limit of ")
    assert worker.attempt(missing)["reason"] == "is not installed (No module named 'no_such_module')"
    assert worker.attempt(lambda: 1 / 0)["reason"] == "ZeroDivisionError: division by zero"
    assert worker.attempt(engine().start, replace(workloads.workload("demo"), start=["x"]))["reason"].startswith(
        "TypeE"
    )
    with pytest.raises(Unable, match="has no tan of scalars"):
        engine().tan  # noqa: B018


def measured() -> None:
    try:
        memory.growth_at_peak(lambda: None)
    except memory.Unmeasured as error:
        pytest.skip(f"memory {error}")


def fill_new_pages() -> None:
    """Fill 50 MB of new pages; `bytearray` may take those that other tests freed, which are counted before."""
    with mmap.mmap(-1, 50_000_000) as pages:
        for i in range(0, len(pages), mmap.PAGESIZE):
            pages[i] = 1


def test_the_peak_counts_what_is_freed_again() -> None:
    measured()
    assert 49_000_000 < memory.growth_at_peak(fill_new_pages) < 80_000_000
    assert memory.growth_at_peak(lambda: None) < 20_000_000


def test_the_memory_of_an_operation_is_that_of_its_node_and_its_number() -> None:
    measured()
    x = ag.Value(0.5)
    name = "scalar-autograd, compiled" if ag.compiled else "scalar-autograd, pure Python"
    more = 100_000 if ag.compiled else 20_000
    with Process(name, sys.executable, 60.0) as process:  # a fresh one: here there is memory of graphs before
        found = process.ask("memory", small="chain:1000", large=f"chain:{1000 + more}")
    if ag.compiled:  # in memory of its own
        assert found["resident"] / more == pytest.approx(sys.getsizeof(x * x), abs=5)
    else:
        assert found["python"] / more == pytest.approx(sys.getsizeof(x * x) + sys.getsizeof(0.5), abs=1)


def test_an_import_takes_time_beyond_numpy_s() -> None:
    assert 0.0 < import_time(sys.executable, "sqlite3") < 10.0


def test_a_broken_environment_for_hips_autograd_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_, commands = [], []
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()

    def finished(command: list[Any], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command[1:])
        return subprocess.CompletedProcess(command, len(commands) % 2)  # broken, then installed

    monkeypatch.setattr(command, "CACHE", tmp_path)
    monkeypatch.setattr(command.sys, "platform", "linux")
    monkeypatch.setattr(command.subprocess, "run", finished)
    monkeypatch.setattr(command.venv, "create", lambda path, **how: made_.append((path, how)))
    assert command.hips_environment() == str(python)
    assert made_ == [(tmp_path, {"with_pip": True, "clear": True})]
    assert commands[1] == ["-m", "pip", "install", "-q", "numpy", "autograd"]


def test_a_readme_without_the_markers_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("no place\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no <!-- benchmarks -->"):
        readme.into_readme({**MACHINE, "workloads": {}}, file)
    assert file.read_text(encoding="utf-8") == "no place\n"
