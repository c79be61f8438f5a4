"""A network that learns to read handwritten digits, and explains the gradient of one of its weights.

``python examples/digits.py`` learns scikit-learn's digits of 8 × 8 pixels, with the essay's settings: sigmoids, the sum
of squares as the cost, and stochastic gradient descent with ten images in a batch.  ``--mnist DIR`` takes the images of
28 × 28 pixels from MNIST's files in a folder; then the network is the essay's, of 13,002 weights and biases.
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
from autograd.symbolic import notation, typesetting
from nn.data import Examples

OPTIMIZERS: dict[str, tuple[type[nn.Optimizer], float]] = {
    "gd": (nn.GradientDescent, 1.5),
    "momentum": (nn.Momentum, 0.15),
    "rmsprop": (nn.RMSProp, 0.003),
    "adam": (nn.Adam, 0.003),
}
"""Each with its usual rate here."""
EXTRA = 'pip install ".[examples]"'


def digits(seed: int) -> tuple[Examples, Examples]:
    """Scikit-learn's 1,797 digits, pixels from 0 to 1: four fifths to train with, and the others held out."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return nn.split(found.data / 16.0, found.target, 0.2, seed=seed)


def mnist(folder: str) -> tuple[Examples, Examples]:
    """MNIST's images to train with and to test with; where only the latter are, four fifths of them and the others."""
    X, y = nn.read_mnist(folder, "t10k")
    try:
        return nn.read_mnist(folder), (X, y)
    except FileNotFoundError:
        cut = len(X) * 4 // 5
        return (X[:cut], y[:cut]), (X[cut:], y[cut:])


def target(cost: str, labels: np.ndarray) -> np.ndarray:
    """What the network is expected to show for these digits."""
    return 2.0 * nn.one_hot(labels, 10) - 1.0 if cost == "hinge" else nn.one_hot(labels, 10)


def explain(net: nn.MLP, batch: Examples, options: argparse.Namespace) -> tuple[np.ndarray, ag.Value, ag.Value]:
    """Print the derivative of one image's cost by one weight, worked out, and the mean over the images of a batch.

    It is the weight asked for, or that of the output layer whose mean is the greatest; the image is the dearest.

    Returns:
        The image, its cost and the weight.
    """
    X, labels = batch
    cost = getattr(nn, options.cost)
    costs = [cost(net(x), E).named("C") for x, E in zip(X, target(options.cost, labels), strict=True)]
    net.zero_grad()
    for C in costs:
        C.backward()
    weight = chosen(net, options.weight)
    mean = weight.grad / len(X)
    dearest = int(np.argmax([C.data for C in costs]))
    image = f"image {dearest + 1} of a batch, a {labels[dearest]}"
    print(f"\nThe weight {typesetting.name(weight.label)} = {weight.data:.4g}, and {image}:\n")
    print(ag.trace(costs[dearest], weight))
    derivative = notation.derivative("C", weight.label)
    print(f"\nThe gradient of the batch is the mean over its images:\n\n  image  shows       C       {derivative}")
    slopes = [ag.gradient(C, weight).data for C in costs]
    for i, (label, C, slope) in enumerate(zip(labels, costs, slopes, strict=True), 1):
        print(f"  {i:5}  {label:5}  {C.data:6.4f}  {slope:15.6g}")
    print(f"  mean          {np.mean([C.data for C in costs]):6.4f}  {mean:15.6g}")
    assert math.isclose(mean, math.fsum(slopes) / len(slopes), rel_tol=1e-9, abs_tol=1e-15)
    if options.optimizer == "gd":
        step = f"{weight.data:.6g} − {options.rate:g} · ({mean:.4g}) = {weight.data - options.rate * mean:.6g}"
        print(f"\nThe step P − r∇C takes this weight to {step}.")
    return X[dearest], costs[dearest], weight


def chosen(net: nn.MLP, place: list[int] | None) -> ag.Value:
    """The weight w^l[m,p] for l, m, p; without them the one of the output layer whose gradient is the greatest."""
    if place is None:
        return max(net.layers[-1].weight.ravel().tolist(), key=lambda weight: abs(weight.grad))
    layer, neuron, before = place
    if (
        not 2 <= layer <= len(net.sizes)
        or not 1 <= neuron <= net.sizes[layer - 1]
        or not 1 <= before <= net.sizes[layer - 2]
    ):
        raise SystemExit(
            f"w^{layer}[{neuron},{before}] is no weight of {net}: layer 1 is the input, neurons count from 1"
        )
    return net.layers[layer - 2].weight[neuron - 1, before - 1]


def plot(folder: Path, net: nn.MLP, history: nn.History, held_out: Examples) -> None:
    """Cost and accuracy over epochs, first-layer weights as images, and the digits that were read wrongly."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(9, 3.2), layout="constrained")
    epochs = range(1, history.epochs + 1)
    for axes, what in zip(figure.subplots(1, 2), ("cost", "accuracy"), strict=True):
        axes.plot(epochs, getattr(history, what), marker=".", label="training")
        axes.plot(epochs, getattr(history, f"validation_{what}"), marker=".", label="held out")
        axes.set(xlabel="epoch", ylabel=what)
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
    """A figure with each row as a square image."""
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
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mnist", metavar="DIR", help="folder with MNIST's IDX files, plain or .gz")
    parser.add_argument(
        "--hidden", type=int, nargs="*", default=[16, 16], metavar="N", help="neurons of the hidden layers"
    )
    parser.add_argument("--activation", default="sigmoid", help="of the neurons (default: %(default)s)")
    parser.add_argument("--cost", default="quadratic", choices=["quadratic", "mean_squared", "cross_entropy", "hinge"])
    parser.add_argument("--optimizer", default="gd", choices=OPTIMIZERS)
    parser.add_argument(
        "--rate", type=float, help="learning rate (default: 1.5, momentum 0.15, rmsprop and adam 0.003)"
    )
    parser.add_argument("--batch", type=int, default=10, help="images in a batch (default: %(default)s)")
    parser.add_argument("--epochs", type=int, help="times that each image comes up (default: 20, for MNIST 10)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same result (default: %(default)s)")
    parser.add_argument("--weight", type=int, nargs=3, metavar=("L", "M", "P"), help="explain w^L[M,P]")
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="keep the run in a file, and go on from it if it is there"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the network to a file, for nn.load")
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="write plots and a picture of the network to a folder"
    )
    options = parser.parse_args(arguments)
    if options.plots and find_spec("matplotlib") is None:
        parser.error(f"--plots needs matplotlib: {EXTRA}")
    if not options.mnist and find_spec("sklearn") is None:
        parser.error(f"the digits of 8 × 8 pixels come with scikit-learn: {EXTRA}; or give --mnist DIR")
    for file in filter(None, (options.checkpoint, options.save)):
        if not file.parent.is_dir():
            parser.error(f"there is no folder {file.parent} for {file.name}")
    if options.rate is None:
        options.rate = OPTIMIZERS[options.optimizer][1]
    if options.epochs is None:
        options.epochs = 10 if options.mnist else 20
    return options


def main(arguments: list[str]) -> int:
    """Learn, say how well, and explain one gradient."""
    options = parse(arguments)
    training, held_out = mnist(options.mnist) if options.mnist else digits(options.seed)
    pixels = training[0].shape[1]
    if options.plots and math.isqrt(pixels) ** 2 != pixels:
        raise SystemExit(f"--plots shows square images; these have {pixels} pixels")
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
