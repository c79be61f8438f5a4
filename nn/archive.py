"""Archives of named float arrays and a description: .npz files, written atomically and read as untrusted input.

The file is a zip archive as ``numpy.savez`` writes it, and ``numpy.load`` reads it.  The description is one more
member, in JSON.  Nothing is ever unpickled or evaluated.  Every array is stored uncompressed, so that a short file
never requests much memory.
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
# Room for the settings of a training run, whose fingerprints are limited to 6,000 characters each.
_MAX_DESCRIPTION_BYTES = 1 << 16
# The default max_header_size of numpy.load.
_MAX_HEADER_BYTES = 10_000
_MAGIC = b"\x93NUMPY"
# The header is matched, never evaluated.  NumPy allows 64 dimensions; 18 digits keep each size below 2⁶³.
_HEADER = re.compile(
    rb"\{'descr': (?P<dtype>'[^']*'|\[.*\]), 'fortran_order': (?P<by_columns>True|False), "
    rb"'shape': \((?P<shape>|\d{1,18},|\d{1,18}(, \d{1,18}){1,63})\), \} *\n"
)


def write(path: str | os.PathLike[str], arrays: Mapping[str, Any], description: Mapping[str, Any]) -> None:
    """Write `arrays` and their `description` to the file `path`, atomically.

    Equal content gives equal bytes.

    Raises:
        ValueError: An array contains NaN or infinity, or the description is too long.
        OSError: The file cannot be written.  An earlier file of that name is unchanged.
    """
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(dict(description), ensure_ascii=False, indent=1).encode()
        if len(text) > _MAX_DESCRIPTION_BYTES:
            raise ValueError(f"the description must have at most {_MAX_DESCRIPTION_BYTES:,} bytes, got {len(text):,}")
        archive.writestr(_member(_DESCRIPTION), text)
        for name, array in arrays.items():
            numbers = np.ascontiguousarray(array, dtype="<f8").reshape(np.shape(array))
            if not np.isfinite(numbers).all():
                raise ValueError(
                    f"{name} must be finite to be saved, got NaN or infinity; {os.fspath(path)} is unchanged"
                )
            with archive.open(_member(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, numbers, version=(1, 0), allow_pickle=False)


def _member(name: str) -> zipfile.ZipInfo:
    """Return a member with a fixed date, so that equal content gives equal bytes."""
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o644 << 16  # permissions of the extracted file, in the upper half
    return member


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Floats], dict[str, Any]]:
    """Return the arrays and the description in the file `path`.

    Raises:
        ValueError: It is not a regular file, not such an archive, or damaged.  The message names the file and the
            fault.
        OSError: It cannot be opened.
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
            raise ValueError("two of its members have the same name")
        for member in members:
            if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
                raise ValueError(f"{member.filename!r:.80} is compressed or encrypted; save it with numpy.savez")
        # Overlapping members could repeat one stretch of the file as a zip bomb.
        if sum(member.file_size for member in members) > os.fstat(file.fileno()).st_size:
            raise ValueError("its members claim to be longer than the file")
        if any(member.header_offset < 0 for member in members):
            raise ValueError("its members claim to begin before the file")
        if _DESCRIPTION not in names:
            raise ValueError(f"it has no {_DESCRIPTION}, so nn did not write it")
        description = _parsed(archive.read(_DESCRIPTION))
        arrays = {}
        for name in names:
            if name != _DESCRIPTION:
                if not name.endswith(".npy"):
                    raise ValueError(f"it contains {name!r:.80}, which is not an array")
                arrays[name.removesuffix(".npy")] = _array(archive.read(name), name)
    return arrays, description


def _parsed(text: bytes) -> dict[str, Any]:
    if len(text) > _MAX_DESCRIPTION_BYTES:
        raise ValueError(f"its {_DESCRIPTION} has {len(text):,} bytes")
    description = json.loads(text)
    if not isinstance(description, dict):
        raise ValueError(f"its {_DESCRIPTION} is not a JSON object")
    return description


def _array(content: bytes, name: str) -> Floats:
    """Return the array in the content of an .npy file (https://numpy.org/neps/nep-0001-npy-format.html)."""
    if content[:6] != _MAGIC or content[6:7] not in (b"\1", b"\2"):
        raise ValueError(f"{name!r:.80} is not an array in NumPy's format 1.0 or 2.0")
    # Version 1.0 has a header length of two bytes, version 2.0 one of four.
    start, length_format = (10, "<H") if content[6] == 1 else (12, "<I")
    (length,) = struct.unpack(length_format, content[8:start])
    if length > _MAX_HEADER_BYTES:
        raise ValueError(f"the header of {name!r:.80} claims to have {length:,} bytes")
    header = _HEADER.fullmatch(content[start : start + length])
    if header is None:
        raise ValueError(f"the header of {name!r:.80} is damaged, or not one that NumPy writes")
    dtype = header["dtype"].decode("latin-1")
    if not re.fullmatch("'[<>]f[248]'", dtype):
        raise ValueError(f"{name!r:.80} must hold floats, got type {dtype:.60}")
    shape = tuple(map(int, re.findall(rb"\d+", header["shape"])))
    numbers = content[start + length :]
    if math.prod(shape) * int(dtype[-2]) != len(numbers):
        raise ValueError(f"{name!r:.80} claims the shape {shape!r:.80}, but has {len(numbers):,} bytes of numbers")
    order: Literal["C", "F"] = "F" if header["by_columns"] == b"True" else "C"
    array = np.ndarray(shape, dtype[1:-1], numbers, order=order).astype(float, order="C")
    if not np.isfinite(array).all():
        raise ValueError(f"{name!r:.80} contains NaN or infinity")
    return array


# Errors that zipfile, struct and NumPy raise on a damaged or malicious file.
_DAMAGE = (ValueError, zipfile.BadZipFile, RuntimeError, OverflowError, EOFError, struct.error)


def _reason(error: BaseException) -> str:
    text = str(error)
    return text if type(error) is ValueError else f"it is damaged ({type(error).__name__}: {text:.200})"
