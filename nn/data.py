"""Labelled examples: IDX files such as MNIST's, one-hot targets, validation sets and mini-batches."""

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

# X and y: the inputs of each example in a row, and its target.
Examples = tuple[NDArray[np.float64], NDArray[Any]]

# NumPy's type for the third byte of an IDX file (LeCun, Cortes and Burges, the MNIST page).
_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"
# Memory is allocated chunk by chunk as bytes arrive, so a false header cannot make it allocate more than the file.
_CHUNK_BYTES = 1 << 20
# 2 GiB; MNIST's largest file has 47 MB.
_MAX_BYTES = 1 << 31
# A larger label is probably a mistake, such as an id, and would make an enormous array.
_MAX_CLASSES = 1_000_000
# The limit of NumPy 1.
_MAX_DIMENSIONS = 32


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Return the array in an IDX file, the format of MNIST: plain or compressed with gzip, whatever its name.

    Args:
        path: The file.

    Returns:
        The numbers in the shape and of the type that the file states, in this machine's byte order.

    Raises:
        ValueError: It is not a regular file, not an IDX file, truncated, damaged, longer than it states, or states
            more than 2 GiB.  Memory is never reserved before the bytes have been read.
        OSError: It cannot be opened.
    """
    path = Path(path)
    with open_regular(path) as file:
        # The content decides, as a downloaded file may have any suffix.
        zipped = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        try:
            return _read(path, gzip.GzipFile(fileobj=file) if zipped else file)
        except EOFError:
            raise ValueError(f"{path} is truncated: its gzip stream has no end") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path} is damaged: {error}") from None


def _read(path: Path, file: IO[bytes] | gzip.GzipFile) -> NDArray[Any]:
    """Return the array in an uncompressed IDX stream."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES or not 1 <= magic[3] <= _MAX_DIMENSIONS:
        raise ValueError(
            f"{path} must be an IDX file, got one that starts with {magic.hex(' ') or 'nothing'}; it must "
            "start with two zero bytes, a type and a number of dimensions, such as 00 00 08 03 for MNIST's images"
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise ValueError(f"{path} is truncated: it ends within the sizes of its {magic[3]} dimensions")
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4"))
    dtype = np.dtype(_DTYPES[magic[2]])
    size = math.prod(shape) * dtype.itemsize
    stated = f"{' × '.join(map(str, shape))} numbers of {_count(dtype.itemsize, 'byte')}"
    # Sizes of 0 are left out of the product: NumPy limits it even for arrays without elements.
    if dtype.itemsize * math.prod(n for n in shape if n) > _MAX_BYTES:
        raise ValueError(f"{path} must state at most {_MAX_BYTES:,} bytes, got {stated}; is it damaged?")
    content = bytearray()
    while len(content) < size and (chunk := file.read(min(_CHUNK_BYTES, size - len(content)))):
        content += chunk
    if len(content) < size:
        raise ValueError(f"{path} is truncated: it states {stated}, but has {len(content):,} of {size:,} bytes")
    if file.read(1):
        raise ValueError(f"{path} is longer than it states: more bytes follow its {stated}")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def read_mnist(folder: str | os.PathLike[str], part: str = "train") -> Examples:
    """Return the images and labels in `folder`: MNIST's files, or others of the same names such as Fashion-MNIST's.

    Args:
        folder: The folder of ``train-images-idx3-ubyte`` and the other files, plain or ``.gz``.
        part: "train" for the training set, "t10k" for the test set.

    Returns:
        X, of shape (images, pixels), from 0 for black to 1 for white, row after row; and y, the digits, as integers.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file is damaged or contains something else, or the numbers of labels and images differ.
    """
    if part not in ("train", "t10k"):
        raise ValueError(f'part must be "train" or "t10k", got {part!r:.40}')
    images_path, labels_path = _find(Path(folder), f"{part}-images", 3), _find(Path(folder), f"{part}-labels", 1)
    images, labels = read_idx(images_path), read_idx(labels_path)
    for path, array, ndim, noun in ((images_path, images, 3, "images"), (labels_path, labels, 1, "labels")):
        if array.ndim != ndim or array.dtype != np.uint8:
            raise ValueError(
                f"{path} must hold {noun}, which are bytes in {_count(ndim, 'dimension')}, got {array.dtype} of shape "
                f"{array.shape}"
            )
    if len(images) != len(labels):
        raise ValueError(
            f"{labels_path} must hold one label for each of the {len(images)} images of {images_path}, "
            f"got {len(labels)}"
        )
    return images.reshape(len(images), math.prod(images.shape[1:])) / 255.0, labels.astype(np.int64)


def _count(n: int, noun: str) -> str:
    """Return `n` and a noun in the right number.

    >>> _count(1, "byte"), _count(2, "byte")
    ('1 byte', '2 bytes')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _find(folder: Path, stem: str, dimensions: int) -> Path:
    """Return the path of an IDX file, plain or compressed."""
    # Some copies of MNIST are named "train-images.idx3-ubyte".
    names = [f"{stem}{mark}idx{dimensions}-ubyte{suffix}" for mark in "-." for suffix in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{folder} has no {names[0]}, nor {', '.join(names[1:])}")


def one_hot(labels: ArrayLike, classes: int | None = None) -> NDArray[np.float64]:
    """Return targets that are 1 at the index of the label and 0 elsewhere.

    Args:
        labels: Whole numbers from 0 on, in an array of any shape; False and True count as 0 and 1.
        classes: The number of classes; by default one more than the greatest label, up to a million.

    Returns:
        An array of the shape of `labels`, with one more dimension of length `classes`.

    Raises:
        ValueError: A label is not a whole number, is negative, or is not below `classes`.
        TypeError: `classes` is not a whole number.

    >>> one_hot([2, 0])
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    indices = numeric(labels, "labels")
    if not np.all(np.isfinite(indices) & (np.floor(indices) == indices) & (indices >= 0)):
        shown = np.array2string(indices, threshold=5)
        raise ValueError(f"labels must be whole numbers from 0 on, got {indices.dtype} {shown}")
    # A Python int, as a conversion of the array to integers may overflow.
    greatest = int(indices.max(initial=0)) if indices.size else -1
    if classes is None and greatest >= _MAX_CLASSES:
        raise ValueError(
            f"labels must be below {_MAX_CLASSES:,}, got {indices.max()}; pass classes= if there really are this many"
        )
    classes = greatest + 1 if classes is None else whole(classes, "classes")
    if classes > np.iinfo(np.intp).max:  # np.arange would return an empty array
        raise ValueError(f"classes must be small enough for an array, got {classes!r:.40}")
    if greatest >= classes:
        raise ValueError(f"labels of {classes} classes must be 0 to {classes - 1}, got {indices.max()}")
    return np.asarray(np.arange(classes) == indices[..., np.newaxis], dtype=np.float64)


def split(X: ArrayLike, y: ArrayLike, held_out: float = 0.2, *, seed: int = 0) -> tuple[Examples, Examples]:
    """Split examples at random into a training set and a validation set.

    Args:
        X: The inputs, one example in a row.
        y: The targets, one entry per example.
        held_out: The fraction to hold out, above 0 and below 1, or the number of examples, a whole number.
        seed: The seed of the choice.

    Returns:
        (X, y) for training, and (X, y) held out.  Both keep the order of the examples.

    Raises:
        ValueError: `X` and `y` are not examples, or one of the sets would be empty.
        TypeError: `held_out` is not a number, or `seed` not a whole number.

    >>> training, held_out = split(np.zeros((10, 3)), np.arange(10), 0.2, seed=1)
    >>> training[0].shape, held_out[0].shape
    ((8, 3), (2, 3))
    """
    X, y = labelled(X, y)
    size = number(held_out, "held_out") if not isinstance(held_out, float) else held_out
    count = 0
    if isinstance(held_out, (int, np.integer)):
        count = int(size)
    elif 0.0 < size < 1.0:
        count = round(size * len(X))
    if not 0 < count < len(X):
        raise ValueError(f"held_out must leave some of the {len(X)} examples in both sets, got {held_out!r}")
    # A mask, so that both sets keep the order of the examples.
    chosen = np.zeros(len(X), dtype=bool)
    chosen[generator(seed).permutation(len(X))[:count]] = True
    return (X[~chosen], y[~chosen]), (X[chosen], y[chosen])


def batches(
    X: ArrayLike, y: ArrayLike, size: int | None = None, *, seed: int | tuple[int, ...] = 0, shuffle: bool = True
) -> Iterator[Examples]:
    """Return an iterator over the mini-batches of one epoch; the last batch may be smaller.

    Args:
        X: The inputs, one example in a row.
        y: The targets, one entry per example.
        size: The number of examples in a batch; None for all of them in one.
        seed: The seed of the order.  A tuple such as (seed, epoch) gives each epoch an order of its own.
        shuffle: False keeps the order of the examples; then `seed` is not used.

    Raises:
        ValueError: `X` and `y` are not examples, or `size` or `seed` is out of range.
        TypeError: `size` or `seed` is not a whole number, or `shuffle` is not a bool.

    >>> [y.tolist() for X, y in batches([[1.0], [2.0], [3.0]], [1, 2, 3], 2, shuffle=False)]
    [[1, 2], [3]]
    """
    X, y = labelled(X, y)
    size = batch_length(size, len(X))
    rng = generator(seed)
    order = rng.permutation(len(X)) if switch(shuffle, "shuffle") else np.arange(len(X))
    return ((X[order[k : k + size]], y[order[k : k + size]]) for k in range(0, len(X), size))


def batch_length(size: int | None, count: int, name: str = "size") -> int:
    """Return the number of examples in a batch, at most `count`; errors call the argument `name`."""
    if size is None:
        return count
    return min(whole(size, name, advice=", or None for all"), count)


def labelled(X: ArrayLike, y: ArrayLike) -> Examples:
    """Return `X` as an array of floats and `y` as an array, after checking that they are examples.

    Raises:
        ValueError: There are no examples, the lengths differ, or a number is not finite.
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
            raise ValueError(f"{name} must hold finite numbers, got NaN or infinity in example {int(finite.argmin())}")
    return inputs, targets
