"""The geometry of drawn graphs, read back from SVG, TikZ and DOT: arrows, labels, and the members of groups."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from html import escape, unescape
from itertools import combinations, product
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from drawn import SVG, network, random_graph
from geometry import Rectangle, overlap
from samples import olah

import autograd as ag
import nn
from autograd.drawing import GraphDrawing, draw
from autograd.drawing.formats import dot
from autograd.drawing.shapes import px
from autograd.drawing.themes import FILLS
from autograd.drawing.typeface import width

Point = tuple[float, float]
SLACK = 0.6
"""Places are rounded to tenths of a pixel, also those of sizes in inches."""


class Arrow(NamedTuple):
    """An edge: where it begins, from where it comes to its head, and the tip of that."""

    start: Point
    before: Point
    tip: Point


class Seen(NamedTuple):
    """A drawn graph, with y downwards; arrows as its edges, and frames as its groups are ordered."""

    paper: Rectangle | None
    nodes: list[Rectangle]
    arrows: list[Arrow]
    labels: list[Rectangle]
    frames: list[Rectangle]
    titles: list[Rectangle]


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?", text)]


def points(text: str) -> list[Point]:
    flat = numbers(text)
    return list(zip(flat[::2], flat[1::2], strict=True))


def around(x: float, y: float, wide: float, high: float) -> Rectangle:
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def in_order(drawing: GraphDrawing, arrows: list[Arrow]) -> list[Arrow]:
    """Return arrows as the edges are ordered: those that are lit are drawn last."""
    edges = drawing.picture.edges
    drawn = dict(zip(sorted(range(len(edges)), key=lambda i: edges[i].lit), arrows, strict=True))
    return [drawn[i] for i in range(len(edges))]


def from_svg(drawing: GraphDrawing) -> Seen:
    root = ElementTree.fromstring(drawing.svg())
    (canvas,) = (g for g in root.findall(SVG + "g") if g.get("transform"))
    dx, dy = numbers(canvas.get("transform", ""))
    left, top, wide, high = numbers(root.get("viewBox", ""))
    parts: dict[str, list[Any]] = {kind: [] for kind in ("node", "edge", "label", "group", "title")}
    for group in canvas:
        kind = group.get("class", "").split()[0]
        parts[kind].append(arrow_of(group) if kind == "edge" else outline(group))
    paper = left - dx, top - dy, left + wide - dx, top + high - dy
    arrows = in_order(drawing, parts["edge"])
    return Seen(paper, parts["node"], arrows, parts["label"], parts["group"], parts["title"])


def arrow_of(group: ElementTree.Element) -> Arrow:
    """Read an edge of an SVG; its head has its corners on both sides of the end of the curve."""
    curve, head = (points(path.get("d", "")) for path in group.findall(SVG + "path")[:2])
    tip, one, other = head
    middle = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    assert middle == pytest.approx(curve[-1], abs=0.2)
    assert math.dist(one, tip) == pytest.approx(math.dist(other, tip), abs=0.3)
    return Arrow(curve[0], curve[-1], tip)


def outline(group: ElementTree.Element) -> Rectangle:
    """Return what the rectangles or the ellipse of a part take."""
    found = []
    for shape in (*group.findall(SVG + "rect"), *group.findall(SVG + "ellipse")):
        size = {key: float(x) for key, x in shape.items() if key != "class"}
        if shape.tag == SVG + "rect":
            found.append((size["x"], size["y"], size["x"] + size["width"], size["y"] + size["height"]))
        else:
            found.append(around(size["cx"], size["cy"], 2 * size["rx"], 2 * size["ry"]))
    left, top, right, bottom = zip(*found, strict=True)
    return min(left), min(top), max(right), max(bottom)


def from_tikz(drawing: GraphDrawing) -> Seen:
    tikz = drawing.tikz()
    node = r"\\node\[ag{}, minimum width=(\S+?)pt, minimum height=(\S+?)pt.*?\] at \((\S+?),(\S+?)\) \{{"
    boxes, labels = (
        [around(x, y, wide / 0.75, high / 0.75) for wide, high, x, y in found]
        for found in ([map(float, match) for match in re.findall(node.format(kind), tikz)] for kind in ("box", "label"))
    )
    curves = [points(places) for places in re.findall(r"\\draw\[ag, -latex, .*?\] (\(.*\));", tikz)]
    frames = [tuple(numbers(m)) for m in re.findall(r"\\draw\[draw=aggroup_line.*?\] (\(.* rectangle .*\));", tikz)]
    corners = re.findall(r"\\node\[anchor=north west, text=agnote\] at \((\S+?),(\S+?)\) \{", tikz)
    titles = [
        (float(x), float(y), float(x) + width(title, 11.0), float(y) + 11.0)
        for (x, y), title in zip(corners, drawing.figure.titles, strict=True)
    ]
    arrows = in_order(drawing, [Arrow(curve[0], curve[-2], curve[-1]) for curve in curves])
    return Seen(None, boxes, arrows, labels, frames, titles)  # type: ignore[arg-type]


def attributes(line: str) -> dict[str, str]:
    """Read the attributes of a line of DOT, but for labels of markup."""
    line = re.sub(r"<<.*>>", "", line)
    return {key: text or word for key, text, word in re.findall(r'\b(\w+)=(?:"([^"<>]*)"|([\w.]+))', line)}


class Cluster(NamedTuple):
    """A cluster of DOT: its attributes as they are written, the cluster around it, and the nodes that it names."""

    written: str
    parent: int | None
    nodes: list[int]


def clusters(source: str) -> dict[int, Cluster]:
    """Read the clusters of DOT, or the subgraphs of Mermaid, by their numbers."""
    found: dict[int, Cluster] = {}
    around: list[int] = []
    for line in map(str.strip, source.splitlines()):
        if begin := re.match(r"subgraph (?:cluster_|g)(\d+)(.*)", line):
            found[int(begin[1])] = Cluster(begin[2], around[-1] if around else None, [])
            around.append(int(begin[1]))
        elif around and line in ("}", "end"):
            around.pop()
        elif around and line.startswith("graph ["):
            found[around[-1]] = found[around[-1]]._replace(written=line)
        elif around and (node := re.match(r"n(\d+)\b", line)):
            found[around[-1]].nodes.append(int(node[1]))
    return found


def from_dot(drawing: GraphDrawing) -> Seen:
    """Read DOT with places, where y is upwards and boxes are in inches."""
    source = dot.digraph(drawing.figure.scene, placed=True).source
    nodes, arrows, frames, titles = [], [], [], []
    for line in map(str.strip, source.splitlines()):
        given = attributes(line)
        if re.match(r"n\d+ \[", line):
            (x, y), wide, high = numbers(given["pos"]), float(given["width"]), float(given["height"])
            nodes.append(around(x, -y, 72 * wide, 72 * high))
        elif re.match(r"n\d+ -> n\d+ \[", line):
            tip, *curve = ((x, -y) for x, y in points(given["pos"]))
            arrows.append(Arrow(curve[0], curve[-1], tip))
    found = clusters(source)
    for i, group in enumerate(drawing.picture.groups):
        given = attributes(found[i].written)
        left, bottom, right, top = numbers(given["bb"])
        frames.append((left, -top, right, -bottom))
        x, y = numbers(given["lp"])
        titles.append(around(x, -y, width(group.name, 12.0), 12.0))
    return Seen(None, nodes, arrows, [], frames, titles)


READERS: dict[str, Callable[[GraphDrawing], Seen]] = {"svg": from_svg, "tikz": from_tikz, "dot": from_dot}


def graphs() -> dict[str, Callable[[Any, Any], GraphDrawing]]:
    """Return drawings of many kinds, as functions of the direction and the theme."""

    def drawing(output: ag.Value, wrt: ag.Value | None = None, **options: Any) -> Callable[[Any, Any], GraphDrawing]:
        return lambda direction, theme: draw(output, wrt, direction=direction, theme=theme, **options)

    _, b, *_, e = olah()
    net = nn.MLP(2, [3, 2], seed=0)
    C = nn.quadratic(net([0.5, -0.25]), [1.0, 0.0]).named("C")
    w = net.layers[0].weight[1, 0]
    mlp, first = network()
    mixed, leaves = random_graph(3, 14)
    return {
        "olah": drawing(e, b),
        "neurons": drawing(C, detail="neurons", open="layer 3"),
        "operations": drawing(C, w, detail="operations"),
        "layers": drawing(C, detail="layers", open="layer 3"),
        "marked": drawing(mlp, first, detail="operations", marks={(mlp, 0): "is wrong", (mlp, None): "too large"}),
        "random": drawing(mixed, leaves[0] if ag.between(leaves[0], mixed) else None, constants="nodes"),
    }


@cache
def drawn(name: str, direction: str, theme: str) -> GraphDrawing:
    return graphs()[name](direction, theme)


CASES = [(name, *look) for name, look in product(graphs(), (("up", "light"), ("right", "olah"), ("right", "print")))]


def depth(point: Point, box: Rectangle, is_round: bool) -> float:
    """Return how far inside a rectangle or an ellipse a point is; outside it is below 0."""
    (x, y), (left, top, right, bottom) = point, box
    if is_round:
        reach = math.hypot((2 * x - left - right) / (right - left), (2 * y - top - bottom) / (bottom - top))
        return (1.0 - reach) * min(right - left, bottom - top) / 2
    return min(x - left, right - x, y - top, bottom - y)


def is_within(inner: Rectangle, outer: Rectangle) -> bool:
    left, top, right, bottom = outer
    return left - SLACK < inner[0] and inner[2] < right + SLACK and top - SLACK < inner[1] and inner[3] < bottom + SLACK


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize(("name", "direction", "theme"), CASES)
def test_arrows_lead_from_operands_to_results(name: str, direction: str, theme: str, form: str) -> None:
    drawing = drawn(name, direction, theme)
    seen = READERS[form](drawing)
    picture, is_round = drawing.picture, theme == "olah"
    assert (len(seen.nodes), len(seen.arrows)) == (len(picture.nodes), len(picture.edges))
    for edge, arrow in zip(picture.edges, seen.arrows, strict=True):
        source, target = seen.nodes[edge.source], seen.nodes[edge.target]
        assert abs(depth(arrow.start, source, is_round)) < SLACK
        assert abs(depth(arrow.tip, target, is_round)) < SLACK
        ahead = arrow.tip[0] - arrow.before[0], arrow.before[1] - arrow.tip[1]
        assert ahead[direction == "up"] > 1.0
        assert depth(arrow.before, target, is_round) < SLACK


@pytest.mark.parametrize("name", graphs())
def test_dot_and_mermaid_have_edges_of_picture(name: str) -> None:
    drawing = drawn(name, "up", "light")
    pairs = [(str(edge.source), str(edge.target)) for edge in drawing.picture.edges]
    for source in (drawing.dot.source, dot.digraph(drawing.figure.scene, placed=True).source):
        assert re.findall(r"^\s*n(\d+) -> n(\d+)", source, re.MULTILINE) == pairs
    assert re.findall(r"^\s*n(\d+) [-=.]+[>x].*? n(\d+)$", drawing.mermaid(), re.MULTILINE) == pairs


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize(("name", "direction", "theme"), CASES)
def test_labels_and_boxes_do_not_overlap(name: str, direction: str, theme: str, form: str) -> None:
    drawing = drawn(name, direction, theme)
    seen = READERS[form](drawing)
    things = [*seen.nodes, *seen.labels]
    assert [pair for pair in combinations(things, 2) if overlap(*pair, SLACK)] == []
    if form != "dot":
        assert len(seen.labels) == sum(label is not None for label in drawing.figure.labels)
    if seen.paper is not None:
        everything = [*things, *seen.frames, *seen.titles, *((*p, *p) for arrow in seen.arrows for p in arrow)]
        assert [thing for thing in everything if not is_within(thing, seen.paper)] == []


def members(drawing: GraphDrawing) -> list[set[int]]:
    """Return for each group the nodes in it, and those in groups that lie in it."""
    groups = drawing.picture.groups
    found: list[set[int]] = [set() for _ in groups]
    for i, node in enumerate(drawing.picture.nodes):
        group = node.group
        while group is not None:
            found[group].add(i)
            group = groups[group].parent
    return found


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize(("name", "direction", "theme"), CASES)
def test_frames_contain_members_and_titles(name: str, direction: str, theme: str, form: str) -> None:
    drawing = drawn(name, direction, theme)
    seen = READERS[form](drawing)
    inside = members(drawing)
    assert len(seen.frames) == len(seen.titles) == len(inside)
    for i, (frame, title, of_group) in enumerate(zip(seen.frames, seen.titles, inside, strict=True)):
        assert of_group
        for k, box in enumerate(seen.nodes):
            assert is_within(box, frame) if k in of_group else not overlap(box, frame, SLACK)
        parent = drawing.picture.groups[i].parent
        assert parent is None or is_within(frame, seen.frames[parent])
        left, top, _, bottom = title
        assert is_within((left, top, left, bottom), frame)
        assert not any(overlap(title, box, SLACK) for box in seen.nodes)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("name", graphs())
def test_clusters_have_members_title_and_colours(name: str, theme: str) -> None:
    drawing = drawn(name, "up", theme)
    palette = drawing.figure.theme.palette
    for placed in (False, True):
        found = clusters(dot.digraph(drawing.figure.scene, placed=placed).source)
        assert_members(drawing, found)
        for i, group in enumerate(drawing.picture.groups):
            written = found[i].written
            given = attributes(written)
            assert f'label=<<font color="{palette.note}"><b>{escape(group.name)}</b></font>>' in written
            look = {key: given[key] for key in ("color", "fillcolor", "style", "labeljust", "fontname")}
            assert look == {
                "color": palette.group_line,
                "fillcolor": palette.group,
                "style": "filled,rounded",
                "labeljust": "l",
                "fontname": drawing.figure.theme.postscript,
            }
            assert ("bb" in given, "lp" in given) == (placed, placed)


@pytest.mark.parametrize("name", graphs())
def test_mermaid_subgraphs_have_members_and_title(name: str) -> None:
    drawing = drawn(name, "up", "light")
    found = clusters(drawing.mermaid())
    assert_members(drawing, found)
    for i, group in enumerate(drawing.picture.groups):
        title = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), found[i].written)
        assert title == f'["{group.name}"]'


def assert_members(drawing: GraphDrawing, found: dict[int, Cluster]) -> None:
    groups = drawing.picture.groups
    assert found.keys() == set(range(len(groups)))
    assert [found[i].parent for i in range(len(groups))] == [group.parent for group in groups]
    for i in range(len(groups)):
        assert found[i].nodes == [k for k, node in enumerate(drawing.picture.nodes) if node.group == i]


def test_samples_have_nested_groups_and_marks() -> None:
    drawings = [drawn(name, "up", "light") for name in graphs()]
    parents = [group.parent for drawing in drawings for group in drawing.picture.groups]
    assert len(parents) > sum(parent is not None for parent in parents) > 0
    assert any(edge.mark for drawing in drawings for edge in drawing.picture.edges)


def entries(source: str) -> dict[str, str]:
    """Read the lines of DOT that state a node, an edge or the defaults; clusters repeat only names."""
    lines = (re.match(r"\t(\w+(?: -> \w+)?) (\[.*\])", line) for line in source.splitlines())
    return {line[1] + f" {k}" * (" -> " in line[1]): line[2] for k, line in enumerate(filter(None, lines))}


@pytest.mark.parametrize("theme", ["light", "olah"])
@pytest.mark.parametrize("name", graphs())
def test_dot_has_looks_of_boxes(name: str, theme: str) -> None:
    """Colour, width and style of each outline and text; what is wrong is widest, and what is faded has no colour."""
    drawing = drawn(name, "up", theme)
    picture, look = drawing.picture, drawing.figure.theme
    for placed in (False, True):
        found = entries(dot.digraph(drawing.figure.scene, placed=placed).source)
        for i, node in enumerate(picture.nodes):
            written, faded = found[f"n{i}"], picture.is_faded(node)
            given = attributes(written)
            styles = ["filled", "rounded", "dashed"]
            if node.role in ("input", "parameter", "constant") or look.ellipses:
                styles.remove("rounded")
            if node.role not in ("constant", "folded"):
                styles.remove("dashed")
            expected = {
                "style": ",".join(styles),
                "fillcolor": getattr(look.palette, "folded" if faded else FILLS[node.role]),
                "color": look.palette.lit if node.lit or node.mark else look.palette.border + "a0" * faded,
                "penwidth": f"{look.stroke + (2.25 if node.mark else 1.25 if node.lit else 0.0):g}",
                "tooltip": node.name,
            }
            assert {key: given[key] for key in expected} == expected
            assert given.get("peripheries") == ("2" if node.role in ("parameter", "layer") else None)
            assert given.keys() - expected.keys() - {"peripheries"} == ({"pos", "width", "height"} if placed else set())
            colours = {"name": look.palette.ink, "text": look.palette.ink, "value": look.palette.value}
            colours["slope"] = look.palette.slope
            rows = re.findall("<tr><td>(.*?)</td></tr>", written)
            for row, line in zip(rows, drawing.figure.scene.boxes[i].lines, strict=True):
                spans = re.findall(r'<font color="([^"]*)">(<b>)?(.*?)(?:</b>)?</font>', row)
                assert [(colour, bool(bold), unescape(text)) for colour, bold, text in spans] == [
                    (colours[style] + "e6" * faded, style == "name" and not look.italic, text) for text, style in line
                ]


@pytest.mark.parametrize("theme", ["light", "olah"])
@pytest.mark.parametrize("name", graphs())
def test_dot_has_looks_of_arrows(name: str, theme: str) -> None:
    drawing = drawn(name, "up", theme)
    picture, look = drawing.picture, drawing.figure.theme
    palette = look.palette
    for placed in (False, True):
        found = [
            line for key, line in entries(dot.digraph(drawing.figure.scene, placed=placed).source).items() if ">" in key
        ]
        for edge, arrow, written in zip(picture.edges, drawing.figure.scene.arrows, found, strict=True):
            given, faded = attributes(written), picture.is_faded(edge)
            plain = palette.line + "a0" * faded
            assert given["color"] == (palette.lit if edge.mark or (edge.lit and edge.partial != 0.0) else plain)
            assert given["penwidth"] == f"{look.stroke + (2.25 if edge.mark else 1.75 if edge.lit else 0.0):g}"
            assert given.get("style") == ("dotted" if edge.partial == 0.0 else None)
            assert ("pos" in given) == placed
            assert ("lp" in given) == (placed and arrow.label is not None)
            if arrow.label is None:
                assert "<table" not in written
                continue
            outer, *inner = re.findall(r"<table ([^>]*)>", written)
            frame = palette.lit if edge.lit or edge.mark else palette.folded if faded else palette.label_line
            assert dict(re.findall(r'(\w+)="([^"]*)"', outer)) == {
                "border": "1",
                "cellborder": "0",
                "cellspacing": "0",
                "cellpadding": "2",
                "color": frame,
                "bgcolor": palette.folded if faded else palette.label,
            }
            colour, label = palette.slope + "e6" * faded, arrow.label.label
            texts = [text for text in (label.numerator, label.denominator, label.text) if text]
            spans = re.findall(r'<font color="([^"]*)">(<b>)?(.*?)(?:</b>)?</font>', written)
            assert [(c, bool(bold), unescape(text)) for c, bold, text in spans] == [
                (colour, label.bold, t) for t in texts
            ]
            assert label.bold == (edge.lit or bool(edge.mark))
            assert [dict(re.findall(r'(\w+)="([^"]*)"', table)) for table in inner] == [
                {"border": "0", "cellborder": "0", "cellspacing": "0", "cellpadding": "1", "color": colour}
            ] * (label.numerator != "")


@pytest.mark.parametrize("direction", ["up", "right"])
@pytest.mark.parametrize("theme", ["light", "olah"])
@pytest.mark.parametrize("name", graphs())
def test_dot_has_settings_of_drawing(name: str, theme: str, direction: str) -> None:
    drawing = drawn(name, direction, theme)
    look, scene = drawing.figure.theme, drawing.figure.scene
    found = entries(drawing.dot.source)
    graph = attributes(found["graph"])
    assert {key: graph[key] for key in ("rankdir", "bgcolor", "fontcolor", "fontname", "pad")} == {
        "rankdir": "BT" if direction == "up" else "LR",
        "bgcolor": look.palette.paper,
        "pad": "0.2",
        "fontcolor": look.palette.ink,
        "fontname": look.postscript,
    }
    assert graph.get("newrank") == ("true" if drawing.picture.groups else None)
    note = f'<font color="{look.palette.note}">{escape(scene.note)}</font>' if scene.note else ""
    caption = f"<b>{escape(scene.caption)}</b>" if scene.caption else ""
    below = "<br/>".join(filter(None, [caption, note]))
    assert re.findall("label=<(.*?)>(?= pad| newrank)", found["graph"]) == [below] * bool(below)
    assert attributes(found["node"]) == {
        "shape": "ellipse" if look.ellipses else "box",
        "fontname": look.postscript,
        "fontsize": "14",
        "margin": "0.1,0.05",
    }
    assert attributes(found["edge"]) == {"fontname": look.postscript, "fontsize": "12.5", "arrowsize": "0.8"}


@pytest.mark.parametrize("theme", ["light", "olah"])
@pytest.mark.parametrize("name", graphs())
def test_tikz_has_looks_of_picture(name: str, theme: str) -> None:
    """The options of each arrow, label, box and text, and the colours of the theme."""
    drawing = drawn(name, "up", theme)
    picture, scene, look = drawing.picture, drawing.figure.scene, drawing.figure.theme
    lines = drawing.tikz().splitlines()
    for colour, value in vars(look.palette).items():
        assert rf"\definecolor{{ag{colour}}}{{HTML}}{{{value[1:].upper()}}}" in lines
    assert any(line.startswith(rf"\tikzset{{ag/.style={{line width={0.75 * look.stroke:g}pt}}, ") for line in lines)

    edges = sorted(zip(picture.edges, scene.arrows, strict=True), key=lambda pair: pair[0].lit)
    arrows = [line for line in lines if line.startswith(r"\draw[ag, -latex")]
    for (edge, arrow), written in zip(edges, arrows, strict=True):
        is_zero, faded = edge.partial == 0.0, picture.is_faded(edge)
        options = ["ag", "-latex", "aglit" if edge.mark or (edge.lit and not is_zero) else "agline"]
        options += ["line width=1.8pt"] * bool(edge.mark or (edge.lit and not arrow.is_crowded))
        options += ["dotted"] * is_zero + ["opacity=0.55"] * faded
        assert written.startswith(rf"\draw[{', '.join(options)}] (")

    labelled = [edge for edge, arrow in zip(picture.edges, scene.arrows, strict=True) if arrow.label is not None]
    labels = [line for line in lines if line.startswith(r"\node[aglabel")]
    for edge, written in zip(labelled, labels, strict=True):
        end = "draw=aglit" if edge.lit or edge.mark else ""
        end = end or ("draw=agfolded, fill=agfolded, text opacity=0.7" if picture.is_faded(edge) else "")
        assert re.match(
            rf"\\node\[aglabel, minimum width=[\d.]+pt, minimum height=[\d.]+pt{', ' * bool(end)}{end}\]", written
        )

    first = next(i for i, line in enumerate(lines) if line.startswith(r"\node[agbox"))
    for node, box in zip(picture.nodes, scene.boxes, strict=True):
        faded = picture.is_faded(node)
        options = ["ellipse" if look.ellipses else "rounded corners=4pt"]
        if node.role in ("input", "parameter") and not look.ellipses:
            options = ["sharp corners"]
        options += [f"fill=ag{'folded' if faded else FILLS[node.role]}"]
        options += ["draw=aglit, line width=1.8pt"] * bool(node.lit or node.mark)
        options += ["dashed"] * (node.role in ("constant", "folded")) + ["double"] * (
            node.role in ("parameter", "layer")
        )
        assert re.match(rf"\\node\[agbox, .*?pt, .*?pt, {re.escape(', '.join(options))}\] at ", lines[first])
        texts = lines[first + 1 : first + 1 + len(box.lines)]
        middle = sum(float(re.findall(r"at \(\S+?,(\S+?)\)", text)[0]) for text in texts) / len(texts)
        assert middle == pytest.approx(box.centre[1], abs=0.1)
        for line, written in zip(box.lines, texts, strict=True):
            assert written.startswith(rf"\node[{'opacity=0.7' if faded else ''}] at (")
            colours = re.findall(r"\\textcolor\{(\w+)\}\{(\\boldsymbol)?", written)
            assert colours == [
                (f"ag{style}" if style in ("value", "slope") else "agink", r"\boldsymbol" * (style == "name"))
                for _, style in line
            ]
        first += 1 + len(texts)
    captions = [line for line in lines[first:] if line.startswith(r"\node[text=")]
    assert [line.partition(",")[0] for line in captions] == [
        rf"\node[text={colour}" for text, colour in ((scene.caption, "agink"), (scene.note, "agnote")) if text
    ]
    left, right, *_ = scene.bounds
    assert all(f"text width={px(0.75 * max(right - left, 480))}pt, anchor=north]" in line for line in captions)
