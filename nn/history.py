"""The course of a training run, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FIRST_EPOCHS, LAST_EPOCHS = 8, 8
"""Of more epochs than these together a table leaves out the middle."""


@dataclass
class History:
    """How a training run went, epoch by epoch: what `nn.fit` returns.  Each list can be plotted as it is.

    `str` gives a table, as do notebooks; `repr` gives all numbers, and evaluates to the same History.

    Attributes:
        cost: the mean cost of the examples as they came up during the epoch, and the penalty.
        accuracy: the share of them whose class was recognised; empty where the targets are no classes.
        validation_cost: the mean cost of the held-out examples after the epoch; empty without such.
        validation_accuracy: the share of those whose class was recognised; empty likewise.

    >>> history = History(cost=[0.9, 0.4], validation_cost=[0.5, 0.6])
    >>> history.epochs, history.best_epoch
    (2, 0)
    >>> print(history)
    epoch     cost  validation cost
    0 (best)  0.9   0.5
    1         0.4   0.6
    """

    cost: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_cost: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """The number of epochs so far."""
        return len(self.cost)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 0, after which the held-out cost was lowest, the first of equals.

        Raises:
            ValueError: nothing was held out, or there was no epoch.
        """
        if not self.validation_cost:
            raise ValueError("no epoch has a held-out cost: fit takes validation=0.2, or examples for it")
        return min(range(self.epochs), key=self.validation_cost.__getitem__)

    def __str__(self) -> str:
        if not self.epochs:
            return "no epochs yet"
        lines = list(self._lines())
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        return "\n".join(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )

    def _repr_html_(self) -> str:
        if not self.epochs:
            return "<p>no epochs yet</p>"
        header, *rows = self._lines()
        # marimo's style sheet leaves no space between cells.
        look = 'style="padding:0.2em 0.6em"'
        head = "".join(f'<th {look} scope="col">{cell}</th>' for cell in header)
        cells = ("".join(f"<td {look}>{cell}</td>" for cell in row) for row in rows)
        return f"<table>\n<tr>{head}</tr>\n" + "\n".join(f"<tr>{row}</tr>" for row in cells) + "\n</table>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the table in IPython, where `repr` would fill the screen."""
        printer.text(str(self))

    def _lines(self) -> Iterator[list[str]]:
        """Yield the header and a row for each epoch, of many the first, the best and the last."""
        columns = {name.replace("_", " "): numbers for name, numbers in vars(self).items() if numbers}
        best = self.best_epoch if self.validation_cost else None
        shown = set(range(self.epochs))
        if self.epochs > FIRST_EPOCHS + LAST_EPOCHS:
            shown = {*range(FIRST_EPOCHS), *range(self.epochs - LAST_EPOCHS, self.epochs)}
            shown |= set() if best is None else {best}
        yield ["epoch", *columns]
        before = -1
        for epoch in sorted(shown):
            if epoch > before + 1:
                yield ["…", *[""] * len(columns)]
            remark = " (best)" if epoch == best else ""
            yield [f"{epoch}{remark}", *(f"{numbers[epoch]:.4g}" for numbers in columns.values())]
            before = epoch
