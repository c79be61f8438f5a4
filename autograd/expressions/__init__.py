"""Expressions: mathematics typed as text, parsed into graphs and never evaluated as Python."""

from autograd.expressions.diagnostics import ExpressionError
from autograd.expressions.evaluation import Evaluation, assignment, evaluate

__all__ = ["Evaluation", "ExpressionError", "assignment", "evaluate"]
