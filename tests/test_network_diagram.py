"""Drawn networks: that everything has its place, how they look, and the files that they are saved in."""

from __future__ import annotations

import math
import random
import re
import shutil
import subprocess
from html import unescape
from importlib.util import find_spec
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn import SVG
from effort import scaled, thorough
from networks import cost, essay, names, network, page, written

import autograd as ag
from autograd.drawing import Drawing, draw_network
from autograd.drawing.formats import dot
from autograd.drawing.network import connections
from autograd.drawing.network.connections import WeightLine, labels_on
from autograd.drawing.shapes import Disc, Plate, Stroke, Text
from autograd.drawing.themes import DISCS, PLATES, STROKES, THEMES
from autograd.symbolic.typesetting import number

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
graphviz_missing = pytest.mark.skipif(
    not find_spec("pygraphviz") and not shutil.which("dot"),
    reason="PNG and PDF need Graphviz: pip install pygraphviz, or the program dot",
)


def random_drawing(seed: int) -> tuple[Any, Drawing]:
    draw = random.Random(seed)
    sizes = [draw.randint(1, 7) for _ in range(draw.randint(2, 4))]
    if seed % 5 == 0:
        sizes[draw.randrange(len(sizes))] = draw.randint(9, 40)
    net = network(*sizes, seed=seed, activation=draw.choice([ag.tanh, ag.relu, ag.sigmoid]))
    for layer in net.layers:
        for w in layer.weight.ravel():
            w.data *= 10 ** draw.uniform(-7, 7) if draw.random() < 0.2 else 1.0
    x = [draw.gauss(0, 1) * 10 ** draw.uniform(-6, 6) for _ in range(sizes[0])]
    layer = draw.choice(net.layers)
    wrt = draw.choice([None, draw.choice(list(layer.weight.ravel())), draw.choice(list(layer.bias))])
    return net, draw_network(
        net,
        draw.choice([x, None]),
        wrt=wrt,
        cost=cost(net(x), [0.5] * sizes[-1]),
        show=draw.choice(["weights", "gradients"]),
        numbers=draw.choice(["auto", "auto", "neurons", "none"]),
        max_shown=draw.choice([2, 5, 8]),
        inputs=draw.choice([None, ["an input of some length"] * sizes[0]]),
        outputs=draw.choice([None, range(sizes[-1])]),
        theme=draw.choice(list(THEMES)),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("seed", range(40))
def test_nothing_overlaps(seed: int) -> None:
    _, drawing = random_drawing(seed)
    seen = page(drawing.svg())
    for one in (*seen.texts, *seen.discs, *seen.plates, *seen.lines):
        assert seen.box.left <= one.box.left <= one.box.right <= seen.box.right, one
        assert seen.box.top <= one.box.top <= one.box.bottom <= seen.box.bottom, one
    for one, other in combinations(seen.texts, 2):
        assert not one.box.overlaps(other.box), (one.text, other.text)
    for one, other in combinations(seen.plates, 2):
        assert not one.box.overlaps(other.box), (one, other)
    for disc in seen.discs:
        (x, y), radius = disc.box.centre, (disc.box.right - disc.box.left) / 2
        for plate in seen.plates:
            assert not plate.box.overlaps(disc.box), (plate, disc)
        for text in seen.texts:
            corners = [math.dist((x, y), corner) <= radius for corner in text.box.corners()]
            assert all(corners) or not text.box.overlaps(disc.box), text.text
    for text in seen.texts:
        behind = [plate.box for plate in seen.plates if plate.box.overlaps(text.box)]
        for box in behind:
            assert box.left <= text.box.left <= text.box.right <= box.right, text.text
            assert box.top <= text.box.top <= text.box.bottom <= box.bottom, text.text


@pytest.mark.parametrize("sizes", [(2, 3, 1), (3, 4, 2), (4, 4), (8, 3), (4, 6), (12, 2, 5, 1), (1, 1)])
def test_every_number_is_on_its_own_line(sizes: tuple[int, ...]) -> None:
    net = network(*sizes, seed=7)
    seen = page(draw_network(net, max_shown=12).svg())
    lines = seen.lines_of(*names(net))
    assert len(lines) == sum(layer.weight.size for layer in net.layers)
    found = [text for text in seen.texts if text.classes == {"number"}]
    assert len(found) == len(lines)
    for line in lines:
        value = number(float(line.text.partition(" = ")[2]), digits=3)
        (x, y), (to_x, to_y) = line.ends
        on_it = [
            text.text
            for text in found
            if x < text.box.centre[0] < to_x
            and abs(y + (to_y - y) * (text.box.centre[0] - x) / (to_x - x) - text.box.centre[1]) < 1.5
        ]
        assert value in on_it, (line.text, on_it)


def test_essays_numbers_cover_no_line() -> None:
    net, x = essay()
    seen = page(draw_network(net, x).svg())
    numbers = [text for text in seen.texts if text.classes == {"number"}]
    for line in seen.lines_of(*names(net)):
        (x0, y0), (x1, y1) = line.ends
        crossed = set()
        for text in numbers:
            inner = [x0 + (x1 - x0) * k / 200 for k in range(201)]
            heights = [y0 + (y1 - y0) * k / 200 for k in range(201)]
            box = text.box
            if any(box.left < u < box.right and box.top < v < box.bottom for u, v in zip(inner, heights, strict=True)):
                crossed.add(text.text)
        assert crossed == {number(float(line.text.partition(" = ")[2]), digits=3)}


def test_callout_covers_no_number() -> None:
    net, x = essay()
    C = cost(net(x), [1.0, 1.0])
    for layer in net.layers:
        for w in layer.weight.ravel():
            seen = page(draw_network(net, x, wrt=w, cost=C).svg())
            (callout,) = (plate for plate in seen.plates if "callout" in plate.classes)
            others = [*seen.discs, *(plate for plate in seen.plates if plate is not callout)]
            assert [other for other in others if other.box.overlaps(callout.box)] == []
            assert len([text for text in seen.texts if text.box.overlaps(callout.box)]) == 2


def test_lines_run_from_rim_to_rim() -> None:
    net = network(3, 4, 2)
    seen = page(draw_network(net).svg())
    neurons = [disc for disc in seen.discs if disc.box.right - disc.box.left > 20]
    for line in seen.lines_of(*names(net)):
        for end in line.ends:
            gaps = [abs(math.dist(end, d.box.centre) - (d.box.right - d.box.left) / 2) for d in neurons]
            assert min(gaps) < 0.2


@pytest.mark.parametrize("seed", range(scaled(100)))
def test_lines_join_neurons_of_weights(seed: int) -> None:
    net, drawing = random_drawing(seed)
    seen = page(drawing.svg())
    discs = {re.split(" = |; ", disc.text)[0]: disc.box for disc in seen.discs if disc.text}
    joined = {
        written("w", k, i, j): (written("a", k - 1, j), written("a", k, i))
        for k, layer in enumerate(net.layers, 2)
        for i, j in product(*(range(1, size + 1) for size in layer.weight.shape))
    }
    lines = seen.lines_of(*joined)
    shown = [len(layer.neurons) for layer in drawing.network.layers]
    assert len(discs) == sum(shown)
    assert len(lines) == sum(m * n for m, n in pairwise(shown))
    for line in lines:
        source, target = (discs[name] for name in joined[line.text.partition(" = ")[0]])
        whole = math.dist(source.centre, target.centre)
        for end, disc, other in zip(line.ends, (source, target), (target, source), strict=True):
            assert math.dist(end, disc.centre) == pytest.approx((disc.right - disc.left) / 2, abs=0.2)
            assert math.dist(end, disc.centre) + math.dist(end, other.centre) == pytest.approx(whole, abs=0.1)


def test_few_lines_have_numbers() -> None:
    def counted(*sizes: int, **options: Any) -> int:
        seen = page(draw_network(network(*sizes), **options).svg())
        return sum(text.classes in ({"number"}, {"slope"}) for text in seen.texts)

    assert counted(3, 4, 2) == 20
    assert counted(3, 4, 2, numbers="neurons") == counted(3, 4, 2, numbers="none") == 0
    assert counted(2, 16, 16, 1) == 2 * 8 + 8
    assert counted(5, 6) == counted(5, 5) == counted(4, 7) == counted(3, 8, max_shown=9) - 24 == 0
    assert counted(4, 6) == counted(6, 4) == 24
    assert counted(5, 6, numbers="all") == 30
    net = network(3, 4, 2)
    assert counted(3, 4, 2, wrt=None) == 20
    wrt = page(draw_network(net, wrt=net.layers[1].weight[1, 2]).svg())
    assert sum(text.classes == {"number"} for text in wrt.texts) == 19


@pytest.mark.parametrize("has_note", [False, True])
def test_captions_are_lines_below_the_legend(has_note: bool) -> None:
    net = network(4, 12, 2)
    weight = net.layers[0].weight[0, 0]
    weight.label = "a weight with a name so long that no line can have all of it, " + "and more " * 6
    drawing = draw_network(net, wrt=weight, cost=cost(net([0.5] * 4), [0.5] * 2), max_shown=3 if has_note else 12)
    texts = [mark for mark in drawing._scene.marks if isinstance(mark, Text)]
    legend = [mark for mark in texts if mark.role == "legend"]
    lines = [mark for mark in texts if mark.role == "caption" or (mark.role == "note" and mark.y > legend[-1].y)]
    assert [(mark.role, mark.size, mark.bold) for mark in lines] == [
        *[("caption", 15.0, True)] * (len(lines) - has_note),
        *[("note", 12.5, False)] * has_note,
    ]
    assert len(lines) > 1 + has_note
    assert len({mark.x for mark in lines}) == 1
    for above, below in pairwise(lines):
        assert below.corners[0][1] - above.corners[1][1] == pytest.approx(3.0)
    assert lines[0].corners[0][1] - legend[-1].corners[1][1] == pytest.approx(18.0)


def test_numbers_that_do_not_fit() -> None:
    net = network(40, 40)
    with pytest.raises(ValueError, match=r"the numbers of the 1,600 weights between layers 1 and 2 do not fit"):
        draw_network(net, max_shown=40, numbers="all")
    assert draw_network(net, max_shown=40).svg()


def test_numbers_without_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numbers find no place depends on fonts and layout, so no network is known for which it comes to that."""
    net, x = essay()
    drawn = page(draw_network(net, x).svg())
    monkeypatch.setattr(connections, "labels_on", lambda lines, *rest: labels_on(lines, *rest) if not lines else None)
    seen = page(draw_network(net, x).svg())
    assert [line.text for line in seen.lines_of(*names(net))] == [line.text for line in drawn.lines_of(*names(net))]
    assert not [text for text in seen.texts if text.classes == {"number"}]
    assert [text.text for text in seen.texts] == [text.text for text in drawn.texts if text.classes != {"number"}]
    with pytest.raises(
        ValueError, match=r"the numbers of the 12 weights between layers 1 and 2 do not fit on the lines"
    ):
        draw_network(net, x, numbers="all")


def test_labels_on_avoids_obstacles() -> None:
    lines = [WeightLine(float(i), float(j)) for i in (0, 100, 200) for j in (-50, 50, 150, 250)]
    labels = labels_on(lines, [40.0] * 12, 15.0, 400.0)
    assert labels is not None
    assert labels.covered == 0
    for line, place in zip(lines, labels.places, strict=True):
        assert place.y == pytest.approx(line.start + (line.end - line.start) * place.x / 400)
    assert all(not one.touches(other) for one, other in combinations(labels.places, 2))
    pushed = labels_on(lines, [40.0] * 12, 15.0, 400.0, [place._replace(width=60.0) for place in labels.places])
    assert pushed is None or not any(place.touches(other) for place, other in product(pushed.places, labels.places))
    assert labels_on(lines, [40.0] * 12, 30.0, 400.0) is None


def luminance(color: tuple[float, ...]) -> float:
    """WCAG 2: relative luminance."""
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


@pytest.mark.parametrize("theme", THEMES)
def test_contrast_in_darkest_disc(theme: str) -> None:
    for palette in (THEMES[theme].palette, THEMES[theme].dark):
        if palette is None:
            continue
        for use in ("value", "lit"):
            filled = tuple(
                0.45 * c + 0.55 * p for c, p in zip(rgb(getattr(palette, use)), rgb(palette.paper), strict=True)
            )
            low, high = sorted((luminance(filled), luminance(rgb(palette.ink))))
            assert (high + 0.05) / (low + 0.05) >= 4.5
        for look in STROKES.values():
            low, high = sorted((luminance(rgb(getattr(palette, look.stroke))), luminance(rgb(palette.paper))))
            assert (high + 0.05) / (low + 0.05) >= 3


def test_network_svg_is_accessible_and_self_contained() -> None:
    net, x = essay()
    drawings = [draw_network(net, x, theme=theme) for theme in THEMES]  # type: ignore[arg-type]
    keys = set()
    for theme, drawing in zip(THEMES, drawings, strict=True):
        svg = drawing.svg()
        root = ElementTree.fromstring(svg)
        title, desc = root.find(SVG + "title"), root.find(SVG + "desc")
        assert title is not None
        assert desc is not None
        assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
        assert (title.text, desc.text) == ("network 3-4-2", drawing.describe())
        assert re.findall(r"(?:href|src|url|@import|@font-face|<script|<image|<use)", svg) == []
        assert ("prefers-color-scheme" in svg, "var(" in svg) == (theme == "auto", theme == "auto")
        selectors = re.findall(r"(?:^|[{}])([^{}@]+)\{", root.findtext(SVG + "style") or "")
        assert all(part.startswith(f"#{root.get('id')}") for selector in selectors for part in selector.split(","))
        keys.add(root.get("id"))
    assert len(keys) == len(THEMES)


def test_describe_network() -> None:
    net, x = essay()
    C = cost(net(x), [1.0, 1.0])
    lines = draw_network(net, x, wrt=net.layers[1].weight[0, 0]).describe().splitlines()
    assert lines[:3] == ["network 3-4-2", "w³₁,₁ = −1.48", "layer 1: input, 3 neurons"]
    assert lines[-3:] == [
        "layer 3: output, 2 neurons, sigmoid",
        "a³₁ = 0.547; b³₁ = 0.884; weights −1.48, −2.49, 2.72, 3.46",
        "a³₂ = 0.101; b³₂ = −0.226; weights −1.81, 2.84, −0.438, −4.8",
    ]
    *_, last = draw_network(net, x, cost=C, outputs=["cat", "dog"]).describe().splitlines()
    C.backward()
    slopes = ", ".join(number(w.grad, digits=3) for w in net.layers[1].weight[1])
    rate = number(net.layers[1].bias[1].grad, digits=3)
    assert last == (
        f"a³₂ (dog) = 0.101; b³₂ = −0.226; ∂C/∂b³₂ = {rate}; weights −1.81, 2.84, −0.438, −4.8; ∂C/∂w {slopes}"
    )


def test_gradients_that_are_set_are_shown_beside_zeros() -> None:
    net = network(2, 1)
    assert "∂C" not in draw_network(net).describe()
    net.layers[0].weight[0, 1].grad = 0.5
    *_, last = draw_network(net).describe().splitlines()
    assert last.endswith("∂C/∂w 0, 0.5")


def test_drawing_does_not_change_network() -> None:
    net, x = essay()
    before = [(p.data, p.grad, p.label) for layer in net.layers for p in (*layer.weight.ravel(), *layer.bias)]
    draw_network(net, x, wrt=net.layers[0].bias[0], cost=cost(net(x), [1.0, 0.0]), show="gradients").svg()
    after = [(p.data, p.grad, p.label) for layer in net.layers for p in (*layer.weight.ravel(), *layer.bias)]
    assert after == before


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="measures texts in Chromium: install chromium")
def test_texts_do_not_overlap_in_browser(tmp_path: Path) -> None:
    net, x = essay()
    C = cost(net(x), [1.0, 1.0])
    drawings = [
        draw_network(net, x, wrt=net.layers[1].weight[0, 0], cost=C, theme="light"),
        draw_network(net, x, cost=C, show="gradients", theme="light"),
        draw_network(network(20, 5, 12, activation=ag.relu), [1e-7] * 20, outputs=["class"] * 12, theme="olah"),
    ]
    pages = [
        re.sub("font-family:[^;]*", f"font-family:{face}", drawing.svg())
        for drawing, face in product(drawings, ("Liberation Sans", "DejaVu Sans", "DejaVu Serif", "sans-serif"))
    ]
    script = """
        const over = [];
        for (const svg of document.querySelectorAll("svg")) {
            const texts = [...svg.querySelectorAll("text")].map(text => [text, text.getBBox()]);
            const paper = svg.viewBox.baseVal, canvas = svg.querySelector("g[transform]").transform.baseVal[0].matrix;
            for (const [text, box] of texts) {
                if (!box.width) over.push("nothing measured");
                if (box.x + canvas.e < 0 || box.x + box.width + canvas.e > paper.width) over.push(text.textContent);
                for (const [other, area] of texts)
                    if (text !== other && box.x < area.x + area.width && area.x < box.x + box.width &&
                        Math.abs(box.y + box.height / 2 - area.y - area.height / 2) < 0.42 * (box.height + area.height))
                        over.push(text.textContent + " / " + other.textContent);
            }
        }
        document.title = "over:" + over.join("|");
    """
    file = tmp_path / "page.html"
    style = "<style>svg { max-width: none !important }</style>"
    file.write_text(f"<!doctype html><meta charset=utf-8>{style}{''.join(pages)}<script>{script}</script>", "utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    assert re.findall("<title>(over:.*?)</title>", dom) == ["over:"]


def test_save_network(tmp_path: Path) -> None:
    net, x = essay()
    drawing = draw_network(net, x)
    assert isinstance(drawing, Drawing)
    assert drawing.save(tmp_path / "net.svg").read_text(encoding="utf-8") == drawing.svg()
    assert drawing.save(tmp_path / "net.dot").read_text(encoding="utf-8") == drawing.dot.source
    with pytest.raises(ValueError, match=r"must end in one of \.svg, \.png, \.pdf, \.dot, got 'net\.jpg'"):
        drawing.save(tmp_path / "net.jpg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.dot", "net.svg"]
    bundle = drawing._repr_mimebundle_()
    assert (bundle["image/svg+xml"], bundle["text/plain"]) == (drawing.svg(), drawing.describe())
    assert re.fullmatch(r'<img alt="[^"<>]*" src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]+">', bundle["text/html"])


@graphviz_missing
@pytest.mark.parametrize(
    ("kind", "start", "theme"),
    [
        ("png", b"\x89PNG\r\n", "auto"),
        ("pdf", b"%PDF", "olah"),
        pytest.param("png", b"\x89PNG\r\n", "dark", marks=thorough),
    ],
)
def test_save_network_as_png_and_pdf(
    tmp_path: Path, kind: str, start: bytes, theme: str, capfd: pytest.CaptureFixture[str]
) -> None:
    net, x = essay()
    C = cost(net(x), [1.0, 1.0])
    drawing = draw_network(net, x, wrt=net.layers[1].weight[0, 0], cost=C, outputs=["<b>", "\\N"], theme=theme)  # type: ignore[arg-type]
    path = drawing.save(tmp_path / f"net.{kind}")
    assert path.read_bytes().startswith(start)
    assert path.stat().st_size > 5000
    complaints = [line for line in capfd.readouterr().err.splitlines() if "Fontconfig" not in line]
    assert complaints == []


def test_network_png_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "find_spec", lambda name: None)
    monkeypatch.setattr(dot.shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match=r"pip install pygraphviz.*SVG and DOT files do not need it"):
        draw_network(network(2, 1)).save(tmp_path / "net.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", range(scaled(50)))
def test_dot_has_positions_of_svg(seed: int) -> None:
    _, drawing = random_drawing(seed)
    seen = page(drawing.svg())
    found: dict[str, list[list[float]]] = {"line": [], "circle": [], "box": [], "text": []}
    breadths, texts = [], []
    for entry in re.findall(r"^\t(?:n\d+|o -> o) \[.*", drawing.dot.source, re.MULTILINE):
        place = [float(x) for x in re.findall(r"-?[\d.]+", re.findall(r'pos="([^"]*)"', entry)[-1])]
        kind = "line" if " -> " in entry else re.findall(r"shape=(\w+)", entry)[-1]
        if label := re.search(r'label=(<.*>|".*"|\w+)(?= color=)', entry):
            kind = "text"
            texts.append(unescape(re.sub(r"</?b>|^[<\"]|\\[lr]|[>\"]$", "", label[1])))
        if kind == "circle":
            breadths.append(72 * float(re.findall(r"\bwidth=([\d.]+)", entry)[-1]))
        found[kind].append(place[:2] + place[-2:] if kind == "line" else place)
    expected: dict[str, list[tuple[float, ...]]] = {
        "line": [(*line.ends[0], *line.ends[1]) for line in seen.lines],
        "circle": [disc.box.centre for disc in seen.discs],
        "box": [plate.box.centre for plate in seen.plates],
        "text": [text.box.centre for text in seen.texts],
    }
    assert breadths == [pytest.approx(disc.box.right - disc.box.left, abs=0.1) for disc in seen.discs]
    assert texts == [text.text for text in seen.texts]
    dx, dy = seen.discs[0].box.centre[0] - found["circle"][0][0], seen.discs[0].box.centre[1] + found["circle"][0][1]
    for kind, places in expected.items():  # y is upwards in DOT; the middle of a text is above that of its letters
        assert [[dx + x if k % 2 == 0 else dy - x for k, x in enumerate(place)] for place in found[kind]] == [
            pytest.approx(place, abs=1.5 if kind == "text" else 0.3) for place in places
        ]


@pytest.mark.parametrize("seed", range(scaled(50)))
def test_dot_has_looks_of_marks(seed: int) -> None:
    """Colours, opacities, widths, dashes and sizes of type, for each mark in the order of painting."""
    _, drawing = random_drawing(seed)
    scene = drawing._scene
    theme, palette = scene.theme, scene.theme.palette
    lines = re.findall(r"^\t(n\d+|o -> o) \[(.*)\]$", drawing.dot.source, re.MULTILINE)
    found = [(name, dict(re.findall(r'\b(\w+)="?([^"]*?)"?(?= \w+=|$)', text))) for name, text in lines]
    order = [mark for mark in scene.marks if isinstance(mark, Stroke)]
    order += [mark for mark in scene.marks if not isinstance(mark, Stroke)]
    edges, nodes = ([look for name, look in found if (name == "o -> o") == is_edge] for is_edge in (True, False))
    for mark, look in zip(order, [*edges, *nodes], strict=True):
        if isinstance(mark, Stroke):
            assert look["color"] == getattr(palette, STROKES[mark.role].stroke) + "80" * mark.faded
            assert (look["penwidth"], look["style"]) == (f"{mark.breadth:.2f}", STROKES[mark.role].dot_style)
        elif isinstance(mark, Disc):
            paint = DISCS[mark.role]
            rim = "ink" if mark.highlighted else paint.stroke
            assert look["penwidth"] == f"{theme.stroke + 1.75 * mark.highlighted:g}"
            assert look["color"] == (getattr(palette, rim) if rim else "transparent")
            opacity = "" if mark.opacity == 1.0 else f"{round(255 * mark.opacity):02x}"
            assert look["fillcolor"] == getattr(palette, paint.fill) + opacity
            assert look["style"] == ",".join(["filled", paint.dot_style] if rim else ["filled"])
        elif isinstance(mark, Plate):
            paint = PLATES[mark.role]
            assert (look["shape"], look["penwidth"], look["fillcolor"]) == ("box", "1.5", getattr(palette, paint.fill))
            assert look["color"] == (getattr(palette, paint.stroke) if paint.stroke else "transparent")
        else:
            assert look["fontcolor"] == getattr(palette, {"slope": "slope", "note": "note"}.get(mark.role, "ink"))
            assert (look["fontsize"], look["shape"]) == (f"{mark.size:.2f}", "box")
            assert (look["color"], look["fillcolor"]) == ("transparent", "transparent")
    defaults = dict(re.findall(r"^\t(graph|node|edge) (\[.*\])$", drawing.dot.source, re.MULTILINE))
    assert defaults["graph"] == f'[bgcolor="{palette.paper}" layout=nop2 outputorder=edgesfirst pad=0.2]'
    assert f"fixedsize=shape fontname={theme.postscript}" in defaults["node"].replace('"', "")
    assert 'label="" margin=0' in defaults["node"]
    assert defaults["edge"] == "[dir=none]"


@pytest.mark.skipif(not find_spec("pygraphviz"), reason="reads DOT with pygraphviz: pip install pygraphviz")
def test_dot_labels_are_texts() -> None:
    import pygraphviz

    net, x = essay()
    drawing = draw_network(net, x, outputs=["\\N", "<b>"])
    graph = pygraphviz.AGraph(string=drawing.dot.source)
    assert graph.number_of_edges() == len(page(drawing.svg()).lines)
    labels = {n.attr["label"] for n in graph.nodes()}
    assert {r"\\N\l", r"<b>\l", "<b>layer 1: input</b>"} <= labels
