"""A copy of the checkout that is removed when its owner ends, even after a kill."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

JANITOR = """
import os, shutil, signal, sys, time
folder = sys.argv[1]
sys.stdin.read()  # ends when the owner does, even if that was killed
groups = set()
for attempt in range(100):  # a process may begin another before it is killed, and write
    if os.path.exists(os.path.join(folder, "processes")):
        groups.update(map(int, open(os.path.join(folder, "processes"))))
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    shutil.rmtree(folder, ignore_errors=True)
    if attempt > 1 and not os.path.exists(folder):
        break
    time.sleep(0.05)
"""


class Workspace:
    """A copy of a checkout in a temporary folder, which a separate process removes at the end.

    Args:
        root: the checkout.

    Attributes:
        nice: how far the priority of processes is lowered.
        folder: the temporary folder.
        root: the copy.
    """

    def __init__(self, root: Path) -> None:
        self.original = root
        self.folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        self.root = self.folder / "checkout"
        self._changes = self.nice = 0
        (self.folder / "processes").touch()
        self._janitor = subprocess.Popen(
            [sys.executable, "-Ic", JANITOR, str(self.folder)], stdin=subprocess.PIPE, start_new_session=True
        )

    def __enter__(self) -> Workspace:
        for path in files(self.original):
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.original / path, target)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._janitor.stdin is not None
        self._janitor.stdin.close()
        self._janitor.wait()

    def start(
        self, arguments: Sequence[str], request: Mapping[str, Any], pipes: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        """Start Python in the copy, with a low priority and a request for the plugin.

        Whatever is in its process group is killed at the end.
        """
        with (self.folder / "output").open("w") as output:
            process = subprocess.Popen(
                ["nice", "-n", str(self.nice), sys.executable, *arguments],
                cwd=self.root,
                env={**os.environ, **self.environment, "MUTANTS": json.dumps({"folder": str(self.folder), **request})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=tuple(pipes),
            )
        with (self.folder / "processes").open("a") as file:
            file.write(f"{process.pid}\n")
        return process

    @contextmanager
    def changed(self, path: str, text: str) -> Iterator[None]:
        """Change the text of a file in the copy within a context, and restore it at the end."""
        target = self.root / path
        target.write_text(text, encoding="utf-8")
        self._changes += 1
        # Python considers a cached file current if its time, in seconds, and its size are the same.
        os.utime(target, (self._changes, self._changes))
        try:
            yield
        finally:
            shutil.copy2(self.original / path, target)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the copy: Python finds its modules first, then this plugin; all kept numbers are compared."""
        path = os.pathsep.join([str(self.root), str(Path(__file__).parents[2])])
        single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        return {**single, "PYTHONPATH": path, "KEPT_NUMBERS": "all"}


def files(root: Path) -> list[str]:
    """Return the files that git tracks or would add; without git, all files except caches."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [path for path in listed.stdout.split("\0") if (root / path).is_file()]
    every = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [path.relative_to(root).as_posix() for path in every]
