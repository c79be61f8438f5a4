"""Neural networks of scalars: every weight is a named `Value`, and every derivative can be traced.

>>> import autograd as ag, nn
>>> net = nn.MLP(2, [2, 1], seed=0)
>>> C = nn.quadratic(net([1.0, 0.5]), [1.0]).named("C")
>>> print(ag.trace(C, net.layers[1].weight[0, 0]))
∂C/∂w³₁,₁ = ∂C/∂a³₁ · ∂a³₁/∂AS³₁ · ∂AS³₁/∂w³₁,₁
  ∂C/∂a³₁      = 2(a³₁ − E₁)           = 2(0.6531 − 1)       = −0.6938
  ∂a³₁/∂AS³₁   = S(AS³₁)(1 − S(AS³₁))  = 0.6531(1 − 0.6531)  =  0.2266
  ∂AS³₁/∂w³₁,₁ = a²₁                                         =  0.5134
∂C/∂w³₁,₁ = −0.6938 · 0.2266 · 0.5134                        = −0.0807

Layer 1 is the input. w³₁,₁ is the weight to neuron 1 of layer 3 from neuron 1 of layer 2, and AS is an activation sum.

PYTEST_DONT_REWRITE: without this mark, pytest warns that it cannot rewrite a module that was imported before it.
"""

from _scalar_autograd import require_scalar_autograd

require_scalar_autograd()

from nn import initializers, micrograd, schedules
from nn.backpropagation import backprop
from nn.costs import accuracy, binary_cross_entropy, cross_entropy, hinge, mean_squared, quadratic
from nn.data import batches, one_hot, read_idx, read_mnist, split
from nn.history import History
from nn.layers import MLP, Layer, Neuron
from nn.modules import Module
from nn.optimizers import SGD, Adam, GradientDescent, Momentum, Nesterov, Optimizer, RMSProp
from nn.state import from_torch, load, to_torch
from nn.training import fit

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "GradientDescent",
    "History",
    "Layer",
    "Module",
    "Momentum",
    "Nesterov",
    "Neuron",
    "Optimizer",
    "RMSProp",
    "accuracy",
    "backprop",
    "batches",
    "binary_cross_entropy",
    "cross_entropy",
    "fit",
    "from_torch",
    "hinge",
    "initializers",
    "load",
    "mean_squared",
    "micrograd",
    "one_hot",
    "quadratic",
    "read_idx",
    "read_mnist",
    "schedules",
    "split",
    "to_torch",
]
