"""Atomic writing of files, and reading of regular files only."""

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

# Names of the types of file that are refused, for the error.
_TYPE_NAMES = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a regular file to read bytes. A FIFO would block and a device might never end, so both are refused.

    Raises:
        ValueError: it is not a regular file.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            raise ValueError(
                f"{os.fspath(path)} must be a regular file, got {_TYPE_NAMES.get(kind, 'something else')}; "
                "name the file, or copy the data into one"
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
    """Open a file to write that replaces `path` once its content is complete and on the disk.

    Renaming within one folder is atomic, so a reader of `path` finds either the old content or the new. A symbolic
    link is kept and its target is replaced. Unfinished files of killed writers of the same path are removed.

    Raises:
        OSError: the file cannot be written. The old content is then unchanged.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise IsADirectoryError(f"{os.fspath(path)} must be a file, got a folder or a device; name a file")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(f"{os.fspath(path)} is write-protected; name another file, or change its permissions")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent} for {os.fspath(path)}; make it first")
    # A hash, since the name itself may already be as long as the file system allows.
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
            # Rename under the lock, or another writer could mistake the file for an abandoned one.
            if fcntl is not None:
                unfinished.replace(target)
        if fcntl is None:
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    # The new name is on the disk only after the folder is synced.
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _begun(folder: Path, prefix: str) -> tuple[Path, IO[bytes]]:
    """Create a file in `folder` that is locked for as long as it is open; return its path and the file."""
    while True:
        path = folder / f"{prefix}{secrets.token_hex(8)}.unfinished"
        file: IO[Any] = path.open("xb")
        if fcntl is None:
            return path, file
        # Some file systems have no locks. _remove_abandoned gets none there either and removes nothing.
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        # Another writer may have removed it between its creation and its lock; then try again.
        if path.exists():
            return path, file
        file.close()


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove unfinished files of killed programs, recognizable by their missing lock."""
    if fcntl is None:
        return
    for path in folder.glob(f"{prefix}*.unfinished"):
        # The file may belong to another user, be in use, or be gone already.
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                # The system frees the lock when a program dies, however it dies and wherever it runs.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(descriptor)
