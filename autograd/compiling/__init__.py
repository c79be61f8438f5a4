"""Compiling: scalar code is recorded once and runs as the matrix program that it is."""

from autograd.compiling.compiled import Compiled, compile, compile_by_name

__all__ = ["Compiled", "compile", "compile_by_name"]
