"""How a training run went."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """How a training run went, epoch by epoch: what `nn.fit` returns.  Each list can be plotted as it is.

    Attributes:
        cost: the mean cost of the examples as they came up during the epoch, and the penalty.
        accuracy: the share of them whose class was recognised; empty where the targets are no classes.
        validation_cost: the mean cost of the held-out examples after the epoch; empty without such.
        validation_accuracy: the share of those whose class was recognised; empty likewise.

    >>> history = History(cost=[0.9, 0.4], validation_cost=[0.5, 0.6])
    >>> history.epochs, history.best_epoch
    (2, 0)
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
