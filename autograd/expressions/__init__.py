"""Expressions: a line of mathematics with names and numbers, as nodes; parsed, never evaluated as Python."""

from autograd.expressions.diagnostics import ExpressionError
from autograd.expressions.evaluation import Evaluation, assignment, evaluate

__all__ = ["Evaluation", "ExpressionError", "assignment", "evaluate"]
