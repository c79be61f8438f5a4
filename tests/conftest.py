"""What tests share: the table as it was, and Chromium for pages, one browser for all of them and a window for each."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from autograd import TABLE, Value
from autograd.drawing.exploring import Exploration
from autograd.op import METHODS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(autouse=True)
def unchanged_table() -> Iterator[None]:
    """Whatever a test declares is forgotten after it."""
    kept = [(table, dict(table)) for table in (TABLE, METHODS)]
    yield
    for table, before in kept:
        table.clear()
        table.update(before)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, as the system has it; playwright drives it."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="pages are tested in a browser: pip install 'scalar-autograd[browser]'"
    )
    if not CHROMIUM:
        pytest.skip("pages are tested in a browser: install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Window:
    """A page that is open in the browser.

    Attributes:
        page: playwright's page.
        heard: requests and messages on the console.
    """

    def __init__(self, context: Any, exploration: Exploration, path: Path) -> None:
        self.exploration = exploration
        self.heard: list[str] = []
        self.url = exploration.save(path).as_uri()
        self.page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", lambda message: self.heard.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        self.page.on("request", lambda request: self.heard.append(f"request: {request.url.partition('#')[0]}"))

    def open(self, state: str = "") -> Window:
        """Load the page, with the state that its address is to have."""
        self.page.goto("about:blank")
        self.page.goto(self.url + state)
        self.page.wait_for_selector("body[data-check]")
        return self

    @property
    def check(self) -> str:
        """Whether the browser agrees with Python: "ok" or "wrong"."""
        return str(self.page.evaluate("document.body.dataset.check"))

    @property
    def phase(self) -> str:
        """What the line above the graph says."""
        return str(self.page.inner_text("#phase"))

    def node(self, node: Value | int) -> Any:
        """The box of a node."""
        return self.page.locator(f"[data-node='{node if isinstance(node, int) else self.place(node)}']")

    def place(self, node: Value) -> int:
        return self.exploration.contents.place[node]

    def texts(self, node: Value) -> list[str]:
        """The lines in the box of a node."""
        return [text for text in self.node(node).locator("text").all_text_contents() if text]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def explanation(self) -> str:
        """The panel, on one line."""
        return " ".join(self.page.text_content("#explanation").split())

    def recomputed(self, given: Mapping[Value, float]) -> tuple[list[float], list[list[float]], list[float]]:
        """Values, partials and adjoints when some nodes have other values."""
        pairs = [[self.place(node), _in_json(x)] for node, x in given.items()]
        text = self.page.evaluate(
            """given => {
                const {values, partials, adjoints} = recomputed(given.map(([i, x]) => [i, Number(x)]));
                const plain = (_, x) => typeof x === "number" && !isFinite(x) ? String(x) : Object.is(x, -0) ? "-0" : x;
                return JSON.stringify([values, partials, adjoints], plain);
            }""",
            pairs,
        )
        values, partials, adjoints = json.loads(text)
        return _floats(values), [_floats(row) for row in partials], _floats(adjoints)


def _in_json(x: float) -> float | str:
    return x if math.isfinite(x) else "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def _floats(numbers: list[Any]) -> list[float]:
    return [math.nan if x is None else float(x) for x in numbers]


@pytest.fixture
def window(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Opens a page; it may ask for nothing beyond itself, and say nothing on the console."""
    opened: list[tuple[Window, Any]] = []

    def opener(exploration: Exploration, state: str = "", **settings: Any) -> Window:
        settings = {"viewport": {"width": 1400, "height": 900}, **settings}
        context = browser.new_context(offline=True, reduced_motion="reduce", **settings)
        window = Window(context, exploration, tmp_path / f"page{len(opened)}.html")
        opened.append((window, context))
        return window.open(state)

    yield opener
    for window, context in opened:
        beyond = [what for what in window.heard if what not in (f"request: {window.url}", "request: about:blank")]
        context.close()
        assert beyond == []
