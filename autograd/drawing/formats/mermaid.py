"""Mermaid flowcharts, which GitHub, GitLab and many notebooks draw from text.

Mermaid lays a flowchart out by itself and typesets its texts. So this writer reads the names and edges of a figure, and
no shapes.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograd.drawing.figure import Figure
from autograd.drawing.picture import CROSS, Edge, Node, wrong
from autograd.drawing.themes import FILLS
from autograd.symbolic.typesetting import number

# Brackets give a node its outline: rectangle, rectangle with a double border, stadium; else rounded corners.
_BRACKETS = {"input": ("[", "]"), "constant": ("[", "]"), "parameter": ("[[", "]]"), "folded": ("([", "])")}
_ROUNDED_CORNERS = ("(", ")")


def mermaid(figure: Figure) -> str:
    """Return a figure as the text of a Mermaid file."""
    picture = figure.picture
    return "\n".join(
        [
            f"flowchart {'BT' if figure.direction == 'up' else 'LR'}",
            f"  accTitle: {_line_of_text(picture.title)}",
            *_nodes(figure),
            *(
                f"  n{edge.source} {_arrow(figure, edge)}{_label(figure, edge)} n{edge.target}"
                for edge in picture.edges
            ),
            *_classes(figure),
            "",
        ]
    )


def _nodes(figure: Figure) -> Iterator[str]:
    """Write every node, within the subgraphs of its groups."""
    groups, nodes = figure.picture.groups, figure.picture.nodes
    lines: dict[int | None, list[str]] = {}
    for i, node in enumerate(nodes):
        lines.setdefault(node.group, []).append(f"  {_node(i, node)}")
    # From the last to the first, so that a subgraph is complete when it is put into its parent.
    for g in reversed(range(len(groups))):
        subgraph = [f'  subgraph g{g}["{_quoted(groups[g].name)}"]', *lines.pop(g, []), "  end"]
        lines.setdefault(groups[g].parent, []).extend(f"  {line}" for line in subgraph)
    yield from lines.get(None, [])


def _node(i: int, node: Node) -> str:
    lines = [" = ".join(filter(None, [node.name, node.definition]))]
    # The name of a constant is its value.
    if node.value is not None and node.role != "constant":
        lines = [f"{lines[0]} = {number(node.value)}"]
    if node.slope is not None:
        lines.append(f"{node.slope_name} = {number(node.slope)}")
    if node.mark:
        lines.append(f"{CROSS} {node.mark}")
    start, end = _BRACKETS.get(node.role, _ROUNDED_CORNERS)
    return f'n{i}{start}"{"<br>".join(map(_quoted, lines))}"{end}:::{node.role}'


def _arrow(figure: Figure, edge: Edge) -> str:
    if edge.mark:
        return "==x"
    if edge.lit:
        return "==>"
    return "-.->" if edge.partial == 0.0 or figure.picture.is_faded(edge) else "-->"


def _label(figure: Figure, edge: Edge) -> str:
    if edge.partial is None or figure.edges == "none" or figure.picture.nodes[edge.source].role == "folded":
        return ""
    name = "" if figure.edges == "number" else f"{'/'.join(figure.picture.fraction(edge))} = "
    return f'|"{_quoted(name + number(edge.partial) + wrong(edge))}"|'


def _classes(figure: Figure) -> Iterator[str]:
    """Write the classes, which give nodes and groups their colours."""
    picture, palette = figure.picture, figure.theme.palette
    for role in dict.fromkeys(node.role for node in picture.nodes):
        fill = getattr(palette, FILLS[role])
        yield f"  classDef {role} fill:{fill},stroke:{palette.border},color:{palette.ink}"
    yield f"  classDef lit stroke:{palette.lit},stroke-width:3px"
    if picture.groups:
        yield f"  classDef group fill:{palette.group},stroke:{palette.group_line},color:{palette.note}"
        yield f"  class {','.join(f'g{g}' for g in range(len(picture.groups)))} group"
    highlighted = [f"n{i}" for i, node in enumerate(picture.nodes) if node.lit or node.mark]
    if highlighted:
        yield f"  class {','.join(highlighted)} lit"


def _quoted(text: str) -> str:
    """Escape text inside quotes: Mermaid reads punctuation there as markup, so it becomes character codes."""
    return "".join(c if c.isalnum() or c in " =" or ord(c) > 127 else f"#{ord(c)};" for c in text if c.isprintable())


def _line_of_text(text: str) -> str:
    """Return unquoted text, without the characters that have a meaning in Mermaid."""
    return "".join(c for c in text if c.isprintable() and c not in "{};#%\"'`<>")
