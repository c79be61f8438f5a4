"""Loading networks from files, and conversion from and to PyTorch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from typing import Any, Literal, TypeVar, overload

import autograd as ag
from nn import archive
from nn._values import Floats
from nn.layers import MLP
from nn.modules import Module

AnyModule = TypeVar("AnyModule", bound=Module)


@overload
def load(path: str | os.PathLike[str], *, network: Literal["last", "best"] | None = None) -> MLP: ...
@overload
def load(
    path: str | os.PathLike[str], net: AnyModule, *, network: Literal["last", "best"] | None = None
) -> AnyModule: ...
def load(
    path: str | os.PathLike[str], net: Module | None = None, *, network: Literal["last", "best"] | None = None
) -> Module:
    """Return the network in the file `path`.

    Args:
        path: A file that `Module.save` wrote, or a checkpoint of `nn.fit`.
        net: A network that receives the parameters and is returned; by default a new `MLP` of the saved shape.
        network: Only for a checkpoint: "last" for the parameters after its last epoch, or "best" for those after its
            best one, which a run with ``patience=`` saves.

    Raises:
        ValueError: The file is damaged, of another network, or a checkpoint and `network` is not given.  Nothing is
            loaded.  The message names the file.
        OSError: It cannot be opened.

    >>> import tempfile, pathlib, nn
    >>> net = nn.MLP(2, [3, 1], seed=0)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "net.npz"
    >>> net.save(path)
    >>> again = nn.load(path)
    >>> again
    MLP(2 → 3 → 1, sigmoid, 13 parameters)
    >>> bool((again.predict([1.0, 2.0]) == net.predict([1.0, 2.0])).all())
    True
    """
    if network not in (None, "last", "best"):
        raise ValueError(f'network must be "last", "best" or None, got {network!r:.40}')
    if net is not None and not isinstance(net, Module):
        raise TypeError(f"net must be a Module, such as an MLP, got {type(net).__name__}; it receives the parameters")
    state, description = archive.read(path)
    if description.get("module") == "checkpoint" and network is None:
        raise ValueError(
            f"{os.fspath(path)} must be a network, got a checkpoint of a training run; resume it with nn.fit(…, "
            'checkpoint=path, resume=True), or load its network: nn.load(path, network="last"), or '
            'nn.load(path, net, network="last") if net is not an MLP'
        )
    try:
        if network is not None:
            state, description = _of_checkpoint(state, description, network)
        if net is None:
            net = _perceptron(description, {name: array.shape for name, array in state.items()})
        net.load_state(state)
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f"{os.fspath(path)} does not fit: {error}") from error
    return net


def _of_checkpoint(
    arrays: dict[str, Floats], description: dict[str, Any], network: str
) -> tuple[dict[str, Floats], dict[str, Any]]:
    """Return the state and the description of the network in a checkpoint."""
    if description.get("module") != "checkpoint":
        raise ValueError(f"network={network!r} applies only to checkpoints, not to saved networks; leave it out")
    prefix = "network." if network == "last" else "best."
    state = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    if not state and network == "best":
        raise ValueError(
            'it has no best parameters, which only a run with patience= saves; load its last epoch: network="last"'
        )
    kept = description.get("network")
    return state, kept if isinstance(kept, dict) else {}


def _perceptron(description: dict[str, Any], shapes: dict[str, tuple[int, ...]]) -> MLP:
    """Return the MLP of a description, with zeros; check `shapes` first, so that a false one allocates no memory."""
    if description.get("module") != "MLP":
        raise ValueError(
            f"it has the parameters of {description.get('module')!r:.60}; create that network, and load them into it "
            "with nn.load(path, net), or for a checkpoint with nn.load(path, net, network=…)"
        )
    sizes, activations = description.get("sizes"), description.get("activations")
    if not isinstance(sizes, list) or not all(type(n) is int for n in sizes) or len(sizes) < 2:
        raise ValueError(f"its sizes must be a list of two or more integers, got {sizes!r:.60}")
    if not isinstance(activations, list) or not all(isinstance(name, str) for name in activations):
        raise ValueError(f"its activations must be a list of names, got {activations!r:.60}")
    # The arrays are in memory already, so a network of their shapes is no larger than the file.
    expected: dict[str, tuple[int, ...]] = {}
    for i, (fan_in, width) in enumerate(pairwise(sizes)):
        expected |= {f"layers.{i}.weight": (width, fan_in), f"layers.{i}.bias": (width,)}
    if shapes != expected:
        wrong = sorted(expected.items() ^ shapes.items())
        raise ValueError(f"its arrays must be those of a network {sizes!r:.60}, got differences: {wrong!r:.200}")
    return MLP(sizes[0], sizes[1:], activations, init="zeros")


# PyTorch's class for each activation, and the arguments with which it is the same function.
_TORCH: dict[str, tuple[str, dict[str, Any]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": ag.TABLE["leaky_relu"].defaults[0]}),
    "elu": ("ELU", {"alpha": ag.TABLE["elu"].defaults[0]}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 40.0}),  # above, softplus(x) rounds to x
    "silu": ("SiLU", {}),
    "gelu": ("GELU", {"approximate": "none"}),
    "softmax": ("Softmax", {"dim": -1}),
}
# PyTorch's modules that do not change an example which is a vector.
_TRANSPARENT = ("Flatten", "Identity")


def to_torch(net: MLP) -> Any:
    """Return a ``torch.nn.Sequential`` with the weights of `net`, in double precision.

    Its ``state_dict`` counts activations too: ``layers.1.weight`` here is ``2.weight`` there.

    Args:
        net: The network.

    Raises:
        ImportError: PyTorch is not installed.
        TypeError: `net` is not an `MLP`.
        ValueError: An activation has no module in PyTorch.
    """
    torch = _torch()
    if not isinstance(net, MLP):
        raise TypeError(f"net must be an MLP, got {type(net).__name__}")
    modules = []
    for layer in net.layers:
        width, fan_in = layer.weight.shape
        linear = torch.nn.Linear(fan_in, width, dtype=torch.float64)
        linear.load_state_dict({name: torch.from_numpy(array) for name, array in layer.state().items()})
        modules.append(linear)
        if layer.activation is not None:
            if layer.activation.name not in _TORCH:
                raise ValueError(
                    f"activation must have a module in PyTorch, got {layer.activation.name}; there are modules for "
                    f"{', '.join(_TORCH)} and linear"
                )
            class_name, arguments = _TORCH[layer.activation.name]
            modules.append(getattr(torch.nn, class_name)(**arguments))
    return torch.nn.Sequential(*modules)


def from_torch(sequential: Any) -> MLP:
    """Return an `MLP` with the weights of a ``torch.nn.Sequential`` of Linears and activations.

    Args:
        sequential: Linears, each followed by at most one activation.

    Raises:
        ImportError: PyTorch is not installed.
        TypeError: It is not a Sequential.
        ValueError: It has other modules, or an activation with arguments that change the function.
    """
    torch = _torch()
    if not isinstance(sequential, torch.nn.Sequential):
        raise TypeError(f"sequential must be a torch.nn.Sequential, got {type(sequential).__name__}")
    linears: list[Any] = []
    activations: list[str] = []
    for module in _unnested(sequential, torch.nn.Sequential):
        if type(module) is torch.nn.Linear:
            if module.bias is None:
                raise ValueError(f"a Linear must have biases, got {module}; give it biases of 0")
            linears.append(module)
            activations.append("linear")
        elif type(module).__name__ not in _TRANSPARENT:
            name = _activation(module)
            if not linears or activations[-1] != "linear":
                raise ValueError(f"an activation must follow a Linear, got {module} in another position")
            activations[-1] = name
    if not linears:
        raise ValueError("sequential must contain a Linear, got none")
    net = MLP(linears[0].in_features, [linear.out_features for linear in linears], activations, init="zeros")
    net.load_state(
        {
            f"layers.{i}.{name}": tensor.detach().cpu().double().numpy()
            for i, linear in enumerate(linears)
            for name, tensor in linear.named_parameters()
        }
    )
    return net


def _activation(module: Any) -> str:
    """Return the name of the activation that equals a module of PyTorch."""
    for name, (class_name, arguments) in _TORCH.items():
        if type(module).__name__ == class_name:
            # The threshold only selects a formula for large x.
            actual = {key: getattr(module, key) for key in arguments.keys() - {"threshold"}}
            if not actual.items() <= arguments.items() and not (class_name == "Softmax" and module.dim == 1):
                raise ValueError(f"{class_name} must have the arguments {arguments} to be {name}, got {module}")
            return name
    supported = ", ".join(class_name for class_name, _ in _TORCH.values())
    raise ValueError(f"sequential must contain only Linears and {supported}, got {module}")


def _unnested(sequential: Any, kind: type) -> Iterator[Any]:
    """Yield the modules of nested Sequentials in order."""
    for module in sequential:
        if isinstance(module, kind):
            yield from _unnested(module, kind)
        else:
            yield module


def _torch() -> Any:
    """Import PyTorch, only when it is used."""
    try:
        return import_module("torch")
    except ImportError as error:
        raise ImportError("PyTorch is not installed; pip install torch") from error
