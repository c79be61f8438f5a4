"""Training of a network on handwritten digits, with an explanation of the gradient of one of its weights.

``python examples/digits.py`` trains on scikit-learn's digits of 8 × 8 pixels, with the settings of the essay: sigmoids,
the sum of squares as the cost, and stochastic gradient descent with ten images in a batch.  ``--mnist DIR`` reads
images of 28 × 28 pixels from MNIST's files in a folder.  The network then is that of the essay, with 13,002 weights and
biases.
"""

from __future__ import annotations

import argparse
import math
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from nn.data import Examples

# Each optimizer with a learning rate that works well here.
OPTIMIZERS: dict[str, tuple[type[nn.Optimizer], float]] = {
    "gd": (nn.GradientDescent, 1.5),
    "momentum": (nn.Momentum, 0.15),
    "rmsprop": (nn.RMSProp, 0.003),
    "adam": (nn.Adam, 0.003),
}
EXTRA = 'pip install ".[examples]"'


def digits(seed: int) -> tuple[Examples, Examples]:
    """Return scikit-learn's 1,797 digits, with pixels from 0 to 1: four fifths for training, the rest held out."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return nn.split(data.data / 16.0, data.target, 0.2, seed=seed)


def mnist(folder: str) -> tuple[Examples, Examples]:
    """Return MNIST's training set and test set; if there is only a test set, split it into four fifths and one."""
    X, y = nn.read_mnist(folder, "t10k")
    try:
        return nn.read_mnist(folder), (X, y)
    except FileNotFoundError:
        cut = len(X) * 4 // 5
        return (X[:cut], y[:cut]), (X[cut:], y[cut:])


def target(cost: str, labels: np.ndarray) -> np.ndarray:
    """Return the targets for these digits: 1 for the digit itself, and 0, or −1 for the hinge, for the others."""
    return 2.0 * nn.one_hot(labels, 10) - 1.0 if cost == "hinge" else nn.one_hot(labels, 10)


def explain(net: nn.MLP, batch: Examples, options: argparse.Namespace) -> tuple[np.ndarray, ag.Value, ag.Value]:
    """Print the worked derivative of the cost of one image by one weight, and its mean over a batch.

    The weight is the chosen one, or the weight of the output layer with the greatest gradient.  The image is the one
    with the greatest cost.

    Returns:
        The image, its cost and the weight.
    """
    X, labels = batch
    cost = getattr(nn, options.cost)
    costs = [cost(net(x), E).named("C") for x, E in zip(X, target(options.cost, labels), strict=True)]
    net.zero_grad()
    for C in costs:
        C.backward()
    weight = choose_weight(net, options.weight)
    mean = weight.grad / len(X)
    name = next(row.name for row in net.gradients().ranked if row.parameter is weight)
    worst = int(np.argmax([C.data for C in costs]))
    image = f"image {worst + 1} of a batch, a {labels[worst]}"
    print(f"\nThe weight {name} = {weight.data:.4g}, and {image}:\n")
    print(ag.trace(costs[worst], weight))
    print(f"\nThe gradient of the batch is the mean over its images:\n\n  image  shows       C       ∂C/∂{name}")
    derivatives = [ag.gradient(C, weight).data for C in costs]
    for i, (label, C, dC) in enumerate(zip(labels, costs, derivatives, strict=True), 1):
        print(f"  {i:5}  {label:5}  {C.data:6.4f}  {dC:15.6g}")
    print(f"  mean          {np.mean([C.data for C in costs]):6.4f}  {mean:15.6g}")
    assert math.isclose(mean, math.fsum(derivatives) / len(derivatives), rel_tol=1e-9, abs_tol=1e-15)
    if options.optimizer == "gd":
        step = f"{weight.data:.6g} − {options.rate:g} · ({mean:.4g}) = {weight.data - options.rate * mean:.6g}"
        print(f"\nThe step P − r∇C takes this weight to {step}.")
    return X[worst], costs[worst], weight


def choose_weight(net: nn.MLP, indices: list[int] | None) -> ag.Value:
    """Return the weight w^l[m,p] for l, m, p; by default that of the output layer with the greatest gradient."""
    if indices is None:
        return max(net.layers[-1].weight.ravel().tolist(), key=lambda weight: abs(weight.grad))
    layer, neuron, before = indices
    if (
        not 2 <= layer <= len(net.sizes)
        or not 1 <= neuron <= net.sizes[layer - 1]
        or not 1 <= before <= net.sizes[layer - 2]
    ):
        raise SystemExit(
            f"--weight must be a weight of {net}, got w^{layer}[{neuron},{before}]; layer 1 is the input, neurons "
            "count from 1"
        )
    return net.layers[layer - 2].weight[neuron - 1, before - 1]


def plot(folder: Path, net: nn.MLP, history: nn.History, held_out: Examples) -> None:
    """Plot cost and accuracy by epoch, the weights of the first layer as images, and the misclassified digits."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(9, 3.2), layout="constrained")
    epochs = range(1, history.epochs + 1)
    for axes, name in zip(figure.subplots(1, 2), ("cost", "accuracy"), strict=True):
        axes.plot(epochs, getattr(history, name), marker=".", label="training")
        axes.plot(epochs, getattr(history, f"validation_{name}"), marker=".", label="held out")
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    figure.savefig(folder / "history.png", dpi=120)

    weights = net.state()["layers.0.weight"]
    bound = float(np.abs(weights).max())
    neurons = [f"neuron {i + 1}" for i in range(len(weights))]
    figure = images(weights, neurons, cmap="RdBu_r", vmin=-bound, vmax=bound)
    figure.suptitle(f"Weights to layer 2, from −{bound:.2f} (blue) to {bound:.2f} (red)")
    figure.savefig(folder / "weights.png", dpi=120)

    X, labels = held_out
    read = net.predict(X).argmax(axis=1)
    wrong = np.flatnonzero(read != labels)
    texts = [f"{labels[i]} read as {read[i]}" for i in wrong[:32]]
    figure = images(X[wrong[:32]], texts, cmap="gray_r", vmin=0.0, vmax=1.0)
    figure.suptitle(f"Read wrongly: {len(wrong)} of {len(X):,} held-out images")
    figure.savefig(folder / "wrong.png", dpi=120)


def images(rows: np.ndarray, texts: list[str], **style: Any) -> Any:
    """Return a figure with each row as a square image."""
    from matplotlib.figure import Figure

    columns, side = 8, math.isqrt(rows.shape[1])
    lines = max(math.ceil(len(rows) / columns), 1)
    figure = Figure(figsize=(1.2 * columns, 1.4 * lines + 0.5), layout="constrained")
    for i, axes in enumerate(figure.subplots(lines, columns, squeeze=False).flat):
        axes.axis("off")
        if i < len(rows):
            axes.imshow(rows[i].reshape(side, side), **style)
            axes.set_title(texts[i], fontsize=8)
    return figure


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mnist", metavar="DIR", help="folder with MNIST's IDX files, plain or .gz")
    parser.add_argument(
        "--hidden", type=int, nargs="*", default=[16, 16], metavar="N", help="neurons of the hidden layers"
    )
    parser.add_argument("--activation", default="sigmoid", help="activation of the neurons (default: %(default)s)")
    parser.add_argument("--cost", default="quadratic", choices=["quadratic", "mean_squared", "cross_entropy", "hinge"])
    parser.add_argument("--optimizer", default="gd", choices=OPTIMIZERS)
    parser.add_argument(
        "--rate", type=float, help="learning rate (default: 1.5, momentum 0.15, rmsprop and adam 0.003)"
    )
    parser.add_argument("--batch", type=int, default=10, help="images in a batch (default: %(default)s)")
    parser.add_argument("--epochs", type=int, help="passes over the images (default: 20, for MNIST 10)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all random numbers (default: %(default)s)")
    parser.add_argument("--weight", type=int, nargs=3, metavar=("L", "M", "P"), help="explain w^L[M,P]")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="save the run to a file after each epoch, and resume it if the file exists",
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the network to a file, for nn.load")
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="write plots and a picture of the network to a folder"
    )
    options = parser.parse_args(arguments)
    if options.plots and find_spec("matplotlib") is None:
        parser.error(f"--plots needs matplotlib: {EXTRA}")
    if not options.mnist and find_spec("sklearn") is None:
        parser.error(f"the digits of 8 × 8 pixels come with scikit-learn: {EXTRA}; or pass --mnist DIR")
    for file in filter(None, (options.checkpoint, options.save)):
        if not file.parent.is_dir():
            parser.error(f"there is no folder {file.parent} for {file.name}")
    if options.rate is None:
        options.rate = OPTIMIZERS[options.optimizer][1]
    if options.epochs is None:
        options.epochs = 10 if options.mnist else 20
    return options


def main(arguments: list[str]) -> int:
    """Train the network, print its accuracy, and explain one gradient."""
    options = parse(arguments)
    training, held_out = mnist(options.mnist) if options.mnist else digits(options.seed)
    pixels = training[0].shape[1]
    if options.plots and math.isqrt(pixels) ** 2 != pixels:
        raise SystemExit(f"--plots must have square images, got {pixels} pixels")
    activations = [options.activation] * len(options.hidden)
    activations.append(options.activation if options.cost in ("quadratic", "mean_squared") else "linear")
    net = nn.MLP(pixels, [*options.hidden, 10], activations, seed=options.seed)
    print(f"{net}\n{len(training[0]):,} images to train with, {len(held_out[0]):,} held out")
    print(f"{options.epochs} epochs in batches of {options.batch}, {options.optimizer} at a rate of {options.rate:g}\n")
    history = nn.fit(
        net,
        training[0],
        target(options.cost, training[1]),
        cost=options.cost,
        optimizer=OPTIMIZERS[options.optimizer][0](options.rate),
        epochs=options.epochs,
        batch_size=options.batch,
        validation=(held_out[0], target(options.cost, held_out[1])),
        seed=options.seed,
        checkpoint=options.checkpoint,
        resume=options.checkpoint is not None,
        progress=sys.stderr.isatty(),
    )
    print("         training          held out\n  epoch    cost  accuracy    cost  accuracy")
    for epoch, row in enumerate(zip(*vars(history).values(), strict=True), 1):
        print("  {:5}  {:6.4f}  {:8.4f}  {:6.4f}  {:8.4f}".format(epoch, *row))
    right = round(history.validation_accuracy[-1] * len(held_out[0]))
    print(f"\n{right:,} of {len(held_out[0]):,} held-out images are read rightly: {right / len(held_out[0]):.2%}.")
    x, C, weight = explain(net, (training[0][:10], training[1][:10]), options)
    if options.save:
        net.save(options.save)
        print(f"\n{options.save} holds the network; nn.load({str(options.save)!r}) reads it.")
    if options.plots:
        options.plots.mkdir(parents=True, exist_ok=True)
        plot(options.plots, net, history, held_out)
        picture = ag.draw_network(net, x, wrt=weight, cost=C, outputs=range(10))
        picture.save(options.plots / "network.svg")
        print(f"\n{options.plots} holds history.png, weights.png, wrong.png and network.svg.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
