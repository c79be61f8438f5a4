"""Compiling: scalar code is recorded once and runs as the matrix program that it is."""

from autograd.compiling.compilation import compile, compile_by_name
from autograd.compiling.compiled import Compiled

__all__ = ["Compiled", "compile", "compile_by_name"]
