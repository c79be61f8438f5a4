"""Networks to draw, as small as they can be, and what a reader sees of a drawn one."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np
from drawn import SVG

import autograd as ag
from autograd.drawing.typeface import width


class Layer:
    """S(W x + B)."""

    def __init__(self, weight: Any, bias: Any, activation: Any = ag.sigmoid) -> None:
        self.weight = np.array(weight, dtype=object)
        self.bias = None if bias is None else np.array(bias, dtype=object)
        self.activation = activation


class Silent:
    """A network that cannot be called."""

    def __init__(self, *layers: Any) -> None:
        self.layers = list(layers)


class Network(Silent):
    """Layers one behind the other."""

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [layer.activation(ag.dot(row, x, bias)) for row, bias in zip(layer.weight, layer.bias, strict=True)]
        return x


def network(*sizes: int, seed: int = 0, activation: Callable[..., Any] = ag.sigmoid) -> Network:
    """A network of those sizes with weights at random, named as in the essay."""
    draw = random.Random(seed)
    layers = []
    for i, (inputs, neurons) in enumerate(pairwise(sizes), 2):
        weight = [[draw.gauss(0, 1) for _ in range(inputs)] for _ in range(neurons)]
        bias = [draw.gauss(0, 1) for _ in range(neurons)]
        layers.append(Layer(ag.values(weight, f"w^{i}"), ag.values(bias, f"b^{i}"), activation))
    return Network(*layers)


def essay() -> tuple[Network, list[float]]:
    """The network of the essay's Figures 1 and 3 with the numbers that are given there, and an input for it."""
    hidden = [0.978, 0.322, 0.315, 0.201]
    net = network(3, 4, 2)
    x = [0.5, 0.25, 1.0]
    first, last = net.layers
    for row, b, a in zip(first.weight, first.bias, hidden, strict=True):
        b.data = math.log(a / (1 - a)) - sum(w.data * v for w, v in zip(row, x, strict=True))
    weights = [[-1.48, -2.49, 2.72, 3.46], [-1.81, 2.84, -0.438, -4.80]]
    last.weight = ag.values(weights, "w^3")
    last.bias = ag.values([0.884, -0.226], "b^3")
    return net, x


def cost(outputs: Sequence[Any], wanted: Sequence[float]) -> Any:
    """The sum of the squares of what the outputs are off."""
    return ag.total([(a - e) ** 2 for a, e in zip(outputs, wanted, strict=True)]).named("C")


@dataclass(frozen=True)
class Box:
    """What something takes of the paper."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlaps(self, other: Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def corners(self) -> list[tuple[float, float]]:
        return [(x, y) for x in (self.left, self.right) for y in (self.top, self.bottom)]


@dataclass(frozen=True)
class Seen:
    """Something in an SVG: its classes, its text or tooltip, and the room that it takes."""

    classes: frozenset[str]
    text: str
    box: Box
    ends: tuple[tuple[float, float], ...] = ()
    breadth: float = 0.0


@dataclass(frozen=True)
class Page:
    """An SVG as it is seen."""

    box: Box
    texts: list[Seen]
    discs: list[Seen]
    plates: list[Seen]
    lines: list[Seen]

    def lines_of(self, *names: str) -> list[Seen]:
        """The lines whose tooltip begins with one of those names."""
        return [line for line in self.lines if line.text.startswith(tuple(f"{name} = " for name in names))]


def page(svg: str) -> Page:
    """What is to be seen in the SVG of a network."""
    root = ElementTree.fromstring(svg.encode())
    left, top, wide, high = map(float, root.get("viewBox", "").split())
    (canvas,) = (g for g in root.findall(SVG + "g") if g.get("transform"))
    dx, dy = map(float, re.findall(r"-?[\d.]+", canvas.get("transform", "")))
    seen = Page(Box(left, top, left + wide, top + high), [], [], [], [])
    for element in canvas:
        outer = element.get("class", "")
        for child in element if element.tag == SVG + "g" else [element]:
            classes = frozenset(f"{outer} {child.get('class', '')}".split())
            text = child.findtext(SVG + "title") or "".join(child.itertext())
            number = {key: float(x) for key, x in child.items() if re.fullmatch(r"-?[\d.]+", x)}
            if child.tag == SVG + "text":
                size = number["font-size"]
                length = width(text, size, "bold" in classes)
                x = number["x"] + dx - (0 if "start" in classes else length if "end" in classes else length / 2)
                y = number["y"] + dy
                seen.texts.append(Seen(classes, text, Box(x, y - 0.8 * size, x + length, y + 0.25 * size)))
            elif child.tag == SVG + "circle":
                x, y, r = number["cx"] + dx, number["cy"] + dy, number["r"]
                seen.discs.append(Seen(classes, text, Box(x - r, y - r, x + r, y + r)))
            elif child.tag == SVG + "rect":
                x, y = number["x"] + dx, number["y"] + dy
                seen.plates.append(Seen(classes, text, Box(x, y, x + number["width"], y + number["height"])))
            else:
                x, y, to_x, to_y = map(float, re.findall(r"-?[\d.]+", child.get("d", "")))
                ends = (x + dx, y + dy), (to_x + dx, to_y + dy)
                box = Box(
                    *(min(pair) for pair in zip(*ends, strict=True)), *(max(pair) for pair in zip(*ends, strict=True))
                )
                seen.lines.append(Seen(classes, text, box, ends, number["stroke-width"]))
    return seen


def names(net: Any) -> list[str]:
    """The weights of a network as the essay writes them."""
    shapes = [layer.weight.shape for layer in net.layers]
    return [
        written("w", layer + 2, i + 1, j + 1)
        for layer, (out, fan_in) in enumerate(shapes)
        for i in range(out)
        for j in range(fan_in)
    ]


def written(stem: str, layer: int, *indices: int) -> str:
    """A name of the essay as it is printed."""
    below = ",".join(str(i).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) for i in indices)
    return f"{stem}{str(layer).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}{below}"


def texts(seen: Page, *classes: str) -> list[str]:
    """The texts that have one of those classes, or all."""
    return [text.text for text in seen.texts if text.classes.intersection(classes) or not classes]


def inside(disc: Seen, seen: Page) -> list[str]:
    """What is written in a disc."""
    return [text.text for text in seen.texts if text.box.overlaps(disc.box) and abs(away(disc, text)[0]) < 1]


def away(one: Seen, other: Seen) -> tuple[float, float]:
    """How far the middle of the other is to the right and down."""
    (x, y), (to_x, to_y) = one.box.centre, other.box.centre
    return to_x - x, to_y - y
