"""Training: the parameters of a network descend the gradient of its cost, batch after batch."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nn import costs, data
from nn._values import number, switch, whole
from nn.checkpoints import Checkpoint, State, settings_of
from nn.data import Examples
from nn.history import History
from nn.loss import Batch, Gradients, gradients
from nn.modules import Module
from nn.optimizers import GradientDescent, Optimizer


def fit(
    net: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    cost: str | costs.Cost = "quadratic",
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = 10,
    validation: tuple[ArrayLike, ArrayLike] | float | None = None,
    seed: int = 0,
    shuffle: bool = True,
    penalty: float = 0.0,
    patience: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: bool = True,
    compiled: bool | None = None,
) -> History:
    """Train `net`: with each batch P becomes P − r∇C, where ∇C is the mean over its examples, or what `optimizer` says.

    The same arguments give the same numbers, to the last bit.

    Args:
        net: the network; its parameters change, and their ``grad`` is 0 afterwards, also after an exception.
        X: the inputs, one example in a row.
        y: for each example what `cost` takes as its target: a row of numbers, one number, or the index of its class.
        cost: the cost of one example, by name or as a function of (outputs, target); see :mod:`nn.costs`.
        optimizer: how to descend; by default ``GradientDescent(0.1)``.  What it remembers it keeps for a next call.
        epochs: how many times each example comes up.
        batch_size: examples in a batch; None for all at once.
        validation: held-out examples (X, y) to measure by after each epoch; or the share of `X` and `y` to hold out.
        seed: of the order of the examples, which is another one in each epoch, and of the share held out.
        shuffle: False keeps the examples in their order.
        penalty: α: the cost has the term α|P|², as in micrograd's demo.
        patience: stop when the held-out cost has not fallen for so many epochs.  With it, the network ends with the
            parameters from after its best epoch.
        checkpoint: a file that keeps the state of the run after each epoch.
        resume: go on from `checkpoint` where there is one, with the numbers that a run without a break would have.
        progress: show a bar if tqdm is installed.
        compiled: whether to train on the matrix program that network and cost are (see `autograd.compile`); by default
            where they are one, and otherwise, and within `autograd.anomaly`, example by example.  The Values have their
            parameters after each epoch.

    Returns:
        Cost and accuracy, epoch by epoch.

    Raises:
        ValueError: the examples or another argument are not as above, or `checkpoint` is damaged or of another run.
        TypeError: an argument is of another type.
        FileExistsError: `checkpoint` is there, and `resume` is not asked for.
        FileNotFoundError: the folder of `checkpoint` is not there.
        FloatingPointError: the cost or the step is no longer finite; the network keeps the parameters from before.

    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> from nn import MLP, Adam
    >>> net = MLP(2, [4, 1], "tanh", seed=0)
    >>> history = fit(net, X, y, optimizer=Adam(0.1), epochs=100, batch_size=None, progress=False)
    >>> history.accuracy[-1], history.cost[-1] < 0.01
    (1.0, True)
    """
    if not isinstance(net, Module):
        raise TypeError(f"net must be a Module, such as an MLP, got {type(net).__name__}")
    seed, epochs = whole(seed, "seed", 0), whole(epochs, "epochs")
    patience = None if patience is None else whole(patience, "patience", advice=", or None for all epochs")
    shuffle, progress, resume = switch(shuffle, "shuffle"), switch(progress, "progress"), switch(resume, "resume")
    compiled = None if compiled is None else switch(compiled, "compiled")
    penalty = number(penalty, "penalty", 0.0)
    if checkpoint is not None and (not isinstance(checkpoint, (str, os.PathLike)) or not os.fspath(checkpoint)):
        raise TypeError(f"checkpoint must be the path of a file, or None, got {checkpoint!r:.40}")
    if resume and checkpoint is None:
        raise ValueError("resume=True goes on from a checkpoint, so it needs checkpoint=, the path of its file")
    examples, held_out = data.labelled(X, y), None
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        held_out = data.labelled(*validation)
    elif isinstance(validation, (int, float, np.number)) and not isinstance(validation, bool):
        examples, held_out = data.split(*examples, validation, seed=seed)
    elif validation is not None:
        raise TypeError(
            f"validation must be the share of the examples to hold out, such as 0.2, or a pair (X, y), got "
            f"{type(validation).__name__} {validation!r:.40}"
        )
    size = data.batch_length(batch_size, len(examples[1]), "batch_size")
    if patience is not None and held_out is None:
        raise ValueError("patience watches the held-out cost, so it needs validation=0.2, or examples to measure by")
    optimizer = GradientDescent(0.1) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, such as nn.Adam(0.003), got {optimizer!r:.60}")
    found = gradients(net, costs.find(cost), penalty, *examples, compiled)
    run = _Run(net, found, optimizer, held_out, patience)
    settings: dict[str, Any] = {}
    if checkpoint is not None:
        numbers = {"batch_size": size, "seed": seed, "shuffle": shuffle, "penalty": penalty, "patience": patience}
        settings = settings_of(net, run.gradients.cost, optimizer, examples, held_out, numbers)
        if not Path(checkpoint).parent.is_dir():
            raise FileNotFoundError(f"there is no folder {Path(checkpoint).parent} to keep a checkpoint in")
        if Path(checkpoint).exists():
            if not resume:
                raise FileExistsError(f"{checkpoint} is there already; resume=True goes on from it")
            saved = Checkpoint.read(checkpoint)
            saved.load(checkpoint, settings, net, optimizer)
            run.history, run.best = saved.history, saved.best
    run.gradients.read()
    try:
        with _Bar(progress, epochs, math.ceil(len(examples[1]) / size), run.history) as bar:
            while run.history.epochs < epochs and not run.exhausted():
                run.epoch(data.batches(*examples, size, seed=(seed, run.history.epochs), shuffle=shuffle), bar)
                if checkpoint is not None:
                    Checkpoint(
                        settings, net.state(), optimizer.state(), run.best, run.history, net.description()
                    ).write(checkpoint)
        if run.best:
            net.load_state(run.best)
    finally:  # an interrupted batch has added up a part of its gradients
        net.zero_grad()
    return run.history


class _Run:
    """A network on its way: what changes from epoch to epoch, and how."""

    def __init__(
        self,
        net: Module,
        gradients: Gradients,
        optimizer: Optimizer,
        held_out: Examples | None,
        patience: int | None,
    ) -> None:
        self.net = net
        self.gradients = gradients
        self.optimizer = optimizer
        self.held_out = held_out
        self.patience = patience
        self.history = History()
        self.best: State = {}

    def exhausted(self) -> bool:
        """Whether the best epoch is longer ago than patience lasts."""
        history = self.history
        return bool(self.patience and history.epochs and history.epochs - 1 - history.best_epoch >= self.patience)

    def epoch(self, batches: Iterable[Examples], bar: _Bar) -> None:
        """Take a step for each batch, and note how it went."""
        total, seen = 0.0, 0
        outputs, targets = [], []
        try:
            for X, y in batches:
                batch = self.gradients(X, y)
                self._step(batch)
                total += batch.cost * len(y)
                seen += len(y)
                outputs.append(batch.outputs)
                targets.append(y)
                bar.advance(total / seen)
        finally:
            self.gradients.write()
        history = self.history
        history.cost.append(total / seen)
        history.accuracy += self._accuracy(np.concatenate(outputs), np.concatenate(targets))
        if self.held_out is not None:
            X, y = self.held_out
            cost, a = self.gradients.measure(X, y)
            if not math.isfinite(cost):
                raise FloatingPointError(f"after epoch {history.epochs} the cost of the held-out examples is {cost}")
            history.validation_cost.append(cost)
            history.validation_accuracy += self._accuracy(a, y)
            if self.patience is not None and history.best_epoch == history.epochs - 1:
                self.best = self.net.state()

    def _step(self, batch: Batch) -> None:
        if math.isfinite(batch.cost) and np.isfinite(batch.gradient).all():
            with np.errstate(all="ignore"):
                P = self.optimizer.step(self.gradients.vector, batch.gradient)
            if np.isfinite(P).all():
                self.gradients.load(P)
                return
        raise FloatingPointError(
            f"in epoch {self.history.epochs + 1} the cost of a batch is {batch.cost:.4g}, and no finite step follows; "
            "the network keeps the parameters from before it; a smaller learning rate may help"
        )

    def _accuracy(self, outputs: NDArray[np.float64], targets: NDArray[Any]) -> list[float]:
        """The accuracy, or nothing where the targets are no classes."""
        if not _are_classes(targets, outputs.shape[1]):
            return []
        return [costs.accuracy(outputs, targets, self.gradients.cost)]


class _Bar:
    """A progress bar, if one is wanted and tqdm is installed; else nothing."""

    def __init__(self, wanted: bool, epochs: int, batches: int, history: History) -> None:
        self.history = history
        self.bar: Any = None
        if wanted:
            try:
                tqdm = import_module("tqdm.auto").tqdm
            except ImportError:
                return
            self.bar = tqdm(total=epochs * batches, initial=history.epochs * batches, unit="batch")

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self._show({})
            self.bar.close()

    def advance(self, cost: float) -> None:
        """One batch more; `cost` is the mean in this epoch so far."""
        if self.bar is not None:
            self._show({"cost": cost})
            self.bar.update()

    def _show(self, now: dict[str, float]) -> None:
        last = {name: curve[-1] for name, curve in vars(self.history).items() if curve}
        self.bar.set_postfix({name: f"{x:.4f}" for name, x in {**last, **now}.items()}, refresh=False)


def _are_classes(targets: NDArray[Any], width: int) -> bool:
    """Whether `targets` say one class for each example of a network with `width` outputs.

    For one output they do as 0 and 1, or as −1 and 1; for several as an index, or as a row with one number for the
    class and a smaller one for all others.
    """
    if width == 1:
        return bool(np.isin(targets, (0, 1)).all() or np.isin(targets, (-1, 1)).all())
    if targets.ndim == 1:
        return bool(np.isin(targets, range(width)).all())
    return len(np.unique(targets)) == 2 and bool(((targets == targets.max()).sum(axis=1) == 1).all())
