"""Expressions: a line of mathematics with names and numbers, as nodes; parsed, never evaluated as Python."""

from autograd.expressions.evaluation import Evaluation, assignment, evaluate
from autograd.expressions.mistakes import ExpressionError

__all__ = ["Evaluation", "ExpressionError", "assignment", "evaluate"]
