"""Labelled examples: IDX files are read exactly or refused in words, batches and held-out parts follow their seed."""

from __future__ import annotations

import gzip
import math
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import data

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}


def idx(array: Any, kind: int = 0x08) -> bytes:
    """`array` as an IDX file of that type, written by the description and not by the reader's table."""
    array = np.asarray(array)
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    return header + array.astype(">" + TYPES[kind]).tobytes()


def stated(*shape: int, kind: int = 0x08) -> bytes:
    """The header alone."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape)


def mnist(folder: Path, images: bytes, labels: bytes, part: str = "train") -> Path:
    (folder / f"{part}-images-idx3-ubyte").write_bytes(images)
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    return folder


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("zipped", [False, True])
def test_every_type_of_idx_file_is_read_whatever_its_name(tmp_path: Path, kind: int, zipped: bool):
    numbers = np.array([[1, 2, 100], [0, 3, 127]])
    content = idx(numbers, kind)
    (tmp_path / "numbers").write_bytes(gzip.compress(content) if zipped else content)
    array = data.read_idx(tmp_path / "numbers")
    assert array.tolist() == numbers.tolist()
    assert (array.dtype.str[1:], array.dtype.isnative) == (TYPES[kind], True)
    array[0, 0] = 5  # it can be written to


def test_an_empty_idx_array_is_an_empty_array(tmp_path: Path):
    (tmp_path / "none").write_bytes(stated(0, 28, 28))
    assert data.read_idx(tmp_path / "none").shape == (0, 28, 28)


GOOD = idx(np.arange(6).reshape(2, 3))
REFUSED = {
    "an empty file": (b"", "must be an IDX file, got one that starts with nothing"),
    "a text": (b"Hello, world", "must be an IDX file, got one that starts with 48 65 6c 6c"),
    "an unknown type": (b"\0\0\x0a\x01" + GOOD, "must be an IDX file"),
    "no dimensions": (b"\0\0\x08\0", "must be an IDX file"),
    "255 dimensions": (b"\0\0\x08\xff" + bytes(2000), "must be an IDX file"),
    "a part of a header": (GOOD[:9], "truncated: it ends within the sizes of its 2 dimensions"),
    "a part of the numbers": (GOOD[:-1], "truncated: it states 2 × 3 numbers of 1 byte, but has 5 of 6 bytes"),
    "wide numbers cut short": (idx([1.0], 0x0E)[:-1], "1 numbers of 8 bytes, but has 7 of 8 bytes"),
    "more than it states": (GOOD + b"\0", "is longer than it states"),
    "2 GiB stated": (stated(1 << 16, 1 << 15), "truncated: .* has 0 of 2,147,483,648"),
    "more than 2 GiB stated": (stated(2**32 - 1, 2**32 - 1, 28), "must state at most 2,147,483,648 bytes"),
    "4 GiB in wide numbers": (stated(1 << 29, kind=0x0E), "must state at most 2,147,483,648 bytes"),
    "nothing of an impossible shape": (stated(0, 2**32 - 1, 2**32 - 1), "at most 2,147,483,648"),
    "a cut gzip stream": (gzip.compress(GOOD)[:-9], "truncated: its gzip stream has no end"),
    "a cut gzip header": (b"\x1f\x8b", "truncated"),
    "a foreign gzip method": (b"\x1f\x8b\x07" + bytes(30), "damaged: Unknown compression method"),
    "a gzip stream with a flipped checksum": (gzip.compress(GOOD)[:-8] + bytes(8), "damaged: CRC check failed"),
    "a gzip stream of nonsense": (gzip.compress(GOOD)[:10] + b"\xff" * 30, "damaged"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_whole_idx_file_is_refused_by_name(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "digits.idx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        data.read_idx(path)
    assert str(path) in str(caught.value)


def test_what_a_header_states_is_not_reserved_before_it_is_there(tmp_path: Path):
    import tracemalloc

    (tmp_path / "large").write_bytes(stated(1 << 31))
    tracemalloc.start()
    with pytest.raises(ValueError, match="truncated"):
        data.read_idx(tmp_path / "large")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 23


def test_a_gzip_bomb_is_read_no_further_than_it_states(tmp_path: Path):
    import tracemalloc

    (tmp_path / "bomb").write_bytes(gzip.compress(stated(3) + bytes(1 << 26), 9))
    tracemalloc.start()
    with pytest.raises(ValueError, match="is longer than it states"):
        data.read_idx(tmp_path / "bomb")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 23


@given(st.binary(max_size=60), st.integers(0, 40), st.integers(0, 255))
def test_any_bytes_are_an_array_or_a_clear_error(noise: bytes, place: int, byte: int):
    import tempfile

    damaged = bytearray(gzip.compress(GOOD, mtime=0))
    damaged[min(place, len(damaged) - 1)] = byte
    for content in (noise, b"\0\0\x08\x02" + noise, b"\x1f\x8b" + noise, bytes(damaged)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "noise"
            path.write_bytes(content)
            message = ""
            try:
                data.read_idx(path)
            except ValueError as error:
                message = str(error)
            assert message == "" or str(path) in message


def test_mnist_is_pixels_from_0_to_1_in_rows_and_digits(tmp_path: Path):
    images = np.array([[[0, 255, 51], [1, 2, 3]], [[255, 255, 255], [0, 0, 0]]])
    X, y = data.read_mnist(mnist(tmp_path, gzip.compress(idx(images)), idx([7, 2])))
    assert X.tolist() == [[0.0, 1.0, 0.2, 1 / 255, 2 / 255, 3 / 255], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]
    assert (y.tolist(), y.dtype) == ([7, 2], np.int64)


@pytest.mark.parametrize("name", ["{}-{}-idx{}-ubyte.gz", "{}-{}.idx{}-ubyte", "{}-{}.idx{}-ubyte.gz"])
def test_mnists_files_are_found_under_the_names_they_go_by(tmp_path: Path, name: str):
    (tmp_path / name.format("t10k", "images", 3)).write_bytes(idx(np.zeros((1, 2, 2))))
    (tmp_path / name.format("t10k", "labels", 1)).write_bytes(idx([4]))
    assert data.read_mnist(tmp_path, "t10k")[1].tolist() == [4]
    with pytest.raises(FileNotFoundError, match="has no train-images-idx3-ubyte, nor train-images"):
        data.read_mnist(tmp_path)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (idx([1, 2]), idx([1, 2]), "images-idx3-ubyte must hold images, .*, got uint8 of shape \\(2,\\)"),
        (idx(np.zeros((2, 2, 2))), idx(np.zeros((2, 2, 2))), "labels-idx1-ubyte must hold labels"),
        (idx(np.zeros((2, 2, 2)), 0x0D), idx([1, 2]), "must hold images, .*, got float32"),
        (idx(np.zeros((2, 2, 2))), idx([1, 2, 3]), "must hold one label for each of the 2 images of .*, got 3"),
    ],
)
def test_images_and_labels_that_do_not_belong_together_are_refused(
    tmp_path: Path, images: bytes, labels: bytes, message: str
):
    with pytest.raises(ValueError, match=message):
        data.read_mnist(mnist(tmp_path, images, labels))


def test_mnist_has_no_other_part():
    with pytest.raises(ValueError, match='part must be "train" or "t10k", got \'test\''):
        data.read_mnist(".", "test")


def test_one_hot_puts_a_1_at_the_label():
    assert data.one_hot([2, 0, 1]).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert data.one_hot(np.array([[1.0], [0.0]]), 3).tolist() == [[[0, 1, 0]], [[1, 0, 0]]]
    assert data.one_hot(3, 5).tolist() == [0, 0, 0, 1, 0]
    assert data.one_hot([], 4).shape == (0, 4)
    assert data.one_hot([True, False]).tolist() == [[0, 1], [1, 0]]
    assert data.one_hot(np.array([1, 0], dtype=object)).tolist() == [[0, 1], [1, 0]]
    assert data.one_hot(np.uint64(2), np.int64(3)).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, -1], None, "whole numbers from 0 on, got int64"),
        ([0.5], None, "whole numbers from 0 on, got float64"),
        ([math.nan], None, "whole numbers"),
        ([math.inf], None, "whole numbers"),
        (["seven"], None, "labels must hold real numbers, got text"),
        ([3, 10], 10, "labels of 10 classes must be 0 to 9, got 10"),
        ([2**63], None, "labels must be below 1,000,000, got 9223372036854775808; pass classes="),
        ([2**63], 10, "labels of 10 classes must be 0 to 9, got 9223372036854775808"),
        ([2**64], 10, r"labels of 10 classes must be 0 to 9, got 1\.8446744073709552e\+19"),
        ([1e19], 10, r"labels of 10 classes must be 0 to 9, got 1e\+19"),
        ([1e300], None, r"labels must be below 1,000,000, got 1e\+300;"),
        ([10**9], None, "labels must be below 1,000,000, got 1000000000"),
        ([[0], [1, 2]], None, "labels must have rows of one length, got rows of 1 and 2 numbers"),
        ([1j], None, "labels must hold real numbers, got complex numbers"),
        ([None], None, "labels must hold real numbers, got NoneType None"),
        (np.array([1, 2], "M8[D]"), None, "labels must hold real numbers, got dates"),
        (np.ma.masked_array([1, 2], [0, 1]), None, "labels must have no masked elements"),
        ([0, 1], True, "classes must be a whole number from 1 on, got True"),
        ([0, 1], 2.0, r"classes must be a whole number from 1 on, got 2\.0"),
        ([0, 1], "3", "classes must be a whole number from 1 on, got '3'"),
        ([0], 2**63, "classes must be small enough for an array, got 9223372036854775808"),
        ([], -1, "classes must be a whole number from 1 on, got -1"),
    ],
)
def test_what_is_no_label_is_refused(labels: Any, classes: int | None, message: str):
    with pytest.raises((TypeError, ValueError), match=message):
        data.one_hot(labels, classes)


@given(st.integers(2, 60), st.floats(0.2, 0.8), st.integers(0, 99))
def test_split_parts_the_examples_and_keeps_each_with_its_target(count: int, share: float, seed: int):
    X, y = np.arange(2.0 * count).reshape(count, 2), np.arange(count)
    if not 0 < round(share * count) < count:
        return
    (X1, y1), (X2, y2) = data.split(X, y, share, seed=seed)
    assert len(X2) == round(share * count)
    assert sorted([*y1, *y2]) == list(range(count))
    assert np.array_equal(np.concatenate([X1, X2])[:, 0], 2.0 * np.concatenate([y1, y2]))


def test_split_and_batches_follow_their_seed():
    X, y = np.zeros((50, 1)), np.arange(50)

    def held(seed: int) -> list[int]:
        return data.split(X, y, 10, seed=seed)[1][1].tolist()

    def order(seed: int | tuple[int, ...]) -> list[int]:
        return [label for _, part in data.batches(X, y, 7, seed=seed) for label in part.tolist()]

    assert held(1) == held(1) != held(2)
    assert order(1) == order(1) != order(2)
    assert order((1, 0)) == order((1, 0)) != order((1, 1))
    assert sorted(order(1)) == list(range(50))


@pytest.mark.parametrize("held_out", [0, 4, 0.0, 1.0, -1, 0.01, math.nan])
def test_a_split_that_leaves_nothing_is_refused(held_out: float):
    with pytest.raises(ValueError, match="must leave some of the 4 examples in both sets"):
        data.split(np.zeros((4, 1)), np.zeros(4), held_out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"held_out": "0.2"}, "held_out must be a finite number, got str '0.2'"),
        ({"held_out": None}, "held_out must be a finite number, got NoneType None"),
        ({"held_out": True}, "held_out must be a finite number, got bool True"),
        ({"seed": -1}, "seed must be a whole number from 0 on, got -1"),
        ({"seed": 1.5}, r"seed must be a whole number from 0 on, got 1\.5"),
        ({"seed": "a"}, "seed must be a whole number from 0 on, got 'a'"),
        ({"seed": True}, "seed must be a whole number from 0 on, got True"),
        ({"seed": [1, -2]}, "each number of seed must be a whole number from 0 on, got -2"),
    ],
)
def test_wrong_arguments_of_split_are_named(options: dict[str, Any], message: str):
    with pytest.raises((TypeError, ValueError), match=message):
        data.split(np.zeros((4, 1)), np.zeros(4), **options)
    if "seed" in options:
        with pytest.raises((TypeError, ValueError), match=message):
            data.batches(np.zeros((4, 1)), np.zeros(4), **options)


def test_shuffle_is_true_or_false():
    with pytest.raises(TypeError, match="shuffle must be True or False, got 'no'"):
        data.batches([[1.0]], [1], shuffle="no")  # type: ignore[arg-type]


def test_batches_hold_every_example_once_and_the_last_is_smaller():
    X, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    parts = list(data.batches(X, y, 2))
    assert [len(part) for _, part in parts] == [2, 2, 1]
    assert all(np.array_equal(inputs[:, 0], 2.0 * targets) for inputs, targets in parts)
    assert sorted(np.concatenate([targets for _, targets in parts])) == [0, 1, 2, 3, 4]
    in_order = list(data.batches(X, y, 3, shuffle=False))
    assert [targets.tolist() for _, targets in in_order] == [[0, 1, 2], [3, 4]]
    (whole,) = data.batches(X, y, None, shuffle=False)
    assert whole[1].tolist() == [0, 1, 2, 3, 4]
    (whole,) = data.batches(X, y, 99, shuffle=False)
    assert whole[1].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("size", [0, -3, 2.5, "ten", True])
def test_a_batch_of_no_whole_size_is_refused_at_once(size: Any):
    with pytest.raises((TypeError, ValueError), match="size must be a whole number from 1 on, or None for all"):
        data.batches([[1.0]], [1], size)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[1.0], [2.0]], [1], r"at least one, got shapes \(2, 1\) and \(1,\)"),
        ([], [], "at least one"),
        (1.0, 2.0, r"got shapes \(\) and \(\)"),
        ([[1.0], [2.0, 3.0]], [1, 2], "X must have rows of one length, got rows of 1 and 2 numbers"),
        ([["a"], ["b"]], [1, 2], "X must hold real numbers, got text"),
        ([[1.0], [math.nan]], [1, 2], "X must hold finite numbers, got NaN or infinity in example 1"),
        ([[1.0], [2.0]], [math.inf, 2.0], "y must hold finite numbers, got NaN or infinity in example 0"),
        (np.ma.masked_array([[1.0], [2.0]], [[0], [1]]), [1, 2], "X must have no masked elements, .* fill them first"),
        ([[1.0], [2.0]], np.ma.masked_array([1, 2], [0, 1]), "y must have no masked elements"),
        (np.array([[1j], [2.0]]), [1, 2], "X must hold real numbers, got complex numbers; take .real, .imag or abs"),
        ([["1"], ["2"]], [1, 2], "X must hold real numbers, got text; convert them first"),
        (np.array([[b"1"], [b"2"]]), [1, 2], "X must hold real numbers, got bytes"),
        (np.array([["2020-01-01"], ["2020-01-02"]], "M8[D]"), [1, 2], "X must hold real numbers, got dates"),
        (np.array([[1], [2]], "m8[D]"), [1, 2], "X must hold real numbers, got time differences"),
        (np.zeros((2, 1), [("a", "f8")]), [1, 2], "X must hold real numbers, got records"),
        ([[Decimal(1)], [2]], [1, 2], r"X must hold real numbers, got Decimal Decimal\('1'\) as element 0"),
        ([[10**400], [1]], [1, 2], "X must hold real numbers, got int 1000.* as element 0"),
        ([[None], [1.0]], [1, 2], "X must hold real numbers, got NoneType None as element 0"),
        ([[Value(1.0)], [1.0]], [1, 2], r"X must hold numbers, got a Value; take its \.data"),
        ({"a": 1}, [1], "X must hold real numbers, got dict"),
        ([np.ma.masked_array([1.0, 2.0], [0, 1])] * 2, [1, 2], "X must have no masked elements"),
        ([[1.0], [2.0]], [[1.0], [1.0, 2.0]], "y must have rows of one length, got rows of 1 and 2 numbers"),
        ([[1.0], [2.0]], [10**400, 1], "y must hold real numbers, got int 1000"),
        ([[1.0], [2.0]], [1j, 1], "y must hold real numbers, got complex numbers"),
        ([[1.0], [2.0]], ["cat", "dog"], "y must hold real numbers, got text"),
    ],
)
def test_what_are_no_labelled_examples_is_refused(X: Any, y: Any, message: str):
    with pytest.raises(ValueError, match=message):
        data.labelled(X, y)


@pytest.mark.parametrize("count", [32, 33])
def test_idx_file_has_at_most_32_dimensions(tmp_path: Path, count: int):
    path = tmp_path / "deep"
    path.write_bytes(stated(*[1] * count) + b"\7")
    if count == 32:
        assert data.read_idx(path).shape == (1,) * 32
    else:
        with pytest.raises(ValueError, match="must be an IDX file, got one that starts with 00 00 08 21"):
            data.read_idx(path)


@pytest.mark.parametrize(("size", "message"), [(1 << 31, "truncated"), ((1 << 31) + 1, "must state at most")])
def test_idx_file_has_at_most_2_gibibytes(tmp_path: Path, size: int, message: str):
    (tmp_path / "large").write_bytes(stated(size))
    with pytest.raises(ValueError, match=message):
        data.read_idx(tmp_path / "large")


def test_labels_are_below_a_million_unless_classes_are_given():
    assert data.one_hot([999_999]).shape == (1, 1_000_000)
    with pytest.raises(ValueError, match="labels must be below 1,000,000, got 1000000; pass classes="):
        data.one_hot([1_000_000])
    assert data.one_hot([1_000_000], 1_000_001)[0, -1] == 1.0


def test_many_wrong_labels_are_shown_shortened():
    for count, shown in ((5, r"\[0\.5 1\.5 2\.5 3\.5 4\.5\]"), (9, r"\[0\.5 1\.5 2\.5 \.\.\. 6\.5 7\.5 8\.5\]")):
        with pytest.raises(ValueError, match=f"from 0 on, got float64 {shown}$"):
            data.one_hot(np.arange(count) + 0.5)


def test_defaults_of_split_and_batches():
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10)

    def listed(parts: Any) -> list[Any]:
        return [[array.tolist() for array in part] for part in parts]

    assert listed(data.split(X, y)) == listed(data.split(X, y, 0.2, seed=0)) != listed(data.split(X, y, seed=1))
    assert listed(data.batches(X, y)) == listed(data.batches(X, y, 10, seed=0, shuffle=True))
    assert listed(data.batches(X, y)) != listed(data.batches(X, y, shuffle=False))
    assert [len(part[1]) for part in data.split(X, y, 9)] == [1, 9]
    assert [len(part[1]) for part in data.split(X, y, 1)] == [9, 1]


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (idx([1, 2]), idx([1]), r"must hold images, which are bytes in 3 dimensions, got uint8 of shape \(2,\)$"),
        (idx(np.zeros((1, 2, 2))), idx([[1]]), r"labels, which are bytes in 1 dimension, got uint8 of shape \(1, 1\)$"),
    ],
)
def test_refusal_of_images_and_labels_names_dimensions(tmp_path: Path, images: bytes, labels: bytes, message: str):
    with pytest.raises(ValueError, match=message):
        data.read_mnist(mnist(tmp_path, images, labels))
