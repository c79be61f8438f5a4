"""Named arrays of floats and a description in one .npz file: written all or nothing, and read without trust.

The file is a zip archive as ``numpy.savez`` writes it, and ``numpy.load`` reads it; the description is one more member,
in JSON.  Nothing is ever unpickled or evaluated, and every array lies uncompressed, so that a short file never asks for
much memory.
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from autograd.files import open_regular, replacing
from nn._values import Floats

_DESCRIPTION = "description.json"
_MOST_DESCRIPTION = 1 << 16
"""Bytes that a description may have."""
_MOST_HEADER = 10_000
"""Bytes that the header of an array may have, as in numpy.load."""
_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    rb"\{'descr': (?P<kind>'[^']*'|\[.*\]), 'fortran_order': (?P<by_columns>True|False), "
    rb"'shape': \((?P<shape>|\d{1,18},|\d{1,18}(, \d{1,18}){1,63})\), \} *\n"
)


def write(path: str | os.PathLike[str], arrays: Mapping[str, Any], description: Mapping[str, Any]) -> None:
    """Write `arrays` and their `description` to the file `path`, whole or not at all.

    The same content gives the same bytes.

    Raises:
        ValueError: an array holds NaN or infinity, or the description is too long.
        OSError: the file cannot be written; what was there before is as it was.
    """
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(dict(description), ensure_ascii=False, indent=1).encode()
        if len(text) > _MOST_DESCRIPTION:
            raise ValueError(f"the description has {len(text):,} bytes; at most {_MOST_DESCRIPTION:,} can be read back")
        archive.writestr(_member(_DESCRIPTION), text)
        for name, array in arrays.items():
            numbers = np.ascontiguousarray(array, dtype="<f8").reshape(np.shape(array))
            if not np.isfinite(numbers).all():
                raise ValueError(f"{name} holds NaN or infinity and is not saved; {os.fspath(path)} is as it was")
            with archive.open(_member(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, numbers, version=(1, 0), allow_pickle=False)


def _member(name: str) -> zipfile.ZipInfo:
    """A member without the time of day."""
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o644 << 16
    return member


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Floats], dict[str, Any]]:
    """The arrays and the description in the file `path`.

    Raises:
        ValueError: it is not such a file, or a damaged one, or no regular file; the message names the file and what is
            wrong with it.
        OSError: it cannot be opened.
    """
    path = Path(path)
    with open_regular(path) as file:
        try:
            return _read(file)
        except _DAMAGE as error:
            raise ValueError(f"{path} cannot be read: {_reason(error)}; nothing was loaded") from error


def _read(file: IO[bytes]) -> tuple[dict[str, Floats], dict[str, Any]]:
    if not zipfile.is_zipfile(file):
        raise ValueError("it is not an .npz file, or its end is missing")
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if len(set(names)) < len(names):
            raise ValueError("two of its members have one name")
        for member in members:
            if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
                raise ValueError(f"{member.filename!r:.80} is compressed or encrypted; numpy.savez writes it plainly")
        if sum(member.file_size for member in members) > os.fstat(file.fileno()).st_size:
            raise ValueError("its members claim to be longer than the file")
        if any(member.header_offset < 0 for member in members):
            raise ValueError("its members claim to begin before the file")
        if _DESCRIPTION not in names:
            raise ValueError(f"it holds no {_DESCRIPTION}, so it was not written by nn")
        description = _parsed(archive.read(_DESCRIPTION))
        arrays = {}
        for name in names:
            if name != _DESCRIPTION:
                if not name.endswith(".npy"):
                    raise ValueError(f"it holds {name!r:.80}, which is not an array")
                arrays[name.removesuffix(".npy")] = _array(archive.read(name), name)
    return arrays, description


def _parsed(text: bytes) -> dict[str, Any]:
    if len(text) > _MOST_DESCRIPTION:
        raise ValueError(f"its {_DESCRIPTION} has {len(text):,} bytes")
    description = json.loads(text)
    if not isinstance(description, dict):
        raise ValueError(f"its {_DESCRIPTION} is no object")
    return description


def _array(content: bytes, name: str) -> Floats:
    """The array in the .npy file with that content (https://numpy.org/neps/nep-0001-npy-format.html)."""
    if content[:6] != _MAGIC or content[6:7] not in (b"\1", b"\2"):
        raise ValueError(f"{name!r:.80} is not an array in NumPy's format 1.0 or 2.0")
    start, form = (10, "<H") if content[6] == 1 else (12, "<I")
    (length,) = struct.unpack(form, content[8:start])
    if length > _MOST_HEADER:
        raise ValueError(f"the header of {name!r:.80} claims to have {length:,} bytes")
    header = _HEADER.fullmatch(content[start : start + length])
    if header is None:
        raise ValueError(f"the header of {name!r:.80} is damaged, or not as NumPy writes it today")
    kind = header["kind"].decode("latin-1")
    if not re.fullmatch("'[<>]f[248]'", kind):
        raise ValueError(f"{name!r:.80} is of type {kind:.60}; it has to hold floats")
    shape = tuple(map(int, re.findall(rb"\d+", header["shape"])))
    numbers = content[start + length :]
    if math.prod(shape) * int(kind[-2]) != len(numbers):
        raise ValueError(f"{name!r:.80} claims the shape {shape!r:.80}, but holds {len(numbers):,} bytes of numbers")
    order: Literal["C", "F"] = "F" if header["by_columns"] == b"True" else "C"
    array = np.ndarray(shape, kind[1:-1], numbers, order=order).astype(float, order="C")
    if not np.isfinite(array).all():
        raise ValueError(f"{name!r:.80} holds NaN or infinity")
    return array


_DAMAGE = (ValueError, zipfile.BadZipFile, RuntimeError, OverflowError, EOFError, struct.error)
"""What reading raises where a file is damaged or made to do harm."""


def _reason(error: BaseException) -> str:
    text = str(error)
    return text if type(error) is ValueError else f"it is damaged ({type(error).__name__}: {text:.200})"
