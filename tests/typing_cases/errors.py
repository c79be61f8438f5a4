"""Nine planted errors, one for each marked line; both type checkers must find each and nothing else."""

from __future__ import annotations

import autograd as ag
from autograd import Value

a = Value(2.0, "a")

Value("x")  # error
a.gradd  # error  # noqa: B018
ag.sin("x")  # error
a + "x"  # error
y: int = ag.sin(1.0)  # error
b: Value = ag.sin(2.0)  # error
c: float = ag.sin(a)  # error
ag.grad(3)  # error
a.named(5)  # error
