"""The name under which micrograd's users import: ``from autograd.engine import Value``."""

from autograd.value import Value as Value
from autograd.value import topological_order as topological_order
