"""Files: written whole through links, nothing left behind by killed programs, and nothing read that is no file."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samples import olah

import autograd as ag
import nn
from autograd import files
from autograd.__main__ import main

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, FIFOs and locks are those of POSIX")


def checkpoint(path: Path) -> None:
    nn.fit(nn.MLP(1, [1], seed=0), [[1.0]], [[1.0]], epochs=1, progress=False, checkpoint=path, resume=True)


SAVERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "network": ("net.npz", lambda path: nn.MLP(2, [1], seed=0).save(path)),
    "drawing": ("e.svg", lambda path: ag.draw(olah()[-1]).save(path)),
    "diagram": ("net.svg", lambda path: ag.draw_network(nn.MLP(2, [1], seed=0)).save(path)),
    "page": ("e.html", lambda path: ag.explore(olah()[-1]).save(path)),
    "draw --save": ("e.dot", lambda path: main(["draw", "x*y", "x=1", "y=2", "--save", str(path)])),
    "draw --svg": ("e.svg", lambda path: main(["draw", "x*y", "x=1", "y=2", "--svg", str(path)])),
    "explore --save": ("e.html", lambda path: main(["explore", "x*y", "x=1", "y=2", "--save", str(path)])),
}


@pytest.mark.parametrize("saver", SAVERS)
def test_every_saver_writes_through_a_link(tmp_path: Path, saver: str) -> None:
    name, save = SAVERS[saver]
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real", tmp_path / name
    real.touch()
    real.chmod(0o640)
    link.symlink_to(real)
    save(link)
    assert link.is_symlink()
    assert real.stat().st_size > 0
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["elsewhere", name])
    assert [entry.name for entry in real.parent.iterdir()] == ["real"]


@pytest.mark.parametrize("saver", SAVERS)
def test_no_saver_writes_to_what_is_no_file(tmp_path: Path, saver: str) -> None:
    name, save = SAVERS[saver]
    os.mkfifo(tmp_path / name)
    try:
        status = save(tmp_path / name)
    except IsADirectoryError as error:
        assert "must be a file, got a folder or a device" in str(error)  # noqa: PT017  a command returns its status
        status = 2
    assert status == 2
    assert (tmp_path / name).is_fifo()


HELD = """
import sys, time
from autograd import files
with files.replacing(sys.argv[1]) as file:
    file.write(b"half")
    print("now", flush=True)
    sys.stdin.readline()
    file.write(b" and half")
"""


def writer(path: Path) -> subprocess.Popen[str]:
    """A program in the middle of writing the file `path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    return process


def unfinished(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.endswith(".unfinished")]


def test_a_save_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    path, other = tmp_path / "net.npz", tmp_path / "other.npz"
    for target in (path, path, other):
        process = writer(target)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert len(unfinished(tmp_path)) == 2, "the second removed what the first had left"
    files.write_whole(path, b"whole")
    (left,) = unfinished(tmp_path)
    files.write_whole(other, b"whole")
    assert unfinished(tmp_path) == []
    assert left


def test_a_save_leaves_the_files_of_living_programs(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    process = writer(path)
    with files.replacing(path) as file:
        file.write(b"mine")
        assert len(unfinished(tmp_path)) == 2
        files.write_whole(path, b"of the same process")
        assert len(unfinished(tmp_path)) == 2
    assert path.read_bytes() == b"mine"
    process.communicate("go on\n")
    assert process.returncode == 0
    assert path.read_bytes() == b"half and half"
    assert unfinished(tmp_path) == []


def test_foreign_files_of_such_a_name_stay(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    with files.replacing(path) as file:
        file.write(b"whole")
        (name,) = unfinished(tmp_path)
    prefix = name.partition("-")[0]
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / f"{prefix}-link.unfinished").symlink_to(tmp_path / "precious")
    (tmp_path / f"{prefix}-folder.unfinished").mkdir()
    (tmp_path / ".0123456789abcdef-other.unfinished").write_bytes(b"of another target")
    before = sorted(unfinished(tmp_path))
    files.write_whole(path, b"again")
    assert (sorted(unfinished(tmp_path)), (tmp_path / "precious").read_bytes()) == (before, b"precious")


def test_a_file_removed_before_it_was_locked_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, removed = files.fcntl.flock, []

    def late(file: Any, how: int) -> None:
        if not removed:
            removed.extend(unfinished(tmp_path))
            (tmp_path / removed[0]).unlink()
        lock(file, how)

    monkeypatch.setattr(files.fcntl, "flock", late)
    files.write_whole(tmp_path / "c.svg", b"whole")
    assert len(removed) == 1
    assert (tmp_path / "c.svg").read_bytes() == b"whole"


def test_a_name_may_be_as_long_as_names_may_be(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".npz")
    nn.MLP(1, [1]).save(path)
    assert path.is_file()


READERS: dict[str, Callable[[Path], Any]] = {
    "read_idx": nn.read_idx,
    "load": nn.load,
    "load into": lambda path: nn.load(path, nn.MLP(1, [1])),
    "checkpoint": checkpoint,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_fifo_a_folder_and_a_device_are_refused_at_once(tmp_path: Path, reader: str) -> None:
    read = READERS[reader]
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "fifo")
    for path, kind in ((tmp_path / "fifo", "FIFO"), (tmp_path / "link", "FIFO"), (tmp_path, "folder")):
        with pytest.raises(ValueError, match=f"must be a regular file, got a {kind}; name the file"):
            read(path)
    with pytest.raises(ValueError, match="/dev/zero must be a regular file, got a device"):
        read(Path("/dev/zero"))


def test_without_locks_a_file_is_replaced_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows; the file of another writer is then left alone, for it may be alive."""
    monkeypatch.setattr(files, "fcntl", None)
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with files.replacing(path) as outer:
        outer.write(b"outer")
        files.write_whole(path, b"inner")
        assert path.read_bytes() == b"inner"
    assert path.read_bytes() == b"outer"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    with pytest.raises(TypeError), files.replacing(path) as file:
        file.write("text")  # type: ignore[arg-type]
    assert path.read_bytes() == b"outer"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("flag", ["O_NONBLOCK", "O_BINARY"])
def test_files_are_read_whatever_flags_a_system_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a\r\nb")
    monkeypatch.delattr(os, flag, raising=False)
    with files.open_regular(path) as file:
        assert (file.read(), file.mode) == (b"a\r\nb", "rb")


def test_content_is_on_the_disk_before_the_file_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []

    def fsync(descriptor: int) -> None:
        size = None if stat.S_ISDIR(os.fstat(descriptor).st_mode) else os.fstat(descriptor).st_size
        synced.append((size, (tmp_path / "file").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    files.write_whole(tmp_path / "file", b"12345")
    assert synced == [(5, False), (None, True)]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux lists them")
def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    process = writer(path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = sorted(Path("/proc/self/fd").iterdir())
    files.write_whole(path, b"whole")
    assert unfinished(tmp_path) == []
    with files.open_regular(path) as file:
        assert file.read() == b"whole"
    with pytest.raises(ValueError, match="got a folder"):
        files.open_regular(tmp_path)
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_write_protected_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming would replace it; to root nothing is write-protected, so the answer of the system is put in."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda target, mode: (Path(target), mode) != (path.resolve(), os.W_OK))
    with pytest.raises(PermissionError, match=r"file is write-protected; name another file, or change its permissions"):
        files.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
