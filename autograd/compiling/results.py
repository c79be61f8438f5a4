"""What a program returns, in the form in which its caller asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from autograd.compiling.record import Recording, Shape


class Results:
    """Puts together what the programs of one recording return.

    Args:
        recording: what was recorded.
        backend: whose arrays come.
    """

    def __init__(self, recording: Recording, backend: str) -> None:
        self.recording = recording
        self.backend = backend
        self.shared = bool(recording.parameters)

    def shaped(self, returned: Sequence[Any], gradient: bool, mean: bool, single: bool, examples: int) -> Any:
        """The value, with what else there is, and the gradient if it was asked for.

        Args:
            returned: what the program gave: the value, other outputs, and for each output its derivatives.
            gradient: whether they are among it.
            mean: whether it is a mean over the examples.
            single: whether one example came as such, and no batch.
            examples: how many came.
        """
        value, *rest = returned
        for_each = not mean and (self.shared or not single)
        alone = for_each and single  # was made a batch, as parameters need one
        if for_each:
            value = _for_each(value, (examples,) if self.recording.single else (examples, len(self.recording.outputs)))
        value = plain(value[0] if alone else value)
        if self.recording.aux:
            extra = rest.pop(0)
            if self.shared or not single:
                extra = _for_each(extra, (examples, len(self.recording.aux)))
            value = value, extra[0] if self.shared and single else extra
        if not gradient:
            return value
        gradients = rest if self.recording.single else self._stacked(rest, int(for_each))
        gradients = [plain(x[0] if alone else x) for x in gradients]
        return value, gradients[0] if len(gradients) == 1 else tuple(gradients)

    def _stacked(self, derivatives: Sequence[Any], axis: int) -> list[Any]:
        """The rows of a Jacobian for each of what is differentiated by."""
        wrt = 1 if self.shared else len(self.recording.shapes)
        stack = np.stack if self.backend == "numpy" else import_module("jax.numpy").stack
        return [stack(derivatives[k::wrt], axis) for k in range(wrt)]


def _for_each(x: Any, shape: Shape) -> Any:
    """`x` in that shape, with an axis for the examples also where it depends on none."""
    return x if np.shape(x) == shape else np.broadcast_to(x, shape).copy()


def plain(x: Any) -> Any:
    """A number as a float."""
    return float(x) if isinstance(x, _NUMBERS) and np.ndim(x) == 0 else x


_NUMBERS = (np.ndarray, np.floating, int)
