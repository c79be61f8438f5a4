"""Files that are written whole or not at all, and read only where they are regular files."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open the file `path` to read bytes, without waiting for a FIFO and without reading a device for ever.

    Raises:
        ValueError: it is no regular file.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            raise ValueError(
                f"{os.fspath(path)} must be a regular file, got {_KINDS.get(kind, 'something else')}; "
                "name the file, or copy what comes into one"
            )
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` to the file `path`; see `replacing`."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file to write, which replaces `path` when all has been written and is on the disk.

    Renaming within one folder is atomic, so that whoever opens `path` finds the old content or the new one.  A symbolic
    link stays and its target is replaced.  What writers of the same file that were killed have left is removed.

    Raises:
        OSError: the file cannot be written; what was there before is as it was.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise IsADirectoryError(f"{os.fspath(path)} must be a file, got a folder or a device; name a file")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(f"{os.fspath(path)} is write-protected; name another file, or change its permissions")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent} for {os.fspath(path)}; make it first")
    # Not the name itself, which may be as long as names may be.
    prefix = f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"
    _remove_abandoned(target.parent, prefix)
    unfinished, file = _begun(target.parent, prefix)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
            if fcntl is not None:  # under the lock, or another writer could take it for abandoned
                unfinished.replace(target)
        if fcntl is None:
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    if os.name == "posix":  # the new name is on the disk when the folder is
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _begun(folder: Path, prefix: str) -> tuple[Path, IO[bytes]]:
    """Return a new file in `folder` and its path, locked for as long as it is open."""
    while True:
        path = folder / f"{prefix}{secrets.token_hex(8)}.unfinished"
        file: IO[Any] = path.open("xb")
        if fcntl is None:
            return path, file
        with suppress(OSError):  # no locks on this file system: then _remove_abandoned gets none either
            fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():  # else it was removed between its making and its lock
            return path, file
        file.close()


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove unfinished files that nobody holds a lock of: those of killed programs."""
    if fcntl is None:
        return
    for path in folder.glob(f"{prefix}*.unfinished"):
        with suppress(OSError):  # somebody else's file, or in use, or already gone
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                # The system frees the lock when a program dies, however it dies and wherever it runs.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(descriptor)
