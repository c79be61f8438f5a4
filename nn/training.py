"""Training of networks by gradient descent on mini-batches."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd as ag
from nn import costs, data
from nn._values import Floats, number, switch, whole
from nn.checkpoints import Checkpoint, State, settings_of
from nn.data import Examples
from nn.history import History
from nn.loss import BatchResult, Loss, make_loss
from nn.modules import Module
from nn.optimizers import GradientDescent, Optimizer


@dataclass(frozen=True)
class TrainingStep:
    """One step of a training run, as the function `on_step` of `fit` receives it.

    Attributes:
        net: The network, whose Values are the parameters before the step.
        epoch: The number of the epoch, from 0.
        batch: The number of the batch in the epoch, from 0.
        cost: The mean cost of the batch, including the penalty, before the step.
        gradient: ∇C of the batch, in the order of ``net.parameters()``.
    """

    net: Module
    epoch: int
    batch: int
    cost: float
    gradient: Floats

    def derivative(self, parameter: ag.Value) -> float:
        """Return ∂C/∂w of the batch for one parameter w of the network.

        Raises:
            ValueError: `parameter` is not one of the network.
        """
        # By identity: two parameters may be equal.
        for candidate, derivative in zip(self.net.parameters(), self.gradient.tolist(), strict=True):
            if candidate is parameter:
                return float(derivative)
        raise ValueError(
            f"parameter must be one of {self.net!r}, got {parameter!r:.60}; take it from net.parameters() or a layer"
        )


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
    on_step: Callable[[TrainingStep], object] | None = None,
) -> History:
    """Train `net` on mini-batches: each step changes P to P − r∇C, or as `optimizer` does.

    ∇C is the gradient of the mean cost of a batch.  Equal arguments give equal numbers, to the last bit.

    Args:
        net: The network.  Its parameters change.  Their ``grad`` is 0 afterwards, also after an exception.
        X: The inputs, one example in a row.
        y: The target of each example, in a form that `cost` takes: a row of numbers, one number, or a class index.
        cost: The cost of one example, by name or as a function of (outputs, target); see :mod:`nn.costs`.
        optimizer: The optimizer; by default ``GradientDescent(0.1)``.  It keeps its state for a later call.
        epochs: The number of passes over the examples.
        batch_size: The number of examples in a batch; None for all at once.
        validation: A validation set (X, y), whose cost is measured after each epoch, or the fraction of `X` and `y` to
            hold out for it.
        seed: The seed of the order of the examples, which differs in each epoch, and of the fraction held out.
        shuffle: False keeps the order of the examples.
        penalty: α, the factor of the term α|P|² in the cost, as in micrograd's demo.
        patience: Early stopping: the run ends when the validation cost has not fallen for this number of epochs, and
            the network then has the parameters of its best epoch.
        checkpoint: A file that receives the state of the run after each epoch.
        resume: Continue from `checkpoint` if it exists; the numbers are those of a run without a break.
        progress: Show a progress bar, if tqdm is installed.
        compiled: True trains on the matrix program of network and cost (see `autograd.compile`), False example by
            example.  By default the program is used if there is one, except within `autograd.anomaly`.  The Values of
            the network have the new parameters after each epoch.
        on_step: A function that is called with each `TrainingStep` before the parameters change, for example to see how
            one derivative changes during training. The Values of the network are then up to date at each step, which
            takes time in a compiled run.

    Returns:
        Cost and accuracy of each epoch.

    Raises:
        ValueError: An argument is invalid, or `checkpoint` is damaged or of another run.
        TypeError: An argument has the wrong type.
        FileExistsError: `checkpoint` exists, and `resume` is False.
        FileNotFoundError: The folder of `checkpoint` does not exist.
        FloatingPointError: The cost or a step is not finite; the network keeps the parameters before that step.

    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> from nn import MLP, Adam
    >>> net = MLP(2, [4, 1], "tanh", seed=0)
    >>> history = fit(net, X, y, optimizer=Adam(0.1), epochs=100, batch_size=None, progress=False)
    >>> history.accuracy[-1], history.cost[-1] < 0.01
    (1.0, True)

    How ∂C/∂w of one weight w changes:

    >>> net, slopes = MLP(2, [4, 1], "tanh", seed=0), []
    >>> w = net.layers[0].weight[0, 0]
    >>> history = fit(
    ...     net, X, y, epochs=3, batch_size=None, progress=False, on_step=lambda step: slopes.append(step.derivative(w))
    ... )
    >>> [f"{slope:.4f}" for slope in slopes]
    ['-0.0663', '-0.0542', '-0.0113']
    """
    if not isinstance(net, Module):
        raise TypeError(f"net must be a Module, such as an MLP, got {type(net).__name__}")
    seed, epochs = whole(seed, "seed", 0), whole(epochs, "epochs")
    patience = None if patience is None else whole(patience, "patience", advice=", or None for all epochs")
    shuffle, progress, resume = switch(shuffle, "shuffle"), switch(progress, "progress"), switch(resume, "resume")
    compiled = None if compiled is None else switch(compiled, "compiled")
    penalty = number(penalty, "penalty", 0.0)
    if on_step is not None and not callable(on_step):
        raise TypeError(f"on_step must be a function of one TrainingStep, or None, got {on_step!r:.40}")
    if checkpoint is not None and (not isinstance(checkpoint, (str, os.PathLike)) or not os.fspath(checkpoint)):
        raise TypeError(f"checkpoint must be the path of a file, or None, got {checkpoint!r:.40}")
    if resume and checkpoint is None:
        raise ValueError("checkpoint must be given for resume=True, got None; pass the path of its file")
    examples, held_out = data.labelled(X, y), None
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        held_out = data.labelled(*validation)
    elif isinstance(validation, (int, float, np.number)) and not isinstance(validation, bool):
        examples, held_out = data.split(*examples, validation, seed=seed)
    elif validation is not None:
        raise TypeError(
            "validation must be the fraction of the examples to hold out, such as 0.2, or a pair (X, y), got "
            f"{type(validation).__name__} {validation!r:.40}"
        )
    size = data.batch_length(batch_size, len(examples[1]), "batch_size")
    if patience is not None and held_out is None:
        raise ValueError("validation must be given for patience=, got None; pass 0.2, for example")
    optimizer = GradientDescent(0.1) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, such as nn.Adam(0.003), got {optimizer!r:.60}")
    loss = make_loss(net, costs.find(cost), penalty, *examples, compiled)
    run = _Run(net, loss, optimizer, held_out, patience, on_step)
    settings: dict[str, Any] = {}
    if checkpoint is not None:
        numbers = {"batch_size": size, "seed": seed, "shuffle": shuffle, "penalty": penalty, "patience": patience}
        settings = settings_of(net, loss.cost, optimizer, examples, held_out, numbers)
        if not Path(checkpoint).parent.is_dir():
            raise FileNotFoundError(f"checkpoint must be in a folder that exists, got {checkpoint}")
        if Path(checkpoint).exists():
            if not resume:
                raise FileExistsError(
                    f"checkpoint must be a new file, got {checkpoint}, which exists; resume=True continues it"
                )
            saved = Checkpoint.read(checkpoint)
            saved.load(checkpoint, settings, net, optimizer)
            run.history, run.best = saved.history, saved.best
    loss.read()  # the saved parameters, if the run was resumed
    try:
        with _Bar(progress, epochs, math.ceil(len(examples[1]) / size), run.history) as bar:
            while run.history.epochs < epochs and not run.exhausted():
                # The order of an epoch depends only on the seed and its number, so a resumed run has the same order.
                run.epoch(data.batches(*examples, size, seed=(seed, run.history.epochs), shuffle=shuffle), bar)
                if checkpoint is not None:
                    Checkpoint(
                        settings, net.state(), optimizer.state(), run.best, run.history, net.description()
                    ).write(checkpoint)
        if run.best:
            net.load_state(run.best)
    finally:
        net.zero_grad()  # an interrupted batch leaves a partial sum
    return run.history


class _Run:
    """The state of a training run, and one epoch of it."""

    def __init__(
        self,
        net: Module,
        loss: Loss,
        optimizer: Optimizer,
        held_out: Examples | None,
        patience: int | None,
        on_step: Callable[[TrainingStep], object] | None,
    ) -> None:
        self.net = net
        self.loss = loss
        self.optimizer = optimizer
        self.held_out = held_out
        self.patience = patience
        self.on_step = on_step
        self.history = History()
        self.best: State = {}

    def exhausted(self) -> bool:
        """Return True if the best epoch is at least `patience` epochs ago."""
        history = self.history
        return bool(self.patience and history.epochs and history.epochs - 1 - history.best_epoch >= self.patience)

    def epoch(self, batches: Iterable[Examples], bar: _Bar) -> None:
        """Take a step for each batch, and append the costs and accuracies of the epoch to the history."""
        total, count = 0.0, 0
        outputs, targets = [], []
        try:
            for i, (X, y) in enumerate(batches):
                batch = self.loss(X, y)
                if self.on_step is not None:
                    self.loss.write()
                    step = TrainingStep(self.net, self.history.epochs, i, batch.cost, batch.gradient.copy())
                    self.on_step(step)
                self._step(batch)
                total += batch.cost * len(y)
                count += len(y)
                outputs.append(batch.outputs)
                targets.append(y)
                bar.advance(total / count)
        finally:
            self.loss.write()
        history = self.history
        history.cost.append(total / count)
        history.accuracy += self._accuracy(np.concatenate(outputs), np.concatenate(targets))
        if self.held_out is not None:
            X, y = self.held_out
            cost, a = self.loss.measure(X, y)
            if not math.isfinite(cost):
                raise FloatingPointError(
                    f"training diverged: the validation cost is {cost} after epoch {history.epochs}"
                )
            history.validation_cost.append(cost)
            history.validation_accuracy += self._accuracy(a, y)
            if self.patience is not None and history.best_epoch == history.epochs - 1:
                self.best = self.net.state()

    def _step(self, batch: BatchResult) -> None:
        """Change the parameters by one step of the optimizer, unless it would not be finite."""
        if math.isfinite(batch.cost) and np.isfinite(batch.gradient).all():
            with np.errstate(all="ignore"):  # an overflow is reported below
                P = self.optimizer.step(self.loss.vector, batch.gradient)
            if np.isfinite(P).all():
                self.loss.load(P)
                return
        raise FloatingPointError(
            f"training diverged in epoch {self.history.epochs + 1}: the step for a batch with cost {batch.cost:.4g} is "
            "not finite; the network keeps the parameters before that step; a smaller learning rate may help"
        )

    def _accuracy(self, outputs: NDArray[np.float64], targets: NDArray[Any]) -> list[float]:
        """Return the accuracy in a list, which is empty if the targets are not classes."""
        if not _are_classes(targets, outputs.shape[1]):
            return []
        return [costs.accuracy(outputs, targets, self.loss.cost)]


class _Bar:
    """A progress bar, which shows nothing if it is disabled or tqdm is not installed."""

    def __init__(self, enabled: bool, epochs: int, batches: int, history: History) -> None:
        self.history = history
        self.bar: Any = None
        if enabled:
            try:
                tqdm = import_module("tqdm.auto").tqdm
            except ImportError:
                return
            self.bar = tqdm(total=epochs * batches, initial=history.epochs * batches, unit="batch")

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            # The validation cost of the last epoch is known only after its last batch.
            self._show({})
            self.bar.close()

    def advance(self, cost: float) -> None:
        """Advance by one batch; `cost` is the mean of the epoch so far."""
        if self.bar is not None:
            self._show({"cost": cost})
            self.bar.update()

    def _show(self, now: dict[str, float]) -> None:
        """Show the last entries of the history, and the numbers of the current epoch."""
        last = {name: curve[-1] for name, curve in vars(self.history).items() if curve}
        self.bar.set_postfix({name: f"{x:.4f}" for name, x in {**last, **now}.items()}, refresh=False)


def _are_classes(targets: NDArray[Any], width: int) -> bool:
    """Return True if `targets` are one class per example, for a network with `width` outputs.

    With one output, classes are 0 and 1, or −1 and 1.  With several, a class is an index, or a row with one number for
    the class and a smaller one for all others.
    """
    if width == 1:
        return bool(np.isin(targets, (0, 1)).all() or np.isin(targets, (-1, 1)).all())
    if targets.ndim == 1:
        return bool(np.isin(targets, range(width)).all())
    return len(np.unique(targets)) == 2 and bool(((targets == targets.max()).sum(axis=1) == 1).all())
