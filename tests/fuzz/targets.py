"""What is fuzzed: each target takes any bytes, and fails if anything but the documented error comes out of them."""

from __future__ import annotations

import gzip
import io
import struct
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

import nn
from autograd import Value
from autograd.expressions import ExpressionError, assignment, evaluate
from nn.checkpoints import Checkpoint


def expression(content: bytes) -> None:
    """The parser of the command line: an `ExpressionError` with a place in the text, or a graph that differentiates."""
    text = content.decode("utf-8", "surrogateescape")
    try:
        output, names = evaluate(text, {})
    except ExpressionError as error:
        _check_mistake(error)
        names = {}
    else:
        output.backward()
        assert all(type(x.grad) is float for x in names.values())
    for unknown in ("x", "y", "W[1,1]"):
        try:
            output, _ = evaluate(text, {unknown: 0.5})
        except ExpressionError as error:
            _check_mistake(error)
        else:
            assert isinstance(output, Value)
    try:
        name, number = assignment(text)
    except ExpressionError as error:
        _check_mistake(error)
    else:
        assert name
        assert type(number) is float


def _check_mistake(error: ExpressionError) -> None:
    assert 1 <= error.column <= len(error.text) + 1
    assert error.reason in str(error)
    assert len(error.reason) < 1_000


def idx(content: bytes) -> None:
    """The reader of IDX files: a ValueError that names the file, or an array that is no larger than the file says."""
    for zipped in (False, True):
        with _File(gzip.compress(content, 1, mtime=0) if zipped else content) as path:
            try:
                array = nn.read_idx(path)
            except ValueError as error:
                _check_message(error, path.name)
            else:
                assert isinstance(array, np.ndarray)
                assert array.nbytes <= len(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)


def network(content: bytes) -> None:
    """The reader of networks: a ValueError that names the file, or a network of finite parameters."""
    for data in (content, _spliced(_network_members(), content)):
        with _File(data) as path:
            try:
                net = nn.load(path)
            except ValueError as error:
                _check_message(error, path.name)
            else:
                assert np.isfinite(net.parameter_vector()).all()
                assert net.predict([0.0] * net.layers[0].weight.shape[1]).shape == (net.layers[-1].weight.shape[0],)


def checkpoint(content: bytes) -> None:
    """The reader of checkpoints: a ValueError that names the file and leaves everything as it was, or all of it."""
    for data in (content, _spliced(_checkpoint_members(), content)):
        net, optimizer = nn.MLP(2, [2, 1], seed=3), nn.Adam(0.1)
        before = net.parameter_vector().tolist()
        with _File(data) as path:
            try:
                saved = Checkpoint.read(path)
                saved.load(path, saved.settings, net, optimizer)
            except ValueError as error:
                _check_message(error, path.name)
                assert net.parameter_vector().tolist() == before
                assert optimizer.state().keys() == nn.Adam(0.1).state().keys()
            else:
                assert np.isfinite(net.parameter_vector()).all()


def mnist(content: bytes) -> None:
    """The reader of MNIST's pairs of files."""
    place = len(content) // 2
    with tempfile.TemporaryDirectory() as folder:
        for name, part in (("train-images-idx3-ubyte", content[:place]), ("train-labels-idx1-ubyte", content[place:])):
            (Path(folder) / name).write_bytes(part)
        try:
            X, y = nn.read_mnist(folder)
        except ValueError as error:
            _check_message(error, "train-")
        else:
            assert len(X) == len(y)


def _check_message(error: ValueError, name: str) -> None:
    assert name in str(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (expression, idx, network, checkpoint, mnist)
}


def seeds(name: str) -> list[bytes]:
    """Inputs to start from."""
    numbers = bytes(range(1, 7))
    image = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 1, 3) + numbers
    label = struct.pack(">BBBBI", 0, 0, 8, 1, 2) + b"\1\2"
    kinds = {
        "expression": [
            b"AS = w*a + b; out = sigmoid(AS); C = (out - E)**2",
            b"x = 0.5; y = -x**2 / (3 + log(x)); max(x, y)",
            b"W[1,1] = 1e-3; a^3[1] = pi; dot([W[1,1], 2], [a^3[1], -1])",
            "√(2)·x² − |−3|′".encode(),
        ],
        "idx": [image, label, gzip.compress(image, mtime=0)],
        "network": [_zipped(_network_members()), *(bytes([i]) + b"\0\0" for i in range(8))],
        "checkpoint": [_zipped(_checkpoint_members()), *(bytes([i]) + b"\0\0" for i in range(8))],
        "mnist": [image + label],
    }
    return kinds[name]


@cache
def _network_members() -> tuple[tuple[str, bytes], ...]:
    with _File(b"") as path:
        nn.MLP(2, [2, 1], seed=0).save(path)
        return _members(path)


@cache
def _checkpoint_members() -> tuple[tuple[str, bytes], ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        nn.fit(
            nn.MLP(2, [2, 1], seed=0),
            np.eye(2),
            [[0.0], [1.0]],
            epochs=1,
            optimizer=nn.Adam(0.1),
            checkpoint=path,
            progress=False,
        )
        return _members(path)


def _members(path: Path) -> tuple[tuple[str, bytes], ...]:
    with zipfile.ZipFile(path) as archive:
        return tuple((name, archive.read(name)) for name in archive.namelist())


def _spliced(members: tuple[tuple[str, bytes], ...], content: bytes) -> bytes:
    """A sound archive of members one of which has bytes of `content` in it: no checksum stands in the way."""
    which, place, cut = (*content[:3], 0, 0, 0)[:3]
    changed = list(members)
    name, data = changed[which % len(changed)]
    changed[which % len(changed)] = (name, data[:place] + content[3:] + data[place + cut :])
    return _zipped(tuple(changed))


def _zipped(members: tuple[tuple[str, bytes], ...]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


class _File:
    """A file of that content for a while."""

    def __init__(self, content: bytes) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz")
        self.path = Path(self._folder.name) / "input.npz"
        self.path.write_bytes(content)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()
