"""Benchmarks of pages to explore: size, time to make and to load, and time for one step of a slider.

``python -m benchmarks.pages``, with ``pip install playwright`` and the program chromium.  A step is the
response to an event of the slider: new values, partials and derivatives, every changed text, and the layout of the
page.  The figure is the median of 30 steps, each to another number.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

import autograd as ag
import nn
from autograd import Value

STEP = """
() => {
    const slider = document.querySelector("[type=range]"), times = [];
    for (let k = 0; k < 30; k++) {
        const start = performance.now();
        slider.value = Number(slider.min) + (k + 1) / 31 * (slider.max - slider.min);
        slider.dispatchEvent(new Event("input", {bubbles: true}));
        document.querySelector("svg").getBoundingClientRect();
        times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[15];
}
"""


def graphs() -> dict[str, tuple[Value, Value]]:
    """Return graphs by name, each with the leaf to differentiate by."""
    a, b = Value(2.0, "a"), Value(1.0, "b")
    found = {"e = (a + b)(b + 1)": (((a + b) * (b + 1)).named("e"), b)}
    for sizes in ((2, 3, 1), (8, 12, 8, 2), (16, 24, 24, 4)):
        net = nn.MLP(sizes[0], list(sizes[1:]), seed=0)
        C = nn.quadratic(net([0.1 * i for i in range(sizes[0])]), [1.0] * sizes[-1]).named("C")
        found["-".join(map(str, sizes))] = (C, net.layers[0].weight[0, 0])
    net = nn.MLP(784, [16, 16, 10], seed=0)
    C = nn.quadratic(net([0.01 * (i % 7) for i in range(784)]), [1.0] + [0.0] * 9).named("C")
    found["784-16-16-10, one slice"] = (C, net.layers[0].weight[0, 1])
    return found


def main() -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    print("| graph | nodes | edges | page | made in | loaded in | a slider's step |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (output, leaf) in graphs().items():
            start = time.process_time()
            exploration = ag.explore(output, leaf)
            file = exploration.save(Path(folder) / "page.html")
            made = time.process_time() - start
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            loads = []
            for _ in range(5):
                start = time.perf_counter()
                page.goto(file.as_uri())
                page.wait_for_selector("body[data-check=ok]")
                loads.append(time.perf_counter() - start)
            nodes = len(exploration.contents.nodes)
            edges = page.locator("path.edge").count()
            print(
                f"| {name} | {nodes:,} | {edges:,} | {file.stat().st_size / 1000:.1f} kB | {made * 1000:.0f} ms"
                f" | {statistics.median(loads) * 1000:.0f} ms | {page.evaluate(STEP):.1f} ms |"
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
