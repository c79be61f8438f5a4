"""A picture as a flowchart of Mermaid, which GitHub, GitLab and many notebooks draw from text."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.drawing.figure import Figure
from autograd.drawing.picture import CROSS, Edge, Node, wrong
from autograd.drawing.themes import FILLS
from autograd.writing import number

_SHAPES = {"input": ("[", "]"), "constant": ("[", "]"), "parameter": ("[[", "]]"), "folded": ("([", "])")}
_ROUND = ("(", ")")


def mermaid(figure: Figure) -> str:
    """The picture as the text of a Mermaid file; Mermaid places everything itself."""
    picture, palette = figure.picture, figure.theme.palette
    lines = [f"flowchart {'BT' if figure.direction == 'up' else 'LR'}", f"  accTitle: {_words(picture.title)}"]
    lines += list(_grouped(figure))
    for edge in picture.edges:
        arrow = (
            "==x"
            if edge.mark
            else "==>"
            if edge.lit
            else "-.->"
            if edge.partial == 0.0 or picture.is_faded(edge)
            else "-->"
        )
        lines.append(f"  n{edge.source} {arrow}{_label(figure, edge)} n{edge.target}")
    for role in dict.fromkeys(node.role for node in picture.nodes):
        fill = getattr(palette, FILLS[role])
        lines.append(f"  classDef {role} fill:{fill},stroke:{palette.border},color:{palette.ink}")
    lines.append(f"  classDef lit stroke:{palette.lit},stroke-width:3px")
    if picture.groups:
        lines.append(f"  classDef group fill:{palette.group},stroke:{palette.group_line},color:{palette.note}")
        lines.append(f"  class {','.join(f'g{g}' for g in range(len(picture.groups)))} group")
    lit = [f"n{i}" for i, node in enumerate(picture.nodes) if node.lit or node.mark]
    lines += [f"  class {','.join(lit)} lit"] if lit else []
    return "\n".join(lines) + "\n"


def _grouped(figure: Figure) -> Iterator[str]:
    """Every node, in the subgraphs of its groups."""
    groups, nodes = figure.picture.groups, figure.picture.nodes
    inside: dict[int | None, list[str]] = {}
    for i, node in enumerate(nodes):
        inside.setdefault(node.group, []).append(f"  {_node(i, node)}")
    for g in reversed(range(len(groups))):
        block = [f'  subgraph g{g}["{_text(groups[g].name)}"]', *inside.pop(g, []), "  end"]
        inside.setdefault(groups[g].parent, []).extend(f"  {line}" for line in block)
    yield from inside.get(None, [])


def _node(i: int, node: Node) -> str:
    lines = [" = ".join(filter(None, [node.name, node.definition]))]
    if node.value is not None and node.role != "constant":
        lines = [f"{lines[0]} = {number(node.value)}"]
    if node.slope is not None:
        lines.append(f"{node.slope_name} = {number(node.slope)}")
    if node.mark:
        lines.append(f"{CROSS} {node.mark}")
    start, end = _SHAPES.get(node.role, _ROUND)
    return f'n{i}{start}"{"<br>".join(map(_text, lines))}"{end}:::{node.role}'


def _label(figure: Figure, edge: Edge) -> str:
    if edge.partial is None or figure.edges == "none" or figure.picture.nodes[edge.source].role == "folded":
        return ""
    name = "" if figure.edges == "number" else f"{'/'.join(figure.picture.fraction(edge))} = "
    return f'|"{_text(name + number(edge.partial) + wrong(edge))}"|'


def _text(text: str) -> str:
    """Text between quotes, where Mermaid takes marks for markup: each as the number of its character."""
    return "".join(c if c.isalnum() or c in " =" or ord(c) > 127 else f"#{ord(c)};" for c in text if c.isprintable())


def _words(text: str) -> str:
    """Text to the end of a line, of what is no mark in Mermaid."""
    return "".join(c for c in text if c.isprintable() and c not in "{};#%\"'`<>")
