"""The examples of networks run, and what they print is so."""

from __future__ import annotations

import math
import re
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from test_examples import ROOT, example

import autograd as ag
import nn

WITHOUT = 'pip install ".[examples]"'


@pytest.fixture(scope="module")
def digits() -> ModuleType:
    return example("digits")


@pytest.fixture(scope="module")
def moons() -> ModuleType:
    return example("moons")


# --- the essay's network


def test_the_essays_network_has_the_essays_numbers():
    essay = example("essay_network")
    net = essay.network()
    hidden = net.layers[0](essay.INPUTS)
    outputs = net.layers[1](hidden)
    assert [a.data for a in hidden] == pytest.approx([0.8, 0.322, 0.315, 0.201], rel=1e-14)
    assert outputs[0].operands[0].data == pytest.approx(0.5, rel=1e-14)
    C = nn.quadratic(outputs, essay.EXPECTED).named("C")
    trace = ag.trace(C, net.layers[1].weight[0, 0])
    assert [round(factor.value, 3) for factor in trace.factors] == [-0.755, 0.235, 0.8]
    assert round(trace.value, 3) == -0.142


def test_the_essays_network_is_printed_whole_with_its_step(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "essay_network.py"), "--pictures", str(tmp_path / "drawn")],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "∂C/∂w³₁,₁ = −0.7551 · 0.235 · 0.8                            = −0.142" in done.stdout
    assert "31 derivatives hold" in done.stdout
    assert (tmp_path / "drawn" / "figure4.svg").read_bytes() == (ROOT / "docs" / "network.svg").read_bytes()
    rows = re.findall(r"^([wb][²³]\S+) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)$", done.stdout, re.MULTILINE)
    assert len(rows) == 26
    for _, P, slope, after in rows:
        assert float(P) - 0.05 * float(slope) == pytest.approx(float(after), abs=6e-5)
    match = re.search(r"w³₁,₁ from 0\.15 to 0\.1571, and the cost from ([\d.]+) to ([\d.]+)\.", done.stdout)
    assert match is not None
    assert float(match[2]) < float(match[1])
    for name in ("figure1", "figure3", "figure4", "gradients", "derivative"):
        assert (tmp_path / "drawn" / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg")


# --- moons


def test_the_moons_are_half_circles_that_interleave(moons: ModuleType):
    X, y = moons.half_circles(7, 0.0, seed=0)
    assert y.tolist() == [0, 0, 0, 1, 1, 1, 1]
    upper, lower = X[y == 0], X[y == 1]
    assert np.hypot(*upper.T) == pytest.approx(1.0)
    assert np.hypot(*(lower - [1.0, 0.5]).T) == pytest.approx(1.0)
    assert upper[:, 1].min() >= 0.0 > lower[:, 1].min()
    assert lower[:, 1].max() <= 0.5 + 1e-15


def test_the_moons_are_scikit_learns(moons: ModuleType):
    datasets = pytest.importorskip("sklearn.datasets", reason=f"scikit-learn is not installed; {WITHOUT}")
    X, y = datasets.make_moons(9, shuffle=False, noise=0.0)
    ours, sides = moons.half_circles(9, 0.0, seed=0)
    assert ours == pytest.approx(X, abs=1e-15)
    assert sides.tolist() == y.tolist()


def test_the_cost_of_the_moons_is_that_of_micrograds_demo(moons: ModuleType):
    X, y = moons.moons(20, 0.1, seed=1)
    _, history = moons.train(X, y, seed=2, steps=1)
    net = nn.MLP(2, [16, 16, 1], ["relu", "relu", "linear"], init="uniform", seed=2)
    scores = [net(x)[0] for x in X]
    losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
    total = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in net.parameters())
    assert history.cost == [pytest.approx(total.data, rel=1e-12)]
    assert history.accuracy == [np.mean([(yi > 0) == (score.data > 0) for yi, score in zip(y, scores, strict=True)])]


def test_the_moons_are_told_apart_as_in_micrograds_demo(moons: ModuleType, capsys: pytest.CaptureFixture[str]):
    assert moons.main(["--points", "30"]) == 0
    assert "\n30 of 30 points are told apart." in capsys.readouterr().out


def test_the_boundary_of_the_moons_is_plotted(moons: ModuleType, tmp_path: Path):
    pytest.importorskip("matplotlib", reason=f"matplotlib is not installed; {WITHOUT}")
    X, y = moons.moons(10, 0.1, seed=0)
    net, _ = moons.train(X, y, seed=0, steps=1)
    assert moons.plot(tmp_path / "plots", net, X, y) == tmp_path / "plots" / "moons.png"
    assert (tmp_path / "plots" / "moons.png").read_bytes().startswith(b"\x89PNG")


# --- digits


def pictures(count: int, seed: int) -> tuple[bytes, bytes]:
    """IDX files with images of 6 × 6 pixels: digit d is a bar at place d of a row or a column, and some noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    images = rng.integers(0, 60, (count, 6, 6), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        bar = image[label] if label < 5 else image[:, label - 5]
        bar += 190
    header = struct.pack(">4I", 0x803, count, 6, 6)
    return header + images.tobytes(), struct.pack(">2I", 0x801, count) + labels.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images, labels = pictures(100, seed=0)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(images)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(labels)
    return tmp_path


def test_mnists_test_images_alone_are_parted_four_to_one(digits: ModuleType, folder: Path):
    training, held_out = digits.mnist(str(folder))
    assert (training[0].shape, held_out[0].shape) == ((80, 36), (20, 36))
    images, labels = pictures(30, seed=1)
    (folder / "train-images-idx3-ubyte").write_bytes(images)
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    training, held_out = digits.mnist(str(folder))
    assert (len(training[1]), len(held_out[1])) == (30, 100)


def test_digits_are_learnt_and_one_gradient_explained(
    digits: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
):
    saved = folder / "net.npz"
    arguments = ["--mnist", str(folder), "--hidden", "8", "--epochs", "20", "--rate", "3", "--weight", "3", "2", "5"]
    assert digits.main([*arguments, "--save", str(saved)]) == 0
    printed = capsys.readouterr().out
    assert "MLP(36 → 8 → 10, sigmoid, 386 parameters)\n80 images to train with, 20 held out" in printed

    net = nn.load(saved)
    X, labels = nn.read_mnist(folder, "t10k")
    right = int(np.sum(net.predict(X[80:]).argmax(axis=1) == labels[80:]))
    assert right >= 19
    assert f"{right} of 20 held-out images are read rightly" in printed

    rows = re.findall(r"^ +(\d+) +(\d) +([\d.]+) +(\S+)$", printed.partition("mean over its images")[2], re.MULTILINE)
    assert [int(label) for _, label, _, _ in rows] == labels[:10].tolist()
    w = net.layers[1].weight[1, 4]
    slopes = []
    for x, label, (_, _, cost, slope) in zip(X[:10], labels[:10], rows, strict=True):
        C = nn.quadratic(net(x), nn.one_hot(label, 10))
        slopes.append(ag.gradient(C, w).data)
        assert (float(cost), float(slope)) == (pytest.approx(C.data, abs=6e-5), pytest.approx(slopes[-1], rel=1e-5))
    (mean,) = re.findall(r"^ +mean +\S+ +(\S+)$", printed, re.MULTILINE)
    assert float(mean) == pytest.approx(math.fsum(slopes) / 10, rel=1e-5)
    assert "∂C/∂w³₂,₅ = ∂C/∂a³₂ · ∂a³₂/∂AS³₂ · ∂AS³₂/∂w³₂,₅" in printed
    assert f"to {w.data:.6g} − 3 · ({float(mean):.4g}) = {w.data - 3.0 * math.fsum(slopes) / 10:.6g}." in printed


@pytest.mark.parametrize("cost", ["cross_entropy", "hinge"])
def test_digits_are_learnt_with_other_costs_and_adam(
    digits: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str], cost: str
):
    options = ["--cost", cost, "--optimizer", "adam", "--rate", "0.03", "--hidden", "8", "--epochs", "8"]
    assert digits.main(["--mnist", str(folder), *options]) == 0
    match = re.search(r"(\d+) of 20 held-out", capsys.readouterr().out)
    assert match is not None
    assert int(match[1]) >= 18


def test_a_run_that_is_kept_is_printed_again_and_not_trained_again(
    digits: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    arguments = ["--mnist", str(folder), "--hidden", "4", "--epochs", "2", "--checkpoint", str(folder / "run.npz")]
    digits.main(arguments)
    first = capsys.readouterr().out
    monkeypatch.setattr(nn.Optimizer, "step", None)
    digits.main(arguments)
    assert capsys.readouterr().out == first


def test_scikit_learns_digits_are_read(digits: ModuleType, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("sklearn", reason=f"scikit-learn is not installed; {WITHOUT}")
    assert digits.main(["--hidden", "--epochs", "2"]) == 0
    printed = capsys.readouterr().out
    assert "1,438 images to train with, 359 held out" in printed
    match = re.search(r"(\d+) of 359 held-out", printed)
    assert match is not None
    assert int(match[1]) > 0.85 * 359


def test_digits_are_plotted(digits: ModuleType, folder: Path):
    pytest.importorskip("matplotlib", reason=f"matplotlib is not installed; {WITHOUT}")
    assert digits.main(["--mnist", str(folder), "--hidden", "4", "--epochs", "2", "--plots", str(folder / "new")]) == 0
    for name in ("history", "weights", "wrong"):
        assert (folder / "new" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "∂C/∂w³" in (folder / "new" / "network.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["digits", "moons"])
def test_plots_without_matplotlib_are_refused_at_once(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SystemExit):
        request.getfixturevalue(name).main(["--plots", "plots"])
    assert f"--plots needs matplotlib: {WITHOUT}" in capsys.readouterr().err


def test_without_scikit_learn_the_digits_say_what_to_install(
    digits: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(SystemExit):
        digits.main([])
    assert f"come with scikit-learn: {WITHOUT}; or pass --mnist DIR" in capsys.readouterr().err


@pytest.mark.parametrize(
    "place", [["1", "1", "1"], ["4", "1", "1"], ["2", "5", "1"], ["2", "1", "37"], ["3", "0", "1"]]
)
def test_a_weight_that_is_not_there_cannot_be_explained(digits: ModuleType, folder: Path, place: list[str]):
    with pytest.raises(SystemExit, match=r"must be a weight of MLP.*layer 1 is the input"):
        digits.main(["--mnist", str(folder), "--hidden", "4", "--epochs", "1", "--weight", *place])
