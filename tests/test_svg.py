"""Drawings as SVG: how they look, that nothing leaves its place, and that every label is harmless."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn import HOSTILE, SVG, network, neuron, parts, random_graph, texts, with_label
from effort import scaled
from faults import faulty
from processes import under_hash_seed
from samples import olah

import autograd as ag
import nn
from autograd import Value
from autograd.drawing import draw
from autograd.drawing.themes import FADED_TEXT_OPACITY, FILLS, THEMES, Palette
from autograd.drawing.typeface import fit, width, wrap

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TAGS = {"svg", "title", "desc", "style", "g", "rect", "ellipse", "path", "line", "text", "tspan"}


@pytest.mark.parametrize("theme", THEMES)
def test_inputs_are_at_bottom_or_left(theme: Any) -> None:
    *_, e = olah()
    heights = [y for _, y in draw(e, theme=theme).figure.layout.boxes]
    assert heights[0] == heights[1] > heights[2] == heights[3] > heights[4]
    places = [x for x, _ in draw(e, theme=theme, direction="right").figure.layout.boxes]
    assert places[0] == places[1] < places[2] == places[3] < places[4]


def test_olahs_expression_in_svg() -> None:
    _, b, *_, e = olah()
    svg = draw(e, b).svg()
    assert [texts(node) for node in parts(svg, "node")] == [
        ["a = 2"],
        ["b = 1", "∂e/∂b = 5"],
        ["c = a + b", "c = 3", "∂e/∂c = 2"],
        ["d = b + 1", "d = 2", "∂e/∂d = 3"],
        ["e = c·d", "e = 6", "∂e/∂e = 1"],
    ]
    assert [texts(label) for label in parts(svg, "label")] == [
        ["∂c", "∂a", "= 1"],
        ["∂c", "∂b", "= 1"],
        ["∂d", "∂b", "= 1"],
        ["∂e", "∂c", "= 2"],
        ["∂e", "∂d", "= 3"],
    ]
    assert Counter(g.get("class") for g in parts(svg, "edge")) == {"edge lit": 4, "edge faded": 1}
    assert ">∂e/∂b = 2·1 + 3·1 = 5</text>" in svg


def test_tooltips_have_all_digits() -> None:
    x = Value(1 / 3, "x")
    svg = draw(ag.exp(x).named("y")).svg()
    titles = {title.text for title in ElementTree.fromstring(svg).iter(SVG + "title")}
    y = ag.exp(1 / 3)
    assert {f"y = exp(x) = {y!r}; ∂y/∂y = 1.0", f"x = {1 / 3!r}; ∂y/∂x = {y!r}", f"∂y/∂x = {y!r}"} <= titles


def test_olahs_theme() -> None:
    *_, e = olah()
    svg = draw(e, theme="olah").svg()
    assert len(list(ElementTree.fromstring(svg).iter(SVG + "ellipse"))) == 5
    assert "#c0c6f8" in svg
    assert "#eddec9" in svg


def test_outline_depends_on_role() -> None:
    C, ws, _ = neuron(5)
    corners = {
        group.get("class"): next(group.iter(SVG + "rect")).get("rx") for group in parts(draw(C, ws[0]).svg(), "node")
    }
    assert corners == {"node input lit": "2", "node input faded": "2", "node operation lit": "9"} | {
        "node output lit": "9",
        "node folded faded": "9",
    }


def test_zero_partial_is_dotted() -> None:
    x = Value(-1.0, "x")
    assert [g.get("class") for g in parts(draw(ag.relu(x)).svg(), "edge")] == ["edge zero"]


def test_edges_with_values() -> None:
    *_, e = olah()
    assert [label.text for label in draw(e, edges="value").figure.labels if label] == ["2", "1", "1", "3", "2"]


def test_parameter_border_and_layer_stack() -> None:
    net = nn.MLP(2, [3, 2], seed=0)
    C = nn.quadratic(net([0.5, 0.25]), [1.0, 0.0])
    for detail, role in (("operations", "parameter"), ("layers", "layer")):
        svg = draw(C, net.layers[0].weight[0, 0], detail=detail).svg()  # type: ignore[arg-type]
        nodes = [group for group in parts(svg, "node") if role in group.get("class", "").split()]
        assert nodes
        assert all(len(list(node.iter(SVG + "rect"))) == 2 for node in nodes)


def test_dense_picture_has_no_fractions() -> None:
    wide = ag.total([Value(float(i), f"x{i}") * 2 for i in range(100)])
    labels = draw(wide).figure.labels
    assert {(label.numerator, label.text) for label in labels if label} == {("", "1"), ("", "2")}
    assert all(label and label.numerator for label in draw(wide, edges="fraction").figure.labels)
    assert not any(draw(wide, edges="none").figure.labels)


def test_highlighted_edge_keeps_fraction() -> None:
    xs = [Value(float(i), f"x{i}") for i in range(130)]
    y = xs[0]
    for x in xs[1:]:
        y = y * x
    labels = draw(y, xs[100]).figure.labels
    edges = draw(y, xs[100]).picture.edges
    assert {bool(label.numerator) for edge, label in zip(edges, labels, strict=True) if label and edge.lit} == {True}


def luminance(color: str) -> float:
    """WCAG 2: relative luminance."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def blended(over: str, under: str, opacity: float) -> str:
    channels = [(int(over[i : i + 2], 16), int(under[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * opacity + b * (1 - opacity)):02x}" for a, b in channels)


PALETTES = [palette for theme in THEMES.values() for palette in (theme.palette, theme.dark) if palette]


@pytest.mark.parametrize("palette", PALETTES)
def test_contrast_of_texts_and_lines(palette: Palette) -> None:
    fills = [getattr(palette, fill) for fill in FILLS.values()]
    for text, fill in product([palette.ink, palette.value, palette.slope], [palette.paper, palette.label, *fills]):
        assert contrast(text, fill) >= 4.5
    for text in (palette.ink, palette.value, palette.slope):
        assert contrast(blended(text, palette.folded, FADED_TEXT_OPACITY), palette.folded) >= 4.5
    for ground in (palette.paper, palette.group):
        assert contrast(palette.note, ground) >= 4.5
        for line in (palette.line, palette.lit, palette.border):
            assert contrast(line, ground) >= 3


def test_only_auto_theme_has_dark_colours() -> None:
    *_, e = olah()
    for theme in THEMES:
        svg = draw(e, theme=theme).svg()  # type: ignore[arg-type]
        assert ("prefers-color-scheme" in svg, "var(" in svg) == (theme == "auto", theme == "auto")


def test_svg_is_accessible_and_self_contained() -> None:
    _, b, *_, e = olah()
    drawing = draw(e, b)
    svg = drawing.svg()
    root = ElementTree.fromstring(svg)
    title, desc = root.find(SVG + "title"), root.find(SVG + "desc")
    assert root.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert (title.text, desc.text) == ("e = 6", drawing.describe())
    assert re.fullmatch(r"0 0 [\d.]+ [\d.]+", root.get("viewBox", ""))
    assert root.get("style") == "max-width:100%"
    assert re.findall(r"(?:href|src|url|@import|@font-face|<script|<image|<use)", svg) == []
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]


def test_style_sheet_is_scoped() -> None:
    _, b, *_, e = olah()
    ids = set()
    for drawing in (draw(e), draw(e, b), draw(e, theme="dark"), draw(e, direction="right")):
        root = ElementTree.fromstring(drawing.svg())
        style = root.findtext(SVG + "style") or ""
        key = root.get("id", "")
        ids.add(key)
        selectors = re.findall(r"(?:^|[{}])([^{}@]+)\{", style)
        assert selectors
        assert all(part.strip().startswith(f"#{key}") for selector in selectors for part in selector.split(","))
    assert len(ids) == 4


@pytest.mark.parametrize(("seed", "theme"), list(product(range(4), ("light", "olah"))))
def test_texts_fit_boxes_and_boxes_fit_view(seed: int, theme: Any) -> None:
    output, leaves = random_graph(seed)
    for wrt, direction in ((None, "up"), (leaves[seed % 4], "right")):
        if wrt is not None and not ag.between(wrt, output):
            continue
        root = ElementTree.fromstring(draw(output, wrt, theme=theme, direction=direction).svg())  # type: ignore[arg-type]
        _, _, total_width, total_height = map(float, root.get("viewBox", "").split())
        (canvas,) = (g for g in root.iter(SVG + "g") if g.get("transform"))
        shift = [float(x) for x in re.findall(r"[\d.]+", canvas.get("transform", ""))]
        for group in canvas:
            box = next((x for x in group if x.tag in (SVG + "rect", SVG + "ellipse")), None)
            if box is None:
                continue
            size = {key: float(box.get(key, 0)) for key in ("x", "y", "width", "height", "cx", "cy", "rx", "ry")}
            left, top, wide, high = size["x"], size["y"], size["width"], size["height"]
            if box.tag == SVG + "ellipse":
                left, wide = size["cx"] - size["rx"], 2 * size["rx"]
                top, high = size["cy"] - size["ry"], 2 * size["ry"]
            assert 0 <= left + shift[0] <= left + wide + shift[0] <= total_width
            assert 0 <= top + shift[1] <= top + high + shift[1] <= total_height
            for text in group.iter(SVG + "text"):
                half = width("".join(text.itertext()), 12.5 if "label" in group.get("class", "") else 14) / 2
                assert left < float(text.get("x", 0)) - half
                assert float(text.get("x", 0)) + half < left + wide
                assert top < float(text.get("y", 0)) < top + high
        for text in root.findall(SVG + "text"):
            assert width("".join(text.itertext()), 15) < total_width
            assert float(text.get("y", 0)) < total_height


@pytest.mark.parametrize(
    ("face", "widths"),
    [
        ("Helvetica", {"0": 0.556, "W": 0.944, "m": 0.833, "i": 0.222, "=": 0.584, "@": 1.015, "a": 0.556, " ": 0.278}),
        (
            "DejaVu Sans",
            {"0": 0.636, "W": 0.989, "m": 0.974, "=": 0.838, "%": 0.95, "∂": 0.517, "₁": 0.401, "−": 0.838},
        ),
        ("DejaVu Serif Italic", {"Ω": 0.829, "M": 1.024, "&": 0.89, "α": 0.68, "w": 0.856, "…": 1.0, "²": 0.401}),
    ],
)
def test_character_widths_are_upper_bounds(face: str, widths: dict[str, float]) -> None:
    for character, ems in widths.items():
        assert ems - 0.015 <= width(character, 1) < 1.6 * ems
    assert width("e\N{COMBINING ACUTE ACCENT}", 1) == width("e", 1)
    assert width("日", 1) >= 1


# The widest of DejaVu Sans, DejaVu Serif Italic and Liberation Sans in their files, in font sizes.
WIDEST = {
    "ᵢ": 0.201,
    "ₗ": 0.243,
    "'": 0.275,
    "l": 0.32,
    "₁": 0.401,
    "ₓ": 0.444,
    "r": 0.478,
    "∂": 0.517,
    "x": 0.592,
    "0": 0.636,
    "S": 0.685,
    "A": 0.722,
    "C": 0.765,
    "=": 0.838,
    "N": 0.875,
    "%": 0.95,
    "m": 0.974,
    "W": 1.028,
}


@pytest.mark.parametrize("character", WIDEST)
def test_widths_are_rounded_up_to_a_twentieth(character: str) -> None:
    ems = WIDEST[character]
    assert -0.01 < width(character, 1.0) - ems < 0.05
    assert width(character * 3, 20.0) == pytest.approx(60.0 * width(character, 1.0))
    assert width(character, 1.0, bold=True) == pytest.approx(1.1 * width(character, 1.0))


def test_widths_of_other_characters() -> None:
    """Combining marks take no room, wide ones and symbols most, and the rest as much as an N."""
    for text, ems in (("\u0301", 0.0), ("日", 1.4), ("Ｗ", 1.4), ("☃", 1.4), ("Ж", 0.9), ("é", 0.9), ("½", 1.0)):
        assert width(text, 1.0) == pytest.approx(ems)


@pytest.mark.parametrize("bold", [False, True])
def test_shortened_texts_fill_their_room(bold: bool) -> None:
    """A text that fits stays; else one more character would not fit, or it ends behind a sign."""
    draw = random.Random(3)
    for _ in range(scaled(2000)):
        text = "".join(draw.choices(["a", "W", "i", " + ", " − ", "xyz", " "], k=draw.randint(1, 14))).strip() or "a"
        limit = draw.choice([draw.uniform(12, 160), width(text, 10, bold)])
        short = fit(text, limit, 10, bold)
        if width(text, 10, bold) <= limit:
            assert short == text
            continue
        assert short.endswith("…")
        assert width(short, 10, bold) <= max(limit, width("…", 10, bold))
        kept = next(k for k in range(len(text), -1, -1) if width(text[:k] + "…", 10, bold) <= limit or k == 0)
        assert text.startswith(short[:-1])
        signs = [i for i in range(kept) if text[i : i + 3] in (" + ", " − ") and i + 3 <= kept]
        if signs and 2 * signs[-1] > kept:
            assert short == text[: signs[-1] + 3] + "…"
        else:
            assert short == text[:kept].rstrip() + "…"


def test_wrapped_lines_are_as_full_as_they_can_be() -> None:
    draw = random.Random(4)
    for _ in range(scaled(500)):
        words = ["".join(draw.choices("aiW", k=draw.randint(1, 9))) for _ in range(draw.randint(1, 9))]
        limit = draw.choice([draw.uniform(20, 160), width(" ".join(words[:2]), 10)])
        lines = wrap(" ".join(words), limit, 10)
        assert " ".join(lines) == " ".join(words)
        assert all(width(line, 10) <= limit or " " not in line for line in lines)
        for line, following in pairwise(lines):
            assert width(f"{line} {following.split()[0]}", 10) > limit
    assert wrap("", 100, 10) == []


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="measures texts in Chromium")
def test_texts_fit_boxes_in_browser(tmp_path: Path) -> None:
    C, w = network()
    folded = draw(C, w, theme="light", detail="neurons", max_shown=2)
    drawings = [folded, draw(C, w, theme="light"), draw(C, theme="olah"), draw(with_label("W" * 70)[0], theme="light")]
    pages = [
        re.sub("font-family:[^;]*", f"font-family:{face}", drawing.svg())
        for drawing, face in product(drawings, ("Liberation Sans", "DejaVu Sans", "DejaVu Serif", "sans-serif"))
    ]
    script = """
        const over = [];
        for (const group of document.querySelectorAll("g.node, g.label, g.title")) {
            const box = group.querySelector("rect, ellipse").getBBox();
            for (const text of group.querySelectorAll("text")) {
                const inner = text.getBBox();
                if (!inner.width) over.push("nothing measured");
                if (inner.x < box.x || inner.x + inner.width > box.x + box.width) over.push(text.textContent);
            }
        }
        document.title = "over:" + over.join("|");
    """
    page = tmp_path / "page.html"
    style = "<style>svg { max-width: none !important }</style>"
    page.write_text(f"<!doctype html><meta charset=utf-8>{style}{''.join(pages)}<script>{script}</script>", "utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert re.findall("<title>(over:.*?)</title>", dom) == ["over:"]


def test_long_captions_wrap() -> None:
    assert wrap("a + b + c", width("a + b", 10), 10) == ["a + b", "+ c"]
    assert all(width(line, 12) <= 200 for line in wrap("word " * 100, 200, 12))
    C, w = network()
    caption = draw(C, w).picture.caption
    lines = [g for g in ElementTree.fromstring(draw(C, w).svg()) if g.get("class") == "caption"]
    assert " ".join("".join(line.itertext()) for line in lines) == caption


def test_long_texts_are_shortened() -> None:
    assert fit("short", 100, 10) == "short"
    assert width(fit("w" * 1000, 100, 10), 10) <= 100
    assert fit("first + second + third", width("first + second + ", 10) + 11, 10) == "first + second + …"


def test_pictures_and_pages_are_the_same_in_every_process() -> None:
    program = """
        import hashlib
        from networks import cost, network
        import autograd as ag
        xs = [ag.Value(i / 7) for i in range(9)]
        ys = [ag.tanh(ag.dot(xs, xs[k:] + xs[:k])) for k in range(5)]
        graph = ag.draw(ag.total([y * y for y in ys]), xs[3])
        ys = [ag.tanh(ag.hypot(*xs[k:], *xs[:k])) for k in range(5)]
        page = ag.explore(ag.total([y * y for y in ys]), xs[3])
        net, x = network(30, 5, 4, 3), [i / 7 for i in range(30)]
        diagram = ag.draw_network(net, x, wrt=net.layers[0].weight[2, 11], cost=cost(net(x), [1.0, 0.0, 0.0]))
        texts = [write() for d in (graph, diagram) for write in (d.svg, lambda: d.dot.source, d.describe)]
        print([hashlib.sha256(text.encode()).hexdigest() for text in [page.html(), *texts]])
    """
    assert under_hash_seed(1, program) == under_hash_seed(2, program)


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_an_svg(label: str) -> None:
    for theme, wrt in product(("auto", "olah"), (False, True)):
        e, b = with_label(label)
        svg = draw(e, b if wrt else None, theme=theme).svg()  # type: ignore[arg-type]
        root = ElementTree.fromstring(svg.encode())
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
        assert [len(parts(svg, kind)) for kind in ("node", "edge", "label")] == [5, 5, 5]
        assert len(svg) < 30_000


def test_display_html_is_one_image() -> None:
    for label in HOSTILE:
        e, _ = with_label(label)
        html = draw(e)._repr_mimebundle_()["text/html"]
        image, mark, details = html.partition("<details>")
        assert re.fullmatch(r'<img alt="[^"<>]*" src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]+">', image)
        tree = ElementTree.fromstring(mark + details)
        tags = {"details", "summary", "table", "caption", "tr", "th", "td"}
        assert {element.tag for element in tree.iter()} == tags
        assert len(list(tree.iter("tr"))) == 6


def test_display_bundle() -> None:
    *_, e = olah()
    drawing = draw(e)
    bundle = drawing._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawing._repr_svg_() == drawing.svg()
    assert bundle["text/plain"] == drawing.describe()
    assert repr(drawing) == "<drawing of e = 6: 5 nodes, 5 edges>"


@pytest.mark.parametrize("theme", THEMES)
def test_wrong_parts_are_thicker_than_others(theme: Any) -> None:
    y = faulty("sin", lambda x, z: 2.0 * ag.cos(x))(Value(0.5, "x"))
    svg = ag.gradcheck(y).draw(theme=theme).svg()
    widths = {
        selector: float(width)
        for selectors, width in re.findall(r"([^{}]+)\{[^{}]*stroke-width:([\d.]+)", svg.partition("</style>")[0])
        for selector in re.sub(r"#\w+ ", "", selectors).split(",")
    }
    beyond = {part: widths[part] - THEMES[theme].stroke for part in widths if ".wrong" in part and "rect" not in part}
    # Widths are rounded to a tenth of a pixel.
    assert beyond == pytest.approx(
        {".node.wrong .shape": 2.25, ".edge.wrong path": 2.25, ".edge.wrong .halo": 6.0, ".edge.wrong .cross": 2.0},
        abs=0.051,
    )


@pytest.mark.parametrize("theme", ["light", "olah"])
def test_cross_is_on_its_edge_and_does_not_touch_the_box(theme: Any) -> None:
    x, w = Value(2.0, "x"), Value(3.0, "w")
    p = (x * w).named("p")
    y = (p + x).named("y")
    drawing = draw(y, marks={(p, 0): "too large", (y, 1): "too small"}, theme=theme)
    wrong = [arrow for arrow in drawing.figure.scene.arrows if arrow.emphasis.wrong]
    crosses = re.findall(r'class="cross" d="([^"]+)"', drawing.svg())
    for arrow, cross in zip(wrong, crosses, strict=True):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", cross)]
        xs, ys = numbers[::2], numbers[1::2]
        centre = complex(sum(xs) / 4, sum(ys) / 4)
        start, ahead = (complex(*point) for point in arrow.route[:2])
        # A distance of 6 pixels, and 6 to the middle.
        assert centre == pytest.approx(start + 12 * (ahead - start) / abs(ahead - start), abs=0.1)
        assert [max(zs) - min(zs) for zs in (xs, ys)] == pytest.approx([12, 12], abs=0.1)
    assert len(wrong) == 2
