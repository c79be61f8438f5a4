"""The study of checkers measures what it says: references are right, tools are used as meant."""

from __future__ import annotations

import doctest
import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import scaled, thorough

import autograd as ag
from autograd import Value, derivatives

mpmath = pytest.importorskip("mpmath", reason='the reference is computed with mpmath: pip install "mpmath>=1.3"')

from benchmarks.checkers import compositions, faults, rules, sweeps, table, worker  # noqa: E402
from benchmarks.checkers import reference as reference_module  # noqa: E402
from benchmarks.checkers.__main__ import END, RESULTS, START, main, together  # noqa: E402
from benchmarks.checkers.compositions import ARITHMETIC, UNARY, Composition, drawn  # noqa: E402
from benchmarks.checkers.costs import costs, network  # noqa: E402
from benchmarks.checkers.hard_cases import CLASSES, Case  # noqa: E402
from benchmarks.checkers.reference import Unsuitable, judged, points, reference  # noqa: E402
from benchmarks.checkers.speeds import speeds  # noqa: E402
from benchmarks.checkers.study import FACTORS, MAX_EXAMPLES, case_study, study  # noqa: E402
from benchmarks.checkers.tools import TOOLS, Ours, OursWithEdges, Tool, Unable  # noqa: E402

ROOT = Path(__file__).parents[1]
EACH_FUNCTION = [Composition(((name, 0),)) for name in UNARY]
SMALL_SLOPE = Composition((("mul", 0, 0),)), 1e-8
FAULTS = {f"{fault.kind}, {fault.name}": fault for fault in faults.faults()}
# It is below what differences can tell.
NOT_FOUND = {"rule, log: 10⁻¹² more"}


@pytest.fixture(scope="module")
def hunted() -> dict[str, dict[str, Any]]:
    """What became of each fault that can be seeded; some cannot in the compiled engine."""
    found = {name: faults.hunt(fault) for name, fault in FAULTS.items()}
    return {name: fault for name, fault in found.items() if "reason" not in fault}


def tool(name: str) -> Tool:
    """The tool, or a test skipped with the reason that it is not there."""
    try:
        return TOOLS[name]()
    except (ImportError, Unable) as error:
        pytest.skip(f"{name}: {error}")


def answer(tool: Tool, f: Composition, x: float) -> dict[str, str]:
    """What it says of each multiple of the derivative."""
    point = judged(f, x)
    with np.errstate(all="ignore"):
        found = worker.answer(tool, {"points": [(f.steps, *point[1:])], "factors": FACTORS})
    assert not found["unusual"]
    return {what: said for what, [said] in found["verdicts"].items()}


class TestReference:
    @pytest.mark.parametrize("x", [4.0, 40.0, 240.0, 340.0])
    def test_the_derivative_of_a_saturated_function_has_50_digits(self, x: float) -> None:
        _, slope = reference(Composition((("tanh", 0), ("add", 1, 1.0))), x)
        with mpmath.workdps(60):
            assert abs(slope * mpmath.cosh(x) ** 2 - 1) < mpmath.mpf(10) ** -50

    @pytest.mark.parametrize("f", EACH_FUNCTION, ids=str)
    def test_the_derivative_of_each_function_is_that_of_mpmath(self, f: Composition) -> None:
        value, slope = reference(f, 0.3)
        ours, with_50_digits = judged(f, 0.3), mpmath.mpf(0.3)
        with mpmath.workdps(50):
            assert abs(slope / mpmath.diff(lambda x: reference(f, x)[0], with_50_digits) - 1) < 1e-15
        assert (ours.value, ours.derivative) == (float(value), float(slope))

    @pytest.mark.parametrize(
        ("steps", "x", "reason"),
        [
            ((("log", 0),), -2.0, "there is no value"),
            ((("tan", 0), ("sqrt", 1)), 2.0, "there is no value"),
            ((("add", 0, 0), ("div", 1, 0)), 3.0, "the derivative is 0"),
            ((("exp", 0),), 300.0, "a number on the way is too large"),
            ((("exp", 0), ("sin", 1)), 60.0, "floats do not resolve the value"),
        ],
    )
    def test_a_point_where_there_is_nothing_to_check_is_not_taken(self, steps: Any, x: float, reason: str) -> None:
        with pytest.raises(Unsuitable, match=reason):
            judged(Composition(steps), x)

    def test_one_seed_gives_the_same_points_and_another_gives_others(self) -> None:
        one, two, other = points(1, 20), points(1, 20), points(2, 20)
        assert one == two
        assert one[0] != other[0]
        assert sum(one[1].values()) > 0

    def test_compositions_use_all_of_17_functions_at_all_sizes(self) -> None:
        draw = random.Random(0)
        some = [drawn(draw) for _ in range(1000)]
        assert {step[0] for f, _ in some for step in f.steps} == {*UNARY, *ARITHMETIC}
        assert len({*UNARY, *ARITHMETIC}) == 17
        sizes = sorted(abs(x) for _, x in some)
        assert 1e-5 <= sizes[0] < 2e-5
        assert 500.0 < sizes[-1] <= 1e3
        assert {x < 0.0 for _, x in some} == {True, False}

    @pytest.mark.parametrize("seed", range(20))
    def test_a_composition_survives_json_and_is_printed_as_what_it_computes(self, seed: int) -> None:
        f, _ = drawn(random.Random(seed))
        again = Composition(tuple(map(tuple, json.loads(json.dumps(f.steps)))))
        assert again == f
        names = {name: getattr(ag, name) for name in UNARY}
        printed = eval(str(f).replace("·", "*"), {**names, "x": Value(0.3)})
        assert printed.data == f.value(Ours().functions, Value(0.3)).data


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", TOOLS)
class TestTools:
    def test_a_tool_has_every_function(self, name: str) -> None:
        checker = tool(name)
        for f in EACH_FUNCTION:
            assert checker.number(f, 0.3) == pytest.approx(judged(f, 0.3).value, rel=1e-14), f

    def test_a_tool_tells_the_right_derivative_from_a_wrong_one_where_that_is_easy(self, name: str) -> None:
        said = answer(tool(name), Composition((("sin", 0), ("exp", 1), ("mul", 2, 0))), 0.7)
        assert said["correct"] == "pass"
        assert {said[what] for what in ("×(−1)", "×2", "×1.01")} == {"fail"}

    def test_absolute_tolerances_let_a_small_wrong_derivative_pass_and_ours_has_none(self, name: str) -> None:
        said = answer(tool(name), *SMALL_SLOPE)
        is_relative = name.startswith("ours") or name == "scipy derivative"
        assert ("pass" in (said["×2"], said["×(−1)"])) == (not is_relative)


@pytest.mark.parametrize(("kind", "count", "undecided"), [(Ours, 150, 2 / 15), (OursWithEdges, 40, 0)])
def test_at_random_points_ours_rejects_nothing_right_and_passes_nothing_wrong(
    kind: type[Tool], count: int, undecided: float
) -> None:
    found, _ = points(20, scaled(count))
    said = worker.answer(kind(), {"points": [(f.steps, *rest) for f, *rest in found], "factors": FACTORS})["verdicts"]
    assert "fail" not in said["correct"]
    assert not any("pass" in said[what] for what in ("×(−1)", "×2", "×1.01", "×(1+1e−4)"))
    assert said["correct"].count("undecided") <= undecided * scaled(count)


def test_a_tool_whose_functions_give_another_value_is_not_counted_as_right() -> None:
    class Wrong(Ours):
        def number(self, f: Composition, x: float) -> float:
            return super().number(f, x) + 0.1

    found = worker.answer(Wrong(), {"points": [((("exp", 0),), 1.0, np.e, np.e)], "factors": {"correct": 1.0}})
    assert found["verdicts"] == {"correct": ["undecided"]}
    assert found["unusual"] == {"Disagrees": 1}


# Classes whose checks take a tenth of a second each.
SLOW_CLASSES = ("saturation", "1,000 inputs")
QUICK_CLASSES = [pytest.param(title, marks=thorough) if title in SLOW_CLASSES else title for title in CLASSES]


def numerical_jacobian(case: Case) -> np.ndarray:
    """Return two-sided differences in double precision by each input."""
    leaves = [leaf.astype(np.float64) for leaf in case.leaves]
    columns = []
    for leaf in leaves:
        for index in np.ndindex(leaf.shape):
            x, step = leaf[index], 1e-5 * max(abs(leaf[index]), 1.0 if abs(leaf[index]) > 1e-3 else 1e-3)
            values = []
            for leaf[index] in (x + step, x - step):
                values.append(np.ravel(case.function(np, case.nest(leaves))))
            leaf[index] = x
            columns.append((values[0] - values[1]) / (2.0 * step))
    return np.stack(columns, axis=1)


class TestCases:
    @pytest.mark.parametrize("title", ["roots", "fits", "saturation", "1,000 inputs", "pytrees"])
    def test_jacobians_are_right(self, title: str) -> None:
        for case in CLASSES[title].cases(1, 1 if title == "1,000 inputs" else 5):
            scale = np.abs(case.jacobian).max()
            assert case.jacobian == pytest.approx(numerical_jacobian(case), rel=1e-6, abs=1e-7 * scale), case.name

    def test_slopes_of_kinks_are_those_of_both_sides(self) -> None:
        names = set()
        for case in CLASSES["curved kinks"].cases(1):
            names.add(case.name)
            [x], value = case.point, case.function(np, case.point)
            step = 1e-7 * max(abs(x), 1e-2)
            slopes = [(case.function(np, np.array([x + d])) - value) / d for d in (-step, step)]
            expected = [case.jacobian[0, 0], case.other_slope]
            assert sorted(expected) == pytest.approx(sorted(slopes), rel=1e-4, abs=1e-4 * abs(expected[0]))
            assert abs(expected[0]) >= abs(expected[1])
        assert len(names) == 6

    def test_functions_in_single_precision_return_it(self) -> None:
        cases = CLASSES["float32"].cases(1)
        assert {case.name for case in cases} == {"a sum of sin", "a sum of exp", "a sum of tanh", "a 4-8-1 network"}
        for case in cases:
            assert case.function(np, case.point).dtype == np.float32
            assert case.function(np, case.point.astype(np.float64)).dtype == np.float32

    def test_wrong_claims_differ_in_one_entry(self) -> None:
        """A slope between both sides of a kink is right as well, and is not claimed."""
        for each in CLASSES.values():
            assert len(each.cases(1, 3)) == 3
            for case in each.cases(1, 3):
                row = case.jacobian[case.entry[0]]
                assert abs(row[case.entry[1]]) >= 0.5 * np.median(np.abs(row))
                for name, factor in each.factors.items():
                    claimed = case.claimed(factor)
                    if claimed is None:
                        assert (each.title, name) == ("curved kinks", "×0")
                    else:
                        changed = np.argwhere(claimed != case.jacobian).tolist()
                        assert changed == ([] if factor == 1.0 else [list(case.entry)])

    def test_same_seed_gives_same_cases(self) -> None:
        for each in CLASSES.values():
            first, second, other = (each.cases(seed, 2) for seed in (1, 1, 2))
            assert [case.jacobian.tolist() for case in first] == [case.jacobian.tolist() for case in second]
            assert [case.jacobian.tolist() for case in first] != [case.jacobian.tolist() for case in other]

    @pytest.mark.filterwarnings("default")
    @pytest.mark.parametrize("library", ["torch", "jax.numpy"])
    def test_libraries_compute_the_same_values(self, library: str) -> None:
        xp = pytest.importorskip(library)
        for case in (case for each in CLASSES.values() for case in each.cases(1, scaled(5))):
            leaves = case.nest([xp.asarray(leaf) for leaf in case.leaves])
            values = np.asarray(case.function(xp, leaves))
            # JAX has double precision only where it is asked for it.
            assert values == pytest.approx(case.function(np, case.point), rel=1e-3, abs=1e-3), case.name

    @pytest.mark.parametrize("title", QUICK_CLASSES)
    def test_ours_calls_nothing_right_wrong_and_finds_seeded_errors(self, title: str) -> None:
        request = {"classes": [title], "seeds": [11], "count": scaled(10)}
        found = worker.case_answer(Ours(), request)
        assert not found["unusual"]
        for name, (passed, failed, undecided) in found["classes"][title]["verdicts"].items():
            assert (failed if name == "correct" else passed + undecided) == 0, name
        named, every = found["classes"][title]["named"]
        assert named == every > 0

    def test_wrong_entry_is_named_as_its_user_names_it(self) -> None:
        cases = CLASSES["pytrees"].cases(1)
        pattern = r"∂f/∂params(\[\"fc1\"\]|\[\"fc2\"\])(\[\"bias\"\]\[\d\]|\[\"weight\"\]\[\d,\d\])"
        assert all(re.fullmatch(pattern, case.label) for case in cases)
        case = next(case for case in cases if '["fc1"]["bias"]' in case.label)
        ours = Ours()
        assert ours.check_case(case, case.claimed(2.0)) == "fail"
        assert ours.names_entry
        assert case.label in str(
            ag.gradcheck(
                lambda params: case.function(np, params),
                case.point,
                gradient=case.nest(case.parts(case.claimed(2.0)[0])),
            )
        )

    @pytest.mark.filterwarnings("default")
    @pytest.mark.parametrize("name", TOOLS)
    def test_each_tool_tells_right_from_wrong_where_that_is_easy(self, name: str) -> None:
        titles = ["pytrees", "fits"]
        found = worker.case_answer(tool(name), {"classes": titles, "seeds": [3], "count": 1})
        assert not found["unusual"]
        assert list(found["classes"]) == {"ours, with edges": [], "scipy check_grad": ["pytrees"]}.get(name, titles)
        for answers in found["classes"].values():
            assert answers["verdicts"]["correct"] == [1, 0, 0]
            assert answers["verdicts"]["×2"] == [0, 1, 0]

    @pytest.mark.parametrize("name", [name for name in TOOLS if name.startswith("scipy")])
    def test_tools_without_fast_mode_do_not_take_its_class(self, name: str) -> None:
        found = worker.case_answer(tool(name), {"classes": ["1,000 inputs, fast"], "seeds": [3], "count": 1})
        assert found == {"classes": {}, "unusual": {}}

    def test_resolutions_of_right_derivatives_are_counted(self) -> None:
        class Stating(Ours):
            def check_case(self, case: Case, jacobian: Any) -> str:
                self.resolutions = (0.01, 0.5, 0.6, np.nan) if (jacobian == case.jacobian).all() else (0.01,)
                return "pass"

        found = worker.case_answer(Stating(), {"classes": ["roots"], "seeds": [3], "count": 2})
        assert found["classes"]["roots"]["fine"] == [2, 8]
        written = table.text({"versions": {}, "cases": {"seeds": [3], "tools": {"t": {**found, "protocol": ""}}}})
        assert "t, roots: 2 of 8 derivatives are held to 1 % or less of themselves" in written

    def test_exceptions_of_a_tool_are_undecided(self) -> None:
        class Raising(Ours):
            def check_case(self, case: Case, jacobian: Any) -> str:
                raise RuntimeError

        found = worker.case_answer(Raising(), {"classes": ["roots"], "seeds": [3], "count": 1})
        assert found["unusual"] == {"RuntimeError (roots)": 5}
        assert set(map(tuple, found["classes"]["roots"]["verdicts"].values())) == {(0, 0, 1)}


class TestFaults:
    @pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.kind == "sweep"])
    def test_a_wrong_sweep_is_in_place_only_while_it_is_checked(self, name: str) -> None:
        before = Value.backward, derivatives.reverse, derivatives.forward, ag.checking.consistency.reverse  # type: ignore[attr-defined]
        faults.hunt(FAULTS[name])
        assert before == (Value.backward, derivatives.reverse, derivatives.forward, ag.checking.consistency.reverse)  # type: ignore[attr-defined]

    def test_there_are_at_least_50_of_all_kinds(self, hunted: dict[str, dict[str, Any]]) -> None:
        assert len(hunted) >= 50
        assert {x["kind"] for x in hunted.values()} == set(faults.KINDS)

    def test_what_is_not_found_is_known(self, hunted: dict[str, dict[str, Any]]) -> None:
        assert {name for name, x in hunted.items() if not x["found"]} <= NOT_FOUND

    def test_of_what_is_found_the_right_operation_is_named(self, hunted: dict[str, dict[str, Any]]) -> None:
        assert {name: x["blamed"] for name, x in hunted.items() if x["found"] and not x["named"]} == {}

    def test_without_the_faults_nothing_is_complained_of(self, hunted: dict[str, dict[str, Any]]) -> None:
        assert not any(x["complaints"] for x in hunted.values())

    def test_a_rule_that_is_right_is_no_fault(self) -> None:
        right = faults.Fault("rule", "", "exp", lambda broken: rules.checks("exp", lambda x, z: z, broken))
        assert not faults.hunt(right)["found"]

    def test_the_sweep_that_faults_are_made_in_is_sound_without_one(self) -> None:
        output = sweeps.graph(0.7, 1.9)
        found = sweeps.Sweep()(output, derivatives.stored)
        right = derivatives.reverse({output: 1.0}, derivatives.stored)
        assert {node: found[node] for node in right} == pytest.approx(right, rel=1e-15)


class TestResults:
    def test_tables_show_the_verdicts_the_versions_the_seeds_and_who_is_absent(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kept = tmp_path / "results.json"
        asked = ["--only", "study", "--seeds", "7", "--points", "5", "--tools", "ours, the whole", "HIPS autograd"]
        main([*asked, "--json", str(kept)])
        plain = capsys.readouterr().out
        assert "5 points; seeds 7." in plain
        assert f"numpy {np.__version__}" in plain
        assert "HIPS autograd: absent; it needs an environment of its own" in plain
        row = next(line.split() for line in plain.splitlines() if line.startswith("  ours, the whole"))
        assert [sum(map(int, cell.split("/"))) for cell in row[3:9]] == [5] * 6
        main(["--tables", str(kept), "--markdown"])
        assert f"| ours, the whole | {row[3]} | {row[4]} |" in capsys.readouterr().out

    def test_the_page_shows_the_results_that_are_kept(self) -> None:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
        shown = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8").partition(START)[2].partition(END)[0]
        assert shown.strip() == table.text(results, markdown=True).strip()

    def test_the_results_that_are_kept_are_as_good_as_is_asked_for(self) -> None:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
        there, points = results["study"]["tools"], results["study"]["points"]
        assert points >= 1300
        assert not [name for name, tool in there.items() if "reason" in tool]
        for name in ("ours, the whole", "ours, with edges"):
            said = there[name]["verdicts"]
            assert said["correct"][1] <= 0.001 * points
            assert [said[what][0] for what in ("×(−1)", "×2", "×1.01")] == [0, 0, 0]
            assert said["correct"][2] <= (0.08 * points if name == "ours, the whole" else 0)
        assert all(cost["an edge"] <= 0.05e-3 and cost["holds"] for cost in results["costs"].values())
        hunted = [fault for fault in results["faults"].values() if "reason" not in fault]
        assert sum(fault["found"] for fault in hunted) >= 0.95 * len(hunted) > 50
        assert all(fault["named"] and not fault["complaints"] for fault in hunted if fault["found"])

    def test_kept_results_of_functions_of_arrays(self) -> None:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))["cases"]
        assert not [name for name, each in results["tools"].items() if "reason" in each]
        ours = results["tools"]["ours, the whole"]["classes"]
        assert list(ours) == list(CLASSES)
        for title, answers in ours.items():
            verdicts = dict(answers["verdicts"])
            passed, failed, undecided = verdicts.pop("correct")
            every = passed + failed + undecided
            assert every >= 3 * CLASSES[title].count
            assert failed == 0
            assert undecided <= {"curved kinks": 0.02, "float32": 0.05}.get(title, 0.0) * every
            assert not sum(counts[0] for counts in verdicts.values())

    def test_tables_show_functions_of_arrays(self) -> None:
        found = case_study([7], 1, tools=["ours, the whole", "ours, with edges"], classes=["roots"])
        assert list(found["tools"]) == ["ours, the whole"]
        found["tools"]["HIPS autograd"] = {"reason": "needs an environment of its own"}
        written = table.text({"versions": {}, "cases": found}, markdown=True)
        assert "| functions of arrays | told | ours, the whole |" in written
        assert "| roots | right | 1/0/0 |" in written
        assert "| roots | wrong | 0/4/0 |" in written
        assert "| fits | wrong | – |" in written
        assert "- ours, the whole: 4 reports say fail; 4 of them name the wrong derivative and no other" in written
        assert "- HIPS autograd: absent; it needs an environment of its own" in written

    def test_parts_are_kept_beside_each_other_as_long_as_the_versions_are_the_same(self) -> None:
        kept = {"versions": {"numpy": "2", "torch": "3"}, "study": 1, "costs": 2}
        new = {"versions": {"numpy": "2", "engine": "as Python"}, "costs": 3}
        both = together(kept, new)
        assert (both["study"], both["costs"]) == (1, 3)
        assert both["versions"] == {"numpy": "2", "torch": "3", "engine": "as Python"}
        assert together({**kept, "versions": {"numpy": "1"}}, new) is new

    def test_the_examples_in_its_documentation_hold(self) -> None:
        for module in (compositions, reference_module, table):
            found = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
            assert (found.failed, found.attempted > 0) == (0, True)

    def test_examples_of_wrong_verdicts_are_kept_with_the_shortest_first(self) -> None:
        result = study([3], 30, tools=["scipy check_derivative"])["tools"]["scipy check_derivative"]
        if "reason" in result:
            pytest.skip(f"scipy {result['reason']}")
        kept = result["mistakes"]["×2"]
        assert len(kept) == min(MAX_EXAMPLES, result["verdicts"]["×2"][0]) > 0
        assert len(kept[0]["f"]) <= len(kept[-1]["f"])

    def test_a_fault_that_is_not_found_or_not_named_is_said_to_be_so(self) -> None:
        common = {"kind": "rule", "culprit": "exp", "complaints": 0}
        rows, odd = table.faults(
            {
                "a": {**common, "found": True, "named": True, "blamed": ["exp"]},
                "b": {**common, "found": True, "named": False, "blamed": ["log"]},
                "c": {**common, "found": False, "named": False, "blamed": []},
            }
        )
        assert rows[1] == ["rule", "3", "2", "1", "0"]
        assert odd == ["b — found; blamed: log, not exp", "c — not found"]

    @thorough
    def test_speeds_are_ratios_of_cpu_seconds(self) -> None:
        written = table.text({"versions": {}, "speeds": speeds(rounds=1, large=10_000)}, markdown=True)
        rows = [line for line in written.splitlines() if line.startswith("|")]
        assert len(rows) == 5
        assert all(row.endswith("| yes |") for row in rows[2:])
        assert re.search(r"10,000 inputs, mode=\"fast\" \| its (2\d|3\d|40) calls of the function", written)

    def test_a_network_costs_the_edges_that_it_has_however_it_is_written(self) -> None:
        found = costs((6, 4, 3), rounds=1)
        dots, sums = (entry["edges"] for entry in found.values())
        assert all(entry["holds"] for entry in found.values())
        # Weights and biases of both layers, the inputs of the second, a sigmoid for each neuron, and the cost.
        assert dots == (6 * 4 + 4) + (4 * 3 * 2 + 3) + 7 + 3 * 3
        # Each of the 36 products, of which those of the second layer have two operands that vary, is added to a sum.
        assert sums == (6 * 4 + 4 * 3 * 2) + 36 * 2 + 7 + 3 * 3
        values = [network((6, 4, 3), with_dots).data for with_dots in (True, False)]
        assert values[0] == pytest.approx(values[1], rel=1e-14)
