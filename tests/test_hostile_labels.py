"""Labels that mean harm, ten thousand in the thorough profile, through everything that is drawn, traced or exported."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from drawn import HOSTILE
from effort import IS_THOROUGH

import autograd as ag
from autograd import Value, draw
from autograd.symbolic.typesetting import for_notebooks

COUNT, BATCH = 10_000 if IS_THOROUGH else 1_000, 500
PIECES = [
    *(text for text in HOSTILE if len(text) < 100),
    *"<>&\"`\\{}[]()$#%^_~;:|/*+-=.,!?@' \t\n\r",
    *("<script>alert(1)</script>", "<svg onload=x>", "]]>", "-->", "&lt;", "&#60;", "javascript:", "<br>", "</text>"),
    *("\\end{document}", "\\input{x}", "\\write18", "$$", "}}"),
    *("%%{init}%%", "click n0 href", "subgraph", ":::lit", "end"),
    *("[x](", "](http://evil.example)", "![", "<http://", "https://", "//", "www.", "@evil.example", "a@", "mailto:"),
    *("```", "~~~", "# ", "- ", "1. ", "> ", "|---|", "[^1]", "[x]: ", "&#91;", "\\[", "^^5c", "^^"),
    *("a", "W", "0", "é", "λ", "中", "🎉", "^2", "[1,2]"),
    *("\u202e", "\u200d", "\ufeff", "\x00", "\x1b", "\x85", "\ud800"),
]


def labels() -> Iterator[str]:
    rng = random.Random(6)
    for _ in range(COUNT):
        yield "".join(PIECES[int(rng.random() * len(PIECES))] for _ in range(1 + int(rng.random() * 6)))


def batches() -> Iterator[list[str]]:
    found = list(labels())
    for i in range(0, COUNT, BATCH):
        yield found[i : i + BATCH]


class Tags(HTMLParser):
    """The tags and attributes of a fragment."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"@{name}" for name, _ in attributes)}


@pytest.mark.parametrize("batch", list(batches()), ids=lambda batch: f"{len(batch)} labels")
def test_nothing_escapes_its_text(batch: list[str]) -> None:
    leaves = [Value(1.0, label) for label in batch]
    C = ag.total(leaves).named(batch[0][::-1])
    count = len(batch) + 1
    drawing = draw(C, max_nodes=count, edges="none")

    root = ElementTree.fromstring(drawing.svg())
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "text", "tspan"}
    names = {name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name}
    assert names == set()

    source = drawing.dot.source
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', source)
    assert len(re.findall(r"^\tn\d+ \[", outside, re.MULTILINE)) == count
    assert len(re.findall(r"^\tn\d+ -> n\d+", outside, re.MULTILINE)) == count - 1
    assert set(re.findall(r"</?([a-z]+)", outside)) <= {"table", "tr", "td", "font", "b", "br"}

    table = {"table", "caption", "tr", "th", "td", "@scope"}
    bundle = drawing._repr_mimebundle_()["text/html"]
    assert for_notebooks(drawing.table()) in bundle
    assert Tags(bundle).seen == table | {"img", "@alt", "@src", "@style", "@class", "details", "summary"}

    mermaid = drawing.mermaid().rstrip("\n").split("\n")
    text = r'"(?:[^\W_]|[ =]|[^\x00-\x7f]|#\d+;|<br>)*"'
    node, edge = rf"  n\d+(?:\[|\(){text}(?:\]|\)):::\w+", r"  n\d+ --> n\d+"
    other = r"flowchart BT|  (accTitle:|classDef|class) [^{}<>\"`]*"
    assert [line for line in mermaid if not re.fullmatch(f"{node}|{edge}|{other}", line)] == []

    harmless = {"begin", "end", "definecolor", "tikzset", "draw", "node", "fontsize", "selectfont", "textcolor", "text"}
    harmless |= {"boldsymbol", "mathrm", "partial", "cdot", "backslash", "sim", "hat", "dots", "tiny", "sin", "times"}
    greek = {"lambda"}
    tikz = drawing.tikz()
    assert set(re.findall(r"\\([a-zA-Z]+)", tikz)) <= harmless | greek
    assert tikz.count("\\end{") == 1
    for line in tikz.splitlines():
        assert line.count("{") - line.count(r"\{") == line.count("}") - line.count(r"\}")
        assert len(re.findall(r"(?<!\\)[$]", line)) % 2 == 0

    trace = ag.trace(C, leaves[0])
    assert Tags(trace.html()).seen <= table | {"sub", "sup", "@class", "@colspan"}
    for latex in (trace.latex(), trace.worksheet().latex(), ag.display.latex(leaves[0])):
        assert re.findall(r"\\(?:input|write|end\{document\}.)", latex) == []
        assert latex.count(r"\begin{document}") == latex.count(r"\end{document}") <= 1


@cache
def markdown_of(label: str) -> tuple[str, ...]:
    """Return everything that is written in Markdown, with the label at every place."""
    return tuple(_markdown_of(label))


def _markdown_of(label: str) -> Iterator[str]:
    x = Value(2.0, label)
    y = (x * Value(3.0, "u")).named(label)
    C = ag.sigmoid(y + x).named("C")
    for target in (y, C):
        trace = ag.trace(target, x)
        yield trace.markdown()
        yield trace.worksheet(seed=1).markdown()
        yield ag.gradcheck(target).markdown()
    yield f"{ag.display.latex(y)}\n"
    x.data = 9.0
    for target in (y, C):
        yield ag.gradcheck(target).markdown()


@pytest.mark.parametrize("preset", ["commonmark", "gfm-like"])
def test_markdown_has_no_link(preset: str) -> None:
    """Held by a renderer that knows no mathematics, and so takes formulas for text."""
    renderer = pytest.importorskip("markdown_it").MarkdownIt(preset)
    if preset == "gfm-like":  # bare names of hosts are not links in GitHub's Markdown
        renderer.linkify.set({"fuzzy_link": False})
    allowed = {"p", "h3", "hr", "em", "strong", "code", "pre", "@class", "table", "thead", "tbody", "tr", "th", "td"}
    few = next(batches())[: 200 if IS_THOROUGH else 10]
    for label in [*HOSTILE, *few]:
        for text in markdown_of(label):
            assert Tags(renderer.render(text)).seen <= allowed, (label, text)


def test_the_same_labels_give_the_same_bytes() -> None:
    batch = next(batches())[:40]
    made = [draw(ag.total([Value(1.0, label) for label in batch])) for _ in range(2)]
    for write in ("svg", "tikz", "mermaid", "describe", "table"):
        assert getattr(made[0], write)() == getattr(made[1], write)()
