"""Reverse mode: one sweep from an output back to the leaves.

In the textbook it takes ten lines.  The nodes are ordered so that operands come before results, and are then visited
from the output back.  Each passes its gradient on to its operands by the chain rule:

>>> import autograd as ag
>>> def textbook_backward(root):
...     order = ag.topological_order(root)
...     for node in order:
...         if node.op is not None:
...             node.grad = 0.0
...     root.grad = 1.0
...     for node in reversed(order):
...         for operand, partial in zip(node.operands, node.partials):
...             operand.grad += partial * node.grad

`sweep` gives the same numbers:

>>> a, b = ag.Value(2.0, "a"), ag.Value(1.0, "b")
>>> e = (a + b) * (b + 1)
>>> textbook_backward(e)
>>> a.grad, b.grad
(2.0, 5.0)
>>> a.grad = b.grad = 0.0
>>> e.backward()
>>> a.grad, b.grad
(2.0, 5.0)

It differs in three ways.  It orders the nodes while it visits them (Kahn's algorithm): a first pass counts the uses of
each node, and a node is visited when all its uses have passed their gradients on.  So no list of all nodes is made.
It leaves constants out.  It passes on neither a gradient nor a partial of exactly 0, so that nothing comes out of a
branch that was not taken, not even 0·inf.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Final, final

from autograd.native.shims import i64, mypyc_attr
from autograd.op import Op
from autograd.scalar import Scalar

# The uses of a node are counted in its mark.  Every sweep counts from a start of its own, above all marks that earlier
# sweeps have left, so that no sweep has to clear marks first, not even after one that was interrupted:
#     mark < start        the node has not been counted in this sweep
#     mark = start + n    n of its uses have not passed their gradients on yet
# A completed sweep leaves all marks at its start, and the next one begins one higher.  An interrupted sweep leaves
# marks of up to start + uses, and the next one begins above those: 2³¹ interruptions fit into 63 bits.
MAX_USES: Final = 2**32
# The mark of constants, which no sweep counts and which get no gradient.
CONSTANT: Final = -1


@final
class Turn:
    """The state of sweeps.  Threads may share nodes, which hold marks and gradients, so their sweeps take turns.

    Attributes:
        lock: held by the thread that sweeps.  It is reentrant, so that a sweep within a sweep is refused and does not
            wait for itself.
        is_sweeping: True while a sweep runs, in the thread that holds the lock.
        start: the mark from which the next sweep counts.
    """

    __slots__ = ("is_sweeping", "lock", "start")

    lock: Any
    is_sweeping: bool
    start: i64

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.is_sweeping = False
        self.start = 1

    def release_after_fork(self) -> None:
        """Release the lock in a child process: the thread that held it does not exist there."""
        self.lock = threading.RLock()
        self.is_sweeping = False


TURN: Final = Turn()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TURN.release_after_fork)


@mypyc_attr(acyclic=True)
class Node(Scalar):
    """A number in a graph, as a sweep sees it.

    Attributes:
        grad: the derivative of the root of the last sweep with respect to this node.
        op: the operation that made it, None for a leaf.
    """

    __slots__ = ("_mark", "grad", "op")

    grad: float
    op: Op | None
    _mark: i64

    def __init__(self, data: float) -> None:
        self.data = data
        self.grad = 0.0
        self.op = None
        self._mark = 0

    @property
    def operands(self) -> tuple[Node, ...]:
        """The nodes it was computed from, one for each slot of the operation."""
        return ()

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial derivatives with respect to the operands."""
        return ()

    def _count_uses(self, stack: list[Node], start: i64) -> None:
        """Count one use of each operand; put operands that were not counted before on the stack."""
        for operand in self.operands:
            count_use(operand, stack, start)

    def _pass_on(self, ready: list[Node], start: i64) -> None:
        """Pass the gradient on to each operand by the chain rule."""
        adjoint = self.grad
        for operand, partial in zip(self.operands, self.partials, strict=True):
            pass_to(operand, adjoint, partial, ready, start)


def differentiate(root: Node) -> None:
    """Sweep from `root` when no other thread does.

    Raises:
        RuntimeError: a sweep is running in this thread.
    """
    with TURN.lock:
        if TURN.is_sweeping:
            raise RuntimeError(
                "backward() must not be called while another backward() is running in the same thread, as from a "
                "signal handler; call it after that one has ended"
            )
        try:
            TURN.is_sweeping = True
            sweep(root)
        finally:
            TURN.is_sweeping = False


def sweep(root: Node) -> None:
    """Add the derivatives of `root` to the gradients of the leaves; set those of the results between them."""
    if root.op is None:
        root.grad += 1.0
        return
    start = count_all_uses(root)
    root.grad = 1.0
    ready = [root]
    while ready:
        ready.pop()._pass_on(ready, start)
    TURN.start = start + 1


def count_all_uses(root: Node) -> i64:
    """Count the uses of every result below `root` and clear its gradient; return the mark that means no uses."""
    start: i64 = TURN.start
    TURN.start = start + MAX_USES
    root._mark = start
    stack = [root]
    while stack:
        node = stack.pop()
        node.grad = 0.0
        node._count_uses(stack, start)
    return start


def count_use(operand: Node, stack: list[Node], start: i64) -> None:
    """Count one use of an operand; leaves need no count, as they pass nothing on."""
    if operand._mark >= start:
        operand._mark += 1
    elif operand.op is not None:
        operand._mark = start + 1
        stack.append(operand)


def pass_to(operand: Node, adjoint: float, partial: float, ready: list[Node], start: i64) -> None:
    """Apply the chain rule on one edge; an operand is ready when all its uses have passed their gradients on."""
    if adjoint != 0.0 and partial != 0.0 and operand._mark != CONSTANT:
        operand.grad += partial * adjoint
    if operand._mark > start:
        operand._mark -= 1
        if operand._mark == start:
            ready.append(operand)
