"""What is written into a page: data, templates, translated operations, and refusals; no browser."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import re
import zlib
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import numpy as np
import pytest
from drawn import HOSTILE, network, random_graph, with_label
from effort import scaled
from points import BUILT_IN, ordinary
from samples import olah

import autograd as ag
import nn
from autograd import Value
from autograd.drawing import themes
from autograd.drawing.exploring import placement
from autograd.drawing.exploring.contents import wording
from autograd.drawing.exploring.document import in_script
from autograd.drawing.exploring.sources import functions, needed, source
from autograd.drawing.exploring.translation import Translation, UntranslatableError, _slices, is_written
from autograd.drawing.shapes import Label
from autograd.drawing.typeface import width
from autograd.expressions import evaluate
from autograd.symbolic.formula import definition, partials, symbol
from autograd.symbolic.notation import write
from autograd.value import record


class Shell(HTMLParser):
    """The elements of a page, and the text of each script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def program(page: str) -> str:
    """The program that is packed in a page."""
    packed = Shell(page).scripts[0]
    return zlib.decompress(base64.b64decode(packed), -zlib.MAX_WBITS).decode()


def data(page: str) -> dict[str, Any]:
    """What the program is told of the graph."""
    found: dict[str, Any] = json.loads(re.findall(r"^const page = (.*);$", program(page), re.MULTILINE)[0])
    return found


def chained(count: int) -> Value:
    """A graph of some `count` nodes in layers, as a network has."""
    net = nn.MLP(8, [12, 8, 2], seed=0)
    C = nn.quadratic(net([0.1 * i for i in range(8)]), [1.0, 0.0])
    assert len(ag.topological_order(C)) >= count - 20
    return C.named("C")


# --- what is in it


def test_numbers_of_olahs_expression() -> None:
    *_, e = olah()
    found = data(ag.explore(e).html())
    assert found["names"] == ["a", "b", "c", "d", "e"]
    assert found["values"] == [2, 1, 3, 2, 6]
    assert found["adjoints"] == [2, 5, 2, 3, 1]
    assert found["partials"] == [1, 1, 1, 2, 3]
    assert found["operands"] == [[], [], [0, 1], [1, [1]], [2, 3]]
    assert [shape[1] for shape in found["shapes"]] == ["{0} + {1}", "{0} + 1", "{0}·{1}"]


def test_derivatives_equal_backward() -> None:
    output, leaves = random_graph(3)
    page = ag.explore(output)
    html = page.html()
    assert [x.grad for x in ag.topological_order(output)] == [0.0] * len(ag.topological_order(output))
    output.backward()
    found = data(html)
    for x in leaves:
        if x in page.contents.place:
            assert found["adjoints"][page.contents.place[x]] == x.grad


def test_small_pages_are_small() -> None:
    net = nn.MLP(2, [3, 1], seed=0)
    small = ag.explore(nn.quadratic(net([1.0, 0.5]), [1.0]).named("C"), net.layers[0].weight[0, 0])
    assert len(small.contents.nodes) == 26
    assert len(small.html().encode()) < 25_000
    large = ag.explore(chained(300))
    assert 280 < len(large.contents.nodes) <= 300
    assert len(large.html().encode()) < 120_000


def test_page_has_only_needed_functions() -> None:
    *_, e = olah()
    text = program(ag.explore(e).html())
    assert re.findall(r"^function (\w+)\(x", text, re.MULTILINE)[:2] == ["add", "mul"]
    assert "function sech" not in text
    x = Value(1.0)
    assert "function sech" in program(ag.explore(ag.sigmoid(x)).html())


def test_templates_match_trace() -> None:
    for op in BUILT_IN.values():
        node = record(op, [Value(x) for x in ordinary(op)[0]])
        words = wording(node)
        operands = [symbol(f"{{{i}}}", x.data) for i, x in enumerate(node.operands)]
        assert words.partials == [write(x) for x in partials(op, operands, node.data)]
        assert all(len(row) == len(operands) for row in (words.partials, words.numbers))


def test_infinities_and_nan_are_strings() -> None:
    x = Value(math.inf, "x")
    found = data(ag.explore((x - x * 2 + -x).named("y")).html())
    assert set(found["values"]) == {"Infinity", "-Infinity", "NaN"}
    assert str(data(ag.explore(Value(-0.0)).html())["values"]) == "[-0.0]"


def test_every_operation_has_javascript() -> None:
    assert [op.name for op in BUILT_IN.values() if not is_written(op)] == []


# --- operations of users


def test_translation_of_math_and_numpy(unchanged_table: None) -> None:
    inner = ag.operation("inner", lambda x: math.fabs(x) + math.pi, lambda x, z: ag.sign(x))
    outer = ag.operation("outer", lambda x, y: inner(max(x, y)) / np.exp(y), lambda x, y, z: (z, math.exp(y) * z))
    translation = Translation(outer(Value(2.0), Value(1.0)))
    assert translation.forward == "(...v)=>((abs(maximum(v[0],v[1]))+3.141592653589793)/exp(v[1]))"
    assert translation.partials == "(v,z)=>[z,(exp(v[1])*z)]"
    assert translation.calls == {"abs", "maximum", "exp"}


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: x if x > 0 else 0.0,
        lambda x: 3.0 * x if x == 0.0 else x,
        lambda x: x if x else 1.0,
        math.gamma,
        lambda x: float(f"{x:.3}"),
        lambda x: float(np.linspace(0, x, 3)[1]),
        lambda x: int(x) * x,
    ],
)
def test_untranslatable_operations(unchanged_table: None, forward: Any) -> None:
    op = ag.operation("mine", forward, lambda x, z: 1.0)
    with pytest.raises(UntranslatableError, match="mine can only be computed in Python"):
        Translation(op(Value(2.0)))
    found = data(ag.explore(op(Value(2.0)) * 2).html())
    assert found["why"].startswith("mine can only be computed in Python")
    assert [rule for rule, *_ in found["shapes"]].count(-1) == 1


@pytest.mark.parametrize(("at", "elsewhere"), [(0.0, 1.0), (2.0, 4.0), (-4.0, -5.0)])
def test_branch_at_second_point_is_found(unchanged_table: None, at: float, elsewhere: float) -> None:
    """An operation is translated at x and at 1.5x + 1, and has to be the same at both."""

    def bent(x: Any) -> Any:
        return 2.0 * x if abs(getattr(x, "value", x) - elsewhere) < 0.1 else x

    mine = ag.operation("mine", bent, lambda x, z: 1.0)
    with pytest.raises(UntranslatableError, match=r"mine can only .* depends on the numbers of its operands"):
        Translation(mine(Value(at)))


def test_rule_may_square_its_result(unchanged_table: None) -> None:
    mine = ag.operation("mine", math.tanh, lambda x, z: 1.0 - z * z)
    assert Translation(mine(Value(0.5))).partials == "(v,z)=>[(1-pow(z,2))]"
    assert data(ag.explore(mine(Value(0.5))).html())["why"] == ""


def test_consecutive_operands_become_slice() -> None:
    xs = [Value(float(i)) for i in range(9)]
    assert Translation(ag.logsumexp(xs)).partials.startswith("(v,z)=>[softmax(0,...v),softmax(1,...v),")
    assert Translation(ag.dot(xs[:4], xs[4:8], xs[8])).partials == "(v,z)=>[...v.slice(4,8),...v.slice(0,4),1]"


# --- what is refused


def test_large_graph_is_refused() -> None:
    xs = [Value(float(i)) for i in range(1500)]
    with pytest.raises(
        ValueError, match=r"at most max_nodes=1,500 nodes, got 1,501; pass wrt= .*total\(\) and dot\(\)"
    ):
        ag.explore(ag.total(xs).named("C"))
    with pytest.raises(ValueError, match="max_nodes must be at most 5,000, got 5,001"):
        ag.explore(xs[0], max_nodes=5001)
    page = ag.explore(ag.total(xs).named("C"), xs[3])
    assert [page.contents.names[x] for x in page.contents.nodes] == ["v₄", "C"]
    assert "2 of 1,501 nodes: those between v₄ and C" in program(page.html())
    inner = (xs[0] * xs[1]).named("z")
    given, slots = data(ag.explore(ag.total([inner, *xs]), inner).html())["operands"]
    assert (given, slots[0], [number for number, _ in slots[1:]]) == ([], 0, list(range(1500)))
    deep = xs[0]
    for _ in range(2000):
        deep = -deep
    with pytest.raises(ValueError, match="choose wrt nearer to the output"):
        ag.explore(deep, xs[0])


def test_invalid_arguments_are_refused() -> None:
    a, b, *_, e = olah()
    for call, error, message in (
        (lambda: ag.explore(2.0), TypeError, "explore\\(\\) takes Values, got float 2.0"),  # type: ignore[arg-type]
        (lambda: ag.explore(e, "b"), TypeError, "got str 'b'"),  # type: ignore[arg-type]
        (lambda: ag.explore(e, Value(1.0, "q")), ValueError, "e does not depend on q"),
        (lambda: ag.explore(e, theme="olah"), ValueError, "theme must be one of"),  # type: ignore[arg-type]
        (lambda: ag.explore(e, direction="down"), ValueError, "direction must be one of"),  # type: ignore[arg-type]
        (lambda: ag.explore(e, x=[1.0]), ValueError, "x must be None without net"),
        (lambda: ag.explore(e, b, steps=True), TypeError, "steps must be a derivation, got bool; pass trace"),
        (lambda: ag.explore(e, steps=ag.trace(e.operands[0], b).steps()), ValueError, "steps must derive the output"),
    ):
        with pytest.raises(error, match=message):
            call()
    a.data = 7.0
    with pytest.raises(ValueError, match="was changed after it was computed"):
        ag.explore(e, b)


def test_steps_are_in_a_block_of_their_own() -> None:
    a = Value(2.0, "<script>a")
    e = (ag.sigmoid(a) * a).named("e")
    steps = ag.trace(e, a).steps()
    page = ag.explore(e, a, steps=steps).html()
    assert steps.html() in page
    assert "<summary>Every step, with the numbers of Python</summary>" in page
    assert Shell(page).scripts == [*Shell(page).scripts[:2]]
    assert "derivation" not in ag.explore(e, a).html()


def test_page_keeps_its_numbers() -> None:
    a, b, *_, e = olah()
    page, unchanged = ag.explore(e, b), ag.explore(e, b).html()
    a.data = 7.0
    assert page.html() == unchanged
    assert repr(page) == "<page of e = 6: 5 nodes; .save('page.html')>"


def test_save_page(tmp_path: Any) -> None:
    *_, e = olah()
    page = ag.explore(e)
    assert page.save(tmp_path / "e.html").read_text(encoding="utf-8") == page.html()
    with pytest.raises(ValueError, match=r"path must end in \.html, got 'e\.svg'"):
        page.save(tmp_path / "e.svg")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        page.save(tmp_path / "nowhere" / "e.html")
    assert [path.name for path in tmp_path.iterdir()] == ["e.html"]


# --- what cannot happen to its text


def test_the_policy_lets_in_what_is_there_and_nothing_else() -> None:
    net = nn.MLP(2, [2, 1], seed=0)
    C = nn.quadratic(net([1.0, 0.5]), [1.0])
    for page in (ag.explore(C).html(), ag.explore(C, net.layers[0].bias[0], net=net, x=[1.0, 0.5]).html()):
        policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0]
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe" not in policy
        shell = Shell(page)
        styles = [json.loads(re.findall(r"^const style = (.*);$", program(page), re.MULTILINE)[0])]
        styles += re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        for text in (program(page), shell.scripts[1], *styles):
            assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
        assert not [name for name, _ in shell.attributes if name.startswith("on") or name in ("src", "href", "style")]


def test_no_label_gets_out_of_its_text() -> None:
    draw = random.Random(0)
    alphabet = [
        *HOSTILE,
        *"<>&\"'`\\/=;{}$@!-[]()",
        "</",
        "<script",
        "<!--",
        "\u2028",
        "\u2029",
        "\ud800",
        "&lt;",
        "${",
        "ab",
    ]
    labels = ["".join(draw.choices(alphabet, k=draw.randint(1, 6))) for _ in range(scaled(10_000))] + HOSTILE
    plain = Shell(ag.explore(ag.total([Value(1.0, "x"), 2.0])).html())
    for start in range(0, len(labels), 1000):
        leaves = [Value(1.0, label) for label in labels[start : start + 1000]]
        page = ag.explore(ag.total(leaves).named(labels[start]), max_nodes=5000)
        shell = Shell(page.html())
        assert shell.tags == plain.tags
        assert {name for name, _ in shell.attributes} == {name for name, _ in plain.attributes}
        found = data(page.html())
        assert found["names"] == [page.contents.names[node] for node in page.contents.nodes]
        assert all(name.isprintable() and len(name) < 1100 for name in found["names"])
        assert not re.search("[<\u2028\u2029]", re.findall("^const page = .*$", program(page.html()), re.MULTILINE)[0])


@pytest.mark.parametrize("label", HOSTILE)
def test_notebook_escapes_labels(label: str) -> None:
    e, b = with_label(label)
    shell = Shell(ag.explore(e, b)._repr_mimebundle_()["text/html"])
    assert shell.tags == ["details", "summary", "img", "iframe"]
    frame = dict(shell.attributes)
    assert Shell(frame["srcdoc"] or "").tags == Shell(ag.explore(e, b).html()).tags
    assert frame["sandbox"] == "allow-scripts allow-downloads"


def test_untrusted_notebook_keeps_picture() -> None:
    C, w = network()
    bundle = ag.explore(C, w)._repr_mimebundle_()
    kept = re.sub(r"<iframe.*</iframe>", "", bundle["text/html"], flags=re.DOTALL)
    assert re.fullmatch(
        r'<details><summary>Static picture</summary><img alt="[^"<>]+" src="data:image/svg[^"]+"></details>', kept
    )
    assert (
        bundle["text/plain"]
        == f"<page of C = {C.data:.4g}: {len(ag.explore(C, w).contents.nodes)} nodes; .save('page.html')>"
    )


def test_static_picture_is_the_drawing_of_the_same_derivative() -> None:
    C, w = network()
    (source,) = re.findall(
        r'src="data:image/svg\+xml;base64,([^"]+)"', ag.explore(C, w)._repr_mimebundle_()["text/html"]
    )
    assert base64.b64decode(source).decode() == ag.draw(C, w).svg() != ag.draw(C).svg()


def test_large_page_has_no_static_picture() -> None:
    """A graph may have more nodes on a page than in a picture."""
    x = Value(1.0, "x")
    y = x
    for _ in range(450):
        y = ag.sin(y)
    with pytest.raises(ValueError, match="max_nodes"):
        ag.draw(y, x)
    assert ag.explore(y, x)._repr_mimebundle_()["text/html"].startswith("<iframe ")


def test_diagram_highlights_only_parameters() -> None:
    net, inputs = nn.MLP(2, [3, 1], seed=0), [1.0, 0.5]
    C = nn.quadratic(net(inputs), [1.0]).named("C")
    bias, hidden = net.layers[0].bias[0], next(node for node in ag.topological_order(C) if node.op is not None)
    described = r'<details id="network".*?<desc[^>]*>(.*?)</desc>'
    for wrt, single in [(bias, bias), (hidden, None)]:
        page = ag.explore(C, wrt, net=net, x=inputs).html()
        drawn = ag.draw_network(net, inputs, cost=C, wrt=single).svg()
        assert re.findall(described, page, re.DOTALL) == re.findall(described.partition("?")[2], drawn, re.DOTALL)


def test_sources_have_no_comments() -> None:
    for file in resources.files("autograd.drawing.exploring").joinpath("page").iterdir():
        lines = source(file.name).splitlines()
        assert lines, file.name
        assert [line for line in lines if not line or line != line.strip() or line.startswith("//")] == []


@pytest.mark.parametrize("direction", ["up", "right"])
def test_page_texts_fit_boxes(direction: Any) -> None:
    """There is room for a definition and for both derivatives, with the longest number that is written."""
    draw = random.Random(11)
    for _ in range(scaled(50)):
        leaves = [placement.Caption(draw.choice(["x", "W₁,₁", "weight", "temperature"]), "") for _ in range(2)]
        inner = [
            placement.Caption(draw.choice(["y", "sum", "activation"]), draw.choice(["x²", "x + y + z + weight", "1/x"]))
            for _ in range(3)
        ]
        nodes = [*leaves, *inner]
        links = [(i, j) for j in range(2, 5) for i in range(j)]
        placed = placement.place(nodes, links, direction)
        output = placement.short(nodes[-1].name)
        for node, (_, _, room) in zip(nodes, placed.boxes, strict=True):
            name = placement.short(node.name)
            lines = [f"{name} = −0.01234", f"∂{output}/∂{name} = −0.01234"]
            zero = "−0.01234" if node.definition else "0"
            lines += [f"∂{name}/∂{placement.short(leaf.name)} = {zero}" for leaf in leaves]
            assert max(width(line, 14.0) for line in lines) < room
            if node.definition:
                assert width(name, 14.0, bold=True) + width(f" = {node.definition}", 14.0) < room


@pytest.mark.parametrize(("edges", "labels"), [(120, "fraction"), (121, "number"), (600, "number"), (601, "")])
def test_edge_labels_depend_on_count(edges: int, labels: str) -> None:
    nodes = [placement.Caption("x", ""), placement.Caption("y", "f(x)")]
    placed = placement.place(nodes, [(0, 1)] * edges, "up")
    assert placed.labels == labels
    fraction = round(width("∂y", 12.5, bold=True)) if labels == "fraction" else 0
    assert {over for *_, over in placed.edges} == {fraction}
    assert all((x, y) == (0, 0) for _, x, y, _ in placed.edges) == (labels == "")


def test_rule_for_floats_has_no_templates(unchanged_table: None) -> None:
    tilt = ag.operation("tilt", lambda x: math.atan(x), lambda x, z: 1.0 / (1.0 + math.pow(x, 2.0)))
    words = wording(tilt(Value(2.0, "x")))
    assert words.definition == "tilt({0})"
    assert words.numbers == [""]


# --- rules in JavaScript


def in_python(function: str) -> Any:
    """Return a translated function, of which the text is also Python once its slices and constants are rewritten."""
    head, _, body = function.partition("=>")
    body = re.sub(r"\.\.\.v\.slice\((\d+),(\d+)\)", r"*v[\1:\2]", body).replace("...v", "*v")
    names = {name: op.value for name, op in BUILT_IN.items()}
    statements = body.strip("{}").split(";") if body.startswith("{") else [f"return {body}"]
    lines = [f"def f({'*v' if head == '(...v)' else head.strip('()')}):"]
    lines += [f"    {statement.removeprefix('const ')}" for statement in statements if statement]
    space: dict[str, Any] = {"NaN": math.nan, "Infinity": math.inf, **names}
    exec("\n".join(lines), space)
    return space["f"]


def random_function(draw: random.Random, arguments: list[str], results: int) -> str:
    """Python statements of arithmetic, math and NumPy that use intermediate results again."""
    names, lines = list(arguments), []
    for k in range(draw.randint(1, 8)):
        x, y = draw.choices(names[-4:], k=2)
        number = draw.choice(["2", "0.5", "-3", "1e-3"])
        forms = [f"math.atan({x})", f"np.tanh({x})", f"{x} * {y}", f"{x} - {y}", f"{x} + {number}", f"-{x}"]
        forms += [f"abs({x})", f"max({x}, {y})", f"{number} * {x}", f"{x} / (1 + {y} * {y})", f"math.fabs({x}) ** 0.5"]
        lines.append(f"    s{k} = {draw.choice(forms)}")
        names.append(f"s{k}")
    chosen = [draw.choice(names[-3:]) for _ in range(results)]
    return "\n".join([f"def f({', '.join(arguments)}):", *lines, f"    return {', '.join(chosen)}"])


def test_translated_functions_compute_the_same(unchanged_table: None) -> None:
    for seed in range(scaled(150)):
        draw = random.Random(seed)
        count = draw.randint(1, 6)
        arguments = [f"x{i}" for i in range(count)]
        functions: list[Any] = []
        for text in (
            random_function(draw, arguments, 1),
            random_function(draw, [*arguments, "z"], draw.choice([count, count])),
        ):
            space: dict[str, Any] = {"math": math, "np": np}
            exec(text, space)
            functions.append(space["f"])
        op = ag.operation("drawn", *functions)
        translation = Translation(op(*(Value(draw.uniform(0.5, 2.0)) for _ in range(count))))
        forward, partial = in_python(translation.forward), in_python(translation.partials)
        for _ in range(3):
            point, z = [draw.uniform(-2.0, 2.0) for _ in range(count)], draw.uniform(-2.0, 2.0)
            assert forward(*point) == pytest.approx(functions[0](*point), rel=1e-12), seed
            claimed = functions[1](*point, z)
            assert partial(point, z) == pytest.approx([claimed] if count == 1 else list(claimed), rel=1e-12), seed
        del ag.TABLE["drawn"]


def test_rules_of_the_table_compute_the_same() -> None:
    for op in BUILT_IN.values():
        for point in ordinary(op):
            node = record(op, [Value(x) for x in point])
            translation = Translation(node)
            assert in_python(f"(...v)=>{translation.forward}(...v)")(*point) == node.data, op
            written = in_python(translation.partials)(list(point), node.data)
            assert written == pytest.approx(node.partials, rel=1e-9, abs=1e-300, nan_ok=True), op


def test_repeated_results_are_computed_once(unchanged_table: None) -> None:
    def tower(x: Any) -> Any:
        for _ in range(9):
            x = ag.atan(x) * x
        return x

    op = ag.operation("tower", tower, lambda x, z: tower(x))
    translation = Translation(op(Value(1.5)))
    assert translation.forward.count("atan(") == 9
    assert in_python(translation.forward)(0.5) == pytest.approx(tower(0.5))


@pytest.mark.parametrize("length", [1, 3, 4, 5])
@pytest.mark.parametrize("start", [0, 1])
def test_slices_have_four_elements_or_more(length: int, start: int) -> None:
    """Consecutive elements of v, at its beginning, within it, and all of it."""
    for count in (start + length, start + length + 1):
        texts = [f"v[{i}]" for i in range(start, start + length)]
        if length < 4:
            expected = texts
        elif (start, length) == (0, count):
            expected = ["...v"]
        else:
            expected = [f"...v.slice({start},{start + length})"]
        for before, after in ([], []), (["z"], ["v[9]", "1"]), (["v[8]", "v[9]"], []):
            assert list(_slices([*before, *texts, *after], count)) == [*before, *expected, *after]


# --- the document


def palette(text: str) -> dict[str, str]:
    return dict(declaration.split(":") for declaration in text.split(";"))


@pytest.mark.parametrize(("theme", "scheme"), [("auto", "light dark"), ("light", "light"), ("dark", "dark")])
def test_page_has_the_colours_of_its_theme(theme: Any, scheme: str) -> None:
    page = ag.explore(olah()[-1], theme=theme).html()
    (style,) = re.findall(r"^const style = (.*);$", program(page), re.MULTILINE)
    sheet = json.loads(style)
    light, dark, paper = (vars_of(colours) for colours in (themes.LIGHT, themes.DARK, themes.PRINT))
    expected = {"color-scheme": scheme} | (dark if theme == "dark" else light)
    assert palette(sheet[len(":root{") : sheet.index("}")]) == expected
    assert f'<meta name="color-scheme" content="{scheme}">' in page
    overridden = re.findall(r"^@media\(prefers-color-scheme:dark\){:root{(.*?)}}", sheet.partition("}")[2])
    differing = {name: colour for name, colour in dark.items() if colour != light[name]}
    assert [palette(text) for text in overridden] == ([differing] if theme == "auto" else [])
    (printed,) = re.findall(r"@media print{:root{(.*?)}}", sheet)
    assert palette(printed) == {"color-scheme": "light"} | paper


def vars_of(colours: Any) -> dict[str, str]:
    return {f"--{name}": str(colour) for name, colour in vars(colours).items()}


def test_page_has_its_title_policy_and_scripts() -> None:
    b = Value(1.0, "b")
    page = ag.explore((b * b).named("<e&")).html()
    assert "<title>&lt;e&amp; = 1</title>" in page
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives.keys() == {"default-src", "script-src", "style-src", "base-uri", "form-action"}
    assert {directives[name] for name in ("default-src", "base-uri", "form-action")} == {"'none'"}
    assert (directives["script-src"].count(" "), directives["style-src"].count(" ")) == (1, 0)
    written = program(page)
    assert written.startswith('(() => { "use strict";\nconst style = ')
    assert written.endswith("})();")
    files = {file.name for file in resources.files("autograd.drawing.exploring").joinpath("page").iterdir()}
    scripts = {name for name in files if name.endswith(".js")} - {"loader.js", "operations.js"}
    places = [written.index(source(name)) for name in scripts]
    assert len(set(places)) == len(scripts) == 14
    assert not re.search("@[A-Z]+@", page)


def test_scripts_have_no_numbers_that_json_lacks() -> None:
    for number in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="not JSON compliant"):
            in_script([number])
    texts = ["<", "\u2028\u2029", "\ud800", "é", '"', "\\"]
    assert json.loads(in_script(texts)) == texts
    assert in_script({"a": [1, 2]}) == '{"a":[1,2]}'
    assert in_script("é<\u2028") == '"é\\u003c\\u2028"'


# --- the data


@pytest.mark.parametrize("has_wrt", [False, True])
def test_graph_or_slice_has_at_most_max_nodes(has_wrt: bool) -> None:
    """A larger graph becomes the slice of the derivative; where that is too large too, it is refused."""
    x, y = Value(0.5, "x"), Value(0.25, "y")
    inner = y
    for _ in range(4):
        inner = ag.sin(inner) + 2
    output = ag.total([ag.cos(ag.sin(x)), inner]).named("C")
    whole, part = 13, 4
    for limit in range(1, 15):
        expected = whole if limit >= whole else part if has_wrt and limit >= part else 0
        if expected:
            page = ag.explore(output, x if has_wrt else None, max_nodes=limit)
            assert len(page.contents.nodes) == expected
            assert page.contents.is_slice == (expected == part)
            assert repr(page.contents) == f"<contents of a page: {expected} of 13 nodes>"
            assert ("those between" in page._note()) == (expected == part)
            continue
        count, remedy = (part, "choose wrt nearer to the output") if has_wrt else (whole, "pass wrt= for the slice")
        message = rf"at most max_nodes={limit} nodes, got {count}; {remedy}.* larger max_nodes, up to 5,000"
        with pytest.raises(ValueError, match=message):
            ag.explore(output, x if has_wrt else None, max_nodes=limit)


@pytest.mark.parametrize("count", [1500, 1501, 5000, 5001])
def test_refusal_names_a_limit_that_would_do(count: int) -> None:
    output = ag.total([Value(1.0) for _ in range(count - 1)])
    if count <= 1500:
        assert len(ag.explore(output).contents.nodes) == count
        return
    with pytest.raises(ValueError, match=f"got {count:,}") as caught:
        ag.explore(output)
    assert ("or pass a larger max_nodes, up to 5,000" in str(caught.value)) == (count <= 5000)
    if count == 5000:
        assert len(ag.explore(output, max_nodes=5000).contents.nodes) == count


def test_numbers_are_as_short_as_they_are_exact() -> None:
    numbers = [0.0, -0.0, 2.0, -3.0, 0.5, 1e15 - 1, 1 - 1e15, 1e15, -1e15, 1e300, math.inf, -math.inf]
    page = data(ag.explore(ag.total([Value(x) for x in numbers])).html())
    shown = ["0", "-0.0", "2", "-3", "0.5", "999999999999999", "-999999999999999", "1000000000000000.0"]
    shown += ["-1000000000000000.0", "1e+300", "Infinity", "-Infinity", "NaN"]
    assert [str(x) for x in page["values"]] == shown
    assert [type(x) for x in page["values"][-3:]] == [str] * 3


@pytest.mark.parametrize("direction", ["up", "right"])
@pytest.mark.parametrize("sliced", [False, True])
def test_data_describe_the_graph(direction: Any, sliced: bool) -> None:
    """Every list has the nodes in one order, and the layout is that of the names and definitions."""
    for seed in range(scaled(20)):
        output, leaves = random_graph(seed, 12)
        wrt = next(leaf for leaf in leaves if leaf in ag.leaves(output))
        order = [node for node in ag.topological_order(output) if not node.constant]
        limit = len(ag.between(wrt, output)) if sliced else len(order)
        page = ag.explore(output, wrt, direction=direction, max_nodes=limit)
        nodes = page.contents.nodes
        assert list(map(id, nodes)) == list(map(id, ag.between(wrt, output) if limit < len(order) else order))
        found, index = data(page.html()), {id(node): i for i, node in enumerate(nodes)}
        operands = [() if sliced and node is wrt else node.operands for node in nodes]
        links = [(index[id(x)], i) for i, xs in enumerate(operands) for x in xs if id(x) in index]
        assert found["kinds"] == [kind if node.op else -1 for kind, node in zip(found["kinds"], nodes, strict=True)]
        assert (found["wrt"], found["up"], found["why"]) == (index[id(wrt)], int(direction == "up"), "")
        assert found["partials"] == [
            p
            for xs, n in zip(operands, nodes, strict=True)
            for x, p in zip(xs, n.partials, strict=False)
            if id(x) in index
        ]
        derivatives = ag.gradient(output, list(nodes))
        assert found["adjoints"] == pytest.approx([getattr(x, "data", x) for x in derivatives], rel=1e-12)
        below = [i for i, xs in enumerate(operands) if xs]
        assert sorted(found["downward"]) == below
        assert found["downward"][0] == len(nodes) - 1
        place = {i: k for k, i in enumerate(found["downward"])}
        assert all(place[i] > place[k] for i, k in links if i in place)
        captions = [
            placement.Caption(name, write(definition(node, page.contents._labels)) if xs else "")
            for name, node, xs in zip(found["names"], nodes, operands, strict=True)
        ]
        placed = placement.place(captions, links, direction)
        assert json.loads(json.dumps(placed._asdict())) == {key: found[key] for key in placed._fields}
        for kind, node in zip(found["kinds"], nodes, strict=True):
            if kind >= 0:
                _, written, partial, numbers = found["shapes"][kind]
                words = wording(node)
                assert (written, partial) == words[:2]
                assert (numbers or partial) == words.numbers
                assert numbers != partial


def test_page_without_wrt_pins_nothing() -> None:
    assert data(ag.explore(olah()[-1]).html())["wrt"] == -1


def test_float_rules_have_one_empty_template_per_operand(unchanged_table: None) -> None:
    mine = ag.operation("mine", lambda x, y: x * y, lambda x, y, z: (float(y), float(x) * 1.0))
    words = wording(mine(Value(2.0), Value(3.0)))
    assert words.numbers == ["", ""]
    assert len(words.partials) == 2
    assert wording(mine(2.0, Value(3.0))).partials[0] == ""


def test_frame_in_notebook() -> None:
    (frame,) = re.findall(r"<iframe ([^>]*?) srcdoc=", ag.explore(olah()[-1])._repr_mimebundle_()["text/html"])
    assert frame == 'title="e = 6" sandbox="allow-scripts allow-downloads" width="100%" height="860" style="border:0"'


def test_forms_share_templates() -> None:
    """Numbers in expressions are part of a template, and the numbers of operands are not."""
    x, y = Value(3.0, "x"), Value(4.0, "y")
    nodes = [x**2, x**3, y**2, 2 * x, x * 2, x * y, y * x]
    page = ag.explore(ag.total(nodes))
    found = data(page.html())
    kinds = [found["kinds"][page.contents.place[node]] for node in nodes]
    assert [found["shapes"][kind][1] for kind in kinds] == [
        "{0}²",
        "{0}³",
        "{0}²",
        "2{1}",
        "{0}·2",
        "{0}·{1}",
        "{0}·{1}",
    ]
    assert [kinds.index(kind) for kind in kinds] == [0, 1, 0, 3, 4, 5, 5]


def test_numbers_in_expressions_have_no_names() -> None:
    page = ag.explore(ag.sin(Value(1.0) + 2) * 3 - 4)
    assert data(page.html())["names"] == ["v₁", "v₂", "v₃", "v₅", "v₄"]
    constant = evaluate("1 + 2").output
    assert constant.constant
    page = ag.explore(constant)
    assert (data(page.html())["names"], data(page.html())["values"]) == (["v₁"], [3])


@pytest.mark.parametrize("kind", ["fraction", "number", ""])
def test_labels_take_the_room_of_those_in_drawings(kind: str) -> None:
    number = "−0.01234"
    if kind == "fraction":
        label = Label("∂theta", "∂x", f"= {number}", bold=True)
        assert placement._label(kind, label.fraction_width) == label.box
    else:
        assert placement._label(kind, 0.0) == (Label("", "", number, bold=False).box if kind else None)


def test_names_and_definitions_have_a_largest_width() -> None:
    assert [placement.short("n" * length) for length in (13, 14, 15, 99)] == ["n" * 13, "n" * 14, *["n" * 13 + "…"] * 2]
    for length in range(1, 60):
        definition = "x" * length
        nodes = [placement.Caption("x", ""), placement.Caption("y", definition)]
        *_, room = placement.place(nodes, [(0, 1)], "up").boxes[1]
        written = width("y", 14.0, bold=True) + width(f" = {definition}", 14.0)
        lines = [width(text, 14.0) for text in ("y = −0.01234", "∂y/∂y = −0.01234", "∂y/∂x = −0.01234")]
        assert room == pytest.approx(max(*lines, min(written, 260.0)) + 16.0, abs=0.5 + 0.01 * len(lines))
    assert written > 260.0


def test_labels_that_are_expressions_are_marked_for_the_page() -> None:
    a, b = Value(2.0, "x1"), Value(3.0, "w[1,1]")
    s = (a * b).named("x1*w1")
    page = ag.explore((s**2).named("two words"))
    names = data(page.html())["names"]
    assert [names[i] for i in data(page.html())["phrases"]] == ["x1*w1", "two words"]


def off_line(point: Any, start: Any, end: Any) -> float:
    """Return the distance of a point from a line, along the axis in which the line is shorter."""
    (x, y), (x0, y0), (x1, y1) = point, start, end
    return abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / max(abs(x1 - x0), abs(y1 - y0))


@pytest.mark.parametrize(("middle", "straight"), [((5, 0), True), ((5, 1), True), ((5, -1), True), ((5, 2), False)])
@pytest.mark.parametrize("swapped", [False, True])
def test_straight_is_within_a_pixel(middle: Any, straight: bool, swapped: bool) -> None:
    points = [(0, 0), (3, 0), middle, (10, 0)]
    assert placement._is_straight([(y, x) for x, y in points] if swapped else points) == straight


def test_paths_follow_their_curves() -> None:
    """Straight pieces in one direction are joined, and no others; curves have their control points."""
    joined = 0
    for seed in range(scaled(300)):
        draw = random.Random(seed)
        points: list[Any] = [(draw.randint(0, 50), draw.randint(0, 50))]
        for _ in range(draw.randint(2, 7)):
            x, y = points[-1]
            dx, dy = draw.choice([(0, 30), (0, 60), (30, 30), (20, 40), (-20, 40), (0, 0.3), (40, 10)])
            thirds = [(x + dx * k / 3, y + dy * k / 3) for k in (1, 2)]
            bend = draw.choice([0, 0, 0, 12, -9])
            points += [(a + bend, b) for a, b in thirds] + [(x + dx, y + dy)]
        curve, _ = placement.arrow(points, 9.0)
        whole = [(round(x), round(y)) for x, y in curve]
        start, *steps = re.findall(r"[Mvlc][^Mvlc]*", placement._path(points))
        at = tuple(map(int, re.findall(r"-?\d+", start)))
        assert at == whole[0]
        k, lines = 0, []
        for step in steps:
            numbers = [int(x) for x in re.findall(r"-?\d+", step)]
            if step[0] == "c":
                ends = [(at[0] + x, at[1] + y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
                while whole[k] != at or whole[k + 1 : k + 4] != ends:
                    k += 3
                assert not all(off_line(p, at, ends[-1]) <= 1 for p in ends[:2])
                k, at, lines = k + 3, ends[-1], []
                continue
            end = (at[0], at[1] + numbers[0]) if step[0] == "v" else (at[0] + numbers[0], at[1] + numbers[1])
            assert (step[0] == "v") == (end[0] == at[0])
            first = whole.index(at, k)
            k = len(whole) - 1 - whole[::-1].index(end)
            joined += k - first > 3
            if lines:
                assert off_line(at, lines[-1], end) > 1
            lines.append(at)
            at = end
        assert at == whole[-1]
    assert joined > 10


def test_functions_come_with_all_that_they_call() -> None:
    """The closure of the calls, each function once, and nothing else of ``operations.js``."""
    whole = functions()
    calls = {
        name: set(re.findall(r"(?<!Math\.)\b(\w+)\(", text.partition("{")[2])) & set(whole)
        for name, text in whole.items()
    }
    assert any(calls.values())
    for name in whole:
        expected, waiting = set(), {name}
        while waiting:
            expected |= waiting
            waiting = set().union(*(calls[x] for x in waiting)) - expected
        written = needed([name])
        assert re.findall(r"^function (\w+)", written, re.MULTILINE)[0] == name
        assert sorted(re.findall(r"^function (\w+)", written, re.MULTILINE)) == sorted(expected)
        assert len(written) == sum(len(whole[x]) for x in expected)
    assert needed([]) == ""
    assert needed(["tanh", "exp", "tanh"]) == needed({"exp", "tanh"})
