"""micrograd's demo: a 2-16-16-1 network learns to separate two interleaved half-moons.

``python examples/moons.py`` makes a hundred points and takes a hundred steps over all of them at once, with a learning
rate that falls from 1 to 0.1.  The cost is that of the demo: the hinge of a support vector machine and a penalty of
10⁻⁴|P|².
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import nn
from nn.data import Examples

STEPS = 100


def moons(count: int, noise: float, seed: int) -> Examples:
    """Return points of two half-moons and their classes −1 and 1, by scikit-learn if it is installed."""
    try:
        from sklearn.datasets import make_moons
    except ImportError:
        X, y = half_circles(count, noise, seed)
    else:
        X, y = make_moons(count, noise=noise, random_state=seed)
    return X, 2.0 * y - 1.0


def half_circles(count: int, noise: float, seed: int) -> Examples:
    """Return points of an upper half-circle about 0 and a lower one about (1, ½), of radius 1, with normal noise."""
    upper, lower = np.linspace(0.0, np.pi, count // 2), np.linspace(0.0, np.pi, count - count // 2)
    X = np.vstack([np.c_[np.cos(upper), np.sin(upper)], np.c_[1.0 - np.cos(lower), 0.5 - np.sin(lower)]])
    y = np.repeat([0.0, 1.0], [len(upper), len(lower)])
    return X + np.random.default_rng(seed).normal(0.0, noise, X.shape), y


def train(
    X: np.ndarray, y: np.ndarray, seed: int, steps: int = STEPS, progress: bool = False
) -> tuple[nn.MLP, nn.History]:
    """Return the trained network and its learning curve."""
    net = nn.MLP(2, [16, 16, 1], ["relu", "relu", "linear"], init="uniform", seed=seed)
    history = nn.fit(
        net,
        X,
        y,
        cost="hinge",
        penalty=1e-4,
        optimizer=nn.GradientDescent(nn.schedules.linear_decay(1.0, 0.1, STEPS)),
        epochs=steps,
        batch_size=None,
        shuffle=False,
        progress=progress,
    )
    return net, history


def plot(folder: Path, net: nn.MLP, X: np.ndarray, y: np.ndarray) -> Path:
    """Plot the points and the decision boundary; return the path of the image."""
    from matplotlib.figure import Figure

    low, high = X.min(axis=0) - 0.5, X.max(axis=0) + 0.5
    across, up = np.meshgrid(np.linspace(low[0], high[0], 200), np.linspace(low[1], high[1], 200))
    scores = net.predict(np.c_[across.ravel(), up.ravel()]).reshape(across.shape)
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    axes.contourf(across, up, scores > 0, levels=[-0.5, 0.5, 1.5], colors=["#d7e3f4", "#fbe0cf"])
    axes.contour(across, up, scores, levels=[-1, 0, 1], colors="black", linewidths=[0.6, 1.5, 0.6])
    axes.scatter(*X.T, c=np.where(y > 0, "#c4550c", "#1f5fa8"), s=25, edgecolors="white", linewidths=0.5)
    axes.set(title="Where the score is −1, 0 and 1", xlabel="x₁", ylabel="x₂")
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "moons.png", dpi=120)
    return folder / "moons.png"


def main(arguments: list[str]) -> int:
    """Train the network, print its accuracy, and plot the boundary if a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=100, help="number of points (default: %(default)s)")
    parser.add_argument(
        "--noise", type=float, default=0.1, help="standard deviation of the noise (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1337, help="seed of all random numbers (default: %(default)s)")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write a plot of the decision boundary to a folder")
    options = parser.parse_args(arguments)
    if options.plots and find_spec("matplotlib") is None:
        parser.error('--plots needs matplotlib: pip install ".[examples]"')
    X, y = moons(options.points, options.noise, options.seed)
    net, history = train(X, y, options.seed, progress=sys.stderr.isatty())
    print(f"{net}\n\n   step    cost  accuracy")
    for step in (*range(0, history.epochs, 10), history.epochs - 1):
        print(f"  {step:5}  {history.cost[step]:6.4f}  {history.accuracy[step]:8.2%}")
    accuracy = nn.accuracy(net.predict(X), y)
    print(f"\n{round(accuracy * len(y))} of {len(y)} points are told apart.")
    if options.plots:
        print(f"{plot(options.plots, net, X, y)} shows the boundary.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
