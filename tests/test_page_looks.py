"""How the page looks in Chromium: geometry, contrast, accessibility, and what its policy keeps out."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawn import HOSTILE, network, random_graph, with_label
from effort import IS_THOROUGH, thorough
from samples import olah

import autograd as ag
import nn
from autograd import Value
from autograd.drawing.exploring import Exploration

pytestmark = pytest.mark.browser
Opener = Callable[..., Any]

OVERFLOWS = """
() => {
    const found = [], svg = document.querySelector("#graph svg"), paper = svg.viewBox.baseVal;
    const areas = [...svg.querySelectorAll(".node, .label")].map(group => {
        const {e, f} = group.transform.baseVal[0].matrix, box = group.querySelector("rect").getBBox();
        for (const text of group.querySelectorAll("text")) {
            const inner = text.getBBox();
            if (inner.width && (inner.x < box.x || inner.x + inner.width > box.x + box.width
                || inner.y < box.y - 1 || inner.y + inner.height > box.y + box.height + 1))
                found.push(`${text.textContent} leaves its box`);
        }
        return {left: e + box.x, top: f + box.y, right: e + box.x + box.width, bottom: f + box.y + box.height,
            name: group.textContent};
    });
    areas.forEach((a, i) => {
        if (a.left < paper.x || a.top < paper.y || a.right > paper.x + paper.width || a.bottom > paper.y + paper.height)
            found.push(`${a.name} leaves the picture`);
        for (const b of areas.slice(i + 1))
            if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
                found.push(`${a.name} lies over ${b.name}`);
    });
    return found;
}
"""
OVERFLOWS_AT_EACH_STEP = f"""
() => {{
    const overflows = {OVERFLOWS.strip()}, found = [];
    for (const next = document.getElementById("next"); !next.disabled; found.push(...overflows())) next.click();
    return found;
}}
"""
CONTRASTS = """
() => {
    const colour = text => text.match(/[\\d.]+/g).map(Number).slice(0, 3);
    const linear = c => c <= 10 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const ratio = (x, y) => {
        const [low, high] = [luminance(colour(x)), luminance(colour(y))].sort((p, q) => p - q);
        return (high + 0.05) / (low + 0.05);
    };
    const paper = getComputedStyle(document.body).backgroundColor, found = [];
    for (const group of document.querySelectorAll("#graph .node, #graph .label")) {
        const box = getComputedStyle(group.querySelector("rect"));
        for (const text of group.querySelectorAll("text, tspan")) {
            const look = getComputedStyle(text);
            if (text.textContent && (ratio(look.fill, box.fill) < 4.5 || look.opacity * look.fillOpacity < 1))
                found.push(`${text.textContent}: ${ratio(look.fill, box.fill)}`);
        }
        if (group.matches(".node") && ratio(box.stroke, paper) < 3) found.push(`border of ${group.textContent}`);
    }
    for (const line of document.querySelectorAll("path.edge:not(.faded)"))
        if (ratio(getComputedStyle(line).stroke, paper) < 3) found.push("an edge");
    return found;
}
"""


IN_VIEW = """
selector => {
    const node = document.querySelector(selector);
    if (!node) return null;
    const box = node.getBoundingClientRect(), room = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};
    for (let x = node.parentElement; x; x = x.parentElement) {
        if (x.id !== "graph") continue;
        const edge = x.getBoundingClientRect();
        for (const side of ["left", "top"]) room[side] = Math.max(room[side], edge[side]);
        for (const side of ["right", "bottom"]) room[side] = Math.min(room[side], edge[side]);
    }
    const hit = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return box.left >= room.left && box.top >= room.top && box.right <= room.right && box.bottom <= room.bottom
        && node.contains(hit);
}
"""
"""Whether all of an element is seen, with nothing over it; None without such an element."""


@functools.cache
def explorations() -> tuple[Exploration, ...]:
    """Pages of several kinds: with a pinned derivative, without, large, and with labels that are too long."""
    C, w = network()
    _, b, _, _, e = olah()
    long, leaf = with_label("a label that is much too long for any box WWWWWWWWWWWWWWW")
    tiny = Value(1.23456e-107, "W[1,1]")
    small = ag.exp(-ag.softplus(tiny * 3.0) * 1e-203 - 1e5 * tiny).named("C")
    return (
        ag.explore(e, b),
        ag.explore(C, w),
        ag.explore(C, direction="right"),
        ag.explore(random_graph(2)[0]),
        ag.explore(long, leaf),
        ag.explore(small, tiny),
        ag.explore(ag.log(1 / (1 + ag.exp(-ag.hypot(*(Value(1e-9 * i, f"x{i}") for i in range(1, 9))))))),
    )


# The quick profile has a page to the right, a long label, long numbers and a long formula.
@pytest.mark.parametrize("which", range(7) if IS_THOROUGH else (2, 4, 5, 6))
def test_no_text_leaves_its_box_and_nothing_lies_over_another(which: int, window: Opener) -> None:
    opened = window(explorations()[which])
    assert opened.check == "ok"
    assert opened.page.evaluate(OVERFLOWS) == []
    leaf = next(node for node in opened.exploration.contents.nodes if node.op is None)
    for x in (-1.2345678e-123, 123456.7, -0.000123456):
        opened.page.evaluate(
            """hash => new Promise(done => {
                addEventListener("hashchange", () => done(), {once: true});
                location.hash = hash;
            })""",
            f"set={opened.place(leaf)}:{x}",
        )
        shown = "x => [...document.querySelectorAll('[type=number]')].some(box => Math.abs(box.value / x - 1) < 1e-4)"
        assert opened.page.evaluate(shown, x)
        assert opened.page.evaluate(OVERFLOWS) == []
    opened.page.click("#first")
    if opened.exploration.contents.whole < 45:
        assert opened.page.evaluate(OVERFLOWS_AT_EACH_STEP) == []


def trained(sizes: list[int], diagram: bool) -> Exploration:
    """The page of a network of two inputs, with its diagram or without."""
    net = nn.MLP(2, sizes, seed=0)
    C = nn.quadratic(net([1.0, 0.5]), [1.0]).named("C")
    looks: dict[str, Any] = {"net": net, "x": [1.0, 0.5]} if diagram else {}
    return ag.explore(C, net.layers[0].weight[0, 0], **looks)


WIDTHS = (320, 375, 768, 1280)
# The width that a page needs after each of some buttons.
SCROLL_WIDTHS = """
() => ["ask", "end", "first", "last", "copy"].map(button => {
    document.getElementById(button)?.click();
    return document.documentElement.scrollWidth;
})
"""


def test_page_is_no_wider_than_its_screen(window: Opener) -> None:
    """On every screen, whichever the page was opened on."""
    wide, leaf = with_label("W" * 200)
    pages = [*explorations(), trained([16, 16, 1], False), trained([2, 1], True), ag.explore(wide, leaf)]
    if not IS_THOROUGH:
        # A network, long labels and a diagram; sizes between the narrowest and the widest are left out.
        pages = [pages[i] for i in (1, 4, 8, 9)]
    for page, width_at_first in zip(pages, itertools.cycle(WIDTHS)):
        opened = window(page, viewport={"width": width_at_first, "height": 700})
        opened.page.evaluate("document.querySelectorAll('#table, #legend, #routes').forEach(x => { x.open = true; })")
        for width in dict.fromkeys((width_at_first, *(WIDTHS if IS_THOROUGH else WIDTHS[::3]))):
            opened.page.set_viewport_size({"width": width, "height": 700})
            assert max(opened.page.evaluate(SCROLL_WIDTHS)) <= width


# At each step, forward and back: whether all of its node is seen, and whether all of the button for the next is.
STEPS_IN_VIEW = f"""
() => {{
    const inView = {IN_VIEW.strip()}, seen = [];
    for (const button of [document.getElementById("next"), document.getElementById("back")])
        while (!button.disabled && seen.length < 1000) {{
            button.click();
            seen.push([inView(".node.now"), inView("#next")]);
        }}
    return seen;
}}
"""


SCREENS = [(375, 700), (768, 1024), (1280, 720)]
SCREENS_AND_DIRECTIONS = [(*screen, direction) for screen in SCREENS for direction in ("up", "right")]


# The quick profile has the narrowest and the widest screen.
@pytest.mark.parametrize(
    ("width", "height", "direction"), SCREENS_AND_DIRECTIONS if IS_THOROUGH else SCREENS_AND_DIRECTIONS[::5]
)
def test_each_step_shows_its_node(width: int, height: int, direction: Any, window: Opener) -> None:
    """Forward and back, and the buttons are there for the next step."""
    C, w = network()
    opened = window(ag.explore(C, w, direction=direction), viewport={"width": width, "height": height})
    opened.page.evaluate("document.getElementById('first').click()")
    seen = opened.page.evaluate(STEPS_IN_VIEW)
    assert len([node for node, _ in seen if node is not None]) == 2 * 34
    assert all(node is not False for node, _ in seen)
    assert all(button for _, button in seen)


def test_step_by_key_shows_its_node(window: Opener) -> None:
    opened = window(ag.explore(network()[0]), viewport={"width": 375, "height": 700})
    opened.page.click("#first")
    opened.node(0).focus()
    for key in 20 * "n" + 19 * "p":
        opened.press(key)
        assert opened.page.evaluate(IN_VIEW, ".node.now")
    assert opened.page.evaluate("document.activeElement.dataset.node") == "0"


def test_step_to_what_is_in_view_scrolls_nothing(window: Opener) -> None:
    *_, e = olah()
    opened = window(ag.explore(e), viewport={"width": 1280, "height": 720})
    opened.page.evaluate("() => { window.scrolls = 0; addEventListener('scroll', () => { scrolls += 1; }, true); }")
    drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    opened.page.evaluate("scrollTo(0, 20)")
    opened.page.evaluate(drawn)
    opened.page.click("#first")
    while opened.page.is_enabled("#next"):
        opened.page.click("#next")
    opened.page.evaluate(drawn)
    assert opened.page.evaluate("[scrolls, scrollY]") == [1, 20]


def test_another_view_scrolls_nothing(window: Opener) -> None:
    """The mode is chosen above the graph, which the reader may not look at yet."""
    opened = window(ag.explore(network()[0]), viewport={"width": 375, "height": 700})
    for mode in ("forward", "values", "reverse"):
        opened.page.check(f"[value={mode}]")
        assert opened.page.evaluate("scrollY") == 0


SCHEMES_AND_THEMES = [(scheme, theme) for theme in ("auto", "light", "dark") for scheme in ("light", "dark")]


# The quick profile has the theme of the system, and the light one.
@pytest.mark.parametrize(("scheme", "theme"), SCHEMES_AND_THEMES if IS_THOROUGH else SCHEMES_AND_THEMES[:4])
def test_everything_stands_out_from_what_is_behind_it(scheme: str, theme: Any, window: Opener) -> None:
    C, w = network()
    opened = window(ag.explore(C, w, theme=theme), color_scheme=scheme)
    paper = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == ("light" in (scheme if theme == "auto" else theme))
    assert opened.page.evaluate(CONTRASTS) == []
    opened.press("Tab")
    assert opened.page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2


def axe() -> str:
    """The source of axe-core: where AXE_CORE says, or in node_modules here or above."""
    folders = [Path(__file__).parent, *Path(__file__).parents]
    places = [Path(os.environ.get("AXE_CORE", "")), *(x / "node_modules/axe-core/axe.min.js" for x in folders)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        pytest.skip(
            "pages are checked by axe-core: npm install axe-core, or let AXE_CORE be the path of its axe.min.js"
        )
    return found.read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=thorough)])
def test_axe_finds_no_violation(scheme: str, window: Opener) -> None:
    source = axe()
    net = nn.MLP(2, [2, 1], seed=0)
    C = nn.quadratic(net([1.0, 0.5]), [1.0]).named("C")
    opened = window(ag.explore(C, net.layers[0].weight[0, 0], net=net, x=[1.0, 0.5]), color_scheme=scheme)
    opened.page.click("#table summary")
    opened.page.click("#legend summary")
    opened.page.click("#routes summary")
    opened.page.click("#nudge")
    opened.page.evaluate(source)
    for state in ("", "#ask"):
        if state:
            opened.page.click(state)
        result = opened.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert len(result["passes"]) > 20
        assert [(x["id"], x["nodes"][0]["html"][:200]) for x in result["violations"]] == []


def test_everything_that_takes_the_focus_has_a_name(window: Opener) -> None:
    *_, e = olah()
    opened = window(ag.explore(e))
    tree = opened.page.locator("body").aria_snapshot()
    assert '- button "e = c·d e = 6 ∂e/∂e = 1"' in tree
    assert '- slider "a"' in tree
    assert '- spinbutton "a, number"' in tree
    assert '- radio "reverse ∂e/∂·" [checked]' in tree
    names = [
        line.strip()
        for line in tree.splitlines()
        if line.strip().startswith(("- button", "- slider", "- combobox", "- spinbutton"))
    ]
    assert all('"' in name for name in names)


def test_hostile_labels_are_texts_in_the_browser_too(window: Opener) -> None:
    labels = [f"{label[:40]}{i}" for i in range(13) for label in HOSTILE]
    leaves = [Value(1.0, label) for label in labels]
    opened = window(ag.explore(ag.total(leaves).named("<img src=x onerror=alert(1)>"), leaves[1]))
    assert opened.check == "ok"
    opened.page.click("#table summary")
    opened.page.click("#routes summary")
    opened.page.wait_for_selector("#table td")
    names = opened.page.locator("#table tbody th").all_text_contents()
    assert names == [opened.exploration.contents.names[x] for x in opened.exploration.contents.nodes]
    tags = opened.page.evaluate("[...new Set([...document.body.querySelectorAll('*')].map(x => x.localName))]")
    assert not {"img", "iframe", "style"} & set(tags)
    assert opened.page.locator("script").count() == 3
    assert opened.page.title().startswith("<img src=x onerror=alert(1)> = ")


def test_the_policy_stops_scripts_styles_and_requests(window: Opener) -> None:
    *_, e = olah()
    opened = window(ag.explore(e))
    before = len(opened.heard)
    outcome = opened.page.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.textContent = "window.pwned = true";
            document.body.append(script);
            const image = document.createElement("img");
            image.setAttribute("onerror", "window.pwned = true");
            image.src = "https://example.org/x.png";
            document.body.append(image);
            let reached = true;
            try { await fetch("https://example.org/"); } catch { reached = false; }
            return [window.pwned === undefined, reached];
        }"""
    )
    assert outcome == [True, False]
    refused = opened.heard[before:]
    assert sum("Content Security Policy" in what for what in refused) >= 3
    del opened.heard[before:]
