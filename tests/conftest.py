"""What tests share: the table as it was, and Chromium for pages, one browser and one tab for all of them."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
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


class Tab:
    """The tab of the browser that all tests open their pages in, one after the other.

    A window of its own for each test would be a process of its own, which takes four times as long as the page in it.

    Attributes:
        page: the page of playwright.
        heard: the list that takes requests and messages on the console.
    """

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(offline=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.heard: list[str] = []
        self.page.on("console", lambda message: self.heard.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        self.page.on("request", lambda request: self.heard.append(f"request: {request.url.partition('#')[0]}"))

    def leave(self) -> None:
        """Leave what is open, after all that it has to say."""
        if self.page.url != "about:blank":
            self.page.mouse.move(0, 0)
            self.page.goto("about:blank")

    def set_up(
        self,
        heard: list[str],
        *,
        viewport: Any = MappingProxyType({"width": 1400, "height": 900}),
        color_scheme: str = "light",
        permissions: Sequence[str] = (),
    ) -> None:
        """Leave what is open, and have the settings of the next page and no other ones."""
        self.leave()
        self.heard = heard
        self.page.set_viewport_size(dict(viewport))
        self.page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
        self.context.clear_permissions()
        if permissions:
            self.context.grant_permissions(list(permissions))


@pytest.fixture(scope="session")
def tabs(browser: Any) -> Iterator[list[Tab]]:
    """The tab, or none before the first page and after one that could not be left."""
    tabs: list[Tab] = []
    yield tabs
    for tab in tabs:
        tab.context.close()


class Window:
    """A page that is open in the browser, until the next one is.

    Attributes:
        heard: requests and messages on the console.
    """

    def __init__(self, tab: Tab, exploration: Exploration, path: Path, **settings: Any) -> None:
        self.tab = tab
        self.exploration = exploration
        self.heard: list[str] = []
        self.url = exploration.save(path).as_uri()
        self.settings = settings

    @property
    def page(self) -> Any:
        """The page of playwright."""
        assert self.tab.heard is self.heard, "the page is closed: another one was opened after it"
        return self.tab.page

    def open(self, state: str = "") -> Window:
        """Load the page, with the state that its address is to have."""
        self.tab.set_up(self.heard, **self.settings)
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
def window(browser: Any, tabs: list[Tab], tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Opens a page; it may ask for nothing beyond itself, and say nothing on the console."""
    if not tabs:
        tabs.append(Tab(browser))
    (tab,) = tabs
    opened: list[Window] = []

    def opener(exploration: Exploration, state: str = "", **settings: Any) -> Window:
        opened.append(Window(tab, exploration, tmp_path / f"page{len(opened)}.html", **settings))
        return opened[-1].open(state)

    yield opener
    tabs.clear()
    tab.leave()
    tabs.append(tab)
    for window in opened:
        beyond = [what for what in window.heard if what not in (f"request: {window.url}", "request: about:blank")]
        assert beyond == []
