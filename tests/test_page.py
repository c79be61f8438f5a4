"""The page in Chromium: what it shows, and what follows when a reader steps, points, drags, types or asks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn import network
from effort import thorough
from samples import olah

import autograd as ag
import nn
from autograd import Value

pytestmark = pytest.mark.browser
Opener = Callable[..., Any]


def ways() -> tuple[Value, Value]:
    """X to Y by three ways and on to Z by three: Olah's example of factoring paths, with primes for partials."""
    x = Value(1.0, "X")
    y = ag.total([2 * x, 3 * x, 5 * x]).named("Y")
    return ag.total([7 * y, 11 * y, 13 * y]).named("Z"), x


def test_the_page_shows_olahs_numbers(window: Opener) -> None:
    a, b, c, d, e = olah()
    opened = window(ag.explore(e, b))
    assert opened.check == "ok"
    assert opened.page.inner_text("#check") == "✓ The browser agrees with Python on all 15 numbers"
    assert opened.page.inner_text("h1") == "e = 6"
    assert [opened.texts(x) for x in (a, b, c, d, e)] == [
        ["a = 2", "∂e/∂a = 2"],
        ["b = 1", "∂e/∂b = 5"],
        ["c = a + b", "c = 3", "∂e/∂c = 2"],
        ["d = b + 1", "d = 2", "∂e/∂d = 3"],
        ["e = c·d", "e = 6", "∂e/∂e = 1"],
    ]
    labels = opened.page.locator(".label").evaluate_all(
        "all => all.map(x => [...x.querySelectorAll('text')].map(t => t.textContent))"
    )
    assert sorted(labels) == [
        ["= 1", "∂c", "∂a"],
        ["= 1", "∂c", "∂b"],
        ["= 1", "∂d", "∂b"],
        ["= 2", "∂e", "∂c"],
        ["= 3", "∂e", "∂d"],
    ]
    assert opened.page.locator("path.edge.lit").count() == 4
    assert "∂e/∂b = ∂e/∂c·∂c/∂b + ∂e/∂d·∂d/∂b = 2·1 + 3·1 = 5" in opened.explanation()


@pytest.mark.parametrize(("what", "said"), [("values", "e = 6"), ("partials", "∂c/∂a = 1"), ("adjoints", "∂e/∂a = 2")])
def test_the_page_says_where_it_disagrees_with_python(
    what: str, said: str, window: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, e = olah()
    page = ag.explore(e)
    data = page.contents.data()
    data[what][-1 if what == "values" else 0] += 1e-11
    monkeypatch.setattr(page.contents, "data", lambda: data)
    opened = window(page)
    assert opened.check == "wrong"
    assert opened.page.inner_text("#check").startswith(f"✗ The browser disagrees with Python: {said}")


def test_steps_go_forward_and_then_back_and_derivatives_add_up(window: Opener) -> None:
    a, b, c, _, e = olah()
    opened = window(ag.explore(e))
    opened.page.click("#first")
    assert opened.phase == "Start: the inputs have their values"
    assert (opened.texts(a), opened.texts(c), opened.texts(e)) == (["a = 2"], ["c = a + b"], ["e = c·d"])
    phases = []
    while opened.page.is_enabled("#next"):
        opened.page.click("#next")
        phases.append((opened.phase, opened.texts(b)[-1]))
    assert phases == [
        ("Forward 1/3: c = a + b = 3", "b = 1"),
        ("Forward 2/3: d = b + 1 = 2", "b = 1"),
        ("Forward 3/3: e = c·d = 6", "b = 1"),
        ("Backward 0/3: ∂e/∂e = 1", "b = 1"),
        ("Backward 1/3: from e, ∂e/∂c: 0 → 2, ∂e/∂d: 0 → 3", "b = 1"),
        ("Backward 2/3: from c, ∂e/∂a: 0 → 2, ∂e/∂b: 0 → 2 so far", "∂e/∂b: 0 → 2 so far"),
        ("Backward 3/3: from d, ∂e/∂b: 0 → 2 → 5", "∂e/∂b = 5"),
    ]
    opened.page.click("#back")
    opened.node(b).click()
    assert "= 2·1 + … = 2 so far" in opened.explanation()
    opened.page.click("#back")
    assert "∂e/∂b = ∂e/∂c·∂c/∂b + ∂e/∂d·∂d/∂b = … + … = …" in opened.explanation()


def test_derivative_without_all_its_terms_is_not_final(window: Opener) -> None:
    """A term may be 0, and a sum may stay as it is for steps."""
    x = Value(-1.0, "x")
    off, square = ag.relu(x).named("r"), (x * x).named("s")
    opened = window(ag.explore((off + ag.exp(square).named("t")).named("y")))
    opened.page.click("#first")
    seen = set()
    while opened.page.is_enabled("#next"):
        opened.page.click("#next")
        seen.add((opened.phase, opened.texts(x)[-1]))
    assert {said for _, said in seen} == {"x = −1", "∂y/∂x: 0 so far", "∂y/∂x = −5.437"}
    assert {phase for phase, said in seen if "so far" in phase and "so far" in said} == {
        "Backward 2/4: from r, ∂y/∂x: 0 so far"
    }


SAID = """
() => {
    const rows = [...document.querySelectorAll("#table tbody tr")].map(row => row.children[3].textContent);
    return [...document.querySelectorAll("#graph .node")].map((box, i) => [
        box.querySelector(".slope").textContent, box.getAttribute("aria-label"), rows[i]]);
}
"""
"""The derivative of each node: in its box, to a screen reader and in the table."""
# The same at each step, up to the last.
SAID_AT_EACH_STEP = f"""
() => {{
    const said = {SAID.strip()}, next = document.getElementById("next"), steps = [];
    for (; !next.disabled && steps.length < 1000; next.click()) steps.push(said());
    return steps;
}}
"""


@pytest.mark.parametrize(
    "graph", [lambda: olah()[-1], lambda: ways()[0], pytest.param(lambda: network()[0], marks=thorough)]
)
def test_no_step_states_a_false_derivative(graph: Callable[[], Value], window: Opener) -> None:
    opened = window(ag.explore(graph()))
    opened.page.click("#table summary")
    opened.page.wait_for_selector("#table td")
    for mode in ("reverse", "forward"):
        opened.page.check(f"[value={mode}]")
        final = opened.page.evaluate(SAID)
        assert all(" = " in slope and label.endswith(slope) for slope, label, _ in final)
        opened.page.click("#first")
        blank = 0
        for said in opened.page.evaluate(SAID_AT_EACH_STEP):
            for (slope, label, cell), (whole, _, last) in zip(said, final, strict=True):
                assert (" = " not in slope and (not slope or label.endswith(slope))) or (slope, cell) == (whole, last)
                assert cell == slope.partition(": ")[2] or (slope, cell) == (whole, last)
                assert "so far" in cell or "→" in cell or cell in ("", last)
                assert "/∂" not in label or label.endswith(slope)
                blank += not slope
        assert blank
        assert opened.page.evaluate(SAID) == final


def test_forward_mode_and_values_are_views(window: Opener) -> None:
    a, b, c, d, e = olah()
    opened = window(ag.explore(e, b))
    opened.page.check("[value=forward]")
    assert [opened.texts(x)[-1] for x in (a, b, c, d, e)] == [
        "∂a/∂b = 0",
        "∂b/∂b = 1",
        "∂c/∂b = 1",
        "∂d/∂b = 1",
        "∂e/∂b = 5",
    ]
    assert opened.node(e).get_attribute("aria-pressed") == "true"
    assert opened.page.locator("path.edge.lit").count() == 4
    assert "∂e/∂b = ∂e/∂c·∂c/∂b + ∂e/∂d·∂d/∂b = 2·1 + 3·1 = 5" in opened.explanation()
    opened.page.select_option("#by", label="a")
    assert [opened.texts(x)[-1] for x in (b, d, e)] == ["∂b/∂a = 0", "∂d/∂a = 0", "∂e/∂a = 2"]
    assert opened.phase == "Forward 3/3: e = c·d = 6; ∂e/∂a = 2"
    opened.page.check("[value=reverse]")
    assert opened.node(a).get_attribute("aria-pressed") == "true"
    opened.page.check("[value=values]")
    assert opened.texts(d) == ["d = b + 1", "d = 2"]


def test_a_node_is_explained_by_its_rule_with_the_numbers_put_in(window: Opener) -> None:
    out, E = Value(0.6225, "out"), Value(1.0, "E[1]")
    AS = ag.log(out).named("AS")
    C = (ag.sigmoid(AS) * (out - E) ** 2).named("C")
    opened = window(ag.explore(C))
    square = next(x for x in ag.topological_order(C) if x.op is ag.TABLE["pow"])
    opened.node(square).hover()
    assert "∂v₃/∂v₂ = 2v₂ = 2(−0.3775) = −0.755" in opened.explanation()
    opened.node(AS).hover()
    assert "AS = ln(out) = ln(0.6225) = −0.474" in opened.explanation()
    assert "∂AS/∂out = 1/out = 1/0.6225 = 1.606" in opened.explanation()
    opened.node(next(x for x in ag.topological_order(C) if x.op is ag.TABLE["sigmoid"])).hover()
    assert "∂v₁/∂AS = S(AS)(1 − S(AS)) = 0.3837(1 − 0.3837) = 0.2365" in opened.explanation()


def test_terms_light_their_edges_and_edges_their_terms(window: Opener) -> None:
    _, b, c, _, e = olah()
    opened = window(ag.explore(e, b))
    hot = "all => all.map(x => x.dataset.edge)"
    term = opened.page.locator("#explanation .term").nth(1)
    term.hover()
    edge = term.get_attribute("data-edge")
    assert opened.page.locator("path.edge.hot").evaluate_all(hot) == [edge]
    opened.page.mouse.move(0, 0)
    assert opened.page.locator(".hot").count() == 0
    opened.page.locator(f".label[data-edge='{edge}']").hover()
    assert set(opened.page.locator(".term.hot").evaluate_all(hot)) == {edge}
    term.focus()
    assert opened.page.locator("path.edge.hot").evaluate_all(hot) == [edge]
    term.click()
    assert opened.node(c).get_attribute("aria-pressed") == "false"


def test_the_graph_is_walked_by_keyboard(window: Opener) -> None:
    a, b, c, d, e = olah()
    opened = window(ag.explore(e))
    assert opened.page.locator("svg [tabindex='0']").count() == 1
    opened.node(e).focus()
    focused = "Number(document.activeElement.dataset.node)"
    route = [
        ("ArrowDown", c),
        ("ArrowDown", a),
        ("ArrowRight", b),
        ("ArrowUp", c),
        ("ArrowRight", d),
        ("Home", a),
        ("End", e),
    ]
    for key, node in route:
        opened.press(key)
        assert opened.page.evaluate(focused) == opened.place(node), key
        assert opened.page.locator("svg [tabindex='0']").count() == 1
    opened.press("Home", "ArrowRight", "Enter")
    assert opened.node(b).get_attribute("aria-pressed") == "true"
    assert opened.page.locator("path.edge.lit").count() == 4
    assert opened.explanation().startswith("bb = 1Chain rule")
    opened.press("Escape")
    assert opened.page.locator(".lit").count() == 0
    opened.press("p", "p")
    assert opened.phase.startswith("Backward 1/3")
    opened.press("n")
    assert opened.phase.startswith("Backward 2/3")


def test_arrow_keys_follow_the_direction_of_the_picture(window: Opener) -> None:
    *_, d, e = olah()
    opened = window(ag.explore(e, direction="right"))
    opened.node(e).focus()
    opened.press("ArrowLeft", "ArrowDown")
    opened.press("Enter")
    level = [opened.exploration.contents.nodes[i] for i in (2, 3)]
    pressed = opened.page.evaluate("Number(document.querySelector('[aria-pressed=true]').dataset.node)")
    assert opened.exploration.contents.nodes[pressed] is next(x for x in level if x is d)
    opened.press("ArrowRight")
    assert opened.page.evaluate("Number(document.activeElement.dataset.node)") == opened.place(e)


def test_a_slider_recomputes_everything_and_a_double_click_resets_it(window: Opener) -> None:
    _, b, c, _, e = olah()
    opened = window(ag.explore(e, b))
    box, slider = opened.page.get_by_label("a, number"), opened.page.locator("#slider-0")
    box.fill("5")
    box.press("Enter")
    assert opened.node(e).get_attribute("aria-label") == "e = c·d e = 12 ∂e/∂e = 1"
    assert (opened.texts(c)[1], opened.texts(b)[1], slider.input_value()) == ("c = 6", "∂e/∂b = 8", "5")
    assert opened.page.inner_text("h1") == "e = 12"
    slider.focus()
    opened.press("ArrowLeft")
    assert 4.8 < float(box.input_value()) < 5
    slider.dblclick(position={"x": 5, "y": 10})
    assert (box.input_value(), opened.texts(e)[1]) == ("2", "e = 6")
    slider.evaluate("x => { x.value = -1.5; x.dispatchEvent(new Event('input')); }")
    assert (opened.texts(e)[1], slider.get_attribute("aria-valuetext")) == ("e = −1", "−1.5, e = −1")
    opened.page.get_by_text("Reset all").click()
    assert opened.texts(e)[1] == "e = 6"


def test_a_nudge_stands_beside_the_derivative(window: Opener) -> None:
    _, b, *_, e = olah()
    opened = window(ag.explore(e, b))
    opened.page.click("#nudge")
    assert "(e(b + h) − e(b))/h = 5.01, and ∂e/∂b = 5" in opened.explanation()
    opened.page.get_by_label("h", exact=True).select_option("1")
    assert "(e(b + h) − e(b))/h = 6, and ∂e/∂b = 5" in opened.explanation()


def test_paths_are_listed_by_size_and_factored(window: Opener) -> None:
    Z, X = ways()
    opened = window(ag.explore(Z, X))
    opened.page.click("#routes summary")
    opened.page.wait_for_selector("#routes li")
    lines = opened.page.locator("#routes li").all_text_contents()
    assert [line.rsplit(" = ", 1)[-1] for line in lines] == ["65", "55", "39", "35", "33", "26", "22", "21", "14"]
    assert "∂Z/∂X = ∂Z/∂Y·∂Y/∂X = (13·1 + 11·1 + 7·1)(5·1 + 3·1 + 2·1) = 31·10 = 310" in " ".join(
        opened.page.text_content("#routes").replace("1·", "").split()
    ).replace("1·13", "13") or "= 31·10 = 310" in opened.page.text_content("#routes")
    opened.page.locator("#routes .term").first.hover()
    assert opened.page.locator("path.edge.hot").count() == 4


def test_a_way_past_a_node_is_not_factored_out(window: Opener) -> None:
    x = Value(1.0, "x")
    opened = window(ag.explore((x + 3 * (2 * x)).named("y"), x))
    opened.page.click("#routes summary")
    opened.page.wait_for_selector("#routes li")
    assert "∂y/∂x = (1·3·2 + 1) = 7" in opened.page.text_content("#routes")


def test_many_paths_are_counted_and_not_listed(window: Opener) -> None:
    x = y = Value(0.5, "x")
    for _ in range(70):
        y = y + y
    opened = window(ag.explore(y.named("y"), x))
    opened.page.click("#routes summary")
    opened.page.wait_for_selector("#routes li")
    assert "1,180,591,620,717,411,303,424 paths" in opened.page.text_content("#routes")
    assert f"+{2**70 - 12:,} more" in opened.page.text_content("#routes")


def test_a_square_has_two_edges(window: Opener) -> None:
    x = Value(3.0, "x")
    opened = window(ag.explore((x * x).named("y"), x))
    assert opened.page.locator("path.edge").count() == 2
    assert "∂y/∂x = ∂y/∂y·∂y/∂x + ∂y/∂y·∂y/∂x = 1·3 + 1·3 = 6" in opened.explanation()


ANSWERS = {"c": 3, "d": 2, "e": 6, "∂e/∂a": 2, "∂e/∂b": 5, "∂c/∂a": 1, "∂c/∂b": 1, "∂d/∂b": 1}
"""What the quiz may ask of Olah's expression; ∂e/∂c is a partial and a derivative, so one would tell the other."""


def test_the_quiz_hides_a_number_everywhere_and_checks_the_answer(window: Opener) -> None:
    *_, e = olah()
    opened = window(ag.explore(e))
    opened.page.click("#table summary")
    opened.page.evaluate("() => { let k = 0; Math.random = () => (k += 0.618) % 1; }")
    asked = set()
    for k in range(12):
        opened.page.click("#another" if k else "#ask")
        name = opened.page.inner_text("#quiz label").strip().removesuffix(" =")
        asked.add(name)
        seen = opened.page.evaluate(
            """[document.querySelector("main").innerText.replaceAll("\\t", " "),
                document.querySelector("#explanation").textContent,
                ...[...document.querySelectorAll("svg text")].map(x => x.textContent),
                ...[...document.querySelectorAll("[aria-label]")].map(x => x.ariaLabel)].join(" | ")"""
        )
        assert "?" in seen
        assert not re.search(rf"{name}( value)? ?=? {ANSWERS[name]}(?![\d.])", seen)
        for answer, verdict in (
            ("77", "Not yet. "),
            (f"{2 * ANSWERS[name]} / 2", f"Right: {name} = {ANSWERS[name]}. 0 of "),
        ):
            opened.page.fill("#answer", answer)
            opened.press("Enter")
            assert opened.page.inner_text("#verdict").startswith(verdict)
    assert len(asked) > 3
    opened.page.click("#another")
    opened.page.click("#show")
    assert re.fullmatch(r".+ = \d", opened.page.inner_text("#verdict"))
    opened.page.click("#end")
    assert not opened.page.is_visible("#quiz")


def test_the_state_is_in_the_address(window: Opener) -> None:
    _, b, c, _, e = olah()
    opened = window(ag.explore(e, b))
    opened.page.check("[value=forward]")
    opened.page.click("#back")
    opened.node(c).click()
    opened.page.get_by_label("a, number").fill("4")
    opened.press("Enter")
    state = opened.page.evaluate("location.hash")
    assert state == "#step=2&mode=forward&by=1&pin=2&set=0:4"
    for shown in (lambda: opened, lambda: window(ag.explore(e, b), state)):
        again = shown()
        assert (again.texts(c), again.texts(e)) == (["c = a + b", "c = 5", "∂c/∂b = 1"], ["e = c·d"])
        assert again.node(c).get_attribute("aria-pressed") == "true"
    for nonsense in ("#step=1e9&pin=99&mode=x&set=7:nan,a:b,0:&by=-1", "#%F0%28", "#=&&=", "#step", "#pin=constructor"):
        assert opened.open(nonsense).check == "ok"
        assert opened.texts(e)[1] == "e = 6"


def test_the_link_is_copied_and_the_picture_saved(window: Opener, tmp_path: Path) -> None:
    _, b, *_, e = olah()
    opened = window(ag.explore(e, b), permissions=["clipboard-read", "clipboard-write"])
    opened.page.click("#copy")
    opened.page.locator("#phase", has_text="The link is copied").wait_for()
    assert opened.page.evaluate("navigator.clipboard.readText()") == opened.page.url
    with opened.page.expect_download() as download:
        opened.page.click("#save")
    download.value.save_as(tmp_path / "graph.svg")
    opened.heard[:] = [what for what in opened.heard if not what.startswith("request: blob:")]
    root = ElementTree.parse(tmp_path / "graph.svg").getroot()
    texts = ["".join(x.itertext()) for x in root.iter("{http://www.w3.org/2000/svg}text")]
    assert root.get("viewBox")
    assert {"e = c·d", "∂e/∂b = 5", "= 3"} <= set(texts)


def test_the_table_says_everything(window: Opener) -> None:
    *_, e = olah()
    opened = window(ag.explore(e))
    opened.page.click("#table summary")
    opened.page.wait_for_selector("#table td")
    rows = opened.page.locator("#table tr").evaluate_all("all => all.map(x => [...x.children].map(y => y.textContent))")
    assert rows[0] == ["Name", "Definition", "Value", "∂e/∂·", "Partials"]
    assert rows[2] == ["b", "input", "1", "5", ""]
    assert rows[5] == ["e", "c·d", "6", "1", "∂e/∂c = 2; ∂e/∂d = 3"]
    opened.page.click("#first")
    rows = opened.page.locator("#table tr").evaluate_all("all => all.map(x => [...x.children].map(y => y.textContent))")
    assert rows[5] == ["e", "c·d", "", "", "∂e/∂c = …; ∂e/∂d = …"]


def test_what_python_alone_can_compute_is_shown_and_not_changed(window: Opener) -> None:
    before = dict(ag.TABLE)
    try:
        gamma = ag.operation("gamma", math.gamma, lambda x, z: z * 0.9227843350984671)
        x = Value(3.0, "x")
        opened = window(ag.explore((gamma(x) + x).named("y"), x))
    finally:
        ag.TABLE.clear()
        ag.TABLE.update(before)
    assert opened.check == "ok"
    assert opened.page.locator("#slider-0").is_disabled()
    assert "The sliders are off: gamma can only be computed in Python" in opened.page.inner_text("#inputs")
    assert opened.texts(x) == ["x = 3", "∂y/∂x = 2.846"]
    opened.page.click("#first")
    opened.page.click("#next")
    assert opened.phase == "Forward 1/2: v₁ = gamma(x) = 2"


@pytest.mark.parametrize("x", [0.0, -1.0, math.inf, math.nan])
def test_kinks_and_what_is_not_finite_are_shown_as_they_are(x: float, window: Opener) -> None:
    v = Value(x, "x")
    opened = window(ag.explore((ag.relu(v) + ag.sqrt(abs(v)) + abs(v)).named("y"), v))
    assert opened.check == "ok"
    shown = {0.0: "x = 0", -1.0: "x = −1"}.get(x, "x = ∞" if x > 0 else "x = NaN")
    assert opened.texts(v)[0] == shown
    opened.page.get_by_label("x, number").fill("4")
    opened.press("Enter")
    assert opened.texts(v) == ["x = 4", "∂y/∂x = 2.25"]


def test_a_single_number_is_a_page_too(window: Opener) -> None:
    x = Value(2.0, "x")
    opened = window(ag.explore(x, x))
    assert (opened.check, opened.texts(x)) == ("ok", ["x = 2", "∂x/∂x = 1"])
    opened.page.click("#first")
    opened.page.click("#next")
    assert opened.phase == "Backward 0/0: ∂x/∂x = 1"


def test_the_diagram_of_a_network_and_the_graph_point_at_each_other(window: Opener) -> None:
    net = nn.MLP(2, [2, 1], seed=0)
    C = nn.quadratic(net([1.0, 0.5]), [1.0]).named("C")
    weight, other = net.layers[0].weight[0, 0], net.layers[1].weight[0, 1]
    opened = window(ag.explore(C, weight, net=net, x=[1.0, 0.5]))
    assert opened.check == "ok"
    assert opened.page.locator("#network .linked").get_attribute("data-linked") == str(opened.place(weight))
    assert "∂C/∂w²₁,₁ = −0.03479" in opened.page.text_content("#network")
    opened.page.locator(f"#network [data-linked='{opened.place(other)}']").dispatch_event("click")
    assert opened.node(other).get_attribute("aria-pressed") == "true"
    opened.node(weight).click()
    assert opened.page.locator("#network .linked").get_attribute("data-linked") == str(opened.place(weight))


def test_every_step_unfolds_and_keeps_the_numbers_of_python(window: Opener) -> None:
    x = Value(0.5, "x")
    y = ag.sigmoid(x).named("y")
    opened = window(ag.explore(y, x, steps=ag.trace(y, x).steps()))
    assert opened.check == "ok"
    assert not opened.page.locator("#derivation table").is_visible()
    opened.page.click("#derivation summary")
    text = opened.page.inner_text("#derivation")
    assert "with the numbers of Python" in text
    assert "= 0.6065/(1.6065)2 = 0.235" in text
    assert "chain rule, derivative of ex" in text
    opened.page.locator("#inputs [type=number]").first.fill("2")
    opened.page.locator("#inputs [type=number]").first.press("Enter")
    assert opened.page.inner_text("h1") != "y = 0.6225"
    assert opened.page.inner_text("#derivation") == text


def test_a_slice_of_a_large_network_is_a_page(window: Opener) -> None:
    net = nn.MLP(784, [16, 16, 10], seed=0)
    C = nn.quadratic(net([0.01 * (i % 7) for i in range(784)]), [1.0] + [0.0] * 9).named("C")
    weight = net.layers[0].weight[0, 1]
    opened = window(ag.explore(C, weight))
    C.backward()
    assert opened.check == "ok"
    assert opened.page.inner_text("#note").startswith("76 of 13,901 nodes: those between w²₁,₂ and C")
    values, _, adjoints = opened.recomputed({weight: weight.data})
    assert adjoints[opened.place(weight)] == pytest.approx(weight.grad, rel=1e-12)
    assert values[-1] == pytest.approx(C.data, rel=1e-12)


def test_the_page_works_in_the_frame_of_a_notebook(browser: Any) -> None:
    C, w = network()
    page = browser.new_context(offline=True).new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.set_content(ag.explore(C, w)._repr_mimebundle_()["text/html"])
    frame = page.frame_locator("iframe")
    frame.locator("body[data-check=ok]").wait_for()
    frame.locator("#first").click()
    frame.locator("#next").click()
    assert frame.locator("#phase").inner_text().startswith("Forward 1/")
    assert heard == []
    page.context.close()


def test_a_label_that_looks_like_a_number_is_a_label(window: Opener) -> None:
    xs = [Value(float(i), label) for i, label in enumerate(["0", "2", "length", "1", "__proto__"])]
    opened = window(ag.explore(ag.total([xs[1], *xs, 2.0]).named("y"), xs[1], max_nodes=5))
    assert opened.page.inner_text("#note") == "2 of 6 nodes: those between 2 and y; the others keep their values"
    opened.page.locator(".output").click()
    assert opened.explanation().startswith("yy = 2 + 0 + … + 2 = 1 + 0 + … + 2 = 13")
    opened = window(ag.explore(ag.total(xs[1:4]).named("y")))
    opened.page.click("#table summary")
    opened.page.wait_for_selector("#table td")
    assert opened.page.locator("tr:last-child td").first.text_content() == "2 + length + 1"
