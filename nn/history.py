"""Learning curves of a training run."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from autograd.symbolic.typesetting import for_notebooks

# A table of more epochs than these together omits the middle, so that it fits on a screen.
FIRST_EPOCHS, LAST_EPOCHS = 8, 8


@dataclass
class History:
    """Learning curves of a training run, one number per epoch, as `nn.fit` returns them.

    ``str`` returns a table, which notebooks also show; ``repr`` returns all numbers, and evaluates to an equal History.

    Attributes:
        cost: The mean cost of the training examples during the epoch, including the penalty.
        accuracy: The fraction of them that is classified correctly; empty if the targets are not classes.
        validation_cost: The mean cost of the validation set after the epoch; empty without one.
        validation_accuracy: The fraction of the validation set that is classified correctly; empty likewise.

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
        """The epoch with the lowest validation cost, counted from 0; the first of equals.

        Raises:
            ValueError: There is no validation cost.
        """
        if not self.validation_cost:
            raise ValueError("best_epoch needs the cost of a validation set; pass validation=0.2 to fit")
        return min(range(self.epochs), key=self.validation_cost.__getitem__)

    def plot(self, ax: Any = None) -> Any:
        """Plot the costs by epoch, and below 1 the accuracies on a second axis; needs Matplotlib.

        Args:
            ax: The axes of Matplotlib to draw on; by default those of a new figure.

        Returns:
            The axes of the costs.

        Raises:
            ModuleNotFoundError: Matplotlib is not installed.
            ValueError: There are no epochs yet.
        """
        if not self.epochs:
            raise ValueError("history must have an epoch to plot, got none; call fit with epochs=1 or more")
        if ax is None:
            try:
                pyplot = import_module("matplotlib.pyplot")
            except ModuleNotFoundError as error:
                raise ModuleNotFoundError("history.plot() needs Matplotlib: pip install matplotlib") from error
            ax = pyplot.figure(layout="constrained").add_subplot()
        epochs = range(self.epochs)
        lines = ax.plot(epochs, self.cost, "C0", label="cost")
        if self.validation_cost:
            lines += ax.plot(epochs, self.validation_cost, "C1", label="validation cost")
            lines += ax.plot(
                self.best_epoch, self.validation_cost[self.best_epoch], "C1o", label=f"best epoch, {self.best_epoch}"
            )
        ax.set(xlabel="epoch", ylabel="cost", ylim=(0.0, None))
        ax.xaxis.get_major_locator().set_params(integer=True)
        if self.accuracy:
            right = ax.twinx()
            right.set(ylabel="accuracy", ylim=(0.0, 1.0))
            lines += right.plot(epochs, self.accuracy, "C0--", label="accuracy")
            if self.validation_accuracy:
                lines += right.plot(epochs, self.validation_accuracy, "C1--", label="validation accuracy")
        # One legend for both axes, above them: inside, it would cover a curve.
        ax.legend(handles=lines, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
        return ax

    def __str__(self) -> str:
        if not self.epochs:
            return "no epochs yet"
        lines = list(self._lines())
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )

    def _repr_html_(self) -> str:
        if not self.epochs:
            return "<p>no epochs yet</p>"
        return html_table(list(self._lines()))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the table in IPython, where ``repr`` would fill the screen."""
        printer.text(str(self))

    def _lines(self) -> Iterator[list[str]]:
        """Yield the header and a row for each epoch; of many epochs, only the first, the best and the last."""
        columns = {name.replace("_", " "): numbers for name, numbers in vars(self).items() if numbers}
        best = self.best_epoch if self.validation_cost else None
        yield ["epoch", *columns]
        is_gap = False
        for epoch in range(self.epochs):
            if FIRST_EPOCHS <= epoch < self.epochs - LAST_EPOCHS and epoch != best:
                is_gap = True
                continue
            if is_gap:
                yield ["…", *[""] * len(columns)]
                is_gap = False
            mark = " (best)" if epoch == best else ""
            yield [f"{epoch}{mark}", *(f"{numbers[epoch]:.4g}" for numbers in columns.values())]


def html_table(rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """Return a table for notebooks, its texts escaped; the first row is the header."""
    header, *body = [[html.escape(cell) for cell in row] for row in rows]
    lines = ["".join(f'<th scope="col">{cell}</th>' for cell in header)]
    for first, *others in body:
        cells = "".join(f"<td>{cell}</td>" for cell in others)
        lines.append(f'<th scope="row">{first}</th>{cells}')
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    inner = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return for_notebooks(f"<table>{title}\n{inner}\n</table>")
