"""Labelled examples: reading IDX files such as MNIST's, one-hot targets, held-out parts, mini-batches."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.files import open_regular
from nn._values import generator, number, numeric, switch, whole

Examples = tuple[NDArray[np.float64], NDArray[Any]]
"""X and y: the inputs of each example in a row, and what is expected of it."""

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The third byte of an IDX file, as the page of MNIST gives them (LeCun, Cortes and Burges)."""
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_MOST_BYTES = 1 << 31
_MAX_CLASSES = 1_000_000
_MOST_DIMENSIONS = 32  # NumPy 1's


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The array in an IDX file, the format of MNIST: plain or compressed with gzip, whatever its name.

    Returns:
        The numbers in the shape and of the type that the file states, in this machine's byte order.

    Raises:
        ValueError: it is no regular file or no IDX file, it is cut short or damaged, it goes on after its end, or it
            states more than 2 GiB.  What it states is never reserved before it has been read.
        OSError: it cannot be opened.
    """
    path = Path(path)
    with open_regular(path) as file:
        zipped = file.read(2) == _GZIP
        file.seek(0)
        try:
            return _read(path, gzip.GzipFile(fileobj=file) if zipped else file)
        except EOFError:
            raise ValueError(f"{path} is cut short: its gzip stream has no end") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path} is damaged: {error}") from None


def _read(path: Path, file: IO[bytes] | gzip.GzipFile) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= _MOST_DIMENSIONS:
        raise ValueError(
            f"{path} is not an IDX file: it starts with {magic.hex(' ') or 'nothing'}; expected are two zero bytes, a "
            "type and a number of dimensions, such as 00 00 08 03 for MNIST's images and 00 00 08 01 for its labels"
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise ValueError(f"{path} is cut short: it ends within the sizes of its {magic[3]} dimensions")
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4"))
    dtype = np.dtype(_TYPES[magic[2]])
    size = math.prod(shape) * dtype.itemsize
    stated = f"{' × '.join(map(str, shape))} numbers of {dtype.itemsize} byte{'s' * (dtype.itemsize > 1)}"
    if dtype.itemsize * math.prod(n for n in shape if n) > _MOST_BYTES:  # without the zeros: NumPy too has limits
        raise ValueError(f"{path} states {stated}: more than {_MOST_BYTES:,} bytes are not read; is it damaged?")
    content = bytearray()
    while len(content) < size and (chunk := file.read(min(_CHUNK, size - len(content)))):
        content += chunk
    if len(content) < size:
        raise ValueError(f"{path} is cut short: it states {stated}, and holds {len(content):,} of {size:,} bytes")
    if file.read(1):
        raise ValueError(f"{path} is not what it says: it states {stated}, and goes on after them")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def read_mnist(folder: str | os.PathLike[str], part: str = "train") -> Examples:
    """The images and labels in `folder`: MNIST's files, or others of the same names such as Fashion-MNIST's.

    Args:
        folder: where ``train-images-idx3-ubyte`` and the others are, plain or ``.gz``.
        part: "train" for the images to train with, "t10k" for those to test with.

    Returns:
        X, of shape (images, pixels), from 0 for black to 1 for white, row after row; y, the digits, as whole numbers.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged or holds something else, or there are not as many labels as images.
    """
    if part not in ("train", "t10k"):
        raise ValueError(f'part is "train" or "t10k", got {part!r:.40}')
    images_path, labels_path = _find(Path(folder), f"{part}-images", 3), _find(Path(folder), f"{part}-labels", 1)
    images, labels = read_idx(images_path), read_idx(labels_path)
    for path, array, dimensions, what in ((images_path, images, 3, "images"), (labels_path, labels, 1, "labels")):
        if array.ndim != dimensions or array.dtype != np.uint8:
            raise ValueError(
                f"{path} does not hold {what}: an array of bytes of {dimensions} dimension{'s' * (dimensions > 1)} is "
                f"expected, and it holds {array.dtype} of shape {array.shape}"
            )
    if len(images) != len(labels):
        raise ValueError(f"{images_path} holds {len(images)} images, and {labels_path} {len(labels)} labels")
    return images.reshape(len(images), math.prod(images.shape[1:])) / 255.0, labels.astype(np.int64)


def _find(folder: Path, stem: str, dimensions: int) -> Path:
    names = [f"{stem}{mark}idx{dimensions}-ubyte{suffix}" for mark in "-." for suffix in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{folder} has no {names[0]}, nor {', '.join(names[1:])}")


def one_hot(labels: ArrayLike, classes: int | None = None) -> NDArray[np.float64]:
    """Return a 1 at the index of the label and 0 elsewhere: what the neurons of an output layer are expected to show.

    Args:
        labels: whole numbers from 0 on, in an array of any shape; False and True count as 0 and 1.
        classes: how many there can be; by default one more than the greatest label, up to a million.

    Returns:
        An array of the shape of `labels`, with one more dimension of length `classes`.

    Raises:
        ValueError: a label is no whole number, negative, or not below `classes`.
        TypeError: `classes` is no whole number.

    >>> one_hot([2, 0])
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    given = numeric(labels, "labels")
    if not np.all(np.isfinite(given) & (np.floor(given) == given) & (given >= 0)):
        shown = np.array2string(given, threshold=5)
        raise ValueError(f"labels must be whole numbers from 0 on, got {given.dtype} {shown}")
    most = int(given.max(initial=0)) if given.size else -1  # before a conversion, which may overflow
    if classes is None and most >= _MAX_CLASSES:
        raise ValueError(
            f"labels must be below {_MAX_CLASSES:,}, got {given.max()}; give classes= if there are so many"
        )
    classes = most + 1 if classes is None else whole(classes, "classes")
    if classes > np.iinfo(np.intp).max:  # of which np.arange makes an empty array
        raise ValueError(f"classes must be small enough for an array, got {classes!r:.40}")
    if most >= classes:
        raise ValueError(f"labels of {classes} classes must be 0 to {classes - 1}, got {given.max()}")
    return np.asarray(np.arange(classes) == given[..., np.newaxis], dtype=np.float64)


def split(X: ArrayLike, y: ArrayLike, held_out: float = 0.2, *, seed: int = 0) -> tuple[Examples, Examples]:
    """Examples to train with, and others, chosen by chance, to see how well that went.

    Args:
        X: the inputs, one example in a row.
        y: what is expected, one entry for each example.
        held_out: the share to hold out, above 0 and below 1, or how many examples, a whole number.
        seed: the same seed, the same choice.

    Returns:
        (X, y) to train with, and (X, y) held out; in each the examples keep their order.

    Raises:
        ValueError: `X` and `y` are no examples, or nothing would be left on one side.
        TypeError: `held_out` is no number, or `seed` no whole number.

    >>> training, held_out = split(np.zeros((10, 3)), np.arange(10), 0.2, seed=1)
    >>> training[0].shape, held_out[0].shape
    ((8, 3), (2, 3))
    """
    X, y = labelled(X, y)
    share = number(held_out, "held_out") if not isinstance(held_out, float) else held_out
    is_count = isinstance(held_out, (int, np.integer))
    count = int(share) if is_count else round(share * len(X)) if 0.0 < share < 1.0 else 0
    if not 0 < count < len(X):
        raise ValueError(
            f"the share to hold out must leave some of the {len(X)} examples on either side, got {held_out!r}"
        )
    chosen = np.zeros(len(X), dtype=bool)
    chosen[generator(seed).permutation(len(X))[:count]] = True
    return (X[~chosen], y[~chosen]), (X[chosen], y[chosen])


def batches(
    X: ArrayLike, y: ArrayLike, size: int | None = None, *, seed: int | tuple[int, ...] = 0, shuffle: bool = True
) -> Iterator[Examples]:
    """The examples once, in mini-batches; the last one is smaller where they do not divide.

    Args:
        X: the inputs, one example in a row.
        y: what is expected, one entry for each example.
        size: examples in a batch; None for all of them in one.
        seed: the same seed, the same order.  A tuple such as (seed, epoch) gives each epoch an order of its own.
        shuffle: False keeps the order, and `seed` is not used.

    Raises:
        ValueError: `X` and `y` are no examples, or `size` or `seed` is out of range.
        TypeError: `size` or `seed` is no whole number, or `shuffle` neither True nor False.

    >>> [y.tolist() for X, y in batches([[1.0], [2.0], [3.0]], [1, 2, 3], 2, shuffle=False)]
    [[1, 2], [3]]
    """
    X, y = labelled(X, y)
    size = batch_length(size, len(X))
    rng = generator(seed)
    order = rng.permutation(len(X)) if switch(shuffle, "shuffle") else np.arange(len(X))
    return ((X[order[k : k + size]], y[order[k : k + size]]) for k in range(0, len(X), size))


def batch_length(size: int | None, count: int, name: str = "size") -> int:
    """Return how many of `count` examples make a batch of `size`, which errors call `name`."""
    if size is None:
        return count
    return min(whole(size, name, advice=", or None for all"), count)


def labelled(X: ArrayLike, y: ArrayLike) -> Examples:
    """`X` as an array of floats, and `y` as an array, after a look at whether they can be examples.

    Raises:
        ValueError: there are none, there are more of one than of the other, or some are not finite numbers.
    """
    inputs, targets = numeric(X, "X").astype(np.float64, copy=False), numeric(y, "y")
    if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets) or not len(inputs):
        raise ValueError(
            "X and y must hold one row for each example, and at least one, "
            f"got shapes {inputs.shape} and {targets.shape}"
        )
    for name, array in (("X", inputs), ("y", targets)):
        finite = np.isfinite(array).reshape(len(array), -1).all(axis=1)
        if not finite.all():
            raise ValueError(f"{name} must hold finite numbers, got others in example {int(finite.argmin())}")
    return inputs, targets
