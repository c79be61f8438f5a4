"""Compiler from recorded scalar code to matrix programs.

The stages: `record` a function, bring its scalar graph into `canonical` form, `lower` it to a program on arrays
(`vectorize`, `autodiff`) or on scalars, and lower that to one of the `backends`.
"""

from autograd.compiling.compiled import Compiled, compile, compile_by_name

__all__ = ["Compiled", "compile", "compile_by_name"]
